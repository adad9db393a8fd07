//! Domain blocks of every severity, allowed domains, lists of domains, and what they end.

use serde_json::{Value, json};
use sori::activitypub::remote::fetch;
use sori::http::response::Response;
use sori::model::domain_block::{DomainBlock, Severity};
use sori::model::proxy;
use sori::platform::native::{Clock, Network};
use sori::platform::sql::Statement;
use sori::services::{blocklist, domain_block};

use crate::app::{DAY, NOW, Person, TestApp, id, settle};
use crate::browser::Browser;
use crate::remote::Remote;

/// alice on a.example, and bob on b.example; each follows the other.
fn tied() -> (TestApp, Person, Remote, Value) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let bob = tie(&app, &alice, &remote, "bob");
    (app, alice, remote, bob)
}

/// alice and an account elsewhere follow each other.
fn tie(app: &TestApp, alice: &Person, remote: &Remote, name: &str) -> Value {
    let person = remote.person(name);
    let here = id(&alice.finds(&format!("{name}@{}", remote.host))).to_owned();
    alice.post(&format!("/api/v1/accounts/{here}/follow"), json!({}));
    settle(&[app]);
    let follow = remote.inbox.borrow().iter().rfind(|a| a["type"] == "Follow").cloned().unwrap();
    let accept = json!({"id": remote.uri(&format!("/accepts/{name}")), "type": "Accept", "actor": person["id"], "object": follow});
    assert_eq!(remote.sends(app, &accept), 202);
    assert_eq!(follows(app, remote, &person), 202);
    settle(&[app]);
    remote.inbox.borrow_mut().clear();
    person
}

fn follows(app: &TestApp, remote: &Remote, person: &Value) -> u16 {
    let uri = format!("{}/follow{}", person["id"].as_str().unwrap(), app.clock.now().0);
    let follow = json!({"id": uri, "type": "Follow", "actor": person["id"], "object": "https://a.example/users/alice"});
    remote.sends(app, &follow)
}

fn put(app: &TestApp, block: DomainBlock) {
    app.clock.advance(1_000);
    pollster::block_on(domain_block::put(&app.ready(), &block, Vec::new())).unwrap();
    app.restart();
}

fn block(domain: &str, severity: Severity) -> DomainBlock {
    DomainBlock { domain: domain.into(), severity, ..DomainBlock::default() }
}

fn lift(app: &TestApp, domain: &str) {
    app.clock.advance(1_000);
    pollster::block_on(domain_block::lift(&app.ready(), domain, Vec::new())).unwrap();
    app.restart();
}

fn text(app: &TestApp, sql: &str) -> String {
    let rows = pollster::block_on(app.db.query(Statement::new(sql.to_owned()))).unwrap();
    rows.first().map_or_else(String::new, |row| row.opt_text("n").unwrap().unwrap_or_default())
}

/// The accounts that are suspended, and those that are limited.
fn marks(app: &TestApp) -> (String, String) {
    let of = |column: &str| {
        let name = "username || '@' || domain";
        text(
            app,
            &format!(
                "SELECT group_concat(x, ' ') AS n FROM (SELECT {name} AS x FROM accounts WHERE {column} IS NOT NULL ORDER BY x)"
            ),
        )
    };
    (of("suspended_at"), of("silenced_at"))
}

fn blocks(app: &TestApp) -> String {
    text(
        app,
        "SELECT group_concat(x, ' ') AS n FROM (SELECT domain || ' ' || severity || iif(is_from_lists, ' list', '') AS x FROM domain_blocks ORDER BY domain)",
    )
}

fn flag(app: &TestApp, remote: &Remote, person: &Value) -> u16 {
    let flag = json!({"id": remote.uri(&format!("/flags/{}", app.clock.now().0)), "type": "Flag", "actor": person["id"],
        "object": ["https://a.example/users/alice"], "content": "spam"});
    remote.sends(app, &flag)
}

#[test]
fn a_limit_marks_accounts_old_and_new_and_asks_before_they_follow() {
    let (app, alice, remote, bob) = tied();
    // Another one whose handle is of the domain alone.
    put(&app, block("b.example", Severity::Silence));
    assert_eq!(marks(&app), (String::new(), "bob@b.example".into()));
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 2, "nothing is severed");
    let carol = remote.person("carol");
    assert_eq!(remote.sends(&app, &remote.create(&carol, &remote.note(&carol, 1, json!({"to": ["https://a.example/users/alice"], "tag": [{"type": "Mention", "href": "https://a.example/users/alice"}]})))), 202);
    assert_eq!(marks(&app).1, "bob@b.example carol@b.example", "those that come later too");
    assert_eq!(follows(&app, &remote, &carol), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM follow_requests"), 1);
    assert_eq!(id(&alice.get("/api/v1/follow_requests")[0]), id(&alice.finds("carol@b.example")));
    // Deliveries and fetches go on.
    remote.inbox.borrow_mut().clear();
    alice.posts("hello");
    settle(&[&app]);
    assert_eq!(remote.got(), ["Create"]);
    // A limit by a moderator stays.
    app.write("UPDATE accounts SET silenced_at = 5 WHERE username = 'bob'");
    lift(&app, "b.example");
    assert_eq!(marks(&app).1, "bob@b.example");
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 2, json!({})))), 202);
}

