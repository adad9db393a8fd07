//! The pages for moving and deleting accounts, and for domain blocks.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, PASSWORD, Person, TestApp, id, settle};
use crate::browser::Browser;
use crate::remote::Remote;

pub const DAY: i64 = 24 * 60 * 60_000;

fn relationship(person: &Person, handle: &str) -> Value {
    let account = person.finds(handle);
    person.get(&format!("/api/v1/accounts/relationships?id[]={}", id(&account)))[0].clone()
}

#[test]
fn a_move_takes_the_followers_along() {
    move_with_followers(&Clock::fixed(NOW));
}

/// The move's row and its activity are one batch, and belong to one time.
#[test]
fn a_move_is_sent_whatever_the_clock_does_meanwhile() {
    let clock = Clock::fixed(NOW);
    clock.tick_at_each_look();
    move_with_followers(&clock);
}

fn move_with_followers(clock: &Clock) {
    let network = Network::new(1);
    let apps: Vec<TestApp> =
        ["a.example", "b.example", "c.example"].iter().map(|h| TestApp::new(&network, h, clock)).collect();
    let all: Vec<&TestApp> = apps.iter().collect();
    let (old, new) = (apps[0].person("alice"), apps[1].person("alice"));
    let (dave, carol) = (apps[0].person("dave"), apps[2].person("carol"));
    let eve = apps[2].person("eve");
    dave.follows(&old);
    carol.follows(&old);
    settle(&all);
    let old_at_carol = carol.finds("alice@a.example");
    carol.post(&format!("/api/v1/accounts/{}/follow", id(&old_at_carol)), json!({"reblogs": false}));
    carol.post(&format!("/api/v1/accounts/{}/note", id(&old_at_carol)), json!({"comment": "from school"}));
    let list = carol.post("/api/v1/lists", json!({"title": "friends"}));
    carol.post(&format!("/api/v1/lists/{}/accounts", id(&list)), json!({"account_ids": [id(&old_at_carol)]}));
    let old_at_eve = eve.finds("alice@a.example");
    eve.post(&format!("/api/v1/accounts/{}/block", id(&old_at_eve)), json!({}));
    settle(&all);

    // Without the alias nothing moves; with it, all followers do.
    let browser = Browser::of(&old);
    let away = [("action", "move"), ("target", "alice@b.example"), ("password", PASSWORD)];
    let refused = browser.migration(&away);
    assert_eq!(refused.status, 422);
    assert!(String::from_utf8_lossy(&refused.body).contains("does not name this one"));
    let there = Browser::of(&new);
    assert_eq!(there.migration(&[("action", "alias"), ("alias", "@alice@a.example")]).status, 303);
    assert!(there.get("/settings/migration", "en").contains("@alice@a.example"));
    assert!(there.get("/settings/migration", "ko").contains("옮겨 오기"));
    let wrong =
        browser.migration(&[("action", "move"), ("target", "alice@b.example"), ("password", "guess")]);
    assert_eq!(wrong.status, 422);
    let nobody =
        browser.migration(&[("action", "move"), ("target", "zoe@b.example"), ("password", PASSWORD)]);
    assert_eq!(nobody.status, 422);
    assert_eq!(browser.migration(&away).status, 303);
    // Nothing of what somebody here has begun waits for cron.
    while apps.iter().any(TestApp::consume_one) {}
    assert_eq!(relationship(&dave, "alice@b.example")["following"], true);
    settle(&all);

    for (person, handle) in [(&dave, "alice@b.example"), (&carol, "alice@b.example")] {
        assert_eq!(relationship(person, handle)["following"], true, "{}", person.name);
        assert_eq!(relationship(person, "alice@a.example")["following"], false, "{}", person.name);
    }
    let tie = relationship(&carol, "alice@b.example");
    assert_eq!((&tie["showing_reblogs"], &tie["note"]), (&json!(false), &json!("from school")));
    let members = carol.get(&format!("/api/v1/lists/{}/accounts", id(&list)));
    assert_eq!(members[0]["acct"], "alice@b.example", "{members}");
    let tie = relationship(&eve, "alice@b.example");
    assert_eq!(tie["blocking"], true);
    assert!(tie["note"].as_str().unwrap().contains("@alice@a.example"), "{tie}");
    // Her new account is shown, and the old one is inactive.
    let shown = carol.get(&format!("/api/v1/accounts/{}", id(&old_at_carol)));
    assert_eq!(shown["moved"]["acct"], "alice@b.example", "{shown}");
    let lookup = carol.get("/api/v1/accounts/lookup?acct=alice@a.example");
    let several = carol.get(&format!("/api/v1/accounts?id[]={}", id(&old_at_carol)));
    let found = carol.get("/api/v1/accounts/search?q=alice@a.example");
    let anywhere = carol.get("/api/v2/search?q=alice@a.example&type=accounts");
    let blocked = eve.get("/api/v1/blocks");
    let at_eve = blocked.as_array().unwrap().iter().find(|a| a["acct"] == "alice@a.example").unwrap();
    for entity in [&lookup, &several[0], &found[0], &anywhere["accounts"][0], at_eve] {
        assert_eq!(entity["moved"]["acct"], "alice@b.example", "{entity}");
    }
    assert!(lookup["moved"]["moved"].is_null());
    let page = Browser::new(&apps[0]).get("/@alice", "en");
    assert!(page.contains("has moved to <a href=\"https://b.example/@alice\">@alice@b.example"), "{page}");
    let actor: Value = serde_json::from_slice(&apps[0].fetch("/users/alice").body).unwrap();
    assert_eq!(actor["movedTo"], "https://b.example/users/alice");
    let post = old.call("POST", "/api/v1/statuses", Some(json!({"status": "hello?"})));
    assert_eq!(post.status, 403, "{}", String::from_utf8_lossy(&post.body));
    let follow = eve.call("POST", &format!("/api/v1/accounts/{}/follow", id(&old_at_carol)), None);
    assert_eq!(follow.status, 403);
    // Undone; the next move has to wait.
    assert_eq!(browser.migration(&[("action", "stay")]).status, 303);
    old.posts("here I am");
    let soon = browser.migration(&away);
    assert!(String::from_utf8_lossy(&soon.body).contains("30 days"));
    settle(&all);
    let actor: Value = serde_json::from_slice(&apps[0].fetch("/users/alice").body).unwrap();
    assert!(actor["movedTo"].is_null());
    // The alias can be removed.
    assert_eq!(
        there.migration(&[("action", "forget"), ("uri", "https://a.example/users/alice")]).status,
        303
    );
    let actor: Value = serde_json::from_slice(&apps[1].fetch("/users/alice").body).unwrap();
    assert_eq!(actor["alsoKnownAs"], json!([]));
}

