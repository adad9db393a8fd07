//! The job `held`: staff has let a post through, which is received as if it arrived now.

use serde_json::Value;

use super::known::{self, Known};
use super::receive;
use crate::activitypub::remote::{note, resolve};
use crate::app::App;
use crate::error::Result;
use crate::model::budget::{By, Cause, registered};
use crate::store;

/// Receives the post with this uri, and forgets that it was held. What it makes us fetch is a stranger's doing, and is judged.
///
/// Errors: as its server's, where the post is fetched from there and may be later.
pub async fn run(app: &App, uri: &str) -> Result<()> {
    let Some((account, host, activity)) = store::load(&app.db, store::held::to_receive(uri)).await? else {
        return Ok(());
    };
    if activity.is_empty() {
        match resolve::note_by_uri(app, uri, 0).await {
            Ok(Some(id)) => note::look_into_quote_of(app, id).await?,
            Err(error) if error.is_temporary() || error.is_ours() => return Err(error),
            // It is gone.
            Ok(None) | Err(_) => {}
        }
    } else {
        let activity: Value = serde_json::from_str(&activity)?;
        let actor = store::load(&app.db, store::accounts::by_id(account)).await?;
        if let Some(actor) = actor.filter(|actor| !actor.is_suspended()) {
            let queries = known::queries(app, &activity, &actor.uri);
            let (accounts, statuses, is_followed) = store::load(&app.db, queries).await?;
            let mut known = Known::new(accounts, statuses, is_followed);
            known.is_let_through = true;
            let domain = registered(&host).unwrap_or(host);
            let cause = Cause { by: By::Stranger { domain, actor: actor.uri.clone() }, fetches: 0 };
            app.caused_by(cause, Box::pin(receive::receive(app, &actor, &activity, &known))).await?;
        }
    }
    store::write(&app.db, vec![store::held::received(uri)]).await?;
    Ok(())
}
