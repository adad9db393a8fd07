//! Lists that their owners have made public as feeds.

use serde_json::{Value, json};
use sori::model::ledger::{Measure, Source, Usage};
use sori::model::time::MINUTE;
use sori::services;

use super::feeds::{all, feed, get, posts};
use crate::app::{Person, TestApp, header, id, settle};
use crate::browser::Browser;
use crate::remote::scene;

const PAGE: &str = "/settings/list-feeds";

/// A list of a person with these members, who are followed.
fn list(person: &Person, title: &str, handles: &[&str]) -> String {
    let list = person.post("/api/v1/lists", json!({"title": title}));
    let ids: Vec<Value> = handles.iter().map(|handle| person.finds(handle)["id"].clone()).collect();
    person.post(&format!("/api/v1/lists/{}/accounts", id(&list)), json!({"account_ids": ids}));
    id(&list).to_owned()
}

/// Does something with a list; the paths of its feeds without their ends, as the page has them.
fn act(person: &Person, list: &str, action: &str) -> Vec<String> {
    let browser = Browser::of(person);
    let answer = browser.submit(PAGE, PAGE, &[("list", list), ("action", action)]);
    assert_eq!(answer.status, 303, "{}", String::from_utf8_lossy(&answer.body));
    paths(&browser.get(PAGE, "en"))
}

fn paths(page: &str) -> Vec<String> {
    let addresses = page.split("href=\"https://a.example/lists/").skip(1);
    let ends = addresses.filter_map(|rest| rest.split('"').next()?.strip_suffix(".rss"));
    ends.map(|key| format!("/lists/{key}")).collect()
}

fn titles(app: &TestApp, path: &str) -> Vec<String> {
    let parsed: Value = serde_json::from_str(&feed(app, &format!("{path}.feed.json"))).unwrap();
    let items = parsed["items"].as_array().unwrap().iter();
    items.map(|item| item["content_html"].as_str().unwrap().replace("<p>", "").replace("</p>", "")).collect()
}

#[test]
fn a_list_is_a_feed_of_what_its_members_allow() {
    let (app, alice, remote, _) = scene();
    let carol = app.person("carol");
    alice.follows(&carol);
    for (name, is_indexable) in [("open", true), ("closed", false)] {
        let mut person = remote.person(name);
        person["indexable"] = json!(is_indexable);
        let person = remote.serve(person);
        let found = alice.finds(&format!("{name}@b.example"));
        alice.post(&format!("/api/v1/accounts/{}/follow", id(&found)), json!({}));
        settle(&[&app]);
        app.db.run("INSERT INTO follows (account_id, target_id, id, uri) SELECT account_id, target_id, id, uri FROM follow_requests; DELETE FROM follow_requests");
        let n = if is_indexable { 1 } else { 2 };
        let note = remote.note(&person, n, json!({"content": format!("<p>of {name}</p>")}));
        assert_eq!(remote.sends(&app, &remote.create(&person, &note)), 202);
        // Nobody else's is in it, nor what is not public.
        let secret = json!({"content": "<p>SECRET</p>", "to": [person["followers"]], "cc": []});
        assert_eq!(remote.sends(&app, &remote.create(&person, &remote.note(&person, 10 + n, secret))), 202);
    }
    let theirs = posts(&carol, json!({"status": "of carol"}));
    for visibility in ["unlisted", "private", "direct"] {
        posts(&carol, json!({"status": format!("@alice SECRET {visibility}"), "visibility": visibility}));
    }
    posts(&carol, json!({"status": "thread", "in_reply_to_id": id(&theirs)}));
    let mine = posts(&alice, json!({"status": "of alice"}));
    posts(&carol, json!({"status": "@alice SECRET answer", "in_reply_to_id": id(&mine)}));
    carol.act(&mine, "reblog");

    let friends = list(&alice, "friends & <co>", &["open@b.example", "closed@b.example", "carol@a.example"]);
    let browser = Browser::of(&alice);
    assert!(paths(&browser.get(PAGE, "en")).is_empty(), "off by default");
    let paths = act(&alice, &friends, "publish");
    let path = &paths[0];
    assert_eq!(path.len(), "/lists/".len() + 26, "{path}");
    let page = browser.get(PAGE, "en");
    assert!(
        page.contains("friends &amp; &lt;co&gt;") && page.contains("Members whose posts are in it: 2 / 3"),
        "{page}"
    );
    assert!(browser.get(PAGE, "ko").contains("리스트 피드"));

    let rss = feed(&app, &format!("{path}.rss"));
    assert_eq!(all(&rss, "title")[0], "friends &amp; &lt;co&gt;");
    assert!(!rss.contains("SECRET") && !rss.contains("alice"), "{rss}");
    assert_eq!(titles(&app, path), ["thread", "of carol", "of open"]);
    let atom = feed(&app, &format!("{path}.atom"));
    assert_eq!(all(&atom, "id")[0], format!("https://a.example{path}.atom"));
    let first = get(&app, &format!("{path}.atom"), &[]);
    assert_eq!(header(&first, "x-robots-tag"), "noindex");
    assert_eq!(get(&app, &format!("{path}.atom"), &[("if-none-match", &header(&first, "etag"))]).status, 304);

    // What is no more allowed is gone at once.
    carol.deletes(&theirs);
    assert_eq!(titles(&app, path), ["thread", "of open"]);
    app.db.run("UPDATE accounts SET is_indexable = 0 WHERE username = 'open'");
    assert_eq!(titles(&app, path), ["thread"]);
    app.db.run("UPDATE accounts SET suspended_at = 1 WHERE username = 'carol'");
    assert!(titles(&app, path).is_empty());
    app.db.run("UPDATE accounts SET suspended_at = NULL; UPDATE accounts SET is_indexable = 1 WHERE username = 'open'");
    let carols = json!({"account_ids": [alice.finds("carol@a.example")["id"]]});
    alice.ok("DELETE", &format!("/api/v1/lists/{friends}/accounts"), Some(carols.clone()));
    assert_eq!(titles(&app, path), ["of open"]);
    alice.post(&format!("/api/v1/lists/{friends}/accounts"), carols);

    // Another address; then none.
    let renewed = act(&alice, &friends, "publish");
    assert_ne!(renewed, paths);
    assert_eq!(get(&app, &format!("{path}.rss"), &[]).status, 404);
    assert_eq!(titles(&app, &renewed[0]).len(), 2);
    assert!(act(&alice, &friends, "stop").is_empty());
    for path in [&renewed[0], "/lists/", "/lists/x", &format!("/lists/{friends}")] {
        assert_eq!(get(&app, &format!("{path}.rss"), &[]).status, 404, "{path}");
    }
    // Nor of who is gone.
    let again = act(&alice, &friends, "publish");
    app.db.run("UPDATE accounts SET suspended_at = 1 WHERE username = 'alice'");
    assert_eq!(get(&app, &format!("{}.rss", again[0]), &[]).status, 404);
}

