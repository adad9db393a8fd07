//! Files of other servers through the signed path: who may ask for what, what is passed on, and what clients are told.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sori::http::request::Request;
use sori::http::response::Response;
use sori::model::ledger::{Measure, Source, Usage};
use sori::model::media::TYPES;
use sori::model::proxy;
use sori::model::site::PROXIED_REQUESTS;
use sori::model::time::{DAY, MINUTE};
use sori::platform::native::network::Faults;

use crate::app::TestApp;
use crate::remote::{Remote, redirect};
use crate::scene::{READS, Scene, WRITES};

fn cast() -> (TestApp, Remote) {
    let app = TestApp::alone();
    let remote = Remote::new(&app.network, "b.example");
    (app, remote)
}

/// The path of a remote file.
fn path(app: &TestApp, url: &str) -> String {
    proxy::path(&app.ready().config.proxy_key, url)
}

fn get(app: &TestApp, url: &str) -> Response {
    app.request("GET", &path(app, url), None, None)
}

fn part(app: &TestApp, url: &str, range: &str) -> Response {
    let mut request = Request { method: "GET".into(), path: path(app, url), ..Request::default() };
    request.headers.add("range", range);
    app.send(request)
}

fn picture(bytes: impl Into<Vec<u8>>) -> Response {
    Response::new(200, "image/png", bytes)
}

