//! The pages of staff, and of who hears from them.

use serde_json::json;
use sori::http::response::Response;

use super::moderation::staff;
use crate::support::app::{TestApp, header, id};
use crate::support::browser::Browser;

fn text(answer: &Response) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// Every page of staff with the role that has the permission for it, of moderator and admin.
const PAGES: [(&str, i64); 8] = [
    ("/settings/admin", 1),
    ("/settings/people", 1),
    ("/settings/people/<bob>", 1),
    ("/settings/reports", 1),
    ("/settings/audit", 1),
    ("/settings/trends", 1),
    ("/settings/appeals", 2),
    ("/settings/roles", 2),
];

#[test]
fn each_page_is_for_who_has_its_permission() {
    let app = TestApp::alone();
    let bob = app.person("bob");
    let all = [(-99, app.person("carol")), (1, staff(&app, "mo", 1)), (2, staff(&app, "ada", 2))];
    for (role, person) in &all {
        let browser = Browser::of(person);
        for (page, least) in PAGES {
            let page = page.replace("<bob>", &bob.id.to_string());
            let expected = if role >= &least { 200 } else { 404 };
            assert_eq!(browser.status(&page), expected, "{page} as {role}");
        }
    }
    for (page, _) in PAGES {
        let page = page.replace("<bob>", "1");
        let answer = Browser::new(&app).page(&page);
        assert!(answer.status == 303 && header(&answer, "location").starts_with("/sign_in"), "{page}");
    }
}

#[test]
fn a_person_is_suspended_appeals_and_is_back() {
    let app = TestApp::alone();
    let (ada, bob) = (staff(&app, "ada", 2), app.person("bob"));
    let (of_staff, of_bob) = (Browser::of(&ada), Browser::of(&bob));
    let page = format!("/settings/people/{}", bob.id);
    let done = of_staff.submit(
        &page,
        &page,
        &[("do", "act"), ("action", "suspend"), ("text", "Spam <b>is</b> not allowed"), ("tell", "1")],
    );
    assert_eq!(done.status, 303, "{}", text(&done));
    // The one page that is left, from wherever one comes.
    let home = of_bob.page("/home");
    assert_eq!((home.status, header(&home, "location").as_str()), (303, "/settings/strikes"));
    let list = of_bob.get("/settings/strikes", "en");
    assert!(list.contains("Your account is suspended") && list.contains("Account suspended"), "{list}");
    let strike = app.count("SELECT id AS n FROM strikes");
    let one = format!("/settings/strikes/{strike}");
    let shown = of_bob.get(&one, "en");
    assert!(shown.contains("Spam &lt;b&gt;is&lt;/b&gt; not allowed"), "{shown}");
    assert_eq!(Browser::of(&app.person("carol")).status(&one), 404);
    let sent = of_bob.submit(&one, &one, &[("text", "It was my cat.")]);
    assert_eq!(sent.status, 303, "{}", text(&sent));
    assert!(of_bob.get(&one, "en").contains("Waits for an answer"));
    let waiting = of_staff.get("/settings/appeals", "en");
    assert!(waiting.contains("It was my cat.") && waiting.contains("@bob@"), "{waiting}");
    let decided = of_staff.submit(
        "/settings/appeals",
        "/settings/appeals",
        &[("strike", &strike.to_string()), ("do", "approve")],
    );
    assert_eq!(decided.status, 303, "{}", text(&decided));
    assert_eq!(of_bob.status("/home"), 200);
    assert!(of_bob.get(&one, "en").contains("what can be taken back was taken back"));
    let log = of_staff.get("/settings/audit", "en");
    assert!(log.contains("Account suspended") && log.contains("Appeal approved"), "{log}");
}

