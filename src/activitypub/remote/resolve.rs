//! From a handle or a URL to an account or a status: stored, or else fetched. What is local is read from the database,
//! never fetched.

use std::future::Future;
use std::pin::Pin;

use serde_json::{Value, json};

use super::{counts, fetch, note, outbox, webfinger};
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::path::Path;
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::budget::{self, By, registered};
use crate::model::id::Id;
use crate::model::site::host_of;
use crate::model::status::{Status, Visibility};
use crate::model::time::{DAY, HOUR, Time};
use crate::model::uri::{self, Local};
use crate::platform::guard::{self, normalise_domain};
use crate::services;
use crate::services::held::{Incoming, Verdict};
use crate::services::interact::RemoteBoost;
use crate::store;
use crate::text::acct;

/// What a URL names.
pub enum Resolved {
    Account(Box<Account>),
    Status(Id),
}

/// How far up a thread is followed.
const MAX_PARENTS: usize = 5;
/// A profile that was fetched longer ago is fetched again when it is looked up.
const FRESH: i64 = 24 * HOUR;

/// The account behind `user@domain`. `None` where its server has no such account.
///
/// Errors: as its server's.
pub async fn account_by_handle(app: &App, username: &str, domain: &str) -> Result<Option<Account>> {
    let Some(domain) = normalise_domain(domain) else { return Ok(None) };
    if let Some(ours) = app.site().find_domain(&domain) {
        let domains = app.site().sharing(&ours.handle_domain);
        return store::load(&app.db, store::accounts::local_by_username(username, &domains)).await;
    }
    let known = store::load(&app.db, store::accounts::by_handle(username, &domain)).await?;
    if let Some(known) = &known
        && known.fetched_at.is_some_and(|at| app.now().0 - at.0 < FRESH)
    {
        return Ok(Some(known.clone()));
    }
    let found = match webfinger::ask(app, username, &domain).await {
        Ok(found) => found,
        Err(Error::NotFound | Error::Gone) => return Ok(known),
        Err(error) => return known.map_or(Err(error), |known| Ok(Some(known))),
    };
    actor_by_uri(app, &found.actor).await.map(Some)
}

/// The address of the actor behind `user@domain` of another server, of which nothing is stored.
pub(super) async fn address_of_handle(app: &App, username: &str, domain: &str) -> Result<String> {
    let domain = normalise_domain(domain).filter(|domain| app.site().find_domain(domain).is_none());
    let domain = domain.ok_or(Error::NotFound)?;
    let known = store::load(&app.db, store::accounts::by_handle(username, &domain)).await?;
    match known {
        Some(known) if known.fetched_at.is_some_and(|at| app.now().0 - at.0 < FRESH) => Ok(known.uri),
        known => match webfinger::ask(app, username, &domain).await {
            Ok(found) => Ok(found.actor),
            Err(error) => known.map(|known| known.uri).ok_or(error),
        },
    }
}

/// The account with this actor id: known and fresh enough, or fetched.
pub async fn account_by_uri(app: &App, uri: &str) -> Result<Account> {
    if let Some(known) = store::load(&app.db, store::accounts::by_uri(uri)).await?
        && (known.is_local() || known.fetched_at.is_some())
    {
        return Ok(known);
    }
    actor_by_uri(app, uri).await
}

/// Fetches an actor and stores it under the handle that its servers agree on.
pub async fn actor_by_uri(app: &App, uri: &str) -> Result<Account> {
    if app.site().is_ours(uri) {
        return local_account(app, uri).await?.ok_or(Error::NotFound);
    }
    let document = fetch::document(app, uri).await?;
    store_actor(app, &document).await
}

/// Stores an actor document that its own server gave just now.
pub async fn store_actor(app: &App, document: &Value) -> Result<Account> {
    store_updated(app, document, None).await
}

/// Stores the actor document of an Update that was signed at this time. An Update that is older than the last one is not
/// applied: it would bring back a key or an inbox that the actor has given up.
pub async fn store_updated(app: &App, document: &Value, signed_at: Option<Time>) -> Result<Account> {
    let mut account = vocab::actor::read(document, app.now())?;
    if let Some(handle) = confirmed_handle(app, document, &account).await? {
        account.username = handle.0;
        account.domain = handle.1;
    }
    account.id = app.new_id();
    if app.site().find_domain(&account.domain).is_some() {
        return Err(Error::Unprocessable("The actor claims a handle of ours".into()));
    }
    admit(app, &account).await?;
    let inbox_domain = vocab::host(account.delivery_inbox()).unwrap_or_default();
    let updated_at = signed_at.map(|at| at.min(app.now()));
    services::profile::store_remote(app, &account, &inbox_domain, updated_at).await
}

