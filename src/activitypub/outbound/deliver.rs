//! Delivery: one activity to some inboxes. Success is only counted, failure is a row.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use super::attempt::{End, Tried, post};
use crate::activitypub::wire::sign;
use crate::activitypub::wire::signature::{SigningKey, Spec};
use crate::app::{App, MAX_SIGNATURES, Need};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::time::{DAY, MINUTE, SECOND, Time};
use crate::platform::sql::Statement;
use crate::store;
use crate::store::deliveries::{Due, Failed, Pair};
use crate::store::inboxes::{Behind, Inbox};

/// Attempts at the same time: a Worker may have six open connections.
const CONCURRENT: usize = 5;
/// One attempt and sixteen more, over some three days.
const MAX_ATTEMPTS: i64 = 17;
/// A delivery is retried at least so long: each signed request of a host makes its deliveries due, and must not use
/// up their attempts.
const MIN_RETRY_TIME: i64 = 2 * DAY;
/// After this many error responses an activity no longer blocks later ones of its author.
const BLOCKING_ATTEMPTS: i64 = 8;
/// How many deliveries that waited for one become due when it ends.
const WOKEN: usize = 10;
/// Circuit breaker: a host that did not answer gets no attempt for so long.
const CIRCUIT_OPEN_FOR: i64 = MINUTE;
/// A delivery that had all its attempts and is so old is given up: its last one never ended.
const LOST_AFTER: i64 = 7 * DAY;
/// A host that fails for so long is suspended: one attempt a day.
const SUSPENDED_AFTER: i64 = 7 * DAY;
/// A host that fails for so long gets nothing new until it sends a signed request.
const GIVEN_UP_AFTER: i64 = 30 * DAY;

