//! The second step: codes of an app, recovery codes, and tries at them.

use sori::http::response::Response;
use sori::model::time::Time;
use sori::model::totp;
use sori::platform::native::Crypto;

use crate::app::{DAY, MINUTE, PASSWORD, Person, TestApp, people};
use crate::authenticator::{Authenticator, SECURITY, confirm, enter, register};
use crate::browser::Browser;

fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

/// The secret that a page shows for the app, as the app reads it.
fn secret(html: &str) -> Vec<u8> {
    let shown = html.split("<span class=\"code\">").nth(1).unwrap().split('<').next().unwrap();
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: Vec<u8> = shown
        .chars()
        .filter(|c| *c != ' ')
        .flat_map(|c| {
            let value = letters.find(c).unwrap() as u8;
            (0..5).rev().map(move |n| value >> n & 1)
        })
        .collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit)).collect()
}

/// What its app shows, so many steps from now.
pub fn code(app: &TestApp, secret: &[u8], steps: i64) -> String {
    code_of(secret, totp::step(app.clock.now()) + steps)
}

/// What an app shows in a step.
pub fn code_of(secret: &[u8], step: i64) -> String {
    totp::code(&pollster::block_on(Crypto::default().hmac_sha1(secret, &step.to_be_bytes())).unwrap())
}

/// RFC 6238, appendix B, of which six digits are the last ones; RFC 4226, appendix D.
#[test]
fn codes_as_in_the_standards() {
    let secret = b"12345678901234567890";
    for (seconds, wanted) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(code_of(secret, totp::step(Time(seconds * 1000))), wanted, "{seconds}");
    }
    let codes: Vec<String> = (0..10).map(|n| code_of(secret, n)).collect();
    assert_eq!(codes.join(" "), "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489");
}

fn codes(html: &str) -> Vec<String> {
    html.split("<code>").skip(1).map(|part| part.split('<').next().unwrap().to_owned()).collect()
}

/// Turns it on; returns the secret and the recovery codes.
pub fn turned_on(person: &Person) -> (Browser, Vec<u8>, Vec<String>) {
    let browser = Browser::of(person);
    assert_eq!(confirm(&browser, PASSWORD), 303);
    assert_eq!(browser.submit(SECURITY, SECURITY, &[("do", "begin")]).status, 303);
    let secret = secret(&browser.get(SECURITY, "en"));
    assert_eq!(secret.len(), 20);
    let on = |code: &str| browser.submit(SECURITY, SECURITY, &[("do", "on"), ("code", code)]);
    assert_eq!(on("000000").status, 422);
    // Until then a password is enough.
    assert_eq!(Browser::new(&person.app).sign_in(&person.name, PASSWORD, "/").status, 303);
    let done = on(&code(&person.app, &secret, 0));
    assert_eq!(done.status, 200);
    let codes = codes(&text(&done));
    assert_eq!(codes.len(), 10);
    (browser, secret, codes)
}

/// The page that asks for a code, in a browser that is not known.
pub fn asked(app: &TestApp, name: &str) -> (Browser, Response) {
    app.restart();
    let browser = Browser::new(app);
    let page = browser.sign_in(name, PASSWORD, "/settings/profile");
    assert_eq!(page.status, 200, "{}", text(&page));
    assert!(text(&page).contains("Enter a code") && browser.cookie("__Host-sori").is_none());
    (browser, page)
}

fn with(app: &TestApp, code: &str) -> u16 {
    let (browser, page) = asked(app, "alice");
    let answer = browser.fill(&page, &[("code", code)]);
    assert_eq!(browser.cookie("__Host-sori").is_some(), answer.status == 303);
    answer.status
}

