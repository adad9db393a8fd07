//! `/home`: the home timeline of who is signed in, and `/act`, what is done with a status.

use maud::{Markup, PreEscaped, html};

use super::compose::{begin, short};
use super::form::{self, Session, sign_in_first};
use super::parts::reactions::reactions;
use super::parts::reading::Reading;
use super::parts::sign_ins;
use super::parts::status::{Shown, page_of};
use super::sign_in::next;
use super::words::{Language, Word};
use super::{Frame, framed, script, secured};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::limits;
use crate::model::page::Page;
use crate::model::rate_limit::DELETIONS;
use crate::model::status::{StatusView, Visibility};
use crate::services;
use crate::services::permission;
use crate::store;
use crate::store::announcements::Announcement;

pub const HOME: &str = "/home";
pub const DISMISS: &str = "/announcements";
const SHOWN: usize = 20;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some((user, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HOME, &[]));
    };
    let language = Language::of(c.request);
    let page = Page { max_id: c.params.cursor("max_id")?, ..Page::first(SHOWN) };
    let is_first = page.max_id.is_none();
    let told = is_first.then(|| store::announcements::list(account.id, c.app.now()));
    let new = store::sign_ins::told_to(user.person, services::grant::hash(&secret), c.app.now());
    let timeline = store::timelines::home_merge(account.id, &page);
    let parts = (timeline, store::filters::of(account.id), told, is_first.then_some(new));
    let (statuses, filters, told, new) = store::load(&c.app.db, parts).await?;
    let told = told.unwrap_or_default();
    let here = form::address(c, HOME, &["max_id"]);
    let acts = permission::may_act(&account).is_ok();
    let session = (user, account, secret);
    let reading = Reading::new(c, Some(&session), Some(filters), "home", here);
    let (user, _, secret) = &session;
    let title = language.say(Word::HomeTimeline);
    let body = html! {
        h1 { (title) }
        (sign_ins::told(c, &new.unwrap_or_default(), secret, HOME))
        @for one in told.iter().filter(|one| !one.is_read) { (announcement(c, one, secret, language)) }
        @if !acts {
            p.card { (language.say(Word::HasMovedAway)) " " a href="/settings/migration" { (language.say(Word::Moving)) } }
        } @else if is_first {
            (short(c, &begin(user, HOME), &session))
        }
        (reading.list(&statuses, HOME))
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}

/// What the operator tells, until its reader has had enough of it.
fn announcement(c: &Context<'_>, one: &Announcement, secret: &str, language: Language) -> Markup {
    let hidden = html! {
        input type="hidden" name="form" value=(form::reading_token(c.app, "announcements", secret));
        input type="hidden" name="id" value=(one.id);
    };
    let all = one.reactions.iter().map(|r| (r.name.as_str(), r.count, r.is_own, r.url.as_deref()));
    let is_refused = c.params.filled("id").and_then(Id::parse) == Some(one.id);
    let typed = c.params.filled("react").filter(|_| is_refused);
    html! {
        aside.card aria-label=(language.say(Word::Announcements)) {
            div.text dir="auto" { (PreEscaped(&one.content)) }
            (reactions(c, all, Some((DISMISS, &hidden)), &format!("react-{}", one.id), typed))
            form method="post" action=(DISMISS) {
                (hidden)
                button.quiet type="submit" { (language.say(Word::MarkOneRead)) }
            }
        }
    }
}

pub async fn dismiss(c: &Context<'_>) -> Result<Response> {
    let account = match form::sender(c, "announcements", HOME).await? {
        Ok((_, account, _)) => account,
        Err(first) => return Ok(first),
    };
    let id = c.params.text("id").and_then(Id::parse);
    let all = store::load(&c.app.db, store::announcements::list(account.id, c.app.now())).await?;
    let found = all.iter().find(|one| Some(one.id) == id).ok_or(Error::NotFound)?;
    if let Some(typed) = c.params.filled("react") {
        let name = services::react::name_of(typed);
        match services::react::to_announcement(c.app, account.id, found, &name).await {
            Err(Error::Unprocessable(_)) => {
                let (id, typed) = (found.id, refused(typed));
                return Ok(Response::redirect(&format!("{HOME}?id={id}&react={typed}#react-{id}")));
            }
            done => done?,
        }
    } else {
        let change = match c.params.filled("unreact") {
            Some(name) => store::announcements::unreact(account.id, found.id, name),
            None => store::announcements::dismiss(account.id, found.id),
        };
        store::write(&c.app.db, vec![change]).await?;
    }
    Ok(Response::redirect(HOME))
}

