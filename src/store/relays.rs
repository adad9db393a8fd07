//! relays: a small table.

use super::Query;
use crate::model::id::Id;
use crate::model::relay::{Relay, State};
use crate::platform::sql::{Row, Statement};

fn read(row: &Row) -> crate::error::Result<Relay> {
    Ok(Relay {
        id: row.id("id")?,
        address: row.text("address")?,
        inbox_id: row.opt_id("inbox_id")?,
        domain: row.text("domain")?,
        actor_uri: row.opt_text("actor_uri")?,
        follow_uri: row.text("follow_uri")?,
        state: State::parse(&row.text("state")?),
    })
}

const SELECT: &str = "SELECT id, address, inbox_id, domain, actor_uri, follow_uri, state FROM relays";

pub fn all() -> Query<Vec<Relay>> {
    Query::all(Statement::new(format!("{SELECT} ORDER BY id")), read)
}

pub fn by_id(id: Id) -> Query<Option<Relay>> {
    Query::first(Statement::new(format!("{SELECT} WHERE id = ?1")).bind(id), read)
}

/// Inserts a relay. One with this address gets the new id and Follow, and waits for its answer: no other one is known then.
pub fn insert(relay: &Relay) -> Statement {
    Statement::new(
        "INSERT INTO relays (id, address, inbox_id, domain, actor_uri, follow_uri, state) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
         ON CONFLICT (address) DO UPDATE SET id = excluded.id, inbox_id = coalesce(excluded.inbox_id, inbox_id), \
         follow_uri = excluded.follow_uri, state = excluded.state",
    )
    .bind(relay.id)
    .bind(&relay.address)
    .bind(relay.inbox_id)
    .bind(&relay.domain)
    .bind(relay.actor_uri.clone())
    .bind(&relay.follow_uri)
    .bind(relay.state.as_str())
}

/// Stores the actor of a relay's URL.
pub fn set_actor(id: Id, inbox: Id, domain: &str, actor_uri: &str) -> Statement {
    Statement::new("UPDATE relays SET inbox_id = ?2, domain = ?3, actor_uri = ?4 WHERE id = ?1")
        .bind(id)
        .bind(inbox)
        .bind(domain)
        .bind(actor_uri)
}

/// A relay has answered.
pub fn set_state(id: Id, state: State, actor_uri: &str) -> Statement {
    Statement::new("UPDATE relays SET state = ?2, actor_uri = ?3 WHERE id = ?1")
        .bind(id)
        .bind(state.as_str())
        .bind(actor_uri)
}

pub fn delete(id: Id) -> Statement {
    Statement::new("DELETE FROM relays WHERE id = ?1").bind(id)
}

/// The pending or accepted relay of our Follow `uri`.
pub fn by_follow(uri: &str) -> Query<Option<Relay>> {
    Query::first(Statement::new(format!("{SELECT} WHERE follow_uri = ?1")).bind(uri), read)
}

/// Whether an actor is a relay that accepted us, or that we follow as one.
pub fn is_relay(actor_uri: &str) -> Query<bool> {
    Query::new(
        Statement::new("SELECT 1 AS found FROM relays WHERE actor_uri = ?1 AND state <> 'rejected'")
            .bind(actor_uri),
        |rows| Ok(!rows.is_empty()),
    )
}
