//! With which e-mail addresses and from which networks nobody signs up.

use sha2::{Digest, Sha256};

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::address::{Address, Network};
use crate::model::audit::Target;
use crate::model::email;
use crate::model::hex;
use crate::model::id::Id;
use crate::model::sign_up::{IpRule, IpSeverity};
use crate::model::time::{SECOND, Time};
use crate::platform::guard::normalise_domain;
use crate::platform::sql::{Rows, Statement};
use crate::store;
use crate::store::email_blocks::EmailDomain;
use crate::store::ip_blocks::IpBlock;
use crate::text::sanitize::cut;

const MAX_EMAIL_BLOCKS: usize = 10_000;
/// Each event reads all of them.
const MAX_IP_BLOCKS: usize = 500;
const MAX_COMMENT: usize = 500;
/// Seconds that a block may last: a hundred years.
const MAX_LASTS: i64 = 100 * 366 * 86_400;

/// Hex: SHA-256 of an address in canonical form, as Mastodon has it.
pub fn canonical_hash(address: &str) -> String {
    hex::encode(&Sha256::digest(email::canonical(address).as_bytes()))
}

/// The line of the audit log.
fn audit(app: &App, by: &Account, what: &str, kind: &'static str, id: Id, label: &str) -> Vec<Statement> {
    vec![store::audit::insert(app.new_id(), by.id, what, &Target::new(kind, id, label), "")]
}

/// Whether there was room for a row. Errors: `Unprocessable` where there was none, or where it is there already.
fn added(written: Result<Vec<Rows>>, what: &str) -> Result<()> {
    match written {
        Ok(rows) if rows.first().is_some_and(|rows| !rows.is_empty()) => Ok(()),
        Ok(_) => Err(Error::validation("There are too many of them")),
        Err(Error::Conflict(_)) => Err(Error::validation(format!("{what} has already been taken"))),
        Err(error) => Err(error),
    }
}

/// Whether there was a row. Error: `NotFound`.
fn found(written: &[Rows]) -> Result<()> {
    if written.first().is_none_or(Vec::is_empty) { Err(Error::NotFound) } else { Ok(()) }
}

/// Blocks a provider of e-mail with all its subdomains.
///
/// Error: `Unprocessable` where it is no domain, is blocked already, or there are too many.
pub async fn block_email_domain(
    app: &App,
    by: &Account,
    typed: &str,
    allows_with_approval: bool,
) -> Result<EmailDomain> {
    let typed = typed.trim().trim_start_matches('@');
    let domain = normalise_domain(typed).filter(|domain| domain.contains('.') && !domain.contains(':'));
    let domain = domain.ok_or_else(|| Error::validation("Domain is not a valid domain name"))?;
    let block = EmailDomain { id: app.new_id(), domain, allows_with_approval };
    let mut batch = vec![store::email_blocks::insert_domain(&block, MAX_EMAIL_BLOCKS)];
    batch.extend(audit(app, by, "create", "email_domain_block", block.id, &block.domain));
    added(store::write(&app.db, batch).await, "Domain")?;
    Ok(block)
}

/// Error: `NotFound` where there is no such block.
pub async fn unblock_email_domain(app: &App, by: &Account, id: Id) -> Result<()> {
    let block = store::load(&app.db, store::email_blocks::domain(id)).await?.ok_or(Error::NotFound)?;
    let mut batch = vec![store::email_blocks::delete_domain(id)];
    batch.extend(audit(app, by, "destroy", "email_domain_block", id, &block.domain));
    found(&store::write(&app.db, batch).await?)
}

/// Blocks an address in all its spellings, by itself or by the hash of its canonical form.
///
/// Error: `Unprocessable` where it is none, is blocked already, or there are too many.
pub async fn block_email(app: &App, by: &Account, typed: &str) -> Result<(Id, String)> {
    let typed = typed.trim();
    let is_hash = typed.len() == 64 && typed.bytes().all(|b| b.is_ascii_hexdigit());
    if !is_hash && !email::is_address(typed) {
        return Err(Error::validation("Canonical email hash can't be blank"));
    }
    let hash = if is_hash { typed.to_lowercase() } else { canonical_hash(typed) };
    let id = app.new_id();
    let mut batch = vec![store::email_blocks::insert_canonical(id, &hash, MAX_EMAIL_BLOCKS)];
    batch.extend(audit(app, by, "create", "canonical_email_block", id, &hash));
    added(store::write(&app.db, batch).await, "Canonical email hash")?;
    Ok((id, hash))
}

