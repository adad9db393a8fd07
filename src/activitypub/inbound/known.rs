//! What is stored of the accounts and statuses of an activity, and the outcomes of activities.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::activitypub::remote::note::with_pages;
use crate::activitypub::wire::{audience, vocab};
use crate::app::App;
use crate::error::Error;
use crate::model::account::Account;
use crate::model::status::StatusView;
use crate::model::time::Time;
use crate::store;
use crate::text::steps;

/// How an activity ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Applied,
    /// Not for us, or nothing new: answered 202 without a change.
    Ignored(&'static str),
    Refused(Error),
}

/// The stored accounts and statuses of an activity.
#[derive(Default)]
pub struct Known {
    pub accounts: Vec<Account>,
    pub statuses: Vec<StatusView>,
    /// A local account follows the sender, or has requested to.
    pub is_followed: bool,
    /// When the actor signed the request, or the proof on the activity; `None` where somebody else did.
    pub signed_at: Option<Time>,
    /// Members of staff have let it through: it is not judged again.
    pub is_let_through: bool,
    /// Indexes in `accounts` by id and by page, and in `statuses` by id.
    account_places: HashMap<String, usize>,
    status_places: HashMap<String, usize>,
}

impl Known {
    pub fn new(accounts: Vec<Account>, statuses: Vec<StatusView>, is_followed: bool) -> Self {
        // An id takes precedence over a page: any actor may have another's id as its page.
        let ids = accounts.iter().enumerate().map(|(place, account)| (account.uri.clone(), place));
        let mut account_places: HashMap<String, usize> = ids.collect();
        for (place, account) in accounts.iter().enumerate() {
            account_places.entry(account.url.clone()).or_insert(place);
        }
        let places = statuses.iter().enumerate().map(|(place, view)| (view.status.uri.clone(), place));
        let status_places = places.collect();
        Self {
            accounts,
            statuses,
            is_followed,
            signed_at: None,
            is_let_through: false,
            account_places,
            status_places,
        }
    }

    /// When the actor signed the activity. Only what was confirmed by its origin has no such time.
    pub fn signed(&self, app: &App) -> Time {
        self.signed_at.unwrap_or(app.now())
    }

    pub fn account(&self, uri: &str) -> Option<&Account> {
        self.account_places.get(uri).and_then(|place| self.accounts.get(*place))
    }

    pub fn status(&self, uri: &str) -> Option<&StatusView> {
        self.status_places.get(uri).and_then(|place| self.statuses.get(*place))
    }
}

/// How many objects of an activity are read for the ids in them, and how many accounts and how many statuses
/// are looked up.
const MAX_NAMED: usize = 100;

/// The ids in an activity: of accounts, and of statuses. If there are too many, local ones are kept.
pub fn names(activity: &Value, is_ours: &dyn Fn(&str) -> bool) -> (Vec<String>, Vec<String>) {
    let (mut accounts, mut statuses) = (Vec::new(), Vec::new());
    addressed(activity, &mut accounts, &mut statuses);
    let objects = vocab::list(activity, "object").into_iter().take(MAX_NAMED);
    for object in objects.chain(vocab::first(activity, "instrument")) {
        accounts.extend(vocab::link(object).map(str::to_owned));
        statuses.extend(vocab::link(object).map(str::to_owned));
        statuses.extend(vocab::link_of(object, "instrument").map(str::to_owned));
        addressed(object, &mut accounts, &mut statuses);
        for inner in vocab::list(object, "object").into_iter().take(MAX_NAMED) {
            accounts.extend(vocab::link(inner).map(str::to_owned));
            statuses.extend(vocab::link(inner).map(str::to_owned));
        }
        accounts.extend(vocab::link_of(object, "actor").map(str::to_owned));
    }
    let tidy = |all: Vec<String>| {
        steps::add(all.len());
        let mut seen = HashSet::new();
        let ids = all.into_iter().filter(|u| u.contains("://") && !audience::is_public(u));
        let (mut kept, others): (Vec<String>, Vec<String>) =
            ids.filter(|u| seen.insert(u.clone())).partition(|u| is_ours(u));
        kept.extend(others);
        kept.truncate(MAX_NAMED);
        kept
    };
    (tidy(with_pages(accounts)), tidy(statuses))
}

/// The accounts that a document mentions and addresses, and its parent.
fn addressed(object: &Value, accounts: &mut Vec<String>, statuses: &mut Vec<String>) {
    let mentions = vocab::list(object, "tag").into_iter().filter(|t| vocab::kind(t) == "Mention");
    accounts.extend(mentions.filter_map(|t| vocab::link_of(t, "href").map(str::to_owned)));
    accounts.extend(vocab::links(object, "to"));
    accounts.extend(vocab::links(object, "cc"));
    statuses.extend(vocab::link_of(object, "inReplyTo").map(str::to_owned));
    statuses.extend(vocab::note::quote(object).and_then(|q| q.uri));
}

/// The reads for [`Known`], to be combined with others.
pub fn queries(
    app: &App,
    activity: &Value,
    actor_uri: &str,
) -> (store::Query<Vec<Account>>, store::Query<Vec<StatusView>>, store::Query<bool>) {
    let site = app.site();
    let (accounts, statuses) = names(activity, &|uri| site.is_ours(uri));
    (
        store::accounts::by_uris(&accounts),
        store::statuses::by_uris(&statuses),
        store::accounts::is_followed(actor_uri),
    )
}

