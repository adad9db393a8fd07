//! Local statuses as other servers read them.

use serde_json::Value;

use super::actors::{account, actor_account, served};
use crate::activitypub::wire::render;
use crate::activitypub::wire::render::activity::{announce_in_full, create};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::status::StatusView;
use crate::store;

/// The status of the path as its reader may see it; hidden and absent are the same, and of the suspended all is hidden.
pub(super) async fn visible(c: &Context<'_>) -> Result<StatusView> {
    let account = actor_account(c).await?;
    let id = c.id("id")?;
    let reader = c.reader.borrow().clone();
    let all = reader.as_ref().map(|_| store::statuses::by_id(id, None));
    let seen = reader.as_ref().map(|reader| store::statuses::visible_by_id(id, Some(reader.id)));
    let (public, all, seen) =
        store::load(&c.app.db, (store::statuses::visible_by_id(id, None), all, seen)).await?;
    let is_seen = seen.flatten().is_some();
    let is_mentioned =
        |v: &StatusView| v.status.mentions.iter().any(|m| reader.as_ref().is_some_and(|r| r.id == m.id));
    let view = public.or_else(|| all.flatten().filter(|v| is_seen || is_mentioned(v)));
    view.filter(|v| v.account.id == account.id).ok_or(Error::NotFound)
}

pub async fn status(c: &Context<'_>) -> Result<Response> {
    let view = visible(c).await?;
    if !c.wants_document() {
        return Ok(Response::redirect(&view.status.url).with("Vary", "Accept"));
    }
    if view.reblog.is_some() {
        return activity_of(&view, c).await;
    }
    Ok(served(note(c, &view).await?).with("Cache-Control", "private, max-age=0"))
}

async fn note(c: &Context<'_>, view: &StatusView) -> Result<Value> {
    let mut notes = notes(c, std::slice::from_ref(view)).await?;
    notes.pop().ok_or(Error::NotFound)
}

/// The documents of these statuses, in their order; one round trip for all.
pub(super) async fn notes(c: &Context<'_>, views: &[StatusView]) -> Result<Vec<Value>> {
    let parents: Vec<_> = views.iter().map(|view| store::statuses::parent_uri(view.status.id)).collect();
    let own_replies = |view: &StatusView| {
        let StatusView { status, .. } = view;
        store::threads::replies(status.id, status.account_id, true, Id(0), render::note::OWN_REPLIES)
    };
    let own: Vec<_> = views.iter().map(own_replies).collect();
    if views.is_empty() {
        return Ok(Vec::new());
    }
    let (parents, own) = store::load(&c.app.db, (parents, own)).await?;
    let now = c.app.now();
    let all = views.iter().zip(parents).zip(own).map(|((view, parent), own)| {
        let StatusView { status, account, .. } = view;
        let mut note =
            render::note::render(status, account, parent.as_deref(), &c.app.origin_of(account), now);
        if let Value::Object(map) = &mut note {
            map.insert("replies".into(), render::note::replies(&status.uri, &own));
        }
        note
    });
    Ok(all.collect())
}

/// `GET …/statuses/{id}/activity`: its Create, or its Announce.
pub async fn activity(c: &Context<'_>) -> Result<Response> {
    let view = visible(c).await?;
    activity_of(&view, c).await
}

async fn activity_of(view: &StatusView, c: &Context<'_>) -> Result<Response> {
    let activity = match announce_in_full(c.app, view, &view.account).await? {
        Some(activity) => activity,
        None => create(view, &view.account, note(c, view).await?),
    };
    Ok(served(activity).with("Cache-Control", "private, max-age=0"))
}

/// `GET …/stamps/{id}`: the authorization of a quote, while it is valid.
pub async fn stamp(c: &Context<'_>) -> Result<Response> {
    let account = account(c).await?;
    let id = c.id("id")?;
    let (quoting, quoted) =
        store::load(&c.app.db, store::quotes::stamp_by_id(id, account.id)).await?.ok_or(Error::NotFound)?;
    Ok(served(render::quote::stamp_by_id(id, &account, &quoted, &quoting)))
}
