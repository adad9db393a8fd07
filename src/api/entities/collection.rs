//! <https://docs.joinmastodon.org/entities/Collection/>

use serde_json::{Value, json};

use super::{Frame, status};
use crate::model::collection::{Collection, Item};

pub fn item(i: &Item, is_curator: bool) -> Value {
    let is_shown = is_curator || i.state == "accepted";
    json!({
        "id": i.id.to_string(),
        "account_id": is_shown.then(|| i.account_id.to_string()),
        "state": i.state,
        "created_at": i.created_at.to_iso(),
    })
}

/// <https://docs.joinmastodon.org/entities/Collection/>. The curator also sees former members.
pub fn render(c: &Collection, is_curator: bool, frame: &Frame) -> Value {
    let items: Vec<&Item> = c.items.iter().filter(|i| is_curator || i.state == "accepted").collect();
    let origin = frame.origin();
    json!({
        "id": c.id.to_string(),
        "account_id": c.account_id.to_string(),
        "uri": format!("{origin}/api/v1/collections/{}", c.id),
        "url": format!("{origin}/collections/{}", c.id),
        "name": c.name,
        "description": c.description,
        "language": c.language,
        "local": true,
        "sensitive": c.is_sensitive,
        "discoverable": c.is_discoverable,
        "tag": c.tag.as_ref().map(|t| status::tag(t, frame)),
        "item_count": items.len(),
        "items": items.iter().map(|i| item(i, is_curator)).collect::<Vec<_>>(),
        "created_at": c.created_at.to_iso(),
        "updated_at": c.updated_at.to_iso(),
    })
}
