//! The client API beyond the first slice, one area each, as a person lives it.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, settle};
use crate::remote::Remote;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

fn people() -> (TestApp, Person, Person) {
    let app = TestApp::alone();
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    (app, alice, bob)
}

fn id(value: &Value) -> &str {
    value["id"].as_str().expect("an id")
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().expect("an array").iter().map(id).collect()
}

fn header(response: &sori::http::response::Response, name: &str) -> String {
    response
        .headers
        .iter()
        .find(|(n, _)| n.eq_ignore_ascii_case(name))
        .map(|(_, v)| v.clone())
        .unwrap_or_default()
}

fn refused(person: &Person, method: &str, target: &str, body: Value) -> u16 {
    let response = person.call(method, target, Some(body));
    let answer: Value = serde_json::from_slice(&response.body).expect("JSON");
    assert!(answer["error"].is_string(), "{method} {target}: {answer}");
    response.status
}

fn wait(app: &TestApp, ms: i64) {
    app.clock.advance(ms);
    app.tick();
}

#[test]
fn statuses_are_edited_and_their_history_stays() {
    let (app, alice, bob) = people();
    let post =
        alice.post("/api/v1/statuses", json!({"status": "first", "spoiler_text": "cw", "sensitive": true}));
    bob.act(&post, "reblog");
    app.clock.advance(1000);
    let path = format!("/api/v1/statuses/{}", id(&post));
    // Trap 31: what is sent again stays; the source is plain text.
    let edited = alice.ok(
        "PUT",
        &path,
        Some(json!({"status": "second <b>", "spoiler_text": "cw", "sensitive": true})),
    );
    assert_eq!(
        (edited["content"].as_str(), edited["spoiler_text"].as_str()),
        (Some("<p>second &lt;b&gt;</p>"), Some("cw"))
    );
    assert!(edited["edited_at"].is_string());
    assert_eq!(alice.get(&format!("{path}/source"))["text"], "second <b>");
    let history = bob.get(&format!("{path}/history"));
    let texts: Vec<&str> =
        history.as_array().unwrap().iter().map(|e| e["content"].as_str().unwrap()).collect();
    assert_eq!(texts, ["<p>first</p>", "<p>second &lt;b&gt;</p>"]);
    assert_eq!(history[0]["created_at"], post["created_at"]);
    // Whoever boosted it is told.
    assert_eq!(bob.notifications()[0]["type"], "update");
    // The same text again changes nothing.
    alice.ok("PUT", &path, Some(json!({"status": "second <b>", "spoiler_text": "cw", "sensitive": true})));
    assert_eq!(alice.get(&format!("{path}/history")).as_array().unwrap().len(), 2);
    assert_eq!(refused(&bob, "PUT", &path, json!({"status": "mine"})), 404);
    let deleted = alice.ok("DELETE", &path, None);
    assert_eq!(deleted["text"], "second <b>");
}

#[test]
fn marks_are_kept_and_paged() {
    let (app, alice, bob) = people();
    let posts: Vec<Value> = (0..5)
        .map(|n| {
            app.clock.advance(10);
            bob.posts(&format!("post {n}"))
        })
        .collect();
    for post in &posts {
        app.clock.advance(10);
        alice.act(post, "bookmark");
        alice.act(post, "favourite");
    }
    for list in ["bookmarks", "favourites"] {
        let first = alice.call("GET", &format!("/api/v1/{list}?limit=2"), None);
        let body: Value = serde_json::from_slice(&first.body).unwrap();
        assert_eq!(ids(&body), [id(&posts[4]), id(&posts[3])], "{list}");
        // Trap 19: the cursor is the mark's, not the status's; the last page has no next.
        let link = header(&first, "link");
        let next = link.split("max_id=").nth(1).and_then(|r| r.split('>').next()).unwrap().to_owned();
        assert_ne!(next, id(&posts[3]));
        let rest = alice.call("GET", &format!("/api/v1/{list}?limit=40&max_id={next}"), None);
        let body: Value = serde_json::from_slice(&rest.body).unwrap();
        assert_eq!(ids(&body), [id(&posts[2]), id(&posts[1]), id(&posts[0])], "{list}");
        assert!(!header(&rest, "link").contains("next"));
    }
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&posts[0])))["bookmarked"], true);
    assert_eq!(alice.act(&posts[0], "unbookmark")["bookmarked"], false);
    assert_eq!(alice.get("/api/v1/bookmarks").as_array().unwrap().len(), 4);
    // Trap 28: flags are each viewer's own.
    assert_eq!(bob.get(&format!("/api/v1/statuses/{}", id(&posts[1])))["bookmarked"], false);
}

#[test]
fn five_statuses_can_be_pinned() {
    let (app, alice, bob) = people();
    let posts: Vec<Value> = (0..6)
        .map(|n| {
            app.clock.advance(10);
            alice.posts(&format!("post {n}"))
        })
        .collect();
    for post in &posts[..5] {
        assert_eq!(alice.act(post, "pin")["pinned"], true);
    }
    let pin = |person: &Person, post: &Value| {
        refused(person, "POST", &format!("/api/v1/statuses/{}/pin", id(post)), json!({}))
    };
    assert_eq!(pin(&alice, &posts[5]), 422);
    assert_eq!(pin(&bob, &posts[0]), 422);
    let pinned = bob.get(&format!("/api/v1/accounts/{}/statuses?pinned=true", alice.id));
    assert_eq!(pinned.as_array().unwrap().len(), 5);
    assert_eq!(alice.act(&posts[0], "unpin")["pinned"], false);
    let direct = alice.post("/api/v1/statuses", json!({"status": "psst", "visibility": "direct"}));
    assert_eq!(pin(&alice, &direct), 422);
}

