//! Parses the words and operators of a search: <https://docs.joinmastodon.org/user/network/#search>.

use crate::model::id::Id;
use crate::model::time::{DAY, Time};
use crate::store::search::{Having, Wanted};
use crate::text::language;

/// A parsed search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// Everything except the author of `from:`.
    pub wanted: Wanted,
    /// The value of `from:`: `me`, a username, or a handle.
    pub from: Option<String>,
    /// Nothing can match: an operator has an unknown value.
    pub is_impossible: bool,
}

/// Splits at spaces, but not inside quotes.
fn tokens(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut current = String::new();
    let mut is_quoted = false;
    for c in text.chars() {
        match c {
            '"' | '“' | '”' => {
                is_quoted = !is_quoted;
                current.push('"');
            }
            c if c.is_whitespace() && !is_quoted => {
                if !current.is_empty() {
                    all.push(std::mem::take(&mut current));
                }
            }
            c => current.push(c),
        }
    }
    if !current.is_empty() {
        all.push(current);
    }
    all
}

fn having(name: &str, value: &str) -> Option<Having> {
    Some(match (name, value) {
        ("has", "media") => Having::Media,
        ("has", "image") => Having::Image,
        ("has", "video") => Having::Video,
        ("has", "audio") => Having::Audio,
        ("has", "poll") => Having::Poll,
        ("has", "link" | "embed") => Having::Link,
        ("has" | "is", "quote") => Having::Quote,
        ("is", "reply") => Having::Reply,
        ("is", "sensitive") => Having::Sensitive,
        _ => return None,
    })
}

/// The start (UTC) of a date such as 2026-11-24.
fn day(text: &str) -> Option<Time> {
    Time::parse_iso(&format!("{text}T00:00:00Z"))
}

/// Parses a search. An unknown operator is a word.
pub fn read(text: &str) -> SearchQuery {
    let mut query = SearchQuery::default();
    for token in tokens(text) {
        let (is_negated, body) = match token.strip_prefix('-') {
            Some(rest) if !rest.is_empty() => (true, rest.to_owned()),
            _ => (false, token.strip_prefix('+').unwrap_or(&token).to_owned()),
        };
        if !operator(&mut query, &body, is_negated) {
            let word = body.replace('"', "").trim_matches(['#', '@', '*']).trim().to_owned();
            if word.is_empty() {
                continue;
            }
            if is_negated { query.wanted.without.push(word) } else { query.wanted.words.push(word) }
        }
    }
    query.wanted.words.truncate(8);
    query.wanted.without.truncate(4);
    query
}

fn operator(query: &mut SearchQuery, body: &str, is_negated: bool) -> bool {
    let Some((name, value)) = body.split_once(':') else { return false };
    let value = value.trim_matches('"');
    if value.is_empty() {
        return false;
    }
    if let Some(having) = having(name, value) {
        query.wanted.having.push((having, is_negated));
        return true;
    }
    let wanted = &mut query.wanted;
    match (name, is_negated) {
        ("from", false) => query.from = Some(value.trim_start_matches('@').to_owned()),
        ("language", false) => match language::normalise(value) {
            Some(code) => wanted.language = Some(code),
            None => query.is_impossible = true,
        },
        ("before", false) => match day(value) {
            Some(at) => wanted.before = Some(Id::floor(at.0)),
            None => return false,
        },
        ("after", false) => match day(value) {
            Some(at) => wanted.after = Some(Id(Id::floor(at.plus(DAY).0).0 - 1)),
            None => return false,
        },
        ("during", false) => match day(value) {
            Some(at) => {
                wanted.after = Some(Id(Id::floor(at.0).0 - 1));
                wanted.before = Some(Id::floor(at.plus(DAY).0));
            }
            None => return false,
        },
        ("in", false) => match value {
            "library" => (wanted.in_library, wanted.in_public) = (true, false),
            "public" => (wanted.in_library, wanted.in_public) = (false, true),
            "all" => (wanted.in_library, wanted.in_public) = (false, false),
            _ => return false,
        },
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_quotes_and_operators() {
        let q = read("fern \"forest floor\" -moss from:@me has:media -has:poll language:ko in:library");
        assert_eq!(q.wanted.words, ["fern", "forest floor"]);
        assert_eq!(q.wanted.without, ["moss"]);
        assert_eq!(q.from.as_deref(), Some("me"));
        assert_eq!(q.wanted.having, [(Having::Media, false), (Having::Poll, true)]);
        assert_eq!(q.wanted.language.as_deref(), Some("ko"));
        assert!(q.wanted.in_library);
    }

    #[test]
    fn days_and_what_is_none() {
        let q = read("during:2026-11-24 x");
        let (after, before) = (q.wanted.after.unwrap(), q.wanted.before.unwrap());
        assert_eq!(before.unix_ms() - after.unix_ms(), DAY + 1);
        assert_eq!(read("before:yesterday http://a").wanted.words, ["before:yesterday", "http://a"]);
        assert_eq!(read("- \" \" ").wanted.words, ["-"]);
    }
}
