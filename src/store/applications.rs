//! applications: sign-ups that wait, and what is asked of the database before one is taken.

use super::pages::{bounds, direction};
use super::{Query, accounts, to_json};
use crate::error::Result;
use crate::model::email;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::sign_up::Application;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

const COLUMNS: &str = "p.id AS id, p.domain_id AS domain_id, p.username AS username, p.email AS email, p.locale AS locale, \
 p.reason AS reason, p.address AS address, p.invite_id AS invite_id, p.app_id AS app_id, p.is_approved AS is_approved, \
 p.is_confirmed AS is_confirmed, p.created_at AS created_at";

fn read(row: &Row) -> Result<Application> {
    Ok(Application {
        id: row.id("id")?,
        domain_id: row.id("domain_id")?,
        username: row.text("username")?,
        email: row.opt_text("email")?,
        locale: row.text("locale")?,
        reason: row.text("reason")?,
        address: row.text("address")?,
        invite_id: row.opt_id("invite_id")?,
        app_id: row.opt_id("app_id")?,
        is_approved: row.bool("is_approved")?,
        is_confirmed: row.bool("is_confirmed")?,
        created_at: row.time("created_at")?,
    })
}

/// The column of `NOT NULL constraint failed: applications.…` where [`insert`] fails: the name is taken, the address is, or `most`
/// wait already.
pub const REFUSED: [&str; 3] = ["username", "password", "locale"];

