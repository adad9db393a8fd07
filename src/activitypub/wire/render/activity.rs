//! Activities from events.

use serde_json::{Value, json};

use super::{actor, document, hash, note, quote, reaction};
use crate::app::App;
use crate::error::Result;
use crate::model::account::Account;
use crate::model::event::Event;
use crate::model::id::Id;
use crate::model::status::{StatusView, Visibility};
use crate::model::time::Time;
use crate::model::uri::{self, PUBLIC};
use crate::store;

/// The activity of an event by `account`. `None` where its subject is deleted meanwhile.
pub async fn render(app: &App, account: &Account, event: &Event) -> Result<Option<Value>> {
    let origin = app.origin_of(account);
    let made = match event {
        Event::Create { status_id } => status(app, *status_id).await?.map(|(view, parent)| {
            let note = note::render(&view.status, account, parent.as_deref(), &origin, app.now());
            create(&view, account, note)
        }),
        Event::Update { status_id } => status(app, *status_id).await?.map(|(view, parent)| {
            let note = note::render(&view.status, account, parent.as_deref(), &origin, app.now());
            let at = view.status.edited_at.unwrap_or(view.status.created_at);
            update_note(&view, account, note, at)
        }),
        Event::Refresh { status_id, at } => status(app, *status_id).await?.map(|(view, parent)| {
            let note = note::render(&view.status, account, parent.as_deref(), &origin, app.now());
            update_note(&view, account, note, *at)
        }),
        Event::Announce { status_id } => match status(app, *status_id).await? {
            Some((view, _)) => announce_in_full(app, &view, account).await?,
            None => None,
        },
        Event::Vote { uri, status_id, choice } => {
            status(app, *status_id).await?.and_then(|(view, _)| vote(&view, account, uri, *choice))
        }
        Event::QuoteRequest { status_id } => match status(app, *status_id).await? {
            Some((view, parent)) => quote_request(app, &view, parent.as_deref(), account, &origin).await?,
            None => None,
        },
        // Signed by somebody else: sent as it came.
        Event::Forward { activity } => return Ok(serde_json::from_str(activity).ok()),
        Event::UpdateActor => {
            let document = actor::render(account, &uri::shared_inbox(&origin));
            Some(json!({
                "id": format!("{}#updates/{}", account.uri, app.now().0),
                "type": "Update",
                "actor": account.uri,
                "to": [PUBLIC],
                "cc": account.followers_url.iter().collect::<Vec<_>>(),
                "object": document,
            }))
        }
        event => Some(simple(account, event)),
    };
    Ok(made.map(document))
}

/// The QuoteRequest of a quoting note. The author of what it quotes gets the note where they may read it, else its id.
async fn quote_request(
    app: &App,
    view: &StatusView,
    parent: Option<&str>,
    account: &Account,
    origin: &str,
) -> Result<Option<Value>> {
    let Some(quoted) = view.quote.as_ref() else { return Ok(None) };
    let is_named = view.status.mentions.iter().any(|m| m.id == quoted.account.id);
    let may_read = is_named || {
        let reader = Some(quoted.account.id);
        store::load(&app.db, store::statuses::visible_by_id(view.status.id, reader)).await?.is_some()
    };
    let instrument = if may_read {
        note::render(&view.status, account, parent, origin, app.now())
    } else {
        json!(view.status.uri)
    };
    Ok(quote::request(&view.status, account, &quoted.account.uri, instrument))
}

/// A status and the uri of what it answers.
async fn status(app: &App, id: Id) -> Result<Option<(StatusView, Option<String>)>> {
    let (view, parent) =
        store::load(&app.db, (store::statuses::by_id(id, None), store::statuses::parent_uri(id))).await?;
    Ok(view.map(|view| (view, parent)))
}

pub fn create(view: &StatusView, account: &Account, note: Value) -> Value {
    let (to, cc) = note::audience(&view.status, account);
    json!({
        "id": format!("{}/activity", view.status.uri),
        "type": "Create",
        "actor": account.uri,
        "published": view.status.created_at.to_iso(),
        "to": to,
        "cc": cc,
        "object": note,
    })
}

fn update_note(view: &StatusView, account: &Account, note: Value, at: Time) -> Value {
    let (to, cc) = note::audience(&view.status, account);
    json!({
        "id": format!("{}#updates/{}", view.status.uri, at.0 / 1000),
        "type": "Update",
        "actor": account.uri,
        "published": at.to_iso(),
        "to": to,
        "cc": cc,
        "object": note,
    })
}

/// A boost: its own row, with what it boosts.
pub fn announce(view: &StatusView, account: &Account) -> Option<Value> {
    let inner = view.reblog.as_ref()?;
    let (to, mut cc) = note::audience(&view.status, account);
    cc.push(inner.account.uri.clone());
    let mut activity = json!({
        "id": view.status.uri,
        "type": "Announce",
        "actor": account.uri,
        "published": view.status.created_at.to_iso(),
        "to": to,
        "cc": cc,
        "object": inner.status.uri,
    });
    quote::approval(&mut activity, "announceAuthorization", &view.status);
    Some(activity)
}

