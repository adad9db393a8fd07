//! Following and its end, from either side.

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::time::{DAY, MINUTE};
use crate::model::uri;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::follows::{Options, Other, Tie};

/// So many may be followed, however few follow back.
const MOST_FOLLOWS: i64 = 7500;
/// So many ties are made or ended in one batch …
const TIES: usize = 50;
/// … and so many batches at the most.
const BATCHES: usize = 20;

/// How far a follow's notification may be older than now when it is withdrawn by its follow's id.
const SAME_MOMENT: i64 = MINUTE;

fn told(app: &App, batch: &mut Vec<Statement>, account: &Account, outgoing: Outgoing) {
    told_if(app, batch, "1", account, outgoing);
}

/// Where `condition` holds when the batch comes to it: [`store::outbox::insert_if`].
fn told_if(
    app: &App,
    batch: &mut Vec<Statement>,
    condition: &'static str,
    account: &Account,
    outgoing: Outgoing,
) {
    let id = app.new_id();
    batch.push(store::outbox::insert_if(condition, id, account.id, outgoing, app.now()));
    app.hint(Message::Distribute(id));
}

fn to_one(event: Event, account: &Account) -> Outgoing {
    Outgoing::to(event, vec![account.id])
}

/// `actor` wants to follow `target`. `uri` is the remote Follow's id; a local follow mints its own.
/// A remote target answers with Accept, so a local actor's follow is a request until then; a local
/// unlocked target accepts at once. A repeated remote Follow is answered again.
///
/// Errors: `Forbidden` where one of the two blocks the other or its domain or the target has moved, `NotFound`
/// for suspended targets and for oneself, `Unprocessable` for a local actor who follows too many.
pub async fn follow(
    app: &App,
    actor: &Account,
    target: &Account,
    uri: Option<&str>,
    options: &Options,
) -> Result<()> {
    if actor.id == target.id || target.is_suspended() {
        return Err(Error::NotFound);
    }
    if target.actor_type == "Application" && target.is_local() {
        return Err(Error::Forbidden("The instance itself cannot be followed".into()));
    }
    let known = store::load(&app.db, store::follows::between(actor.id, target.id)).await?;
    // One that is known already is only answered again.
    if target.moved_to_id.is_some() && known.is_none() {
        return Err(Error::Forbidden("This action is not allowed".into()));
    }
    // As Mastodon: beyond the limit, a tenth more than follow back.
    let most = MOST_FOLLOWS.max(actor.followers_count + actor.followers_count / 10);
    if actor.is_local() && known.is_none() && actor.following_count >= most {
        return Err(Error::validation(format!("You cannot follow more than {most} people")));
    }
    let id = known.as_ref().map_or_else(|| app.new_id(), |tie| tie.id);
    let uri = match (uri, &known) {
        (Some(uri), _) => uri.to_owned(),
        (None, Some(tie)) => tie.uri.clone(),
        (None, None) => uri::follow(&actor.uri, id),
    };
    let is_accepted = match &known {
        Some(tie) => !tie.is_request,
        None => target.is_local() && !target.is_locked,
    };
    let mut batch = Vec::new();
    let stored = if is_accepted {
        batch.push(store::notifications::follow(id, target.id, actor.id, &uri));
        store::follows::insert(id, actor.id, target.id, &uri, options)
    } else {
        batch.push(store::notifications::follow_request(id, target.id, actor.id, &uri));
        store::follows::insert_request(id, actor.id, target.id, &uri, options)
    };
    let place = batch.len();
    batch.push(stored);
    if actor.is_local() && !target.is_local() && known.is_none() {
        let event = Event::Follow { uri: uri.clone(), object_uri: target.uri.clone() };
        told_if(app, &mut batch, store::follows::HAS_ASKED, actor, to_one(event, target));
    }
    if is_accepted && target.is_local() && !actor.is_local() {
        let event = Event::AcceptFollow { uri: uri.clone(), actor_uri: actor.uri.clone() };
        told_if(app, &mut batch, store::follows::IS_FOLLOWED, target, to_one(event, actor));
    }
    let rows = store::write(&app.db, batch).await?;
    if rows.get(place).is_none_or(Vec::is_empty) {
        return Err(Error::Forbidden("This action is not allowed".into()));
    }
    Ok(())
}

