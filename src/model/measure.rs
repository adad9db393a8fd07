//! Numbers of an instance over days, and the periods that they are asked for.
//! <https://docs.joinmastodon.org/methods/admin/measures/>

use std::collections::{BTreeMap, HashMap, HashSet};

use super::id::Id;
use super::time::{DAY, Time};

/// Days of a row of the table presence.
const BLOCK: i64 = 32;

/// Days since 1970 (UTC), both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub first: i64,
    pub last: i64,
}

/// The day of a text that begins with a date, such as `2026-01-31`.
fn day_of(text: &str) -> Option<i64> {
    let date = text.trim().get(..10)?;
    Time::parse_iso(&format!("{date}T00:00:00Z")).map(|at| at.0.div_euclid(DAY))
}

impl Period {
    /// From one date to another, at most `most` days: of a longer one the last. `None` where one is no date, or after the other.
    pub fn parse(start: &str, end: &str, most: i64) -> Option<Self> {
        let (first, last) = (day_of(start)?, day_of(end)?);
        (0 <= first && first <= last).then(|| Self { first: first.max(last - most + 1), last })
    }

    /// The days that end on one.
    pub fn until(last: i64, days: i64) -> Self {
        Self { first: last - days + 1, last }
    }

    /// As many days before it.
    pub fn before(self) -> Self {
        let days = self.last - self.first + 1;
        Self { first: self.first - days, last: self.first - 1 }
    }

    pub fn days(self) -> std::ops::RangeInclusive<i64> {
        self.first..=self.last
    }

    /// Ids of these days: from one, to before another.
    pub fn ids(self) -> (Id, Id) {
        (Id::floor(self.first * DAY), Id::floor((self.last + 1) * DAY))
    }

    /// The rows of presence that have these days, each with the bits of the days.
    pub fn blocks(self) -> Vec<(i64, i64)> {
        let bits = |block: i64| {
            let days = self.first.max(block * BLOCK)..=self.last.min(block * BLOCK + BLOCK - 1);
            days.fold(0, |bits, day| bits | 1 << (day % BLOCK))
        };
        (self.first / BLOCK..=self.last / BLOCK).map(|block| (block, bits(block))).collect()
    }
}

/// The days of the bits of a row of presence.
fn days_of(block: i64, bits: i64) -> impl Iterator<Item = i64> {
    (0..BLOCK).filter(move |n| bits >> n & 1 == 1).map(move |n| block * BLOCK + n)
}

/// What is counted of rows, each with a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    NewUsers,
    OpenedReports,
    ResolvedReports,
    TagAccounts,
    TagUses,
    TagServers,
    InstanceAccounts,
    InstanceReports,
    InstanceStatuses,
    InstanceFollows,
    InstanceFollowers,
}

impl Count {
    /// Those of another server, whose total is of all time.
    pub fn is_of_server(self) -> bool {
        matches!(
            self,
            Self::InstanceAccounts
                | Self::InstanceReports
                | Self::InstanceStatuses
                | Self::InstanceFollows
                | Self::InstanceFollowers
        )
    }

    pub fn is_of_tag(self) -> bool {
        matches!(self, Self::TagAccounts | Self::TagUses | Self::TagServers)
    }
}

/// Numbers of a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Measured {
    pub total: i64,
    /// Of as many days before; `None` where that is not known.
    pub previous: Option<i64>,
    /// By day; those that are not known are left out.
    pub days: Vec<(i64, i64)>,
}

/// A row of presence: who, the 32 days, and their bits.
pub type Presence = (Id, i64, i64);

/// Who signed up, with 32 days and their bits where they were here.
pub type Newcomer = (Id, Option<(i64, i64)>);

/// How many people were here, of the rows of both periods.
pub fn active(rows: &[Presence], period: Period) -> Measured {
    let mut by_day: HashMap<i64, i64> = HashMap::new();
    let (mut now, mut before) = (HashSet::new(), HashSet::new());
    let earlier = period.before();
    for (user, block, bits) in rows {
        for day in days_of(*block, *bits) {
            if period.days().contains(&day) {
                *by_day.entry(day).or_default() += 1;
                now.insert(*user);
            } else if earlier.days().contains(&day) {
                before.insert(*user);
            }
        }
    }
    let count = |all: &HashSet<Id>| i64::try_from(all.len()).unwrap_or_default();
    Measured {
        total: count(&now),
        previous: Some(count(&before)),
        days: period.days().map(|day| (day, by_day.get(&day).copied().unwrap_or_default())).collect(),
    }
}

/// The length of the parts of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    Day,
    Month,
}

impl Frequency {
    /// What is unknown is a day, as on Mastodon.
    pub fn parse(text: &str) -> Self {
        if text == "month" { Self::Month } else { Self::Day }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Month => "month",
        }
    }

    /// Days that may be asked for at once.
    pub fn most(self) -> i64 {
        match self {
            Self::Day => 31,
            Self::Month => 366,
        }
    }

    /// The first day of the part that a day is in.
    pub fn start(self, day: i64) -> i64 {
        match self {
            Self::Day => day,
            Self::Month => day_of(&format!("{}-01", &Time(day * DAY).to_date()[..7])).unwrap_or(day),
        }
    }

    /// The first days of the parts of a period.
    fn parts(self, period: Period) -> Vec<i64> {
        let mut all: Vec<i64> = period.days().map(|day| self.start(day)).collect();
        all.dedup();
        all
    }
}

