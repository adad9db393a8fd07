//! Whatever the length of remote texts, a page has at most 2 MB, and paging shows everything once.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{DAY, MINUTE, NOW, Person, TestApp, id, settle};
use crate::remote::Remote;

/// The maximum size of a D1 value, and of a page.
const MAX: usize = 2_000_000;

/// Alice follows a remote account that mentions her in 30 long notes which quote one another.
fn scene() -> (TestApp, Person, Remote) {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let app = TestApp::new(&network, "a.example", &clock);
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let far = remote.person("far");
    let account = alice.finds("far@b.example");
    alice.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({}));
    settle(&[&app]);
    let follow = remote.inbox.borrow().iter().find(|a| a["type"] == "Follow").cloned().unwrap();
    remote.sends(
        &app,
        &json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": far["id"], "object": follow}),
    );
    for n in 1..=30 {
        let mention =
            json!({"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"});
        let extra = json!({"cc": [far["followers"], "https://a.example/users/alice"], "tag": [mention, {"type": "Hashtag", "name": "#fern"}]});
        assert_eq!(remote.sends(&app, &remote.create(&far, &remote.note(&far, n, extra))), 202);
        app.clock.advance(1_000);
    }
    // The maximum text length, of characters that JSON escapes; profiles are long, too.
    app.db.run(
        "UPDATE statuses SET content = replace(hex(zeroblob(32000)), '0', '\"'), spoiler_text = replace(hex(zeroblob(1000)), '0', 'x');
         UPDATE statuses SET quote_state = 'accepted', quote_of_id = (SELECT max(q.id) FROM statuses q WHERE q.id <> statuses.id);
         UPDATE accounts SET note = replace(hex(zeroblob(10000)), '0', '\"') WHERE username <> 'alice';",
    );
    (app, alice, remote)
}

/// The ids of a list, page by page.
fn walk(person: &Person, path: &str) -> Vec<String> {
    let (mut all, mut next) = (Vec::new(), path.to_owned());
    for _ in 0..200 {
        person.app.restart();
        let response = person.call("GET", &next, None);
        assert_eq!(response.status, 200, "{next}");
        assert!(response.body.len() <= MAX, "{next}: {} bytes", response.body.len());
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        let list = body.get("notification_groups").unwrap_or(&body).as_array().unwrap();
        let of = |v: &Value| v.get("id").or_else(|| v.get("group_key")).unwrap().as_str().unwrap().to_owned();
        all.extend(list.iter().map(of));
        let link = crate::app::header(&response, "link");
        let Some(url) = link.split(", ").find(|l| l.contains("rel=\"next\"")) else { return all };
        let url = url.trim_start_matches('<').split('>').next().unwrap();
        next = url.strip_prefix("https://a.example").unwrap().to_owned();
    }
    panic!("{path} has no end");
}

fn shows_all(person: &Person, path: &str, count: usize) {
    let found = walk(person, path);
    let distinct: BTreeSet<&String> = found.iter().collect();
    assert_eq!((found.len(), distinct.len()), (count, count), "{path}");
}

