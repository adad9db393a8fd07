//! Sign-ups that wait: for staff, or for their e-mail address to be confirmed. Nothing of them is an account: they are nowhere to be
//! seen, though their names are taken.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use super::{follow, keys, letters, mail, password::is_equal, register, sign_up_rules};
use crate::app::App;
use crate::config::hmac_sha256;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::audit::Target;
use crate::model::budget::day;
use crate::model::email;
use crate::model::id::Id;
use crate::model::role::Permission;
use crate::model::sign_up::{Applicant, Application, Mode};
use crate::model::time::{DAY, Time};
use crate::model::user::User;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::follows::Options;
use crate::store::keys::SealedKey;
use crate::store::users::Password;

/// A link that confirms an address is good for so long.
const CONFIRMED_WITHIN: i64 = 2 * DAY;

/// What a link that confirms an address ends with. Nothing of it is stored: it is signed.
fn token(app: &App, id: Id, address: &str, until: i64) -> String {
    let mac = hmac_sha256(&app.config.form_key, format!("confirm\n{id}\n{until}\n{address}").as_bytes());
    format!("{id}.{until}.{}", BASE64.encode(mac))
}

/// The job that sends the link, for a batch.
pub(super) async fn letter(app: &App, application: &Application) -> Result<Option<Statement>> {
    let Some(address) = &application.email else { return Ok(None) };
    let until = app.now().0 + CONFIRMED_WITHIN;
    let token = token(app, application.id, address, until);
    let link = format!("{}/confirm/{token}", app.home().web_origin);
    let (subject, text) = letters::confirm(app, &application.locale, &application.username, &link);
    mail::row(app, address, &subject, &text).await
}

/// Why the batch of a sign-up has failed.
pub(super) fn refused(error: Error) -> Error {
    let of = |what: &str, column: &str| {
        what.contains(&format!("NOT NULL constraint failed: applications.{column}"))
    };
    let [name, address, room] = store::applications::REFUSED;
    match &error {
        Error::Internal(what) if of(what, name) => register::taken(),
        Error::Internal(what) if of(what, address) => {
            register::invalid("email", "ERR_TAKEN", "has already been taken")
        }
        Error::Internal(what) if of(what, room) => Error::TooManyRequests,
        Error::Conflict(what) if what.contains("applications.email") => {
            register::invalid("email", "ERR_TAKEN", "has already been taken")
        }
        Error::Conflict(what) if what.contains("applications.username") => register::taken(),
        // Somebody else was the last one to come by the invitation.
        Error::Conflict(what) if what.contains(store::invites::USED_UP) => {
            Error::Forbidden("This action is not allowed".into())
        }
        _ => error,
    }
}

/// Makes the account of an application, which is gone then; its tokens are the user's. `first` comes before it in the batch; `key` is one
/// without an account.
///
/// Errors: as `services::register::create`; `NotFound` where the application is gone.
pub(super) async fn admit(
    app: &App,
    application: &Application,
    password: Password<'_>,
    first: Vec<Statement>,
    key: SealedKey,
) -> Result<(User, Account)> {
    let site = app.site();
    let domain = site.domain_by_id(application.domain_id).ok_or(Error::NotFound)?;
    let mut account = register::local_account(app, domain, &application.username);
    account.id = application.id;
    let user = User {
        id: app.new_id(),
        account_id: account.id,
        email: application.email.clone(),
        locale: application.locale.clone(),
        default_language: Some(application.locale.clone()),
        created_at: app.now(),
        ..User::default()
    };
    let user = User { person: user.id, ..user };
    let is_stored = matches!(password, Password::OfApplication(_));
    let mut last = vec![store::users::note_sign_up(user.id, &application.address, application.invite_id)];
    if is_stored {
        last.push(store::applications::adopt_tokens(application.id, user.id));
        last.push(store::applications::delete(application.id));
    }
    last.push(store::users::notify_of_sign_up(
        app.new_id(),
        account.id,
        &site.roles.with(Permission::MANAGE_USERS),
    ));
    let inserted = register::insert_with(app, first, &user, &account, key.id, password, last).await;
    inserted.map_err(|error| match error {
        Error::Internal(what) if what.contains("NOT NULL constraint failed: users.password") => {
            Error::NotFound
        }
        Error::Conflict(what) if what.contains("accounts.id") => Error::NotFound,
        other => refused(other),
    })?;
    if let Err(error) = follow_who_invited(app, application, &account).await {
        crate::platform::log_failure("the follow of an invitation", &error);
    }
    Ok((user, account))
}

