//! What is removed, what stays, and what it costs (docs/decisions/0010).

use serde_json::json;
use sori::model::id::Id;
use sori::model::retention::{Fill, MOST_IN_A_RUN};
use sori::platform::sql::Cost;
use sori::services;

use crate::app::{DAY, MINUTE, Person, TestApp, id};

/// An instance with a person, and an account elsewhere, 9, that nobody follows.
fn stage() -> (TestApp, Person) {
    let app = TestApp::alone();
    let alice = app.person("alice");
    author(&app, 9);
    (app, alice)
}

fn author(app: &TestApp, n: i64) {
    app.db.run(&format!(
        "INSERT INTO accounts (id, username, domain, uri, url, inbox_url, created_at) \
         VALUES ({n}, 'u{n}', 'b.example', 'https://b.example/u{n}', 'x', 'https://b.example/u{n}/in', 0)"
    ));
}

/// A status of account 9 that is `days` old, with further columns.
fn note(app: &TestApp, days: i64, n: i64, extra: &[(&str, &str)]) -> i64 {
    let at = app.clock.now().0 - days * DAY;
    let id = Id::floor(at).0 + n;
    let (mut names, mut values) = (String::new(), String::new());
    for (name, value) in extra {
        names.push_str(&format!(", {name}"));
        values.push_str(&format!(", {value}"));
    }
    let author = if names.contains("account_id") { String::new() } else { ", account_id".into() };
    let of = if author.is_empty() { "" } else { ", 9" };
    let visibility = if names.contains("visibility") { ("", "") } else { (", visibility", ", 0") };
    app.db.run(&format!(
        "INSERT INTO statuses (id, uri, url, is_local, created_at, content{author}{}{names}) \
         VALUES ({id}, 'https://b.example/n{id}', 'x', 0, {at}, 'a note'{of}{}{values})",
        visibility.0, visibility.1
    ));
    id
}

/// Runs of retention alone, every two minutes for so many hours.
fn runs(app: &TestApp, hours: i64) -> Cost {
    let mut all = Cost::default();
    for n in 0..hours * 30 {
        app.clock.advance(2 * MINUTE);
        let event = app.ready();
        let before = event.cost();
        pollster::block_on(async {
            services::retention::statuses(&event).await.unwrap();
            if n % 2 == 0 {
                services::retention::others(&event).await.unwrap();
            }
        });
        let after = event.cost();
        all.rows_written += after.rows_written - before.rows_written;
        all.rows_read += after.rows_read - before.rows_read;
        assert!(event.hints.borrow().is_empty() && !event.meter.has_changes(), "nobody is told");
    }
    all
}

/// Bytes of the database.
fn size(app: &TestApp) -> u64 {
    let event = app.ready();
    pollster::block_on(event.db.query(sori::platform::sql::Statement::new("SELECT 1"))).unwrap();
    event.meter.size().unwrap()
}

/// Fills a database of ten megabytes to so many thousandths.
fn fill_to(app: &TestApp, thousandths: u64) {
    app.db.run("DELETE FROM answers WHERE name LIKE 'ballast%'");
    let missing = (thousandths * 10_000).saturating_sub(size(app));
    app.db.run(&format!(
        "INSERT INTO settings (key, value) VALUES ('database_mb', '10') ON CONFLICT (key) DO NOTHING;\
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) \
         INSERT INTO answers (name, value, counted_at) SELECT 'ballast ' || i, hex(zeroblob(10000)), 0 FROM n",
        missing / 21_090
    ));
    app.restart();
    let reached = size(app) / 10_000;
    assert!(reached.abs_diff(thousandths) <= 4, "{reached} {thousandths}");
}

fn is_here(app: &TestApp, table: &str, id: i64) -> bool {
    let sql = format!("SELECT count(*) AS n FROM {table} WHERE id = {id}");
    app.count(Box::leak(sql.into_boxed_str())) == 1
}

