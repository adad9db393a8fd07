//! Resolving what people type, and backfilling threads, within bounds.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::{Value, json};
use sori::http::request::Request;
use sori::http::response::{ACTIVITY_JSON, JRD_JSON, Response};
use sori::platform::native::network::Faults;
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, header, id, settle};
use crate::remote::Remote;

fn one() -> (Network, TestApp, Person, Remote) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    (network, app, alice, remote)
}

fn searched(alice: &Person, q: &str) -> Value {
    let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
    alice.get(&format!("/api/v2/search?resolve=true&q={q}"))
}

#[test]
fn an_html_page_is_resolved_to_its_document_once() {
    let (network, app, alice, remote) = one();
    let bob = remote.person("bob");
    remote.serve(remote.note(&bob, 1, json!({})));
    let page = |body: &str, link: Option<&str>| {
        let page = Response::html(body.into());
        link.map_or(page.clone(), |l| page.with("Link", l))
    };
    let tag = "<html><head><link rel=\"alternate\" type='application/activity+json' href=\"https://b.example/notes/1\">";
    network.serve("w.example", vec![
        ("/tag".into(), page(tag, None)),
        ("/header".into(), page("", Some("<https://b.example/x>; rel=\"next\", <https://b.example/notes/1>; rel=\"alternate\"; type=\"application/activity+json\""))),
        ("/feed".into(), page("<link rel=alternate type=application/rss+xml href=/feed.xml>", None)),
        ("/chain".into(), page("<link rel=alternate type=application/activity+json href=/tag>", None)),
        ("/".into(), page("", None)),
    ]);
    assert_eq!(searched(&alice, "https://w.example/tag")["statuses"][0]["uri"], "https://b.example/notes/1");
    app.db.run("DELETE FROM statuses");
    assert_eq!(
        searched(&alice, "https://w.example/header")["statuses"][0]["uri"],
        "https://b.example/notes/1"
    );
    app.db.run("DELETE FROM statuses");
    for nothing in ["feed", "chain", ""] {
        assert_eq!(
            searched(&alice, &format!("https://w.example/{nothing}"))["statuses"],
            json!([]),
            "{nothing}"
        );
    }
}

#[test]
fn fed_trap_8_a_handle_must_be_confirmed_by_both_domains() {
    let (network, app, alice, remote) = one();
    let bob = remote.person("bob");
    let finger = |subject: &str, actor: &str| {
        Response::new(200, JRD_JSON, json!({"subject": format!("acct:{subject}"), "links": [{"rel": "self", "type": "application/activity+json", "href": actor}]}).to_string())
    };
    // Bob's server says he is of my.example, and my.example confirms it.
    let mut document = bob.clone();
    document["webfinger"] = json!("bob@my.example");
    remote.serve(document);
    network.serve(
        "my.example",
        vec![(
            "/.well-known/webfinger?resource=acct%3Abob%40my.example".into(),
            finger("bob@my.example", "https://b.example/users/bob"),
        )],
    );
    assert_eq!(searched(&alice, "bob@my.example")["accounts"][0]["acct"], "bob@my.example");
    // Eve claims to be of my.example, which does not confirm it.
    let mut eve = remote.person("eve");
    eve["webfinger"] = json!("bob@my.example");
    remote.serve(eve);
    assert_eq!(searched(&alice, "https://b.example/users/eve")["accounts"][0]["acct"], "eve@b.example");
    assert_eq!(
        app.count("SELECT count(*) AS n FROM accounts WHERE username = 'bob' AND domain = 'my.example'"),
        1
    );
    // Where WebFinger is not found, host-meta may give its URL.
    network.serve(
        "meta.example",
        vec![(
            "/.well-known/host-meta".into(),
            Response::new(
                200,
                "application/xrd+xml",
                "<XRD><Link rel=\"lrdd\" template=\"https://finger.example/?r={uri}\"/></XRD>",
            ),
        )],
    );
    network.serve(
        "finger.example",
        vec![(
            "/?r=acct%3Afern%40meta.example".into(),
            finger("fern@meta.example", "https://b.example/users/fern"),
        )],
    );
    let mut fern = remote.person("fern");
    fern["webfinger"] = json!("fern@meta.example");
    remote.serve(fern);
    assert_eq!(searched(&alice, "fern@meta.example")["accounts"][0]["acct"], "fern@meta.example");
    // A 410 is final, and not an error of ours.
    network.serve(
        "gone.example",
        vec![(
            "/.well-known/webfinger?resource=acct%3Ax%40gone.example".into(),
            Response::new(410, "text/plain", ""),
        )],
    );
    assert_eq!(searched(&alice, "x@gone.example")["accounts"], json!([]));
}

