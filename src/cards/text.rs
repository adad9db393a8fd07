//! What strangers write, made short and plain.

use url::Url;

use crate::model::limits;
use crate::platform::guard::{is_public, join};
use crate::text::sanitize::{cut, line};

/// A text of one line of at most `max` bytes, each run of white space being one space.
pub fn short(text: &str, max: usize) -> String {
    let line = line(cut(text, 8 * max), 8 * max);
    let words: Vec<&str> = line.split_whitespace().collect();
    cut(&words.join(" "), max).trim_end().to_owned()
}

/// The address of a picture, as [`address`] has it, by https and of a public name: others are neither passed on nor shown
/// beside a page.
pub fn picture(page: &Url, text: &str) -> Option<String> {
    let url = address(page, text)?;
    let url = url.strip_prefix("http://").map_or_else(|| url.clone(), |rest| format!("https://{rest}"));
    is_public(&url).then_some(url)
}

/// An http or https URL, absolute or relative to the page.
pub fn address(page: &Url, text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > limits::URL {
        return None;
    }
    let url = join(page, text)?;
    let is_plain = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| host.contains('.'))
        && url.username().is_empty()
        && url.password().is_none();
    Some(String::from(url)).filter(|url| is_plain && url.len() <= limits::URL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_one_line() {
        assert_eq!(short("  a\n\t b\u{202e}c\u{0} \u{a0} d ", 100), "a bc d");
        assert_eq!(short("한글 제목", 7), "한글");
        assert_eq!(short(&" ".repeat(100_000), 10), "");
    }

    #[test]
    fn addresses_are_of_the_web() {
        let page = Url::parse("https://news.example/a/b?c").unwrap();
        for (text, wanted) in [
            ("/x.png", Some("https://news.example/x.png")),
            ("x.png", Some("https://news.example/a/x.png")),
            ("//cdn.example/x", Some("https://cdn.example/x")),
            (" http://cdn.example/x ", Some("http://cdn.example/x")),
            ("javascript:alert(1)", None),
            ("data:image/png;base64,AAAA", None),
            ("https://user@cdn.example/x", None),
            ("https://localhost/x", None),
            ("", None),
        ] {
            assert_eq!(address(&page, text).as_deref(), wanted, "{text}");
        }
        assert_eq!(address(&page, &"x".repeat(3_000)), None);
        let picture = |text: &str| picture(&page, text);
        assert_eq!(picture("http://cdn.example/x").as_deref(), Some("https://cdn.example/x"));
        assert_eq!(picture("x.png").as_deref(), Some("https://news.example/a/x.png"));
        for inside in ["javascript:x", "https://10.0.0.1/x", "http://router.lan/x", "https://printer.local/x"]
        {
            assert_eq!(picture(inside), None, "{inside}");
        }
    }
}
