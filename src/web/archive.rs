//! `/settings/archive`: posts of a former account are brought along. The page's script reads the file in the browser and sends
//! what is in it some at a time (decision 0013); `npm run import` does the same by the API.

use maud::html;
use serde_json::{Value, json};

use super::form::{self, sign_in_first};
use super::words::{Language, Word};
use super::{asset, page, secured};
use crate::activitypub::remote;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::media;
use crate::model::account::Account;
use crate::model::ledger;
use crate::model::media::{Purpose, parse_focus};
use crate::model::user::User;
use crate::services;
use crate::services::media::Change;
use crate::store;

const HERE: &str = "/settings/archive";
/// The name of the form's token.
const FORM: &str = "archive";
/// The header with the token, which each answer gives anew: bringing along may take longer than a token is valid.
const TOKEN: &str = "X-Form";

/// What the script says, by the names that it has for it.
const SAID: [(&str, Word); 28] = [
    ("reading", Word::ArchiveReading),
    ("bringing", Word::ArchiveBringing),
    ("waiting", Word::ArchiveWaiting),
    ("tomorrow", Word::ArchiveTomorrow),
    ("done", Word::ArchiveDone),
    ("stopped", Word::ArchiveStopped),
    ("removing", Word::ArchiveRemoving),
    ("count.stored", Word::ArchiveStored),
    ("count.known", Word::ArchiveKnown),
    ("count.boosts", Word::ArchiveBoosts),
    ("count.direct", Word::ArchiveDirect),
    ("count.vote", Word::ArchiveVotes),
    ("count.others", Word::ArchiveOthers),
    ("count.date", Word::ArchiveDates),
    ("count.empty", Word::ArchiveEmpty),
    ("count.unreadable", Word::ArchiveRefused),
    ("count.failed", Word::ArchiveRefused),
    ("count.missing", Word::ArchiveMissing),
    ("count.unusable", Word::ArchiveUnusable),
    ("wrong.unreadable", Word::ArchiveUnreadable),
    ("wrong.damaged", Word::ArchiveDamaged),
    ("wrong.too large", Word::ArchiveTooLarge),
    ("wrong.no posts", Word::ArchiveNoPosts),
    ("wrong.no server", Word::ArchiveNeedsServer),
    ("wrong.sign in", Word::ArchiveSignIn),
    ("wrong.fault", Word::ArchiveFault),
    ("start", Word::ArchiveStart),
    ("stop", Word::ArchiveStop),
];

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::signed_in(c).await? {
        Some((_, account, secret)) => answer(c, &account, &secret, None).await,
        None => Ok(sign_in_first(c, HERE, &[])),
    }
}

async fn answer(c: &Context<'_>, account: &Account, secret: &str, wrong: Option<Word>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let there = store::load(&c.app.db, store::statuses::brought::count(account.id)).await?;
    let said: serde_json::Map<String, Value> =
        SAID.iter().map(|(name, word)| ((*name).to_owned(), json!(say(*word)))).collect();
    let token = form::token(c.app, FORM, secret);
    let command = format!("npm run import -- FILE --to={}", c.app.origin_of(account));
    let body = html! {
        h1 { (say(Word::Archive)) }
        p.meta { (say(Word::SignedInAs)) " @" (account.handle()) }
        @if let Some(word) = wrong { p.error role="alert" { (say(word)) } }
        p.lead { (say(Word::ArchiveLead)) }
        p { (say(Word::ArchiveKinds)) }
        p { (say(Word::ArchiveLeaveOut)) }
        p { (say(Word::ArchiveOld)) }
        noscript { p { (say(Word::ArchiveNoScript)) } code.code { (command) } }
        form id="archive" hidden data-form=(token) data-words=(Value::Object(said).to_string()) lang=(language.code()) {
            label for="file" { (say(Word::ArchiveFile)) }
            input id="file" type="file" name="file" required accept=".zip,.gz,.tgz,.tar,.json,application/zip,application/gzip,application/json";
            label for="server" { (say(Word::ArchiveServer)) }
            input id="server" name="server" placeholder="misskey.example" autocapitalize="none" autocomplete="off" aria-describedby="server-hint";
            p.hint id="server-hint" { (say(Word::ArchiveServerHint)) }
            label.check { input type="checkbox" name="files" value="1" checked; span { (say(Word::ArchiveFiles)) } }
            p.hint { (say(Word::ArchiveFilesHint)) }
            button type="submit" { (say(Word::ArchiveStart)) }
            button.quiet type="button" name="stop" hidden { (say(Word::ArchiveStop)) }
            p.hint { (say(Word::ArchiveGoOn)) }
        }
        progress id="progress" hidden aria-label=(say(Word::Archive)) {}
        p id="state" role="status" {}
        ul.plain id="counts" {}
        @if there > 0 {
            h2 { (say(Word::ArchiveRemove)) }
            p { (say(Word::ArchiveThere)) " " span id="there" { (there) } }
            p.lead { (say(Word::ArchiveRemoveLead)) }
            noscript { p { (say(Word::ArchiveRemoveStep)) } }
            form id="remove" method="post" action=(HERE) {
                input type="hidden" name="form" value=(token);
                label.check { input type="checkbox" name="sure" value="1" required; span { (say(Word::ArchiveRemoveSure).replace("{n}", &there.to_string())) } }
                button.quiet type="submit" { (say(Word::ArchiveRemove)) }
            }
        }
    };
    let body = html! { (body) script type="module" src=(asset("archive/page.mjs")) {} };
    let page = page(c, say(Word::Archive), true, &body);
    Ok(if wrong.is_some() { page.status(403) } else { page })
}

