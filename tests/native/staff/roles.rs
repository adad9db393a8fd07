//! Who may do what by their role.

use std::path::{Path, PathBuf};

use serde_json::json;
use sori::model::audit::Target;
use sori::model::id::Id;
use sori::model::role::{Permission, Role, RoleId};
use sori::model::user::User;
use sori::services;
use sori::store;

use super::moderation::staff;
use crate::support::app::TestApp;
use crate::support::browser::Browser;

fn role_of(app: &TestApp, name: &str) -> serde_json::Value {
    app.person(name).get("/api/v1/accounts/verify_credentials")["role"].clone()
}

#[test]
fn a_role_gives_its_permissions_at_once_and_its_end_takes_them() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let role = Role {
        id: RoleId(77),
        name: "Gardener".into(),
        color: "#00aa00".into(),
        permissions: Permission::MANAGE_CUSTOM_EMOJIS,
        position: 5,
        is_highlighted: true,
    };
    pollster::block_on(store::write(&app.db, vec![store::roles::store(&role, 20)])).unwrap();
    app.db.run(&format!("UPDATE users SET role_id = 77 WHERE account_id = {}", alice.id.0));
    app.restart();
    let shown = role_of(&app, "alice");
    let both = Permission::MANAGE_CUSTOM_EMOJIS.and(Permission::INVITE_USERS);
    assert_eq!(shown["name"], "Gardener");
    assert_eq!((&shown["permissions"], &shown["color"]), (&json!(both.0.to_string()), &json!("#00aa00")));
    let event = app.ready();
    let user = pollster::block_on(store::load(&app.db, store::users::by_account(alice.id))).unwrap().unwrap();
    assert!(event.may(&user, Permission::MANAGE_CUSTOM_EMOJIS));
    assert!(!event.may(&user, Permission::MANAGE_SETTINGS));
    pollster::block_on(store::write(&app.db, store::roles::delete(role.id))).unwrap();
    app.restart();
    assert_eq!(role_of(&app, "alice")["id"], "-99");
}

#[test]
fn who_is_no_longer_told_of_reports_and_sign_ups_keeps_no_notification_of_them() {
    let app = TestApp::alone();
    let (olga, bob, eve) = (staff(&app, "olga", 3), app.person("bob"), app.person("eve"));
    let own = Role {
        id: RoleId(77),
        name: "Helper".into(),
        permissions: Permission::MANAGE_REPORTS.and(Permission::MANAGE_USERS),
        position: 5,
        ..Role::default()
    };
    let by = pollster::block_on(store::load(&app.db, store::users::by_account(olga.id))).unwrap().unwrap();
    let kinds = |person: &crate::support::app::Person| -> Vec<String> {
        let all = person.get("/api/v1/notifications");
        let mut all: Vec<String> =
            all.as_array().unwrap().iter().map(|n| n["type"].as_str().unwrap().to_owned()).collect();
        all.sort();
        all.dedup();
        all
    };
    let both = ["admin.report", "admin.sign_up", "mention"];
    let helper = app.person("helper");
    let told = |n: u32| {
        pollster::block_on(services::staff::store_role(&app.ready(), &by, own.clone())).unwrap();
        pollster::block_on(services::staff::set_role(&app.ready(), &by, helper.id, RoleId(77))).unwrap();
        bob.post("/api/v1/reports", json!({"account_id": eve.id.to_string(), "comment": "x"}));
        bob.posts("hello @helper");
        let new = store::users::notify_of_sign_up(app.ready().new_id(), eve.id, &[77]);
        pollster::block_on(store::write(&app.db, vec![new])).unwrap();
        assert_eq!(kinds(&helper), both, "{n}");
    };
    told(1);
    pollster::block_on(services::staff::set_role(&app.ready(), &by, helper.id, RoleId::EVERYONE)).unwrap();
    assert_eq!(kinds(&helper), ["mention"]);
    told(2);
    let less = Role { permissions: Permission::MANAGE_REPORTS, ..own.clone() };
    pollster::block_on(services::staff::store_role(&app.ready(), &by, less)).unwrap();
    assert_eq!(kinds(&helper), ["admin.report", "mention"]);
    told(3);
    pollster::block_on(services::staff::delete_role(&app.ready(), &by, RoleId(77))).unwrap();
    assert_eq!(kinds(&helper), ["mention"]);
    // A person's identities lose a role together.
    told(4);
    let second = app.person("second");
    app.db.run(&format!(
        "UPDATE users SET person = (SELECT person FROM users WHERE account_id = {}) WHERE account_id = {}",
        helper.id, second.id
    ));
    pollster::block_on(services::staff::set_role(&app.ready(), &by, second.id, RoleId::EVERYONE)).unwrap();
    assert_eq!(kinds(&helper), ["mention"]);
}

