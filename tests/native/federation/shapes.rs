//! What other servers send, in all its forms (traps 21 to 37).

use serde_json::{Value, json};
use sori::activitypub::wire::vocab;
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, settle};
use crate::remote::Remote;

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// Alice follows bob of another server.
struct Cast {
    app: TestApp,
    alice: Person,
    remote: Remote,
    bob: Value,
}

fn cast() -> Cast {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    // Files have the addresses that the other server gives.
    app.set_media_proxy("direct");
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let bob = remote.person("bob");
    alice.finds("bob@b.example");
    app.db.run(&format!(
        "INSERT INTO follows (account_id, target_id, id, uri) SELECT {}, id, 1, 'https://a.example/f/1' FROM accounts WHERE username = 'bob'",
        alice.id
    ));
    Cast { app, alice, remote, bob }
}

impl Cast {
    /// Sends a note with these properties; returns its status as alice sees it.
    fn says(&self, id: u32, extra: Value) -> Value {
        let note = self.remote.note(&self.bob, id, extra);
        let code = self.remote.sends(&self.app, &self.remote.create(&self.bob, &note));
        assert_eq!(code, 202, "{note}");
        self.alice.sees(&json!(self.remote.uri(&format!("/notes/{id}")))).unwrap_or(Value::Null)
    }
}

#[test]
fn fed_trap_21_scalar_list_or_object_for_every_property() {
    let c = cast();
    let shapes = [
        json!({"to": PUBLIC, "cc": null, "attributedTo": [c.bob["id"]], "type": ["Note"], "tag": {"type": "Hashtag", "name": "#a"}}),
        json!({"to": {"id": PUBLIC}, "attributedTo": {"id": c.bob["id"], "type": "Person"}, "url": {"type": "Link", "href": "https://b.example/@bob/1"}}),
        json!({"to": [[PUBLIC], PUBLIC], "attributedTo": [{"id": c.bob["id"]}], "tag": [null, "x", 5, []], "inReplyTo": []}),
        json!({"attachment": {"type": ["Document"], "mediaType": "image/png", "url": ["https://b.example/1.png"]}, "url": []}),
        json!({"attachment": [{"type": "Image", "url": [{"type": "Link", "href": "https://b.example/2.png", "mediaType": "image/png"}], "icon": "https://b.example/3.png"}]}),
    ];
    for (n, extra) in shapes.into_iter().enumerate() {
        let seen = c.says(n as u32 + 1, extra.clone());
        assert_eq!(seen["visibility"], "public", "{extra}: {seen}");
        if extra.get("attachment").is_some() {
            assert_eq!(seen["media_attachments"][0]["type"], "image", "{seen}");
        }
    }
    // The activity around it, too.
    let note = c.remote.note(&c.bob, 9, json!({}));
    let mut create = c.remote.create(&c.bob, &note);
    create["actor"] = json!([{"id": c.bob["id"], "type": "Person"}]);
    create["object"] = json!([note]);
    create["type"] = json!(["Create"]);
    let mut signed = create.clone();
    signed["actor"] = c.bob["id"].clone();
    let mut request = c.remote.request(&c.app, &signed);
    assert_eq!(c.app.send(request.clone()).status, 202);
    assert!(c.alice.sees(&json!(c.remote.uri("/notes/9"))).is_some());
    request.body = b"[]".to_vec();
    assert_eq!(c.app.send(request).status, 400);
}

#[test]
fn fed_trap_22_everybody_in_three_spellings() {
    let c = cast();
    for (n, everybody) in ["as:Public", "Public", PUBLIC].into_iter().enumerate() {
        let id = n as u32 * 2 + 1;
        assert_eq!(c.says(id, json!({"to": [everybody], "cc": []}))["visibility"], "public", "{everybody}");
        let unlisted = c.says(id + 1, json!({"to": [c.bob["followers"]], "cc": everybody}));
        assert_eq!(unlisted["visibility"], "unlisted", "{everybody}");
    }
    assert_eq!(
        c.says(9, json!({"to": [c.bob["followers"]], "cc": ["as:public", "https://b.example/Public"]}))["visibility"],
        "private"
    );
}

