//! `/settings/servers`: domain blocks, allowed domains, secure mode, and who sees the blocks.

use maud::{Markup, html};

use super::federation::{Admitted, BLOCKLISTS, FORM, IMPORT, SERVERS as HERE, admit, severity, ties};
use super::form;
use super::page;
use super::parts::form::outcome;
use super::relays::is_operators_form;
use super::words::{Language, Plural, Word};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::domain_block::{DomainBlock, Severity, Shown};
use crate::model::id::Id;
use crate::services;
use crate::services::domain_block::{checked, note};
use crate::store;

/// What is kept where the form is shown again.
const TYPED: [&str; 4] = ["domain", "comment", "private_comment", "severity"];
/// Blocks of a page.
const SHOWN: usize = 100;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match admit(c, HERE, &TYPED).await? {
        Ok(session) => answer(c, &session, None).await,
        Err(response) => Ok(response),
    }
}

/// What a block does, in words.
pub fn told(block: &DomainBlock, language: Language) -> Markup {
    let more = [
        (block.rejects_media && block.severity != Severity::Suspend, Word::RejectsMedia),
        (block.rejects_reports && block.severity != Severity::Suspend, Word::RejectsReports),
        (block.is_obfuscated, Word::IsObfuscated),
        (block.is_from_lists, Word::FromLists),
    ];
    html! {
        (language.say(severity(block.severity)))
        @for (_, word) in more.iter().filter(|(is, _)| *is) { " · " (language.say(*word)) }
        @if !block.comment.is_empty() { " · " span dir="auto" { (block.comment) } }
    }
}

/// The fields of a block.
pub fn fields(c: &Context<'_>, block: &DomainBlock, language: Language) -> Markup {
    let say = |word| language.say(word);
    let typed = |name: &str, kept: &str| c.params.text(name).unwrap_or(kept).to_owned();
    let chosen = c.params.text("severity").and_then(Severity::parse).unwrap_or(block.severity);
    html! {
        label for="severity" { (say(Word::Severity)) }
        select id="severity" name="severity" {
            @for one in Severity::ALL.into_iter().rev() {
                option value=(one.as_str()) selected[one == chosen] { (say(severity(one))) }
            }
        }
        @for (name, is_set, word) in [
            ("reject_media", block.rejects_media, Word::RejectsMedia),
            ("reject_reports", block.rejects_reports, Word::RejectsReports),
            ("obfuscate", block.is_obfuscated, Word::IsObfuscated),
        ] {
            label.check { input type="checkbox" name=(name) value="true" checked[is_set]; span { (say(word)) } }
        }
        label for="comment" { (say(Word::ServerComment)) }
        input id="comment" name="comment" value=(typed("comment", &block.comment)) maxlength="500";
        label for="private_comment" { (say(Word::ServerPrivateComment)) }
        input id="private_comment" name="private_comment" value=(typed("private_comment", &block.private_comment)) maxlength="500";
    }
}

/// The block that a form asks for, of a domain.
pub fn wanted(c: &Context<'_>, domain: &str) -> DomainBlock {
    let text = |name: &str| c.params.text(name).unwrap_or("").to_owned();
    let is = |name: &str| c.params.bool(name).unwrap_or(false);
    DomainBlock {
        domain: domain.to_owned(),
        severity: c.params.text("severity").and_then(Severity::parse).unwrap_or(Severity::Suspend),
        rejects_media: is("reject_media"),
        rejects_reports: is("reject_reports"),
        is_obfuscated: is("obfuscate"),
        comment: text("comment"),
        private_comment: text("private_comment"),
        ..DomainBlock::default()
    }
}