#[test]
fn fed_trap_9_handles_in_other_scripts_are_found() {
    let (network, _, alice, _) = one();
    let remote = Remote::new(&network, "xn--bj0bj06e.example");
    remote.person("kim");
    let found = searched(&alice, "@kim@한글.example");
    assert_eq!(found["accounts"][0]["acct"], "kim@xn--bj0bj06e.example");
    let said = alice.posts("hello @kim@한글.example");
    assert_eq!(said["mentions"][0]["acct"], "kim@xn--bj0bj06e.example");
}

/// A note of bob's that alice's server knows.
fn known(app: &TestApp, alice: &Person, remote: &Remote, bob: &Value, extra: Value) -> Value {
    remote.serve(remote.note(bob, 1, extra));
    let found = searched(alice, &remote.uri("/notes/1"))["statuses"][0].clone();
    assert_eq!(found["uri"], remote.uri("/notes/1"));
    assert!(app.queue.len() < 5);
    found
}

fn thread(alice: &Person, status: &Value) -> Vec<Value> {
    let context = alice.get(&format!("/api/v1/statuses/{}/context", status["id"].as_str().unwrap()));
    context["descendants"].as_array().unwrap().iter().map(|s| s["uri"].clone()).collect()
}

#[test]
fn an_opened_thread_is_backfilled_from_its_replies() {
    let (network, app, alice, remote) = one();
    let bob = remote.person("bob");
    let other = Remote::new(&network, "c.example");
    let carol = other.person("carol");
    let replies = json!({"id": remote.uri("/notes/1/replies"), "type": "Collection", "first": {"type": "CollectionPage",
        "items": [remote.uri("/notes/2")], "next": remote.uri("/notes/1/replies?page=2")}});
    let root = known(&app, &alice, &remote, &bob, json!({"replies": replies}));
    remote.serve(json!({"id": remote.uri("/notes/1/replies?page=2"), "type": "CollectionPage", "items": [other.uri("/notes/3"), "https://a.example/users/alice/statuses/1"]}));
    // One with more replies below, and one of another server.
    remote.serve(remote.note(&bob, 2, json!({"inReplyTo": remote.uri("/notes/1"), "replies": {"type": "Collection", "first": {"items": [remote.uri("/notes/4")]}}})));
    other.serve(other.note(&carol, 3, json!({"inReplyTo": remote.uri("/notes/1")})));
    remote.serve(remote.note(&bob, 4, json!({"inReplyTo": remote.uri("/notes/2")})));
    assert_eq!(thread(&alice, &root), Vec::<Value>::new());
    assert!(app.cost.borrow().trips <= 2, "{:?}", app.cost.borrow());
    settle(&[&app]);
    let mut found: Vec<String> =
        thread(&alice, &root).iter().map(|u| u.as_str().unwrap().to_owned()).collect();
    found.sort();
    assert_eq!(found, [remote.uri("/notes/2"), remote.uri("/notes/4"), other.uri("/notes/3")]);
    // Opened again at once: nothing is fetched.
    let before = network.log_len();
    thread(&alice, &root);
    settle(&[&app]);
    assert_eq!(network.log_len(), before);
    // Anonymous reads fetch nothing.
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
}

