//! sessions of the browser, and the look-up of logins.

use super::changes::SESSION_ENDED;
use super::{Query, accounts, filters, users};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::scope::Scopes;
use crate::model::time::Time;
use crate::model::user::{Grant, User, Viewer};
use crate::platform::sql::{Row, Statement};

const OF_SESSION: &str = "FROM sessions s JOIN users u ON u.id = s.user_id JOIN accounts a ON a.id = u.account_id \
 WHERE s.token_hash = ?1 AND s.expires_at > ?2 AND u.memorial_at IS NULL";

/// The user of a session.
pub fn user(token_hash: Vec<u8>, now: Time) -> Query<Option<(User, Account)>> {
    Query::first(
        Statement::new(format!(
            "SELECT {}, {} AS account {OF_SESSION}",
            users::COLUMNS,
            accounts::packed("a"),
        ))
        .bind(token_hash)
        .bind(now),
        |row| Ok((users::read(row)?, accounts::read(row)?)),
    )
}

/// Who a session is, with these scopes; the id of the grant is the session's series.
pub fn viewer(token_hash: Vec<u8>, scopes: Scopes, now: Time) -> Query<Option<Viewer>> {
    let statement = Statement::new(format!(
        "SELECT {}, s.series AS series, {} AS account, {} AS filters {OF_SESSION}",
        users::COLUMNS,
        accounts::packed("a"),
        filters::packed("a.id"),
    ))
    .bind(token_hash)
    .bind(now);
    let found = Query::first(statement, |row| {
        let grant = Grant {
            token_id: row.id("series")?,
            app_id: Id::default(),
            scopes: Scopes::default(),
            used_on: 0,
            applicant: None,
        };
        let (user, account, filters) = (users::read(row)?, accounts::read(row)?, filters::read_packed(row)?);
        Ok(Viewer { user, account, grant, filters })
    });
    found.map(|found| found.map(|v| Viewer { grant: Grant { scopes, ..v.grant.clone() }, ..v }))
}

/// The account of a session by its hash `?n`, for statements that run together with [`user`], which tells whether it is valid.
pub fn viewer_sql(n: usize) -> String {
    format!(
        "(SELECT u.account_id FROM sessions x JOIN users u ON u.id = x.user_id WHERE x.token_hash = ?{n})"
    )
}

/// `browser` is what it says of itself.
pub fn insert(
    token_hash: Vec<u8>,
    user: Id,
    series: Id,
    browser: &str,
    now: Time,
    expires_at: Time,
) -> Statement {
    Statement::new(
        "INSERT INTO sessions (token_hash, user_id, series, browser, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .bind(token_hash)
    .bind(user)
    .bind(series)
    .bind(browser)
    .bind(now)
    .bind(expires_at)
}

/// What a session is, whatever its secret and identity are by now.
pub fn series(token_hash: Vec<u8>) -> Query<Option<Id>> {
    Query::first(
        Statement::new("SELECT series FROM sessions WHERE token_hash = ?1").bind(token_hash),
        |row| row.id("series"),
    )
}

/// Another identity of the same person is used in this session.
/// It gets the hash of another secret: forms of the former identity are no longer valid.
pub fn switch(token_hash: Vec<u8>, new_hash: Vec<u8>, to_account: Id) -> Statement {
    Statement::new(
        "UPDATE sessions SET token_hash = ?2, user_id = (SELECT id FROM users WHERE account_id = ?3) WHERE token_hash = ?1 AND EXISTS (\
         SELECT 1 FROM users x JOIN users y ON y.person = x.person JOIN accounts a ON a.id = y.account_id \
         WHERE x.id = sessions.user_id AND y.account_id = ?3 AND y.memorial_at IS NULL AND a.suspended_at IS NULL) RETURNING user_id",
    )
    .bind(token_hash)
    .bind(new_hash)
    .bind(to_account)
}

/// A browser that somebody has signed in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browser {
    pub series: Id,
    /// Its kind and system; empty where that is not known.
    pub name: String,
    pub username: String,
    pub created_at: Time,
    pub expires_at: Time,
    /// It has the session that asks.
    pub is_this: bool,
}

