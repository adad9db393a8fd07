//! What runs a job of which kind.

use super::outcome::Outcome;
use crate::activitypub::documents::takeout;
use crate::activitypub::inbound::{confirm, held, receive, sync};
use crate::activitypub::outbound::prune;
use crate::activitypub::remote::{backfill, blocklist, import, migrate, outbox, quotes, resolve, verify};
use crate::app::App;
use crate::error::Error;
use crate::model::id::Id;
use crate::model::ledger::Work;
use crate::providers::mail;
use crate::services;
use crate::store;
use crate::store::jobs::Job;

/// Runs a job of `jobs`: `announce` (a boosted note that was not here), `card` (the page of a link), `confirm` (what was forwarded), `note` (a
/// parent), `held` (a post that staff has let through), `actor` (a profile to be read again), `featured` and `thread` (backfill.rs), `outbox` (outbox.rs), `poll` (the counts of
/// one), `quote` and `quote_request` (quotes.rs), `sync` (FEP-8fcf), `verify` (the links of a local profile),
/// `gone` (an inbox that answered 410), `expire` (a suspended account is deleted), `remove_status` and
/// `resend_status` (what members of staff did to one), `relay` (the actor of a relay), `import` (of a person's file), `takeout` (their archive),
/// `blocks` (what blocks of domains have changed), `blocklist` (a list of them is fetched),
/// `announcement` (the time of one has come or ended), `mail`, `accept`, `domain_block`, `suspension` and `followers` (what is left of a large operation on follows).
pub async fn run(app: &App, job: &Job) -> Outcome {
    let Job { kind, subject, context, .. } = job;
    let (kind, subject, context) = (kind.as_str(), subject.as_str(), context.as_str());
    if waits(kind).is_some_and(|work| !app.allows(work)) {
        return Outcome::Later;
    }
    let done = match kind {
        "gone" => return prune::inbox(app, subject, context).await,
        "relay" => return relay(app, subject, context).await,
        "import" => return import::go_on(app, subject, context, job.attempts).await,
        "takeout" => return takeout::go_on(app, subject, context, job.attempts).await,
        "blocks" => return blocks(app).await,
        "blocklist" => blocklist::read(app, subject).await,
        "mail" => mail::deliver(app, subject, context, job.attempts).await,
        "card" => crate::cards::read(app, subject).await,
        "announce" => resolve::announce(app, subject, context).await,
        "confirm" => confirm::run(app, subject, context).await,
        "note" => resolve::note(app, subject, context).await,
        "held" => held::run(app, subject).await,
        "quote" => quotes::settle(app, subject, context).await,
        "quote_request" => quotes::requested(app, subject, context).await,
        "actor" => resolve::refresh(app, subject).await,
        "featured" => backfill::featured(app, subject, context).await,
        "thread" => backfill::thread(app, subject, context).await,
        "outbox" => outbox::read(app, subject, context).await,
        "move" => migrate::verify(app, subject, context).await,
        "followers" => migrate::followers(app, subject, context).await,
        "remove_status" => services::staff::remove_status(app, subject).await,
        "resend_status" => services::staff::resend_status(app, subject).await,
        services::announcements::JOB => services::announcements::tell(app, subject).await,
        "expire" => services::moderate::expire(app, subject).await,
        "purge" => services::remove::purge(app, subject, context).await,
        "accept" => services::follow::accept_rest(app, subject, context).await,
        "domain_block" => services::follow::end_rest_with_domain(app, subject, context).await,
        "suspension" => services::follow::reject_rest(app, subject, context).await,
        "pin" => receive::feature::fetch(app, subject, context).await,
        "poll" => resolve::refresh_poll(app, subject).await,
        "sync" => sync::reconcile(app, subject, context).await,
        "verify" => match store::load(&app.db, store::accounts::by_uri(subject)).await {
            Ok(Some(account)) => verify::fields(app, &account).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        },
        _ => return Outcome::Drop("no such job"),
    };
    match done {
        Ok(()) => Outcome::Done,
        Err(error) if error.is_unasked() => Outcome::Later,
        Err(error) if error.is_temporary() => Outcome::Retry,
        Err(Error::Internal(what)) => {
            crate::platform::log(&format!("job {kind} {subject}: {what}"));
            Outcome::Retry
        }
        Err(_) => Outcome::Drop("refused"),
    }
}

/// What a job of this kind is, if it may wait until the day's quotas begin anew.
fn waits(kind: &str) -> Option<Work> {
    match kind {
        "card" => Some(Work::Cards),
        "featured" | "thread" | "outbox" => Some(Work::Backfill),
        "actor" => Some(Work::Profiles),
        "verify" => Some(Work::Links),
        "import" | "takeout" => Some(Work::Imports),
        _ => None,
    }
}

/// Whether a person here has begun it and sees how far it is: it waits as long as it must.
pub fn is_awaited(kind: &str) -> bool {
    matches!(kind, "import" | "takeout" | "blocks")
}

/// Goes on with what blocks of domains and lists of them have changed.
async fn blocks(app: &App) -> Outcome {
    match services::blocklist::go_on(app).await {
        Ok(outcome) => outcome,
        Err(Error::Spent(_) | Error::TooManyRequests) => Outcome::Later,
        Err(error) => {
            crate::platform::log_failure("blocks", &error);
            Outcome::Retry
        }
    }
}

/// Looks up the actor of a relay's address (LitePub's form), which is then followed.
async fn relay(app: &App, address: &str, relay: &str) -> Outcome {
    let Some(relay) = Id::parse(relay) else { return Outcome::Drop("not a relay") };
    let done = match resolve::actor_by_uri(app, address).await {
        Ok(account) => services::relay::resolved(app, relay, &account).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Outcome::Done,
        Err(error) if error.is_temporary() || error.is_ours() => Outcome::Retry,
        Err(_) => Outcome::Drop("no relay there"),
    }
}
