//! The archive of one's own posts and files: what is in it, who gets it, and what it costs.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sori::app::{MAX_REQUESTS, MAX_STATEMENTS};
use sori::http::request::Request;
use sori::http::response::Response;
use sori::jobs::message::Message;
use sori::model::id::Id;
use sori::model::ledger::{Measure, Source, Usage};
use sori::model::time::{DAY, MINUTE};
use sori::platform::sql::Cost;
use sori::services;
use sori::store;

use crate::api::media::png;
use crate::app::{Person, TestApp, header, id, people, settle, wait};
use crate::browser::Browser;

const PAGE: &str = "/settings/takeout";

fn start(browser: &Browser) -> Response {
    browser.submit(PAGE, PAGE, &[("action", "start")])
}

/// The files of an archive in order, read as a stream, by what stands before each of them; the directory must say the same.
fn unzipped(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let short = |at: usize| usize::from(u16::from_le_bytes(archive[at..at + 2].try_into().unwrap()));
    let long = |at: usize| u32::from_le_bytes(archive[at..at + 4].try_into().unwrap());
    let (mut at, mut files, mut places) = (0, Vec::new(), Vec::new());
    while long(at) == 0x0403_4b50 {
        let (crc, size, name) = (long(at + 14), long(at + 22) as usize, short(at + 26));
        assert_eq!((short(at + 8), long(at + 18) as usize, short(at + 28)), (0, size, 0), "stored");
        let content = archive[at + 30 + name..at + 30 + name + size].to_vec();
        let name = String::from_utf8(archive[at + 30..at + 30 + name].to_vec()).unwrap();
        assert_eq!(crc, sori::model::zip::checksum(&content), "{name}");
        places.push((at, crc));
        at += 30 + name.len() + size;
        files.push((name, content));
    }
    let directory = at;
    for ((name, content), (place, crc)) in files.iter().zip(places) {
        assert_eq!(long(at), 0x0201_4b50, "{name}");
        assert_eq!(
            (long(at + 16), long(at + 24) as usize, long(at + 42) as usize),
            (crc, content.len(), place)
        );
        assert_eq!(&archive[at + 46..at + 46 + short(at + 28)], name.as_bytes());
        at += 46 + short(at + 28);
    }
    assert_eq!((long(at), short(at + 10)), (0x0605_4b50, files.len()));
    assert_eq!((long(at + 12) as usize, long(at + 16) as usize), (at - directory, directory));
    assert_eq!(archive.len(), at + 22);
    files
}

fn download(browser: &Browser, name: &str) -> BTreeMap<String, Vec<u8>> {
    let answer = browser.page(&format!("{PAGE}/{name}"));
    assert_eq!((answer.status, header(&answer, "content-type")), (200, "application/zip".into()), "{name}");
    let files = unzipped(&answer.body);
    if let Ok(folder) = std::env::var("SORI_ZIP") {
        std::fs::write(format!("{folder}/{name}"), &answer.body).unwrap();
    }
    let count = files.len();
    let files: BTreeMap<_, _> = files.into_iter().collect();
    assert_eq!(files.len(), count, "each name once");
    files
}

