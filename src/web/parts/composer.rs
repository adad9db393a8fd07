//! The form for a new status, an answer, a quote or an edit: short beside statuses, with everything on its own page.

use maud::{Markup, html};

use super::time;
use crate::http::handler::Context;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::media::{Kind, Media, parse_focus};
use crate::model::poll;
use crate::model::quote::QuotePolicy;
use crate::model::status::Visibility;
use crate::services::draft::MAX_CHARACTERS;
use crate::services::media::{MAX_ATTACHMENTS, MAX_DESCRIPTION};
use crate::web::words::{Language, Word};

/// Where it is sent.
pub const COMPOSE: &str = "/compose";

/// What a composer begins with, as it was typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub text: String,
    pub spoiler_text: String,
    pub is_sensitive: bool,
    pub visibility: Visibility,
    pub language: String,
    /// The ids of the status that it answers, quotes or edits; empty for none.
    pub in_reply_to_id: String,
    pub quoted_id: String,
    pub edited_id: String,
    /// The id of one's own status that it takes the place of: that is deleted once this one is sent.
    pub redrafted_id: String,
    pub quote_policy: QuotePolicy,
    /// Uploaded files with their descriptions, in order.
    pub media: Vec<(Id, String)>,
    /// Which part of some of them stays where they are cropped.
    pub focuses: Vec<(Id, (f64, f64))>,
    pub poll: TypedPoll,
    /// Of `<input type=datetime-local>`, by the reader's clock; empty for now.
    pub scheduled_at: String,
    /// The path that it leads back to.
    pub next: String,
}

#[derive(Debug, Clone, Default)]
pub struct TypedPoll {
    pub options: Vec<String>,
    /// Seconds, or [`AS_BEFORE`].
    pub lasts: String,
    pub is_multiple: bool,
    pub hides_totals: bool,
}

