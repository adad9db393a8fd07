//! access_tokens and authorization_codes. Only hashes are stored.

use super::changes::REVOKED;
use super::{Query, accounts, filters, users};
use crate::error::Result;
use crate::model::budget::day;
use crate::model::id::Id;
use crate::model::scope::Scopes;
use crate::model::sign_up::Applicant;
use crate::model::time::Time;
use crate::model::user::{Grant, Viewer};
use crate::platform::sql::{Row, Statement};

/// The grant of a token, with its user.
pub fn grant(token_hash: Vec<u8>) -> Query<Option<(Grant, Option<Viewer>)>> {
    Query::first(
        Statement::new(format!(
            "SELECT t.id AS token_id, t.app_id AS app_id, t.scopes AS scopes, t.used_on AS used_on, u.id IS NOT NULL AS has_user, p.id AS applicant, \
             p.is_confirmed AS is_confirmed, p.app_id AS applied_with, {}, \
             CASE WHEN a.id IS NOT NULL THEN {} END AS account, {} AS filters FROM access_tokens t \
             LEFT JOIN users u ON u.id = t.user_id LEFT JOIN accounts a ON a.id = u.account_id \
             LEFT JOIN applications p ON p.id = t.application_id WHERE t.token_hash = ?1",
            users::COLUMNS,
            accounts::packed("a"),
            filters::packed("a.id"),
        ))
        .bind(token_hash),
        |row| {
            let grant = Grant {
                token_id: row.id("token_id")?,
                app_id: row.id("app_id")?,
                scopes: Scopes::parse(&row.text("scopes")?).unwrap_or_default(),
                used_on: row.int("used_on")?,
                applicant: match row.opt_id("applicant")? {
                    Some(id) => {
                        let is_confirmed = row.bool("is_confirmed")?;
                        Some(Applicant { id, is_confirmed, app_id: row.opt_id("applied_with")? })
                    }
                    None => None,
                },
            };
            if !row.bool("has_user")? {
                return Ok((grant, None));
            }
            let viewer = Viewer {
                user: users::read(row)?,
                account: accounts::read(row)?,
                grant: grant.clone(),
                filters: filters::read_packed(row)?,
            };
            Ok((grant, Some(viewer)))
        },
    )
}

/// The viewer's account id by a token's hash `?n`, for statements that run together with the authentication.
pub fn viewer_sql(n: usize) -> String {
    format!(
        "(SELECT u.account_id FROM access_tokens t JOIN users u ON u.id = t.user_id WHERE t.token_hash = ?{n})"
    )
}

/// A new token.
pub struct NewToken {
    pub hash: Vec<u8>,
    pub id: Id,
    pub app_id: Id,
    pub user_id: Option<Id>,
    /// Of who waits.
    pub application_id: Option<Id>,
    pub scopes: String,
}

pub fn insert(token: &NewToken, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO access_tokens (token_hash, id, app_id, user_id, scopes, created_at, used_on, application_id) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )
    .bind(token.hash.clone())
    .bind(token.id)
    .bind(token.app_id)
    .bind(token.user_id)
    .bind(&token.scopes)
    .bind(now)
    .bind(day(now))
    .bind(token.application_id)
}

/// How many tokens of its own a client has: each copy of an app asks for one.
const MOST_OF_CLIENT: usize = 10;

/// Deletes the oldest of a client's own tokens beyond [`MOST_OF_CLIENT`]: anybody can register a client, and these
/// tokens have no end.
pub fn delete_oldest_of_client(app_id: Id) -> Statement {
    Statement::new(
        "DELETE FROM access_tokens WHERE user_id IS NULL AND application_id IS NULL AND app_id = ?1 AND id <= (SELECT id FROM access_tokens \
         WHERE user_id IS NULL AND application_id IS NULL AND app_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
    )
    .bind(app_id)
    .bind(MOST_OF_CLIENT)
}

/// Revokes a token, if it is the app's; returns a row if it existed.
pub fn delete(token_hash: Vec<u8>, app_id: Id) -> Statement {
    Statement::new(format!("DELETE FROM access_tokens WHERE token_hash = ?1 AND app_id = ?2 {REVOKED}"))
        .bind(token_hash)
        .bind(app_id)
}

/// Notes that a token was used on a day.
pub fn note_use(token_hash: Vec<u8>, day: i64) -> Statement {
    Statement::new("UPDATE access_tokens SET used_on = ?2 WHERE token_hash = ?1 AND used_on < ?2")
        .bind(token_hash)
        .bind(day)
}

/// An app that a person lets use one of their accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// Of its token.
    pub id: Id,
    pub app: String,
    pub website: Option<String>,
    pub scopes: Scopes,
    pub username: String,
    pub created_at: Time,
    /// The day of its last use.
    pub used_at: Time,
}

/// The tokens of a person's apps, the newest first.
pub fn of_person(person: Id, most: usize) -> Query<Vec<Allowed>> {
    Query::all(
        Statement::new(
            "SELECT t.id AS id, p.name AS app, p.website AS website, t.scopes AS scopes, a.username AS username, \
             t.created_at AS created_at, t.used_on * 86400000 AS used_at FROM users u CROSS JOIN access_tokens t ON t.user_id = u.id \
             CROSS JOIN apps p ON p.id = t.app_id CROSS JOIN accounts a ON a.id = u.account_id \
             WHERE u.person = ?1 ORDER BY t.id DESC LIMIT ?2",
        )
        .bind(person)
        .bind(most),
        |row| {
            Ok(Allowed {
                id: row.id("id")?,
                app: row.text("app")?,
                website: row.opt_text("website")?,
                scopes: Scopes::parse(&row.text("scopes")?).unwrap_or_default(),
                username: row.text("username")?,
                created_at: row.time("created_at")?,
                used_at: row.time("used_at")?,
            })
        },
    )
}

/// Revokes a token, if it is one of the person's.
pub fn delete_of_person(id: Id, person: Id) -> Statement {
    Statement::new(format!(
        "DELETE FROM access_tokens WHERE user_id IN (SELECT id FROM users WHERE person = ?2) AND id = ?1 {REVOKED}"
    ))
    .bind(id)
    .bind(person)
}

/// The data of a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    pub app_id: Id,
    pub user_id: Id,
    pub redirect_uri: String,
    pub scopes: String,
    pub code_challenge: Option<String>,
    pub expires_at: Time,
}

pub fn insert_code(hash: Vec<u8>, code: &Code) -> Statement {
    Statement::new(
        "INSERT INTO authorization_codes (code_hash, app_id, user_id, redirect_uri, scopes, code_challenge, expires_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )
    .bind(hash)
    .bind(code.app_id)
    .bind(code.user_id)
    .bind(&code.redirect_uri)
    .bind(&code.scopes)
    .bind(code.code_challenge.clone())
    .bind(code.expires_at)
}

/// Deletes a code and returns it: a second request finds none.
pub fn take_code(hash: Vec<u8>, app_id: Id) -> Query<Option<Code>> {
    Query::first(
        Statement::new(
            "DELETE FROM authorization_codes WHERE code_hash = ?1 AND app_id = ?2 \
             RETURNING app_id, user_id, redirect_uri, scopes, code_challenge, expires_at",
        )
        .bind(hash)
        .bind(app_id),
        |row: &Row| -> Result<Code> {
            Ok(Code {
                app_id: row.id("app_id")?,
                user_id: row.id("user_id")?,
                redirect_uri: row.text("redirect_uri")?,
                scopes: row.text("scopes")?,
                code_challenge: row.opt_text("code_challenge")?,
                expires_at: row.time("expires_at")?,
            })
        },
    )
}
