//! What strangers can send to every public door, and what other servers can answer: oversized, deep, wide, repeated,
//! slow and malformed. Counted are trips to the database, rows, bytes stored, fetches, the size of the answer and, where
//! the input is four times as long, the bytes allocated. No answer is a 500.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use serde_json::{Value, json};
use sori::http::handler::Access;
use sori::http::request::{MAX_BODY, Request};
use sori::http::response::Response;
use sori::platform::native::network::Faults;
use sori::platform::sql::{Cost, Statement};
use sori::routes::Surface;

use crate::app::{MINUTE, TestApp, settle};
use crate::remote::{Remote, cast};
use crate::scene::Scene;
use crate::support::allocations;

/// The bytes of all values of all tables.
struct Stored(Vec<String>);

impl Stored {
    fn new(app: &TestApp) -> Self {
        let of_table = |table: String| {
            let sql = format!("SELECT name FROM pragma_table_info('{table}')");
            let columns = pollster::block_on(app.db.query(Statement::new(sql))).unwrap_or_default();
            let length = |row| {
                format!(
                    "coalesce(length(CAST(\"{}\" AS BLOB)), 0)",
                    sori::platform::sql::Row::text(row, "name").unwrap()
                )
            };
            let columns: Vec<String> = columns.iter().map(length).collect();
            (!columns.is_empty())
                .then(|| format!("SELECT coalesce(sum({}), 0) AS n FROM \"{table}\"", columns.join(" + ")))
        };
        Self(app.db.tables().into_iter().filter(|t| !t.starts_with("sqlite_")).filter_map(of_table).collect())
    }

    fn bytes(&self, app: &TestApp) -> i64 {
        let of = |sql: &String| {
            let rows = pollster::block_on(app.db.query(Statement::new(sql.clone()))).unwrap_or_default();
            rows.first().map_or(0, |row| row.int("n").unwrap_or(0))
        };
        self.0.iter().map(of).sum()
    }
}

/// What one request may cost.
struct Bounds {
    trips: u32,
    rows_read: u64,
    rows_written: u64,
    fetches: usize,
    answer: usize,
}

/// Of a stranger, at any door.
const STRANGER: Bounds = Bounds { trips: 4, rows_read: 300, rows_written: 20, fetches: 8, answer: 200_000 };
/// Of somebody who signs: an activity may be a status with all that it brings.
const SIGNED: Bounds = Bounds { trips: 12, rows_read: 1_500, rows_written: 500, fetches: 12, answer: 4_000 };

/// Collects what is wrong, so that one run shows all of it.
#[derive(Default)]
struct Findings {
    wrong: Vec<String>,
    requests: usize,
    worst: (u64, u64, usize),
}

impl Findings {
    fn send(&mut self, app: &TestApp, request: Request, bounds: &Bounds, what: &str) -> Response {
        let before = app.network.log_len();
        let what = format!("{} {:.80}: {what}", request.method, request.path);
        let response = app.send(request);
        let cost: Cost = *app.cost.borrow();
        let fetches = app.network.log_len() - before;
        self.requests += 1;
        self.worst = (
            self.worst.0.max(cost.rows_read),
            self.worst.1.max(cost.rows_written),
            self.worst.2.max(response.body.len()),
        );
        let text = String::from_utf8_lossy(&response.body);
        if response.status == 500 || response.status < 200 || response.status > 503 {
            self.wrong.push(format!("{what}: {} {text:.200}", response.status));
        }
        // A refusal is short, whatever was sent.
        let is_refusal = response.status >= 400;
        let answer = if is_refusal { bounds.answer.min(16_000) } else { bounds.answer };
        if cost.trips > bounds.trips
            || cost.rows_read > bounds.rows_read
            || cost.rows_written > bounds.rows_written
            || fetches > bounds.fetches
            || response.body.len() > answer
        {
            self.wrong.push(format!(
                "{what}: {} {cost:?}, {fetches} fetches, {} bytes",
                response.status,
                response.body.len()
            ));
        }
        // The runtime refuses other characters in a header, and answers 500 then.
        for (name, value) in &response.headers {
            if value.len() > 8_192 || !value.bytes().all(|b| (0x20..0x7f).contains(&b)) {
                self.wrong.push(format!("{what}: header {name} of {} bytes: {value:.80?}", value.len()));
            }
        }
        response
    }

    fn end(self, name: &str) {
        let errors = sori::platform::native::take_errors();
        let (read, written, bytes) = self.worst;
        println!(
            "{name}: {} requests, at most {read} rows read, {written} written, {bytes} bytes answered",
            self.requests
        );
        let shown: Vec<_> = self.wrong.iter().take(40).collect();
        assert!(self.wrong.is_empty(), "{} findings: {shown:#?}", self.wrong.len());
        assert!(errors.is_empty(), "logged: {errors:#?}");
    }
}

