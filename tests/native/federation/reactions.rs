//! Emoji reactions between servers and for clients that know them.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, id, settle};
use crate::remote::{Remote, scene};

/// A reaction of bob's.
fn reaction(remote: &Remote, who: &Value, n: u32, to: &Value, extra: Value) -> Value {
    let mut all = json!({"id": remote.uri(&format!("/reactions/{n}")), "type": "EmojiReact", "actor": who["id"], "object": to["uri"]});
    all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    all
}

fn undo(remote: &Remote, who: &Value, object: Value) -> Value {
    json!({"id": remote.uri("/undos/1"), "type": "Undo", "actor": who["id"], "object": object})
}

/// Names and counts, as the status shows them.
fn counts(person: &Person, post: &Value) -> Vec<(String, i64)> {
    let status = person.get(&format!("/api/v1/statuses/{}", id(post)));
    let all = status["pleroma"]["emoji_reactions"].as_array().cloned().unwrap_or_default();
    assert_eq!(status["emoji_reactions"].as_array().cloned().unwrap_or_default(), all);
    all.iter().map(|r| (r["name"].as_str().unwrap().to_owned(), r["count"].as_i64().unwrap())).collect()
}

fn plain(name: &str, n: i64) -> (String, i64) {
    (name.to_owned(), n)
}

fn path(post: &Value, emoji: &str) -> String {
    let emoji: String = url::form_urlencoded::byte_serialize(emoji.as_bytes()).collect();
    format!("/api/v1/pleroma/statuses/{}/reactions/{emoji}", id(post))
}

#[test]
fn reactions_in_every_format_are_counted_and_undone() {
    let (app, alice, remote, bob) = scene();
    let carol = remote.person("carol");
    app.set_media_proxy("direct");
    let post = alice.posts("hello");
    let blob = json!([{"id": null, "type": "Emoji", "name": ":blob:", "icon": {"type": "Image", "url": "https://b.example/blob.png"}}]);
    for (who, n, extra) in [
        (&bob, 1, json!({"content": "🔥"})),
        (&carol, 2, json!({"content": "🔥"})),
        (&bob, 3, json!({"type": "Like", "content": "👍", "_misskey_reaction": "👍"})),
        (&bob, 4, json!({"type": "Like", "_misskey_reaction": "❤"})),
        (&bob, 5, json!({"content": ":blob:", "tag": blob})),
        (&bob, 1, json!({"content": "🔥"})),
        (&bob, 6, json!({"content": "🔥"})),
    ] {
        assert_eq!(remote.sends(&app, &reaction(&remote, who, n, &post, extra)), 202);
    }
    assert_eq!(
        counts(&alice, &post),
        [plain("🔥", 2), plain("blob@b.example", 1), plain("❤\u{FE0F}", 1), plain("👍", 1)]
    );
    let status = alice.get(&format!("/api/v1/statuses/{}", id(&post)));
    assert_eq!(status["favourites_count"], 0);
    // The account that reacted.
    let all = alice.get(&format!("/api/v1/pleroma/statuses/{}/reactions", id(&post)));
    assert_eq!((&all[0]["name"], all[0]["accounts"].as_array().unwrap().len()), (&json!("🔥"), 2));
    assert_eq!(
        (&all[1]["url"], &all[1]["accounts"][0]["acct"]),
        (&json!("https://b.example/blob.png"), &json!("bob@b.example"))
    );
    let one = alice.get(&path(&post, "👍"));
    assert_eq!((one.as_array().unwrap().len(), &one[0]["count"]), (1, &json!(1)));
    // Signed before its Undo, delivered afterwards.
    let late = remote.request(&app, &reaction(&remote, &bob, 3, &post, json!({"content": "👍"})));
    app.clock.advance(1000);
    // By id, embedded, and without an id.
    for object in [
        json!(remote.uri("/reactions/1")),
        reaction(&remote, &bob, 3, &post, json!({"type": "Like", "content": "👍"})),
        json!({"type": "EmojiReact", "actor": bob["id"], "object": post["uri"], "content": ":blob:", "tag": blob}),
    ] {
        assert_eq!(remote.sends(&app, &undo(&remote, &bob, object)), 202);
    }
    assert_eq!(counts(&alice, &post), [plain("❤\u{FE0F}", 1), plain("🔥", 1)]);
    // Nobody can undo another's reaction; one that arrives after its Undo is ignored.
    let others = json!(remote.uri("/reactions/2"));
    assert_eq!(remote.sends(&app, &undo(&remote, &bob, others)), 202);
    assert_eq!(app.send(late).status, 202);
    assert_eq!(counts(&alice, &post), [plain("❤\u{FE0F}", 1), plain("🔥", 1)]);
    let scans = crate::store::schema::scans(&app);
    assert!(scans.is_empty(), "{scans:#?}");
}

