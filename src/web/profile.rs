//! Profiles, as pages: of local accounts for everybody, where servers are redirected to the documents; of others for people here.

use maud::{Markup, html};

use super::form::Session;
use super::parts::account::{address, avatar, page_of, signs};
use super::parts::collection;
use super::parts::gallery::gallery;
use super::parts::icons::{Icon, icon};
use super::parts::pager;
use super::parts::reading::Reading;
use super::parts::staff::badge;
use super::parts::status::Shown;
use super::parts::who::{faces, who};
use super::words::{Language, Plural, Word};
use super::{Frame, form, framed, interact, own_profile, text, ties};
use crate::activitypub::remote::resolve;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::{Account, Field};
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::role::Permission;
use crate::model::tag::Featured;
use crate::store;
use crate::store::Query;
use crate::store::timelines::OfAccount;
use crate::text::excerpt::excerpt;
use crate::text::{acct, hashtags};

/// Statuses of a page.
const SHOWN: usize = 20;
/// People that are featured, or known; and how many of these are counted.
const FACES: usize = 6;
const FAMILIAR: usize = 20;
/// Characters of a bio in the description of its page.
const MAX_DESCRIPTION: usize = 200;

/// The local account of the path, and who is signed in.
pub(super) async fn account(c: &Context<'_>) -> Result<(Account, Option<Session>)> {
    let (session, found) = form::signed_in_with(c, Some(named(c, false)?)).await?;
    Ok((shown(found.flatten())?, session))
}

/// The account of the path, a local one unless `is_anywhere`.
fn named(c: &Context<'_>, is_anywhere: bool) -> Result<Query<Option<Account>>> {
    let asked = acct::parse(c.segment("username")?).ok_or(Error::NotFound)?;
    let here = c.app.domain_asked(c.request);
    let domain = c.app.handle_domain(asked.domain.as_deref(), here).ok_or(Error::NotFound)?;
    let domains = c.app.site().sharing(&domain);
    if is_anywhere && c.app.site().find_domain(&domain).is_none() {
        return Ok(store::accounts::present_by_handle(&asked.username, &domains));
    }
    Ok(store::accounts::local_by_username(&asked.username, &domains))
}

/// Errors: `NotFound` where there is none, `Gone` where it is suspended or deleted.
pub(super) fn shown(found: Option<Account>) -> Result<Account> {
    match found {
        Some(account) if account.is_suspended() => Err(Error::Gone),
        found => found.ok_or(Error::NotFound),
    }
}

/// The local account of the path. Errors: `NotFound` where there is none, `Gone` where it is suspended or deleted.
pub async fn local_account(c: &Context<'_>) -> Result<Account> {
    shown(store::load(&c.app.db, named(c, false)?).await?)
}

/// Redirects to the document of a page.
pub(super) fn to_document(c: &Context<'_>, uri: &str) -> Response {
    let suffix = if c.path.is_json() { ".json" } else { "" };
    Response::redirect(&format!("{uri}{suffix}")).with("Vary", "Accept")
}

/// Which statuses of an account a page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Posts,
    WithReplies,
    Media,
}

impl Tab {
    const ALL: [Self; 3] = [Self::Posts, Self::WithReplies, Self::Media];

    fn path(self) -> &'static str {
        match self {
            Self::Posts => "",
            Self::WithReplies => "/with_replies",
            Self::Media => "/media",
        }
    }

    fn word(self) -> Word {
        match self {
            Self::Posts => Word::PostsTab,
            Self::WithReplies => Word::WithReplies,
            Self::Media => Word::MediaTab,
        }
    }

    fn filter(self, account: &Account) -> OfAccount {
        match self {
            Self::Posts => OfAccount { excludes_replies: true, ..OfAccount::default() },
            Self::WithReplies => OfAccount::default(),
            Self::Media => OfAccount {
                only_media: true,
                excludes_reblogs: true,
                excludes_replies: !account.shows_media_replies,
                ..OfAccount::default()
            },
        }
    }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    tab(c, Tab::Posts).await
}

pub async fn with_replies(c: &Context<'_>) -> Result<Response> {
    tab(c, Tab::WithReplies).await
}

pub async fn media(c: &Context<'_>) -> Result<Response> {
    tab(c, Tab::Media).await
}

async fn tab(c: &Context<'_>, tab: Tab) -> Result<Response> {
    let (session, found) = form::signed_in_with(c, Some(named(c, true)?)).await?;
    // Of another server's, a suspended one is as absent.
    let account = shown(found.flatten().filter(|a| a.is_local() || !a.is_suspended()))?;
    let is_document = tab == Tab::Posts && c.wants_document();
    match &session {
        _ if account.is_local() && is_document => return Ok(to_document(c, &account.uri)),
        _ if account.is_local() => {}
        Some(_) if !is_document => {
            if form::is_asked_for(c) {
                resolve::profile_opened(c.app, &account);
            }
        }
        _ => return elsewhere(&account),
    }
    page(c, session.as_ref(), &account, tab, None).await
}

