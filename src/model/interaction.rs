//! Who may favourite, reply to and boost a remote status: GoToSocial's interaction policies
//! (<https://docs.gotosocial.org/en/latest/federation/interaction_controls/>).

use super::quote::QuotePolicy;

/// Interactions with a status, other than quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interaction {
    Favourite,
    Reply,
    Reblog,
}

/// The rules of a status as they are stored: for each interaction eight bits as in [`QuotePolicy`], with the
/// bits for the public inverted, so that 0 allows everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rules(pub i64);

/// Whether an interaction is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Allowed without approval.
    Allowed,
    /// Allowed after approval by the author's server, which gets the activity first and alone.
    NeedsApproval,
    Denied,
}

impl Rules {
    pub fn of(self, what: Interaction) -> QuotePolicy {
        QuotePolicy((self.0 >> (8 * what as i64)) & 255 ^ 1)
    }

    /// `None` allows everybody.
    #[must_use]
    pub fn with(self, what: Interaction, rule: Option<QuotePolicy>) -> Self {
        let bits = rule.map_or(0, |rule| rule.0 & 255 ^ 1);
        Self(self.0 & !(255 << (8 * what as i64)) | bits << (8 * what as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_lie_side_by_side() {
        assert_eq!(Rules::default().of(Interaction::Reply), QuotePolicy::PUBLIC);
        let rules = Rules::default()
            .with(Interaction::Reply, Some(QuotePolicy::NOBODY))
            .with(Interaction::Reblog, Some(QuotePolicy::FOLLOWERS.with(1, true)));
        assert_eq!(rules.of(Interaction::Favourite), QuotePolicy::PUBLIC);
        assert_eq!(rules.of(Interaction::Reply), QuotePolicy::NOBODY);
        assert_eq!(rules.of(Interaction::Reblog), QuotePolicy::FOLLOWERS.with(1, true));
        assert_eq!(rules.with(Interaction::Reblog, None).with(Interaction::Reply, None), Rules::default());
    }
}
