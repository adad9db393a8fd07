//! The way to the next page of a list.

use maud::{Markup, html};

use crate::model::id::Id;
use crate::model::page::Listed;
use crate::web::words::{Language, Word};

/// A link to what is older of the list at `here`, where there is more.
pub fn older<T>(listed: &Listed<T>, here: &str, language: Language) -> Markup {
    more(&listed.cursors, listed.goes_on, here, language.say(Word::Older))
}

/// The same with another word, for a list with these cursors.
pub fn more(cursors: &[Id], goes_on: bool, here: &str, word: &str) -> Markup {
    let joint = if here.contains('?') { '&' } else { '?' };
    let last = cursors.iter().min().filter(|_| goes_on);
    html! {
        @if let Some(id) = last {
            nav.pager aria-label=(word) { a rel="next" href={ (here) (joint) "max_id=" (id) } { (word) } }
        }
    }
}
