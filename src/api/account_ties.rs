//! <https://docs.joinmastodon.org/methods/accounts/>: mutes, notes, endorsements, familiar followers.

use serde_json::{Value, json};

use super::accounts::{load, relationship_with};
use super::entities::{Frame, account};
use super::id_of;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::Listed;
use crate::model::user::Viewer;
use crate::services;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("POST", "/api/v1/accounts/{id}/mute", crate::user!("write:mutes", mute)),
        Route::new("POST", "/api/v1/accounts/{id}/unmute", crate::user!("write:mutes", unmute)),
        Route::new("POST", "/api/v1/accounts/{id}/block", crate::user!("write:blocks", block)),
        Route::new("POST", "/api/v1/accounts/{id}/unblock", crate::user!("write:blocks", unblock)),
        Route::new("POST", "/api/v1/accounts/{id}/note", crate::user!("write:accounts", note)),
        Route::new(
            "POST",
            "/api/v1/accounts/{id}/remove_from_followers",
            crate::user!("write:follows", remove_from_followers),
        ),
        Route::new("POST", "/api/v1/accounts/{id}/endorse", crate::user!("write:accounts", endorse)),
        Route::new("POST", "/api/v1/accounts/{id}/pin", crate::user!("write:accounts", endorse)),
        Route::new("POST", "/api/v1/accounts/{id}/unendorse", crate::user!("write:accounts", unendorse)),
        Route::new("POST", "/api/v1/accounts/{id}/unpin", crate::user!("write:accounts", unendorse)),
        Route::new(
            "GET",
            "/api/v1/accounts/{id}/endorsements",
            crate::anyone!("read:accounts", endorsements),
        ),
        Route::new("GET", "/api/v1/accounts/familiar_followers", crate::user!("read:follows", familiar)),
        Route::new("GET", "/api/v1/accounts/{id}/identity_proofs", crate::user!("read:accounts", proofs)),
    ]
}

/// `duration` is in seconds; none or 0 means no end.
async fn mute(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let target = load(c).await?;
    let hides_notifications = c.params.bool("notifications").unwrap_or(true);
    let seconds = c.params.int("duration")?.unwrap_or(0);
    services::ties::mute(c.app, &viewer.account, &target, hides_notifications, seconds).await?;
    relationship_with(c, &viewer, target.id).await
}

async fn unmute(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let target = load(c).await?;
    store::write(&c.app.db, vec![store::mutes::delete(viewer.account.id, target.id)]).await?;
    relationship_with(c, &viewer, target.id).await
}

async fn block(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let target = load(c).await?;
    services::follow::block(c.app, &viewer.account, &target, None).await?;
    relationship_with(c, &viewer, target.id).await
}

async fn unblock(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let target = load(c).await?;
    services::follow::unblock(c.app, &viewer.account, &target).await?;
    relationship_with(c, &viewer, target.id).await
}

async fn note(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let target = load(c).await?;
    let comment = c.params.text("comment").unwrap_or("");
    services::ties::set_note(c.app, &viewer.account, &target, comment).await?;
    relationship_with(c, &viewer, target.id).await
}

async fn remove_from_followers(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let follower = load(c).await?;
    services::ties::remove_follower(c.app, &viewer.account, &follower).await?;
    relationship_with(c, &viewer, follower.id).await
}

async fn endorse(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let target = load(c).await?;
    services::ties::endorse(c.app, &viewer.account, &target).await?;
    relationship_with(c, &viewer, target.id).await
}

async fn unendorse(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let target = load(c).await?;
    store::write(&c.app.db, vec![store::profiles::unendorse(viewer.account.id, target.id)]).await?;
    relationship_with(c, &viewer, target.id).await
}

async fn endorsements(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let page = crate::http::pagination::read(&c.params, 40, 80)?;
    let id = c.id("id")?;
    let (account, listed) =
        store::load(&c.app.db, (store::accounts::present(id), store::profiles::endorsed(id, &page))).await?;
    let account = account.ok_or(Error::NotFound)?;
    let is_hidden = !account.shows_featured && id_of(viewer.as_ref()) != Some(id);
    let listed = if is_hidden { Listed::default() } else { listed };
    super::account_list(c, &listed).await
}

/// For each id: accounts that the viewer follows and that follow it.
async fn familiar(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut ids = c.params.ids("id");
    ids.dedup();
    ids.truncate(40);
    let found = store::load(&c.app.db, store::profiles::familiar(viewer.account.id, &ids, 20)).await?;
    let frame = Frame::of(c.app);
    let of = |id: &Id| -> Vec<_> {
        found.iter().filter(|(other, _)| other == id).map(|(_, a)| account::render(a, &frame)).collect()
    };
    let body: Value = ids.iter().map(|id| json!({"id": id.to_string(), "accounts": of(id)})).collect();
    Ok(Response::json(&body))
}

/// Mastodon has removed identity proofs and answers an empty list.
async fn proofs(c: &Context<'_>, _: Viewer) -> Result<Response> {
    load(c).await?;
    Ok(Response::json(&json!([])).with("Deprecation", "@1609459200"))
}
