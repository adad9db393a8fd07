//! Attacks on emojis, uploads, threads that are fetched and moved accounts: each test says what must hold.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use sori::http::request::Request;
use sori::http::response::Response;
use sori::model::media::{Purpose, Stored};
use sori::services::{emoji, media};

use crate::api::media::png;
use crate::app::{MINUTE, TestApp, header, id, people, settle, wait};
use crate::browser::Browser;
use crate::remote::{fetched, scene};
use crate::support::allocations;

fn upload(app: &TestApp, token: &str, path: &str, content_type: Option<&str>, body: Vec<u8>) -> Response {
    let mut request = Request { method: "POST".into(), path: path.into(), body, ..Request::default() };
    request.headers.add("authorization", format!("Bearer {token}"));
    if let Some(content_type) = content_type {
        request.headers.add("content-type", content_type);
    }
    app.send(request)
}

fn data_url(bytes: &[u8]) -> String {
    format!("data:image/png;base64,{}", BASE64.encode(bytes))
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

// Uploads.

#[test]
fn a_data_url_of_very_many_lines_takes_no_more_memory_than_one_of_one_line() {
    let (app, alice, _) = people();
    let text: String = BASE64.encode(vec![b'x'; 1 << 20]);
    let cut: String = text.chars().flat_map(|c| [c, '\n']).collect();
    let taken = |text: &str| {
        let form = format!("file=data:image/png;base64,{}", text.replace('\n', "%0a"));
        let mut status = 0;
        let bytes = allocations::of(|| {
            let form = form.into_bytes();
            status =
                upload(&app, &alice.token, "/api/v2/media", Some("application/x-www-form-urlencoded"), form)
                    .status;
        });
        assert_eq!(status, 422);
        bytes
    };
    taken(&text);
    let (whole, lines) = (taken(&text), taken(&cut));
    // Its form is four times as long.
    assert!(lines < whole * 4, "{whole} bytes, and of lines {lines}");
}

#[test]
fn a_form_without_a_type_may_have_a_data_url() {
    let (app, alice, _) = people();
    let form: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("file", data_url(&png(7, 5))), ("description", "x".into())])
        .finish();
    for content_type in [Some("application/x-www-form-urlencoded"), Some(""), None] {
        let answer = upload(&app, &alice.token, "/api/v2/media", content_type, form.clone().into_bytes());
        assert_eq!(answer.status, 200, "{content_type:?} {}", body(&answer));
        assert_eq!(body(&answer)["meta"]["original"]["width"], 7);
        assert_eq!(body(&answer)["description"], "x");
    }
    // Larger than other bodies: what is no form is no file.
    let large = upload(&app, &alice.token, "/api/v2/media", None, png(1200, 1100));
    assert_eq!(large.status, 400, "{}", body(&large));
}

#[test]
fn an_account_that_has_moved_uploads_nothing() {
    let (app, alice, _) = people();
    app.write("UPDATE accounts SET moved_to_uri = 'https://b.example/users/alice' WHERE username = 'alice'");
    let parts: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("a.png"), &png(5, 5))];
    assert_eq!(app.send_form("POST", "/api/v2/media", Some(&alice.token), &parts).status, 403);
    assert_eq!(app.count("SELECT count(*) AS n FROM media"), 0);
}

#[test]
fn an_emoji_whose_row_is_gone_is_not_added() {
    let (app, _, _) = people();
    app.person("owner");
    let owner = app.account("owner");
    let file = Stored { name: "x.png".into(), ..Stored::default() };
    let new = || emoji::New { shortcode: "blob".into(), category: None, is_visible: true };
    let begun = pollster::block_on(media::begin(&app.ready(), &owner, Purpose::Emoji)).unwrap();
    // What was begun a day ago, or by an account that is deleted meanwhile, is swept with its file.
    app.write("DELETE FROM media");
    let _ = pollster::block_on(emoji::add(&app.ready(), &owner, begun.0, &file, new()));
    assert_eq!(app.count("SELECT count(*) AS n FROM custom_emojis"), 0);
}

