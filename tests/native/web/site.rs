//! What the operator says of the server: its page, and where it is seen.

use sori::http::response::Response;

use crate::app::people;
use crate::browser::Browser;

const HERE: &str = "/settings/site";

fn sends(browser: &Browser, form: &str, fields: &[(&str, &str)]) -> Response {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("form", form).extend_pairs(fields);
    browser.send("POST", HERE, &body.finish(), "en")
}

const TEXTS: [(&str, &str); 4] = [
    ("title", "Ferns & mosses"),
    ("description", "A <small> server"),
    ("contact_email", "me@a.example"),
    ("extended_description", "All about it.\n\nhttps://x.example/"),
];

#[test]
fn the_operator_describes_the_server_and_opens_it() {
    let (app, alice, _) = people();
    app.db.run(
        "UPDATE users SET role_id = 3 WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')",
    );
    let browser = Browser::of(&alice);
    let token = browser.token(HERE);
    let mut fields = TEXTS.to_vec();
    fields.extend([("do", "site"), ("trends", "1"), ("front", "profile"), ("contact", "@bob")]);
    assert_eq!(sends(&browser, &token, &fields).status, 303);
    let opened = [("do", "sign_up"), ("mode", "open"), ("a_day", "100")];
    assert_eq!(sends(&browser, &token, &opened).status, 303);
    app.restart();
    let instance =
        || -> serde_json::Value { serde_json::from_slice(&app.fetch("/api/v2/instance").body).unwrap() };
    let now = instance();
    assert_eq!((&now["title"], &now["registrations"]["enabled"]), (&"Ferns & mosses".into(), &true.into()));
    assert_eq!(now["contact"]["account"]["username"], "bob");
    let stranger = Browser::new(&app);
    let about = stranger.get("/about", "en");
    assert!(
        about.contains("<h1 dir=\"auto\">Ferns &amp; mosses</h1>") && about.contains("https://x.example/"),
        "{about}"
    );
    let html = browser.get(HERE, "en");
    assert!(
        html.contains("value=\"A &lt;small&gt; server\"")
            && html.contains("value=\"profile\" selected")
            && html.contains("value=\"@bob@a.example\""),
        "{html}"
    );
    // The language of the server: as it was where nothing is chosen.
    let languages = || instance()["languages"].clone();
    assert!(html.contains("<option value=\"en\" selected>"), "{html}");
    assert_eq!(languages(), serde_json::json!(["en"]));
    for (chosen, wanted) in [("ko", "ko"), ("xx", "ko"), ("en", "en")] {
        let mut all = fields.clone();
        all.push(("language", chosen));
        assert_eq!(sends(&browser, &token, &all).status, 303);
        assert_eq!(languages(), serde_json::json!([wanted]), "{chosen}");
    }
    // What is too long is shown again, and nothing is changed.
    let long = "x".repeat(101);
    let mut wrong = fields.clone();
    wrong[0] = ("title", &long);
    wrong[3] = ("extended_description", "kept as typed");
    for bad in [&wrong, &{
        let mut all = fields.clone();
        all[0] = ("title", " ");
        all
    }] {
        let refused = sends(&browser, &token, bad);
        assert_eq!(refused.status, 422);
    }
    let refused = String::from_utf8(sends(&browser, &token, &wrong).body).unwrap();
    assert!(refused.contains("kept as typed") && refused.contains(&long), "{refused}");
    let mut unknown = fields.clone();
    unknown[7].1 = "@nobody@b.example";
    assert_eq!(sends(&browser, &token, &unknown).status, 422);
    // Emptied texts are gone, an unticked switch is off.
    let mut closed: Vec<(&str, &str)> = TEXTS.iter().map(|(key, _)| (*key, "")).collect();
    closed[0] = ("title", "Ferns");
    closed.push(("do", "site"));
    assert_eq!(sends(&browser, &token, &closed).status, 303);
    assert_eq!(
        sends(&browser, &token, &[("do", "sign_up"), ("mode", "closed"), ("a_day", "100")]).status,
        303
    );
    assert_eq!(
        app.count("SELECT count(*) AS n FROM settings WHERE key = 'registrations' AND value = 'closed'"),
        1
    );
    assert_eq!(sends(&browser, "1.x", &fields).status, 403);
}

#[test]
fn the_page_is_the_operators_alone_and_leads_to_the_others() {
    let (app, alice, bob) = people();
    app.db.run(
        "UPDATE users SET role_id = 3 WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')",
    );
    let browser = Browser::of(&alice);
    let html = browser.get(HERE, "en");
    for page in ["/settings/rules", "/settings/announcements", "/settings/terms"] {
        assert!(html.contains(&format!("href=\"{page}\"")), "{page}");
    }
    let theirs = Browser::of(&bob);
    assert_eq!(theirs.status(HERE), 404);
    let token = browser.token(HERE);
    assert_eq!(sends(&theirs, &token, &[("do", "site"), ("title", "Mine")]).status, 404);
    assert_eq!(sends(&browser, &token, &[("do", "rule"), ("rule", "x")]).status, 404);
    assert_eq!(Browser::new(&app).status(HERE), 303);
}
