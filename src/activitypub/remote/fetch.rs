//! GET of other servers' documents: every hop is checked and signed anew, bytes and time are bounded, the type of the
//! answer is checked.

use std::collections::HashMap;

use serde_json::Value;

use crate::activitypub::wire::signature::Spec;
use crate::activitypub::wire::{sign, vocab};
use crate::app::{App, Need};
use crate::error::{Error, Result};
use crate::http::negotiate::is_activity_content_type;
use crate::http::request::MAX_BODY;
use crate::model::budget;
use crate::model::domain_block::Severity;
use crate::platform::fetch::{Incoming, Outgoing};
use crate::platform::guard::{self, Policy, SafeUrl};
use crate::store;
use crate::text::html;

const ACCEPT: &str =
    "application/activity+json, application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"";
const ACCEPT_JRD: &str = "application/jrd+json, application/json";
const MAX_HOPS: usize = 3;
const TIMEOUT_MS: u32 = 10_000;
/// Milliseconds for a page with all of its redirects: any site may be linked, and other work waits for it.
const PAGE_TIMEOUT: i64 = 10_000;

/// A document, and what it takes to store it with its author.
const DOCUMENT: Need = Need { statements: 15, fetches: 1 };
/// What is unsigned is a part of what was begun.
const UNSIGNED: Need = Need { statements: 8, fetches: 0 };

/// Whether this invocation can fetch one more document and store what it says.
pub fn has_room(app: &App) -> bool {
    app.has_room(DOCUMENT)
}

pub fn policy(app: &App) -> Policy {
    Policy { is_development: app.config.is_development }
}

/// A fetched document.
pub struct Fetched {
    /// After redirects.
    pub url: String,
    pub answer: Incoming,
}

/// An ActivityPub document: what its own origin serves at its own id.
///
/// Errors: `NotFound` and `Gone` as the origin says, `Unprocessable` where the answer is no such document
/// or not at its id, `Remote` where there is none.
pub async fn document(app: &App, url: &str) -> Result<Value> {
    in_context(settle(app, activity(app, url).await?).await?)
}

/// Like [`document`], for a key that is a document of its own, which may have another `@context`.
pub async fn key(app: &App, url: &str) -> Result<Value> {
    settle(app, activity(app, url).await?).await
}

/// Requires the ActivityStreams context of what is fetched, as Mastodon does (what is signed may lack it).
fn in_context(document: Value) -> Result<Value> {
    let is_named = vocab::list(&document, "@context")
        .iter()
        .any(|c| c.as_str() == Some("https://www.w3.org/ns/activitystreams"));
    if !is_named {
        return Err(Error::Unprocessable("The document is not of ActivityStreams' context".into()));
    }
    Ok(document)
}

/// Like [`document`], of any URL: a page names its document by a `Link` header or a `<link>`, followed once.
pub async fn document_of_page(app: &App, url: &str) -> Result<Value> {
    let fetched = get(app, url, &format!("{ACCEPT}, text/html;q=0.1"), How::Signed, None).await?;
    if is_activity_content_type(fetched.answer.header("content-type")) {
        return in_context(settle(app, fetched).await?);
    }
    let alternate = alternate(&fetched)
        .ok_or_else(|| Error::Unprocessable("The page has no ActivityPub document".into()))?;
    document(app, &alternate).await
}

/// The document that a page names.
fn alternate(page: &Fetched) -> Option<String> {
    let base = guard::parse(&page.url)?;
    let is_ours = |rel: &str, kind: &str| {
        rel.split_ascii_whitespace().any(|r| r.eq_ignore_ascii_case("alternate"))
            && is_activity_content_type(Some(kind))
    };
    let header = page.answer.header("link").unwrap_or("");
    for link in header.split(", <") {
        let Some((target, rest)) = link.trim_start_matches('<').split_once('>') else { continue };
        let parameter = |name: &str| {
            rest.split(';')
                .filter_map(|p| p.trim().split_once('='))
                .find(|(n, _)| n.trim() == name)
                .map(|(_, v)| v.trim().trim_matches('"'))
        };
        if is_ours(parameter("rel").unwrap_or(""), parameter("type").unwrap_or("")) {
            return guard::join(&base, target).map(String::from);
        }
    }
    let text = String::from_utf8_lossy(&page.answer.body);
    let mut found = None;
    html::read(&text, |token| {
        if let html::Token::Start(tag) = token
            && tag.name() == "link"
        {
            let has = |name: &str| tag.attribute(name).unwrap_or_default();
            if is_ours(has("rel"), has("type")) {
                found = Some(guard::join(&base, has("href").trim()).map(String::from));
            }
        }
        found.is_none()
    });
    found.flatten()
}

