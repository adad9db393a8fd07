//! Documents that are too deep, too wide or too long, at the inbox and where they are fetched.

use serde_json::{Value, json};
use sori::http::response::Response;

use crate::app::{TestApp, settle};
use crate::remote::{cast, remote_statuses};

/// Bodies that are refused before they are interpreted.
fn too_much() -> Vec<(&'static str, String)> {
    let list = |entry: &str, n: usize| vec![entry; n].join(",");
    let activity = |more: String| {
        format!(
            "{{\"id\":\"https://b.example/1\",\"type\":\"Create\",\"actor\":\"https://b.example/users/bob\",{more}}}"
        )
    };
    let members = |n: usize| (0..n).map(|i| format!("\"k{i:06}\":{i}")).collect::<Vec<_>>().join(",");
    vec![
        ("objects", activity(format!("\"object\":[{}]", list("{\"id\":\"https://b.example/1\"}", 25_000)))),
        ("members", activity(members(40_000))),
        ("members of the object", activity(format!("\"object\":{{{}}}", members(16_000)))),
        ("to", activity(format!("\"to\":[{}]", list("\"https://b.example/1\"", 40_000)))),
        ("contexts", activity(format!("\"@context\":[{}]", list("{}", 30_000)))),
        ("proofs", activity(format!("\"proof\":[{}]", list("{\"type\":\"x\"}", 15_000)))),
        ("deep", activity(format!("\"object\":{}1{}", "{\"object\":".repeat(60), "}".repeat(60)))),
        ("deeper", activity(format!("\"object\":{}", "[".repeat(100_000)))),
        ("values", activity(format!("\"x\":[{}]", list("[[],[],[],[],[],[],[],[],[]]", 9_000)))),
    ]
}

#[test]
fn what_is_too_much_is_refused_before_anything_is_asked_for() {
    let (app, remote, bob) = cast();
    let actor = bob["id"].as_str().unwrap();
    for (what, body) in too_much() {
        let mut unsigned = remote.request_body(&app, actor, body.clone().into_bytes());
        unsigned.headers.0.retain(|(name, _)| name != "signature");
        for request in [unsigned, remote.request_body(&app, actor, body.into_bytes())] {
            let answer = app.send(request);
            assert_eq!(answer.status, 400, "{what}");
            let cost = *app.cost.borrow();
            assert_eq!((cost.trips, cost.fetches), (0, 0), "{what}");
        }
    }
    // A fetched one is not stored.
    for (what, body) in too_much() {
        let body =
            body.replacen("https://b.example/1", &remote.uri("/notes/1"), 1).replacen("Create", "Note", 1);
        let answer = Response::activity(&json!({}));
        remote.answers("/notes/1", Response { body: body.into_bytes(), ..answer });
        let found =
            app.person("alice").get(&format!("/api/v2/search?resolve=true&q={}", remote.uri("/notes/1")));
        assert_eq!(found["statuses"], json!([]), "{what}");
    }
    assert_eq!(remote_statuses(&app), 0);
}

#[test]
fn the_most_that_is_taken_costs_no_more_than_a_little() {
    let (app, remote, bob) = cast();
    let cost = |app: &crate::app::TestApp| {
        let cost = *app.cost.borrow();
        (cost.trips, cost.statements)
    };
    let create =
        |n: u32, entries: usize| {
            let many = |entry: Value| Value::Array(vec![entry; entries]);
            let mut tags = vec![json!({"type": "Mention", "href": remote.uri("/users/x")}); entries];
            tags.extend(vec![json!({"type": "Hashtag", "name": "#fern"}); entries]);
            let note = remote.note(&bob, n, json!({
            "tag": tags, "attachment": many(json!({"type": "Image", "url": "https://b.example/1.png"})),
            "to": ["https://www.w3.org/ns/activitystreams#Public", remote.uri("/users/y")],
        }));
            let mut create = remote.create(&bob, &note);
            create["cc"] = many(json!(remote.uri("/users/z")));
            create["proof"] = many(json!({"type": "DataIntegrityProof"}));
            create
        };
    assert_eq!(remote.sends(&app, &create(1, 4)), 202);
    let little = cost(&app);
    assert_eq!(remote.sends(&app, &create(2, 800)), 202);
    assert_eq!(cost(&app), little, "the same statements");
    settle(&[&app]);
    assert_eq!(remote_statuses(&app), 2);
    let kept = app.count("SELECT max(json_array_length(media)) AS n FROM statuses WHERE is_local = 0");
    assert_eq!(kept, 16);
}