/// Without a script: a step of the removal.
pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some((_, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    if !form::is_valid(c.app, FORM, &secret, c.params.text("form").unwrap_or("")) {
        return answer(c, &account, &secret, Some(Word::FormExpired)).await;
    }
    services::archive::remove(c.app, &account).await?;
    Ok(Response::redirect(HERE))
}

/// The signed-in person, where the script has sent a token of the page. Errors: `Unauthorized`, `Forbidden`.
async fn asked(c: &Context<'_>) -> Result<(User, Account, String)> {
    let found = form::signed_in(c).await?;
    let (user, account, secret) = found.ok_or_else(|| Error::Unauthorized("Nobody is signed in".into()))?;
    let token = c.request.header("x-form").unwrap_or("");
    if !form::is_valid(c.app, FORM, &secret, token) {
        return Err(Error::Forbidden("The page is too old".into()));
    }
    Ok((user, account, secret))
}

/// An answer for the script, with the next token; errors as JSON, but those that are defects here.
fn said(c: &Context<'_>, secret: &str, outcome: Result<Value>) -> Result<Response> {
    let response = match outcome {
        Ok(value) => Response::json(&value),
        Err(error @ (Error::Internal(_) | Error::Unavailable(_) | Error::Platform(_))) => return Err(error),
        Err(error) => {
            let response = Response::json(&json!({"error": error.public_message()})).status(error.status());
            match error {
                Error::Spent(_) => {
                    response.with("Retry-After", ledger::until_midnight(c.app.now()).to_string())
                }
                _ => response,
            }
        }
    };
    let response = secured(response, true);
    Ok(if secret.is_empty() { response } else { response.with(TOKEN, form::token(c.app, FORM, secret)) })
}

/// `/settings/archive/{step}`: a step of the script.
pub async fn step(c: &Context<'_>) -> Result<Response> {
    match asked(c).await {
        Ok((user, account, secret)) => {
            let step = c.segment("step")?;
            said(c, &secret, remote::archive::step(c.app, &user, &account, step, &c.request.body).await)
        }
        Err(error) => said(c, "", Err(error)),
    }
}

/// `/settings/archive/media`: a file for a post that is sent later: uploaded, or with its address in JSON.
pub async fn media(c: &Context<'_>) -> Result<Response> {
    match asked(c).await {
        Ok((_, account, secret)) => said(c, &secret, store_file(c, &account).await),
        Err(error) => said(c, "", Err(error)),
    }
}

async fn store_file(c: &Context<'_>, account: &Account) -> Result<Value> {
    services::archive::check(c.app, account)?;
    let body = c.app.incoming.take();
    if body.is_none() && c.params.filled("url").is_none() {
        return Err(Error::validation("File can't be blank"));
    }
    media::receive::check_announced(Purpose::Archive, c.request)?;
    let (row, key) = services::media::begin(c.app, account, Purpose::Archive).await?;
    let mut fields = c.params.clone();
    let file = match body {
        Some(body) => {
            let received = media::receive::receive(c.app, Purpose::Archive, key, c.request, body).await?;
            fields.add_fields(received.fields)?;
            let file = received.files.into_iter().next().map(|(_, file)| file);
            file.ok_or_else(|| Error::validation("File can't be blank"))?
        }
        None => {
            let url = c.params.text("url").unwrap_or("");
            media::copy::copy(c.app, Purpose::Archive, key, url).await.map_err(|error| match error {
                // The other server's failure is none of ours, which would be tried again.
                Error::Remote { what, .. } | Error::BadRequest(what) => Error::Unprocessable(what),
                other => other,
            })?
        }
    };
    let change = Change {
        id: row,
        description: fields.text("description").map(str::to_owned),
        focus: fields.filled("focus").and_then(parse_focus),
    };
    let made = services::media::finish(c.app, account, row, file, None, change).await?;
    Ok(json!({"id": made.id.to_string()}))
}
