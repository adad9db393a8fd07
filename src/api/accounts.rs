//! <https://docs.joinmastodon.org/methods/accounts/>

use serde_json::Value;

use super::entities::{Frame, account, relationship};
use super::{account_list, id_of, profile_changes, sign_up, timeline};
use crate::activitypub::remote::search;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::media::Purpose;
use crate::model::page::Listed;
use crate::model::rate_limit::SIGN_UP;
use crate::model::user::Viewer;
use crate::services;
use crate::store;
use crate::store::follows::Options;
use crate::store::timelines::OfAccount;
use crate::text::{acct, hashtags, language};

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("POST", "/api/v1/accounts", crate::client!(sign_up::create)).limited(SIGN_UP),
        Route::new("GET", "/api/v1/accounts", crate::anyone!("read:accounts", several)),
        Route::new(
            "GET",
            "/api/v1/accounts/verify_credentials",
            crate::user!("profile", profile_changes::verify),
        ),
        Route::new(
            "PATCH",
            "/api/v1/accounts/update_credentials",
            crate::user!("write:accounts", profile_changes::update),
        )
        .uploads(Purpose::Profile),
        Route::new("GET", "/api/v1/accounts/lookup", crate::anyone!("read:accounts", lookup)),
        Route::new("GET", "/api/v1/accounts/search", crate::user!("read:accounts", find)),
        Route::new("GET", "/api/v1/accounts/relationships", crate::user!("read:follows", relationships)),
        Route::new("GET", "/api/v1/accounts/{id}", crate::anyone!("read:accounts", show)),
        Route::new("GET", "/api/v1/accounts/{id}/statuses", crate::anyone!("read:statuses", statuses)),
        Route::new("GET", "/api/v1/accounts/{id}/followers", crate::anyone!("read:accounts", followers)),
        Route::new("GET", "/api/v1/accounts/{id}/following", crate::anyone!("read:accounts", following)),
        Route::new("POST", "/api/v1/accounts/{id}/follow", crate::user!("write:follows", follow)),
        Route::new("POST", "/api/v1/accounts/{id}/unfollow", crate::user!("write:follows", unfollow)),
    ]
}

pub(super) async fn load(c: &Context<'_>) -> Result<Account> {
    let found = store::load(&c.app.db, store::accounts::present(c.id("id")?)).await?;
    found.ok_or(Error::NotFound)
}

/// With the account that it moved to, if any.
async fn show(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let id = c.id("id")?;
    let (account, moved) =
        store::load(&c.app.db, (store::accounts::present(id), store::accounts::successor(id))).await?;
    let account = account.ok_or(Error::NotFound)?;
    if viewer.is_some() {
        crate::activitypub::remote::resolve::profile_opened(c.app, &account);
    }
    let frame = Frame::of(c.app);
    Ok(Response::json(&account::with_successor(&account, moved.as_ref(), &frame)))
}

async fn several(c: &Context<'_>, _: Option<Viewer>) -> Result<Response> {
    let mut ids = c.params.ids("id");
    ids.truncate(40);
    let found = store::load(&c.app.db, store::accounts::present_of(&ids)).await?;
    super::plain_accounts(c, &found).await
}

/// Stored accounts only; `user`, `user@domain`, `user@our.domain`.
async fn lookup(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let asked = c.params.filled("acct").and_then(acct::parse).ok_or(Error::NotFound)?;
    let domain = c.app.handle_domain(asked.domain.as_deref(), c.app.primary()).ok_or(Error::NotFound)?;
    let found = store::load(
        &c.app.db,
        store::accounts::present_by_handle(&asked.username, &c.app.site().sharing(&domain)),
    )
    .await?;
    let found = found.ok_or(Error::NotFound)?;
    if viewer.is_some() {
        crate::activitypub::remote::resolve::profile_opened(c.app, &found);
    }
    let body = super::account_entities(c, &[found]).await?;
    Ok(Response::json(&body.first()))
}

