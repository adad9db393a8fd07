//! What operations cost, counted. `SORI_WRITE=1 cargo nextest run cost` writes the table of docs/cost.md.

use serde_json::json;
use sori::model::id::Id;
use sori::platform::native::{Clock, Network};
use sori::platform::sql::Cost;

use super::api as cost_api;
use crate::app::{NOW, Person, TestApp, settle};
use crate::remote::Remote;

fn row(name: &str, cost: Cost) -> String {
    format!(
        "| {name} | {} | {} | {} | {} | {} |",
        cost.trips, cost.rows_read, cost.rows_written, cost.queue_operations, cost.fetches
    )
}

fn followed(app: &TestApp, reader: &Person, remote: &Remote, author: &serde_json::Value) {
    let account = reader.finds(&format!("{}@{}", author["preferredUsername"].as_str().unwrap(), remote.host));
    reader.post(&format!("/api/v1/accounts/{}/follow", account["id"].as_str().unwrap()), json!({}));
    settle(&[app]);
    let follow = remote.inbox.borrow().iter().find(|a| a["type"] == "Follow").cloned().unwrap();
    let accept =
        json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": author["id"], "object": follow});
    assert_eq!(remote.sends(app, &accept), 202);
}

/// The table, and the costs that have their own budget.
fn measure() -> Vec<String> {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let author = remote.person("bob");
    followed(&app, &alice, &remote, &author);
    let mut table = Vec::new();
    let last = || *app.cost.borrow();

    assert_eq!(remote.sends(&app, &remote.create(&author, &remote.note(&author, 1, json!({})))), 202);
    let note = last();
    assert!(note.trips <= 2 && note.rows_written <= 6 && note.queue_operations == 0, "{note:?}");
    table.push(row("inbox: a note by a known, followed author", note));

    let seen = alice.home()[0].clone();
    assert_eq!(seen["uri"], remote.uri("/notes/1"));
    let reply = remote.note(&author, 2, json!({"inReplyTo": remote.uri("/notes/1"), "tag": [
        {"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}], "cc": ["https://a.example/users/alice"]}));
    assert_eq!(remote.sends(&app, &remote.create(&author, &reply)), 202);
    assert!(last().trips <= 2 && last().queue_operations == 0, "{:?}", last());
    table.push(row("inbox: a reply that mentions somebody here", last()));
    assert_eq!(alice.notifications()[0]["type"], "mention");

    let mine = alice.posts("hello");
    table.push(row("post, before its delivery", last()));
    let like =
        json!({"id": remote.uri("/likes/1"), "type": "Like", "actor": author["id"], "object": mine["uri"]});
    assert_eq!(remote.sends(&app, &like), 202);
    assert!(last().trips <= 2, "{:?}", last());
    table.push(row("inbox: a favourite", last()));
    let boost = json!({"id": remote.uri("/boosts/1"), "type": "Announce", "actor": author["id"], "object": mine["uri"],
        "to": ["https://www.w3.org/ns/activitystreams#Public"]});
    assert_eq!(remote.sends(&app, &boost), 202);
    assert!(last().trips <= 2, "{:?}", last());
    table.push(row("inbox: a boost of a local status", last()));
    let gone = json!({"id": "https://x.example/1#delete", "type": "Delete", "actor": "https://x.example/1", "object": "https://x.example/1"});
    assert_eq!(remote.sends(&app, &gone), 202);
    assert!(last().rows_read <= 1 && last().rows_written == 0 && last().fetches == 0, "{:?}", last());
    table.push(row("inbox: the Delete of an unknown actor", last()));

    for (name, path) in [
        ("home timeline, 20 of a few", "/api/v1/timelines/home".to_owned()),
        ("local timeline", "/api/v1/timelines/public?local=true".into()),
        ("a status", format!("/api/v1/statuses/{}", mine["id"].as_str().unwrap())),
        ("a thread", format!("/api/v1/statuses/{}/context", mine["id"].as_str().unwrap())),
        ("notifications", "/api/v1/notifications".into()),
        ("a profile's statuses", format!("/api/v1/accounts/{}/statuses", alice.id)),
        ("relationships", format!("/api/v1/accounts/relationships?id[]={}", alice.id)),
        ("instance", "/api/v2/instance".into()),
        ("search", "/api/v2/search?q=bob".into()),
    ] {
        alice.get(&path);
        assert!(last().trips <= 2, "{name}: {:?}", last());
        table.push(row(name, last()));
    }
    alice.act(&seen, "favourite");
    table.push(row("favourite, of a remote status", last()));
    table
}

/// The page with the text between two markers replaced.
pub fn replaced(page: &str, mark: &str, fresh: &str) -> String {
    let (start, end) = (format!("<!-- {mark} -->\n"), format!("\n<!-- end of {mark} -->"));
    let (before, rest) = page.split_once(&start).unwrap_or_else(|| panic!("docs/cost.md has no {mark}"));
    let (_, after) = rest.split_once(&end).unwrap_or_else(|| panic!("{mark} has no end"));
    format!("{before}{start}{fresh}{end}{after}")
}

#[test]
fn every_operation_keeps_its_budget_and_docs_say_so() {
    let mut table = measure();
    table.extend(crate::web::emojis::costs().into_iter().map(|(name, cost)| row(name, cost)));
    table.extend(crate::web::trips::costs().into_iter().map(|(name, cost)| row(name, cost)));
    table.extend(crate::web::passkeys::costs().into_iter().map(|(name, cost)| row(name, cost)));
    table.extend(crate::api::push::costs().into_iter().map(|(name, cost)| row(name, cost)));
    table.extend(cost_api::forty().into_iter().map(|(name, cost)| row(name, cost)));
    let head = "| operation | D1 trips | rows read | rows written | queue operations | fetches |\n|---|---|---|---|---|---|\n";
    let page = std::fs::read_to_string("docs/cost.md").unwrap_or_default();
    let mut fresh = replaced(&page, "measured", &format!("{head}{}", table.join("\n")));
    fresh = replaced(&fresh, "reads", &cost_api::reads());
    fresh = replaced(&fresh, "changes", &cost_api::changes());
    if std::env::var_os("SORI_WRITE").is_some() {
        std::fs::write("docs/cost.md", fresh).unwrap();
        return;
    }
    let stale: Vec<&str> = fresh.lines().filter(|l| !page.lines().any(|p| p == *l)).collect();
    assert!(page == fresh, "docs/cost.md is stale: SORI_WRITE=1 cargo nextest run cost\n{stale:#?}");
}

#[test]
fn a_post_to_1000_followers_on_120_servers_takes_at_most_60_queue_operations() {
    let network = Network::new(1);
    network.keep_log(false);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let mut sql = String::new();
    for server in 0..120 {
        sql.push_str(&format!("INSERT INTO inboxes (id, url, domain) VALUES ({server} + 1, 'https://s{server}.example/inbox', 's{server}.example');\n"));
    }
    for n in 0..1000 {
        let server = n % 120;
        sql.push_str(&format!(
            "INSERT INTO accounts (id, username, domain, uri, url, inbox_id, inbox_url, created_at) VALUES ({n} + 10, 'u{n}', 's{server}.example', 'https://s{server}.example/u{n}', 'x', {server} + 1, 'https://s{server}.example/u{n}/inbox', 0);\n\
             INSERT INTO follows (account_id, target_id, id, uri) VALUES ({n} + 10, {}, {n} + 10, 'https://s{server}.example/f{n}');\n", alice.id
        ));
    }
    app.db.run(&sql);
    alice.posts("to all of you");
    let app_event = app.ready();
    assert!(app.queue.len() * 3 <= 60, "{} messages", app.queue.len());
    assert_eq!(app.queue.len(), 12);
    // Each message is one round trip to load, one to write, and ten signatures.
    let message = app.queue.take().unwrap();
    let before = app_event.cost();
    pollster::block_on(sori::jobs::run::consume(&app_event, &[message]));
    let cost = app_event.cost();
    assert_eq!(cost.fetches - before.fetches, 10);
    assert!(cost.trips - before.trips <= 3, "{cost:?}");
    println!("a message of ten deliveries: {cost:?}");
}

/// Fills an instance with `statuses` statuses of `authors` remote authors of very unequal activity. alice
/// follows the first `follows` of them, or only the last one, who has written nothing.
fn large_instance(authors: i64, statuses: i64, follows: &[i64]) -> (TestApp, Person) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let base = Id::at(NOW - 90 * 86_400_000, 0).0;
    let step = (Id::at(NOW, 0).0 - base) / (statuses + 1);
    app.db.run(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {authors}) \
         INSERT INTO accounts (id, username, domain, uri, url, created_at) SELECT i, 'u' || i, 'b.example', 'https://b.example/u' || i, 'x', 0 FROM n;\n\
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {statuses}) \
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, content, created_at) \
         SELECT {base} + i * {step}, 'https://b.example/s' || i, 'x', 1 + (i * i * 7919) % ({authors} - 1) * ((i * 31) % 97) / 97, 0, 0, 'x', 0 FROM n;"
    ));
    for target in follows {
        app.db.run(&format!("INSERT INTO follows (account_id, target_id, id, uri) VALUES ({}, {target}, {target}, 'https://a.example/f{target}')", alice.id));
    }
    (app, alice)
}

