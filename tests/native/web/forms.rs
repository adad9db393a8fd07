//! Forms that are sent too late, and where a sign-in leads to.

use sori::platform::native::{Clock, Network};

use crate::app::{MINUTE, NOW, PASSWORD, TestApp, people};
use crate::authenticator::SECURITY;
use crate::browser::Browser;

const LATE: i64 = 61 * MINUTE;

fn text(response: &sori::http::response::Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

#[test]
fn a_sign_in_form_that_expired_keeps_the_name_and_the_next_page() {
    let (app, ..) = people();
    let browser = Browser::new(&app);
    let page = browser.page("/sign_in?next=%2Fsettings%2Fmigration");
    app.clock.advance(LATE);
    let again = browser.fill(&page, &[("username", "alice"), ("password", PASSWORD)]);
    let html = text(&again);
    assert_eq!(again.status, 403);
    assert!(html.contains("open for too long") && html.contains("value=\"alice\""), "{html}");
    assert!(!html.contains(PASSWORD), "{html}");
    let done = browser.fill(&again, &[("username", "alice"), ("password", PASSWORD)]);
    assert_eq!((done.status, done.header("location")), (303, Some("/settings/migration")));
}

#[test]
fn forms_that_expired_keep_what_was_typed() {
    let (app, alice, _) = people();
    app.db.run("UPDATE users SET role_id = 2");
    for (path, fields) in [
        ("/settings/migration", vec![("action", "alias"), ("alias", "@old@b.example")]),
        (
            "/settings/migration",
            vec![("action", "move"), ("target", "@new@b.example"), ("password", "pw pw pw")],
        ),
        ("/settings/relays", vec![("address", "https://relay.example/inbox")]),
        ("/settings/servers", vec![("domain", "c.example"), ("comment", "reasons")]),
        (
            "/settings/emojis",
            vec![("action", "copy"), ("remote", ":fern:@b.example"), ("category", "plants")],
        ),
        ("/settings/old-posts", vec![("delete", "1"), ("days", "30"), ("min_boosts", "17")]),
        ("/settings/delete", vec![("password", "pw pw pw")]),
        ("/settings/invites", vec![("do", "make"), ("comment", "for dora")]),
        (
            "/settings/sign-up-rules",
            vec![("do", "network"), ("network", "10.0.0.0/8"), ("comment", "reasons")],
        ),
    ] {
        let browser = Browser::of(&alice);
        let page = browser.get(path, "en");
        let token = page.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        app.clock.advance(LATE);
        let body = |token: &str| {
            let mut body = url::form_urlencoded::Serializer::new(String::new());
            body.append_pair("form", token).extend_pairs(&fields).finish()
        };
        let again = browser.send("POST", path, &body(token), "en");
        let html = text(&again);
        assert_eq!(again.status, 403, "{path}");
        assert!(html.contains("open for too long") && !html.contains("pw pw pw"), "{path}: {html}");
        for (name, typed) in &fields {
            let is_kept = html.contains(&format!("value=\"{typed}\""));
            assert!(is_kept || ["password", "action"].contains(name), "{path}: {name} is gone: {html}");
        }
        // Where the session is over as well, the page after the sign-in has it.
        app.db.run("DELETE FROM sessions");
        let gone = browser.send("POST", path, &body(token), "en");
        let location = gone.header("location").unwrap().to_owned();
        assert!(location.starts_with("/sign_in?next="), "{path}: {location}");
        let page = browser.page(&location);
        let back = browser.fill(&page, &[("username", "alice"), ("password", PASSWORD)]);
        let html = browser.get(back.header("location").unwrap(), "en");
        for (name, typed) in &fields {
            let is_kept = html.contains(&format!("value=\"{typed}\""));
            // What an address names would look like what is stored there.
            let is_kept = is_kept || path == "/settings/old-posts";
            assert!(is_kept || ["password", "action"].contains(name), "{path}: {name} is gone: {html}");
            assert!(!location.contains("pw"), "{location}");
        }
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM domain_blocks"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM relays"), 0);
}

#[test]
fn an_address_that_is_refused_as_a_relay_is_shown_again() {
    let (app, alice, _) = people();
    app.db.run("UPDATE users SET role_id = 2");
    let browser = Browser::of(&alice);
    let answer = browser.submit("/settings/relays", "/settings/relays", &[("address", "relay of mine")]);
    assert_eq!(answer.status, 422);
    assert!(text(&answer).contains("value=\"relay of mine\""), "{}", text(&answer));
}

#[test]
fn who_is_signed_in_goes_on_to_the_next_page_at_once() {
    let (_, alice, _) = people();
    let browser = Browser::of(&alice);
    for (asked, wanted) in [
        ("/sign_in?next=%2Fsettings%2Fmigration", "/settings/migration"),
        ("/sign_in", "/home"),
        ("/sign_in?next=https%3A%2F%2Fevil.example%2F", "/"),
        ("/sign_in?next=%2F%2Fevil.example", "/"),
        ("/sign_in?next=%2F%5Cevil.example", "/"),
    ] {
        let answer = browser.page(asked);
        assert_eq!((answer.status, answer.header("location")), (303, Some(wanted)), "{asked}");
    }
}

