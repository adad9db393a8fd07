//! `/settings/applications`: who has signed up and waits for staff.

use maud::{Markup, html};

use super::form;
use super::page;
use super::parts::form::outcome;
use super::parts::time::minute;
use super::relays::is_operators_form;
use super::words::{Language, Word};
use crate::app::Need;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::role::Permission;
use crate::model::sign_up::Application;
use crate::services::applications;
use crate::store;

pub const HERE: &str = "/settings/applications";
const FORM: &str = "applications";
/// Applications of a page.
const SHOWN: usize = 20;
/// What letting somebody in takes.
const ONE: Need = Need { statements: 16, fetches: 0 };

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, Permission::MANAGE_USERS, HERE, &[]).await? {
        Ok((_, _, secret)) => answer(c, &secret, None).await,
        Err(response) => Ok(response),
    }
}

async fn answer(c: &Context<'_>, secret: &str, wrong: Option<Word>) -> Result<Response> {
    let say = |word| Language::of(c.request).say(word);
    let asked = pagination::read(&c.params, SHOWN, SHOWN).unwrap_or(Page::first(SHOWN));
    let listed = store::load(&c.app.db, store::applications::waiting(&asked)).await?;
    let body = html! {
        h1 { (say(Word::Applications)) }
        p.lead { (say(Word::ApplicationsLead)) }
        (outcome(c, wrong))
        @if listed.is_empty() { p { (say(Word::ApplicationsNone)) } }
        @else {
            form method="post" action=(HERE) {
                input type="hidden" name="form" value=(form::token(c.app, FORM, secret));
                ul.plain { @for one in listed.iter() { (line(c, one)) } }
                button type="submit" name="do" value="approve" { (say(Word::ApproveChosen)) }
                button.quiet type="submit" name="do" value="reject" { (say(Word::RejectChosen)) }
            }
            @if let (true, Some(last)) = (listed.goes_on, listed.cursors.iter().min()) {
                p { a href={ (HERE) "?max_id=" (last) } { (say(Word::OlderOnes)) } }
            }
        }
    };
    Ok(page(c, say(Word::Applications), true, &body).status(if wrong.is_some() { 422 } else { 200 }))
}

fn line(c: &Context<'_>, one: &Application) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let site = c.app.site();
    let domain = site.domain_by_id(one.domain_id).map_or("", |d| d.handle_domain.as_str());
    html! { li {
        div {
            label.check { input type="checkbox" name="ids[]" value=(one.id); strong { "@" (one.username) "@" (domain) } }
            div.meta {
                @if let Some(address) = &one.email { (address) " · " }
                (minute(c, one.created_at)) " · " (one.address)
                @if one.invite_id.is_some() { " · " (say(Word::ApplicationInvited)) }
                @if !one.is_confirmed { " · " (say(Word::ApplicationUnconfirmed)) }
            }
            @if !one.reason.is_empty() { p.text dir="auto" { (one.reason) } }
        }
        button type="submit" name="approve" value=(one.id) aria-label={ (say(Word::Approve)) ": " (one.username) } { (say(Word::Approve)) }
        button.quiet type="submit" name="reject" value=(one.id) aria-label={ (say(Word::Reject)) ": " (one.username) } { (say(Word::Reject)) }
    } }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let (_, account, secret) = match form::staff(c, Permission::MANAGE_USERS, HERE, &[]).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    if !is_operators_form(c, FORM, &secret) {
        return Ok(answer(c, &secret, Some(Word::FormExpired)).await?.status(403));
    }
    let one = |name: &str| c.params.text(name).and_then(Id::parse);
    let (ids, is_approved) = match (one("approve"), one("reject"), c.params.text("do")) {
        (Some(id), ..) => (vec![id], true),
        (_, Some(id), _) => (vec![id], false),
        (.., Some("approve")) => (c.params.ids("ids"), true),
        (.., Some("reject")) => (c.params.ids("ids"), false),
        _ => return Err(Error::NotFound),
    };
    for id in ids.into_iter().take(SHOWN) {
        if !c.app.has_room(ONE) {
            return answer(c, &secret, Some(Word::ApplicationsLeft)).await;
        }
        let done = match is_approved {
            true => applications::approve(c.app, &account, id).await,
            false => applications::reject(c.app, &account, id).await.map(|_| ()),
        };
        match done {
            // Somebody else has decided in between.
            Ok(()) | Err(Error::NotFound) => {}
            Err(Error::Invalid(_)) => return answer(c, &secret, Some(Word::ApplicationTaken)).await,
            Err(error) => return Err(error),
        }
    }
    Ok(Response::redirect(&format!("{HERE}?saved=1")))
}
