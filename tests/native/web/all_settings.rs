//! The list of all settings.

use sori::routes;

use crate::app::TestApp;
use crate::browser::Browser;

#[test]
fn every_page_of_settings_is_listed_for_those_who_may_open_it() {
    let app = TestApp::alone();
    for person in [app.person("owner"), app.person("alice")] {
        let browser = Browser::of(&person);
        let list = browser.get("/settings", "en");
        for (_, route) in routes::all() {
            let page = route.pattern;
            if route.method != "GET" || !page.starts_with("/settings/") || page.contains('{') {
                continue;
            }
            let is_listed = list.contains(&format!("href=\"{page}\""));
            // The owner cannot leave their server.
            let is_theirs =
                browser.status(page) == 200 && !(page == "/settings/delete" && person.name == "owner");
            assert_eq!(is_listed, is_theirs, "{page} for {}", person.name);
            if is_theirs {
                let back = browser.get(page, "en").contains("href=\"/settings\"");
                assert!(back, "{page} does not lead back");
            }
        }
    }
    assert_eq!(Browser::new(&app).status("/settings"), 303);
}

#[test]
fn the_front_page_is_there_in_every_language() {
    let browser = Browser::new(&TestApp::alone());
    let page = browser.get("/", "en");
    for (code, name) in [("en", "English"), ("ko", "한국어"), ("ja", "日本語")] {
        assert!(
            page.contains(&format!(
                "<a href=\"?lang={code}\" lang=\"{code}\" hreflang=\"{code}\">{name}</a>"
            )),
            "{page}"
        );
        assert!(browser.get("/sign_in", code).contains(&format!("<html lang=\"{code}\">")));
    }
}
