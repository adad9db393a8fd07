//! Times, as readers say them.

use maud::{Markup, html};

use crate::http::handler::Context;
use crate::model::time::{DAY, HOUR, MINUTE, Time};
use crate::web::words::{Language, Plural, Word};

/// A time as its distance from now, and as its date where that is more than a week. Its title is the minute.
///
/// Times are of the zone that who is signed in has chosen, else of UTC. The module has no data of zones: how far a zone is
/// from UTC at a time is one call of the runtime (`Clock::offset`), so that pages are right without script.
pub fn time(c: &Context<'_>, at: Time, language: Language) -> Markup {
    html! { time datetime=(at.to_iso()) title=(stamp(c, at)) { (ago(at, local(c, at), c.app.now(), language)) } }
}

/// A time as its minute, with how far its clock is from UTC.
pub fn minute(c: &Context<'_>, at: Time) -> Markup {
    html! { time datetime=(at.to_iso()) { (stamp(c, at)) } }
}

/// The text of [`minute`].
pub fn stamp(c: &Context<'_>, at: Time) -> String {
    format!("{} {}", local(c, at).to_minute(), name(offset(c, at)))
}

/// What the reader's clock shows at a time, as a time of UTC.
fn local(c: &Context<'_>, at: Time) -> Time {
    at.plus(offset(c, at) * MINUTE)
}

/// A time as `<input type=datetime-local>` has it.
pub fn input(c: &Context<'_>, at: Time) -> String {
    local(c, at).to_iso().chars().take(16).collect()
}

/// Reads [`input`]. Of an hour that comes twice in the night when summer time ends it is one of both.
pub fn typed(c: &Context<'_>, text: &str) -> Option<Time> {
    let shown = Time::parse_iso(&format!("{text:.16}:00Z"))?;
    let guess = shown.plus(-offset(c, shown) * MINUTE);
    Some(shown.plus(-offset(c, guess) * MINUTE))
}

/// A label that says UTC, with the reader's zone instead.
pub fn label(c: &Context<'_>, label: &str) -> String {
    let taste = c.taste.borrow();
    let zone = taste.as_ref().map(|taste| taste.zone.as_str()).filter(|zone| !zone.is_empty());
    label.replace("UTC", zone.unwrap_or("UTC"))
}

/// Minutes that the reader's clock is ahead of UTC at a time.
fn offset(c: &Context<'_>, at: Time) -> i64 {
    let taste = c.taste.borrow();
    let zone = taste.as_ref().map_or("", |taste| &taste.zone);
    if zone.is_empty() { 0 } else { c.app.clock.offset(zone, at).unwrap_or(0) }
}

/// `UTC`, `UTC+9`, `UTC-3:30`.
fn name(offset: i64) -> String {
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".into(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

/// `shown` is `at` as the reader's clock has it.
fn ago(at: Time, shown: Time, now: Time, language: Language) -> String {
    let passed = now.0 - at.0;
    match passed {
        ..MINUTE => language.say(Word::TimeNow).to_owned(),
        MINUTE..HOUR => language.count(passed / MINUTE, Plural::TimeMinutes),
        HOUR..DAY => language.count(passed / HOUR, Plural::TimeHours),
        _ if passed < 7 * DAY => language.count(passed / DAY, Plural::TimeDays),
        _ => shown.to_date(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::SECOND;

    #[test]
    fn distances_and_dates() {
        let now = Time(1_767_225_600_000);
        let said = |passed: i64, language| ago(now.plus(-passed), now.plus(-passed), now, language);
        for (passed, wanted) in [
            (-DAY, "now"),
            (59 * SECOND, "now"),
            (MINUTE, "1 min"),
            (HOUR - 1, "59 min"),
            (HOUR, "1 h"),
            (DAY - 1, "23 h"),
            (DAY, "1 day"),
            (7 * DAY - 1, "6 days"),
            (7 * DAY, "2025-12-25"),
        ] {
            assert_eq!(said(passed, Language::En), wanted);
        }
        assert_eq!(said(3 * HOUR, Language::Ko), "3시간 전");
        assert_eq!(said(3 * HOUR, Language::Ja), "3時間前");
    }

    #[test]
    fn zones_are_named_by_their_distance() {
        for (minutes, wanted) in [
            (0, "UTC"),
            (540, "UTC+9"),
            (330, "UTC+5:30"),
            (-210, "UTC-3:30"),
            (-300, "UTC-5"),
            (-30, "UTC-0:30"),
        ] {
            assert_eq!(name(minutes), wanted);
        }
    }
}
