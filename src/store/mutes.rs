//! mutes and account_domain_blocks.

use super::Query;
use super::pages::{accounts_within_budget, bounds};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::time::Time;
use crate::platform::sql::Statement;

/// Inserts or updates a mute.
pub fn set(
    id: Id,
    account: Id,
    target: Id,
    hides_notifications: bool,
    expires_at: Option<Time>,
) -> Statement {
    Statement::new(
        "INSERT INTO mutes (account_id, target_id, id, hides_notifications, expires_at) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (account_id, target_id) DO UPDATE SET hides_notifications = excluded.hides_notifications, expires_at = excluded.expires_at",
    )
    .bind(account)
    .bind(target)
    .bind(id)
    .bind(hides_notifications)
    .bind(expires_at)
}

pub fn delete(account: Id, target: Id) -> Statement {
    Statement::new("DELETE FROM mutes WHERE account_id = ?1 AND target_id = ?2").bind(account).bind(target)
}

/// Expired mutes.
pub fn delete_expired(now: Time) -> Statement {
    Statement::new("DELETE FROM mutes WHERE expires_at IS NOT NULL AND expires_at <= ?1").bind(now)
}

/// A muted account with the end of the mute.
pub type Muted = (Account, Option<Time>);

/// A page of muted accounts, newest first.
pub fn list(account: Id, page: &Page) -> Query<Listed<Muted>> {
    listed("mutes", "f.expires_at", &super::muting::in_force("f"), account, page, |row| {
        Ok((super::accounts::read(row)?, row.opt_time("expires_at")?))
    })
}

/// A page of blocked accounts, newest first.
pub fn blocked(account: Id, page: &Page) -> Query<Listed<Account>> {
    listed("blocks", "NULL", "1", account, page, super::accounts::read)
}

fn listed<T: 'static>(
    table: &str,
    expiry: &str,
    condition: &str,
    account: Id,
    page: &Page,
    read: fn(&crate::platform::sql::Row) -> crate::error::Result<T>,
) -> Query<Listed<T>> {
    let (max, min) = bounds(page);
    Query::page(
        accounts_within_budget(&format!(
            "SELECT f.id AS cursor, {expiry} AS expires_at, {} AS account FROM {table} f CROSS JOIN accounts a ON a.id = f.target_id \
             WHERE f.account_id = ?1 AND f.id < ?2 AND f.id > ?3 AND {condition} ORDER BY f.id DESC LIMIT CAST(?4 AS INTEGER)",
            super::accounts::packed_shown("a")
        ))
        .bind(account)
        .bind(max)
        .bind(min)
        .bind(page.limit),
        page.limit,
        read,
    )
}

/// Blocks a domain for one account.
pub fn block_domain(id: Id, account: Id, domain: &str) -> Statement {
    Statement::new(
        "INSERT INTO account_domain_blocks (account_id, domain, id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )
    .bind(account)
    .bind(domain)
    .bind(id)
}

pub fn unblock_domain(account: Id, domain: &str) -> Statement {
    Statement::new("DELETE FROM account_domain_blocks WHERE account_id = ?1 AND domain = ?2")
        .bind(account)
        .bind(domain)
}

/// The id of an account's block of a domain.
pub fn domain_block(account: Id, domain: &str) -> Query<Option<Id>> {
    Query::first(
        Statement::new("SELECT id FROM account_domain_blocks WHERE account_id = ?1 AND domain = ?2")
            .bind(account)
            .bind(domain),
        |row| row.id("id"),
    )
}

/// A page of blocked domains, newest first.
pub fn domains(account: Id, page: &Page) -> Query<Vec<(Id, String)>> {
    let (max, min) = bounds(page);
    Query::all(
        Statement::new(
            "SELECT id, domain FROM account_domain_blocks WHERE account_id = ?1 AND id < ?2 AND id > ?3 ORDER BY id DESC LIMIT ?4",
        )
        .bind(account)
        .bind(max)
        .bind(min)
        .bind(page.limit),
        |row| Ok((row.id("id")?, row.text("domain")?)),
    )
}
