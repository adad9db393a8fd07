//! Mentions in plain text: `@user`, `@user@domain`.

use super::steps;

/// A mention and its position in the text (byte offsets, with the `@`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionMatch {
    pub start: usize,
    pub end: usize,
    pub username: String,
    /// As typed, with a port if there is one.
    pub domain: Option<String>,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// All mentions, in order. A mention begins where no word character, `/`, `=` or `@` precedes it.
pub(super) fn find(text: &str) -> Vec<MentionMatch> {
    let mut all = Vec::new();
    let mut before: Option<char> = None;
    let mut skip_to = 0;
    for (start, c) in text.char_indices() {
        steps::add(1);
        let is_start = c == '@' && !before.is_some_and(|b| is_word(b) || matches!(b, '/' | '=' | '@'));
        if start >= skip_to
            && is_start
            && let Some(found) = at(text, start)
        {
            skip_to = found.end;
            all.push(found);
        }
        before = Some(c);
    }
    all
}

fn at(text: &str, start: usize) -> Option<MentionMatch> {
    let rest = text.get(start + 1..)?;
    let username = take_name(rest, |c| c.is_ascii_alphanumeric() || c == '_', |c| matches!(c, '.' | '-'));
    if username.is_empty() {
        return None;
    }
    let after = rest.get(username.len()..)?;
    let mut end = start + 1 + username.len();
    let mut domain = None;
    if let Some(behind) = after.strip_prefix('@') {
        let host = take_name(behind, is_word, |c| matches!(c, '.' | '-'));
        if !host.is_empty() {
            let port: String = behind
                .get(host.len()..)
                .and_then(|r| r.strip_prefix(':'))
                .map(|r| r.chars().take_while(char::is_ascii_digit).take(5).collect())
                .unwrap_or_default();
            let whole = if port.is_empty() { host.to_owned() } else { format!("{host}:{port}") };
            end += 1 + whole.len();
            domain = Some(whole);
        }
    }
    Some(MentionMatch { start, end, username: username.to_owned(), domain })
}

/// The longest prefix of `text` made of `inner` characters, with `joint` ones only between them.
fn take_name(text: &str, inner: fn(char) -> bool, joint: fn(char) -> bool) -> &str {
    let mut end = 0;
    for (at, c) in text.char_indices() {
        steps::add(1);
        if inner(c) {
            end = at + c.len_utf8();
        } else if !joint(c) || at == 0 {
            break;
        }
    }
    text.get(..end).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_mentions_and_nothing_else() {
        let found = |text: &str| -> Vec<String> {
            find(text)
                .into_iter()
                .inspect(|m| assert!(text[m.start..m.end].starts_with('@')))
                .map(|m| m.domain.map_or(m.username.clone(), |d| format!("{}@{d}", m.username)))
                .collect()
        };
        for (text, wanted) in [
            ("@alice hi", vec!["alice"]),
            ("hi @alice@a.example.", vec!["alice@a.example"]),
            ("(@bob@localhost:8788)", vec!["bob@localhost:8788"]),
            ("@a, @b@c.d and @e", vec!["a", "b@c.d", "e"]),
            ("mail me@example.com", vec![]),
            ("https://example.com/@alice", vec![]),
            ("@@x", vec![]),
            ("@", vec![]),
            ("안녕 @철수", vec![]),
            ("@alice님", vec!["alice"]),
            ("@bob@한글.kr!", vec!["bob@한글.kr"]),
            ("@a-b.c@x.y", vec!["a-b.c@x.y"]),
            ("@end.", vec!["end"]),
            ("search?q=@bob@b.example", vec![]),
        ] {
            assert_eq!(found(text), wanted, "{text}");
        }
    }
}