/// Who came by an invitation follows who has made it, where that says so.
async fn follow_who_invited(app: &App, application: &Application, account: &Account) -> Result<()> {
    let Some(id) = application.invite_id else { return Ok(()) };
    let Some(invite) = store::load(&app.db, store::invites::by_id(id)).await?.filter(|i| i.is_followed)
    else {
        return Ok(());
    };
    let host = store::load(&app.db, store::accounts::by_id(invite.account_id)).await?;
    match host {
        Some(host) => follow::follow(app, account, &host, None, &Options::default()).await,
        None => Ok(()),
    }
}

/// Lets somebody in: now, or once their address is confirmed. `by` is who decides; they are told by mail, where there is mail.
///
/// Errors: `NotFound` where nobody waits by this id, else as `services::register::create`.
pub async fn approve(app: &App, by: &Account, id: Id) -> Result<()> {
    let application = store::load(&app.db, store::applications::by_id(id)).await?.ok_or(Error::NotFound)?;
    if application.is_approved {
        return Err(Error::NotFound);
    }
    let audit = audit(app, by, "approve", &application);
    if !application.is_confirmed {
        let batch = [vec![store::applications::approve(id)], audit].concat();
        let (done, now) = store::write_then(&app.db, batch, store::applications::by_id(id)).await?;
        if done.first().is_none_or(Vec::is_empty) {
            return Err(Error::NotFound);
        }
        // They may have opened the link in between; then they are in, unless that has let them in already.
        return match now.filter(|application| application.is_confirmed) {
            Some(application) => admit_once(app, &application).await,
            None => Ok(()),
        };
    }
    let mut batch = audit;
    if let Some(address) = &application.email {
        let link = format!("{}/sign_in", app.home().web_origin);
        let (subject, text) = letters::approved(app, &application.locale, &application.username, &link);
        batch.extend(mail::own(app, address, &subject, &text).await?);
    }
    admit(app, &application, Password::OfApplication(id), batch, keys::take(app).await?).await?;
    Ok(())
}

/// Turns somebody away and answers who that was: nothing of them stays, and their name is free again, since nobody has seen it.
///
/// Error: `NotFound` where nobody waits by this id.
pub async fn reject(app: &App, by: &Account, id: Id) -> Result<Application> {
    let application = store::load(&app.db, store::applications::by_id(id)).await?.ok_or(Error::NotFound)?;
    let batch = [vec![store::applications::delete(id)], audit(app, by, "reject", &application)].concat();
    let done = store::write(&app.db, batch).await?;
    if done.first().is_none_or(Vec::is_empty) { Err(Error::NotFound) } else { Ok(application) }
}

/// The line of the audit log.
fn audit(app: &App, by: &Account, what: &str, application: &Application) -> Vec<Statement> {
    let site = app.site();
    let domain = site.domain_by_id(application.domain_id).map_or("", |d| d.handle_domain.as_str());
    let target = Target::new("account", application.id, format!("@{}@{domain}", application.username));
    vec![store::audit::insert(app.new_id(), by.id, what, &target, "")]
}

/// The result of opening a link that confirms an address.
pub enum Confirmed {
    /// There is an account now.
    In,
    /// Staff is to decide.
    Waits,
}

