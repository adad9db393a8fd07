//! What handling an event may use, borrowed as `&App`.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::activitypub::wire::signature::failed_keys::FailedKeys;
use crate::activitypub::wire::signature::{SigningKey, Spec};
use crate::config::Config;
use crate::http::request::Request;
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::budget::{By, Cause, Lately, Pending};
use crate::model::check::Looked;
use crate::model::id::Id;
use crate::model::ledger::{self, Measure, Source, Usage};
use crate::model::live::Listener;
use crate::model::media;
use crate::model::personal::{Person, Personal};
use crate::model::proxy::Links;
use crate::model::rate_limit::{Counters, Standing};
use crate::model::retention::Fill;
use crate::model::role::Permission;
use crate::model::site::{Domain, Site, host_of};
use crate::model::spam::Tally;
use crate::model::time::{SECOND, Time};
use crate::model::user::User;
use crate::platform::fetch::Passed;
use crate::platform::sql::{Cost, Meter};
use crate::platform::{
    Blobs, Body, Clock, Crypto, Db, Heavy, Http, Images, Limiter, Live, Mail, Pages, Queue, Random,
};

/// What an isolate caches between events. Other isolates may have changed it since: see
/// [`Shared::SITE_LIFETIME`].
#[derive(Default)]
pub struct Shared {
    site: RefCell<Option<(Rc<Site>, Time)>>,
    pub is_schema_ready: Cell<bool>,
    /// Decrypted private keys of local accounts.
    keys: RefCell<HashMap<Id, Rc<SigningKey>>>,
    /// Keys that are not fetched again for a while.
    pub failed_keys: RefCell<FailedKeys>,
    /// Requests by caller.
    pub counters: RefCell<Counters>,
    /// The account of a token's hash when it was last seen: an assumption for reads in the same round trip as
    /// the authentication.
    viewers: RefCell<HashMap<Vec<u8>, Id>>,
    /// By a token's hash: its id, and whose it was when it was last seen.
    seen: RefCell<HashMap<Vec<u8>, (Id, Person)>>,
    /// The signature scheme that a host accepts (`None` where it is blocked), and when that was read.
    specs: RefCell<HashMap<String, (Option<Spec>, Time)>>,
    /// Whether files of a host are passed on, and when that was read.
    rejected: RefCell<HashMap<String, (bool, Time)>>,
    /// Rows written by the activities of other servers that are not stored yet.
    pub budgets: RefCell<Pending>,
    /// What people here have used today.
    pub personal: RefCell<Personal>,
    /// What was done lately because of them.
    pub lately: RefCell<Lately>,
    /// By push service: the token that it gets (RFC 8292), and until when it is used.
    push_tokens: RefCell<HashMap<String, (String, Time)>>,
    /// Who listens to live streams, and the number of subscriptions that was known when it was read.
    listeners: RefCell<Option<(Rc<Vec<Listener>>, i64)>>,
    /// The ids given out in this millisecond, and the millisecond.
    drawn: RefCell<(i64, HashSet<Id>)>,
    /// The checks of `/health`, and when they were made.
    pub health: RefCell<Option<Looked>>,
    /// What was used of the plan's quotas and is not stored yet.
    pub ledger: RefCell<ledger::Pending>,
    /// Bytes of the database when the site was read.
    pub size: Cell<Option<u64>>,
    /// Matches of rules against spam that are not stored yet.
    pub matches: RefCell<Tally>,
}

impl Shared {
    /// How long the site's settings are cached, in milliseconds.
    pub const SITE_LIFETIME: i64 = 60_000;
    /// Maximum number of entries of a cache, which is cleared then.
    const MAX: usize = 500;

    /// How many ids of one millisecond are stored: half of all.
    const MAX_DRAWN: usize = 2_048;

    /// This id, or the next one that was not given out yet. Otherwise a statement that inserts sixty rows
    /// would use an id twice in a third of all cases: ids have twelve random bits, and the clock stands still
    /// between two round trips.
    fn unused(&self, mut id: Id) -> Id {
        let (now, drawn) = &mut *self.drawn.borrow_mut();
        if id.unix_ms() != *now || drawn.len() >= Self::MAX_DRAWN {
            *now = id.unix_ms();
            drawn.clear();
        }
        while !drawn.insert(id) {
            id = Id(id.0 + 1);
        }
        id
    }

