//! Public pages as people who are signed in here see them.

use serde_json::json;

use crate::app::{id, people};
use crate::browser::Browser;

#[test]
fn public_pages_show_people_here_what_they_may_see_and_do() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    alice.follows(&bob);
    bob.posts("of bob #fern");
    let private =
        bob.post("/api/v1/statuses", json!({"status": "for followers #fern", "visibility": "private"}));
    carol.posts("of carol #fern");
    carol.posts("an election #fern");
    let keywords = json!([{"keyword": "election", "whole_word": true}]);
    let contexts = json!(["public", "account"]);
    alice.post("/api/v2/filters", json!({"title": "Never", "context": contexts, "filter_action": "hide", "keywords_attributes": keywords}));
    let (browser, stranger) = (Browser::of(&alice), Browser::new(&app));
    for page in ["/public/local", "/tags/fern", "/@carol", "/@carol/with_replies"] {
        let (hers, theirs) = (browser.get(page, "en"), stranger.get(page, "en"));
        assert!(hers.contains("of carol") && theirs.contains("of carol"), "{page}: {hers}");
        assert!(!hers.contains("an election") && theirs.contains("an election"), "{page}: {hers}");
        assert!(
            hers.contains("<form class=\"actions\"") && !theirs.contains("<form class=\"actions\""),
            "{page}"
        );
    }
    for page in ["/@bob", "/@bob/with_replies"] {
        assert!(browser.get(page, "en").contains("for followers"), "{page}: {private}");
        assert!(!stranger.get(page, "en").contains("for followers"), "{page}");
        assert!(!Browser::of(&carol).get(page, "en").contains("for followers"), "{page}");
    }
    alice.post(&format!("/api/v1/accounts/{}/block", carol.id), json!({}));
    for page in ["/public/local", "/tags/fern", "/"] {
        let html = browser.get(page, "en");
        assert!(!html.contains("of carol") && html.contains("of bob"), "{page}");
        assert!(stranger.get(page, "en").contains("of carol"), "{page}");
    }
    let status = bob.posts("to mark");
    let token = browser.get("/public/local?max_id=9007199254740991", "en");
    let form = token.split("<form class=\"actions\"").nth(1).unwrap();
    let value = |name: &str| {
        let value = form.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
        value.split('"').next().unwrap().to_owned()
    };
    assert_eq!(value("next"), "/public/local?max_id=9007199254740991");
    let fields = [
        ("form", value("form")),
        ("next", value("next")),
        ("status", id(&status).to_owned()),
        ("do", "favourite".to_owned()),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    assert_eq!(browser.send("POST", "/act", &body, "en").status, 303);
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&status)))["favourited"], true);
}
