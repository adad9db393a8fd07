//! passkeys: WebAuthn credentials of persons.

use super::{Query, accounts, unhex, users};
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::model::user::User;
use crate::model::webauthn::{Algorithm, PublicKey};
use crate::platform::sql::{Row, Statement};

/// A passkey as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    pub id: Id,
    pub name: String,
    /// The host that it was made for.
    pub rp: String,
    pub credential: Vec<u8>,
    pub created_at: Time,
    pub used_at: Option<Time>,
}

/// What a signature is checked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verifier {
    pub id: Id,
    pub person: Id,
    pub key: PublicKey,
}

/// A new passkey.
pub struct NewPasskey<'a> {
    pub id: Id,
    pub person: Id,
    pub credential: &'a [u8],
    pub rp: &'a str,
    pub key: &'a PublicKey,
    pub counter: u32,
    pub challenged_at: Time,
    pub name: &'a str,
}

/// Those of a person, the oldest first.
pub fn of_person(person: Id, most: usize) -> Query<Vec<Passkey>> {
    Query::all(
        Statement::new(
            "SELECT id, name, rp, hex(credential) AS credential, created_at, used_at FROM passkeys WHERE person = ?1 ORDER BY id LIMIT ?2",
        )
        .bind(person)
        .bind(most),
        |row| {
            Ok(Passkey {
                id: row.id("id")?,
                name: row.text("name")?,
                rp: row.text("rp")?,
                credential: unhex(&row.text("credential")?).unwrap_or_default(),
                created_at: row.time("created_at")?,
                used_at: row.opt_time("used_at")?,
            })
        },
    )
}

/// The passkey with this credential, made for the host `rp`.
pub fn verifier(credential: &[u8], rp: &str) -> Query<Option<Verifier>> {
    Query::first(
        Statement::new(
            "SELECT id, person, algorithm, hex(public_key) AS public_key FROM passkeys WHERE credential = ?1 AND rp = ?2",
        )
        .bind(credential.to_vec())
        .bind(rp),
        read_verifier,
    )
}

fn read_verifier(row: &Row) -> Result<Verifier> {
    let algorithm = Algorithm::from_number(row.int("algorithm")?);
    Ok(Verifier {
        id: row.id("id")?,
        person: row.id("person")?,
        key: PublicKey {
            algorithm: algorithm.ok_or_else(|| Error::internal("a passkey has an unknown algorithm"))?,
            bytes: unhex(&row.text("public_key")?).unwrap_or_default(),
        },
    })
}

/// The first identity of the person with this credential, of those that are neither suspended nor frozen.
pub fn owner(credential: &[u8]) -> Query<Option<(User, Account)>> {
    Query::first(
        Statement::new(format!(
            "SELECT {}, {} AS account FROM passkeys p CROSS JOIN users u ON u.person = p.person \
             CROSS JOIN accounts a ON a.id = u.account_id WHERE p.credential = ?1 AND a.suspended_at IS NULL AND u.disabled_at IS NULL ORDER BY u.id LIMIT 1",
            users::COLUMNS,
            accounts::packed("a"),
        ))
        .bind(credential.to_vec()),
        |row| Ok((users::read(row)?, accounts::read(row)?)),
    )
}

/// Answers a row where it is inserted: not where the person has `most` already, nor where the credential is somebody's.
pub fn insert(new: &NewPasskey<'_>, most: usize, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO passkeys (id, person, credential, rp, algorithm, public_key, counter, challenged_at, name, created_at) \
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 WHERE (SELECT count(*) FROM passkeys WHERE person = ?2) < ?11 \
         ON CONFLICT (credential) DO NOTHING RETURNING id",
    )
    .bind(new.id)
    .bind(new.person)
    .bind(new.credential.to_vec())
    .bind(new.rp)
    .bind(new.key.algorithm as i64)
    .bind(new.key.bytes.clone())
    .bind(new.counter)
    .bind(new.challenged_at)
    .bind(new.name)
    .bind(now)
    .bind(most)
}

/// Answers a row where a person has `most`, and not this one.
pub fn is_full(person: Id, credential: &[u8], most: usize) -> Statement {
    Statement::new(
        "SELECT 1 AS found WHERE (SELECT count(*) FROM passkeys WHERE person = ?1) >= ?3 \
         AND NOT EXISTS (SELECT 1 FROM passkeys WHERE credential = ?2)",
    )
    .bind(person)
    .bind(credential.to_vec())
    .bind(most)
}

/// Notes a signature. Answers a row where it is the first of its challenge and of all newer ones, and where the counter has grown
/// or the authenticator does not count.
pub fn note_use(id: Id, challenged_at: Time, counter: u32, now: Time) -> Statement {
    Statement::new(
        "UPDATE passkeys SET counter = ?3, challenged_at = ?2, used_at = ?4 WHERE id = ?1 AND challenged_at < ?2 \
         AND (counter < ?3 OR (counter = 0 AND ?3 = 0)) RETURNING id",
    )
    .bind(id)
    .bind(challenged_at)
    .bind(counter)
    .bind(now)
}

pub fn rename(id: Id, person: Id, name: &str) -> Statement {
    Statement::new("UPDATE passkeys SET name = ?3 WHERE id = ?1 AND person = ?2 AND ?3 <> ''")
        .bind(id)
        .bind(person)
        .bind(name)
}

pub fn delete(id: Id, person: Id) -> Statement {
    Statement::new("DELETE FROM passkeys WHERE id = ?1 AND person = ?2").bind(id).bind(person)
}
