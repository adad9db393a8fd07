//! The script of the pages (`src/web/script/`, decision 0017): what a page gives it, and by what the client API knows it.

use maud::{Markup, PreEscaped, html};
use serde_json::{Map, Value, json};

use super::words::{Language, Plural, Word};
use super::{asset, form};
use crate::http::handler::Context;
use crate::http::request::Request;

/// Of its token.
const FORM: &str = "script";
/// The header with the token; of a WebSocket, which has no headers of its own, the parameter `form`.
const HEADER: &str = "sori-form";
/// The header by which a form is answered with the status alone.
const PART: &str = "sori-part";

/// What it says on all pages.
const SAID: [(&str, Word); 5] = [
    ("now", Word::TimeNow),
    ("picture", Word::Picture),
    ("before", Word::PictureBefore),
    ("after", Word::PictureAfter),
    ("close", Word::Close),
];
const COUNTED: [(&str, Plural); 3] =
    [("minutes", Plural::TimeMinutes), ("hours", Plural::TimeHours), ("days", Plural::TimeDays)];

/// What it says to who is signed in.
const SAID_INSIDE: [(&str, Word); 41] = [
    ("failed", Word::ScriptFailed),
    ("expired", Word::FormExpired),
    ("unread", Word::NewNotifications),
    ("draft", Word::DraftThere),
    ("restore", Word::DraftRestore),
    ("discard", Word::DraftDiscard),
    ("tooLong", Word::TextTooLong),
    ("refused", Word::FileRefused),
    ("tooMany", Word::TooManyFiles),
    ("uploading", Word::Uploading),
    ("addFile", Word::AddFile),
    ("alt", Word::AltText),
    ("remove", Word::RemoveFile),
    ("suggestions", Word::Suggestions),
    ("emoji", Word::EmojiPicker),
    ("emojiSearch", Word::EmojiSearch),
    ("recent", Word::EmojiRecent),
    ("own", Word::Emojis),
    ("common", Word::EmojiCommon),
    ("sure", Word::DeleteSure),
    ("shortcuts", Word::Shortcuts),
    ("shortcutsOn", Word::ShortcutsOn),
    ("next", Word::KeyNext),
    ("previous", Word::KeyPrevious),
    ("reply", Word::AnswerIt),
    ("favourite", Word::Favourite),
    ("boost", Word::Boost),
    ("mention", Word::KeyMention),
    ("open", Word::KeyOpen),
    ("author", Word::KeyAuthor),
    ("media", Word::KeyMedia),
    ("warning", Word::KeyWarning),
    ("write", Word::Write),
    ("search", Word::Search),
    ("send", Word::KeySend),
    ("home", Word::HomeTimeline),
    ("notifications", Word::Notifications),
    ("local", Word::LocalTimeline),
    ("federated", Word::FederatedTimeline),
    ("direct", Word::Conversations),
    ("favourites", Word::OwnFavourites),
];
const COUNTED_INSIDE: [(&str, Plural); 2] = [("posts", Plural::NewPosts), ("left", Plural::CharactersLeft)];

/// What a page has of it, for its head: the script, its words, and for the session `secret` its token and whether there are live
/// streams.
pub fn head(c: &Context<'_>, secret: Option<&str>) -> Markup {
    let language = Language::of(c.request);
    let mut words = Map::new();
    let is_inside = secret.is_some();
    for (name, word) in SAID.iter().chain(SAID_INSIDE.iter().filter(|_| is_inside)) {
        words.insert((*name).to_owned(), Value::from(language.say(*word)));
    }
    for (name, plural) in COUNTED.iter().chain(COUNTED_INSIDE.iter().filter(|_| is_inside)) {
        let (one, other) = language.forms(*plural);
        words.insert((*name).to_owned(), json!([one, other]));
    }
    // A text of ours in a script element of the page: nothing in it ends that.
    let words = Value::Object(words).to_string().replace('<', "\\u003c");
    html! {
        @if let Some(secret) = secret {
            meta name="sori-form" content=(form::reading_token(c.app, FORM, secret)) data-live[c.app.live.is_bound()];
        }
        script id="words" type="application/json" { (PreEscaped(words)) }
        script type="module" src=(asset("script.js")) {}
    }
}

/// The token that the script has sent, valid or not.
pub fn token(c: &Context<'_>) -> Option<String> {
    let is_socket = c.request.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
    let sent = c.request.header(HEADER).or_else(|| c.params.filled("form").filter(|_| is_socket))?;
    Some(sent.to_owned())
}

/// The secret of the session that a token is valid for.
pub fn session_secret(c: &Context<'_>, token: &str) -> Option<String> {
    form::session_secret(c).filter(|secret| form::is_valid(c.app, FORM, secret, token))
}

/// Whether the status alone is asked for instead of the page that a form leads back to.
pub fn wants_part(request: &Request) -> bool {
    request.header(PART).is_some()
}