/// Header values for whatever reads a header: long, repeated, malformed.
fn headers(size: usize) -> Vec<(&'static str, String)> {
    let times = |text: &str| text.repeat(size / text.len());
    let key = "keyId=\"https://b.example/users/x#main-key\"";
    let mut all = vec![
        ("signature", times(",")),
        ("signature", times("a=")),
        ("signature", times("a=\"b\",")),
        ("signature", times("\"")),
        (
            "signature",
            format!("{key},algorithm=\"hs2019\",headers=\"{}\",signature=\"AAAA\"", times("date ")),
        ),
        ("signature", format!("{key},headers=\"(request-target) host date\",signature=\"{}\"", times("A"))),
        (
            "signature",
            format!(
                "keyId=\"https://b.example/{}\",headers=\"(request-target) host date digest\",signature=\"AAAA\"",
                times("x")
            ),
        ),
        (
            "signature",
            format!(
                "{key},created=99999999999999999999,headers=\"(created) (request-target) host digest\",signature=\"AA==\""
            ),
        ),
        ("signature", format!("{key},headers=\"(request-target) host date\",signature=\"AA==\"")),
        ("signature-input", format!("a=({});keyid=\"x\"", times("\"date\" "))),
        ("signature-input", times("a=(),")),
        ("signature-input", times("(")),
        (
            "signature-input",
            format!("a=(\"@method\" \"@target-uri\");created=1;keyid=\"https://b.example/{}\"", times("x")),
        ),
        ("digest", format!("SHA-256={}", times("A"))),
        ("digest", times("SHA-256=x,")),
        ("content-digest", times("sha-256=:AAAA:, ")),
        ("authorization", format!("Bearer {}", times("x"))),
        ("authorization", format!("Basic {}", times("A"))),
        ("authorization", format!("Signature {}", times("a=\"b\","))),
        ("authorization", "Bearer \u{0}".into()),
        ("accept", times("a/b;q=0.1,")),
        ("accept", times(";")),
        ("accept", "application/ld+json; profile=\"".to_owned() + &times("x")),
        ("accept-language", times("en;q=0.1,")),
        ("accept-language", times("-")),
        ("accept-language", "ko;q=99999999999999999999999, *;q=NaN".into()),
        ("cookie", times("a=b;")),
        ("cookie", format!("sori_session={}; form={}", times("x"), "\u{7f}")),
        ("content-type", format!("multipart/form-data; boundary={}", times("-"))),
        ("content-type", format!("application/json; {}", times("charset=x;"))),
        ("content-type", format!("application/ld+json; profile=\"{}\"", times("x "))),
        ("content-type", "application/json; charset=utf-16".into()),
        ("host", times("x.")),
        ("host", "[::1".into()),
        ("host", "a.example:99999999".into()),
        ("host", String::new()),
        ("date", times("x")),
        ("date", "Mon, 99 Foo 99999 99:99:99 GMT".into()),
        ("date", "-9223372036854775808".into()),
        ("range", "bytes=".to_owned() + &times("0-,")),
        ("if-none-match", times("\"x\",")),
        ("if-modified-since", times("9")),
        ("idempotency-key", times("x")),
        ("origin", times("https://x.example ")),
        ("collection-synchronization", times("a=\"b\",")),
        ("x-forwarded-for", times("1.1.1.1,")),
        ("cf-worker", times("x")),
        ("content-length", "-1".into()),
    ];
    all.extend(
        ["signature", "accept", "cookie", "host", "date"].map(|name| (name, "\u{ff}\u{1}한글".to_owned())),
    );
    all
}

/// What stands for a captured segment of a path.
fn segments() -> Vec<String> {
    let mut all: Vec<String> = [
        "%00",
        "%2e%2e",
        "%ff",
        "%",
        "a%2Fb",
        "-1",
        "9007199254740993",
        "99999999999999999999",
        "%0d%0aX:%20y",
        "'%22;--",
        "@",
        "%F0%9F%A6%80",
        "favourite-1-2",
        "1.json",
    ]
    .map(str::to_owned)
    .to_vec();
    all.extend([
        "x".repeat(3_000),
        "%ED%95%9C".repeat(400),
        "9".repeat(1_000),
        "%".repeat(2_000),
        "../".repeat(500),
    ]);
    all
}

fn queries(size: usize) -> Vec<String> {
    let times = |text: &str| text.repeat(size / text.len());
    vec![
        times("a=1&"),
        format!("a{}=1", times("[]")),
        format!("a{}=1", times("[x]")),
        times("%"),
        times("&"),
        times("id[]=1&"),
        times("types[]=follow&"),
        format!("q={}&resource={}", times("x"), times("y")),
        format!("q={}", times("@a%20%23b%20from:x%20")),
        format!("q={}&type=statuses", times("%22")),
        format!("resource=acct:{}@a.example", times("x")),
        format!("resource=https://a.example/{}", times("%2F")),
        "limit=99999999999999999999&max_id=-1&min_id=x&since_id=9007199254740993&offset=-5&page=1e9".into(),
        "max_id=99999999999999999999&page=true&min_id=9223372036854775807&order=x&only_other_accounts=1".into(),
        format!("url={}&next={}&redirect_uri={}&state={}", times("x"), times("%2F"), times("a:"), times("s")),
        "q=%00&resource=%00&url=%00&acct=%00&next=%00&response_type=%00".into(),
        "q=%ff&resource=%ff&acct=%ff&next=%ff%0d%0a".into(),
        "response_type=code&client_id=x&redirect_uri=%ED%95%9C%0d%0a:x&scope=read&state=%0d%0aX:y&next=/%ED%95%9C".into(),
        format!("access_token={}", times("x")),
    ]
}

