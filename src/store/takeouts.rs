//! takeouts and takeout_pieces, and what is written into them.

use serde_json::{Value, json};

use super::statuses::{VISIBLE, half_of_views, page_of};
use super::{Query, to_json};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::page::Listed;
use crate::model::status::StatusView;
use crate::model::takeout::{
    EVERY, File, KEPT_FOR, MAX_STORED, MAX_UNDER_WAY, OF_A_POST, Piece, Stored, Takeout, Volume, joined,
};
use crate::model::time::{DAY, Time};
use crate::model::zip;
use crate::platform::sql::{Row, Statement};

/// What a file of the archive that was stored is for, in `media`.
pub const PURPOSE: &str = "takeout";

fn read(row: &Row) -> Result<Takeout> {
    let volumes: Vec<(i64, i64, i64, i64, i64)> = serde_json::from_str(&row.text("volumes")?)?;
    let volume = |(after, until, posts, files, bytes)| Volume {
        after: Id(after),
        until: Id(until),
        posts,
        files,
        bytes,
    };
    Ok(Takeout {
        id: row.id("id")?,
        account_id: row.id("account_id")?,
        created_at: row.time("created_at")?,
        version: row.int("version")?,
        file: row.opt_text("file")?.as_deref().and_then(File::from_name),
        cursor: row.id("cursor")?,
        entries: row.int("entries")?,
        total: row.int("total")?,
        done: row.int("done")?,
        left_out: row.int("left_out")?,
        text: row.int("text")?,
        volumes: volumes.into_iter().map(volume).collect(),
        ready_at: row.opt_time("ready_at")?,
        is_deleted: row.bool("is_deleted")?,
    })
}

fn volumes_json(volumes: &[Volume]) -> String {
    let rows: Vec<Value> =
        volumes.iter().map(|v| json!([v.after.0, v.until.0, v.posts, v.files, v.bytes])).collect();
    to_json(&rows)
}

pub fn by_id(id: Id) -> Query<Option<Takeout>> {
    Query::first(Statement::new("SELECT * FROM takeouts WHERE id = ?1").bind(id), read)
}

pub fn of(account: Id) -> Query<Option<Takeout>> {
    Query::first(Statement::new("SELECT * FROM takeouts WHERE account_id = ?1").bind(account), read)
}

/// The stored files of takeouts are deleted with the unused ones.
fn release(takeouts: &str) -> Statement {
    Statement::new(format!(
        "UPDATE media SET owner_id = NULL, unused_since = 0 WHERE owner_id IN (SELECT id FROM takeouts WHERE {takeouts})"
    ))
}

/// Begins a takeout in place of one that was begun a week ago. The last statement returns a row unless there is another one,
/// too many are under way, or too much is stored.
pub fn insert(takeout: &Takeout) -> Vec<Statement> {
    let before = takeout.created_at.plus(-EVERY);
    vec![
        release("account_id = ?1 AND created_at <= ?2").bind(takeout.account_id).bind(before),
        Statement::new("DELETE FROM takeouts WHERE account_id = ?1 AND created_at <= ?2")
            .bind(takeout.account_id)
            .bind(before),
        Statement::new(format!(
            "INSERT INTO takeouts (id, account_id, created_at, file, total) SELECT ?1, ?2, ?3, ?4, ?5 \
             WHERE (SELECT count(*) < ?6 FROM takeouts WHERE ready_at IS NULL AND is_deleted = 0) \
             AND (SELECT coalesce(sum(iif(ready_at IS NULL AND is_deleted = 0, max(text, total * {OF_A_POST}), text)), 0) < ?7 FROM takeouts) \
             ON CONFLICT (account_id) DO NOTHING RETURNING id",
        ))
        .bind(takeout.id)
        .bind(takeout.account_id)
        .bind(takeout.created_at)
        .bind(takeout.file.map(File::name))
        .bind(takeout.total)
        .bind(MAX_UNDER_WAY)
        .bind(MAX_STORED),
    ]
}

/// What a change of a takeout is conditional on: that nobody else has made one since it was read.
const UNCHANGED: &str = "version = ?2 AND is_deleted = 0 AND ready_at IS NULL";
/// And what comes with it, in the same batch: that this writer has made it.
const IS_OURS: &str = "EXISTS (SELECT 1 FROM takeouts t WHERE t.id = ?1 AND t.writer = ?2)";

/// Pieces that a step may write: their places are counted by version.
const MAX_PIECES: i64 = 1000;

