//! Following and featuring hashtags, and the timelines of public posts.

use serde_json::json;
use sori::http::response::Response;

use crate::app::{Person, people, settle};
use crate::browser::Browser;
use crate::remote::cast;

fn location(answer: &Response) -> String {
    answer.header("location").unwrap_or_default().to_owned()
}

fn ties(person: &Person, tag: &str) -> (bool, bool) {
    let tag = person.get(&format!("/api/v1/tags/{tag}"));
    (tag["following"].as_bool().unwrap(), tag["featuring"].as_bool().unwrap())
}

#[test]
fn a_hashtag_is_followed_and_featured_on_its_page() {
    let (app, alice, bob) = people();
    bob.posts("a #fern");
    let (browser, other) = (Browser::of(&alice), Browser::of(&bob));
    let page = "/tags/fern";
    let send = |what: &str| browser.submit(page, page, &[("do", what), ("next", page)]);
    for (what, wanted) in [
        ("follow", (true, false)),
        ("feature", (true, true)),
        ("feature", (true, true)),
        ("unfollow", (false, true)),
        ("unfeature", (false, false)),
        ("unfeature", (false, false)),
    ] {
        let done = send(what);
        assert_eq!((done.status, location(&done).as_str()), (303, page), "{what}");
        assert_eq!(ties(&alice, "fern"), wanted, "{what}");
        let html = browser.get(page, "en");
        let has = |what: &str| html.contains(&format!("name=\"do\" value=\"{what}\""));
        assert_eq!((has("unfollow"), has("unfeature")), wanted, "{html}");
        assert_eq!((has("follow"), has("feature")), (!wanted.0, !wanted.1), "{html}");
    }
    assert_eq!(send("explode").status, 400);
    // Forged, of nobody, or of no hashtag.
    let theirs = other.token(page);
    for wrong in [theirs.as_str(), "", "1.x"] {
        assert_eq!(browser.send("POST", page, &format!("form={wrong}&do=follow"), "en").status, 403);
    }
    assert_eq!(
        location(&Browser::new(&app).send("POST", page, "do=follow", "en")),
        "/sign_in?next=%2Ftags%2Ffern"
    );
    assert_eq!(browser.submit(page, "/tags/1-2", &[("do", "follow")]).status, 404);
    assert!(!Browser::new(&app).get(page, "en").contains("<form"));
    // Another person's ties are their own.
    assert_eq!((ties(&alice, "fern"), ties(&bob, "fern")), ((false, false), (false, false)));
    let token = browser.token(page);
    app.write("UPDATE accounts SET moved_to_uri = 'https://b.example/users/alice' WHERE username = 'alice'");
    assert!(!browser.get(page, "en").contains("class=\"ties\""));
    assert_eq!(browser.send("POST", page, &format!("form={token}&do=follow"), "en").status, 403);
}

#[test]
fn ten_hashtags_may_be_featured() {
    let (_, alice, _) = people();
    for n in 0..10 {
        alice.post(&format!("/api/v1/tags/t{n}/feature"), json!({}));
    }
    let browser = Browser::of(&alice);
    let refused = browser.submit("/tags/fern", "/tags/fern", &[("do", "feature")]);
    assert_eq!(refused.status, 422);
    assert!(String::from_utf8(refused.body).unwrap().contains("as many hashtags as there may be"));
    assert_eq!(ties(&alice, "fern"), (false, false));
}

#[test]
fn followed_hashtags_are_listed_and_unfollowed() {
    let (app, alice, bob) = people();
    for tag in ["fern", "고사리", "moss"] {
        let path: String = url::form_urlencoded::byte_serialize(tag.as_bytes()).collect();
        alice.post(&format!("/api/v1/tags/{path}/follow"), json!({}));
    }
    bob.post("/api/v1/tags/heather/follow", json!({}));
    let browser = Browser::of(&alice);
    let html = browser.get("/followed_tags", "en");
    for tag in ["fern", "고사리", "moss"] {
        assert!(html.contains(&format!("formaction=\"/tags/{tag}\"")), "{html}");
    }
    assert!(!html.contains("heather"), "{html}");
    let fields = [("do", "unfollow"), ("next", "/followed_tags")];
    let done = browser.submit("/followed_tags", "/tags/%EA%B3%A0%EC%82%AC%EB%A6%AC", &fields);
    assert_eq!((done.status, location(&done).as_str()), (303, "/followed_tags"));
    let html = browser.get("/followed_tags", "en");
    assert!(!html.contains("고사리") && html.contains("#moss"), "{html}");
    assert_eq!(location(&Browser::new(&app).page("/followed_tags")), "/sign_in?next=%2Ffollowed_tags");
}

#[test]
fn public_posts_of_all_servers_have_a_page() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    alice.posts("of this server");
    let note = remote.note(&bob, 1, json!({"content": "<p>of another server</p>"}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    settle(&[&app]);
    let (browser, stranger) = (Browser::of(&alice), Browser::new(&app));
    for reader in [&browser, &stranger] {
        let (all, local) = (reader.get("/public", "en"), reader.get("/public/local", "en"));
        assert!(all.contains("of this server") && all.contains("of another server"), "{all}");
        assert!(local.contains("of this server") && !local.contains("of another server"), "{local}");
        assert!(
            all.contains("<a href=\"/public\" aria-current=\"page\">") && all.contains("noindex"),
            "{all}"
        );
        assert!(local.contains("<a href=\"/public/local\" aria-current=\"page\">"), "{local}");
    }
    assert!(browser.get("/public", "en").contains("<form class=\"actions\""));
    assert!(!stranger.get("/public", "en").contains("<form"));
}
