//! Delivery: one activity to some inboxes. Success is only counted, failure is a row.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use crate::activitypub::remote::fetch::policy;
use crate::activitypub::wire::sign;
use crate::activitypub::wire::signature::{SigningKey, Spec};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::time::{DAY, MINUTE, SECOND, Time};
use crate::platform::fetch::{Incoming, Outgoing};
use crate::platform::guard::SafeUrl;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::deliveries::{Due, Next, Pair};
use crate::store::inboxes::{Behind, Inbox};

/// Deadline of one attempt.
const TIMEOUT_MS: u32 = 10_000;
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
/// A host that fails for so long is suspended: one attempt a day.
const SUSPENDED_AFTER: i64 = 7 * DAY;
/// A host that fails for so long gets nothing new until it sends a signed request.
const GIVEN_UP_AFTER: i64 = 30 * DAY;

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Delivered,
    /// Trying again would not help.
    Final(String),
    /// Answered 410: retrying would not help, and the inbox is gone.
    Gone,
    Later {
        error: String,
        /// Milliseconds that the server asks for.
        after: Option<i64>,
        /// No answer, or one that says the host is unavailable: not caused by this activity.
        is_silent: bool,
    },
    /// No attempt: the host did not answer a moment ago, or sent Retry-After.
    CircuitOpen(Time),
    /// No attempt: the host has failed for days.
    HostSuspended,
    /// An earlier activity of the same author waits for the same inbox.
    Behind(Behind),
    /// As `Behind`, of an earlier activity about the same subject that blocks nothing else.
    Related,
}

/// What came of one inbox, and the signature scheme that its host accepted.
struct Tried {
    end: End,
    learned: Option<Spec>,
}

impl From<End> for Tried {
    fn from(end: End) -> Self {
        Self { end, learned: None }
    }
}

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
    let mut batch = Vec::new();
    if !inboxes.is_empty() {
        let key = sign::key_of(app, row.account_id).await?;
        let attempts = inboxes.iter().map(|inbox| {
            let (key, activity, digests) = (&key, activity.as_str(), digests.as_deref());
            async move {
                match reason_to_put_off(inbox, app.now()) {
                    Some(end) => end.into(),
                    None => post(app, key, inbox, activity, digests).await,
                }
            }
        });
        for (inbox, tried) in inboxes.iter().zip(concurrently(attempts).await) {
            let sent = Sent { outbox, account: row.account_id, inbox, attempts: 1, has_row: false };
            settle(app, &sent, &tried, &mut batch);
        }
    }
    batch.extend(store::outbox::chunk_done(outbox, chunk, app.now()));
    store::write(&app.db, batch).await?;
    Ok(())
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

/// Tries failed deliveries that are due, at most `limit`. Answers how many were tried.
pub async fn retry(app: &App, limit: usize) -> Result<usize> {
    let mut pass = Pass::default();
    let mut tried = 0;
    // What waited for a delivery that ended is due at once.
    loop {
        let due = store::load(&app.db, store::deliveries::due(app.now(), limit - tried)).await?;
        tried += due.len();
        let before = pass.settled.len();
        run(app, due, &mut pass).await?;
        if tried >= limit || pass.settled.len() == before {
            return Ok(tried);
        }
    }
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

/// Deliveries in waves, at the same time within a wave, and no host twice in one: what a wave learns of a host holds
/// for the next.
async fn run(app: &App, mut due: Vec<Due>, pass: &mut Pass) -> Result<()> {
    while !due.is_empty() {
        let (mut wave, mut rest): (Vec<Due>, Vec<Due>) = Default::default();
        for one in due {
            let is_here = wave.iter().any(|w| w.inbox.domain == one.inbox.domain);
            if is_here { rest.push(one) } else { wave.push(one) }
        }
        let mut attempts = Vec::new();
        for one in &wave {
            let Due { account_id, activity, inbox, .. } = one;
            let open = pass.open_circuits.iter().find(|(domain, _)| *domain == inbox.domain);
            let waits = reason_to_wait(inbox, &pass.settled, app.now())
                .or_else(|| open.map(|(_, until)| End::CircuitOpen(*until)));
            let key = if waits.is_none() { Some(sign::key_of(app, *account_id).await?) } else { None };
            attempts.push(async move {
                match (waits, key) {
                    (None, Some(key)) => post(app, &key, inbox, activity, None).await,
                    (waits, _) => waits.unwrap_or(End::CircuitOpen(app.now())).into(),
                }
            });
        }
        let mut batch = Vec::new();
        for (one, tried) in wave.iter().zip(concurrently(attempts.into_iter()).await) {
            let Due { outbox_id, account_id, attempts, inbox, .. } = one;
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
                End::CircuitOpen(_) | End::HostSuspended | End::Behind(_) | End::Related => false,
            };
            let attempts = attempts + i64::from(is_attempt);
            let sent = Sent { outbox: *outbox_id, account: *account_id, inbox, attempts, has_row: true };
            settle(app, &sent, &tried, &mut batch);
            batch.push(store::outbox::delete_if_finished(*outbox_id));
        }
        store::write(&app.db, batch).await?;
        due = rest;
    }
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
}

