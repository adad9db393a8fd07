//! Automatic deletion of old posts: the setting of a user, and how far it has come.

use super::fields::Fields;
use super::{Query, to_json};
use crate::model::cleanup::Cleanup;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::Statement;

/// The order is that of [`pack`].
fn unpack(f: &mut Fields) -> Cleanup {
    Cleanup {
        days: f.int(),
        keeps_direct: f.truth(),
        keeps_pinned: f.truth(),
        keeps_polls: f.truth(),
        keeps_media: f.truth(),
        keeps_favourites: f.truth(),
        keeps_bookmarks: f.truth(),
        min_favourites: f.opt_int(),
        min_boosts: f.opt_int(),
    }
}

/// The setting of a user; `None` where nothing is deleted.
pub fn of(user: Id) -> Query<Option<Cleanup>> {
    Query::new(Statement::new("SELECT cleanup FROM users WHERE id = ?1").bind(user), |rows| {
        rows.first().map_or(Ok(None), |row| super::opt_unpacked(row, "cleanup", unpack))
    })
}

/// As [`unpack`] reads it.
fn pack(c: &Cleanup) -> String {
    let keeps =
        [c.keeps_direct, c.keeps_pinned, c.keeps_polls, c.keeps_media, c.keeps_favourites, c.keeps_bookmarks]
            .map(i64::from);
    let [direct, pinned, polls, media, favourites, bookmarks] = keeps;
    to_json(&(c.days, direct, pinned, polls, media, favourites, bookmarks, c.min_favourites, c.min_boosts))
}

/// Stores the setting, and begins from the oldest status.
pub fn set(user: Id, cleanup: Option<&Cleanup>) -> Statement {
    let packed = cleanup.map(pack);
    Statement::new("UPDATE users SET cleanup = ?2, cleanup_after = 0, cleanup_at = 0 WHERE id = ?1")
        .bind(user)
        .bind(packed)
}

/// Whose turn it is.
#[derive(Debug, Clone)]
pub struct Turn {
    pub user: Id,
    pub account: Id,
    pub cleanup: Cleanup,
    /// Statuses up to this one were looked at.
    pub after: Id,
}

/// Who has waited for longest: the user, and their turn, which is `None` where their setting is unreadable. Nobody while an
/// activity of anybody is not on its way yet.
pub fn next(now: Time) -> Query<Option<(Id, Option<Turn>)>> {
    Query::first(
        Statement::new(
            "SELECT u.id AS id, u.account_id AS account_id, u.cleanup AS cleanup, u.cleanup_after AS after \
             FROM users u INDEXED BY users_cleanup CROSS JOIN accounts a ON a.id = u.account_id AND a.suspended_at IS NULL \
             WHERE u.cleanup IS NOT NULL AND u.cleanup_at <= ?1 AND u.memorial_at IS NULL \
             AND NOT EXISTS (SELECT 1 FROM outbox INDEXED BY outbox_untried WHERE is_untried = 1) ORDER BY u.cleanup_at LIMIT 1",
        )
        .bind(now),
        |row| {
            let (user, account, after) = (row.id("id")?, row.id("account_id")?, row.id("after")?);
            let cleanup = super::unpacked(row, "cleanup", unpack).ok();
            Ok((user, cleanup.map(|cleanup| Turn { user, account, cleanup, after })))
        },
    )
}

/// The oldest statuses and boosts of an account from before `before` that were not looked at, and whether they go. A boost
/// has no exceptions but those of counts, which are its own.
pub fn old(turn: &Turn, before: Id, most: usize) -> Query<Vec<(Id, bool)>> {
    let c = &turn.cleanup;
    Query::all(
        Statement::new(
            "SELECT s.id AS id, (?5 = 0 OR s.visibility <> 3) \
             AND (?6 = 0 OR NOT EXISTS (SELECT 1 FROM pins p WHERE p.account_id = ?1 AND p.status_id = s.id)) \
             AND (?7 = 0 OR s.poll IS NULL) AND (?8 = 0 OR s.media = '[]') \
             AND (?9 = 0 OR NOT EXISTS (SELECT 1 FROM favourites v WHERE v.status_id = s.id AND v.account_id = ?1)) \
             AND (?10 = 0 OR NOT EXISTS (SELECT 1 FROM bookmarks b WHERE b.account_id = ?1 AND b.status_id = s.id)) \
             AND (?11 IS NULL OR s.favourites_count < ?11) AND (?12 IS NULL OR s.reblogs_count < ?12) AS goes \
             FROM (SELECT * FROM statuses INDEXED BY statuses_by_account WHERE account_id = ?1 AND id > ?2 AND id < ?3 \
             ORDER BY id LIMIT ?4) s",
        )
        .bind(turn.account)
        .bind(turn.after)
        .bind(before)
        .bind(most)
        .bind(c.keeps_direct)
        .bind(c.keeps_pinned)
        .bind(c.keeps_polls)
        .bind(c.keeps_media)
        .bind(c.keeps_favourites)
        .bind(c.keeps_bookmarks)
        .bind(c.min_favourites)
        .bind(c.min_boosts),
        |row| Ok((row.id("id")?, row.bool("goes")?)),
    )
}

/// A turn has come to the status `after`; the next one is not before `at`. Nothing where the setting was changed meanwhile.
pub fn advance(turn: &Turn, after: Id, at: Time) -> Statement {
    Statement::new("UPDATE users SET cleanup_after = ?2, cleanup_at = ?3 WHERE id = ?1 AND cleanup_after = ?4 AND cleanup = ?5 RETURNING id")
        .bind(turn.user)
        .bind(after)
        .bind(at)
        .bind(turn.after)
        .bind(pack(&turn.cleanup))
}

/// The turn of a user whose setting is unreadable is not before `at`.
pub fn pass_by(user: Id, at: Time) -> Statement {
    Statement::new("UPDATE users SET cleanup_at = ?2 WHERE id = ?1").bind(user).bind(at)
}

/// What was deleted today (posts, and operations of the queue for them): the day, and both numbers.
pub fn today() -> Query<(i64, i64, i64)> {
    Query::new(Statement::new("SELECT value FROM settings WHERE key = 'cleanup'"), |rows| {
        let Some(row) = rows.first() else { return Ok((0, 0, 0)) };
        Ok(super::unpacked(row, "value", |f| (f.int(), f.int(), f.int())).unwrap_or_default())
    })
}

pub fn set_today(today: (i64, i64, i64)) -> Statement {
    super::site::set("cleanup", &to_json(&today))
}
