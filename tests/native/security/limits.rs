//! What one person may do: the pace, and the share of the day's quotas.

use serde_json::json;
use sori::http::response::Response;
use sori::model::id::Id;
use sori::model::ledger::Measure;
use sori::platform::native::{Clock, Network};

use crate::app::{DAY, NOW, Person, TestApp, header, people, wait};
use crate::browser::Browser;

/// The number of the first request of these that is refused for now.
fn first_refused(most: usize, mut send: impl FnMut(usize) -> Response) -> Option<(usize, Response)> {
    (0..most).map(|n| (n, send(n))).find(|(_, answer)| answer.status == 429)
}

fn grows_up(app: &TestApp) {
    app.db.run("UPDATE accounts SET created_at = created_at - 8 * 86400000 WHERE domain_id IS NOT NULL");
}

fn deletes(person: &Person, n: usize) -> Response {
    let post = person.posts(&format!("fern {n}"));
    person.call("DELETE", &format!("/api/v1/statuses/{}", post["id"].as_str().unwrap()), None)
}

#[test]
fn what_has_a_pace_is_refused_beyond_it_and_the_headers_say_when_it_goes_on() {
    let (app, alice, bob) = people();
    let (n, answer) = first_refused(40, |n| deletes(&alice, n)).unwrap();
    assert_eq!(n, 30);
    assert_eq!([header(&answer, "x-ratelimit-limit"), header(&answer, "x-ratelimit-remaining")], ["30", "0"]);
    // Another person's is another count, and so is an app's of the same person not.
    assert_eq!(deletes(&bob, 0).status, 200);
    let browser = Browser::of(&alice);
    let post = alice.posts("fern");
    let token = browser.reading_token("/home");
    assert_eq!(browser.act(&token, "/home", post["id"].as_str().unwrap(), "delete").status, 429);
    wait(&app, 31 * 60_000);
    assert_eq!(deletes(&alice, 0).status, 200);
}

#[test]
fn new_accounts_do_a_quarter_of_it() {
    for (is_new, most) in [(true, 60), (false, 240)] {
        let (app, alice, _) = people();
        if !is_new {
            grows_up(&app);
        }
        let look_up =
            |n: usize| alice.call("GET", &format!("/api/v2/search?resolve=true&q=@a{n}@b.example"), None);
        let (n, answer) = first_refused(260, look_up).unwrap();
        assert_eq!((n, header(&answer, "x-ratelimit-limit")), (most, most.to_string()));
        // What is here is found without a look-up.
        assert_eq!(alice.call("GET", "/api/v2/search?resolve=true&q=@bob", None).status, 200);
        assert_eq!(alice.call("GET", "/api/v2/search?q=@a@b.example", None).status, 200);
    }
}

#[test]
fn people_who_are_mentioned_are_counted_but_not_who_is_answered() {
    let (app, alice, bob) = people();
    for n in 0..10 {
        app.person(&format!("p{n}"));
    }
    let all: String = (0..10).map(|n| format!("@p{n} ")).collect();
    let mention =
        |n: usize| alice.call("POST", "/api/v1/statuses", Some(json!({"status": format!("{all} {n}")})));
    // 75 a day of a new account.
    assert_eq!(first_refused(20, mention).unwrap().0, 7);
    let theirs = bob.posts("fern");
    let answer = json!({"status": "@bob yes", "in_reply_to_id": theirs["id"]});
    assert_eq!(alice.call("POST", "/api/v1/statuses", Some(answer)).status, 200);
    // An edit is no way around it.
    let post = alice.posts("fern");
    let path = format!("/api/v1/statuses/{}", post["id"].as_str().unwrap());
    assert_eq!(alice.call("PUT", &path, Some(json!({"status": all}))).status, 429);
}

/// What is stored as used by a person today.
fn use_up(app: &TestApp, person: &Person, measure: &str, amount: i64) {
    let day = app.clock.now().0 / DAY;
    app.db.run(&format!(
        "INSERT INTO budgets (subject, day, written) \
         SELECT 'person ' || person || ' {measure}', {day}, {amount} FROM users WHERE account_id = {} \
         ON CONFLICT (subject) DO UPDATE SET written = excluded.written, day = excluded.day",
        person.id
    ));
}

