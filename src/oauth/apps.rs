//! Clients: <https://docs.joinmastodon.org/methods/apps/>.

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::scope::Scopes;
use crate::model::user::{Grant, Viewer};
use crate::services;
use crate::store;
use crate::store::apps::Client;

/// Maximum bytes of all redirect URIs of an app, and of its website.
const MAX_ADDRESS: usize = 2000;

const FORBIDDEN_SCHEMES: [&str; 8] =
    ["javascript", "data", "vbscript", "blob", "file", "filesystem", "about", "view-source"];

/// The redirect URI that shows the code on a page.
pub const OOB: &str = "urn:ietf:wg:oauth:2.0:oob";

/// `POST /api/v1/apps`. Errors: `Unprocessable` for a missing name or redirect URI, an unknown scope or a
/// scheme that could run as script; else as `services::grant::may_register`.
pub async fn create(c: &Context<'_>) -> Result<Response> {
    let name = c.params.filled("client_name").ok_or_else(|| Error::validation("Name can't be blank"))?;
    if name.chars().count() > 60 {
        return Err(Error::validation("Name is too long (maximum is 60 characters)"));
    }
    let website = c.params.filled("website").map(str::to_owned);
    if website.as_ref().is_some_and(|w| w.len() > MAX_ADDRESS) {
        return Err(Error::validation("Website is too long (maximum is 2000 characters)"));
    }
    // Clients show it as a link.
    if website.as_ref().is_some_and(|w| !is_web_address(w)) {
        return Err(Error::validation("Website is not a valid URL"));
    }
    let uris: Vec<String> =
        c.params.list("redirect_uris").iter().flat_map(|u| u.split_whitespace()).map(str::to_owned).collect();
    if uris.is_empty() {
        return Err(Error::validation("Redirect URI can't be blank"));
    }
    if uris.iter().map(|uri| uri.len() + 1).sum::<usize>() > MAX_ADDRESS + 1 {
        return Err(Error::validation("Redirect URI is too long (maximum is 2000 characters)"));
    }
    if !uris.iter().all(|uri| is_redirect_uri(uri)) {
        return Err(Error::validation("Redirect URI must be an absolute URI."));
    }
    let scopes = Scopes::parse(c.params.text("scopes").unwrap_or(""))
        .ok_or_else(|| Error::validation("Scopes doesn't match configured on the server."))?;
    services::grant::may_register(c.app)?;
    let (client, secret) = services::grant::register_client(c.app, name, website, uris, &scopes).await?;
    let mut body = entity(c, &client);
    if let Value::Object(map) = &mut body {
        map.insert("client_id".into(), json!(client.client_id));
        map.insert("client_secret".into(), json!(secret));
        map.insert("client_secret_expires_at".into(), json!(0));
    }
    Ok(Response::json(&body))
}

fn is_web_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// Any scheme except those that browsers execute or read files by. The URI is put into a header unchanged,
/// and a browser must parse it as we do: ASCII without control characters, spaces and backslashes, and an
/// http URL without credentials.
fn is_redirect_uri(uri: &str) -> bool {
    let Some((scheme, rest)) = uri.split_once(':') else { return false };
    let is_scheme = scheme.bytes().next().is_some_and(|b| b.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let is_allowed = match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => {
            rest.starts_with("//")
                && !rest.starts_with("///")
                && url::Url::parse(uri).is_ok_and(|url| url.username().is_empty() && url.password().is_none())
        }
        scheme => !FORBIDDEN_SCHEMES.contains(&scheme),
    };
    is_scheme
        && is_allowed
        && !rest.is_empty()
        && uri.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'#' | b'\\' | b'"' | b'<' | b'>'))
}

/// `GET /api/v1/apps/verify_credentials`, with a client's own token or a user's.
pub async fn verify_credentials(c: &Context<'_>, grant: Grant, _: Option<Viewer>) -> Result<Response> {
    let client = store::load(&c.app.db, store::apps::by_id(grant.app_id)).await?.ok_or(Error::NotFound)?;
    Ok(Response::json(&entity(c, &client)))
}

/// <https://docs.joinmastodon.org/entities/Application/>
fn entity(c: &Context<'_>, client: &Client) -> Value {
    json!({
        "id": client.id.to_string(),
        "name": client.name,
        "website": client.website,
        "scopes": client.scopes.split(' ').collect::<Vec<_>>(),
        "redirect_uri": client.redirect_uris.join("\n"),
        "redirect_uris": client.redirect_uris,
        "vapid_key": c.app.site().push_key(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trap_4_any_scheme_may_be_redirected_to() {
        for good in [
            "mastodon://joinmastodon.org/oauth",
            "org.joinmastodon.android-auth://callback",
            "icecubesapp://",
            "com.tapbots.Ivory.10217:/request_token",
            OOB,
            "http://localhost:1234/cb",
            "https://elk.example/api/x?y=z",
        ] {
            assert!(is_redirect_uri(good), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "DATA:text/html,x",
            "vbscript:x",
            "/relative",
            "",
            ":x",
            "1a:x",
            "https://x/#f",
            "file:///etc/passwd",
            "blob:https://x/1",
            "https:x",
            "https:///x",
            "https://",
            "https://user@x.example/",
            "https://x.example:pw@evil.example/",
            "https://x\\@evil.example/",
            "https://한글.kr/",
            "app://한글",
            "app://a\u{7f}",
            "app://a\tb",
        ] {
            assert!(!is_redirect_uri(bad), "{bad}");
        }
    }
}
