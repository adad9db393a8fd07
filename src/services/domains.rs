//! The domains that people of this instance live on.

use super::register::{self, MAX_DOMAINS, handle_domain};
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::domain_block::Severity;
use crate::model::role::{Permission, RoleId};
use crate::model::sign_up::Mode;
use crate::model::site::{Domain, host_of};
use crate::model::user::User;
use crate::platform::guard::{Policy, SafeUrl};
use crate::store;

/// The origin of what an operator typed: `https://social.my.name`, or without the scheme.
fn origin(app: &App, typed: &str) -> Result<String> {
    let typed = typed.trim().trim_end_matches('/');
    let url = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let policy = Policy { is_development: app.config.is_development };
    let url = SafeUrl::check(&url, &policy)
        .map_err(|_| Error::validation("Address is not one that other servers can reach"))?;
    let origin = url.origin();
    // Nothing but the host may be there: ids are made of it.
    if url.as_str().trim_end_matches('/') != origin {
        return Err(Error::validation("Address must have no path"));
    }
    Ok(origin)
}

/// Adds a handle domain, or takes one up again. `address`: where its people are, a host that leads to this instance; empty
/// for the instance's own origin. Nobody can live on it until it is verified.
///
/// Errors: `Unprocessable` where domain or address are none, are in use, or are blocked here; where there are
/// [`MAX_DOMAINS`].
pub async fn add(app: &App, typed: &str, address: &str) -> Result<Domain> {
    let handle_domain = handle_domain(app, typed)?;
    let web_origin = if address.trim().is_empty() { app.home().web_origin } else { origin(app, address)? };
    let site = app.site();
    let is_here = |d: &&Domain| d.handle_domain == handle_domain && !d.is_ended;
    if site.domains.iter().any(|d| is_here(&d)) {
        return Err(Error::validation("Domain is one of this server's already"));
    }
    // The host of another domain's addresses would mean two domains at once.
    let others = || site.domains.iter().filter(|d| d.handle_domain != handle_domain);
    if others().any(|d| host_of(&d.web_origin) == handle_domain && d.web_origin != web_origin) {
        return Err(Error::validation("Domain is the address of another one"));
    }
    let host = host_of(&web_origin);
    if others().any(|d| d.handle_domain == host && d.web_origin != web_origin) {
        return Err(Error::validation("Address is a domain with people elsewhere"));
    }
    let names = [handle_domain.as_str(), host];
    let blocks =
        store::load(&app.db, names.map(store::domain_blocks::above).into_iter().collect::<Vec<_>>()).await?;
    if blocks.iter().flatten().any(|block| block.severity > Severity::Noop) {
        return Err(Error::validation("Domain is blocked here"));
    }
    if let Some(known) = site.domains.iter().find(|d| d.handle_domain == handle_domain) {
        // Its people had their addresses at the origin of then, which stays.
        if !address.trim().is_empty() && known.web_origin != web_origin {
            return Err(Error::validation("Address cannot be another than before"));
        }
        store::write(&app.db, vec![store::domains::reopen(known.id)]).await?;
        super::install::reload(app).await?;
        return Ok(Domain { is_ended: false, is_verified: false, ..known.clone() });
    }
    // The first one is known by its id (`Site::home`), and ids of one millisecond have no order.
    let last = site.domains.iter().map(|d| d.id.0).max().unwrap_or_default();
    let id = crate::model::id::Id(app.new_id().0.max(last + 1));
    let domain = Domain { id, handle_domain, web_origin, ..Domain::default() };
    let added = store::write(&app.db, vec![store::domains::insert(&domain, MAX_DOMAINS, app.now())]).await?;
    if added.first().is_none_or(Vec::is_empty) {
        return Err(Error::validation("There are too many domains"));
    }
    super::install::reload(app).await?;
    Ok(domain)
}

/// Notes that other servers find the people of a domain.
pub async fn verified(app: &App, domain: &Domain) -> Result<()> {
    store::write(&app.db, vec![store::domains::verify(domain.id, app.now())]).await?;
    super::install::reload(app).await
}

/// Makes a domain the one whose handles are written without a domain, and that people who sign up get.
///
/// Error: `Unprocessable` where it is not verified.
pub async fn make_primary(app: &App, domain: &Domain) -> Result<()> {
    let changed = store::write(&app.db, vec![store::domains::make_primary(domain.id)]).await?;
    if changed.first().is_none_or(Vec::is_empty) {
        return Err(Error::validation("Domain is not verified"));
    }
    super::install::reload(app).await
}

/// Lets people of this instance choose the domain, or no longer.
pub async fn set_open(app: &App, domain: &Domain, is_open: bool) -> Result<()> {
    store::write(&app.db, vec![store::domains::set_open(domain.id, is_open)]).await?;
    super::install::reload(app).await
}

/// Gives a domain up: those who lived on it are gone, as their addresses say already. One on which nobody ever lived is no
/// longer there at all.
///
/// Error: `Unprocessable` for the primary domain, for the one of the set-up, and where somebody lives on it.
pub async fn end(app: &App, domain: &Domain) -> Result<()> {
    let batch = vec![store::domains::end(domain.id, app.now()), store::domains::delete_unused(domain.id)];
    let ended = store::write(&app.db, batch).await?;
    if ended.first().is_none_or(Vec::is_empty) {
        return Err(Error::validation("Domain is still needed"));
    }
    super::install::reload(app).await
}

/// Domains on which a user of this role may have another identity: an operator on each verified one; others on those that the operator
/// opened, and on the primary one where everybody may sign up.
pub fn open_to(app: &App, role: RoleId) -> Vec<Domain> {
    let site = app.site();
    let is_operator = site.roles.permissions(role).allows(Permission::MANAGE_SETTINGS);
    let is_sign_up_open = site.sign_up.mode == Mode::Open;
    let may = |d: &&Domain| {
        !d.is_ended
            && (d.is_verified || d.is_primary)
            && (is_operator || d.is_open || (d.is_primary && is_sign_up_open))
    };
    site.domains.iter().filter(may).cloned().collect()
}

/// A domain of [`open_to`], by its handle domain. Error: `NotFound`.
pub fn choose(app: &App, role: RoleId, handle_domain: &str) -> Result<Domain> {
    let found = open_to(app, role).into_iter().find(|d| d.handle_domain == handle_domain);
    found.ok_or(Error::NotFound)
}

/// Another identity of a person, under the same password.
///
/// Errors: `NotFound` where the domain is not open to them, else as [`register::create`]; `Invalid` where they have
/// [`register::MAX_IDENTITIES`].
pub async fn add_identity(
    app: &App,
    user: &User,
    username: &str,
    handle_domain: &str,
) -> Result<(User, Account)> {
    let domain = choose(app, user.role, handle_domain)?;
    register::create_identity(app, user, username, &domain).await
}

/// Somebody new on a domain, by an operator, with a password to tell them. Returns the account and that password.
///
/// Errors: as [`register::create`]; `NotFound` where the domain is none or not verified.
pub async fn add_person(
    app: &App,
    locale: &str,
    username: &str,
    handle_domain: &str,
) -> Result<(Account, String)> {
    let domain = choose(app, RoleId::ADMIN, handle_domain)?;
    // 128 bits of the 256 are enough, and are typed sooner.
    let password: String = app.random.token().chars().take(22).collect();
    let new = register::NewUser {
        username: username.to_owned(),
        email: None,
        password: password.clone(),
        locale: locale.to_owned(),
        role: RoleId::EVERYONE,
    };
    let (_, account) = register::create(app, new, &domain).await?;
    Ok((account, password))
}