#[test]
fn fed_trap_23_a_film_has_a_page_and_files() {
    let c = cast();
    let seen = c.says(1, json!({"type": "Video", "name": "Ferns", "content": null,
        "attributedTo": [{"type": "Group", "id": "https://b.example/users/channel"}, {"type": "Person", "id": c.bob["id"]}],
        "icon": [{"type": "Image", "url": "https://b.example/p.jpg", "width": 900}],
        "url": [{"type": "Link", "mimeType": "text/html", "href": "https://b.example/w/1"},
            {"type": "Link", "mimeType": "video/mp4", "href": "https://b.example/480.mp4", "height": 480},
            {"type": "Link", "mediaType": "application/x-bittorrent", "href": "https://b.example/1.torrent"}]}));
    assert_eq!(seen["url"], "https://b.example/w/1");
    assert!(seen["content"].as_str().unwrap().contains("<strong>Ferns</strong>"), "{seen}");
    let film = &seen["media_attachments"][0];
    assert_eq!((&film["type"], &film["url"]), (&json!("video"), &json!("https://b.example/480.mp4")));
    assert_eq!(film["preview_url"], "https://b.example/p.jpg");
}

#[test]
fn films_and_sounds_have_the_pictures_that_their_servers_name() {
    let c = cast();
    let picture = |name: &str| json!({"type": "Image", "url": format!("https://b.example/{name}.jpg")});
    for (n, (kind, more, wanted)) in [
        ("video/mp4", json!({}), Value::Null),
        ("audio/mpeg", json!({}), Value::Null),
        ("video/mp4", json!({"icon": picture("icon"), "image": picture("image")}), json!("icon")),
        ("audio/mpeg", json!({"image": "https://b.example/image.jpg"}), json!("image")),
        ("audio/mpeg", json!({"preview": picture("preview")}), json!("preview")),
        ("video/mp4", json!({"icon": [{"type": "Image", "url": "https://b.example/s.jpg", "width": 20},
            {"type": "Link", "href": "https://b.example/l.jpg", "width": 200}]}), json!("l")),
        // A shorter film, what is no address, and a page.
        ("video/mp4", json!({"preview": {"type": "Video", "url": "https://b.example/short.mp4"}}), Value::Null),
        ("video/mp4", json!({"icon": "javascript:1", "image": {"type": "Link", "mediaType": "text/html", "href": "https://b.example/"}}), Value::Null),
        ("image/png", json!({}), json!("file")),
        ("image/png", json!({"icon": picture("small")}), json!("small")),
    ]
    .into_iter()
    .enumerate()
    {
        let mut file = json!({"type": "Document", "mediaType": kind, "url": "https://b.example/file.jpg"});
        file.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let seen = c.says(n as u32 + 1, json!({"attachment": [file]}));
        let found = &seen["media_attachments"][0];
        let address = wanted.as_str().map(|name| format!("https://b.example/{name}.jpg"));
        assert_eq!(found["preview_url"].as_str(), address.as_deref(), "{file}");
        let remote = address.filter(|_| wanted != "file");
        assert_eq!(found["preview_remote_url"].as_str(), remote.as_deref(), "{file}");
        assert_eq!(found["url"], "https://b.example/file.jpg");
    }
}