/// Stores how far a takeout is, and what was written since its `version`; `writer` is a new id. The first statement returns
/// a row where nobody else has changed it; otherwise nothing is stored.
pub fn save(takeout: &Takeout, pieces: &[Piece], writer: Id) -> Vec<Statement> {
    let mut batch = vec![
        Statement::new(format!(
            "UPDATE takeouts SET version = version + 1, writer = ?10, file = ?3, cursor = ?4, entries = ?5, done = ?6, \
             left_out = ?7, text = ?8, volumes = ?9 WHERE id = ?1 AND {UNCHANGED} RETURNING id"
        ))
        .bind(takeout.id)
        .bind(takeout.version)
        .bind(takeout.file.map(File::name))
        .bind(takeout.cursor)
        .bind(takeout.entries)
        .bind(takeout.done)
        .bind(takeout.left_out)
        .bind(takeout.text)
        .bind(volumes_json(&takeout.volumes))
        .bind(writer),
    ];
    for (n, piece) in (0..MAX_PIECES).zip(pieces) {
        batch.push(
            Statement::new(format!(
                "INSERT INTO takeout_pieces (takeout_id, n, volume, name, size, crc, text) \
                 SELECT ?1, ?3, ?4, ?5, ?6, ?7, ?8 WHERE {IS_OURS}"
            ))
            .bind(takeout.id)
            .bind(writer)
            .bind(takeout.version * MAX_PIECES + n)
            .bind(piece.volume)
            .bind(&piece.name)
            .bind(piece.text.len())
            .bind(i64::from(zip::checksum(piece.text.as_bytes())))
            .bind(&piece.text),
        );
    }
    batch
}

fn read_piece(row: &Row) -> Result<Stored> {
    Ok(Stored {
        n: row.int("n")?,
        volume: row.int("volume")?,
        name: row.text("name")?,
        size: row.int("size")?,
        crc: u32::try_from(row.int("crc")?).unwrap_or_default(),
        key: row.opt_text("key")?,
    })
}

/// Pieces that are looked at for what is to be stored as a file.
const LOOKED_AT: usize = 300;

/// Pieces whose text is in the database, in order.
pub fn pieces(takeout: Id) -> Query<Vec<Stored>> {
    Query::all(
        Statement::new(
            "SELECT n, volume, name, size, crc, key FROM takeout_pieces WHERE takeout_id = ?1 AND key IS NULL ORDER BY n LIMIT ?2",
        )
        .bind(takeout)
        .bind(LOOKED_AT),
        read_piece,
    )
}

/// The texts of pieces between two places, both inclusive, in the column `text`.
pub fn texts(takeout: Id, first: i64, last: i64) -> Statement {
    Statement::new("SELECT text FROM takeout_pieces WHERE takeout_id = ?1 AND n BETWEEN ?2 AND ?3 ORDER BY n")
        .bind(takeout)
        .bind(first)
        .bind(last)
}

/// A file with the text of pieces is going to be stored: a row that is deleted, with the file, unless it is used within a day.
pub fn begin_file(id: Id, account: Id, key: &str, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO media (id, account_id, purpose, unused_since, keys) VALUES (?1, ?2, ?3, ?4, ?5)",
    )
    .bind(id)
    .bind(account)
    .bind(PURPOSE)
    .bind(now)
    .bind(to_json(&[key]))
}

/// The text of these pieces is in the file `key` now, whose row in `media` is `file`, an id that is new. The first statement
/// returns a row where nobody else has changed the takeout; otherwise nothing is stored.
pub fn poured(takeout: &Takeout, pieces: &[Stored], file: Id, key: &str) -> Vec<Statement> {
    let (size, crc) = joined(pieces);
    let n = |piece: Option<&Stored>| piece.map_or(-1, |piece| piece.n);
    let (first, last) = (n(pieces.first()), n(pieces.last()));
    vec![
        Statement::new(format!(
            "UPDATE takeouts SET version = version + 1, writer = ?3 WHERE id = ?1 AND {UNCHANGED} RETURNING id"
        ))
        .bind(takeout.id)
        .bind(takeout.version)
        .bind(file),
        Statement::new(format!(
            "UPDATE media SET owner_id = ?1, unused_since = NULL WHERE id = ?2 AND {IS_OURS}"
        ))
        .bind(takeout.id)
        .bind(file),
        Statement::new(format!(
            "UPDATE takeout_pieces SET text = '', key = ?4, size = ?5, crc = ?6 WHERE takeout_id = ?1 AND n = ?3 AND {IS_OURS}"
        ))
        .bind(takeout.id)
        .bind(file)
        .bind(first)
        .bind(key)
        .bind(size)
        .bind(i64::from(crc)),
        Statement::new(format!(
            "DELETE FROM takeout_pieces WHERE takeout_id = ?1 AND n > ?3 AND n <= ?4 AND {IS_OURS}"
        ))
        .bind(takeout.id)
        .bind(file)
        .bind(first)
        .bind(last),
    ]
}

