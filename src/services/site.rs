//! What the operator says of the instance, and who may sign up.

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::audit::Target;
use crate::model::budget::day;
use crate::model::id::Id;
use crate::model::sign_up::{SIGN_UPS_A_DAY, SignUp};
use crate::model::site::Front;
use crate::store;
use crate::text::count;

/// Settings that the operator changes, by their keys, each with the maximum of its characters. An empty one is removed.
pub const TEXTS: [(&str, usize); 4] =
    [("title", 100), ("description", 500), ("contact_email", 200), ("extended_description", 10_000)];

/// Stores what was written for [`TEXTS`], in their order, a switch, what the front page shows, the language (`None` leaves it),
/// and whom to write to about the server.
///
/// Error: `Unprocessable` with the key of a text that is too long, or of a title that is missing.
pub async fn change(
    app: &App,
    texts: &[String; 4],
    has_trends: bool,
    front: Front,
    language: Option<&str>,
    contact: Option<Id>,
) -> Result<()> {
    let mut batch = Vec::new();
    let now = app.now().0.to_string();
    let before = store::load(&app.db, store::site::settings()).await?;
    for ((key, most), text) in TEXTS.into_iter().zip(texts) {
        let text = text.trim().replace("\r\n", "\n");
        if is_long(&text, most) || (key == "title" && text.is_empty()) {
            return Err(Error::Unprocessable(key.into()));
        }
        let known = before.iter().find(|(known, _)| known == key).map_or("", |(_, value)| value);
        if text == known {
            continue;
        }
        let dated = format!("{key}_updated_at");
        if text.is_empty() {
            batch.extend([store::site::unset(key), store::site::unset(&dated)]);
        } else {
            batch.extend([store::site::set(key, &text), store::site::set(&dated, &now)]);
        }
    }
    let switches = [("trends", if has_trends { "on" } else { "off" }), ("front", front.as_str())];
    let language = language.map(|code| ("languages", code));
    let is_new = |(key, value): &(&str, &str)| !before.iter().any(|(k, v)| k == key && v == value);
    batch.extend(
        switches
            .iter()
            .chain(&language)
            .filter(|switch| is_new(switch))
            .map(|(key, value)| store::site::set(key, value)),
    );
    let key = "contact_account_id";
    let known = before.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str());
    let contact = contact.map(|account| account.to_string());
    if contact.as_deref() != known {
        batch.push(store::site::set_or_unset(key, contact.as_deref().unwrap_or("")));
    }
    if batch.is_empty() {
        return Ok(());
    }
    store::write(&app.db, batch).await?;
    super::install::reload(app).await
}

/// Characters of what is said where sign-up is closed.
pub const MAX_MESSAGE: usize = 1_000;
/// Years that may be asked for.
pub const MAX_AGE: i64 = 120;

/// Stores who may sign up, and what they are asked: all of `wanted` but what is counted. Whoever decides has seen whether sign-up had
/// gone back to approval.
///
/// Error: `Unprocessable` where the message is too long or a number is none that can be.
pub async fn change_sign_up(app: &App, by: &Account, wanted: &SignUp) -> Result<()> {
    let message = wanted.message.trim().replace("\r\n", "\n");
    if is_long(&message, MAX_MESSAGE) {
        return Err(Error::Unprocessable("message".into()));
    }
    if wanted.min_age.is_some_and(|years| !(0..=MAX_AGE).contains(&years))
        || !(0..=100_000).contains(&wanted.a_day)
    {
        return Err(Error::Unprocessable("number".into()));
    }
    let years = wanted.min_age.filter(|years| *years > 0).map(|years| years.to_string()).unwrap_or_default();
    let a_day = if wanted.a_day == SIGN_UPS_A_DAY { String::new() } else { wanted.a_day.to_string() };
    let switch = |is_on: bool, word: &'static str| if is_on { word } else { "" };
    let batch = vec![
        store::site::set("registrations", wanted.mode.as_str()),
        store::site::set_or_unset("sign_up_reason", switch(!wanted.needs_reason, "off")),
        store::site::set_or_unset("sign_up_min_age", &years),
        store::site::set_or_unset("sign_up_message", &message),
        store::site::set_or_unset("sign_ups_a_day", &a_day),
        store::site::set_or_unset("invites_skip_approval", switch(wanted.invites_skip_approval, "on")),
        store::site::unset("returned_to_approval_at"),
        store::site::note_staff(day(app.now())),
        store::audit::insert(
            app.new_id(),
            by.id,
            "update",
            &Target::new("settings", Id::default(), "registrations"),
            wanted.mode.as_str(),
        ),
    ];
    store::write(&app.db, batch).await?;
    super::install::reload(app).await
}

/// A character may be of many bytes.
fn is_long(text: &str, most: usize) -> bool {
    count::is_too_long(text, most) || text.len() > 8 * most
}
