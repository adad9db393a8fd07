//! The page of a profile.

use serde_json::json;

use crate::app::{TestApp, id, people};
use crate::browser::Browser;

#[test]
fn counts_agree_in_number() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let browser = Browser::new(&app);
    let shows = |language: &str, text: &str| {
        let page = browser.get("/@alice", language);
        let page = page.replace("</a>", "").replace("<a href=\"https://a.example/@alice/following\">", "");
        let page = page.replace("<a href=\"https://a.example/@alice/followers\">", "");
        assert!(page.contains(text), "{text} in {page}");
    };
    shows("en", "0 posts · 0 following · 0 followers");
    alice.posts("one");
    shows("en", "1 post · 0 following · 0 followers");
    shows("ko", "글 1 · 팔로잉 0 · 팔로워 0");
}

#[test]
fn a_title_shows_the_warning_and_not_what_is_behind_it() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let browser = Browser::new(&app);
    let title = |post: &serde_json::Value| {
        let page = browser.get(&format!("/@alice/{}", id(post)), "en");
        page.split("<title>").nth(1).unwrap().split("</title>").next().unwrap().to_owned()
    };
    let warned = alice
        .post("/api/v1/statuses", json!({"status": "the butler did it", "spoiler_text": "book <3 & film"}));
    assert!(title(&warned).starts_with("book &lt;3 &amp; film"), "{}", title(&warned));
    let long = "w".repeat(400);
    let long = alice.post("/api/v1/statuses", json!({"status": "the butler did it", "spoiler_text": long}));
    let long = title(&long);
    assert!(long.starts_with(&format!("{}…", "w".repeat(60))), "{long}");
    assert!(!long.contains("butler"), "{long}");
    assert!(title(&alice.posts("plain words")).starts_with("plain words"));
}

#[test]
fn search_engines_are_kept_out_unless_somebody_lets_them_in() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let bob = app.person("bob");
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"indexable": true})));
    let browser = Browser::new(&app);
    let is_kept_out =
        |path: &str| browser.get(path, "en").contains("<meta name=\"robots\" content=\"noindex\">");
    let of_alice = format!("/@alice/{}", id(&alice.posts("one")));
    let of_bob = format!("/@bob/{}", id(&bob.posts("two")));
    assert!(is_kept_out("/@alice") && is_kept_out(&of_alice));
    assert!(!is_kept_out("/@bob") && !is_kept_out(&of_bob) && !is_kept_out("/about"));
    assert_eq!(alice.get(&format!("/api/v1/accounts/{}", alice.id))["noindex"], true);
    let robots = browser.get("/robots.txt", "en");
    assert!(robots.starts_with("User-agent: *\n") && robots.contains("Disallow: /settings/"), "{robots}");
}

#[test]
fn links_in_ones_own_fields_say_that_they_are_me() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let fields = json!([{"name": "site", "value": "https://alice.example/about"}]);
    let shown = alice.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"note": "https://alice.example/note", "fields_attributes": fields})),
    );
    let actor: serde_json::Value = serde_json::from_slice(&app.fetch("/users/alice").body).unwrap();
    let page = Browser::new(&app).get("/@alice", "en");
    let field = shown["fields"][0]["value"].as_str().unwrap();
    assert!(field.contains("rel=\"nofollow noopener me\""), "{field}");
    assert_eq!(actor["attachment"][0]["value"], field);
    assert_eq!(page.matches("noopener me\"").count(), 1, "{page}");
    for plain in [&shown["note"], &alice.posts("https://alice.example/post")["content"]] {
        assert!(plain.as_str().unwrap().contains("rel=\"nofollow noopener\""), "{plain}");
    }
}

#[test]
fn a_hashtag_has_a_page_of_its_public_statuses() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let browser = Browser::new(&app);
    let link = alice.posts("first of #봄꽃")["content"].as_str().unwrap().to_owned();
    let href = link.split("href=\"https://a.example").nth(1).unwrap().split('"').next().unwrap();
    for visibility in ["unlisted", "private", "direct"] {
        let status = format!("{visibility} of #봄꽃");
        alice.post("/api/v1/statuses", json!({"status": status, "visibility": visibility}));
    }
    alice.post("/api/v1/statuses", json!({"status": "the end #봄꽃", "spoiler_text": "film"}));
    let page = browser.get(href, "en");
    assert!(page.contains("<h1 dir=\"auto\">#봄꽃</h1>") && page.contains("first of"), "{page}");
    assert!(page.contains(">film</summary>") && page.contains("noindex"), "{page}");
    for hidden in ["unlisted of", "private of", "direct of"] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    assert!(browser.get("/tags/nobody", "ko").contains("아직 글이 없어요"));
    assert_eq!(browser.status("/tags/-"), 404);
}

#[test]
fn a_featured_hashtag_leads_to_the_posts_with_it() {
    let (app, alice, bob) = people();
    alice.posts("about #cats");
    alice.post("/api/v1/statuses", json!({"status": "secret #cats", "visibility": "private"}));
    alice.posts("about dogs");
    bob.posts("my #cats");
    let featured = alice.post("/api/v1/featured_tags", json!({"name": "cats"}));
    let path = featured["url"].as_str().unwrap().strip_prefix(&app.origin()).unwrap().to_owned();
    let page = Browser::new(&app).get(&path, "en");
    assert!(page.contains("about") && page.contains("#<span>cats"), "{page}");
    for other in ["secret", "dogs", "my "] {
        assert!(!page.contains(other), "{other}: {page}");
    }
    assert_eq!(Browser::new(&app).page("/@alice/tagged/%20").status, 404);
    assert_eq!(Browser::new(&app).page("/@nobody/tagged/cats").status, 404);
}
