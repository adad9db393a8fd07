//! Every route and page of staff, with every permission alone and with all others: allowed for the one that it asks for, and refused
//! without it.

use serde_json::json;
use sori::http::handler::Access;
use sori::model::role::{Permission, Role, RoleId};
use sori::routes;
use sori::store;

use super::moderation::staff;
use crate::support::app::{Person, TestApp};
use crate::support::browser::Browser;

const EVERYTHING: u64 = (1 << 22) - 2;

/// A person with a role of exactly these permissions, and a token with the scopes of staff.
fn with(app: &TestApp, name: &str, id: i64, permissions: u64) -> Person {
    let role = Role {
        id: RoleId(id),
        name: name.into(),
        permissions: Permission(permissions),
        position: 50,
        ..Role::default()
    };
    pollster::block_on(store::write(&app.db, vec![store::roles::store(&role, 100)])).unwrap();
    app.ready().shared.forget_site();
    staff(app, name, id)
}

/// What everybody may do is taken away, so that a role has what it says.
fn bare() -> TestApp {
    let app = TestApp::alone();
    let nothing = Role { id: RoleId::EVERYONE, position: -1, ..Role::default() };
    pollster::block_on(store::write(&app.db, vec![store::roles::store(&nothing, 100)])).unwrap();
    app.ready().shared.forget_site();
    app
}

#[test]
fn each_route_of_the_api_asks_for_its_permission_and_no_other() {
    let app = bare();
    let mut routes = Vec::new();
    for (_, route) in routes::all() {
        if let Access::Staff(scope, permission, _) = route.access {
            routes.push((route.method, route.pattern, scope, permission));
        }
    }
    let is_admin = |pattern: &str| pattern.contains("/admin/");
    assert!(routes.iter().filter(|(_, pattern, ..)| is_admin(pattern)).count() > 30);
    let mut wrong = Vec::new();
    let nobody = with(&app, "nobody", 900, 0);
    for (n, bit) in (1..22).map(|n| (n, 1_u64 << n)) {
        let mine: Vec<_> = routes.iter().filter(|(.., permission)| permission.0 == bit).collect();
        if mine.is_empty() {
            continue;
        }
        let alone = with(&app, &format!("alone{n}"), 1000 + n, bit);
        let others = with(&app, &format!("others{n}"), 2000 + n, EVERYTHING & !bit);
        for (method, pattern, scope, _) in mine {
            assert!(scope.starts_with("admin:"), "{pattern}");
            let path = pattern
                .split('{')
                .map(|part| part.split_once('}').map_or(part.to_owned(), |(_, rest)| format!("1{rest}")))
                .collect::<String>();
            let status =
                |person: &Person| person.call(method, &path, (*method != "GET").then(|| json!({}))).status;
            for (who, person, is_refused) in
                [("alone", &alone, false), ("others", &others, true), ("nobody", &nobody, true)]
            {
                let answer = status(person);
                if (answer == 403) != is_refused || answer >= 500 {
                    wrong.push(format!("{method} {path} {who} {n}: {answer}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_page_of_staff_is_closed_without_its_permission() {
    let app = bare();
    // What is there only where there is mail is for everybody.
    app.mail.is_there.set(true);
    app.vars.borrow_mut().push(("MAIL_FROM", "sori@a.example"));
    app.restart();
    let (nobody, admin) = (with(&app, "nobody", 900, 0), with(&app, "chief", 901, 1));
    let (of_nobody, of_admin) = (Browser::of(&nobody), Browser::of(&admin));
    let pages: Vec<&str> = routes::all()
        .into_iter()
        .filter(|(_, route)| {
            route.method == "GET" && route.pattern.starts_with("/settings/") && !route.pattern.contains('{')
        })
        .map(|(_, route)| route.pattern)
        .collect();
    let closed: Vec<&str> = pages.iter().copied().filter(|page| of_nobody.status(page) == 404).collect();
    assert!(closed.len() > 15, "{closed:?}");
    let mut opens = vec![Vec::new(); closed.len()];
    for n in 1..22 {
        let alone = Browser::of(&with(&app, &format!("alone{n}"), 1000 + n, 1 << n));
        // An address opens six hundred pages in five minutes.
        app.clock.advance(6 * 60_000);
        for (page, by) in closed.iter().zip(&mut opens) {
            match alone.status(page) {
                200 => by.push(n),
                404 => {}
                other => panic!("{page} with {n}: {other}"),
            }
        }
    }
    for (page, by) in closed.iter().zip(&opens) {
        assert_eq!(of_admin.status(page), 200, "{page}");
        assert_eq!(by.len(), 1, "{page} opens with {by:?}");
    }
}
