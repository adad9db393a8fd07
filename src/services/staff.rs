//! What members of staff do to accounts, with strikes and the audit log; roles and notes.
//! <https://docs.joinmastodon.org/methods/admin/accounts/>

use super::{letters, mail, moderate, publish, remove};
use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::audit::Target;
use crate::model::id::Id;
use crate::model::notification::Kind;
use crate::model::person::Person;
use crate::model::role::{Permission, Role, RoleId};
use crate::model::status::StatusView;
use crate::model::strike::{Action, Lift, Strike};
use crate::model::user::User;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::notifications::Told;
use crate::text::count;

/// Maximum characters of a message to a person, and of a note.
pub const MAX_TEXT: usize = 2_000;
/// Statuses that one action takes: each is told to other servers.
pub const MAX_STATUSES: usize = 20;
/// Notes about one account or report.
const MAX_NOTES: usize = 200;
/// Roles of an instance beside those that every one has.
const MAX_ROLES: usize = 20;

/// What is done to an account.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    pub action: Action,
    /// To the person.
    pub text: String,
    /// A text that goes before that one.
    pub preset: Option<Id>,
    /// The report that is resolved by it.
    pub report: Option<Id>,
    /// Of [`Action::DeleteStatuses`] and [`Action::MarkStatusesAsSensitive`]; those of the report where there are none.
    pub status_ids: Option<Vec<Id>>,
    /// The person is told, where they are here: by a notification, and by a letter where there are mails.
    pub is_told: bool,
}

/// An account that `by` may act on, and its login.
///
/// Errors: `NotFound`; `Forbidden` for oneself, and for people whose role is not lower.
pub async fn person(app: &App, by: &User, id: Id) -> Result<Person> {
    let found = store::load(&app.db, store::people::by_ids(&[id])).await?;
    let found = found.into_iter().next().ok_or(Error::NotFound)?;
    may_act_on(app, by, &found)?;
    Ok(found)
}

fn forbidden() -> Error {
    Error::Forbidden("This action is not allowed".into())
}

fn may_act_on(app: &App, by: &User, person: &Person) -> Result<()> {
    if person.is_below(by, &app.site().roles) { Ok(()) } else { Err(forbidden()) }
}

/// The text of a message or a note. Error: `Unprocessable` where it is too long.
pub(super) fn checked(text: &str) -> Result<String> {
    let text = text.trim();
    if count::is_too_long(text, MAX_TEXT) || text.len() > 8 * MAX_TEXT {
        return Err(Error::validation(format!("Text is too long (maximum is {MAX_TEXT} characters)")));
    }
    Ok(text.to_owned())
}

