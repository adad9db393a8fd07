//! Sign-ins from a browser that is not known are told, until they are dismissed.

use crate::app::{DAY, MINUTE, PASSWORD, TestApp, people};
use crate::authenticator::{Authenticator, confirm, enter, register};
use crate::browser::Browser;

const HERE: &str = "/settings/sessions";
const NEWS: &str = "Was it you?";

fn with_agent(app: &TestApp, agent: &str) -> Browser {
    let browser = Browser { agent: Some(agent.into()), ..Browser::new(app) };
    app.clock.advance(MINUTE);
    assert_eq!(browser.sign_in("alice", PASSWORD, "/").status, 303);
    browser
}

/// Where who is signed in sees it.
fn told(browser: &Browser) -> bool {
    let seen = ["/home", "/settings", HERE].map(|page| browser.get(page, "en").contains(NEWS));
    assert!(seen == [true; 3] || seen == [false; 3], "{seen:?}");
    seen[0]
}

#[test]
fn a_new_browser_is_told_to_the_others_until_dismissed() {
    let (app, _, bob) = people();
    let first = with_agent(&app, "Firefox/140.0 (Windows)");
    // The first of all is not new to anybody.
    assert!(!told(&first));
    let second = with_agent(&app, "Chrome/140.0 (Android)");
    assert!(told(&first) && !told(&second));
    let page = first.get("/home", "en");
    assert!(page.contains("New sign-in: Chrome · Android</strong> · <time"), "{page}");
    assert!(!told(&Browser::of(&bob)));
    // Neither does it dismiss itself.
    let seen = page.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let token = |browser: &Browser, page: &str| {
        let page = browser.get(page, "en");
        let form = page.split("<aside").nth(1).unwrap();
        form.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let third = with_agent(&app, "Safari/1 (iPhone)");
    let dismissed = |browser: &Browser, token: &str| {
        let body = format!("form={token}&seen={seen}&next=%2Fhome");
        let answer = browser.send("POST", HERE, &body, "en");
        (answer.status, answer.header("location").map(str::to_owned))
    };
    assert_eq!(dismissed(&first, "1.x").0, 403);
    // The second one is told of the third, and cannot dismiss what tells of itself.
    assert_eq!(dismissed(&second, &token(&second, "/home")), (303, Some("/home".into())));
    assert!(first.get(HERE, "en").contains("New sign-in: Chrome · Android"));
    assert!(!told(&third));
    assert_eq!(dismissed(&first, &token(&first, "/settings")).0, 303);
    let page = first.get(HERE, "en");
    assert!(!page.contains("New sign-in: Chrome") && page.contains("New sign-in: Safari · iPhone"), "{page}");
    // In a browser that is known it is none.
    let seen = page.split("name=\"seen\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let body = format!("form={}&seen={seen}", token(&first, HERE));
    assert_eq!(first.send("POST", HERE, &body, "en").status, 303);
    app.clock.advance(MINUTE);
    third.sign_in("alice", PASSWORD, "/");
    assert!(!told(&first));
    // All of them are listed.
    let page = first.get(HERE, "en");
    assert_eq!(page.matches("· password</div>").count(), 4, "{page}");
}

#[test]
fn whoever_has_no_older_session_is_told_after_a_day() {
    let (app, ..) = people();
    with_agent(&app, "Firefox/140.0 (Windows)");
    app.write("DELETE FROM sessions");
    let thief = with_agent(&app, "Chrome/140.0 (Android)");
    let thief_again = with_agent(&app, "Edg/1 (Android)");
    let own = with_agent(&app, "Firefox/140.0 (Linux)");
    // Whoever was there before is told of all that came after.
    assert!(!told(&own) && told(&thief_again) && told(&thief));
    app.clock.advance(DAY);
    assert!(told(&own));
}

#[test]
fn each_way_is_named_and_ten_are_kept() {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    confirm(&browser, PASSWORD);
    let phone = Authenticator::new(1);
    register(&browser, &phone);
    for n in 0..12 {
        app.clock.advance(MINUTE);
        app.restart();
        let other = if n % 2 == 0 { Browser::new(&app) } else { Browser::of(&alice) };
        if n % 2 == 0 {
            assert_eq!(enter(&other, &phone).status, 303);
        }
    }
    let page = browser.get(HERE, "en");
    assert_eq!(page.matches("· passkey</div>").count(), 5, "{page}");
    assert_eq!(page.matches("· password</div>").count(), 5, "{page}");
    // Ten of new browsers, and ten of known ones.
    let kept = app.count("SELECT count(*) AS n FROM sign_ins WHERE person = (SELECT person FROM users u JOIN accounts a ON a.id = u.account_id WHERE a.username = 'alice')");
    assert!((10..=20).contains(&kept), "{kept}");
    // A browser that has signed in by the password is known with the passkey as well.
    app.write("UPDATE sign_ins SET is_new = 0");
    let known = Browser::of(&alice);
    app.write("UPDATE sign_ins SET is_new = 0");
    known.forget_cookie("__Host-sori");
    app.clock.advance(MINUTE);
    enter(&known, &phone);
    assert_eq!(app.count("SELECT sum(is_new) AS n FROM sign_ins"), 0);
    // And each sign-in has a session of its own.
    let before = known.cookie("__Host-sori").unwrap();
    app.clock.advance(MINUTE);
    known.forget_cookie("__Host-sori");
    enter(&known, &phone);
    assert_ne!(known.cookie("__Host-sori").unwrap(), before);
}

#[test]
fn a_browser_is_known_whichever_name_was_typed() {
    let (app, ..) = people();
    app.db.run("UPDATE users SET email = 'Alice@mail.example' WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')");
    let names = ["alice@mail.example", "alice", "@alice@a.example"];
    for first in names {
        let browser = Browser::new(&app);
        assert_eq!(browser.sign_in(first, PASSWORD, "/").status, 303);
        app.db.run("UPDATE sign_ins SET is_new = 0");
        for name in names {
            app.clock.advance(MINUTE);
            assert_eq!(browser.sign_in(name, PASSWORD, "/").status, 303);
            assert_eq!(app.count("SELECT sum(is_new) AS n FROM sign_ins"), 0, "{first}, {name}");
        }
    }
    Browser::new(&app).sign_in("alice", PASSWORD, "/");
    assert_eq!(app.count("SELECT sum(is_new) AS n FROM sign_ins"), 1);
    // That somebody else has signed in with it makes it known to nobody but them.
    let shared = Browser::new(&app);
    shared.sign_in("bob", PASSWORD, "/");
    app.db.run("UPDATE sign_ins SET is_new = 0");
    app.clock.advance(MINUTE);
    shared.sign_in("alice", PASSWORD, "/");
    assert_eq!(app.count("SELECT sum(is_new) AS n FROM sign_ins"), 1);
}
