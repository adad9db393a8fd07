//! Posts brought along from another server's archive: what becomes of them, who is told (nobody), and the page.

use serde_json::{Value, json};
use sori::app::{MAX_REQUESTS, MAX_STATEMENTS};
use sori::http::response::Response;
use sori::model::ledger::Measure;
use sori::model::time::Time;

use crate::api::media::png;
use crate::app::{DAY, MINUTE, NOW, Person, TestApp, header, id, people, settle, two};
use crate::browser::Browser;
use crate::remote::{cast, followed};
use crate::streaming::listener::listen;

const PAGE: &str = "/settings/archive";
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
const ME: &str = "https://old.example/users/me";

fn actor() -> Value {
    json!({"id": ME, "followers": format!("{ME}/followers")})
}

/// A public note of Mastodon's, with more.
fn note(n: u32, more: Value) -> Value {
    let mut note = json!({
        "id": format!("{ME}/statuses/{n}"),
        "type": "Note",
        "url": format!("https://old.example/@me/{n}"),
        "published": Time(1_500_000_000_000 + i64::from(n) * MINUTE).to_iso_seconds(),
        "attributedTo": ME,
        "to": [PUBLIC],
        "cc": [format!("{ME}/followers")],
        "content": format!("<p>number {n}</p>"),
    });
    note.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    note
}

fn posts(notes: &[Value]) -> Value {
    let items: Vec<Value> = notes.iter().map(|note| json!({"note": note})).collect();
    json!({"actor": actor(), "items": items})
}

fn sends(person: &Person, body: &Value) -> Response {
    person.call("POST", "/api/v1/sori/archive/posts", Some(body.clone()))
}

