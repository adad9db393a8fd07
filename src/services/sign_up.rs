//! Sign-up, by page and by API: who may, what is asked, and whether one waits.

use super::register::{check_name, check_password, invalid};
use super::{applications, invites, keys, mail, password, sign_up_rules, spam};
use crate::app::App;
use crate::config::hmac_sha256;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::address::Address;
use crate::model::budget::day;
use crate::model::email;
use crate::model::hex;
use crate::model::id::Id;
use crate::model::name;
use crate::model::role::Permission;
use crate::model::sign_up::{Application, Invite, IpSeverity, Mode, is_old_enough};
use crate::model::site::Domain;
use crate::model::spam::Action;
use crate::model::user::User;
use crate::store;
use crate::store::applications::EmailState;

/// Sign-ups of one network (/24, /48) in a day that are not refused for what was typed.
const OF_NETWORK: i64 = 10;
/// Applications that wait.
const MOST_WAITING: i64 = 1_000;
/// Characters of a reason.
pub const MAX_REASON: usize = 1_000;

/// What somebody has typed.
#[derive(Debug, Clone, Default)]
pub struct Typed {
    pub username: String,
    /// Empty for none.
    pub email: String,
    pub password: String,
    /// A language.
    pub locale: String,
    pub reason: String,
    pub date_of_birth: String,
    pub invite_code: String,
    /// The rules are accepted.
    pub agrees: bool,
}

/// How they came.
#[derive(Debug, Clone, Copy)]
pub struct From {
    pub address: Address,
    /// The client.
    pub app_id: Option<Id>,
    /// They have shown that they are no program, or nobody asks for that.
    pub is_tested: bool,
    /// There must be an e-mail address.
    pub needs_email: bool,
}

/// The result of a sign-up.
pub enum SignedUp {
    In(Box<User>, Box<Account>),
    Waits(Application),
}

/// Why an address can do nothing here.
fn not_allowed() -> Error {
    Error::Forbidden("This action is not allowed".into())
}

/// Whether one may sign up: with this invitation, if it is one that is usable.
///
/// Error: `Forbidden` where not.
pub fn may(app: &App, invite: Option<&Invite>, address: Address) -> Result<()> {
    let sign_up = &app.site().sign_up;
    if sign_up.severity(address, app.now()).is_some_and(|severity| severity >= IpSeverity::NoSignUp) {
        return Err(not_allowed());
    }
    match sign_up.mode {
        Mode::Open | Mode::Approval => Ok(()),
        Mode::Invite if invite.is_some() => Ok(()),
        Mode::Invite | Mode::Closed => {
            Err(Error::Forbidden("Registrations are closed on this instance".into()))
        }
    }
}

/// Whether who comes without an invitation waits for staff, and says why.
pub fn asks_for_reason(app: &App, invite: Option<&Invite>) -> bool {
    let sign_up = &app.site().sign_up;
    sign_up.mode == Mode::Approval && sign_up.needs_reason && invite.is_none()
}

/// The domains of which one is chosen at sign-up: the primary one, and those that are open.
pub fn domains(app: &App) -> Vec<Domain> {
    let site = app.site();
    let primary = app.primary();
    let open = site.domains.iter().filter(|d| d.is_open && d.is_used() && d.id != primary.id);
    std::iter::once(primary.clone()).chain(open.cloned()).collect()
}

type Details = Vec<(String, String, String)>;

