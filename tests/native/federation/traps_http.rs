//! Traps of HTTP (numbers 39–43 and 54–58), secure mode, blocked servers.

use serde_json::{Value, json};
use sori::activitypub::remote::{fetch, resolve};
use sori::activitypub::wire::signature::{SigningKey, Spec, sign};
use sori::http::request::Request;
use sori::http::response::Response;
use sori::model::domain_block::{DomainBlock, Severity};
use sori::platform::guard::{Policy, SafeUrl};

use crate::app::{TestApp, settle};
use crate::remote::{Remote, redirect};
use crate::remote::{cast, fetched, remote_statuses};
use crate::support::allocations;

/// A GET of a document, signed by an account of `remote` if given.
fn read(app: &TestApp, target: &str, by: Option<(&Remote, &Value)>) -> Response {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request =
        Request { method: "GET".into(), path: path.into(), query: query.into(), ..Request::default() };
    request.headers.add("host", "a.example");
    request.headers.add("accept", "application/activity+json");
    if let Some((remote, person)) = by {
        let key = SigningKey {
            key_id: format!("{}#main-key", person["id"].as_str().unwrap()),
            private_pkcs8: remote.key.private_pkcs8.clone(),
        };
        let url = SafeUrl::check(&format!("https://a.example{target}"), &Policy::default()).unwrap();
        let signed =
            pollster::block_on(sign(&remote.crypto, &key, Spec::Cavage, "GET", &url, None, app.clock.now()));
        for (name, value) in signed.unwrap() {
            request.headers.add(&name, value);
        }
    }
    app.send(request)
}

/// URLs that no server of the network has.
const INSIDE: [&str; 24] = [
    "https://127.0.0.1/x",
    "https://2130706433/x",
    "https://0x7f.1/x",
    "https://0177.0.0.1/x",
    "https://10.0.0.1/x",
    "https://169.254.169.254/latest/meta-data",
    "https://192.168.1.1/x",
    "https://172.16.0.1/x",
    "https://100.64.0.1/x",
    "https://198.18.0.1/x",
    "https://0.0.0.0/x",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://[::127.0.0.1]/x",
    "https://[64:ff9b::7f00:1]/x",
    "https://[64:ff9b:1::7f00:1]/x",
    "https://[2001:0:7f00:1::]/x",
    "https://[2002:7f00:1::]/x",
    "https://[fe80::1]/x",
    "https://localhost/x",
    "https://db.internal/x",
    "https://v.example:8443/x",
    "https://user:pw@v.example/x",
    "http://v.example/x",
];

/// Every requested URL, except of these hosts.
fn strays(app: &TestApp, hosts: &[&str]) -> Vec<String> {
    let mut all = fetched(app);
    all.retain(|u| !hosts.iter().any(|h| u.starts_with(&format!("https://{h}/"))));
    all
}

#[test]
fn fed_trap_39_no_request_reaches_private_addresses() {
    let (app, remote, bob) = cast();
    for url in INSIDE {
        let inner = app.ready();
        assert!(pollster::block_on(fetch::document(&inner, url)).is_err(), "{url}");
        // A key URL, with no proof of who sends it.
        let key = SigningKey { key_id: url.into(), private_pkcs8: remote.key.private_pkcs8.clone() };
        let mut create = remote.create(&bob, &remote.note(&bob, 1, json!({})));
        create["actor"] = json!(url);
        let answer = app.send(remote.request_signed_by(&app, &create, &key, Spec::Cavage));
        assert!(matches!(answer.status, 400..=403 | 503), "{url}: {}", answer.status);
        // URLs within an activity.
        let boost = json!({"id": remote.uri("/b"), "type": "Announce", "actor": bob["id"], "object": url, "to": ["https://www.w3.org/ns/activitystreams#Public"]});
        remote.sends(&app, &boost);
        settle(&[&app]);
    }
    assert_eq!(strays(&app, &["b.example"]), Vec::<String>::new());
}