/// The document of an answer, fetched from its own id where that is another URL.
async fn settle(app: &App, first: Fetched) -> Result<Value> {
    let found = vocab::parse(&first.answer.body).map_err(|e| Error::Unprocessable(e.public_message()))?;
    let Some(id) = vocab::id(&found).map(str::to_owned) else {
        return Err(Error::Unprocessable("The document has no id".into()));
    };
    if is_same_url(&id, &first.url) {
        return Ok(found);
    }
    // The URL is an alias: the id is fetched, once.
    let second = activity(app, &id).await?;
    let found = vocab::parse(&second.answer.body).map_err(|e| Error::Unprocessable(e.public_message()))?;
    if vocab::id(&found) == Some(id.as_str()) && is_same_url(&id, &second.url) {
        return Ok(found);
    }
    Err(Error::Unprocessable("The document is not at its id".into()))
}

/// A collection or a page of one: served by the host that was asked. Its id is not checked, since only
/// the ids of its items are used.
pub async fn collection(app: &App, url: &str) -> Result<Value> {
    let fetched = activity(app, url).await?;
    if !vocab::is_same_host(&fetched.url, url) {
        return Err(Error::Unprocessable("The collection is of another host".into()));
    }
    vocab::parse(&fetched.answer.body).map_err(|e| Error::Unprocessable(e.public_message()))
}

/// Whether a URL is that of an id, without the fragment.
fn is_same_url(id: &str, url: &str) -> bool {
    let plain = |u: &str| u.split('#').next().unwrap_or(u).to_owned();
    plain(id) == plain(url)
}

async fn activity(app: &App, url: &str) -> Result<Fetched> {
    let fetched = get(app, url, ACCEPT, How::Signed, None).await?;
    if !is_activity_content_type(fetched.answer.header("content-type")) {
        return Err(Error::Unprocessable("The answer is not an ActivityPub document".into()));
    }
    Ok(fetched)
}

/// WebFinger and the like: unsigned, any JSON.
pub async fn json(app: &App, url: &str) -> Result<Value> {
    let fetched = get(app, url, ACCEPT_JRD, How::Plain, None).await?;
    vocab::document::json(&fetched.answer.body).map_err(|e| Error::Unprocessable(e.public_message()))
}

/// Text of any kind, unsigned.
pub async fn plain(app: &App, url: &str, accept: &str) -> Result<Fetched> {
    get(app, url, accept, How::Plain, None).await
}

/// Like [`plain`], unless it is still what had this ETag: then the status is 304 and there is no body.
pub async fn changed(app: &App, url: &str, accept: &str, etag: &str) -> Result<Fetched> {
    get(app, url, accept, How::Plain, Some(etag).filter(|etag| !etag.is_empty())).await
}

/// A page for its preview, or an oEmbed document: of one of these types, unsigned, and cut after [`MAX_BODY`] bytes.
///
/// Errors: as the page's server; `Forbidden` where it is blocked here.
pub async fn page(app: &App, url: &str, types: &[&str]) -> Result<Fetched> {
    let found = get(app, url, &types.join(", "), How::Page, None).await?;
    let kind = found.answer.header("content-type").unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    if types.contains(&kind.as_str()) {
        return Ok(found);
    }
    Err(Error::Unprocessable("The answer is of another type".into()))
}

/// How a document is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Signed,
    Plain,
    /// Unsigned; what is too long is cut.
    Page,
}

async fn get(app: &App, url: &str, accept: &str, how: How, etag: Option<&str>) -> Result<Fetched> {
    let is_signed = how == How::Signed;
    let policy = policy(app);
    let mut next = url.to_owned();
    let end = app.now().plus(PAGE_TIMEOUT);
    for _ in 0..=MAX_HOPS {
        if !app.has_room(if is_signed { DOCUMENT } else { UNSIGNED }) {
            return Err(Error::answered("no room for another request in this invocation"));
        }
        if app.site().is_ours(&next) {
            return Err(Error::Unprocessable("Our own documents are not fetched".into()));
        }
        let safe = SafeUrl::check(&next, &policy)?;
        // In any spelling. The website of a handle domain that is elsewhere is somebody's like any other.
        if app.site().is_ours(safe.as_str()) {
            return Err(Error::Unprocessable("Our own documents are not fetched".into()));
        }
        let spec = signature_spec(app, &safe.host()).await?;
        let answer = if is_signed {
            signed(app, &safe, accept, spec).await?
        } else {
            let is_page = how == How::Page;
            let left = u32::try_from(end.0 - app.now().0).unwrap_or(0);
            let timeout_ms = if is_page { left } else { TIMEOUT_MS };
            if timeout_ms == 0 {
                return Err(Error::unreachable(format!("{} takes too long", safe.host())));
            }
            once(app, &safe, accept, None, Limits { is_cut: is_page, timeout_ms, etag }).await?
        };
        match answer.status {
            200..=299 => return Ok(Fetched { url: safe.as_str().to_owned(), answer }),
            301 | 302 | 303 | 307 | 308 => {
                let target = answer.header("location").and_then(|l| safe.join(l));
                next = target.ok_or_else(|| Error::Unprocessable("A redirect leads nowhere".into()))?;
            }
            304 if etag.is_some() => return Ok(Fetched { url: safe.as_str().to_owned(), answer }),
            404 => return Err(Error::NotFound),
            410 => return Err(Error::Gone),
            status => return Err(Error::answered(format!("{} answers {status}", safe.host()))),
        }
    }
    Err(Error::Unprocessable("Too many redirects".into()))
}

