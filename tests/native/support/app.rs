//! An instance in memory, its accounts, and its network.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::{Value, json};
use sori::app::{App, Shared};
use sori::config::Config;
use sori::http::request::{MAX_BODY, Request};
use sori::http::response::Response;
use sori::jobs;
use sori::model::account::Account;
use sori::model::domain_block::{DomainBlock, Severity};
use sori::model::id::Id;
use sori::model::parts::Part;
use sori::model::role::RoleId;
use sori::model::site::Site;
use sori::model::strike::{Action, Lift};
use sori::model::user::User;
use sori::platform::native::{
    Blobs, Body, Clock, Crypto, Db, Heavy, Http, Images, Limiter, Live, Mail, Network, Pages, Queue, Random,
};
use sori::platform::sql::{Cost, Meter};
use sori::services;
use sori::services::staff::Draft;
use sori::store;

pub const NOW: i64 = 1_790_000_000_000;
pub const SETUP_CODE: &str = "fern-leaf";
const SECRET: &str = "a secret of at least 32 characters";
pub const PASSWORD: &str = "correct horse battery";

/// One instance. Clones share its state.
#[derive(Clone)]
pub struct TestApp {
    pub host: String,
    pub network: Network,
    pub db: Db,
    pub queue: Queue,
    pub blobs: Blobs,
    pub images: Images,
    pub live: Live,
    pub mail: Mail,
    /// The binding that counts requests for all isolates.
    pub limiter: Limiter,
    /// Kept pages: none until it is bound.
    pub pages: Pages,
    pub clock: Clock,
    random: Random,
    pub crypto: Crypto,
    pub shared: Rc<RefCell<Rc<Shared>>>,
    /// The variable `MEDIA_ORIGIN`.
    pub media_origin: Rc<RefCell<Option<String>>>,
    /// The variable `PLAN`.
    pub plan: Rc<RefCell<Option<String>>>,
    /// Further variables, by name.
    pub vars: Rc<RefCell<Vec<(&'static str, &'static str)>>>,
    /// The cost of the last request.
    pub cost: Rc<RefCell<Cost>>,
    /// With what it did after its response.
    pub whole_cost: Rc<RefCell<Cost>>,
}

impl TestApp {
    /// An instance that is set up, with its owner `owner`.
    pub fn new(network: &Network, host: &str, clock: &Clock) -> Self {
        let app = Self::empty(network, host, clock);
        let setup = services::register::SetUp {
            title: format!("Sori at {host}"),
            username: "owner".into(),
            password: PASSWORD.into(),
            language: "en".into(),
            vapid: super::push::vapid(),
            handle_domain: String::new(),
        };
        let inner = app.app();
        pollster::block_on(async {
            services::install::ready(&inner).await.unwrap();
            services::register::set_up(&inner, setup).await.unwrap();
        });
        app
    }

    /// One instance alone.
    pub fn alone() -> Self {
        Self::new(&Network::new(1), "a.example", &Clock::fixed(NOW))
    }

    /// An instance before its set-up.
    pub fn empty(network: &Network, host: &str, clock: &Clock) -> Self {
        let seed = host.bytes().fold(7u64, |h, b| h.wrapping_mul(31).wrapping_add(b.into()));
        let app = Self {
            host: host.into(),
            network: network.clone(),
            db: Db::new(Meter::default()),
            queue: Queue::new(Meter::default()),
            blobs: Blobs::default(),
            images: Images::default(),
            live: Live::default(),
            mail: Mail::default(),
            limiter: Limiter::new(clock),
            pages: Pages::default(),
            clock: clock.clone(),
            random: Random::seeded(seed),
            crypto: Crypto::from_key((seed % 12) as usize),
            shared: Rc::default(),
            media_origin: Rc::default(),
            plan: Rc::default(),
            vars: Rc::default(),
            cost: Rc::default(),
            whole_cost: Rc::default(),
        };
        app.db.set_clock(clock);
        let handler = app.clone();
        network.register(
            host,
            Rc::new(move |request| {
                let app = handler.clone();
                Box::pin(async move { app.handle(request).await })
            }),
        );
        app
    }