#[test]
fn fed_trap_40_every_hop_of_every_client_is_checked() {
    let (app, remote, bob) = cast();
    for (n, url) in INSIDE.into_iter().enumerate() {
        // A document, WebFinger, host-meta and its template.
        let path = format!("/hop/{n}");
        remote.answers(&path, redirect(url));
        assert!(pollster::block_on(fetch::document(&app.ready(), &remote.uri(&path))).is_err(), "{url}");
        let finger = format!("/.well-known/webfinger?resource=acct%3Ax{n}%40b.example");
        remote.answers(&finger, redirect(url));
        assert!(
            pollster::block_on(resolve::account_by_handle(&app.ready(), &format!("x{n}"), "b.example"))
                .is_err(),
            "{url}"
        );
        remote.answers(&finger, Response::new(404, "text/plain", ""));
        for meta in [
            redirect(url),
            Response::new(
                200,
                "application/xrd+xml",
                format!("<XRD><Link rel=\"lrdd\" template=\"{url}?{{uri}}\"/></XRD>"),
            ),
        ] {
            remote.answers("/.well-known/host-meta", meta);
            let found =
                pollster::block_on(resolve::account_by_handle(&app.ready(), &format!("x{n}"), "b.example"));
            assert!(!matches!(found, Ok(Some(_))), "{url}");
        }
        // The link of a profile, and a key.
        assert!(
            pollster::block_on(fetch::plain(&app.ready(), &remote.uri(&path), "text/html")).is_err(),
            "{url}"
        );
        let key = SigningKey { key_id: remote.uri(&path), private_pkcs8: remote.key.private_pkcs8.clone() };
        app.send(remote.request_signed_by(
            &app,
            &remote.create(&bob, &remote.note(&bob, 1, json!({}))),
            &key,
            Spec::Rfc9421,
        ));
    }
    assert_eq!(strays(&app, &["b.example"]), Vec::<String>::new());
    // Three redirects at most, and no cycle.
    for n in 0..5 {
        remote.answers(&format!("/chain/{n}"), redirect(&remote.uri(&format!("/chain/{}", n + 1))));
    }
    remote.answers(
        "/chain/4",
        Response::activity(&remote.note(&bob, 1, json!({"id": remote.uri("/chain/4")}))),
    );
    assert!(pollster::block_on(fetch::document(&app.ready(), &remote.uri("/chain/1"))).is_ok());
    assert!(pollster::block_on(fetch::document(&app.ready(), &remote.uri("/chain/0"))).is_err());
    remote.answers("/circle", redirect(&remote.uri("/circle")));
    fetched(&app);
    assert!(pollster::block_on(fetch::document(&app.ready(), &remote.uri("/circle"))).is_err());
    assert!(fetched(&app).len() <= 4);
}

#[test]
fn advisories_of_ssrf_ghsa_vwhj_xfrj_46w6_crr4_xx55_cve_2024_39687_cve_2026_50131() {
    fed_trap_39_no_request_reaches_private_addresses();
}

#[test]
fn advisory_owncast_5121_and_cve_2025_23221_keys_and_webfinger_go_through_the_guard() {
    fed_trap_40_every_hop_of_every_client_is_checked();
}

#[test]
fn advisory_cve_2026_77632_a_redirect_does_not_carry_the_signature() {
    let (app, remote, _) = cast();
    let other = Remote::new(&app.network, "c.example");
    let carol = other.person("carol");
    remote.answers("/away", redirect(carol["id"].as_str().unwrap()));
    pollster::block_on(fetch::document(&app.ready(), &remote.uri("/away"))).unwrap();
    let log = app.network.take_log();
    let signature = |url: &str| {
        let exchange = log.iter().find(|e| e.url == url).unwrap();
        exchange.headers.iter().find(|(n, _)| n == "Signature").unwrap().1.clone()
    };
    // Each redirect is signed separately: host and target are covered.
    assert_ne!(signature(&remote.uri("/away")), signature(carol["id"].as_str().unwrap()));
}

#[test]
fn fed_trap_41_our_own_zone_is_forbidden_in_every_spelling() {
    let (app, ..) = cast();
    let inner = app.ready();
    for url in [
        "https://a.example/users/alice",
        "https://A.Example/users/alice",
        "https://a.example:443/x",
        "https://a.example./x",
        "https://a%2eexample/x",
    ] {
        assert!(pollster::block_on(fetch::document(&inner, url)).is_err(), "{url}");
        assert!(pollster::block_on(fetch::plain(&inner, url, "text/html")).is_err(), "{url}");
    }
    assert!(app.network.take_log().is_empty());
}