#[test]
fn severities_follow_one_another_and_each_does_what_it_says() {
    let (app, alice, remote, bob) = tied();
    let sub = Remote::new(&app.network, "sub.b.example");
    sub.person("sue");
    alice.finds("sue@sub.b.example");
    let all = "bob@b.example sue@sub.b.example";
    put(&app, block("b.example", Severity::Silence));
    assert_eq!(marks(&app), (String::new(), all.into()));
    put(&app, block("b.example", Severity::Suspend));
    assert_eq!(marks(&app), (all.into(), String::new()));
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM inboxes WHERE is_blocked = 1"), 2);
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 1, json!({})))), 403);
    assert_eq!(flag(&app, &remote, &bob), 403);
    // A milder block of a part changes nothing of that, and holds once the whole one is gone.
    put(&app, block("sub.b.example", Severity::Silence));
    assert_eq!(marks(&app), (all.into(), String::new()));
    lift(&app, "b.example");
    assert_eq!(marks(&app), (String::new(), "sue@sub.b.example".into()));
    assert_eq!(app.count("SELECT count(*) AS n FROM inboxes WHERE is_blocked = 1"), 0);
    put(&app, block("sub.b.example", Severity::Noop));
    assert_eq!(marks(&app), (String::new(), String::new()));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 2, json!({})))), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0, "what was severed does not come back");
    assert_eq!(app.count("SELECT count(*) AS n FROM host_checks"), 0);
}

#[test]
fn accounts_are_found_by_the_domain_of_their_handle_too() {
    let (app, alice, _, _) = tied();
    app.db.run("UPDATE accounts SET domain = 'handles.example' WHERE username = 'bob'");
    put(&app, block("handles.example", Severity::Silence));
    assert_eq!(marks(&app).1, "bob@handles.example");
    put(&app, block("handles.example", Severity::Suspend));
    assert_eq!(marks(&app), ("bob@handles.example".into(), String::new()));
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0);
    lift(&app, "handles.example");
    assert_eq!(marks(&app).0, "");
    put(&app, block("b.example", Severity::Suspend));
    assert_eq!(marks(&app).0, "bob@handles.example");
    assert_eq!(alice.home(), Vec::<Value>::new());
}

#[test]
fn rejected_media_are_not_shown_and_come_back() {
    let (app, alice, remote, bob) = tied();
    let mut with_face = bob.clone();
    with_face["icon"] = json!({"type": "Image", "mediaType": "image/png", "url": remote.uri("/face.png")});
    remote.serve(with_face.clone());
    let update = json!({"id": remote.uri("/u/1"), "type": "Update", "actor": bob["id"], "object": with_face});
    assert_eq!(remote.sends(&app, &update), 202);
    let picture =
        json!({"attachment": [{"type": "Document", "mediaType": "image/png", "url": remote.uri("/x.png")}]});
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 1, picture))), 202);
    remote.answers("/x.png", Response::new(200, "image/png", "png"));
    let path = proxy::path(&app.ready().config.proxy_key, &remote.uri("/x.png"));
    let seen = || {
        let status = &alice.home()[0];
        (
            status["media_attachments"].as_array().unwrap().len(),
            status["account"]["avatar"].as_str().unwrap().contains("/proxy/"),
        )
    };
    assert_eq!((seen(), app.fetch(&path).status), ((1, true), 200));
    put(&app, DomainBlock { rejects_media: true, ..block("b.example", Severity::Noop) });
    assert_eq!((seen(), app.fetch(&path).status), ((0, false), 404));
    // Those of a new account as well.
    let carol = remote.person("carol");
    alice.finds("carol@b.example");
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE rejects_media = 1"), 2);
    assert_eq!(remote.sends(&app, &remote.create(&carol, &remote.note(&carol, 2, json!({})))), 202);
    lift(&app, "b.example");
    assert_eq!((seen(), app.fetch(&path).status), ((1, true), 200));
}

