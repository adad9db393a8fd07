//! The pages for import and export, and what the files do.

use serde_json::json;
use sori::http::response::Response;
use sori::model::time::{DAY, HOUR, MINUTE};
use sori::platform::native::network::Faults;
use sori::platform::native::{Clock, Network};
use sori::store;

use crate::app::{NOW, Person, TestApp, header, id, people, settle, together, wait};
use crate::browser::Browser;
use crate::remote::Remote;

const PAGE: &str = "/settings/import";
const FILES: [(&str, &str); 6] = [
    ("following", "following_accounts.csv"),
    ("blocks", "blocked_accounts.csv"),
    ("mutes", "muted_accounts.csv"),
    ("domain_blocks", "blocked_domains.csv"),
    ("bookmarks", "bookmarks.csv"),
    ("lists", "lists.csv"),
];

fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

/// Uploads a file.
fn upload(browser: &Browser, kind: &str, mode: &str, file: &str) -> Response {
    let token = browser.token(PAGE);
    let fields = [("form", &*token), ("kind", kind), ("mode", mode), ("action", "import")];
    browser.upload(PAGE, &fields, Some(("file", file.as_bytes())))
}

/// Does something with the person's import of a kind that the page shows.
fn act(browser: &Browser, kind: &str, action: &str) -> Response {
    act_on(browser, &shown(browser, kind).expect("an import of this kind"), action)
}

fn act_on(browser: &Browser, import: &str, action: &str) -> Response {
    browser.submit(PAGE, PAGE, &[("import", import), ("action", action)])
}

/// The number of the import of a kind that the page shows.
fn shown(browser: &Browser, kind: &str) -> Option<String> {
    let title = match kind {
        "following" => "People you follow",
        "lists" => "Lists",
        "blocks" => "Blocked people",
        "mutes" => "Muted people",
        "domain_blocks" => "Blocked servers",
        "bookmarks" => "Bookmarks",
        other => panic!("{other}"),
    };
    let page = browser.get(PAGE, "en");
    let section = page.split(&format!("<h2>{title}</h2>")).nth(1)?.split("</section>").next()?;
    section.split("name=\"import\" value=\"").nth(1)?.split('"').next().map(str::to_owned)
}

/// Uploads a file, and confirms what that removes.
fn import(browser: &Browser, kind: &str, mode: &str, file: &str) -> Response {
    let answer = upload(browser, kind, mode, file);
    if (answer.status, mode) != (303, "overwrite") {
        return answer;
    }
    assert_eq!(answer.header("location"), Some(PAGE));
    act(browser, kind, "confirm")
}

fn export(browser: &Browser, file: &str) -> String {
    browser.get(&format!("/settings/export/{file}"), "en")
}

/// Uploads a file, and waits until it is imported.
fn imported(apps: &[&TestApp], person: &Person, kind: &str, mode: &str, file: &str) {
    let browser = Browser::of(person);
    let answer = import(&browser, kind, mode, file);
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, Some("/settings/import?watch=1")),
        "{}",
        text(&answer)
    );
    settle(apps);
    let page = browser.get(PAGE, "en");
    assert!(page.contains("finished") && !page.contains("under way"), "{page}");
}

/// The failures of an import, without the names of the columns.
fn failures(person: &Person, file: &str) -> Vec<String> {
    let all = Browser::of(person).get(&format!("/settings/import/{file}_failures.csv"), "en");
    all.lines().skip(1).map(str::to_owned).collect()
}

fn account(person: &Person, handle: &str) -> String {
    id(&person.finds(handle)).to_owned()
}

fn three() -> [TestApp; 3] {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    ["a.example", "b.example", "c.example"].map(|host| TestApp::new(&network, host, &clock))
}

/// An instance with alice, and a server with people.
fn scene() -> (TestApp, Person, Remote) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let remote = Remote::new(&network, "b.example");
    for name in ["bob", "carol", "dora", "emil"] {
        remote.person(name);
    }
    let alice = app.person("alice");
    (app, alice, remote)
}

/// The accounts that a person follows or has asked.
fn asked(person: &Person) -> Vec<String> {
    let sql = format!(
        "SELECT a.username || '@' || a.domain AS name FROM (SELECT target_id, id FROM follows WHERE account_id = {0} \
         UNION ALL SELECT target_id, id FROM follow_requests WHERE account_id = {0}) t \
         JOIN accounts a ON a.id = t.target_id ORDER BY name",
        person.id.0
    );
    let rows = pollster::block_on(person.app.db.query(sori::platform::sql::Statement::new(sql))).unwrap();
    rows.iter().map(|row| row.text("name").unwrap()).collect()
}

