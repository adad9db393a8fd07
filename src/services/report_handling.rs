//! What members of staff do with reports: <https://docs.joinmastodon.org/methods/admin/reports/>.

use super::staff::audit;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::audit::Target;
use crate::model::id::Id;
use crate::model::report::{CATEGORIES, Report};
use crate::model::user::User;
use crate::platform::sql::Statement;
use crate::store;

/// A step of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Assign,
    Unassign,
    Resolve,
    Reopen,
}

impl Step {
    pub const ALL: [Self; 4] = [Self::Assign, Self::Unassign, Self::Resolve, Self::Reopen];

    /// As the audit log and the forms name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Assign => "assigned_to_self",
            Self::Unassign => "unassigned",
            Self::Resolve => "resolve",
            Self::Reopen => "reopen",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == text)
    }
}

/// A report. Error: `NotFound`.
pub async fn find(app: &App, id: Id) -> Result<Report> {
    store::load(&app.db, store::reports::by_id(id)).await?.ok_or(Error::NotFound)
}

fn target(report: &Report) -> Target {
    Target::new("report", report.id, format!("@{}", report.target.handle()))
}

async fn write(app: &App, by: &User, report: &Report, what: &str, statement: Statement) -> Result<Report> {
    let entry = audit(app, by, what, &target(report), "");
    store::write(&app.db, vec![statement, entry]).await?;
    find(app, report.id).await
}

/// Makes a step; what is done already stays. Answers the report as it is then. Errors: `NotFound`; `Forbidden` where it is about
/// an identity of the same person.
pub async fn step(app: &App, by: &User, id: Id, step: Step) -> Result<Report> {
    let parts = (store::reports::by_id(id), store::users::reported(id));
    let (report, target) = store::load(&app.db, parts).await?;
    let report = report.ok_or(Error::NotFound)?;
    if target.is_some_and(|user| user.person == by.person) {
        return Err(Error::Forbidden("This action is not allowed".into()));
    }
    let (me, now) = (by.account_id, app.now());
    let statement = match step {
        Step::Assign => store::reports::assign(id, Some(me)),
        Step::Unassign => store::reports::assign(id, None),
        Step::Resolve => store::reports::resolve(id, Some(me), now),
        Step::Reopen => store::reports::resolve(id, None, now),
    };
    write(app, by, &report, step.as_str(), statement).await
}

/// Changes what a report is about: its category, its rules. Errors: as of [`step`]; `Unprocessable` for an unknown category or rule.
pub async fn update(
    app: &App,
    by: &User,
    id: Id,
    category: Option<&str>,
    rules: Option<&[Id]>,
) -> Result<Report> {
    let parts = (store::reports::by_id(id), store::rules::all(), store::users::reported(id));
    let (report, known, target) = store::load(&app.db, parts).await?;
    let report = report.ok_or(Error::NotFound)?;
    if target.is_some_and(|user| user.person == by.person) {
        return Err(Error::Forbidden("This action is not allowed".into()));
    }
    let category = category.unwrap_or(&report.category);
    if !CATEGORIES.contains(&category) {
        return Err(Error::validation("Category is not included in the list"));
    }
    let rules = rules.unwrap_or(&report.rule_ids);
    if rules.iter().any(|id| !known.iter().any(|rule| rule.id == *id)) {
        return Err(Error::validation("Rules must reference valid rules"));
    }
    // Only reports of violations have rules, as on Mastodon.
    let rules = if category == "violation" { rules } else { &[] };
    let statement = store::reports::update(id, category, rules);
    write(app, by, &report, "update", statement).await
}
