//! Who asks to follow, whose notifications are filtered, and direct messages.

use serde_json::{Value, json};
use sori::http::response::Response;

use crate::app::{Person, id, people};
use crate::browser::Browser;

const FOLLOWS: &str = "/follow_requests";
const FILTERED: &str = "/notifications/requests";
const DIRECT: &str = "/conversations";

fn location(answer: &Response) -> String {
    answer.header("location").unwrap_or_default().to_owned()
}

/// The token of the form that the buttons of a page belong to.
fn token(html: &str) -> String {
    let form = html.split("id=\"page-form\"").nth(1).unwrap_or_default();
    let value = form.split("name=\"form\" value=\"").nth(1).unwrap_or_default();
    value.split('"').next().unwrap().to_owned()
}

/// Sends that form with these fields.
fn sends(browser: &Browser, page: &str, fields: &[(&str, &str)]) -> Response {
    let token = token(&browser.get(page, "en"));
    let all = fields.iter().copied().chain([("form", token.as_str())]);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
    browser.send("POST", page, &body, "en")
}

fn count(person: &Person, target: &str) -> usize {
    person.get(target).as_array().unwrap().len()
}

/// Strangers are asked to sign in; forms of others are refused, and those of who has moved.
fn refuses(person: &Person, other: &Browser, page: &str, field: &str, value: &str) {
    let (browser, stranger) = (Browser::of(person), Browser::new(&person.app));
    let sign_in = format!("/sign_in?next={}", page.replace('/', "%2F"));
    assert_eq!(location(&stranger.page(page)), sign_in);
    assert_eq!(location(&stranger.send("POST", page, &format!("{field}={value}"), "en")), sign_in);
    let own = token(&browser.get(page, "en"));
    let with = |form: &str| format!("form={form}&{field}={value}");
    let theirs = token(&other.get(page, "en"));
    assert!(!theirs.is_empty(), "{page}");
    for wrong in [theirs.as_str(), "", "1.x"] {
        assert_eq!(browser.send("POST", page, &with(wrong), "en").status, 403, "{page}: {wrong}");
    }
    person
        .app
        .write("UPDATE accounts SET moved_to_uri = 'https://b.example/users/alice' WHERE username = 'alice'");
    let html = browser.get(page, "en");
    assert!(!html.contains("<form") && !html.contains("<button"), "{html}");
    assert_eq!(browser.send("POST", page, &with(&own), "en").status, 403, "{page}");
    person.app.write("UPDATE accounts SET moved_to_uri = NULL WHERE username = 'alice'");
    assert_eq!(sends(&browser, page, &[(field, "x")]).status, 404, "{page}");
}

#[test]
fn who_asks_to_follow_is_accepted_or_rejected() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    let browser = Browser::of(&alice);
    assert!(browser.get(FOLLOWS, "en").contains("Nobody asks to follow you."));
    app.write("UPDATE accounts SET is_locked = 1, note = '<p>all about moss</p>' WHERE username IN ('alice', 'bob')");
    bob.follows(&alice);
    carol.follows(&alice);
    carol.follows(&bob);
    let html = browser.get(FOLLOWS, "en");
    assert!(html.contains("@bob@") && html.contains("@carol@") && html.contains("all about moss"), "{html}");
    let (his, hers) = (bob.id.to_string(), carol.id.to_string());
    refuses(&alice, &Browser::of(&bob), FOLLOWS, "accept", &his);
    // Only one's own: carol may not accept for alice what alice was asked.
    assert_eq!(sends(&Browser::of(&bob), FOLLOWS, &[("accept", &his)]).status, 404);
    assert_eq!(count(&alice, "/api/v1/follow_requests"), 2);
    let done = sends(&browser, FOLLOWS, &[("accept", &his), ("next", FOLLOWS)]);
    assert_eq!((done.status, location(&done).as_str()), (303, FOLLOWS));
    // A button that is pressed twice.
    let token = token(&browser.get(FOLLOWS, "en"));
    for _ in 0..2 {
        let body = format!("form={token}&reject={hers}&next=%2Ffollow_requests");
        assert_eq!(location(&browser.send("POST", FOLLOWS, &body, "en")), FOLLOWS);
    }
    let follows = |person: &Person| {
        let found = person.get(&format!("/api/v1/accounts/relationships?id[]={}", alice.id));
        (found[0]["following"].clone(), found[0]["requested"].clone())
    };
    assert_eq!(follows(&bob), (json!(true), json!(false)));
    assert_eq!(follows(&carol), (json!(false), json!(false)));
    assert_eq!(count(&alice, "/api/v1/follow_requests"), 0);
    assert_eq!(count(&bob, "/api/v1/follow_requests"), 1);
}