#[test]
fn a_report_is_handled_by_page() {
    let app = TestApp::alone();
    let (mo, bob, eve) = (staff(&app, "mo", 1), app.person("bob"), app.person("eve"));
    let post = eve.posts("buy my <b>pills</b>");
    let body = json!({"account_id": eve.id.to_string(), "status_ids": [id(&post)], "comment": "spam!", "category": "spam"});
    let report = bob.post("/api/v1/reports", body);
    let browser = Browser::of(&mo);
    assert!(browser.get("/settings/reports", "en").contains("@eve@"));
    assert!(browser.get("/settings/admin", "en").contains("<strong>1</strong>"));
    let page = format!("/settings/reports/{}", id(&report));
    let shown = browser.get(&page, "en");
    assert!(shown.contains("spam!") && shown.contains("pills") && shown.contains("Reported by"), "{shown}");
    for (field, value) in [("step", "assigned_to_self"), ("do", "note")] {
        let done = browser.submit(&page, &page, &[(field, value), ("note", "Seen before.")]);
        assert_eq!(done.status, 303, "{}", text(&done));
    }
    let shown = browser.get(&page, "en");
    assert!(
        shown.contains("Seen before.")
            && shown.contains(">Unassign</button>")
            && shown.contains("Assigned to"),
        "{shown}"
    );
    let post_id = id(&post).to_owned();
    let act = [
        ("do", "act"),
        ("action", "delete_statuses"),
        ("status", post_id.as_str()),
        ("text", "No ads."),
        ("tell", "1"),
    ];
    let done = browser.submit(&page, &page, &act);
    assert_eq!(done.status, 303, "{}", text(&done));
    for _ in 0..2 {
        app.clock.advance(60_000);
        app.tick();
    }
    assert_eq!(eve.call("GET", &format!("/api/v1/statuses/{post_id}"), None).status, 404);
    assert!(Browser::of(&eve).get("/notifications", "en").contains("Posts deleted"));
    assert!(!browser.get("/settings/reports", "en").contains("@eve@"));
    assert!(browser.get("/settings/reports?resolved=1", "en").contains("@eve@"));
    // Nothing of a post is chosen: that is said, and nothing is done.
    let wrong =
        browser.submit(&page, &page, &[("do", "act"), ("action", "none"), ("text", &"x".repeat(2001))]);
    assert_eq!(wrong.status, 422);
}

#[test]
fn forms_of_staff_need_their_token_and_the_permission_at_the_time() {
    let app = TestApp::alone();
    let (mo, bob) = (staff(&app, "mo", 1), app.person("bob"));
    let browser = Browser::of(&mo);
    let page = format!("/settings/people/{}", bob.id);
    let body = "do=act&action=suspend&form=1.x";
    assert_eq!(browser.send("POST", &page, body, "en").status, 403);
    let token = browser.token(&page);
    // Roles are for who may manage them, whatever form is sent.
    let body = format!("do=role&role=2&form={token}");
    assert_eq!(browser.send("POST", &page, &body, "en").status, 404);
    app.write(
        "UPDATE users SET role_id = -99 WHERE account_id = (SELECT id FROM accounts WHERE username = 'mo')",
    );
    let body = format!("do=act&action=suspend&form={token}");
    assert_eq!(browser.send("POST", &page, &body, "en").status, 404);
    assert_eq!(app.count("SELECT count(*) AS n FROM strikes"), 0);
}

fn bob_as_strangers_see(app: &TestApp) -> serde_json::Value {
    let found = app.request("GET", "/api/v1/accounts/lookup?acct=bob", None, None);
    serde_json::from_slice(&found.body).unwrap()
}