#[test]
fn who_comes_back_keeps_the_followers_that_have_not_moved_yet() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let (app, other) =
        (TestApp::new(&network, "a.example", &clock), TestApp::new(&network, "b.example", &clock));
    let (old, new) = (app.person("alice"), other.person("alice"));
    for n in 0..12 {
        app.person(&format!("dave{n}")).follows(&old);
    }
    settle(&[&app, &other]);
    Browser::of(&new).migration(&[("action", "alias"), ("alias", "@alice@a.example")]);
    let browser = Browser::of(&old);
    let away = [("action", "move"), ("target", "alice@b.example"), ("password", PASSWORD)];
    assert_eq!(browser.migration(&away).status, 303);
    // Each invocation moves some of them.
    app.consume_one();
    let left = "SELECT count(*) AS n FROM follows f JOIN accounts a ON a.id = f.target_id WHERE a.domain = 'a.example'";
    let before = app.count(left);
    assert!(before > 0, "{before}");
    assert_eq!(browser.migration(&[("action", "stay")]).status, 303);
    settle(&[&app, &other]);
    assert_eq!((app.count(left), app.count("SELECT count(*) AS n FROM jobs")), (before, 0));
}

#[test]
fn what_changes_nothing_is_told_to_nobody() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let (app, other) =
        (TestApp::new(&network, "a.example", &clock), TestApp::new(&network, "b.example", &clock));
    let alice = app.person("alice");
    other.person("bob").follows(&alice);
    other.person("alice");
    settle(&[&app, &other]);
    let browser = Browser::of(&alice);
    let alias = [("action", "alias"), ("alias", "@alice@b.example")];
    network.keep_log(true);
    let told = || {
        settle(&[&app, &other]);
        network.take_log().iter().filter(|exchange| exchange.method == "POST").count()
    };
    assert_eq!(browser.migration(&alias).status, 303);
    assert!(told() > 0);
    for fields in [&alias[..], &[("action", "forget"), ("uri", "https://c.example/x")], &[("action", "stay")]]
    {
        assert_eq!(browser.migration(fields).status, 303);
    }
    assert_eq!(told(), 0);
}

