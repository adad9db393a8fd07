//! A day on two instances: every endpoint of the federated features at least once. Other tests use its
//! result.

use serde_json::json;
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, id, settle};
use crate::remote::Remote;

/// Runs the day; returns the instance with the most activity.
pub fn run() -> TestApp {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let (a, b) = (TestApp::new(&network, "a.example", &clock), TestApp::new(&network, "b.example", &clock));
    let (alice, carol, bob) = (a.person("alice"), a.person("carol"), b.person("bob"));
    alice.follows(&bob);
    bob.follows(&alice);
    alice.follows(&carol);
    settle(&[&a, &b]);
    let post = bob.posts("hello #world from @alice@a.example");
    let mine = alice.post(
        "/api/v1/statuses",
        json!({"status": "good morning @bob@b.example", "spoiler_text": "cw", "visibility": "unlisted"}),
    );
    carol.replies(&mine, "good morning to you");
    settle(&[&a, &b]);
    let seen = alice.sees(&post["uri"]).expect("bob's post");
    alice.act(&seen, "favourite");
    alice.act(&seen, "reblog");
    carol.act(&mine, "favourite");
    settle(&[&a, &b]);
    read_everything(&alice, &mine, &seen);
    let path = mine["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap();
    for part in [
        "",
        "/activity",
        "/replies",
        "/replies?page=true",
        "/likes",
        "/shares",
        "/context",
        "/context?page=true",
    ] {
        assert_eq!(a.fetch(&format!("{path}{part}")).status, 200, "{path}{part}");
    }
    alice.act(&seen, "unfavourite");
    alice.act(&seen, "unreblog");
    alice.ok(
        "PUT",
        &format!("/api/v1/statuses/{}", mine["id"].as_str().unwrap()),
        Some(json!({"status": "good evening"})),
    );
    alice.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"note": "hi", "fields_attributes": [{"name": "web", "value": "https://alice.example"}]})),
    );
    alice.deletes(&mine);
    settle(&[&a, &b]);
    for path in [
        "/users/alice",
        "/users/alice/outbox?page=true",
        "/users/alice/followers?page=1",
        "/users/alice/following?page=1",
        "/users/alice/collections/featured",
        "/actor",
        "/.well-known/nodeinfo",
        "/nodeinfo/2.1",
        "/.well-known/host-meta",
        "/.well-known/webfinger?resource=acct:alice@a.example",
        "/.well-known/webfinger?resource=https://a.example/",
    ] {
        assert_eq!(a.fetch(path).status, 200, "{path}");
    }
    for path in ["/", "/@alice", "/sign_in"] {
        assert_eq!(a.request("GET", path, None, None).status, 200, "{path}");
    }
    a
}

fn read_everything(alice: &Person, mine: &serde_json::Value, seen: &serde_json::Value) {
    let id = mine["id"].as_str().unwrap();
    let author = seen["account"]["id"].as_str().unwrap();
    for path in [
        "/api/v1/instance".into(),
        "/api/v2/instance".into(),
        "/api/v1/custom_emojis".into(),
        "/api/v1/preferences".into(),
        "/api/v1/accounts/verify_credentials".into(),
        format!("/api/v1/accounts/{author}"),
        "/api/v1/accounts/lookup?acct=bob@b.example".into(),
        "/api/v1/accounts/search?q=bo".into(),
        format!("/api/v1/accounts/relationships?id[]={author}"),
        format!("/api/v1/accounts/{author}/statuses?exclude_replies=true&tagged=world"),
        format!("/api/v1/accounts/{author}/followers"),
        format!("/api/v1/accounts/{author}/following"),
        format!("/api/v1/accounts?id[]={author}"),
        format!("/api/v1/statuses/{id}"),
        format!("/api/v1/statuses/{id}/context"),
        format!("/api/v1/statuses/{id}/source"),
        format!("/api/v1/statuses/{id}/favourited_by"),
        format!("/api/v1/statuses/{id}/reblogged_by"),
        format!("/api/v1/statuses?id[]={id}"),
        "/api/v1/timelines/home".into(),
        format!("/api/v1/timelines/home?min_id={id}&limit=2"),
        "/api/v1/timelines/public".into(),
        "/api/v1/timelines/public?local=true".into(),
        "/api/v1/timelines/public?remote=true".into(),
        "/api/v1/notifications".into(),
        "/api/v1/notifications?types[]=favourite".into(),
        "/api/v1/notifications/unread_count".into(),
        "/api/v2/search?q=wor".into(),
        "/api/v2/search?q=bob@b.example".into(),
        "/api/v1/markers?timeline[]=home".into(),
        "/api/v1/follow_requests".into(),
        "/api/v1/apps/verify_credentials".into(),
    ] as [String; 32]
    {
        alice.get(&path);
    }
    alice.post("/api/v1/markers", json!({"home": {"last_read_id": id}}));
}

#[test]
fn a_day_on_two_instances() {
    run();
}

/// Mastodon and most others publish by whole seconds, we by milliseconds.
#[test]
fn posts_of_one_second_keep_their_order() {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let (a, b) = (TestApp::new(&network, "a.example", &clock), TestApp::new(&network, "b.example", &clock));
    let (alice, bob) = (a.person("alice"), b.person("bob"));
    let remote = Remote::new(&network, "c.example");
    let carol = remote.person("carol");
    for handle in ["bob@b.example", "carol@c.example"] {
        let account = alice.finds(handle);
        alice.post(&format!("/api/v1/accounts/{}/follow", id(&account)), json!({}));
    }
    settle(&[&a, &b]);
    let asked = remote.inbox.borrow()[0].clone();
    let accept =
        json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": carol["id"], "object": asked});
    assert_eq!(remote.sends(&a, &accept), 202);
    let home =
        || -> Vec<String> { alice.home().iter().map(|s| s["uri"].as_str().unwrap().to_owned()).collect() };
    clock.advance(1000 - clock.now().0 % 1000);
    let second = clock.now();
    let mut wanted = Vec::new();
    for n in 1..=9 {
        clock.advance(100);
        let note = remote.note(&carol, n, json!({"published": second.to_iso_seconds()}));
        assert_eq!(remote.sends(&a, &remote.create(&carol, &note)), 202);
        wanted.insert(0, remote.uri(&format!("/notes/{n}")));
    }
    assert_eq!(home(), wanted);
    clock.advance(60_050);
    for n in 0..9 {
        clock.advance(100);
        wanted.insert(0, bob.posts(&format!("{n}"))["uri"].as_str().unwrap().to_owned());
    }
    settle(&[&a, &b]);
    assert_eq!(home(), wanted);
}