/// What is wrong with what was typed, all of it.
fn wrong(app: &App, typed: &Typed, from: &From, invite: Option<&Invite>) -> Details {
    let mut details: Details = Vec::new();
    let mut say =
        |field: &str, code: &str, text: &str| details.push((field.into(), code.into(), text.into()));
    if !typed.agrees {
        say("agreement", "ERR_ACCEPTED", "must be accepted");
    }
    match typed.email.as_str() {
        "" if from.needs_email => say("email", "ERR_BLANK", "can't be blank"),
        "" => {}
        address if !email::is_address(address) => {
            say("email", "ERR_INVALID", "must be a valid e-mail address")
        }
        _ => {}
    }
    if asks_for_reason(app, invite) && typed.reason.is_empty() {
        say("reason", "ERR_BLANK", "can't be blank");
    }
    if typed.reason.chars().count() > MAX_REASON {
        say("reason", "ERR_TOO_LONG", "is too long (maximum is 1000 characters)");
    }
    if let Some(years) = app.site().sign_up.min_age {
        match (typed.date_of_birth.as_str(), is_old_enough(&typed.date_of_birth, years, app.now())) {
            ("", _) => say("date_of_birth", "ERR_BLANK", "can't be blank"),
            (_, None) => say("date_of_birth", "ERR_INVALID", "is invalid"),
            (_, Some(false)) => say("date_of_birth", "ERR_BELOW_LIMIT", "is below the age limit"),
            (_, Some(true)) => {}
        }
    }
    let password = match typed.password.as_str() {
        "" => Err(invalid("password", "ERR_BLANK", "can't be blank")),
        typed_password => check_password(typed_password, &typed.username),
    };
    for checked in [check_name(&typed.username, false), password] {
        if let Err(Error::Invalid(more)) = checked {
            details.extend(more);
        }
    }
    details
}

/// What is counted of a network in `budgets`: not its address.
pub(super) fn of_network(app: &App, what: &str, address: Address) -> String {
    let text = format!("{what}\n{}", address.network().to_text());
    let mac = hmac_sha256(&app.config.form_key, text.as_bytes());
    let subject: String = hex::encode(mac.get(..12).unwrap_or(&mac));
    format!("{what} {subject}")
}

/// Counts a sign-up of a network, before its password is hashed; of the day as well, unless it is refused in any case.
///
/// Error: `TooManyRequests`.
async fn count(app: &App, address: Address, is_refused: bool) -> Result<()> {
    let today = day(app.now());
    let network = of_network(app, "sign-ups", address);
    // One beyond them is counted as well, so that a network that has had enough does not use up the day of all others.
    let mut counted = vec![store::budgets::take(&network, today, OF_NETWORK + 1)];
    if !is_refused {
        let a_day = app.site().sign_up.a_day;
        counted.push(store::budgets::take_where("sign-ups", today, a_day, (&network, OF_NETWORK)));
    }
    let counted = store::write(&app.db, counted).await?;
    let of_network =
        counted.first().and_then(|rows| rows.first()).map(|row| row.int("written")).transpose()?;
    if counted.iter().any(Vec::is_empty) || of_network.is_none_or(|n| n > OF_NETWORK) {
        return Err(Error::TooManyRequests);
    }
    Ok(())
}

