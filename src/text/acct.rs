//! Parses handles: `@user@domain` in all its spellings.

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acct {
    pub username: String,
    /// Host, with a port if there is one; as typed.
    pub domain: Option<String>,
}

/// Maximum length of a name, a domain and the characters around them.
const MAX_ACCT: usize = 2_048 + 255 + 64;

/// Reads `@user@domain`, `user@domain`, `acct:user@domain`, `@user` or `user`. `None` where the name or the
/// domain is invalid.
pub fn parse(text: &str) -> Option<Acct> {
    if text.len() > MAX_ACCT {
        return None;
    }
    let text = text.trim();
    let text = text.strip_prefix("acct:").unwrap_or(text);
    let text = text.strip_prefix('@').unwrap_or(text);
    let (username, domain) = match text.split_once('@') {
        Some((username, domain)) => (username, Some(domain)),
        None => (text, None),
    };
    if !is_remote_username(username) || domain.is_some_and(|d| !is_domain_like(d)) {
        return None;
    }
    Some(Acct { username: username.to_owned(), domain: domain.map(str::to_owned) })
}

/// Usernames of local accounts: letters, digits and underscores, at most 30.
pub fn is_valid_username(name: &str) -> bool {
    (1..=30).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Usernames of remote accounts, as Mastodon accepts them: `[a-z0-9_]+([.-]+[a-z0-9_]+)*`.
pub fn is_remote_username(name: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let bytes = name.as_bytes();
    name.len() <= 2048
        && bytes.first().copied().is_some_and(is_word)
        && bytes.last().copied().is_some_and(is_word)
        && bytes.iter().all(|&b| is_word(b) || matches!(b, b'.' | b'-'))
}

fn is_domain_like(domain: &str) -> bool {
    !domain.is_empty()
        && domain.len() <= 255
        && domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        let want = |u: &str, d: Option<&str>| Some(Acct { username: u.into(), domain: d.map(Into::into) });
        for (text, wanted) in [
            ("@alice@a.example", want("alice", Some("a.example"))),
            ("acct:alice@a.example", want("alice", Some("a.example"))),
            ("acct:@alice@a.example", want("alice", Some("a.example"))),
            ("alice", want("alice", None)),
            (" @Alice_1 ", want("Alice_1", None)),
            ("bob@localhost:8788", want("bob", Some("localhost:8788"))),
            ("a.b-c@한글.kr", want("a.b-c", Some("한글.kr"))),
            ("", None),
            ("@", None),
            ("a b", None),
            ("a@b@c", None),
            ("a@b/c", None),
            (".a@b", None),
            (&"a".repeat(3_000), None),
            (&format!("a@{}", "b".repeat(300)), None),
        ] {
            assert_eq!(parse(text), wanted, "{text}");
        }
        assert!(is_valid_username("a_1") && !is_valid_username("a.b") && !is_valid_username(&"a".repeat(31)));
    }
}