#[test]
fn what_one_server_exports_another_imports_and_exports_again() {
    let apps = three();
    let all: Vec<&TestApp> = apps.iter().collect();
    let (old, new) = (apps[0].person("alice"), apps[1].person("alice"));
    let (dave, carol, bob) = (apps[0].person("dave"), apps[2].person("carol"), apps[2].person("bob"));
    let (eve, zoe) = (apps[2].person("eve"), apps[1].person("zoe"));
    for person in [&dave, &carol, &bob, &zoe] {
        old.follows(person);
        apps[0].clock.advance(10);
    }
    settle(&all);
    let options = json!({"reblogs": false, "notify": true, "languages": ["ko", "en"]});
    old.post(&format!("/api/v1/accounts/{}/follow", account(&old, "carol@c.example")), options);
    for title in ["=cmd, \"quoted\"", "친구"] {
        let list = old.post("/api/v1/lists", json!({"title": title}));
        for handle in ["bob@c.example", "dave@a.example"] {
            let ids = json!({"account_ids": [account(&old, handle)]});
            old.post(&format!("/api/v1/lists/{}/accounts", id(&list)), ids);
            apps[0].clock.advance(10);
        }
    }
    old.post(&format!("/api/v1/accounts/{}/block", account(&old, "eve@c.example")), json!({}));
    for (handle, hides) in [("eve@c.example", true), ("owner@c.example", false), ("owner@b.example", true)] {
        let mute = json!({"notifications": hides});
        old.post(&format!("/api/v1/accounts/{}/mute", account(&old, handle)), mute);
        apps[0].clock.advance(10);
    }
    for domain in ["spam.example", "한글.example"] {
        old.post("/api/v1/domain_blocks", json!({"domain": domain}));
        apps[0].clock.advance(10);
    }
    for status in [carol.posts("one"), bob.posts("two"), dave.posts("three"), old.posts("four")] {
        let url = status["uri"].as_str().unwrap();
        let found = old.get(&format!("/api/v2/search?resolve=true&q={url}"));
        old.act(&found["statuses"][0], "bookmark");
        apps[0].clock.advance(10);
    }
    settle(&all);

    let (from, to) = (Browser::of(&old), Browser::of(&new));
    // Everything has its own time, as it does where requests take some.
    apps[0].clock.tick_at_each_look();
    let page = from.get("/settings/export", "en");
    assert!(page.contains("following_accounts.csv</a> · People you follow · 4"), "{page}");
    assert!(from.get("/settings/export", "ko").contains("내보내기"));
    let following = export(&from, "following_accounts.csv");
    assert_eq!(
        following,
        "Account address,Show boosts,Notify on new posts,Languages\nzoe@b.example,true,false,\nbob@c.example,true,false,\n\
         carol@c.example,false,true,\"ko, en\"\ndave@a.example,true,false,\n"
    );
    assert!(export(&from, "lists.csv").starts_with("\"=cmd, \"\"quoted\"\"\",dave@a.example\n"));
    for (kind, file) in FILES {
        let exported = export(&from, file);
        assert!(exported.lines().count() > usize::from(kind != "blocks"), "{exported}");
        imported(&all, &new, kind, "overwrite", &exported);
        assert_eq!(failures(&new, file.trim_end_matches(".csv")), [] as [&str; 0], "{kind}");
    }
    for (_, file) in FILES {
        assert_eq!(export(&to, file), export(&from, file), "{file}");
    }
    // Over the wire they are follows and blocks.
    assert_eq!(
        export(&Browser::of(&carol), "followers.csv"),
        "Account address\nalice@b.example\nalice@a.example\n"
    );
    let blocked =
        eve.get(&format!("/api/v1/accounts/relationships?id[]={}", account(&eve, "alice@b.example")));
    assert_eq!(blocked[0]["blocked_by"], true);
    // Once more it changes nothing.
    for (kind, file) in FILES {
        imported(&all, &new, kind, "merge", &export(&from, file));
        assert_eq!(export(&to, file), export(&from, file), "{file}");
    }
    // What another person has is another matter.
    assert_eq!(export(&Browser::of(&zoe), "bookmarks.csv"), "");
    assert_eq!(asked(&zoe), [] as [&str; 0]);
}

#[test]
fn merging_keeps_what_is_there_and_overwriting_does_not() {
    let (app, alice, remote) = scene();
    for name in ["bob", "carol"] {
        let found = account(&alice, &format!("{name}@b.example"));
        alice.post(&format!("/api/v1/accounts/{found}/follow"), json!({"reblogs": false}));
        settle(&[&app]);
        let follow = remote.inbox.borrow().last().cloned().unwrap();
        let accept = json!({"id": remote.uri(&format!("/accepts/{name}")), "type": "Accept",
            "actor": remote.uri(&format!("/users/{name}")), "object": follow});
        assert_eq!(remote.sends(&app, &accept), 202);
    }
    let file = "@carol@B.example\r\ndora@b.example\r\n";
    imported(&[&app], &alice, "following", "merge", file);
    assert_eq!(asked(&alice), ["bob@b.example", "carol@b.example", "dora@b.example"]);
    // What the file does not say stays.
    let of = |name: &str| {
        let path = format!("/api/v1/accounts/relationships?id[]={}", account(&alice, name));
        alice.get(&path)[0].clone()
    };
    assert_eq!(of("carol@b.example")["showing_reblogs"], false);
    imported(
        &[&app],
        &alice,
        "following",
        "overwrite",
        "Account address,Show boosts\ncarol@b.example,true\n",
    );
    assert_eq!(of("carol@b.example")["showing_reblogs"], true);
    // Requests are in no export, so they are not taken for removed.
    assert_eq!(asked(&alice), ["carol@b.example", "dora@b.example"]);
    assert!(remote.got().iter().any(|kind| kind == "Undo"));

    let (emil, dora) = (account(&alice, "emil@b.example"), account(&alice, "dora@b.example"));
    let browser = Browser::of(&alice);
    for what in ["block", "mute"] {
        alice.post(&format!("/api/v1/accounts/{emil}/{what}"), json!({}));
    }
    alice.post("/api/v1/domain_blocks", json!({"domain": "spam.example"}));
    let own = alice.posts("mine");
    alice.act(&own, "bookmark");
    alice.post(&format!("/api/v1/accounts/{dora}/note"), json!({"comment": "x"}));
    let list = alice.post("/api/v1/lists", json!({"title": "old"}));
    alice.post(&format!("/api/v1/lists/{}/accounts", id(&list)), json!({"account_ids": [dora]}));
    let other = alice.posts("another");
    for (kind, file, wanted) in [
        ("blocks", "blocked_accounts.csv", "bob@b.example\n"),
        ("mutes", "muted_accounts.csv", "bob@b.example,false\n"),
        ("domain_blocks", "blocked_domains.csv", "other.example\n"),
        ("bookmarks", "bookmarks.csv", &*format!("{}\n", other["uri"].as_str().unwrap())),
        ("lists", "lists.csv", "new,carol@b.example\n"),
    ] {
        let before = export(&browser, file);
        imported(&[&app], &alice, kind, "merge", wanted);
        let both = export(&browser, file);
        assert!(both.contains(wanted) && before.lines().all(|line| both.contains(line)), "{kind}: {both}");
        imported(&[&app], &alice, kind, "overwrite", wanted);
        let after = export(&browser, file);
        assert_eq!(after.trim_start_matches("Account address,Hide notifications\n"), wanted, "{kind}");
    }
    // Who is blocked already is not told again.
    assert!(remote.got().iter().filter(|kind| *kind == "Block").count() == 2, "{:?}", remote.got());
    assert!(remote.inbox.borrow().iter().any(|a| a["type"] == "Undo" && a["object"]["type"] == "Block"));
}

