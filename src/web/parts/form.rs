//! What forms of pages have in common.

use maud::{Markup, html};

use crate::http::handler::Context;
use crate::web::form;
use crate::web::words::{Language, Word};

/// The field that shows that a page of this session has sent the form `purpose`.
pub fn token(c: &Context<'_>, purpose: &str, secret: &str) -> Markup {
    html! { input type="hidden" name="form" value=(form::token(c.app, purpose, secret)); }
}

/// What was wrong with what was sent, or that it is stored (`?saved=1`).
pub fn outcome(c: &Context<'_>, wrong: Option<Word>) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    html! {
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        @else if c.params.filled("saved").is_some() { p role="status" { (say(Word::Saved)) } }
    }
}