/// How many objects of one activity are applied: enough for the votes of a ballot, and within the statements
/// of an invocation.
pub const MAX_OBJECTS: usize = 4;

/// The types whose objects are applied separately. A boost is of one status, and a Flag is one report of all
/// its objects.
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

/// An activity whose object is a list, as one activity for each object ([`MAX_OBJECTS`] at most); any other
/// unchanged.
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
    objects.iter().take(MAX_OBJECTS).map(with).collect()
}

/// The outcome of several: applied if any was, refused if all were.
pub fn together(outcomes: Vec<Outcome>) -> Outcome {
    let rank = |outcome: &Outcome| match outcome {
        Outcome::Applied => 0,
        Outcome::Ignored(_) => 1,
        Outcome::Refused(_) => 2,
    };
    outcomes.into_iter().min_by_key(rank).unwrap_or(Outcome::Ignored("its object is empty"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::activitypub::wire::signature::proof;
    use crate::activitypub::wire::vocab::{actor, note};
    use crate::model::time::Time;

    fn is_ours(uri: &str) -> bool {
        uri.starts_with("https://a.example/")
    }

    #[test]
    fn whoever_is_ours_is_looked_up_however_many_are_named() {
        let to: Vec<String> = (0..400).map(|n| format!("https://b.example/users/{n}")).collect();
        let tags: Vec<Value> = to.iter().map(|u| json!({"type": "Mention", "href": u})).collect();
        let object = json!({"to": to, "cc": "https://z.example/x", "tag": tags, "inReplyTo": "https://a.example/statuses/1"});
        let mut activity = json!({"object": [object], "to": to});
        activity["cc"] = json!(to);
        activity["cc"]
            .as_array_mut()
            .unwrap()
            .extend([json!("https://a.example/users/zoe"), json!("https://a.example/@yan")]);
        let (accounts, statuses) = names(&activity, &is_ours);
        assert_eq!(accounts.len(), MAX_NAMED);
        for name in ["users/zoe", "@yan", "users/yan"] {
            assert!(accounts.contains(&format!("https://a.example/{name}")), "{name}");
        }
        assert_eq!(statuses, ["https://a.example/statuses/1"]);
        assert_eq!(accounts.iter().collect::<HashSet<_>>().len(), MAX_NAMED);
    }

    #[test]
    fn an_id_goes_before_a_page() {
        let account =
            |uri: &str, url: &str| Account { uri: uri.into(), url: url.into(), ..Account::default() };
        let alice = "https://a.example/users/alice";
        let liar = account("https://b.example/users/bob", alice);
        let known = Known::new(vec![liar, account(alice, "https://a.example/@alice")], Vec::new(), false);
        assert_eq!(known.account(alice).unwrap().uri, alice);
        assert_eq!(known.account("https://a.example/@alice").unwrap().uri, alice);
    }

    /// How much of an activity, a note and an actor is read at most, before anything about them is known.
    fn read(document: &Value) {
        let _ = names(document, &is_ours);
        let _ = proof::candidates(document, "https://b.example/users/bob", Time(0));
        let _ = parts(document);
        let _ = (vocab::kind(document), vocab::link_of(document, "actor"));
        let _ = note::read(document, None);
        let _ = note::counts(document);
        let _ = actor::read(document, Time(0));
    }

    #[test]
    fn activities_are_read_in_steps_by_their_length() {
        let entries: [(&str, Value); 12] = [
            ("object", json!({"id": "https://b.example/1", "to": "https://b.example/2"})),
            ("object", json!("https://b.example/1")),
            ("to", json!("https://b.example/users/1")),
            ("cc", json!({"id": "https://b.example/users/1"})),
            ("tag", json!({"type": "Mention", "href": "https://b.example/users/1"})),
            ("tag", json!({"type": "Hashtag", "name": "#x"})),
            ("tag", json!({"type": "Link", "rel": "other", "href": "https://b.example/1"})),
            ("attachment", json!({"type": "Document", "url": "https://b.example/1.png"})),
            ("attachment", json!({"type": "PropertyValue", "name": "x", "value": "y"})),
            ("@context", json!("https://www.w3.org/ns/activitystreams")),
            (
                "proof",
                json!({"type": "DataIntegrityProof", "verificationMethod": "https://b.example/users/bob#key"}),
            ),
            ("type", json!("Thing")),
        ];
        for (name, entry) in entries {
            for kind in ["Create", "Note", "Question", "Person", "Video"] {
                let steps = |n: usize| {
                    let mut document = json!({
                        "type": kind, "id": "https://b.example/users/bob", "preferredUsername": "bob",
                        "inbox": "https://b.example/inbox", "actor": "https://b.example/users/bob", "content": "x",
                    });
                    document[name] = if name == "type" {
                        Value::Array(std::iter::once(json!(kind)).chain(vec![entry.clone(); n]).collect())
                    } else {
                        Value::Array(vec![entry.clone(); n])
                    };
                    steps::tests::of(|| read(&document))
                };
                let (one, four) = (steps(1_000), steps(4_000));
                assert!(four <= 5 * one + 2_000, "{kind} with {name}: {one} {four}");
            }
        }
    }
}
