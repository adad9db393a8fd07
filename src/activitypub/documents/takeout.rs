//! `takeout`: writes the texts of a person's archive (`services::takeout`): posts as they were sent, their profile, what
//! they have favourited and kept, and whom they follow and so on.
//!
//! A job writes some and stores how far it is, then it goes on in another invocation, as imports do. Files that were
//! uploaded are not read: their sizes and checksums are in their rows.

use serde_json::{Value, json};

use crate::activitypub::wire::render;
use crate::activitypub::wire::render::activity::{announce, create};
use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::jobs::outcome::Outcome;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::media;
use crate::model::status::StatusView;
use crate::model::takeout::{File, MAX_TEXT, PIECE, Piece, Takeout, Volume, to_pour};
use crate::model::time::MINUTE;
use crate::model::uri;
use crate::services;
use crate::store;
use crate::store::takeouts::Window;

/// What some of a file takes: four reads and its pieces.
const SOME: Need = Need { statements: 12, fetches: 0 };
/// Statuses that are written at a time.
const STATUSES: usize = 40;
/// Favourites and bookmarks that are.
const URIS: usize = 400;
/// Bytes after which a step ends.
const ENOUGH: usize = 60_000;
/// Where so many attempts have ended without a word, what they began with is written one by one …
const MAX_ENDED: i64 = 2;
/// … and after so many it is left out.
const MAX_TRIED: i64 = 6;

/// Goes on with the takeout `subject` of the account `context`; `attempts` is that of this attempt.
pub async fn go_on(app: &App, subject: &str, context: &str, attempts: i64) -> Outcome {
    match step(app, subject, context, attempts).await {
        Ok(outcome) => outcome,
        Err(Error::Spent(_) | Error::TooManyRequests) => Outcome::Later,
        // No fault of what it was about to write: that is not to be left out for it.
        Err(error) if error.is_temporary() => {
            crate::platform::log_failure(&format!("takeout {subject}"), &error);
            Outcome::Again(5 * MINUTE)
        }
        Err(error) => {
            crate::platform::log_failure(&format!("takeout {subject}"), &error);
            Outcome::Retry
        }
    }
}

async fn step(app: &App, subject: &str, context: &str, attempts: i64) -> Result<Outcome> {
    let (Some(id), Some(owner)) = (Id::parse(subject), Id::parse(context)) else {
        return Ok(Outcome::Drop("not a takeout"));
    };
    if !app.has_room(SOME) {
        return Ok(Outcome::Again(MINUTE));
    }
    let parts = (
        store::takeouts::by_id(id),
        store::accounts::present(owner),
        store::takeouts::pieces(id),
        services::job::steps(app),
        store::users::by_account(owner),
    );
    let (takeout, account, pieces, steps, user) = store::load(&app.db, parts).await?;
    let is_under_way =
        |takeout: &Takeout| takeout.account_id == owner && takeout.ready_at.is_none() && !takeout.is_deleted;
    let is_open = user.is_some_and(|user| user.disabled_at.is_none());
    let account = account.filter(|account| !account.is_suspended() && is_open);
    let (Some(mut takeout), Some(account)) = (takeout.filter(is_under_way), account) else {
        return Ok(Outcome::Done);
    };
    let (goes_on, mut count) = services::job::next_step(app, &steps);
    let goes_on = if goes_on == Outcome::Again(0) { Outcome::Elsewhere } else { goes_on };
    if let Some(ripe) = to_pour(&pieces, &takeout) {
        if !app.has_room(services::takeout::POUR) {
            return Ok(Outcome::Again(MINUTE));
        }
        let is_done = services::takeout::pour(app, &takeout, ripe).await?;
        if let Some(count) = count {
            store::write(&app.db, vec![count]).await?;
        }
        return Ok(if is_done { goes_on } else { Outcome::Retry });
    }
    if takeout.file.is_none() {
        store::write(&app.db, vec![store::takeouts::ready(&takeout, app.now())]).await?;
        return Ok(Outcome::Done);
    }
    let mut written = 0;
    while let Some(file) = takeout.file {
        let pieces = Writer { app, account: &account, takeout: &mut takeout, attempts }.some(file).await?;
        let bytes: usize = pieces.iter().map(|piece| piece.text.len()).sum();
        takeout.text += i64::try_from(bytes).unwrap_or(i64::MAX);
        let mut batch = store::takeouts::save(&takeout, &pieces, app.new_id());
        batch.extend(count.take());
        let saved = store::write(&app.db, batch).await?;
        // Another one was first, or its owner has ended it: that is told by the next attempt.
        if saved.first().is_none_or(Vec::is_empty) {
            return Ok(Outcome::Retry);
        }
        takeout.version += 1;
        written += bytes;
        if written >= ENOUGH || attempts > 1 || !app.has_room(SOME) {
            break;
        }
    }
    Ok(goes_on)
}

