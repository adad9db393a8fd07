//! What the database knows of what an activity names, and how an activity ended.

use std::borrow::Cow;

use serde_json::Value;

use crate::activitypub::remote::note::with_pages;
use crate::activitypub::wire::{audience, vocab};
use crate::error::Error;
use crate::model::account::Account;
use crate::model::status::StatusView;
use crate::store;

/// How an activity ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Applied,
    /// Not for us, or nothing new: answered 202 without a change.
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
        all.sort_unstable();
        all.dedup();
        all.truncate(100);
        all
    };
    (tidy(with_pages(accounts)), tidy(statuses))
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

/// Objects of one activity that are applied: a ballot has no more votes, and an invocation no more statements.
pub const MOST_OBJECTS: usize = 4;

/// The kinds whose object may be several things, each for itself. A boost is one status, and a Flag takes all that it
/// names as one report.
const OF_SEVERAL: [&str; 12] = [
    "Create",
    "Update",
    "Delete",
    "Undo",
    "Like",
    "EmojiReact",
    "Follow",
    "Block",
    "Accept",
    "Reject",
    "Add",
    "Remove",
];

/// An activity whose object is a list, as one activity for each object ([`MOST_OBJECTS`] at most); any other as it is.
pub fn parts(activity: &Value) -> Vec<Cow<'_, Value>> {
    let objects = vocab::list(activity, "object");
    let (Value::Object(map), true) =
        (activity, objects.len() > 1 && OF_SEVERAL.contains(&vocab::kind(activity)))
    else {
        return vec![Cow::Borrowed(activity)];
    };
    let shell: serde_json::Map<String, Value> = map
        .iter()
        .filter(|(name, _)| *name != "object")
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let with = |object: &&Value| {
        let mut part = shell.clone();
        part.insert("object".into(), (*object).clone());
        Cow::Owned(Value::Object(part))
    };
    objects.iter().take(MOST_OBJECTS).map(with).collect()
}

/// What became of several: applied where anything of it was, refused where all of it was.
pub fn together(outcomes: Vec<Outcome>) -> Outcome {
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Applied => 0,
        Outcome::Ignored(_) => 1,
        Outcome::Refused(_) => 2,
    };
    outcomes.into_iter().min_by_key(rank).unwrap_or(Outcome::Ignored("its object is empty"))
}