/// Somebody signs up on a domain. They are in, or wait: for staff, or for their e-mail address to be confirmed.
///
/// Errors: `Forbidden` where sign-up is closed, or closed to their address or to what they write; `Invalid` with all that is wrong, as
/// <https://docs.joinmastodon.org/methods/accounts/#create>; `TooManyRequests` where the day or their network has had enough.
pub async fn sign_up(app: &App, typed: &Typed, from: &From, domain: &Domain) -> Result<SignedUp> {
    let invite = invites::usable(app, &typed.invite_code).await?;
    may(app, invite.as_ref(), from.address)?;
    let mut details = wrong(app, typed, from, invite.as_ref());
    if !details.is_empty() {
        return Err(Error::Invalid(details));
    }
    let address = Some(typed.email.as_str()).filter(|address| !address.is_empty());
    let state = address.map(|a| store::applications::email_state(a, &sign_up_rules::canonical_hash(a)));
    let parts = (
        store::accounts::is_taken(&typed.username, &app.site().sharing(&domain.handle_domain)),
        state,
        store::users::staff_names(&app.site().roles.with(Permission::MANAGE_USERS)),
        store::keys::spare(),
    );
    let (is_taken, state, staff, spare) = store::load(&app.db, parts).await?;
    let state: EmailState = state.unwrap_or_default();
    let mut say =
        |field: &str, code: &str, text: &str| details.push((field.into(), code.into(), text.into()));
    if is_taken {
        say("username", "ERR_TAKEN", "has already been taken");
    } else if staff.iter().any(|known| name::looks_like(&typed.username, known)) {
        say("username", "ERR_RESERVED", "is reserved");
    }
    if state.is_blocked {
        say("email", "ERR_BLOCKED", "uses a disallowed e-mail provider");
    } else if state.is_taken {
        say("email", "ERR_TAKEN", "has already been taken");
    }
    // What is taken is found out no faster than by signing up.
    let found = match details.is_empty() {
        true => spam::of_sign_up(app, &typed.username, &typed.reason).await?,
        false => None,
    };
    let is_refused = found == Some(Action::Refuse);
    count(app, from.address, is_refused || !details.is_empty()).await?;
    if !details.is_empty() {
        return Err(Error::Invalid(details));
    }
    if is_refused {
        return Err(not_allowed());
    }
    let sign_up = &app.site().sign_up;
    let is_spared = invite.as_ref().is_some_and(|i| i.skips_approval || sign_up.invites_skip_approval);
    let waits = (sign_up.mode == Mode::Approval && !is_spared)
        || sign_up.severity(from.address, app.now()).is_some()
        || state.needs_approval
        || found.is_some()
        || !from.is_tested;
    let application = Application {
        id: app.new_id(),
        domain_id: domain.id,
        username: typed.username.clone(),
        email: address.map(str::to_owned),
        locale: typed.locale.clone(),
        reason: typed.reason.clone(),
        address: from.address.to_text(),
        invite_id: invite.as_ref().map(|invite| invite.id),
        app_id: from.app_id,
        is_approved: !waits,
        is_confirmed: address.is_none() || !mail::is_configured(app),
        created_at: app.now(),
    };
    let stored = password::hash(app, &typed.password).await?;
    let mut batch: Vec<_> = invite.iter().map(|invite| store::invites::count_use(invite.id)).collect();
    if application.is_approved && application.is_confirmed {
        let new = store::users::Password::New(&stored);
        let key = match spare {
            Some(spare) => spare,
            None => keys::make(app).await?,
        };
        let (user, account) = applications::admit(app, &application, new, batch, key).await?;
        return Ok(SignedUp::In(Box::new(user), Box::new(account)));
    }
    if !application.is_confirmed {
        batch.extend(applications::letter(app, &application).await?);
    }
    batch.push(store::applications::insert(&application, &stored, MOST_WAITING));
    store::write(&app.db, batch).await.map_err(applications::refused)?;
    Ok(SignedUp::Waits(application))
}

/// Somebody of the staff is here: noted once a day while sign-up is open ([`watch`]).
pub async fn note_staff(app: &App) {
    let (sign_up, today) = (&app.site().sign_up, day(app.now()));
    if sign_up.mode != Mode::Open || sign_up.staff_seen_on >= today {
        return;
    }
    match store::write(&app.db, vec![store::site::note_staff(today)]).await {
        Ok(_) => app.shared.note_staff(today),
        Err(error) => crate::platform::log_failure("staff is here", &error),
    }
}

/// Days without anybody of the staff, after which open sign-up needs approval again, as on Mastodon.
const UNWATCHED: i64 = 7;

/// Returns open sign-up to approval where nobody of the staff was here for a week. Run by cron, once a day.
pub async fn watch(app: &App) -> Result<()> {
    let (sign_up, today) = (&app.site().sign_up, day(app.now()));
    if sign_up.mode != Mode::Open {
        return Ok(());
    }
    if sign_up.staff_seen_on == 0 {
        // Counted from now on.
        return store::write(&app.db, vec![store::site::note_staff(today)]).await.map(|_| ());
    }
    if today - sign_up.staff_seen_on <= UNWATCHED {
        return Ok(());
    }
    store::write(&app.db, store::site::return_to_approval(today - UNWATCHED, app.now())).await?;
    super::install::reload(app).await
}

/// Removes applications whose address nobody has confirmed within a week, ended invitations and blocks, and where people had signed
/// up from a month ago. Run by cron, once a day.
pub async fn tidy(app: &App) -> Result<()> {
    use crate::model::time::DAY;
    let now = app.now();
    let batch = vec![
        store::applications::delete_unconfirmed(now.plus(-7 * DAY)),
        store::applications::forget_addresses(now.plus(-30 * DAY)),
        store::invites::delete_unused(now.plus(-30 * DAY)),
        store::ip_blocks::delete_ended(now),
        store::ip_blocks::publish(),
    ];
    store::write(&app.db, batch).await?;
    Ok(())
}