#[test]
fn a_thread_is_backfilled_from_its_context() {
    let (_, app, alice, remote) = one();
    let bob = remote.person("bob");
    remote.serve(json!({"id": remote.uri("/contexts/1"), "type": "OrderedCollection", "first": remote.uri("/contexts/1?page=1")}));
    remote.serve(json!({"id": remote.uri("/contexts/1?page=1"), "type": "OrderedCollectionPage", "orderedItems": [remote.uri("/notes/1"), {"id": remote.uri("/notes/2"), "type": "Note"}]}));
    let root = known(
        &app,
        &alice,
        &remote,
        &bob,
        json!({"context": remote.uri("/contexts/1"), "replies": remote.uri("/none")}),
    );
    remote.serve(remote.note(&bob, 2, json!({"inReplyTo": remote.uri("/notes/1")})));
    thread(&alice, &root);
    settle(&[&app]);
    assert_eq!(thread(&alice, &root), [json!(remote.uri("/notes/2"))]);
}

/// The id and the rest of the header of a thread that is not whole yet; both empty where it is.
fn refresh(app: &TestApp, token: Option<&str>, status: &Value) -> (String, String) {
    let answer = app.request("GET", &format!("/api/v1/statuses/{}/context", id(status)), token, None);
    assert_eq!(answer.status, 200);
    let text = header(&answer, "Mastodon-Async-Refresh");
    let Some((id, rest)) = text.strip_prefix("id=\"").and_then(|text| text.split_once("\", ")) else {
        assert_eq!(text, "");
        return Default::default();
    };
    assert!(header(&answer, "Access-Control-Expose-Headers").contains("Mastodon-Async-Refresh"));
    (id.to_owned(), rest.to_owned())
}

fn state(person: &Person, refresh: &str) -> (String, i64) {
    let answer = person.get(&format!("/api/v1_alpha/async_refreshes/{refresh}"))["async_refresh"].clone();
    assert_eq!(answer["id"], refresh);
    (answer["status"].as_str().unwrap().to_owned(), answer["result_count"].as_i64().unwrap())
}

