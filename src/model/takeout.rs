//! Takeouts: archives of a person's own posts and files in the form of Mastodon's, made by a job in steps.
//! <https://docs.joinmastodon.org/user/moving/#export>

use super::id::Id;
use super::import::Kind;
use super::time::{DAY, Time};
use super::zip;

/// As on Mastodon: a person may ask for one a week.
pub const EVERY: i64 = 7 * DAY;
/// It can be downloaded for so long.
pub const KEPT_FOR: i64 = 7 * DAY;
/// Takeouts of the instance that are made at once.
pub const MAX_UNDER_WAY: i64 = 3;
/// Bytes of the texts of all takeouts of the instance beyond which none is begun: Workers KV has a gigabyte for everything.
pub const MAX_STORED: i64 = 200 * 1000 * 1000;
/// Bytes that a post takes, more or less: so much is reserved for each while a takeout is under way.
pub const OF_A_POST: i64 = 2_400;
/// Bytes of the texts of one, some 50,000 posts.
pub const MAX_TEXT: i64 = 120 * 1000 * 1000;
/// Unfinished text of a file is stored as a file of its own once it has so many bytes: each costs a write, and a read for
/// each download.
pub const POURED: i64 = 1_000_000;
/// A shorter file of the archive stays in the database.
pub const SHORT: i64 = 32_000;
/// Bytes of a piece of text, more or less: D1 has two million for a value.
pub const PIECE: usize = 400_000;

/// A file of the archive that is written, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    Actor,
    Csv(Kind),
    /// Whom the person follows, for feed readers.
    Opml,
    Likes,
    Bookmarks,
    Outbox,
}

impl File {
    pub const ALL: [Self; 12] = [
        Self::Actor,
        Self::Csv(Kind::Following),
        Self::Csv(Kind::Lists),
        Self::Csv(Kind::Blocks),
        Self::Csv(Kind::Mutes),
        Self::Csv(Kind::DomainBlocks),
        Self::Csv(Kind::Bookmarks),
        Self::Csv(Kind::Followers),
        Self::Opml,
        Self::Likes,
        Self::Bookmarks,
        Self::Outbox,
    ];

    /// Its name in the archive, and as it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Actor => "actor.json",
            Self::Csv(Kind::Following) => "following_accounts.csv",
            Self::Csv(Kind::Lists) => "lists.csv",
            Self::Csv(Kind::Blocks) => "blocked_accounts.csv",
            Self::Csv(Kind::Mutes) => "muted_accounts.csv",
            Self::Csv(Kind::DomainBlocks) => "blocked_domains.csv",
            Self::Csv(Kind::Bookmarks) => "bookmarks.csv",
            Self::Csv(Kind::Followers) => "followers.csv",
            Self::Opml => "follows.opml",
            Self::Likes => "likes.json",
            Self::Bookmarks => "bookmarks.json",
            Self::Outbox => "outbox.json",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|file| file.name() == name)
    }

    /// What is written after it.
    pub fn next(self) -> Option<Self> {
        let at = Self::ALL.iter().position(|file| *file == self)?;
        Self::ALL.get(at + 1).copied()
    }
}

/// A part of the posts, which is an archive for itself: another one begins where it would be too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Volume {
    /// Ids of its posts are greater than this …
    pub after: Id,
    /// … and not greater than this.
    pub until: Id,
    pub posts: i64,
    /// Files that were uploaded.
    pub files: i64,
    /// Bytes of these.
    pub bytes: i64,
}

impl Volume {
    /// Files of a volume. A download opens thirty of them in one invocation, and so many invocations.
    pub const MAX_FILES: i64 = 900;
    /// Bytes of its files.
    pub const MAX_BYTES: i64 = 1024 * 1024 * 1024;

    /// Whether a post with so many files and bytes has no place in it any more.
    pub fn is_full(&self, files: i64, bytes: i64) -> bool {
        self.posts > 0 && (self.files + files > Self::MAX_FILES || self.bytes + bytes > Self::MAX_BYTES)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Takeout {
    pub id: Id,
    pub account_id: Id,
    /// Posts that are newer are not in it.
    pub created_at: Time,
    /// Counts its changes: of two at once, one is made.
    pub version: i64,
    /// What is being written; `None` once all is.
    pub file: Option<File>,
    /// The last row of it that is written.
    pub cursor: Id,
    /// Entries of it that are written; not of posts.
    pub entries: i64,
    /// Posts when it was begun, for the progress.
    pub total: i64,
    /// Posts that are written.
    pub done: i64,
    /// Files and posts that could not be written.
    pub left_out: i64,
    /// Bytes of its texts.
    pub text: i64,
    pub volumes: Vec<Volume>,
    pub ready_at: Option<Time>,
    /// Its owner has deleted it.
    pub is_deleted: bool,
}

/// What a takeout is to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    UnderWay,
    /// It can be downloaded until then.
    Ready(Time),
    /// Deleted, or too old.
    Gone,
}

impl Takeout {
    pub fn state(&self, now: Time) -> State {
        match self.ready_at {
            _ if self.is_deleted => State::Gone,
            None => State::UnderWay,
            Some(at) if at.plus(KEPT_FOR) > now => State::Ready(at.plus(KEPT_FOR)),
            Some(_) => State::Gone,
        }
    }

    /// When its owner may ask for another one.
    pub fn again_at(&self) -> Time {
        self.created_at.plus(EVERY)
    }

