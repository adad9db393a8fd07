//! Signing in: by a password, with a code where the person has a second step, or by a passkey (`services::passkey`). Every session is
//! made by [`open`].

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use super::attempts::{Attempt, Begun, Source, name_hash};
use super::grant::{SESSION_LIFETIME, hash};
use super::password::is_equal;
use super::{applications, mail};
use crate::app::App;
use crate::config::hmac_sha256;
use crate::error::Result;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::rate_limit::{Caller, SIGNED_IN};
use crate::model::sign_in::Way;
use crate::model::sign_up::Applicant;
use crate::model::site::Domain;
use crate::model::time::{MINUTE, Time};
use crate::model::user::User;
use crate::platform::guard::normalise_domain;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::sessions::Login;
use crate::store::sign_ins::SignedIn;

/// For how long a code may be typed after the password.
const TICKET_LIFETIME: i64 = 10 * MINUTE;

/// The result of a sign-in.
pub enum SignIn {
    /// The session's secret, and the hash of the name for the cookie of the browser.
    Done { session: String, name_hash: u64 },
    /// The password was right, and a code is asked for. The ticket is for the page that asks.
    Code { ticket: String },
    /// The same for an unknown name and a wrong password, after the same work.
    Wrong,
    /// Too many failures: not before this time.
    Wait(Time),
    /// The password is right, but there is no account yet: whether the e-mail address is confirmed, and whether the link was sent again.
    Applied { is_confirmed: bool, is_sent: bool },
}

/// What is used to sign in: a username and its domain, or an e-mail address.
struct Typed<'a> {
    name: &'a str,
    /// The handle domain, and those that have their people at the same origin, the oldest first.
    domains: Vec<String>,
}

impl<'a> Typed<'a> {
    /// A username without a domain is of `domain`.
    fn read(app: &App, typed: &'a str, domain: &Domain) -> Self {
        let name = typed.trim().trim_start_matches('@');
        if let Some((before, after)) = name.rsplit_once('@')
            && let Some(ours) =
                normalise_domain(after).and_then(|domain| app.site().find_domain(&domain).cloned())
        {
            return Self { name: before, domains: app.site().sharing(&ours.handle_domain) };
        }
        Self { name, domains: app.site().sharing(&domain.handle_domain) }
    }

    /// One text for all spellings of the same login: the database ignores ASCII case.
    fn canonical(&self) -> String {
        let name = self.name.to_ascii_lowercase();
        let domain = self.domains.first().map_or("", String::as_str);
        if name.contains('@') { name } else { format!("{name}@{domain}") }
    }
}

/// Signs a user in by username (on `domain` if it has none), handle or e-mail address, and password. `visitor` is the secret of the
/// browser that the form was given to.
pub async fn sign_in(
    app: &App,
    name: &str,
    password: &str,
    domain: &Domain,
    source: &Source,
    visitor: &str,
) -> Result<SignIn> {
    // Unknown names cost the same work as known ones.
    const NOBODY: &str =
        "pbkdf2-sha256$100000$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let typed = Typed::read(app, name, domain);
    let canonical = typed.canonical();
    let attempt = Attempt::at_account(app, &canonical, source);
    // Both are always looked for: the time tells nothing of who is here and who waits.
    let logins = (
        store::sessions::login(typed.name, &typed.domains, name.trim()),
        store::applications::login(typed.name, &typed.domains, name.trim()),
    );
    let (found, waiting) = match attempt.begin(app, logins).await? {
        Begun::May(found) => found,
        Begun::Wait(until) => return Ok(SignIn::Wait(until)),
    };
    let waiting = waiting.filter(|_| found.is_none());
    let known = found.as_ref().map(|login| &login.password);
    let known = known.or(waiting.as_ref().map(|(_, stored)| stored));
    let is_right = super::password::verify(app, password, known.map_or(NOBODY, String::as_str)).await?;
    if let Some((application, _)) = waiting.filter(|_| is_right) {
        store::write(&app.db, vec![attempt.succeeded()]).await?;
        // The first mail may be lost; who has had enough of them has one already.
        let waits = !application.is_confirmed && application.email.is_some() && mail::is_configured(app);
        let applicant = Applicant { id: application.id, is_confirmed: false, app_id: application.app_id };
        let is_sent = waits && applications::send_again(app, &applicant, None).await.is_ok();
        return Ok(SignIn::Applied { is_confirmed: application.is_confirmed, is_sent });
    }
    let Some(login) = found.filter(|_| is_right) else { return Ok(SignIn::Wrong) };
    if let Some(until) = too_often(app, login.user.person) {
        return Ok(SignIn::Wait(until));
    }
    let mut batch = vec![attempt.succeeded()];
    let own = name_hash(app, &canonical);
    if login.has_second_step {
        store::write(&app.db, batch).await?;
        let until = app.now().plus(TICKET_LIFETIME);
        return Ok(SignIn::Code { ticket: ticket(app, &login, own, visitor, until) });
    }
    let mut names = names_of(app, &login);
    names.push(own);
    let (session, opened) = open(app, &login.user, Way::Password, &names, source);
    batch.extend(opened);
    store::write(&app.db, batch).await?;
    Ok(SignIn::Done { session, name_hash: own })
}

