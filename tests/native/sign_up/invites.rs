//! Invitations.

use serde_json::json;

use super::{client, fill, from, instance, owner, set, text};
use crate::app::{DAY, TestApp};
use crate::browser::Browser;

const HERE: &str = "/settings/invites";

fn invites(browser: &Browser, fields: &[(&str, &str)]) -> u16 {
    browser.submit(HERE, HERE, fields).status
}

fn code(app: &TestApp) -> String {
    let rows = pollster::block_on(
        app.db
            .query(sori::platform::sql::Statement::new("SELECT code FROM invites ORDER BY id DESC LIMIT 1")),
    );
    // The next one has a later moment: ids of one millisecond have no order.
    app.clock.advance(1000);
    rows.unwrap()[0].text("code").unwrap()
}

#[test]
fn somebody_comes_by_a_link_and_follows_who_invites() {
    let app = instance("invite");
    let alice = app.person("alice");
    let browser = Browser::of(&alice);
    assert_eq!(
        invites(
            &browser,
            &[("uses", "1"), ("lasts", "86400"), ("is_followed", "1"), ("comment", "<b>for</b> dora")]
        ),
        303
    );
    let page = browser.get(HERE, "en");
    let code = code(&app);
    assert!(
        page.contains(&format!("https://a.example/invite/{code}"))
            && page.contains("&lt;b&gt;for&lt;/b&gt; dora"),
        "{page}"
    );
    let stranger = Browser::new(&app);
    let led = stranger.page(&format!("/invite/{code}"));
    assert_eq!(led.header("location"), Some(format!("/sign_up?invite={code}").as_str()));
    assert_eq!(stranger.page("/sign_up").status, 403);
    let done = fill(&stranger, &format!("/sign_up?invite={code}"), "dora", &[]);
    assert_eq!((done.status, done.header("location")), (303, Some("/welcome/people")), "{}", text(&done));
    assert_eq!(stranger.status("/home"), 200);
    assert_eq!(app.count("SELECT count(*) AS n FROM follows WHERE target_id = (SELECT id FROM accounts WHERE username = 'alice')"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM users WHERE invite_id = (SELECT id FROM invites)"), 1);
    // It was for one.
    assert_eq!(stranger.page(&format!("/invite/{code}")).status, 404);
    assert_eq!(from(&app, "192.0.2.7", &client(&app), "emil", json!({"invite_code": code})).0, 403);
    assert!(browser.get(HERE, "en").contains("ended"));
}

#[test]
fn an_app_asks_whether_an_invitation_is_one() {
    let app = instance("invite");
    assert_eq!(invites(&Browser::of(&app.person("alice")), &[("uses", ""), ("lasts", "")]), 303);
    let asks = |code: &str| {
        let mut request = sori::http::request::Request {
            method: "GET".into(),
            path: format!("/invite/{code}"),
            ..Default::default()
        };
        request.headers.add("accept", "application/json");
        let answer = app.send(request);
        (answer.status, super::read(&answer))
    };
    let code = code(&app);
    assert_eq!(
        asks(&code),
        (200, json!({"invite_code": code, "instance_api_url": "https://a.example/api/v2/instance"}))
    );
    assert_eq!(asks("nothing").0, 401);
}

#[test]
fn the_last_use_of_a_link_is_one_persons_however_many_come_at_once() {
    let app = instance("invite");
    assert_eq!(invites(&Browser::of(&app.person("alice")), &[("uses", "1"), ("lasts", "")]), 303);
    let code = code(&app);
    let event = app.ready();
    let comes = |name: &'static str, ip: &str| {
        let (typed, event) = (
            sori::services::sign_up::Typed {
                username: name.into(),
                password: crate::app::PASSWORD.into(),
                locale: "en".into(),
                invite_code: code.clone(),
                agrees: true,
                ..Default::default()
            },
            &event,
        );
        let from = sori::services::sign_up::From {
            address: sori::model::address::Address::parse(ip),
            app_id: None,
            is_tested: true,
            needs_email: false,
        };
        async move { sori::services::sign_up::sign_up(event, &typed, &from, &event.primary()).await.is_ok() }
    };
    let both = pollster::block_on(crate::app::together(vec![
        Box::pin(comes("dora", "192.0.2.1")),
        Box::pin(comes("emil", "192.0.3.1")),
    ]));
    assert_eq!(both.iter().filter(|came| **came).count(), 1);
    assert_eq!(app.count("SELECT uses AS n FROM invites"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE username IN ('dora', 'emil')"), 1);
}

#[test]
fn an_invitation_spares_the_approval_where_it_may() {
    let app = instance("approval");
    let alice = Browser::of(&app.person("alice"));
    // Who is no staff may not say so.
    assert_eq!(invites(&alice, &[("uses", ""), ("lasts", ""), ("skips_approval", "1")]), 303);
    let of_alice = code(&app);
    let token = client(&app);
    let count = || app.count("SELECT count(*) AS n FROM applications");
    // No reason is asked of who was invited.
    assert_eq!(from(&app, "10.0.1.1", &token, "dora", json!({"invite_code": of_alice, "reason": ""})).0, 200);
    assert_eq!(count(), 1);
    assert_eq!(invites(&owner(&app), &[("uses", ""), ("lasts", ""), ("skips_approval", "1")]), 303);
    assert_eq!(from(&app, "10.0.2.1", &token, "emil", json!({"invite_code": code(&app)})).0, 200);
    assert_eq!(count(), 1);
    set(&app, "invites_skip_approval", "on");
    assert_eq!(from(&app, "10.0.3.1", &token, "fritz", json!({"invite_code": of_alice})).0, 200);
    assert_eq!(count(), 1);
    // Where sign-up is closed nobody comes.
    set(&app, "registrations", "closed");
    assert_eq!(from(&app, "10.0.4.1", &token, "gerd", json!({"invite_code": of_alice})).0, 403);
}

#[test]
fn invitations_end_in_time_by_who_made_them_by_staff_and_with_who_made_them() {
    let app = instance("invite");
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let (a, b) = (Browser::of(&alice), Browser::of(&bob));
    let make = || {
        assert_eq!(invites(&a, &[("uses", "5"), ("lasts", "1800")]), 303);
        (code(&app), app.count("SELECT max(id) AS n FROM invites").to_string())
    };
    let is_usable = |code: &str| Browser::new(&app).page(&format!("/invite/{code}")).status == 303;
    let (first, id) = make();
    assert!(is_usable(&first));
    assert!(!b.get(HERE, "en").contains(&first));
    assert_eq!(invites(&b, &[("end", &id)]), 404);
    assert!(is_usable(&first));
    assert_eq!(invites(&a, &[("end", &id)]), 303);
    assert!(!is_usable(&first));
    let (second, id) = make();
    assert!(owner(&app).get(HERE, "en").contains(&second));
    assert_eq!(invites(&owner(&app), &[("end", &id)]), 303);
    assert!(!is_usable(&second));
    let (third, _) = make();
    app.clock.advance(DAY);
    assert!(!is_usable(&third));
    let (fourth, _) = make();
    app.db.run("UPDATE accounts SET suspended_at = 1 WHERE username = 'alice'");
    assert!(!is_usable(&fourth));
    // There are not any number of them.
    app.db.run("UPDATE accounts SET suspended_at = NULL WHERE username = 'alice'");
    for _ in 0..sori::services::invites::MOST {
        app.clock.advance(1);
        invites(&a, &[("uses", ""), ("lasts", "")]);
    }
    assert_eq!(invites(&a, &[("uses", ""), ("lasts", "")]), 422);
    assert_eq!(app.request("GET", HERE, None, None).status, 303);
}
