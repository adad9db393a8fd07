//! The state of the instance, for its operator and for machines. What is not asked of anybody is in [`looked_at`]; [`asked`]
//! stores a file, sends requests and calls the objects.

pub mod domains;

use serde_json::Value;

use crate::app::App;
use crate::config::VERSION;
use crate::error::Result;
use crate::model::check::{Check, Name, State};
use crate::model::id::Id;
use crate::model::ledger::{self, Measure, Work};
use crate::model::retention::CLOSED_TO_STRANGERS;
use crate::model::site::host_of;
use crate::model::time::{DAY, MINUTE, SECOND, Time};
use crate::platform::fetch::{Incoming, Outgoing};
use crate::platform::guard::{Policy, SafeUrl};
use crate::services;
use crate::store;
use crate::store::doctor::{Facts, MAX_WAITING};
use crate::webpush;

/// Cron runs every minute, which other isolates know once it is stored; after so long without it, and after so much longer,
/// something is wrong.
const CRON_LATE: i64 = ledger::Pending::PERIOD + 5 * MINUTE;
const CRON_DEAD: i64 = 60 * MINUTE;
/// A message of the queue is taken within seconds.
const QUEUE_LATE: i64 = 10 * MINUTE;
/// How far the clock may be off: signatures are refused by others beyond some minutes.
const CLOCK_OFF: i64 = MINUTE;
/// Within how many hours cron and the queue are looked for.
const HOURS: i64 = 6;
const TIMEOUT_MS: u32 = 8_000;
const MAX_BYTES: usize = 64 * 1024;
const MAX_REDIRECTS: usize = 3;
/// Servers that are listed.
const MAX_FAILING: usize = 10;

fn ago(now: Time, then: Time) -> String {
    let seconds = (now.0 - then.0).max(0) / SECOND;
    format!("{} UTC, {seconds} s", then.to_minute().replace('T', " ").trim_end_matches('Z'))
}

/// Keeps since when this version runs: two rows, once.
pub async fn note_version(app: &App) -> Result<()> {
    let site = app.site();
    if !site.is_set_up || site.version == VERSION {
        return Ok(());
    }
    let batch =
        vec![store::site::set("version", VERSION), store::site::set("upgraded_at", &app.now().0.to_string())];
    store::write(&app.db, batch).await?;
    app.shared.forget_site();
    Ok(())
}

/// What is seen without asking anybody: one round trip, some 120 rows read at most. `host` is the Host header of the request.
pub async fn looked_at(app: &App, host: &str) -> Result<Vec<Check>> {
    let since = ledger::hour(app.now()) - HOURS;
    let facts = store::load(&app.db, store::doctor::facts(since)).await?;
    Ok(vec![
        Check::new(Name::Database, State::Good, format!("schema {}", facts.schema)),
        size(app),
        cron(app, &facts),
        queue(app, &facts),
        deliveries(app, &facts),
        quotas(app),
        version(app),
        origin(app, host),
    ])
}

fn size(app: &App) -> Check {
    let Some(bytes) = app.meter.size() else { return Check::new(Name::Size, State::Warning, "?") };
    let most = app.site().database_bytes();
    let thousandths = i64::try_from(u128::from(bytes) * 1_000 / u128::from(most.max(1))).unwrap_or(i64::MAX);
    let state = match thousandths {
        ..600 => State::Good,
        600..CLOSED_TO_STRANGERS => State::Warning,
        _ => State::Bad,
    };
    let mb = |bytes: u64| format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10);
    Check::new(Name::Size, state, format!("{} / {}", mb(bytes), mb(most)))
}

fn cron(app: &App, facts: &Facts) -> Check {
    let now = app.now();
    // What was not stored yet counts as well.
    let last = facts.cron_at.max(app.shared.ledger.borrow().ran.cron_at);
    let since = last.unwrap_or_else(|| app.site().set_up_at);
    let state = match now.0 - since.0 {
        // Before the set-up there is nothing to be done.
        _ if last.is_none() && !app.site().is_set_up => State::Good,
        ..CRON_LATE => State::Good,
        CRON_LATE..CRON_DEAD => State::Warning,
        _ => State::Bad,
    };
    Check::new(Name::Cron, state, last.map_or_else(|| "-".into(), |at| ago(now, at)))
}

fn queue(app: &App, facts: &Facts) -> Check {
    let now = app.now();
    let last = facts.queue_at.max(app.shared.ledger.borrow().ran.queue_at);
    let is_late = facts.untaken.is_some_and(|id| now.0 - id.unix_ms() > QUEUE_LATE);
    let state = if is_late { State::Warning } else { State::Good };
    Check::new(Name::Queue, state, last.map_or_else(|| "-".into(), |at| ago(now, at)))
}

