//! Moderation of accounts and servers by the operator.

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::site::{DomainBlock, Severity};
use crate::platform::guard::normalise_domain;
use crate::store;
use crate::text::sanitize::cut;

/// Maximum bytes of the comment of a domain block.
const MAX_COMMENT: usize = 2000;

/// Suspends an account: it and its statuses are hidden until [`unsuspend`]. A local one can do nothing and
/// its followers get an Update; a remote one no longer follows anybody here, and its server gets Rejects.
pub async fn suspend(app: &App, account: &Account) -> Result<()> {
    change(app, account, true).await?;
    if account.is_local() {
        return Ok(());
    }
    super::follow::reject_all(app, account, 0).await
}

/// Lifts a suspension. The remote profile is fetched again, since updates were ignored.
pub async fn unsuspend(app: &App, account: &Account) -> Result<()> {
    change(app, account, false).await
}

/// Blocks a domain with all its subdomains; see [`Severity::Suspend`].
///
/// Error: `Unprocessable` where it is not a domain, or one of ours.
pub async fn block_domain(app: &App, domain: &str, comment: &str) -> Result<()> {
    // Local instances have a port and no dot.
    let is_possible = |d: &String| d.contains('.') || (app.config.is_development && d.contains(':'));
    let domain = normalise_domain(domain.trim()).filter(is_possible);
    let domain = domain.ok_or_else(|| Error::validation("Domain is not a valid domain name"))?;
    let is_ours = app.site().domains.iter().any(|own| {
        let host = own.web_origin.split("://").nth(1).unwrap_or("");
        [own.handle_domain.as_str(), host].iter().any(|d| *d == domain || d.ends_with(&format!(".{domain}")))
    });
    if is_ours {
        return Err(Error::validation("Domain is this server's own"));
    }
    let comment = cut(comment.trim(), MAX_COMMENT).to_owned();
    let block = DomainBlock { domain, severity: Severity::Suspend, comment };
    let mut batch = store::domain_blocks::insert(&block, app.now());
    batch.extend(store::domain_blocks::suspend_accounts(&block.domain));
    batch.push(store::cards::delete_of_domain(&block.domain));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Unblocks a domain. Its accounts are shown again; follows are not restored.
pub async fn unblock_domain(app: &App, domain: &str) -> Result<()> {
    let mut batch = vec![store::domain_blocks::unsuspend_accounts(domain)];
    batch.extend(store::domain_blocks::delete(domain));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// In secure mode other servers must sign their requests.
pub async fn set_secure_mode(app: &App, is_secure: bool) -> Result<()> {
    let mode = if is_secure { "on" } else { "off" };
    store::write(&app.db, vec![store::site::set("secure_mode", mode)]).await?;
    Ok(())
}

async fn change(app: &App, account: &Account, is_suspended: bool) -> Result<()> {
    let now = app.now();
    let mut batch = vec![store::account_deletion::suspend(account.id, is_suspended.then_some(now))];
    if account.is_local() {
        let id = app.new_id();
        batch.push(store::outbox::insert(id, account.id, super::profile::update_event(), now));
        app.hint(Message::Distribute(id));
    } else if is_suspended {
        batch.push(store::notifications::withdraw_follows_by(account.id));
    } else {
        batch.push(super::job::row(app, "actor", &account.uri, "{}"));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}
