//! What members of staff say of hashtags, posts, links and sites that trend, or should not.

use std::collections::BTreeMap;

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::audit::Target;
use crate::model::id::{Id, MAX};
use crate::model::page::{Listed, Page};
use crate::model::status::{StatusView, Visibility};
use crate::model::tag::{Change, number};
use crate::model::trend::{Kind, Review, Reviewed};
use crate::platform::guard::typed_domain;
use crate::platform::sql::Statement;
use crate::store;
use crate::text::hashtags;

/// The line of the audit log, with what is one of its words.
fn audit(app: &App, by: &Account, what: &str, target: &Target, detail: &str) -> Statement {
    store::audit::insert(app.new_id(), by.id, what, target, detail)
}

/// Says that something may trend, or may not. It is seen at once.
pub async fn review(app: &App, by: &Account, of: Reviewed<'_>, may_trend: bool) -> Result<()> {
    let (kind, target) = match of {
        Reviewed::Status(id) => (Kind::Status, Target::new("status", id, format!("{id}"))),
        Reviewed::Account(id) => {
            let account = store::load(&app.db, store::accounts::present(id)).await?.ok_or(Error::NotFound)?;
            (Kind::Status, Target::account(&account))
        }
        Reviewed::Link(url) => (Kind::Link, Target::new("link", number(url), url)),
        Reviewed::Publisher(host) => (Kind::Link, Target::new("publisher", number(host), host)),
    };
    let batch = vec![
        store::trends::set_trendable(of, may_trend, app.now()),
        store::trends::judge(kind),
        audit(app, by, if may_trend { "approve" } else { "reject" }, &target, "trends"),
    ];
    store::write(&app.db, batch).await?;
    Ok(())
}

/// A post that staff may say something of: a public one that `by` may see. Error: `NotFound`.
pub async fn status(app: &App, by: &Account, id: Id) -> Result<StatusView> {
    let found = store::load(&app.db, store::statuses::visible_by_id(id, Some(by.id))).await?;
    let is_open = |view: &StatusView| {
        view.status.visibility == Visibility::Public && view.status.reblog_of_id.is_none()
    };
    found.filter(is_open).ok_or(Error::NotFound)
}

/// Changes what is decided about a hashtag, by its normalised name.
///
/// Error: `Unprocessable` where its display name is another hashtag, or something is decided about too many.
pub async fn change_tag(app: &App, by: &Account, name: &str, change: &Change) -> Result<()> {
    if let Some(shown) = &change.display_name
        && (!hashtags::is_name(shown) || hashtags::normalise(shown) != name)
    {
        return Err(Error::validation("Display name does not match the previous name"));
    }
    let flags =
        [("usable", change.is_usable), ("listable", change.is_listable), ("trendable", change.is_trendable)];
    let told: Vec<String> =
        flags.iter().filter_map(|(what, is)| is.map(|is| format!("{what}: {is}"))).collect();
    let target = Target::new("tag", number(name), format!("#{name}"));
    let batch = vec![
        store::tag_rules::put(name, change, app.now()),
        store::trends::judge(Kind::Tag),
        audit(app, by, "update", &target, &told.join(", ")),
    ];
    let rows = store::write(&app.db, batch).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(Error::validation("There are too many of them"));
    }
    super::install::reload(app).await
}

/// The hashtag that a client means by an id, or by its name. Error: `NotFound` where none of those that are known has that id
/// (`store::tag_rules::names`).
pub async fn tag(app: &App, asked: &str) -> Result<String> {
    if let Some(id) = Id::parse(asked)
        && let Some(name) = tag_of(app, id).await?
    {
        return Ok(name);
    }
    let name = hashtags::normalise(asked);
    if hashtags::is_name(asked) && !name.is_empty() { Ok(name) } else { Err(Error::NotFound) }
}

/// The known hashtag with an id.
pub async fn tag_of(app: &App, id: Id) -> Result<Option<String>> {
    let names = store::load(&app.db, store::tag_rules::names()).await?;
    Ok(names.into_iter().find(|name| number(name) == id))
}

/// A page of the known hashtags, by their ids.
pub async fn tags(app: &App, page: &Page) -> Result<Listed<String>> {
    let names = store::load(&app.db, store::tag_rules::names()).await?;
    Ok(page_of(names.into_iter().map(|name| (number(&name), name)).collect(), page))
}