/// New servers of one registered domain a day: a wildcard in the DNS makes any number of them
/// (activitypub-troll.cf; CVE-2022-46405).
const MAX_NEW_SERVERS: i64 = 10;

/// Refuses an actor of a new server of a domain that had its number of new servers today.
async fn admit(app: &App, account: &Account) -> Result<()> {
    let Some(host) = vocab::host(&account.uri) else { return Ok(()) };
    let Some(parent) = registered(&host) else { return Ok(()) };
    let since = app.now().plus(-24 * HOUR);
    let (known, is_recorded, new) = store::load(
        &app.db,
        (
            store::accounts::id_by_uri(&account.uri),
            store::instances::is_recorded(&parent, &host),
            store::instances::recorded_since(&parent, since),
        ),
    )
    .await?;
    if known.is_some() || is_recorded {
        return Ok(());
    }
    if new >= MAX_NEW_SERVERS {
        return Err(Error::Forbidden(format!("{parent} has had too many new servers today")));
    }
    store::write(&app.db, vec![store::instances::record(&parent, &host, app.now())]).await?;
    Ok(())
}

/// A handle of another domain than the actor's host counts only where that domain's WebFinger names this actor; the
/// subject that the host gives is not enough. What was confirmed before stays while it cannot be asked for: until a server
/// says otherwise, or that it has no such name.
async fn confirmed_handle(
    app: &App,
    document: &Value,
    account: &Account,
) -> Result<Option<(String, String)>> {
    let claimed = match vocab::text(document, "webfinger").and_then(acct::parse) {
        Some(claimed @ acct::Acct { domain: Some(_), .. }) => Some(claimed),
        _ => match webfinger::ask(app, &account.username, &account.domain).await {
            Ok(finger) => finger.subject,
            Err(Error::NotFound | Error::Gone) => None,
            Err(_) => return confirmed_before(app, account, None).await,
        },
    };
    let Some(acct::Acct { username, domain: Some(domain) }) = claimed else { return Ok(None) };
    let Some(domain) = normalise_domain(&domain) else { return Ok(None) };
    if domain == account.domain {
        let is_same = username.eq_ignore_ascii_case(&account.username);
        return Ok(is_same.then(|| (account.username.clone(), domain)));
    }
    let asked = (username, domain);
    if !is_confirmed_now(app, account, &asked.1) {
        return confirmed_before(app, account, Some(asked)).await;
    }
    let confirmed = match webfinger::ask(app, &asked.0, &asked.1).await {
        Ok(confirmed) => confirmed,
        Err(Error::NotFound | Error::Gone) => return Ok(None),
        Err(_) => return confirmed_before(app, account, Some(asked)).await,
    };
    let is_stable = confirmed.subject.is_some_and(|subject| {
        subject.username.eq_ignore_ascii_case(&asked.0)
            && subject.domain.as_deref().and_then(normalise_domain).as_deref() == Some(asked.1.as_str())
    });
    Ok((confirmed.actor == account.uri && is_stable).then_some(asked))
}

/// The stored handle of an actor, of another domain than its host: the one that the actor claims, where that is known.
async fn confirmed_before(
    app: &App,
    account: &Account,
    claimed: Option<(String, String)>,
) -> Result<Option<(String, String)>> {
    let Some(stored) = store::load(&app.db, store::accounts::by_uri(&account.uri)).await? else {
        return Ok(None);
    };
    let is_same = claimed.as_ref().is_none_or(|(username, domain)| {
        stored.username.eq_ignore_ascii_case(username) && stored.domain == *domain
    });
    Ok((is_same && stored.domain != account.domain).then_some((stored.username, stored.domain)))
}

