//! Previews of linked pages: which links have one, how a page is read, who causes it, what everybody sees of it.

use serde_json::{Value, json};
use sori::http::response::Response;
use sori::platform::native::network::Faults;

use crate::app::{DAY, MINUTE, Person, TestApp, id, people, settle};
use crate::remote::{Remote, cast, fetched, redirect};

const PAGE: &str = "<html lang=en><head><title>t</title><meta property=og:title content='The News'>\
    <meta property=og:description content='What happened'><meta property=og:type content=article>\
    <meta property=og:image content='/p.png'><meta name=author content=Ada></head><body>";

fn html(text: &str) -> Response {
    Response::new(200, "text/html; charset=utf-8", text)
}

/// The card of a status as its reader sees it now.
fn card(person: &Person, status: &Value) -> Value {
    person.get(&format!("/api/v1/statuses/{}", id(status)))["card"].clone()
}

fn open(person: &Person, status: &Value) {
    person.get(&format!("/api/v1/statuses/{}/context", id(status)));
}

/// An instance with alice and bob, and a site with a page.
fn news() -> (TestApp, Person, Person, Remote) {
    let (app, alice, bob) = people();
    let site = Remote::new(&app.network, "news.example");
    site.answers("/a", html(PAGE));
    app.set_media_proxy("direct");
    app.network.take_log();
    (app, alice, bob, site)
}

#[test]
fn a_page_is_read_once_for_all_who_link_it() {
    let (app, alice, bob, _) = news();
    let first = alice.posts("read https://news.example/a");
    assert_eq!(first["card"], Value::Null);
    let shown = card(&bob, &first);
    assert_eq!(
        (shown["url"].as_str(), shown["title"].as_str(), shown["description"].as_str()),
        (Some("https://news.example/a"), Some("The News"), Some("What happened"))
    );
    assert_eq!(
        (shown["type"].as_str(), shown["html"].as_str(), shown["image"].as_str()),
        (Some("link"), Some(""), Some("https://news.example/p.png"))
    );
    assert_eq!(shown["authors"], json!([{"name": "Ada", "url": "", "account": null}]));
    assert_eq!(fetched(&app), ["https://news.example/a"]);
    // Also of a private status, and at once.
    let second = bob
        .post("/api/v1/statuses", json!({"status": "@alice https://news.example/a", "visibility": "direct"}));
    assert_eq!(second["card"]["title"], "The News");
    let boost = bob.act(&first, "reblog");
    assert_eq!((&boost["card"], &boost["reblog"]["card"]["title"]), (&Value::Null, &json!("The News")));
    alice.follows(&bob);
    assert_eq!(alice.sees(&second["uri"]).unwrap()["card"]["title"], "The News");
    assert_eq!(fetched(&app), [""; 0]);
    assert_eq!(app.count("SELECT count(*) AS n FROM cards"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
    // Their readers' addresses are as little the business of its server as of other pictures'.
    app.set_media_proxy("proxy");
    let image = card(&bob, &first)["image"].clone();
    assert!(image.as_str().unwrap().starts_with("https://a.example/proxy/"), "{image}");
}

#[test]
fn which_statuses_have_a_card() {
    let (app, alice, bob, _) = news();
    let link = "https://news.example/a";
    let plain = alice.posts(link);
    let has = |status: &Value| card(&alice, status) != Value::Null;
    let poll = alice.post(
        "/api/v1/statuses",
        json!({"status": link, "poll": {"options": ["a", "b"], "expires_in": 600}}),
    );
    let quote = alice.post("/api/v1/statuses", json!({"status": link, "quoted_status_id": id(&plain)}));
    let mention = alice.posts(&format!("@bob #fern https://a.example/@bob {link}"));
    let ours = alice.posts(&format!("#fern @bob {}", plain["url"].as_str().unwrap()));
    assert_eq!([&plain, &poll, &quote, &mention, &ours].map(has), [true, true, false, true, false]);
    // A known status elsewhere, by its id or by a page that names it.
    app.write(
        "UPDATE statuses SET uri = 'https://news.example/notes/1', is_derived = 0 WHERE id = (SELECT min(id) FROM statuses)",
    );
    let site = Remote::new(&app.network, "other.example");
    site.answers(
        "/b",
        html("<title>x</title><link rel=alternate type=application/activity+json href=https://news.example/notes/1>"),
    );
    app.network.take_log();
    let known = [bob.posts("https://news.example/notes/1"), bob.posts("https://other.example/b")];
    assert_eq!(fetched(&app), ["https://other.example/b"]);
    assert!(!has(&known[0]) && !has(&known[1]));
}

#[test]
fn an_edit_of_the_link_changes_the_card_and_the_link_timeline() {
    let (app, alice, _, site) = news();
    site.answers("/b", html("<title>Other</title>"));
    let status = alice.posts("https://news.example/a");
    let edit = |text: &str| {
        app.clock.advance(1000);
        alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&status)), Some(json!({"status": text})))
    };
    let linking = |path: &str| {
        alice
            .get(&format!("/api/v1/timelines/link?url=https%3A%2F%2Fnews.example%2F{path}"))
            .as_array()
            .unwrap()
            .len()
    };
    edit("now https://news.example/b");
    assert_eq!(card(&alice, &status)["title"], "Other");
    assert_eq!((linking("a"), linking("b")), (0, 1));
    app.network.take_log();
    edit("again https://news.example/b");
    edit("no link");
    assert_eq!(card(&alice, &status), Value::Null);
    assert_eq!((linking("a"), linking("b")), (0, 0));
    assert_eq!(fetched(&app), [""; 0]);
}