#[test]
fn many_who_ask_are_on_several_pages() {
    let (app, alice, _) = people();
    app.write(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 45) \
         INSERT INTO accounts (id, username, domain, uri, url, created_at) \
         SELECT 5000 + i, 'u' || i || 'x', 'b.example', 'https://b.example/u' || i, 'https://b.example/u' || i, 0 FROM n",
    );
    app.write(
        "INSERT INTO follow_requests (account_id, target_id, id, uri) \
         SELECT a.id, (SELECT id FROM accounts WHERE username = 'alice'), a.id, a.uri || '#f' FROM accounts a WHERE a.domain = 'b.example'",
    );
    let browser = Browser::of(&alice);
    let first = browser.get(FOLLOWS, "en");
    assert!(first.contains("@u45x@") && !first.contains("@u5x@"), "{first}");
    let next = first.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let second = browser.get(next, "en");
    assert!(second.contains("@u5x@") && !second.contains("rel=\"next\""), "{second}");
    assert!(app.cost.borrow().trips <= 2);
}

#[test]
fn what_is_filtered_is_shown_or_deleted_and_the_policy_is_set() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    let browser = Browser::of(&alice);
    let policy = || alice.get("/api/v2/notifications/policy");
    let all = [
        ("not_following", "filter"),
        ("not_followers", "accept"),
        ("new_accounts", "drop"),
        ("private_mentions", "drop"),
        ("limited_accounts", "accept"),
        ("bots", "filter"),
        ("policy", "1"),
        ("next", FILTERED),
    ];
    let html = browser.get(FILTERED, "en");
    assert!(html.contains("Nothing is filtered."), "{html}");
    let done = sends(&browser, FILTERED, &all);
    assert_eq!((done.status, location(&done).as_str()), (303, FILTERED));
    for (name, action) in &all[..6] {
        assert_eq!(policy()[format!("for_{name}")], *action, "{name}");
    }
    let html = browser.get(FILTERED, "en");
    let part = html.split("id=\"private_mentions\"").nth(1).unwrap().split("</select>").next().unwrap();
    assert!(part.contains("value=\"drop\" selected"), "{part}");
    assert_eq!(sends(&browser, FILTERED, &[("policy", "1"), ("bots", "explode")]).status, 400);
    assert_eq!(policy()["for_bots"], "filter");
    sends(&browser, FILTERED, &[("policy", "1"), ("new_accounts", "accept")]);
    assert_eq!(
        (policy()["for_bots"].clone(), policy()["for_new_accounts"].clone()),
        (json!("filter"), json!("accept"))
    );

    bob.posts("hello @alice, of bob");
    bob.posts("again @alice, of bob");
    carol.posts("hello @alice, of carol");
    let html = browser.get(FILTERED, "en");
    assert!(
        html.contains("again") && html.contains("2 notifications") && html.contains("1 notification<"),
        "{html}"
    );
    assert!(app.cost.borrow().trips <= 2);
    assert_eq!(alice.notifications().len(), 0);
    let request = |name: &str| {
        let all: Value = alice.get("/api/v1/notifications/requests");
        let found = all.as_array().unwrap().iter().find(|r| r["account"]["username"] == name).cloned();
        id(&found.unwrap()).to_owned()
    };
    let (his, hers) = (request("bob"), request("carol"));
    refuses(&alice, &Browser::of(&bob), FILTERED, "dismiss", &his);
    // The requests of another person stay.
    sends(&Browser::of(&bob), FILTERED, &[("dismiss", &his)]);
    assert_eq!(count(&alice, "/api/v1/notifications/requests"), 2);
    assert_eq!(sends(&browser, FILTERED, &[("accept", &his), ("next", FILTERED)]).status, 303);
    assert_eq!(alice.notifications().len(), 2);
    assert_eq!(sends(&browser, FILTERED, &[("dismiss", &hers), ("next", FILTERED)]).status, 303);
    assert_eq!(alice.notifications().len(), 2);
    assert_eq!(count(&alice, "/api/v1/notifications/requests"), 0);
    // Later ones of who was accepted are not filtered.
    bob.posts("once more @alice");
    assert_eq!(alice.notifications().len(), 3);
}