#[test]
fn rejected_reports_are_accepted_and_dropped() {
    let (app, _, remote, bob) = tied();
    let filed = || app.count("SELECT count(*) AS n FROM reports");
    put(&app, DomainBlock { rejects_reports: true, ..block("b.example", Severity::Silence) });
    assert_eq!((flag(&app, &remote, &bob), filed()), (202, 0));
    // Nothing but reports.
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 77, json!({})))), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE uri LIKE '%/notes/77'"), 1);
    put(&app, block("b.example", Severity::Silence));
    app.clock.advance(1_000);
    assert_eq!((flag(&app, &remote, &bob), filed()), (202, 1));
}

#[test]
fn the_public_list_hides_what_it_is_told_to() {
    let (app, alice, ..) = tied();
    let comment = "spam".to_owned();
    put(
        &app,
        DomainBlock {
            is_obfuscated: true,
            comment,
            private_comment: "secret".into(),
            ..block("hidden.example", Severity::Suspend)
        },
    );
    put(&app, block("limited.example", Severity::Silence));
    put(&app, block("noop.example", Severity::Noop));
    let list = |token: Option<&str>| app.request("GET", "/api/v1/instance/domain_blocks", token, None);
    let shown: Value = serde_json::from_slice(&list(None).body).unwrap();
    assert_eq!(shown[0]["digest"], "b9b4534890da264b2f2804bf80f96fe162d9f8282c0eabe63201bd35440a410b");
    assert_eq!(shown[0]["domain"], "hidd**.****ple");
    assert_eq!((&shown[0]["severity"], &shown[0]["comment"]), (&json!("suspend"), &json!("spam")));
    assert_eq!(shown[1]["domain"], "limited.example");
    assert_eq!(shown.as_array().unwrap().len(), 2, "{shown}");
    assert!(!shown.to_string().contains("secret"));
    for (mode, stranger, person) in [("users", 404, 200), ("disabled", 404, 404), ("all", 200, 200)] {
        app.db.run(&format!(
            "INSERT INTO settings (key, value) VALUES ('show_domain_blocks', '{mode}') ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        ));
        app.restart();
        assert_eq!((list(None).status, list(Some(&alice.token)).status), (stranger, person), "{mode}");
        let about = String::from_utf8(app.fetch("/about").body).unwrap();
        assert_eq!(about.contains("limited.example"), mode == "all");
    }
}

#[test]
fn only_allowed_domains_federate() {
    let (app, alice, b, bob) = tied();
    let c = Remote::new(&app.network, "c.example");
    let carol = tie(&app, &alice, &c, "carol");
    let set = |is_on| {
        app.clock.advance(1_000);
        pollster::block_on(domain_block::set_allow_list(&app.ready(), is_on, Vec::new())).unwrap();
        app.restart();
    };
    let allow = pollster::block_on(domain_block::allow(&app.ready(), "C.example", Vec::new())).unwrap();
    assert_eq!(marks(&app).0, "", "nothing changes before it is on");
    let browser = Browser::of(&app.person("owner"));
    let asked = browser.get("/settings/servers?allow_list=ask", "en");
    assert!(asked.contains("1 account followed · 1 follower"), "{asked}");
    set(true);
    assert_eq!(marks(&app).0, "bob@b.example");
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 2);
    assert_eq!(b.sends(&app, &b.create(&bob, &b.note(&bob, 1, json!({})))), 403);
    assert_eq!(c.sends(&app, &c.create(&carol, &c.note(&carol, 1, json!({})))), 202);
    assert_eq!(
        pollster::block_on(fetch::document(&app.ready(), "https://b.example/users/bob"))
            .unwrap_err()
            .status(),
        403
    );
    assert!(pollster::block_on(fetch::document(&app.ready(), "https://c.example/users/carol")).is_ok());
    let path = proxy::path(&app.ready().config.proxy_key, "https://b.example/x.png");
    assert_eq!(app.fetch(&path).status, 404);
    // A new server, and a part of an allowed one.
    let (d, sub) = (Remote::new(&app.network, "d.example"), Remote::new(&app.network, "sub.c.example"));
    let (dan, sue) = (d.person("dan"), sub.person("sue"));
    assert_eq!(follows(&app, &d, &dan), 403);
    assert_eq!(follows(&app, &sub, &sue), 202);
    b.inbox.borrow_mut().clear();
    alice.posts("hello");
    settle(&[&app]);
    assert_eq!(b.got(), Vec::<String>::new());
    let event = &alice.notifications()[0]["event"];
    assert_eq!((&event["type"], &event["target_name"]), (&json!("domain_block"), &json!("b.example")));
    // Allowed, disallowed, and open again.
    let b_allow = pollster::block_on(domain_block::allow(&app.ready(), "b.example", Vec::new())).unwrap();
    assert_eq!(marks(&app).0, "");
    pollster::block_on(domain_block::disallow(&app.ready(), &b_allow, Vec::new())).unwrap();
    pollster::block_on(domain_block::disallow(&app.ready(), &allow, Vec::new())).unwrap();
    assert_eq!(marks(&app).0, "bob@b.example carol@c.example sue@sub.c.example");
    set(false);
    assert_eq!(marks(&app).0, "");
    assert_eq!(b.sends(&app, &b.create(&bob, &b.note(&bob, 2, json!({})))), 202);
}

#[test]
fn what_a_block_severs_is_told_and_can_be_taken_away() {
    let (app, alice, remote, _) = tied();
    let dora = app.person("dora");
    tie(&app, &alice, &remote, "carol");
    put(&app, block("b.example", Severity::Suspend));
    let told = alice.notifications();
    let severed: Vec<&Value> = told.iter().filter(|n| n["type"] == "severed_relationships").collect();
    assert_eq!(severed.len(), 1, "one of an event: {told:?}");
    let event = &severed[0]["event"];
    assert_eq!(
        (
            &event["type"],
            &event["target_name"],
            &event["following_count"],
            &event["followers_count"],
            &event["purged"]
        ),
        (&json!("domain_block"), &json!("b.example"), &json!(2), &json!(2), &json!(false))
    );
    assert_eq!(event["id"], severed[0]["id"]);
    assert_eq!(alice.get(&format!("/api/v1/notifications/{}", id(severed[0])))["event"], *event);
    let groups = alice.get("/api/v2/notifications");
    assert_eq!(&groups["notification_groups"][0]["event"], event);
    let browser = Browser::of(&alice);
    assert!(browser.get("/notifications", "en").contains("Some of your follows have ended"));
    let page = browser.get("/settings/severed", "en");
    assert!(page.contains("b.example") && page.contains("2 accounts followed"), "{page}");
    let file = format!("/settings/severed/{}-following.csv", id(event));
    let csv = browser.get(&file, "en");
    let mut lines: Vec<&str> = csv.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "\"bob@b.example\",true,false,",
            "\"carol@b.example\",true,false,",
            "Account address,Show boosts,Notify on new posts,Languages"
        ]
    );
    let followers = browser.get(&file.replace("following", "followers"), "en");
    assert_eq!(followers.lines().count(), 3);
    // Nobody else sees it.
    assert_eq!(Browser::of(&dora).status(&file), 404);
    assert_eq!(Browser::new(&app).status(&file), 303);
    assert!(!Browser::of(&dora).get("/settings/severed", "en").contains("b.example"));
    assert_eq!(dora.notifications(), Vec::<Value>::new());
    // What was taken away can be imported once the server is back.
    lift(&app, "b.example");
    let upload = [
        ("form", browser.token("/settings/import")),
        ("kind", "following".into()),
        ("mode", "merge".into()),
        ("action", "import".into()),
    ];
    let fields: Vec<(&str, &str)> = upload.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.upload_named("/settings/import", &fields, (("file", "following_accounts.csv"), csv.as_bytes()));
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM follow_requests"), 2);
    // After half a year it is forgotten.
    // At three in the morning, with what else lists leave behind.
    let hour = app.clock.now().0 / 3_600_000 % 24;
    app.clock.advance(181 * DAY + (27 - hour) % 24 * 3_600_000);
    pollster::block_on(sori::services::blocklist::on_time(&app.ready())).unwrap();
    assert_eq!(app.count("SELECT count(*) AS n FROM severances"), 0);
}

