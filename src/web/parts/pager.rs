//! The way to the next page of a list.

use maud::{Markup, html};

use crate::model::page::Listed;
use crate::web::words::{Language, Word};

/// A link to what is older of the list at `here`, where there is more.
pub fn older<T>(listed: &Listed<T>, here: &str, language: Language) -> Markup {
    let joint = if here.contains('?') { '&' } else { '?' };
    let last = listed.cursors.iter().min().filter(|_| listed.goes_on);
    html! {
        @if let Some(id) = last {
            nav.pager { a rel="next" href={ (here) (joint) "max_id=" (id) } { (language.say(Word::Older)) } }
        }
    }
}
