//! Actors (federation contract, section 3.1).

use serde_json::{Value, json};

use super::tag;
use crate::activitypub::wire::signature::key::{PublicKey, to_pem};
use crate::model::account::Account;
use crate::model::uri::{self, PUBLIC};
use crate::text::{entities, hashtags};

/// A local actor; `shared_inbox` is the instance's. Of a suspended one only ids, inbox and
/// keys are shown.
pub fn render(account: &Account, shared_inbox: &str) -> Value {
    let is_suspended = account.is_suspended();
    let origin = shared_inbox.strip_suffix("/inbox").unwrap_or(shared_inbox);
    let mut actor = json!({
        "id": account.uri,
        "type": account.actor_type,
        "preferredUsername": account.username,
        "webfinger": account.handle(),
        "name": if is_suspended { "" } else { account.display_name.as_str() },
        "summary": if is_suspended { "" } else { account.note.as_str() },
        "url": account.url,
        "published": account.created_at.midnight().to_iso_seconds(),
        "inbox": account.inbox_url,
        "outbox": account.outbox_url,
        "endpoints": {"sharedInbox": shared_inbox},
        "manuallyApprovesFollowers": account.is_locked,
        "discoverable": account.is_discoverable && !is_suspended,
        "indexable": account.is_indexable && !is_suspended,
        "memorial": account.is_memorial,
        "alsoKnownAs": account.also_known_as,
        "attributionDomains": account.attribution_domains,
        "showFeatured": account.shows_featured,
        "showMedia": account.shows_media,
        "showRepliesInMedia": account.shows_media_replies,
        "interactionPolicy": {"canFeature": {"automaticApproval": [
            if account.is_discoverable && !is_suspended { PUBLIC } else { account.uri.as_str() }
        ]}},
        "publicKey": {
            "id": account.key_id(),
            "owner": account.uri,
            "publicKeyPem": account.public_key.as_deref().map(to_pem).unwrap_or_default(),
        },
        "assertionMethod": multikey(account),
        "tag": if is_suspended { Vec::new() } else { tags(account, origin) },
        "attachment": if is_suspended { Vec::new() } else { account.fields.iter().map(|f| json!({
            "type": "PropertyValue", "name": f.name, "value": f.value,
        })).collect() },
    });
    if let Value::Object(map) = &mut actor {
        for (name, value) in [
            ("followers", &account.followers_url),
            ("following", &account.following_url),
            ("featured", &account.featured_url),
        ] {
            if let Some(url) = value {
                map.insert(name.into(), json!(url));
            }
        }
        if account.featured_url.is_some() {
            map.insert("featuredTags".into(), json!(uri::featured_tags(&account.uri)));
        }
        if let Some(target) = &account.moved_to_uri {
            map.insert("movedTo".into(), json!(target));
        }
        if is_suspended {
            map.insert("suspended".into(), json!(true));
        } else {
            for (name, url, description) in [
                ("icon", &account.avatar_url, &account.avatar_description),
                ("image", &account.header_url, &account.header_description),
            ] {
                if let Some(url) = url {
                    map.insert(name.into(), picture(url, description));
                }
            }
        }
    }
    actor
}

/// An image with its description, which newer servers read from `summary` and others from `name`.
fn picture(url: &str, description: &str) -> Value {
    let mut image = json!({"type": "Image", "mediaType": tag::media_type(url), "url": url});
    if let (false, Value::Object(map)) = (description.is_empty(), &mut image) {
        map.insert("summary".into(), json!(description));
        map.insert("name".into(), json!(description));
    }
    image
}

/// Custom emojis of name and bio, and the bio's hashtags.
fn tags(account: &Account, origin: &str) -> Vec<Value> {
    let mut all: Vec<Value> = account.emojis.iter().map(|e| tag::emoji(e, origin)).collect();
    let mut names: Vec<String> =
        entities::hashtags(&account.note_text).iter().map(|t| hashtags::normalise(&t.name)).collect();
    names.sort_unstable();
    names.dedup();
    all.extend(names.iter().map(|name| tag::hashtag(name, origin)));
    all
}

/// The same key as a Multikey (FEP-521a), under an id of its own: with the same id both would be one node in JSON-LD.
fn multikey(account: &Account) -> Vec<Value> {
    let key = account.public_key.as_deref().map(PublicKey::from_stored).and_then(|k| k.to_multibase());
    key.map(|multibase| {
        json!({"id": format!("{}#multikey", account.uri), "type": "Multikey", "controller": account.uri, "publicKeyMultibase": multibase})
    })
    .into_iter()
    .collect()
}