fn json_of(files: &BTreeMap<String, Vec<u8>>, name: &str) -> Value {
    serde_json::from_slice(&files[name]).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn upload(person: &Person, name: &str, bytes: &[u8]) -> Value {
    let file = [("file", Some(name), bytes)];
    let answer = person.app.send_form("POST", "/api/v2/media", Some(&person.token), &file);
    serde_json::from_slice(&answer.body).unwrap()
}

fn posts(person: &Person, status: Value) -> Value {
    person.app.clock.advance(1000);
    person.post("/api/v1/statuses", status)
}

/// The whole files of takeouts that are stored.
fn stored(app: &TestApp) -> usize {
    app.blobs.keys().iter().filter(|key| key.ends_with("-takeout")).count()
}

/// `count` posts of alice with some words each, from some time ago.
fn many(app: &TestApp, alice: &Person, count: usize, words: usize) {
    let base = Id::floor(app.clock.now().0 - 100 * DAY).0;
    app.db.run(&format!(
        "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, content, created_at) \
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         SELECT {base} + i * 4096, 'https://a.example/users/alice/statuses/' || i, 'https://a.example/@alice/' || i, {id}, 1, 0, \
         '<p>' || i || replace(hex(zeroblob({words})), '00', ' \"word\"') || '</p>', 0 FROM n",
        id = alice.id
    ));
}

#[test]
fn an_archive_has_everything_and_only_its_owner_gets_it() {
    let (app, alice, bob) = people();
    let pictures = [("avatar", Some("a.png"), &*png(9, 9)), ("header", Some("h.png"), &*png(30, 10))];
    app.send_form("PATCH", "/api/v1/accounts/update_credentials", Some(&alice.token), &pictures);
    let theirs = posts(&bob, json!({"status": "of bob"}));
    let hidden = posts(&bob, json!({"status": "SECRET of bob", "visibility": "direct"}));
    let file = upload(&alice, "a.png", &png(3, 2));
    alice.ok("PUT", &format!("/api/v1/media/{}", id(&file)), Some(json!({"description": "a fern"})));
    let first = posts(&alice, json!({"status": "one \"quoted\" 글 #fern", "language": "ko"}));
    for visibility in ["unlisted", "private", "direct"] {
        posts(&alice, json!({"status": format!("@bob {visibility}"), "visibility": visibility}));
    }
    posts(&alice, json!({"status": "@bob a reply", "in_reply_to_id": id(&theirs)}));
    let with_file =
        posts(&alice, json!({"status": "behind it", "spoiler_text": "tea", "media_ids": [id(&file)]}));
    posts(&alice, json!({"status": "which?", "poll": {"options": ["tea", "coffee"], "expires_in": 600}}));
    app.clock.advance(1000);
    alice.act(&theirs, "reblog");
    alice.act(&theirs, "favourite");
    alice.act(&first, "bookmark");
    alice.follows(&bob);
    app.db.run(&format!(
        "INSERT INTO favourites (status_id, account_id, id, uri) VALUES ({}, {}, 5, 'x')",
        id(&hidden),
        alice.id
    ));
    // Of a file that waits for a post nothing is in it, nor of posts that come later.
    upload(&alice, "b.png", &png(5, 5));
    settle(&[&app]);

    let browser = Browser::of(&alice);
    assert!(browser.get("/settings/export", "en").contains("There is none yet."));
    let answer = start(&browser);
    assert_eq!((answer.status, answer.header("location")), (303, Some("/settings/takeout?watch=1")));
    posts(&alice, json!({"status": "too late"}));
    settle(&[&app]);
    let page = browser.get(PAGE, "en");
    assert!(
        page.contains("href=\"/settings/takeout/archive.zip\"") && page.contains("8 posts · 1 files"),
        "{page}"
    );
    assert!(page.contains("Ready to download until 2026-") && !page.contains("Could not"), "{page}");
    assert!(browser.get(PAGE, "ko").contains("까지 내려받을 수 있어요"));
    assert!(browser.get("/settings/export", "en").contains("Ready to download until"));

    let files = download(&browser, "archive.zip");
    let url = with_file["media_attachments"][0]["url"].as_str().unwrap();
    let name = url.rsplit_once('/').unwrap().1;
    let path = format!("media_attachments/files/{name}");
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    let mut wanted = vec![
        "actor.json",
        "avatar.jpg",
        "blocked_accounts.csv",
        "blocked_domains.csv",
        "bookmarks.csv",
        "bookmarks.json",
        "followers.csv",
        "following_accounts.csv",
        "follows.opml",
        "header.jpg",
        "likes.json",
        "lists.csv",
        "muted_accounts.csv",
        "outbox.json",
    ];
    wanted.insert(13, &path);
    wanted.sort_unstable();
    assert_eq!(names, wanted);
    assert_eq!(
        files[&path],
        app.request("GET", url.strip_prefix("https://a.example").unwrap(), None, None).body
    );

    let outbox = json_of(&files, "outbox.json");
    assert_eq!(
        (&outbox["id"], &outbox["type"], &outbox["totalItems"]),
        (&json!("outbox.json"), &json!("OrderedCollection"), &json!(8))
    );
    assert!(outbox["@context"].is_array());
    let items = outbox["orderedItems"].as_array().unwrap();
    // The oldest first, each as it was sent.
    let types: Vec<_> = items.iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["Create", "Create", "Create", "Create", "Create", "Create", "Create", "Announce"]);
    assert_eq!(items[0]["object"]["id"], first["uri"]);
    assert!(items[0]["object"]["content"].as_str().unwrap().contains("글"));
    assert_eq!(items[0]["object"]["contentMap"]["ko"], items[0]["object"]["content"]);
    assert_eq!(items[4]["object"]["inReplyTo"], theirs["uri"]);
    assert_eq!(
        (&items[5]["object"]["summary"], &items[5]["object"]["attachment"][0]["name"]),
        (&json!("tea"), &json!("a fern"))
    );
    assert_eq!(items[5]["object"]["attachment"][0]["url"], json!(path));
    assert_eq!((&items[6]["object"]["type"], &items[7]["object"]), (&json!("Question"), &theirs["uri"]));
    assert_eq!(items[2]["to"], json!(["https://a.example/users/alice/followers"]));
    let text = String::from_utf8(files["outbox.json"].clone()).unwrap();
    assert!(!text.contains("too late") && !text.contains("SECRET"));

    let actor = json_of(&files, "actor.json");
    assert_eq!((&actor["icon"]["url"], &actor["image"]["url"]), (&json!("avatar.jpg"), &json!("header.jpg")));
    assert_eq!(
        (&actor["outbox"], &actor["likes"], &actor["bookmarks"]),
        (&json!("outbox.json"), &json!("likes.json"), &json!("bookmarks.json"))
    );
    assert!(actor["publicKey"]["publicKeyPem"].as_str().unwrap().starts_with("-----BEGIN PUBLIC KEY"));
    assert!(
        !text.contains("PRIVATE KEY")
            && !String::from_utf8_lossy(&files["actor.json"]).contains("PRIVATE KEY")
    );
    // What is hidden is not named.
    let likes = json_of(&files, "likes.json");
    assert_eq!((&likes["orderedItems"], &likes["totalItems"]), (&json!([theirs["uri"]]), &json!(1)));
    assert_eq!(json_of(&files, "bookmarks.json")["orderedItems"], json!([first["uri"]]));
    for name in ["following_accounts.csv", "lists.csv", "bookmarks.csv", "follows.opml"] {
        let exported = browser.get(&format!("/settings/export/{name}"), "en");
        assert_eq!(String::from_utf8_lossy(&files[name]), exported, "{name}");
    }

    // Only its owner, and only what is there.
    assert_eq!(Browser::of(&bob).status("/settings/takeout/archive.zip"), 404);
    assert_eq!(Browser::new(&app).status("/settings/takeout/archive.zip"), 303);
    assert_eq!(Browser::new(&app).status(PAGE), 303);
    for name in ["archive-1.zip", "archive-2.zip", "archive", "outbox.json"] {
        assert_eq!(browser.status(&format!("{PAGE}/{name}")), 404, "{name}");
    }
}

