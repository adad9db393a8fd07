//! Delivery: one activity to some inboxes. Success is only counted, failure is a row.

use std::rc::Rc;

use super::fetch::policy;
use super::sign;
use super::signature::{SigningKey, Spec};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::time::{DAY, MINUTE, SECOND, Time};
use crate::platform::fetch::{Incoming, Outgoing};
use crate::platform::guard::SafeUrl;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::deliveries::{Due, Next};
use crate::store::inboxes::{Behind, Inbox};

const TIMEOUT_MS: u32 = 10_000;
/// One try and sixteen more, over some three days.
const MOST_ATTEMPTS: i64 = 17;
/// So often an activity that a server answers with an error holds up those behind it.
const BLOCKING_ATTEMPTS: i64 = 8;
/// How many that waited behind one are due when it is over.
const WOKEN: usize = 10;
/// A server that fails for so long is set aside.
const SET_ASIDE_AFTER: i64 = 7 * DAY;

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Delivered,
    /// Trying again would not help.
    Final(String),
    Later {
        error: String,
        /// Milliseconds that the server asks for.
        after: Option<i64>,
        /// It did not answer, or says that it cannot now: not this activity's fault.
        is_silent: bool,
    },
    /// An earlier activity of the same author waits for the same inbox.
    Behind(Behind),
}

