//! What three instances must agree on after all deliveries, and what none of them may have missed.

use std::collections::{BTreeMap, BTreeSet};

use sori::model::id::Id;
use sori::platform::sql::{Row, Statement};

use super::World;
use crate::app::TestApp;

/// Rows of pending work.
pub fn waiting(app: &TestApp) -> i64 {
    // A suspended account is deleted after thirty days: that waits.
    app.count("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM chunks) + (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM jobs WHERE kind <> 'expire') AS n")
}

fn rows(app: &TestApp, sql: &'static str) -> Vec<Row> {
    pollster::block_on(app.db.query(Statement::new(sql))).unwrap()
}

type Pairs = BTreeSet<(String, String)>;

/// Pairs of texts from a query with the columns `x` and `y`.
fn pairs(app: &TestApp, sql: &'static str) -> Pairs {
    rows(app, sql).iter().map(|r| (r.text("x").unwrap(), r.text("y").unwrap())).collect()
}

const FOLLOWS: &str = "SELECT a.uri AS x, t.uri AS y FROM follows f JOIN accounts a ON a.id = f.account_id JOIN accounts t ON t.id = f.target_id";
const REQUESTS: &str = "SELECT a.uri AS x, t.uri AS y FROM follow_requests f JOIN accounts a ON a.id = f.account_id JOIN accounts t ON t.id = f.target_id";
const BLOCKS: &str = "SELECT a.uri AS x, t.uri AS y FROM blocks f JOIN accounts a ON a.id = f.account_id JOIN accounts t ON t.id = f.target_id";
const LIKES: &str = "SELECT a.uri AS x, s.uri AS y FROM favourites f JOIN accounts a ON a.id = f.account_id JOIN statuses s ON s.id = f.status_id";
const REACTIONS: &str = "SELECT a.uri || ' ' || r.name AS x, s.uri AS y FROM reactions r JOIN accounts a ON a.id = r.account_id JOIN statuses s ON s.id = r.status_id";
const QUOTES: &str = "SELECT s.uri AS x, q.uri AS y FROM statuses s JOIN statuses q ON q.id = s.quote_of_id WHERE s.quote_state = 'accepted'";
const VOTES: &str = "SELECT a.uri || ' ' || v.choice AS x, s.uri AS y FROM poll_votes v JOIN accounts a ON a.id = v.account_id JOIN statuses s ON s.id = v.status_id";
const STATUSES: &str = "SELECT s.uri AS x, coalesce((SELECT group_concat(d, ', ') FROM (SELECT (value ->> 'description') || ' ' || \
    (value ->> 'width') || ' ' || (value ->> 'blurhash') AS d FROM json_each(s.media) ORDER BY key)), '') || s.content || coalesce(r.uri, '') AS y \
    FROM statuses s LEFT JOIN statuses r ON r.id = s.reblog_of_id";
const PROFILES: &str = "SELECT uri AS x, display_name AS y FROM accounts WHERE actor_type = 'Person'";

fn home_of(uri: &str) -> &str {
    uri.strip_prefix("https://").and_then(|r| r.split('/').next()).unwrap_or("")
}

/// `ada@a.example` from `https://a.example/users/ada…`.
fn handle_of(uri: &str) -> String {
    let name = uri.split("/users/").nth(1).and_then(|r| r.split(['/', '#', ' ']).next()).unwrap_or("");
    format!("{name}@{}", home_of(uri))
}

/// The text without the fallback for servers that do not support quotes.
fn plain(html: &str) -> String {
    let own = html.split("<span class=\"quote-inline\">").next().unwrap_or(html);
    sori::text::sanitize::plain(own)
}

struct Comparison<'a> {
    world: &'a World,
    wrong: Vec<String>,
}

