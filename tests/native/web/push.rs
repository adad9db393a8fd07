//! `/settings/notifications`: push messages to a browser, by its session.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use sori::http::response::Response;

use crate::app::{PASSWORD, Person, TestApp, people, settle};
use crate::browser::Browser;
use crate::push::{Device, PushService};

const HERE: &str = "/settings/notifications";

fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

fn subscriptions(app: &TestApp) -> i64 {
    app.count("SELECT count(*) AS n FROM push_subscriptions")
}

/// What the script sends of a browser, and what is ticked.
fn begins(browser: &Browser, device: &Device, ticked: &[(&str, &str)]) -> Response {
    let (point, auth) = (BASE64.encode(device.point()), BASE64.encode(device.auth));
    let given = [("do", "subscribe"), ("endpoint", &device.endpoint), ("p256dh", &point), ("auth", &auth)];
    browser.submit(HERE, HERE, &[&given[..], ticked].concat())
}

/// The types of what was sent to a browser.
fn types(app: &TestApp, service: &PushService, device: &Device) -> Vec<String> {
    settle(&[app]);
    let read = |request| {
        let read = device.reads(request);
        assert_eq!(read["access_token"], "", "a browser's message names no token");
        read["notification_type"].as_str().unwrap().to_owned()
    };
    service.take().iter().map(read).collect()
}

fn set_up() -> (TestApp, Person, Person, PushService, Device) {
    let (app, alice, bob) = people();
    let service = PushService::new(&app.network, "push.example");
    let device = Device::new(&service, 1, true);
    (app, alice, bob, service, device)
}

#[test]
fn a_browser_is_told_what_was_chosen_until_that_is_ended() {
    let (app, alice, bob, service, device) = set_up();
    let browser = Browser::of(&alice);
    let page = browser.page(HERE);
    let html = text(&page);
    let key = alice.get("/api/v2/instance")["configuration"]["vapid"]["public_key"].clone();
    assert!(html.contains(&format!("data-push=\"{}\"", key.as_str().unwrap())), "{html}");
    assert_eq!(html.matches("type=\"checkbox\"").count(), 7, "{html}");
    assert_eq!(html.matches(" checked").count(), 7, "{html}");
    assert_eq!(begins(&browser, &device, &[("mention", "1"), ("policy", "all")]).status, 303);
    bob.posts("@alice hello");
    bob.follows(&alice);
    assert_eq!(types(&app, &service, &device), ["mention"]);
    // The page has what was chosen, and changes it.
    let html = browser.get(HERE, "en");
    assert_eq!((html.matches(" checked").count(), html.contains("data-push")), (1, false), "{html}");
    let change = [("do", "change"), ("favourite", "1"), ("mention", "1"), ("policy", "followed")];
    assert_eq!(browser.submit(HERE, HERE, &change).status, 303);
    assert!(browser.get(HERE, "en").contains("value=\"followed\" selected"));
    bob.posts("@alice are you there?");
    assert!(types(&app, &service, &device).is_empty(), "she does not follow him");
    alice.follows(&bob);
    settle(&[&app]);
    service.take();
    bob.posts("@alice now?");
    assert_eq!(types(&app, &service, &device), ["mention"]);
    // Another browser of hers has its own.
    let other = Browser::of(&alice);
    assert!(other.get(HERE, "en").contains("data-push"));
    let second = Device::new(&service, 2, true);
    assert_eq!(begins(&other, &second, &[("mention", "1")]).status, 303);
    assert_eq!(subscriptions(&app), 2);
    assert_eq!(browser.submit(HERE, HERE, &[("do", "end")]).status, 303);
    bob.posts("@alice once more");
    assert_eq!(types(&app, &service, &second), ["mention"]);
    // Twice is once.
    assert_eq!(begins(&other, &second, &[("mention", "1")]).status, 303);
    assert_eq!(subscriptions(&app), 1);
}

#[test]
fn it_ends_with_the_session() {
    let (app, alice, bob, service, device) = set_up();
    let (browser, other) = (Browser::of(&alice), Browser::of(&alice));
    begins(&browser, &device, &[("mention", "1")]);
    begins(&other, &Device::new(&service, 2, true), &[("mention", "1")]);
    assert_eq!(browser.submit("/settings", "/sign_out", &[]).status, 303);
    assert_eq!(subscriptions(&app), 1);
    // That of a browser which is signed out from elsewhere as well.
    let third = Browser::of(&alice);
    assert_eq!(third.submit("/settings/sessions", "/settings/sessions", &[("do", "others")]).status, 303);
    assert_eq!(subscriptions(&app), 0);
    bob.posts("@alice hello");
    settle(&[&app]);
    assert!(service.take().is_empty());
    // And that of who was signed in before somebody else, with a form that was open.
    let shared = Browser::new(&app);
    let form = shared.page("/sign_in");
    shared.fill(&form, &[("username", "alice"), ("password", PASSWORD)]);
    begins(&shared, &device, &[("mention", "1")]);
    assert_eq!(subscriptions(&app), 1);
    assert_eq!(shared.fill(&form, &[("username", "bob"), ("password", PASSWORD)]).status, 303);
    assert!(shared.get("/settings", "en").contains("@bob@a.example"));
    assert_eq!(subscriptions(&app), 0);
    // And those of apps are not touched by it.
    device.subscribes(&alice, &["mention"]);
    third.submit("/settings", "/sign_out", &[]);
    assert_eq!(subscriptions(&app), 1);
    app.write("DELETE FROM access_tokens");
    assert_eq!(subscriptions(&app), 0);
    // A session that has ended is forgotten by the browser once it asks for more.
    app.write("DELETE FROM sessions");
    assert_eq!(shared.status("/settings"), 303);
    assert!(shared.get("/", "en").contains("href=\"/sign_in\""));
}

