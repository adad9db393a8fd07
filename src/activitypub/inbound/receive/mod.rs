//! Applies an activity whose sender is verified: one file per family of activities. What they need from the database
//! was loaded together with the sender's key ([`Known`]).

pub mod approval;
pub mod create;
pub mod feature;
pub mod flag;
pub mod follow;
pub mod moved;
pub mod origin;
pub mod quote;
pub mod react;
pub mod withdraw;

use serde_json::Value;

pub use super::known::{Known, Outcome};
use super::known::{MAX_OBJECTS, parts, together};
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;

/// Applies an activity of `actor`, who has signed it.
pub async fn receive(app: &App, actor: &Account, activity: &Value, known: &Known) -> Result<Outcome> {
    let mut outcomes = Vec::new();
    let parts = parts(activity);
    let each = MAX_OBJECTS / parts.len().clamp(1, MAX_OBJECTS);
    for part in parts {
        outcomes.push(one(app, actor, &part, known, each).await?);
    }
    let objects = vocab::list(activity, "object");
    if vocab::kind(activity) == "Create" && objects.len() > MAX_OBJECTS {
        outcomes.push(
            create::left_over(app, actor, activity, objects.get(MAX_OBJECTS..).unwrap_or(&[]), known).await?,
        );
    }
    Ok(together(outcomes))
}

/// Like [`receive`], for one object, of which as many objects are applied as `each` says.
async fn one(app: &App, actor: &Account, activity: &Value, known: &Known, each: usize) -> Result<Outcome> {
    match vocab::kind(activity) {
        "Create" => create::create(app, actor, activity, known).await,
        "Update" => create::update(app, actor, activity, known).await,
        "Announce" => react::announce(app, actor, activity, known).await,
        "Like" | "EmojiReact" => react::like(app, actor, activity, known).await,
        "Follow" => follow::follow(app, actor, activity, known).await,
        "Accept" | "Reject" if quote::is_answer(activity) => quote::answer(app, actor, activity, known).await,
        kind @ ("Accept" | "Reject") => {
            let is_granted = kind == "Accept";
            match approval::answer(app, actor, activity, known, is_granted).await? {
                Some(outcome) => Ok(outcome),
                None => follow::answer(app, actor, activity, known, is_granted).await,
            }
        }
        "Block" => follow::block(app, actor, activity, known).await,
        "Delete" => withdraw::delete(app, actor, activity, known).await,
        "Undo" => withdraw::undo(app, actor, activity, known, each).await,
        "Flag" => flag::receive(app, actor, activity, known).await,
        "Move" => moved::receive(app, actor, activity).await,
        "Add" => feature::receive(app, actor, activity, known, true).await,
        "Remove" => feature::receive(app, actor, activity, known, false).await,
        "Dislike" | "Lock" | "View" | "Listen" | "Read" => Ok(Outcome::Ignored("nothing here shows it")),
        "QuoteRequest" => quote::request(app, actor, activity, known).await,
        "ReplyRequest" | "LikeRequest" | "AnnounceRequest" => {
            Ok(Outcome::Ignored("what is here asks for no requests"))
        }
        "" => Ok(Outcome::Refused(Error::bad_request("The activity has no type"))),
        _ => Ok(Outcome::Ignored("a type that is not known here")),
    }
}
