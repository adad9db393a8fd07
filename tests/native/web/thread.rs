//! The page of a status with its thread, and the lists of a profile.

use serde_json::{Value, json};

use crate::app::{Person, TestApp, id, people};
use crate::browser::Browser;

fn page_of(status: &Value) -> String {
    status["url"].as_str().unwrap().trim_start_matches("https://a.example").to_owned()
}

/// Which of these texts stand within how many lists of answers, in the page's order.
fn outline(html: &str, texts: &[&str]) -> Vec<(String, usize)> {
    let mut places: Vec<(usize, &str)> = texts
        .iter()
        .map(|text| (html.find(&format!("<p>{text}</p>")).unwrap_or(usize::MAX), *text))
        .collect();
    places.sort_unstable();
    places
        .into_iter()
        .filter(|(at, _)| *at < usize::MAX)
        .map(|(at, text)| {
            let before = &html[..at];
            (
                text.to_owned(),
                before.matches("<ol class=\"answers\">").count() - before.matches("</ol>").count(),
            )
        })
        .collect()
}

#[test]
fn answers_stand_below_what_they_answer_and_deep_ones_say_whom() {
    let (app, alice, bob) = people();
    let names = ["root", "one", "two", "three", "four", "five", "six"];
    let mut last = alice.posts(names[0]);
    let root = last.clone();
    for (n, name) in names.iter().enumerate().skip(1) {
        app.clock.advance(1000);
        last = if n % 2 == 1 { &bob } else { &alice }.replies(&last, name);
    }
    app.clock.advance(1000);
    bob.replies(&root, "beside");
    let html = Browser::new(&app).get(&page_of(&root), "en");
    let expected = [
        ("root", 0),
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("four", 4),
        ("five", 4),
        ("six", 4),
        ("beside", 1),
    ];
    assert_eq!(
        outline(&html, &["root", "one", "two", "three", "four", "five", "six", "beside"]),
        expected.map(|(text, step)| (text.to_owned(), step))
    );
    assert!(html.contains("Answering @alice") && html.contains("Answering @bob"), "{html}");
    // Of the last one all others stand above.
    let html = Browser::new(&app).get(&page_of(&last), "en");
    assert_eq!(outline(&html, &names), names.map(|name| (name.to_owned(), 0)));
}

#[test]
fn of_a_private_answer_strangers_see_nothing_and_what_answers_it_is_still_there() {
    let (app, alice, bob) = people();
    let root = alice.posts("root");
    let hidden = bob.post(
        "/api/v1/statuses",
        json!({"status": "@alice hidden", "in_reply_to_id": id(&root), "visibility": "direct"}),
    );
    alice.post(
        "/api/v1/statuses",
        json!({"status": "open", "in_reply_to_id": id(&hidden), "visibility": "public"}),
    );
    let html = Browser::new(&app).get(&page_of(&root), "en");
    assert!(!html.contains(" hidden<"), "{html}");
    assert_eq!(outline(&html, &["open"]), [("open".to_owned(), 1)]);
    let own = Browser::of(&alice).get(&page_of(&root), "en");
    assert!(own.contains(" hidden<") && own.contains("Direct message"), "{own}");
}

#[test]
fn a_link_to_a_status_is_previewed_without_what_a_warning_covers() {
    let (app, alice, _) = people();
    let browser = Browser::new(&app);
    let plain = alice.posts("a \"fern\" & moss");
    let html = browser.get(&page_of(&plain), "en");
    assert!(
        html.contains("<meta property=\"og:description\" content=\"a &quot;fern&quot; &amp; moss\">"),
        "{html}"
    );
    assert!(html.contains("application/json+oembed"), "{html}");
    let covered = alice
        .post("/api/v1/statuses", json!({"status": "the killer is the gardener", "spoiler_text": "film"}));
    let html = browser.get(&page_of(&covered), "en");
    assert!(html.contains("<meta property=\"og:description\" content=\"film\">"), "{html}");
    assert_eq!(html.matches("gardener").count(), 1, "{html}");
}

