//! What the instance uses of a plan's daily quotas, and what it leaves out as one of them nears its end.
//!
//! Limits: <https://developers.cloudflare.com/workers/platform/limits/>, `/d1/platform/pricing/`, `/queues/platform/pricing/`,
//! `/durable-objects/platform/pricing/`, `/kv/platform/pricing/`. All of them begin anew at 00:00 UTC.

use std::collections::BTreeMap;

use super::time::{DAY, HOUR, MINUTE, Time};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Requests from outside; those that a cache of the data centre answers as well, since the Worker looks there.
    Requests,
    RowsRead,
    RowsWritten,
    /// Three for each message: written, read, deleted.
    QueueOperations,
    /// Requests to Durable Objects.
    ObjectRequests,
    /// Reads of stored files.
    FileReads,
    /// Writes and deletions of stored files.
    FileWrites,
    /// Bytes of stored files. Not a quota of a day.
    FileBytes,
}

impl Measure {
    pub const ALL: [Self; 8] = [
        Self::Requests,
        Self::RowsRead,
        Self::RowsWritten,
        Self::QueueOperations,
        Self::ObjectRequests,
        Self::FileReads,
        Self::FileWrites,
        Self::FileBytes,
    ];

    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::RowsRead => "rows_read",
            Self::RowsWritten => "rows_written",
            Self::QueueOperations => "queue_operations",
            Self::ObjectRequests => "object_requests",
            Self::FileReads => "file_reads",
            Self::FileWrites => "file_writes",
            Self::FileBytes => "file_bytes",
        }
    }

    /// How much of it the free plan gives a day. Files are those of Workers KV; R2 counts by the month.
    pub fn quota(self) -> Option<i64> {
        match self {
            Self::Requests | Self::RowsWritten | Self::ObjectRequests | Self::FileReads => Some(100_000),
            Self::RowsRead => Some(5_000_000),
            Self::QueueOperations => Some(10_000),
            Self::FileWrites => Some(1_000),
            Self::FileBytes => None,
        }
    }
}

/// What something was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Requests of apps.
    Apps,
    /// Web pages.
    Pages,
    /// Activities from other servers.
    Inbox,
    /// What other servers read of this one.
    Documents,
    /// Files, and those of other servers.
    Files,
    /// Live streams.
    Streams,
    /// Messages of the queue: deliveries, most of all.
    Queue,
    Cron,
}

impl Source {
    pub const ALL: [Self; 8] = [
        Self::Apps,
        Self::Pages,
        Self::Inbox,
        Self::Documents,
        Self::Files,
        Self::Streams,
        Self::Queue,
        Self::Cron,
    ];

    /// Its name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Apps => "apps",
            Self::Pages => "pages",
            Self::Inbox => "inbox",
            Self::Documents => "documents",
            Self::Files => "files",
            Self::Streams => "streams",
            Self::Queue => "queue",
            Self::Cron => "cron",
        }
    }

    /// That of a request; `path` without its query.
    pub fn of_request(method: &str, path: &str, accept: &str) -> Self {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or("");
        match first {
            _ if path.starts_with("/api/v1/streaming") => Self::Streams,
            "api" | "oauth" => Self::Apps,
            "media" | "proxy" | "media_proxy" => Self::Files,
            "nodeinfo" | ".well-known" | "actor" if method != "POST" => Self::Documents,
            _ if method == "POST" && path.trim_end_matches('/').ends_with("/inbox") => Self::Inbox,
            _ if accept.contains("application/activity+json") || accept.contains("application/ld+json") => {
                Self::Documents
            }
            _ => Self::Pages,
        }
    }
}

/// An amount of each measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage([i64; Measure::ALL.len()]);

impl Usage {
    pub fn of(&self, measure: Measure) -> i64 {
        self.0[measure as usize]
    }

    pub fn add(&mut self, measure: Measure, amount: i64) {
        let kept = &mut self.0[measure as usize];
        *kept = kept.saturating_add(amount);
    }

    pub fn plus(mut self, other: &Self) -> Self {
        for measure in Measure::ALL {
            self.add(measure, other.of(measure));
        }
        self
    }

    /// Percent of a quota, rounded down; 0 without one.
    pub fn share(&self, measure: Measure, quota: Option<i64>) -> i64 {
        quota.map_or(0, |quota| self.of(measure).saturating_mul(100) / quota.max(1))
    }
}

