//! Finds the route of a method and a path. Static segments take precedence over captures.

use std::collections::HashMap;

use super::path::Path;

/// Percent-decoded captured segments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Captures(Vec<(String, String)>);

impl Captures {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// One segment of a pattern: `statuses`, `{id}`, or `@{name}`.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Static(String),
    Capture { prefix: String, name: String, suffix: String },
}

impl Segment {
    fn parse(text: &str) -> Self {
        match text
            .split_once('{')
            .and_then(|(prefix, rest)| rest.split_once('}').map(|(n, s)| (prefix, n, s)))
        {
            Some((prefix, name, suffix)) => {
                Self::Capture { prefix: prefix.into(), name: name.into(), suffix: suffix.into() }
            }
            None => Self::Static(text.into()),
        }
    }

    fn matches(&self, segment: &str) -> Option<Option<(String, String)>> {
        match self {
            Self::Static(text) => (text == segment).then_some(None),
            Self::Capture { prefix, name, suffix } => {
                let inner = segment.strip_prefix(prefix.as_str())?.strip_suffix(suffix.as_str())?;
                (!inner.is_empty()).then(|| Some((name.clone(), inner.to_owned())))
            }
        }
    }

    /// Higher wins: static text, then captures by the length of their fixed part.
    fn rank(&self) -> usize {
        match self {
            Self::Static(_) => usize::MAX,
            Self::Capture { prefix, suffix, .. } => prefix.len() + suffix.len(),
        }
    }
}

struct Entry<H> {
    method: &'static str,
    segments: Vec<Segment>,
    handler: H,
}

/// The result of matching a method and a path.
pub enum Match<'a, H> {
    Found(&'a H, Captures),
    /// The path exists, with these methods.
    OtherMethod(Vec<&'static str>),
    None,
}

/// Routes, compiled once for each isolate.
pub struct Table<H> {
    /// By number of segments.
    entries: HashMap<usize, Vec<Entry<H>>>,
}

impl<H> Table<H> {
    /// From (method, pattern, handler) lines in any order.
    pub fn new(lines: impl IntoIterator<Item = (&'static str, &'static str, H)>) -> Self {
        let mut entries: HashMap<usize, Vec<Entry<H>>> = HashMap::new();
        for (method, pattern, handler) in lines {
            let segments: Vec<Segment> = split(pattern).map(Segment::parse).collect();
            entries.entry(segments.len()).or_default().push(Entry { method, segments, handler });
        }
        for list in entries.values_mut() {
            list.sort_by_key(|entry| {
                std::cmp::Reverse(entry.segments.iter().map(Segment::rank).collect::<Vec<_>>())
            });
        }
        Self { entries }
    }

    /// The route of a canonical path. HEAD is answered by GET's route.
    pub fn find(&self, method: &str, path: &Path) -> Match<'_, H> {
        let parts = path.segments();
        let wanted = if method == "HEAD" { "GET" } else { method };
        let mut others = Vec::new();
        for entry in self.entries.get(&parts.len()).into_iter().flatten() {
            let Some(captures) = capture(&entry.segments, parts) else { continue };
            if entry.method == wanted {
                return Match::Found(&entry.handler, captures);
            }
            others.push(entry.method);
        }
        if others.is_empty() { Match::None } else { Match::OtherMethod(others) }
    }
}

fn capture(segments: &[Segment], parts: &[String]) -> Option<Captures> {
    let mut captures = Captures::default();
    for (segment, part) in segments.iter().zip(parts) {
        if let Some(pair) = segment.matches(part)? {
            captures.0.push(pair);
        }
    }
    Some(captures)
}

fn split(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|s| !s.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(table: &Table<u8>, method: &str, path: &str) -> Option<(u8, Captures)> {
        match table.find(method, &Path::parse(path)?) {
            Match::Found(h, c) => Some((*h, c)),
            _ => None,
        }
    }

    #[test]
    fn static_beats_capture_and_captures_decode() {
        let table = Table::new([
            ("GET", "/api/v1/accounts/{id}", 1),
            ("GET", "/api/v1/accounts/lookup", 2),
            ("POST", "/api/v1/accounts/{id}/follow", 3),
            ("GET", "/@{name}", 4),
            ("GET", "/{page}", 5),
            ("GET", "/", 6),
        ]);
        assert_eq!(found(&table, "GET", "/api/v1/accounts/lookup").unwrap().0, 2);
        let (h, c) = found(&table, "GET", "/api/v1/accounts/a%20b").unwrap();
        assert_eq!((h, c.get("id")), (1, Some("a b")));
        assert_eq!(found(&table, "GET", "/@alice").unwrap().0, 4);
        assert_eq!(found(&table, "GET", "/@").unwrap().0, 5);
        assert_eq!(found(&table, "HEAD", "/").unwrap().0, 6);
        let follow = Path::parse("/api/v1/accounts/1/follow").unwrap();
        assert!(matches!(table.find("GET", &follow), Match::OtherMethod(m) if m == ["POST"]));
        assert!(matches!(table.find("GET", &Path::parse("/api/v2").unwrap()), Match::None));
    }

    #[test]
    fn trap_38_doubled_and_trailing_slashes_do_not_count() {
        let table = Table::new([("GET", "/oauth/authorize", 1)]);
        for path in ["//oauth/authorize", "/oauth/authorize/", "/oauth//authorize"] {
            assert!(found(&table, "GET", path).is_some(), "{path}");
        }
    }
}