fn parsed(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

/// What became of each: `stored`, `known`, or why it was refused.
fn brings(person: &Person, notes: &[Value]) -> Vec<String> {
    let answer = sends(person, &posts(notes));
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    outcomes(&parsed(&answer))
}

fn outcomes(answer: &Value) -> Vec<String> {
    let said = |item: &Value| item["why"].as_str().or(item["state"].as_str()).unwrap().to_owned();
    answer["items"].as_array().unwrap().iter().map(said).collect()
}

/// A person's statuses as an app shows them, newest first.
fn profile(person: &Person, query: &str) -> Vec<Value> {
    let all = person.get(&format!("/api/v1/accounts/{}/statuses?limit=40&{query}", person.id));
    all.as_array().unwrap().clone()
}

fn texts(all: &[Value]) -> Vec<&str> {
    all.iter().map(|status| status["content"].as_str().unwrap()).collect()
}

fn upload(person: &Person, description: &str) -> String {
    let parts: [(&str, Option<&str>, &[u8]); 2] =
        [("file", Some("a.png"), &png(8, 6)), ("description", None, description.as_bytes())];
    let answer = person.app.send_form("POST", "/api/v1/sori/archive/media", Some(&person.token), &parts);
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    id(&parsed(&answer)).to_owned()
}

/// Rows that would tell somebody.
fn told(app: &TestApp) -> i64 {
    app.count(
        "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM notifications) + (SELECT count(*) FROM jobs) \
         + (SELECT count(*) FROM open_polls) + (SELECT count(*) FROM mentions) AS n",
    )
}

#[test]
fn posts_come_along_with_their_dates_and_nobody_is_told() {
    let (app, alice, remote) = followed();
    app.live.bind();
    let bob = app.person("bob");
    bob.follows(&alice);
    let account = bob.finds("alice@a.example");
    bob.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({"notify": true}));
    settle(&[&app]);
    app.db.run("DELETE FROM notifications");
    remote.inbox.borrow_mut().clear();
    let before = told(&app);
    let ears = [
        (&bob, "stream=user"),
        (&alice, "stream=user"),
        (&bob, "stream=public:local"),
        (&bob, "stream=hashtag&tag=fern"),
    ]
    .map(|(person, stream)| listen(person, stream));
    let thread = |n: u32, parent: u32| note(n, json!({"inReplyTo": format!("{ME}/statuses/{parent}")}));
    let all = [
        thread(3, 2),
        note(
            1,
            json!({
                "content": "<p><a href=\"https://else.example/@bob\" class=\"u-url mention\">@<span>bob</span></a> hello <a href=\"https://old.example/tags/Fern\" class=\"mention hashtag\">#Fern</a></p>",
                "contentMap": {"de": "<p>anders</p>"},
                "tag": [{"type": "Hashtag", "name": "#Fern"}, {"type": "Mention", "href": bob_uri(&bob), "name": "@bob"},
                    {"type": "Emoji", "name": ":blob:", "icon": {"type": "Image", "url": "https://old.example/blob.png"}}],
                "cc": [format!("{ME}/followers"), bob_uri(&bob)],
                "summary": "ferns",
                "updated": "2018-01-01T00:00:00Z",
            }),
        ),
        thread(2, 1),
        note(4, json!({"to": [format!("{ME}/followers")], "cc": []})),
        note(
            5,
            json!({"type": "Question", "oneOf": [{"type": "Note", "name": "yes", "replies": {"totalItems": 3}}, {"type": "Note", "name": "no", "replies": {"totalItems": 1}}],
            "endTime": "2117-07-14T03:00:00Z", "votersCount": 4}),
        ),
        note(6, json!({"inReplyTo": "https://else.example/notes/9"})),
    ];
    assert_eq!(brings(&alice, &all), ["stored"; 6]);
    settle(&[&app]);
    assert_eq!(told(&app), before, "nobody is told");
    assert!(remote.inbox.borrow().is_empty(), "{:?}", remote.inbox.borrow());
    assert!(bob.notifications().is_empty());
    assert!(ears.iter().all(|ear| ear.texts().is_empty()));

    let shown = profile(&alice, "");
    assert_eq!(shown.len(), 6);
    let by_number = |n: usize| &shown[6 - n];
    assert_eq!(by_number(1)["created_at"], "2017-07-14T02:41:00.000Z");
    assert_eq!(by_number(1)["edited_at"], "2018-01-01T00:00:00.000Z");
    assert_eq!(
        (&by_number(1)["spoiler_text"], &by_number(1)["tags"][0]["name"]),
        (&json!("ferns"), &json!("fern"))
    );
    assert_eq!(
        (&by_number(1)["mentions"], &by_number(1)["emojis"][0]["shortcode"]),
        (&json!([]), &json!("blob"))
    );
    assert!(by_number(1)["content"].as_str().unwrap().contains("https://else.example/@bob"));
    assert!(by_number(1)["url"].as_str().unwrap().starts_with("https://a.example/@alice/"));
    for (child, parent) in [(2, 1), (3, 2)] {
        assert_eq!(by_number(child)["in_reply_to_id"], by_number(parent)["id"]);
        assert_eq!(by_number(child)["in_reply_to_account_id"], json!(alice.id.to_string()));
        assert_eq!(by_number(parent)["replies_count"], 1);
    }
    assert_eq!(by_number(4)["visibility"], "private");
    assert!(Browser::new(&app).get("/@alice", "en").contains("number 5"));
    assert!(!Browser::new(&app).get("/@alice", "en").contains("number 4"));
    let poll = &by_number(5)["poll"];
    assert_eq!(
        (&poll["expired"], &poll["votes_count"], &poll["voters_count"]),
        (&json!(true), &json!(4), &json!(4))
    );
    // An answer to somebody else has no parent here, and is none of the posts without answers.
    assert_eq!(by_number(6)["in_reply_to_id"], Value::Null);
    assert_eq!(profile(&alice, "exclude_replies=true").len(), 5);
    assert_eq!(alice.get("/api/v1/accounts/verify_credentials")["statuses_count"], 6);

    // They are found, and below what is new.
    assert_eq!(alice.get("/api/v2/search?q=number&type=statuses")["statuses"].as_array().unwrap().len(), 5);
    let tagged = bob.get("/api/v1/timelines/tag/fern");
    assert_eq!(tagged.as_array().unwrap().len(), 1);
    let new = alice.posts("now");
    assert_eq!(bob.home()[0]["id"], new["id"]);
    assert_eq!(profile(&alice, "")[0]["id"], new["id"]);

    // Each says where it comes from.
    let path = |status: &Value| {
        status["url"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned()
    };
    let page = Browser::new(&app).get(&path(by_number(6)), "en");
    assert!(page.contains("Brought along from <a href=\"https://old.example/@me/6\""), "{page}");
    assert!(page.contains("in answer to <a href=\"https://else.example/notes/9\""), "{page}");
    assert!(!Browser::new(&app).get(&path(&new), "en").contains("Brought along"));

    // Other servers may read them. What they answer elsewhere is said by the former server.
    let document = |status: &Value| {
        parsed(&app.fetch(status["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap()))
    };
    assert_eq!(document(by_number(6))["inReplyTo"], Value::Null);
    assert_eq!(document(by_number(2))["inReplyTo"], by_number(1)["uri"]);
    assert_eq!(document(by_number(1))["published"], "2017-07-14T02:41:00.000Z");
    let emoji = document(by_number(1))["tag"]
        .as_array()
        .unwrap()
        .iter()
        .find(|tag| tag["type"] == "Emoji")
        .unwrap()
        .clone();
    assert_eq!((&emoji["icon"]["url"], emoji.get("id")), (&json!("https://old.example/blob.png"), None));
    let outbox = parsed(&app.fetch("/users/alice/outbox?page=true"));
    let found =
        outbox["orderedItems"].as_array().unwrap().iter().find(|a| a["object"]["id"] == by_number(6)["uri"]);
    assert_eq!(found.unwrap()["object"]["inReplyTo"], Value::Null);
}

fn bob_uri(bob: &Person) -> String {
    format!("https://a.example/users/{}", bob.name)
}

#[test]
fn a_second_run_adds_nothing_and_each_person_has_their_own() {
    let (app, alice, bob) = people();
    let all = [note(1, json!({})), note(2, json!({})), note(1, json!({"content": "twice"}))];
    assert_eq!(brings(&alice, &all), ["stored", "stored", "known"]);
    assert_eq!(brings(&alice, &all), ["known"; 3]);
    let uris: Vec<&Value> = all.iter().map(|n| &n["id"]).collect();
    let asked = json!({"uris": [uris[0], uris[1], "https://old.example/other", 5, null]});
    let known = alice.post("/api/v1/sori/archive/known", asked.clone());
    assert_eq!(known["known"], json!([uris[0], uris[1]]));
    assert_eq!(bob.post("/api/v1/sori/archive/known", asked)["known"], json!([]));
    assert_eq!(brings(&bob, &all[..1]), ["stored"]);
    // What was deleted may come again.
    let first = profile(&alice, "").into_iter().find(|s| s["content"] == "<p>number 1</p>").unwrap();
    alice.deletes(&first);
    assert_eq!(brings(&alice, &all), ["stored", "known", "known"]);
    // An archive of this very server: one's own posts are there.
    let own = alice.posts("mine");
    let from_here = |person: &Person| {
        let body = json!({"actor": {"id": "https://a.example/users/alice"}, "items": [{"note": note(9, json!({"id": own["uri"]}))}]});
        outcomes(&parsed(&sends(person, &body)))
    };
    assert_eq!(from_here(&alice), ["known"]);
    assert_eq!(from_here(&bob), ["stored"]);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE brought_uri IS NOT NULL"), 4);
}

#[test]
fn a_parent_may_come_later_and_threads_have_no_cycles() {
    let (app, alice, bob) = people();
    let answer = |n: u32, to: u32| note(n, json!({"inReplyTo": format!("{ME}/statuses/{to}")}));
    assert_eq!(brings(&alice, &[answer(3, 2)]), ["stored"]);
    assert_eq!(brings(&bob, &[note(2, json!({}))]), ["stored"], "of another person");
    assert_eq!(profile(&alice, "")[0]["in_reply_to_id"], Value::Null);
    assert_eq!(brings(&alice, &[answer(2, 1)]), ["stored"]);
    assert_eq!(brings(&alice, &[note(1, json!({}))]), ["stored"]);
    let shown = profile(&alice, "");
    assert_eq!(
        (&shown[0]["in_reply_to_id"], &shown[1]["in_reply_to_id"]),
        (&shown[1]["id"], &shown[2]["id"])
    );
    assert_eq!((&shown[1]["replies_count"], &shown[2]["replies_count"]), (&json!(1), &json!(1)));
    assert_eq!(profile(&alice, "exclude_replies=true").len(), 3);
    // Of one second.
    let at = |n: u32, more: Value| {
        let mut one = note(n, json!({"published": "2018-01-01T00:00:00Z"}));
        one.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        one
    };
    for n in 0..10 {
        let (first, second) = (100 + 2 * n, 101 + 2 * n);
        let pair = [at(first, json!({})), at(second, json!({"inReplyTo": format!("{ME}/statuses/{first}")}))];
        assert_eq!(brings(&alice, &pair), ["stored", "stored"]);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE in_reply_to_id IS NOT NULL"), 12);
    // One that answers what came after it, one that answers itself, and two that answer each other.
    let odd = [answer(50, 51), answer(51, 50), answer(52, 52)];
    assert_eq!(brings(&alice, &odd), ["stored"; 3]);
    assert_eq!(
        app.count("SELECT count(*) AS n FROM statuses c JOIN statuses p ON p.id = c.in_reply_to_id WHERE p.id >= c.id"),
        0
    );
    let context = alice.get(&format!("/api/v1/statuses/{}/context", id(&profile(&alice, "")[0])));
    assert!(context["ancestors"].is_array());
}

#[test]
fn an_answer_to_somebody_else_stays_without_a_parent_when_that_comes() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    assert_eq!(brings(&alice, &[note(1, json!({"inReplyTo": remote.uri("/notes/7")}))]), ["stored"]);
    let parent = remote.note(&bob, 7, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &parent)), 202);
    settle(&[&app]);
    assert_eq!(alice.home()[0]["content"], "<p>note 7</p>");
    assert_eq!(profile(&alice, "")[0]["in_reply_to_id"], Value::Null);
    assert_eq!(alice.home()[0]["replies_count"], 0);
}

#[test]
fn of_a_recent_one_nobody_is_told_and_those_of_the_last_day_stay_behind() {
    let (app, alice, bob) = people();
    app.live.bind();
    bob.follows(&alice);
    let ear = listen(&bob, "stream=user");
    let recent = json!({"published": Time(NOW - DAY).to_iso()});
    let newer = json!({"published": Time(NOW - DAY + MINUTE).to_iso()});
    assert_eq!(brings(&alice, &[note(1, recent), note(2, newer)]), ["stored", "date"]);
    settle(&[&app]);
    assert!(ear.texts().is_empty());
    assert_eq!(bob.home()[0]["content"], "<p>number 1</p>");
}

#[test]
fn files_come_along_in_their_order_and_only_ones_own() {
    let (app, alice, bob) = people();
    let [first, second, third] = ["a fern", "moss", "a stone"].map(|text| upload(&alice, text));
    let theirs = upload(&bob, "");
    let item = |n: u32, media: Value| json!({"note": note(n, json!({"content": ""})), "media": media});
    let body = json!({"actor": actor(), "items": [
        item(1, json!([second, first, theirs, "x", 7, "999"])),
        item(2, json!([theirs])),
        item(3, json!([third])),
        item(6, json!([third, third])),
    ]});
    let answer = sends(&alice, &body);
    assert_eq!(outcomes(&parsed(&answer)), ["stored", "empty", "stored", "empty"]);
    let shown = profile(&alice, "only_media=true");
    assert_eq!(shown.len(), 2, "{shown:?}");
    let described: Vec<&Value> =
        shown[1]["media_attachments"].as_array().unwrap().iter().map(|m| &m["description"]).collect();
    assert_eq!(described, [&json!("moss"), &json!("a fern")]);
    assert!(
        shown[0]["media_attachments"][0]["url"].as_str().unwrap().starts_with("https://a.example/media/")
    );
    // Nobody else, and no other status, gets one that is used.
    let again = json!({"actor": actor(), "items": [item(4, json!([first]))]});
    assert_eq!(outcomes(&parsed(&sends(&alice, &again))), ["empty"]);
    assert_eq!(profile(&alice, "only_media=true").len(), 2);
    // Used files stay; what nobody has used goes.
    app.clock.advance(2 * DAY);
    for _ in 0..70 {
        app.clock.advance(MINUTE);
        app.tick();
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM media"), 3);
    let name =
        shown[0]["media_attachments"][0]["url"].as_str().unwrap().strip_prefix("https://a.example").unwrap();
    assert_eq!(app.request("GET", name, None, None).status, 200);
    // They are edited like any other post.
    let edited = alice.ok(
        "PUT",
        &format!("/api/v1/statuses/{}", id(&shown[0])),
        Some(json!({"status": "with words", "media_ids": [shown[0]["media_attachments"][0]["id"]]})),
    );
    assert_eq!(edited["media_attachments"][0]["description"], "a stone");
    assert_eq!(edited["created_at"], shown[0]["created_at"]);
}

#[test]
fn files_of_archives_are_counted_apart_from_other_uploads() {
    let (app, alice, _) = people();
    for _ in 0..35 {
        upload(&alice, "");
    }
    let parts: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("a.png"), &png(8, 6))];
    for n in 0..31 {
        let answer = app.send_form("POST", "/api/v2/media", Some(&alice.token), &parts);
        assert_eq!(answer.status, if n < 30 { 200 } else { 429 }, "{n}");
    }
    upload(&alice, "");
}

/// An object of each kind of server, by hand: as their archives have it, or as the script makes it of them.
#[test]
fn notes_of_each_kind_of_server_are_read() {
    let (_, alice, _) = people();
    let cases = [
        (
            "mastodon",
            note(
                1,
                json!({"conversation": "tag:old.example,2017-07-14:objectId=1:objectType=Conversation", "atomUri": "x", "inReplyToAtomUri": null,
            "contentMap": {"en": "<p>number 1</p>"}, "replies": {"id": "x", "type": "Collection", "first": {"type": "CollectionPage", "items": []}}}),
            ),
        ),
        (
            "pleroma",
            json!({"actor": "https://pl.example/users/me", "attachment": [], "bcc": [], "bto": [], "attributedTo": "https://pl.example/users/me",
            "cc": ["https://pl.example/users/me/followers"], "content": "number 2<br/>and more", "context": "https://pl.example/contexts/1", "conversation": "https://pl.example/contexts/1",
            "contentMap": {"und": "number 2"}, "id": "https://pl.example/objects/2", "published": "2020-02-02T02:02:02.020202Z", "sensitive": null,
            "source": {"content": "number 2", "mediaType": "text/plain"}, "summary": "", "tag": [], "to": [PUBLIC], "type": "Note", "repliesCount": 0}),
        ),
        (
            "misskey",
            json!({"id": "https://mk.example/notes/9a", "type": "Note", "url": "https://mk.example/notes/9a", "published": "2021-01-01T01:01:01.001Z",
            "content": "<p>number 3</p>", "sensitive": false, "to": ["https://mk.example/followers"], "cc": [PUBLIC]}),
        ),
        (
            "pixelfed",
            json!({"id": "https://px.example/p/me/4", "type": "Note", "url": "https://px.example/p/me/4", "published": "2022-01-01T01:01:01.000Z",
            "contentMap": {"en": "number 4"}, "sensitive": true, "to": [PUBLIC], "cc": ["https://px.example/followers"],
            "tag": [{"type": "Hashtag", "name": "#moss"}]}),
        ),
    ];
    for (n, (kind, note)) in (1..).zip(&cases) {
        let host = note["id"].as_str().unwrap().split('/').nth(2).unwrap();
        let me = if *kind == "misskey" || *kind == "pixelfed" { "" } else { "/users/me" };
        let actor = json!({"id": format!("https://{host}{me}"), "followers": format!("https://{host}{me}/followers")});
        let answer = sends(&alice, &json!({"actor": actor, "items": [{"note": note}]}));
        assert_eq!(outcomes(&parsed(&answer)), ["stored"], "{kind}");
        let shown = &profile(&alice, "")[0];
        assert!(shown["content"].as_str().unwrap().contains(&format!("number {n}")), "{kind}: {shown}");
        assert_eq!(shown["visibility"], if *kind == "misskey" { "unlisted" } else { "public" }, "{kind}");
        assert_eq!(
            shown["created_at"].as_str().unwrap()[..19],
            note["published"].as_str().unwrap()[..19],
            "{kind}"
        );
    }
}

#[test]
fn what_is_no_post_of_theirs_is_refused_one_by_one() {
    let (app, alice, bob) = people();
    let followers = format!("{ME}/followers");
    let cases = [
        ("unreadable", json!("x")),
        ("unreadable", json!(null)),
        ("unreadable", note(1, json!({"type": "Person"}))),
        ("unreadable", note(1, json!({"id": null}))),
        ("unreadable", note(1, json!({"id": "javascript:alert(1)"}))),
        ("unreadable", note(1, json!({"id": format!("https://old.example/{}", "x".repeat(3000))}))),
        ("unreadable", note(1, json!({"id": "https://else.example/users/me/statuses/1"}))),
        ("date", note(1, json!({"published": null}))),
        ("date", note(1, json!({"published": "2007-12-31T23:59:59Z"}))),
        ("date", note(1, json!({"published": Time(NOW + MINUTE).to_iso()}))),
        ("date", note(1, json!({"published": "yesterday"}))),
        ("direct", note(1, json!({"to": [bob_uri(&bob)], "cc": []}))),
        ("direct", note(1, json!({"to": ["https://else.example/followers"], "cc": []}))),
        ("vote", note(1, json!({"name": "yes", "content": "", "inReplyTo": "https://else.example/polls/1"}))),
        ("empty", note(1, json!({"content": "<p> </p>"}))),
        ("stored", note(1, json!({"attributedTo": bob_uri(&bob), "actor": bob_uri(&bob)}))),
        ("stored", note(2, json!({"to": [followers], "cc": []}))),
        (
            "stored",
            note(
                3,
                json!({"content": "<p onclick=x>a<script>alert(1)</script><img src=x></p>", "url": "javascript:alert(1)", "inReplyTo": "javascript:alert(2)"}),
            ),
        ),
    ];
    let notes: Vec<Value> = cases.iter().map(|(_, note)| note.clone()).collect();
    assert_eq!(brings(&alice, &notes), cases.clone().map(|(wanted, _)| wanted));
    let shown = profile(&alice, "");
    assert_eq!(texts(&shown), ["<p>a</p>", "<p>number 2</p>", "<p>number 1</p>"]);
    assert!(shown.iter().all(|status| status["account"]["id"] == json!(alice.id.to_string())));
    let path = shown[0]["url"].as_str().unwrap().strip_prefix("https://a.example").unwrap();
    let page = Browser::new(&app).get(path, "en");
    assert!(!page.contains("javascript:") && page.contains("old.example/users/me/statuses/3"), "{page}");
}

#[test]
fn requests_are_bounded() {
    let (_, alice, _) = people();
    let call = |step: &str, body: Value| {
        let mut request = sori::http::request::Request {
            method: "POST".into(),
            path: format!("/api/v1/sori/archive/{step}"),
            ..Default::default()
        };
        request.headers.add("authorization", format!("Bearer {}", alice.token));
        request.headers.add("content-type", "application/activity+json");
        request.body = match body {
            Value::String(text) => text.into_bytes(),
            other => other.to_string().into_bytes(),
        };
        alice.app.send(request).status
    };
    let many: Vec<Value> = (0..21).map(|n| note(n, json!({}))).collect();
    assert_eq!(call("posts", posts(&many)), 422);
    assert_eq!(call("posts", posts(&[note(1, json!({"content": "x".repeat(200_000)}))])), 413);
    assert_eq!(call("posts", posts(&[note(1, json!({"content": "x".repeat(2_000_000)}))])), 413);
    assert_eq!(call("known", json!({"uris": vec!["https://old.example/1"; 401]})), 422);
    for bad in ["", "[]", "{", "null", &"[".repeat(5000)] {
        assert_eq!(call("posts", json!(bad)), 400, "{bad:.20}");
    }
    assert_eq!(call("posts", json!({})), 200);
    assert_eq!(call("posts", json!({"items": "x", "actor": 7})), 200);
    assert_eq!(call("other", json!({})), 404);
    assert_eq!(
        call("posts", json!({"actor": actor(), "items": [{"note": note(1, json!({"content": "a\u{0}b"}))}]})),
        200
    );
    assert_eq!(profile(&alice, "")[0]["content"], "ab");
}

#[test]
fn a_request_of_twenty_posts_fits_an_invocation() {
    let (app, alice, _) = people();
    let files: Vec<String> = (0..20).map(|_| upload(&alice, "a picture")).collect();
    let text = "<p>Ferns have neither seeds nor flowers. They have stems, fronds and roots, and reproduce by spores. <a href=\"https://old.example/tags/fern\" class=\"mention hashtag\" rel=\"tag\">#<span>fern</span></a></p>".repeat(5);
    let items: Vec<Value> = (0..20)
        .map(|n| {
            let tag =
                json!([{"type": "Hashtag", "name": "#fern"}, {"type": "Hashtag", "name": format!("#t{n}")}]);
            let parent = format!("{ME}/statuses/{}", n.max(1) - 1);
            let note = note(n, json!({"content": text, "tag": tag, "inReplyTo": parent}));
            json!({"note": note, "media": [files[n as usize]]})
        })
        .collect();
    let body = json!({"actor": actor(), "items": items});
    app.clock.advance(10 * MINUTE);
    let began = std::time::Instant::now();
    let answer = sends(&alice, &body);
    let took = began.elapsed();
    assert_eq!(outcomes(&parsed(&answer)), ["stored"; 20]);
    let cost = *app.whole_cost.borrow();
    println!("{cost:?}, {} bytes, {took:?}", body.to_string().len());
    assert!(cost.statements <= MAX_STATEMENTS && cost.requests() <= MAX_REQUESTS, "{cost:?}");
    assert!(cost.rows_written <= 20 * 20, "{cost:?}");
    // Plain ones are the most of them.
    let plain: Vec<Value> = (100..120).map(|n| note(n, json!({}))).collect();
    assert_eq!(brings(&alice, &plain), ["stored"; 20]);
    let cost = *app.whole_cost.borrow();
    println!("{cost:?}");
    assert!(cost.rows_written <= 20 * 9, "{cost:?}");
    // What is there already costs reads.
    sends(&alice, &body);
    assert_eq!(app.cost.borrow().rows_written, 0);
    // And so does a step of the removal.
    let removed = alice.post("/api/v1/sori/archive/remove", json!({}));
    assert_eq!(removed, json!({"removed": 40, "more": true}));
    let cost = *app.whole_cost.borrow();
    println!("{cost:?}");
    assert!(cost.statements <= MAX_STATEMENTS && cost.requests() <= MAX_REQUESTS, "{cost:?}");
}

#[test]
fn other_servers_are_told_of_the_removal_of_what_its_author_has_answered_or_edited_here() {
    let (app, alice, remote) = followed();
    assert_eq!(brings(&alice, &[note(1, json!({})), note(2, json!({})), note(3, json!({}))]), ["stored"; 3]);
    let shown = profile(&alice, "");
    let of = |n: u32| shown.iter().find(|s| s["content"] == format!("<p>number {n}</p>")).unwrap();
    alice.replies(of(1), "now as then");
    alice.ok("PUT", &format!("/api/v1/statuses/{}", id(of(2))), Some(json!({"status": "number two"})));
    settle(&[&app]);
    remote.inbox.borrow_mut().clear();
    while alice.post("/api/v1/sori/archive/remove", json!({}))["more"] == true {}
    settle(&[&app]);
    let deleted: Vec<Value> = remote
        .inbox
        .borrow()
        .iter()
        .filter(|a| a["type"] == "Delete")
        .map(|a| a["object"]["id"].clone())
        .collect();
    assert_eq!(deleted.len(), 2, "{deleted:?}");
    assert!(deleted.contains(&of(1)["uri"]) && deleted.contains(&of(2)["uri"]), "{deleted:?}");
}

#[test]
fn all_of_it_can_be_removed_again() {
    let (app, alice, remote) = followed();
    let own = alice.posts("mine");
    settle(&[&app]);
    remote.inbox.borrow_mut().clear();
    let file = upload(&alice, "");
    let mut all: Vec<Value> = (0..60).map(|n| json!({"note": note(n, json!({}))})).collect();
    all[0]["media"] = json!([file]);
    for part in all.chunks(20) {
        assert_eq!(sends(&alice, &json!({"actor": actor(), "items": part})).status, 200);
    }
    let bob = app.person("carol");
    let shown = profile(&alice, "");
    let loved: Vec<&Value> = shown.iter().filter(|s| s["id"] != own["id"]).take(5).collect();
    for status in &loved {
        bob.act(status, "favourite");
    }
    assert_eq!(bob.post("/api/v1/sori/archive/remove", json!({})), json!({"removed": 0, "more": false}));
    let mut steps = 0;
    while alice.post("/api/v1/sori/archive/remove", json!({}))["more"] == true {
        let cost = *app.whole_cost.borrow();
        assert!(cost.statements <= MAX_STATEMENTS && cost.requests() <= MAX_REQUESTS, "{cost:?}");
        steps += 1;
        assert!(steps < 10);
    }
    settle(&[&app]);
    assert_eq!(texts(&profile(&alice, "")), ["<p>mine</p>"]);
    assert_eq!(alice.get("/api/v1/accounts/verify_credentials")["statuses_count"], 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM media WHERE unused_since IS NULL"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM status_search_docsize"), 1);
    // Of those that somebody had something to do with, other servers are told, as of any deletion.
    let deleted: Vec<Value> = remote
        .inbox
        .borrow()
        .iter()
        .filter(|a| a["type"] == "Delete")
        .map(|a| a["object"]["id"].clone())
        .collect();
    assert_eq!(deleted.len(), 5, "{deleted:?}");
    assert!(loved.iter().all(|status| deleted.contains(&status["uri"])));
    // And it can come again.
    assert_eq!(brings(&alice, &[note(1, json!({}))]), ["stored"]);
}

