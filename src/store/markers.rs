//! markers: read positions.

use super::Query;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::Statement;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    pub timeline: String,
    pub last_read_id: Id,
    pub version: i64,
    pub updated_at: Time,
}

pub fn of_account(account: Id) -> Query<Vec<Marker>> {
    Query::all(
        Statement::new(
            "SELECT timeline, last_read_id, version, updated_at FROM markers WHERE account_id = ?1",
        )
        .bind(account),
        |row| {
            Ok(Marker {
                timeline: row.text("timeline")?,
                last_read_id: row.id("last_read_id")?,
                version: row.int("version")?,
                updated_at: row.time("updated_at")?,
            })
        },
    )
}

/// Moves a marker to what is newer; else it stays as it is.
pub fn advance(account: Id, timeline: &str, last_read_id: Id, now: Time) -> Statement {
    let mut statement = set(account, timeline, last_read_id, now);
    statement.sql.to_mut().push_str(" WHERE excluded.last_read_id > markers.last_read_id");
    statement
}

/// Sets a marker; each change increments its version.
pub fn set(account: Id, timeline: &str, last_read_id: Id, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO markers (account_id, timeline, last_read_id, updated_at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (account_id, timeline) DO UPDATE SET last_read_id = excluded.last_read_id, \
         version = markers.version + 1, updated_at = excluded.updated_at",
    )
    .bind(account)
    .bind(timeline)
    .bind(last_read_id)
    .bind(now)
}
