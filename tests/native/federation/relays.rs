//! Relays of both forms, and the operator's page.

use serde_json::json;
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, TestApp, settle};
use crate::browser::Browser;
use crate::remote::Remote;

const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

struct Scene {
    app: TestApp,
    browser: Browser,
    relay: Remote,
    other: Remote,
}

fn scene() -> Scene {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let browser = Browser::of(&app.person("owner"));
    let (relay, other) = (Remote::new(&network, "relay.example"), Remote::new(&network, "b.example"));
    Scene { app, browser, relay, other }
}

impl Scene {
    fn subscribes(&self, address: &str) {
        assert_eq!(
            self.browser.submit("/settings/relays", "/settings/relays", &[("address", address)]).status,
            303
        );
        settle(&[&self.app]);
    }

    fn accepts(&self, actor: &serde_json::Value) {
        let follow = self.relay.inbox.borrow().iter().find(|a| a["type"] == "Follow").cloned().unwrap();
        let accept = json!({"id": self.relay.uri("/accepts/1"), "type": "Accept", "actor": actor["id"], "object": follow});
        assert_eq!(self.relay.sends(&self.app, &accept), 202);
    }
}

#[test]
fn a_mastodon_relay_forwards_public_statuses_both_ways() {
    let s = scene();
    s.subscribes("https://relay.example/inbox");
    let follow = s.relay.inbox.borrow()[0].clone();
    assert_eq!(
        (&follow["type"], &follow["actor"], &follow["object"]),
        (&json!("Follow"), &json!("https://a.example/actor"), &json!(PUBLIC))
    );
    let alice = s.app.person("alice");
    alice.posts("before");
    settle(&[&s.app]);
    assert_eq!(s.relay.got(), ["Follow"], "nothing before it has answered");
    assert!(s.browser.get("/settings/relays", "en").contains("has not answered yet"));
    let actor = s.relay.person("relay");
    // An answer by another server does not count.
    let mut forged = json!({"id": s.other.uri("/accepts/1"), "type": "Accept", "actor": s.other.person("eve")["id"], "object": follow});
    assert_eq!(s.other.sends(&s.app, &forged), 202);
    forged["object"] = follow["id"].clone();
    assert_eq!(s.other.sends(&s.app, &forged), 202);
    assert!(s.browser.get("/settings/relays", "ko").contains("아직 응답이 없어요"));
    s.accepts(&actor);
    assert!(s.browser.get("/settings/relays", "ko").contains("연결됨"));

    let status = alice.posts("hello");
    alice.post("/api/v1/statuses", json!({"status": "psst", "visibility": "unlisted"}));
    alice.post("/api/v1/statuses", json!({"status": "pssst", "visibility": "private"}));
    settle(&[&s.app]);
    alice.deletes(&status);
    settle(&[&s.app]);
    assert_eq!(s.relay.got(), ["Follow", "Create", "Delete"]);

    let bob = s.other.person("bob");
    let note = s.other.serve(s.other.note(&bob, 1, json!({})));
    let announce = |id: &str, object: &serde_json::Value| json!({"id": s.relay.uri(id), "type": "Announce", "actor": actor["id"], "object": object, "to": [PUBLIC]});
    s.app.network.take_log();
    assert_eq!(s.relay.sends(&s.app, &announce("/announces/1", &note["id"])), 202);
    settle(&[&s.app]);
    let federated = alice.get("/api/v1/timelines/public?remote=true");
    assert_eq!((&federated[0]["uri"], &federated[0]["reblog"]), (&note["id"], &json!(null)));
    // Trap 75: statuses from a relay are not forwarded, and our own are not received again.
    assert_eq!(s.relay.sends(&s.app, &announce("/announces/2", &status["uri"])), 202);
    settle(&[&s.app]);
    assert_eq!(s.app.network.take_log().iter().filter(|e| e.method == "POST").count(), 0);
    // An Announce by something that is not one of our relays is ignored.
    let stranger = s.other.person("stranger");
    let second = s.other.serve(s.other.note(&bob, 2, json!({})));
    let vain = json!({"id": s.other.uri("/announces/1"), "type": "Announce", "actor": stranger["id"], "object": second["id"], "to": [PUBLIC]});
    assert_eq!(s.other.sends(&s.app, &vain), 202);
    settle(&[&s.app]);
    assert_eq!(s.app.count("SELECT count(*) AS n FROM statuses WHERE uri LIKE '%/notes/2'"), 0);

    let id = s.app.count("SELECT id AS n FROM relays").to_string();
    assert_eq!(s.browser.submit("/settings/relays", "/settings/relays", &[("remove", &id)]).status, 303);
    settle(&[&s.app]);
    assert_eq!(s.relay.got(), ["Follow", "Create", "Delete", "Undo"]);
    assert_eq!(s.relay.inbox.borrow()[3]["object"]["object"], PUBLIC);
    alice.posts("alone again");
    settle(&[&s.app]);
    assert_eq!(s.relay.got().len(), 4);
}

