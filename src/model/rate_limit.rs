//! Rate limits: <https://docs.joinmastodon.org/api/rate-limits/>. Each route names its limit. Requests are
//! counted in the isolate's memory, which costs no database rows; isolates count separately, so the numbers
//! are limits for each isolate. Those that are strict are counted for the data centre as well, where there is a binding
//! for it (`platform::Limiter`), failed sign-ins in the database (`services::attempts`), and what a person uses in a day as
//! well (`services::personal`).

use std::collections::HashMap;

use super::address::Address;
use super::id::Id;
use super::time::{DAY, MINUTE, Time};

/// A number of requests in a window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit {
    pub requests: u32,
    /// Milliseconds.
    pub window: i64,
    /// Limits of different names are counted separately.
    name: &'static str,
    /// Each request is for the data centre to count as well.
    pub is_strict: bool,
    /// New accounts may do this part of it.
    part_of_new: u32,
}

impl Limit {
    const fn new(name: &'static str, requests: u32, minutes: i64) -> Self {
        Self { requests, window: minutes * MINUTE, name, is_strict: false, part_of_new: 1 }
    }

    /// Where secrets are guessed, and where strangers make us write or ask others.
    const fn strict(self) -> Self {
        Self { is_strict: true, ..self }
    }

    /// What concerns others: new accounts do a quarter of it.
    const fn slower_at_first(self) -> Self {
        Self { part_of_new: 4, ..self }
    }

    pub fn name(self) -> &'static str {
        self.name
    }

    /// As it is for a new account.
    #[must_use]
    pub fn of_new(self) -> Self {
        Self { requests: (self.requests / self.part_of_new).max(1), ..self }
    }
}

/// For a valid token, and for an address without one.
pub const GENERAL: Limit = Limit::new("general", 300, 5);
/// For all tokens of a user together.
pub const PERSON: Limit = Limit::new("person", 1500, 5);
/// For an address, whatever tokens it sends.
pub const EVERYTHING: Limit = Limit::new("everything", 7500, 5);
/// Where passwords and codes are checked.
pub const SIGN_IN: Limit = Limit::new("sign in", 25, 5).strict();
/// The same for an address whose browsers have signed in before: each of these is counted by itself as well.
pub const SIGN_IN_KNOWN: Limit = Limit::new("sign in, known browsers", 100, 5).strict();
/// Sign-ins of a person: each writes a dozen rows.
pub const SIGNED_IN: Limit = Limit::new("signed in", 100, DAY / MINUTE);
/// Files to be imported: each is read, and written in parts.
pub const IMPORTS: Limit = Limit::new("imports", 30, 60);
/// The page of exports and its files: each reads all rows of its kind, and the page of all kinds.
pub const EXPORTS: Limit = Limit::new("exports", 30, 60);
/// Steps of bringing posts along from an archive, each of some posts or one file.
pub const ARCHIVES: Limit = Limit::new("archives", 900, 30);
/// Handles of other servers that a stranger has looked up.
pub const INTERACT: Limit = Limit::new("interact", 25, 5).strict();
pub const SIGN_UP: Limit = Limit::new("sign up", 5, 30).strict();
pub const APPS: Limit = Limit::new("apps", 5, 10).strict();
/// Pages that an address opens.
pub const PAGES: Limit = Limit::new("pages", 600, 5);
/// Files that an address opens: a page has some hundred.
pub const FILES: Limit = Limit::new("files", 6000, 5);
/// What other servers read of us, and what they send.
pub const SERVERS: Limit = Limit::new("servers", 6000, 5);

/// What a person does, whichever app or page it is done by; a part of what concerns others where the account is new. As on Mastodon: posts and
/// boosts …
pub const STATUSES: Limit = Limit::new("statuses", 300, 3 * 60);
/// … posts deleted and boosts taken back …
pub const DELETIONS: Limit = Limit::new("deletions", 30, 30);
pub const FOLLOWS: Limit = Limit::new("follows", 400, DAY / MINUTE).slower_at_first();
pub const REPORTS: Limit = Limit::new("reports", 400, DAY / MINUTE).slower_at_first();
/// … and beyond it: people mentioned who are not answered, and addresses and handles looked up on other servers (apps search
/// while somebody types).
pub const MENTIONS: Limit = Limit::new("mentions", 300, DAY / MINUTE).slower_at_first();
pub const LOOKUPS: Limit = Limit::new("lookups", 240, 5).slower_at_first();

/// The subject of counting. The address comes from the platform, never from a header of the caller; a token
/// or a device counts only once it is known to be valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Caller {
    Address(Address),
    Token(Id),
    Person(Id),
    /// A browser that has signed in here before.
    Device(u64),
}

/// A caller's state after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub limit: u32,
    pub remaining: u32,
    pub reset: Time,
    pub is_over: bool,
}

