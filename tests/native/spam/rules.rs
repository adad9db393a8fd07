//! Each action at each door.

use serde_json::json;
use sori::http::response::Response;
use sori::model::spam::{Action, Kind};
use sori::model::time::DAY;
use sori::platform::native::{Clock, Network};

use super::{ALICE, PUBLIC, held, is_stored, last_held, mention, press, rule, sends, set};
use crate::app::{NOW, TestApp, id, settle};
use crate::federation::forwarding::forwarded;
use crate::remote::{Remote, cast, scene};
use crate::sign_up;

/// Nothing of a status is anywhere: on no timeline, in no search, thread, conversation or notification, and not by its address.
fn is_nowhere(app: &TestApp, word: &str) {
    let alice = app.person("alice");
    for path in [
        "/api/v1/timelines/home",
        "/api/v1/timelines/public",
        "/api/v1/timelines/public?remote=true",
        "/api/v1/timelines/tag/sale",
        "/api/v1/notifications",
        "/api/v2/notifications",
        "/api/v1/notifications/requests",
        "/api/v1/conversations",
        &format!("/api/v2/search?q={word}"),
        "/api/v1/trends/statuses",
    ] {
        let answer = alice.get(path).to_string();
        assert!(!answer.contains(word), "{path}: {answer}");
    }
    for table in ["statuses", "mentions", "notifications", "pushes", "status_tags", "conversations"] {
        let sql: &'static str = Box::leak(format!("SELECT count(*) AS n FROM {table}").into_boxed_str());
        assert_eq!(app.count(sql), 0, "{table}");
    }
}

#[test]
fn what_is_held_is_nowhere_until_staff_lets_it_through() {
    let (app, alice, remote, bob) = scene();
    rule(&app, Kind::Word, "cheap pills", false, Action::Hold);
    let note = mention(&app, &remote, &bob, 1, "ＣＨＥＡＰ <b>pills</b>, #sale");
    sends(&app, &remote, &bob, &note);
    assert_eq!(held(&app), 1);
    is_nowhere(&app, "pills");
    // Sent once more it is held once.
    sends(&app, &remote, &bob, &note);
    assert_eq!(held(&app), 1);
    let owner = app.person("owner");
    assert_eq!(press(&app, &owner, "pass", &last_held(&app)), 303);
    assert_eq!(held(&app), 0);
    let told = alice.notifications();
    assert_eq!((told.len(), &told[0]["type"]), (1, &json!("mention")), "{told:?}");
    let status = alice.get(&format!("/api/v1/statuses/{}", id(&told[0]["status"])));
    assert!(status["content"].as_str().unwrap().contains("pills"), "{status}");
    // Whoever is followed is not judged.
    let other = mention(&app, &remote, &bob, 2, "nothing special");
    sends(&app, &remote, &bob, &other);
    assert!(is_stored(&app, &other));
    assert_eq!(app.count("SELECT matches AS n FROM spam_rules"), 1);
}

#[test]
fn direct_and_private_posts_are_held_as_well() {
    let (app, alice, remote, bob) = scene();
    rule(&app, Kind::Host, "spam.example", false, Action::Hold);
    let mut note = mention(&app, &remote, &bob, 1, "<a href=\"https://x.SPAM.example/1\">pills</a>");
    note["to"] = json!([ALICE]);
    note["cc"] = json!([]);
    sends(&app, &remote, &bob, &note);
    assert_eq!(held(&app), 1);
    is_nowhere(&app, "pills");
    assert_eq!(press(&app, &app.person("owner"), "pass", &last_held(&app)), 303);
    let conversations = alice.get("/api/v1/conversations");
    assert!(conversations.to_string().contains("pills"), "{conversations}");
}

#[test]
fn what_is_refused_is_gone_and_what_is_dropped_does_not_come_back() {
    let (app, _, remote, bob) = scene();
    rule(&app, Kind::Word, "coins", false, Action::Refuse);
    rule(&app, Kind::Word, "pills", false, Action::Hold);
    let refused = mention(&app, &remote, &bob, 1, "coins and pills");
    sends(&app, &remote, &bob, &refused);
    assert!(!is_stored(&app, &refused) && held(&app) == 0, "the strictest counts");
    let dropped = mention(&app, &remote, &bob, 2, "pills");
    sends(&app, &remote, &bob, &dropped);
    assert_eq!(press(&app, &app.person("owner"), "drop", &last_held(&app)), 303);
    assert_eq!(held(&app), 0);
    is_nowhere(&app, "pills");
    // By another server's door, and without the rule.
    app.db.run("DELETE FROM spam_rules; DELETE FROM settings WHERE key = 'spam_rules'");
    app.restart();
    sends(&app, &remote, &bob, &dropped);
    assert!(!is_stored(&app, &dropped));
    sends(&app, &remote, &bob, &refused);
    assert!(is_stored(&app, &refused), "what was refused left no trace");
}

