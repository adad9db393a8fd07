//! What a flood costs: thousands of requests within a minute at each door that is open to strangers, from one address and from
//! as many addresses as there are requests, and by somebody who has an account.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::Digest as _;
use sori::http::request::Request;
use sori::platform::sql::Cost;

use super::operations::replaced;
use crate::app::{Person, TestApp};
use crate::remote::{Remote, scene};

/// Requests of a flood …
const MANY: u32 = 10_000;
/// … and of one whose requests are signed or hashed, which takes the test long.
const SIGNED: u32 = 1_000;
/// Requests of a flood from as many addresses.
const FROM_MANY: u32 = 300;

struct Scene {
    app: TestApp,
    alice: Person,
    remote: Remote,
    /// A client's own token.
    client: String,
}

impl Scene {
    fn new() -> Self {
        let (app, alice, remote, _) = scene();
        app.network.keep_log(false);
        app.db.run("INSERT INTO settings (key, value) VALUES ('registrations', 'open') ON CONFLICT (key) DO UPDATE SET value = excluded.value");
        app.restart();
        for n in 0..60 {
            alice.posts(&format!("post {n} #fern"));
            app.clock.advance(1_000);
        }
        let client = crate::sign_up::client(&app);
        app.clock.advance(400_000);
        Self { app, alice, remote, client }
    }
}

fn get(target: String, accept: &str) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let mut request =
        Request { method: "GET".into(), path: path.into(), query: query.into(), ..Request::default() };
    request.headers.add("accept", accept);
    request
}

fn post(path: &str, kind: &str, body: String) -> Request {
    let mut request =
        Request { method: "POST".into(), path: path.into(), body: body.into_bytes(), ..Request::default() };
    request.headers.add("content-type", kind);
    request
}

const PAGE: &str = "text/html";
const JSON: &str = "application/json";
const DOCUMENT: &str = "application/activity+json";
const FORM: &str = "application/x-www-form-urlencoded";