fn deliveries(app: &App, facts: &Facts) -> Check {
    let Some(oldest) = facts.undelivered else { return Check::new(Name::Deliveries, State::Good, "0") };
    let at = Time(oldest.unix_ms());
    let state = if app.now().0 - at.0 > DAY { State::Warning } else { State::Good };
    let more = if facts.waiting >= MAX_WAITING as i64 { "+" } else { "" };
    Check::new(Name::Deliveries, state, format!("{}{more}; {}", facts.waiting, ago(app.now(), at)))
}

/// Servers that do not take what is sent to them: a line for each.
pub async fn failing(app: &App) -> Result<Vec<String>> {
    let servers = store::load(&app.db, store::doctor::failing(MAX_FAILING)).await?;
    Ok(servers
        .into_iter()
        .map(|(domain, attempts, error)| format!("{domain} ({attempts}): {error}"))
        .collect())
}

fn quotas(app: &App) -> Check {
    let used = app.used_today();
    let shares = Measure::ALL.into_iter().map(|m| (used.share(m, app.quota(m)), m.name()));
    let (share, name) = shares.max().unwrap_or_default();
    // Where the queue or the storage of files refuses, the rest goes on.
    let state = match share {
        _ if !app.allows(Work::Inbox) => State::Bad,
        ..70 => State::Good,
        _ => State::Warning,
    };
    Check::new(Name::Quotas, state, format!("{share} % {name}"))
}

fn version(app: &App) -> Check {
    let site = app.site();
    match site.version.as_str() {
        // Cron has not run yet.
        "" => Check::new(Name::Version, State::Good, VERSION),
        VERSION => {
            Check::new(Name::Version, State::Good, format!("{VERSION}; {}", site.upgraded_at.to_date()))
        }
        other => Check::new(Name::Version, State::Warning, format!("{VERSION} / {other}")),
    }
}

fn origin(app: &App, host: &str) -> Check {
    let site = app.site();
    let is_ours = host.is_empty()
        || host_of(&app.config.public_origin).eq_ignore_ascii_case(host)
        || site.domains.iter().any(|d| host_of(&d.web_origin).eq_ignore_ascii_case(host));
    let state = if is_ours { State::Good } else { State::Warning };
    Check::new(Name::Origin, state, format!("{} / {host:.100}", app.config.public_origin))
}

/// Domains that are asked in one run: each takes up to eight requests.
const DOMAINS: usize = 5;

/// Those whose turn it is: with more than [`DOMAINS`] the next ones in the next minute, so that all have been asked after some.
fn turn<T>(all: &[T], now: Time) -> &[T] {
    let turns = all.len().div_ceil(DOMAINS).max(1);
    let minute = usize::try_from(now.0 / MINUTE).unwrap_or(0);
    all.chunks(DOMAINS).nth(minute % turns).unwrap_or_default()
}

/// What is seen by asking: keys, objects, files, and each domain from outside.
pub async fn asked(app: &App) -> Vec<Check> {
    let mut all = vec![secrets(app).await, heavy(app).await, streams(app).await, files(app).await];
    let people = store::load(&app.db, store::doctor::people()).await.unwrap_or_default();
    let mut date = None;
    let site = app.site();
    let domains: Vec<_> = site.domains.iter().filter(|d| !d.is_ended).collect();
    for domain in turn(&domains, app.now()) {
        let name = people.iter().find(|(id, _)| *id == domain.id).map_or("", |(_, name)| name.as_str());
        let (found, seen_at) = domains::webfinger(app, domain, name).await;
        date = date.or(seen_at);
        let asked = [found, domains::host_meta(app, domain).await];
        // Where one is not verified yet nobody lives there, and it is known that something is left to be done.
        all.extend(asked.map(|check| match domain.is_verified {
            false if check.state == State::Bad => Check { state: State::Warning, ..check },
            _ => check,
        }));
    }
    all.extend([inbox(app).await, clock(app, date)]);
    all
}

async fn secrets(app: &App) -> Check {
    let Some(actor) = app.site().actor_id else { return Check::new(Name::Secrets, State::Warning, "-") };
    let opened = match store::load(&app.db, store::keys::of_account(actor)).await {
        Ok(Some(sealed)) => services::keys::unseal(app, &sealed).await.map(drop),
        Ok(None) => return Check::new(Name::Secrets, State::Bad, "-"),
        Err(error) => Err(error),
    };
    match opened {
        Ok(()) => Check::new(Name::Secrets, State::Good, "SORI_SECRET"),
        Err(_) => Check::new(Name::Secrets, State::Bad, "SORI_SECRET"),
    }
}

async fn heavy(app: &App) -> Check {
    match app.crypto.password_hash(b"check", &[0; 16], 1).await {
        Ok(_) => Check::new(Name::Heavy, State::Good, "HEAVY"),
        Err(error) => Check::new(Name::Heavy, State::Bad, text_of(&error)),
    }
}

