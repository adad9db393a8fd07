//! Inserts, withdraws and deletes notifications.

use crate::model::id::Id;
use crate::model::notification::Kind;
use crate::model::role::RoleId;
use crate::model::status::Status;
use crate::model::time::MINUTE;
use crate::platform::sql::Statement;
use crate::store::notifying::notifying;
use crate::store::tombstones::{self, Relation, Signed};
use crate::store::{to_json, uris};

/// The condition of the index `notifications_by_sender`. The other notifications go with what they are about.
/// (Reads of `notifications_by_status` say `type <> 'favourite'` for the same reason: SQLite takes a partial index only where its
/// condition is in the statement.)
pub(in crate::store) const HAS_SENDER: &str = "type NOT IN ('favourite', 'reblog')";

/// No notification for remote accounts, for oneself, or between accounts where one blocks the other (`?1` is
/// the recipient, `?3` the other one).
const ALLOWED: &str = "?1 <> ?3 AND EXISTS (SELECT 1 FROM accounts WHERE id = ?1 AND domain_id IS NOT NULL) \
 AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = ?1 AND target_id = ?3)";

/// Notifies `account` that `from` favourited `status`. Before the favourite's own INSERT in the batch, so
/// that a repeated Like does not notify.
pub fn favourite(id: Id, account: Id, from: Id, status: Id, like: Signed) -> Statement {
    let is_old = tombstones::is_old("?5", "?7", "?3", "?6");
    notifying(format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) SELECT ?2, ?1, 'favourite', ?3, ?4 \
         WHERE {ALLOWED} AND NOT EXISTS (SELECT 1 FROM favourites WHERE status_id = ?4 AND account_id = ?3) \
         AND EXISTS (SELECT 1 FROM statuses WHERE id = ?4) AND NOT {is_old}"
    ))
    .bind(account)
    .bind(id)
    .bind(from)
    .bind(status)
    .bind(like.uri)
    .bind(like.at)
    .bind(Relation::Like(status).key())
}

/// Notifies `account` that `from` boosted `status`. Before the boost's own INSERT in the batch.
pub fn reblog(id: Id, account: Id, from: Id, status: Id, uri: &str) -> Statement {
    let (is_withdrawn, is_known) = (tombstones::is_withdrawn("?5", "?3"), uris::is("k", "?5"));
    notifying(format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) SELECT ?2, ?1, 'reblog', ?3, ?4 \
         WHERE {ALLOWED} AND NOT EXISTS (SELECT 1 FROM statuses WHERE reblog_of_id = ?4 AND account_id = ?3) \
         AND EXISTS (SELECT 1 FROM statuses WHERE id = ?4) AND NOT {is_withdrawn} \
         AND NOT EXISTS (SELECT 1 FROM statuses k WHERE {is_known})"
    ))
    .bind(account)
    .bind(id)
    .bind(from)
    .bind(status)
    .bind(uri)
}

/// Notifies `account` of a follow. Before the follow's own INSERT in the batch.
pub fn follow(id: Id, account: Id, from: Id, signed: Signed) -> Statement {
    follow_if("1", id, account, from, signed)
}

/// As [`follow`], of a follow that [`crate::store::follows::insert_open`] inserts.
pub fn open_follow(id: Id, account: Id, from: Id, signed: Signed) -> Statement {
    follow_if(&crate::store::follows::is_open("?3", "?1"), id, account, from, signed)
}

/// `condition` is about the account (`?1`) and the follower (`?3`).
fn follow_if(condition: &str, id: Id, account: Id, from: Id, follow: Signed) -> Statement {
    let is_old = tombstones::is_old("?4", "?6", "?3", "?5");
    notifying(format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id) SELECT ?2, ?1, 'follow', ?3 \
         WHERE {ALLOWED} AND {condition} AND NOT EXISTS (SELECT 1 FROM follows WHERE account_id = ?3 AND target_id = ?1) \
         AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = ?3 AND target_id = ?1) \
         AND NOT {is_old}"
    ))
    .bind(account)
    .bind(id)
    .bind(from)
    .bind(follow.uri)
    .bind(follow.at)
    .bind(Relation::Follow(account).key())
}

/// Notifies `account` of a follow request. Before the request's own INSERT in the batch.
pub fn follow_request(id: Id, account: Id, from: Id, follow: Signed) -> Statement {
    let is_old = tombstones::is_old("?4", "?6", "?3", "?5");
    notifying(format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id) SELECT ?2, ?1, 'follow_request', ?3 \
         WHERE {ALLOWED} AND NOT EXISTS (SELECT 1 FROM follow_requests WHERE account_id = ?3 AND target_id = ?1) \
         AND NOT EXISTS (SELECT 1 FROM follows WHERE account_id = ?3 AND target_id = ?1) \
         AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = ?3 AND target_id = ?1) \
         AND NOT {is_old}"
    ))
    .bind(account)
    .bind(id)
    .bind(from)
    .bind(follow.uri)
    .bind(follow.at)
    .bind(Relation::Follow(account).key())
}

