//! Blocks of domains by the operator and by lists.

use sha2::{Digest, Sha256};

use super::hex;
use super::id::Id;
use super::time::Time;

/// The severity of a domain block, from the mildest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Severity {
    /// Only what else the block says. One by hand keeps lists from blocking the domain.
    Noop,
    /// Its accounts are limited: shown to their followers only, and whom they follow is asked first.
    #[default]
    Silence,
    /// Nothing is received, fetched or sent.
    Suspend,
}

impl Severity {
    pub const ALL: [Self; 3] = [Self::Noop, Self::Silence, Self::Suspend];

    /// As in the database, the API and Mastodon's files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Noop => "noop",
            Self::Silence => "silence",
            Self::Suspend => "suspend",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|severity| severity.as_str() == text)
    }
}

/// A blocked domain, with all its subdomains.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DomainBlock {
    pub id: Id,
    /// A-labels in lower case.
    pub domain: String,
    pub severity: Severity,
    pub rejects_media: bool,
    pub rejects_reports: bool,
    /// The public list hides a part of the name.
    pub is_obfuscated: bool,
    /// Public.
    pub comment: String,
    /// For staff.
    pub private_comment: String,
    /// Subscriptions brought it, and take it away.
    pub is_from_lists: bool,
    pub created_at: Time,
}

impl DomainBlock {
    /// SHA-256 of the domain in hex, by which others can compare without its name.
    pub fn digest(&self) -> String {
        hex::encode(&Sha256::digest(&self.domain))
    }

    /// The name for the public list, of which Mastodon's obfuscation leaves the outer quarters and the dots.
    pub fn public_name(&self) -> String {
        if !self.is_obfuscated {
            return self.domain.clone();
        }
        let length = self.domain.chars().count();
        let (first, last) = (length / 4, length - length / 4);
        let hidden = |(n, char)| if n > first && n < last && char != '.' { '*' } else { char };
        self.domain.chars().enumerate().map(hidden).collect()
    }

    /// Whether it does something that `other` does not, and nothing less (Mastodon's `stricter_than?`).
    pub fn is_stricter_than(&self, other: &Self) -> bool {
        let rejects_as_much =
            (self.rejects_media || !other.rejects_media) && (self.rejects_reports || !other.rejects_reports);
        self.severity == Severity::Suspend || (self.severity >= other.severity && rejects_as_much)
    }
}

/// What the blocks of a host and its parent domains come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Effects {
    pub severity: Option<Severity>,
    pub rejects_media: bool,
    pub rejects_reports: bool,
}

impl Effects {
    pub fn is_suspended(&self) -> bool {
        self.severity == Some(Severity::Suspend)
    }
}

/// A domain that may federate, with all its subdomains, while only allowed ones may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainAllow {
    pub id: Id,
    pub domain: String,
    pub created_at: Time,
}

/// Who sees the list of blocks: the setting `show_domain_blocks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shown {
    #[default]
    All,
    /// Who is signed in.
    Users,
    Nobody,
}

impl Shown {
    pub const ALL: [Self; 3] = [Self::All, Self::Users, Self::Nobody];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Users => "users",
            Self::Nobody => "disabled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shown| shown.as_str() == text)
    }

    pub fn is_for(self, is_signed_in: bool) -> bool {
        match self {
            Self::All => true,
            Self::Users => is_signed_in,
            Self::Nobody => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_name_keeps_its_ends_and_dots() {
        let block = |domain: &str, is_obfuscated| DomainBlock {
            domain: domain.into(),
            is_obfuscated,
            ..DomainBlock::default()
        };
        assert_eq!(block("example.com", true).public_name(), "exa****.*om");
        assert_eq!(block("example.com", false).public_name(), "example.com");
        assert_eq!(block("a.b", true).public_name(), "a.*");
        assert_eq!(
            block("example.com", true).digest(),
            "a379a6f6eeafb9a55e378c118034e2751e682fab9f2d30ab13d2125586ce1947"
        );
    }

    #[test]
    fn strictness_is_that_of_mastodon() {
        let block =
            |severity, rejects_media| DomainBlock { severity, rejects_media, ..DomainBlock::default() };
        let (noop, media) = (block(Severity::Noop, false), block(Severity::Noop, true));
        let (silence, suspend) = (block(Severity::Silence, false), block(Severity::Suspend, false));
        for (one, other, wanted) in [
            (&suspend, &media, true),
            (&silence, &suspend, false),
            (&silence, &noop, true),
            (&silence, &media, false),
            (&media, &noop, true),
            (&noop, &media, false),
        ] {
            assert_eq!(one.is_stricter_than(other), wanted, "{one:?} {other:?}");
        }
    }
}
