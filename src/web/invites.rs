//! `/settings/invites`: the invitations that somebody has made, and for staff those of everybody.

use maud::{Markup, html};

use super::form::{self, Session, sign_in_first};
use super::page;
use super::parts::composer::{check, choice};
use super::parts::time::minute;
use super::words::{Language, Word};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::role::Permission;
use crate::model::sign_up::{Invite, Mode};
use crate::services::invites::{self, MOST, Wanted};
use crate::store;

pub const HERE: &str = "/settings/invites";
const FORM: &str = "invites";
/// What is kept where the form is shown again.
const TYPED: [&str; 1] = ["comment"];
/// Uses to choose from.
const USES: [&str; 6] = ["1", "5", "10", "25", "50", "100"];
/// Seconds to choose from.
pub(super) const LASTS: [(&str, Word); 6] = [
    ("1800", Word::LastsHalfHour),
    ("43200", Word::LastsHalfDay),
    ("86400", Word::LastsDay),
    ("604800", Word::LastsWeek),
    ("2592000", Word::LastsMonth),
    ("", Word::LastsForEver),
];

/// Whether somebody may invite.
fn may_invite(c: &Context<'_>, session: &Session) -> bool {
    c.app.may(&session.0, Permission::INVITE_USERS)
}

/// Whether somebody sees and ends the invitations of all.
fn manages(c: &Context<'_>, session: &Session) -> bool {
    c.app.may(&session.0, Permission::MANAGE_INVITES)
}

/// Whether somebody's invitations may spare the approval.
fn may_skip(c: &Context<'_>, session: &Session) -> bool {
    c.app.may(&session.0, Permission::INVITE_BYPASS_APPROVAL)
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::signed_in(c).await? {
        None => Ok(sign_in_first(c, HERE, &TYPED)),
        Some(session) if may_invite(c, &session) => answer(c, &session, None).await,
        Some(_) => Err(Error::NotFound),
    }
}

async fn answer(c: &Context<'_>, session: &Session, wrong: Option<Word>) -> Result<Response> {
    let (_, account, secret) = session;
    let say = |word| Language::of(c.request).say(word);
    let of = (!manages(c, session)).then_some(account.id);
    let all = store::load(&c.app.db, store::invites::newest(of, MOST)).await?;
    let token = form::token(c.app, FORM, secret);
    let hidden = html! { input type="hidden" name="form" value=(token); };
    let uses: Vec<(&str, &str)> =
        std::iter::once(("", say(Word::InviteAnyNumber))).chain(USES.map(|n| (n, n))).collect();
    let lasts = LASTS.map(|(value, word)| (value, say(word)));
    let typed = |name: &str| c.params.text(name).unwrap_or("");
    let body = html! {
        h1 { (say(Word::Invites)) }
        p.lead { (say(Word::InvitesLead)) }
        @if c.app.site().sign_up.mode == Mode::Closed { p.error { (say(Word::InvitesClosed)) } }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        form method="post" action=(HERE) {
            (hidden)
            (choice("uses", say(Word::InviteUses), &uses, typed("uses")))
            (choice("lasts", say(Word::Lasts), &lasts, if wrong.is_some() { typed("lasts") } else { "604800" }))
            (check("is_followed", say(Word::InviteFollows), c.params.filled("is_followed").is_some()))
            @if may_skip(c, session) { (check("skips_approval", say(Word::InviteSkips), c.params.filled("skips_approval").is_some())) }
            label for="comment" { (say(Word::InviteComment)) }
            input id="comment" name="comment" value=(typed("comment")) maxlength="200" dir="auto";
            button type="submit" name="do" value="make" { (say(Word::InviteMake)) }
        }
        @if !all.is_empty() {
            form method="post" action=(HERE) {
                (hidden)
                ul.plain { @for (one, name) in &all { (line(c, one, name, one.account_id != account.id)) } }
            }
        }
    };
    Ok(page(c, say(Word::Invites), true, &body).status(if wrong.is_some() { 422 } else { 200 }))
}

fn line(c: &Context<'_>, one: &Invite, name: &str, is_of_other: bool) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let link = format!("{}/invite/{}", c.app.home().web_origin, one.code);
    let is_usable = one.is_usable(c.app.now());
    html! { li {
        div {
            @if is_usable { a.whole href=(link) { (link) } } @else { span.meta { (say(Word::InviteEnded)) } }
            div.meta {
                (say(Word::InviteUsed)) " " (one.uses) @if let Some(most) = one.max_uses { " / " (most) }
                @if let Some(at) = one.expires_at { " · " (say(Word::Until)) " " (minute(c, at)) }
                @if is_of_other { " · @" (name) }
            }
            @if !one.comment.is_empty() { div dir="auto" { (one.comment) } }
        }
        @if is_usable { button.quiet type="submit" name="end" value=(one.id) aria-label={ (say(Word::InviteEnd)) ": " (one.code) } { (say(Word::InviteEnd)) } }
    } }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else { return Ok(sign_in_first(c, HERE, &TYPED)) };
    if !may_invite(c, &session) {
        return Err(Error::NotFound);
    }
    if !form::is_valid(c.app, FORM, &session.2, c.params.text("form").unwrap_or("")) {
        return Ok(answer(c, &session, Some(Word::FormExpired)).await?.status(403));
    }
    form::may_act(c, &session.1)?;
    let is_manager = manages(c, &session);
    if let Some(id) = c.params.text("end").and_then(Id::parse) {
        invites::end(c.app, id, (!is_manager).then_some(session.1.id)).await?;
        return Ok(Response::redirect(HERE));
    }
    let number = |name: &str| c.params.filled(name).and_then(|text| text.parse::<i64>().ok());
    let wanted = Wanted {
        uses: number("uses"),
        lasts: number("lasts"),
        is_followed: c.params.filled("is_followed").is_some(),
        skips_approval: may_skip(c, &session) && c.params.filled("skips_approval").is_some(),
        comment: c.params.text("comment").unwrap_or("").to_owned(),
    };
    match invites::make(c.app, &session.1, wanted).await {
        Ok(_) => Ok(Response::redirect(HERE)),
        Err(error) if error.status() == 422 => answer(c, &session, Some(Word::InvitesTooMany)).await,
        Err(error) => Err(error),
    }
}
