//! Live streams: <https://docs.joinmastodon.org/methods/streaming/>. The connections are held by a Durable Object, which
//! knows who listens to what and passes texts on; who gets which event is decided here.

pub mod channels;
pub mod events;
pub mod publish;
pub mod routes;
pub mod subscribe;