/// An Undo may enclose the reaction without what it was.
#[test]
fn a_reaction_to_several_statuses_is_undone_by_its_id() {
    let (app, alice, remote, bob) = scene();
    let posts = [alice.posts("one"), alice.posts("two")];
    let named = json!({"uri": [posts[0]["uri"], posts[1]["uri"]]});
    assert_eq!(remote.sends(&app, &reaction(&remote, &bob, 1, &named, json!({"content": "🔥"}))), 202);
    assert_eq!(remote.sends(&app, &reaction(&remote, &bob, 2, &posts[1], json!({"content": "👍"}))), 202);
    assert_eq!(counts(&alice, &posts[0]), [plain("🔥", 1)]);
    app.clock.advance(1000);
    assert_eq!(remote.sends(&app, &undo(&remote, &bob, reaction(&remote, &bob, 1, &named, json!({})))), 202);
    assert_eq!((counts(&alice, &posts[0]), counts(&alice, &posts[1])), (vec![], vec![plain("👍", 1)]));
    let other = reaction(&remote, &bob, 2, &posts[1], json!({}));
    assert_eq!(remote.sends(&app, &undo(&remote, &bob, other)), 202);
    assert_eq!(counts(&alice, &posts[1]), []);
}

#[test]
fn fed_trap_38_what_is_not_one_emoji_is_no_reaction() {
    let (app, alice, remote, bob) = scene();
    let post = alice.posts("hello");
    let long = "👨".to_owned() + &"\u{200D}👩".repeat(50);
    for (n, content) in
        ["👌👌", "ok", "", " ", ":blob:", "<b>x</b>", "5", "\"", long.as_str()].iter().enumerate()
    {
        let sent = reaction(&remote, &bob, n as u32, &post, json!({"content": content}));
        assert_eq!(remote.sends(&app, &sent), 202, "{content}");
    }
    assert_eq!(counts(&alice, &post), []);
    assert_eq!(alice.notifications().len(), 0);
    // The longest that is one.
    let longest = "👨🏽".repeat(3).replace("👨🏽👨🏽👨🏽", "👨🏽\u{200D}👨🏽\u{200D}👨🏽") + &"\u{200D}👩".repeat(10);
    assert_eq!(longest.len(), 100);
    let other = alice.posts("hello again");
    let sent = reaction(&remote, &bob, 80, &other, json!({"content": longest}));
    assert_eq!(remote.sends(&app, &sent), 202);
    assert_eq!(counts(&alice, &other), [plain(&longest, 1)]);
    assert_eq!(remote.sends(&app, &undo(&remote, &bob, json!(remote.uri("/reactions/80")))), 202);
    // As a Like it still counts.
    let like = reaction(&remote, &bob, 90, &post, json!({"type": "Like", "content": "👌👌"}));
    assert_eq!(remote.sends(&app, &like), 202);
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&post)))["favourites_count"], 1);
    assert_eq!(alice.notifications()[0]["type"], "favourite");
}

#[test]
fn fed_trap_34_custom_emojis_of_two_servers_and_odd_spellings() {
    let (app, alice, remote, bob) = scene();
    let other = Remote::new(&app.network, "c.example");
    let carol = other.person("carol");
    let post = alice.posts("hello");
    let tag = |name: &str, icon: Value| json!([{"type": "Emoji", "name": name, "icon": icon}]);
    // Without colons, with a bare icon, in letters of another script; and two of one name.
    for (n, content, tags) in [
        (1, ":blob:", tag("blob", json!("https://b.example/blob.png"))),
        (2, ":안녕:", tag(":안녕:", json!({"url": "https://b.example/hi.png"}))),
        (3, ":none:", tag(":other:", json!("https://b.example/x.png"))),
        (4, ":x\":", tag(":x\":", json!("https://b.example/x.png"))),
        (5, ":data:", tag(":data:", json!("data:image/png;base64,AAAA"))),
    ] {
        let sent = reaction(&remote, &bob, n, &post, json!({"content": content, "tag": tags}));
        assert_eq!(remote.sends(&app, &sent), 202);
    }
    let same = reaction(
        &other,
        &carol,
        1,
        &post,
        json!({"content": ":blob:", "tag": tag(":blob:", json!("https://c.example/blob.png"))}),
    );
    assert_eq!(other.sends(&app, &same), 202);
    assert_eq!(
        counts(&alice, &post),
        [plain("blob@b.example", 1), plain("blob@c.example", 1), plain("안녕@b.example", 1)]
    );
    // Existing custom emojis can be joined: by local accounts, and by others that use the same picture.
    alice.ok("PUT", &path(&post, "blob@b.example"), None);
    let joined = reaction(
        &other,
        &carol,
        2,
        &post,
        json!({"content": ":blob@b.example:", "tag": tag(":blob:", json!("https://b.example/blob.png"))}),
    );
    assert_eq!(other.sends(&app, &joined), 202);
    assert_eq!(counts(&alice, &post)[0], plain("blob@b.example", 3));
}

