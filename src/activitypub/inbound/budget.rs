//! Budgets of rows for what other servers send (`model/budget.rs`): how much was used is read in the inbox's own round
//! trip, counted in the isolate, and stored every so many rows.

use std::collections::HashMap;

use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::Result;
use crate::model::budget::{self, Cause, Subjects, registered};
use crate::model::time::{DAY, HOUR, SECOND};
use crate::store::{self, Query};

/// See [`queries`].
type Reads = (Query<HashMap<String, i64>>, Query<bool>, Vec<Query<bool>>);

/// The read of what was used today, and of whether the signer is no stranger: a relay, or, where the key is not
/// evidently the actor's, followed from here.
pub fn queries(app: &App, subjects: &Subjects, key_id: &str, actor_uri: &str) -> Reads {
    let owner = (subjects.actor != actor_uri).then(|| store::accounts::is_key_followed(key_id));
    let fetches = [true, false].map(|is_followed| budget::fetches(subjects.cause(is_followed), app.now()));
    let all: Vec<&str> = subjects.all().into_iter().chain(fetches.iter().map(String::as_str)).collect();
    (
        store::budgets::used(&all, budget::day(app.now())),
        store::relays::is_relay(&subjects.actor),
        owner.into_iter().collect(),
    )
}

/// Whose rows those of a request are: of the actor and the domain of the key that signed it.
pub fn subjects(key_id: &str) -> Subjects {
    let host = vocab::host(key_id).unwrap_or_default();
    let actor = key_id.split('#').next().unwrap_or(key_id).to_owned();
    Subjects { actor, domain: registered(&host).unwrap_or(host) }
}

/// Who makes us do what a request makes us do.
pub fn cause(app: &App, subjects: &Subjects, is_followed: bool, stored: &HashMap<String, i64>) -> Cause {
    let subject = subjects.cause(is_followed).to_owned();
    let fetches = stored.get(&budget::fetches(&subject, app.now())).copied().unwrap_or(0);
    Cause { subject, fetches }
}

/// Whether a budget is used up. What ends or takes back something is received twice as long: it leaves less behind.
pub fn is_over(
    app: &App,
    subjects: &Subjects,
    is_followed: bool,
    stored: &HashMap<String, i64>,
    kind: &str,
) -> bool {
    let times = if matches!(kind, "Delete" | "Undo" | "Reject" | "Remove" | "Block") { 2 } else { 1 };
    let day = budget::day(app.now());
    let mut pending = app.shared.budgets.borrow_mut();
    subjects.limits(is_followed).into_iter().any(|(subject, limit)| {
        stored.get(subject).copied().unwrap_or(0) + pending.of(day, subject) >= limit * times
    })
}

/// Counts the rows that a request has written.
pub async fn count(app: &App, subjects: &Subjects, is_followed: bool, rows: u64) -> Result<()> {
    if rows == 0 {
        return Ok(());
    }
    let day = budget::day(app.now());
    let counted: Vec<&str> = subjects.limits(is_followed).into_iter().map(|(subject, _)| subject).collect();
    let due = app.shared.budgets.borrow_mut().add(day, &counted, i64::try_from(rows).unwrap_or(i64::MAX));
    if !due.is_empty() {
        store::write(&app.db, vec![store::budgets::add(&due, day)]).await?;
    }
    Ok(())
}

/// The seconds after which a sender may try again: until the next day begins, and up to an hour more, so that not all
/// come at once.
pub fn retry_after(app: &App) -> i64 {
    let rest = DAY - app.now().0.rem_euclid(DAY);
    rest / SECOND + (app.random.u64() % (HOUR / SECOND) as u64) as i64
}
