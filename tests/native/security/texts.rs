//! Texts: their length limits, and what is a link, a mention or a hashtag.

use serde_json::{Value, json};

use crate::app::{NOW, id, people, refused, settle};
use crate::remote::scene;

/// One grapheme of this many bytes.
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
fn remote_texts_are_cut_to_their_limits() {
    let (app, _, remote, bob) = scene();
    // As long as a body of one megabyte lets them be.
    let of = |times: usize| format!("<b>&amp;한'\"{}", one_character(300)).repeat(times);
    let (long, medium, short) = (of(450), of(38), of(12));
    let emoji = |n: usize| {
        json!({"type": "Emoji", "name": format!(":{}{n}:", "e".repeat(100)),
            "icon": {"type": "Image", "url": format!("https://b.example/{}", "i".repeat(1_900))}})
    };
    let mut tags: Vec<Value> = (0..100).map(emoji).collect();
    tags.push(json!({"type": "Hashtag", "name": format!("#{}", one_character(5_000))}));
    tags.push(json!({"type": "Mention", "href": "https://a.example/users/alice"}));
    let mut actor = bob.clone();
    let fields: Vec<Value> =
        (0..50).map(|_| json!({"type": "PropertyValue", "name": short, "value": short})).collect();
    for (name, value) in [
        ("name", json!(long)),
        ("summary", json!(long)),
        ("attachment", json!(fields)),
        ("tag", json!(tags)),
        ("icon", json!({"type": "Image", "url": "https://b.example/a.png", "name": medium})),
        ("image", json!({"type": "Image", "url": "https://b.example/b.png", "name": medium})),
    ] {
        actor[name] = value;
    }
    let update =
        json!({"id": remote.uri("/updates/1"), "type": "Update", "actor": bob["id"], "object": actor});
    let picture = json!({"type": "Document", "mediaType": "image/png", "url": "https://b.example/a.png", "name": medium});
    let option = json!({"type": "Note", "name": medium});
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
        // With a bio and fields of this length, the limit of the whole row drops fields.
        (19, "SELECT max(length(CAST(emojis AS BLOB))) AS n FROM accounts"),
        (1_500, "SELECT max(length(CAST(avatar_description AS BLOB))) AS n FROM accounts"),
        (1_500, "SELECT max(length(CAST(header_description AS BLOB))) AS n FROM accounts"),
    ] {
        let found = app.count(sql);
        assert!(found > limit / 10, "{sql}: {found}");
        assert!(found <= limit, "{sql}: {found}");
    }
}

/// Texts are counted in characters, and one character may have any number of bytes.
#[test]
fn one_oversized_character_is_refused() {
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
    // A status of 500 family emojis has exactly the maximum length.
    alice.posts(&"👨‍👩‍👧‍👦".repeat(500));
    settle(&[&alice.app]);
}

/// Bob, remote and local, is named in a link and nowhere else.
const LINKS: [&str; 4] = [
    "do not tell bob: https://x.example/search?q=@bob@b.example",
    "do not tell bob: https://x.example/search?q=(@bob@b.example",
    "do not tell bob: https://x.example/-@bob@a.example,-@bob",
    "do not tell bob: https://x.example/?q=(@bob&r=(#bob https://b.example/:@bob",
];

