//! Takeouts: archives of a person's own posts and files. They are written by a job (`activitypub::documents::takeout`);
//! this is their beginning and end, and what a download consists of.

use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::ledger::Measure;
use crate::model::parts::Part;
use crate::model::takeout::{File, State, Stored, Takeout, Volume, joined};
use crate::model::time::Time;
use crate::model::zip::{self, Entry};
use crate::store;
use crate::store::takeouts::Uploaded;

/// What [`tidy`] takes.
const TIDY: Need = Need { statements: 3, fetches: 0 };
/// What [`pour`] takes.
pub const POUR: Need = Need { statements: 6, fetches: 1 };

/// Percent of the day's writes of files from which on the rest is left to uploads.
const MOST_WRITES: i64 = 80;
/// The same of the day's reads of files, for pages and apps.
const MOST_READS: i64 = 80;

/// Why none is begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The last one was begun less than a week before this time.
    TooSoon(Time),
    /// Too many are under way, or kept.
    Busy,
}

/// Begins a takeout.
pub async fn start(app: &App, account: &Account) -> Result<std::result::Result<(), Refusal>> {
    let takeout = Takeout {
        id: app.new_id(),
        account_id: account.id,
        created_at: app.now(),
        version: 0,
        file: Some(File::Actor),
        cursor: Id::default(),
        entries: 0,
        total: account.statuses_count,
        done: 0,
        left_out: 0,
        text: 0,
        volumes: Vec::new(),
        ready_at: None,
        is_deleted: false,
    };
    let mut batch = store::takeouts::insert(&takeout);
    let inserted = batch.len() - 1;
    batch.push(super::job::row(app, "takeout", &takeout.id.to_string(), &account.id.to_string()));
    let written = store::write(&app.db, batch).await?;
    if written.get(inserted).is_some_and(|rows| !rows.is_empty()) {
        return Ok(Ok(()));
    }
    // The job finds none, and ends.
    let other = store::load(&app.db, store::takeouts::of(account.id)).await?;
    Ok(Err(other.map_or(Refusal::Busy, |other| Refusal::TooSoon(other.again_at()))))
}

/// Deletes a person's takeout, or ends it.
pub async fn delete(app: &App, account: &Account) -> Result<()> {
    store::write(&app.db, store::takeouts::delete(account.id).to_vec()).await?;
    Ok(())
}

/// Forgets old takeouts, and goes on with those whose job is gone.
pub async fn tidy(app: &App) -> Result<()> {
    if app.has_room(TIDY) {
        store::write(&app.db, store::takeouts::tidy(app.now()).to_vec()).await?;
    }
    Ok(())
}

/// The text of these pieces becomes a stored file. Answers whether nobody else has changed the takeout meanwhile.
///
/// Errors: `Spent`, `Unavailable` where the storage refuses; `Spent` as well where the rest of the day is for uploads.
pub async fn pour(app: &App, takeout: &Takeout, pieces: &[Stored]) -> Result<bool> {
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return Ok(true) };
    let writes = Measure::FileWrites;
    if app.used_today().share(writes, app.quota(writes)) >= MOST_WRITES {
        return Err(Error::Spent("the day's last writes of files are for uploads".into()));
    }
    let (file, key) = (app.new_id(), app.new_key());
    // A key of its own form, so that it is no path below /media/.
    let key = format!("{key}-takeout");
    store::write(&app.db, vec![store::takeouts::begin_file(file, takeout.account_id, &key, app.now())])
        .await?;
    let texts = store::takeouts::texts(takeout.id, first.n, last.n);
    let size = app.blobs.put_texts(&app.db, texts, &key, "application/octet-stream").await?;
    let (wanted, _) = joined(pieces);
    if i64::try_from(size) != Ok(wanted) {
        // They are gone meanwhile; what was stored is deleted with the unused files.
        return Ok(false);
    }
    let written = store::write(&app.db, store::takeouts::poured(takeout, pieces, file, &key)).await?;
    Ok(written.first().is_some_and(|rows| !rows.is_empty()))
}

/// What is sent of a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// For the person's disk.
    pub name: String,
    pub parts: Vec<Part>,
    /// Differs where its bytes do.
    pub tag: String,
}

/// The download of a volume by its number; `None` where there is none that is ready.
pub async fn download(app: &App, account: &Account, name: &str) -> Result<Option<Download>> {
    let takeout = store::load(&app.db, store::takeouts::of(account.id)).await?;
    let Some(takeout) = takeout.filter(|t| matches!(t.state(app.now()), State::Ready(_))) else {
        return Ok(None);
    };
    let Some(number) = crate::model::takeout::volume(name, takeout.volumes.len()) else { return Ok(None) };
    let Some(volume) = takeout.volumes.get(number - 1) else { return Ok(None) };
    let parts = (
        store::takeouts::contents(takeout.id, number),
        store::takeouts::pictures(account.id),
        store::takeouts::files(account.id, volume, Volume::MAX_FILES),
    );
    let (contents, pictures, files) = store::load(&app.db, parts).await?;
    let (parts, crc) = archive(contents, pictures, files, takeout.created_at);
    Ok(Some(Download {
        name: takeout.file_name(&account.username, number),
        parts,
        tag: format!("\"{}-{number}-{crc:08x}\"", takeout.id),
    }))
}

