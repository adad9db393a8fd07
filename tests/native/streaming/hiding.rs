//! What is not on a timeline is not on the stream of the same name, and the other way round.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use super::listener::{Listener, listen, people};
use crate::app::{NOW, Person, TestApp, id, settle};
use crate::remote::Remote;

/// Somebody who listens to everything there is, and the timelines of the same names.
struct Reader {
    me: Person,
    ear: Listener,
    timelines: Vec<(String, String)>,
}

impl Reader {
    fn new(me: &Person, lists: &[String]) -> Self {
        let ear = listen(me, "stream=user");
        let mut timelines = vec![("user".to_owned(), "/api/v1/timelines/home?limit=40".to_owned())];
        for (stream, query) in [
            ("public", "?limit=40"),
            ("public:local", "?local=true&limit=40"),
            ("public:remote", "?remote=true&limit=40"),
            ("public:media", "?only_media=true&limit=40"),
            ("public:remote:media", "?remote=true&only_media=true&limit=40"),
        ] {
            ear.subscribes(stream);
            timelines.push((stream.to_owned(), format!("/api/v1/timelines/public{query}")));
        }
        for (stream, query) in [("hashtag", ""), ("hashtag:local", "?local=true")] {
            ear.says(json!({"type": "subscribe", "stream": stream, "tag": "fern"}));
            timelines.push((format!("{stream} fern"), format!("/api/v1/timelines/tag/fern{query}")));
        }
        for list in lists {
            ear.says(json!({"type": "subscribe", "stream": "list", "list": list}));
            timelines.push((format!("list {list}"), format!("/api/v1/timelines/list/{list}?limit=40")));
        }
        assert!(ear.texts().is_empty());
        Self { me: me.clone(), ear, timelines }
    }

    /// The timelines that have the status now are the streams that told of it. Returns them.
    fn agrees(&self, what: &str, status: &Value) -> Vec<String> {
        let events = self.ear.events();
        let mut told = Vec::new();
        for (stream, event, payload) in &events {
            if event == "update" {
                assert_eq!(payload["uri"], status["uri"], "{what}");
                told.push(stream.clone());
            }
        }
        told.sort();
        let mut shown = Vec::new();
        for (stream, path) in &self.timelines {
            let timeline = self.me.get(path);
            if timeline.as_array().unwrap().iter().any(|s| s["uri"] == status["uri"]) {
                shown.push(stream.clone());
            }
        }
        shown.sort();
        assert_eq!(told, shown, "{what}: told on the left, shown on the right");
        told
    }
}

fn list(me: &Person, policy: &str, members: &[&Person]) -> String {
    let made = me.post("/api/v1/lists", json!({"title": policy, "replies_policy": policy}));
    let ids: Vec<String> = members.iter().map(|m| m.id.to_string()).collect();
    me.post(&format!("/api/v1/lists/{}/accounts", id(&made)), json!({"account_ids": ids}));
    id(&made).to_owned()
}

/// Where each status is shown: the streams, and lists by their policy for replies.
const SHOWN: [(&str, &str); 33] = [
    ("public of bob", "followed hashtag fern hashtag:local fern list none public public:local user"),
    ("public of eve", "hashtag fern hashtag:local fern public public:local"),
    ("public of alice", "hashtag fern hashtag:local fern public public:local user"),
    ("unlisted of bob", "followed list none user"),
    ("unlisted of eve", ""),
    ("unlisted of alice", "user"),
    ("private of bob", "followed list none user"),
    ("private of eve", ""),
    ("private of alice", "user"),
    ("direct to her", "followed list none user"),
    ("direct to another", ""),
    ("private mention of a stranger", ""),
    ("in Korean", "followed list none public public:local user"),
    ("a reply to a stranger", "hashtag fern hashtag:local fern"),
    ("a reply to somebody followed", "followed hashtag fern hashtag:local fern user"),
    ("a reply to her", "followed hashtag fern hashtag:local fern list user"),
    ("a reply to the author", "followed hashtag fern hashtag:local fern list none public public:local user"),
    ("a boost of a stranger", "followed list none user"),
    ("a boost of what is close below", "list none"),
    ("a boost of somebody whose boosts are hidden", ""),
    ("languages, en", "followed list none public public:local user"),
    ("languages, ko", "public public:local"),
    ("a followed hashtag of a stranger", "hashtag fern hashtag:local fern public public:local user"),
    ("mute of the author", ""),
    ("mute of the mentioned", "hashtag fern hashtag:local fern public public:local"),
    ("mute of the boosted", ""),
    ("block of the author", ""),
    ("block of the mentioned", "hashtag fern hashtag:local fern public public:local"),
    ("block of the boosted", ""),
    ("a muted friend", ""),
    ("somebody who blocks her", ""),
    ("a member of an exclusive list", "followed public public:local"),
    ("a stranger", "public public:local"),
];

