//! Deletes old posts of those who have asked for it, one at a time: as if the author did it, so that other servers are told.

use crate::app::App;
use crate::error::Result;
use crate::model::cleanup::{Cleanup, OPERATIONS_A_DAY};
use crate::model::id::Id;
use crate::model::time::{DAY, Time};
use crate::model::user::User;
use crate::store;

/// Statuses that a run looks at.
const LOOKED_AT: usize = 100;

/// Stores what is to be deleted, `None` for nothing.
pub async fn set(app: &App, user: &User, cleanup: Option<&Cleanup>) -> Result<()> {
    store::write(&app.db, vec![store::cleanup::set(user.id, cleanup)]).await?;
    Ok(())
}

/// Operations of the queue for a chunk of deliveries: a message is written, read and deleted.
const OPERATIONS: i64 = 3;

/// Deletes one old post or boost of whoever has waited for longest. Returns whether it did. `day` (since 1970, UTC) has had so
/// many `posts` and `operations` of the queue; a message is for `chunk` servers.
pub async fn next(app: &App, (day, posts, operations): (i64, i64, i64), chunk: usize) -> Result<bool> {
    let Some((user, turn)) = store::load(&app.db, store::cleanup::next(app.now())).await? else {
        return Ok(false);
    };
    // An unreadable setting deletes nothing, and the others have their turn.
    let Some(turn) = turn else {
        crate::platform::log(&format!("old posts: the setting of user {user} is unreadable"));
        store::write(&app.db, vec![store::cleanup::pass_by(user, app.now().plus(DAY))]).await?;
        return Ok(false);
    };
    let before = Id::floor(app.now().0 - turn.cleanup.age());
    let old = store::load(&app.db, store::cleanup::old(&turn, before, LOOKED_AT)).await?;
    let first = old.iter().find(|(_, goes)| *goes).map(|(id, _)| *id);
    // Noted before the deletion: one that fails does not stop the others. What stayed is looked at again on another day.
    let advance = match (first, old.last()) {
        (Some(id), _) => store::cleanup::advance(&turn, id, app.now()),
        (None, Some((last, _))) if old.len() == LOOKED_AT => store::cleanup::advance(&turn, *last, app.now()),
        _ => store::cleanup::advance(&turn, Id(0), app.now().plus(DAY)),
    };
    // And counted before it, with what is to be sent for it in other invocations.
    let mut batch = vec![advance];
    if first.is_some() {
        let servers = store::load(&app.db, store::inboxes::servers(turn.account)).await?;
        let sent =
            OPERATIONS * i64::try_from(servers.div_ceil(chunk).max(1)).unwrap_or(i64::MAX / OPERATIONS);
        // What is for more servers than the day has operations left waits for the next one, and has that for itself where it
        // must: the others have their turn.
        if operations > 0 && operations + sent > OPERATIONS_A_DAY {
            let tomorrow = Time((day + 1) * DAY);
            let wait = store::cleanup::advance(&turn, turn.after, tomorrow);
            store::write(&app.db, vec![wait]).await?;
            return Ok(false);
        }
        batch.push(store::cleanup::set_today((day, posts + 1, operations + sent)));
    }
    let taken = store::write(&app.db, batch).await?;
    let (Some(id), false) = (first, taken.first().is_none_or(Vec::is_empty)) else { return Ok(false) };
    let (account, view) = store::load(
        &app.db,
        (store::accounts::by_id(turn.account), store::statuses::by_id(id, Some(turn.account))),
    )
    .await?;
    let (Some(account), Some(view)) = (account, view) else { return Ok(false) };
    if view.reblog.is_some() {
        super::interact::unreblog(app, &account, &view).await?;
    } else {
        super::remove::status(app, &account, &view, true).await?;
    }
    Ok(true)
}
