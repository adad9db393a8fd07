//! What we send and serve. Strict: lists are lists, everybody is spelled in full.

pub mod activity;
pub mod actor;
pub mod collection;
pub mod fate;
pub mod note;

use serde_json::{Value, json};

/// The context of everything that we make.
pub fn context() -> Value {
    json!([
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/v1",
        "https://purl.archive.org/socialweb/webfinger",
        {
            "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
            "sensitive": "as:sensitive",
            "Hashtag": "as:Hashtag",
            "movedTo": {"@id": "as:movedTo", "@type": "@id"},
            "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
            "toot": "http://joinmastodon.org/ns#",
            "discoverable": "toot:discoverable",
            "indexable": "toot:indexable",
            "featured": {"@id": "toot:featured", "@type": "@id"},
            "featuredTags": {"@id": "toot:featuredTags", "@type": "@id"},
            "Emoji": "toot:Emoji",
            "memorial": "toot:memorial",
            "suspended": "toot:suspended",
            "showFeatured": "toot:showFeatured",
            "showMedia": "toot:showMedia",
            "showRepliesInMedia": "toot:showRepliesInMedia",
            "attributionDomains": {"@id": "toot:attributionDomains", "@container": "@set"},
            "gts": "https://gotosocial.org/ns#",
            "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
            "canFeature": {"@id": "https://w3id.org/fep/7aa9#canFeature", "@type": "@id"},
            "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
            "schema": "http://schema.org#",
            "PropertyValue": "schema:PropertyValue",
            "value": "schema:value",
            "ostatus": "http://ostatus.org#",
            "conversation": "ostatus:conversation",
            "votersCount": "toot:votersCount",
        }
    ])
}

/// A document with the context in front; Multikeys need one more.
pub fn document(mut value: Value) -> Value {
    let has_keys = |v: &Value| {
        v.get("assertionMethod").is_some_and(|keys| keys.as_array().is_some_and(|k| !k.is_empty()))
    };
    let mut context = context();
    if let Value::Array(all) = &mut context
        && (has_keys(&value) || value.get("object").is_some_and(has_keys))
    {
        all.insert(2, json!("https://w3id.org/security/multikey/v1"));
    }
    if let Value::Object(map) = &mut value {
        map.insert("@context".into(), context);
    }
    value
}
