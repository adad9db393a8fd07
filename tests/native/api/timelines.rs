//! Timelines: home, lists, hashtags.

use serde_json::{Value, json};

use crate::app::{Person, TestApp, id, ids, people, refused};

#[test]
fn lists_follow_their_own_replies_policy() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    let list = alice.post("/api/v1/lists", json!({"title": "friends"}));
    assert_eq!((list["replies_policy"].as_str(), list["exclusive"].as_bool()), (Some("list"), Some(false)));
    let path = format!("/api/v1/lists/{}", id(&list));
    let add = |who: &Person| json!({"account_ids": [who.id.to_string()]});
    // Only followed accounts.
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
    // Members of an exclusive list are not on the home timeline.
    assert_eq!(alice.home().len(), 3);
    alice.ok("PUT", &path, Some(json!({"title": "friends", "exclusive": true})));
    assert_eq!(alice.home().len(), 0);
    alice.ok("DELETE", &format!("{path}/accounts"), Some(add(&carol)));
    assert_eq!(alice.home().len(), 1);
    assert_eq!(refused(&bob, "GET", &timeline, json!({})), 404);
    assert_eq!(refused(&bob, "GET", &path, json!({})), 404);
    assert_eq!(refused(&alice, "POST", "/api/v1/lists", json!({"title": " "})), 422);
    assert_eq!(refused(&alice, "POST", "/api/v1/lists", json!({"title": "x", "replies_policy": "x"})), 422);
    // An unfollowed account is on no list.
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

/// Twenty statuses of `seen`, with ten by `noise` after each.
fn interleaved(app: &TestApp, seen: &Person, language: &str, noise: &dyn Fn(usize)) {
    for n in 0..20 {
        app.clock.advance(10);
        seen.post(
            "/api/v1/statuses",
            json!({"status": format!("seen {n} #fern https://fern.example/"), "language": language}),
        );
        for m in 0..10 {
            app.clock.advance(10);
            noise(n * 10 + m);
        }
    }
}

/// A page of each of `timelines` has the twenty visible statuses, in two round trips.
fn full(app: &TestApp, reader: &Person, timelines: &[&str]) {
    for timeline in timelines {
        let page = reader.get(&format!("/api/v1/timelines/{timeline}"));
        let cost = *app.cost.borrow();
        let texts: Vec<&str> =
            page.as_array().unwrap().iter().map(|s| s["content"].as_str().unwrap()).collect();
        assert!(texts.len() == 20 && texts.iter().all(|t| t.contains("seen")), "{timeline}: {texts:?}");
        assert!(cost.trips <= 2, "{timeline}: {cost:?}");
    }
}

const LINK: &str = "link?url=https%3A%2F%2Ffern.example%2F";

#[test]
fn trap_20_pages_are_full_between_200_muted_statuses() {
    let (app, alice, bob) = people();
    let mallory = app.person("mallory");
    alice.follows(&bob);
    alice.follows(&mallory);
    let list = alice.post("/api/v1/lists", json!({"title": "both"}));
    let members = json!({"account_ids": [bob.id.to_string(), mallory.id.to_string()]});
    alice.post(&format!("/api/v1/lists/{}/accounts", id(&list)), members);
    interleaved(&app, &bob, "en", &|n| {
        mallory.posts(&format!("noise {n} #fern https://fern.example/"));
    });
    alice.post(&format!("/api/v1/accounts/{}/mute", mallory.id), json!({}));
    let of_list = format!("list/{}", id(&list));
    full(
        &app,
        &alice,
        &["home", &of_list, "public", "public?local=true", "tag/fern", "tag/fern?any[]=moss", LINK],
    );
    // Upwards as well: those next to the cursor.
    let oldest = alice.get("/api/v1/timelines/home")[19]["id"].as_str().unwrap().to_owned();
    let up = alice.get(&format!("/api/v1/timelines/home?limit=5&min_id={oldest}"));
    assert!(up[0]["content"].as_str().unwrap().contains("seen 5"), "{}", up[0]["content"]);
}

#[test]
fn trap_20_pages_are_full_between_200_statuses_hidden_by_follow_options() {
    let (app, alice, bob) = people();
    let (carol, stranger) = (app.person("carol"), app.person("stranger"));
    let theirs = stranger.posts("a thread");
    let korean = json!({"languages": ["ko"]});
    alice.post(&format!("/api/v1/accounts/{}/follow", bob.id), korean);
    alice.post(&format!("/api/v1/accounts/{}/follow", carol.id), json!({"reblogs": false}));
    let boosted: Vec<Value> = (0..200).map(|n| stranger.posts(&format!("boosted {n}"))).collect();
    let list = alice.post("/api/v1/lists", json!({"title": "both", "replies_policy": "none"}));
    let members = json!({"account_ids": [bob.id.to_string(), carol.id.to_string()]});
    alice.post(&format!("/api/v1/lists/{}/accounts", id(&list)), members);
    interleaved(&app, &bob, "ko", &|n| {
        match n % 3 {
            0 => bob.replies(&theirs, &format!("an answer {n}")),
            1 => bob.post("/api/v1/statuses", json!({"status": format!("in English {n}"), "language": "en"})),
            _ => carol.act(&boosted[n], "reblog"),
        };
    });
    full(&app, &alice, &["home", &format!("list/{}", id(&list))]);
}

#[test]
fn home_shows_nothing_of_blocked_and_muted_accounts() {
    let (app, alice, bob) = people();
    let mallory = app.person("mallory");
    alice.follows(&bob);
    bob.posts("hello @mallory");
    assert_eq!(alice.home().len(), 1);
    alice.post(&format!("/api/v1/accounts/{}/mute", mallory.id), json!({}));
    assert!(alice.home().is_empty());
    // The viewer's own statuses stay.
    alice.posts("@mallory hello");
    assert_eq!(alice.home().len(), 1);
}

