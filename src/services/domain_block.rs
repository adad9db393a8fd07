//! Blocks of domains, allowed domains, and what follows of them for the accounts of other servers.
//!
//! A block holds from its row on: what arrives, is fetched or sent asks it (`store::domain_blocks::effects`). Marks of accounts and
//! inboxes follow in portions ([`work`]), by a job where there are many.

use std::collections::HashMap;

use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::audit::Target;
use crate::model::blocklist;
use crate::model::domain_block::{DomainAllow, DomainBlock, Severity};
use crate::model::id::Id;
use crate::model::severance::Kind;
use crate::model::time::Time;
use crate::platform::guard::typed_domain;
use crate::platform::sql::Statement;
use crate::store;
use crate::store::host_checks::Checked;
use crate::text::sanitize::cut;

/// Maximum bytes of a comment of a domain block.
pub const MAX_COMMENT: usize = 2000;
/// Hosts of a portion, and accounts of them.
const HOSTS: usize = 20;
const ACCOUNTS: usize = 100;
/// What a portion takes.
pub const PORTION: Need = Need { statements: 16, fetches: 0 };
/// The job that goes on with portions, and with what lists have changed.
const JOB: (&str, &str) = ("blocks", "all");

/// The entry of the audit log about a domain, a list or the mode, for the batch that changes it.
pub fn note(app: &App, by: &Account, action: &str, label: &str) -> Vec<Statement> {
    let target = Target::new("domain", Id::default(), label);
    vec![store::audit::insert(app.new_id(), by.id, action, &target, "")]
}

/// A domain as it is stored, of itself or of the address of a page there.
///
/// Error: `Unprocessable` where it is none, or one of ours or above one.
pub fn checked(app: &App, typed: &str) -> Result<String> {
    // Local instances have a port and no dot.
    let is_possible = |d: &String| d.contains('.') || (app.config.is_development && d.contains(':'));
    let domain = typed_domain(typed).filter(is_possible);
    let domain = domain.ok_or_else(|| Error::validation("Domain is not a valid domain name"))?;
    if is_ours(app, &domain) {
        return Err(Error::validation("Domain is this server's own"));
    }
    Ok(domain)
}

/// Whether a domain is one of ours, or above one.
pub fn is_ours(app: &App, domain: &str) -> bool {
    app.site().domains.iter().any(|own| {
        let host = own.web_origin.split("://").nth(1).unwrap_or("");
        [own.handle_domain.as_str(), host].iter().any(|d| *d == domain || d.ends_with(&format!(".{domain}")))
    })
}

/// Blocks a domain with all its subdomains by hand, or changes its block: what it does is what is given. Answers it as it is
/// stored; with `extra` in the same batch.
///
/// Error: as [`checked`].
pub async fn put(app: &App, wanted: &DomainBlock, extra: Vec<Statement>) -> Result<DomainBlock> {
    let domain = checked(app, &wanted.domain)?;
    let text = |text: &str| cut(text.trim(), MAX_COMMENT).to_owned();
    let block = DomainBlock {
        id: app.new_id(),
        domain,
        comment: text(&wanted.comment),
        private_comment: text(&wanted.private_comment),
        is_from_lists: false,
        created_at: app.now(),
        ..wanted.clone()
    };
    let names = [block.domain.as_str()];
    let mut batch = vec![
        store::domain_blocks::put(std::slice::from_ref(&block)),
        store::host_checks::touch(&names),
        store::blocklists::wait_no_more(&names),
    ];
    if block.severity == Severity::Suspend {
        batch.push(store::cards::delete_of_domain(&block.domain));
    }
    batch.extend(extra);
    let (_, stored) = store::write_then(&app.db, batch, store::domain_blocks::of(&names)).await?;
    work(app).await?;
    stored.into_iter().next().ok_or(Error::NotFound)
}