#[test]
fn what_nobody_touched_goes_and_everything_that_somebody_here_touched_stays() {
    let (app, alice) = stage();
    author(&app, 8);
    let me = alice.id;
    let mine: i64 = id(&alice.posts("mine")).parse().unwrap();
    // (What ties it, SQL with {} for the status.)
    let ties: Vec<(&str, String)> = vec![
        (
            "favourite",
            format!("INSERT INTO favourites (status_id, account_id, id, uri) VALUES ({{}}, {me}, 1, 'f')"),
        ),
        (
            "reaction",
            format!(
                "INSERT INTO reactions (status_id, account_id, name, id, uri) VALUES ({{}}, {me}, '🌿', 1, 'r')"
            ),
        ),
        ("bookmark", format!("INSERT INTO bookmarks (status_id, account_id, id) VALUES ({{}}, {me}, 1)")),
        (
            "boost",
            format!(
                "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, reblog_of_id, created_at) VALUES (5, 'b', 'b', {me}, 1, 0, {{}}, 5)"
            ),
        ),
        (
            "answer",
            format!(
                "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, in_reply_to_id, created_at) VALUES (6, 'a', 'a', {me}, 1, 0, {{}}, 6)"
            ),
        ),
        (
            "quote",
            format!(
                "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, quote_of_id, created_at) VALUES (7, 'q', 'q', {me}, 1, 0, {{}}, 7)"
            ),
        ),
        ("mention", format!("INSERT INTO mentions (account_id, status_id) VALUES ({me}, {{}})")),
        (
            "notification",
            format!(
                "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) VALUES ({}, {me}, 'update', 9, {{}})",
                Id::floor(app.clock.now().0).0
            ),
        ),
        (
            "poll",
            format!(
                "UPDATE statuses SET poll = '{{{{\"options\":[[\"a\",0]]}}}}' WHERE id = {{}}; INSERT INTO poll_votes (status_id, account_id, choice) VALUES ({{}}, {me}, 0)"
            ),
        ),
        (
            "report",
            format!(
                "INSERT INTO reports (id, account_id, target_id, status_ids) VALUES (1, {me}, 9, '[{{}}]')"
            ),
        ),
        (
            "filter",
            format!(
                "INSERT INTO filters (id, account_id, title, contexts, statuses) VALUES (1, {me}, 't', '[]', '[[1,{{}}]]')"
            ),
        ),
        (
            "scheduled answer",
            format!(
                "INSERT INTO scheduled_statuses (id, account_id, scheduled_at, params) VALUES (1, {me}, {}, '{{{{\"in_reply_to_id\":{{}}}}}}')",
                i64::MAX >> 11
            ),
        ),
        (
            "scheduled quote",
            format!(
                "INSERT INTO scheduled_statuses (id, account_id, scheduled_at, params) VALUES (2, {me}, {}, '{{{{\"quoted_status_id\":\"{{}}\"}}}}')",
                i64::MAX >> 11
            ),
        ),
        (
            "pin of a followed account",
            format!(
                "UPDATE statuses SET account_id = 8 WHERE id = {{}}; INSERT INTO pins (account_id, status_id, id) VALUES (8, {{}}, 1); INSERT INTO follows (account_id, target_id, id, uri) VALUES ({me}, 8, 1, 'x')"
            ),
        ),
        ("answers a local one", format!("UPDATE statuses SET in_reply_to_id = {mine} WHERE id = {{}}")),
        ("boosts a local one", format!("UPDATE statuses SET reblog_of_id = {mine} WHERE id = {{}}")),
        ("quotes a local one", format!("UPDATE statuses SET quote_of_id = {mine} WHERE id = {{}}")),
        ("direct", "UPDATE statuses SET visibility = 3, conversation = 'c' WHERE id = {}".into()),
    ];
    let kept: Vec<(&str, i64)> = ties
        .iter()
        .enumerate()
        .map(|(n, (what, sql))| {
            let id = note(&app, 100, n as i64, &[]);
            app.db.run(&sql.replace("{{", "{").replace("}}", "}").replace("{}", &id.to_string()));
            (*what, id)
        })
        .collect();
    // Ties of somebody elsewhere are none.
    let theirs = [
        "INSERT INTO favourites (status_id, account_id, id, uri) VALUES ({}, 8, 9, 'f9')",
        "INSERT INTO reactions (status_id, account_id, name, id, uri) VALUES ({}, 8, '🌿', 9, 'r9')",
        "INSERT INTO pins (account_id, status_id, id) VALUES (9, {}, 9)",
        "INSERT INTO status_tags (tag, status_id) VALUES ('fern', {}); INSERT INTO status_links (url, status_id) VALUES ('l', {})",
        "INSERT INTO status_edits (status_id, created_at, content, spoiler_text, is_sensitive, media) VALUES ({}, 1, '', '', 0, '[]')",
        "INSERT INTO status_search (rowid, text) VALUES ({}, 'searched ')",
    ];
    let gone: Vec<i64> = (0..theirs.len())
        .map(|n| {
            let id = note(&app, 100, 100 + n as i64, &[]);
            app.db.run(&theirs[n].replace("{}", &id.to_string()));
            id
        })
        .collect();
    // A thread of others, a boost of it, and what is young or came late.
    let root = note(&app, 101, 0, &[]);
    let answer = note(&app, 100, 200, &[("in_reply_to_id", &root.to_string())]);
    let boost = note(&app, 95, 0, &[("reblog_of_id", &answer.to_string()), ("account_id", "8")]);
    let young = note(&app, 80, 0, &[]);
    let late = note(&app, 200, 1, &[("stored_at", &(app.clock.now().0 - DAY).to_string())]);
    let ancestor = note(&app, 120, 0, &[]);
    app.db.run(&format!("UPDATE statuses SET in_reply_to_id = {ancestor} WHERE id = {}", kept[4].1));
    let before = app.count("SELECT count(*) AS n FROM tombstones");
    // Something is kept by what goes in a pass, and goes itself in the next.
    for _ in 0..5 {
        app.clock.advance(DAY);
        runs(&app, 3);
    }
    for (what, id) in &kept {
        assert!(is_here(&app, "statuses", *id), "{what} is lost");
    }
    for id in gone.iter().chain([&root, &answer, &boost]) {
        assert!(!is_here(&app, "statuses", *id), "{id} stays");
    }
    assert!([young, late, ancestor, mine].iter().all(|id| is_here(&app, "statuses", *id)));
    for table in ["status_tags", "status_links", "status_edits", "status_search_docsize WHERE id < 100000"] {
        let sql: &'static str = Box::leak(format!("SELECT count(*) AS n FROM {table}").into_boxed_str());
        assert_eq!(app.count(sql), 0, "{table}");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM tombstones"), before);
    assert_eq!(app.count("SELECT count(*) AS n FROM outbox WHERE event LIKE '%elete%'"), 0);
}

#[test]
fn a_plain_status_costs_one_row_and_few_are_read() {
    let (app, _) = stage();
    let count = 300;
    for n in 0..count {
        note(&app, 100, n, &[]);
    }
    // The rows of the progress besides: of runs in which something is done.
    let cost = runs(&app, 24);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0"), 0);
    println!("{cost:?}");
    let of_progress =
        app.count("SELECT json_extract(value, '$[1]') AS n FROM settings WHERE key = 'retention'");
    assert!(cost.rows_written < 300 + 150, "{cost:?} {of_progress}");
    assert!(cost.rows_read < 300 * 25 + 24 * 30 * 10, "{cost:?}");
}

#[test]
fn no_day_writes_more_rows_than_its_pace() {
    let (app, _) = stage();
    // Until midnight.
    app.clock.advance(DAY - app.clock.now().0 % DAY);
    let at = app.clock.now().0 - 100 * DAY;
    app.db.run(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) \
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, created_at, tags) \
         SELECT {} + i * 4096, 'n' || i, 'x', 9, 0, 0, {at}, '[\"a\"]' FROM n;\
         INSERT INTO status_tags (tag, status_id) SELECT 'a', id FROM statuses WHERE is_local = 0",
        Id::floor(at).0
    ));
    let pace = Fill::at(0).pace();
    let mut of_hours = Vec::new();
    for _ in 0..23 {
        of_hours.push(i64::try_from(runs(&app, 1).rows_written).unwrap());
    }
    let written: i64 = of_hours.iter().sum();
    // A run may write what its statuses take beyond the share.
    assert!(written <= pace + MOST_IN_A_RUN && written > pace * 8 / 10, "{written}");
    let most = *of_hours.iter().max().unwrap();
    assert!(most <= pace / 24 + 3 * MOST_IN_A_RUN, "spread over the day: {of_hours:?}");
}

