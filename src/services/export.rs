//! Exports, as Mastodon's files: <https://docs.joinmastodon.org/user/moving/#export>.

use crate::app::App;
use crate::error::Result;
use crate::model::account::Account;
use crate::model::import::Kind;
use crate::store;
use crate::store::imports::{MAX_PAGES, PAGE};
use crate::text::csv;

/// The file of what a person has of a kind, in the form that Mastodon writes: what was added last comes first. At most
/// [`MAX_PAGES`] times [`PAGE`] entries, the newest.
pub async fn file(app: &App, account: &Account, kind: Kind) -> Result<String> {
    let counts = store::load(&app.db, store::imports::counts(account.id)).await?;
    let count = Kind::ALL.iter().zip(&counts).find(|(k, _)| **k == kind).map_or(0, |(_, n)| *n);
    let pages = count.div_ceil(PAGE).min(MAX_PAGES);
    // One batch, so that nothing is missing or twice where something is added meanwhile.
    let pages: Vec<_> = (0..pages).map(|page| store::imports::export(account.id, kind, page)).collect();
    let mut text = String::new();
    if kind.has_header() {
        csv::write(&mut text, kind.columns());
    }
    for entry in store::load(&app.db, pages).await?.iter().flatten() {
        csv::write(&mut text, entry);
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
