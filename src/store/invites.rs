//! invites: links by which somebody signs up.

use super::Query;
use crate::error::Result;
use crate::model::id::Id;
use crate::model::role::RoleId;
use crate::model::sign_up::Invite;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

const COLUMNS: &str = "i.id AS id, i.code AS code, i.account_id AS account_id, i.max_uses AS max_uses, i.uses AS uses, \
 i.expires_at AS expires_at, i.is_followed AS is_followed, i.skips_approval AS skips_approval, i.comment AS comment, a.username AS username";

fn read(row: &Row) -> Result<Invite> {
    Ok(Invite {
        id: row.id("id")?,
        code: row.text("code")?,
        account_id: row.id("account_id")?,
        max_uses: row.opt_int("max_uses")?,
        uses: row.int("uses")?,
        expires_at: row.opt_time("expires_at")?,
        is_followed: row.bool("is_followed")?,
        skips_approval: row.bool("skips_approval")?,
        comment: row.text("comment")?,
    })
}

/// Inserts an invitation and answers a row, unless its account has `most` that have not ended, or three times as many with those that
/// have ended and are still there.
pub fn insert(i: &Invite, most: usize, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO invites (id, code, account_id, max_uses, expires_at, is_followed, skips_approval, comment) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE (SELECT count(*) FROM invites WHERE account_id = ?3 \
         AND (expires_at IS NULL OR expires_at > ?9)) < ?10 AND (SELECT count(*) FROM invites WHERE account_id = ?3) < 3 * ?10 RETURNING id",
    )
    .bind(i.id)
    .bind(&i.code)
    .bind(i.account_id)
    .bind(i.max_uses)
    .bind(i.expires_at)
    .bind(i.is_followed)
    .bind(i.skips_approval)
    .bind(&i.comment)
    .bind(now)
    .bind(most)
}

/// An invitation by its code, with the role of who made it, if they are still here.
pub fn by_code(code: &str) -> Query<Option<(Invite, RoleId)>> {
    Query::first(
        Statement::new(format!(
            "SELECT {COLUMNS}, u.role_id AS role_id FROM invites i CROSS JOIN accounts a ON a.id = i.account_id \
             CROSS JOIN users u ON u.account_id = a.id \
             WHERE i.code = ?1 AND a.suspended_at IS NULL AND a.deleted_at IS NULL AND u.disabled_at IS NULL",
        ))
        .bind(code),
        |row| Ok((read(row)?, RoleId(row.int("role_id")?))),
    )
}

pub fn by_id(id: Id) -> Query<Option<Invite>> {
    Query::first(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM invites i CROSS JOIN accounts a ON a.id = i.account_id WHERE i.id = ?1"
        ))
        .bind(id),
        read,
    )
}

/// The newest invitations of an account, or of everybody, each with the name of who invites.
pub fn newest(of: Option<Id>, most: usize) -> Query<Vec<(Invite, String)>> {
    let whose = if of.is_some() { "i.account_id = ?2" } else { "?2 IS NULL" };
    Query::all(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM invites i CROSS JOIN accounts a ON a.id = i.account_id WHERE {whose} ORDER BY i.id DESC LIMIT ?1",
        ))
        .bind(most)
        .bind(of),
        |row| Ok((read(row)?, row.text("username")?)),
    )
}

/// One more has come by it. The batch fails where it has no uses left ([`USED_UP`]).
pub fn count_use(id: Id) -> Statement {
    Statement::new("UPDATE invites SET uses = uses + 1 WHERE id = ?1").bind(id)
}

/// What the database says where [`count_use`] fails.
pub const USED_UP: &str = "invite_has_uses";

/// Nobody comes by it any more. `of`: only where it is theirs.
pub fn end(id: Id, of: Option<Id>, now: Time) -> Statement {
    Statement::new(
        "UPDATE invites SET expires_at = min(coalesce(expires_at, ?3), ?3) WHERE id = ?1 AND (?2 IS NULL OR account_id = ?2) RETURNING id",
    )
    .bind(id)
    .bind(of)
    .bind(now)
}

/// Deletes those that ended before `before` and by which nobody came.
pub fn delete_unused(before: Time) -> Statement {
    Statement::new("DELETE FROM invites WHERE expires_at < ?1 AND uses = 0").bind(before)
}
