//! filters.

use super::changes::FILTERS;
use super::fields::Fields;
use super::{Query, to_json};
use crate::error::Result;
use crate::model::filter::{Filter, Keyword};
use crate::model::id::Id;
use crate::platform::sql::{Row, Statement};

fn unpack(f: &mut Fields) -> Filter {
    Filter {
        id: f.id(),
        title: f.text(),
        contexts: f.each(|f| f.text()),
        action: f.text(),
        expires_at: f.opt_time(),
        keywords: f.lists(|f| Keyword { id: f.id(), keyword: f.text(), is_whole_word: f.truth() }),
        statuses: f.lists(|f| (f.id(), f.id())),
    }
}

/// All filters of the account in the SQL expression `account`, as one JSON column, oldest first.
pub(super) fn packed(account: &str) -> String {
    format!(
        "(SELECT json_group_array(json_array(x.id,x.title,{},x.action,x.expires_at,{},{})) \
         FROM filters x WHERE x.account_id = {account} AND octet_length(x.title) + octet_length(x.keywords) + octet_length(x.statuses) < 200000)",
        super::whole("x.contexts"),
        super::whole("x.keywords"),
        super::whole("x.statuses")
    )
}

/// Reads the column `filters` that [`packed`] made.
pub(super) fn read_packed(row: &Row) -> Result<Vec<Filter>> {
    Ok(super::opt_unpacked(row, "filters", |f| f.rest_of_sound_lists(unpack))?.unwrap_or_default())
}

/// An account's filters.
pub fn of(account: Id) -> Query<Vec<Filter>> {
    Query::new(Statement::new(format!("SELECT {} AS filters", packed("?1"))).bind(account), |rows| {
        rows.first().map_or(Ok(Vec::new()), read_packed)
    })
}

/// Fails with a conflict, and its batch with it, where an account has more filters, or more keywords and statuses in all of them.
pub fn within(account: Id, filters: usize, entries: usize) -> Statement {
    let length = |list: &str| format!("json_array_length({})", super::sound(list));
    Statement::new(format!(
        "INSERT INTO filters (id, account_id, title, contexts, action) SELECT min(id), account_id, '', '[]', '' FROM filters \
         WHERE account_id = ?1 HAVING count(*) > ?2 OR sum({} + {}) > ?3",
        length("keywords"),
        length("statuses")
    ))
    .bind(account)
    .bind(filters)
    .bind(entries)
}

/// Inserts a filter, or updates an existing one except its lists.
pub fn save(account: Id, filter: &Filter) -> Statement {
    let keywords: Vec<_> = filter.keywords.iter().map(packed_keyword).collect();
    Statement::new(format!(
        "INSERT INTO filters (id, account_id, title, contexts, action, expires_at, keywords) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET title = excluded.title, \
         contexts = excluded.contexts, action = excluded.action, expires_at = excluded.expires_at \
         WHERE account_id = excluded.account_id {FILTERS}"
    ))
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

/// Inserts or changes one entry of a list of a filter, without touching entries that concurrent requests
/// change.
fn put(list: &str, account: Id, filter: Id, entry: Id, json: String) -> Statement {
    Statement::new(format!(
        "UPDATE filters SET {list} = CASE WHEN EXISTS (SELECT 1 FROM json_each({list}) WHERE json_extract(value, '$[0]') = ?3) \
         THEN (SELECT json_group_array(json(CASE WHEN json_extract(value, '$[0]') = ?3 THEN ?4 ELSE value END)) FROM json_each({list})) \
         ELSE json_insert({list}, '$[#]', json(?4)) END WHERE id = ?1 AND account_id = ?2 {FILTERS}"
    ))
    .bind(filter)
    .bind(account)
    .bind(entry)
    .bind(json)
}

fn remove(list: &str, account: Id, filter: Id, entry: Id) -> Statement {
    Statement::new(format!(
        "UPDATE filters SET {list} = (SELECT json_group_array(json(value)) FROM json_each({list}) \
         WHERE json_extract(value, '$[0]') <> ?3) WHERE id = ?1 AND account_id = ?2 {FILTERS}"
    ))
    .bind(filter)
    .bind(account)
    .bind(entry)
}

/// Changes, adds and removes (`None`) keywords of a filter, without touching those that concurrent requests change.
pub fn put_keywords(account: Id, filter: Id, changes: &[(Id, Option<Keyword>)]) -> Statement {
    let changes: Vec<_> = changes
        .iter()
        .map(|(id, keyword)| (id.0, keyword.as_ref().map(|k| to_json(&packed_keyword(k)))))
        .collect();
    Statement::new(format!(
        "WITH change (id, entry) AS MATERIALIZED \
         (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?3)), \
         known (id, entry) AS MATERIALIZED (SELECT json_extract(k.value, '$[0]'), k.value FROM filters f, json_each(f.keywords) k \
         WHERE f.id = ?1 AND f.account_id = ?2) \
         UPDATE filters SET keywords = (SELECT json_group_array(json(entry)) FROM \
         (SELECT coalesce(c.entry, k.entry) AS entry FROM known k LEFT JOIN change c ON c.id = k.id \
         WHERE c.id IS NULL OR c.entry IS NOT NULL UNION ALL \
         SELECT entry FROM change WHERE entry IS NOT NULL AND id NOT IN (SELECT id FROM known))) \
         WHERE id = ?1 AND account_id = ?2 {FILTERS}"
    ))
    .bind(filter)
    .bind(account)
    .bind(to_json(&changes))
}

pub fn put_keyword(account: Id, filter: Id, keyword: &Keyword) -> Statement {
    put("keywords", account, filter, keyword.id, to_json(&packed_keyword(keyword)))
}

pub fn remove_keyword(account: Id, filter: Id, keyword: Id) -> Statement {
    remove("keywords", account, filter, keyword)
}

/// `entry` is the id of the status's entry in the filter.
pub fn add_status(account: Id, filter: Id, entry: Id, status: Id) -> Statement {
    put("statuses", account, filter, entry, to_json(&(entry.0, status.0)))
}

pub fn remove_status(account: Id, filter: Id, entry: Id) -> Statement {
    remove("statuses", account, filter, entry)
}

pub fn delete(account: Id, filter: Id) -> Statement {
    Statement::new(format!("DELETE FROM filters WHERE id = ?1 AND account_id = ?2 {FILTERS}"))
        .bind(filter)
        .bind(account)
}

/// Deletes a filter without keywords and statuses.
pub fn delete_empty(account: Id, filter: Id) -> Statement {
    Statement::new(format!(
        "DELETE FROM filters WHERE id = ?1 AND account_id = ?2 AND keywords = '[]' AND statuses = '[]' {FILTERS}"
    ))
    .bind(filter)
    .bind(account)
}
