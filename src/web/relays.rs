//! `/settings/relays`: the operator's page for relays.

use maud::html;

use super::words::{Language, Word};
use super::{form, page};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::relay::State;
use crate::model::role::Permission;
use crate::services;
use crate::store;

const HERE: &str = "/settings/relays";

/// What is kept where the form is shown again.
const TYPED: [&str; 1] = ["address"];

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, Permission::MANAGE_FEDERATION, HERE, &TYPED).await? {
        Ok((.., secret)) => answer(c, &secret, None).await,
        Err(response) => Ok(response),
    }
}

async fn answer(c: &Context<'_>, secret: &str, wrong: Option<Word>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let relays = store::load(&c.app.db, store::relays::all()).await?;
    let token = form::token(c.app, "relays", secret);
    let body = html! {
        h1 { (say(Word::Relays)) }
        p.lead { (say(Word::RelaysLead)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        @if !relays.is_empty() {
            form method="post" action=(HERE) {
                input type="hidden" name="form" value=(token);
                ul.plain { @for relay in &relays { li {
                    (relay.address) " · " (say(match relay.state {
                        State::Pending => Word::RelayPending,
                        State::Accepted => Word::RelayAccepted,
                        State::Rejected => Word::RelayRejected,
                    })) " "
                    button.quiet type="submit" name="remove" value=(relay.id) { (say(Word::Remove)) }
                } } }
            }
        }
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(token);
            label for="address" { (say(Word::RelayAddress)) }
            input id="address" type="url" name="address" value=(c.params.text("address").unwrap_or("")) required placeholder="https://relay.example/inbox";
            button type="submit" { (say(Word::Add)) }
        }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, say(Word::Relays), true, &body).status(status))
}

/// Whether the submitted form of this name is valid for the session.
pub(super) fn is_operators_form(c: &Context<'_>, name: &str, secret: &str) -> bool {
    form::is_valid(c.app, name, secret, c.params.text("form").unwrap_or(""))
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let secret = match form::staff(c, Permission::MANAGE_FEDERATION, HERE, &TYPED).await? {
        Ok((.., secret)) => secret,
        Err(response) => return Ok(response),
    };
    if !is_operators_form(c, "relays", &secret) {
        return Ok(answer(c, &secret, Some(Word::FormExpired)).await?.status(403));
    }
    let done = match c.params.text("remove").and_then(crate::model::id::Id::parse) {
        Some(id) => services::relay::unsubscribe(c.app, id).await,
        None => services::relay::subscribe(c.app, c.params.text("address").unwrap_or("")).await,
    };
    match done {
        Ok(()) | Err(Error::NotFound) => Ok(Response::redirect(HERE)),
        Err(error) if error.status() == 422 => answer(c, &secret, Some(Word::NoRelay)).await,
        Err(error) => Err(error),
    }
}
