//! password_resets: links for another password.

use super::changes::{REVOKED, SESSION_ENDED};
use super::{Query, accounts, users};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::role::RoleId;
use crate::model::time::Time;
use crate::model::user::User;
use crate::platform::sql::Statement;

/// Somebody whom a link is to be made for.
pub struct Owned {
    pub person: Id,
    pub account: Id,
    pub handle: String,
    /// Of all their identities.
    pub roles: Vec<RoleId>,
}

/// The person with an identity of this name on one of some domains. `None` where there is none, or it is suspended or frozen.
pub fn owned(name: &str, domains: &[String]) -> Query<Option<Owned>> {
    let sql = format!(
        "SELECT u.person AS person, a.id AS account, a.username || '@' || a.domain AS handle, {} AS roles \
         FROM accounts a CROSS JOIN users u ON u.account_id = a.id WHERE a.username = ?1 AND {} AND a.suspended_at IS NULL \
         AND u.disabled_at IS NULL LIMIT 1",
        users::ROLES,
        accounts::of_domains("a.", domains)
    );
    Query::first(accounts::bind_domains(Statement::new(sql).bind(name), domains), |row| {
        Ok(Owned {
            person: row.id("person")?,
            account: row.id("account")?,
            handle: row.text("handle")?,
            roles: users::read_roles(row)?,
        })
    })
}

/// Stores a link of a person; an earlier one is no longer valid.
pub fn insert(person: Id, token_hash: Vec<u8>, ends_second_step: bool, expires_at: Time) -> Statement {
    Statement::new(
        "INSERT INTO password_resets (person, token_hash, ends_second_step, expires_at) VALUES (?1, ?2, ?3, ?4) \
         ON CONFLICT (person) DO UPDATE SET token_hash = excluded.token_hash, ends_second_step = excluded.ends_second_step, \
         expires_at = excluded.expires_at",
    )
    .bind(person)
    .bind(token_hash)
    .bind(ends_second_step)
    .bind(expires_at)
}

/// Whose link it is: their first identity that is neither suspended nor frozen. `None` for a link that is not valid.
pub fn owner(token_hash: Vec<u8>, now: Time) -> Query<Option<(User, Account)>> {
    Query::first(
        Statement::new(format!(
            "SELECT {}, {} AS account FROM password_resets r CROSS JOIN users u ON u.person = r.person \
             CROSS JOIN accounts a ON a.id = u.account_id WHERE r.token_hash = ?1 AND r.expires_at > ?2 AND a.suspended_at IS NULL AND u.disabled_at IS NULL \
             ORDER BY u.id LIMIT 1",
            users::COLUMNS,
            accounts::packed("a"),
        ))
        .bind(token_hash)
        .bind(now),
        |row| Ok((users::read(row)?, accounts::read(row)?)),
    )
}

/// The person of a valid link `?1` at the time `?2`.
const PERSON: &str = "(SELECT person FROM password_resets WHERE token_hash = ?1 AND expires_at > ?2)";

/// Changes the password by a link, where it is still valid: the last statement then answers a row. All sessions end; with `ends_all`
/// also what lets apps in, and the passkeys.
pub fn redeem(token_hash: Vec<u8>, stored: &str, ends_all: bool, now: Time) -> Vec<Statement> {
    let of_link = |sql: String| Statement::new(sql).bind(token_hash.clone()).bind(now);
    let users = format!("SELECT id FROM users WHERE person = {PERSON}");
    let mut batch = vec![
        of_link(format!("UPDATE users SET password = ?3 WHERE person = {PERSON}")).bind(stored),
        of_link(format!("DELETE FROM sessions WHERE user_id IN ({users}) {SESSION_ENDED}")),
        // What an app was promised and has not fetched yet.
        of_link(format!("DELETE FROM authorization_codes WHERE user_id IN ({users})")),
        of_link(
            "DELETE FROM second_steps WHERE person = (SELECT person FROM password_resets WHERE token_hash = ?1 AND expires_at > ?2 \
             AND ends_second_step = 1)"
                .to_owned(),
        ),
    ];
    if ends_all {
        batch.push(of_link(format!("DELETE FROM access_tokens WHERE user_id IN ({users}) {REVOKED}")));
        batch.push(of_link(format!("DELETE FROM passkeys WHERE person = {PERSON}")));
    }
    batch.push(of_link(
        "DELETE FROM password_resets WHERE token_hash = ?1 AND expires_at > ?2 RETURNING person".to_owned(),
    ));
    batch
}

/// Deletes links that nobody has used.
pub fn delete_old(now: Time) -> Statement {
    Statement::new("DELETE FROM password_resets WHERE expires_at < ?1").bind(now)
}