#[test]
fn nothing_is_removed_before_the_person_confirms_how_much() {
    let (app, alice, remote) = scene();
    follows(&app, &alice, &remote, &["bob", "carol", "dora"]);
    let browser = Browser::of(&alice);
    let bare =
        |count: usize| asked(&alice).len() == count && app.count("SELECT count(*) AS n FROM jobs") == 0;
    assert!(bare(3));
    let file = "bob@b.example\nemil@b.example\n";
    assert_eq!(upload(&browser, "following", "overwrite", file).header("location"), Some(PAGE));
    settle(&[&app]);
    assert!(bare(3));
    let asks = |count: usize| {
        browser.get(PAGE, "en").contains(&format!(
            "has 2 entries. What you have now and is not in the file will be removed: {count}."
        ))
    };
    assert!(asks(2), "{}", browser.get(PAGE, "en"));
    assert!(browser.get(PAGE, "ko").contains("파일에 없는 것 2개는 지워져요."));
    // Another file takes its place, and the question can be left alone.
    upload(&browser, "following", "overwrite", "carol@b.example\ndora@b.example\n");
    assert!(asks(1));
    act(&browser, "following", "stop");
    assert!(!browser.get(PAGE, "en").contains("entries. What you have now"));
    settle(&[&app]);
    assert!(bare(3));
    // Whoever comes back after a day starts anew.
    upload(&browser, "following", "overwrite", file);
    let late = shown(&browser, "following").unwrap();
    app.clock.advance(2 * DAY - app.clock.now().0 % DAY + 35 * MINUTE);
    app.tick();
    assert_eq!(app.count("SELECT count(*) AS n FROM imports"), 0);
    act_on(&browser, &late, "confirm");
    settle(&[&app]);
    assert!(bare(3));
    assert_eq!(
        import(&browser, "following", "overwrite", file).header("location"),
        Some("/settings/import?watch=1")
    );
    settle(&[&app]);
    assert_eq!(asked(&alice), ["bob@b.example", "emil@b.example"]);
}

#[test]
fn what_is_confirmed_is_the_file_whose_number_was_shown() {
    let (app, alice, remote) = scene();
    follows(&app, &alice, &remote, &["bob", "carol", "dora"]);
    let browser = Browser::of(&alice);
    // Two windows: the first shows that one follow would go, then the second uploads a file without any of them.
    upload(&browser, "following", "overwrite", "bob@b.example\ncarol@b.example\n");
    let first = shown(&browser, "following").unwrap();
    upload(&browser, "following", "overwrite", "emil@b.example\n");
    assert_eq!(act_on(&browser, &first, "confirm").header("location"), Some(PAGE));
    settle(&[&app]);
    assert_eq!(asked(&alice), ["bob@b.example", "carol@b.example", "dora@b.example"]);
    // Nor is what is under way ended by the button of one that is gone.
    assert_eq!(act(&browser, "following", "confirm").status, 303);
    act_on(&browser, &first, "stop");
    assert_eq!(act_on(&browser, "x", "stop").status, 400);
    settle(&[&app]);
    assert_eq!(asked(&alice), ["emil@b.example"]);
    // Nor is more removed than was said: it is asked about again.
    upload(&browser, "following", "overwrite", "emil@b.example\n");
    follows(&app, &alice, &remote, &["bob"]);
    assert_eq!(act(&browser, "following", "confirm").header("location"), Some(PAGE));
    settle(&[&app]);
    assert!(browser.get(PAGE, "en").contains("not in the file will be removed: 1."));
    assert_eq!(asked(&alice), ["bob@b.example", "emil@b.example"]);
    assert_eq!(act(&browser, "following", "confirm").header("location"), Some("/settings/import?watch=1"));
    settle(&[&app]);
    assert_eq!(asked(&alice), ["emil@b.example"]);
    // Another person's number begins nothing.
    upload(&browser, "following", "overwrite", "bob@b.example\n");
    let hers = shown(&browser, "following").unwrap();
    let mallory = app.person("mallory");
    act_on(&Browser::of(&mallory), &hers, "confirm");
    act_on(&Browser::of(&mallory), &hers, "stop");
    settle(&[&app]);
    assert_eq!(
        (asked(&alice), shown(&browser, "following")),
        (vec!["emil@b.example".to_owned()], Some(hers))
    );
}

#[test]
fn looking_at_the_question_reads_no_file() {
    let (app, alice, _) = scene();
    let browser = Browser::of(&alice);
    let found = account(&alice, "bob@b.example");
    for what in ["block", "mute"] {
        alice.post(&format!("/api/v1/accounts/{found}/{what}"), json!({}));
    }
    settle(&[&app]);
    let file: String = (0..20_000).map(|n| format!("u{n}@b.example\n")).collect();
    for kind in ["blocks", "mutes"] {
        upload(&browser, kind, "overwrite", &file);
        let read = app.whole_cost.borrow().rows_read;
        assert!(read < 21_000, "{kind}: {read}");
    }
    let page = browser.get(PAGE, "en");
    assert_eq!(page.matches("not in the file will be removed: 1.").count(), 2, "{page}");
    let read = app.whole_cost.borrow().rows_read;
    assert!(read < 20, "{read}");
}

#[test]
fn a_file_that_cannot_be_read_changes_nothing() {
    let (app, alice, _) = scene();
    let found = account(&alice, "bob@b.example");
    alice.post(&format!("/api/v1/accounts/{found}/block"), json!({}));
    settle(&[&app]);
    let browser = Browser::of(&alice);
    let before = export(&browser, "blocked_accounts.csv");
    let long = "u@b.example\n".repeat(20_003);
    for (file, says) in [
        ("", "This file is empty"),
        (" \r\n", "This file is empty"),
        ("Account address;Hide notifications\n", "separated by semicolons"),
        ("\"bob@b.example\ncarol@b.example\n", "A quote in this file is never closed"),
        (
            "Account address,Show boosts,Notify on new posts,Languages\nbob@b.example,true,false,\n",
            "“People you follow”",
        ),
        ("Account address,Hide notifications\nbob@b.example,true\n", "“Muted people”"),
        ("Account address\n", "Nothing in this file"),
        ("#domain\nb.example\n", "Nothing in this file"),
        ("<html>\n", "Nothing in this file"),
        ("bob@b.example\n\0", "no text in UTF-8"),
        (&*long, "more than 20,000 rows"),
    ] {
        let refused = import(&browser, "blocks", "overwrite", file);
        assert_eq!(refused.status, 422, "{file:.40}");
        let page = text(&refused);
        assert!(page.contains(says), "{file:.40}: {page}");
        // What was chosen stays chosen.
        assert!(
            page.contains("value=\"blocks\" selected") && page.contains("value=\"overwrite\" checked"),
            "{page}"
        );
    }
    let refused = import(&browser, "followers", "overwrite", "bob@b.example\n");
    assert!((refused.status, text(&refused).contains("only be added")) == (422, true));
    let token = browser.token(PAGE);
    let fields = [("form", &*token), ("kind", "blocks"), ("mode", "overwrite")];
    assert_eq!(browser.upload(PAGE, &fields, None).status, 422);
    // A file that is called like one of another kind.
    let file = (("file", "muted_accounts (1).csv"), &b"bob@b.example\n"[..]);
    let refused = browser.upload_named(PAGE, &fields, file);
    assert!((refused.status, text(&refused).contains("“Muted people”")) == (422, true), "{}", text(&refused));
    let fields = [("form", &*token), ("kind", "nonsense")];
    assert_eq!(browser.upload(PAGE, &fields, Some(("file", b"x"))).status, 400);
    // More than a megabyte is not read.
    let large = import(&browser, "blocks", "overwrite", &"bob@b.example\n".repeat(90_000));
    assert_eq!(large.status, 413);
    settle(&[&app]);
    assert_eq!(export(&browser, "blocked_accounts.csv"), before);
    assert_eq!(
        app.count("SELECT (SELECT count(*) FROM imports) + (SELECT count(*) FROM import_chunks) AS n"),
        0
    );
}

