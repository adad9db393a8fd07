//! Memorial accounts: `accounts.is_memorial`, and `users.memorial_at`, which every way to sign in asks for.

use super::changes::{LOGIN_CLOSED, REVOKED, SESSION_ENDED};
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::Statement;

fn mark(account: Id, is_memorial: bool) -> Statement {
    Statement::new(
        "UPDATE accounts SET is_memorial = ?2 WHERE id = ?1 AND domain_id IS NOT NULL AND deleted_at IS NULL",
    )
    .bind(account)
    .bind(is_memorial)
}

/// Makes an account of this instance memorial: its login is closed, and its sessions, tokens and codes are gone. The earlier time stays.
pub fn begin(account: Id, now: Time) -> Vec<Statement> {
    let of_it = "user_id = (SELECT id FROM users WHERE account_id = ?1)";
    vec![
        mark(account, true),
        Statement::new(format!(
            "UPDATE users SET memorial_at = coalesce(memorial_at, ?2), disabled_at = coalesce(disabled_at, ?2) WHERE account_id = ?1 {LOGIN_CLOSED}"
        ))
        .bind(account)
        .bind(now),
        Statement::new(format!("DELETE FROM sessions WHERE {of_it} {SESSION_ENDED}")).bind(account),
        Statement::new(format!("DELETE FROM access_tokens WHERE {of_it} {REVOKED}")).bind(account),
        Statement::new(format!("DELETE FROM authorization_codes WHERE {of_it}")).bind(account),
    ]
}

/// Takes that back. A login that was frozen before stays so.
pub fn end(account: Id) -> Vec<Statement> {
    vec![
        mark(account, false),
        Statement::new(
            "UPDATE users SET disabled_at = iif(disabled_at = memorial_at, NULL, disabled_at), memorial_at = NULL WHERE account_id = ?1",
        )
        .bind(account),
    ]
}