#[test]
fn fed_trap_24_texts_in_maps_and_values() {
    let c = cast();
    for (n, (extra, text, language)) in [
        (json!({"content": {"@value": "<p>one</p>"}}), "<p>one</p>", Value::Null),
        (json!({"content": null, "contentMap": {"ko": "<p>둘</p>"}}), "<p>둘</p>", json!("ko")),
        (
            json!({"content": "<p>three</p>", "contentMap": {"de": "<p>drei</p>", "en": "<p>three</p>"}}),
            "<p>three</p>",
            json!("en"),
        ),
        (json!({"content": null, "contentMap": null}), "", Value::Null),
        (json!({"content": ["<p>first</p>", "<p>second</p>"]}), "<p>first</p>", Value::Null),
        (json!({"content": 5, "contentMap": [1]}), "", Value::Null),
    ]
    .into_iter()
    .enumerate()
    {
        let seen = c.says(n as u32 + 1, extra.clone());
        assert_eq!((seen["content"].as_str(), &seen["language"]), (Some(text), &language), "{extra}");
    }
}

#[test]
fn fed_trap_25_invalid_objects() {
    let c = cast();
    let nested = json!({"type": "Announce", "object": {"type": "Announce", "object": {"type": "Announce", "object": {"type": "Announce", "object": {"type": "Announce"}}}}});
    for kind in [
        "Create",
        "Update",
        "Delete",
        "Announce",
        "Like",
        "Undo",
        "Follow",
        "Accept",
        "Reject",
        "Block",
        "Add",
        "Remove",
        "Move",
        "Flag",
        "EmojiReact",
        "QuoteRequest",
    ] {
        for (n, object) in [
            json!(null),
            json!(5),
            json!([]),
            json!([null]),
            json!({}),
            json!({"id": null}),
            json!(""),
            json!({"type": "Note"}),
            nested.clone(),
            json!(true),
            json!("bear:?t=x&u=https://b.example/1"),
        ]
        .into_iter()
        .enumerate()
        {
            let activity = json!({"id": c.remote.uri(&format!("/x/{kind}/{n}")), "type": kind, "actor": c.bob["id"], "object": object, "tag": [null]});
            let code = c.remote.sends(&c.app, &activity);
            assert!(code == 202 || (400..500).contains(&code), "{kind} {activity}: {code}");
            let mut without = activity.clone();
            without.as_object_mut().unwrap().remove("object");
            without.as_object_mut().unwrap().remove("id");
            let code = c.remote.sends(&c.app, &without);
            assert!(code == 202 || (400..500).contains(&code), "{kind} without: {code}");
        }
    }
}

#[test]
fn fed_trap_26_objects_without_an_id() {
    let c = cast();
    // An anonymous Create, emojis without ids and tags that are plain URLs.
    let mut create = c.remote.create(&c.bob, &c.remote.note(&c.bob, 1, json!({"tag": ["https://b.example/tags/x",
        {"id": null, "type": "Emoji", "name": ":fern:", "icon": {"type": "Image", "url": "https://b.example/f.png"}}]})));
    create.as_object_mut().unwrap().remove("id");
    assert_eq!(c.remote.sends(&c.app, &create), 202);
    assert_eq!(c.alice.sees(&json!(c.remote.uri("/notes/1"))).unwrap()["emojis"][0]["shortcode"], "fern");
    // A note without an id is refused.
    let mut nameless = c.remote.create(&c.bob, &c.remote.note(&c.bob, 2, json!({})));
    nameless["object"]["id"] = Value::Null;
    assert_eq!(c.remote.sends(&c.app, &nameless), 202);
    assert_eq!(c.app.count("SELECT count(*) AS n FROM statuses"), 1);
}

#[test]
fn fed_trap_27_advisory_cve_2026_46349_keywords_that_rearrange_are_refused() {
    let c = cast();
    for keyword in ["@graph", "@included", "@reverse"] {
        let mut create = c.remote.create(&c.bob, &c.remote.note(&c.bob, 1, json!({})));
        create["object"][keyword] = json!([{"id": "https://c.example/1"}]);
        assert_eq!(c.remote.sends(&c.app, &create), 400, "{keyword}");
    }
    let odd = json!({"id": c.remote.uri("/x/1"), "type": "Frobnicate", "actor": c.bob["id"], "object": "https://b.example/1"});
    assert_eq!(c.remote.sends(&c.app, &odd), 202);
    assert_eq!(c.app.count("SELECT count(*) AS n FROM statuses"), 0);
}

