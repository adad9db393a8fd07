//! The terms of service and the privacy policy: <https://docs.joinmastodon.org/entities/TermsOfService/>.

use super::id::Id;
use super::time::Time;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Terms,
    Privacy,
}

impl Kind {
    /// As the database has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Terms => "terms_of_service",
            Self::Privacy => "privacy_policy",
        }
    }

    /// The page for people; with a date behind it that of a version.
    pub fn path(self) -> &'static str {
        match self {
            Self::Terms => "/terms-of-service",
            Self::Privacy => "/privacy-policy",
        }
    }
}

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The announcement of it has the same.
    pub id: Id,
    /// As it was typed.
    pub text: String,
    /// The midnight (UTC) from which it holds.
    pub effective_at: Time,
    /// From when on a later one does.
    pub succeeded_at: Option<Time>,
}

/// What is being written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    pub text: String,
    /// What is new, for those who are told of it.
    pub changes: String,
}

/// The day of a text such as `2026-10-01`; `None` for all others.
pub fn day(text: &str) -> Option<Time> {
    let at = Time::parse_iso(&format!("{text:.10}T00:00:00Z"))?;
    (at.to_date() == text).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_in_one_way() {
        assert_eq!(day("2026-10-01").map(Time::to_date).as_deref(), Some("2026-10-01"));
        for wrong in
            ["", "2026-10-1", "2026-02-30", "2026-10-01x", "2026-10-01T00:00:00Z", "🌿", "+026-10-01"]
        {
            assert_eq!(day(wrong), None, "{wrong}");
        }
    }
}