/// The link with an id, among those that trend and those that something was said of. Error: `NotFound`.
pub async fn link(app: &App, id: Id) -> Result<String> {
    let parts = (store::trends::decisions(Kind::Link), store::trends::reviews("link"));
    let (trending, reviewed) = store::load(&app.db, parts).await?;
    let mut urls = trending.into_iter().map(|(url, _)| url).chain(reviewed.into_iter().map(|r| r.key));
    urls.find(|url| number(url) == id).ok_or(Error::NotFound)
}

/// A site that links lead to, and what staff has said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publisher {
    pub host: String,
    pub review: Option<Review>,
}

async fn all_publishers(app: &App) -> Result<Vec<(Id, Publisher)>> {
    let parts = (store::trends::hosts(), store::trends::reviews("publisher"));
    let (hosts, reviews) = store::load(&app.db, parts).await?;
    let mut all: BTreeMap<String, Option<Review>> = hosts.into_iter().map(|host| (host, None)).collect();
    all.extend(reviews.into_iter().map(|review| (review.key.clone(), Some(review))));
    all.remove("");
    Ok(all.into_iter().map(|(host, review)| (number(&host), Publisher { host, review })).collect())
}

/// A page of the sites whose links trend and of those that something was said of, by their ids.
pub async fn publishers(app: &App, page: &Page) -> Result<Listed<Publisher>> {
    Ok(page_of(all_publishers(app).await?, page))
}

/// The host of the site with an id, among those of [`publishers`]. Error: `NotFound`.
pub async fn publisher(app: &App, id: Id) -> Result<String> {
    let found = all_publishers(app).await?.into_iter().find(|(known, _)| *known == id);
    found.map(|(_, publisher)| publisher.host).ok_or(Error::NotFound)
}

/// The host of a site as somebody types it, or its address. Error: `Unprocessable`.
pub fn host(typed: &str) -> Result<String> {
    let known = typed_domain(typed).filter(|host| host.contains('.') && !host.contains(':'));
    known.ok_or_else(|| Error::validation("Domain is not a valid domain name"))
}

/// A page of what has ids that no query can order.
fn page_of<T>(mut all: Vec<(Id, T)>, page: &Page) -> Listed<T> {
    let below = page.max_id.map_or(MAX + 1, |id| id.0);
    let above = page.min_id.or(page.since_id).map_or(-1, |id| id.0);
    all.retain(|(id, _)| id.0 < below && id.0 > above);
    all.sort_by_key(|(id, _)| std::cmp::Reverse(*id));
    let goes_on = all.len() > page.limit;
    if page.min_id.is_some() {
        all.drain(..all.len().saturating_sub(page.limit));
    }
    all.truncate(page.limit);
    let (cursors, items) = all.into_iter().unzip();
    Listed { items, cursors, goes_on, is_cut: false }
}

/// Whether nothing trends that staff has not approved.
pub async fn set_review(app: &App, by: &Account, is_needed: bool) -> Result<()> {
    let word = if is_needed { "on" } else { "" };
    let target = Target::new("settings", Id::default(), "trends_review");
    let batch = vec![
        store::site::set_or_unset("trends_review", word),
        audit(app, by, "update", &target, if is_needed { "on" } else { "off" }),
    ];
    store::write(&app.db, batch).await?;
    super::install::reload(app).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_go_down_and_up() {
        let all = || (1..=9).map(|n| (Id(n), n)).collect::<Vec<_>>();
        let of = |page: &Page| page_of(all(), page);
        let first = of(&Page { limit: 4, ..Page::first(4) });
        assert_eq!((first.items, first.goes_on), (vec![9, 8, 7, 6], true));
        let next = of(&Page { max_id: Some(Id(3)), ..Page::first(4) });
        assert_eq!((next.items, next.goes_on), (vec![2, 1], false));
        let up = of(&Page { min_id: Some(Id(3)), ..Page::first(2) });
        assert_eq!(up.items, [5, 4]);
        let since = of(&Page { since_id: Some(Id(3)), ..Page::first(2) });
        assert_eq!(since.items, [9, 8]);
    }

    #[test]
    fn a_site_is_a_host() {
        for (typed, host) in [
            ("Example.com", "example.com"),
            (" https://sub.example.com/a?b", "sub.example.com"),
            ("한국.example", "xn--3e0b707e.example"),
        ] {
            assert_eq!(super::host(typed).unwrap(), host);
        }
        assert!(super::host("localhost").is_err() && super::host("").is_err() && super::host("a b").is_err());
    }
}
