//! Links for lost passwords: who may make one, what one does, and how long it is good.

use sori::http::response::Response;

use crate::app::{DAY, PASSWORD, TestApp, people, settle};
use crate::authenticator::{Authenticator, SECURITY, confirm, enter, register};
use crate::browser::Browser;

const HERE: &str = "/settings/reset";
const NEW: &str = "another horse battery";

fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

fn role(app: &TestApp, sql: &'static str) {
    app.write("UPDATE users SET role_id = -99");
    app.write(sql);
}

/// The path of a new link.
fn link(by: &Browser, fields: &[(&str, &str)]) -> String {
    confirm(by, PASSWORD);
    let page = by.submit(HERE, HERE, fields);
    assert_eq!(page.status, 200, "{}", text(&page));
    let link =
        text(&page).split("https://a.example/reset/").nth(1).unwrap().split('<').next().unwrap().to_owned();
    format!("/reset/{link}")
}

fn chooses(app: &TestApp, link: &str, fields: &[(&str, &str)]) -> Response {
    app.restart();
    let browser = Browser::new(app);
    let page = browser.page(link);
    if page.status == 404 {
        return page;
    }
    assert!(browser.cookie("__Host-sori").is_none());
    browser.fill(&page, fields)
}

/// Alice, an administrator, and Bob.
fn operator() -> (TestApp, Browser, Browser, crate::app::Person) {
    let (app, alice, bob) = people();
    role(
        &app,
        "UPDATE users SET role_id = 2 WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')",
    );
    let (own, theirs) = (Browser::of(&alice), Browser::of(&bob));
    confirm(&own, PASSWORD);
    (app, own, theirs, bob)
}

/// Gives somebody a passkey and a second step.
fn secured(app: &TestApp, theirs: &Browser) -> Authenticator {
    confirm(theirs, PASSWORD);
    let phone = Authenticator::new(1);
    register(theirs, &phone);
    theirs.submit(SECURITY, SECURITY, &[("do", "begin")]);
    app.write("UPDATE second_steps SET is_on = 1");
    phone
}

#[test]
fn a_link_changes_the_password_once_and_ends_everything() {
    let (app, alice, theirs, bob) = operator();
    let phone = secured(&app, &theirs);
    let first = link(&alice, &[("handle", "@bob@a.example")]);
    let page = Browser::new(&app).page(&first);
    assert!(text(&page).contains("@bob@a.example") && text(&page).contains("noindex"), "{}", text(&page));
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    // Only the last one is good, and the form is of its browser.
    let second = link(&alice, &[("handle", "bob")]);
    assert_eq!(chooses(&app, &first, &[("new", NEW)]).status, 404);
    assert_eq!(Browser::new(&app).send("POST", &second, &format!("form=1.x&new={NEW}"), "en").status, 403);
    // What is no password uses nothing up.
    let short = chooses(&app, &second, &[("new", "short")]);
    assert!(short.status == 422 && text(&short).contains("8 characters"));
    assert_eq!(theirs.status("/home"), 200);
    let done = chooses(&app, &second, &[("new", NEW), ("all", "1")]);
    assert_eq!(done.status, 200, "{}", text(&done));
    for again in [&second, &first] {
        assert_eq!(chooses(&app, again, &[("new", "a third horse")]).status, 404);
    }
    assert_eq!(theirs.status("/home"), 303);
    assert_eq!(bob.call("GET", "/api/v1/preferences", None).status, 401);
    assert_eq!(enter(&Browser::new(&app), &phone).status, 401);
    // The second step stays.
    assert_eq!(Browser::new(&app).sign_in("bob", PASSWORD, "/").status, 401);
    let page = Browser::new(&app).sign_in("bob", NEW, "/");
    assert!(page.status == 200 && text(&page).contains("Enter a code"));
    assert_eq!(app.count("SELECT count(*) AS n FROM password_resets"), 0);
    // Nobody else's ends.
    assert_eq!(alice.status("/home"), 200);
}

