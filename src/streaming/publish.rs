//! Sends what has changed to those who listen: after the response, and only while somebody listens.

use std::rc::Rc;

use super::events;
use crate::app::{App, Need};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::live::{Change, Closing, Frame, Listener};

/// What one change takes.
const CHANGE: Need = Need { statements: 6, fetches: 0 };
/// Listeners whose events are found by one statement.
const PORTION: usize = 200;

/// Tells of all changes that were committed since the last call. What fails or has no room is lost: a stream is no more
/// than a hint to look at a timeline earlier.
pub async fn run(app: &App) {
    let (changes, subscriptions) = app.meter.take_changes();
    if changes.is_empty() || !app.live.is_bound() {
        return;
    }
    if let Err(error) = tell(app, &changes, subscriptions.unwrap_or(0)).await {
        crate::platform::log_failure("live streams", &error);
    }
}

async fn tell(app: &App, changes: &[Change], subscriptions: i64) -> Result<()> {
    let closings: Vec<Closing> = changes
        .iter()
        .filter_map(|c| if let Change::Closed(closing) = c { Some(*closing) } else { None })
        .collect();
    let listeners = if closings.is_empty() {
        listeners(app, subscriptions).await?
    } else {
        send(app, &[], &closings, subscriptions).await?
    };
    if listeners.is_empty() {
        return Ok(());
    }
    let mut frames = Vec::new();
    for (n, change) in changes.iter().enumerate() {
        if !app.has_room(CHANGE) {
            crate::platform::note("live streams: no room for all changes");
            break;
        }
        // A status that is new is not an edited one as well, and nothing is told twice.
        let before = changes.get(..n).unwrap_or_default();
        let is_known = match change {
            Change::Edited(id) => before.contains(change) || before.contains(&Change::New(*id)),
            _ => before.contains(change),
        };
        if !is_known {
            frames.extend(frames_of(app, change, &listeners).await?);
        }
    }
    let notified =
        |c: &Change| if let Change::Notified { id, account } = c { Some((*id, *account)) } else { None };
    let told: Vec<(Id, Id)> = changes.iter().filter_map(notified).collect();
    if !told.is_empty() && app.has_room(CHANGE) {
        frames.extend(events::of_notifications(app, &told, &listeners).await?);
    }
    if !frames.is_empty() {
        send(app, &frames, &[], subscriptions).await?;
    }
    Ok(())
}

async fn frames_of(app: &App, change: &Change, listeners: &[Listener]) -> Result<Vec<Frame>> {
    let mut frames = Vec::new();
    match change {
        Change::New(_) | Change::Edited(_) | Change::Gone(_) => {
            for portion in listeners.chunks(PORTION) {
                if !app.has_room(CHANGE) {
                    crate::platform::note("live streams: no room for all listeners");
                    break;
                }
                frames.extend(match change {
                    Change::New(id) => events::of_status(app, *id, true, portion).await?,
                    Change::Edited(id) => events::of_status(app, *id, false, portion).await?,
                    Change::Gone(gone) => events::of_gone(app, gone, portion).await?,
                    _ => Vec::new(),
                });
            }
        }
        Change::Announcement(id) => {
            frames.extend(events::of_announcement(app, *id, None, listeners).await?);
        }
        Change::Reacted { announcement, name } => {
            frames.extend(events::of_announcement(app, *announcement, Some(name), listeners).await?);
        }
        other => frames.extend(events::of_account(other, listeners)),
    }
    Ok(frames)
}

/// Who listens: read again when somebody has subscribed since.
async fn listeners(app: &App, subscriptions: i64) -> Result<Rc<Vec<Listener>>> {
    if subscriptions == 0 {
        return Ok(Rc::default());
    }
    match app.shared.listeners(subscriptions) {
        Some(known) => Ok(known),
        None => send(app, &[], &[], subscriptions).await,
    }
}

/// Calls the object, which answers who listens.
async fn send(
    app: &App,
    frames: &[Frame],
    closings: &[Closing],
    subscriptions: i64,
) -> Result<Rc<Vec<Listener>>> {
    let listeners = Rc::new(app.live.send(frames, closings).await?);
    app.shared.keep_listeners(listeners.clone(), subscriptions);
    Ok(listeners)
}
