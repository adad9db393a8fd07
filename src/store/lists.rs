//! lists and their members.

use super::pages::{accounts_within_budget, bounds};
use super::{Query, accounts, to_json};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::list::{List, RepliesPolicy};
use crate::model::page::{Listed, Page};
use crate::platform::sql::{Row, Statement};

const SELECT: &str = "SELECT l.id AS id, l.account_id AS account_id, l.title AS title, l.replies_policy AS replies_policy, l.is_exclusive AS is_exclusive FROM lists l";

fn read(row: &Row) -> Result<List> {
    Ok(List {
        id: row.id("id")?,
        account_id: row.id("account_id")?,
        title: row.text("title")?,
        replies: RepliesPolicy::parse(&row.text("replies_policy")?).unwrap_or_default(),
        is_exclusive: row.bool("is_exclusive")?,
    })
}

/// An account's lists, by title.
pub fn of(account: Id) -> Query<Vec<List>> {
    Query::all(
        Statement::new(format!("{SELECT} WHERE l.account_id = ?1 ORDER BY l.title, l.id")).bind(account),
        read,
    )
}

pub fn by_id(account: Id, id: Id) -> Query<Option<List>> {
    Query::first(
        Statement::new(format!("{SELECT} WHERE l.id = ?1 AND l.account_id = ?2")).bind(id).bind(account),
        read,
    )
}

/// An account's lists that contain another account.
pub fn containing(account: Id, target: Id) -> Query<Vec<List>> {
    Query::all(
        Statement::new(format!(
            "{SELECT} WHERE l.account_id = ?1 AND EXISTS (SELECT 1 FROM list_accounts m WHERE m.list_id = l.id AND m.target_id = ?2) ORDER BY l.title, l.id"
        ))
        .bind(account)
        .bind(target),
        read,
    )
}

/// An account's lists, by title, each with whether another account is on it.
pub fn with_membership(account: Id, target: Id) -> Query<Vec<(List, bool)>> {
    let is_on = "EXISTS (SELECT 1 FROM list_accounts m WHERE m.list_id = l.id AND m.target_id = ?2) AS is_on FROM lists l";
    Query::all(
        Statement::new(format!(
            "{}, {is_on} WHERE l.account_id = ?1 ORDER BY l.title, l.id",
            SELECT.trim_end_matches(" FROM lists l")
        ))
        .bind(account)
        .bind(target),
        |row| Ok((read(row)?, row.bool("is_on")?)),
    )
}

/// Puts `target` on these lists of an account that follows it, each with the id of a new row, and takes it from the account's
/// others.
pub fn place(account: Id, target: Id, lists: &[(Id, Id)]) -> [Statement; 2] {
    let rows: Vec<_> = lists.iter().map(|(list, id)| (list.0, id.0)).collect();
    [
        "DELETE FROM list_accounts WHERE target_id = ?2 AND list_id IN (SELECT id FROM lists WHERE account_id = ?1) \
         AND list_id NOT IN (SELECT json_extract(value, '$[0]') FROM json_each(?3))",
        "INSERT INTO list_accounts (list_id, target_id, id) SELECT l.id, ?2, json_extract(j.value, '$[1]') \
         FROM json_each(?3) j CROSS JOIN lists l ON l.id = json_extract(j.value, '$[0]') WHERE l.account_id = ?1 \
         AND (EXISTS (SELECT 1 FROM follows f WHERE f.account_id = ?1 AND f.target_id = ?2) \
         OR EXISTS (SELECT 1 FROM follow_requests f WHERE f.account_id = ?1 AND f.target_id = ?2)) ON CONFLICT DO NOTHING",
    ]
    .map(|sql| Statement::new(sql).bind(account).bind(target).bind(to_json(&rows)))
}

/// Inserts a list, while there are fewer than `most`; returns its id.
pub fn insert(list: &List, most: usize) -> Statement {
    Statement::new(
        "INSERT INTO lists (id, account_id, title, replies_policy, is_exclusive) SELECT ?1, ?2, ?3, ?4, ?5 \
         WHERE (SELECT count(*) FROM lists WHERE account_id = ?2) < ?6 RETURNING id",
    )
    .bind(list.id)
    .bind(list.account_id)
    .bind(&list.title)
    .bind(list.replies.as_str())
    .bind(list.is_exclusive)
    .bind(most)
}

pub fn update(list: &List) -> Statement {
    Statement::new("UPDATE lists SET title = ?3, replies_policy = ?4, is_exclusive = ?5 WHERE id = ?1 AND account_id = ?2")
        .bind(list.id)
        .bind(list.account_id)
        .bind(&list.title)
        .bind(list.replies.as_str())
        .bind(list.is_exclusive)
}

pub fn delete(account: Id, id: Id) -> Statement {
    Statement::new("DELETE FROM lists WHERE id = ?1 AND account_id = ?2").bind(id).bind(account)
}

/// A page of a list's members, newest first.
pub fn members(list: Id, page: &Page) -> Query<Listed<Account>> {
    let (max, min) = bounds(page);
    Query::page(
        accounts_within_budget(&format!(
            "SELECT f.id AS cursor, {} AS account FROM list_accounts f CROSS JOIN accounts a ON a.id = f.target_id \
             WHERE f.list_id = ?1 AND f.id < ?2 AND f.id > ?3 ORDER BY f.id DESC LIMIT CAST(?4 AS INTEGER)",
            accounts::packed_shown("a")
        ))
        .bind(list)
        .bind(max)
        .bind(min)
        .bind(page.limit),
        page.limit,
        accounts::read,
    )
}

/// Which of `targets` the account follows (or is), and which of these are on the list already.
pub fn addable(account: Id, list: Id, targets: &[Id]) -> Query<Vec<(Id, bool)>> {
    Query::all(
        Statement::new(
            "SELECT j.value AS id, EXISTS (SELECT 1 FROM list_accounts m WHERE m.list_id = ?2 AND m.target_id = j.value) AS is_member \
             FROM json_each(?3) j WHERE j.value = ?1 OR EXISTS (SELECT 1 FROM follows f WHERE f.account_id = ?1 AND f.target_id = j.value) \
             OR EXISTS (SELECT 1 FROM follow_requests f WHERE f.account_id = ?1 AND f.target_id = j.value)",
        )
        .bind(account)
        .bind(list)
        .bind_ids(targets),
        |row| Ok((row.id("id")?, row.bool("is_member")?)),
    )
}

/// Adds members, each with the id of its row.
pub fn add(list: Id, targets: &[(Id, Id)]) -> Statement {
    let rows: Vec<_> = targets.iter().map(|(target, id)| (target.0, id.0)).collect();
    Statement::new(
        "INSERT INTO list_accounts (list_id, target_id, id) \
         SELECT ?1, json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?2) WHERE true \
         ON CONFLICT DO NOTHING",
    )
    .bind(list)
    .bind(to_json(&rows))
}

pub fn remove(list: Id, targets: &[Id]) -> Statement {
    Statement::new(
        "DELETE FROM list_accounts WHERE list_id = ?1 AND target_id IN (SELECT value FROM json_each(?2))",
    )
    .bind(list)
    .bind_ids(targets)
}
