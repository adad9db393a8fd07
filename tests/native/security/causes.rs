//! What other servers make us do: each has its turn, and its bounds.

use serde_json::{Value, json};
use sori::activitypub::wire::signature::Spec;
use sori::model::budget::By;
use sori::model::id::Id;
use sori::model::time::Time;
use sori::store::{self, jobs};

use crate::app::{MINUTE, TestApp, wait};
use crate::remote::{Remote, cast, fetched};

const ALICE: &str = "https://a.example/users/alice";
const HOUR: i64 = 60 * MINUTE;
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

fn write(app: &TestApp, statement: sori::platform::sql::Statement) {
    pollster::block_on(store::write(&app.ready().db, vec![statement])).unwrap();
}

fn number(app: &TestApp, sql: String) -> i64 {
    let rows = pollster::block_on(app.db.query(sori::platform::sql::Statement::new(sql))).unwrap();
    rows.first().unwrap().int("n").unwrap()
}

fn asked(app: &TestApp, host: &str) -> usize {
    fetched(app).iter().filter(|url| url.contains(host)).count()
}

#[test]
fn jobs_of_other_servers_come_in_turn_by_cause() {
    let (app, _, _) = cast();
    let now = app.clock.now();
    for n in 0..100_i64 {
        let subject = format!("https://evil.example/{n}");
        write(&app, jobs::insert_for("evil.example", Id(n + 1), "note", &subject, "{}", Time(0)));
    }
    for n in 0..12_i64 {
        let (cause, subject) = (format!("s{n}.example"), format!("https://s{n}.example/1"));
        write(&app, jobs::insert_for(cause.as_str(), Id(n + 1001), "note", &subject, "{}", now));
    }
    let untried = || app.count("SELECT count(*) AS n FROM jobs WHERE cause LIKE 's%' AND attempts = 0");
    for _ in 0..60 {
        if untried() == 0 {
            break;
        }
        wait(&app, MINUTE);
    }
    assert_eq!(untried(), 0);
    let first = app.count("SELECT sum(attempts) AS n FROM jobs WHERE cause = 'evil.example'");
    assert!(
        (1..=5).contains(&first),
        "{first} attempts for who has a hundred jobs, one for each of the others"
    );
}

#[test]
fn no_job_waits_where_none_is_left_of_any_cause() {
    let (app, _, _) = cast();
    let turns = |app: &TestApp| {
        pollster::block_on(store::load(&app.ready().db, jobs::turns(app.clock.now(), 5))).unwrap().due
    };
    let is_due = |app: &TestApp| {
        pollster::block_on(store::load(&app.ready().db, jobs::is_any_due(app.clock.now()))).unwrap()
    };
    assert_eq!((turns(&app), is_due(&app)), (vec![], false));
    let now = app.clock.now();
    for (n, cause, at) in
        [(1, "b", now), (2, "c", now.plus(MINUTE)), (3, "d", now), (4, "", now), (5, "b", now)]
    {
        write(&app, jobs::insert_for(cause, Id(n), "note", &n.to_string(), "{}", at));
    }
    assert_eq!((turns(&app), is_due(&app)), (vec!["b".into(), "d".into(), String::new()], true));
    write(&app, store::site::set("job_turn", "b"));
    assert_eq!(turns(&app), ["d", "", "b"]);
    write(&app, store::site::set("job_turn", "x"));
    assert_eq!(turns(&app), ["", "b", "d"]);
    app.clock.advance(MINUTE);
    assert_eq!(turns(&app), ["", "b", "c", "d"]);
}