async fn streams(app: &App) -> Check {
    if !app.live.is_bound() {
        return Check::new(Name::Streams, State::Warning, "LIVE -");
    }
    match app.live.send(&[], &[]).await {
        Ok(listeners) => Check::new(Name::Streams, State::Good, format!("LIVE, {}", listeners.len())),
        Err(error) => Check::new(Name::Streams, State::Bad, text_of(&error)),
    }
}

async fn files(app: &App) -> Check {
    let key = app.new_key();
    let stored = match app.blobs.put(&key, "text/plain", b"check").await {
        Ok(()) => app.blobs.delete(&[key]).await,
        Err(error) => Err(error),
    };
    match stored {
        Ok(()) => Check::new(Name::Files, State::Good, if app.blobs.is_bucket() { "R2" } else { "KV" }),
        Err(error) => Check::new(Name::Files, State::Bad, text_of(&error)),
    }
}

/// The text of an error, without statements of the database.
fn text_of(error: &crate::error::Error) -> String {
    let text = error.log_line().map_or_else(|| error.public_message(), str::to_owned);
    text.chars().take(200).collect()
}

/// Asks an address as another server does; a redirect is an answer.
async fn ask_once(
    app: &App,
    method: &'static str,
    url: &str,
    body: &[u8],
) -> std::result::Result<Incoming, String> {
    let policy = Policy { is_development: app.config.is_development };
    let url = SafeUrl::check(url, &policy).map_err(|error| text_of(&error))?;
    let mut headers = vec![("User-Agent".to_owned(), app.config.user_agent())];
    if method == "POST" {
        headers.push(("Content-Type".into(), "application/activity+json".into()));
    }
    let request = Outgoing {
        method,
        url,
        headers,
        body: body.to_vec(),
        max_bytes: MAX_BYTES,
        is_cut: true,
        timeout_ms: TIMEOUT_MS,
    };
    app.http.fetch(request).await.map_err(|error| match text_of(&error) {
        // What workerd says of a name that does not exist, with a number of its own.
        text if text.contains("internal error") => "the name does not exist, or nobody answers there".into(),
        text => text,
    })
}

/// How an answer that is not the right one is told. Cloudflare lets no Worker of a `workers.dev` address ask itself (error
/// 1042): that says nothing about others.
fn wrong(name: Name, about: &str, answer: &Incoming) -> Check {
    let body = String::from_utf8_lossy(&answer.body);
    let state = if body.contains("error code: 1042") { State::Warning } else { State::Bad };
    let kind = answer.header("content-type").unwrap_or("-");
    let start: String = body.chars().filter(|c| !c.is_control()).take(60).collect();
    Check::new(name, state, format!("{about}: {} {kind} {start}", answer.status))
}

/// Sends the inbox what it refuses with an answer of its own: JSON. A challenge for bots answers a page.
async fn inbox(app: &App) -> Check {
    let origin = app.home().web_origin;
    match ask_once(app, "POST", &format!("{origin}/inbox"), b"{}").await {
        Ok(answer) if answer.status == 400 && serde_json::from_slice::<Value>(&answer.body).is_ok() => {
            Check::new(Name::Inbox, State::Good, format!("{origin}/inbox: 400"))
        }
        Ok(answer) => wrong(Name::Inbox, &format!("{origin}/inbox"), &answer),
        Err(text) => Check::new(Name::Inbox, State::Bad, format!("{origin}/inbox: {text}")),
    }
}

fn clock(app: &App, date: Option<Time>) -> Check {
    let Some(date) = date else { return Check::new(Name::Clock, State::Warning, "-") };
    // The header has whole seconds.
    let off = (app.now().0 - date.0).abs();
    let state = if off < CLOCK_OFF + SECOND { State::Good } else { State::Bad };
    Check::new(Name::Clock, state, format!("{} s", off / SECOND))
}

/// Sends a push message to the operator's own devices.
pub async fn push(app: &App, account: Id) -> Check {
    match webpush::send::test(app, account).await {
        Ok(sent) if sent.is_empty() => Check::new(Name::Push, State::Warning, "0"),
        Ok(sent) => {
            let state = if sent.iter().all(|(_, is_sent)| *is_sent) { State::Good } else { State::Bad };
            let all: Vec<String> =
                sent.iter().map(|(origin, ok)| format!("{origin} {}", if *ok { "+" } else { "-" })).collect();
            Check::new(Name::Push, state, all.join(", "))
        }
        Err(error) => Check::new(Name::Push, State::Bad, error.public_message()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_domain_has_its_turn() {
        let at = |minute: i64, all: &[u8]| turn(all, Time(minute * MINUTE)).to_vec();
        assert_eq!(at(7, &[]), Vec::<u8>::new());
        assert_eq!(at(7, &[1, 2]), [1, 2]);
        let many: Vec<u8> = (0..12).collect();
        let (first, second, third) = (at(3, &many), at(4, &many), at(5, &many));
        assert_eq!([first, second, third].concat(), many);
        assert_eq!(at(6, &many), at(3, &many));
    }
}