#[test]
fn a_profile_has_its_posts_its_answers_and_its_media_by_pages() {
    let (app, alice, bob) = people();
    let other = bob.posts("of bob");
    let pinned = alice.posts("first of all");
    alice.act(&pinned, "pin");
    alice.replies(&other, "an answer");
    for n in 0..25 {
        app.clock.advance(1000);
        alice.posts(&format!("post {n}"));
    }
    let browser = Browser::new(&app);
    let first = browser.get("/@alice", "en");
    assert!(!first.contains("an answer"), "{first}");
    assert!(
        first.find("first of all").unwrap() < first.find("post 24").unwrap() && first.contains("Pinned"),
        "{first}"
    );
    assert_eq!(first.matches("<article").count(), 21);
    let next =
        first.split("rel=\"next\" href=\"https://a.example").nth(1).unwrap().split('"').next().unwrap();
    let second = browser.get(next, "en");
    assert!(second.contains("post 4<") && !second.contains("post 5<"), "{second}");
    // The pinned one stands in its own place there.
    assert!(
        second.contains("first of all") && !second.contains("Pinned") && !second.contains("rel=\"next\""),
        "{second}"
    );
    let with_replies = browser.get("/@alice/with_replies", "en");
    assert!(
        !with_replies.contains("Pinned") && with_replies.contains("aria-current=\"page\">Posts and replies"),
        "{with_replies}"
    );
    let media = browser.get("/@alice/media", "en");
    assert_eq!(media.matches("<article").count(), 0);
    assert!(media.contains("There is nothing here yet") || media.contains("class=\"lead\""), "{media}");
    for lost in ["/@nobody/media", "/@nobody/with_replies", "/@alice?max_id=x"] {
        assert!(browser.status(lost) >= 400, "{lost}");
    }
}

#[test]
fn the_posts_of_this_server_and_its_people() {
    let (app, alice, bob) = people();
    alice.posts("of alice");
    bob.post("/api/v1/statuses", json!({"status": "quietly", "visibility": "unlisted"}));
    alice.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"discoverable": true, "note": "ferns & <b>moss</b>"})),
    );
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": false})));
    let browser = Browser::new(&app);
    let local = browser.get("/public/local", "en");
    assert!(local.contains("of alice") && !local.contains("quietly") && local.contains("noindex"), "{local}");
    for _ in 0..3 {
        app.clock.advance(60_000 * 60);
        app.tick();
    }
    let people = browser.get("/directory", "en");
    assert!(people.contains("@alice@a.example") && !people.contains("@bob@"), "{people}");
    assert!(people.contains("ferns &amp; &lt;b&gt;moss&lt;/b&gt;"), "{people}");
    // Forty at a time, of whom cron has listed.
    let many: Vec<_> = (0..50).map(|n| format!("person{n}")).collect();
    for name in &many {
        app.person(name);
    }
    app.db.run(
        "UPDATE accounts SET is_discoverable = 1 WHERE domain_id IS NOT NULL AND username LIKE 'person%'",
    );
    for _ in 0..24 {
        app.clock.advance(60_000 * 60);
        app.tick();
    }
    let (first, second) = (browser.get("/directory", "en"), browser.get("/directory?offset=40", "en"));
    assert!(first.contains("href=\"/directory?offset=40\"") && !second.contains("rel=\"next\""), "{second}");
    let people = |page: &str| page.matches("<li class=\"who\">").count();
    assert_eq!((people(&first), people(&second)), (40, 12));
    // Search engines are told of those who want that.
    assert!(browser.get("/robots.txt", "en").contains("Sitemap: https://a.example/sitemap.xml"));
    let profile = "<loc>https://a.example/@alice</loc>";
    assert!(!browser.get("/sitemap.xml", "en").contains(profile));
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"indexable": true})));
    assert!(browser.get("/sitemap.xml", "en").contains(profile));
    let manifest: Value = serde_json::from_str(&browser.get("/manifest.webmanifest", "en")).unwrap();
    // A phone that has installed it offers it where apps share, and the form has what was shared.
    let target = &manifest["share_target"];
    assert_eq!((&target["method"], &manifest["display"]), (&json!("GET"), &json!("standalone")));
    assert_eq!(manifest["display_override"], json!(["minimal-ui"]));
    let named = |part: &str| target["params"][part].as_str().unwrap().to_owned();
    let action = target["action"].as_str().unwrap();
    let shared = format!("{action}?{}=a+fern&{}=https%3A%2F%2Fx.example%2F", named("title"), named("url"));
    let answer = browser.page(&shared);
    let to = crate::app::header(&answer, "location").to_owned();
    assert_eq!(answer.status, 303);
    assert!(to.starts_with("/compose?text=a+fern") && to.ends_with("https%3A%2F%2Fx.example%2F"), "{to}");
    assert_eq!((&manifest["name"], &manifest["start_url"]), (&json!("Sori at a.example"), &json!("/")));
}