/// The page of a profile, with what stands at its end.
pub(super) async fn page(
    c: &Context<'_>,
    session: Option<&Session>,
    account: &Account,
    tab: Tab,
    end: Option<&Markup>,
) -> Result<Response> {
    let viewer = session.map(|(_, viewer, _)| viewer.id);
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let first = (page.max_id.is_none() && tab == Tab::Posts).then_some(account.id);
    let other = viewer.filter(|viewer| *viewer != account.id);
    let is_own = viewer == Some(account.id);
    if tab == Tab::Media && !account.shows_media && !is_own {
        return Ok(Response::redirect(&page_of(account)));
    }
    let parts = (
        store::timelines::of_account(account.id, viewer, &tab.filter(account), &page),
        first.map(|id| store::timelines::pinned(id, viewer)),
        account.moved_to_id.map(|_| store::accounts::successor(account.id)),
        viewer.map(store::filters::of),
        (
            other.map(|viewer| store::follows::relationships(viewer, &[account.id])),
            other.map(|viewer| store::lists::with_membership(viewer, account.id)),
        ),
        (
            first.map(store::tags::featured),
            first
                .filter(|_| is_own || account.shows_featured)
                .map(|id| store::profiles::endorsed(id, &Page::first(FACES))),
            first.map(|id| store::collections::titles(id, is_own)),
            first.and(other).map(|viewer| store::profiles::familiar(viewer, &[account.id], FAMILIAR)),
        ),
    );
    let (mut statuses, pinned, successor, filters, (relationship, lists), more) =
        store::load(&c.app.db, parts).await?;
    let pinned = pinned.unwrap_or_default();
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let own = page_of(account);
    let here = format!("{own}{}", tab.path());
    let back = form::address(c, &c.path.to_text(), &["max_id"]);
    let relationship = relationship.as_ref().and_then(|all| all.first());
    let reading = Reading::new(c, session, filters, "account", back);
    statuses.items.retain(|view| !pinned.iter().any(|p| p.status.id == view.status.id));
    let is_hidden = account.is_silenced() && !is_own && !relationship.is_some_and(|r| r.is_following);
    let body = html! {
        @if is_hidden { p.card { (say(Word::LimitedProfile)) } }
        (head(c, account, successor.flatten().filter(|a| !a.is_suspended()).as_ref(), viewer.is_none()))
        (featured(c, account, more))
        @if is_own { p { a href=(own_profile::HERE) { (say(Word::ProfileEdit)) } } }
        @if session.is_some_and(|(user, ..)| c.app.may(user, Permission::MANAGE_USERS)) { p { a href={ "/settings/people/" (account.id) } { (say(Word::Manage)) } } }
        @if let (Some(r), Some(session)) = (relationship, session) { (ties::section(c, account, r, session, &lists.unwrap_or_default(), &c.path.to_text())) }
        nav.tabs aria-label=(say(Word::Posts)) {
            @for one in Tab::ALL.into_iter().filter(|one| *one != Tab::Media || account.shows_media || is_own) {
                a href={ (own) (one.path()) } aria-current=[(one == tab).then_some("page")] { (say(one.word())) }
            }
        }
        @for view in &pinned { (reading.status(view, Shown { is_pinned: true, ..Shown::default() })) }
        @if tab == Tab::Media { (gallery(c, &reading, &statuses)) (pager::older(&statuses, &here, language)) }
        @else if !statuses.is_empty() || pinned.is_empty() { (reading.list(&statuses, &here)) }
        @else { (pager::older(&statuses, &here, language)) }
        @if let Some(end) = end { (end) }
    };
    let frame = Frame {
        title: account.name(),
        is_left_out: !(account.is_found_by_search() && account.is_local()),
        feeds_of: (tab != Tab::Media && account.is_local()).then_some(here.as_str()),
        head: account.is_local().then(|| preview(c, account)),
        ..Frame::default()
    };
    Ok(framed(c, &frame, &body))
}

/// Hashtags and people that somebody features, the titles of their collections, and whom the reader knows of their followers.
type More =
    (Option<Vec<Featured>>, Option<Listed<Account>>, Option<Vec<(Id, String)>>, Option<Vec<(Id, Account)>>);

fn featured(c: &Context<'_>, account: &Account, (tags, people, collections, familiar): More) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let (people, familiar) = (people.unwrap_or_default(), familiar.unwrap_or_default());
    let familiar: Vec<&Account> = familiar.iter().map(|(_, account)| account).collect();
    let tagged = |name: &str| match account.is_local() {
        true => format!("{}/tagged/{name}", account.url),
        false => format!("/tags/{name}"),
    };
    html! {
        @if !familiar.is_empty() {
            (faces(c, familiar.iter().copied().take(FACES)))
            p.meta { (text::fill(say(Word::FamiliarFollowers), &[("who", &who(c, &familiar, familiar.len()))])) }
        }
        @if let Some(tags) = tags.filter(|all| !all.is_empty()) {
            ul.tags aria-label=(say(Word::FeaturedTags)) { @for tag in &tags { li { a href=(tagged(&tag.name)) dir="auto" { "#" (tag.name) } } } }
        }
        @if !people.is_empty() {
            p.meta { (say(Word::FeaturedPeople)) }
            (faces(c, people.iter()))
        }
        @if let Some(all) = collections.filter(|all| !all.is_empty()) {
            p.meta { (say(Word::Collections)) ": " @for (n, (id, name)) in all.iter().enumerate() { @if n > 0 { " · " } (collection::link(*id, name)) } }
        }
    }
}

