//! Votes in polls.

use crate::app::App;
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
use crate::store::polls::Told;

/// A local person votes: <https://docs.joinmastodon.org/methods/polls/#vote>. The author's server is told. Where
/// several choices are allowed, a later vote adds to the earlier one, as in Mastodon.
///
/// Errors: `Unprocessable` where the poll is over, the choice is none of its options, a second one where there is
/// one only, or one that they have made before, or where they are its author.
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
        // One activity each, as Mastodon sends them.
        for n in &choices {
            let event = Event::Vote { uri: uri(*n), status_id: status.id, choice: *n };
            let id = app.new_id();
            let outgoing = Outgoing::to(event, vec![author.id]);
            let is_kept = store::polls::IS_VOTE_KEPT;
            batch.push(store::outbox::insert_if(is_kept, id, voter.id, outgoing, app.now()));
            app.hint(Message::Distribute(id));
        }
        // Its server may tell nobody what the votes come to: it is asked, once ours has arrived.
        let again = app.now().plus(REFRESH_AFTER);
        batch.push(store::jobs::insert(app.new_id(), "poll", &status.uri, "{}", again));
    }
    batch.push(store::search::index_once(status.id, &super::publish::searchable(status)));
    let rows = store::write(&app.db, batch).await?;
    // Somebody with the same token was first, or the poll has closed meanwhile.
    if rows.first().is_none_or(Vec::is_empty) {
        return fault("You have already voted on this poll");
    }
    Ok(())
}

/// When a remote poll is looked at again after a vote.
const REFRESH_AFTER: i64 = 4 * MINUTE;

/// Which option a vote names; some servers trim what they send.
pub fn choice(poll: &Poll, name: &str) -> Option<usize> {
    let same = |wanted: &str| poll.options.iter().position(|(title, _)| title == wanted);
    same(name).or_else(|| same(name.trim()))
}

/// A remote person's vote for the option of this name in a local poll, by its uri. Answers whether it counted:
/// not after the end, not a second one where there is one choice, not twice the same, not from somebody whom
/// the author blocks.
pub async fn receive(app: &App, voter: &Account, view: &StatusView, option: &str, uri: &str) -> Result<bool> {
    let status = &view.status;
    let Some(poll) = &status.poll else { return Ok(false) };
    let Some(choice) = choice(poll, option) else { return Ok(false) };
    let choices = [(choice, Some(uri.to_owned()))];
    let vote = store::polls::vote(status.id, voter.id, &choices, poll.is_multiple, app.now());
    let rows: Vec<Rows> = store::write(&app.db, vec![vote]).await?;
    Ok(rows.first().is_some_and(|r| !r.is_empty()))
}

/// What a remote poll's server says of its counts and its end; `before` is what we knew.
pub async fn recount(app: &App, status: Id, poll: &Poll, before: &Poll) -> Result<()> {
    let mut batch = vec![store::polls::recount(status, poll)];
    if let Some(expires_at) = poll.expires_at.filter(|_| poll.expires_at != before.expires_at) {
        batch.push(store::polls::reschedule(status, expires_at));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Tells other servers what new votes in local polls come to: one activity for however many votes.
pub async fn tell_news(app: &App, limit: usize) -> Result<()> {
    for poll in store::load(&app.db, store::polls::with_news(limit)).await? {
        let batch = vec![tell(app, &poll), store::polls::no_news(poll.status)];
        store::write(&app.db, batch).await?;
    }
    Ok(())
}

fn tell(app: &App, poll: &Told) -> Statement {
    let id = app.new_id();
    app.hint(Message::Distribute(id));
    store::polls::tell(id, poll, Event::Refresh { status_id: poll.status, at: app.now() }, app.now())
}

/// Closes polls that are over and tells whom it concerns: people here, and of a local one other servers; a
/// remote one is read a last time. Answers how many there were.
pub async fn close_due(app: &App, limit: usize) -> Result<usize> {
    let due = store::load(&app.db, store::polls::due(app.now(), limit)).await?;
    for poll in &due {
        let last = if poll.is_local {
            tell(app, poll)
        } else {
            store::jobs::insert(app.new_id(), "poll", &poll.uri, "{}", app.now().plus(MINUTE))
        };
        let batch = vec![
            last,
            store::notifications::poll_over(app.new_id(), poll.status),
            store::polls::close(poll.status),
        ];
        store::write(&app.db, batch).await?;
    }
    Ok(due.len())
}
