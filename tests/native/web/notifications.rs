//! The page of notifications.

use serde_json::{Value, json};
use sori::http::response::Response;

use crate::app::{DAY, Person, id, people, settle};
use crate::browser::Browser;
use crate::remote::cast;

const HERE: &str = "/notifications";

fn text(answer: &Response) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

/// The page of somebody, without the tags.
fn words(browser: &Browser, target: &str) -> String {
    let mut all = String::new();
    for part in browser.get(target, "en").split('<') {
        all.push_str(part.split_once('>').map_or("", |(_, text)| text));
    }
    all
}

/// The notices of a page.
fn notices(html: &str) -> Vec<&str> {
    html.split("<article class=\"notice").skip(1).collect()
}

fn marker(person: &Person) -> Value {
    person.get("/api/v1/markers?timeline[]=notifications")["notifications"].clone()
}

#[test]
fn what_happened_is_told_in_groups() {
    let (app, alice, bob) = people();
    let (carol, dave) = (app.person("carol"), app.person("dave"));
    let post = alice.posts("a post of alice");
    let covered = alice.post("/api/v1/statuses", json!({"status": "the end", "spoiler_text": "a film"}));
    bob.act(&post, "favourite");
    carol.act(&post, "favourite");
    bob.act(&post, "reblog");
    bob.act(&covered, "favourite");
    for person in [&bob, &carol, &dave] {
        person.follows(&alice);
    }
    bob.posts("hello @alice");
    let browser = Browser::of(&alice);
    assert_eq!(
        browser_location(&Browser::new(&app).page("/notifications?type=poll")),
        "/sign_in?next=%2Fnotifications%3Ftype%3Dpoll"
    );
    let html = browser.get(HERE, "en");
    assert!(html.contains("noindex"), "{html}");
    assert_eq!(notices(&html).len(), 5, "{html}");
    let said = words(&browser, HERE);
    for sentence in [
        "carol and bob favourited your post",
        "bob boosted your post",
        "dave, carol and 1 other followed you",
        "bob mentioned you",
        "bob favourited your post",
    ] {
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
    // A mention is there as a whole, with what one may do; one's own post in short, and nothing behind a warning.
    assert_eq!(html.matches("<form class=\"actions\"").count(), 1, "{html}");
    assert!(html.contains("hello") && html.contains("a film") && !html.contains("the end"), "{html}");
    assert!(html.contains(&format!("href=\"{}\">a post of alice</a>", post["url"].as_str().unwrap())));
    for (language, sentence) in
        [("ko", "님 외 1명이 나를 팔로우했어요"), ("ja", "さん、ほか1人があなたをフォローしました")]
    {
        assert!(browser.get(HERE, language).contains(sentence), "{language}");
    }
    // Nothing of another person.
    assert!(!words(&Browser::of(&dave), HERE).contains("your post"));
}

fn browser_location(answer: &Response) -> String {
    answer.header("location").unwrap_or_default().to_owned()
}

#[test]
fn every_type_is_told_and_may_be_seen_alone() {
    let (app, alice, bob) = people();
    let post = alice.posts("to quote and to boost");
    bob.post(&format!("/api/v1/accounts/{}/follow", alice.id), json!({"notify": true}));
    bob.act(&post, "reblog");
    bob.post("/api/v1/statuses", json!({"status": "see this", "quoted_status_id": id(&post)}));
    bob.ok("PUT", &format!("/api/v1/pleroma/statuses/{}/reactions/%F0%9F%8E%89", id(&post)), None);
    app.clock.advance(1000);
    let poll = json!({"options": ["tea", "coffee"], "expires_in": 300});
    let poll = alice.post("/api/v1/statuses", json!({"status": "what?", "poll": poll}));
    bob.post(
        &format!("/api/v1/polls/{}/votes", poll["poll"]["id"].as_str().unwrap()),
        json!({"choices": [0]}),
    );
    alice.call(
        "PUT",
        &format!("/api/v1/statuses/{}", id(&post)),
        Some(json!({"status": "to quote and to boost again"})),
    );
    app.clock.advance(400_000);
    app.tick();
    settle(&[&app]);
    let (hers, his) = (Browser::of(&alice), Browser::of(&bob));
    let said = words(&hers, HERE);
    for sentence in ["bob quoted your post", "bob reacted to your post with 🎉", "Your poll has ended"] {
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
    let said = words(&his, HERE);
    for sentence in [
        "alice posted",
        "A poll that you voted in has ended",
        "alice edited a post that you boosted",
        "alice edited a post that you quoted",
    ] {
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
    for (kind, only) in [
        ("mention", "quoted your post"),
        ("favourite", "reacted to your post"),
        ("reblog", "boosted your post"),
        ("follow", "followed you"),
        ("poll", "poll has ended"),
    ] {
        let html = hers.get(&format!("{HERE}?type={kind}"), "en");
        assert_eq!(notices(&html).len(), 1, "{kind}: {html}");
        assert!(html.contains(only), "{kind}: {html}");
        assert!(html.contains(&format!("?type={kind}\" aria-current=\"page\"")), "{kind}");
        // It says nothing of what is not shown.
        assert!(!html.contains("Mark all as read"), "{kind}");
    }
    let posts = his.get(&format!("{HERE}?type=status"), "en");
    assert!(notices(&posts).len() == 3 && !posts.contains("poll that"), "{posts}");
    // The operators are told of reports.
    let owner = app.person("olga");
    app.write(
        "UPDATE users SET role_id = 2 WHERE account_id = (SELECT id FROM accounts WHERE username = 'olga')",
    );
    bob.post("/api/v1/reports", json!({"account_id": alice.id.to_string(), "comment": "rude"}));
    assert!(words(&Browser::of(&owner), HERE).contains("bob reported alice"));
}

#[test]
fn what_is_new_stands_out_until_it_is_marked_as_read() {
    let (app, alice, bob) = people();
    bob.posts("one @alice");
    app.clock.advance(1000);
    bob.posts("two @alice");
    let browser = Browser::of(&alice);
    let html = browser.get(HERE, "en");
    assert_eq!(html.matches("notice new").count(), 2, "{html}");
    // Looking at it is no mark.
    assert_eq!(marker(&alice), Value::Null);
    let newest = html.split("name=\"read\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let done = browser.submit(HERE, HERE, &[("read", &newest), ("next", HERE)]);
    assert_eq!((done.status, browser_location(&done).as_str()), (303, HERE));
    assert_eq!(marker(&alice)["last_read_id"], newest.as_str());
    let html = browser.get(HERE, "en");
    assert!(!html.contains("notice new") && !html.contains("name=\"read\""), "{html}");
    // An older page that is still open does not take it back.
    let older = (newest.parse::<i64>().unwrap() - 1).to_string();
    for value in [older.as_str(), newest.as_str()] {
        browser.submit(HERE, HERE, &[("read", value)]);
        assert_eq!(
            (&marker(&alice)["last_read_id"], &marker(&alice)["version"]),
            (&json!(newest), &json!(1))
        );
    }
    app.clock.advance(1000);
    bob.posts("three @alice");
    let html = browser.get(HERE, "en");
    assert_eq!(html.matches("notice new").count(), 1, "{html}");
    assert!(notices(&html)[0].starts_with(" new"), "{html}");
    assert_eq!(browser.submit(HERE, HERE, &[("read", "x")]).status, 404);
    assert_eq!(browser.submit(HERE, HERE, &[]).status, 400);
}

#[test]
fn they_are_dismissed_and_cleared_by_their_owner_alone() {
    let (app, alice, bob) = people();
    let post = alice.posts("a post");
    bob.act(&post, "favourite");
    bob.posts("hello @alice");
    bob.follows(&alice);
    let (browser, other) = (Browser::of(&alice), Browser::of(&bob));
    let html = browser.get(HERE, "en");
    let keys: Vec<&str> =
        html.split("name=\"dismiss\" value=\"").skip(1).map(|part| part.split('"').next().unwrap()).collect();
    assert_eq!(keys.len(), 3, "{html}");
    let favourite = *keys.iter().find(|key| key.starts_with("favourite-")).unwrap();
    // By somebody else, and by a forged form.
    alice.posts("hello @bob");
    for key in &keys {
        assert_eq!(other.submit(HERE, HERE, &[("dismiss", key)]).status, 303);
    }
    let token = other.token(HERE);
    for wrong in [token.as_str(), "", "1.x"] {
        let body = format!("form={wrong}&clear=1");
        assert_eq!(browser.send("POST", HERE, &body, "en").status, 403, "{wrong}");
    }
    let stranger = Browser::new(&app).send("POST", HERE, "clear=1", "en");
    assert_eq!(browser_location(&stranger), "/sign_in?next=%2Fnotifications");
    assert_eq!(alice.notifications().len(), 3);
    let next = "/notifications?type=favourite";
    let done = browser.submit(HERE, HERE, &[("dismiss", favourite), ("next", next)]);
    assert_eq!(browser_location(&done), next);
    assert_eq!(alice.notifications().len(), 2);
    assert_eq!(browser.submit(HERE, HERE, &[("dismiss", "nothing-1-x")]).status, 404);
    assert_eq!(browser.submit(HERE, HERE, &[("clear", "1")]).status, 303);
    assert_eq!(alice.notifications().len(), 0);
    assert_eq!(bob.notifications().len(), 1);
    let html = browser.get(HERE, "en");
    assert!(html.contains("No notifications.") && !html.contains("name=\"clear\""), "{html}");
}

#[test]
fn older_ones_are_on_further_pages() {
    let (app, alice, bob) = people();
    for n in 0..25 {
        app.clock.advance(1000);
        bob.posts(&format!("number {n}. @alice"));
    }
    let browser = Browser::of(&alice);
    let first = browser.get(HERE, "en");
    assert!(notices(&first).len() == 20 && first.contains("number 24.") && !first.contains("number 4."));
    let next = first.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let second = browser.get(next, "en");
    assert!(notices(&second).len() == 5 && second.contains("number 4."), "{second}");
    assert!(!second.contains("rel=\"next\"") && !second.contains("name=\"read\""), "{second}");
    // What one does there leads back there.
    assert!(second.contains(&format!("name=\"next\" value=\"{next}\"")), "{second}");
    let few = browser.get(&format!("{HERE}?type=mention"), "en");
    assert!(few.contains("href=\"/notifications?type=mention&amp;max_id="), "{few}");
    // Session and groups, then all the rest.
    let trips = app.cost.borrow().trips;
    assert!(trips <= 2, "{trips}");
}

#[test]
fn filters_and_blocks_hold_as_in_apps() {
    let (_, alice, bob) = people();
    let keywords = json!([{"keyword": "election", "whole_word": true}]);
    let filter = json!({"title": "Never", "context": ["notifications"], "filter_action": "hide", "keywords_attributes": keywords});
    alice.post("/api/v2/filters", filter);
    bob.posts("an election @alice");
    bob.posts("a fern @alice");
    let browser = Browser::of(&alice);
    let html = browser.get(HERE, "en");
    assert!(notices(&html).len() == 1 && html.contains("a fern"), "{html}");
    alice.post(&format!("/api/v1/accounts/{}/block", bob.id), json!({}));
    assert!(browser.get(HERE, "en").contains("No notifications."));
}

#[test]
fn who_has_moved_reads_what_happened_and_changes_nothing() {
    let (app, alice, bob) = people();
    bob.posts("hello @alice");
    let browser = Browser::of(&alice);
    let token = browser.token(HERE);
    app.write("UPDATE accounts SET moved_to_uri = 'https://b.example/users/alice' WHERE username = 'alice'");
    let html = browser.get(HERE, "en");
    assert!(html.contains("mentioned you") && !html.contains("<form") && !html.contains("<button"), "{html}");
    assert_eq!(browser.send("POST", HERE, &format!("form={token}&clear=1"), "en").status, 403);
    assert_eq!(app.count("SELECT count(*) AS n FROM notifications"), 1);
}

#[test]
fn names_of_others_are_text_and_their_statuses_have_pages_here() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let mention = json!({"tag": [{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]});
    let note = remote.note(&bob, 1, mention);
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    app.write("UPDATE accounts SET display_name = '<b>{who}</b> {name} \"x' WHERE username = 'bob'");
    let html = Browser::of(&alice).get(HERE, "en");
    assert!(html.contains("<bdi>&lt;b&gt;{who}&lt;/b&gt; {name} &quot;x</bdi></a> mentioned you"), "{html}");
    assert!(html.contains("href=\"/@bob@b.example/"), "{html}");
    // Groups of another day stand by themselves.
    app.clock.advance(DAY);
    assert_eq!(notices(&Browser::of(&alice).get(HERE, "en")).len(), 1);
    assert!(!text(&Browser::new(&app).page(HERE)).contains("bob"));
}

/// The rest of a group that begins on a page is not on the next one.
#[test]
fn the_last_page_of_a_type_leads_to_no_empty_one() {
    let (app, alice, bob) = people();
    let (carol, dave) = (app.person("carol"), app.person("dave"));
    let post = alice.posts("liked");
    for person in [&bob, &carol, &dave] {
        person.act(&post, "favourite");
        app.clock.advance(1000);
    }
    let browser = Browser::of(&alice);
    let page = browser.get("/notifications?type=favourite", "en");
    assert!(notices(&page).len() == 1 && !page.contains("rel=\"next\""), "{page}");
    // Of many, there is another page.
    for n in 0..25 {
        bob.act(&alice.posts(&format!("post {n}")), "favourite");
        app.clock.advance(1000);
    }
    let page = browser.get("/notifications?type=favourite", "en");
    let next =
        page.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    let last = browser.get(&next, "en");
    assert!(notices(&page).len() == 20 && notices(&last).len() == 6, "{last}");
    assert!(!last.contains("rel=\"next\""), "{last}");
}