#[test]
fn apps_and_passkeys_may_stay_and_the_second_step_may_end() {
    let (app, alice, theirs, bob) = operator();
    let phone = secured(&app, &theirs);
    let link = link(&alice, &[("handle", "bob"), ("second", "1")]);
    let browser = Browser::new(&app);
    let token = browser.token(&link);
    let body = format!("form={token}&new={}", NEW.replace(' ', "+"));
    assert_eq!(browser.send("POST", &link, &body, "en").status, 200);
    assert_eq!(theirs.status("/home"), 303);
    assert_eq!(bob.call("GET", "/api/v1/preferences", None).status, 200);
    app.clock.advance(1);
    assert_eq!(enter(&Browser::new(&app), &phone).status, 303);
    assert_eq!(Browser::new(&app).sign_in("bob", NEW, "/").status, 303);
}

#[test]
fn a_link_is_good_for_a_day_and_not_for_the_suspended() {
    let (app, alice, theirs, _) = operator();
    let late = link(&alice, &[("handle", "bob")]);
    app.clock.advance(DAY - 1);
    assert_eq!(Browser::new(&app).status(&late), 200);
    app.clock.advance(1);
    assert_eq!(chooses(&app, &late, &[("new", NEW)]).status, 404);
    for no_link in ["/reset/x", "/reset/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
        let page = Browser::new(&app).page(no_link);
        assert_eq!(page.status, 404);
        // The same as of one that was good.
        assert!(text(&page).contains("This link is not valid"), "{}", text(&page));
    }
    // Neither is one from before another password.
    let before = link(&alice, &[("handle", "bob")]);
    let fields = [("password", PASSWORD), ("new", NEW)];
    assert_eq!(theirs.submit("/settings/password", "/settings/password", &fields).status, 200);
    assert_eq!(Browser::new(&app).status(&before), 404);
    let good = link(&alice, &[("handle", "bob")]);
    app.write("UPDATE accounts SET suspended_at = 1 WHERE username = 'bob'");
    assert_eq!(chooses(&app, &good, &[("new", NEW)]).status, 404);
    let refused = alice.submit(HERE, HERE, &[("handle", "bob")]);
    assert!(refused.status == 422 && text(&refused).contains("Nobody who can sign in here"));
    // What nobody has used goes.
    app.clock.advance(3 * DAY - app.clock.now().0 % DAY);
    app.tick();
    assert_eq!(app.count("SELECT count(*) AS n FROM password_resets"), 0);
}

#[test]
fn a_link_ends_with_the_role_of_who_made_it() {
    let (app, alice, _, _) = operator();
    let good = || {
        app.restart();
        Browser::new(&app).status(&made(&alice))
    };
    let of_alice = "account_id = (SELECT id FROM accounts WHERE username = 'alice')";
    for (change, back) in [
        ("role_id = -99", "role_id = 2"),
        ("role_id = 1", "role_id = 2"),
        ("disabled_at = 1", "disabled_at = NULL"),
    ] {
        let run = |set: &str| app.db.run(&format!("UPDATE users SET {set} WHERE {of_alice}"));
        let link = made(&alice);
        assert_eq!(Browser::new(&app).status(&link), 200);
        let browser = Browser::new(&app);
        let page = browser.page(&link);
        run(change);
        app.restart();
        assert_eq!(Browser::new(&app).status(&link), 404, "{change}");
        assert_eq!(browser.fill(&page, &[("new", NEW)]).status, 404, "{change}");
        run(back);
        assert_eq!(good(), 200);
    }
    let link = made(&alice);
    app.write("UPDATE accounts SET suspended_at = 1 WHERE username = 'alice'");
    assert_eq!(Browser::new(&app).status(&link), 404);
    assert_eq!(Browser::new(&app).sign_in("bob", PASSWORD, "/").status, 303);
}

