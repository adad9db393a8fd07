//! `/settings/doctor`: the state of the instance, for its operator; `/health` for machines.

use maud::{Markup, html};
use serde_json::{Value, json};

use super::relays::is_operators_form;
use super::words::{Language, Word};
use super::{form, page};
use crate::config::VERSION;
use crate::doctor;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::check::{Check, Name, State, worst};
use crate::model::role::Permission;

const HERE: &str = "/settings/doctor";
/// How long an isolate answers `/health` by what it has seen, in milliseconds.
const LOOKED_AT_FOR: i64 = 30_000;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let secret = match form::staff(c, Permission::VIEW_DEVOPS, HERE, &[]).await? {
        Ok((.., secret)) => secret,
        Err(response) => return Ok(response),
    };
    let checks = doctor::looked_at(c.app, host(c)).await?;
    answer(c, &secret, &checks, false).await
}

/// Asks as well: requests are sent, a file is stored, the operator's devices get a message.
pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let (_, account, secret) = match form::staff(c, Permission::VIEW_DEVOPS, HERE, &[]).await? {
        Ok(signed_in) => signed_in,
        Err(response) => return Ok(response),
    };
    if !is_operators_form(c, "doctor", &secret) {
        return Ok(show(c).await?.status(403));
    }
    let mut checks = doctor::looked_at(c.app, host(c)).await?;
    checks.extend(doctor::asked(c.app).await);
    checks.push(doctor::push(c.app, account.id).await);
    answer(c, &secret, &checks, true).await
}

/// The Host header of the request.
fn host<'a>(c: &'a Context<'_>) -> &'a str {
    c.request.header("host").unwrap_or("").trim()
}

async fn answer(c: &Context<'_>, secret: &str, checks: &[Check], is_asked: bool) -> Result<Response> {
    let say = |word| Language::of(c.request).say(word);
    let failing = doctor::failing(c.app).await?;
    let state = worst(checks);
    let body = html! {
        h1 { (say(Word::Doctor)) }
        p.lead { (say(match state {
            State::Good => Word::DoctorGood,
            State::Warning => Word::DoctorWarning,
            State::Bad => Word::DoctorBad,
        })) }
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(form::token(c.app, "doctor", secret));
            p.hint { (say(Word::DoctorAskHint)) }
            button type="submit" { (say(if is_asked { Word::DoctorAskAgain } else { Word::DoctorAsk })) }
        }
        // What needs attention comes first.
        @for state in [State::Bad, State::Warning, State::Good] {
            @for check in checks.iter().filter(|check| check.state == state) { (one(c, check)) }
        }
        @if !failing.is_empty() {
            h2 { (say(Word::DoctorFailing)) }
            ul.plain { @for line in &failing { li { (line) } } }
        }
    };
    Ok(page(c, say(Word::Doctor), true, &body).with("Cache-Control", "no-store"))
}

fn one(c: &Context<'_>, check: &Check) -> Markup {
    let language = Language::of(c.request);
    let (title, means, remedy) = words(check.name);
    let state = match check.state {
        State::Good => Word::StateGood,
        State::Warning => Word::StateWarning,
        State::Bad => Word::StateBad,
    };
    html! {
        div.card {
            p { strong { (language.say(title)) } " · " span class=(check.state.name()) { (language.say(state)) } }
            p.meta { (check.seen) }
            @if check.state != State::Good {
                p { (language.say(means)) }
                p { (language.say(remedy)) " " a href="/guide" { (language.say(Word::DoctorGuide)) } }
            }
        }
    }
}

