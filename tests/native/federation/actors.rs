//! Actors: profiles and their updates, moves, blocks, reports, pins, suspension, deletion, and follows in any
//! order.

use serde_json::{Value, json};
use sori::platform::native::network::Faults;
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, id, refused, settle, two};
use crate::remote::{Remote, fetched};

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// alice on a.example and a server b.example whose bob follows her.
fn scene() -> (TestApp, Person, Remote, Value) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let bob = remote.person("bob");
    assert_eq!(remote.sends(&app, &follow(&remote, &bob, 1, "https://a.example/users/alice")), 202);
    settle(&[&app]);
    assert_eq!(remote.got(), ["Accept"]);
    remote.inbox.borrow_mut().clear();
    (app, alice, remote, bob)
}

fn follow(remote: &Remote, actor: &Value, id: u32, object: &str) -> Value {
    json!({"id": remote.uri(&format!("/follows/{id}")), "type": "Follow", "actor": actor["id"], "object": object})
}

fn update(remote: &Remote, actor: &Value, id: u32) -> Value {
    json!({"id": remote.uri(&format!("/updates/{id}")), "type": "Update", "actor": actor["id"], "to": [PUBLIC], "object": actor})
}

/// A document with some properties replaced.
fn with(document: &Value, changes: Value) -> Value {
    let mut document = document.clone();
    document.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    document
}

fn json_of(response: &sori::http::response::Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

#[test]
fn a_profile_is_served_in_full() {
    let (app, alice, remote, _) = scene();
    app.write(
        "INSERT INTO custom_emojis (shortcode, url, static_url) VALUES ('fern', 'https://a.example/fern.webp', 'https://a.example/fern.png')",
    );
    alice.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({
            "display_name": "Alice :fern:", "note": "gardens #Ferns", "indexable": true, "discoverable": true,
            "show_media": false, "attribution_domains": ["blog.example"], "locked": true,
            "fields_attributes": [{"name": "web", "value": "https://alice.example"}],
        })),
    );
    settle(&[&app]);
    assert_eq!(remote.got(), ["Update"]);
    let sent = remote.inbox.borrow()[0]["object"].clone();
    let mut served = json_of(&app.fetch("/users/alice"));
    let context = served.as_object_mut().unwrap().remove("@context").unwrap();
    assert_eq!(sent, served);
    for (name, value) in [
        ("name", json!("Alice :fern:")),
        ("featured", json!("https://a.example/users/alice/collections/featured")),
        ("featuredTags", json!("https://a.example/users/alice/collections/tags")),
        ("webfinger", json!("alice@a.example")),
        ("manuallyApprovesFollowers", json!(true)),
        ("discoverable", json!(true)),
        ("indexable", json!(true)),
        ("memorial", json!(false)),
        ("showMedia", json!(false)),
        ("showFeatured", json!(true)),
        ("showRepliesInMedia", json!(true)),
        ("attributionDomains", json!(["blog.example"])),
        ("alsoKnownAs", json!([])),
        ("published", json!("2026-09-21T00:00:00Z")),
    ] {
        assert_eq!(served[name], value, "{name}");
    }
    assert_eq!(served["tag"][0]["name"], ":fern:");
    assert_eq!(served["tag"][0]["icon"]["mediaType"], "image/webp");
    assert_eq!(
        served["tag"][1],
        json!({"type": "Hashtag", "href": "https://a.example/tags/ferns", "name": "#ferns"})
    );
    assert_eq!(served["attachment"][0]["type"], "PropertyValue");
    // Every property outside of ActivityStreams is defined in the context.
    let terms = context.as_array().unwrap().last().unwrap();
    for name in [
        "featuredTags",
        "Emoji",
        "memorial",
        "showMedia",
        "attributionDomains",
        "interactionPolicy",
        "suspended",
    ] {
        assert!(terms.get(name).is_some(), "{name}");
    }
}

#[test]
fn an_update_refreshes_everything_that_is_shown() {
    let (app, alice, remote, bob) = scene();
    app.set_media_proxy("direct");
    let renewed = with(
        &bob,
        json!({
            "name": "Bob :wave:", "summary": "<p>new</p>", "manuallyApprovesFollowers": true, "discoverable": true,
            "indexable": true, "memorial": true, "showMedia": false, "attributionDomains": ["Blog.Example", "not a domain"],
            "icon": {"type": "Image", "url": "https://b.example/bob.png", "summary": "a face"},
            "attachment": [{"type": "PropertyValue", "name": "k", "value": "v"}],
            "tag": {"type": "Emoji", "name": ":wave:", "icon": {"type": "Image", "url": "https://b.example/wave.png"}},
        }),
    );
    assert_eq!(remote.sends(&app, &update(&remote, &renewed, 1)), 202);
    let shown = alice.finds("bob@b.example");
    for (name, value) in [
        ("display_name", json!("Bob :wave:")),
        ("note", json!("<p>new</p>")),
        ("locked", json!(true)),
        ("discoverable", json!(true)),
        ("indexable", json!(true)),
        ("memorial", json!(true)),
        ("show_media", json!(false)),
        ("show_featured", json!(true)),
        ("avatar", json!("https://b.example/bob.png")),
        ("avatar_description", json!("a face")),
    ] {
        assert_eq!(shown[name], value, "{name}");
    }
    assert_eq!(
        (&shown["fields"][0]["value"], &shown["emojis"][0]["shortcode"]),
        (&json!("v"), &json!("wave"))
    );
    assert_eq!(
        app.count("SELECT json_array_length(attribution_domains) AS n FROM accounts WHERE username = 'bob'"),
        1
    );
    // Nobody can update another actor.
    let mallory = remote.person("mallory");
    let forged = json!({"id": remote.uri("/updates/2"), "type": "Update", "actor": mallory["id"], "object": with(&bob, json!({"name": "x"}))});
    assert_eq!(remote.sends(&app, &forged), 403);
    assert_eq!(alice.finds("bob@b.example")["display_name"], "Bob :wave:");
}

