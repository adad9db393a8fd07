//! A day of a community of 100 people, by what one operation of each kind costs. `SORI_WRITE=1 cargo nextest run cost`
//! writes the table of docs/cost.md.

use serde_json::{Value, json};
use sori::http::response::Response;
use sori::model::id::Id;
use sori::model::ledger::Pending;
use sori::model::proxy;
use sori::platform::sql::Cost;

use super::operations::replaced;
use crate::api::media::png;
use crate::app::{DAY, MINUTE, Person, TestApp, id};
use crate::remote::{Remote, followed};

/// What one of them costs, with the work after its response.
#[derive(Default, Clone, Copy)]
struct Each {
    requests: u64,
    rows_read: u64,
    rows_written: u64,
    queue_operations: u64,
    object_requests: u64,
    blob_reads: u64,
    blob_writes: u64,
}

impl Each {
    fn of(cost: Cost) -> Self {
        Self {
            requests: 1,
            rows_read: cost.rows_read,
            rows_written: cost.rows_written,
            queue_operations: cost.queue_operations.into(),
            object_requests: cost.object_requests.into(),
            blob_reads: cost.blob_reads.into(),
            blob_writes: cost.blob_writes.into(),
        }
    }

    /// In the order of [`QUOTAS`].
    fn all(self) -> [u64; 7] {
        [
            self.requests,
            self.rows_read,
            self.rows_written,
            self.queue_operations,
            self.object_requests,
            self.blob_reads,
            self.blob_writes,
        ]
    }

    fn and(self, other: Self) -> Self {
        Self {
            // A message of the queue is no request.
            requests: self.requests,
            rows_read: self.rows_read + other.rows_read,
            rows_written: self.rows_written + other.rows_written,
            queue_operations: self.queue_operations + other.queue_operations,
            object_requests: self.object_requests + other.object_requests,
            blob_reads: self.blob_reads + other.blob_reads,
            blob_writes: self.blob_writes + other.blob_writes,
        }
    }
}

/// What the free plan gives in a day (platform limits of Workers, D1, Queues, Durable Objects and KV).
const QUOTAS: [(&str, u64); 7] = [
    ("requests", 100_000),
    ("rows read", 5_000_000),
    ("rows written", 100_000),
    ("queue operations", 10_000),
    ("object requests", 100_000),
    ("KV reads", 100_000),
    ("KV writes", 1_000),
];

const REMOVED: &str = "old notes of others that are removed";

/// Of the last request, with what it has done after its response.
fn last(app: &TestApp) -> Each {
    Each::of(*app.whole_cost.borrow())
}

/// The messages of the queue, each an invocation.
fn consumed(app: &TestApp) -> Each {
    let mut all = Each::default();
    while let Some(message) = app.queue.take() {
        let event = app.ready();
        let before = event.cost();
        pollster::block_on(sori::jobs::run::consume(&event, &[message]));
        let after = event.cost();
        all = all.and(Each {
            requests: 0,
            rows_read: after.rows_read - before.rows_read,
            rows_written: after.rows_written - before.rows_written,
            queue_operations: u64::from(after.queue_operations - before.queue_operations),
            ..Each::default()
        });
    }
    all
}

/// alice with a follower on each of twenty servers; what a post of hers costs until all have it.
fn post(text: &str, media: &[u8]) -> (Each, Each) {
    let (app, alice, _) = followed();
    for n in 0..19 {
        Remote::new(&app.network, &format!("s{n}.example"));
        app.db.run(&format!(
            "INSERT INTO inboxes (id, url, domain) VALUES ({n} + 100, 'https://s{n}.example/inbox', 's{n}.example');\n\
             INSERT INTO accounts (id, username, domain, uri, url, inbox_id, inbox_url, created_at) \
             VALUES ({n} + 10, 'u', 's{n}.example', 'https://s{n}.example/u', 'x', {n} + 100, 'https://s{n}.example/inbox', 0);\n\
             INSERT INTO follows (account_id, target_id, id, uri) VALUES ({n} + 10, {}, {n} + 10, 'https://s{n}.example/f')",
            alice.id
        ));
    }
    alice.get("/api/v1/preferences");
    let mut upload = Each::default();
    let mut body = json!({ "status": text });
    if !media.is_empty() {
        let response =
            app.send_form("POST", "/api/v2/media", Some(&alice.token), &[("file", Some("a.png"), media)]);
        assert_eq!(response.status, 200);
        upload = last(&app);
        // Natively heavy work is no object.
        upload.object_requests += 1;
        let made: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
        body["media_ids"] = json!([made["id"]]);
    }
    alice.post("/api/v1/statuses", body);
    let posted = last(&app);
    (posted.and(consumed(&app)), upload)
}

