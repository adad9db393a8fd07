//! Times, as readers say them.

use maud::{Markup, html};

use crate::model::time::{DAY, HOUR, MINUTE, Time};
use crate::web::words::{Language, Plural, Word};

/// A time as its distance from now, and as its date where that is more than a week. Its title is the minute in UTC: pages know no zone of
/// the reader.
pub fn time(at: Time, now: Time, language: Language) -> Markup {
    html! { time datetime=(at.to_iso()) title={ (at.to_minute()) " UTC" } { (ago(at, now, language)) } }
}

fn ago(at: Time, now: Time, language: Language) -> String {
    let passed = now.0 - at.0;
    match passed {
        ..MINUTE => language.say(Word::TimeNow).to_owned(),
        MINUTE..HOUR => language.count(passed / MINUTE, Plural::TimeMinutes),
        HOUR..DAY => language.count(passed / HOUR, Plural::TimeHours),
        _ if passed < 7 * DAY => language.count(passed / DAY, Plural::TimeDays),
        _ => at.to_date(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::SECOND;

    #[test]
    fn distances_and_dates() {
        let now = Time(1_767_225_600_000);
        let said = |passed: i64, language| ago(now.plus(-passed), now, language);
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
}