/// Whether the domain that an actor claims is asked now. What somebody here looks up always is; for an activity of theirs
/// once an hour, since an Update is free and would otherwise make us send that domain requests.
fn is_confirmed_now(app: &App, account: &Account, domain: &str) -> bool {
    if app.cause() == By::Us {
        return true;
    }
    let name = format!("handle {} {domain}", account.uri);
    app.shared.lately.borrow_mut().add(name, HOUR, app.now()) < budget::CONFIRMATIONS
}

/// A local account by its actor id or page.
pub async fn local_account(app: &App, uri: &str) -> Result<Option<Account>> {
    match local(app, uri) {
        Some((domain, Local::Actor(name))) => {
            let domains = app.site().sharing(&domain);
            store::load(&app.db, store::accounts::local_by_username(&name, &domains)).await
        }
        Some((_, Local::InstanceActor)) => {
            let id = app.site().actor_id.unwrap_or_default();
            store::load(&app.db, store::accounts::by_id(id)).await
        }
        _ => Ok(None),
    }
}

/// What a URL of ours names, with the handle domain of its origin. Host and path may be spelled in any way that means
/// the same (RFC 3986 section 6.2.2); http means https.
pub fn local(app: &App, url: &str) -> Option<(String, Local)> {
    let url = guard::parse(url).filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let host = url.port().map_or_else(
        || url.host_str().unwrap_or_default().to_owned(),
        |port| format!("{}:{port}", url.host_str().unwrap_or_default()),
    );
    let site = app.site();
    let domain = site.domains.iter().find(|d| host_of(&d.web_origin) == host)?;
    let path = Path::parse(url.path())?.segments().join("/");
    let is_plain = !path.contains(['?', '#']);
    Some((domain.handle_domain.clone(), uri::parse_path(&path).filter(|_| is_plain)?))
}

/// Whatever a URL names: typed into the search, or named by an activity.
pub async fn by_url(app: &App, url: &str) -> Result<Option<Resolved>> {
    if app.site().is_ours(url) {
        return match local(app, url) {
            // A row of another server may have the id of one of ours that is gone (`store::uris`).
            Some((_, Local::Status(_, id))) => {
                let found = store::load(&app.db, store::statuses::by_ids(&[id], None)).await?;
                let is_local = found.iter().any(|view| view.status.is_local);
                Ok(is_local.then_some(Resolved::Status(id)))
            }
            Some(_) => Ok(local_account(app, url).await?.map(|a| Resolved::Account(Box::new(a)))),
            None => Ok(None),
        };
    }
    let document = fetch::document_of_page(app, url).await?;
    if vocab::actor::is_actor(&document) {
        return store_actor(app, &document).await.map(|a| Some(Resolved::Account(Box::new(a))));
    }
    if vocab::note::is_note(&document) {
        let id = store_note(app, &document, MAX_PARENTS).await?;
        if let Some(id) = id {
            note::look_into_quote_of(app, id).await?;
        }
        return Ok(id.map(Resolved::Status));
    }
    Ok(None)
}

/// The status with this id: ours, known, or fetched with up to `parents` of what it answers.
pub async fn note_by_uri(app: &App, uri: &str, parents: usize) -> Result<Option<Id>> {
    note_of(app, uri, parents, false).await
}

/// As [`note_by_uri`]; `is_relayed`: since a relay has told of it.
fn note_of<'a>(
    app: &'a App,
    uri: &'a str,
    parents: usize,
    is_relayed: bool,
) -> Pin<Box<dyn Future<Output = Result<Option<Id>>> + 'a>> {
    Box::pin(async move {
        if let Some(known) = store::load(&app.db, store::statuses::by_uri(uri)).await? {
            return Ok(Some(known.status.id));
        }
        if app.site().is_ours(uri) {
            return Ok(None);
        }
        let document = fetch::document(app, uri).await?;
        // A group's boost may name the Create instead of its object.
        if vocab::kind(&document) == "Create"
            && parents > 0
            && let Some(inner) = vocab::link_of(&document, "object")
        {
            return note_of(app, inner, parents - 1, is_relayed).await;
        }
        if !vocab::note::is_note(&document) {
            return Ok(None);
        }
        store_note_of(app, &document, parents, is_relayed).await
    })
}

/// The context of a `note` job for what a relay tells of.
pub const RELAYED: &str = "{\"relayed\":true}";

