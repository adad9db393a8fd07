//! `/settings/blocklists`: lists of servers that are subscribed to; `/settings/blocklists/import`: a file of them, with a
//! preview of what it would do.

use maud::{Markup, html};

use super::federation::{Admitted, BLOCKLISTS as HERE, FORM, IMPORT, SERVERS, admit, severity, ties};
use super::form;
use super::page;
use super::parts::form::outcome;
use super::parts::time::minute;
use super::relays::is_operators_form;
use super::words::{Language, Plural, Word};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::params::Value;
use crate::http::response::Response;
use crate::model::blocklist::{Blocklist, Entry, MAX_BYTES, State};
use crate::model::domain_block::Severity;
use crate::model::id::Id;
use crate::services;
use crate::services::block_file::Preview;
use crate::services::blocklist::Rules;
use crate::services::domain_block::note;
use crate::store;

const TYPED: [&str; 2] = ["url", "name"];
/// Domains of a preview that are listed, each to be left out.
const SHOWN: usize = 300;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match admit(c, HERE, &TYPED).await? {
        Ok(session) => answer(c, &session, None).await,
        Err(response) => Ok(response),
    }
}

fn failure(list: &Blocklist) -> Option<Word> {
    Some(match list.error.as_str() {
        "" => return None,
        "page" => Word::ListIsPage,
        "too_long" => Word::ListTooLong,
        "empty" => Word::ListEmpty,
        _ => Word::ListUnreachable,
    })
}

async fn answer(c: &Context<'_>, session: &Admitted, wrong: Option<Word>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let parts = (store::blocklists::all(), store::blocklists::waiting(), store::site::settings());
    let (lists, waiting, settings) = store::load(&c.app.db, parts).await?;
    let rules = Rules::read(&settings);
    let hidden = html! { input type="hidden" name="form" value=(form::token(c.app, FORM, &session.1)); };
    let typed = |name: &str| c.params.text(name).unwrap_or("").to_owned();
    let subscribed: Vec<_> =
        lists.iter().filter(|l| matches!(l.state, State::Active | State::Dropped)).collect();
    let body = html! {
        h1 { (say(Word::Blocklists)) }
        p.lead { (say(Word::BlocklistsLead)) }
        (outcome(c, wrong))
        @if !waiting.is_empty() {
            h2 { (say(Word::ListWaiting)) }
            p.lead { (say(Word::ListWaitingLead)) }
            form method="post" action=(HERE) {
                (hidden)
                ul.plain { @for one in &waiting { li {
                    a href={ (SERVERS) "/" (one.domain) } { (one.domain) } " · "
                    (language.count(one.following, Plural::SeveredFollowing)) " · " (language.count(one.followers, Plural::SeveredFollowers)) " "
                    button.quiet type="submit" name="block" value=(one.domain) { (say(Word::KeepOut)) } " "
                    button.quiet type="submit" name="spare" value=(one.domain) { (say(Word::ListNever)) }
                } } }
            }
        }
        @for list in &subscribed {
            section.card {
                h2 dir="auto" { (list.name) }
                p { (list.url.as_deref().unwrap_or("")) }
                p.meta {
                    (language.count(list.entries, Plural::ListDomains)) " · " (say(severity(list.max_severity)))
                    @if let Some(at) = list.refreshed_at { " · " (minute(c, at)) }
                    @if list.state == State::Dropped { " · " (say(Word::ListDropped)) }
                }
                @if let Some(word) = failure(list) { p.error { (say(word)) } }
                @if list.state == State::Active {
                    form method="post" action=(HERE) {
                        (hidden)
                        button.quiet type="submit" name="refresh" value=(list.id) { (say(Word::ListRefresh)) } " "
                        button.quiet type="submit" name="remove" value=(list.id) { (say(Word::ListDrop)) }
                    }
                }
            }
        }
        h2 { (say(Word::ListSubscribe)) }
        form method="post" action=(HERE) {
            (hidden)
            label for="url" { (say(Word::ListUrl)) }
            input id="url" type="url" name="url" value=(typed("url")) required placeholder="https://lists.example/blocks.csv";
            label for="name" { (say(Word::ListName)) }
            input id="name" name="name" value=(typed("name")) maxlength=(services::blocklist::MAX_NAME);
            label for="severity" { (say(Word::ListMost)) }
            select id="severity" name="severity" {
                @for one in [Severity::Suspend, Severity::Silence] { option value=(one.as_str()) { (say(severity(one))) } }
            }
            button type="submit" { (say(Word::ListSubscribe)) }
        }
        h2 { (say(Word::ListRules)) }
        form method="post" action=(HERE) {
            (hidden)
            label for="threshold" { (say(Word::ListThreshold)) }
            input id="threshold" type="number" name="threshold" min="1" max="10" value=(rules.threshold) required;
            label.check { input type="checkbox" name="waits" value="true" checked[rules.waits_for_ties]; span { (say(Word::ListWaits)) } }
            button.quiet type="submit" { (say(Word::Save)) }
        }
        p { a href=(IMPORT) { (say(Word::BlocksImport)) } " · " a href=(SERVERS) { (say(Word::Servers)) } }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, say(Word::Blocklists), true, &body).status(status))
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let session = match admit(c, HERE, &TYPED).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    if !is_operators_form(c, FORM, &session.1) {
        return Ok(answer(c, &session, Some(Word::FormExpired)).await?.status(403));
    }
    match change(c, &session).await {
        Ok(()) => Ok(Response::redirect(&format!("{HERE}?saved=1"))),
        Err(Error::Conflict(_)) => answer(c, &session, Some(Word::ListKnown)).await,
        Err(error) if error.status() == 422 => answer(c, &session, Some(Word::ListNoUrl)).await,
        Err(error) => Err(error),
    }
}

