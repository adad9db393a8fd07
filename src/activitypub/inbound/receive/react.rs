//! Announce, Like and EmojiReact.

use serde_json::{Value, json};

use super::origin::{own_id, own_object};
use super::{Known, Outcome, create};
use crate::activitypub::inbound::forwarded;
use crate::activitypub::remote::resolve::{self, RELAYED};
use crate::activitypub::wire::{audience, vocab};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::status::{StatusView, Visibility};
use crate::model::time::Time;
use crate::services;
use crate::services::interact::RemoteBoost;
use crate::store;
use crate::store::tombstones::Signed;
use crate::text::emojis;

/// The status with this uri, where the actor may see it: to everybody else it is absent.
async fn visible<'a>(
    app: &App,
    actor: &Account,
    uri: &str,
    known: &'a Known,
) -> Result<Option<&'a StatusView>> {
    let Some(view) = known.status(uri) else { return Ok(None) };
    let is_open = matches!(view.status.visibility, Visibility::Public | Visibility::Unlisted);
    if is_open || view.account.id == actor.id || view.status.mentions.iter().any(|m| m.id == actor.id) {
        return Ok(Some(view));
    }
    let seen = store::load(&app.db, store::statuses::visible_by_id(view.status.id, Some(actor.id))).await?;
    Ok(seen.map(|_| view))
}

pub async fn like(app: &App, actor: &Account, activity: &Value, known: &Known) -> Result<Outcome> {
    let Some(object) = vocab::link_of(activity, "object") else {
        return Ok(Outcome::Refused(Error::bad_request("The activity has no object")));
    };
    let Some(status) = visible(app, actor, object, known).await? else {
        return Ok(Outcome::Ignored("its object is not known here"));
    };
    let uri = match own_id(actor, activity, &format!("likes/{}", status.status.id)) {
        Ok(uri) => uri,
        Err(outcome) => return Ok(outcome),
    };
    let received = Signed { uri: &uri, at: known.signed(app) };
    if let Some((name, url)) = emoji(actor, activity, status) {
        return Ok(
            if services::react::react(app, actor, status, &name, url.as_deref(), Some(received)).await? {
                Outcome::Applied
            } else {
                Outcome::Ignored("known, undone, too many or not wanted")
            },
        );
    }
    if vocab::kind(activity) == "EmojiReact" {
        return Ok(Outcome::Ignored("its content is not one emoji"));
    }
    services::interact::favourite(app, actor, status, Some(received)).await?;
    Ok(Outcome::Applied)
}

/// A status that a relay of ours announces is fetched and shown in public timelines. It is no boost, and is not
/// forwarded.
async fn relayed(app: &App, actor: &Account, target: &str) -> Result<Outcome> {
    if !store::load(&app.db, store::relays::is_relay(&actor.uri)).await? {
        return Ok(Outcome::Ignored("nobody here is concerned"));
    }
    services::job::start(app, "note", target, RELAYED).await?;
    Ok(Outcome::Applied)
}

/// The emoji of an EmojiReact, or of a Like that has one (as Pleroma and Akkoma take Misskey's): its name and
/// picture. `None` for other text, for more than one emoji, and for a custom emoji without a picture.
pub fn emoji(actor: &Account, activity: &Value, status: &StatusView) -> Option<(String, Option<String>)> {
    let content =
        vocab::text(activity, "content").or_else(|| vocab::text(activity, "_misskey_reaction"))?.trim();
    if emojis::is_emoji(content) && content.len() <= 100 {
        return Some((emojis::qualified(content), None));
    }
    let shortcode = content.strip_prefix(':')?.strip_suffix(':')?.split('@').next()?;
    let custom = vocab::emojis(activity).into_iter().find(|e| e.shortcode == shortcode)?;
    // A reaction that is here already keeps its name: the emoji may be of our server or of a third one.
    let known = status.proper().status.reactions.iter().find(|r| r.url.as_ref() == Some(&custom.url));
    let name = known.map_or_else(|| format!("{shortcode}@{}", actor.domain), |r| r.name.clone());
    Some((name, Some(custom.url)))
}

/// The actor's own note, enclosed in their boost of it (a followers-only one could not be fetched): applied as in a
/// Create.
async fn own_note(app: &App, actor: &Account, note: &Value, known: &Known) -> Result<Option<StatusView>> {
    let Some(uri) = vocab::id(note).filter(|_| own_object(actor, Some(note)).is_ok()) else {
        return Ok(None);
    };
    match create::create(app, actor, &json!({"object": note}), known).await? {
        Outcome::Applied => store::load(&app.db, store::statuses::by_uri(uri)).await,
        _ => Ok(None),
    }
}

pub async fn announce(app: &App, actor: &Account, activity: &Value, known: &Known) -> Result<Outcome> {
    let Some(object) = vocab::first(activity, "object") else {
        return Ok(Outcome::Refused(Error::bad_request("The activity has no object")));
    };
    // Groups announce whole activities (FEP-1b12): what they are about is fetched from its own origin.
    let target = match vocab::kind(object) {
        "Create" => vocab::link_of(object, "object"),
        // An edit or deletion is confirmed at the author's own server.
        "Update" | "Delete" => {
            let author = vocab::link_of(object, "actor").unwrap_or("").to_owned();
            return match forwarded::later(app, object, &author, known).await? {
                Outcome::Refused(_) => Ok(Outcome::Ignored("an activity announced by a group")),
                other => Ok(other),
            };
        }
        "Like" | "Dislike" | "Undo" | "Lock" | "Add" | "Remove" | "Block" | "Flag" => {
            return Ok(Outcome::Ignored("an activity announced by a group"));
        }
        _ => vocab::link(object),
    };
    let Some(target) = target.map(str::to_owned) else { return Ok(Outcome::Ignored("its object has no id")) };
    let Some(uri) = vocab::id(activity).map(str::to_owned) else {
        return Ok(Outcome::Ignored("it has no id"));
    };
    if !vocab::is_same_host(&uri, &actor.uri) {
        return Ok(Outcome::Refused(Error::Forbidden(
            "The activity is of another origin than its actor".into(),
        )));
    }
    let visibility = audience::visibility(activity, actor.followers_url.as_deref());
    let published = vocab::text(activity, "published").and_then(Time::parse_iso);
    let mut enclosed = None;
    if known.is_followed && known.status(&target).is_none() && vocab::note::is_note(object) {
        enclosed = own_note(app, actor, object, known).await?;
    }
    if let Some(status) = enclosed.as_ref().or(visible(app, actor, &target, known).await?) {
        if !(status.account.is_local() || known.is_followed) {
            return Ok(Outcome::Ignored("nobody here is concerned"));
        }
        let boost = RemoteBoost { uri: &uri, published, visibility };
        return match services::interact::reblog(app, actor, status, visibility, Some(boost)).await {
            Ok(Some(_)) => Ok(Outcome::Applied),
            Ok(None) => Ok(Outcome::Ignored("known or undone already")),
            Err(Error::NotFound) => {
                Ok(Outcome::Refused(Error::Forbidden("The status may not be boosted".into())))
            }
            Err(other) => Err(other),
        };
    }
    if app.site().is_ours(&target) {
        return Ok(Outcome::Ignored("nobody here is concerned"));
    }
    if !known.is_followed {
        return relayed(app, actor, &target).await;
    }
    let context = resolve::announce_context(actor.id, &uri, published, visibility);
    services::job::start(app, "announce", &target, &context).await?;
    Ok(Outcome::Applied)
}