#[test]
fn a_thread_that_is_still_being_fetched_says_so() {
    let (_, app, alice, remote) = one();
    let (bob, eve) = (remote.person("bob"), app.person("eve"));
    let answers: Vec<String> = (2..=9).map(|n| remote.uri(&format!("/notes/{n}"))).collect();
    let replies = json!({"type": "Collection", "first": {"items": answers}});
    let root = known(&app, &alice, &remote, &bob, json!({"replies": replies}));
    for n in 2..=8 {
        remote.serve(remote.note(&bob, n, json!({"inReplyTo": remote.uri("/notes/1")})));
    }
    // One that is no status is not counted.
    remote.serve(json!({"id": remote.uri("/notes/9"), "type": "Article2"}));
    let mine = alice.posts("mine");
    settle(&[&app]);
    // Nobody without a token begins it.
    assert_eq!(refresh(&app, None, &root), Default::default());
    // It begins once the answer is sent: seen before.
    let (first, rest) = {
        let path = format!("/api/v1/statuses/{}/context", id(&root));
        let app = app.ready();
        let mut request = Request { method: "GET".into(), path, ..Request::default() };
        request.headers.add("authorization", format!("Bearer {}", alice.token));
        let answer = pollster::block_on(sori::routes::handle(&app, &request));
        let text = header(&answer, "Mastodon-Async-Refresh");
        let (id, rest) = text.strip_prefix("id=\"").unwrap().split_once("\", ").unwrap();
        (id.to_owned(), rest.to_owned())
    };
    assert_eq!(rest, "retry=3, result_count=0");
    assert_eq!(state(&alice, &first), ("running".into(), 0));
    app.clock.advance(10_000);
    assert_eq!(state(&alice, &first), ("finished".into(), 0), "it never began");
    // What the first step has no room for is left to cron.
    let (second, rest) = refresh(&app, Some(&alice.token), &root);
    assert_eq!(rest, "retry=3, result_count=0");
    let (now, found) = state(&alice, &second);
    assert_eq!(now, "running");
    assert!((1..7).contains(&found), "{found}");
    assert_eq!(app.cost.borrow().trips, 1, "{:?}", app.cost.borrow());
    assert_eq!(app.cost.borrow().rows_written, 0);
    assert_eq!(state(&eve, &first), ("running".into(), found));
    let anonymous = refresh(&app, None, &root);
    assert_eq!(anonymous.1, format!("retry=15, result_count={found}"));
    assert_eq!(state(&eve, &anonymous.0), ("running".into(), found));
    let again = refresh(&app, Some(&alice.token), &root);
    assert_eq!(again, anonymous);
    assert_eq!(app.cost.borrow().trips, 2, "{:?}", app.cost.borrow());
    for _ in 0..4 {
        app.clock.advance(60_000);
        app.tick();
        settle(&[&app]);
    }
    for id in [&first, &second, &anonymous.0] {
        assert_eq!(state(&alice, id), ("finished".into(), 7));
    }
    assert_eq!(thread(&alice, &root).len(), 7);
    for (person, status) in [(Some(&*alice.token), &root), (None, &root), (Some(&*alice.token), &mine)] {
        assert_eq!(refresh(&app, person, status), Default::default());
    }
    // Ids that are not ours, and those of statuses that are hidden or gone by now, are absent.
    let path = |id: &str| format!("/api/v1_alpha/async_refreshes/{id}");
    let status = |person: &Person, id: &str| person.call("GET", &path(id), None).status;
    assert_eq!(app.request("GET", &path(&first), None, None).status, 401);
    let other = format!("B{}", &first[1..]);
    for bad in ["1", "x", id(&root), &first[1..], &other] {
        assert_eq!(status(&alice, bad), 404, "{bad}");
    }
    app.db.run("INSERT INTO blocks (id, account_id, target_id, uri) SELECT 1, b.id, e.id, 'x' FROM accounts b, accounts e WHERE b.username = 'bob' AND e.username = 'eve'");
    assert_eq!((status(&alice, &first), status(&eve, &first)), (200, 404));
    app.clock.advance(24 * 3_600_000);
    assert_eq!(status(&alice, &first), 404);
    let (last, _) = refresh(&app, Some(&alice.token), &root);
    assert_eq!(status(&alice, &last), 200);
    app.db.run("DELETE FROM statuses");
    assert_eq!(status(&alice, &last), 404);
}

/// A job that is tried again in an hour is not waited for.
#[test]
fn a_thread_that_cannot_be_fetched_now_is_not_waited_for() {
    let (network, app, alice, remote) = one();
    let bob = remote.person("bob");
    let root = known(&app, &alice, &remote, &bob, json!({}));
    network.set_faults("b.example", Faults { is_down: true, ..Faults::default() });
    let (id, _) = refresh(&app, Some(&alice.token), &root);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 1);
    for (minutes, expected) in [(0, "running"), (3, "finished")] {
        app.clock.advance(minutes * 60_000);
        app.tick();
        assert_eq!(state(&alice, &id), (expected.to_owned(), 0));
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE attempts = 2"), 1);
    assert_eq!(refresh(&app, Some(&alice.token), &root), Default::default());
}

#[test]
fn two_instances_backfill_a_thread_from_each_other() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let (a, b) = (TestApp::new(&network, "a.example", &clock), TestApp::new(&network, "b.example", &clock));
    let (alice, bob, carol) = (a.person("alice"), b.person("bob"), b.person("carol"));
    let root = bob.posts("the root");
    let answer = carol.replies(&root, "an answer");
    let deeper = bob.replies(&answer, "and another");
    settle(&[&a, &b]);
    let found = searched(&alice, root["uri"].as_str().unwrap())["statuses"][0].clone();
    thread(&alice, &found);
    settle(&[&a, &b]);
    let all = thread(&alice, &found);
    assert!(all.contains(&answer["uri"]) && all.contains(&deeper["uri"]), "{all:?}");
}