#[test]
fn a_code_is_asked_for_after_the_password_and_good_once() {
    let (app, alice, _) = people();
    let (own, secret, recovery) = turned_on(&alice);
    assert!(own.get(SECURITY, "en").contains("10 recovery codes are left."));
    // The one that has turned it on is used.
    assert_eq!(with(&app, &code(&app, &secret, 0)), 401);
    app.clock.advance(2 * MINUTE);
    let (browser, page) = asked(&app, "alice");
    let wrong = browser.fill(&page, &[("code", "12345")]);
    assert_eq!(wrong.status, 401);
    assert!(text(&wrong).contains("not right, or was used before"));
    let done = browser.fill(&wrong, &[("code", &code(&app, &secret, 0))]);
    assert_eq!((done.status, done.header("location")), (303, Some("/settings/profile")));
    // Again, the one before it, and one ahead.
    app.write("DELETE FROM attempts");
    assert_eq!([0, -1, 2, 1].map(|n| with(&app, &code(&app, &secret, n))), [401, 401, 401, 303]);
    // A recovery code, however it is typed, once.
    let typed = recovery[3].to_uppercase().replace('-', " ");
    assert_eq!((with(&app, &typed), with(&app, &recovery[3])), (303, 401));
    assert!(own.get(SECURITY, "en").contains("9 recovery codes are left."));
    // New ones take the place of the old ones.
    app.clock.advance(DAY);
    confirm(&own, PASSWORD);
    let fresh = codes(&text(&own.submit(SECURITY, SECURITY, &[("do", "codes")])));
    assert_eq!(fresh.len(), 10);
    assert_eq!((with(&app, &recovery[4]), with(&app, &fresh[0])), (401, 303));
    // Nothing of it is stored in clear.
    assert_eq!(app.count("SELECT length(secret) AS n FROM second_steps"), 12 + 20 + 16);
    assert_eq!(app.count("SELECT sum(length(code_hash)) AS n FROM recovery_codes"), 9 * 32);
    // Off again.
    assert_eq!(own.submit(SECURITY, SECURITY, &[("do", "off")]).status, 303);
    assert_eq!(Browser::new(&app).sign_in("alice", PASSWORD, "/").status, 303);
    assert_eq!(app.count("SELECT count(*) AS n FROM recovery_codes"), 0);
    assert_eq!(own.submit(SECURITY, SECURITY, &[("do", "codes")]).status, 303);
    assert_eq!(app.count("SELECT count(*) AS n FROM recovery_codes"), 0);
}

