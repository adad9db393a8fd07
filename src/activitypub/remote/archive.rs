//! Statuses of another server's archive, as a client sends them: the notes as they are there, some at a time. What they say
//! is read like what other servers send, and believed no more; their author is whoever sends them.

use serde_json::{Value, json};

use crate::activitypub::wire::vocab;
use crate::activitypub::wire::vocab::note;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::archive::{Item, MAX_ASKED, MAX_ATTACHMENTS, MAX_BYTES, MAX_ITEMS, Outcome, Why};
use crate::model::id::Id;
use crate::model::limits;
use crate::model::status::{Status, Visibility};
use crate::model::user::User;
use crate::services;
use crate::store;
use crate::text::sanitize;

/// A step of bringing an archive along: its name in the address, the request's body, the answer.
///
/// - `known`: `{"uris": [uri]}` answers `{"known": [uri]}`, those that are here.
/// - `posts`: `{"actor": {"id", "followers"}, "items": [{"note": Note, "media": [id]}]}` stores them and answers
///   `{"items": [{"uri", "state": "stored" | "known" | "refused", "id", "why"}]}` in their order.
/// - `remove`: removes some of all that was brought along; answers `{"removed": number, "more": truth}`.
///
/// Errors: `NotFound` for another step, `BadRequest` where the body is no such object, `TooLarge`, `Unprocessable` where there
/// are too many; `Forbidden` and `Spent` as of `services::archive`.
pub async fn step(app: &App, user: &User, account: &Account, step: &str, body: &[u8]) -> Result<Value> {
    if !["known", "posts", "remove"].contains(&step) {
        return Err(Error::NotFound);
    }
    if step == "remove" {
        let (removed, has_more) = services::archive::remove(app, account).await?;
        return Ok(json!({"removed": removed, "more": has_more}));
    }
    services::archive::check(app, account)?;
    if body.len() > MAX_BYTES {
        return Err(Error::TooLarge);
    }
    let body = vocab::parse(body)?;
    if step == "known" { known(app, account, &body).await } else { posts(app, user, account, &body).await }
}

async fn known(app: &App, account: &Account, body: &Value) -> Result<Value> {
    let uris = vocab::list(body, "uris");
    if uris.len() > MAX_ASKED {
        return Err(Error::Unprocessable(format!("At most {MAX_ASKED} posts at a time")));
    }
    let uris: Vec<String> = uris.into_iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let known = store::load(&app.db, store::statuses::brought::known(account.id, &uris)).await?;
    let known: Vec<&String> = known.iter().map(|(uri, _)| uri).collect();
    Ok(json!({"known": known}))
}

async fn posts(app: &App, user: &User, account: &Account, body: &Value) -> Result<Value> {
    let sent = vocab::list(body, "items");
    if sent.len() > MAX_ITEMS {
        return Err(Error::Unprocessable(format!("At most {MAX_ITEMS} posts at a time")));
    }
    let former = former(body);
    let read: Vec<(String, std::result::Result<Item, Why>)> =
        sent.into_iter().map(|sent| (address(sent), item(app, &former, sent))).collect();
    let items: Vec<Item> = read.iter().filter_map(|(_, item)| item.as_ref().ok().cloned()).collect();
    let mut outcomes = services::archive::bring(app, user, account, items).await?.into_iter();
    let answers: Vec<Value> = read
        .iter()
        .map(|(uri, item)| {
            let outcome = match item {
                Ok(_) => outcomes.next().unwrap_or(Outcome::Refused(Why::Failed)),
                Err(why) => Outcome::Refused(*why),
            };
            match outcome {
                Outcome::Stored(id) => json!({"uri": uri, "state": "stored", "id": id.to_string()}),
                Outcome::Known => json!({"uri": uri, "state": "known"}),
                Outcome::Refused(why) => json!({"uri": uri, "state": "refused", "why": why.name()}),
            }
        })
        .collect();
    Ok(json!({"items": answers}))
}

/// The account that the archive is of, by which the audience of a note is known.
fn former(body: &Value) -> Account {
    let actor = vocab::first(body, "actor");
    let property = |name: &str| actor.and_then(|actor| vocab::link_of(actor, name)).map(str::to_owned);
    Account {
        uri: actor.and_then(vocab::link).unwrap_or("").to_owned(),
        followers_url: property("followers"),
        ..Account::default()
    }
}

/// The id of what was sent, as far as it has one.
fn address(sent: &Value) -> String {
    vocab::first(sent, "note").and_then(vocab::id).unwrap_or("").to_owned()
}

fn is_page(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn item(app: &App, former: &Account, sent: &Value) -> std::result::Result<Item, Why> {
    let note = vocab::first(sent, "note").and_then(|note| note::read(note, Some(former)));
    // It is of the account that the archive is of, at its server.
    let is_there = |url: &str| is_page(url) && vocab::is_same_host(url, &former.uri);
    let note = note.filter(|note| is_there(&note.uri)).ok_or(Why::Unreadable)?;
    let published = note.published.filter(|at| services::archive::is_time(app, *at)).ok_or(Why::Date)?;
    if note.is_vote {
        return Err(Why::Vote);
    }
    if note.visibility == Visibility::Direct {
        return Err(Why::Direct);
    }
    let media: Vec<Id> = vocab::list(sent, "media")
        .into_iter()
        .filter_map(|id| Id::parse(id.as_str()?))
        .take(MAX_ATTACHMENTS)
        .collect();
    let text = sanitize::plain(&note.content);
    let edited = note.updated.filter(|at| *at > published && services::archive::is_time(app, *at));
    Ok(Item {
        status: Status {
            visibility: note.visibility,
            content: note.content,
            text: Some(text),
            spoiler_text: note.spoiler_text,
            is_sensitive: note.is_sensitive,
            language: note.language,
            tags: note.tags,
            emojis: note.emojis,
            poll: note.poll,
            created_at: published,
            edited_at: edited,
            ..Status::default()
        },
        url: if is_there(&note.url) && note.url.len() <= limits::URL { note.url } else { note.uri.clone() },
        uri: note.uri,
        parent: note.in_reply_to,
        media,
    })
}
