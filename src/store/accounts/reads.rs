//! Reads of accounts by id, uri, handle, key and the like.

use super::rows::{packed, packed_shown, read, read_with_key, select, select_with_key};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::Listed;
use crate::model::time::Time;
use crate::platform::sql::Statement;
use crate::store::{Query, pages, to_json};

/// The account that this one has moved to.
pub fn successor(id: Id) -> Query<Option<Account>> {
    let successor = "WHERE a.id = (SELECT moved_to_id FROM accounts WHERE id = ?1) AND a.deleted_at IS NULL";
    Query::first(select(successor).bind(id), read)
}

pub fn by_id(id: Id) -> Query<Option<Account>> {
    Query::first(select("WHERE a.id = ?1").bind(id), read)
}

/// As long as it is not deleted, as everything that shows accounts to people reads them.
pub fn present(id: Id) -> Query<Option<Account>> {
    Query::first(select("WHERE a.id = ?1 AND a.deleted_at IS NULL").bind(id), read)
}

/// Those of these ids that are not deleted. Unordered.
pub fn present_of(ids: &[Id]) -> Query<Vec<Account>> {
    Query::all(
        select("WHERE a.id IN (SELECT value FROM json_each(?1)) AND a.deleted_at IS NULL").bind_ids(ids),
        read,
    )
}

/// Like [`present`], by actor id.
pub fn present_by_uri(uri: &str) -> Query<Option<Account>> {
    Query::first(select("WHERE a.uri = ?1 AND a.deleted_at IS NULL").bind(uri), read)
}

/// Like [`present`], by username and one of some handle domains, as of [`local_by_username`].
pub fn present_by_handle(username: &str, domains: &[String]) -> Query<Option<Account>> {
    let named = of_domains("a.", domains);
    let found = select(&format!("WHERE a.username = ?1 AND {named} AND a.deleted_at IS NULL"));
    Query::first(bind_domains(found.bind(username), domains), read)
}

/// Unordered; unknown ids are left out.
pub fn by_ids(ids: &[Id]) -> Query<Vec<Account>> {
    Query::all(select("WHERE a.id IN (SELECT value FROM json_each(?1))").bind_ids(ids), read)
}

/// Like [`by_ids`], with everything that is shown, in the order of `ids`, within the budget of a page.
pub fn first_of(ids: &[Id]) -> Query<Listed<Account>> {
    let sql = format!(
        "SELECT a.id AS cursor, {} AS account FROM json_each(?1) j CROSS JOIN accounts a ON a.id = j.value",
        packed_shown("a")
    );
    Query::page(pages::accounts_within_budget(&sql).bind_ids(ids), ids.len(), read)
}

/// With its public key.
pub fn by_uri(uri: &str) -> Query<Option<Account>> {
    Query::first(select_with_key("WHERE a.uri = ?1").bind(uri), read_with_key)
}

pub fn by_uris(uris: &[String]) -> Query<Vec<Account>> {
    Query::all(select("WHERE a.uri IN (SELECT value FROM json_each(?1))").bind(to_json(&uris)), read)
}

/// By handle; `domain` is the handle domain in lower case.
pub fn by_handle(username: &str, domain: &str) -> Query<Option<Account>> {
    Query::first(select("WHERE a.username = ?1 AND a.domain = ?2").bind(username).bind(domain), read)
}

/// By handles, as pairs of username and handle domain.
pub fn by_handles(handles: &[(String, String)]) -> Query<Vec<Account>> {
    Query::all(
        select(
            "JOIN json_each(?1) h ON a.username = json_extract(h.value, '$[0]') \
             AND a.domain = json_extract(h.value, '$[1]')",
        )
        .bind(to_json(&handles)),
        read,
    )
}

/// The owner of `key_id`, with the public keys: the actor whose id is the key's without fragment, or the first
/// that listed this key (any actor of the same host may list it as well), or for `acct:` the one with that handle.
pub fn by_key_id(key_id: &str) -> Query<Option<Account>> {
    if let Some((name, domain)) = key_id.strip_prefix("acct:").and_then(|h| h.rsplit_once('@')) {
        let found = select_with_key("WHERE a.username = ?1 AND a.domain = ?2");
        return Query::first(found.bind(name).bind(domain.to_lowercase()), read_with_key);
    }
    let uri = key_id.split('#').next().unwrap_or(key_id);
    Query::new(
        select_with_key(
            "WHERE a.id IN (SELECT id FROM accounts WHERE public_key_id = ?1 \
             UNION SELECT id FROM accounts WHERE uri = ?2) ORDER BY (a.uri = ?2) DESC, a.id LIMIT 1",
        )
        .bind(key_id)
        .bind(uri),
        |rows| rows.first().map(read_with_key).transpose(),
    )
}

/// A local account by username and one of some handle domains ([`Site::sharing`](crate::model::site::Site::sharing)), with
/// its public key.
pub fn local_by_username(username: &str, domains: &[String]) -> Query<Option<Account>> {
    let named = of_domains("a.", domains);
    let found = select_with_key(&format!("WHERE a.username = ?1 AND {named} AND a.domain_id IS NOT NULL"));
    Query::first(bind_domains(found.bind(username), domains), read_with_key)
}