#[test]
fn a_picture_is_passed_on_without_what_could_run_or_identify() {
    let (app, remote) = cast();
    remote.answers(
        "/a.png?v=1",
        Response::new(200, "image/png; charset=x", "picture")
            .with("Set-Cookie", "a=b")
            .with("Content-Security-Policy", "script-src *")
            .with("Content-Length", "7")
            .with("Cache-Control", "private")
            .with("X-Own", "1"),
    );
    app.network.take_log();
    let url = "https://b.example/a.png?v=1";
    let mut request = Request { method: "GET".into(), path: path(&app, url), ..Request::default() };
    for (name, value) in [
        ("cookie", "session=1"),
        ("referer", "https://a.example/@alice"),
        ("authorization", "Bearer x"),
        ("user-agent", "reader"),
        ("x-forwarded-for", "192.0.2.1"),
    ] {
        request.headers.add(name, value);
    }
    let answer = app.send(request);
    assert_eq!((answer.status, answer.body.as_slice()), (200, b"picture".as_slice()));
    let names: BTreeSet<_> = answer.headers.iter().map(|(n, _)| n.to_ascii_lowercase()).collect();
    for foreign in ["set-cookie", "x-own"] {
        assert!(!names.contains(foreign), "{names:?}");
    }
    for (name, value) in [
        ("Content-Type", "image/png"),
        ("Cache-Control", "public, max-age=604800, immutable"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Disposition", "inline"),
        ("X-Kept", "1"),
    ] {
        assert_eq!(answer.header(name), Some(value));
    }
    assert!(answer.header("Content-Security-Policy").unwrap().ends_with("sandbox"));
    let cost = *app.cost.borrow();
    assert_eq!(
        (cost.trips, cost.rows_read, cost.rows_written, cost.fetches, cost.signatures),
        (1, 0, 0, 1, 0)
    );
    let [exchange] = app.network.take_log().try_into().unwrap();
    let mut sent: Vec<_> = exchange.headers.iter().map(|(name, _)| name.as_str()).collect();
    sent.sort_unstable();
    assert_eq!(sent, ["Accept", "Accept-Encoding", "User-Agent"]);
    assert!(exchange.headers.iter().any(|(n, v)| n == "User-Agent" && v.starts_with("Sori/")));
}

#[test]
fn nothing_is_fetched_that_we_did_not_sign() {
    let (app, remote) = cast();
    remote.answers("/a.png", picture("x"));
    let good = path(&app, "https://b.example/a.png");
    let (start, encoded) = good.rsplit_once('/').unwrap();
    let other = path(&app, "https://b.example/b.png");
    let other = other.rsplit_once('/').unwrap().1;
    let foreign = proxy::path(&[0; 16], "https://b.example/a.png");
    app.network.take_log();
    for wrong in [
        format!("{start}/{other}"),
        format!("/proxy/AAAAAAAAAAAAAAAAAAAAAA/{encoded}"),
        format!("/proxy/{encoded}"),
        format!("/proxy//{encoded}"),
        format!("/proxy/{encoded}/"),
        "/proxy/".into(),
        "/proxy/x/y".into(),
        format!("{start}/https:%2F%2Fb.example%2Fa.png"),
        foreign,
        // Another spelling would be another entry of the cache.
        format!("{good}?x=1"),
        format!("{good}/"),
        good.replacen("/proxy/", "//proxy/", 1),
        good.replacen("/proxy/", "/pro%78y/", 1),
        format!("{start}/%{:02X}{}", encoded.as_bytes()[0], &encoded[1..]),
    ] {
        let answer = app.request("GET", &wrong, None, None);
        assert_eq!(answer.status, 404, "{wrong}");
    }
    // Signed, but not to be fetched.
    for refused in [
        "http://b.example/a.png",
        "https://127.0.0.1/a.png",
        "https://10.0.0.1/a.png",
        "https://localhost/a.png",
        "https://b.example:8443/a.png",
        "https://user@b.example/a.png",
        "file:///etc/passwd",
        "x",
        "https://a.example/avatars/missing.png",
        "https://A.Example:443/avatars/missing.png",
    ] {
        assert_eq!(get(&app, refused).status, 404, "{refused}");
    }
    assert_eq!(app.network.take_log().len(), 0);
    assert_eq!(app.request("POST", &good, None, None).status, 405);
    assert_eq!(app.request("GET", &good, None, None).status, 200);
}

/// Our own origins are asked for nothing: those of every domain, and the one that the instance was set up with, whichever
/// domains it has now.
#[test]
fn nothing_is_asked_of_any_of_our_origins() {
    let (app, _) = cast();
    app.db.run("INSERT INTO domains (id, handle_domain, web_origin, is_primary, verified_at, created_at) SELECT max(id) + 7, 'second.example', 'https://social.second.example', 0, 1, 0 FROM domains");
    app.restart();
    let second = Remote::new(&app.network, "social.second.example");
    second.answers("/a.png", picture("x"));
    app.network.take_log();
    assert_eq!(get(&app, "https://social.second.example/a.png").status, 404);
    app.db.run(
        "UPDATE domains SET web_origin = 'https://moved.example' WHERE web_origin = 'https://a.example'",
    );
    app.restart();
    let first = Remote::new(&app.network, "a.example");
    first.answers("/a.png", picture("x"));
    assert_eq!(get(&app, "https://a.example/a.png").status, 404);
    assert_eq!(app.network.take_log().len(), 0);
}

#[test]
fn only_pictures_videos_and_sounds_are_passed_on() {
    let (app, remote) = cast();
    for (n, (content_type, wanted)) in [
        ("image/webp", 200),
        ("video/mp4", 200),
        ("audio/ogg; codecs=opus", 200),
        ("image/svg+xml", 502),
        ("text/html", 502),
        ("application/xml", 502),
        ("application/json", 502),
        ("application/x-mpegurl", 502),
        ("audio/mpegurl", 502),
        ("", 502),
    ]
    .into_iter()
    .enumerate()
    {
        remote.answers(&format!("/{n}"), Response::new(200, content_type, "<svg><script/></svg>"));
        let answer = get(&app, &format!("https://b.example/{n}"));
        assert_eq!(answer.status, wanted, "{content_type}");
        assert_eq!(answer.body.is_empty(), wanted != 200, "{content_type}");
    }
    let bytes = || Response::new(200, "application/octet-stream", "x");
    for (name, wanted) in [("a.PNG", Some("image/png")), ("a.svg", None), ("a.html", None), ("a", None)] {
        remote.answers(&format!("/{name}"), bytes());
        let answer = get(&app, &format!("https://b.example/{name}"));
        assert_eq!(answer.header("Content-Type").filter(|_| answer.status == 200), wanted, "{name}");
    }
}

#[test]
fn redirects_are_followed_within_the_guard() {
    let (app, remote) = cast();
    let other = Remote::new(&app.network, "c.example");
    other.answers("/a.png", picture("c"));
    remote.answers("/a.png", redirect("https://c.example/a.png"));
    assert_eq!(get(&app, "https://b.example/a.png").body, b"c");
    for (n, target) in [
        "https://127.0.0.1/a.png",
        "http://c.example/a.png",
        "https://localhost/a.png",
        "https://a.example/avatars/missing.png",
        "https://c.example:8443/a.png",
        "",
        "data:image/png;base64,AAAA",
    ]
    .into_iter()
    .enumerate()
    {
        remote.answers(&format!("/to/{n}"), redirect(target));
        app.network.take_log();
        assert_eq!(get(&app, &format!("https://b.example/to/{n}")).status, 502, "{target}");
        let asked = app.network.take_log();
        // The last but one is its own target, and goes on until the limit.
        assert!(asked.iter().all(|e| e.url.starts_with("https://b.example/to/")), "{target}: {asked:?}");
    }
    for status in [301, 302, 303, 307, 308] {
        remote.answers("/a.png", redirect("https://c.example/a.png").status(status));
        assert_eq!(get(&app, "https://b.example/a.png").body, b"c", "{status}");
    }
    // Three redirects are followed, and no fourth.
    for n in 0..4 {
        remote.answers(&format!("/{n}"), redirect(&format!("https://b.example/{}", n + 1)));
    }
    remote.answers("/4", picture("end"));
    assert_eq!(get(&app, "https://b.example/1").status, 200);
    assert_eq!(get(&app, "https://b.example/0").status, 502);
    remote.answers("/nowhere", Response { status: 302, ..Response::default() });
    assert_eq!(get(&app, "https://b.example/nowhere").status, 502);
}

/// Wherever the file is in the end.
#[test]
fn nothing_of_a_server_whose_files_are_refused_comes_by_a_redirect() {
    let (app, remote) = cast();
    let other = Remote::new(&app.network, "c.example");
    other.answers("/a.png", picture("c"));
    remote.answers("/a.png", redirect("https://c.example/a.png"));
    app.db.run(
        "INSERT INTO domain_blocks (id, domain, severity, rejects_media, created_at) VALUES (1, 'c.example', 'noop', 1, 0)",
    );
    app.network.take_log();
    assert_eq!(get(&app, "https://b.example/a.png").status, 404);
    let asked = app.network.take_log();
    assert!(asked.iter().all(|e| e.url.starts_with("https://b.example/")), "{asked:?}");
    assert_eq!(get(&app, "https://c.example/a.png").status, 404);
}

#[test]
fn a_file_without_end_breaks_off_and_a_large_one_is_refused() {
    const MOST: usize = 16 * 1024 * 1024;
    let (app, remote) = cast();
    remote.answers("/most.png", picture(vec![1; MOST]));
    let answer = get(&app, "https://b.example/most.png");
    assert_eq!((answer.status, answer.body.len(), answer.header("X-Broken-Off")), (200, MOST, None));
    remote.answers("/more.png", picture(vec![1; MOST + 1]));
    let answer = get(&app, "https://b.example/more.png");
    assert_eq!((answer.body.len(), answer.header("X-Broken-Off")), (MOST, Some("1")));
    remote.answers("/said.png", picture("").with("Content-Length", (MOST + 1).to_string()));
    assert_eq!(get(&app, "https://b.example/said.png").status, 502);
    // A video may be larger, and is not kept then.
    let video =
        |length: usize| Response::new(200, "video/mp4", "x").with("Content-Length", length.to_string());
    for (length, status, is_kept) in [
        (8 << 20, 200, true),
        ((8 << 20) + 1, 200, false),
        (100 << 20, 200, false),
        ((100 << 20) + 1, 502, false),
    ] {
        remote.answers("/a.mp4", video(length));
        let answer = get(&app, "https://b.example/a.mp4");
        assert_eq!((answer.status, answer.header("X-Kept").is_some()), (status, is_kept), "{length}");
    }
    remote.answers("/a.mp4", Response::new(200, "video/mp4", "x"));
    assert_eq!(get(&app, "https://b.example/a.mp4").header("X-Kept"), None, "of unknown length");
}

#[test]
fn failures_are_short_and_kept_for_a_minute() {
    let (app, remote) = cast();
    for (status, wanted) in [
        (404, 404),
        (410, 410),
        (401, 502),
        (403, 502),
        (429, 502),
        (500, 502),
        (503, 502),
        (204, 502),
        (206, 502),
        (416, 502),
    ] {
        remote.answers("/a.png", picture("secret").status(status).with("Set-Cookie", "a=b"));
        let answer = get(&app, "https://b.example/a.png");
        assert_eq!((answer.status, answer.body.len()), (wanted, 0), "{status}");
        assert_eq!(answer.header("Cache-Control"), Some("public, max-age=60"), "{status}");
        assert_eq!(answer.header("Set-Cookie"), None);
    }
    app.network.set_faults("b.example", Faults { is_down: true, ..Faults::default() });
    let answer = get(&app, "https://b.example/a.png");
    assert_eq!((answer.status, answer.header("Cache-Control")), (504, Some("public, max-age=60")));
}

#[test]
fn parts_are_passed_on() {
    let (app, remote) = cast();
    let url = "https://b.example/a.mp4";
    let answers = |status: u16, range: &str| {
        remote
            .answers("/a.mp4", Response::new(status, "video/mp4", "0123456789").with("Content-Range", range));
    };
    answers(206, "bytes 10-19/100");
    app.network.take_log();
    let answer = part(&app, url, "bytes=10-19");
    assert_eq!((answer.status, answer.header("Content-Range")), (206, Some("bytes 10-19/100")));
    assert_eq!((answer.body.len(), answer.header("X-Kept")), (10, None));
    let asked = app.network.take_log();
    assert!(asked[0].headers.iter().any(|(n, v)| n == "Range" && v == "bytes=10-19"), "{asked:?}");
    for (status, range) in [
        (206, ""),
        (206, "bytes */100"),
        (206, "bytes 10-19/5"),
        (206, "bytes 10-9/100"),
        (206, "bytes 0-9/104857601"),
        (206, "bytes 10-19/100\r\nX: y"),
    ] {
        answers(status, range);
        assert_eq!(part(&app, url, "bytes=10-19").status, 502, "{range}");
    }
    // A part of the largest file; one in plain words that it is not encoded; and parts that are, or are shorter than they say.
    let ten = || Response::new(206, "video/mp4", "0123456789");
    let largest = "bytes 10-19/104857600";
    for (answer, wanted) in [
        (ten().with("Content-Range", largest), 206),
        (ten().with("Content-Range", largest).with("Content-Encoding", "identity"), 206),
        (ten().with("Content-Range", largest).with("Content-Encoding", "gzip"), 502),
        (ten().with("Content-Range", largest).with("Content-Length", "9"), 502),
        (ten().with("Content-Range", largest).with("Content-Length", "10"), 206),
    ] {
        remote.answers("/a.mp4", answer);
        assert_eq!(part(&app, url, "bytes=10-19").status, wanted);
    }
    answers(416, "bytes */10");
    let beyond = part(&app, url, "bytes=10-19");
    assert_eq!(
        (beyond.status, beyond.header("Content-Range"), beyond.body.len()),
        (416, Some("bytes */10"), 0)
    );
    // Several parts, or a condition that we cannot check: all of it.
    remote.answers("/a.mp4", Response::new(200, "video/mp4", "0123456789").with("Content-Length", "10"));
    app.network.take_log();
    assert_eq!(part(&app, url, "bytes=0-1,5-6").status, 200);
    let mut conditional = Request { method: "GET".into(), path: path(&app, url), ..Request::default() };
    conditional.headers.add("range", "bytes=0-1");
    conditional.headers.add("if-range", "\"x\"");
    assert_eq!(app.send(conditional).status, 200);
    // Browsers ask for a video like this; it is the whole, and is kept.
    let all = part(&app, url, "bytes=0-");
    assert_eq!((all.status, all.header("Content-Range")), (206, Some("bytes 0-9/10")));
    assert_eq!((all.body.len(), all.header("X-Kept")), (10, Some("1")));
    let asked = app.network.take_log();
    assert!(asked.iter().all(|e| e.headers.iter().all(|(n, _)| n != "Range")), "{asked:?}");
    let head = app.request("HEAD", &path(&app, url), None, None);
    assert_eq!((head.status, head.header("Content-Length"), head.body.len()), (200, Some("10"), 0));
    assert_eq!(app.network.take_log()[0].method, "HEAD");
}

/// The addresses of other servers' files in a response, but for those that say where a file comes from.
fn foreign(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|v| foreign(v, found)),
        Value::Object(map) => {
            map.iter().filter(|(key, _)| *key != "remote_url").for_each(|(_, v)| foreign(v, found))
        }
        Value::String(text) => {
            let is_file = TYPES.iter().any(|(extension, _)| text.ends_with(&format!(".{extension}")));
            if is_file && text.starts_with("http") && !text.starts_with("https://a.example/") {
                found.insert(text.clone());
            }
        }
        _ => {}
    }
}

