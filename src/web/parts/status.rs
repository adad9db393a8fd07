//! A status on a page: its author, its text, its files, its poll, and what it quotes.

use maud::{Markup, html};

use super::account::{address, picture};
use super::composer::COMPOSE;
use super::icons::{Icon, icon, named};
use super::reactions::reactions;
use super::time::{minute, time};
use crate::http::handler::Context;
use crate::model::account::Account;
use crate::model::card::Card;
use crate::model::id::Id;
use crate::model::media::Kind;
use crate::model::poll::Poll;
use crate::model::quote::{Allowance, QuoteState};
use crate::model::status::{Attachment, Status, StatusView, Visibility};
use crate::model::time::Time;
use crate::web::text;
use crate::web::words::{Language, Plural, Word};

/// How a status is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shown<'a> {
    /// It is what the page is about: its counts are told.
    pub is_opened: bool,
    pub is_pinned: bool,
    /// It stands where what it answers stands above it.
    pub is_in_thread: bool,
    /// Whom it answers, where its place does not tell.
    pub answered: Option<&'a str>,
    /// Its reader may act on it.
    pub acting: Option<Acting<'a>>,
    /// What was typed as a reaction and refused.
    pub refused_reaction: Option<&'a str>,
    /// The title of a filter of its reader's that covers it.
    pub filtered_by: Option<&'a str>,
}

/// What the forms of a signed-in reader need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acting<'a> {
    /// Of the form `act`.
    pub token: &'a str,
    /// The path of the page, to which an action leads back.
    pub here: &'a str,
}

/// The page of who has linked to something.
pub const LINKS: &str = "/links";
/// Where forms of [`Acting`] are sent.
pub const ACT: &str = "/act";
/// The page that tells the operator of a status or an account.
pub const REPORT: &str = "/report";

/// A status in a list, as the viewer that it was loaded for may see it.
pub fn listed(c: &Context<'_>, view: &StatusView) -> Markup {
    status(c, view, Shown::default())
}

/// The page on this server of a status, which for one of another server is for people of ours.
pub fn page_of(view: &StatusView) -> String {
    match view.status.is_local {
        true => view.status.url.clone(),
        false => format!("/@{}/{}", view.account.handle(), view.status.id),
    }
}

/// A status as the viewer that it was loaded for may see it.
pub fn status(c: &Context<'_>, view: &StatusView, how: Shown<'_>) -> Markup {
    if let Some(title) = how.filtered_by {
        let language = Language::of(c.request);
        return html! {
            details.filtered {
                summary dir="auto" { (language.say(Word::FilteredBy).replace("{title}", title)) }
                (status(c, view, Shown { filtered_by: None, ..how }))
            }
        };
    }
    let (shown, language) = (view.proper(), Language::of(c.request));
    let status = &shown.status;
    let is_reply = status.in_reply_to_id.is_some() && !shown.is_parent_hidden;
    let quote = shown
        .quote
        .as_deref()
        .filter(|_| status.quote_state == Some(QuoteState::Accepted) && shown.quote_hidden.is_none());
    let ballot = ballot(shown, view.status.id, how.acting, c.app.now());
    html! {
        article.status.opened[how.is_opened] id={ "status-" (view.status.id) } {
            @if how.is_pinned { p.above { (icon(Icon::Pin)) (language.say(Word::PinnedPost)) } }
            @if view.reblog.is_some() {
                p.above { (icon(Icon::Boost)) a href=(address(c, &view.account)) dir="auto" { (text::name(c, &view.account)) } " " (language.say(Word::Boosted)) }
            }
            (byline(c, shown, how.acting.is_some(), language))
            @if let Some(name) = how.answered { p.above { (icon(Icon::Reply)) (language.say(Word::Answering).replace("{name}", name)) } }
            @else if is_reply && !how.is_opened && !how.is_in_thread { p.above { (icon(Icon::Reply)) (language.say(Word::ReplyWord)) } }
            @if let Some(from) = &status.brought_from { (brought(status, from, language)) }
            (text_of(c, status, shown.is_sensitive(), ballot))
            @if let Some(quote) = quote {
                blockquote.quoted {
                    (byline(c, quote, how.acting.is_some(), language))
                    (text_of(c, &quote.status, quote.is_sensitive(), Ballot::None))
                }
            } @else if let Some((url, card)) = preview(shown) {
                (link_card(c, url, card))
                @if how.is_opened { p.meta { (who_posted(url, language)) } }
            }
            @if how.is_opened { (counts(status, language)) }
            @if let Some(acting) = how.acting { (actions(view, acting, language)) }
            @if how.is_opened { (reacted(c, view, how)) }
        }
    }
}

