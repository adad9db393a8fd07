//! Quotes: policies, and the state of a quote (FEP-044f, and the entities Quote and QuoteApproval).

/// Who may quote a status: automatically, or after the author's approval. Bits, as they are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QuotePolicy(pub i64);

/// Groups of accounts, in the order of their names in the entity.
const GROUPS: [(i64, &str); 4] =
    [(1, "public"), (2, "followers"), (4, "following"), (8, "unsupported_policy")];
/// The shift of the groups whose quotes need approval.
const MANUAL: u32 = 4;

impl QuotePolicy {
    pub const NOBODY: Self = Self(0);
    pub const FOLLOWERS: Self = Self(2);
    pub const PUBLIC: Self = Self(1);

    /// The three policies of the client API: public, followers, nobody.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "public" => Self::PUBLIC,
            "followers" => Self::FOLLOWERS,
            "nobody" => Self::NOBODY,
            _ => return None,
        })
    }

    /// The nearest of the three.
    pub fn as_str(self) -> &'static str {
        match self.0 {
            n if n & 1 != 0 => "public",
            n if n & 2 != 0 => "followers",
            _ => "nobody",
        }
    }

    fn names(bits: i64) -> Vec<&'static str> {
        GROUPS.iter().filter(|(bit, _)| bits & bit != 0).map(|(_, name)| *name).collect()
    }

    /// Groups whose quotes are accepted automatically.
    pub fn automatic(self) -> Vec<&'static str> {
        Self::names(self.0 & 15)
    }

    /// Groups whose quotes need approval.
    pub fn manual(self) -> Vec<&'static str> {
        Self::names(self.0 >> MANUAL)
    }

    /// Adds a group: public 1, followers 2, following 4, others 8.
    #[must_use]
    pub fn with(self, group: i64, is_manual: bool) -> Self {
        Self(self.0 | if is_manual { group << MANUAL } else { group })
    }

    /// What an account may do that is the author, a follower, or followed by the author.
    pub fn allows(self, is_author: bool, is_follower: bool, is_followed: bool) -> Allowance {
        if is_author {
            return Allowance::Automatic;
        }
        let matches =
            |bits: i64| bits & 1 != 0 || (is_follower && bits & 2 != 0) || (is_followed && bits & 4 != 0);
        if matches(self.0 & 15) {
            Allowance::Automatic
        } else if matches(self.0 >> MANUAL) {
            Allowance::Manual
        } else if self.0 & (8 | 8 << MANUAL) != 0 {
            Allowance::Unknown
        } else {
            Allowance::Denied
        }
    }
}

/// The decision about a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Allowance {
    Automatic,
    Manual,
    Unknown,
    #[default]
    Denied,
}

impl Allowance {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Manual => "manual",
            Self::Unknown => "unknown",
            Self::Denied => "denied",
        }
    }
}

/// The state of a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuoteState {
    Pending,
    Accepted,
    Rejected,
    Revoked,
    Deleted,
}

impl QuoteState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Revoked => "revoked",
            Self::Deleted => "deleted",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Accepted, Self::Rejected, Self::Revoked, Self::Deleted]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_allow_whom_they_name() {
        assert_eq!(QuotePolicy::NOBODY.allows(true, false, false), Allowance::Automatic);
        assert_eq!(QuotePolicy::NOBODY.allows(false, true, true), Allowance::Denied);
        assert_eq!(QuotePolicy::FOLLOWERS.allows(false, true, false), Allowance::Automatic);
        assert_eq!(QuotePolicy::FOLLOWERS.allows(false, false, false), Allowance::Denied);
        let mixed = QuotePolicy::FOLLOWERS.with(1, true);
        assert_eq!(mixed.allows(false, false, false), Allowance::Manual);
        assert_eq!((mixed.automatic(), mixed.manual()), (vec!["followers"], vec!["public"]));
        assert_eq!(QuotePolicy(8).allows(false, false, false), Allowance::Unknown);
        assert_eq!(QuotePolicy(8 << MANUAL).allows(false, true, true), Allowance::Unknown);
        // Whom the author follows.
        for (policy, wanted) in
            [(QuotePolicy(4), Allowance::Automatic), (QuotePolicy(4 << MANUAL), Allowance::Manual)]
        {
            assert_eq!(policy.allows(false, false, true), wanted);
            assert_eq!(policy.allows(false, true, false), Allowance::Denied);
        }
    }
}