/// The job `note`: [`look_up`]. Its context may say how many `parents` are left of a thread that was begun.
pub async fn note(app: &App, uri: &str, context: &str) -> Result<()> {
    let context: Value = serde_json::from_str(context)?;
    let parents = context.get("parents").and_then(Value::as_u64).map_or(MAX_PARENTS, |n| n as usize);
    let is_relayed = context.get("relayed").and_then(Value::as_bool).unwrap_or(false);
    look_up_with(app, uri, parents.min(MAX_PARENTS), is_relayed).await.map(|_| ())
}

/// As [`note_by_uri`], with the statuses that it answers, and a job for what it quotes.
pub async fn look_up(app: &App, uri: &str) -> Result<Option<Id>> {
    look_up_with(app, uri, MAX_PARENTS, false).await
}

async fn look_up_with(app: &App, uri: &str, parents: usize, is_relayed: bool) -> Result<Option<Id>> {
    let id = note_of(app, uri, parents, is_relayed).await?;
    if let Some(id) = id {
        note::look_into_quote_of(app, id).await?;
    }
    Ok(id)
}

/// Stores a note that its own server gave. A vote is no status.
pub(super) async fn store_note(app: &App, document: &Value, parents: usize) -> Result<Option<Id>> {
    store_note_of(app, document, parents, false).await
}

/// Judges a note of another server that is fetched, where nobody here has asked for it: a stranger's activity or a relay made us. Answers
/// whether it is let in; it may be limited then.
pub(super) async fn is_let_in(
    app: &App,
    author: &Account,
    status: &mut Status,
    is_relayed: bool,
) -> Result<bool> {
    if !is_relayed && !matches!(app.cause(), By::Stranger { .. }) {
        return Ok(true);
    }
    let incoming = Incoming { is_followed: None, activity: &String::new, is_edit: false };
    Ok(services::held::judge(app, author, status, &incoming).await? == Verdict::Passes)
}

async fn store_note_of(app: &App, document: &Value, parents: usize, is_relayed: bool) -> Result<Option<Id>> {
    let author = author_of(app, document).await?;
    let Some(note) = vocab::note::read(document, Some(&author)) else { return Ok(None) };
    if note.is_vote {
        return Ok(None);
    }
    if let Some(parent) = &note.in_reply_to
        && parents > 0
    {
        // Without its parent the status is stored nevertheless.
        if let Err(error) = note_of(app, parent, parents - 1, is_relayed).await {
            crate::platform::log_failure(&format!("parent {parent}"), &error);
            if !fetch::has_room(app) || error.is_unasked() {
                let context = json!({"parents": parents - 1, "relayed": is_relayed}).to_string();
                let job =
                    store::jobs::insert_for(app.cause(), app.new_id(), "note", parent, &context, app.now());
                store::write(&app.db, vec![job]).await?;
            }
        }
    }
    let mut status = note::to_status(app, &author, &note).await?;
    if !is_let_in(app, &author, &mut status, is_relayed).await? {
        return Ok(None);
    }
    let new = services::publish::receive(app, status, false).await?;
    counts::of_status(app, &author, document).await?;
    if let Some(id) = new {
        return Ok(Some(id));
    }
    Ok(store::load(&app.db, store::statuses::by_uri(&note.uri)).await?.map(|v| v.status.id))
}

/// Who wrote a fetched note: the first that it is attributed to on its own host.
async fn author_of(app: &App, document: &Value) -> Result<Account> {
    let uri = vocab::id(document).ok_or_else(|| Error::Unprocessable("The note has no id".into()))?;
    let author = vocab::list(document, "attributedTo")
        .into_iter()
        .filter_map(vocab::link)
        .find(|a| vocab::is_same_host(a, uri))
        .ok_or_else(|| Error::Unprocessable("The note is of another origin than its author".into()))?;
    account_by_uri(app, author).await
}

/// Fetches a profile again; an account that answers 410 is removed. One that cannot be read has been looked at all the same:
/// otherwise everybody who opens it, and each of its activities, would have it asked for again.
pub async fn refresh(app: &App, uri: &str) -> Result<()> {
    match actor_by_uri(app, uri).await {
        Ok(account) => counts::of_account(app, &account).await,
        Err(Error::Gone) => match store::load(&app.db, store::accounts::by_uri(uri)).await? {
            Some(account) if !account.is_local() => services::remove::remote_account(app, &account).await,
            _ => Ok(()),
        },
        Err(error) => {
            if !error.is_temporary() && !error.is_unasked() && !error.is_ours() {
                store::write(&app.db, vec![store::accounts::looked_at(uri, app.now())]).await?;
            }
            Err(error)
        }
    }
}

