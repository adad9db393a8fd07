//! Documents that we send and serve. Strict: lists are lists, and the public collection has its full IRI.

pub mod account;
pub mod activity;
pub mod actor;
pub mod collection;
pub mod note;
pub mod quote;
pub mod reaction;
pub mod tag;

use serde_json::{Map, Value, json};

/// Terms of our context whose values are plain, and their IRIs.
const TERMS: [(&str, &str); 28] = [
    ("toot", "http://joinmastodon.org/ns#"),
    ("schema", "http://schema.org#"),
    ("ostatus", "http://ostatus.org#"),
    ("gts", "https://gotosocial.org/ns#"),
    ("manuallyApprovesFollowers", "as:manuallyApprovesFollowers"),
    ("sensitive", "as:sensitive"),
    ("Hashtag", "as:Hashtag"),
    ("discoverable", "toot:discoverable"),
    ("indexable", "toot:indexable"),
    ("Emoji", "toot:Emoji"),
    ("memorial", "toot:memorial"),
    ("suspended", "toot:suspended"),
    ("showFeatured", "toot:showFeatured"),
    ("showMedia", "toot:showMedia"),
    ("showRepliesInMedia", "toot:showRepliesInMedia"),
    ("votersCount", "toot:votersCount"),
    ("PropertyValue", "schema:PropertyValue"),
    ("value", "schema:value"),
    ("conversation", "ostatus:conversation"),
    ("atomUri", "ostatus:atomUri"),
    ("inReplyToAtomUri", "ostatus:inReplyToAtomUri"),
    ("blurhash", "toot:blurhash"),
    ("litepub", "http://litepub.social/ns#"),
    ("EmojiReact", "litepub:EmojiReact"),
    ("QuoteRequest", "https://w3id.org/fep/044f#QuoteRequest"),
    ("QuoteAuthorization", "https://w3id.org/fep/044f#QuoteAuthorization"),
    ("quoteUri", "http://fedibird.com/ns#quoteUri"),
    ("_misskey_quote", "https://misskey-hub.net/ns#_misskey_quote"),
];

/// Terms whose values are ids.
const REFERENCES: [(&str, &str); 19] = [
    ("movedTo", "as:movedTo"),
    ("alsoKnownAs", "as:alsoKnownAs"),
    ("featured", "toot:featured"),
    ("featuredTags", "toot:featuredTags"),
    ("quote", "https://w3id.org/fep/044f#quote"),
    ("quoteAuthorization", "https://w3id.org/fep/044f#quoteAuthorization"),
    ("interactionPolicy", "gts:interactionPolicy"),
    ("canFeature", "https://w3id.org/fep/7aa9#canFeature"),
    ("canQuote", "gts:canQuote"),
    ("canReply", "gts:canReply"),
    ("canLike", "gts:canLike"),
    ("canAnnounce", "gts:canAnnounce"),
    ("automaticApproval", "gts:automaticApproval"),
    ("manualApproval", "gts:manualApproval"),
    ("approvedBy", "gts:approvedBy"),
    ("replyAuthorization", "gts:replyAuthorization"),
    ("announceAuthorization", "gts:announceAuthorization"),
    ("interactingObject", "gts:interactingObject"),
    ("interactionTarget", "gts:interactionTarget"),
];

/// The `@context` of our documents.
pub fn context() -> Value {
    let mut terms = Map::new();
    for (term, iri) in TERMS {
        terms.insert(term.into(), json!(iri));
    }
    for (term, iri) in REFERENCES {
        terms.insert(term.into(), json!({"@id": iri, "@type": "@id"}));
    }
    terms
        .insert("attributionDomains".into(), json!({"@id": "toot:attributionDomains", "@container": "@set"}));
    terms.insert("focalPoint".into(), json!({"@id": "toot:focalPoint", "@container": "@list"}));
    json!([
        "https://www.w3.org/ns/activitystreams",
        "https://w3id.org/security/v1",
        "https://purl.archive.org/socialweb/webfinger",
        terms,
    ])
}

/// A document with its `@context`; Multikeys need one more.
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

/// A hash for the id of an answer, so that the answers to different activities have different ids (FNV-1a).
fn hash(uri: &str) -> u64 {
    uri.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3))
}