/// Counts a sign-in of a person, each of which writes a dozen rows; until when they have had enough of them. Not in development.
pub(super) fn too_often(app: &App, person: Id) -> Option<Time> {
    if app.config.is_development {
        return None;
    }
    let standing = app.shared.counters.borrow_mut().count(Caller::Person(person), SIGNED_IN, app.now());
    standing.is_over.then_some(standing.reset)
}

/// Who has typed the right password, in the browser with this secret: valid until then, and only as long as it is the password.
fn ticket(app: &App, login: &Login, name_hash: u64, visitor: &str, until: Time) -> String {
    let text = format!("{}.{name_hash:016x}.{}", login.user.id, until.0);
    let message = format!("second step\n{text}\n{visitor}\n{}", login.password);
    format!("{text}.{}", BASE64.encode(hmac_sha256(&app.config.form_key, message.as_bytes())))
}

/// Signs in with a code, of the app or one for recovery, after the password. `None` where the ticket is not valid any more: the
/// password is to be typed again.
pub async fn with_code(
    app: &App,
    given: &str,
    code: &str,
    source: &Source,
    visitor: &str,
) -> Result<Option<SignIn>> {
    let mut parts = given.split('.');
    let user = parts.next().and_then(Id::parse);
    let own = parts.next().and_then(|text| u64::from_str_radix(text, 16).ok());
    let until = parts.next().and_then(|text| text.parse().ok()).map(Time);
    let (Some(user), Some(own), Some(until)) = (user, own, until) else { return Ok(None) };
    if visitor.is_empty() || until < app.now() {
        return Ok(None);
    }
    let login = store::load(&app.db, store::sessions::login_by_id(user)).await?;
    let Some(login) = login.filter(|login| {
        login.has_second_step
            && is_equal(ticket(app, login, own, visitor, until).as_bytes(), given.as_bytes())
    }) else {
        return Ok(None);
    };
    let mut names = names_of(app, &login);
    names.push(own);
    let person = login.user.person;
    let attempt = Attempt::at_second_step(app, person, &names, source);
    let step = match attempt.begin(app, store::second_steps::of_person(person)).await? {
        Begun::May(step) => step,
        Begun::Wait(until) => return Ok(Some(SignIn::Wait(until))),
    };
    let way = match step {
        Some(step) => super::second_step::redeem(app, person, &step, code).await?,
        None => None,
    };
    let Some(way) = way else { return Ok(Some(SignIn::Wrong)) };
    let (session, mut batch) = open(app, &login.user, way, &names, source);
    batch.push(attempt.succeeded());
    store::write(&app.db, batch).await?;
    Ok(Some(SignIn::Done { session, name_hash: own }))
}

/// The hashes of the names that a login may have been used by: a browser that has one of them in its cookie is known.
fn names_of(app: &App, login: &Login) -> Vec<u64> {
    let typed = Typed { name: &login.username, domains: app.site().sharing(&login.domain) };
    let email = login.user.email.as_ref().map(|email| email.to_ascii_lowercase());
    std::iter::once(typed.canonical()).chain(email).map(|name| name_hash(app, &name)).collect()
}

/// The name hash of an account's handle, for the cookie of a browser.
pub fn name_hash_of(app: &App, account: &Account) -> u64 {
    let typed = Typed { name: &account.username, domains: app.site().sharing(&account.domain) };
    name_hash(app, &typed.canonical())
}

/// A new session: its secret, which nobody had before, and what stores it. A browser that is known by none of these hashes of names
/// is new to the person, who is told.
pub(super) fn open(
    app: &App,
    user: &User,
    way: Way,
    names: &[u64],
    source: &Source,
) -> (String, Vec<Statement>) {
    let (secret, series, now) = (app.random.token(), app.new_id(), app.now());
    let until = now.plus(SESSION_LIFETIME);
    let is_known = source.devices.iter().any(|device| names.contains(&device.name));
    let one = SignedIn {
        id: app.new_id(),
        browser: source.browser.clone(),
        way: way.as_str().into(),
        created_at: now,
    };
    let mut batch =
        vec![store::sessions::insert(hash(&secret), user.id, series, &source.browser, now, until)];
    batch.extend(store::sign_ins::insert(user.person, &one, series, !is_known));
    (secret, batch)
}

/// Signs in who has an account just now, by the set-up or by signing up; returns the session's secret.
pub async fn with_new_account(app: &App, user: &User, way: Way, source: &Source) -> Result<String> {
    let (secret, batch) = open(app, user, way, &[], source);
    store::write(&app.db, batch).await?;
    Ok(secret)
}