#[test]
fn streams_agree_with_their_timelines() {
    let (app, vera, bob) = people();
    let [carol, dora, eve, owner] = ["carol", "dora", "eve", "owner"].map(|name| app.person(name));
    for person in [&bob, &carol, &dora] {
        vera.follows(person);
    }
    // Somebody else's follow puts nothing on her home timeline.
    carol.follows(&eve);
    carol.follows(&owner);
    let lists = [
        list(&vera, "list", &[&bob]),
        list(&vera, "followed", &[&bob, &carol]),
        list(&vera, "none", &[&bob]),
    ];
    let reader = Reader::new(&vera, &lists);
    let step = || {
        app.clock.advance(1000);
        // Nothing is cached, and no limit counted.
        app.restart();
    };
    let post = |who: &Person, fields: Value| {
        step();
        who.post("/api/v1/statuses", fields)
    };
    let mut seen = Vec::new();
    let mut check = |what: &str, status: &Value| {
        let names = reader.agrees(what, status).into_iter().map(|stream| {
            let place = lists.iter().position(|list| stream == format!("list {list}"));
            place.map_or(stream, |n| ["list", "followed", "none"][n].to_owned())
        });
        let mut names: Vec<String> = names.collect();
        names.sort();
        seen.push((what.to_owned(), names.join(" ")));
    };
    for visibility in ["public", "unlisted", "private"] {
        for who in [&bob, &eve, &vera] {
            let text = format!("{visibility} #fern");
            let status = post(who, json!({"status": text, "visibility": visibility}));
            check(&format!("{visibility} of {}", who.name), &status);
        }
    }
    for (what, who, fields) in [
        ("direct to her", &bob, json!({"status": "@alice x", "visibility": "direct"})),
        ("direct to another", &bob, json!({"status": "@eve x", "visibility": "direct"})),
        ("private mention of a stranger", &eve, json!({"status": "@alice x", "visibility": "private"})),
        ("in Korean", &bob, json!({"status": "x", "language": "ko"})),
    ] {
        let status = post(who, fields);
        check(what, &status);
    }
    let (by_eve, by_carol, by_vera, by_bob) =
        (eve.posts("root"), carol.posts("root"), vera.posts("root"), bob.posts("root"));
    reader.ear.texts();
    for (what, parent) in [
        ("a stranger", &by_eve),
        ("somebody followed", &by_carol),
        ("her", &by_vera),
        ("the author", &by_bob),
    ] {
        step();
        let reply = bob.replies(parent, "#fern");
        check(&format!("a reply to {what}"), &reply);
    }
    // Boosts.
    step();
    let boost = bob.act(&by_eve, "reblog");
    check("a boost of a stranger", &boost);
    step();
    let boost = bob.act(&by_carol, "reblog");
    check("a boost of what is close below", &boost);
    vera.post(&format!("/api/v1/accounts/{}/follow", bob.id), json!({"reblogs": false}));
    let other = eve.posts("another");
    reader.ear.texts();
    step();
    let boost = bob.act(&other, "reblog");
    check("a boost of somebody whose boosts are hidden", &boost);
    vera.post(&format!("/api/v1/accounts/{}/follow", bob.id), json!({"reblogs": true, "languages": ["en"]}));
    for language in ["en", "ko"] {
        let status = post(&bob, json!({"status": "language", "language": language}));
        check(&format!("languages, {language}"), &status);
    }
    vera.post(&format!("/api/v1/accounts/{}/follow", bob.id), json!({"languages": []}));
    // Hashtags that she follows.
    vera.post("/api/v1/tags/fern/follow", json!({}));
    let status = post(&eve, json!({"status": "a followed #fern"}));
    check("a followed hashtag of a stranger", &status);
    // Mutes and blocks, of authors, of the mentioned and of the boosted.
    for (what, on, off) in [("mute", "mute", "unmute"), ("block", "block", "unblock")] {
        vera.post(&format!("/api/v1/accounts/{}/{on}", eve.id), json!({}));
        for (case, who, fields) in [
            ("author", &eve, json!({"status": "#fern"})),
            ("mentioned", &bob, json!({"status": "@eve #fern"})),
        ] {
            let status = post(who, fields);
            check(&format!("{what} of the {case}"), &status);
        }
        let theirs = eve.posts("boost me");
        reader.ear.texts();
        step();
        let boost = bob.act(&theirs, "reblog");
        check(&format!("{what} of the boosted"), &boost);
        vera.post(&format!("/api/v1/accounts/{}/{off}", eve.id), json!({}));
    }
    vera.post(&format!("/api/v1/accounts/{}/mute", dora.id), json!({}));
    let status = post(&dora, json!({"status": "#fern"}));
    check("a muted friend", &status);
    eve.post(&format!("/api/v1/accounts/{}/block", vera.id), json!({}));
    let status = post(&eve, json!({"status": "#fern"}));
    check("somebody who blocks her", &status);
    // An exclusive list.
    vera.ok(
        "PUT",
        &format!("/api/v1/lists/{}", lists[1]),
        Some(json!({"title": "x", "exclusive": true, "replies_policy": "followed"})),
    );
    let status = post(&carol, json!({"status": "x"}));
    check("a member of an exclusive list", &status);
    let status = post(&owner, json!({"status": "x"}));
    check("a stranger", &status);
    let seen: Vec<(&str, &str)> = seen.iter().map(|(what, on)| (what.as_str(), on.as_str())).collect();
    assert_eq!(seen, SHOWN);
}

