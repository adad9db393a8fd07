//! Texts of every kind: how long they may be, what is a link, a mention or a hashtag in them.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, id, people, refused, settle};
use crate::remote::Remote;

fn scene() -> (TestApp, Person, Remote, Value) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let bob = remote.person("bob");
    (app, alice, remote, bob)
}

/// One character that a reader sees, of so many bytes.
fn one_character(bytes: usize) -> String {
    format!("a{}", "\u{301}".repeat(bytes / 2))
}

#[test]
fn a_status_of_headings_breaks_no_page() {
    let (app, alice, remote, bob) = scene();
    let note = remote.note(
        &bob,
        1,
        json!({"content": "<h1>".repeat(63_000), "tag": [{"type": "Mention", "href": format!("https://a.example/users/alice")}],
            "to": ["https://www.w3.org/ns/activitystreams#Public", "https://a.example/users/alice"]}),
    );
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    assert!(app.count("SELECT max(length(CAST(content AS BLOB))) AS n FROM statuses") <= 65_536);
    let told = alice.notifications();
    assert_eq!(told[0]["type"], "mention");
    assert!(told[0]["status"]["content"].as_str().unwrap().ends_with("</p>"));
}

#[test]
fn what_strangers_write_is_kept_within_limits() {
    let (app, _, remote, bob) = scene();
    let long = format!("<b>&amp;한'\"{}", one_character(300)).repeat(700);
    let emoji = |n: usize| {
        json!({"type": "Emoji", "name": format!(":{}{n}:", "e".repeat(100)),
            "icon": {"type": "Image", "url": format!("https://b.example/{}", "i".repeat(1_900))}})
    };
    let mut tags: Vec<Value> = (0..100).map(emoji).collect();
    tags.push(json!({"type": "Hashtag", "name": format!("#{}", one_character(5_000))}));
    tags.push(json!({"type": "Mention", "href": "https://a.example/users/alice"}));
    let mut actor = bob.clone();
    let fields: Vec<Value> =
        (0..50).map(|_| json!({"type": "PropertyValue", "name": long, "value": long})).collect();
    for (name, value) in [
        ("name", json!(long)),
        ("summary", json!(long)),
        ("attachment", json!(fields)),
        ("tag", json!(tags)),
        ("icon", json!({"type": "Image", "url": "https://b.example/a.png", "name": long})),
        ("image", json!({"type": "Image", "url": "https://b.example/b.png", "name": long})),
    ] {
        actor[name] = value;
    }
    let update =
        json!({"id": remote.uri("/updates/1"), "type": "Update", "actor": bob["id"], "object": actor});
    let picture =
        json!({"type": "Document", "mediaType": "image/png", "url": "https://b.example/a.png", "name": long});
    let option = json!({"type": "Note", "name": long});
    let extra = json!({"type": "Question", "content": long, "summary": long, "tag": tags, "attachment": vec![picture; 16],
        "oneOf": vec![option; 4], "to": ["https://a.example/users/alice"]});
    let everybody = "https://www.w3.org/ns/activitystreams#Public";
    let article = json!({"type": "Article", "name": long, "summary": long, "tag": tags, "to": [everybody, "https://a.example/users/alice"]});
    for (n, extra) in [(1, extra), (2, article)] {
        let note = remote.note(&bob, n, extra);
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    }
    assert_eq!(remote.sends(&app, &update), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 2);
    for (limit, sql) in [
        (65_536, "SELECT max(length(CAST(content AS BLOB))) AS n FROM statuses"),
        (2_048, "SELECT max(length(CAST(spoiler_text AS BLOB))) AS n FROM statuses"),
        (33_000 + 100 * 60, "SELECT max(length(CAST(emojis AS BLOB))) AS n FROM statuses"),
        (66_000 + 16 * 500, "SELECT max(length(CAST(media AS BLOB))) AS n FROM statuses"),
        (4 * 1_000 + 200, "SELECT max(length(CAST(poll AS BLOB))) AS n FROM statuses"),
        (400, "SELECT max(length(CAST(tag AS BLOB))) AS n FROM status_tags"),
        (2_000, "SELECT max(length(CAST(display_name AS BLOB))) AS n FROM accounts"),
        (20_000, "SELECT max(length(CAST(note AS BLOB))) AS n FROM accounts"),
        (33_000 + 50 * 60, "SELECT max(length(CAST(fields AS BLOB))) AS n FROM accounts"),
        (33_000 + 100 * 60, "SELECT max(length(CAST(emojis AS BLOB))) AS n FROM accounts"),
        (1_500, "SELECT max(length(CAST(avatar_description AS BLOB))) AS n FROM accounts"),
        (1_500, "SELECT max(length(CAST(header_description AS BLOB))) AS n FROM accounts"),
    ] {
        let found = app.count(sql);
        assert!(found > limit / 10, "{sql}: {found}");
        assert!(found <= limit, "{sql}: {found}");
    }
}

