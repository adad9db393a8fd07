//! Set-up of the instance, and sign-up of users.

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::site::{Domain, Vapid, host_of};
use crate::model::uri;
use crate::model::user::{Role, User};
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
}

/// The input of a sign-up.
pub struct NewUser {
    pub username: String,
    pub email: Option<String>,
    pub password: String,
    pub locale: String,
    pub role: Role,
}

const MIN_PASSWORD: usize = 8;
const MAX_PASSWORD: usize = 128;
/// Reserved names, which could be taken for the instance itself.
const RESERVED: [&str; 12] = [
    "admin",
    "administrator",
    "support",
    "help",
    "root",
    "webmaster",
    "mod",
    "moderator",
    "actor",
    "inbox",
    "instance",
    "mastodon",
];

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
/// Errors: `Conflict` where it was set up before, `Invalid` as [`create`].
pub async fn set_up(app: &App, set_up: SetUp) -> Result<(User, Account)> {
    if app.site().is_set_up {
        return Err(Error::Conflict("This instance is set up already".into()));
    }
    let new = NewUser {
        username: set_up.username,
        email: None,
        password: set_up.password,
        locale: set_up.language.clone(),
        role: Role::Owner,
    };
    check(&new, true)?;
    let now = app.now();
    let domain = Domain {
        id: app.new_id(),
        handle_domain: host_of(&app.config.public_origin).to_owned(),
        web_origin: app.config.public_origin.clone(),
        is_primary: true,
    };
    let actor_key = super::keys::take(app).await?;
    // Its name is the host, as on Mastodon; without the port of a development origin, since GoToSocial cannot
    // read a port in a name.
    let name = match domain.handle_domain.rsplit_once(':') {
        Some((name, _)) => name,
        None => &domain.handle_domain,
    };
    let mut actor = local_account(app, &domain, name);
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
        store::site::insert_domain(&domain, now),
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
    check(&new, new.role >= Role::Admin)?;
    if store::load(&app.db, store::accounts::is_taken(&new.username, &domain.handle_domain)).await? {
        return Err(invalid("username", "ERR_TAKEN", "has already been taken"));
    }
    add(app, new, domain, Vec::new(), false).await
}

fn invalid(field: &str, code: &str, text: &str) -> Error {
    Error::Invalid(vec![(field.into(), code.into(), text.into())])
}

fn check(new: &NewUser, may_be_reserved: bool) -> Result<()> {
    let name = new.username.as_str();
    let wrong = if name.is_empty() {
        Some(("username", "ERR_BLANK", "can't be blank"))
    } else if name.chars().count() > 30 {
        Some(("username", "ERR_TOO_LONG", "is too long (maximum is 30 characters)"))
    } else if !text::acct::is_valid_username(name) {
        Some(("username", "ERR_INVALID", "must contain only letters, numbers and underscores"))
    } else if !may_be_reserved && RESERVED.iter().any(|r| r.eq_ignore_ascii_case(name)) {
        Some(("username", "ERR_RESERVED", "is reserved"))
    } else if new.password.chars().count() < MIN_PASSWORD {
        Some(("password", "ERR_TOO_SHORT", "is too short (minimum is 8 characters)"))
    } else if new.password.len() > MAX_PASSWORD {
        Some(("password", "ERR_TOO_LONG", "is too long (maximum is 128 characters)"))
    } else if is_guessed(&new.password, name) {
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
    let user = User {
        id: app.new_id(),
        account_id: account.id,
        email: new.email,
        role: new.role,
        locale: new.locale.clone(),
        default_language: Some(new.locale),
        created_at: app.now(),
        ..User::default()
    };
    let mut batch = first;
    batch.push(store::accounts::insert_local(&account, key.id));
    batch.push(store::keys::assign(key.id, account.id));
    batch.push(store::users::insert(&user, &stored));
    if is_contact {
        batch.push(store::site::set("contact_account_id", &account.id.to_string()));
    }
    store::write(&app.db, batch).await.map_err(|e| match e {
        Error::Conflict(what) if what.contains("accounts.username") => {
            invalid("username", "ERR_TAKEN", "has already been taken")
        }
        Error::Conflict(what) if what.contains("users.email") => {
            invalid("email", "ERR_TAKEN", "has already been taken")
        }
        Error::Conflict(what) if what.contains("settings.key") => {
            Error::Conflict("This instance is set up already".into())
        }
        other => other,
    })?;
    Ok((user, account))
}

/// A new local account, with all its URLs.
fn local_account(app: &App, domain: &Domain, username: &str) -> Account {
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
