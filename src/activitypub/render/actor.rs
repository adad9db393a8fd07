//! Actors (federation contract, section 3.1).

use serde_json::{Value, json};

use crate::activitypub::signature::key::to_pem;
use crate::model::account::Account;

/// A local actor; `shared_inbox` is the instance's.
pub fn render(account: &Account, shared_inbox: &str) -> Value {
    let is_suspended = account.is_suspended();
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
        "alsoKnownAs": account.also_known_as,
        "publicKey": {
            "id": account.key_id(),
            "owner": account.uri,
            "publicKeyPem": account.public_key.as_deref().map(to_pem).unwrap_or_default(),
        },
        "tag": [],
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
        if is_suspended {
            map.insert("suspended".into(), json!(true));
        } else {
            for (name, url) in [("icon", &account.avatar_url), ("image", &account.header_url)] {
                if let Some(url) = url {
                    map.insert(name.into(), json!({"type": "Image", "url": url}));
                }
            }
        }
    }
    actor
}
