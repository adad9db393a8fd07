//! Collections of accounts: <https://docs.joinmastodon.org/methods/collections/>.

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::collection::{Collection, Item};
use crate::model::id::Id;
use crate::model::relationship::Relationship;
use crate::store;
use crate::text::{count, hashtags, language};

const MAX_COLLECTIONS: usize = 10;
pub const MAX_ITEMS: usize = 25;
pub const MAX_NAME: usize = 40;
pub const MAX_DESCRIPTION: usize = 100;

/// What is given stays as it is where it is `None`; an empty language or hashtag is none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change<'a> {
    pub name: Option<&'a str>,
    pub description: Option<&'a str>,
    pub language: Option<&'a str>,
    pub tag: Option<&'a str>,
    pub is_sensitive: Option<bool>,
    pub is_discoverable: Option<bool>,
}

/// An empty one of this account.
pub fn begin(app: &App, owner: Id) -> Collection {
    let (id, created_at) = (app.new_id(), app.now());
    Collection { id, account_id: owner, is_discoverable: true, created_at, ..Collection::default() }
}

/// Puts what is given into a collection, and validates it. Errors: `Unprocessable`.
pub fn change(app: &App, collection: &mut Collection, given: &Change<'_>) -> Result<()> {
    let too_long = |what: &str, max: usize| {
        Error::validation(format!("{what} is too long (maximum is {max} characters)"))
    };
    if let Some(name) = given.name {
        collection.name = name.trim().to_owned();
    }
    if let Some(text) = given.description {
        collection.description = text.trim().to_owned();
    }
    if collection.name.is_empty() {
        return Err(Error::validation("Name can't be blank"));
    }
    if count::is_too_long(&collection.name, MAX_NAME) {
        return Err(too_long("Name", MAX_NAME));
    }
    if count::is_too_long(&collection.description, MAX_DESCRIPTION) {
        return Err(too_long("Description", MAX_DESCRIPTION));
    }
    if let Some(code) = given.language {
        let known = language::normalise(code);
        if known.is_none() && !code.is_empty() {
            return Err(Error::validation("Language is not included in the list"));
        }
        collection.language = known;
    }
    if let Some(tag) = given.tag {
        let tag = tag.trim().trim_start_matches(['#', '＃']);
        let is_tag = hashtags::is_name(tag);
        // What is refused is shown again.
        let tag = if is_tag { hashtags::normalise(tag) } else { tag.to_owned() };
        collection.tag = Some(tag).filter(|tag| !tag.is_empty());
        if collection.tag.is_some() && !is_tag {
            return Err(Error::validation("Tag is invalid"));
        }
    }
    collection.is_sensitive = given.is_sensitive.unwrap_or(collection.is_sensitive);
    collection.is_discoverable = given.is_discoverable.unwrap_or(collection.is_discoverable);
    collection.updated_at = app.now();
    Ok(())
}

/// Whether an account may be added to a collection: discoverable local ones, if neither blocks the other. Remote
/// ones would have to be asked through their servers, which is not implemented.
fn accepted(app: &App, target: &Account, relations: &[Relationship]) -> Result<Item> {
    let is_blocked = relations.iter().any(|r| r.id == target.id && (r.is_blocking || r.is_blocked_by));
    if is_blocked || !target.is_local() || !target.is_discoverable {
        return Err(Error::validation("Account does not want to be in collections"));
    }
    Ok(Item { id: app.new_id(), account_id: target.id, state: "accepted".into(), created_at: app.now() })
}

/// Stores a new collection with these members. Errors: `NotFound` where one of them is absent, `Unprocessable` where one may not be
/// added, or there are too many of them or of collections.
pub async fn create(app: &App, collection: &mut Collection, wanted: &[Id]) -> Result<()> {
    if wanted.len() > MAX_ITEMS {
        return Err(Error::validation(format!("A collection holds {MAX_ITEMS} accounts at most")));
    }
    if !wanted.is_empty() {
        let relations = store::follows::relationships(collection.account_id, wanted);
        let (people, relations) =
            store::load(&app.db, (store::accounts::present_of(wanted), relations)).await?;
        if people.len() < wanted.len() {
            return Err(Error::NotFound);
        }
        collection.items = people.iter().map(|a| accepted(app, a, &relations)).collect::<Result<_>>()?;
    }
    let mut batch = vec![store::collections::insert(collection, MAX_COLLECTIONS)];
    batch.extend(collection.items.iter().map(|i| store::collections::add(collection.id, i, MAX_ITEMS)));
    batch.push(store::collections::notify_added(app.new_id(), collection.id, &collection.items));
    let made = store::write(&app.db, batch).await?;
    if made.first().is_none_or(Vec::is_empty) {
        return Err(Error::validation("You have reached the maximum amount of collections"));
    }
    Ok(())
}

/// Stores what has changed, and tells the members.
pub async fn update(app: &App, before: Collection, collection: &Collection) -> Result<()> {
    let mut batch = vec![store::collections::update(collection)];
    if *collection != (Collection { updated_at: collection.updated_at, ..before }) {
        batch.extend(store::collections::notify_changed(app.new_id(), collection.id));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Adds an account. Errors: `NotFound` where it is absent, `Unprocessable` where it may not be added, is a member, or there are too
/// many.
pub async fn add(app: &App, collection: &Collection, wanted: Id) -> Result<Item> {
    if collection.items.len() >= MAX_ITEMS {
        return Err(Error::validation(format!("A collection holds {MAX_ITEMS} accounts at most")));
    }
    if collection.items.iter().any(|i| i.account_id == wanted) {
        return Err(Error::validation("Account has already been taken"));
    }
    let relations = store::follows::relationships(collection.account_id, &[wanted]);
    let (target, relations) = store::load(&app.db, (store::accounts::present(wanted), relations)).await?;
    let made = accepted(app, &target.ok_or(Error::NotFound)?, &relations)?;
    let batch = vec![
        store::collections::add(collection.id, &made, MAX_ITEMS),
        store::collections::notify_added(app.new_id(), collection.id, std::slice::from_ref(&made)),
    ];
    let rows = store::write(&app.db, batch).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(Error::validation("Account has already been taken"));
    }
    Ok(made)
}