/// Bodies with their types.
fn bodies(size: usize) -> Vec<(&'static str, Vec<u8>)> {
    let times = |text: &str| text.repeat(size / text.len());
    let members = |n: usize| (0..n).map(|i| format!("\"k{i:06}\":{i}")).collect::<Vec<_>>().join(",");
    let (json, activity, form, parts) = (
        "application/json",
        "application/activity+json",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=b",
    );
    let mut all: Vec<(&'static str, String)> = Vec::new();
    for kind in [json, activity] {
        all.push((kind, format!("{{{}}}", members(size / 16))));
        all.push((kind, times("{\"a\":")));
        all.push((kind, times("[")));
        all.push((kind, format!("[{}1]", times("1,"))));
        all.push((kind, format!("{{\"a\":[{}1]}}", times("[],"))));
        all.push((kind, format!("{{\"status\":\"{0}\",\"username\":\"{0}\",\"client_name\":\"{0}\",\"redirect_uris\":\"{0}\",\"actor\":\"{0}\",\"type\":\"{0}\"}}", "x".repeat(size / 8))));
        all.push((kind, "{\"a\":1e999}".into()));
        all.push((kind, "{\"a\":\"\\ud800\"}".into()));
        all.push((kind, "{\"a\":\"\\u0000\",\"\\u0000\":1}".into()));
        all.push((kind, "{\"a\":1".into()));
        all.push((kind, String::new()));
        all.push((kind, "null".into()));
        all.push((kind, format!("{{\"id\":1{}}}", times(",\"id\":1"))));
        all.push((kind, format!("{{\"actor\":[[[{{\"id\":null}}]]],\"type\":{{}},\"object\":{}}}", 5)));
        all.push((kind, "\u{feff}\u{feff}{}".into()));
    }
    all.extend([
        (form, times("a=1&")),
        (form, format!("a{}=1", times("[a]"))),
        (form, times("%")),
        (form, times("status=x&username=y&")),
        (
            form,
            format!(
                "client_name={0}&redirect_uris={0}&scopes={0}&code={0}&username={0}&password={0}&token={0}",
                "x".repeat(size / 8)
            ),
        ),
        (form, "client_name=x&redirect_uris=%ED%95%9C%01:x&scopes=read&website=%00".into()),
        (
            form,
            "grant_type=authorization_code&code=%ff&client_id=%ff&client_secret=\u{1}&redirect_uri=x".into(),
        ),
        (parts, times("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n")),
        (parts, times("--b\r\n\r\n")),
        (parts, times("--b")),
        (parts, format!("--b\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\nx\r\n--b--", times("a"))),
        (parts, format!("--b\r\n{}\r\n\r\nx\r\n--b--", times("X: y\r\n"))),
        ("multipart/form-data", times("--\r\n")),
        ("", times("\u{1}")),
        ("text/plain", times("x")),
        ("application/json; charset=utf-16", "{\u{0}}\u{0}".into()),
    ]);
    let mut all: Vec<(&'static str, Vec<u8>)> =
        all.into_iter().map(|(kind, body)| (kind, body.into_bytes())).collect();
    all.push((json, (0..size).map(|n| (n * 151) as u8).collect()));
    all.push((activity, (0..size).map(|n| (n * 31) as u8).collect()));
    all.push((form, vec![0xff; size]));
    all
}

fn is_public(access: &Access) -> bool {
    matches!(access, Access::Public(_) | Access::Document(_) | Access::Anyone(..))
}

/// A path of a route, with something that is there in place of what it captures, or `segment`.
fn path(pattern: &str, scene: &Scene, segment: Option<&str>) -> String {
    let fill = |part: &str| match part.find('{') {
        None => part.to_owned(),
        Some(at) => {
            let known = match &part[at..] {
                "{username}" => "alice".into(),
                "{version}" => "2.0".into(),
                "{shortcode}" => "fern".into(),
                "{tag}" | "{name}" | "{hashtag}" => "fern".into(),
                _ => scene.fill("<post>"),
            };
            format!("{}{}", &part[..at], segment.unwrap_or(&known))
        }
    };
    pattern.split('/').map(fill).collect::<Vec<_>>().join("/")
}

/// Every request comes from another address: the limits of requests are not what is looked at here.
struct Addresses(u32);

impl Addresses {
    fn next(&mut self, mut request: Request) -> Request {
        self.0 += 1;
        let [_, a, b, c] = self.0.to_be_bytes();
        request.ip = Some(format!("10.{a}.{b}.{c}"));
        request
    }
}

fn request(method: &str, path: &str) -> Request {
    Request { method: method.into(), path: path.into(), ..Request::default() }
}

#[test]
fn at_every_door_paths_queries_and_headers() {
    let scene = Scene::new();
    let app = &scene.app;
    let (mut findings, mut addresses) = (Findings::default(), Addresses(0));
    let stored = Stored::new(app);
    let (headers, segments, queries) = (headers(8_000), segments(), queries(12_000));
    let mut turn = 0;
    for (surface, route) in sori::routes::all() {
        let good = path(route.pattern, &scene, None);
        let (before, requests) = (stored.bytes(app), findings.requests);
        // What is the same at all doors of the client API is sent to some of them, in turn.
        let step = match (&route.access, surface) {
            (Access::User(..) | Access::Staff(..) | Access::Client(_), _) => 9,
            (_, Surface::Api) => 3,
            _ => 1,
        };
        let mut some = |n: usize| {
            turn += 1;
            (turn % step..n).step_by(step)
        };
        let accept = if surface == Surface::ActivityPub { "application/activity+json" } else { "text/html" };
        for n in some(headers.len()) {
            let (name, value) = &headers[n];
            let mut request = addresses.next(request(route.method, &good));
            if !matches!(*name, "accept") {
                request.headers.add("accept", accept);
            }
            if *name == "signature-input" {
                request.headers.add("signature", "a=:AAAA:");
            }
            if *name == "signature" {
                request.headers.add("date", app.clock.now().to_http());
                request.headers.add("host", "a.example");
            }
            request.headers.add(name, value.clone());
            findings.send(app, request, &STRANGER, &format!("{name}: {value:.60}"));
        }
        for n in some(queries.len()) {
            let mut request = addresses.next(request(route.method, &good));
            request.query.clone_from(&queries[n]);
            findings.send(app, request, &STRANGER, &format!("?{:.60}", queries[n]));
        }
        if route.pattern.contains('{') {
            for n in some(segments.len()) {
                let request = request(route.method, &path(route.pattern, &scene, Some(&segments[n])));
                findings.send(app, addresses.next(request), &STRANGER, "");
            }
        }
        let kept = stored.bytes(app) - before;
        let sent = (findings.requests - requests) as i64;
        if kept > 500 * sent {
            findings
                .wrong
                .push(format!("{} {}: {kept} bytes stored by {sent} requests", route.method, route.pattern));
        }
    }
    assert!(findings.requests > 4_000, "{}", findings.requests);
    findings.end("doors");
}

#[test]
fn at_every_door_bodies() {
    let scene = Scene::new();
    let app = &scene.app;
    let (mut findings, mut addresses) = (Findings::default(), Addresses(0));
    let stored = Stored::new(app);
    let (bodies, large) = (bodies(30_000), bodies(MAX_BODY - 200));
    let mut turn = 0;
    for (_, route) in sori::routes::all().into_iter().filter(|(_, route)| route.method != "GET") {
        let (before, requests) = (stored.bytes(app), findings.requests);
        let good = path(route.pattern, &scene, None);
        let step = if is_public(&route.access) { 1 } else { 5 };
        turn += 1;
        let mut all: Vec<_> = (turn % step..bodies.len()).step_by(step).map(|n| &bodies[n]).collect();
        all.push(&large[turn % large.len()]);
        if route.pattern == "/inbox" {
            all.extend(&large);
        }
        for (kind, body) in all {
            let mut request = addresses.next(request(route.method, &good));
            request.body.clone_from(body);
            if !kind.is_empty() {
                request.headers.add("content-type", *kind);
            }
            let what = format!("{kind} {} bytes {:.40}", body.len(), String::from_utf8_lossy(body));
            findings.send(app, request, &STRANGER, &what);
        }
        // More than the limit: the platform stops reading.
        let mut request = addresses.next(request(route.method, &good));
        request.is_body_too_large = true;
        let answer = findings.send(app, request, &STRANGER, "too large");
        assert!(matches!(answer.status, 413 | 422 | 401 | 403 | 404), "{} {}", route.pattern, answer.status);
        let kept = stored.bytes(app) - before;
        let sent = (findings.requests - requests) as i64;
        if kept > 500 * sent {
            findings
                .wrong
                .push(format!("{} {}: {kept} bytes stored by {sent} requests", route.method, route.pattern));
        }
    }
    // The one thing that a stranger can have stored: an app.
    let before = stored.bytes(app);
    for n in 0..20 {
        app.clock.advance(31 * MINUTE);
        let mut request = addresses.next(request("POST", "/api/v1/apps"));
        let uris: Vec<String> =
            (0..50).map(|i| format!("https://x.example/{}{i}", "x".repeat(500))).collect();
        let body = json!({"client_name": "x".repeat(60), "redirect_uris": uris[..=n.min(49)], "website": format!("https://x.example/{}", "x".repeat(1_000)),
            "scopes": "read write follow push ".repeat(500)});
        request.headers.add("content-type", "application/json");
        request.body = body.to_string().into_bytes();
        findings.send(app, request, &STRANGER, &format!("an app of {} addresses", n + 1));
    }
    let kept = stored.bytes(app) - before;
    println!("{kept} bytes of 20 apps");
    assert!(kept < 20 * 8_000, "{kept}");
    assert!(findings.requests > 1_500, "{}", findings.requests);
    findings.end("bodies");
}

/// Values in place of any property of an activity.
fn values(remote: &Remote) -> Vec<(&'static str, Value)> {
    let deep = |n: usize| {
        (0..n)
            .fold(json!({}), |inner, _| json!({"id": "https://b.example/1", "object": inner, "type": "Note"}))
    };
    vec![
        ("null", json!(null)),
        ("number", json!(9_007_199_254_740_993_i64)),
        ("float", json!(-1e300)),
        ("bool", json!(true)),
        ("empty", json!("")),
        ("long", json!("<b>&".repeat(20_000))),
        ("list", json!(vec!["https://b.example/users/x"; 2_000])),
        ("mixed", json!([null, 1, "x", {"id": "https://b.example/y"}, [["https://b.example/z"]], {}])),
        ("objects", json!(vec![json!({"id": remote.uri("/notes/9"), "type": "Note", "content": "x"}); 500])),
        ("deep", deep(25)),
        ("ours", json!("https://a.example/users/alice")),
        (
            "ours as an object",
            json!({"id": "https://a.example/users/alice", "type": "Person", "inbox": "https://a.example/inbox"}),
        ),
        ("another host", json!("https://c.example/notes/1")),
        ("script", json!("javascript:alert(1)")),
        ("address", json!("https://169.254.169.254/latest")),
        ("no host", json!("https://")),
        ("public", json!("as:Public")),
    ]
}

#[test]
fn activities_of_somebody_who_signs() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let post = alice.posts("hello")["uri"].clone();
    let (mut findings, stored) = (Findings::default(), Stored::new(&app));
    let kinds = [
        "Create",
        "Update",
        "Delete",
        "Undo",
        "Follow",
        "Accept",
        "Reject",
        "Announce",
        "Like",
        "EmojiReact",
        "Block",
        "Move",
        "Flag",
        "Add",
        "Remove",
        "QuoteRequest",
        "Unknown",
    ];
    let values = values(&remote);
    let mut n = 100;
    for (turn, kind) in kinds.into_iter().enumerate() {
        let before = stored.bytes(&app);
        let (mut sent, mut length) = (0, 0);
        for (at, name) in [
            "id",
            "object",
            "target",
            "to",
            "content",
            "tag",
            "instrument",
            "result",
            "type",
            "@context",
            "proof",
        ]
        .iter()
        .enumerate()
        {
            // Each kind and property meets some of the values; of a note that is enclosed every property meets all.
            let is_note = kind == "Create";
            let step = if is_note { 1 } else { 6 };
            for (what, value) in values.iter().skip((at + turn) % step).step_by(step) {
                n += 1;
                let note = remote.note(&bob, n, json!({"inReplyTo": post}));
                let object = match kind {
                    "Create" | "Update" => note,
                    "Undo" | "Accept" | "Reject" => {
                        json!({"type": "Follow", "id": remote.uri("/x"), "actor": bob["id"], "object": post})
                    }
                    _ => post.clone(),
                };
                let mut activity = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": remote.uri(&format!("/activities/{n}")),
                    "type": kind, "actor": bob["id"], "object": object, "target": remote.uri("/users/bob/featured"), "content": "👍"});
                let changed = if is_note { &mut activity["object"] } else { &mut activity };
                changed[*name] = value.clone();
                sent += 1;
                length += activity.to_string().len() as i64;
                findings.send(
                    &app,
                    remote.request(&app, &activity),
                    &SIGNED,
                    &format!("{kind} with {name}: {what}"),
                );
            }
        }
        let kept = stored.bytes(&app) - before;
        if kept > 2 * length + 4_000 * sent {
            findings.wrong.push(format!("{kind}: {kept} bytes stored of {length} in {sent}"));
        }
        app.clock.advance(60_000);
        app.tick();
    }
    settle(&[&app]);
    alice.home();
    alice.notifications();
    alice.get("/api/v1/timelines/public?limit=40");
    assert!(findings.requests > 600, "{}", findings.requests);
    findings.end("activities");
}

