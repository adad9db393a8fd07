//! The page of a profile.

use serde_json::json;

use crate::api::media::png;
use crate::app::{Person, TestApp, id, people};
use crate::browser::Browser;

#[test]
fn counts_agree_in_number() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let browser = Browser::new(&app);
    let shows = |language: &str, text: &str| {
        let page = browser.get("/@alice", language);
        let page = page.replace("</a>", "").replace("<a href=\"https://a.example/@alice/following\">", "");
        let page = page.replace("<a href=\"https://a.example/@alice/followers\">", "");
        assert!(page.contains(text), "{text} in {page}");
    };
    shows("en", "0 posts · 0 following · 0 followers");
    alice.posts("one");
    shows("en", "1 post · 0 following · 0 followers");
    shows("ko", "글 1 · 팔로잉 0 · 팔로워 0");
}

#[test]
fn a_title_shows_the_warning_and_not_what_is_behind_it() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let browser = Browser::new(&app);
    let title = |post: &serde_json::Value| {
        let page = browser.get(&format!("/@alice/{}", id(post)), "en");
        page.split("<title>").nth(1).unwrap().split("</title>").next().unwrap().to_owned()
    };
    let warned = alice
        .post("/api/v1/statuses", json!({"status": "the butler did it", "spoiler_text": "book <3 & film"}));
    assert!(title(&warned).starts_with("book &lt;3 &amp; film"), "{}", title(&warned));
    let long = "w".repeat(400);
    let long = alice.post("/api/v1/statuses", json!({"status": "the butler did it", "spoiler_text": long}));
    let long = title(&long);
    assert!(long.starts_with(&format!("{}…", "w".repeat(60))), "{long}");
    assert!(!long.contains("butler"), "{long}");
    assert!(title(&alice.posts("plain words")).starts_with("plain words"));
}

#[test]
fn search_engines_are_kept_out_unless_somebody_lets_them_in() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let bob = app.person("bob");
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"indexable": true})));
    let browser = Browser::new(&app);
    let is_kept_out =
        |path: &str| browser.get(path, "en").contains("<meta name=\"robots\" content=\"noindex\">");
    let of_alice = format!("/@alice/{}", id(&alice.posts("one")));
    let of_bob = format!("/@bob/{}", id(&bob.posts("two")));
    assert!(is_kept_out("/@alice") && is_kept_out(&of_alice));
    assert!(!is_kept_out("/@bob") && !is_kept_out(&of_bob) && !is_kept_out("/about"));
    assert_eq!(alice.get(&format!("/api/v1/accounts/{}", alice.id))["noindex"], true);
    let robots = browser.get("/robots.txt", "en");
    assert!(robots.starts_with("User-agent: *\n") && robots.contains("Disallow: /settings/"), "{robots}");
}

#[test]
fn links_in_ones_own_fields_say_that_they_are_me() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let fields = json!([{"name": "site", "value": "https://alice.example/about"}]);
    let shown = alice.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"note": "https://alice.example/note", "fields_attributes": fields})),
    );
    let actor: serde_json::Value = serde_json::from_slice(&app.fetch("/users/alice").body).unwrap();
    let page = Browser::new(&app).get("/@alice", "en");
    let field = shown["fields"][0]["value"].as_str().unwrap();
    assert!(field.contains("rel=\"nofollow noopener me\""), "{field}");
    assert_eq!(actor["attachment"][0]["value"], field);
    assert_eq!(page.matches("noopener me\"").count(), 1, "{page}");
    for plain in [&shown["note"], &alice.posts("https://alice.example/post")["content"]] {
        assert!(plain.as_str().unwrap().contains("rel=\"nofollow noopener\""), "{plain}");
    }
}

#[test]
fn a_hashtag_has_a_page_of_its_public_statuses() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let browser = Browser::new(&app);
    let link = alice.posts("first of #봄꽃")["content"].as_str().unwrap().to_owned();
    let href = link.split("href=\"https://a.example").nth(1).unwrap().split('"').next().unwrap();
    for visibility in ["unlisted", "private", "direct"] {
        let status = format!("{visibility} of #봄꽃");
        alice.post("/api/v1/statuses", json!({"status": status, "visibility": visibility}));
    }
    alice.post("/api/v1/statuses", json!({"status": "the end #봄꽃", "spoiler_text": "film"}));
    let page = browser.get(href, "en");
    assert!(page.contains("<h1 dir=\"auto\">#봄꽃</h1>") && page.contains("first of"), "{page}");
    assert!(page.contains(">film</summary>") && page.contains("noindex"), "{page}");
    for hidden in ["unlisted of", "private of", "direct of"] {
        assert!(!page.contains(hidden), "{hidden}: {page}");
    }
    assert!(browser.get("/tags/nobody", "ko").contains("아직 글이 없어요"));
    assert_eq!(browser.status("/tags/-"), 404);
}

#[test]
fn a_featured_hashtag_leads_to_the_posts_with_it() {
    let (app, alice, bob) = people();
    alice.posts("about #cats");
    alice.post("/api/v1/statuses", json!({"status": "secret #cats", "visibility": "private"}));
    alice.posts("about dogs");
    bob.posts("my #cats");
    let featured = alice.post("/api/v1/featured_tags", json!({"name": "cats"}));
    let path = featured["url"].as_str().unwrap().strip_prefix(&app.origin()).unwrap().to_owned();
    let page = Browser::new(&app).get(&path, "en");
    assert!(page.contains("about") && page.contains("#<span>cats"), "{page}");
    for other in ["secret", "dogs", "my "] {
        assert!(!page.contains(other), "{other}: {page}");
    }
    assert_eq!(Browser::new(&app).page("/@alice/tagged/%20").status, 404);
    assert_eq!(Browser::new(&app).page("/@nobody/tagged/cats").status, 404);
}

