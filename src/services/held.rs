//! What arrives from strangers: let in, limited, held for staff, or refused, by the rules against spam and in the quiet mode. What is held
//! is stored nowhere but in its own table; once staff lets it through it is received as if it arrived then.

use super::{letters, publish, spam};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::audit::Target;
use crate::model::budget;
use crate::model::id::Id;
use crate::model::role::Permission;
use crate::model::spam::{Action, Place, Quiet};
use crate::model::status::{Status, Visibility};
use crate::model::time::{DAY, HOUR};
use crate::platform::guard::parse;
use crate::store;
use crate::store::held::New;
use crate::text::excerpt;

/// What is held by a rule is dropped after so long.
const WAITS: i64 = 14 * DAY;
/// What is held in the quiet mode.
const WAITS_QUIETLY: i64 = 7 * DAY;
/// Bytes of an activity that is held; longer ones are refused.
const MAX_ACTIVITY: usize = 64 * 1024;
/// Characters of what staff sees of a post.
const EXCERPT: usize = 300;
/// An account counts as young for so long, since its server says that it is there and since it is known here.
const YOUNG: i64 = DAY;
/// The quiet mode that has begun by itself ends so long after the last hour with too many mentions.
const QUIET_FOR: i64 = 6 * HOUR;
/// Mentions in an hour after which it may begin.
pub const MAX_AFTER: i64 = 10_000;

/// How a status arrives.
pub struct Incoming<'a> {
    /// Whether somebody here follows its author, where that is known.
    pub is_followed: Option<bool>,
    /// The activity to be received again, as JSON; empty where the status is fetched.
    pub activity: &'a dyn Fn() -> String,
    /// A new version of a status that is stored.
    pub is_edit: bool,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is let in, as it is now: it may have been limited.
    Passes,
    Held,
    Refused,
}

/// Judges a status of another server that nobody here has asked for. Where nothing is found no row is read: neither for the rules, nor of
/// an account that is not young.
pub async fn judge(
    app: &App,
    author: &Account,
    status: &mut Status,
    incoming: &Incoming<'_>,
) -> Result<Verdict> {
    if let Some(found) = by_rules(app, author, status, incoming).await? {
        match found.action {
            Action::Refuse => return Ok(Verdict::Refused),
            Action::Hold => return hold(app, author, status, incoming, (&found.text, WAITS)).await,
            Action::Limit => {
                if !incoming.is_edit {
                    status.visibility = status.visibility.max(Visibility::Unlisted);
                }
                status.mentions.iter_mut().filter(|m| m.is_local).for_each(|m| m.is_silent = true);
            }
        }
    }
    quietly(app, author, status, incoming).await
}

async fn by_rules(
    app: &App,
    author: &Account,
    status: &Status,
    incoming: &Incoming<'_>,
) -> Result<Option<spam::Found>> {
    if incoming.is_followed == Some(true) || !app.site().spam.has(Place::Posts) {
        return Ok(None);
    }
    let Some(found) = spam::in_status(app, status, &publish::searchable(status)) else { return Ok(None) };
    if incoming.is_followed.is_none() && store::load(&app.db, store::held::is_followed(author.id)).await? {
        return Ok(None);
    }
    spam::count(app, &found).await?;
    Ok(Some(found))
}

/// Mentions by young accounts of people who have no tie to them.
async fn quietly(
    app: &App,
    author: &Account,
    status: &mut Status,
    incoming: &Incoming<'_>,
) -> Result<Verdict> {
    let (site, now) = (app.site(), app.now());
    let quiet = site.spam.quiet;
    let is_young = author.created_at.0.max(author.id.unix_ms()) > now.0 - YOUNG;
    if !is_young || !quiet.is_watching(now) {
        return Ok(Verdict::Passes);
    }
    // A direct status is shown to all whom it is for.
    let is_direct = status.visibility == Visibility::Direct;
    let concerned = status.mentions.iter().filter(|m| m.is_local && (is_direct || !m.is_silent));
    let people: Vec<Id> = concerned.map(|m| m.id).collect();
    if people.is_empty() {
        return Ok(Verdict::Passes);
    }
    let (untied, is_followed) = store::load(&app.db, store::held::without_tie(author.id, &people)).await?;
    if untied.is_empty() {
        return Ok(Verdict::Passes);
    }
    let has_begun = count(app, author, quiet, untied.len()).await?;
    if !quiet.is_quiet(now) && !has_begun {
        return Ok(Verdict::Passes);
    }
    if !is_followed && untied.len() == people.len() {
        return hold(app, author, status, incoming, ("", WAITS_QUIETLY)).await;
    }
    // It is for others here as well: those without a tie hear nothing of it.
    let is_untied = |id: Id| untied.contains(&id);
    if is_direct {
        status.mentions.retain(|m| !is_untied(m.id));
    }
    status.mentions.iter_mut().filter(|m| is_untied(m.id)).for_each(|m| m.is_silent = true);
    Ok(Verdict::Passes)
}

