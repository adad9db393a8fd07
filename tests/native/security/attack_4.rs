//! Attacks on link previews, push messages, live streams and uploads: each test says what must hold.

use serde_json::json;
use sori::http::response::Response;
use sori::model::push::ALERTS;
use sori::platform::native::network::Faults;

use crate::api::media::png;
use crate::app::{DAY, MINUTE, id, people, wait};
use crate::push::{Device, PushService};
use crate::remote::{Remote, cast, fetched, redirect};
use crate::streaming::listener::listen;

fn html(text: &str) -> Response {
    Response::new(200, "text/html; charset=utf-8", text)
}

// Push messages.

#[test]
fn a_device_that_does_not_answer_costs_one_attempt_at_a_time_however_many_messages_wait() {
    let (app, alice, bob) = people();
    let (broken, sound) =
        (PushService::new(&app.network, "broken.example"), PushService::new(&app.network, "push.example"));
    Device::new(&broken, 1, true).subscribes(&alice, &ALERTS);
    let other = app.person("alice");
    Device::new(&sound, 2, true).subscribes(&other, &ALERTS);
    app.network.set_faults("broken.example", Faults { is_down: true, ..Faults::default() });
    app.network.take_log();
    let attempts = || app.network.take_log().iter().filter(|e| e.url.starts_with("https://broken.")).count();
    for n in 0..40 {
        bob.posts(&format!("@alice {n}"));
        app.clock.advance(1_000);
    }
    // Each message was tried when it came, at most.
    assert_eq!(sound.take().len(), 40);
    assert_eq!(attempts(), 1);
    let (mut messages, mut tried) = (0, 0);
    for _ in 0..12 {
        wait(&app, 30 * MINUTE);
        while app.consume_one() {
            messages += 1;
        }
        tried += attempts();
    }
    assert!(tried <= 5 && messages <= 5, "{tried} attempts, {messages} queue messages");
    assert_eq!(app.count("SELECT count(*) AS n FROM pushes"), 0);
}

#[test]
fn what_waits_for_a_device_is_sent_when_it_answers_again() {
    let (app, alice, bob) = people();
    let service = PushService::new(&app.network, "push.example");
    Device::new(&service, 1, true).subscribes(&alice, &ALERTS);
    service.answers(503);
    for n in 0..12 {
        bob.posts(&format!("@alice {n}"));
    }
    assert_eq!(service.take().len(), 1);
    service.answers(201);
    wait(&app, 3 * MINUTE);
    while app.consume_one() {}
    assert_eq!(service.take().len(), 12);
    // And what comes then is sent at once.
    bob.posts("@alice again");
    assert_eq!(service.take().len(), 1);
}

#[test]
fn a_push_message_does_not_wait_for_a_page_that_somebody_links() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let service = PushService::new(&app.network, "push.example");
    Device::new(&service, 1, true).subscribes(&alice, &ALERTS);
    let site = Remote::new(&app.network, "news.example");
    site.answers("/a", html("<title>t</title>"));
    app.network.take_log();
    let note = remote.note(
        &bob,
        1,
        json!({"content": "<p>@alice <a href=\"https://news.example/a\">x</a></p>",
            "tag": [{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]}),
    );
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let hosts: Vec<String> = app
        .network
        .take_log()
        .iter()
        .filter_map(|e| e.url.split('/').nth(2).map(str::to_owned))
        .filter(|host| host != "b.example")
        .collect();
    assert_eq!(hosts, ["push.example", "news.example"]);
}

// Link previews.

#[test]
fn the_redirects_of_a_page_share_one_deadline() {
    let (app, alice, _) = people();
    let clock = app.clock.clone();
    app.network.register(
        "slow.example",
        std::rc::Rc::new(move |request| {
            // Each answer comes just before the deadline of a single request.
            clock.advance(9_000);
            let next = format!("https://slow.example{}x", request.path);
            Box::pin(async move { redirect(&next) })
        }),
    );
    app.network.take_log();
    alice.posts("https://slow.example/");
    let asked = fetched(&app);
    assert!(asked.len() <= 2, "{asked:?}");
}

// Live streams.

