//! Move.

use serde_json::{Value, json};

use super::Outcome;
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::budget;
use crate::model::time::HOUR;
use crate::services;

/// The target must confirm the move, so this only adds the job that fetches it.
pub async fn receive(app: &App, actor: &Account, activity: &Value) -> Result<Outcome> {
    if vocab::link_of(activity, "object") != Some(actor.uri.as_str()) {
        return Ok(Outcome::Refused(Error::Forbidden("An actor moves nobody but itself".into())));
    }
    let Some(target) = vocab::link_of(activity, "target") else {
        return Ok(Outcome::Refused(Error::bad_request("The Move has no target")));
    };
    if target == actor.uri {
        return Ok(Outcome::Ignored("it goes nowhere"));
    }
    if services::migrate::is_cooling_down(actor, app.now()) {
        return Ok(Outcome::Ignored("its actor moved a short while ago"));
    }
    // Each would make us ask another server, whether or not anything comes of it.
    let name = format!("move {}", actor.uri);
    if app.shared.lately.borrow_mut().add(name, HOUR, app.now()) >= budget::MOVES {
        return Ok(Outcome::Ignored("its actor said so several times this hour"));
    }
    let context = json!({"from": actor.id.0}).to_string();
    services::job::start(app, "move", target, &context).await?;
    Ok(Outcome::Applied)
}