/// Somebody whose activity arrives and whose profile was not fetched for long is fetched again, once the answer is sent: some ten
/// rows written, so not each day of everybody who writes. Their server tells of changes, those who are followed are looked at by
/// cron, and an opened profile is looked at sooner.
pub fn look_again(app: &App, account: &Account) {
    const AFTER: i64 = 14 * DAY;
    let is_due = account.fetched_at.is_some_and(|at| app.now().0 - at.0 > AFTER);
    fetch_again_if(app, account, is_due);
}

/// Somebody here has opened a profile: it is also fetched again where its server was not yet asked for its counts.
pub fn profile_opened(app: &App, account: &Account) {
    fetch_again_if(app, account, !account.is_counted || is_stale(app, account));
    outbox::opened(app, account);
}

fn is_stale(app: &App, account: &Account) -> bool {
    account.fetched_at.is_some_and(|at| app.now().0 - at.0 > FRESH)
}

fn fetch_again_if(app: &App, account: &Account, is_due: bool) {
    if is_due && account.fetched_at.is_some() && !account.is_local() && !account.is_suspended() {
        app.hint(Message::Refresh(account.id));
    }
}

/// Fetches the counts and the end of a remote poll again. Where its server has another poll by now, or none, the edit did not
/// come here: it is stored now, and with it our votes in the old poll end.
pub async fn refresh_poll(app: &App, uri: &str) -> Result<()> {
    let Some(known) = store::load(&app.db, store::statuses::by_uri(uri)).await? else { return Ok(()) };
    let Some(before) = known.status.poll.as_ref().filter(|_| !known.status.is_local) else { return Ok(()) };
    let document = fetch::document(app, uri).await?;
    let is_theirs = vocab::list(&document, "attributedTo")
        .into_iter()
        .filter_map(vocab::link)
        .any(|author| author == known.account.uri);
    let note = vocab::note::read(&document, Some(&known.account)).filter(|_| is_theirs);
    let Some(note) = note.filter(|note| note.uri == known.status.uri) else { return Ok(()) };
    let poll = note::poll(app, &note, Some(before));
    if let Some(poll) = poll.as_ref().filter(|poll| poll.is_same_question(before)) {
        if poll != before {
            services::vote::set_counts(app, known.status.id, poll, before).await?;
        }
    } else if note.updated > known.status.edited_at.max(known.status.refreshed_at) {
        let mut status = note::to_status(app, &known.account, &note).await?;
        status.id = known.status.id;
        status.visibility = known.status.visibility;
        status.edited_at = note.updated.map(|at| at.min(app.now()));
        services::publish::receive_edit(app, &known.status, &status, !known.account.is_suspended()).await?;
    }
    Ok(())
}

/// The context of an `announce` job.
pub fn announce_context(actor: Id, uri: &str, published: Option<Time>, visibility: Visibility) -> String {
    json!({"actor": actor.0, "uri": uri, "published": published.map(|t| t.0), "visibility": visibility as i64}).to_string()
}

pub async fn announce(app: &App, subject: &str, context: &str) -> Result<()> {
    let context: Value = serde_json::from_str(context)?;
    let actor = Id(context.get("actor").and_then(Value::as_i64).unwrap_or_default());
    let id = look_up(app, subject).await?.ok_or(Error::NotFound)?;
    let (actor, view) =
        store::load(&app.db, (store::accounts::by_id(actor), store::statuses::by_id(id, None))).await?;
    let (Some(actor), Some(view)) = (actor, view) else { return Ok(()) };
    let boost = RemoteBoost {
        uri: context.get("uri").and_then(Value::as_str).unwrap_or_default(),
        published: context.get("published").and_then(Value::as_i64).map(Time),
        visibility: Visibility::from_int(context.get("visibility").and_then(Value::as_i64).unwrap_or(0)),
    };
    services::interact::reblog(app, &actor, &view, boost.visibility, Some(boost)).await?;
    services::card::opened(app, &view);
    Ok(())
}
