//! Limits on guessing passwords and codes, which lock nobody out (docs/decisions/0007-sign-in-limits.md);
//! forms are valid only in the browser that they were given to.

use std::future::Future;
use std::pin::Pin;

use sori::http::response::Response;
use sori::model::address::Address;
use sori::platform::native::{Clock, Network};
use sori::services::attempts::{Attempt, Source};
use sori::services::sign_in::{SignIn, sign_in};
use sori::store;

use crate::app::{DAY, MINUTE, NOW, PASSWORD, SETUP_CODE, TestApp, people};
use crate::browser::Browser;

/// One try in a new browser, in an isolate that has counted nothing yet.
fn guess(app: &TestApp, ip: &str, name: &str, password: &str) -> u16 {
    app.restart();
    Browser::at(app, ip).sign_in(name, password, "/").status
}

/// Tries until there is a delay; returns the number of tries.
fn free(app: &TestApp, ip: impl Fn(usize) -> String, name: impl Fn(usize) -> String) -> usize {
    (0..1000).position(|n| guess(app, &ip(n), &name(n), "wrong") == 429).unwrap_or(1000)
}

fn retry_after(response: &Response) -> i64 {
    response.header("retry-after").unwrap().parse().unwrap()
}

const ATTACKER: &str = "192.0.2.1";
const ELSEWHERE: &str = "198.51.100.7";

#[test]
fn guesses_from_one_address_are_delayed_in_every_isolate() {
    let (app, ..) = people();
    for _ in 0..5 {
        assert_eq!(guess(&app, ATTACKER, "alice", "wrong"), 401);
    }
    // The right password has to wait as well, so the answer reveals nothing.
    for password in ["wrong", PASSWORD] {
        let browser = Browser::at(&app, ATTACKER);
        let page = browser.sign_in("alice", password, "/");
        assert_eq!((page.status, retry_after(&page)), (429, 61), "{password}");
        assert!(String::from_utf8(page.body).unwrap().contains("try again in 1 min.<"));
        assert!(browser.cookie("__Host-sori").is_none());
    }
    app.clock.advance(MINUTE);
    assert_eq!(guess(&app, ATTACKER, "alice", PASSWORD), 303);
}