#[test]
fn what_is_limited_is_there_for_who_opens_it() {
    let (app, alice, remote, bob) = scene();
    rule(&app, Kind::Word, "pills", false, Action::Limit);
    let note = mention(&app, &remote, &bob, 1, "pills");
    sends(&app, &remote, &bob, &note);
    assert!(is_stored(&app, &note) && held(&app) == 0);
    assert!(alice.notifications().is_empty());
    for path in ["/api/v1/timelines/public", "/api/v1/timelines/home"] {
        assert!(!alice.get(path).to_string().contains("pills"), "{path}");
    }
    let found = alice.get(&format!("/api/v2/search?resolve=true&q={}", note["id"].as_str().unwrap()));
    assert_eq!(found["statuses"][0]["visibility"], "unlisted", "{found}");
    // An edit with the word notifies nobody either.
    let mut edited = note.clone();
    edited["content"] = json!("<p>pills, again</p>");
    edited["updated"] = json!("2026-12-21T10:00:00Z");
    let update = json!({"id": remote.uri("/u/1"), "type": "Update", "actor": bob["id"], "object": edited, "to": note["to"], "cc": note["cc"]});
    assert_eq!(remote.sends(&app, &update), 202);
    assert!(alice.notifications().is_empty());
    let found = alice.get(&format!("/api/v2/search?resolve=true&q={}", note["id"].as_str().unwrap()));
    assert!(found["statuses"][0]["content"].as_str().unwrap().contains("again"), "{found}");
}

#[test]
fn who_is_followed_here_is_not_judged() {
    let (app, remote, bob) = cast();
    rule(&app, Kind::Word, "pills", false, Action::Refuse);
    let note = remote.note(&bob, 1, json!({"content": "<p>pills</p>"}));
    sends(&app, &remote, &bob, &note);
    assert!(is_stored(&app, &note));
    // What they boost is theirs to choose.
    let eve = remote.person("eve");
    let boosted = remote.serve(remote.note(&eve, 2, json!({"content": "<p>more pills</p>"})));
    let announce = json!({"id": remote.uri("/a/1"), "type": "Announce", "actor": bob["id"], "object": boosted["id"], "to": [PUBLIC]});
    assert_eq!(remote.sends(&app, &announce), 202);
    settle(&[&app]);
    assert!(is_stored(&app, &boosted));
    assert_eq!(app.count("SELECT matches AS n FROM spam_rules"), 0);
}

