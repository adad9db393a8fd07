//! Search in accounts, hashtags and statuses: by words, by a handle, or by an address. Unknown handles and addresses of other
//! servers are fetched where that is asked for.

use super::resolve::{self, Resolved};
use super::{handles, outbox};
use crate::app::App;
use crate::error::Result;
use crate::model::account::Account;
use crate::model::filter::Filter;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::rate_limit::LOOKUPS;
use crate::model::status::StatusView;
use crate::model::tag::Tag;
use crate::services::{personal, search_query};
use crate::store;
use crate::store::Query;
use crate::text::{acct, hashtags};

/// Longer queries are cut.
pub const MAX_QUERY: usize = 500;
/// What can be searched for alone.
pub const KINDS: [&str; 3] = ["accounts", "hashtags", "statuses"];

#[derive(Debug)]
pub struct Asked<'a> {
    pub q: &'a str,
    /// One of [`KINDS`], or all of them.
    pub kind: Option<&'a str>,
    pub viewer: Option<Id>,
    /// Unknown handles and addresses are fetched.
    pub resolves: bool,
    /// Statuses of this account alone.
    pub author: Option<Id>,
    pub only_followed: bool,
    /// The viewer's filters are read as well.
    pub with_filters: bool,
    pub page: Page,
}

impl Asked<'_> {
    fn wants(&self, kind: &str) -> bool {
        self.kind.is_none_or(|k| k == kind)
    }

    fn filters(&self) -> Option<Query<Vec<Filter>>> {
        self.viewer.filter(|_| self.with_filters).map(store::filters::of)
    }
}

#[derive(Default)]
pub struct Found {
    pub accounts: Vec<Account>,
    pub tags: Vec<Tag>,
    pub statuses: Vec<StatusView>,
    pub filters: Vec<Filter>,
}

pub async fn find(app: &App, asked: &Asked<'_>) -> Result<Found> {
    let q: String = asked.q.chars().take(MAX_QUERY).collect();
    let mut found = if q.starts_with("https://") || q.starts_with("http://") {
        by_url(app, &q, asked).await?
    } else if acct::parse(&q).is_some_and(|a| a.domain.is_some()) {
        let found = accounts(app, &q, asked.resolves, asked.viewer, false, &asked.page).await?;
        Found { accounts: found, ..Found::default() }
    } else {
        by_words(app, &q, asked).await?
    };
    if !asked.wants("accounts") {
        found.accounts.clear();
    }
    if !asked.wants("statuses") {
        found.statuses.clear();
    }
    Ok(found)
}

/// Accounts and hashtags by name, statuses by words: one round trip. `from:` with another account than the
/// viewer costs one more.
async fn by_words(app: &App, q: &str, asked: &Asked<'_>) -> Result<Found> {
    let query = search_query::read(q);
    let (me, page) = (asked.viewer, &asked.page);
    let mut wanted = query.wanted.clone();
    let mut is_impossible = query.is_impossible || me.is_none() || !asked.wants("statuses");
    if let (Some(from), Some(me), false) = (&query.from, me, is_impossible) {
        wanted.from = author(app, from, me).await?;
        is_impossible = wanted.from.is_none();
    }
    if wanted.from.is_none() {
        wanted.from = asked.author;
    }
    let is_empty = wanted == store::search::Wanted::default();
    let words: Vec<String> =
        if asked.wants("accounts") && !q.starts_with('#') { wanted.words.clone() } else { Vec::new() };
    let prefix = if asked.wants("hashtags") && !q.starts_with('@') && wanted.words.len() == 1 {
        hashtags::normalise(wanted.words.first().map_or("", String::as_str))
    } else {
        String::new()
    };
    let statuses: Option<Query<Vec<StatusView>>> = match me {
        Some(me) if !is_impossible && !is_empty => Some(store::search::statuses(&wanted, me, page)),
        _ => None,
    };
    let (accounts, mut tags, statuses, filters) = store::load(
        &app.db,
        (
            store::search::accounts(&words, me, asked.only_followed, page.limit, page.offset),
            store::tags::beginning(&prefix, me, app.now(), page.limit, page.offset),
            statuses,
            asked.filters(),
        ),
    )
    .await?;
    tags.retain(|tag| app.site().tags.is_listable(&tag.name));
    Ok(Found { accounts, tags, statuses: statuses.unwrap_or_default(), filters: filters.unwrap_or_default() })
}

/// The account of `from:`, if it is stored.
async fn author(app: &App, name: &str, me: Id) -> Result<Option<Id>> {
    if name == "me" {
        return Ok(Some(me));
    }
    let Some(asked) = acct::parse(name) else { return Ok(None) };
    let Some(domains) = app.handle_domains(asked.domain.as_deref(), app.primary()) else {
        return Ok(None);
    };
    let found = store::load(&app.db, store::accounts::present_by_handle(&asked.username, &domains)).await?;
    Ok(found.map(|a| a.id))
}

/// A URL is an account or a status, stored or fetched. If fetching fails nothing is found.
async fn by_url(app: &App, url: &str, asked: &Asked<'_>) -> Result<Found> {
    let viewer = asked.viewer;
    let reads =
        (store::accounts::present_by_uri(url), store::statuses::visible_by_uri(url, viewer), asked.filters());
    let (account, status, filters) = store::load(&app.db, reads).await?;
    let mut found = Found { filters: filters.unwrap_or_default(), ..Found::default() };
    found.accounts.extend(account);
    found.statuses.extend(status);
    if !found.accounts.is_empty() || !found.statuses.is_empty() || !asked.resolves {
        return Ok(found);
    }
    personal::pace(app, LOOKUPS, 1)?;
    match resolve::by_url(app, url).await {
        Ok(Some(Resolved::Account(account))) => {
            outbox::opened(app, &account);
            found.accounts.extend(Some(*account).filter(|account| account.deleted_at.is_none()));
        }
        Ok(Some(Resolved::Status(id))) => {
            let view = store::load(&app.db, store::statuses::visible_by_id(id, viewer)).await?;
            found.statuses.extend(view);
        }
        Ok(None) => {}
        Err(error) => crate::platform::log_failure(&format!("resolve {url}"), &error),
    }
    Ok(found)
}

/// Accounts by handle or by words of their names; an unknown exact handle is fetched.
pub async fn accounts(
    app: &App,
    q: &str,
    resolves: bool,
    viewer: Option<Id>,
    only_followed: bool,
    page: &Page,
) -> Result<Vec<Account>> {
    let handle = acct::parse(q).and_then(|asked| asked.domain.map(|domain| (asked.username, domain)));
    if let Some((username, domain)) = handle {
        let Some(domain) = app.handle_domain(Some(&domain), app.primary()) else { return Ok(Vec::new()) };
        let domains = app.site().sharing(&domain);
        let known = store::load(&app.db, store::accounts::present_by_handle(&username, &domains)).await?;
        return Ok(match known {
            Some(account) => vec![account],
            None if resolves => {
                personal::pace(app, LOOKUPS, 1)?;
                handles::find(app, &username, &domain).await.into_iter().collect()
            }
            None => Vec::new(),
        });
    }
    let words = search_query::read(q).wanted.words;
    store::load(&app.db, store::search::accounts(&words, viewer, only_followed, page.limit, page.offset))
        .await
}
