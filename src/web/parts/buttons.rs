//! Buttons that stand anywhere on a page and belong to one form of it: forms cannot stand in one another, as those of statuses would.

use maud::{Markup, html};

use super::icons::{Icon, icon};
use crate::http::handler::Context;
use crate::services::permission;
use crate::web::form::{self, Session};
use crate::web::words::{Language, Word};

const FORM: &str = "page-form";

pub struct Buttons {
    language: Language,
    /// None for who has moved: they have no buttons.
    token: Option<String>,
}

impl Buttons {
    /// `purpose`: of the form's token.
    pub fn new(c: &Context<'_>, (_, account, secret): &Session, purpose: &str) -> Self {
        let may_act = permission::may_act(account).is_ok();
        Self {
            language: Language::of(c.request),
            token: may_act.then(|| form::reading_token(c.app, purpose, secret)),
        }
    }

    /// The form, once a page. `here`: the path that it leads back to.
    pub fn form(&self, action: &str, here: &str, inside: &Markup) -> Markup {
        html! {
            @if let Some(token) = &self.token {
                form.tools id=(FORM) method="post" action=(action) {
                    input type="hidden" name="form" value=(token);
                    input type="hidden" name="next" value=(here);
                    (inside)
                }
            }
        }
    }

    /// A button: its name says what to do, its value with what.
    pub fn button(&self, class: &str, name: &str, value: &str, word: Word) -> Markup {
        self.around(class, name, value, None, &html! { (self.language.say(word)) })
    }

    /// A drawing as a button.
    pub fn sign(&self, sign: Icon, name: &str, value: &str, word: Word) -> Markup {
        let word = self.language.say(word);
        self.around("sign-button", name, value, Some(word), &html! { (icon(sign)) span.unseen { (word) } })
    }

    fn around(&self, class: &str, name: &str, value: &str, title: Option<&str>, inside: &Markup) -> Markup {
        html! {
            @if self.token.is_some() {
                button class=(class) type="submit" form=(FORM) name=(name) value=(value) title=[title] { (inside) }
            }
        }
    }
}