#[test]
fn a_persons_own_domain_block_is_written_down_too() {
    let (app, alice, ..) = tied();
    alice.post("/api/v1/domain_blocks", json!({"domain": "b.example"}));
    settle(&[&app]);
    let event = &alice.notifications()[0]["event"];
    assert_eq!(
        (&event["type"], &event["following_count"], &event["followers_count"]),
        (&json!("user_domain_block"), &json!(1), &json!(1))
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0);
}

#[test]
fn a_large_server_is_done_in_steps() {
    let (app, alice, remote, _) = tied();
    app.db.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1234) \
         INSERT INTO accounts (id, username, domain, uri, url, created_at) SELECT i, 'p' || i, 'b.example', 'https://b.example/users/p' || i, '', 0 FROM n",
    );
    app.db.run("INSERT INTO follows (account_id, target_id, id, uri) SELECT id, (SELECT id FROM accounts WHERE username = 'alice'), id, uri FROM accounts WHERE username LIKE 'p%'");
    app.clock.advance(1_000);
    let event = app.ready();
    crate::app::block_domain(&event, "b.example").unwrap();
    assert!(event.cost().statements <= 50, "{:?}", event.cost());
    assert!(app.count("SELECT count(*) AS n FROM follows") > 0, "not all at once");
    assert_eq!(remote.sends(&app, &json!({"id": remote.uri("/x"), "type": "Follow", "actor": remote.uri("/users/p1"), "object": "https://a.example/users/alice"})), 403);
    settle(&[&app]);
    assert_eq!(
        app.count("SELECT count(*) AS n FROM accounts WHERE domain = 'b.example' AND suspended_at IS NULL"),
        0
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0);
    let event = &alice.notifications()[0]["event"];
    assert_eq!((&event["following_count"], &event["followers_count"]), (&json!(1), &json!(1235)));
    assert_eq!(app.count("SELECT count(*) AS n FROM severances"), 1);
    assert_eq!(
        app.count("SELECT length(followers) - length(replace(followers, char(10), '')) AS n FROM severances"),
        1235
    );
}