#[test]
fn fed_trap_61_advisory_mastodon_32615_peertube_2025_32943_collections_without_end() {
    let (network, app, alice, remote) = one();
    let bob = remote.person("bob");
    let asked = Rc::new(Cell::new(0));
    // Every page is empty and links to another; the last one, on another host, is never fetched.
    let count = asked.clone();
    network.register("endless.example", Rc::new(move |request| {
        count.set(count.get() + 1);
        let next = format!("https://endless.example/{}", count.get());
        let body = json!({"id": format!("https://endless.example{}", request.target()), "type": "CollectionPage", "items": [], "next": next});
        Box::pin(async move { Response::new(200, ACTIVITY_JSON, body.to_string()) })
    }));
    let root = known(&app, &alice, &remote, &bob, json!({"context": "https://endless.example/0"}));
    thread(&alice, &root);
    settle(&[&app]);
    assert!((1..=5).contains(&asked.get()), "{}", asked.get());
    // A cycle is walked once, and a `next` on another host is not followed.
    asked.set(0);
    app.clock.advance(3_600_000);
    remote.serve(json!({"id": remote.uri("/c/1"), "type": "Collection", "first": remote.uri("/c/2")}));
    remote.serve(
        json!({"id": remote.uri("/c/2"), "type": "CollectionPage", "items": [], "next": remote.uri("/c/1")}),
    );
    remote.serve(remote.note(&bob, 1, json!({"context": remote.uri("/c/1"), "replies": {"first": {"items": [], "next": "https://endless.example/0"}}})));
    let before = network.log_len();
    thread(&alice, &root);
    settle(&[&app]);
    assert!(network.log_len() - before <= 8, "{}", network.log_len() - before);
    assert_eq!(asked.get(), 0);
}

#[test]
fn fed_trap_62_a_thread_and_its_parents_are_bounded() {
    let (network, app, alice, remote) = one();
    let bob = remote.person("bob");
    // An endless chain of parents.
    for n in 1..=30 {
        remote.serve(remote.note(&bob, n, json!({"inReplyTo": remote.uri(&format!("/notes/{}", n + 1))})));
    }
    assert_eq!(searched(&alice, &remote.uri("/notes/1"))["statuses"][0]["uri"], remote.uri("/notes/1"));
    settle(&[&app]);
    assert!(app.count("SELECT count(*) AS n FROM statuses") <= 7);
    // Replies that each list more replies: a fixed number for each thread.
    for n in 100..400 {
        let more: Vec<String> =
            (1..=4).map(|k| remote.uri(&format!("/notes/{}", 100 + (n * 4 + k) % 300))).collect();
        remote.serve(remote.note(&bob, n, json!({"inReplyTo": remote.uri("/notes/100"), "replies": {"type": "Collection", "first": {"items": more}}})));
    }
    let root = searched(&alice, &remote.uri("/notes/100"))["statuses"][0].clone();
    thread(&alice, &root);
    settle(&[&app]);
    let all = app.count("SELECT count(*) AS n FROM statuses WHERE uri LIKE '%/notes/___'");
    assert!((20..=62).contains(&all), "{all}");
    let _ = network;
}