#[test]
fn fed_trap_11_the_handle_is_mutable_the_id_is_not() {
    let (app, alice, remote, bob) = scene();
    let known = id(&alice.finds("bob@b.example")).to_owned();
    // Another spelling of the name: the same account.
    for (n, name) in ["Bob", "robert"].into_iter().enumerate() {
        let renamed = remote.serve(with(&bob, json!({"preferredUsername": name})));
        assert_eq!(remote.sends(&app, &update(&remote, &renamed, n as u32)), 202);
        let shown = alice.get(&format!("/api/v1/accounts/{known}"));
        assert_eq!(shown["acct"], format!("{name}@b.example"));
    }
    // The name under another id: the new actor gets it, the old one keeps the row and the follow.
    let heir = with(
        &remote.person("robert"),
        json!({"id": remote.uri("/ap/users/7"), "inbox": remote.uri("/ap/users/7/inbox")}),
    );
    let heir = with(
        &heir,
        json!({"publicKey": with(&heir["publicKey"], json!({"id": remote.uri("/ap/users/7#main-key"), "owner": heir["id"]}))}),
    );
    remote.serve(heir.clone());
    assert_eq!(remote.sends(&app, &follow(&remote, &heir, 9, "https://a.example/users/alice")), 202);
    assert_eq!(
        app.count("SELECT count(*) AS n FROM accounts WHERE username = 'robert' AND uri LIKE '%/ap/users/7'"),
        1
    );
    assert_ne!(alice.get(&format!("/api/v1/accounts/{known}"))["acct"], "robert@b.example");
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 2);
}

#[test]
fn fed_trap_12_handles_ignore_case() {
    let (app, alice, remote, _) = scene();
    remote.serve(with(&remote.person("MixedCase"), json!({})));
    let one = alice.finds("MixedCase@b.example");
    let other = alice.finds("mixedcase@B.EXAMPLE");
    assert_eq!(one["id"], other["id"]);
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE username = 'mixedcase'"), 1);
    assert_eq!(app.fetch("/.well-known/webfinger?resource=acct:ALICE@A.example").status, 200);
    assert_eq!(app.fetch("/users/Alice").status, 200);
}

#[test]
fn fed_trap_14_types_of_actors() {
    let (app, alice, remote, bob) = scene();
    for (n, (kind, wanted)) in [
        (json!(["Person", "x:Alien"]), (false, false)),
        (json!("Organization"), (false, false)),
        (json!("Application"), (true, false)),
        (json!(["Service"]), (true, false)),
        (json!("Group"), (false, true)),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(
            remote.sends(&app, &update(&remote, &with(&bob, json!({"type": kind})), n as u32)),
            202,
            "{kind}"
        );
        let shown = alice.finds("bob@b.example");
        assert_eq!((&shown["bot"], &shown["group"]), (&json!(wanted.0), &json!(wanted.1)), "{kind}");
    }
    // A relay without a usable inbox is refused and not stored.
    let relay = with(&remote.person("relay"), json!({"type": "Application", "inbox": ""}));
    remote.serve(relay.clone());
    assert_eq!(remote.sends(&app, &follow(&remote, &relay, 5, "https://a.example/users/alice")), 401);
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE username = 'relay'"), 0);
}

#[test]
fn advisory_ghsa_5h2f_fed_trap_15_a_remote_actor_cannot_lift_a_local_suspension() {
    let (app, alice, remote, bob) = scene();
    let shown = |wanted: bool| {
        let account = alice.finds("bob@b.example");
        assert_eq!(account["suspended"].as_bool().unwrap_or(false), wanted, "{account}");
    };
    // The suspension by its own server comes and goes.
    for (n, is_suspended) in [true, false, true, false].into_iter().enumerate() {
        let said = with(&bob, json!({"suspended": is_suspended, "name": "Bob"}));
        remote.serve(said.clone());
        assert_eq!(remote.sends(&app, &update(&remote, &said, n as u32)), 202);
        shown(is_suspended);
    }
    // Ours stays, whatever the remote actor says.
    app.write("UPDATE accounts SET suspended_at = 1 WHERE username = 'bob'");
    for (n, is_suspended) in [true, false].into_iter().enumerate() {
        let said = with(&bob, json!({"suspended": is_suspended}));
        remote.serve(said.clone());
        assert_eq!(remote.sends(&app, &update(&remote, &said, 10 + n as u32)), 202);
        shown(true);
    }
}

fn pinned(person: &Person, account: &str) -> Vec<Value> {
    let list = person.get(&format!("/api/v1/accounts/{account}/statuses?pinned=true"));
    list.as_array().unwrap().iter().map(|s| s["uri"].clone()).collect()
}

#[test]
fn pins_are_sent_served_and_shown_elsewhere() {
    let (a, b) = two();
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    alice.follows(&bob);
    settle(&[&a, &b]);
    let post = bob.posts("look at this");
    b.clock.advance(1000);
    let private = bob.post("/api/v1/statuses", json!({"status": "for friends", "visibility": "private"}));
    settle(&[&a, &b]);
    bob.act(&post, "pin");
    bob.act(&post, "pin");
    bob.act(&private, "pin");
    bob.post("/api/v1/featured_tags", json!({"name": "Ferns"}));
    settle(&[&a, &b]);
    let there = id(&alice.finds("bob@b.example")).to_owned();
    assert_eq!(pinned(&alice, &there).len(), 2);
    let featured = json_of(&b.fetch("/users/bob/collections/featured"));
    assert_eq!((&featured["type"], &featured["totalItems"]), (&json!("OrderedCollection"), &json!(1)));
    let items = featured["orderedItems"].as_array().unwrap();
    assert_eq!((&items[0]["type"], &items[0]["id"]), (&json!("Note"), &post["uri"]));
    assert_eq!(items.len(), 1, "what is not for everybody is not there");
    let tags = json_of(&b.fetch("/users/bob/collections/tags"));
    assert_eq!(
        tags["items"],
        json!([{"type": "Hashtag", "href": "https://b.example/tags/ferns", "name": "#ferns"}])
    );
    bob.act(&post, "unpin");
    bob.act(&private, "unpin");
    settle(&[&a, &b]);
    assert!(pinned(&alice, &there).is_empty());
    assert_eq!(b.count("SELECT count(*) AS n FROM outbox"), 0);
}

