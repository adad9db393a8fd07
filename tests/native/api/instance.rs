//! What the instance publishes: trends, directory, announcements, pages.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{DAY, MINUTE, NOW, Person, TestApp, id, ids, people, refused, wait};
use crate::remote::scene;

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
    // Trends are computed every three hours.
    let minute = app.clock.now().0 / MINUTE;
    wait(&app, (180 - minute % 180 + 60) * MINUTE);
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
fn an_announcement_has_eight_emojis_at_most_and_everybody_may_join_them() {
    let (app, alice, bob) = people();
    app.db.run(&format!("INSERT INTO announcements (id, content, published_at, updated_at) VALUES (5, '<p>hi</p>', {NOW}, {NOW})"));
    app.clock.advance(1000);
    let path = |emoji: &str| {
        let emoji: String = url::form_urlencoded::byte_serialize(emoji.as_bytes()).collect();
        format!("/api/v1/announcements/5/reactions/{emoji}")
    };
    let all = ["😀", "😁", "😂", "😃", "😄", "😅", "😆", "😉"];
    for emoji in all {
        alice.ok("PUT", &path(emoji), Some(json!({})));
    }
    assert_eq!(refused(&bob, "PUT", &path("🌿"), json!({})), 422);
    bob.ok("PUT", &path(all[3]), Some(json!({})));
    let seen = bob.get("/api/v1/announcements")[0]["reactions"].clone();
    let counts: Vec<i64> = seen.as_array().unwrap().iter().map(|r| r["count"].as_i64().unwrap()).collect();
    assert_eq!((counts.len(), counts.iter().sum::<i64>()), (8, 9), "{seen}");
}

#[test]
fn somebody_new_is_not_whom_one_writes_to() {
    let app = crate::app::TestApp::alone();
    let contact = || {
        let answer = app.fetch("/api/v2/instance");
        let instance: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        instance["contact"]["account"]["username"].clone()
    };
    let before = contact();
    app.person("alice");
    app.restart();
    assert_eq!((before, contact()), (json!("owner"), json!("owner")));
}

#[test]
fn peers_are_counted_once_a_day() {
    let network = sori::platform::native::Network::new(1);
    let clock = sori::platform::native::Clock::fixed(NOW);
    let app = crate::app::TestApp::new(&network, "a.example", &clock);
    let remote = crate::remote::Remote::new(&network, "b.example");
    remote.person("far");
    let alice = app.person("alice");
    alice.finds("far@b.example");
    assert_eq!(alice.get("/api/v1/instance")["stats"]["domain_count"], 0);
    clock.advance(crate::app::DAY - clock.now().0 % crate::app::DAY);
    app.tick();
    assert_eq!(alice.get("/api/v1/instance")["stats"]["domain_count"], 1);
}

#[test]
fn a_relay_that_has_not_answered_is_no_peer() {
    let app = crate::app::TestApp::alone();
    let owner = app.person("owner");
    let browser = crate::browser::Browser::of(&owner);
    let page = "/settings/relays";
    let added = browser.submit(page, page, &[("address", "https://relay.nowhere.example/inbox")]);
    assert_eq!(added.status, 303);
    crate::app::settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM inboxes"), 1);
    let listed = || owner.get("/api/v1/instance/peers");
    assert_eq!(listed(), json!([]));
    app.clock.advance(crate::app::DAY);
    app.tick();
    assert_eq!(
        (listed(), owner.get("/api/v1/instance")["stats"]["domain_count"].clone()),
        (json!([]), json!(0))
    );
    app.db.run("UPDATE relays SET state = 'accepted'");
    app.clock.advance(crate::app::DAY);
    app.tick();
    assert_eq!(listed(), json!(["relay.nowhere.example"]));
}

