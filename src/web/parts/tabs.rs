//! The way between pages that belong together.

use maud::{Markup, html};

use crate::web::words::{Language, Word};

/// A link to each page, by its address; `here` is the one that is open.
pub fn tabs(pages: &[(&str, Word)], here: &str, language: Language) -> Markup {
    html! {
        nav.tabs { @for (address, word) in pages {
            a href=(address) aria-current=[(*address == here).then_some("page")] { (language.say(*word)) }
        } }
    }
}
