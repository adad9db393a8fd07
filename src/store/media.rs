//! media: uploaded files.

use serde_json::{Value, json};

use super::pages::readable;
use super::{Query, to_json as json_text};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::media::{Kind, Media, Preview, Purpose, Stored};
use crate::model::time::{MINUTE, Time};
use crate::platform::sql::{Row, Rows, Statement};

/// A stored file as JSON.
pub fn to_json(file: &Stored) -> Value {
    json!({
        "kind": file.kind.name(),
        "media_type": file.media_type,
        "name": file.name,
        "size": file.size,
        "crc": file.crc,
        "width": file.width,
        "height": file.height,
        "duration": file.duration,
        "frame_rate": file.frame_rate,
        "bit_rate": file.bit_rate,
        "blurhash": file.blurhash,
        "preview": file.preview.as_ref().map(|p| json!({"name": p.name, "width": p.width, "height": p.height})),
    })
}

/// Reads [`to_json`]; what is absent is empty.
pub fn from_json(value: &Value) -> Stored {
    let text = |v: &Value, name: &str| v.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    let number = |v: &Value, name: &str| v.get(name).and_then(Value::as_u64).unwrap_or(0);
    let pixels = |v: &Value, name: &str| u32::try_from(number(v, name)).unwrap_or(0);
    let real = |name: &str| value.get(name).and_then(Value::as_f64).unwrap_or(0.0);
    Stored {
        kind: Kind::from_name(&text(value, "kind")),
        media_type: text(value, "media_type"),
        name: text(value, "name"),
        size: number(value, "size"),
        crc: value.get("crc").and_then(Value::as_u64).and_then(|crc| u32::try_from(crc).ok()),
        width: pixels(value, "width"),
        height: pixels(value, "height"),
        duration: real("duration"),
        frame_rate: real("frame_rate"),
        bit_rate: number(value, "bit_rate"),
        blurhash: value.get("blurhash").and_then(Value::as_str).map(str::to_owned),
        preview: value.get("preview").filter(|p| !p.is_null()).map(|p| Preview {
            name: text(p, "name"),
            width: pixels(p, "width"),
            height: pixels(p, "height"),
        }),
    }
}

/// How many uploads an account may begin in [`PERIOD`], as on Mastodon …
const MOST: i64 = 30;
/// … and files of an archive, which are counted apart: what a day has room for is the ledger's to say.
const MOST_OF_ARCHIVES: i64 = 400;
const PERIOD: i64 = 30 * MINUTE;

const SELECT: &str = "SELECT id, owner_id, file, description, focus FROM media";

fn read(row: &Row) -> Result<Media> {
    let focus: Option<(f64, f64)> = row.opt_str("focus")?.and_then(|text| serde_json::from_str(text).ok());
    Ok(Media {
        id: row.id("id")?,
        owner_id: row.opt_id("owner_id")?,
        file: from_json(&serde_json::from_str(&row.text("file")?)?),
        description: row.opt_text("description")?,
        focus,
    })
}

/// An upload begins: a row with the keys that it may store. Returns its id, nothing where the account has begun too many.
pub fn begin(id: Id, account: Id, purpose: &str, keys: &[String], now: Time) -> Statement {
    let is_of_archive = purpose == Purpose::Archive.name();
    Statement::new(
        "INSERT INTO media (id, account_id, purpose, unused_since, keys) SELECT ?1, ?2, ?3, ?4, ?5 \
         WHERE (SELECT count(*) FROM media WHERE account_id = ?2 AND id > ?6 AND purpose <> 'takeout' AND (purpose = 'archive') = ?8) < ?7 RETURNING id",
    )
    .bind(id)
    .bind(account)
    .bind(purpose)
    .bind(now)
    .bind(json_text(&keys))
    .bind(Id::at(now.plus(-PERIOD).0, 0))
    .bind(if is_of_archive { MOST_OF_ARCHIVES } else { MOST })
    .bind(is_of_archive)
}

/// The upload's file has been stored. Answers `id`, and nothing where the row is gone.
pub fn fill(media: &Media, account: Id, keys: &[String]) -> Statement {
    Statement::new(
        "UPDATE media SET file = ?3, keys = ?4, description = ?5, focus = ?6 WHERE id = ?1 AND account_id = ?2 AND file = '' RETURNING id",
    )
    .bind(media.id)
    .bind(account)
    .bind(to_json(&media.file).to_string())
    .bind(json_text(&keys))
    .bind(media.description.clone())
    .bind(media.focus.map(|focus| json!(focus).to_string()))
}

/// Another file for the same attachment (a thumbnail), which has `keys` now. The row `from` of its upload stays, since it
/// counts, and takes over what the attachment does not have any more, until it is deleted with that.
pub fn replace(media: &Media, account: Id, from: Id, keys: &[String]) -> Vec<Statement> {
    vec![
        Statement::new(
            "UPDATE media SET keys = (SELECT json_group_array(value) FROM (SELECT value FROM json_each(media.keys) \
             UNION SELECT j.value FROM media m, json_each(m.keys) j WHERE m.id = ?1 AND m.account_id = ?2) \
             WHERE value NOT IN (SELECT value FROM json_each(?4))) WHERE id = ?3 AND account_id = ?2 AND file = ''",
        )
        .bind(media.id)
        .bind(account)
        .bind(from)
        .bind(json_text(&keys)),
        Statement::new("UPDATE media SET file = ?3, keys = ?4 WHERE id = ?1 AND account_id = ?2")
            .bind(media.id)
            .bind(account)
            .bind(to_json(&media.file).to_string())
            .bind(json_text(&keys)),
    ]
}