#[test]
fn fed_trap_42_bodies_are_bounded_both_ways() {
    let (app, remote, bob) = cast();
    let huge = remote.note(&bob, 1, json!({"content": "x".repeat(1_100_000)}));
    remote.serve(huge.clone());
    let error = pollster::block_on(fetch::document(&app.ready(), huge["id"].as_str().unwrap())).unwrap_err();
    assert_eq!(error.status(), 503);
    let mut request = remote.request(&app, &remote.create(&bob, &huge));
    request.is_body_too_large = true;
    request.body.clear();
    assert_eq!(app.send(request).status, 413);
    assert_eq!(remote_statuses(&app), 0);
}

#[test]
fn fed_trap_43_hostile_pages_and_xml_are_bounded_work_and_expand_nothing() {
    let (app, remote, _) = cast();
    let inner = app.ready();
    let name = "x".repeat(1_000);
    let finger = format!("/.well-known/webfinger?resource=acct%3A{name}%40b.example");
    remote.answers(&finger, Response::new(404, "text/plain", ""));
    let bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    for xml in [
        format!("{bomb}<XRD><Link rel=\"lrdd\" template=\"&b;{{uri}}\"/></XRD>"),
        format!("{bomb}<XRD><Link rel=\"lrdd\" template=\"file:///etc/passwd?{{uri}}\"/></XRD>"),
        "<Link rel=\"lrdd\" template=".repeat(30_000),
        "<".repeat(1_000_000),
        // An address that grows with each place for the handle.
        format!("<Link rel=\"lrdd\" template=\"https://b.example/{}\"/>", "{uri}".repeat(200_000)),
        format!("<Link rel=\"lrdd\" template=\"https://b.example/{}{{uri}}\"/>", "a".repeat(1_000_000)),
    ] {
        remote.answers("/.well-known/host-meta", Response::new(200, "application/xrd+xml", xml));
        let bytes = allocations::of(|| {
            let found = pollster::block_on(resolve::account_by_handle(&inner, &name, "b.example"));
            assert!(!matches!(found, Ok(Some(_))));
        });
        assert!(bytes < 20_000_000, "{bytes}");
    }
    assert_eq!(strays(&app, &["b.example"]), Vec::<String>::new());
}

#[test]
fn advisory_cve_2025_68475_and_pleroma_2_5_3_no_pattern_backtracks_and_no_entity_is_read() {
    for page in [
        "<a ".repeat(200_000),
        "<link rel=me href=".repeat(50_000),
        format!("<a{}>", " rel=\"me\"".repeat(100_000)),
        "<!--".repeat(200_000),
    ] {
        let bytes = allocations::of(|| {
            assert!(!sori::text::rel_me::links_back(&page, &["https://a.example/@alice"]));
        });
        assert!(bytes < 40 * page.len(), "{bytes} for {}", page.len());
    }
    fed_trap_43_hostile_pages_and_xml_are_bounded_work_and_expand_nothing();
}

#[test]
fn fed_trap_54_varying_answers_have_vary_and_are_not_in_shared_caches() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let status = alice.posts("hello");
    let path = status["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
    for target in [
        &path,
        "/users/alice",
        "/users/alice/outbox",
        "/users/alice/followers",
        "/users/alice/collections/featured",
        "/users/nobody",
    ] {
        for by in [None, Some((&remote, &bob))] {
            let answer = read(&app, target, by);
            let vary = answer.header("vary").unwrap_or_default();
            assert!(vary.contains("Accept") && vary.contains("Signature"), "{target}: {vary}");
            let cache = answer.header("cache-control").unwrap_or_default();
            assert!(cache.contains("private"), "{target}: {cache}");
        }
        // The page at the same URL has Vary as well.
        let mut request = Request { method: "GET".into(), path: target.to_owned(), ..Request::default() };
        request.headers.add("accept", "text/html");
        let page = app.send(request);
        if page.status == 303 {
            assert!(page.header("vary").unwrap_or_default().contains("Accept"), "{target}");
        }
    }
}