    /// The site, if it was read within the last minute.
    pub fn site(&self, now: Time) -> Option<Rc<Site>> {
        let site = self.site.borrow();
        site.as_ref()
            .filter(|(_, read_at)| now.0 - read_at.0 < Self::SITE_LIFETIME)
            .map(|(site, _)| site.clone())
    }

    pub fn keep_site(&self, site: Rc<Site>, now: Time) {
        *self.site.borrow_mut() = Some((site, now));
    }

    /// This isolate has stored so much use of the day that begins with the hour `since`: what it knows as stored contains it
    /// from now on, and not only once the site is read again.
    pub fn note_stored(&self, since: i64, used: &Usage) {
        if let Some((site, _)) = self.site.borrow_mut().as_mut() {
            let usage = &mut Rc::make_mut(site).usage;
            // That of the day before ends with it.
            let known = if usage.0 == since { usage.1 } else { Usage::default() };
            *usage = (since, known.plus(used));
        }
    }

    /// This isolate has noted that somebody of the staff is here on this day: it is not noted again before the site is read.
    pub fn note_staff(&self, day: i64) {
        if let Some((site, _)) = self.site.borrow_mut().as_mut() {
            Rc::make_mut(site).sign_up.staff_seen_on = day;
        }
    }

    pub fn key(&self, account: Id) -> Option<Rc<SigningKey>> {
        self.keys.borrow().get(&account).cloned()
    }

    pub fn keep_key(&self, account: Id, key: Rc<SigningKey>) {
        let mut keys = self.keys.borrow_mut();
        if keys.len() >= Self::MAX {
            keys.clear();
        }
        keys.insert(account, key);
    }

    /// The signature scheme of a host, if read within the last minute; `Some(None)` where it is blocked.
    pub fn spec(&self, host: &str, now: Time) -> Option<Option<Spec>> {
        let specs = self.specs.borrow();
        specs.get(host).filter(|(_, at)| now.0 - at.0 < Self::SITE_LIFETIME).map(|(spec, _)| *spec)
    }

    pub fn keep_spec(&self, host: &str, spec: Option<Spec>, now: Time) {
        let mut specs = self.specs.borrow_mut();
        if specs.len() >= Self::MAX {
            specs.clear();
        }
        specs.insert(host.to_owned(), (spec, now));
    }

    /// Whether no files of a host are passed on, if read within the last minute.
    pub fn is_media_rejected(&self, host: &str, now: Time) -> Option<bool> {
        let rejected = self.rejected.borrow();
        rejected.get(host).filter(|(_, at)| now.0 - at.0 < Self::SITE_LIFETIME).map(|(is, _)| *is)
    }

    pub fn keep_media_rejected(&self, host: &str, is_rejected: bool, now: Time) {
        let mut rejected = self.rejected.borrow_mut();
        if rejected.len() >= Self::MAX {
            rejected.clear();
        }
        rejected.insert(host.to_owned(), (is_rejected, now));
    }

    /// The token for a push service, if there is one that is still used.
    pub fn push_token(&self, origin: &str, now: Time) -> Option<String> {
        let tokens = self.push_tokens.borrow();
        tokens.get(origin).filter(|(_, until)| *until > now).map(|(token, _)| token.clone())
    }

    pub fn keep_push_token(&self, origin: String, token: String, until: Time) {
        let mut tokens = self.push_tokens.borrow_mut();
        if tokens.len() >= Self::MAX {
            tokens.clear();
        }
        tokens.insert(origin, (token, until));
    }

    /// The probable account of a token.
    pub fn viewer(&self, token_hash: &[u8]) -> Option<Id> {
        self.viewers.borrow().get(token_hash).copied()
    }

    pub fn keep_viewer(&self, token_hash: Vec<u8>, account: Id) {
        let mut viewers = self.viewers.borrow_mut();
        if viewers.len() >= Self::MAX {
            viewers.clear();
        }
        viewers.insert(token_hash, account);
    }

    /// The id of a token, and whose it was when it was last seen.
    pub fn seen(&self, token_hash: &[u8]) -> Option<(Id, Person)> {
        self.seen.borrow().get(token_hash).copied()
    }

