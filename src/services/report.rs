//! Reports to the operator, by local accounts and by other servers.

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::report::Report;
use crate::model::time::DAY;
use crate::store;

/// A local account reports; if it `is_forwarded`, the instance actor sends a Flag to the target's server,
/// with the statuses at `uris` and without the reporter.
///
/// Errors: `Unavailable` before set-up, `TooManyRequests` beyond [`MAX_OPEN`].
pub async fn file(app: &App, report: &Report, uris: Vec<String>) -> Result<()> {
    let mut batch = vec![
        store::reports::insert(report, MAX_OPEN, app.now().plus(-REPORTED_FOR)),
        store::reports::notify(app.new_id(), report.account_id, &[report.id]),
    ];
    if report.is_forwarded {
        let actor = app.site().actor_id.ok_or_else(|| Error::Unavailable("not set up".into()))?;
        let mut object_uris = vec![report.target.uri.clone()];
        object_uris.extend(uris);
        let uri = format!("{}/actor#flags/{}", app.home().web_origin, report.id);
        let event = Event::Flag { uri, comment: report.comment.clone(), object_uris };
        let outgoing = Outgoing::to(event, vec![report.target.id]);
        let condition = store::reports::IS_FILED;
        batch.push(store::outbox::insert_if(condition, report.id, actor, outgoing, app.now()));
        app.hint(Message::Distribute(report.id));
    }
    let rows = store::write(&app.db, batch).await?;
    if rows.first().is_none_or(Vec::is_empty) {
        return Err(Error::TooManyRequests);
    }
    Ok(())
}

/// Maximum number of open reports of one account about another in [`REPORTED_FOR`]; more of a remote one are dropped.
/// Mastodon reports in the name of the server's one actor.
const MAX_OPEN: usize = 20;
const REPORTED_FOR: i64 = 7 * DAY;

/// A remote server reports local accounts; `uri` is the Flag's id. A repeated Flag is stored once for each
/// account.
pub async fn receive(app: &App, reporter: &Account, uri: &str, reports: Vec<Report>) -> Result<()> {
    let ids: Vec<Id> = reports.iter().map(|report| report.id).collect();
    let batch = vec![
        store::reports::receive(reporter.id, uri, &reports, MAX_OPEN, app.now().plus(-REPORTED_FOR)),
        store::reports::notify(app.new_id(), reporter.id, &ids),
    ];
    store::write(&app.db, batch).await?;
    Ok(())
}