#[test]
fn a_wrong_password_never_leads_to_it_and_a_passkey_needs_none() {
    let (app, alice, _) = people();
    let (own, ..) = turned_on(&alice);
    let wrong = Browser::new(&app).sign_in("alice", "wrong", "/");
    let unknown = Browser::new(&app).sign_in("nobody", "wrong", "/");
    let said = |page: &Response| {
        text(page).split("role=\"alert\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    assert_eq!((wrong.status, said(&wrong)), (unknown.status, said(&unknown)));
    let phone = Authenticator::new(1);
    register(&own, &phone);
    app.clock.advance(1);
    assert_eq!(enter(&Browser::new(&app), &phone).status, 303);
}

#[test]
fn tries_at_codes_are_counted_for_the_person_from_wherever_they_come() {
    let (app, alice, _) = people();
    let (own, secret, _) = turned_on(&alice);
    let known = Browser::new(&app);
    app.clock.advance(2 * MINUTE);
    let page = known.sign_in("alice", PASSWORD, "/");
    assert_eq!(known.fill(&page, &[("code", &code(&app, &secret, 0))]).status, 303);
    app.clock.advance(2 * MINUTE);
    let from = |n: u8, code: &str| {
        app.restart();
        let browser = Browser::at(&app, &format!("192.0.{n}.1"));
        let page = browser.sign_in("alice", PASSWORD, "/");
        browser.fill(&page, &[("code", code)]).status
    };
    let tries: Vec<u16> = (0..7).map(|n| from(n, "000000")).collect();
    assert_eq!(tries, [401, 401, 401, 401, 401, 429, 429]);
    // The right one waits as well: in an hour there are few.
    assert_eq!(from(9, &code(&app, &secret, 0)), 429);
    let mut tried = 0;
    for n in 0..24 * 12 {
        app.clock.advance(5 * MINUTE);
        if from((n % 200) as u8, "000000") == 401 {
            tried += 1;
        }
    }
    assert!(tried < 40, "{tried} in a day");
    // Their own browser is counted by itself.
    app.restart();
    let page = known.sign_in("alice", PASSWORD, "/");
    assert_eq!(known.fill(&page, &[("code", &code(&app, &secret, 0))]).status, 303);
    assert_eq!(own.status(SECURITY), 200);
}

#[test]
fn the_ticket_is_of_its_browser_person_password_and_ten_minutes() {
    let (app, alice, bob) = people();
    let (own, secret, _) = turned_on(&alice);
    turned_on(&bob);
    app.clock.advance(2 * MINUTE);
    let ticket = |page: &Response| {
        text(page).split("name=\"ticket\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let (browser, page) = asked(&app, "alice");
    let (other, theirs) = asked(&app, "bob");
    // In another browser, and another person's.
    let now = code(&app, &secret, 0);
    let stolen = other.fill(&theirs, &[("ticket", &ticket(&page)), ("code", &now)]);
    assert!(stolen.status == 401 && text(&stolen).contains("Enter your password again"));
    let id = ticket(&page).split('.').next().unwrap().to_owned();
    let forged = ticket(&theirs).replacen(ticket(&theirs).split('.').next().unwrap(), &id, 1);
    for wrong in [forged.as_str(), "", "1", "1.1.1.1", &format!("{id}.0000000000000000.9999999999999.x")] {
        let refused = other.fill(&theirs, &[("ticket", wrong), ("code", &now)]);
        assert!(text(&refused).contains("Enter your password again"), "{wrong}");
    }
    // In the last moment, and too late.
    let (last, theirs) = asked(&app, "alice");
    app.clock.advance(10 * MINUTE);
    assert_eq!(last.fill(&theirs, &[("code", &code(&app, &secret, 0))]).status, 303);
    app.clock.advance(1);
    let late = browser.fill(&page, &[("code", &code(&app, &secret, 0))]);
    assert!(late.status == 401 && text(&late).contains("Enter your password again"));
    // After another password.
    let (browser, page) = asked(&app, "alice");
    let fields = [("password", PASSWORD), ("new", "another horse")];
    assert_eq!(own.submit("/settings/password", "/settings/password", &fields).status, 200);
    let late = browser.fill(&page, &[("code", &code(&app, &secret, 0))]);
    assert!(late.status == 401 && text(&late).contains("Enter your password again"));
}

#[test]
fn the_same_code_in_two_browsers_at_once_is_one_sign_in() {
    let (app, alice, _) = people();
    let (_, secret, recovery) = turned_on(&alice);
    app.clock.advance(2 * MINUTE);
    let events: Vec<_> = (0..4).map(|_| app.ready()).collect();
    for code in [code(&app, &secret, 0), recovery[0].clone()] {
        let (browser, page) = asked(&app, "alice");
        let ticket = text(&page)
            .split("name=\"ticket\" value=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap()
            .to_owned();
        let visitor = browser.cookie("__Host-sori-visitor").unwrap();
        let source = sori::services::attempts::Source {
            address: sori::model::address::Address::parse(""),
            devices: Vec::new(),
            browser: String::new(),
        };
        app.db.set_slow(true);
        let all = events.iter().map(|event| {
            let (ticket, code, source, visitor) = (&ticket, &code, &source, &visitor);
            let one = async move {
                sori::services::sign_in::with_code(event, ticket, code, source, visitor)
                    .await
                    .unwrap()
                    .unwrap()
            };
            Box::pin(one) as std::pin::Pin<Box<dyn Future<Output = _>>>
        });
        let outcomes = pollster::block_on(crate::app::together(all.collect()));
        app.db.set_slow(false);
        let done = outcomes.iter().filter(|o| matches!(o, sori::services::sign_in::SignIn::Done { .. }));
        assert_eq!(done.count(), 1, "{code}");
        app.write("DELETE FROM attempts");
    }
}

#[test]
fn a_secret_is_worth_nothing_in_another_persons_row() {
    let (app, alice, bob) = people();
    turned_on(&alice);
    let (_, secret, _) = turned_on(&bob);
    app.clock.advance(2 * MINUTE);
    app.write("UPDATE second_steps SET secret = (SELECT secret FROM second_steps WHERE person = (SELECT person FROM users u JOIN accounts a ON a.id = u.account_id WHERE a.username = 'bob'))");
    for (name, is_in) in [("alice", false), ("bob", true)] {
        let (browser, page) = asked(&app, name);
        browser.fill(&page, &[("code", &code(&app, &secret, 0))]);
        assert_eq!(browser.cookie("__Host-sori").is_some(), is_in, "{name}");
    }
}

#[test]
fn a_browser_that_is_known_for_somebody_else_brings_no_more_tries() {
    let (app, alice, _) = people();
    turned_on(&alice);
    app.clock.advance(2 * MINUTE);
    let tries = (0..7).map(|n| {
        app.restart();
        let browser = Browser::at(&app, &format!("192.0.{n}.1"));
        assert_eq!(browser.sign_in("bob", PASSWORD, "/").status, 303);
        let page = browser.sign_in("alice", PASSWORD, "/");
        browser.fill(&page, &[("code", "000000")]).status
    });
    assert_eq!(tries.collect::<Vec<_>>(), [401, 401, 401, 401, 401, 429, 429]);
}