    pub fn keep_seen(&self, token_hash: Vec<u8>, token: Id, person: Person) {
        let mut seen = self.seen.borrow_mut();
        if seen.len() >= Self::MAX {
            seen.clear();
        }
        seen.insert(token_hash, (token, person));
    }

    /// Who listens to live streams, if nobody has subscribed to more since that was read: `subscriptions` is their number
    /// now. Some of them may have left.
    pub fn listeners(&self, subscriptions: i64) -> Option<Rc<Vec<Listener>>> {
        let listeners = self.listeners.borrow();
        listeners.as_ref().filter(|(_, then)| *then == subscriptions).map(|(all, _)| all.clone())
    }

    pub fn keep_listeners(&self, listeners: Rc<Vec<Listener>>, subscriptions: i64) {
        *self.listeners.borrow_mut() = Some((listeners, subscriptions));
    }

    /// The site was changed by this isolate.
    pub fn forget_site(&self) {
        *self.site.borrow_mut() = None;
    }
}

/// What work takes of an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Need {
    /// D1 statements; of a batch each one.
    pub statements: u32,
    /// Requests to other servers, each of them signed.
    pub fetches: u32,
}

/// The free plan gives an invocation fifty D1 statements, fifty requests and ten milliseconds of CPU, in which some ten
/// signatures fit (docs/cost.md). Background work keeps below that: what does not fit is a row, and is done by a later
/// invocation.
pub const MAX_STATEMENTS: u32 = 45;
/// Of all kinds: D1 trips, calls of the queue, requests to other servers.
pub const MAX_REQUESTS: u32 = 40;
pub const MAX_SIGNATURES: u32 = 10;

pub struct App {
    pub db: Db,
    pub queue: Queue,
    pub http: Http,
    pub blobs: Blobs,
    pub images: Images,
    pub heavy: Heavy,
    pub live: Live,
    pub mail: Mail,
    pub limiter: Limiter,
    pub pages: Pages,
    pub crypto: Crypto,
    pub clock: Clock,
    pub random: Random,
    pub meter: Meter,
    /// What of the meter's costs is in the ledger.
    pub counted: Cell<Cost>,
    pub config: Rc<Config>,
    pub shared: Rc<Shared>,
    /// The site as of this event.
    pub site: RefCell<Rc<Site>>,
    /// Committed work that may start once the response is sent, and who makes us do it.
    pub hints: RefCell<Vec<(Cause, Message)>>,
    /// What this invocation keeps free for work that comes last.
    pub reserved: Cell<Need>,
    /// Who elsewhere makes us do what we do now.
    pub cause: RefCell<Cause>,
    /// Who has sent the request, once that is known.
    pub person: Cell<Option<Person>>,
    /// The limit that is shown to them, where it is another than that of the route.
    pub standing: Cell<Option<Standing>>,
    /// The request's body where it is multipart, or larger than others may be: it is read once the route is known.
    pub incoming: RefCell<Option<Body>>,
    /// The response's body, where it comes from another server: the platform sends it.
    pub passed: RefCell<Option<Passed<Body>>>,
}

impl App {
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Whether somebody's role has a permission, as the roles were within the last minute.
    pub fn may(&self, user: &User, wanted: Permission) -> bool {
        self.site().roles.permissions(user.role).allows(wanted)
    }

    /// A new id for the current time.
    pub fn new_id(&self) -> Id {
        self.shared.unused(Id::at(self.now().0, self.random.u64()))
    }

    /// A new key of a stored file.
    pub fn new_key(&self) -> String {
        media::key(u128::from(self.random.u64()) << 64 | u128::from(self.random.u64()))
    }

    /// Two new ids for the current time, the lesser first.
    pub fn two_ids(&self) -> (Id, Id) {
        let (a, b) = (self.new_id(), self.new_id());
        (a.min(b), a.max(b))
    }

    /// A new id for another time (a remote status has the time of its publication), not later than now.
    pub fn id_at(&self, time: Time) -> Id {
        let now = self.now().0;
        Id::within_second(time.0.min(now), now, self.random.u64())
    }

