//! Lists of people: <https://docs.joinmastodon.org/methods/lists/>.

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::list::{List, MAX_LISTS, MAX_TITLE, RepliesPolicy};
use crate::store;
use crate::text::count;

/// Puts what is given into a list, and validates it. Errors: `Unprocessable`.
pub fn change(
    list: &mut List,
    title: Option<&str>,
    policy: Option<&str>,
    is_exclusive: Option<bool>,
) -> Result<()> {
    if let Some(title) = title {
        list.title = title.trim().to_owned();
    }
    let known = policy.and_then(RepliesPolicy::parse);
    list.replies = known.unwrap_or(list.replies);
    list.is_exclusive = is_exclusive.unwrap_or(list.is_exclusive);
    if list.title.is_empty() {
        return Err(Error::validation("Title can't be blank"));
    }
    if count::is_too_long(&list.title, MAX_TITLE) {
        return Err(Error::validation(format!("Title is too long (maximum is {MAX_TITLE} characters)")));
    }
    if policy.is_some() && known.is_none() {
        return Err(Error::validation("'replies_policy' is not a valid replies_policy"));
    }
    Ok(())
}

/// Error: `Unprocessable` where there are too many.
pub async fn create(app: &App, list: &List) -> Result<()> {
    let rows = store::write(&app.db, vec![store::lists::insert(list, MAX_LISTS)]).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(Error::validation("You have reached the maximum amount of lists"));
    }
    Ok(())
}

/// Adds accounts to a list of `owner`. Errors: `NotFound` for accounts that are not followed, `Unprocessable` for members.
pub async fn add(app: &App, owner: Id, list: Id, wanted: &[Id]) -> Result<()> {
    let reads = (store::lists::by_id(owner, list), store::lists::addable(owner, list, wanted));
    let (found, addable) = store::load(&app.db, reads).await?;
    found.ok_or(Error::NotFound)?;
    if wanted.iter().any(|w| !addable.iter().any(|(id, _)| id == w)) {
        return Err(Error::NotFound);
    }
    if addable.iter().any(|(_, is_member)| *is_member) {
        return Err(Error::validation("Account has already been taken"));
    }
    let rows: Vec<_> = wanted.iter().map(|target| (*target, app.new_id())).collect();
    store::write(&app.db, vec![store::lists::add(list, &rows)]).await?;
    Ok(())
}
