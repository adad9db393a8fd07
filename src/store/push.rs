//! push_subscriptions, and pushes: messages that wait to be sent.

use super::{Query, accounts, filters, muting, sessions, statuses, unhex};
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::filter::Filter;
use crate::model::id::Id;
use crate::model::notification::Kind;
use crate::model::push::{ALERTS, MOST_LOOKED_AT, PushPolicy, Subscription, Wishes};
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};
use crate::store::to_json;

/// How many subscriptions an account has: each notification is sent to all of them. The oldest are removed.
const MAX_SUBSCRIPTIONS: usize = 20;

/// Types between spaces.
fn packed(alerts: &[&str]) -> String {
    format!(" {} ", alerts.join(" "))
}

fn read(row: &Row) -> Result<Subscription> {
    let stored = row.text("alerts")?;
    let alerts = ALERTS.into_iter().filter(|alert| stored.split(' ').any(|name| name == *alert)).collect();
    let policy = PushPolicy::parse(&row.text("policy")?).unwrap_or(PushPolicy::None);
    Ok(Subscription {
        id: row.id("id")?,
        endpoint: row.text("endpoint")?,
        is_standard: row.bool("is_standard")?,
        wishes: Wishes { alerts, policy },
    })
}

const COLUMNS: &str = "id, endpoint, is_standard, alerts, policy";

/// The subscription of a token, by its hash.
pub fn of_token(token_hash: Vec<u8>) -> Query<Option<Subscription>> {
    Query::first(
        Statement::new(format!("SELECT {COLUMNS} FROM push_subscriptions WHERE token_hash = ?1"))
            .bind(token_hash),
        read,
    )
}

/// The subscription of the browser with a session, for the account that is used in it: by the session's hash.
pub fn of_session(session_hash: Vec<u8>) -> Query<Option<Subscription>> {
    Query::first(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM push_subscriptions WHERE series = (SELECT series FROM sessions WHERE token_hash = ?1) \
             AND account_id = {}",
            sessions::viewer_sql(1)
        ))
        .bind(session_hash),
        read,
    )
}

/// With what a subscription ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// With the token that it is named by.
    Token,
    /// With the session of this series.
    Session(Id),
}

/// What a new subscription has beside itself.
pub struct Keys {
    /// The hash of the app's token; for a browser that of its session and account.
    pub token_hash: Vec<u8>,
    pub holder: Holder,
    pub public_key: Vec<u8>,
    /// Sealed.
    pub secrets: Vec<u8>,
}

/// Replaces the subscription of a token or session; nothing where that has ended meanwhile.
pub fn replace(account: Id, subscription: &Subscription, keys: Keys, now: Time) -> Vec<Statement> {
    let series = match keys.holder {
        Holder::Token => None,
        Holder::Session(series) => Some(series),
    };
    vec![
        delete(keys.token_hash.clone()),
        Statement::new(
            "INSERT INTO push_subscriptions (id, token_hash, account_id, endpoint, public_key, secrets, is_standard, alerts, policy, created_at, series) \
             SELECT ?1, ?2, a.id, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11 FROM accounts a WHERE a.id = ?3 AND a.suspended_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM users u WHERE u.account_id = a.id AND u.disabled_at IS NOT NULL) \
             AND iif(?11 IS NULL, EXISTS (SELECT 1 FROM access_tokens WHERE token_hash = ?2), EXISTS (\
             SELECT 1 FROM users u JOIN sessions s ON s.user_id = u.id WHERE u.account_id = a.id AND s.series = ?11))",
        )
        .bind(subscription.id)
        .bind(keys.token_hash)
        .bind(account)
        .bind(&subscription.endpoint)
        .bind(keys.public_key)
        .bind(keys.secrets)
        .bind(subscription.is_standard)
        .bind(packed(&subscription.wishes.alerts))
        .bind(subscription.wishes.policy.as_str())
        .bind(now)
        .bind(series),
        Statement::new(
            "DELETE FROM push_subscriptions WHERE id IN (SELECT id FROM push_subscriptions WHERE account_id = ?1 \
             ORDER BY created_at DESC LIMIT -1 OFFSET ?2)",
        )
        .bind(account)
        .bind(MAX_SUBSCRIPTIONS),
    ]
}

