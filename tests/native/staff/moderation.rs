//! What members of staff do to accounts and with reports, by the API and by pages.

use std::pin::Pin;

use serde_json::{Value, json};
use sori::error::Result;
use sori::model::id::Id;
use sori::model::scope::Scopes;
use sori::model::time::DAY;
use sori::services;
use sori::store;

use crate::support::app::{Person, TestApp, id, settle, together, two};

/// A person with a role, and a token with the scopes of staff.
pub fn staff(app: &TestApp, name: &str, role: i64) -> Person {
    let person = app.person(name);
    app.db.run(&format!("UPDATE users SET role_id = {role} WHERE account_id = {}", person.id.0));
    let event = app.ready();
    let user =
        pollster::block_on(store::load(&app.db, store::users::by_account(person.id))).unwrap().unwrap();
    let scopes = Scopes::parse("read write follow push profile admin:read admin:write").unwrap();
    let made = async {
        let (client, _) =
            services::grant::register_client(&event, "staff", None, vec!["test:/".into()], &scopes).await?;
        services::grant::issue(&event, client.id, Some(user.id), &scopes.to_string()).await
    };
    Person { token: pollster::block_on(made).unwrap().0, ..person }
}

fn status_of(person: &Person, method: &str, path: &str, body: Option<Value>) -> u16 {
    person.call(method, path, body).status
}

fn act(by: &Person, on: &Person, kind: &str) -> u16 {
    let path = format!("/api/v1/admin/accounts/{}/action", on.id);
    status_of(by, "POST", &path, Some(json!({"type": kind, "text": "Please read the rules."})))
}

fn lift(by: &Person, on: &Person, what: &str) -> Value {
    by.post(&format!("/api/v1/admin/accounts/{}/{what}", on.id), json!({}))
}

#[test]
fn a_warning_is_told_to_the_person_and_nobody_else() {
    let app = TestApp::alone();
    let (olga, bob, carol) = (staff(&app, "olga", 1), app.person("bob"), app.person("carol"));
    assert_eq!(act(&olga, &bob, "none"), 200);
    let told = bob.notifications();
    assert_eq!(told[0]["type"], "moderation_warning", "{told:?}");
    let warning = &told[0]["moderation_warning"];
    assert_eq!((&warning["action"], &warning["text"]), (&json!("none"), &json!("Please read the rules.")));
    assert_eq!(warning["target_account"]["id"], json!(bob.id.to_string()));
    assert_eq!(warning["appeal"], Value::Null);
    // Who did it is not told.
    assert_eq!(told[0]["account"]["id"], json!(bob.id.to_string()));
    let grouped = bob.get("/api/v2/notifications");
    assert_eq!(grouped["notification_groups"][0]["moderation_warning"]["action"], "none", "{grouped}");
    assert!(carol.notifications().is_empty() && olga.notifications().is_empty());
    let one = bob.get(&format!("/api/v1/notifications/{}", id(&told[0])));
    assert_eq!(one["moderation_warning"]["id"], warning["id"]);
}

