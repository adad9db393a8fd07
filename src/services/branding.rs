//! How the operator lets the server look: its icon and banner, its accent, a style sheet of its own.

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::colour::Colour;
use crate::model::id::Id;
use crate::model::media::{Media, Stored};
use crate::model::site::ACCENTS;
use crate::platform::sql::Statement;
use crate::store;
use crate::text::css;

/// Maximum bytes of the style sheet.
pub const MAX_CSS: usize = 16 * 1024;
/// What an accent is shown on, and what is written on it, in the light and in the dark theme: `--bg`, `--card` and `--leaf-ink` of
/// `style.css`.
const SHOWN_WITH: [[Colour; 3]; 2] = [
    [Colour([0xf6, 0xf5, 0xf1]), Colour([0xff, 0xfe, 0xfb]), Colour([0xff, 0xff, 0xff])],
    [Colour([0x15, 0x17, 0x1a]), Colour([0x1d, 0x20, 0x23]), Colour([0x10, 0x25, 0x1a])],
];

#[derive(Debug, Clone, Default)]
pub struct Change {
    /// In the light and in the dark theme, as `#2f6b46`.
    pub accents: [String; 2],
    pub css: String,
    /// A new icon and a new banner, or none any more; `None` leaves them.
    pub pictures: [Option<Option<Stored>>; 2],
    /// The row of the upload that they come from, and who has begun it.
    pub upload: Option<(Id, Id)>,
}

/// Stores it, as far as it is new.
///
/// Error: `Unprocessable` with `contrast` where an accent is no colour or does not reach AA, with `long` where the style sheet
/// is, and with `css` where it may load something from elsewhere.
pub async fn change(app: &App, change: Change) -> Result<()> {
    let refused = |what: &str| Error::Unprocessable(what.into());
    let mut accents = ACCENTS;
    for ((accent, typed), others) in accents.iter_mut().zip(&change.accents).zip(SHOWN_WITH) {
        let colour = Colour::parse(typed).filter(|colour| others.iter().all(|o| colour.is_readable_on(*o)));
        *accent = colour.ok_or_else(|| refused("contrast"))?;
    }
    let css = change.css.replace("\r\n", "\n");
    if css.len() > MAX_CSS {
        return Err(refused("long"));
    }
    if css::reaches_out(&css) {
        return Err(refused("css"));
    }
    let mut batch = Vec::new();
    let text = if accents == ACCENTS { String::new() } else { accents.map(Colour::to_text).join(" ") };
    let site = app.site();
    if site.accents.unwrap_or(ACCENTS) != accents {
        batch.push(store::site::set_or_unset("accent", &text));
    }
    if site.css != css.trim() {
        batch.push(store::site::set_or_unset("css", css.trim()));
    }
    for (place, picture) in ["icon", "banner"].into_iter().zip(&change.pictures) {
        batch.extend(picture.iter().flat_map(|file| pictured(app, place, file.as_ref())));
    }
    batch.extend(change.upload.map(|(row, account)| store::media::end_upload(row, account)));
    if batch.is_empty() {
        return Ok(());
    }
    store::write(&app.db, batch).await?;
    super::install::reload(app).await
}

/// The rows of a picture of the server: it belongs to the instance actor, since operators come and go.
fn pictured(app: &App, place: &str, file: Option<&Stored>) -> Vec<Statement> {
    let actor = app.site().actor_id.unwrap_or_default();
    let Some(file) = file else {
        return vec![store::media::release_picture(actor, place, app.now()), store::site::unset(place)];
    };
    let media = Media { id: app.new_id(), file: file.clone(), ..Media::default() };
    let mut batch =
        store::media::insert_picture(&media, actor, place, &super::media::keys(&[file]), app.now());
    batch.push(store::site::set(place, &store::media::to_json(file).to_string()));
    batch
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The value of a token of the style sheet, the `n`th time that it is given.
    fn token(name: &str, n: usize) -> Colour {
        let css = include_str!("../web/style.css");
        let value = css.split(&format!("{name}:")).nth(n + 1).unwrap();
        let value: String = value.chars().take_while(|c| *c == '#' || c.is_ascii_hexdigit()).collect();
        let whole = if value.len() == 4 {
            value.chars().flat_map(|c| if c == '#' { vec![c] } else { vec![c, c] }).collect()
        } else {
            value
        };
        Colour::parse(&whole).unwrap()
    }

    #[test]
    fn accents_are_held_against_the_colours_of_the_style_sheet() {
        for (n, others) in SHOWN_WITH.into_iter().enumerate() {
            for (name, other) in ["--bg", "--card", "--leaf-ink"].into_iter().zip(others) {
                assert_eq!(token(name, n), other, "{name} {n}");
            }
        }
        assert_eq!([token("--l", 0), token("--d", 0)], ACCENTS);
        // Those of the style sheet, and those that people may choose.
        for n in 0..6 {
            for (accent, others) in [token("--l", n), token("--d", n)].into_iter().zip(SHOWN_WITH) {
                for other in others {
                    assert!(accent.is_readable_on(other), "{n}: {accent:?} {other:?}");
                }
            }
        }
    }
}
