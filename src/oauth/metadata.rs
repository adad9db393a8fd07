//! Server metadata for clients (RFC 8414), and OpenID's userinfo.

use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::scope;
use crate::model::uri;
use crate::model::user::Viewer;
use serde_json::json;

/// `GET /.well-known/oauth-authorization-server`
pub async fn document(c: &Context<'_>) -> Result<Response> {
    let origin = c.app.domain_asked(c.request).web_origin;
    Ok(Response::json(&json!({
        "issuer": format!("{origin}/"),
        "authorization_endpoint": format!("{origin}/oauth/authorize"),
        "token_endpoint": format!("{origin}/oauth/token"),
        "revocation_endpoint": format!("{origin}/oauth/revoke"),
        "userinfo_endpoint": format!("{origin}/oauth/userinfo"),
        "app_registration_endpoint": format!("{origin}/api/v1/apps"),
        "scopes_supported": scope::all(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "service_documentation": "https://docs.joinmastodon.org/",
    })))
}

/// `GET /oauth/userinfo`
pub async fn userinfo(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let account = &viewer.account;
    let picture = match &account.avatar_url {
        Some(url) => c.app.links().of(url).into_owned(),
        None => uri::default_avatar(&c.app.home().web_origin),
    };
    Ok(Response::json(&json!({
        "iss": format!("{}/", c.app.domain_asked(c.request).web_origin),
        "sub": account.uri,
        "name": account.display_name,
        "preferred_username": account.username,
        "profile": account.url,
        "picture": picture,
    })))
}
