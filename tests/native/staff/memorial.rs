//! Memorial accounts: every way in is closed, nothing happens in their name, and what is there stays.

use serde_json::json;
use sori::http::response::Response;

use super::moderation::staff;
use crate::app::{DAY, MINUTE, PASSWORD, Person, TestApp, id, refused, settle, two};
use crate::authenticator::{Authenticator, confirm, enter, register};
use crate::browser::Browser;
use crate::push::{Device, PushService};
use crate::remote::followed;
use crate::web::second_step;

fn text(response: &Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

fn press(by: &Browser, on: &Person, fields: &[(&str, &str)]) -> u16 {
    let page = format!("/settings/people/{}", on.id);
    by.submit(&page, &page, fields).status
}

const YES: &[(&str, &str)] = &[("do", "memorialize"), ("sure", "1")];
const NO: &[(&str, &str)] = &[("do", "unmemorialize")];

#[test]
fn every_way_in_is_closed_and_open_again_when_it_is_taken_back() {
    let app = TestApp::alone();
    let (mo, bob) = (staff(&app, "mo", 1), app.person("bob"));
    app.write("UPDATE users SET email = 'bob@mail.example' WHERE account_id = (SELECT id FROM accounts WHERE username = 'bob')");
    let (of_staff, of_bob) = (Browser::of(&mo), Browser::of(&bob));
    confirm(&of_bob, PASSWORD);
    let phone = Authenticator::new(1);
    register(&of_bob, &phone);
    assert_eq!(enter(&Browser::new(&app), &phone).status, 303);
    let service = PushService::new(&app.network, "push.example");
    Device::new(&service, 1, true).subscribes(&bob, &["mention"]);
    let reset = {
        app.write(
            "UPDATE users SET role_id = 2 WHERE account_id = (SELECT id FROM accounts WHERE username = 'mo')",
        );
        app.ready().shared.forget_site();
        confirm(&of_staff, PASSWORD);
        let page = of_staff.submit("/settings/reset", "/settings/reset", &[("handle", "bob")]);
        let page = text(&page);
        let link = page.split("https://a.example/reset/").nth(1).unwrap().split('<').next().unwrap();
        format!("/reset/{link}")
    };
    assert_eq!(Browser::new(&app).status(&reset), 200);
    app.write("INSERT INTO authorization_codes (code_hash, app_id, user_id, redirect_uri, scopes, expires_at) \
        SELECT x'01', (SELECT id FROM apps LIMIT 1), id, 'x', 'read', 9999999999999 FROM users WHERE email = 'bob@mail.example'");
    // It must be meant.
    assert_eq!(press(&of_staff, &bob, &[("do", "memorialize")]), 422);
    assert_eq!(bob.call("GET", "/api/v1/preferences", None).status, 200);
    assert_eq!(press(&of_staff, &bob, YES), 303);
    for table in ["sessions", "access_tokens", "authorization_codes"] {
        let sql = format!(
            "SELECT count(*) AS n FROM {table} WHERE user_id = (SELECT id FROM users WHERE email = 'bob@mail.example')"
        );
        assert_eq!(app.count(Box::leak(sql.into_boxed_str())), 0, "{table}");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM push_subscriptions"), 0);
    assert_eq!(bob.call("GET", "/api/v1/preferences", None).status, 401);
    assert_eq!(of_bob.status("/settings/strikes"), 303);
    app.restart();
    for name in ["bob", "bob@a.example", "bob@mail.example"] {
        let answer = Browser::new(&app).sign_in(name, PASSWORD, "/");
        assert_eq!(answer.status, 401, "{name}: {}", text(&answer));
    }
    assert_eq!(enter(&Browser::new(&app), &phone).status, 401);
    assert_eq!(Browser::new(&app).status(&reset), 404);
    // A session that began in the same moment, too.
    app.write(
        "INSERT INTO sessions (token_hash, user_id, series, browser, created_at, expires_at) \
        SELECT x'02', id, 5, '', 1, 9999999999999 FROM users WHERE email = 'bob@mail.example'",
    );
    let found = sori::store::sessions::user(vec![2], app.clock.now());
    assert!(pollster::block_on(sori::store::load(&app.db, found)).unwrap().is_none());
    // What it looks like, to apps, staff and readers.
    let shown = mo.get(&format!("/api/v1/accounts/{}", bob.id));
    assert_eq!(shown["memorial"], true);
    let entity = mo.get(&format!("/api/v1/admin/accounts/{}", bob.id));
    assert_eq!((&entity["disabled"], &entity["account"]["memorial"]), (&json!(false), &json!(true)));
    assert_eq!(mo.get("/api/v2/admin/accounts?origin=local&status=disabled"), json!([]));
    assert!(Browser::new(&app).get("/@bob", "en").contains("In memory of this person"));
    assert!(of_staff.get("/settings/people", "en").contains("In memory of this person"));
    // Freezing and unfreezing it open nothing.
    let path = |what: &str| format!("/api/v1/admin/accounts/{}/{what}", bob.id);
    assert_eq!(refused(&mo, "POST", &path("action"), json!({"type": "disable"})), 422);
    mo.post(&path("enable"), json!({}));
    assert_eq!(Browser::new(&app).sign_in("bob", PASSWORD, "/").status, 401);
    // Twice is once.
    assert_eq!(press(&of_staff, &bob, YES), 303);
    assert_eq!(app.count("SELECT count(*) AS n FROM audit_log WHERE action = 'memorialize'"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM strikes"), 0);
    app.write("DELETE FROM sessions WHERE series = 5");
    assert_eq!(press(&of_staff, &bob, NO), 303);
    app.restart();
    assert_eq!(Browser::new(&app).sign_in("bob", PASSWORD, "/").status, 303);
    assert_eq!(enter(&Browser::new(&app), &phone).status, 303);
    assert_eq!(mo.get(&format!("/api/v1/accounts/{}", bob.id))["memorial"], json!(null));
    assert_eq!(app.count("SELECT count(*) AS n FROM audit_log WHERE action = 'unmemorialize'"), 1);
}

#[test]
fn a_code_after_the_password_opens_nothing_and_a_freeze_outlasts_it() {
    let app = TestApp::alone();
    let (mo, bob) = (staff(&app, "mo", 1), app.person("bob"));
    let of_staff = Browser::of(&mo);
    let (_, secret, _) = second_step::turned_on(&bob);
    app.clock.advance(2 * MINUTE);
    let (browser, page) = second_step::asked(&app, "bob");
    assert_eq!(press(&of_staff, &bob, YES), 303);
    let done = browser.fill(&page, &[("code", &second_step::code(&app, &secret, 0))]);
    assert!(done.status == 401 && browser.cookie("__Host-sori").is_none(), "{}", text(&done));
    assert_eq!(press(&of_staff, &bob, NO), 303);
    // Frozen before, frozen after.
    let act = format!("/api/v1/admin/accounts/{}/action", bob.id);
    mo.post(&act, json!({"type": "disable"}));
    app.clock.advance(MINUTE);
    assert_eq!(press(&of_staff, &bob, YES), 303);
    assert_eq!(press(&of_staff, &bob, NO), 303);
    let entity = mo.get(&format!("/api/v1/admin/accounts/{}", bob.id));
    assert_eq!((&entity["disabled"], &entity["account"]["memorial"]), (&json!(true), &json!(null)));
}

#[test]
fn nothing_happens_in_its_name_and_its_posts_stay() {
    let app = TestApp::alone();
    let (mo, bob, carol) = (staff(&app, "mo", 1), app.person("bob"), app.person("carol"));
    let kept = bob.posts("still here");
    let at = sori::model::time::Time(app.clock.now().0 + 10 * MINUTE).to_iso();
    bob.post("/api/v1/statuses", json!({"status": "later", "scheduled_at": at}));
    app.write(
        "UPDATE users SET cleanup = '[14,0,0,0,0,0,0,null,null]' WHERE account_id = (SELECT id FROM accounts WHERE username = 'bob')",
    );
    // The second identity of the same person.
    let other = app.person("second");
    app.db.run(&format!(
        "UPDATE users SET person = (SELECT person FROM users WHERE account_id = {}) WHERE account_id = {}",
        other.id.0, bob.id.0
    ));
    let of_staff = Browser::of(&mo);
    assert_eq!(press(&of_staff, &bob, YES), 303);
    app.clock.advance(40 * DAY);
    for _ in 0..5 {
        app.tick();
        settle(&[&app]);
        app.clock.advance(MINUTE);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE text = 'later'"), 0);
    assert_eq!(carol.get(&format!("/api/v1/statuses/{}", id(&kept)))["id"], kept["id"]);
    // The other identity goes on, and cannot be this one.
    let of_other = Browser::of(&other);
    let page = of_other.get("/settings/identities", "en");
    assert!(page.contains("@second@") && !page.contains("@bob@"), "{page}");
    of_other.submit("/settings/identities", "/settings/identities", &[("use", &bob.id.to_string())]);
    assert!(of_other.get("/settings", "en").contains("@second@a.example"));
    // It is followed as before; who would have to ask is told at once that nobody answers.
    app.write("UPDATE accounts SET is_discoverable = 1");
    let suggested = carol.get("/api/v2/suggestions").to_string();
    assert!(!suggested.contains("\"username\":\"bob\"") && suggested.contains("second"), "{suggested}");
    let follow = format!("/api/v1/accounts/{}/follow", bob.id);
    assert_eq!(carol.post(&follow, json!({}))["following"], true);
    app.write("UPDATE accounts SET is_locked = 1 WHERE username = 'bob'");
    assert_eq!(refused(&mo, "POST", &follow, json!({})), 403);
    // What was scheduled is posted after all, once it is taken back.
    assert_eq!(press(&Browser::of(&mo), &bob, NO), 303);
    app.tick();
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE text = 'later'"), 1);
}

#[test]
fn other_servers_are_told_and_rank_counts() {
    let (app, alice, remote) = followed();
    let mo = staff(&app, "mo", 1);
    let of_staff = Browser::of(&mo);
    assert_eq!(press(&of_staff, &alice, YES), 303);
    settle(&[&app]);
    assert_eq!(remote.got(), ["Accept", "Update"]);
    let actor = app.send(remote.get(&app, "/users/alice", "bob"));
    assert!(text(&actor).contains("\"memorial\":true"), "{}", text(&actor));
    // A locked one answers a follow itself.
    app.write("UPDATE accounts SET is_locked = 1 WHERE username = 'alice'");
    let eve = remote.person("eve");
    let asks = json!({"id": remote.uri("/follows/2"), "type": "Follow", "actor": eve["id"], "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &asks), 403);
    settle(&[&app]);
    assert_eq!(remote.got().last().map(String::as_str), Some("Reject"));
    // Neither oneself, nor equals, nor people of other servers.
    let (mi, bob) = (staff(&app, "mi", 1), app.account("bob"));
    assert_eq!(press(&of_staff, &mo, YES), 403);
    assert_eq!(press(&of_staff, &mi, YES), 403);
    let page = format!("/settings/people/{}", bob.id);
    assert!(!of_staff.get(&page, "en").contains("memorialize"));
    assert_eq!(of_staff.submit(&page, &page, YES).status, 422);
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE is_memorial = 1"), 1);
}

#[test]
fn another_server_sees_it() {
    let (a, b) = two();
    let (alice, bob, mo) = (a.person("alice"), b.person("bob"), staff(&a, "mo", 1));
    bob.follows(&alice);
    settle(&[&a, &b]);
    assert_eq!(press(&Browser::of(&mo), &alice, YES), 303);
    settle(&[&a, &b]);
    let seen = bob.finds("@alice@a.example");
    assert_eq!(seen["memorial"], true, "{seen}");
    let shown = Browser::of(&bob).get("/@alice@a.example", "en");
    assert!(shown.contains("In memory of this person"));
}
