//! What is news on a stream, and which hashtags have one.

use serde_json::{Value, json};
use sori::model::time::{HOUR, Time};

use super::listener::{listen, pairs, people};
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