const ACTIVITY: &str = "application/activity+json";

/// What another server may answer in place of a document that is at `uri`.
fn answers(uri: &str) -> Vec<(&'static str, Response)> {
    let actor = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": uri, "type": "Person", "preferredUsername": "evil",
        "inbox": format!("{uri}/inbox")});
    let with = |name: &str, value: Value| {
        let mut actor = actor.clone();
        actor[name] = value;
        actor.to_string()
    };
    let note = |name: &str, value: Value| {
        let mut note = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": uri, "type": "Note",
            "attributedTo": "https://b.example/users/bob", "content": "x", "to": "as:Public"});
        note[name] = value;
        note.to_string()
    };
    let ok = |kind: &str, body: String| Response::new(200, kind, body);
    let status = |status: u16| Response::new(status, ACTIVITY, actor.to_string());
    let redirect = |to: &str| Response { status: 302, ..Response::default() }.with("Location", to);
    let long = "x".repeat(500_000);
    let mut all = vec![
        ("nothing", Response::default()),
        ("empty", ok(ACTIVITY, String::new())),
        ("too large", ok(ACTIVITY, "x".repeat(MAX_BODY + 1))),
        ("spaces", ok(ACTIVITY, " ".repeat(MAX_BODY))),
        ("no JSON", ok(ACTIVITY, "<html>".into())),
        ("deep", ok(ACTIVITY, "{\"a\":".repeat(100_000))),
        (
            "wide",
            ok(
                ACTIVITY,
                format!(
                    "{{{}}}",
                    (0..40_000).map(|n| format!("\"k{n:06}\":1")).collect::<Vec<_>>().join(",")
                ),
            ),
        ),
        ("list", ok(ACTIVITY, format!("[{actor}]"))),
        ("keywords", ok(ACTIVITY, with("@graph", json!([])))),
        ("utf-16", ok("application/activity+json; charset=utf-16", actor.to_string())),
        (
            "no media type",
            Response { status: 200, body: actor.to_string().into_bytes(), ..Response::default() },
        ),
        ("plain", ok("text/plain", actor.to_string())),
        ("long media type", ok(&"application/activity+json;".repeat(5_000), actor.to_string())),
        ("odd media type", ok("application/activity+json\u{1}한글", actor.to_string())),
        ("page", ok("text/html", format!("<html><link {}>{}", "a=b ".repeat(50_000), "<".repeat(200_000)))),
        (
            "page of links",
            ok(
                "text/html",
                "<link rel=alternate type=application/activity+json href=https://b.example/loop>"
                    .repeat(5_000),
            ),
        ),
        (
            "link header",
            ok("text/html", "x".into()).with("Link", "<https://b.example/x>; rel=x, ".repeat(5_000)),
        ),
        (
            "link to a private address",
            ok("text/html", "x".into())
                .with("Link", "<https://10.0.0.1/x>; rel=\"alternate\"; type=\"application/activity+json\""),
        ),
        (
            "bytes",
            Response {
                status: 200,
                headers: vec![("Content-Type".into(), ACTIVITY.into())],
                body: (0..200_000).map(|n| (n * 7) as u8).collect(),
                ..Response::default()
            },
        ),
        ("another id", ok(ACTIVITY, with("id", json!("https://c.example/users/evil")))),
        ("an id that is a list", ok(ACTIVITY, with("id", json!([uri])))),
        ("an id without end", ok(ACTIVITY, with("id", json!(format!("{uri}{long}"))))),
        ("an inbox elsewhere", ok(ACTIVITY, with("inbox", json!("https://169.254.169.254/x")))),
        ("an inbox here", ok(ACTIVITY, with("inbox", json!("https://a.example/inbox")))),
        ("long texts", ok(ACTIVITY, with("summary", json!(long)))),
        ("long name", ok(ACTIVITY, with("name", json!(long)))),
        (
            "fields",
            ok(
                ACTIVITY,
                with(
                    "attachment",
                    json!(vec![
                        json!({"type": "PropertyValue", "name": "x".repeat(900), "value": "y".repeat(900)});
                        400
                    ]),
                ),
            ),
        ),
        (
            "keys",
            ok(
                ACTIVITY,
                with(
                    "assertionMethod",
                    json!(vec![
                        json!({"id": format!("{uri}#k"), "type": "Multikey", "controller": uri, "publicKeyMultibase": format!("z{}", "z".repeat(1400))});
                        400
                    ]),
                ),
            ),
        ),
        (
            "emojis",
            ok(
                ACTIVITY,
                with(
                    "tag",
                    json!(vec![
                        json!({"type": "Emoji", "name": ":x:", "icon": {"url": "https://b.example/x.png"}});
                        3_000
                    ]),
                ),
            ),
        ),
        (
            "aliases",
            ok(
                ACTIVITY,
                with(
                    "alsoKnownAs",
                    json!((0..8_000).map(|n| format!("https://b.example/{n}")).collect::<Vec<_>>()),
                ),
            ),
        ),
        ("controls", ok(ACTIVITY, with("url", json!("https://b.example/\r\nX: y\u{0}")))),
        ("moves to itself", ok(ACTIVITY, with("movedTo", json!(uri)))),
        (
            "a note of everybody",
            ok(ACTIVITY, note("attributedTo", json!(vec!["https://b.example/users/bob"; 5_000]))),
        ),
        ("a long note", ok(ACTIVITY, note("content", json!("<h1>".repeat(100_000))))),
        (
            "a note of hashtags",
            ok(
                ACTIVITY,
                note(
                    "tag",
                    json!(
                        (0..4_000)
                            .map(|n| json!({"type": "Hashtag", "name": format!("#t{n}")}))
                            .collect::<Vec<_>>()
                    ),
                ),
            ),
        ),
        ("a note that answers itself", ok(ACTIVITY, note("inReplyTo", json!(uri)))),
        ("a note that quotes itself", ok(ACTIVITY, note("quote", json!(uri)))),
        ("a note in the year 99999", ok(ACTIVITY, note("published", json!("99999-01-01T00:00:00Z")))),
        ("a note before all time", ok(ACTIVITY, note("published", json!("-9999-01-01T00:00:00Z")))),
        ("a poll without end", ok(ACTIVITY, note("type", json!("Question")))),
        ("redirect to itself", redirect(uri)),
        ("redirect without end", redirect("https://endless.example/1")),
        ("redirect to a private address", redirect("https://127.0.0.1/x")),
        ("redirect to ours", redirect("https://a.example/users/alice")),
        ("redirect to http", redirect("http://b.example/users/bob")),
        ("redirect to a port", redirect("https://b.example:8080/users/bob")),
        ("redirect to nothing", Response { status: 301, ..Response::default() }),
        ("redirect to what is no URL", redirect("https://[")),
        ("long redirect", redirect(&format!("https://b.example/{long}"))),
        ("redirect of controls", redirect("https://b.example/\r\n\u{0}")),
    ];
    for n in [204, 206, 300, 304, 400, 401, 403, 404, 410, 418, 429, 451, 500, 503, 530] {
        all.push(("status", status(n)));
    }
    all
}

