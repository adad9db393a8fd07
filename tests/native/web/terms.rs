//! Versions of the terms of service and of the privacy policy.

use serde_json::{Value, json};
use sori::http::response::Response;

use crate::app::{DAY, TestApp, people};
use crate::browser::Browser;
use crate::streaming::listener::listen;

const HERE: &str = "/settings/terms";
const PRIVACY: &str = "/settings/terms?of=privacy";

fn text(response: &Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

fn get(app: &TestApp, path: &str) -> Value {
    let answer = app.fetch(path);
    assert_eq!(answer.status, 200, "{path}");
    serde_json::from_slice(&answer.body).unwrap()
}

#[test]
fn versions_hold_from_their_day_on_and_stay_to_be_read() {
    let (app, alice, bob) = people();
    app.db.run(
        "UPDATE users SET role_id = 2 WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')",
    );
    let browser = Browser::of(&alice);
    let send = |fields: &[(&str, &str)]| browser.submit(HERE, HERE, fields);
    let day = |days: i64| sori::model::time::Time(app.clock.now().0 + days * DAY).to_date();
    let terms = "/api/v1/instance/terms_of_service";
    // A draft is the operator's alone.
    assert_eq!(send(&[("text", "First <b>"), ("changes", "All."), ("do", "keep")]).status, 303);
    assert_eq!((app.fetch(terms).status, Browser::new(&app).status("/terms-of-service")), (404, 404));
    let shown = browser.get(HERE, "en");
    assert!(shown.contains("First &lt;b&gt;") && shown.contains("This is a draft."), "{shown}");
    assert!(shown.contains("Markdown is not read"), "{shown}");
    // It can be discarded, and is one no more.
    assert_eq!(send(&[("text", "not kept"), ("changes", ""), ("do", "discard")]).status, 303);
    let shown = browser.get(HERE, "en");
    assert!(
        !shown.contains("First")
            && !shown.contains("This is a draft.")
            && !shown.contains("value=\"discard\"")
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM site_texts"), 0);
    assert_eq!(send(&[("text", "First <b>"), ("changes", "All."), ("do", "keep")]).status, 303);
    // The first one holds some days from now: until then it is what is shown, as not in force.
    let (first, second) = (day(3), day(5));
    assert_eq!(
        send(&[("text", "First <b>"), ("changes", ""), ("date", &first), ("do", "publish")]).status,
        303
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM site_texts"), 1);
    let expected = |date: &str, is_in_force: bool, content: &str, next: Option<&str>| json!({"effective_date": date, "effective": is_in_force, "content": format!("<p>{content}</p>"), "succeeded_by": next});
    assert_eq!(get(&app, terms), expected(&first, false, "First &lt;b&gt;", None));
    assert_eq!(
        send(&[("text", "Second"), ("changes", ""), ("date", &second), ("do", "publish")]).status,
        303
    );
    assert_eq!(get(&app, terms), expected(&first, false, "First &lt;b&gt;", Some(&second)));
    app.clock.advance(3 * DAY);
    assert_eq!(get(&app, terms), expected(&first, true, "First &lt;b&gt;", Some(&second)));
    assert_eq!(get(&app, &format!("{terms}/{second}")), expected(&second, false, "Second", None));
    let shown = Browser::new(&app).get("/terms-of-service", "en");
    assert!(
        shown.contains("First &lt;b&gt;")
            && shown
                .contains(&format!("Another version will hold from <a href=\"/terms-of-service/{second}\"")),
        "{shown}"
    );
    app.clock.advance(2 * DAY);
    assert_eq!(get(&app, terms), expected(&second, true, "Second", None));
    assert_eq!(
        get(&app, &format!("{terms}/{first}")),
        expected(&first, true, "First &lt;b&gt;", Some(&second))
    );
    let former = Browser::new(&app).get(&format!("/terms-of-service/{first}"), "en");
    assert!(former.contains("This is a former version") && former.contains("First &lt;b&gt;"), "{former}");
    assert!(Browser::new(&app).get("/about", "en").contains("href=\"/terms-of-service\""));
    for wrong in ["2026-01-01", "x", "2026-9-1", "%F0%9F%8C%BF", "99999999999"] {
        assert_eq!(app.fetch(&format!("{terms}/{wrong}")).status, 404, "{wrong}");
        assert_eq!(Browser::new(&app).status(&format!("/terms-of-service/{wrong}")), 404, "{wrong}");
        assert_eq!(Browser::new(&app).status(&format!("/privacy-policy/{wrong}")), 404, "{wrong}");
    }
    // Not before today, not far from now, not on the day of another one, not empty, not too long.
    let (past, far, long) = (day(-1), day(2000), "x".repeat(30_001));
    for (text_of, date) in
        [("x", past.as_str()), ("x", &far), ("x", &second), ("x", "soon"), (" ", ""), (&long, "")]
    {
        let answer = send(&[("text", text_of), ("changes", ""), ("date", date), ("do", "publish")]);
        assert_eq!(answer.status, 422, "{date}");
    }
    // One to come can be taken back; the others stay.
    let third = day(9);
    assert_eq!(send(&[("text", "Third"), ("changes", ""), ("date", &third), ("do", "publish")]).status, 303);
    for (date, status) in [(&third, 303), (&third, 404), (&second, 404), (&first, 404)] {
        assert_eq!(send(&[("withdraw", date.as_str())]).status, status, "{date}");
    }
    // With the announcement of it, and no other.
    let told = || app.count("SELECT count(*) AS n FROM announcements");
    let before = told();
    let fields = [("text", "Fourth"), ("changes", ""), ("date", &third), ("tell", "1"), ("do", "publish")];
    assert_eq!(send(&fields).status, 303);
    assert_eq!(told(), before + 1);
    assert_eq!(send(&[("withdraw", third.as_str())]).status, 303);
    assert_eq!(told(), before);
    assert_eq!(get(&app, terms)["succeeded_by"], Value::Null);
    assert_eq!(Browser::of(&bob).status(HERE), 404);
    assert_eq!(
        app.count(
            "SELECT count(*) AS n FROM audit_log WHERE kind = 'terms_of_service' AND action = 'publish'"
        ),
        4
    );
}

#[test]
fn the_policy_of_the_software_holds_until_the_operators_own() {
    let (app, alice, _) = people();
    app.db.run(
        "UPDATE users SET role_id = 2 WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')",
    );
    let browser = Browser::of(&alice);
    let policy = || get(&app, "/api/v1/instance/privacy_policy");
    let default = policy();
    // The form begins with it.
    assert!(browser.get(PRIVACY, "en").contains("This server keeps what you give it"));
    // Readers have it in their language; the API, which knows none, has it in the server's.
    let stranger = Browser::new(&app);
    for (language, said) in [
        ("en", "This server keeps what you give it"),
        ("ko", "이 서버는 사용자가 넣은 것을 보관해요."),
        ("ja", "このサーバーは、利用者が入力したものを保存します。"),
    ] {
        assert!(stranger.get("/privacy-policy", language).contains(&format!("<p>{said}")), "{language}");
        assert!(browser.get(PRIVACY, language).contains(said), "{language}");
        app.db.run(&format!("UPDATE settings SET value = '{language}' WHERE key = 'languages'"));
        app.restart();
        let content = policy()["content"].clone();
        let content = content.as_str().unwrap();
        assert!(content.starts_with(&format!("<p>{said}")), "{content}");
        assert_eq!(content.matches("<p>").count(), 4, "{content}");
    }
    app.write("UPDATE settings SET value = 'en' WHERE key = 'languages'");
    app.restart();
    let date = sori::model::time::Time(app.clock.now().0 + 2 * DAY).to_date();
    let fields = [
        ("of", "privacy"),
        ("text", "We keep little."),
        ("changes", ""),
        ("date", date.as_str()),
        ("do", "publish"),
    ];
    let done = browser.submit(PRIVACY, HERE, &fields);
    assert_eq!(
        (done.status, done.header("location")),
        (303, Some("/settings/terms?of=privacy&saved=1")),
        "{}",
        text(&done)
    );
    assert_eq!(policy(), default);
    assert!(Browser::new(&app).get("/privacy-policy", "en").contains(&format!("/privacy-policy/{date}")));
    assert!(Browser::new(&app).get(&format!("/privacy-policy/{date}"), "en").contains("We keep little."));
    app.clock.advance(2 * DAY);
    assert_eq!(
        policy(),
        json!({"content": "<p>We keep little.</p>", "updated_at": format!("{date}T00:00:00.000Z")})
    );
    assert_eq!(app.fetch("/api/v1/instance/terms_of_service").status, 404);
}

#[test]
fn everybody_is_told_of_a_new_version_where_that_is_ticked() {
    let (app, alice, bob) = people();
    app.db.run(
        "UPDATE users SET role_id = 2 WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')",
    );
    let browser = Browser::of(&alice);
    app.live.bind();
    let ear = listen(&bob, "stream=user");
    let fields = [("text", "Be kind."), ("changes", "Shorter <now>."), ("tell", "1"), ("do", "publish")];
    assert_eq!(browser.submit(HERE, HERE, &fields).status, 303);
    let today = app.clock.now().to_date();
    let told = bob.get("/api/v1/announcements");
    let content = told[0]["content"].as_str().unwrap();
    assert!(content.contains(&format!("hold from {today}")), "{content}");
    assert!(content.contains(&format!("href=\"https://a.example/terms-of-service/{today}\"")), "{content}");
    assert!(content.contains("Shorter &lt;now&gt;."), "{content}");
    assert_eq!(ear.events()[0].1, "announcement");
    assert!(Browser::of(&bob).get("/home", "en").contains("Shorter &lt;now&gt;."));
    // In the language of the server.
    app.write("UPDATE settings SET value = 'ko' WHERE key = 'languages'");
    app.restart();
    let korean =
        [("of", "privacy"), ("text", "조금만 보관해요."), ("changes", ""), ("tell", "1"), ("do", "publish")];
    assert_eq!(Browser::of(&alice).submit(PRIVACY, HERE, &korean).status, 303);
    let told = bob.get("/api/v1/announcements").to_string();
    assert!(
        told.contains(&format!("{today}부터 ")) && told.contains("새 개인정보 처리방침이 적용돼요"),
        "{told}"
    );
    app.write("DELETE FROM announcements WHERE text LIKE '%privacy-policy%'");
    // It goes after a month.
    app.clock.advance(31 * DAY);
    app.tick();
    assert_eq!(bob.get("/api/v1/announcements"), json!([]));
    // What cannot be is not told either.
    let browser = Browser::of(&alice);
    app.db.run("UPDATE site_texts SET effective_at = effective_at + 31 * 86400000");
    assert_eq!(browser.submit(HERE, HERE, &fields).status, 422);
    assert_eq!(app.count("SELECT count(*) AS n FROM announcements"), 1);
    app.write("INSERT INTO announcements (id, content, updated_at) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) SELECT i, 'x', 0 FROM n");
    app.db.run("DELETE FROM site_texts");
    assert_eq!(browser.submit(HERE, HERE, &fields).status, 422);
    let untold = [("text", "Be kind."), ("changes", ""), ("do", "publish")];
    assert_eq!(browser.submit(HERE, HERE, &untold).status, 303);
}