/// Inserts an application. The batch fails where its name or e-mail address is taken, or too many wait ([`REFUSED`]).
pub fn insert(a: &Application, password: &str, most: i64) -> Statement {
    Statement::new(
        "INSERT INTO applications (id, domain_id, username, email, password, locale, reason, address, invite_id, app_id, is_approved, \
         is_confirmed, created_at) VALUES (?1, ?2, iif(EXISTS (SELECT 1 FROM accounts a WHERE a.username = ?3 AND a.domain_id IS NOT NULL \
         AND a.domain IN (SELECT handle_domain FROM domains WHERE web_origin = (SELECT web_origin FROM domains WHERE id = ?2))) \
         OR EXISTS (SELECT 1 FROM applications x WHERE x.username = ?3 AND x.domain_id IN (SELECT id FROM domains \
         WHERE web_origin = (SELECT web_origin FROM domains WHERE id = ?2))), NULL, ?3), ?4, \
         iif(EXISTS (SELECT 1 FROM users WHERE email = ?4), NULL, ?5), \
         iif((SELECT count(*) FROM (SELECT 1 FROM applications LIMIT ?14)) < ?14, ?6, NULL), ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )
    .bind(a.id)
    .bind(a.domain_id)
    .bind(&a.username)
    .bind(a.email.clone())
    .bind(password)
    .bind(&a.locale)
    .bind(&a.reason)
    .bind(&a.address)
    .bind(a.invite_id)
    .bind(a.app_id)
    .bind(a.is_approved)
    .bind(a.is_confirmed)
    .bind(a.created_at)
    .bind(most)
}

pub fn by_id(id: Id) -> Query<Option<Application>> {
    Query::first(
        Statement::new(format!("SELECT {COLUMNS} FROM applications p WHERE p.id = ?1")).bind(id),
        read,
    )
}

/// A page of those that wait for staff, the newest first.
pub fn waiting(page: &Page) -> Query<Listed<Application>> {
    let (max, min) = bounds(page);
    let sql = format!(
        "SELECT p.id AS cursor, {COLUMNS} FROM applications p WHERE p.is_approved = 0 AND p.id < ?1 AND p.id > ?2 \
         ORDER BY p.id {} LIMIT ?3",
        direction(page)
    );
    Query::page(Statement::new(sql).bind(max).bind(min).bind(page.limit), page.limit, read)
}

/// How many wait for staff, with a confirmed address.
pub fn count() -> Query<i64> {
    let sql = "SELECT count(*) AS n FROM applications WHERE is_approved = 0 AND is_confirmed = 1";
    Query::new(Statement::new(sql), |rows| rows.first().map_or(Ok(0), |row| row.int("n")))
}

/// The application with a name (on one of some handle domains) or an e-mail address, and its stored password.
pub fn login(name: &str, domains: &[String], address: &str) -> Query<Option<(Application, String)>> {
    let last = domains.len() + 2;
    let sql = format!(
        "SELECT {COLUMNS}, p.password AS password FROM applications p WHERE p.id IN (\
         SELECT id FROM applications WHERE email = ?{last} UNION SELECT x.id FROM applications x \
         CROSS JOIN (SELECT id, handle_domain AS domain FROM domains) d ON d.id = x.domain_id WHERE x.username = ?1 AND {}) \
         ORDER BY p.email = ?{last} LIMIT 1",
        accounts::of_domains("d.", domains)
    );
    let statement = accounts::bind_domains(Statement::new(sql).bind(name), domains).bind(address);
    Query::first(statement, |row| Ok((read(row)?, row.text("password")?)))
}

/// The e-mail address is confirmed. Answers a row where it was not yet.
pub fn confirm(id: Id, address: &str) -> Statement {
    Statement::new(
        "UPDATE applications SET is_confirmed = 1 WHERE id = ?1 AND email = ?2 AND is_confirmed = 0 RETURNING id",
    )
    .bind(id)
    .bind(address)
}

/// Staff lets them in, once the address is confirmed. Answers a row where that is news.
pub fn approve(id: Id) -> Statement {
    Statement::new("UPDATE applications SET is_approved = 1 WHERE id = ?1 AND is_approved = 0 RETURNING id")
        .bind(id)
}

/// Another e-mail address, which is not confirmed yet, and with which they may need approval; the batch fails where it is taken ([`REFUSED`]).
pub fn change_email(id: Id, address: &str, needs_approval: bool) -> Statement {
    Statement::new(
        "UPDATE applications SET email = ?2, is_approved = is_approved AND NOT ?3, password = iif(EXISTS (SELECT 1 FROM users WHERE email = ?2), NULL, password) \
         WHERE id = ?1 AND is_confirmed = 0",
    )
    .bind(id)
    .bind(address)
    .bind(needs_approval)
}

/// Deletes an application with its tokens, and answers a row where there was one.
pub fn delete(id: Id) -> Statement {
    Statement::new("DELETE FROM applications WHERE id = ?1 RETURNING id").bind(id)
}

/// The tokens of an application become those of its user. Before [`delete`].
pub fn adopt_tokens(id: Id, user: Id) -> Statement {
    Statement::new("UPDATE access_tokens SET user_id = ?2, application_id = NULL WHERE application_id = ?1")
        .bind(id)
        .bind(user)
}

/// Deletes those made before `before` whose address nobody has confirmed, or who were let in and never came.
pub fn delete_unconfirmed(before: Time) -> Statement {
    Statement::new("DELETE FROM applications WHERE (is_confirmed = 0 OR is_approved = 1) AND created_at < ?1")
        .bind(before)
}

/// Forgets where people who came before `before` had signed up from.
pub fn forget_addresses(before: Time) -> Statement {
    Statement::new(
        "UPDATE users SET sign_up_address = NULL WHERE sign_up_address IS NOT NULL AND created_at < ?1",
    )
    .bind(before)
}

/// What is known of an e-mail address before a sign-up with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EmailState {
    pub is_taken: bool,
    pub is_blocked: bool,
    /// One waits for staff with it.
    pub needs_approval: bool,
}

/// `hash` is that of its canonical form.
pub fn email_state(address: &str, hash: &str) -> Query<EmailState> {
    let domain = email::domain(address);
    Query::new(
        Statement::new(
            "SELECT EXISTS (SELECT 1 FROM users WHERE email = ?1) OR EXISTS (SELECT 1 FROM applications WHERE email = ?1) AS is_taken, \
             EXISTS (SELECT 1 FROM canonical_email_blocks WHERE hash = ?2) AS is_blocked, \
             (SELECT min(b.allows_with_approval) FROM json_each(?3) j CROSS JOIN email_domain_blocks b ON b.domain = j.value) AS allows",
        )
        .bind(address)
        .bind(hash)
        .bind(to_json(&email::with_parents(&domain))),
        |rows| {
            let Some(row) = rows.first() else { return Ok(EmailState::default()) };
            let of_domain = row.opt_int("allows")?;
            Ok(EmailState {
                is_taken: row.bool("is_taken")?,
                is_blocked: row.bool("is_blocked")? || of_domain == Some(0),
                needs_approval: of_domain == Some(1),
            })
        },
    )
}
