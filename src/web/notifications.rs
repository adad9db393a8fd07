//! `/notifications`: what happened for who is signed in, in groups.

use std::collections::HashSet;

use maud::{Markup, html};

use super::form::{self, sign_in_first};
use super::parts::buttons::Buttons;
use super::parts::icons::{Icon, icon};
use super::parts::reading::Reading;
use super::parts::status::{Shown, page_of};
use super::parts::time::time;
use super::parts::who::{faces, who};
use super::parts::{collection, pager};
use super::sign_in::next;
use super::text::{self, fill};
use super::words::{Language, Word};
use super::{Frame, conversations, follow_requests, framed, notification_requests, severed, strikes};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::collection::Collection;
use crate::model::id::Id;
use crate::model::notification::{Kind, read_group_key};
use crate::model::page::Page;
use crate::model::report::Report;
use crate::model::severance::Severance;
use crate::model::status::StatusView;
use crate::model::strike::Strike;
use crate::model::time::Time;
use crate::services::grant;
use crate::store;
use crate::store::notifications::{Group, Wanted};
use crate::text::excerpt::excerpt;

pub const NOTIFICATIONS: &str = "/notifications";
/// The purpose of its form.
const FORM: &str = "notifications";
/// Groups of a page.
const SHOWN: usize = 20;
/// So many notifications in the groups of one page: the store may have stopped before the page was full.
const MANY: i64 = 200;
/// Characters of one's own status that somebody has marked.
const MAX_EXCERPT: usize = 160;

/// What one may see alone: the value of `type`, and the types that it has.
const TABS: [(&str, Word, &[Kind]); 6] = [
    ("mention", Word::Mentions, &[Kind::Mention, Kind::Quote]),
    ("favourite", Word::FavouritesTab, &[Kind::Favourite, Kind::Reaction]),
    ("reblog", Word::BoostsTab, &[Kind::Reblog]),
    ("follow", Word::FollowsTab, &[Kind::Follow, Kind::FollowRequest]),
    ("status", Word::PostsTab, &[Kind::Status, Kind::Update, Kind::QuotedUpdate]),
    ("poll", Word::PollsTab, &[Kind::Poll]),
];

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let asked = c.params.filled("type").unwrap_or("");
    let tab = TABS.iter().find(|(name, ..)| *name == asked);
    let kinds = tab.map_or(&Kind::ALL[..], |(.., kinds)| kinds);
    let wanted = Wanted { kinds: kinds.iter().map(|kind| kind.as_str()).collect(), ..Wanted::default() };
    let found = form::session_secret(c)
        .map(|secret| store::notifications::groups_in_session(grant::hash(&secret), &wanted, &page));
    let (session, found) = form::signed_in_with(c, found).await?;
    let Some(session) = session else { return Ok(sign_in_first(c, NOTIFICATIONS, &["type"])) };
    let mut found = found.unwrap_or_default();
    let me = session.1.id;
    let reacted = found.iter().any(|group| group.kind == Kind::Reaction);
    // Among many others there may be more of one type.
    let end = found.iter().map(|group| group.newest).min().filter(|_| tab.is_some());
    let next = end.map(|id| {
        let page = Page { max_id: Some(id), ..Page::first(1) };
        store::notifications::groups_in_session(grant::hash(&session.2), &wanted, &page)
    });
    let parts = (
        store::notifications::details(me, &found),
        store::filters::of(me),
        store::markers::of_account(me),
        reacted.then(|| store::notifications::reactions(me, &page)),
        next,
    );
    let (
        (mut people, mut views, reports, collections, severances, warnings),
        filters,
        markers,
        reactions,
        next,
    ) = store::load(&c.app.db, parts).await?;
    let is_full = found.len() >= SHOWN || found.iter().map(|group| group.count).sum::<i64>() >= MANY;
    let all = found.len();
    let cursors = store::notifications::settle(&mut found, &mut people, &views);
    views.goes_on = next.map_or(is_full, |next| !next.is_empty()) || cursors.len() < all;
    let newest = cursors.iter().max().copied().unwrap_or_default();
    views.cursors = cursors;

    let language = Language::of(c.request);
    let here = form::address(c, NOTIFICATIONS, &["type", "max_id"]);
    let reading = Reading::new(c, Some(&session), Some(filters), "notifications", here.clone());
    let buttons = Buttons::new(c, &session, FORM);
    let read = markers.iter().find(|marker| marker.timeline == "notifications");
    let mut notices = Notices {
        c,
        language,
        me,
        reading: &reading,
        buttons: &buttons,
        people: &people,
        views: &views,
        reports: &reports,
        collections: &collections,
        strikes: &warnings.unwrap_or_default(),
        severances: &severances.unwrap_or_default(),
        reactions: &reactions.unwrap_or_default(),
        read: read.map(|marker| marker.last_read_id).unwrap_or_default(),
        whole: HashSet::new(),
    };
    // What is above this page, or of another type, would be marked unseen.
    let may_mark = tab.is_none() && page.max_id.is_none() && newest > notices.read;
    let shown: Vec<Markup> = found.iter().filter_map(|group| notices.notice(group)).collect();
    let title = language.say(Word::Notifications);
    let body = html! {
        h1 { (title) }
        nav.tabs.many aria-label=(title) {
            a href=(NOTIFICATIONS) aria-current=[tab.is_none().then_some("page")] { (language.say(Word::AllKinds)) }
            @for (name, word, _) in TABS {
                a href={ (NOTIFICATIONS) "?type=" (name) } aria-current=[(name == asked).then_some("page")] { (language.say(word)) }
            }
        }
        @if !shown.is_empty() { (buttons.form(NOTIFICATIONS, &here, &html! {
            @if may_mark { (buttons.button("quiet small", "read", &newest.to_string(), Word::MarkRead)) }
            details {
                summary { (language.say(Word::ClearNotifications)) }
                p { (language.say(Word::ClearNotificationsLead)) }
                (buttons.button("quiet small", "clear", "1", Word::ClearNotifications))
            }
        })) }
        p.meta.ways {
            a href=(follow_requests::HERE) { (language.say(Word::FollowRequests)) }
            a href=(notification_requests::HERE) { (language.say(Word::FilteredNotifications)) }
            a href=(conversations::HERE) { (language.say(Word::Conversations)) }
        }
        @if shown.is_empty() { p.lead { (language.say(Word::NoNotifications)) } }
        @for notice in &shown { (notice) }
        (pager::older(&views, &form::address(c, NOTIFICATIONS, &["type"]), language))
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}

