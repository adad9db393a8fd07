//! E-mail addresses.

/// Maximum bytes of an address (RFC 5321, section 4.5.3.1).
pub const MAX: usize = 320;

/// Whether a text can be an address that mail is sent to: a name and a domain, without anything that has a meaning in a header.
pub fn is_address(text: &str) -> bool {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !r#"<>()[],;:\""#.contains(c);
    let Some((name, host)) = text.split_once('@') else { return false };
    let is_host =
        host.contains('.') && !host.starts_with(['.', '-']) && !host.ends_with('.') && !host.contains("..");
    // A domain in other letters has its A-labels, by which blocks know it.
    text.len() <= MAX
        && !name.is_empty()
        && is_host
        && host.is_ascii()
        && !host.contains('@')
        && text.chars().all(is_plain)
}

/// The domain of an address, in lower case.
pub fn domain(address: &str) -> String {
    address.rsplit_once('@').map_or("", |(_, domain)| domain).to_lowercase()
}

/// One text for all spellings by which one mailbox is reached at large providers, as Mastodon's: without dots and what follows a
/// plus sign.
pub fn canonical(address: &str) -> String {
    let address = address.trim().to_lowercase();
    let (name, domain) = address.split_once('@').unwrap_or((&address, ""));
    let name = name.split('+').next().unwrap_or("").replace('.', "");
    format!("{name}@{domain}")
}

/// A domain and those above it, but for the last label: those whose block is one of the domain as well.
pub fn with_parents(domain: &str) -> Vec<&str> {
    let mut all = vec![domain];
    let mut rest = domain;
    while let Some((_, parent)) = rest.split_once('.').filter(|(_, parent)| parent.contains('.')) {
        // A name has no more labels than that.
        if all.len() > 127 {
            break;
        }
        all.push(parent);
        rest = parent;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in ["a@b.example", "a.b+c@b-c.example", "한글@b.example", "o'neil@b.example"] {
            assert!(is_address(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b.example",
            "a@b",
            "a@.b",
            "a@b.",
            "a@b..c",
            "a@b@c.example",
            "a b@c.example",
            "a@b.example\r\nBcc: x@y.example",
            "a@b.example,x@y.example",
            "<a@b.example>",
            "a\"@b.example",
            "a@-b.example",
        ] {
            assert!(!is_address(bad), "{bad:?}");
        }
        assert!(!is_address(&format!("{}@b.example", "a".repeat(MAX))));
    }

    #[test]
    fn all_spellings_of_a_mailbox_are_one() {
        for one in ["A.b.C@X.example", "abc+news@x.example", " ab.c+a+b@x.example"] {
            assert_eq!(canonical(one), "abc@x.example");
        }
        assert_eq!(domain("A@B.example"), "b.example");
        assert_eq!(with_parents("a.b.example"), ["a.b.example", "b.example"]);
        assert_eq!(with_parents("b.example"), ["b.example"]);
    }
}