/// Lifts a block. Its accounts are shown again; follows are not restored. One that lists brought becomes a block by hand
/// that does nothing, so that they do not bring it again; of one by hand they decide again.
pub async fn lift(app: &App, domain: &str, extra: Vec<Statement>) -> Result<()> {
    let names = [domain];
    let found = store::load(&app.db, store::domain_blocks::of(&names)).await?;
    let mut batch = match found.into_iter().next() {
        Some(block) if block.is_from_lists => vec![exemption(app, domain)],
        _ => vec![
            store::domain_blocks::delete(&names, false),
            store::blocklists::stage_bucket(blocklist::bucket(domain)),
        ],
    };
    batch.push(store::host_checks::touch(&names));
    batch.extend(extra);
    store::write(&app.db, batch).await?;
    work(app).await
}

/// The block by hand that does nothing but keep lists from blocking a domain.
pub fn exemption(app: &App, domain: &str) -> Statement {
    store::domain_blocks::put(&[DomainBlock {
        id: app.new_id(),
        domain: domain.to_owned(),
        severity: Severity::Noop,
        created_at: app.now(),
        ..DomainBlock::default()
    }])
}

/// Allows a domain with all its subdomains to federate while only allowed ones may; once.
///
/// Error: as [`checked`].
pub async fn allow(app: &App, typed: &str, extra: Vec<Statement>) -> Result<DomainAllow> {
    let domain = checked(app, typed)?;
    let allow = DomainAllow { id: app.new_id(), domain, created_at: app.now() };
    let mut batch = vec![store::domain_allows::insert(&allow)];
    batch.extend(touch_where_allowed(app, &allow.domain));
    batch.extend(extra);
    let found = store::domain_allows::by_domain(&allow.domain);
    let (_, stored) = store::write_then(&app.db, batch, found).await?;
    work(app).await?;
    stored.ok_or(Error::NotFound)
}

/// Takes back that a domain is allowed.
pub async fn disallow(app: &App, allow: &DomainAllow, extra: Vec<Statement>) -> Result<()> {
    let mut batch = vec![store::domain_allows::delete(allow.id)];
    batch.extend(touch_where_allowed(app, &allow.domain));
    batch.extend(extra);
    store::write(&app.db, batch).await?;
    work(app).await
}

/// Only where allowed domains alone federate something changes.
fn touch_where_allowed(app: &App, domain: &str) -> Option<Statement> {
    app.site().is_allow_list.then(|| store::host_checks::touch(&[domain]))
}

/// Whether only allowed domains federate from now on. All others are suspended, and come back when this ends or they are
/// allowed.
pub async fn set_allow_list(app: &App, is_on: bool, extra: Vec<Statement>) -> Result<()> {
    let mut batch = match is_on {
        true if app.site().is_allow_list => return Ok(()),
        true => vec![store::site::set("allow_list", &app.now().0.to_string())],
        false => vec![store::site::unset("allow_list")],
    };
    batch.push(store::host_checks::touch_all());
    batch.extend(extra);
    store::write(&app.db, batch).await?;
    super::install::reload(app).await?;
    work(app).await
}

/// Does portions as far as there is room; a job does the rest.
pub async fn work(app: &App) -> Result<()> {
    while app.has_room(PORTION) {
        if !portion(app).await? {
            break;
        }
    }
    let parts = (store::host_checks::is_any(), store::blocklists::is_any());
    let (is_left, is_due) = store::load(&app.db, parts).await?;
    if is_left || is_due {
        start(app).await?;
    }
    Ok(())
}

/// Starts the job, where it does not wait already.
pub async fn start(app: &App) -> Result<()> {
    super::job::start_alone(app, JOB.0, JOB.1, "{}").await
}

/// Cron: starts the job where one has ended before its work.
pub async fn resume(app: &App) -> Result<()> {
    let parts = (store::host_checks::is_any(), store::blocklists::is_any());
    match store::load(&app.db, parts).await? {
        (false, false) => Ok(()),
        _ => start(app).await,
    }
}

/// The names by which an account may be blocked: those of its host and of its handle's domain, and those of its host.
fn names(account: &Checked) -> (Vec<String>, Vec<String>) {
    let host = host_of(account);
    let of = |name: &str| -> Vec<String> {
        store::host_checks::names(name).into_iter().map(str::to_owned).collect()
    };
    let of_host = of(&host);
    let mut all = of_host.clone();
    all.extend(of(&account.domain));
    all.sort_unstable();
    all.dedup();
    (all, of_host)
}

