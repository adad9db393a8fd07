//! `/settings/import` and `/settings/export`: what a person follows, blocks, mutes and keeps, as files.

use maud::{Markup, html};

use super::form::sign_in_first;
use super::words::{Language, Word};
use super::{form, page, secured, takeout};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::params::Value;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::import::{Kind, Progress, Why};
use crate::services;
use crate::services::import::Refusal;
use crate::store;

const IMPORT: &str = "/settings/import";
const EXPORT: &str = "/settings/export";
/// The page of what is under way: it loads itself anew, which would empty a form.
const WATCH: &str = "/settings/import?watch=1";
/// Seconds until it does.
const RELOADED_AFTER: &str = "20";
/// For feed readers.
const OPML: &str = "follows.opml";
const CSV: &str = "text/csv; charset=utf-8";

fn name(kind: Kind) -> Word {
    match kind {
        Kind::Following => Word::KindFollowing,
        Kind::Lists => Word::KindLists,
        Kind::Blocks => Word::KindBlocks,
        Kind::Mutes => Word::KindMutes,
        Kind::DomainBlocks => Word::KindDomainBlocks,
        Kind::Bookmarks => Word::KindBookmarks,
        Kind::Followers => Word::KindFollowers,
    }
}

fn reason(why: Option<Why>) -> Word {
    match why {
        Some(Why::Invalid) => Word::WhyInvalid,
        Some(Why::NotFound) => Word::WhyNotFound,
        Some(Why::Unreachable) => Word::WhyUnreachable,
        Some(Why::Refused) => Word::WhyRefused,
        Some(Why::Full) => Word::WhyFull,
        Some(Why::Own) => Word::WhyOwn,
        Some(Why::Failed) | None => Word::WhyFailed,
    }
}

fn refusal(refusal: Refusal, language: Language) -> String {
    let word = match refusal {
        Refusal::UnreadableRow(row) => {
            return language.say(Word::ImportUnreadableRow).replace("{}", &row.to_string());
        }
        Refusal::OtherKind(kind) => {
            return language.say(Word::ImportOtherKind).replace("{}", language.say(name(kind)));
        }
        Refusal::Unreadable => Word::ImportUnreadable,
        Refusal::Empty => Word::ImportEmpty,
        Refusal::NoText => Word::ImportNoText,
        Refusal::Unclosed => Word::ImportUnclosed,
        Refusal::Semicolons => Word::ImportSemicolons,
        Refusal::TooLong => Word::ImportTooLong,
        Refusal::UnderWay => Word::ImportUnderWay,
        Refusal::MergeOnly => Word::ImportMergeOnly,
        Refusal::Moved => Word::HasMovedAway,
    };
    language.say(word).to_owned()
}

pub async fn show_import(c: &Context<'_>) -> Result<Response> {
    match form::signed_in(c).await? {
        Some((_, account, secret)) => answer(c, &account, &secret, None).await,
        None => Ok(sign_in_first(c, IMPORT, &[])),
    }
}

async fn answer(c: &Context<'_>, account: &Account, secret: &str, wrong: Option<&str>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let imports = store::load(&c.app.db, store::imports::of(account.id)).await?;
    let is_under_way = imports.iter().any(Progress::is_under_way);
    let is_watched = is_under_way && wrong.is_none() && c.params.filled("watch").is_some();
    let token = form::token(c.app, "import", secret);
    let body = html! {
        h1 { (say(Word::Import)) }
        p.meta { (say(Word::SignedInAs)) " @" (account.handle()) }
        p.lead { (say(Word::ImportLead)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (wrong) } }
        @for progress in &imports {
            @if progress.is_unconfirmed() {
                (asked_for(progress, &token, language))
            } @else {
                (shown(progress, &token, language))
            }
        }
        @if is_watched {
            p.hint { (say(Word::ImportWatch)) }
            p { a href=(IMPORT) { (say(Word::ImportAnother)) } }
        } @else {
            (upload(c, &token, language))
        }
        p { a href=(EXPORT) { (say(Word::Export)) } }
    };
    let page = page(c, say(Word::Import), true, &body);
    Ok(match wrong {
        Some(_) => page.status(422),
        // Without a script.
        None if is_watched => page.with("Refresh", RELOADED_AFTER),
        None => page,
    })
}