/// WebFinger answers for `evil@b.example`.
fn fingers() -> Vec<(&'static str, Value)> {
    let link = |href: &str| json!({"rel": "self", "type": ACTIVITY, "href": href});
    let good = link("https://b.example/users/evil");
    vec![
        ("many links", json!({"subject": "acct:evil@b.example", "links": vec![good.clone(); 4_000]})),
        ("no links", json!({"subject": "acct:evil@b.example"})),
        ("links of text", json!({"subject": "acct:evil@b.example", "links": "x"})),
        ("another subject", json!({"subject": "acct:evil@endless.example", "links": [good.clone()]})),
        ("no subject", json!({"subject": 5, "links": [good.clone()]})),
        (
            "long subject",
            json!({"subject": format!("acct:{}@b.example", "x".repeat(300_000)), "links": [good.clone()]}),
        ),
        (
            "ours",
            json!({"subject": "acct:alice@a.example", "links": [link("https://a.example/users/alice")]}),
        ),
        ("private", json!({"subject": "acct:evil@b.example", "links": [link("https://10.0.0.1/x")]})),
        (
            "itself",
            json!({"subject": "acct:evil@b.example", "links": [link("https://b.example/.well-known/webfinger?resource=acct%3Aevil%40b.example")]}),
        ),
        ("endless", json!({"subject": "acct:evil@b.example", "links": [link("https://endless.example/1")]})),
        (
            "aliases",
            json!({"subject": "acct:evil@b.example", "aliases": vec!["https://b.example/x"; 8_000], "links": [good]}),
        ),
    ]
}