#[test]
fn a_new_address_and_a_second_publication_look_for_nothing_anew() {
    let (app, alice, _, _) = scene();
    let carol = app.person("carol");
    alice.follows(&carol);
    let first = posts(&carol, json!({"status": "first"}));
    let friends = list(&alice, "friends", &["carol@a.example"]);
    act(&alice, &friends, "publish");
    posts(&carol, json!({"status": "second"}));
    let found_at = "SELECT feed_at AS n FROM lists";
    let before = app.count(found_at);
    app.clock.advance(14 * MINUTE);
    // Whoever presses the buttons again and again has the members looked through as seldom as a reader.
    let renewed = act(&alice, &friends, "publish").remove(0);
    assert_eq!((titles(&app, &renewed), app.count(found_at)), (vec!["first".to_owned()], before));
    act(&alice, &friends, "stop");
    carol.deletes(&first);
    let again = act(&alice, &friends, "publish").remove(0);
    assert_eq!((titles(&app, &again), app.count(found_at)), (vec![], before));
    app.clock.advance(2 * MINUTE);
    act(&alice, &friends, "stop");
    let again = act(&alice, &friends, "publish").remove(0);
    assert_eq!(titles(&app, &again), ["second"]);
}

#[test]
fn of_a_long_list_the_page_counts_whom_the_feed_looks_at() {
    let (app, alice, _, _) = scene();
    let friends = list(&alice, "friends", &[]);
    act(&alice, &friends, "publish");
    app.db.run(
        "CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150) SELECT i FROM n; \
         INSERT INTO accounts (id, username, domain, uri, url, created_at, is_indexable) \
         SELECT i, 'm' || i, 'c.example', 'https://c.example/' || i, '', 0, 1 FROM n; \
         INSERT INTO list_accounts (list_id, target_id, id) SELECT (SELECT id FROM lists), i, i FROM n",
    );
    let page = Browser::of(&alice).get(PAGE, "en");
    assert!(page.contains("Members whose posts are in it: 100 / 150"), "{page}");
}