#[test]
fn pages_of_long_statuses_are_bounded_and_lose_nothing() {
    let (app, alice, _) = scene();
    let far = app.account("far").id;
    for path in [
        "/api/v1/timelines/home?limit=20".to_owned(),
        "/api/v1/timelines/home?limit=40".into(),
        "/api/v1/timelines/public?limit=40".into(),
        "/api/v1/timelines/tag/fern?limit=40".into(),
        format!("/api/v1/accounts/{far}/statuses?limit=40"),
        "/api/v1/notifications?limit=80".into(),
        "/api/v2/notifications?limit=80".into(),
    ] {
        shows_all(&alice, &path, 30);
    }
    // Upwards, from the oldest.
    let mut ids = walk(&alice, "/api/v1/timelines/home?limit=40");
    ids.reverse();
    for path in ["/api/v1/timelines/home", "/api/v1/notifications"] {
        let all: Vec<String> = {
            let mut all = walk(&alice, &format!("{path}?limit=40"));
            all.reverse();
            all
        };
        let (mut at, mut seen) = (all[0].clone(), vec![all[0].clone()]);
        for _ in 0..100 {
            app.restart();
            let page = alice.get(&format!("{path}?limit=40&min_id={at}"));
            let Some(newest) = page.as_array().unwrap().first() else { break };
            at = id(newest).to_owned();
            seen.extend(page.as_array().unwrap().iter().rev().map(|s| id(s).to_owned()));
        }
        assert_eq!(seen, all, "{path}");
    }
    // Bookmarked by alice, in another order than that of their ids.
    for status in ids.iter().skip(1).step_by(2).chain(ids.iter().step_by(2)) {
        app.restart();
        alice.post(&format!("/api/v1/statuses/{status}/bookmark"), json!({}));
        alice.post(&format!("/api/v1/statuses/{status}/favourite"), json!({}));
        app.clock.advance(1_000);
    }
    shows_all(&alice, "/api/v1/bookmarks?limit=40", 30);
    shows_all(&alice, "/api/v1/favourites?limit=40", 30);
    for path in [
        "/api/v2/search?q=note&limit=40".to_owned(),
        format!("/api/v1/statuses?{}", ids.iter().map(|i| format!("id[]={i}&")).collect::<String>()),
    ] {
        app.restart();
        let response = alice.call("GET", &path, None);
        assert_eq!(response.status, 200, "{path}");
        assert!(response.body.len() <= MAX, "{path}: {}", response.body.len());
    }
    // What anonymous requests may read and get.
    for path in [
        "/@far@b.example".to_owned(),
        format!("/api/v1/statuses/{}/context", ids[0]),
        format!("/api/v1/statuses/{}/quotes?limit=40", ids[29]),
    ] {
        app.restart();
        let response = app.request("GET", &path, None, None);
        assert!(
            response.status < 500 && response.body.len() <= MAX,
            "{path}: {} {}",
            response.status,
            response.body.len()
        );
    }
}

#[test]
fn a_thread_of_long_answers_is_bounded() {
    let (app, alice, _) = scene();
    app.db.run(
        "UPDATE statuses SET visibility = 0, in_reply_to_id = (SELECT max(p.id) FROM statuses p WHERE p.id < statuses.id)",
    );
    let middle = app.count("SELECT id FROM statuses ORDER BY id LIMIT 1 OFFSET 15").to_string();
    // Hers is last, since reading it backfills from their server, which has none of them.
    for token in [None, Some(alice.token.as_str())] {
        let response = app.request("GET", &format!("/api/v1/statuses/{middle}/context"), token, None);
        assert_eq!(response.status, 200);
        assert!(response.body.len() <= MAX, "{}", response.body.len());
        let body: Value = serde_json::from_slice(&response.body).unwrap();
        assert!(
            !body["ancestors"].as_array().unwrap().is_empty()
                && !body["descendants"].as_array().unwrap().is_empty()
        );
    }
}

#[test]
fn one_long_status_in_every_notification_is_bounded() {
    let (app, alice, remote) = scene();
    let post = alice.posts("mine");
    app.db.run(&format!(
        "DELETE FROM notifications; UPDATE statuses SET quote_state = 'accepted', quote_of_id = (SELECT min(id) FROM statuses) WHERE id = {}",
        id(&post)
    ));
    for n in 0..60 {
        let fan = remote.person(&format!("fan{n}"));
        let like = json!({"id": remote.uri(&format!("/likes/{n}")), "type": "Like", "actor": fan["id"], "object": post["uri"]});
        assert_eq!(remote.sends(&app, &like), 202);
    }
    app.db
        .run("UPDATE accounts SET note = replace(hex(zeroblob(10000)), '0', '\"') WHERE username <> 'alice'");
    shows_all(&alice, "/api/v1/notifications?limit=80", 60);
    shows_all(&alice, "/api/v2/notifications?limit=80&grouped_types[]=none", 60);
    shows_all(&alice, "/api/v2/notifications?limit=80", 1);
    shows_all(&alice, &format!("/api/v1/statuses/{}/favourited_by?limit=80", id(&post)), 60);
}

