//! The pages of favourites and bookmarks.

use serde_json::json;

use crate::app::{id, people};
use crate::browser::Browser;

#[test]
fn what_somebody_has_marked_is_on_pages_of_their_own() {
    let (app, alice, bob) = people();
    let old = bob.posts("marked first");
    let new = bob.posts("marked second");
    let hidden = json!({"title": "Never", "context": ["home", "public", "account", "thread"], "filter_action": "hide", "keywords_attributes": [{"keyword": "second"}]});
    alice.post("/api/v2/filters", hidden);
    let browser = Browser::of(&alice);
    for (page, mark) in [("/favourites", "favourite"), ("/bookmarks", "bookmark")] {
        assert!(browser.get(page, "en").contains("No posts yet."), "{page}");
        for status in [&new, &old] {
            app.clock.advance(1000);
            alice.post(&format!("/api/v1/statuses/{}/{mark}", id(status)), json!({}));
        }
        let html = browser.get(page, "en");
        let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text}: {html}"));
        // In the order of marking; no filter hides what is marked.
        assert!(at("marked first") < at("marked second"), "{html}");
        assert!(html.contains(&format!("value=\"un{mark}\" aria-pressed=\"true\"")), "{html}");
        assert!(
            html.contains("noindex") && html.contains(&format!("href=\"{page}\" aria-current")),
            "{html}"
        );
        assert!(!html.contains("class=\"pager\""), "{html}");
        assert!(!Browser::of(&bob).get(page, "en").contains("marked"), "{page}");
        let stranger = Browser::new(&app).page(page);
        let there = format!("/sign_in?next=%2F{}", &page[1..]);
        assert_eq!((stranger.status, stranger.header("location")), (303, Some(there.as_str())));
    }
}

#[test]
fn marks_go_on_by_the_time_of_marking() {
    let (app, alice, bob) = people();
    for n in 0..21 {
        app.clock.advance(1000);
        let status = bob.posts(&format!("post {n:02}."));
        alice.post(&format!("/api/v1/statuses/{}/bookmark", id(&status)), json!({}));
    }
    let browser = Browser::of(&alice);
    let html = browser.get("/bookmarks", "en");
    assert!(html.contains("post 20.") && html.contains("post 01.") && !html.contains("post 00."), "{html}");
    let next = html.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap();
    let rest = browser.get(next, "en");
    assert!(
        rest.contains("post 00.") && !rest.contains("post 01.") && !rest.contains("rel=\"next\""),
        "{rest}"
    );
    // An action leads back to the same part of the list.
    assert!(rest.contains(&format!("name=\"next\" value=\"{next}\"")), "{rest}");
    assert_eq!(browser.status("/bookmarks?max_id=x"), 400);
}
