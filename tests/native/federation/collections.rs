//! Collections that other servers page through, and follower synchronization (FEP-8fcf).

use serde_json::{Value, json};
use sori::activitypub::wire::sync;
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, settle};
use crate::remote::Remote;

fn document(app: &TestApp, url: &str) -> Value {
    let path = url.strip_prefix(&app.origin()).unwrap_or(url);
    let response = app.fetch(path);
    assert_eq!(response.status, 200, "{path}: {}", String::from_utf8_lossy(&response.body));
    serde_json::from_slice(&response.body).unwrap()
}

/// Every item of a paged collection, downwards.
fn all(app: &TestApp, url: &str) -> Vec<Value> {
    let outline = document(app, url);
    let mut items = Vec::new();
    let mut next = outline["first"].clone();
    while !next.is_null() {
        let page = if next.is_object() { next.clone() } else { document(app, next.as_str().unwrap()) };
        for name in ["items", "orderedItems"] {
            items.extend(page[name].as_array().into_iter().flatten().cloned());
        }
        assert_eq!(page["partOf"], outline["id"]);
        next = page["next"].clone();
        assert!(items.len() < 500, "{url} has no end");
    }
    items
}

#[test]
fn the_outbox_is_paged_both_ways() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    for n in 0..45 {
        app.clock.advance(1000);
        alice.posts(&format!("number {n}"));
    }
    alice.post("/api/v1/statuses", json!({"status": "secret", "visibility": "private"}));
    let outline = document(&app, "/users/alice/outbox");
    assert_eq!(outline["type"], "OrderedCollection");
    assert!(outline["totalItems"].as_i64().unwrap() >= 45);
    assert!(outline["last"].as_str().unwrap().ends_with("?page=true&min_id=0"));
    let items = all(&app, "/users/alice/outbox");
    assert_eq!(items.len(), 45);
    assert!(items.iter().all(|a| a["type"] == "Create" && a["object"]["type"] == "Note"));
    assert!(!json!(items).to_string().contains("secret"));
    // From the last page up.
    let last = document(&app, outline["last"].as_str().unwrap());
    let bottom = last["orderedItems"].as_array().unwrap().clone();
    assert_eq!(bottom.len(), 20);
    assert!(bottom.last().unwrap()["object"]["content"].as_str().unwrap().contains("number 0"));
    let above = document(&app, last["prev"].as_str().unwrap());
    assert!(above["orderedItems"][19]["object"]["content"].as_str().unwrap().contains("number 20"));
}

fn followed_by(app: &TestApp, alice: &Person, remote: &Remote, names: &[&str]) {
    for name in names {
        let bob = remote.person(name);
        let follow = json!({"id": remote.uri(&format!("/follows/{name}")), "type": "Follow", "actor": bob["id"],
            "object": format!("https://{}/users/{}", app.host, alice.name)});
        assert_eq!(remote.sends(app, &follow), 202);
    }
    settle(&[app]);
}

#[test]
fn followers_are_paged_and_can_be_hidden() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    for n in 1..=55 {
        app.db.run(&format!(
            "INSERT INTO accounts (id, username, domain, uri, url, created_at) VALUES ({n}, 'u{n}', 'b.example', 'https://b.example/users/u{n}', 'x', 0);
             INSERT INTO follows (account_id, target_id, id, uri) VALUES ({n}, {}, {n}, 'https://b.example/f{n}');",
            alice.id
        ));
    }
    let followers = all(&app, "/users/alice/followers");
    assert_eq!(followers.len(), 55);
    assert!(followers.contains(&json!("https://b.example/users/u7")));
    let second = document(&app, "/users/alice/followers?page=1&min_id=0");
    assert_eq!(second["orderedItems"].as_array().unwrap().len(), 50);
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"hide_collections": true})));
    let outline = document(&app, "/users/alice/followers");
    assert_eq!((&outline["totalItems"], outline.get("first")), (&json!(55), None));
    assert_eq!(app.fetch("/users/alice/followers?page=1").status, 403);
    assert_eq!(app.fetch("/users/alice/following?page=1").status, 403);
}

