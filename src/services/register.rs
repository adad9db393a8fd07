//! Set-up of the instance, and sign-up of users.

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::budget;
use crate::model::id::Id;
use crate::model::name;
use crate::model::role::{Permission, RoleId};
use crate::model::site::{Domain, Vapid, host_of};
use crate::model::uri;
use crate::model::user::User;
use crate::platform::guard::typed_domain;
use crate::platform::sql::Statement;
use crate::store;
use crate::text;

/// The input of the set-up page.
pub struct SetUp {
    pub title: String,
    pub username: String,
    pub password: String,
    /// `en` or `ko`.
    pub language: String,
    /// A new key for push messages.
    pub vapid: Vapid,
    /// The domain of handles, where it is not the host of the server's address: what was typed.
    pub handle_domain: String,
}

/// The input of a sign-up.
pub struct NewUser {
    pub username: String,
    pub email: Option<String>,
    pub password: String,
    pub locale: String,
    pub role: RoleId,
}

/// Whether a role may have names that could be taken for the instance itself.
fn has_reserved(app: &App, role: RoleId) -> bool {
    app.site().roles.permissions(role).allows(Permission::MANAGE_SETTINGS)
}

/// Identities that a person has at most.
pub const MAX_IDENTITIES: usize = 10;
/// Identities that a person may add in a day (UTC), those that they delete included.
const IDENTITIES_A_DAY: i64 = 4;
pub const MIN_PASSWORD: usize = 8;
const MAX_PASSWORD: usize = 128;
/// Domains that an instance has at most, with those given up: all are read at each start of an isolate.
pub const MAX_DOMAINS: usize = 30;

/// The handle domain as it is stored, of what an operator typed: a domain, or the address of its website.
///
/// Error: `Unprocessable` where it is no domain.
pub fn handle_domain(app: &App, typed: &str) -> Result<String> {
    let is_possible = |d: &String| d.contains('.') || (app.config.is_development && d.contains(':'));
    let domain = typed_domain(typed.trim().trim_start_matches('@')).filter(is_possible);
    domain.ok_or_else(|| Error::validation("Domain is not a valid domain name"))
}

/// Passwords of at least [`MIN_PASSWORD`] characters that are tried first by whoever guesses (NIST SP 800-63B, section
/// 3.1.1.2: a verifier compares with a list of expected ones).
const WELL_KNOWN: [&str; 24] = [
    "password",
    "password1",
    "password123",
    "passw0rd",
    "p@ssw0rd",
    "12345678",
    "123456789",
    "1234567890",
    "11111111",
    "00000000",
    "88888888",
    "87654321",
    "qwertyui",
    "qwertyuiop",
    "qwerty123",
    "1q2w3e4r",
    "1qaz2wsx",
    "abcd1234",
    "asdfghjkl",
    "iloveyou",
    "sunshine",
    "princess",
    "football",
    "changeme",
];

/// Whether whoever knows the name would guess the password at once.
fn is_guessed(password: &str, name: &str) -> bool {
    let password = password.trim();
    password.eq_ignore_ascii_case(name) || WELL_KNOWN.iter().any(|known| known.eq_ignore_ascii_case(password))
}

/// Sets up the instance: its domain, its actor, its owner. Only the first call succeeds.
///
/// Errors: `Conflict` where it was set up before, `Invalid` as [`create`], `Unprocessable` where the domain of handles is
/// none.
pub async fn set_up(app: &App, set_up: SetUp) -> Result<(User, Account)> {
    if app.site().is_set_up {
        return Err(Error::Conflict("This instance is set up already".into()));
    }
    let new = NewUser {
        username: set_up.username,
        email: None,
        password: set_up.password,
        locale: set_up.language.clone(),
        role: RoleId::OWNER,
    };
    check(&new, true)?;
    let now = app.now();
    let host = host_of(&app.config.public_origin);
    let handle_domain = match set_up.handle_domain.trim() {
        "" => host.to_owned(),
        typed => handle_domain(app, typed)?,
    };
    let domain = Domain {
        id: app.new_id(),
        is_verified: handle_domain == host,
        handle_domain,
        web_origin: app.config.public_origin.clone(),
        is_primary: true,
        ..Domain::default()
    };
    let actor_key = super::keys::take(app).await?;
    // Its name is the host, as on Mastodon; without the port of a development origin, since GoToSocial cannot
    // read a port in a name.
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let mut actor = local_account(app, &domain, name);
    // Its handle is of its own address, whatever domain people have: WebFinger answers for it here.
    actor.domain = host.to_owned();
    actor.actor_type = "Application".into();
    actor.uri = uri::instance_actor(&domain.web_origin);
    actor.url = format!("{}/about", domain.web_origin);
    actor.inbox_url = format!("{}/inbox", actor.uri);
    actor.outbox_url = Some(format!("{}/outbox", actor.uri));
    actor.followers_url = None;
    actor.following_url = None;
    actor.featured_url = None;
    let first = vec![
        store::site::set_once("set_up_at", &now.0.to_string()),
        store::site::set("title", set_up.title.trim()),
        store::site::set("languages", &set_up.language),
        store::site::set("registrations", if app.config.is_development { "open" } else { "closed" }),
        store::site::set("actor_id", &actor.id.to_string()),
        store::site::insert_vapid(&set_up.vapid),
        store::domains::insert(&domain, MAX_DOMAINS, now),
        store::accounts::insert_local(&actor, actor_key.id),
        store::keys::assign(actor_key.id, actor.id),
    ];
    let made = add(app, new, &domain, first, true).await?;
    super::install::reload(app).await?;
    Ok(made)
}