    /// What encrypts keys at rest.
    pub fn sealing_key() -> [u8; 32] {
        let config = Config::from_vars(|name| match name {
            "PUBLIC_ORIGIN" => Some("https://a.example".into()),
            "SORI_SECRET" => Some(SECRET.into()),
            _ => None,
        });
        config.unwrap().sealing_key
    }

    pub fn origin(&self) -> String {
        let is_loopback = self.host.starts_with("localhost");
        format!("{}://{}", if is_loopback { "http" } else { "https" }, self.host)
    }

    /// The `App` of one event.
    pub fn app(&self) -> App {
        let meter = Meter::default();
        let origin = self.origin();
        let config = Config::from_vars(|name| match name {
            "PUBLIC_ORIGIN" => Some(origin.clone()),
            "SORI_SECRET" => Some(SECRET.into()),
            "SETUP_CODE" => Some(SETUP_CODE.into()),
            "MEDIA_ORIGIN" => self.media_origin.borrow().clone(),
            "PLAN" => self.plan.borrow().clone(),
            other => self.vars.borrow().iter().find(|(n, _)| *n == other).map(|(_, v)| (*v).to_owned()),
        });
        let shared = self.shared.borrow().clone();
        let site = shared.site(self.clock.now()).unwrap_or_else(|| Rc::new(Site::default()));
        App {
            db: self.db.metered(meter.clone()),
            queue: self.queue.metered(meter.clone()),
            live: self.live.metered(meter.clone()),
            mail: self.mail.clone(),
            limiter: self.limiter.clone(),
            pages: self.pages.clone(),
            http: Http::new(&self.host, self.network.clone(), meter.clone()),
            blobs: self.blobs.metered(meter.clone()),
            images: self.images.clone(),
            heavy: Heavy,
            crypto: self.crypto.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            meter,
            counted: Cell::default(),
            config: Rc::new(config.unwrap()),
            shared,
            site: RefCell::new(site),
            hints: RefCell::default(),
            reserved: Cell::default(),
            cause: RefCell::default(),
            person: Cell::default(),
            standing: Cell::default(),
            incoming: RefCell::default(),
            passed: RefCell::default(),
        }
    }

    /// Like [`Self::app`], with the site loaded.
    pub fn ready(&self) -> App {
        let app = self.app();
        pollster::block_on(services::install::ready(&app)).unwrap();
        app
    }

    /// A new isolate: memory is empty, the database stays.
    pub fn restart(&self) {
        *self.shared.borrow_mut() = Rc::default();
    }

    async fn handle(&self, mut request: Request) -> Response {
        let app = self.app();
        if request.header("content-type").is_some_and(|kind| kind.starts_with("multipart/")) {
            app.incoming.replace(Some(Body(std::mem::take(&mut request.body))));
        } else if request.body.len() > MAX_BODY {
            app.incoming.replace(Some(Body(std::mem::take(&mut request.body))));
            request.is_body_too_large = true;
        }
        let mut response = sori::routes::handle(&app, &request).await;
        // As the platform sends files.
        match response.file.as_ref().map(|key| app.blobs.get(key)) {
            Some(Some((_, bytes))) if request.method != "HEAD" => response.body = bytes,
            Some(None) => response = Response { status: 404, ..Response::default() },
            _ => {}
        }
        for part in response.parts.take().unwrap_or_default() {
            if request.method == "HEAD" {
                break;
            }
            match part {
                Part::Bytes(bytes) => response.body.extend(bytes),
                Part::File { key, size, from, length } => {
                    let found = app.blobs.get(&key).map(|(_, bytes)| bytes);
                    let found = found.filter(|bytes| bytes.len() as u64 == size);
                    let bytes = found.unwrap_or_else(|| vec![0; usize::try_from(size).unwrap()]);
                    let from = usize::try_from(from).unwrap();
                    response.body.extend(&bytes[from..from + usize::try_from(length).unwrap()]);
                }
            }
        }
        // What breaks off at the limit has no valid end.
        if let Some(passed) = app.passed.take() {
            let most = usize::try_from(passed.most).unwrap();
            response.body = passed.body.0;
            if response.body.len() > most {
                response.body.truncate(most);
                response.headers.push(("X-Broken-Off".into(), "1".into()));
            } else if passed.is_kept {
                response.headers.push(("X-Kept".into(), "1".into()));
            }
        }
        *self.cost.borrow_mut() = app.cost();
        jobs::run::after_response(&app).await;
        *self.whole_cost.borrow_mut() = app.cost();
        response
    }

