//! The viewer's own profile.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{MINUTE, NOW, TestApp, people, refused, wait};

#[test]
fn the_profile_api_and_its_defaults() {
    let (_, alice, bob) = people();
    let profile = alice.ok("PATCH", "/api/v1/profile", Some(json!({"display_name": "Alice", "note": "a <b>", "show_media": false,
        "attribution_domains": ["news.example"], "fields_attributes": {"0": {"name": "web", "value": "x"}}, "source": {"quote_policy": "followers"}})));
    // Texts as typed; null where there is no picture.
    assert_eq!(
        (profile["note"].as_str(), &profile["avatar"], profile["fields"][0]["value"].as_str()),
        (Some("a <b>"), &Value::Null, Some("x"))
    );
    assert_eq!(
        (profile["show_media"].as_bool(), profile["attribution_domains"].clone()),
        (Some(false), json!(["news.example"]))
    );
    assert_eq!(alice.get("/api/v1/profile")["display_name"], "Alice");
    // Trap 13: others see absolute URLs of the default pictures.
    let seen = bob.get(&format!("/api/v1/accounts/{}", alice.id));
    assert!(
        seen["avatar"].as_str().unwrap().starts_with("https://")
            && seen["header"].as_str().unwrap().starts_with("https://")
    );
    assert_eq!(seen["show_media"], false);
    assert_eq!(alice.get("/api/v1/preferences")["posting:default:quote_policy"], "followers");
    assert_eq!(alice.posts("x")["quote_approval"]["automatic"], json!(["followers"]));
    assert_eq!(
        refused(&alice, "PATCH", "/api/v1/profile", json!({"attribution_domains": ["not a domain"]})),
        422
    );
    // Nobody has a picture to remove, so the request succeeds.
    for picture in ["avatar", "header"] {
        let after = alice.ok("DELETE", &format!("/api/v1/profile/{picture}"), None);
        assert_eq!(after["source"]["quote_policy"], "followers");
        assert!(after[picture].as_str().unwrap().ends_with("/missing.png"));
    }
}

#[test]
fn links_of_a_profile_are_verified_and_checked_again() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let page = std::rc::Rc::new(std::cell::RefCell::new(
        "<a rel=\"me\" href=\"https://a.example/@alice\">me</a>".to_owned(),
    ));
    let shown = page.clone();
    network.register(
        "blog.example",
        std::rc::Rc::new(move |_| {
            let html = shown.borrow().clone();
            Box::pin(async move { sori::http::response::Response::new(200, "text/html", html) })
        }),
    );
    let fields = json!({"fields_attributes": [{"name": "blog", "value": "https://blog.example/"}, {"name": "other", "value": "https://gone.example/"}]});
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(fields));
    let verified =
        |n: usize| alice.get("/api/v1/accounts/verify_credentials")["fields"][n]["verified_at"].is_string();
    assert!(verified(0) && !verified(1));
    // Blanks around it are none of it.
    let fields = json!({"fields_attributes": [{"name": "blog", "value": " https://blog.example/ "}]});
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(fields));
    assert!(verified(0));
    let fields = json!({"fields_attributes": [{"name": "blog", "value": "https://blog.example/"}, {"name": "other", "value": "https://gone.example/"}]});
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(fields));
    *page.borrow_mut() = "nothing".into();
    let minute = app.clock.now().0 / MINUTE;
    wait(&app, (720 - minute % 720 + 40) * MINUTE);
    assert!(!verified(0));
}

#[test]
fn only_a_whole_address_is_verified() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    // Whatever is asked of it links back.
    network.register(
        "blog.example",
        std::rc::Rc::new(move |_| {
            let html = "<a rel=\"me\" href=\"https://a.example/@alice\">me</a>";
            Box::pin(async move { sori::http::response::Response::new(200, "text/html", html) })
        }),
    );
    for (value, is_verified) in [
        ("https://blog.example/me", true),
        ("https://blog.example/me and more", false),
        ("http://blog.example/me", false),
        ("blog.example/me", false),
    ] {
        let fields = json!({"fields_attributes": [{"name": "blog", "value": value}]});
        alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(fields));
        let mine = alice.get("/api/v1/accounts/verify_credentials");
        assert_eq!(mine["fields"][0]["verified_at"].is_string(), is_verified, "{value:?}");
    }
}

#[test]
fn a_profile_mentions_people() {
    let (_, alice, bob) = people();
    let note = json!({"note": "friend of @bob and @nobody"});
    let me = alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(note));
    let html = me["note"].as_str().unwrap();
    let page = bob.get("/api/v1/accounts/verify_credentials")["url"].clone();
    // Trap 40: mentions in the markup that clients expect.
    assert!(
        html.contains(&format!("<a href=\"{}\" class=\"u-url mention\">", page.as_str().unwrap())),
        "{html}"
    );
    assert!(html.contains("@nobody") && html.matches("u-url").count() == 1, "{html}");
    assert_eq!(me["source"]["note"], "friend of @bob and @nobody");
}
