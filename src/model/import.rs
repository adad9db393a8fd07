//! Imports and exports of what a person follows, blocks, mutes and keeps, as Mastodon's files:
//! <https://docs.joinmastodon.org/user/moving/#export>.

use super::id::Id;
use super::time::Time;

/// What a file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Following,
    Lists,
    Blocks,
    Mutes,
    DomainBlocks,
    Bookmarks,
    /// Accounts that followed the person elsewhere. Nobody can be made to follow, so each of them is asked for a follow.
    Followers,
}

impl Kind {
    pub const ALL: [Self; 7] = [
        Self::Following,
        Self::Lists,
        Self::Blocks,
        Self::Mutes,
        Self::DomainBlocks,
        Self::Bookmarks,
        Self::Followers,
    ];

    /// As it is stored, and in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Following => "following",
            Self::Lists => "lists",
            Self::Blocks => "blocks",
            Self::Mutes => "mutes",
            Self::DomainBlocks => "domain_blocks",
            Self::Bookmarks => "bookmarks",
            Self::Followers => "followers",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The name of its file, without `.csv`; as Mastodon's, which has none of followers.
    pub fn file(self) -> &'static str {
        match self {
            Self::Following => "following_accounts",
            Self::Lists => "lists",
            Self::Blocks => "blocked_accounts",
            Self::Mutes => "muted_accounts",
            Self::DomainBlocks => "blocked_domains",
            Self::Bookmarks => "bookmarks",
            Self::Followers => "followers",
        }
    }

    pub fn from_file(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| Some(kind.file()) == name.strip_suffix(".csv"))
    }

    /// The names of its columns, in order. An entry has a text for each.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Following => &[ADDRESS, "Show boosts", "Notify on new posts", "Languages"],
            Self::Lists => &["List name", ADDRESS],
            Self::Mutes => &[ADDRESS, "Hide notifications"],
            Self::Blocks | Self::Followers => &[ADDRESS],
            Self::DomainBlocks => &["#domain"],
            Self::Bookmarks => &["#uri"],
        }
    }

    /// Whether Mastodon writes the names of the columns into the file.
    pub fn has_header(self) -> bool {
        matches!(self, Self::Following | Self::Mutes | Self::Followers)
    }

    /// The columns without which there is no entry.
    pub fn required(self) -> usize {
        if self == Self::Lists { 2 } else { 1 }
    }
}

const ADDRESS: &str = "Account address";

/// Why an entry of a file was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It is no address, domain and so on.
    Invalid,
    /// Its server has no such account or post, or none that the person may see.
    NotFound,
    /// Its server did not answer, however often it was asked.
    Unreachable,
    /// A block, a move or the operator is in the way.
    Refused,
    /// There are as many as there may be.
    Full,
    /// It is the person's own, or this server's.
    Own,
    /// Work on it has ended without a word.
    Failed,
}

impl Why {
    pub const ALL: [Self; 7] = [
        Self::Invalid,
        Self::NotFound,
        Self::Unreachable,
        Self::Refused,
        Self::Full,
        Self::Own,
        Self::Failed,
    ];

    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::NotFound => "not_found",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Full => "full",
            Self::Own => "own",
            Self::Failed => "failed",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.name() == name)
    }
}

/// A text for each column.
pub type Entry = Vec<String>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    pub id: Id,
    pub account_id: Id,
    pub kind: Kind,
    /// What is not in the file is removed in the end.
    pub is_overwrite: bool,
    /// Entries of the file.
    pub total: i64,
    pub removal: Removal,
    /// How often those were tried whose server did not answer.
    pub pass: i64,
    pub created_at: Time,
    pub finished_at: Option<Time>,
}

/// How far the removal is of what is not in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// The person has not yet said that it is to be; nothing of the import is done before.
    Unconfirmed,
    Waits,
    /// What is to be removed is known, or gone.
    Begun,
    /// What there was no room for before has been tried again.
    Done,
}

impl Removal {
    /// As it is stored.
    pub fn from_number(n: i64) -> Self {
        match n {
            ..0 => Self::Unconfirmed,
            0 => Self::Waits,
            1 => Self::Begun,
            _ => Self::Done,
        }
    }

    pub fn number(self) -> i64 {
        match self {
            Self::Unconfirmed => -1,
            Self::Waits => 0,
            Self::Begun => 1,
            Self::Done => 2,
        }
    }
}

/// An import, and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub import: Import,
    /// Entries that were not tried yet, or will be again.
    pub waiting: i64,
    pub failed: i64,
    /// How much the person has that is not in the file, as it was counted last: what they are asked to confirm.
    pub extra: i64,
}

impl Progress {
    pub fn is_unconfirmed(&self) -> bool {
        self.import.removal == Removal::Unconfirmed
    }

    /// Whether a job does it.
    pub fn is_under_way(&self) -> bool {
        self.import.finished_at.is_none() && !self.is_unconfirmed()
    }

    pub fn done(&self) -> i64 {
        (self.import.total - self.waiting - self.failed).max(0)
    }
}

/// Some entries of an import.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chunk {
    pub n: i64,
    /// Counts its changes.
    pub version: i64,
    pub entries: Vec<Entry>,
    /// Entries whose server did not answer.
    pub later: Vec<Entry>,
    /// Each with [`Why::name`] before its texts.
    pub failed: Vec<Entry>,
    /// Where what is not in the file is removed: what is in it, as text.
    pub named: Vec<String>,
    /// Entries to be done, and failed ones, when it was read.
    pub read_with: (usize, usize),
}

/// Chunks of this number and above have the ids of accounts that are removed.
pub const REMOVALS: i64 = 1_000_000;

impl Chunk {
    /// Whether its entries are no entries of the file, but accounts that are not in it.
    pub fn is_removal(&self) -> bool {
        self.n >= REMOVALS
    }

    /// Entries to be done now or in another pass, and those that failed.
    pub fn counts(&self) -> (usize, usize) {
        (self.entries.len() + self.later.len(), self.failed.len())
    }

    /// An entry has failed.
    pub fn fail(&mut self, why: Why, entry: Entry) {
        self.failed.push([vec![why.name().to_owned()], entry].concat());
    }

    /// The first entry that is to be done has failed. An account that is removed is left out.
    pub fn fail_first(&mut self, why: Why) {
        if !self.entries.is_empty() {
            let entry = self.entries.remove(0);
            if !self.is_removal() {
                self.fail(why, entry);
            }
        }
    }
}
