//! users: logins of local accounts.

use super::changes::SESSION_ENDED;
use super::notifying::notifying;
use super::{Query, accounts, to_json};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::look::Look;
use crate::model::quote::QuotePolicy;
use crate::model::role::RoleId;
use crate::model::status::Visibility;
use crate::model::user::{NotificationPolicy, PolicyAction, Taste, User};
use crate::platform::sql::{Row, Statement};

/// The columns that [`read`] needs, of the alias `u`, with a prefix to avoid clashes.
pub const COLUMNS: &str = "u.id AS user_id, u.account_id AS user_account_id, u.person AS user_person, u.email AS user_email, u.role_id AS user_role, u.disabled_at AS user_disabled_at, \
u.locale AS user_locale, u.default_visibility AS user_visibility, u.default_sensitive AS user_sensitive, \
u.default_language AS user_language, u.default_quote_policy AS user_quote_policy, u.look AS user_look, u.zone AS user_zone, json_array(u.filters_not_following,\
u.filters_not_followers,u.filters_new_accounts,u.filters_private_mentions,u.filters_limited_accounts,u.filters_bots) AS user_hears, \
u.created_at AS user_created_at, u.seen_on AS user_seen_on";

/// The roles of all identities of the person of `u`, to be read by [`read_roles`] as the column `roles`.
pub const ROLES: &str = "(SELECT group_concat(x.role_id) FROM users x WHERE x.person = u.person)";

/// Empty where there is no person.
pub fn read_roles(row: &Row) -> Result<Vec<RoleId>> {
    let ids = row.opt_text("roles")?.unwrap_or_default();
    Ok(ids.split(',').filter_map(|id| id.parse().ok()).map(RoleId).collect())
}

pub fn read(row: &Row) -> Result<User> {
    Ok(User {
        id: row.id("user_id")?,
        account_id: row.id("user_account_id")?,
        person: row.id("user_person")?,
        email: row.opt_text("user_email")?,
        role: RoleId(row.int("user_role")?),
        locale: row.text("user_locale")?,
        default_visibility: Visibility::parse(&row.text("user_visibility")?).unwrap_or_default(),
        default_sensitive: row.bool("user_sensitive")?,
        default_language: row.opt_text("user_language")?,
        default_quote_policy: QuotePolicy::parse(&row.text("user_quote_policy")?).unwrap_or_default(),
        notification_policy: read_policy(row)?,
        taste: Taste { look: Look::parse(&row.text("user_look")?), zone: row.text("user_zone")? },
        disabled_at: row.opt_time("user_disabled_at")?,
        created_at: row.time("user_created_at")?,
        seen_on: row.int("user_seen_on")?,
    })
}

fn read_policy(row: &Row) -> Result<NotificationPolicy> {
    super::unpacked(row, "user_hears", |f| NotificationPolicy {
        not_following: PolicyAction::from_int(f.int()),
        not_followers: PolicyAction::from_int(f.int()),
        new_accounts: PolicyAction::from_int(f.int()),
        private_mentions: PolicyAction::from_int(f.int()),
        limited_accounts: PolicyAction::from_int(f.int()),
        bots: PolicyAction::from_int(f.int()),
    })
}

/// Notes that somebody was here on a day: a row, and one of the table presence.
pub fn note_seen(user: Id, day: i64) -> Statement {
    Statement::new("UPDATE users SET seen_on = ?2 WHERE id = ?1 AND seen_on < ?2").bind(user).bind(day)
}

/// Stores the notification policy.
pub fn update_policy(user: Id, p: &NotificationPolicy) -> Statement {
    Statement::new(
        "UPDATE users SET filters_not_following = ?2, filters_not_followers = ?3, filters_new_accounts = ?4, \
         filters_private_mentions = ?5, filters_limited_accounts = ?6, filters_bots = ?7 WHERE id = ?1",
    )
    .bind(user)
    .bind(p.not_following as i64)
    .bind(p.not_followers as i64)
    .bind(p.new_accounts as i64)
    .bind(p.private_mentions as i64)
    .bind(p.limited_accounts as i64)
    .bind(p.bots as i64)
}

pub fn by_account(account: Id) -> Query<Option<User>> {
    Query::first(
        Statement::new(format!("SELECT {COLUMNS} FROM users u WHERE u.account_id = ?1")).bind(account),
        read,
    )
}

/// Whom a report is about; `None` for somebody of another server.
pub fn reported(report: Id) -> Query<Option<User>> {
    Query::first(
        Statement::new(format!(
            "SELECT {COLUMNS} FROM users u WHERE u.account_id = (SELECT target_id FROM reports WHERE id = ?1)"
        ))
        .bind(report),
        read,
    )
}

/// The identities of a person, the oldest first.
pub fn identities(person: Id) -> Query<Vec<(User, Account)>> {
    Query::all(
        Statement::new(format!(
            "SELECT {COLUMNS}, {} AS account FROM users u CROSS JOIN accounts a ON a.id = u.account_id \
             WHERE u.person = ?1 AND u.memorial_at IS NULL AND a.suspended_at IS NULL ORDER BY u.id LIMIT 20",
            accounts::packed("a"),
        ))
        .bind(person),
        |row| Ok((read(row)?, accounts::read(row)?)),
    )
}

/// The password of a new login: its stored form, or that of the person's other identities.
pub enum Password<'a> {
    New(&'a str),
    OfPerson,
    /// That of an application; the batch fails where that is gone.
    OfApplication(Id),
}