/// The condition that an account is of one of some handle domains, which are bound after a first value ([`bind_domains`]).
pub fn of_domains(alias: &str, domains: &[String]) -> String {
    let places: Vec<String> = (2..domains.len() + 2).map(|n| format!("?{n}")).collect();
    format!("{alias}domain IN ({})", places.join(","))
}

pub fn bind_domains(statement: Statement, domains: &[String]) -> Statement {
    domains.iter().fold(statement, |statement, domain| statement.bind(domain))
}

/// Whether a local account is deleted; `None` if the name was never used. `domains` as of [`local_by_username`].
pub fn is_deleted(username: &str, domains: &[String]) -> Query<Option<bool>> {
    let sql = format!(
        "SELECT deleted_at IS NOT NULL AS is_deleted FROM accounts WHERE username = ?1 AND {} AND domain_id IS NOT NULL",
        of_domains("", domains)
    );
    Query::first(bind_domains(Statement::new(sql).bind(username), domains), |row| row.bool("is_deleted"))
}

/// Local accounts with fields; those whose links were checked longest ago first.
pub fn local_with_fields(limit: usize) -> Query<Vec<Account>> {
    Query::all(
        Statement::new(format!(
            "SELECT {} AS account FROM users u CROSS JOIN accounts a ON a.id = u.account_id WHERE a.fields LIKE '%https://%' \
             ORDER BY coalesce(a.fetched_at, 0) LIMIT ?1",
            packed("a")
        ))
        .bind(limit),
        read,
    )
}

/// Local usernames stay reserved for ever; this says whether one is. `domains` as of [`local_by_username`]. Accounts of an
/// earlier server at one of them do not count.
pub fn is_taken(username: &str, domains: &[String]) -> Query<bool> {
    let sql = format!(
        "SELECT 1 AS found FROM accounts WHERE username = ?1 AND {of} AND domain_id IS NOT NULL \
         UNION ALL SELECT 1 FROM (SELECT d.handle_domain AS domain FROM applications p CROSS JOIN domains d ON d.id = p.domain_id \
         WHERE p.username = ?1) WHERE {of} LIMIT 1",
        of = of_domains("", domains)
    );
    Query::new(bind_domains(Statement::new(sql).bind(username), domains), |rows| Ok(!rows.is_empty()))
}

/// Whether a local account follows the actor with this id, or has requested to, since its statuses may arrive
/// before its Accept. The follower of a remote account is always local, so this needs no check.
pub fn is_followed(uri: &str) -> Query<bool> {
    Query::new(
        Statement::new(
            "SELECT 1 AS found FROM accounts a WHERE a.uri = ?1 AND (EXISTS (SELECT 1 FROM follows WHERE target_id = a.id) \
             OR EXISTS (SELECT 1 FROM follow_requests WHERE target_id = a.id))",
        )
        .bind(uri),
        |rows| Ok(!rows.is_empty()),
    )
}

/// As [`is_followed`], of the owner of a key.
pub fn is_key_followed(key_id: &str) -> Query<bool> {
    let uri = key_id.split('#').next().unwrap_or(key_id);
    Query::new(
        Statement::new(
            "SELECT 1 AS found FROM accounts a WHERE a.id IN (SELECT id FROM accounts WHERE public_key_id = ?1 \
             UNION SELECT id FROM accounts WHERE uri = ?2) AND (EXISTS (SELECT 1 FROM follows WHERE target_id = a.id) \
             OR EXISTS (SELECT 1 FROM follow_requests WHERE target_id = a.id))",
        )
        .bind(key_id)
        .bind(uri),
        |rows| Ok(!rows.is_empty()),
    )
}

/// The id of the account with this actor id.
pub fn id_by_uri(uri: &str) -> Query<Option<Id>> {
    Query::first(Statement::new("SELECT id FROM accounts WHERE uri = ?1").bind(uri), |row| row.id("id"))
}

/// With its public key.
pub fn by_id_with_key(id: Id) -> Query<Option<Account>> {
    Query::first(select_with_key("WHERE a.id = ?1").bind(id), read_with_key)
}

/// Stale remote accounts after a cursor that local accounts follow, and the next cursor: `None` at the end of
/// the table. At most `scan` rows are read.
pub fn stale(after: Id, before: Time, scan: usize) -> Query<(Vec<Id>, Option<Id>)> {
    Query::new(
        Statement::new(
            "SELECT a.id AS id, a.domain_id IS NULL AND a.fetched_at < ?2 AND a.suspended_at IS NULL \
             AND EXISTS (SELECT 1 FROM follows f WHERE f.target_id = a.id) AS is_stale \
             FROM accounts a WHERE a.id > ?1 ORDER BY a.id LIMIT CAST(?3 AS INTEGER)",
        )
        .bind(after)
        .bind(before)
        .bind(scan),
        |rows| {
            let mut stale = Vec::new();
            for row in &rows {
                if row.bool("is_stale")? {
                    stale.push(row.id("id")?);
                }
            }
            Ok((stale, rows.last().map(|row| row.id("id")).transpose()?))
        },
    )
}