/// The path of a link for Bob.
fn made(alice: &Browser) -> String {
    link(alice, &[("handle", "bob")])
}

/// Bob has an e-mail address, and there is mail.
fn mailed() -> (TestApp, Browser) {
    let (app, _, theirs, _) = operator();
    app.write("UPDATE users SET email = 'bob@mail.example', locale = 'ko' WHERE account_id = (SELECT id FROM accounts WHERE username = 'bob')");
    app.mail.is_there.set(true);
    app.vars.borrow_mut().push(("MAIL_FROM", "sori@a.example"));
    app.restart();
    (app, theirs)
}

fn asks(app: &TestApp, address: &str, from: &str) -> (u16, String) {
    app.restart();
    let browser = Browser::at(app, from);
    let page = browser.submit("/reset", "/reset", &[("email", address)]);
    settle(&[app]);
    (page.status, text(&page))
}

fn mails(app: &TestApp) -> Vec<(String, String)> {
    app.mail.sent.borrow().iter().map(|mail| (mail.to.clone(), mail.text.clone())).collect()
}

#[test]
fn where_there_is_mail_a_link_is_asked_for_by_page_and_nobody_learns_who_is_here() {
    let (app, theirs) = mailed();
    assert!(text(&Browser::new(&app).page("/sign_in")).contains("href=\"/reset\""));
    let (status, known) = asks(&app, "Bob@Mail.example", "192.0.2.1");
    assert_eq!(status, 200);
    let cost = |address: &str, from: &str| {
        asks(&app, address, from);
        // Until the answer is there.
        *app.cost.borrow()
    };
    let (status, unknown) = asks(&app, "nobody@mail.example", "192.0.2.2");
    assert_eq!((status, &unknown), (200, &known), "the page is the same");
    let sent = mails(&app);
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].0 == "bob@mail.example" && sent[0].1.contains("@bob") && sent[0].1.contains("비밀번호"));
    let link = sent[0].1.split("https://a.example").nth(1).unwrap().split_whitespace().next().unwrap();
    let done = chooses(&app, link, &[("new", NEW)]);
    assert_eq!(done.status, 200, "{}", text(&done));
    assert_eq!(chooses(&app, link, &[("new", NEW)]).status, 404);
    assert_eq!(theirs.status("/home"), 303);
    assert_eq!(Browser::new(&app).sign_in("bob", NEW, "/").status, 303);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
    // As many trips to the database, whether anybody has the address or not.
    let (with, without) = (cost("bob@mail.example", "192.0.2.3"), cost("nobody@mail.example", "192.0.2.4"));
    let counted = |cost: &sori::platform::sql::Cost| (cost.trips, cost.statements, cost.sends);
    assert_eq!(counted(&with), counted(&without), "{with:?} {without:?}");
    for wrong in ["", "bob", "a@b", "bob@mail.example\r\nBcc: x@y.example", &"x".repeat(400)] {
        assert_eq!(asks(&app, wrong, "192.0.2.5").0, 422, "{wrong}");
    }
    let forged = Browser::new(&app).send("POST", "/reset", "form=1.x&email=bob@mail.example", "en");
    assert_eq!(forged.status, 403);
}

#[test]
fn an_address_and_a_network_ask_only_so_often() {
    let (app, _) = mailed();
    let tries: Vec<u16> = (0..6).map(|n| asks(&app, "bob@mail.example", &format!("10.{n}.0.1")).0).collect();
    assert_eq!(tries, [200, 200, 200, 429, 429, 429]);
    assert_eq!(mails(&app).len(), 3);
    // What nobody has is counted as well, or one could tell.
    let tries: Vec<u16> = (0..4).map(|n| asks(&app, "no@mail.example", &format!("10.{n}.1.1")).0).collect();
    assert_eq!(tries, [200, 200, 200, 429]);
    let of_one: Vec<u16> =
        (0..24).map(|n| asks(&app, &format!("x{n}@mail.example"), &format!("192.0.2.{n}")).0).collect();
    assert_eq!((of_one[19], of_one[20], of_one[23]), (200, 429, 429));
    app.clock.advance(DAY);
    assert_eq!(asks(&app, "bob@mail.example", "192.0.2.1").0, 200);
}