/// A part of the archive, as a download goes on.
fn part(app: &TestApp, browser: &Browser, method: &str, headers: &[(&str, &str)]) -> Response {
    let mut request =
        Request { method: method.into(), path: "/settings/takeout/archive.zip".into(), ..Request::default() };
    request.headers.add("cookie", format!("__Host-sori={}", browser.cookie("__Host-sori").unwrap()));
    for (name, value) in headers {
        request.headers.add(name, *value);
    }
    app.send(request)
}

#[test]
fn a_download_that_broke_off_goes_on() {
    let (app, alice, _) = people();
    let file = upload(&alice, "a.png", &png(30, 20));
    posts(&alice, json!({"status": "x", "media_ids": [id(&file)]}));
    let browser = Browser::of(&alice);
    start(&browser);
    settle(&[&app]);
    let whole = part(&app, &browser, "GET", &[]);
    let (tag, size) = (header(&whole, "etag"), whole.body.len());
    assert_eq!((whole.status, header(&whole, "accept-ranges")), (200, "bytes".into()));
    assert!(
        header(&whole, "content-disposition").starts_with("attachment; filename=\"2026"),
        "{:?}",
        whole.headers
    );
    assert!(header(&whole, "cache-control").contains("no-store"));
    let first = part(&app, &browser, "GET", &[("range", "bytes=0-999")]);
    let rest = part(&app, &browser, "GET", &[("range", "bytes=1000-"), ("if-range", &tag)]);
    assert_eq!((first.status, rest.status), (206, 206));
    assert_eq!(header(&rest, "content-range"), format!("bytes 1000-{}/{size}", size - 1));
    assert_eq!([first.body, rest.body].concat(), whole.body);
    assert!(unzipped(&whole.body).iter().any(|(name, _)| name.starts_with("media_attachments")));
    assert_eq!(part(&app, &browser, "GET", &[("range", &format!("bytes={size}-"))]).status, 416);
    // Another archive is sent from its beginning.
    let other = part(&app, &browser, "GET", &[("range", "bytes=1000-"), ("if-range", "\"x\"")]);
    assert_eq!((other.status, &other.body), (200, &whole.body));
    let head = part(&app, &browser, "HEAD", &[("range", "bytes=1000-")]);
    assert_eq!((head.status, head.body.len(), header(&head, "etag")), (200, 0, tag.clone()));

    // What is deleted meanwhile is not in it any more, and a file that is lost makes nothing else unreadable.
    let key = app.blobs.keys().into_iter().find(|key| key.ends_with("-0")).unwrap();
    pollster::block_on(app.blobs.delete(&[key])).unwrap();
    assert_eq!(part(&app, &browser, "GET", &[]).body.len(), size);
    app.db.run("UPDATE media SET owner_id = NULL");
    let less = part(&app, &browser, "GET", &[]);
    assert_eq!(less.status, 200);
    assert!(!unzipped(&less.body).iter().any(|(name, _)| name.starts_with("media_attachments")));
    assert_ne!(header(&less, "etag"), tag);
}