/// A profile picture: a row of its own, used at once; the earlier one of the same place is released.
pub fn insert_picture(media: &Media, account: Id, place: &str, keys: &[String], now: Time) -> Vec<Statement> {
    vec![
        release_picture(account, place, now),
        Statement::new(
            "INSERT INTO media (id, account_id, purpose, owner_id, keys, file) VALUES (?1, ?2, ?3, ?2, ?4, ?5)",
        )
        .bind(media.id)
        .bind(account)
        .bind(place)
        .bind(json_text(&keys))
        .bind(to_json(&media.file).to_string()),
    ]
}

/// The row of an upload whose files have rows of their own now.
pub fn end_upload(id: Id, account: Id) -> Statement {
    Statement::new("DELETE FROM media WHERE id = ?1 AND account_id = ?2 AND file = ''").bind(id).bind(account)
}

/// A profile picture is not used any more.
pub fn release_picture(account: Id, place: &str, now: Time) -> Statement {
    Statement::new("UPDATE media SET owner_id = NULL, unused_since = ?3 WHERE owner_id = ?1 AND purpose = ?2")
        .bind(account)
        .bind(place)
        .bind(now)
}

/// Changes the description and the focal point.
pub fn describe(media: &Media, account: Id) -> Statement {
    Statement::new("UPDATE media SET description = ?3, focus = ?4 WHERE id = ?1 AND account_id = ?2")
        .bind(media.id)
        .bind(account)
        .bind(media.description.clone())
        .bind(media.focus.map(|focus| json!(focus).to_string()))
}

/// An account's attachment that is stored, whatever uses it.
pub fn by_id(id: Id, account: Id) -> Query<Option<Media>> {
    Query::first(
        Statement::new(format!(
            "{SELECT} WHERE id = ?1 AND account_id = ?2 AND purpose IN ('attachment', 'archive') AND file <> ''"
        ))
        .bind(id)
        .bind(account),
        read,
    )
}

/// An account's attachments that are stored, in any order.
pub fn by_ids(ids: &[Id], account: Id) -> Query<Vec<Media>> {
    Query::all(
        Statement::new(format!(
            "{SELECT} WHERE id IN (SELECT value FROM json_each(?1)) AND account_id = ?2 AND purpose IN ('attachment', 'archive') AND file <> ''"
        ))
        .bind_ids(ids)
        .bind(account),
        read,
    )
}

/// The attachments of scheduled statuses, with whose they are.
pub fn by_owners(owners: &[Id], account: Id) -> Query<Vec<Media>> {
    Query::all(
        Statement::new(format!(
            "{SELECT} WHERE owner_id IN (SELECT value FROM json_each(?1)) AND account_id = ?2 AND file <> ''"
        ))
        .bind_ids(owners)
        .bind(account),
        read,
    )
}

/// A status or a scheduled status uses attachments. Fails with a conflict where another uses one of them.
pub fn take(ids: &[Id], account: Id, owner: Id) -> Statement {
    Statement::new(
        "UPDATE media SET owner_id = ?3, unused_since = NULL WHERE id IN (SELECT value FROM json_each(?1)) AND account_id = ?2 AND file <> ''",
    )
    .bind_ids(ids)
    .bind(account)
    .bind(owner)
}

/// What used attachments is gone. They stay for a day, for a new version of it; with `at_once` until the next sweep.
pub fn release(owner: Id, account: Id, now: Time, at_once: bool) -> Statement {
    Statement::new(
        "UPDATE media SET owner_id = NULL, unused_since = ?3 WHERE owner_id = ?1 AND account_id = ?2",
    )
    .bind(owner)
    .bind(account)
    .bind(if at_once { Time(0) } else { now })
}

/// All files of an account go with it.
pub fn release_all(account: Id) -> Statement {
    Statement::new("UPDATE media SET owner_id = NULL, unused_since = 0 WHERE account_id = ?1").bind(account)
}

/// Deletes an unused attachment: it goes at the next sweep. Returns its id.
pub fn discard(id: Id, account: Id) -> Statement {
    Statement::new(
        "UPDATE media SET unused_since = 0 WHERE id = ?1 AND account_id = ?2 AND purpose IN ('attachment', 'archive') AND owner_id IS NULL RETURNING id",
    )
    .bind(id)
    .bind(account)
}

/// Takes unused files since before a time, the oldest first: they cannot be used any more.
pub fn claim_unused(before: Time, limit: usize) -> Statement {
    Statement::new(
        "UPDATE media SET file = '' WHERE id IN (SELECT id FROM media \
         WHERE unused_since IS NOT NULL AND unused_since < ?1 ORDER BY unused_since LIMIT ?2) RETURNING id, keys",
    )
    .bind(before)
    .bind(limit)
}

/// The rows of [`claim_unused`]: ids with the keys of what is stored. One whose keys cannot be read has none: it would come
/// first at each sweep.
pub fn claimed(rows: &Rows) -> Vec<(Id, Vec<String>)> {
    let keys = |row: &Row| Ok(serde_json::from_str(&row.text("keys")?)?);
    let read = |row: &Row| Some((row.id("id").ok()?, readable(row, keys).unwrap_or_default()));
    rows.iter().filter_map(read).collect()
}

/// Deletes the rows of files that are deleted.
pub fn delete(ids: &[Id]) -> Statement {
    Statement::new(
        "DELETE FROM media WHERE id IN (SELECT value FROM json_each(?1)) AND unused_since IS NOT NULL AND file = ''",
    )
    .bind_ids(ids)
}
