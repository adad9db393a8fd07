//! Federation: between instances of ours, and with servers that are documents and a key.

pub mod actors;
pub mod blocks;
mod budgets;
pub mod collections;
pub mod daily_life;
pub mod delivery;
pub mod domains;
pub mod finding;
pub mod fixtures;
pub mod forwarding;
pub mod golden;
pub mod instances;
pub mod interrupted;
pub mod keys;
pub mod lists;
pub mod nothing_lost;
pub mod policies;
pub mod polls;
pub mod quotes;
pub mod reactions;
pub mod relays;
pub mod resolve;
pub mod shapes;
pub mod signatures;
pub mod traps_http;
pub mod traps_identity;
pub mod traps_transport;