/// The signature scheme that a host accepts. Error: `Forbidden` where it is blocked.
async fn signature_spec(app: &App, host: &str) -> Result<Spec> {
    let spec = match app.shared.spec(host, app.now()) {
        Some(known) => known,
        None => {
            let (spec, block) = store::load(
                &app.db,
                (store::instances::signature_spec(host), store::domain_blocks::severity_of(&[host])),
            )
            .await?;
            let spec = (block != Some(Severity::Suspend)).then(|| Spec::parse(&spec));
            app.shared.keep_spec(host, spec, app.now());
            spec
        }
    };
    spec.ok_or_else(|| Error::Forbidden(format!("{host} is blocked here")))
}

/// A signed GET, repeated with the other signature scheme where the host does not accept the first; which it accepted
/// is remembered.
async fn signed(app: &App, url: &SafeUrl, accept: &str, spec: Spec) -> Result<Incoming> {
    let host = url.host();
    let first = once(app, url, accept, Some(spec), WHOLE).await?;
    if !matches!(first.status, 400 | 401) || !app.has_room(Need { statements: 1, fetches: 1 }) {
        return Ok(first);
    }
    let second = once(app, url, accept, Some(spec.other()), WHOLE).await?;
    if matches!(second.status, 200..=299) {
        app.shared.keep_spec(&host, Some(spec.other()), app.now());
        store::write(
            &app.db,
            vec![store::instances::remember_specs(&[(host.as_str(), spec.other().as_str())])],
        )
        .await?;
    }
    Ok(second)
}

/// Counts a request to a third server that somebody elsewhere causes.
///
/// Error: [`Error::unasked`] where they have had as many as they may cause in an hour: a job tries again later.
async fn count(app: &App, host: &str) -> Result<()> {
    let cause = app.cause.borrow().clone();
    if !cause.is_third(host) {
        return Ok(());
    }
    let (day, now) = (budget::day(app.now()), app.now());
    let limits = cause.by.fetch_limits(host);
    let subjects: Vec<String> = limits.iter().map(|(name, _)| budget::fetches(name, now)).collect();
    let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
    // What the cause has had was read with it; of strangers there is more to look at.
    let mut stored = match subjects.get(1..) {
        Some(others) if !others.is_empty() => store::load(&app.db, store::budgets::used(others, day)).await?,
        _ => HashMap::new(),
    };
    let own = budget::fetches(cause.by.cause(), now);
    stored.insert(own.clone(), cause.fetches);
    let due = {
        let mut pending = app.shared.budgets.borrow_mut();
        for (subject, (name, limit)) in subjects.iter().zip(&limits) {
            if stored.get(*subject).copied().unwrap_or(0) + pending.of(day, subject) >= *limit {
                return Err(Error::unasked(format!("{name} has made us ask enough this hour")));
            }
        }
        pending.add_in_steps(day, &subjects, 1, budget::FETCH_STEP)
    };
    if !due.is_empty() {
        app.cause.borrow_mut().fetches += due.iter().filter(|(s, _)| *s == own).map(|(_, n)| n).sum::<i64>();
        store::write(&app.db, vec![store::budgets::add(&due, day)]).await?;
    }
    Ok(())
}

/// What is read of an answer.
#[derive(Debug, Clone, Copy)]
struct Limits<'a> {
    /// What is too long is cut.
    is_cut: bool,
    timeout_ms: u32,
    /// Of what is known already.
    etag: Option<&'a str>,
}

const WHOLE: Limits<'_> = Limits { is_cut: false, timeout_ms: TIMEOUT_MS, etag: None };

async fn once(
    app: &App,
    url: &SafeUrl,
    accept: &str,
    spec: Option<Spec>,
    limits: Limits<'_>,
) -> Result<Incoming> {
    count(app, &url.host()).await?;
    let mut headers = match spec {
        Some(spec) => {
            let key = sign::instance_key(app).await?;
            sign::headers(app, &key, spec, "GET", url, None).await?
        }
        None => vec![("User-Agent".to_owned(), app.config.user_agent())],
    };
    headers.push(("Accept".into(), accept.into()));
    headers.extend(limits.etag.map(|etag| ("If-None-Match".to_owned(), etag.to_owned())));
    let request = Outgoing {
        method: "GET",
        url: url.clone(),
        headers,
        body: Vec::new(),
        max_bytes: MAX_BODY,
        is_cut: limits.is_cut,
        timeout_ms: limits.timeout_ms,
    };
    app.http.fetch(request).await
}
