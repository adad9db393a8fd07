//! `/settings/announcements`: what staff tells everybody here, at once or at a time.

use maud::{Markup, PreEscaped, html};

use super::form::{self, Session};
use super::parts::composer::check;
use super::parts::form::{outcome, token};
use super::parts::time;
use super::text::fill;
use super::words::{Language, Word};
use super::{page, preferences};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::announcement::Draft;
use crate::model::id::Id;
use crate::model::role::Permission;
use crate::model::time::Time;
use crate::services::announcements::{self, BACKWARDS, MAX_KEPT, MAX_TEXT};
use crate::store;
use crate::store::announcements::Written;

pub const HERE: &str = "/settings/announcements";
const FORM: &str = "staff announcements";
const PERMISSION: Permission = Permission::MANAGE_ANNOUNCEMENTS;

/// How one stands: not published, later, over, or since when it is to be seen.
fn state(c: &Context<'_>, one: &Written) -> Markup {
    let (now, say) = (c.app.now(), |word| Language::of(c.request).say(word));
    html! {
        @match one.published_at {
            None => (say(Word::AnnouncementIsDraft)),
            Some(at) if at > now => { (say(Word::AnnouncementIsPlanned)) " " (time::minute(c, at)) },
            Some(_) if one.draft.end().is_some_and(|end| end <= now) => (say(Word::AnnouncementIsOver)),
            Some(at) => { (say(Word::AnnouncementIsOut)) " " (time::minute(c, at)) },
        }
    }
}

/// The times that one is about, where it is about any.
fn about(c: &Context<'_>, draft: &Draft) -> Option<Markup> {
    let say = |word| Language::of(c.request).say(word);
    // Days are the same in every zone.
    let shown = |at: Time| {
        if draft.is_all_day {
            html! { (at.to_date()) }
        } else {
            time::minute(c, at)
        }
    };
    let from = draft.starts_at.map(|at| fill(say(Word::AnnouncementFrom), &[("from", &shown(at))]));
    let to = draft.ends_at.map(|at| fill(say(Word::AnnouncementTo), &[("to", &shown(at))]));
    (from.is_some() || to.is_some()).then(|| {
        html! {
            p.meta { (say(Word::AnnouncementAbout)) @for part in [from, to].into_iter().flatten() { " " (part) } }
        }
    })
}

/// When one is to be published, as long as that has not come.
fn planned(c: &Context<'_>, one: &Written) -> Option<Time> {
    one.published_at.filter(|at| *at > c.app.now())
}

/// The fields of one, with what was typed before.
fn fields(c: &Context<'_>, draft: &Draft) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let shown = |at: Option<Time>| match at {
        // Days are the same in every zone.
        Some(at) if draft.is_all_day => at.to_iso().chars().take(16).collect(),
        Some(at) => time::input(c, at),
        None => String::new(),
    };
    html! {
        label for="text" { (say(Word::Announcement)) }
        textarea id="text" name="text" rows="4" dir="auto" required maxlength=(MAX_TEXT) { (draft.text) }
        p.hint {
            (time::label(c, say(Word::TimesZone))) " "
            a href=(preferences::HERE) { (say(Word::TimesZoneChange)) }
        }
        label for="starts_at" { (time::label(c, say(Word::AnnouncementStarts))) }
        input id="starts_at" type="datetime-local" name="starts_at" value=(shown(draft.starts_at));
        label for="ends_at" { (time::label(c, say(Word::AnnouncementEnds))) }
        input id="ends_at" type="datetime-local" name="ends_at" value=(shown(draft.ends_at));
        (check("all_day", say(Word::AnnouncementAllDay), draft.is_all_day))
    }
}

/// The field for when it is published, with what was typed, or is planned.
fn at(c: &Context<'_>, planned: Option<Time>) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let shown = match c.params.text("at") {
        Some(typed) => typed.to_owned(),
        None => planned.map(|at| time::input(c, at)).unwrap_or_default(),
    };
    html! {
        label for="at" { (time::label(c, say(Word::AnnouncementAt))) }
        input id="at" type="datetime-local" name="at" value=(shown);
    }
}

fn typed(c: &Context<'_>) -> Draft {
    let is_all_day = c.params.filled("all_day").is_some();
    let time_of = |name: &str| {
        let text = c.params.filled(name)?;
        if is_all_day { Time::parse_iso(&format!("{text:.10}T00:00:00Z")) } else { time::typed(c, text) }
    };
    Draft {
        text: c.params.text("text").unwrap_or("").to_owned(),
        starts_at: time_of("starts_at"),
        ends_at: time_of("ends_at"),
        is_all_day,
    }
}