/// Work that stops as a quota nears its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Trends are not counted again.
    Trends,
    /// Links of profiles are not verified again.
    Links,
    /// Profiles are not fetched again.
    Profiles,
    /// What people have uploaded is not worked off, nothing is brought along from archives, and archives of their own are not
    /// written.
    Imports,
    /// Files of archives are not stored.
    ImportedFiles,
    /// Old posts and missing answers of other servers are not fetched.
    Backfill,
    /// Linked pages are not fetched for previews.
    Cards,
    /// Statuses of other servers do not go into the search index; they do on the next day.
    SearchIndex,
    /// Nothing old is removed: neither what others wrote, nor what people here want to be deleted when it is old.
    Retention,
    /// Files of other servers are not shown through this one.
    MediaProxy,
    /// Who is not signed in sees no timelines.
    AnonymousTimelines,
    /// Other servers are asked to come again after midnight.
    Inbox,
}

/// In which order work stops: from which percentage of which quotas on.
pub const STEPS: [(Work, i64, &[Measure]); 12] = [
    (Work::Trends, 70, &[Measure::RowsRead, Measure::RowsWritten]),
    (Work::Links, 70, &[Measure::RowsRead, Measure::RowsWritten]),
    (Work::Profiles, 70, &[Measure::RowsRead, Measure::RowsWritten]),
    (Work::Imports, 70, &[Measure::RowsRead, Measure::RowsWritten, Measure::QueueOperations]),
    (Work::ImportedFiles, 70, &[Measure::FileWrites]),
    (Work::Backfill, 85, &[Measure::RowsRead, Measure::RowsWritten]),
    (Work::Cards, 85, &[Measure::RowsRead, Measure::RowsWritten]),
    (Work::SearchIndex, 85, &[Measure::RowsRead, Measure::RowsWritten]),
    (Work::Retention, 95, &[Measure::RowsRead, Measure::RowsWritten]),
    (Work::MediaProxy, 95, &[Measure::Requests]),
    (Work::AnonymousTimelines, 95, &[Measure::Requests, Measure::RowsRead]),
    (Work::Inbox, 98, &[Measure::Requests, Measure::RowsRead, Measure::RowsWritten]),
];

/// Whether there is enough left for this work, of what the plan gives: `quota`.
pub fn allows(used: &Usage, work: Work, quota: impl Fn(Measure) -> Option<i64>) -> bool {
    STEPS
        .iter()
        .filter(|(step, ..)| *step == work)
        .all(|(_, percent, measures)| measures.iter().all(|m| used.share(*m, quota(*m)) < *percent))
}

/// Hours since 1970.
pub fn hour(now: Time) -> i64 {
    now.0.div_euclid(HOUR)
}

/// The first hour of the day of `now` (UTC).
pub fn first_hour(now: Time) -> i64 {
    now.0.div_euclid(DAY) * (DAY / HOUR)
}

/// The seconds until the quotas begin anew, at least one.
pub fn until_midnight(now: Time) -> i64 {
    ((DAY - now.0.rem_euclid(DAY)) / 1000).max(1)
}

/// What will have been used by the end of the day if it goes on as in the last three hours: `used` so far, and `lately`
/// within these hours (as many of them as the day has had).
pub fn forecast(used: i64, lately: i64, now: Time) -> i64 {
    let since = now.0.rem_euclid(DAY);
    let window = since.min(now.0.rem_euclid(HOUR) + 2 * HOUR).max(MINUTE);
    let rest = DAY - since;
    // Amounts of a day times its milliseconds fit.
    used.saturating_add((i128::from(lately) * i128::from(rest) / i128::from(window)) as i64)
}

/// Amounts by the names of source and measure: `inbox.rows_read`. Those of 0 are not there.
pub type Counted = BTreeMap<String, i64>;

/// The name of an amount in [`Counted`].
pub fn name(source: Source, measure: Measure) -> String {
    format!("{}.{}", source.name(), measure.name())
}

/// What these amounts come to, of all sources or of one.
pub fn sum(counted: &Counted, of: Option<Source>) -> Usage {
    let mut all = Usage::default();
    for source in Source::ALL.into_iter().filter(|source| of.is_none_or(|of| of == *source)) {
        for measure in Measure::ALL {
            all.add(measure, counted.get(&name(source, measure)).copied().unwrap_or(0));
        }
    }
    all
}

