//! Announcements: <https://docs.joinmastodon.org/entities/Announcement/>.

use super::time::{DAY, Time};

/// An announcement as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// As it was typed.
    pub text: String,
    /// When that which it tells of begins and ends.
    pub starts_at: Option<Time>,
    pub ends_at: Option<Time>,
    /// Both are days, the last one included.
    pub is_all_day: bool,
}

impl Draft {
    /// Until when it is shown; `None` for always.
    pub fn end(&self) -> Option<Time> {
        self.ends_at.map(|at| if self.is_all_day { at.plus(DAY) } else { at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_day_is_included() {
        let at = Some(Time(5 * DAY));
        assert_eq!(Draft { ends_at: at, is_all_day: true, ..Draft::default() }.end(), Some(Time(6 * DAY)));
        assert_eq!(Draft { ends_at: at, ..Draft::default() }.end(), at);
        assert_eq!(Draft { is_all_day: true, ..Draft::default() }.end(), None);
    }
}
