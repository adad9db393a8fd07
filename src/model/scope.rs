//! OAuth scopes: <https://docs.joinmastodon.org/api/oauth-scopes/>.

/// One leaf of the scope tree, such as `read:statuses`, or a root such as `push`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope(pub &'static str);

const ACCOUNT_THINGS: [&str; 3] = ["blocks", "follows", "mutes"];
const READ: [&str; 12] = [
    "accounts",
    "blocks",
    "bookmarks",
    "collections",
    "favourites",
    "filters",
    "follows",
    "lists",
    "mutes",
    "notifications",
    "search",
    "statuses",
];
const WRITE: [&str; 14] = [
    "accounts",
    "blocks",
    "bookmarks",
    "collections",
    "conversations",
    "favourites",
    "filters",
    "follows",
    "lists",
    "media",
    "mutes",
    "notifications",
    "reports",
    "statuses",
];
const ADMIN: [&str; 7] = [
    "accounts",
    "reports",
    "domain_allows",
    "domain_blocks",
    "ip_blocks",
    "email_domain_blocks",
    "canonical_email_blocks",
];

/// Every scope that a client may ask for, as the metadata document lists them.
pub fn all() -> Vec<String> {
    let mut all: Vec<String> = ["read", "profile", "write", "follow", "push"].map(String::from).to_vec();
    all.extend(READ.iter().map(|s| format!("read:{s}")));
    all.extend(WRITE.iter().map(|s| format!("write:{s}")));
    for root in ["admin:read", "admin:write"] {
        all.push(root.into());
        all.extend(ADMIN.iter().map(|s| format!("{root}:{s}")));
    }
    all
}

/// The scopes of a token or an app.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// From a space-separated list. `None` if one of them is not a scope. Empty means `read`, Mastodon's
    /// default.
    pub fn parse(text: &str) -> Option<Self> {
        let known = all();
        let mut list: Vec<String> = Vec::new();
        for word in text.split([' ', '+']).filter(|w| !w.is_empty()) {
            if !known.iter().any(|k| k == word) {
                return None;
            }
            if !list.iter().any(|have| have == word) {
                list.push(word.to_owned());
            }
        }
        if list.is_empty() {
            list.push("read".into());
        }
        Some(Self(list))
    }

    /// Whether these scopes include `scope`, directly or by its root.
    pub fn allow(&self, scope: &str) -> bool {
        self.0.iter().any(|have| covers(have, scope))
    }

    /// Whether all of `others` are included.
    pub fn allow_all(&self, others: &Scopes) -> bool {
        others.0.iter().all(|scope| self.allow(scope))
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

fn covers(have: &str, wanted: &str) -> bool {
    if have == wanted {
        return true;
    }
    if have == "follow" {
        return wanted
            .strip_prefix("read:")
            .or_else(|| wanted.strip_prefix("write:"))
            .is_some_and(|thing| ACCOUNT_THINGS.contains(&thing));
    }
    // `profile` is the minimum for verify_credentials; `read:accounts` includes it.
    if wanted == "profile" {
        return matches!(have, "read" | "read:accounts");
    }
    wanted.strip_prefix(have).is_some_and(|rest| rest.starts_with(':'))
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_covers_its_leaves_and_nothing_else() {
        let s = Scopes::parse("read write:statuses follow").unwrap();
        for yes in ["read", "read:search", "write:statuses", "write:follows", "read:blocks", "profile"] {
            assert!(s.allow(yes), "{yes}");
        }
        for no in ["write", "write:favourites", "push", "admin:read", "readx"] {
            assert!(!s.allow(no), "{no}");
        }
        assert!(Scopes::parse("read nonsense").is_none());
        assert_eq!(Scopes::parse("").unwrap().to_string(), "read");
        assert!(Scopes::parse("admin:read").unwrap().allow("admin:read:reports"));
    }
}
