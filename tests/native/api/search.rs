//! Search.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{MINUTE, NOW, Person, TestApp, id, ids, people, settle, wait};
use crate::remote::Remote;

#[test]
fn search_finds_words_of_any_language() {
    let (app, alice, bob) = people();
    bob.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"indexable": true, "display_name": "밥 로스"})),
    );
    let korean = bob.posts("오늘은 숲에서 소리를 들었다");
    app.clock.advance(10);
    let english = bob.posts("The quick brown fox https://fox.example/den");
    app.clock.advance(10);
    let mine = alice.post("/api/v1/statuses", json!({"status": "my quick note", "visibility": "private"}));
    let find = |person: &Person, q: &str| -> Vec<String> {
        let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let found = person.get(&format!("/api/v2/search?type=statuses&q={q}"));
        ids(&found["statuses"]).into_iter().map(str::to_owned).collect()
    };
    let only = |one: &String| vec![one.clone()];
    let (k, e, m) = (id(&korean).to_owned(), id(&english).to_owned(), id(&mine).to_owned());
    assert_eq!(find(&alice, "소리를"), only(&k));
    // Words of two characters, in the middle and at the end.
    assert_eq!(find(&alice, "소리"), only(&k));
    assert_eq!(find(&alice, "었다"), only(&k));
    assert_eq!(find(&alice, "quick"), [m.clone(), e.clone()]);
    assert_eq!(find(&bob, "quick"), only(&e));
    assert_eq!(find(&alice, "QUICK -note"), only(&e));
    assert_eq!(find(&alice, "quick from:me"), only(&m));
    assert_eq!(find(&alice, "from:bob"), [e.clone(), k.clone()]);
    assert_eq!(find(&alice, "quick has:link"), only(&e));
    assert_eq!(find(&alice, "quick in:library"), only(&m));
    assert_eq!(find(&alice, "\"brown fox\""), only(&e));
    assert_eq!(find(&alice, "quick before:2020-01-01"), Vec::<String>::new());
    assert_eq!(find(&alice, "nothing"), Vec::<String>::new());
    assert_eq!(find(&alice, "짜장"), Vec::<String>::new());
    for odd in ["\"", "-", "*", "a\" OR \"b", "NEAR(a b)", "quick AND", "%", "'", "():", "from:"] {
        find(&alice, odd);
    }
    // An edited status is found by its new words only, a deleted one not at all.
    app.clock.advance(1000);
    bob.ok("PUT", &format!("/api/v1/statuses/{e}"), Some(json!({"status": "The slow fox"})));
    assert_eq!((find(&alice, "quick"), find(&alice, "slow")), (vec![m], vec![e.clone()]));
    bob.deletes(&english);
    assert_eq!(find(&alice, "slow"), Vec::<String>::new());
    // Accounts are found by parts of their names.
    let people = |q: &str| {
        let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        alice.get(&format!("/api/v2/search?type=accounts&q={q}"))["accounts"].as_array().unwrap().len()
    };
    assert_eq!((people("bob"), people("로스"), people("밥"), people("nobody")), (1, 1, 1, 0));
    assert_eq!(alice.get("/api/v1/accounts/search?q=bo")[0]["username"], "bob");
    // The domain of this server is in no name of its people.
    assert_eq!((people("a.example"), people("example")), (0, 0));
    assert_eq!(people("bob@a.example"), 1);
    // Requests without a token find no statuses.
    let found = app.request("GET", "/api/v2/search?q=fox", None, None);
    assert_eq!(serde_json::from_slice::<Value>(&found.body).unwrap()["statuses"], json!([]));
}

#[test]
fn cron_indexes_public_statuses_of_indexable_accounts() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let mut bob = remote.person("bob");
    bob["indexable"] = json!(true);
    remote.serve(bob.clone());
    let shy = remote.person("shy");
    app.tick();
    for (n, author) in [(1, &bob), (2, &shy)] {
        let account = alice.finds(&format!("{}@b.example", author["preferredUsername"].as_str().unwrap()));
        alice.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({}));
        settle(&[&app]);
        let follow = remote.inbox.borrow().iter().rev().find(|a| a["type"] == "Follow").cloned().unwrap();
        remote.sends(&app, &json!({"id": remote.uri(&format!("/accepts/{n}")), "type": "Accept", "actor": author["id"], "object": follow}));
        let published = sori::model::time::Time(app.clock.now().0).to_iso_seconds();
        let note = remote.note(author, n, json!({"content": "<p>mossy forest</p>", "published": published}));
        assert_eq!(remote.sends(&app, &remote.create(author, &note)), 202);
    }
    for _ in 0..3 {
        wait(&app, 3 * MINUTE);
    }
    let found = alice.get("/api/v2/search?type=statuses&q=mossy");
    assert_eq!(found["statuses"].as_array().unwrap().len(), 1);
    assert_eq!(found["statuses"][0]["uri"], remote.uri("/notes/1"));
}

