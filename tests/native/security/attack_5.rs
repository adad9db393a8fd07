//! More attacks on push messages, link previews, files of other servers, uploads and moves: each test says what must hold.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::{Value, json};
use sori::http::response::Response;
use sori::model::push::ALERTS;
use sori::platform::live::MAX_SUBSCRIPTIONS;

use crate::api::media::png;
use crate::app::{DAY, MINUTE, TestApp, id, people, settle, wait};
use crate::push::{Device, PushService};
use crate::remote::{Remote, cast, fetched, followed, redirect, scene};
use crate::streaming::listener::{listen, upgrade};

fn html(text: &str) -> Response {
    Response::new(200, "text/html; charset=utf-8", text)
}

// Push messages.

#[test]
fn a_device_that_its_push_service_holds_back_does_not_hold_back_others_of_that_service() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    let service = PushService::new(&app.network, "push.example");
    let (flooded, sound) = (Device::new(&service, 1, true), Device::new(&service, 2, true));
    flooded.subscribes(&alice, &ALERTS);
    sound.subscribes(&carol, &ALERTS);
    let told = Rc::new(Cell::new(0));
    let count = told.clone();
    app.network.register(
        "push.example",
        Rc::new(move |request| {
            let answer = if request.path == "/devices/2" {
                count.set(count.get() + 1);
                Response { status: 201, ..Response::default() }
            } else {
                Response { status: 429, ..Response::default() }.with("Retry-After", "86400")
            };
            Box::pin(async move { answer })
        }),
    );
    bob.posts("@alice @carol both at once");
    for _ in 0..5 {
        wait(&app, MINUTE);
        while app.consume_one() {}
    }
    assert_eq!(told.get(), 1);
    // What is for the device itself waits as long as its service says.
    app.network.take_log();
    wait(&app, 20 * 60 * MINUTE);
    assert_eq!(app.network.take_log().iter().filter(|e| e.url.contains("push.example")).count(), 0);
}

#[test]
fn a_device_that_is_gone_is_asked_once_whatever_waits_for_it() {
    let (app, alice, bob) = people();
    let service = PushService::new(&app.network, "push.example");
    Device::new(&service, 1, true).subscribes(&alice, &ALERTS);
    service.answers(503);
    for n in 0..30 {
        bob.posts(&format!("@alice {n}"));
    }
    assert_eq!(service.take().len(), 1);
    service.answers(410);
    wait(&app, 3 * MINUTE);
    let mut messages = 0;
    while app.consume_one() {
        messages += 1;
    }
    assert_eq!(service.take().len(), 1);
    assert!(messages <= 1, "{messages} queue messages");
    assert_eq!(app.count("SELECT count(*) AS n FROM pushes"), 0);
}

#[test]
fn what_waits_for_a_device_goes_with_its_subscription() {
    let (app, alice, bob) = people();
    let service = PushService::new(&app.network, "push.example");
    let device = Device::new(&service, 1, true);
    device.subscribes(&alice, &ALERTS);
    service.answers(503);
    for n in 0..30 {
        bob.posts(&format!("@alice {n}"));
    }
    // The app subscribes anew, as apps do at each start.
    device.subscribes(&alice, &ALERTS);
    let mut messages = 0;
    for _ in 0..5 {
        wait(&app, MINUTE);
        while app.consume_one() {
            messages += 1;
        }
    }
    assert!(messages <= 1, "{messages} queue messages");
    assert_eq!(app.count("SELECT count(*) AS n FROM pushes"), 0);
}

// Link previews.

#[test]
fn a_link_that_is_no_url_is_looked_at_once() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let content = "<p><a href=\"https://[/\">x</a></p>";
    let note = remote.serve(remote.note(&bob, 1, json!({"content": content})));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    settle(&[&app]);
    let seen = alice.home().into_iter().next().unwrap();
    assert!(seen["content"].as_str().unwrap().contains("https://["), "{seen}");
    let path = format!("/api/v1/statuses/{}/context", id(&seen));
    alice.get(&path);
    app.clock.advance(MINUTE);
    alice.get(&path);
    assert_eq!(app.whole_cost.borrow().rows_written, 0);
}