#[test]
fn there_are_only_so_many_roles() {
    let app = TestApp::alone();
    for n in 10..14 {
        let role = Role { id: RoleId(n), ..Role::default() };
        pollster::block_on(store::write(&app.db, vec![store::roles::store(&role, 3)])).unwrap();
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM settings WHERE key LIKE 'role:%'"), 3);
}

#[test]
fn the_audit_log_refuses_every_change() {
    let app = TestApp::alone();
    let row = store::audit::insert(Id(5), Id(1), "suspend", &Target::new("account", Id(2), "@eve"), "");
    pollster::block_on(store::write(&app.db, vec![row])).unwrap();
    for change in [
        "UPDATE audit_log SET label = 'x'",
        "DELETE FROM audit_log",
        "REPLACE INTO audit_log (id, account_id, action, kind, target_id, label) VALUES (5, 1, 'x', 'x', 1, 'x')",
    ] {
        let batch = vec![sori::platform::sql::Statement::new(change)];
        assert!(pollster::block_on(store::write(&app.db, batch)).is_err(), "{change}");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM audit_log WHERE label = '@eve'"), 1);
}

#[test]
fn a_frozen_login_is_of_no_use() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    assert_eq!(alice.call("GET", "/api/v1/accounts/verify_credentials", None).status, 200);
    app.db.run(&format!("UPDATE users SET disabled_at = 1 WHERE account_id = {}", alice.id.0));
    let refused = alice.call("GET", "/api/v1/accounts/verify_credentials", None);
    assert_eq!(refused.status, 403);
    assert!(String::from_utf8_lossy(&refused.body).contains("Your login is currently disabled"));
    assert_eq!(Browser::of(&alice).status("/home"), 303);
    // Whom it belongs to is seen as before.
    assert_eq!(app.request("GET", "/@alice", None, None).status, 200);
}

/// Whoever changes a role neither gives nor takes what they cannot give.
#[test]
fn a_change_of_a_role_keeps_what_its_form_does_not_show() {
    let app = TestApp::alone();
    let stored = |id: i64, permissions: Permission, position: i64| {
        let role = Role { id: RoleId(id), name: "r".into(), permissions, position, ..Role::default() };
        pollster::block_on(store::write(&app.db, vec![store::roles::store(&role, 20)])).unwrap();
    };
    let both = Permission::MANAGE_ROLES.and(Permission::MANAGE_USERS);
    stored(70, both, 50);
    stored(71, Permission::MANAGE_SETTINGS.and(Permission::MANAGE_RULES).and(Permission::MANAGE_USERS), 5);
    app.restart();
    let event = app.ready();
    let by = User { role: RoleId(70), account_id: Id(1), ..User::default() };
    let change = |permissions| {
        let role = Role { id: RoleId(71), name: "r".into(), permissions, position: 5, ..Role::default() };
        pollster::block_on(services::staff::store_role(&event, &by, role))
    };
    let now = || event.site().roles.find(RoleId(71)).unwrap().permissions;
    let kept = Permission::MANAGE_SETTINGS.and(Permission::MANAGE_RULES);
    change(Permission::default()).unwrap();
    assert_eq!(now(), kept);
    change(Permission::MANAGE_ROLES).unwrap();
    assert_eq!(now(), kept.and(Permission::MANAGE_ROLES));
    assert!(change(Permission::MANAGE_SETTINGS).is_err());
}

/// A permission that can be given is asked for somewhere.
#[test]
fn every_permission_that_is_offered_does_something() {
    let sources = walk(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")));
    let asked: Vec<String> = sources
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "rs") && !path.ends_with("model/role.rs"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    for (key, _) in Permission::ALL.iter().skip(1) {
        let name = format!("Permission::{}", key.to_uppercase());
        assert!(asked.iter().any(|text| text.contains(&name)), "{name}");
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}
