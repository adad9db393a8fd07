//! What is much talked about.

use serde_json::json;

use crate::app::{id, people};
use crate::browser::Browser;

#[test]
fn what_is_much_talked_about_and_whom_to_follow_is_on_a_page() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    assert!(Browser::new(&app).get("/explore", "en").contains("Nothing is talked about much"));
    for person in [&bob, &carol] {
        let changes = json!({"discoverable": true, "indexable": true, "note": "grows ferns"});
        person.ok("PATCH", "/api/v1/accounts/update_credentials", Some(changes));
    }
    let post = bob.posts("much liked #fern https://x.example/page");
    app.clock.advance(1000);
    carol.posts("as well #fern https://x.example/page");
    carol.post(&format!("/api/v1/statuses/{}/favourite", id(&post)), json!({}));
    alice.post(&format!("/api/v1/statuses/{}/favourite", id(&post)), json!({}));
    alice.follows(&bob);
    app.write("INSERT INTO trends (kind, key, rank) SELECT 'status', CAST(min(id) AS TEXT), 1 FROM statuses");
    app.write("INSERT INTO trends (kind, key, rank) VALUES ('tag', 'fern', 1), ('link', 'https://x.example/page', 1)");
    let (browser, stranger) = (Browser::of(&alice), Browser::new(&app));
    for reader in [&browser, &stranger] {
        let html = reader.get("/explore", "en");
        assert!(html.contains("much liked") && html.contains("href=\"/tags/fern\" dir"), "{html}");
        assert!(html.contains("noindex"), "{html}");
    }
    let (hers, theirs) = (browser.get("/explore", "en"), stranger.get("/explore", "en"));
    let link = "<p><a href=\"https://x.example/page\"";
    assert!(hers.contains(link) && !theirs.contains(link), "{hers}");
    // Whom she follows is suggested no more; strangers are told of nobody, and do nothing.
    assert!(hers.contains("grows ferns") && hers.matches("<li class=\"who\">").count() >= 1, "{hers}");
    let suggested = hers.split("<ul class=\"people\">").nth(1).unwrap().split("</ul>").next().unwrap();
    assert!(suggested.contains("@carol@") && !suggested.contains("@bob@"), "{suggested}");
    assert!(!theirs.contains("class=\"people\"") && !theirs.contains("<form"), "{theirs}");
    alice.post(&format!("/api/v1/accounts/{}/block", bob.id), json!({}));
    assert!(!browser.get("/explore", "en").contains("much liked"));
    app.write("INSERT OR REPLACE INTO settings (key, value) VALUES ('trends', 'off')");
    app.clock.advance(600_000);
    assert!(stranger.get("/explore", "en").contains("Nothing is talked about much"));
}