/// An import, and how far it is.
fn shown(progress: &Progress, token: &str, language: Language) -> Markup {
    let say = |word| language.say(word);
    let (import, is_over) = (&progress.import, progress.import.finished_at.is_some());
    html! {
        section.card {
            h2 { (say(name(import.kind))) }
            p {
                (progress.done()) " / " (import.total)
                @if progress.failed > 0 { " · " (say(Word::ImportFailed)) " " (progress.failed) }
                " · " (say(match is_over {
                    true if progress.waiting > 0 => Word::ImportStopped,
                    true => Word::ImportFinished,
                    false => Word::ImportRunning,
                }))
            }
            @if !is_over { progress aria-label=(say(name(import.kind))) value=(progress.done() + progress.failed) max=(import.total.max(1)) {} }
            @if progress.failed > 0 {
                p { a href={ (IMPORT) "/" (import.kind.file()) "_failures.csv" } { (say(Word::ImportFailures)) } }
            }
            form method="post" action=(IMPORT) {
                input type="hidden" name="form" value=(token);
                input type="hidden" name="import" value=(import.id);
                button.quiet type="submit" name="action" value="stop" { (say(if is_over { Word::ImportForget } else { Word::ImportStop })) }
            }
        }
    }
}

/// An import that removes what is not in the file: whether it is to begin.
fn asked_for(progress: &Progress, token: &str, language: Language) -> Markup {
    let say = |word| language.say(word);
    let import = &progress.import;
    html! {
        section.card {
            h2 { (say(name(import.kind))) }
            p { (say(Word::ImportAsked).replacen("{}", &import.total.to_string(), 1).replacen("{}", &progress.extra.to_string(), 1)) }
            form method="post" action=(IMPORT) {
                input type="hidden" name="form" value=(token);
                input type="hidden" name="import" value=(import.id);
                button type="submit" name="action" value="confirm" { (say(Word::ImportReplace)) }
                button.quiet type="submit" name="action" value="stop" { (say(Word::Cancel)) }
            }
        }
    }
}

fn upload(c: &Context<'_>, token: &str, language: Language) -> Markup {
    let say = |word| language.say(word);
    let kind = c.params.text("kind").and_then(Kind::from_name).unwrap_or(Kind::Following);
    let is_overwrite = c.params.text("mode") == Some("overwrite");
    html! {
        form method="post" action=(IMPORT) enctype="multipart/form-data" {
            input type="hidden" name="form" value=(token);
            label for="kind" { (say(Word::ImportKind)) }
            select id="kind" name="kind" {
                @for one in Kind::ALL { option value=(one.name()) selected[one == kind] { (say(name(one))) } }
            }
            label for="file" { (say(Word::ImportFile)) }
            input id="file" type="file" name="file" required accept=".csv,text/csv,text/plain" aria-describedby="file-hint";
            p.hint id="file-hint" { (say(Word::ImportFileHint)) }
            label.check { input type="radio" name="mode" value="merge" checked[!is_overwrite]; span { (say(Word::ImportMerge)) } }
            label.check { input type="radio" name="mode" value="overwrite" checked[is_overwrite]; span { (say(Word::ImportOverwrite)) } }
            button type="submit" name="action" value="import" { (say(Word::ImportStart)) }
        }
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some((_, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, IMPORT, &[]));
    };
    if !form::is_valid(c.app, "import", &secret, c.params.text("form").unwrap_or("")) {
        let expired = Language::of(c.request).say(Word::FormExpired);
        return Ok(answer(c, &account, &secret, Some(expired)).await?.status(403));
    }
    let unreadable = || Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into());
    // By its number: by now another one of its kind may be in its place.
    let import = || c.params.text("import").and_then(Id::parse).ok_or_else(unreadable);
    if c.params.text("action") == Some("stop") {
        services::import::cancel(c.app, &account, import()?).await?;
        return Ok(Response::redirect(IMPORT));
    }
    if c.params.text("action") == Some("confirm") {
        let has_begun = services::import::confirm(c.app, &account, import()?).await?;
        return Ok(Response::redirect(if has_begun { WATCH } else { IMPORT }));
    }
    let kind = c.params.text("kind").and_then(Kind::from_name).ok_or_else(unreadable)?;
    let (file, file_name) = match c.params.value("file") {
        Some(Value::File(file)) => (file.bytes.as_slice(), file.filename.as_str()),
        _ => (&[][..], ""),
    };
    // Files of blocks and of follows may look alike but for their names.
    let named = Kind::ALL.into_iter().find(|kind| file_name.starts_with(kind.file()));
    if let Some(other) = named.filter(|other| *other != kind) {
        let wrong = refusal(Refusal::OtherKind(other), Language::of(c.request));
        return answer(c, &account, &secret, Some(&wrong)).await;
    }
    let is_overwrite = c.params.text("mode") == Some("overwrite");
    match services::import::start(c.app, &account, kind, is_overwrite, file).await? {
        Ok(()) if is_overwrite => Ok(Response::redirect(IMPORT)),
        Ok(()) => Ok(Response::redirect(WATCH)),
        Err(refused) => {
            let wrong = refusal(refused, Language::of(c.request));
            answer(c, &account, &secret, Some(&wrong)).await
        }
    }
}

