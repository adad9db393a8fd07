//! Budgets of rows: what the activities of other servers may write to the database in a day (UTC). The free plan has
//! 100,000 rows written a day, which nobody elsewhere may use up alone.

use std::collections::HashMap;

use super::time::{DAY, Time};

/// Rows for an actor whom somebody here follows, or for a relay.
const FOLLOWED: i64 = 20_000;
/// Rows for any other actor.
const ACTOR: i64 = 1_000;
/// Rows for all other actors of one registered domain together.
const DOMAIN: i64 = 10_000;
/// Rows for all other actors together.
const STRANGERS: i64 = 40_000;
/// The subject of [`STRANGERS`]. Other subjects are not empty.
const EVERYBODY: &str = "";

/// An isolate stores what it has counted after so many rows.
pub const STEP: i64 = 50;
/// Subjects that an isolate counts at the same time.
const MAX_SUBJECTS: usize = 500;

/// Whose rows an activity's are: an actor's, a domain's, everybody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subjects {
    pub actor: String,
    pub domain: String,
}

impl Subjects {
    /// Each subject with its limit.
    pub fn limits(&self, is_followed: bool) -> Vec<(&str, i64)> {
        if is_followed {
            return vec![(&self.actor, FOLLOWED)];
        }
        vec![(&self.actor, ACTOR), (&self.domain, DOMAIN), (EVERYBODY, STRANGERS)]
    }

    pub fn all(&self) -> [&str; 3] {
        [&self.actor, &self.domain, EVERYBODY]
    }
}

/// The day of a time, in days since 1970 (UTC).
pub fn day(now: Time) -> i64 {
    now.0.div_euclid(DAY)
}

/// The rows that an isolate has counted and not stored yet.
#[derive(Debug, Default)]
pub struct Pending {
    day: i64,
    rows: HashMap<String, i64>,
}

impl Pending {
    fn begin(&mut self, day: i64) {
        if self.day != day {
            self.day = day;
            self.rows.clear();
        }
    }

    /// The rows of a subject that are not stored yet.
    pub fn of(&mut self, day: i64, subject: &str) -> i64 {
        self.begin(day);
        self.rows.get(subject).copied().unwrap_or(0)
    }

    /// Counts `rows` for these subjects. Answers what is to be stored now: (subject, rows).
    pub fn add(&mut self, day: i64, subjects: &[&str], rows: i64) -> Vec<(String, i64)> {
        self.begin(day);
        // Of very many subjects the single ones are dropped: the budget of everybody still counts them.
        if self.rows.len() + subjects.len() > MAX_SUBJECTS {
            self.rows.retain(|subject, _| subject == EVERYBODY);
        }
        let mut due = Vec::new();
        for subject in subjects {
            let pending = self.rows.entry((*subject).to_owned()).or_default();
            *pending += rows;
            if *pending >= STEP {
                due.push(((*subject).to_owned(), *pending));
                *pending = 0;
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_stored_in_steps_and_begin_anew_each_day() {
        let mut pending = Pending::default();
        assert_eq!(pending.add(1, &["a", ""], 30), []);
        assert_eq!((pending.of(1, "a"), pending.of(1, "b")), (30, 0));
        assert_eq!(pending.add(1, &["b", ""], 30), [(String::new(), 60)]);
        assert_eq!((pending.of(1, "a"), pending.of(1, "b"), pending.of(1, "")), (30, 30, 0));
        assert_eq!(pending.add(1, &["a"], 20), [("a".to_owned(), 50)]);
        assert_eq!((pending.of(2, "b"), pending.of(2, "a")), (0, 0));
    }

    #[test]
    fn many_subjects_take_bounded_space_and_lose_nothing_of_everybody() {
        let (mut pending, mut stored) = (Pending::default(), 0);
        for n in 0..2_000 {
            let name = n.to_string();
            let due = pending.add(1, &[&name, EVERYBODY], 1);
            stored += due.iter().filter(|(s, _)| s == EVERYBODY).map(|(_, rows)| rows).sum::<i64>();
        }
        assert!(pending.rows.len() <= MAX_SUBJECTS);
        assert_eq!(stored + pending.of(1, EVERYBODY), 2_000);
    }
}