#[test]
fn the_suspended_the_frozen_and_servers_without_mail_get_none() {
    let (app, _) = mailed();
    for (change, back) in [
        (
            "UPDATE accounts SET suspended_at = 1 WHERE username = 'bob'",
            "UPDATE accounts SET suspended_at = NULL WHERE username = 'bob'",
        ),
        (
            "UPDATE users SET disabled_at = 1 WHERE email IS NOT NULL",
            "UPDATE users SET disabled_at = NULL WHERE email IS NOT NULL",
        ),
    ] {
        app.db.run(change);
        assert_eq!(asks(&app, "bob@mail.example", "192.0.2.1").0, 200);
        assert_eq!(mails(&app).len(), 0, "{change}");
        app.db.run(back);
    }
    app.mail.is_there.set(false);
    app.restart();
    assert_eq!(Browser::new(&app).status("/reset"), 404);
    assert_eq!(Browser::new(&app).send("POST", "/reset", "email=bob@mail.example", "en").status, 404);
    assert!(text(&Browser::new(&app).page("/sign_in")).contains("Ask whoever runs this server"));
}

#[test]
fn nobody_makes_one_for_their_equals_but_the_owner() {
    let (app, alice, theirs, _) = operator();
    assert_eq!(
        (theirs.status(HERE), theirs.send("POST", HERE, "form=1.x&handle=bob", "en").status),
        (404, 404)
    );
    assert_eq!(Browser::new(&app).status(HERE), 303);
    assert_eq!(alice.send("POST", HERE, "form=1.x&handle=bob", "en").status, 403);
    for (typed, status) in
        [("", 422), ("nobody", 422), ("bob@elsewhere.example", 422), ("@", 422), ("a@b@c", 422)]
    {
        assert_eq!(alice.submit(HERE, HERE, &[("handle", typed)]).status, status, "{typed}");
    }
    let mine = |role: &'static str, status: u16| {
        app.write(role);
        assert_eq!(alice.submit(HERE, HERE, &[("handle", "bob")]).status, status, "{role}");
    };
    mine(
        "UPDATE users SET role_id = 1 WHERE account_id = (SELECT id FROM accounts WHERE username = 'bob')",
        200,
    );
    mine(
        "UPDATE users SET role_id = 2 WHERE account_id = (SELECT id FROM accounts WHERE username = 'bob')",
        403,
    );
    mine(
        "UPDATE users SET role_id = 3 WHERE account_id = (SELECT id FROM accounts WHERE username = 'bob')",
        403,
    );
    // Whoever has the link is also the owner, if that is another identity of the same person.
    app.write(
        "UPDATE users SET role_id = -99 WHERE account_id = (SELECT id FROM accounts WHERE username = 'bob')",
    );
    app.write("UPDATE users SET role_id = 3, person = (SELECT u.person FROM users u JOIN accounts a ON a.id = u.account_id WHERE a.username = 'bob') WHERE account_id = (SELECT id FROM accounts WHERE username = 'owner')");
    mine("UPDATE users SET locale = 'en'", 403);
    // The owner makes one for an administrator.
    let owner = Browser::new(&app);
    owner.sign_in("owner", PASSWORD, "/");
    // Not before it is confirmed who sits there, and not for themselves.
    assert_eq!(owner.submit(HERE, HERE, &[("handle", "alice")]).status, 403);
    confirm(&owner, PASSWORD);
    assert_eq!(owner.submit(HERE, HERE, &[("handle", "owner")]).status, 403);
    assert_eq!(owner.submit(HERE, HERE, &[("handle", "alice")]).status, 200);
}