#[test]
fn each_further_failure_doubles_the_delay_up_to_an_hour() {
    let (app, ..) = people();
    assert_eq!(free(&app, |_| ATTACKER.into(), |_| "alice".into()), 5);
    let mut waited = Vec::new();
    for _ in 0..9 {
        let seconds = retry_after(&Browser::at(&app, ATTACKER).sign_in("alice", "wrong", "/")) - 1;
        waited.push(seconds / 60);
        app.clock.advance(seconds * 1000 - 1);
        assert_eq!(guess(&app, ATTACKER, "alice", "wrong"), 429);
        app.clock.advance(1);
        assert_eq!(guess(&app, ATTACKER, "alice", "wrong"), 401);
    }
    assert_eq!(waited, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    // A day without a failure resets the count.
    app.clock.advance(DAY);
    assert_eq!(free(&app, |_| ATTACKER.into(), |_| "alice".into()), 5);
}

#[test]
fn nobody_is_locked_out_by_guesses_from_elsewhere() {
    let (app, ..) = people();
    let known = Browser::at(&app, ATTACKER);
    assert_eq!(known.sign_in("alice", PASSWORD, "/").status, 303);
    for n in 0..500 {
        guess(&app, ATTACKER, "alice", "wrong");
        guess(&app, &format!("203.0.{n}.1"), "alice", "wrong");
    }
    // From another address at once.
    assert_eq!(guess(&app, ELSEWHERE, "alice", PASSWORD), 303);
    // From the attacker's own address in a browser that has signed in before, and elsewhere with that
    // browser.
    app.restart();
    assert_eq!(known.sign_in("alice", PASSWORD, "/").status, 303);
    for _ in 0..30 {
        Browser::at(&app, ATTACKER).send("POST", "/sign_in", "", "en");
    }
    assert_eq!(Browser::at(&app, ATTACKER).send("POST", "/sign_in", "", "en").status, 429);
    assert_eq!(known.sign_in("alice", PASSWORD, "/").status, 303);
    // Other accounts from the attacker's address.
    assert_eq!(guess(&app, ATTACKER, "bob", PASSWORD), 303);
}

#[test]
fn a_known_browser_is_known_for_its_person_only_and_has_its_own_delays() {
    let (app, ..) = people();
    let mallory = Browser::at(&app, ATTACKER);
    assert_eq!(mallory.sign_in("bob", PASSWORD, "/").status, 303);
    let bobs = mallory.cookie("__Host-sori-device").unwrap();
    let tries = |browser: &Browser, name: &str| {
        (0..100)
            .position(|_| {
                app.restart();
                browser.sign_in(name, "wrong", "/").status == 429
            })
            .unwrap()
    };
    assert_eq!(tries(&mallory, "alice"), 5);
    assert_eq!(tries(&mallory, "bob"), 10);
    assert_eq!(mallory.cookie("__Host-sori-device").unwrap(), bobs);
    let longest = (0..12).map(|_| {
        let seconds = retry_after(&mallory.sign_in("bob", "wrong", "/"));
        app.clock.advance(seconds * 1000);
        app.restart();
        assert_eq!(mallory.sign_in("bob", "wrong", "/").status, 401);
        seconds / 60
    });
    assert_eq!(longest.max(), Some(15));
    // Forged, changed and old cookies are ignored.
    let (id, rest) = bobs.split_once('.').unwrap();
    for forged in [
        "x".to_owned(),
        format!("{}.{rest}", id.replace(|c: char| c.is_ascii_digit(), "0")),
        bobs.replace(|c: char| c.is_ascii_lowercase(), "a"),
        format!("{}~{bobs}", "x".repeat(1000)),
        format!("{}{bobs}", "x~".repeat(4)),
    ] {
        app.db.run("DELETE FROM attempts");
        let browser = Browser::at(&app, ELSEWHERE);
        browser.set_cookie("__Host-sori-device", &forged);
        assert_eq!(tries(&browser, "bob"), 5, "{forged}");
    }
    app.db.run("DELETE FROM attempts");
    app.clock.advance(365 * DAY);
    assert_eq!(tries(&mallory, "bob"), 5);
}

#[test]
fn a_browser_is_known_for_a_year() {
    for (later, expected) in [(365 * DAY - 1, 10), (365 * DAY, 5)] {
        let (app, ..) = people();
        let browser = Browser::at(&app, ATTACKER);
        assert_eq!(browser.sign_in("bob", PASSWORD, "/").status, 303);
        app.clock.advance(later);
        let tries = (0..100).position(|_| browser.sign_in("bob", "wrong", "/").status == 429);
        assert_eq!(tries, Some(expected), "{later}");
    }
}

#[test]
fn a_browser_keeps_its_number_for_each_of_its_people() {
    let (app, ..) = people();
    let browser = Browser::at(&app, ELSEWHERE);
    let number = |name: &str| {
        let answer = browser.sign_in(name, PASSWORD, "/");
        let set =
            |cookie: &str| cookie.starts_with("__Host-sori-device=") && cookie.contains("Max-Age=31536000;");
        assert!(answer.status == 303 && answer.headers.iter().any(|(_, value)| set(value)), "{answer:?}");
        browser.cookie("__Host-sori-device").unwrap().split('.').next().unwrap().to_owned()
    };
    let (first, again, other) = (number("bob"), number("bob"), number("alice"));
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert_eq!((number("bob"), number("alice")), (first, other));
}

#[test]
fn a_browser_is_known_for_each_of_its_people() {
    let (app, ..) = people();
    let browser = Browser::at(&app, ELSEWHERE);
    for name in ["p1", "p2", "p3", "p4", "p5"] {
        app.person(name);
        assert_eq!(browser.sign_in(name, PASSWORD, "/").status, 303);
    }
    for name in ["p1", "p2", "p3", "p4", "p5"] {
        guess(&app, ELSEWHERE, name, "wrong");
    }
    app.db.run("UPDATE attempts SET failures = 7");
    app.restart();
    // The newest four.
    for (name, status) in [("p5", 303), ("p4", 303), ("p3", 303), ("p2", 303), ("p1", 429)] {
        assert_eq!(browser.sign_in(name, PASSWORD, "/").status, status, "{name}");
    }
}

#[test]
fn many_addresses_of_one_network_are_counted_together() {
    let (app, ..) = people();
    assert_eq!(free(&app, |n| format!("2001:db8:1:{n:x}::1"), |_| "alice".into()), 20);
    assert_eq!(free(&app, |n| format!("192.0.2.{n}"), |_| "alice".into()), 20);
    assert_eq!(guess(&app, "2001:db8:2:1::1", "alice", "wrong"), 401);
    // An IPv6 /64 network is one address.
    assert_eq!(free(&app, |n| format!("2001:db8:3:1::{n:x}"), |_| "bob".into()), 5);
}

#[test]
fn an_account_under_attack_allows_each_new_address_one_try() {
    let (app, ..) = people();
    for n in 0..100 {
        assert_eq!(guess(&app, &format!("10.{n}.0.1"), "alice", "wrong"), 401);
    }
    for n in 100..110 {
        assert_eq!(free(&app, |_| format!("10.{n}.0.1"), |_| "alice".into()), 1, "{n}");
    }
    assert_eq!(free(&app, |n| format!("10.200.0.{n}"), |_| "alice".into()), 3);
    assert_eq!(guess(&app, "10.201.0.1", "alice", PASSWORD), 303);
    // Nobody else is affected.
    assert_eq!(free(&app, |_| "10.202.0.1".into(), |_| "bob".into()), 5);
}

#[test]
fn many_names_from_one_network_are_delayed() {
    let (app, ..) = people();
    assert_eq!(free(&app, |n| format!("192.0.2.{}", n % 250), |n| format!("name{n}")), 100);
    let page = Browser::at(&app, "192.0.2.99").sign_in("alice", PASSWORD, "/");
    assert_eq!((page.status, retry_after(&page)), (429, 61));
    assert_eq!(guess(&app, ELSEWHERE, "alice", PASSWORD), 303);
}

#[test]
fn an_unknown_name_is_treated_like_a_known_one() {
    let (app, ..) = people();
    for name in ["alice", "nobody", "nobody@b.example", "nobody@mail.example", "", "a b", &"x".repeat(5000)] {
        assert_eq!(free(&app, |_| ATTACKER.into(), |_| name.into()), 5, "{name:.20}");
        app.db.run("DELETE FROM attempts");
    }
}

#[test]
fn every_spelling_of_a_name_counts_together() {
    let (app, ..) = people();
    app.db.run("UPDATE users SET email = 'alice@mail.example' WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')");
    let names = ["alice", "@alice", "ALICE", " alice ", "alice@a.example", "@Alice@A.EXAMPLE", "@@alice"];
    assert_eq!(free(&app, |_| ATTACKER.into(), |n| names[n % names.len()].into()), 5);
    for name in names {
        assert_eq!(guess(&app, ATTACKER, name, PASSWORD), 429, "{name}");
        assert_eq!(guess(&app, ELSEWHERE, name, PASSWORD), 303, "{name}");
    }
    let names = ["alice@mail.example", "Alice@Mail.Example", " ALICE@MAIL.EXAMPLE"];
    assert_eq!(free(&app, |_| ATTACKER.into(), |n| names[n % names.len()].into()), 5);
}

#[test]
fn successful_sign_ins_are_not_counted() {
    let (app, ..) = people();
    for _ in 0..150 {
        assert_eq!(guess(&app, ATTACKER, "alice", PASSWORD), 303);
    }
    assert_eq!(app.count("SELECT sum(failures) AS n FROM attempts"), 0);
    // It gives no further five tries at other accounts.
    for _ in 0..4 {
        guess(&app, ATTACKER, "alice", "wrong");
        guess(&app, ATTACKER, "bob", PASSWORD);
    }
    assert_eq!(guess(&app, ATTACKER, "alice", "wrong"), 401);
    assert_eq!(guess(&app, ATTACKER, "alice", "wrong"), 429);
}

#[test]
fn concurrent_tries_are_counted_before_they_end() {
    let (app, ..) = people();
    app.db.set_slow(true);
    let events: Vec<_> = (0..40).map(|_| app.ready()).collect();
    let domain = events[0].primary();
    let source = Source { address: Address::parse(ATTACKER), devices: Vec::new(), browser: String::new() };
    let all: Vec<Pin<Box<dyn Future<Output = _>>>> = events
        .iter()
        .map(|event| {
            let (domain, source) = (domain.clone(), source.clone());
            let sign_in =
                async move { sign_in(event, "alice", "wrong", &domain, &source, "visitor").await.unwrap() };
            Box::pin(sign_in) as Pin<Box<dyn Future<Output = _>>>
        })
        .collect();
    let outcomes = pollster::block_on(crate::app::together(all));
    let tried = outcomes.iter().filter(|outcome| matches!(outcome, SignIn::Wrong)).count();
    assert_eq!((outcomes.len(), tried), (40, 5));
}

#[test]
fn the_set_up_code_has_the_same_limits() {
    let app = TestApp::empty(&Network::new(1), "a.example", &Clock::fixed(NOW));
    let submit = |ip: &str, code: &str| {
        app.restart();
        let browser = Browser::at(&app, ip);
        let page = browser.page("/setup");
        browser.fill(&page, &[("code", code), ("title", "x"), ("username", "alice"), ("password", PASSWORD)])
    };
    for _ in 0..5 {
        assert_eq!(submit(ATTACKER, "wrong").status, 403);
    }
    let page = submit(ATTACKER, SETUP_CODE);
    assert_eq!((page.status, retry_after(&page)), (429, 61));
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts"), 0);
    assert_eq!(submit(ELSEWHERE, SETUP_CODE).status, 200);
    assert_eq!(app.count("SELECT count(*) AS n FROM users"), 1);
}

#[test]
fn password_confirmation_pages_have_the_same_limits() {
    let (app, alice, _) = people();
    let (thief, own) = (Browser::of(&alice), Browser::of(&alice));
    let delete = |browser: &Browser, password: &str| {
        app.restart();
        browser.submit("/settings/delete", "/settings/delete", &[("password", password)])
    };
    let leave = |browser: &Browser, password: &str| {
        app.restart();
        browser.migration(&[("action", "move"), ("target", "bob@b.example"), ("password", password)])
    };
    // Both pages ask for the same password and share the count.
    for n in 0..5 {
        let page = if n % 2 == 0 { delete(&thief, "wrong") } else { leave(&thief, "wrong") };
        assert_eq!(page.status, 422);
    }
    for password in ["wrong", PASSWORD] {
        assert_eq!(delete(&thief, password).status, 429);
        let page = leave(&thief, password);
        assert_eq!((page.status, retry_after(&page)), (429, 61));
    }
    // Sessions of other accounts are not delayed.
    assert_eq!(leave(&own, PASSWORD).status, 422, "nobody is called bob@b.example");
    assert_eq!(delete(&own, PASSWORD).status, 200);
}

#[test]
fn another_password_is_as_hard_to_guess_as_the_first() {
    let (app, alice, _) = people();
    let own = Browser::of(&alice);
    let chooses = |new: &str| {
        let fields = [("password", PASSWORD), ("new", new)];
        own.submit("/settings/password", "/settings/password", &fields).status
    };
    for bad in ["short", "Password1", &"a".repeat(129)] {
        assert_eq!(chooses(bad), 422, "{bad:.20}");
    }
    assert_eq!(guess(&app, ELSEWHERE, "alice", PASSWORD), 303);
    assert_eq!(chooses("another horse"), 200);
    assert_eq!(guess(&app, ELSEWHERE, "alice", PASSWORD), 401);
    assert_eq!(guess(&app, ELSEWHERE, "alice", "another horse"), 303);
}

#[test]
fn another_identity_or_secret_of_a_session_brings_no_more_tries() {
    let (app, alice, _) = people();
    let (thief, own) = (Browser::of(&alice), Browser::of(&alice));
    let delete = |browser: &Browser, password: &str| {
        browser.submit("/settings/delete", "/settings/delete", &[("password", password)]).status
    };
    // A session gets another secret where it is switched, if only to the identity that it has.
    for n in 0..10 {
        let before = thief.cookie("__Host-sori");
        let used = [("use", &*alice.id.to_string())];
        assert_eq!(thief.submit("/settings/identities", "/settings/identities", &used).status, 303);
        assert_ne!(thief.cookie("__Host-sori"), before);
        assert_eq!(delete(&thief, "wrong"), if n < 5 { 422 } else { 429 }, "{n}");
    }
    assert_eq!(delete(&thief, PASSWORD), 429);
    assert_eq!(app.count("SELECT count(*) AS n FROM sessions"), 2);
    assert_eq!(delete(&own, PASSWORD), 200);
}

#[test]
fn nobody_learns_which_names_are_one_persons() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    for other in [&bob, &carol] {
        app.db.run(&format!(
            "UPDATE users SET person = (SELECT person FROM users WHERE account_id = {}) WHERE account_id = {}",
            alice.id, other.id
        ));
    }
    // What is tried at one further identity delays nobody at another.
    assert_eq!(free(&app, |_| ATTACKER.into(), |_| "bob".into()), 5);
    for name in ["carol", "alice", "nobody"] {
        assert_eq!(free(&app, |_| ATTACKER.into(), |_| name.into()), 5, "{name}");
    }
    // And none costs another number of trips than a name that nobody has.
    let trips = ["alice", "bob", "carol", "nobody"].map(|name| {
        guess(&app, "203.0.113.9", name, "wrong");
        let cost = *app.cost.borrow();
        (cost.trips, cost.statements, cost.rows_written)
    });
    assert!(trips.iter().all(|trip| *trip == trips[3]), "{trips:?}");
}

