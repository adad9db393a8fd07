//! Reports to the operator, by local accounts and by other servers.

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::report::Report;
use crate::platform::sql::Statement;
use crate::store;

/// A local account reports; if it `is_forwarded`, the instance actor sends a Flag to the target's server,
/// with the statuses at `uris` and without the reporter.
///
/// Error: `Unavailable` before set-up.
pub async fn file(app: &App, report: &Report, uris: Vec<String>) -> Result<()> {
    let mut batch = taken(app, report, None);
    if report.is_forwarded {
        let actor = app.site().actor_id.ok_or_else(|| Error::Unavailable("not set up".into()))?;
        let mut object_uris = vec![report.target.uri.clone()];
        object_uris.extend(uris);
        let uri = format!("{}/actor#flags/{}", app.primary().web_origin, report.id);
        let event = Event::Flag { uri, comment: report.comment.clone(), object_uris };
        let id = app.new_id();
        batch.push(store::outbox::insert(id, actor, Outgoing::to(event, vec![report.target.id]), app.now()));
        app.hint(Message::Distribute(id));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

fn taken(app: &App, report: &Report, uri: Option<&str>) -> Vec<Statement> {
    vec![store::reports::insert(report, uri), store::reports::notify(app.new_id(), report)]
}

/// A remote server reports local accounts; `uri` is the Flag's id. A repeated Flag is stored once for each
/// account.
pub async fn receive(app: &App, reporter: &Account, uri: Option<&str>, reports: Vec<Report>) -> Result<()> {
    let mut batch = Vec::new();
    for mut report in reports {
        report.account_id = reporter.id;
        let once = uri.map(|uri| format!("{uri} {}", report.target.id));
        batch.extend(taken(app, &report, once.as_deref()));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}