#[test]
fn home_reads_a_bounded_number_of_rows_with_one_follow_among_50000_statuses() {
    // Author 5000 has written nothing: the scan finds nothing, and the merge reads one empty range.
    for (follows, most) in [(vec![5000], 300), (vec![1], 1000)] {
        let (app, alice) = large_instance(5000, 50_000, &follows);
        let page = alice.home();
        let cost = *app.cost.borrow();
        println!("following {follows:?}: {} statuses, {cost:?}", page.len());
        assert!(cost.trips <= 2 && cost.rows_read <= most, "{cost:?}");
    }
}

#[test]
fn home_reads_a_bounded_number_of_rows_with_5000_follows() {
    let everyone: Vec<i64> = (1..=5000).collect();
    let (app, alice) = large_instance(5000, 50_000, &everyone);
    alice.get("/api/v1/timelines/home");
    let cost = *app.cost.borrow();
    println!("5000 follows: {cost:?}");
    assert!(cost.trips <= 2 && cost.rows_read <= 400, "{cost:?}");
    // A page that the scan cannot fill (nothing is so old): the merge reads every range once.
    let oldest = alice.get("/api/v1/timelines/home?max_id=10");
    assert_eq!(oldest, json!([]));
    let cost = *app.cost.borrow();
    println!("5000 follows, an empty page: {cost:?}");
    assert!(cost.trips <= 2 && cost.rows_read <= 25_000, "{cost:?}");
}