/// What the scene's reads and changes say of other servers' files, all their text, and what other servers were sent.
fn told(mode: &str) -> (BTreeSet<String>, String, String) {
    let scene = Scene::new();
    scene.app.set_media_proxy(mode);
    scene.app.db.run("UPDATE reactions SET url = 'https://b.example/r.png'; \
        INSERT INTO custom_emojis (shortcode, url, static_url) VALUES ('far', 'https://b.example/e.png', 'https://b.example/e.png');");
    let (mut found, mut texts) = (BTreeSet::new(), String::new());
    let mut look = |response: &Response| {
        foreign(&serde_json::from_slice(&response.body).unwrap_or_default(), &mut found);
        texts.push_str(&String::from_utf8_lossy(&response.body));
    };
    let reads: Vec<String> = READS.iter().map(|path| scene.fill(path)).collect();
    reads.iter().for_each(|path| look(&scene.alice.call("GET", path, None)));
    for (method, path, sent) in WRITES {
        let sent = serde_json::from_str(&scene.fill(sent)).unwrap();
        look(&scene.call(method, &scene.fill(path), Some(sent)));
        scene.app.clock.advance(1000);
    }
    crate::app::settle(&[&scene.app]);
    let mut sent: String =
        scene.app.network.take_log().iter().map(|e| String::from_utf8_lossy(&e.body).into_owned()).collect();
    for path in ["/users/alice", "/users/alice/outbox?page=true", "/users/bob/outbox?page=true"] {
        sent.push_str(&String::from_utf8_lossy(&scene.app.fetch(path).body));
    }
    (found, texts, sent)
}