#[test]
fn fed_trap_28_a_context_is_never_fetched() {
    let c = cast();
    let before = c.app.network.log_len();
    for (n, context) in [
        json!("https://evil.example/context"),
        json!([{"content": "https://evil.example/ns#other"}, "https://evil.example/x"]),
        json!({"as": "https://evil.example/"}),
        Value::Null,
    ]
    .into_iter()
    .enumerate()
    {
        let note = c.remote.note(&c.bob, n as u32 + 1, json!({"type": "as:Note"}));
        let mut create = c.remote.create(&c.bob, &note);
        create["@context"] = context;
        assert_eq!(c.remote.sends(&c.app, &create), 202);
        assert!(c.alice.sees(&note["id"]).is_some(), "{create}");
    }
    assert_eq!(c.app.network.log_len(), before);
}

#[test]
fn fed_trap_29_a_context_may_be_missing_in_what_is_signed_and_not_in_what_is_fetched() {
    let c = cast();
    let note = c.remote.note(&c.bob, 1, json!({}));
    let mut create = c.remote.create(&c.bob, &note);
    create.as_object_mut().unwrap().remove("@context");
    assert_eq!(c.remote.sends(&c.app, &create), 202);
    assert!(c.alice.sees(&note["id"]).is_some());
    let found = |n: u32, context: Value| {
        let mut note = c.remote.note(&c.bob, n, json!({"@context": context}));
        note = c.remote.serve(note);
        let search = format!("/api/v2/search?resolve=true&type=statuses&q={}", note["id"].as_str().unwrap());
        c.alice.get(&search)["statuses"].as_array().unwrap().len()
    };
    let ours = "https://www.w3.org/ns/activitystreams";
    assert_eq!(found(2, json!([{"x": "https://x.example/#"}, ours])), 1);
    assert_eq!(found(3, json!(ours)), 1);
    for (n, none) in
        [json!(null), json!([]), json!("https://schema.org"), json!({"@vocab": "x"})].into_iter().enumerate()
    {
        assert_eq!(found(4 + n as u32, none.clone()), 0, "{none}");
    }
}

#[test]
fn fed_trap_30_bytes_that_are_not_utf8() {
    let c = cast();
    let create = c.remote.create(&c.bob, &c.remote.note(&c.bob, 1, json!({}))).to_string();
    let send = |body: Vec<u8>| {
        let signed = c.remote.request_body(&c.app, c.bob["id"].as_str().unwrap(), body);
        c.app.send(signed).status
    };
    assert_eq!(send(create.encode_utf16().flat_map(u16::to_le_bytes).collect()), 400);
    assert_eq!(send([create.as_bytes(), b"\xff\xfe"].concat()), 400);
    assert_eq!(send(create.replace("note 1", "\\ud800 alone").into_bytes()), 400);
    assert_eq!(
        send(
            create
                .replace("\"to\"", "\"replies\":{\"totalItems\":9007199254740993000},\"to\"")
                .replace("/notes/1", "/notes/2")
                .into_bytes()
        ),
        202
    );
    // A NUL is removed, the rest stays; of a duplicate name the same one is used for the check and the
    // content.
    assert_eq!(
        send(create.replace("note 1", "before\\u0000after").replace("/notes/1", "/notes/3").into_bytes()),
        202
    );
    assert_eq!(c.alice.sees(&json!("https://b.example/notes/3")).unwrap()["content"], "<p>beforeafter</p>");
    let twice = create.replace("/notes/1", "/notes/4").replacen(
        "{",
        "{\"actor\":\"https://c.example/users/eve\",",
        1,
    );
    assert!([202, 403].contains(&send(twice.into_bytes())));
    assert_eq!(
        send([b"\xef\xbb\xbf".to_vec(), create.replace("/notes/1", "/notes/5").into_bytes()].concat()),
        202
    );
    assert!(c.alice.sees(&json!("https://b.example/notes/5")).is_some());
}

