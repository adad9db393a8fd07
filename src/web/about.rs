//! The front page, and what the server is about.

use maud::{Markup, PreEscaped, html};

use super::parts::account::line;
use super::parts::reading::Reading;
use super::parts::rules;
use super::parts::sign_up;
use super::parts::who::faces;
use super::profile::{self, Tab};
use super::terms as terms_page;
use super::words::{Language, Plural, Word};
use super::{Frame, branding, form, framed, public};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::domain_block::Shown;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::sign_up::Mode;
use crate::model::site::{Front, host_of};
use crate::model::site_text::{Kind, day};
use crate::model::time::Time;
use crate::services::site_texts;
use crate::services::terms::MAX_VERSIONS;
use crate::store;
use crate::store::Query;
use crate::store::timelines::Public;
use crate::text::excerpt::excerpt;

pub const ABOUT: &str = "/about";
pub const PRIVACY: &str = "/privacy-policy";
pub const TERMS: &str = "/terms-of-service";
/// Statuses of the front page: the rows that a stranger reads stay few where all of them quote others.
const SHOWN: usize = 15;
/// People of the front page.
const PEOPLE: usize = 12;
/// Characters of a bio.
const MAX_BIO: usize = 120;
/// Domain blocks that are listed.
const MAX_BLOCKS: usize = 500;

/// Whom to write to about the server; `None` where that is nobody, or not any more.
fn contact(c: &Context<'_>) -> Option<Query<Option<Account>>> {
    c.app.site().contact_account_id.map(store::accounts::present)
}

/// Whether the front page is a profile. `is_alone`: all accounts here are of one person.
fn is_profile(front: Front, is_alone: bool) -> bool {
    match front {
        Front::Auto => is_alone,
        Front::About => false,
        Front::Profile => true,
    }
}

/// The front page: the profile of whom to write to, where the operator wants that or they are alone here; else what the server is
/// about, its people and what is new.
pub async fn front(c: &Context<'_>) -> Result<Response> {
    let site = c.app.site();
    if !site.is_set_up {
        return Ok(Response::redirect("/setup"));
    }
    let (session, front) = form::signed_in_with(c, site.contact_account_id.map(store::site::front)).await?;
    let is_shown = session.is_some() || crate::services::personal::strangers_may_read(c.app);
    let front = front.flatten();
    let end = end(c);
    if let Some(front) = &front
        && is_profile(site.front, front.is_alone)
        && front.owner.is_local()
        && is_shown
    {
        return profile::page(c, session.as_ref(), &front.owner, Tab::Posts, Some(&end)).await;
    }
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let viewer = session.as_ref().map(|(_, account, _)| account.id);
    let newest =
        is_shown.then(|| store::timelines::public(Public::Local, viewer, false, &Page::first(SHOWN)));
    let listed = front.iter().flat_map(|front| &front.people).filter(|(_, is_ours)| *is_ours);
    let ids: Vec<Id> = listed.map(|(id, _)| *id).take(PEOPLE).collect();
    let parts = (store::profiles::found(&ids), newest, viewer.map(store::filters::of));
    let (people, statuses, filters) = store::load(&c.app.db, parts).await?;
    let statuses = statuses.unwrap_or_default();
    let reading = Reading::new(c, session.as_ref(), filters, "public", "/".into());
    let body = html! {
        (branding::banner(c.app))
        h1 dir="auto" { (site.title) }
        p.lead dir="auto" { @if site.description.is_empty() { (say(Word::AboutLead)) } @else { (site.description) } }
        (apps(c))
        @if let Some((_, viewer, _)) = &session {
            p.meta { (say(Word::SignedInAs)) " " a href=(viewer.url) { "@" (viewer.handle()) } }
        }
        @if let Some(front) = &front { (person(c, &front.owner)) }
        @if !people.is_empty() {
            h2 { (say(Word::Directory)) }
            (faces(c, &people))
            p { a href=(public::DIRECTORY) { (say(Word::MorePeople)) } }
        }
        @if !statuses.is_empty() {
            h2 { (say(Word::LocalTimeline)) }
            (reading.list(&statuses, public::LOCAL))
        }
        (end)
    };
    Ok(framed(c, &Frame { title: &site.title, ..Frame::default() }, &body))
}

/// How one uses the server with an app.
fn apps(c: &Context<'_>) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    html! {
        div.card {
            p { (say(if c.app.config.is_https() { Word::AboutApps } else { Word::AboutLocal })) }
            span.code { (host_of(&c.app.home().web_origin)) }
            p.hint { (say(Word::AboutFollow)) }
        }
    }
}