/// Delivers a chunk of an outbox row. Done before, or the row gone: nothing is left to do.
pub async fn deliver(app: &App, outbox: Id, chunk: Id) -> Result<()> {
    let (row, inboxes, digests) = store::load(
        &app.db,
        (
            store::outbox::by_id(outbox),
            store::inboxes::of_chunk(outbox, chunk),
            store::threads::digests(outbox),
        ),
    )
    .await?;
    let Some((row, activity)) = row.and_then(|row| row.activity.clone().map(|activity| (row, activity)))
    else {
        return Ok(());
    };
    let mut changes = Changes::default();
    if !inboxes.is_empty() {
        let key = readable_key(app, row.account_id).await;
        let spare = spare_signatures(app, inboxes.len());
        let attempts = inboxes.iter().map(|inbox| {
            let (key, activity, digests, spare) = (&key, activity.as_str(), digests.as_deref(), &spare);
            async move {
                match (reason_to_put_off(inbox, app.now()), key) {
                    (Some(end), _) => end.into(),
                    (None, Some(key)) => post(app, key, inbox, activity, digests, "", spare).await,
                    (None, None) => End::NoKey.into(),
                }
            }
        });
        for (inbox, tried) in inboxes.iter().zip(concurrently(attempts).await) {
            let sent =
                Sent { outbox, account: row.account_id, inbox, attempts: 1, has_row: false, planned: None };
            settle(app, &sent, &tried, &mut changes);
        }
    }
    let mut batch = changes.into_statements(app);
    batch.extend(store::outbox::chunk_done(outbox, chunk, app.now()));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// The key that signs for an account. One that cannot be read must not end the work for the other accounts: it is
/// logged, and `None`.
async fn readable_key(app: &App, account: Id) -> Option<Rc<SigningKey>> {
    match sign::key_of(app, account).await {
        Ok(key) => Some(key),
        Err(error) => {
            crate::platform::log_failure(&format!("key of account {account}"), &error);
            None
        }
    }
}

/// Signatures that this invocation can make beyond those of `first` attempts: for attempts with the other scheme.
fn spare_signatures(app: &App, first: usize) -> Cell<usize> {
    let used = app.cost().signatures + app.reserved.get().fetches;
    Cell::new((MAX_SIGNATURES.saturating_sub(used) as usize).saturating_sub(first))
}

/// Why an inbox gets no attempt now. What is `settled` blocks nothing any more.
fn reason_to_wait(inbox: &Inbox, settled: &[Pair], now: Time) -> Option<End> {
    let is_open = |earlier: &Behind| !settled.contains(&(earlier.outbox_id, inbox.id));
    if let Some(earlier) = inbox.behind.filter(is_open) {
        return Some(End::Behind(earlier));
    }
    if inbox.related.is_some_and(|earlier| !settled.contains(&(earlier, inbox.id))) {
        return Some(End::Related);
    }
    if let Some(until) = inbox.circuit_open_until.filter(|until| *until > now) {
        return Some(End::CircuitOpen(until));
    }
    None
}

/// Like [`reason_to_wait`], for new activities: a suspended host has its one attempt a day already.
fn reason_to_put_off(inbox: &Inbox, now: Time) -> Option<End> {
    if !inbox.is_delivery_suspended {
        return reason_to_wait(inbox, &[], now);
    }
    let is_given_up = inbox.failing_since.is_some_and(|since| since.plus(GIVEN_UP_AFTER) < now);
    Some(if is_given_up { End::Final("silent for a month".into()) } else { End::HostSuspended })
}

/// What one round of retries takes beyond its signatures: it reads what is due and the key of an author, counts the
/// attempts (1 + 2 + 1), and writes what became of them (12: [`Changes::into_statements`]).
const ROUND: Need = Need { statements: 16, fetches: 1 };
/// What the key of another author takes, and the rest of its round.
const KEY: Need = Need { statements: 15, fetches: 0 };

/// Tries failed deliveries that are due, at most `limit`, as far as the invocation has room. Answers how many were tried.
pub async fn retry(app: &App, limit: usize) -> Result<usize> {
    let mut pass = Pass::default();
    let mut tried = 0;
    // What waited for a delivery that ended is due at once.
    while app.has_room(ROUND) {
        let most = (limit - tried).min(spare_signatures(app, 0).get());
        let due = store::load(&app.db, store::deliveries::due(app.now(), most)).await?;
        tried += due.len();
        let before = pass.settled.len();
        run(app, due, &mut pass).await?;
        if tried >= limit || pass.settled.len() == before {
            break;
        }
    }
    Ok(tried)
}

/// Tries these failed deliveries, as far as their lease still ends then.
pub async fn retry_pairs(app: &App, pairs: &[Pair], leased_until: Time) -> Result<()> {
    let due = store::load(&app.db, store::deliveries::leased(pairs, leased_until)).await?;
    run(app, due, &mut Pass::default()).await
}

/// What one round of retries has learned.
#[derive(Default)]
struct Pass {
    /// Hosts that did not answer, and until when their circuit is open.
    open_circuits: Vec<(String, Time)>,
    /// Deliveries that ended, and block nothing any more.
    settled: Vec<Pair>,
}

/// A delivery of a round. With a planned next attempt it is to be made; without a key then, the author's cannot be read.
struct Attempt {
    due: Due,
    key: Option<Rc<SigningKey>>,
    planned: Option<Time>,
}

/// Decides which deliveries may be tried now, counts their attempts, and plans the next ones: whatever becomes of this
/// invocation, they do not come first again. What somebody else took meanwhile is left to them.
async fn take(app: &App, due: Vec<Due>, pass: &Pass) -> Result<Vec<Attempt>> {
    // One of this round may end before another that waits for it.
    let here: Vec<Pair> = due.iter().map(|d| (d.outbox_id, d.inbox.id)).collect();
    let settled = [here.as_slice(), pass.settled.as_slice()].concat();
    let mut round = Vec::new();
    let mut unreadable: Vec<Id> = Vec::new();
    for due in due {
        let is_open = !is_lost(&due, app.now()) && reason_to_wait(&due.inbox, &settled, app.now()).is_none();
        let (mut key, mut planned) = (None, None);
        if is_open {
            let account = due.account_id;
            if !unreadable.contains(&account) {
                if app.shared.key(account).is_none() && !app.has_room(KEY) {
                    continue;
                }
                key = readable_key(app, account).await;
                if key.is_none() {
                    unreadable.push(account);
                }
            }
            planned = Some(app.now().plus(backoff(due.attempts + 1, app.random.u64())));
        }
        round.push(Attempt { due, key, planned });
    }
    let wanted: Vec<_> = round
        .iter()
        .filter_map(|a| a.planned.map(|at| (a.due.outbox_id, a.due.inbox.id, a.due.attempts, at)))
        .collect();
    if wanted.is_empty() {
        return Ok(round);
    }
    let rows = store::write(&app.db, vec![store::deliveries::take(&wanted)]).await?;
    let mut taken = Vec::new();
    for row in rows.first().into_iter().flatten() {
        taken.push((row.id("outbox_id")?, row.id("inbox_id")?));
    }
    round.retain(|a| a.planned.is_none() || taken.contains(&(a.due.outbox_id, a.due.inbox.id)));
    Ok(round)
}

/// Whether a delivery is given up without another attempt: it had all of them, and long enough ago that the last one
/// would have decided, had it ended.
fn is_lost(due: &Due, now: Time) -> bool {
    due.attempts >= MAX_ATTEMPTS && now.0 - due.outbox_id.unix_ms() >= LOST_AFTER
}

/// Deliveries in waves, at the same time within a wave, and no host twice in one: what a wave learns of a host holds
/// for the next.
async fn run(app: &App, due: Vec<Due>, pass: &mut Pass) -> Result<()> {
    let mut left = take(app, due, pass).await?;
    let spare = spare_signatures(app, left.iter().filter(|a| a.key.is_some()).count());
    let mut changes = Changes::default();
    while !left.is_empty() {
        let (mut wave, mut rest): (Vec<Attempt>, Vec<Attempt>) = Default::default();
        for one in left {
            let is_here = wave.iter().any(|w| w.due.inbox.domain == one.due.inbox.domain);
            if is_here { rest.push(one) } else { wave.push(one) }
        }
        let mut attempts = Vec::new();
        for Attempt { due, key, planned } in &wave {
            let open = pass.open_circuits.iter().find(|(domain, _)| *domain == due.inbox.domain);
            let waits = if is_lost(due, app.now()) {
                Some(End::Final("no attempt ended".into()))
            } else {
                reason_to_wait(&due.inbox, &pass.settled, app.now())
                    .or_else(|| open.map(|(_, until)| End::CircuitOpen(*until)))
            };
            let spare = &spare;
            attempts.push(async move {
                match (waits, key) {
                    (Some(end), _) => end.into(),
                    (None, Some(key)) => {
                        post(app, key, &due.inbox, &due.activity, None, &due.last_error, spare).await
                    }
                    (None, None) if planned.is_some() => End::NoKey.into(),
                    (None, None) => End::CircuitOpen(app.now()).into(),
                }
            });
        }
        for (one, tried) in wave.iter().zip(concurrently(attempts.into_iter()).await) {
            let Due { outbox_id, account_id, attempts, inbox, is_blocking, last_error, .. } = &one.due;
            let is_attempt = match &tried.end {
                End::Later { after, is_silent, .. } => {
                    if let Some(until) = circuit_open_until(*is_silent, *after, app.now()) {
                        pass.open_circuits.push((inbox.domain.clone(), until));
                    }
                    true
                }
                End::Delivered | End::Final(_) | End::Gone => {
                    pass.settled.push((*outbox_id, inbox.id));
                    true
                }
                End::NoKey => true,
                End::CircuitOpen(_) | End::HostSuspended | End::Behind(_) | End::Related => false,
            };
            let attempts = attempts + i64::from(is_attempt);
            let planned = one.planned.map(|at| Planned { at, is_blocking: *is_blocking, last_error });
            let sent =
                Sent { outbox: *outbox_id, account: *account_id, inbox, attempts, has_row: true, planned };
            settle(app, &sent, &tried, &mut changes);
        }
        left = rest;
    }
    store::write(&app.db, changes.into_statements(app)).await?;
    Ok(())
}

/// A delivery that was tried.
struct Sent<'a> {
    outbox: Id,
    account: Id,
    inbox: &'a Inbox,
    attempts: i64,
    /// It failed before.
    has_row: bool,
    /// What its row says already.
    planned: Option<Planned<'a>>,
}