    pub fn send(&self, request: Request) -> Response {
        pollster::block_on(self.handle(request))
    }

    pub fn request(&self, method: &str, target: &str, token: Option<&str>, body: Option<Value>) -> Response {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request =
            Request { method: method.into(), path: path.into(), query: query.into(), ..Request::default() };
        if let Some(token) = token {
            request.headers.add("authorization", format!("Bearer {token}"));
        }
        if let Some(body) = body {
            request.headers.add("content-type", "application/json");
            request.body = body.to_string().into_bytes();
        }
        self.send(request)
    }

    /// Sends a form with files: (name, file name or none, content).
    pub fn send_form(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        parts: &[(&str, Option<&str>, &[u8])],
    ) -> Response {
        let mut request = Request { method: method.into(), path: path.into(), ..Request::default() };
        if let Some(token) = token {
            request.headers.add("authorization", format!("Bearer {token}"));
        }
        request.headers.add("content-type", "multipart/form-data; boundary=parts");
        for (name, filename, content) in parts {
            let filename = filename.map(|f| format!("; filename=\"{f}\"")).unwrap_or_default();
            let head =
                format!("--parts\r\nContent-Disposition: form-data; name=\"{name}\"{filename}\r\n\r\n");
            request.body.extend_from_slice(head.as_bytes());
            request.body.extend_from_slice(content);
            request.body.extend_from_slice(b"\r\n");
        }
        request.body.extend_from_slice(b"--parts--\r\n");
        self.send(request)
    }

    /// GET as another server does.
    pub fn fetch(&self, target: &str) -> Response {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request =
            Request { method: "GET".into(), path: path.into(), query: query.into(), ..Request::default() };
        request.headers.add("accept", "application/activity+json");
        self.send(request)
    }

    /// A local account, created if necessary.
    pub fn person(&self, name: &str) -> Person {
        let app = self.ready();
        let domain = app.primary();
        let (account, user) = pollster::block_on(async {
            let known = store::load(
                &app.db,
                store::accounts::local_by_username(name, &app.site().sharing(&domain.handle_domain)),
            )
            .await;
            let account = match known.unwrap() {
                Some(account) => account,
                None => {
                    let new = services::register::NewUser {
                        username: name.into(),
                        email: None,
                        password: PASSWORD.into(),
                        locale: "en".into(),
                        role: sori::model::role::RoleId::EVERYONE,
                    };
                    services::register::create(&app, new, &domain).await.unwrap().1
                }
            };
            let user = store::load(&app.db, store::users::by_account(account.id)).await.unwrap().unwrap();
            (account, user)
        });
        let token = pollster::block_on(async {
            let scopes = sori::model::scope::Scopes::parse("read write follow push profile").unwrap();
            let (client, _) =
                services::grant::register_client(&app, "test", None, vec!["test:/".into()], &scopes)
                    .await
                    .unwrap();
            services::grant::issue(&app, client.id, Some(user.id), &scopes.to_string()).await.unwrap().0
        });
        Person { app: self.clone(), name: name.into(), id: account.id, token }
    }

    /// One run of cron.
    pub fn tick(&self) {
        let app = self.app();
        if pollster::block_on(services::install::ready(&app)).is_ok() {
            app.shared.ledger.borrow_mut().ran.cron_at = Some(app.now());
            pollster::block_on(jobs::cron::tick(&app));
        }
    }

