//! budgets: rows that the activities of others have written today, by actor, by registered domain and in total
//! (`model/budget.rs`).

use std::collections::HashMap;

use super::{Query, to_json};
use crate::platform::sql::Statement;

/// The stored rows of these subjects on a day.
pub fn used(subjects: &[&str], day: i64) -> Query<HashMap<String, i64>> {
    Query::new(
        Statement::new(
            "SELECT b.subject AS subject, b.written AS written FROM json_each(?1) j CROSS JOIN budgets b ON b.subject = j.value \
             WHERE b.day = ?2",
        )
        .bind(to_json(&subjects))
        .bind(day),
        |rows| rows.iter().map(|row| Ok((row.text("subject")?, row.int("written")?))).collect(),
    )
}

/// Adds rows, each (subject, rows), on a day. Answers (`subject`, `written`) as they are then.
pub fn add(counted: &[(String, i64)], day: i64) -> Statement {
    Statement::new(
        "INSERT INTO budgets (subject, day, written) SELECT j.value ->> 0, ?2, j.value ->> 1 FROM json_each(?1) j WHERE 1 \
         ON CONFLICT (subject) DO UPDATE SET day = excluded.day, \
         written = excluded.written + CASE WHEN budgets.day = excluded.day THEN budgets.written ELSE 0 END RETURNING subject, written",
    )
    .bind(to_json(&counted))
    .bind(day)
}

/// Counts one more of a subject on a day and answers a row, where there are fewer than `most`.
pub fn take(subject: &str, day: i64, most: i64) -> Statement {
    Statement::new(
        "INSERT INTO budgets (subject, day, written) SELECT ?1, ?2, 1 WHERE ?3 > 0 ON CONFLICT (subject) DO UPDATE SET day = excluded.day, \
         written = 1 + CASE WHEN budgets.day = excluded.day THEN budgets.written ELSE 0 END \
         WHERE budgets.day <> excluded.day OR budgets.written < ?3 RETURNING written",
    )
    .bind(subject)
    .bind(day)
    .bind(most)
}

/// Counts `n` more of a subject on a day and answers how many there are then (`written`), unless there were more than `most` before:
/// of all that are counted one is the first beyond.
pub fn add_up_to(subject: &str, day: i64, n: i64, most: i64) -> Statement {
    Statement::new(
        "INSERT INTO budgets (subject, day, written) VALUES (?1, ?2, ?3) ON CONFLICT (subject) DO UPDATE SET day = excluded.day, \
         written = excluded.written + CASE WHEN budgets.day = excluded.day THEN budgets.written ELSE 0 END \
         WHERE budgets.day <> excluded.day OR budgets.written <= ?4 RETURNING written",
    )
    .bind(subject)
    .bind(day)
    .bind(n)
    .bind(most)
}

/// As [`take`], where the subject `other` has no more than `its_most` that day.
pub fn take_where(subject: &str, day: i64, most: i64, (other, its_most): (&str, i64)) -> Statement {
    Statement::new(
        "INSERT INTO budgets (subject, day, written) SELECT ?1, ?2, 1 WHERE ?3 > 0 \
         AND coalesce((SELECT b.written FROM budgets b WHERE b.subject = ?4 AND b.day = ?2), 0) <= ?5 \
         ON CONFLICT (subject) DO UPDATE SET day = excluded.day, \
         written = 1 + CASE WHEN budgets.day = excluded.day THEN budgets.written ELSE 0 END \
         WHERE budgets.day <> excluded.day OR budgets.written < ?3 RETURNING written",
    )
    .bind(subject)
    .bind(day)
    .bind(most)
    .bind(other)
    .bind(its_most)
}

/// Deletes the rows of earlier days.
pub fn delete_old(day: i64) -> Statement {
    Statement::new("DELETE FROM budgets WHERE day < ?1").bind(day)
}
