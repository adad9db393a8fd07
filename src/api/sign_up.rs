//! `POST /api/v1/accounts`: <https://docs.joinmastodon.org/methods/accounts/#create>

use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::role::RoleId;
use crate::model::user::{Grant, Viewer};
use crate::oauth::token::entity;
use crate::services;
use crate::services::register::NewUser;
use crate::text::language;

/// With a client's own token; answers a user's token if registrations are open.
///
/// Errors: `Forbidden` if they are closed, `Invalid` with details for each field.
pub async fn create(c: &Context<'_>, grant: Grant, viewer: Option<Viewer>) -> Result<Response> {
    if viewer.is_some() || !grant.scopes.allow("write:accounts") {
        return Err(Error::Forbidden("This action is outside the authorized scopes".into()));
    }
    if c.app.site().registrations != "open" {
        return Err(Error::Forbidden("Registrations are closed on this instance".into()));
    }
    let mut missing: Vec<(String, String, String)> = Vec::new();
    let mut wrong =
        |field: &str, code: &str, text: &str| missing.push((field.into(), code.into(), text.into()));
    if c.params.bool("agreement") != Some(true) {
        wrong("agreement", "ERR_ACCEPTED", "must be accepted");
    }
    let email = c.params.filled("email").unwrap_or("");
    let is_address = email
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.starts_with('.'));
    if email.is_empty() {
        wrong("email", "ERR_BLANK", "can't be blank");
    } else if !is_address || email.len() > 320 || email.contains(char::is_whitespace) {
        wrong("email", "ERR_INVALID", "must be a valid e-mail address");
    }
    let password = c.params.text("password").unwrap_or("");
    if password.is_empty() {
        wrong("password", "ERR_BLANK", "can't be blank");
    }
    if c.params.filled("username").is_none() {
        wrong("username", "ERR_BLANK", "can't be blank");
    }
    if !missing.is_empty() {
        return Err(Error::Invalid(missing));
    }
    let new = NewUser {
        username: c.params.filled("username").unwrap_or("").to_owned(),
        email: Some(email.to_owned()),
        password: password.to_owned(),
        locale: c.params.filled("locale").and_then(language::normalise).unwrap_or_else(|| "en".into()),
        role: RoleId::EVERYONE,
    };
    let (user, _) = services::register::create(c.app, new, &c.app.primary()).await?;
    let scopes = grant.scopes.to_string();
    let (token, at) = services::grant::issue(c.app, grant.app_id, Some(user.id), &scopes).await?;
    Ok(entity(&token, &scopes, at))
}