#[test]
fn one_cause_has_a_bounded_number_of_jobs_waiting() {
    let (app, _, _) = cast();
    let waiting = |cause: &str| {
        let sql = "SELECT count(*) AS n FROM jobs WHERE cause = ?1";
        let rows =
            pollster::block_on(app.db.query(sori::platform::sql::Statement::new(sql).bind(cause))).unwrap();
        rows.first().unwrap().int("n").unwrap()
    };
    let now = app.clock.now();
    for n in 0..jobs::MAX_WAITING - 5 {
        write(&app, jobs::insert_for("evil.example", Id(n + 1), "note", &n.to_string(), "{}", now));
    }
    let some: Vec<_> = (1000..1020).map(|n| (Id(n), n.to_string(), "{}".to_owned())).collect();
    write(&app, jobs::insert_all("evil.example", "note", &some, now));
    assert_eq!(waiting("evil.example"), jobs::MAX_WAITING);
    // What is started runs once, and has no other attempt.
    write(&app, jobs::start("evil.example", Id(2000), "note", "x", "{}", now));
    write(&app, jobs::start_alone("evil.example", Id(2001), "sync", "x", "{}", now));
    let last =
        number(&app, format!("SELECT count(*) AS n FROM jobs WHERE attempts = {}", jobs::MAX_ATTEMPTS));
    assert_eq!((waiting("evil.example"), last), (jobs::MAX_WAITING + 2, 2));
    write(&app, jobs::delete(Id(2000)));
    write(&app, jobs::delete(Id(2001)));
    assert_eq!(waiting("evil.example"), jobs::MAX_WAITING);
    // Nobody else is concerned.
    write(&app, jobs::start("b.example", Id(2000), "note", "x", "{}", now));
    write(&app, jobs::insert(Id(2002), "note", "y", "{}", now));
    write(&app, jobs::insert_for("evil.example", Id(2003), "thread", "z", "{}", now));
    assert_eq!((waiting("b.example"), waiting("")), (1, 2));
    // What a stranger has named first is not held up where somebody who is followed, or we, need it.
    write(&app, jobs::insert_for("https://b.example/users/bob", Id(3000), "note", "1", "{}", now));
    write(&app, jobs::insert_for("c.example", Id(3001), "note", "2", "{}", now));
    write(&app, jobs::insert(Id(3002), "note", "3", "{}", now));
    assert_eq!((waiting("https://b.example/users/bob"), waiting("c.example"), waiting("")), (1, 0, 3));
    assert_eq!(waiting("evil.example"), jobs::MAX_WAITING - 2);
}

#[test]
fn one_stranger_of_a_domain_leaves_place_for_others() {
    let (app, _, _) = cast();
    let by = |actor: &str| By::Stranger { domain: "big.example".into(), actor: actor.into() };
    let now = app.clock.now();
    let some = |from: i64| -> Vec<_> {
        (from..from + jobs::MAX_WAITING).map(|n| (Id(n), n.to_string(), "{}".to_owned())).collect()
    };
    let waiting =
        |actor: &str| number(&app, format!("SELECT count(*) AS n FROM jobs WHERE signer = '{actor}'"));
    write(&app, jobs::insert_all(by("mallory"), "note", &some(1_000), now));
    write(&app, jobs::insert_for(by("mallory"), Id(1), "note", "x", "{}", now));
    assert_eq!(waiting("mallory"), jobs::MAX_OF_SIGNER);
    write(&app, jobs::insert_for(by("dave"), Id(2), "note", "y", "{}", now));
    write(&app, jobs::insert_all(by("erin"), "note", &some(2_000), now));
    assert_eq!((waiting("dave"), waiting("erin")), (1, jobs::MAX_WAITING - jobs::MAX_OF_SIGNER - 1));
}

#[test]
fn a_stranger_makes_us_ask_so_often_an_hour_and_what_was_skipped_comes_later() {
    let (app, remote, bob) = cast();
    let evil = Remote::new(&app.network, "evil.example");
    let mallory = evil.person("mallory");
    let pass_on = |n: u32| {
        app.clock.advance(10);
        let note = remote.note(&bob, n, json!({}));
        remote.serve(note.clone());
        let create = json!({"id": remote.uri(&format!("/c/{n}")), "type": "Create", "actor": bob["id"], "to": [PUBLIC], "object": note});
        let key = evil.key_of(mallory["id"].as_str().unwrap());
        assert_eq!(app.send(evil.request_signed_by(&app, &create, &key, Spec::Cavage)).status, 202);
    };
    for n in 1..=40 {
        pass_on(n);
    }
    let first = asked(&app, "b.example");
    assert!((20..=30).contains(&first), "{first}");
    // Another isolate knows, but for the last steps.
    app.restart();
    for n in 41..=70 {
        pass_on(n);
    }
    let second = asked(&app, "b.example");
    assert!(second <= 10, "{second}");
    // What bob, who is followed, sends himself is not concerned.
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 99, json!({})))), 202);
    for _ in 0..200 {
        wait(&app, MINUTE);
    }
    let statuses = app.count("SELECT count(*) AS n FROM statuses");
    assert!(statuses > 60, "{statuses} of 71 came in the hours after");
}

