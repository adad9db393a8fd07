//! Who waits for staff.

use serde_json::json;
use sori::http::handler::Access;

use super::{applies, client, from, get, instance, owner, set, text};
use crate::app::{PASSWORD, TestApp};
use crate::browser::Browser;

const PENDING: &str = "Your login is currently pending approval";

fn id_of(app: &TestApp) -> String {
    app.count("SELECT max(id) AS n FROM applications").to_string()
}

#[test]
fn each_mode_lets_in_whom_it_says() {
    for (mode, status, enabled, approval) in [
        ("closed", 403, false, false),
        ("invite", 403, false, false),
        ("approval", 200, true, true),
        ("open", 200, true, false),
    ] {
        let app = instance(mode);
        let (got, answer) = from(&app, "192.0.2.1", &client(&app), "dora", json!({}));
        assert_eq!(got, status, "{mode}: {answer}");
        let told = super::read(&app.fetch("/api/v2/instance"))["registrations"].clone();
        assert_eq!(
            (&told["enabled"], &told["approval_required"]),
            (&json!(enabled), &json!(approval)),
            "{mode}"
        );
        assert_eq!(told["reason_required"], approval);
        let old = super::read(&app.fetch("/api/v1/instance"));
        assert_eq!((&old["registrations"], &old["approval_required"]), (&json!(enabled), &json!(approval)));
        assert_eq!(old["invites_enabled"], mode != "closed");
        let people = app.count("SELECT count(*) AS n FROM users");
        assert_eq!(
            (people, app.count("SELECT count(*) AS n FROM applications")),
            (1 + i64::from(mode == "open"), i64::from(mode == "approval"))
        );
    }
}

#[test]
fn the_token_of_who_waits_does_nothing_on_any_route_but_those_for_that() {
    let app = instance("approval");
    let token = applies(&app, "dora");
    let mut tried = 0;
    for (_, route) in sori::routes::all() {
        if matches!(route.access, Access::Public(_) | Access::Document(_)) {
            continue;
        }
        let path = route.pattern.replace("{id}", "1");
        let path: String =
            path.split('/').map(|p| if p.starts_with('{') { "1" } else { p }).collect::<Vec<_>>().join("/");
        if route.is_for_applicants {
            continue;
        }
        // Streams are not there without their binding.
        if path.starts_with("/api/v1/streaming") {
            app.live.bind();
        }
        app.clock.advance(3_600_000);
        let answer = app.request(route.method, &path, Some(&token), Some(json!({})));
        let said = super::read(&answer);
        assert_eq!((answer.status, said["error"].as_str()), (403, Some(PENDING)), "{} {path}", route.method);
        tried += 1;
    }
    assert!(tried > 200, "{tried}");
    assert_eq!(get(&app, "/api/v1/apps/verify_credentials", &token).0, 200);
    assert_eq!(get(&app, "/api/v1/emails/check_confirmation", &token), (200, json!(true)));
}

/// What strangers and people here find under a name.
fn traces(app: &TestApp, name: &str) -> Vec<(String, u16, String)> {
    let reader = app.person("reader");
    let mut all = Vec::new();
    for path in [
        format!("/.well-known/webfinger?resource=acct:{name}@a.example"),
        format!("/users/{name}"),
        format!("/users/{name}/outbox"),
        format!("/@{name}"),
        format!("/@{name}.rss"),
        format!("/api/v1/accounts/lookup?acct={name}"),
        format!("/api/v2/search?q={name}&type=accounts"),
        "/api/v1/directory?order=new".to_owned(),
        "/api/v1/instance".to_owned(),
        "/nodeinfo/2.0".to_owned(),
    ] {
        for answer in [app.fetch(&path), reader.call("GET", &path, None), Browser::new(app).page(&path)] {
            all.push((path.replace(name, "NAME"), answer.status, text(&answer).replace(name, "NAME")));
        }
    }
    all
}

#[test]
fn who_waits_is_as_absent_as_a_name_that_was_never_used_yet_the_name_is_taken() {
    let app = instance("approval");
    app.person("reader");
    applies(&app, "dora");
    assert_eq!(traces(&app, "dora"), traces(&app, "nora"));
    let (status, answer) =
        from(&app, "192.0.2.9", &client(&app), "DORA", json!({"email": "other@mail.example"}));
    assert_eq!((status, &answer["details"]["username"][0]["error"]), (422, &json!("ERR_TAKEN")));
    // Nor may somebody here take it as another identity.
    let reader = Browser::of(&app.person("reader"));
    app.db.run("UPDATE domains SET is_open = 1");
    app.restart();
    let taken = reader.submit(
        "/settings/identities",
        "/settings/identities",
        &[("username", "dora"), ("domain", "a.example")],
    );
    assert_eq!(taken.status, 422);
    // And there is no key for them yet.
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE username = 'dora'"), 0);
}