/// A view of a stored file that the cache of the data centre does not have.
fn view() -> Each {
    let (app, alice, _) = crate::app::people();
    let response =
        app.send_form("POST", "/api/v2/media", Some(&alice.token), &[("file", Some("a.png"), &png(20, 10))]);
    let made: serde_json::Value = serde_json::from_slice(&response.body).unwrap();
    let path = made["url"].as_str().unwrap().split("a.example").nth(1).unwrap().to_owned();
    assert_eq!(app.request("GET", &path, None, None).status, 200);
    let mut cost = last(&app);
    assert_eq!((cost.rows_read, cost.rows_written), (0, 0));
    // The file is opened when the response is sent.
    cost.blob_reads = cost.blob_reads.max(1);
    cost
}

/// A view of a file of another server.
fn proxied() -> Each {
    let app = TestApp::alone();
    let remote = Remote::new(&app.network, "b.example");
    remote.answers("/a.png", Response::new(200, "image/png", "picture"));
    let path = |app: &TestApp| proxy::path(&app.ready().config.proxy_key, "https://b.example/a.png");
    app.request("GET", &path(&app), None, None);
    assert_eq!(app.request("GET", &path(&app), None, None).status, 200);
    last(&app)
}

/// A followed profile that cron reads again, of which a day's runs take 240 at most.
fn profile() -> Each {
    let (app, ..) = crate::remote::cast();
    app.db.run("UPDATE accounts SET fetched_at = 1 WHERE domain_id IS NULL");
    let event = app.ready();
    let before = event.cost();
    pollster::block_on(sori::jobs::tasks::refresh_stale(&event)).unwrap();
    let after = event.cost();
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE fetched_at = 1"), 0);
    // The place in the list of accounts is written once for all.
    Each {
        rows_read: after.rows_read - before.rows_read,
        rows_written: after.rows_written - before.rows_written - 1,
        ..Each::default()
    }
}

/// What a post with a link costs more than one without.
fn card() -> Each {
    let (app, alice, _) = crate::app::people();
    let site = Remote::new(&app.network, "news.example");
    let page =
        "<title>t</title><meta property=og:title content='The News'><meta property=og:description content=x>";
    site.answers("/a", Response::new(200, "text/html", page));
    alice.get("/api/v1/preferences");
    alice.posts("no link");
    let plain = last(&app).and(consumed(&app));
    alice.posts("a link https://news.example/a");
    let linked = last(&app).and(consumed(&app));
    assert_eq!(app.count("SELECT count(*) AS n FROM cards"), 1);
    Each {
        rows_read: linked.rows_read - plain.rows_read,
        rows_written: linked.rows_written - plain.rows_written,
        ..Each::default()
    }
}

/// A stream that is opened, and a change that five people hear of.
fn streams() -> (Each, Each) {
    let (app, _, bob) = crate::streaming::listener::people();
    let fans: Vec<Person> = (0..5).map(|n| app.person(&format!("fan{n}"))).collect();
    let mut listening = Vec::new();
    for fan in &fans {
        fan.follows(&bob);
        listening.push(crate::streaming::listener::listen(fan, "stream=user"));
    }
    let opened = last(&app);
    let event = app.ready();
    let before = event.cost();
    pollster::block_on(sori::streaming::subscribe::began(&event));
    let counted = Each::of(event.cost()).rows_written - before.rows_written;
    let opened = Each { rows_written: opened.rows_written + counted, object_requests: 1, ..opened };
    crate::streaming::costs::publish(&app, &bob, "the first");
    let told = Each { requests: 0, ..Each::of(crate::streaming::costs::publish(&app, &bob, "hello")) };
    assert!(listening.iter().all(|ear| ear.names().len() == 2));
    (opened, told)
}

