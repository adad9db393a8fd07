//! <https://docs.joinmastodon.org/entities/Filter/>, <https://docs.joinmastodon.org/entities/V1_Filter/>

use serde_json::{Value, json};

use crate::model::filter::{Filter, Keyword};
use crate::model::id::Id;

/// With its keywords and statuses.
pub fn render(f: &Filter) -> Value {
    let mut entity = brief(f);
    if let Value::Object(map) = &mut entity {
        map.insert("keywords".into(), f.keywords.iter().map(keyword).collect());
        map.insert("statuses".into(), f.statuses.iter().map(status).collect());
    }
    entity
}

/// A filter within a status that it matches.
pub fn brief(f: &Filter) -> Value {
    json!({
        "id": f.id.to_string(),
        "title": f.title,
        "context": f.contexts,
        "expires_at": f.expires_at.map(|t| t.to_iso()),
        "filter_action": f.action,
    })
}

pub fn keyword(k: &Keyword) -> Value {
    json!({"id": k.id.to_string(), "keyword": k.keyword, "whole_word": k.is_whole_word})
}

pub fn status((id, status): &(Id, Id)) -> Value {
    json!({"id": id.to_string(), "status_id": status.to_string()})
}

/// One keyword of a filter as a filter of version 1.
pub fn v1(f: &Filter, k: &Keyword) -> Value {
    json!({
        "id": k.id.to_string(),
        "phrase": k.keyword,
        "context": f.contexts,
        "whole_word": k.is_whole_word,
        "expires_at": f.expires_at.map(|t| t.to_iso()),
        "irreversible": f.action == "hide",
    })
}