#[test]
fn fed_trap_31_timestamps_of_all_kinds() {
    let c = cast();
    for (n, published) in [
        json!("2026-09-21T10:00:00"),
        json!("2026-09-21T19:00:00+09:00"),
        json!("0000-01-01T00:00:00Z"),
        json!("+275760-09-13T00:00:00Z"),
        json!("2999-01-01T00:00:00Z"),
        Value::Null,
        json!(5),
        json!("yesterday"),
        json!("2026-13-45T99:99:99Z"),
    ]
    .into_iter()
    .enumerate()
    {
        let seen = c.says(
            n as u32 + 1,
            json!({"published": published, "updated": "1999-01-01T00:00:00Z", "duration": "P1Y"}),
        );
        let seen = if seen.is_null() {
            // A very old one is on its profile, not on the home timeline.
            let account = c.alice.finds("bob@b.example");
            let all = c
                .alice
                .get(&format!("/api/v1/accounts/{}/statuses?limit=40", account["id"].as_str().unwrap()));
            all.as_array()
                .unwrap()
                .iter()
                .find(|s| s["uri"] == c.remote.uri(&format!("/notes/{}", n + 1)))
                .cloned()
                .expect("a status")
        } else {
            seen
        };
        let created = seen["created_at"].as_str().unwrap();
        assert!(created <= "2026-09-21T23:59", "{published}: {created}");
        // Updated in 1999: only older versions were replaced.
        let is_older = created < "1999";
        assert_eq!(seen["edited_at"].is_null(), !is_older, "{published}");
        if n < 2 {
            assert_eq!(created, "2026-09-21T10:00:00.000Z", "{published}");
        }
    }
}

#[test]
fn fed_trap_33_warnings_are_plain_and_truth_is_spelled_in_many_ways() {
    let c = cast();
    let seen =
        c.says(1, json!({"summary": "<b>ferns</b> &amp; <script>x</script>moss", "sensitive": "true"}));
    let warning = seen["spoiler_text"].as_str().unwrap();
    assert!(warning.starts_with("ferns & ") && !warning.contains('<'), "{warning}");
    assert_eq!(seen["sensitive"], true);
    assert_eq!(c.says(2, json!({"sensitive": "true"}))["sensitive"], true);
    assert_eq!(c.says(3, json!({"sensitive": null, "summary": null}))["sensitive"], false);
    assert_eq!(c.says(4, json!({"summary": ""}))["spoiler_text"], "");
}

