//! Lists of domains to block: files that staff import, and subscriptions, of which several may have to agree.
//!
//! A list is stored in buckets by the hash of the domain. What changes of a bucket is applied together with what the other
//! lists have in the same bucket ([`apply`]), in one batch: so a domain is looked at by all that name it.

use std::collections::{HashMap, HashSet};

use super::block_file::{in_statements, is_same, parse};
use super::domain_block::{self, PORTION};
use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::jobs::outcome::Outcome;
use crate::model::blocklist::{self, Blocklist, Entry, MAX_LISTS, State, Wrong};
use crate::model::domain_block::{DomainBlock, Severity};
use crate::model::id::Id;
use crate::model::severance;
use crate::model::time::{DAY, HOUR};
use crate::platform::guard::{Policy, SafeUrl};
use crate::platform::sql::Statement;
use crate::store;
use crate::store::blocklists::{Part, Waiting};
use crate::text::sanitize::cut;

/// A list is read again after so long.
const EVERY: i64 = DAY;
/// A file that nobody has confirmed is kept for so long.
const KEPT_FOR: i64 = DAY;
/// Bytes of the name of a list.
pub const MAX_NAME: usize = 100;
/// What cron takes for lists.
const CRON: Need = Need { statements: 10, fetches: 0 };

/// Subscribes to a list, which is fetched at once.
///
/// Errors: `Unprocessable` where the address is none that is fetched; `Conflict` where it is subscribed to, or there are
/// [`MAX_LISTS`].
pub async fn subscribe(
    app: &App,
    url: &str,
    name: &str,
    max_severity: Severity,
    extra: Vec<Statement>,
) -> Result<()> {
    let policy = Policy { is_development: app.config.is_development };
    let safe =
        SafeUrl::check(url.trim(), &policy).map_err(|_| Error::validation("URL is not a valid URL"))?;
    let name = match name.trim() {
        "" => safe.host(),
        name => cut(name, MAX_NAME).to_owned(),
    };
    let list = Blocklist {
        id: app.new_id(),
        url: Some(safe.as_str().to_owned()),
        name,
        max_severity,
        state: State::Active,
        entries: 0,
        unreadable: 0,
        etag: String::new(),
        next_at: app.now().plus(EVERY),
        refreshed_at: None,
        error: String::new(),
    };
    let mut batch = vec![store::blocklists::insert(&list, MAX_LISTS), fetch_job(app, list.id)];
    batch.extend(extra);
    let rows = store::write(&app.db, batch).await?;
    match rows.first().is_some_and(|rows| !rows.is_empty()) {
        true => Ok(()),
        false => Err(Error::Conflict("there are enough lists".into())),
    }
}

fn fetch_job(app: &App, list: Id) -> Statement {
    super::job::row(app, "blocklist", &list.to_string(), "{}")
}

/// A list is fetched now.
pub async fn refresh(app: &App, list: Id) -> Result<()> {
    store::write(
        &app.db,
        vec![store::blocklists::put_off(list, app.now().plus(EVERY)), fetch_job(app, list)],
    )
    .await?;
    Ok(())
}

/// Cron: fetches lists that are due, forgets files that nobody confirmed, and goes on with what was left.
pub async fn on_time(app: &App) -> Result<()> {
    if !app.has_room(CRON) {
        return Ok(());
    }
    let due = store::load(&app.db, store::blocklists::due(app.now())).await?;
    let mut batch = Vec::new();
    // One a run: the others are due as well at the next one.
    if let Some(list) = due.first() {
        batch.push(store::blocklists::put_off(*list, app.now().plus(EVERY)));
        batch.push(fetch_job(app, *list));
    }
    if app.now().0 / HOUR % 24 == 3 {
        batch.push(store::blocklists::forget_files(app.now().plus(-KEPT_FOR)));
        batch.push(store::severances::forget(app.now().plus(-severance::KEPT_FOR)));
    }
    if !batch.is_empty() {
        store::write(&app.db, batch).await?;
    }
    domain_block::resume(app).await
}

/// A list was read: `None` where it is as it was. What has changed of it is applied by a job. One that names nothing all of a
/// sudden changes nothing.
pub async fn received(app: &App, list: &Blocklist, body: Option<(&[u8], &str)>) -> Result<()> {
    let Some((body, etag)) = body else {
        store::write(&app.db, vec![store::blocklists::refreshed(list.id, None, app.now())]).await?;
        return Ok(());
    };
    let parsed = match std::str::from_utf8(body) {
        Ok(text) => parse(text, |domain| domain_block::is_ours(app, domain)),
        Err(_) => Err(Wrong::Page),
    };
    match parsed {
        Err(wrong) => failed(app, list.id, wrong).await,
        Ok(mut parsed) => {
            for entry in &mut parsed.entries {
                entry.comment.clear();
            }
            let mut batch = in_statements(&parsed.entries, |texts| store::blocklists::stage(list.id, texts));
            let found = Some((parsed.entries.len(), parsed.unreadable, cut(etag, 200)));
            batch.push(store::blocklists::refreshed(list.id, found, app.now()));
            store::write(&app.db, batch).await?;
            domain_block::resume(app).await
        }
    }
}

