//! Announcements to everybody here: written, published at once or at a time, taken back.

use super::staff::audit;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::announcement::Draft;
use crate::model::audit::Target;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::model::user::User;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::announcements::Written;
use crate::text::{compose, count};

/// Characters of one.
pub const MAX_TEXT: usize = 5_000;
/// All that are kept, those that have ended as well.
pub const MAX_KEPT: i64 = 50;
/// What the error says of one that would end before it starts.
pub const BACKWARDS: &str = "It would end before it starts";
/// Characters of one in the log.
const IN_LOG: usize = 100;

/// The kind of the jobs that tell live streams of one whose time has come or ended.
pub const JOB: &str = "announcement";

fn target(id: Id, text: &str) -> Target {
    Target::new("announcement", id, text.chars().take(IN_LOG).collect::<String>())
}

/// Error: `Unprocessable` where the text is empty or too long, or it would end before it starts.
fn checked(draft: Draft) -> Result<Draft> {
    let text = draft.text.trim().replace("\r\n", "\n");
    if text.is_empty() || count::is_too_long(&text, MAX_TEXT) || text.len() > 8 * MAX_TEXT {
        return Err(Error::validation("Text must be 1 to 5000 characters"));
    }
    // A day has no time; without a day there is nothing that is all of it.
    let day = |at: Time| if draft.is_all_day { at.midnight() } else { at };
    let (starts_at, ends_at) = (draft.starts_at.map(day), draft.ends_at.map(day));
    if starts_at.zip(ends_at).is_some_and(|(from, to)| to < from) {
        return Err(Error::validation(BACKWARDS));
    }
    let is_all_day = draft.is_all_day && (starts_at.is_some() || ends_at.is_some());
    Ok(Draft { text, starts_at, ends_at, is_all_day })
}

fn html(app: &App, text: &str) -> String {
    compose::compose(text, &app.home().web_origin, &|_| None).html
}

/// The jobs for the times at which it comes and goes, in place of earlier ones.
fn jobs(app: &App, id: Id, published_at: Option<Time>, ends_at: Option<Time>) -> Vec<Statement> {
    let subject = id.to_string();
    let mut batch = vec![store::jobs::delete_of(JOB, &subject)];
    if published_at.is_some() {
        let times = [published_at, ends_at].into_iter().flatten().filter(|at| *at > app.now());
        batch.extend(times.map(|at| store::jobs::insert(app.new_id(), JOB, &subject, &at.0.to_string(), at)));
    }
    batch
}

/// The statements that add an announcement, for a batch; the first answers a row where there is room.
pub(super) fn rows(app: &App, id: Id, draft: &Draft, published_at: Option<Time>) -> Vec<Statement> {
    let content = html(app, &draft.text);
    let mut batch =
        vec![store::announcements::insert(id, draft, &content, published_at, app.now(), MAX_KEPT)];
    batch.extend(jobs(app, id, published_at, draft.end()));
    batch
}

/// Adds an announcement: published at a time, or with `None` nowhere seen yet.
///
/// Errors: `Unprocessable` as of a text that is empty or too long, times in the wrong order, and where there are too many.
pub async fn add(app: &App, by: &User, draft: Draft, published_at: Option<Time>) -> Result<Id> {
    let draft = checked(draft)?;
    let id = app.new_id();
    let mut batch = rows(app, id, &draft, published_at.map(|at| at.max(app.now())));
    batch.push(audit(app, by, "create", &target(id, &draft.text), ""));
    match store::write(&app.db, batch).await?.first() {
        Some(rows) if !rows.is_empty() => Ok(id),
        _ => Err(Error::validation("There are too many announcements")),
    }
}

/// One as it was written. Error: `NotFound`.
pub async fn find(app: &App, id: Id) -> Result<Written> {
    store::load(&app.db, store::announcements::by_id(id)).await?.ok_or(Error::NotFound)
}

/// Changes what one says; whether it is published stays.
///
/// Errors: as of [`add`]; `NotFound`.
pub async fn change(app: &App, by: &User, id: Id, draft: Draft) -> Result<()> {
    let (known, draft) = (find(app, id).await?, checked(draft)?);
    let content = html(app, &draft.text);
    let mut batch = vec![store::announcements::update(id, &draft, &content, app.now())];
    batch.extend(jobs(app, id, known.published_at, draft.end()));
    batch.push(audit(app, by, "update", &target(id, &draft.text), ""));
    store::write(&app.db, batch).await.map(|_| ())
}

/// Publishes one, now or at a later time; with `None` it is taken back and kept. One that is published already keeps its time.
///
/// Error: `NotFound`.
pub async fn publish(app: &App, by: &User, id: Id, at: Option<Time>) -> Result<()> {
    let known = find(app, id).await?;
    let now = app.now();
    let (mut batch, what) = match at {
        Some(at) => (vec![store::announcements::publish(id, at.max(now), now)], "publish"),
        None => {
            let gone = store::announcements::withdraw(id, now);
            (vec![gone, store::announcements::unpublish(id)], "unpublish")
        }
    };
    batch.extend(jobs(app, id, at.map(|at| at.max(now)), known.draft.end()));
    batch.push(audit(app, by, what, &target(id, &known.draft.text), ""));
    store::write(&app.db, batch).await.map(|_| ())
}

/// The statements that delete an announcement, if there is one.
pub(super) fn gone(app: &App, id: Id) -> Vec<Statement> {
    vec![
        store::announcements::withdraw(id, app.now()),
        store::announcements::delete(id),
        store::jobs::delete_of(JOB, &id.to_string()),
    ]
}

/// Error: `NotFound`.
pub async fn delete(app: &App, by: &User, id: Id) -> Result<()> {
    let known = find(app, id).await?;
    let mut batch = gone(app, id);
    batch.push(audit(app, by, "destroy", &target(id, &known.draft.text), ""));
    store::write(&app.db, batch).await.map(|_| ())
}

/// The time of one has come or ended: live streams are told.
pub async fn tell(app: &App, id: &str) -> Result<()> {
    let Some(id) = Id::parse(id) else { return Ok(()) };
    store::write(&app.db, vec![store::announcements::tell(id, app.now())]).await.map(|_| ())
}
