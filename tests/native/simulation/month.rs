//! A community's month: people sign up, are approved or not, write, follow, report, leave and try to come back; staff warns,
//! limits, freezes, suspends and lifts, and blocks servers. Then the books must agree with what was done.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network, Random};
use sori::services;
use sori::store;

use super::agreement;
use crate::app::{DAY, NOW, PASSWORD, Person, TestApp};
use crate::sign_up::{client, from, get, set};
use crate::staff::moderation::staff;

const HOUR: i64 = 3_600_000;
const DAYS: i64 = 30;
const ACTS_A_DAY: u64 = 40;
const OTHERS: [&str; 2] = ["b.example", "c.example"];

/// What staff last decided of somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct State {
    suspended_at: Option<i64>,
    is_limited: bool,
    is_frozen: bool,
}

/// What was done, as it was answered.
#[derive(Debug, Default)]
struct Books {
    waiting: BTreeMap<String, String>,
    approved: i64,
    rejected: i64,
    left: BTreeSet<String>,
    strikes: BTreeMap<String, i64>,
    states: BTreeMap<String, State>,
    acts: i64,
    reports: i64,
    resolved: i64,
    blocked: BTreeSet<&'static str>,
    came_back: i64,
}

struct Month {
    app: TestApp,
    others: Vec<TestApp>,
    olga: Person,
    members: Vec<Person>,
    strangers: Vec<Person>,
    client: String,
    random: Random,
    names: u32,
    books: Books,
}

impl Month {
    fn new(seed: u64) -> Self {
        let (network, clock) = (Network::new(seed), Clock::fixed(NOW));
        network.keep_log(false);
        let app = TestApp::new(&network, "a.example", &clock);
        set(&app, "registrations", "approval");
        let others: Vec<TestApp> = OTHERS.iter().map(|host| TestApp::new(&network, host, &clock)).collect();
        let strangers =
            others.iter().flat_map(|app| ["ada", "ben", "cleo"].map(|name| app.person(name))).collect();
        let (olga, client) = (staff(&app, "olga", 3), client(&app));
        let random = Random::seeded(seed);
        Self {
            app,
            others,
            olga,
            members: Vec::new(),
            strangers,
            client,
            random,
            names: 0,
            books: Books::default(),
        }
    }

    fn below(&self, n: usize) -> usize {
        self.random.below(n.max(1) as u64) as usize
    }

    fn member(&self) -> Option<Person> {
        self.members.get(self.below(self.members.len())).cloned()
    }

    fn anybody(&self) -> Person {
        match self.member() {
            Some(member) if self.below(2) == 0 => member,
            _ => self.strangers[self.below(self.strangers.len())].clone(),
        }
    }

    fn state(&mut self, name: &str) -> &mut State {
        self.books.states.entry(name.to_owned()).or_default()
    }

    /// Whether they may use an app.
    fn is_here(&mut self, person: &Person) -> bool {
        let state = *self.state(&person.name);
        person.app.host != "a.example" || state.suspended_at.is_none() && !state.is_frozen
    }

    /// Somebody new, or who has left under their old name.
    fn sign_up(&mut self) {
        self.names += 1;
        let former = self.books.left.iter().nth(self.below(4)).cloned().filter(|_| self.below(3) == 0);
        let name = former.clone().unwrap_or_else(|| format!("person{}", self.names));
        let ip = format!("10.{}.{}.1", self.names / 200, self.names % 200);
        let (status, answer) = from(
            &self.app,
            &ip,
            &self.client,
            &name,
            json!({"email": format!("{name}{}@mail.example", self.names)}),
        );
        if former.is_some() {
            assert_eq!(status, 422, "the name of who has left: {answer}");
            self.books.came_back += 1;
            return;
        }
        assert_eq!(status, 200, "{name}: {answer}");
        self.books.waiting.insert(name, answer["access_token"].as_str().unwrap().to_owned());
    }