async fn answer(c: &Context<'_>, session: &Admitted, wrong: Option<Word>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let part = c.params.filled("q").unwrap_or("").to_lowercase();
    let after = c.params.filled("after").unwrap_or("");
    let asks = c.params.filled("allow_list") == Some("ask") && !c.app.site().is_allow_list;
    let parts = (
        store::site::settings(),
        store::domain_blocks::search(&part, after, SHOWN + 1),
        store::domain_allows::all(),
        asks.then(store::host_checks::ties_of_others),
    );
    let (settings, mut blocks, allowed, others) = store::load(&c.app.db, parts).await?;
    let next = blocks.get(SHOWN - 1).filter(|_| blocks.len() > SHOWN).map(|last| last.domain.clone());
    blocks.truncate(SHOWN);
    let get = |key: &str| settings.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
    let is_secure = get("secure_mode") == Some("on");
    let shown = get("show_domain_blocks").and_then(Shown::parse).unwrap_or_default();
    let hidden = html! { input type="hidden" name="form" value=(form::token(c.app, FORM, &session.1)); };
    let new = DomainBlock { severity: Severity::Suspend, ..DomainBlock::default() };
    let body = html! {
        h1 { (say(Word::Servers)) }
        p.lead { (say(Word::ServersLead)) }
        (outcome(c, wrong))
        p.meta.ways {
            a href=(BLOCKLISTS) { (say(Word::Blocklists)) }
            a href=(IMPORT) { (say(Word::BlocksImport)) }
            a href={ (HERE) "/export.csv" } download { (say(Word::BlocksExport)) }
        }
        form method="get" action=(HERE) {
            label for="q" { (say(Word::ServersSearch)) }
            input id="q" name="q" value=(part) autocapitalize="none" maxlength="253";
            button.quiet type="submit" { (say(Word::Search)) }
        }
        @if !blocks.is_empty() {
            form method="post" action=(HERE) {
                (hidden)
                ul.plain { @for block in &blocks { li {
                    div { a href={ (HERE) "/" (block.domain) } { (block.domain) } " · " (told(block, language)) }
                    @if !(block.is_from_lists) { button.quiet type="submit" name="let_in" value=(block.domain) { (say(Word::LetIn)) } }
                } } }
            }
            @if let Some(next) = next { p { a rel="next" href=(more(&part, &next)) { (say(Word::MoreServers)) } } }
        }
        h2 { (say(Word::KeepOut)) }
        form method="post" action=(HERE) {
            (hidden)
            label for="domain" { (say(Word::ServerDomain)) }
            input id="domain" name="domain" value=(c.params.text("domain").unwrap_or("")) required placeholder="server.example" autocapitalize="none";
            (fields(c, &new, language))
            button type="submit" { (say(Word::KeepOut)) }
        }
        h2 { (say(Word::ShownBlocks)) }
        form method="post" action=(HERE) {
            (hidden)
            label for="shown" { (say(Word::ShownBlocksLabel)) }
            select id="shown" name="shown" {
                @for (one, word) in [(Shown::All, Word::ShownToAll), (Shown::Users, Word::ShownToUsers), (Shown::Nobody, Word::ShownToNobody)] {
                    option value=(one.as_str()) selected[one == shown] { (say(word)) }
                }
            }
            button.quiet type="submit" { (say(Word::Save)) }
        }
        h2 { (say(Word::SecureMode)) }
        p.lead { (say(Word::SecureModeLead)) }
        form method="post" action=(HERE) {
            (hidden)
            @let (value, word) = if is_secure { ("off", Word::TurnOff) } else { ("on", Word::TurnOn) };
            button.quiet type="submit" name="secure_mode" value=(value) { (say(word)) }
        }
        h2 id="allow-list" { (say(Word::AllowList)) }
        p.lead { (say(Word::AllowListLead)) }
        form method="post" action=(HERE) {
            (hidden)
            @if !allowed.is_empty() {
                ul.plain { @for one in &allowed { li {
                    div { (one.domain) } button.quiet type="submit" name="disallow" value=(one.id) { (say(Word::Remove)) }
                } } }
            }
            @if get("allow_list").is_some() {
                button.quiet type="submit" name="allow_list" value="off" { (say(Word::TurnOff)) }
            } @else if let Some(others) = others {
                p role="status" {
                    (say(Word::AllowListCuts)) " " (language.count(others.following, Plural::SeveredFollowing)) " · "
                    (language.count(others.followers, Plural::SeveredFollowers))
                }
                button type="submit" name="allow_list" value="on" { (say(Word::AllowListConfirm)) }
            }
        }
        @if get("allow_list").is_none() && !asks {
            p { a href={ (HERE) "?allow_list=ask#allow-list" } { (say(Word::TurnOn)) } }
        }
        form method="post" action=(HERE) {
            (hidden)
            label for="allow" { (say(Word::ServerDomain)) }
            input id="allow" name="allow" required placeholder="server.example" autocapitalize="none";
            button.quiet type="submit" { (say(Word::AllowServer)) }
        }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, say(Word::Servers), true, &body).status(status))
}