#[test]
fn fed_trap_35_hashtags_with_and_without() {
    let c = cast();
    let seen = c.says(1, json!({"tag": [{"type": "Hashtag", "name": "#Fern"}, {"type": "Hashtag", "name": "fern", "href": null},
        {"type": "Hashtag", "name": "고사리"}, {"type": "Hashtag", "name": "ＦＵＬＬ"}, {"type": "Hashtag"}, {"type": "Hashtag", "name": "#"}, {"type": "Hashtag", "name": 5}]}));
    let mut names: Vec<&str> =
        seen["tags"].as_array().unwrap().iter().map(|t| t["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["fern", "full", "고사리"]);
}

#[test]
fn fed_trap_36_mentions_by_page_and_without_an_address() {
    let c = cast();
    let mention = |href: &str| json!({"tag": [{"type": "Mention", "href": href, "name": "@alice"}]});
    // By page URL (Friendica), by id, and an unknown account (Minds).
    c.says(1, mention("https://a.example/@alice"));
    c.says(2, mention("https://a.example/users/alice"));
    c.says(3, mention("https://nobody.example/@x"));
    c.says(4, json!({"tag": [{"type": "Mention", "name": "@alice"}, {"type": "Mention", "href": ["https://a.example/users/alice"]}]}));
    // They are of one millisecond, so in any order.
    let told = c.alice.notifications();
    let mut told: Vec<&str> = told.iter().map(|n| n["status"]["uri"].as_str().unwrap()).collect();
    told.sort_unstable();
    assert_eq!(
        told,
        ["https://b.example/notes/1", "https://b.example/notes/2", "https://b.example/notes/4",]
    );
    // Mentioned and not addressed: visible only if addressed. Addressed and not mentioned: no notification.
    let quiet = c.says(5, json!({"to": ["https://a.example/users/alice"], "cc": []}));
    assert!(quiet.is_null() || quiet["visibility"] == "direct");
    assert_eq!(c.alice.notifications().len(), 3);
}

#[test]
fn fed_trap_37_bear_urls_are_not_fetched() {
    let c = cast();
    let bear = "bear:?t=secret&u=https://b.example/notes/1";
    for activity in [
        json!({"id": c.remote.uri("/x/1"), "type": "Announce", "actor": c.bob["id"], "object": bear, "to": [PUBLIC]}),
        json!({"id": c.remote.uri("/x/2"), "type": "Create", "actor": c.bob["id"], "object": bear}),
    ] {
        let code = c.remote.sends(&c.app, &activity);
        assert!(code == 202 || code == 403, "{code}");
    }
    settle(&[&c.app]);
    assert_eq!(c.app.count("SELECT count(*) AS n FROM statuses"), 0);
    let note = c.remote.note(&c.bob, 1, json!({"id": bear}));
    assert_eq!(c.remote.sends(&c.app, &c.remote.create(&c.bob, &note)), 403);
}

#[test]
fn activities_that_leave_out_optional_properties_are_applied() {
    let c = cast();
    // A note without author, in its author's own Create; one of another author never.
    let seen = c.says(1, json!({"attributedTo": null}));
    assert_eq!(seen["account"]["acct"], "bob@b.example");
    let eve = json!({"attributedTo": c.remote.uri("/users/eve")});
    assert_eq!(c.remote.sends(&c.app, &c.remote.create(&c.bob, &c.remote.note(&c.bob, 2, eve))), 403);
    // A Create with only an id.
    let note = c.remote.serve(c.remote.note(&c.bob, 3, json!({})));
    let create = json!({"id": c.remote.uri("/creates/3"), "type": "Create", "actor": c.bob["id"], "object": note["id"], "to": PUBLIC});
    assert_eq!(c.remote.sends(&c.app, &create), 202);
    settle(&[&c.app]);
    assert!(c.alice.sees(&note["id"]).is_some());
    let elsewhere = json!({"id": c.remote.uri("/creates/4"), "type": "Create", "actor": c.bob["id"], "object": "https://c.example/notes/1", "to": PUBLIC});
    assert_eq!(c.remote.sends(&c.app, &elsewhere), 202);
    assert_eq!(c.app.count("SELECT count(*) AS n FROM jobs"), 0);
    // A Follow without an id, and its Undo.
    let follow = json!({"type": "Follow", "actor": c.bob["id"], "object": "https://a.example/users/alice"});
    assert_eq!(c.remote.sends(&c.app, &follow), 202);
    settle(&[&c.app]);
    assert!(c.remote.got().contains(&"Accept".to_owned()), "{:?}", c.remote.got());
    assert_eq!(
        c.alice.get(&format!("/api/v1/accounts/{}/followers", c.alice.id)).as_array().unwrap().len(),
        1
    );
    let undo =
        json!({"id": c.remote.uri("/undos/1"), "type": "Undo", "actor": c.bob["id"], "object": follow});
    assert_eq!(c.remote.sends(&c.app, &undo), 202);
    assert_eq!(c.alice.get(&format!("/api/v1/accounts/{}/followers", c.alice.id)), json!([]));
}

#[test]
fn a_groups_announces_are_unwrapped_and_its_moderation_activities_ignored() {
    let c = cast();
    let mut group = c.remote.person("ferns");
    group["type"] = json!("Group");
    c.remote.serve(group.clone());
    c.alice.finds("ferns@b.example");
    c.app.db.run(&format!("INSERT INTO follows (account_id, target_id, id, uri) SELECT {}, id, 2, 'https://a.example/f/2' FROM accounts WHERE username = 'ferns'", c.alice.id));
    let network = &c.app.network;
    let lemmy = Remote::new(network, "c.example");
    let picard = lemmy.person("picard");
    let page = |text: &str| {
        lemmy.note(&picard, 1, json!({"type": "Page", "name": "Post title", "content": format!("<p>{text}</p>"),
        "attachment": [{"type": "Link", "href": "https://c.example/pic.png"}], "audience": group["id"], "to": [group["id"], PUBLIC], "language": {"identifier": "fr"}}))
    };
    lemmy.serve(page("make it so"));
    let announce = |n: u32, kind: &str, object: Value| {
        json!({"id": c.remote.uri(&format!("/announce/{n}")), "type": "Announce", "actor": group["id"], "to": [PUBLIC, group["followers"]],
        "object": {"id": lemmy.uri(&format!("/{kind}/{n}")), "type": kind, "actor": picard["id"], "object": object}})
    };
    // What the group embeds is not trusted: the page is fetched from its own server.
    assert_eq!(c.remote.sends(&c.app, &announce(1, "Create", page("forged"))), 202);
    settle(&[&c.app]);
    let boost = c.alice.home().into_iter().find(|s| !s["reblog"].is_null()).expect("a boost");
    let shown = &boost["reblog"];
    assert!(shown["content"].as_str().unwrap().contains("make it so"), "{shown}");
    assert_eq!(
        (&shown["media_attachments"][0]["url"], &shown["language"]),
        (&json!("https://c.example/pic.png"), &json!("fr"))
    );
    // Ignored without an error.
    network.take_log();
    for (n, kind) in
        ["Like", "Dislike", "Lock", "Undo", "Add", "Remove", "Block", "Flag"].into_iter().enumerate()
    {
        assert_eq!(
            c.remote.sends(&c.app, &announce(10 + n as u32, kind, page("x")["id"].clone())),
            202,
            "{kind}"
        );
    }
    assert_eq!(c.app.count("SELECT count(*) AS n FROM jobs"), 0);
    assert!(network.take_log().is_empty(), "nothing is asked of anybody");
    // A change counts where its own server confirms it.
    lemmy.serve(page("make it so, now"));
    let mut newer = page("make it so, now");
    newer["updated"] = json!("2026-09-21T11:00:00Z");
    lemmy.serve(newer);
    assert_eq!(c.remote.sends(&c.app, &announce(20, "Update", page("forged"))), 202);
    settle(&[&c.app]);
    let read = |uri: &Value| c.alice.get(&format!("/api/v1/statuses/{}", uri.as_str().unwrap()));
    assert!(read(&shown["id"])["content"].as_str().unwrap().contains("so, now"));
    // A deletion that its server does not confirm is ignored; then it is confirmed.
    let delete = announce(21, "Delete", page("x")["id"].clone());
    assert_eq!(c.remote.sends(&c.app, &delete), 202);
    settle(&[&c.app]);
    assert_eq!(c.app.count("SELECT count(*) AS n FROM statuses WHERE uri = 'https://c.example/notes/1'"), 1);
    lemmy.forget("/notes/1");
    assert_eq!(c.remote.sends(&c.app, &announce(22, "Delete", page("x")["id"].clone())), 202);
    settle(&[&c.app]);
    assert_eq!(c.app.count("SELECT count(*) AS n FROM statuses WHERE uri = 'https://c.example/notes/1'"), 0);
}

#[test]
fn every_object_type_becomes_a_status_with_text() {
    let c = cast();
    let event = c.says(1, json!({"type": "Event", "name": "Fern walk", "content": "<p>Bring boots</p>", "startTime": "2026-10-01T13:00:00Z",
        "location": {"type": "Place", "name": "The wood"}, "attachment": [{"type": "Document", "mediaType": "image/jpeg", "url": "https://b.example/w.jpg"}]}));
    let text = event["content"].as_str().unwrap();
    assert!(
        text.contains("Fern walk")
            && text.contains("2026-10-01 13:00 UTC · The wood")
            && text.contains("Bring boots"),
        "{text}"
    );
    assert_eq!(event["media_attachments"].as_array().unwrap().len(), 1);
    let sound = c.says(2, json!({"type": "Audio", "name": "Wind", "url": [{"type": "Link", "mimeType": "audio/ogg", "href": "https://b.example/w.ogg"}, {"type": "Link", "mimeType": "text/html", "href": "https://b.example/w"}]}));
    assert_eq!(
        (&sound["media_attachments"][0]["type"], &sound["url"]),
        (&json!("audio"), &json!("https://b.example/w"))
    );
    let picture = c.says(3, json!({"type": "Image", "name": "Moss", "mediaType": "image/webp", "url": "https://b.example/m.webp"}));
    assert_eq!(picture["media_attachments"][0]["url"], "https://b.example/m.webp");
    let article = c.says(4, json!({"type": "Article", "name": "On ferns", "content": "<p>long</p>".repeat(2000), "url": "https://b.example/on-ferns"}));
    let text = article["content"].as_str().unwrap();
    assert!(
        text.len() < 3000 && text.contains("On ferns") && text.contains("https://b.example/on-ferns"),
        "{}",
        text.len()
    );
    for kind in ["ChatMessage", "Tombstone", "Place", "Profile", "Relationship", "Person"] {
        assert!(c.says(9, json!({"type": kind})).is_null(), "{kind}");
    }
}

#[test]
fn fed_trap_70_remote_counts_are_shown_where_higher_and_never_for_local_statuses() {
    let c = cast();
    let counted = json!({"likes": {"type": "Collection", "totalItems": 12}, "shares": {"totalItems": "7"}, "replies": {"totalItems": 3}});
    c.remote.serve(c.remote.note(&c.bob, 1, counted));
    let found = c.alice.get("/api/v2/search?resolve=true&q=https://b.example/notes/1")["statuses"][0].clone();
    assert_eq!(
        (&found["favourites_count"], &found["reblogs_count"], &found["replies_count"]),
        (&json!(12), &json!(7), &json!(3))
    );
    c.alice.act(&found, "favourite");
    assert_eq!(
        c.app.count("SELECT favourites_count AS n FROM statuses WHERE uri = 'https://b.example/notes/1'"),
        1
    );
    let absurd = json!({"likes": {"totalItems": 9007199254740993i64}, "shares": {"totalItems": -5}, "replies": {"totalItems": {"x": 1}}});
    c.remote.serve(c.remote.note(&c.bob, 2, absurd));
    let found = c.alice.get("/api/v2/search?resolve=true&q=https://b.example/notes/2")["statuses"][0].clone();
    assert_eq!(
        (&found["favourites_count"], &found["reblogs_count"], &found["replies_count"]),
        (&json!(0), &json!(0), &json!(0))
    );
    assert_eq!(vocab::note::total(&json!({"totalItems": 5})), Some(5));
}

#[test]
fn advisory_ghsa_qrgq_markup_that_breaks_a_parser_breaks_no_timeline() {
    let c = cast();
    for (n, html) in [
        "<math><semantics><annotation>x</annotation></semantics></math>",
        "<math><annotation encoding>",
        "<<<>>><p",
        "<p a=\"",
        "<svg><![CDATA[",
        "<a href='javascript:x'>y</a>",
        &"<b>".repeat(5000),
    ]
    .iter()
    .enumerate()
    {
        c.says(n as u32 + 1, json!({"content": html, "summary": html, "name": html, "tag": [{"type": "Hashtag", "name": html}]}));
    }
    assert!(c.alice.home().len() >= 7);
    assert!(!json!(c.alice.home()).to_string().contains("javascript:"));
}
