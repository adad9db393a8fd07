//! Which addresses a client may name to be redirected to.

use serde_json::json;

use crate::app::TestApp;

#[test]
fn addresses_to_be_redirected_to_are_whole_and_of_an_allowed_scheme() {
    let app = TestApp::alone();
    let register = |uri: &str| {
        app.restart();
        let body = json!({"client_name": "x", "redirect_uris": [uri]});
        app.request("POST", "/api/v1/apps", None, Some(body)).status
    };
    for good in [
        "app://x",
        "a+b://x",
        "a-b.c1://x",
        "urn:ietf:wg:oauth:2.0:oob",
        "https://x.example/cb?a=b",
        "http://localhost:3000/",
        "APP:x",
    ] {
        assert_eq!(register(good), 200, "{good}");
    }
    for bad in [
        "a_b://x",
        "a%62://x",
        "1app://x",
        "+app://x",
        ":x",
        "app:",
        "app",
        "https:x.example/",
        "https:///x.example/",
        "https://u@x.example/",
        "https://:pw@x.example/",
        "http://u:pw@x.example/",
        "app://x#fragment",
        "app://x\\y",
        "app://x\"y",
        "app://x<y",
        "app://x>y",
        "app://é",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:x",
        "file:///etc/passwd",
        "filesystem:x",
        "about:blank",
        "view-source:x",
    ] {
        assert_eq!(register(bad), 422, "{bad}");
    }
}