fn more(part: &str, after: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::for_suffix(format!("{HERE}?"), HERE.len() + 1);
    if !part.is_empty() {
        query.append_pair("q", part);
    }
    query.append_pair("after", after).finish()
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
        Ok(None) => Ok(Response::redirect(&format!("{HERE}?saved=1"))),
        Ok(Some(asks)) => Ok(asks),
        Err(error) if error.status() == 422 => answer(c, &session, Some(Word::NoServer)).await,
        Err(error) => Err(error),
    }
}

/// Does what is asked; answers a page where it asks first.
async fn change(c: &Context<'_>, session: &Admitted) -> Result<Option<Response>> {
    let app = c.app;
    let given = |name: &str| c.params.filled(name);
    if let Some(domain) = given("let_in") {
        let domain = checked(app, domain)?;
        let notes = note(app, &session.0, "lift_domain_block", &domain);
        return services::domain_block::lift(app, &domain, notes).await.map(|()| None);
    }
    if let Some(mode) = given("secure_mode") {
        store::write(&app.db, note(c.app, &session.0, "set_secure_mode", mode)).await?;
        return services::moderate::set_secure_mode(app, mode == "on").await.map(|()| None);
    }
    if let Some(mode @ ("on" | "off")) = given("allow_list") {
        let notes = note(c.app, &session.0, "set_allow_list", mode);
        return services::domain_block::set_allow_list(app, mode == "on", notes).await.map(|()| None);
    }
    if let Some(shown) = given("shown").and_then(Shown::parse) {
        let mut batch = note(c.app, &session.0, "show_domain_blocks", shown.as_str());
        batch.push(store::site::set("show_domain_blocks", shown.as_str()));
        store::write(&app.db, batch).await?;
        return services::install::reload(app).await.map(|()| None);
    }
    if let Some(domain) = given("allow") {
        let domain = checked(app, domain)?;
        let notes = note(app, &session.0, "allow_domain", &domain);
        return services::domain_block::allow(app, &domain, notes).await.map(|_| None);
    }
    if let Some(id) = given("disallow").and_then(Id::parse) {
        let Some(allow) = store::load(&app.db, store::domain_allows::by_id(id)).await? else {
            return Ok(None);
        };
        let notes = note(c.app, &session.0, "disallow_domain", &allow.domain);
        return services::domain_block::disallow(app, &allow, notes).await.map(|()| None);
    }
    let domain = checked(app, c.params.text("domain").unwrap_or(""))?;
    let (wanted, names) = (wanted(c, &domain), [domain.as_str()]);
    let parts = (store::domain_blocks::of(&names), store::host_checks::ties(&names));
    let (known, ties) = store::load(&app.db, parts).await?;
    let has_ties = ties.iter().any(|tie| tie.following + tie.followers > 0);
    // An entry is not replaced by what is typed for a new one, and nobody's follows end unseen.
    let asks = match (known.is_empty(), wanted.severity == Severity::Suspend && has_ties) {
        (false, _) => Some(Word::ServerKnown),
        (true, true) => Some(Word::ServerHasTies),
        (true, false) => None,
    };
    if asks.is_some() {
        return answer_one(c, session, &domain, Some(&wanted), asks).await.map(Some);
    }
    let notes = note(app, &session.0, "block_domain", &domain);
    services::domain_block::put(app, &wanted, notes).await.map(|_| None)
}