/// Leads to a profile on its own server. Error: `NotFound` where it has no page there.
fn elsewhere(account: &Account) -> Result<Response> {
    if text::is_web(&account.url) { Ok(Response::redirect(&account.url)) } else { Err(Error::NotFound) }
}

/// What other sites show of a link to the profile: <https://ogp.me/>.
fn preview(c: &Context<'_>, account: &Account) -> Markup {
    let title = format!("{} (@{})", account.name(), account.handle());
    html! {
        meta property="og:type" content="profile";
        meta property="og:title" content=(title);
        meta property="og:url" content=(account.url);
        meta property="og:image" content=(avatar(c, account));
        meta property="og:description" content=(excerpt(&account.note, MAX_DESCRIPTION));
        meta property="profile:username" content=(account.handle());
        meta name="twitter:card" content="summary";
    }
}

/// Who it is. Strangers are told how to follow from elsewhere.
fn head(c: &Context<'_>, account: &Account, successor: Option<&Account>, is_stranger: bool) -> Markup {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let count = |n, plural| language.count(n, plural);
    let links = c.app.links();
    html! {
        section.profile {
            @if let Some(header) = &account.header_url { img.banner src=(links.of(header)) alt=(account.header_description); }
            div.who {
                img.avatar src=(avatar(c, account)) alt=(account.avatar_description) width="96" height="96";
                div {
                    h1 dir="auto" { (text::name(c, account)) }
                    p.handle { "@" (account.handle()) (signs(account, language)) (badge(c, account)) }
                }
            }
            @if account.is_memorial { p.card { (say(Word::Memorial)) } }
            @if let Some(successor) = successor {
                p.card { (say(Word::MovedTo)) " " a href=(address(c, successor)) { "@" (successor.handle()) } }
            }
            div.text dir="auto" { (text::html(c, &account.note, &account.emojis)) }
            @if !account.fields.is_empty() { dl { @for field in &account.fields { (row(c, account, field, language)) } } }
            p.meta {
                (count(account.statuses_count, Plural::Posts)) " · "
                @for (path, n, plural) in [("following", account.following_count, Plural::Following), ("followers", account.followers_count, Plural::Followers)] {
                    @if account.is_local() { a href={ (account.url) "/" (path) } { (count(n, plural)) } } @else { (count(n, plural)) }
                    " · "
                }
                (say(Word::Joined).replace("{date}", &account.created_at.to_date()))
            }
            p.meta {
                @if account.is_local() {
                    a href={ (account.url) ".rss" } { (icon(Icon::Feed)) "RSS" }
                    @if is_stranger { " · " a href=(interact::address(&account.uri)) { (say(Word::InteractTitle)) } }
                } @else if text::is_web(&account.url) {
                    a href=(account.url) rel="nofollow noopener noreferrer" { (say(Word::ProfileElsewhere).replace("{domain}", &account.domain)) }
                }
            }
        }
    }
}

fn row(c: &Context<'_>, account: &Account, field: &Field, language: Language) -> Markup {
    let verified =
        field.verified_at.map(|at| format!("{}: {}", language.say(Word::DomainVerified), at.to_date()));
    html! {
        dt dir="auto" { (text::plain(c, &field.name, &account.emojis)) }
        dd.verified[verified.is_some()] dir="auto" {
            @if let Some(verified) = &verified { span.sign title=(verified) { (icon(Icon::Verified)) span.unseen { (verified) } } " " }
            (text::html(c, &field.value, &account.emojis))
        }
    }
}

/// The statuses of an account with a hashtag: featured hashtags link to it. There is no document of it. Error: `NotFound`
/// where this is no hashtag.
pub async fn tagged(c: &Context<'_>) -> Result<Response> {
    let (account, session) = account(c).await?;
    let viewer = session.as_ref().map(|(_, viewer, _)| viewer.id);
    let name = hashtags::normalise(c.segment("hashtag")?);
    if name.is_empty() {
        return Err(Error::NotFound);
    }
    let title = format!("#{name} · {}", account.name());
    let filter = OfAccount { tag: Some(name.clone()), ..OfAccount::default() };
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let query = store::timelines::of_account(account.id, viewer, &filter, &page);
    let (statuses, filters) = store::load(&c.app.db, (query, viewer.map(store::filters::of))).await?;
    let back = form::address(c, &c.path.to_text(), &["max_id"]);
    let reading = Reading::new(c, session.as_ref(), filters, "account", back);
    let body = html! {
        h1 dir="auto" { (title) }
        p.meta { a href=(account.url) { "@" (account.handle()) } }
        (reading.list(&statuses, &format!("{}/tagged/{name}", account.url)))
    };
    let frame = Frame { title: &title, is_left_out: !account.is_found_by_search(), ..Frame::default() };
    Ok(framed(c, &frame, &body))
}