/// All is written.
pub fn ready(takeout: &Takeout, now: Time) -> Statement {
    Statement::new(format!(
        "UPDATE takeouts SET version = version + 1, ready_at = ?3 WHERE id = ?1 AND {UNCHANGED} RETURNING id"
    ))
    .bind(takeout.id)
    .bind(takeout.version)
    .bind(now)
}

/// Deletes what a person's takeout has. The row stays, so that the next one has to wait for its week.
pub fn delete(account: Id) -> [Statement; 3] {
    [
        release("account_id = ?1").bind(account),
        Statement::new(
            "DELETE FROM takeout_pieces WHERE takeout_id = (SELECT id FROM takeouts WHERE account_id = ?1)",
        )
        .bind(account),
        // Whoever ends one that was under way may ask for another one a day after it, not only after a week.
        Statement::new(
            "UPDATE takeouts SET is_deleted = 1, text = 0, volumes = '[]', \
             created_at = created_at - iif(ready_at IS NULL AND is_deleted = 0, ?2, 0) WHERE account_id = ?1",
        )
        .bind(account)
        .bind(EVERY - DAY),
    ]
}

/// Deletes takeouts that were ready, or deleted, long ago, or that could not be finished within a week, and gives those a job
/// again that have lost theirs.
pub fn tidy(now: Time) -> [Statement; 3] {
    let is_old = "(ready_at <= ?1 OR ((is_deleted = 1 OR ready_at IS NULL) AND created_at <= ?2))";
    let (ready, begun) = (now.plus(-KEPT_FOR), now.plus(-EVERY));
    [
        release(is_old).bind(ready).bind(begun),
        Statement::new(format!("DELETE FROM takeouts WHERE {is_old}")).bind(ready).bind(begun),
        Statement::new(
            "INSERT INTO jobs (id, kind, subject, context, next_attempt_at) \
             SELECT id, 'takeout', CAST(id AS TEXT), CAST(account_id AS TEXT), ?1 FROM takeouts \
             WHERE ready_at IS NULL AND is_deleted = 0 ON CONFLICT DO NOTHING",
        )
        .bind(now),
    ]
}

/// An account's own statuses of an archive: `after` and `until` bound their ids.
#[derive(Debug, Clone, Copy)]
pub struct Window {
    pub account: Id,
    pub after: Id,
    pub until: Id,
    pub limit: usize,
}

impl Window {
    /// The ids, the oldest first, with the parameters from `?2` on.
    const IDS: &str = "SELECT id FROM statuses INDEXED BY statuses_by_account \
         WHERE account_id = ?2 AND id > ?3 AND id <= ?4 ORDER BY id LIMIT ?5";

    fn bound(self, statement: Statement) -> Statement {
        statement.bind(self.account).bind(self.after).bind(self.until).bind(self.limit)
    }

    /// The statuses themselves, whoever may see them. Those behind the budget of bytes are left out, and boosts of whom is
    /// suspended.
    pub fn statuses(self) -> Query<Listed<StatusView>> {
        page_of(self.bound(half_of_views(Self::IDS, None)), self.limit)
    }

    /// The greatest id; `None` where there are no more statuses.
    pub fn last(self) -> Query<Option<Id>> {
        let statement = Statement::new(format!("SELECT ?1 AS nobody, max(id) AS id FROM ({})", Self::IDS));
        Query::first(self.bound(statement.bind(None::<i64>)), |row| row.opt_id("id")).map(Option::flatten)
    }

    /// The uris of what they answer, by their ids.
    pub fn parents(self) -> Query<Vec<(Id, String)>> {
        let statement = Statement::new(format!(
            "SELECT s.id AS id, coalesce(p.uri, s.in_reply_to_uri) AS uri, ?1 AS nobody FROM ({}) w \
             CROSS JOIN statuses s ON s.id = w.id LEFT JOIN statuses p ON p.id = s.in_reply_to_id \
             WHERE p.id IS NOT NULL OR s.in_reply_to_uri IS NOT NULL",
            Self::IDS
        ));
        Query::all(self.bound(statement.bind(None::<i64>)), |row| Ok((row.id("id")?, row.text("uri")?)))
    }