#[test]
fn accounts_without_a_tie_go_and_all_others_stay() {
    let (app, alice) = stage();
    let me = alice.id;
    // (SQL with {} for the account: each tie of the schema.)
    let ties = [
        format!("INSERT INTO follows (account_id, target_id, id, uri) VALUES ({me}, {{}}, 1, 'x')"),
        format!("INSERT INTO follows (account_id, target_id, id, uri) VALUES ({{}}, {me}, 2, 'x')"),
        format!("INSERT INTO follow_requests (account_id, target_id, id, uri) VALUES ({{}}, {me}, 2, 'x')"),
        format!("INSERT INTO blocks (account_id, target_id, id, uri) VALUES ({me}, {{}}, 2, 'x')"),
        format!("INSERT INTO mutes (account_id, target_id, id) VALUES ({me}, {{}}, 2)"),
        format!("INSERT INTO account_notes (account_id, target_id, comment) VALUES ({me}, {{}}, 'c')"),
        format!("INSERT INTO notifications (id, account_id, type, from_account_id) VALUES ({}, {me}, 'follow', {{}})", Id::floor(app.clock.now().0).0),
        "UPDATE accounts SET suspended_at = 1 WHERE id = {}".to_owned(),
        "UPDATE accounts SET is_mentioned = 1 WHERE id = {}".to_owned(),
        format!("UPDATE accounts SET fetched_at = {} WHERE id = {{}}", app.clock.now().0 - 100 * DAY),
        format!("INSERT INTO reports (id, account_id, target_id) VALUES (1, {me}, {{}})"),
        "INSERT INTO held (id, uri, account_id, host, reason, visibility, excerpt, activity, is_edit, expires_at) VALUES (1, 'x', {}, 'x', '', 0, '', '', 0, 9e15)".replace("9e15", "9000000000000000"),
        format!("INSERT INTO outbox (id, account_id, event, subject, to_followers, to_accounts, touched_at) VALUES (1, {me}, '', '', 0, '[{{}}]', 0)"),
        "INSERT INTO relays (id, address, domain, actor_uri, follow_uri, state) SELECT 1, 'x', 'x', uri, 'x', 'accepted' FROM accounts WHERE id = {}".to_owned(),
    ];
    for (n, sql) in ties.iter().enumerate() {
        let id = 20 + n as i64;
        author(&app, id);
        app.db.run(&sql.replace("{}", &id.to_string()));
    }
    let favourited = 60;
    author(&app, favourited);
    let mine = id(&alice.posts("mine")).to_owned();
    app.db.run(&format!(
        "INSERT INTO favourites (status_id, account_id, id, uri) VALUES ({mine}, {favourited}, 2, 'x')"
    ));
    // Mentioned by a person here.
    author(&app, 61);
    alice.posts("hello @u61@b.example");
    let many = 70..120;
    for n in many.clone() {
        author(&app, n);
    }
    // The author of a status that goes, and of one that is boosted.
    author(&app, 62);
    let boosted = note(&app, 100, 1, &[("account_id", "62")]);
    app.db.run(&format!("INSERT INTO bookmarks (status_id, account_id, id) VALUES ({boosted}, {me}, 1)"));
    note(&app, 100, 0, &[]);
    let local = app.count("SELECT count(*) AS n FROM accounts WHERE domain_id IS NOT NULL");
    runs(&app, 30);
    for n in (20..20 + ties.len() as i64).chain([60, 61, 62]) {
        assert!(is_here(&app, "accounts", n), "{:?}", ties.get((n - 20) as usize));
    }
    assert!(many.into_iter().chain([9]).all(|n| !is_here(&app, "accounts", n)));
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE domain_id IS NOT NULL"), local);
    assert_eq!(
        app.count("SELECT count(*) AS n FROM account_search_docsize"),
        app.count("SELECT count(*) AS n FROM accounts WHERE actor_type <> 'Application'")
    );
}