#[test]
fn each_identity_of_a_person_has_its_own() {
    let (app, _, bob, service, device) = set_up();
    let browser = Browser::new(&app);
    browser.sign_in("owner", PASSWORD, "/");
    begins(&browser, &device, &[("mention", "1")]);
    let identities = "/settings/identities";
    let made = browser.submit(identities, identities, &[("username", "alix"), ("domain", "a.example")]);
    assert_eq!(made.status, 303, "{}", text(&made));
    let alix = app.count("SELECT id AS n FROM accounts WHERE username = 'alix'").to_string();
    assert_eq!(browser.submit(identities, identities, &[("use", &alix)]).status, 303);
    let html = browser.get(HERE, "en");
    assert!(html.contains("data-push"), "{html}");
    assert_eq!(begins(&browser, &device, &[("follow", "1")]).status, 303);
    assert_eq!(subscriptions(&app), 2);
    bob.posts("@owner to the one");
    assert_eq!(types(&app, &service, &device), ["mention"]);
    bob.post(&format!("/api/v1/accounts/{alix}/follow"), serde_json::json!({}));
    assert_eq!(types(&app, &service, &device), ["follow"]);
    // Both end with the session.
    browser.submit("/settings", "/sign_out", &[]);
    assert_eq!(subscriptions(&app), 0);
}

#[test]
fn what_is_no_subscription_is_refused() {
    let (app, alice, _, service, device) = set_up();
    let browser = Browser::of(&alice);
    for endpoint in ["", "push", "http://push.example/1", "https://127.0.0.1/1", "https://a.example/inbox"] {
        let answer = begins(&browser, &Device { endpoint: endpoint.into(), ..device.clone() }, &[]);
        assert_eq!(answer.status, 422, "{endpoint}");
        assert!(text(&answer).contains("push service could not be used"), "{endpoint}");
    }
    let given =
        [("do", "subscribe"), ("endpoint", "https://push.example/1"), ("p256dh", "AAAA"), ("auth", "AAAA")];
    assert_eq!(browser.submit(HERE, HERE, &given).status, 422);
    assert_eq!(browser.submit(HERE, HERE, &[("do", "nonsense")]).status, 400);
    // A form of nobody's, and of another session.
    let body = format!("do=end&form={}", Browser::of(&alice).token(HERE));
    assert_eq!(browser.send("POST", HERE, &body, "en").status, 403);
    assert_eq!(browser.send("POST", HERE, "do=end&form=x", "en").status, 403);
    // The page that says so has what there is.
    begins(&browser, &device, &[("mention", "1")]);
    let expired = browser.send("POST", HERE, "do=end&form=x", "en");
    assert!(expired.status == 403 && !text(&expired).contains("data-push"), "{}", text(&expired));
    browser.submit(HERE, HERE, &[("do", "end")]);
    let stranger = Browser::new(&app);
    for (method, body) in [("GET", ""), ("POST", "do=subscribe&endpoint=https%3A%2F%2Fpush.example%2F1")] {
        let answer = stranger.send(method, HERE, body, "en");
        assert_eq!(answer.status, 303, "{method}");
        assert!(answer.header("location").unwrap().starts_with("/sign_in?next="), "{method}");
    }
    assert_eq!((subscriptions(&app), service.take().len()), (0, 0));
}

#[test]
fn only_its_page_may_register_a_worker() {
    let (app, alice, ..) = set_up();
    let owner = Browser::new(&app);
    owner.sign_in("owner", PASSWORD, "/");
    let policy = |browser: &Browser, page: &str| {
        browser.page(page).header("content-security-policy").unwrap().to_owned()
    };
    let browser = Browser::of(&alice);
    assert!(policy(&browser, HERE).ends_with("; trusted-types sori-push"));
    for page in ["/home", "/settings", "/settings/sessions"] {
        assert!(policy(&browser, page).ends_with("; trusted-types 'none'"), "{page}");
    }
    // Operators are told of reports as well.
    assert_eq!(owner.get(HERE, "en").matches("type=\"checkbox\"").count(), 8);
}