/// `/settings/servers/{domain}`: what is known of a server, and its block; `export.csv` is the file of all blocks.
pub async fn one(c: &Context<'_>) -> Result<Response> {
    let session = match admit(c, HERE, &[]).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    if c.segment("domain")? == "export.csv" {
        let file = services::block_file::export(c.app).await?;
        return Ok(Response::new(200, "text/csv; charset=utf-8", file)
            .with("Content-Disposition", "attachment; filename=\"domain_blocks.csv\"")
            .with("Cache-Control", "private, no-store"));
    }
    answer_one(c, &session, &asked(c)?, None, None).await
}

/// The domain in the address.
fn asked(c: &Context<'_>) -> Result<String> {
    checked(c.app, c.segment("domain")?).map_err(|_| crate::error::Error::NotFound)
}

/// `typed` is what is in the form, where that is not what is stored.
async fn answer_one(
    c: &Context<'_>,
    session: &Admitted,
    domain: &str,
    typed: Option<&DomainBlock>,
    wrong: Option<Word>,
) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let names = [domain];
    let parts = (
        store::host_checks::ties(&names),
        store::domain_blocks::above(domain),
        store::instances::is_failing(domain),
        store::host_checks::tied(&names, SHOWN),
    );
    let (known, above, is_failing, tied) = store::load(&c.app.db, parts).await?;
    let known = known.into_iter().next().unwrap_or_default();
    let own = above.iter().find(|block| block.domain == domain);
    let hidden = html! { input type="hidden" name="form" value=(form::token(c.app, FORM, &session.1)); };
    let new = DomainBlock { severity: Severity::Suspend, ..DomainBlock::default() };
    let body = html! {
        h1 { (domain) }
        (outcome(c, wrong))
        p.meta {
            (language.count(known.accounts, Plural::People)) " · "
            (language.count(known.following, Plural::SeveredFollowing)) " · " (language.count(known.followers, Plural::SeveredFollowers))
            @if is_failing { " · " (say(Word::ServerFails)) }
        }
        @for block in above.iter().filter(|block| block.domain != domain) {
            p { a href={ (HERE) "/" (block.domain) } { (block.domain) } " · " (told(block, language)) }
        }
        @if let Some(own) = own { p { (told(own, language)) } }
        form method="post" action={ (HERE) "/" (domain) } {
            (hidden)
            (fields(c, typed.or(own).unwrap_or(&new), language))
            button type="submit" name="do" value="put" { (say(if own.is_some() { Word::Save } else { Word::KeepOut })) }
            @if own.is_some() { " " button.quiet type="submit" name="do" value="lift" { (say(Word::LetIn)) } }
        }
        @if !tied.is_empty() { h2 { (say(Word::ServerTies)) } (ties(&tied)) }
        p { a href=(HERE) { (say(Word::Servers)) } }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, domain, true, &body).status(status))
}

pub async fn submit_one(c: &Context<'_>) -> Result<Response> {
    let session = match admit(c, HERE, &[]).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    if !is_operators_form(c, FORM, &session.1) {
        return Ok(answer_one(c, &session, &asked(c)?, None, Some(Word::FormExpired)).await?.status(403));
    }
    let domain = asked(c)?;
    if c.params.text("do") == Some("lift") {
        let notes = note(c.app, &session.0, "lift_domain_block", &domain);
        services::domain_block::lift(c.app, &domain, notes).await?;
    } else {
        let notes = note(c.app, &session.0, "block_domain", &domain);
        services::domain_block::put(c.app, &wanted(c, &domain), notes).await?;
    }
    Ok(Response::redirect(&format!("{HERE}/{domain}?saved=1")))
}