/// Every text in a document, by its path.
fn texts(value: &Value, at: &str, all: &mut Vec<String>) {
    match value {
        Value::String(_) => all.push(at.to_owned()),
        Value::Array(list) => list.iter().enumerate().for_each(|(n, v)| texts(v, &format!("{at}/{n}"), all)),
        Value::Object(map) => {
            map.iter().for_each(|(name, v)| texts(v, &format!("{at}/{}", name.replace('/', "~1")), all));
        }
        _ => {}
    }
}

/// Every text in the database.
fn stored_texts(app: &TestApp) -> Vec<(String, String)> {
    // The tables of the search index have integers beyond D1's range.
    let query = |sql: String| {
        pollster::block_on(app.db.query(sori::platform::sql::Statement::new(sql))).unwrap_or_default()
    };
    let mut all = Vec::new();
    for table in app.db.tables() {
        for row in query(format!("SELECT * FROM {table}")) {
            for (column, value) in row.columns.iter().zip(&row.values) {
                if let sori::platform::sql::Value::Text(text) = value {
                    all.push((format!("{table}.{column}"), text.clone()));
                }
            }
        }
    }
    all
}

#[test]
fn control_characters_in_any_field_break_nothing() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let everything = json!({
        "type": "Question", "summary": "warning", "context": remote.uri("/contexts/1"), "url": remote.uri("/@bob/1"),
        "contentMap": {"en": "<p>x</p>"}, "inReplyTo": remote.uri("/notes/0"), "updated": "2026-09-21T10:00:00Z",
        "oneOf": [{"type": "Note", "name": "yes"}, {"type": "Note", "name": "no"}], "endTime": "2027-09-21T10:00:00Z",
        "tag": [{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"},
            {"type": "Hashtag", "name": "#fern", "href": remote.uri("/tags/fern")},
            {"type": "Emoji", "id": remote.uri("/emojis/x"), "name": ":x:", "icon": {"type": "Image", "url": remote.uri("/x.png")}}],
        "attachment": [{"type": "Document", "mediaType": "image/png", "url": remote.uri("/a.png"), "name": "a tree", "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj"}],
        "quoteUri": remote.uri("/notes/7"), "interactionPolicy": {"canQuote": {"automaticApproval": "https://www.w3.org/ns/activitystreams#Public"}},
    });
    let profile = json!({
        "name": "Bob", "summary": "<p>hi</p>", "url": remote.uri("/@bob"), "published": "2026-01-01T00:00:00Z",
        "icon": {"type": "Image", "url": remote.uri("/i.png"), "name": "me"}, "image": {"type": "Image", "url": remote.uri("/j.png")},
        "attachment": [{"type": "PropertyValue", "name": "web", "value": "<a href=\"https://x.example\">x</a>"}],
        "featured": remote.uri("/users/bob/featured"), "alsoKnownAs": [remote.uri("/users/old")], "attributionDomains": ["x.example"],
        "movedTo": remote.uri("/users/new"), "webfinger": "bob@b.example",
    });
    let mut actor = bob.clone();
    actor.as_object_mut().unwrap().extend(profile.as_object().unwrap().clone());
    let mut paths = Vec::new();
    let mut n = 1;
    let sample = remote.create(&bob, &remote.note(&bob, 1, everything.clone()));
    texts(&sample, "", &mut paths);
    let update =
        json!({"id": remote.uri("/updates/1"), "type": "Update", "actor": bob["id"], "object": actor});
    let mut of_profile = Vec::new();
    texts(&update, "", &mut of_profile);
    assert!(paths.len() > 30 && of_profile.len() > 30);
    let marks = ["\0", "\u{1}\u{8}\t\r\n\u{1f}\u{7f}\u{85}\u{202e}\u{2028}\u{feff}\u{fffe}"];
    for mark in marks {
        let broken = |whole: &Value, path: &str| {
            let mut whole = whole.clone();
            let place = whole.pointer_mut(path).unwrap();
            let text = place.as_str().unwrap();
            let middle = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
            *place = json!(format!("{mark}{}{mark}{}{mark}", &text[..middle], &text[middle..]));
            whole
        };
        for path in &paths {
            n += 1;
            let note = remote.note(&bob, n, everything.clone());
            let status = remote.sends(&app, &broken(&remote.create(&bob, &note), path));
            assert!(status < 500, "{mark:?} in {path}: {status}");
        }
        for path in &of_profile {
            let status = remote.sends(&app, &broken(&update, path));
            assert!(status < 500, "{mark:?} in {path}: {status}");
        }
        app.clock.advance(24 * 3_600_000);
        app.tick();
    }
    assert_eq!(remote.sends(&app, &update), 202);
    assert_eq!(sori::platform::native::take_errors(), Vec::<String>::new());
    let (mut kept, lines) =
        (0, ["accounts.display_name", "statuses.spoiler_text", "status_tags.tag", "accounts.username"]);
    for (column, text) in stored_texts(&app) {
        kept += 1;
        assert!(!text.contains('\0'), "NUL in {column}: {text:?}");
        let is_line =
            lines.contains(&column.as_str()) || column.ends_with(".uri") || column.ends_with(".url");
        assert!(!is_line || !text.chars().any(char::is_control), "{column}: {text:?}");
    }
    assert!(kept > 100 && remote_statuses(&app) > 50, "{kept} {}", remote_statuses(&app));
    let account = alice.finds("bob@b.example")["id"].as_str().unwrap().to_owned();
    for path in
        ["timelines/home", "timelines/public", "notifications", &format!("accounts/{account}/statuses")]
    {
        alice.get(&format!("/api/v1/{path}?limit=40"));
    }
}

