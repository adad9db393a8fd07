//! Credentials of a request: bearer tokens and client credentials.

use base64::Engine as _;

use super::params::Params;
use super::request::Request;

/// The bearer token: from the Authorization header, or the parameter `access_token` or `bearer_token`. An
/// Authorization header of another scheme is ignored. Of a WebSocket also from its protocol.
pub fn bearer(request: &Request, params: &Params) -> Option<String> {
    let of_header = request.header("authorization").and_then(|value| {
        let (scheme, token) = value.trim().split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
    });
    of_header
        .or_else(|| params.filled("access_token").map(str::to_owned))
        .or_else(|| params.filled("bearer_token").map(str::to_owned))
        .or_else(|| of_socket(request))
}

/// Browsers send no Authorization with a WebSocket: clients name the token as its protocol
/// (<https://docs.joinmastodon.org/methods/streaming/#websocket>).
fn of_socket(request: &Request) -> Option<String> {
    let is_socket = request.header("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"));
    let token = request.header("sec-websocket-protocol").filter(|_| is_socket)?.split(',').next()?.trim();
    (!token.is_empty()).then(|| token.to_owned())
}

/// HTTP Basic (RFC 7617): id and secret, percent-decoded as RFC 6749 section 2.3.1 requires.
pub fn basic(request: &Request) -> Option<(String, String)> {
    let (scheme, encoded) = request.header("authorization")?.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(encoded.trim()).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decode = |s: &str| {
        url::form_urlencoded::parse(format!("x={s}").as_bytes())
            .next()
            .map(|(_, v)| v.into_owned())
            .unwrap_or_default()
    };
    Some((decode(id), decode(secret)))
}
