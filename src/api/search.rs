//! <https://docs.joinmastodon.org/methods/search/>

use serde_json::{Value, json};

use super::entities::{Frame, status, tag};
use super::{account_entities, id_of, search_query};
use crate::activitypub::remote::handles;
use crate::activitypub::remote::outbox;
use crate::activitypub::remote::resolve::{self, Resolved};
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
use crate::store::Query;
use crate::text::{acct, hashtags};

pub fn routes() -> Vec<Route> {
    vec![Route::new("GET", "/api/v2/search", crate::anyone!("read:search", search))]
}

#[derive(Default)]
struct Found {
    accounts: Vec<Account>,
    statuses: Vec<StatusView>,
    tags: Vec<crate::model::tag::Tag>,
}

/// Longer queries are cut.
const MAX_QUERY: usize = 500;

async fn search(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    let q = c.params.filled("q").ok_or_else(|| Error::bad_request("Missing parameter: q"))?;
    let q: String = q.chars().take(MAX_QUERY).collect();
    let page = pagination::read(&c.params, 20, 40)?;
    let kind = c.params.filled("type").map(str::to_owned);
    if kind.as_deref().is_some_and(|k| !matches!(k, "accounts" | "statuses" | "hashtags")) {
        return Err(Error::bad_request("type must be accounts, hashtags or statuses"));
    }
    let resolves = c.params.bool("resolve").unwrap_or(false);
    if viewer.is_none() && (resolves || page.offset > 0) {
        return Err(Error::Unauthorized("Search queries that resolve or page need a signed-in user".into()));
    }
    let wants = |name: &str| kind.as_deref().is_none_or(|k| k == name);
    let mut found = Found::default();
    if q.starts_with("https://") || q.starts_with("http://") {
        by_url(c, &q, viewer.as_ref(), resolves, &mut found).await?;
    } else if acct::parse(&q).is_some_and(|a| a.domain.is_some()) {
        found.accounts = accounts(c, &q, resolves, viewer.as_ref(), false, &page).await?;
    } else {
        by_words(c, &q, viewer.as_ref(), &wants, &page, &mut found).await?;
    }
    let frame = Frame::to(c.app, viewer.as_ref());
    let accounts = if wants("accounts") { account_entities(c, &found.accounts).await? } else { Vec::new() };
    let statuses: Vec<_> =
        found.statuses.iter().filter(|_| wants("statuses")).map(|s| status::render(s, &frame)).collect();
    let tags: Value =
        found.tags.iter().filter(|_| wants("hashtags")).map(|t| tag::render(t, &frame)).collect();
    Ok(Response::json(
        &json!({"accounts": accounts, "statuses": statuses, "hashtags": tags, "collections": []}),
    ))
}

/// Accounts and hashtags by name, statuses by words: one round trip. `from:` with another account than the
/// viewer costs one more.
async fn by_words(
    c: &Context<'_>,
    q: &str,
    viewer: Option<&Viewer>,
    wants: &dyn Fn(&str) -> bool,
    page: &Page,
    found: &mut Found,
) -> Result<()> {
    let query = search_query::read(q);
    let mut wanted = query.wanted.clone();
    let mut is_impossible = query.is_impossible || viewer.is_none() || !wants("statuses");
    if let (Some(from), Some(viewer), false) = (&query.from, viewer, is_impossible) {
        wanted.from = author(c, from, viewer).await?;
        is_impossible = wanted.from.is_none();
    }
    if wanted.from.is_none() {
        wanted.from = c.params.id("account_id")?;
    }
    let is_empty = wanted == crate::store::search::Wanted::default();
    let only_followed = c.params.bool("following").unwrap_or(false);
    let me = id_of(viewer);
    let words: Vec<String> =
        if wants("accounts") && !q.starts_with('#') { wanted.words.clone() } else { Vec::new() };
    let prefix = if wants("hashtags") && !q.starts_with('@') && wanted.words.len() == 1 {
        hashtags::normalise(wanted.words.first().map_or("", String::as_str))
    } else {
        String::new()
    };
    let statuses: Option<Query<Vec<StatusView>>> = match me {
        Some(me) if !is_impossible && !is_empty => Some(store::search::statuses(&wanted, me, page)),
        _ => None,
    };
    let (accounts, tags, statuses) = store::load(
        &c.app.db,
        (
            store::search::accounts(&words, me, only_followed, page.limit, page.offset),
            store::tags::beginning(&prefix, me, c.app.now(), page.limit, page.offset),
            statuses.into_iter().collect::<Vec<_>>(),
        ),
    )
    .await?;
    found.accounts = accounts;
    found.tags = tags;
    found.statuses = statuses.into_iter().flatten().collect();
    Ok(())
}

/// The account of `from:`, if it is stored.
async fn author(c: &Context<'_>, name: &str, viewer: &Viewer) -> Result<Option<Id>> {
    if name == "me" {
        return Ok(Some(viewer.account.id));
    }
    let Some(asked) = acct::parse(name) else { return Ok(None) };
    let Some(domains) = c.app.handle_domains(asked.domain.as_deref(), c.app.primary()) else {
        return Ok(None);
    };
    let found = store::load(&c.app.db, store::accounts::present_by_handle(&asked.username, &domains)).await?;
    Ok(found.map(|a| a.id))
}

/// A URL is an account or a status, stored or fetched. If fetching fails nothing is found.
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
        (store::accounts::present_by_uri(url), store::statuses::visible_by_uri(url, viewer_id)),
    )
    .await?;
    found.accounts.extend(known);
    found.statuses.extend(status);
    if !found.accounts.is_empty() || !found.statuses.is_empty() || !resolves {
        return Ok(());
    }
    match resolve::by_url(c.app, url).await {
        Ok(Some(Resolved::Account(account))) => {
            outbox::opened(c.app, &account);
            found.accounts.extend(Some(*account).filter(|account| account.deleted_at.is_none()));
        }
        Ok(Some(Resolved::Status(id))) => {
            let view = store::load(&c.app.db, store::statuses::visible_by_id(id, viewer_id)).await?;
            found.statuses.extend(view);
        }
        Ok(None) => {}
        Err(error) => crate::platform::log_failure(&format!("resolve {url}"), &error),
    }
    Ok(())
}

/// Accounts by handle or by words of their names; an unknown exact handle is fetched.
pub async fn accounts(
    c: &Context<'_>,
    q: &str,
    resolves: bool,
    viewer: Option<&Viewer>,
    only_followed: bool,
    page: &Page,
) -> Result<Vec<Account>> {
    let handle = acct::parse(q).and_then(|asked| asked.domain.map(|domain| (asked.username, domain)));
    if let Some((username, domain)) = handle {
        let Some(domain) = c.app.handle_domain(Some(&domain), c.app.primary()) else { return Ok(Vec::new()) };
        let domains = c.app.site().sharing(&domain);
        let known = store::load(&c.app.db, store::accounts::present_by_handle(&username, &domains)).await?;
        return Ok(match known {
            Some(account) => vec![account],
            None if resolves => handles::find(c.app, &username, &domain).await.into_iter().collect(),
            None => Vec::new(),
        });
    }
    let words = search_query::read(q).wanted.words;
    let query = store::search::accounts(&words, id_of(viewer), only_followed, page.limit, page.offset);
    store::load(&c.app.db, query).await
}
