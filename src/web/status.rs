//! A status on a page: its text, its files, its poll, and what it quotes.

use maud::{Markup, html};

use super::text;
use super::words::{Language, Word};
use crate::http::handler::Context;
use crate::model::media::Kind;
use crate::model::poll::Poll;
use crate::model::quote::QuoteState;
use crate::model::status::{Attachment, Status, StatusView};
use crate::model::time::Time;

/// A status as the viewer that it was loaded for may see it.
pub fn card(c: &Context<'_>, view: &StatusView) -> Markup {
    let (shown, language) = (view.proper(), Language::of(c.request));
    let status = &shown.status;
    let is_reply = status.in_reply_to_id.is_some() && !shown.is_parent_hidden;
    let quote = shown
        .quote
        .as_deref()
        .filter(|_| status.quote_state == Some(QuoteState::Accepted) && shown.quote_hidden.is_none());
    html! {
        article.card.status {
            p.meta {
                @if view.reblog.is_some() { (text::name(c, &view.account)) " " (language.say(Word::Boosted)) " · " }
                a href=(shown.account.url) { (text::name(c, &shown.account)) } " "
                a href=(status.url) { (time(status.created_at)) }
                @if is_reply { " · " (language.say(Word::ReplyWord)) }
                @if let Some(at) = status.edited_at { " · " (language.say(Word::Edited)) " " (time(at)) }
            }
            @if let Some(from) = &status.brought_from { (brought(status, from, language)) }
            (behind_warning(c, status))
            @if let Some(quote) = quote {
                blockquote.card {
                    p.meta {
                        a href=(quote.account.url) { (text::name(c, &quote.account)) } " "
                        a href=(quote.status.url) { (time(quote.status.created_at)) }
                    }
                    (behind_warning(c, &quote.status))
                }
            }
        }
    }
}

/// Where a status comes from that was brought along, and what it answered there.
fn brought(status: &Status, from: &str, language: Language) -> Markup {
    let link = |url: &str| html! { a href=(url) rel="nofollow noopener noreferrer" { (url) } };
    let is_page = |url: &&String| url.starts_with("https://") || url.starts_with("http://");
    let answered = status.in_reply_to_uri.as_ref().filter(is_page);
    html! {
        p.meta {
            (language.say(Word::BroughtFrom)) " " (link(from))
            @if let Some(answered) = answered { ", " (language.say(Word::BroughtAnswer)) " " (link(answered)) }
        }
    }
}

/// A time to the minute. Pages have no script that could know the reader's zone.
fn time(at: Time) -> Markup {
    html! { time datetime=(at.to_iso()) { (at.to_minute()) " UTC" } }
}

/// All of a status that its warning covers.
fn behind_warning(c: &Context<'_>, status: &Status) -> Markup {
    let lang = status.language.as_deref();
    if status.spoiler_text.is_empty() {
        return content(c, status, status.is_sensitive);
    }
    html! { details { summary lang=[lang] { (text::plain(c, &status.spoiler_text, &status.emojis)) } (content(c, status, false)) } }
}

/// `covers_files`: they are sensitive and nothing else covers them.
fn content(c: &Context<'_>, status: &Status, covers_files: bool) -> Markup {
    let language = Language::of(c.request);
    let lang = status.language.as_deref();
    let files = html! { @for file in &status.media { p { (attachment(c, file, language)) } } };
    html! {
        div lang=[lang] { (text::html(c, &status.content, &status.emojis)) }
        @if let Some(poll) = &status.poll { (results(c, poll, status)) }
        @if covers_files && !status.media.is_empty() {
            details { summary { (language.say(Word::SensitiveMedia)) } (files) }
        } @else {
            (files)
        }
    }
}

/// Files of other servers come by our proxy, so that these do not learn who reads.
fn attachment(c: &Context<'_>, file: &Attachment, language: Language) -> Markup {
    let links = c.app.links();
    let url = links.of(&file.url);
    let description = file.description.as_deref().filter(|text| !text.is_empty());
    let size = |size: Option<i64>| size.filter(|n| *n > 0);
    let preview = file.preview_url.as_deref().map(|preview| links.of(preview));
    let preview = preview.as_deref();
    match Kind::from_name(&file.kind) {
        Kind::Image => {
            // The picture's own size has the shape of its preview, and keeps its place while it loads.
            let (width, height) = (size(file.width), size(file.height));
            html! {
                a href=(url) {
                    img src=(preview.unwrap_or(&url)) alt=(description.unwrap_or(language.say(Word::Picture))) width=[width] height=[height] loading="lazy";
                }
            }
        }
        kind @ (Kind::Gifv | Kind::Video) => {
            let is_loop = kind == Kind::Gifv;
            html! { video src=(url) poster=[preview] aria-label=[description] title=[description] controls loop[is_loop] muted[is_loop] playsinline preload="none" {} }
        }
        Kind::Audio => {
            html! { audio src=(url) aria-label=[description] title=[description] controls preload="none" {} }
        }
        Kind::Unknown => {
            html! { a href=(file.remote_url.as_deref().unwrap_or(&file.url)) { (description.unwrap_or(&file.url)) } }
        }
    }
}

/// A poll's options with their votes, unless these are hidden until it ends.
fn results(c: &Context<'_>, poll: &Poll, status: &Status) -> Markup {
    let (language, lang) = (Language::of(c.request), status.language.as_deref());
    let is_over = poll.is_over(c.app.now());
    let is_shown = !poll.hides_totals || is_over;
    // Of several choices a share is of the persons.
    let all = poll.voters.filter(|_| poll.is_multiple).unwrap_or_else(|| poll.votes());
    let share = |votes: i64| {
        if all > 0 { (votes as f64 * 100.0 / all as f64).round().clamp(0.0, 100.0) } else { 0.0 }
    };
    html! {
        ul.plain {
            @for (title, votes) in &poll.options {
                li { span lang=[lang] { (text::plain(c, title, &status.emojis)) } @if is_shown { " " span.meta { (share(*votes)) "% (" (votes) ")" } } }
            }
        }
        p.meta {
            @match poll.voters {
                Some(voters) => (language.count(voters, Word::Voter, Word::Voters)),
                None => (language.count(poll.votes(), Word::Vote, Word::Votes)),
            }
            @if is_over { " · " (language.say(Word::PollClosed)) }
            @else if let Some(at) = poll.expires_at { " · " (language.say(Word::PollOpen)) " " (time(at)) }
        }
    }
}