/// A text is counted in characters, and one character may be of any size.
#[test]
fn one_character_of_any_size_is_refused() {
    let (_, alice, bob) = people();
    let status = alice.posts("hello");
    let huge = one_character(500_000);
    let at = sori::model::time::Time(NOW + 99_999_999).to_iso();
    for (method, path, body) in [
        ("POST", "/api/v1/statuses".to_owned(), json!({"status": huge})),
        ("POST", "/api/v1/statuses".to_owned(), json!({"status": "x", "spoiler_text": huge})),
        ("POST", "/api/v1/statuses".to_owned(), json!({"status": huge, "scheduled_at": at})),
        ("POST", "/api/v1/statuses".to_owned(), json!({"poll": {"options": ["a", huge], "expires_in": 600}})),
        (
            "POST",
            "/api/v1/statuses".to_owned(),
            json!({"status": format!("https://x.example/{}", "x".repeat(20_000))}),
        ),
        (
            "POST",
            "/api/v1/statuses".to_owned(),
            json!({"status": format!("https://x.example/{}", "x'".repeat(7_000))}),
        ),
        ("PUT", format!("/api/v1/statuses/{}", id(&status)), json!({"status": huge})),
        ("PUT", format!("/api/v1/statuses/{}", id(&status)), json!({"status": "x", "spoiler_text": huge})),
        ("PATCH", "/api/v1/accounts/update_credentials".to_owned(), json!({"display_name": huge})),
        ("PATCH", "/api/v1/accounts/update_credentials".to_owned(), json!({"note": huge})),
        ("PATCH", "/api/v1/accounts/update_credentials".to_owned(), json!({"avatar_description": huge})),
        ("PATCH", "/api/v1/accounts/update_credentials".to_owned(), json!({"header_description": huge})),
        (
            "PATCH",
            "/api/v1/accounts/update_credentials".to_owned(),
            json!({"fields_attributes": [{"name": huge, "value": "x"}]}),
        ),
        (
            "PATCH",
            "/api/v1/accounts/update_credentials".to_owned(),
            json!({"fields_attributes": [{"name": "x", "value": huge}]}),
        ),
        ("PATCH", "/api/v1/profile".to_owned(), json!({"display_name": huge})),
        ("POST", "/api/v1/lists".to_owned(), json!({"title": huge})),
        ("POST", "/api/v2/filters".to_owned(), json!({"title": huge, "context": ["home"]})),
        (
            "POST",
            "/api/v2/filters".to_owned(),
            json!({"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": huge}]}),
        ),
        ("POST", "/api/v1/filters".to_owned(), json!({"phrase": huge, "context": ["home"]})),
        ("POST", format!("/api/v1/accounts/{}/note", bob.id), json!({"comment": huge})),
        ("POST", "/api/v1/reports".to_owned(), json!({"account_id": bob.id.to_string(), "comment": huge})),
        ("POST", "/api/v1/collections".to_owned(), json!({"name": huge})),
        ("POST", "/api/v1/collections".to_owned(), json!({"name": "x", "description": huge})),
    ] {
        let name = format!("{method} {path} {:.60}", body.to_string());
        assert_eq!(refused(&alice, method, &path, body), 422, "{name}");
    }
    // A status of 500 emojis of a family is as long as it may be.
    alice.posts(&"👨‍👩‍👧‍👦".repeat(500));
    settle(&[&alice.app]);
}
