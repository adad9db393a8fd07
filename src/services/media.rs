//! Uploaded files: their rows, what uses them, and their deletion. Receiving them is `media::receive`.

use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::ledger::{Measure, Work};
use crate::model::limits;
use crate::model::media::{Kind, Media, Purpose, Stored, keys_of};
use crate::model::time::DAY;
use crate::store;
use crate::text;

/// Maximum attachments of a status.
pub const MAX_ATTACHMENTS: usize = 4;
/// Maximum characters of a description.
pub const MAX_DESCRIPTION: usize = 10_000;
/// How long an unused file stays.
const LIFETIME: i64 = DAY;
/// How many unused files a sweep deletes.
const SWEEP: usize = 8;

/// A change of an attachment's description or focal point; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    pub id: Id,
    pub description: Option<String>,
    pub focus: Option<(f64, f64)>,
}

/// Begins an upload before anything of it is stored. Returns the row's id, and the key under which its files are stored.
///
/// Errors: `TooManyRequests` where the account has begun too many, `Spent` where files of archives wait for the next day.
pub async fn begin(app: &App, account: &Account, purpose: Purpose) -> Result<(Id, String)> {
    if purpose == Purpose::Archive && !(app.allows(Work::Imports) && app.allows(Work::ImportedFiles)) {
        return Err(Error::Spent("files of archives wait for the next day".into()));
    }
    super::personal::check(app, Measure::FileWrites)?;
    let (id, key) = (app.new_id(), app.new_key());
    let keys = keys_of(&key, purpose);
    let row = store::media::begin(id, account.id, purpose.name(), &keys, app.now());
    let made = store::write(&app.db, vec![row]).await?;
    if made.first().is_none_or(Vec::is_empty) {
        return Err(Error::TooManyRequests);
    }
    Ok((id, key))
}

/// The keys of a stored file and its preview.
pub fn keys(files: &[&Stored]) -> Vec<String> {
    let names = files.iter().flat_map(|f| [Some(&f.name), f.preview.as_ref().map(|p| &p.name)]);
    names.flatten().filter_map(|name| name.rsplit_once('.').map(|(key, _)| key.to_owned())).collect()
}

/// The file of an upload is stored: it can be attached.
///
/// Errors: `Unprocessable` where the description is too long, `Unavailable` where the row is gone, as that of an account that
/// was deleted meanwhile.
pub async fn finish(
    app: &App,
    account: &Account,
    id: Id,
    mut file: Stored,
    thumbnail: Option<Stored>,
    change: Change,
) -> Result<Media> {
    let all: Vec<&Stored> = [Some(&file), thumbnail.as_ref()].into_iter().flatten().collect();
    let keys = keys(&all);
    set_thumbnail(&mut file, thumbnail);
    let mut media = Media { id, file, ..Media::default() };
    apply(&mut media, change)?;
    let rows = store::write(&app.db, vec![store::media::fill(&media, account.id, &keys)]).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(Error::Unavailable("an upload was deleted before it ended".into()));
    }
    Ok(media)
}

/// A thumbnail is the preview of a video or sound; a picture keeps its own.
fn set_thumbnail(file: &mut Stored, thumbnail: Option<Stored>) {
    if let Some(thumbnail) = thumbnail.filter(|_| file.kind != Kind::Image) {
        file.blurhash = thumbnail.blurhash;
        let small = thumbnail.preview;
        file.preview = small.or(Some(crate::model::media::Preview {
            name: thumbnail.name,
            width: thumbnail.width,
            height: thumbnail.height,
        }));
    }
}

/// Changes description, focal point and thumbnail of an attachment. `thumbnail` comes with the row of its upload.
///
/// Error: `Unprocessable` where the description is too long.
pub async fn update(
    app: &App,
    account: &Account,
    mut media: Media,
    thumbnail: Option<(Id, Stored)>,
    change: Change,
) -> Result<Media> {
    apply(&mut media, change)?;
    let mut batch = vec![store::media::describe(&media, account.id)];
    if let Some((from, thumbnail)) = thumbnail {
        set_thumbnail(&mut media.file, Some(thumbnail));
        let keys = keys(&[&media.file]);
        batch.extend(store::media::replace(&media, account.id, from, &keys));
    }
    store::write(&app.db, batch).await?;
    Ok(media)
}

/// Error: `Unprocessable` where the description is too long.
pub(super) fn apply(media: &mut Media, change: Change) -> Result<()> {
    if let Some(text) = change.description {
        if text.len() > limits::ALT_TEXT_LOCAL || text::count::is_too_long(&text, MAX_DESCRIPTION) {
            return Err(Error::validation(format!(
                "Description is too long (maximum is {MAX_DESCRIPTION} characters)"
            )));
        }
        media.description = Some(text.trim().to_owned()).filter(|t| !t.is_empty());
    }
    media.focus = change.focus.or(media.focus);
    Ok(())
}

/// Deletes files that nothing uses, as far as the invocation has room. A row stays until its files are deleted.
pub async fn sweep(app: &App) -> Result<()> {
    if !app.has_room(Need { statements: 2, fetches: SWEEP as u32 }) {
        return Ok(());
    }
    let rows =
        store::write(&app.db, vec![store::media::claim_unused(app.now().plus(-LIFETIME), SWEEP)]).await?;
    let found = store::media::claimed(&rows.into_iter().next().unwrap_or_default());
    let mut done = Vec::new();
    for (id, keys) in found {
        match app.blobs.delete(&keys).await {
            Ok(()) => done.push(id),
            // Tried again at the next sweep.
            Err(error) => crate::platform::log_failure("unused files", &error),
        }
    }
    if !done.is_empty() {
        store::write(&app.db, vec![store::media::delete(&done)]).await?;
    }
    Ok(())
}
