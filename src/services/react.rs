//! Emoji reactions, by local and remote accounts.

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::interaction::Interaction;
use crate::model::reaction::is_name;
use crate::model::status::{StatusView, Visibility};
use crate::model::uri::{self, PUBLIC};
use crate::platform::sql::Statement;
use crate::store;
use crate::store::announcements::Announcement;
use crate::store::reactions::New;
use crate::store::tombstones::{Relation, Signed, Undo};
use crate::text::emojis;

/// Maximum number of former followers' servers that get the Undo of a reaction.
const MAX_PAST: usize = 1000;

/// The audience of a reaction besides the author, as on the wire: everybody who may see the status.
fn others(author: &Account, visibility: Visibility) -> String {
    let followers = author.followers_url.as_deref().unwrap_or_default();
    match visibility {
        Visibility::Public | Visibility::Unlisted => format!("{PUBLIC} {followers}"),
        Visibility::Private => followers.to_owned(),
        Visibility::Direct => String::new(),
    }
}

/// Which servers get a reaction: the author's; for a local author those of the followers.
async fn audience(app: &App, author: &Account, visibility: Visibility) -> Result<Vec<Id>> {
    if author.is_local() && visibility != Visibility::Direct {
        return store::load(&app.db, store::follows::remote_servers(author.id)).await;
    }
    Ok(vec![author.id])
}

/// The name of a reaction, by what was typed or is in an address: an emoji, or a shortcode with or without colons.
pub fn name_of(given: &str) -> String {
    let given = given.trim().trim_matches(':');
    if emojis::is_emoji(given) { emojis::qualified(given) } else { given.to_owned() }
}

/// The picture of a custom emoji: of the instance, or of a reaction that the status already has. `None` for Unicode emojis.
/// Error: `Unprocessable` where it is no emoji.
pub async fn picture(app: &App, view: &StatusView, name: &str) -> Result<Option<String>> {
    if emojis::is_emoji(name) {
        return Ok(None);
    }
    if let Some(known) = view.proper().status.reactions.iter().find(|r| r.name == name) {
        return Ok(known.url.clone());
    }
    let found = store::load(&app.db, store::emojis::by_shortcodes(&[name.to_owned()])).await?;
    let found = found.into_iter().next().ok_or_else(|| Error::validation("That is no emoji"))?;
    Ok(Some(found.url))
}

/// `actor` adds a reaction to a status (the boosted one of a boost). `url` is a custom emoji's picture, `received`
/// a remote activity. Returns whether it is new.
///
/// Error: `Unprocessable` for a local account with too many reactions, for an invalid name, or where the
/// author does not allow it.
pub async fn react(
    app: &App,
    actor: &Account,
    view: &StatusView,
    name: &str,
    url: Option<&str>,
    received: Option<Signed<'_>>,
) -> Result<bool> {
    let StatusView { status, account: author, flags, .. } = view.proper();
    if !is_name(name) {
        return if actor.is_local() { Err(Error::validation("That is no emoji")) } else { Ok(false) };
    }
    let id = app.new_id();
    let uri = uri::reaction(&actor.uri, id);
    let activity = received.unwrap_or_else(|| Signed::ours(&uri));
    let new = New { id, status: status.id, account: actor.id, name, url, activity };
    let mut batch = vec![store::reactions::insert(&new)];
    if received.is_some() {
        batch.push(store::reactions::renew(&new));
    }
    if author.is_local() {
        batch.push(store::reactions::notify(id, status.id, actor.id, name));
    }
    if actor.is_local() {
        super::permission::needs_approval(actor, view, Interaction::Favourite)?;
        if flags.own_reactions.iter().any(|own| own == name) {
            return Ok(false);
        }
        let event = Event::React {
            uri: uri.clone(),
            object_uri: status.uri.clone(),
            author_uri: author.uri.clone(),
            name: name.to_owned(),
            url: url.unwrap_or_default().to_owned(),
            cc: others(author, status.visibility),
        };
        let outgoing = Outgoing::to(event, audience(app, author, status.visibility).await?);
        let outbox_id = app.new_id();
        let is_there = "EXISTS (SELECT 1 FROM reactions r JOIN statuses s ON s.id = r.status_id WHERE s.uri = json_extract(?3, '$[2]') \
             AND r.account_id = ?2 AND r.name = json_extract(?3, '$[4]') AND r.uri = json_extract(?3, '$[1]'))";
        batch.push(store::outbox::insert_if(is_there, outbox_id, actor.id, outgoing, app.now()));
        app.hint(Message::Distribute(outbox_id));
    }
    let rows = store::write(&app.db, batch).await?;
    let is_new = rows.first().is_some_and(|r| !r.is_empty());
    if actor.is_local() && !is_new {
        return Err(Error::validation("You have left the maximum number of reactions"));
    }
    Ok(is_new)
}

/// The statements of a remote Undo of a reaction: nothing where a newer one stands.
pub fn undo(actor: Id, status: Id, name: &str, undo: Undo<'_>) -> [Statement; 3] {
    [
        store::tombstones::undone(actor, Relation::Reaction(status, name), undo),
        store::reactions::withdraw(status, actor, name, undo),
        store::reactions::delete(status, actor, name, undo),
    ]
}

/// `actor` removes a reaction. Without one nothing happens.
pub async fn unreact(app: &App, actor: &Account, status: &StatusView, name: &str) -> Result<()> {
    let StatusView { status, account: author, .. } = status.proper();
    let mut batch = vec![
        store::reactions::withdraw(status.id, actor.id, name, Undo::ours()),
        store::reactions::delete(status.id, actor.id, name, Undo::ours()),
    ];
    if actor.is_local() {
        let (known, past) = store::load(
            &app.db,
            (
                store::reactions::of(status.id, actor.id, name),
                store::inboxes::past(author.id, status.id, MAX_PAST),
            ),
        )
        .await?;
        let Some((uri, url)) = known else { return Ok(()) };
        let people = audience(app, author, status.visibility).await?;
        let event = Event::UndoReact {
            uri,
            object_uri: status.uri.clone(),
            author_uri: author.uri.clone(),
            name: name.to_owned(),
            url: url.unwrap_or_default(),
            cc: others(author, status.visibility),
        };
        let id = app.new_id();
        // Also servers of former followers that got it.
        let outgoing = Outgoing { to_inboxes: past, ..Outgoing::to(event, people) };
        batch.push(store::outbox::insert(id, actor.id, outgoing, app.now()));
        app.hint(Message::Distribute(id));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Maximum number of different emojis on one announcement.
const MAX_OF_ANNOUNCEMENT: usize = 8;

/// `account` reacts to an announcement with an emoji, or a custom one of the instance by its shortcode. Error: `Unprocessable` where
/// it is neither, or where there are too many.
pub async fn to_announcement(app: &App, account: Id, to: &Announcement, name: &str) -> Result<()> {
    let is_known = to.reactions.iter().any(|r| r.name == name);
    if !is_known && to.reactions.len() >= MAX_OF_ANNOUNCEMENT {
        return Err(Error::validation("Limit of different reactions reached"));
    }
    let custom = store::load(&app.db, store::emojis::by_shortcodes(&[name.to_owned()])).await?;
    if custom.is_empty() && !emojis::is_emoji(name) {
        return Err(Error::validation("Name is not a recognized emoji"));
    }
    store::write(&app.db, vec![store::announcements::react(account, to.id, name)]).await?;
    Ok(())
}