#[test]
fn advisory_ghsa_ccpr_no_collection_is_cached_for_other_readers() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let status = alice.posts("hello");
    let path = status["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
    let carol = remote.person("carol");
    let found = alice.finds("bob@b.example");
    alice.post(&format!("/api/v1/accounts/{}/block", found["id"].as_str().unwrap()), json!({}));
    settle(&[&app]);
    // carol and unsigned requests can read; bob cannot, whatever was read just before.
    for target in [
        path.clone(),
        format!("{path}/activity"),
        format!("{path}/replies"),
        "/users/alice/outbox?page=true".into(),
        "/users/alice/collections/featured".into(),
        "/users/alice/followers?page=1".into(),
    ] {
        assert_eq!(read(&app, &target, None).status, 200, "{target}");
        assert_eq!(read(&app, &target, Some((&remote, &carol))).status, 200, "{target}");
        let answer = read(&app, &target, Some((&remote, &bob)));
        assert_eq!(answer.status, 404, "{target}");
        assert!(answer.header("cache-control").unwrap().contains("no-store"));
    }
    // Her key stays readable for him, so that his server can verify the Block.
    assert_eq!(read(&app, "/users/alice", Some((&remote, &bob))).status, 200);
    alice.post(&format!("/api/v1/accounts/{}/unblock", found["id"].as_str().unwrap()), json!({}));
    assert_eq!(read(&app, &path, Some((&remote, &bob))).status, 200);
    // His whole server.
    alice.post("/api/v1/domain_blocks", json!({"domain": "b.example"}));
    assert_eq!(read(&app, &path, Some((&remote, &bob))).status, 404);
}

#[test]
fn fed_trap_55_federation_endpoints_have_no_bot_checks() {
    let (app, remote, bob) = cast();
    for n in 0..400 {
        assert_eq!(app.fetch("/.well-known/webfinger?resource=acct:alice@a.example").status, 200, "{n}");
        assert_eq!(app.fetch("/users/alice").status, 200, "{n}");
    }
    for n in 0..400 {
        let mut request = remote.request(&app, &remote.create(&bob, &remote.note(&bob, n, json!({}))));
        request.ip = Some("192.0.2.7".into());
        assert_eq!(app.send(request).status, 202, "{n}");
    }
}

#[test]
fn fed_trap_56_hidden_and_absent_get_the_same_answer() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let mut bodies = Vec::new();
    for visibility in ["private", "direct"] {
        let status = alice.post("/api/v1/statuses", json!({"status": "psst", "visibility": visibility}));
        let path = status["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
        for end in ["", "/activity", "/replies", ".json"] {
            for by in [None, Some((&remote, &bob))] {
                bodies.push(read(&app, &format!("{path}{end}"), by));
            }
        }
    }
    for target in ["/users/alice/statuses/1", "/users/alice/statuses/x", "/users/nobody/statuses/1"] {
        bodies.push(read(&app, target, None));
    }
    for answer in &bodies {
        assert_eq!((answer.status, &answer.body), (404, &bodies[0].body));
        assert_eq!(answer.headers, bodies[0].headers);
    }
}

#[test]
fn advisory_ghsa_gwhw_errors_reveal_nothing_of_private_statuses() {
    fed_trap_56_hidden_and_absent_get_the_same_answer();
    // Nor does what is sent to the inbox.
    let (app, remote, bob) = cast();
    let status =
        app.person("alice").post("/api/v1/statuses", json!({"status": "psst", "visibility": "direct"}));
    let mut ends = Vec::new();
    for object in [status["uri"].clone(), json!("https://a.example/users/alice/statuses/1")] {
        for kind in ["Like", "Announce", "Undo", "Delete"] {
            let activity =
                json!({"id": remote.uri("/x"), "type": kind, "actor": bob["id"], "object": object});
            let answer = app.send(remote.request(&app, &activity));
            ends.push((kind, answer.status, answer.body));
        }
    }
    let (first, second) = ends.split_at(4);
    assert_eq!(first, second);
    assert_eq!(app.count("SELECT count(*) AS n FROM favourites"), 0);
}

