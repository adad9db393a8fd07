//! filters: what people hide or fold.

use serde::Deserialize;

use super::{Query, to_json};
use crate::error::Result;
use crate::model::filter::{Filter, Keyword};
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

#[derive(Deserialize)]
struct Packed {
    id: i64,
    title: String,
    contexts: Vec<String>,
    action: String,
    expires_at: Option<i64>,
    keywords: Vec<(i64, String, bool)>,
    statuses: Vec<(i64, i64)>,
}

impl From<Packed> for Filter {
    fn from(p: Packed) -> Self {
        Self {
            id: Id(p.id),
            title: p.title,
            contexts: p.contexts,
            action: p.action,
            expires_at: p.expires_at.map(Time),
            keywords: p
                .keywords
                .into_iter()
                .map(|(id, keyword, is_whole_word)| Keyword { id: Id(id), keyword, is_whole_word })
                .collect(),
            statuses: p.statuses.into_iter().map(|(id, status)| (Id(id), Id(status))).collect(),
        }
    }
}

/// All filters of the account that the SQL `account` names, as one JSON column, oldest first.
pub(super) fn packed(account: &str) -> String {
    format!(
        "(SELECT json_group_array(json_array(x.id,x.title,json(x.contexts),x.action,x.expires_at,json(x.keywords),json(x.statuses))) \
         FROM filters x WHERE x.account_id = {account})"
    )
}

/// Reads the column `filters` that [`packed`] made.
pub(super) fn read_packed(row: &Row) -> Result<Vec<Filter>> {
    let all: Option<Vec<Packed>> = super::opt_json(row, "filters")?;
    Ok(all.unwrap_or_default().into_iter().map(Filter::from).collect())
}

/// A person's filters, read anew.
pub fn of(account: Id) -> Query<Vec<Filter>> {
    Query::new(Statement::new(format!("SELECT {} AS filters", packed("?1"))).bind(account), |rows| {
        rows.first().map_or(Ok(Vec::new()), read_packed)
    })
}

/// Writes a filter of the account: a new one or all that changes of an old one.
pub fn save(account: Id, filter: &Filter) -> Statement {
    let keywords: Vec<_> =
        filter.keywords.iter().map(|k| (k.id.0, k.keyword.as_str(), k.is_whole_word)).collect();
    let statuses: Vec<_> = filter.statuses.iter().map(|(id, status)| (id.0, status.0)).collect();
    Statement::new(
        "INSERT INTO filters (id, account_id, title, contexts, action, expires_at, keywords, statuses) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (id) DO UPDATE SET title = excluded.title, \
         contexts = excluded.contexts, action = excluded.action, expires_at = excluded.expires_at, \
         keywords = excluded.keywords, statuses = excluded.statuses WHERE account_id = excluded.account_id",
    )
    .bind(filter.id)
    .bind(account)
    .bind(&filter.title)
    .bind(to_json(&filter.contexts))
    .bind(&filter.action)
    .bind(filter.expires_at)
    .bind(to_json(&keywords))
    .bind(to_json(&statuses))
}

pub fn delete(account: Id, filter: Id) -> Statement {
    Statement::new("DELETE FROM filters WHERE id = ?1 AND account_id = ?2").bind(filter).bind(account)
}