#[test]
fn reactions_of_one_account_are_limited() {
    let (app, alice, remote, bob) = scene();
    let post = alice.posts("hello");
    for (n, emoji) in ["😀", "😁", "😂", "😃", "😄", "😅", "😆"].iter().enumerate() {
        remote.sends(&app, &reaction(&remote, &bob, n as u32, &post, json!({"content": emoji})));
    }
    assert_eq!(counts(&alice, &post).len(), 5);
    for emoji in ["😀", "😁", "😂", "😃", "😄"] {
        alice.ok("PUT", &path(&post, emoji), None);
    }
    assert_eq!(alice.call("PUT", &path(&post, "😅"), None).status, 422);
    assert_eq!(alice.call("PUT", &path(&post, "word"), None).status, 422);
    // Reactions of accounts blocked by alice are not counted.
    let carol = remote.person("carol");
    let found = alice.finds("carol@b.example");
    alice.post(&format!("/api/v1/accounts/{}/block", id(&found)), json!({}));
    remote.sends(&app, &reaction(&remote, &carol, 70, &post, json!({"content": "😀"})));
    assert_eq!(counts(&alice, &post)[0], plain("😀", 2));
}

#[test]
fn a_local_reaction_is_seen_on_three_servers() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let apps: Vec<TestApp> =
        ["a.example", "b.example", "c.example"].iter().map(|h| TestApp::new(&network, h, &clock)).collect();
    let all: Vec<&TestApp> = apps.iter().collect();
    let (alice, bob, carol) = (apps[0].person("alice"), apps[1].person("bob"), apps[2].person("carol"));
    let dave = apps[0].person("dave");
    bob.follows(&alice);
    carol.follows(&alice);
    settle(&all);
    let post = alice.posts("react!");
    settle(&all);
    let seen = bob.sees(&post["uri"]).unwrap();
    let entity = bob.ok("PUT", &path(&seen, "🎉"), None);
    assert_eq!(
        (&entity["emoji_reactions"][0]["me"], &entity["emoji_reactions"][0]["count"]),
        (&json!(true), &json!(1))
    );
    // A repetition counts once.
    bob.ok("PUT", &path(&seen, "🎉"), None);
    dave.ok("PUT", &path(&post, "🎉"), None);
    settle(&all);
    assert_eq!(counts(&alice, &post), [plain("🎉", 2)]);
    // Followers whose servers support reactions see the local one.
    let at_carol = carol.sees(&post["uri"]).unwrap();
    assert_eq!(counts(&carol, &at_carol), [plain("🎉", 1)]);
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&post)))["emoji_reactions"][0]["me"], false);
    // A client that supports them gets them by name, another one as favourites.
    let told = alice.get("/api/v1/notifications?include_types[]=pleroma:emoji_reaction");
    let told: Vec<&Value> = told.as_array().unwrap().iter().filter(|n| n["type"] != "follow").collect();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|n| n["type"] == "pleroma:emoji_reaction" && n["emoji"] == "🎉"), "{told:?}");
    let plain_kinds = alice.notifications().iter().filter(|n| n["type"] == "favourite").count();
    assert_eq!(plain_kinds, 2);
    let grouped = alice.get("/api/v2/notifications");
    assert!(
        grouped["notification_groups"]
            .as_array()
            .unwrap()
            .iter()
            .all(|g| g["type"] != "pleroma:emoji_reaction")
    );
    assert_eq!(alice.get("/api/v1/notifications?exclude_types[]=favourite").as_array().unwrap().len(), 2);

    bob.ok("DELETE", &path(&seen, "🎉"), None);
    dave.ok("DELETE", &path(&post, "🎉"), None);
    settle(&all);
    assert_eq!(
        (counts(&alice, &post), counts(&bob, &seen), counts(&carol, &at_carol)),
        (vec![], vec![], vec![])
    );
    assert_eq!(alice.notifications().iter().filter(|n| n["type"] == "favourite").count(), 0);
    for app in &apps {
        let scans = crate::store::schema::scans(app);
        assert!(scans.is_empty(), "{scans:#?}");
    }
}

