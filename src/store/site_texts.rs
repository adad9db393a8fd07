//! site_texts: versions of the terms of service and of the privacy policy, and a draft of each.

use super::Query;
use crate::model::id::Id;
use crate::model::site_text::{Draft, Kind, Version};
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

fn version(row: &Row) -> crate::error::Result<Version> {
    Ok(Version {
        id: row.id("id")?,
        text: row.text("text")?,
        effective_at: row.time("effective_at")?,
        succeeded_at: row.opt_time("succeeded_at")?,
    })
}

/// The version with the id that `id` finds: `?1` is the kind, `?2` a time.
fn one(id: &str, kind: Kind, at: Time) -> Query<Option<Version>> {
    let statement = Statement::new(format!(
        "SELECT t.id AS id, t.text AS text, t.effective_at AS effective_at, (SELECT min(n.effective_at) FROM site_texts n \
         WHERE n.kind = t.kind AND n.effective_at > t.effective_at) AS succeeded_at FROM site_texts t WHERE t.id = {id}"
    ));
    Query::first(statement.bind(kind.as_str()).bind(at), version)
}

/// The version that holds; before there is one, the first of those to come.
pub fn current(kind: Kind, now: Time) -> Query<Option<Version>> {
    one(
        "coalesce((SELECT id FROM site_texts WHERE kind = ?1 AND effective_at <= ?2 ORDER BY effective_at DESC LIMIT 1), \
         (SELECT id FROM site_texts WHERE kind = ?1 AND effective_at > ?2 ORDER BY effective_at LIMIT 1))",
        kind,
        now,
    )
}

/// The version that holds from a day on.
pub fn of_date(kind: Kind, day: Time) -> Query<Option<Version>> {
    one("(SELECT id FROM site_texts WHERE kind = ?1 AND effective_at = ?2)", kind, day)
}

/// The days from which versions hold, the latest first.
pub fn dates(kind: Kind, most: usize) -> Query<Vec<Time>> {
    Query::all(
        Statement::new(
            "SELECT effective_at FROM site_texts WHERE kind = ?1 AND effective_at IS NOT NULL ORDER BY effective_at DESC LIMIT ?2",
        )
        .bind(kind.as_str())
        .bind(most),
        |row| row.time("effective_at"),
    )
}

pub fn draft(kind: Kind) -> Query<Option<Draft>> {
    Query::first(
        Statement::new("SELECT text, changes FROM site_texts WHERE kind = ?1 AND effective_at IS NULL")
            .bind(kind.as_str()),
        |row| Ok(Draft { text: row.text("text")?, changes: row.text("changes")? }),
    )
}

/// Stores the draft in place of the earlier one.
pub fn keep(id: Id, kind: Kind, draft: &Draft) -> Statement {
    Statement::new(
        "INSERT INTO site_texts (id, kind, text, changes) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (kind) WHERE effective_at IS NULL DO UPDATE SET text = excluded.text, changes = excluded.changes",
    )
    .bind(id)
    .bind(kind.as_str())
    .bind(&draft.text)
    .bind(&draft.changes)
}

pub fn drop_draft(kind: Kind) -> Statement {
    Statement::new("DELETE FROM site_texts WHERE kind = ?1 AND effective_at IS NULL").bind(kind.as_str())
}

/// A version that holds from a day on. The batch fails with a conflict where there is one of that day.
pub fn publish(id: Id, kind: Kind, draft: &Draft, day: Time) -> Statement {
    Statement::new(
        "INSERT INTO site_texts (id, kind, text, changes, effective_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )
    .bind(id)
    .bind(kind.as_str())
    .bind(&draft.text)
    .bind(&draft.changes)
    .bind(day)
}

/// Deletes a version that does not hold yet; answers a row, if there was one.
pub fn withdraw(kind: Kind, day: Time, now: Time) -> Statement {
    Statement::new(
        "DELETE FROM site_texts WHERE kind = ?1 AND effective_at = ?2 AND effective_at > ?3 RETURNING id",
    )
    .bind(kind.as_str())
    .bind(day)
    .bind(now)
}
