//! Profiles: changes of local ones, updates of remote ones.

use super::draft::{handles_of, is_handle};
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::{Account, Emoji, Field};
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::limits;
use crate::model::media::{self, Media, Stored};
use crate::model::time::Time;
use crate::model::user::User;
use crate::platform::sql::Statement;
use crate::store;
use crate::text;

/// A change of a profile; `None` leaves a value unchanged.
/// <https://docs.joinmastodon.org/methods/accounts/#update_credentials>
#[derive(Debug, Clone, Default)]
pub struct Changes {
    pub display_name: Option<String>,
    /// Plain text.
    pub note: Option<String>,
    /// Name and plain value; empty ones are dropped.
    pub fields: Option<Vec<(String, String)>>,
    pub is_locked: Option<bool>,
    pub is_bot: Option<bool>,
    pub is_discoverable: Option<bool>,
    pub is_indexable: Option<bool>,
    pub hides_collections: Option<bool>,
    pub shows_media: Option<bool>,
    pub shows_media_replies: Option<bool>,
    pub shows_featured: Option<bool>,
    pub attribution_domains: Option<Vec<String>>,
    pub avatar_description: Option<String>,
    pub header_description: Option<String>,
    /// New pictures, or none any more.
    pub avatar: Option<Option<Stored>>,
    pub header: Option<Option<Stored>>,
    /// The row of the upload that they come from, which ends.
    pub upload: Option<Id>,
}

pub const MAX_DISPLAY_NAME: usize = 40;
pub const MAX_NOTE: usize = 500;
pub const MAX_FIELDS: usize = 4;
pub const MAX_FIELD: usize = 255;
const MAX_ATTRIBUTION_DOMAINS: usize = 10;
pub const MAX_DESCRIPTION: usize = 150;

/// Changes a local profile and posting defaults (`user`, already changed by the caller) in one batch, and
/// sends an Update to the followers if the profile differs. Unlocking accepts all pending requests. Returns
/// the new account.
///
/// Errors: `Unprocessable` where a text is too long.
pub async fn update(app: &App, account: &Account, user: Option<&User>, changes: Changes) -> Result<Account> {
    let mentioned = mentioned(app, account, changes.note.as_deref().unwrap_or("")).await?;
    let pictures = pictures(app, account, &changes);
    let mut changed = apply(app, account, changes, &mentioned)?;
    if changed != *account {
        changed.emojis = emojis(app, &changed).await?;
    }
    let mut batch = pictures;
    if let Some(user) = user {
        batch.push(store::users::update_preferences(user));
    }
    if changed != *account {
        let id = app.new_id();
        batch.push(store::accounts::update_local(&changed));
        batch.push(store::outbox::insert(id, account.id, update_event(), app.now()));
        app.hint(Message::Distribute(id));
        if changed.fields != account.fields && changed.fields.iter().any(|f| f.text.starts_with("https://")) {
            batch.push(super::job::row(app, "verify", &account.uri, "{}"));
        }
    }
    store::write(&app.db, batch).await?;
    if account.is_locked && !changed.is_locked {
        super::follow::accept_all(app, account).await?;
    }
    Ok(changed)
}

/// The rows of new and removed pictures.
fn pictures(app: &App, account: &Account, changes: &Changes) -> Vec<Statement> {
    let mut batch = Vec::new();
    for (place, change) in [("avatar", &changes.avatar), ("header", &changes.header)] {
        match change {
            None => {}
            Some(None) => batch.push(store::media::release_picture(account.id, place, app.now())),
            Some(Some(file)) => {
                let media = Media { id: app.new_id(), file: file.clone(), ..Media::default() };
                let keys = super::media::keys(&[file]);
                batch.extend(store::media::insert_picture(&media, account.id, place, &keys, app.now()));
            }
        }
    }
    batch.extend(changes.upload.map(|row| store::media::end_upload(row, account.id)));
    batch
}

/// The Update of a profile, for the followers.
pub fn update_event() -> Outgoing {
    Outgoing::to(Event::UpdateActor, Vec::new()).followers(true)
}

/// The custom emojis in what a local profile shows.
async fn emojis(app: &App, account: &Account) -> Result<Vec<Emoji>> {
    let mut shown = format!("{} {}", account.display_name, account.note_text);
    for field in &account.fields {
        shown = format!("{shown} {} {}", field.name, field.text);
    }
    let names = text::emojis::shortcodes(&shown);
    if names.is_empty() {
        return Ok(Vec::new());
    }
    store::load(&app.db, store::emojis::by_shortcodes(&names)).await
}

/// The stored accounts that a local profile's text mentions.
async fn mentioned(app: &App, account: &Account, note: &str) -> Result<Vec<Account>> {
    let found = text::entities::mentions(note);
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let handles: Vec<_> = found.iter().flat_map(|m| handles_of(m, &account.domain, &app.site())).collect();
    store::load(&app.db, store::accounts::by_handles(&handles)).await
}