/// The row of a delivery that was taken: where it fails as it did before, nothing is written.
struct Planned<'a> {
    at: Time,
    is_blocking: bool,
    last_error: &'a str,
}

/// What follows from how some deliveries ended.
#[derive(Default)]
struct Changes {
    accepted: Vec<(String, Spec)>,
    recovered: Vec<String>,
    failing: Vec<(String, Option<Time>)>,
    failed: Vec<Failed>,
    refused: Vec<(Id, String, String)>,
    gone: Vec<(Id, String, String)>,
    finished: Vec<Pair>,
    waking: Vec<(Id, Id, Id)>,
}

impl Changes {
    /// A statement for each kind of change, however many there are.
    fn into_statements(self, app: &App) -> Vec<Statement> {
        let now = app.now();
        let mut batch = Vec::new();
        if !self.accepted.is_empty() {
            let all: Vec<_> = self.accepted.iter().map(|(d, spec)| (d.as_str(), spec.as_str())).collect();
            batch.push(store::instances::remember_specs(&all));
        }
        if !self.recovered.is_empty() {
            let all: Vec<_> = self.recovered.iter().map(String::as_str).collect();
            batch.extend(store::instances::recovered(&all, now));
        }
        if !self.failing.is_empty() {
            let all: Vec<_> = self.failing.iter().map(|(d, until)| (d.as_str(), *until)).collect();
            batch.push(store::instances::failed(&all, now, now.plus(-SUSPENDED_AFTER)));
        }
        if !self.refused.is_empty() {
            let all: Vec<_> = self.refused.iter().map(|(o, d, why)| (*o, d.as_str(), why.as_str())).collect();
            batch.push(store::receipts::refused(&all));
            let rows: Vec<_> = self.refused.iter().map(|(outbox, ..)| (*outbox, app.new_id())).collect();
            batch.extend(store::polls::refused(&rows, now));
        }
        if !self.gone.is_empty() {
            batch.push(store::jobs::insert_all("", "gone", &self.gone, now));
        }
        if !self.failed.is_empty() {
            batch.push(store::deliveries::failed(&self.failed));
        }
        if !self.finished.is_empty() {
            batch.push(store::deliveries::finished(&self.finished));
        }
        if !self.waking.is_empty() {
            batch.push(store::deliveries::wake_next(&self.waking, now, WOKEN));
        }
        if !self.finished.is_empty() {
            let mut rows: Vec<Id> = self.finished.iter().map(|(outbox, _)| *outbox).collect();
            rows.sort_unstable();
            rows.dedup();
            batch.push(store::outbox::delete_if_finished(&rows));
        }
        batch
    }
}

