//! Sends push messages: those that are due, some at a time. Success deletes the row, a failure puts it off.

use std::collections::{HashMap, HashSet};

use super::encrypt::{AUTH, Message, Receiver, SALT, encrypt};
use super::message;
use super::vapid;
use crate::app::{App, Need};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::notification::Kind;
use crate::model::site::Vapid;
use crate::model::status::StatusView;
use crate::model::time::{DAY, HOUR, SECOND, Time};
use crate::platform::fetch::Outgoing;
use crate::platform::guard::{Policy, SafeUrl};
use crate::services::keys;
use crate::store;
use crate::store::push::{Address, Due, MAX_ATTEMPTS, News, Settled};

/// The most messages of one invocation: each takes a key agreement and may take a signature.
pub const MOST: usize = 5;
/// Statements beside the messages: take, or find and leave (2), load (2), settle (6).
const STATEMENTS: u32 = 10;
/// The deadline of one request. [`MOST`] of them end within the thirty seconds that an invocation has after its response.
const TIMEOUT_MS: u32 = 5_000;
/// How long a push service keeps a message for a device that it does not reach, as with Mastodon. Older ones are not sent.
const KEPT_FOR: i64 = 2 * DAY;
/// A token for a push service is valid for so long, and used for half of it. At most a day is allowed (RFC 8292, section 2).
const TOKEN_LIFETIME: i64 = 12 * HOUR;

/// How many messages this invocation can send, at most `most`.
pub fn room(app: &App, most: usize) -> usize {
    let fits = |n: &usize| app.has_room(Need { statements: STATEMENTS, fetches: 2 * *n as u32 });
    (1..=most).rev().find(fits).unwrap_or(0)
}

/// How a message ended.
enum End {
    /// Sent, or not to be sent any more.
    Done,
    /// The subscription is of no use: the push service does not know it, or it cannot be read.
    Gone,
    /// To be tried again, at the earliest after so many milliseconds.
    Later(Option<i64>),
    /// The same, of what says nothing of other subscriptions at the same push service: too much was sent to this one.
    Held(Option<i64>),
}

/// Those that wait in one run, since a message of theirs failed in it.
#[derive(Default)]
struct Waiting {
    /// Subscriptions, and until when.
    subscriptions: HashMap<Id, Time>,
    /// Push services, and when they want to be asked again.
    services: HashMap<String, Time>,
    /// Subscriptions that are gone.
    gone: HashSet<Id>,
}

/// Sends the messages of notifications that this invocation has added, at most `most`; the rest waits. Answers whether there
/// is any.
pub async fn begin(app: &App, notifications: &[Id], most: usize) -> Result<bool> {
    let mut added = store::load(&app.db, store::push::added(notifications, app.now())).await?;
    let rest = added.split_off(most.min(added.len()));
    if !rest.is_empty() {
        let rest: Vec<Id> = rest.iter().map(|push| push.id).collect();
        store::write(&app.db, vec![store::push::leave(&rest, app.now())]).await?;
    }
    send(app, &added).await?;
    Ok(!rest.is_empty())
}

/// Sends messages that are due, at most `most`. Answers whether more may be due.
pub async fn run(app: &App, most: usize) -> Result<bool> {
    let most = room(app, most);
    if most == 0 {
        return Ok(true);
    }
    let due = store::load(&app.db, store::push::take(app.now(), most)).await?;
    send(app, &due).await?;
    Ok(due.len() == most)
}