#[test]
fn one_a_week_is_kept_for_a_week_and_can_be_deleted() {
    let (app, alice, bob) = people();
    many(&app, &alice, 60, 1000);
    let browser = Browser::of(&alice);
    start(&browser);
    // The page says how far it is.
    let page = browser.page("/settings/takeout?watch=1");
    assert_eq!(header(&page, "refresh"), "20");
    settle(&[&app]);
    assert_eq!(stored(&app), 1);
    assert!(!browser.get(PAGE, "en").contains("Make an archive"));
    let again = start(&browser);
    assert_eq!(again.status, 422);
    assert!(String::from_utf8(again.body).unwrap().contains("another one from 2026-09-28"));
    let daily = |app: &TestApp| {
        app.clock.advance(DAY - app.clock.now().0 % DAY + 35 * MINUTE);
        app.tick();
        for _ in 0..3 {
            app.clock.advance(DAY / 48 - app.clock.now().0 % (DAY / 48) + 25 * MINUTE);
            app.tick();
        }
    };
    for _ in 0..6 {
        daily(&app);
    }
    let browser = Browser::of(&alice);
    assert_eq!(browser.status("/settings/takeout/archive.zip"), 200);
    daily(&app);
    daily(&app);
    assert_eq!((browser.status("/settings/takeout/archive.zip"), stored(&app)), (404, 0));
    assert_eq!(
        app.count("SELECT (SELECT count(*) FROM takeouts) + (SELECT count(*) FROM takeout_pieces) AS n"),
        0
    );

    // Deleted by its owner: at once, and the next one still waits for its week.
    assert_eq!(start(&browser).status, 303);
    settle(&[&app]);
    assert_eq!(browser.status("/settings/takeout/archive.zip"), 200);
    assert_eq!(browser.submit(PAGE, PAGE, &[("action", "delete")]).status, 303);
    assert_eq!(browser.status("/settings/takeout/archive.zip"), 404);
    assert_eq!(app.count("SELECT count(*) AS n FROM takeout_pieces"), 0);
    let page = browser.get(PAGE, "en");
    assert!(page.contains("another one from") && !page.contains("Make an archive"), "{page}");
    daily(&app);
    assert_eq!(stored(&app), 0);
    app.clock.advance(7 * DAY);
    let browser = Browser::of(&alice);
    assert_eq!(start(&browser).status, 303);
    settle(&[&app]);
    assert_eq!(stored(&app), 1);

    // The account takes it along. One that is under way ends.
    let other = Browser::of(&bob);
    start(&other);
    other.submit(PAGE, PAGE, &[("action", "delete")]);
    settle(&[&app]);
    assert!(!other.get(PAGE, "en").contains("archive.zip"));
    // Whoever has ended one before it was there may have another one on the next day.
    assert!(!other.get(PAGE, "en").contains("Make an archive"));
    app.clock.advance(DAY);
    assert_eq!(start(&Browser::of(&bob)).status, 303);
    settle(&[&app]);
    assert_eq!(Browser::of(&bob).status("/settings/takeout/archive.zip"), 200);
    Browser::of(&bob).submit(PAGE, PAGE, &[("action", "delete")]);
    let browser = Browser::of(&alice);
    let form = [("password", crate::app::PASSWORD), ("handle", "alice"), ("confirm", "alice")];
    let gone = browser.submit("/settings/delete", "/settings/delete", &form);
    assert!(matches!(gone.status, 200 | 303), "{}", String::from_utf8_lossy(&gone.body));
    settle(&[&app]);
    daily(&app);
    assert_eq!((stored(&app), app.count("SELECT count(*) AS n FROM takeouts WHERE is_deleted = 0")), (0, 0));
}

