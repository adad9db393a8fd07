//! The way to the page of who wants an account.

use maud::{Markup, html};

use crate::http::handler::Context;
use crate::web::words::{Language, Word};

pub const HERE: &str = "/sign_up";

/// Whether the page of who wants an account has something for strangers.
pub fn is_open(c: &Context<'_>) -> bool {
    c.app.site().is_set_up && c.app.site().sign_up.mode.is_for_strangers()
}

/// The way to the page.
pub fn link(c: &Context<'_>) -> Markup {
    html! { @if is_open(c) { p { a href=(HERE) { (Language::of(c.request).say(Word::SignUp)) } } } }
}
