//! `/settings/people`: accounts, here and of other servers, for members of staff.

use maud::html;

use super::form;
use super::page;
use super::parts::account::line_with;
use super::parts::composer::choice;
use super::parts::pager;
use super::words::{Language, Word};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::person::{Origin, Person, Sought, State};
use crate::model::role::Permission;
use crate::store;
use crate::text::acct;

pub const HERE: &str = "/settings/people";

/// The page of one account.
pub fn address(account: Id) -> String {
    format!("{HERE}/{account}")
}

const PARAMETERS: [&str; 3] = ["q", "origin", "status"];
const SHOWN: usize = 40;

/// The word of a state.
pub fn word(state: State) -> Word {
    match state {
        State::Active => Word::StateActive,
        State::Disabled => Word::StateDisabled,
        State::Sensitized => Word::StateSensitized,
        State::Silenced => Word::StateSilenced,
        State::Suspended => Word::StateSuspended,
    }
}

/// Whether a login is frozen by a member of staff; that of a memorial account is closed otherwise.
pub fn is_frozen(person: &Person) -> bool {
    person.user.as_ref().is_some_and(|user| user.disabled_at.is_some()) && !person.account.is_memorial
}

/// The states that an account is in; none where there is nothing to say.
pub fn states(person: &Person, language: Language) -> String {
    let account = &person.account;
    let all = [
        (account.is_suspended(), word(State::Suspended)),
        (is_frozen(person), word(State::Disabled)),
        (account.is_silenced(), word(State::Silenced)),
        (account.sensitized_at.is_some(), word(State::Sensitized)),
        (account.is_memorial, Word::Memorial),
    ];
    let said: Vec<&str> = all.into_iter().filter(|(is, _)| *is).map(|(_, word)| language.say(word)).collect();
    said.join(" · ")
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    if let Err(response) = form::staff(c, Permission::MANAGE_USERS, HERE, &PARAMETERS).await? {
        return Ok(response);
    }
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let text = |name: &str| c.params.text(name).unwrap_or("").trim();
    let asked = acct::parse(text("q"));
    let origin = match text("origin") {
        "remote" => Origin::Remote,
        "any" => Origin::Any,
        _ => Origin::Local,
    };
    let domain = asked.as_ref().and_then(|asked| asked.domain.clone());
    let sought = Sought {
        origin: if domain.is_some() { Origin::Any } else { origin },
        state: State::parse(text("status")),
        username: asked.map(|asked| asked.username),
        domain: domain.map(|domain| domain.to_lowercase()),
        ..Sought::default()
    };
    let page_asked = Page { max_id: c.params.filled("max_id").and_then(Id::parse), ..Page::first(SHOWN) };
    let found = store::load(&c.app.db, store::people::list(&sought, &page_asked)).await?;
    let mut states: Vec<(&str, &str)> = vec![("", say(Word::StateAny))];
    states.extend(State::ALL.map(|state| (state.as_str(), say(word(state)))));
    let origins = [
        ("local", say(Word::OriginLocal)),
        ("remote", say(Word::OriginRemote)),
        ("any", say(Word::OriginAny)),
    ];
    let body = html! {
        h1 { (say(Word::PeopleAll)) }
        form method="get" action=(HERE) {
            label for="q" { (say(Word::FindByHandle)) }
            input id="q" name="q" value=(text("q")) maxlength="300" autocapitalize="none" spellcheck="false";
            (choice("origin", say(Word::Origin), &origins, if text("origin").is_empty() { "local" } else { text("origin") }))
            (choice("status", say(Word::State), &states, text("status")))
            button.quiet type="submit" { (say(Word::Search)) }
        }
        @if found.is_empty() { p.lead { (say(Word::NobodyFound)) } }
        ul.people { @for one in found.iter() {
            (line_with(c, &one.account, &self::states(one, language), &html! { p.hint { a href=(address(one.account.id)) { (say(Word::Manage)) } } }))
        } }
        (pager::older(&found, &form::address(c, HERE, &PARAMETERS), language))
    };
    Ok(page(c, say(Word::PeopleAll), true, &body))
}