#[test]
fn every_entity_has_the_addresses_of_the_setting() {
    let (found, texts, sent) = told("proxy");
    assert_eq!(found, BTreeSet::new());
    assert!(
        texts.contains("https://a.example/proxy/")
            && texts.contains("\"remote_url\":\"https://b.example/a.png\"")
    );
    assert!(
        sent.contains("\"Create\"") && !sent.contains("/proxy/"),
        "activities and documents have plain URLs"
    );
    let (found, texts, _) = told("direct");
    let wanted = ["a.mp4", "a.png", "e.png", "header.jpg", "me.jpg", "x.png"]
        .map(|n| format!("https://b.example/{n}"));
    assert!(wanted.iter().all(|url| found.contains(url)), "{found:?}");
    assert!(!texts.contains("/proxy/"));
}

#[test]
fn pages_have_the_addresses_of_the_setting() {
    let (app, _) = cast();
    app.person("alice");
    app.db.run("UPDATE accounts SET avatar_url = 'https://b.example/me.png' WHERE username = 'alice'");
    for (mode, is_proxied) in [("proxy", true), ("direct", false)] {
        app.set_media_proxy(mode);
        let mut request = Request { method: "GET".into(), path: "/@alice".into(), ..Request::default() };
        request.headers.add("accept", "text/html");
        let page = String::from_utf8(app.send(request).body).unwrap();
        assert_eq!(page.contains("src=\"https://a.example/proxy/"), is_proxied, "{page}");
        assert_eq!(page.contains("https://b.example/me.png"), !is_proxied, "{page}");
    }
}