/// A note with as many of each thing as possible costs no more rows than the bounds of FEDERATION.md allow.
#[test]
fn what_one_note_brings_is_bounded_in_rows() {
    let (app, remote, bob) = cast();
    let people: Vec<String> = (0..60)
        .map(|n| {
            app.person(&format!("p{n}"));
            format!("https://a.example/users/p{n}")
        })
        .collect();
    let cost = |n: u32, most: usize| {
        let take = |entry: &dyn Fn(usize) -> Value| (0..most).map(entry).collect::<Vec<Value>>();
        let mut tags = take(&|n| json!({"type": "Hashtag", "name": format!("#tag{n}")}));
        tags.extend(take(&|n| json!({"type": "Mention", "href": people[n % people.len()]})));
        tags.extend(take(&|n| json!({"type": "Emoji", "name": format!(":e{n}:"), "icon": {"url": remote.uri(&format!("/e{n}.png"))}})));
        let note = remote.note(
            &bob,
            n,
            json!({"type": "Question", "tag": tags, "cc": people.iter().take(most).collect::<Vec<_>>(),
            "anyOf": take(&|n| json!({"type": "Note", "name": format!("option {n}")})),
            "attachment": take(&|n| json!({"type": "Image", "url": remote.uri(&format!("/{n}.png"))}))}),
        );
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
        *app.cost.borrow()
    };
    cost(1, 1);
    let (some, many, more) = (cost(2, 60), cost(3, 400), cost(4, 1_200));
    println!("{some:?}\n{many:?}\n{more:?}");
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE uri LIKE '%notes/4'"), 1);
    assert_eq!((many.rows_written, many.statements), (more.rows_written, more.statements));
    let of_last = "FROM statuses WHERE uri LIKE '%notes/4'";
    let count = |what: &str| {
        let sql = format!("SELECT {what} AS n {of_last}");
        let rows = pollster::block_on(app.db.query(sori::platform::sql::Statement::new(sql))).unwrap();
        rows[0].int("n").unwrap()
    };
    assert_eq!(count("(SELECT count(*) FROM status_tags t WHERE t.status_id = statuses.id)"), 30);
    assert_eq!(count("json_array_length(media)"), 16);
    assert_eq!(count("json_array_length(emojis)"), 100);
    assert!(more.rows_written < 700, "{more:?}");
}
