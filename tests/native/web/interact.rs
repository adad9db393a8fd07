//! Going on with something of this server on another one, and the other way round.

use serde_json::json;
use sori::http::response::Response;

use crate::app::people;
use crate::browser::Browser;
use crate::remote::{fetched, scene};

const USUAL: &str = "https://b.example/authorize_interaction?uri=https%3A%2F%2Fa.example%2Fusers%2Falice";

fn text(answer: &Response) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

#[test]
fn a_stranger_goes_on_at_their_own_server() {
    let (app, alice, remote, _) = scene();
    let post = alice.posts("for all");
    let browser = Browser::new(&app);
    let page = browser.get(&format!("/@alice/{}", crate::app::id(&post)), "en");
    assert!(page.contains("/interact?uri=https%3A%2F%2Fa.example%2Fusers%2Falice%2Fstatuses%2F"), "{page}");
    let uri = "https://a.example/users/alice";
    let asks = |handle: &str, uri: &str| {
        let fields = [("handle", handle), ("uri", uri)];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        browser.send("POST", "/interact", &body, "en")
    };
    let answer = asks(" @bob@b.example ", uri);
    assert!(
        answer.status == 200 && text(&answer).contains(&format!("href=\"{USUAL}\"")),
        "{}",
        text(&answer)
    );
    // By the template of their server; one that is no address of the web is not taken.
    let finger = |template: &str| {
        let links = json!([{"rel": "self", "type": "application/activity+json", "href": remote.uri("/users/bob")}, {"rel": "http://ostatus.org/schema/1.0/subscribe", "template": template}]);
        let body = json!({"subject": "acct:bob@b.example", "links": links}).to_string();
        remote.answers(
            "/.well-known/webfinger?resource=acct%3Abob%40b.example",
            Response::new(200, "application/jrd+json", body),
        );
    };
    finger("https://web.b.example/go?to={uri}&x=\"<b>");
    let answer = asks("bob@b.example", uri);
    assert!(text(&answer).contains("href=\"https://web.b.example/go?to=https%3A%2F%2Fa.example%2Fusers%2Falice&amp;x=&quot;&lt;b&gt;\""), "{}", text(&answer));
    for wrong in ["javascript:alert('{uri}')", "https://b.example/", "//b.example/{uri}"] {
        finger(wrong);
        assert!(text(&asks("bob@b.example", uri)).contains(USUAL), "{wrong}");
    }
    // Nothing is asked of anybody for what is no handle of another server, or leads elsewhere.
    fetched(&app);
    for wrong in ["", "bob", "b.example", "alice@a.example", "<script>@x"] {
        let answer = asks(wrong, uri);
        assert!(answer.status == 422 && !text(&answer).contains("<script"), "{wrong}");
    }
    for other in ["https://evil.example/", "javascript:alert(1)", ""] {
        assert_eq!(asks("bob@b.example", other).status, 404, "{other}");
    }
    assert_eq!(fetched(&app), Vec::<String>::new());
    assert_eq!(asks("nobody@none.example", uri).status, 422);
}

#[test]
fn other_servers_send_people_of_ours_to_what_they_saw() {
    let (app, ..) = people();
    let finger = app.fetch("/.well-known/webfinger?resource=acct:alice@a.example");
    let finger: serde_json::Value = serde_json::from_slice(&finger.body).unwrap();
    let link = finger["links"]
        .as_array()
        .unwrap()
        .iter()
        .find(|l| l["rel"] == "http://ostatus.org/schema/1.0/subscribe")
        .unwrap();
    assert_eq!(link["template"], "https://a.example/authorize_interaction?uri={uri}");
    let browser = Browser::new(&app);
    for (asked, found) in [
        ("uri=acct%3Abob%40b.example", "bob%40b.example"),
        ("uri=https%3A%2F%2Fb.example%2F%40bob%2F1", "https%3A%2F%2Fb.example%2F%40bob%2F1"),
        ("acct=bob%40b.example", "bob%40b.example"),
    ] {
        let answer = browser.page(&format!("/authorize_interaction?{asked}"));
        assert_eq!(answer.header("location"), Some(format!("/search?q={found}").as_str()));
    }
    // The search takes no longer ones, and the beginning of an address is another one.
    let long = format!("https://b.example/{}", "x".repeat(500));
    assert_eq!(browser.status(&format!("/authorize_interaction?uri={long}")), 400);
}