#[test]
fn old_notifications_previews_and_clients_go() {
    let (app, alice) = stage();
    let now = app.clock.now().0;
    let old = |days: i64| Id::floor(now - days * DAY).0;
    let me = alice.id;
    app.db.run(&format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id) VALUES ({}, {me}, 'follow', 9), ({}, {me}, 'follow', 9);\
         INSERT INTO cards (url, card, due_at) VALUES ('a', '[]', {}), ('b', '[]', {}), ('c', NULL, {});\
         INSERT INTO apps (id, name, redirect_uris, scopes, client_id, client_secret_hash, created_at) VALUES \
         ({}, 'unused', '[]', '', 'a', x'', 0), ({}, 'young', '[]', '', 'b', x'', 0);\
         UPDATE apps SET id = {} WHERE 0",
        old(181), old(179), now - 181 * DAY, now - 100 * DAY, now - 1, old(40), old(10), old(40),
    ));
    runs(&app, 2);
    assert_eq!(app.count("SELECT count(*) AS n FROM notifications WHERE from_account_id = 9"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM cards"), 1);
    // Once a day; the app of a person's token stays.
    app.clock.advance(DAY - app.clock.now().0 % DAY);
    app.tick();
    assert_eq!(app.count("SELECT count(*) AS n FROM apps WHERE name = 'unused'"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM apps WHERE name = 'young'"), 1);
    app.clock.advance(40 * DAY);
    app.tick();
    assert_eq!(app.count("SELECT count(*) AS n FROM apps WHERE name IN ('young', 'unused')"), 0);
    alice.get("/api/v1/preferences");
}

#[test]
fn clients_of_strangers_neither_fill_the_database_nor_use_up_the_day() {
    use sori::model::ledger::{Measure, Source, Usage};
    let (app, alice) = stage();
    let register = || {
        let answer = app.request(
            "POST",
            "/api/v1/apps",
            None,
            Some(json!({"client_name": "x", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob"})),
        );
        (answer.status, crate::app::header(&answer, "retry-after").to_owned())
    };
    assert_eq!(register().0, 200);
    fill_to(&app, 840);
    assert_eq!(register().0, 503);
    // Nobody uses them: where there is little room a day is enough.
    let unused = || app.count("SELECT count(*) AS n FROM apps WHERE name = 'x'");
    assert_eq!(unused(), 1);
    app.clock.advance(2 * DAY);
    pollster::block_on(sori::jobs::tasks::tidy(&app.ready())).unwrap();
    assert_eq!(unused(), 0);
    alice.posts("still here");
    fill_to(&app, 500);
    assert_eq!(register().0, 200);
    // What is left of the day is for people here.
    let event = app.ready();
    let mut used = Usage::default();
    used.add(Measure::RowsWritten, 98_000);
    event.shared.ledger.borrow_mut().add(Source::Apps, &used, event.now());
    let (status, retry) = register();
    assert!(status == 503 && retry.parse::<i64>().unwrap() > 0, "{status} {retry}");
    alice.posts("still here, too");
}

#[test]
fn hosts_without_an_inbox_are_forgotten() {
    let (app, _) = stage();
    let now = app.clock.now().0;
    app.db.run(&format!(
        "INSERT INTO inboxes (id, url, domain) VALUES (1, 'a', 'b.example'); UPDATE accounts SET inbox_id = 1 WHERE id = 9;\
         INSERT INTO seen_servers (parent, domain, created_at) VALUES ('b.example', 'b.example', 0), \
         ('c.example', 'old.c.example', {}), ('c.example', 'new.c.example', {})",
        now - 8 * DAY,
        now - 6 * DAY
    ));
    pollster::block_on(sori::jobs::tasks::tidy(&app.ready())).unwrap();
    assert_eq!(app.count("SELECT count(*) AS n FROM seen_servers"), 2);
    assert_eq!(app.count("SELECT count(*) AS n FROM seen_servers WHERE domain = 'old.c.example'"), 0);
}

#[test]
fn what_strangers_wrote_without_an_answer_goes_where_there_is_little_room() {
    let (app, alice) = stage();
    let me = alice.id;
    author(&app, 8);
    app.db.run(&format!("INSERT INTO follows (account_id, target_id, id, uri) VALUES ({me}, 8, 1, 'x')"));
    let mention =
        |id: i64| app.db.run(&format!("INSERT INTO mentions (account_id, status_id) VALUES ({me}, {id})"));
    let of_stranger = note(&app, 20, 0, &[]);
    let of_followed = note(&app, 20, 1, &[("account_id", "8")]);
    let direct = note(&app, 20, 2, &[("visibility", "3"), ("conversation", "'c1'")]);
    let answered = note(&app, 20, 3, &[("visibility", "3"), ("conversation", "'c2'")]);
    app.db.run(&format!(
        "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, conversation, created_at) VALUES (5, 'b', 'b', {me}, 1, 3, 'c2', 5)"
    ));
    let notified = note(&app, 20, 4, &[]);
    app.db.run(&format!(
        "INSERT INTO notifications (id, account_id, type, from_account_id, status_id) VALUES ({}, {me}, 'mention', 9, {notified})",
        Id::floor(app.clock.now().0 - 10 * DAY).0
    ));
    let all = [of_stranger, of_followed, direct, answered, notified];
    all.into_iter().for_each(mention);
    runs(&app, 4);
    assert!(all.iter().all(|id| is_here(&app, "statuses", *id)));
    // A small database is a full one.
    fill_to(&app, 810);
    app.clock.advance(8 * DAY);
    runs(&app, 4);
    let left: Vec<bool> = all.iter().map(|id| is_here(&app, "statuses", *id)).collect();
    assert_eq!(left, [false, true, false, true, true]);
}

#[test]
fn quotes_by_strangers_go_like_their_mentions_where_there_is_little_room() {
    let (app, alice) = stage();
    let me = alice.id;
    author(&app, 8);
    app.db.run(&format!("INSERT INTO follows (account_id, target_id, id, uri) VALUES ({me}, 8, 1, 'x')"));
    let mine = id(&alice.posts("mine")).to_owned();
    let quote = |n: i64, more: &[(&str, &str)]| {
        let quoted: Vec<(&str, &str)> = [("quote_of_id", mine.as_str()), ("quote_state", "'accepted'")]
            .iter()
            .chain(more)
            .copied()
            .collect();
        note(&app, 20, n, &quoted)
    };
    let of_stranger = quote(0, &[]);
    let of_followed = quote(1, &[("account_id", "8")]);
    let favourited = quote(2, &[]);
    app.db.run(&format!(
        "INSERT INTO favourites (status_id, account_id, id, uri) VALUES ({favourited}, {me}, 2, 'f')"
    ));
    let all = [of_stranger, of_followed, favourited];
    runs(&app, 4);
    assert!(all.iter().all(|id| is_here(&app, "statuses", *id)));
    fill_to(&app, 810);
    app.clock.advance(2 * DAY);
    runs(&app, 4);
    assert_eq!(all.map(|id| is_here(&app, "statuses", id)), [false, true, true]);
}

/// Direct statuses of account 9 to a person here, all of one conversation.
fn conversation(app: &TestApp, me: i64, count: i64) {
    let at = Id::floor(app.clock.now().0 - 20 * DAY).0;
    app.db.run(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, conversation, created_at) \
         SELECT {at} + i, 'd' || i, 'x', 9, 0, 3, 'c', 0 FROM n;\
         INSERT INTO mentions (account_id, status_id, is_direct) SELECT {me}, id, 1 FROM statuses WHERE visibility = 3"
    ));
}

#[test]
fn a_strangers_long_conversation_costs_what_its_statuses_cost() {
    let (app, alice) = stage();
    let count: i64 = 1_000;
    conversation(&app, alice.id.0, count);
    fill_to(&app, 810);
    app.clock.advance(DAY);
    let before = app.count("SELECT count(*) AS n FROM statuses WHERE visibility = 3");
    let cost = runs(&app, 1);
    let gone = before - app.count("SELECT count(*) AS n FROM statuses WHERE visibility = 3");
    assert!(gone >= 200, "{gone}");
    assert!(cost.rows_read < 50_000, "{cost:?} {gone}");
}

#[test]
fn a_conversation_whose_last_status_is_deleted_shows_the_one_before() {
    let (app, alice) = stage();
    conversation(&app, alice.id.0, 300);
    let last = || app.count("SELECT last_status_id AS n FROM conversations");
    let newest = || app.count("SELECT max(id) AS n FROM statuses WHERE visibility = 3");
    assert_eq!(last(), newest());
    for _ in 0..3 {
        let id = newest();
        app.db.run(&format!("DELETE FROM statuses WHERE id = {id}"));
        assert!(newest() < id && last() == newest());
    }
    // What somebody here has written stands by itself.
    app.db.run(&format!(
        "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, conversation, created_at) VALUES (5, 'o', 'o', {}, 1, 3, 'c', 5);\
         DELETE FROM statuses WHERE visibility = 3 AND is_local = 0",
        alice.id
    ));
    assert_eq!(last(), 5);
    app.db.run("DELETE FROM statuses WHERE id = 5");
    assert_eq!(app.count("SELECT count(*) AS n FROM conversations"), 0);
}

#[test]
fn a_full_database_receives_nothing_but_what_takes_back() {
    let (app, alice, remote) = crate::remote::followed();
    let bob = remote.person("bob");
    let posted = alice.posts("hello");
    let note = |n: u32| {
        remote.create(
            &bob,
            &remote.note(&bob, n, json!({"inReplyTo": posted["uri"], "cc": [app.account("alice").uri]})),
        )
    };
    assert_eq!(remote.sends(&app, &note(1)), 202);
    let delete = json!({"id": remote.uri("/d/1"), "type": "Delete", "actor": bob["id"], "object": remote.uri("/notes/1")});
    fill_to(&app, 828);
    assert_eq!(remote.sends(&app, &note(2)), 202);
    // Nothing more of strangers …
    fill_to(&app, 840);
    assert_eq!(remote.sends(&app, &note(3)), 503);
    app.db.run("INSERT OR IGNORE INTO follows (account_id, target_id, id, uri) SELECT a.id, b.id, 1, 'x' FROM accounts a, accounts b WHERE a.username = 'alice' AND b.username = 'bob'");
    assert_eq!(remote.sends(&app, &note(3)), 202);
    // … and then of anybody.
    fill_to(&app, 850);
    assert_eq!(remote.sends(&app, &note(4)), 503);
    let before = app.count("SELECT count(*) AS n FROM statuses");
    assert_eq!(remote.sends(&app, &delete), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), before - 1);
    // People here can still write.
    alice.posts("still here");
    fill_to(&app, 500);
    assert_eq!(remote.sends(&app, &note(4)), 202);
}

#[test]
fn what_is_fetched_again_is_no_news() {
    let (app, remote, bob) = crate::remote::cast();
    let alice = app.person("alice");
    let handle = format!("@{}@b.example", bob["preferredUsername"].as_str().unwrap());
    let account = alice.finds(&handle);
    alice.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({"notify": true}));
    app.db.run(&format!("INSERT OR IGNORE INTO follows (account_id, target_id, id, uri, is_notifying) VALUES ({}, {}, 1, 'x', 1); UPDATE follows SET is_notifying = 1", alice.id, id(&account)));
    let note = remote.serve(remote.note(&bob, 1, json!({"published": "2026-09-21T13:00:00Z"})));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let of_status = || app.count("SELECT count(*) AS n FROM notifications WHERE type = 'status'");
    assert_eq!(of_status(), 1);
    let first = app.count("SELECT id AS n FROM statuses WHERE is_local = 0");
    app.clock.advance(200 * DAY);
    runs(&app, 30);
    assert_eq!((crate::remote::remote_statuses(&app), of_status()), (0, 0));
    let newer = alice.posts("newer");
    let found =
        alice.get(&format!("/api/v2/search?q={}&resolve=true&type=statuses", note["id"].as_str().unwrap()));
    let again = &found["statuses"][0];
    assert_eq!(
        again["content"],
        "<p>a note</p>".replace(
            "a note",
            again["content"].as_str().unwrap().trim_start_matches("<p>").trim_end_matches("</p>")
        )
    );
    // At its own time, below what is newer, and it stays for a while.
    let second: i64 = id(again).parse().unwrap();
    assert!((second >> 12) - (first >> 12) < 1000 && second < id(&newer).parse::<i64>().unwrap());
    assert_eq!(of_status(), 0);
    runs(&app, 30);
    assert!(is_here(&app, "statuses", second));
}

#[test]
fn a_full_database_stores_no_block_and_no_early_undo_of_a_stranger() {
    let (app, alice, remote) = crate::remote::followed();
    let bob = remote.person("bob");
    let block = |n: u32| json!({"id": remote.uri(&format!("/blocks/{n}")), "type": "Block", "actor": bob["id"], "object": app.account("alice").uri});
    let delete = |n: u32| json!({"id": remote.uri(&format!("/d/{n}")), "type": "Delete", "actor": bob["id"], "object": remote.uri(&format!("/notes/{n}"))});
    let early = |app: &TestApp| {
        app.count("SELECT (SELECT count(*) FROM tombstones) + (SELECT coalesce(sum(json_array_length(uris)), 0) FROM early_undos) AS n")
    };
    assert_eq!(remote.sends(&app, &delete(4)), 202);
    assert_eq!(early(&app), 1);
    fill_to(&app, 840);
    assert_eq!(remote.sends(&app, &block(1)), 503);
    assert_eq!(app.count("SELECT count(*) AS n FROM blocks"), 0);
    assert_eq!(remote.sends(&app, &delete(1)), 202);
    assert_eq!(early(&app), 1);
    // Of somebody whom a person here follows it is stored for longer, …
    app.db.run("INSERT OR IGNORE INTO follows (account_id, target_id, id, uri) SELECT a.id, b.id, 1, 'x' FROM accounts a, accounts b WHERE a.username = 'alice' AND b.username = 'bob'");
    assert_eq!(remote.sends(&app, &delete(2)), 202);
    assert_eq!(early(&app), 2);
    // … and not in the end.
    fill_to(&app, 850);
    assert_eq!(remote.sends(&app, &delete(3)), 202);
    assert_eq!(early(&app), 2);
    fill_to(&app, 500);
    assert_eq!(remote.sends(&app, &block(1)), 202);
    alice.posts("still here");
}

/// Stores accounts, and a mention of each in an old status of its own.
fn mentioned(app: &TestApp, accounts: std::ops::Range<i64>) -> Vec<i64> {
    accounts
        .map(|n| {
            author(app, n);
            note(app, 100, 1000 - n, &[("mentions", &format!("'[{{\"id\":{n}}}]'"))])
        })
        .collect()
}

#[test]
fn what_goes_marks_nobody_as_mentioned() {
    let (app, _) = stage();
    mentioned(&app, 100..200);
    runs(&app, 24);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0"), 0);
    assert_eq!(app.count("SELECT count(*) AS n FROM accounts WHERE is_mentioned <> 0"), 0);
}

#[test]
fn whom_nothing_mentions_any_more_goes_in_the_end() {
    let (app, alice) = stage();
    let notes = mentioned(&app, 100..102);
    for id in &notes {
        let me = alice.id;
        app.db.run(&format!("INSERT INTO bookmarks (status_id, account_id, id) VALUES ({id}, {me}, {id})"));
    }
    let days = |n: i64| {
        for _ in 0..n {
            app.clock.advance(DAY);
            runs(&app, 1);
        }
    };
    let here = || [100, 101].map(|n| is_here(&app, "accounts", n));
    days(2);
    assert_eq!(here(), [true, true]);
    app.db.run(&format!("DELETE FROM bookmarks WHERE status_id = {}", notes[0]));
    days(2);
    assert!(!is_here(&app, "statuses", notes[0]) && is_here(&app, "statuses", notes[1]));
    // Once in a hundred days the marks are made anew; what stays costs no more rows than that.
    days(220);
    assert_eq!(here(), [false, true]);
}

#[test]
fn tombstones_go_within_the_pace_and_early_undos_tie_no_account() {
    let (app, _) = stage();
    let now = app.clock.now().0;
    app.db.run(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) \
         INSERT INTO tombstones (uri, account_id, created_at) SELECT iif(i <= 700, 'follow 1', 'n' || i), i, \
         iif(i % 10 = 0, {}, {}) FROM n;\
         INSERT INTO early_undos (account_id, uris, updated_at) VALUES (9, '[\"x\"]', {})",
        now - 10 * DAY,
        now - 40 * DAY,
        now - 10 * DAY,
    ));
    app.clock.advance(DAY - now % DAY + DAY / 2);
    let cost = runs(&app, 2);
    assert_eq!(app.count("SELECT count(*) AS n FROM tombstones"), 150);
    assert_eq!(app.count("SELECT count(*) AS n FROM tombstones WHERE uri = 'follow 1'"), 70);
    let written = app.count("SELECT json_extract(value, '$[1]') AS n FROM settings WHERE key = 'retention'");
    assert!(written >= 1350 && cost.rows_written < 1350 + 100, "{written} {cost:?}");
    assert!(!is_here(&app, "accounts", 9));
    assert_eq!(app.count("SELECT count(*) AS n FROM early_undos"), 0);
    // And of an account that stays they go in their own time.
    author(&app, 9);
    app.db.run(&format!(
        "UPDATE accounts SET is_mentioned = 1 WHERE id = 9; INSERT INTO early_undos (account_id, uris, updated_at) VALUES (9, '[]', {})",
        now - 40 * DAY
    ));
    runs(&app, 1);
    assert!(is_here(&app, "accounts", 9));
    assert_eq!(app.count("SELECT count(*) AS n FROM early_undos"), 0);
}