#[test]
fn nothing_of_a_blocked_domain_stays_however_its_address_is_written() {
    let (app, alice, _) = people();
    Remote::new(&app.network, "news.example").answers("/a", html("<title>News</title>"));
    let page = "https://news.example/a";
    for host in ["evil.example", "xn--bj0bj06e.kr"] {
        let site = Remote::new(&app.network, host);
        for path in ["/a", "/b", "/?c", "/d", "/"] {
            site.answers(path, redirect(page));
        }
    }
    let links = [
        "https://evil.example:443/a",
        "https://EVIL.example/b",
        "https://evil.example?c",
        "http://evil.example:443/d",
        "https://evil.example#e",
        "https://한글.kr/a",
    ];
    let posted: Vec<Value> = links.iter().map(|link| alice.posts(link)).collect();
    let title = |status: &Value| {
        alice.get(&format!("/api/v1/statuses/{}", id(status)))["card"]["title"]
            .as_str()
            .unwrap_or("")
            .to_owned()
    };
    for (status, link) in posted.iter().zip(links) {
        assert_eq!(title(status), "News", "{link}");
    }
    let kept = alice.posts("https://news.example/a#evil.example");
    for domain in ["evil.example", "한글.kr"] {
        crate::app::block_domain(&app.ready(), domain).unwrap();
    }
    for (status, link) in posted.iter().zip(links) {
        assert_eq!(title(status), "", "{link}");
    }
    assert_eq!(title(&kept), "News");
}

#[test]
fn a_page_that_leads_elsewhere_names_nobody_as_its_author() {
    let (app, alice, _) = people();
    alice.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"attribution_domains": ["news.example"]})),
    );
    let page = "<title>t</title><meta name='fediverse:creator' content='@alice@a.example'>";
    Remote::new(&app.network, "news.example").answers("/a", html(page));
    Remote::new(&app.network, "evil.example").answers("/login", redirect("https://news.example/a"));
    Remote::new(&app.network, "www.news.example").answers("/a", redirect("https://news.example/a"));
    let named = |link: &str| {
        let status = alice.posts(link);
        let card = alice.get(&format!("/api/v1/statuses/{}", id(&status)))["card"].clone();
        assert_eq!(card["title"], "t", "{link}");
        card["authors"].as_array().is_some_and(|all| all.iter().any(|a| !a["account"].is_null()))
    };
    assert!(named("https://news.example/a"));
    assert!(named("https://www.news.example/a"));
    // What it leads readers to may be something else.
    assert!(!named("https://evil.example/login"));
}

// Files of other servers.

/// Addresses within a reader's own network.
const INSIDE: [&str; 9] = [
    "https://192.168.0.1/logout",
    "https://127.0.0.1/x.png",
    "https://2130706433/x.png",
    "https://[::1]/x.png",
    "https://[::ffff:10.0.0.1]/x.png",
    "https://localhost/x.png",
    "https://router.lan/x.png",
    "https://printer.local:631/x.png",
    "https://user:pw@m.example/x.png",
];