#[test]
fn a_litepub_relay_is_followed_and_follows_back() {
    let s = scene();
    let actor = s.relay.person("relay");
    s.subscribes(actor["id"].as_str().unwrap());
    assert_eq!(s.relay.inbox.borrow()[0]["object"], actor["id"]);
    s.accepts(&actor);
    let back = json!({"id": s.relay.uri("/follows/1"), "type": "Follow", "actor": actor["id"], "object": "https://a.example/actor"});
    assert_eq!(s.relay.sends(&s.app, &back), 202);
    s.app.person("alice").posts("hello");
    settle(&[&s.app]);
    assert_eq!(s.relay.got(), ["Follow", "Accept", "Create"]);
    let bob = s.other.person("bob");
    let note = s.other.serve(s.other.note(&bob, 1, json!({})));
    let announce = json!({"id": s.relay.uri("/announces/1"), "type": "Announce", "actor": actor["id"], "object": note["id"], "to": [format!("{}/followers", actor["id"].as_str().unwrap())]});
    assert_eq!(s.relay.sends(&s.app, &announce), 202);
    settle(&[&s.app]);
    assert_eq!(s.app.count("SELECT count(*) AS n FROM statuses WHERE uri LIKE '%/notes/1'"), 1);
    assert_eq!(s.app.count("SELECT count(*) AS n FROM statuses WHERE reblog_of_id IS NOT NULL"), 0);
    // It follows a person as anybody does.
    let follow = json!({"id": s.relay.uri("/follows/2"), "type": "Follow", "actor": actor["id"], "object": "https://a.example/users/alice"});
    assert_eq!(s.relay.sends(&s.app, &follow), 202);
    assert_eq!(s.app.count("SELECT count(*) AS n FROM follows f JOIN accounts a ON a.id = f.target_id WHERE a.username = 'alice'"), 1);
}

#[test]
fn no_boost_goes_to_a_relay_with_or_without_an_approval() {
    let s = scene();
    s.subscribes("https://relay.example/inbox");
    s.accepts(&s.relay.person("relay"));
    let alice = s.app.person("alice");
    let bob = s.other.person("bob");
    let asked = json!({"interactionPolicy": {"canAnnounce": {"approvalRequired": [PUBLIC]}}});
    for (n, extra) in [(1, asked), (2, json!({}))] {
        let note = s.other.serve(s.other.note(&bob, n, extra));
        let q = note["id"].as_str().unwrap();
        let found = alice.get(&format!("/api/v2/search?type=statuses&resolve=true&q={q}"));
        alice.act(&found["statuses"][0], "reblog");
        settle(&[&s.app]);
        let boost = s.other.inbox.borrow_mut().drain(..).find(|a| a["type"] == "Announce").unwrap();
        if n == 1 {
            let accept = json!({"id": s.other.uri("/accepts/1"), "type": "Accept", "actor": bob["id"], "object": boost["id"]});
            assert_eq!(s.other.sends(&s.app, &accept), 202);
            settle(&[&s.app]);
        }
    }
    assert_eq!(s.app.count("SELECT count(*) AS n FROM statuses WHERE approval <> ''"), 1);
    assert_eq!(s.relay.got(), ["Follow"]);
}

#[test]
fn only_the_operator_sees_the_page_and_only_relays_are_taken() {
    let s = scene();
    let anybody = Browser::of(&s.app.person("carol"));
    assert_eq!(anybody.status("/settings/relays"), 404);
    for wrong in [
        "",
        "relay.example",
        "http://relay.example/inbox",
        "https://127.0.0.1/inbox",
        "https://a.example/inbox",
    ] {
        assert_eq!(
            s.browser.submit("/settings/relays", "/settings/relays", &[("address", wrong)]).status,
            422,
            "{wrong}"
        );
    }
    assert_eq!(s.app.count("SELECT count(*) AS n FROM relays"), 0);
}

#[test]
fn an_author_sees_on_the_page_how_many_servers_have_a_status() {
    let s = scene();
    let alice = s.app.person("alice");
    let bob = s.other.person("bob");
    let follow = json!({"id": s.other.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    assert_eq!(s.other.sends(&s.app, &follow), 202);
    settle(&[&s.app]);
    s.other.status.set(503);
    let status = alice.posts("hello");
    while s.app.consume_one() {}
    let path = format!("/@alice/{}", status["id"].as_str().unwrap());
    let browser = Browser::of(&alice);
    let page = browser.get(&path, "en");
    assert!(
        page.contains("Servers that have it: 0 / 1") && page.contains("still being tried: 1 (b.example)"),
        "{page}"
    );
    s.other.status.set(202);
    settle(&[&s.app]);
    assert!(browser.get(&path, "ko").contains("받은 서버: 1 / 1"));
    assert!(!s.browser.get(&path, "en").contains("Servers that have it"), "for the author only");
}

#[test]
fn a_relay_that_is_subscribed_again_counts_by_its_answer_to_the_newest_follow() {
    for is_inbox in [true, false] {
        let s = scene();
        let actor = s.relay.person("relay");
        let address = if is_inbox { s.relay.uri("/inbox") } else { actor["id"].as_str().unwrap().to_owned() };
        s.subscribes(&address);
        s.subscribes(&address);
        let follows: Vec<_> = s.relay.inbox.borrow().iter().map(|a| a["id"].clone()).collect();
        assert_eq!(follows.len(), 2, "{address}");
        assert_ne!(follows[0], follows[1]);
        let accept = json!({"id": s.relay.uri("/accepts/1"), "type": "Accept", "actor": actor["id"], "object": follows[1]});
        assert_eq!(s.relay.sends(&s.app, &accept), 202);
        assert_eq!(s.app.count("SELECT count(*) AS n FROM relays WHERE state = 'accepted'"), 1, "{address}");
        s.app.person("alice").posts("hello");
        settle(&[&s.app]);
        assert_eq!(s.relay.got().last().unwrap(), "Create");
    }
}