/// A list could not be read.
pub async fn failed(app: &App, list: Id, wrong: Wrong) -> Result<()> {
    store::write(&app.db, vec![store::blocklists::failed(list, wrong)]).await?;
    Ok(())
}

/// Gives up a subscription: what it brought, and no other names, goes.
pub async fn unsubscribe(app: &App, list: Id, extra: Vec<Statement>) -> Result<()> {
    let mut batch = store::blocklists::drop_list(list);
    batch.extend(extra);
    store::write(&app.db, batch).await?;
    domain_block::resume(app).await
}

/// The rules for subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// So many lists have to name a domain.
    pub threshold: usize,
    /// Domains that people here follow, or are followed from, wait for the operator.
    pub waits_for_ties: bool,
}

impl Rules {
    pub fn read(settings: &[(String, String)]) -> Self {
        let get =
            |key: &str| settings.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str());
        Self {
            threshold: get("blocklist_threshold")
                .and_then(|n| n.parse().ok())
                .unwrap_or(1)
                .clamp(1, MAX_LISTS),
            waits_for_ties: get("blocklist_ties") != Some("block"),
        }
    }
}

/// Changes the rules; all lists are applied again.
pub async fn set_rules(app: &App, rules: Rules, extra: Vec<Statement>) -> Result<()> {
    let mut batch = vec![
        store::site::set("blocklist_threshold", &rules.threshold.clamp(1, MAX_LISTS).to_string()),
        store::site::set("blocklist_ties", if rules.waits_for_ties { "wait" } else { "block" }),
        store::blocklists::stage_again(),
    ];
    batch.extend(extra);
    store::write(&app.db, batch).await?;
    domain_block::resume(app).await
}

/// The operator decides about a domain that waits: it is blocked as the lists say, or never by lists.
pub async fn decide(app: &App, domain: &str, is_blocked: bool, extra: Vec<Statement>) -> Result<()> {
    let mut batch = match is_blocked {
        true => vec![
            store::blocklists::confirm(domain),
            store::blocklists::stage_bucket(blocklist::bucket(domain)),
        ],
        false => vec![domain_block::exemption(app, domain), store::blocklists::wait_no_more(&[domain])],
    };
    batch.extend(extra);
    store::write(&app.db, batch).await?;
    domain_block::resume(app).await
}

/// `blocks`: applies what lists have changed, and goes on with [`domain_block::work`].
pub async fn go_on(app: &App) -> Result<Outcome> {
    let used = store::load(&app.db, super::job::steps(app)).await?;
    let mut is_first = true;
    loop {
        if !is_first && !app.has_room(PORTION) {
            let (outcome, count) = super::job::next_step(app, &used);
            store::write(&app.db, count.into_iter().collect()).await?;
            return Ok(outcome);
        }
        is_first = false;
        if !apply(app).await? && !domain_block::portion(app).await? {
            return Ok(Outcome::Done);
        }
    }
}

