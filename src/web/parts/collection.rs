//! Collections of accounts on other pages.

use maud::{Markup, html};

use crate::model::id::Id;

pub const COLLECTIONS: &str = "/collections";

/// A link to the page of a collection.
pub fn link(id: Id, name: &str) -> Markup {
    html! { a href={ (COLLECTIONS) "/" (id) } { bdi { (name) } } }
}
