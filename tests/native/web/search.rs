//! The page for searching.

use serde_json::json;

use crate::app::{id, people, settle};
use crate::browser::Browser;
use crate::remote::{cast, fetched};

#[test]
fn people_hashtags_and_posts_are_found_on_a_page() {
    let (app, alice, bob) = people();
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"indexable": true})));
    let fern = bob.posts("A tall fern #fernwood");
    let hidden = bob.post("/api/v1/statuses", json!({"status": "secret fern", "visibility": "direct"}));
    bob.posts("an election of ferns");
    let browser = Browser::of(&alice);
    let empty = browser.get("/search", "en");
    assert!(
        empty.contains("type=\"search\"")
            && empty.contains("from:me")
            && !empty.contains("<nav class=\"tabs\""),
        "{empty}"
    );
    let keywords = json!([{"keyword": "election"}]);
    alice.post("/api/v2/filters", json!({"title": "Never", "context": ["public"], "filter_action": "hide", "keywords_attributes": keywords}));
    let all = browser.get("/search?q=fern", "en");
    assert!(all.contains("A tall fern"), "{all}");
    assert!(all.contains("href=\"/tags/fernwood\"") && all.contains("<form class=\"actions\""), "{all}");
    // Neither what is not for the reader, nor what they filter.
    assert!(!all.contains("secret fern") && !all.contains("an election"), "{all}");
    assert!(!all.contains(&format!("status-{}", id(&hidden))));
    assert!(all.contains(&format!("id=\"status-{}\"", id(&fern))), "{all}");
    let bobs = browser.get("/search?q=bob", "en");
    assert!(bobs.contains("@bob@a.example") && bobs.contains("value=\"bob\""), "{bobs}");
    // A kind alone.
    let tags = browser.get("/search?q=fern&type=hashtags", "en");
    assert!(tags.contains("/tags/fernwood") && !tags.contains("<article"), "{tags}");
    assert!(tags.contains("<input type=\"hidden\" name=\"type\" value=\"hashtags\">"), "{tags}");
    let posts = browser.get("/search?q=fern+from%3A%40bob&type=statuses", "en");
    assert!(posts.contains("<article") && !posts.contains("href=\"/tags/fernwood\" dir"), "{posts}");
    assert!(browser.get("/search?q=fern+from%3A%40alice&type=statuses", "en").contains("Nothing was found."));
    // What was typed is text.
    let odd = browser.get("/search?q=%22%3E%3Cb%3E%26&type=nonsense", "en");
    assert!(!odd.contains("<b>") && odd.contains("value=\"&quot;&gt;&lt;b&gt;&amp;\""), "{odd}");
    let long = "x".repeat(600);
    let cut = browser.get(&format!("/search?q={long}"), "en");
    assert!(cut.contains(&long[..500]) && !cut.contains(&long[..501]), "{cut}");
    let stranger = Browser::new(&app).page(&format!("/search?q={long}"));
    assert_eq!(stranger.header("location"), Some("/sign_in?next=%2Fsearch"));
    let stranger = Browser::new(&app).page("/search?q=fern&type=statuses");
    let there = "/sign_in?next=%2Fsearch%3Fq%3Dfern%26type%3Dstatuses";
    assert_eq!((stranger.status, stranger.header("location")), (303, Some(there)));
}

#[test]
fn results_go_on_by_their_number() {
    let (_, alice, bob) = people();
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"indexable": true})));
    for n in 0..23 {
        bob.posts(&format!("fern number {n}"));
    }
    let browser = Browser::of(&alice);
    let articles = |html: &str| html.matches("<article").count();
    let all = browser.get("/search?q=fern", "en");
    assert_eq!(articles(&all), 5);
    assert!(all.contains("<nav class=\"pager\"><a href=\"/search?q=fern&amp;type=statuses\">"), "{all}");
    let first = browser.get("/search?q=fern&type=statuses", "en");
    assert_eq!(articles(&first), 20);
    let next = "/search?q=fern&type=statuses&offset=20";
    assert!(first.contains(&format!("rel=\"next\" href=\"{}\"", next.replace('&', "&amp;"))), "{first}");
    let rest = browser.get(next, "en");
    assert_eq!(articles(&rest), 3);
    assert!(!rest.contains("rel=\"next\""), "{rest}");
    // An action leads back to the same page of results.
    assert!(rest.contains(&format!("name=\"next\" value=\"{}\"", next.replace('&', "&amp;"))), "{rest}");
    assert_eq!(articles(&browser.get("/search?q=fern&type=statuses&offset=-5", "en")), 20);
    assert_eq!(browser.status("/search?q=fern&type=statuses&offset=x"), 400);
    for kind in ["accounts", "hashtags", "statuses"] {
        let far = format!("/search?q=fern&type={kind}&offset={}", i64::MAX);
        assert!(browser.get(&far, "en").contains("Nothing was found."), "{kind}");
        alice.get(&format!("/api/v2/search?q=fern&type={kind}&offset={}", i64::MAX));
    }
}

#[test]
fn what_is_elsewhere_is_fetched_by_handle_or_address() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let browser = Browser::of(&alice);
    let note = remote.note(&bob, 7, json!({"content": "<p>from elsewhere</p>"}));
    let note = remote.serve(note);
    let url = note["id"].as_str().unwrap().to_owned();
    let query: String = url::form_urlencoded::byte_serialize(url.as_bytes()).collect();
    let page = format!("/search?q={query}");
    // A link on another site fetches nothing.
    let linked = browser.send_from("cross-site", &page);
    assert!(String::from_utf8(linked.body).unwrap().contains("Press Search to look"));
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 0);
    // Nor does a picture on a page of ours, whose address a stranger chose.
    for (site, what) in [("same-origin", "image"), ("same-origin", "video"), ("same-site", "document")] {
        let shown = browser.send_for(site, what, &page);
        assert!(String::from_utf8(shown.body).unwrap().contains("Press Search to look"), "{site} {what}");
    }
    assert_eq!(fetched(&app), Vec::<String>::new());
    let opened = browser.send_for("same-origin", "document", &page);
    assert!(String::from_utf8(opened.body).unwrap().contains("from elsewhere"));
    let html = browser.get(&page, "en");
    assert!(html.contains("from elsewhere"), "{html}");
    settle(&[&app]);
    let html = browser.get("/search?q=%40bob%40b.example", "en");
    assert!(html.contains("@bob@b.example") && html.contains("class=\"who\""), "{html}");
    // A server that is not there finds nothing.
    assert!(browser.get("/search?q=%40x%40nowhere.example", "en").contains("Nothing was found."));
}

#[test]
fn searching_is_limited() {
    let (_, alice, _) = people();
    let mut browser = Browser::of(&alice);
    browser.ip = Some("192.0.2.7".into());
    let codes: Vec<u16> = (0..301).map(|_| browser.status("/search")).collect();
    assert_eq!((codes[0], codes[300]), (200, 429));
}