impl Comparison<'_> {
    fn by_host(&self, sql: &'static str) -> BTreeMap<String, Pairs> {
        self.world.apps.iter().map(|app| (app.host.clone(), pairs(app, sql))).collect()
    }

    fn are_separated(&self, a: &str, b: &str) -> bool {
        self.world.separated.contains(&(handle_of(a), handle_of(b)))
    }

    /// When a follow began, by the target's server: its row, or the answer to its request.
    fn since(&self, row: Id, follower: &str, target: &str) -> Id {
        let accepted_at = self.world.accepted_at.get(&(handle_of(follower), handle_of(target)));
        accepted_at.map_or(row, |at| row.max(Id::floor(*at)))
    }

    /// Whether an account of `host` has followed the author since before the status.
    fn followed_before(&self, host: &str, uri: &str) -> bool {
        let Some(home) = self.world.apps.iter().find(|a| a.host == home_of(uri)) else { return false };
        let sql = "SELECT a.uri AS follower, t.uri AS author, f.id AS id FROM follows f JOIN accounts a ON a.id = f.account_id \
                   JOIN accounts t ON t.id = f.target_id AND t.domain_id IS NOT NULL";
        let id = Id::parse(uri.rsplit('/').next().unwrap_or("")).unwrap_or_default();
        rows(home, sql).iter().any(|row| {
            let (follower, author) = (row.text("follower").unwrap(), row.text("author").unwrap());
            home_of(&follower) == host
                && handle_of(&author) == handle_of(uri)
                && self.since(row.id("id").unwrap(), &follower, &author) < id
        })
    }

    /// Both servers agree on ties between two accounts; accounts that were suspended or deleted are excluded.
    fn ties(&mut self, what: &str, sql: &'static str) {
        let all = self.by_host(sql);
        for (host, ties) in &all {
            for (a, b) in ties {
                let is_unsure = |uri: &&String| {
                    let handle = handle_of(uri);
                    self.world.suspended_at.contains_key(&handle) || self.world.deleted.contains_key(&handle)
                };
                if [a, b].iter().any(is_unsure) {
                    continue;
                }
                for side in [home_of(a), home_of(b)] {
                    if !all[side].contains(&(a.clone(), b.clone())) {
                        self.wrong.push(format!("{host} says that {a} {what} {b}; {side} does not"));
                    }
                }
            }
        }
    }

    /// Both servers agree on what is quoted. A copy that a server fetched by itself is exempt, as in `texts`: it gets no
    /// Delete of the quoting status either.
    fn quotes(&mut self, statuses: &BTreeMap<String, Pairs>) {
        let all = self.by_host(QUOTES);
        let mut said = all.clone();
        for (host, quotes) in &mut said {
            quotes.retain(|(quoting, _)| self.was_sent_to(host, quoting));
        }
        self.agree("quotes", &said, &all, statuses);
    }

    /// Both servers agree on interactions with a status, where they have it.
    fn interactions(&mut self, what: &str, sql: &'static str, statuses: &BTreeMap<String, Pairs>) {
        let all = self.by_host(sql);
        self.agree(what, &all, &all, statuses);
    }

    /// What each server says of `said` is true on both servers that it is about, by `all`.
    fn agree(
        &mut self,
        what: &str,
        said: &BTreeMap<String, Pairs>,
        all: &BTreeMap<String, Pairs>,
        statuses: &BTreeMap<String, Pairs>,
    ) {
        for (host, interactions) in said {
            for (who, status) in interactions {
                if self.are_separated(who, status) {
                    continue;
                }
                for side in [home_of(who), home_of(status)] {
                    let is_here = statuses[side].iter().any(|(uri, _)| uri == status);
                    if is_here && !all[side].contains(&(who.clone(), status.clone())) {
                        self.wrong.push(format!("{host} says that {who} {what} {status}; {side} does not"));
                    }
                }
            }
        }
    }

    /// Every copy of a status has its author's text.
    fn texts(&mut self, statuses: &BTreeMap<String, Pairs>) {
        let own: BTreeMap<&String, &String> = statuses
            .iter()
            .flat_map(|(host, all)| all.iter().filter(move |(uri, _)| home_of(uri) == host))
            .map(|(uri, content)| (uri, content))
            .collect();
        let sql = "SELECT uri AS x, '' AS y FROM statuses WHERE is_local = 1 AND visibility = 2";
        let private: BTreeSet<String> =
            self.by_host(sql).into_values().flatten().map(|(uri, _)| uri).collect();
        for (host, all) in statuses {
            for (uri, content) in all {
                // Nothing new of suspended accounts is received while they are hidden.
                if !self.was_sent_to(host, uri) || self.world.suspended_at.contains_key(&handle_of(uri)) {
                    continue;
                }
                // A mentioned account that was deleted since has no server to send to.
                let is_deleted = self.world.deleted.keys().any(|gone| gone.ends_with(&format!("@{host}")));
                if is_deleted && !self.followed_before(host, uri) {
                    continue;
                }
                match own.get(uri) {
                    None => self.wrong.push(format!("{host} has {uri}, which its author does not have")),
                    // Private statuses are sent to followers only; a former follower keeps the old version.
                    Some(there)
                        if plain(there) != plain(content)
                            && (!private.contains(uri) || self.followed_before(host, uri)) =>
                    {
                        self.wrong.push(format!("{host} has another text of {uri}: {content} / {there}"));
                    }
                    Some(_) => {}
                }
            }
        }
    }

    /// A server that fetched a status by itself (a boost or a parent) gets no updates of it.
    fn was_sent_to(&self, host: &str, uri: &str) -> bool {
        home_of(uri) == host || self.world.sent.contains(&(host.to_owned(), uri.to_owned()))
    }

    /// Every status that was published while an account followed is at the follower's server.
    fn all_statuses_arrived(&mut self, statuses: &BTreeMap<String, Pairs>) {
        for app in &self.world.apps {
            let sql = "SELECT a.uri AS follower, t.uri AS author, f.id AS follow_id, s.id AS status_id, s.uri AS uri FROM follows f \
                       JOIN accounts a ON a.id = f.account_id AND a.domain_id IS NULL JOIN accounts t ON t.id = f.target_id AND t.domain_id IS NOT NULL \
                       JOIN statuses s ON s.account_id = t.id AND s.is_local = 1 AND s.visibility < 3 AND s.id > f.id AND s.reblog_of_id IS NULL";
            for row in rows(app, sql) {
                let (follower, uri) = (row.text("follower").unwrap(), row.text("uri").unwrap());
                let since = self.since(row.id("follow_id").unwrap(), &follower, &row.text("author").unwrap());
                if since < row.id("status_id").unwrap()
                    && !self.are_separated(&follower, &uri)
                    && !statuses[home_of(&follower)].iter().any(|(u, _)| *u == uri)
                {
                    self.wrong.push(format!(
                        "{} never got {uri}, though {follower} follows its author",
                        home_of(&follower)
                    ));
                }
            }
            let sql = "SELECT s.uri AS x, j.value ->> 'uri' AS y FROM statuses s CROSS JOIN json_each(s.mentions) j WHERE s.is_local = 1";
            for (uri, mentioned) in pairs(app, sql) {
                if !self.are_separated(&mentioned, &uri)
                    && !statuses[home_of(&mentioned)].iter().any(|(u, _)| *u == uri)
                {
                    self.wrong.push(format!("{mentioned} never got {uri}, which mentions them"));
                }
            }
        }
    }

    /// Who is followed from where, (server of the follower, author's server, author), since before their last
    /// change.
    fn watched(&self, changes: &BTreeMap<String, i64>) -> Vec<(String, String, String)> {
        let mut all = Vec::new();
        for app in &self.world.apps {
            let sql = "SELECT a.uri AS follower, t.uri AS author, f.id AS id FROM follows f JOIN accounts a ON a.id = f.account_id AND a.domain_id IS NULL \
                       JOIN accounts t ON t.id = f.target_id AND t.domain_id IS NOT NULL";
            for row in rows(app, sql) {
                let (follower, author) = (row.text("follower").unwrap(), row.text("author").unwrap());
                let since = self.since(row.id("id").unwrap(), &follower, &author);
                if changes.get(&handle_of(&author)).is_some_and(|changed| Id::floor(*changed) >= since) {
                    all.push((home_of(&follower).to_owned(), app.host.clone(), author));
                }
            }
        }
        all
    }

    /// A follower's server shows the current profile, if it followed when that changed.
    fn profiles(&mut self) {
        let all = self.by_host(PROFILES);
        // Nothing of suspended accounts is shown.
        let hidden = self.by_host("SELECT uri AS x, '' AS y FROM accounts WHERE suspended_at IS NOT NULL");
        for (host, home, author) in self.watched(&self.world.profiles) {
            if hidden[&home].iter().any(|(uri, _)| *uri == author) {
                continue;
            }
            let name = |host: &String| {
                all[host].iter().find(|(uri, _)| *uri == author).map(|(_, name)| name.clone())
            };
            if name(&host) != name(&home) {
                let wrong = format!("{host} calls {author} {:?}, who is {:?}", name(&host), name(&home));
                self.wrong.push(wrong);
            }
        }
    }

    /// A follower's server knows about a suspension, if it followed when that changed.
    fn suspensions(&mut self) {
        let sql = "SELECT uri AS x, CASE WHEN suspended_at IS NULL THEN 'speaks' ELSE 'is suspended' END AS y FROM accounts WHERE actor_type = 'Person' AND deleted_at IS NULL";
        let all = self.by_host(sql);
        for (host, home, author) in self.watched(&self.world.suspended_at) {
            let fate = |host: &String| {
                all[host].iter().find(|(uri, _)| *uri == author).map(|(_, fate)| fate.clone())
            };
            if fate(&host) != fate(&home) {
                let wrong = format!("{host} says that {author} {:?}, who {:?}", fate(&host), fate(&home));
                self.wrong.push(wrong);
            }
        }
    }

    /// A deleted account is gone from every server that its own one sent to; its name stays reserved at home.
    fn deletions(&mut self) {
        for app in &self.world.apps {
            for (uri, _) in pairs(app, "SELECT uri AS x, '' AS y FROM accounts WHERE deleted_at IS NULL") {
                let told = self.world.deleted.get(&handle_of(&uri));
                if told.is_some_and(|hosts| hosts.contains(&app.host) || home_of(&uri) == app.host) {
                    self.wrong.push(format!("{} still has {uri}, who has left", app.host));
                }
            }
        }
    }

    /// Each forwarded report has arrived once.
    fn reports(&mut self) {
        for (target, comment) in &self.world.reports {
            let Some(app) = self.world.apps.iter().find(|a| target.ends_with(&format!("@{}", a.host))) else {
                continue;
            };
            if self.world.deleted.contains_key(target) {
                continue;
            }
            let all = pairs(app, "SELECT comment || ' ' || id AS x, '' AS y FROM reports");
            let times = all.iter().filter(|(text, _)| text.starts_with(&format!("{comment} "))).count();
            if times != 1 {
                self.wrong.push(format!(
                    "{} has {times} times what was to be told of {target}: {comment}",
                    app.host
                ));
            }
        }
    }

    fn counters(&mut self) {
        for app in &self.world.apps {
            for (what, sql) in [
                (
                    "favourites_count",
                    "SELECT count(*) AS n FROM statuses s WHERE favourites_count <> (SELECT count(*) FROM favourites WHERE status_id = s.id)",
                ),
                // Those of others' statuses do not go down when what was counted is older than six hours (decision 0010).
                (
                    "reblogs_count",
                    "SELECT count(*) AS n FROM (SELECT is_local, reblogs_count AS said, \
                     (SELECT count(*) FROM statuses WHERE reblog_of_id = s.id AND visibility <= 1) AS found FROM statuses s) \
                     WHERE said < found OR (is_local = 1 AND said <> found)",
                ),
                (
                    "replies_count",
                    "SELECT count(*) AS n FROM (SELECT is_local, replies_count AS said, \
                     (SELECT count(*) FROM statuses WHERE in_reply_to_id = s.id) AS found FROM statuses s) \
                     WHERE said < found OR (is_local = 1 AND said <> found)",
                ),
                (
                    "followers_count",
                    "SELECT count(*) AS n FROM accounts a WHERE followers_count <> (SELECT count(*) FROM follows WHERE target_id = a.id)",
                ),
                ("receipts", "SELECT count(*) AS n FROM receipts WHERE refused LIKE '%not answer%'"),
            ] {
                let n = app.count(sql);
                if n != 0 {
                    self.wrong.push(format!("{}: {n} wrong {what}", app.host));
                }
            }
            let refused = "SELECT t.refused AS x, coalesce(s.uri, '') AS y FROM receipts t LEFT JOIN statuses s ON s.id = t.status_id WHERE t.refused LIKE '%not answer%'";
            self.wrong.extend(pairs(app, refused).iter().map(|(why, what)| format!("{what}: {why}")));
            let n = waiting(app);
            if n != 0 {
                let what = "SELECT 'outbox ' || event AS x, coalesce(activity, 'not distributed') || ', untried: ' || is_untried AS y FROM outbox \
                            UNION ALL SELECT 'delivery of ' || outbox_id, last_error || ', attempts: ' || attempts FROM deliveries \
                            UNION ALL SELECT 'job ' || kind || ' ' || subject, context || ', attempts: ' || attempts FROM jobs WHERE kind <> 'expire'";
                self.wrong.push(format!("{}: {n} rows still wait: {:?}", app.host, pairs(app, what)));
            }
        }
    }
}

/// Everything that two instances must agree on.
pub fn disagreements(world: &World) -> Vec<String> {
    let mut comparison = Comparison { world, wrong: Vec::new() };
    comparison.ties("follows", FOLLOWS);
    comparison.ties("asks to follow", REQUESTS);
    comparison.ties("blocks", BLOCKS);
    let statuses = comparison.by_host(STATUSES);
    comparison.texts(&statuses);
    comparison.interactions("likes", LIKES, &statuses);
    comparison.interactions("votes in", VOTES, &statuses);
    comparison.interactions("reacted to", REACTIONS, &statuses);
    comparison.quotes(&statuses);
    comparison.all_statuses_arrived(&statuses);
    comparison.profiles();
    comparison.suspensions();
    comparison.deletions();
    comparison.reports();
    comparison.counters();
    comparison.wrong
}
