//! Accounts in a sentence.

use maud::{Markup, html};

use super::account::{address, picture};
use crate::http::handler::Context;
use crate::model::account::Account;
use crate::web::text::{self, fill};
use crate::web::words::{Language, Plural, Word};

fn linked(c: &Context<'_>, account: &Account) -> Markup {
    html! { a href=(address(c, account)) title={ "@" (account.handle()) } { bdi { (text::name(c, account)) } } }
}

/// Pictures that lead to the pages of accounts.
pub fn faces<'a>(c: &Context<'_>, accounts: impl IntoIterator<Item = &'a Account>) -> Markup {
    html! { div.faces { @for account in accounts {
        a href=(address(c, account)) title={ "@" (account.handle()) } { (picture(c, account)) }
    } } }
}

/// The first two by name, and how many more there are of `all`.
pub fn who(c: &Context<'_>, accounts: &[&Account], all: usize) -> Markup {
    let language = Language::of(c.request);
    let names: Vec<Markup> = accounts.iter().take(2).map(|account| linked(c, account)).collect();
    match names.as_slice() {
        [name, other] if all > 2 => {
            let rest = i64::try_from(all - 2).unwrap_or(i64::MAX);
            let rest = html! { (language.count(rest, Plural::Others)) };
            fill(language.say(Word::WhoMany), &[("name", name), ("other", other), ("rest", &rest)])
        }
        [name, other] => fill(language.say(Word::WhoTwo), &[("name", name), ("other", other)]),
        [name] => fill(language.say(Word::WhoOne), &[("name", name)]),
        _ => Markup::default(),
    }
}