#[test]
fn add_and_remove_change_only_the_actors_own_featured_collection() {
    let (app, alice, remote, bob) = scene();
    // Without such a collection, and without a target, nothing is pinned.
    let early =
        remote.note(&bob, 9, json!({"tag": [{"type": "Mention", "href": "https://a.example/users/alice"}]}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &early)), 202);
    let nowhere =
        json!({"id": remote.uri("/adds/0"), "type": "Add", "actor": bob["id"], "object": early["id"]});
    assert_eq!(remote.sends(&app, &nowhere), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM pins"), 0);
    let bob = remote.serve(with(&bob, json!({"featured": remote.uri("/users/bob/featured")})));
    assert_eq!(remote.sends(&app, &update(&remote, &bob, 1)), 202);
    let note =
        remote.serve(remote.note(&bob, 1, json!({"@context": "https://www.w3.org/ns/activitystreams"})));
    let change = |kind: &str, n: u32, object: Value, target: &str| json!({"id": remote.uri(&format!("/adds/{n}")), "type": kind, "actor": bob["id"], "object": object, "target": target});
    let own = remote.uri("/users/bob/featured");
    let account = id(&alice.finds("bob@b.example")).to_owned();
    // Of another host, of a hashtag, of another actor: nothing.
    assert_eq!(
        remote.sends(&app, &change("Add", 1, note["id"].clone(), &remote.uri("/users/eve/featured"))),
        202
    );
    assert_eq!(
        remote.sends(
            &app,
            &change("Add", 2, json!({"type": "Hashtag", "name": "#x", "href": remote.uri("/tags/x")}), &own)
        ),
        202
    );
    assert_eq!(remote.sends(&app, &change("Add", 3, json!("https://c.example/notes/1"), &own)), 403);
    let eve = remote.person("eve");
    let hers =
        remote.serve(remote.note(&eve, 2, json!({"@context": "https://www.w3.org/ns/activitystreams"})));
    assert_eq!(remote.sends(&app, &change("Add", 4, hers["id"].clone(), &own)), 202);
    settle(&[&app]);
    assert!(pinned(&alice, &account).is_empty());
    // Unknown here: fetched. Known: applied at once. Embedded or by id.
    assert_eq!(remote.sends(&app, &change("Add", 5, note["id"].clone(), &own)), 202);
    settle(&[&app]);
    assert_eq!(pinned(&alice, &account), [note["id"].clone()]);
    assert_eq!(remote.sends(&app, &change("Remove", 6, json!([note]), &own)), 202);
    assert!(pinned(&alice, &account).is_empty());
    assert_eq!(remote.sends(&app, &change("Add", 7, note.clone(), &own)), 202);
    assert_eq!(pinned(&alice, &account).len(), 1);
}

#[test]
fn a_block_is_sent_and_removes_follows_in_both_directions() {
    let (a, b) = two();
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    alice.follows(&bob);
    bob.follows(&alice);
    settle(&[&a, &b]);
    assert_eq!(
        (a.count("SELECT count(*) AS n FROM follows"), b.count("SELECT count(*) AS n FROM follows")),
        (2, 2)
    );
    let there = id(&bob.finds("alice@a.example")).to_owned();
    bob.post(&format!("/api/v1/accounts/{there}/block"), json!({}));
    settle(&[&a, &b]);
    for app in [&a, &b] {
        assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0, "{}", app.host);
        assert_eq!(app.count("SELECT count(*) AS n FROM blocks"), 1, "{}", app.host);
    }
    let here = id(&alice.finds("bob@b.example")).to_owned();
    assert_eq!(alice.call("POST", &format!("/api/v1/accounts/{here}/follow"), None).status, 403);
    bob.post(&format!("/api/v1/accounts/{there}/unblock"), json!({}));
    settle(&[&a, &b]);
    assert_eq!(a.count("SELECT count(*) AS n FROM blocks"), 0);
    alice.follows(&bob);
    settle(&[&a, &b]);
    assert_eq!(b.count("SELECT count(*) AS n FROM follows"), 1);
}

#[test]
fn a_repeated_follow_request_is_answered_again() {
    let (app, alice, remote, bob) = scene();
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    let follow = |n: u32| json!({"id": remote.uri(&format!("/follows/again-{n}")), "type": "Follow", "actor": remote.person("eve")["id"], "object": "https://a.example/users/alice"});
    let eve = || id(&alice.finds("eve@b.example")).to_owned();
    assert_eq!(remote.sends(&app, &follow(1)), 202, "{bob}");
    alice.post(&format!("/api/v1/follow_requests/{}/reject", eve()), json!({}));
    // The response to the request was lost, and its server retries.
    assert_eq!(remote.sends(&app, &follow(1)), 403);
    assert_eq!(alice.get("/api/v1/follow_requests"), json!([]));
    settle(&[&app]);
    assert_eq!(remote.got().iter().filter(|kind| *kind == "Reject").count(), 2);
    // A request with another id is a new one.
    assert_eq!(remote.sends(&app, &follow(2)), 202);
    assert_eq!(alice.get("/api/v1/follow_requests").as_array().unwrap().len(), 1);
}

/// Misskey and Takahe give every Follow from one account to another the same id.
#[test]
fn whoever_follows_again_after_the_end_of_a_follow_is_answered_whatever_its_id() {
    let (app, alice, remote, _bob) = scene();
    let eve = remote.person("eve");
    let follow = json!({"id": remote.uri("/follows/eve/alice"), "type": "Follow", "actor": eve["id"], "object": "https://a.example/users/alice"});
    let follows = || {
        app.count("SELECT count(*) AS n FROM follows f JOIN accounts a ON a.id = f.account_id WHERE a.username = 'eve'")
    };
    let accepts = || remote.got().iter().filter(|kind| *kind == "Accept").count();
    assert_eq!(remote.sends(&app, &follow), 202);
    let account = id(&alice.finds("eve@b.example")).to_owned();
    let path = |what: &str| format!("/api/v1/accounts/{account}/{what}");
    let later = || {
        settle(&[&app]);
        app.clock.advance(60_000);
    };
    later();
    assert_eq!(accepts(), 1);
    // Sent away.
    alice.post(&path("remove_from_followers"), json!({}));
    later();
    assert_eq!(remote.sends(&app, &follow), 202);
    later();
    assert_eq!((follows(), accepts()), (1, 2));
    // Blocked, and no longer.
    alice.post(&path("block"), json!({}));
    later();
    assert_eq!(remote.sends(&app, &follow), 403);
    alice.post(&path("unblock"), json!({}));
    later();
    assert_eq!(remote.sends(&app, &follow), 202);
    later();
    assert_eq!((follows(), accepts()), (1, 3));
    // Undone by the follower.
    let undo = json!({"id": remote.uri("/undos/1"), "type": "Undo", "actor": eve["id"], "object": follow});
    assert_eq!(remote.sends(&app, &undo), 202);
    assert_eq!(follows(), 0);
    later();
    assert_eq!(remote.sends(&app, &follow), 202);
    assert_eq!(follows(), 1);
    // A request that was rejected.
    alice.post(&path("remove_from_followers"), json!({}));
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    for _ in 0..2 {
        later();
        assert_eq!(remote.sends(&app, &follow), 202);
        let asking = alice.get("/api/v1/follow_requests");
        assert_eq!(asking.as_array().unwrap().len(), 1);
        assert_eq!(alice.notifications()[0]["type"], "follow_request");
        alice.post(&format!("/api/v1/follow_requests/{account}/reject"), json!({}));
    }
}