/// The sessions of a person, the newest first; `own` is the hash of the one that asks.
pub fn of_person(person: Id, own: Vec<u8>, now: Time, most: usize) -> Query<Vec<Browser>> {
    Query::all(
        Statement::new(
            "SELECT s.series AS series, s.browser AS browser, a.username AS username, s.created_at AS created_at, \
             s.expires_at AS expires_at, s.token_hash = ?2 AS is_this FROM users u CROSS JOIN sessions s ON s.user_id = u.id \
             CROSS JOIN accounts a ON a.id = u.account_id WHERE u.person = ?1 AND s.expires_at > ?3 \
             ORDER BY s.created_at DESC LIMIT ?4",
        )
        .bind(person)
        .bind(own)
        .bind(now)
        .bind(most),
        |row| {
            Ok(Browser {
                series: row.id("series")?,
                name: row.text("browser")?,
                username: row.text("username")?,
                created_at: row.time("created_at")?,
                expires_at: row.time("expires_at")?,
                is_this: row.bool("is_this")?,
            })
        },
    )
}

/// Ends sessions of a person: the one of a series, or without one all but the one with the hash `own`.
pub fn end(person: Id, series: Option<Id>, own: Vec<u8>) -> Statement {
    Statement::new(format!(
        "DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE person = ?1) \
         AND iif(?2 IS NULL, token_hash <> ?3, series = ?2) {SESSION_ENDED}"
    ))
    .bind(person)
    .bind(series)
    .bind(own)
}

pub fn delete(token_hash: Vec<u8>) -> Statement {
    Statement::new(format!("DELETE FROM sessions WHERE token_hash = ?1 {SESSION_ENDED}")).bind(token_hash)
}

/// Ends the live streams of a session before it is another identity's.
pub fn leave(token_hash: Vec<u8>) -> Statement {
    Statement::new(
        "SELECT series AS id, (SELECT u.account_id FROM users u WHERE u.id = user_id) AS account_id, 'revoked' AS change \
         FROM sessions WHERE token_hash = ?1",
    )
    .bind(token_hash)
}

/// Who may sign in, and by what.
pub struct Login {
    pub user: User,
    /// The stored form of the password.
    pub password: String,
    /// The handle's two parts.
    pub username: String,
    pub domain: String,
    /// A code is asked for after the password.
    pub has_second_step: bool,
}

const LOGIN: &str = "u.password AS password, a.username AS username, a.domain AS domain, \
 EXISTS (SELECT 1 FROM second_steps f WHERE f.person = u.person AND f.is_on = 1) AS has_second_step \
 FROM users u CROSS JOIN accounts a ON a.id = u.account_id";

fn read_login(row: &Row) -> Result<Login> {
    Ok(Login {
        user: users::read(row)?,
        password: row.text("password")?,
        username: row.text("username")?,
        domain: row.text("domain")?,
        has_second_step: row.bool("has_second_step")?,
    })
}

/// A login by username (on one of some handle domains) or by e-mail address; none of a memorial account. A handle may be somebody's e-mail address as well: then
/// it is the handle's.
pub fn login(name: &str, domains: &[String], email: &str) -> Query<Option<Login>> {
    let last = domains.len() + 2;
    let sql = format!(
        "SELECT {}, {LOGIN} WHERE u.id IN (\
         SELECT id FROM users WHERE email = ?{last} UNION SELECT x.id FROM accounts a JOIN users x ON x.account_id = a.id \
         WHERE a.username = ?1 AND {}) AND u.memorial_at IS NULL ORDER BY u.email = ?{last} LIMIT 1",
        users::COLUMNS,
        accounts::of_domains("a.", domains)
    );
    let statement = accounts::bind_domains(Statement::new(sql).bind(name), domains).bind(email);
    Query::first(statement, read_login)
}

/// The login with this id, after its password was right.
pub fn login_by_id(user: Id) -> Query<Option<Login>> {
    Query::first(
        Statement::new(format!(
            "SELECT {}, {LOGIN} WHERE u.id = ?1 AND u.memorial_at IS NULL",
            users::COLUMNS
        ))
        .bind(user),
        read_login,
    )
}
