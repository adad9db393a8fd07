//! Search over what is here: by the beginnings of names, through indexes only.

use super::{Query, accounts};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::platform::sql::Statement;

/// The first text that no longer begins with `prefix`.
fn end_of(prefix: &str) -> String {
    format!("{prefix}\u{10ffff}")
}

/// Accounts whose user name begins so, local ones first, then by followers. Looks at 200 at most.
pub fn accounts(prefix: &str, following_of: Option<Id>, limit: usize, offset: usize) -> Query<Vec<Account>> {
    Query::all(
        Statement::new(format!(
            "SELECT {} AS account FROM (SELECT * FROM accounts WHERE username >= ?1 AND username < ?2 LIMIT 200) a \
             WHERE a.actor_type <> 'Application' AND a.suspended_at IS NULL \
             AND (?3 IS NULL OR EXISTS (SELECT 1 FROM follows f WHERE f.account_id = ?3 AND f.target_id = a.id)) \
             ORDER BY a.domain_id IS NULL, a.followers_count DESC LIMIT ?4 OFFSET ?5",
            accounts::packed("a")
        ))
        .bind(prefix)
        .bind(end_of(prefix))
        .bind(following_of)
        .bind(limit)
        .bind(offset),
        accounts::read,
    )
}

/// Hashtags that begin so: each found by one step through the index, whatever its number of statuses.
pub fn tags(prefix: &str, limit: usize) -> Query<Vec<String>> {
    Query::new(
        Statement::new(
            "WITH RECURSIVE t (tag) AS (SELECT (SELECT min(tag) FROM status_tags WHERE tag >= ?1 AND tag < ?2 AND ?1 <> '') \
             UNION ALL SELECT (SELECT min(tag) FROM status_tags WHERE tag > t.tag AND tag < ?2) FROM t \
             WHERE t.tag IS NOT NULL LIMIT 41) SELECT tag FROM t WHERE tag IS NOT NULL LIMIT ?3",
        )
        .bind(prefix)
        .bind(end_of(prefix))
        .bind(limit),
        |rows| rows.iter().map(|row| row.text("tag")).collect(),
    )
}