/// Inserts a login. The batch fails where the person has `most` identities already, or none whose password it could have.
pub fn insert(user: &User, password: Password<'_>, most: usize) -> Statement {
    let (stored, application) = match password {
        Password::New(stored) => (Some(stored.to_owned()), None),
        Password::OfPerson => (None, None),
        Password::OfApplication(id) => (None, Some(id)),
    };
    Statement::new(
        "INSERT INTO users (id, account_id, email, password, role_id, locale, default_visibility, default_sensitive, \
         default_language, created_at, person, look, zone) VALUES (?1, ?2, ?3, \
         coalesce(?4, (SELECT password FROM applications WHERE id = ?13), (SELECT password FROM users WHERE person = ?11 LIMIT 1)), ?5, ?6, ?7, ?8, ?9, ?10, \
         iif((SELECT count(*) FROM users WHERE person = ?11) < ?12, ?11, NULL), \
         coalesce((SELECT look FROM users WHERE person = ?11 LIMIT 1), ''), coalesce((SELECT zone FROM users WHERE person = ?11 LIMIT 1), ''))",
    )
    .bind(user.id)
    .bind(user.account_id)
    .bind(user.email.clone())
    .bind(stored)
    .bind(user.role.0)
    .bind(&user.locale)
    .bind(user.default_visibility.as_str())
    .bind(user.default_sensitive)
    .bind(user.default_language.clone())
    .bind(user.created_at)
    .bind(user.person)
    .bind(most)
    .bind(application)
}

/// Notes where somebody new has signed up from, and by which invitation.
pub fn note_sign_up(user: Id, address: &str, invite: Option<Id>) -> Statement {
    Statement::new("UPDATE users SET sign_up_address = ?2, invite_id = ?3 WHERE id = ?1")
        .bind(user)
        .bind(address)
        .bind(invite)
}

/// The names of who has one of these roles.
pub fn staff_names(roles: &[i64]) -> Query<Vec<String>> {
    Query::all(
        Statement::new(
            "SELECT a.username AS username FROM users u CROSS JOIN accounts a ON a.id = u.account_id \
             WHERE u.role_id <> -99 AND u.role_id IN (SELECT value FROM json_each(?1)) LIMIT 200",
        )
        .bind(to_json(&roles)),
        |row| row.text("username"),
    )
}

/// Tells who has one of these roles that somebody has come.
pub fn notify_of_sign_up(id: Id, account: Id, roles: &[i64]) -> Statement {
    notifying(
        "INSERT INTO notifications (id, account_id, type, from_account_id) \
         SELECT ?1 + row_number() OVER (), u.account_id, 'admin.sign_up', ?2 FROM users u \
         WHERE u.role_id <> -99 AND u.role_id IN (SELECT value FROM json_each(?3)) AND u.account_id <> ?2 ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(account)
    .bind(to_json(&roles))
}

/// Changes the password of all identities of a person; their sessions end, but the one with this token, and a link for another
/// password is not valid any more.
pub fn change_password(person: Id, stored: &str, kept: Vec<u8>) -> Vec<Statement> {
    vec![
        Statement::new("UPDATE users SET password = ?2 WHERE person = ?1").bind(person).bind(stored),
        Statement::new(format!(
            "DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE person = ?1) AND token_hash <> ?2 {SESSION_ENDED}"
        ))
        .bind(person)
        .bind(kept),
        Statement::new("DELETE FROM password_resets WHERE person = ?1").bind(person),
    ]
}

/// The e-mail address of a person, which one of their identities has.
pub fn email_of(person: Id) -> Query<Option<String>> {
    let sql = "SELECT email FROM users WHERE person = ?1 AND email IS NOT NULL LIMIT 1";
    Query::first(Statement::new(sql).bind(person), |row| row.text("email"))
}

/// Changes the e-mail address of a person, where it is still `old`; without one, their oldest identity has it then. A link for another password is
/// not valid any more. The last statement answers a row where it was changed; the batch fails with a conflict where another person
/// has the address.
pub fn change_email(person: Id, old: Option<&str>, new: &str) -> Vec<Statement> {
    let is_same =
        "coalesce((SELECT w.email FROM users w WHERE w.person = ?1 AND w.email IS NOT NULL), '') = ?2";
    let of = |sql: String| Statement::new(sql).bind(person).bind(old.unwrap_or(""));
    vec![
        of(format!("DELETE FROM password_resets WHERE person = ?1 AND {is_same}")),
        of(format!(
            "UPDATE users SET email = ?3 WHERE id = (SELECT f.id FROM users f WHERE f.person = ?1 ORDER BY f.email IS NULL, f.id LIMIT 1) \
             AND {is_same} RETURNING id"
        ))
        .bind(new),
    ]
}

/// Gives an e-mail address to the oldest identity of a person that has none: after the one that had it was deleted.
pub fn keep_email(person: Id, email: &str) -> Statement {
    Statement::new(
        "UPDATE users SET email = ?2 WHERE id = (SELECT min(id) FROM users WHERE person = ?1) AND email IS NULL",
    )
    .bind(person)
    .bind(email)
}

/// Stores how pages are shown to a person, for all their identities.
pub fn update_taste(person: Id, taste: &Taste) -> Statement {
    Statement::new("UPDATE users SET look = ?2, zone = ?3 WHERE person = ?1")
        .bind(person)
        .bind(taste.look.to_text())
        .bind(&taste.zone)
}

/// Stores the posting defaults and the language.
pub fn update_preferences(user: &User) -> Statement {
    Statement::new(
        "UPDATE users SET locale = ?2, default_visibility = ?3, default_sensitive = ?4, default_language = ?5, \
         default_quote_policy = ?6 WHERE id = ?1",
    )
    .bind(user.id)
    .bind(&user.locale)
    .bind(user.default_visibility.as_str())
    .bind(user.default_sensitive)
    .bind(user.default_language.clone())
    .bind(user.default_quote_policy.as_str())
}