#[test]
fn every_action_is_seen_and_lifted_and_logged() {
    let app = TestApp::alone();
    let (olga, bob) = (staff(&app, "olga", 1), app.person("bob"));
    for (kind, undo, field) in [
        ("sensitive", "unsensitive", "sensitized"),
        ("silence", "unsilence", "silenced"),
        ("disable", "enable", "disabled"),
        ("suspend", "unsuspend", "suspended"),
    ] {
        assert_eq!(act(&olga, &bob, kind), 200, "{kind}");
        let path = format!("/api/v1/admin/accounts/{}", bob.id);
        assert_eq!(olga.get(&path)[field], json!(true), "{kind}");
        let is_closed = matches!(kind, "disable" | "suspend");
        let expected = if is_closed { 403 } else { 200 };
        assert_eq!(status_of(&bob, "GET", "/api/v1/accounts/verify_credentials", None), expected, "{kind}");
        assert_eq!(lift(&olga, &bob, undo)[field], json!(false), "{undo}");
        assert_eq!(status_of(&bob, "GET", "/api/v1/accounts/verify_credentials", None), 200, "{undo}");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM strikes"), 4);
    assert_eq!(app.count("SELECT count(*) AS n FROM audit_log"), 8);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE kind = 'expire'"), 0);
}

#[test]
fn one_acts_only_on_people_of_lower_roles() {
    let app = TestApp::alone();
    let (owner, admin) = (staff(&app, "olga", 3), staff(&app, "ada", 2));
    let (moderator, other, bob) = (staff(&app, "mo", 1), staff(&app, "mi", 1), app.person("bob"));
    for (by, on, expected) in [
        (&owner, &admin, 200),
        (&admin, &moderator, 200),
        (&moderator, &bob, 200),
        (&moderator, &other, 403),
        (&moderator, &moderator, 403),
        (&moderator, &admin, 403),
        (&admin, &owner, 403),
        (&owner, &owner, 403),
    ] {
        assert_eq!(act(by, on, "none"), expected, "{} on {}", by.name, on.name);
    }
    // Without the scope, and without the permission.
    let plain = app.person("mo");
    assert_eq!(act(&plain, &bob, "none"), 403);
    assert_eq!(act(&staff(&app, "carol", -99), &bob, "none"), 403);
    assert_eq!(act(&moderator, &bob, "delete_everything"), 422);
}

#[test]
fn a_suspended_account_is_deleted_after_thirty_days_unless_it_is_lifted() {
    let app = TestApp::alone();
    let (olga, bob, carol) = (staff(&app, "olga", 2), app.person("bob"), app.person("carol"));
    bob.posts("still here");
    act(&olga, &bob, "suspend");
    act(&olga, &carol, "suspend");
    app.clock.advance(29 * DAY);
    app.tick();
    assert_eq!(app.count("SELECT count(*) AS n FROM users WHERE account_id IN (SELECT id FROM accounts WHERE username = 'bob')"), 1);
    lift(&olga, &carol, "unsuspend");
    app.clock.advance(DAY + 60_000);
    app.tick();
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM users WHERE account_id IN (SELECT id FROM accounts WHERE username = 'bob')"), 0);
    assert_eq!(
        app.count("SELECT count(*) AS n FROM accounts WHERE username = 'bob' AND deleted_at IS NOT NULL"),
        1
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM users WHERE account_id IN (SELECT id FROM accounts WHERE username = 'carol')"), 1);
}

#[test]
fn what_is_done_twice_counts_from_the_first_time() {
    let app = TestApp::alone();
    let (olga, bob) = (staff(&app, "olga", 2), app.person("bob"));
    let times = "SELECT sum(coalesce(suspended_at, 0) + coalesce(silenced_at, 0) + coalesce(sensitized_at, 0)) + \
        (SELECT sum(coalesce(disabled_at, 0)) FROM users) AS n FROM accounts";
    let all = ["sensitive", "silence", "disable", "suspend"];
    all.iter().for_each(|kind| assert_eq!(act(&olga, &bob, kind), 200, "{kind}"));
    let before = app.count(times);
    app.clock.advance(20 * DAY);
    all.iter().for_each(|kind| assert_eq!(act(&olga, &bob, kind), 200, "{kind}"));
    assert_eq!(app.count(times), before);
    // So does the end.
    app.clock.advance(10 * DAY + 60_000);
    app.tick();
    settle(&[&app]);
    assert_eq!(
        app.count("SELECT count(*) AS n FROM accounts WHERE username = 'bob' AND deleted_at IS NOT NULL"),
        1
    );
}

#[test]
fn our_own_limit_stays_when_a_block_that_limits_as_well_ends() {
    let app = TestApp::alone();
    let olga = staff(&app, "olga", 2);
    app.db.run(
        "INSERT INTO accounts (id, username, domain, uri, url, created_at) VALUES (77, 'bob', 'b.example', 'https://b.example/bob', 'x', 0)",
    );
    let block =
        olga.post("/api/v1/admin/domain_blocks", json!({"domain": "b.example", "severity": "silence"}));
    settle(&[&app]);
    let limited = "SELECT count(*) AS n FROM accounts WHERE username = 'bob' AND silenced_at IS NOT NULL";
    assert_eq!(app.count(limited), 1);
    app.clock.advance(1);
    let limit = json!({"type": "silence"});
    assert_eq!(status_of(&olga, "POST", "/api/v1/admin/accounts/77/action", Some(limit)), 200);
    assert_eq!(status_of(&olga, "DELETE", &format!("/api/v1/admin/domain_blocks/{}", id(&block)), None), 200);
    settle(&[&app]);
    assert_eq!(app.count(limited), 1);
}

#[test]
fn only_a_suspended_account_is_deleted_at_once_and_only_by_who_may() {
    let app = TestApp::alone();
    let (admin, moderator, bob) = (staff(&app, "ada", 2), staff(&app, "mo", 1), app.person("bob"));
    let path = format!("/api/v1/admin/accounts/{}", bob.id);
    assert_eq!(status_of(&admin, "DELETE", &path, None), 403);
    act(&admin, &bob, "suspend");
    assert_eq!(status_of(&moderator, "DELETE", &path, None), 403);
    assert_eq!(status_of(&admin, "DELETE", &path, None), 200);
    assert_eq!(app.count("SELECT count(*) AS n FROM audit_log WHERE action = 'delete'"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM users WHERE account_id IN (SELECT id FROM accounts WHERE username = 'bob')"), 0);
}

#[test]
fn a_report_goes_its_way() {
    let app = TestApp::alone();
    let (olga, bob, eve) = (staff(&app, "olga", 1), app.person("bob"), app.person("eve"));
    let post = eve.posts("buy my pills");
    let report = bob.post(
        "/api/v1/reports",
        json!({"account_id": eve.id.to_string(), "status_ids": [id(&post)], "comment": "spam!", "category": "spam"}),
    );
    let path = format!("/api/v1/admin/reports/{}", id(&report));
    let listed = olga.get("/api/v1/admin/reports");
    assert_eq!(listed[0]["id"], report["id"]);
    assert_eq!(listed[0]["statuses"][0]["id"], post["id"]);
    assert_eq!(listed[0]["target_account"]["username"], "eve");
    assert_eq!(listed[0]["account"]["username"], "bob");
    let mine = olga.post(&format!("{path}/assign_to_self"), json!({}));
    assert_eq!(mine["assigned_account"]["username"], "olga");
    assert_eq!(olga.post(&format!("{path}/unassign"), json!({}))["assigned_account"], Value::Null);
    let changed = olga.ok("PUT", &path, Some(json!({"category": "other"})));
    assert_eq!(changed["category"], "other");
    assert_eq!(status_of(&olga, "PUT", &path, Some(json!({"category": "nonsense"}))), 422);
    let done = olga.post(&format!("{path}/resolve"), json!({}));
    assert_eq!(
        (&done["action_taken"], &done["action_taken_by_account"]["username"]),
        (&json!(true), &json!("olga"))
    );
    assert_eq!(olga.get("/api/v1/admin/reports"), json!([]));
    assert_eq!(olga.get("/api/v1/admin/reports?resolved=true").as_array().unwrap().len(), 1);
    assert_eq!(olga.post(&format!("{path}/reopen"), json!({}))["action_taken"], json!(false));
    // An action resolves it.
    let action = format!("/api/v1/admin/accounts/{}/action", eve.id);
    olga.post(&action, json!({"type": "silence", "report_id": id(&report)}));
    assert_eq!(olga.get(&path)["action_taken"], json!(true));
    assert_eq!(olga.get(&path)["target_account"]["silenced"], json!(true));
    // A report about somebody else is none of this account.
    assert_eq!(
        status_of(
            &olga,
            "POST",
            &format!("/api/v1/admin/accounts/{}/action", bob.id),
            Some(json!({"type": "none", "report_id": id(&report)}))
        ),
        404
    );
    assert_eq!(status_of(&bob, "GET", &path, None), 403);
}

#[test]
fn posts_that_are_removed_are_gone_here_and_elsewhere() {
    let (a, b) = two();
    let (olga, eve, bob) = (staff(&a, "olga", 1), a.person("eve"), b.person("bob"));
    bob.follows(&eve);
    settle(&[&a, &b]);
    let post = eve.posts("buy my pills");
    settle(&[&a, &b]);
    assert!(bob.sees(&post["uri"]).is_some());
    let draft = services::staff::Draft {
        action: sori::model::strike::Action::DeleteStatuses,
        status_ids: Some(vec![Id::parse(id(&post)).unwrap()]),
        is_told: true,
        ..Default::default()
    };
    let event = a.ready();
    let user = pollster::block_on(store::load(&a.db, store::users::by_account(olga.id))).unwrap().unwrap();
    pollster::block_on(services::staff::act(&event, &user, eve.id, draft)).unwrap();
    settle(&[&a, &b]);
    for _ in 0..3 {
        a.clock.advance(60_000);
        a.tick();
        settle(&[&a, &b]);
    }
    assert_eq!(status_of(&eve, "GET", &format!("/api/v1/statuses/{}", id(&post)), None), 404);
    assert!(bob.sees(&post["uri"]).is_none());
    assert_eq!(eve.notifications()[0]["moderation_warning"]["action"], "delete_statuses");
}

#[test]
fn people_are_found_by_what_staff_ask() {
    let app = TestApp::alone();
    let (olga, bob, eve) = (staff(&app, "olga", 2), app.person("bob"), app.person("eve"));
    act(&olga, &eve, "silence");
    let names = |path: &str| -> Vec<String> {
        let found = olga.get(path);
        found.as_array().unwrap().iter().map(|one| one["username"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("/api/v2/admin/accounts?origin=local&status=silenced"), ["eve"]);
    assert_eq!(names("/api/v2/admin/accounts?permissions=staff"), ["olga", "owner"]);
    assert_eq!(names("/api/v1/admin/accounts?staff=true"), ["olga", "owner"]);
    assert_eq!(names("/api/v1/admin/accounts?local=true&username=bo"), ["bob"]);
    assert_eq!(names("/api/v2/admin/accounts?origin=remote"), Vec::<String>::new());
    // Remote ones have neither roles nor logins, and however many there are, who is frozen is found.
    act(&olga, &eve, "disable");
    app.db.run(
        "INSERT INTO accounts (id, username, domain, uri, url, created_at) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5001) \
         SELECT 1 << 60 | i, 'r' || i, 'b.example', 'https://b.example/' || i, 'x', 0 FROM n",
    );
    assert_eq!(names("/api/v2/admin/accounts?status=disabled"), ["eve"]);
    assert_eq!(names("/api/v2/admin/accounts?origin=remote&permissions=staff"), Vec::<String>::new());
    assert_eq!(names("/api/v2/admin/accounts?origin=remote&status=disabled"), Vec::<String>::new());
    app.db.run("DELETE FROM accounts WHERE domain = 'b.example'");
    assert_eq!(
        names(&format!("/api/v2/admin/accounts?origin=local&max_id={}", eve.id)).contains(&"bob".to_owned()),
        bob.id < eve.id
    );
    let email = olga.get(&format!("/api/v1/admin/accounts/{}", bob.id));
    assert_eq!((&email["domain"], &email["role"]["id"]), (&Value::Null, &json!("-99")));
    for path in [
        "/api/v1/admin/accounts?username=%25",
        "/api/v1/admin/accounts?by_domain=x%25&display_name=%27",
        "/api/v2/admin/accounts?role_ids[]=9999999999",
    ] {
        assert_eq!(olga.call("GET", path, None).status, 200, "{path}");
    }
}

#[test]
fn rank_is_of_the_person_whichever_identity_is_acted_on() {
    let app = TestApp::alone();
    let (moderator, ada, other) = (staff(&app, "mo", 1), staff(&app, "ada", 2), app.person("other"));
    // The second identity of an admin has no role of its own.
    app.db.run(&format!(
        "UPDATE users SET person = (SELECT person FROM users WHERE account_id = {}) WHERE account_id = {}",
        ada.id.0, other.id.0
    ));
    assert_eq!(act(&moderator, &other, "disable"), 403);
    assert_eq!(act(&ada, &other, "disable"), 403);
    assert_eq!(app.count("SELECT count(*) AS n FROM strikes"), 0);
}

#[test]
fn nobody_gives_a_role_with_permissions_that_they_lack() {
    let app = TestApp::alone();
    let bob = app.person("bob");
    let role = |id, permissions, position| sori::model::role::Role {
        id: sori::model::role::RoleId(id),
        name: format!("role {id}"),
        permissions: sori::model::role::Permission(permissions),
        position,
        ..Default::default()
    };
    let roles = [role(50, 1 << 10 | 1 << 17, 20), role(51, 1 << 19, 5), role(52, 1 << 10, 4)];
    pollster::block_on(store::write(
        &app.db,
        roles.iter().map(|role| store::roles::store(role, 20)).collect(),
    ))
    .unwrap();
    app.ready().shared.forget_site();
    let carol = staff(&app, "carol", 50);
    let event = app.ready();
    let user = pollster::block_on(store::load(&app.db, store::users::by_account(carol.id))).unwrap().unwrap();
    let gives = |id| {
        pollster::block_on(services::staff::set_role(&event, &user, bob.id, sori::model::role::RoleId(id)))
    };
    assert_eq!(gives(51).unwrap_err().status(), 403);
    assert!(gives(52).is_ok());
}

#[test]
fn who_is_frozen_posts_nothing_and_hears_nothing() {
    let app = TestApp::alone();
    let (olga, bob) = (staff(&app, "olga", 1), app.person("bob"));
    let at = sori::model::time::Time(app.clock.now().0 + 10 * 60_000).to_iso();
    bob.post("/api/v1/statuses", json!({"status": "later", "scheduled_at": at}));
    app.db.run(&format!(
        "INSERT INTO push_subscriptions (id, token_hash, account_id, endpoint, public_key, secrets, is_standard, alerts, policy, created_at) \
         VALUES (7, x'07', {}, 'https://push.example/1', x'04', x'00', 1, ' mention ', 'all', 1)",
        bob.id.0
    ));
    act(&olga, &bob, "disable");
    assert_eq!(app.count("SELECT count(*) AS n FROM push_subscriptions"), 0);
    app.clock.advance(20 * 60_000);
    app.tick();
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE text = 'later'"), 0);
    lift(&olga, &bob, "enable");
    app.tick();
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE text = 'later'"), 1);
}

#[test]
fn an_appeal_is_decided_once() {
    let app = TestApp::alone();
    let (ada, bob) = (staff(&app, "ada", 2), app.person("bob"));
    act(&ada, &bob, "sensitive");
    let strike = Id(app.count("SELECT id AS n FROM strikes"));
    let event = app.ready();
    pollster::block_on(services::appeal::make(&event, &app.account("bob"), strike, "I like it")).unwrap();
    let user = pollster::block_on(store::load(&app.db, store::users::by_account(ada.id))).unwrap().unwrap();
    // Both have read that it waits.
    app.db.set_slow(true);
    let decide = |is_approved| -> Pin<Box<dyn Future<Output = Result<()>> + '_>> {
        Box::pin(services::appeal::decide(&event, &user, strike, is_approved))
    };
    let done = pollster::block_on(together(vec![decide(false), decide(true)]));
    app.db.set_slow(false);
    assert_eq!(done.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{done:?}");
    assert_eq!(app.count("SELECT count(*) AS n FROM audit_log WHERE action LIKE '%_appeal'"), 1);
    let is_approved = app.count("SELECT count(*) AS n FROM strikes WHERE appeal_state = 'approved'") == 1;
    assert_eq!(app.account("bob").sensitized_at.is_none(), is_approved);
    assert_eq!(
        app.count("SELECT count(*) AS n FROM strikes WHERE overruled_at IS NOT NULL") == 1,
        is_approved
    );
}

#[test]
fn nobody_decides_about_their_own_appeal() {
    let app = TestApp::alone();
    let (ada, owner) = (staff(&app, "ada", 2), staff(&app, "olga", 3));
    act(&owner, &ada, "sensitive");
    let strike = Id(app.count("SELECT id AS n FROM strikes"));
    let event = app.ready();
    let account = app.account("ada");
    pollster::block_on(services::appeal::make(&event, &account, strike, "I like it")).unwrap();
    let user = |person: &Person| {
        pollster::block_on(store::load(&app.db, store::users::by_account(person.id))).unwrap().unwrap()
    };
    let decides = |by| pollster::block_on(services::appeal::decide(&event, &user(by), strike, true));
    assert_eq!(decides(&ada).unwrap_err().status(), 403);
    assert!(decides(&owner).is_ok());
    assert!(app.account("ada").sensitized_at.is_none());
}