/// The end of the front page.
fn end(c: &Context<'_>) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    html! {
        footer {
            @if form::session_secret(c).is_none() { (sign_up::link(c)) }
            p {
                a href=(ABOUT) { (say(Word::AboutTitle)) } " · " a href=(PRIVACY) { (say(Word::PrivacyPolicy)) } " · "
                @for one in Language::ALL { a href={ "?lang=" (one.code()) } lang=(one.code()) hreflang=(one.code()) { (one.name()) } " " }
            }
            p { "Sori " (crate::config::VERSION) }
        }
    }
}

fn person(c: &Context<'_>, account: &Account) -> Markup {
    html! { ul.people { (line(c, account, &excerpt(&account.note, MAX_BIO))) } }
}

/// What the server is about: its description, whom to write to, its rules, and which servers it keeps out.
pub async fn about(c: &Context<'_>) -> Result<Response> {
    let site = c.app.site();
    if !site.is_set_up {
        return Ok(Response::redirect("/setup"));
    }
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let texts = (site_texts::written_description(), store::site_texts::dates(Kind::Terms, 1));
    let parts =
        (contact(c), store::rules::all(), store::site::counts(), store::domain_blocks::public(), texts);
    let (contact, known_rules, (users, statuses, _), blocks, (description, terms)) =
        store::load(&c.app.db, parts).await?;
    let (description, _) = site_texts::description(c.app, description);
    let body = html! {
        (branding::banner(c.app))
        h1 dir="auto" { (site.title) }
        div.text dir="auto" { (PreEscaped(&description)) }
        (apps(c))
        @if site.sign_up.mode == Mode::Open { p { (say(Word::SignUpByApp)) } }
        (sign_up::link(c))
        p.meta { (language.count(users, Plural::Members)) " · " (language.count(statuses, Plural::Posts)) }
        @if let Some(contact) = contact.flatten() {
            h2 { (say(Word::Contact)) }
            (person(c, &contact))
            @if !site.contact_email.is_empty() { p { a href={ "mailto:" (site.contact_email) } { (site.contact_email) } } }
        }
        (rules::rules(&known_rules, language))
        @if !blocks.is_empty() && site.shown_blocks == Shown::All {
            details {
                summary { (say(Word::Servers)) " · " (blocks.len()) }
                ul.plain { @for block in blocks.iter().take(MAX_BLOCKS) {
                    li { (block.public_name()) @if !block.comment.is_empty() { span.hint dir="auto" { " " (block.comment) } } }
                } }
            }
        }
        p { a href=(PRIVACY) { (say(Word::PrivacyPolicy)) }
            @if !terms.is_empty() { " · " a href=(TERMS) { (say(Word::TermsOfService)) } }
        }
    };
    Ok(framed(c, &Frame { title: say(Word::AboutTitle), ..Frame::default() }, &body))
}

pub async fn privacy(c: &Context<'_>) -> Result<Response> {
    version(c, Kind::Privacy, None).await
}

/// Error: `NotFound` where the operator has written none.
pub async fn terms(c: &Context<'_>) -> Result<Response> {
    version(c, Kind::Terms, None).await
}

pub async fn privacy_of_date(c: &Context<'_>) -> Result<Response> {
    version(c, Kind::Privacy, Some(day(c.segment("date")?).ok_or(Error::NotFound)?)).await
}

pub async fn terms_of_date(c: &Context<'_>) -> Result<Response> {
    version(c, Kind::Terms, Some(day(c.segment("date")?).ok_or(Error::NotFound)?)).await
}

/// A version of a text, with the way to all others.
async fn version(c: &Context<'_>, kind: Kind, asked: Option<Time>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let title = say(terms_page::title(kind));
    let shown = site_texts::version(c.app, kind, asked, language.code()).await?;
    let dates = store::load(&c.app.db, store::site_texts::dates(kind, MAX_VERSIONS)).await?;
    let now = c.app.now();
    let link = |date: Time| html! { a href={ (kind.path()) "/" (date.to_date()) } { (date.to_date()) } };
    let body = html! {
        h1 { (title) }
        p.meta { (say(Word::TermsHoldFrom)) " " (shown.effective_at.to_date()) }
        @if let Some(next) = shown.succeeded_at {
            p.card role="status" {
                (say(if next <= now { Word::TermsFormer } else { Word::TermsNext })) " " (link(next))
            }
        }
        div.text dir="auto" { (PreEscaped(shown.content)) }
        @if dates.iter().any(|date| *date != shown.effective_at) {
            h2 { (say(Word::TermsVersions)) }
            ul.plain { @for date in dates { li { (link(date)) } } }
        }
    };
    Ok(framed(c, &Frame { title, ..Frame::default() }, &body))
}
