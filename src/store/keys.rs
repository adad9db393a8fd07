//! keys: encrypted private keys of local actors.

use super::{Query, unhex};
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// A stored key pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedKey {
    pub id: Id,
    /// SPKI DER.
    pub public_key: Vec<u8>,
    /// Nonce (12 bytes), then PKCS#8 encrypted with AES-256-GCM.
    pub private_key: Vec<u8>,
}

fn read(row: &Row) -> crate::error::Result<SealedKey> {
    Ok(SealedKey {
        id: row.id("id")?,
        public_key: unhex(&row.text("public_key")?).unwrap_or_default(),
        private_key: unhex(&row.text("private_key")?).unwrap_or_default(),
    })
}

const SELECT: &str = "SELECT id, hex(public_key) AS public_key, hex(private_key) AS private_key FROM keys";

/// An account's key pair.
pub fn of_account(account: Id) -> Query<Option<SealedKey>> {
    Query::first(Statement::new(format!("{SELECT} WHERE account_id = ?1")).bind(account), read)
}

/// A spare pair. Several requests may read the same one: [`assign`] decides which gets it.
pub fn spare() -> Query<Option<SealedKey>> {
    Query::first(Statement::new(format!("{SELECT} WHERE account_id IS NULL ORDER BY id LIMIT 1")), read)
}

pub fn count_spare() -> Query<i64> {
    Query::new(Statement::new("SELECT count(*) AS n FROM keys WHERE account_id IS NULL"), |rows| {
        rows.first().map_or(Ok(0), |row| row.int("n"))
    })
}

pub fn insert(key: &SealedKey, account: Option<Id>, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO keys (id, account_id, public_key, private_key, created_at) VALUES (?1, ?2, ?3, ?4, ?5)",
    )
    .bind(key.id)
    .bind(account)
    .bind(key.public_key.clone())
    .bind(key.private_key.clone())
    .bind(now)
}

/// Assigns a spare pair to an account that the same batch has inserted (`accounts::insert_local` reads the
/// public half from it, and the schema requires one for a local account, so of two requests for the same pair
/// the second one's batch fails as a whole).
pub fn assign(key: Id, account: Id) -> Statement {
    Statement::new("UPDATE keys SET account_id = ?2 WHERE id = ?1 AND account_id IS NULL")
        .bind(key)
        .bind(account)
}
