//! Sign-ins: those that their owner is told of, and the last ones.

use maud::{Markup, html};

use super::time::minute;
use crate::http::handler::Context;
use crate::model::sign_in::Way;
use crate::store::sign_ins::SignedIn;
use crate::web::form;
use crate::web::words::{Language, Word};

/// Of all forms of [`SESSIONS`].
pub const FORM: &str = "sessions";
/// Where they are listed, and where the form is sent.
const SESSIONS: &str = "/settings/sessions";

fn name(one: &SignedIn, language: Language) -> &str {
    if one.browser.is_empty() { language.say(Word::SessionsUnknown) } else { &one.browser }
}

fn way(one: &SignedIn) -> Word {
    match Way::parse(&one.way) {
        Some(Way::Code) => Word::WayCode,
        Some(Way::RecoveryCode) => Word::WayRecoveryCode,
        Some(Way::Passkey) => Word::WayPasskey,
        Some(Way::SetUp) => Word::WaySetUp,
        Some(Way::SignUp) => Word::SignUp,
        Some(Way::Password) | None => Word::WayPassword,
    }
}

/// New sign-ins, the newest first, until who is signed in has dismissed them on the page `here`. Nothing where there are none.
pub fn told(c: &Context<'_>, all: &[SignedIn], secret: &str, here: &str) -> Markup {
    let Some(newest) = all.first() else { return Markup::default() };
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    html! {
        aside.card role="status" {
            @for one in all { p { strong { (say(Word::ToldTitle)) ": " (name(one, language)) } " · " (minute(c, one.created_at)) } }
            p { (say(Word::ToldLead)) }
            form method="post" action=(SESSIONS) {
                input type="hidden" name="form" value=(form::reading_token(c.app, FORM, secret));
                input type="hidden" name="next" value=(here);
                @if here != SESSIONS { a.button href=(SESSIONS) { (say(Word::Sessions)) } " " }
                button.quiet type="submit" name="seen" value=(newest.id) { (say(Word::ToldSeen)) }
            }
        }
    }
}

/// The last ones with their heading.
pub fn listed(c: &Context<'_>, all: &[SignedIn]) -> Markup {
    let language = Language::of(c.request);
    html! {
        h2 { (language.say(Word::SignIns)) }
        ul.plain { @for one in all { li {
            div { strong { (name(one, language)) } div.meta { (minute(c, one.created_at)) " · " (language.say(way(one))) } }
        } } }
    }
}