/// A host whose every page leads to another: redirects, collections, threads.
fn endless(app: &TestApp, asked: &Rc<RefCell<usize>>) {
    let asked = asked.clone();
    app.network.register(
        "endless.example",
        Rc::new(move |request| {
            *asked.borrow_mut() += 1;
            let n = *asked.borrow();
            let uri = |path: &str| format!("https://endless.example/{path}{n}");
            let here = format!("https://endless.example{}", request.target());
            let answer = if request.path.starts_with("/page") {
                let items: Vec<String> = (0..500).map(|i| format!("https://endless.example/note{n}-{i}")).collect();
                Response::activity(&json!({"@context": "https://www.w3.org/ns/activitystreams", "id": here, "type": "OrderedCollectionPage",
                    "next": uri("page"), "first": uri("page"), "orderedItems": items, "totalItems": "1e999"}))
            } else if request.path.starts_with("/note") {
                Response::activity(&json!({"@context": "https://www.w3.org/ns/activitystreams", "id": here, "type": "Note", "content": "x",
                    "to": "as:Public", "attributedTo": "https://endless.example/person", "inReplyTo": uri("note"), "quote": uri("note"),
                    "replies": uri("page"), "context": uri("page")}))
            } else if request.path.starts_with("/person") {
                Response::activity(&json!({"@context": "https://www.w3.org/ns/activitystreams", "id": here, "type": "Person",
                    "preferredUsername": "x", "inbox": uri("inbox"), "featured": uri("page"), "followers": uri("page"),
                    "movedTo": uri("person"), "alsoKnownAs": [uri("person")]}))
            } else if request.method == "POST" {
                Response { status: 202, ..Response::default() }
            } else {
                Response { status: 302, ..Response::default() }.with("Location", uri(""))
            };
            Box::pin(async move { answer })
        }),
    );
}

