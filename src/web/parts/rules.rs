//! The rules of the server, as their readers see them.

use maud::{Markup, html};

use crate::model::rule::Rule;
use crate::web::words::{Language, Word};

/// The rules with a heading, in the reader's language where they are translated; nothing where there are none.
pub fn rules(rules: &[Rule], language: Language) -> Markup {
    html! {
        @if !rules.is_empty() {
            h2 { (language.say(Word::Rules)) }
            ol.rules { @for rule in rules {
                @let (text, hint) = rule.said_in(language.code());
                li dir="auto" { (text) @if !hint.is_empty() { p.hint { (hint) } } }
            } }
        }
    }
}
