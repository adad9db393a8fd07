//! Rules against spam, posts that wait for staff, and the quiet mode.

mod pages;
mod quiet;
mod rules;

use serde_json::{Value, json};
use sori::model::spam::{Action, Kind};
use sori::model::time::Time;
use sori::services::spam::{self, Typed};

use crate::app::{Person, TestApp, settle};
use crate::browser::Browser;
use crate::remote::Remote;

pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";
pub const ALICE: &str = "https://a.example/users/alice";

/// Adds a rule as staff does.
pub fn rule(app: &TestApp, kind: Kind, text: &str, is_for_sign_ups: bool, action: Action) {
    let owner = app.account("owner");
    let typed = Typed { kind, text, is_for_sign_ups, is_for_posts: true, action };
    pollster::block_on(spam::add(&app.ready(), &owner, &typed)).unwrap();
}

pub fn set(app: &TestApp, key: &str, value: &str) {
    app.db.run(&format!(
        "INSERT INTO settings (key, value) VALUES ('{key}', '{value}') ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    ));
    app.restart();
}

/// A public note that mentions alice.
pub fn mention(app: &TestApp, remote: &Remote, author: &Value, n: u32, text: &str) -> Value {
    let tag = json!([{"type": "Mention", "href": ALICE, "name": "@alice@a.example"}]);
    let published = Time(app.clock.now().0).to_iso();
    let more = json!({"content": format!("<p>{text}</p>"), "to": [PUBLIC], "cc": [ALICE], "tag": tag, "published": published});
    remote.note(author, n, more)
}

pub fn sends(app: &TestApp, remote: &Remote, author: &Value, note: &Value) {
    assert_eq!(remote.sends(app, &remote.create(author, note)), 202);
    settle(&[app]);
}

/// The row of a status by its uri, and what the person finds who searches for it.
pub fn is_stored(app: &TestApp, note: &Value) -> bool {
    let uri = note["id"].as_str().unwrap();
    let view = sori::store::statuses::by_uri(uri);
    pollster::block_on(sori::store::load(&app.ready().db, view)).unwrap().is_some()
}

pub fn held(app: &TestApp) -> i64 {
    let rows = app.count("SELECT count(*) AS n FROM held");
    let counted = app
        .count("SELECT coalesce((SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'held'), 0) AS n");
    assert_eq!(rows, counted, "the setting is the number of rows");
    rows
}

/// The id of the held post that was held last.
pub fn last_held(app: &TestApp) -> String {
    app.count("SELECT max(id) AS n FROM held").to_string()
}

/// Presses a button of the page of held posts.
pub fn press(app: &TestApp, by: &Person, button: &str, id: &str) -> u16 {
    let done = Browser::of(by).submit("/settings/held", "/settings/held", &[(button, id)]);
    settle(&[app]);
    done.status
}