/// The application that a link is about, if the link is ours and not too old.
pub async fn of_link(app: &App, link: &str) -> Result<Option<Application>> {
    let mut parts = link.splitn(3, '.');
    let (id, until) = (parts.next().and_then(Id::parse), parts.next().and_then(|n| n.parse::<i64>().ok()));
    let (Some(id), Some(until)) = (id, until.filter(|until| Time(*until) >= app.now())) else {
        return Ok(None);
    };
    let found = store::load(&app.db, store::applications::by_id(id)).await?;
    Ok(found.filter(|a| {
        let address = a.email.as_deref().unwrap_or("");
        !address.is_empty() && is_equal(token(app, id, address, until).as_bytes(), link.as_bytes())
    }))
}

/// Confirms the address of a link.
///
/// Error: `NotFound` where the link is none, too old, or was used.
pub async fn confirm(app: &App, link: &str) -> Result<Confirmed> {
    let application = of_link(app, link).await?.ok_or(Error::NotFound)?;
    let address = application.email.clone().unwrap_or_default();
    store::write(&app.db, vec![store::applications::confirm(application.id, &address)]).await?;
    // As it is now: staff may have decided in between.
    let application = store::load(&app.db, store::applications::by_id(application.id)).await?;
    let Some(application) = application.filter(|a| a.is_confirmed) else { return Err(Error::NotFound) };
    if !application.is_approved {
        return Ok(Confirmed::Waits);
    }
    admit_once(app, &application).await?;
    Ok(Confirmed::In)
}

/// Makes the account of an application that is approved and confirmed, unless that was done a moment ago.
async fn admit_once(app: &App, application: &Application) -> Result<()> {
    let password = Password::OfApplication(application.id);
    match admit(app, application, password, Vec::new(), keys::take(app).await?).await {
        Err(Error::NotFound) => {
            let known = store::load(&app.db, store::accounts::by_id(application.id)).await?;
            known.map(|_| ()).ok_or(Error::NotFound)
        }
        other => other.map(|_| ()),
    }
}

/// How often somebody who waits has the link sent in a day.
const LETTERS: i64 = 20;

/// Sends the link again, to another address if there is a `new` one.
///
/// Errors: `TooManyRequests` after [`LETTERS`] of a day; `Forbidden` where the address is confirmed; `Invalid` where the new one is
/// none, taken or blocked.
pub async fn send_again(app: &App, applicant: &Applicant, new: Option<&str>) -> Result<()> {
    let application = store::load(&app.db, store::applications::by_id(applicant.id)).await?;
    let Some(mut application) = application.filter(|a| !a.is_confirmed) else { return Err(is_confirmed()) };
    // Each is a mail to an address that somebody has typed, and tells whether it is taken.
    let counted = store::budgets::take(&format!("confirmations {}", application.id), day(app.now()), LETTERS);
    if store::write(&app.db, vec![counted]).await?.first().is_none_or(Vec::is_empty) {
        return Err(Error::TooManyRequests);
    }
    let mut batch = Vec::new();
    if let Some(new) = new.map(str::trim).filter(|new| application.email.as_deref() != Some(*new)) {
        if !email::is_address(new) {
            return Err(register::invalid("email", "ERR_INVALID", "must be a valid e-mail address"));
        }
        let state = store::applications::email_state(new, &sign_up_rules::canonical_hash(new));
        let state = store::load(&app.db, state).await?;
        if state.is_blocked {
            return Err(register::invalid("email", "ERR_BLOCKED", "uses a disallowed e-mail provider"));
        }
        application.email = Some(new.to_owned());
        // Whoever was let in was with the other address.
        let needs_approval = state.needs_approval || app.site().sign_up.mode == Mode::Approval;
        batch.push(store::applications::change_email(application.id, new, needs_approval));
    }
    batch.extend(letter(app, &application).await?);
    store::write(&app.db, batch).await.map_err(refused)?;
    Ok(())
}

/// In Mastodon's words.
pub fn is_confirmed() -> Error {
    Error::Forbidden("This method is only available while the e-mail is awaiting confirmation".into())
}
