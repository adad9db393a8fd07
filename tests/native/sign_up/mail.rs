//! Mails, and the confirmation of addresses. Where nothing sends mails all goes without.

use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;

use serde_json::json;
use sori::error::Result;
use sori::http::response::Response;
use sori::model::id::Id;
use sori::services;

use super::{applies, client, from, get, instance, owner, read, text};
use crate::app::{DAY, PASSWORD, TestApp, settle, together};
use crate::browser::Browser;

const UNCONFIRMED: &str = "Your login is missing a confirmed e-mail address";

fn with_mail(mode: &str) -> TestApp {
    let app = instance(mode);
    app.mail.is_there.set(true);
    app.vars.borrow_mut().push(("MAIL_FROM", "sori@a.example"));
    app
}

/// The path of the link in the last mail.
fn link(app: &TestApp) -> String {
    let sent = app.mail.sent.borrow();
    let text = &sent.last().expect("a mail").text;
    let from = text.find("https://a.example/").unwrap() + "https://a.example".len();
    text[from..].split_whitespace().next().unwrap().to_owned()
}

#[test]
fn somebody_is_in_once_they_have_opened_the_link_and_said_so() {
    let app = with_mail("open");
    let token = applies(&app, "dora");
    let (status, said) = get(&app, "/api/v1/accounts/verify_credentials", &token);
    assert_eq!((status, said["error"].as_str()), (403, Some(UNCONFIRMED)));
    assert_eq!(get(&app, "/api/v1/emails/check_confirmation", &token), (200, json!(false)));
    assert_eq!(app.count("SELECT count(*) AS n FROM users"), 1);
    let letter = app.mail.sent.borrow()[0].clone();
    assert_eq!((letter.from.as_str(), letter.to.as_str()), ("sori@a.example", "dora@mail.example"));
    assert!(letter.text.contains("@dora") && letter.subject.contains("Sori at a.example"), "{letter:?}");
    let link = link(&app);
    let browser = Browser::new(&app);
    let early = browser.sign_in("dora", PASSWORD, "/");
    assert!(early.status == 403 && super::text(&early).contains("Confirm your e-mail address"));
    // The first mail may be lost: the link comes again to who knows the password.
    assert!(super::text(&early).contains("sent again just now"));
    settle(&[&app]);
    assert_eq!(app.mail.sent.borrow().len(), 2);
    let wrong = Browser::new(&app).sign_in("dora", "another horse battery", "/");
    assert!(wrong.status == 401 && app.mail.sent.borrow().len() == 2);
    // A program that looks at the links of mails confirms nothing.
    let page = browser.page(&link);
    assert_eq!(page.status, 200);
    assert_eq!(get(&app, "/api/v1/emails/check_confirmation", &token), (200, json!(false)));
    assert_eq!(browser.fill(&page, &[]).status, 200);
    assert_eq!(get(&app, "/api/v1/emails/check_confirmation", &token), (200, json!(true)));
    assert_eq!(get(&app, "/api/v1/accounts/verify_credentials", &token).1["acct"], "dora");
    assert_eq!(browser.page(&link).status, 404);
    assert_eq!(browser.send("POST", &link, "", "en").status, 404);
    assert_eq!(browser.sign_in("dora@mail.example", PASSWORD, "/").status, 303);
    // No job is left with what was in it.
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
}

#[test]
fn a_link_is_for_its_address_and_for_two_days() {
    let app = with_mail("open");
    applies(&app, "dora");
    let first = link(&app);
    let browser = Browser::new(&app);
    for wrong in ["/confirm/x", "/confirm/1.2.3", &format!("{first}x"), &first.replace('.', ".1")] {
        assert_eq!(browser.page(wrong).status, 404, "{wrong}");
        assert_eq!(browser.send("POST", wrong, "", "en").status, 404, "{wrong}");
    }
    app.clock.advance(2 * DAY + 1000);
    assert_eq!(browser.page(&first).status, 404);
    // After a week nobody is kept waiting, and the name is free.
    app.clock.advance(6 * DAY);
    pollster::block_on(services::sign_up::tidy(&app.ready())).unwrap();
    assert_eq!(app.count("SELECT count(*) AS n FROM applications"), 0);
    applies(&app, "dora");
}