/// Delivers a chunk of an outbox row. Done before, or the row gone: nothing is left to do.
pub async fn deliver(app: &App, outbox: Id, chunk: u32) -> Result<()> {
    let (row, inboxes) =
        store::load(&app.db, (store::outbox::by_id(outbox), store::inboxes::of_chunk(outbox, chunk))).await?;
    let Some((row, activity)) = row.and_then(|row| row.activity.clone().map(|activity| (row, activity)))
    else {
        return Ok(());
    };
    if !row.chunks.contains(&chunk) {
        return Ok(());
    }
    let key = sign::key_of(app, row.account_id).await?;
    let mut batch = vec![store::outbox::chunk_done(outbox, chunk, app.now())];
    for inbox in &inboxes {
        let end = match inbox.behind {
            Some(earlier) => End::Behind(earlier),
            None => post(app, &key, inbox, &activity, &mut batch).await,
        };
        let sent = Sent { outbox, account: row.account_id, inbox, attempts: 1, has_row: false };
        settle(app, &sent, &end, &mut batch);
    }
    batch.push(store::outbox::delete_if_finished(outbox));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Tries failed deliveries that are due, at most `limit`. Answers how many were tried.
pub async fn retry(app: &App, limit: usize) -> Result<usize> {
    let mut pass = Pass::default();
    let mut tried = 0;
    // What waited behind a success is due at once.
    loop {
        let due = store::load(&app.db, store::deliveries::due(app.now(), limit - tried)).await?;
        tried += due.len();
        let before = pass.settled.len();
        for delivery in due {
            retry_one(app, &delivery, &mut pass).await?;
        }
        if tried >= limit || pass.settled.len() == before {
            return Ok(tried);
        }
    }
}

/// What one round of retries has learned.
#[derive(Default)]
struct Pass {
    /// Servers that did not answer.
    silent: Vec<String>,
    /// What is no longer in anybody's way.
    settled: Vec<(Id, Id)>,
}

async fn retry_one(app: &App, due: &Due, pass: &mut Pass) -> Result<()> {
    let Due { outbox_id, account_id, activity, attempts, inbox } = due;
    let mut batch = Vec::new();
    let behind = inbox.behind.filter(|earlier| !pass.settled.contains(&(earlier.outbox_id, inbox.id)));
    let is_silent = pass.silent.contains(&inbox.domain);
    let end = if let Some(earlier) = behind {
        End::Behind(earlier)
    } else if is_silent {
        // It did not answer a moment ago: the others for it wait as well.
        End::Later { error: "did not answer just now".into(), after: Some(MINUTE), is_silent }
    } else {
        let key = sign::key_of(app, *account_id).await?;
        post(app, &key, inbox, activity, &mut batch).await
    };
    match end {
        End::Later { .. } => pass.silent.push(inbox.domain.clone()),
        End::Delivered | End::Final(_) => pass.settled.push((*outbox_id, inbox.id)),
        End::Behind(_) => {}
    }
    let attempts = if is_silent || behind.is_some() { *attempts } else { attempts + 1 };
    let sent = Sent { outbox: *outbox_id, account: *account_id, inbox, attempts, has_row: true };
    settle(app, &sent, &end, &mut batch);
    batch.push(store::outbox::delete_if_finished(*outbox_id));
    store::write(&app.db, batch).await?;
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

/// The rows that an ending leaves. Only what changes is written.
fn settle(app: &App, sent: &Sent, end: &End, batch: &mut Vec<Statement>) {
    let now = app.now();
    let Sent { outbox, inbox, attempts, .. } = *sent;
    let is_over = match end {
        End::Delivered => {
            if inbox.is_failing {
                batch.extend(store::instances::heard_from(&inbox.domain, now));
            }
            true
        }
        End::Final(why) => {
            crate::platform::log(&format!("{} will not take {outbox}: {why}", inbox.url));
            true
        }
        End::Behind(earlier) => {
            // What has failed wakes those behind it when it is over; the rest is tried within minutes.
            let wait = if earlier.has_failed { DAY } else { MINUTE };
            let next = Next { attempts, at: now.plus(wait), is_blocking: true };
            batch.push(store::deliveries::failed(outbox, inbox.id, next, "waits its turn"));
            false
        }
        End::Later { error, after, is_silent } => {
            batch.push(store::instances::failed(&inbox.domain, now, now.plus(-SET_ASIDE_AFTER)));
            if attempts < MOST_ATTEMPTS {
                let wait = backoff(attempts, app.random.u64()).max(after.unwrap_or(0));
                // A server that answers, but never likes this one, may like the next.
                let is_blocking = *is_silent || attempts < BLOCKING_ATTEMPTS;
                let next = Next { attempts, at: now.plus(wait), is_blocking };
                batch.push(store::deliveries::failed(outbox, inbox.id, next, error));
                if !is_blocking && inbox.has_waiting {
                    batch.push(wake(sent, now));
                }
            } else {
                crate::platform::log(&format!("{} did not take {outbox} for days: {error}", inbox.url));
            }
            attempts >= MOST_ATTEMPTS
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

fn wake(sent: &Sent, now: Time) -> Statement {
    store::deliveries::wake_next(sent.outbox, sent.inbox.id, sent.account, now, WOKEN)
}

/// n⁴ + 15 seconds after the n-th failure, and up to half of n⁴ more, so that many do not come back as one.
fn backoff(attempts: i64, random: u64) -> i64 {
    let n = attempts.clamp(1, MOST_ATTEMPTS) - 1;
    let power = n.pow(4);
    let jitter = (random % (power as u64 / 2 + 10 * (n as u64 + 1))) as i64;
    (power + 15 + jitter) * SECOND
}

/// One POST, knocked again under the other signature where the first is not understood.
async fn post(
    app: &App,
    key: &Rc<SigningKey>,
    inbox: &Inbox,
    activity: &str,
    batch: &mut Vec<Statement>,
) -> End {
    let spec = Spec::parse(&inbox.signature_spec);
    let first = once(app, key, inbox, activity, spec).await;
    let answer = match first {
        Ok(answer) if matches!(answer.status, 400 | 401) => {
            match once(app, key, inbox, activity, spec.other()).await {
                Ok(second) if (200..300).contains(&second.status) => {
                    batch.push(store::instances::remember_spec(&inbox.domain, spec.other().as_str()));
                    second
                }
                _ => answer,
            }
        }
        Ok(answer) => answer,
        Err(Error::Unavailable(what)) => return End::Later { error: what, after: None, is_silent: true },
        Err(error) => return End::Final(error.to_string()),
    };
    judge(&answer, app.now())
}

async fn once(
    app: &App,
    key: &Rc<SigningKey>,
    inbox: &Inbox,
    activity: &str,
    spec: Spec,
) -> Result<Incoming> {
    let url = SafeUrl::check(&inbox.url, &policy(app))?;
    let body = activity.as_bytes();
    let mut headers = sign::headers(app, key, spec, "POST", &url, Some(body)).await?;
    headers.push(("Content-Type".into(), "application/activity+json".into()));
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

/// As Mastodon judges: 4xx but 401, 408 and 429, and 501, are the last word.
fn judge(answer: &Incoming, now: Time) -> End {
    match answer.status {
        200..=299 => End::Delivered,
        401 | 408 | 429 => later(answer, now),
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
        let total: i64 = (1..MOST_ATTEMPTS).map(|n| backoff(n, 0)).sum();
        assert!((2 * DAY..4 * DAY).contains(&total), "{}", total / DAY);
        assert!(backoff(1, u64::MAX) < 30 * SECOND);
    }

    #[test]
    fn judges_as_the_network_does() {
        let end = |status, headers| judge(&Incoming { status, headers, body: Vec::new() }, Time(0));
        assert_eq!(end(202, vec![]), End::Delivered);
        for last in [400, 403, 404, 410, 422, 501] {
            assert!(matches!(end(last, vec![]), End::Final(_)), "{last}");
        }
        for later in [401, 408, 429, 500, 502, 503, 301] {
            assert!(matches!(end(later, vec![]), End::Later { .. }), "{later}");
        }
        let slow = end(429, vec![("retry-after".into(), "120".into())]);
        assert!(matches!(slow, End::Later { after: Some(120_000), .. }));
    }
}
