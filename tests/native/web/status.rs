//! The page of a status, and its card on other pages.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::api::media::png;
use crate::app::{MINUTE, NOW, Person, TestApp, id, people, settle};
use crate::browser::Browser;
use crate::remote::{cast, followed};

/// A page without the parts that are closed: those behind a summary.
fn open_part(html: &str) -> String {
    let mut parts = html.split("<details");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |all, part| all + part.split_once("</details>").map_or("", |(_, rest)| rest))
}

fn page_of(status: &Value) -> String {
    let url = status["url"].as_str().unwrap();
    url.split_once("://").unwrap().1.split_once('/').map(|(_, path)| format!("/{path}")).unwrap()
}

fn picture(person: &Person) -> String {
    let parts: [(&str, Option<&str>, &[u8]); 2] =
        [("file", Some("a.png"), &png(8, 6)), ("description", None, "a \"fern\" & moss".as_bytes())];
    let answer = person.app.send_form("POST", "/api/v2/media", Some(&person.token), &parts);
    let media: Value = serde_json::from_slice(&answer.body).unwrap();
    id(&media).to_owned()
}

#[test]
fn a_status_for_followers_has_a_page_for_its_author_and_them() {
    let (app, alice, _) = followed();
    let (carol, dave) = (app.person("carol"), app.person("dave"));
    carol.follows(&alice);
    for visibility in ["private", "direct"] {
        let status = alice.post(
            "/api/v1/statuses",
            json!({"status": "between us @bob@b.example", "visibility": visibility}),
        );
        settle(&[&app]);
        let page = page_of(&status);
        let own = Browser::of(&alice).get(&page, "en");
        assert!(own.contains("between us"), "{visibility}: {own}");
        // With its receipt.
        assert!(own.contains("Servers that have it"), "{visibility}: {own}");
        assert_eq!(Browser::new(&app).status(&page), 404, "{visibility}");
        assert_eq!(Browser::of(&dave).status(&page), 404, "{visibility}");
        let follower = Browser::of(&carol).page(&page);
        assert_eq!(follower.status, if visibility == "private" { 200 } else { 404 });
        assert!(!String::from_utf8_lossy(&follower.body).contains("Servers that have it"));
    }
}

#[test]
fn pictures_are_shown_with_their_descriptions() {
    let (app, alice, _) = people();
    let browser = Browser::new(&app);
    let post = |extra: Value| {
        let mut body = json!({"status": "look #fern", "media_ids": [picture(&alice)]});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        alice.post("/api/v1/statuses", body)
    };
    let plain = post(json!({}));
    let url = plain["media_attachments"][0]["url"].as_str().unwrap();
    for page in [page_of(&plain), "/@alice".into(), "/tags/fern".into()] {
        let html = open_part(&browser.get(&page, "en"));
        assert!(html.contains(&format!("href=\"{url}\"")), "{page}: {html}");
        assert!(html.contains("alt=\"a &quot;fern&quot; &amp; moss\""), "{page}: {html}");
    }
    // Behind a warning of its own, or that of the status.
    for extra in [json!({"sensitive": true}), json!({"spoiler_text": "ferns"})] {
        let html = browser.get(&page_of(&post(extra)), "en");
        assert!(html.contains("<img src=") && html.contains("a &quot;fern&quot;"), "{html}");
        assert!(!open_part(&html).contains("<img src="), "{html}");
    }
}

#[test]
fn videos_and_sounds_of_other_servers_can_be_played() {
    let (app, remote, bob) = cast();
    let file = |kind: &str, name: &str| json!({"type": "Document", "mediaType": kind, "url": remote.uri(name), "name": name});
    let extra = json!({
        "attachment": [file("video/mp4", "/v.mp4"), file("audio/mpeg", "/s.mp3"), file("image/png", "/p.png"), file("application/pdf", "/d.pdf")],
        "tag": [{"type": "Hashtag", "name": "#fern", "href": remote.uri("/tags/fern")}],
    });
    assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, 1, extra))), 202);
    let response = Browser::new(&app).page("/tags/fern");
    let policy = response.header("content-security-policy").unwrap().to_owned();
    assert!(policy.contains("media-src 'self' https:") && !policy.contains("http: "), "{policy}");
    let html = String::from_utf8(response.body).unwrap();
    for wanted in [
        "<video src=\"https://a.example/proxy/",
        "<audio src=\"https://a.example/proxy/",
        "<img src=\"https://a.example/proxy/",
        "href=\"https://b.example/d.pdf\"",
    ] {
        assert!(html.contains(wanted), "{wanted}: {html}");
    }
    assert!(html.matches(" controls").count() == 2 && !html.contains("autoplay"), "{html}");
}