#[test]
fn an_emoji_react_is_sent_to_the_audience_of_the_status() {
    let (app, alice, remote, bob) = scene();
    app.db.run("INSERT INTO custom_emojis (shortcode, url, static_url) VALUES ('fern', 'https://a.example/fern.png', 'https://a.example/fern.png')");
    let note =
        remote.note(&bob, 1, json!({"tag": [{"type": "Mention", "href": "https://a.example/users/alice"}]}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let seen = alice.notifications()[0]["status"].clone();
    let entity = alice.ok("PUT", &path(&seen, ":fern:"), None);
    assert_eq!(
        (&entity["emoji_reactions"][0]["name"], &entity["emoji_reactions"][0]["url"]),
        (&json!("fern"), &json!("https://a.example/fern.png"))
    );
    settle(&[&app]);
    let sent = remote.inbox.borrow()[0].clone();
    assert_eq!(
        (&sent["type"], &sent["content"], &sent["object"]),
        (&json!("EmojiReact"), &json!(":fern:"), &note["id"])
    );
    assert_eq!(
        sent["tag"],
        json!([{"type": "Emoji", "id": "https://a.example/emojis/fern", "name": ":fern:",
            "icon": {"type": "Image", "mediaType": "image/png", "url": "https://a.example/fern.png"}}])
    );
    assert_eq!(
        (&sent["to"], &sent["cc"]),
        (&json!([bob["id"]]), &json!(["https://www.w3.org/ns/activitystreams#Public", bob["followers"]]))
    );
    alice.ok("DELETE", &path(&seen, "fern"), None);
    settle(&[&app]);
    let taken = remote.inbox.borrow()[1].clone();
    assert_eq!(
        (&taken["type"], &taken["object"]["id"], &taken["object"]["type"]),
        (&json!("Undo"), &sent["id"], &json!("EmojiReact"))
    );
    // Nobody reacts to a status they may not see.
    let carol = app.person("carol");
    let private = alice.post("/api/v1/statuses", json!({"status": "mine", "visibility": "private"}));
    assert_eq!(carol.call("PUT", &path(&private, "🎉"), None).status, 404);
    assert_eq!(
        carol.call("GET", &format!("/api/v1/pleroma/statuses/{}/reactions", id(&private)), None).status,
        404
    );
}

#[test]
fn a_reaction_from_elsewhere_takes_two_round_trips() {
    let (app, alice, remote, bob) = scene();
    let post = alice.posts("hello");
    remote.sends(&app, &reaction(&remote, &bob, 1, &post, json!({"content": "🔥"})));
    remote.sends(&app, &reaction(&remote, &bob, 2, &post, json!({"content": "👍"})));
    let cost = *app.cost.borrow();
    assert!(cost.trips <= 2 && cost.queue_operations == 0 && cost.rows_written <= 8, "{cost:?}");
}

#[test]
fn the_undo_of_a_reaction_goes_to_all_who_got_it() {
    let (app, alice, remote, bob) = scene();
    let follow = json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &follow), 202);
    let post = alice.posts("hello");
    alice.ok("PUT", &path(&post, "🌿"), None);
    settle(&[&app]);
    assert!(remote.got().contains(&"EmojiReact".to_owned()), "{:?}", remote.got());
    // No account there follows any more, but the reaction is stored there.
    assert_eq!(remote.sends(&app, &undo(&remote, &bob, follow)), 202);
    alice.ok("DELETE", &path(&post, "🌿"), None);
    settle(&[&app]);
    assert!(remote.got().contains(&"Undo".to_owned()), "{:?}", remote.got());
}

#[test]
fn a_reaction_to_a_direct_message_goes_to_nobody_elsewhere() {
    let (app, alice, remote) = crate::remote::followed();
    remote.inbox.borrow_mut().clear();
    let dave = app.person("dave");
    let message = alice.post("/api/v1/statuses", json!({"status": "@dave psst", "visibility": "direct"}));
    dave.ok("PUT", &path(&message, "🌿"), None);
    assert_eq!(counts(&alice, &message), [plain("🌿", 1)]);
    dave.ok("DELETE", &path(&message, "🌿"), None);
    settle(&[&app]);
    assert_eq!(remote.got(), Vec::<String>::new());
}

#[test]
fn a_reaction_that_comes_again_under_another_id_is_undone_by_that() {
    let (app, alice, remote, bob) = scene();
    let post = alice.posts("hello");
    for n in [1, 2] {
        assert_eq!(remote.sends(&app, &reaction(&remote, &bob, n, &post, json!({"content": "🔥"}))), 202);
        app.clock.advance(1000);
    }
    assert_eq!(counts(&alice, &post), [plain("🔥", 1)]);
    assert_eq!(remote.sends(&app, &undo(&remote, &bob, json!(remote.uri("/reactions/2")))), 202);
    assert_eq!(counts(&alice, &post), []);
}

#[test]
fn a_custom_emoji_may_be_named_by_one_letter() {
    let (app, alice, ..) = scene();
    app.db.run("INSERT INTO custom_emojis (shortcode, url, static_url) VALUES ('x', 'https://a.example/x.png', 'https://a.example/x.png')");
    let post = alice.posts("hello");
    alice.ok("PUT", &path(&post, ":x:"), None);
    assert_eq!(counts(&alice, &post), [plain("x", 1)]);
}