#[test]
fn the_instance_pages_describe_the_instance() {
    let (app, alice, _) = people();
    app.db.run("INSERT INTO rules (id, text, hint) VALUES (1, 'Be kind', 'always'), (2, 'No ads', '')");
    app.db.run(&format!("INSERT INTO site_texts (id, kind, text, effective_at) VALUES (1, 'privacy_policy', 'We keep little.', {NOW})"));
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
    let frame = format!("<iframe src=\"{}/embed\"", post["url"].as_str().unwrap());
    assert!(embed["html"].as_str().unwrap().starts_with(&frame), "{embed}");
    assert_eq!(refused(&alice, "GET", "/api/oembed?url=https%3A%2F%2Fx.example%2F1", json!({})), 404);
    // Trap 30: absent things are a JSON 404.
    for path in ["/api/v1/streaming", "/api/v1/admin/webhooks", "/api/v9/x"] {
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
fn trends_can_be_switched_off() {
    let (app, alice, _) = people();
    app.db.run("INSERT INTO trends (kind, key, rank) VALUES ('link', 'https://fern.example/', 1), ('tag', 'fern', 1)");
    assert_eq!(alice.get("/api/v1/trends/links")[0]["url"], "https://fern.example/");
    app.db.run("INSERT INTO settings (key, value) VALUES ('trends', 'off')");
    app.restart();
    for kind in ["", "/tags", "/links", "/statuses"] {
        assert_eq!(alice.get(&format!("/api/v1/trends{kind}")), json!([]), "{kind}");
    }
}

#[test]
fn a_server_that_was_never_configured_answers_for_itself() {
    let app = TestApp::new(&Network::new(1), "a.example", &Clock::fixed(NOW));
    let get = |path: &str| -> Value {
        let response = app.request("GET", path, None, None);
        assert_eq!(response.status, 200, "{path}");
        serde_json::from_slice(&response.body).unwrap()
    };
    let policy = get("/api/v1/instance/privacy_policy");
    assert!(policy["content"].as_str().unwrap().starts_with("<p>This server keeps what you give it"));
    assert!(policy["updated_at"].as_str().unwrap().ends_with('Z'));
    // Schemas and strict clients accept only an e-mail address.
    assert_eq!(get("/api/v2/instance")["contact"]["email"], "postmaster@a.example");
    assert_eq!(get("/api/v1/instance")["email"], "postmaster@a.example");
    app.db.run("INSERT INTO settings (key, value) VALUES ('contact_email', 'me@a.example')");
    app.restart();
    assert_eq!(get("/api/v2/instance")["contact"]["email"], "me@a.example");
    assert_eq!(get("/api/v1/instance")["email"], "me@a.example");
}

#[test]
fn announced_limits_are_the_enforced_limits() {
    let (_, alice, _) = people();
    for version in ["v1", "v2"] {
        let configuration = &alice.get(&format!("/api/{version}/instance"))["configuration"];
        assert_eq!(
            (
                configuration["accounts"]["max_display_name_length"].as_i64(),
                configuration["media_attachments"]["description_limit"].as_i64()
            ),
            (Some(40), Some(10_000))
        );
    }
    let named = |n: usize| json!({"display_name": "가".repeat(n)});
    let path = "/api/v1/accounts/update_credentials";
    assert_eq!(alice.ok("PATCH", path, Some(named(40)))["display_name"], "가".repeat(40));
    assert_eq!(refused(&alice, "PATCH", path, named(41)), 422);
}

/// Remote accounts are those that cron has listed: otherwise a request would read every follow of everybody.
#[test]
fn the_directory_does_not_read_every_follow() {
    let (app, alice, remote, _) = scene();
    let follows = |from: u32, to: u32| {
        for n in from..to {
            let far = remote.person(&format!("far{n}"));
            let note = remote.note(
                &far,
                n,
                json!({"tag": [{"type": "Mention", "href": "https://a.example/users/alice"}]}),
            );
            assert_eq!(remote.sends(&app, &remote.create(&far, &note)), 202);
            app.clock.advance(MINUTE);
        }
        app.db.run(&format!(
            "INSERT OR IGNORE INTO follows (account_id, target_id, id, uri) SELECT {}, id, id, 'https://a.example/follows/' || id \
             FROM accounts WHERE username LIKE 'far%'",
            alice.id
        ));
        app.db.run("UPDATE accounts SET is_discoverable = 1 WHERE username LIKE 'far%'");
    };
    let read = || {
        // The settings are read by then.
        alice.get("/api/v1/preferences");
        let all = alice.get("/api/v1/directory?limit=80");
        let far = all.as_array().unwrap().iter().filter(|a| a["acct"].as_str().unwrap().starts_with("far"));
        (far.count(), app.cost.borrow().rows_read)
    };
    follows(0, 5);
    wait(&app, DAY - app.clock.now().0 % DAY + 2 * MINUTE);
    let (few, rows) = read();
    assert_eq!(few, 5);
    follows(5, 20);
    assert_eq!(read(), (5, rows));
    wait(&app, DAY - app.clock.now().0 % DAY + 2 * MINUTE);
    assert_eq!(read().0, 20);
}

/// Numbers whose cost grows with the database are counted by cron and answered from there.
#[test]
fn anonymous_requests_get_what_cron_counted() {
    let (app, alice, bob) = people();
    let found = |person: &Person, is_found: bool| {
        let sent = json!({ "discoverable": is_found });
        person.ok("PATCH", "/api/v1/accounts/update_credentials", Some(sent));
    };
    let get = |path: &str| -> Value {
        let response = app.request("GET", path, None, None);
        assert_eq!(response.status, 200, "{path}");
        serde_json::from_slice(&response.body).unwrap()
    };
    let lists =
        |person: &Person| ids(&get("/api/v1/directory?local=true")).contains(&person.id.to_string().as_str());
    found(&bob, false);
    alice.posts("x");
    // Before the first nightly count they are counted directly, since there is little data.
    assert_eq!(get("/api/v1/instance/activity")[0]["statuses"], "1");
    assert!(lists(&alice) && !lists(&bob));
    wait(&app, DAY - app.clock.now().0 % DAY + 2 * MINUTE);
    // Later data is counted the next day; an account that is no longer discoverable disappears at once.
    found(&bob, true);
    found(&alice, false);
    alice.posts("y");
    assert!(!lists(&alice) && !lists(&bob));
    wait(&app, DAY);
    assert!(!lists(&alice) && lists(&bob));
    let weeks = get("/api/v1/instance/activity");
    let counts =
        weeks.as_array().unwrap().iter().map(|w| w["statuses"].as_str().unwrap().parse::<i64>().unwrap());
    assert_eq!((weeks.as_array().unwrap().len(), counts.sum::<i64>()), (12, 2));
}

#[test]
fn a_405_names_the_methods_of_the_path() {
    let app = TestApp::alone();
    for (method, path, wanted) in [
        ("DELETE", "/api/v1/instance", "GET, HEAD"),
        ("GET", "/oauth/revoke", "POST"),
        ("DELETE", "/api/v1/statuses", "GET, HEAD, POST"),
        ("DELETE", "/about", "GET, HEAD"),
    ] {
        let answer = app.request(method, path, None, None);
        assert_eq!((answer.status, crate::app::header(&answer, "allow").as_str()), (405, wanted), "{path}");
    }
}