// Lists.

struct Lists {
    app: TestApp,
    alice: Person,
    remote: Remote,
    publisher: Remote,
}

impl Lists {
    fn new() -> Self {
        let (app, alice, remote, _) = tied();
        let publisher = Remote::new(&app.network, "lists.example");
        Self { app, alice, remote, publisher }
    }

    fn says(&self, path: &str, text: &str) {
        self.publisher.answers(path, Response::new(200, "text/plain", text));
    }

    fn subscribe(&self, path: &str, most: Severity) {
        let url = self.publisher.uri(path);
        pollster::block_on(blocklist::subscribe(&self.app.ready(), &url, path, most, Vec::new())).unwrap();
        self.days(0);
    }

    /// Runs what is due, after some days.
    fn days(&self, n: i64) {
        self.app.clock.advance(n * DAY + 1_000);
        for _ in 0..60 {
            self.app.tick();
            while self.app.consume_one() {}
            self.app.clock.advance(60_000);
        }
        settle(&[&self.app]);
        self.app.restart();
    }

    fn page(&self) -> String {
        Browser::of(&self.app.person("owner")).get("/settings/blocklists", "en")
    }

    fn presses(&self, fields: &[(&str, &str)]) {
        let browser = Browser::of(&self.app.person("owner"));
        assert_eq!(browser.submit("/settings/blocklists", "/settings/blocklists", fields).status, 303);
        self.days(0);
    }
}

#[test]
fn what_a_list_brings_goes_with_it() {
    let lists = Lists::new();
    let app = &lists.app;
    put(app, block("hand.example", Severity::Silence));
    put(app, block("spared.example", Severity::Noop));
    lists.says("/a.csv", "#domain,#severity\nbad.example,suspend\nworse.example,silence\nhand.example,suspend\nspared.example,suspend\na.example,suspend\ncom,suspend\n");
    lists.subscribe("/a.csv", Severity::Suspend);
    let by_hand = "hand.example silence";
    assert_eq!(
        blocks(app),
        format!("bad.example suspend list {by_hand} spared.example noop worse.example silence list")
    );
    let page = lists.page();
    assert!(page.contains("4 servers"), "{page}");
    // It changes its mind.
    lists.says("/a.csv", "worse.example\nnew.example\n");
    lists.days(1);
    assert_eq!(
        blocks(app),
        format!("{by_hand} new.example suspend list spared.example noop worse.example suspend list")
    );
    // Pages, silence and emptiness change nothing.
    for (answer, said) in [
        (Response::new(200, "text/html", "<p>moved</p>"), "web page"),
        (Response::new(200, "text/plain", "<!doctype html>"), "web page"),
        (Response::new(200, "text/plain", ""), "No server is named"),
        (Response::new(500, "text/plain", "x"), "could not be fetched"),
        (Response::new(200, "text/plain", "x.example\n".repeat(200_000)), "could not be fetched"),
        (
            Response::new(
                200,
                "text/plain",
                (0..30_000).map(|n| format!("d{n}.example\n")).collect::<String>(),
            ),
            "too long",
        ),
    ] {
        lists.publisher.answers("/a.csv", answer);
        lists.days(1);
        assert!(lists.page().contains(said), "{said}: {}", lists.page());
        assert!(blocks(app).contains("new.example suspend list"), "{said}");
    }
    // A new version with an ETag, which is asked for again with it.
    lists
        .publisher
        .answers("/a.csv", Response::new(200, "text/plain", "new.example\n").with("ETag", "\"v1\""));
    lists.days(1);
    assert_eq!(blocks(app), format!("{by_hand} new.example suspend list spared.example noop"));
    lists.publisher.answers("/a.csv", Response::new(304, "text/plain", ""));
    lists.days(1);
    assert!(!lists.page().contains("class=\"error\""), "{}", lists.page());
    assert_eq!(app.count("SELECT count(*) AS n FROM blocklists WHERE etag = '\"v1\"'"), 1);
    // What is let in by hand stays so.
    lift(app, "new.example");
    lists.days(1);
    assert_eq!(blocks(app), format!("{by_hand} new.example noop spared.example noop"));
    lists.publisher.answers("/a.csv", Response::new(200, "text/plain", "other.example\n"));
    lists.days(1);
    assert!(blocks(app).contains("other.example suspend list"));
    // Given up: only what is by hand is left.
    let list = text(app, "SELECT CAST(id AS TEXT) AS n FROM blocklists");
    lists.presses(&[("remove", &list)]);
    assert_eq!(blocks(app), format!("{by_hand} new.example noop spared.example noop"));
    assert_eq!(
        app.count("SELECT (SELECT count(*) FROM blocklists) + (SELECT count(*) FROM blocklist_chunks) AS n"),
        0
    );
}

