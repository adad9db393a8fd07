//! The page of a status with its thread: of one of ours for everybody, of another server's for people here.

use std::collections::{HashMap, HashSet};

use maud::{Markup, html};

use super::compose::{answer_to, short};
use super::form::Session;
use super::parts::account::avatar;
use super::parts::reading::Reading;
use super::parts::status::Shown;
use super::profile::{shown, to_document};
use super::words::{Language, Word};
use super::{Frame, form, framed, interact};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::media::Kind;
use crate::model::receipt::Receipt;
use crate::model::status::StatusView;
use crate::services::permission;
use crate::store;
use crate::text::excerpt::excerpt;
use crate::text::{acct, embed, escape};

/// Maximum characters of a status in the title of its page, and in its description.
const MAX_TITLE: usize = 60;
const MAX_DESCRIPTION: usize = 300;
/// Statuses above and below it, and levels below: as Mastodon shows them to strangers.
const ABOVE: usize = 40;
const BELOW: usize = 60;
const DEEP: usize = 20;
/// Steps by which answers are indented; deeper ones stay at the last.
const STEPS: usize = 4;

fn delivery(receipt: &Receipt, language: Language) -> Markup {
    let refused: Vec<&String> = receipt.refused.iter().map(|(domain, _)| domain).collect();
    let trying: Vec<&String> = receipt.trying.iter().collect();
    let list = |all: Vec<&String>| all.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    html! {
        p.meta {
            (language.say(Word::ServersHaveIt)) " " (receipt.delivered()) " / " (receipt.servers)
            @if !trying.is_empty() { br; (language.say(Word::StillTrying)) " " (receipt.trying_count) " (" (list(trying)) ")" }
            @if !refused.is_empty() { br; (language.say(Word::Refused)) " " (receipt.refused_count) " (" (list(refused)) ")" }
        }
    }
}

/// The account of the path, where it is one of ours, and who is signed in, with the secret of their session. Errors: as
/// [`shown`]; `NotFound` for strangers where it is of another server, whose own pages are for them.
async fn asked(c: &Context<'_>) -> Result<(Option<Account>, Option<Session>)> {
    let handle = acct::parse(c.segment("username")?).ok_or(Error::NotFound)?;
    let here = c.app.domain_asked(c.request);
    let domain = c.app.handle_domain(handle.domain.as_deref(), here).ok_or(Error::NotFound)?;
    let is_ours = c.app.site().find_domain(&domain).is_some();
    let domains = c.app.site().sharing(&domain);
    let named = is_ours.then(|| store::accounts::local_by_username(&handle.username, &domains));
    let (session, found) = form::signed_in_with(c, named).await?;
    match found.flatten() {
        Some(found) => Ok((Some(shown(Some(found))?), session)),
        None if session.is_some() => Ok((None, session)),
        None => Err(Error::NotFound),
    }
}

/// Whether the status is of the account of the path: `account`, or the one of another server that it names.
fn is_of(c: &Context<'_>, account: Option<&Account>, view: &StatusView) -> bool {
    match account {
        Some(account) => view.account.id == account.id && view.status.is_local,
        None => {
            let named = c.segment("username").unwrap_or_default();
            !view.status.is_local
                && named.trim_start_matches('@').eq_ignore_ascii_case(&view.account.handle())
        }
    }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let (account, session) = asked(c).await?;
    let id = c.id("id")?;
    let viewer = session.as_ref().map(|(_, viewer, _)| viewer.id);
    let is_page = !c.wants_document();
    let parts = (
        store::statuses::visible_by_id(id, viewer),
        is_page.then(|| store::timelines::ancestors(id, viewer, ABOVE)),
        is_page.then(|| store::timelines::descendants(id, viewer, BELOW, DEEP)),
        viewer.filter(|_| is_page).map(store::filters::of),
    );
    let (view, above, below, filters) = store::load(&c.app.db, parts).await?;
    let (above, below) = (above.unwrap_or_default(), below.unwrap_or_default());
    let view = view.filter(|view| is_of(c, account.as_ref(), view)).ok_or(Error::NotFound)?;
    if !is_page {
        return Ok(to_document(c, &view.status.uri));
    }
    let language = Language::of(c.request);
    let shown = view.proper();
    // Tabs, bookmarks and search results show the title, so it does not contain what is behind a warning.
    let open = if shown.status.spoiler_text.is_empty() {
        shown.status.content.clone()
    } else {
        escape::html(&shown.status.spoiler_text)
    };
    // It is loaded for the author only.
    let receipt = view.flags.receipt.as_ref().filter(|_| view.reblog.is_none());
    let here = c.path.to_text();
    let who = session.as_ref().filter(|(_, viewer, _)| permission::may_act(viewer).is_ok());
    let reading = Reading::new(c, session.as_ref(), filters, "thread", here.clone());
    let in_thread = Shown { is_in_thread: true, ..Shown::default() };
    let body = html! {
        h1.unseen { (language.say(Word::PostBy)) " " (super::text::name(c, &shown.account)) }
        @if !above.is_empty() { section.above-it { @for view in &above { (reading.status(view, in_thread)) } } }
        (reading.status(&view, Shown { is_opened: true, refused_reaction: c.params.filled("react"), ..Shown::default() }))
        @if session.is_none() { p.meta { a href=(interact::address(&shown.status.uri)) { (language.say(Word::InteractTitle)) } } }
        @if let Some(receipt) = receipt { (delivery(receipt, language)) }
        @if account.is_some() && view.reblog.is_none() && view.status.visibility.is_distributable() { (embedding(&view, language)) }
        @if let Some(session @ (user, viewer, _)) = who { (short(c, &answer_to(shown, user, viewer, &here), session)) }
        (answers(&reading, view.status.id, &below, in_thread))
    };
    let title = excerpt(&open, MAX_TITLE);
    let frame = Frame {
        title: &title,
        is_left_out: !(shown.account.is_found_by_search()
            && account.as_ref().is_some_and(Account::is_found_by_search)),
        head: account.is_some().then(|| preview(c, shown, &excerpt(&open, MAX_DESCRIPTION))),
        ..Frame::default()
    };
    Ok(framed(c, &frame, &body))
}

