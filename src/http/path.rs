//! The canonical path of a request. Routes, access, rate limits and CORS are all decided by it, so that no
//! spelling of a path passes a check that another spelling would not.
//!
//! The raw path of the request line stays in [`Request::path`](super::request::Request::path), for
//! signatures.

/// Maximum bytes of a raw path; longer ones are a 404.
const MAX_BYTES: usize = 4096;
const MAX_SEGMENTS: usize = 16;

/// Paths where `.json` at the end asks for the ActivityPub document, as on Mastodon.
const DOCUMENTS: [&str; 3] = ["users", "actor", "nodeinfo"];

/// A path as its decoded segments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Path {
    segments: Vec<String>,
    is_json: bool,
}

impl Path {
    /// Parses the path of a request line. Percent-encoding is decoded once; doubled slashes and one at the
    /// end are ignored; `.json` at the end of a document's path is removed ([`Path::is_json`]).
    ///
    /// `None` for paths without a route: an invalid escape, bytes that are not UTF-8, control characters, an
    /// encoded slash, `.` and `..` (which clients resolve before they send), or a path that is too long.
    pub fn parse(raw: &str) -> Option<Self> {
        if raw.len() > MAX_BYTES {
            return None;
        }
        let mut segments = Vec::new();
        for part in raw.split('/').filter(|part| !part.is_empty()) {
            let segment = decode(part)?;
            let is_refused =
                segment == "." || segment == ".." || segment.chars().any(|c| c == '/' || c.is_control());
            if is_refused || segments.len() >= MAX_SEGMENTS {
                return None;
            }
            segments.push(segment);
        }
        let stem =
            segments.last().and_then(|last| last.strip_suffix(".json")).filter(|stem| !stem.is_empty());
        let mut is_json = false;
        if let Some(stem) = stem.map(str::to_owned) {
            let first = if segments.len() == 1 { Some(&stem) } else { segments.first() };
            is_json =
                first.is_some_and(|first| DOCUMENTS.contains(&first.as_str()) || first.starts_with('@'));
            if let (true, Some(last)) = (is_json, segments.last_mut()) {
                *last = stem;
            }
        }
        Some(Self { segments, is_json })
    }

    pub fn segments(&self) -> &[String] {
        &self.segments
    }

    /// Whether the path ended in `.json`.
    pub fn is_json(&self) -> bool {
        self.is_json
    }

    /// Whether the path is `start` or lies below it. `start` has no slash at either end.
    pub fn is_below(&self, start: &str) -> bool {
        let mut wanted = start.split('/');
        let mut ours = self.segments.iter();
        wanted.all(|part| ours.next().is_some_and(|segment| segment == part))
    }

    /// The path as text, percent-encoded where necessary.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for segment in &self.segments {
            text.push('/');
            segment.bytes().for_each(|byte| encode(byte, &mut text));
        }
        if text.is_empty() { "/".into() } else { text }
    }
}

/// Whether a byte may stand in a segment unescaped (`pchar` of RFC 3986, section 3.3).
fn encode(byte: u8, text: &mut String) {
    let is_plain = byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&byte);
    if is_plain {
        text.push(char::from(byte));
    } else {
        text.push_str(&format!("%{byte:02X}"));
    }
}

/// Percent-decodes a text (RFC 3986 section 2.1); `None` where an escape is invalid or the result is not
/// UTF-8.
pub fn decode(segment: &str) -> Option<String> {
    if !segment.contains('%') {
        return Some(segment.to_owned());
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        bytes.push((high * 16 + low) as u8);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(raw: &str) -> Option<Vec<String>> {
        Path::parse(raw).map(|path| path.segments)
    }

    #[test]
    fn every_spelling_of_a_path_is_one_path() {
        let wanted = Path::parse("/users/alice").unwrap();
        for raw in ["//users/alice", "/users//alice/", "/%75sers/alic%65", "/users/%61lice//"] {
            assert_eq!(Path::parse(raw).unwrap(), wanted, "{raw}");
        }
        let document = Path::parse("/users/alice.json").unwrap();
        assert!(document.is_json() && document.segments() == wanted.segments());
        for raw in ["/users/alice%2ejson", "/users/alice%2Ejson/", "/users/alice.%6ason"] {
            assert_eq!(Path::parse(raw).unwrap(), document, "{raw}");
        }
        // Paths are case-sensitive, and what was encoded twice is not decoded twice.
        for raw in ["/Users/alice", "/users/alice.JSON", "/users/alice%252ejson"] {
            assert!(!Path::parse(raw).unwrap().is_json(), "{raw}");
        }
    }

    #[test]
    fn json_is_taken_off_the_end_of_documents_only() {
        for (raw, is_json) in [
            ("/@alice.json", true),
            ("/@alice/1.json", true),
            ("/actor.json", true),
            ("/nodeinfo/2.0.json", true),
            ("/users/alice/statuses/1.json", true),
            ("/users/alice.json/outbox", false),
            ("/users/.json", false),
            ("/.json", false),
            ("/api/v1/instance.json", false),
            ("/manifest.json", false),
        ] {
            assert_eq!(Path::parse(raw).unwrap().is_json(), is_json, "{raw}");
        }
        assert_eq!(segments("/users/alice.json/outbox").unwrap(), ["users", "alice.json", "outbox"]);
    }

    #[test]
    fn what_has_no_route_under_any_spelling() {
        for raw in [
            "/a%00b",
            "/a%0ab",
            "/a%7fb",
            "/a%c2%85b",
            "/a%2fb",
            "/a/./b",
            "/a/../b",
            "/a/%2e%2E/b",
            "/%",
            "/%zz",
            "/%+1",
            "/%ff",
            "/a\u{0}",
        ] {
            assert_eq!(Path::parse(raw), None, "{raw:?}");
        }
        assert_eq!(Path::parse(&format!("/{}", "a".repeat(MAX_BYTES))), None);
        assert_eq!(Path::parse(&"/a".repeat(MAX_SEGMENTS + 1)), None);
        assert!(Path::parse(&"/a".repeat(MAX_SEGMENTS)).is_some());
        assert!(Path::parse(&format!("/{}", "a".repeat(MAX_BYTES - 1))).is_some());
    }

    #[test]
    fn texts_are_read_back() {
        for raw in ["/", "/api/v1/tags/%ED%95%9C", "/a%20b/c%25d", "/@alice/1", "/a+b"] {
            let path = Path::parse(raw).unwrap();
            assert_eq!(path.to_text(), raw);
            assert_eq!(Path::parse(&path.to_text()), Some(path));
        }
        assert_eq!(Path::parse("").unwrap().to_text(), "/");
    }

    #[test]
    fn below_means_whole_segments() {
        let path = Path::parse("/api/v1/instance").unwrap();
        assert!(path.is_below("api") && path.is_below("api/v1/instance"));
        assert!(!path.is_below("ap") && !path.is_below("api/v1/instance/peers") && !path.is_below("v1"));
    }
}