/// Until when the circuit of a host that failed so is open.
fn circuit_open_until(is_silent: bool, after: Option<i64>, now: Time) -> Option<Time> {
    match after {
        Some(after) => Some(now.plus(after)),
        None => is_silent.then(|| now.plus(CIRCUIT_OPEN_FOR)),
    }
}

/// What follows from how a delivery ended. Only what changes is written.
fn settle(app: &App, sent: &Sent, tried: &Tried, changes: &mut Changes) {
    let now = app.now();
    let Sent { outbox, inbox, attempts, .. } = *sent;
    let domain = || inbox.domain.clone();
    if let Some(spec) = tried.learned {
        changes.accepted.push((domain(), spec));
    }
    let mut wait = |at: Time, is_blocking: bool, why: &str| {
        let is_as_planned = sent
            .planned
            .as_ref()
            .is_some_and(|p| (p.at, p.is_blocking, p.last_error) == (at, is_blocking, why));
        if !is_as_planned {
            let (outbox_id, inbox_id, error) = (outbox, inbox.id, why.to_owned());
            changes.failed.push(Failed {
                outbox_id,
                inbox_id,
                attempts,
                next_attempt_at: at,
                is_blocking,
                error,
            });
        }
    };
    let is_over = match &tried.end {
        End::Delivered => {
            if inbox.failing_since.is_some() {
                changes.recovered.push(domain());
            }
            true
        }
        End::Final(why) => {
            changes.refused.push((outbox, domain(), why.clone()));
            true
        }
        End::Gone => {
            changes.refused.push((outbox, domain(), "answers 410".into()));
            changes.gone.push((app.new_id(), inbox.id.to_string(), sent.account.to_string()));
            true
        }
        End::Behind(earlier) => {
            // A failed delivery makes those behind it due when it ends; one that was not tried yet is tried within minutes.
            let rest = if earlier.has_failed { DAY } else { MINUTE };
            wait(now.plus(rest), true, "waits its turn");
            false
        }
        End::Related => {
            // It blocks nothing itself, either.
            wait(now.plus(DAY), false, "waits its turn");
            false
        }
        End::CircuitOpen(until) => {
            // Jitter.
            let at = until.plus((app.random.u64() % 15_000) as i64);
            wait(at, true, "circuit open");
            false
        }
        End::HostSuspended => {
            wait(now.plus(DAY), true, "host suspended");
            false
        }
        End::Later { .. } | End::NoKey => {
            let (error, after, is_silent) = match &tried.end {
                End::Later { error, after, is_silent } => (error.as_str(), *after, *is_silent),
                _ => ("no key to sign with", None, false),
            };
            let is_last = attempts >= MAX_ATTEMPTS && now.0 - outbox.unix_ms() >= MIN_RETRY_TIME;
            // A host that answers this activity with errors may accept the next.
            let is_blocking = is_silent || attempts < BLOCKING_ATTEMPTS;
            if is_last {
                changes.refused.push((outbox, domain(), error.to_owned()));
            } else {
                let next = sent.planned.as_ref().map(|p| p.at);
                let next = next.unwrap_or_else(|| now.plus(backoff(attempts, app.random.u64())));
                wait(next.max(now.plus(after.unwrap_or(0))), is_blocking, error);
            }
            if tried.end != End::NoKey {
                changes.failing.push((domain(), circuit_open_until(is_silent, after, now)));
            }
            if !is_last && !is_blocking && inbox.has_waiting {
                changes.waking.push((outbox, inbox.id, sent.account));
            }
            is_last
        }
    };
    if is_over {
        // Of a chunk's row the chunk's end decides whether it is finished.
        if sent.has_row {
            changes.finished.push((outbox, inbox.id));
        }
        if inbox.has_waiting {
            changes.waking.push((outbox, inbox.id, sent.account));
        }
    }
}