/// Error: `NotFound` where there is no such block.
pub async fn unblock_email(app: &App, by: &Account, id: Id) -> Result<()> {
    let (_, hash) =
        store::load(&app.db, store::email_blocks::canonical_by_id(id)).await?.ok_or(Error::NotFound)?;
    let mut batch = vec![store::email_blocks::delete_canonical(id)];
    batch.extend(audit(app, by, "destroy", "canonical_email_block", id, &hash));
    found(&store::write(&app.db, batch).await?)
}

/// What is typed of the block of a network.
#[derive(Debug, Clone)]
pub struct TypedIp {
    pub network: String,
    pub severity: String,
    pub comment: String,
    /// Seconds from now; `None`: for ever.
    pub lasts: Option<i64>,
}

/// Error: `Unprocessable` where there is no network or severity, or it would keep out `here`, where it is asked for.
fn read_ip(app: &App, id: Id, typed: &TypedIp, here: Address) -> Result<IpBlock> {
    let network =
        Network::parse(&typed.network).ok_or_else(|| Error::validation("Ip is not a valid IP address"))?;
    let severity =
        IpSeverity::parse(&typed.severity).ok_or_else(|| Error::validation("Severity can't be blank"))?;
    if severity == IpSeverity::NoAccess && network.contains(here) {
        return Err(Error::validation("Ip is where you are yourself"));
    }
    if severity == IpSeverity::NoAccess && network.is_large() {
        return Err(Error::validation("Ip is too large a network"));
    }
    let ends = |seconds: i64| Time(app.now().0 + seconds.min(MAX_LASTS) * SECOND);
    let expires_at = typed.lasts.filter(|n| *n != 0).map(|n| ends(n.max(1)));
    let comment = cut(typed.comment.trim(), MAX_COMMENT).to_owned();
    Ok(IpBlock { id, rule: IpRule { network, severity, expires_at }, comment })
}

/// Blocks a network.
///
/// Error: `Unprocessable` as [`read_ip`], where it is blocked already, or there are too many.
pub async fn block_ip(app: &App, by: &Account, typed: &TypedIp, here: Address) -> Result<IpBlock> {
    let block = read_ip(app, app.new_id(), typed, here)?;
    let mut batch = vec![store::ip_blocks::insert(&block, MAX_IP_BLOCKS), store::ip_blocks::publish()];
    batch.extend(audit(app, by, "create", "ip_block", block.id, &block.rule.network.to_text()));
    added(store::write(&app.db, batch).await, "Ip")?;
    super::install::reload(app).await?;
    Ok(block)
}

/// Changes the block of a network.
///
/// Errors: as [`block_ip`], `NotFound` where there is no such block.
pub async fn change_ip(app: &App, by: &Account, id: Id, typed: &TypedIp, here: Address) -> Result<IpBlock> {
    let block = read_ip(app, id, typed, here)?;
    let mut batch = vec![store::ip_blocks::update(&block), store::ip_blocks::publish()];
    batch.extend(audit(app, by, "update", "ip_block", id, &block.rule.network.to_text()));
    match store::write(&app.db, batch).await {
        Err(Error::Conflict(_)) => return Err(Error::validation("Ip has already been taken")),
        written => found(&written?)?,
    }
    super::install::reload(app).await?;
    Ok(block)
}

/// Error: `NotFound` where there is no such block.
pub async fn unblock_ip(app: &App, by: &Account, id: Id) -> Result<()> {
    let block = store::load(&app.db, store::ip_blocks::by_id(id)).await?.ok_or(Error::NotFound)?;
    let mut batch = vec![store::ip_blocks::delete(id), store::ip_blocks::publish()];
    batch.extend(audit(app, by, "destroy", "ip_block", id, &block.rule.network.to_text()));
    found(&store::write(&app.db, batch).await?)?;
    super::install::reload(app).await
}