/// Who signed up in a part of a period, and how many of them were here in each part from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cohort {
    /// The first day.
    pub period: i64,
    pub people: i64,
    /// First day of a part, people.
    pub data: Vec<(i64, i64)>,
}

/// The cohorts of a period; `rows` are those of the people who signed up in it, one without a block for who was never here.
pub fn cohorts(rows: &[Newcomer], period: Period, frequency: Frequency) -> Vec<Cohort> {
    let parts = frequency.parts(period);
    let mut people: BTreeMap<i64, HashSet<Id>> = BTreeMap::new();
    let mut here: HashSet<(i64, i64, Id)> = HashSet::new();
    for (user, seen) in rows {
        let joined = frequency.start(user.unix_ms().div_euclid(DAY));
        people.entry(joined).or_default().insert(*user);
        for day in seen.iter().flat_map(|(block, bits)| days_of(*block, *bits)) {
            if period.days().contains(&day) {
                here.insert((joined, frequency.start(day), *user));
            }
        }
    }
    let mut counted: HashMap<(i64, i64), i64> = HashMap::new();
    for (joined, part, _) in here {
        *counted.entry((joined, part)).or_default() += 1;
    }
    let cohort = |period: &i64| Cohort {
        period: *period,
        people: people.get(period).map_or(0, |all| i64::try_from(all.len()).unwrap_or_default()),
        data: parts
            .iter()
            .filter(|part| *part >= period)
            .map(|part| (*part, counted.get(&(*period, *part)).copied().unwrap_or_default()))
            .collect(),
    };
    parts.iter().map(cohort).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(date: &str) -> i64 {
        day_of(date).unwrap()
    }

    #[test]
    fn a_period_is_of_whole_days_and_not_too_long() {
        let read = |start, end| Period::parse(start, end, 90);
        let week = read("2026-01-01", "2026-01-07T22:00:00Z").unwrap();
        assert_eq!((week.last - week.first, week.before().last + 1), (6, week.first));
        assert_eq!(week.before(), read("2025-12-25", "2025-12-31").unwrap());
        assert_eq!(read("2020-01-01", "2026-01-07").unwrap().days().count(), 90);
        for (start, end) in
            [("2026-01-02", "2026-01-01"), ("", "2026-01-01"), ("x", "y"), ("2026-13-01", "2026-13-02")]
        {
            assert_eq!(read(start, end), None, "{start} {end}");
        }
        assert_eq!(read("한국어 날짜 아님", "2026-01-01"), None);
    }

    #[test]
    fn the_blocks_of_a_period_have_its_days() {
        let period = Period { first: 63, last: 97 };
        assert_eq!(period.blocks(), [(1, 1 << 31), (2, (1 << 32) - 1), (3, 3)]);
        let days: Vec<i64> =
            period.blocks().into_iter().flat_map(|(block, bits)| days_of(block, bits)).collect();
        assert_eq!(days, period.days().collect::<Vec<_>>());
    }

    #[test]
    fn people_are_counted_once_in_a_period_and_once_a_day() {
        let period = Period { first: 32, last: 34 };
        let rows = [(Id(1), 1, 0b111), (Id(2), 1, 0b100), (Id(2), 0, 1 << 31), (Id(3), 0, 0b11)];
        let counted = active(&rows, period);
        assert_eq!((counted.total, counted.previous), (2, Some(1)));
        assert_eq!(counted.days, [(32, 1), (33, 1), (34, 2)]);
    }

    #[test]
    fn cohorts_are_of_who_signed_up_and_was_here() {
        let (first, last) = (day("2026-01-30"), day("2026-03-02"));
        let id = |date: &str, n: i64| Id(Id::floor(day(date) * DAY).0 + n);
        let bits = |dates: &[&str]| dates.iter().fold(0, |bits, date| bits | 1 << (day(date) % BLOCK));
        let block = day("2026-01-30") / BLOCK;
        assert_eq!(day("2026-02-01") / BLOCK, block, "the dates below are of one block");
        let rows = [
            (id("2026-01-30", 1), Some((block, bits(&["2026-01-30", "2026-02-01"])))),
            (id("2026-01-31", 2), Some((block, bits(&["2026-01-31"])))),
            (id("2026-02-01", 3), None),
        ];
        let found = cohorts(&rows, Period { first, last }, Frequency::Month);
        let months = ["2026-01-01", "2026-02-01", "2026-03-01"].map(day);
        assert_eq!(found.len(), 3);
        assert_eq!((found[0].period, found[0].people), (months[0], 2));
        assert_eq!(found[0].data, [(months[0], 2), (months[1], 1), (months[2], 0)]);
        assert_eq!((found[1].people, &found[1].data), (1, &vec![(months[1], 0), (months[2], 0)]));
        assert_eq!((found[2].people, found[2].data.len()), (0, 1));
        let daily = cohorts(&rows, Period { first, last: first + 2 }, Frequency::Day);
        assert_eq!(daily[0].data, [(first, 1), (first + 1, 0), (first + 2, 1)]);
        assert_eq!(Frequency::parse("year"), Frequency::Day);
    }
}
