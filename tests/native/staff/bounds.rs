//! What members of staff cannot do: roles beyond their own, texts without end, acts on nobody.

use serde_json::json;
use sori::model::id::Id;
use sori::model::role::{Permission, Role, RoleId};
use sori::model::strike::Action;
use sori::model::user::User;
use sori::services::{self, staff::Draft};
use sori::store;

use super::moderation::staff;
use crate::api::media::{png, uploads};
use crate::support::app::{Person, TestApp, id, settle, two};
use crate::support::remote::scene;

fn user(app: &TestApp, person: &Person) -> User {
    pollster::block_on(store::load(&app.db, store::users::by_account(person.id))).unwrap().unwrap()
}

/// 200, or the status of the error.
fn status<T>(done: sori::error::Result<T>) -> u16 {
    done.map_or_else(|error| error.status(), |_| 200)
}

#[test]
fn a_role_is_bounded_by_that_of_who_stores_it() {
    let app = TestApp::alone();
    let both = Permission::MANAGE_ROLES.and(Permission::MANAGE_USERS);
    for (id, permissions, position) in
        [(70, both, 50), (71, Permission::default(), 49), (72, Permission::default(), 50)]
    {
        let role = Role { id: RoleId(id), name: "r".into(), permissions, position, ..Role::default() };
        pollster::block_on(store::write(&app.db, vec![store::roles::store(&role, 20)])).unwrap();
    }
    app.restart();
    let event = app.ready();
    let by = User { role: RoleId(70), account_id: Id(1), ..User::default() };
    let keeps = |role: Role| status(pollster::block_on(services::staff::store_role(&event, &by, role)));
    let role =
        |id, name: &str, position| Role { id: RoleId(id), name: name.into(), position, ..Role::default() };
    // As high as their own, or to be as high; not lower than nobody's.
    for (id, position, expected) in
        [(71, 49, 200), (72, 5, 403), (3, 5, 403), (80, 50, 403), (80, -1, 403), (80, 0, 200), (70, 5, 403)]
    {
        assert_eq!(keeps(role(id, "r", position)), expected, "{id} {position}");
    }
    let names = [
        ("", 422),
        (" ", 422),
        ("a\nb", 422),
        (&"a".repeat(51), 422),
        (&"😀".repeat(50), 200),
        (&"😀".repeat(51), 422),
    ];
    for (name, expected) in names {
        assert_eq!(keeps(role(80, name, 5)), expected, "{name}");
    }
    assert_eq!(keeps(role(80, "  Cook ", 5)), 200);
    assert_eq!(event.site().roles.find(RoleId(80)).unwrap().name, "Cook");
    // That of everybody has permissions for everybody, and nothing else.
    let permissions = Permission::INVITE_USERS.and(Permission::MANAGE_ROLES);
    let everyone = Role { permissions, is_highlighted: true, ..role(-99, "All", 700) };
    assert_eq!(keeps(everyone), 200);
    let stored = event.site().roles.find(RoleId::EVERYONE).unwrap().clone();
    assert_eq!(stored, Role { permissions: Permission::INVITE_USERS, ..role(-99, "", -1) });
    let removes = |id| status(pollster::block_on(services::staff::delete_role(&event, &by, RoleId(id))));
    assert_eq!([72, 70, 1, -99, 90, 71].map(removes), [403, 403, 403, 403, 404, 200]);
    assert!(event.site().roles.find(RoleId(71)).is_none());
    // Two are stored beside theirs, and that of everybody.
    for id in 100..116 {
        assert_eq!(keeps(role(id, "r", 5)), 200, "{id}");
    }
    assert_eq!(keeps(role(116, "r", 5)), 422);
    assert_eq!(keeps(role(115, "other", 5)), 200);
}

#[test]
fn a_role_is_given_only_to_people_of_this_instance_and_below_ones_own() {
    let (app, bob, _remote, _) = scene();
    let ada = staff(&app, "ada", 2);
    let eve = Id::parse(id(&ada.finds("bob@b.example"))).unwrap();
    let (event, by) = (app.ready(), user(&app, &ada));
    let gives =
        |to, role| status(pollster::block_on(services::staff::set_role(&event, &by, to, RoleId(role))));
    assert_eq!([1, 2, 3, 77].map(|role| gives(bob.id, role)), [200, 403, 403, 404]);
    assert_eq!(gives(eve, 1), 403);
    assert_eq!(app.count("SELECT count(*) AS n FROM audit_log"), 1);
}