#[test]
fn polls_are_made_voted_and_closed() {
    let (app, alice, bob) = people();
    let ask = |poll: Value| json!({"status": "tea?", "poll": poll});
    for (bad, why) in [
        (json!({"options": ["a"], "expires_in": 600}), "one option"),
        (json!({"options": ["a", "a"], "expires_in": 600}), "the same twice"),
        (json!({"options": ["a", "b", "c", "d", "e"], "expires_in": 600}), "five"),
        (json!({"options": ["a", "x".repeat(51)], "expires_in": 600}), "too long"),
        (json!({"options": ["a", "b"], "expires_in": 10}), "too short a time"),
        (json!({"options": ["a", "b"], "expires_in": 99_999_999}), "too long a time"),
        (json!({"options": ["a", "b"], "expires_in": "soon"}), "no number"),
        (json!({"options": ["a", "b"]}), "no end"),
    ] {
        assert_eq!(refused(&alice, "POST", "/api/v1/statuses", ask(bad)), 422, "{why}");
    }
    // Trap 29: a poll needs no text.
    let post = alice.post(
        "/api/v1/statuses",
        json!({"poll": {"options": ["yes", "no"], "expires_in": "600", "hide_totals": true}}),
    );
    let poll = &post["poll"];
    assert_eq!((poll["voted"].as_bool(), poll["votes_count"].as_i64()), (Some(true), Some(0)));
    let path = format!("/api/v1/polls/{}", id(poll));
    assert_eq!(refused(&alice, "POST", &format!("{path}/votes"), json!({"choices": [0]})), 422);
    assert_eq!(refused(&bob, "POST", &format!("{path}/votes"), json!({"choices": [0, 1]})), 422);
    assert_eq!(refused(&bob, "POST", &format!("{path}/votes"), json!({"choices": [7]})), 422);
    let voted = bob.post(&format!("{path}/votes"), json!({"choices": ["1"]}));
    assert_eq!(voted["own_votes"], json!([1]));
    // Totals are hidden until the end.
    assert_eq!((voted["votes_count"].as_i64(), &voted["options"][1]["votes_count"]), (Some(1), &Value::Null));
    assert_eq!(refused(&bob, "POST", &format!("{path}/votes"), json!({"choices": [0]})), 422);
    wait(&app, 11 * MINUTE);
    let closed = bob.get(&path);
    assert_eq!(
        (closed["expired"].as_bool(), closed["options"][1]["votes_count"].as_i64()),
        (Some(true), Some(1))
    );
    assert_eq!(alice.notifications()[0]["type"], "poll");
    assert_eq!(bob.notifications()[0]["type"], "poll");
    let many = alice.post(
        "/api/v1/statuses",
        ask(json!({"options": ["a", "b", "c"], "multiple": true, "expires_in": 600})),
    );
    let voted = bob.post(&format!("/api/v1/polls/{}/votes", id(&many)), json!({"choices": [0, 2]}));
    assert_eq!((voted["votes_count"].as_i64(), voted["voters_count"].as_i64()), (Some(2), Some(1)));
    // Another question is another vote; the same one keeps its votes.
    let edit = |options: Value| json!({"status": "tea?", "poll": {"options": options, "multiple": true, "expires_in": 600}});
    let put = |body: Value| {
        app.clock.advance(1000);
        alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&many)), Some(body))
    };
    assert_eq!(put(edit(json!(["a", "b", "c"])))["poll"]["votes_count"], 2);
    assert_eq!(put(edit(json!(["a", "b", "d"])))["poll"]["votes_count"], 0);
    assert_eq!(bob.get(&format!("/api/v1/polls/{}", id(&many)))["voted"], false);
}

#[test]
fn polls_cross_the_network() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let (a, b) = (TestApp::new(&network, "a.example", &clock), TestApp::new(&network, "b.example", &clock));
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    bob.follows(&alice);
    settle(&[&a, &b]);
    let post = alice.post(
        "/api/v1/statuses",
        json!({"status": "tea?", "poll": {"options": ["yes", "no"], "expires_in": 3600}}),
    );
    settle(&[&a, &b]);
    let seen = bob.sees(&post["uri"]).expect("the poll");
    assert_eq!(seen["poll"]["options"][0]["title"], "yes");
    bob.post(&format!("/api/v1/polls/{}/votes", id(&seen)), json!({"choices": [0]}));
    settle(&[&a, &b]);
    let counted = alice.get(&format!("/api/v1/polls/{}", id(&post)));
    assert_eq!((counted["votes_count"].as_i64(), counted["voters_count"].as_i64()), (Some(1), Some(1)));
    clock.advance(2 * 60 * MINUTE);
    a.tick();
    b.tick();
    assert_eq!(bob.notifications()[0]["type"], "poll");
}

#[test]
fn statuses_wait_for_their_time() {
    let (app, alice, bob) = people();
    let at = |ms: i64| sori::model::time::Time(app.clock.now().0 + ms).to_iso();
    assert_eq!(
        refused(&alice, "POST", "/api/v1/statuses", json!({"status": "x", "scheduled_at": at(MINUTE)})),
        422
    );
    assert_eq!(
        refused(&alice, "POST", "/api/v1/statuses", json!({"status": "x", "scheduled_at": "soon"})),
        422
    );
    assert_eq!(
        refused(&alice, "POST", "/api/v1/statuses", json!({"status": "", "scheduled_at": at(10 * MINUTE)})),
        422
    );
    let body = json!({"status": "later", "visibility": "unlisted", "scheduled_at": at(10 * MINUTE), "poll": {"options": ["a", "b"], "expires_in": 600}});
    let kept = alice.post("/api/v1/statuses", body);
    assert_eq!(
        (kept["params"]["text"].as_str(), kept["params"]["visibility"].as_str()),
        (Some("later"), Some("unlisted"))
    );
    assert!(kept["params"]["poll"]["options"].is_array() && kept.get("content").is_none());
    let path = format!("/api/v1/scheduled_statuses/{}", id(&kept));
    assert_eq!(alice.get("/api/v1/scheduled_statuses").as_array().unwrap().len(), 1);
    assert_eq!(refused(&bob, "GET", &path, json!({})), 404);
    let moved = alice.ok("PUT", &path, Some(json!({"scheduled_at": at(20 * MINUTE)})));
    assert_eq!(moved["scheduled_at"], at(20 * MINUTE));
    assert_eq!(refused(&alice, "PUT", &path, json!({"scheduled_at": at(MINUTE)})), 422);
    wait(&app, 15 * MINUTE);
    assert!(alice.home().is_empty());
    wait(&app, 6 * MINUTE);
    app.tick();
    assert_eq!(alice.home().len(), 1);
    assert_eq!(
        (alice.home()[0]["content"].as_str(), alice.home()[0]["visibility"].as_str()),
        (Some("<p>later</p>"), Some("unlisted"))
    );
    assert!(alice.home()[0]["poll"].is_object());
    assert_eq!(alice.get("/api/v1/scheduled_statuses"), json!([]));
    let kept = alice.post("/api/v1/statuses", json!({"status": "never", "scheduled_at": at(10 * MINUTE)}));
    alice.ok("DELETE", &format!("/api/v1/scheduled_statuses/{}", id(&kept)), None);
    wait(&app, 11 * MINUTE);
    assert_eq!(alice.home().len(), 1);
}