#[test]
fn who_is_followed_may_boost_what_is_on_other_servers() {
    let (app, remote, bob) = cast();
    let other = Remote::new(&app.network, "c.example");
    let carol = other.person("carol");
    for n in 1..=45 {
        let note = other.serve(other.note(&carol, n, json!({})));
        let boost = json!({"id": remote.uri(&format!("/boosts/{n}")), "type": "Announce", "actor": bob["id"], "to": [PUBLIC], "object": note["id"]});
        assert_eq!(remote.sends(&app, &boost), 202);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE reblog_of_id IS NOT NULL"), 45);
}

#[test]
fn a_confirmed_handle_stays_while_its_domain_is_not_asked_again() {
    let (app, _, _) = cast();
    let evil = Remote::new(&app.network, "social.example");
    let mut zoe = evil.person("zoe");
    let finger = json!({"subject": "acct:zoe@zoe.example", "links": [{"rel": "self", "type": "application/activity+json", "href": zoe["id"]}]});
    let home = Remote::new(&app.network, "zoe.example");
    let path = "/.well-known/webfinger?resource=acct%3Azoe%40zoe.example";
    home.answers(path, sori::http::response::Response::json(&finger));
    let follow = json!({"id": evil.uri("/follows/1"), "type": "Follow", "actor": zoe["id"], "object": ALICE});
    assert_eq!(evil.sends(&app, &follow), 202);
    let domain =
        || app.count("SELECT count(*) AS n FROM accounts WHERE username = 'zoe' AND domain = 'zoe.example'");
    let mut update = |n: u32| {
        zoe["webfinger"] = json!("zoe@zoe.example");
        zoe["name"] = json!(format!("Zoe {n}"));
        let update = json!({"id": evil.uri(&format!("/updates/{n}")), "type": "Update", "actor": zoe["id"], "object": zoe});
        assert_eq!(evil.sends(&app, &update), 202);
    };
    fetched(&app);
    for n in 0..5 {
        update(n);
        assert_eq!(domain(), 1, "after {n}");
    }
    assert_eq!(asked(&app, "zoe.example"), 1);
    // An hour later it is asked again, and says no more that it is hers.
    home.forgets(path);
    app.clock.advance(HOUR);
    update(6);
    assert_eq!(domain(), 0);
}

#[test]
fn a_list_of_followers_that_stays_wrong_is_not_answered_each_time() {
    let (app, remote, bob) = cast();
    let people: Vec<String> = (0..3).map(|n| format!("user{n}")).collect();
    let uris: Vec<String> = people
        .iter()
        .map(|name| {
            app.person(name);
            format!("https://a.example/users/{name}")
        })
        .collect();
    let collection = bob["followers"].as_str().unwrap();
    let told = |n: u32, url: &str, uris: &[String]| {
        let list: Value = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": url, "type": "OrderedCollection", "orderedItems": uris});
        remote.answers(
            url.strip_prefix(&remote.uri("")).unwrap(),
            sori::http::response::Response::activity(&list),
        );
        let view = json!({"id": remote.uri(&format!("/views/{n}")), "type": "View", "actor": bob["id"], "object": ALICE});
        let mut request = remote.request(&app, &view);
        let hash = sori::activitypub::wire::sync::digest(uris.iter().map(String::as_str));
        let header = format!("collectionId=\"{collection}\", url=\"{url}\", digest=\"{hash}\"");
        request.headers.add("collection-synchronization", header);
        assert_eq!(app.send(request).status, 202);
        crate::app::settle(&[&app]);
        remote.got().iter().filter(|kind| *kind == "Undo").count()
    };
    let known = format!("{collection}_synchronization");
    remote.inbox.borrow_mut().clear();
    assert_eq!(told(1, &remote.uri("/elsewhere"), &uris), 0, "a list at another address");
    assert_eq!(told(2, &known, &uris), 3);
    assert_eq!(told(3, &known, &uris), 3);
    assert_eq!(told(4, &known, uris.get(..2).unwrap()), 3);
    app.clock.advance(24 * HOUR);
    assert_eq!(told(5, &known, &uris), 6, "on the next day once more");
}