/// Runs futures concurrently, at most [`CONCURRENT`] at once; answers in their order.
async fn concurrently<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut waiting: Vec<Pin<Box<F>>> = futures.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = waiting.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        let mut open = 0;
        for (future, output) in waiting.iter_mut().zip(&mut done) {
            if output.is_some() {
                continue;
            }
            if open == CONCURRENT {
                break;
            }
            match future.as_mut().poll(context) {
                Poll::Ready(value) => *output = Some(value),
                Poll::Pending => open += 1,
            }
        }
        if done.iter().any(Option::is_none) {
            return Poll::Pending;
        }
        Poll::Ready(done.drain(..).flatten().collect())
    })
    .await
}

/// n⁴ + 15 seconds after the n-th failure, and jitter of up to half of n⁴.
fn backoff(attempts: i64, random: u64) -> i64 {
    let n = attempts.clamp(1, MAX_ATTEMPTS) - 1;
    let power = n.pow(4);
    let jitter = (random % (power as u64 / 2 + 10 * (n as u64 + 1))) as i64;
    (power + 15 + jitter) * SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backs_off_over_some_three_days() {
        let total: i64 = (1..MAX_ATTEMPTS).map(|n| backoff(n, 0)).sum();
        assert!((2 * DAY..4 * DAY).contains(&total), "{}", total / DAY);
        assert!(backoff(1, u64::MAX) < 30 * SECOND);
    }

    #[test]
    fn futures_run_concurrently_and_answer_in_their_order() {
        let open = std::cell::Cell::new(0_usize);
        let most = std::cell::Cell::new(0);
        let futures = (0..12).map(|n| {
            let (open, most) = (&open, &most);
            let mut polls = 0;
            std::future::poll_fn(move |context| {
                polls += 1;
                if polls == 1 {
                    open.set(open.get() + 1);
                    most.set(open.get().max(most.get()));
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                open.set(open.get() - 1);
                Poll::Ready(n)
            })
        });
        assert_eq!(pollster::block_on(concurrently(futures)), (0..12).collect::<Vec<_>>());
        assert_eq!(most.get(), CONCURRENT);
    }
}