#[test]
fn jobs_wait_however_long_the_database_is_full() {
    let (app, _) = stage();
    fill_to(&app, 850);
    let now = app.clock.now();
    app.db.run(&format!(
        "INSERT INTO jobs (id, kind, subject, is_foreign, next_attempt_at, cause, signer) VALUES \
         ({}, 'note', 'https://b.example/n', 1, 0, 'b.example', 'https://b.example/u9')",
        Id::floor(now.0).0
    ));
    for _ in 0..6 {
        pollster::block_on(sori::jobs::run::jobs(&app.ready(), true)).unwrap();
        app.clock.advance(DAY);
        pollster::block_on(sori::jobs::tasks::tidy(&app.ready())).unwrap();
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE attempts = 0"), 1);
    fill_to(&app, 500);
    pollster::block_on(sori::jobs::run::jobs(&app.ready(), true)).unwrap();
    assert_eq!(app.count("SELECT count(*) AS n FROM jobs WHERE attempts = 0"), 0);
}

#[test]
fn inboxes_go_that_nothing_names() {
    let (app, alice) = stage();
    let me = alice.id;
    app.db.run(
        "INSERT INTO inboxes (id, url, domain) VALUES (1, 'a', 'b.example'), (2, 'b', 'b.example'), (3, 'c', 'b.example'), (4, 'd', 'b.example'), (5, 'e', 'b.example');\
         UPDATE accounts SET inbox_id = 1, is_mentioned = 1 WHERE id = 9;\
         INSERT INTO relays (id, address, domain, follow_uri, state, inbox_id) VALUES (1, 'x', 'x', 'x', 'accepted', 3)",
    );
    app.db.run(&format!(
        "INSERT INTO past_inboxes (account_id, inbox_id, until_status_id) VALUES ({me}, 2, 1);\
         INSERT INTO outbox (id, account_id, event, subject, to_followers, touched_at, is_untried, activity) VALUES (1, {me}, '', '', 0, 0, 0, '');\
         INSERT INTO deliveries (outbox_id, inbox_id, next_attempt_at) VALUES (1, 4, {})",
        i64::MAX >> 11
    ));
    let tidy = || pollster::block_on(sori::jobs::tasks::tidy(&app.ready())).unwrap();
    let left = || app.count("SELECT group_concat(id, '') + 0 AS n FROM (SELECT id FROM inboxes ORDER BY id)");
    // What is still to be distributed may name any.
    app.db.run(&format!("INSERT INTO outbox (id, account_id, event, subject, to_followers, touched_at, to_inboxes) VALUES (2, {me}, '', '', 0, 0, '[5]')"));
    tidy();
    assert_eq!(left(), 12345);
    app.db.run("DELETE FROM outbox WHERE id = 2");
    tidy();
    assert_eq!(left(), 1234);
    assert_eq!(app.count("SELECT count(*) AS n FROM deliveries"), 1);
}

/// How many statuses are in the search index after cron has looked at one of an author elsewhere who allows it.
fn indexed_at(megabytes: Option<i64>) -> i64 {
    let (app, remote, mut bob) = crate::remote::cast();
    bob["indexable"] = json!(true);
    remote.serve(bob.clone());
    app.db.run("UPDATE accounts SET is_indexable = 1 WHERE username = 'bob'");
    pollster::block_on(sori::jobs::tasks::index(&app.ready())).unwrap();
    app.clock.advance(MINUTE);
    let published = app.clock.now().to_iso();
    let note = remote.note(&bob, 1, json!({"published": published, "content": "<p>findable</p>"}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    if let Some(megabytes) = megabytes {
        app.db.run("CREATE TABLE filling (x)");
        app.db.run("INSERT INTO filling VALUES (zeroblob(100000))");
        app.db.run(&format!("INSERT INTO settings (key, value) VALUES ('database_mb', '{megabytes}')"));
        app.restart();
    }
    app.clock.advance(8 * MINUTE);
    pollster::block_on(sori::jobs::tasks::index(&app.ready())).unwrap();
    app.count("SELECT count(*) AS n FROM status_search_docsize")
}

#[test]
fn a_filling_database_indexes_nothing_new_from_elsewhere() {
    assert_eq!(indexed_at(None), 1);
    assert_eq!(indexed_at(Some(500)), 1);
    assert_eq!(indexed_at(Some(1)), 0);
}

#[test]
fn what_many_elsewhere_have_favourited_or_reacted_to_goes_some_at_a_time() {
    let (app, alice) = stage();
    let [favourited, reacted, kept] = [1, 2, 3].map(|n| note(&app, 100, n, &[]));
    app.db.run(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
         INSERT INTO accounts (id, username, domain, uri, url, inbox_url, created_at) SELECT 1000 + i, 'r' || i, 'c.example', 'r' || i, 'x', 'x', 0 FROM n;\
         INSERT INTO favourites (status_id, account_id, id, uri) SELECT {favourited}, id, id, uri FROM accounts WHERE domain = 'c.example';\
         INSERT INTO reactions (status_id, account_id, name, id, uri) SELECT {reacted}, id, '🌿', id, uri FROM accounts WHERE domain = 'c.example';\
         INSERT INTO reactions (status_id, account_id, name, id, uri) SELECT {kept}, id, '🌿', id, uri FROM accounts WHERE domain = 'c.example';\
         INSERT INTO bookmarks (account_id, status_id, id) VALUES ({}, {kept}, 1)",
        alice.id
    ));
    app.clock.advance(DAY - app.clock.now().0 % DAY + DAY / 2);
    let mut most = 0;
    for _ in 0..6 * 30 {
        app.clock.advance(2 * MINUTE);
        let event = app.ready();
        let before = event.cost().rows_written;
        pollster::block_on(services::retention::statuses(&event)).unwrap();
        most = most.max(event.cost().rows_written - before);
    }
    assert!(most <= 2 * u64::try_from(MOST_IN_A_RUN).unwrap(), "{most}");
    // The pass waits for the favourites; the next one finds what is left.
    app.clock.advance(DAY);
    runs(&app, 2);
    assert_eq!([favourited, reacted, kept].map(|id| is_here(&app, "statuses", id)), [false, false, true]);
    assert_eq!(app.count("SELECT count(*) AS n FROM reactions"), 1000);
}
