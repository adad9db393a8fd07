//! What members of staff do to accounts: <https://docs.joinmastodon.org/entities/AccountWarning/>.

use super::account::Account;
use super::id::Id;
use super::time::{DAY, Time};

/// An action against an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Action {
    /// Only a message.
    #[default]
    None,
    /// Frozen: nobody can sign in. Of accounts here.
    Disable,
    MarkStatusesAsSensitive,
    DeleteStatuses,
    /// All of its media are sensitive, those to come as well.
    Sensitive,
    /// Limited: shown to its followers only.
    Silence,
    Suspend,
}

impl Action {
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::MarkStatusesAsSensitive,
        Self::DeleteStatuses,
        Self::Sensitive,
        Self::Silence,
        Self::Disable,
        Self::Suspend,
    ];

    /// As Mastodon's API names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Disable => "disable",
            Self::MarkStatusesAsSensitive => "mark_statuses_as_sensitive",
            Self::DeleteStatuses => "delete_statuses",
            Self::Sensitive => "sensitive",
            Self::Silence => "silence",
            Self::Suspend => "suspend",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// What is lifted again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lift {
    Enable,
    Unsensitive,
    Unsilence,
    Unsuspend,
}

impl Lift {
    pub const ALL: [Self; 4] = [Self::Enable, Self::Unsensitive, Self::Unsilence, Self::Unsuspend];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Enable => "enable",
            Self::Unsensitive => "unsensitive",
            Self::Unsilence => "unsilence",
            Self::Unsuspend => "unsuspend",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lift| lift.as_str() == text)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppealState {
    Pending,
    Approved,
    Rejected,
}

impl AppealState {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Approved, Self::Rejected].into_iter().find(|state| state.as_str() == text)
    }
}

/// A strike: an action against an account, and its appeal.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Strike {
    pub id: Id,
    /// Who did it.
    pub by: Id,
    pub target: Account,
    pub action: Action,
    /// To the person; plain text.
    pub text: String,
    pub status_ids: Vec<Id>,
    pub report_id: Option<Id>,
    pub overruled_at: Option<Time>,
    /// The appeal's text and state.
    pub appeal: Option<(String, AppealState)>,
}

/// How long an appeal may be made, as on Mastodon.
const APPEAL_WITHIN: i64 = 20 * DAY;

impl Strike {
    pub fn created_at(&self) -> Time {
        Time(self.id.unix_ms())
    }

    pub fn may_be_appealed(&self, now: Time) -> bool {
        self.appeal.is_none() && self.overruled_at.is_none() && now.0 - self.created_at().0 <= APPEAL_WITHIN
    }
}

/// A text that staff keeps for warnings.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preset {
    pub id: Id,
    /// For staff; may be empty.
    pub title: String,
    pub text: String,
}

impl Preset {
    /// What it is called where one is chosen: its title, else how its text begins.
    pub fn name(&self) -> String {
        const MOST: usize = 60;
        let name = if self.title.is_empty() { &self.text } else { &self.title };
        name.lines().next().unwrap_or("").chars().take(MOST).collect()
    }
}

/// How long the posts of a suspended account are kept before it is deleted.
pub const KEPT_FOR: i64 = 30 * DAY;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back() {
        assert!(Action::ALL.into_iter().all(|action| Action::parse(action.as_str()) == Some(action)));
        assert!(Lift::ALL.into_iter().all(|lift| Lift::parse(lift.as_str()) == Some(lift)));
        assert_eq!((Action::parse("x"), Lift::parse("silence"), AppealState::parse("")), (None, None, None));
    }

    #[test]
    fn a_strike_may_be_appealed_once_within_twenty_days() {
        let now = Time(1_790_000_000_000);
        let strike = Strike { id: Id::at(now.0, 0), ..Strike::default() };
        assert!(strike.may_be_appealed(now.plus(19 * DAY)));
        assert!(!strike.may_be_appealed(now.plus(20 * DAY + 1000)));
        let appeal = Some(("x".to_owned(), AppealState::Rejected));
        assert!(!Strike { appeal, ..strike.clone() }.may_be_appealed(now));
        assert!(!Strike { overruled_at: Some(now), ..strike }.may_be_appealed(now));
    }
}
