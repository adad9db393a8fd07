//! What lies beyond a document: the pages of a collection. Whoever serves one may make it endless or circular,
//! so that every walk has a budget of pages and of items and remembers where it has been.

use serde_json::Value;

use super::{fetch, vocab};
use crate::app::App;
use crate::error::{Error, Result};

/// How far a walk may go.
#[derive(Debug)]
pub struct Budget {
    pages: usize,
    items: usize,
    seen: Vec<String>,
}

impl Budget {
    /// So many fetched documents, and so many items of them.
    pub fn new(pages: usize, items: usize) -> Self {
        Self { pages, items, seen: Vec::new() }
    }

    /// Whether a page may be fetched: not one too many, none twice.
    fn takes(&mut self, url: &str) -> bool {
        if self.pages == 0 || self.seen.iter().any(|s| s == url) {
            return false;
        }
        self.pages -= 1;
        self.seen.push(url.to_owned());
        true
    }
}

/// The addresses of what a collection at `url` holds, as far as the budget goes. Its pages are of its own host.
///
/// Errors: as the fetch of its first document; a later page that fails ends the walk.
pub async fn addresses(app: &App, url: &str, budget: &mut Budget) -> Result<Vec<String>> {
    if !budget.takes(url) {
        return Err(Error::Unprocessable("The collection was read already".into()));
    }
    let document = fetch::collection(app, url).await?;
    Ok(walk(app, &document, url, budget).await)
}

/// As [`addresses`], of a collection that is here already, served by the host of `home`.
pub async fn walk(app: &App, collection: &Value, home: &str, budget: &mut Budget) -> Vec<String> {
    let mut all = Vec::new();
    let mut fetched;
    let mut page = collection;
    loop {
        for property in ["orderedItems", "items"] {
            for item in vocab::list(page, property) {
                // Some serve the Create with its note inside.
                let item = if vocab::kind(item) == "Create" {
                    vocab::first(item, "object").unwrap_or(item)
                } else {
                    item
                };
                if let Some(address) = vocab::link(item).filter(|_| budget.items > 0) {
                    budget.items -= 1;
                    all.push(address.to_owned());
                }
            }
        }
        if budget.items == 0 {
            return all;
        }
        let Some(next) = ["first", "next"].iter().find_map(|p| vocab::first(page, p)) else { return all };
        if next.is_object() && (next.get("items").is_some() || next.get("orderedItems").is_some()) {
            page = next;
            continue;
        }
        let Some(url) = vocab::link(next).filter(|n| vocab::is_same_host(n, home)).map(str::to_owned) else {
            return all;
        };
        if !budget.takes(&url) {
            return all;
        }
        match fetch::collection(app, &url).await {
            Ok(document) => fetched = document,
            Err(error) => {
                crate::platform::log(&format!("page {url}: {error}"));
                return all;
            }
        }
        page = &fetched;
    }
}