#[test]
fn no_more_are_made_than_there_is_room_for() {
    let (app, alice, bob) = people();
    let busy = |app: &TestApp, sql: &str| {
        app.db.run("DELETE FROM takeouts; DELETE FROM jobs");
        app.db.run(sql);
        let answer = start(&Browser::of(&alice));
        answer.status
    };
    let under_way = "INSERT INTO accounts (id, username, domain, uri, url, created_at) VALUES (71, 'x', 'c.example', 'x', 'x', 0), (72, 'y', 'c.example', 'y', 'y', 0);
        INSERT INTO takeouts (id, account_id, created_at, total) VALUES (1, 71, 0, 1), (2, 72, 0, 1)";
    assert_eq!(busy(&app, under_way), 303);
    let one_more = format!(
        "INSERT INTO takeouts (id, account_id, created_at, total) VALUES (1, 71, 0, 1), (2, 72, 0, 1), (3, {}, 0, 1)",
        bob.id
    );
    assert_eq!(busy(&app, &one_more), 422);
    let full = "INSERT INTO takeouts (id, account_id, created_at, total, text, ready_at) VALUES (1, 71, 0, 1, 200000000, 1)";
    assert_eq!(busy(&app, full), 422);
}

#[test]
fn one_that_cannot_be_finished_ends_and_room_is_reserved_for_those_under_way() {
    let (app, alice, _) = people();
    let accounts = "INSERT INTO accounts (id, username, domain, uri, url, created_at) VALUES (71, 'x', 'c.example', 'x', 'x', 0)";
    app.db.run(accounts);
    // It has 90,000 posts to write, which is more than all takeouts may have.
    let now = app.clock.now().0;
    app.db.run(&format!(
        "INSERT INTO takeouts (id, account_id, created_at, total) VALUES (1, 71, {now}, 90000)"
    ));
    assert_eq!(start(&Browser::of(&alice)).status, 422);
    let tidy = || pollster::block_on(services::takeout::tidy(&app.ready())).unwrap();
    let kept = || app.count("SELECT count(*) AS n FROM takeouts WHERE id = 1");
    app.clock.advance(7 * DAY - MINUTE);
    tidy();
    assert_eq!(kept(), 1);
    app.clock.advance(2 * MINUTE);
    tidy();
    assert_eq!(kept(), 0);
    assert_eq!(start(&Browser::of(&alice)).status, 303);
}

