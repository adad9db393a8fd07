//! The limits of who sends a request: the pace of what they do (`model/rate_limit.rs`), and their share of the day's quotas
//! (`model/personal.rs`). What a job does for somebody later is not theirs: jobs have the ledger's limits.

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::budget;
use crate::model::id::Id;
use crate::model::ledger::{Measure, Work, first_hour};
use crate::model::personal::{Person, READ_BY_STRANGERS, STRANGERS, is_new, limit, subject};
use crate::model::rate_limit::{Caller, GENERAL, Limit, PERSON, Standing};
use crate::model::role::Permission;
use crate::model::time::HOUR;
use crate::model::user::User;
use crate::store;

/// The sender of this event's request is known from here on.
pub fn know(app: &App, user: &User, account: &Account) {
    app.person.set(Some(Person {
        id: user.person,
        is_new: is_new(account.created_at, app.now()),
        is_operator: app.may(user, Permission::MANAGE_SETTINGS),
    }));
}

/// Before a token is looked up, with whatever its route reads at the same time: whether it is known to be over a limit.
/// `is_general`: the route has the general limit; `is_safe`: it changes nothing.
///
/// Error: `TooManyRequests` where it is.
pub fn refuse_early(app: &App, token_hash: &[u8], is_general: bool, is_safe: bool) -> Result<()> {
    let Some((token, person)) = app.shared.seen(token_hash) else { return Ok(()) };
    if is_general && !app.config.is_development {
        let counters = app.shared.counters.borrow();
        let over = [(Caller::Token(token), GENERAL), (Caller::Person(person.id), PERSON)]
            .into_iter()
            .find_map(|(caller, limit)| counters.over(caller, limit, app.now()));
        if over.is_some() {
            app.standing.set(over);
            return Err(Error::TooManyRequests);
        }
    }
    app.person.set(Some(person));
    check(app, Measure::RowsRead)?;
    if is_safe { Ok(()) } else { check(app, Measure::RowsWritten) }
}

/// Keeps whose token it was, for [`refuse_early`].
pub fn keep_seen(app: &App, token_hash: Vec<u8>, token: Id) {
    if let Some(person) = app.person.get() {
        app.shared.keep_seen(token_hash, token, person);
    }
}

/// Whether timelines are shown to who is not signed in: not as the day's quotas near their end, or where strangers have read
/// their share of them.
pub fn strangers_may_read(app: &App) -> bool {
    let read = app.shared.personal.borrow_mut().of(budget::day(app.now()), STRANGERS, Measure::RowsRead);
    app.allows(Work::AnonymousTimelines) && !(app.config.has_daily_quotas && read >= READ_BY_STRANGERS)
}

/// Counts that the sender does something that has a pace, for `many`. In development, and of jobs, nothing is counted.
///
/// Error: `TooManyRequests` where they have done too much of it.
pub fn pace(app: &App, of: Limit, many: u32) -> Result<()> {
    let Some(person) = app.person.get().filter(|_| !app.config.is_development && many > 0) else {
        return Ok(());
    };
    let of = if person.is_new { of.of_new() } else { of };
    let standing =
        app.shared.counters.borrow_mut().count_many(Caller::Person(person.id), of, many, app.now());
    app.standing.set(Some(standing));
    if standing.is_over { Err(Error::TooManyRequests) } else { Ok(()) }
}

/// The sender, where they have a share of the day's quotas.
fn limited(app: &App) -> Option<Person> {
    app.person.get().filter(|person| !person.is_operator && app.config.has_daily_quotas)
}

/// Error: `TooManyRequests` where the sender has used up their share of a measure, until the day ends.
pub fn check(app: &App, measure: Measure) -> Result<()> {
    let Some((person, most)) = limited(app).and_then(|p| Some((p, limit(measure, p.is_new)?))) else {
        return Ok(());
    };
    let day = budget::day(app.now());
    if app.shared.personal.borrow_mut().of(day, person.id, measure) < most {
        return Ok(());
    }
    let reset = crate::model::time::Time((first_hour(app.now()) + 24) * HOUR);
    let limit = u32::try_from(most).unwrap_or(u32::MAX);
    app.standing.set(Some(Standing { limit, remaining: 0, reset, is_over: true }));
    Err(Error::TooManyRequests)
}

/// Counts what the request has used of the sender's shares. Of who is not signed in what was read by a request that changes
/// nothing (`is_safe`): what they change has budgets of its own.
pub fn count(app: &App, is_safe: bool) {
    let cost = app.cost();
    let amount = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let read = (Measure::RowsRead, amount(cost.rows_read));
    let (id, used) = match (app.person.get(), limited(app)) {
        (_, Some(person)) => {
            let written = (Measure::RowsWritten, amount(cost.rows_written));
            (person.id, vec![read, written, (Measure::FileWrites, amount(cost.files.into()))])
        }
        (None, None) if is_safe && app.config.has_daily_quotas => (STRANGERS, vec![read]),
        _ => return,
    };
    app.shared.personal.borrow_mut().add(budget::day(app.now()), id, &used);
}

/// Stores what was counted, every so much, and learns what all isolates have stored.
pub async fn store(app: &App) -> Result<()> {
    let day = budget::day(app.now());
    let due = app.shared.personal.borrow_mut().take(day);
    if due.is_empty() {
        return Ok(());
    }
    let counted: Vec<(String, i64)> =
        due.iter().map(|(id, measure, n)| (subject(*id, *measure), *n)).collect();
    let stored = store::write(&app.db, vec![store::budgets::add(&counted, day)]).await?;
    let mut known = app.shared.personal.borrow_mut();
    for row in stored.first().into_iter().flatten() {
        let name = row.text("subject")?;
        if let Some((id, measure, _)) = due.iter().find(|(id, measure, _)| subject(*id, *measure) == name) {
            known.note(day, *id, *measure, row.int("written")?);
        }
    }
    Ok(())
}