/// Counts such mentions, where the quiet mode may begin by itself; answers whether it begins or goes on with these.
async fn count(app: &App, author: &Account, quiet: Quiet, mentions: usize) -> Result<bool> {
    if quiet.after == 0 || quiet.is_on {
        return Ok(false);
    }
    let (now, mentions) = (app.now(), i64::try_from(mentions).unwrap_or(i64::MAX));
    // In the hour of the day.
    let subject = format!("young mentions {}", now.0.div_euclid(HOUR).rem_euclid(24));
    let row = store::budgets::add_up_to(&subject, budget::day(now), mentions, quiet.after);
    let counted = store::write(&app.db, vec![row]).await?;
    let written = counted.first().and_then(|rows| rows.first()).map(|row| row.int("written")).transpose()?;
    // There is no row once there were too many.
    if written.is_none_or(|n| n <= quiet.after) {
        return Ok(false);
    }
    let site = app.site();
    let report = app.new_id();
    let reporter = site.actor_id.unwrap_or_default();
    let roles = site.roles.with(Permission::MANAGE_REPORTS);
    let mut batch = Vec::from(store::held::begin_quiet(
        report,
        reporter,
        author.id,
        &letters::quiet(app),
        now,
        now.plus(QUIET_FOR),
    ));
    batch.push(store::reports::notify(app.new_id(), reporter, &[report], &roles));
    store::write(&app.db, batch).await?;
    super::install::reload(app).await?;
    Ok(true)
}

/// Puts a status among those that wait for staff: why, and for how long. Where there is no room, it is refused.
async fn hold(
    app: &App,
    author: &Account,
    status: &Status,
    incoming: &Incoming<'_>,
    (reason, waits): (&str, i64),
) -> Result<Verdict> {
    let activity = (incoming.activity)();
    if activity.len() > MAX_ACTIVITY {
        return Ok(Verdict::Refused);
    }
    let new = New {
        id: app.new_id(),
        uri: status.uri.clone(),
        account_id: author.id,
        host: host_of(author),
        reason: reason.to_owned(),
        visibility: status.visibility,
        excerpt: excerpt::line(&publish::searchable(status), EXCERPT),
        activity,
        is_edit: incoming.is_edit,
        expires_at: app.now().plus(waits),
    };
    let rows = store::write(&app.db, vec![store::held::insert(&new)]).await?;
    Ok(if rows.first().is_some_and(|rows| !rows.is_empty()) { Verdict::Held } else { Verdict::Refused })
}

fn host_of(author: &Account) -> String {
    let host = parse(&author.uri).and_then(|url| url.host_str().map(str::to_owned));
    host.unwrap_or_else(|| author.domain.clone())
}

/// An author has written a new version of a status that is not stored: where it waits for staff, the new version waits in its place.
/// Answers whether it does.
pub async fn replace(
    app: &App,
    author: &Account,
    status: &Status,
    activity: &dyn Fn() -> String,
) -> Result<bool> {
    let Some(reason) = store::load(&app.db, store::held::reason(&status.uri, author.id)).await? else {
        return Ok(false);
    };
    let incoming = Incoming { is_followed: None, activity, is_edit: false };
    // It keeps its end.
    hold(app, author, status, &incoming, (&reason, WAITS)).await?;
    Ok(true)
}

fn target(id: Id, excerpt: &str) -> Target {
    Target::new("held_post", id, excerpt)
}

/// Staff lets a post through: a job receives it, as if it arrived now.
///
/// Error: `NotFound` where it does not wait.
pub async fn let_through(app: &App, by: &Account, id: Id) -> Result<()> {
    let (uri, _, excerpt) = store::load(&app.db, store::held::by_id(id)).await?.ok_or(Error::NotFound)?;
    let batch = vec![
        store::held::let_through(id),
        super::job::row(app, "held", &uri, "{}"),
        store::audit::insert(app.new_id(), by.id, "approve", &target(id, &excerpt), &uri),
    ];
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Staff drops a post, or all by its author.
///
/// Error: `NotFound` where it does not wait.
pub async fn drop_post(app: &App, by: &Account, id: Id, is_all: bool) -> Result<()> {
    let (uri, _, excerpt) = store::load(&app.db, store::held::by_id(id)).await?.ok_or(Error::NotFound)?;
    let mut batch = store::held::drop_of(id, is_all, app.now());
    let action = if is_all { "reject_all" } else { "reject" };
    batch.push(store::audit::insert(app.new_id(), by.id, action, &target(id, &excerpt), &uri));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Staff switches the quiet mode on or off, also one that has begun by itself.
pub async fn set_quiet(app: &App, by: &Account, is_on: bool) -> Result<()> {
    let (value, said) = if is_on { ("on", "on") } else { ("", "off") };
    let mut batch = vec![
        store::site::set_or_unset("quiet_mode", value),
        store::audit::insert(
            app.new_id(),
            by.id,
            "update",
            &Target::new("settings", Id::default(), "quiet_mode"),
            said,
        ),
    ];
    if !is_on {
        batch.push(store::site::unset("quiet_until"));
    }
    store::write(&app.db, batch).await?;
    super::install::reload(app).await
}

/// Says after how many mentions in an hour the quiet mode begins by itself; 0 for never.
///
/// Error: `Unprocessable` where that is no number that can be.
pub async fn set_quiet_after(app: &App, by: &Account, mentions: i64) -> Result<()> {
    if !(0..=MAX_AFTER).contains(&mentions) {
        return Err(Error::Unprocessable("number".into()));
    }
    let text = if mentions == 0 { String::new() } else { mentions.to_string() };
    let target = Target::new("settings", Id::default(), "quiet_after");
    let batch = vec![
        store::site::set_or_unset("quiet_after", &text),
        store::audit::insert(app.new_id(), by.id, "update", &target, &mentions.to_string()),
    ];
    store::write(&app.db, batch).await?;
    super::install::reload(app).await
}

/// Drops what nobody has decided about in time. Run by cron, once a day.
pub async fn tidy(app: &App) -> Result<()> {
    store::write(&app.db, vec![store::held::delete_expired(app.now())]).await.map(|_| ())
}