async fn send(app: &App, due: &[Due]) -> Result<()> {
    if due.is_empty() {
        return Ok(());
    }
    let ids: Vec<Id> = due.iter().map(|d| d.notification_id).collect();
    let (news, views) =
        store::load(&app.db, (store::push::news(&ids), store::push::statuses_of(&ids))).await?;
    let mut settled = Settled::default();
    let mut waiting = Waiting::default();
    for push in due {
        let origin = push.address.as_ref().map(|a| origin_of(app, &a.endpoint)).unwrap_or_default();
        if waiting.gone.contains(&push.subscription_id) {
            settled.done.push(push.id);
            continue;
        }
        if let Some(until) = waiting.subscriptions.get(&push.subscription_id) {
            put_off(push, *until, &mut settled);
            continue;
        }
        if let Some(asked) = waiting.services.get(&origin) {
            // Not counted as an attempt: the fault may be of the subscription that failed. The others do not wait longer because
            // that one has failed often.
            settled.later.push((push.id, push.leased_until.max(*asked), false));
            continue;
        }
        let end = attempt(app, push, &news, &views).await;
        let is_of_service = matches!(end, End::Later(_));
        match end {
            End::Done => settled.done.push(push.id),
            End::Gone => {
                waiting.gone.insert(push.subscription_id);
                settled.done.push(push.id);
                settled.gone.push(push.subscription_id);
            }
            End::Later(after) | End::Held(after) => {
                let asked = app.now().plus(after.unwrap_or(0));
                let until = push.leased_until.max(asked);
                waiting.subscriptions.insert(push.subscription_id, until);
                if is_of_service {
                    waiting.services.insert(origin, asked);
                }
                settled.failed.push((push.subscription_id, until));
                put_off(push, until, &mut settled);
            }
        }
    }
    store::write(&app.db, store::push::settle(&settled, app.now())).await.map(drop)
}

/// Devices that [`test`] sends to.
const MOST_TESTED: usize = 3;

/// Sends an account's newest devices a message, now and once: by push service, whether it took it. The message is a follow of
/// the account by itself, which apps show.
pub async fn test(app: &App, account: Id) -> Result<Vec<(String, bool)>> {
    let (me, addresses) =
        store::load(&app.db, (store::accounts::by_id(account), store::push::addresses(account, MOST_TESTED)))
            .await?;
    let Some(me) = me else { return Err(Error::NotFound) };
    let news = News {
        id: app.new_id(),
        account_id: account,
        kind: Kind::Follow,
        from: me,
        status_id: None,
        locale: "en".into(),
        filters: Vec::new(),
    };
    let mut sent = Vec::new();
    for address in &addresses {
        let is_sent = matches!(post(app, address, &news, None).await, Ok(End::Done));
        sent.push((origin_of(app, &address.endpoint), is_sent));
    }
    Ok(sent)
}

/// A message whose attempt failed, or would have: it waits, or is given up.
fn put_off(push: &Due, until: Time, settled: &mut Settled) {
    if push.attempts >= MAX_ATTEMPTS {
        settled.done.push(push.id);
    } else if push.is_new || until != push.leased_until {
        settled.later.push((push.id, until, true));
    }
}

/// The push service of an endpoint; empty where nothing may be sent there.
fn origin_of(app: &App, endpoint: &str) -> String {
    SafeUrl::check(endpoint, &policy(app)).map(|url| url.origin()).unwrap_or_default()
}

pub fn policy(app: &App) -> Policy {
    Policy { is_development: app.config.is_development }
}

async fn attempt(app: &App, push: &Due, news: &[News], views: &[StatusView]) -> End {
    let Some(address) = &push.address else { return End::Done };
    let found = news.iter().find(|n| n.id == push.notification_id && n.account_id == address.account_id);
    let Some(news) = found else { return End::Done };
    let is_late = news.id.unix_ms() + KEPT_FOR <= app.now().0;
    if is_late || push.attempts > MAX_ATTEMPTS {
        return End::Done;
    }
    let view = match news.status_id {
        Some(id) => match views.iter().find(|v| v.status.id == id) {
            Some(view) => Some(view),
            None => return End::Done,
        },
        None => None,
    };
    if view.is_some_and(|view| message::is_filtered(news, view, app.now())) {
        return End::Done;
    }
    match post(app, address, news, view).await {
        Ok(end) => end,
        Err(error) => {
            crate::platform::log_failure(&format!("push to {}", origin_of(app, &address.endpoint)), &error);
            // What cannot be sent from here does not get better by another attempt.
            if error.is_temporary() || error.is_ours() { End::Later(None) } else { End::Gone }
        }
    }
}

