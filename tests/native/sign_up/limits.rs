//! Waves of sign-ups, and a server that nobody looks after.

use serde_json::json;
use sori::model::spam::{Action, Kind};
use sori::services;

use super::{applies, client, from, instance, owner, set};
use crate::app::DAY;
use crate::browser::Browser;

#[test]
fn a_wave_from_many_addresses_is_bounded_by_the_day_and_one_network_by_less() {
    let app = instance("approval");
    set(&app, "sign_ups_a_day", "15");
    let token = client(&app);
    let come = |ip: String, n: usize| from(&app, &ip, &token, &format!("dora{n}"), json!({})).0;
    // One network: the addresses of it count together.
    let of_one: Vec<u16> = (0..20).map(|n| come(format!("192.0.2.{}", n + 1), n)).collect();
    assert_eq!(of_one.iter().filter(|status| **status == 200).count(), 10);
    assert_eq!(of_one[19], 429);
    // Many networks: the day.
    let of_many: Vec<u16> = (0..40).map(|n| come(format!("10.{n}.0.1"), 100 + n)).collect();
    assert_eq!(of_many.iter().filter(|status| **status == 200).count(), 5);
    assert_eq!(app.count("SELECT count(*) AS n FROM applications"), 15);
    // What is refused hashes no password, and writes at most the count of its network.
    from(&app, "10.200.0.1", &token, "late", json!({}));
    let cost = *app.whole_cost.borrow();
    assert!(cost.rows_written <= 2, "{cost:?}");
    from(&app, "192.0.2.250", &token, "late", json!({}));
    assert_eq!(app.whole_cost.borrow().rows_written, 0);
    app.clock.advance(DAY);
    assert_eq!(come("10.99.0.1".into(), 500), 200);
}

#[test]
fn what_is_taken_is_found_out_no_faster_than_one_signs_up() {
    let app = instance("open");
    applies(&app, "dora");
    let token = client(&app);
    let tries: Vec<u16> = (0..14)
        .map(|n| {
            from(&app, &format!("192.0.2.{}", n + 1), &token, "emil", json!({"email": "dora@mail.example"})).0
        })
        .collect();
    assert_eq!((tries[0], tries[9], tries[10]), (422, 422, 429));
}

#[test]
fn what_is_refused_takes_nothing_of_the_day() {
    let app = instance("approval");
    set(&app, "sign_ups_a_day", "3");
    applies(&app, "dora");
    crate::spam::rule(&app, Kind::Word, "casino", true, Action::Refuse);
    let token = client(&app);
    for n in 0..30 {
        let ip = format!("10.{n}.0.1");
        assert_eq!(from(&app, &ip, &token, "emil", json!({"email": "dora@mail.example"})).0, 422);
        assert_eq!(from(&app, &ip, &token, &format!("x{n}"), json!({"reason": "my casino"})).0, 403);
    }
    assert_eq!(from(&app, "192.0.2.1", &token, "frida", json!({})).0, 200);
    // Of its network it does.
    let tries: Vec<u16> = (0..11)
        .map(|n| {
            from(&app, &format!("10.77.0.{n}"), &token, &format!("y{n}"), json!({"reason": "my casino"})).0
        })
        .collect();
    assert_eq!((tries[9], tries[10]), (403, 429));
}

#[test]
fn open_sign_up_needs_approval_again_where_nobody_of_the_staff_was_here_for_a_week() {
    let app = instance("open");
    let watch = || pollster::block_on(services::sign_up::watch(&app.ready())).unwrap();
    let mode = || super::read(&app.fetch("/api/v2/instance"))["registrations"]["approval_required"].clone();
    watch();
    // People who are no staff do not count.
    app.clock.advance(6 * DAY);
    app.restart();
    app.person("alice").get("/api/v1/timelines/home");
    watch();
    assert_eq!(mode(), false);
    let boss = owner(&app);
    boss.get("/home", "en");
    app.clock.advance(7 * DAY);
    app.restart();
    watch();
    assert_eq!(mode(), false);
    // Staff in an app count as well.
    app.person("owner").get("/api/v1/timelines/home");
    app.clock.advance(7 * DAY);
    app.restart();
    watch();
    assert_eq!(mode(), false);
    app.person("alice").get("/api/v1/timelines/home");
    Browser::of(&app.person("alice")).get("/home", "en");
    app.clock.advance(2 * DAY);
    app.restart();
    watch();
    assert_eq!(mode(), true);
    let page = boss.get("/settings/site", "en");
    assert!(page.contains("went back to approval"));
    let done = boss.submit(
        "/settings/site",
        "/settings/site",
        &[("do", "sign_up"), ("mode", "open"), ("a_day", "50")],
    );
    assert_eq!(done.status, 303);
    assert_eq!(mode(), false);
    assert!(!boss.get("/settings/site", "en").contains("went back to approval"));
    watch();
    assert_eq!(mode(), false);
}

