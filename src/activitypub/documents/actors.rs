//! Local actors as other servers read them.

use serde_json::{Value, json};

use crate::activitypub::wire::render::{self, collection};
use crate::activitypub::wire::vocab;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::uri;
use crate::store;

/// The local account of the path.
///
/// Errors, as Mastodon answers them: `NotFound` where there is none, `Gone` for the deleted, `Forbidden` for the
/// suspended, of whom only the actor document itself is served ([`actor`]).
pub(super) async fn account(c: &Context<'_>) -> Result<Account> {
    let account = actor_account(c).await?;
    if account.is_suspended() {
        return Err(Error::Forbidden("This account is suspended".into()));
    }
    Ok(account)
}

/// Like [`account`], suspended ones included.
pub(super) async fn actor_account(c: &Context<'_>) -> Result<Account> {
    let name = c.segment("username")?;
    let domains = c.app.domains_asked(c.request);
    let account = store::load(&c.app.db, store::accounts::local_by_username(name, &domains)).await?;
    let account = account.ok_or(Error::NotFound)?;
    if account.deleted_at.is_some() { Err(Error::Gone) } else { Ok(account) }
}

pub(super) fn served(document: Value) -> Response {
    Response::activity(&render::document(document))
}

/// `GET /users/{username}`: the actor, or for people a redirect to the page.
pub async fn actor(c: &Context<'_>) -> Result<Response> {
    let account = actor_account(c).await?;
    if !c.wants_document() {
        return Ok(Response::redirect(&account.url).with("Vary", "Accept"));
    }
    Ok(served(render::actor::render(&account, &uri::shared_inbox(&c.app.origin_of(&account)))))
}

/// `GET /actor`: readable unsigned, or two servers that demand signatures could never verify each other.
pub async fn instance_actor(c: &Context<'_>) -> Result<Response> {
    let origin = c.app.home().web_origin;
    let account = store::load(&c.app.db, store::accounts::by_uri(&uri::instance_actor(&origin))).await?;
    Ok(served(render::actor::render(&account.ok_or(Error::NotFound)?, &uri::shared_inbox(&origin))))
}

pub async fn instance_outbox(c: &Context<'_>) -> Result<Response> {
    Ok(served(collection::outline(
        &format!("{}/outbox", uri::instance_actor(&c.app.home().web_origin)),
        0,
        None,
    )))
}

/// `GET …/follows/{id}`: other servers look up the Follow that they answer. Of who hides whom they follow, only the
/// server of the target does.
pub async fn follow(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    let tie = store::load(&c.app.db, store::follows::by_id(account.id, c.id("id")?))
        .await?
        .ok_or(Error::NotFound)?;
    let target =
        store::load(&c.app.db, store::accounts::by_id(tie.target_id)).await?.ok_or(Error::NotFound)?;
    let is_read_by_target =
        c.reader.borrow().as_ref().is_some_and(|reader| vocab::is_same_host(&reader.uri, &target.uri));
    if account.hides_collections && !is_read_by_target {
        return Err(Error::NotFound);
    }
    Ok(served(json!({"id": tie.uri, "type": "Follow", "actor": account.uri, "object": target.uri})))
}
