//! What an attacker tries of sign-in, links for lost passwords, addresses and limits: each was possible before.

use std::cell::RefCell;
use std::pin::Pin;

use serde_json::json;
use sori::error::Result;
use sori::http::response::Response;
use sori::services;
use sori::store;

use crate::app::{DAY, MINUTE, PASSWORD, Person, TestApp, people, settle, together};
use crate::authenticator::confirm;
use crate::browser::Browser;

const NEW: &str = "another horse battery";

fn text(response: &Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

/// Alice is an administrator; Bob has an address; there is mail.
fn mailed() -> (TestApp, Person, Person) {
    let (app, alice, bob) = people();
    app.db.run(
        "UPDATE users SET role_id = 2 WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')",
    );
    app.db.run("UPDATE users SET email = 'bob@mail.example' WHERE account_id = (SELECT id FROM accounts WHERE username = 'bob')");
    app.mail.is_there.set(true);
    app.vars.borrow_mut().push(("MAIL_FROM", "sori@a.example"));
    app.restart();
    (app, alice, bob)
}

/// A browser of somebody who has just confirmed that it is them.
fn confirmed(person: &Person) -> Browser {
    let browser = Browser::of(person);
    confirm(&browser, PASSWORD);
    browser
}

fn asks(app: &TestApp, address: &str, from: &str) -> u16 {
    app.restart();
    let page = Browser::at(app, from).submit("/reset", "/reset", &[("email", address)]);
    settle(&[app]);
    page.status
}

fn to(app: &TestApp, address: &str) -> usize {
    app.mail.sent.borrow().iter().filter(|mail| mail.to == address).count()
}

/// A stranger asks for spellings of Bob's address that nobody has: no mail goes out, and Bob can ask for none that day.
#[test]
fn spellings_that_nobody_has_lock_nobody_out_of_a_reset() {
    let (app, ..) = mailed();
    for n in 0..3 {
        assert_eq!(asks(&app, &format!("bob+{n}@mail.example"), "203.0.113.1"), 200);
    }
    assert_eq!(app.mail.sent.borrow().len(), 0);
    let own = asks(&app, "bob@mail.example", "192.0.2.1");
    assert_eq!((own, to(&app, "bob@mail.example")), (200, 1), "bob is locked out by mails that nobody got");
}

/// The same with another person's address, which differs by a dot.
#[test]
fn two_people_whose_addresses_differ_by_a_dot_do_not_share_resets() {
    let (app, ..) = mailed();
    app.db.run("UPDATE users SET email = 'b.ob@mail.example' WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')");
    for _ in 0..3 {
        asks(&app, "b.ob@mail.example", "203.0.113.1");
    }
    assert_eq!(asks(&app, "bob@mail.example", "192.0.2.1"), 200);
}

/// A network that has had enough of the day goes on counting addresses: rows without end, and any address is locked.
#[test]
fn a_network_that_had_enough_counts_nothing_more() {
    let (app, ..) = mailed();
    for n in 0..20 {
        assert_eq!(asks(&app, &format!("x{n}@mail.example"), "203.0.113.1"), 200);
    }
    assert_eq!(asks(&app, "y@mail.example", "203.0.113.1"), 429);
    let rows = || app.count("SELECT count(*) AS n FROM budgets WHERE subject LIKE 'resets %'");
    let before = rows();
    for n in 0..30 {
        assert_eq!(asks(&app, &format!("z{n}@mail.example"), "203.0.113.1"), 429);
    }
    for _ in 0..3 {
        assert_eq!(asks(&app, "bob@mail.example", "203.0.113.2"), 429);
    }
    let own = asks(&app, "bob@mail.example", "192.0.2.1");
    // One for his network and one for his address.
    assert_eq!((rows() - before, own), (2, 200), "rows written by a refused network, and Bob's own try");
}

fn staff_link(by: &Browser, handle: &str, fields: &[(&str, &str)]) -> (u16, String) {
    let mut all = vec![("handle", handle)];
    all.extend(fields);
    let page = by.submit("/settings/reset", "/settings/reset", &all);
    let html = text(&page);
    let link = html.split("https://a.example/reset/").nth(1).and_then(|rest| rest.split('<').next());
    (page.status, format!("/reset/{}", link.unwrap_or("none")))
}

/// A stranger ends the link that staff has made for somebody (with the second step, which a mailed one does not end).
#[test]
fn a_stranger_does_not_end_a_link_that_staff_has_made() {
    let (app, alice, _) = mailed();
    let (_, link) = staff_link(&confirmed(&alice), "bob", &[("second", "1")]);
    assert_eq!(Browser::new(&app).status(&link), 200);
    asks(&app, "bob@mail.example", "203.0.113.1");
    assert_eq!(Browser::new(&app).status(&link), 200, "gone by what a stranger did");
}

/// ... whatever mails there were that day.
#[test]
fn a_link_is_not_replaced_by_one_that_is_never_sent() {
    let (app, alice, _) = mailed();
    let event = app.ready();
    for n in 0..6 {
        pollster::block_on(services::mail::send(&event, &format!("bob+{n}@mail.example"), "x", "x")).unwrap();
    }
    pollster::block_on(sori::jobs::run::after_response(&event));
    settle(&[&app]);
    let (_, link) = staff_link(&confirmed(&alice), "bob", &[]);
    let status = asks(&app, "bob@mail.example", "203.0.113.1");
    let sent = to(&app, "bob@mail.example");
    let link = Browser::new(&app).status(&link);
    // What staff has made stays, so that there is nothing to be mailed.
    assert!(status == 200 && sent == 0 && link == 200, "asked {status}, mails {sent}, link of staff {link}");
}

/// The rank of the person is asked when the link is made, not when it is used.
#[test]
fn a_link_ends_where_its_person_is_not_below_its_maker_any_more() {
    let (app, alice, bob) = mailed();
    let (_, link) = staff_link(&confirmed(&alice), "bob", &[("second", "1")]);
    let owner = app.account("owner");
    let user = pollster::block_on(store::load(&app.db, store::users::by_account(owner.id))).unwrap().unwrap();
    let role = sori::model::role::RoleId::ADMIN;
    pollster::block_on(services::staff::set_role(&app.ready(), &user, bob.id, role)).unwrap();
    app.restart();
    let (made, _) = staff_link(&confirmed(&alice), "bob", &[]);
    assert_eq!(made, 403);
    assert_eq!(Browser::new(&app).status(&link), 404, "an administrator takes over another one");
}

/// Whoever sits at the owner's screen takes the account over without a password: the second step ends as well.
#[test]
fn the_owners_open_session_is_not_enough_for_another_password() {
    let (app, ..) = mailed();
    let thief = Browser::of(&app.person("owner"));
    confirm(&thief, PASSWORD);
    thief.submit("/settings/security", "/settings/security", &[("do", "begin")]);
    app.db.run("UPDATE second_steps SET is_on = 1");
    app.clock.advance(16 * MINUTE);
    let off = thief.submit("/settings/security", "/settings/security", &[("do", "off")]);
    assert_eq!(off.status, 403);
    let (status, link) = staff_link(&thief, "owner", &[("second", "1")]);
    let browser = Browser::new(&app);
    let page = browser.page(&link);
    let done = if page.status == 200 { browser.fill(&page, &[("new", NEW), ("all", "1")]).status } else { 0 };
    let signed_in = Browser::new(&app).sign_in("owner", NEW, "/").status;
    assert_ne!((status, done, signed_in), (200, 200, 303), "taken over without the password");
}

/// Between the look-up of the address and the link, the address is changed: the former one gets a link that works.
#[test]
fn a_link_is_not_mailed_to_an_address_that_was_changed_in_between() {
    let (app, _, bob) = mailed();
    let (event, other) = (app.ready(), app.ready());
    let person =
        pollster::block_on(store::load(&event.db, store::users::by_account(bob.id))).unwrap().unwrap();
    app.db.set_slow(true);
    let asked: Pin<Box<dyn Future<Output = Result<()>>>> = Box::pin(services::reset::mail_to(
        &event,
        "bob@mail.example",
        sori::model::address::Address::parse("203.0.113.1"),
        "en",
    ));
    let changed: Pin<Box<dyn Future<Output = Result<()>>>> = Box::pin(async {
        // One trip later than the look-up.
        store::load(&other.db, store::users::email_of(person.person)).await?;
        store::write(
            &other.db,
            store::users::change_email(person.person, Some("bob@mail.example"), "new@mail.example"),
        )
        .await
        .map(|_| ())
    });
    for outcome in pollster::block_on(together(vec![changed, asked])) {
        outcome.unwrap();
    }
    app.db.set_slow(false);
    pollster::block_on(sori::jobs::run::after_response(&event));
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM users WHERE email = 'new@mail.example'"), 1);
    let sent = app.mail.sent.borrow().clone();
    let links: Vec<u16> = sent
        .iter()
        .filter(|mail| mail.to == "bob@mail.example")
        .filter_map(|mail| {
            mail.text.split("https://a.example").nth(1)?.split_whitespace().next().map(str::to_owned)
        })
        .map(|link| Browser::new(&app).status(&link))
        .collect();
    assert!(!links.contains(&200), "{links:?}");
}

/// Who has a session and the password keeps the warning from the old address: its mails of the day are used up first.
#[test]
fn the_old_address_is_told_whatever_else_it_got_today() {
    let (app, _, bob) = mailed();
    let thief = Browser::of(&bob);
    confirm(&thief, PASSWORD);
    for n in 0..6 {
        let email = format!("bob+{n}@mail.example");
        assert_eq!(thief.submit("/settings/email", "/settings/email", &[("email", &email)]).status, 303);
        settle(&[&app]);
    }
    thief.submit("/settings/email", "/settings/email", &[("email", "thief@evil.example")]);
    settle(&[&app]);
    let mail = app.mail.sent.borrow().last().unwrap().clone();
    assert_eq!(mail.to, "thief@evil.example");
    let link =
        mail.text.split("https://a.example").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    assert_eq!(thief.submit(&link, &link, &[]).status, 303);
    settle(&[&app]);
    assert_eq!(to(&app, "bob@mail.example"), 1, "nobody told Bob");
}

/// Each sign-in gives a browser that is counted by itself, whatever its address: with one account there is no limit by address.
#[test]
fn browsers_that_have_signed_in_are_no_way_around_the_limit_of_an_address() {
    let (app, _, bob) = mailed();
    let ip = "203.0.113.1";
    let browsers: RefCell<Vec<Browser>> = RefCell::default();
    for _ in 0..20 {
        let browser = Browser::at(&app, ip);
        if browser.sign_in(&bob.name, PASSWORD, "/").status == 303 {
            browser.forget_cookie("__Host-sori");
            browsers.borrow_mut().push(browser);
        }
    }
    let (mut answered, mut sent) = (0, 0);
    for browser in browsers.borrow().iter() {
        let token = browser.token("/reset");
        for n in 0..24 {
            let body = format!("form={token}&email=q{n}.{}@{}.example", sent, sent);
            sent += 1;
            // The network has its twenty; each request beyond them still writes a row, so it has passed the limit of the route.
            browser.send("POST", "/reset", &body, "en");
            answered += u32::from(app.cost.borrow().rows_written > 0);
        }
    }
    assert!(answered <= 125, "{answered} requests of one address within five minutes have written");
}

/// Invitations that are ended make room for others: one person stores any number of them, each with a comment, for a month.
#[test]
fn invitations_are_bounded_also_where_they_are_ended() {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    let token = browser.token("/settings/invites");
    for n in 0..400 {
        if n % 50 == 0 {
            app.clock.advance(5 * MINUTE);
        }
        let body = format!("form={token}&do=make&comment={}", "x".repeat(500));
        let made = browser.send("POST", "/settings/invites", &body, "en").status;
        if made != 303 {
            break;
        }
        let id = app.count("SELECT max(id) AS n FROM invites");
        assert_eq!(
            browser.send("POST", "/settings/invites", &format!("form={token}&end={id}"), "en").status,
            303
        );
        app.clock.advance(1);
    }
    let stored = app.count("SELECT count(*) AS n FROM invites");
    assert_eq!(stored, 300, "three times as many as may be open");
}

/// A member of staff changes what a report about themselves is about.
#[test]
fn nobody_changes_a_report_about_themselves() {
    let (app, alice, bob) = people();
    app.db.run(
        "UPDATE users SET role_id = 1 WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')",
    );
    app.restart();
    bob.post(
        "/api/v1/reports",
        json!({"account_id": alice.id.to_string(), "category": "legal", "comment": "bad"}),
    );
    let id = app.count("SELECT max(id) AS n FROM reports");
    let event = app.ready();
    let (step, update) = pollster::block_on(async {
        let user = store::load(&event.db, store::users::by_account(alice.id)).await.unwrap().unwrap();
        let id = sori::model::id::Id(id);
        let step =
            services::report_handling::step(&event, &user, id, services::report_handling::Step::Resolve)
                .await;
        (step.is_ok(), services::report_handling::update(&event, &user, id, Some("spam"), None).await.is_ok())
    });
    assert_eq!((step, update), (false, false));
}

/// A file that was stored is counted, whatever is wrong with what stands beside it.
#[test]
fn files_of_refused_forms_are_counted() {
    let (app, alice, _) = people();
    let png = app_picture();
    let deep = "a[b][c][d][e][f][g][h][i][j][k]";
    let mut stored = 0;
    for n in 0..60 {
        if n == 30 {
            app.clock.advance(31 * MINUTE);
        }
        let parts: [(&str, Option<&str>, &[u8]); 2] = [("file", Some("a.png"), &png), (deep, None, b"x")];
        let answer = app.send_form("POST", "/api/v2/media", Some(&alice.token), &parts);
        assert_ne!(answer.status, 200);
        stored += app.cost.borrow().blob_writes;
    }
    let day = app.clock.now().0 / DAY;
    let person = {
        let event = app.ready();
        pollster::block_on(store::load(&event.db, store::users::by_account(alice.id)))
            .unwrap()
            .unwrap()
            .person
    };
    let shared = app.shared.borrow().clone();
    let counted = shared.personal.borrow_mut().of(day, person, sori::model::ledger::Measure::FileWrites);
    assert_eq!(counted, i64::from(stored), "counted and stored");
}

fn app_picture() -> Vec<u8> {
    crate::api::media::png(8, 6)
}

/// A form that was given to one browser before a sign-in, a link by another's Host, other methods: nothing that is new.
#[test]
fn reset_links_do_not_follow_the_host_header() {
    let (app, ..) = mailed();
    let browser = Browser::at(&app, "203.0.113.1");
    let token = browser.token("/reset");
    let mut request = sori::http::request::Request {
        method: "POST".into(),
        path: "/reset".into(),
        body: format!("form={token}&email=bob@mail.example").into_bytes(),
        ..Default::default()
    };
    request.headers.add("host", "evil.example");
    request.headers.add("x-forwarded-host", "evil.example");
    let cookies: Vec<String> = browser.jar.borrow().iter().map(|(n, v)| format!("{n}={v}")).collect();
    request.headers.add("cookie", cookies.join("; "));
    request.headers.add("content-type", "application/x-www-form-urlencoded");
    assert_eq!(app.send(request).status, 200);
    settle(&[&app]);
    let mail = app.mail.sent.borrow()[0].clone();
    assert!(!mail.text.contains("evil.example") && mail.to == "bob@mail.example");
}

/// Control: the same without the bad field is counted.
#[test]
fn files_are_counted() {
    let (app, alice, _) = people();
    let png = app_picture();
    let parts: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("a.png"), &png)];
    assert_eq!(app.send_form("POST", "/api/v2/media", Some(&alice.token), &parts).status, 200);
    let day = app.clock.now().0 / DAY;
    let event = app.ready();
    let person = pollster::block_on(store::load(&event.db, store::users::by_account(alice.id)))
        .unwrap()
        .unwrap()
        .person;
    let shared = app.shared.borrow().clone();
    let counted = shared.personal.borrow_mut().of(day, person, sori::model::ledger::Measure::FileWrites);
    assert!(counted > 0);
}