async fn find(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let page = pagination::read(&c.params, 40, 80)?;
    let q = c.params.filled("q").unwrap_or("").to_owned();
    let resolves = c.params.bool("resolve").unwrap_or(false);
    let only_followed = c.params.bool("following").unwrap_or(false);
    let found = search::accounts(c.app, &q, resolves, Some(viewer.account.id), only_followed, &page).await?;
    super::plain_accounts(c, &found).await
}

async fn relationships(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let mut ids = c.params.ids("id");
    ids.truncate(80);
    let found = store::load(&c.app.db, store::follows::relationships(viewer.account.id, &ids)).await?;
    let body: Value = found.iter().map(relationship::render).collect();
    Ok(Response::json(&body))
}

async fn statuses(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let page = pagination::read(&c.params, 20, 40)?;
    let id = c.id("id")?;
    let on = |name: &str| c.params.bool(name).unwrap_or(false);
    let filter = OfAccount {
        only_media: on("only_media"),
        excludes_replies: on("exclude_replies"),
        excludes_reblogs: on("exclude_reblogs"),
        excludes_direct: on("exclude_direct"),
        tag: c.params.filled("tagged").map(hashtags::normalise),
        ..OfAccount::default()
    };
    let viewer_id = id_of(viewer.as_ref());
    if on("pinned") {
        let found = (store::accounts::present(id), store::timelines::pinned(id, viewer_id));
        let (account, views) = store::load(&c.app.db, found).await?;
        account.ok_or(Error::NotFound)?;
        let frame = Frame::to(c.app, viewer.as_ref());
        return Ok(Response::json(&super::entities::status::list(&views, &frame)));
    }
    let (account, views) = store::load(
        &c.app.db,
        (store::accounts::present(id), store::timelines::of_account(id, viewer_id, &filter, &page)),
    )
    .await?;
    let account = account.ok_or(Error::NotFound)?;
    if viewer.is_some() {
        crate::activitypub::remote::outbox::opened(c.app, &account);
    }
    Ok(timeline(c, &views, viewer.as_ref()))
}

async fn followers(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    ties(c, viewer, store::follows::followers).await
}

async fn following(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    ties(c, viewer, store::follows::following).await
}

type List = fn(Id, Option<Id>, Option<Id>, Option<Id>, usize) -> store::Query<Listed<Account>>;

/// Hidden collections are empty except for their owner, and all of them for accounts that the owner blocks.
async fn ties(c: &Context<'_>, viewer: Option<Viewer>, list: List) -> Result<Response> {
    let page = pagination::read(&c.params, 40, 80)?;
    let id = c.id("id")?;
    let me = id_of(viewer.as_ref());
    let (account, is_blocked, listed) = store::load(
        &c.app.db,
        (
            store::accounts::present(id),
            store::follows::is_blocked_by(me, id),
            list(id, me, page.max_id, page.lower(), page.limit),
        ),
    )
    .await?;
    let account = account.ok_or(Error::NotFound)?;
    let is_hidden = is_blocked || (account.hides_collections && me != Some(id));
    let listed = if is_hidden { Listed::default() } else { listed };
    account_list(c, &listed).await
}

pub(super) async fn relationship_with(c: &Context<'_>, viewer: &Viewer, id: Id) -> Result<Response> {
    let found = store::load(&c.app.db, store::follows::relationships(viewer.account.id, &[id])).await?;
    Ok(Response::json(&relationship::render(found.first().ok_or(Error::NotFound)?)))
}

async fn follow(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let target = load(c).await?;
    if target.id == viewer.account.id {
        return Err(Error::Forbidden("You cannot follow yourself".into()));
    }
    let languages =
        || c.params.list("languages").iter().filter_map(|l| language::normalise(l)).collect::<Vec<_>>();
    let options = Options {
        shows_reblogs: c.params.bool("reblogs"),
        is_notifying: c.params.bool("notify"),
        languages: c.params.has("languages").then(languages),
    };
    services::follow::follow(c.app, &viewer.account, &target, None, &options).await?;
    relationship_with(c, &viewer, target.id).await
}

async fn unfollow(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let target = load(c).await?;
    services::follow::unfollow(c.app, &viewer.account, &target).await?;
    relationship_with(c, &viewer, target.id).await
}