#[test]
fn search_in_public_leaves_out_statuses_that_are_not_public() {
    let (app, alice, bob) = people();
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"indexable": true})));
    let theirs = bob.posts("a mossy stone");
    app.clock.advance(10);
    let mine = alice.posts("a mossy log");
    let find = |q: &str| {
        let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let found = alice.get(&format!("/api/v2/search?type=statuses&q={q}"));
        ids(&found["statuses"]).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let (t, m) = (id(&theirs).to_owned(), id(&mine).to_owned());
    assert_eq!(find("mossy"), [m.clone(), t.clone()]);
    assert_eq!((find("mossy in:public"), find("mossy in:library")), (vec![t], vec![m]));
}

#[test]
fn search_resolves_addresses_of_local_pages() {
    let (_, alice, bob) = people();
    let post = bob.posts("hello");
    let find = |address: &str, what: &str| {
        let q: String = url::form_urlencoded::byte_serialize(address.as_bytes()).collect();
        alice.get(&format!("/api/v2/search?resolve=true&q={q}"))[what][0]["id"].clone()
    };
    assert_eq!(find(post["url"].as_str().unwrap(), "statuses"), post["id"]);
    assert_eq!(find(post["uri"].as_str().unwrap(), "statuses"), post["id"]);
    assert_eq!(find(post["account"]["url"].as_str().unwrap(), "accounts"), post["account"]["id"]);
}

#[test]
fn search_by_operators_and_in_the_viewers_library() {
    let (app, alice, bob) = people();
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"indexable": true})));
    let write = |person: &Person, body: Value| {
        app.clock.advance(10);
        person.post("/api/v1/statuses", body)
    };
    let tea = write(&bob, json!({"status": "mossy tea", "language": "en"}));
    let korean = write(&bob, json!({"status": "mossy 이끼", "language": "ko", "spoiler_text": "cw"}));
    let reply = write(&bob, json!({"status": "mossy answer", "in_reply_to_id": id(&tea)}));
    let poll = write(
        &bob,
        json!({"status": "mossy?", "poll": {"options": ["lichen", "liverwort"], "expires_in": 600}}),
    );
    let quote = write(&bob, json!({"status": "mossy words", "quoted_status_id": id(&tea)}));
    let find = |q: &str| {
        let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let found = alice.get(&format!("/api/v2/search?type=statuses&q={q}"));
        ids(&found["statuses"]).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let is = |q: &str, wanted: &[&Value]| {
        let wanted: Vec<&str> = wanted.iter().map(|w| id(w)).collect();
        assert_eq!(find(q), wanted, "{q}");
    };
    is("mossy is:reply", &[&reply]);
    is("mossy has:poll", &[&poll]);
    // Poll options are indexed.
    is("liverwort", &[&poll]);
    is("mossy has:quote", &[&quote]);
    is("mossy is:sensitive", &[&korean]);
    is("mossy language:ko", &[&korean]);
    is("mossy -is:reply -has:poll -has:quote language:en", &[&tea]);
    let day = app.clock.now().to_date();
    is(&format!("mossy is:reply during:{day}"), &[&reply]);
    is(&format!("mossy after:{day}"), &[]);
    is(&format!("mossy before:{day}"), &[]);
    is("mossy is:reply after:2020-01-01", &[&reply]);
    is("mossy from:bob is:reply", &[&reply]);
    is("mossy from:nobody", &[]);
    is("mossy in:library", &[]);
    alice.act(&tea, "favourite");
    alice.act(&reply, "bookmark");
    alice.act(&korean, "reblog");
    alice.post(&format!("/api/v1/polls/{}/votes", id(&poll)), json!({"choices": [0]}));
    is("mossy in:library", &[&poll, &reply, &korean, &tea]);
    // Blocked accounts are not found.
    alice.post(&format!("/api/v1/accounts/{}/block", bob.id), json!({}));
    is("mossy", &[]);
}

