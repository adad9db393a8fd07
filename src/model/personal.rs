//! What one person here may use of a day's quotas of the free plan (`model/ledger.rs`), so that nobody uses up what is
//! there for all. Who runs the instance has no such limit: the quotas are theirs.

use std::collections::HashMap;

use super::id::Id;
use super::ledger::Measure;
use super::time::{DAY, Time};

/// What is counted, what a person may use of it in a day (UTC), and after how much an isolate stores what it has counted.
const LIMITS: [(Measure, i64, i64); 3] = [
    (Measure::RowsRead, 1_000_000, 10_000),
    (Measure::RowsWritten, 20_000, 250),
    (Measure::FileWrites, 300, 10),
];
/// Accounts younger than this, in milliseconds …
const NEW: i64 = 7 * DAY;
/// … may use this part of it.
const PART_OF_NEW: i64 = 4;
/// People whom an isolate counts at the same time.
const MOST: usize = 500;

/// Who is not signed in, all together, as they are counted.
pub const STRANGERS: Id = Id(0);
/// The rows that they may read in a day before timelines wait for the next one.
pub const READ_BY_STRANGERS: i64 = 1_500_000;

/// How much a person may use in a day; `None` of what is not counted.
pub fn limit(measure: Measure, is_new: bool) -> Option<i64> {
    let (_, most, _) = LIMITS.iter().find(|(of, ..)| *of == measure)?;
    Some(if is_new { most / PART_OF_NEW } else { *most })
}

/// Whether an account is new.
pub fn is_new(created_at: Time, now: Time) -> bool {
    now.0 - created_at.0 < NEW
}

/// Under which name it is stored (`store::budgets`).
pub fn subject(person: Id, measure: Measure) -> String {
    format!("person {} {}", person.0, measure.name())
}

/// Who has sent a request.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// That of all their identities.
    pub id: Id,
    pub is_new: bool,
    /// It is their instance: the quotas are theirs.
    pub is_operator: bool,
}

#[derive(Debug, Default, Clone, Copy)]
struct Used {
    /// As it was when this isolate last stored something.
    stored: i64,
    pending: i64,
}

/// What people have used today, as far as an isolate knows: an isolate that has stored nothing of somebody knows only what
/// went through it.
#[derive(Debug, Default)]
pub struct Personal {
    day: i64,
    used: HashMap<(Id, &'static str), Used>,
    /// What is to be stored once the response is sent.
    due: Vec<(Id, Measure, i64)>,
}

impl Personal {
    fn begin(&mut self, day: i64) {
        if self.day != day {
            self.day = day;
            self.used.clear();
            self.due.clear();
        }
    }

    /// Whether something is to be stored.
    pub fn is_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// What is to be stored today; it is the caller's from here on.
    pub fn take(&mut self, day: i64) -> Vec<(Id, Measure, i64)> {
        self.begin(day);
        std::mem::take(&mut self.due)
    }

    /// What a person has used of a measure.
    pub fn of(&mut self, day: i64, person: Id, measure: Measure) -> i64 {
        self.begin(day);
        self.used.get(&(person, measure.name())).map_or(0, |used| used.stored.saturating_add(used.pending))
    }

    /// Counts what a person has used.
    pub fn add(&mut self, day: i64, person: Id, used: &[(Measure, i64)]) {
        self.begin(day);
        // Of very many people those are dropped who have used the least.
        if self.used.len() >= MOST * LIMITS.len() {
            let least = |used: &Used| used.stored == 0;
            self.used.retain(|_, used| !least(used));
            if self.used.len() >= MOST * LIMITS.len() {
                self.used.clear();
            }
        }
        for (measure, _, step) in LIMITS {
            let amount: i64 = used.iter().filter(|(of, _)| *of == measure).map(|(_, amount)| amount).sum();
            if amount <= 0 {
                continue;
            }
            let known = self.used.entry((person, measure.name())).or_default();
            known.pending = known.pending.saturating_add(amount);
            if known.pending >= step {
                self.due.push((person, measure, known.pending));
                known.stored = known.stored.saturating_add(known.pending);
                known.pending = 0;
            }
        }
    }

    /// So much of it is stored by now, of all isolates.
    pub fn note(&mut self, day: i64, person: Id, measure: Measure, stored: i64) {
        self.begin(day);
        self.used.entry((person, measure.name())).or_default().stored = stored;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Id = Id(1);
    const WRITTEN: Measure = Measure::RowsWritten;

    #[test]
    fn what_a_person_uses_is_stored_in_steps_and_begins_anew_each_day() {
        let mut personal = Personal::default();
        personal.add(1, ONE, &[(WRITTEN, 200), (Measure::Requests, 9)]);
        assert_eq!((personal.of(1, ONE, WRITTEN), personal.is_due()), (200, false));
        personal.add(1, ONE, &[(WRITTEN, 60)]);
        assert_eq!((personal.is_due(), personal.take(1)), (true, vec![(ONE, WRITTEN, 260)]));
        personal.note(1, ONE, WRITTEN, 900);
        personal.add(1, ONE, &[(WRITTEN, 10)]);
        assert_eq!(personal.take(1), []);
        assert_eq!((personal.of(1, ONE, WRITTEN), personal.of(1, Id(2), WRITTEN)), (910, 0));
        assert_eq!(personal.of(2, ONE, WRITTEN), 0);
    }

    #[test]
    fn new_accounts_may_use_a_part() {
        assert_eq!([limit(WRITTEN, false), limit(WRITTEN, true)], [Some(20_000), Some(5_000)]);
        assert_eq!(limit(Measure::Requests, false), None);
        let now = Time(1_790_000_000_000);
        assert_eq!([is_new(now.plus(-NEW + 1), now), is_new(now.plus(-NEW), now)], [true, false]);
    }

    #[test]
    fn many_people_take_bounded_space_and_who_uses_much_stays() {
        let mut personal = Personal::default();
        personal.add(1, ONE, &[(WRITTEN, 19_000)]);
        for n in 2..5_000 {
            personal.add(1, Id(n), &[(WRITTEN, 1), (Measure::RowsRead, 1)]);
        }
        assert!(personal.used.len() <= MOST * LIMITS.len() + 2);
        assert_eq!(personal.of(1, ONE, WRITTEN), 19_000);
    }
}
