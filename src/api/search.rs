//! <https://docs.joinmastodon.org/methods/search/>

use serde_json::{Value, json};

use super::entities::{Frame, account, status};
use super::{id_of, resolve_handle};
use crate::activitypub::resolve::{self, Resolved};
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::pagination;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::status::StatusView;
use crate::model::user::Viewer;
use crate::store;
use crate::text::{acct, hashtags};

pub fn routes() -> Vec<Route> {
    vec![Route::new("GET", "/api/v2/search", crate::anyone!("read:search", search))]
}

#[derive(Default)]
struct Found {
    accounts: Vec<Account>,
    statuses: Vec<StatusView>,
    tags: Vec<String>,
}

async fn search(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let q = c.params.filled("q").ok_or_else(|| Error::bad_request("Missing parameter: q"))?.to_owned();
    let page = pagination::read(&c.params, 20, 40)?;
    let kind = c.params.filled("type");
    if kind.is_some_and(|k| !matches!(k, "accounts" | "statuses" | "hashtags")) {
        return Err(Error::bad_request("type must be accounts, hashtags or statuses"));
    }
    let resolves = c.params.bool("resolve").unwrap_or(false);
    if viewer.is_none() && (resolves || page.offset > 0) {
        return Err(Error::Unauthorized("Search queries that resolve or page need a signed-in user".into()));
    }
    let wants = |name: &str| kind.is_none_or(|k| k == name);
    let mut found = Found::default();
    if q.starts_with("https://") || q.starts_with("http://") {
        by_url(c, &q, viewer.as_ref(), resolves, &mut found).await?;
    } else {
        let following =
            c.params.bool("following").unwrap_or(false).then_some(id_of(viewer.as_ref())).flatten();
        by_name(c, &q, resolves, following, &page, &mut found).await?;
    }
    let frame = Frame::of(c.app);
    let accounts: Value =
        found.accounts.iter().filter(|_| wants("accounts")).map(|a| account::render(a, &frame)).collect();
    let statuses: Value = found
        .statuses
        .iter()
        .filter(|_| wants("statuses"))
        .map(|s| status::render(s, &frame, viewer.is_some()))
        .collect();
    let tags: Value = found
        .tags
        .iter()
        .filter(|_| wants("hashtags"))
        .map(|t| status::hashtag(t, c.app.now(), &frame))
        .collect();
    Ok(Response::json(
        &json!({"accounts": accounts, "statuses": statuses, "hashtags": tags, "collections": []}),
    ))
}

/// A handle names one account; anything else may begin names of accounts and hashtags: one round trip.
async fn by_name(
    c: &Context<'_>,
    q: &str,
    resolves: bool,
    following_of: Option<Id>,
    page: &Page,
    found: &mut Found,
) -> Result<()> {
    if acct::parse(q).is_some_and(|a| a.domain.is_some()) {
        found.accounts = accounts(c, q, resolves, following_of, page.limit, page.offset).await?;
        return Ok(());
    }
    let name = q.trim_start_matches('@');
    let (accounts, tags) = store::load(
        &c.app.db,
        (
            store::search::accounts(name, following_of, page.limit, page.offset),
            store::search::tags(&hashtags::normalise(q), page.limit),
        ),
    )
    .await?;
    if !q.starts_with('#') {
        found.accounts = accounts;
    }
    if !q.starts_with('@') && page.offset == 0 {
        found.tags = tags;
    }
    Ok(())
}

/// A URL is an account or a status, known or fetched. A remote failure finds nothing.
async fn by_url(
    c: &Context<'_>,
    url: &str,
    viewer: Option<&Viewer>,
    resolves: bool,
    found: &mut Found,
) -> Result<()> {
    let viewer_id = id_of(viewer);
    let (known, status) = store::load(
        &c.app.db,
        (store::accounts::by_uri(url), store::statuses::visible_by_uri(url, viewer_id)),
    )
    .await?;
    found.accounts.extend(known);
    found.statuses.extend(status);
    if !found.accounts.is_empty() || !found.statuses.is_empty() || !resolves {
        return Ok(());
    }
    match resolve::by_url(c.app, url).await {
        Ok(Some(Resolved::Account(account))) => found.accounts.push(*account),
        Ok(Some(Resolved::Status(id))) => {
            let view = store::load(&c.app.db, store::statuses::visible_by_id(id, viewer_id)).await?;
            found.statuses.extend(view);
        }
        Ok(None) => {}
        Err(error) => crate::platform::log(&format!("resolve {url}: {error}")),
    }
    Ok(())
}

/// Accounts by handle or the beginning of a name; an exact handle is fetched where nobody here knows it.
pub async fn accounts(
    c: &Context<'_>,
    q: &str,
    resolves: bool,
    following_of: Option<Id>,
    limit: usize,
    offset: usize,
) -> Result<Vec<Account>> {
    let Some(asked) = acct::parse(q) else { return Ok(Vec::new()) };
    if let Some(domain) = &asked.domain {
        let domain = crate::platform::guard::normalise_domain(domain).ok_or(Error::NotFound);
        let Ok(domain) = domain else { return Ok(Vec::new()) };
        let known = store::load(&c.app.db, store::accounts::by_handle(&asked.username, &domain)).await?;
        return Ok(match known {
            Some(account) => vec![account],
            None if resolves => resolve_handle(c, &asked.username, &domain).await?.into_iter().collect(),
            None => Vec::new(),
        });
    }
    store::load(&c.app.db, store::search::accounts(&asked.username, following_of, limit, offset)).await
}