#[test]
fn an_account_is_looked_at_with_a_bounded_number_of_streams() {
    let (app, alice, bob) = people();
    app.live.bind();
    let mut ears = Vec::new();
    for socket in 0..20 {
        let ear = listen(&alice, "stream=user");
        for n in 0..20 {
            ear.says(json!({"type": "subscribe", "stream": "hashtag", "tag": format!("a{socket}b{n}")}));
        }
        ears.push(ear);
        app.clock.advance(MINUTE);
    }
    let known = pollster::block_on(app.live.send(&[], &[])).unwrap();
    let streams: usize = known.iter().map(|listener| listener.streams.len()).sum();
    assert!(streams <= 100, "{streams} streams");
    // Those that came first are told.
    alice.follows(&bob);
    ears[19].texts();
    bob.posts("#a0b0");
    assert!(ears[0].names().contains(&("hashtag a0b0".to_owned(), "update".to_owned())));
    assert!(ears[19].names().contains(&("user".to_owned(), "update".to_owned())));
}

// Uploads.

#[test]
fn the_texts_of_an_upload_are_as_short_as_those_of_other_requests() {
    let (app, alice, _) = people();
    let long = vec![1_u8; 2 * 1024 * 1024];
    let parts: [(&str, Option<&str>, &[u8]); 2] =
        [("description", None, &long), ("file", Some("a.png"), b"no picture")];
    let refused = app.send_form("POST", "/api/v2/media", Some(&alice.token), &parts);
    let text = String::from_utf8_lossy(&refused.body).into_owned();
    assert!(matches!(refused.status, 400 | 413), "{} {text}", refused.status);
    // Many short ones are together as long.
    let some = vec![1_u8; 256 * 1024];
    let parts = [
        ("a", None, some.as_slice()),
        ("b", None, &some),
        ("c", None, &some),
        ("d", None, &some),
        ("e", None, &some),
    ];
    let refused = app.send_form("POST", "/api/v2/media", Some(&alice.token), &parts);
    assert!(matches!(refused.status, 400 | 413), "{}", refused.status);
}

/// A tenth of a second of silence.
fn wav() -> Vec<u8> {
    let data = vec![0_u8; 1_600];
    let format = [
        &1_u16.to_le_bytes()[..],
        &1_u16.to_le_bytes(),
        &8_000_u32.to_le_bytes(),
        &16_000_u32.to_le_bytes(),
        &2_u16.to_le_bytes(),
        &16_u16.to_le_bytes(),
    ]
    .concat();
    let length = u32::try_from(4 + 8 + format.len() + 8 + data.len()).unwrap();
    [
        b"RIFF",
        &length.to_le_bytes()[..],
        b"WAVEfmt ",
        &16_u32.to_le_bytes(),
        &format,
        b"data",
        &1_600_u32.to_le_bytes(),
        &data,
    ]
    .concat()
}

#[test]
fn thumbnails_count_as_uploads_and_leave_no_longer_and_longer_rows() {
    let (app, alice, _) = people();
    let picture = png(40, 30);
    let sound = wav();
    let made = app.send_form("POST", "/api/v2/media", Some(&alice.token), &[("file", Some("a.wav"), &sound)]);
    let made: serde_json::Value = serde_json::from_slice(&made.body).unwrap();
    let path = format!("/api/v1/media/{}", id(&made));
    let put = || {
        app.clock.advance(1_000);
        app.send_form("PUT", &path, Some(&alice.token), &[("thumbnail", Some("a.png"), &picture)]).status
    };
    let accepted = (0..40).filter(|_| put() == 200).count();
    assert_eq!(accepted, 29);
    assert!(app.count("SELECT max(json_array_length(keys)) AS n FROM media") <= 6);
    // Of all of them the last one is shown, and the others are deleted.
    let shown = alice.get(&path);
    let preview =
        shown["preview_url"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
    let posted = alice.post("/api/v1/statuses", json!({"status": "x", "media_ids": [shown["id"]]}));
    assert_eq!(posted["media_attachments"][0]["preview_url"], shown["preview_url"]);
    wait(&app, 2 * DAY);
    for _ in 0..6 {
        pollster::block_on(sori::services::media::sweep(&app.ready())).unwrap();
    }
    assert_eq!(app.request("GET", &preview, None, None).status, 200);
    assert_eq!(app.blobs.keys().len(), 2, "{:?}", app.blobs.keys());
    assert_eq!(app.count("SELECT count(*) AS n FROM media"), 1);
}