#[test]
fn an_old_follow_that_comes_again_after_its_end_follows_nobody() {
    let (app, alice, remote, _bob) = scene();
    let eve = remote.person("eve");
    let follow = json!({"id": remote.uri("/follows/eve/alice"), "type": "Follow", "actor": eve["id"], "object": "https://a.example/users/alice"});
    let undo = |n: u32, object: &Value| json!({"id": remote.uri(&format!("/undos/{n}")), "type": "Undo", "actor": eve["id"], "object": object});
    let count = || {
        app.count("SELECT count(*) AS n FROM follows f JOIN accounts a ON a.id = f.account_id WHERE a.username = 'eve'")
    };
    assert_eq!(remote.sends(&app, &follow), 202);
    let account = id(&alice.finds("eve@b.example")).to_owned();
    let path = |what: &str| format!("/api/v1/accounts/{account}/{what}");
    for end in ["undo", "undo by id", "remove", "block"] {
        let old = remote.request(&app, &follow);
        assert_eq!(app.send(old.clone()).status, 202, "{end}");
        assert_eq!(count(), 1, "{end}");
        app.clock.advance(5_000);
        match end {
            "undo" => assert_eq!(remote.sends(&app, &undo(1, &follow)), 202),
            "undo by id" => assert_eq!(remote.sends(&app, &undo(2, &follow["id"])), 202),
            "remove" => drop(alice.post(&path("remove_from_followers"), json!({}))),
            _ => {
                alice.post(&path("block"), json!({}));
                alice.post(&path("unblock"), json!({}));
            }
        }
        assert_eq!(count(), 0, "{end}");
        app.clock.advance(5_000);
        assert_eq!(app.send(old).status, 403, "{end}");
        assert_eq!(count(), 0, "{end}");
        settle(&[&app]);
        app.clock.advance(5_000);
    }
    // Nor does it end a newer one under the same id.
    let old = remote.request(&app, &follow);
    app.clock.advance(5_000);
    assert_eq!(remote.sends(&app, &undo(6, &follow)), 202);
    app.clock.advance(5_000);
    let before = remote.got().iter().filter(|kind| *kind == "Reject").count();
    assert_eq!(remote.sends(&app, &follow), 202);
    assert_eq!(app.send(old).status, 202);
    settle(&[&app]);
    assert_eq!(remote.got().iter().filter(|kind| *kind == "Reject").count(), before);
    assert_eq!(remote.sends(&app, &undo(7, &follow)), 202);
    // One whose Undo came first is refused whenever it was signed; the next is another one.
    let other = with(&follow, json!({"id": remote.uri("/follows/late")}));
    for undone in [undo(3, &other), undo(4, &json!(remote.uri("/follows/later")))] {
        let late = match undone["object"].as_str() {
            Some(uri) => with(&follow, json!({"id": uri})),
            None => other.clone(),
        };
        assert_eq!(remote.sends(&app, &undone), 202);
        app.clock.advance(5_000);
        assert_eq!(remote.sends(&app, &late), 403);
        settle(&[&app]);
        app.clock.advance(5_000);
        assert_eq!(remote.sends(&app, &late), 202);
        assert_eq!(remote.sends(&app, &undo(5, &late)), 202);
        app.clock.advance(5_000);
    }
}

#[test]
fn a_request_sent_before_a_block_is_undone() {
    let (a, b) = two();
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    let there = id(&bob.finds("alice@a.example")).to_owned();
    alice.finds("bob@b.example");
    // bob blocks and unblocks alice. Then her request arrives, which she made before she received the block.
    for app in [&a, &b] {
        a.network.set_faults(&app.host, Faults { is_down: true, ..Faults::default() });
    }
    alice.follows(&bob);
    bob.post(&format!("/api/v1/accounts/{there}/block"), json!({}));
    b.clock.advance(1000);
    bob.post(&format!("/api/v1/accounts/{there}/unblock"), json!({}));
    a.network.set_faults("b.example", Faults::default());
    settle(&[&a]);
    assert_eq!(b.count("SELECT count(*) AS n FROM follow_requests"), 1);
    a.network.set_faults("a.example", Faults::default());
    settle(&[&a, &b]);
    for app in [&a, &b] {
        assert_eq!(app.count("SELECT count(*) AS n FROM follow_requests"), 0, "{}", app.host);
    }
}

