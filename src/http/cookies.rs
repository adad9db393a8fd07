//! Cookies.

use super::request::Request;

/// How many cookies are read.
const MAX_COOKIES: usize = 100;

/// A cookie's value. Only spaces and tabs around a pair are no part of it (RFC 6265, section 4.1.1): for a browser, a
/// name that begins with another character has no prefix `__Host-`, and any subdomain can set it. `None` for a name
/// that comes twice: one of the two may be from a subdomain or another path.
pub fn get(request: &Request, name: &str) -> Option<String> {
    let mut found = request
        .headers
        .0
        .iter()
        .filter(|(n, _)| n == "cookie")
        .flat_map(|(_, v)| v.split(';'))
        .take(MAX_COOKIES)
        .filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('='))
        .filter(|(n, _)| *n == name)
        .map(|(_, v)| v);
    let value = found.next()?;
    found.next().is_none().then(|| value.to_owned())
}

/// The name of a cookie of this origin. Without https it has the port in it, since browsers send the cookies of a host
/// to all of its ports (RFC 6265, section 8.5), and several local instances differ by nothing else.
pub fn name(base: &str, origin: &str) -> String {
    if origin.starts_with("https:") {
        return format!("__Host-{base}");
    }
    match origin.rsplit_once(':') {
        Some((_, port)) if port.bytes().all(|b| b.is_ascii_digit()) => format!("{base}-{port}"),
        _ => base.to_owned(),
    }
}

/// A Set-Cookie value for this host only, not readable by scripts. `max_age` in seconds; 0 deletes it.
pub fn set(name: &str, value: &str, max_age: i64, is_secure: bool) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_comes_twice_is_refused() {
        let mut request = Request::default();
        request.headers.add("cookie", "a=1; b = 2;c=3=4;\tf=6; a=5; d");
        request.headers.add("cookie", "g=7; g=7; \u{a0}c=8; \u{2000}h=8; \u{b}h=9");
        let get = |name: &str| get(&request, name);
        assert_eq!(get("c").as_deref(), Some("3=4"));
        assert_eq!(get("f").as_deref(), Some("6"));
        for none in ["a", "b", "d", "e", "g", "h", ""] {
            assert_eq!(get(none), None, "{none}");
        }
    }

    #[test]
    fn the_end_of_a_long_list_is_not_read() {
        let has = |n: usize| {
            let mut request = Request::default();
            request.headers.add("cookie", format!("{}a=1", "x=y;".repeat(n)));
            get(&request, "a").is_some()
        };
        assert!(has(MAX_COOKIES - 1) && !has(MAX_COOKIES) && !has(20_000));
    }

    #[test]
    fn names_differ_by_port_without_https() {
        assert_eq!(name("sori", "https://a.example"), "__Host-sori");
        assert_eq!(name("sori", "https://a.example:444"), "__Host-sori");
        assert_eq!(name("sori", "http://localhost:8787"), "sori-8787");
        assert_eq!(name("sori", "http://[::1]:8787"), "sori-8787");
        assert_eq!(name("sori", "http://localhost"), "sori");
        assert_eq!(name("sori", "http://[::1]"), "sori");
    }

    #[test]
    fn cookies_are_for_this_host_and_no_script() {
        assert_eq!(set("a", "b", 5, true), "a=b; Path=/; HttpOnly; SameSite=Lax; Max-Age=5; Secure");
        assert_eq!(set("a", "", 0, false), "a=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }
}