fn host_of(account: &Checked) -> String {
    account.uri.split('/').nth(2).unwrap_or("").to_lowercase()
}

/// Brings some accounts and inboxes in line with the blocks; ties of those that are suspended now are written down for their
/// owners and removed. Answers whether there was anything.
pub async fn portion(app: &App) -> Result<bool> {
    let parts = (store::host_checks::due(HOSTS), store::host_checks::accounts(HOSTS, ACCOUNTS));
    let (due, accounts) = store::load(&app.db, parts).await?;
    if due.is_empty() {
        return Ok(false);
    }
    let named: Vec<_> = accounts.iter().map(names).collect();
    let plain: Vec<(Id, Vec<&str>, Vec<&str>)> = accounts
        .iter()
        .zip(&named)
        .map(|(account, (all, host))| (account.id, refs(all), refs(host)))
        .collect();
    // Each host and handle domain once: its first name is itself.
    let hosts: Vec<String> = accounts.iter().map(host_of).collect();
    let mut distinct: Vec<Vec<&str>> = Vec::new();
    for (account, host) in accounts.iter().zip(&hosts) {
        for name in [host.as_str(), account.domain.as_str()] {
            let names = store::host_checks::names(name);
            if !names.is_empty() && !distinct.contains(&names) {
                distinct.push(names);
            }
        }
    }
    let suspended = match distinct.is_empty() {
        true => HashMap::new(),
        false => store::load(&app.db, store::host_checks::suspensions(&distinct)).await?,
    };
    // The domain of the handle may be one that is not allowed, as long as the host is.
    let why = |account: &Checked, host: &str| -> Option<(&str, Time)> {
        let (of_host, of_handle) = (suspended.get(host), suspended.get(&account.domain));
        let found = of_host.into_iter().chain(of_handle.filter(|why| !why.is_left_out));
        found.min_by_key(|why| (why.is_left_out, why.since)).map(|why| (why.domain.as_str(), why.since))
    };
    let cut: Vec<store::severances::Cut<'_>> = accounts
        .iter()
        .zip(&hosts)
        .filter_map(|(a, host)| why(a, host).map(|(name, at)| (a.id, name, at)))
        .collect();
    let mut batch = Vec::new();
    if !plain.is_empty() {
        batch.push(store::host_checks::mark(&plain));
    }
    if !cut.is_empty() {
        let ids: Vec<Id> = cut.iter().map(|(id, ..)| *id).collect();
        batch.extend(store::severances::record(app.new_id(), Kind::DomainBlock, &cut, None));
        batch.extend(store::host_checks::sever(&ids));
    }
    // A full page ends within its last host.
    let last = accounts.last().filter(|_| accounts.len() >= ACCOUNTS);
    let is_done = |host: &str| last.is_none_or(|last| host < last.host.as_str());
    let begun: Vec<_> = due
        .iter()
        .filter(|(host, after)| {
            after.is_empty() && !host.starts_with('@') && last.is_none_or(|last| *host <= last.host)
        })
        .collect();
    let lower: Vec<String> = begun.iter().map(|(host, _)| host.to_lowercase()).collect();
    let inboxes: Vec<(&str, Vec<&str>)> =
        lower.iter().map(|host| (host.as_str(), store::host_checks::names(host))).collect();
    if !inboxes.is_empty() {
        batch.extend(store::host_checks::mark_inboxes(&inboxes));
    }
    let done: Vec<(String, String)> = due.iter().filter(|(host, _)| is_done(host)).cloned().collect();
    let until = last.and_then(|last| {
        let (host, after) = due.iter().find(|(host, _)| *host == last.host)?;
        Some((host.as_str(), after.as_str(), last.uri.as_str()))
    });
    batch.extend(store::host_checks::advance(&done, until));
    store::write(&app.db, batch).await?;
    Ok(true)
}

fn refs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}