/// Counts by caller and limit.
#[derive(Default)]
pub struct Counters(HashMap<(Caller, &'static str), (Time, u32)>);

impl Counters {
    /// How many callers are kept in memory.
    const MAX: usize = 5000;

    /// Counts one request.
    pub fn count(&mut self, caller: Caller, limit: Limit, now: Time) -> Standing {
        self.count_many(caller, limit, 1, now)
    }

    /// Counts something that counts for so many requests.
    pub fn count_many(&mut self, caller: Caller, limit: Limit, many: u32, now: Time) -> Standing {
        let key = (caller, limit.name);
        if self.0.len() >= Self::MAX && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        let entry = self.0.entry(key).or_insert((now.plus(limit.window), 0));
        if entry.0 <= now {
            *entry = (now.plus(limit.window), 0);
        }
        entry.1 = entry.1.saturating_add(many);
        Standing {
            limit: limit.requests,
            remaining: limit.requests.saturating_sub(entry.1),
            reset: entry.0,
            is_over: entry.1 > limit.requests,
        }
    }

    /// The standing of a caller who is over a limit, without counting anything.
    pub fn over(&self, caller: Caller, limit: Limit, now: Time) -> Option<Standing> {
        let (reset, requests) =
            self.0.get(&(caller, limit.name)).copied().filter(|(until, _)| *until > now)?;
        (requests >= limit.requests).then_some(Standing {
            limit: limit.requests,
            remaining: 0,
            reset,
            is_over: true,
        })
    }

    /// Drops callers whose window has ended, then those with the fewest requests: a flood from thousands of
    /// addresses drops these before an address that has used up its limit.
    fn make_room(&mut self, now: Time) {
        self.0.retain(|_, (until, _)| *until > now);
        let mut fewest = 1;
        while self.0.len() > Self::MAX / 2 {
            self.0.retain(|_, (_, requests)| *requests > fewest);
            fewest = fewest.saturating_mul(2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time(1_790_000_000_000);

    fn address(n: u32) -> Caller {
        Caller::Address(Address::parse(&std::net::Ipv4Addr::from_bits(n + 1).to_string()))
    }

    #[test]
    fn counts_by_caller_and_window() {
        let mut counters = Counters::default();
        for n in 1..=300 {
            let standing = counters.count(address(0), GENERAL, NOW);
            assert_eq!((standing.remaining, standing.is_over), (300 - n, false));
        }
        assert!(counters.count(address(0), GENERAL, NOW).is_over);
        assert!(!counters.count(address(1), GENERAL, NOW).is_over);
        assert!(!counters.count(Caller::Token(Id(1)), GENERAL, NOW).is_over);
        assert!(!counters.count(address(0), SIGN_IN, NOW).is_over);
        assert!(counters.count(address(0), GENERAL, NOW.plus(5 * MINUTE - 1)).is_over);
        assert!(!counters.count(address(0), GENERAL, NOW.plus(5 * MINUTE)).is_over);
        assert!(counters.over(address(1), GENERAL, NOW).is_none());
        let over = counters.over(address(0), GENERAL, NOW.plus(MINUTE));
        assert_eq!(over.map(|o| (o.remaining, o.reset)), None, "its window has begun anew");
        for _ in 0..300 {
            counters.count(address(3), GENERAL, NOW);
        }
        let over = counters.over(address(3), GENERAL, NOW.plus(MINUTE));
        assert_eq!(over.map(|o| (o.remaining, o.reset)), Some((0, NOW.plus(5 * MINUTE))));
        assert!(counters.over(address(3), GENERAL, NOW.plus(5 * MINUTE)).is_none());
        let standing = counters.count(address(2), GENERAL, NOW);
        assert_eq!((standing.limit, standing.reset), (300, NOW.plus(5 * MINUTE)));
    }

    #[test]
    fn a_flood_of_addresses_forgets_no_caller_that_is_over_its_limit() {
        let mut counters = Counters::default();
        for _ in 0..26 {
            counters.count(address(0), SIGN_IN, NOW);
        }
        for n in 1..50_000 {
            counters.count(address(n), SIGN_IN, NOW);
            counters.count(address(n), SIGN_IN, NOW);
            assert!(counters.0.len() <= Counters::MAX);
        }
        assert!(counters.count(address(0), SIGN_IN, NOW).is_over);
        // Callers whose window has ended are dropped first.
        let later = NOW.plus(5 * MINUTE);
        for n in 0..5_000 {
            counters.count(address(100_000 + n), SIGN_IN, later);
        }
        assert!(counters.0.len() <= Counters::MAX);
        assert!(!counters.0.contains_key(&(address(49_999), SIGN_IN.name)));
        assert!(!counters.0.contains_key(&(address(0), SIGN_IN.name)));
    }

    #[test]
    fn callers_with_the_fewest_requests_are_dropped_until_half_of_the_memory_is_free() {
        // How many callers have how many requests, and how many of them are left when one more comes.
        for (counted, left) in [
            ([(2_500, 1), (2_500, 2)], [0, 2_500]),
            ([(2_501, 1), (2_499, 5)], [0, 2_499]),
            ([(3_000, 2), (2_000, 3)], [0, 2_000]),
            ([(2_400, 1), (2_600, 2)], [0, 0]),
        ] {
            let mut counters = Counters::default();
            let [(few, _), _] = counted;
            for (from, (callers, requests)) in [(0, counted[0]), (few, counted[1])] {
                for n in (from..from + callers).flat_map(|n| std::iter::repeat_n(n, requests)) {
                    counters.count(address(n), SIGN_IN, NOW);
                }
            }
            counters.count(address(1_000_000), SIGN_IN, NOW);
            let is_kept = |n: &u32| counters.0.contains_key(&(address(*n), SIGN_IN.name));
            let found = [(0..few).filter(is_kept).count(), (few..5_000).filter(is_kept).count()];
            assert_eq!(found, left, "{counted:?}");
        }
    }

    #[test]
    fn a_full_memory_still_counts() {
        let mut counters = Counters::default();
        for n in 0..Counters::MAX as u32 {
            for _ in 0..40 {
                counters.count(address(n), SIGN_IN, NOW);
            }
        }
        // A caller that is known needs no room.
        assert_eq!(counters.0.len(), Counters::MAX);
        assert!(counters.count(address(0), SIGN_IN, NOW).is_over);
        assert_eq!(counters.count(address(1_000_000), SIGN_IN, NOW).remaining, 24);
        assert!(counters.0.len() <= Counters::MAX);
    }
}