/// Does something to an account: one batch with the strike, the entry of the log, the end of the report, and what tells the person.
///
/// Errors: as [`person`]; `NotFound` for a preset that is gone; `Unprocessable` for a text that is too long, for too many statuses, and for what cannot be done to an
/// account of another server.
pub async fn act(app: &App, by: &User, target: Id, draft: Draft) -> Result<()> {
    let parts = (
        store::people::by_ids(&[target]),
        draft.report.map(store::reports::by_id),
        draft.preset.map(store::presets::by_id),
    );
    let (found, report, preset) = store::load(&app.db, parts).await?;
    let (report, preset) = (report.flatten(), preset.flatten());
    let found = found.into_iter().next().ok_or(Error::NotFound)?;
    may_act_on(app, by, &found)?;
    let account = found.account.clone();
    if draft.report.is_some() && report.as_ref().is_none_or(|report| report.target.id != account.id) {
        return Err(Error::NotFound);
    }
    let typed = checked(&draft.text)?;
    let text = match (draft.preset, preset) {
        (None, _) => typed,
        (Some(_), None) => return Err(Error::NotFound),
        (Some(_), Some(preset)) if typed.is_empty() => preset.text,
        (Some(_), Some(preset)) => format!("{}\n\n{typed}", preset.text),
    };
    let now = app.now();
    let strike = Strike {
        id: app.new_id(),
        by: by.account_id,
        target: account.clone(),
        action: draft.action,
        text,
        status_ids: draft.status_ids.or(report.map(|report| report.status_ids)).unwrap_or_default(),
        report_id: draft.report,
        ..Strike::default()
    };
    let mut batch = match draft.action {
        Action::None => Vec::new(),
        Action::Disable if account.is_memorial => return Err(Error::validation("Account is memorial")),
        Action::Disable if account.is_local() => vec![store::people::disable(account.id, Some(now))],
        Action::Disable => return Err(Error::validation("Account is of another server")),
        Action::Sensitive => vec![store::people::sensitize(account.id, Some(now))],
        Action::Silence => vec![store::people::silence(account.id, Some(now))],
        Action::Suspend => moderate::suspension(app, &account, true),
        Action::DeleteStatuses | Action::MarkStatusesAsSensitive => {
            statuses(app, &account, draft.action, &strike.status_ids).await?
        }
    };
    batch.push(store::strikes::insert(&strike));
    if draft.is_told && account.is_local() {
        batch.push(store::strikes::tell(app.new_id(), &strike));
        if let Some(user) = &found.user {
            let written = |name: &str, link: &str| letters::strike(app, &user.locale, name, &strike, link);
            batch.extend(letter(app, user, &account, strike.id, written).await?);
        }
    }
    if let Some(report) = draft.report {
        batch.push(store::reports::resolve(report, Some(by.account_id), now));
    }
    batch.push(audit(app, by, draft.action.as_str(), &Target::account(&account), &strike.text));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// The job of a letter about a strike to the person, where there are mails and they have an address: `write` gets their name and the
/// address of the strike's page.
pub(super) async fn letter(
    app: &App,
    user: &User,
    account: &Account,
    strike: Id,
    write: impl FnOnce(&str, &str) -> letters::Letter,
) -> Result<Option<Statement>> {
    if !mail::is_configured(app) {
        return Ok(None);
    }
    // Another identity of theirs may have it.
    let Some(address) = store::load(&app.db, store::users::email_of(user.person)).await? else {
        return Ok(None);
    };
    let link = format!("{}/settings/strikes/{strike}", app.home().web_origin);
    let (subject, text) = write(&account.username, &link);
    // An address that is none any more keeps nobody from acting.
    match mail::own(app, &address, &subject, &text).await {
        Err(Error::Unprocessable(_)) => Ok(None),
        row => row,
    }
}

/// What deletes statuses of an account, or makes them sensitive: a job for each, which also tells other servers.
async fn statuses(app: &App, author: &Account, action: Action, ids: &[Id]) -> Result<Vec<Statement>> {
    if ids.is_empty() || ids.len() > MAX_STATUSES {
        return Err(Error::validation(format!("Statuses must be 1 to {MAX_STATUSES}")));
    }
    let found = store::load(&app.db, store::statuses::by_ids(ids, None)).await?;
    let theirs: Vec<&StatusView> = found.iter().filter(|view| view.status.account_id == author.id).collect();
    let known: Vec<Id> = theirs.iter().map(|view| view.status.id).collect();
    let job = |kind, view: &StatusView| super::job::row(app, kind, &view.status.uri, "{}");
    if action == Action::DeleteStatuses {
        return Ok(theirs.iter().map(|view| job(REMOVE, view)).collect());
    }
    let mut batch = store::statuses::mark_sensitive(author.id, &known, app.now());
    if author.is_local() {
        batch.extend(theirs.iter().map(|view| job(RESEND, view)));
    }
    Ok(batch)
}

/// Kinds of jobs: [`remove_status`], [`resend_status`].
const REMOVE: &str = "remove_status";
const RESEND: &str = "resend_status";

/// Deletes a status that members of staff have removed.
pub async fn remove_status(app: &App, uri: &str) -> Result<()> {
    let Some(view) = store::load(&app.db, store::statuses::by_uri(uri)).await? else { return Ok(()) };
    if view.account.is_local() {
        return remove::status(app, &view.account, &view, true).await;
    }
    let batch = vec![
        store::statuses::delete(view.status.id, view.account.id),
        store::tombstones::insert(uri, view.account.id, app.now()),
    ];
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Sends a status of somebody here again, as it is now.
pub async fn resend_status(app: &App, uri: &str) -> Result<()> {
    let Some(view) = store::load(&app.db, store::statuses::by_uri(uri)).await? else { return Ok(()) };
    let id = app.new_id();
    let told = publish::refresh(app, &view.status).await?;
    store::write(&app.db, vec![store::outbox::insert(id, view.account.id, told, app.now())]).await?;
    app.hint(Message::Distribute(id));
    Ok(())
}

/// Lifts what [`act`] has done. Errors: as [`person`].
pub async fn lift(app: &App, by: &User, target: Id, lift: Lift) -> Result<()> {
    let Person { account, .. } = person(app, by, target).await?;
    let mut batch = lifting(app, &account, lift);
    batch.push(audit(app, by, lift.as_str(), &Target::account(&account), ""));
    store::write(&app.db, batch).await?;
    blocked_again(app, &account).await
}

/// After [`lifting`]: what a block of the account's server has done is done again.
pub(super) async fn blocked_again(app: &App, account: &Account) -> Result<()> {
    if account.is_local() { Ok(()) } else { super::domain_block::resume(app).await }
}

/// The statements of [`lift`].
pub(super) fn lifting(app: &App, account: &Account, lift: Lift) -> Vec<Statement> {
    let mut batch = match lift {
        Lift::Enable => vec![store::people::disable(account.id, None)],
        Lift::Unsensitive => vec![store::people::sensitize(account.id, None)],
        Lift::Unsilence => vec![store::people::silence(account.id, None)],
        Lift::Unsuspend => moderate::suspension(app, account, false),
    };
    if !account.is_local() && matches!(lift, Lift::Unsilence | Lift::Unsuspend) {
        batch.push(store::host_checks::touch(&[&account.domain]));
    }
    batch
}

/// Deletes a suspended account of this instance at once, with all of its data.
///
/// Errors: as [`person`]; `Forbidden` where it is not suspended.
pub async fn delete(app: &App, by: &User, target: Id) -> Result<()> {
    let found = person(app, by, target).await?;
    if !found.account.is_suspended() {
        return Err(forbidden());
    }
    let row = audit(app, by, "delete", &Target::account(&found.account), "");
    match &found.user {
        Some(user) => {
            store::write(&app.db, vec![row]).await?;
            remove::local_account(app, user, &found.account).await
        }
        None => {
            let purge = super::job::row(app, "purge", &found.account.uri, "0");
            store::write(&app.db, vec![row, purge]).await.map(|_| ())
        }
    }
}

/// Deletes what these were told as members of staff, as far as their permissions do not cover it (any more).
fn untold(told: Told, permissions: Permission) -> Option<Statement> {
    let all =
        [(Kind::AdminReport, Permission::MANAGE_REPORTS), (Kind::AdminSignUp, Permission::MANAGE_USERS)];
    let kinds = all.into_iter().filter(|(_, needed)| !permissions.allows(*needed)).map(|(kind, _)| kind);
    let kinds: Vec<Kind> = kinds.collect();
    (!kinds.is_empty()).then(|| store::notifications::delete_kinds(told, &kinds))
}

/// Gives somebody a role. Errors: as [`person`]; `Forbidden` where the role is not lower than that of `by`, `NotFound` where there is
/// none.
pub async fn set_role(app: &App, by: &User, target: Id, role: RoleId) -> Result<()> {
    let found = person(app, by, target).await?;
    let roles = &app.site().roles;
    let given = roles.find(role).ok_or(Error::NotFound)?;
    let name = given.name.clone();
    // Nobody gives what they do not have.
    let has_all = roles.permissions(by.role).allows(given.permissions);
    if found.user.is_none() || !roles.is_above(by.role, role) || !has_all {
        return Err(forbidden());
    }
    let mut batch = vec![
        store::people::set_role(target, role.0),
        audit(app, by, "change_role", &Target::account(&found.account), &name),
    ];
    batch.extend(untold(Told::PersonOf(target), roles.permissions(role)));
    batch.extend(store::resets::end_of(target));
    store::write(&app.db, batch).await?;
    // It may be shown on their profile.
    super::install::reload(app).await
}

/// Stores a role: a new one, or a change of one that is lower than that of `by`, who changes only permissions that they have.
///
/// Errors: `Forbidden`; `Unprocessable` for a name that is too long, and where there are too many roles.
pub async fn store_role(app: &App, by: &User, mut role: Role) -> Result<()> {
    let roles = &app.site().roles;
    let own = roles.permissions(by.role);
    let known = roles.find(role.id);
    if !roles.is_above(by.role, role.id) {
        return Err(forbidden());
    }
    if role.id == RoleId::EVERYONE {
        // What everybody may do is not for staff.
        role.permissions = Permission(
            role.permissions.0 & Permission::INVITE_USERS.and(Permission::INVITE_BYPASS_APPROVAL).0,
        );
        role.position = -1;
        role.name = String::new();
        role.is_highlighted = false;
    } else if !own.allows(role.permissions) || role.position >= roles.position(by.role) || role.position < 0 {
        return Err(forbidden());
    } else if let Some(known) = known {
        // What they cannot give they do not take either: no form shows it to them.
        role.permissions = role.permissions.and(known.permissions.without(own.given()));
    }
    role.name = role.name.trim().to_owned();
    let is_named = role.id == RoleId::EVERYONE || !role.name.is_empty();
    if !is_named || role.name.chars().count() > 50 || role.name.chars().any(char::is_control) {
        return Err(Error::validation("Name must be 1 to 50 characters"));
    }
    let target = Target::new("role", Id(role.id.0), role.name.clone());
    let mut batch = vec![store::roles::store(&role, MAX_ROLES), audit(app, by, "update", &target, "")];
    if role.id != RoleId::EVERYONE {
        batch.extend(untold(Told::Role(role.id), role.permissions));
    }
    let stored = store::write(&app.db, batch).await?;
    if stored.first().is_none_or(Vec::is_empty) {
        return Err(Error::validation("There are too many roles"));
    }
    super::install::reload(app).await
}

/// Deletes a role that is lower than that of `by`. Errors: `Forbidden`, `NotFound`.
pub async fn delete_role(app: &App, by: &User, id: RoleId) -> Result<()> {
    let site = app.site();
    let role = site.roles.find(id).ok_or(Error::NotFound)?;
    if id.is_built_in() || !site.roles.is_above(by.role, id) {
        return Err(forbidden());
    }
    let mut batch = store::roles::delete(id);
    // Before they have another role.
    batch.splice(0..0, untold(Told::Role(id), Permission::default()));
    batch.push(audit(app, by, "destroy", &Target::new("role", Id(id.0), role.name.clone()), ""));
    store::write(&app.db, batch).await?;
    super::install::reload(app).await
}

/// Adds a note about an account or a report. Error: `Unprocessable` where it is empty or too long, there are too many, or nothing has
/// this id.
pub async fn note(app: &App, by: &User, subject: Id, text: &str) -> Result<()> {
    let text = checked(text)?;
    if text.is_empty() {
        return Err(Error::validation("Text can't be blank"));
    }
    let added = store::people::add_note(app.new_id(), by.account_id, subject, &text, MAX_NOTES);
    match store::write(&app.db, vec![added]).await?.first() {
        Some(rows) if !rows.is_empty() => Ok(()),
        _ => Err(Error::validation("There are too many notes")),
    }
}

/// A row of the audit log.
pub fn audit(app: &App, by: &User, action: &str, target: &Target, detail: &str) -> Statement {
    store::audit::insert(app.new_id(), by.account_id, action, target, detail)
}