#[test]
fn only_ones_own_lists_and_ten_at_most() {
    let (app, alice, _, _) = scene();
    let bob = app.person("bob");
    let theirs = list(&bob, "theirs", &[]);
    let browser = Browser::of(&alice);
    assert!(browser.get(PAGE, "en").contains("You have no lists."));
    let mine: Vec<String> = (0..11).map(|n| list(&alice, &format!("list {n}"), &[])).collect();
    assert_eq!(browser.submit(PAGE, PAGE, &[("list", &theirs), ("action", "publish")]).status, 422);
    assert_eq!(browser.submit(PAGE, PAGE, &[("list", "x"), ("action", "publish")]).status, 404);
    for list in &mine[..10] {
        act(&alice, list, "publish");
    }
    assert_eq!(browser.submit(PAGE, PAGE, &[("list", &mine[10]), ("action", "publish")]).status, 422);
    // An address can be changed nevertheless.
    assert_eq!(act(&alice, &mine[0], "publish").len(), 10);
    let forged = browser.send("POST", PAGE, &format!("list={}&action=stop", mine[0]), "en");
    assert_eq!(forged.status, 403);
    // Nobody else ends it.
    assert_eq!(Browser::of(&bob).submit(PAGE, PAGE, &[("list", &mine[0]), ("action", "stop")]).status, 303);
    assert_eq!(paths(&browser.get(PAGE, "en")).len(), 10);
    assert_eq!(Browser::new(&app).status(PAGE), 303);
}

#[test]
fn what_is_new_is_found_after_a_response_and_costs_little() {
    let (app, alice, _, _) = scene();
    let carol = app.person("carol");
    alice.follows(&carol);
    for n in 0..30 {
        posts(&carol, json!({"status": format!("post {n}")}));
    }
    let friends = list(&alice, "friends", &["carol@a.example"]);
    let path = act(&alice, &friends, "publish").remove(0);
    assert_eq!(titles(&app, &path).len(), 18);
    posts(&carol, json!({"status": "news"}));
    app.clock.advance(14 * MINUTE);
    // The isolate has read the site.
    get(&app, "/robots.txt", &[]);
    assert_eq!(titles(&app, &path)[0], "post 29");
    let cost = *app.cost.borrow();
    assert!(
        cost.trips == 1 && cost.rows_read <= 200 && app.whole_cost.borrow().rows_written == 0,
        "{cost:?}"
    );
    app.clock.advance(2 * MINUTE);
    // As long as it takes for rows to be scarce it stays what it is.
    let event = app.ready();
    let mut used = Usage::default();
    used.add(Measure::RowsRead, 4_500_000);
    event.shared.ledger.borrow_mut().add(Source::Apps, &used, event.now());
    pollster::block_on(services::ledger::write(&event)).unwrap();
    event.shared.forget_site();
    titles(&app, &path);
    assert_eq!(titles(&app, &path)[0], "post 29");
    app.db.run("DELETE FROM usage");
    app.ready().shared.forget_site();
    assert_eq!(titles(&app, &path)[0], "post 29");
    assert_eq!(app.whole_cost.borrow().rows_written, 1, "{:?}", app.whole_cost.borrow());
    assert_eq!(titles(&app, &path)[0], "news");
    assert_eq!(app.whole_cost.borrow().rows_written, 0);
}

#[test]
fn a_list_of_hundreds_has_a_bound() {
    let (app, alice, _, _) = scene();
    let friends = list(&alice, "many", &[]);
    let now = app.clock.now().0;
    app.db.run(&format!(
        "CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) SELECT i FROM n; \
         INSERT INTO accounts (id, username, domain, uri, url, is_indexable, created_at) SELECT 1000 + i, 'u' || i, 'c.example', 'https://c.example/u' || i, 'x', 1, 0 FROM n; \
         INSERT INTO list_accounts (list_id, target_id, id) SELECT {friends}, 1000 + i, i FROM n; \
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, content, created_at) \
         SELECT {base} + i * 1000 + j.value, 'https://c.example/' || i || '/' || j.value, 'x', 1000 + i, 0, 0, 'x', 0 FROM n, \
         json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]') j; \
         DROP TABLE n;",
        base = sori::model::id::Id::floor(now - 1_000_000).0,
    ));
    let path = act(&alice, &friends, "publish").remove(0);
    app.clock.advance(16 * MINUTE);
    get(&app, "/robots.txt", &[]);
    assert_eq!(titles(&app, &path).len(), 18);
    let (cost, whole) = (*app.cost.borrow(), *app.whole_cost.borrow());
    println!("a feed of 500: {} rows read, {} with what is found again", cost.rows_read, whole.rows_read);
    assert!(cost.rows_read <= 200 && whole.rows_read <= 5_000, "{cost:?} {whole:?}");
}