#[test]
fn fed_trap_57_pages_for_people_and_documents_for_servers() {
    let (app, ..) = cast();
    let get = |accept: Option<&str>, path: &str| {
        let mut request = Request { method: "GET".into(), path: path.into(), ..Request::default() };
        if let Some(accept) = accept {
            request.headers.add("accept", accept);
        }
        let answer = app.send(request);
        (answer.status, answer.header("content-type").unwrap_or("").contains("activity+json"))
    };
    for yes in [
        "application/activity+json",
        "application/ld+json; profile=\"https://www.w3.org/ns/activitystreams\"",
        "application/json",
        "application/activity+json, text/html;q=0.1",
        "text/html;q=0.5, application/activity+json;q=0.9",
    ] {
        assert_eq!(get(Some(yes), "/users/alice"), (200, true), "{yes}");
    }
    for no in [None, Some("*/*"), Some("text/html,application/xhtml+xml,*/*;q=0.8"), Some("image/png")] {
        assert_eq!(get(no, "/users/alice").0, 303, "{no:?}");
    }
    // What has no page is a document for everybody.
    assert_eq!(get(Some("*/*"), "/users/alice/outbox"), (200, true));
}

#[test]
fn fed_trap_58_head_slashes_and_suffixes() {
    let (app, ..) = cast();
    let status = app.person("alice").posts("hello");
    let path = status["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
    for target in [
        "/users/alice".to_owned(),
        "/users/alice/".into(),
        "/users/alice.json".into(),
        path.clone(),
        format!("{path}/"),
        format!("{path}.json"),
        "/actor/".into(),
    ] {
        let whole = app.fetch(&target);
        assert_eq!(whole.status, 200, "{target}");
        let document: Value = serde_json::from_slice(&whole.body).unwrap();
        assert!(document["id"].as_str().unwrap().starts_with("https://a.example/"));
        assert!(!document["id"].as_str().unwrap().ends_with(".json"));
        let mut request = Request { method: "HEAD".into(), path: target.clone(), ..Request::default() };
        request.headers.add("accept", "application/activity+json");
        let head = app.send(request);
        assert_eq!((head.status, head.body.len()), (200, 0), "{target}");
        assert_eq!(head.header("content-type"), whole.header("content-type"));
    }
}

#[test]
fn secure_mode_requires_signatures() {
    let (app, remote, bob) = cast();
    let status = app.person("alice").posts("hello");
    let path = status["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
    app.db.run("INSERT INTO settings (key, value) VALUES ('secure_mode', 'on')");
    app.restart();
    let stranger = Remote::new(&app.network, "c.example");
    let carol = stranger.person("carol");
    for target in [
        "/users/alice".to_owned(),
        "/users/alice.json".into(),
        "/users/alice/outbox".into(),
        "/users/alice/followers".into(),
        "/users/alice/following".into(),
        "/users/alice/collections/featured".into(),
        path.clone(),
        format!("{path}/activity"),
        format!("{path}/replies"),
    ] {
        let answer = read(&app, &target, None);
        assert_eq!(answer.status, 401, "{target}");
        assert!(serde_json::from_slice::<Value>(&answer.body).unwrap()["error"].is_string());
        assert_eq!(read(&app, &target, Some((&remote, &bob))).status, 200, "{target}");
        // An unknown actor: the key is fetched.
        assert_eq!(read(&app, &target, Some((&stranger, &carol))).status, 200, "{target}");
        // A signature of an unknown key.
        let nobody = json!({"id": "https://c.example/users/nobody"});
        assert_eq!(read(&app, &target, Some((&stranger, &nobody))).status, 401, "{target}");
    }
    for open in [
        "/actor",
        "/actor/outbox",
        "/.well-known/webfinger?resource=acct:alice@a.example",
        "/.well-known/nodeinfo",
        "/nodeinfo/2.1",
        "/.well-known/host-meta",
    ] {
        assert_eq!(read(&app, open, None).status, 200, "{open}");
    }
    // Pages stay public.
    for target in ["/users/alice", path.as_str()] {
        let mut request = Request { method: "GET".into(), path: target.into(), ..Request::default() };
        request.headers.add("accept", "text/html");
        assert_eq!(app.send(request).status, 303, "{target}");
    }
    let mut request = Request { method: "GET".into(), path: "/@alice".into(), ..Request::default() };
    request.headers.add("accept", "text/html");
    assert_eq!(app.send(request).status, 200);
    // Two servers in secure mode federate, since instance actors are public.
    let other = TestApp::new(&app.network, "d.example", &app.clock);
    other.db.run("INSERT INTO settings (key, value) VALUES ('secure_mode', 'on')");
    other.restart();
    assert_eq!(other.person("dora").finds("alice@a.example")["acct"], "alice@a.example");
}

#[test]
fn every_actor_route_checks_the_reader() {
    use sori::http::handler::Access;
    for route in sori::activitypub::routes() {
        let is_document = matches!(route.access, Access::Document(_));
        let is_persons = route.method == "GET" && route.pattern.starts_with("/users/");
        assert_eq!(is_document, is_persons, "{} {}", route.method, route.pattern);
    }
}

#[test]
fn a_blocked_server_cannot_send_or_read_and_gets_nothing() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let follow = json!({"id": remote.uri("/f"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &follow), 202);
    settle(&[&app]);
    let block = |domain: &str, severity| {
        let comment = "spam".into();
        let block = DomainBlock { domain: domain.into(), severity, comment, ..DomainBlock::default() };
        pollster::block_on(sori::services::domain_block::put(&app.ready(), &block, Vec::new())).unwrap();
        app.restart();
    };
    assert_eq!(app.request("GET", "/api/v1/instance/domain_blocks", None, None).status, 200);
    block("b.example", Severity::Silence);
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 1, json!({})))), 202);
    block("b.example", Severity::Suspend);
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 2, json!({})))), 403);
    // Subdomains too, and forwarded activities of a blocked server.
    let sub = Remote::new(&app.network, "sub.b.example");
    let sue = sub.person("sue");
    assert_eq!(sub.sends(&app, &sub.create(&sue, &sub.note(&sue, 1, json!({})))), 403);
    let friend = Remote::new(&app.network, "c.example");
    let carol = friend.person("carol");
    let key = SigningKey {
        key_id: format!("{}#main-key", carol["id"].as_str().unwrap()),
        private_pkcs8: friend.key.private_pkcs8.clone(),
    };
    let brought = remote.create(&bob, &remote.note(&bob, 3, json!({})));
    assert_eq!(app.send(friend.request_signed_by(&app, &brought, &key, Spec::Cavage)).status, 403);
    assert_eq!(remote_statuses(&app), 1);
    fetched(&app);
    // Nothing of theirs is fetched.
    let inner = app.ready();
    for url in ["https://b.example/notes/1", "https://sub.b.example/users/sue"] {
        assert_eq!(pollster::block_on(fetch::document(&inner, url)).unwrap_err().status(), 403);
    }
    friend.answers("/to-them", redirect("https://b.example/users/bob"));
    assert!(pollster::block_on(fetch::document(&inner, "https://c.example/to-them")).is_err());
    assert_eq!(strays(&app, &["c.example"]), Vec::<String>::new());
    // Nothing is sent, and nothing is served.
    remote.inbox.borrow_mut().clear();
    let status = alice.posts("hello");
    settle(&[&app]);
    assert_eq!(remote.got(), Vec::<String>::new());
    let path = status["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
    assert_eq!(read(&app, &path, Some((&remote, &bob))).status, 403);
    // Other domains are not affected, such as one with the same ending.
    let alike = Remote::new(&app.network, "notb.example");
    let ann = alike.person("ann");
    let follow = json!({"id": alike.uri("/f"), "type": "Follow", "actor": ann["id"], "object": "https://a.example/users/alice"});
    assert_eq!(alike.sends(&app, &follow), 202);
    settle(&[&app]);
    assert!(alike.got().contains(&"Accept".to_owned()));
    // The list is public.
    let list: Value =
        serde_json::from_slice(&app.request("GET", "/api/v1/instance/domain_blocks", None, None).body)
            .unwrap();
    assert_eq!(
        (&list[0]["domain"], &list[0]["severity"], &list[0]["comment"]),
        (&json!("b.example"), &json!("suspend"), &json!("spam"))
    );
    pollster::block_on(sori::services::domain_block::lift(&app.ready(), "b.example", Vec::new())).unwrap();
    app.restart();
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 4, json!({})))), 202);
}

