//! sessions of the browser, and the look-up of logins.

use super::{Query, accounts, users};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::model::user::User;
use crate::platform::sql::Statement;

/// The user of a session.
pub fn user(token_hash: Vec<u8>, now: Time) -> Query<Option<(User, Account)>> {
    Query::first(
        Statement::new(format!(
            "SELECT {}, {} AS account FROM sessions s JOIN users u ON u.id = s.user_id JOIN accounts a ON a.id = u.account_id \
             WHERE s.token_hash = ?1 AND s.expires_at > ?2",
            users::COLUMNS,
            accounts::packed("a"),
        ))
        .bind(token_hash)
        .bind(now),
        |row| Ok((users::read(row)?, accounts::read(row)?)),
    )
}

pub fn insert(token_hash: Vec<u8>, user: Id, now: Time, expires_at: Time) -> Statement {
    Statement::new(
        "INSERT INTO sessions (token_hash, user_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
    )
    .bind(token_hash)
    .bind(user)
    .bind(now)
    .bind(expires_at)
}

pub fn delete(token_hash: Vec<u8>) -> Statement {
    Statement::new("DELETE FROM sessions WHERE token_hash = ?1").bind(token_hash)
}

/// A login by username (on a local domain) or e-mail address, with its stored password.
pub fn login(name: &str, domain: &str) -> Query<Option<(User, String)>> {
    Query::first(
        Statement::new(format!(
            "SELECT {}, u.password AS password FROM users u WHERE u.id IN (\
             SELECT id FROM users WHERE email = ?1 UNION SELECT x.id FROM accounts a JOIN users x ON x.account_id = a.id \
             WHERE a.username = ?1 AND a.domain = ?2) LIMIT 1",
            users::COLUMNS
        ))
        .bind(name)
        .bind(domain),
        |row| Ok((users::read(row)?, row.text("password")?)),
    )
}
