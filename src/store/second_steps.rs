//! second_steps, recovery_codes: what is asked for after a password.

use super::{Query, unhex};
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::Statement;

/// A person's second step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondStep {
    /// Encrypted.
    pub secret: Vec<u8>,
    pub is_on: bool,
    pub last_step: i64,
    /// Recovery codes that are left.
    pub codes: i64,
}

pub fn of_person(person: Id) -> Query<Option<SecondStep>> {
    Query::first(
        Statement::new(
            "SELECT hex(s.secret) AS secret, s.is_on AS is_on, s.last_step AS last_step, \
             (SELECT count(*) FROM recovery_codes c WHERE c.person = s.person) AS codes FROM second_steps s WHERE s.person = ?1",
        )
        .bind(person),
        |row| {
            Ok(SecondStep {
                secret: unhex(&row.text("secret")?).unwrap_or_default(),
                is_on: row.bool("is_on")?,
                last_step: row.int("last_step")?,
                codes: row.int("codes")?,
            })
        },
    )
}

/// Stores a secret that is not in use yet. Nothing happens where one is.
pub fn begin(person: Id, secret: Vec<u8>, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO second_steps (person, secret, created_at) VALUES (?1, ?2, ?3) \
         ON CONFLICT (person) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at WHERE is_on = 0",
    )
    .bind(person)
    .bind(secret)
    .bind(now)
}

/// Takes the code of a step, and those before it, out of use: answers a row where it was not used before. `is_on` is whether the
/// secret must be in use already; it is from now on.
pub fn use_step(person: Id, step: i64, is_on: bool) -> Statement {
    Statement::new(
        "UPDATE second_steps SET last_step = ?2, is_on = 1 WHERE person = ?1 AND last_step < ?2 AND is_on = ?3 RETURNING person",
    )
    .bind(person)
    .bind(step)
    .bind(is_on)
}

/// Takes a recovery code out of use: answers a row where it was one.
pub fn use_code(person: Id, code_hash: Vec<u8>) -> Statement {
    Statement::new("DELETE FROM recovery_codes WHERE person = ?1 AND code_hash = ?2 RETURNING person")
        .bind(person)
        .bind(code_hash)
}

/// Replaces all recovery codes by those of these hashes, where the second step is on: the last statement answers rows then.
pub fn replace_codes(person: Id, hashes: Vec<Vec<u8>>) -> Vec<Statement> {
    let places: Vec<String> = (0..hashes.len()).map(|n| format!("(?{})", n + 2)).collect();
    let insert = Statement::new(format!(
        "INSERT INTO recovery_codes (person, code_hash) SELECT s.person, c.column1 FROM second_steps s, (VALUES {}) c \
         WHERE s.person = ?1 AND s.is_on = 1 RETURNING person",
        places.join(",")
    ));
    let insert = hashes.into_iter().fold(insert.bind(person), Statement::bind);
    vec![Statement::new("DELETE FROM recovery_codes WHERE person = ?1").bind(person), insert]
}

/// Turns it off; recovery codes go with it.
pub fn delete(person: Id) -> Statement {
    Statement::new("DELETE FROM second_steps WHERE person = ?1").bind(person)
}
