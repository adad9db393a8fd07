//! What other servers send: the inbox, forwarded activities, one file an activity.

pub mod budget;
pub mod confirm;
pub mod forwarded;
pub mod held;
pub mod inbox;
pub mod known;
pub mod receive;
pub mod sync;
