//! audit_log: what members of staff did. Rows are never changed.

use super::Query;
use crate::error::Result;
use crate::model::audit::{Entry, Target};
use crate::model::id::Id;
use crate::platform::sql::{Row, Statement};

/// Maximum bytes of a label and of details.
const MAX_LABEL: usize = 300;

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_LABEL)]
}

/// A row for an act of `by`, for the batch that does it. `action` is a verb, such as `suspend`; `detail` may be empty.
pub fn insert(id: Id, by: Id, action: &str, target: &Target, detail: &str) -> Statement {
    Statement::new("INSERT INTO audit_log (id, account_id, action, kind, target_id, label, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
        .bind(id)
        .bind(by)
        .bind(action)
        .bind(target.kind)
        .bind(target.id)
        .bind(cut(&target.label))
        .bind(cut(detail))
}

fn read(row: &Row) -> Result<Entry> {
    Ok(Entry {
        id: row.id("id")?,
        by: row.id("account_id")?,
        by_name: row.opt_text("username")?.unwrap_or_default(),
        action: row.text("action")?,
        kind: row.text("kind")?,
        target_id: row.id("target_id")?,
        label: row.text("label")?,
        detail: row.text("detail")?,
    })
}

/// Whose entries are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    All,
    /// Of one member of staff.
    By(Id),
    /// About one target.
    About(Id),
}

/// Entries before an id, the newest first.
pub fn before(id: Id, of: Of, limit: usize) -> Query<Vec<Entry>> {
    let (narrow, value) = match of {
        Of::All => ("?2 = 0", Id::default()),
        Of::By(account) => ("l.account_id = ?2", account),
        Of::About(target) => ("l.target_id = ?2", target),
    };
    Query::all(
        Statement::new(format!(
            "SELECT l.*, a.username AS username FROM audit_log l LEFT JOIN accounts a ON a.id = l.account_id \
             WHERE l.id < ?1 AND {narrow} ORDER BY l.id DESC LIMIT ?3"
        ))
        .bind(id)
        .bind(value)
        .bind(limit),
        read,
    )
}