async fn list(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Result<Response> {
    let all = store::load(&c.app.db, store::announcements::all(MAX_KEPT)).await?;
    let say = |word| Language::of(c.request).say(word);
    let hidden = token(c, FORM, &session.2);
    let draft = if wrong.is_some() { typed(c) } else { Draft::default() };
    let body = html! {
        h1 { (say(Word::Announcements)) }
        p.lead { (say(Word::AnnouncementsLead)) }
        (outcome(c, wrong))
        form method="post" action=(HERE) {
            (hidden)
            ul.plain { @for one in &all { li {
                p.meta { (state(c, one)) }
                (about(c, &one.draft).unwrap_or_default())
                div.text dir="auto" { (PreEscaped(&one.content)) }
                p {
                    a href={ (HERE) "/" (one.id) } { (say(Word::Edit)) } " "
                    @if one.published_at.is_none_or(|at| at > c.app.now()) { button.quiet type="submit" name="publish" value=(one.id) { (say(Word::Announce)) } " " }
                    @if one.published_at.is_some() { button.quiet type="submit" name="withdraw" value=(one.id) { (say(Word::AnnouncementWithdraw)) } " " }
                    button.quiet type="submit" name="remove" value=(one.id) { (say(Word::Remove)) }
                }
            } } }
        }
        form method="post" action=(HERE) {
            (hidden)
            (fields(c, &draft))
            (at(c, None))
            button.quiet type="submit" name="do" value="keep" { (say(Word::AnnouncementDraft)) }
            " " button type="submit" name="do" value="publish" { (say(Word::Announce)) }
        }
    };
    Ok(page(c, say(Word::Announcements), true, &body).status(if wrong.is_some() { 422 } else { 200 }))
}

async fn edit(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Result<Response> {
    let id = c.id("id")?;
    let known = announcements::find(c.app, id).await?;
    let draft = if wrong.is_some() { typed(c) } else { known.draft.clone() };
    let say = |word| Language::of(c.request).say(word);
    let body = html! {
        h1 { (say(Word::Announcements)) }
        p.meta { (state(c, &known)) }
        (outcome(c, wrong))
        form method="post" action={ (HERE) "/" (id) } {
            (token(c, FORM, &session.2))
            (fields(c, &draft))
            @if known.published_at.is_none_or(|at| at > c.app.now()) { (at(c, planned(c, &known))) }
            button type="submit" name="do" value="save" { (say(Word::Save)) }
            @if known.published_at.is_none_or(|at| at > c.app.now()) { " " button.quiet type="submit" name="do" value="publish" { (say(Word::Announce)) } }
        }
        p { a href=(HERE) { (say(Word::Announcements)) } }
    };
    Ok(page(c, say(Word::Announcements), true, &body).status(if wrong.is_some() { 422 } else { 200 }))
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, PERMISSION, HERE, &[]).await? {
        Ok(session) => list(c, &session, None).await,
        Err(response) => Ok(response),
    }
}

pub async fn one(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, PERMISSION, HERE, &[]).await? {
        Ok(session) => edit(c, &session, None).await,
        Err(response) => Ok(response),
    }
}

/// The sentence for what is refused.
fn why(error: &str) -> Word {
    if error.ends_with(BACKWARDS) { Word::AnnouncementBackwards } else { Word::SiteWrong }
}

/// When it is to be published, as typed; now where nothing is.
fn typed_at(c: &Context<'_>) -> Time {
    c.params.filled("at").and_then(|text| time::typed(c, text)).unwrap_or(c.app.now())
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let session = match form::staff_sender(c, PERMISSION, FORM, HERE).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let user = &session.0;
    let id = |name: &str| c.params.text(name).and_then(Id::parse);
    let done = match (id("publish"), id("withdraw"), id("remove")) {
        (Some(id), ..) => announcements::publish(c.app, user, id, Some(c.app.now())).await,
        (_, Some(id), _) => announcements::publish(c.app, user, id, None).await,
        (.., Some(id)) => announcements::delete(c.app, user, id).await,
        _ => {
            let at = (c.params.text("do") == Some("publish")).then(|| typed_at(c));
            announcements::add(c.app, user, typed(c), at).await.map(|_| ())
        }
    };
    match done {
        Ok(()) => Ok(Response::redirect(&format!("{HERE}?saved=1"))),
        Err(Error::Unprocessable(what)) => list(c, &session, Some(why(&what))).await,
        Err(error) => Err(error),
    }
}

pub async fn change(c: &Context<'_>) -> Result<Response> {
    let session = match form::staff_sender(c, PERMISSION, FORM, HERE).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let (id, user) = (c.id("id")?, &session.0);
    let known = announcements::find(c.app, id).await?;
    // Whoever saves one that is planned may have typed another time; a field that was emptied leaves it as it is.
    let is_moved =
        planned(c, &known).zip(c.params.filled("at")).is_some_and(|(at, typed)| typed != time::input(c, at));
    let done = match announcements::change(c.app, user, id, typed(c)).await {
        Ok(()) if is_moved || c.params.text("do") == Some("publish") => {
            announcements::publish(c.app, user, id, Some(typed_at(c))).await
        }
        done => done,
    };
    match done {
        Ok(()) => Ok(Response::redirect(&format!("{HERE}/{id}?saved=1"))),
        Err(Error::Unprocessable(what)) => edit(c, &session, Some(why(&what))).await,
        Err(error) => Err(error),
    }
}