/// Their own statuses and those they interacted with, whoever the author is; of others only what is public, of authors who
/// allow it.
#[test]
fn search_finds_what_somebody_has_to_do_with_and_what_is_open() {
    let app = TestApp::alone();
    let [shy, open, alice, bob] = ["shy", "open", "alice", "bob"].map(|name| app.person(name));
    open.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"indexable": true})));
    alice.follows(&open);
    let post = |person: &Person, draft: Value| {
        app.clock.advance(1_000);
        id(&person.post("/api/v1/statuses", draft)).to_owned()
    };
    // Each of the two interacts with a status of their own.
    let interact = |person: &Person, other: &str| -> Vec<String> {
        let mut all = vec![post(&shy, json!({"status": format!("@{} mossy", person.name)}))];
        for act in ["favourite", "bookmark", "reblog"] {
            let made = post(&shy, json!({"status": "mossy"}));
            person.post(&format!("/api/v1/statuses/{made}/{act}"), json!({}));
            all.push(made);
        }
        let poll = json!({"options": ["a", "b"], "expires_in": 600});
        let made = post(&shy, json!({"status": format!("mossy {other}"), "poll": poll}));
        person.post(&format!("/api/v1/polls/{made}/votes"), json!({"choices": [0]}));
        all.push(made);
        all.push(post(person, json!({"status": "mossy", "visibility": "private"})));
        all
    };
    let (of_alice, of_bob) = (interact(&alice, "x"), interact(&bob, "y"));
    let public = post(&open, json!({"status": "mossy"}));
    for visibility in ["unlisted", "private"] {
        post(&open, json!({"status": "mossy", "visibility": visibility}));
    }
    let find = |person: &Person, more: &str| -> std::collections::BTreeSet<String> {
        let found = person.get(&format!("/api/v2/search?type=statuses&limit=40&q=mossy{more}"));
        ids(&found["statuses"]).into_iter().map(str::to_owned).collect()
    };
    for (person, library) in [(&alice, of_alice), (&bob, of_bob)] {
        let library: std::collections::BTreeSet<String> = library.into_iter().collect();
        let all: std::collections::BTreeSet<String> = library.iter().chain([&public]).cloned().collect();
        assert_eq!(find(person, ""), all, "{}", person.name);
        assert_eq!(find(person, "+in:library"), library, "{}", person.name);
        assert_eq!(find(person, "+in:public"), [public.clone()].into(), "{}", person.name);
    }
}

#[test]
fn accounts_are_found_by_whom_they_do_not_block() {
    let app = TestApp::alone();
    let [alice, bob, one, two, three, four] =
        ["alice", "bob", "mossy_one", "mossy_two", "mossy_three", "mossy_four"].map(|name| app.person(name));
    one.post(&format!("/api/v1/accounts/{}/block", alice.id), json!({}));
    two.post(&format!("/api/v1/accounts/{}/block", bob.id), json!({}));
    app.db.run("UPDATE accounts SET suspended_at = 5 WHERE username = 'mossy_four'");
    let found = |person: &Person, path: &str, of: &str| -> std::collections::BTreeSet<String> {
        let found = person.get(&format!("{path}?limit=40&q=mossy{of}"));
        let list = if found.is_array() { &found } else { &found["accounts"] };
        ids(list).into_iter().map(str::to_owned).collect()
    };
    let find = |person: &Person| found(person, "/api/v2/search", "&type=accounts");
    let set = |all: &[&Person]| all.iter().map(|p| p.id.to_string()).collect();
    let carol = app.person("carol");
    assert_eq!(find(&alice), set(&[&two, &three]));
    assert_eq!(find(&bob), set(&[&one, &three]));
    assert_eq!(find(&carol), set(&[&one, &two, &three]));
    assert!(!find(&carol).contains(&four.id.to_string()));
    // Of those only whom one follows.
    alice.follows(&two);
    let followed = |person: &Person| found(person, "/api/v1/accounts/search", "&following=true");
    assert_eq!((followed(&alice), followed(&carol)), (set(&[&two]), set(&[])));
}
