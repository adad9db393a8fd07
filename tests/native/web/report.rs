//! The page that tells the operator of a post or a person.

use serde_json::json;
use sori::http::response::Response;

use crate::app::{id, people, settle};
use crate::browser::Browser;
use crate::remote::scene;

const HERE: &str = "/report";

fn text(answer: &Response) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

fn sends(browser: &Browser, form: &str, fields: &[(&str, &str)]) -> Response {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("form", form).extend_pairs(fields);
    browser.send("POST", HERE, &body.finish(), "en")
}

#[test]
fn a_post_is_reported_from_its_menu() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let post = bob.posts("of bob");
    let hidden = bob.post("/api/v1/statuses", json!({"status": "@x hidden", "visibility": "direct"}));
    let browser = Browser::of(&alice);
    let of = format!("{HERE}?status={}", id(&post));
    assert!(browser.get("/home", "en").contains(&format!("href=\"{of}\"")));
    assert!(!Browser::of(&bob).get("/home", "en").contains("/report?"));
    let html = browser.get(&of, "en");
    assert!(html.contains("of bob") && html.contains("<select"), "{html}");
    // Who is suspended is as absent as what they wrote.
    let carol = app.person("carol");
    assert_eq!(browser.status(&format!("{HERE}?account={}", carol.id)), 200);
    app.write("UPDATE accounts SET suspended_at = 1 WHERE username = 'carol'");
    assert_eq!(browser.status(&format!("{HERE}?account={}", carol.id)), 404);
    let token = browser.token(&of);
    let long = "x".repeat(1001);
    let refused = sends(
        &browser,
        &token,
        &[("account", &bob.id.to_string()), ("status", id(&post)), ("category", "spam"), ("comment", &long)],
    );
    assert!(refused.status == 422 && text(&refused).contains(&long), "{}", text(&refused));
    assert!(text(&refused).contains("value=\"spam\" selected"));
    assert_eq!(
        sends(
            &browser,
            &token,
            &[("account", &bob.id.to_string()), ("status", id(&post)), ("category", "odd")]
        )
        .status,
        422
    );
    assert_eq!(
        sends(&browser, "1.x", &[("account", &bob.id.to_string()), ("status", id(&post))]).status,
        403
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM reports"), 0);
    let done = sends(
        &browser,
        &token,
        &[
            ("account", &bob.id.to_string()),
            ("status", id(&post)),
            ("category", "spam"),
            ("comment", "again"),
        ],
    );
    assert!(done.status == 200 && text(&done).contains("Thank you"), "{}", text(&done));
    assert_eq!(
        app.count("SELECT count(*) AS n FROM reports WHERE category = 'spam' AND comment = 'again'"),
        1
    );
    // What may not be seen, what is nobody's, and oneself.
    for wrong in [
        format!("status={}", id(&hidden)),
        "status=7".into(),
        "account=7".into(),
        format!("account={}", alice.id),
        String::new(),
    ] {
        assert_eq!(browser.status(&format!("{HERE}?{wrong}")), 404, "{wrong}");
        let (name, value) = wrong.split_once('=').unwrap_or(("x", ""));
        let bob = if name == "status" { bob.id.to_string() } else { String::new() };
        assert_eq!(sends(&browser, &token, &[("account", &bob), (name, value)]).status, 404, "{wrong}");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM reports"), 1);
    assert!(Browser::new(&app).page(&of).header("location").unwrap().starts_with("/sign_in?next=%2Freport"));
}

#[test]
fn a_person_of_another_server_is_reported_there_as_well_if_wanted() {
    let (app, alice, remote, _) = scene();
    let bob = alice.finds("bob@b.example");
    let browser = Browser::of(&alice);
    let of = format!("{HERE}?account={}", id(&bob));
    assert!(browser.get("/@bob@b.example", "en").contains(&format!("href=\"{of}\"")));
    let html = browser.get(&of, "en");
    assert!(html.contains("Tell b.example as well"), "{html}");
    let token = browser.token(&of);
    assert_eq!(sends(&browser, &token, &[("account", id(&bob)), ("category", "legal")]).status, 200);
    settle(&[&app]);
    assert!(!remote.got().contains(&"Flag".to_owned()));
    let done = sends(&browser, &token, &[("account", id(&bob)), ("category", "legal"), ("forward", "1")]);
    assert_eq!(done.status, 200);
    settle(&[&app]);
    assert!(remote.got().contains(&"Flag".to_owned()));
}