/// Languages that are offered, each by its own name.
pub const LANGUAGES: [(&str, &str); 34] = [
    ("ar", "العربية"),
    ("bg", "Български"),
    ("bn", "বাংলা"),
    ("ca", "Català"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("eo", "Esperanto"),
    ("es", "Español"),
    ("fa", "فارسی"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hu", "Magyar"),
    ("id", "Bahasa Indonesia"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("nl", "Nederlands"),
    ("no", "Norsk"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("ru", "Русский"),
    ("sv", "Svenska"),
    ("th", "ไทย"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("vi", "Tiếng Việt"),
    ("zh-CN", "简体中文"),
    ("zh-TW", "繁體中文"),
];

/// The options of a field for a language. The one that is chosen is among them.
pub fn languages(chosen: &str) -> Markup {
    let is_known = LANGUAGES.iter().any(|(code, _)| *code == chosen);
    html! {
        @if !is_known && !chosen.is_empty() { option value=(chosen) selected { (chosen) } }
        @for (code, name) in LANGUAGES { option value=(code) lang=(code) selected[code == chosen] { (name) } }
    }
}

/// A field of `<select>` with a label.
pub fn select(name: &str, label: &str, options: &Markup) -> Markup {
    html! { label for=(name) { (label) } select id=(name) name=(name) { (options) } }
}

/// A choice of some values, each with its word.
pub fn choice(name: &str, label: &str, all: &[(&str, &str)], chosen: &str) -> Markup {
    html! {
        label for=(name) { (label) }
        select id=(name) name=(name) {
            @for (value, text) in all { option value=(value) selected[*value == chosen] { (text) } }
        }
    }
}

/// A field of `<input type=checkbox>` with its label.
pub fn check(name: &str, label: &str, is_on: bool) -> Markup {
    html! { label.check { input type="checkbox" name=(name) value="1" checked[is_on]; (label) } }
}

/// The form of `account`, with the token of the form `compose`. `whole`: with everything, and the files of [`Typed::media`] as far as
/// they are there. What its script needs is in `data-` attributes.
pub fn composer(
    c: &Context<'_>,
    typed: &Typed,
    account: &Account,
    token: &str,
    whole: Option<&[Media]>,
) -> Markup {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let is_answer = !typed.in_reply_to_id.is_empty();
    let is_edit = !typed.edited_id.is_empty();
    let label = if is_edit {
        Word::EditPost
    } else if is_answer {
        Word::AnswerIt
    } else {
        Word::Write
    };
    let ids = [
        ("in_reply_to_id", &typed.in_reply_to_id),
        ("quoted_status_id", &typed.quoted_id),
        ("edited_id", &typed.edited_id),
        ("redrafted_id", &typed.redrafted_id),
    ];
    let visibilities = [
        (Visibility::Public, Word::Public),
        (Visibility::Unlisted, Word::Unlisted),
        (Visibility::Private, Word::FollowersOnly),
        (Visibility::Direct, Word::DirectMessage),
    ];
    let options = html! {
        @for (one, word) in visibilities { option value=(one.as_str()) selected[one == typed.visibility] { (say(word)) } }
    };
    html! {
        form.composer id=[is_answer.then_some("answer")] method="post" action=(COMPOSE) data-account=(account.id) data-files=(MAX_ATTACHMENTS) enctype=[whole.map(|_| "multipart/form-data")] {
            input type="hidden" name="form" value=(token);
            // It makes one status of a form, however often it is sent.
            input type="hidden" name="key" value=(c.app.random.token());
            input type="hidden" name="next" value=(typed.next);
            // A key pressed in a field sends the first button of a form.
            @if whole.is_some() { button.unseen type="submit" name="do" value="publish" tabindex="-1" aria-hidden="true" {} }
            @for (name, value) in ids { @if !value.is_empty() { input type="hidden" name=(name) value=(value); } }
            label.unseen[whole.is_some()] for="text" { (say(label)) }
            textarea id="text" name="status" rows=(if whole.is_some() { 7 } else { 4 }) required[whole.is_none()] dir="auto" aria-describedby="text-hint" data-most=(MAX_CHARACTERS) { (typed.text) }
            // Its script puts the tools into this line.
            p.hint.beside { span id="text-hint" { (say(Word::TextHint).replace("{n}", &MAX_CHARACTERS.to_string())) } }
            details open[!typed.spoiler_text.is_empty()] {
                summary { (say(Word::ContentWarning)) }
                label for="warning" { (say(Word::WarningText)) }
                input id="warning" type="text" name="spoiler_text" value=(typed.spoiler_text) dir="auto";
            }
            @if let Some(media) = whole { (files(c, typed, account, media, language)) (poll_fields(typed, language)) }
            @if !is_edit { (select("visibility", say(Word::WhoSees), &options)) }
            @if whole.is_some() { (more(c, typed, is_edit)) }
            button type="submit" name="do" value="publish" { (say(if is_edit { Word::SaveChanges } else { Word::Publish })) }
            @if whole.is_none() { button.quiet type="submit" name="do" value="more" formnovalidate { (say(Word::MoreOptions)) } }
        }
        // For the files that its script adds.
        @if whole.is_some() { div id="focus" hidden { label for="focus-new" { (say(Word::Focus)) } select id="focus-new" { (focuses(None, language)) } } }
    }
}

fn files(c: &Context<'_>, typed: &Typed, account: &Account, media: &[Media], language: Language) -> Markup {
    let say = |word| language.say(word);
    let origin = c.app.origin_of(account);
    let links = c.app.links();
    html! {
        fieldset {
            legend { (say(Word::MediaTab)) }
            @for (n, (id, description)) in typed.media.iter().enumerate() {
                @if let Some(media) = media.iter().find(|media| media.id == *id) {
                    @let file = media.attachment(&origin);
                    div.attached {
                        input type="hidden" name="media_ids" value=(id);
                        @if let Some(preview) = file.preview_url.as_deref().or((media.file.kind == Kind::Image).then_some(file.url.as_str())) {
                            img src=(links.of(preview)) alt="" width="96" height="96";
                        }
                        div {
                            label for={ "alt-" (id) } { (n + 1) ". " (say(Word::AltText)) }
                            textarea id={ "alt-" (id) } name={ "alt_" (id) } rows="2" maxlength=(MAX_DESCRIPTION) dir="auto" { (description) }
                            @if matches!(media.file.kind, Kind::Image | Kind::Gifv | Kind::Video) {
                                @let typed = typed.focuses.iter().find(|(of, _)| of == id).map(|(_, focus)| *focus);
                                label for={ "focus-" (id) } { (say(Word::Focus)) }
                                select id={ "focus-" (id) } name={ "focus_" (id) } { (focuses(typed.or(media.focus), language)) }
                            }
                            button.quiet type="submit" name="do" value={ "remove " (id) } { (say(Word::RemoveFile)) }
                        }
                    }
                }
            }
            @if typed.media.len() < MAX_ATTACHMENTS {
                label for="file" { (say(Word::AddFile)) }
                input id="file" type="file" name="file" accept="image/*,video/*,audio/*";
                button.quiet type="submit" name="do" value="attach" { (say(Word::Add)) }
            }
            (check("sensitive", say(Word::SensitiveMedia), typed.is_sensitive))
        }
    }
}

/// Focal points that are offered, as `parse_focus` reads them.
const FOCUSES: [(&str, Word); 9] = [
    ("0,0", Word::FocusCentre),
    ("0,0.7", Word::FocusTop),
    ("0,-0.7", Word::FocusBottom),
    ("-0.7,0", Word::FocusLeft),
    ("0.7,0", Word::FocusRight),
    ("-0.7,0.7", Word::FocusTopLeft),
    ("0.7,0.7", Word::FocusTopRight),
    ("-0.7,-0.7", Word::FocusBottomLeft),
    ("0.7,-0.7", Word::FocusBottomRight),
];

/// The options of a focal point. One that an app has set stays among them.
fn focuses(chosen: Option<(f64, f64)>, language: Language) -> Markup {
    let chosen = chosen.unwrap_or_default();
    let is_chosen = |value: &str| parse_focus(value) == Some(chosen);
    let other = format!("{},{}", chosen.0, chosen.1);
    html! {
        @if !FOCUSES.iter().any(|(value, _)| is_chosen(value)) { option value=(other) selected { (language.say(Word::PollAsBefore)) } }
        @for (value, word) in FOCUSES { option value=(value) selected[is_chosen(value)] { (language.say(word)) } }
    }
}

/// Of an edit: it ends when it did so far.
pub const AS_BEFORE: &str = "before";

/// How long a poll may last, in seconds.
const TIMES: [(i64, Word); 6] = [
    (300, Word::Poll5Minutes),
    (3600, Word::Poll1Hour),
    (21_600, Word::Poll6Hours),
    (86_400, Word::Poll1Day),
    (259_200, Word::Poll3Days),
    (604_800, Word::Poll7Days),
];

fn poll_fields(typed: &Typed, language: Language) -> Markup {
    let say = |word| language.say(word);
    let poll = &typed.poll;
    let lasts = if poll.lasts.is_empty() { "86400" } else { &poll.lasts };
    let is_offered = TIMES.iter().any(|(seconds, _)| seconds.to_string() == lasts);
    let options = html! {
        @if !is_offered { option value=(lasts) selected { (say(Word::PollAsBefore)) } }
        @for (seconds, word) in TIMES { option value=(seconds) selected[seconds.to_string() == lasts] { (say(word)) } }
    };
    html! {
        details open[!poll.options.is_empty()] {
            summary { (say(Word::Poll)) }
            @for n in 0..poll::MAX_OPTIONS {
                @let id = format!("option-{n}");
                label for=(id) { (say(Word::PollOption)) " " (n + 1) }
                input id=(id) type="text" name="option" maxlength=(poll::MAX_OPTION) dir="auto" value=(poll.options.get(n).map_or("", String::as_str));
            }
            (select("poll_lasts", say(Word::PollLasts), &options))
            (check("poll_multiple", say(Word::PollMultiple), poll.is_multiple))
            (check("poll_hides", say(Word::PollHides), poll.hides_totals))
        }
    }
}

fn more(c: &Context<'_>, typed: &Typed, is_edit: bool) -> Markup {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let policies = [
        (QuotePolicy::PUBLIC, Word::QuotedByAll),
        (QuotePolicy::FOLLOWERS, Word::QuotedByFollowers),
        (QuotePolicy::NOBODY, Word::QuotedByNobody),
    ];
    let options = html! {
        @for (one, word) in policies { option value=(one.as_str()) selected[one.as_str() == typed.quote_policy.as_str()] { (say(word)) } }
    };
    html! {
        input type="hidden" name="whole" value="1";
        (select("language", say(Word::LanguageWord), &html! {
            @if typed.language.is_empty() { option value="" selected { (say(Word::NoLanguage)) } }
            (languages(&typed.language))
        }))
        (select("quote_approval_policy", say(Word::WhoQuotes), &options))
        @if !is_edit {
            details open[!typed.scheduled_at.is_empty()] {
                summary { (say(Word::PublishLater)) }
                label for="scheduled" { (time::label(c, say(Word::PublishAt))) }
                input id="scheduled" type="datetime-local" name="scheduled_at" value=(typed.scheduled_at);
            }
        }
    }
}