/// An administrator makes a second identity, loses the role, and has it still.
#[test]
fn who_loses_a_role_loses_it_in_all_identities() {
    let (app, alice, _) = mailed();
    app.db.run("INSERT INTO settings (key, value) VALUES ('registrations', 'open') ON CONFLICT (key) DO UPDATE SET value = 'open'");
    app.restart();
    let browser = Browser::of(&alice);
    let made = browser.submit(
        "/settings/identities",
        "/settings/identities",
        &[("username", "alice2"), ("domain", "a.example")],
    );
    assert_eq!(made.status, 303, "{}", text(&made));
    let owner = Browser::of(&app.person("owner"));
    let page = format!("/settings/people/{}", alice.id);
    let done = owner.submit(&page, &page, &[("do", "role"), ("role", "-99")]);
    assert_eq!(done.status, 303, "{}", text(&done));
    app.restart();
    assert_eq!(Browser::of(&alice).status("/settings/people"), 404);
    let second = Browser::new(&app);
    second.sign_in("alice2", PASSWORD, "/");
    assert_eq!(second.status("/settings/people"), 404, "still an administrator");
}

/// A mailed link replaces the former one, so that a stranger ends the one that somebody is about to open.
#[test]
fn a_link_that_was_mailed_stays_good_when_a_stranger_asks_again() {
    let (app, ..) = mailed();
    asks(&app, "bob@mail.example", "192.0.2.1");
    let first = app.mail.sent.borrow()[0].text.clone();
    let link = first.split("https://a.example").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    asks(&app, "bob@mail.example", "203.0.113.9");
    assert_eq!(Browser::new(&app).status(&link), 200);
}