struct Writer<'a> {
    app: &'a App,
    account: &'a Account,
    takeout: &'a mut Takeout,
    attempts: i64,
}

impl Writer<'_> {
    /// Writes some of a file, and notes in the takeout how far it is.
    async fn some(&mut self, file: File) -> Result<Vec<Piece>> {
        if self.attempts > MAX_ENDED && file != File::Outbox {
            self.takeout.left_out += 1;
            let is_begun = self.takeout.cursor != Id::default();
            let end = is_begun.then(|| footer(self.takeout.entries));
            return Ok(self.finish(file, end));
        }
        Ok(match file {
            File::Actor => {
                let text = self.actor().await?;
                self.finish(file, Some(text))
            }
            File::Csv(kind) => {
                let text = services::export::file(self.app, self.account, kind).await?;
                self.finish(file, Some(text))
            }
            File::Opml => {
                let text = services::export::opml(self.app, self.account).await?;
                self.finish(file, Some(text))
            }
            File::Likes | File::Bookmarks => self.uris(file).await?,
            File::Outbox => self.statuses().await?,
        })
    }

    /// The end of a file, which is in all volumes.
    fn finish(&mut self, file: File, text: Option<String>) -> Vec<Piece> {
        self.takeout.file = file.next();
        self.takeout.cursor = Id::default();
        self.takeout.entries = 0;
        text.map(|text| cut(file, &text)).unwrap_or_default()
    }

    /// The profile, with pictures and collections as they are called in the archive.
    async fn actor(&self) -> Result<String> {
        let account = store::accounts::by_id_with_key(self.account.id);
        let account = store::load(&self.app.db, account).await?.ok_or(Error::NotFound)?;
        let shared_inbox = uri::shared_inbox(&self.app.origin_of(&account));
        let mut actor = render::document(render::actor::render(&account, &shared_inbox));
        if let Value::Object(map) = &mut actor {
            for (property, place) in [("icon", "avatar"), ("image", "header")] {
                let url = map.get_mut(property).and_then(|picture| picture.get_mut("url"));
                if let Some(url) = url
                    && let Some((_, extension)) = url.as_str().and_then(|url| url.rsplit_once('.'))
                {
                    *url = json!(format!("{place}.{extension}"));
                }
            }
            for file in [File::Outbox, File::Likes, File::Bookmarks] {
                let property = file.name().trim_end_matches(".json");
                map.insert(property.into(), json!(file.name()));
            }
        }
        Ok(actor.to_string())
    }

    /// Some of what the person has favourited or bookmarked.
    async fn uris(&mut self, file: File) -> Result<Vec<Piece>> {
        let (me, after) = (self.account.id, self.takeout.cursor);
        let query = match file {
            File::Likes => store::takeouts::favourited(me, after, URIS),
            _ => store::takeouts::bookmarked(me, after, URIS),
        };
        let (uris, last) = store::load(&self.app.db, query).await?;
        let mut text = String::new();
        if after == Id::default() {
            text.push_str(&header(file));
        }
        for uri in &uris {
            item(&mut text, self.takeout.entries, &json!(uri).to_string());
            self.takeout.entries += 1;
        }
        let Some(last) = last else {
            text.push_str(&footer(self.takeout.entries));
            return Ok(self.finish(file, Some(text)));
        };
        self.takeout.cursor = last;
        Ok(cut(file, &text))
    }

    /// Some of the person's posts, the oldest first, whoever may see them.
    async fn statuses(&mut self) -> Result<Vec<Piece>> {
        let window = Window {
            account: self.account.id,
            after: self.takeout.cursor,
            until: Id::at(self.takeout.created_at.0, u64::MAX),
            limit: if self.attempts > MAX_ENDED { 1 } else { STATUSES },
        };
        let mut pieces = Vec::new();
        let mut text = String::new();
        if self.takeout.volumes.is_empty() {
            self.takeout.volumes.push(Volume::default());
            text = header(File::Outbox);
        }
        if self.takeout.text > MAX_TEXT {
            self.takeout.left_out += (self.takeout.total - self.takeout.done).max(1);
            return Ok(self.close(pieces, text));
        }
        let parts = (window.last(), window.statuses(), window.parents(), window.files());
        let (last, views, parents, files) = store::load(&self.app.db, parts).await?;
        let Some(last) = last else { return Ok(self.close(pieces, text)) };
        if self.attempts > MAX_TRIED {
            self.takeout.left_out += 1;
            self.takeout.cursor = last;
            return Ok(with(pieces, self.takeout, text));
        }
        // What the budget of bytes has cut off comes next.
        let mut cursor = views.cursors.iter().max().copied().unwrap_or(last);
        let mut views = views.items;
        views.sort_by_cached_key(|view| view.status.id);
        for view in views {
            let id = view.status.id;
            if text.len() > PIECE {
                cursor = Id(id.0 - 1);
                break;
            }
            let own: Vec<_> = files.iter().filter(|(of, ..)| *of == id).collect();
            let (count, bytes) = (own.len() as i64, own.iter().map(|(.., size)| *size).sum::<i64>());
            let volume = self.takeout.volumes.last().copied().unwrap_or_default();
            if volume.is_full(count, bytes) {
                text.push_str(&footer(volume.posts));
                pieces = with(pieces, self.takeout, std::mem::take(&mut text));
                self.takeout.volumes.push(Volume { after: volume.until, ..Volume::default() });
                text = header(File::Outbox);
            }
            let parent = parents.iter().find(|(of, _)| *of == id).map(|(_, uri)| uri.as_str());
            let names: Vec<&str> = own.iter().map(|(_, name, _)| name.as_str()).collect();
            let activity = self.activity(&view, parent, &names).to_string();
            if let Some(volume) = self.takeout.volumes.last_mut() {
                item(&mut text, volume.posts, &activity);
                volume.posts += 1;
                volume.files += count;
                volume.bytes += bytes;
                volume.until = id;
            }
            self.takeout.done += 1;
            // Those of which no checksum is known keep their address.
            let attached = if view.reblog.is_none() { view.status.media.len() as i64 } else { 0 };
            self.takeout.left_out += (attached - count).max(0);
        }
        self.takeout.cursor = cursor;
        Ok(with(pieces, self.takeout, text))
    }

    /// All posts are written.
    fn close(&mut self, pieces: Vec<Piece>, mut text: String) -> Vec<Piece> {
        text.push_str(&footer(self.takeout.volumes.last().map_or(0, |volume| volume.posts)));
        let pieces = with(pieces, self.takeout, text);
        self.takeout.file = None;
        pieces
    }

    /// A post as it was sent, its files (of these names below `/media/`) as they are called in the archive.
    fn activity(&self, view: &StatusView, parent: Option<&str>, files: &[&str]) -> Value {
        if let Some(activity) = announce(view, self.account) {
            return activity;
        }
        let origin = self.app.origin_of(self.account);
        let note = render::note::render(&view.status, self.account, parent, &origin, self.app.now());
        let mut activity = create(view, self.account, note);
        let attached = activity.pointer_mut("/object/attachment").and_then(Value::as_array_mut);
        for url in attached.into_iter().flatten().filter_map(|file| file.get_mut("url")) {
            let key = url.as_str().and_then(media::key_of);
            let name = files.iter().find(|name| media::parse_name(name).map(|(of, _)| of) == key);
            if let Some(name) = name.filter(|_| key.is_some()) {
                *url = json!(services::takeout::path(name));
            }
        }
        activity
    }
}