#[test]
fn as_many_lists_have_to_agree_as_the_operator_wants() {
    let lists = Lists::new();
    let app = &lists.app;
    lists.says("/a", "one.example\nboth.example\n");
    lists.says("/b", "#domain,#severity\nboth.example,silence\ntwo.example,suspend\n");
    lists.subscribe("/a", Severity::Silence);
    lists.subscribe("/b", Severity::Suspend);
    assert_eq!(blocks(app), "both.example silence list one.example silence list two.example suspend list");
    lists.presses(&[("threshold", "2"), ("waits", "true")]);
    assert_eq!(blocks(app), "both.example silence list");
    lists.presses(&[("threshold", "1"), ("waits", "true")]);
    assert_eq!(blocks(app), "both.example silence list one.example silence list two.example suspend list");
    // A domain stays as long as one list names it.
    let first = text(app, "SELECT CAST(min(id) AS TEXT) AS n FROM blocklists");
    lists.presses(&[("remove", &first)]);
    assert_eq!(blocks(app), "both.example silence list two.example suspend list");
}

#[test]
fn servers_with_ties_wait_for_the_operator() {
    let lists = Lists::new();
    let app = &lists.app;
    lists.says("/a", "b.example\nbad.example\n");
    lists.subscribe("/a", Severity::Suspend);
    assert_eq!(blocks(app), "bad.example suspend list");
    assert!(lists.page().contains("1 account followed · 1 follower"), "{}", lists.page());
    lists.presses(&[("block", "b.example")]);
    assert_eq!(blocks(app), "b.example suspend list bad.example suspend list");
    assert_eq!(marks(app).0, "bob@b.example");
    assert!(!lists.page().contains("Waiting for you"));
    // The list takes it back, and names it again: the operator has said yes, but the ties are gone anyway.
    lists.says("/a", "bad.example\n");
    lists.days(1);
    assert_eq!((blocks(app), marks(app).0), ("bad.example suspend list".into(), String::new()));
    tie(app, &lists.alice, &lists.remote, "carol");
    lists.says("/a", "b.example\nbad.example\n");
    lists.days(1);
    assert_eq!(blocks(app), "bad.example suspend list", "new ties are asked about again");
    lists.presses(&[("spare", "b.example")]);
    assert_eq!(blocks(app), "b.example noop bad.example suspend list");
    lists.days(1);
    assert_eq!(blocks(app), "b.example noop bad.example suspend list");
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 2);
}

/// Rows written by a new list of 5,000 domains, of ten others, of none, and of its end, and the steps that each takes.
#[test]
fn what_a_list_of_five_thousand_domains_costs() {
    let lists = Lists::new();
    let app = &lists.app;
    lists.says("/l", "");
    lists.subscribe("/l", Severity::Suspend);
    let steps = |first: &dyn Fn(&sori::app::App)| {
        let event = app.ready();
        first(&event);
        let (mut written, mut steps) = (event.cost().rows_written, 1);
        loop {
            let event = app.ready();
            let outcome = pollster::block_on(blocklist::go_on(&event)).unwrap();
            assert!(event.cost().statements <= 50, "{:?}", event.cost());
            written += event.cost().rows_written;
            steps += 1;
            if outcome == sori::jobs::outcome::Outcome::Done {
                app.db.run("DELETE FROM jobs");
                return (written, steps);
            }
        }
    };
    let says = |from: usize| {
        let text: String = (from..from + 5_000).map(|n| format!("domain-number-{n}.example\n")).collect();
        steps(&|event| {
            let all =
                pollster::block_on(sori::store::load(&event.db, sori::store::blocklists::all())).unwrap();
            pollster::block_on(blocklist::received(event, &all[0], Some((text.as_bytes(), "")))).unwrap();
        })
    };
    let (new, none, ten) = (says(0), says(0), says(10));
    assert_eq!(app.count("SELECT count(*) AS n FROM domain_blocks"), 5_000);
    assert_eq!(
        app.count("SELECT count(*) AS n FROM domain_blocks WHERE domain = 'domain-number-5009.example'"),
        1
    );
    let end = steps(&|event| {
        let all = pollster::block_on(sori::store::load(&event.db, sori::store::blocklists::all())).unwrap();
        pollster::block_on(blocklist::unsubscribe(event, all[0].id, Vec::new())).unwrap();
    });
    assert_eq!(blocks(app), "");
    println!("rows written and steps: new {new:?}, none {none:?}, ten others {ten:?}, end {end:?}");
    assert!(
        new.0 < 11_000 && none.0 < 20 && ten.0 < 200 && end.0 < 11_000,
        "{new:?} {none:?} {ten:?} {end:?}"
    );
}

