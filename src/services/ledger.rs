//! Stores what isolates count of the plan's quotas (`model/ledger.rs`), and reads it for the operator.

use crate::app::App;
use crate::error::Result;
use crate::model::ledger::{self, Counted, Ran, Usage};
use crate::model::time::{DAY, HOUR, Time};
use crate::store;

/// How many days' hours are kept.
const KEPT: i64 = 32;

/// Stores what this isolate has counted: a row for each hour of it, which is one but around the hour. Where the database
/// refuses, it waits.
pub async fn write(app: &App) -> Result<()> {
    super::install::ready(app).await?;
    let (counted, ran) = {
        let mut ledger = app.shared.ledger.borrow_mut();
        (ledger.take(), ledger.ran)
    };
    // What ran stands in its last hour.
    let Some((last, _)) = counted.last() else { return Ok(()) };
    let ran_in = |hour: &i64| if hour == last { ran } else { Ran::default() };
    let batch =
        counted.iter().map(|(hour, amounts)| store::usage::add(*hour, amounts, ran_in(hour))).collect();
    let written = store::write(&app.db, batch).await;
    match &written {
        Ok(_) => {
            let today = ledger::first_hour(app.now());
            let used = counted.iter().filter(|(hour, _)| *hour >= today);
            let used = used.fold(Usage::default(), |all, (_, amounts)| all.plus(&ledger::sum(amounts, None)));
            app.shared.note_stored(today, &used);
        }
        Err(_) => app.shared.ledger.borrow_mut().put_back(&counted),
    }
    written.map(drop)
}

/// Deletes the hours that are too old to be shown.
pub async fn forget(app: &App) -> Result<()> {
    let before = ledger::hour(app.now().plus(-KEPT * DAY));
    store::write(&app.db, vec![store::usage::delete_before(before)]).await.map(drop)
}

/// The hours of the day (UTC) of `time`, as stored.
pub async fn day(app: &App, time: Time) -> Result<Vec<(i64, Counted)>> {
    let first = ledger::first_hour(time);
    store::load(&app.db, store::usage::hours(first, first + DAY / HOUR)).await
}