async fn change(c: &Context<'_>, session: &Admitted) -> Result<()> {
    let app = c.app;
    let given = |name: &str| c.params.filled(name);
    let id = |name: &str| given(name).and_then(Id::parse);
    if let Some(list) = id("refresh") {
        return services::blocklist::refresh(app, list).await;
    }
    if let Some(list) = id("remove") {
        let notes = note(c.app, &session.0, "unsubscribe_blocklist", &list.to_string());
        return services::blocklist::unsubscribe(app, list, notes).await;
    }
    for (name, is_blocked) in [("block", true), ("spare", false)] {
        if let Some(domain) = given(name) {
            let action = if is_blocked { "block_domain" } else { "spare_domain" };
            return services::blocklist::decide(
                app,
                domain,
                is_blocked,
                note(c.app, &session.0, action, domain),
            )
            .await;
        }
    }
    if let Some(threshold) = given("threshold").and_then(|n| n.parse().ok()) {
        let rules = Rules { threshold, waits_for_ties: c.params.bool("waits").unwrap_or(false) };
        return services::blocklist::set_rules(
            app,
            rules,
            note(c.app, &session.0, "set_blocklist_rules", ""),
        )
        .await;
    }
    let most = given("severity").and_then(Severity::parse).unwrap_or(Severity::Suspend);
    let url = given("url").unwrap_or("");
    let notes = note(c.app, &session.0, "subscribe_blocklist", url);
    services::blocklist::subscribe(app, url, given("name").unwrap_or(""), most, notes).await
}

pub async fn show_import(c: &Context<'_>) -> Result<Response> {
    match admit(c, IMPORT, &[]).await? {
        Ok(session) => answer_import(c, &session, None).await,
        Err(response) => Ok(response),
    }
}