#[test]
fn quotes_stand_while_their_author_lets_them() {
    let (app, alice, bob) = people();
    let open = alice.posts("quote me");
    let quote = |person: &Person, of: &Value, policy: &str| {
        person.post(
            "/api/v1/statuses",
            json!({"status": "look", "quoted_status_id": id(of), "quote_approval_policy": policy}),
        )
    };
    assert_eq!(
        (open["quote_approval"]["automatic"].clone(), open["quote_approval"]["current_user"].as_str()),
        (json!(["public"]), Some("automatic"))
    );
    let quoting = quote(&bob, &open, "nobody");
    assert_eq!(
        (quoting["quote"]["state"].as_str(), &quoting["quote"]["quoted_status"]["id"]),
        (Some("accepted"), &open["id"])
    );
    assert_eq!(alice.notifications()[0]["type"], "quote");
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&open)))["quotes_count"], 1);
    assert_eq!(ids(&alice.get(&format!("/api/v1/statuses/{}/quotes", id(&open)))), [id(&quoting)]);
    // bob let nobody quote his.
    assert_eq!(
        refused(&alice, "POST", "/api/v1/statuses", json!({"status": "x", "quoted_status_id": id(&quoting)})),
        422
    );
    let set = alice.ok(
        "PUT",
        &format!("/api/v1/statuses/{}/interaction_policy", id(&open)),
        Some(json!({"quote_approval_policy": "followers"})),
    );
    assert_eq!(set["quote_approval"]["automatic"], json!(["followers"]));
    let seen = bob.get(&format!("/api/v1/statuses/{}", id(&open)));
    assert_eq!(seen["quote_approval"]["current_user"], "denied");
    // A quote of a quote is shown one level deep.
    let own = quote(&bob, &quoting, "public");
    assert_eq!(own["quote"]["quoted_status"]["quote"]["quoted_status_id"], open["id"]);
    app.clock.advance(1000);
    alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&open)), Some(json!({"status": "other words"})));
    assert_eq!(bob.notifications()[0]["type"], "quoted_update");
    let revoked =
        alice.post(&format!("/api/v1/statuses/{}/quotes/{}/revoke", id(&open), id(&quoting)), json!({}));
    assert_eq!(
        (revoked["quote"]["state"].as_str(), &revoked["quote"]["quoted_status"]),
        (Some("revoked"), &Value::Null)
    );
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&open)))["quotes_count"], 0);
    let second = quote(&alice, &open, "public");
    alice.deletes(&open);
    let after = alice.get(&format!("/api/v1/statuses/{}", id(&second)));
    assert_eq!(after["quote"]["state"], "deleted");
}

#[test]
fn mutes_hide_and_end() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    alice.follows(&bob);
    alice.follows(&carol);
    let hers = carol.posts("carol's");
    bob.posts("bob's");
    bob.act(&hers, "reblog");
    assert_eq!(alice.home().len(), 3);
    let mute = alice.post(&format!("/api/v1/accounts/{}/mute?duration=600", bob.id), json!({}));
    assert_eq!((mute["muting"].as_bool(), mute["muting_notifications"].as_bool()), (Some(true), Some(true)));
    assert!(mute["muting_expires_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(alice.home().len(), 1);
    let posted = alice.posts("hello");
    bob.act(&posted, "favourite");
    assert!(alice.notifications().iter().all(|n| n["type"] != "favourite"));
    let list = alice.get("/api/v1/mutes");
    assert!(list[0]["mute_expires_at"].is_string());
    // The muted author's own profile still shows everything.
    assert_eq!(alice.get(&format!("/api/v1/accounts/{}/statuses", bob.id)).as_array().unwrap().len(), 2);
    wait(&app, 11 * MINUTE);
    assert_eq!(alice.home().len(), 4);
    alice.post(&format!("/api/v1/accounts/{}/mute", bob.id), json!({"notifications": false}));
    bob.act(&alice.posts("again"), "favourite");
    assert_eq!(alice.notifications()[0]["type"], "favourite");
    alice.post(&format!("/api/v1/accounts/{}/unmute", bob.id), json!({}));
    assert_eq!(alice.get("/api/v1/mutes"), json!([]));
    assert_eq!(refused(&alice, "POST", &format!("/api/v1/accounts/{}/mute", alice.id), json!({})), 403);
    // A muted thread tells nothing more.
    let thread = alice.posts("a thread");
    assert_eq!(alice.act(&thread, "mute")["muted"], true);
    let before = alice.notifications().len();
    bob.post("/api/v1/statuses", json!({"status": "@alice really?", "in_reply_to_id": id(&thread)}));
    assert_eq!(alice.notifications().len(), before);
    assert_eq!(alice.act(&thread, "unmute")["muted"], false);
}

#[test]
fn blocks_end_everything_between_two() {
    let (_, alice, bob) = people();
    alice.follows(&bob);
    bob.follows(&alice);
    let post = bob.posts("hello");
    bob.act(&alice.posts("hi"), "favourite");
    let blocked = alice.post(&format!("/api/v1/accounts/{}/block", bob.id), json!({}));
    assert_eq!(
        (blocked["blocking"].as_bool(), blocked["following"].as_bool(), blocked["followed_by"].as_bool()),
        (Some(true), Some(false), Some(false))
    );
    assert!(alice.notifications().is_empty());
    assert_eq!(ids(&alice.get("/api/v1/blocks")), [bob.id.to_string()]);
    // Who is blocked sees nothing of the other.
    assert_eq!(refused(&bob, "GET", &format!("/api/v1/statuses/{}", id(&alice.posts("x"))), json!({})), 404);
    assert!(alice.get("/api/v1/timelines/public").as_array().unwrap().iter().all(|s| s["id"] != post["id"]));
    assert_eq!(refused(&bob, "POST", &format!("/api/v1/accounts/{}/follow", alice.id), json!({})), 403);
    let free = alice.post(&format!("/api/v1/accounts/{}/unblock", bob.id), json!({}));
    assert_eq!(free["blocking"], false);
}

#[test]
fn a_block_is_told_to_the_others_server_and_so_is_a_blocked_domain() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let bob = remote.person("bob");
    let found = alice.finds("bob@b.example");
    alice.post(&format!("/api/v1/accounts/{}/block", id(&found)), json!({}));
    settle(&[&app]);
    assert_eq!(remote.got(), ["Block"]);
    alice.post(&format!("/api/v1/accounts/{}/unblock", id(&found)), json!({}));
    settle(&[&app]);
    assert_eq!(remote.got(), ["Block", "Undo"]);
    let follow = json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &follow), 202);
    alice.post(&format!("/api/v1/accounts/{}/follow", id(&found)), json!({}));
    settle(&[&app]);
    let preview = alice.get("/api/v1/domain_blocks/preview?domain=b.example");
    assert_eq!(preview, json!({"following_count": 0, "followers_count": 1}));
    // Trap 37: DELETE with a body.
    alice.post("/api/v1/domain_blocks", json!({"domain": "B.example"}));
    assert_eq!(alice.get("/api/v1/domain_blocks"), json!(["b.example"]));
    settle(&[&app]);
    assert_eq!(remote.got().last().map(String::as_str), Some("Reject"));
    let relation = alice.get(&format!("/api/v1/accounts/relationships?id={}", id(&found)));
    assert_eq!(
        (relation[0]["domain_blocking"].as_bool(), relation[0]["followed_by"].as_bool()),
        (Some(true), Some(false))
    );
    alice.ok("DELETE", "/api/v1/domain_blocks", Some(json!({"domain": "b.example"})));
    assert_eq!(alice.get("/api/v1/domain_blocks"), json!([]));
    assert_eq!(refused(&alice, "POST", "/api/v1/domain_blocks", json!({"domain": "a.example"})), 422);
    assert_eq!(refused(&alice, "POST", "/api/v1/domain_blocks", json!({"domain": "no domain"})), 422);
}