#[test]
fn the_page_requires_a_sign_in() {
    let app = TestApp::alone();
    let stranger = Browser::new(&app);
    let path = "/settings/migration";
    let answer = stranger.send("GET", path, "", "en");
    assert_eq!(answer.status, 303);
    assert!(answer.header("location").unwrap().starts_with("/sign_in?next=%2Fsettings"));
    assert_eq!(stranger.send("POST", path, "action=stay", "en").status, 303);
    let alice = Browser::of(&app.person("alice"));
    assert_eq!(alice.send("POST", path, "action=stay", "en").status, 403);
}

/// dave on a.example follows bob of b.example, who has another account on c.example.
fn scene() -> (TestApp, Person, Remote, Value, Remote, Value) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let dave = app.person("dave");
    let (b, c) = (Remote::new(&network, "b.example"), Remote::new(&network, "c.example"));
    let bob = b.person("bob");
    let mut rob = c.person("rob");
    rob["alsoKnownAs"] = json!(bob["id"]);
    c.serve(rob.clone());
    let account = dave.finds("bob@b.example");
    dave.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({}));
    settle(&[&app]);
    let accept = json!({"id": b.uri("/accepts/1"), "type": "Accept", "actor": bob["id"], "object": b.inbox.borrow()[0]});
    assert_eq!(b.sends(&app, &accept), 202);
    (app, dave, b, bob, c, rob)
}

fn moved(remote: &Remote, actor: &Value, n: u32, target: &Value) -> Value {
    json!({"id": remote.uri(&format!("/moves/{n}")), "type": "Move", "actor": actor["id"], "object": actor["id"], "target": target["id"]})
}

#[test]
fn fed_trap_72_moves_do_not_loop_or_repeat() {
    let (app, dave, b, bob, c, rob) = scene();
    let asked = |remote: &Remote| remote.got().iter().filter(|k| *k == "Follow").count();
    // By another actor: refused. To an unknown account, or one without the alias: ignored.
    let mut forged = moved(&b, &bob, 1, &rob);
    forged["object"] = b.person("eve")["id"].clone();
    assert_eq!(b.sends(&app, &forged), 403);
    assert_eq!(b.sends(&app, &moved(&b, &bob, 2, &bob)), 202);
    assert_eq!(b.sends(&app, &moved(&b, &bob, 3, &c.person("stranger"))), 202);
    settle(&[&app]);
    assert_eq!((asked(&c), relationship(&dave, "bob@b.example")["following"].clone()), (0, json!(true)));
    // The target is fetched again: the stored copy does not count.
    let named = rob.clone();
    let mut unnamed = rob.clone();
    unnamed["alsoKnownAs"] = json!([]);
    c.serve(named);
    dave.finds("rob@c.example");
    c.serve(unnamed);
    assert_eq!(b.sends(&app, &moved(&b, &bob, 4, &rob)), 202);
    settle(&[&app]);
    assert_eq!(asked(&c), 0);
    // One move only: an account that has moved on is not followed.
    let mut gone = rob.clone();
    gone["movedTo"] = json!("https://d.example/users/x");
    c.serve(gone);
    assert_eq!(b.sends(&app, &moved(&b, &bob, 5, &rob)), 202);
    settle(&[&app]);
    assert_eq!(asked(&c), 0);
    // A valid move is applied once, however often it is sent; the next one has to wait a week.
    c.serve(rob.clone());
    for n in 6..9 {
        assert_eq!(b.sends(&app, &moved(&b, &bob, n, &rob)), 202);
    }
    settle(&[&app]);
    assert_eq!((asked(&c), asked(&b)), (1, 1));
    assert_eq!(b.got().last().unwrap(), "Undo");
    let mut other = c.person("other");
    other["alsoKnownAs"] = json!([bob["id"]]);
    c.serve(other.clone());
    app.clock.advance(DAY);
    app.network.take_log();
    assert_eq!(b.sends(&app, &moved(&b, &bob, 9, &other)), 202);
    settle(&[&app]);
    assert_eq!(asked(&c), 1);
    assert!(app.network.take_log().is_empty(), "nor is its target asked for");
    app.clock.advance(8 * DAY);
    let mut bob = bob;
    bob["movedTo"] = other["id"].clone();
    b.serve(bob.clone());
    assert_eq!(b.sends(&app, &moved(&b, &bob, 10, &other)), 202);
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts t JOIN accounts o ON o.moved_to_id = t.id WHERE t.username = 'other'"), 1);
}