/// Clients make ids from a date as Mastodon does: milliseconds since 1970 times 65,536.
#[test]
fn cursors_made_from_a_date_mean_that_time() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let mut posts = Vec::new();
    let mut moments = Vec::new();
    for n in 0..4 {
        moments.push(app.clock.now().0 << 16);
        app.clock.advance(60_000);
        posts.push(bob.post("/api/v1/statuses", json!({"status": format!("@alice {n} #fern")})));
        app.clock.advance(60_000);
    }
    let between = moments[2];
    let (older, newer): (Vec<&str>, Vec<&str>) =
        (vec![id(&posts[1]), id(&posts[0])], vec![id(&posts[3]), id(&posts[2])]);
    for path in [
        "/api/v1/timelines/home".to_owned(),
        "/api/v1/timelines/public".into(),
        "/api/v1/timelines/tag/fern".into(),
        format!("/api/v1/accounts/{}/statuses", bob.id),
    ] {
        assert_eq!(ids(&alice.get(&format!("{path}?max_id={between}"))), older, "{path}");
        assert_eq!(ids(&alice.get(&format!("{path}?since_id={between}"))), newer, "{path}");
        assert_eq!(ids(&alice.get(&format!("{path}?min_id={between}"))), newer, "{path}");
        assert_eq!(ids(&alice.get(&format!("{path}?min_id={}&max_id={}", moments[1], moments[3]))).len(), 2);
        assert_eq!(alice.get(&format!("{path}?min_id={}", i64::MAX)), json!([]), "{path}");
        assert_eq!(ids(&alice.get(&format!("{path}?max_id={}", i64::MAX))).len(), 4, "{path}");
    }
    for path in ["/api/v1/notifications", "/api/v1/favourites", "/api/v1/mutes", "/api/v1/followed_tags"] {
        alice.get(&format!("{path}?max_id={between}&since_id={between}"));
    }
    assert_eq!(alice.get(&format!("/api/v1/notifications?max_id={between}")).as_array().unwrap().len(), 2);
    assert_eq!(
        alice.get(&format!("/api/v2/notifications?max_id={between}"))["notification_groups"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    // A marker may have such an id.
    let marked = alice.post("/api/v1/markers", json!({"home": {"last_read_id": between.to_string()}}));
    let stands = marked["home"]["last_read_id"].as_str().unwrap();
    assert!(id(&posts[1]) < stands && stands < id(&posts[2]), "{stands}");
    // Such an id in a path, or of another thing, is unknown.
    for path in [format!("/api/v1/statuses/{between}"), format!("/api/v1/accounts/{between}/statuses")] {
        assert_eq!(refused(&alice, "GET", &path, json!({})), 404, "{path}");
    }
    assert_eq!(alice.get(&format!("/api/v1/notifications?account_id={between}")), json!([]));
    let answer = json!({"status": "x", "in_reply_to_id": between.to_string()});
    assert_eq!(refused(&alice, "POST", "/api/v1/statuses", answer), 404);
    assert_eq!(refused(&alice, "GET", "/api/v1/timelines/home?max_id=yesterday", json!({})), 400);
}

#[test]
fn an_accounts_statuses_without_direct_ones() {
    let (_, alice, _) = people();
    let public = alice.posts("hello");
    let direct = alice.post("/api/v1/statuses", json!({"status": "psst", "visibility": "direct"}));
    let path = format!("/api/v1/accounts/{}/statuses", alice.id);
    assert_eq!(ids(&alice.get(&path)), [id(&direct), id(&public)]);
    assert_eq!(ids(&alice.get(&format!("{path}?exclude_direct=true"))), [id(&public)]);
    assert_eq!(ids(&alice.get(&format!("{path}?exclude_direct=false"))).len(), 2);
}

#[test]
fn a_hashtag_is_featured_once() {
    let (_, alice, _) = people();
    alice.post("/api/v1/featured_tags", json!({"name": "fern"}));
    for again in ["fern", "#Fern"] {
        let response = alice.call("POST", "/api/v1/featured_tags", Some(json!({ "name": again })));
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        assert_eq!(
            (response.status, body["error"].as_str()),
            (422, Some("Validation failed: Name has already been taken"))
        );
    }
    // The newer endpoint finds the row, as following does.
    assert_eq!(alice.post("/api/v1/tags/fern/feature", json!({}))["featuring"], true);
    assert_eq!(alice.get("/api/v1/featured_tags").as_array().unwrap().len(), 1);
}

#[test]
fn a_featured_hashtag_counts_what_is_published_edited_and_deleted() {
    let (app, alice, _) = people();
    let post = |text: &str, visibility: &str| {
        app.clock.advance(1000);
        alice.post("/api/v1/statuses", json!({"status": text, "visibility": visibility}))
    };
    let first = post("#fern", "public");
    alice.post("/api/v1/featured_tags", json!({"name": "fern"}));
    let count = || alice.get("/api/v1/featured_tags")[0]["statuses_count"].clone();
    assert_eq!(count(), "1", "what was there before");
    let second = post("#fern again", "unlisted");
    post("#fern for friends", "private");
    assert_eq!(count(), "2");
    app.clock.advance(1000);
    alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&second)), Some(json!({"status": "no hashtag"})));
    assert_eq!(count(), "1");
    alice.deletes(&second);
    assert_eq!(count(), "1");
    alice.deletes(&first);
    assert_eq!(count(), "0");
}