/// When cron last ran, and when a message of the queue was last taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ran {
    pub cron_at: Option<Time>,
    pub queue_at: Option<Time>,
}

/// What an isolate has counted and not stored yet.
#[derive(Debug, Default)]
pub struct Pending {
    /// Hours and their amounts: one or two.
    hours: BTreeMap<i64, Vec<(Source, Usage)>>,
    has_any: bool,
    /// When cron last ran, and when a message of the queue was last taken.
    pub ran: Ran,
    /// When somebody began to store.
    begun_at: Option<Time>,
}

impl Pending {
    /// An isolate stores what it has counted at least once in this time, where something happens …
    pub const PERIOD: i64 = 4 * MINUTE;
    /// … and at most once in this time: where it is so many thousandths of a day's quota.
    const SHORTEST: i64 = MINUTE;
    const MUCH: i64 = 2;
    /// Hours that may wait where the database refuses.
    const MAX_HOURS: usize = 25;

    pub fn add(&mut self, source: Source, used: &Usage, now: Time) {
        if *used == Usage::default() {
            return;
        }
        self.has_any = true;
        let hour = self.hours.entry(hour(now)).or_default();
        match hour.iter_mut().find(|(of, _)| *of == source) {
            Some((_, sum)) => *sum = sum.plus(used),
            None => hour.push((source, *used)),
        }
        while self.hours.len() > Self::MAX_HOURS {
            self.hours.pop_first();
        }
    }

    /// Whether the caller is to store now what waits: then nobody else is told so for a while.
    pub fn begin(&mut self, now: Time) -> bool {
        let period = if self.is_much() { Self::SHORTEST } else { Self::PERIOD };
        let is_due = self.has_any && self.begun_at.is_none_or(|at| now.0 - at.0 >= period);
        if is_due {
            self.begun_at = Some(now);
        }
        is_due
    }

    fn is_much(&self) -> bool {
        let of = |measure: Measure| {
            let all = self.hours.values().flatten();
            all.fold(0_i64, |sum, (_, used)| sum.saturating_add(used.of(measure))).saturating_mul(1000)
        };
        Measure::ALL.into_iter().any(|m| m.quota().is_some_and(|quota| of(m) >= Self::MUCH * quota))
    }

    /// What is to be stored, by hour; it waits no longer.
    pub fn take(&mut self) -> Vec<(i64, Counted)> {
        self.has_any = false;
        let hours = std::mem::take(&mut self.hours);
        let named = |all: Vec<(Source, Usage)>| {
            let mut counted = Counted::new();
            for (source, used) in all {
                for measure in Measure::ALL.into_iter().filter(|measure| used.of(*measure) != 0) {
                    counted.insert(name(source, measure), used.of(measure));
                }
            }
            counted
        };
        hours.into_iter().map(|(hour, all)| (hour, named(all))).collect()
    }

    /// What could not be stored waits again.
    pub fn put_back(&mut self, all: &[(i64, Counted)]) {
        for (hour, counted) in all {
            for source in Source::ALL {
                self.add(source, &sum(counted, Some(source)), Time(hour * HOUR));
            }
        }
    }