#[test]
fn the_attempts_table_has_a_fixed_number_of_rows() {
    let (app, ..) = people();
    for n in 0..50 {
        guess(&app, &format!("10.{n}.0.1"), &format!("name{n}"), "wrong");
    }
    let rows = app.count("SELECT count(*) AS n FROM attempts");
    assert!((150..=200).contains(&rows), "{rows}");
    assert!(app.count("SELECT max(place) AS n FROM attempts") < 1 << 14);
    // A new subject that hashes to a used row replaces it.
    app.db.run("UPDATE attempts SET subject = subject + 1, failures = 150");
    assert_eq!(free(&app, |_| "10.1.0.1".into(), |_| "name1".into()), 5);
    // What still has an effect stays.
    let rows = app.count("SELECT count(*) AS n FROM attempts");
    pollster::block_on(store::write(&app.db, vec![store::attempts::delete_old(app.clock.now())])).unwrap();
    assert_eq!(app.count("SELECT count(*) AS n FROM attempts"), rows);
    app.clock.advance(2 * DAY);
    app.clock.advance(DAY - (app.clock.now().0 % DAY));
    app.tick();
    assert_eq!(app.count("SELECT count(*) AS n FROM attempts"), 0);
}

#[test]
fn a_success_takes_back_no_failure_of_a_subject_that_has_the_row_by_then() {
    let (app, ..) = people();
    let event = app.ready();
    let source = Source { address: Address::parse(ATTACKER), devices: Vec::new(), browser: String::new() };
    let attempt = Attempt::at_account(&event, "alice", &source);
    let failures = |subjects: &str| {
        pollster::block_on(attempt.begin(&event, store::site::setting("title"))).unwrap();
        app.db.run(&format!("UPDATE attempts SET failures = 7, subject = {subjects}"));
        pollster::block_on(store::write(&app.db, vec![attempt.succeeded()])).unwrap();
        app.count("SELECT min(failures) * 10 + max(failures) AS n FROM attempts")
    };
    assert_eq!((failures("subject"), failures("subject + 1")), (66, 77));
}

