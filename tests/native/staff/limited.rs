//! What else follows from an account being limited or marked as sensitive, beside what listings.rs has.

use serde_json::{Value, json};
use sori::model::time::MINUTE;

use crate::api::media::png;
use crate::app::{Person, TestApp, id, ids, settle};
use crate::browser::Browser;
use crate::push::{Device, PushService};
use crate::remote::scene;
use crate::streaming::listener::{listen, people};

fn limit(app: &TestApp, name: &str, is_limited: bool) {
    let time = if is_limited { "1" } else { "NULL" };
    app.db.run(&format!("UPDATE accounts SET silenced_at = {time} WHERE username = '{name}'"));
}

#[test]
fn a_limited_account_asks_before_it_follows() {
    let (app, alice, bob) = crate::app::people();
    limit(&app, "bob", true);
    let tie = bob.follows(&alice);
    assert_eq!((&tie["following"], &tie["requested"]), (&json!(false), &json!(true)));
    let requests = alice.get("/api/v1/follow_requests");
    assert_eq!(ids(&requests), [bob.id.to_string()]);
    // Accepting all others, as who unlocks does, leaves it waiting.
    let carol = app.person("carol");
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    carol.follows(&alice);
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": false})));
    settle(&[&app]);
    assert_eq!(ids(&alice.get(&format!("/api/v1/accounts/{}/followers", alice.id))), [carol.id.to_string()]);
    assert_eq!(ids(&alice.get("/api/v1/follow_requests")), [bob.id.to_string()]);
    alice.post(&format!("/api/v1/follow_requests/{}/authorize", bob.id), json!({}));
    assert_eq!(alice.get(&format!("/api/v1/accounts/{}/followers", alice.id)).as_array().unwrap().len(), 2);
}

#[test]
fn a_limited_account_of_another_server_asks_before_it_follows() {
    let (app, alice, remote, far) = scene();
    let follow = |n: u32| {
        let follow = json!({"id": remote.uri(&format!("/follows/{n}")), "type": "Follow", "actor": far["id"], "object": app.account("alice").uri});
        assert_eq!(remote.sends(&app, &follow), 202);
        settle(&[&app]);
    };
    let accepted = || remote.inbox.borrow().iter().filter(|a| a["type"] == "Accept").count();
    alice.finds("bob@b.example");
    limit(&app, "bob", true);
    follow(1);
    assert_eq!(accepted(), 0);
    let requests = alice.get("/api/v1/follow_requests");
    assert_eq!(requests.as_array().unwrap().len(), 1);
    alice.post(&format!("/api/v1/follow_requests/{}/authorize", id(&requests[0])), json!({}));
    settle(&[&app]);
    assert_eq!(accepted(), 1);
}

#[test]
fn the_policy_says_what_becomes_of_notifications_by_limited_accounts() {
    let (app, alice, bob) = crate::app::people();
    let service = PushService::new(&app.network, "push.example");
    Device::new(&service, 1, true).subscribes(&alice, &["mention"]);
    limit(&app, "bob", true);
    let told = |text: &str| {
        bob.posts(&format!("@alice {text}"));
        settle(&[&app]);
        let is_told = alice.notifications().iter().any(|n| n["status"]["content"].to_string().contains(text));
        (is_told, service.take().len())
    };
    let policy = |value: &str| {
        let set =
            alice.ok("PATCH", "/api/v2/notifications/policy", Some(json!({"for_limited_accounts": value})));
        assert_eq!(set["for_limited_accounts"], value);
    };
    let requested = || alice.get("/api/v1/notifications/requests").as_array().unwrap().len();
    assert_eq!(alice.get("/api/v2/notifications/policy")["for_limited_accounts"], "filter");
    assert_eq!((told("one"), requested()), ((false, 0), 1));
    policy("accept");
    assert_eq!(told("two"), (true, 1));
    policy("drop");
    assert_eq!(told("three"), (false, 0));
    assert_eq!(alice.get("/api/v1/notifications/requests")[0]["notifications_count"], "1");
    // Whom one follows is heard, and who is limited no longer.
    alice.follows(&bob);
    assert!(told("four").0);
    let carol = app.person("carol");
    carol.posts("@alice five");
    settle(&[&app]);
    assert!(alice.notifications().iter().any(|n| n["account"]["username"] == "carol"));
}