/// Notifies the local accounts of `mentions` (pairs of notification id and account) of a status that is
/// stored in exactly this version. After the status's INSERT or UPDATE; each is notified once.
pub fn mentions(mentions: &[(Id, Id)], status: &Status) -> Statement {
    let pairs: Vec<(i64, i64)> = mentions.iter().map(|(id, account)| (id.0, account.0)).collect();
    notifying(format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) \
         SELECT json_extract(j.value, '$[0]'), a.id, 'mention', s.account_id, s.id \
         FROM statuses s CROSS JOIN json_each(?1) j JOIN accounts a ON a.id = json_extract(j.value, '$[1]') \
         WHERE {} AND s.account_id = ?3 AND s.edited_at IS ?4 AND a.domain_id IS NOT NULL AND a.id <> ?3 \
         AND NOT EXISTS (SELECT 1 FROM blocks WHERE account_id = a.id AND target_id = ?3) \
         AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.status_id = s.id AND n.account_id = a.id AND n.type = 'mention' AND n.type <> 'favourite')",
        uris::is("s", "?2")
    ))
    .bind(to_json(&pairs))
    .bind(&status.uri)
    .bind(status.account_id)
    .bind(status.edited_at)
}

/// Notifies the local followers who asked for it that `author` has a new status; after the status's INSERT.
pub fn new_status(id: Id, author: Id, status_uri: &str) -> Statement {
    notifying(format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) \
         SELECT ?1 + row_number() OVER (), f.account_id, 'status', ?2, s.id \
         FROM follows f INDEXED BY follows_notifying CROSS JOIN statuses s ON {} AND s.account_id = ?2 \
         CROSS JOIN accounts a ON a.id = f.account_id AND a.domain_id IS NOT NULL \
         WHERE f.target_id = ?2 AND f.is_notifying = 1 \
         AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.status_id = s.id AND n.account_id = f.account_id AND n.type <> 'favourite') \
         ON CONFLICT DO NOTHING",
        uris::is("s", "?3")
    ))
    .bind(id)
    .bind(author)
    .bind(status_uri)
}

/// Notifies `account` that the status with this uri by `from` quotes theirs; after the status's INSERT.
pub fn quote(id: Id, account: Id, from: Id, status_uri: &str) -> Statement {
    notifying(format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) SELECT ?2, ?1, 'quote', ?3, s.id \
         FROM statuses s WHERE {} AND s.account_id = ?3 AND {ALLOWED} \
         AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.status_id = s.id AND n.account_id = ?1 AND n.type = 'quote' AND n.type <> 'favourite')",
        uris::is("s", "?4")
    ))
    .bind(account)
    .bind(id)
    .bind(from)
    .bind(status_uri)
}

/// Of the edits of one status somebody is notified once in so long.
const TOLD_EVERY: i64 = 10 * MINUTE;

/// Notifies local accounts that boosted or quoted a status of its edit, unless they were a short while ago. After the UPDATE, and only if the
/// edit was stored, since older versions are ignored.
pub fn edited(id: Id, status: &Status) -> Vec<Statement> {
    let tell = |kind: &str, column: &str, condition: &str, shift: i64| {
        notifying(format!(
            "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) \
             SELECT ?1 + row_number() OVER (), b.account_id, '{kind}', ?3, {column} \
             FROM (SELECT * FROM statuses WHERE {condition} LIMIT 500) b WHERE b.is_local = 1 AND b.account_id <> ?3 \
             AND EXISTS (SELECT 1 FROM statuses WHERE id = ?2 AND edited_at = ?4) \
             AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.status_id = {column} AND n.account_id = b.account_id \
             AND n.type = '{kind}' AND n.type <> 'favourite' AND n.id > ?5) ON CONFLICT DO NOTHING"
        ))
        .bind(Id(id.0 + shift))
        .bind(status.id)
        .bind(status.account_id)
        .bind(status.edited_at)
        .bind(Id::floor(id.unix_ms() - TOLD_EVERY))
    };
    vec![
        tell("update", "?2", "reblog_of_id = ?2", 0),
        tell("quoted_update", "b.id", "quote_of_id = ?2 AND quote_state = 'accepted'", 1000),
    ]
}