#[test]
fn staff_lets_somebody_in_and_all_that_waited_is_theirs() {
    let app = instance("approval");
    let token = applies(&app, "dora");
    let (boss, waiting) = (owner(&app), Browser::new(&app));
    let refused = waiting.sign_in("dora", PASSWORD, "/");
    assert_eq!(refused.status, 403);
    assert!(text(&refused).contains("waits for approval"));
    assert_eq!(waiting.sign_in("dora", "a wrong password", "/").status, 401);
    // The right one is no failure, however often it is typed.
    for _ in 0..6 {
        assert_eq!(waiting.sign_in("dora", PASSWORD, "/").status, 403);
    }
    let page = boss.get("/settings/applications", "en");
    assert!(
        page.contains("@dora@a.example")
            && page.contains("I like ferns")
            && page.contains("dora@mail.example"),
        "{page}"
    );
    let id = id_of(&app);
    assert_eq!(
        boss.submit("/settings/applications", "/settings/applications", &[("approve", &id)]).status,
        303
    );
    let (status, dora) = get(&app, "/api/v1/accounts/verify_credentials", &token);
    assert_eq!((status, dora["acct"].as_str(), dora["id"].as_str()), (200, Some("dora"), Some(id.as_str())));
    assert_eq!(waiting.sign_in("dora", PASSWORD, "/").status, 303);
    assert_eq!(app.fetch("/users/dora").status, 200);
    // The staff is told of who has come.
    let told = app.person("owner").notifications();
    assert_eq!(
        (told[0]["type"].as_str(), told[0]["account"]["acct"].as_str()),
        (Some("admin.sign_up"), Some("dora"))
    );
    let groups = app.person("owner").get("/api/v2/notifications");
    assert!(
        groups["notification_groups"][0]["group_key"].as_str().unwrap().starts_with("admin.sign_up-"),
        "{groups}"
    );
    assert!(boss.get("/notifications", "en").contains("signed up"));
    assert!(boss.get("/notifications", "ko").contains("<bdi>dora</bdi></a>님이 가입했어요"));
    assert_eq!(
        app.count(
            "SELECT count(*) AS n FROM audit_log WHERE action = 'approve' AND label = '@dora@a.example'"
        ),
        1
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM applications"), 0);
    // Of what was asked, where they came from is known for a month.
    assert_eq!(app.count("SELECT count(*) AS n FROM users WHERE sign_up_address IS NOT NULL"), 1);
    app.clock.advance(31 * crate::app::DAY);
    pollster::block_on(sori::services::sign_up::tidy(&app.ready())).unwrap();
    assert_eq!(app.count("SELECT count(*) AS n FROM users WHERE sign_up_address IS NOT NULL"), 0);
}

#[test]
fn a_sign_in_costs_the_same_whether_somebody_is_here_waits_or_never_was() {
    let app = instance("approval");
    applies(&app, "dora");
    app.person("alice");
    let cost = |name: &str| {
        let answer = Browser::new(&app).sign_in(name, "a wrong password", "/");
        assert_eq!(answer.status, 401, "{name}");
        app.cost.borrow().trips
    };
    assert_eq!((cost("dora"), cost("alice")), (cost("nora"), cost("nora")));
}

#[test]
fn who_is_turned_away_leaves_nothing_and_the_name_is_free() {
    let app = instance("approval");
    let token = applies(&app, "dora");
    let boss = owner(&app);
    let id = id_of(&app);
    assert_eq!(
        boss.submit("/settings/applications", "/settings/applications", &[("reject", &id)]).status,
        303
    );
    assert_eq!(get(&app, "/api/v1/apps/verify_credentials", &token).0, 401);
    assert_eq!(app.count("SELECT count(*) AS n FROM applications"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM access_tokens WHERE application_id IS NOT NULL"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM audit_log WHERE action = 'reject'"), 1);
    applies(&app, "dora");
    // What was decided already is no error, and nobody comes by it.
    assert_eq!(
        boss.submit("/settings/applications", "/settings/applications", &[("approve", &id)]).status,
        303
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM users"), 1);
}

#[test]
fn staff_decides_about_several_at_once_and_others_see_nothing_of_it() {
    let app = instance("approval");
    for name in ["dora", "emil", "fritz"] {
        applies(&app, name);
        app.clock.advance(1000);
    }
    let boss = owner(&app);
    let ids: Vec<String> = boss
        .get("/settings/applications", "en")
        .split("name=\"ids[]\" value=\"")
        .skip(1)
        .map(|part| part.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 3);
    let fields: Vec<(&str, &str)> =
        ids.iter().map(|id| ("ids[]", id.as_str())).chain([("do", "approve")]).collect();
    let mut rounds = 0;
    while app.count("SELECT count(*) AS n FROM applications") > 0 {
        boss.submit("/settings/applications", "/settings/applications", &fields);
        rounds += 1;
        assert!(rounds < 5);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM users"), 4);
    let other = Browser::of(&app.person("emil"));
    assert_eq!(other.status("/settings/applications"), 404);
    assert_eq!(boss.submit("/settings/site", "/settings/applications", &[("approve", "1")]).status, 403);
}

#[test]
fn an_application_that_staff_decides_twice_at_once_makes_one_account() {
    let app = instance("approval");
    applies(&app, "dora");
    let by = app.account("owner");
    let id = sori::model::id::Id(app.count("SELECT max(id) AS n FROM applications"));
    let (a, b) = (app.ready(), app.ready());
    let both = pollster::block_on(crate::app::together(vec![
        Box::pin(sori::services::applications::approve(&a, &by, id)),
        Box::pin(sori::services::applications::approve(&b, &by, id)),
    ]));
    assert!(both.iter().filter(|done| done.is_ok()).count() == 1, "{both:?}");
    assert_eq!(app.count("SELECT count(*) AS n FROM users"), 2);
}

#[test]
fn a_reason_and_an_age_are_asked_for_where_the_operator_wants_them() {
    let app = instance("approval");
    set(&app, "sign_up_min_age", "16");
    let token = client(&app);
    let asks = |n: u8, more| from(&app, &format!("192.0.2.{n}"), &token, "dora", more);
    let (status, answer) = asks(1, json!({"reason": " "}));
    assert_eq!((status, &answer["details"]["reason"][0]["error"]), (422, &json!("ERR_BLANK")));
    for (birth, error) in [("", "ERR_BLANK"), ("x", "ERR_INVALID"), ("2016-01-01", "ERR_BELOW_LIMIT")] {
        let (_, answer) = asks(1, json!({"date_of_birth": birth}));
        assert_eq!(answer["details"]["date_of_birth"][0]["error"], error, "{birth}");
    }
    assert_eq!(super::read(&app.fetch("/api/v2/instance"))["registrations"]["min_age"], 16);
    assert_eq!(asks(2, json!({"date_of_birth": "1990-05-05"})).0, 200);
    // The date is nowhere.
    let row = app
        .count("SELECT count(*) AS n FROM applications WHERE reason LIKE '%1990%' OR address LIKE '%1990%'");
    assert_eq!(row, 0);
    set(&app, "sign_up_reason", "off");
    let (status, _) =
        from(&app, "192.0.3.1", &token, "emil", json!({"reason": "", "date_of_birth": "1990-05-05"}));
    assert_eq!(status, 200);
}

#[test]
fn names_of_the_server_its_staff_and_of_who_was_here_are_refused() {
    let app = instance("open");
    let token = client(&app);
    app.person("gone");
    app.db.run("UPDATE accounts SET deleted_at = 1, suspended_at = 1 WHERE username = 'gone'; DELETE FROM users WHERE account_id = (SELECT id FROM accounts WHERE username = 'gone')");
    for (n, (name, error)) in [
        ("admin", "ERR_RESERVED"),
        ("Adm1n_", "ERR_RESERVED"),
        ("supp0rt", "ERR_RESERVED"),
        ("0wner", "ERR_RESERVED"),
        ("owner", "ERR_RESERVED"),
        ("gone", "ERR_TAKEN"),
        ("a b", "ERR_INVALID"),
        ("", "ERR_BLANK"),
    ]
    .into_iter()
    .enumerate()
    {
        let (status, answer) =
            from(&app, &format!("10.0.{n}.1"), &token, name, json!({"email": "x@mail.example"}));
        assert_eq!((status, &answer["details"]["username"][0]["error"]), (422, &json!(error)), "{name}");
    }
    // Of somebody of the staff whose name is no reserved one.
    app.person("melanie");
    app.db.run("UPDATE users SET role_id = 1 WHERE account_id = (SELECT id FROM accounts WHERE username = 'melanie')");
    let (_, answer) = from(&app, "10.1.0.1", &token, "melan1e", json!({}));
    assert_eq!(answer["details"]["username"][0]["error"], "ERR_RESERVED");
    assert_eq!(from(&app, "10.1.0.1", &token, "alice1", json!({})).0, 200);
}