/// Changes what the subscription of a token wants; answers it, if there is one.
pub fn update(token_hash: Vec<u8>, wishes: &Wishes) -> Query<Option<Subscription>> {
    Query::first(
        Statement::new(format!(
            "UPDATE push_subscriptions SET alerts = ?2, policy = ?3 WHERE token_hash = ?1 RETURNING {COLUMNS}"
        ))
        .bind(token_hash)
        .bind(packed(&wishes.alerts))
        .bind(wishes.policy.as_str()),
        read,
    )
}

/// Deletes the subscription of a token.
pub fn delete(token_hash: Vec<u8>) -> Statement {
    Statement::new("DELETE FROM push_subscriptions WHERE token_hash = ?1").bind(token_hash)
}

/// A message is given up after so many attempts.
pub const MAX_ATTEMPTS: i64 = 5;

/// Seconds from the start of an attempt to the next one, where that one fails or never ends. Longer than an attempt takes.
/// That of the first is in the trigger `notifications_pushed` as well.
const WAIT: &str = "(120 + 15 * (attempts + 1) * (attempts + 1) * (attempts + 1) * (attempts + 1))";

/// A message whose attempt is counted: the next one is due where this one does not end it.
#[derive(Debug, Clone, PartialEq)]
pub struct Due {
    pub id: Id,
    pub notification_id: Id,
    pub subscription_id: Id,
    /// With this one.
    pub attempts: i64,
    pub leased_until: Time,
    /// This invocation has added it, and it is not among those that wait yet.
    pub is_new: bool,
    /// `None` where it was deleted.
    pub address: Option<Address>,
}

/// Where and for whom a message is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Address {
    pub account_id: Id,
    pub endpoint: String,
    pub is_standard: bool,
    pub token_hash: Vec<u8>,
    pub public_key: Vec<u8>,
    /// Sealed.
    pub secrets: Vec<u8>,
}

const ADDRESS: &str = "json_array(p.account_id, p.endpoint, p.is_standard, hex(p.token_hash), hex(p.public_key), hex(p.secrets))";

fn address(f: &mut super::fields::Fields<'_>) -> Address {
    let bytes = |text: String| unhex(&text).unwrap_or_default();
    Address {
        account_id: f.id(),
        endpoint: f.text(),
        is_standard: f.truth(),
        token_hash: bytes(f.text()),
        public_key: bytes(f.text()),
        secrets: bytes(f.text()),
    }
}

/// Where an account's messages are sent, the newest subscriptions first.
pub fn addresses(account: Id, most: usize) -> Query<Vec<Address>> {
    Query::all(
        Statement::new(format!(
            "SELECT {ADDRESS} AS address FROM push_subscriptions p WHERE p.account_id = ?1 ORDER BY p.id DESC LIMIT ?2"
        ))
        .bind(account)
        .bind(most),
        |row| super::unpacked(row, "address", address),
    )
}

/// The columns of [`Due`].
fn due_columns() -> String {
    format!(
        "id, notification_id, subscription_id, attempts, next_attempt_at, is_waiting, \
         (SELECT {ADDRESS} FROM push_subscriptions p WHERE p.id = pushes.subscription_id) AS address"
    )
}

fn read_due(row: &Row) -> Result<Due> {
    Ok(Due {
        id: row.id("id")?,
        notification_id: row.id("notification_id")?,
        subscription_id: row.id("subscription_id")?,
        attempts: row.int("attempts")?,
        leased_until: row.time("next_attempt_at")?,
        is_new: !row.bool("is_waiting")?,
        address: super::opt_unpacked(row, "address", address)?,
    })
}

