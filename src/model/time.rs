//! Moments as Unix milliseconds, and the three spellings the surfaces use.

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};

/// Milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub i64);

pub const SECOND: i64 = 1000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

impl Time {
    fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    /// `2026-01-02T03:04:05.678Z`: always three digits and a Z, as Mastodon's apps insist.
    pub fn to_iso(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// `2026-01-02T03:04:05Z`, as ActivityPub documents have it.
    pub fn to_iso_seconds(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    /// `2026-01-02`.
    pub fn to_date(self) -> String {
        self.utc().format("%Y-%m-%d").to_string()
    }

    /// The midnight (UTC) before.
    pub fn midnight(self) -> Self {
        Self(self.0.div_euclid(DAY) * DAY)
    }

    /// `Thu, 01 Jan 2026 00:00:00 GMT` (RFC 9110 section 5.6.7).
    pub fn to_http(self) -> String {
        self.utc().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Reads RFC 3339 (with or without zone; without means UTC). `None` outside years 0 to 9999.
    pub fn parse_iso(text: &str) -> Option<Self> {
        let text = text.trim();
        let time = DateTime::parse_from_rfc3339(text)
            .map(|t| t.to_utc())
            .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|t| t.and_utc()))
            .ok()?;
        let year = chrono::Datelike::year(&time);
        (0..=9999).contains(&year).then(|| Self(time.timestamp_millis()))
    }

    /// Reads the three date forms of RFC 9110 section 5.6.7.
    pub fn parse_http(text: &str) -> Option<Self> {
        let text = text.trim();
        ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
            .iter()
            .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
            .map(|t| Self(t.and_utc().timestamp_millis()))
            .or_else(|| DateTime::parse_from_rfc2822(text).ok().map(|t| Self(t.timestamp_millis())))
    }

    pub fn plus(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_and_reads() {
        let t = Time(1_767_225_600_000);
        assert_eq!(t.to_iso(), "2026-01-01T00:00:00.000Z");
        assert_eq!(t.to_iso_seconds(), "2026-01-01T00:00:00Z");
        assert_eq!(t.to_http(), "Thu, 01 Jan 2026 00:00:00 GMT");
        assert_eq!(t.to_date(), "2026-01-01");
        assert_eq!(Time::parse_http("Thu, 01 Jan 2026 00:00:00 GMT"), Some(t));
        assert_eq!(Time::parse_http("Thursday, 01-Jan-26 00:00:00 GMT"), Some(t));
        assert_eq!(Time::parse_iso("2026-01-01T09:00:00+09:00"), Some(t));
        assert_eq!(Time::parse_iso("2026-01-01T00:00:00"), Some(t));
        assert_eq!(Time::parse_iso("2026-01-01T00:00:00.123Z"), Some(t.plus(123)));
        assert_eq!(Time::parse_iso("+275760-09-13T00:00:00Z"), None);
        assert_eq!(Time::parse_iso("yesterday"), None);
    }
}
