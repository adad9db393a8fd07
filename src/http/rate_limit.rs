//! Rate limits: <https://docs.joinmastodon.org/api/rate-limits/>. Each route names its limit. Requests are
//! counted in the isolate's memory, which costs no database rows; isolates count separately, so the numbers
//! are limits for each isolate. Failed sign-ins are counted in the database as well (`services::attempts`).

use std::collections::HashMap;

use super::response::Response;
use crate::model::address::Address;
use crate::model::id::Id;
use crate::model::time::{MINUTE, Time};

/// A number of requests in a window of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Limit {
    pub requests: u32,
    /// Milliseconds.
    pub window: i64,
    /// Limits of different names are counted separately.
    name: &'static str,
}

impl Limit {
    const fn new(name: &'static str, requests: u32, minutes: i64) -> Self {
        Self { requests, window: minutes * MINUTE, name }
    }
}

/// For a valid token, and for an address without one.
pub const GENERAL: Limit = Limit::new("general", 300, 5);
/// For all tokens of a user together.
pub const PERSON: Limit = Limit::new("person", 1500, 5);
/// For an address, whatever tokens it sends.
pub const EVERYTHING: Limit = Limit::new("everything", 7500, 5);
/// Where passwords and codes are checked.
pub const SIGN_IN: Limit = Limit::new("sign in", 25, 5);
/// Files to be imported: each is read, and written in parts.
pub const IMPORTS: Limit = Limit::new("imports", 30, 60);
/// The page of exports and its files: each reads all rows of its kind, and the page of all kinds.
pub const EXPORTS: Limit = Limit::new("exports", 30, 60);
/// Steps of bringing posts along from an archive, each of some posts or one file.
pub const ARCHIVES: Limit = Limit::new("archives", 900, 30);
/// Handles of other servers that a stranger has looked up.
pub const INTERACT: Limit = Limit::new("interact", 25, 5);
pub const SIGN_UP: Limit = Limit::new("sign up", 5, 30);
pub const APPS: Limit = Limit::new("apps", 5, 10);

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
        let key = (caller, limit.name);
        if self.0.len() >= Self::MAX && !self.0.contains_key(&key) {
            self.make_room(now);
        }
        let entry = self.0.entry(key).or_insert((now.plus(limit.window), 0));
        if entry.0 <= now {
            *entry = (now.plus(limit.window), 0);
        }
        entry.1 = entry.1.saturating_add(1);
        Standing {
            limit: limit.requests,
            remaining: limit.requests.saturating_sub(entry.1),
            reset: entry.0,
            is_over: entry.1 > limit.requests,
        }
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

/// Adds the three headers; the reset has six fractional digits.
pub fn apply(standing: &Standing, response: &mut Response) {
    let reset = standing.reset.to_iso().replace('Z', "000Z");
    for (name, value) in [
        ("X-RateLimit-Limit", standing.limit.to_string()),
        ("X-RateLimit-Remaining", standing.remaining.to_string()),
        ("X-RateLimit-Reset", reset),
    ] {
        response.headers.push((name.into(), value));
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
        let mut response = Response::empty_object();
        let standing = counters.count(address(2), GENERAL, NOW);
        assert_eq!((standing.limit, standing.reset), (300, NOW.plus(5 * MINUTE)));
        apply(&standing, &mut response);
        assert_eq!(response.header("x-ratelimit-limit"), Some("300"));
        assert_eq!(response.header("x-ratelimit-remaining"), Some("299"));
        assert!(response.header("x-ratelimit-reset").is_some_and(|r| r.ends_with(".000000Z")));
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