#[test]
fn an_update_replaces_what_is_held_and_a_delete_removes_it() {
    let (app, alice, remote, bob) = scene();
    rule(&app, Kind::Word, "pills", false, Action::Hold);
    let note = mention(&app, &remote, &bob, 1, "pills");
    sends(&app, &remote, &bob, &note);
    let mut edited = note.clone();
    edited["content"] = json!("<p>harmless by now</p>");
    edited["updated"] = json!("2026-12-21T10:00:00Z");
    let update = |by: &serde_json::Value, object: &serde_json::Value| json!({"id": remote.uri("/u/1"), "type": "Update", "actor": by["id"], "object": object, "to": note["to"], "cc": note["cc"]});
    assert_eq!(remote.sends(&app, &update(&bob, &edited)), 202);
    assert_eq!((held(&app), is_stored(&app, &note)), (1, false));
    assert_eq!(app.count("SELECT count(*) AS n FROM held WHERE excerpt = 'harmless by now'"), 1);
    // Nobody replaces or removes what is another's.
    let eve = remote.person("eve");
    let mut stolen = edited.clone();
    stolen["attributedTo"] = eve["id"].clone();
    stolen["content"] = json!("<p>pills of eve</p>");
    remote.sends(&app, &update(&eve, &stolen));
    let delete = |by: &serde_json::Value| json!({"id": remote.uri("/d/1"), "type": "Delete", "actor": by["id"], "object": note["id"]});
    assert_eq!(remote.sends(&app, &delete(&eve)), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM held WHERE excerpt = 'harmless by now'"), 1);
    assert_eq!(press(&app, &app.person("owner"), "pass", &last_held(&app)), 303);
    assert!(alice.notifications()[0]["status"]["content"].as_str().unwrap().contains("harmless"));
    let second = mention(&app, &remote, &bob, 2, "pills again");
    sends(&app, &remote, &bob, &second);
    assert_eq!(held(&app), 1);
    let delete =
        json!({"id": remote.uri("/d/2"), "type": "Delete", "actor": bob["id"], "object": second["id"]});
    assert_eq!(remote.sends(&app, &delete), 202);
    assert_eq!(held(&app), 0);
    // An edit of what is stored waits, while the earlier version stays.
    let third = mention(&app, &remote, &bob, 3, "harmless at first");
    sends(&app, &remote, &bob, &third);
    let mut worse = third.clone();
    worse["content"] = json!("<p>pills in the end</p>");
    worse["updated"] = json!("2026-12-21T11:00:00Z");
    assert_eq!(remote.sends(&app, &update(&bob, &worse)), 202);
    assert_eq!(held(&app), 1);
    let shown = alice.get(&format!("/api/v2/search?resolve=true&q={}", third["id"].as_str().unwrap()));
    assert!(shown["statuses"][0]["content"].as_str().unwrap().contains("at first"), "{shown}");
    assert_eq!(press(&app, &app.person("owner"), "pass", &last_held(&app)), 303);
    let shown = alice.get(&format!("/api/v2/search?resolve=true&q={}", third["id"].as_str().unwrap()));
    assert!(shown["statuses"][0]["content"].as_str().unwrap().contains("in the end"), "{shown}");
    // Who is deleted leaves nothing that waits.
    sends(&app, &remote, &bob, &mention(&app, &remote, &bob, 4, "pills at last"));
    assert_eq!(held(&app), 1);
    let gone = json!({"id": remote.uri("/d/3"), "type": "Delete", "actor": bob["id"], "object": bob["id"]});
    assert_eq!(remote.sends(&app, &gone), 202);
    assert_eq!(held(&app), 0);
}

#[test]
fn what_waited_is_received_though_it_is_old() {
    let (app, alice, remote, bob) = scene();
    rule(&app, Kind::Word, "pills", false, Action::Hold);
    let mut note = mention(&app, &remote, &bob, 1, "pills");
    note["published"] = json!(sori::model::time::Time(NOW - 30 * DAY).to_iso());
    sends(&app, &remote, &bob, &note);
    assert_eq!((held(&app), is_stored(&app, &note)), (1, false));
    assert_eq!(press(&app, &app.person("owner"), "pass", &last_held(&app)), 303);
    assert!(is_stored(&app, &note));
    assert_eq!(
        alice.get(&format!("/api/v2/search?resolve=true&q={}", note["id"].as_str().unwrap()))["statuses"][0]
            ["uri"],
        note["id"]
    );
}

#[test]
fn what_waits_waits_no_more_once_its_author_is_followed_and_edits_it() {
    let (app, alice, remote, bob) = scene();
    rule(&app, Kind::Word, "pills", false, Action::Hold);
    let mut note = mention(&app, &remote, &bob, 1, "pills");
    sends(&app, &remote, &bob, &note);
    let found = alice.finds("bob@b.example");
    alice.post(&format!("/api/v1/accounts/{}/follow", id(&found)), json!({}));
    settle(&[&app]);
    (note["content"], note["updated"]) = (json!("<p>pills, edited</p>"), json!("2026-12-21T10:00:00Z"));
    let update = json!({"id": remote.uri("/u/1"), "type": "Update", "actor": bob["id"], "object": note, "to": note["to"], "cc": note["cc"]});
    assert_eq!(remote.sends(&app, &update), 202);
    assert!(is_stored(&app, &note));
}

#[test]
fn an_edit_that_is_here_is_not_judged_when_it_comes_again() {
    let (app, _, remote, bob) = scene();
    let mut note = mention(&app, &remote, &bob, 1, "nothing special");
    sends(&app, &remote, &bob, &note);
    let time = sori::model::time::Time(app.clock.now().0 + 60_000).to_iso();
    app.clock.advance(120_000);
    (note["content"], note["updated"]) = (json!("<p>pills</p>"), json!(time));
    let update = json!({"id": remote.uri("/u/1"), "type": "Update", "actor": bob["id"], "object": note, "to": note["to"], "cc": note["cc"]});
    assert_eq!(remote.sends(&app, &update), 202);
    rule(&app, Kind::Word, "pills", false, Action::Hold);
    // Under a rule that came later, in words that are new: but the time is not.
    let mut again = update.clone();
    again["object"]["content"] = json!("<p>pills, once more</p>");
    assert_eq!(remote.sends(&app, &again), 202);
    assert_eq!(held(&app), 0);
}

#[test]
fn a_delete_that_another_server_passes_on_removes_what_is_held() {
    let (app, _, remote, bob) = scene();
    let carrier = Remote::new(&app.network, "c.example");
    rule(&app, Kind::Word, "cheap pills", false, Action::Hold);
    for (n, is_public) in [(1, true), (2, false), (3, false)] {
        let mut note = mention(&app, &remote, &bob, n, "cheap pills");
        if !is_public {
            note["to"] = json!([ALICE]);
            note["cc"] = json!([]);
        }
        sends(&app, &remote, &bob, &note);
    }
    assert_eq!(held(&app), 3);
    let passes_on = |n: u32| {
        let note = remote.uri(&format!("/notes/{n}"));
        let delete = json!({"id": remote.uri("/d/1"), "type": "Delete", "actor": bob["id"], "object": note});
        assert_eq!(forwarded(&app, &carrier, &delete), 202);
        app.clock.advance(2 * 60_000);
        app.tick();
        settle(&[&app]);
    };
    // Its server still shows it: nothing is deleted.
    remote.serve(json!({"id": remote.uri("/notes/1"), "type": "Note", "attributedTo": bob["id"]}));
    passes_on(1);
    assert_eq!(held(&app), 3);
    remote.gone("/notes/1");
    passes_on(1);
    assert_eq!(held(&app), 2);
    // A 404 says nothing of what is not public.
    remote.answers("/notes/2", Response::new(404, "text/plain", ""));
    passes_on(2);
    assert_eq!(held(&app), 2);
    remote.gone("/notes/3");
    passes_on(3);
    assert_eq!(held(&app), 1);
}

#[test]
fn what_a_stranger_makes_us_fetch_is_judged_and_what_a_person_here_asks_for_is_not() {
    let (app, alice, remote, bob) = scene();
    rule(&app, Kind::Word, "pills", false, Action::Hold);
    // By its id only.
    let note = remote.serve(mention(&app, &remote, &bob, 1, "pills"));
    let mut create = remote.create(&bob, &note);
    create["object"] = note["id"].clone();
    assert_eq!(remote.sends(&app, &create), 202);
    settle(&[&app]);
    assert_eq!((held(&app), is_stored(&app, &note)), (1, false));
    app.clock.advance(1_000);
    // As the parent of a harmless answer.
    let parent = remote.serve(mention(&app, &remote, &bob, 2, "pills above"));
    let mut answer = mention(&app, &remote, &bob, 3, "have a look above");
    answer["inReplyTo"] = parent["id"].clone();
    sends(&app, &remote, &bob, &answer);
    assert_eq!((held(&app), is_stored(&app, &parent), is_stored(&app, &answer)), (2, false, true));
    // Staff lets it through: it is fetched.
    assert_eq!(press(&app, &app.person("owner"), "pass", &last_held(&app)), 303);
    assert!(is_stored(&app, &parent) && held(&app) == 1);
    // Somebody here searches for the first.
    let found = alice.get(&format!("/api/v2/search?resolve=true&q={}", note["id"].as_str().unwrap()));
    assert_eq!(found["statuses"].as_array().unwrap().len(), 1, "{found}");
    assert_eq!(press(&app, &app.person("owner"), "pass", &last_held(&app)), 303);
    assert_eq!(held(&app), 0);
}

#[test]
fn what_relays_and_forwarders_tell_of_is_judged() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let (relay, other) = (Remote::new(&network, "relay.example"), Remote::new(&network, "b.example"));
    let (machine, bob) = (relay.person("relay"), other.person("bob"));
    app.db.run(&format!(
        "INSERT INTO relays (id, address, domain, actor_uri, follow_uri, state) VALUES (1, '{0}', 'relay.example', '{0}', 'x', 'accepted')",
        machine["id"].as_str().unwrap()
    ));
    rule(&app, Kind::Word, "pills", false, Action::Hold);
    let tell = |n: u32, text: &str| {
        let note = other.serve(other.note(&bob, n, json!({"content": format!("<p>{text}</p>")})));
        let announce = json!({"id": relay.uri(&format!("/a/{n}")), "type": "Announce", "actor": machine["id"], "object": note["id"], "to": [PUBLIC]});
        assert_eq!(relay.sends(&app, &announce), 202);
        settle(&[&app]);
        note
    };
    let harmless = tell(1, "good morning");
    let spam = tell(2, "pills");
    assert!(is_stored(&app, &harmless) && !is_stored(&app, &spam));
    assert_eq!(held(&app), 1);
    // Passed on by somebody who answers it: its own server is asked.
    let post = alice.posts("hello");
    let mut reply = mention(&app, &other, &bob, 3, "pills in answer");
    reply["inReplyTo"] = post["uri"].clone();
    let reply = other.serve(reply);
    let carol = relay.person("carol");
    let forwarded = other.create(&bob, &reply);
    let request = relay.request_signed_by(
        &app,
        &forwarded,
        &relay.key_of(carol["id"].as_str().unwrap()),
        sori::activitypub::wire::signature::Spec::Cavage,
    );
    assert_eq!(app.send(request).status, 202);
    settle(&[&app]);
    assert_eq!((held(&app), is_stored(&app, &reply)), (2, false));
}

