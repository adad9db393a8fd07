//! What staff writes for everybody: rules, announcements, texts of warnings.

use serde_json::json;
use sori::http::response::Response;
use sori::model::time::Time;

use super::moderation::staff;
use crate::app::{DAY, MINUTE, Person, TestApp};
use crate::browser::Browser;
use crate::streaming::listener::listen;

const RULES: &str = "/settings/rules";
const TOLD: &str = "/settings/announcements";
const TEMPLATES: &str = "/settings/templates";

fn text(response: &Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

/// An administrator, their browser, and bob.
fn operator() -> (TestApp, Person, Browser, Person) {
    let app = TestApp::alone();
    app.live.bind();
    let (ada, bob) = (staff(&app, "ada", 2), app.person("bob"));
    let browser = Browser::of(&ada);
    (app, ada, browser, bob)
}

fn texts(of: &serde_json::Value) -> Vec<&str> {
    of.as_array().unwrap().iter().map(|rule| rule["text"].as_str().unwrap()).collect()
}

#[test]
fn rules_are_added_put_in_order_and_removed() {
    let (app, _, browser, bob) = operator();
    for (n, rule) in ["One <b>", "Two", "Three"].iter().enumerate() {
        let fields = [("rule", *rule), ("hint", "why"), ("do", "add")];
        assert_eq!(browser.submit(RULES, RULES, &fields).status, 303, "{n}");
        app.clock.advance(5);
    }
    let rules = || bob.get("/api/v1/instance/rules");
    assert_eq!(texts(&rules()), ["One <b>", "Two", "Three"]);
    let id = |n: usize| rules()[n]["id"].as_str().unwrap().to_owned();
    let (one, three) = (id(0), id(2));
    for (field, rule, expected) in [
        ("up", &three, ["One <b>", "Three", "Two"]),
        ("up", &three, ["Three", "One <b>", "Two"]),
        // The first one stays.
        ("up", &three, ["Three", "One <b>", "Two"]),
        ("down", &one, ["Three", "Two", "One <b>"]),
        ("down", &one, ["Three", "Two", "One <b>"]),
        ("up", &one, ["Three", "One <b>", "Two"]),
    ] {
        assert_eq!(browser.submit(RULES, RULES, &[(field, rule)]).status, 303);
        assert_eq!(texts(&rules()), expected);
    }
    // A new one goes to the end.
    browser.submit(RULES, RULES, &[("rule", "Four"), ("hint", "")]);
    assert_eq!(texts(&rules()), ["Three", "One <b>", "Two", "Four"]);
    assert!(Browser::new(&app).get("/about", "en").contains("One &lt;b&gt;"));
    assert_eq!(browser.submit(RULES, RULES, &[("remove", &one)]).status, 303);
    assert_eq!(texts(&rules()), ["Three", "Two", "Four"]);
    assert_eq!(browser.submit(RULES, RULES, &[("remove", &one)]).status, 404);
    let long = "x".repeat(301);
    for bad in
        [[("rule", " "), ("hint", "")], [("rule", &long), ("hint", "")], [("rule", "x"), ("hint", &long)]]
    {
        let refused = browser.submit(RULES, RULES, &bad);
        assert_eq!(refused.status, 422);
        assert!(text(&refused).contains(bad[0].1.trim()), "{}", text(&refused));
    }
    app.write("INSERT INTO rules (id, text) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 47) SELECT i, 'r' || i FROM n");
    assert_eq!(browser.submit(RULES, RULES, &[("rule", "one more"), ("hint", "")]).status, 422);
    assert_eq!(
        app.count(
            "SELECT count(*) AS n FROM audit_log WHERE kind = 'rule' AND action = 'create' AND label = 'Four'"
        ),
        1
    );
}

#[test]
fn rules_are_read_in_the_language_of_the_reader() {
    let (app, ada, browser, bob) = operator();
    browser.submit(RULES, RULES, &[("rule", "Be kind"), ("hint", "always")]);
    let id = bob.get("/api/v1/instance/rules")[0]["id"].as_str().unwrap().to_owned();
    let page = format!("{RULES}/{id}");
    let save = |fields: &[(&str, &str)]| browser.submit(&page, &page, fields);
    let korean = [
        ("rule", "Be kind!"),
        ("hint", "always"),
        ("new", "ko"),
        ("text_new", "친절 <i>하게</i>"),
        ("hint_new", ""),
    ];
    assert_eq!(save(&korean).status, 303);
    let japanese = [
        ("rule", "Be kind!"),
        ("hint", "always"),
        ("language", "ko"),
        ("text_ko", "친절하게 <i>"),
        ("hint_ko", "언제나"),
        ("new", "zh-CN"),
        ("text_new", "友善"),
        ("hint_new", ""),
    ];
    assert_eq!(save(&japanese).status, 303);
    let expected =
        json!({"ko": {"text": "친절하게 <i>", "hint": "언제나"}, "zh-CN": {"text": "友善", "hint": ""}});
    for path in ["/api/v1/instance", "/api/v2/instance"] {
        let rule = &bob.get(path)["rules"][0];
        assert_eq!((&rule["text"], &rule["translations"]), (&json!("Be kind!"), &expected), "{path}");
    }
    app.write("UPDATE settings SET value = 'open' WHERE key = 'registrations'");
    app.restart();
    for page in ["/about", "/sign_up"] {
        let stranger = Browser::new(&app);
        let html = stranger.get(page, "ko");
        assert!(
            html.contains("친절하게 &lt;i&gt;") && html.contains("언제나") && !html.contains("Be kind"),
            "{html}"
        );
        let html = stranger.get(page, "en");
        assert!(html.contains("Be kind!") && html.contains("always") && !html.contains("친절"), "{html}");
        // What is not translated is said as it was written.
        assert!(stranger.get(page, "ja").contains("Be kind!"));
    }
    let shown = browser.get(&page, "en");
    assert!(shown.contains("value=\"친절하게 &lt;i&gt;\"") && shown.contains("简体中文"), "{shown}");
    // A tag that is none, and one that is emptied.
    for bad in ["", "x", "<script>", "ko_KR", "korean-language"] {
        let fields = [("rule", "x"), ("hint", ""), ("new", bad), ("text_new", "y"), ("hint_new", "")];
        assert_eq!(save(&fields).status, 422, "{bad}");
    }
    let long = "é".repeat(301);
    assert_eq!(
        save(&[("rule", "x"), ("hint", ""), ("new", "fr"), ("text_new", &long), ("hint_new", "")]).status,
        422
    );
    let emptied = [("rule", "Be kind"), ("hint", ""), ("language", "ko"), ("text_ko", " "), ("hint_ko", "")];
    assert_eq!(save(&emptied).status, 303);
    assert_eq!(ada.get("/api/v1/instance/rules")[0]["translations"], json!({}));
    // Bytes are bounded: whoever asks for the instance gets them.
    let full = "가".repeat(300);
    let codes = ["aa", "ab", "af", "am", "ar", "as", "az", "be", "bg", "bn"];
    let mut fields: Vec<(String, String)> = vec![("rule".into(), "x".into()), ("hint".into(), String::new())];
    for code in codes {
        fields.extend([
            ("language".into(), code.into()),
            (format!("text_{code}"), full.clone()),
            (format!("hint_{code}"), full.clone()),
        ]);
    }
    let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let form = browser.token(&page);
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("form", &form).extend_pairs(fields);
    assert_eq!(browser.send("POST", &page, &body.finish(), "en").status, 422);
    // An unreadable row breaks no page.
    app.write("UPDATE rules SET translations = '[1]'");
    assert_eq!(bob.get("/api/v1/instance/rules")[0]["translations"], json!({}));
    app.write("UPDATE rules SET translations = 'x{'");
    assert!(Browser::new(&app).get("/about", "ko").contains("Be kind"));
}

#[test]
fn announcements_are_written_changed_and_taken_back_and_streams_hear_of_it() {
    let (app, _, browser, bob) = operator();
    let ear = listen(&bob, "stream=user");
    let told = || bob.get("/api/v1/announcements");
    let events = || ear.events().into_iter().map(|(_, event, _)| event).collect::<Vec<_>>();
    // A draft is seen by nobody.
    let draft =
        [("text", "Down <at> noon\r\nhttps://x.example/"), ("ends_at", "2026-10-01T12:00"), ("do", "keep")];
    assert_eq!(browser.submit(TOLD, TOLD, &draft).status, 303);
    assert_eq!((told(), events()), (json!([]), vec![]));
    let id = app.count("SELECT id AS n FROM announcements").to_string();
    let page = format!("{TOLD}/{id}");
    assert!(browser.get(&page, "en").contains("Down &lt;at&gt; noon"));
    assert!(browser.get(TOLD, "en").contains("Draft"));
    assert_eq!(browser.submit(TOLD, TOLD, &[("publish", &id)]).status, 303);
    let all = told();
    assert_eq!((&all[0]["ends_at"], &all[0]["all_day"]), (&json!("2026-10-01T12:00:00.000Z"), &json!(false)));
    let heard = ear.events();
    assert_eq!((heard[0].1.as_str(), &heard[0].2["id"]), ("announcement", &json!(id)));
    // Each sees it at home until they dismiss it.
    let reader = Browser::of(&bob);
    let home = reader.get("/home", "en");
    assert!(home.contains("Down &lt;at&gt; noon") && home.contains("href=\"https://x.example/\""), "{home}");
    let of_home = home.split("action=\"/announcements\"").nth(1).unwrap();
    let form = of_home.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let dismiss = |form: &str, id: &str| {
        reader.send("POST", "/announcements", &format!("form={form}&id={id}"), "en").status
    };
    assert_eq!((dismiss("1.x", &id), dismiss(form, "7"), dismiss(form, &id)), (403, 404, 303));
    assert!(!reader.get("/home", "en").contains("Down &lt;at&gt; noon"));
    assert!(browser.get("/home", "en").contains("Down &lt;at&gt; noon"));
    // Whole days, the last one included.
    app.clock.advance(MINUTE);
    let days = [
        ("text", "All of it"),
        ("starts_at", "2026-09-22T10:00"),
        ("ends_at", "2026-09-23T10:00"),
        ("all_day", "1"),
        ("do", "save"),
    ];
    assert_eq!(browser.submit(&page, &page, &days).status, 303);
    let now = told();
    assert_eq!(
        (&now[0]["starts_at"], &now[0]["ends_at"], &now[0]["all_day"], &now[0]["published_at"]),
        (
            &json!("2026-09-22T00:00:00.000Z"),
            &json!("2026-09-23T00:00:00.000Z"),
            &json!(true),
            &all[0]["published_at"]
        )
    );
    assert_ne!(now[0]["updated_at"], all[0]["updated_at"]);
    assert_eq!(events(), ["announcement"]);
    let shown = browser.get(&page, "en");
    assert!(
        shown.contains("value=\"2026-09-23T00:00\"")
            && shown.contains("name=\"all_day\" value=\"1\" checked"),
        "{shown}"
    );
    // Taken back, and there again.
    assert_eq!(browser.submit(TOLD, TOLD, &[("withdraw", &id)]).status, 303);
    assert_eq!((told(), events()), (json!([]), vec!["announcement.delete".to_owned()]));
    assert_eq!(browser.submit(&page, &page, &[("text", "Again"), ("do", "publish")]).status, 303);
    assert_eq!(
        (told()[0]["content"].as_str(), events()),
        (Some("<p>Again</p>"), vec!["announcement".to_owned()])
    );
    assert_eq!(browser.submit(TOLD, TOLD, &[("remove", &id)]).status, 303);
    assert_eq!((told(), events()), (json!([]), vec!["announcement.delete".to_owned()]));
    for field in ["publish", "withdraw", "remove"] {
        assert_eq!(browser.submit(TOLD, TOLD, &[(field, &id)]).status, 404, "{field}");
    }
    assert_eq!(browser.status(&page), 404);
    let long = "x".repeat(5001);
    let backwards = [("text", "x"), ("starts_at", "2026-09-23T10:00"), ("ends_at", "2026-09-22T10:00")];
    for bad in [&[("text", " "), ("do", "publish")][..], &[("text", &long)], &backwards] {
        assert_eq!(browser.submit(TOLD, TOLD, bad).status, 422);
    }
    let refused = text(&browser.submit(TOLD, TOLD, &backwards));
    assert!(refused.contains("The end is before the start") && !refused.contains("too many"), "{refused}");
    let log = app.count("SELECT count(DISTINCT action) AS n FROM audit_log WHERE kind = 'announcement'");
    assert_eq!(log, 5, "create, publish, update, unpublish, destroy");
    app.write("INSERT INTO announcements (id, content, updated_at) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50) SELECT i, 'x', 0 FROM n");
    assert_eq!(browser.submit(TOLD, TOLD, &[("text", "one more")]).status, 422);
}

#[test]
fn an_announcement_comes_and_goes_at_its_times() {
    let (app, _, browser, bob) = operator();
    let ear = listen(&bob, "stream=user");
    let told = || bob.get("/api/v1/announcements").as_array().unwrap().len();
    let events = || ear.events().into_iter().map(|(_, event, _)| event).collect::<Vec<_>>();
    let at = |ms: i64| Time(app.clock.now().0 + ms).to_iso().chars().take(16).collect::<String>();
    let (begins, ends) = (at(DAY), at(2 * DAY));
    let planned =
        [("text", "Tomorrow"), ("at", begins.as_str()), ("ends_at", ends.as_str()), ("do", "publish")];
    assert_eq!(browser.submit(TOLD, TOLD, &planned).status, 303);
    assert_eq!((told(), events()), (0, vec![]));
    // It is told as what will be, with the times that it is about, and its own time is in its field.
    let shown = browser.get(TOLD, "en");
    assert!(shown.contains("Will be published on") && shown.contains("About: until <time"), "{shown}");
    let id = app.count("SELECT id AS n FROM announcements").to_string();
    let page = format!("{TOLD}/{id}");
    let field = |at: &str| format!("name=\"at\" value=\"{at}\"");
    let shown = browser.get(&page, "en");
    assert!(shown.contains(&field(&begins)), "{shown}");
    assert!(shown.contains("Times are read in this time zone: UTC."), "{shown}");
    // Saving may move it; emptying the field does not.
    let text = [("text", "Tomorrow"), ("ends_at", ends.as_str()), ("do", "save")];
    for (typed, wanted) in [
        (at(DAY + MINUTE), at(DAY + MINUTE)),
        (String::new(), at(DAY + MINUTE)),
        (begins.clone(), begins.clone()),
    ] {
        let fields = [&text[..], &[("at", typed.as_str())]].concat();
        assert_eq!(browser.submit(&page, &page, &fields).status, 303);
        assert!(browser.get(&page, "en").contains(&field(&wanted)), "{typed}");
    }
    app.clock.advance(DAY);
    app.tick();
    assert_eq!((told(), events()), (1, vec!["announcement".to_owned()]));
    assert!(browser.get(TOLD, "en").contains("Published on <time"));
    app.clock.advance(DAY);
    app.tick();
    assert_eq!((told(), events()), (0, vec!["announcement.delete".to_owned()]));
    assert!(browser.get(TOLD, "en").contains("Over"));
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
    // One that is taken away before its time never comes.
    let begins = at(DAY);
    browser.submit(TOLD, TOLD, &[("text", "Never"), ("at", &begins), ("do", "publish")]);
    let id = app.count("SELECT max(id) AS n FROM announcements").to_string();
    browser.submit(TOLD, TOLD, &[("remove", &id)]);
    app.clock.advance(DAY + MINUTE);
    app.tick();
    assert_eq!((told(), events(), app.count("SELECT count(*) AS n FROM jobs")), (0, vec![], 0));
}

#[test]
fn texts_are_kept_and_go_before_what_is_typed() {
    let (app, ada, browser, bob) = operator();
    let add = |title: &str, text: &str| {
        browser.submit(TEMPLATES, TEMPLATES, &[("title", title), ("text", text)]).status
    };
    assert_eq!((add("Ads", "No <b>ads</b>, please."), add("", "Be kind.\nAlways.")), (303, 303));
    assert_eq!((add("x", " "), add("x", &"y".repeat(2001)), add(&"x".repeat(101), "y")), (422, 422, 422));
    let ads = app.count("SELECT id AS n FROM warning_presets WHERE title = 'Ads'").to_string();
    let page = format!("/settings/people/{}", bob.id);
    // Who may act may choose, whoever writes them.
    let mo = Browser::of(&staff(&app, "mo", 1));
    assert_eq!(mo.status(TEMPLATES), 404);
    let shown = mo.get(&page, "en");
    assert!(
        shown.contains(&format!("<option value=\"{ads}\">Ads</option>"))
            && shown.contains(">Be kind.</option>"),
        "{shown}"
    );
    let act = |fields: &[(&str, &str)]| {
        let mut all = vec![("do", "act"), ("action", "none"), ("tell", "1")];
        all.extend(fields);
        app.clock.advance(5);
        mo.submit(&page, &page, &all)
    };
    let last = || bob.notifications()[0]["moderation_warning"]["text"].clone();
    assert_eq!(act(&[("preset", &ads), ("text", "")]).status, 303);
    assert_eq!(last(), "No <b>ads</b>, please.");
    assert_eq!(act(&[("preset", &ads), ("text", "Last time.")]).status, 303);
    assert_eq!(last(), "No <b>ads</b>, please.\n\nLast time.");
    assert_eq!(act(&[("preset", ""), ("text", "Alone.")]).status, 303);
    assert_eq!(last(), "Alone.");
    assert_eq!(act(&[("preset", "7"), ("text", "x")]).status, 404);
    let refused = act(&[("preset", &ads), ("text", &"x".repeat(2001))]);
    assert!(refused.status == 422 && text(&refused).contains(&format!("<option value=\"{ads}\" selected>")));
    // The same by the API.
    let api = format!("/api/v1/admin/accounts/{}/action", bob.id);
    app.clock.advance(5);
    ada.post(&api, json!({"type": "none", "warning_preset_id": ads, "text": "Now."}));
    assert_eq!(last(), "No <b>ads</b>, please.\n\nNow.");
    assert_eq!(ada.call("POST", &api, Some(json!({"type": "none", "warning_preset_id": "7"}))).status, 404);
    // On the page of a report.
    let carol = app.person("carol");
    let report = carol.post("/api/v1/reports", json!({"account_id": bob.id.to_string(), "comment": "!"}));
    let of_report = format!("/settings/reports/{}", report["id"].as_str().unwrap());
    let fields = [("do", "act"), ("action", "none"), ("tell", "1"), ("preset", ads.as_str()), ("text", "")];
    app.clock.advance(5);
    assert_eq!(mo.submit(&of_report, &of_report, &fields).status, 303);
    assert_eq!(last(), "No <b>ads</b>, please.");
    // Changed and removed.
    let one = format!("{TEMPLATES}/{ads}");
    assert_eq!(browser.submit(&one, &one, &[("title", "Ads"), ("text", "None at all.")]).status, 303);
    assert!(browser.get(&one, "en").contains("None at all."));
    assert_eq!(browser.submit(&one, &one, &[("title", ""), ("text", "")]).status, 422);
    assert_eq!(browser.submit(TEMPLATES, TEMPLATES, &[("remove", &ads)]).status, 303);
    assert_eq!(
        (browser.status(&one), browser.submit(TEMPLATES, TEMPLATES, &[("remove", &ads)]).status),
        (404, 404)
    );
    app.write("INSERT INTO warning_presets (id, text) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 49) SELECT i, 'x' FROM n");
    assert_eq!(add("one more", "x"), 422);
}