/// Whom each stream tells of a post, and which timelines have it: the same.
fn agree(reader: &Person, text: &str, act: impl Fn() -> Value) -> Vec<String> {
    let ear = listen(reader, "stream=user");
    let timelines = [
        ("user", "/api/v1/timelines/home"),
        ("public", "/api/v1/timelines/public"),
        ("public:local", "/api/v1/timelines/public?local=true"),
        ("hashtag fern", "/api/v1/timelines/tag/fern"),
    ];
    for stream in ["public", "public:local"] {
        ear.subscribes(stream);
    }
    ear.says(json!({"type": "subscribe", "stream": "hashtag", "tag": "fern"}));
    assert!(ear.texts().is_empty());
    let post = act();
    settle(&[&reader.app]);
    let mut told: Vec<String> = ear
        .events()
        .into_iter()
        .filter(|(_, event, _)| event == "update")
        .map(|(stream, _, _)| stream)
        .collect();
    told.sort();
    let shows = |path: &str| reader.get(path).as_array().unwrap().iter().any(|s| s["uri"] == post["uri"]);
    let mut shown: Vec<String> =
        timelines.iter().filter(|(_, path)| shows(path)).map(|(name, _)| (*name).to_owned()).collect();
    shown.sort();
    assert_eq!(told, shown, "{text}");
    told
}

#[test]
fn streams_tell_of_limited_accounts_what_timelines_show() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    alice.follows(&bob);
    // Who follows a hashtag has no post of a limited account on it.
    carol.post("/api/v1/tags/fern/follow", json!({}));
    let all = ["hashtag fern", "public", "public:local", "user"];
    assert_eq!(agree(&alice, "before", || bob.posts("one #fern")), all);
    assert_eq!(agree(&carol, "before", || bob.posts("two #fern")), all);
    limit(&app, "bob", true);
    assert_eq!(agree(&alice, "a follower", || bob.posts("three #fern")), ["user"]);
    assert!(agree(&carol, "a stranger", || bob.posts("four #fern")).is_empty());
    // What somebody boosts whom one follows is shown.
    carol.follows(&app.person("dora"));
    let post = bob.posts("five #fern");
    assert_eq!(agree(&carol, "a boost", || app.person("dora").act(&post, "reblog")), ["user"]);
    limit(&app, "bob", false);
    assert_eq!(agree(&carol, "after", || bob.posts("six #fern")), all);
}

#[test]
fn limited_accounts_make_no_trends() {
    let (app, alice, bob) = crate::app::people();
    let [carol, dora] = ["carol", "dora"].map(|name| app.person(name));
    for person in [&alice, &bob] {
        person.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": true})));
        let post = person.posts(&format!("by {} #fern https://x.example/a", person.name));
        for other in [&carol, &dora] {
            other.act(&post, "favourite");
        }
    }
    let count = || {
        let event = app.ready();
        pollster::block_on(sori::store::write(&event.db, sori::store::trends::count(event.now(), false)))
            .unwrap();
        let of = |path: &str| alice.get(path).as_array().unwrap().len();
        (of("/api/v1/trends/statuses"), of("/api/v1/trends/tags"), of("/api/v1/trends/links"))
    };
    assert_eq!(count(), (2, 1, 1));
    limit(&app, "bob", true);
    assert_eq!(alice.get("/api/v1/trends/statuses").as_array().unwrap().len(), 1, "at once");
    assert_eq!(count(), (1, 0, 0));
    limit(&app, "bob", false);
    assert_eq!(count(), (2, 1, 1));
}

#[test]
fn a_limited_account_sees_its_like_and_itself() {
    let (app, alice, bob) = crate::app::people();
    let root = alice.posts("root");
    let answer = bob.replies(&root, "kudu");
    limit(&app, "bob", true);
    let below = |person: &Person| {
        let context = person.get(&format!("/api/v1/statuses/{}/context", id(&root)));
        ids(&context["descendants"]).iter().any(|found| *found == id(&answer))
    };
    assert!(!below(&alice));
    assert!(below(&bob));
    let carol = app.person("carol");
    limit(&app, "carol", true);
    assert!(below(&carol), "as on Mastodon");
    let found = bob.get("/api/v2/search?q=bob&type=accounts");
    assert_eq!(found["accounts"][0]["limited"], true);
}

#[test]
fn the_page_of_a_limited_account_says_so_and_is_left_out_by_search_engines() {
    let (app, alice, bob) = crate::app::people();
    bob.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"indexable": true, "discoverable": true})),
    );
    let post = bob.posts("kudu");
    let paths = ["/@bob".to_owned(), format!("/@bob/{}", id(&post)), "/@bob/tagged/fern".to_owned()];
    let is_left_out = || {
        app.clock.advance(2 * MINUTE);
        let page = |path: &String| Browser::new(&app).get(path, "en").contains("noindex");
        paths.iter().map(page).collect::<Vec<_>>()
    };
    assert_eq!(is_left_out(), [false, false, false]);
    limit(&app, "bob", true);
    assert_eq!(is_left_out(), [true, true, true]);
    let says = |person: &Person| Browser::of(person).get("/@bob", "en").contains("hidden by the moderators");
    assert!(says(&alice) && !says(&bob));
    alice.follows(&bob);
    assert!(!says(&alice));
}

