//! Add and Remove: what a remote actor pins to their profile.

use serde_json::{Value, json};

use super::{Known, Outcome};
use crate::activitypub::remote::resolve;
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::services;
use crate::store;

/// Only what concerns the actor's own `featured` is looked at.
pub async fn receive(
    app: &App,
    actor: &Account,
    activity: &Value,
    known: &Known,
    is_added: bool,
) -> Result<Outcome> {
    let target = vocab::link_of(activity, "target");
    if target.is_none() || target != actor.featured_url.as_deref() {
        return Ok(Outcome::Ignored("its target is not the actor's featured collection"));
    }
    let Some(object) = vocab::first(activity, "object") else {
        return Ok(Outcome::Refused(Error::bad_request("The activity has no object")));
    };
    if vocab::kind(object) == "Hashtag" {
        return Ok(Outcome::Ignored("hashtags of profiles elsewhere are not shown"));
    }
    let Some(uri) = vocab::link(object).filter(|u| vocab::is_same_host(u, &actor.uri)) else {
        return Ok(Outcome::Refused(Error::Forbidden(
            "The object is of another origin than its actor".into(),
        )));
    };
    if !is_added {
        services::feature::unpin_remote(app, actor, uri).await?;
        return Ok(Outcome::Applied);
    }
    let Some(view) = known.status(uri) else {
        let context = json!({"actor": actor.id.0}).to_string();
        services::job::start(app, "pin", uri, &context).await?;
        return Ok(Outcome::Applied);
    };
    if view.status.account_id != actor.id {
        return Ok(Outcome::Refused(Error::Forbidden("The status is somebody else's".into())));
    }
    services::feature::pin_remote(app, actor, &view.status).await?;
    Ok(Outcome::Applied)
}

/// `pin`: a pinned status that was not here is fetched.
pub async fn fetch(app: &App, subject: &str, context: &str) -> Result<()> {
    let context: Value = serde_json::from_str(context)?;
    let actor = Id(context.get("actor").and_then(Value::as_i64).unwrap_or_default());
    let id = resolve::note_by_uri(app, subject, 0).await?.ok_or(Error::NotFound)?;
    let (actor, view) =
        store::load(&app.db, (store::accounts::by_id(actor), store::statuses::by_id(id, None))).await?;
    match (actor, view) {
        (Some(actor), Some(view)) if view.status.account_id == actor.id => {
            services::feature::pin_remote(app, &actor, &view.status).await
        }
        _ => Ok(()),
    }
}
