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
        "muting": r.is_muting,
        "muting_notifications": r.is_muting_notifications,
        "muting_expires_at": r.muting_expires_at.map(|t| t.to_iso_seconds()),
        "requested": r.has_requested,
        "requested_by": r.is_requested_by,
        "domain_blocking": r.is_domain_blocking,
        "endorsed": r.is_endorsed,
        "note": r.note,
    })
}
