//! Links by which somebody who has lost their password chooses another one. An operator makes one and hands it over; where there is
//! mail, the mail has it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use super::grant::hash;
use super::{letters, mail, register, sign_up};
use crate::app::App;
use crate::config::hmac_sha256;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::address::Address;
use crate::model::audit::Target;
use crate::model::role::{Permission, RoleId};
use crate::model::time::{DAY, Time};
use crate::model::user::User;
use crate::model::{budget, email, hex};
use crate::store;
use crate::store::resets::Given;

const LIFETIME: i64 = DAY;
/// Mails that one network asks for in a day, and of one address.
const OF_NETWORK: i64 = 20;
const OF_ADDRESS: i64 = 3;
/// Characters of a token, as `Random::token` makes them.
const TOKEN: usize = 43;

/// A link, what is stored of it, and until when it is valid: once. An earlier one of that person is not valid any more then.
fn make(app: &App) -> (String, Vec<u8>, Time) {
    linked(app, &app.random.token())
}

fn linked(app: &App, token: &str) -> (String, Vec<u8>, Time) {
    (format!("{}/reset/{token}", app.config.public_origin), hash(token), app.now().plus(LIFETIME))
}

/// The roles whose members may make one.
fn makers(app: &App) -> Vec<i64> {
    app.site().roles.with(Permission::MANAGE_USER_ACCESS)
}

/// Makes a link for whom a member of staff has named: a username, or a handle of this server. Returns their handle as well.
///
/// Errors: `NotFound` where it is nobody here, suspended or frozen; `Forbidden` where their role is not below that of who asks: only
/// the owner may then; nobody makes one for themselves.
pub async fn make_for(app: &App, by: &User, named: &str, ends_second_step: bool) -> Result<(String, String)> {
    let named = named.trim().trim_start_matches('@');
    let (name, domain) = named.split_once('@').map_or((named, None), |(name, domain)| (name, Some(domain)));
    let domains = app.handle_domains(domain, app.primary()).ok_or(Error::NotFound)?;
    let found = store::load(&app.db, store::resets::owned(name, &domains)).await?.ok_or(Error::NotFound)?;
    // Whoever has the link is that person: in all their identities.
    let site = app.site();
    // Their own password is changed with the present one, or a passkey.
    if found.person == by.person {
        return Err(Error::Forbidden("A link is for others".into()));
    }
    let is_above = found.roles.iter().all(|theirs| site.roles.is_above(by.role, *theirs));
    if !is_above && by.role != RoleId::OWNER {
        return Err(Error::Forbidden("Their role is not below yours".into()));
    }
    let (link, token_hash, until) = make(app);
    let insert = store::resets::insert(found.person, token_hash, ends_second_step, by.id, until);
    let target = Target::new("account", found.account, format!("@{}", found.handle));
    let detail = if ends_second_step { "second step" } else { "" };
    let logged = store::audit::insert(app.new_id(), by.account_id, "reset_password", &target, detail);
    store::write(&app.db, vec![insert, logged]).await?;
    Ok((found.handle, link))
}

/// Asks for a link by mail to an e-mail address. Who asks learns nothing: for an address that nobody here has the same is done, and no
/// mail goes out; nor where a member of staff has made a link that is still valid.
///
/// Errors: `NotFound` where no mails are sent; `Invalid` where that is no address; `TooManyRequests` where their network, or the address,
/// had enough of a day.
pub async fn mail_to(app: &App, typed: &str, from: Address, locale: &str) -> Result<()> {
    if !mail::is_configured(app) {
        return Err(Error::NotFound);
    }
    let typed = typed.trim();
    if !email::is_address(typed) {
        return Err(register::invalid("email", "ERR_INVALID", "must be a valid e-mail address"));
    }
    let today = budget::day(app.now());
    let network = sign_up::of_network(app, "resets", from);
    let address = hmac_sha256(&app.config.form_key, format!("reset\n{}", typed.to_lowercase()).as_bytes());
    let address = format!("resets {}", hex::encode(address.get(..12).unwrap_or(&address)));
    // One beyond them is counted as well: a network that has had enough uses up nothing of an address.
    let counted = vec![
        store::budgets::take(&network, today, OF_NETWORK + 1),
        store::budgets::take_where(&address, today, OF_ADDRESS, (&network, OF_NETWORK)),
    ];
    let (counted, found) = store::write_then(&app.db, counted, store::resets::addressee(typed)).await?;
    if counted.iter().any(Vec::is_empty) {
        return Err(Error::TooManyRequests);
    }
    let (person, to, name, locale) = match &found {
        Some(known) => (Some(known.person), &*known.email, &*known.username, &*known.locale),
        None => (None, typed, "", locale),
    };
    // The same link for all mails of a day, as long as the password is the same: who asks again ends none that was sent.
    let password = found.as_ref().map_or("", |known| &known.password);
    let signed = format!("reset link\n{}\n{to}\n{today}\n{password}", person.unwrap_or_default());
    let token = BASE64.encode(hmac_sha256(&app.config.form_key, signed.as_bytes()));
    let (link, token_hash, until) = linked(app, &token);
    let (subject, text) = letters::reset(app, locale, name, &link);
    let content = mail::content(app, to, &subject, &text, true).await?;
    let job = app.new_id();
    app.hint(Message::Run(job));
    let batch = vec![
        store::resets::insert_mailed(person, to, token_hash.clone(), app.now(), until),
        store::jobs::start_mail_of_link(token_hash, (job, to, &content), app.now()),
    ];
    store::write(&app.db, batch).await.map(|_| ())
}

/// Whose link this is; `None` where it is not valid (any more), whoever made it may not any more, or all their identities are suspended.
pub async fn owner(app: &App, token: &str) -> Result<Option<(User, Account)>> {
    if token.len() != TOKEN {
        return Ok(None);
    }
    let (token_hash, roles) = (hash(token), makers(app));
    let given = Given { token_hash: &token_hash, roles: &roles, now: app.now() };
    store::load(&app.db, given.owner()).await
}

/// Changes the password by a link; all sessions end, and with `ends_all` apps and passkeys as well. Returns whether the link was
/// still valid.
///
/// Error: `Invalid` as of [`super::register::create`]; the link can be used again.
pub async fn redeem(app: &App, token: &str, new: &str, ends_all: bool) -> Result<bool> {
    let Some((_, account)) = owner(app, token).await? else { return Ok(false) };
    super::register::check_password(new, &account.username)?;
    let stored = super::password::hash(app, new).await?;
    let (token_hash, roles) = (hash(token), makers(app));
    let given = Given { token_hash: &token_hash, roles: &roles, now: app.now() };
    let changed = store::write(&app.db, given.redeem(&stored, ends_all)).await?;
    Ok(changed.last().is_some_and(|rows| !rows.is_empty()))
}