#[test]
fn a_page_that_does_not_answer_costs_one_attempt_a_day() {
    let (app, alice, _, site) = news();
    let huge = format!("{PAGE}{}", "x".repeat(10 * 1024 * 1024));
    site.answers("/ring", redirect("https://news.example/ring"));
    site.answers("/gone", Response::new(410, "text/html", "gone"));
    site.answers("/type", Response::new(200, "application/pdf", PAGE));
    site.answers("/empty", html("<p>nothing"));
    site.answers("/inside", redirect("https://127.0.0.1/"));
    for path in ["ring", "gone", "type", "empty", "inside", "absent"] {
        let status = alice.posts(&format!("https://news.example/{path}"));
        assert!(!fetched(&app).is_empty(), "{path}");
        assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0, "{path}");
        alice.posts(&format!("again https://news.example/{path}"));
        open(&alice, &status);
        assert_eq!(fetched(&app), [""; 0], "{path}");
        assert_eq!(card(&alice, &status), Value::Null, "{path}");
    }
    site.answers("/huge", html(&huge));
    let status = alice.posts("https://news.example/huge");
    assert_eq!(card(&alice, &status)["title"], "The News");
    app.network.set_faults("news.example", Faults { is_down: true, ..Faults::default() });
    let status = alice.posts("https://news.example/later");
    app.network.clear_faults();
    site.answers("/later", html(PAGE));
    open(&alice, &status);
    assert_eq!(card(&alice, &status), Value::Null);
    app.clock.advance(DAY + 1);
    open(&alice, &status);
    assert_eq!(card(&alice, &status)["title"], "The News");
}

#[test]
fn a_card_is_read_anew_after_two_weeks_when_somebody_looks() {
    let (app, alice, bob, site) = news();
    let status = alice.posts("https://news.example/a");
    site.answers("/a", html("<title>Later</title>"));
    app.clock.advance(13 * DAY);
    open(&bob, &status);
    assert_eq!(card(&bob, &status)["title"], "The News");
    app.clock.advance(2 * DAY);
    // Strangers make us ask nobody.
    app.request("GET", &format!("/api/v1/statuses/{}/context", id(&status)), None, None);
    assert_eq!(card(&bob, &status)["title"], "The News");
    open(&bob, &status);
    assert_eq!(card(&bob, &status)["title"], "Later");
    // A page that fails later keeps what it had.
    site.answers("/a", Response::new(500, "text/html", "x"));
    app.clock.advance(15 * DAY);
    open(&bob, &status);
    assert_eq!(card(&bob, &status)["title"], "Later");
    // Half a year later nobody has looked.
    app.clock.advance(400 * DAY - app.clock.now().0 % DAY + 4 * MINUTE);
    app.tick();
    assert_eq!(app.count("SELECT count(*) AS n FROM cards"), 0);
}