#[test]
fn sign_ups_wait_or_are_refused() {
    let app = sign_up::instance("open");
    let client = sign_up::client(&app);
    rule(&app, Kind::Word, "casino", true, Action::Hold);
    rule(&app, Kind::Host, "spam.example", true, Action::Refuse);
    let comes = |n: u8, name: &str, reason: &str| {
        sign_up::from(&app, &format!("192.0.{n}.1"), &client, name, json!({"reason": reason})).0
    };
    let users = || app.count("SELECT count(*) AS n FROM users");
    let waiting = || app.count("SELECT count(*) AS n FROM applications WHERE is_approved = 0");
    assert_eq!((comes(1, "dora", "I like ferns"), users(), waiting()), (200, 2, 0));
    assert_eq!((comes(2, "best_casino", "I like ferns"), users(), waiting()), (200, 2, 1));
    assert_eq!((comes(3, "emil", "Casino!"), users(), waiting()), (200, 2, 2));
    assert_eq!((comes(4, "fritz", "see https://www.spam.example/x"), users(), waiting()), (403, 2, 2));
    assert_eq!(app.count("SELECT sum(matches) AS n FROM spam_rules"), 1, "stored once a minute");
    app.clock.advance(60_000);
    comes(5, "gustav", "casino");
    assert_eq!(app.count("SELECT sum(matches) AS n FROM spam_rules"), 4);
}