#[test]
fn the_front_page_leads_to_the_sign_in_and_to_the_settings() {
    let (app, alice, _) = people();
    let link = "href=\"/sign_in\"";
    let stranger = Browser::new(&app).get("/", "en");
    assert!(stranger.contains(link) && !stranger.contains("/settings"), "{stranger}");
    let own = Browser::of(&alice).get("/", "ko");
    assert!(!own.contains(link) && own.contains("href=\"/settings\""), "{own}");
}

#[test]
fn local_instances_do_not_share_cookies() {
    // A browser sends the cookies of a host to all of its ports (RFC 6265, section 8.5).
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let names = |host: &str| {
        let app = TestApp::new(&network, host, &clock);
        let browser = Browser::new(&app);
        let signed_in = browser.sign_in("owner", PASSWORD, "/");
        let visitor = Browser::new(&app).page("/sign_in");
        let set = signed_in.headers.iter().chain(visitor.headers.iter());
        let mut all: Vec<String> = set
            .filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"))
            .map(|(_, cookie)| cookie.split('=').next().unwrap().to_owned())
            .collect();
        all.sort_unstable();
        all
    };
    let (one, two) = (names("localhost:8787"), names("localhost:8788"));
    assert_eq!(one.len(), 3, "{one:?}");
    assert!(one.iter().all(|name| !two.contains(name)), "{one:?} {two:?}");
}

#[test]
fn a_form_is_valid_for_an_hour_and_no_longer() {
    for (later, status) in [(60 * MINUTE, 303), (60 * MINUTE + 1, 403)] {
        let (app, ..) = people();
        let browser = Browser::new(&app);
        let page = browser.page("/sign_in");
        app.clock.advance(later);
        let fields = [("username", "alice"), ("password", PASSWORD)];
        assert_eq!(browser.fill(&page, &fields).status, status, "{later}");
    }
}

#[test]
fn a_browser_has_one_secret_for_its_forms_and_only_one_of_ours() {
    let (app, ..) = people();
    let browser = Browser::new(&app);
    const NAME: &str = "__Host-sori-visitor";
    let page = browser.page("/sign_in");
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.starts_with(NAME) && cookie.contains("Max-Age=3600;"), "{cookie}");
    let ours = browser.cookie(NAME).unwrap();
    browser.page("/sign_in");
    assert_eq!(browser.cookie(NAME).as_ref(), Some(&ours));
    for other in
        ["x".repeat(42), "x".repeat(44), format!("{}.", "x".repeat(42)), format!("{}%", "x".repeat(42))]
    {
        browser.set_cookie(NAME, &other);
        browser.page("/sign_in");
        let now = browser.cookie(NAME).unwrap();
        assert!(now != other && now.len() == 43, "{other}: {now}");
    }
    for ours in ["x".repeat(43), format!("-_{}", "x".repeat(41))] {
        browser.set_cookie(NAME, &ours);
        browser.page("/sign_in");
        assert_eq!(browser.cookie(NAME), Some(ours));
    }
}

#[test]
fn a_session_is_kept_for_thirty_days_and_ends_with_signing_out() {
    let (app, ..) = people();
    let browser = Browser::new(&app);
    let of_session = |answer: &sori::http::response::Response| -> String {
        let cookies = answer.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
        let mut of =
            cookies.map(|(_, value)| value.clone()).filter(|value| value.starts_with("__Host-sori="));
        of.next().expect("a cookie of the session")
    };
    let done = browser.sign_in("alice", PASSWORD, "/");
    assert!(of_session(&done).contains("Max-Age=2592000;"), "{}", of_session(&done));
    assert_eq!(browser.status("/settings/archive"), 200);
    let secret = browser.cookie("__Host-sori").unwrap();
    let out = browser.submit("/settings", "/sign_out", &[]);
    assert_eq!(out.status, 303, "{}", text(&out));
    assert!(of_session(&out).contains("Max-Age=0"), "{}", of_session(&out));
    // The secret is worth nothing any more.
    browser.set_cookie("__Host-sori", &secret);
    assert_eq!(browser.status("/settings/archive"), 303);
}

#[test]
fn what_is_too_long_for_a_name_is_not_sent_back() {
    let (app, ..) = people();
    let browser = Browser::new(&app);
    for (length, is_shown) in [(400, true), (401, false)] {
        let name = "x".repeat(length);
        let page = browser.page("/sign_in");
        let again = browser.fill(&page, &[("username", &name), ("password", "wrong")]);
        assert_eq!(text(&again).contains(&format!("value=\"{name}\"")), is_shown, "{length}");
    }
}

#[test]
fn what_was_confirmed_is_so_for_a_quarter_of_an_hour_in_the_browser_as_well() {
    let (_, alice, _) = people();
    let fields = [("do", "confirm"), ("password", PASSWORD)];
    let done = Browser::of(&alice).submit(SECURITY, SECURITY, &fields);
    let cookie = done.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-sori-confirmed=") && cookie.contains("Max-Age=900;"), "{cookie}");
}

#[test]
fn what_comes_along_to_the_sign_in_is_bounded() {
    let (app, ..) = people();
    for (bytes, is_kept) in [(1_000, true), (1_001, false)] {
        let typed = "x".repeat(bytes);
        let answer = Browser::new(&app).page(&format!("/settings/migration?alias={typed}"));
        assert_eq!((answer.status, answer.header("location").unwrap().contains(&typed)), (303, is_kept));
    }
}