#[test]
fn lists_show_their_members_by_their_own_rules() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    let list = alice.post("/api/v1/lists", json!({"title": "friends"}));
    assert_eq!((list["replies_policy"].as_str(), list["exclusive"].as_bool()), (Some("list"), Some(false)));
    let path = format!("/api/v1/lists/{}", id(&list));
    let add = |who: &Person| json!({"account_ids": [who.id.to_string()]});
    // Only whom one follows.
    assert_eq!(refused(&alice, "POST", &format!("{path}/accounts"), add(&bob)), 404);
    alice.follows(&bob);
    alice.follows(&carol);
    alice.post(&format!("{path}/accounts"), add(&bob));
    assert_eq!(refused(&alice, "POST", &format!("{path}/accounts"), add(&bob)), 422);
    assert_eq!(ids(&alice.get(&format!("{path}/accounts?limit=0"))), [bob.id.to_string()]);
    assert_eq!(ids(&alice.get(&format!("/api/v1/accounts/{}/lists", bob.id))), [id(&list)]);
    let hers = carol.posts("carol's");
    bob.posts("bob's");
    bob.replies(&hers, "to carol");
    let timeline = format!("/api/v1/timelines/list/{}", id(&list));
    let count = || alice.get(&timeline).as_array().unwrap().len();
    assert_eq!(count(), 1);
    alice.ok("PUT", &path, Some(json!({"title": "friends", "replies_policy": "followed"})));
    assert_eq!(count(), 2);
    alice.post(&format!("{path}/accounts"), add(&carol));
    alice.ok("PUT", &path, Some(json!({"title": "friends", "replies_policy": "list"})));
    assert_eq!(count(), 3);
    alice.ok("PUT", &path, Some(json!({"title": "friends", "replies_policy": "none"})));
    assert_eq!(count(), 2);
    // An exclusive list empties the home timeline of its members.
    assert_eq!(alice.home().len(), 3);
    alice.ok("PUT", &path, Some(json!({"title": "friends", "exclusive": true})));
    assert_eq!(alice.home().len(), 0);
    alice.ok("DELETE", &format!("{path}/accounts"), Some(add(&carol)));
    assert_eq!(alice.home().len(), 1);
    assert_eq!(refused(&bob, "GET", &timeline, json!({})), 404);
    assert_eq!(refused(&bob, "GET", &path, json!({})), 404);
    assert_eq!(refused(&alice, "POST", "/api/v1/lists", json!({"title": " "})), 422);
    assert_eq!(refused(&alice, "POST", "/api/v1/lists", json!({"title": "x", "replies_policy": "x"})), 422);
    // Who is no longer followed is on no list.
    alice.post(&format!("/api/v1/accounts/{}/unfollow", bob.id), json!({}));
    assert_eq!(alice.get(&format!("{path}/accounts")), json!([]));
    alice.ok("DELETE", &path, None);
    assert_eq!(alice.get("/api/v1/lists"), json!([]));
    for n in 0..50 {
        app.clock.advance(1);
        alice.post("/api/v1/lists", json!({"title": format!("list {n}")}));
    }
    assert_eq!(refused(&alice, "POST", "/api/v1/lists", json!({"title": "one more"})), 422);
}

#[test]
fn filters_of_both_versions_are_the_same_rows() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let made = alice.post(
        "/api/v2/filters",
        json!({"title": "tea", "context": ["home"], "filter_action": "hide",
        "keywords_attributes": [{"keyword": "Tea", "whole_word": true}, {"keyword": "coff"}]}),
    );
    assert_eq!(made["keywords"].as_array().unwrap().len(), 2);
    bob.posts("a cup of TEA");
    let matched = |n: usize| alice.home()[n]["filtered"].clone();
    assert_eq!(
        (matched(0)[0]["filter"]["title"].as_str(), matched(0)[0]["keyword_matches"].clone()),
        (Some("tea"), json!(["Tea"]))
    );
    app.clock.advance(10);
    let steamy = bob.posts("steamy");
    assert_eq!(matched(0), json!([]));
    // Not in other contexts.
    assert_eq!(alice.get("/api/v1/timelines/public")[1]["filtered"], json!([]));
    let path = format!("/api/v2/filters/{}", id(&made));
    let row = alice.post(&format!("{path}/statuses"), json!({"status_id": id(&steamy)}));
    assert_eq!(matched(0)[0]["status_matches"], json!([id(&steamy)]));
    assert_eq!(refused(&alice, "POST", &format!("{path}/statuses"), json!({"status_id": id(&steamy)})), 422);
    alice.ok("DELETE", &format!("/api/v2/filters/statuses/{}", id(&row)), None);
    assert_eq!(alice.get(&format!("{path}/statuses")), json!([]));
    // The first version sees each keyword.
    let old = alice.get("/api/v1/filters");
    assert_eq!(
        (old.as_array().unwrap().len(), old[0]["phrase"].as_str(), old[0]["irreversible"].as_bool()),
        (2, Some("Tea"), Some(true))
    );
    assert_eq!(old[1]["whole_word"], true);
    let keyword = made["keywords"][1]["id"].as_str().unwrap();
    alice.ok(
        "PUT",
        &format!("/api/v2/filters/keywords/{keyword}"),
        Some(json!({"keyword": "cocoa", "whole_word": false})),
    );
    assert_eq!(alice.get(&format!("/api/v1/filters/{keyword}"))["phrase"], "cocoa");
    alice.ok(
        "PUT",
        &path,
        Some(json!({"title": "drinks", "context": ["home", "public"], "expires_in": 600,
        "keywords_attributes": [{"id": keyword, "_destroy": true}, {"keyword": "milk"}]})),
    );
    let now = alice.get(&path);
    assert_eq!(
        (now["title"].as_str(), now["keywords"][1]["keyword"].as_str()),
        (Some("drinks"), Some("milk"))
    );
    assert!(now["expires_at"].is_string());
    wait(&app, 11 * MINUTE);
    assert_eq!(matched(1), json!([]));
    let v1 = alice.post("/api/v1/filters", json!({"phrase": "x", "context": ["home"]}));
    assert_eq!(alice.get("/api/v2/filters").as_array().unwrap().len(), 2);
    alice.ok("DELETE", &format!("/api/v1/filters/{}", id(&v1)), None);
    assert_eq!(alice.get("/api/v2/filters").as_array().unwrap().len(), 1);
    for bad in [
        json!({"title": "x"}),
        json!({"title": "x", "context": ["kitchen"]}),
        json!({"title": "", "context": ["home"]}),
        json!({"title": "x", "context": ["home"], "filter_action": "burn"}),
    ] {
        assert_eq!(refused(&alice, "POST", "/api/v2/filters", bad), 422);
    }
    assert_eq!(refused(&bob, "GET", &path, json!({})), 404);
    alice.ok("DELETE", &path, None);
}