#[test]
fn lists_of_accounts_with_long_profiles_are_bounded() {
    let (app, alice, remote) = scene();
    for n in 0..90 {
        let fan = remote.person(&format!("fan{n}"));
        let follow = json!({"id": remote.uri(&format!("/follows/{n}")), "type": "Follow", "actor": fan["id"], "object": "https://a.example/users/alice"});
        assert_eq!(remote.sends(&app, &follow), 202);
        app.clock.advance(1_000);
    }
    app.db.run("UPDATE accounts SET is_discoverable = 1, note = replace(hex(zeroblob(10000)), '0', '\"') WHERE username <> 'alice'");
    shows_all(&alice, &format!("/api/v1/accounts/{}/followers?limit=80", alice.id), 90);
    for path in [
        "/api/v1/directory?limit=80&local=false",
        "/api/v1/accounts/search?q=fan&limit=80",
        "/api/v2/search?q=fan&limit=40",
        "/api/v2/suggestions?limit=80",
    ] {
        let response = alice.call("GET", path, None);
        assert!(
            response.status == 200 && response.body.len() <= MAX,
            "{path}: {} {}",
            response.status,
            response.body.len()
        );
    }
}

#[test]
fn a_history_of_long_edits_is_bounded() {
    let (app, alice, remote) = scene();
    let far = remote.person("far");
    for n in 1..=130 {
        app.clock.advance(MINUTE);
        let at = app.clock.now().to_iso();
        let note = remote.note(&far, 1, json!({"content": format!("<p>{n}</p>"), "updated": at}));
        app.clock.advance(MINUTE);
        let update = json!({"id": remote.uri(&format!("/updates/{n}")), "type": "Update", "actor": far["id"], "to": note["to"], "object": note});
        assert_eq!(remote.sends(&app, &update), 202);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM status_edits"), 100);
    app.db.run("UPDATE status_edits SET content = replace(hex(zeroblob(32000)), '0', '\"')");
    let status = app.count("SELECT min(status_id) AS n FROM status_edits");
    let response = alice.call("GET", &format!("/api/v1/statuses/{status}/history"), None);
    assert!(
        response.status == 200 && response.body.len() <= MAX,
        "{} {}",
        response.status,
        response.body.len()
    );
}

#[test]
fn the_whole_row_of_a_status_and_a_profile_is_bounded() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let url = |n: usize| format!("https://b.example/{n}/{}", "u".repeat(1_900));
    let emoji = |n: usize| json!({"type": "Emoji", "name": format!(":e{n}:"), "icon": {"type": "Image", "url": url(n)}});
    let mut far = remote.person("far");
    far["summary"] = json!("s".repeat(19_000));
    far["tag"] = (0..40).map(emoji).collect();
    far["attachment"] = (0..40)
        .map(|n| json!({"type": "PropertyValue", "name": format!("n{n}"), "value": "v".repeat(1_900)}))
        .collect();
    remote.serve(far.clone());
    let media = |n: usize| json!({"type": "Document", "mediaType": "image/png", "url": url(n), "name": "d".repeat(9_000)});
    let note = remote.note(&far, 1, json!({
        "content": "c".repeat(60_000),
        "tag": (0..40).map(emoji).chain([json!({"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"})]).collect::<Value>(),
        "attachment": (0..16).map(media).collect::<Value>(),
    }));
    assert_eq!(remote.sends(&app, &remote.create(&far, &note)), 202);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 1);
    let (status, account) = (
        app.count("SELECT bytes FROM statuses"),
        app.count("SELECT bytes FROM accounts WHERE username = 'far'"),
    );
    assert!(status <= 160_000 && account <= 48_000, "{status} {account}");
    // A mentioned account sees it, shortened.
    assert_eq!(alice.notifications()[0]["status"]["content"].as_str().unwrap().len(), 60_000);
}

