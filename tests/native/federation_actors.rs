//! Actors and their fates: profiles and what becomes of them, moves, blocks, reports, pins, suspension,
//! deletion, and follows in whatever order they come.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, settle};
use crate::remote::Remote;

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

/// A document with some properties changed.
fn with(document: &Value, changes: Value) -> Value {
    let mut document = document.clone();
    document.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    document
}

fn json_of(response: &sori::http::response::Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

fn id(entity: &Value) -> &str {
    entity["id"].as_str().unwrap()
}

#[test]
fn a_profile_is_told_in_full() {
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
    // Every property that is not ActivityStreams' own is explained.
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
fn an_update_renews_everything_that_is_shown() {
    let (app, alice, remote, bob) = scene();
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
    // Nobody renews somebody else.
    let mallory = remote.person("mallory");
    let forged = json!({"id": remote.uri("/updates/2"), "type": "Update", "actor": mallory["id"], "object": with(&bob, json!({"name": "x"}))});
    assert_eq!(remote.sends(&app, &forged), 403);
    assert_eq!(alice.finds("bob@b.example")["display_name"], "Bob :wave:");
}

#[test]
fn fed_trap_11_the_handle_is_mutable_the_id_is_not() {
    let (app, alice, remote, bob) = scene();
    let known = id(&alice.finds("bob@b.example")).to_owned();
    // Another name, another spelling: the same account.
    for (n, name) in ["Bob", "robert"].into_iter().enumerate() {
        let renamed = remote.serve(with(&bob, json!({"preferredUsername": name})));
        assert_eq!(remote.sends(&app, &update(&remote, &renamed, n as u32)), 202);
        let shown = alice.get(&format!("/api/v1/accounts/{known}"));
        assert_eq!(shown["acct"], format!("{name}@b.example"));
    }
    // The name under another id: the new holder has it, the old one keeps the row and the follow.
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
fn fed_trap_12_handles_know_no_case() {
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
    // A relay: no inbox worth the name. Refused, not stored, nothing breaks.
    let relay = with(&remote.person("relay"), json!({"type": "Application", "inbox": ""}));
    remote.serve(relay.clone());
    assert_eq!(remote.sends(&app, &follow(&remote, &relay, 5, "https://a.example/users/alice")), 401);
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE username = 'relay'"), 0);
}

#[test]
fn advisory_ghsa_5h2f_fed_trap_15_a_remote_claim_lifts_no_suspension_of_ours() {
    let (app, alice, remote, bob) = scene();
    let shown = |wanted: bool| {
        let account = alice.finds("bob@b.example");
        assert_eq!(account["suspended"].as_bool().unwrap_or(false), wanted, "{account}");
    };
    // Its own server's word comes and goes.
    for (n, is_suspended) in [true, false, true, false].into_iter().enumerate() {
        let said = with(&bob, json!({"suspended": is_suspended, "name": "Bob"}));
        remote.serve(said.clone());
        assert_eq!(remote.sends(&app, &update(&remote, &said, n as u32)), 202);
        shown(is_suspended);
    }
    // Ours stays, whatever it says.
    app.write("UPDATE accounts SET suspended_at = 1 WHERE username = 'bob'");
    for (n, is_suspended) in [true, false].into_iter().enumerate() {
        let said = with(&bob, json!({"suspended": is_suspended}));
        remote.serve(said.clone());
        assert_eq!(remote.sends(&app, &update(&remote, &said, 10 + n as u32)), 202);
        shown(true);
    }
}
