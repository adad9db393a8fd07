//! Reports to the operator, by local accounts and by other servers.

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::rate_limit::REPORTS;
use crate::model::report::{CATEGORIES, Report};
use crate::model::role::Permission;
use crate::model::time::DAY;
use crate::store;
use crate::text::count;

/// Maximum characters of a comment, and statuses.
pub const MAX_COMMENT: usize = 1000;
const MAX_STATUSES: usize = 100;

/// What somebody here reports of an account. <https://docs.joinmastodon.org/methods/reports/#post>
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub comment: String,
    /// One of [`CATEGORIES`]; without one by whether there are rules.
    pub category: Option<String>,
    pub status_ids: Vec<Id>,
    pub rule_ids: Vec<Id>,
    /// Its server is told as well.
    pub is_forwarded: bool,
}

/// A local account reports another.
///
/// Errors: `NotFound` where it cannot see the account or one of the statuses, or a status is not by
/// that account; `Unprocessable` for a comment that is too long, an unknown category or an unknown rule; those of [`file`].
pub async fn create(app: &App, reporter: &Account, account_id: Id, mut draft: Draft) -> Result<Report> {
    super::personal::pace(app, REPORTS, 1)?;
    draft.status_ids.truncate(MAX_STATUSES);
    let (target, statuses, rules) = store::load(
        &app.db,
        (
            store::accounts::present(account_id),
            store::statuses::visible_by_ids(&draft.status_ids, Some(reporter.id)),
            store::rules::all(),
        ),
    )
    .await?;
    let target = target.filter(|t| t.deleted_at.is_none()).ok_or(Error::NotFound)?;
    draft.status_ids.sort_unstable();
    draft.status_ids.dedup();
    let mut theirs: Vec<_> = statuses.iter().filter(|v| v.status.account_id == target.id).collect();
    theirs.sort_by_cached_key(|v| v.status.id);
    if theirs.len() != draft.status_ids.len() {
        return Err(Error::NotFound);
    }
    let comment = draft.comment.trim().to_owned();
    if count::is_too_long(&comment, MAX_COMMENT) {
        return Err(Error::validation(format!("Comment is too long (maximum is {MAX_COMMENT} characters)")));
    }
    let fallback = if draft.rule_ids.is_empty() { "other" } else { "violation" };
    let category = draft.category.unwrap_or_else(|| fallback.to_owned());
    if !CATEGORIES.contains(&category.as_str()) {
        return Err(Error::validation("Category is not included in the list"));
    }
    if draft.rule_ids.iter().any(|id| !rules.iter().any(|r| r.id == *id)) {
        return Err(Error::validation("Rules must reference valid rules"));
    }
    let made = Report {
        id: app.new_id(),
        account_id: reporter.id,
        comment,
        category,
        status_ids: draft.status_ids,
        rule_ids: draft.rule_ids,
        is_forwarded: draft.is_forwarded && !target.is_local(),
        target,
        ..Report::default()
    };
    let uris = theirs.iter().map(|v| v.status.uri.clone()).collect();
    file(app, &made, uris).await?;
    Ok(made)
}

/// A local account reports; if it `is_forwarded`, the instance actor sends a Flag to the target's server,
/// with the statuses at `uris` and without the reporter.
///
/// Errors: `Unavailable` before set-up, `TooManyRequests` beyond [`MAX_OPEN`].
async fn file(app: &App, report: &Report, uris: Vec<String>) -> Result<()> {
    let mut batch = vec![
        store::reports::insert(report, MAX_OPEN, app.now().plus(-REPORTED_FOR)),
        store::reports::notify(
            app.new_id(),
            report.account_id,
            &[report.id],
            &app.site().roles.with(Permission::MANAGE_REPORTS),
        ),
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
        store::reports::notify(
            app.new_id(),
            reporter.id,
            &ids,
            &app.site().roles.with(Permission::MANAGE_REPORTS),
        ),
    ];
    store::write(&app.db, batch).await?;
    Ok(())
}