async fn answer_import(c: &Context<'_>, session: &Admitted, wrong: Option<Word>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let hidden = html! { input type="hidden" name="form" value=(form::token(c.app, FORM, &session.1)); };
    let file = c.params.filled("file_id").and_then(Id::parse);
    let found = match file {
        Some(id) => services::block_file::preview(c.app, id).await?.map(|preview| (id, preview)),
        None => None,
    };
    let body = html! {
        h1 { (say(Word::BlocksImport)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        @if let Some((id, preview)) = &found {
            form method="post" action=(IMPORT) {
                (hidden)
                input type="hidden" name="file_id" value=(id);
                (previewed(preview, language))
                button type="submit" name="do" value="take" { (say(Word::BlocksTake)) }
                " " button.quiet type="submit" name="do" value="forget" { (say(Word::Cancel)) }
            }
        } @else {
            p.lead { (say(Word::BlocksImportLead)) }
            form method="post" action=(IMPORT) enctype="multipart/form-data" {
                (hidden)
                label for="file" { (say(Word::ImportFile)) }
                input id="file" type="file" name="file" required accept=".csv,.txt,text/csv,text/plain";
                button type="submit" { (say(Word::BlocksPreview)) }
            }
        }
        p { a href=(SERVERS) { (say(Word::Servers)) } }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, say(Word::BlocksImport), true, &body).status(status))
}

fn previewed(preview: &Preview, language: Language) -> Markup {
    let say = |word| language.say(word);
    let tied =
        |domain: &str| preview.ties.iter().find(|t| t.domain == domain && t.following + t.followers > 0);
    let row = |entry: &Entry, is_changed: bool| {
        let ties = tied(&entry.domain);
        html! { li { label.check {
            input type="checkbox" name="skip" value=(entry.domain) checked[ties.is_some()];
            span {
                (entry.domain) " · " (say(severity(entry.severity)))
                @if is_changed { " · " (say(Word::BlocksChanged)) }
                @if let Some(ties) = ties {
                    " · " (language.count(ties.following, Plural::SeveredFollowing)) " · " (language.count(ties.followers, Plural::SeveredFollowers))
                }
            }
        } } }
    };
    // Those that cut people off come first, so that each of them is on the page.
    let mut all: Vec<(&Entry, bool)> = preview.new.iter().map(|entry| (entry, false)).collect();
    all.extend(preview.changed.iter().map(|(entry, _)| (entry, true)));
    all.sort_by_key(|(entry, _)| tied(&entry.domain).is_none());
    let cut = preview.ties.iter().filter(|t| t.following + t.followers > 0).count();
    let shown = SHOWN.max(cut.min(1_000));
    html! {
        p {
            (say(Word::BlocksNew)) " " (preview.new.len()) " · " (say(Word::BlocksChanged)) " " (preview.changed.len()) " · "
            (say(Word::BlocksSame)) " " (preview.same) " · " (say(Word::BlocksUnreadable)) " " (preview.unreadable)
        }
        p {
            (say(Word::BlocksCut)) " "
            (language.count(preview.ties.iter().map(|t| t.following).sum(), Plural::SeveredFollowing)) " · "
            (language.count(preview.ties.iter().map(|t| t.followers).sum(), Plural::SeveredFollowers))
        }
        @if !preview.tied.is_empty() { (ties(&preview.tied)) }
        p.hint { (say(Word::BlocksSkip)) }
        ul.plain { @for (entry, is_changed) in all.iter().take(shown) { (row(entry, *is_changed)) } }
        @if all.len() > shown { p { (say(Word::BlocksMore)) " " (all.len() - shown) } }
    }
}

pub async fn submit_import(c: &Context<'_>) -> Result<Response> {
    let session = match admit(c, IMPORT, &[]).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    if !is_operators_form(c, FORM, &session.1) {
        return Ok(answer_import(c, &session, Some(Word::FormExpired)).await?.status(403));
    }
    if let Some(id) = c.params.filled("file_id").and_then(Id::parse) {
        if c.params.text("do") == Some("take") {
            let notes = note(c.app, &session.0, "import_domain_blocks", &id.to_string());
            services::block_file::take(c.app, id, &c.params.list("skip"), notes).await?;
            return Ok(Response::redirect(&format!("{SERVERS}?saved=1")));
        }
        services::block_file::forget(c.app, id).await?;
        return Ok(Response::redirect(IMPORT));
    }
    let file = match c.params.value("file") {
        Some(Value::File(file)) => file.bytes.as_slice(),
        _ => &[][..],
    };
    if file.len() > MAX_BYTES {
        return answer_import(c, &session, Some(Word::ListTooLong)).await;
    }
    match services::block_file::upload(c.app, file).await? {
        Ok((id, _)) => Ok(Response::redirect(&format!("{IMPORT}?file_id={id}"))),
        Err(wrong) => {
            let word = match wrong.as_str() {
                "page" => Word::ListIsPage,
                "too_long" => Word::ListTooLong,
                _ => Word::ListEmpty,
            };
            answer_import(c, &session, Some(word)).await
        }
    }
}
