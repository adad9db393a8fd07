//! The set-up page.

use sori::platform::native::{Clock, Network};

use crate::app::{NOW, SETUP_CODE, TestApp};
use crate::browser::Browser;

#[test]
fn a_password_that_is_guessed_at_once_is_refused() {
    let app = TestApp::empty(&Network::new(1), "a.example", &Clock::fixed(NOW));
    let browser = Browser::new(&app);
    let submit = |password: &str| {
        let page = browser.page("/setup");
        let fields = [("code", SETUP_CODE), ("title", "x"), ("username", "gardener"), ("password", password)];
        browser.fill(&page, &fields)
    };
    for guessed in ["password", "PassWord", "12345678", " password1 ", "gardener", "Gardener"] {
        let answer = submit(guessed);
        assert_eq!(answer.status, 422, "{guessed}");
        assert!(String::from_utf8_lossy(&answer.body).contains("too easy to guess"), "{guessed}");
    }
    assert_eq!(submit("gardener of ferns").status, 200);
}

/// As a phone's keyboard writes it, and with spaces where it is read aloud.
#[test]
fn the_code_is_compared_without_case_and_hyphens() {
    let app = TestApp::empty(&Network::new(1), "a.example", &Clock::fixed(NOW));
    let browser = Browser::new(&app);
    let submit = |code: &str| {
        let page = browser.page("/setup");
        let fields =
            [("code", code), ("title", "x"), ("username", "gardener"), ("password", "gardener of ferns")];
        browser.fill(&page, &fields)
    };
    assert_eq!(submit("").status, 403);
    assert_eq!(submit("---").status, 403);
    let code = format!(" {} ", SETUP_CODE.to_uppercase().replace('-', " "));
    let answer = submit(&code);
    assert_eq!(answer.status, 200);
    assert!(String::from_utf8_lossy(&answer.body).contains("href=\"/\""));
}

#[test]
fn of_two_who_set_the_server_up_at_once_the_first_is_its_owner() {
    use sori::services::{install, register};
    let app = TestApp::empty(&Network::new(1), "a.example", &Clock::fixed(NOW));
    let new = |name: &str| register::SetUp {
        title: name.into(),
        username: name.into(),
        password: "gardener of ferns".into(),
        language: "en".into(),
        vapid: crate::push::vapid(),
        handle_domain: String::new(),
    };
    let (first, second) = (app.app(), app.app());
    pollster::block_on(async {
        install::ready(&first).await.unwrap();
        install::ready(&second).await.unwrap();
        register::set_up(&first, new("alice")).await.unwrap();
        let refused = register::set_up(&second, new("mallory")).await.unwrap_err();
        assert_eq!(
            (refused.status(), refused.public_message().as_str()),
            (409, "This instance is set up already")
        );
    });
    assert_eq!(app.count("SELECT count(*) AS n FROM users"), 1);
    assert!(Browser::new(&app).get("/about", "en").contains("alice"));
}

#[test]
fn a_domain_of_handles_has_a_dot_and_in_development_it_may_have_a_port() {
    for (host, typed, is_one) in [
        ("a.example", "b.example", true),
        ("a.example", "b", false),
        ("a.example", "b:8080", false),
        ("localhost:8787", "b:8080", true),
        ("localhost:8787", "b", false),
    ] {
        let app = TestApp::empty(&Network::new(1), host, &Clock::fixed(NOW)).app();
        assert_eq!(sori::services::register::handle_domain(&app, typed).is_ok(), is_one, "{host} {typed}");
    }
}