#[test]
fn the_front_page_shows_what_is_new_and_about_tells_the_rules() {
    let (app, alice, bob) = people();
    alice.posts("of alice");
    bob.post("/api/v1/statuses", json!({"status": "among us", "visibility": "private"}));
    app.db.run("INSERT INTO rules (id, text, hint) VALUES (1, 'Be <kind>', 'to all')");
    app.db.run("INSERT INTO settings (key, value) VALUES ('extended_description', 'We grow #ferns.')");
    let browser = Browser::new(&app);
    let front = browser.get("/", "en");
    assert!(front.contains("of alice") && !front.contains("among us"), "{front}");
    assert!(!front.contains("Signed in as"), "{front}");
    assert!(
        Browser::of(&alice).get("/", "en").contains("Signed in as <a href=\"https://a.example/@alice\">")
    );
    let about = browser.get("/about", "en");
    for wanted in ["We grow", "Be &lt;kind&gt;", "to all", "3 people", "posts"] {
        assert!(about.contains(wanted), "{wanted}: {about}");
    }
    assert!(browser.get("/privacy-policy", "ko").contains("개인정보 처리방침"));
    assert_eq!(browser.status("/terms-of-service"), 404);
    assert!(!about.contains("/terms-of-service"), "{about}");
    app.db.run("INSERT INTO site_texts (id, kind, text, effective_at) VALUES (1, 'terms_of_service', 'Sixteen and older.', 0)");
    assert!(browser.get("/terms-of-service", "en").contains("Sixteen and older."));
    assert!(browser.get("/about", "en").contains("href=\"/terms-of-service\""));
}

#[test]
fn who_marked_a_status_and_its_versions_have_pages() {
    let (app, alice, bob) = people();
    let post = alice.posts("first words");
    bob.act(&post, "favourite");
    bob.act(&post, "reblog");
    app.clock.advance(60_000);
    alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&post)), Some(json!({"status": "second words"})));
    let (browser, page) = (Browser::new(&app), page_of(&post));
    let html = browser.get(&page, "en");
    for (path, wanted) in
        [("favourites", "@bob@a.example"), ("reblogs", "@bob@a.example"), ("edits", "first words")]
    {
        let there = format!("{page}/{path}");
        assert!(html.contains(&format!("href=\"https://a.example{there}\"")), "{path}: {html}");
        assert!(browser.get(&there, "en").contains(wanted), "{path}");
    }
    let versions = browser.get(&format!("{page}/edits"), "en");
    assert!(versions.find("second words").unwrap() < versions.find("first words").unwrap(), "{versions}");
    // Of what a reader may not see there is none of them, nor below another's name.
    let hidden = alice.post("/api/v1/statuses", json!({"status": "hidden", "visibility": "private"}));
    let of_another = page.replace("@alice", "@bob");
    for path in ["favourites", "reblogs", "edits"] {
        assert_eq!(browser.status(&format!("{}/{path}", page_of(&hidden))), 404, "{path}");
        assert_eq!(browser.status(&format!("{of_another}/{path}")), 404, "{path}");
    }
}