#[test]
fn young_accounts_here_are_told_so_and_old_ones_are_not_judged() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    rule(&app, Kind::Word, "pills", false, Action::Hold);
    rule(&app, Kind::Host, "shop.example", false, Action::Limit);
    let post = |text: &str, visibility: &str| {
        alice.call("POST", "/api/v1/statuses", Some(json!({"status": text, "visibility": visibility})))
    };
    // Not chosen.
    assert_eq!(post("pills", "public").status, 200);
    set(&app, "spam_young_days", "3");
    let refused = post("more pills", "public");
    assert_eq!(refused.status, 422);
    assert!(String::from_utf8_lossy(&refused.body).contains("new accounts cannot publish"));
    assert_eq!((post("pills", "unlisted").status, post("pills", "private").status), (422, 200));
    let limited: serde_json::Value =
        serde_json::from_slice(&post("see https://www.shop.example/", "public").body).unwrap();
    assert_eq!(limited["visibility"], "unlisted");
    // Edits, and what is published later.
    let own = alice.posts("harmless");
    let edit = |text: &str| {
        alice.call("PUT", &format!("/api/v1/statuses/{}", id(&own)), Some(json!({"status": text}))).status
    };
    assert_eq!((edit("pills"), edit("see https://shop.example/"), edit("still harmless")), (422, 422, 200));
    let later = json!({"status": "pills", "scheduled_at": "2026-10-21T10:00:00Z"});
    assert_eq!(alice.call("POST", "/api/v1/statuses", Some(later)).status, 422);
    app.clock.advance(4 * DAY);
    assert_eq!(post("pills", "public").status, 200);
}