/// A door's name, how many requests, and each of them.
type Door = (&'static str, u32, fn(&Scene, u32) -> Request);

const DOORS: &[Door] = &[
    ("inbox: what is not signed", MANY, |_, n| {
        post(
            "/inbox",
            DOCUMENT,
            json!({"id": format!("https://x.example/{n}"), "type": "Create"}).to_string(),
        )
    }),
    ("inbox: signed by keys of a server that is not there", MANY, |_, n| {
        let actor = format!("https://nowhere.example/users/{n}");
        let activity = json!({"id": format!("{actor}/1"), "type": "Like", "actor": actor, "object": "https://a.example/x"});
        let mut request = post("/inbox", DOCUMENT, activity.to_string());
        let signature = format!(
            "keyId=\"{actor}#main-key\",headers=\"(request-target) host date digest\",signature=\"AAAA\""
        );
        request.headers.add("signature", signature);
        request.headers.add("host", "a.example");
        request.headers.add("date", "Mon, 21 Sep 2026 14:30:00 GMT");
        let digest = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(&request.body));
        request.headers.add("digest", format!("SHA-256={digest}"));
        request
    }),
    ("inbox: mentions by one stranger", SIGNED, |scene, n| mention(scene, "mallory", n)),
    ("inbox: follows by as many strangers of one server", SIGNED, |scene, n| {
        let actor = scene.remote.person(&format!("m{n}"));
        let follow = json!({"id": scene.remote.uri(&format!("/follows/{n}")), "type": "Follow",
            "actor": actor["id"], "object": "https://a.example/users/alice"});
        scene.remote.request(&scene.app, &follow)
    }),
    ("sign-in with passwords", SIGNED, |_, n| {
        post("/sign_in", FORM, format!("username=alice&password=guess{n}"))
    }),
    ("codes and secrets of apps", MANY, |_, n| {
        post(
            "/oauth/token",
            FORM,
            format!("grant_type=authorization_code&client_id={n}&client_secret=x&code={n}&redirect_uri=x"),
        )
    }),
    ("apps registered", MANY, |_, n| {
        post(
            "/api/v1/apps",
            JSON,
            json!({"client_name": format!("a{n}"), "redirect_uris": "test:/"}).to_string(),
        )
    }),
    ("sign-up by API", SIGNED, |scene, n| {
        let new = json!({"username": format!("u{n}"), "email": format!("u{n}@mail.example"), "password": "correct horse",
            "agreement": true, "locale": "en"});
        let mut request = post("/api/v1/accounts", JSON, new.to_string());
        request.headers.add("authorization", format!("Bearer {}", scene.client));
        request
    }),
    ("tokens that are made up", MANY, |_, n| {
        let mut request = get("/api/v1/timelines/home".into(), JSON);
        request.headers.add("authorization", format!("Bearer guess{n}"));
        request
    }),
    ("the public timeline", MANY, |_, n| {
        get(format!("/api/v1/timelines/public?limit=40&since_id={n}"), JSON)
    }),
    ("search", MANY, |_, n| get(format!("/api/v2/search?q=fern{n}"), JSON)),
    ("a profile's page, each with other parameters", MANY, |_, n| get(format!("/@alice?max_id={n}"), PAGE)),
    ("a status's document, each another id", MANY, |_, n| {
        get(format!("/users/alice/statuses/{n}"), DOCUMENT)
    }),
    ("WebFinger", MANY, |_, n| get(format!("/.well-known/webfinger?resource=acct:u{n}@a.example"), JSON)),
    ("files that are not there", MANY, |_, n| get(format!("/media/{n:032}.png"), "image/*")),
    ("files of other servers, with addresses that are not ours", MANY, |_, n| {
        get(format!("/proxy/{n:022}/https%3A%2F%2Fx.example%2F{n}.png"), "image/*")
    }),
    ("live streams without a token", MANY, |_, n| get(format!("/api/v1/streaming/user?n={n}"), JSON)),
    ("handles looked up by a visitor", MANY, |_, n| {
        post("/interact", FORM, format!("handle=u{n}@nowhere.example&uri=https://a.example/@alice"))
    }),
    ("links of invitations and new passwords", MANY, |_, n| {
        get(if n % 2 == 0 { format!("/invite/guess{n}") } else { format!("/reset/guess{n}") }, PAGE)
    }),
];

/// As much as a person sends who has signed in.
const MEMBERS: &[Door] = &[
    ("a person of a week: posts", SIGNED, |_, n| {
        post("/api/v1/statuses", JSON, json!({"status": format!("flood {n}")}).to_string())
    }),
    ("a person of a week: the home timeline", MANY, |_, n| {
        get(format!("/api/v1/timelines/home?limit=40&n={n}"), JSON)
    }),
    ("a person of a week: look-ups", MANY, |_, n| {
        get(format!("/api/v2/search?resolve=true&q=@u{n}@nowhere.example"), JSON)
    }),
    ("a person of a week: follows and their ends", MANY, |scene, n| {
        let what = if n % 2 == 0 { "follow" } else { "unfollow" };
        post(&format!("/api/v1/accounts/{}/{what}", owner(scene)), JSON, String::new())
    }),
];

fn owner(scene: &Scene) -> i64 {
    scene.app.account("owner").id.0
}

fn mention(scene: &Scene, by: &str, n: u32) -> Request {
    let author = scene.remote.person(by);
    let alice = "https://a.example/users/alice";
    let tag: Value = json!([{"type": "Mention", "href": alice, "name": "@alice@a.example"}]);
    let note = scene.remote.note(&author, n, json!({"cc": [alice], "tag": tag}));
    scene.remote.request(&scene.app, &scene.remote.create(&author, &note))
}