#[test]
fn a_file_does_what_its_preview_says() {
    let lists = Lists::new();
    let app = &lists.app;
    put(app, block("same.example", Severity::Suspend));
    put(app, block("changed.example", Severity::Silence));
    let browser = Browser::of(&app.person("owner"));
    let upload = |file: &str| {
        let token = browser.token("/settings/blocklists/import");
        browser.upload_named(
            "/settings/blocklists/import",
            &[("form", &token)],
            (("file", "blocks.csv"), file.as_bytes()),
        )
    };
    let file = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n\
                b.example,suspend,False,False,spam,False\nnew.example,suspend,True,True,\"a, b\",True\n\
                same.example,suspend,False,False,,False\nchanged.example,suspend,False,False,,False\n127.0.0.1,suspend,,,,\n";
    let answer = upload(file);
    assert_eq!(answer.status, 303);
    let preview = crate::app::header(&answer, "location");
    let page = browser.get(&preview, "en");
    for said in [
        "New: 2 · changed 1 · The same: 1 · Unreadable lines: 1",
        "@alice@a.example → @bob@b.example",
        "1 account followed · 1 follower",
    ] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(page.contains("value=\"b.example\" checked"), "what cuts people off is ticked: {page}");
    assert_eq!(blocks(app), "changed.example silence same.example suspend", "nothing has happened");
    let id = preview.split('=').nth(1).unwrap().to_owned();
    let taken =
        [("file_id", id.as_str()), ("do", "take"), ("skip[]", "b.example"), ("skip[]", "nobody.example")];
    assert_eq!(
        browser.submit("/settings/blocklists/import", "/settings/blocklists/import", &taken).status,
        303
    );
    lists.days(0);
    assert_eq!(blocks(app), "changed.example suspend new.example suspend same.example suspend");
    assert_eq!(
        text(
            app,
            "SELECT comment || rejects_media || rejects_reports || is_obfuscated AS n FROM domain_blocks WHERE domain = 'new.example'"
        ),
        "a, b111"
    );
    assert_eq!(
        app.count("SELECT (SELECT count(*) FROM blocklists) + (SELECT count(*) FROM blocklist_chunks) AS n"),
        0
    );
    let export = browser.get("/settings/servers/export.csv", "en");
    assert!(export.contains("new.example,suspend,true,true,\"a, b\",true\n"), "{export}");
    // A file that is forgotten, and files that are none.
    let preview = crate::app::header(&upload("forgotten.example\n"), "location");
    let id = preview.split('=').nth(1).unwrap().to_owned();
    browser.submit(&preview, "/settings/blocklists/import", &[("file_id", &id), ("do", "forget")]);
    lists.days(0);
    assert!(!blocks(app).contains("forgotten.example"));
    for none in ["", "<html>", "com\n"] {
        assert_eq!(upload(none).status, 422, "{none}");
    }
}

#[test]
fn pages_of_servers_are_for_staff() {
    let (app, dora, ..) = tied();
    let alice = app.person("owner");
    for page in [
        "/settings/servers",
        "/settings/servers/b.example",
        "/settings/servers/export.csv",
        "/settings/blocklists",
        "/settings/blocklists/import",
    ] {
        assert_eq!(
            (
                Browser::of(&alice).status(page),
                Browser::of(&dora).status(page),
                Browser::new(&app).status(page)
            ),
            (200, 404, 303),
            "{page}"
        );
    }
    let browser = Browser::of(&alice);
    let here = "/settings/servers/b.example";
    assert_eq!(
        browser
            .submit(here, here, &[("do", "put"), ("severity", "silence"), ("reject_media", "true")])
            .status,
        303
    );
    assert_eq!(blocks(&app), "b.example silence");
    assert_eq!(app.count("SELECT rejects_media AS n FROM domain_blocks"), 1);
    assert!(browser.get(here, "ko").contains("사진과 파일"));
    assert_eq!(browser.submit(here, here, &[("do", "lift")]).status, 303);
    assert_eq!(blocks(&app), "");
    assert_eq!(browser.status("/settings/servers/a.example"), 404);
}

