//! Custom emojis of the instance: adding, changing and deleting them, and finding those of other servers to copy.

use super::media::keys;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::{Account, Emoji};
use crate::model::id::Id;
use crate::model::limits;
use crate::model::media::{Stored, url};
use crate::platform::guard::{normalise_domain, parse};
use crate::store;
use crate::store::emojis::Custom;
use crate::text::sanitize::cut;

/// Maximum number of custom emojis: every app loads all of them.
pub const MAX: usize = 1_000;
/// Maximum bytes of a category's name.
const MAX_CATEGORY: usize = 200;

/// What is said about a new emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    pub shortcode: String,
    pub category: Option<String>,
    pub is_visible: bool,
}

/// What became of a new emoji.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    Done,
    /// There is one of this name. Names in different case are different names, as on Mastodon.
    Taken,
    /// There are [`MAX`] already.
    TooMany,
}

/// The shortcode in what was typed, with or without colons: at least two Latin letters, digits and underscores, as on
/// Mastodon. `None` for other text, or a longer one than [`limits::SHORTCODE`] bytes.
pub fn shortcode(typed: &str) -> Option<String> {
    let typed = typed.trim();
    let bare = typed.strip_prefix(':').and_then(|t| t.strip_suffix(':')).unwrap_or(typed);
    let is_name = (2..=limits::SHORTCODE).contains(&bare.len())
        && bare.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    is_name.then(|| bare.to_owned())
}

/// The category in what was typed, on one line and cut to [`MAX_CATEGORY`] bytes. `None` for no text.
pub fn category(typed: &str) -> Option<String> {
    let words: Vec<&str> =
        typed.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let line = words.join(" ");
    Some(cut(&line, MAX_CATEGORY).trim_end().to_owned()).filter(|line| !line.is_empty())
}

/// The shortcode and the server of an emoji of another server in what was typed: `:blobcat:@server.example`, with or
/// without colons, or with a space for the `@`.
pub fn remote_name(typed: &str) -> Option<(String, String)> {
    let (name, domain) = typed.trim().split_once(|c: char| c == '@' || c.is_whitespace())?;
    Some((shortcode(name)?, normalise_domain(domain.trim().trim_start_matches('@'))?))
}

/// Adds an emoji whose file is stored: `media` is the row of its upload by `account`. Where it is not added, the file
/// goes with the unused uploads.
pub async fn add(app: &App, account: &Account, media: Id, file: &Stored, new: New) -> Result<Added> {
    let origin = &app.home().web_origin;
    let picture = url(origin, &file.name);
    let custom = Custom {
        static_url: file.preview.as_ref().map_or_else(|| picture.clone(), |p| url(origin, &p.name)),
        url: picture,
        shortcode: new.shortcode,
        category: new.category,
        is_visible: new.is_visible,
        updated_at: app.now(),
    };
    let batch = store::emojis::insert(&custom, media, account.id, file, &keys(&[file]), MAX);
    let rows = store::write(&app.db, batch).await?;
    if rows.get(1).is_some_and(|added| !added.is_empty()) {
        return Ok(Added::Done);
    }
    let is =
        |name: &str| rows.first().and_then(|r| r.first()).is_some_and(|row| row.bool(name).unwrap_or(false));
    if !is("is_begun") {
        return Err(Error::Unavailable("an emoji's upload was deleted before it ended".into()));
    }
    Ok(if is("is_taken") { Added::Taken } else { Added::TooMany })
}

/// Changes category and visibility of an emoji. Error: `NotFound` where there is none.
pub async fn change(app: &App, shortcode: &str, category: Option<&str>, is_visible: bool) -> Result<()> {
    let rows = store::write(&app.db, vec![store::emojis::update(shortcode, category, is_visible)]).await?;
    if rows.first().is_none_or(Vec::is_empty) { Err(Error::NotFound) } else { Ok(()) }
}

/// Deletes an emoji; without one nothing happens. Its file is deleted by the sweep of unused files.
pub async fn delete(app: &App, shortcode: &str) -> Result<()> {
    store::write(&app.db, store::emojis::delete(shortcode)).await?;
    Ok(())
}

/// An emoji of another server, as something from there has it that is known here: one of the newest statuses, their
/// authors, or the newest accounts. `None` where none of them has it, and where media of that server or of the picture's host are
/// rejected.
pub async fn find(app: &App, shortcode: &str, domain: &str) -> Result<Option<Emoji>> {
    let parts = (store::emojis::remote(shortcode, domain), store::domain_blocks::effects(&[domain]));
    let ((of_status, of_account), effects) = store::load(&app.db, parts).await?;
    let found = of_status.or(of_account).filter(|_| !effects.rejects_media);
    let host = |url: &str| parse(url).and_then(|url| url.host_str().map(str::to_owned));
    let Some((found, host)) = found.and_then(|found| host(&found.url).map(|host| (found, host))) else {
        return Ok(None);
    };
    if host == domain {
        return Ok(Some(found));
    }
    let effects = store::load(&app.db, store::domain_blocks::effects(&[&host])).await?;
    Ok(Some(found).filter(|_| !effects.rejects_media))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortcodes_as_mastodon_has_them() {
        for (typed, wanted) in [
            ("blobcat", "blobcat"),
            (" :Blob_Cat2: ", "Blob_Cat2"),
            ("__", "__"),
            ("12", "12"),
            (&"x".repeat(128), &*"x".repeat(128)),
        ] {
            assert_eq!(shortcode(typed).as_deref(), Some(wanted));
        }
        for wrong in
            ["", "a", ":a:", ":ab", "ab:", "a b", "a-b", "고양이", "a.b", "::", ":::", &"x".repeat(129)]
        {
            assert_eq!(shortcode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_of_other_servers_emojis() {
        let wanted = Some(("blobcat".to_owned(), "b.example".to_owned()));
        for typed in
            ["blobcat@b.example", ":blobcat:@B.example", " :blobcat: b.example ", "blobcat  @b.example"]
        {
            assert_eq!(remote_name(typed), wanted, "{typed}");
        }
        for wrong in
            ["blobcat", "@b.example", "x@b.example", "blobcat@", "blobcat@b c", "blobcat@b.example/x"]
        {
            assert_eq!(remote_name(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn categories_are_short_and_on_one_line() {
        assert_eq!(category(" blobs \n\0 and\tcats "), Some("blobs and cats".into()));
        assert_eq!(category(" \n "), None);
        assert_eq!(category(&"고".repeat(100)).map(|c| c.len()), Some(198));
    }
}