    /// Their files: of which status, name and bytes.
    pub fn files(self) -> Query<Vec<(Id, String, i64)>> {
        let statement = Statement::new(format!(
            "SELECT w.id AS id, m.file ->> 'name' AS name, m.file ->> 'size' AS size, ?1 AS nobody FROM ({}) w \
             CROSS JOIN media m ON m.owner_id = w.id WHERE {HAS_FILE}",
            Self::IDS
        ));
        Query::all(self.bound(statement.bind(None::<i64>)), |row| {
            Ok((row.id("id")?, row.text("name")?, row.int("size")?))
        })
    }
}

/// The condition that the row `m` is of an attachment whose name, size and checksum are known.
const HAS_FILE: &str = "m.purpose IN ('attachment', 'archive') AND json_valid(m.file) AND m.file ->> 'name' <> '' \
     AND typeof(m.file ->> 'size') = 'integer' AND typeof(m.file ->> 'crc') = 'integer'";

/// Uris of what a person has favourited or bookmarked, the earliest first, after a cursor; and the last cursor.
pub type Uris = (Vec<String>, Option<Id>);

fn uris(table: &str, index: &str, account: Id, after: Id, limit: usize) -> Query<Uris> {
    let visible = &*VISIBLE;
    Query::new(
        Statement::new(format!(
            "SELECT max(f.id) AS cursor, json_group_array(s.uri) FILTER (WHERE {visible}) AS uris FROM (\
             SELECT id, status_id FROM {table} INDEXED BY {index} WHERE account_id = ?1 AND id > ?2 ORDER BY id LIMIT ?3) f \
             CROSS JOIN statuses s ON s.id = f.status_id"
        ))
        .bind(account)
        .bind(after)
        .bind(limit),
        |rows| {
            let Some(row) = rows.first() else { return Ok((Vec::new(), None)) };
            Ok((serde_json::from_str(&row.text("uris")?)?, row.opt_id("cursor")?))
        },
    )
}

pub fn favourited(account: Id, after: Id, limit: usize) -> Query<Uris> {
    uris("favourites", "favourites_by_account", account, after, limit)
}

pub fn bookmarked(account: Id, after: Id, limit: usize) -> Query<Uris> {
    uris("bookmarks", "bookmarks_by_account", account, after, limit)
}

/// The pieces of a volume in order, those of all volumes first, with the texts of those that are in the database.
pub fn contents(takeout: Id, volume: usize) -> Query<Vec<(Stored, String)>> {
    Query::all(
        Statement::new(
            "SELECT n, volume, name, size, crc, key, text FROM takeout_pieces WHERE takeout_id = ?1 AND volume IN (0, ?2) ORDER BY n",
        )
        .bind(takeout)
        .bind(volume),
        |row| Ok((read_piece(row)?, row.text("text")?)),
    )
}

/// A file of an archive as it is now: its name below `/media/`, bytes and CRC-32.
pub type Uploaded = (String, u64, u32);

/// The files of a volume that are still there, in the order of their posts. At most `limit`.
pub fn files(account: Id, volume: &Volume, limit: i64) -> Query<Vec<Uploaded>> {
    Query::new(
        Statement::new(format!(
            "SELECT json_group_array(json_array(name, size, crc)) AS files FROM (\
             SELECT m.file ->> 'name' AS name, m.file ->> 'size' AS size, m.file ->> 'crc' AS crc \
             FROM media m INDEXED BY media_account CROSS JOIN statuses s ON s.id = m.owner_id AND s.account_id = ?1 \
             WHERE m.account_id = ?1 AND m.owner_id > ?2 AND m.owner_id <= ?3 AND {HAS_FILE} ORDER BY m.owner_id, m.id LIMIT ?4)"
        ))
        .bind(account)
        .bind(volume.after)
        .bind(volume.until)
        .bind(limit),
        |rows| rows.first().map_or(Ok(Vec::new()), |row| Ok(serde_json::from_str(&row.text("files")?)?)),
    )
}

/// The pictures of a profile: `avatar` or `header`, name below `/media/`, bytes and CRC-32.
pub fn pictures(account: Id) -> Query<Vec<(String, Uploaded)>> {
    Query::all(
        Statement::new(
            "SELECT m.purpose AS purpose, m.file ->> 'name' AS name, m.file ->> 'size' AS size, m.file ->> 'crc' AS crc \
             FROM media m WHERE m.owner_id = ?1 AND m.purpose IN ('avatar', 'header') AND json_valid(m.file) \
             AND typeof(m.file ->> 'size') = 'integer' AND typeof(m.file ->> 'crc') = 'integer'",
        )
        .bind(account),
        |row| {
            let number = |column: &str| row.int(column).map(i64::cast_unsigned);
            let crc = u32::try_from(row.int("crc")?).unwrap_or_default();
            Ok((row.text("purpose")?, (row.text("name")?, number("size")?, crc)))
        },
    )
}
