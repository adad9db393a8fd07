//! password_resets: links for another password.

use super::changes::{REVOKED, SESSION_ENDED};
use super::{Query, accounts, to_json, users};
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

/// Stores a link of a person, made by a user of the staff; an earlier one is no longer valid.
pub fn insert(
    person: Id,
    token_hash: Vec<u8>,
    ends_second_step: bool,
    made_by: Id,
    expires_at: Time,
) -> Statement {
    Statement::new(
        "INSERT INTO password_resets (person, token_hash, ends_second_step, made_by, expires_at) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (person) DO UPDATE SET token_hash = excluded.token_hash, ends_second_step = excluded.ends_second_step, \
         made_by = excluded.made_by, expires_at = excluded.expires_at",
    )
    .bind(person)
    .bind(token_hash)
    .bind(ends_second_step)
    .bind(made_by)
    .bind(expires_at)
}

/// Whom a link is mailed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addressee {
    pub person: Id,
    /// As it is stored: who asks may write it in other case.
    pub email: String,
    pub username: String,
    pub locale: String,
    /// As it is stored.
    pub password: String,
}

/// The person with an e-mail address, where they have an identity that is neither suspended nor frozen.
pub fn addressee(email: &str) -> Query<Option<Addressee>> {
    Query::first(
        Statement::new(
            "SELECT u.person AS person, u.email AS email, u.locale AS locale, u.password AS password, (SELECT a.username FROM accounts a WHERE a.id = u.account_id) \
             AS username FROM users u WHERE u.email = ?1 AND EXISTS (SELECT 1 FROM users v CROSS JOIN accounts b ON b.id = v.account_id \
             WHERE v.person = u.person AND v.disabled_at IS NULL AND b.suspended_at IS NULL)",
        )
        .bind(email),
        |row| {
            Ok(Addressee {
                person: row.id("person")?,
                email: row.text("email")?,
                username: row.text("username")?,
                locale: row.text("locale")?,
                password: row.text("password")?,
            })
        },
    )
}

/// Stores a link that a person gets by mail to an address that is theirs; an earlier one by mail is no longer valid, one that a member
/// of staff has made stays. For nobody (`None`) the same statement stores nothing.
pub fn insert_mailed(
    person: Option<Id>,
    email: &str,
    token_hash: Vec<u8>,
    now: Time,
    expires_at: Time,
) -> Statement {
    Statement::new(
        "INSERT INTO password_resets (person, token_hash, ends_second_step, expires_at) SELECT ?1, ?2, 0, ?3 \
         WHERE EXISTS (SELECT 1 FROM users WHERE person = ?1 AND email = ?4) ON CONFLICT (person) DO UPDATE SET token_hash = excluded.token_hash, \
         ends_second_step = excluded.ends_second_step, made_by = NULL, expires_at = excluded.expires_at \
         WHERE password_resets.made_by IS NULL OR password_resets.expires_at <= ?5",
    )
    .bind(person)
    .bind(token_hash)
    .bind(expires_at)
    .bind(email)
    .bind(now)
}

/// Ends the links of a person, and those that they have made as a member of staff: their role is another one.
pub fn end_of(account: Id) -> [Statement; 2] {
    let person = "(SELECT u.person FROM users u WHERE u.account_id = ?1)";
    [
        Statement::new(format!("DELETE FROM password_resets WHERE person = {person}")).bind(account),
        Statement::new(format!(
            "DELETE FROM password_resets WHERE made_by IS NOT NULL AND made_by IN (SELECT m.id FROM users m WHERE m.person = {person})"
        ))
        .bind(account),
    ]
}

/// A link that somebody has.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    pub token_hash: &'a [u8],
    /// The roles whose members may make one.
    pub roles: &'a [i64],
    pub now: Time,
}

/// Whether the link `r` is the given one, at most a day old, and made by somebody who may still make one: `?1` to `?3`.
const IS_VALID: &str = "r.token_hash = ?1 AND r.expires_at > ?2 AND (r.made_by IS NULL OR EXISTS (\
 SELECT 1 FROM users m CROSS JOIN accounts ma ON ma.id = m.account_id WHERE m.id = r.made_by AND m.disabled_at IS NULL \
 AND ma.suspended_at IS NULL AND m.role_id IN (SELECT value FROM json_each(?3))))";

impl Given<'_> {
    fn bound(self, sql: String) -> Statement {
        Statement::new(sql).bind(self.token_hash.to_vec()).bind(self.now).bind(to_json(&self.roles))
    }

    /// Whose link it is: their first identity that is neither suspended nor frozen. `None` for a link that is not valid.
    pub fn owner(self) -> Query<Option<(User, Account)>> {
        Query::first(
            self.bound(format!(
                "SELECT {}, {} AS account FROM password_resets r CROSS JOIN users u ON u.person = r.person \
                 CROSS JOIN accounts a ON a.id = u.account_id WHERE {IS_VALID} AND a.suspended_at IS NULL AND u.disabled_at IS NULL \
                 ORDER BY u.id LIMIT 1",
                users::COLUMNS,
                accounts::packed("a"),
            )),
            |row| Ok((users::read(row)?, accounts::read(row)?)),
        )
    }

    /// Changes the password by a link, where it is still valid: the last statement then answers a row. All sessions end; with `ends_all`
    /// also what lets apps in, and the passkeys.
    pub fn redeem(self, stored: &str, ends_all: bool) -> Vec<Statement> {
        let person = format!("(SELECT r.person FROM password_resets r WHERE {IS_VALID})");
        let users = format!("SELECT id FROM users WHERE person = {person}");
        let mut batch = vec![
            self.bound(format!("UPDATE users SET password = ?4 WHERE person = {person}")).bind(stored),
            self.bound(format!("DELETE FROM sessions WHERE user_id IN ({users}) {SESSION_ENDED}")),
            // What an app was promised and has not fetched yet.
            self.bound(format!("DELETE FROM authorization_codes WHERE user_id IN ({users})")),
            self.bound(format!(
                "DELETE FROM second_steps WHERE person = (SELECT r.person FROM password_resets r WHERE {IS_VALID} \
                 AND r.ends_second_step = 1)"
            )),
        ];
        if ends_all {
            batch.push(self.bound(format!("DELETE FROM access_tokens WHERE user_id IN ({users}) {REVOKED}")));
            batch.push(self.bound(format!("DELETE FROM passkeys WHERE person = {person}")));
        }
        batch.push(self.bound(format!("DELETE FROM password_resets AS r WHERE {IS_VALID} RETURNING person")));
        batch
    }
}

/// Deletes links that nobody has used.
pub fn delete_old(now: Time) -> Statement {
    Statement::new("DELETE FROM password_resets WHERE expires_at < ?1").bind(now)
}