    /// The id of a remote status: the one that follows from its uri, where that agrees with its time; then the uri is in no
    /// index of its own (`store::uris`). Where that id is taken, the next `attempt` is another one.
    pub fn id_of_status(&self, uri: &str, time: Time, attempt: usize) -> Id {
        const MAY_DIFFER: i64 = 10 * SECOND;
        let agrees = |id: &Id| (id.unix_ms() - time.0).abs() <= MAY_DIFFER && id.unix_ms() <= self.now().0;
        let said = Id::of_uri(uri).filter(|id| attempt == 0 && agrees(id));
        said.unwrap_or_else(|| self.id_at(time))
    }

    pub fn site(&self) -> Rc<Site> {
        self.site.borrow().clone()
    }

    /// How full the database is: after the last round trip of this event, or as of the last minute. `None` where nothing was
    /// read yet.
    pub fn fill(&self) -> Option<Fill> {
        self.site().fill(self.meter.size().or(self.shared.size.get()))
    }

    /// The instance's primary domain; before set-up, that of the configuration.
    pub fn primary(&self) -> Domain {
        let domain = self.site().primary();
        if domain.handle_domain.is_empty() {
            return Domain {
                handle_domain: self.config.host().to_owned(),
                web_origin: self.config.public_origin.clone(),
                is_primary: true,
                ..Domain::default()
            };
        }
        domain
    }

    /// The domain whose origin is that of the instance itself; before set-up, that of the configuration.
    pub fn home(&self) -> Domain {
        let domain = self.site().home();
        if domain.handle_domain.is_empty() { self.primary() } else { domain }
    }

    /// The handle domains of the accounts that a path of the request may name.
    pub fn domains_asked(&self, request: &Request) -> Vec<String> {
        self.site().sharing(&self.domain_asked(request).handle_domain)
    }

    /// Makes the addresses of files for clients and pages.
    pub fn links(&self) -> Links {
        let requests = if self.config.has_daily_quotas { self.used_today().of(Measure::Requests) } else { 0 };
        Links::new(self.config.proxy_key, &self.home().web_origin, self.site(), requests)
            .with_bucket(self.config.media_origin.as_deref())
    }

    /// The web origin of a local account.
    pub fn origin_of(&self, account: &Account) -> String {
        let domain =
            account.domain_id.and_then(|id| self.site().domain_by_id(id).map(|d| d.web_origin.clone()));
        domain.unwrap_or_else(|| self.config.public_origin.clone())
    }

    /// The local domain of a request. Its Host header selects one of them, and is not used for anything else.
    pub fn domain_asked(&self, request: &Request) -> Domain {
        let host = request.header("host").unwrap_or("").trim().to_ascii_lowercase();
        let host = host.strip_suffix(":443").unwrap_or(&host);
        let asked = self.site().domains.iter().find(|d| host_of(&d.web_origin) == host).cloned();
        asked.unwrap_or_else(|| self.home())
    }

    /// The handle domain of the account with the handle `name@typed`, as it is stored: the one of ours that `typed` names
    /// (a handle domain, or the host of a web origin), else `typed` in canonical form; that of `here` without one. `None`
    /// where it is no domain.
    pub fn handle_domain(&self, typed: Option<&str>, here: Domain) -> Option<String> {
        let Some(typed) = typed else { return Some(here.handle_domain) };
        let domain = crate::platform::guard::normalise_domain(typed)?;
        Some(self.site().find_domain(&domain).map_or(domain, |ours| ours.handle_domain.clone()))
    }

    /// Like [`handle_domain`](Self::handle_domain), with those that share its origin: where it is ours, a name is there once.
    pub fn handle_domains(&self, typed: Option<&str>, here: Domain) -> Option<Vec<String>> {
        self.handle_domain(typed, here).map(|domain| self.site().sharing(&domain))
    }

    /// Whether work waits for the end of the response.
    pub fn has_work(&self) -> bool {
        let is_heard = self.live.is_bound() && self.meter.has_changes();
        let is_counted = self.shared.personal.borrow().is_due();
        !self.hints.borrow().is_empty() || self.meter.has_pushes() || is_heard || is_counted
    }

    /// The committed work that waits. Posts are distributed first, then come push messages: what else there is may ask
    /// servers that take their time, and an invocation ends half a minute after its response.
    pub fn take_work(&self) -> Vec<(Cause, Message)> {
        let mut work = self.hints.take();
        let mut pushed = self.meter.take_pushes();
        if !pushed.is_empty() {
            // Those beyond are found once a day.
            pushed.truncate(crate::model::push::MOST_TOLD);
            work.push((Cause::default(), Message::Pushed(pushed)));
        }
        work.sort_by_key(|(_, message)| match message {
            Message::Distribute(_) => 0,
            Message::Pushed(_) => 1,
            _ => 2,
        });
        work
    }