/// Until when the circuit of a host that failed so is open.
fn circuit_open_until(is_silent: bool, after: Option<i64>, now: Time) -> Option<Time> {
    match after {
        Some(after) => Some(now.plus(after)),
        None => is_silent.then(|| now.plus(CIRCUIT_OPEN_FOR)),
    }
}

/// The statements that follow from how a delivery ended. Only what changes is written.
fn settle(app: &App, sent: &Sent, tried: &Tried, batch: &mut Vec<Statement>) {
    let now = app.now();
    let Sent { outbox, inbox, attempts, .. } = *sent;
    if let Some(spec) = tried.learned {
        batch.push(store::instances::remember_spec(&inbox.domain, spec.as_str()));
    }
    let wait = |at: Time, attempts, is_blocking, why: &str| {
        store::deliveries::failed(outbox, inbox.id, Next { attempts, at, is_blocking }, why)
    };
    let is_over = match &tried.end {
        End::Delivered => {
            if inbox.failing_since.is_some() {
                batch.extend(store::instances::recovered(&inbox.domain, now));
            }
            true
        }
        End::Final(why) => {
            batch.extend(refused(app, sent, why));
            true
        }
        End::Gone => {
            batch.extend(refused(app, sent, "answers 410"));
            let context = sent.account.to_string();
            batch.push(store::jobs::insert(app.new_id(), "gone", &inbox.id.to_string(), &context, now));
            true
        }
        End::Behind(earlier) => {
            // A failed delivery makes those behind it due when it ends; one that was not tried yet is tried within minutes.
            let rest = if earlier.has_failed { DAY } else { MINUTE };
            batch.push(wait(now.plus(rest), attempts, true, "waits its turn"));
            false
        }
        End::Related => {
            // It blocks nothing itself, either.
            batch.push(wait(now.plus(DAY), attempts, false, "waits its turn"));
            false
        }
        End::CircuitOpen(until) => {
            // Jitter.
            let at = until.plus((app.random.u64() % 15_000) as i64);
            batch.push(wait(at, attempts, true, "circuit open"));
            false
        }
        End::HostSuspended => {
            batch.push(wait(now.plus(DAY), attempts, true, "host suspended"));
            false
        }
        End::Later { error, after, is_silent } => {
            let open_until = circuit_open_until(*is_silent, *after, now);
            batch.push(store::instances::failed(&inbox.domain, now, now.plus(-SUSPENDED_AFTER), open_until));
            let is_last = attempts >= MAX_ATTEMPTS && now.0 - outbox.unix_ms() >= MIN_RETRY_TIME;
            if !is_last {
                let rest = backoff(attempts, app.random.u64()).max(after.unwrap_or(0));
                // A host that answers this activity with errors may accept the next.
                let is_blocking = *is_silent || attempts < BLOCKING_ATTEMPTS;
                batch.push(wait(now.plus(rest), attempts, is_blocking, error));
                if !is_blocking && inbox.has_waiting {
                    batch.push(wake(sent, now));
                }
            } else {
                batch.extend(refused(app, sent, error));
            }
            is_last
        }
    };
    if is_over {
        if sent.has_row {
            batch.push(store::deliveries::finished(outbox, inbox.id));
        }
        if inbox.has_waiting {
            batch.push(wake(sent, now));
        }
    }
}

