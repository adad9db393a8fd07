//! users: logins of local accounts.

use super::Query;
use crate::error::Result;
use crate::model::id::Id;
use crate::model::status::Visibility;
use crate::model::user::{Role, User};
use crate::platform::sql::{Row, Statement};

/// The columns that [`read`] wants, of the alias `u`, prefixed so that they may stand beside others.
pub const COLUMNS: &str = "u.id AS user_id, u.account_id AS user_account_id, u.email AS user_email, u.role AS user_role, \
u.locale AS user_locale, u.default_visibility AS user_visibility, u.default_sensitive AS user_sensitive, \
u.default_language AS user_language, u.created_at AS user_created_at";

pub fn read(row: &Row) -> Result<User> {
    Ok(User {
        id: row.id("user_id")?,
        account_id: row.id("user_account_id")?,
        email: row.opt_text("user_email")?,
        role: Role::parse(&row.text("user_role")?),
        locale: row.text("user_locale")?,
        default_visibility: Visibility::parse(&row.text("user_visibility")?).unwrap_or_default(),
        default_sensitive: row.bool("user_sensitive")?,
        default_language: row.opt_text("user_language")?,
        created_at: row.time("user_created_at")?,
    })
}

pub fn by_account(account: Id) -> Query<Option<User>> {
    Query::first(
        Statement::new(format!("SELECT {COLUMNS} FROM users u WHERE u.account_id = ?1")).bind(account),
        read,
    )
}

/// Adds a login; `password` is the stored form.
pub fn insert(user: &User, password: &str) -> Statement {
    Statement::new(
        "INSERT INTO users (id, account_id, email, password, role, locale, default_visibility, default_sensitive, \
         default_language, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )
    .bind(user.id)
    .bind(user.account_id)
    .bind(user.email.clone())
    .bind(password)
    .bind(user.role.as_str())
    .bind(&user.locale)
    .bind(user.default_visibility.as_str())
    .bind(user.default_sensitive)
    .bind(user.default_language.clone())
    .bind(user.created_at)
}

/// Writes the posting defaults and the language.
pub fn update_preferences(user: &User) -> Statement {
    Statement::new(
        "UPDATE users SET locale = ?2, default_visibility = ?3, default_sensitive = ?4, default_language = ?5 WHERE id = ?1",
    )
    .bind(user.id)
    .bind(&user.locale)
    .bind(user.default_visibility.as_str())
    .bind(user.default_sensitive)
    .bind(user.default_language.clone())
}
