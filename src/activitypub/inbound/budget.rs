//! Budgets of rows for what other servers send (`model/budget.rs`): how much was used is read in the inbox's own round
//! trip, counted in the isolate, and stored every so many rows.

use std::collections::HashMap;

use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::Result;
use crate::model::budget::{self, By, Cause, Subjects, registered};
use crate::model::time::{DAY, HOUR, SECOND};
use crate::store::{self, Query};
use crate::text::acct;

/// See [`queries`].
type Reads = (Query<HashMap<String, i64>>, Query<bool>, Vec<Query<bool>>);

/// The read of what was used today, and of whether the signer is no stranger: a relay, or, where the key is not
/// evidently the actor's, followed from here.
pub fn queries(app: &App, subjects: &Subjects, key_id: &str, actor_uri: &str) -> Reads {
    let owner = (subjects.actor != actor_uri).then(|| store::accounts::is_key_followed(key_id));
    let fetches = [&subjects.actor, &subjects.domain].map(|cause| budget::fetches(cause, app.now()));
    let all: Vec<&str> = subjects.all().into_iter().chain(fetches.iter().map(String::as_str)).collect();
    (
        store::budgets::used(&all, budget::day(app.now())),
        store::relays::is_relay(&subjects.actor),
        owner.into_iter().collect(),
    )
}

/// The host of a key: that of its address, or of the handle that it is named by. It is not empty.
pub fn host_of(key_id: &str) -> Option<String> {
    let handle = || acct::parse(key_id).filter(|_| key_id.starts_with("acct:"))?.domain;
    vocab::host(key_id).or_else(|| Some(handle()?.to_lowercase())).filter(|host| !host.is_empty())
}

/// Whose rows those of a request are: of the actor and the domain of the key that signed it, or of the actor whose address
/// this is. `None` where the name has no host.
pub fn subjects(key_id: &str) -> Option<Subjects> {
    let host = host_of(key_id)?;
    let host = host.split(':').next().unwrap_or(&host).to_owned();
    let actor = key_id.split('#').next().unwrap_or(key_id).to_owned();
    Some(Subjects { actor, domain: registered(&host).unwrap_or(host) })
}

/// Who makes us do what a request makes us do.
pub fn cause(app: &App, by: By, stored: &HashMap<String, i64>) -> Cause {
    let fetches = stored.get(&budget::fetches(by.cause(), app.now())).copied().unwrap_or(0);
    Cause { by, fetches }
}

/// What is stored of the budgets of an actor who has turned out to be the signer.
pub async fn used(app: &App, subjects: &Subjects, by: &By) -> Result<HashMap<String, i64>> {
    let fetches = budget::fetches(by.cause(), app.now());
    let all: Vec<&str> = subjects.all().into_iter().chain([fetches.as_str()]).collect();
    store::load(&app.db, store::budgets::used(&all, budget::day(app.now()))).await
}

/// Whether an activity ends or takes back something: it leaves less behind. A Block does not: it is a row that stays.
fn takes_back(kind: &str) -> bool {
    matches!(kind, "Delete" | "Undo" | "Reject" | "Remove")
}

/// Whether a budget is used up. What ends or takes back something is received twice as long.
pub fn is_over(app: &App, by: &By, stored: &HashMap<String, i64>, kind: &str) -> bool {
    is_over_any(app, by.limits(), if takes_back(kind) { 2 } else { 1 }, stored)
}

/// Whether the database is so full that an activity is not received until retention has removed something: its size is
/// that after the last round trip.
pub fn is_closed(app: &App, by: &By, kind: &str) -> bool {
    !takes_back(kind) && is_full(app, by)
}

fn is_full(app: &App, by: &By) -> bool {
    let fill = app.site().fill(app.meter.size());
    *by != By::Us && fill.is_some_and(|fill| fill.is_closed(matches!(by, By::Followed { .. })))
}

/// Whether a job is not to be run, because the budget of its cause is used up or the database is full.
pub fn is_over_for_job(app: &App, by: &By, stored: &HashMap<String, i64>) -> bool {
    is_full(app, by) || is_over_any(app, by.job_limits(), 1, stored)
}

fn is_over_any(app: &App, limits: Vec<(&str, i64)>, times: i64, stored: &HashMap<String, i64>) -> bool {
    let day = budget::day(app.now());
    let mut pending = app.shared.budgets.borrow_mut();
    limits.into_iter().any(|(subject, limit)| {
        stored.get(subject).copied().unwrap_or(0) + pending.of(day, subject) >= limit * times
    })
}

/// Counts the rows that a request or a job has written. Those of a request whose signature does not verify are nobody's
/// whom it names (`None`): they are counted for everybody only.
pub async fn count(app: &App, by: Option<&By>, rows: u64) -> Result<()> {
    let counted: Vec<&str> = match by {
        Some(by) => by.limits().into_iter().map(|(subject, _)| subject).collect(),
        None => vec![budget::EVERYBODY],
    };
    if rows == 0 || counted.is_empty() {
        return Ok(());
    }
    let day = budget::day(app.now());
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