#[test]
fn what_fails_unforeseen_is_said_to_be_nothing_else() {
    let app = instance("open");
    let token = client(&app);
    let broken = |how: &str, name: &str| {
        app.db.run(&format!(
            "CREATE TRIGGER broken BEFORE INSERT ON users BEGIN SELECT RAISE(ABORT, '{how}'); END"
        ));
        let answer = from(&app, "192.0.2.1", &token, name, json!({}));
        app.db.run("DROP TRIGGER broken");
        (answer.0, answer.1["error"].as_str().unwrap_or_default().to_owned())
    };
    let first = "Something else came first; try again".to_owned();
    assert_eq!(broken("UNIQUE constraint failed: users.id", "dora"), (409, first));
    assert_eq!(broken("a fault", "dora").0, 500);
    assert_eq!(from(&app, "192.0.2.1", &token, "dora", json!({})).0, 200);
}

#[test]
fn that_the_staff_is_here_is_noted_once() {
    let app = instance("open");
    let boss = app.person("owner");
    let statements = |n: usize| -> Vec<u32> {
        (0..n)
            .map(|_| {
                boss.get("/api/v1/timelines/home");
                app.cost.borrow().statements
            })
            .collect()
    };
    let plain = statements(3);
    app.clock.advance(DAY);
    app.restart();
    let first = statements(3);
    assert!(first[0] > plain[2], "{first:?} {plain:?}");
    assert_eq!(first[1..], [plain[2]; 2], "in the same minute, in the same isolate");
}

#[test]
fn the_operator_says_who_signs_up_and_what_is_asked() {
    let app = instance("closed");
    let boss = owner(&app);
    let send = |fields: &[(&str, &str)]| boss.submit("/settings/site", "/settings/site", fields).status;
    let all = [
        ("do", "sign_up"),
        ("mode", "invite"),
        ("reason", "1"),
        ("skip", "1"),
        ("min_age", "18"),
        ("a_day", "7"),
        ("message", "Come <back> later"),
    ];
    assert_eq!(send(&all), 303);
    app.restart();
    let told = super::read(&app.fetch("/api/v2/instance"))["registrations"].clone();
    assert_eq!((&told["min_age"], &told["message"]), (&json!(18), &json!("<p>Come &lt;back&gt; later</p>")));
    let closed = Browser::new(&app).page("/sign_up");
    assert!(super::text(&closed).contains("Come &lt;back&gt; later"));
    for (at, wrong) in
        [(4, ("min_age", "x")), (4, ("min_age", "500")), (5, ("a_day", "")), (5, ("a_day", "-1"))]
    {
        let mut fields = all;
        fields[at] = wrong;
        assert_eq!(send(&fields), 422, "{wrong:?}");
    }
    let long = "x".repeat(1001);
    let mut fields = all;
    fields[6] = ("message", &long);
    assert_eq!(send(&fields), 422);
    assert_eq!(app.count("SELECT count(*) AS n FROM audit_log WHERE label = 'registrations'"), 1);
}

/// To make one takes more time than a request has.
#[test]
fn who_signs_up_gets_the_key_that_was_made_in_advance() {
    let app = instance("open");
    let spare = || app.count("SELECT count(*) FROM keys WHERE account_id IS NULL");
    pollster::block_on(services::keys::keep_spare(&app.ready())).unwrap();
    let (before, all) = (spare(), app.count("SELECT count(*) FROM keys"));
    app.person("dora");
    assert_eq!((spare(), app.count("SELECT count(*) FROM keys")), (before - 1, all));
}

/// Whatever was read before: the address may have been taken meanwhile.
#[test]
fn an_address_for_mails_is_of_one_person() {
    use services::register::{NewUser, create};
    let app = instance("open");
    let event = app.ready();
    let new = |name: &str| NewUser {
        username: name.into(),
        email: Some("dora@mail.example".into()),
        password: "a fine long password".into(),
        locale: "en".into(),
        role: sori::model::role::RoleId::EVERYONE,
    };
    pollster::block_on(create(&event, new("dora"), &event.primary())).unwrap();
    let refused = pollster::block_on(create(&event, new("emil"), &event.primary())).unwrap_err();
    assert_eq!(refused.public_message(), "Validation failed: email has already been taken");
    assert_eq!(app.count("SELECT count(*) FROM accounts WHERE username = 'emil'"), 0);
}
