//! Relationships between accounts: follows, mutes, blocks, notes.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{DAY, MINUTE, NOW, Person, TestApp, id, ids, people, refused, settle, wait};
use crate::remote::Remote;

#[test]
fn mutes_hide_statuses_and_expire() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    alice.follows(&bob);
    alice.follows(&carol);
    let hers = carol.posts("carol's");
    bob.posts("bob's");
    // The boost is not shown beside its original.
    bob.act(&hers, "reblog");
    assert_eq!(alice.home().len(), 2);
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
    assert_eq!(alice.home().len(), 3);
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
fn blocks_remove_all_ties_between_two_accounts() {
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
    // A blocked account sees nothing of the blocker.
    assert_eq!(refused(&bob, "GET", &format!("/api/v1/statuses/{}", id(&alice.posts("x"))), json!({})), 404);
    assert!(alice.get("/api/v1/timelines/public").as_array().unwrap().iter().all(|s| s["id"] != post["id"]));
    assert_eq!(refused(&bob, "POST", &format!("/api/v1/accounts/{}/follow", alice.id), json!({})), 403);
    let free = alice.post(&format!("/api/v1/accounts/{}/unblock", bob.id), json!({}));
    assert_eq!(free["blocking"], false);
}

#[test]
fn blocks_and_domain_blocks_are_sent_to_the_remote_server() {
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
    // The pending request there is withdrawn as well.
    assert!(
        remote.got().ends_with(&["Undo".to_owned(), "Reject".to_owned()])
            || remote.got().ends_with(&["Reject".to_owned(), "Undo".to_owned()])
    );
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
fn the_notify_option_notifies_of_each_new_status() {
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
    alice.post(&format!("/api/v1/accounts/{}/follow", bob.id), json!({"languages": []}));
    assert_eq!(alice.home().len(), 2);
}

#[test]
fn following_again_changes_only_the_given_options() {
    let (_, alice, bob) = people();
    let follow = |options: Value| alice.post(&format!("/api/v1/accounts/{}/follow", bob.id), options);
    let chosen = |r: &Value| (r["showing_reblogs"].clone(), r["notifying"].clone(), r["languages"].clone());
    assert_eq!(
        chosen(&follow(json!({"reblogs": false, "languages": ["ko"]}))),
        (json!(false), json!(false), json!(["ko"]))
    );
    assert_eq!(chosen(&follow(json!({"notify": true}))), (json!(false), json!(true), json!(["ko"])));
    assert_eq!(
        chosen(&follow(json!({"reblogs": true, "languages": []}))),
        (json!(true), json!(true), Value::Null)
    );
}

#[test]
fn boosts_are_hidden_where_the_follow_has_reblogs_false() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    alice.follows(&bob);
    bob.act(&carol.posts("carol's"), "reblog");
    assert_eq!(alice.home().len(), 1);
    alice.post(&format!("/api/v1/accounts/{}/follow", bob.id), json!({"reblogs": false}));
    assert!(alice.home().is_empty());
}

#[test]
fn a_domain_block_removes_requests_and_notifications() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    let remote = Remote::new(&network, "b.example");
    let (bob, carol) = (remote.person("bob"), remote.person("carol"));
    let (found, hers) = (alice.finds("bob@b.example"), alice.finds("carol@b.example"));
    let follow = json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &follow), 202);
    // carol's server has not answered yet.
    alice.post(&format!("/api/v1/accounts/{}/follow", id(&hers)), json!({}));
    settle(&[&app]);
    assert_eq!(alice.get("/api/v1/follow_requests").as_array().unwrap().len(), 1);
    assert_eq!(alice.notifications()[0]["type"], "follow_request");
    alice.post("/api/v1/domain_blocks", json!({"domain": "b.example"}));
    settle(&[&app]);
    let mut got = remote.got();
    got.sort_unstable();
    assert_eq!(got, ["Follow", "Reject", "Undo"]);
    assert_eq!((alice.get("/api/v1/follow_requests"), alice.notifications().len()), (json!([]), 0));
    let relation = alice.get(&format!("/api/v1/accounts/relationships?id={}", id(&hers)));
    assert_eq!(relation[0]["requested"], false);
    // No account of the domain is followed or follows.
    assert_eq!(refused(&alice, "POST", &format!("/api/v1/accounts/{}/follow", id(&found)), json!({})), 403);
    let again = json!({"id": remote.uri("/follows/2"), "type": "Follow", "actor": carol["id"], "object": "https://a.example/users/alice"});
    remote.sends(&app, &again);
    assert_eq!(alice.get("/api/v1/follow_requests"), json!([]));
}