#[test]
fn they_are_as_old_as_they_say_for_cleanup_and_stay_for_retention() {
    let (app, alice, _) = people();
    assert_eq!(brings(&alice, &[note(1, json!({}))]), ["stored"]);
    for _ in 0..6 {
        app.clock.advance(30 * DAY);
        for _ in 0..6 {
            app.clock.advance(MINUTE);
            app.tick();
        }
    }
    assert_eq!(profile(&alice, "").len(), 1);
    let browser = Browser::of(&alice);
    let saved =
        browser.submit("/settings/old-posts", "/settings/old-posts", &[("delete", "1"), ("days", "730")]);
    assert_eq!(saved.status, 303);
    for _ in 0..6 {
        app.clock.advance(MINUTE);
        app.tick();
    }
    assert!(profile(&alice, "").is_empty());
}

#[test]
fn only_who_may_write_brings_anything_along() {
    let (app, alice, _) = people();
    for (path, token) in [("posts", None), ("known", Some("nonsense"))] {
        let answer = app.request("POST", &format!("/api/v1/sori/archive/{path}"), token, Some(json!({})));
        assert_eq!(answer.status, 401);
    }
    let (a, b) = two();
    let (moved, place) = (a.person("moved"), b.person("place"));
    b.write(
        "UPDATE accounts SET also_known_as = '[\"https://a.example/users/moved\"]' WHERE username = 'place'",
    );
    Browser::of(&moved).migration(&[
        ("action", "move"),
        ("target", &place.handle()),
        ("password", crate::app::PASSWORD),
    ]);
    a.write("UPDATE accounts SET moved_to_uri = 'https://b.example/users/place' WHERE username = 'moved'");
    assert_eq!(sends(&moved, &posts(&[note(1, json!({}))])).status, 403);
    assert_eq!(
        Browser::of(&moved)
            .script("/settings/archive/posts", &posts(&[note(1, json!({}))]).to_string())
            .status,
        403
    );
    assert_eq!(brings(&alice, &[note(1, json!({}))]), ["stored"]);
}

