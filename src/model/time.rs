//! Times as Unix milliseconds, and their text formats: ISO 8601, HTTP dates and plain dates.

/// Milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Time(pub i64);

pub const SECOND: i64 = 1000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Year, month and day of a day number since 1970-01-01, in the proleptic Gregorian calendar. It counts in
/// years that begin in March, so that leap days are last, and in eras of 400 such years, which all have
/// 146,097 days.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year + next, month, day_of_month)
}

/// The day number of a date since 1970-01-01; `None` for an invalid date.
fn day_of(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(-1..=10_000).contains(&year) {
        return None;
    }
    let from_march = if month > 2 { month - 3 } else { month + 9 };
    let year_of_march = if month > 2 { year } else { year - 1 };
    let (era, of_era) = (year_of_march.div_euclid(400), year_of_march.rem_euclid(400));
    let before = (153 * from_march + 2) / 5;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + before + day - 1 - 719_468;
    (date_of(days) == (year, month, day)).then_some(days)
}

/// Milliseconds of `09:08:07` with any fraction; `None` for an invalid time.
fn time_of_day(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let mut parts = whole.split(':').map(number);
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    if !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let ms = fraction.bytes().chain(*b"000").take(3).fold(0, |n, b| n * 10 + i64::from(b - b'0'));
    Some(hours * HOUR + minutes * MINUTE + seconds.min(59) * SECOND + ms)
}

/// Milliseconds east of Greenwich for `Z`, `GMT`, `+09:00` or `-0500`.
fn zone(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z" | "GMT" | "UTC" | "UT") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let digits: String = text.strip_prefix(['+', '-'])?.chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = (number(digits.get(..2)?)?, number(digits.get(2..)?)?);
    (hours < 24 && minutes < 60 && digits.len() == 4).then(|| sign * (hours * HOUR + minutes * MINUTE))
}

/// One to four digits.
fn number(text: &str) -> Option<i64> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// The last digits of a number, at most four. A timeline writes a hundred times, and the formatter of the standard
/// library takes several times as long.
fn digits(text: &mut String, number: i64, many: usize) {
    let mut rest = number.rem_euclid(10_000) as u32;
    let mut made = [b'0'; 4];
    for digit in made.iter_mut().rev() {
        *digit += (rest % 10) as u8;
        rest /= 10;
    }
    text.extend(made.iter().skip(made.len() - many).map(|digit| char::from(*digit)));
}

impl Time {
    fn date(self) -> (i64, i64, i64) {
        date_of(self.0.div_euclid(DAY))
    }

    /// `2026-01-02T03:04:05.678Z`: always with milliseconds and a Z, as clients of Mastodon require.
    pub fn to_iso(self) -> String {
        let mut text = String::with_capacity(24);
        self.write_date(&mut text);
        text.push('T');
        self.write_clock(&mut text);
        text.push('.');
        digits(&mut text, self.0.rem_euclid(SECOND), 3);
        text.push('Z');
        text
    }

    /// `2026-01-02T03:04:05Z`, as in ActivityPub documents.
    pub fn to_iso_seconds(self) -> String {
        let mut text = String::with_capacity(20);
        self.write_date(&mut text);
        text.push('T');
        self.write_clock(&mut text);
        text.push('Z');
        text
    }

    /// `2026-01-02`.
    pub fn to_date(self) -> String {
        let mut text = String::with_capacity(10);
        self.write_date(&mut text);
        text
    }

    /// `2026-01-02 03:04`.
    pub fn to_minute(self) -> String {
        let mut text = self.to_iso_seconds().replace('T', " ");
        text.truncate(16);
        text
    }

    fn write_date(self, text: &mut String) {
        let (year, month, day) = self.date();
        digits(text, year, 4);
        text.push('-');
        digits(text, month, 2);
        text.push('-');
        digits(text, day, 2);
    }

    fn write_clock(self, text: &mut String) {
        let ms = self.0.rem_euclid(DAY);
        digits(text, ms / HOUR, 2);
        text.push(':');
        digits(text, ms / MINUTE % 60, 2);
        text.push(':');
        digits(text, ms / SECOND % 60, 2);
    }

    /// The start of the day (UTC).
    pub fn midnight(self) -> Self {
        Self(self.0.div_euclid(DAY) * DAY)
    }

    /// `Thu, 01 Jan 2026 00:00:00 GMT` (RFC 9110 section 5.6.7).
    pub fn to_http(self) -> String {
        let (year, month, day) = self.date();
        let weekday = DAYS.get(self.0.div_euclid(DAY).rem_euclid(7) as usize).unwrap_or(&"");
        let month = MONTHS.get(month as usize - 1).unwrap_or(&"");
        let mut text = format!("{weekday}, {day:02} {month} {year:04} ");
        self.write_clock(&mut text);
        text + " GMT"
    }