#[test]
fn no_file_lies_within_the_network_of_who_reads() {
    for mode in ["direct", "proxy"] {
        let (app, remote, mut bob) = cast();
        app.set_media_proxy(mode);
        let alice = app.person("alice");
        for (n, url) in INSIDE.iter().enumerate() {
            let n = n as u32;
            let icon = json!({"type": "Image", "url": url});
            let extra = json!({
                "attachment": [{"type": "Image", "mediaType": "image/png", "url": url},
                    {"type": "Image", "mediaType": "image/png", "url": "https://m.example/a.png", "icon": icon}],
                "content": "<p>:inside:</p>",
                "tag": [{"type": "Emoji", "name": ":inside:", "icon": icon}],
            });
            assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 2 * n, extra))), 202);
            let film = json!({"id": remote.uri(&format!("/notes/{}", 2 * n + 1)), "type": "Video", "name": "film",
                "attributedTo": bob["id"], "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": [bob["followers"]],
                "icon": [icon], "url": [{"type": "Link", "mediaType": "text/html", "href": "https://b.example/w"},
                    {"type": "Link", "mediaType": "video/mp4", "href": url, "height": 480},
                    {"type": "Link", "mediaType": "video/mp4", "href": "https://m.example/v.mp4", "height": 240}]});
            assert_eq!(remote.sends(&app, &remote.create(&bob, &film)), 202);
            bob["icon"] = icon.clone();
            bob["image"] = icon;
            let update = json!({"id": remote.uri(&format!("/updates/{n}")), "type": "Update", "actor": bob["id"],
                "to": ["https://www.w3.org/ns/activitystreams#Public"], "object": bob});
            remote.serve(bob.clone());
            assert_eq!(remote.sends(&app, &update), 202);
            app.clock.advance(MINUTE);
            settle(&[&app]);
            let home = alice.home();
            assert!(home.iter().any(|s| s["content"].as_str().unwrap().contains("inside")), "{url}");
            let shown = json!(home).to_string();
            let seen = if mode == "direct" { (*url).to_owned() } else { encoded(url) };
            assert!(!shown.contains(&seen), "{mode} {url}: {shown}");
        }
    }
}

/// A part of the path of a file that is passed on.
fn encoded(url: &str) -> String {
    use base64::Engine as _;
    format!("/{}\"", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(url))
}

#[test]
fn no_picture_of_a_page_lies_within_the_network_of_who_reads() {
    let (app, alice, _) = people();
    app.set_media_proxy("direct");
    let site = Remote::new(&app.network, "news.example");
    for (n, url) in INSIDE.iter().enumerate() {
        let photo = json!({"type": "photo", "url": url, "thumbnail_url": url});
        site.answers(&format!("/o/{n}"), Response::json(&photo));
        site.answers(
            &format!("/{n}"),
            html(&format!(
                "<title>t</title><meta property=og:image content='{url}'>\
                 <link rel=alternate type=application/json+oembed href=/o/{n}>"
            )),
        );
        let status = alice.posts(&format!("https://news.example/{n}"));
        let card = alice.get(&format!("/api/v1/statuses/{}", id(&status)))["card"].clone();
        assert_eq!(card["title"], "t", "{url}");
        assert_eq!((&card["image"], &card["embed_url"]), (&Value::Null, &json!("")), "{url}");
    }
    assert!(fetched(&app).iter().any(|url| url.contains("/o/")));
}

// Uploads.

#[test]
fn the_names_of_an_upload_are_as_short_as_its_texts() {
    let (app, alice, _) = people();
    let names: Vec<String> = (0..900).map(|n| format!("{n}{}", "\u{1}".repeat(7_000))).collect();
    let parts: Vec<(&str, Option<&str>, &[u8])> =
        names.iter().map(|name| (name.as_str(), None, &b"x"[..])).collect();
    let refused = app.send_form("POST", "/api/v2/media", Some(&alice.token), &parts);
    let text = String::from_utf8_lossy(&refused.body).into_owned();
    assert_eq!(refused.status, 400, "{text:.200}");
}