#[test]
fn fed_trap_74_blocks_by_shared_inbox_and_their_undoing() {
    let (app, alice, remote, bob) = scene();
    let block = json!({"id": remote.uri("/blocks/1"), "type": "Block", "actor": bob["id"], "object": "https://a.example/users/alice"});
    let count = |table: &str| match table {
        "blocks" => app.count("SELECT count(*) AS n FROM blocks"),
        _ => app.count("SELECT count(*) AS n FROM follows"),
    };
    assert_eq!(remote.sends(&app, &block), 202);
    assert_eq!((count("blocks"), count("follows")), (1, 0));
    // By the shared inbox nothing of the blocked account reaches the blocker.
    let here = alice.finds("bob@b.example");
    assert_eq!(alice.call("POST", &format!("/api/v1/accounts/{}/follow", id(&here)), None).status, 403);
    let undo = |n: u32, object: Value| json!({"id": remote.uri(&format!("/undos/{n}")), "type": "Undo", "actor": bob["id"], "object": object});
    // By id alone and embedded, but never of another actor.
    let eve = remote.person("eve");
    let forged = with(&undo(1, json!(remote.uri("/blocks/1"))), json!({"actor": eve["id"]}));
    assert_eq!(remote.sends(&app, &forged), 202);
    assert_eq!(count("blocks"), 1);
    assert_eq!(remote.sends(&app, &undo(2, json!(remote.uri("/blocks/1")))), 202);
    assert_eq!(count("blocks"), 0);
    // An Undo that arrives before its Block.
    let late = with(&block, json!({"id": remote.uri("/blocks/2")}));
    assert_eq!(remote.sends(&app, &undo(3, late.clone())), 202);
    assert_eq!(remote.sends(&app, &late), 202);
    assert_eq!(count("blocks"), 0);
    // An account blocked by alice does not reach her by any inbox.
    alice.post(&format!("/api/v1/accounts/{}/block", id(&here)), json!({}));
    let note = remote.note(
        &bob,
        1,
        json!({"cc": ["https://a.example/users/alice"], "tag": [
        {"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]}),
    );
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    assert!(alice.notifications().iter().all(|n| n["type"] != "mention"));
    app.clock.advance(1000);
    assert_eq!(remote.sends(&app, &follow(&remote, &bob, 8, "https://a.example/users/alice")), 403);
    settle(&[&app]);
    assert_eq!(remote.got(), ["Block", "Reject"]);
}

#[test]
fn follows_and_their_answers_in_whatever_order() {
    let (app, alice, remote, bob) = scene();
    let me = "https://a.example/users/alice";
    let undo = |n: u32, object: Value| json!({"id": remote.uri(&format!("/undos/{n}")), "type": "Undo", "actor": bob["id"], "object": object});
    // Repeated under another id: answered again, and the new id is the one to undo.
    assert_eq!(remote.sends(&app, &follow(&remote, &bob, 2, me)), 202);
    settle(&[&app]);
    assert_eq!(remote.inbox.borrow()[0]["object"]["id"], remote.uri("/follows/2"));
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 1);
    assert_eq!(alice.notifications().len(), 1);
    assert_eq!(remote.sends(&app, &undo(1, json!(remote.uri("/follows/2")))), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0);
    assert!(alice.notifications().is_empty());
    // Undone before it arrived.
    assert_eq!(remote.sends(&app, &undo(2, follow(&remote, &bob, 3, me))), 202);
    let _ = remote.sends(&app, &follow(&remote, &bob, 3, me));
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0);
    // A pending request that is withdrawn, and one that is sent twice.
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    for n in [4, 5] {
        assert_eq!(remote.sends(&app, &follow(&remote, &bob, n, me)), 202);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM follow_requests"), 1);
    assert_eq!(remote.sends(&app, &undo(3, follow(&remote, &bob, 5, me))), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM follow_requests"), 0);
    // Removed by its target after it was accepted: Reject.
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": false})));
    assert_eq!(remote.sends(&app, &follow(&remote, &bob, 6, me)), 202);
    let here = id(&alice.finds("bob@b.example")).to_owned();
    app.clock.advance(1000);
    alice.post(&format!("/api/v1/accounts/{here}/remove_from_followers"), json!({}));
    settle(&[&app]);
    assert_eq!(remote.got().last().unwrap(), "Reject");
    assert_eq!(remote.inbox.borrow().last().unwrap()["object"]["id"], remote.uri("/follows/6"));
}

#[test]
fn ties_between_people_of_other_servers_are_none_of_ours() {
    let (app, alice, remote, bob) = scene();
    let dave = Remote::new(&app.network, "c.example").person("dave");
    for handle in ["bob@b.example", "dave@c.example"] {
        alice.finds(handle);
    }
    settle(&[&app]);
    let ties = || {
        app.count("SELECT (SELECT count(*) FROM follows) + (SELECT count(*) FROM follow_requests) + (SELECT count(*) FROM blocks) AS n")
    };
    assert_eq!(ties(), 1);
    for kind in ["Follow", "Block"] {
        let tie = json!({"id": remote.uri(&format!("/{kind}/1")), "type": kind, "actor": bob["id"], "object": dave["id"]});
        assert_eq!(remote.sends(&app, &tie), 202);
        assert_eq!(ties(), 1, "{kind}");
    }
    // Nor is an answer to a Follow that did not come from here: nothing is sent or asked for.
    fetched(&app);
    for (n, by) in ["https://c.example/users/dave", "https://a.example/users/alice"].into_iter().enumerate() {
        let named = if n == 0 { format!("{by}/follows/1") } else { remote.uri("/follows/of-alice") };
        let follow = json!({"id": named, "type": "Follow", "actor": by, "object": bob["id"]});
        let accept = json!({"id": remote.uri(&format!("/accepts/{n}")), "type": "Accept", "actor": bob["id"], "object": follow});
        assert_eq!(remote.sends(&app, &accept), 202);
        assert_eq!(app.count("SELECT count(*) AS n FROM outbox"), 0, "{by}");
    }
    settle(&[&app]);
    assert_eq!((fetched(&app), remote.got()), (Vec::new(), Vec::new()));
}

#[test]
fn an_answer_to_an_earlier_follow_is_none_to_the_present_one() {
    let (app, alice, remote, bob) = scene();
    let here = id(&alice.finds("bob@b.example")).to_owned();
    let tie = |name: &str| alice.get(&format!("/api/v1/accounts/relationships?id[]={here}"))[0][name].clone();
    for what in ["follow", "unfollow", "follow"] {
        app.clock.advance(1000);
        alice.post(&format!("/api/v1/accounts/{here}/{what}"), json!({}));
        settle(&[&app]);
    }
    let asked: Vec<Value> = remote.inbox.borrow().iter().filter(|a| a["type"] == "Follow").cloned().collect();
    assert_eq!(asked.len(), 2);
    let answer = |kind: &str, object: &Value| {
        let answer = json!({"id": remote.uri(&format!("/{kind}/1")), "type": kind, "actor": bob["id"], "object": object});
        assert_eq!(remote.sends(&app, &answer), 202);
        (tie("following"), tie("requested"))
    };
    for object in [&asked[0], &asked[0]["id"]] {
        for kind in ["Accept", "Reject"] {
            assert_eq!(answer(kind, object), (json!(false), json!(true)), "{kind}");
        }
    }
    assert_eq!(answer("Accept", &asked[1]), (json!(true), json!(false)));
    assert_eq!(answer("Reject", &asked[0]), (json!(true), json!(false)));
}

#[test]
fn advisory_cve_2025_30741_fed_trap_16_a_pending_follow_is_pending() {
    let (app, alice, remote, bob) = scene();
    let here = id(&alice.finds("bob@b.example")).to_owned();
    let tie = |name: &str| alice.get(&format!("/api/v1/accounts/relationships?id[]={here}"))[0][name].clone();
    alice.post(&format!("/api/v1/accounts/{here}/follow"), json!({}));
    settle(&[&app]);
    let asked = remote.inbox.borrow().last().unwrap().clone();
    let answer = |n: u32, kind: &str, actor: &Value, object: Value| json!({"id": remote.uri(&format!("/answers/{n}")), "type": kind, "actor": actor["id"], "object": object});
    // Nobody but the target can accept, in any form.
    let eve = remote.person("eve");
    for (n, object) in [asked.clone(), asked["id"].clone(), with(&asked, json!({"object": eve["id"]}))]
        .into_iter()
        .enumerate()
    {
        assert_eq!(remote.sends(&app, &answer(n as u32, "Accept", &eve, object)), 202);
        assert_eq!((tie("following"), tie("requested")), (json!(false), json!(true)));
    }
    // Nor the target by a name that is no id of a follow.
    let odd = json!("https://a.example/users/alice/follows/x");
    assert_eq!(remote.sends(&app, &answer(9, "Accept", &bob, odd)), 202);
    assert_eq!(tie("following"), json!(false));
    // Private statuses are not sent to pending followers.
    let secret = remote.note(&bob, 1, json!({"to": [bob["followers"]], "cc": []}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &secret)), 202);
    assert!(alice.home().iter().all(|s| s["uri"] != secret["id"]));
    // The target can, by id alone; and can revoke it.
    assert_eq!(remote.sends(&app, &answer(10, "Accept", &bob, asked["id"].clone())), 202);
    assert_eq!((tie("following"), tie("requested")), (json!(true), json!(false)));
    assert_eq!(remote.sends(&app, &answer(11, "Reject", &bob, asked["id"].clone())), 202);
    assert_eq!((tie("following"), tie("requested")), (json!(false), json!(false)));
    // A follow that was never requested is not accepted.
    assert_eq!(remote.sends(&app, &answer(12, "Accept", &bob, asked)), 202);
    assert_eq!(tie("following"), json!(false));
}

/// carol's suspension holds on a.example.
fn owner(app: &TestApp) -> Person {
    app.person("owner")
}

#[test]
fn a_report_goes_to_the_operator_and_is_forwarded_on_request() {
    let (a, b) = two();
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    alice.follows(&bob);
    settle(&[&a, &b]);
    let (bad, fine) = (bob.posts("buy now"), bob.posts("hello"));
    settle(&[&a, &b]);
    let seen = alice.sees(&bad["uri"]).unwrap();
    let report = alice.post(
        "/api/v1/reports",
        json!({"account_id": seen["account"]["id"], "status_ids": [seen["id"]], "comment": "spam!", "category": "spam", "forward": true}),
    );
    assert_eq!(
        (&report["category"], &report["forwarded"], &report["action_taken"]),
        (&json!("spam"), &json!(true), &json!(false))
    );
    assert_eq!(
        (&report["status_ids"], &report["target_account"]["acct"]),
        (&json!([seen["id"]]), &json!("bob@b.example"))
    );
    settle(&[&a, &b]);
    for (app, comment) in [(&a, "spam!"), (&b, "spam!")] {
        let told = owner(app).notifications();
        assert_eq!(told[0]["type"], "admin.report", "{}", app.host);
        assert_eq!(told[0]["report"]["comment"], comment);
        assert_eq!(told[0]["report"]["status_ids"].as_array().unwrap().len(), 1);
    }
    let groups = owner(&a).get("/api/v2/notifications");
    assert_eq!(groups["notification_groups"][0]["report"]["comment"], "spam!", "{groups}");
    let key = groups["notification_groups"][0]["group_key"].as_str().unwrap();
    let group = owner(&a).get(&format!("/api/v2/notifications/{key}"));
    assert_eq!(group["notification_groups"][0]["report"]["id"], report["id"]);
    // Other servers do not learn who reported.
    assert_eq!(owner(&b).notifications()[0]["account"]["acct"], "a.example@a.example");
    assert_eq!(owner(&b).notifications()[0]["report"]["status_ids"][0], bad["id"]);
    assert!(bob.notifications().iter().all(|n| n["type"] != "admin.report"));
    // Invalid reports.
    let theirs = alice.sees(&fine["uri"]).unwrap();
    let mine = alice.posts("mine");
    let other = alice.finds("owner@a.example");
    for (body, status) in [
        (json!({}), 404),
        (json!({"account_id": "1"}), 404),
        (json!({"account_id": theirs["account"]["id"], "status_ids": [mine["id"]]}), 404),
        (json!({"account_id": other["id"], "status_ids": [theirs["id"]]}), 404),
        (json!({"account_id": other["id"], "comment": "x".repeat(1001)}), 422),
        (json!({"account_id": other["id"], "category": "rude"}), 422),
        (json!({"account_id": other["id"], "rule_ids": ["7"]}), 422),
    ] {
        assert_eq!(alice.call("POST", "/api/v1/reports", Some(body.clone())).status, status, "{body}");
    }
}

#[test]
fn fed_trap_64_advisory_ghsa_gg8q_remote_text_is_bounded() {
    let (app, alice, remote, bob) = scene();
    let flag = |n: u32, object: Value| json!({"id": remote.uri(&format!("/flags/{n}")), "type": "Flag", "actor": bob["id"], "content": "x".repeat(6000), "object": object});
    for object in [
        json!("https://a.example/users/alice"),
        json!(["https://a.example/users/alice", "https://a.example/users/alice/statuses/1", 5, null]),
    ] {
        assert_eq!(remote.sends(&app, &flag(1, object)), 202);
    }
    assert_eq!(remote.sends(&app, &flag(2, json!("https://c.example/users/x"))), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM reports"), 1, "the same Flag twice is one report");
    assert_eq!(app.count("SELECT length(comment) AS n FROM reports"), 5000);
    assert_eq!(owner(&app).notifications()[0]["type"], "admin.report");

    let many = |n: usize, value: Value| Value::Array(std::iter::repeat_n(value, n).collect());
    let huge = with(
        &bob,
        json!({
            "name": "n".repeat(4000), "summary": "s".repeat(40_000),
            "attachment": many(80, json!({"type": "PropertyValue", "name": "k".repeat(4000), "value": "v".repeat(4000)})),
            "alsoKnownAs": many(400, json!("https://c.example/x")), "attributionDomains": many(400, json!("c.example")),
            "tag": many(200, json!({"type": "Emoji", "name": ":x:", "icon": {"type": "Image", "url": "https://b.example/x.png"}})),
        }),
    );
    assert_eq!(remote.sends(&app, &update(&remote, &huge, 1)), 202);
    let shown = alice.finds("bob@b.example");
    let length = |v: &Value| v.as_str().unwrap().len();
    assert!(length(&shown["display_name"]) <= 2048 && length(&shown["note"]) <= 20_100);
    let fields = shown["fields"].as_array().unwrap();
    assert!(fields.iter().map(|f| length(&f["name"]) + length(&f["value"])).sum::<usize>() <= 32_768);
    let short = with(
        &bob,
        json!({"attachment": many(80, json!({"type": "PropertyValue", "name": "k", "value": "v"}))}),
    );
    assert!(length(&shown["fields"][0]["name"]) <= 2047 && length(&shown["fields"][0]["value"]) <= 2100);
    assert!(app.count("SELECT max(json_array_length(also_known_as), json_array_length(attribution_domains)) AS n FROM accounts WHERE username = 'bob'") <= 256);
    assert!(shown["emojis"].as_array().unwrap().len() <= 100);
    assert_eq!(remote.sends(&app, &update(&remote, &short, 3)), 202);
    assert_eq!(alice.finds("bob@b.example")["fields"].as_array().unwrap().len(), 50);
    // A name of more than 2,048 characters is ignored.
    let nameless = with(&bob, json!({"preferredUsername": "u".repeat(3000)}));
    assert_eq!(remote.sends(&app, &update(&remote, &nameless, 2)), 422);
}

#[test]
fn suspended_accounts_are_hidden_and_may_still_delete_and_undo() {
    let (app, alice, remote, bob) = scene();
    let here = id(&alice.finds("bob@b.example")).to_owned();
    alice.post(&format!("/api/v1/accounts/{here}/follow"), json!({}));
    settle(&[&app]);
    let asked = remote.inbox.borrow().last().unwrap().clone();
    let accept =
        json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": bob["id"], "object": asked});
    assert_eq!(remote.sends(&app, &accept), 202);
    let note = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let status = alice.sees(&note["id"]).unwrap();
    let account = app.account("bob");
    let inner = app.ready();
    pollster::block_on(crate::app::suspend(&inner, &account)).unwrap();
    pollster::block_on(sori::jobs::run::after_response(&inner));
    settle(&[&app]);
    // Hidden, with all their statuses; they follow nobody here and know about it.
    assert!(alice.sees(&note["id"]).is_none());
    assert_eq!(alice.call("GET", &format!("/api/v1/statuses/{}", id(&status)), None).status, 404);
    let shown = alice.get(&format!("/api/v1/accounts/{here}"));
    assert_eq!((&shown["suspended"], &shown["display_name"]), (&json!(true), &json!("")));
    assert_eq!(remote.got().last().unwrap(), "Reject");
    // Nothing new is received; Undo and Delete still are.
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 2, json!({})))), 403);
    assert_eq!(remote.sends(&app, &follow(&remote, &bob, 4, "https://a.example/users/alice")), 403);
    // No document is served to them either.
    let reads = || app.send(remote.get(&app, "/users/alice/outbox", "bob")).status;
    assert_eq!(reads(), 403);
    let delete =
        json!({"id": remote.uri("/deletes/1"), "type": "Delete", "actor": bob["id"], "object": note["id"]});
    assert_eq!(remote.sends(&app, &delete), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 0);
    assert_eq!(remote.sends(&app, &update(&remote, &with(&bob, json!({"name": "innocent"})), 1)), 202);
    assert_eq!(alice.get(&format!("/api/v1/accounts/{here}"))["suspended"], true);
    // Deleting and recreating the account does not lift it.
    let self_delete =
        json!({"id": remote.uri("/deletes/2"), "type": "Delete", "actor": bob["id"], "object": bob["id"]});
    assert_eq!(remote.sends(&app, &self_delete), 202);
    settle(&[&app]);
    assert_eq!(remote.sends(&app, &follow(&remote, &bob, 5, "https://a.example/users/alice")), 403);
    let inner = app.ready();
    pollster::block_on(crate::app::unsuspend(&inner, &account)).unwrap();
    assert_eq!(remote.sends(&app, &follow(&remote, &bob, 6, "https://a.example/users/alice")), 202);
    assert_eq!(reads(), 200);
}