#[test]
fn an_attachment_whose_row_is_gone_is_not_made() {
    let (app, _, _) = people();
    let alice = app.account("alice");
    let file = Stored { name: "x.png".into(), ..Stored::default() };
    let finish = |row| {
        let change = media::Change::default();
        pollster::block_on(media::finish(&app.ready(), &alice, row, file.clone(), None, change)).is_ok()
    };
    let begin = || pollster::block_on(media::begin(&app.ready(), &alice, Purpose::Attachment)).unwrap().0;
    assert!(finish(begin()));
    let gone = begin();
    app.write("DELETE FROM media");
    assert!(!finish(gone));
}

// Threads.

#[test]
fn nobody_learns_of_hidden_answers_by_their_number() {
    let (app, alice, remote, bob) = scene();
    let eve = app.person("eve");
    let replies =
        json!({"type": "Collection", "first": {"items": [remote.uri("/notes/2"), remote.uri("/notes/3")]}});
    let note = remote.serve(remote.note(&bob, 1, json!({"replies": replies})));
    let found = alice.get(&format!("/api/v2/search?resolve=true&q={}", note["id"].as_str().unwrap()));
    let root = found["statuses"][0].clone();
    remote.serve(remote.note(&bob, 2, json!({"inReplyTo": remote.uri("/notes/1")})));
    remote.serve(remote.note(&bob, 3, json!({"inReplyTo": remote.uri("/notes/1"), "to": [format!("{}/followers", bob["id"].as_str().unwrap())], "cc": []})));
    settle(&[&app]);
    wait(&app, 20 * MINUTE);
    let path = format!("/api/v1/statuses/{}/context", id(&root));
    let answer = app.request("GET", &path, Some(&eve.token), None);
    let text = header(&answer, "Mastodon-Async-Refresh");
    let refresh = text.split('"').nth(1).unwrap_or_default().to_owned();
    assert!(!refresh.is_empty(), "{text}");
    settle(&[&app]);
    let shown = eve.get(&path)["descendants"].as_array().unwrap().len();
    let told =
        eve.get(&format!("/api/v1_alpha/async_refreshes/{refresh}"))["async_refresh"]["result_count"].clone();
    assert_eq!((shown, told), (1, json!(1)));
}

// Profiles.

#[test]
fn a_profile_whose_server_does_not_know_it_is_asked_for_once() {
    let (app, alice, remote, bob) = scene();
    let account = alice.finds("bob@b.example");
    settle(&[&app]);
    app.write("UPDATE accounts SET remote_counts = NULL WHERE username = 'bob'");
    remote.forgets("/users/bob");
    fetched(&app);
    for _ in 0..10 {
        alice.get(&format!("/api/v1/accounts/{}", id(&account)));
        settle(&[&app]);
        app.clock.advance(1_000);
    }
    let asked = fetched(&app).iter().filter(|url| *url == bob["id"].as_str().unwrap()).count();
    assert_eq!(asked, 1);
}

#[test]
fn nobody_is_led_to_an_account_that_is_gone_or_from_one_that_is_suspended() {
    let (app, alice, bob) = people();
    let moved = app.person("moved");
    let path = format!("/api/v1/accounts/{}", moved.id);
    let lookup = "/api/v1/accounts/lookup?acct=moved".to_owned();
    let lists = [path, lookup];
    let all = || lists.iter().map(|path| alice.get(path)["moved"]["username"].clone()).collect::<Vec<_>>();
    app.write("UPDATE accounts SET moved_to_uri = (SELECT uri FROM accounts WHERE username = 'bob'), moved_to_id = (SELECT id FROM accounts WHERE username = 'bob') WHERE username = 'moved'");
    assert_eq!(all(), ["bob", "bob"]);
    let visitor = Browser::new(&app);
    assert!(visitor.get("/@moved", "en").contains("@bob@"));
    app.write("UPDATE accounts SET suspended_at = 1 WHERE username = 'bob'");
    assert!(!visitor.get("/@moved", "en").contains("@bob@"), "a page of a suspended one is gone");
    app.write("UPDATE accounts SET suspended_at = NULL, deleted_at = 1 WHERE username = 'bob'");
    assert_eq!(all(), [Value::Null, Value::Null]);
    assert!(!visitor.get("/@moved", "en").contains("@bob@"));
    app.write("UPDATE accounts SET deleted_at = NULL WHERE username = 'bob'");
    app.write("UPDATE accounts SET suspended_at = 1 WHERE username = 'moved'");
    assert_eq!(all(), [Value::Null, Value::Null]);
    drop(bob);
}
