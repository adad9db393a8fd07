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

/// Adds a filter, or changes all of an old one but its lists.
pub fn save(account: Id, filter: &Filter) -> Statement {
    let keywords: Vec<_> = filter.keywords.iter().map(packed_keyword).collect();
    Statement::new(
        "INSERT INTO filters (id, account_id, title, contexts, action, expires_at, keywords) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET title = excluded.title, \
         contexts = excluded.contexts, action = excluded.action, expires_at = excluded.expires_at \
         WHERE account_id = excluded.account_id",
    )
    .bind(filter.id)
    .bind(account)
    .bind(&filter.title)
    .bind(to_json(&filter.contexts))
    .bind(&filter.action)
    .bind(filter.expires_at)
    .bind(to_json(&keywords))
}

fn packed_keyword(k: &Keyword) -> (i64, &str, bool) {
    (k.id.0, k.keyword.as_str(), k.is_whole_word)
}

/// Changes one entry of a list of a filter, or adds it: whatever else changes at the same moment stays.
fn put(list: &str, account: Id, filter: Id, entry: Id, json: String) -> Statement {
    Statement::new(format!(
        "UPDATE filters SET {list} = CASE WHEN EXISTS (SELECT 1 FROM json_each({list}) WHERE json_extract(value, '$[0]') = ?3) \
         THEN (SELECT json_group_array(json(CASE WHEN json_extract(value, '$[0]') = ?3 THEN ?4 ELSE value END)) FROM json_each({list})) \
         ELSE json_insert({list}, '$[#]', json(?4)) END WHERE id = ?1 AND account_id = ?2"
    ))
    .bind(filter)
    .bind(account)
    .bind(entry)
    .bind(json)
}

fn remove(list: &str, account: Id, filter: Id, entry: Id) -> Statement {
    Statement::new(format!(
        "UPDATE filters SET {list} = (SELECT json_group_array(json(value)) FROM json_each({list}) \
         WHERE json_extract(value, '$[0]') <> ?3) WHERE id = ?1 AND account_id = ?2"
    ))
    .bind(filter)
    .bind(account)
    .bind(entry)
}

pub fn put_keyword(account: Id, filter: Id, keyword: &Keyword) -> Statement {
    put("keywords", account, filter, keyword.id, to_json(&packed_keyword(keyword)))
}

pub fn remove_keyword(account: Id, filter: Id, keyword: Id) -> Statement {
    remove("keywords", account, filter, keyword)
}

/// `entry` is the id of the status's row in the filter.
pub fn add_status(account: Id, filter: Id, entry: Id, status: Id) -> Statement {
    put("statuses", account, filter, entry, to_json(&(entry.0, status.0)))
}

pub fn remove_status(account: Id, filter: Id, entry: Id) -> Statement {
    remove("statuses", account, filter, entry)
}

pub fn delete(account: Id, filter: Id) -> Statement {
    Statement::new("DELETE FROM filters WHERE id = ?1 AND account_id = ?2").bind(filter).bind(account)
}

/// Deletes a filter that has nothing to match any more.
pub fn delete_empty(account: Id, filter: Id) -> Statement {
    Statement::new(
        "DELETE FROM filters WHERE id = ?1 AND account_id = ?2 AND keywords = '[]' AND statuses = '[]'",
    )
    .bind(filter)
    .bind(account)
}