/// What a reader has to do with a poll.
#[derive(Debug, Clone, Copy)]
pub enum Ballot<'a> {
    None,
    /// They may vote, and come back to this element of the page.
    Open(Acting<'a>, &'a Status, Id),
    /// Their choices.
    Cast(&'a [usize]),
}

fn ballot<'a>(view: &'a StatusView, at: Id, acting: Option<Acting<'a>>, now: Time) -> Ballot<'a> {
    match (&view.flags.own_votes, acting, &view.status.poll) {
        (Some(own), ..) => Ballot::Cast(own),
        (None, Some(acting), Some(poll)) if !view.flags.is_author && !poll.is_over(now) => {
            Ballot::Open(acting, &view.status, at)
        }
        _ => Ballot::None,
    }
}

/// The hidden fields of a form that acts on a status; `at`: the element of the page to come back to.
fn hidden(acting: Acting<'_>, status: Id, at: Id) -> Markup {
    html! {
        input type="hidden" name="form" value=(acting.token);
        input type="hidden" name="next" value=(acting.here);
        input type="hidden" name="status" value=(status);
        input type="hidden" name="at" value=(at);
    }
}

/// What its reader may do with a status: a form of its own, which leads back to it.
fn actions(listed: &StatusView, acting: Acting<'_>, language: Language) -> Markup {
    let view = listed.proper();
    let (status, flags) = (&view.status, &view.flags);
    let mut all = vec![(Icon::Favourite, "favourite", Word::Favourite, flags.is_favourited)];
    if status.visibility.is_distributable() {
        all.insert(0, (Icon::Boost, "reblog", Word::Boost, flags.is_reblogged));
    }
    all.push((Icon::Bookmark, "bookmark", Word::Bookmark, flags.is_bookmarked));
    html! {
        form.actions method="post" action=(ACT) {
            (hidden(acting, status.id, listed.status.id))
            a href={ (page_of(view)) "#answer" } title=(language.say(Word::AnswerIt)) { (icon(Icon::Reply)) span.unseen { (language.say(Word::AnswerIt)) } }
            @for (sign, what, word, is_done) in all {
                button type="submit" name="do" value={ @if is_done { "un" } (what) } aria-pressed=(is_done) title=(language.say(word)) {
                    (icon(sign)) span.unseen { (language.say(word)) }
                }
            }
            details {
                summary title=(language.say(Word::MoreActions)) { (icon(Icon::More)) span.unseen { (language.say(Word::MoreActions)) } }
                (more(listed, language))
            }
        }
    }
}

/// The reactions to a status, and the forms for the reader's.
fn reacted(c: &Context<'_>, listed: &StatusView, how: Shown<'_>) -> Markup {
    let view = listed.proper();
    let is_own = |name: &str| view.flags.own_reactions.iter().any(|own| own == name);
    let all =
        view.status.reactions.iter().map(|r| (r.name.as_str(), r.count, is_own(&r.name), r.url.as_deref()));
    let hidden = how.acting.map(|acting| hidden(acting, view.status.id, listed.status.id));
    let form = hidden.as_ref().map(|hidden| (ACT, hidden));
    // The page's script replaces it as a whole.
    html! { div.given { (reactions(c, all, form, "react", how.refused_reaction)) } }
}

/// What is rarely done with a status.
fn more(listed: &StatusView, language: Language) -> Markup {
    let view = listed.proper();
    let (status, flags) = (&view.status, &view.flags);
    // Of a boost these are not asked about what it boosts.
    let is_own = flags.is_author && listed.reblog.is_none();
    let may_quote = flags.quoting != Allowance::Denied
        && (status.visibility.is_distributable() || (is_own && status.visibility == Visibility::Private));
    let choice =
        |what: &str, word| html! { button type="submit" name="do" value=(what) { (language.say(word)) } };
    let link =
        |what: &str, word| html! { a href={ (COMPOSE) "?" (what) "=" (status.id) } { (language.say(word)) } };
    html! {
        div.more {
            @if may_quote { (link("quote", Word::QuoteIt)) }
            @if is_own {
                (link("edit", Word::EditPost))
                @if flags.is_pinned { (choice("unpin", Word::UnpinPost)) }
                @else if status.visibility != Visibility::Direct { (choice("pin", Word::PinPost)) }
            }
            @if flags.is_muted { (choice("unmute", Word::UnmuteThread)) } @else { (choice("mute", Word::MuteThread)) }
            @if is_own {
                (link("redraft", Word::DeleteAndRedraft))
                button.danger type="submit" name="do" value="delete" { (language.say(Word::DeletePost)) }
            } @else if !flags.is_author {
                a href={ (REPORT) "?status=" (status.id) } { (language.say(Word::Report)) }
                @if !status.is_local { a href=(status.url) rel="nofollow noopener noreferrer" { (language.say(Word::OnItsServer)) } }
            }
        }
    }
}