#[test]
fn fed_trap_62_advisory_cve_2022_46405_wildcard_subdomains_count_as_one_domain() {
    let (network, app, alice, _) = one();
    for n in 0..15 {
        Remote::new(&network, &format!("s{n}.troll.example")).person("troll");
        searched(&alice, &format!("https://s{n}.troll.example/users/troll"));
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE username = 'troll'"), 10);
    // The next day has a new budget; known ones stay; another domain has its own budget.
    Remote::new(&network, "s.other.example").person("ted");
    assert_eq!(searched(&alice, "https://s.other.example/users/ted")["accounts"][0]["username"], "ted");
    app.clock.advance(25 * 3_600_000);
    searched(&alice, "https://s14.troll.example/users/troll");
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE username = 'troll'"), 11);
}

#[test]
fn fed_trap_71_hidden_collections_keep_the_known_counts() {
    let (_, app, alice, remote) = one();
    let mut bob = remote.person("bob");
    bob["following"] = json!(remote.uri("/users/bob/following"));
    remote.serve(bob.clone());
    for (name, n) in [("followers", 120), ("following", 30), ("outbox", 900)] {
        remote.serve(json!({"id": remote.uri(&format!("/users/bob/{name}")), "type": "OrderedCollection", "totalItems": n}));
    }
    let found = alice.finds("bob@b.example");
    let look = || {
        app.clock.advance(25 * 3_600_000);
        // The document is fetched once a minute, whoever asks.
        app.ready();
        // That a token is in use is noted once a day.
        alice.get("/api/v1/accounts/verify_credentials");
        alice.get(&format!("/api/v1/accounts/{}", found["id"].as_str().unwrap()));
        assert!(app.cost.borrow().trips <= 2);
        settle(&[&app]);
        let shown = alice.get(&format!("/api/v1/accounts/{}", found["id"].as_str().unwrap()));
        [&shown["followers_count"], &shown["following_count"], &shown["statuses_count"]]
            .map(|n| n.as_i64().unwrap())
    };
    assert_eq!(look(), [120, 30, 900]);
    remote.forget("/users/bob/followers");
    remote.serve(json!({"id": remote.uri("/users/bob/following"), "type": "OrderedCollection"}));
    remote.serve(
        json!({"id": remote.uri("/users/bob/outbox"), "type": "OrderedCollection", "totalItems": 901}),
    );
    assert_eq!(look(), [120, 30, 901]);
}

#[test]
fn a_profile_that_is_opened_for_the_first_time_gets_the_counts_of_its_server() {
    for path in ["/api/v1/accounts/{}", "/api/v1/accounts/lookup?acct=bob@b.example"] {
        let (_, app, alice, remote) = one();
        let mut bob = remote.person("bob");
        bob["following"] = json!(remote.uri("/users/bob/following"));
        remote.serve(bob.clone());
        for (name, n) in [("followers", 120), ("outbox", 900)] {
            remote.serve(json!({"id": remote.uri(&format!("/users/bob/{name}")), "type": "OrderedCollection", "totalItems": n}));
        }
        let found = alice.finds("bob@b.example");
        app.clock.advance(61_000);
        let path = path.replace("{}", id(&found));
        // Strangers cause no fetch.
        app.request("GET", &path, None, None);
        assert_eq!(alice.get(&path)["followers_count"], 0);
        let shown = alice.get(&path);
        assert_eq!(
            (&shown["followers_count"], &shown["following_count"]),
            (&json!(120), &json!(0)),
            "{shown}"
        );
        assert_eq!(shown["statuses_count"], 900);
        // Once, although one of the collections does not exist.
        remote.serve(
            json!({"id": remote.uri("/users/bob/followers"), "type": "OrderedCollection", "totalItems": 121}),
        );
        app.clock.advance(61_000);
        alice.get(&path);
        settle(&[&app]);
        assert_eq!(alice.get(&path)["followers_count"], 120);
    }
}

#[test]
fn stale_profiles_are_refreshed_and_gone_ones_deleted() {
    let (_, app, alice, remote) = one();
    let mut bob = remote.person("bob");
    alice.finds("bob@b.example");
    app.db.run(&format!("INSERT INTO follows (account_id, target_id, id, uri) SELECT {}, id, 1, 'https://a.example/f/1' FROM accounts WHERE username = 'bob'", alice.id));
    bob["name"] = json!("Bob the Elder");
    remote.serve(bob.clone());
    // He posts after a fortnight: his actor is refreshed after the response.
    app.clock.advance(15 * 24 * 3_600_000);
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 1, json!({})))), 202);
    let name = || app.count("SELECT count(*) AS n FROM accounts WHERE display_name = 'Bob the Elder'");
    assert_eq!(name(), 1);
    // Nobody looks for a week: cron refreshes it.
    bob["name"] = json!("Bob");
    remote.serve(bob.clone());
    app.clock.advance(8 * 24 * 3_600_000);
    for _ in 0..61 {
        app.clock.advance(60_000);
        app.tick();
    }
    assert_eq!(name(), 0);
    // Deleted for good.
    remote.gone("/users/bob");
    app.clock.advance(25 * 3_600_000);
    let found = app.count("SELECT id AS n FROM accounts WHERE username = 'bob'");
    alice.get(&format!("/api/v1/accounts/{found}"));
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE username = 'bob'"), 0);
}

