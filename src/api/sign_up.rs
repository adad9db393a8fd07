//! `POST /api/v1/accounts`: <https://docs.joinmastodon.org/methods/accounts/#create>

use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::user::{Grant, Viewer};
use crate::oauth::token::entity;
use crate::services;
use crate::services::sign_up::{From, SignedUp, Typed};
use crate::text::language;

/// With a client's own token; answers a user's token. Where staff or the e-mail address come first, nothing can be done with it until
/// then.
///
/// Errors: as `services::sign_up::sign_up`.
pub async fn create(c: &Context<'_>, grant: Grant, viewer: Option<Viewer>) -> Result<Response> {
    if viewer.is_some() || !grant.scopes.allow("write:accounts") {
        return Err(Error::Forbidden("This action is outside the authorized scopes".into()));
    }
    let text = |name: &str| c.params.filled(name).unwrap_or("").to_owned();
    let typed = Typed {
        username: text("username"),
        email: text("email").trim().to_owned(),
        password: c.params.text("password").unwrap_or("").to_owned(),
        locale: c.params.filled("locale").and_then(language::normalise).unwrap_or_else(|| "en".into()),
        reason: text("reason").trim().to_owned(),
        date_of_birth: text("date_of_birth"),
        invite_code: text("invite_code"),
        agrees: c.params.bool("agreement") == Some(true),
    };
    let from = From {
        address: c.request.address(),
        app_id: Some(grant.app_id),
        // No app shows the test.
        is_tested: c.app.config.turnstile.is_none(),
        needs_email: true,
    };
    let (user, waits) = match services::sign_up::sign_up(c.app, &typed, &from, &c.app.primary()).await? {
        SignedUp::In(user, _) => (Some(user.id), None),
        SignedUp::Waits(application) => (None, Some(application.id)),
    };
    let scopes = grant.scopes.to_string();
    let (token, at) = services::grant::issue_to(c.app, grant.app_id, user, waits, &scopes).await?;
    Ok(entity(&token, &scopes, at))
}
