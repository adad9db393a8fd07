//! Lists that their owners have made public as feeds: columns of `lists`.

use super::Query;
use super::statuses::{page_of, views};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::list::{Feed, MAX_FEED_MEMBERS, MAX_FEEDS};
use crate::model::page::Listed;
use crate::model::status::StatusView;
use crate::model::time::{DAY, Time};
use crate::platform::sql::{Row, Statement};

fn read(row: &Row) -> Result<Feed> {
    Ok(Feed {
        list_id: row.id("id")?,
        title: row.text("title")?,
        key: row.opt_text("feed_key")?,
        found_at: row.time("feed_at")?,
    })
}

/// An account's lists, by title, each with its feed or without.
pub fn of(account: Id) -> Query<Vec<Feed>> {
    Query::all(
        Statement::new(
            "SELECT id, title, feed_key, feed_at FROM lists WHERE account_id = ?1 ORDER BY title, id",
        )
        .bind(account),
        read,
    )
}

/// The list with this key, whose owner is here and not suspended.
pub fn by_key(key: &str) -> Query<Option<Feed>> {
    Query::first(
        Statement::new(
            "SELECT l.id AS id, l.title AS title, l.feed_key AS feed_key, l.feed_at AS feed_at FROM lists l \
             CROSS JOIN accounts a ON a.id = l.account_id AND a.suspended_at IS NULL AND a.deleted_at IS NULL \
             WHERE l.feed_key = ?1",
        )
        .bind(key),
        read,
    )
}

/// Makes a list public under a key, in place of an earlier one. What was found before `old` counts as never found: then
/// [`find`] with that time has something to do. Returns its id; nothing where the account has too many feeds or no such list.
pub fn publish(account: Id, list: Id, key: &str, old: Time) -> Statement {
    Statement::new(
        "UPDATE lists SET feed_key = ?3, feed_at = iif(feed_at > ?5, feed_at, 0) WHERE id = ?2 AND account_id = ?1 \
         AND (feed_key IS NOT NULL OR (SELECT count(feed_key) FROM lists WHERE account_id = ?1) < ?4) RETURNING id",
    )
    .bind(account)
    .bind(list)
    .bind(key)
    .bind(MAX_FEEDS)
    .bind(old)
}

/// A list is no feed any more. What was found stays with its time, lest whoever publishes it again and again has all members
/// looked through each time.
pub fn stop(account: Id, list: Id) -> Statement {
    Statement::new("UPDATE lists SET feed_key = NULL WHERE id = ?2 AND account_id = ?1")
        .bind(account)
        .bind(list)
}

/// Who of a list's members `a` may be in its feed: people here, and others who allow that their posts are found.
const ALLOWED: &str = "a.suspended_at IS NULL AND a.silenced_at IS NULL AND a.deleted_at IS NULL AND (a.domain_id IS NOT NULL OR a.is_indexable = 1)";
/// Which of their statuses `s`: those of the feed of a profile.
const SHOWN: &str = "s.visibility = 0 AND s.reblog_of_id IS NULL AND s.in_reply_to_uri IS NULL \
     AND (s.in_reply_to_account_id IS NULL OR s.in_reply_to_account_id = s.account_id)";

/// Statuses of each member that are looked at, and how old they may be.
const OF_EACH: usize = 20;
const OLDEST: i64 = 60 * DAY;

/// Finds again what is in the feed of a list, unless somebody has done so since `found_at`: the newest `most` of its members'
/// statuses. Reads at most some forty rows a member, of at most [`MAX_FEED_MEMBERS`].
pub fn find(list: Id, found_at: Time, now: Time, most: usize) -> Statement {
    Statement::new(format!(
        "UPDATE lists SET feed_at = ?3, feed_ids = (SELECT json_group_array(id) FROM (\
         SELECT s.id AS id FROM (SELECT target_id FROM list_accounts WHERE list_id = ?1 LIMIT {MAX_FEED_MEMBERS}) m \
         CROSS JOIN accounts a ON a.id = m.target_id AND {ALLOWED} CROSS JOIN statuses s ON s.id IN (\
         SELECT r.id FROM statuses r INDEXED BY statuses_by_account WHERE r.account_id = a.id AND r.id > ?4 \
         ORDER BY r.id DESC LIMIT {OF_EACH}) WHERE {SHOWN} ORDER BY s.id DESC LIMIT ?5)) \
         WHERE id = ?1 AND feed_key IS NOT NULL AND feed_at = ?2"
    ))
    .bind(list)
    .bind(found_at)
    .bind(now)
    .bind(Id::floor(now.plus(-OLDEST).0))
    .bind(most)
}

/// The statuses that were found, as far as they may still be shown: the newest first.
pub fn statuses(key: &str, most: usize) -> Query<Listed<StatusView>> {
    let ids = format!(
        "SELECT s.id AS id FROM lists l CROSS JOIN json_each(iif(json_valid(l.feed_ids), l.feed_ids, '[]')) j \
         CROSS JOIN statuses s ON s.id = j.value WHERE l.feed_key = ?2 AND {SHOWN} \
         AND EXISTS (SELECT 1 FROM list_accounts m WHERE m.list_id = l.id AND m.target_id = s.account_id) LIMIT ?3"
    );
    page_of(views(&ids, None).bind(key).bind(most), most).map(|mut page| {
        // As `ALLOWED` has it; suspended ones are left out by all views. It would be one more row for each.
        page.items.retain(|view| {
            !view.account.is_silenced() && (view.account.domain_id.is_some() || view.account.is_indexable)
        });
        page
    })
}

/// How many of the members of an account's lists their feeds show posts of, and how many there are, by list. As [`find`], it looks
/// at [`MAX_FEED_MEMBERS`] of each.
pub fn members(account: Id) -> Query<Vec<(Id, i64, i64)>> {
    Query::all(
        Statement::new(format!(
            "SELECT l.id AS id, (SELECT count(*) FROM list_accounts WHERE list_id = l.id) AS total, (\
             SELECT count(*) FROM (SELECT target_id FROM list_accounts WHERE list_id = l.id LIMIT {MAX_FEED_MEMBERS}) m \
             CROSS JOIN accounts a ON a.id = m.target_id AND {ALLOWED}) AS shown \
             FROM lists l WHERE l.account_id = ?1 AND l.feed_key IS NOT NULL"
        ))
        .bind(account),
        |row| Ok((row.id("id")?, row.int("shown")?, row.int("total")?)),
    )
}
