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