#[test]
fn the_page_has_a_script_of_its_own() {
    let (app, alice, _) = people();
    assert_eq!(Browser::new(&app).page(PAGE).status, 303);
    let browser = Browser::of(&alice);
    let page = browser.page(PAGE);
    let policy = header(&page, "Content-Security-Policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("; script-src 'self'; connect-src 'self'"),
        "{policy}"
    );
    assert!(!policy.contains("unsafe") && !policy.contains("http:"), "{policy}");
    let html = String::from_utf8(page.body).unwrap();
    assert_eq!(html.matches("<script").count(), 3, "{html}");
    let script =
        format!("<script type=\"module\" src=\"{}\"></script>", sori::web::asset("archive/page.mjs"));
    assert!(html.contains(&script), "{html}");
    assert!(
        html.contains("<noscript>") && html.contains("npm run import -- FILE --to=https://a.example"),
        "{html}"
    );
    assert!(browser.get(PAGE, "ko").contains("다른 서버의 글 가져오기"));
    for other in ["/settings/import", "/", "/@alice", "/settings/old-posts"] {
        assert!(!browser.get(other, "en").contains(&script), "{other}");
    }
    // Each module that one imports is there.
    let mut waiting = vec!["page.mjs".to_owned()];
    let mut seen = Vec::new();
    while let Some(name) = waiting.pop() {
        let text = std::fs::read_to_string(format!("src/web/archive/{name}")).unwrap();
        let imported = text.split("from \"./").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        waiting.extend(imported.filter(|name| !seen.contains(name)).collect::<Vec<_>>());
        seen.push(name);
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 9, "{seen:?}");
}