/// What an isolate writes of its ledger, once a minute.
fn counted() -> Each {
    let app = TestApp::alone();
    let event = app.ready();
    event.account_for(sori::model::ledger::Source::Apps, 1);
    let before = event.cost();
    pollster::block_on(sori::services::ledger::write(&event)).unwrap();
    let after = event.cost();
    Each {
        rows_read: after.rows_read - before.rows_read,
        rows_written: after.rows_written - before.rows_written,
        ..Each::default()
    }
}

/// A day's runs of cron where nothing is due, while ten notes a minute arrive.
fn ticks() -> Each {
    let (app, alice, _) = followed();
    alice.posts("hello");
    crate::app::settle(&[&app]);
    let mut all = Each::default();
    for _ in 0..1_440 {
        app.db.run(&format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) \
             INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, created_at) \
             SELECT {id} + i, 'n' || ({id} + i), 'x', (SELECT max(id) FROM accounts WHERE domain_id IS NULL), 0, 0, {now} FROM n",
            id = Id::floor(app.clock.now().0).0,
            now = app.clock.now().0
        ));
        app.clock.advance(MINUTE);
        let event = app.ready();
        let before = event.cost();
        pollster::block_on(sori::jobs::cron::tick(&event));
        let after = event.cost();
        all.rows_read += after.rows_read - before.rows_read;
        all.rows_written += after.rows_written - before.rows_written;
        all.queue_operations += u64::from(after.queue_operations - before.queue_operations);
    }
    all
}

/// Two notes of an author that arrive from Mastodon, two of another server, and a favourite; pages that an app reads.
fn inbox_and_reads() -> ([Each; 4], Each, Each, Each, Each) {
    let (app, remote, bob) = crate::remote::cast();
    let alice = app.person("reader");
    let mine = alice.posts("hello");
    alice.get("/api/v1/preferences");
    let of = |note: Value| {
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
        last(&app)
    };
    let [first, next] = [1, 2].map(|n| of(remote.note_of_mastodon(&bob, n, json!({}))));
    // Their profile is as fresh as that of who writes each day.
    app.clock.advance(2 * DAY);
    alice.get("/api/v1/preferences");
    let published = app.clock.now().to_iso();
    let [other_first, other_next] = [3, 4].map(|n| of(remote.note(&bob, n, json!({"published": published}))));
    let notes = [first, next, other_first, other_next];
    let like =
        json!({"id": remote.uri("/likes/1"), "type": "Like", "actor": bob["id"], "object": mine["uri"]});
    assert_eq!(remote.sends(&app, &like), 202);
    let favourite = last(&app);
    let thread = read(&app, &alice, &format!("/api/v1/statuses/{}/context", id(&mine)));
    let forty = super::api::forty();
    let of = |name: &str| Each::of(forty.iter().find(|(found, _)| found.starts_with(name)).unwrap().1);
    (notes, favourite, of("home timeline"), of("notifications"), thread)
}

fn read(app: &TestApp, person: &Person, path: &str) -> Each {
    person.get(path);
    last(app)
}

/// Removal of old notes of others: two hundred, a quarter of them answers of another one that is here.
fn removed() -> Each {
    let (app, _, _) = crate::remote::followed();
    let old = Id::floor(app.clock.now().0 - 100 * DAY).0;
    app.db.run(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) \
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, created_at, in_reply_to_id) \
         SELECT {old} + i * 4096, 'n' || i, 'x', (SELECT max(id) FROM accounts WHERE domain_id IS NULL), 0, 0, 0, \
         iif(i > 150, {old} + (i - 150) * 4096, NULL) FROM n"
    ));
    let count = || app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0");
    let mut all = Each::default();
    while count() > 0 {
        app.clock.advance(2 * MINUTE);
        let event = app.ready();
        let before = event.cost();
        pollster::block_on(sori::services::retention::statuses(&event)).unwrap();
        let after = event.cost();
        all.rows_read += after.rows_read - before.rows_read;
        all.rows_written += after.rows_written - before.rows_written;
    }
    // Of one, to the next hundredth.
    Each {
        rows_read: all.rows_read.div_ceil(2),
        rows_written: all.rows_written.div_ceil(2),
        ..Each::default()
    }
}

