//! Another e-mail address: confirmed by a link, and by nobody else.

use sori::http::response::Response;

use crate::app::{DAY, MINUTE, PASSWORD, TestApp, people, settle};
use crate::authenticator::confirm;
use crate::browser::Browser;

const HERE: &str = "/settings/email";

fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

/// Alice, signed in, and Bob; there is mail.
fn mailed() -> (TestApp, Browser, Browser) {
    let (app, alice, bob) = people();
    app.mail.is_there.set(true);
    app.vars.borrow_mut().push(("MAIL_FROM", "sori@a.example"));
    app.restart();
    (app.clone(), Browser::of(&alice), Browser::of(&bob))
}

fn sent(app: &TestApp) -> Vec<(String, String)> {
    settle(&[app]);
    app.mail.sent.borrow_mut().drain(..).map(|mail| (mail.to, mail.text)).collect()
}

/// Asks for another address; the path of the link that comes.
fn link(app: &TestApp, browser: &Browser, address: &str) -> String {
    let done = browser.submit(HERE, HERE, &[("email", address)]);
    assert_eq!(done.status, 303, "{}", text(&done));
    let mails = sent(app);
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0].0, address);
    mails[0].1.split("https://a.example").nth(1).unwrap().split_whitespace().next().unwrap().to_owned()
}

fn email(app: &TestApp, name: &str) -> Option<String> {
    let sql = format!(
        "SELECT u.email AS email FROM users u JOIN accounts a ON a.id = u.account_id WHERE a.username = '{name}'"
    );
    let rows = pollster::block_on(app.db.query(sori::platform::sql::Statement::new(sql))).unwrap();
    rows[0].opt_text("email").unwrap()
}

#[test]
fn an_address_is_changed_by_a_link_in_ones_own_session_and_the_old_one_is_told() {
    let (app, alice, bob) = mailed();
    assert_eq!(Browser::new(&app).status(HERE), 303);
    // First it is to be confirmed who sits there.
    assert!(text(&alice.page(HERE)).contains("Confirm first"));
    let early = alice.send("POST", HERE, "form=1.x&email=x@mail.example", "en");
    assert_eq!(early.status, 403);
    confirm(&alice, PASSWORD);
    confirm(&bob, PASSWORD);
    let first = link(&app, &alice, "alice@mail.example");
    assert_eq!(email(&app, "alice"), None);
    // Not by whom else the link reaches, and not by opening it.
    assert_eq!(bob.status(&first), 404);
    assert_eq!(bob.submit(HERE, &first, &[]).status, 404);
    assert_eq!(Browser::new(&app).status(&first), 303);
    assert_eq!(alice.status(&first), 200);
    assert_eq!(alice.send("POST", &first, "form=1.x", "en").status, 403);
    assert_eq!(email(&app, "alice"), None);
    assert_eq!(alice.submit(&first, &first, &[]).status, 303);
    assert_eq!(email(&app, "alice").as_deref(), Some("alice@mail.example"));
    assert!(sent(&app).is_empty(), "there was no old one");
    assert_eq!(Browser::new(&app).sign_in("alice@mail.example", PASSWORD, "/").status, 303);
    // Once, and for two days.
    assert_eq!(alice.status(&first), 404);
    let late = link(&app, &alice, "late@mail.example");
    app.clock.advance(2 * DAY + 1);
    assert_eq!(alice.status(&late), 404);
    confirm(&alice, PASSWORD);
    let (one, other) = (link(&app, &alice, "one@mail.example"), link(&app, &alice, "other@mail.example"));
    assert_eq!(alice.submit(&one, &one, &[]).status, 303);
    let told = sent(&app);
    assert!(
        told.len() == 1 && told[0].0 == "alice@mail.example" && told[0].1.contains("another e-mail address"),
        "{told:?}"
    );
    // The other link was for the address from before.
    assert_eq!(alice.status(&other), 404);
    for wrong in ["x", "1.2.3", "99999999999999.YUBiLmV4YW1wbGU.AAAA", &"a".repeat(2000)] {
        assert_eq!(alice.status(&format!("{HERE}/{wrong}")), 404, "{wrong}");
    }
    // In other case it is the same mailbox, and hers.
    let same = link(&app, &alice, "One@mail.example");
    assert_eq!(alice.submit(&same, &same, &[]).status, 303);
    assert_eq!(email(&app, "alice").as_deref(), Some("One@mail.example"));
}

#[test]
fn what_is_taken_blocked_or_no_address_is_refused_and_letters_are_bounded() {
    let (app, alice, bob) = mailed();
    confirm(&alice, PASSWORD);
    confirm(&bob, PASSWORD);
    app.write(
        "INSERT INTO email_domain_blocks (id, domain, allows_with_approval) VALUES (1, 'bad.example', 0)",
    );
    let theirs = link(&app, &bob, "bob@mail.example");
    // Both ask for one address: the first who confirms it has it.
    let hers = link(&app, &alice, "bob@mail.example");
    assert_eq!(bob.submit(&theirs, &theirs, &[]).status, 303);
    let late = alice.submit(&hers, &hers, &[]);
    assert!(late.status == 422 && text(&late).contains("used here already"), "{}", text(&late));
    for (typed, said) in [
        ("BOB@mail.example", "used here already"),
        ("x@bad.example", "cannot sign up"),
        ("x@sub.bad.example", "cannot sign up"),
        ("no address", "no e-mail address"),
        ("x@y.example\r\nBcc: z@z.example", "no e-mail address"),
    ] {
        let page = alice.submit(HERE, HERE, &[("email", typed)]);
        assert!(page.status == 422 && text(&page).contains(said), "{typed}: {}", text(&page));
    }
    let all: Vec<u16> = (0..24)
        .map(|n| {
            app.clock.advance(MINUTE / 2);
            alice.submit(HERE, HERE, &[("email", &format!("x{n}@mail.example"))]).status
        })
        .collect();
    assert!(all.contains(&429) && all.iter().filter(|status| **status == 303).count() < 20, "{all:?}");
    app.mail.is_there.set(false);
    app.restart();
    assert_eq!(alice.status(HERE), 404);
}