/// Runs what waits, and answers the cost of each invocation of the queue.
fn costs(app: &TestApp) -> Vec<Cost> {
    let mut all = Vec::new();
    while let Some(message) = app.queue.take() {
        let event = app.ready();
        let before = event.cost();
        pollster::block_on(sori::jobs::run::consume(&event, &[message]));
        let cost = event.cost();
        assert_eq!(before.statements, 0);
        all.push(cost);
    }
    all
}

#[test]
fn thousands_of_posts_are_written_in_small_steps() {
    let (app, alice, _) = people();
    many(&app, &alice, 2_000, 60);
    let browser = Browser::of(&alice);
    start(&browser);
    let begun = std::time::Instant::now();
    let steps = costs(&app);
    let took = begun.elapsed();
    for cost in &steps {
        assert!(cost.statements <= MAX_STATEMENTS && cost.requests() <= MAX_REQUESTS, "{cost:?}");
        assert!(cost.rows_read <= 1_500 && cost.blob_writes <= 1, "{cost:?}");
    }
    let sum = |of: fn(&Cost) -> u64| steps.iter().map(of).sum::<u64>();
    println!(
        "2,000 posts: {} steps, {} rows read, {} rows written, {} operations, {} files; {took:?}",
        steps.len(),
        sum(|c| c.rows_read),
        sum(|c| c.rows_written),
        sum(|c| c.queue_operations.into()),
        sum(|c| c.blob_writes.into()),
    );
    settle(&[&app]);
    let page = browser.get(PAGE, "en");
    assert!(page.contains("archive.zip"), "{page}");
    let files = download(&browser, "archive.zip");
    println!("{} bytes of posts", files["outbox.json"].len());
    let outbox = json_of(&files, "outbox.json");
    assert_eq!(
        (outbox["orderedItems"].as_array().unwrap().len(), &outbox["totalItems"]),
        (2_000, &json!(2_000))
    );
    assert_eq!(outbox["orderedItems"][1_999]["object"]["url"], "https://a.example/@alice/2000");
    // A megabyte is a file; little is left in the database.
    let megabytes = files["outbox.json"].len() / 1_000_000;
    assert!(
        megabytes >= 3 && (megabytes * 4 / 5..=megabytes + 1).contains(&stored(&app)),
        "{} {megabytes}",
        stored(&app)
    );
    assert!(app.count("SELECT sum(length(text)) AS n FROM takeout_pieces") < 100_000);
    assert!(sum(|c| c.rows_written) < 1_000 && sum(|c| c.queue_operations.into()) < 3 * 80);
}

#[test]
fn the_last_writes_of_a_day_are_for_uploads() {
    let (app, alice, _) = people();
    many(&app, &alice, 60, 1000);
    let event = app.ready();
    let mut used = Usage::default();
    used.add(Measure::FileWrites, 800);
    event.shared.ledger.borrow_mut().add(Source::Files, &used, event.now());
    pollster::block_on(services::ledger::write(&event)).unwrap();
    event.shared.forget_site();
    let browser = Browser::of(&alice);
    start(&browser);
    for _ in 0..20 {
        while app.consume_one() {}
        wait(&app, 5 * MINUTE);
    }
    assert_eq!((stored(&app), browser.get(PAGE, "en").contains("archive.zip")), (0, false));
    app.clock.advance(DAY);
    settle(&[&app]);
    assert_eq!((stored(&app), Browser::of(&alice).get(PAGE, "en").contains("archive.zip")), (1, true));
}