    fn decide(&mut self) {
        let Some((name, token)) = self.books.waiting.pop_first() else { return };
        let waiting = self.olga.get("/api/v2/admin/accounts?status=pending&limit=100");
        let found = waiting.as_array().unwrap().iter().find(|one| one["username"] == name.as_str());
        let id =
            found.unwrap_or_else(|| panic!("{name} waits: {waiting}"))["id"].as_str().unwrap().to_owned();
        let is_good = self.below(4) > 0;
        let what = if is_good { "approve" } else { "reject" };
        self.olga.post(&format!("/api/v1/admin/accounts/{id}/{what}"), json!({}));
        self.books.acts += 1;
        let me = get(&self.app, "/api/v1/accounts/verify_credentials", &token);
        if is_good {
            assert_eq!(me.0, 200, "{}", me.1);
            self.books.approved += 1;
            let id = me.1["id"].as_str().and_then(sori::model::id::Id::parse).unwrap();
            self.members.push(Person { app: self.app.clone(), name, id, token });
        } else {
            assert!(me.0 >= 400, "who was rejected has no account: {}", me.1);
            self.books.rejected += 1;
        }
    }

    fn live(&mut self) {
        let (one, other) = (self.anybody(), self.anybody());
        let may = self.is_here(&one);
        let answer = match self.below(4) {
            0 => {
                let Some(id) = self.found(&one, &other) else { return };
                one.call("POST", &format!("/api/v1/accounts/{id}/follow"), None)
            }
            1 => {
                let text = format!("@{} hello {}", other.handle(), self.random.u64());
                one.call("POST", "/api/v1/statuses", Some(json!({"status": text})))
            }
            2 => {
                let home = one.call("GET", "/api/v1/timelines/home", None);
                let home: Value = serde_json::from_slice(&home.body).unwrap_or_default();
                let Some(id) = home[0]["id"].as_str().map(str::to_owned) else { return };
                one.call("POST", &format!("/api/v1/statuses/{id}/favourite"), None)
            }
            _ => one.call(
                "POST",
                "/api/v1/statuses",
                Some(json!({"status": format!("fern {}", self.random.u64())})),
            ),
        };
        assert!(may || answer.status >= 400, "{} may not act, and did: {}", one.name, answer.status);
        assert_ne!(answer.status, 500);
    }

    fn found(&self, person: &Person, other: &Person) -> Option<String> {
        let target = format!("/api/v2/search?resolve=true&type=accounts&q=@{}", other.handle());
        let found: Value = serde_json::from_slice(&person.call("GET", &target, None).body).ok()?;
        Some(found["accounts"][0]["id"].as_str()?.to_owned())
    }

    fn report(&mut self) {
        let (Some(one), Some(other)) = (self.member(), self.member()) else { return };
        if one.id == other.id || !self.is_here(&one) {
            return;
        }
        let body = json!({"account_id": other.id.to_string(), "comment": "x", "category": "spam"});
        let answer = one.call("POST", "/api/v1/reports", Some(body));
        self.books.reports += i64::from(answer.status == 200);
    }

    fn resolve(&mut self) {
        let open = self.olga.get("/api/v1/admin/reports");
        let Some(id) = open[0]["id"].as_str() else { return };
        self.olga.post(&format!("/api/v1/admin/reports/{id}/resolve"), json!({}));
        self.books.acts += 1;
        self.books.resolved += 1;
    }

    fn moderate(&mut self) {
        let Some(member) = self.member() else { return };
        let now = self.app.clock.now().0;
        let state = *self.state(&member.name);
        let path = |what: &str| format!("/api/v1/admin/accounts/{}/{what}", member.id);
        let undone = match (state.suspended_at, state.is_limited, state.is_frozen) {
            (Some(_), ..) => Some("unsuspend"),
            (_, true, _) => Some("unsilence"),
            (.., true) => Some("enable"),
            _ => None,
        };
        self.books.acts += 1;
        if let Some(undone) = undone.filter(|_| self.below(2) == 0) {
            self.olga.post(&path(undone), json!({}));
            let state = self.state(&member.name);
            match undone {
                "unsuspend" => state.suspended_at = None,
                "unsilence" => state.is_limited = false,
                _ => state.is_frozen = false,
            }
            return;
        }
        let kind = ["none", "silence", "disable", "suspend"][self.below(4)];
        self.olga.post(&path("action"), json!({"type": kind, "text": "The rules."}));
        *self.books.strikes.entry(member.name.clone()).or_default() += 1;
        let state = self.state(&member.name);
        match kind {
            "silence" => state.is_limited = true,
            "disable" => state.is_frozen = true,
            "suspend" => state.suspended_at = state.suspended_at.or(Some(now)),
            _ => {}
        }
    }