#[test]
fn the_search_index_continues_past_any_status() {
    let (app, alice, remote) = scene();
    let far = remote.person("far");
    app.db.run("UPDATE accounts SET is_indexable = 1; INSERT OR REPLACE INTO settings (key, value) VALUES ('indexed_until', '1'), ('index_step', '120')");
    // Long ones, an unreadable one, and one that the index would refuse.
    app.db.run(
        "UPDATE statuses SET tags = '{' WHERE id = (SELECT id FROM statuses ORDER BY id LIMIT 1 OFFSET 5)",
    );
    let last = remote.note(&far, 99, json!({"content": "<p>the last heather</p>"}));
    assert_eq!(remote.sends(&app, &remote.create(&far, &last)), 202);
    app.db.run("DELETE FROM status_search");
    for _ in 0..40 {
        app.clock.advance(MINUTE);
        app.tick();
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM status_search_docsize"), 30);
    assert_eq!(alice.get("/api/v2/search?q=heather&type=statuses")["statuses"].as_array().unwrap().len(), 1);
    app.clock.advance(DAY);
}

/// A restored database has a row without text for each status that was in the index, whatever put it there.
#[test]
fn a_restored_search_index_gets_its_texts() {
    let (app, alice, remote) = scene();
    let far = remote.person("far");
    let own = alice.post("/api/v1/statuses", json!({"status": "mine, of rosemary", "visibility": "private"}));
    let note = |n: u32, text: &str| {
        let note = remote.note(&far, n, json!({"content": format!("<p>{text}</p>")}));
        assert_eq!(remote.sends(&app, &remote.create(&far, &note)), 202);
        app.account("far");
        app.count("SELECT max(id) FROM statuses WHERE is_local = 0")
    };
    note(98, "liked, of rosemary");
    note(99, "never indexed, of rosemary");
    // Since its author does not allow it, only what was interacted with is found.
    let liked = app.count("SELECT id FROM statuses WHERE content LIKE '%liked%'");
    alice.call("POST", &format!("/api/v1/statuses/{liked}/favourite"), None);
    let found = || {
        let found = alice.get("/api/v2/search?q=rosemary&type=statuses");
        let mut ids: Vec<i64> =
            found["statuses"].as_array().unwrap().iter().map(|s| id(s).parse().unwrap()).collect();
        ids.sort_unstable();
        ids
    };
    let mut both = vec![liked, id(&own).parse().unwrap()];
    both.sort_unstable();
    assert_eq!(found(), both);
    // As scripts/backup.mjs writes it.
    app.db.run(
        "CREATE TEMP TABLE kept AS SELECT id FROM status_search_docsize; DELETE FROM status_search;
         INSERT INTO status_search (rowid, text) SELECT id, '' FROM kept;
         INSERT OR REPLACE INTO settings (key, value) VALUES ('indexed_until', '0'), ('index_step', '120');
         INSERT OR REPLACE INTO settings (key, value) SELECT 'restored_until', max(id) FROM statuses;",
    );
    let indexed = app.count("SELECT count(*) AS n FROM status_search_docsize");
    assert_eq!(found(), Vec::<i64>::new());
    for _ in 0..20 {
        app.clock.advance(MINUTE);
        app.tick();
    }
    assert_eq!(found(), both);
    assert_eq!(app.count("SELECT count(*) AS n FROM status_search_docsize"), indexed);
    // Text that is there already is not written again.
    assert_eq!(app.count("SELECT count(*) AS n FROM status_search_docsize WHERE sz = x'00'"), 0);
}

#[test]
fn the_search_index_skips_a_status_that_ends_its_invocation() {
    let (app, ..) = scene();
    app.db.run("UPDATE accounts SET is_indexable = 1; UPDATE statuses SET content = '<p>short</p>', quote_of_id = NULL; DELETE FROM status_search");
    app.db.run(
        "INSERT OR REPLACE INTO settings (key, value) VALUES ('indexed_until', '1'), ('index_step', '120')",
    );
    app.clock.advance(10 * MINUTE);
    let stuck = app.count("SELECT id FROM statuses ORDER BY id LIMIT 1 OFFSET 2");
    let until = || app.count("SELECT CAST(value AS INTEGER) AS n FROM settings WHERE key = 'indexed_until'");
    for _ in 0..60 {
        let event = app.ready();
        // Every batch that contains that one fails.
        if until() < stuck {
            let step =
                app.count("SELECT CAST(value AS INTEGER) / 2 AS n FROM settings WHERE key = 'index_step'");
            let reaches = pollster::block_on(app.db.query(sori::platform::sql::Statement::new(
                "SELECT count(*) AS n FROM statuses WHERE id > (SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'indexed_until') AND id <= ?1",
            ).bind(stuck))).unwrap()[0].int("n").unwrap();
            if step >= reaches {
                app.db.fail_after(1, false);
            }
        }
        let _ = pollster::block_on(sori::jobs::tasks::index(&event));
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM status_search_docsize"), 29);
}