#[test]
fn the_last_reads_of_a_day_are_for_pictures_that_somebody_looks_at() {
    let (app, alice, _) = people();
    for n in 0..3 {
        let file = upload(&alice, "a.png", &png(2, 2));
        posts(&alice, json!({"status": format!("post {n}"), "media_ids": [id(&file)]}));
    }
    let browser = Browser::of(&alice);
    start(&browser);
    settle(&[&app]);
    assert!(download(&browser, "archive.zip").len() > 3);
    let event = app.ready();
    let uses = |count: i64| {
        let mut used = Usage::default();
        used.add(Measure::FileReads, count);
        event.shared.ledger.borrow_mut().add(Source::Files, &used, event.now());
        pollster::block_on(services::ledger::write(&event)).unwrap();
        event.shared.forget_site();
    };
    // Its three files would be read beyond what downloads may take.
    uses(79_998);
    let refused = browser.page(&format!("{PAGE}/archive.zip"));
    assert_eq!((refused.status, refused.header("retry-after").is_some()), (503, true));
    // A range of it reads none of them.
    let head = part(&app, &browser, "GET", &[("range", "bytes=0-9")]);
    assert_eq!((head.status, head.body.len()), (206, 10));
    uses(10);
    assert_eq!(part(&app, &browser, "GET", &[("range", "bytes=0-9")]).status, 206);
    app.clock.advance(DAY);
    event.shared.forget_site();
    assert_eq!(Browser::of(&alice).status(&format!("{PAGE}/archive.zip")), 200);
}

#[test]
fn many_files_are_several_archives_each_whole() {
    let (app, alice, _) = people();
    many(&app, &alice, 1_001, 1);
    // Each post has a file of ten zeros, which is what is sent of one that is lost.
    let crc = sori::model::zip::checksum(&[0; 10]);
    app.db.run(&format!(
        "INSERT INTO media (id, account_id, purpose, owner_id, keys, file) SELECT id, account_id, 'attachment', id, '[]', \
         json_object('name', substr('{letters}' || id, -26) || '-0.png', 'size', 10, 'crc', {crc}) FROM statuses; \
         UPDATE statuses SET media = json_array(json_object('kind', 'image', 'media_type', 'image/png', \
         'url', 'https://a.example/media/' || substr('{letters}' || id, -26) || '-0.png'))",
        letters = "a".repeat(26)
    ));
    let browser = Browser::of(&alice);
    start(&browser);
    settle(&[&app]);
    let page = browser.get(PAGE, "en");
    assert!(
        page.contains("archive-1.zip") && page.contains("archive-2.zip") && !page.contains("archive.zip"),
        "{page}"
    );
    let mut urls = Vec::new();
    for (name, posts) in [("archive-1.zip", 900), ("archive-2.zip", 101)] {
        let begun = std::time::Instant::now();
        let files = download(&browser, name);
        println!("{name}: {:?}, {:?}", begun.elapsed(), app.cost.borrow());
        let outbox = json_of(&files, "outbox.json");
        let items = outbox["orderedItems"].as_array().unwrap();
        assert_eq!((items.len(), &outbox["totalItems"]), (posts, &json!(posts)), "{name}");
        assert!(files.contains_key("actor.json") && files.contains_key("likes.json"));
        for item in items {
            urls.push(item["object"]["id"].clone());
            let path = item["object"]["attachment"][0]["url"].as_str().unwrap();
            assert_eq!(files[path], [0; 10]);
        }
        assert_eq!(files.keys().filter(|name| name.starts_with("media_attachments/")).count(), posts);
    }
    assert_eq!(urls.len(), 1_001);
}

