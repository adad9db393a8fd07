//! What other servers are sent: from an outbox row to the inboxes that it goes to.

mod attempt;
pub mod deliver;
pub mod distribute;
pub mod prune;
pub mod sync;
