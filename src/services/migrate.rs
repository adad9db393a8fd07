//! Moves of accounts, with their local followers.

use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::time::{DAY, Time};
use crate::model::uri;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::follows::Signed;

/// Time after a remote move until the next one of the account is applied, as on Mastodon.
pub const REMOTE_COOLDOWN: i64 = 7 * DAY;
/// The same for a local account.
pub const LOCAL_COOLDOWN: i64 = 30 * DAY;
/// Time after which a remote account to which one has moved may move on.
const REMOTE_REST: i64 = DAY;
/// How many followers are moved, or blocks carried over, at a time.
const ROUND: usize = 5;

/// Why a move is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The target does not name the account as an alias.
    NotNamed,
    /// The target is the account itself, deleted, or has moved: moves are not chained.
    NoPlace,
    /// The last move is too recent.
    TooSoon,
}

fn check(origin: &Account, target: &Account) -> std::result::Result<(), Refusal> {
    let is_place = origin.id != target.id
        && !target.is_suspended()
        && target.moved_to_uri.is_none()
        && target.actor_type != "Application";
    if !is_place {
        return Err(Refusal::NoPlace);
    }
    if !target.also_known_as.contains(&origin.uri) {
        return Err(Refusal::NotNamed);
    }
    Ok(())
}

/// A remote account has moved to `target`, which was fetched just now.
pub async fn receive_move(
    app: &App,
    origin: &Account,
    target: &Account,
) -> Result<std::result::Result<(), Refusal>> {
    commit(app, origin, target, REMOTE_COOLDOWN, app.now(), Vec::new()).await
}

/// A local account moves to `target`, which was fetched just now: its followers are sent the Move, and the
/// account is inactive from now on.
pub async fn move_local(
    app: &App,
    account: &Account,
    target: &Account,
) -> Result<std::result::Result<(), Refusal>> {
    // One time for all: `HAS_MOVED` compares the time of this move, and a clock goes on while code runs.
    let now = app.now();
    let mut rows = Vec::new();
    let id = app.new_id();
    let moved = Event::Move { uri: format!("{}#moves/{id}", account.uri), target_uri: target.uri.clone() };
    let moved = Outgoing::to(moved, Vec::new()).followers(true);
    for (id, outgoing) in [(id, moved), (app.new_id(), super::profile::update_event())] {
        let row = store::outbox::insert_if(store::moves::HAS_MOVED, id, account.id, outgoing, now);
        rows.push(row);
        app.hint(Message::Distribute(id));
    }
    commit(app, account, target, LOCAL_COOLDOWN, now, rows).await
}

async fn commit(
    app: &App,
    origin: &Account,
    target: &Account,
    rest: i64,
    now: Time,
    rows: Vec<Statement>,
) -> Result<std::result::Result<(), Refusal>> {
    if let Err(refusal) = check(origin, target) {
        return Ok(Err(refusal));
    }
    let job = app.new_id();
    let mut batch = vec![store::moves::set(origin.id, target, now, now.plus(-rest))];
    let since = now.plus(REMOTE_REST - REMOTE_COOLDOWN);
    batch.push(store::moves::rest(origin.id, target.id, now, since));
    batch.extend(rows);
    let first = Round { number: 0, blocker: Some(Id::default()) }.context(origin);
    batch.push(store::moves::followers_job(job, origin.id, target, &first, now));
    let rows = store::write(&app.db, batch).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Ok(Err(Refusal::TooSoon));
    }
    app.hint(Message::Run(job));
    Ok(Ok(()))
}

/// Whether a remote account moved so recently that its next move is ignored without a fetch.
pub fn is_cooling_down(account: &Account, now: Time) -> bool {
    account.moved_at.is_some_and(|at| now.0 - at.0 < REMOTE_COOLDOWN)
}

/// What a job moves at least: the notes, one block or one follower, the next job.
const STEP: Need = Need { statements: 17, fetches: 0 };
/// What a block takes, with the job that does the next one …
const BLOCK: Need = Need { statements: 14, fetches: 0 };
/// … and what a follower takes beyond the statements that wait to be committed.
const FOLLOWER: u32 = 8;

/// The state of a round of [`followers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    pub number: i64,
    /// The last of the local accounts whose block was carried over; `None` once all are.
    pub blocker: Option<Id>,
}

impl Round {
    /// The context of its job.
    fn context(self, origin: &Account) -> String {
        let blocker = self.blocker.map(|id| id.0);
        serde_json::json!({"from": origin.id.0, "round": self.number, "blocker": blocker}).to_string()
    }
}

