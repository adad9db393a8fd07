//! Cookies.

use super::request::Request;

/// How many cookies are read.
const MAX_COOKIES: usize = 100;

/// A cookie's value.
pub fn get(request: &Request, name: &str) -> Option<String> {
    request
        .headers
        .0
        .iter()
        .filter(|(n, _)| n == "cookie")
        .flat_map(|(_, v)| v.split(';'))
        .take(MAX_COOKIES)
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, v)| v.to_owned())
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
    fn the_first_of_a_name_counts() {
        let mut request = Request::default();
        request.headers.add("cookie", "a=1; b = 2;c=3=4; a=5; d");
        let get = |name: &str| get(&request, name);
        assert_eq!(get("a").as_deref(), Some("1"));
        assert_eq!(get("c").as_deref(), Some("3=4"));
        assert_eq!((get("d"), get("e"), get("")), (None, None, None));
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
    fn cookies_are_for_this_host_and_no_script() {
        assert_eq!(set("a", "b", 5, true), "a=b; Path=/; HttpOnly; SameSite=Lax; Max-Age=5; Secure");
        assert_eq!(set("a", "", 0, false), "a=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
    }
}
