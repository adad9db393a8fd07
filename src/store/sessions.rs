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

/// Another identity of the same person is used in this session.
pub fn switch(token_hash: Vec<u8>, to_account: Id) -> Statement {
    Statement::new(
        "UPDATE sessions SET user_id = (SELECT id FROM users WHERE account_id = ?2) WHERE token_hash = ?1 AND EXISTS (\
         SELECT 1 FROM users x JOIN users y ON y.person = x.person WHERE x.id = sessions.user_id AND y.account_id = ?2) \
         RETURNING user_id",
    )
    .bind(token_hash)
    .bind(to_account)
}

pub fn delete(token_hash: Vec<u8>) -> Statement {
    Statement::new("DELETE FROM sessions WHERE token_hash = ?1").bind(token_hash)
}

/// A login by username (on one of some handle domains) or e-mail address, with its stored password.
pub fn login(name: &str, domains: &[String]) -> Query<Option<(User, String)>> {
    let sql = format!(
        "SELECT {}, u.password AS password FROM users u WHERE u.id IN (\
         SELECT id FROM users WHERE email = ?1 UNION SELECT x.id FROM accounts a JOIN users x ON x.account_id = a.id \
         WHERE a.username = ?1 AND {}) LIMIT 1",
        users::COLUMNS,
        accounts::of_domains("a.", domains)
    );
    let statement = accounts::bind_domains(Statement::new(sql).bind(name), domains);
    Query::first(statement, |row| Ok((users::read(row)?, row.text("password")?)))
}
