//! The form for a new status or an answer.

use maud::{Markup, html};

use crate::http::handler::Context;
use crate::model::status::Visibility;
use crate::services::draft::MAX_CHARACTERS;
use crate::web::words::{Language, Word};

/// Where it is sent.
pub const COMPOSE: &str = "/compose";

/// What a composer begins with.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub text: String,
    pub spoiler_text: String,
    pub visibility: Visibility,
    /// The id of the status that it answers; empty for none.
    pub in_reply_to_id: String,
    /// The path that it leads back to.
    pub next: String,
}

/// The form. `token` is of the form `compose`; `key` makes one status of a form, however often it is sent.
pub fn composer(c: &Context<'_>, typed: &Typed, token: &str, key: &str) -> Markup {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let is_answer = !typed.in_reply_to_id.is_empty();
    let all = [
        (Visibility::Public, Word::Public),
        (Visibility::Unlisted, Word::Unlisted),
        (Visibility::Private, Word::FollowersOnly),
        (Visibility::Direct, Word::DirectMessage),
    ];
    html! {
        form.composer id=[is_answer.then_some("answer")] method="post" action=(COMPOSE) {
            input type="hidden" name="form" value=(token);
            input type="hidden" name="key" value=(key);
            input type="hidden" name="next" value=(typed.next);
            @if is_answer { input type="hidden" name="in_reply_to_id" value=(typed.in_reply_to_id); }
            label for="text" { (say(if is_answer { Word::AnswerIt } else { Word::Write })) }
            textarea id="text" name="status" rows="4" required dir="auto" aria-describedby="text-hint" { (typed.text) }
            p.hint id="text-hint" { (say(Word::TextHint).replace("{n}", &MAX_CHARACTERS.to_string())) }
            details open[!typed.spoiler_text.is_empty()] {
                summary { (say(Word::ContentWarning)) }
                label for="warning" { (say(Word::WarningText)) }
                input id="warning" type="text" name="spoiler_text" value=(typed.spoiler_text) dir="auto";
            }
            label for="visibility" { (say(Word::WhoSees)) }
            select id="visibility" name="visibility" {
                @for (one, word) in all { option value=(one.as_str()) selected[one == typed.visibility] { (say(word)) } }
            }
            button type="submit" { (say(Word::Publish)) }
        }
    }
}
