//! The way to the next page of a list.

use maud::{Markup, html};

use crate::model::page::Listed;
use crate::web::words::{Language, Word};

/// A link to what is older, where there is more.
pub fn older<T>(listed: &Listed<T>, here: &str, language: Language) -> Markup {
    let last = listed.cursors.iter().min().filter(|_| listed.goes_on);
    html! {
        @if let Some(id) = last {
            nav.pager { a rel="next" href={ (here) "?max_id=" (id) } { (language.say(Word::Older)) } }
        }
    }
}