#[test]
fn links_to_blocked_domains_have_no_card() {
    let (app, alice, _, site) = news();
    Remote::new(&app.network, "short.example").answers("/x", redirect("https://news.example/a"));
    let (direct, short) = (alice.posts("https://news.example/a"), alice.posts("https://short.example/x"));
    assert_eq!(card(&alice, &short)["title"], "The News");
    let app_now = app.ready();
    crate::app::block_domain(&app_now, "news.example").unwrap();
    assert_eq!((card(&alice, &direct), card(&alice, &short)), (Value::Null, Value::Null));
    site.answers("/b", html(PAGE));
    app.restart();
    app.network.take_log();
    let later = [alice.posts("https://news.example/b"), alice.posts("https://short.example/x again")];
    assert_eq!(fetched(&app), ["https://short.example/x"]);
    assert_eq!(later.each_ref().map(|s| card(&alice, s)), [Value::Null, Value::Null]);
}

#[test]
fn authors_are_named_where_they_agree() {
    let (app, alice, bob, site) = news();
    let far = Remote::new(&app.network, "far.example");
    let mut ada = far.person("ada");
    ada["attributionDomains"] = json!(["news.example"]);
    far.serve(ada);
    for (path, handle) in
        [("bob", "@bob@a.example"), ("ada", "@ada@far.example"), ("nobody", "@x@nowhere.example")]
    {
        let creator = format!("{PAGE}<meta name='fediverse:creator' content='{handle}'></head>")
            .replace("</head><body>", "");
        site.answers(&format!("/{path}"), html(&creator));
    }
    let [of_bob, of_ada, of_nobody] =
        ["bob", "ada", "nobody"].map(|path| alice.posts(&format!("https://news.example/{path}")));
    assert_eq!(card(&alice, &of_ada)["authors"][0]["account"]["acct"], "ada@far.example");
    assert_eq!(card(&alice, &of_ada)["authors"][0]["name"], "Ada");
    assert_eq!(card(&alice, &of_nobody)["authors"][0]["account"], Value::Null);
    // Nobody is named who has not allowed it; they are told.
    let seen = card(&alice, &of_bob);
    assert_eq!((&seen["authors"][0]["account"], seen.get("missing_attribution")), (&Value::Null, None));
    assert_eq!(card(&bob, &of_bob)["missing_attribution"], true);
    let allow = |domains: Value| {
        bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"attribution_domains": domains})))
    };
    allow(json!(["news.example"]));
    assert_eq!(card(&alice, &of_bob)["authors"][0]["account"]["username"], "bob");
    assert_eq!(card(&bob, &of_bob).get("missing_attribution"), None);
    allow(json!(["ews.example"]));
    assert_eq!(card(&alice, &of_bob)["authors"][0]["account"], Value::Null);
}

#[test]
fn oembed_adds_what_a_page_does_not_say() {
    let (app, alice, _, site) = news();
    let page = |more: &str| {
        format!("<title>Own</title><link rel=alternate type=application/json+oembed href=/o>{more}")
    };
    site.answers("/photo", html(&page("")));
    site.answers(
        "/o",
        Response::json(&json!({"type": "photo", "url": "https://cdn.example/p.jpg", "width": 3, "height": 2,
            "author_name": "Ada", "html": "<script></script>"})),
    );
    let photo = card(&alice, &alice.posts("https://news.example/photo"));
    assert_eq!(
        (
            photo["type"].as_str(),
            photo["title"].as_str(),
            photo["embed_url"].as_str(),
            photo["html"].as_str()
        ),
        (Some("photo"), Some("Own"), Some("https://cdn.example/p.jpg"), Some(""))
    );
    assert_eq!(photo["authors"][0]["name"], "Ada");
    // A page that says it all is not asked for more, and a document that is none changes nothing.
    site.answers("/o", Response::new(200, "text/html", "x"));
    let complete = "<meta property=og:title content=x><meta property=og:type content=article><meta property=og:image content=/p>";
    site.answers("/complete", html(&page(complete)));
    site.answers("/broken", html(&page("")));
    app.network.take_log();
    alice.posts("https://news.example/complete");
    assert_eq!(fetched(&app), ["https://news.example/complete"]);
    let broken = card(&alice, &alice.posts("https://news.example/broken"));
    assert_eq!((broken["type"].as_str(), broken["title"].as_str()), (Some("link"), Some("Own")));
}

#[test]
fn a_page_in_its_own_encoding() {
    let (_, alice, _, site) = news();
    // "한국" in EUC-KR.
    let mut page = b"<meta http-equiv=content-type content='text/html; charset=euc-kr'><title>".to_vec();
    page.extend([0xc7, 0xd1, 0xb1, 0xb9]);
    site.answers("/ko", Response::new(200, "text/html", page));
    assert_eq!(card(&alice, &alice.posts("https://news.example/ko"))["title"], "한국");
}