#[test]
fn fed_trap_73_a_deleted_account_is_gone_everywhere_and_its_name_stays_reserved() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let (a, b) = (TestApp::new(&network, "a.example", &clock), TestApp::new(&network, "b.example", &clock));
    // A server that has stored alice, although nobody there follows her.
    let c = Remote::new(&network, "c.example");
    let (alice, dave, bob) = (a.person("alice"), a.person("dave"), b.person("bob"));
    let carol = c.person("carol");
    let follow = json!({"id": c.uri("/follows/1"), "type": "Follow", "actor": carol["id"], "object": "https://a.example/users/dave"});
    assert_eq!(c.sends(&a, &follow), 202);
    bob.follows(&alice);
    dave.follows(&alice);
    settle(&[&a, &b]);
    for n in 0..60 {
        alice.posts(&format!("word {n}"));
        clock.advance(1000);
    }
    settle(&[&a, &b]);
    assert_eq!(bob.home().len(), 40);
    let post = alice.posts("the last");
    let browser = Browser::of(&alice);
    assert!(browser.get("/settings/delete", "ko").contains("계정 지우기"));
    assert_eq!(browser.submit("/settings/delete", "/settings/delete", &[("password", "guess")]).status, 422);
    let done = browser.submit("/settings/delete", "/settings/delete", &[("password", PASSWORD)]);
    assert_eq!(done.status, 200);
    assert_eq!(alice.call("GET", "/api/v1/timelines/home", None).status, 401);
    assert_eq!(browser.send("GET", "/settings/delete", "", "en").status, 303);
    // She is hidden at once.
    assert!(dave.home().is_empty());
    let path = post["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap();
    for gone in [
        "/users/alice",
        "/users/alice/outbox",
        "/users/alice/followers",
        path,
        "/.well-known/webfinger?resource=acct:alice@a.example",
        "/@alice",
    ] {
        assert_eq!(a.fetch(gone).status, 410, "{gone}");
    }
    assert_eq!(dave.call("GET", &format!("/api/v1/accounts/{}", alice.id), None).status, 404);
    settle(&[&a, &b]);
    // The servers of followers and all others got the Delete, signed by the kept key.
    assert!(bob.home().is_empty());
    assert_eq!(
        b.count("SELECT count(*) AS n FROM accounts WHERE uri LIKE 'https://a.example/users/alice%'"),
        0
    );
    assert_eq!(c.got().iter().filter(|k| *k == "Delete").count(), 1);
    a.clock.advance(DAY);
    settle(&[&a, &b]);
    for left in [
        "SELECT count(*) AS n FROM statuses",
        "SELECT count(*) AS n FROM follows f JOIN accounts t ON t.id = f.target_id WHERE t.username = 'alice'",
        "SELECT count(*) AS n FROM outbox",
        "SELECT count(*) AS n FROM jobs",
    ] {
        assert_eq!(a.count(left), 0, "{left}");
    }
    // The name cannot be used again.
    let new = sori::services::register::NewUser {
        username: "Alice".into(),
        email: None,
        password: PASSWORD.into(),
        locale: "en".into(),
        role: sori::model::role::RoleId::EVERYONE,
    };
    let inner = a.ready();
    let again = pollster::block_on(sori::services::register::create(&inner, new, &inner.primary()));
    assert!(format!("{:?}", again.unwrap_err()).contains("ERR_TAKEN"));
    // The owner's account cannot be deleted.
    let browser = Browser::of(&a.person("owner"));
    let page = browser.get("/settings/delete", "en");
    assert!(
        page.contains("The owner cannot leave")
            && !page.contains("<form method=\"post\" action=\"/settings/delete"),
        "{page}"
    );
    assert!(!browser.get("/settings", "en").contains("/settings/delete"));
    let owner = a.account("owner");
    let removed = pollster::block_on(async {
        let user = sori::store::load(&inner.db, sori::store::users::by_account(owner.id)).await?.unwrap();
        sori::services::remove::local_account(&inner, &user, &owner).await
    });
    assert_eq!(removed.unwrap_err().status(), 403);
}

