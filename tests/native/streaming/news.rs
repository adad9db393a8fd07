//! What is news on a stream, and which hashtags have one.

use serde_json::{Value, json};
use sori::model::time::{HOUR, Time};

use sori::platform::native::take_errors;

use super::listener::{listen, pairs, people, upgrade};
use crate::app::id;
use crate::remote::cast;

#[test]
fn an_edit_is_told_however_old_the_status_is() {
    let (app, alice, _) = people();
    let post = alice.posts("first");
    app.clock.advance(7 * HOUR);
    let ear = listen(&alice, "stream=user");
    alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&post)), Some(json!({"status": "second"})));
    assert_eq!(ear.names(), pairs(&[("user", "status.update")]));
}

#[test]
fn what_arrives_within_six_hours_is_news() {
    let (app, remote, bob) = cast();
    app.live.bind();
    let ear = listen(&app.person("alice"), "stream=user");
    let now = app.clock.now().0;
    for (n, age, is_news) in [(1, 6 * HOUR, true), (2, 6 * HOUR + 1_000, false), (3, 0, true)] {
        let note = remote.note(&bob, n, json!({"published": Time(now - age).to_iso_seconds()}));
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
        assert_eq!(ear.names().len(), usize::from(is_news), "{n}");
    }
}

#[test]
fn a_stream_of_a_hashtag_has_a_name_of_bounded_length() {
    let (_, alice, _) = people();
    let ear = listen(&alice, "");
    for (tag, is_heard) in [
        ("a".repeat(300), true),
        ("a".repeat(301), false),
        ("a\u{7}b".to_owned(), false),
        ("a b".to_owned(), false),
        ("".to_owned(), false),
        ("!".to_owned(), false),
    ] {
        ear.says(json!({"type": "subscribe", "stream": "hashtag", "tag": tag}));
        let answers: Vec<Value> = ear.texts().iter().map(|text| text["status"].clone()).collect();
        assert_eq!(answers, if is_heard { vec![] } else { vec![json!(400)] }, "{tag}");
    }
}

#[test]
fn a_status_that_is_new_is_not_told_as_edited_as_well() {
    let (app, remote, bob) = cast();
    app.live.bind();
    let alice = app.person("alice");
    let mine = alice.posts("quote me");
    let ear = listen(&alice, "stream=user");
    // The note comes with the request, and is accepted at once.
    let note = remote.serve(remote.note(&bob, 1, json!({"quote": mine["uri"]})));
    let request = json!({"id": remote.uri("/requests/1"), "type": "QuoteRequest", "actor": bob["id"],
        "object": mine["uri"], "instrument": note});
    assert_eq!(remote.sends(&app, &request), 202);
    assert_eq!(ear.names(), pairs(&[("user", "update"), ("user", "notification")]));
}

#[test]
fn only_streams_of_everybody_have_one_of_media() {
    let (_, alice, _) = people();
    for (path, streams) in [
        ("hashtag?tag=fern&only_media=true", "hashtag fern"),
        ("direct?only_media=true", "direct"),
        ("public?only_media=true", "public:media"),
        ("public?only_media=false", "public"),
    ] {
        let response = alice.call("GET", &format!("/api/v1/streaming/{path}"), None);
        assert_eq!(response.status, 200, "{path}");
        assert_eq!(response.stream.unwrap().session.streams.join(" "), streams, "{path}");
    }
}

#[test]
fn a_failure_of_ours_is_no_refusal_of_a_stream() {
    let (app, alice, _) = people();
    let list = alice.post("/api/v1/lists", json!({"title": "friends"}));
    let query = format!("stream=list&list={}", id(&list));
    for trips in 0..3 {
        app.db.fail_after(trips, false);
        let answer = app.send(upgrade(&query, &[("sec-websocket-protocol", &alice.token)]));
        match answer.status {
            101 => assert_eq!(answer.stream.unwrap().first, Vec::<String>::new(), "{trips}"),
            status => assert_eq!(status, 503, "{trips}"),
        }
        // Whatever has not failed yet.
        for _ in 0..trips {
            alice.call("GET", "/api/v1/timelines/home", None);
        }
    }
    take_errors();
    // On an open socket it is said, and logged; what is refused is not logged.
    let ear = listen(&alice, "");
    let errors = |list: &str, fails: bool| {
        app.ready();
        if fails {
            app.db.fail_after(0, false);
        }
        ear.says(json!({"type": "subscribe", "stream": "list", "list": list}));
        assert_eq!(ear.texts().len(), 1);
        take_errors().len()
    };
    assert_eq!((errors(id(&list), true), errors("7", false)), (1, 0));
}

#[test]
fn only_a_websocket_is_opened_for_all_streams() {
    let (app, alice, _) = people();
    let bearer = format!("Bearer {}", alice.token);
    for (upgrade_to, status) in [("websocket", 101), ("WebSocket", 101), ("h2c", 400)] {
        let mut request = upgrade("stream=user", &[("authorization", &bearer)]);
        let mut headers = sori::http::request::Request::default().headers;
        headers.add("upgrade", upgrade_to);
        headers.add("authorization", bearer.clone());
        request.headers = headers;
        assert_eq!(app.send(request).status, status, "{upgrade_to}");
    }
}