#[test]
fn the_script_does_what_the_command_does() {
    let (app, alice, _) = people();
    let remote = app.network.clone();
    let picture = Response::new(200, "image/png", png(4, 4));
    remote.serve(
        "files.example",
        vec![("/a.png".into(), picture), ("/b.txt".into(), Response::new(200, "text/plain", "no"))],
    );
    let browser = Browser::of(&alice);
    assert_eq!(
        browser.with_token("", "/settings/archive/posts", "application/activity+json", b"{}".to_vec()).status,
        403
    );
    assert_eq!(
        Browser::new(&app)
            .with_token("x", "/settings/archive/posts", "application/activity+json", b"{}".to_vec())
            .status,
        401
    );
    let known = browser.script("/settings/archive/known", &json!({"uris": []}).to_string());
    assert_eq!((known.status, parsed(&known)), (200, json!({"known": []})));
    // The next token comes with each answer.
    let token = header(&known, "X-Form");
    let json = |path: &str, body: Value| {
        browser.with_token(&token, path, "application/json", body.to_string().into_bytes())
    };
    let copied = json(
        "/settings/archive/media",
        json!({"url": "https://files.example/a.png", "description": "far", "focus": "0.5,-0.5"}),
    );
    assert_eq!(copied.status, 200, "{}", String::from_utf8_lossy(&copied.body));
    let file = parsed(&copied)["id"].clone();
    for (url, status) in [
        ("https://files.example/b.txt", 422),
        ("https://files.example/gone.png", 422),
        ("https://nowhere.example/a.png", 422),
        ("http://127.0.0.1/a.png", 422),
        ("https://a.example/media/x.png", 422),
        ("file:///etc/passwd", 422),
        ("", 422),
    ] {
        let answer = json("/settings/archive/media", json!({"url": url}));
        assert_eq!(answer.status, status, "{url}: {}", String::from_utf8_lossy(&answer.body));
        assert!(parsed(&answer)["error"].is_string());
    }
    let mut form = Vec::new();
    form.extend_from_slice(b"--parts\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\nnear\r\n--parts\r\nContent-Disposition: form-data; name=\"file\"; filename=\"x\"\r\n\r\n");
    form.extend_from_slice(&png(5, 5));
    form.extend_from_slice(b"\r\n--parts--\r\n");
    let sent =
        browser.with_token(&token, "/settings/archive/media", "multipart/form-data; boundary=parts", form);
    assert_eq!(sent.status, 200, "{}", String::from_utf8_lossy(&sent.body));
    let body = json!({"actor": actor(), "items": [{"note": note(1, json!({})), "media": [file, parsed(&sent)["id"]]}]});
    let stored = json("/settings/archive/posts", body);
    assert_eq!(outcomes(&parsed(&stored)), ["stored"]);
    let shown = &profile(&alice, "")[0]["media_attachments"];
    assert_eq!((&shown[0]["description"], &shown[1]["description"]), (&json!("far"), &json!("near")));
    assert_eq!(shown[0]["meta"]["focus"], json!({"x": 0.5, "y": -0.5}));
    assert!(browser.get(PAGE, "en").contains("<span id=\"there\">1</span>"));

    // Without a script the button removes.
    let expired = browser.send("POST", PAGE, "form=nonsense", "en");
    assert_eq!((expired.status, profile(&alice, "").len()), (403, 1));
    assert_eq!(browser.submit(PAGE, PAGE, &[]).status, 303);
    assert!(profile(&alice, "").is_empty());
}

#[test]
fn at_the_days_limit_the_script_is_told_when_to_come_again() {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    let event = app.ready();
    let mut used = sori::model::ledger::Usage::default();
    used.add(Measure::RowsWritten, 71_000);
    event.shared.ledger.borrow_mut().add(sori::model::ledger::Source::Apps, &used, app.clock.now());
    let of_page = browser.script("/settings/archive/posts", &posts(&[note(1, json!({}))]).to_string());
    let of_command = sends(&alice, &posts(&[note(1, json!({}))]));
    for answer in [&of_page, &of_command] {
        assert_eq!(answer.status, 503);
        assert!(header(answer, "Retry-After").parse::<i64>().unwrap() > 60, "{answer:?}");
    }
    // What was brought along can be removed still.
    assert_eq!(alice.post("/api/v1/sori/archive/remove", json!({}))["removed"], 0);
}
