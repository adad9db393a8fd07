//! Moves, as jobs: the target is fetched, then the followers follow it.

use serde_json::Value;

use super::resolve;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::services;
use crate::store;

/// The account with this actor id as it is now: ours from the database, a remote one from its server.
pub async fn fresh(app: &App, uri: &str) -> Result<Account> {
    if app.site().is_ours(uri) {
        return resolve::local_account(app, uri).await?.ok_or(Error::NotFound);
    }
    resolve::actor_by_uri(app, uri).await
}

fn number(context: &Value, name: &str) -> i64 {
    context.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// `move`: an account says that it moved to `subject`. Applied where the target lists it in `alsoKnownAs`.
pub async fn verify(app: &App, subject: &str, context: &str) -> Result<()> {
    let context: Value = serde_json::from_str(context)?;
    let Some(origin) = store::load(&app.db, store::accounts::by_id(Id(number(&context, "from")))).await?
    else {
        return Ok(());
    };
    let target = fresh(app, subject).await?;
    if let Err(refusal) = services::migrate::receive_move(app, &origin, &target).await? {
        crate::platform::note(&format!("move of {} to {subject}: {refusal:?}", origin.uri));
    }
    Ok(())
}

/// `followers`: some followers of an account that moved to `subject` follow that.
pub async fn followers(app: &App, subject: &str, context: &str) -> Result<()> {
    let context: Value = serde_json::from_str(context)?;
    let from = Id(number(&context, "from"));
    let (origin, target) =
        store::load(&app.db, (store::accounts::by_id(from), store::accounts::by_uri(subject))).await?;
    let (Some(origin), Some(target)) = (origin, target) else { return Ok(()) };
    // Somebody of ours has come back meanwhile: who has not moved yet stays. (What another server says of its own account
    // may change between two rounds, and its move was verified.)
    if origin.is_local() && origin.moved_to_id != Some(target.id) {
        return Ok(());
    }
    let blocker = context.get("blocker").and_then(Value::as_i64).map(Id);
    let round = services::migrate::Round { number: number(&context, "round"), blocker };
    services::migrate::followers(app, &origin, &target, round).await
}