#[test]
fn a_local_suspension_is_sent_and_stops_everything() {
    let (app, alice, remote, bob) = scene();
    let post = alice.posts("hello");
    settle(&[&app]);
    let inner = app.ready();
    let account = app.account("alice");
    pollster::block_on(crate::app::suspend(&inner, &account)).unwrap();
    settle(&[&app]);
    let told = remote.inbox.borrow().last().unwrap().clone();
    assert_eq!((&told["type"], &told["object"]["suspended"]), (&json!("Update"), &json!(true)));
    let served = json_of(&app.fetch("/users/alice"));
    assert_eq!(
        (&served["suspended"], &served["name"], &served["publicKey"]["owner"]),
        (&json!(true), &json!(""), &served["id"])
    );
    assert_eq!(alice.call("POST", "/api/v1/statuses", Some(json!({"status": "x"}))).status, 403);
    let path = post["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap();
    assert_eq!(app.fetch(path).status, 404);
    assert_eq!(remote.sends(&app, &follow(&remote, &bob, 7, "https://a.example/users/alice")), 404);
    pollster::block_on(crate::app::unsuspend(&app.ready(), &account)).unwrap();
    assert_eq!(app.fetch(path).status, 200);
    assert!(json_of(&app.fetch("/users/alice"))["suspended"].is_null());
}

#[test]
fn a_remote_actor_that_is_deleted_leaves_nothing() {
    let (app, alice, remote, bob) = scene();
    let here = id(&alice.finds("bob@b.example")).to_owned();
    alice.post(&format!("/api/v1/accounts/{here}/follow"), json!({}));
    settle(&[&app]);
    let asked = remote.inbox.borrow().last().unwrap().clone();
    assert_eq!(
        remote.sends(
            &app,
            &json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": bob["id"], "object": asked})
        ),
        202
    );
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 1, json!({})))), 202);
    // Not by another actor of the same server.
    let eve = remote.person("eve");
    let gone =
        json!({"id": remote.uri("/deletes/1"), "type": "Delete", "actor": eve["id"], "object": bob["id"]});
    assert_eq!(remote.sends(&app, &gone), 202);
    assert_eq!(alice.home().len(), 1);
    assert_eq!(
        remote.sends(
            &app,
            &with(&gone, json!({"actor": bob["id"], "object": {"type": "Person", "id": bob["id"]}}))
        ),
        202
    );
    for table in [
        "SELECT count(*) AS n FROM accounts WHERE username = 'bob'",
        "SELECT count(*) AS n FROM follows",
        "SELECT count(*) AS n FROM statuses",
        "SELECT count(*) AS n FROM notifications WHERE type = 'follow'",
    ] {
        assert_eq!(app.count(table), 0, "{table}");
    }
}