#[test]
fn a_blocked_viewer_sees_neither_statuses_nor_followers() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    carol.follows(&alice);
    alice.posts("hello");
    let of = |what: &str| bob.get(&format!("/api/v1/accounts/{}/{what}", alice.id)).as_array().unwrap().len();
    assert_eq!((of("statuses"), of("followers")), (1, 1));
    alice.post(&format!("/api/v1/accounts/{}/block", bob.id), json!({}));
    assert_eq!((of("statuses"), of("followers"), of("following")), (0, 0, 0));
    // The profile itself is shown, as on Mastodon.
    assert_eq!(bob.get(&format!("/api/v1/accounts/{}", alice.id))["username"], "alice");
    let relation = bob.get(&format!("/api/v1/accounts/relationships?id={}", alice.id));
    assert_eq!(relation[0]["blocked_by"], true);
}

#[test]
fn unlocking_an_account_accepts_all_pending_requests() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let remote = Remote::new(&network, "b.example");
    let carol = remote.person("carol");
    let locked =
        |is: bool| alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": is})));
    locked(true);
    assert_eq!(bob.follows(&alice)["requested"], true);
    let follow = json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": carol["id"], "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &follow), 202);
    assert_eq!(alice.get("/api/v1/follow_requests").as_array().unwrap().len(), 2);
    assert_eq!(alice.get("/api/v1/accounts/verify_credentials")["source"]["follow_requests_count"], 2);
    locked(false);
    settle(&[&app]);
    assert_eq!(alice.get("/api/v1/follow_requests"), json!([]));
    assert_eq!(alice.get(&format!("/api/v1/accounts/{}/followers", alice.id)).as_array().unwrap().len(), 2);
    assert!(remote.got().contains(&"Accept".to_owned()));
    let kinds: Vec<Value> = alice.notifications().iter().map(|n| n["type"].clone()).collect();
    assert_eq!(kinds, ["follow", "follow"]);
}

#[test]
fn follows_are_limited_to_7500_or_the_number_of_followers() {
    let (app, alice, bob) = people();
    let set = |followers: i64| {
        app.db.run(&format!(
            "UPDATE accounts SET following_count = 7500, followers_count = {followers} WHERE id = {}",
            alice.id
        ));
    };
    set(0);
    let path = format!("/api/v1/accounts/{}/follow", bob.id);
    assert_eq!(refused(&alice, "POST", &path, json!({})), 422);
    set(7000);
    alice.post(&path, json!({}));
}

/// The row of an expired mute stays until the next cron run; no read uses it.
#[test]
fn a_mute_expires_at_its_time_and_not_at_the_next_cron_run() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    for person in [&bob, &carol] {
        alice.follows(person);
    }
    let list = alice.post("/api/v1/lists", json!({"title": "x"}));
    alice
        .post(&format!("/api/v1/lists/{}/accounts", id(&list)), json!({"account_ids": [bob.id.to_string()]}));
    let post = bob.posts("bob's own words about #fern");
    carol.act(&post, "reblog");
    carol.posts("hello @bob");
    let quote = carol.post("/api/v1/statuses", json!({"status": "look", "quoted_status_id": id(&post)}));
    let answer = carol.replies(&bob.replies(&alice.posts("a thread"), "@alice yes"), "@bob no");
    bob.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"discoverable": true, "indexable": true})),
    );
    let thread = format!("/api/v1/statuses/{}/context", id(&answer));
    let reads = [
        "/api/v1/timelines/home?limit=40".to_owned(),
        format!("/api/v1/timelines/list/{}", id(&list)),
        "/api/v1/timelines/public".into(),
        "/api/v1/timelines/tag/fern".into(),
        "/api/v1/mutes".into(),
        "/api/v1/directory?local=true&order=new".into(),
        format!("/api/v1/accounts/relationships?id[]={}", bob.id),
        format!("/api/v1/accounts/{}/statuses", carol.id),
        format!("/api/v1/statuses/{}", id(&quote)),
        "/api/v2/search?q=words&type=statuses".into(),
        "/api/v2/suggestions".into(),
        thread,
    ];
    let seen = || -> Vec<Value> { reads.iter().map(|path| alice.get(path)).collect() };
    let before = seen();
    alice.post(&format!("/api/v1/accounts/{}/mute?duration=600", bob.id), json!({}));
    let during = seen();
    let differing = reads.iter().zip(before.iter().zip(&during)).filter(|(_, (a, b))| a != b).count();
    assert!(differing >= 9, "{differing} of {} reads look at mutes", reads.len());
    app.clock.advance(10 * MINUTE);
    assert_eq!(app.count("SELECT count(*) AS n FROM mutes"), 1, "no tick has come");
    for ((path, before), after) in reads.iter().zip(&before).zip(seen()) {
        assert_eq!(*before, after, "{path}");
    }
    // What is received now makes notifications.
    bob.act(&alice.posts("again"), "favourite");
    assert_eq!(alice.notifications()[0]["type"], "favourite");
}

