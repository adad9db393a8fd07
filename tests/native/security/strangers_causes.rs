//! Attacks by other servers and strangers, and honest servers that the defences must not harm.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::{Value, json};
use sori::activitypub::wire::signature::{SigningKey, Spec};
use sori::http::response::Response;
use sori::model::budget;
use sori::model::id::Id;
use sori::store::{self, jobs};

use crate::app::{MINUTE, TestApp, wait};
use crate::remote::{Remote, cast, fetched};

const ALICE: &str = "https://a.example/users/alice";
const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
const HOUR: i64 = 60 * MINUTE;

fn write(app: &TestApp, statement: sori::platform::sql::Statement) {
    pollster::block_on(store::write(&app.ready().db, vec![statement])).unwrap();
}

fn uri(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

fn asked(app: &TestApp, host: &str) -> usize {
    fetched(app).iter().filter(|url| url.contains(host)).count()
}

/// `actor`'s server passes on a Create by `author` of four notes that its server does not have.
fn passes_on_what_is_not_there(app: &TestApp, by: &Remote, key: &SigningKey, author: &Value, n: u32) {
    let host = uri(author).split("/users/").next().unwrap();
    let objects: Vec<String> = (0..4).map(|m| format!("{host}/made-up/{}-{n}-{m}", by.host)).collect();
    let create = json!({"id": format!("{host}/c/{}-{n}", by.host), "type": "Create", "actor": author["id"], "to": [ALICE], "object": objects});
    app.send(by.request_signed_by(app, &create, key, Spec::Cavage));
}

/// Jobs of `cause` that cannot be done now, as many as may wait.
fn fill(app: &TestApp, cause: &str) {
    let later = app.clock.now().plus(HOUR);
    for n in 0..jobs::MAX_WAITING {
        let subject = format!("https://dead.example/{n}");
        write(app, jobs::insert_for(cause, Id(n + 1), "note", &subject, "{}", later));
    }
}

// Whose cause it is.

#[test]
fn a_key_that_is_named_by_a_handle_is_bounded_as_one_with_an_address() {
    let (app, _remote, bob) = cast();
    let evil = Remote::new(&app.network, "evil.example");
    let mallory = evil.person("mallory");
    let key = SigningKey {
        key_id: "acct:mallory@evil.example".into(),
        private_pkcs8: evil.key_of(uri(&mallory)).private_pkcs8,
    };
    fetched(&app);
    for n in 0..25 {
        passes_on_what_is_not_there(&app, &evil, &key, &bob, n);
    }
    let asked = asked(&app, "b.example");
    assert!(asked <= 30, "25 requests of one stranger: {asked} requests to b.example");
}

#[test]
fn jobs_of_a_key_that_is_named_by_a_handle_are_not_ours() {
    let (app, _remote, _bob) = cast();
    let evil = Remote::new(&app.network, "evil.example");
    let mallory = evil.person("mallory");
    let key = SigningKey {
        key_id: "acct:mallory@evil.example".into(),
        private_pkcs8: evil.key_of(uri(&mallory)).private_pkcs8,
    };
    for n in 0..15 {
        let objects: Vec<String> = (0..20).map(|m| evil.uri(&format!("/slow/{n}-{m}"))).collect();
        for object in &objects {
            let path = object.strip_prefix(&evil.uri("")).unwrap();
            evil.answers(path, Response::new(503, "text/plain", "later"));
        }
        let create = json!({"id": evil.uri(&format!("/c/{n}")), "type": "Create", "actor": mallory["id"], "to": [ALICE], "object": objects});
        app.send(evil.request_signed_by(&app, &create, &key, Spec::Cavage));
    }
    let ours = app.count("SELECT count(*) AS n FROM jobs WHERE cause = ''");
    let all = app.count("SELECT count(*) AS n FROM jobs");
    assert!(ours == 0 && all <= jobs::MAX_WAITING, "{ours} jobs of a stranger pass for ours, {all} wait");
}

#[test]
fn hosts_below_a_short_name_are_one_cause() {
    // evl.de is a name that anybody can register: its owner has as many hosts below it as they like.
    let (app, _remote, bob) = cast();
    fetched(&app);
    for host in 0..4 {
        let evil = Remote::new(&app.network, &format!("s{host}.evl.de"));
        let mallory = evil.person("mallory");
        let key = evil.key_of(uri(&mallory));
        for n in 0..10 {
            passes_on_what_is_not_there(&app, &evil, &key, &bob, n);
        }
    }
    let asked = asked(&app, "b.example");
    assert!(asked <= 40, "one owner of four hosts: {asked} requests to b.example");
}

#[test]
fn jobs_that_are_not_due_of_many_causes_do_not_stop_those_of_others() {
    let (app, _, _) = cast();
    let later = app.clock.now().plus(HOUR);
    for n in 0..200_i64 {
        let cause = format!("{n:04}.evl.de");
        let subject = format!("https://{n:04}.evl.de/1");
        write(&app, jobs::insert_for(cause.as_str(), Id(n + 1), "note", &subject, "{}", later));
    }
    let bob = "https://b.example/users/bob";
    write(&app, jobs::insert_for(bob, Id(1000), "note", "https://b.example/notes/1", "{}", app.clock.now()));
    for _ in 0..20 {
        wait(&app, MINUTE);
    }
    let attempts = app.count("SELECT count(*) AS n FROM jobs WHERE id = 1000 AND attempts = 0");
    assert_eq!(attempts, 0, "after twenty minutes the job of a followed actor was not tried");
}

#[test]
fn what_another_request_names_as_its_key_pays_for_nothing_before_it_is_verified() {
    let (app, _, _) = cast();
    let big = Remote::new(&app.network, "big.example");
    let zoe = big.person("zoe");
    // Anybody can send this: the signature is made with another key.
    let evil = Remote::new(&app.network, "evil.example");
    evil.person("mallory");
    let pair = crate::remote::pair(3);
    let key = SigningKey { key_id: format!("{}#main-key", uri(&zoe)), private_pkcs8: pair.private_pkcs8 };
    let like = json!({"id": big.uri("/l/1"), "type": "View", "actor": zoe["id"], "object": ALICE});
    let answer = app.send(evil.request_signed_by(&app, &like, &key, Spec::Cavage));
    assert_eq!(answer.status, 401);
    let day = budget::day(app.clock.now());
    let shared = app.ready().shared;
    let counted = ["big.example", uri(&zoe)].map(|subject| shared.budgets.borrow_mut().of(day, subject));
    assert_eq!(counted, [0, 0], "rows of an unverified request are counted for whom it names");
}

#[test]
fn rows_of_a_key_that_is_named_by_a_handle_are_counted_once() {
    let (app, _remote, _bob) = cast();
    let evil = Remote::new(&app.network, "evil.example");
    let mallory = evil.person("mallory");
    let key_id = "acct:mallory@evil.example";
    let key = SigningKey { key_id: key_id.into(), private_pkcs8: evil.key_of(uri(&mallory)).private_pkcs8 };
    let follow = json!({"id": evil.uri("/f/1"), "type": "Follow", "actor": mallory["id"], "object": ALICE});
    assert_eq!(app.send(evil.request_signed_by(&app, &follow, &key, Spec::Cavage)).status, 202);
    let (day, shared) = (budget::day(app.clock.now()), app.ready().shared);
    let counted = |subject: &str| {
        let stored = pollster::block_on(store::load(&app.ready().db, store::budgets::used(&[subject], day)));
        let stored = stored.unwrap().get(subject).copied().unwrap_or(0);
        stored + shared.budgets.borrow_mut().of(day, subject)
    };
    let of_domain = counted("evil.example");
    assert!(of_domain > 0, "nothing is counted for its domain");
    assert_eq!(counted(""), of_domain, "and once for everybody");
}

// What is not counted.

#[test]
fn rows_that_jobs_of_a_stranger_write_are_counted() {
    let (app, _, _) = cast();
    let evil = Remote::new(&app.network, "evil.example");
    let mallory = evil.person("mallory");
    let tags: Vec<Value> = (0..30)
        .map(|n| json!({"type": "Hashtag", "name": format!("#tag{n}"), "href": evil.uri("/t")}))
        .collect();
    for n in 0..150 {
        app.clock.advance(1000);
        let note = evil.serve(evil.note(&mallory, n, json!({"to": [ALICE], "cc": [PUBLIC], "tag": tags})));
        let create = json!({"id": evil.uri(&format!("/c/{n}")), "type": "Create", "actor": mallory["id"], "to": [ALICE], "object": note["id"]});
        evil.sends(&app, &create);
    }
    let statuses = app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0");
    // A status with thirty hashtags is some eighty rows; the same notes embedded stop after 1,000 rows.
    assert!(statuses <= 60, "{statuses} statuses of one stranger, whose limit is 1,000 rows a day");
}

#[test]
fn profiles_that_are_read_again_ask_third_servers_within_the_same_bound() {
    let (app, _, _) = cast();
    let evil = Remote::new(&app.network, "evil.example");
    Remote::new(&app.network, "victim.example").answers("/nothing", Response::new(404, "text/plain", ""));
    let mut people: Vec<Value> = (0..80).map(|n| evil.person(&format!("m{n}"))).collect();
    let view = |person: &Value, n: usize| json!({"id": evil.uri(&format!("/v/{n}")), "type": "View", "actor": person["id"], "object": ALICE});
    for (n, person) in people.iter().enumerate() {
        evil.sends(&app, &view(person, n));
    }
    for person in &mut people {
        person["webfinger"] = json!(format!("{}@victim.example", person["name"].as_str().unwrap()));
        evil.serve(person.clone());
    }
    app.clock.advance(25 * HOUR);
    fetched(&app);
    for (n, person) in people.iter().enumerate() {
        evil.sends(&app, &view(person, 1000 + n));
    }
    let asked = asked(&app, "victim.example");
    assert!(asked <= 40, "{asked} requests to a third server in one minute, caused by strangers of one host");
}

#[test]
fn profiles_of_strangers_that_are_read_again_are_no_jobs_of_ours() {
    let (app, _, _) = cast();
    let evil = Remote::new(&app.network, "evil.example");
    let people: Vec<Value> = (0..20).map(|n| evil.person(&format!("m{n}"))).collect();
    let view = |person: &Value, n: usize| json!({"id": evil.uri(&format!("/v/{n}")), "type": "View", "actor": person["id"], "object": ALICE});
    for (n, person) in people.iter().enumerate() {
        evil.sends(&app, &view(person, n));
        evil.answers(&format!("/users/m{n}"), Response::new(503, "text/plain", "later"));
    }
    app.clock.advance(25 * HOUR);
    for (n, person) in people.iter().enumerate() {
        evil.sends(&app, &view(person, 1000 + n));
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE cause = ''"), 0);
}

// One account of a large server, and the others.

#[test]
fn one_account_of_a_large_server_does_not_end_the_jobs_of_its_neighbours() {
    let (app, _, _) = cast();
    let big = Remote::new(&app.network, "big.example");
    let mallory = big.person("mallory");
    for n in 0..15 {
        let objects: Vec<String> = (0..20).map(|m| big.uri(&format!("/slow/{n}-{m}"))).collect();
        for object in &objects {
            let path = object.strip_prefix(&big.uri("")).unwrap();
            big.answers(path, Response::new(503, "text/plain", "later"));
        }
        let create = json!({"id": big.uri(&format!("/c/{n}")), "type": "Create", "actor": mallory["id"], "to": [ALICE], "object": objects});
        big.sends(&app, &create);
    }
    let dave = big.person("dave");
    let note = big.serve(big.note(&dave, 1, json!({"to": [ALICE]})));
    let create = json!({"id": big.uri("/c/dave"), "type": "Create", "actor": dave["id"], "to": [ALICE], "object": note["id"]});
    assert_eq!(big.sends(&app, &create), 202);
    for _ in 0..30 {
        wait(&app, MINUTE);
    }
    let here = app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0");
    assert_eq!(here, 1, "dave's message was answered 202 and is lost");
}

#[test]
fn a_full_queue_of_what_cannot_be_fetched_drops_no_boost_that_can() {
    let (app, remote, bob) = cast();
    fill(&app, uri(&bob));
    let other = Remote::new(&app.network, "c.example");
    let carol = other.person("carol");
    let note = other.serve(other.note(&carol, 1, json!({})));
    let boost = json!({"id": remote.uri("/boosts/1"), "type": "Announce", "actor": bob["id"], "to": [PUBLIC], "object": note["id"]});
    assert_eq!(remote.sends(&app, &boost), 202);
    for _ in 0..10 {
        wait(&app, MINUTE);
    }
    let boosts = app.count("SELECT count(*) AS n FROM statuses WHERE reblog_of_id IS NOT NULL");
    assert_eq!(boosts, 1, "the boost was answered 202 and is lost");
}

#[test]
fn a_handle_stays_until_its_domain_can_be_asked_and_says_otherwise() {
    let (app, _, _) = cast();
    let big = Remote::new(&app.network, "social.example");
    let mut zoe = big.person("zoe");
    let finger = json!({"subject": "acct:zoe@zoe.example", "links": [{"rel": "self", "type": "application/activity+json", "href": zoe["id"]}]});
    let home = Remote::new(&app.network, "zoe.example");
    let path = "/.well-known/webfinger?resource=acct%3Azoe%40zoe.example";
    home.answers(path, Response::json(&finger));
    zoe["webfinger"] = json!("zoe@zoe.example");
    big.serve(zoe.clone());
    let follow = json!({"id": big.uri("/follows/1"), "type": "Follow", "actor": zoe["id"], "object": ALICE});
    assert_eq!(big.sends(&app, &follow), 202);
    let domain =
        || app.count("SELECT count(*) AS n FROM accounts WHERE username = 'zoe' AND domain = 'zoe.example'");
    assert_eq!(domain(), 1);
    let mut update = |n: u32| {
        zoe["name"] = json!(format!("Zoe {n}"));
        let id = big.uri(&format!("/updates/{n}"));
        let update = json!({"id": id, "type": "Update", "actor": zoe["id"], "object": zoe});
        assert_eq!(big.sends(&app, &update), 202);
    };
    app.clock.advance(2 * HOUR);
    // Her neighbours have made us ask as much as they may in this hour.
    let now = app.clock.now();
    let used = [(budget::fetches("social.example", now), 300)];
    write(&app, store::budgets::add(&used, budget::day(now)));
    fetched(&app);
    update(1);
    assert_eq!((domain(), asked(&app, "zoe.example")), (1, 0), "neighbours have taken her handle from her");
    home.answers(path, Response::new(503, "text/plain", "later"));
    app.clock.advance(2 * HOUR);
    update(2);
    assert_eq!((domain(), asked(&app, "zoe.example")), (1, 1), "a failure has taken her handle from her");
    home.answers(path, Response::new(404, "text/plain", ""));
    app.clock.advance(2 * HOUR);
    update(3);
    assert_eq!(domain(), 0, "her domain does not know her any more");
}

/// Each of ten people of one server answers the second note of a thread on another server, two minutes apart.
fn ten_answers(app: &TestApp) {
    let big = Remote::new(&app.network, "big.example");
    for n in 0..10_u32 {
        let other = Remote::new(&app.network, &format!("c{n}.example"));
        let people: Vec<Value> = (0..2).map(|m| other.person(&format!("p{m}"))).collect();
        let first = other.serve(other.note(&people[0], 1, json!({})));
        let second = other.serve(other.note(&people[1], 2, json!({"inReplyTo": first["id"]})));
        let person = big.person(&format!("someone{n}"));
        let answer = big.note(
            &person,
            100 + n,
            json!({"inReplyTo": second["id"], "cc": [ALICE],
            "tag": [{"type": "Mention", "href": ALICE, "name": "@alice@a.example"}]}),
        );
        assert_eq!(big.sends(app, &big.create(&person, &answer)), 202);
        wait(app, MINUTE);
        wait(app, MINUTE);
    }
}

fn notes_of_ten_threads(app: &TestApp) -> i64 {
    app.count("SELECT count(*) AS n FROM statuses WHERE uri LIKE '%/notes/1' OR uri LIKE '%/notes/2'")
}

#[test]
fn what_ten_people_of_a_large_server_answer_in_twenty_minutes_is_there() {
    let (app, _, _) = cast();
    ten_answers(&app);
    assert_eq!(notes_of_ten_threads(&app), 20);
}

#[test]
fn what_ten_people_of_a_large_server_answer_comes_in_the_hours_after() {
    let (app, _, _) = cast();
    ten_answers(&app);
    for _ in 0..300 {
        wait(&app, MINUTE);
    }
    assert_eq!(notes_of_ten_threads(&app), 20, "what was not fetched at once is lost");
}

// What arrives while something else runs.

#[test]
fn what_is_passed_on_while_its_origin_is_asked_is_asked_for_once_more() {
    let (app, remote, bob) = cast();
    let evil = Remote::new(&app.network, "evil.example");
    let mallory = evil.person("mallory");
    let note = remote.note(&bob, 1, json!({"content": "one"}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let version = move |text: &str, minute: u32| {
        let mut note = note.clone();
        note["content"] = json!(text);
        note["updated"] = json!(format!("2026-09-21T1{minute}:00:00Z"));
        note
    };
    let forward = {
        let (app, evil, bob) = (app.clone(), evil.clone(), bob.clone());
        move |note: &Value, n: u32| {
            let update = json!({"id": format!("https://b.example/u/{n}"), "type": "Update", "actor": bob["id"], "to": [PUBLIC], "object": note});
            let key = evil.key_of(uri(&mallory));
            assert_eq!(app.send(evil.request_signed_by(&app, &update, &key, Spec::Cavage)).status, 202);
        }
    };
    let (two, three) = (version("two", 1), version("three", 2));
    let served = Rc::new(RefCell::new(two.clone()));
    let is_first = Rc::new(Cell::new(true));
    let (forward_later, last, now_served) = (forward.clone(), three.clone(), served.clone());
    app.network.register(
        "b.example",
        Rc::new(move |request| {
            let answer = match request.path.as_str() {
                "/notes/1" => Response::activity(&*now_served.borrow()),
                _ => Response::new(404, "text/plain", "not here"),
            };
            if request.path == "/notes/1" && is_first.replace(false) {
                // The answer is on its way: meanwhile the author edits again.
                *now_served.borrow_mut() = last.clone();
                forward_later(&last, 3);
            }
            Box::pin(async move { answer })
        }),
    );
    forward(&two, 2);
    for _ in 0..60 {
        wait(&app, MINUTE);
    }
    let is_new = app.count("SELECT count(*) AS n FROM statuses WHERE content LIKE '%three%'");
    assert_eq!(is_new, 1, "the second edit is lost");
    drop(served);
}

#[test]
fn what_a_stranger_has_named_first_is_fetched_at_once_for_who_is_followed() {
    let (app, remote, bob) = cast();
    let evil = Remote::new(&app.network, "evil.example");
    let mallory = evil.person("mallory");
    let other = Remote::new(&app.network, "c.example");
    let carol = other.person("carol");
    let words = other.serve(other.note(&carol, 1, json!({})));
    // What mallory may cause in an hour is used up: what mallory answers is not fetched.
    let key = evil.key_of(uri(&mallory));
    let dan = Remote::new(&app.network, "d.example").person("dan");
    for author in [&bob, &dan] {
        for n in 0..12 {
            passes_on_what_is_not_there(&app, &evil, &key, author, n);
        }
    }
    let answer = evil.note(&mallory, 1, json!({"inReplyTo": words["id"], "to": [ALICE]}));
    assert_eq!(evil.sends(&app, &evil.create(&mallory, &answer)), 202);
    for _ in 0..25 {
        wait(&app, MINUTE);
    }
    let is_here = || app.count("SELECT count(*) AS n FROM statuses WHERE uri = 'https://c.example/notes/1'");
    assert_eq!(is_here(), 0);
    let answer = remote.note(&bob, 1, json!({"inReplyTo": words["id"]}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &answer)), 202);
    wait(&app, MINUTE);
    wait(&app, MINUTE);
    assert_eq!(is_here(), 1, "what bob answers waits for the attempts that a stranger has used up");
}
