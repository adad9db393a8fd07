//! Versions of the terms of service and of the privacy policy: written, published, told to everybody here.

use super::letters::of_new_text;
use super::staff::audit;
use super::{announcements, site_texts};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::announcement;
use crate::model::audit::Target;
use crate::model::id::Id;
use crate::model::site_text::{Draft, Kind};
use crate::model::time::{DAY, Time};
use crate::model::user::User;
use crate::store;
use crate::text::count;

/// Characters of a version.
pub const MAX_TEXT: usize = 30_000;
/// Characters of what is new in it.
pub const MAX_CHANGES: usize = 2_000;
/// Versions of each kind that are kept; what is too many is refused, since former ones stay.
pub const MAX_VERSIONS: usize = 100;
/// How far ahead a version may be published.
const AHEAD: i64 = 3 * 365 * DAY;
/// How long people are told of it after it holds.
const TOLD_FOR: i64 = 30 * DAY;

fn checked(draft: &Draft) -> Result<Draft> {
    let read = |text: &str, most: usize| {
        let text = text.trim().replace("\r\n", "\n");
        let is_long = count::is_too_long(&text, most) || text.len() > 8 * most;
        if is_long { Err(Error::Unprocessable("text".into())) } else { Ok(text) }
    };
    Ok(Draft { text: read(&draft.text, MAX_TEXT)?, changes: read(&draft.changes, MAX_CHANGES)? })
}

fn target(kind: Kind, label: impl Into<String>) -> Target {
    Target::new(kind.as_str(), Id::default(), label)
}

/// What the page of a kind begins with.
pub struct Writing {
    /// The draft; without one the version that holds, or the default.
    pub text: Draft,
    /// Whether it is a draft that is kept.
    pub is_draft: bool,
    /// The days of the versions.
    pub dates: Vec<Time>,
}

/// What the page of a kind begins with, for who reads the language `locale`.
pub async fn writing(app: &App, kind: Kind, locale: &str) -> Result<Writing> {
    let parts = (
        store::site_texts::draft(kind),
        store::site_texts::current(kind, app.now()),
        store::site_texts::dates(kind, MAX_VERSIONS),
    );
    let (draft, current, dates) = store::load(&app.db, parts).await?;
    let text =
        || current.map_or_else(|| site_texts::default_of(kind, locale).to_owned(), |version| version.text);
    let is_draft = draft.is_some();
    Ok(Writing {
        text: draft.unwrap_or_else(|| Draft { text: text(), changes: String::new() }),
        is_draft,
        dates,
    })
}

/// Deletes the draft, where there is one.
pub async fn discard(app: &App, by: &User, kind: Kind) -> Result<()> {
    let batch =
        vec![store::site_texts::drop_draft(kind), audit(app, by, "discard", &target(kind, "draft"), "")];
    store::write(&app.db, batch).await.map(|_| ())
}

/// Keeps a draft, which nobody else sees; an empty one is deleted. Error: `Unprocessable` where it is too long.
pub async fn keep(app: &App, by: &User, kind: Kind, draft: &Draft) -> Result<()> {
    let draft = checked(draft)?;
    let statement = match draft.text.is_empty() {
        true => store::site_texts::drop_draft(kind),
        false => store::site_texts::keep(app.new_id(), kind, &draft),
    };
    let batch = vec![statement, audit(app, by, "update", &target(kind, "draft"), "")];
    store::write(&app.db, batch).await.map(|_| ())
}

/// Publishes a version that holds from a day on, today at the earliest. With `is_told` everybody here gets an announcement of it.
///
/// Errors: `Unprocessable` with `date` where that day cannot be or has a version, else for a text that is missing or too long,
/// and where there are too many versions or announcements.
pub async fn publish(
    app: &App,
    by: &User,
    kind: Kind,
    draft: &Draft,
    day: Option<Time>,
    is_told: bool,
) -> Result<()> {
    let draft = checked(draft)?;
    let today = app.now().midnight();
    let day = day.unwrap_or(today);
    if draft.text.is_empty() {
        return Err(Error::Unprocessable("text".into()));
    }
    if !(today.0..=today.0 + AHEAD).contains(&day.0) {
        return Err(Error::Unprocessable("date".into()));
    }
    let parts =
        (store::site_texts::dates(kind, MAX_VERSIONS), store::announcements::all(announcements::MAX_KEPT));
    let (dates, told) = store::load(&app.db, parts).await?;
    let has_room = i64::try_from(told.len()).is_ok_and(|n| n < announcements::MAX_KEPT);
    if dates.len() >= MAX_VERSIONS || (is_told && !has_room) {
        return Err(Error::Unprocessable("too many".into()));
    }
    let id = app.new_id();
    let mut batch = vec![
        store::site_texts::publish(id, kind, &draft, day),
        store::site_texts::drop_draft(kind),
        audit(app, by, "publish", &target(kind, day.to_date()), ""),
    ];
    if is_told {
        let link = format!("{}{}/{}", app.home().web_origin, kind.path(), day.to_date());
        let text = of_new_text(app, kind, &day.to_date(), &link, &draft.changes);
        let told =
            announcement::Draft { text, ends_at: Some(day.plus(TOLD_FOR)), ..announcement::Draft::default() };
        batch.extend(announcements::rows(app, id, &told, Some(app.now())));
    }
    match store::write(&app.db, batch).await {
        Ok(_) => Ok(()),
        Err(Error::Conflict(what)) if what.contains("site_texts") => Err(Error::Unprocessable("date".into())),
        Err(error) => Err(error),
    }
}

/// Takes back a version that does not hold yet, and the announcement of it. Error: `NotFound` for all others, which stay.
pub async fn withdraw(app: &App, by: &User, kind: Kind, day: Time) -> Result<()> {
    let now = app.now();
    let known = store::load(&app.db, store::site_texts::of_date(kind, day)).await?;
    let known = known.filter(|version| version.effective_at > now).ok_or(Error::NotFound)?;
    let mut batch = vec![
        store::site_texts::withdraw(kind, day, now),
        audit(app, by, "destroy", &target(kind, day.to_date()), ""),
    ];
    batch.extend(announcements::gone(app, known.id));
    store::write(&app.db, batch).await.map(|_| ())
}
