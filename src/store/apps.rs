//! apps: OAuth clients.

use super::{Query, to_json};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// A registered client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    pub id: Id,
    pub name: String,
    pub website: Option<String>,
    pub redirect_uris: Vec<String>,
    /// Space separated.
    pub scopes: String,
    pub client_id: String,
    /// SHA-256, upper-case hex.
    pub secret_hash: String,
}

fn read(row: &Row) -> Result<Client> {
    Ok(Client {
        id: row.id("id")?,
        name: row.text("name")?,
        website: row.opt_text("website")?,
        redirect_uris: super::texts(row, "redirect_uris")?,
        scopes: row.text("scopes")?,
        client_id: row.text("client_id")?,
        secret_hash: row.text("secret_hash")?,
    })
}

const SELECT: &str = "SELECT id, name, website, redirect_uris, scopes, client_id, hex(client_secret_hash) AS secret_hash FROM apps";

pub fn by_client_id(client_id: &str) -> Query<Option<Client>> {
    Query::first(Statement::new(format!("{SELECT} WHERE client_id = ?1")).bind(client_id), read)
}

pub fn by_id(id: Id) -> Query<Option<Client>> {
    Query::first(Statement::new(format!("{SELECT} WHERE id = ?1")).bind(id), read)
}

pub fn insert(client: &Client, secret_hash: Vec<u8>, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO apps (id, name, website, redirect_uris, scopes, client_id, client_secret_hash, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )
    .bind(client.id)
    .bind(&client.name)
    .bind(client.website.clone())
    .bind(to_json(&client.redirect_uris))
    .bind(&client.scopes)
    .bind(&client.client_id)
    .bind(secret_hash)
    .bind(now)
}