/// As workerd's D1 counts them (`meta.rows_written`).
#[test]
fn an_entry_of_a_full_text_index_is_one_row() {
    let app = TestApp::alone();
    let written = |sql: &str| {
        let event = app.ready();
        let before = event.cost().rows_written;
        let statement = |sql: &str| sori::platform::sql::Statement::new(sql.to_owned());
        let plain = "INSERT INTO rules (id, text) SELECT coalesce(max(id), 0) + 1, 'x' FROM rules";
        pollster::block_on(event.db.batch(vec![statement(sql), statement(plain)])).unwrap();
        // Without the other statement's.
        event.cost().rows_written - before - 1
    };
    let insert = "INSERT OR REPLACE INTO status_search (rowid, text)";
    assert_eq!(written(&format!("{insert} VALUES (1, 'a text with some words in it')")), 1);
    let many = "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 61) SELECT i, 'words ' || i FROM n";
    assert_eq!(written(&format!("{insert} {many}")), 60);
    assert_eq!(written("DELETE FROM status_search WHERE rowid IN (1, 2)"), 2);
    app.db.run(
        "INSERT INTO accounts (id, username, domain, uri, url, created_at) VALUES (9, 'u', 'b.example', 'https://b.example/u', 'x', 0);
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, created_at) VALUES (3, 'n3', 'x', 9, 0, 0, 0)",
    );
    // By a trigger.
    assert_eq!(written("DELETE FROM statuses WHERE id = 3"), 2);
}