/// One message: encrypted, signed, sent.
async fn post(app: &App, address: &Address, news: &News, view: Option<&StatusView>) -> Result<End> {
    let url = SafeUrl::check(&address.endpoint, &policy(app))?;
    let Some(vapid) = app.site().vapid.clone() else {
        return Err(Error::internal("no key for push messages"));
    };
    let Ok(secrets) = keys::open(app, &address.secrets, &address.token_hash).await else {
        return Ok(End::Gone);
    };
    let Some((receiver, token)) = opened(address, &secrets) else { return Ok(End::Gone) };
    let text = message::text(news, view, token, &app.links());
    let Some(message) = encrypted(app, text.as_bytes(), &receiver, address.is_standard).await? else {
        return Ok(End::Gone);
    };
    let token = token_for(app, &vapid, &url.origin()).await?;
    let headers = headers(&app.config, &message, &token, &vapid.public_key);
    let request = Outgoing {
        method: "POST",
        url,
        headers,
        body: message.body,
        max_bytes: 64 * 1024,
        is_cut: false,
        timeout_ms: TIMEOUT_MS,
    };
    let answer = match app.http.fetch(request).await {
        Ok(answer) => answer,
        // Whatever the connection fails of, it may work later.
        Err(error) if !error.is_ours() => {
            crate::platform::log_failure("push", &error);
            return Ok(End::Later(None));
        }
        Err(error) => return Err(error),
    };
    Ok(outcome_of(answer.status, answer.retry_after(app.now())))
}

/// As Mastodon: an error of the client but 408 and 429 ends the subscription.
fn outcome_of(status: u16, after: Option<i64>) -> End {
    match status {
        200..=299 => End::Done,
        429 => End::Held(after),
        400..=499 if !matches!(status, 408 | 425) => End::Gone,
        _ => End::Later(after),
    }
}

/// Whom the message is for, and the app's token: from the opened secrets.
fn opened<'a>(address: &Address, secrets: &'a [u8]) -> Option<(Receiver, &'a str)> {
    let (auth, token) = secrets.split_at_checked(AUTH)?;
    let receiver = Receiver { point: address.public_key.clone(), auth: auth.try_into().ok()? };
    Some((receiver, std::str::from_utf8(token).ok()?))
}

/// `None` where the receiver's key is none.
async fn encrypted(app: &App, text: &[u8], to: &Receiver, is_standard: bool) -> Result<Option<Message>> {
    let Some(key) = app.crypto.p256_agree(&to.point).await? else { return Ok(None) };
    let salt: [u8; SALT] =
        app.random.bytes(SALT).try_into().map_err(|_| Error::internal("a salt has the wrong length"))?;
    app.meter.add(|c| c.signatures += 1);
    encrypt(&app.crypto, text, to, &key, &salt, is_standard).await
}

/// The token for a push service: a new one is signed every few hours.
async fn token_for(app: &App, vapid: &Vapid, origin: &str) -> Result<String> {
    let now = app.now();
    if let Some(token) = app.shared.push_token(origin, now) {
        return Ok(token);
    }
    let email = &app.site().contact_email;
    let contact = if email.is_empty() { app.config.public_origin.clone() } else { format!("mailto:{email}") };
    let key = keys::vapid(app, vapid).await?;
    app.meter.add(|c| c.signatures += 1);
    let until = (now.0 + TOKEN_LIFETIME) / SECOND;
    let token = vapid::token(&app.crypto, &key, origin, &contact, until).await?;
    app.shared.keep_push_token(origin.to_owned(), token.clone(), now.plus(TOKEN_LIFETIME / 2));
    Ok(token)
}

fn headers(config: &Config, message: &Message, token: &str, public_key: &str) -> Vec<(String, String)> {
    let mut all = vec![
        ("User-Agent", config.user_agent()),
        ("Content-Type", "application/octet-stream".to_owned()),
        ("Content-Encoding", message.encoding.to_owned()),
        ("TTL", (KEPT_FOR / SECOND).to_string()),
        ("Urgency", "normal".to_owned()),
    ];
    match &message.headers {
        Some((encryption, crypto_key)) => all.extend([
            ("Encryption", encryption.clone()),
            ("Crypto-Key", format!("{crypto_key};p256ecdsa={public_key}")),
            ("Authorization", format!("WebPush {token}")),
        ]),
        None => all.push(("Authorization", format!("vapid t={token},k={public_key}"))),
    }
    all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
