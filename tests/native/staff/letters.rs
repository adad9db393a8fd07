//! Letters about what staff did, where there are mails.

use serde_json::json;
use sori::platform::mail::Letter;

use super::moderation::staff;
use crate::app::{DAY, Person, TestApp, id, settle};
use crate::browser::Browser;

/// A moderator, and bob, who has an address and reads Korean.
fn with_mail() -> (TestApp, Person, Person) {
    let app = TestApp::alone();
    app.mail.is_there.set(true);
    app.vars.borrow_mut().push(("MAIL_FROM", "sori@a.example"));
    app.restart();
    let (ada, bob) = (staff(&app, "ada", 2), app.person("bob"));
    app.write(
        "UPDATE users SET email = 'bob@mail.example', locale = 'en' WHERE account_id = (SELECT id FROM accounts WHERE username = 'bob')",
    );
    (app, ada, bob)
}

/// What was sent since the last call.
fn sent(app: &TestApp) -> Vec<Letter> {
    app.clock.advance(60_000);
    app.tick();
    settle(&[app]);
    app.mail.sent.borrow_mut().drain(..).collect()
}

fn act(by: &Person, on: &Person, body: serde_json::Value) -> u16 {
    by.call("POST", &format!("/api/v1/admin/accounts/{}/action", on.id), Some(body)).status
}

#[test]
fn each_act_is_written_to_the_person_unless_that_is_unticked() {
    let (app, ada, bob) = with_mail();
    for (kind, said) in [
        ("none", "has a message for you"),
        ("sensitive", "All media of your account"),
        ("silence", "was limited"),
        ("disable", "was frozen"),
        ("suspend", "was suspended"),
    ] {
        assert_eq!(act(&ada, &bob, json!({"type": kind, "text": "No {ads}, please.\r\n<b>"})), 200);
        let strike = app.count("SELECT max(id) AS n FROM strikes");
        let letters = sent(&app);
        let [letter] = letters.as_slice() else { panic!("{kind}: {letters:?}") };
        assert_eq!((letter.from.as_str(), letter.to.as_str()), ("sori@a.example", "bob@mail.example"));
        assert!(
            letter.subject.contains("@bob") && letter.subject.contains("Sori at a.example"),
            "{letter:?}"
        );
        // Plain text, as it was typed, whatever it looks like.
        for part in
            [said, "@bob", "No {ads}, please.", &format!("https://a.example/settings/strikes/{strike}\n")]
        {
            assert!(letter.text.contains(part), "{kind} {part}: {letter:?}");
        }
        // Six letters a day to one address.
        app.clock.advance(DAY);
    }
    for lift in ["unsuspend", "enable"] {
        ada.post(&format!("/api/v1/admin/accounts/{}/{lift}", bob.id), json!({}));
    }
    assert_eq!(act(&ada, &bob, json!({"type": "none", "send_email_notification": false})), 200);
    assert_eq!(sent(&app), []);
    // By page, where the box is ticked unless it is unticked.
    let (browser, page) = (Browser::of(&ada), format!("/settings/people/{}", bob.id));
    assert!(browser.get(&page, "en").contains("name=\"tell\" value=\"1\" checked"));
    assert_eq!(
        browser.submit(&page, &page, &[("do", "act"), ("action", "none"), ("text", "Hi")]).status,
        303
    );
    assert_eq!(sent(&app), []);
    let told = [("do", "act"), ("action", "none"), ("text", ""), ("tell", "1")];
    assert_eq!(browser.submit(&page, &page, &told).status, 303);
    let letters = sent(&app);
    assert!(letters.len() == 1 && !letters[0].text.contains("\n\n\n"), "{letters:?}");
    // Nothing is left of what was in them.
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE kind = 'mail'"), 0);
}

#[test]
fn posts_that_are_removed_or_marked_are_written_of_too() {
    let (app, ada, bob) = with_mail();
    let page = |report: &str| format!("/settings/reports/{report}");
    let browser = Browser::of(&ada);
    for (action, said) in
        [("mark_statuses_as_sensitive", "were marked as sensitive"), ("delete_statuses", "were deleted")]
    {
        let post = bob.posts("x");
        let body = json!({"account_id": bob.id.to_string(), "status_ids": [id(&post)]});
        let report = app.person("carol").post("/api/v1/reports", body);
        let page = page(id(&report));
        let fields = [
            ("do", "act"),
            ("action", action),
            ("status", id(&post)),
            ("text", "See the rules."),
            ("tell", "1"),
        ];
        assert_eq!(browser.submit(&page, &page, &fields).status, 303, "{action}");
        let letters = sent(&app);
        assert!(letters.len() == 1 && letters[0].text.contains(said), "{action}: {letters:?}");
    }
}

#[test]
fn a_letter_is_in_the_language_of_who_gets_it_and_appeals_are_answered() {
    let (app, ada, bob) = with_mail();
    app.write("UPDATE users SET locale = 'ko'");
    assert_eq!(act(&ada, &bob, json!({"type": "silence", "text": ""})), 200);
    let letters = sent(&app);
    assert!(letters[0].text.contains("제한됐어요") && letters[0].subject.contains("알림"), "{letters:?}");
    for (locale, decision, said) in [
        ("ko", "reject", "받아들여지지 않았어요"),
        ("ja", "approve", "認められました"),
        ("en", "approve", "was accepted"),
    ] {
        app.db.run(&format!("UPDATE users SET locale = '{locale}'"));
        app.clock.advance(DAY);
        assert_eq!(act(&ada, &bob, json!({"type": "sensitive"})), 200);
        let strike = app.count("SELECT max(id) AS n FROM strikes").to_string();
        let one = format!("/settings/strikes/{strike}");
        let theirs = Browser::of(&bob);
        assert_eq!(theirs.submit(&one, &one, &[("text", "It was art.")]).status, 303);
        sent(&app);
        let fields = [("strike", strike.as_str()), ("do", decision)];
        let appeals = "/settings/appeals";
        assert_eq!(Browser::of(&ada).submit(appeals, appeals, &fields).status, 303);
        let letters = sent(&app);
        let [letter] = letters.as_slice() else { panic!("{decision}: {letters:?}") };
        assert!(letter.text.contains(said) && letter.text.contains(&one), "{letter:?}");
    }
}

#[test]
fn nobody_is_written_to_without_an_address_or_mails() {
    let (app, ada, bob) = with_mail();
    app.write("UPDATE users SET email = NULL");
    assert_eq!(act(&ada, &bob, json!({"type": "none", "text": "x"})), 200);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE kind = 'mail'"), 0);
    app.write("UPDATE users SET email = 'not an address' WHERE account_id = (SELECT id FROM accounts WHERE username = 'bob')");
    assert_eq!(act(&ada, &bob, json!({"type": "none", "text": "x"})), 200);
    app.write("UPDATE users SET email = 'bob@mail.example' WHERE email IS NOT NULL");
    app.mail.is_there.set(false);
    assert_eq!(act(&ada, &bob, json!({"type": "none", "text": "x"})), 200);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE kind = 'mail'"), 0);
    // The notification comes in any case.
    assert_eq!(bob.notifications().len(), 3);
    // What is about their own account comes however many mails there were: the limit is for addresses that somebody has typed.
    app.mail.is_there.set(true);
    for _ in 0..8 {
        app.clock.advance(5);
        assert_eq!(act(&ada, &bob, json!({"type": "none", "text": "x"})), 200);
    }
    assert_eq!(sent(&app).len(), 8);
}
