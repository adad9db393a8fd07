//! Who may do what by their role.

use serde_json::json;
use sori::model::audit::Target;
use sori::model::id::Id;
use sori::model::role::{Permission, Role, RoleId};
use sori::store;

use crate::support::app::TestApp;

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
    // Whom it belongs to is seen as before.
    assert_eq!(app.request("GET", "/@alice", None, None).status, 200);
}