/// Who wrote a status, when, and for whom. `is_here`: the time leads to its page on this server.
fn byline(c: &Context<'_>, view: &StatusView, is_here: bool, language: Language) -> Markup {
    let (status, account): (&Status, &Account) = (&view.status, &view.account);
    let page = if is_here { page_of(view) } else { status.url.clone() };
    let author = address(c, account);
    html! {
        header.byline {
            a href=(author) tabindex="-1" aria-hidden="true" { (picture(c, account)) }
            div {
                a.name href=(author) dir="auto" { (text::name(c, account)) }
                span.handle { "@" (account.handle()) }
            }
            div.when {
                (audience(status.visibility, language))
                a href=(page) { (time(c, status.created_at, language)) }
                @if let Some(at) = status.edited_at {
                    span.meta {
                        @if status.is_local { a href={ (status.url) "/edits" } { (language.say(Word::Edited)) " " (time(c, at, language)) } }
                        @else { (language.say(Word::Edited)) " " (time(c, at, language)) }
                    }
                }
            }
        }
    }
}

fn audience(visibility: Visibility, language: Language) -> Markup {
    let sign = match visibility {
        Visibility::Public => return Markup::default(),
        Visibility::Unlisted => (Icon::Unlisted, Word::Unlisted),
        Visibility::Private => (Icon::Locked, Word::FollowersOnly),
        Visibility::Direct => (Icon::Private, Word::DirectMessage),
    };
    named(sign.0, language.say(sign.1))
}

fn counts(status: &Status, language: Language) -> Markup {
    let all = [
        (Icon::Reply, status.replies_count, Plural::Answers, None),
        (Icon::Boost, status.reblogs_count, Plural::Boosts, Some("reblogs")),
        (Icon::Favourite, status.favourites_count, Plural::Favourites, Some("favourites")),
        (Icon::Quote, status.quotes_count, Plural::Quotes, Some("quotes")),
    ];
    // Most are quoted by nobody.
    let shown = all.into_iter().filter(|(.., path)| *path != Some("quotes") || status.quotes_count > 0);
    html! {
        ul.counts { @for (sign, n, what, who) in shown {
            li {
                (icon(sign))
                @match who.filter(|_| n > 0 && status.is_local) {
                    Some(who) => { a href={ (status.url) "/" (who) } { (language.count(n, what)) } }
                    None => (language.count(n, what)),
                }
            }
        } }
    }
}

/// Where a status comes from that was brought along, and what it answered there.
fn brought(status: &Status, from: &str, language: Language) -> Markup {
    let link = |url: &str| html! { a href=(url) rel="nofollow noopener noreferrer" { (url) } };
    let answered = status.in_reply_to_uri.as_ref().filter(|url| text::is_web(url));
    html! {
        p.meta {
            (language.say(Word::BroughtFrom)) " " (link(from))
            @if let Some(answered) = answered { ", " (language.say(Word::BroughtAnswer)) " " (link(answered)) }
        }
    }
}

/// The preview of the page that a status links to. Files of the status leave no room for it, as on Mastodon.
fn preview(view: &StatusView) -> Option<(&str, &Card)> {
    let status = &view.status;
    let is_covered = !status.spoiler_text.is_empty() || view.is_sensitive();
    let url = status.card_url.as_deref().filter(|_| status.media.is_empty() && !is_covered)?;
    Some((url, view.card.as_deref()?.card.as_ref()?))
}

/// A link to the statuses that link to the page at this address.
pub fn who_posted(url: &str, language: Language) -> Markup {
    let url: String = url::form_urlencoded::byte_serialize(url.as_bytes()).collect();
    html! { a href={ (LINKS) "?url=" (url) } { (language.say(Word::WhoPosted)) } }
}

/// The preview of a linked page.
pub fn link_card(c: &Context<'_>, url: &str, card: &Card) -> Markup {
    let links = c.app.links();
    html! {
        @if let Some(url) = Some(url).filter(|url| text::is_web(url)) {
            a.link-card href=(url) rel="nofollow noopener noreferrer" {
                @if let Some(image) = &card.image { img src=(links.of(image)) alt=(card.image_description) loading="lazy"; }
                span {
                    @if !card.provider_name.is_empty() { span.meta dir="auto" { (card.provider_name) } }
                    strong dir="auto" lang=[card.language.as_deref()] { (card.title) }
                    @if !card.description.is_empty() { span.about dir="auto" lang=[card.language.as_deref()] { (card.description) } }
                }
            }
        }
    }
}

