//! `to` and `cc` of an activity or object, and the visibility that follows from them.

use serde_json::Value;

use super::vocab;
use crate::model::status::Visibility;
use crate::model::uri::PUBLIC;

/// Whether an id is that of the public collection, in any of its spellings.
pub fn is_public(id: &str) -> bool {
    matches!(id, PUBLIC | "as:Public" | "Public")
}

/// The visibility of a remote object, by its author's followers collection.
pub fn visibility(object: &Value, followers: Option<&str>) -> Visibility {
    let (to, cc) = (vocab::links(object, "to"), vocab::links(object, "cc"));
    let is_followers = |id: &String| followers == Some(id.as_str());
    if to.iter().any(|id| is_public(id)) {
        Visibility::Public
    } else if cc.iter().any(|id| is_public(id)) {
        Visibility::Unlisted
    } else if to.iter().any(is_followers) || cc.iter().any(is_followers) {
        Visibility::Private
    } else {
        Visibility::Direct
    }
}
