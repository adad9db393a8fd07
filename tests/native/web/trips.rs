//! What a page costs in round trips to the database.

use serde_json::json;
use sori::platform::sql::Cost;

use crate::app::{id, people};
use crate::browser::Browser;

#[test]
fn a_page_costs_two_round_trips() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let theirs = bob.posts("a #fern");
    let own = alice.posts("my own");
    app.db.run(
        "UPDATE users SET role_id = 3 WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')",
    );
    let list = alice.post("/api/v1/lists", json!({"title": "Friends"}));
    let filter = alice.post("/api/v2/filters", json!({"title": "Never", "context": ["home"]}));
    let (list, filter) = (format!("/lists/{}", id(&list)), format!("/settings/filters/{}", id(&filter)));
    let edit = format!("{list}/edit");
    let collection = alice.post("/api/v1/collections", json!({"name": "x"}));
    let collection = format!("/collections/{}", id(&collection["collection"]));
    let editor = format!("{collection}/edit");
    let of = |page: &str, status: &serde_json::Value| format!("{page}{}", id(status));
    let forms = [
        of("/compose?reply=", &theirs),
        of("/compose?quote=", &theirs),
        of("/compose?edit=", &own),
        of("/compose?redraft=", &own),
        of("/report?status=", &theirs),
        of("/@bob/", &theirs),
        format!("{}/embed", of("/@bob/", &theirs)),
    ];
    let browser = Browser::of(&alice);
    let pages = [
        "/",
        "/home",
        "/menu",
        "/compose",
        "/scheduled",
        "/notifications",
        "/notifications/requests",
        "/follow_requests",
        "/conversations",
        "/@bob",
        "/@bob/followers",
        "/public/local",
        "/settings/profile",
        "/settings/preferences",
        "/settings/muted",
        "/settings/appearance",
        "/settings/sessions",
        "/settings/branding",
        "/settings/site",
        "/bookmarks",
        "/favourites",
        "/search?q=fern",
        "/lists",
        &list,
        &edit,
        "/tags/fern",
        "/followed_tags",
        "/public",
        "/explore",
        "/settings/filters",
        "/@bob/media",
        "/collections",
        &collection,
        &editor,
        "/links?url=https%3A%2F%2Fx.example%2F",
        "/welcome/people",
        "/welcome/app",
        &filter,
    ];
    for page in pages.into_iter().chain(forms.iter().map(String::as_str)) {
        browser.get(page, "en");
        let cost = *app.cost.borrow();
        assert!(cost.trips <= 2, "{page}: {cost:?}");
    }
}

/// What pages cost: of who is signed in, and of strangers, which no cache keeps.
pub fn costs() -> Vec<(&'static str, Cost)> {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    for n in 0..25 {
        bob.posts(&format!("post {n} #fern"));
    }
    let status = bob.posts("a question #fern");
    for _ in 0..3 {
        alice.replies(&status, "@bob an answer");
    }
    let (reader, stranger) = (Browser::of(&alice), Browser::new(&app));
    let page = format!("/@bob/{}", id(&status));
    [
        ("the page of the home timeline, 20 of 29", &reader, "/home"),
        ("the page of a profile, 20 of 26, for a stranger", &stranger, "/@bob"),
        ("the page of the local timeline, for a stranger", &stranger, "/public/local"),
        ("the page of a hashtag, for a stranger", &stranger, "/tags/fern"),
        ("the page of a status with three answers, for a stranger", &stranger, &page),
    ]
    .into_iter()
    .map(|(name, browser, page)| {
        browser.get(page, "en");
        (name, *app.cost.borrow())
    })
    .collect()
}
