//! Votes in polls.

use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::poll::Poll;
use crate::model::status::StatusView;
use crate::model::time::MINUTE;
use crate::platform::sql::{Rows, Statement};
use crate::store;
use crate::store::polls::DuePoll;

/// A local account votes: <https://docs.joinmastodon.org/methods/polls/#vote>. The votes are sent to the
/// author's server. In multiple-choice polls a later vote adds to the earlier one, as on Mastodon.
///
/// Errors: `Unprocessable` where the poll has ended, a choice is not one of its options, in a single-choice
/// poll after a first vote, for a repeated choice, or for the poll's author.
pub async fn cast(app: &App, voter: &Account, view: &StatusView, choices: &[usize]) -> Result<()> {
    let fault = |what: &str| Err(Error::validation(what));
    let StatusView { status, account: author, .. } = view.proper();
    let Some(poll) = &status.poll else { return Err(Error::NotFound) };
    if poll.is_over(app.now()) {
        return fault("The poll has already ended");
    }
    if status.account_id == voter.id {
        return fault("You cannot vote in your own polls");
    }
    let mut choices = choices.to_vec();
    choices.sort_unstable();
    choices.dedup();
    if choices.is_empty() || choices.iter().any(|n| *n >= poll.options.len()) {
        return fault("The chosen vote option does not exist");
    }
    let earlier = view.proper().flags.own_votes.as_deref().unwrap_or_default();
    let is_repeated = if poll.is_multiple {
        choices.iter().any(|n| earlier.contains(n))
    } else {
        choices.len() + earlier.len() > 1
    };
    if is_repeated {
        return fault("You have already voted on this poll");
    }
    let ballot = app.new_id();
    let uri = |n: usize| format!("{}#votes/{ballot}/{n}", voter.uri);
    let votes: Vec<(usize, Option<String>)> = choices.iter().map(|n| (*n, Some(uri(*n)))).collect();
    let mut batch = vec![store::polls::vote(status.id, voter.id, &votes, poll.is_multiple, app.now())];
    if !author.is_local() {
        if let Some(expires_at) = poll.expires_at {
            batch.push(store::polls::watch(status.id, expires_at));
        }
        // One activity for each choice, as Mastodon sends them.
        for n in &choices {
            let event = Event::Vote { uri: uri(*n), status_id: status.id, choice: *n };
            let id = app.new_id();
            let outgoing = Outgoing::to(event, vec![author.id]);
            let is_kept = store::polls::IS_VOTE_STORED;
            batch.push(store::outbox::insert_if(is_kept, id, voter.id, outgoing, app.now()));
            app.hint(Message::Distribute(id));
        }
        // Its server may not send the new counts: the poll is fetched again, once the vote has arrived.
        let again = app.now().plus(REFRESH_AFTER);
        batch.push(store::jobs::insert(app.new_id(), "poll", &status.uri, "{}", again));
    }
    batch.push(store::search::index_once(status.id, &super::publish::searchable(status)));
    let rows = store::write(&app.db, batch).await?;
    // A concurrent vote by the same account was first, or the poll has closed meanwhile.
    if rows.first().is_none_or(Vec::is_empty) {
        return fault("You have already voted on this poll");
    }
    Ok(())
}

/// Delay until a remote poll is fetched again after a vote.
const REFRESH_AFTER: i64 = 4 * MINUTE;

/// The index of the option that a vote names; some servers trim the name.
pub fn choice(poll: &Poll, name: &str) -> Option<usize> {
    let same = |wanted: &str| poll.options.iter().position(|(title, _)| title == wanted);
    same(name).or_else(|| same(name.trim()))
}

/// A remote account's vote for the option of this name in a local poll, by the poll's uri. Returns whether it
/// counted: not after the end, not a second one in a single-choice poll, not a repeated one, not by an
/// account that the author blocks.
pub async fn receive(app: &App, voter: &Account, view: &StatusView, option: &str, uri: &str) -> Result<bool> {
    let status = &view.status;
    let Some(poll) = &status.poll else { return Ok(false) };
    let Some(choice) = choice(poll, option) else { return Ok(false) };
    let choices = [(choice, Some(uri.to_owned()))];
    let vote = store::polls::vote(status.id, voter.id, &choices, poll.is_multiple, app.now());
    let rows: Vec<Rows> = store::write(&app.db, vec![vote]).await?;
    Ok(rows.first().is_some_and(|r| !r.is_empty()))
}

/// The counts and the end of a remote poll, as sent by its server; `before` is the stored poll.
pub async fn set_counts(app: &App, status: Id, poll: &Poll, before: &Poll) -> Result<()> {
    let mut batch = vec![store::polls::set_counts(status, poll)];
    if let Some(expires_at) = poll.expires_at.filter(|_| poll.expires_at != before.expires_at) {
        batch.push(store::polls::reschedule(status, expires_at));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// What sending the counts of one poll, or closing it, takes.
const POLL: Need = Need { statements: 5, fetches: 0 };

/// Sends new counts of local polls to other servers: one activity for any number of votes. If the invocation dies in
/// between, they are sent with the next vote or at the end of the poll.
pub async fn send_new_counts(app: &App, limit: usize) -> Result<()> {
    for _ in 0..limit {
        if !app.has_room(POLL) {
            break;
        }
        let Some(status) = store::load(&app.db, store::polls::take_new_votes()).await? else { break };
        if let Err(error) = send_counts_of(app, status).await {
            crate::platform::log_failure(&format!("poll {status}"), &error);
            store::write(&app.db, vec![store::polls::restore_new_votes(status)]).await?;
            break;
        }
    }
    Ok(())
}

async fn send_counts_of(app: &App, status: Id) -> Result<()> {
    let Some(poll) = store::load(&app.db, store::polls::due_by_id(status)).await? else { return Ok(()) };
    store::write(&app.db, vec![send_counts(app, &poll)]).await?;
    Ok(())
}

fn send_counts(app: &App, poll: &DuePoll) -> Statement {
    let id = app.new_id();
    app.hint(Message::Distribute(id));
    store::polls::insert_update(id, poll, Event::Refresh { status_id: poll.status, at: app.now() }, app.now())
}

/// Closes polls that have ended, while the invocation has room: notifies local accounts, sends the result of local ones
/// to other servers, fetches remote ones a last time.
pub async fn close_due(app: &App, limit: usize) -> Result<()> {
    for _ in 0..limit {
        if !app.has_room(POLL) {
            break;
        }
        let Some(status) = store::load(&app.db, store::polls::take_ended(app.now())).await? else { break };
        if let Err(error) = close(app, status).await {
            crate::platform::log_failure(&format!("end of poll {status}"), &error);
        }
    }
    Ok(())
}

async fn close(app: &App, status: Id) -> Result<()> {
    let Some(poll) = store::load(&app.db, store::polls::due_by_id(status)).await? else { return Ok(()) };
    let last = if poll.is_local {
        send_counts(app, &poll)
    } else {
        store::jobs::insert(app.new_id(), "poll", &poll.uri, "{}", app.now().plus(MINUTE))
    };
    let batch =
        vec![last, store::notifications::poll_over(app.new_id(), status), store::polls::close(status)];
    store::write(&app.db, batch).await?;
    Ok(())
}