#[test]
fn a_handle_in_a_link_is_not_a_mention() {
    let (app, alice, remote, bob) = scene();
    let local = app.person("bob");
    alice.finds("bob@b.example");
    // Direct messages of accounts that one does not follow are filtered.
    local.follows(&alice);
    let told = || remote.inbox.borrow().iter().filter(|a| a["type"] != "Follow").count();
    let check = |status: &Value, what: &str| {
        let status = alice.get(&format!("/api/v1/statuses/{}", id(status)));
        assert_eq!((&status["mentions"], &status["tags"]), (&json!([]), &json!([])), "{what}");
        settle(&[&app]);
        assert_eq!(told(), 0, "{what}");
        assert!(local.notifications().is_empty(), "{what}");
        let seen = local.call("GET", &format!("/api/v1/statuses/{}", id(&status)), None).status;
        assert_eq!(seen, 404, "{what}");
    };
    for text in LINKS {
        let status = alice.post("/api/v1/statuses", json!({"status": text, "visibility": "direct"}));
        check(&status, text);
        let edited = json!({"status": format!("{text} indeed"), "spoiler_text": "@bob @bob@b.example #bob"});
        alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&status)), Some(edited));
        check(&status, "an edit");
        let poll = json!({"options": ["@bob", "@bob@b.example"], "expires_in": 600});
        let status =
            alice.post("/api/v1/statuses", json!({"status": text, "visibility": "direct", "poll": poll}));
        check(&status, "a poll");
        // Published later.
        let at = sori::model::time::Time(app.clock.now().0 + 600_000).to_iso();
        alice.post("/api/v1/statuses", json!({"status": text, "visibility": "direct", "scheduled_at": at}));
        crate::app::wait(&app, 660_000);
        let own = alice.get(&format!("/api/v1/accounts/{}/statuses?limit=1", alice.id));
        check(&own[0], "a scheduled one");
        alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"note": text})));
        let note = alice.get("/api/v1/accounts/verify_credentials")["note"].to_string();
        assert!(!note.contains("mention"), "{note}");
        let actor: Value = serde_json::from_slice(&app.fetch("/users/alice").body).unwrap();
        assert_eq!(actor["tag"].as_array().map_or(0, Vec::len), 0, "{actor}");
        let field = json!({"fields_attributes": [{"name": "x", "value": text}]});
        alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(field));
        let fields = alice.get("/api/v1/accounts/verify_credentials")["fields"].to_string();
        assert!(!fields.contains("mention"), "{fields}");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM status_tags"), 0);
    // Outside of the link it is a mention.
    let status = alice.post(
        "/api/v1/statuses",
        json!({"status": "https://x.example/ @bob@b.example @bob", "visibility": "direct"}),
    );
    settle(&[&app]);
    assert_eq!(status["mentions"].as_array().unwrap().len(), 2);
    assert!(told() > 0);
    assert_eq!(local.notifications().len(), 1);
    assert_eq!(bob["type"], "Person");
}

/// A quotation mark with U+20E3 was taken for an emoji and broke the JSON path of its count.
#[test]
fn only_emojis_are_reactions() {
    let (app, alice, remote, bob) = scene();
    let post = alice.posts("hello");
    let names = [
        "\"\u{20e3}",
        "\\\u{20e3}",
        "'\u{20e3}",
        "\u{20e3}",
        "\"",
        "\\",
        "a\u{20e3}",
        "\u{1}\u{20e3}",
        "👍\"",
        "5\u{fe0f}",
    ];
    for (n, name) in names.iter().enumerate() {
        let tag = json!([{"type": "Emoji", "name": format!(":{name}:"), "icon": {"type": "Image", "url": "https://b.example/x.png"}}]);
        for (m, content) in [(*name).to_owned(), format!(":{name}:")].iter().enumerate() {
            let react = json!({"id": remote.uri(&format!("/reactions/{n}/{m}")), "type": "EmojiReact", "actor": bob["id"],
                "object": post["uri"], "content": content, "tag": tag});
            assert_eq!(remote.sends(&app, &react), 202, "{name}");
        }
        let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        for path in [
            format!("/api/v1/pleroma/statuses/{}/reactions/{encoded}", id(&post)),
            format!("/api/v1/announcements/5/reactions/{encoded}"),
        ] {
            for method in ["PUT", "DELETE", "GET"] {
                let status = alice.call(method, &path, Some(json!({}))).status;
                assert!(status < 500, "{method} {path}: {status}");
                assert!(method != "PUT" || status >= 400, "{path}: {status}");
            }
        }
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM reactions"), 0);
    for name in ["5\u{20e3}", "#\u{fe0f}\u{20e3}", "*\u{20e3}"] {
        let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        alice.ok("PUT", &format!("/api/v1/pleroma/statuses/{}/reactions/{encoded}", id(&post)), None);
    }
    let status = alice.get(&format!("/api/v1/statuses/{}", id(&post)));
    let names: Vec<&str> = status["pleroma"]["emoji_reactions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["#\u{fe0f}\u{20e3}", "*\u{fe0f}\u{20e3}", "5\u{fe0f}\u{20e3}"]);
    // The service refuses it from every caller, too.
    let inner = app.ready();
    let account = app.account("alice");
    let view = pollster::block_on(sori::store::load(
        &inner.db,
        sori::store::statuses::visible_by_id(
            sori::model::id::Id::parse(id(&post)).unwrap(),
            Some(account.id),
        ),
    ))
    .unwrap()
    .unwrap();
    for name in ["\"", "a\"b", "\\", ""] {
        let done =
            pollster::block_on(sori::services::react::react(&inner, &account, &view, name, None, None));
        assert!(matches!(done, Err(sori::error::Error::Unprocessable(_))), "{name}: {done:?}");
    }
}
