//! Deletion: of a status, of an account, and of objects that have not arrived yet.

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::role::RoleId;
use crate::model::status::{StatusView, Visibility};
use crate::model::time::{MINUTE, Time};
use crate::model::user::User;
use crate::store;
use crate::store::tombstones::Early;

/// A local author deletes a status. The Delete goes to the followers (current and former servers), to
/// mentioned accounts, and to the author of the parent.
/// Its files stay for a day, for a new version of it, unless they are to go at once.
pub async fn status(app: &App, author: &Account, view: &StatusView, deletes_media: bool) -> Result<()> {
    let status = &view.status;
    let id = app.new_id();
    let mut to_accounts: Vec<Id> = status.mentions.iter().filter(|m| !m.is_local).map(|m| m.id).collect();
    to_accounts.extend(status.in_reply_to_account_id);
    let interested = store::load(&app.db, store::statuses::remote_interested(status.id)).await?;
    to_accounts.extend(interested);
    let outgoing = Outgoing::to(Event::Delete { uri: status.uri.clone() }, to_accounts)
        .followers(status.visibility != Visibility::Direct)
        .relays(status.visibility == Visibility::Public)
        .since(status.id);
    let mut batch = vec![
        store::outbox::insert(id, author.id, outgoing, app.now()),
        store::statuses::delete(status.id, author.id),
        store::tombstones::insert(&status.uri, author.id, app.now()),
    ];
    if !status.media.is_empty() {
        batch.push(store::media::release(status.id, author.id, app.now(), deletes_media));
    }
    store::write(&app.db, batch).await?;
    app.hint(Message::Distribute(id));
    Ok(())
}

/// What is kept of the Undos and Deletes of an actor that come before what they are about.
pub fn early(app: &App, is_followed: bool) -> Early {
    match app.site().fill(app.meter.size()) {
        Some(fill) if fill.is_closed(is_followed) => Early::Nothing,
        _ if is_followed => Early::All,
        _ => Early::Newest,
    }
}

/// A remote actor deletes or undoes `uri` in an activity signed `at`: one of their statuses or boosts, stored or not yet, or an
/// authorization of a quote. A tombstone keeps it from being stored later; of an
/// actor whom nobody follows only the newest such tombstones are kept. Returns the local quotes that lost
/// their authorization, with their authors.
pub async fn remote_by_uri(
    app: &App,
    actor: &Account,
    uri: &str,
    at: Time,
    is_followed: bool,
) -> Result<Vec<(Id, Id)>> {
    let mut batch = vec![store::quotes::revoke_by_stamp(uri, actor.id)];
    batch.extend(store::tombstones::withdrawn(uri, actor.id, at, early(app, is_followed)));
    batch.push(store::statuses::delete_by_uri(uri, actor.id));
    if app.site().spam.may_hold(app.now()) {
        batch.push(store::held::withdraw(uri, actor.id));
    }
    let rows = store::write(&app.db, batch).await?;
    let mut quotes = Vec::new();
    for row in rows.first().into_iter().flatten() {
        if row.bool("is_local")? {
            quotes.push((row.id("id")?, row.id("account_id")?));
        }
    }
    Ok(quotes)
}

/// A remote account is deleted with everything of it. If we suspended it, the row stays, so that the
/// suspension holds if it comes back.
pub async fn remote_account(app: &App, actor: &Account) -> Result<()> {
    let mut batch = store::accounts::delete_remote(actor.id);
    if actor.is_suspended() && !actor.is_suspended_by_origin {
        batch.push(super::job::row(app, "purge", &actor.uri, "0"));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// How many statuses of an account are deleted at a time.
const ROUND: usize = 50;
/// An account is kept until its followers have been found.
const PURGE_AFTER: i64 = 10 * MINUTE;

/// A local account is deleted: the login at once, everything visible as well, the rest later by jobs. The
/// Delete goes to the followers' servers, then to every other one. The name stays reserved, and the key is
/// kept to sign the Delete.
///
/// Error: `Forbidden` for the owner, since the instance needs one.
pub async fn local_account(app: &App, user: &User, account: &Account) -> Result<()> {
    if user.role == RoleId::OWNER {
        return Err(Error::Forbidden("The owner cannot leave their instance".into()));
    }
    let now = app.now();
    let mut batch = store::account_deletion::delete_login(account.id);
    batch.extend(user.email.as_ref().map(|email| store::users::keep_email(user.person, email)));
    batch.push(store::account_deletion::clear_profile(account.id, now));
    batch.push(store::account_deletion::delete_pending(account.id));
    batch.push(store::media::release_all(account.id));
    let followers = Outgoing::to(Event::DeleteActor, Vec::new()).followers(true);
    for (outgoing, is_for_all) in [(followers, false), (Outgoing::to(Event::DeleteActor, Vec::new()), true)] {
        let id = app.new_id();
        batch.push(store::outbox::insert(id, account.id, outgoing, now));
        if is_for_all {
            batch.push(store::account_deletion::add_all_inboxes(id, account.id));
        }
        app.hint(Message::Distribute(id));
    }
    batch.push(store::jobs::insert(app.new_id(), "purge", &account.uri, "0", now.plus(PURGE_AFTER)));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Ties of an account that one round of [`purge`] deletes: tables, one statement each.
const TIES: usize = 10;

/// One round of the deletion that [`local_account`] started: `round` is its number, or `ties n` once the statuses are
/// deleted. Another job is the next round. While the followers' servers are not told yet, that is all that happens: a wait
/// is no failed attempt.
pub async fn purge(app: &App, uri: &str, round: &str) -> Result<()> {
    let Some(account) = store::load(&app.db, store::accounts::by_uri(uri)).await? else { return Ok(()) };
    if account.suspended_at.is_none() {
        return Ok(());
    }
    if store::load(&app.db, store::account_deletion::is_distributing(account.id)).await? {
        let next = round.parse::<i64>().unwrap_or(0) + 1;
        let at = app.now().plus(PURGE_AFTER);
        let insert = store::jobs::insert(app.new_id(), "purge", uri, &next.to_string(), at);
        store::write(&app.db, vec![insert]).await?;
        return Ok(());
    }
    if let Some(from) = round.strip_prefix("ties ").and_then(|n| n.parse::<usize>().ok()) {
        return clear_ties(app, &account, from).await;
    }
    let gone =
        store::write(&app.db, vec![store::account_deletion::clear_statuses(account.id, ROUND)]).await?;
    if gone.first().is_some_and(|rows| rows.len() == ROUND) {
        let next = round.parse::<i64>().unwrap_or(0) + 1;
        super::job::start(app, "purge", uri, &next.to_string()).await?;
        return Ok(());
    }
    clear_ties(app, &account, 0).await
}

/// Deletes a portion of an account's ties, and plans the next one.
async fn clear_ties(app: &App, account: &Account, from: usize) -> Result<()> {
    let mut batch = store::account_deletion::clear_ties(account.id, from, TIES);
    if batch.len() == TIES {
        let round = format!("ties {}", from + TIES);
        batch.push(super::job::row(app, "purge", &account.uri, &round));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}