#[test]
fn advisory_cve_2026_46349_cve_2026_48028_cve_2026_42462_json_ld_keywords_do_not_change_a_document() {
    let (app, remote, bob) = cast();
    for keyword in ["@graph", "@included", "@reverse"] {
        let mut create = remote.create(&bob, &remote.note(&bob, 1, json!({})));
        create[keyword] = json!([{"id": "https://v.example/x"}]);
        assert_eq!(remote.sends(&app, &create), 400, "{keyword}");
        let mut create = remote.create(&bob, &remote.note(&bob, 1, json!({})));
        create["object"][keyword] = json!({});
        assert_eq!(remote.sends(&app, &create), 400, "{keyword}");
        let mut note = remote.note(&bob, 1, json!({}));
        note[keyword] = json!([]);
        remote.serve(note);
        assert!(
            pollster::block_on(fetch::document(&app.ready(), &remote.uri("/notes/1"))).is_err(),
            "{keyword}"
        );
    }
    assert_eq!(remote_statuses(&app), 0);
    assert!(fetched(&app).iter().all(|u| u.starts_with("https://b.example/")));
}

#[test]
fn advisory_cve_2025_54888_nothing_is_done_before_the_signer_is_known() {
    super::traps_transport::fed_trap_1_the_signer_is_the_actor();
}