#[test]
fn hashtags_are_followed_featured_and_counted() {
    let (app, alice, bob) = people();
    let fern = bob.posts("in the #Fern and #moss");
    app.clock.advance(10);
    bob.posts("just #moss");
    let tag = alice.post("/api/v1/tags/fern/follow", json!({}));
    assert_eq!((tag["name"].as_str(), tag["following"].as_bool()), (Some("fern"), Some(true)));
    // Trap 25, 44: seven days, numbers as strings.
    assert_eq!(tag["history"].as_array().unwrap().len(), 7);
    assert_eq!(
        (tag["history"][0]["uses"].as_str(), tag["history"][0]["accounts"].as_str()),
        (Some("1"), Some("1"))
    );
    assert_eq!(ids(&json!(alice.home())), [id(&fern)]);
    assert_eq!(alice.get("/api/v1/followed_tags")[0]["name"], "fern");
    let timeline =
        |query: &str| alice.get(&format!("/api/v1/timelines/tag/{query}")).as_array().unwrap().len();
    assert_eq!(
        (
            timeline("fern"),
            timeline("moss"),
            timeline("moss?all[]=fern"),
            timeline("moss?none[]=fern"),
            timeline("fern?any[]=moss")
        ),
        (1, 2, 1, 1, 2)
    );
    assert_eq!(
        (timeline("moss?local=true"), timeline("moss?remote=true"), timeline("moss?only_media=true")),
        (2, 0, 0)
    );
    alice.post("/api/v1/tags/fern/unfollow", json!({}));
    assert!(alice.home().is_empty());
    let featured = bob.post("/api/v1/featured_tags", json!({"name": "#moss"}));
    assert_eq!((featured["statuses_count"].as_str(), featured["name"].as_str()), (Some("2"), Some("moss")));
    assert_eq!(alice.get(&format!("/api/v1/accounts/{}/featured_tags", bob.id)), json!([featured]));
    assert_eq!(bob.get("/api/v1/featured_tags/suggestions")[0]["name"], "fern");
    assert_eq!(bob.get("/api/v1/tags/moss")["featuring"], true);
    bob.ok("DELETE", &format!("/api/v1/featured_tags/{}", id(&featured)), None);
    assert_eq!(bob.get("/api/v1/featured_tags"), json!([]));
    for n in 0..10 {
        bob.post(&format!("/api/v1/tags/tag{n}/feature"), json!({}));
    }
    assert_eq!(refused(&bob, "POST", "/api/v1/tags/tag10/feature", json!({})), 422);
    assert_eq!(bob.post("/api/v1/tags/tag1/unfeature", json!({}))["featuring"], false);
    for bad in ["%20", "123", "a%20b"] {
        assert_eq!(refused(&alice, "GET", &format!("/api/v1/tags/{bad}"), json!({})), 404, "{bad}");
    }
}

#[test]
fn notes_endorsements_and_familiar_followers() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    let to = |who: &Person, what: &str| format!("/api/v1/accounts/{}/{what}", who.id);
    assert_eq!(alice.post(&to(&bob, "note"), json!({"comment": "met in a wood"}))["note"], "met in a wood");
    assert_eq!(alice.post(&to(&bob, "note"), json!({"comment": ""}))["note"], "");
    assert_eq!(refused(&alice, "POST", &to(&bob, "note"), json!({"comment": "x".repeat(2001)})), 422);
    assert_eq!(refused(&alice, "POST", &to(&bob, "endorse"), json!({})), 422);
    alice.follows(&bob);
    bob.follows(&carol);
    assert_eq!(alice.post(&to(&bob, "pin"), json!({}))["endorsed"], true);
    assert_eq!(ids(&alice.get("/api/v1/endorsements")), [bob.id.to_string()]);
    assert_eq!(ids(&carol.get(&to(&alice, "endorsements"))), [bob.id.to_string()]);
    assert_eq!(alice.post(&to(&bob, "unendorse"), json!({}))["endorsed"], false);
    let familiar =
        alice.get(&format!("/api/v1/accounts/familiar_followers?id[]={}&id[]={}", carol.id, bob.id));
    assert_eq!(
        (ids(&familiar), ids(&familiar[0]["accounts"])),
        (vec![carol.id.to_string().as_str(), bob.id.to_string().as_str()], vec![bob.id.to_string().as_str()])
    );
    let removed = bob.post(&to(&alice, "remove_from_followers"), json!({}));
    assert_eq!(removed["followed_by"], false);
    assert_eq!(alice.get(&to(&bob, "identity_proofs")), json!([]));
}

#[test]
fn private_conversations() {
    let (app, alice, bob) = people();
    let say = |from: &Person, text: &str, to: Option<&Value>| {
        app.clock.advance(10);
        from.post(
            "/api/v1/statuses",
            json!({"status": text, "visibility": "direct", "in_reply_to_id": to.map(id)}),
        )
    };
    let first = say(&alice, "@bob psst", None);
    let list = bob.get("/api/v1/conversations");
    assert_eq!(
        (list[0]["unread"].as_bool(), ids(&list[0]["accounts"]), &list[0]["last_status"]["id"]),
        (Some(true), vec![alice.id.to_string().as_str()], &first["id"])
    );
    let second = say(&bob, "@alice what?", Some(&first));
    assert_eq!(bob.get("/api/v1/conversations")[0]["unread"], false);
    let hers = alice.get("/api/v1/conversations");
    assert_eq!(
        (hers.as_array().unwrap().len(), hers[0]["unread"].as_bool(), &hers[0]["last_status"]["id"]),
        (1, Some(true), &second["id"])
    );
    let path = format!("/api/v1/conversations/{}", id(&hers[0]));
    assert_eq!(alice.post(&format!("{path}/read"), json!({}))["unread"], false);
    assert_eq!(alice.post(&format!("{path}/unread"), json!({}))["unread"], true);
    assert_eq!(alice.get("/api/v1/timelines/direct").as_array().unwrap().len(), 2);
    bob.deletes(&second);
    assert_eq!(alice.get("/api/v1/conversations")[0]["last_status"]["id"], first["id"]);
    alice.ok("DELETE", &path, None);
    assert_eq!(alice.get("/api/v1/conversations"), json!([]));
    assert_eq!(refused(&alice, "DELETE", &path, json!({})), 404);
    // Somebody else's is not there.
    let theirs = bob.get("/api/v1/conversations");
    assert_eq!(
        refused(&alice, "POST", &format!("/api/v1/conversations/{}/read", id(&theirs[0])), json!({})),
        404
    );
}