/// Applies one bucket. Answers whether there was any.
async fn apply(app: &App) -> Result<bool> {
    let (parts, settings) =
        store::load(&app.db, (store::blocklists::next_bucket(), store::site::settings())).await?;
    if parts.is_empty() {
        return Ok(false);
    }
    let rules = Rules::read(&settings);
    let named = |part: &Part| blocklist::unpack(part.next.as_ref().unwrap_or(&part.entries));
    let of_lists: Vec<(Severity, Vec<Entry>)> = parts
        .iter()
        .filter(|part| part.state == State::Active)
        .map(|part| (part.max_severity, named(part)))
        .collect();
    let agreed = blocklist::agreed(&of_lists, rules.threshold);
    // What a file says is by hand.
    let by_hand: Vec<Entry> =
        parts.iter().filter(|p| p.state == State::Taken && p.next.is_some()).flat_map(&named).collect();
    let lists = || parts.iter().filter(|part| matches!(part.state, State::Active | State::Dropped));
    let mut candidates: HashSet<String> = agreed.keys().cloned().collect();
    candidates.extend(lists().flat_map(|part| blocklist::unpack(&part.entries)).map(|entry| entry.domain));
    candidates.extend(by_hand.iter().map(|entry| entry.domain.clone()));
    let names: Vec<&str> = candidates.iter().map(String::as_str).collect();
    let known = (store::domain_blocks::of(&names), store::blocklists::waiting_of(&names));
    let (existing, waiting) = store::load(&app.db, known).await?;
    let existing: HashMap<&str, &DomainBlock> = existing.iter().map(|b| (b.domain.as_str(), b)).collect();
    let is_by_hand = |domain: &str| existing.get(domain).is_some_and(|block| !block.is_from_lists);
    let mut put: Vec<DomainBlock> = by_hand
        .iter()
        .filter(|entry| {
            !existing.get(entry.domain.as_str()).is_some_and(|b| !b.is_from_lists && is_same(b, entry))
        })
        .map(|entry| {
            made(app, entry, entry.comment.clone(), existing.get(entry.domain.as_str()).copied(), false)
        })
        .collect();
    let taken: HashSet<String> = by_hand.into_iter().map(|entry| entry.domain).collect();
    // Domains that would be suspended anew.
    let is_new = |domain: &str, entry: &Entry| {
        let is_suspended = existing.get(domain).is_some_and(|block| block.severity == Severity::Suspend);
        let is_confirmed = waiting.iter().any(|w| w.domain == domain && w.is_confirmed);
        entry.severity == Severity::Suspend && !is_suspended && !is_confirmed
    };
    let asked: Vec<&str> = agreed
        .iter()
        .filter(|(domain, (entry, _))| {
            rules.waits_for_ties && !is_by_hand(domain) && !taken.contains(*domain) && is_new(domain, entry)
        })
        .map(|(domain, _)| domain.as_str())
        .collect();
    let ties = if asked.is_empty() {
        Vec::new()
    } else {
        store::load(&app.db, store::host_checks::ties(&asked)).await?
    };
    let mut waits: Vec<Waiting> = Vec::new();
    let mut lifted: Vec<&str> = Vec::new();
    let mut settled: Vec<&str> = Vec::new();
    for domain in &names {
        if is_by_hand(domain) || taken.contains(*domain) {
            settled.push(domain);
            continue;
        }
        let Some((entry, count)) = agreed.get(*domain) else {
            settled.push(domain);
            lifted.extend(existing.get(domain).map(|_| *domain));
            continue;
        };
        let tied = ties.iter().find(|t| t.domain == *domain && t.following + t.followers > 0);
        if let Some(tied) = tied.filter(|_| asked.contains(domain)) {
            let (following, followers) = (tied.following, tied.followers);
            waits.push(Waiting { domain: (*domain).to_owned(), is_confirmed: false, following, followers });
            continue;
        }
        let is_known = existing.get(domain).is_some_and(|block| is_same(block, entry));
        if !is_known {
            put.push(made(app, entry, String::new(), existing.get(domain).copied(), true));
        }
        // A confirmed one stays: the lists may name it again.
        let is_confirmed = waiting.iter().any(|w| w.domain == *domain && w.is_confirmed);
        if !is_confirmed && *count > 0 {
            settled.push(domain);
        }
    }
    settled.retain(|domain| waiting.iter().any(|w| w.domain == *domain));
    let mut batch = Vec::new();
    let mut touched: Vec<&str> = put.iter().map(|block| block.domain.as_str()).collect();
    touched.extend(&lifted);
    if !put.is_empty() {
        batch.push(store::domain_blocks::put(&put));
    }
    if !lifted.is_empty() {
        batch.push(store::domain_blocks::delete(&lifted, true));
    }
    if !waits.is_empty() {
        batch.push(store::blocklists::wait(&waits, app.now()));
    }
    if !settled.is_empty() {
        batch.push(store::blocklists::wait_no_more(&settled));
    }
    if !touched.is_empty() {
        batch.push(store::host_checks::touch(&touched));
    }
    batch.extend(store::blocklists::settle(&parts));
    store::write(&app.db, batch).await?;
    Ok(true)
}

/// The block of an entry; what staff have noted of an existing one stays.
fn made(
    app: &App,
    entry: &Entry,
    comment: String,
    known: Option<&DomainBlock>,
    is_from_lists: bool,
) -> DomainBlock {
    let known_comment = known.map_or("", |block| block.comment.as_str());
    DomainBlock {
        id: app.new_id(),
        domain: entry.domain.clone(),
        severity: entry.severity,
        rejects_media: entry.rejects_media,
        rejects_reports: entry.rejects_reports,
        is_obfuscated: entry.is_obfuscated,
        comment: if comment.is_empty() { known_comment.to_owned() } else { comment },
        private_comment: known.map_or_else(String::new, |block| block.private_comment.clone()),
        is_from_lists,
        created_at: app.now(),
    }
}
