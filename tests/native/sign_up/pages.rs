//! The page of who wants an account.

use std::cell::Cell;
use std::rc::Rc;

use sori::http::response::Response;

use super::{fill, instance, set, text};
use crate::app::PASSWORD;
use crate::browser::Browser;

#[test]
fn somebody_signs_up_by_page_and_is_signed_in() {
    let app = instance("open");
    app.db.run("INSERT INTO rules (id, text, hint, translations) VALUES (1, 'Be <kind>', '', '{}')");
    let browser = Browser::new(&app);
    for from in ["/", "/about", "/sign_in"] {
        assert!(browser.get(from, "en").contains("href=\"/sign_up\""), "{from}");
    }
    let page = browser.get("/sign_up", "en");
    assert!(
        page.contains("Be &lt;kind&gt;")
            && page.contains("name=\"agreement\"")
            && !page.contains("name=\"reason\""),
        "{page}"
    );
    let done = fill(&browser, "/sign_up", "dora", &[]);
    assert_eq!((done.status, done.header("location")), (303, Some("/welcome/people")));
    assert_eq!(browser.status("/home"), 200);
    assert_eq!(browser.page("/sign_up").status, 303);
}

#[test]
fn all_that_is_wrong_is_said_and_the_rest_is_kept() {
    let app = instance("approval");
    set(&app, "sign_up_min_age", "16");
    let browser = Browser::new(&app);
    let refused = fill(
        &browser,
        "/sign_up",
        "a b",
        &[
            ("email", "<x>"),
            ("password", "short"),
            ("agreement", ""),
            ("reason", ""),
            ("date_of_birth", "2020-01-01"),
        ],
    );
    let html = text(&refused);
    assert_eq!(refused.status, 422);
    for said in ["no e-mail address", "Accept the rules", "old enough", "Say why", "at least 8"] {
        assert!(html.contains(said), "{said}: {html}");
    }
    assert!(html.contains("value=\"&lt;x&gt;\"") && !html.contains("short\""));
    let waits =
        fill(&browser, "/sign_up", "dora", &[("reason", "I like <ferns>"), ("date_of_birth", "1990-01-01")]);
    assert_eq!(waits.status, 200);
    assert!(text(&waits).contains("was received"));
    assert_eq!(browser.sign_in("dora", PASSWORD, "/").status, 403);
}

#[test]
fn a_form_of_another_browser_signs_nobody_up() {
    let app = instance("open");
    let (victim, attacker) = (Browser::new(&app), Browser::new(&app));
    let token = attacker.token("/sign_up");
    victim.page("/sign_up");
    let body = format!("form={token}&username=dora&password=correct+horse+battery&agreement=1");
    assert_eq!(victim.send("POST", "/sign_up", &body, "en").status, 403);
    assert_eq!(Browser::new(&app).send("POST", "/sign_up", &body, "en").status, 403);
    assert_eq!(app.count("SELECT count(*) AS n FROM users"), 1);
}

#[test]
fn one_chooses_among_the_domains_that_are_open() {
    let app = instance("open");
    app.db.run(
        "INSERT INTO domains (id, handle_domain, web_origin, is_open, verified_at, created_at) SELECT max(id) + 1, 'b.example', 'https://a.example', 1, 1, 1 FROM domains; \
         INSERT INTO domains (id, handle_domain, web_origin, is_open, verified_at, created_at) SELECT max(id) + 1, 'c.example', 'https://a.example', 0, 1, 1 FROM domains",
    );
    app.restart();
    let browser = Browser::new(&app);
    let page = browser.get("/sign_up", "en");
    assert!(page.contains("@b.example") && !page.contains("@c.example"), "{page}");
    assert_eq!(fill(&browser, "/sign_up", "dora", &[("domain", "c.example")]).status, 404);
    assert_eq!(fill(&browser, "/sign_up", "dora", &[("domain", "b.example")]).status, 303);
    assert_eq!(
        app.count("SELECT count(*) AS n FROM accounts WHERE username = 'dora' AND domain = 'b.example'"),
        1
    );
}

#[test]
fn without_the_test_that_the_operator_wants_nobody_is_let_in() {
    let app = instance("open");
    app.vars.borrow_mut().extend([("TURNSTILE_SITE_KEY", "site-key"), ("TURNSTILE_SECRET", "hush")]);
    let mode: Rc<Cell<u8>> = Rc::default();
    let answers = mode.clone();
    app.network.register(
        "challenges.cloudflare.com",
        Rc::new(move |request| {
            let body = String::from_utf8(request.body.clone()).unwrap();
            assert!(body.contains("secret=hush") && !body.contains("remoteip"));
            let answer = match answers.get() {
                0 => Response::new(500, "text/plain", "no"),
                1 => Response::new(200, "application/json", r#"{"success": false}"#),
                _ => Response::new(200, "application/json", r#"{"success": true}"#),
            };
            Box::pin(async move { answer })
        }),
    );
    let browser = Browser::new(&app);
    let page = browser.page("/sign_up");
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert!(
        policy.contains(
            "; script-src https://challenges.cloudflare.com; frame-src https://challenges.cloudflare.com"
        ),
        "{policy}"
    );
    assert!(text(&page).contains("data-sitekey=\"site-key\""));
    assert!(!browser.page("/sign_in").header("content-security-policy").unwrap().contains("challenges"));
    let comes =
        |response: &str| fill(&browser, "/sign_up", "dora", &[("cf-turnstile-response", response)]).status;
    assert_eq!(comes(""), 422);
    assert_eq!(comes("x"), 503);
    mode.set(1);
    assert_eq!(comes("x"), 422);
    assert_eq!(app.count("SELECT count(*) AS n FROM users"), 1);
    mode.set(2);
    assert_eq!(comes("x"), 303);
    // An app shows no test: who comes by one waits for staff.
    super::applies(&app, "emil");
    assert_eq!(app.count("SELECT count(*) AS n FROM applications"), 1);
    let told = super::read(&app.fetch("/api/v2/instance"));
    assert_eq!(told["registrations"]["url"], "https://a.example/sign_up");
}