fn picture(person: &Person, description: &str) -> String {
    let parts: [(&str, Option<&str>, &[u8]); 2] =
        [("file", Some("a.png"), &png(8, 6)), ("description", None, description.as_bytes())];
    let answer = person.app.send_form("POST", "/api/v2/media", Some(&person.token), &parts);
    let media: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    id(&media).to_owned()
}

#[test]
fn pictures_are_tiles_that_lead_to_their_posts() {
    let (app, alice, bob) = people();
    let post = |description: &str, more: serde_json::Value| {
        let mut body = json!({"status": "words beside it", "media_ids": [picture(&alice, description)]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.clock.advance(1000);
        alice.post("/api/v1/statuses", body)
    };
    let open = post("a fern", json!({}));
    post("a moss", json!({"sensitive": true}));
    post("a film", json!({"spoiler_text": "the <end>"}));
    alice.posts("nothing to see");
    let browser = Browser::new(&app);
    let html = browser.get("/@alice/media", "en");
    let tiles: Vec<&str> =
        html.split("<ul class=\"gallery\">").nth(1).unwrap().split("<li>").skip(1).collect();
    assert_eq!(tiles.len(), 3, "{html}");
    assert!(tiles[2].contains(&format!("href=\"https://a.example/@alice/{}\"", id(&open))), "{}", tiles[2]);
    assert!(tiles[2].contains("alt=\"a fern\"") && !tiles[2].contains("<details"), "{}", tiles[2]);
    assert!(tiles[1].starts_with("<details><summary dir=\"auto\">Sensitive content"), "{}", tiles[1]);
    assert!(tiles[0].contains("the &lt;end&gt;</summary>"), "{}", tiles[0]);
    // A filter covers it as well.
    let filter =
        json!({"title": "Botany", "context": ["account"], "keywords_attributes": [{"keyword": "words"}]});
    bob.post("/api/v2/filters", filter);
    assert_eq!(Browser::of(&bob).get("/@alice/media", "en").matches("Filtered: Botany</summary>").count(), 3);
    // Answers are not in it where its owner does not want them.
    post("an answer", json!({"in_reply_to_id": id(&bob.posts("ask me"))}));
    assert!(browser.get("/@alice/media", "en").contains("an answer"));
    app.write("UPDATE accounts SET shows_media_replies = 0 WHERE username = 'alice'");
    assert!(!browser.get("/@alice/media", "en").contains("an answer"));
    // The tab is not offered where its owner does not want that, and leads to the profile.
    assert!(browser.get("/@alice", "en").contains("/@alice/media\""));
    app.write("UPDATE accounts SET shows_media = 0 WHERE username = 'alice'");
    assert!(!browser.get("/@alice", "en").contains("/@alice/media\""));
    let answer = browser.page("/@alice/media");
    assert_eq!((answer.status, answer.header("location")), (303, Some("https://a.example/@alice")));
    assert!(Browser::of(&alice).get("/@alice", "en").contains("/@alice/media\""));
    assert!(Browser::of(&alice).get("/@alice/media", "en").contains("a fern"));
}

#[test]
fn a_profile_shows_what_is_featured_and_who_is_known() {
    let (app, alice, bob) = people();
    let (carol, dave) = (app.person("carol"), app.person("dave"));
    alice.post("/api/v1/featured_tags", json!({"name": "fern"}));
    alice.follows(&carol);
    alice.post(&format!("/api/v1/accounts/{}/endorse", carol.id), json!({}));
    bob.follows(&carol);
    bob.follows(&dave);
    dave.follows(&alice);
    carol.follows(&alice);
    let stranger = Browser::new(&app);
    let html = stranger.get("/@alice", "en");
    assert!(html.contains("href=\"https://a.example/@alice/tagged/fern\""), "{html}");
    assert!(html.contains("title=\"@carol@a.example\"") && !html.contains("Followed by"), "{html}");
    let theirs = Browser::of(&bob).get("/@alice", "en");
    let said = theirs.split("Followed by").nth(1).unwrap().split("</p>").next().unwrap();
    assert!(said.contains("carol") && said.contains("dave") && said.contains("whom you follow"), "{said}");
    assert!(!Browser::of(&dave).get("/@alice", "en").contains("Followed by"));
    app.write("UPDATE accounts SET shows_featured = 0 WHERE username = 'alice'");
    assert!(!stranger.get("/@alice", "en").contains("@carol@"));
    app.write("UPDATE accounts SET is_memorial = 1 WHERE username = 'alice'");
    assert!(stranger.get("/@alice", "en").contains("In memory of this person"));
}

#[test]
fn a_profile_of_another_server_is_asked_for_only_here() {
    let (app, alice, _) = crate::remote::followed();
    let browser = Browser::of(&alice);
    app.write("UPDATE accounts SET fetched_at = 1 WHERE username = 'bob'");
    let fetched = || app.count("SELECT fetched_at AS n FROM accounts WHERE username = 'bob'");
    for (site, what) in [("cross-site", "document"), ("same-origin", "image")] {
        browser.send_for(site, what, "/@bob@b.example");
        crate::app::settle(&[&app]);
        assert_eq!(fetched(), 1, "{site} {what}");
    }
    browser.send_for("same-origin", "document", "/@bob@b.example");
    crate::app::settle(&[&app]);
    assert!(fetched() > 1);
}
