//! Rate limits: <https://docs.joinmastodon.org/api/rate-limits/>. Counted in the isolate's memory, so that they
//! cost nothing; several isolates count apart, and the numbers are upper bounds for each.

use std::collections::HashMap;

use super::request::Request;
use super::response::Response;
use crate::model::time::{MINUTE, Time};

/// So many requests in so long a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub requests: u32,
    /// Milliseconds.
    pub window: i64,
    name: &'static str,
}

const GENERAL: Limit = Limit { requests: 300, window: 5 * MINUTE, name: "" };
const SIGN_IN: Limit = Limit { requests: 25, window: 5 * MINUTE, name: "sign in" };
const SIGN_UP: Limit = Limit { requests: 5, window: 30 * MINUTE, name: "sign up" };
const APPS: Limit = Limit { requests: 5, window: 10 * MINUTE, name: "apps" };

/// The limit of a request; `None` where there is none (other servers, pages, pictures).
pub fn of(request: &Request) -> Option<Limit> {
    match (request.method.as_str(), request.path.trim_end_matches('/')) {
        ("POST", "/sign_in" | "/setup" | "/oauth/token") => Some(SIGN_IN),
        ("POST", "/api/v1/accounts") => Some(SIGN_UP),
        ("POST", "/api/v1/apps") => Some(APPS),
        (_, path) if path.starts_with("/api/") => Some(GENERAL),
        _ => None,
    }
}

/// Where a caller stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub limit: u32,
    pub remaining: u32,
    pub reset: Time,
    pub is_over: bool,
}

/// Counts by caller and limit.
#[derive(Default)]
pub struct Counters(HashMap<(String, &'static str), (Time, u32)>);

impl Counters {
    /// How many callers are remembered before the memory starts anew.
    const MOST: usize = 5000;

    /// Counts one request of a caller (a token, or an address).
    pub fn count(&mut self, caller: &str, limit: Limit, now: Time) -> Standing {
        if self.0.len() >= Self::MOST {
            self.0.retain(|_, (until, _)| *until > now);
        }
        if self.0.len() >= Self::MOST {
            self.0.clear();
        }
        let entry = self.0.entry((caller.to_owned(), limit.name)).or_insert((now.plus(limit.window), 0));
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
}

/// Who a request counts for: its bearer token where it has one, else its address.
pub fn caller(request: &Request) -> String {
    request.header("authorization").map_or_else(|| request.ip.clone().unwrap_or_default(), str::to_owned)
}

/// Adds the three headers; the reset has six digits.
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

    #[test]
    fn counts_by_caller_and_window() {
        let mut counters = Counters::default();
        let now = Time(1_790_000_000_000);
        for n in 1..=300 {
            assert_eq!(counters.count("a", GENERAL, now).remaining, 300 - n);
        }
        assert!(counters.count("a", GENERAL, now).is_over);
        assert!(!counters.count("b", GENERAL, now).is_over);
        assert!(!counters.count("a", SIGN_IN, now).is_over);
        assert!(!counters.count("a", GENERAL, now.plus(5 * MINUTE)).is_over);
        let mut response = Response::empty_object();
        apply(&counters.count("c", GENERAL, now), &mut response);
        assert!(response.header("x-ratelimit-reset").is_some_and(|r| r.ends_with(".000000Z")));
    }
}
