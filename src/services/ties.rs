//! What an account sets for another one beside follows and blocks: mutes, private notes, endorsements.

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::time::{DAY, SECOND};
use crate::store;
use crate::text::count;

/// Characters of a private note.
pub const MAX_NOTE: usize = 2000;
/// Seconds of a mute.
const MAX_MUTE: i64 = 10 * 365 * DAY / SECOND;

/// `seconds` 0 means no end. Errors: `Forbidden` for oneself, `Unprocessable` where it is too long.
pub async fn mute(
    app: &App,
    actor: &Account,
    target: &Account,
    hides_notifications: bool,
    seconds: i64,
) -> Result<()> {
    if target.id == actor.id {
        return Err(Error::Forbidden("You cannot mute yourself".into()));
    }
    if !(0..=MAX_MUTE).contains(&seconds) {
        return Err(Error::validation("Duration is out of range"));
    }
    let until = (seconds > 0).then(|| app.now().plus(seconds * SECOND));
    let mute = store::mutes::set(app.new_id(), actor.id, target.id, hides_notifications, until);
    store::write(&app.db, vec![mute]).await?;
    Ok(())
}

/// An empty note deletes it. Error: `Unprocessable` where it is too long.
pub async fn set_note(app: &App, actor: &Account, target: &Account, comment: &str) -> Result<()> {
    let comment = comment.trim();
    if count::is_too_long(comment, MAX_NOTE) {
        return Err(Error::validation(format!("Comment is too long (maximum is {MAX_NOTE} characters)")));
    }
    store::write(&app.db, vec![store::profiles::set_note(actor.id, target.id, comment)]).await?;
    Ok(())
}

/// Error: `Unprocessable` where the target is not followed.
pub async fn endorse(app: &App, actor: &Account, target: &Account) -> Result<()> {
    let statement = store::profiles::endorse(app.new_id(), actor.id, target.id);
    let rows = store::write(&app.db, vec![statement]).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(Error::validation("You must be already following the person you want to endorse"));
    }
    Ok(())
}

/// Ends the follow or the request of `follower`, if there is one.
pub async fn remove_follower(app: &App, actor: &Account, follower: &Account) -> Result<()> {
    match super::follow::reject(app, follower, actor).await {
        Ok(()) | Err(Error::NotFound) => Ok(()),
        Err(other) => Err(other),
    }
}
