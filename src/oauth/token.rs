//! Tokens: <https://docs.joinmastodon.org/methods/oauth/#token>.

use crate::error::{Error, Result};
use crate::http::authorization;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::scope::Scopes;
use crate::model::time::{SECOND, Time};
use crate::services;
use crate::store::apps::Client;
use serde_json::json;

/// `POST /oauth/token`: authorization_code or client_credentials, the client by body, query or Basic.
pub async fn create(c: &Context<'_>) -> Result<Response> {
    let grant_type = required(c, "grant_type")?;
    match grant_type.as_str() {
        "authorization_code" => {
            let client = client(c).await?;
            let (code, redirect_uri) = (required(c, "code")?, required(c, "redirect_uri")?);
            // A scope parameter is ignored: the code's scopes are used.
            let (token, scopes, at) = services::grant::redeem(
                c.app,
                &client,
                &code,
                &redirect_uri,
                c.params.filled("code_verifier"),
            )
            .await?;
            Ok(entity(&token, &scopes, at))
        }
        "client_credentials" => {
            let client = client(c).await?;
            let invalid = || {
                Error::OAuth(
                    400,
                    "invalid_scope",
                    "The requested scope is invalid, unknown, or malformed.".into(),
                )
            };
            let scopes = Scopes::parse(c.params.text("scope").unwrap_or("")).ok_or_else(invalid)?;
            let allowed = Scopes::parse(&client.scopes).unwrap_or_default();
            if !allowed.allow_all(&scopes) {
                return Err(invalid());
            }
            let (token, at) = services::grant::issue(c.app, client.id, None, &scopes.to_string()).await?;
            Ok(entity(&token, &scopes.to_string(), at))
        }
        _ => Err(Error::OAuth(
            400,
            "unsupported_grant_type",
            "The authorization grant type is not supported by the authorization server.".into(),
        )),
    }
}

/// `POST /oauth/revoke` (RFC 7009).
pub async fn revoke(c: &Context<'_>) -> Result<Response> {
    let client = client(c).await.map_err(|e| match e {
        Error::OAuth(401, ..) => {
            Error::OAuth(403, "unauthorized_client", "You are not authorized to revoke this token".into())
        }
        other => other,
    })?;
    services::grant::revoke(c.app, &client, &required(c, "token")?).await?;
    Ok(Response::empty_object())
}

async fn client(c: &Context<'_>) -> Result<Client> {
    let (id, secret) = match authorization::basic(c.request) {
        Some(pair) => pair,
        None => (
            c.params.text("client_id").unwrap_or("").to_owned(),
            c.params.text("client_secret").unwrap_or("").to_owned(),
        ),
    };
    services::grant::authenticate_client(c.app, &id, &secret).await
}

fn required(c: &Context<'_>, name: &str) -> Result<String> {
    c.params
        .filled(name)
        .map(str::to_owned)
        .ok_or_else(|| Error::OAuth(400, "invalid_request", format!("Missing required parameter: {name}.")))
}

/// <https://docs.joinmastodon.org/entities/Token/>: always with all four keys.
pub fn entity(token: &str, scopes: &str, at: Time) -> Response {
    Response::json(&json!({
        "access_token": token,
        "token_type": "Bearer",
        "scope": scopes,
        "created_at": at.0 / SECOND,
    }))
    .with("Cache-Control", "no-store")
}