#[test]
fn replies_and_context_lead_through_a_thread() {
    let app = TestApp::alone();
    let (alice, carol) = (app.person("alice"), app.person("carol"));
    let root = alice.posts("the beginning");
    let mut own = Vec::new();
    for n in 0..7 {
        app.clock.advance(1000);
        own.push(alice.replies(&root, &format!("and {n}"))["uri"].clone());
    }
    app.clock.advance(1000);
    let answer = carol.replies(&root, "I say");
    app.clock.advance(1000);
    let deeper = alice.replies(&answer, "I answer");
    app.clock.advance(1000);
    carol.post(
        "/api/v1/statuses",
        json!({"status": "hush", "in_reply_to_id": root["id"], "visibility": "private"}),
    );

    let note = document(&app, root["uri"].as_str().unwrap());
    assert_eq!(note["replies"]["type"], "Collection");
    assert_eq!(note["replies"]["first"]["items"], json!(own[..5]));
    let uri = root["uri"].as_str().unwrap();
    for (name, kind) in [("likes", "likes"), ("shares", "shares")] {
        assert_eq!(note[name], json!({"id": format!("{uri}/{kind}"), "type": "Collection", "totalItems": 0}));
        assert_eq!(document(&app, &format!("{uri}/{kind}"))["totalItems"], 0);
    }
    let replies = all(&app, &format!("{uri}/replies"));
    assert_eq!(replies.len(), 8, "{replies:?}");
    assert_eq!(replies[..7], own[..]);
    assert_eq!(replies[7], answer["uri"]);

    assert_eq!(note["context"], format!("{uri}/context"));
    let below = document(&app, deeper["uri"].as_str().unwrap());
    assert_eq!((&below["context"], &below["conversation"]), (&note["context"], &note["conversation"]));
    let context = document(&app, note["context"].as_str().unwrap());
    assert_eq!(
        (&context["totalItems"], &context["attributedTo"]),
        (&json!(10), &json!("https://a.example/users/alice"))
    );
    let thread = all(&app, note["context"].as_str().unwrap());
    assert_eq!((thread.len(), &thread[0], &thread[9]), (10, &root["uri"], &deeper["uri"]));
    assert_eq!(
        app.fetch(&format!(
            "{}/context",
            answer["uri"].as_str().unwrap().trim_start_matches("https://a.example")
        ))
        .status,
        404
    );
}

#[test]
fn a_note_is_served_in_full() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    app.db.run("INSERT INTO custom_emojis (shortcode, url, static_url) VALUES ('fern', 'https://a.example/e/fern.webp', 'https://a.example/e/fern.png')");
    let remote = Remote::new(&network, "b.example");
    let mut group = remote.person("ferns");
    group["type"] = json!("Group");
    remote.serve(group.clone());
    alice.finds("ferns@b.example");
    let said =
        alice.post("/api/v1/statuses", json!({"status": "@ferns@b.example :fern: #Moss", "language": "en"}));
    let note = document(&app, said["uri"].as_str().unwrap());
    assert_eq!(note["atomUri"], said["uri"]);
    assert_eq!(note["inReplyToAtomUri"], Value::Null);
    assert_eq!(note["contentMap"]["en"], note["content"]);
    assert_eq!(
        note["cc"],
        json!(["https://a.example/users/alice/followers", group["id"], group["followers"]])
    );
    let tags = note["tag"].as_array().unwrap();
    let of = |kind: &str| tags.iter().find(|t| t["type"] == kind).unwrap();
    assert_eq!(of("Mention")["name"], "@ferns@b.example");
    assert_eq!(of("Hashtag")["href"], "https://a.example/tags/moss");
    let emoji = of("Emoji");
    assert_eq!((&emoji["name"], &emoji["icon"]["mediaType"]), (&json!(":fern:"), &json!("image/webp")));
    assert_eq!(document(&app, emoji["id"].as_str().unwrap())["id"], emoji["id"]);
    // The context defines every term that is used.
    let context = note["@context"].to_string();
    for term in [
        "atomUri",
        "inReplyToAtomUri",
        "conversation",
        "Emoji",
        "Hashtag",
        "sensitive",
        "blurhash",
        "focalPoint",
    ] {
        assert!(context.contains(&format!("\"{term}\"")), "{term}");
    }
}