#[test]
fn what_waits_for_staff_is_counted_with_the_applications() {
    let app = TestApp::alone();
    let browser = Browser::of(&staff(&app, "ada", 2));
    assert!(browser.get("/settings/admin", "en").contains("Nothing is waiting"));
    app.db.run(
        "INSERT INTO applications (id, domain_id, username, password, locale, address, is_approved, is_confirmed, created_at) \
         SELECT value, (SELECT id FROM domains), 'w' || value, '', 'en', '', value = 3, value <> 4, 0 FROM json_each('[1,2,3,4]')",
    );
    let shown = browser.get("/settings/admin", "en");
    // Of two that wait for staff; one was approved, and one has not confirmed the address.
    let line = shown.split("/settings/applications\"").nth(1).unwrap().split("</li>").next().unwrap();
    assert!(line.contains("<strong>2</strong>"), "{line}");
    assert!(!shown.contains("Nothing is waiting"));
}

#[test]
fn a_role_is_made_given_and_removed_by_page() {
    let app = TestApp::alone();
    let (ada, bob) = (staff(&app, "ada", 2), app.person("bob"));
    let browser = Browser::of(&ada);
    let page = "/settings/roles";
    let made = browser.submit(
        page,
        page,
        &[
            ("do", "save"),
            ("name", "Gardener"),
            ("position", "5"),
            ("permission", "manage_custom_emojis"),
            ("color", "#00AA00"),
            ("highlighted", "1"),
        ],
    );
    assert_eq!(made.status, 303, "{}", text(&made));
    let shown = browser.get(page, "en");
    // What somebody cannot give is not offered.
    assert!(shown.contains("Gardener") && !shown.contains("value=\"administrator\""), "{shown}");
    let role = app
        .count("SELECT CAST(substr(key, 6) AS INTEGER) AS n FROM settings WHERE key LIKE 'role:%'")
        .to_string();
    let person = format!("/settings/people/{}", bob.id);
    let given = browser.submit(&person, &person, &[("do", "role"), ("role", &role)]);
    assert_eq!(given.status, 303, "{}", text(&given));
    assert_eq!(bob.get("/api/v1/accounts/verify_credentials")["role"]["name"], "Gardener");
    assert_eq!(Browser::of(&bob).status("/settings/emojis"), 200);
    // Everybody sees it, while it is shown and he is not suspended.
    let roles = || bob_as_strangers_see(&app)["roles"].clone();
    assert_eq!(roles(), json!([{"id": role, "name": "Gardener", "color": "#00aa00"}]));
    let profile = Browser::new(&app).get("/@bob", "en");
    assert!(profile.contains("Gardener") && profile.contains("fill=\"#00aa00\""), "{profile}");
    app.db.run("UPDATE accounts SET suspended_at = 1 WHERE username = 'bob'");
    assert_eq!(roles(), json!([]));
    app.db.run("UPDATE accounts SET suspended_at = NULL WHERE username = 'bob'");
    let hidden = [("do", "save"), ("role", role.as_str()), ("name", "Gardener"), ("color", "no colour")];
    assert_eq!(browser.submit(&format!("{page}?role={role}"), page, &hidden).status, 303);
    assert_eq!(roles(), json!([]));
    assert!(!Browser::new(&app).get("/@bob", "ko").contains("Gardener"));
    assert!(Browser::new(&app).get("/@ada", "ko").contains("관리자"));
    // Nobody gives what they do not have, nor a rank as high as theirs.
    for (name, position, permission, expected) in [
        ("Boss", "100", "manage_users", 403),
        ("Boss", "99", "administrator", 403),
        ("", "5", "manage_users", 422),
    ] {
        let fields = [("do", "save"), ("name", name), ("position", position), ("permission", permission)];
        assert_eq!(browser.submit(page, page, &fields).status, expected, "{name} {position} {permission}");
    }
    let gone = browser.submit(&format!("{page}?role={role}"), page, &[("do", "delete"), ("role", &role)]);
    assert_eq!(gone.status, 303, "{}", text(&gone));
    assert_eq!(bob.get("/api/v1/accounts/verify_credentials")["role"]["id"], "-99");
    let built_in = browser.submit(page, page, &[("do", "delete"), ("role", "1")]);
    assert_eq!(built_in.status, 403);
}