/// A reaction that was refused, for the address of the page that shows it again.
fn refused(typed: &str) -> String {
    let typed: String = typed.chars().take(limits::REACTION).collect();
    url::form_urlencoded::byte_serialize(typed.as_bytes()).collect()
}

/// An action on a status. Leads back to where it was.
pub async fn act(c: &Context<'_>) -> Result<Response> {
    let session = match form::sender(c, "act", HOME).await? {
        Ok(session) => session,
        Err(first) => return Ok(first),
    };
    let account = &session.1;
    let id = c.params.text("status").and_then(Id::parse).ok_or(Error::NotFound)?;
    let visible = store::statuses::visible_by_id(id, Some(account.id));
    let view = store::load(&c.app.db, visible).await?.ok_or(Error::NotFound)?;
    let app = c.app;
    // A boost is another element than what it is of.
    let at = c.params.text("at").and_then(Id::parse).unwrap_or(id);
    let back = format!("{}#status-{at}", next(c));
    if let Some(name) = c.params.filled("unreact") {
        services::react::unreact(app, account, &view, name).await?;
        return done(c, &session, at, &back).await;
    }
    if let Some(typed) = c.params.filled("react") {
        return match react(c, account, &view, typed).await {
            Ok(()) => done(c, &session, at, &back).await,
            Err(Error::Unprocessable(_)) if !script::wants_part(c.request) => {
                Ok(Response::redirect(&format!("{}?react={}#react", page_of(view.proper()), refused(typed))))
            }
            // The script shows it beside the field that it is typed into.
            Err(Error::Unprocessable(_)) => {
                Err(Error::Unprocessable(Language::of(c.request).say(Word::NoEmoji).into()))
            }
            Err(error) => Err(error),
        };
    }
    let is_own = view.reblog.is_none() && view.status.account_id == account.id;
    let what = c.params.text("do").unwrap_or("");
    match what {
        "favourite" => services::interact::favourite(app, account, &view, None).await?,
        "unfavourite" => services::interact::unfavourite(app, account, &view).await?,
        "reblog" => {
            services::interact::reblog(app, account, &view, Visibility::Public, None).await?;
        }
        "unreblog" => services::interact::unreblog(app, account, &view).await?,
        "bookmark" => services::interact::bookmark(app, account, &view).await?,
        "unbookmark" => {
            let removed = store::marks::unbookmark(account.id, view.proper().status.id);
            store::write(&app.db, vec![removed]).await?;
        }
        "vote" => {
            // What is no number is no option.
            let choices = c.params.list("choices");
            let choices: Vec<usize> = choices.iter().map(|n| n.parse().unwrap_or(usize::MAX)).collect();
            services::vote::cast(app, account, &view, &choices).await?;
        }
        "mute" | "unmute" => {
            let thread = view.proper().status.thread();
            let change = match what {
                "mute" => store::marks::mute_thread(account.id, thread),
                _ => store::marks::unmute_thread(account.id, thread),
            };
            store::write(&app.db, vec![change]).await?;
        }
        "pin" | "unpin" | "delete" if !is_own => return Err(Error::NotFound),
        "pin" => services::feature::pin(app, account, &view.status).await?,
        "unpin" => services::feature::unpin(app, account, &view).await?,
        "delete" => {
            services::personal::pace(app, DELETIONS, 1)?;
            services::remove::status(app, account, &view, false).await?;
            // Its own page is gone.
            let next = next(c);
            let is_its_page = next.split('/').any(|part| part == id.to_string());
            return Ok(Response::redirect(if is_its_page { HOME } else { &next }));
        }
        _ => return Err(Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into())),
    }
    done(c, &session, at, &back).await
}

/// Where an action leads; the page's script gets the status alone.
async fn done(c: &Context<'_>, session: &Session, at: Id, back: &str) -> Result<Response> {
    if script::wants_part(c.request) { part(c, session, at).await } else { Ok(Response::redirect(back)) }
}

async fn react(c: &Context<'_>, account: &Account, view: &StatusView, typed: &str) -> Result<()> {
    let name = services::react::name_of(typed);
    let url = services::react::picture(c.app, view, &name).await?;
    services::react::react(c.app, account, view, &name, url.as_deref(), None).await.map(|_| ())
}

/// A status alone, for the page's script, which takes from it what has changed; nothing where it is gone.
async fn part(c: &Context<'_>, session: &Session, at: Id) -> Result<Response> {
    let view = store::load(&c.app.db, store::statuses::visible_by_id(at, Some(session.1.id))).await?;
    let reading = Reading::new(c, Some(session), None, "home", next(c));
    let how = Shown { is_opened: true, ..Shown::default() };
    let body = view.map(|view| reading.status(&view, how)).unwrap_or_default();
    Ok(secured(Response::html(body.into_string()), true))
}