    /// Parses RFC 3339 (without a zone it is UTC). `None` outside of years 0 to 9999.
    pub fn parse_iso(text: &str) -> Option<Self> {
        let text = text.trim();
        let (date, rest) = text.split_at_checked(10)?;
        let mut parts = date.split('-').map(number);
        let days = day_of(parts.next()??, parts.next()??, parts.next()??)?;
        let rest = rest.strip_prefix(['T', 't', ' '])?;
        let clock_end = rest.find(['Z', 'z', '+', '-']).unwrap_or(rest.len());
        let (clock, offset) = rest.split_at(clock_end);
        let offset = if offset.is_empty() { 0 } else { zone(offset)? };
        let time = Self(days * DAY + time_of_day(clock)? - offset);
        let (year, ..) = time.date();
        (0..=9999).contains(&year).then_some(time)
    }

    /// Parses the three date formats of RFC 9110 section 5.6.7, and a zone of RFC 5322 instead of `GMT`.
    pub fn parse_http(text: &str) -> Option<Self> {
        let mut words: Vec<&str> = text.split([' ', ',']).filter(|w| !w.is_empty()).collect();
        // `01-Jan-26`
        if let Some(at) = words.iter().position(|w| w.contains('-') && !w.starts_with('-')) {
            let date: Vec<&str> = words.get(at)?.split('-').collect();
            words.splice(at..=at, date);
        }
        let (year, month, day, clock, offset) = match words.as_slice() {
            [_, day, month, year, clock, offset] => (*year, *month, *day, *clock, *offset),
            [_, month, day, clock, year] => (*year, *month, *day, *clock, "GMT"),
            _ => return None,
        };
        let month = MONTHS.iter().position(|m| m.eq_ignore_ascii_case(month))? as i64 + 1;
        let year = match (number(year)?, year.len()) {
            (year, 2) => year + if year < 70 { 2000 } else { 1900 },
            (year, _) => year,
        };
        let days = day_of(year, month, number(day)?)?;
        Some(Self(days * DAY + time_of_day(clock)? - zone(offset)?))
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
        assert_eq!(t.plus(12 * HOUR + 34 * MINUTE + 56_789).to_minute(), "2026-01-01 12:34");
        assert_eq!(t.plus(12 * HOUR + 34 * MINUTE + 56_789).to_iso(), "2026-01-01T12:34:56.789Z");
        assert_eq!(Time(-1).to_iso(), "1969-12-31T23:59:59.999Z");
        assert_eq!(Time::parse_http("Thu, 01 Jan 2026 00:00:00 GMT"), Some(t));
        assert_eq!(Time::parse_http("Thursday, 01-Jan-26 00:00:00 GMT"), Some(t));
        assert_eq!(Time::parse_iso("2026-01-01T09:00:00+09:00"), Some(t));
        assert_eq!(Time::parse_iso("2026-01-01T00:00:00"), Some(t));
        assert_eq!(Time::parse_iso("2026-01-01T00:00:00.123Z"), Some(t.plus(123)));
        assert_eq!(Time::parse_iso("+275760-09-13T00:00:00Z"), None);
        for wrong in [
            "yesterday",
            "",
            "2026-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-01-01T25:00:00Z",
            "2026-01-01",
            "2026-01-01T00:00:00+9",
            "2026-01-01T00:00:00.x",
            "0000-01-01T00:00:00+23:00",
            "한글한글한글",
        ] {
            assert_eq!(Time::parse_iso(wrong), None, "{wrong}");
        }
        assert_eq!(Time::parse_http("Thu Jan  1 00:00:00 2026"), Some(t));
        assert_eq!(Time::parse_http("Thu, 01 Jan 2026 09:00:00 +0900"), Some(t));
        assert_eq!(Time::parse_http("Wed, 31 Dec 2025 19:00:00 -0500"), Some(t));
        assert_eq!(Time::parse_http("Thu, 32 Jan 2026 00:00:00 GMT"), None);
    }

    #[test]
    fn every_day_of_ten_thousand_years_goes_there_and_back() {
        let mut expected = (0, 1, 1);
        for day in day_of(0, 1, 1).unwrap()..=day_of(9999, 12, 31).unwrap() {
            assert_eq!(date_of(day), expected);
            assert_eq!(day_of(expected.0, expected.1, expected.2), Some(day));
            let (year, month, _) = expected;
            let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let length = [31, if is_leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            expected.2 += 1;
            if expected.2 > length[month as usize - 1] {
                expected = if month == 12 { (year + 1, 1, 1) } else { (year, month + 1, 1) };
            }
        }
        assert_eq!(expected, (10_000, 1, 1));
    }
}
