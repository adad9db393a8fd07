//! What becomes of an activity whose sender is proven: one file per family of activities. All that they
//! need from the database was loaded together with the sender's key ([`Known`]).

pub mod approval;
pub mod create;
pub mod feature;
pub mod flag;
pub mod follow;
pub mod moved;
pub mod note;
pub mod quote;
pub mod react;
pub mod withdraw;

use serde_json::Value;

use super::{audience, vocab};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::status::StatusView;
use crate::store;

/// How an activity ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Applied,
    /// Not for us, or nothing new: thanked for, and forgotten.
    Ignored(&'static str),
    Refused(Error),
}

/// What the database knows of what an activity names.
#[derive(Default)]
pub struct Known {
    pub accounts: Vec<Account>,
    pub statuses: Vec<StatusView>,
    /// Somebody here follows the sender, or has asked to.
    pub is_followed: bool,
}

impl Known {
    pub fn account(&self, uri: &str) -> Option<&Account> {
        self.accounts.iter().find(|a| a.uri == uri || a.url == uri)
    }

    pub fn status(&self, uri: &str) -> Option<&StatusView> {
        self.statuses.iter().find(|s| s.status.uri == uri)
    }
}

/// The ids that an activity names: of accounts, and of statuses.
pub fn names(activity: &Value) -> (Vec<String>, Vec<String>) {
    let (mut accounts, mut statuses) = (Vec::new(), Vec::new());
    addressed(activity, &mut accounts, &mut statuses);
    for object in vocab::list(activity, "object").into_iter().chain(vocab::list(activity, "instrument")) {
        accounts.extend(vocab::link(object).map(str::to_owned));
        statuses.extend(vocab::link(object).map(str::to_owned));
        statuses.extend(vocab::link_of(object, "instrument").map(str::to_owned));
        addressed(object, &mut accounts, &mut statuses);
        for inner in vocab::list(object, "object") {
            accounts.extend(vocab::link(inner).map(str::to_owned));
            statuses.extend(vocab::link(inner).map(str::to_owned));
        }
        accounts.extend(vocab::link_of(object, "actor").map(str::to_owned));
    }
    let tidy = |mut all: Vec<String>| {
        all.retain(|u| u.contains("://") && !audience::is_public(u));
        crate::model::order::sort(&mut all);
        all.dedup();
        all.truncate(100);
        all
    };
    (tidy(with_pages(accounts)), tidy(statuses))
}

/// Some name people by their pages (Friendica, Pleroma of old): of ours that is `/@name` for `/users/name`, so
/// that both are looked up.
pub fn with_pages(mut uris: Vec<String>) -> Vec<String> {
    let ids: Vec<String> =
        uris.iter().filter(|u| u.contains("/@")).map(|u| u.replacen("/@", "/users/", 1)).collect();
    uris.extend(ids);
    uris
}

/// Whom a document mentions and addresses, and what it answers.
fn addressed(object: &Value, accounts: &mut Vec<String>, statuses: &mut Vec<String>) {
    let mentions = vocab::list(object, "tag").into_iter().filter(|t| vocab::kind(t) == "Mention");
    accounts.extend(mentions.filter_map(|t| vocab::link_of(t, "href").map(str::to_owned)));
    accounts.extend(vocab::links(object, "to"));
    accounts.extend(vocab::links(object, "cc"));
    statuses.extend(vocab::link_of(object, "inReplyTo").map(str::to_owned));
    statuses.extend(vocab::note::quote(object).and_then(|q| q.uri));
}

/// The reads for [`Known`], to go with whatever else is to be read.
pub fn queries(
    activity: &Value,
    actor_uri: &str,
) -> (store::Query<Vec<Account>>, store::Query<Vec<StatusView>>, store::Query<bool>) {
    let (accounts, statuses) = names(activity);
    (
        store::accounts::by_uris(&accounts),
        store::statuses::by_uris(&statuses),
        store::accounts::is_followed(actor_uri),
    )
}

/// Applies an activity of `actor`, who has signed it.
pub async fn receive(app: &App, actor: &Account, activity: &Value, known: &Known) -> Result<Outcome> {
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
        "Delete" => withdraw::delete(app, actor, activity).await,
        "Undo" => withdraw::undo(app, actor, activity, known).await,
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