/// A file that is saved.
fn download(kind: &str, name: &str, text: String) -> Response {
    secured(Response::new(200, kind, text), true)
        .with("Content-Disposition", format!("attachment; filename=\"{name}\""))
}

/// `/settings/import/following_accounts_failures.csv` and so on.
pub async fn failures(c: &Context<'_>) -> Result<Response> {
    let file = c.segment("file")?;
    let kind = file.strip_suffix("_failures.csv").and_then(|name| Kind::from_file(&format!("{name}.csv")));
    let kind = kind.ok_or(Error::NotFound)?;
    let Some((_, account, _)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, IMPORT, &[]));
    };
    let language = Language::of(c.request);
    let say = |why: &str| language.say(reason(Why::from_name(why))).to_owned();
    let text = services::export::failures(c.app, &account, kind, language.say(Word::Reason), say).await?;
    Ok(download(CSV, file, text))
}

pub async fn show_export(c: &Context<'_>) -> Result<Response> {
    let Some((_, account, _)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, EXPORT, &[]));
    };
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let parts = (store::imports::counts(account.id), store::takeouts::of(account.id));
    let (counts, known) = store::load(&c.app.db, parts).await?;
    let body = html! {
        h1 { (say(Word::Export)) }
        p.meta { (say(Word::SignedInAs)) " @" (account.handle()) }
        p.lead { (say(Word::ExportLead)) }
        ul.plain { @for (kind, count) in Kind::ALL.into_iter().zip(&counts) {
            li {
                a href={ (EXPORT) "/" (kind.file()) ".csv" } download { (kind.file()) ".csv" }
                " · " (say(if kind == Kind::Followers { Word::Followers } else { name(kind) })) " · " (count)
            }
        } }
        p { a href={ (EXPORT) "/" (OPML) } download { (OPML) } " · " (say(Word::ExportOpml)) }
        h2 { (say(Word::Takeout)) }
        p { (say(Word::TakeoutLead)) }
        p { a href=(takeout::HERE) { (say(Word::Takeout)) } " · " (takeout::in_short(c, known.as_ref())) }
        p { a href=(IMPORT) { (say(Word::Import)) } }
    };
    Ok(page(c, say(Word::Export), true, &body))
}

/// `/settings/export/following_accounts.csv` and so on.
pub async fn export(c: &Context<'_>) -> Result<Response> {
    let file = c.segment("file")?;
    let kind = Kind::from_file(file);
    if kind.is_none() && file != OPML {
        return Err(Error::NotFound);
    }
    let Some((_, account, _)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, EXPORT, &[]));
    };
    let Some(kind) = kind else {
        return Ok(download(
            "text/x-opml; charset=utf-8",
            file,
            services::export::opml(c.app, &account).await?,
        ));
    };
    Ok(download(CSV, file, services::export::file(c.app, &account, kind).await?))
}
