//! `/settings/relays`: the operator's page for relays.

use maud::html;

use super::migration::sign_in_first;
use super::words::{Language, Word};
use super::{form, page, site_name};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::relay::State;
use crate::model::user::Role;
use crate::services;
use crate::store;

const HERE: &str = "/settings/relays";

/// The session's secret of an operator, or a redirect to the sign-in page. Error: `NotFound` for other users.
pub(super) async fn operator(
    c: &Context<'_>,
    here: &'static str,
) -> Result<std::result::Result<String, Response>> {
    match form::signed_in(c).await? {
        None => Ok(Err(sign_in_first(here))),
        Some((user, _, secret)) if matches!(user.role, Role::Admin | Role::Owner) => Ok(Ok(secret)),
        Some(_) => Err(Error::NotFound),
    }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match operator(c, HERE).await? {
        Ok(secret) => answer(c, &secret, false).await,
        Err(response) => Ok(response),
    }
}

async fn answer(c: &Context<'_>, secret: &str, is_wrong: bool) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let relays = store::load(&c.app.db, store::relays::all()).await?;
    let token = form::token(c.app, "relays", secret);
    let body = html! {
        h1 { (say(Word::Relays)) }
        p.lead { (say(Word::RelaysLead)) }
        @if is_wrong { p.error role="alert" { (say(Word::NoRelay)) } }
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
            input id="address" type="url" name="address" required placeholder="https://relay.example/inbox";
            button type="submit" { (say(Word::Add)) }
        }
    };
    let status = if is_wrong { 422 } else { 200 };
    Ok(page(language, &site_name(c), say(Word::Relays), true, &body).status(status))
}

/// Like [`operator`], for a submitted form of that name.
///
/// Error: `Forbidden` where the form's token is invalid.
pub(super) async fn operators_form(
    c: &Context<'_>,
    here: &'static str,
    name: &str,
) -> Result<std::result::Result<String, Response>> {
    let found = operator(c, here).await?;
    if let Ok(secret) = &found
        && !form::is_valid(c.app, name, secret, c.params.text("form").unwrap_or(""))
    {
        return Err(Error::Forbidden(Language::of(c.request).say(Word::FormExpired).into()));
    }
    Ok(found)
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let secret = match operators_form(c, HERE, "relays").await? {
        Ok(secret) => secret,
        Err(response) => return Ok(response),
    };
    let done = match c.params.text("remove").and_then(crate::model::id::Id::parse) {
        Some(id) => services::relay::unsubscribe(c.app, id).await,
        None => services::relay::subscribe(c.app, c.params.text("address").unwrap_or("")).await,
    };
    match done {
        Ok(()) | Err(Error::NotFound) => Ok(Response::redirect(HERE)),
        Err(error) if error.status() == 422 => answer(c, &secret, true).await,
        Err(error) => Err(error),
    }
}