#[test]
fn advisory_cve_2026_34148_failures_are_remembered() {
    super::traps_transport::fed_trap_44_one_made_up_key_is_fetched_once();
}

#[test]
fn advisory_cve_2026_28432_a_signature_covers_what_matters() {
    // Each header that must be covered, left out; each required parameter, too.
    let (app, remote, bob) = cast();
    let key = format!("{}#main-key", bob["id"].as_str().unwrap());
    let body = remote.create(&bob, &remote.note(&bob, 1, json!({}))).to_string().into_bytes();
    let now = app.clock.now();
    let digest = sori::activitypub::wire::signature::digest::digest(&body);
    let values = [
        ("(request-target)", "post /inbox".to_owned()),
        ("host", "a.example".into()),
        ("date", now.to_http()),
        ("digest", digest.clone()),
    ];
    let send = |covered: &[&str]| {
        let base: Vec<String> = covered
            .iter()
            .map(|c| format!("{c}: {}", values.iter().find(|(n, _)| n == c).unwrap().1))
            .collect();
        let signature =
            pollster::block_on(remote.crypto.rsa_sign(&remote.key.private_pkcs8, base.join("\n").as_bytes()))
                .unwrap();
        let mut request = Request {
            method: "POST".into(),
            path: "/inbox".into(),
            body: body.clone(),
            ..Request::default()
        };
        for (name, value) in [
            ("host", "a.example"),
            ("date", &now.to_http()),
            ("digest", &digest),
            ("content-type", "application/activity+json"),
        ] {
            request.headers.add(name, value);
        }
        use base64::Engine as _;
        let signature = base64::engine::general_purpose::STANDARD.encode(signature);
        request.headers.add(
            "signature",
            format!(
                "keyId=\"{key}\",algorithm=\"rsa-sha256\",headers=\"{}\",signature=\"{signature}\"",
                covered.join(" ")
            ),
        );
        app.send(request).status
    };
    for short in [
        &["date"][..],
        &["(request-target)", "host", "date"],
        &["(request-target)", "host", "digest"],
        &["host"],
        &["digest"],
        &["(request-target)"],
    ] {
        assert_eq!(send(short), 401, "{short:?}");
    }
    assert_eq!(remote_statuses(&app), 0);
    for enough in [
        &["date", "digest"][..],
        &["(request-target)", "date", "digest"],
        &["digest", "(request-target)", "host", "date"],
    ] {
        assert_eq!(send(enough), 202, "{enough:?}");
    }
}