/// The HTML that shows it on another site.
fn embedding(view: &StatusView, language: Language) -> Markup {
    let label = language.say(Word::Embed);
    let title = format!("{} {}", language.say(Word::PostBy), view.account.name());
    html! {
        details {
            summary { (label) }
            textarea.code readonly rows="5" aria-label=(label) spellcheck="false" { (embed::code(&view.status.url, &title, 400, None)) }
        }
    }
}

/// What other sites show of a link to it: <https://ogp.me/>, and <https://oembed.com/>. Nothing that is behind a warning.
fn preview(c: &Context<'_>, view: &StatusView, text: &str) -> Markup {
    let (status, author) = (&view.status, &view.account);
    let is_covered = view.is_sensitive() || !status.spoiler_text.is_empty();
    let links = c.app.links();
    let picture = status.media.iter().find(|file| Kind::from_name(&file.kind) == Kind::Image && !is_covered);
    let image = match picture {
        Some(file) => links.of(file.preview_url.as_deref().unwrap_or(&file.url)).into_owned(),
        None => avatar(c, author),
    };
    let asked: String = url::form_urlencoded::byte_serialize(status.url.as_bytes()).collect();
    html! {
        meta property="og:type" content="article";
        meta property="og:title" content={ (author.name()) " (@" (author.handle()) ")" };
        meta property="og:url" content=(status.url);
        meta property="og:description" content=(text);
        meta property="og:image" content=(image);
        @if let Some(text) = picture.and_then(|file| file.description.as_deref()) { meta property="og:image:alt" content=(text); }
        meta property="article:published_time" content=(status.created_at.to_iso());
        meta property="profile:username" content=(author.handle());
        meta name="fediverse:creator" content={ "@" (author.handle()) };
        meta name="twitter:card" content=(if picture.is_some() { "summary_large_image" } else { "summary" });
        link rel="alternate" type="application/json+oembed" href={ "/api/oembed?url=" (asked) };
    }
}

/// The answers to a status as a tree. What answers something that is not shown stands at the first step.
fn answers(reading: &Reading<'_>, opened: Id, below: &[StatusView], how: Shown<'_>) -> Markup {
    let shown: HashSet<Id> = below.iter().map(|view| view.status.id).collect();
    let mut tree = Tree { reading, how, children: HashMap::new() };
    for view in below {
        let parent = view.status.in_reply_to_id.filter(|id| shown.contains(id)).unwrap_or(opened);
        tree.children.entry(parent).or_default().push(view);
    }
    tree.branch(opened, 1)
}

struct Tree<'a> {
    reading: &'a Reading<'a>,
    how: Shown<'a>,
    children: HashMap<Id, Vec<&'a StatusView>>,
}

impl Tree<'_> {
    fn of(&self, id: Id) -> &[&StatusView] {
        self.children.get(&id).map(Vec::as_slice).unwrap_or_default()
    }

    fn branch(&self, of: Id, step: usize) -> Markup {
        let all = self.of(of);
        html! {
            @if !all.is_empty() {
                ol.answers {
                    @for view in all {
                        li {
                            (self.reading.status(view, self.how))
                            @if step < STEPS { (self.branch(view.status.id, step + 1)) }
                        }
                        @if step == STEPS { (self.deeper(view)) }
                    }
                }
            }
        }
    }

    /// What is below the last step, in its order, each with the name of whom it answers.
    fn deeper(&self, above: &StatusView) -> Markup {
        let mut waiting = vec![(above, self.of(above.status.id).iter())];
        let mut all = Vec::new();
        while let Some((parent, mut rest)) = waiting.pop() {
            let Some(view) = rest.next() else { continue };
            waiting.push((parent, rest));
            all.push((*view, format!("@{}", parent.account.username)));
            waiting.push((view, self.of(view.status.id).iter()));
        }
        html! {
            @for (view, name) in &all {
                @let how = Shown { answered: Some(name), ..self.how };
                li { (self.reading.status(view, how)) }
            }
        }
    }
}
