//! The start of background work.

use crate::app::App;
use crate::error::Result;
use crate::jobs::message::Message;
use crate::platform::sql::Statement;
use crate::store;

/// The statement that adds a job, once, for a batch; the job runs once the answer is sent. Its first attempt is counted,
/// and cron makes the next one where this one does not end.
pub fn row(app: &App, kind: &str, subject: &str, context: &str) -> Statement {
    let id = app.new_id();
    app.hint(Message::Run(id));
    store::jobs::start(app.cause(), id, kind, subject, context, app.now())
}

/// Adds a job for which there is no batch: [`row`].
pub async fn start(app: &App, kind: &str, subject: &str, context: &str) -> Result<()> {
    store::write(&app.db, vec![row(app, kind, subject, context)]).await?;
    Ok(())
}

/// As [`start`], unless a job of that kind and subject waits, whatever its context.
pub async fn start_alone(app: &App, kind: &str, subject: &str, context: &str) -> Result<()> {
    let id = app.new_id();
    app.hint(Message::Run(id));
    let row = store::jobs::start_alone(app.cause(), id, kind, subject, context, app.now());
    store::write(&app.db, vec![row]).await?;
    Ok(())
}