/// All of a status that its warning covers, or, where it has none and `is_sensitive`, its files alone are covered.
pub fn text_of(c: &Context<'_>, status: &Status, is_sensitive: bool, ballot: Ballot<'_>) -> Markup {
    let lang = status.language.as_deref();
    if status.spoiler_text.is_empty() {
        return content(c, status, is_sensitive, ballot);
    }
    html! { details { summary lang=[lang] dir="auto" { (text::plain(c, &status.spoiler_text, &status.emojis)) } (content(c, status, false, ballot)) } }
}

/// `covers_files`: they are sensitive and nothing else covers them.
fn content(c: &Context<'_>, status: &Status, covers_files: bool, ballot: Ballot<'_>) -> Markup {
    let language = Language::of(c.request);
    let lang = status.language.as_deref();
    let class = format!("media of-{}", status.media.len().min(4));
    let files =
        html! { div class=(class) { @for file in &status.media { (attachment(c, file, language)) } } };
    html! {
        div.text lang=[lang] dir="auto" { (text::html(c, &status.content, &status.emojis)) }
        @if let Some(poll) = &status.poll { (poll_of(c, poll, status, ballot)) }
        @if status.media.is_empty() {
        } @else if covers_files {
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
    // The file's own size has the shape of its preview, and keeps its place while it loads; half of a size does not.
    let size = file.width.zip(file.height).filter(|(width, height)| *width > 0 && *height > 0);
    let (width, height) = size.unzip();
    let preview = file.preview_url.as_deref().map(|preview| links.of(preview));
    let preview = preview.as_deref();
    match Kind::from_name(&file.kind) {
        Kind::Image => {
            html! {
                a href=(url) {
                    img src=(preview.unwrap_or(&url)) alt=(description.unwrap_or(language.say(Word::Picture))) width=[width] height=[height] loading="lazy";
                }
            }
        }
        kind @ (Kind::Gifv | Kind::Video) => {
            let is_loop = kind == Kind::Gifv;
            html! { video src=(url) poster=[preview] width=[width] height=[height] aria-label=[description] title=[description] controls loop[is_loop] muted[is_loop] playsinline preload="none" {} }
        }
        Kind::Audio => {
            html! { audio src=(url) aria-label=[description] title=[description] controls preload="none" {} }
        }
        Kind::Unknown => {
            html! { a href=(file.remote_url.as_deref().unwrap_or(&file.url)) { (description.unwrap_or(&file.url)) } }
        }
    }
}

/// A poll's options with their votes, unless these are hidden until it ends. Who may vote is asked, and sees the votes after that.
fn poll_of(c: &Context<'_>, poll: &Poll, status: &Status, ballot: Ballot<'_>) -> Markup {
    let (language, lang) = (Language::of(c.request), status.language.as_deref());
    let is_over = poll.is_over(c.app.now());
    let is_shown = !poll.hides_totals || is_over;
    // Of several choices a share is of the persons.
    let all = poll.voters.filter(|_| poll.is_multiple).unwrap_or_else(|| poll.votes());
    let share = |votes: i64| {
        if all > 0 { (votes as f64 * 100.0 / all as f64).round().clamp(0.0, 100.0) } else { 0.0 }
    };
    let title =
        |title: &str| html! { span lang=[lang] dir="auto" { (text::plain(c, title, &status.emojis)) } };
    let kind = if poll.is_multiple { "checkbox" } else { "radio" };
    html! {
        @if let Ballot::Open(acting, asked, at) = ballot {
            form.vote method="post" action=(ACT) {
                (hidden(acting, asked.id, at))
                @for (n, (text, _)) in poll.options.iter().enumerate() {
                    label { input type=(kind) name="choices" value=(n) required[!poll.is_multiple]; " " (title(text)) }
                }
                button type="submit" name="do" value="vote" { (language.say(Word::Vote)) }
            }
        } @else {
            ul.poll {
                @for (n, (text, votes)) in poll.options.iter().enumerate() {
                    li {
                        (title(text))
                        @if is_shown { " " span.meta { (share(*votes)) "% (" (votes) ")" } }
                        @if matches!(ballot, Ballot::Cast(own) if own.contains(&n)) { " " span.meta { (language.say(Word::YourChoice)) } }
                        @if is_shown { meter min="0" max="100" value=(share(*votes)) aria-hidden="true" {} }
                    }
                }
            }
        }
        p.meta {
            @match poll.voters {
                Some(voters) => (language.count(voters, Plural::Voters)),
                None => (language.count(poll.votes(), Plural::Votes)),
            }
            @if is_over { " · " (language.say(Word::PollClosed)) }
            @else if let Some(at) = poll.expires_at { " · " (language.say(Word::PollOpen)) " " (minute(c, at)) }
        }
    }
}