    fn block_or_lift(&mut self) {
        let host = OTHERS[self.below(2)];
        let blocks = self.olga.get("/api/v1/admin/domain_blocks");
        let known = blocks.as_array().unwrap().iter().find(|one| one["domain"] == host);
        assert_eq!(known.is_some(), self.books.blocked.contains(host));
        match known {
            Some(block) => {
                let path = format!("/api/v1/admin/domain_blocks/{}", block["id"].as_str().unwrap());
                assert_eq!(self.olga.call("DELETE", &path, None).status, 200);
                self.books.blocked.remove(host);
            }
            None => {
                self.olga.post("/api/v1/admin/domain_blocks", json!({"domain": host, "severity": "suspend"}));
                self.books.blocked.insert(host);
            }
        }
        self.books.acts += 1;
    }

    fn leave(&mut self) {
        if self.members.len() < 4 {
            return;
        }
        let member = self.members.remove(self.below(self.members.len()));
        // Who is suspended cannot delete their account by a page; their data go after thirty days.
        if self.state(&member.name).suspended_at.is_some() {
            self.members.push(member);
            return;
        }
        let event = self.app.ready();
        pollster::block_on(async {
            let user = store::load(&event.db, store::users::by_account(member.id)).await.unwrap().unwrap();
            let account = store::load(&event.db, store::accounts::by_id(member.id)).await.unwrap().unwrap();
            services::remove::local_account(&event, &user, &account).await.unwrap();
            sori::jobs::run::after_response(&event).await;
        });
        self.books.states.remove(&member.name);
        self.books.left.insert(member.name);
    }

    fn all(&self) -> Vec<&TestApp> {
        std::iter::once(&self.app).chain(&self.others).collect()
    }

    /// Works off the queues. What waits for an hour or a day still does.
    fn work(&self) {
        while self.all().into_iter().any(TestApp::consume_one) {}
    }

    fn hours(&self, hours: i64) {
        for _ in 0..hours {
            self.work();
            self.app.clock.advance(HOUR);
            for app in self.all() {
                app.tick();
            }
        }
        self.work();
    }

    fn day(&mut self) {
        for _ in 0..ACTS_A_DAY {
            match self.random.below(40) {
                0..=3 => self.sign_up(),
                4..=6 => self.decide(),
                7..=9 => self.report(),
                10 => self.resolve(),
                11..=12 => self.moderate(),
                13 if self.below(4) == 0 => self.block_or_lift(),
                14 if self.below(3) == 0 => self.leave(),
                _ => self.live(),
            }
            self.app.clock.advance(60_000 + self.random.below(60_000) as i64);
        }
        self.hours(2);
        // The rest of the day nothing happens.
        self.app.clock.advance(DAY - self.app.clock.now().0.rem_euclid(DAY));
    }