fn table() -> String {
    let (plain, _) = post("hello", &[]);
    let (pictured, upload) = post("a picture", &png(800, 600));
    let ([first, next, other_first, other_next], favourite, home, notifications, thread) = inbox_and_reads();
    let push = crate::api::push::costs();
    let push = |name: &str| Each::of(push.iter().find(|(found, _)| found.starts_with(name)).unwrap().1);
    let message = Each {
        requests: 0,
        // The row itself is written with the notification.
        rows_written: push("sending").rows_written
            + (push("favourite of a status whose author has one").rows_written
                - push("favourite of a status whose author has no").rows_written),
        rows_read: push("sending").rows_read,
        ..Each::default()
    };
    let (subscription, event) = streams();
    let day: Vec<(&str, u64, Each)> = vec![
        // By 2,000 authors. Four of five have ids as Mastodon makes them.
        ("notes that arrive from Mastodon, the first in two days of their authors", 800, first),
        ("further notes from there", 11_200, next),
        ("notes of other servers, the first in two days of their authors", 200, other_first),
        ("further notes of those", 2_800, other_next),
        ("favourites and boosts that arrive", 2_000, favourite),
        ("posts, to followers on 20 servers", 500, plain),
        ("posts with a picture", 100, pictured),
        ("uploads of a picture, with its preview", 100, upload),
        ("links in posts, local or arriving", 500, card()),
        ("profiles of others that are read again", 240, profile()),
        ("home timelines of 40", 3_000, home),
        ("notifications, 40 of 40", 2_000, notifications),
        ("threads", 3_000, thread),
        ("views of stored files that no cache has", 3_000, view()),
        ("views of files of other servers", 10_000, proxied()),
        ("streams opened", 1_000, subscription),
        ("changes that are told to five who listen", 15_600, event),
        ("push messages", 2_000, message),
        ("a day's 1,440 runs of cron, ten notes arriving a minute", 1, ticks()),
        ("what an isolate has counted, stored", (DAY / Pending::PERIOD).unsigned_abs(), counted()),
        (REMOVED, 15_000, removed()),
    ];
    let head: Vec<&str> = QUOTAS.iter().map(|(name, _)| *name).collect();
    let mut lines = vec![
        format!("| what | number | {} |", head.join(" | ")),
        format!("|---|---{}|", "|---".repeat(QUOTAS.len())),
    ];
    let mut sums = [0; QUOTAS.len()];
    let line = |name: &str, number: &str, all: &[u64]| {
        let all: Vec<String> = all.iter().map(u64::to_string).collect();
        format!("| {name} | {number} | {} |", all.join(" | "))
    };
    for (name, number, each) in day {
        let hundredths = if name == REMOVED { 100 } else { 1 };
        let all = each.all().map(|n| n * number / hundredths);
        for (sum, n) in sums.iter_mut().zip(all) {
            *sum += n;
        }
        lines.push(line(name, &number.to_string(), &all));
    }
    lines.push(line("all", "", &sums));
    lines.push(line("the free plan", "", &QUOTAS.map(|(_, most)| most)));
    let parts: Vec<String> = sums
        .iter()
        .zip(QUOTAS)
        .map(|(sum, (_, most))| {
            let tenths = (sum * 1000).div_ceil(most);
            format!("{}.{} %", tenths / 10, tenths % 10)
        })
        .collect();
    lines.push(format!("| of it | | {} |", parts.join(" | ")));
    lines.join("\n")
}

#[test]
fn cost_of_a_day_of_a_hundred_people() {
    let page = std::fs::read_to_string("docs/cost.md").unwrap();
    let fresh = replaced(&page, "day", &table());
    if std::env::var_os("SORI_WRITE").is_some() {
        std::fs::write("docs/cost.md", fresh).unwrap();
        return;
    }
    assert!(page == fresh, "docs/cost.md is stale: SORI_WRITE=1 cargo nextest run cost");
}
