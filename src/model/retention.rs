//! How long what is no longer needed stays, by how full the database is, and how fast it is removed
//! (docs/decisions/0010).

use super::id::Id;
use super::time::{DAY, HOUR, SECOND, Time};

/// Bytes that a database of the free plan may have (D1's limits: 500 MB).
pub const FREE_PLAN: u64 = 500_000_000;

/// From here on times shorten, in thousandths of what the database may have …
const ROOMY: i64 = 600;
/// … and here they are the shortest.
const TIGHT: i64 = 800;
/// From here on posts of other servers are not added to the search index.
const INDEXING: i64 = 700;
/// Here nothing more is received of strangers …
pub const CLOSED_TO_STRANGERS: i64 = 835;
/// … and here nothing of anybody elsewhere, but for what takes back or ends something.
pub const CLOSED: i64 = 845;

/// How full the database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fill {
    /// Thousandths of what it may have.
    pub thousandths: i64,
    /// Bytes that it may have.
    most: u64,
}

impl Fill {
    /// Of `most` bytes; pages that are free do not count (`Meter::size`).
    pub fn of(size: u64, most: u64) -> Self {
        let share = u128::from(size) * 1000 / u128::from(most.max(1));
        Self { thousandths: i64::try_from(share).unwrap_or(i64::MAX), most }
    }

    /// Of a database of the free plan.
    pub fn at(thousandths: i64) -> Self {
        Self { thousandths, most: FREE_PLAN }
    }

    /// A time in milliseconds: `longest` while there is room, `shortest` where there is little, by equal factors for equal
    /// steps between.
    fn between(self, longest: i64, shortest: i64) -> i64 {
        let step = (self.thousandths - ROOMY).clamp(0, TIGHT - ROOMY);
        let share = step as f64 / (TIGHT - ROOMY) as f64;
        (longest as f64 * (shortest as f64 / longest as f64).powf(share)) as i64
    }

    /// Remote statuses that nobody here has touched.
    pub fn statuses(self) -> i64 {
        self.between(90 * DAY, SHORTEST)
    }

    /// Remote statuses with no other tie than that somebody whom nobody here follows wrote them to somebody here, who did
    /// not answer. `None`: they stay.
    pub fn unanswered(self) -> Option<i64> {
        (self.thousandths > ROOMY).then(|| self.between(365 * DAY, 7 * DAY))
    }

    /// Remote accounts that nobody here is tied to.
    pub fn accounts(self) -> i64 {
        self.between(180 * DAY, DAY)
    }

    pub fn notifications(self) -> i64 {
        self.between(180 * DAY, 14 * DAY)
    }

    /// Previews of links, once they are due to be read anew and nobody looks.
    pub fn cards(self) -> i64 {
        self.between(180 * DAY, DAY)
    }

    /// Clients that nobody has signed in with: apps register again. Anybody may register one.
    pub fn apps(self) -> i64 {
        self.between(30 * DAY, DAY)
    }

    /// What was deleted or undone. Not shorter than an activity is valid (`store::tombstones`).
    pub fn tombstones(self) -> i64 {
        self.between(30 * DAY, 7 * DAY)
    }

    /// Whether posts of other servers still go into the search index. A status that is in it takes some six to ten rows more to
    /// go, which a filling database has no pace for.
    pub fn is_indexing(self) -> bool {
        self.thousandths < INDEXING
    }

    /// Whether nothing more is received of actors whom somebody here follows (`is_followed`), or of strangers.
    pub fn is_closed(self, is_followed: bool) -> bool {
        self.thousandths >= if is_followed { CLOSED } else { CLOSED_TO_STRANGERS }
    }

    /// Rows that retention may write in a day (UTC). The one place where its pace is decided. A database that may be larger
    /// than that of the free plan is of a plan with more rows.
    pub fn pace(self) -> i64 {
        let step = (self.thousandths - ROOMY).clamp(0, 100);
        let rows = SLOWEST + (FASTEST - SLOWEST) * step / 100;
        i64::try_from(u128::from(self.most) * u128::from(rows.unsigned_abs()) / u128::from(FREE_PLAN))
            .unwrap_or(i64::MAX)
    }
}

/// The shortest time of remote statuses. A status that is received at this age or later may have been here before: it
/// notifies nobody of being new.
pub const SHORTEST: i64 = 6 * HOUR;

/// Rows a day while there is room …
const SLOWEST: i64 = 20_000;
/// … and where there is not. Of the 100,000 rows of a day the rest are 60,000, and a status takes at least three to be
/// stored: no more can arrive in a day than can be removed.
const FASTEST: i64 = 40_000;

/// Rows that one run may write, and the part of the day's: what was left undone is done in several.
pub const MOST_IN_A_RUN: i64 = 200;
const RUNS_OF_A_DAY: i64 = 50;

/// How many rows a run at `now` may write, where `written` were written today: the day's share until now, so that they are
/// spread over the day.
pub fn allowance(fill: Fill, now: Time, written: i64) -> i64 {
    let share = fill.pace().saturating_mul(now.0.rem_euclid(DAY) / SECOND) / (DAY / SECOND);
    (share - written).clamp(0, MOST_IN_A_RUN.min(fill.pace() / RUNS_OF_A_DAY))
}