#[test]
fn notifications_in_groups() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let people: Vec<Person> = (0..5).map(|n| app.person(&format!("p{n}"))).collect();
    let posts = [alice.posts("one"), alice.posts("two")];
    // Away from the edge of a span.
    for person in &people {
        app.clock.advance(1000);
        person.act(&posts[0], "favourite");
        person.act(&posts[1], "favourite");
        person.follows(&alice);
    }
    let all = alice.get("/api/v2/notifications");
    let groups = all["notification_groups"].as_array().unwrap();
    assert_eq!(groups.len(), 3);
    // Trap 36: an integer; and all who are named are there.
    assert!(
        groups.iter().all(|g| g["most_recent_notification_id"].is_i64() && g["notifications_count"] == 5)
    );
    assert_eq!(
        (all["accounts"].as_array().unwrap().len(), all["statuses"].as_array().unwrap().len()),
        (5, 2)
    );
    assert_eq!(groups[0]["sample_account_ids"].as_array().unwrap().len(), 5);
    // A group that one page has begun is not on the next.
    let first = alice.get("/api/v2/notifications?limit=1");
    let g = &first["notification_groups"][0];
    let next =
        alice.get(&format!("/api/v2/notifications?limit=5&max_id={}", g["most_recent_notification_id"]));
    let keys: Vec<&Value> =
        next["notification_groups"].as_array().unwrap().iter().map(|n| &n["group_key"]).collect();
    assert!(keys.len() == 2 && !keys.contains(&&g["group_key"]), "{keys:?} {g}");
    let partial = alice.get("/api/v2/notifications?expand_accounts=partial_avatars");
    assert!(partial["accounts"].as_array().unwrap().len() < 5);
    assert!(partial["partial_accounts"][0].get("note").is_none());
    let alone = alice.get("/api/v2/notifications?grouped_types[]=follow&types[]=favourite");
    assert_eq!(alone["notification_groups"].as_array().unwrap().len(), 10);
    let key = groups[0]["group_key"].as_str().unwrap();
    assert_eq!(
        alice.get(&format!("/api/v2/notifications/{key}"))["notification_groups"][0]["notifications_count"],
        5
    );
    assert_eq!(alice.get(&format!("/api/v2/notifications/{key}/accounts")).as_array().unwrap().len(), 5);
    assert_eq!(alice.get("/api/v2/notifications/unread_count"), json!({"count": 3}));
    alice.post(&format!("/api/v2/notifications/{key}/dismiss"), json!({}));
    assert_eq!(alice.get("/api/v2/notifications")["notification_groups"].as_array().unwrap().len(), 2);
    assert_eq!(refused(&alice, "GET", "/api/v2/notifications/nonsense", json!({})), 404);
    alice.post("/api/v2/notifications/clear", json!({}));
    assert_eq!(alice.get("/api/v1/notifications"), json!([]));
}

#[test]
fn a_policy_puts_strangers_aside() {
    let (app, alice, bob) = people();
    let policy = alice.ok(
        "PUT",
        "/api/v2/notifications/policy",
        Some(json!({"for_not_following": "filter", "for_private_mentions": "accept"})),
    );
    assert_eq!(
        (policy["for_not_following"].as_str(), policy["summary"]["pending_requests_count"].as_i64()),
        (Some("filter"), Some(0))
    );
    let mention = bob.posts("@alice hello");
    bob.follows(&alice);
    assert!(alice.notifications().is_empty());
    assert_eq!(alice.get("/api/v1/notifications?include_filtered=true").as_array().unwrap().len(), 2);
    let requests = alice.get("/api/v1/notifications/requests");
    // Trap 44: a string.
    assert_eq!(
        (requests[0]["notifications_count"].as_str(), &requests[0]["last_status"]["id"]),
        (Some("2"), &mention["id"])
    );
    assert_eq!(
        alice.get("/api/v2/notifications/policy")["summary"],
        json!({"pending_requests_count": 1, "pending_notifications_count": 2})
    );
    alice.post(&format!("/api/v1/notifications/requests/{}/accept", id(&requests[0])), json!({}));
    assert_eq!(alice.get("/api/v1/notifications/requests/merged"), json!({"merged": true}));
    assert_eq!(alice.notifications().len(), 2);
    // Let in for good.
    bob.act(&alice.posts("x"), "favourite");
    assert_eq!(alice.notifications().len(), 3);
    let carol = app.person("carol");
    carol.posts("@alice and me?");
    let request = alice.get("/api/v1/notifications/requests");
    alice.post("/api/v1/notifications/requests/dismiss", json!({"id": [id(&request[0])]}));
    assert_eq!(
        (
            alice.get("/api/v1/notifications/requests"),
            alice.get("/api/v1/notifications?include_filtered=true").as_array().unwrap().len()
        ),
        (json!([]), 3)
    );
    alice.ok("PUT", "/api/v2/notifications/policy", Some(json!({"for_not_following": "drop"})));
    app.person("dora").posts("@alice hi");
    assert_eq!(alice.get("/api/v1/notifications?include_filtered=true").as_array().unwrap().len(), 3);
    assert_eq!(alice.get("/api/v1/notifications/policy")["filter_not_following"], true);
    assert_eq!(
        alice.ok("PUT", "/api/v1/notifications/policy", Some(json!({"filter_not_following": false})))["filter_not_following"],
        false
    );
    assert_eq!(refused(&alice, "PUT", "/api/v2/notifications/policy", json!({"for_bots": "shout"})), 422);
    assert_eq!(refused(&alice, "POST", "/api/v1/notifications/requests/99/accept", json!({})), 404);
}

#[test]
fn who_asks_is_told_of_each_new_status() {
    let (_, alice, bob) = people();
    let follow = alice
        .post(&format!("/api/v1/accounts/{}/follow", bob.id), json!({"notify": true, "languages": ["ko"]}));
    assert_eq!((follow["notifying"].as_bool(), follow["languages"].clone()), (Some(true), json!(["ko"])));
    bob.post("/api/v1/statuses", json!({"status": "hello", "language": "en"}));
    assert_eq!(alice.notifications()[0]["type"], "status");
    // Only Korean on the home timeline.
    assert!(alice.home().is_empty());
    bob.post("/api/v1/statuses", json!({"status": "안녕", "language": "ko"}));
    assert_eq!(alice.home().len(), 1);
    alice.post(&format!("/api/v1/accounts/{}/follow", bob.id), json!({"reblogs": false}));
    assert_eq!(alice.home().len(), 2);
}

#[test]
fn search_finds_words_of_any_language() {
    let (app, alice, bob) = people();
    bob.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"indexable": true, "display_name": "밥 로스"})),
    );
    let korean = bob.posts("오늘은 숲에서 소리를 들었다");
    app.clock.advance(10);
    let english = bob.posts("The quick brown fox https://fox.example/den");
    app.clock.advance(10);
    let mine = alice.post("/api/v1/statuses", json!({"status": "my quick note", "visibility": "private"}));
    let find = |person: &Person, q: &str| -> Vec<String> {
        let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let found = person.get(&format!("/api/v2/search?type=statuses&q={q}"));
        ids(&found["statuses"]).into_iter().map(str::to_owned).collect()
    };
    let (k, e, m) = (id(&korean).to_owned(), id(&english).to_owned(), id(&mine).to_owned());
    assert_eq!(find(&alice, "소리를"), [k.clone()]);
    // Two characters, in the middle and at the end.
    assert_eq!(find(&alice, "소리"), [k.clone()]);
    assert_eq!(find(&alice, "었다"), [k.clone()]);
    assert_eq!(find(&alice, "quick"), [m.clone(), e.clone()]);
    assert_eq!(find(&bob, "quick"), [e.clone()]);
    assert_eq!(find(&alice, "QUICK -note"), [e.clone()]);
    assert_eq!(find(&alice, "quick from:me"), [m.clone()]);
    assert_eq!(find(&alice, "from:bob"), [e.clone(), k.clone()]);
    assert_eq!(find(&alice, "quick has:link"), [e.clone()]);
    assert_eq!(find(&alice, "quick in:library"), [m.clone()]);
    assert_eq!(find(&alice, "\"brown fox\""), [e.clone()]);
    assert_eq!(find(&alice, "quick before:2020-01-01"), Vec::<String>::new());
    assert_eq!(find(&alice, "nothing"), Vec::<String>::new());
    assert_eq!(find(&alice, "짜장"), Vec::<String>::new());
    for odd in ["\"", "-", "*", "a\" OR \"b", "NEAR(a b)", "quick AND", "%", "'", "():", "from:"] {
        find(&alice, odd);
    }
    // What is edited is found by its new words only; what is deleted not at all.
    app.clock.advance(1000);
    bob.ok("PUT", &format!("/api/v1/statuses/{e}"), Some(json!({"status": "The slow fox"})));
    assert_eq!((find(&alice, "quick"), find(&alice, "slow")), (vec![m], vec![e.clone()]));
    bob.deletes(&english);
    assert_eq!(find(&alice, "slow"), Vec::<String>::new());
    // People by parts of their names.
    let people = |q: &str| {
        let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        alice.get(&format!("/api/v2/search?type=accounts&q={q}"))["accounts"].as_array().unwrap().len()
    };
    assert_eq!((people("bob"), people("로스"), people("밥"), people("nobody")), (1, 1, 1, 0));
    assert_eq!(alice.get("/api/v1/accounts/search?q=bo")[0]["username"], "bob");
    // A stranger finds no statuses.
    let found = app.request("GET", "/api/v2/search?q=fox", None, None);
    assert_eq!(serde_json::from_slice::<Value>(&found.body).unwrap()["statuses"], json!([]));
}

