//! Reactions with emojis, given on pages.

use serde_json::{Value, json};
use sori::http::response::Response;

use crate::app::{Person, id, people};
use crate::browser::Browser;

const EMOJI: &str = "INSERT INTO custom_emojis (shortcode, url, static_url) VALUES ('fern', 'https://a.example/fern.png', 'https://a.example/fern.png')";

fn location(answer: &Response) -> String {
    answer.header("location").unwrap_or_default().to_owned()
}

fn names(person: &Person, status: &Value) -> Vec<String> {
    let all = person.get(&format!("/api/v1/pleroma/statuses/{}/reactions", id(status)));
    all.as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_status_gets_and_loses_reactions_on_its_page() {
    let (app, alice, bob) = people();
    app.db.run(EMOJI);
    let post = bob.posts("of bob");
    let page = format!("/@bob/{}", id(&post));
    let browser = Browser::of(&alice);
    let token = browser.reading_token(&page);
    let send = |name: &str, value: &str| {
        let fields = [
            ("form", token.as_str()),
            ("next", page.as_str()),
            ("status", id(&post)),
            ("at", id(&post)),
            (name, value),
        ];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        browser.send("POST", "/act", &body, "en")
    };
    assert!(browser.get(&page, "en").contains("name=\"react\" value=\"🎉\""));
    let done = send("react", "🎉");
    assert_eq!((done.status, location(&done)), (303, format!("{page}#status-{}", id(&post))));
    assert_eq!(send("react", ":fern:").status, 303);
    let mut known = names(&alice, &post);
    known.sort();
    assert_eq!(known, ["fern", "🎉"]);
    // Strangers see them, the reader's own are pressed, and are taken back.
    let stranger = Browser::new(&app).get(&page, "en");
    assert!(stranger.contains("<li>🎉 <span>1</span>") && stranger.contains("alt=\":fern:\""), "{stranger}");
    let html = browser.get(&page, "en");
    assert!(html.contains("name=\"unreact\" value=\"🎉\" aria-pressed=\"true\""), "{html}");
    assert!(
        Browser::of(&bob).get(&page, "en").contains("name=\"react\" value=\"🎉\" aria-pressed=\"false\"")
    );
    assert_eq!(send("unreact", "🎉").status, 303);
    assert_eq!(names(&alice, &post), ["fern"]);
    // What is no emoji is shown again, with the reason.
    let refused = send("react", "no <emoji>");
    assert_eq!(refused.status, 303);
    let (back, anchor) =
        location(&refused).split_once('#').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(anchor, "react");
    let html = browser.get(back.strip_prefix("https://a.example").unwrap_or(&back), "en");
    assert!(html.contains("value=\"no &lt;emoji&gt;\"") && html.contains("no emoji that is known"), "{html}");
    // The page's script is told the same.
    let body = format!("form={}&status={}&react=no", browser.token(&page), id(&post));
    let told = browser.send_part("/act", &body);
    assert_eq!(told.status, 422);
    assert!(String::from_utf8_lossy(&told.body).contains("no emoji that is known"));
    // Not in lists, nor for what the reader may not see.
    assert!(!browser.get("/public/local", "en").contains("name=\"react\""));
    let hidden = bob.post("/api/v1/statuses", json!({"status": "hidden", "visibility": "direct"}));
    let body = format!("form={token}&status={}&react=%F0%9F%8E%89", id(&hidden));
    assert_eq!(browser.send("POST", "/act", &body, "en").status, 404);
}

#[test]
fn an_announcement_gets_reactions_at_home() {
    let (app, alice, bob) = people();
    app.db.run(EMOJI);
    app.write("INSERT INTO announcements (id, content, published_at, updated_at) VALUES (5, '<p>hello all</p>', 0, 0)");
    let browser = Browser::of(&alice);
    let html = browser.get("/home", "en");
    let form = html.split("action=\"/announcements\"").nth(1).unwrap();
    let token = form.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let send = |name: &str, value: &str| {
        let fields = [("form", token.as_str()), ("id", "5"), (name, value)];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        browser.send("POST", "/announcements", &body, "en")
    };
    assert_eq!(location(&send("react", "👍")), "/home");
    assert_eq!(send("react", ":fern:").status, 303);
    let html = browser.get("/home", "en");
    assert!(html.contains("name=\"unreact\" value=\"👍\"") && html.contains("alt=\":fern:\""), "{html}");
    assert!(
        Browser::of(&bob).get("/home", "en").contains("name=\"react\" value=\"👍\" aria-pressed=\"false\"")
    );
    assert_eq!(send("unreact", "👍").status, 303);
    let refused = location(&send("react", "nothing"));
    assert!(refused.ends_with("#react-5"), "{refused}");
    let html = browser.get(refused.split('#').next().unwrap(), "en");
    assert!(html.contains("value=\"nothing\"") && html.contains("no emoji that is known"), "{html}");
    // It is still marked as read.
    assert!(browser.get("/home", "en").contains("hello all"));
    assert_eq!(send("x", "x").status, 303);
    assert!(!browser.get("/home", "en").contains("hello all"));
}