/// How far retention has come: one row, so that a run writes one row besides what it removes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// The day (since 1970, UTC) and the rows that retention has written on it.
    pub day: i64,
    pub written: i64,
    /// The pass through what has become old since the last one, from new to old: answers come before what they answer.
    pub recent: Pass,
    /// The pass through everything that is old, which meets again what was kept.
    pub all: Pass,
    /// The account that was looked at last.
    pub account: Id,
    /// The number with which accounts are marked as mentioned, and since when. It rises every [`MARKS_FOR`].
    pub mark: i64,
    pub marked_since: Time,
    /// The tombstone that was looked at last: its uri and account.
    pub tombstone: (String, i64),
    /// The URL of the card that was looked at last.
    pub card: String,
}

/// A pass through statuses, from new to old.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pass {
    /// Statuses before this one are still to be looked at; 0 between two passes.
    pub before: Id,
    /// The oldest one to look at.
    pub floor: Id,
    pub began_at: Time,
    /// The id with which the pass began.
    pub top: Id,
}

/// The pass through what has become old begins so long after the last one began …
const RECENT_EVERY: i64 = 4 * HOUR;
/// … and looks once more at so much (by time of publication) before the place where that began: what arrived late, and what
/// was kept because of something that is gone since.
const OVERLAP: i64 = DAY;
/// The pass through everything begins so long after the last one began. What kept something may have gone in the last one.
const ALL_EVERY: i64 = DAY;

/// So long marks have one number. A status is looked at once it is old, and from then on in each pass through everything:
/// longer than the longest time of statuses and a pass, so that what has the number before the last was not mentioned.
const MARKS_FOR: i64 = 100 * DAY;

impl Progress {
    /// An account with this mark or a higher one is mentioned.
    pub fn least_mark(&self) -> i64 {
        (self.mark - 1).max(1)
    }

    /// Rows that were written on the day of `now`.
    pub fn begin(&mut self, now: Time) {
        let day = now.0.div_euclid(DAY);
        if self.day != day {
            (self.day, self.written) = (day, 0);
        }
    }

    /// Begins the passes that are due. `cutoff`: what is before it is old.
    pub fn begin_passes(&mut self, cutoff: Id, now: Time) {
        let recent = &mut self.recent;
        let since = Id::floor(recent.top.unix_ms() - OVERLAP);
        if recent.before == Id(0) && now.0 - recent.began_at.0 >= RECENT_EVERY {
            // Without an earlier pass, that through everything does it.
            let floor = if recent.top == Id(0) { cutoff } else { since.min(cutoff) };
            *recent = Pass { before: cutoff, floor, began_at: now, top: cutoff.max(recent.top) };
        }
        if self.all.before == Id(0) && now.0 - self.all.began_at.0 >= ALL_EVERY {
            self.all = Pass { before: cutoff, floor: Id(0), began_at: now, top: cutoff };
            // With a pass, so that one number has at least a whole one.
            if now.0 - self.marked_since.0 >= MARKS_FOR {
                (self.mark, self.marked_since) = (self.mark + 1, now);
            }
        }
    }
}

impl Pass {
    /// A run has looked at `seen` statuses, of `asked`, down to `last`.
    pub fn advance(&mut self, seen: usize, asked: usize, last: Option<Id>) {
        self.before = match last {
            Some(last) if seen >= asked => last,
            _ => Id(0),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_shorten_step_by_step_and_never_below_the_shortest() {
        let at = |n: i64| Fill::at(n).statuses();
        assert_eq!([at(0), at(600), at(800), at(1000)], [90 * DAY, 90 * DAY, SHORTEST, SHORTEST]);
        for n in 601..800 {
            assert!(at(n) < at(n - 1) && at(n) > SHORTEST, "{n}");
        }
        // Half way, in factors.
        assert_eq!(at(700) / DAY, 4);
        assert_eq!((Fill::at(600).unanswered(), Fill::at(800).unanswered()), (None, Some(7 * DAY)));
        assert_eq!(Fill::at(800).tombstones(), 7 * DAY);
    }

    #[test]
    fn a_share_of_the_database() {
        assert_eq!(Fill::of(300_000_000, FREE_PLAN), Fill::at(600));
        assert_eq!(Fill::of(5, 0).thousandths, 5000);
        assert_eq!(Fill::of(u64::MAX, 1).thousandths, i64::MAX);
    }

    #[test]
    fn a_days_rows_are_spread_over_it() {
        let at =
            |part: i64, written: i64| allowance(Fill::at(0), Time(20_000 * DAY + part * DAY / 100), written);
        assert_eq!([at(0, 0), at(50, 10_000), at(50, 10_100)], [0, 0, 0]);
        assert_eq!([at(50, 9_950), at(50, 0)], [50, MOST_IN_A_RUN]);
        assert_eq!(
            [Fill::at(0).pace(), Fill::at(650).pace(), Fill::at(700).pace(), Fill::at(999).pace()],
            [20_000, 30_000, 40_000, 40_000]
        );
        // Whatever the fill, no more than this in a day, since a run may write what is left only.
        assert!((0..1100).all(|n| Fill::at(n).pace() <= FASTEST));
        // A tenth of the room has a tenth of the rows.
        assert_eq!(Fill::of(0, FREE_PLAN / 10).pace(), SLOWEST / 10);
    }
}