#[test]
fn remote_statuses_agree_with_their_timelines() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let app = TestApp::new(&network, "a.example", &clock);
    app.live.bind();
    let (vera, bob) = (app.person("vera"), app.person("bob"));
    let remote = Remote::new(&network, "b.example");
    let far = remote.person("far");
    let account = bob.finds("far@b.example");
    bob.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({}));
    settle(&[&app]);
    let follow = remote.inbox.borrow().iter().find(|a| a["type"] == "Follow").cloned().unwrap();
    remote.sends(
        &app,
        &json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": far["id"], "object": follow}),
    );
    let readers = [Reader::new(&vera, &[]), Reader::new(&bob, &[])];
    let tag = json!([{"type": "Hashtag", "name": "#fern"}]);
    let picture = json!([{"type": "Document", "mediaType": "image/png", "url": "https://b.example/a.png"}]);
    let (public, followers) = ("https://www.w3.org/ns/activitystreams#Public", far["followers"].clone());
    let mut number = 10;
    let mut send = |what: &str, extra: Value| {
        number += 1;
        app.clock.advance(1000);
        let note = remote.note(&far, number, extra);
        assert_eq!(remote.sends(&app, &remote.create(&far, &note)), 202, "{what}");
        readers.iter().map(|r| r.agrees(what, &json!({"uri": note["id"]})).len()).collect::<Vec<_>>()
    };
    assert_eq!(send("plain", json!({})), [2, 3]);
    assert_eq!(send("hashtag and picture", json!({"tag": tag, "attachment": picture})), [5, 6]);
    assert_eq!(send("unlisted", json!({"to": [followers], "cc": [public]})), [0, 1]);
    assert_eq!(send("for followers", json!({"to": [followers], "cc": []})), [0, 1]);
    assert_eq!(send("a reply to what is not here", json!({"inReplyTo": "https://c.example/1"})), [0, 0]);
    vera.post("/api/v1/domain_blocks", json!({"domain": "b.example"}));
    assert_eq!(send("a blocked domain", json!({"tag": tag})), [0, 4]);
}

/// Deletions are told to those who could have seen the status, and to nobody else.
#[test]
fn deletions_are_told_where_the_status_was() {
    let (app, vera, bob) = people();
    let eve = app.person("eve");
    vera.follows(&bob);
    let friends = list(&vera, "list", &[&bob]);
    let told = |ear: &Listener| ear.names().into_iter().map(|(stream, _)| stream).collect::<Vec<_>>();
    for (visibility, hers, strangers) in [
        ("public", vec![format!("list {friends}"), "public".into(), "user".into()], vec!["public"]),
        ("unlisted", vec![format!("list {friends}"), "user".into()], vec![]),
        ("private", vec![format!("list {friends}"), "user".into()], vec![]),
        ("direct", vec![format!("list {friends}"), "user".into()], vec![]),
    ] {
        let status = bob.post("/api/v1/statuses", json!({"status": "@alice x", "visibility": visibility}));
        let (ear, other) = (listen(&vera, "stream=user"), listen(&eve, "stream=user"));
        ear.subscribes("public");
        other.subscribes("public");
        ear.says(json!({"type": "subscribe", "stream": "list", "list": friends}));
        bob.deletes(&status);
        let mut heard = told(&ear);
        heard.sort();
        assert_eq!(
            (heard, told(&other)),
            (hers, strangers.into_iter().map(String::from).collect()),
            "{visibility}"
        );
        app.live.close(&ear.socket);
        app.live.close(&other.socket);
    }
    bob.post(&format!("/api/v1/accounts/{}/block", eve.id), json!({}));
    let status = bob.posts("x");
    let other = listen(&eve, "stream=public");
    bob.deletes(&status);
    assert!(other.texts().is_empty());
}