#[test]
fn nothing_ends_it() {
    let (app, alice, _) = people();
    many(&app, &alice, 300, 60);
    // Rows that cannot be read, and files without a checksum.
    let file = upload(&alice, "a.png", &png(3, 2));
    let unknown = posts(&alice, json!({"status": "x", "media_ids": [id(&file)]}));
    app.db.run(&format!(
        "UPDATE statuses SET tags = '{{' WHERE id % 7 = 0 AND id < {0}; UPDATE media SET file = json_remove(file, '$.crc') WHERE owner_id = {0}; \
         INSERT INTO media (id, account_id, purpose, owner_id, keys, file) VALUES (1, {1}, 'attachment', {0}, '[', 'x')",
        id(&unknown),
        alice.id
    ));
    let broken = app.count("SELECT count(*) AS n FROM statuses WHERE tags = '{'");
    assert!(broken > 10);
    let browser = Browser::of(&alice);
    // The storage refuses for a day, the database now and then; two do the same step.
    app.blobs.fail(true);
    start(&browser);
    while app.consume_one() {}
    for n in 0..40 {
        app.db.fail_after(n % 5, n % 2 == 0);
        wait(&app, 5 * MINUTE);
        while app.consume_one() {}
    }
    assert!(!browser.get(PAGE, "en").contains("archive.zip"));
    app.blobs.fail(false);
    app.clock.advance(DAY);
    let job = app.count("SELECT id AS n FROM jobs WHERE kind = 'takeout'");
    for _ in 0..3 {
        pollster::block_on(app.queue.send(vec![Message::Run(Id(job)).to_json()])).unwrap();
        app.consume_one();
    }
    settle(&[&app]);
    let files = download(&Browser::of(&alice), "archive.zip");
    let outbox = json_of(&files, "outbox.json");
    assert_eq!(outbox["orderedItems"].as_array().unwrap().len() as i64, 301 - broken);
    assert_eq!(outbox["totalItems"], 301 - broken);
    let last = outbox["orderedItems"].as_array().unwrap().last().unwrap();
    assert_eq!(last["object"]["attachment"][0]["url"], unknown["media_attachments"][0]["url"]);

    // Who is second at a step writes nothing.
    let event = app.ready();
    app.db.run("UPDATE takeouts SET ready_at = NULL, file = 'outbox.json'");
    let known = pollster::block_on(store::load(&event.db, store::takeouts::of(alice.id))).unwrap().unwrap();
    let piece =
        |text: &str| sori::model::takeout::Piece { volume: 1, name: "outbox.json".into(), text: text.into() };
    let save = |text: &str, writer: i64| {
        let batch = store::takeouts::save(&known, &[piece(text), piece(text)], Id(writer));
        pollster::block_on(store::write(&event.db, batch)).unwrap()[0].len()
    };
    assert_eq!((save("first", 1), save("second", 2)), (1, 0));
    assert_eq!(app.count("SELECT count(*) AS n FROM takeout_pieces WHERE text = 'first'"), 2);
    assert_eq!(app.count("SELECT count(*) AS n FROM takeout_pieces WHERE text = 'second'"), 0);
}

#[test]
fn what_ends_its_invocation_is_left_out_at_last() {
    let (app, alice, _) = people();
    many(&app, &alice, 3, 1);
    let browser = Browser::of(&alice);
    start(&browser);
    settle(&[&app]);
    assert!(!browser.get(PAGE, "en").contains("Could not be written"));
    // Attempts that ended without a word, at its beginning and then at the first post.
    let again = |attempts: u32, file: &str| {
        app.db.run(&format!(
            "DELETE FROM takeout_pieces; \
             UPDATE takeouts SET ready_at = NULL, file = '{file}', cursor = 0, volumes = '[]', done = 0; \
             INSERT INTO jobs (id, kind, subject, context, attempts, next_attempt_at) \
             SELECT 1, 'takeout', CAST(id AS TEXT), CAST(account_id AS TEXT), {attempts}, 0 FROM takeouts"
        ));
        wait(&app, MINUTE);
        settle(&[&app]);
        let page = browser.get(PAGE, "en");
        let left_out = page
            .split("Could not be written: ")
            .nth(1)
            .map(|rest| rest.split('<').next().unwrap().to_owned());
        (left_out, download(&browser, "archive.zip"))
    };
    let (left_out, files) = again(2, "lists.csv");
    assert_eq!((left_out.as_deref(), files.contains_key("lists.csv")), (Some("1"), false));
    app.db.run("UPDATE takeouts SET left_out = 0");
    let (left_out, files) = again(6, "outbox.json");
    let outbox = json_of(&files, "outbox.json");
    assert_eq!((left_out.as_deref(), &outbox["totalItems"]), (Some("1"), &json!(2)));
    assert_eq!(outbox["orderedItems"][0]["object"]["url"], "https://a.example/@alice/2");
}