    /// What the database says other than the books.
    fn wrong(&mut self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut same = |what: &str, said: i64, done: i64| {
            if said != done {
                wrong.push(format!("{what}: {said} are stored, {done} were done"));
            }
        };
        let books = &self.books;
        let app = &self.app;
        same("applications", app.count("SELECT count(*) AS n FROM applications"), books.waiting.len() as i64);
        same(
            "people",
            app.count("SELECT count(*) AS n FROM users"),
            2 + books.approved - books.left.len() as i64,
        );
        same(
            "reports resolved",
            app.count("SELECT count(*) AS n FROM reports WHERE action_taken_at IS NOT NULL"),
            books.resolved,
        );
        same(
            "acts in the audit log",
            app.count("SELECT count(*) AS n FROM audit_log WHERE action <> 'create_account'"),
            books.acts,
        );
        let blocked = app.count("SELECT count(*) AS n FROM domain_blocks");
        same("blocked servers", blocked, books.blocked.len() as i64);
        for member in &self.members {
            let state = books.states.get(&member.name).copied().unwrap_or_default();
            let shown = self.olga.get(&format!("/api/v1/admin/accounts/{}", member.id));
            let said =
                [&shown["suspended"], &shown["silenced"], &shown["disabled"]].map(|v| v.as_bool().unwrap());
            let done = [state.suspended_at.is_some(), state.is_limited, state.is_frozen];
            for ((what, said), done) in ["suspended", "limited", "frozen"].into_iter().zip(said).zip(done) {
                same(&format!("{} {what}", member.name), said.into(), done.into());
            }
            let sql = format!("SELECT count(*) AS n FROM strikes WHERE target_id = {}", member.id.0);
            same(
                &format!("strikes of {}", member.name),
                app.count_of(&sql),
                books.strikes.get(&member.name).copied().unwrap_or(0),
            );
        }
        for host in &self.books.blocked {
            let sql = format!(
                "SELECT count(*) AS n FROM follows f JOIN accounts a ON a.id IN (f.account_id, f.target_id) WHERE a.domain = '{host}'"
            );
            same(&format!("follows with {host}, which is blocked"), app.count_of(&sql), 0);
            let sql = format!(
                "SELECT count(*) AS n FROM accounts WHERE domain = '{host}' AND suspended_at IS NULL"
            );
            same(&format!("accounts of {host} that are not suspended"), app.count_of(&sql), 0);
        }
        for host in OTHERS.iter().filter(|host| !self.books.blocked.contains(*host)) {
            let sql = format!(
                "SELECT count(*) AS n FROM accounts WHERE domain = '{host}' AND suspended_at IS NOT NULL"
            );
            same(&format!("accounts of {host} that are suspended"), app.count_of(&sql), 0);
        }
        for app in self.all() {
            let n = app.count("SELECT count(*) AS n FROM accounts a WHERE followers_count <> (SELECT count(*) FROM follows WHERE target_id = a.id)");
            same(&format!("{} wrong followers", app.host), n, 0);
            same(&format!("{} rows that wait", app.host), agreement::waiting(app), 0);
        }
        wrong
    }
}

#[test]
fn a_community_s_month_and_the_books_agree() {
    for seed in 1..=2 {
        let mut month = Month::new(seed);
        for _ in 0..DAYS {
            month.day();
        }
        // What is delivered late is delivered.
        month.hours(60);
        let wrong = month.wrong();
        let books = &month.books;
        println!(
            "seed {seed}: {} approved, {} rejected, {} left, {} came back, {} reports, {} acts, {} strikes",
            books.approved,
            books.rejected,
            books.left.len(),
            books.came_back,
            books.reports,
            books.acts,
            books.strikes.values().sum::<i64>()
        );
        assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
        assert!(
            books.approved > 20
                && books.rejected > 0
                && !books.left.is_empty()
                && books.reports > 10
                && books.acts > 50,
            "a month in which nothing happens: {books:?}"
        );
        // After another month nothing is left of who stays suspended but the name.
        for _ in 0..32 {
            month.app.clock.advance(DAY - HOUR);
            month.hours(1);
        }
        let suspended = month.books.states.iter().filter(|(_, state)| state.suspended_at.is_some());
        for (name, _) in suspended {
            let sql = format!(
                "SELECT count(*) AS n FROM accounts WHERE username = '{name}' AND deleted_at IS NULL"
            );
            assert_eq!(month.app.count_of(&sql), 0, "seed {seed}: {name} was suspended for thirty days");
            let (status, _) =
                from(&month.app, "10.99.0.1", &month.client, name, json!({"password": PASSWORD}));
            assert!(status == 422 || status == 429, "{name}: {status}");
        }
        for app in month.all() {
            app.network.close();
        }
    }
}
