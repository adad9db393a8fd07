//! Follows, follow requests and blocks, by local and remote accounts.

use std::collections::HashSet;

use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::rate_limit::FOLLOWS;
use crate::model::severance::Kind as Severed;
use crate::model::time::{DAY, MINUTE, Time};
use crate::model::uri;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::follows::{Options, Signed, Tie};
use crate::store::ties::{Accepted, Other};
use crate::store::tombstones::{Relation, Undo};

/// Everybody may follow this many, whatever the number of their followers.
const MAX_FOLLOWS: i64 = 7500;
/// Ties that one portion creates or removes.
const TIES: usize = 100;
/// What a portion takes, with the job that does the next ones.
const PORTION: Need = Need { statements: 10, fetches: 0 };

/// The maximum age of a follow's notification that is withdrawn by the follow's id.
const SAME_MOMENT: i64 = MINUTE;

fn push_event(app: &App, batch: &mut Vec<Statement>, account: &Account, outgoing: Outgoing) {
    outbox_row_if(app, batch, "1", account, outgoing);
}

/// Inserted if `condition` holds when the batch runs: [`store::outbox::insert_if`].
fn outbox_row_if(
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

/// How many accounts a local one may follow. As on Mastodon: beyond the limit, 1.1 times the number of followers.
pub fn most_follows(actor: &Account) -> i64 {
    MAX_FOLLOWS.max(actor.followers_count + actor.followers_count / 10)
}

/// `actor` follows `target`. `received` is the remote Follow; a local follow gets a new id. A remote target
/// answers with Accept, so a local actor's follow is a request until then; an unlocked local target accepts
/// at once. A repeated remote Follow is answered again, unless the follow was ended after it was signed.
///
/// Errors: `Forbidden` where one of the two blocks the other or its domain, the target has moved, or is memorial and would be asked,
/// `NotFound` for suspended targets and the actor itself, `Unprocessable` for a local actor who follows too
/// many.
pub async fn follow(
    app: &App,
    actor: &Account,
    target: &Account,
    received: Option<Signed<'_>>,
    options: &Options,
) -> Result<()> {
    if actor.id == target.id || target.is_suspended() {
        return Err(Error::NotFound);
    }
    if target.actor_type == "Application" && target.is_local() {
        return Err(Error::Forbidden("The instance itself cannot be followed".into()));
    }
    super::personal::pace(app, FOLLOWS, 1)?;
    let mut known = store::load(&app.db, store::follows::between(actor.id, target.id)).await?;
    // Nobody is there to answer a request.
    if target.is_memorial && target.is_local() && approves(target, actor) && known.is_none() {
        return Err(Error::Forbidden("This action is not allowed".into()));
    }
    let mut is_open = target.is_local() && !approves(target, actor);
    for _ in 0..3 {
        if follow_once(app, actor, target, received, options, known.as_ref(), is_open).await? {
            return Ok(());
        }
        if known.is_some() {
            // It was accepted or ended in the meantime.
            known = store::load(&app.db, store::follows::between(actor.id, target.id)).await?;
        } else if is_open {
            // The target may approve this follower since a moment ago.
            let both = (store::accounts::by_id(target.id), store::accounts::by_id(actor.id));
            let (Some(target), Some(actor)) = store::load(&app.db, both).await? else { break };
            if !approves(&target, &actor) {
                break;
            }
            is_open = false;
        } else {
            break;
        }
    }
    Err(Error::Forbidden("This action is not allowed".into()))
}

/// Whether a follow of `target` by `follower` waits for approval, if `target` is local. Who is limited asks first, as on Mastodon.
pub(super) fn approves(target: &Account, follower: &Account) -> bool {
    target.is_locked || follower.is_silenced()
}

/// [`follow`] where `known` is what was there, and `is_open` whether the target takes followers without approval. Answers whether
/// the follow or request stands.
async fn follow_once(
    app: &App,
    actor: &Account,
    target: &Account,
    received: Option<Signed<'_>>,
    options: &Options,
    known: Option<&Tie>,
    is_open: bool,
) -> Result<bool> {
    // A known one is only answered again.
    if target.moved_to_id.is_some() && known.is_none() {
        return Err(Error::Forbidden("This action is not allowed".into()));
    }
    let most = most_follows(actor);
    if actor.is_local() && known.is_none() && actor.following_count >= most {
        return Err(Error::validation(format!("You cannot follow more than {most} people")));
    }
    let id = known.map_or_else(|| app.new_id(), |tie| tie.id);
    let uri = match (received, known) {
        (Some(received), _) => received.uri.to_owned(),
        (None, Some(tie)) => tie.uri.clone(),
        (None, None) => uri::follow(&actor.uri, id),
    };
    let is_accepted = match known {
        Some(tie) => !tie.is_request,
        None => is_open,
    };
    let mut batch = Vec::new();
    let follow = received.unwrap_or_else(|| Signed::ours(&uri));
    let stored = if is_accepted && known.is_some() {
        store::follows::update(id, actor.id, target.id, follow, options)
    } else if is_accepted {
        batch.push(store::notifications::open_follow(id, target.id, actor.id, follow));
        store::follows::insert_open(id, actor.id, target.id, follow, options)
    } else {
        batch.push(store::notifications::follow_request(id, target.id, actor.id, follow));
        store::follows::insert_request(id, actor.id, target.id, follow, options)
    };
    let place = batch.len();
    batch.push(stored);
    if actor.is_local() && !target.is_local() && known.is_none() {
        let event = Event::Follow { uri: uri.clone(), object_uri: target.uri.clone() };
        outbox_row_if(app, &mut batch, store::follows::IS_REQUESTED, actor, to_one(event, target));
    }
    if is_accepted && target.is_local() && !actor.is_local() {
        let event = Event::AcceptFollow { uri: uri.clone(), actor_uri: actor.uri.clone() };
        outbox_row_if(app, &mut batch, store::follows::IS_FOLLOWED, target, to_one(event, actor));
    }
    let rows = store::write(&app.db, batch).await?;
    Ok(rows.get(place).is_some_and(|rows| !rows.is_empty()))
}

/// `actor` unfollows `target`, or withdraws a request.
pub async fn unfollow(app: &App, actor: &Account, target: &Account) -> Result<()> {
    let Some(tie) = store::load(&app.db, store::follows::between(actor.id, target.id)).await? else {
        return Ok(());
    };
    let mut batch = remove_tie(&tie);
    if actor.is_local() && !target.is_local() {
        let event = Event::UndoFollow { uri: tie.uri, object_uri: target.uri.clone() };
        push_event(app, &mut batch, actor, to_one(event, target));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// The statements that remove a follow or request, and its notification.
fn remove_tie(tie: &Tie) -> Vec<Statement> {
    let since = Id::floor(tie.id.unix_ms() - SAME_MOMENT);
    vec![
        store::follows::delete(tie.account_id, tie.target_id),
        store::follows::delete_request(tie.account_id, tie.target_id),
        store::notifications::withdraw_follow(tie.target_id, tie.account_id, since),
    ]
}

/// A remote Undo of this follow or request: nothing where a newer Follow stands. In one batch, so that a Follow signed before
/// never finds it ended without its tombstone.
pub async fn undo_tie(app: &App, tie: &Tie, undo: Undo<'_>) -> Result<()> {
    let since = Id::floor(tie.id.unix_ms() - SAME_MOMENT);
    let mut batch = vec![store::tombstones::undone(tie.account_id, Relation::Follow(tie.target_id), undo)];
    batch.extend(store::follows::undo(tie.account_id, tie.target_id, undo));
    batch.push(store::notifications::withdraw_undone_follow(tie.target_id, tie.account_id, since));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// The statements of a remote Undo of a Block.
fn unblock_by(actor: Id, target: Id, undo: Undo<'_>) -> [Statement; 2] {
    [
        store::tombstones::undone(actor, Relation::Block(target), undo),
        store::follows::delete_block(actor, target, undo),
    ]
}

/// A remote Undo of a Block. It may arrive before the Block.
pub async fn undo_block(
    app: &App,
    actor: &Account,
    target: &Account,
    undo: Undo<'_>,
    is_followed: bool,
) -> Result<()> {
    let mut batch = unblock_by(actor.id, target.id, undo).to_vec();
    if let Some(uri) = undo.uri {
        batch.extend(store::tombstones::withdrawn(
            uri,
            actor.id,
            undo.at,
            super::remove::early(app, is_followed),
        ));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// A remote Undo of a Follow or Block by its id alone, signed at `at`. Returns whether it existed.
pub async fn undo_by_uri(app: &App, actor: &Account, uri: &str, at: Time) -> Result<bool> {
    let undo = Undo { uri: Some(uri), at };
    let (tie, block) = store::load(
        &app.db,
        (store::follows::by_uri(actor.id, uri), store::follows::blocked_by_uri(actor.id, uri)),
    )
    .await?;
    let batch = match (tie, block) {
        (Some(tie), _) => {
            undo_tie(app, &tie, undo).await?;
            return Ok(true);
        }
        (None, Some(target)) => unblock_by(actor.id, target, undo).to_vec(),
        (None, None) => return Ok(false),
    };
    store::write(&app.db, batch).await?;
    Ok(true)
}

/// `target` accepts `follower`. For a local target this is the user's decision, for a remote one its Accept.
/// Without a request nothing happens.
pub async fn accept(app: &App, follower: &Account, target: &Account) -> Result<()> {
    let Some(tie) = store::load(&app.db, store::follows::between(follower.id, target.id)).await? else {
        return Err(Error::NotFound);
    };
    let mut batch = Vec::new();
    let other = Other { id: follower.id, uri: follower.uri.clone(), is_local: follower.is_local() };
    accepted(app, &mut batch, &tie, &other, target);
    store::write(&app.db, batch).await?;
    Ok(())
}

/// `target` accepts a follow of `follower` that no longer exists (the Follow was sent again after a block, or
/// its Undo was overtaken): the Undo is sent again.
pub async fn undo_again(app: &App, follower: &Account, target: &Account, uri: &str) -> Result<()> {
    let mut batch = Vec::new();
    let event = Event::UndoFollow { uri: uri.to_owned(), object_uri: target.uri.clone() };
    push_event(app, &mut batch, follower, to_one(event, target));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Unlocking an account accepts all its pending requests, as far as there is room; a job goes on.
pub async fn accept_all(app: &App, target: &Account) -> Result<()> {
    accept_until(app, target, Id::floor(app.now().0 + 1), 0).await
}

/// Accepts the requests with ids below `until`, in portions; `round` is the number of the job, or 0.
async fn accept_until(app: &App, target: &Account, until: Id, round: i64) -> Result<()> {
    loop {
        let waiting = store::load(&app.db, store::ties::waiting(target.id, until, TIES)).await?;
        let is_last = waiting.len() < TIES;
        if waiting.is_empty() {
            return Ok(());
        }
        let accepted: Vec<_> = waiting
            .into_iter()
            .map(|(tie, follower)| Accepted {
                tie,
                follower,
                notification: app.new_id(),
                outbox: app.new_id(),
            })
            .collect();
        commit_portion(app, Vec::new(), store::ties::accept_all(target.id, &accepted, app.now())).await?;
        if is_last {
            return Ok(());
        }
        if !app.has_room(PORTION) {
            let context = format!("{until} {}", round + 1);
            return super::job::start(app, "accept", &target.uri, &context).await;
        }
    }
}

/// `accept`: goes on with [`accept_all`]; `context` is the id below which requests are accepted, and the number of the job.
pub async fn accept_rest(app: &App, target: &str, context: &str) -> Result<()> {
    let target = store::load(&app.db, store::accounts::by_uri(target)).await?;
    let (until, round) = context.split_once(' ').unwrap_or((context, ""));
    match (target, Id::parse(until)) {
        (Some(target), Some(until)) if !target.is_locked => {
            accept_until(app, &target, until, round.parse().unwrap_or_default()).await
        }
        _ => Ok(()),
    }
}

/// Commits a portion, after `told`, whose first statement answers the outbox rows that it inserts.
async fn commit_portion(app: &App, told: Vec<Statement>, portion: Vec<Statement>) -> Result<()> {
    let before = told.len();
    let rows = store::write(&app.db, told.into_iter().chain(portion).collect()).await?;
    for row in rows.get(before).into_iter().flatten() {
        app.hint(Message::Distribute(row.id("id")?));
    }
    Ok(())
}

/// The statements that make a follow of a request.
fn accepted(app: &App, batch: &mut Vec<Statement>, tie: &Tie, follower: &Other, target: &Account) {
    if target.is_local() && tie.is_request {
        // The request's notification is deleted before the follow's is inserted.
        let since = Id::floor(tie.id.unix_ms() - SAME_MOMENT);
        batch.push(store::notifications::withdraw_follow(target.id, follower.id, since));
        batch.push(store::notifications::follow(
            app.new_id(),
            target.id,
            follower.id,
            Signed::ours(&tie.uri),
        ));
    }
    batch.push(store::follows::accept(follower.id, target.id));
    batch.push(store::follows::delete_request(follower.id, target.id));
    if target.is_local() && !follower.is_local {
        let event = Event::AcceptFollow { uri: tie.uri.clone(), actor_uri: follower.uri.clone() };
        push_event(app, batch, target, Outgoing::to(event, vec![follower.id]));
    }
}

/// `target` rejects `follower`, or removes it from the followers.
pub async fn reject(app: &App, follower: &Account, target: &Account) -> Result<()> {
    let Some(tie) = store::load(&app.db, store::follows::between(follower.id, target.id)).await? else {
        return Err(Error::NotFound);
    };
    let mut batch = remove_tie(&tie);
    if target.is_local() && !follower.is_local() {
        batch.push(store::tombstones::follow_ended(tie.account_id, tie.target_id, tie.signed(), app.now()));
        let event = Event::RejectFollow { uri: tie.uri, actor_uri: follower.uri.clone() };
        push_event(app, &mut batch, target, to_one(event, follower));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// A remote Follow that is refused: its sender always gets a Reject.
pub async fn refuse(app: &App, actor: &Account, target: &Account, follow: Signed<'_>) -> Result<()> {
    let mut batch = store::tombstones::follow_refused(actor.id, follow).to_vec();
    let event = Event::RejectFollow { uri: follow.uri.to_owned(), actor_uri: actor.uri.clone() };
    push_event(app, &mut batch, target, to_one(event, actor));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// `actor` blocks `target`: follows between them are removed in both directions. A remote target's server
/// gets the Block, as from Mastodon, and hides the blocking account from the target. `received` is a remote Block; an old
/// one that comes again changes nothing.
pub async fn block(app: &App, actor: &Account, target: &Account, received: Option<Signed<'_>>) -> Result<()> {
    if actor.id == target.id {
        return Err(Error::Forbidden("You cannot block yourself".into()));
    }
    let id = app.new_id();
    let uri = format!("{}/blocks/{id}", actor.uri);
    let block = received.unwrap_or_else(|| Signed::ours(&uri));
    let mut batch = vec![store::follows::insert_block(id, actor.id, target.id, block)];
    let is_told = received.is_none() && actor.is_local() && !target.is_local();
    // Also sent: the activities that remove the follows, since some servers keep them on a Block (snac,
    // Takahe). They arrive in this order, as all are about the other account.
    let last = app.new_id();
    if is_told {
        for (id, is_theirs) in [(Id(last.0 - 2), false), (Id(last.0 - 1), true)] {
            batch.push(store::outbox::end_tie(id, actor.id, target, is_theirs, app.now()));
            app.hint(Message::Distribute(id));
        }
    }
    if !target.is_local() {
        batch.push(store::tombstones::follow_ends(target.id, actor.id, app.now()));
    }
    if !actor.is_local() {
        batch.push(store::tombstones::follow_ends_by_block(actor.id, target.id, block.at));
    }
    batch.extend(store::follows::delete_blocked(actor.id, target.id));
    if actor.is_local() {
        batch.extend(store::notifications::withdraw_all(actor.id, target.id));
    }
    if !actor.is_local() && target.is_local() {
        // A request of ours may have been sent before the block and be pending there.
        if let Some(tie) = store::load(&app.db, store::follows::between(target.id, actor.id)).await? {
            let event = Event::UndoFollow { uri: tie.uri, object_uri: actor.uri.clone() };
            outbox_row_if(app, &mut batch, store::follows::IS_BLOCKED, target, to_one(event, actor));
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

/// `actor` unblocks `target`.
pub async fn unblock(app: &App, actor: &Account, target: &Account) -> Result<()> {
    let Some(uri) = store::load(&app.db, store::follows::block_uri(actor.id, target.id)).await? else {
        return Ok(());
    };
    let mut batch = vec![store::follows::delete_block(actor.id, target.id, Undo::ours())];
    if actor.is_local() && !target.is_local() {
        let event = Event::UndoBlock { uri, object_uri: target.uri.clone() };
        push_event(app, &mut batch, actor, to_one(event, target));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// `actor` blocks a domain: follows and requests between them are removed, their servers get the activities,
/// and their notifications are deleted.
pub async fn block_domain(app: &App, actor: &Account, domain: &str) -> Result<()> {
    let mut batch = vec![store::mutes::block_domain(app.new_id(), actor.id, domain)];
    batch.extend(store::notifications::withdraw_domain(actor.id, domain));
    store::write(&app.db, batch).await?;
    end_with_domain(app, actor, domain, 0).await
}

/// Ends the ties of an account with a domain, in portions; `round` is the number of the job, or 0.
async fn end_with_domain(app: &App, actor: &Account, domain: &str, round: i64) -> Result<()> {
    loop {
        let parts =
            (store::ties::with_domain(actor.id, domain, TIES), store::mutes::domain_block(actor.id, domain));
        let (ties, block) = store::load(&app.db, parts).await?;
        let Some(block) = block else { return Ok(()) };
        let at = Time(block.unix_ms());
        let cut: Vec<_> =
            ties.iter().map(|(_, other)| other.id).collect::<HashSet<_>>().into_iter().collect();
        let cut: Vec<store::severances::Cut<'_>> = cut.into_iter().map(|id| (id, domain, at)).collect();
        let told = match cut.is_empty() {
            true => Vec::new(),
            false => store::severances::record(app.new_id(), Severed::UserDomainBlock, &cut, Some(actor.id)),
        };
        if end_portion(app, ties, told).await? {
            return Ok(());
        }
        if !app.has_room(PORTION) {
            let context = format!("{domain} {}", round + 1);
            return super::job::start(app, "domain_block", &actor.uri, &context).await;
        }
    }
}

/// `domain_block`: goes on with [`block_domain`]; `context` is the domain and the number of the job.
pub async fn end_rest_with_domain(app: &App, actor: &str, context: &str) -> Result<()> {
    let Some(actor) = store::load(&app.db, store::accounts::by_uri(actor)).await? else { return Ok(()) };
    let (domain, round) = context.split_once(' ').unwrap_or((context, ""));
    end_with_domain(app, &actor, domain, round.parse().unwrap_or_default()).await
}

/// A remote account follows nobody here any more: each of its follows and requests is rejected, in portions.
/// `round` is the number of the job, or 0.
pub async fn reject_all(app: &App, follower: &Account, round: i64) -> Result<()> {
    loop {
        let ties = store::load(&app.db, store::ties::to_local(follower.id, TIES)).await?;
        if end_portion(app, ties, Vec::new()).await? {
            return Ok(());
        }
        if !app.has_room(PORTION) {
            let context = (round + 1).to_string();
            return super::job::start(app, "suspension", &follower.uri, &context).await;
        }
    }
}

/// `suspension`: goes on with [`reject_all`] while the account is suspended.
pub async fn reject_rest(app: &App, follower: &str, round: &str) -> Result<()> {
    match store::load(&app.db, store::accounts::by_uri(follower)).await? {
        Some(follower) if follower.is_suspended() => {
            reject_all(app, &follower, round.parse().unwrap_or_default()).await
        }
        _ => Ok(()),
    }
}

/// Ends these ties, after `told`; answers whether they were the last ones.
async fn end_portion(app: &App, ties: Vec<(Tie, Other)>, told: Vec<Statement>) -> Result<bool> {
    let is_last = ties.len() < TIES;
    if !ties.is_empty() {
        let ended: Vec<_> = ties.into_iter().map(|(tie, other)| (app.new_id(), tie, other)).collect();
        commit_portion(app, told, store::ties::end_all(&ended, app.now())).await?;
    }
    Ok(is_last)
}

/// Younger follows may still be in delivery between the two servers, behind failed ones.
const SETTLED_AFTER: i64 = 3 * DAY;

/// The target's server does not have this follow: it is removed here without an activity, unless it is young.
pub async fn remove_unknown(app: &App, follower: &Account, target: &Account) -> Result<()> {
    let tie = store::load(&app.db, store::follows::between(follower.id, target.id)).await?;
    if tie.is_some_and(|tie| app.now().0 - tie.id.unix_ms() >= SETTLED_AFTER) {
        store::write(&app.db, vec![store::follows::delete(follower.id, target.id)]).await?;
    }
    Ok(())
}

/// The target's server has a follow of a local account. This accepts an old request; if there is none, an
/// Undo is sent.
pub async fn undo_unknown(app: &App, follower: &Account, target: &Account) -> Result<()> {
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
            push_event(app, &mut batch, follower, to_one(event, target));
        }
    }
    store::write(&app.db, batch).await?;
    Ok(())
}