/// Like [`announce`]; of one's own followers-only status with the note enclosed, since nobody could fetch it.
pub async fn announce_in_full(app: &App, view: &StatusView, account: &Account) -> Result<Option<Value>> {
    let Some(mut activity) = announce(view, account) else { return Ok(None) };
    let private = view.reblog.as_deref().filter(|inner| inner.status.visibility == Visibility::Private);
    if let Some(inner) = private.filter(|inner| inner.account.id == account.id) {
        let parent = store::load(&app.db, store::statuses::parent_uri(inner.status.id)).await?;
        let origin = app.origin_of(account);
        let note = note::render(&inner.status, account, parent.as_deref(), &origin, app.now());
        if let Value::Object(map) = &mut activity {
            map.insert("object".into(), note);
        }
    }
    Ok(Some(activity))
}

/// A vote: a nameless note with the option's name, for the poll's author alone.
fn vote(view: &StatusView, account: &Account, uri: &str, choice: usize) -> Option<Value> {
    let title = view.status.poll.as_ref()?.name(choice)?;
    Some(json!({
        "id": format!("{uri}/activity"),
        "type": "Create",
        "actor": account.uri,
        "to": [view.account.uri],
        "object": {
            "id": uri,
            "type": "Note",
            "name": title,
            "attributedTo": account.uri,
            "inReplyTo": view.status.uri,
            "to": [view.account.uri],
        },
    }))
}

/// Activities that need nothing but their event.
fn simple(account: &Account, event: &Event) -> Value {
    let me = account.uri.as_str();
    let undo = |uri: &str, inner: Value| json!({"id": format!("{uri}#undo"), "type": "Undo", "actor": me, "object": inner});
    let plain =
        |kind: &str, uri: &str, object: &str| json!({"id": uri, "type": kind, "actor": me, "object": object});
    match event {
        Event::Delete { uri } => json!({
            "id": format!("{uri}#delete"),
            "type": "Delete",
            "actor": me,
            "to": [PUBLIC],
            "object": {"id": uri, "type": "Tombstone"},
        }),
        Event::Like { uri, object_uri } => plain("Like", uri, object_uri),
        Event::UndoLike { uri, object_uri } => undo(uri, plain("Like", uri, object_uri)),
        Event::UndoAnnounce { uri, object_uri } => {
            let mut activity = undo(uri, plain("Announce", uri, object_uri));
            if let Value::Object(map) = &mut activity {
                map.insert("to".into(), json!([PUBLIC]));
            }
            activity
        }
        Event::React { .. } => reaction::react(account, event),
        Event::UndoReact { uri, .. } => {
            let inner = reaction::react(account, event);
            let (to, cc) = (inner.get("to").cloned(), inner.get("cc").cloned());
            let mut activity = undo(uri, inner);
            if let Value::Object(map) = &mut activity {
                map.insert("to".into(), to.unwrap_or_default());
                map.insert("cc".into(), cc.unwrap_or_default());
            }
            activity
        }
        Event::Follow { uri, object_uri } => plain("Follow", uri, object_uri),
        Event::UndoFollow { uri, object_uri } => undo(uri, plain("Follow", uri, object_uri)),
        Event::Block { uri, object_uri } => plain("Block", uri, object_uri),
        Event::UndoBlock { uri, object_uri } => undo(uri, plain("Block", uri, object_uri)),
        Event::AcceptFollow { uri, actor_uri } => answer("Accept", account, uri, actor_uri),
        Event::RejectFollow { uri, actor_uri } => answer("Reject", account, uri, actor_uri),
        Event::Feature { .. } | Event::Move { .. } | Event::Flag { .. } => {
            super::account::render(account, event)
        }
        Event::AcceptQuote { .. } | Event::RejectQuote { .. } => quote::answer(account, event),
        Event::DeleteStamp { uri, quoted_uri, quoting_uri } => json!({
            "id": format!("{uri}#delete"),
            "type": "Delete",
            "actor": me,
            "to": [PUBLIC],
            "object": quote::stamp(uri, account, quoted_uri, quoting_uri),
        }),
        Event::DeleteActor => json!({
            "id": format!("{me}#delete"),
            "type": "Delete",
            "actor": me,
            "to": [PUBLIC],
            "object": me,
        }),
        // The others are rendered from rows of their own.
        Event::Create { .. }
        | Event::Update { .. }
        | Event::Refresh { .. }
        | Event::Announce { .. }
        | Event::Vote { .. }
        | Event::QuoteRequest { .. }
        | Event::Forward { .. }
        | Event::UpdateActor => Value::Null,
    }
}

/// Accept or Reject of a Follow, enclosed.
fn answer(kind: &str, account: &Account, follow: &str, follower: &str) -> Value {
    json!({
        "id": format!("{}#{}s/follows/{:x}", account.uri, kind.to_lowercase(), hash(follow)),
        "type": kind,
        "actor": account.uri,
        "to": [follower],
        "object": {"id": follow, "type": "Follow", "actor": follower, "object": account.uri},
    })
}
