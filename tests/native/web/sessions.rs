//! The page of a person's browsers and apps.

use crate::app::{DAY, PASSWORD, Person, TestApp, id};
use crate::browser::Browser;
use crate::push::{Device, PushService};
use crate::streaming::listener::{listen, people};
use serde_json::json;

const HERE: &str = "/settings/sessions";
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

fn signed_in(app: &TestApp, agent: &str) -> Browser {
    let browser = Browser { agent: Some(agent.into()), ..Browser::new(app) };
    assert_eq!(browser.sign_in("alice", PASSWORD, "/").status, 303);
    browser
}

/// The values of a page's buttons of this name.
fn values(html: &str, name: &str) -> Vec<String> {
    let start = format!("name=\"{name}\" value=\"");
    let parts = html.split(start.as_str()).skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

#[test]
fn browsers_are_listed_and_signed_out() {
    let (app, alice, bob) = people();
    let first = signed_in(&app, FIREFOX);
    app.clock.advance(DAY);
    let second = signed_in(&app, "<b>unknown</b>");
    app.clock.advance(1000);
    let third = Browser::of(&alice);
    let theirs = Browser::of(&bob);
    let html = first.get(HERE, "en");
    assert!(
        html.contains("<strong>Firefox · Linux</strong> <span class=\"meta\">This browser</span>")
            && html.contains(">Unknown browser<")
            && html.contains("Since <time datetime=\"2026-09-21T14:13:20.000Z\">2026-09-21 14:13 UTC</time>")
            && !html.contains("unknown</b>"),
        "{html}"
    );
    let others = values(&html, "browser");
    assert_eq!(others.len(), 2, "{html}");
    // Nobody else ends one.
    let foreign = theirs.submit(HERE, HERE, &[("browser", &others[0])]);
    assert_eq!((foreign.status, third.status("/home")), (303, 200));
    assert_eq!(first.send("POST", HERE, &format!("form=1.x&browser={}", others[0]), "en").status, 403);
    assert_eq!(first.submit(HERE, HERE, &[("browser", "x")]).status, 400);
    assert_eq!(first.submit(HERE, HERE, &[("browser", &others[1])]).status, 303);
    assert_eq!((first.status("/home"), second.status("/home"), third.status("/home")), (200, 303, 200));
    assert_eq!(first.submit(HERE, HERE, &[("do", "others")]).status, 303);
    assert_eq!((first.status("/home"), third.status("/home"), theirs.status("/home")), (200, 303, 200));
    let html = first.get(HERE, "en");
    assert!(values(&html, "browser").is_empty() && !html.contains("value=\"others\""), "{html}");
    // One that has run out is not among them, though its row is still there.
    signed_in(&app, FIREFOX);
    assert_eq!(values(&first.get(HERE, "en"), "browser").len(), 1);
    app.write("UPDATE sessions SET expires_at = 1 WHERE created_at = (SELECT max(created_at) FROM sessions)");
    assert!(values(&first.get(HERE, "en"), "browser").is_empty());
    assert_eq!(Browser::new(&app).status(HERE), 303);
}

#[test]
fn apps_are_listed_with_what_they_may_and_removed_with_all_that_they_have() {
    let (app, alice, bob) = people();
    let service = PushService::new(&app.network, "push.example");
    Device::new(&service, 1, true).subscribes(&alice, &["mention"]);
    let made = alice.post(
        "/api/v1/apps",
        json!({"client_name": "Ivory <app>", "website": "https://x.example/", "redirect_uris": "app://x", "scopes": "read"}),
    );
    app.db.run(&format!(
        "UPDATE access_tokens SET app_id = {} WHERE user_id = (SELECT id FROM users WHERE account_id = {})",
        id(&made),
        alice.id
    ));
    let heard = listen(&alice, "stream=user");
    let browser = Browser::of(&alice);
    let html = browser.get(HERE, "en");
    for shown in [
        ">Ivory &lt;app&gt;</strong>",
        "<a href=\"https://x.example/\" rel=\"nofollow noopener noreferrer\">",
        "<li>read everything in your account</li>",
        "last used on 2026-09-21",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    let token = values(&html, "app").remove(0);
    assert_eq!(Browser::of(&bob).submit(HERE, HERE, &[("app", &token)]).status, 303);
    assert_eq!(alice.call("GET", "/api/v1/preferences", None).status, 200);
    assert_eq!(browser.submit(HERE, HERE, &[("app", &token)]).status, 303);
    assert_eq!(alice.call("GET", "/api/v1/preferences", None).status, 401);
    assert!(heard.socket.is_closed.get());
    assert_eq!(app.count("SELECT count(*) AS n FROM push_subscriptions"), 0);
    assert!(browser.get(HERE, "en").contains("No app uses your account."));
    assert_eq!(bob.call("GET", "/api/v1/preferences", None).status, 200);
}

#[test]
fn the_use_of_a_token_is_written_once_a_day() {
    let (app, alice, _) = people();
    let read = |person: &Person| {
        assert_eq!(person.call("GET", "/api/v1/preferences", None).status, 200);
        app.cost.borrow().trips
    };
    let days = || app.count("SELECT max(used_on) AS n FROM access_tokens");
    let (usual, first) = (read(&alice), days());
    app.clock.advance(3 * DAY);
    // The isolate reads the site again.
    app.fetch("/robots.txt");
    assert_eq!((read(&alice), read(&alice)), (usual + 1, usual));
    assert_eq!(days(), first + 3);
    // Nobody else's is noted by it.
    assert_eq!(
        app.count("SELECT count(DISTINCT used_on) AS n FROM access_tokens WHERE user_id IS NOT NULL"),
        2
    );
}
