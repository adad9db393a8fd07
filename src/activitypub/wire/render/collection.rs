//! Collections.

use serde_json::{Value, json};

/// An OrderedCollection whose items are on pages; without `first` it is hidden.
pub fn outline(id: &str, total: i64, first: Option<String>) -> Value {
    let mut collection = json!({"id": id, "type": "OrderedCollection", "totalItems": total});
    if let (Some(first), Value::Object(map)) = (first, &mut collection) {
        map.insert("first".into(), json!(first));
    }
    collection
}

/// A Collection with its number of items only.
pub fn count(id: &str, total: i64) -> Value {
    json!({"id": id, "type": "Collection", "totalItems": total})
}
