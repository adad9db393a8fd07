//! Ids: 41 bits of milliseconds since 2008-01-01 UTC, then 12 bits of entropy.
//!
//! They sort by time, are the table's rowid, stay below 2^53 (so D1 and JavaScript represent them exactly),
//! and are strings of digits in JSON.

use std::fmt;

/// 2008-01-01T00:00:00Z in Unix milliseconds.
pub const EPOCH_MS: i64 = 1_199_145_600_000;
const ENTROPY_BITS: u32 = 12;
pub const MAX: i64 = (1 << 53) - 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Id(pub i64);

impl Id {
    /// An id at `unix_ms` (milliseconds since 1970), with the low bits of `entropy`. Times before 2008 are
    /// treated as 2008.
    pub fn at(unix_ms: i64, entropy: u64) -> Self {
        let ms = (unix_ms - EPOCH_MS).max(0);
        let low = (entropy & ((1 << ENTROPY_BITS) - 1)) as i64;
        Self(((ms << ENTROPY_BITS) | low).min(MAX))
    }

    /// Like [`at`](Self::at), for what another server published then and came here at `now`. Most servers tell whole
    /// seconds: what comes within that second is placed by its arrival, so that a conversation stays in order; for the
    /// rest the entropy is spread over the second, so that ids of statuses of one second rarely collide.
    pub fn within_second(unix_ms: i64, now: i64, entropy: u64) -> Self {
        let since = now - unix_ms;
        let spread = match unix_ms % 1000 {
            0 if (0..1000).contains(&since) => since,
            0 => ((entropy >> ENTROPY_BITS) % 1000) as i64,
            _ => 0,
        };
        Self::at(unix_ms + spread, entropy)
    }

    /// The id that the uri of a status says, with its time: `…/statuses/` and a number, which is an id of ours (of 53 bits),
    /// or one of Mastodon (`Mastodon::Snowflake`: milliseconds since 1970, times 65,536, and a sequence number).
    pub fn of_uri(uri: &str) -> Option<Self> {
        let (_, rest) = uri.split_once("/statuses/")?;
        let end = rest.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
        let n: i64 = rest.get(..end)?.parse().ok()?;
        if n <= MAX {
            return Some(Self(n));
        }
        let ms = (n >> 16) - EPOCH_MS;
        let id = ms.checked_mul(1 << ENTROPY_BITS)? + (n & ((1 << ENTROPY_BITS) - 1));
        (0..=MAX).contains(&id).then_some(Self(id))
    }

    /// The first id of a time, for cursors by time.
    pub fn floor(unix_ms: i64) -> Self {
        Self(((unix_ms - EPOCH_MS).max(0) << ENTROPY_BITS).min(MAX))
    }

    /// The Unix time of this id, in milliseconds.
    pub fn unix_ms(self) -> i64 {
        (self.0 >> ENTROPY_BITS) + EPOCH_MS
    }

    /// Parses a cursor from a client: an id, or, beyond 53 bits, an id that the client made from a date as
    /// Mastodon does: milliseconds since 1970, times 65,536 (`Mastodon::Snowflake`). The smallest such number
    /// beyond 53 bits is from May 1974, so the two cannot be confused. `None` unless it is digits.
    pub fn parse_cursor(text: &str) -> Option<Self> {
        const SEQUENCE_BITS: u32 = 16;
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        match text.parse::<i64>() {
            Ok(n) if n <= MAX => Some(Self(n)),
            Ok(n) => Some(Self::floor(n >> SEQUENCE_BITS)),
            // Later than any time.
            Err(_) => Some(Self(MAX)),
        }
    }

    /// Parses an id from a client. `None` unless it is 1 to 16 digits within 53 bits.
    pub fn parse(text: &str) -> Option<Self> {
        if text.is_empty() || text.len() > 16 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        text.parse().ok().filter(|n| *n <= MAX).map(Self)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_by_time_and_keeps_within_53_bits() {
        let a = Id::at(1_700_000_000_123, u64::MAX);
        let b = Id::at(1_700_000_000_124, 0);
        assert!(a < b);
        assert_eq!(a.unix_ms(), 1_700_000_000_123);
        assert!(Id::at(i64::MAX / 2, u64::MAX).0 <= MAX);
        assert_eq!(Id::at(0, 0), Id(0));
    }

    #[test]
    fn a_whole_second_is_spread() {
        let a = Id::within_second(1_700_000_000_000, 1_800_000_000_000, 5 << 12);
        assert_eq!(a.unix_ms(), 1_700_000_000_005);
        // What comes within the second is in the order of its arrival, whatever the entropy is.
        let arrived = |after: i64| Id::within_second(1_700_000_000_000, 1_700_000_000_000 + after, 900 << 12);
        assert_eq!([0, 7, 999].map(|after| arrived(after).unix_ms() % 1000), [0, 7, 999]);
        assert_eq!(arrived(1000).unix_ms() % 1000, 900);
        assert_eq!(Id::within_second(1_700_000_000_001, 1_700_000_000_500, 5 << 12).unix_ms() % 1000, 1);
        assert!(
            Id::within_second(1_700_000_000_000, 1_800_000_000_000, u64::MAX).unix_ms() < 1_700_000_001_000
        );
        assert_eq!(Id::at(1_700_000_000_000, u64::MAX).unix_ms(), 1_700_000_000_000);
    }

    #[test]
    fn a_cursor_beyond_53_bits_is_a_moment() {
        let at = |ms: i64| Some(Id::floor(ms));
        assert_eq!(Id::parse_cursor("42"), Some(Id(42)));
        assert_eq!(Id::parse_cursor("9007199254740991"), Some(Id(MAX)));
        // 2026-09-21T13:33:20Z, with and without a sequence number.
        assert_eq!(Id::parse_cursor("117309440000000000"), at(1_790_000_000_000));
        assert_eq!(Id::parse_cursor("117309440000000077"), at(1_790_000_000_000));
        // Before 2008, and later than any time.
        assert_eq!(Id::parse_cursor("9007199254740992"), Some(Id(0)));
        for far in ["9223372036854775807", "9223372036854775808", "99999999999999999999999999"] {
            assert_eq!(Id::parse_cursor(far), Some(Id(MAX)), "{far}");
        }
        for bad in ["", "-1", "1.5", "abc", " 1"] {
            assert_eq!(Id::parse_cursor(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_uri_of_a_status_says_its_time() {
        // Made at 2026-09-21T13:33:20.123Z.
        let number = (1_790_000_000_123_i64 << 16) + 5 * 4096 + 77;
        let at = Some(Id::at(1_790_000_000_123, 77));
        for rest in ["", "/activity", "?x=1", "#a"] {
            assert_eq!(Id::of_uri(&format!("https://m.example/users/a/statuses/{number}{rest}")), at);
        }
        assert_eq!(Id::of_uri("https://s.example/users/a/statuses/42"), Some(Id(42)));
        for none in [
            "",
            "https://m.example/notes/1",
            "https://g.example/users/a/statuses/",
            "x/statuses/-1",
            "x/statuses/99999999999999999999",
            "x/statuses/9223372036854775807",
            "x/statuses/a1",
        ] {
            assert_eq!(Id::of_uri(none), None, "{none}");
        }
    }

    #[test]
    fn parses_digits_only() {
        assert_eq!(Id::parse("42"), Some(Id(42)));
        for bad in ["", "-1", "+1", " 1", "1.0", "abc", "99999999999999999", "9007199254740992"] {
            assert_eq!(Id::parse(bad), None, "{bad}");
        }
    }
}