#[test]
fn all_media_of_an_account_that_is_marked_are_sensitive() {
    let (app, alice, bob) = crate::app::people();
    let file = png(3, 2);
    let answer = app.send_form("POST", "/api/v2/media", Some(&bob.token), &[("file", Some("a.png"), &file)]);
    let made: Value = serde_json::from_slice(&answer.body).unwrap();
    let post = bob.post("/api/v1/statuses", json!({"status": "look", "media_ids": [id(&made)]}));
    let path = format!("/api/v1/statuses/{}", id(&post));
    let carol = app.person("carol");
    let boost = carol.act(&post, "reblog");
    let page = format!("/@bob/{}", id(&post));
    let seen = || {
        app.clock.advance(2 * MINUTE);
        let of = |person: &Person, path: &str| person.get(path)["sensitive"] == true;
        let note: Value = serde_json::from_slice(
            &app.fetch(post["uri"].as_str().unwrap().trim_start_matches("https://a.example")).body,
        )
        .unwrap();
        let is_covered = Browser::new(&app).get(&page, "en").contains("Sensitive");
        let boosted = alice.get(&format!("/api/v1/statuses/{}", id(&boost)));
        let history = alice.get(&format!("{path}/history"))[0]["sensitive"] == true;
        let both = [&boosted, &boosted["reblog"]].map(|s| s["sensitive"] == true);
        (of(&alice, &path), both, history, of(&bob, &path), note["sensitive"] == true, is_covered)
    };
    assert_eq!(seen(), (false, [false; 2], false, false, false, false));
    app.db.run("UPDATE accounts SET sensitized_at = 1 WHERE username = 'bob'");
    assert_eq!(seen(), (true, [true; 2], true, false, true, true));
    // An edit keeps what the author chose.
    bob.ok("PUT", &path, Some(json!({"status": "look again", "media_ids": [id(&made)]})));
    app.db.run("UPDATE accounts SET sensitized_at = NULL WHERE username = 'bob'");
    assert_eq!(seen(), (false, [false; 2], false, false, false, false));
}

#[test]
fn feeds_of_lists_have_nothing_of_limited_members() {
    let (app, alice, bob) = crate::app::people();
    alice.follows(&bob);
    let list = alice.post("/api/v1/lists", json!({"title": "them"}));
    alice
        .post(&format!("/api/v1/lists/{}/accounts", id(&list)), json!({"account_ids": [bob.id.to_string()]}));
    bob.posts("kudu");
    let browser = Browser::of(&alice);
    let answer = browser.submit(
        "/settings/list-feeds",
        "/settings/list-feeds",
        &[("list", id(&list)), ("action", "publish")],
    );
    assert_eq!(answer.status, 303);
    let page = browser.get("/settings/list-feeds", "en");
    let key = page
        .split("https://a.example/lists/")
        .nth(1)
        .and_then(|rest| rest.split(".rss").next())
        .unwrap()
        .to_owned();
    let has = || {
        app.clock.advance(2 * MINUTE);
        let feed = app.request("GET", &format!("/lists/{key}.rss"), None, None);
        String::from_utf8_lossy(&feed.body).contains("kudu")
    };
    assert!(has());
    limit(&app, "bob", true);
    assert!(!has());
    limit(&app, "bob", false);
    assert!(has());
}

#[test]
fn above_and_below_others_a_limited_account_is_shown_to_its_followers() {
    let (app, alice, bob) = crate::app::people();
    let [carol, dora] = ["carol", "dora"].map(|name| app.person(name));
    dora.follows(&bob);
    let root = bob.posts("root");
    let answer = alice.replies(&root, "an answer");
    bob.replies(&answer, "below");
    let seen = |reader: &Person| {
        let context = reader.get(&format!("/api/v1/statuses/{}/context", id(&answer)));
        ["ancestors", "descendants"].map(|side| ids(&context[side]).len())
    };
    assert_eq!([seen(&carol), seen(&dora)], [[1, 1], [1, 1]]);
    limit(&app, "bob", true);
    assert_eq!([seen(&carol), seen(&dora)], [[0, 0], [1, 1]]);
}
