//! Relays: the operator subscribes to them with the instance actor.

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::relay::{Relay, State};
use crate::model::uri::{self, PUBLIC};
use crate::platform::guard::{Policy, SafeUrl};
use crate::platform::sql::Statement;
use crate::store;

fn actor(app: &App) -> Result<Id> {
    app.site().actor_id.ok_or(Error::NotFound)
}

/// Subscribes to a relay by the URL of its inbox (Mastodon's form: the public collection is followed) or of
/// its actor (LitePub's: the actor is followed). A relay that is subscribed already is followed anew, and counts once it accepts.
///
/// Errors: `Unprocessable` where it is not a URL on another server.
pub async fn subscribe(app: &App, address: &str) -> Result<()> {
    let policy = Policy { is_development: app.config.is_development };
    let url = SafeUrl::check(address.trim(), &policy)
        .map_err(|_| Error::validation("That is not the address of a relay"))?;
    let address = url.as_str().to_owned();
    if app.site().is_ours(&address) {
        return Err(Error::validation("That is this server"));
    }
    let id = app.new_id();
    let origin = app.home().web_origin;
    let relay = Relay {
        id,
        domain: url.host(),
        inbox_id: None,
        actor_uri: None,
        follow_uri: uri::follow(&uri::instance_actor(&origin), id),
        state: State::Pending,
        address,
    };
    if Relay::is_inbox(&relay.address) {
        let new = app.new_id();
        store::write(&app.db, vec![store::inboxes::insert(new, &relay.address, &relay.domain)]).await?;
        let inbox =
            store::load(&app.db, store::inboxes::by_url(&relay.address)).await?.ok_or(Error::NotFound)?;
        let relay = Relay { inbox_id: Some(inbox), ..relay };
        let mut batch = vec![store::relays::insert(&relay)];
        batch.extend(send(app, &relay, inbox, PUBLIC, true)?);
        store::write(&app.db, batch).await?;
        return Ok(());
    }
    let batch =
        vec![store::relays::insert(&relay), super::job::row(app, "relay", &relay.address, &id.to_string())];
    store::write(&app.db, batch).await?;
    Ok(())
}

/// The actor of a relay's URL is `account`: it is followed now.
pub async fn resolved(app: &App, relay: Id, account: &Account) -> Result<()> {
    let (relay, inbox) =
        store::load(&app.db, (store::relays::by_id(relay), store::inboxes::by_url(account.delivery_inbox())))
            .await?;
    let (Some(relay), Some(inbox)) = (relay, inbox) else { return Ok(()) };
    let domain =
        SafeUrl::check(account.delivery_inbox(), &Policy { is_development: app.config.is_development })?
            .host();
    let mut batch = vec![store::relays::set_actor(relay.id, inbox, &domain, &account.uri)];
    batch.extend(send(app, &relay, inbox, &account.uri, true)?);
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Sends Follow, or its Undo, to a relay's inbox.
fn send(app: &App, relay: &Relay, inbox: Id, object: &str, is_welcome: bool) -> Result<Option<Statement>> {
    let (uri, object_uri) = (relay.follow_uri.clone(), object.to_owned());
    let event =
        if is_welcome { Event::Follow { uri, object_uri } } else { Event::UndoFollow { uri, object_uri } };
    let id = app.new_id();
    app.hint(Message::Distribute(id));
    Ok(Some(store::outbox::insert(id, actor(app)?, Outgoing::to_inboxes(event, vec![inbox]), app.now())))
}

/// Unsubscribes from a relay.
pub async fn unsubscribe(app: &App, id: Id) -> Result<()> {
    let relay = store::load(&app.db, store::relays::by_id(id)).await?.ok_or(Error::NotFound)?;
    let object = if Relay::is_inbox(&relay.address) { Some(PUBLIC) } else { relay.actor_uri.as_deref() };
    let mut batch = vec![store::relays::delete(id)];
    if let (Some(inbox), Some(object)) = (relay.inbox_id, object) {
        batch.extend(send(app, &relay, inbox, object, false)?);
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// An actor follows the instance actor: relays may, and get an Accept. Returns whether it is one.
pub async fn followed(app: &App, relay: &Account, uri: &str) -> Result<bool> {
    if !store::load(&app.db, store::relays::is_relay(&relay.uri)).await? {
        return Ok(false);
    }
    let id = app.new_id();
    let event = Event::AcceptFollow { uri: uri.to_owned(), actor_uri: relay.uri.clone() };
    let outgoing = Outgoing::to(event, vec![relay.id]);
    store::write(&app.db, vec![store::outbox::insert(id, actor(app)?, outgoing, app.now())]).await?;
    app.hint(Message::Distribute(id));
    Ok(true)
}

/// An answer to our Follow `uri`. Only the relay's own host counts.
///
/// Errors: `NotFound` where that is not a Follow of a relay, or the answer is another actor's.
pub async fn answer(app: &App, uri: &str, actor: &Account, is_welcome: bool) -> Result<()> {
    let relay = store::load(&app.db, store::relays::by_follow(uri)).await?.ok_or(Error::NotFound)?;
    let policy = Policy { is_development: app.config.is_development };
    let is_theirs = SafeUrl::check(&actor.uri, &policy).is_ok_and(|url| url.host() == relay.domain);
    if !is_theirs || relay.actor_uri.is_some_and(|known| known != actor.uri) {
        return Err(Error::NotFound);
    }
    let state = if is_welcome { State::Accepted } else { State::Rejected };
    store::write(&app.db, vec![store::relays::set_state(relay.id, state, &actor.uri)]).await?;
    Ok(())
}