#[test]
fn answers_of_other_servers() {
    let (app, remote, _) = cast();
    let alice = app.person("alice");
    let (mut findings, stored, asked) = (Findings::default(), Stored::new(&app), Rc::new(RefCell::new(0)));
    endless(&app, &asked);
    let search = |q: &str| {
        let encoded: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let mut request = request("GET", "/api/v2/search");
        request.query = format!("resolve=true&q={encoded}");
        request.headers.add("authorization", format!("Bearer {}", alice.token));
        request
    };
    // A chain of answers by others is followed five statuses up, some six trips each.
    let bounds = Bounds { trips: 40, rows_read: 400, rows_written: 120, fetches: 12, answer: 200_000 };
    // After the answer, and with all jobs that came of it.
    let check = |findings: &mut Findings, what: &str, request: Request, most: usize| {
        let (before, fetched) = (stored.bytes(&app), app.network.log_len());
        let status = findings.send(&app, request, &bounds, what).status;
        settle(&[&app]);
        let (kept, fetched) = (stored.bytes(&app) - before, app.network.log_len() - fetched);
        if kept > 120_000 || fetched > most {
            findings.wrong.push(format!("{what}: {kept} bytes stored, {fetched} fetches"));
        }
        app.network.take_log();
        status
    };
    let path = "/users/evil";
    for (what, answer) in answers(&remote.uri(path)) {
        remote.answers(path, answer);
        let status = check(&mut findings, &format!("searched, {what}"), search(&remote.uri(path)), 40);
        assert_eq!(status, 200, "{what}");
        let fetches = app.cost.borrow().fetches;
        assert!(
            what != "a note that answers itself" || fetches <= 2,
            "{fetches} fetches of what answers itself"
        );
        // As the key of somebody unknown, from another address each time.
        let actor = remote.uri(path);
        let like = json!({"id": remote.uri("/likes/1"), "type": "Like", "actor": actor, "object": "https://a.example/x"});
        let mut request = remote.request(&app, &like);
        request.ip = Some(format!("10.1.0.{}", findings.requests % 250));
        let status = check(&mut findings, &format!("a key, {what}"), request, 40);
        assert!(matches!(status, 202 | 401 | 403 | 503), "{what}: {status}");
        // As what somebody boosts.
        let announce = json!({"id": remote.uri(&format!("/boosts/{}", findings.requests)), "type": "Announce", "actor": remote.uri("/users/bob"),
            "object": actor, "to": "as:Public"});
        let status = check(&mut findings, &format!("boosted, {what}"), remote.request(&app, &announce), 60);
        assert!(status < 500, "{what}: {status}");
        app.db.run("DELETE FROM statuses WHERE is_local = 0; DELETE FROM accounts WHERE uri LIKE '%evil%'");
        app.clock.advance(2 * 3_600_000);
    }
    remote.forgets(path);
    for (what, finger) in fingers() {
        remote.answers("/.well-known/webfinger?resource=acct%3Aevil%40b.example", Response::json(&finger));
        let status = check(&mut findings, &format!("WebFinger, {what}"), search("@evil@b.example"), 30);
        assert_eq!(status, 200, "{what}");
        app.clock.advance(2 * 3_600_000);
    }
    // Every page leads to another.
    for (what, path) in [("a person", "person"), ("a note", "note"), ("redirects", "x"), ("pages", "page")] {
        check(
            &mut findings,
            &format!("endless, {what}"),
            search(&format!("https://endless.example/{path}1")),
            250,
        );
    }
    let note = app.count("SELECT coalesce(max(id), 0) AS n FROM statuses WHERE uri LIKE 'https://endless%'");
    assert!(note > 0);
    for n in 0..3 {
        let mut open = request("GET", &format!("/api/v1/statuses/{note}/context"));
        open.headers.add("authorization", format!("Bearer {}", alice.token));
        check(&mut findings, &format!("a thread without end, {n}"), open, 400);
        app.clock.advance(3_600_000);
    }
    // Nobody answers within the time.
    app.network.set_faults("*", Faults { is_down: true, ..Faults::default() });
    for q in ["https://b.example/users/silent", "@silent@b.example", "https://endless.example/note5"] {
        assert_eq!(check(&mut findings, "silent", search(q), 40), 200, "{q}");
    }
    println!("{} pages of the endless host", asked.borrow());
    findings.end("answers");
}

#[test]
fn threads_that_go_round_end() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    for length in [1, 2, 3, 7] {
        let uri = |n: u32| remote.uri(&format!("/notes/{}", 100 * length + n));
        // Each answers the next and the last the first; one beside them answers the first.
        let parents = (0..length).map(|n| (n, (n + 1) % length)).chain([(50, 0)]);
        for (n, parent) in parents.clone() {
            let note = remote.note(&bob, 100 * length + n, json!({"inReplyTo": uri(parent)}));
            assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
        }
        settle(&[&app]);
        for (n, _) in parents {
            let sql = Statement::new("SELECT id FROM statuses WHERE uri = ?1").bind(uri(n));
            let id = pollster::block_on(app.db.query(sql)).unwrap()[0].id("id").unwrap().to_string();
            let context = alice.get(&format!("/api/v1/statuses/{id}/context"));
            let shown =
                ["ancestors", "descendants"].map(|name| context[name].as_array().unwrap().clone()).concat();
            let ids: BTreeSet<&str> = shown.iter().map(|status| status["id"].as_str().unwrap()).collect();
            assert_eq!(ids.len(), shown.len(), "{length} {n}: {:?}", shown.len());
            assert!(!ids.contains(id.as_str()), "{length} {n}");
        }
    }
}