#[test]
fn a_deleted_account_is_absent_wherever_it_is_asked_for() {
    let (app, alice, bob) = crate::app::people();
    let post = bob.posts("hello");
    let (number, handle) = (bob.id, bob.handle());
    let url = "https%3A%2F%2Fa.example%2Fusers%2Fbob";
    let paths = [
        format!("/api/v1/accounts/{number}"),
        format!("/api/v1/accounts/lookup?acct={handle}"),
        format!("/api/v1/accounts/{number}/statuses"),
        format!("/api/v1/accounts/{number}/statuses?pinned=true"),
        format!("/api/v1/accounts/{number}/followers"),
        format!("/api/v1/accounts/{number}/following"),
        format!("/api/v1/accounts/{number}/endorsements"),
        format!("/api/v1/accounts/{number}/featured_tags"),
        format!("/api/v1/accounts/{number}/lists"),
        format!("/api/v1/accounts/{number}/collections"),
    ];
    for path in &paths {
        assert_eq!(alice.call("GET", path, None).status, 200, "{path}");
    }
    let lists = [
        format!("/api/v1/accounts?id[]={number}"),
        format!("/api/v1/accounts/search?resolve=true&q={handle}"),
        format!("/api/v2/search?resolve=true&q={handle}"),
        format!("/api/v2/search?resolve=true&q={url}"),
    ];
    let found = |path: &str| {
        let answer = alice.get(path);
        answer.get("accounts").unwrap_or(&answer).as_array().unwrap().len()
    };
    for path in &lists {
        assert_eq!(found(path), 1, "{path}");
    }
    app.db.run("UPDATE accounts SET deleted_at = 5, suspended_at = 5 WHERE username = 'bob'");
    for path in &paths {
        assert_eq!(alice.call("GET", path, None).status, 404, "{path}");
    }
    for path in &lists {
        assert_eq!(found(path), 0, "{path}");
    }
    let report = json!({"account_id": number.to_string(), "status_ids": [post["id"]]});
    assert_eq!(alice.call("POST", "/api/v1/reports", Some(report)).status, 404);
}

#[test]
fn of_a_suspended_account_no_description_is_shown() {
    let (app, alice, bob) = crate::app::people();
    app.db.run(
        "UPDATE accounts SET avatar_description = 'xyzzy', header_description = 'xyzzy' WHERE username = 'bob'",
    );
    let shown = |field: &str| alice.get(&format!("/api/v1/accounts/{}", bob.id))[field].clone();
    for field in ["avatar_description", "header_description"] {
        assert_eq!(shown(field), "xyzzy");
    }
    app.db.run("UPDATE accounts SET suspended_at = 5 WHERE username = 'bob'");
    for field in ["avatar_description", "header_description"] {
        assert_eq!(shown(field), "", "{field}");
    }
}

#[test]
fn a_handle_names_its_account_in_every_spelling_of_its_domain() {
    let (app, alice, _) = crate::app::people();
    let ann = app.person("ann");
    let post = ann.posts("fern moss");
    alice.act(&post, "favourite");
    app.db.run(
        "INSERT INTO domains (id, handle_domain, web_origin, is_primary, verified_at, created_at) \
         SELECT max(id) + 7, 'xn--bj0bj06e.kr', 'https://social.xn--bj0bj06e.kr', 0, 1, 0 FROM domains;\
         UPDATE accounts SET domain_id = (SELECT max(id) FROM domains), domain = 'xn--bj0bj06e.kr' WHERE username = 'ann'",
    );
    app.restart();
    for domain in ["xn--bj0bj06e.kr", "XN--BJ0BJ06E.kr", "한글.kr", "한글.kr.", "social.한글.kr"] {
        let q = |text: String| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let handle = q(format!("ann@{domain}"));
        let looked_up = alice.get(&format!("/api/v1/accounts/lookup?acct={handle}"));
        assert_eq!(looked_up["id"], ann.id.to_string(), "{domain}");
        let found = alice.get(&format!("/api/v1/accounts/search?q={handle}"));
        assert_eq!(found[0]["id"], ann.id.to_string(), "{domain}");
        let from = q(format!("from:ann@{domain} fern"));
        let found = alice.get(&format!("/api/v2/search?type=statuses&q={from}"));
        assert_eq!(found["statuses"][0]["id"], post["id"], "{domain}");
        let page = app.request("GET", &format!("/@ann@{domain}"), None, None);
        assert_eq!(page.status, 200, "{domain}");
        let browser = crate::browser::Browser::new(&app);
        let answer = browser.sign_in(&format!("ann@{domain}"), crate::app::PASSWORD, "/");
        assert_eq!(answer.status, 303, "{domain}");
    }
    // Who signs in with a word for a domain of nobody is not taken for somebody else.
    assert_eq!(alice.call("GET", "/api/v1/accounts/lookup?acct=ann@%23", None).status, 404);
}

#[test]
fn somebody_reports_an_account_twenty_times_a_week_at_most() {
    let (app, alice, bob) = people();
    let report = json!({"account_id": bob.id.to_string(), "comment": "x"});
    for _ in 0..20 {
        alice.post("/api/v1/reports", report.clone());
    }
    assert_eq!(refused(&alice, "POST", "/api/v1/reports", report.clone()), 429);
    assert_eq!(app.count("SELECT count(*) AS n FROM reports"), 20);
    wait(&app, 8 * DAY);
    alice.post("/api/v1/reports", report);
}