#[test]
fn automatic_counts_the_requests_of_the_day() {
    let (app, remote) = cast();
    let bob = remote.person("bob");
    let mut with_picture = bob.clone();
    with_picture["icon"] = json!({"type": "Image", "url": "https://b.example/me.jpg"});
    remote.serve(with_picture);
    let alice = app.person("alice");
    alice.finds("bob@b.example");
    let is_proxied = || {
        app.clock.advance(MINUTE);
        let found = alice.finds("bob@b.example");
        let avatar = found["avatar"].as_str().unwrap().to_owned();
        assert_eq!(avatar == "https://b.example/me.jpg", !avatar.contains("/proxy/"), "{avatar}");
        avatar.contains("/proxy/")
    };
    assert!(is_proxied());
    let counts_requests = |n: i64| {
        let event = app.ready();
        let mut used = Usage::default();
        used.add(Measure::Requests, n);
        event.shared.ledger.borrow_mut().add(Source::Apps, &used, event.now());
        pollster::block_on(sori::services::ledger::write(&event)).unwrap();
    };
    // An isolate counts its own requests at once, those of others as of the last minute.
    app.shared.borrow().ledger.borrow_mut().take();
    counts_requests(PROXIED_REQUESTS - 100);
    assert!(is_proxied());
    counts_requests(100);
    assert!(!is_proxied(), "from 60,000 on");
    app.set_media_proxy("proxy");
    assert!(is_proxied());
    app.set_media_proxy("auto");
    assert!(!is_proxied());
    app.clock.advance(DAY);
    assert!(is_proxied(), "a new day");
    counts_requests(500);
    assert!(is_proxied());
}