#[test]
fn what_fails_is_listed_with_its_reason_and_holds_up_nothing() {
    let (app, alice, remote) = scene();
    let network = &app.network;
    network.set_faults("dead.example", Faults { is_down: true, ..Faults::default() });
    let gone = Remote::new(network, "gone.example");
    gone.answers(
        "/.well-known/webfinger?resource=acct%3Anobody%40gone.example",
        Response::new(404, "text/plain", "no"),
    );
    let mut rob = remote.person("rob");
    rob["movedTo"] = json!("https://b.example/users/bob");
    remote.serve(rob.clone());
    let mut bob = remote.person("bob");
    bob["alsoKnownAs"] = json!([rob["id"]]);
    remote.serve(bob);
    // Carol blocks alice.
    alice.finds("carol@b.example");
    let block = json!({"id": remote.uri("/blocks/1"), "type": "Block", "actor": remote.uri("/users/carol"), "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &block), 202);
    let file = "Account address,Show boosts\nx@dead.example,true\ny@dead.example,false\nnobody@gone.example,true\n@@,true\n\
                carol@b.example,true\nalice,true\nzoe,true\ndora@b.example,true\ndora@B.EXAMPLE,true\n";
    let browser = Browser::of(&alice);
    assert_eq!(import(&browser, "following", "merge", file).status, 303);
    while app.consume_one() {}
    // Whoever can be reached is asked at once; the rest waits.
    assert_eq!(asked(&alice), ["dora@b.example"]);
    let page = browser.get(PAGE, "en");
    assert!(page.contains("1 / 8 · failed: 5 · under way"), "{page}");
    assert_eq!(
        asked_of(network, "dead.example"),
        1,
        "of a server that does not answer one account is looked up"
    );
    settle(&[&app]);
    let page = browser.get(PAGE, "en");
    assert!(page.contains("1 / 8 · failed: 7 · finished"), "{page}");
    assert_eq!(asked_of(network, "dead.example"), 2, "it is asked twice more");
    let mut all = failures(&alice, "following_accounts");
    all.sort();
    assert_eq!(
        all,
        [
            "@@,true,,,This cannot be read.",
            "alice@a.example,true,,,This is your own account or server.",
            "carol@b.example,true,,,\"This is not possible: there is a block, or the account has moved.\"",
            "nobody@gone.example,true,,,Nothing was found there.",
            "x@dead.example,true,,,The server did not answer.",
            "y@dead.example,false,,,The server did not answer.",
            "zoe@a.example,true,,,Nothing was found there.",
        ]
    );
    let korean = browser.get("/settings/import/following_accounts_failures.csv", "ko");
    assert!(
        korean.starts_with("Account address,Show boosts,Notify on new posts,Languages,이유\n"),
        "{korean}"
    );
    // The list of what failed is a file that can be imported.
    network.set_faults("dead.example", Faults::default());
    let late = Remote::new(network, "dead.example");
    late.person("x");
    imported(
        &[&app],
        &alice,
        "following",
        "merge",
        &browser.get("/settings/import/following_accounts_failures.csv", "en"),
    );
    assert_eq!(asked(&alice), ["dora@b.example", "x@dead.example"]);
    // Forgotten, it is gone from the page.
    assert_eq!(act(&browser, "following", "stop").status, 303);
    assert!(!browser.get(PAGE, "en").contains("finished"));
    assert_eq!(app.count("SELECT count(*) AS n FROM import_chunks"), 0);
}

/// Requests that have been sent to a host since the last call.
fn asked_of(network: &Network, host: &str) -> usize {
    network.take_log().iter().filter(|e| e.url.contains(host)).count()
}

#[test]
fn other_kinds_tell_of_their_own_failures() {
    let (app, alice, remote) = scene();
    let secret = app.person("bob").post("/api/v1/statuses", json!({"status": "x", "visibility": "private"}));
    let note =
        remote.note(&json!({"id": remote.uri("/users/bob"), "followers": remote.uri("/f")}), 7, json!({}));
    remote.serve(note);
    let file = format!(
        "{}\nhttps://b.example/notes/7\nhttps://b.example/notes/8\nhttps://a.example/@owner\nnot a uri\n",
        secret["uri"].as_str().unwrap()
    );
    imported(&[&app], &alice, "bookmarks", "merge", &file);
    assert_eq!(export(&Browser::of(&alice), "bookmarks.csv"), "https://b.example/notes/7\n");
    let found = failures(&alice, "bookmarks");
    assert_eq!(
        found.iter().filter(|line| line.ends_with("Nothing was found there.")).count(),
        3,
        "{found:?}"
    );
    imported(&[&app], &alice, "domain_blocks", "merge", "spam.example\na.example\nx y\n");
    assert_eq!(export(&Browser::of(&alice), "blocked_domains.csv"), "spam.example\n");
    assert_eq!(failures(&alice, "blocked_domains").len(), 2);
    let lists: Vec<String> = (0..51).map(|n| format!("list {n},alice\n")).collect();
    imported(&[&app], &alice, "lists", "merge", &lists.concat());
    assert_eq!(failures(&alice, "lists"), ["list 0,alice@a.example,There are as many as there may be."]);
    assert_eq!(alice.get("/api/v1/lists").as_array().unwrap().len(), 50);
    // Former followers are asked; who is followed already is left as it is.
    imported(&[&app], &alice, "followers", "merge", "bob@b.example\ncarol@b.example\n");
    imported(&[&app], &alice, "followers", "merge", "Account address\nbob@b.example\ndora@b.example\n");
    assert_eq!(asked(&alice), ["bob@b.example", "carol@b.example", "dora@b.example"]);
    assert_eq!(remote.got().iter().filter(|kind| *kind == "Follow").count(), 3);
}

#[test]
fn no_more_than_may_be_followed_are_looked_up() {
    let (app, alice, remote) = scene();
    app.db.run(&format!("UPDATE accounts SET following_count = 7500 WHERE id = {}", alice.id.0));
    app.network.take_log();
    imported(&[&app], &alice, "following", "merge", "bob@b.example\ncarol@b.example\n");
    assert_eq!(asked_of(&app.network, "b.example"), 0);
    assert_eq!(failures(&alice, "following_accounts").len(), 2);
    assert_eq!(remote.got(), [] as [&str; 0]);
}

#[test]
fn one_import_of_a_kind_at_a_time_and_it_can_be_stopped() {
    let (app, alice, _) = scene();
    app.network.set_faults("dead.example", Faults { is_down: true, ..Faults::default() });
    let browser = Browser::of(&alice);
    assert_eq!(import(&browser, "following", "merge", "x@dead.example\n").status, 303);
    let second = import(&browser, "following", "merge", "bob@b.example\n");
    assert!(second.status == 422 && text(&second).contains("is being imported"), "{}", second.status);
    // Of another kind, or of another person, it is no matter.
    assert_eq!(import(&browser, "blocks", "merge", "carol@b.example\n").status, 303);
    let eve = app.person("eve");
    assert_eq!(import(&Browser::of(&eve), "following", "merge", "bob@b.example\n").status, 303);
    while app.consume_one() {}
    let watched = browser.page("/settings/import?watch=1");
    assert!(
        header(&watched, "refresh") == "20" && !text(&watched).contains("type=\"file\""),
        "{}",
        text(&watched)
    );
    assert_eq!(header(&browser.page(PAGE), "refresh"), "");
    assert_eq!((asked(&alice), asked(&eve)), (vec![], vec!["bob@b.example".to_owned()]));
    let hers = shown(&browser, "following").unwrap();
    assert_eq!(act_on(&Browser::of(&eve), &hers, "stop").status, 303);
    assert!(browser.get(PAGE, "en").contains("under way"), "another person's is not stopped");
    assert_eq!(act_on(&browser, &hers, "stop").status, 303);
    assert_eq!(header(&browser.page("/settings/import?watch=1"), "refresh"), "");
    assert_eq!(import(&browser, "following", "merge", "bob@b.example\n").status, 303);
    settle(&[&app]);
    assert_eq!(asked(&alice), ["bob@b.example"]);
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs"), 0);
}

#[test]
fn of_a_stopped_import_the_page_tells_what_was_done_and_what_failed() {
    let (app, alice, _) = scene();
    let browser = Browser::of(&alice);
    app.network.set_faults("dead.example", Faults { is_down: true, ..Faults::default() });
    let file = "x@dead.example\nnobody@b.example\nbob@b.example\n";
    assert_eq!(import(&browser, "following", "merge", file).status, 303);
    while app.consume_one() {}
    let import_id = shown(&browser, "following").unwrap();
    assert_eq!(act_on(&browser, &import_id, "stop").status, 303);
    settle(&[&app]);
    let page = browser.get(PAGE, "en");
    assert!(page.contains("1 / 3 · failed: 1 · stopped"), "{page}");
    assert_eq!(failures(&alice, "following_accounts").len(), 1);
    assert_eq!((asked(&alice).len(), app.count("SELECT count(*) AS n FROM jobs")), (1, 0));
    // A step that has read its entries before stores nothing of them after it.
    assert_eq!(
        app.count("SELECT count(*) AS n FROM import_chunks WHERE entries <> '[]' OR later <> '[]'"),
        0
    );
    // Then it can be forgotten.
    assert_eq!(act_on(&browser, &import_id, "stop").status, 303);
    assert!(shown(&browser, "following").is_none());
}

#[test]
fn the_pages_require_a_sign_in_and_their_own_forms() {
    let (app, alice, bob) = people();
    let stranger = Browser::new(&app);
    for path in
        [PAGE, "/settings/export", "/settings/export/lists.csv", "/settings/import/lists_failures.csv"]
    {
        let answer = stranger.page(path);
        assert!(answer.header("location").unwrap().starts_with("/sign_in?next=%2Fsettings"), "{path}");
        assert_eq!(app.request("GET", path, Some(&alice.token), None).status, 303, "{path}");
    }
    for path in ["/settings/export/nonsense.csv", "/settings/export/lists", "/settings/import/lists.csv"] {
        assert_eq!(Browser::of(&alice).status(path), 404, "{path}");
    }
    let browser = Browser::of(&alice);
    for token in [String::new(), Browser::of(&bob).token(PAGE), browser.token("/settings/migration")] {
        let fields = [("form", &*token), ("kind", "following"), ("mode", "merge")];
        assert_eq!(browser.upload(PAGE, &fields, Some(("file", b"bob\n"))).status, 403);
        assert_eq!(stranger.upload(PAGE, &fields, Some(("file", b"bob\n"))).status, 303);
    }
    // No address sends files without end.
    let hurried = Browser::at(&app, "192.0.2.7");
    let tries: Vec<u16> = (0..31).map(|_| hurried.upload(PAGE, &[], None).status).collect();
    assert!(tries[..30].iter().all(|status| *status == 303) && tries[30] == 429, "{tries:?}");
    settle(&[&app]);
    assert_eq!(asked(&alice), [] as [&str; 0]);
    let file = browser.page("/settings/export/following_accounts.csv");
    assert_eq!(header(&file, "content-type"), "text/csv; charset=utf-8");
    assert_eq!(header(&file, "content-disposition"), "attachment; filename=\"following_accounts.csv\"");
    assert!(header(&file, "cache-control").contains("no-store"));
    assert!(browser.get("/settings", "en").contains("href=\"/settings/import\""));
    assert!(browser.get(PAGE, "ko").contains("파일의 내용"));
}

#[test]
fn who_moves_or_leaves_imports_no_more() {
    let (app, alice, _) = scene();
    app.network.set_faults("b.example", Faults { is_down: true, ..Faults::default() });
    for (n, end) in [
        "UPDATE accounts SET moved_to_uri = 'https://b.example/users/bob' WHERE username = 'p0'",
        "UPDATE accounts SET suspended_at = 1 WHERE username = 'p1'",
        "UPDATE accounts SET suspended_at = 1, deleted_at = 1 WHERE username = 'p2'",
    ]
    .into_iter()
    .enumerate()
    {
        let person = app.person(&format!("p{n}"));
        let browser = Browser::of(&person);
        assert_eq!(import(&browser, "following", "merge", "bob@b.example\n").status, 303);
        while app.consume_one() {}
        app.write(end);
    }
    app.network.set_faults("b.example", Faults::default());
    settle(&[&app]);
    let left = "SELECT (SELECT count(*) FROM imports) + (SELECT count(*) FROM import_chunks) + (SELECT count(*) FROM follow_requests) AS n";
    assert_eq!(app.count(left), 0);
    // In full, by the page.
    let browser = Browser::of(&alice);
    assert_eq!(import(&browser, "following", "merge", "bob@b.example\n").status, 303);
    assert_eq!(
        browser.submit("/settings/delete", "/settings/delete", &[("password", crate::app::PASSWORD)]).status,
        200
    );
    settle(&[&app]);
    assert_eq!(app.count(left), 0);
    // A moved account begins none.
    let moved = app.person("moved");
    app.write("UPDATE accounts SET moved_to_uri = 'https://b.example/users/bob' WHERE username = 'moved'");
    assert_eq!(import(&Browser::of(&moved), "following", "merge", "bob@b.example\n").status, 422);
}

#[test]
fn work_that_ends_without_a_word_is_done_once_and_leaves_out_what_ended_it() {
    let (app, alice, _) = scene();
    let browser = Browser::of(&alice);
    app.network.set_faults("b.example", Faults { is_down: true, ..Faults::default() });
    assert_eq!(import(&browser, "following", "merge", "carol@b.example\nbob@b.example\n").status, 303);
    while app.consume_one() {}
    app.network.set_faults("b.example", Faults::default());
    // Two attempts have begun with bob, and their invocations have ended.
    app.db.run("UPDATE jobs SET attempts = 2, next_attempt_at = 0 WHERE kind = 'import'");
    wait(&app, MINUTE);
    settle(&[&app]);
    assert_eq!(failures(&alice, "following_accounts"), ["bob@b.example,,,,A fault of this server."]);
    assert_eq!(asked(&alice), ["carol@b.example"]);
}

#[test]
fn two_at_once_do_the_same_thing_once() {
    let (app, alice, remote) = scene();
    let browser = Browser::of(&alice);
    app.network.set_faults("b.example", Faults { is_down: true, ..Faults::default() });
    let file = "bob@b.example\ncarol@b.example\ndora@b.example\nemil@b.example\n";
    assert_eq!(import(&browser, "following", "overwrite", file).status, 303);
    while app.consume_one() {}
    app.network.set_faults("b.example", Faults::default());
    app.clock.advance(HOUR);
    // Of two that have read the same, one stores how far it is.
    let import = sori::model::id::Id(app.count("SELECT id AS n FROM imports"));
    let chunk = pollster::block_on(store::load(&app.ready().db, store::imports::next_chunk(import)));
    let mut chunk = chunk.unwrap().unwrap();
    let save = |chunk: &sori::model::import::Chunk| {
        let batch = store::imports::save(import, chunk).to_vec();
        pollster::block_on(store::write(&app.ready().db, batch)).unwrap()[0].len()
    };
    assert_eq!(save(&chunk), 1);
    chunk.entries.clear();
    assert_eq!(save(&chunk), 0);
    for _ in 0..12 {
        let (one, other) = (app.ready(), app.ready());
        let job = app.count("SELECT coalesce(max(id), 0) AS n FROM jobs WHERE kind = 'import'");
        let message = sori::jobs::message::Message::Run(sori::model::id::Id(job)).to_json();
        let bodies = [message];
        pollster::block_on(together(vec![
            Box::pin(sori::jobs::run::consume(&one, &bodies)),
            Box::pin(sori::jobs::run::consume(&other, &bodies)),
        ]));
    }
    settle(&[&app]);
    assert_eq!(asked(&alice), ["bob@b.example", "carol@b.example", "dora@b.example", "emil@b.example"]);
    assert_eq!(failures(&alice, "following_accounts"), [] as [&str; 0]);
    assert!(browser.get(PAGE, "en").contains("4 / 4 · finished"));
    let follows: std::collections::BTreeSet<String> = remote
        .inbox
        .borrow()
        .iter()
        .filter(|a| a["type"] == "Follow")
        .map(|a| a["object"].to_string())
        .collect();
    assert_eq!(follows.len(), 4);
}

/// Each invocation keeps within what it may use, the queue within a day's operations, and cron does the rest.
#[test]
fn a_long_import_keeps_within_its_budgets() {
    let (app, alice, remote) = scene();
    let mut file = String::new();
    for n in 0..60 {
        remote.person(&format!("u{n}"));
        file.push_str(&format!("u{n}@b.example\n"));
    }
    let browser = Browser::of(&alice);
    assert_eq!(import(&browser, "following", "merge", &file).status, 303);
    let mut costs = vec![*app.whole_cost.borrow()];
    while let Some(message) = app.queue.take() {
        let event = app.ready();
        pollster::block_on(sori::jobs::run::consume(&event, &[message]));
        costs.push(event.cost());
    }
    assert_eq!(asked(&alice).len(), 60);
    for cost in &costs {
        assert!(cost.statements <= 50 && cost.requests() <= 50 && cost.signatures <= 10, "{cost:?}");
    }
    let written: u64 = costs.iter().map(|cost| cost.rows_written).sum();
    let operations: u32 = costs.iter().map(|cost| cost.queue_operations).sum();
    println!("60 follows: {} invocations, {operations} operations, {written} rows written", costs.len());
    // As the guide has it, of five hundred.
    assert!(operations <= 60 * 8 && written <= 60 * 25, "{operations} {written}");
    // With the day's steps used up nothing more goes by the queue, and cron goes on.
    let day = app.clock.now().0.div_euclid(DAY);
    app.db.run(&format!(
        "INSERT INTO budgets (subject, day, written) VALUES ('steps of imports', {day}, 1000) \
        ON CONFLICT (subject) DO UPDATE SET written = excluded.written"
    ));
    assert_eq!(import(&browser, "blocks", "merge", &file).status, 303);
    let first = app.count("SELECT count(*) AS n FROM blocks");
    let steps =
        |app: &TestApp| app.count("SELECT written AS n FROM budgets WHERE subject = 'steps of imports'");
    assert!(first < 60, "{first}");
    while app.consume_one() {}
    let by_cron = app.count("SELECT count(*) AS n FROM blocks");
    // A tick has room for one or none.
    for _ in 0..120 {
        wait(&app, MINUTE);
        while app.consume_one() {}
    }
    assert!(by_cron < 60);
    assert_eq!(app.count("SELECT count(*) AS n FROM blocks"), 60);
    assert_eq!(steps(&app), 1000);
}

#[test]
fn an_import_whose_job_is_gone_goes_on_and_an_old_one_is_forgotten() {
    let (app, alice, _) = scene();
    let browser = Browser::of(&alice);
    app.network.set_faults("b.example", Faults { is_down: true, ..Faults::default() });
    assert_eq!(import(&browser, "following", "merge", "bob@b.example\n").status, 303);
    while app.consume_one() {}
    app.network.set_faults("b.example", Faults::default());
    app.db.run("DELETE FROM jobs");
    app.clock.advance(DAY - app.clock.now().0 % DAY + 35 * MINUTE);
    app.tick();
    settle(&[&app]);
    assert_eq!(asked(&alice), ["bob@b.example"]);
    app.clock.advance(31 * DAY);
    app.clock.advance(DAY - app.clock.now().0 % DAY + 35 * MINUTE);
    app.tick();
    assert_eq!(app.count("SELECT count(*) AS n FROM imports"), 0);
}

/// The account follows these people of the server.
fn follows(app: &TestApp, person: &Person, remote: &Remote, names: &[&str]) {
    for name in names {
        let found = account(person, &format!("{name}@b.example"));
        person.post(&format!("/api/v1/accounts/{found}/follow"), json!({}));
        settle(&[app]);
        let follow = remote.inbox.borrow().last().cloned().unwrap();
        let accept = json!({"id": remote.uri(&format!("/accepts/{name}")), "type": "Accept",
            "actor": remote.uri(&format!("/users/{name}")), "object": follow});
        assert_eq!(remote.sends(app, &accept), 202);
    }
}

#[test]
fn overwriting_at_a_limit_makes_room_and_then_adds() {
    let (app, alice, remote) = scene();
    follows(&app, &alice, &remote, &["bob", "carol"]);
    app.db.run(&format!("UPDATE accounts SET following_count = 7500 WHERE id = {}", alice.id.0));
    imported(&[&app], &alice, "following", "overwrite", "carol@b.example\ndora@b.example\n");
    assert_eq!(asked(&alice), ["carol@b.example", "dora@b.example"]);
    assert_eq!(failures(&alice, "following_accounts"), [] as [&str; 0]);
    assert!(Browser::of(&alice).get(PAGE, "en").contains("2 / 2 · finished"));
    let lists: Vec<String> = (0..50).map(|n| format!("list {n},alice\n")).collect();
    imported(&[&app], &alice, "lists", "merge", &lists.concat());
    imported(&[&app], &alice, "lists", "overwrite", "list 7,alice\nnew,alice\n");
    let mut titles: Vec<String> = alice
        .get("/api/v1/lists")
        .as_array()
        .unwrap()
        .iter()
        .map(|list| list["title"].as_str().unwrap().to_owned())
        .collect();
    titles.sort();
    assert_eq!(titles, ["list 7", "new"]);
    assert_eq!(failures(&alice, "lists"), [] as [&str; 0]);
    // What is still too much after that has failed, and takes nothing with it.
    let lists: Vec<String> = (0..52).map(|n| format!("list {n},alice\n")).collect();
    imported(&[&app], &alice, "lists", "overwrite", &lists.concat());
    assert_eq!(alice.get("/api/v1/lists").as_array().unwrap().len(), 50);
    assert_eq!(failures(&alice, "lists").len(), 2);
}

#[test]
fn overwriting_removes_nothing_that_a_row_may_be_about() {
    let (app, alice, remote) = scene();
    follows(&app, &alice, &remote, &["bob", "carol"]);
    let browser = Browser::of(&alice);
    // An unknown word in a column is as if the file did not say.
    imported(&[&app], &alice, "following", "overwrite", "bob@b.example\ncarol@b.example,perhaps\n");
    assert_eq!(asked(&alice), ["bob@b.example", "carol@b.example"]);
    assert!(browser.get(PAGE, "en").contains("2 / 2 · finished"));
    // A row that may be about anybody.
    for (kind, file) in [
        ("following", "bob@b.example\ncarol@@b.example,true\n"),
        ("lists", "friends,bob@b.example\nfriends,@@\n"),
        ("domain_blocks", "b.example\nhttps://c.example/\n"),
        ("bookmarks", "https://b.example/1\nb.example/2\n"),
    ] {
        let refused = import(&browser, kind, "overwrite", file);
        assert_eq!(refused.status, 422, "{file}");
        assert!(text(&refused).contains("Row 2 "), "{file}: {}", text(&refused));
    }
    // A quote that is never closed takes the rest of the file.
    for mode in ["merge", "overwrite"] {
        let refused =
            import(&browser, "following", mode, "bob@b.example\ndora@b.example,\"true\ncarol@b.example\n");
        assert_eq!(refused.status, 422);
        assert!(text(&refused).contains("A quote in this file is never closed"), "{}", text(&refused));
    }
    settle(&[&app]);
    assert_eq!(asked(&alice), ["bob@b.example", "carol@b.example"]);
    // Added to what is there, the other rows are taken.
    imported(&[&app], &alice, "following", "merge", "dora@b.example\n@@\n");
    assert_eq!(failures(&alice, "following_accounts").len(), 1);
    assert_eq!(asked(&alice).len(), 3);
}

#[test]
fn a_large_file_is_written_in_parts() {
    let (app, alice, _) = scene();
    // Each is twice in what is written.
    let file: String =
        (0..17_000).map(|n| format!("https://b.example/users/somebody/statuses/{n:018}\n")).collect();
    assert!(file.len() > 1_000_000);
    let answer = import(&Browser::of(&alice), "bookmarks", "overwrite", &file);
    assert_eq!(answer.status, 303);
    assert_eq!(app.count("SELECT sum(json_array_length(named)) AS n FROM import_chunks"), 17_000);
    assert_eq!(app.count("SELECT count(*) AS n FROM import_chunks WHERE n < 170"), 170);
    assert_eq!(
        app.count(
            "SELECT named ->> 0 = 'https://b.example/users/somebody/statuses/000000000000000099' AS n \
                          FROM import_chunks WHERE n = 169"
        ),
        1
    );
    let begun = sori::model::id::Id(app.count("SELECT id AS n FROM imports"));
    let begun = pollster::block_on(store::load(&app.ready().db, store::imports::by_id(begun)));
    let import = begun.unwrap().unwrap();
    let chunk = |n: usize| {
        let uris: Vec<String> = file.lines().skip(n * 100).take(100).map(str::to_owned).collect();
        let entries = uris.iter().map(|uri| vec![uri.clone()]).collect();
        sori::model::import::Chunk { entries, named: uris, ..Default::default() }
    };
    let chunks: Vec<_> = (0..170).map(chunk).collect();
    let bound = store::imports::insert(&import, &chunks).into_iter().flat_map(|s| s.params);
    let longest =
        bound.map(|value| if let sori::platform::sql::Value::Text(t) = value { t.len() } else { 0 }).max();
    assert!((100_000..=500_000).contains(&longest.unwrap()), "{longest:?}");
}

/// Accounts of other servers that a person blocks, and rows for a file with those of them that have even numbers.
fn blocked(app: &TestApp, person: &Person, count: usize) -> String {
    app.db.run(&format!(
        "CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n;\
         INSERT INTO accounts (id, username, domain, uri, url, created_at) \
         SELECT i, 'u' || i, 'd.example', 'https://d.example/u' || i, 'x', 0 FROM n;\
         INSERT INTO blocks (account_id, target_id, id, uri) SELECT {}, i, i, 'https://a.example/b' || i FROM n;\
         DROP TABLE n;",
        person.id.0
    ));
    (1..=count).filter(|n| n % 2 == 0).map(|n| format!("u{n}@d.example\n")).collect()
}

/// Rows read where half of so many blocks are removed.
fn read_to_remove(count: usize) -> u64 {
    let (app, alice, _) = scene();
    let file = blocked(&app, &alice, count);
    assert_eq!(import(&Browser::of(&alice), "blocks", "overwrite", &file).status, 303);
    let mut read = 0;
    while let Some(message) = app.queue.take() {
        let event = app.ready();
        pollster::block_on(sori::jobs::run::consume(&event, &[message]));
        read += event.cost().rows_read;
    }
    settle(&[&app]);
    assert_eq!(export(&Browser::of(&alice), "blocked_accounts.csv").lines().count(), count / 2);
    read
}

#[test]
fn what_is_removed_is_looked_for_once() {
    let (few, many) = (read_to_remove(300), read_to_remove(900));
    println!("rows read to keep and remove 150: {few}, 450: {many}");
    assert!(many * 10 <= few * 35, "three times as many: {few}, {many}");
}

#[test]
fn the_watched_page_reads_no_entries() {
    let (app, alice, _) = scene();
    let file: String = (0..5_000).map(|n| format!("https://b.example/{n}\n")).collect();
    let browser = Browser::of(&alice);
    assert_eq!(import(&browser, "bookmarks", "overwrite", &file).status, 303);
    let page = text(&browser.page("/settings/import?watch=1"));
    assert!(page.contains("0 / 5000 · "), "{page}");
    let read = app.cost.borrow().rows_read;
    assert!(read <= 12, "{read}");
}

/// Rows read to export so many blocks.
fn read_to_export(count: usize) -> u64 {
    let (app, alice, _) = scene();
    blocked(&app, &alice, count);
    let file = export(&Browser::of(&alice), "blocked_accounts.csv");
    let all: Vec<String> = (1..=count).rev().map(|n| format!("u{n}@d.example")).collect();
    assert!(file.lines().eq(all.iter().map(String::as_str)), "the newest first");
    app.cost.borrow().rows_read
}

#[test]
fn an_export_reads_each_row_once_and_is_not_made_without_end() {
    let (few, many) = (read_to_export(1_800), read_to_export(5_400));
    println!("rows read to export 1,800: {few}, 5,400: {many}");
    assert!(many * 10 <= few * 32, "three times as many: {few}, {many}");
    let (app, alice, _) = scene();
    let hurried = Browser::at(&app, "192.0.2.7");
    let tries: Vec<u16> = (0..31).map(|_| hurried.status("/settings/export/lists.csv")).collect();
    assert!(tries[..30].iter().all(|status| *status == 303) && tries[30] == 429, "{tries:?}");
    assert_eq!(Browser::of(&alice).status("/settings/export/lists.csv"), 200);
}

#[test]
fn a_nearly_spent_quota_puts_an_import_off_for_as_long_as_it_must() {
    use sori::model::ledger::{Measure, Source, Usage};
    let (app, alice, _) = scene();
    let browser = Browser::of(&alice);
    let use_up = || {
        let mut used = Usage::default();
        used.add(Measure::QueueOperations, 7_100);
        let event = app.ready();
        event.shared.ledger.borrow_mut().add(Source::Apps, &used, event.now());
        pollster::block_on(sori::services::ledger::write(&event)).unwrap();
        event.shared.forget_site();
    };
    use_up();
    assert_eq!(import(&browser, "following", "merge", "bob@b.example\n").status, 303);
    for _ in 0..4 {
        while app.consume_one() {}
        for _ in 0..2 {
            wait(&app, HOUR);
        }
        assert_eq!(asked(&alice), [] as [&str; 0]);
        assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE kind = 'import'"), 1);
        // As if it had been begun a day earlier.
        app.db.run(&format!("UPDATE jobs SET id = id - {} WHERE kind = 'import'", DAY << 12));
    }
    app.db.run("DELETE FROM usage");
    app.ready().shared.forget_site();
    wait(&app, 2 * HOUR);
    settle(&[&app]);
    assert_eq!(asked(&alice), ["bob@b.example"]);
}

#[test]
fn an_import_that_was_stopped_meanwhile_removes_nothing() {
    let (app, alice, _) = scene();
    let bob = account(&alice, "bob@b.example");
    for what in ["mute", "block"] {
        alice.post(&format!("/api/v1/accounts/{bob}/{what}"), json!({}));
    }
    alice.post("/api/v1/lists", json!({"title": "old"}));
    alice.post("/api/v1/domain_blocks", json!({"domain": "spam.example"}));
    alice.act(&alice.posts("mine"), "bookmark");
    let browser = Browser::of(&alice);
    let kept = "SELECT (SELECT count(*) FROM mutes) + (SELECT count(*) FROM blocks) + (SELECT count(*) FROM lists) + \
                (SELECT count(*) FROM account_domain_blocks) + (SELECT count(*) FROM bookmarks) AS n";
    assert_eq!(app.count(kept), 5);
    for (kind, file) in [
        ("mutes", "carol@b.example\n"),
        ("blocks", "carol@b.example\n"),
        ("domain_blocks", "other.example\n"),
        ("bookmarks", "https://b.example/notes/1\n"),
        ("lists", "new,carol@b.example\n"),
    ] {
        assert_eq!(import(&browser, kind, "overwrite", file).status, 303);
        let begun = sori::model::id::Id(app.count("SELECT max(id) AS n FROM imports"));
        let begun = pollster::block_on(store::load(&app.ready().db, store::imports::by_id(begun)));
        let begun = begun.unwrap().unwrap();
        assert_eq!(act(&browser, kind, "stop").status, 303);
        let before = app.count(kept);
        // The attempt that was under way has read it before.
        let batch = store::imports::remove_extra(&begun);
        pollster::block_on(store::write(&app.ready().db, batch)).unwrap();
        assert_eq!(app.count(kept), before, "{kind}");
        assert_eq!(app.count("SELECT count(*) AS n FROM import_chunks WHERE entries <> '[]'"), 0, "{kind}");
    }
}