/// Adds a user on a local domain.
///
/// Errors: `Invalid` with details per field (`ERR_BLANK`, `ERR_INVALID`, `ERR_TOO_SHORT`,
/// `ERR_TOO_LONG`, `ERR_RESERVED`, `ERR_TAKEN`), as <https://docs.joinmastodon.org/methods/accounts/#create>.
pub async fn create(app: &App, new: NewUser, domain: &Domain) -> Result<(User, Account)> {
    check(&new, has_reserved(app, new.role))?;
    if store::load(
        &app.db,
        store::accounts::is_taken(&new.username, &app.site().sharing(&domain.handle_domain)),
    )
    .await?
    {
        return Err(taken());
    }
    add(app, new, domain, Vec::new(), false).await
}

/// Adds an identity of the person of `user` on another domain, or on the same one: it has their password, and their role
/// but the owner's, who is one.
///
/// Errors: as [`create`]; `Invalid` with `ERR_TOO_MANY` where there are [`MAX_IDENTITIES`].
pub async fn create_identity(
    app: &App,
    user: &User,
    username: &str,
    domain: &Domain,
) -> Result<(User, Account)> {
    check_name(username, has_reserved(app, user.role))?;
    let domains = app.site().sharing(&domain.handle_domain);
    // Names stay taken for ever, and each deletion is told to every server.
    let (subject, today) = (format!("identities {}", user.person), budget::day(app.now()));
    let (is_taken, others, made) = store::load(
        &app.db,
        (
            store::accounts::is_taken(username, &domains),
            store::users::identities(user.person),
            store::budgets::used(&[&subject], today),
        ),
    )
    .await?;
    if is_taken {
        return Err(taken());
    }
    let has_made_enough =
        !has_reserved(app, user.role) && made.get(&subject).is_some_and(|n| *n >= IDENTITIES_A_DAY);
    if others.len() >= MAX_IDENTITIES || has_made_enough {
        return Err(too_many());
    }
    let account = local_account(app, domain, username);
    let id = app.new_id();
    let identity = User {
        id,
        account_id: account.id,
        person: user.person,
        email: None,
        role: if user.role == RoleId::OWNER { RoleId::ADMIN } else { user.role },
        locale: user.locale.clone(),
        default_language: user.default_language.clone(),
        created_at: app.now(),
        ..User::default()
    };
    let key = super::keys::take(app).await?;
    let counted = vec![store::budgets::add(&[(subject, 1)], today)];
    insert(app, counted, &identity, &account, key.id, store::users::Password::OfPerson).await?;
    Ok((identity, account))
}

fn too_many() -> Error {
    invalid("username", "ERR_TOO_MANY", "is one more than a person may have")
}

pub(super) fn taken() -> Error {
    invalid("username", "ERR_TAKEN", "has already been taken")
}

pub(super) fn invalid(field: &str, code: &str, text: &str) -> Error {
    Error::Invalid(vec![(field.into(), code.into(), text.into())])
}

fn check(new: &NewUser, may_be_reserved: bool) -> Result<()> {
    check_name(&new.username, may_be_reserved)?;
    check_password(&new.password, &new.username)
}

pub(super) fn check_name(username: &str, may_be_reserved: bool) -> Result<()> {
    let wrong = if username.is_empty() {
        Some(("username", "ERR_BLANK", "can't be blank"))
    } else if username.chars().count() > 30 {
        Some(("username", "ERR_TOO_LONG", "is too long (maximum is 30 characters)"))
    } else if !text::acct::is_valid_username(username) {
        Some(("username", "ERR_INVALID", "must contain only letters, numbers and underscores"))
    } else if !may_be_reserved && name::is_reserved(username) {
        Some(("username", "ERR_RESERVED", "is reserved"))
    } else {
        None
    };
    wrong.map_or(Ok(()), |(field, code, text)| Err(invalid(field, code, text)))
}