#[test]
fn the_sweep_indexes_public_statuses_of_those_who_allow_it() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let mut bob = remote.person("bob");
    bob["indexable"] = json!(true);
    remote.serve(bob.clone());
    let shy = remote.person("shy");
    app.tick();
    for (n, author) in [(1, &bob), (2, &shy)] {
        let account = alice.finds(&format!("{}@b.example", author["preferredUsername"].as_str().unwrap()));
        alice.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({}));
        settle(&[&app]);
        let follow = remote.inbox.borrow().iter().rev().find(|a| a["type"] == "Follow").cloned().unwrap();
        remote.sends(&app, &json!({"id": remote.uri(&format!("/accepts/{n}")), "type": "Accept", "actor": author["id"], "object": follow}));
        let published = sori::model::time::Time(app.clock.now().0).to_iso_seconds();
        let note = remote.note(author, n, json!({"content": "<p>mossy forest</p>", "published": published}));
        assert_eq!(remote.sends(&app, &remote.create(author, &note)), 202);
    }
    for _ in 0..3 {
        wait(&app, 3 * MINUTE);
    }
    let found = alice.get("/api/v2/search?type=statuses&q=mossy");
    assert_eq!(found["statuses"].as_array().unwrap().len(), 1);
    assert_eq!(found["statuses"][0]["uri"], remote.uri("/notes/1"));
}

#[test]
fn trends_suggestions_and_the_directory() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    for person in [&alice, &bob, &carol] {
        person.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": true})));
    }
    bob.posts("#fern https://fern.example/");
    let liked = carol.posts("more #fern https://fern.example/");
    alice.act(&liked, "favourite");
    bob.act(&liked, "reblog");
    let lists = || {
        (
            alice.get("/api/v1/trends/tags"),
            alice.get("/api/v1/trends/statuses"),
            alice.get("/api/v1/trends/links"),
        )
    };
    assert_eq!(lists(), (json!([]), json!([]), json!([])));
    // Every three hours.
    let minute = app.clock.now().0 / MINUTE;
    wait(&app, (180 - minute % 180) * MINUTE);
    let (tags, statuses, links) = lists();
    assert_eq!(
        (tags[0]["name"].as_str(), statuses[0]["id"].clone(), links[0]["url"].as_str()),
        (Some("fern"), liked["id"].clone(), Some("https://fern.example/"))
    );
    assert_eq!(links[0]["history"].as_array().unwrap().len(), 7);
    assert_eq!(alice.get("/api/v1/trends")[0]["name"], "fern");
    assert_eq!(
        alice.get("/api/v1/timelines/link?url=https%3A%2F%2Ffern.example%2F").as_array().unwrap().len(),
        2
    );
    alice.follows(&bob);
    bob.follows(&carol);
    let suggested = alice.get("/api/v2/suggestions");
    assert_eq!(
        (suggested[0]["account"]["id"].as_str(), suggested[0]["sources"].clone()),
        (Some(carol.id.to_string().as_str()), json!(["friends_of_friends"]))
    );
    alice.ok("DELETE", &format!("/api/v1/suggestions/{}", carol.id), None);
    assert!(
        alice.get("/api/v1/suggestions").as_array().unwrap().iter().all(|a| id(a) != carol.id.to_string())
    );
    assert_eq!(alice.get("/api/v1/directory?local=true&order=new").as_array().unwrap().len(), 4);
}

#[test]
fn announcements_are_read_and_reacted_to() {
    let (app, alice, bob) = people();
    app.db.run(&format!("INSERT INTO announcements (id, content, published_at, updated_at) VALUES (5, '<p>hi</p>', {NOW}, {NOW})"));
    app.clock.advance(1000);
    assert_eq!(alice.get("/api/v1/announcements")[0]["read"], false);
    alice.post("/api/v1/announcements/5/dismiss", json!({}));
    alice.ok("PUT", "/api/v1/announcements/5/reactions/%F0%9F%91%8D", Some(json!({})));
    bob.ok("PUT", "/api/v1/announcements/5/reactions/%F0%9F%91%8D", Some(json!({})));
    let seen = alice.get("/api/v1/announcements");
    assert_eq!(
        (seen[0]["read"].as_bool(), seen[0]["reactions"].clone()),
        (Some(true), json!([{"name": "👍", "count": 2, "me": true}]))
    );
    alice.ok("DELETE", "/api/v1/announcements/5/reactions/%F0%9F%91%8D", None);
    assert_eq!(alice.get("/api/v1/announcements")[0]["reactions"][0]["me"], false);
    assert_eq!(refused(&alice, "PUT", "/api/v1/announcements/5/reactions/text", json!({})), 422);
    assert_eq!(refused(&alice, "POST", "/api/v1/announcements/6/dismiss", json!({})), 404);
}