#[test]
fn a_picture_is_served_with_its_dimensions() {
    use sori::model::status::{Attachment, Status};
    let media = Attachment {
        kind: "video".into(),
        media_type: "video/mp4".into(),
        url: "https://a.example/m/1.mp4".into(),
        preview_url: Some("https://a.example/m/1.webp".into()),
        description: Some("a fern unrolls".into()),
        blurhash: Some("LEHV6nWB2yk8pyo0adR*.7kCMdnj".into()),
        width: Some(640),
        height: Some(480),
        focus: Some((0.5, -0.5)),
        ..Attachment::default()
    };
    let status = Status { uri: "https://a.example/s/1".into(), media: vec![media], ..Status::default() };
    let note = sori::activitypub::wire::render::note::render(
        &status,
        &Default::default(),
        None,
        "https://a.example",
        sori::model::time::Time(NOW),
    );
    assert_eq!(
        note["attachment"][0],
        json!({"type": "Document", "mediaType": "video/mp4", "url": "https://a.example/m/1.mp4",
            "name": "a fern unrolls", "summary": "a fern unrolls", "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
            "width": 640, "height": 480, "focalPoint": [0.5, -0.5],
            "icon": {"type": "Image", "mediaType": "image/webp", "url": "https://a.example/m/1.webp"}})
    );
}

#[test]
fn a_server_gets_only_the_followers_that_it_hosts() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let (b, c) = (Remote::new(&network, "b.example"), Remote::new(&network, "c.example"));
    followed_by(&app, &alice, &b, &["bob", "bill"]);
    followed_by(&app, &alice, &c, &["carl"]);
    let path = "/users/alice/followers_synchronization";
    assert_eq!(app.fetch(path).status, 401);
    let response = app.send(b.get(&app, path, "bob"));
    let list: Value = serde_json::from_slice(&response.body).unwrap();
    let mut items: Vec<&str> =
        list["orderedItems"].as_array().unwrap().iter().map(|i| i.as_str().unwrap()).collect();
    items.sort_unstable();
    assert_eq!(items, ["https://b.example/users/bill", "https://b.example/users/bob"]);
    assert_eq!(list["id"], "https://a.example/users/alice/followers_synchronization");
}

/// A note for followers, with a synchronization header over `followers`.
fn private(
    remote: &Remote,
    app: &TestApp,
    bob: &Value,
    id: u32,
    followers: &[&str],
    collection: &str,
) -> u16 {
    let note = remote.note(bob, id, json!({"to": [bob["followers"]], "cc": []}));
    let mut request = remote.request(app, &remote.create(bob, &note));
    let digest = sync::digest(followers.iter().copied());
    request.headers.add(
        sync::HEADER,
        format!("collectionId=\"{collection}\", url=\"{collection}_synchronization\", digest=\"{digest}\""),
    );
    app.send(request).status
}

