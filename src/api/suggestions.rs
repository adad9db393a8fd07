//! <https://docs.joinmastodon.org/methods/suggestions/>

use serde_json::{Value, json};

use super::entities::{Frame, account};
use super::plain_accounts;
use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::user::Viewer;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/suggestions", crate::user!("read", v1)),
        Route::new("GET", "/api/v2/suggestions", crate::user!("read", v2)),
        Route::new("DELETE", "/api/v1/suggestions/{account_id}", crate::user!("read", dismiss)),
    ]
}

async fn load(c: &Context<'_>, viewer: &Viewer) -> Result<Vec<(bool, Account)>> {
    let page = pagination::read(&c.params, 40, 80)?;
    let query = store::profiles::suggestions(viewer.account.id, page.limit, page.offset);
    store::load(&c.app.db, query).await
}

async fn v1(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let accounts: Vec<Account> = load(c, &viewer).await?.into_iter().map(|(_, a)| a).collect();
    Ok(plain_accounts(c, &accounts).await?.with("Deprecation", "@1621123200"))
}

/// <https://docs.joinmastodon.org/entities/Suggestion/>
async fn v2(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let frame = Frame::of(c.app);
    let body: Value = load(c, &viewer)
        .await?
        .iter()
        .map(|(is_friend, a)| {
            let (source, reason) = if *is_friend {
                ("past_interactions", "friends_of_friends")
            } else {
                ("global", "most_followed")
            };
            json!({"source": source, "sources": [reason], "account": account::render(a, &frame)})
        })
        .collect();
    Ok(Response::json(&body))
}

async fn dismiss(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let statement = store::profiles::dismiss_suggestion(viewer.account.id, c.id("account_id")?);
    store::write(&c.app.db, vec![statement]).await?;
    Ok(Response::empty_object())
}