/// What a flood costs, and how often it was answered with which status.
fn flood(
    scene: &Scene,
    requests: u32,
    token: Option<&str>,
    ip: impl Fn(u32) -> String,
    door: fn(&Scene, u32) -> Request,
) -> (Cost, BTreeMap<u16, u32>) {
    let (mut all, mut answers) = (Cost::default(), BTreeMap::new());
    let begun = scene.app.clock.now().0;
    for n in 0..requests {
        let due = begun + i64::from(n) * 60_000 / i64::from(requests);
        scene.app.clock.advance((due - scene.app.clock.now().0).max(0));
        let mut request = door(scene, n);
        request.ip = Some(ip(n));
        if let Some(token) = token {
            request.headers.add("authorization", format!("Bearer {token}"));
        }
        *answers.entry(scene.app.send(request).status).or_default() += 1;
        let cost = *scene.app.whole_cost.borrow();
        all.rows_read += cost.rows_read;
        all.rows_written += cost.rows_written;
        all.queue_operations += cost.queue_operations;
        all.object_requests += cost.object_requests;
        all.fetches += cost.fetches;
    }
    (all, answers)
}

fn line(name: &str, requests: u32, cost: &Cost, answers: &BTreeMap<u16, u32>) -> String {
    let answers: Vec<String> = answers.iter().map(|(status, n)| format!("{n} × {status}")).collect();
    assert!(answers.iter().all(|text| !text.ends_with(" 500")), "{name}: {answers:?}");
    format!(
        "| {name} | {requests} | {} | {} | {} | {} | {} | {} |",
        cost.rows_read,
        cost.rows_written,
        cost.queue_operations,
        cost.object_requests,
        cost.fetches,
        answers.join(", ")
    )
}

/// A day's rows are 5,000,000 read and 100,000 written: a minute takes at most so much of them.
const MOST_READ: u64 = 400_000;
/// The budget of one domain, with what is accepted before it is stored.
const MOST_WRITTEN: u64 = 12_000;
/// Of 10,000: what an accepted Follow is answered with is delivered.
const MOST_QUEUED: u32 = 3_000;

fn table(doors: &[Door], from: &str) -> String {
    let mut lines = Vec::new();
    for (name, requests, door) in doors {
        let scene = Scene::new();
        let (requests, token) = match from {
            "many" => (FROM_MANY, None),
            "member" => (*requests, Some(scene.alice.token.clone())),
            _ => (*requests, None),
        };
        let ip = |n: u32| match from {
            "many" => format!("10.{}.{}.1", n / 250, n % 250),
            _ => "192.0.2.1".to_owned(),
        };
        let (cost, answers) = flood(&scene, requests, token.as_deref(), ip, *door);
        assert!(cost.rows_read <= MOST_READ, "{name}: {cost:?}");
        assert!(cost.rows_written <= MOST_WRITTEN, "{name}: {cost:?}");
        assert!(cost.queue_operations <= MOST_QUEUED && cost.object_requests <= 1_000, "{name}: {cost:?}");
        lines.push(line(name, requests, &cost, &answers));
    }
    let head = "| door | requests in a minute | rows read | rows written | queue operations | object requests | fetches | answers |\n|---|---|---|---|---|---|---|---|\n";
    format!("{head}{}", lines.join("\n"))
}

/// Writes or compares one table of docs/cost.md.
fn documented(mark: &str, table: &str) {
    let page = std::fs::read_to_string("docs/cost.md").unwrap_or_default();
    let fresh = replaced(&page, mark, table);
    if std::env::var_os("SORI_WRITE").is_some() {
        std::fs::write("docs/cost.md", fresh).unwrap();
        return;
    }
    assert!(page == fresh, "docs/cost.md is stale: SORI_WRITE=1 cargo nextest run -j 1 cost\n{table}");
}

#[test]
fn a_flood_from_one_address_and_docs_say_so() {
    documented("floods from one address", &table(DOORS, "one"));
}

#[test]
fn a_flood_from_many_addresses_and_docs_say_so() {
    documented("floods from many addresses", &table(DOORS, "many"));
}

#[test]
fn a_flood_by_a_member_and_docs_say_so() {
    documented("floods by a member", &table(MEMBERS, "member"));
}