/// The messages of these notifications that were added just now, and are for the invocation that added them.
pub fn added(notifications: &[Id], now: Time) -> Query<Vec<Due>> {
    // They are the newest, but for those that others have added since.
    let newest = (notifications.len() * MAX_SUBSCRIPTIONS).max(MOST_LOOKED_AT);
    Query::all(
        Statement::new(format!(
            "SELECT {} FROM pushes WHERE id > (SELECT max(id) FROM pushes) - ?3 AND is_waiting = 0 \
             AND notification_id IN (SELECT value FROM json_each(?1)) AND next_attempt_at > ?2 ORDER BY id",
            due_columns()
        ))
        .bind_ids(notifications)
        .bind(now)
        .bind(i64::try_from(newest).unwrap_or(i64::MAX)),
        read_due,
    )
}

/// Messages that the invocation that added them does not send: from now on they wait, and are due.
pub fn leave(pushes: &[Id], now: Time) -> Statement {
    Statement::new(
        "UPDATE pushes SET is_waiting = 1, attempts = 0, next_attempt_at = ?2 \
         WHERE id IN (SELECT value FROM json_each(?1)) AND is_waiting = 0",
    )
    .bind_ids(pushes)
    .bind(now)
}

/// Messages whose invocation has ended without a word: from now on they wait. Looks at the newest, or at `all` of them.
pub fn find_lost(now: Time, all: bool) -> Statement {
    let most = if all { i64::MAX >> 11 } else { MOST_LOOKED_AT as i64 };
    Statement::new(
        "UPDATE pushes SET is_waiting = 1 WHERE id > (SELECT max(id) FROM pushes) - ?2 AND is_waiting = 0 AND next_attempt_at <= ?1",
    )
    .bind(now)
    .bind(most)
}

/// Takes the messages that are due for longest.
pub fn take(now: Time, limit: usize) -> Query<Vec<Due>> {
    Query::all(
        Statement::new(format!(
            "UPDATE pushes SET attempts = attempts + 1, next_attempt_at = ?1 + 1000 * {WAIT} WHERE id IN \
             (SELECT id FROM pushes WHERE is_waiting = 1 AND next_attempt_at <= ?1 ORDER BY next_attempt_at LIMIT ?2) \
             RETURNING {}",
            due_columns()
        ))
        .bind(now)
        .bind(limit),
        read_due,
    )
}

/// A notification as its message needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    pub id: Id,
    /// The receiver.
    pub account_id: Id,
    pub kind: Kind,
    pub from: Account,
    pub status_id: Option<Id>,
    /// The receiver's language.
    pub locale: String,
    /// The receiver's.
    pub filters: Vec<Filter>,
}

/// Those of these notifications that may still be sent: not filtered, not by or about what is suspended, muted, blocked or
/// out of sight by now. Notifications of blocked accounts and domains are deleted with the block; a mute leaves them.
pub fn news(notifications: &[Id]) -> Query<Vec<News>> {
    let mute = muting::in_force("m");
    Query::all(
        Statement::new(format!(
            "SELECT n.id AS id, n.account_id AS receiver_id, n.type AS type, n.status_id AS status_id, u.locale AS locale, {account} AS account, {filters} AS filters \
             FROM json_each(?1) j CROSS JOIN notifications n ON n.id = j.value CROSS JOIN accounts a ON a.id = n.from_account_id \
             CROSS JOIN accounts me ON me.id = n.account_id CROSS JOIN users u ON u.account_id = n.account_id \
             WHERE n.is_filtered = 0 AND me.suspended_at IS NULL AND me.deleted_at IS NULL AND u.disabled_at IS NULL AND {shown} \
             AND NOT EXISTS (SELECT 1 FROM mutes m WHERE m.account_id = n.account_id AND m.target_id = n.from_account_id \
             AND m.hides_notifications = 1 AND {mute}) \
             AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = n.account_id AND k.target_id = n.from_account_id) \
             AND (n.type IN ('poll', 'update') OR NOT EXISTS (SELECT 1 FROM thread_mutes t WHERE t.account_id = n.account_id \
             AND t.conversation = (SELECT conversation FROM statuses WHERE id = n.status_id)))",
            account = accounts::packed_shown("a"),
            filters = filters::packed("n.account_id"),
            shown = super::notifications::shown("n.account_id"),
        ))
        .bind_ids(notifications),
        |row| {
            let kind = row.text("type")?;
            Ok(News {
                id: row.id("id")?,
                account_id: row.id("receiver_id")?,
                kind: Kind::parse(&kind)
                    .ok_or_else(|| Error::Internal(format!("no kind of notification: {kind}")))?,
                from: accounts::read(row)?,
                status_id: row.opt_id("status_id")?,
                locale: row.text("locale")?,
                filters: filters::read_packed(row)?,
            })
        },
    )
}

