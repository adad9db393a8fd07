//! The page of a profile.

use crate::app::TestApp;
use crate::browser::Browser;

#[test]
fn counts_agree_in_number() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let browser = Browser::new(&app);
    let shows = |language: &str, text: &str| {
        let page = browser.get("/@alice", language);
        assert!(page.contains(text), "{text} in {page}");
    };
    shows("en", "0 posts · 0 following · 0 followers");
    alice.posts("one");
    shows("en", "1 post · 0 following · 0 followers");
    shows("ko", "글 1 · 팔로잉 0 · 팔로워 0");
}
