//! <https://docs.joinmastodon.org/methods/directory/>

use super::plain_accounts;
use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::user::Viewer;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![Route::new("GET", "/api/v1/directory", crate::anyone!("read", list))]
}

async fn list(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let page = pagination::read(&c.params, 40, 80)?;
    let is_new = c.params.filled("order") == Some("new");
    let is_local = c.params.bool("local").unwrap_or(false);
    let query = match viewer {
        Some(viewer) => {
            store::profiles::directory(viewer.account.id, is_local, is_new, page.limit, page.offset)
        }
        // Anonymous requests get the list that cron made.
        None => {
            let listed = store::load(&c.app.db, store::answers::people()).await?;
            let of_place = |(id, is_ours): (Id, bool)| (is_ours || !is_local).then_some(id);
            let mut ids: Vec<Id> = listed.into_iter().filter_map(of_place).collect();
            if is_new {
                ids.sort_unstable_by(|a, b| b.cmp(a));
            }
            let ids: Vec<Id> = ids.into_iter().skip(page.offset).take(page.limit).collect();
            store::profiles::found(&ids)
        }
    };
    plain_accounts(c, &store::load(&c.app.db, query).await?).await
}