#[test]
fn fed_trap_69_a_private_status_is_boosted_by_its_author_only() {
    let (a, b) = two();
    let (alice, carol, bob) = (a.person("alice"), a.person("carol"), b.person("bob"));
    alice.follows(&bob);
    settle(&[&a, &b]);
    let private = bob.post("/api/v1/statuses", json!({"status": "for friends", "visibility": "private"}));
    settle(&[&a, &b]);
    let seen = alice.sees(&private["uri"]).unwrap();
    assert_eq!(alice.call("POST", &format!("/api/v1/statuses/{}/reblog", id(&seen)), None).status, 404);
    // A server that has lost it gets it with its author's boost; accounts that do not follow see neither.
    a.write("DELETE FROM statuses WHERE visibility = 2");
    b.clock.advance(1000);
    bob.act(&private, "reblog");
    settle(&[&a, &b]);
    // On the profile, since home shows no boost beside its original.
    assert_eq!(alice.home()[0]["uri"], private["uri"]);
    let shown = alice.get(&format!("/api/v1/accounts/{}/statuses", id(&seen["account"])));
    assert_eq!(
        (&shown[0]["reblog"]["uri"], &shown[0]["visibility"]),
        (&private["uri"], &json!("private")),
        "{shown:?}"
    );
    assert!(carol.home().is_empty());
    assert_eq!(carol.call("GET", &format!("/api/v1/statuses/{}", id(&shown[0])), None).status, 404);

    // A remote boost of a private status by another account is refused or ignored.
    let (app, alice, remote, bob) = scene();
    let mine = alice.post("/api/v1/statuses", json!({"status": "for followers", "visibility": "private"}));
    let boost = |n: u32, object: Value| json!({"id": remote.uri(&format!("/boosts/{n}")), "type": "Announce", "actor": bob["id"], "to": [PUBLIC], "object": object});
    assert_eq!(remote.sends(&app, &boost(1, mine["uri"].clone())), 403);
    let eve = remote.person("eve");
    let hers = remote.note(&eve, 1, json!({"to": [eve["followers"]], "cc": []}));
    assert_eq!(remote.sends(&app, &boost(2, hers)), 202);
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 1);
}

