//! The start of background work.

use std::collections::HashMap;

use crate::app::App;
use crate::error::Result;
use crate::jobs::message::Message;
use crate::jobs::outcome::Outcome;
use crate::model::budget;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::Query;

/// The statement that adds a job, once, for a batch; the job runs once the answer is sent. Its first attempt is counted,
/// and cron makes the next one where this one does not end.
pub fn row(app: &App, kind: &str, subject: &str, context: &str) -> Statement {
    let id = app.new_id();
    app.hint(Message::Run(id));
    store::jobs::start(app.cause(), id, kind, subject, context, app.now())
}

/// Adds a job for which there is no batch: [`row`].
pub async fn start(app: &App, kind: &str, subject: &str, context: &str) -> Result<()> {
    store::write(&app.db, vec![row(app, kind, subject, context)]).await?;
    Ok(())
}

/// As [`start`], unless a job of that kind and subject waits, whatever its context.
pub async fn start_alone(app: &App, kind: &str, subject: &str, context: &str) -> Result<()> {
    let id = app.new_id();
    app.hint(Message::Run(id));
    let row = store::jobs::start_alone(app.cause(), id, kind, subject, context, app.now());
    store::write(&app.db, vec![row]).await?;
    Ok(())
}

/// Rows of a day's count of steps by the queue, of imports and takeouts together. The queue has 10,000 operations a day; a
/// step takes three.
const COUNTED: &str = "steps of imports";
const STEPS: i64 = 1_000;

/// The steps that jobs of many steps have made by the queue today, for [`next_step`].
pub fn steps(app: &App) -> Query<HashMap<String, i64>> {
    store::budgets::used(&[COUNTED], budget::day(app.now()))
}

/// How a job of many steps goes on: by the queue as far as a day's operations allow, else by cron; and what counts the step.
pub fn next_step(app: &App, used: &HashMap<String, i64>) -> (Outcome, Option<Statement>) {
    match used.get(COUNTED).is_none_or(|n| *n < STEPS) {
        true => {
            let day = budget::day(app.now());
            (Outcome::Again(0), Some(store::budgets::add(&[(COUNTED.to_owned(), 1)], day)))
        }
        false => (Outcome::Again(1), None),
    }
}
