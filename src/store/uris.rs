//! How a status is found by its uri: by its id where that follows from the uri, else by the index `statuses_by_uri`.
//!
//! A status of Mastodon has the time of its creation in the number that its uri ends with, and so has one of ours: its id
//! here is made of that ([`crate::model::id::Id::of_uri`]), and it is in no index of uris. That is one row less of three
//! for most notes that arrive.

/// SQL: the id that follows from a uri, some other number where none does. `uri` is an expression. As
/// [`crate::model::id::Id::of_uri`]: a number of at most 53 bits is an id of ours, another one is milliseconds since 1970
/// times 65,536 and a sequence number (`Mastodon::Snowflake`).
fn id_of(uri: &str) -> String {
    let n = format!("CAST(substr({uri}, instr({uri}, '/statuses/') + 10) AS INTEGER)");
    format!("iif({n} < 9007199254740992, {n}, ({n} / 65536 - 1199145600000) * 4096 + {n} % 4096)")
}

/// The value of `is_derived` of a status with an id and a uri, both expressions.
pub(super) fn is_derived(id: &str, uri: &str) -> String {
    format!("{id} = {}", id_of(uri))
}

/// The condition that the status `s` (a table or its alias) has a uri, an expression. One row read.
pub(super) fn is(s: &str, uri: &str) -> String {
    format!("(({s}.id = {} AND {s}.uri = {uri}) OR ({s}.is_derived = 0 AND {s}.uri = {uri}))", id_of(uri))
}
