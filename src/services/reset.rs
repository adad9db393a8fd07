//! Links by which somebody who has lost their password chooses another one. An operator makes one and hands it over; where there is
//! mail, the mail has it.

use super::grant::hash;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::audit::Target;
use crate::model::id::Id;
use crate::model::role::RoleId;
use crate::model::time::DAY;
use crate::model::user::User;
use crate::platform::sql::Statement;
use crate::store;

const LIFETIME: i64 = DAY;
/// Characters of a token, as `Random::token` makes them.
const TOKEN: usize = 43;

/// A link for a person, valid for a day and once, and what stores it; an earlier one is not valid any more then. With
/// `ends_second_step` the second step ends with it.
pub fn make(app: &App, person: Id, ends_second_step: bool) -> (String, Statement) {
    let token = app.random.token();
    let until = app.now().plus(LIFETIME);
    let insert = store::resets::insert(person, hash(&token), ends_second_step, until);
    (format!("{}/reset/{token}", app.config.public_origin), insert)
}

/// Makes a link for whom a member of staff has named: a username, or a handle of this server. Returns their handle as well.
///
/// Errors: `NotFound` where it is nobody here, suspended or frozen; `Forbidden` where their role is not below that of who asks: only
/// the owner may then.
pub async fn make_for(app: &App, by: &User, named: &str, ends_second_step: bool) -> Result<(String, String)> {
    let named = named.trim().trim_start_matches('@');
    let (name, domain) = named.split_once('@').map_or((named, None), |(name, domain)| (name, Some(domain)));
    let domains = app.handle_domains(domain, app.primary()).ok_or(Error::NotFound)?;
    let found = store::load(&app.db, store::resets::owned(name, &domains)).await?.ok_or(Error::NotFound)?;
    // Whoever has the link is that person: in all their identities.
    let site = app.site();
    let is_above = found.roles.iter().all(|theirs| site.roles.is_above(by.role, *theirs));
    if !is_above && by.role != RoleId::OWNER {
        return Err(Error::Forbidden("Their role is not below yours".into()));
    }
    let (link, insert) = make(app, found.person, ends_second_step);
    let target = Target::new("account", found.account, format!("@{}", found.handle));
    let detail = if ends_second_step { "second step" } else { "" };
    let logged = store::audit::insert(app.new_id(), by.account_id, "reset_password", &target, detail);
    store::write(&app.db, vec![insert, logged]).await?;
    Ok((found.handle, link))
}

/// Whose link this is; `None` where it is not valid (any more), or all their identities are suspended.
pub async fn owner(app: &App, token: &str) -> Result<Option<(User, Account)>> {
    if token.len() != TOKEN {
        return Ok(None);
    }
    store::load(&app.db, store::resets::owner(hash(token), app.now())).await
}

/// Changes the password by a link; all sessions end, and with `ends_all` apps and passkeys as well. Returns whether the link was
/// still valid.
///
/// Error: `Invalid` as of [`super::register::create`]; the link can be used again.
pub async fn redeem(app: &App, token: &str, new: &str, ends_all: bool) -> Result<bool> {
    let Some((_, account)) = owner(app, token).await? else { return Ok(false) };
    super::register::check_password(new, &account.username)?;
    let stored = super::password::hash(app, new).await?;
    let changed =
        store::write(&app.db, store::resets::redeem(hash(token), &stored, ends_all, app.now())).await?;
    Ok(changed.last().is_some_and(|rows| !rows.is_empty()))
}
