//! Cookies, as the sign-in pages use them.

use super::request::Request;

/// A cookie's value.
pub fn get(request: &Request, name: &str) -> Option<String> {
    request
        .headers
        .0
        .iter()
        .filter(|(n, _)| n == "cookie")
        .flat_map(|(_, v)| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, v)| v.to_owned())
}

/// A Set-Cookie value for this host only, out of reach of scripts. `max_age` in seconds; 0 deletes it.
pub fn set(name: &str, value: &str, max_age: i64, is_secure: bool) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}")
}