/// What follows where a server will not take an activity: its receipt says so, and a vote counts no longer.
fn refused(app: &App, sent: &Sent, why: &str) -> impl Iterator<Item = Statement> {
    let receipt = store::receipts::refused(sent.outbox, &sent.inbox.domain, why);
    std::iter::once(receipt).chain(store::polls::refused(sent.outbox, app.new_id(), app.now()))
}

fn wake(sent: &Sent, now: Time) -> Statement {
    store::deliveries::wake_next(sent.outbox, sent.inbox.id, sent.account, now, WOKEN)
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

/// One POST, repeated with the other signature scheme where the host does not accept the first.
async fn post(
    app: &App,
    key: &Rc<SigningKey>,
    inbox: &Inbox,
    activity: &str,
    digests: Option<&str>,
) -> Tried {
    if app.site().is_ours(&inbox.url) {
        return End::Final("an inbox of ours".into()).into();
    }
    let spec = Spec::parse(&inbox.signature_spec);
    let (answer, learned) = match once(app, key, inbox, activity, digests, spec).await {
        Ok(answer) if matches!(answer.status, 400 | 401) => {
            match once(app, key, inbox, activity, digests, spec.other()).await {
                Ok(second) if (200..300).contains(&second.status) => (second, Some(spec.other())),
                _ => (answer, None),
            }
        }
        Ok(answer) => (answer, None),
        Err(Error::Remote { what: error, .. } | Error::Unavailable(error)) => {
            return End::Later { error, after: None, is_silent: true }.into();
        }
        Err(error) => return End::Final(error.to_string()).into(),
    };
    Tried { end: outcome_of(&answer, app.now()), learned }
}

async fn once(
    app: &App,
    key: &Rc<SigningKey>,
    inbox: &Inbox,
    activity: &str,
    digests: Option<&str>,
    spec: Spec,
) -> Result<Incoming> {
    let url = SafeUrl::check(&inbox.url, &policy(app))?;
    let body = activity.as_bytes();
    let mut headers = sign::headers(app, key, spec, "POST", &url, Some(body)).await?;
    headers.push(("Content-Type".into(), "application/activity+json".into()));
    // A retry has no digest: it would be of the followers of some time ago.
    if let Some(digest) = digests.and_then(|d| crate::activitypub::wire::sync::header(d, &inbox.url)) {
        headers.push((crate::activitypub::wire::sync::HEADER.into(), digest));
    }
    app.http
        .fetch(Outgoing {
            method: "POST",
            url,
            headers,
            body: body.to_vec(),
            max_bytes: 64 * 1024,
            timeout_ms: TIMEOUT_MS,
        })
        .await
}

/// As Mastodon: 4xx but 401, 408 and 429, and 501, are final.
fn outcome_of(answer: &Incoming, now: Time) -> End {
    match answer.status {
        200..=299 => End::Delivered,
        401 | 408 | 429 => later(answer, now),
        410 => End::Gone,
        400..=499 | 501 => End::Final(format!("answers {}", answer.status)),
        _ => later(answer, now),
    }
}

fn later(answer: &Incoming, now: Time) -> End {
    End::Later {
        error: format!("answers {}", answer.status),
        after: retry_after(answer, now),
        is_silent: matches!(answer.status, 408 | 429 | 502 | 503 | 504),
    }
}

/// Retry-After in milliseconds, a day at most.
fn retry_after(answer: &Incoming, now: Time) -> Option<i64> {
    let value = answer.header("retry-after")?;
    let ms = match value.trim().parse::<i64>() {
        Ok(seconds) => seconds.checked_mul(SECOND)?,
        Err(_) => Time::parse_http(value)?.0 - now.0,
    };
    Some(ms.clamp(0, DAY))
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

    #[test]
    fn answers_are_final_or_retried_as_in_mastodon() {
        let end = |status, headers| outcome_of(&Incoming { status, headers, body: Vec::new() }, Time(0));
        assert_eq!(end(202, vec![]), End::Delivered);
        assert_eq!(end(410, vec![]), End::Gone);
        for last in [400, 403, 404, 422, 501] {
            assert!(matches!(end(last, vec![]), End::Final(_)), "{last}");
        }
        for later in [401, 408, 429, 500, 502, 503, 301] {
            assert!(matches!(end(later, vec![]), End::Later { .. }), "{later}");
        }
        let slow = end(429, vec![("retry-after".into(), "120".into())]);
        assert!(matches!(slow, End::Later { after: Some(120_000), .. }));
    }
}