/// A thief signs in once as a new browser, then ten times more as one that is known: nothing is left of what tells of it.
#[test]
fn a_sign_in_of_a_new_browser_is_told_however_often_it_signs_in_again() {
    let (app, alice, _) = people();
    let own = Browser::of(&alice);
    app.clock.advance(MINUTE);
    let thief = Browser::at(&app, "203.0.113.1");
    thief.sign_in("alice", PASSWORD, "/");
    let told = || app.count("SELECT count(*) AS n FROM sign_ins WHERE is_new = 1");
    let shows = |browser: &Browser| text(&browser.page("/home")).contains("203.0.113") || told() > 0;
    assert_eq!((told(), shows(&own)), (1, true));
    for n in 0..10 {
        app.clock.advance(MINUTE / 2 + n);
        thief.forget_cookie("__Host-sori");
        assert_eq!(thief.sign_in("alice", PASSWORD, "/").status, 303, "{n}");
    }
    assert_eq!(told(), 1, "what the owner would be told of is gone");
}

/// Notes are about somebody who is there.
#[test]
fn notes_about_nobody_are_not_stored() {
    let (app, alice, _) = mailed();
    let browser = Browser::of(&alice);
    let page = format!("/settings/people/{}", alice.id);
    for n in 0..20 {
        let target = format!("/settings/people/{}", 1000 + n);
        browser.submit(&page, &target, &[("do", "note"), ("note", &"x".repeat(2000))]);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM moderation_notes"), 0);
}

/// A strike of a further identity is told by mail to the person's address.
#[test]
fn strikes_of_further_identities_are_told_by_mail() {
    let (app, _, bob) = mailed();
    let carol = app.person("carol");
    app.db.run(&format!(
        "UPDATE users SET person = (SELECT person FROM users WHERE account_id = {}) WHERE account_id = {}",
        bob.id, carol.id
    ));
    let owner = Browser::of(&app.person("owner"));
    let page = format!("/settings/people/{}", carol.id);
    let done = owner.submit(&page, &page, &[("do", "act"), ("action", "silence"), ("tell", "1")]);
    assert_eq!(done.status, 303);
    settle(&[&app]);
    assert_eq!(to(&app, "bob@mail.example"), 1);
}

/// A stranger with five networks uses up the mails of the whole server for a day: nobody gets a link to another password.
#[test]
fn strangers_do_not_use_up_the_mails_of_all() {
    let (app, ..) = mailed();
    app.db.run("INSERT INTO settings (key, value) VALUES ('registrations', 'open') ON CONFLICT (key) DO UPDATE SET value = 'open'");
    app.restart();
    let client = crate::sign_up::client(&app);
    for network in 0..5 {
        for n in 0..10 {
            let name = format!("q{network}x{n}");
            let ip = format!("10.{network}.0.{n}");
            let (status, said) = crate::sign_up::from(
                &app,
                &ip,
                &client,
                &name,
                json!({"email": format!("{name}@first.example")}),
            );
            assert_eq!(status, 200, "{said}");
            let token = said["access_token"].as_str().unwrap().to_owned();
            for letter in 0..20 {
                let mut request = sori::http::request::Request {
                    method: "POST".into(),
                    path: "/api/v1/emails/confirmations".into(),
                    ip: Some(format!("10.{network}.1.{}", n * 20 + letter)),
                    ..Default::default()
                };
                request.headers.add("authorization", format!("Bearer {token}"));
                request.headers.add("content-type", "application/json");
                request.body =
                    json!({"email": format!("{name}l{letter}@other.example")}).to_string().into_bytes();
                assert_eq!(app.send(request).status, 200);
            }
            settle(&[&app]);
        }
    }
    assert_eq!(asks(&app, "bob@mail.example", "192.0.2.1"), 200);
    assert_eq!(to(&app, "bob@mail.example"), 1, "after {} mails to nobody", app.mail.sent.borrow().len());
}

/// Who may block networks keeps out whoever is above them, by the other version of the protocol.
#[test]
fn an_administrator_does_not_lock_the_owner_out_by_a_block_of_everything() {
    let (app, alice, _) = mailed();
    let mut admin = Browser::at(&app, "2001:db8::1");
    admin.sign_in(&alice.name, PASSWORD, "/");
    admin.agent = None;
    let mut owner = Browser::of(&app.person("owner"));
    owner.ip = Some("192.0.2.1".into());
    assert_eq!(owner.status("/settings"), 200);
    let here = "/settings/sign-up-rules";
    let page = ["/settings/sign-up-rules", "/settings/sign_up_rules", "/settings/blocks", "/settings/signup"]
        .into_iter()
        .find(|path| admin.status(path) == 200);
    let here = page.unwrap_or(here);
    let fields = [("do", "network"), ("network", "0.0.0.0/0"), ("severity", "no_access"), ("lasts", "")];
    let done = admin.submit(here, here, &fields);
    app.restart();
    assert_eq!((done.status, owner.status("/settings")), (422, 200));
}

/// Staff turns somebody away, lets them in, and they open the link: at the same time, in every order.
#[test]
fn approval_refusal_and_the_link_at_the_same_time_make_no_error_of_ours() {
    use sori::error::Error;
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        for late in 0..3 {
            let (app, ..) = mailed();
            app.db.run("INSERT INTO settings (key, value) VALUES ('registrations', 'approval') ON CONFLICT (key) DO UPDATE SET value = 'approval'");
            app.restart();
            let boss = app.account("owner");
            crate::sign_up::applies(&app, "dora");
            settle(&[&app]);
            let id = sori::model::id::Id(app.count("SELECT max(id) AS n FROM applications"));
            let text = app.mail.sent.borrow().last().unwrap().text.clone();
            let token = text.split("/confirm/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
            let events = [app.ready(), app.ready(), app.ready()];
            app.db.set_slow(true);
            let mut all: Vec<Pin<Box<dyn Future<Output = Result<()>> + '_>>> = Vec::new();
            for (at, what) in order.into_iter().enumerate() {
                let (event, boss, token) = (&events[what], &boss, &token);
                all.push(Box::pin(async move {
                    for _ in 0..(if at == 0 { late } else { 0 }) {
                        store::load(&event.db, store::site::setting("title")).await?;
                    }
                    match what {
                        0 => services::applications::approve(event, boss, id).await,
                        1 => services::applications::confirm(event, token).await.map(|_| ()),
                        _ => services::applications::reject(event, boss, id).await.map(|_| ()),
                    }
                }));
            }
            for outcome in pollster::block_on(together(all)) {
                assert!(matches!(outcome, Ok(()) | Err(Error::NotFound)), "{order:?} {late}: {outcome:?}");
            }
            app.db.set_slow(false);
        }
    }
}

/// One account, one address, five minutes: each right password makes a browser that has a limit of its own.
#[test]
fn one_address_signs_in_no_more_often_than_its_limit() {
    let (app, _, bob) = mailed();
    let ip = "203.0.113.1";
    let names = [bob.name.clone(), "bob@mail.example".to_owned()];
    let mut jars: Vec<(std::collections::BTreeMap<String, String>, usize)> = vec![Default::default()];
    let (mut done, mut rows, mut at) = (0, 0, 0);
    while done < 300 && at < jars.len() {
        for _ in 0..24 {
            let browser = Browser::at(&app, ip);
            *browser.jar.borrow_mut() = jars[at].0.clone();
            let other = jars[at].1;
            if browser.sign_in(&names[other], PASSWORD, "/").status != 303 {
                break;
            }
            done += 1;
            rows += app.whole_cost.borrow().rows_written;
            browser.forget_cookie("__Host-sori");
            jars.push((browser.jar.borrow().clone(), 1 - other));
            if done >= 300 {
                break;
            }
        }
        at += 1;
    }
    assert!(done <= 125, "{done} sign-ins of one address at one moment, {rows} rows written");
}

fn use_up(app: &TestApp, person: &Person) {
    let day = app.clock.now().0 / DAY;
    app.db.run(&format!(
        "INSERT INTO budgets (subject, day, written) SELECT 'person ' || person || ' rows_written', {day}, 50000 FROM users \
         WHERE account_id = {} ON CONFLICT (subject) DO UPDATE SET written = excluded.written",
        person.id
    ));
    // This isolate learns of it.
    for n in 0..70 {
        let post = person.call("POST", "/api/v1/statuses", Some(json!({"status": format!("fern {n}")})));
        if post.status == 429 {
            return;
        }
    }
    panic!("not used up");
}

/// Who has used up their share of a day goes on writing by pages of settings.
#[test]
fn pages_of_settings_do_not_write_beyond_the_share_of_a_day() {
    let (app, alice, bob) = people();
    bob.follows(&alice);
    use_up(&app, &alice);
    let browser = Browser::of(&alice);
    let mut written = 0;
    let (mut invites, mut profiles) = (0, 0);
    for n in 0..100 {
        if n % 20 == 0 {
            app.clock.advance(5 * MINUTE);
        }
        let page = browser.page("/settings/profile");
        let done = browser.fill(&page, &[("display_name", &format!("Alice {n}"))]);
        profiles += u32::from(done.status == 303);
        written += app.whole_cost.borrow().rows_written;
        let page = browser.submit(
            "/settings/invites",
            "/settings/invites",
            &[("do", "make"), ("comment", &"x".repeat(500))],
        );
        written += app.whole_cost.borrow().rows_written;
        invites += u32::from(page.status == 303);
    }
    assert!(
        written < 500,
        "{written} rows by {profiles} profiles and {invites} invitations, after the share was used up"
    );
}