#[test]
fn a_sign_in_form_is_valid_only_in_its_browser() {
    let (app, ..) = people();
    let (mallory, victim) = (Browser::new(&app), Browser::new(&app));
    let page = mallory.page("/sign_in");
    let credentials = [("username", "bob"), ("password", PASSWORD)];
    // A browser without a page of ours, and one with another page.
    assert_eq!(victim.fill(&page, &credentials).status, 403);
    victim.page("/sign_in");
    assert_eq!(victim.fill(&page, &credentials).status, 403);
    victim.set_cookie("__Host-sori-visitor", "");
    assert_eq!(victim.fill(&page, &credentials).status, 403);
    assert!(victim.cookie("__Host-sori").is_none());
    assert_eq!(mallory.fill(&page, &credentials).status, 303);
    // The cookie is for this host only, and pages opened side by side are all valid.
    let set = Browser::new(&app).page("/sign_in");
    let set = set.header("set-cookie").unwrap();
    assert!(
        set.starts_with("__Host-sori-visitor=") && set.contains("; Secure") && set.contains("HttpOnly"),
        "{set}"
    );
    let both = Browser::new(&app);
    let (first, _) = (both.page("/sign_in"), both.page("/sign_in?next=/about"));
    assert_eq!(both.fill(&first, &[("username", "bob"), ("password", PASSWORD)]).status, 303);
    let late = Browser::new(&app);
    let page = late.page("/sign_in");
    app.clock.advance(61 * MINUTE);
    assert_eq!(late.fill(&page, &credentials).status, 403);
}

