//! <https://docs.joinmastodon.org/entities/Relationship/>

use serde_json::{Value, json};

use crate::model::relationship::Relationship;

pub fn render(r: &Relationship) -> Value {
    json!({
        "id": r.id.to_string(),
        "following": r.is_following,
        "showing_reblogs": r.shows_reblogs,
        "notifying": r.is_notifying,
        "languages": r.languages,
        "followed_by": r.is_followed_by,
        "blocking": r.is_blocking,
        "blocked_by": r.is_blocked_by,
        "muting": false,
        "muting_notifications": false,
        "muting_expires_at": null,
        "requested": r.has_requested,
        "requested_by": r.is_requested_by,
        "domain_blocking": false,
        "endorsed": false,
        "note": "",
    })
}
