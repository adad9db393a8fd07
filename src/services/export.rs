//! Exports, as Mastodon's files: <https://docs.joinmastodon.org/user/moving/#export>.

use crate::app::App;
use crate::error::Result;
use crate::model::account::Account;
use crate::model::import::Kind;
use crate::store;
use crate::text::csv;
use crate::text::xml::Xml;

/// The file of what a person has of a kind, in the form that Mastodon writes: what was added last comes first. Of more than
/// [`store::imports::export`] reads, the newest.
pub async fn file(app: &App, account: &Account, kind: Kind) -> Result<String> {
    let mut text = String::new();
    if kind.has_header() {
        csv::write(&mut text, kind.columns());
    }
    for entry in store::load(&app.db, store::imports::export(account.id, kind)).await? {
        csv::write(&mut text, &entry);
    }
    Ok(text)
}

/// The file of the entries that failed when a person's file of a kind was imported: its columns, and why in words.
/// Without the last column it can be imported again.
pub async fn failures(
    app: &App,
    account: &Account,
    kind: Kind,
    reason: &str,
    say: impl Fn(&str) -> String,
) -> Result<String> {
    let failed = store::load(&app.db, store::imports::failures(account.id, kind)).await?;
    let mut text = String::new();
    csv::write(&mut text, &[kind.columns(), &[reason]].concat());
    for entry in failed {
        if let Some((why, texts)) = entry.split_first() {
            let mut row = texts.to_vec();
            row.resize(kind.columns().len(), String::new());
            row.push(say(why));
            csv::write(&mut text, &row);
        }
    }
    Ok(text)
}

/// Whom a person follows as OPML 2.0 (<http://opml.org/spec2.opml>), for feed readers: a subscription for each account that
/// probably has a feed, a link to the page of every other one.
pub async fn opml(app: &App, account: &Account) -> Result<String> {
    let mut xml = Xml::new();
    xml.open("opml", &[("version", "2.0")]);
    xml.open("head", &[]);
    xml.text("title", &[], &format!("@{}", account.handle()));
    xml.text("ownerName", &[], account.name());
    xml.close("head");
    xml.open("body", &[]);
    for entry in store::load(&app.db, store::imports::followed_pages(account.id)).await? {
        let [name, address, page, feed] = [0, 1, 2, 3].map(|at| entry.get(at).map_or("", String::as_str));
        let text = format!("{name} (@{address})");
        if feed.is_empty() {
            xml.empty("outline", &[("type", "link"), ("text", &text), ("url", page)]);
        } else {
            let subscription = [("type", "rss"), ("text", &*text), ("xmlUrl", feed), ("htmlUrl", page)];
            xml.empty("outline", &subscription);
        }
    }
    xml.close("body");
    xml.close("opml");
    Ok(xml.into_string())
}