#[test]
fn texts_and_notes_of_staff_are_bounded() {
    let app = TestApp::alone();
    let (mo, bob) = (staff(&app, "mo", 1), app.person("bob"));
    let (event, by) = (app.ready(), user(&app, &mo));
    let notes = |text: &str| status(pollster::block_on(services::staff::note(&event, &by, bob.id, text)));
    let warns = |text: &str| {
        let draft = Draft { text: text.into(), ..Draft::default() };
        status(pollster::block_on(services::staff::act(&event, &by, bob.id, draft)))
    };
    // A character may have several code points; so long as a text has not too many bytes.
    let marks = "\u{301}".repeat(7_999);
    let (most, more) = (format!("ab{marks}"), format!("abc{marks}"));
    for (text, expected) in
        [(&*"x".repeat(2_000), 200), (&"x".repeat(2_001), 422), (&most, 200), (&more, 422)]
    {
        assert_eq!((notes(text), warns(text)), (expected, expected), "{text:.10}");
    }
    assert_eq!((notes(" "), warns(" ")), (422, 200));
    for _ in 2..200 {
        assert_eq!(notes("seen"), 200);
    }
    assert_eq!(notes("seen"), 422);
    assert_eq!(app.count("SELECT count(*) AS n FROM moderation_notes"), 200);
    // Nobody is told where it is not asked for.
    assert!(bob.notifications().is_empty());
}

#[test]
fn posts_are_removed_by_their_author_and_only_so_many_at_once() {
    let app = TestApp::alone();
    let (mo, bob, eve) = (staff(&app, "mo", 1), app.person("bob"), app.person("eve"));
    let (event, by) = (app.ready(), user(&app, &mo));
    let posts: Vec<Id> = (0..21).map(|n| Id::parse(id(&eve.posts(&format!("post {n}")))).unwrap()).collect();
    let other = Id::parse(id(&bob.posts("a post of bob"))).unwrap();
    let removes = |ids: &[Id]| {
        let draft = Draft {
            action: Action::DeleteStatuses,
            status_ids: Some(ids.to_vec()),
            is_told: true,
            ..Draft::default()
        };
        status(pollster::block_on(services::staff::act(&event, &by, eve.id, draft)))
    };
    assert_eq!((removes(&[]), removes(&posts)), (422, 422));
    assert_eq!(app.count("SELECT count(*) AS n FROM strikes"), 0);
    let twenty: Vec<Id> = posts.iter().copied().skip(2).chain([other]).collect();
    assert_eq!(removes(&twenty), 200);
    for _ in 0..10 {
        app.clock.advance(60_000);
        app.tick();
        settle(&[&app]);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE text LIKE 'post %'"), 2);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE text = 'a post of bob'"), 1);
}

#[test]
fn accounts_elsewhere_are_neither_frozen_nor_told_and_leave_nothing_when_they_are_deleted() {
    let (app, alice, remote, eve) = scene();
    let ada = staff(&app, "ada", 2);
    let found = Id::parse(id(&alice.finds("bob@b.example"))).unwrap();
    let href = "https://a.example/users/alice";
    let file = json!({"type": "Document", "mediaType": "image/png", "url": "https://b.example/a.png"});
    let extra = json!({"cc": [href], "tag": [{"type": "Mention", "href": href}], "attachment": [file]});
    let note = remote.note(&eve, 1, extra.clone());
    assert_eq!(remote.sends(&app, &remote.create(&eve, &note)), 202);
    let stored = || app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0");
    assert_eq!(stored(), 1);
    let (event, by) = (app.ready(), user(&app, &ada));
    let acts = |action| {
        let draft = Draft { action, is_told: true, ..Draft::default() };
        status(pollster::block_on(services::staff::act(&event, &by, found, draft)))
    };
    assert_eq!((acts(Action::Disable), acts(Action::None)), (422, 200));
    assert_eq!(app.count("SELECT count(*) AS n FROM notifications WHERE type = 'moderation_warning'"), 0);
    // A post from elsewhere is hidden or gone here, and nothing is sent of it.
    let post = Id(app.count("SELECT id AS n FROM statuses WHERE is_local = 0"));
    let on_post = |action| {
        let draft = Draft { action, status_ids: Some(vec![post]), ..Draft::default() };
        status(pollster::block_on(services::staff::act(&event, &by, found, draft)))
    };
    assert_eq!(on_post(Action::MarkStatusesAsSensitive), 200);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE is_sensitive = 1"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE kind = 'resend_status'"), 0);
    pollster::block_on(services::staff::remove_status(&event, note["id"].as_str().unwrap())).unwrap();
    assert_eq!((stored(), app.count("SELECT count(*) AS n FROM outbox")), (0, 0));
    // It does not come again.
    app.clock.advance(1_000);
    remote.sends(&app, &remote.create(&eve, &note));
    settle(&[&app]);
    assert_eq!(stored(), 0);
    assert_eq!(remote.sends(&app, &remote.create(&eve, &remote.note(&eve, 2, extra))), 202);
    assert_eq!(stored(), 1);
    let deletes = || status(pollster::block_on(services::staff::delete(&event, &by, found)));
    assert_eq!((deletes(), acts(Action::Suspend), deletes()), (403, 200, 200));
    for _ in 0..5 {
        app.clock.advance(60_000);
        app.tick();
        settle(&[&app]);
    }
    assert_eq!(stored(), 0);
}