#[test]
fn pictures_go_from_one_local_instance_to_another() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let (a, b) =
        (TestApp::new(&network, "localhost:8787", &clock), TestApp::new(&network, "localhost:8788", &clock));
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    bob.follows(&alice);
    settle(&[&a, &b]);
    let status = alice.post("/api/v1/statuses", json!({"status": "look", "media_ids": [picture(&alice)]}));
    settle(&[&a, &b]);
    let seen = bob.sees(&status["uri"]).expect("the status");
    assert_eq!(seen["media_attachments"][0]["remote_url"], status["media_attachments"][0]["url"], "{seen}");
}

#[test]
fn polls_are_shown_with_their_results() {
    let (app, alice, bob) = people();
    let browser = Browser::new(&app);
    let ask = |extra: Value| {
        let mut poll = json!({"options": ["green <tea>", "coffee"], "expires_in": 600});
        poll.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        alice.post("/api/v1/statuses", json!({"status": "what?", "poll": poll}))
    };
    let open = ask(json!({}));
    let hidden = ask(json!({"hide_totals": true}));
    for status in [&open, &hidden] {
        bob.post(&format!("/api/v1/polls/{}/votes", id(&status["poll"])), json!({"choices": [0]}));
    }
    let html = browser.get(&page_of(&open), "en");
    assert!(html.contains("green &lt;tea&gt;") && html.contains("coffee"), "{html}");
    assert!(
        html.contains("100%") && html.contains("1 person voted") && html.contains("open until"),
        "{html}"
    );
    let html = browser.get(&page_of(&hidden), "en");
    assert!(html.contains("green &lt;tea&gt;") && !html.contains("% ("), "{html}");
    app.clock.advance(11 * MINUTE);
    let html = browser.get(&page_of(&hidden), "en");
    assert!(html.contains("100%") && html.contains("closed"), "{html}");
    assert!(browser.get(&page_of(&hidden), "ko").contains("끝난 투표"));
}

#[test]
fn a_status_says_when_it_was_written_and_edited_and_that_it_is_a_reply() {
    let (app, alice, bob) = people();
    let browser = Browser::new(&app);
    let first = alice.posts("first");
    let html = browser.get(&page_of(&first), "en");
    assert!(html.contains("<h1 ") && !html.contains("edited") && !html.contains("Answering"), "{html}");
    let at = first["created_at"].as_str().unwrap();
    assert!(html.contains(&format!("datetime=\"{at}\"")), "{html}");
    assert!(html.contains(&format!("{} {} UTC", &at[..10], &at[11..16])), "{html}");
    let reply = bob.replies(&first, "second");
    // What it answers stands above it, and it stands below that.
    let html = browser.get(&page_of(&reply), "en");
    assert!(html.find("<p>first</p>").unwrap() < html.find("second</p>").unwrap(), "{html}");
    let html = browser.get(&page_of(&first), "en");
    assert!(
        html.contains("<ol class=\"answers\">") && html.contains("second</p>") && html.contains("1 reply"),
        "{html}"
    );
    assert!(browser.get(&page_of(&first), "ko").contains("답글 1"));
    app.clock.advance(MINUTE);
    let edited =
        alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&first)), Some(json!({"status": "first, again"})));
    let html = browser.get(&page_of(&first), "en");
    let at = edited["edited_at"].as_str().unwrap();
    assert!(html.contains("edited") && html.contains(&format!("datetime=\"{at}\"")), "{html}");
    // Of a parent that the reader may not see there is no trace.
    let hidden = alice.post("/api/v1/statuses", json!({"status": "hidden", "visibility": "private"}));
    let reply = alice.post(
        "/api/v1/statuses",
        json!({"status": "third", "in_reply_to_id": id(&hidden), "visibility": "public"}),
    );
    let html = browser.get(&page_of(&reply), "en");
    assert!(!html.contains("<p>hidden") && !html.contains("above-it"), "{html}");
}

#[test]
fn a_quoted_status_is_shown_below_the_one_that_quotes_it() {
    let (app, alice, bob) = people();
    let quoted =
        alice.post("/api/v1/statuses", json!({"status": "the original", "quote_approval_policy": "public"}));
    let quote = bob.post("/api/v1/statuses", json!({"status": "see", "quoted_status_id": id(&quoted)}));
    let html = Browser::new(&app).get(&page_of(&quote), "en");
    assert!(html.contains("<blockquote") && html.contains("the original"), "{html}");
    alice.deletes(&quoted);
    assert!(!Browser::new(&app).get(&page_of(&quote), "en").contains("<blockquote"));
}

#[test]
fn pages_have_one_heading() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let status = alice.posts("words");
    let browser = Browser::new(&app);
    for page in ["/@alice".to_owned(), page_of(&status), "/".into(), "/sign_in".into(), "/tags/fern".into()] {
        let html = browser.get(&page, "ko");
        assert_eq!(html.matches("<h1").count(), 1, "{page}: {html}");
    }
}
