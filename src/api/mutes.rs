//! <https://docs.joinmastodon.org/methods/mutes/>

use serde_json::{Value, json};

use super::{account_entities, paged};
use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::time::Time;
use crate::model::user::Viewer;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![Route::new("GET", "/api/v1/mutes", crate::user!("read:mutes", list))]
}

/// Each with the end of its mute: <https://docs.joinmastodon.org/entities/Account/#MutedAccount>
async fn list(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 40, 80)?;
    let listed = store::load(&c.app.db, store::mutes::list(viewer.account.id, &page)).await?;
    let (people, ends): (Vec<Account>, Vec<Option<Time>>) = listed.iter().cloned().unzip();
    let body: Value = account_entities(c, &people)
        .await?
        .into_iter()
        .zip(ends)
        .map(|(mut entity, until)| {
            if let Value::Object(map) = &mut entity {
                map.insert("mute_expires_at".into(), json!(until.map(|t| t.to_iso())));
            }
            entity
        })
        .collect();
    Ok(paged(c, &body, &listed.cursors, listed.goes_on))
}