#[test]
fn a_set_of_rules_costs_no_rows() {
    let (app, _, remote, bob) = scene();
    let cost = |n: u32| {
        let note = remote.note(&bob, n, json!({"content": "<p>a harmless word or two</p>", "cc": [ALICE]}));
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
        let cost = *app.cost.borrow();
        (cost.rows_read, cost.rows_written, cost.statements, cost.trips)
    };
    cost(1);
    cost(2);
    let before = cost(3);
    for n in 0..200 {
        app.db.run(&format!(
            "INSERT INTO spam_rules (id, kind, text, is_for_sign_ups, is_for_posts, action) VALUES ({n} + 1, 'word', 'word{n} {}', 1, 1, 'hold')",
            "x".repeat(180)
        ));
    }
    pollster::block_on(sori::store::write(&app.db, vec![sori::store::spam_rules::publish()])).unwrap();
    app.ready().shared.forget_site();
    assert_eq!(app.ready().site().spam.rules.len(), 200);
    let after = cost(4);
    // The Delete of a post looks among those that wait: one statement; a Create, none.
    assert_eq!(before, after);
}

#[test]
fn a_flood_of_a_thousand_writes_a_bounded_number_of_rows() {
    let (app, alice, remote, bob) = scene();
    rule(&app, Kind::Word, "pills", false, Action::Hold);
    let (mut written, mut read, mut refused) = (0, 0, 0);
    for n in 0..1_000 {
        let note = mention(&app, &remote, &bob, n, "pills");
        let status = remote.sends(&app, &remote.create(&bob, &note));
        refused += u32::from(status == 429);
        written += app.whole_cost.borrow().rows_written;
        read += app.whole_cost.borrow().rows_read;
        app.clock.advance(100);
    }
    println!("a flood of 1,000 posts: {written} rows written, {read} read, {refused} refused");
    assert_eq!(held(&app), 20);
    assert!(written < 400 && read < 40_000, "{written} {read}");
    assert!(alice.notifications().is_empty());
    // From many servers.
    for n in 0..60 {
        app.db.run(&format!(
            "INSERT INTO held (id, uri, account_id, host, reason, visibility, excerpt, activity, is_edit, expires_at) \
             SELECT 100 + value, 'u{n} ' || value, (SELECT max(id) FROM accounts), 'h{n}', '', 0, '', '', 0, 0 FROM \
             (WITH RECURSIVE c(value) AS (SELECT {n} * 8 UNION ALL SELECT value + 1 FROM c WHERE value < {n} * 8 + 7) SELECT value FROM c)"
        ));
    }
    assert_eq!(held(&app), 500);
    let other = Remote::new(&app.network, "c.example");
    let eve = other.person("eve");
    sends(&app, &other, &eve, &mention(&app, &other, &eve, 1, "pills"));
    sends(&app, &other, &eve, &mention(&app, &other, &eve, 2, "pills"));
    let cost = *app.whole_cost.borrow();
    assert_eq!(held(&app), 500);
    println!("where there is no room: {} rows read", cost.rows_read);
    assert!(cost.rows_read < 40, "{}", cost.rows_read);
    // Two weeks later nothing waits.
    app.clock.advance(15 * DAY);
    pollster::block_on(sori::services::held::tidy(&app.ready())).unwrap();
    assert_eq!(held(&app), 0);
}

#[test]
fn an_edit_of_what_waits_by_who_is_followed_by_now_comes_in() {
    let (app, alice, remote, bob) = scene();
    rule(&app, Kind::Word, "pills", false, Action::Hold);
    let note = mention(&app, &remote, &bob, 1, "pills");
    sends(&app, &remote, &bob, &note);
    assert_eq!(held(&app), 1);
    let found = alice.finds("bob@b.example");
    alice.post(&format!("/api/v1/accounts/{}/follow", id(&found)), json!({}));
    let mut edited = note.clone();
    edited["content"] = json!("<p>pills, for friends</p>");
    edited["updated"] = json!("2026-12-21T10:00:00Z");
    let update = json!({"id": remote.uri("/u/1"), "type": "Update", "actor": bob["id"], "object": edited, "to": note["to"], "cc": note["cc"]});
    assert_eq!(remote.sends(&app, &update), 202);
    assert!(is_stored(&app, &note));
}
