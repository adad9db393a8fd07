//! OAuth 2: <https://docs.joinmastodon.org/spec/oauth/>. The pages of sign-in and consent are in `web`.

pub mod apps;
pub mod authenticate;
pub mod metadata;
pub mod token;

use crate::error::Error;
use crate::http::handler::Route;
use crate::http::response::Response;
use crate::model::rate_limit;
use serde_json::json;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("POST", "/api/v1/apps", crate::public!(apps::create)).limited(rate_limit::APPS),
        Route::new("GET", "/api/v1/apps/verify_credentials", crate::client!(apps::verify_credentials))
            .for_applicants(),
        Route::new("POST", "/oauth/token", crate::public!(token::create)),
        Route::new("POST", "/oauth/revoke", crate::public!(token::revoke)),
        Route::new("GET", "/oauth/userinfo", crate::user!("profile", metadata::userinfo)),
        Route::new("POST", "/oauth/userinfo", crate::user!("profile", metadata::userinfo)),
        Route::new("GET", "/.well-known/oauth-authorization-server", crate::public!(metadata::document)),
    ]
}

/// RFC 6749 section 5.2.
pub fn error(error: &Error) -> Response {
    let code = match error {
        Error::OAuth(_, code, _) => code,
        Error::BadRequest(_) => "invalid_request",
        _ => "server_error",
    };
    let body = json!({"error": code, "error_description": error.public_message()});
    let response = Response::json(&body).status(error.status()).with("Cache-Control", "no-store");
    if error.status() == 401 { response.with("WWW-Authenticate", "Bearer realm=\"Sori\"") } else { response }
}
