//! `/follow_requests`: who asks to follow the one who is signed in.

use maud::{Markup, html};

use super::form::{self, sign_in_first};
use super::parts::account::line_with;
use super::parts::buttons::Buttons;
use super::parts::pager;
use super::sign_in::next;
use super::words::{Language, Word};
use super::{Frame, framed};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::services;
use crate::store;
use crate::text::excerpt::excerpt;

pub const HERE: &str = "/follow_requests";
/// The purpose of its form.
const FORM: &str = "follow requests";
/// Accounts of a page.
const SHOWN: usize = 40;
/// Characters of a bio.
const MAX_BIO: usize = 200;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some(session) = form::signed_in(c).await? else { return Ok(sign_in_first(c, HERE, &[])) };
    let query = store::follows::requests(session.1.id, c.params.cursor("max_id")?, None, SHOWN);
    let asking = store::load(&c.app.db, query).await?;
    let language = Language::of(c.request);
    let buttons = Buttons::new(c, &session, FORM);
    let answer = |id: Id| {
        let id = id.to_string();
        html! {
            div.ways {
                (buttons.button("small", "accept", &id, Word::AcceptRequest))
                (buttons.button("quiet small", "reject", &id, Word::RejectRequest))
            }
        }
    };
    let title = language.say(Word::FollowRequests);
    let body = html! {
        h1 { (title) }
        @if asking.is_empty() { p.lead { (language.say(Word::NobodyAsks)) } }
        @else { (buttons.form(HERE, &form::address(c, HERE, &["max_id"]), &Markup::default())) }
        ul.people { @for account in asking.iter() {
            (line_with(c, account, &excerpt(&account.note, MAX_BIO), &answer(account.id)))
        } }
        (pager::older(&asking, HERE, language))
    };
    Ok(framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body))
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let account = match form::sender(c, FORM, HERE).await? {
        Ok((_, account, _)) => account,
        Err(first) => return Ok(first),
    };
    let accepted = c.params.text("accept");
    let id = accepted.or(c.params.text("reject")).and_then(Id::parse).ok_or(Error::NotFound)?;
    let follower = store::load(&c.app.db, store::accounts::present(id)).await?.ok_or(Error::NotFound)?;
    if accepted.is_some() {
        services::follow::accept(c.app, &follower, &account).await?;
    } else {
        // A button that is pressed twice does nothing the second time.
        services::ties::remove_follower(c.app, &account, &follower).await?;
    }
    Ok(Response::redirect(&next(c)))
}