#[test]
fn nobody_writes_more_than_their_share_of_a_day() {
    let (app, alice, bob) = people();
    use_up(&app, &alice, "rows_written", 4_900);
    let post =
        |n: usize| alice.call("POST", "/api/v1/statuses", Some(json!({"status": format!("fern {n}")})));
    let (n, answer) = first_refused(70, post).unwrap();
    // An isolate stores what it counted every 250 rows, and knows from then on.
    assert!((20..60).contains(&n), "{n}");
    assert_eq!(header(&answer, "x-ratelimit-remaining"), "0");
    let reset = header(&answer, "x-ratelimit-reset");
    assert!(reset.ends_with("T00:00:00.000000Z"), "{reset}");
    // Refused is cheap, reading goes on, others are not concerned, and settings are theirs.
    post(99);
    assert_eq!(app.whole_cost.borrow().rows_written, 0);
    assert_eq!(alice.call("GET", "/api/v1/timelines/home", None).status, 200);
    bob.posts("fern");
    let browser = Browser::of(&alice);
    assert_eq!(browser.status("/settings/profile"), 200);
    let page = browser.page("/compose");
    assert_eq!(browser.fill(&page, &[("status", "fern")]).status, 429);
    assert_eq!(browser.submit("/settings", "/sign_out", &[]).status, 303);
    wait(&app, DAY);
    assert_eq!(post(0).status, 200);
}

#[test]
fn all_isolates_add_to_a_share() {
    let (app, alice, _) = people();
    grows_up(&app);
    use_up(&app, &alice, "rows_written", 19_000);
    let mut posted = 0;
    // Every isolate ends some time; none of them sees all of it.
    'isolates: for _ in 0..8 {
        app.restart();
        for n in 0..60 {
            let answer = alice.call("POST", "/api/v1/statuses", Some(json!({"status": format!("fern {n}")})));
            if answer.status == 429 {
                break 'isolates;
            }
            posted += 1;
            app.clock.advance(40_000);
        }
    }
    let stored = app.count(
        "SELECT coalesce(max(written), 0) AS n FROM budgets WHERE subject LIKE 'person % rows_written'",
    );
    assert!(posted < 400 && stored >= 20_000, "{posted} {stored}");
}

#[test]
fn nobody_reads_more_than_their_share_of_a_day_but_who_runs_the_instance_does() {
    let (app, alice, _) = people();
    use_up(&app, &alice, "rows_read", 1_000_000);
    let read = |person: &Person| person.call("GET", "/api/v1/timelines/public?limit=40", None);
    for n in 0..40 {
        alice.posts(&format!("fern {n}"));
    }
    let of_alice = first_refused(1_000, |_| {
        app.clock.advance(2_000);
        read(&alice)
    });
    assert!(of_alice.is_some());
    for page in ["/home", "/compose"] {
        assert_eq!(Browser::of(&alice).status(page), 429, "{page}");
    }
    assert_eq!(Browser::of(&alice).status("/settings"), 200);
    app.db.run("UPDATE users SET role_id = 3");
    app.restart();
    use_up(&app, &alice, "rows_read", 9_000_000);
    let of_operator = first_refused(300, |_| {
        app.clock.advance(2_000);
        read(&alice)
    });
    assert!(of_operator.is_none());
}

#[test]
fn a_token_that_is_over_its_limit_reads_nothing() {
    let (app, alice, _) = people();
    for n in 0..30 {
        alice.posts(&format!("fern {n}"));
    }
    let (n, _) = first_refused(400, |_| alice.call("GET", "/api/v1/timelines/home?limit=40", None)).unwrap();
    assert!(n <= 300, "{n}");
    let answer = alice.call("GET", "/api/v1/timelines/home?limit=40", None);
    assert_eq!((answer.status, app.whole_cost.borrow().rows_read), (429, 0));
    assert_eq!(header(&answer, "x-ratelimit-remaining"), "0");
    // So does one whose person has used up their share.
    wait(&app, 6 * 60_000);
    use_up(&app, &alice, "rows_read", 999_000);
    let read = |_| alice.call("GET", "/api/v1/timelines/home?limit=40", None);
    while first_refused(250, read).is_none() {
        app.clock.advance(6 * 60_000);
    }
    app.clock.advance(6 * 60_000);
    // What is read is the site, once a minute; such a page has some 270 rows.
    assert_eq!(read(0).status, 429);
    assert!(app.whole_cost.borrow().rows_read < 30, "{:?}", app.whole_cost.borrow());
}

#[test]
fn all_identities_and_apps_of_a_person_have_one_limit_together() {
    let (app, alice, bob) = people();
    app.db.run(&format!(
        "UPDATE users SET person = (SELECT person FROM users WHERE account_id = {}) WHERE account_id = {}",
        alice.id, bob.id
    ));
    for name in ["alice", "bob", "alice", "bob", "alice"] {
        let one = app.person(name);
        let refused = first_refused(300, |_| one.call("GET", "/api/v1/preferences", None));
        assert!(refused.is_none(), "{name}: {:?}", refused.map(|(n, _)| n));
    }
    let sixth = app.person("bob");
    assert_eq!(sixth.call("GET", "/api/v1/preferences", None).status, 429);
    // That of a token that was seen before is refused before it is looked up.
    sixth.call("GET", "/api/v1/preferences", None);
    assert_eq!(app.whole_cost.borrow().rows_read, 0);
}