#[test]
fn pages_of_remote_statuses_are_read_when_somebody_here_is_concerned() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let news = Remote::new(&app.network, "news.example");
    let link = |path: &str| format!("<p><a href=\"https://news.example/{path}\">x</a></p>");
    for path in ["a", "b", "c"] {
        news.answers(&format!("/{path}"), html(PAGE));
    }
    let note = remote.note(&bob, 1, json!({"content": link("a")}));
    app.network.take_log();
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    assert_eq!(fetched(&app), ["https://news.example/a"]);
    assert_eq!(alice.sees(&note["id"]).unwrap()["card"]["title"], "The News");
    // Their edit changes the link.
    let mut edited = note.clone();
    edited["content"] = json!(link("b"));
    edited["updated"] = json!("2026-09-21T11:00:00Z");
    let update = json!({"id": remote.uri("/u/1"), "type": "Update", "actor": bob["id"], "object": edited});
    assert_eq!(remote.sends(&app, &update), 202);
    assert_eq!(fetched(&app), ["https://news.example/b"]);
    assert_eq!(alice.sees(&note["id"]).unwrap()["card"]["url"], "https://news.example/b");
    // What was only fetched waits until somebody opens it.
    let carol = remote.person("carol");
    let other = remote.serve(remote.note(&carol, 2, json!({"content": link("c")})));
    let url: String = url::form_urlencoded::byte_serialize(id_of(&other).as_bytes()).collect();
    let found =
        alice.get(&format!("/api/v2/search?resolve=true&type=statuses&q={url}"))["statuses"][0].clone();
    settle(&[&app]);
    assert!(!fetched(&app).iter().any(|url| url.contains("news")));
    open(&alice, &found);
    assert_eq!(card(&alice, &found)["title"], "The News");
}

fn id_of(note: &Value) -> String {
    note["id"].as_str().unwrap().to_owned()
}

#[test]
fn strangers_make_us_ask_third_servers_within_their_budget() {
    let (app, remote, _) = cast();
    // One of them could write fewer rows in a day.
    let strangers = ["carol", "dave", "erin"].map(|name| remote.person(name));
    let news = Remote::new(&app.network, "news.example");
    for n in 0..36 {
        let carol = &strangers[n as usize % 3];
        app.clock.advance(10_000);
        news.answers(&format!("/{n}"), html(PAGE));
        let mention = json!([{"type": "Mention", "href": "https://a.example/users/alice"}]);
        let content = format!("<p><a href=\"https://news.example/{n}\">x</a></p>");
        let to = json!(["https://a.example/users/alice"]);
        let note =
            remote.note(carol, 100 + n, json!({"content": content, "tag": mention, "to": to, "cc": []}));
        assert_eq!(remote.sends(&app, &remote.create(carol, &note)), 202);
    }
    let asked = || fetched(&app).iter().filter(|url| url.contains("news.example")).count();
    assert_eq!(asked(), 30);
    // The others are not failures: they come later.
    assert_eq!(app.count("SELECT count(*) AS n FROM cards WHERE card IS NULL"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE kind = 'card'"), 6);
    app.clock.advance(60 * MINUTE);
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM cards"), 36);
}

#[test]
fn trends_have_cards_and_tell_nothing_of_hidden_statuses() {
    let (app, alice, bob, site) = news();
    site.answers("/hidden", html(PAGE));
    let carol = app.person("carol");
    for person in [&alice, &bob, &carol] {
        person.posts("https://news.example/a");
        person.post(
            "/api/v1/statuses",
            json!({"status": "https://news.example/hidden", "visibility": "private"}),
        );
    }
    pollster::block_on(sori::jobs::tasks::count_trends(&app.ready())).unwrap();
    let links = app.request("GET", "/api/v1/trends/links", None, None);
    let links: Value = serde_json::from_slice(&links.body).unwrap();
    assert_eq!(links.as_array().unwrap().len(), 1);
    assert_eq!(
        (links[0]["title"].as_str(), links[0]["url"].as_str()),
        (Some("The News"), Some("https://news.example/a"))
    );
    assert_eq!(
        links[0]["history"][0],
        json!({"day": links[0]["history"][0]["day"], "uses": "3", "accounts": "3"})
    );
}