/// Notifies the author and the local voters of a poll that it has ended; once.
pub fn poll_over(id: Id, status: Id) -> Statement {
    notifying(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) \
         SELECT ?1 + row_number() OVER (), v.account_id, 'poll', s.account_id, s.id FROM statuses s CROSS JOIN (\
         SELECT account_id FROM poll_votes WHERE status_id = ?2 UNION SELECT account_id FROM statuses WHERE id = ?2) v \
         CROSS JOIN accounts a ON a.id = v.account_id AND a.domain_id IS NOT NULL WHERE s.id = ?2 \
         AND EXISTS (SELECT 1 FROM open_polls WHERE status_id = ?2) \
         AND NOT EXISTS (SELECT 1 FROM notifications n WHERE n.status_id = ?2 AND n.account_id = v.account_id AND n.type = 'poll' AND n.type <> 'favourite') \
         ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(status)
}

/// Withdraws the notification of a follow or request that was undone; after the DELETE.
pub fn withdraw_undone_follow(account: Id, from: Id, since: Id) -> Statement {
    let mut statement = withdraw_follow(account, from, since);
    statement.sql.to_mut().push_str(
        " AND NOT EXISTS (SELECT 1 FROM follows WHERE account_id = ?2 AND target_id = ?1) \
         AND NOT EXISTS (SELECT 1 FROM follow_requests WHERE account_id = ?2 AND target_id = ?1)",
    );
    statement
}

/// Withdraws the notification of a follow or request; `since` is the id of the follow, which is not newer
/// than the notification.
pub fn withdraw_follow(account: Id, from: Id, since: Id) -> Statement {
    Statement::new(
        "DELETE FROM notifications WHERE account_id = ?1 AND id >= ?3 AND from_account_id = ?2 \
         AND type IN ('follow', 'follow_request')",
    )
    .bind(account)
    .bind(from)
    .bind(since)
}

/// Withdraws the notifications of all follows and requests by an account.
pub fn withdraw_follows_by(from: Id) -> Statement {
    Statement::new(format!(
        "DELETE FROM notifications WHERE from_account_id = ?1 AND type IN ('follow', 'follow_request') AND {HAS_SENDER}"
    ))
    .bind(from)
}

/// Deletes all notifications by one account for another.
pub fn withdraw_all(account: Id, from: Id) -> Vec<Statement> {
    ["notifications", "notification_requests"]
        .into_iter()
        .map(|table| {
            Statement::new(format!("DELETE FROM {table} WHERE account_id = ?1 AND from_account_id = ?2"))
                .bind(account)
                .bind(from)
        })
        .collect()
}

/// Deletes all notifications by accounts of a domain for one account.
pub fn withdraw_domain(account: Id, domain: &str) -> Vec<Statement> {
    let theirs = "account_id = ?1 AND (SELECT domain FROM accounts WHERE id = from_account_id) = ?2";
    ["notifications", "notification_requests"]
        .into_iter()
        .map(|table| Statement::new(format!("DELETE FROM {table} WHERE {theirs}")).bind(account).bind(domain))
        .collect()
}

/// Whose notifications are deleted.
#[derive(Debug, Clone, Copy)]
pub enum Told {
    /// All identities of the person that a user is one of, but the owner's.
    PersonOf(Id),
    /// Everybody with a role that is not that of everybody.
    Role(RoleId),
}

/// Deletes notifications of some kinds: those of a person, or of all with a role. Reads all of theirs.
pub fn delete_kinds(told: Told, kinds: &[Kind]) -> Statement {
    let (whose, id) = match told {
        Told::PersonOf(account) => (
            "SELECT i.account_id FROM users u CROSS JOIN users i ON i.person = u.person WHERE u.account_id = ?1 AND i.role_id <> 3",
            account.0,
        ),
        Told::Role(role) => ("SELECT account_id FROM users WHERE role_id <> -99 AND role_id = ?1", role.0),
    };
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    Statement::new(format!(
        "DELETE FROM notifications WHERE account_id IN ({whose}) AND type IN (SELECT value FROM json_each(?2))"
    ))
    .bind(id)
    .bind(to_json(&kinds))
}

/// Deletes one notification; returns a row if it existed.
pub fn dismiss(account: Id, id: Id) -> Statement {
    Statement::new("DELETE FROM notifications WHERE id = ?1 AND account_id = ?2 RETURNING id")
        .bind(id)
        .bind(account)
}

/// Deletes all notifications, filtered ones included.
pub fn clear(account: Id) -> Vec<Statement> {
    ["notifications", "notification_requests"]
        .into_iter()
        .map(|table| Statement::new(format!("DELETE FROM {table} WHERE account_id = ?1")).bind(account))
        .collect()
}