/// Error: `Invalid` as [`create`], where the password of `name` is too short, too long, or one that is guessed.
pub fn check_password(password: &str, name: &str) -> Result<()> {
    let wrong = if password.chars().count() < MIN_PASSWORD {
        Some(("password", "ERR_TOO_SHORT", "is too short (minimum is 8 characters)"))
    } else if password.len() > MAX_PASSWORD {
        Some(("password", "ERR_TOO_LONG", "is too long (maximum is 128 characters)"))
    } else if is_guessed(password, name) {
        Some(("password", "ERR_INVALID", "is too easy to guess"))
    } else {
        None
    };
    wrong.map_or(Ok(()), |(field, code, text)| Err(invalid(field, code, text)))
}

/// One batch: `first`, then the account with its key, then the login.
async fn add(
    app: &App,
    new: NewUser,
    domain: &Domain,
    first: Vec<Statement>,
    is_contact: bool,
) -> Result<(User, Account)> {
    let stored = super::password::hash(app, &new.password).await?;
    // The instance actor's key in `first` is not used up yet, so a second one is generated at set-up.
    let key = if first.is_empty() { super::keys::take(app).await? } else { super::keys::make(app).await? };
    let account = local_account(app, domain, &new.username);
    let id = app.new_id();
    let user = User {
        id,
        account_id: account.id,
        person: id,
        email: new.email,
        role: new.role,
        locale: new.locale.clone(),
        default_language: Some(new.locale),
        created_at: app.now(),
        ..User::default()
    };
    let mut batch = first;
    if is_contact {
        batch.push(store::site::set("contact_account_id", &account.id.to_string()));
    }
    insert(app, batch, &user, &account, key.id, store::users::Password::New(&stored)).await?;
    Ok((user, account))
}

/// One batch: `first`, the account with its key, and its login. A remote account of the same handle is of a server that was
/// at the domain before: its name is freed, and retention removes it.
async fn insert(
    app: &App,
    first: Vec<Statement>,
    user: &User,
    account: &Account,
    key: Id,
    password: store::users::Password<'_>,
) -> Result<()> {
    insert_with(app, first, user, account, key, password, Vec::new()).await
}

/// As [`insert`], and then `last`.
pub(super) async fn insert_with(
    app: &App,
    first: Vec<Statement>,
    user: &User,
    account: &Account,
    key: Id,
    password: store::users::Password<'_>,
    last: Vec<Statement>,
) -> Result<()> {
    let mut batch = first;
    batch.push(store::accounts::free_handle(account));
    batch.push(store::accounts::insert_local(account, key));
    batch.push(store::keys::assign(key, account.id));
    batch.push(store::users::insert(user, password, MAX_IDENTITIES));
    batch.extend(last);
    store::write(&app.db, batch).await.map_err(|e| match e {
        // A name that is there already at the same origin, or a domain that is given up by now, has none to insert.
        Error::Internal(what) if what.contains("NOT NULL constraint failed: accounts.username") => taken(),
        Error::Internal(what) if what.contains("NOT NULL constraint failed: users.person") => too_many(),
        Error::Conflict(what) if what.contains("accounts.username") || what.contains("accounts.uri") => {
            taken()
        }
        Error::Conflict(what) if what.contains("users.email") => {
            invalid("email", "ERR_TAKEN", "has already been taken")
        }
        Error::Conflict(what) if what.contains("settings.key") => {
            Error::Conflict("This instance is set up already".into())
        }
        other => other,
    })?;
    Ok(())
}

/// A new local account, with all its URLs.
pub(super) fn local_account(app: &App, domain: &Domain, username: &str) -> Account {
    let origin = &domain.web_origin;
    let actor = uri::actor(origin, username);
    Account {
        id: app.new_id(),
        domain_id: Some(domain.id),
        username: username.to_owned(),
        domain: domain.handle_domain.clone(),
        actor_type: "Person".into(),
        url: uri::profile(origin, username),
        inbox_url: format!("{actor}/inbox"),
        shared_inbox_url: Some(uri::shared_inbox(origin)),
        outbox_url: Some(format!("{actor}/outbox")),
        followers_url: Some(format!("{actor}/followers")),
        following_url: Some(format!("{actor}/following")),
        featured_url: Some(format!("{actor}/collections/featured")),
        uri: actor,
        is_discoverable: true,
        created_at: app.now(),
        ..Account::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_passwords_have_their_length() {
        let name = |length| check_name(&"n".repeat(length), false).is_ok();
        assert_eq!([0, 1, 30, 31].map(name), [false, true, true, false]);
        let password = |length| check_password(&"p".repeat(length), "name").is_ok();
        assert_eq!([7, 8, 128, 129].map(password), [false, true, true, false]);
    }
}