/// Error: `Spent` where the files that are read for these parts are needed for the rest of the day: a whole archive may have
/// nine hundred, of the hundred thousand that a day has for all.
pub fn may_read(app: &App, parts: &[Part]) -> Result<()> {
    let files = parts.iter().filter(|part| matches!(part, Part::File { .. })).count();
    let (reads, mut used) = (Measure::FileReads, app.used_today());
    used.add(reads, i64::try_from(files).unwrap_or(i64::MAX));
    if files > 0 && used.share(reads, app.quota(reads)) >= MOST_READS {
        return Err(Error::Spent("the day's last reads of files are for pages and apps".into()));
    }
    Ok(())
}

/// The parts of an archive, and the checksum of its directory.
fn archive(
    contents: Vec<(Stored, String)>,
    pictures: Vec<(String, Uploaded)>,
    files: Vec<Uploaded>,
    at: Time,
) -> (Vec<Part>, u32) {
    let (mut parts, mut entries, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
    // Bytes that stand next to each other are one part.
    let end = |bytes: &mut Vec<u8>, parts: &mut Vec<Part>| {
        if !bytes.is_empty() {
            parts.push(Part::Bytes(std::mem::take(bytes)));
        }
    };
    for pieces in contents.chunk_by(|a, b| a.0.name == b.0.name) {
        let stored: Vec<Stored> = pieces.iter().map(|(stored, _)| stored.clone()).collect();
        let (size, crc) = joined(&stored);
        let name = stored.first().map(|first| first.name.clone()).unwrap_or_default();
        let entry = Entry { name, size: size.cast_unsigned(), crc };
        bytes.extend(zip::header(&entry, at));
        entries.push(entry);
        for (piece, text) in pieces {
            match &piece.key {
                None => bytes.extend(text.as_bytes()),
                Some(key) => {
                    end(&mut bytes, &mut parts);
                    parts.push(Part::file(key.clone(), piece.size.cast_unsigned()));
                }
            }
        }
    }
    let pictures = pictures.into_iter().filter_map(|(place, file)| {
        let (_, extension) = file.0.rsplit_once('.')?;
        Some((format!("{place}.{extension}"), file))
    });
    let files = files.into_iter().map(|file| (path(&file.0), file));
    let mut sum: u64 = entries.iter().map(|entry: &Entry| entry.size).sum();
    for (name, (file, size, crc)) in pictures.chain(files) {
        let Some((key, _)) = file.rsplit_once('.') else { continue };
        // Files that a post was given since: there may be more of them than the format has room for.
        if sum + size > zip::MAX_BYTES {
            break;
        }
        sum += size;
        let entry = Entry { name, size, crc };
        bytes.extend(zip::header(&entry, at));
        entries.push(entry);
        end(&mut bytes, &mut parts);
        parts.push(Part::file(key.to_owned(), size));
    }
    let directory = zip::directory(&entries, at);
    let crc = zip::checksum(&directory);
    bytes.extend(directory);
    end(&mut bytes, &mut parts);
    (parts, crc)
}

/// The path in the archive of the file with this name below `/media/`.
pub fn path(name: &str) -> String {
    format!("media_attachments/files/{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_archive_is_headers_texts_and_files_in_order() {
        let piece = |n: i64, name: &str, text: &str, key: Option<&str>| {
            let crc = zip::checksum(text.as_bytes());
            let stored = Stored {
                n,
                volume: 1,
                name: name.into(),
                size: text.len() as i64,
                crc,
                key: key.map(str::to_owned),
            };
            (stored, if key.is_some() { String::new() } else { text.to_owned() })
        };
        let contents = vec![
            piece(1, "actor.json", "{}", None),
            piece(2, "outbox.json", "[1", Some("k-takeout")),
            piece(3, "outbox.json", ",2]", None),
        ];
        let file = |name: &str| (name.to_owned(), 9, 7);
        let pictures = vec![("avatar".to_owned(), file("a-0.png"))];
        let at = Time(1_790_000_000_000);
        let (parts, crc) = archive(contents, pictures, vec![file("b-0.mp4")], at);
        let entry = |name: &str, size: u64, crc: u32| Entry { name: name.into(), size, crc };
        let entries = [
            entry("actor.json", 2, zip::checksum(b"{}")),
            entry("outbox.json", 5, zip::checksum(b"[1,2]")),
            entry("avatar.png", 9, 7),
            entry("media_attachments/files/b-0.mp4", 9, 7),
        ];
        let head = |n: usize| zip::header(&entries[n], at);
        let end = zip::directory(&entries, at);
        assert_eq!(crc, zip::checksum(&end));
        let wanted = vec![
            Part::Bytes([head(0), b"{}".to_vec(), head(1)].concat()),
            Part::file("k-takeout".into(), 2),
            Part::Bytes([b",2]".to_vec(), head(2)].concat()),
            Part::file("a-0".into(), 9),
            Part::Bytes(head(3)),
            Part::file("b-0".into(), 9),
            Part::Bytes(end),
        ];
        assert_eq!(parts, wanted);
    }
}