#[test]
fn the_set_up_form_is_valid_only_in_its_browser() {
    let app = TestApp::empty(&Network::new(1), "a.example", &Clock::fixed(NOW));
    let (mallory, victim) = (Browser::new(&app), Browser::new(&app));
    let page = mallory.page("/setup");
    let fields = [("code", SETUP_CODE), ("title", "x"), ("username", "alice"), ("password", PASSWORD)];
    assert_eq!(victim.fill(&page, &fields).status, 422);
    assert_eq!(app.count("SELECT count(*) AS n FROM users"), 0);
    assert_eq!(mallory.fill(&page, &fields).status, 200);
    assert!(mallory.cookie("__Host-sori-device").is_some());
}

#[test]
fn forms_after_sign_in_are_bound_to_their_session() {
    let (app, alice, bob) = people();
    app.db.run("UPDATE users SET role_id = 2");
    let (own, other) = (Browser::of(&alice), Browser::of(&bob));
    let token = |browser: &Browser, page: &str| {
        let html = browser.get(page, "en");
        html.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let pages = [
        "/settings/migration",
        "/settings/delete",
        "/settings/relays",
        "/settings/servers",
        "/settings/emojis",
    ];
    for page in pages {
        let body = |token: &str| {
            let mut body = url::form_urlencoded::Serializer::new(String::new());
            body.append_pair("form", token).append_pair("action", "stay").append_pair("secure_mode", "on");
            body.finish()
        };
        let own_token = token(&own, page);
        for wrong in [token(&other, page), String::new(), token(&own, pages[usize::from(page == pages[0])])] {
            assert_eq!(own.send("POST", page, &body(&wrong), "en").status, 403, "{page}");
        }
        assert_ne!(own.send("POST", page, &body(&own_token), "en").status, 403, "{page}");
    }
    // Signing out is a form as well, which is absent where nobody is signed in.
    assert_eq!(
        own.send("POST", "/sign_out", &format!("form={}", token(&other, "/settings")), "en").status,
        403
    );
    assert_eq!(Browser::new(&app).send("POST", "/sign_out", "form=", "en").status, 403);
    let session = own.cookie("__Host-sori").unwrap();
    assert_eq!(
        own.send("POST", "/sign_out", &format!("form={}", token(&own, "/settings")), "en").status,
        303
    );
    assert_eq!(own.status("/settings/delete"), 303);
    // The session has ended, whoever still has its cookie.
    own.set_cookie("__Host-sori", &session);
    assert_eq!(own.status("/settings/delete"), 303);
}

#[test]
fn a_sign_in_redirects_only_to_this_origin() {
    let (app, ..) = people();
    for next in [
        "/\t/evil.example/",
        "/\n/evil.example",
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/.//evil.example",
        "javascript:alert(1)",
        "",
    ] {
        let answer = Browser::new(&app).sign_in("alice", PASSWORD, next);
        assert_eq!(answer.header("location"), Some("/"), "{next:?}");
    }
    let answer = Browser::new(&app).sign_in("alice", PASSWORD, "/settings/delete?a=b");
    assert_eq!(answer.header("location"), Some("/settings/delete?a=b"));
}