#[test]
fn a_status_that_is_gone_at_its_origin_is_deleted_when_its_thread_is_opened() {
    let (_, app, alice, remote) = one();
    let bob = remote.person("bob");
    let root = known(&app, &alice, &remote, &bob, json!({}));
    remote.forget("/notes/1");
    thread(&alice, &root);
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE uri LIKE 'https://b.example%'"), 0);
}

/// The queue's operations are few, and nobody waits for these.
#[test]
fn old_profiles_without_room_wait_for_cron_and_not_in_the_queue() {
    let (_, app, alice, remote) = one();
    for n in 0..5 {
        let name = format!("bob{n}");
        remote.person(&name);
        alice.finds(&format!("{name}@b.example"));
    }
    app.db.run(&format!("INSERT INTO follows (account_id, target_id, id, uri) SELECT {}, id, id, 'https://a.example/f/' || id FROM accounts WHERE username LIKE 'bob%'", alice.id));
    settle(&[&app]);
    app.clock.advance(8 * 24 * 3_600_000);
    let stale = || {
        app.db.run("DROP TABLE IF EXISTS seen");
        app.db.run(&format!(
            "CREATE TABLE seen AS SELECT 1 FROM accounts WHERE username LIKE 'bob%' AND fetched_at < {}",
            app.clock.now().0 - 24 * 3_600_000
        ));
        app.count("SELECT count(*) AS n FROM seen")
    };
    assert_eq!(stale(), 5);
    let mut most_jobs = 0;
    for _ in 0..61 {
        app.clock.advance(60_000);
        app.tick();
        assert!(app.queue.take().is_none());
        most_jobs = most_jobs.max(app.count("SELECT count(*) AS n FROM jobs"));
    }
    assert!(most_jobs > 0, "there was room for all of them");
    assert_eq!(stale(), 0);
}

#[test]
fn pins_of_a_newly_followed_account_are_fetched() {
    let (_, app, alice, remote) = one();
    let mut bob = remote.person("bob");
    bob["featured"] = json!(remote.uri("/users/bob/featured"));
    remote.serve(bob.clone());
    let items: Vec<Value> =
        (1..=8).map(|n| remote.serve(remote.note(&bob, n, json!({})))["id"].clone()).collect();
    remote.serve(json!({"id": bob["featured"], "type": "OrderedCollection", "orderedItems": items}));
    let found = alice.finds("bob@b.example");
    let id = found["id"].as_str().unwrap();
    alice.post(&format!("/api/v1/accounts/{id}/follow"), json!({}));
    settle(&[&app]);
    let follow = remote.inbox.borrow().iter().find(|a| a["type"] == "Follow").cloned().unwrap();
    let accept =
        json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": bob["id"], "object": follow});
    assert_eq!(remote.sends(&app, &accept), 202);
    settle(&[&app]);
    let pinned = alice.get(&format!("/api/v1/accounts/{id}/statuses?pinned=true"));
    assert_eq!(pinned.as_array().unwrap().len(), 5);
}