/// What the groups of a page are shown with.
struct Notices<'a> {
    c: &'a Context<'a>,
    language: Language,
    me: Id,
    reading: &'a Reading<'a>,
    buttons: &'a Buttons,
    people: &'a [Account],
    views: &'a [StatusView],
    reports: &'a [(Id, Report)],
    collections: &'a [(Id, Collection)],
    strikes: &'a [(Id, Strike)],
    severances: &'a [Severance],
    /// The notification, the emoji, its picture.
    reactions: &'a [(Id, String, Option<String>)],
    /// The newest one that was read.
    read: Id,
    /// Statuses that stand on the page as a whole: once each, since actions lead back to them.
    whole: HashSet<Id>,
}

/// Of `all`, what belongs to a notification.
fn told<T>(all: &[(Id, T)], of: Id) -> Option<&T> {
    all.iter().find(|(id, _)| *id == of).map(|(_, told)| told)
}

impl Notices<'_> {
    /// A group; none where its reader hides its status, or what it tells of is gone.
    fn notice(&mut self, group: &Group) -> Option<Markup> {
        let (c, language) = (self.c, self.language);
        let view = match group.status_id {
            Some(id) => Some(self.views.iter().find(|view| view.status.id == id)?),
            None => None,
        };
        let (sign, word, name) = self.says(group, view)?;
        let from: Vec<&Account> =
            group.from.iter().filter_map(|id| self.people.iter().find(|a| a.id == *id)).collect();
        let all = usize::try_from(group.count).unwrap_or(0).max(from.len());
        let is_mark = matches!(group.kind, Kind::Favourite | Kind::Reblog | Kind::Reaction);
        let whole = view.filter(|view| !is_mark && self.whole.insert(view.status.id));
        let whole = whole.map(|view| self.reading.status(view, Shown::default()));
        if whole.as_ref().is_some_and(|shown| shown.0.is_empty()) {
            return None;
        }
        let is_new = group.newest > self.read;
        Some(html! {
            article.notice.new[is_new] data-newest=(group.newest) {
                div.told {
                    (icon(sign))
                    div {
                        @if whole.is_none() && group.kind != Kind::Poll { (faces(c, from.iter().copied())) }
                        p {
                            (fill(language.say(word), &[("who", &who(c, &from, all)), ("name", &name)]))
                            " " (time(c, Time(group.newest.unix_ms()), language))
                            @if is_new { " " strong.good { (language.say(Word::Unread)) } }
                        }
                        @if let Some(view) = view.filter(|_| whole.is_none()) { p dir="auto" { a.excerpt href=(page_of(view)) { (self.excerpt(view)) } } }
                        @if group.kind == Kind::FollowRequest { p { a href=(follow_requests::HERE) { (language.say(Word::FollowRequests)) } } }
                    }
                    (self.buttons.sign(Icon::Dismiss, "dismiss", &group.key, Word::Dismiss))
                }
                @if let Some(status) = &whole { (status) }
            }
        })
    }

    /// The drawing and the sentence of a group, and what stands for `{name}` there.
    fn says(&self, group: &Group, view: Option<&StatusView>) -> Option<(Icon, Word, Markup)> {
        let c = self.c;
        let (sign, word) = match group.kind {
            Kind::Mention => (Icon::Mention, Word::ToldMention),
            Kind::Status => (Icon::Bell, Word::ToldStatus),
            Kind::Reblog => (Icon::Boost, Word::ToldReblog),
            Kind::Follow => (Icon::Follow, Word::ToldFollow),
            Kind::FollowRequest => (Icon::Follow, Word::ToldFollowRequest),
            Kind::Favourite => (Icon::Favourite, Word::ToldFavourite),
            Kind::Poll if view?.account.id == self.me => (Icon::Poll, Word::ToldOwnPoll),
            Kind::Poll => (Icon::Poll, Word::ToldPoll),
            Kind::Update => (Icon::Edit, Word::ToldUpdate),
            Kind::Quote => (Icon::Quote, Word::ToldQuote),
            Kind::QuotedUpdate => (Icon::Edit, Word::ToldQuotedUpdate),
            Kind::AdminReport => {
                let report = told(self.reports, group.newest)?;
                let link =
                    html! { a href={ "/settings/reports/" (report.id) } { (text::name(c, &report.target)) } };
                return Some((Icon::Flag, Word::ToldReport, link));
            }
            Kind::ModerationWarning => {
                let strike = told(self.strikes, group.newest)?;
                let link = html! { a href=(strikes::address(strike.id)) { (strikes::what(strike.action, self.language)) } };
                return Some((Icon::Flag, Word::ToldWarning, link));
            }
            Kind::SeveredRelationships => {
                let severance = self.severances.iter().find(|severance| severance.id == group.newest)?;
                let name = html! { a href=(severed::HERE) dir="auto" { (severance.target_name) } };
                return Some((Icon::Flag, Word::ToldSevered, name));
            }
            Kind::AdminSignUp => (Icon::Follow, Word::ToldSignUp),
            Kind::AddedToCollection | Kind::CollectionUpdate => {
                let found = told(self.collections, group.newest)?;
                let name = collection::link(found.id, &found.name);
                let is_new = group.kind == Kind::AddedToCollection;
                let word = if is_new { Word::ToldCollection } else { Word::ToldCollectionUpdate };
                return Some((Icon::Bookmark, word, name));
            }
            Kind::Reaction => {
                // The reaction may be gone before its notification.
                let Some((_, name, url)) = self.reactions.iter().find(|(id, ..)| *id == group.newest) else {
                    return Some((Icon::Favourite, Word::ToldFavourite, Markup::default()));
                };
                return Some((Icon::Favourite, Word::ToldReaction, text::emoji(c, name, url.as_deref())));
            }
        };
        Some((sign, word, Markup::default()))
    }

    /// How one's own status begins; of others' only that there is one.
    fn excerpt(&self, view: &StatusView) -> String {
        let status = &view.status;
        let text = match status.spoiler_text.as_str() {
            _ if view.account.id != self.me => String::new(),
            "" => excerpt(&status.content, MAX_EXCERPT),
            warning => crate::text::excerpt::line(warning, MAX_EXCERPT),
        };
        if text.is_empty() { self.language.say(Word::ToPost).to_owned() } else { text }
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let account = match form::sender(c, FORM, NOTIFICATIONS).await? {
        Ok((_, account, _)) => account,
        Err(first) => return Ok(first),
    };
    let me = account.id;
    let batch = if let Some(key) = c.params.text("dismiss") {
        let members = read_group_key(key).ok_or(Error::NotFound)?;
        vec![store::notifications::dismiss_group(me, members)]
    } else if let Some(newest) = c.params.text("read") {
        let newest = Id::parse(newest).ok_or(Error::NotFound)?;
        vec![store::markers::advance(me, "notifications", newest, c.app.now())]
    } else if c.params.text("clear").is_some() {
        store::notifications::clear(me)
    } else {
        return Err(Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into()));
    };
    store::write(&c.app.db, batch).await?;
    Ok(Response::redirect(&next(c)))
}
