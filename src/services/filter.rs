//! Filters of version 2: <https://docs.joinmastodon.org/methods/filters/>.

use std::collections::HashSet;

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::filter::{ACTIONS, CONTEXTS, Filter};
use crate::model::id::Id;
use crate::platform::sql::Statement;
use crate::store;
use crate::text::count;

pub const MAX_TITLE: usize = 256;
const MAX_KEYWORD: usize = 512;
/// Maximum number of keywords and statuses of all filters together, which are read with every timeline.
const MAX: usize = 1000;
/// Maximum number of filters, for the same reason.
const MAX_FILTERS: usize = 200;

/// Validates title, contexts and action, and leaves each context once. Errors: `Unprocessable`.
pub fn check(f: &mut Filter) -> Result<()> {
    let mut seen = HashSet::new();
    f.contexts.retain(|context| seen.insert(context.clone()));
    if f.title.is_empty() {
        return Err(Error::validation("Title can't be blank"));
    }
    if count::is_too_long(&f.title, MAX_TITLE) {
        return Err(Error::validation(format!("Title is too long (maximum is {MAX_TITLE} characters)")));
    }
    if f.contexts.is_empty() || f.contexts.iter().any(|x| !CONTEXTS.contains(&x.as_str())) {
        return Err(Error::validation("Context None or invalid context supplied"));
    }
    if !ACTIONS.contains(&f.action.as_str()) {
        return Err(Error::validation("Action is not included in the list"));
    }
    Ok(())
}

/// Validates a keyword. Errors: `Unprocessable`.
pub fn checked(keyword: &str) -> Result<String> {
    let keyword = keyword.trim();
    if keyword.is_empty() {
        return Err(Error::validation("Keyword can't be blank"));
    }
    if count::is_too_long(keyword, MAX_KEYWORD) {
        return Err(Error::validation(format!("Keyword is too long (maximum is {MAX_KEYWORD} characters)")));
    }
    Ok(keyword.to_owned())
}

/// Writes changes of a filter of `owner`, whose new state is `f`; `all` are the owner's as they were read. Errors: `Unprocessable` where
/// that is too much, also together with what others have written since.
pub async fn write(
    app: &App,
    owner: Id,
    all: &[Filter],
    f: &Filter,
    mut changes: Vec<Statement>,
) -> Result<()> {
    let too_many = || Error::validation(format!("Filters can hold {MAX} keywords and posts at most"));
    let others = all.iter().filter(|o| o.id != f.id);
    let count = others.clone().count();
    let all: usize = others.map(|o| o.keywords.len() + o.statuses.len()).sum();
    if all + f.keywords.len() + f.statuses.len() > MAX {
        return Err(too_many());
    }
    if count >= MAX_FILTERS {
        return Err(Error::validation(format!("There can be {MAX_FILTERS} filters at most")));
    }
    changes.push(store::filters::within(owner, MAX_FILTERS, MAX));
    match store::write(&app.db, changes).await {
        Err(Error::Conflict(what)) if what.contains("filters.id") => Err(too_many()),
        done => done.map(|_| ()),
    }
}