    /// The name of the download of a volume, numbered from 1 on.
    pub fn file_name(&self, username: &str, volume: usize) -> String {
        let (date, stem) = (self.created_at.to_date().replace('-', ""), stem(self.volumes.len(), volume));
        format!("{date}-{username}-{stem}")
    }
}

/// The end of the address of a volume of so many.
pub fn stem(volumes: usize, volume: usize) -> String {
    if volumes > 1 { format!("archive-{volume}.zip") } else { "archive.zip".into() }
}

/// The number of a volume, from the end of its address.
pub fn volume(name: &str, volumes: usize) -> Option<usize> {
    (1..=volumes).find(|volume| stem(volumes, *volume) == name)
}

/// Some text of a file of the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// In which volume it is; 0 for all.
    pub volume: usize,
    pub name: String,
    pub text: String,
}

/// A stored piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its place.
    pub n: i64,
    pub volume: i64,
    pub name: String,
    pub size: i64,
    pub crc: u32,
    /// The key of the file that it lies in; `None` while its text is in the database.
    pub key: Option<String>,
}

/// Pieces that become one stored file: those of the first file of the archive that has enough text, or is finished and not
/// short. They stand next to each other; `pieces` are all that are in the database, in order.
pub fn to_pour<'p>(pieces: &'p [Stored], takeout: &Takeout) -> Option<&'p [Stored]> {
    let groups = pieces.chunk_by(|a, b| (a.volume, &a.name) == (b.volume, &b.name));
    for group in groups {
        let size: i64 = group.iter().map(|piece| piece.size).sum();
        let is_open = group.first().is_some_and(|first| {
            takeout.file.is_some_and(|file| file.name() == first.name)
                && (first.volume == 0 || first.volume == takeout.volumes.len() as i64)
        });
        if size < POURED && (is_open || size < SHORT) {
            continue;
        }
        let mut sum = 0;
        let count = group.iter().take_while(|piece| {
            let is_wanted = sum < POURED;
            sum += piece.size;
            is_wanted
        });
        return group.get(..count.count());
    }
    None
}

/// Pieces of one file: their bytes and checksum together.
pub fn joined(pieces: &[Stored]) -> (i64, u32) {
    let parts = pieces.iter().map(|piece| (piece.crc, piece.size.cast_unsigned()));
    (pieces.iter().map(|piece| piece.size).sum(), zip::joined(parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_have_the_names_of_the_exports() {
        for kind in Kind::ALL {
            assert_eq!(File::Csv(kind).name(), format!("{}.csv", kind.file()));
        }
        for file in File::ALL {
            assert_eq!(File::from_name(file.name()), Some(file));
        }
        let mut all = vec![File::Actor];
        while let Some(next) = all.last().and_then(|last| last.next()) {
            all.push(next);
        }
        assert_eq!(all, File::ALL);
    }

    #[test]
    fn a_single_volume_has_no_number() {
        assert_eq!(volume("archive.zip", 1), Some(1));
        assert_eq!(volume("archive-2.zip", 3), Some(2));
        for (name, volumes) in
            [("archive.zip", 0), ("archive.zip", 2), ("archive-1.zip", 1), ("archive-4.zip", 3)]
        {
            assert_eq!(volume(name, volumes), None, "{name}");
        }
    }

    fn piece(n: i64, volume: i64, name: &str, size: i64) -> Stored {
        Stored { n, volume, name: name.into(), size, crc: 0, key: None }
    }

    #[test]
    fn long_files_and_large_parts_of_the_open_one_are_stored_apart() {
        let open = |file, volumes| Takeout {
            id: Id(1),
            account_id: Id(2),
            created_at: Time(0),
            version: 0,
            file,
            cursor: Id(0),
            entries: 0,
            total: 0,
            done: 0,
            left_out: 0,
            text: 0,
            volumes: vec![Volume::default(); volumes],
            ready_at: None,
            is_deleted: false,
        };
        let numbers = |pieces: &[Stored], takeout: &Takeout| {
            to_pour(pieces, takeout).map(|found| found.iter().map(|p| p.n).collect::<Vec<_>>())
        };
        let short = piece(1, 0, "actor.json", SHORT - 1);
        let posts = |n, volume, size| piece(n, volume, "outbox.json", size);
        let writing = open(Some(File::Outbox), 1);
        assert_eq!(numbers(&[short.clone(), posts(2, 1, POURED - 1)], &writing), None);
        assert_eq!(
            numbers(&[short.clone(), posts(2, 1, POURED - 1), posts(3, 1, 1)], &writing),
            Some(vec![2, 3])
        );
        // What is left waits for more.
        let many: Vec<_> = (2..9).map(|n| posts(n, 1, 400_000)).collect();
        assert_eq!(numbers(&many, &writing), Some(vec![2, 3, 4]));
        // A finished one, or of a finished volume.
        assert_eq!(numbers(&[piece(1, 0, "likes.json", SHORT), posts(2, 1, 9)], &writing), Some(vec![1]));
        assert_eq!(
            numbers(&[posts(1, 1, SHORT), posts(2, 2, SHORT)], &open(Some(File::Outbox), 2)),
            Some(vec![1])
        );
        assert_eq!(numbers(&[short, posts(2, 1, SHORT)], &open(None, 1)), Some(vec![2]));
        assert_eq!(numbers(&[posts(2, 1, SHORT - 1)], &open(None, 1)), None);
    }
}
