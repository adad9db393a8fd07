//! Usernames that could be taken for somebody else.

/// Names that could be taken for the server, its staff, or one of its pages.
const RESERVED: [&str; 62] = [
    "abuse",
    "about",
    "account",
    "accounts",
    "actor",
    "admin",
    "administration",
    "administrator",
    "admins",
    "api",
    "auth",
    "billing",
    "compose",
    "contact",
    "directory",
    "everyone",
    "explore",
    "guide",
    "help",
    "helpdesk",
    "home",
    "hostmaster",
    "inbox",
    "info",
    "instance",
    "invite",
    "legal",
    "login",
    "logout",
    "mastodon",
    "mod",
    "moderation",
    "moderator",
    "moderators",
    "mods",
    "noreply",
    "notifications",
    "oauth",
    "official",
    "operator",
    "outbox",
    "owner",
    "postmaster",
    "privacy",
    "public",
    "report",
    "root",
    "search",
    "security",
    "server",
    "settings",
    "setup",
    "signin",
    "signup",
    "sori",
    "staff",
    "support",
    "system",
    "tags",
    "team",
    "terms",
    "webmaster",
];

/// Of fewer characters, doubled letters make another word: `rot` is not `root`.
const LONG: usize = 5;

/// One text for names that are read as the same one: without underscores, with letters for digits that look like them.
fn skeleton(name: &str) -> String {
    let plain = name.to_ascii_lowercase().replace('_', "").replace("rn", "m").replace("vv", "w");
    plain
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' => 'l',
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            other => other,
        })
        .collect()
}

/// Without the second of two equal letters.
fn single(text: &str) -> String {
    let mut plain: Vec<char> = text.chars().collect();
    plain.dedup();
    plain.into_iter().collect()
}

/// Whether one name may be read as the other.
pub fn looks_like(name: &str, other: &str) -> bool {
    let (a, b) = (skeleton(name), skeleton(other));
    a == b || (b.len() >= LONG && single(&a) == single(&b))
}

/// Whether nobody may sign up by this name: it could be taken for the server itself.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|known| looks_like(name, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_read_as_those_of_the_server_are_reserved() {
        for bad in [
            "admin",
            "Admin",
            "adm1n",
            "_admin_",
            "adrnin",
            "4dmin",
            "admiin",
            "m0d",
            "R00T",
            "supp0rt",
            "suport",
            "moderat0r",
        ] {
            assert!(is_reserved(bad), "{bad}");
        }
        for good in ["alice", "rot", "admiral", "mood", "modest", "adminton", "helper", "roots", "bob"] {
            assert!(!is_reserved(good), "{good}");
        }
    }

    #[test]
    fn names_that_are_read_as_another_name() {
        for (name, other) in [
            ("a1ice", "alice"),
            ("ali_ce", "alice"),
            ("ALICE", "alice"),
            ("allice", "alice"),
            ("carneron", "cameron"),
        ] {
            assert!(looks_like(name, other), "{name}");
        }
        assert!(!looks_like("alicia", "alice") && !looks_like("aan", "an"));
    }
}