#[test]
fn an_unreadable_row_does_not_keep_the_files_of_others() {
    let (app, alice, _) = people();
    for _ in 0..3 {
        let picture = png(10, 10);
        app.send_form("POST", "/api/v2/media", Some(&alice.token), &[("file", Some("a.png"), &picture)]);
        app.clock.advance(1_000);
    }
    app.write("UPDATE media SET keys = 'x' WHERE id = (SELECT min(id) FROM media)");
    wait(&app, 2 * DAY);
    for _ in 0..6 {
        let _ = pollster::block_on(sori::services::media::sweep(&app.ready()));
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM media WHERE keys <> 'x'"), 0);
}

// Moves.

/// A Move of an account to the next one of its owner.
fn moved(remote: &Remote, n: u32, from: &Value, to: &Value) -> Value {
    json!({"id": remote.uri(&format!("/moves/{n}")), "type": "Move", "actor": from["id"], "object": from["id"], "target": to["id"]})
}

#[test]
fn a_chain_of_moves_leads_people_on_once_a_day() {
    let (app, remote, bob) = cast();
    // Those who block it, too: they block the next account as well.
    let dave = app.person("dave");
    let account = dave.finds("bob@b.example");
    dave.post(&format!("/api/v1/accounts/{}/block", id(&account)), json!({}));
    settle(&[&app]);
    remote.inbox.borrow_mut().clear();
    let mut last = bob;
    let mut next = |n: u32| {
        let mut person = remote.person(&format!("m{n}"));
        person["alsoKnownAs"] = json!([last["id"]]);
        let person = remote.serve(person);
        assert_eq!(remote.sends(&app, &moved(&remote, n, &last, &person)), 202);
        settle(&[&app]);
        // Its owner accepts who follows.
        let follow = remote.inbox.borrow().iter().rev().find(|a| a["object"] == person["id"]).cloned();
        if let Some(follow) = follow.filter(|a| a["type"] == "Follow") {
            let accept = json!({"id": remote.uri(&format!("/accepts/m{n}")), "type": "Accept", "actor": person["id"], "object": follow});
            assert_eq!(remote.sends(&app, &accept), 202);
        }
        app.clock.advance(MINUTE);
        last = person;
    };
    for n in 0..10 {
        next(n);
    }
    let count = |kind: &str| remote.got().iter().filter(|k| *k == kind).count();
    assert_eq!((count("Follow"), count("Block")), (1, 1), "{:?}", remote.got());
}

// Rows that cannot be read, and rows that nobody needs any more.

#[test]
fn a_malformed_poll_keeps_no_counts_of_others() {
    let (app, alice, remote) = followed();
    let bob = remote.person("bob");
    let ask = || {
        app.clock.advance(1_000);
        let poll = json!({"options": ["a", "b"], "expires_in": 86_400});
        alice.post("/api/v1/statuses", json!({"status": "?", "poll": poll}))
    };
    let polls = [ask(), ask()];
    settle(&[&app]);
    remote.inbox.borrow_mut().clear();
    for (n, poll) in polls.iter().enumerate() {
        let note = json!({"id": remote.uri(&format!("/votes/{n}")), "type": "Note", "name": "a", "attributedTo": bob["id"],
            "inReplyTo": poll["uri"], "to": [poll["account"]["uri"]]});
        let create = json!({"id": remote.uri(&format!("/votes/{n}/activity")), "type": "Create", "actor": bob["id"], "to": note["to"], "object": note});
        assert_eq!(remote.sends(&app, &create), 202);
    }
    app.write("UPDATE statuses SET mentions = 'x' WHERE id = (SELECT min(id) FROM statuses)");
    for _ in 0..8 {
        wait(&app, MINUTE);
        settle(&[&app]);
    }
    let told: Vec<Value> =
        remote.inbox.borrow().iter().map(|a| json!([a["type"], a["object"]["id"]])).collect();
    assert_eq!(told, [json!(["Update", polls[1]["uri"]])]);
}

#[test]
fn pages_that_nobody_needs_are_forgotten_as_fast_as_strangers_can_link_them() {
    let (app, ..) = people();
    app.write(
        "INSERT INTO cards (url, card, due_at) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000) \
         SELECT 'https://x.example/' || i, CASE WHEN i % 2 THEN '[]' END, 0 FROM n",
    );
    app.clock.advance(400 * DAY - app.clock.now().0 % DAY);
    // Some at a time, within the day's rows of retention.
    for _ in 0..360 {
        wait(&app, 4 * MINUTE);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM cards"), 0);
}

// Bytes.

/// A note to alice that is as long as notes may be, with little that is indexed.
fn heavy(remote: &Remote, author: &Value, n: u32) -> Value {
    let url = |k: u32| format!("https://m.example/{n}/{k}/{}.png", "x".repeat(1_980));
    let file = |k: u32| {
        let icon = json!({"type": "Image", "url": url(100 + k)});
        json!({"type": "Image", "mediaType": "image/png", "url": url(k), "icon": icon})
    };
    let links: String = (0..31).map(|k| format!("<a href=\"{}\">y</a> ", url(200 + k))).collect();
    let mut tag =
        vec![json!({"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"})];
    tag.extend((0..7).map(|k| json!({"type": "Emoji", "name": format!(":e{k}:"), "icon": {"type": "Image", "url": url(300 + k)}})));
    remote.note(
        author,
        n,
        json!({"content": format!("<p>@alice {links}</p>"), "attachment": (0..16).map(file).collect::<Vec<_>>(), "tag": tag}),
    )
}

/// The bytes of the texts of all statuses.
fn stored(app: &TestApp) -> i64 {
    app.count(
        "SELECT coalesce(sum(octet_length(content) + octet_length(media) + octet_length(emojis)), 0) AS n FROM statuses",
    )
}

#[test]
fn what_a_stranger_stores_counts_by_its_bytes_as_well() {
    let (app, _, remote, bob) = scene();
    let mut refused = 0;
    for n in 0..200 {
        app.clock.advance(1_000);
        if remote.sends(&app, &remote.create(&bob, &heavy(&remote, &bob, n))) == 429 {
            refused += 1;
        }
    }
    assert!(refused > 0 && stored(&app) > 500_000, "{refused} {}", stored(&app));
    assert!(stored(&app) < 3_000_000, "{}", stored(&app));
    // Short ones are as many as before.
    let eve = remote.person("eve");
    for n in 200..240 {
        app.clock.advance(1_000);
        let tag =
            json!([{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]);
        let note = remote.note(&eve, n, json!({"content": "<p>@alice hello</p>", "tag": tag}));
        assert_eq!(remote.sends(&app, &remote.create(&eve, &note)), 202, "{n}");
    }
}

#[test]
fn what_is_fetched_for_a_stranger_counts_by_its_bytes_as_well() {
    let (app, _, remote, bob) = scene();
    for n in 0..100 {
        app.clock.advance(1_000);
        let mut parent = Value::Null;
        for k in 0..5 {
            let mut note = heavy(&remote, &bob, 1_000 + 10 * n + k);
            note["tag"].as_array_mut().unwrap().remove(0);
            note["inReplyTo"] = parent;
            parent = remote.serve(note)["id"].clone();
        }
        let tag =
            json!([{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]);
        let note = remote.note(&bob, n, json!({"inReplyTo": parent, "tag": tag}));
        remote.sends(&app, &remote.create(&bob, &note));
        settle(&[&app]);
    }
    let stored = stored(&app);
    assert!(stored > 500_000 && stored < 8_000_000, "{stored}");
}

// Live streams.

#[test]
fn opening_sockets_and_subscribing_are_counted_together() {
    let (app, alice, bob) = people();
    app.live.bind();
    let response = app.send(upgrade("stream=user", &[("sec-websocket-protocol", &alice.token)]));
    let opening = response.stream.unwrap();
    let open = || app.live.open(&opening, app.clock.now());
    let most = MAX_SUBSCRIPTIONS as usize;
    let opened = (0..most + 50).filter(|_| {
        open().is_some_and(|socket| {
            app.live.close(&socket);
            true
        })
    });
    assert_eq!(opened.count(), most);
    // A socket without a stream subscribes to none, either.
    let silent = listen(&alice, "");
    silent.subscribes("public");
    assert_eq!(silent.texts(), [json!({"error": "Too many subscriptions", "status": 429})]);
    listen(&bob, "stream=user");
    app.clock.advance(60 * MINUTE);
    assert!(open().is_some());
    silent.subscribes("public");
    assert!(silent.texts().is_empty());
}