#[test]
fn a_follow_that_the_other_server_does_not_know_is_removed() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let (alice, carol) = (app.person("alice"), app.person("carol"));
    app.person("dora");
    let remote = Remote::new(&network, "b.example");
    let bob = remote.person("bob");
    for person in [&alice, &carol] {
        let found = person.finds("bob@b.example");
        person.post(&format!("/api/v1/accounts/{}/follow", found["id"].as_str().unwrap()), json!({}));
    }
    settle(&[&app]);
    for follow in remote.inbox.borrow().iter().filter(|a| a["type"] == "Follow") {
        let id = format!("{}#accept", follow["id"].as_str().unwrap());
        let accept = json!({"id": id.replace("a.example", "b.example"), "type": "Accept", "actor": bob["id"], "object": follow});
        assert_eq!(remote.sends(&app, &accept), 202);
    }
    let follows = || app.count("SELECT count(*) AS n FROM follows");
    assert_eq!(follows(), 2);
    let collection = bob["followers"].as_str().unwrap();
    let (a, d) = ("https://a.example/users/alice", "https://a.example/users/dora");
    let carols = "https://a.example/users/carol";
    // In sync: nothing to do.
    assert_eq!(private(&remote, &app, &bob, 1, &[a, carols], collection), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
    // A list that does not match the digest changes nothing.
    let serve = |items: Value| {
        remote.serve(json!({"@context": "https://www.w3.org/ns/activitystreams", "id": format!("{collection}_synchronization"),
            "type": "OrderedCollection", "orderedItems": items}))
    };
    serve(json!([]));
    assert_eq!(private(&remote, &app, &bob, 2, &[a], collection), 202);
    settle(&[&app]);
    assert_eq!(follows(), 2);
    // Another actor's collection is ignored.
    assert_eq!(private(&remote, &app, &bob, 3, &[a], "https://c.example/users/bob/followers"), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
    // Carol is unknown there: her follow is removed. Dora follows nobody here: an Undo is sent. (Only after
    // three days, since younger follows may still be in delivery.)
    app.clock.advance(3 * 24 * 3_600_000);
    remote.inbox.borrow_mut().clear();
    serve(json!([a, d]));
    assert_eq!(private(&remote, &app, &bob, 4, &[a, d], collection), 202);
    settle(&[&app]);
    assert_eq!(follows(), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM follows f JOIN accounts a ON a.id = f.account_id WHERE a.username = 'alice'"), 1);
    let sent = remote.inbox.borrow().clone();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(
        (&sent[0]["type"], &sent[0]["actor"], &sent[0]["object"]["type"]),
        (&json!("Undo"), &json!(d), &json!("Follow"))
    );
    // Many unknown accounts at the start of the list do not keep her entry from being used. (One Undo a day for each.)
    app.clock.advance(24 * 3_600_000);
    let mut names: Vec<String> = (0..300).map(|n| format!("https://a.example/users/a{n}")).collect();
    names.extend([a.to_owned(), d.to_owned()]);
    serve(json!(names));
    remote.inbox.borrow_mut().clear();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(private(&remote, &app, &bob, 5, &names, collection), 202);
    settle(&[&app]);
    assert_eq!(remote.got(), ["Undo"]);
}

#[test]
fn two_servers_synchronize_their_follower_lists() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let (a, b) = (TestApp::new(&network, "a.example", &clock), TestApp::new(&network, "b.example", &clock));
    let (alice, carol, bob) = (a.person("alice"), a.person("carol"), b.person("bob"));
    alice.follows(&bob);
    carol.follows(&bob);
    settle(&[&a, &b]);
    // In sync: a note for followers causes nothing else.
    let said = bob.post("/api/v1/statuses", json!({"status": "hush", "visibility": "private"}));
    settle(&[&a, &b]);
    assert!(alice.sees(&said["uri"]).is_some());
    assert_eq!(a.count("SELECT count(*) AS n FROM follows"), 2);
    assert_eq!(b.count("SELECT count(*) AS n FROM outbox_digests"), 0);
    // Bob's server lost carol's follow: hers is removed, and alice's stays.
    b.db.run("DELETE FROM follows WHERE account_id = (SELECT id FROM accounts WHERE username = 'carol')");
    clock.advance(3 * 24 * 3_600_000);
    bob.post("/api/v1/statuses", json!({"status": "hush again", "visibility": "private"}));
    settle(&[&a, &b]);
    assert_eq!(a.count("SELECT count(*) AS n FROM follows"), 1);
    assert_eq!(a.count("SELECT count(*) AS n FROM follows f JOIN accounts p ON p.id = f.account_id WHERE p.username = 'alice'"), 1);
    // Alice's server lost her follow: bob's server gets an Undo.
    a.db.run("DELETE FROM follows");
    let carol_follows = carol.follows(&bob);
    assert_eq!(carol_follows["requested"], true);
    settle(&[&a, &b]);
    bob.post("/api/v1/statuses", json!({"status": "and again", "visibility": "private"}));
    settle(&[&a, &b]);
    assert_eq!(b.count("SELECT count(*) AS n FROM follows f JOIN accounts p ON p.id = f.account_id WHERE p.username = 'alice'"), 0);
}
