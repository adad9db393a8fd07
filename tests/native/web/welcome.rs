//! What comes after the set-up.

use serde_json::json;
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, SETUP_CODE, TestApp, people};
use crate::browser::Browser;

#[test]
fn the_set_up_leads_to_people_and_to_an_app() {
    let app = TestApp::empty(&Network::new(1), "a.example", &Clock::fixed(NOW));
    let browser = Browser::new(&app);
    let fields =
        [("code", SETUP_CODE), ("title", "x"), ("username", "gardener"), ("password", "gardener of ferns")];
    let done = browser.fill(&browser.page("/setup"), &fields);
    assert!(String::from_utf8(done.body).unwrap().contains("href=\"/welcome/people\""));
    let people = browser.get("/welcome/people", "en");
    for wanted in ["action=\"/search\"", "href=\"/settings/import\"", "href=\"/welcome/app\""] {
        assert!(people.contains(wanted), "{wanted}: {people}");
    }
    let html = browser.get("/welcome/app", "ko");
    for wanted in
        [">a.example</span>", "<svg class=\"qr\"", "aria-label=\"https://a.example\"", "href=\"/home\""]
    {
        assert!(html.contains(wanted), "{wanted}: {html}");
    }
    let stranger = Browser::new(&app);
    assert_eq!(
        stranger.page("/welcome/people").header("location"),
        Some("/sign_in?next=%2Fwelcome%2Fpeople")
    );
    assert_eq!(stranger.page("/welcome/app").status, 303);
}

#[test]
fn who_is_suggested_can_be_followed_at_once() {
    let (_, alice, bob) = people();
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": true})));
    let browser = Browser::of(&alice);
    let html = browser.get("/welcome/people", "en");
    let form = html
        .split("action=\"/ties\"")
        .find(|form| form.contains(&format!("name=\"account\" value=\"{}\"", bob.id)))
        .unwrap();
    let value = |name: &str| {
        form.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap().split('"').next().unwrap()
    };
    let body =
        format!("form={}&next={}&account={}&do=follow", value("form"), value("next"), value("account"));
    let done = browser.send("POST", "/ties", &body, "en");
    assert_eq!((done.status, done.header("location")), (303, Some("/welcome/people")));
    assert_eq!(alice.get(&format!("/api/v1/accounts/{}/following", alice.id))[0]["username"], "bob");
    assert!(!browser.get("/welcome/people", "en").contains("@bob@a.example"));
}