fn apply(app: &App, account: &Account, changes: Changes, mentioned: &[Account]) -> Result<Account> {
    let too_long = |what: &str, max: usize| {
        Error::validation(format!("{what} is too long (maximum is {max} characters)"))
    };
    let mut a = account.clone();
    if let Some(name) = changes.display_name {
        let name = text::sanitize::display_name(&name);
        if text::count::is_too_long(&name, MAX_DISPLAY_NAME) {
            return Err(too_long("Display name", MAX_DISPLAY_NAME));
        }
        a.display_name = name;
    }
    let origin = app.origin_of(account);
    if let Some(note) = changes.note {
        if note.len() > limits::DRAFT || text::count::length(&note, "") > MAX_NOTE {
            return Err(too_long("Note", MAX_NOTE));
        }
        a.note = text::compose::compose(&note, &origin, &|m| {
            let handles = handles_of(m, &account.domain, &app.site());
            let known =
                mentioned.iter().find(|k| handles.iter().any(|(name, domain)| is_handle(k, name, domain)))?;
            Some(text::compose::Target { url: known.url.clone(), username: known.username.clone() })
        })
        .html;
        if a.note.len() > limits::BIO {
            return Err(too_long("Note", MAX_NOTE));
        }
        a.note_text = note;
    }
    if let Some(fields) = changes.fields {
        a.fields = make_fields(account, fields, &origin, &too_long)?;
    }
    a.shows_media = changes.shows_media.unwrap_or(a.shows_media);
    a.shows_media_replies = changes.shows_media_replies.unwrap_or(a.shows_media_replies);
    a.shows_featured = changes.shows_featured.unwrap_or(a.shows_featured);
    if let Some(domains) = changes.attribution_domains {
        a.attribution_domains = domains
            .iter()
            .filter(|d| !d.trim().is_empty())
            .map(|d| {
                crate::platform::guard::normalise_domain(d)
                    .ok_or_else(|| Error::validation("Attribution domains contain an invalid domain name"))
            })
            .collect::<Result<_>>()?;
        if a.attribution_domains.len() > MAX_ATTRIBUTION_DOMAINS {
            return Err(Error::validation("Attribution domains are too many"));
        }
    }
    for (new, old) in [(changes.avatar, &mut a.avatar_url), (changes.header, &mut a.header_url)] {
        if let Some(picture) = new {
            *old = picture.map(|file| media::url(&origin, &file.name));
        }
    }
    for (new, old, what) in [
        (changes.avatar_description, &mut a.avatar_description, "Avatar description"),
        (changes.header_description, &mut a.header_description, "Header description"),
    ] {
        if let Some(text) = new {
            if text::count::is_too_long(&text, MAX_DESCRIPTION) {
                return Err(too_long(what, MAX_DESCRIPTION));
            }
            *old = text;
        }
    }
    a.is_locked = changes.is_locked.unwrap_or(a.is_locked);
    a.is_discoverable = changes.is_discoverable.unwrap_or(a.is_discoverable);
    a.is_indexable = changes.is_indexable.unwrap_or(a.is_indexable);
    a.hides_collections = changes.hides_collections.unwrap_or(a.hides_collections);
    if let Some(is_bot) = changes.is_bot {
        a.actor_type = if is_bot { "Service" } else { "Person" }.into();
    }
    Ok(a)
}

fn make_fields(
    account: &Account,
    fields: Vec<(String, String)>,
    origin: &str,
    too_long: &dyn Fn(&str, usize) -> Error,
) -> Result<Vec<Field>> {
    let mut all = Vec::new();
    for (name, value) in fields.into_iter().filter(|(n, v)| !(n.trim().is_empty() && v.trim().is_empty())) {
        if text::count::is_too_long(&name, MAX_FIELD) || text::count::is_too_long(&value, MAX_FIELD) {
            return Err(too_long("Profile field", MAX_FIELD));
        }
        if all.len() == MAX_FIELDS {
            return Err(Error::validation(format!("Only {MAX_FIELDS} profile fields are allowed")));
        }
        // Blanks around it are none of it, as on Mastodon.
        let value = value.trim().to_owned();
        // A verified link stays verified while its text is the same.
        let verified_at = account.fields.iter().find(|f| f.text == value).and_then(|f| f.verified_at);
        let html = text::compose::field(&value, origin);
        if html.len() > limits::FIELD_VALUE {
            return Err(too_long("Profile field", MAX_FIELD));
        }
        let name = text::sanitize::line(&name, limits::FIELD_NAME);
        all.push(Field { name, value: html, text: value, verified_at });
    }
    Ok(all)
}

/// Stores the content of an actor document, keyed by its uri; returns the stored row. Another account with
/// the same handle loses it. The caller checks the document's origin and handle. `updated_at` is when the actor signed
/// the Update that contains it: nothing changes where a later one was applied before.
///
/// Error: `Conflict` where the uri or handle is a local account's.
pub async fn store_remote(
    app: &App,
    account: &Account,
    inbox_domain: &str,
    updated_at: Option<Time>,
) -> Result<Account> {
    let mut batch = vec![store::accounts::release_handle(&account.username, &account.domain, &account.uri)];
    batch.extend(store::accounts::upsert_remote(account, inbox_domain, app.new_id(), updated_at));
    store::write(&app.db, batch).await?;
    store::load(&app.db, store::accounts::by_uri(&account.uri))
        .await?
        .filter(|stored| !stored.is_local())
        .ok_or_else(|| Error::Conflict("that actor is one of ours".into()))
}
