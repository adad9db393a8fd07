//! Digests of followers (FEP-8fcf): of those of one account, on one server.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::app::{TestApp, settle};
use crate::remote::{Remote, scene};

fn follows(app: &TestApp, remote: &Remote, name: &str, whom: &str) -> Value {
    let person = remote.person(name);
    let follow = json!({"id": remote.uri(&format!("/follows/{name}-{whom}")), "type": "Follow", "actor": person["id"],
        "object": format!("https://a.example/users/{whom}")});
    assert_eq!(remote.sends(app, &follow), 202);
    settle(&[app]);
    person
}

#[test]
fn a_digest_is_of_the_senders_followers_on_the_server_that_is_sent_to() {
    let (app, alice, remote, _) = scene();
    app.person("dan");
    let third = Remote::new(&app.network, "c.example");
    let bob = follows(&app, &remote, "bob", "alice");
    follows(&app, &remote, "eve", "dan");
    let carol = follows(&app, &third, "carol", "alice");
    app.network.take_log();
    alice.post("/api/v1/statuses", json!({"status": "psst", "visibility": "private"}));
    settle(&[&app]);
    let log = app.network.take_log();
    for (host, follower) in [("b.example", &bob), ("c.example", &carol)] {
        let sent = log.iter().find(|e| e.method == "POST" && e.url.contains(host)).unwrap();
        let header = sent.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("collection-synchronization"));
        let digest = Sha256::digest(follower["id"].as_str().unwrap().as_bytes());
        let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(header.unwrap().1.contains(&digest), "{host}: {header:?}");
    }
    // Whoever asks is shown those of their own server.
    for (server, name, follower) in [(&remote, "eve", &bob), (&third, "carol", &carol)] {
        let answer = app.send(server.get(&app, "/users/alice/followers_synchronization", name));
        let list: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((answer.status, &list["orderedItems"]), (200, &json!([follower["id"]])), "{list}");
    }
}