/// What is sent, and how for a given length.
type Shape = (&'static str, Box<dyn Fn(usize) -> Request>);

#[test]
fn four_times_the_input_is_four_times_the_work() {
    let (app, remote, bob) = cast();
    app.request("GET", "/health", None, None);
    let of_header = |name: &'static str, unit: &'static str| {
        move |n: usize| {
            let mut request = request("POST", "/inbox");
            request.headers.add("content-type", ACTIVITY);
            request.body = br#"{"id":"https://b.example/1","type":"Like","actor":"https://b.example/users/x","object":"https://a.example/1"}"#.to_vec();
            request.headers.add("date", "Mon, 21 Sep 2026 13:33:20 GMT");
            request.headers.add(name, unit.repeat(n));
            request
        }
    };
    let of_body = |kind: &'static str, start: &'static str, unit: &'static str, end: &'static str| {
        move |n: usize| {
            let path = if kind == ACTIVITY { "/inbox" } else { "/api/v1/apps" };
            let mut request = request("POST", path);
            request.headers.add("content-type", kind);
            request.body = format!("{start}{}{end}", unit.repeat(n)).into_bytes();
            request
        }
    };
    let of_query = |path: &'static str, unit: &'static str| {
        move |n: usize| {
            let mut request = request("GET", path);
            request.query = format!("q={0}&resource={0}&{1}", unit.repeat(n), "a[]=1&".repeat(n));
            request
        }
    };
    let signed = |extra: fn(usize) -> Value| {
        let (remote, bob, app) = (remote.clone(), bob.clone(), app.clone());
        move |n: usize| {
            let note = remote.note(&bob, n as u32, extra(n));
            remote.request(&app, &remote.create(&bob, &note))
        }
    };
    let form = "application/x-www-form-urlencoded";
    let shapes: Vec<Shape> = vec![
        ("signature", Box::new(of_header("signature", "a=\"b\","))),
        ("signature-input", Box::new(of_header("signature-input", "a=(\"b\"),"))),
        ("digest", Box::new(of_header("digest", "SHA-256=x,"))),
        ("accept", Box::new(of_header("accept", "a/b;q=0.1,"))),
        ("accept-language", Box::new(of_header("accept-language", "en;q=0.1,"))),
        ("cookie", Box::new(of_header("cookie", "a=b;"))),
        ("boundary", Box::new(of_header("content-type", "multipart/form-data; boundary=--"))),
        ("list", Box::new(of_body(ACTIVITY, "{\"a\":[", "1,", "1]}"))),
        ("text", Box::new(of_body(ACTIVITY, "{\"a\":\"", "x\\n", "\"}"))),
        ("same members", Box::new(of_body(ACTIVITY, "{\"a\":1", ",\"a\":1", "}"))),
        ("form", Box::new(of_body(form, "", "a=1&", "b=1"))),
        ("nested form", Box::new(of_body(form, "a", "[b]", "=1"))),
        (
            "parts",
            Box::new(of_body(
                "multipart/form-data; boundary=b",
                "",
                "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n",
                "--b--",
            )),
        ),
        ("json", Box::new(of_body("application/json", "{\"client_name\":[", "{\"a\":1},", "1]}"))),
        ("search", Box::new(of_query("/api/v2/search", "@a%20%23b%20"))),
        ("webfinger", Box::new(of_query("/.well-known/webfinger", "%61%40"))),
        (
            "content",
            Box::new(signed(
                |n| json!({"content": "<p>a <b>&amp; @x #y https://x.example/</p>".repeat(n / 8)}),
            )),
        ),
        ("hashtags", Box::new(signed(|n| json!({"tag": vec![json!({"type": "Hashtag", "name": "#x"}); n]})))),
        (
            "mentions",
            Box::new(signed(
                |n| json!({"tag": (0..n).map(|n| json!({"type": "Mention", "href": format!("https://b.example/{n}")})).collect::<Vec<_>>()}),
            )),
        ),
        (
            "addressed",
            Box::new(signed(
                |n| json!({"cc": (0..n).map(|n| format!("https://b.example/{n}")).collect::<Vec<_>>()}),
            )),
        ),
        (
            "attachments",
            Box::new(signed(
                |n| json!({"attachment": vec![json!({"type": "Image", "url": "https://b.example/x.png"}); n]}),
            )),
        ),
    ];
    let mut wrong = Vec::new();
    for (what, shape) in &shapes {
        let cost = |n: usize| {
            let request = shape(n);
            let length = request.body.len()
                + request.query.len()
                + request.headers.0.iter().map(|(_, v)| v.len()).sum::<usize>();
            let mut status = 0;
            let bytes = allocations::of(|| status = app.send(request).status);
            let cost = *app.cost.borrow();
            (length, bytes, cost.trips, cost.rows_written, status)
        };
        // The first of a kind fills what the isolate remembers.
        cost(399);
        let (one, four) = (cost(400), cost(1_600));
        println!("{what}: {one:?} {four:?}");
        if four.1 > 5 * one.1 + 100_000 || four.2 > one.2 || four.3 > one.3 + 4 || four.4 >= 500 {
            wrong.push(format!("{what}: {one:?} {four:?}"));
        }
    }
    assert!(wrong.is_empty(), "length, bytes allocated, trips, rows written, status: {wrong:#?}");
}