#[test]
fn local_instances_block_each_other_by_their_ports() {
    const PAGE: &str = "/settings/servers";
    let app = TestApp::new(&Network::new(1), "localhost:8787", &Clock::fixed(NOW));
    let owner = Browser::of(&app.person("owner"));
    assert_eq!(owner.submit(PAGE, PAGE, &[("domain", "localhost:8787")]).status, 422);
    assert_eq!(owner.submit(PAGE, PAGE, &[("domain", "localhost")]).status, 422);
    assert_eq!(owner.submit(PAGE, PAGE, &[("domain", "http://localhost:8788/@bob")]).status, 303);
    assert_eq!(app.count("SELECT count(*) AS n FROM domain_blocks WHERE domain = 'localhost:8788'"), 1);
}

#[test]
fn an_operator_blocks_and_unblocks_domains() {
    const PAGE: &str = "/settings/servers";
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let (owner, alice) = (Browser::of(&app.person("owner")), app.person("alice"));
    let remote = Remote::new(&network, "b.example");
    let bob = remote.person("bob");
    let follow = json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &follow), 202);
    let account = alice.finds("bob@b.example");
    alice.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({}));
    let asked = json!({"type": "Follow", "actor": "https://a.example/users/alice", "object": bob["id"]});
    let accept =
        json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": bob["id"], "object": asked});
    assert_eq!(remote.sends(&app, &accept), 202);
    let note = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    assert!(alice.sees(&note["id"]).is_some());
    // Not public.
    assert_eq!(Browser::of(&alice).status(PAGE), 404);
    // Not another server's domain.
    for wrong in [
        "a.example",
        "https://a.example/about",
        "example",
        "b example",
        "",
        "ftp://b.example/",
        "https://",
        "https://name@b.example/",
    ] {
        assert_eq!(owner.submit(PAGE, PAGE, &[("domain", wrong)]).status, 422, "{wrong}");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM domain_blocks"), 0);
    let again = owner.submit(PAGE, PAGE, &[("domain", "nowhere"), ("comment", "for \"reasons\"")]);
    let again = String::from_utf8(again.body).unwrap();
    assert!(
        again.contains("value=\"nowhere\"") && again.contains("value=\"for &quot;reasons&quot;\""),
        "{again}"
    );
    app.clock.advance(1000);
    // Somebody here has a follow with it: that is said first.
    let asked = owner.submit(PAGE, PAGE, &[("domain", "B.example"), ("comment", "spam <b>")]);
    assert_eq!(asked.status, 422);
    assert_eq!(app.count("SELECT count(*) AS n FROM domain_blocks"), 0);
    let one = format!("{PAGE}/b.example");
    let put = |comment: &str| {
        owner.submit(&one, &one, &[("do", "put"), ("severity", "suspend"), ("comment", comment)]).status
    };
    assert_eq!(put("spam <b>"), 303);
    assert!(owner.get(PAGE, "en").contains("b.example</a> · Blocked · <span dir=\"auto\">spam &lt;b&gt;"));
    assert!(owner.get(PAGE, "ko").contains("차단 풀기"));
    assert_eq!(app.fetch("/api/v1/instance/domain_blocks").status, 200);
    // Its accounts are hidden and have no ties here.
    assert!(alice.sees(&note["id"]).is_none());
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0);
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 2, json!({})))), 403);
    // A pasted address names the same server.
    for pasted in
        ["https://b.example/", "HTTPS://B.example", " https://b.example/@bob?x#y ", "http://b.example"]
    {
        app.clock.advance(1000);
        let known = owner.submit(PAGE, PAGE, &[("domain", pasted), ("severity", "silence")]);
        assert_eq!(known.status, 422, "{pasted}");
        assert!(String::from_utf8_lossy(&known.body).contains("in the list already"), "{pasted}");
    }
    // What is typed for a new one replaces no entry: not before it is saved as a change of it.
    assert_eq!(
        app.count(
            "SELECT count(*) AS n FROM domain_blocks WHERE severity = 'suspend' AND comment = 'spam <b>'"
        ),
        1
    );
    app.clock.advance(1000);
    assert_eq!(put("much spam"), 303);
    assert!(owner.get(PAGE, "en").contains("much spam"));
    assert_eq!(owner.submit(PAGE, PAGE, &[("let_in", "b.example")]).status, 303);
    assert_eq!(app.count("SELECT (SELECT count(*) FROM domain_blocks) + (SELECT count(*) FROM accounts WHERE suspended_at IS NOT NULL) AS n"), 0);
    assert_eq!(
        alice.get(&format!("/api/v1/accounts/{}/statuses", id(&account))).as_array().unwrap().len(),
        1
    );
    assert_eq!(remote.sends(&app, &follow), 202);
}