#[test]
fn collections_hold_those_who_want_to_be_found() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": true})));
    carol.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": false})));
    let made = alice.post(
        "/api/v1/collections",
        json!({"name": "painters", "tag_name": "art", "account_ids": [bob.id.to_string()]}),
    );
    let collection = &made["collection"];
    assert_eq!(
        (collection["item_count"].as_i64(), collection["tag"]["name"].as_str()),
        (Some(1), Some("art"))
    );
    let path = format!("/api/v1/collections/{}", id(collection));
    assert_eq!(
        refused(&alice, "POST", &format!("{path}/items"), json!({"account_id": carol.id.to_string()})),
        422
    );
    assert_eq!(
        refused(&alice, "POST", &format!("{path}/items"), json!({"account_id": bob.id.to_string()})),
        422
    );
    let shown = carol.get(&path);
    assert_eq!(
        (shown["accounts"].as_array().unwrap().len(), shown["collection"]["name"].as_str()),
        (2, Some("painters"))
    );
    assert_eq!(
        bob.get(&format!("/api/v1/accounts/{}/in_collections", bob.id))["collections"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        carol.get(&format!("/api/v1/accounts/{}/collections", alice.id))["collections"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(refused(&bob, "PATCH", &path, json!({"name": "mine"})), 403);
    let renamed = alice.ok("PATCH", &path, Some(json!({"name": "artists", "discoverable": false})));
    assert_eq!(renamed["collection"]["name"], "artists");
    assert_eq!(carol.get(&format!("/api/v1/accounts/{}/collections", alice.id))["collections"], json!([]));
    let item = shown["collection"]["items"][0]["id"].as_str().unwrap();
    bob.post(&format!("{path}/items/{item}/revoke"), json!({}));
    assert_eq!(carol.get(&path)["collection"]["item_count"], 0);
    alice.ok("DELETE", &format!("{path}/items/{item}"), None);
    alice.ok("DELETE", &path, None);
    assert_eq!(refused(&alice, "GET", &path, json!({})), 404);
}

#[test]
fn the_profile_api_and_its_defaults() {
    let (_, alice, bob) = people();
    let profile = alice.ok("PATCH", "/api/v1/profile", Some(json!({"display_name": "Alice", "note": "a <b>", "show_media": false,
        "attribution_domains": ["news.example"], "fields_attributes": {"0": {"name": "web", "value": "x"}}, "source": {"quote_policy": "followers"}})));
    // Texts as typed; no picture where there is none.
    assert_eq!(
        (profile["note"].as_str(), &profile["avatar"], profile["fields"][0]["value"].as_str()),
        (Some("a <b>"), &Value::Null, Some("x"))
    );
    assert_eq!(
        (profile["show_media"].as_bool(), profile["attribution_domains"].clone()),
        (Some(false), json!(["news.example"]))
    );
    assert_eq!(alice.get("/api/v1/profile")["display_name"], "Alice");
    // Trap 13: others see absolute default pictures.
    let seen = bob.get(&format!("/api/v1/accounts/{}", alice.id));
    assert!(
        seen["avatar"].as_str().unwrap().starts_with("https://")
            && seen["header"].as_str().unwrap().starts_with("https://")
    );
    assert_eq!(seen["show_media"], false);
    assert_eq!(alice.get("/api/v1/preferences")["posting:default:quote_policy"], "followers");
    assert_eq!(alice.posts("x")["quote_approval"]["automatic"], json!(["followers"]));
    assert_eq!(
        refused(&alice, "PATCH", "/api/v1/profile", json!({"attribution_domains": ["not a domain"]})),
        422
    );
    assert_eq!(refused(&alice, "DELETE", "/api/v1/profile/avatar", json!({})), 404);
}

#[test]
fn links_of_a_profile_are_verified_and_looked_at_again() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let page = std::rc::Rc::new(std::cell::RefCell::new(
        "<a rel=\"me\" href=\"https://a.example/@alice\">me</a>".to_owned(),
    ));
    let shown = page.clone();
    network.register(
        "blog.example",
        std::rc::Rc::new(move |_| {
            let html = shown.borrow().clone();
            Box::pin(async move { sori::http::response::Response::new(200, "text/html", html) })
        }),
    );
    let fields = json!({"fields_attributes": [{"name": "blog", "value": "https://blog.example/"}, {"name": "other", "value": "https://gone.example/"}]});
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(fields));
    let verified =
        |n: usize| alice.get("/api/v1/accounts/verify_credentials")["fields"][n]["verified_at"].is_string();
    assert!(verified(0) && !verified(1));
    *page.borrow_mut() = "nothing".into();
    let minute = app.clock.now().0 / MINUTE;
    wait(&app, (720 - minute % 720) * MINUTE);
    assert!(!verified(0));
}

#[test]
fn the_instance_tells_of_itself() {
    let (app, alice, _) = people();
    app.db.run("INSERT INTO rules (id, text, hint) VALUES (1, 'Be kind', 'always'), (2, 'No ads', '')");
    app.db.run(&format!("INSERT INTO settings (key, value) VALUES ('privacy_policy', 'We keep little.'), ('privacy_policy_updated_at', '{NOW}')"));
    assert_eq!(alice.get("/api/v1/instance/rules")[1]["text"], "No ads");
    assert_eq!(alice.get("/api/v2/instance")["rules"][0]["hint"], "always");
    assert_eq!(alice.get("/api/v1/instance/privacy_policy")["content"], "<p>We keep little.</p>");
    assert!(alice.get("/api/v1/instance/extended_description")["content"].is_string());
    assert_eq!(refused(&alice, "GET", "/api/v1/instance/terms_of_service", json!({})), 404);
    alice.posts("x");
    let weeks = alice.get("/api/v1/instance/activity");
    assert_eq!(
        (weeks.as_array().unwrap().len(), weeks[0]["statuses"].as_str(), weeks[0]["registrations"].as_str()),
        (12, Some("1"), Some("3"))
    );
    assert_eq!(alice.get("/api/v1/instance/peers"), json!([]));
    assert!(
        alice
            .get("/api/v1/instance/languages")
            .as_array()
            .unwrap()
            .iter()
            .any(|l| l["code"] == "ko" && l["name"] == "Korean")
    );
    let post = alice.posts("embed me");
    let url: String =
        url::form_urlencoded::byte_serialize(post["url"].as_str().unwrap().as_bytes()).collect();
    let embed = alice.get(&format!("/api/oembed?url={url}"));
    assert!(embed["html"].as_str().unwrap().contains("embed me"));
    assert_eq!(refused(&alice, "GET", "/api/oembed?url=https%3A%2F%2Fx.example%2F1", json!({})), 404);
    // Trap 30: what is not there is a JSON 404.
    for path in [
        "/api/v1/streaming",
        "/api/v2/media",
        "/api/v1/push/subscription",
        "/api/v1/admin/accounts",
        "/api/v9/x",
    ] {
        assert_eq!(refused(&alice, "GET", path, json!({})), 404, "{path}");
    }
    let translate = refused(&alice, "POST", &format!("/api/v1/statuses/{}/translate", id(&post)), json!({}));
    assert_eq!((translate, alice.get("/api/v1/instance/translation_languages")), (404, json!({})));
}

#[test]
fn custom_emojis_are_shown_where_they_are_written() {
    let (app, alice, _) = people();
    app.db.run("INSERT INTO custom_emojis (shortcode, url, static_url) VALUES ('fern', 'https://a.example/fern.png', 'https://a.example/fern.png')");
    let post = alice.posts("a :fern: and :nothing:");
    assert_eq!(
        (post["emojis"].as_array().unwrap().len(), post["emojis"][0]["shortcode"].as_str()),
        (1, Some("fern"))
    );
    assert_eq!(alice.get("/api/v1/custom_emojis")[0]["shortcode"], "fern");
}

#[test]
fn a_day_has_its_limits_for_what_is_scheduled() {
    let (app, alice, _) = people();
    let at = sori::model::time::Time(app.clock.now().0 + 3 * DAY).to_iso();
    for n in 0..25 {
        alice.post("/api/v1/statuses", json!({"status": format!("{n}"), "scheduled_at": at}));
    }
    assert_eq!(
        refused(&alice, "POST", "/api/v1/statuses", json!({"status": "one more", "scheduled_at": at})),
        422
    );
}