#[test]
fn the_link_is_sent_again_to_another_address_by_the_app_of_the_sign_up_only() {
    let app = with_mail("open");
    applies(&app, "other");
    let token = applies(&app, "dora");
    let old = link(&app);
    let sends = |token: &str, body| {
        app.clock.advance(31 * 60_000);
        let answer = app.request("POST", "/api/v1/emails/confirmations", Some(token), Some(body));
        (answer.status, read(&answer))
    };
    assert_eq!(sends(&token, json!({})).0, 200);
    assert_eq!(sends(&token, json!({"email": "new@mail.example"})).0, 200);
    assert_eq!(app.mail.sent.borrow().last().unwrap().to, "new@mail.example");
    assert_eq!(Browser::new(&app).page(&old).status, 404);
    let (status, said) = sends(&token, json!({"email": "other@mail.example"}));
    assert_eq!((status, &said["details"]["email"][0]["error"]), (422, &json!("ERR_TAKEN")));
    assert_eq!(sends(&token, json!({"email": "x@y.example\r\nBcc: z@z.example"})).0, 422);
    // An address gets no more than some mails a day.
    let before = app.mail.sent.borrow().len();
    for _ in 0..12 {
        sends(&token, json!({}));
    }
    let all = app.mail.sent.borrow().iter().filter(|l| l.to == "new@mail.example").count();
    assert!(all == 6 && app.mail.sent.borrow().len() > before, "{all}");
    assert_eq!(Browser::new(&app).send("POST", &link(&app), "", "en").status, 200);
    assert_eq!(sends(&token, json!({})).0, 403);
    assert_eq!(sends(&client(&app), json!({})).0, 422);
    let person = app.person("alice");
    assert_eq!(sends(&person.token, json!({})).0, 403);
}

#[test]
fn who_has_confirmed_waits_for_staff_and_is_told_by_mail() {
    let app = with_mail("approval");
    let token = applies(&app, "dora");
    let browser = Browser::new(&app);
    assert!(text(&browser.send("POST", &link(&app), "", "en")).contains("looks at your sign-up"));
    assert_eq!(
        get(&app, "/api/v1/accounts/verify_credentials", &token).1["error"],
        "Your login is currently pending approval"
    );
    let id = app.count("SELECT max(id) AS n FROM applications").to_string();
    let boss = owner(&app);
    assert_eq!(
        boss.submit("/settings/applications", "/settings/applications", &[("approve", &id)]).status,
        303
    );
    assert!(app.mail.sent.borrow().last().unwrap().text.contains("https://a.example/sign_in"));
    assert_eq!(get(&app, "/api/v1/accounts/verify_credentials", &token).0, 200);
    // Staff may be first.
    let other = applies(&app, "emil");
    let id = app.count("SELECT max(id) AS n FROM applications").to_string();
    assert_eq!(
        boss.submit("/settings/applications", "/settings/applications", &[("approve", &id)]).status,
        303
    );
    assert_eq!(get(&app, "/api/v1/accounts/verify_credentials", &other).1["error"], UNCONFIRMED);
    assert_eq!(browser.send("POST", &link(&app), "", "en").status, 200);
    assert_eq!(get(&app, "/api/v1/accounts/verify_credentials", &other).0, 200);
}

#[test]
fn a_mail_that_fails_is_sent_later_and_lies_encrypted_until_then() {
    let app = with_mail("open");
    app.mail.is_broken.set(true);
    applies(&app, "dora");
    assert_eq!(
        app.count("SELECT count(*) AS n FROM jobs WHERE kind = 'mail' AND subject = 'dora@mail.example'"),
        1
    );
    assert_eq!(
        app.count("SELECT count(*) AS n FROM jobs WHERE context LIKE '%confirm%' OR context LIKE '%dora%'"),
        0
    );
    app.mail.is_broken.set(false);
    settle(&[&app]);
    assert_eq!(app.mail.sent.borrow().len(), 1);
}