#[test]
fn an_operator_turns_secure_mode_on_and_off() {
    const PAGE: &str = "/settings/servers";
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let owner = Browser::of(&app.person("owner"));
    let reads = || {
        app.restart();
        app.fetch("/users/owner").status
    };
    assert_eq!(reads(), 200);
    assert!(owner.get(PAGE, "en").contains("Turn on"));
    assert_eq!(owner.submit(PAGE, PAGE, &[("secure_mode", "on")]).status, 303);
    assert_eq!(reads(), 401);
    assert!(owner.get(PAGE, "ko").contains("끄기"));
    assert_eq!(owner.submit(PAGE, PAGE, &[("secure_mode", "off")]).status, 303);
    assert_eq!(reads(), 200);
}

#[test]
fn a_server_that_does_not_answer_is_told_from_a_missing_account() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let browser = Browser::of(&app.person("alice"));
    let _there = Remote::new(&network, "b.example");
    for (typed, said) in [
        ("@zoe@nowhere.example", "does not answer"),
        ("@zoe@b.example", "Nobody was found"),
        ("?", "Nobody was found"),
    ] {
        for fields in [
            [("action", "alias"), ("alias", typed), ("password", "")],
            [("action", "move"), ("target", typed), ("password", PASSWORD)],
        ] {
            let answer = browser.migration(&fields);
            let page = String::from_utf8(answer.body).unwrap();
            assert_eq!(answer.status, 422, "{fields:?}");
            assert!(page.contains(said), "{fields:?}: {page}");
            assert!(
                page.contains(&format!("value=\"{typed}\"")),
                "{fields:?}: what was typed is gone: {page}"
            );
        }
    }
}

#[test]
fn an_old_account_may_be_named_by_the_address_of_its_profile() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let there = Remote::new(&network, "b.example");
    let old = there.person("alice");
    let note = there.serve(there.note(&old, 1, json!({})));
    let browser = Browser::of(&alice);
    let add = |typed: &str| browser.migration(&[("action", "alias"), ("alias", typed)]).status;
    assert_eq!(add(note["id"].as_str().unwrap()), 422);
    assert_eq!(add("https://b.example/nothing"), 422);
    assert_eq!(add("https://a.example/@alice"), 422);
    assert_eq!(add(&format!(" {} ", old["id"].as_str().unwrap())), 303);
    assert!(browser.get("/settings/migration", "en").contains("@alice@b.example"));
}