/// `actor` no longer follows `target`, or takes back a request.
pub async fn unfollow(app: &App, actor: &Account, target: &Account) -> Result<()> {
    let Some(tie) = store::load(&app.db, store::follows::between(actor.id, target.id)).await? else {
        return Ok(());
    };
    let mut batch = sever(&tie);
    if actor.is_local() && !target.is_local() {
        let event = Event::UndoFollow { uri: tie.uri, object_uri: target.uri.clone() };
        told(app, &mut batch, actor, to_one(event, target));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// The rows that end a follow or request, with what told of it.
fn sever(tie: &Tie) -> Vec<Statement> {
    let since = Id::floor(tie.id.unix_ms() - SAME_MOMENT);
    vec![
        store::follows::delete(tie.account_id, tie.target_id),
        store::follows::delete_request(tie.account_id, tie.target_id),
        store::notifications::withdraw_follow(tie.target_id, tie.account_id, since),
    ]
}

/// A remote Undo of a Follow or Block by its id alone. Answers whether there was one.
pub async fn undo_by_uri(app: &App, actor: &Account, uri: &str) -> Result<bool> {
    let (tie, block) = store::load(
        &app.db,
        (store::follows::by_uri(actor.id, uri), store::follows::blocked_by_uri(actor.id, uri)),
    )
    .await?;
    let batch = match (tie, block) {
        (Some(tie), _) => sever(&tie),
        (None, Some(target)) => vec![store::follows::delete_block(actor.id, target)],
        (None, None) => return Ok(false),
    };
    store::write(&app.db, batch).await?;
    Ok(true)
}

/// `target` lets `follower` follow. For a local target this is the person's word, for a remote one
/// the Accept that came back. Nothing happens where there is no request.
pub async fn accept(app: &App, follower: &Account, target: &Account) -> Result<()> {
    let Some(tie) = store::load(&app.db, store::follows::between(follower.id, target.id)).await? else {
        return Err(Error::NotFound);
    };
    let mut batch = Vec::new();
    let other = Other { id: follower.id, uri: follower.uri.clone(), is_local: follower.is_local() };
    welcome(app, &mut batch, &tie, &other, target);
    store::write(&app.db, batch).await?;
    Ok(())
}

/// `target` accepts a follow of `follower` that is not wanted any more (the Follow went out again after a
/// block, or its Undo was overtaken): it is undone once more.
pub async fn renounce(app: &App, follower: &Account, target: &Account, uri: &str) -> Result<()> {
    let mut batch = Vec::new();
    let event = Event::UndoFollow { uri: uri.to_owned(), object_uri: target.uri.clone() };
    told(app, &mut batch, follower, to_one(event, target));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Whoever unlocks their account accepts all pending follow requests.
pub async fn accept_all(app: &App, target: &Account) -> Result<()> {
    for _ in 0..BATCHES {
        let waiting = store::load(&app.db, store::follows::waiting(target.id, TIES)).await?;
        let is_last = waiting.len() < TIES;
        let mut batch = Vec::new();
        for (tie, follower) in &waiting {
            welcome(app, &mut batch, tie, follower, target);
        }
        store::write(&app.db, batch).await?;
        if is_last {
            break;
        }
    }
    Ok(())
}

/// The rows that make a follow of a request.
fn welcome(app: &App, batch: &mut Vec<Statement>, tie: &Tie, follower: &Other, target: &Account) {
    if target.is_local() && tie.is_request {
        // What told of the request goes before what tells of the follow comes.
        let since = Id::floor(tie.id.unix_ms() - SAME_MOMENT);
        batch.push(store::notifications::withdraw_follow(target.id, follower.id, since));
        batch.push(store::notifications::follow(app.new_id(), target.id, follower.id, &tie.uri));
    }
    batch.push(store::follows::accept(follower.id, target.id));
    batch.push(store::follows::delete_request(follower.id, target.id));
    if target.is_local() && !follower.is_local {
        let event = Event::AcceptFollow { uri: tie.uri.clone(), actor_uri: follower.uri.clone() };
        told(app, batch, target, Outgoing::to(event, vec![follower.id]));
    }
}

/// `target` does not let `follower` follow, or no longer.
pub async fn reject(app: &App, follower: &Account, target: &Account) -> Result<()> {
    let Some(tie) = store::load(&app.db, store::follows::between(follower.id, target.id)).await? else {
        return Err(Error::NotFound);
    };
    let mut batch = sever(&tie);
    if target.is_local() && !follower.is_local() {
        batch.extend(not_again(app, &tie.uri, follower.id));
        let event = Event::RejectFollow { uri: tie.uri, actor_uri: follower.uri.clone() };
        told(app, &mut batch, target, to_one(event, follower));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// A remote Follow that was refused may come once more, where our answer to it was lost: it stays refused. One that
/// has no id of its own is like all others of its actor.
fn not_again(app: &App, uri: &str, actor: Id) -> Option<Statement> {
    (!uri.contains("#follows/")).then(|| store::tombstones::insert(uri, actor, app.now()))
}

/// A remote Follow that is not to be: its sender is told so, whatever they believe.
pub async fn refuse(app: &App, actor: &Account, target: &Account, uri: &str) -> Result<()> {
    let mut batch = Vec::new();
    batch.extend(not_again(app, uri, actor.id));
    let event = Event::RejectFollow { uri: uri.to_owned(), actor_uri: actor.uri.clone() };
    told(app, &mut batch, target, to_one(event, actor));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// `actor` blocks `target`: no follow between them stands, in either direction. A remote target's server is
/// told, as Mastodon tells it: it then shows nothing of the blocking person.
pub async fn block(app: &App, actor: &Account, target: &Account, uri: Option<&str>) -> Result<()> {
    if actor.id == target.id {
        return Err(Error::Forbidden("You cannot block yourself".into()));
    }
    let id = app.new_id();
    let is_sent = uri.is_none();
    let uri = uri.map_or_else(|| format!("{}/blocks/{id}", actor.uri), str::to_owned);
    let mut batch = vec![store::follows::insert_block(id, actor.id, target.id, &uri)];
    let is_told = is_sent && actor.is_local() && !target.is_local();
    // What ends the ties as well, since not every server ends them with a Block (snac, Takahe). In this order they
    // arrive; all are about the other account.
    let last = app.new_id();
    if is_told {
        for (id, is_theirs) in [(Id(last.0 - 2), false), (Id(last.0 - 1), true)] {
            batch.push(store::outbox::end_tie(id, actor.id, target, is_theirs, app.now()));
            app.hint(Message::Distribute(id));
        }
    }
    for (a, b) in [(actor.id, target.id), (target.id, actor.id)] {
        batch.push(store::follows::delete(a, b));
        batch.push(store::follows::delete_request(a, b));
    }
    batch.push(store::profiles::unendorse(actor.id, target.id));
    batch.extend(store::notifications::withdraw_all(actor.id, target.id));
    if !actor.is_local() && target.is_local() {
        // A request may have crossed the block, and stand there.
        if let Some(tie) = store::load(&app.db, store::follows::between(target.id, actor.id)).await? {
            let event = Event::UndoFollow { uri: tie.uri, object_uri: actor.uri.clone() };
            told(app, &mut batch, target, to_one(event, actor));
        }
    }
    if is_told {
        let event = Event::Block { uri, object_uri: target.uri.clone() };
        batch.push(store::outbox::insert(last, actor.id, to_one(event, target), app.now()));
        app.hint(Message::Distribute(last));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// `actor` no longer blocks `target`.
pub async fn unblock(app: &App, actor: &Account, target: &Account) -> Result<()> {
    let Some(uri) = store::load(&app.db, store::follows::block_uri(actor.id, target.id)).await? else {
        return Ok(());
    };
    let mut batch = vec![store::follows::delete_block(actor.id, target.id)];
    if actor.is_local() && !target.is_local() {
        let event = Event::UndoBlock { uri, object_uri: target.uri.clone() };
        told(app, &mut batch, actor, to_one(event, target));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// `actor` wants to see nothing of a domain: follows and requests between them end, their servers are told,
/// and what they told is gone.
pub async fn block_domain(app: &App, actor: &Account, domain: &str) -> Result<()> {
    let mut batch = vec![store::mutes::block_domain(app.new_id(), actor.id, domain)];
    batch.extend(store::notifications::withdraw_domain(actor.id, domain));
    store::write(&app.db, batch).await?;
    for _ in 0..BATCHES {
        let ties = store::load(&app.db, store::follows::with_domain(actor.id, domain, TIES)).await?;
        let is_last = ties.len() < TIES;
        let mut batch = Vec::new();
        for (tie, other) in ties {
            batch.extend(sever(&tie));
            let event = if tie.account_id == actor.id {
                Event::UndoFollow { uri: tie.uri, object_uri: other.uri }
            } else {
                batch.extend(not_again(app, &tie.uri, other.id));
                Event::RejectFollow { uri: tie.uri, actor_uri: other.uri }
            };
            told(app, &mut batch, actor, Outgoing::to(event, vec![other.id]));
        }
        store::write(&app.db, batch).await?;
        if is_last {
            break;
        }
    }
    Ok(())
}

/// What is younger may still be on its way between two servers, behind what failed.
const SETTLED_AFTER: i64 = 3 * DAY;

/// The target's server knows of no such follow: it ends here without a word, unless it is young.
pub async fn forget(app: &App, follower: &Account, target: &Account) -> Result<()> {
    let tie = store::load(&app.db, store::follows::between(follower.id, target.id)).await?;
    if tie.is_some_and(|tie| app.now().0 - tie.id.unix_ms() >= SETTLED_AFTER) {
        store::write(&app.db, vec![store::follows::delete(follower.id, target.id)]).await?;
    }
    Ok(())
}

/// The target's server believes that a local account follows. An old request is thereby accepted; where there
/// is none, the server is told that it is mistaken.
pub async fn disown(app: &App, follower: &Account, target: &Account) -> Result<()> {
    let mut batch = Vec::new();
    match store::load(&app.db, store::follows::between(follower.id, target.id)).await? {
        Some(tie) if tie.is_request && app.now().0 - tie.id.unix_ms() >= SETTLED_AFTER => {
            return accept(app, follower, target).await;
        }
        Some(_) => return Ok(()),
        None => {
            let event = Event::UndoFollow {
                uri: uri::follow(&follower.uri, app.new_id()),
                object_uri: target.uri.clone(),
            };
            told(app, &mut batch, follower, to_one(event, target));
        }
    }
    store::write(&app.db, batch).await?;
    Ok(())
}
