//! The page of posts that wait for their time.

use serde_json::json;

use crate::app::people;
use crate::browser::Browser;

const HERE: &str = "/scheduled";

#[test]
fn what_waits_for_its_time_is_moved_and_taken_back() {
    let (app, alice, bob) = people();
    let browser = Browser::of(&alice);
    assert!(browser.get(HERE, "en").contains("No post waits"));
    let at = |text: &str, at: &str| {
        alice.post("/api/v1/statuses", json!({"status": text, "spoiler_text": "<b>", "scheduled_at": at}))["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (first, second) = (at("one & <two>", "2026-10-01T08:30:00Z"), at("another", "2026-10-02T08:30:00Z"));
    let html = browser.get(HERE, "en");
    assert!(html.contains("one &amp; &lt;two&gt;") && html.contains("<strong>&lt;b&gt;</strong>"), "{html}");
    assert!(html.contains("value=\"2026-10-01T08:30\"") && html.contains("2026-10-01 08:30 UTC"), "{html}");
    let sends = |browser: &Browser, form: &str, fields: &[(&str, &str)]| {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("form", form).extend_pairs(fields);
        browser.send("POST", HERE, &body.finish(), "en")
    };
    let token = browser.token(HERE);
    let moved = sends(&browser, &token, &[("id", &first), ("do", "move"), ("at", "2026-11-05T10:00")]);
    assert_eq!((moved.status, moved.header("location")), (303, Some(HERE)));
    let now = alice.get(&format!("/api/v1/scheduled_statuses/{first}"));
    assert_eq!(now["scheduled_at"], "2026-11-05T10:00:00.000Z");
    for wrong in ["2026-09-21T14:14", "tomorrow", ""] {
        let refused = sends(&browser, &token, &[("id", &first), ("do", "move"), ("at", wrong)]);
        let html = String::from_utf8(refused.body).unwrap();
        assert!(
            refused.status == 422 && html.contains("role=\"alert\"") && html.contains("another"),
            "{html}"
        );
    }
    // Somebody else's is absent, and a form of another session does nothing.
    let other = Browser::of(&bob);
    at_least_one(&bob);
    let theirs = other.token(HERE);
    assert_eq!(sends(&other, &theirs, &[("id", &first), ("do", "delete")]).status, 404);
    for wrong in [theirs.as_str(), "", "1.x"] {
        assert_eq!(sends(&browser, wrong, &[("id", &first), ("do", "delete")]).status, 403);
    }
    assert_eq!(sends(&browser, &token, &[("id", &second), ("do", "delete"), ("at", "")]).status, 303);
    assert_eq!(alice.get("/api/v1/scheduled_statuses").as_array().unwrap().len(), 1);
    assert_eq!(Browser::new(&app).page(HERE).header("location"), Some("/sign_in?next=%2Fscheduled"));
}

/// Without one there is no form.
fn at_least_one(person: &crate::app::Person) {
    person.post("/api/v1/statuses", json!({"status": "later", "scheduled_at": "2026-10-01T08:30:00Z"}));
}
