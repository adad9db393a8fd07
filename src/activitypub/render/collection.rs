//! Collections and their pages.

use serde_json::{Value, json};

/// An OrderedCollection whose items are on pages; without `first` it is hidden.
pub fn outline(id: &str, total: i64, first: Option<String>) -> Value {
    let mut collection = json!({"id": id, "type": "OrderedCollection", "totalItems": total});
    if let (Some(first), Value::Object(map)) = (first, &mut collection) {
        map.insert("first".into(), json!(first));
    }
    collection
}

/// One page.
pub fn page(id: &str, part_of: &str, items: Vec<Value>, next: Option<String>) -> Value {
    let mut page =
        json!({"id": id, "type": "OrderedCollectionPage", "partOf": part_of, "orderedItems": items});
    if let (Some(next), Value::Object(map)) = (next, &mut page) {
        map.insert("next".into(), json!(next));
    }
    page
}
