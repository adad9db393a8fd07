//! `/settings/usage`: what was used of the plan's daily quotas, for the operator.

use maud::{Markup, html};

use super::words::{Language, Word};
use super::{form, page};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::ledger::{self, Counted, Measure, STEPS, Source, Usage, Work};
use crate::model::role::Permission;
use crate::model::time::{DAY, HOUR, Time};
use crate::services;

const HERE: &str = "/settings/usage";
/// The measures of the tables by source and hour.
const SHOWN: [Measure; 4] =
    [Measure::Requests, Measure::RowsRead, Measure::RowsWritten, Measure::QueueOperations];

pub async fn show(c: &Context<'_>) -> Result<Response> {
    if let Err(response) = form::staff(c, Permission::VIEW_DEVOPS, HERE, &[]).await? {
        return Ok(response);
    }
    let now = c.app.now();
    let asked = c.params.text("day").and_then(|day| Time::parse_iso(&format!("{day}T00:00:00Z")));
    let day = asked.filter(|day| *day <= now).unwrap_or(now).midnight();
    let is_today = day == now.midnight();
    let hours = services::ledger::day(c.app, day).await?;
    Ok(page(c, Language::of(c.request).say(Word::Usage), false, &render(c, day, is_today, &hours)))
}

fn render(c: &Context<'_>, day: Time, is_today: bool, hours: &[(i64, Counted)]) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let (app, now) = (c.app, c.app.now());
    let total =
        hours.iter().fold(Usage::default(), |all, (_, counted)| all.plus(&ledger::sum(counted, None)));
    let lately = hours
        .iter()
        .filter(|(hour, _)| *hour > ledger::hour(now) - 3)
        .fold(Usage::default(), |all, (_, counted)| all.plus(&ledger::sum(counted, None)));
    let has_quotas = app.config.has_daily_quotas;
    let stopped: Vec<Word> = STEPS
        .iter()
        .filter(|(work, ..)| is_today && !app.allows(*work))
        .map(|(work, ..)| word_of(*work))
        .collect();
    let link = |day: Time| format!("{HERE}?day={}", day.to_date());
    html! {
        h1 { (say(Word::Usage)) }
        p.lead { (say(if has_quotas { Word::UsageLead } else { Word::UsageLeadPaid })) }
        @if !stopped.is_empty() {
            div.card role="status" {
                p { (say(Word::UsageStopped)) }
                ul.plain { @for word in &stopped { li { (say(*word)) } } }
            }
        }
        h2 { (day.to_date()) " (UTC)" }
        table.numbers tabindex="0" {
            thead { tr {
                td {}
                th { (say(Word::UsageUsed)) }
                @if has_quotas { th { (say(Word::UsageOfQuota)) } }
                @if is_today { th { (say(Word::UsageForecast)) } }
            } }
            tbody { @for measure in Measure::ALL {
                @let used = total.of(measure);
                tr {
                    th scope="row" {
                        (say(measured(measure)))
                        @if let Some(quota) = app.quota(measure) { br; span.meta { "/ " (grouped(quota)) } }
                    }
                    td { (grouped(used)) }
                    @if has_quotas { td { @if let Some(quota) = app.quota(measure) { (total.share(measure, Some(quota))) " %" } } }
                    @if is_today { td { (grouped(ledger::forecast(used, lately.of(measure), now))) } }
                }
            } }
        }
        h2 { (say(Word::UsageBySource)) }
        (table(c, Source::ALL.into_iter().map(|source| {
            let all = hours.iter().fold(Usage::default(), |all, (_, counted)| all.plus(&ledger::sum(counted, Some(source))));
            (say(source_word(source)).to_owned(), all)
        })))
        h2 { (say(Word::UsageByHour)) }
        (table(c, hours.iter().map(|(hour, counted)| {
            (Time(hour * HOUR).to_minute()[11..16].to_owned(), ledger::sum(counted, None))
        })))
        p.meta {
            a href=(link(day.plus(-DAY))) { (day.plus(-DAY).to_date()) }
            @if !is_today { " · " a href=(link(day.plus(DAY))) { (day.plus(DAY).to_date()) } " · " a href=(HERE) { (say(Word::UsageToday)) } }
        }
    }
}

/// A line for each name, with the measures of [`SHOWN`].
fn table(c: &Context<'_>, lines: impl Iterator<Item = (String, Usage)>) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    html! {
        table.numbers tabindex="0" {
            thead { tr { td {} @for measure in SHOWN { th { (say(measured(measure))) } } } }
            tbody { @for (name, used) in lines.filter(|(_, used)| *used != Usage::default()) {
                tr { th scope="row" { (name) } @for measure in SHOWN { td { (grouped(used.of(measure))) } } }
            } }
        }
    }
}

/// A number with a comma for each three digits, as both languages write it.
pub(super) fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && digit != '-' && (digits.len() - n).is_multiple_of(3) && !out.ends_with('-') {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

fn measured(measure: Measure) -> Word {
    match measure {
        Measure::Requests => Word::MeasureRequests,
        Measure::RowsRead => Word::MeasureRowsRead,
        Measure::RowsWritten => Word::MeasureRowsWritten,
        Measure::QueueOperations => Word::MeasureQueueOperations,
        Measure::ObjectRequests => Word::MeasureObjectRequests,
        Measure::FileReads => Word::MeasureFileReads,
        Measure::FileWrites => Word::MeasureFileWrites,
        Measure::FileBytes => Word::MeasureFileBytes,
    }
}

fn source_word(source: Source) -> Word {
    match source {
        Source::Apps => Word::SourceApps,
        Source::Pages => Word::SourcePages,
        Source::Inbox => Word::SourceInbox,
        Source::Documents => Word::SourceDocuments,
        Source::Files => Word::SourceFiles,
        Source::Streams => Word::SourceStreams,
        Source::Queue => Word::SourceQueue,
        Source::Cron => Word::SourceCron,
    }
}

fn word_of(work: Work) -> Word {
    match work {
        Work::Trends => Word::StopTrends,
        Work::Links => Word::StopLinks,
        Work::Profiles => Word::StopProfiles,
        Work::Imports => Word::StopImports,
        Work::ImportedFiles => Word::StopImportedFiles,
        Work::Backfill => Word::StopBackfill,
        Work::Cards => Word::StopCards,
        Work::SearchIndex => Word::StopSearchIndex,
        Work::Retention => Word::StopRetention,
        Work::MediaProxy => Word::StopMediaProxy,
        Work::AnonymousTimelines => Word::StopAnonymousTimelines,
        Work::Inbox => Word::StopInbox,
    }
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567"), (-123_456, "-123,456")]
        {
            assert_eq!(grouped(number), text);
        }
    }
}