    /// Handles one queue message.
    pub fn consume_one(&self) -> bool {
        let Some(message) = self.queue.take() else { return false };
        let app = self.app();
        if pollster::block_on(services::install::ready(&app)).is_ok() {
            app.shared.ledger.borrow_mut().ran.queue_at = Some(app.now());
            pollster::block_on(jobs::run::consume(&app, &[message]));
        }
        true
    }

    /// The account with this username, local or remote.
    pub fn account(&self, name: &str) -> sori::model::account::Account {
        let app = self.ready();
        pollster::block_on(async {
            for domain in [self.host.as_str(), "b.example", "c.example"] {
                if let Some(found) =
                    store::load(&app.db, store::accounts::by_handle(name, domain)).await.unwrap()
                {
                    return found;
                }
            }
            panic!("nobody is called {name}")
        })
    }

    /// Sets how files of other servers are shown: `proxy`, `direct` or `auto`.
    pub fn set_media_proxy(&self, mode: &str) {
        self.db.run(&format!(
            "INSERT INTO settings (key, value) VALUES ('media_proxy', '{mode}') ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        ));
        self.restart();
    }

    /// Changes rows by SQL, where there is no endpoint yet.
    pub fn write(&self, sql: &'static str) {
        pollster::block_on(self.db.query(sori::platform::sql::Statement::new(sql))).unwrap();
    }

    /// The result of a counting query.
    /// As [`Self::count`], of a statement that a test puts together.
    pub fn count_of(&self, sql: &str) -> i64 {
        let rows =
            pollster::block_on(self.db.query(sori::platform::sql::Statement::new(sql.to_owned()))).unwrap();
        rows.first().map_or(0, |row| row.int("n").unwrap())
    }

    pub fn count(&self, sql: &'static str) -> i64 {
        let rows = pollster::block_on(self.db.query(sori::platform::sql::Statement::new(sql))).unwrap();
        rows.first().map_or(0, |row| row.int(&row.columns[0]).unwrap())
    }
}

/// Runs messages and due work until nothing is left, advancing the clock in between.
pub fn settle(apps: &[&TestApp]) {
    for _ in 0..400 {
        let mut moved = false;
        for app in apps {
            while app.consume_one() {
                moved = true;
            }
        }
        if moved {
            continue;
        }
        let waits = apps.iter().any(|app| {
            app.count("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM jobs) + (SELECT count(*) FROM pushes) AS n") > 0
        });
        if !waits {
            return;
        }
        apps[0].clock.advance(3 * 60_000);
        for app in apps {
            app.tick();
        }
    }
}

/// The owner of an instance, without an account.
fn owner() -> User {
    User { account_id: Id(-1), person: Id(-1), role: RoleId::OWNER, ..User::default() }
}

/// Suspends an account as members of staff do, who tell nobody; jobs do the rest.
pub async fn suspend(app: &App, account: &Account) -> sori::error::Result<()> {
    let draft = Draft { action: Action::Suspend, ..Draft::default() };
    services::staff::act(app, &owner(), account.id, draft).await
}

/// Suspends a domain as they do, or says why not.
pub fn block_domain(app: &App, domain: &str) -> sori::error::Result<()> {
    let block =
        DomainBlock { domain: domain.to_owned(), severity: Severity::Suspend, ..DomainBlock::default() };
    pollster::block_on(services::domain_block::put(app, &block, Vec::new())).map(|_| ())
}

/// Lifts a suspension as they do.
pub async fn unsuspend(app: &App, account: &Account) -> sori::error::Result<()> {
    services::staff::lift(app, &owner(), account.id, Lift::Unsuspend).await
}

/// An account with a token.
#[derive(Clone)]
pub struct Person {
    pub app: TestApp,
    pub name: String,
    pub id: Id,
    pub token: String,
}

impl Person {
    pub fn call(&self, method: &str, target: &str, body: Option<Value>) -> Response {
        self.app.request(method, target, Some(&self.token), body)
    }

    /// A call that must succeed.
    pub fn ok(&self, method: &str, target: &str, body: Option<Value>) -> Value {
        let response = self.call(method, target, body);
        let text = String::from_utf8_lossy(&response.body);
        assert_eq!(response.status, 200, "{method} {target}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub fn get(&self, target: &str) -> Value {
        self.ok("GET", target, None)
    }

    pub fn post(&self, target: &str, body: Value) -> Value {
        self.ok("POST", target, Some(body))
    }

    pub fn handle(&self) -> String {
        format!("{}@{}", self.name, self.app.host)
    }

    pub fn posts(&self, text: &str) -> Value {
        self.post("/api/v1/statuses", json!({"status": text}))
    }

    pub fn replies(&self, to: &Value, text: &str) -> Value {
        self.post("/api/v1/statuses", json!({"status": text, "in_reply_to_id": to["id"]}))
    }

    /// The account with this handle, as this account finds it.
    pub fn finds(&self, handle: &str) -> Value {
        let found = self.get(&format!("/api/v2/search?type=accounts&resolve=true&q={handle}"));
        found["accounts"].get(0).cloned().unwrap_or_else(|| panic!("{} does not find {handle}", self.name))
    }

    pub fn follows(&self, other: &Person) -> Value {
        let account = self.finds(&other.handle());
        self.post(&format!("/api/v1/accounts/{}/follow", account["id"].as_str().unwrap()), json!({}))
    }

    pub fn home(&self) -> Vec<Value> {
        self.get("/api/v1/timelines/home?limit=40").as_array().unwrap().clone()
    }

    /// The status with this uri on the home timeline.
    pub fn sees(&self, uri: &Value) -> Option<Value> {
        self.home().into_iter().find(|s| s["uri"] == *uri)
    }

    pub fn notifications(&self) -> Vec<Value> {
        self.get("/api/v1/notifications").as_array().unwrap().clone()
    }

    pub fn act(&self, status: &Value, what: &str) -> Value {
        self.post(&format!("/api/v1/statuses/{}/{what}", status["id"].as_str().unwrap()), json!({}))
    }

    pub fn deletes(&self, status: &Value) -> Value {
        self.ok("DELETE", &format!("/api/v1/statuses/{}", status["id"].as_str().unwrap()), None)
    }
}

pub const MINUTE: i64 = 60_000;
pub const DAY: i64 = 24 * 60 * MINUTE;

pub fn people() -> (TestApp, Person, Person) {
    let app = TestApp::alone();
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    (app, alice, bob)
}

pub fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

pub fn ids(list: &Value) -> Vec<&str> {
    list.as_array().expect("an array").iter().map(id).collect()
}

pub fn header(response: &sori::http::response::Response, name: &str) -> String {
    response
        .headers
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, v)| v.clone())
        .unwrap_or_default()
}

pub fn refused(person: &Person, method: &str, target: &str, body: Value) -> u16 {
    let response = person.call(method, target, Some(body));
    let answer: Value = serde_json::from_slice(&response.body).expect("JSON");
    assert!(answer["error"].is_string(), "{method} {target}: {answer}");
    response.status
}

/// Lets this many milliseconds pass, then runs the schedule once.
pub fn wait(app: &TestApp, ms: i64) {
    app.clock.advance(ms);
    app.tick();
}

/// Two instances on one network.
pub fn two() -> (TestApp, TestApp) {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    (TestApp::new(&network, "a.example", &clock), TestApp::new(&network, "b.example", &clock))
}

/// Runs futures concurrently.
pub async fn together<T>(mut all: Vec<std::pin::Pin<Box<dyn Future<Output = T> + '_>>>) -> Vec<T> {
    let mut done = Vec::new();
    std::future::poll_fn(|context| {
        all.retain_mut(|one| match one.as_mut().poll(context) {
            std::task::Poll::Ready(value) => {
                done.push(value);
                false
            }
            std::task::Poll::Pending => true,
        });
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    done
}