#[test]
fn strangers_have_a_share_of_what_is_read_and_members_go_on() {
    let (app, alice, _) = people();
    for n in 0..40 {
        alice.posts(&format!("fern {n}"));
    }
    let day = app.clock.now().0 / DAY;
    app.db.run(&format!(
        "INSERT INTO budgets (subject, day, written) VALUES ('person 0 rows_read', {day}, 1495000)"
    ));
    let mut stopped = None;
    for n in 0..200 {
        let answer = app.fetch("/api/v1/timelines/public?limit=40");
        if answer.status == 503 {
            stopped = Some(n);
            break;
        }
    }
    assert!(stopped.is_some_and(|n| n > 20), "{stopped:?}");
    assert_eq!(app.fetch("/@alice.rss").status, 503);
    assert_eq!(Browser::new(&app).status("/@alice"), 200);
    alice.get("/api/v1/timelines/public");
    wait(&app, DAY);
    assert_eq!(app.fetch("/api/v1/timelines/public").status, 200);
}

#[test]
fn another_app_brings_no_other_share() {
    let (app, ..) = people();
    let person =
        "SELECT u.person AS n FROM users u JOIN accounts a ON a.id = u.account_id WHERE a.username = 'alice'";
    let (person, day) = (Id(app.count(person)), app.clock.now().0 / DAY);
    let uses = |measure, amount| app.shared.borrow().personal.borrow_mut().note(day, person, measure, amount);
    // Each by a token that was never seen.
    let status = |method: &str| {
        let body = (method == "POST").then(|| json!({"home": {"last_read_id": "1"}}));
        app.person("alice").call(method, "/api/v1/markers", body).status
    };
    assert_eq!([status("GET"), status("POST")], [200, 200]);
    uses(Measure::RowsWritten, 1_000_000);
    assert_eq!([status("GET"), status("POST")], [200, 429]);
    uses(Measure::RowsRead, 100_000_000);
    assert_eq!([status("GET"), status("POST")], [429, 429]);
}

#[test]
fn in_development_there_is_no_limit() {
    let app = TestApp::new(&Network::new(1), "localhost:8787", &Clock::fixed(NOW));
    app.limiter.is_there.set(true);
    let apply = |n: usize| {
        let body = json!({"client_name": format!("app {n}"), "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"});
        app.request("POST", "/api/v1/apps", None, Some(body))
    };
    assert!(first_refused(400, apply).is_none());
}

#[test]
fn a_paid_plan_has_no_shares() {
    let (app, alice, _) = people();
    *app.plan.borrow_mut() = Some("paid".into());
    use_up(&app, &alice, "rows_written", 90_000);
    for n in 0..40 {
        alice.posts(&format!("fern {n}"));
    }
}

#[test]
fn strict_limits_are_counted_for_the_data_centre_where_there_is_a_binding() {
    for is_bound in [false, true] {
        let (app, ..) = people();
        app.limiter.is_there.set(is_bound);
        let apply = |n: usize| {
            // Each request meets another isolate.
            app.restart();
            let body =
                json!({"client_name": format!("app {n}"), "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"});
            app.request("POST", "/api/v1/apps", None, Some(body))
        };
        let refused = first_refused(30, apply).map(|(n, _)| n);
        assert_eq!(refused, is_bound.then_some(sori::platform::Limiter::MOST as usize));
        wait(&app, 60_000);
        assert_eq!(apply(99).status, 200);
        // Others are counted by themselves.
        let spray = |n: usize| {
            app.restart();
            Browser::at(&app, "203.0.113.9").submit(
                "/sign_in",
                "/sign_in",
                &[("username", &format!("nobody{n}")), ("password", "wrong")],
            )
        };
        let refused = first_refused(20, spray).map(|(n, _)| n);
        if is_bound {
            assert_eq!(refused, Some(10));
        }
    }
}

#[test]
fn the_binding_is_as_the_tests_have_it() {
    let settings = std::fs::read_to_string("wrangler.toml").unwrap();
    let limit = format!(
        "name = \"STRICT\"\nnamespace_id = \"7674\"\nsimple = {{ limit = {}, period = 60 }}",
        sori::platform::Limiter::MOST
    );
    assert!(settings.contains(&limit), "{settings}");
}