/// The title of a check, what its failure means, and what to do then.
fn words(name: Name) -> (Word, Word, Word) {
    match name {
        Name::Database => (Word::CheckDatabase, Word::CheckDatabaseMeans, Word::CheckDatabaseDo),
        Name::Size => (Word::CheckSize, Word::CheckSizeMeans, Word::CheckSizeDo),
        Name::Cron => (Word::CheckCron, Word::CheckCronMeans, Word::CheckCronDo),
        Name::Queue => (Word::CheckQueue, Word::CheckQueueMeans, Word::CheckQueueDo),
        Name::Deliveries => (Word::CheckDeliveries, Word::CheckDeliveriesMeans, Word::CheckDeliveriesDo),
        Name::Quotas => (Word::CheckQuotas, Word::CheckQuotasMeans, Word::CheckQuotasDo),
        Name::Version => (Word::CheckVersion, Word::CheckVersionMeans, Word::CheckVersionDo),
        Name::Origin => (Word::CheckOrigin, Word::CheckOriginMeans, Word::CheckOriginDo),
        Name::Secrets => (Word::CheckSecrets, Word::CheckSecretsMeans, Word::CheckSecretsDo),
        Name::Heavy => (Word::CheckHeavy, Word::CheckHeavyMeans, Word::CheckHeavyDo),
        Name::Streams => (Word::CheckStreams, Word::CheckStreamsMeans, Word::CheckStreamsDo),
        Name::Files => (Word::CheckFiles, Word::CheckFilesMeans, Word::CheckFilesDo),
        Name::WebFinger => (Word::CheckWebFinger, Word::CheckWebFingerMeans, Word::CheckWebFingerDo),
        Name::HostMeta => (Word::CheckHostMeta, Word::CheckHostMetaMeans, Word::CheckHostMetaDo),
        Name::Inbox => (Word::CheckInbox, Word::CheckInboxMeans, Word::CheckInboxDo),
        Name::Clock => (Word::CheckClock, Word::CheckClockMeans, Word::CheckClockDo),
        Name::Push => (Word::CheckPush, Word::CheckPushMeans, Word::CheckPushDo),
    }
}

/// `/guide`: the operator's guide in the reader's language, a static file.
pub async fn guide(c: &Context<'_>) -> Result<Response> {
    let language = if Language::of(c.request) == Language::Ko { "ko" } else { "en" };
    Ok(Response::redirect(&format!("/guide/{language}/"))
        .with("Cache-Control", "no-cache")
        .with("Vary", "Accept-Language, Cookie"))
}

/// `/health`: 200 while the instance works, else 503, and the state of each check that asks nobody: no names, numbers or texts
/// of errors, which are the operator's. An isolate looks at most twice a minute.
pub async fn health(c: &Context<'_>) -> Result<Response> {
    let now = c.app.now();
    let kept = c.app.shared.health.borrow().clone().filter(|(_, at)| now.0 - at.0 < LOOKED_AT_FOR);
    let checks = match kept {
        Some((checks, _)) => checks,
        None => match doctor::looked_at(c.app, "").await {
            Ok(checks) => {
                let checks: Vec<(Name, State)> =
                    checks.iter().map(|check| (check.name, check.state)).collect();
                *c.app.shared.health.borrow_mut() = Some((checks.clone(), now));
                checks
            }
            Err(error) => return Ok(unhealthy(&error)),
        },
    };
    let state = checks.iter().map(|(_, state)| *state).max().unwrap_or(State::Good);
    let listed: Vec<Value> =
        checks.iter().map(|(name, state)| json!({"name": name.name(), "state": state.name()})).collect();
    Ok(told(state, &listed))
}

/// `/health` where the database does not answer. What the platform says of that is for the log; but that the database is of a
/// newer version, or that the day's quota is used up, is told.
pub fn unhealthy(error: &Error) -> Response {
    let said = match error {
        Error::Platform(_) => "The database does not answer".to_owned(),
        error => error.public_message(),
    };
    let check = json!({"name": Name::Database.name(), "state": State::Bad.name(), "error": said});
    told(State::Bad, &[check])
}

fn told(state: State, checks: &[Value]) -> Response {
    let status = if state == State::Bad { 503 } else { 200 };
    // As Mastodon says it where all is well.
    let said = if state == State::Good { "OK" } else { state.name() };
    let body = json!({"status": said, "version": VERSION, "checks": checks});
    Response::json(&body).status(status).with("Cache-Control", "no-store")
}