#[test]
fn a_self_delete_signed_with_a_new_key_is_applied() {
    let (app, alice, remote, bob) = scene();
    let account = alice.finds("bob@b.example");
    // The Delete is signed with an unannounced key whose document is 410 already.
    let self_delete =
        json!({"id": remote.uri("/deletes/1"), "type": "Delete", "actor": bob["id"], "object": bob["id"]});
    let pair = pollster::block_on(sori::platform::native::Crypto::from_key(1).rsa_generate()).unwrap();
    let key = sori::activitypub::wire::signature::SigningKey {
        key_id: format!("{}#main-key", bob["id"].as_str().unwrap()),
        private_pkcs8: pair.private_pkcs8,
    };
    let signed = || {
        remote.request_signed_by(&app, &self_delete, &key, sori::activitypub::wire::signature::Spec::Cavage)
    };
    assert_eq!(app.send(signed()).status, 401, "not while they are there");
    app.clock.advance(10 * 60_000);
    remote.gone("/users/bob");
    let answer = app.send(signed());
    assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE uri = 'https://b.example/users/bob'"), 0);
    assert_eq!(refused(&alice, "GET", &format!("/api/v1/accounts/{}", id(&account)), json!({})), 404);
    // What else they send is ignored, and their key is not fetched again.
    let like = json!({"id": remote.uri("/likes/9"), "type": "Like", "actor": bob["id"], "object": alice.posts("x")["uri"]});
    app.clock.advance(2 * 60 * 60_000);
    let other = remote.request_signed_by(&app, &like, &key, sori::activitypub::wire::signature::Spec::Cavage);
    assert_eq!(app.send(other).status, 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM favourites"), 0);
}

#[test]
fn a_deleted_followers_server_still_gets_updates_for_its_other_followers() {
    let (a, b) = two();
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    bob.follows(&alice);
    settle(&[&a, &b]);
    let status = alice.posts("hello");
    settle(&[&a, &b]);
    assert_eq!(b.count("SELECT count(*) AS n FROM statuses"), 1);
    let inner = b.ready();
    pollster::block_on(async {
        let user =
            sori::store::load(&inner.db, sori::store::users::by_account(bob.id)).await.unwrap().unwrap();
        sori::services::remove::local_account(&inner, &user, &b.account("bob")).await.unwrap();
        sori::jobs::run::after_response(&inner).await;
    });
    settle(&[&a, &b]);
    assert_eq!(a.count("SELECT count(*) AS n FROM accounts WHERE username = 'bob'"), 0);
    alice.deletes(&status);
    settle(&[&a, &b]);
    assert_eq!(b.count("SELECT count(*) AS n FROM statuses"), 0);
}

#[test]
fn a_note_addressed_only_to_a_deleted_account_is_not_stored() {
    let (app, _, remote, bob) = scene();
    let carol = app.person("carol");
    let inner = app.ready();
    pollster::block_on(async {
        let user =
            sori::store::load(&inner.db, sori::store::users::by_account(carol.id)).await.unwrap().unwrap();
        sori::services::remove::local_account(&inner, &user, &app.account("carol")).await.unwrap();
    });
    let note = remote.note(&bob, 1, json!({"to": ["https://a.example/users/carol"], "cc": []}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 0);
}

#[test]
fn a_follow_that_comes_again_after_a_move_is_answered_again() {
    let (app, alice, remote, bob) = scene();
    let follow = |n: u32| json!({"id": remote.uri(&format!("/follows/m{n}")), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &follow(1)), 202);
    app.db.run(&format!(
        "UPDATE accounts SET moved_to_id = {}, moved_to_uri = 'x' WHERE id = {}",
        app.account("bob").id,
        alice.id
    ));
    app.restart();
    settle(&[&app]);
    remote.inbox.borrow_mut().clear();
    assert_eq!(remote.sends(&app, &follow(1)), 202);
    settle(&[&app]);
    assert_eq!(remote.got(), ["Accept"]);
    let eve = remote.person("eve");
    let late = json!({"id": remote.uri("/follows/m2"), "type": "Follow", "actor": eve["id"], "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &late), 403);
}

#[test]
fn an_activity_has_an_id_of_its_actors_host() {
    let (app, _, remote, _) = scene();
    let bruno = remote.serve(remote.person("bruno"));
    let follows = || app.count("SELECT count(*) AS n FROM follows");
    let before = follows();
    let mut activity = follow(&remote, &bruno, 1, "https://a.example/users/alice");
    for id in
        ["https://c.example/follows/1", "https://sub.b.example/follows/1", "https://a.example/follows/1"]
    {
        activity["id"] = json!(id);
        assert_eq!(remote.sends(&app, &activity), 403, "{id}");
    }
    let announce = json!({"id": "https://c.example/boosts/1", "type": "Announce", "actor": bruno["id"],
        "object": remote.uri("/notes/1"), "to": ["https://www.w3.org/ns/activitystreams#Public"]});
    assert_ne!(remote.sends(&app, &announce), 202);
    assert_eq!(follows(), before);
    activity["id"] = json!(remote.uri("/follows/1"));
    assert_eq!(remote.sends(&app, &activity), 202);
    assert_eq!(follows(), before + 1);
}
