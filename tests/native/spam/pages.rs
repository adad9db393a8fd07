//! The pages `/settings/spam` and `/settings/held`.

use sori::http::response::Response;
use sori::model::spam::{Action, Kind};

use super::{held, last_held, mention, press, rule, sends};
use crate::app::TestApp;
use crate::browser::Browser;
use crate::remote::{Remote, scene};
use crate::staff::moderation::staff;

fn text(answer: &Response) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

const SPAM: &str = "/settings/spam";
const HELD: &str = "/settings/held";

#[test]
fn each_page_is_for_who_may() {
    let app = TestApp::alone();
    for (role, spam, held) in [(-99, 404, 404), (1, 404, 200), (2, 200, 200)] {
        let browser = Browser::of(&staff(&app, &format!("p{}", role + 100), role));
        assert_eq!((browser.status(SPAM), browser.status(HELD)), (spam, held), "{role}");
    }
    assert_eq!(Browser::new(&app).status(SPAM), 303);
    // A form of another person is nobody's.
    let (mo, ada) = (Browser::of(&staff(&app, "mo", 1)), Browser::of(&staff(&app, "ada", 2)));
    let token = ada.token(HELD);
    assert_eq!(mo.send("POST", HELD, &format!("form={token}&quiet=on"), "en").status, 403);
    assert_eq!(mo.send("POST", SPAM, "form=x&do=days&days=1", "en").status, 404);
}

#[test]
fn rules_are_added_listed_and_removed() {
    let app = TestApp::alone();
    let browser = Browser::of(&staff(&app, "ada", 2));
    let add = |fields: &[(&str, &str)]| {
        let mut all = vec![("do", "add")];
        all.extend(fields);
        browser.submit(SPAM, SPAM, &all)
    };
    let done = add(&[("kind", "word"), ("text", " Ｃheap  <Pills> "), ("posts", "1"), ("action", "refuse")]);
    assert_eq!(done.status, 303, "{}", text(&done));
    let done = add(&[
        ("kind", "host"),
        ("text", "https://Spam.Example/page?x"),
        ("sign_ups", "1"),
        ("action", "hold"),
    ]);
    assert_eq!(done.status, 303, "{}", text(&done));
    let done = add(&[("kind", "host"), ("text", "카지노.example"), ("posts", "1"), ("action", "limit")]);
    assert_eq!(done.status, 303, "{}", text(&done));
    let page = browser.get(SPAM, "en");
    for said in ["cheap &lt;pills&gt;", "spam.example", "xn--o80bl47bgkd.example", "0 matches"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    for (kind, wrong) in [
        ("word", ""),
        ("word", "x"),
        ("word", "!!"),
        ("word", &"x".repeat(201)),
        ("word", "CHEAP <pills>"),
        ("host", "a.example"),
        ("host", "no host"),
        ("host", "localhost"),
        ("host", "SPAM.example"),
    ] {
        let answer = add(&[("kind", kind), ("text", wrong), ("posts", "1")]);
        assert_eq!(answer.status, 422, "{kind} {wrong}");
        assert!(
            wrong.len() < 3
                || text(&answer)
                    .contains(&format!("value=\"{}\"", wrong.replace('<', "&lt;").replace('>', "&gt;")))
        );
    }
    assert_eq!(add(&[("kind", "word"), ("text", "for nothing")]).status, 422);
    let (most, days) = (
        browser.submit(SPAM, SPAM, &[("do", "days"), ("days", "7")]),
        browser.submit(SPAM, SPAM, &[("do", "days"), ("days", "366")]),
    );
    assert_eq!((most.status, days.status, app.ready().site().spam.young_days), (303, 422, 7));
    let first = app.count("SELECT min(id) AS n FROM spam_rules").to_string();
    assert_eq!(browser.submit(SPAM, SPAM, &[("remove", &first)]).status, 303);
    assert_eq!(app.ready().site().spam.rules.len(), 2);
    assert_eq!(browser.submit(SPAM, SPAM, &[("remove", "1")]).status, 404);
    // Three rules, the days, and the removal.
    assert_eq!(app.count("SELECT count(*) AS n FROM audit_log"), 5);
    for n in 0..198 {
        let done = add(&[("kind", "word"), ("text", &format!("word {n}")), ("posts", "1")]);
        assert_eq!(done.status, 303, "{n}");
    }
    assert_eq!(add(&[("kind", "word"), ("text", "one more"), ("posts", "1")]).status, 422);
}

#[test]
fn staff_decides_about_what_waits() {
    let (app, alice, remote, bob) = scene();
    let other = Remote::new(&app.network, "c.example");
    let eve = other.person("eve");
    rule(&app, Kind::Word, "pills", false, Action::Hold);
    for n in 1..4 {
        sends(&app, &remote, &bob, &mention(&app, &remote, &bob, n, &format!("pills &lt;{n}&gt;")));
        app.clock.advance(1_000);
    }
    sends(&app, &other, &eve, &mention(&app, &other, &eve, 9, "pills of eve"));
    let mo = staff(&app, "mo", 1);
    let browser = Browser::of(&mo);
    let page = browser.get(HELD, "en");
    for said in [
        "pills &lt;1&gt;",
        "pills of eve",
        "@bob@b.example",
        "rule:",
        "Let through",
        "Drop all by this account",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    app.ready().shared.forget_site();
    assert!(browser.get("/settings/admin", "en").contains("<strong>4</strong>"));
    let of_eve = last_held(&app);
    let of_bob = app.count("SELECT min(id) AS n FROM held").to_string();
    assert_eq!((press(&app, &mo, "drop_all", &of_bob), held(&app)), (303, 1));
    // Twice, as two members of staff do.
    assert_eq!(press(&app, &mo, "drop", &of_bob), 303);
    assert_eq!((press(&app, &mo, "pass", &of_eve), press(&app, &mo, "pass", &of_eve)), (303, 303));
    assert_eq!((held(&app), alice.notifications().len()), (0, 1));
    assert_eq!(app.count("SELECT count(*) AS n FROM audit_log WHERE kind = 'held_post'"), 2);
    assert!(browser.get(HELD, "ko").contains("기다리는 글이 없어요."));
    for (quiet, is_on) in [("on", true), ("off", false)] {
        assert_eq!(browser.submit(HELD, HELD, &[("quiet", quiet)]).status, 303);
        assert_eq!(app.ready().site().spam.quiet.is_on, is_on);
    }
    let set = |after: &str| browser.submit(HELD, HELD, &[("do", "after"), ("after", after)]).status;
    assert_eq!((set("30"), set("10001"), set("x"), app.ready().site().spam.quiet.after), (303, 422, 422, 30));
    assert_eq!(app.count("SELECT count(*) AS n FROM audit_log WHERE kind = 'settings'"), 3);
}

#[test]
fn a_suspended_author_is_not_let_through() {
    let (app, alice, remote, bob) = scene();
    rule(&app, Kind::Word, "pills", false, Action::Hold);
    sends(&app, &remote, &bob, &mention(&app, &remote, &bob, 1, "pills"));
    pollster::block_on(crate::app::suspend(&app.ready(), &app.account("bob"))).unwrap();
    assert_eq!(press(&app, &app.person("owner"), "pass", &last_held(&app)), 303);
    assert_eq!((held(&app), alice.notifications().len()), (0, 0));
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 0);
}