#[test]
fn a_provider_gets_the_mail_as_json_and_its_refusal_is_not_tried_again() {
    let app = instance("open");
    app.vars.borrow_mut().extend([
        ("MAIL_FROM", "sori@a.example"),
        ("MAIL_URL", "https://mail.example/emails"),
        ("MAIL_TOKEN", "secret"),
    ]);
    let got: Rc<RefCell<Vec<(String, serde_json::Value)>>> = Rc::default();
    let status = Rc::new(RefCell::new(200));
    let (seen, answers) = (got.clone(), status.clone());
    app.network.register(
        "mail.example",
        Rc::new(move |request| {
            let body = serde_json::from_slice(&request.body).unwrap();
            seen.borrow_mut().push((request.header("authorization").unwrap_or("").to_owned(), body));
            let answer = Response::new(*answers.borrow(), "application/json", "{}");
            Box::pin(async move { answer })
        }),
    );
    let event = app.ready();
    let send = |subject: &str| {
        pollster::block_on(services::mail::send(&event, "a@b.example", subject, "Hello\n\nthere")).unwrap();
        pollster::block_on(sori::jobs::run::after_response(&event));
    };
    send("One\r\nBcc: x@y.example");
    let (authorization, body) = got.borrow()[0].clone();
    assert_eq!(authorization, "Bearer secret");
    assert_eq!(
        body,
        json!({"from": "sori@a.example", "to": "a@b.example", "subject": "One  Bcc: x@y.example", "text": "Hello\n\nthere"})
    );
    *status.borrow_mut() = 403;
    send("Two");
    *status.borrow_mut() = 500;
    send("Three");
    assert_eq!(got.borrow().len(), 3);
    // Of the two, the one that may work later is tried again.
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE kind = 'mail'"), 1);
    assert!(
        pollster::block_on(services::mail::send(&event, "a@b.example\r\nTo: x@y.example", "x", "x")).is_err()
    );
}

#[test]
fn without_a_way_to_send_mails_nothing_waits_for_one() {
    let app = instance("open");
    let token = applies(&app, "dora");
    assert_eq!(get(&app, "/api/v1/accounts/verify_credentials", &token).0, 200);
    let event = app.ready();
    pollster::block_on(services::mail::send(&event, "a@b.example", "x", "x")).unwrap();
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
    // A binding without a sender is none.
    app.mail.is_there.set(true);
    assert!(!services::mail::is_configured(&app.ready()));
    assert_eq!(from(&app, "192.0.9.9", &client(&app), "emil", json!({})).0, 200);
    assert_eq!(app.count("SELECT count(*) AS n FROM users"), 3);
}

#[test]
fn who_is_approved_while_they_open_the_link_is_in() {
    let app = with_mail("approval");
    let boss = app.account("owner");
    let token = applies(&app, "dora");
    let id = Id(app.count("SELECT max(id) AS n FROM applications"));
    let link = link(&app);
    let (event, other) = (app.ready(), app.ready());
    // Each has read the sign-up as it was before the other wrote.
    app.db.set_slow(true);
    let approves: Pin<Box<dyn Future<Output = Result<()>>>> =
        Box::pin(services::applications::approve(&event, &boss, id));
    let confirms = Box::pin(async {
        services::applications::confirm(&other, link.strip_prefix("/confirm/").unwrap()).await.map(|_| ())
    });
    for outcome in pollster::block_on(together(vec![approves, confirms])) {
        outcome.unwrap();
    }
    app.db.set_slow(false);
    assert_eq!(get(&app, "/api/v1/accounts/verify_credentials", &token).1["acct"], "dora");
    assert_eq!(app.count("SELECT count(*) AS n FROM applications"), 0);
}
