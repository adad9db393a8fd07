//! Who has linked to a page.

use crate::app::people;
use crate::browser::Browser;

#[test]
fn the_posts_with_a_link_are_on_a_page() {
    let (app, alice, bob) = people();
    let link = "https://x.example/page?a=1&b=<2>";
    app.write("INSERT INTO trends (kind, key, rank, week) VALUES ('link', 'https://x.example/page', 1, '[[1,2,2],[2,3,1]]')");
    bob.posts("of bob https://x.example/page");
    alice.posts("of alice https://x.example/other");
    let page = "/links?url=https%3A%2F%2Fx.example%2Fpage";
    let browser = Browser::of(&alice);
    for reader in [&browser, &Browser::new(&app)] {
        let html = reader.get(page, "en");
        assert!(html.contains("of bob") && !html.contains("of alice") && html.contains("noindex"), "{html}");
    }
    assert!(browser.get("/explore", "en").contains(&format!("href=\"{page}\"")));
    assert!(browser.get("/explore", "en").contains("5 posts"));
    // Whom the reader has blocked is not in it.
    alice.post(&format!("/api/v1/accounts/{}/block", bob.id), serde_json::json!({}));
    assert!(!browser.get(page, "en").contains("of bob"));
    // An address of nothing, and none of the web.
    let asked: String = url::form_urlencoded::byte_serialize(link.as_bytes()).collect();
    let html = browser.get(&format!("/links?url={asked}"), "en");
    assert!(html.contains("a=1&amp;b=&lt;2&gt;"), "{html}");
    for wrong in ["", "?url=javascript%3Aalert(1)", &format!("?url=https%3A%2F%2F{}", "x".repeat(5000))] {
        let answer = browser.page(&format!("/links{wrong}"));
        assert_eq!(answer.header("location"), Some("/explore"), "{wrong}");
    }
}