    /// What waits of the day of `now`.
    pub fn today(&self, now: Time) -> Usage {
        let all = self.hours.range(first_hour(now)..).flat_map(|(_, hour)| hour);
        all.fold(Usage::default(), |sum, (_, used)| sum.plus(used))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(measure: Measure, amount: i64) -> Usage {
        let mut usage = Usage::default();
        usage.add(measure, amount);
        usage
    }

    #[test]
    fn requests_have_their_source() {
        for (method, path, accept, source) in [
            ("GET", "/api/v1/timelines/home", "*/*", Source::Apps),
            ("POST", "/oauth/token", "", Source::Apps),
            ("GET", "/api/v1/streaming/user", "", Source::Streams),
            ("POST", "/inbox", "", Source::Inbox),
            ("POST", "/users/ann/inbox", "", Source::Inbox),
            ("GET", "/users/ann", "application/activity+json", Source::Documents),
            ("GET", "/@ann/1", "application/ld+json; profile=\"x\"", Source::Documents),
            ("GET", "/.well-known/webfinger", "*/*", Source::Documents),
            ("GET", "/@ann", "text/html", Source::Pages),
            ("GET", "/", "", Source::Pages),
            ("POST", "/settings/servers", "text/html", Source::Pages),
            ("GET", "/media/abc", "image/*", Source::Files),
            ("GET", "/proxy/abc/x", "image/*", Source::Files),
        ] {
            assert_eq!(Source::of_request(method, path, accept), source, "{method} {path}");
        }
    }

    #[test]
    fn work_stops_in_its_order_and_the_inbox_last() {
        let mut last = 0;
        for (work, percent, measures) in STEPS {
            assert!(percent >= last, "{work:?}");
            last = percent;
            for measure in measures {
                let quota = measure.quota().unwrap();
                let allows = |amount| allows(&used(*measure, amount), work, Measure::quota);
                assert!(allows(quota * percent / 100 - 1), "{work:?} {measure:?}");
                assert!(!allows(quota * percent / 100), "{work:?} {measure:?}");
            }
            assert!(allows(&Usage::default(), work, Measure::quota));
        }
        assert_eq!(STEPS.last().unwrap().0, Work::Inbox);
        // Files have no part in what the inbox may do.
        assert!(allows(&used(Measure::FileWrites, 1_000), Work::Inbox, Measure::quota));
    }

    #[test]
    fn an_isolate_stores_every_four_minutes_or_where_it_is_much_each_minute_and_loses_nothing() {
        let mut pending = Pending::default();
        assert!(!pending.begin(Time(0)));
        pending.add(Source::Apps, &Usage::default(), Time(0));
        assert!(!pending.begin(Time(0)), "nothing was used");
        pending.add(Source::Apps, &used(Measure::RowsRead, 5), Time(HOUR - 1));
        pending.add(Source::Apps, &used(Measure::RowsRead, 2), Time(HOUR - 1));
        pending.add(Source::Inbox, &used(Measure::RowsRead, 1), Time(HOUR));
        assert!(pending.begin(Time(HOUR)));
        assert!(!pending.begin(Time(HOUR)), "somebody does");
        assert_eq!(pending.today(Time(HOUR)), used(Measure::RowsRead, 8));
        let stored = pending.take();
        let counted = |name: &str, n| Counted::from([(name.to_owned(), n)]);
        assert_eq!(stored, [(0, counted("apps.rows_read", 7)), (1, counted("inbox.rows_read", 1))]);
        assert_eq!(pending.today(Time(HOUR)), Usage::default());

        pending.add(Source::Cron, &used(Measure::RowsWritten, 1), Time(HOUR + 1));
        assert!(!pending.begin(Time(HOUR + 4 * MINUTE - 1)));
        assert!(pending.begin(Time(HOUR + 4 * MINUTE)));
        pending.take();
        pending.put_back(&stored);
        assert!(pending.begin(Time(HOUR + 8 * MINUTE)));
        assert_eq!(pending.take(), stored);
        // Two thousandths of a day's rows.
        pending.add(Source::Cron, &used(Measure::RowsWritten, 199), Time(HOUR + 9 * MINUTE));
        assert!(!pending.begin(Time(HOUR + 9 * MINUTE)));
        pending.add(Source::Cron, &used(Measure::RowsWritten, 1), Time(HOUR + 9 * MINUTE));
        assert!(!pending.begin(Time(HOUR + 9 * MINUTE - 1)));
        assert!(pending.begin(Time(HOUR + 9 * MINUTE)));
        pending.take();

        // Of the day before nothing counts.
        pending.add(Source::Apps, &used(Measure::Requests, 9), Time(DAY - 1));
        assert_eq!(pending.today(Time(DAY)), Usage::default());
        for n in 0..100 {
            pending.add(Source::Apps, &used(Measure::Requests, 1), Time(n * HOUR));
        }
        assert!(pending.hours.len() <= Pending::MAX_HOURS);
    }

    #[test]
    fn a_forecast_goes_on_as_lately() {
        // At noon, 300 in the last two hours and none before: the window is 10:00 to 12:00.
        assert_eq!(forecast(300, 300, Time(12 * HOUR)), 300 + 300 * 6);
        assert_eq!(forecast(50, 0, Time(12 * HOUR)), 50);
        // Just after midnight a single minute is the window.
        assert_eq!(forecast(1, 1, Time(DAY)), 1 + 24 * 60);
        assert_eq!(until_midnight(Time(DAY - 1)), 1);
        assert_eq!(until_midnight(Time(DAY)), 86_400);
    }
}