/// The pieces with one more of the outbox, in the newest volume.
fn with(mut pieces: Vec<Piece>, takeout: &Takeout, text: String) -> Vec<Piece> {
    if !text.is_empty() {
        pieces.push(Piece { volume: takeout.volumes.len(), name: File::Outbox.name().into(), text });
    }
    pieces
}

/// The pieces of a text in all volumes.
fn cut(file: File, text: &str) -> Vec<Piece> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    loop {
        let (first, more) = rest.split_at(rest.floor_char_boundary(PIECE));
        pieces.push(Piece { volume: 0, name: file.name().into(), text: first.to_owned() });
        rest = more;
        // An empty file is one as well.
        if rest.is_empty() {
            return pieces;
        }
    }
}

/// The beginning of a collection, as Mastodon's archives have it.
fn header(file: File) -> String {
    let context = render::context();
    let id = file.name();
    format!("{{\"@context\":{context},\"id\":\"{id}\",\"type\":\"OrderedCollection\",\"orderedItems\":[")
}

/// Adds an item of a collection after so many.
fn item(text: &mut String, before: i64, json: &str) {
    text.push_str(if before > 0 { ",\n" } else { "\n" });
    text.push_str(json);
}

/// The end of a collection of so many items.
fn footer(items: i64) -> String {
    format!("\n],\"totalItems\":{items}}}")
}