/// Moves some local followers of `origin` to `target`, after the blocks of it were carried over; another job continues.
pub async fn followers(app: &App, origin: &Account, target: &Account, at: Round) -> Result<()> {
    if !app.has_room(STEP) {
        return Err(Error::Unavailable("no room in this invocation".into()));
    }
    let mut batch = Vec::new();
    if at.number == 0 {
        let name = origin.handle();
        let english = format!("Moved here from @{name}, whom you had blocked or muted.");
        let korean = format!("차단하거나 뮤트했던 @{name}에서 옮겨 온 계정이에요.");
        let words = [english.as_str(), korean.as_str()];
        batch.extend(store::moves::copy_notes_and_mutes(app.new_id(), origin.id, target.id, words));
    }
    let next = match at.blocker {
        Some(after) => carry_blocks_over(app, origin, target, after).await?,
        None => None,
    };
    let mut is_over = false;
    if next.is_none() {
        // The end of a follow takes the account out of the follower's lists.
        let mut ends = Vec::new();
        let all = store::load(&app.db, store::moves::local_followers(origin.id, ROUND)).await?;
        let mut moved = Vec::new();
        for (follower, follow_uri) in &all {
            let waiting = u32::try_from(batch.len() + ends.len()).unwrap_or(u32::MAX);
            let need = Need { statements: FOLLOWER.saturating_add(waiting), fetches: 0 };
            if !moved.is_empty() && !app.has_room(need) {
                break;
            }
            start_follow(app, follower, origin, target, &mut batch);
            end_follow(app, follower, follow_uri, origin, &mut ends);
            moved.push(follower.id);
        }
        if !moved.is_empty() {
            batch.push(store::moves::move_lists(app.new_id(), origin.id, target.id, &moved));
            batch.extend(ends);
        }
        is_over = moved.len() == all.len() && all.len() < ROUND;
    }
    if !is_over {
        let context = Round { number: at.number + 1, blocker: next }.context(origin);
        batch.push(super::job::row(app, "followers", &target.uri, &context));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Local accounts with ids above `after` that block `origin` block `target` as well, as far as there is room. Answers the
/// last one; `None` where there was none left. A block removes follows, and the other server is sent it.
async fn carry_blocks_over(app: &App, origin: &Account, target: &Account, after: Id) -> Result<Option<Id>> {
    let blockers =
        store::load(&app.db, store::moves::local_blockers(origin.id, target.id, after, ROUND)).await?;
    let mut last = None;
    for blocker in &blockers {
        if last.is_some() && !app.has_room(BLOCK) {
            break;
        }
        super::follow::block(app, blocker, target, None).await?;
        last = Some(blocker.id);
    }
    Ok(last)
}

/// The statements that make one follower of `origin` follow `target`.
fn start_follow(
    app: &App,
    follower: &Account,
    origin: &Account,
    target: &Account,
    batch: &mut Vec<Statement>,
) {
    let id = app.new_id();
    let uri = uri::follow(&follower.uri, id);
    let is_request = !target.is_local() || super::follow::approves(target, follower);
    if target.is_local() {
        let tell =
            if is_request { store::notifications::follow_request } else { store::notifications::follow };
        batch.push(tell(app.new_id(), target.id, follower.id, Signed::ours(&uri)));
    }
    batch.push(store::moves::move_follow(is_request, id, follower.id, target.id, &uri, origin.id));
    if !target.is_local() {
        let event = Event::Follow { uri, object_uri: target.uri.clone() };
        let outgoing = Outgoing::to(event, vec![target.id]);
        batch.push(store::outbox::insert_if(
            store::follows::IS_REQUESTED,
            id,
            follower.id,
            outgoing,
            app.now(),
        ));
        app.hint(Message::Distribute(id));
    }
}

/// The statements that end the follow of `origin`.
fn end_follow(app: &App, follower: &Account, follow_uri: &str, origin: &Account, batch: &mut Vec<Statement>) {
    batch.push(store::follows::delete(follower.id, origin.id));
    if !origin.is_local() {
        let id = app.new_id();
        let event = Event::UndoFollow { uri: follow_uri.to_owned(), object_uri: origin.uri.clone() };
        let outgoing = Outgoing::to(event, vec![origin.id]);
        batch.push(store::outbox::insert(id, follower.id, outgoing, app.now()));
        app.hint(Message::Distribute(id));
    }
}

/// A local account that had moved becomes active again. One that had not is told to nobody.
pub async fn cancel(app: &App, account: &Account) -> Result<()> {
    if account.moved_to_uri.is_none() {
        return Ok(());
    }
    update(app, account, store::moves::unset(account.id)).await
}

/// Adds or removes an alias. What changes nothing is told to nobody: an Update goes to all servers of the followers.
pub async fn alias(app: &App, account: &Account, uri: &str, is_added: bool) -> Result<()> {
    let is_there = account.also_known_as.iter().any(|alias| alias == uri);
    if is_added == is_there || (is_added && account.also_known_as.len() >= store::moves::MAX_ALIASES) {
        return Ok(());
    }
    let change = if is_added { store::moves::add_alias } else { store::moves::remove_alias };
    update(app, account, change(account.id, uri)).await
}

async fn update(app: &App, account: &Account, change: Statement) -> Result<()> {
    let id = app.new_id();
    let rows = store::outbox::insert(id, account.id, super::profile::update_event(), app.now());
    store::write(&app.db, vec![change, rows]).await?;
    app.hint(Message::Distribute(id));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moves_to_an_account_that_is_in_use_and_names_the_old_one() {
        let origin = Account { id: Id(1), uri: "https://b.example/1".into(), ..Account::default() };
        let target = Account { id: Id(2), also_known_as: vec![origin.uri.clone()], ..Account::default() };
        assert_eq!(check(&origin, &target), Ok(()));
        for wrong in [
            Account { id: origin.id, ..target.clone() },
            Account { suspended_at: Some(Time(1)), ..target.clone() },
            Account { moved_to_uri: Some("https://c.example/1".into()), ..target.clone() },
            Account { actor_type: "Application".into(), ..target.clone() },
        ] {
            assert_eq!(check(&origin, &wrong), Err(Refusal::NoPlace), "{wrong:?}");
        }
        let other = Account { also_known_as: vec!["https://c.example/1".into()], ..target };
        assert_eq!(check(&origin, &other), Err(Refusal::NotNamed));
    }

    #[test]
    fn moves_of_accounts_elsewhere_have_a_time_between_them() {
        let now = Time(REMOTE_COOLDOWN + 5);
        let moved = |at| Account { moved_at: at, ..Account::default() };
        for (at, is_early) in
            [(None, false), (Some(Time(5)), false), (Some(Time(6)), true), (Some(now), true)]
        {
            assert_eq!(is_cooling_down(&moved(at), now), is_early, "{at:?}");
        }
    }
}