#[test]
fn pictures_that_staff_mark_as_sensitive_are_so_elsewhere_as_well() {
    let (a, b) = two();
    let (olga, eve, bob) = (staff(&a, "olga", 1), a.person("eve"), b.person("bob"));
    bob.follows(&eve);
    settle(&[&a, &b]);
    let posts = |visibility: &str| {
        let draft = json!({"status": format!("@bob@b.example {visibility}"), "visibility": visibility, "media_ids": [uploads(&eve, &png(4, 4))["id"]]});
        eve.post("/api/v1/statuses", draft)
    };
    let own = [posts("public"), posts("direct")];
    settle(&[&a, &b]);
    let (event, by) = (a.ready(), user(&a, &olga));
    let draft = Draft {
        action: Action::MarkStatusesAsSensitive,
        status_ids: Some(own.iter().map(|post| Id::parse(id(post)).unwrap()).collect()),
        ..Draft::default()
    };
    let sensitive = || own.each_ref().map(|post| bob.sees(&post["uri"]).unwrap()["sensitive"] == true);
    assert_eq!(sensitive(), [false, false]);
    pollster::block_on(services::staff::act(&event, &by, eve.id, draft)).unwrap();
    let followers = "SELECT coalesce(sum(to_followers), 0) * 10 + count(*) AS n FROM outbox";
    for post in &own {
        pollster::block_on(services::staff::resend_status(&event, post["uri"].as_str().unwrap())).unwrap();
    }
    // That of a direct one is not for the followers.
    assert_eq!(a.count(followers), 12);
    assert_eq!(a.count("SELECT count(*) AS n FROM status_edits WHERE is_sensitive = 0"), 2);
    for _ in 0..3 {
        a.clock.advance(60_000);
        a.tick();
        settle(&[&a, &b]);
    }
    assert_eq!(sensitive(), [true, true]);
}

#[test]
fn what_a_block_of_the_server_does_is_done_again_after_a_lift() {
    let (app, alice, _remote, _) = scene();
    let ada = staff(&app, "ada", 2);
    let found = alice.finds("bob@b.example");
    let state = || {
        app.count("SELECT (silenced_at IS NOT NULL) + 2 * (suspended_at IS NOT NULL) AS n FROM accounts WHERE username = 'bob'")
    };
    for (severity, lift, expected) in [("silence", "unsilence", 1), ("suspend", "unsuspend", 2)] {
        let block =
            ada.post("/api/v1/admin/domain_blocks", json!({"domain": "b.example", "severity": severity}));
        settle(&[&app]);
        assert_eq!(state(), expected);
        ada.post(&format!("/api/v1/admin/accounts/{}/{lift}", id(&found)), json!({}));
        settle(&[&app]);
        assert_eq!(state(), expected, "{lift}");
        ada.ok("DELETE", &format!("/api/v1/admin/domain_blocks/{}", id(&block)), None);
        settle(&[&app]);
    }
}

#[test]
fn whose_suspension_ends_is_as_their_server_has_them_by_then() {
    let (app, alice, remote, mut bob) = scene();
    let ada = staff(&app, "ada", 2);
    let found = alice.finds("bob@b.example");
    let does = |what: &str, body| ada.post(&format!("/api/v1/admin/accounts/{}/{what}", id(&found)), body);
    does("action", json!({"type": "suspend"}));
    settle(&[&app]);
    bob["name"] = json!("Robert");
    remote.serve(bob);
    does("unsuspend", json!({}));
    settle(&[&app]);
    assert_eq!(alice.finds("bob@b.example")["display_name"], "Robert");
    assert!(
        app.count("SELECT count(*) AS n FROM accounts WHERE username = 'bob' AND display_name = 'Robert'")
            == 1
    );
}