#[test]
fn what_quotes_a_status_has_a_page_and_its_author_takes_it_out() {
    let (app, alice, bob) = people();
    let post = alice.posts("quote me");
    let page = page_of(&post);
    let there = format!("{page}/quotes");
    let stranger = Browser::new(&app);
    assert!(!stranger.get(&page, "en").contains("/quotes\""), "nobody quotes it");
    let quote = |person: &Person, text: &str, visibility: &str| {
        let body = json!({"status": text, "quoted_status_id": id(&post), "visibility": visibility});
        person.post("/api/v1/statuses", body)
    };
    let open = quote(&bob, "look at <that>", "public");
    let hidden = quote(&bob, "among us", "private");
    let html = stranger.get(&page, "en");
    assert!(html.contains(&format!("href=\"https://a.example{there}\">1 quote</a>")), "{html}");
    let html = stranger.get(&there, "en");
    assert!(html.contains("look at &lt;that&gt;") && !html.contains("among us"), "{html}");
    assert!(!html.contains("<form") && html.contains("noindex"), "{html}");
    // Who has written it may take it out; nobody else may, and of nothing else.
    let (author, other) = (Browser::of(&alice), Browser::of(&bob));
    let token = author.token(&there);
    assert!(author.get(&there, "en").contains(&format!("name=\"quoting\" value=\"{}\"", id(&open))));
    assert!(!other.get(&there, "en").contains("name=\"quoting\""));
    let send = |browser: &Browser, token: &str, quoting: &str| {
        browser.send("POST", &there, &format!("form={token}&quoting={quoting}"), "en").status
    };
    let own = bob.posts("mine");
    for (quoting, status) in [(id(&own), 404), (id(&hidden), 404), ("x", 404), ("", 404)] {
        assert_eq!(send(&author, &token, quoting), status, "{quoting}");
    }
    assert_eq!((send(&other, &token, id(&open)), send(&author, "1.x", id(&open))), (403, 403));
    assert_eq!(send(&stranger, "", id(&open)), 303);
    assert_eq!(bob.get(&format!("/api/v1/statuses/{}", id(&open)))["quote"]["state"], "accepted");
    assert_eq!(send(&author, &token, id(&open)), 303);
    assert_eq!(bob.get(&format!("/api/v1/statuses/{}", id(&open)))["quote"]["state"], "revoked");
    assert!(!stranger.get(&there, "en").contains("look at"));
    // Of what a reader may not see there is none, nor below another's name.
    let private = alice.post("/api/v1/statuses", json!({"status": "hidden", "visibility": "private"}));
    assert_eq!(stranger.status(&format!("{}/quotes", page_of(&private))), 404);
    assert_eq!(stranger.status(&there.replace("@alice", "@bob")), 404);
}

#[test]
fn the_front_page_of_one_person_is_their_profile() {
    let app = TestApp::alone();
    let owner = app.person("owner");
    owner.posts("of the owner");
    let stranger = Browser::new(&app);
    let front = stranger.get("/", "en");
    assert!(front.contains("of the owner") && front.contains("class=\"profile\""), "{front}");
    assert!(front.contains("href=\"/about\"") && front.matches("<h1").count() == 1, "{front}");
    assert!(Browser::of(&owner).get("/", "en").contains("of the owner"));
    // What it is about has its own page, with what an app is told.
    assert!(stranger.get("/about", "en").contains(">a.example</span>"));
    let alice = app.person("alice");
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": true})));
    alice.posts("of alice");
    for _ in 0..3 {
        app.clock.advance(60_000 * 60);
        app.tick();
    }
    let front = stranger.get("/", "en");
    assert!(!front.contains("class=\"profile\"") && front.contains("of alice"), "{front}");
    assert!(front.contains("title=\"@alice@a.example\""), "{front}");
    // The operator chooses.
    app.write("INSERT INTO settings (key, value) VALUES ('front', 'profile')");
    app.clock.advance(2 * 60_000);
    assert!(stranger.get("/", "en").contains("class=\"profile\""));
}