    /// Records committed work, which starts once the response is sent.
    pub fn hint(&self, message: Message) {
        let cause = self.cause.borrow().clone();
        self.hints.borrow_mut().push((cause, message));
    }

    /// Whose activity makes us do what we do now.
    pub fn cause(&self) -> By {
        self.cause.borrow().by.clone()
    }

    /// Does something because of an activity of `cause`.
    pub async fn caused_by<T>(&self, cause: Cause, work: impl Future<Output = T>) -> T {
        let before = self.cause.replace(cause);
        let done = work.await;
        self.cause.replace(before);
        done
    }

    pub fn cost(&self) -> Cost {
        self.meter.total()
    }

    /// Adds to the ledger what this event has cost since the last call, and `requests` from outside.
    pub fn account_for(&self, source: Source, requests: i64) {
        let (now, before) = (self.cost(), self.counted.replace(self.cost()));
        let mut used = Usage::default();
        used.add(Measure::Requests, requests);
        for (measure, now, before) in [
            (Measure::RowsRead, now.rows_read, before.rows_read),
            (Measure::RowsWritten, now.rows_written, before.rows_written),
            (Measure::QueueOperations, now.queue_operations.into(), before.queue_operations.into()),
            (Measure::ObjectRequests, now.object_requests.into(), before.object_requests.into()),
            (Measure::FileReads, now.blob_reads.into(), before.blob_reads.into()),
            (Measure::FileWrites, now.blob_writes.into(), before.blob_writes.into()),
            (Measure::FileBytes, now.blob_bytes, before.blob_bytes),
        ] {
            used.add(measure, i64::try_from(now.saturating_sub(before)).unwrap_or(i64::MAX));
        }
        self.shared.ledger.borrow_mut().add(source, &used, self.now());
    }

    /// What was used of today's quotas: what is stored as of the last minute, and what this isolate has not stored yet.
    pub fn used_today(&self) -> Usage {
        let (now, site) = (self.now(), self.site());
        let pending = self.shared.ledger.borrow().today(now);
        let (since, stored) = &site.usage;
        if *since == ledger::first_hour(now) { pending.plus(stored) } else { pending }
    }

    /// What the plan gives a day: nothing is counted against it where it is a paid one, and of files where they lie in R2.
    pub fn quota(&self, measure: Measure) -> Option<i64> {
        let is_of_files = matches!(measure, Measure::FileReads | Measure::FileWrites);
        let has_quota = self.config.has_daily_quotas && !(is_of_files && self.blobs.is_bucket());
        measure.quota().filter(|_| has_quota)
    }

    /// Whether the day's quotas have enough left for this work; a paid plan has none for a day.
    pub fn allows(&self, work: ledger::Work) -> bool {
        !self.config.has_daily_quotas
            || ledger::allows(&self.used_today(), work, |measure| self.quota(measure))
    }

    /// Whether this invocation has so much left, beyond what is reserved.
    pub fn has_room(&self, need: Need) -> bool {
        let (used, kept) = (self.cost(), self.reserved.get());
        // A fetch comes with a trip to the database.
        let requests = used.requests() + 2 * (kept.fetches + need.fetches) + u32::from(need.fetches == 0);
        used.statements + kept.statements + need.statements <= MAX_STATEMENTS
            && used.signatures + kept.fetches + need.fetches <= MAX_SIGNATURES
            && requests <= MAX_REQUESTS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_differ() {
        let shared = Shared::default();
        // Every value of the entropy is drawn eight times.
        let ids: HashSet<Id> = (0..2_000).map(|n| shared.unused(Id::at(1_790_000_000_000, n / 8))).collect();
        assert_eq!(ids.len(), 2_000);
        let last = Id::at(1_790_000_000_000, 4_095);
        assert_eq!((shared.unused(last), shared.unused(last).0), (last, last.0 + 1));
        for n in 0..3_000 {
            shared.unused(Id::at(1_790_000_000_001, n));
        }
        assert!(shared.drawn.borrow().1.len() <= Shared::MAX_DRAWN);
    }
}
