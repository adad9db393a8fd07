//! What people bring along from the archive of another server: how much of it at a time, and what becomes of each status.

use super::id::Id;
use super::status::Status;

/// Statuses of a request. One statement inserts each, and an invocation has 45 (docs/cost.md).
pub const MAX_ITEMS: usize = 20;
/// Bytes of a request with statuses, whose texts are sanitised within an invocation's ten milliseconds. A client sends less
/// than half of it, but for a single long status.
pub const MAX_BYTES: usize = 128 * 1024;
/// Uris of a request that asks which of them are here.
pub const MAX_ASKED: usize = 400;
/// Attachments of a status: as many as are read of one of another server.
pub const MAX_ATTACHMENTS: usize = 16;
/// Statuses that a step of the removal looks at …
pub const MAX_REMOVED: usize = 50;
/// … and those of them that others have something to do with, of which other servers are told.
pub const MAX_TOLD: usize = 3;

/// A status of an archive.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Item {
    /// With texts, audience, poll and times. Its id, its address here, its parent and its files come later.
    pub status: Status,
    /// Its id on the server that it comes from.
    pub uri: String,
    /// Its page there.
    pub url: String,
    /// The uri of what it answers.
    pub parent: Option<String>,
    /// Files that its author has uploaded for it, in order.
    pub media: Vec<Id>,
}

/// Why a status is not brought along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It is no status, or has no address.
    Unreadable,
    /// Its date is missing, later than now, or earlier than 2008.
    Date,
    /// It was for single persons.
    Direct,
    /// It is a vote.
    Vote,
    /// It has neither text nor files nor a poll.
    Empty,
    /// The database refused it.
    Failed,
}

impl Why {
    pub fn name(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::Date => "date",
            Self::Direct => "direct",
            Self::Vote => "vote",
            Self::Empty => "empty",
            Self::Failed => "failed",
        }
    }
}

/// What became of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Stored(Id),
    /// It was brought along before, or is of this very account.
    Known,
    Refused(Why),
}