/// The statuses of notifications.
pub fn statuses_of(notifications: &[Id]) -> Query<Vec<crate::model::status::StatusView>> {
    let page = "SELECT DISTINCT n.status_id AS id FROM json_each(?2) j CROSS JOIN notifications n ON n.id = j.value \
                WHERE n.status_id IS NOT NULL";
    statuses::newest_first(statuses::views(page, None).bind_ids(notifications))
}

/// What became of messages.
#[derive(Debug, Default)]
pub struct Settled {
    /// Sent, or given up.
    pub done: Vec<Id>,
    /// To be tried again: the message, when, and whether this attempt counts.
    pub later: Vec<(Id, Time, bool)>,
    /// Subscriptions that the push service does not know any more.
    pub gone: Vec<Id>,
    /// Subscriptions whose message failed, and until when all of their messages wait.
    pub failed: Vec<(Id, Time)>,
}

/// A message failed: the others of its subscription that are due wait as well, as if each of them had been tried, and so do
/// those that come meanwhile. Otherwise each message that waits would cost its own attempts, and a queue message for every
/// few of them.
fn put_off(failed: &[(Id, Time)], now: Time) -> [Statement; 3] {
    let rows: Vec<_> = failed.iter().map(|(id, until)| (id.0, until.0)).collect();
    let rows = to_json(&rows);
    [
        Statement::new(
            "UPDATE push_subscriptions SET waits_until = j.value ->> 1 FROM json_each(?1) j WHERE push_subscriptions.id = j.value ->> 0",
        )
        .bind(&rows),
        Statement::new(format!(
            "DELETE FROM pushes WHERE is_waiting = 1 AND next_attempt_at <= ?2 AND attempts + 1 >= {MAX_ATTEMPTS} \
             AND subscription_id IN (SELECT value ->> 0 FROM json_each(?1))"
        ))
        .bind(&rows)
        .bind(now),
        Statement::new(
            "UPDATE pushes SET attempts = attempts + 1, next_attempt_at = j.value ->> 1 FROM json_each(?1) j \
             WHERE pushes.subscription_id = j.value ->> 0 AND pushes.is_waiting = 1 AND pushes.next_attempt_at <= ?2",
        )
        .bind(rows)
        .bind(now),
    ]
}

/// Stores what became of messages.
pub fn settle(settled: &Settled, now: Time) -> Vec<Statement> {
    let mut batch = Vec::new();
    if !settled.done.is_empty() {
        batch.push(
            Statement::new("DELETE FROM pushes WHERE id IN (SELECT value FROM json_each(?1))")
                .bind_ids(&settled.done),
        );
    }
    if !settled.later.is_empty() {
        let rows: Vec<_> = settled.later.iter().map(|(id, at, counts)| (id.0, at.0, *counts)).collect();
        batch.push(
            Statement::new(
                "UPDATE pushes SET is_waiting = 1, next_attempt_at = j.value ->> 1, attempts = attempts - iif(j.value ->> 2, 0, 1) \
                 FROM json_each(?1) j WHERE pushes.id = j.value ->> 0",
            )
            .bind(to_json(&rows)),
        );
    }
    if !settled.failed.is_empty() {
        batch.extend(put_off(&settled.failed, now));
    }
    if !settled.gone.is_empty() {
        batch.push(
            Statement::new("DELETE FROM push_subscriptions WHERE id IN (SELECT value FROM json_each(?1))")
                .bind_ids(&settled.gone),
        );
    }
    batch
}
