//! One attempt at a delivery: the request, and what its answer means.

use std::cell::Cell;
use std::rc::Rc;

use crate::activitypub::remote::fetch::policy;
use crate::activitypub::wire::sign;
use crate::activitypub::wire::signature::{SigningKey, Spec};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::time::Time;
use crate::platform::fetch::{Incoming, Outgoing};
use crate::platform::guard::SafeUrl;
use crate::store::inboxes::{Behind, Inbox};

/// Deadline of one attempt.
const TIMEOUT_MS: u32 = 10_000;

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
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
    /// The author's key cannot be read: tried again like `Later`, and nothing against the host.
    NoKey,
    /// No attempt: the host did not answer a moment ago, or sent Retry-After.
    CircuitOpen(Time),
    /// No attempt: the host has failed for days.
    HostSuspended,
    /// An earlier activity of the same author waits for the same inbox.
    Behind(Behind),
    /// As `Behind`, of an earlier activity about the same subject that blocks nothing else.
    Related,
}

/// What came of one inbox, and the signature scheme that its host accepted, where that is not the known one.
pub(super) struct Tried {
    pub end: End,
    pub learned: Option<Spec>,
}

impl From<End> for Tried {
    fn from(end: End) -> Self {
        Self { end, learned: None }
    }
}

/// The error of a delivery that was answered 401 when this invocation had no signature left for the other scheme.
fn unauthorized(spec: Spec) -> String {
    format!("answers 401 ({})", spec.as_str())
}

/// One POST, repeated with the other signature scheme where the host does not accept the first. `last_error` is how the
/// last attempt ended: it tells which scheme is next.
pub(super) async fn post(
    app: &App,
    key: &Rc<SigningKey>,
    inbox: &Inbox,
    activity: &str,
    digests: Option<&str>,
    last_error: &str,
    spare: &Cell<usize>,
) -> Tried {
    if app.site().is_ours(&inbox.url) {
        return End::Final("an inbox of ours".into()).into();
    }
    let known = Spec::parse(&inbox.signature_spec);
    let first = if last_error == unauthorized(known) { known.other() } else { known };
    let (answer, accepted) = match once(app, key, inbox, activity, digests, first).await {
        Ok(answer) if matches!(answer.status, 400 | 401) => match spare.get().checked_sub(1) {
            Some(left) => {
                spare.set(left);
                match once(app, key, inbox, activity, digests, first.other()).await {
                    Ok(second) if (200..300).contains(&second.status) => (second, first.other()),
                    _ => (answer, first),
                }
            }
            // No room for another signature: the next attempt is made with the other scheme.
            None if answer.status == 401 => {
                let after = answer.retry_after(app.now());
                return End::Later { error: unauthorized(first), after, is_silent: false }.into();
            }
            None => (answer, first),
        },
        Ok(answer) => (answer, first),
        Err(Error::Remote { what: error, .. } | Error::Unavailable(error) | Error::Platform(error)) => {
            return End::Later { error, after: None, is_silent: true }.into();
        }
        Err(error) => return End::Final(error.to_string()).into(),
    };
    let end = outcome_of(&answer, app.now());
    let learned = (end == End::Delivered && accepted != known).then_some(accepted);
    Tried { end, learned }
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
            is_cut: false,
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
        after: answer.retry_after(now),
        is_silent: matches!(answer.status, 408 | 429 | 502 | 503 | 504),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