#[test]
fn direct_messages_are_read_and_removed() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    let direct = |from: &Person, text: &str| {
        app.clock.advance(1000);
        from.post("/api/v1/statuses", json!({"status": text, "visibility": "direct"}))
    };
    let browser = Browser::of(&alice);
    assert!(browser.get(DIRECT, "en").contains("No direct messages yet."));
    direct(&bob, "@alice @carol quietly");
    let last = direct(&carol, "@alice are you there?");
    direct(&alice, "to remember");
    bob.posts("@alice for everybody");
    let html = browser.get(DIRECT, "en");
    assert!(app.cost.borrow().trips <= 2);
    let all: Vec<&str> = html.split("<article class=\"notice").skip(1).collect();
    assert_eq!(all.len(), 3, "{html}");
    assert!(all[0].contains("Only you") && all[0].contains("to remember") && !all[0].starts_with(" new"));
    assert!(all[1].contains("are you there?") && all[1].starts_with(" new"), "{}", all[1]);
    assert!(all[1].contains(&format!("href=\"{}\">Open", last["url"].as_str().unwrap())), "{}", all[1]);
    assert!(
        all[2].contains("bob</bdi>") && all[2].contains("carol</bdi>") && !all[2].contains("alice</bdi>")
    );
    assert!(!html.contains("for everybody") && html.contains("<form class=\"actions\""), "{html}");
    let found = || alice.get("/api/v1/conversations");
    let one = |name: &str| {
        let all = found();
        let is_with = |c: &&Value| {
            let with = c["accounts"].as_array().unwrap();
            with.len() == 1 && with[0]["username"] == name
        };
        all.as_array().unwrap().iter().find(is_with).cloned().unwrap()
    };
    let hers = id(&one("carol")).to_owned();
    refuses(&alice, &Browser::of(&bob), DIRECT, "remove", &hers);
    // Those of another person stay.
    sends(&Browser::of(&bob), DIRECT, &[("remove", &hers)]);
    sends(&Browser::of(&bob), DIRECT, &[("read", &hers)]);
    assert_eq!(one("carol")["unread"], true);
    let done = sends(&browser, DIRECT, &[("read", &hers), ("next", DIRECT)]);
    assert_eq!((done.status, location(&done).as_str()), (303, DIRECT));
    assert_eq!(one("carol")["unread"], false);
    assert!(!browser.get(DIRECT, "en").contains(&format!("name=\"read\" value=\"{hers}\"")));
    assert_eq!(sends(&browser, DIRECT, &[("remove", &hers), ("next", DIRECT)]).status, 303);
    assert_eq!(found().as_array().unwrap().len(), 2);
    assert!(!browser.get(DIRECT, "en").contains("are you there?"));
    // Removing hides it here alone.
    assert_eq!(count(&carol, "/api/v1/conversations"), 2);
}

#[test]
fn many_conversations_are_on_several_pages() {
    let (app, alice, bob) = people();
    for n in 0..22 {
        app.clock.advance(1000);
        bob.post(
            "/api/v1/statuses",
            json!({"status": format!("@alice number {n}."), "visibility": "direct"}),
        );
    }
    let browser = Browser::of(&alice);
    let first = browser.get(DIRECT, "en");
    assert!(
        first.contains("number 21.") && first.contains("number 2.") && !first.contains("number 1."),
        "{first}"
    );
    let next = first.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let second = browser.get(next, "en");
    assert!(
        second.contains("number 1.") && !second.contains("number 2.") && !second.contains("rel=\"next\"")
    );
    assert!(second.contains(&format!("name=\"next\" value=\"{next}\"")), "{second}");
}