/// A token of somebody with these scopes.
fn token(app: &TestApp, person: &Person, scopes: &str) -> String {
    let event = app.ready();
    pollster::block_on(async {
        let scopes = sori::model::scope::Scopes::parse(scopes).unwrap();
        let user =
            sori::store::load(&event.db, sori::store::users::by_account(person.id)).await.unwrap().unwrap();
        let client =
            sori::services::grant::register_client(&event, "admin", None, vec!["test:/".into()], &scopes);
        let (client, _) = client.await.unwrap();
        sori::services::grant::issue(&event, client.id, Some(user.id), &scopes.to_string()).await.unwrap().0
    })
}

#[test]
fn the_admin_api_blocks_and_allows_as_mastodons() {
    const BLOCKS: &str = "/api/v1/admin/domain_blocks";
    const ALLOWS: &str = "/api/v1/admin/domain_allows";
    let (app, alice, ..) = tied();
    let owner = app.person("owner");
    let all = "admin:read:domain_blocks admin:write:domain_blocks admin:read:domain_allows admin:write:domain_allows";
    let staff = Person { token: token(&app, &owner, all), ..owner.clone() };
    let nobody = Person { token: token(&app, &alice, all), ..alice.clone() };
    assert_eq!((nobody.call("GET", BLOCKS, None).status, owner.call("GET", BLOCKS, None).status), (403, 403));
    assert_eq!(app.request("GET", BLOCKS, None, None).status, 401);
    let made = staff.post(BLOCKS, json!({"domain": "B.example", "reject_media": true, "private_comment": "why", "public_comment": "spam", "obfuscate": true}));
    let path = format!("{BLOCKS}/{}", id(&made));
    let fields = [
        "id",
        "domain",
        "digest",
        "created_at",
        "severity",
        "reject_media",
        "reject_reports",
        "private_comment",
        "public_comment",
        "obfuscate",
    ];
    let mut keys: Vec<&str> = made.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let mut wanted = fields;
    wanted.sort_unstable();
    assert_eq!(keys, wanted);
    assert_eq!(
        (&made["domain"], &made["severity"], &made["private_comment"]),
        (&json!("b.example"), &json!("silence"), &json!("why"))
    );
    assert_eq!(staff.get(&path), made);
    // Nothing milder below it, and not twice.
    app.clock.advance(1_000);
    for (domain, severity, status) in [
        ("b.example", "suspend", 422),
        ("sub.b.example", "noop", 422),
        ("sub.b.example", "suspend", 200),
        ("a.example", "suspend", 422),
        ("x", "suspend", 422),
        ("c.example", "explode", 422),
    ] {
        let answer = staff.call("POST", BLOCKS, Some(json!({"domain": domain, "severity": severity})));
        assert_eq!(answer.status, status, "{domain} {severity}");
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(
            body["existing_domain_block"]["id"] == made["id"],
            status == 422 && domain.ends_with("b.example"),
            "{body}"
        );
    }
    let changed = staff.ok("PUT", &path, Some(json!({"severity": "suspend"})));
    assert_eq!(
        (&changed["severity"], &changed["reject_media"], &changed["id"]),
        (&json!("suspend"), &json!(true), &made["id"])
    );
    assert_eq!(marks(&app).0, "bob@b.example");
    let listed = staff.call("GET", &format!("{BLOCKS}?limit=1"), None);
    assert!(crate::app::header(&listed, "link").contains("max_id="), "{listed:?}");
    assert_eq!(
        staff.get(&format!(
            "{BLOCKS}?limit=1&max_id={}",
            serde_json::from_slice::<Value>(&listed.body).unwrap()[0]["id"].as_str().unwrap()
        )),
        json!([changed])
    );
    assert_eq!(staff.ok("DELETE", &path, None), json!({}));
    assert_eq!(staff.call("GET", &path, None).status, 404);
    assert_eq!(marks(&app).0, "");
    // Allowed ones.
    let allow = staff.post(ALLOWS, json!({"domain": "C.example"}));
    assert_eq!(staff.post(ALLOWS, json!({"domain": "c.example"})), allow);
    let path = format!("{ALLOWS}/{}", id(&allow));
    assert_eq!((staff.get(&path), staff.get(ALLOWS)), (allow.clone(), json!([allow])));
    assert_eq!((&allow["domain"], staff.ok("DELETE", &path, None)), (&json!("c.example"), json!({})));
    assert_eq!(staff.get(ALLOWS), json!([]));
    assert_eq!(staff.call("POST", ALLOWS, Some(json!({}))).status, 422);
    let acts =
        text(&app, "SELECT group_concat(action, ' ') AS n FROM (SELECT action FROM audit_log ORDER BY id)");
    assert!(
        acts.contains("block_domain")
            && acts.contains("lift_domain_block")
            && acts.contains("disallow_domain"),
        "{acts}"
    );
}
