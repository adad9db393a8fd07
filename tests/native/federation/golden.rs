//! A snapshot of everything that we send and serve, in `snapshots/`. What differs between runs (ids) is
//! numbered in the order of appearance. `INSTA_UPDATE=always cargo nextest run golden` accepts changes; `git
//! diff` shows them.

use serde_json::{Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp};
use crate::remote::Remote;

/// The text with each id (at least twelve hex digits in sequence, one of them decimal) replaced by its
/// number.
fn numbered(text: &str) -> String {
    let mut seen: Vec<String> = Vec::new();
    let (mut out, mut run) = (String::new(), String::new());
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() {
            run.push(c);
            continue;
        }
        let is_id = run.len() >= 12
            && run.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
            && run.chars().any(|c| c.is_ascii_digit());
        if is_id {
            let at = seen.iter().position(|s| *s == run).unwrap_or_else(|| {
                seen.push(run.clone());
                seen.len() - 1
            });
            out.push_str(&format!("«{}»", at + 1));
        } else {
            out.push_str(&run);
        }
        run.clear();
        out.push(c);
    }
    out.trim_end().to_owned()
}

/// The context is the same everywhere and has its own snapshot.
fn without_context(mut document: Value) -> Value {
    if let Some(map) = document.as_object_mut()
        && map.contains_key("@context")
    {
        map.insert("@context".into(), json!("…"));
    }
    document
}

fn check(name: &str, document: &Value) {
    let pretty = serde_json::to_string_pretty(&without_context(document.clone())).unwrap();
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name.to_owned(), numbered(&pretty));
    });
}

struct Scene {
    app: TestApp,
    alice: Person,
    remote: Remote,
    bob: Value,
}

impl Scene {
    fn new() -> Self {
        let network = Network::new(1);
        let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
        let alice = app.person("alice");
        let remote = Remote::new(&network, "b.example");
        let bob = remote.person("bob");
        let follow = json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
        assert_eq!(remote.sends(&app, &follow), 202);
        let scene = Self { app, alice, remote, bob };
        check("accept_follow", &scene.next("Accept"));
        scene
    }

    /// Runs the queue until it is empty; returns the newest activity of this type that the other server got.
    fn next(&self, kind: &str) -> Value {
        while self.app.consume_one() {}
        let mut got = self.remote.inbox.take();
        let at = got.iter().rposition(|a| a["type"] == kind);
        let at = at.unwrap_or_else(|| {
            panic!("no {kind} among {:?}", got.iter().map(|a| &a["type"]).collect::<Vec<_>>())
        });
        got.remove(at)
    }

    fn posts(&self, body: Value) -> Value {
        // Those of one millisecond would be in any order.
        self.app.clock.advance(1);
        self.alice.post("/api/v1/statuses", body)
    }

    fn account(&self) -> String {
        self.alice.finds("bob@b.example")["id"].as_str().unwrap().to_owned()
    }

    /// A note of the other server, as alice finds it.
    fn note(&self, id: u32, extra: Value) -> Value {
        let note = self.remote.serve(self.remote.note(&self.bob, id, extra));
        let found =
            self.alice.get(&format!("/api/v2/search?resolve=true&q={}", note["id"].as_str().unwrap()));
        found["statuses"][0].clone()
    }

    fn served(&self, target: &str) -> Value {
        let response = self.app.fetch(target);
        assert_eq!(response.status, 200, "{target}");
        serde_json::from_slice(&response.body).unwrap()
    }
}

#[test]
fn golden_statuses() {
    let s = Scene::new();
    let public = s
        .posts(json!({"status": "hello @bob@b.example #Fern https://x.example/a?b=1&c=2", "language": "ko"}));
    let create = s.next("Create");
    check("create_public", &create);
    let mut context = serde_json::to_string_pretty(&create["@context"]).unwrap();
    context.push('\n');
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("context", context);
    });
    for visibility in ["unlisted", "private", "direct"] {
        s.posts(json!({"status": "hello @bob@b.example", "visibility": visibility}));
        check(&format!("create_{visibility}"), &s.next("Create"));
    }
    s.posts(json!({"status": "below", "spoiler_text": "a warning", "in_reply_to_id": public["id"]}));
    check("create_reply_with_warning", &s.next("Create"));
    let poll = json!({"options": ["leaf", "spore"], "expires_in": 3600, "multiple": true});
    let question = s.posts(json!({"status": "which?", "poll": poll}));
    check("create_question", &s.next("Create"));
    s.alice.ok(
        "PUT",
        &format!("/api/v1/statuses/{}", public["id"].as_str().unwrap()),
        Some(json!({"status": "hello again"})),
    );
    check("update_note", &s.next("Update"));
    let path = |status: &Value| {
        status["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned()
    };
    check("note", &s.served(&path(&public)));
    check("question", &s.served(&path(&question)));
    check("activity", &s.served(&format!("{}/activity", path(&public))));
    check("replies", &s.served(&format!("{}/replies", path(&public))));
    check("replies_page", &s.served(&format!("{}/replies?page=true", path(&public))));
    check("outbox", &s.served("/users/alice/outbox"));
    check("outbox_page", &s.served("/users/alice/outbox?page=true"));
    s.alice.deletes(&public);
    check("delete_note", &s.next("Delete"));
}

#[test]
fn golden_interactions() {
    let s = Scene::new();
    let note = s.note(1, json!({}));
    for (verb, kind, name) in [
        ("favourite", "Like", "like"),
        ("unfavourite", "Undo", "undo_like"),
        ("reblog", "Announce", "announce"),
        ("unreblog", "Undo", "undo_announce"),
    ] {
        s.alice.act(&note, verb);
        check(name, &s.next(kind));
    }
    let question = s.note(
        2,
        json!({"type": "Question", "endTime": "2036-01-01T00:00:00Z",
        "oneOf": [{"type": "Note", "name": "leaf"}, {"type": "Note", "name": "spore"}]}),
    );
    s.alice.post(
        &format!("/api/v1/polls/{}/votes", question["poll"]["id"].as_str().unwrap()),
        json!({"choices": [1]}),
    );
    check("vote", &s.next("Create"));
}

#[test]
fn golden_ties() {
    let s = Scene::new();
    let bob = s.account();
    for (verb, kind, name) in [
        ("follow", "Follow", "follow"),
        ("unfollow", "Undo", "undo_follow"),
        ("block", "Block", "block"),
        ("unblock", "Undo", "undo_block"),
    ] {
        s.alice.post(&format!("/api/v1/accounts/{bob}/{verb}"), json!({}));
        check(name, &s.next(kind));
    }
    s.alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    let follow = json!({"id": s.remote.uri("/follows/2"), "type": "Follow", "actor": s.bob["id"], "object": "https://a.example/users/alice"});
    assert_eq!(s.remote.sends(&s.app, &follow), 202);
    s.alice.post(&format!("/api/v1/follow_requests/{bob}/reject"), json!({}));
    check("reject_follow", &s.next("Reject"));
}

#[test]
fn golden_profile() {
    let s = Scene::new();
    let profile = json!({"display_name": "Alice", "note": "about #ferns", "fields_attributes": [{"name": "home", "value": "https://x.example"}]});
    s.alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(profile));
    check("update_actor", &s.next("Update"));
    let status = s.posts(json!({"status": "on top #fern"}));
    s.next("Create");
    s.alice.act(&status, "pin");
    check("add_pin", &s.next("Add"));
    check("featured", &s.served("/users/alice/collections/featured"));
    s.alice.act(&status, "unpin");
    check("remove_pin", &s.next("Remove"));
    let tag = s.alice.post("/api/v1/featured_tags", json!({"name": "fern"}));
    check("add_hashtag", &s.next("Add"));
    check("featured_tags", &s.served("/users/alice/collections/tags"));
    s.alice.ok("DELETE", &format!("/api/v1/featured_tags/{}", tag["id"].as_str().unwrap()), None);
    check("remove_hashtag", &s.next("Remove"));
    check("actor", &s.served("/users/alice"));
    check("instance_actor", &s.served("/actor"));
    for list in ["followers", "following"] {
        check(list, &s.served(&format!("/users/alice/{list}")));
        check(&format!("{list}_page"), &s.served(&format!("/users/alice/{list}?page=1")));
    }
    check("webfinger", &s.served("/.well-known/webfinger?resource=acct:alice@a.example"));
    check("nodeinfo_links", &s.served("/.well-known/nodeinfo"));
    check("nodeinfo", &s.served("/nodeinfo/2.1"));
}

#[test]
fn golden_report() {
    let s = Scene::new();
    let (bob, note) = (s.account(), s.note(1, json!({})));
    let report = json!({"account_id": bob, "status_ids": [note["id"]], "comment": "spam", "forward": true});
    s.alice.post("/api/v1/reports", report);
    check("flag", &s.next("Flag"));
}

#[test]
fn golden_reactions_and_quotes() {
    let s = Scene::new();
    let note = s.note(1, json!({"interactionPolicy": {"canQuote": {"automaticApproval": ["https://www.w3.org/ns/activitystreams#Public"]}}}));
    let path = format!("/api/v1/pleroma/statuses/{}/reactions/%F0%9F%8C%BF", note["id"].as_str().unwrap());
    s.alice.ok("PUT", &path, None);
    check("react", &s.next("EmojiReact"));
    s.alice.ok("DELETE", &path, None);
    check("undo_react", &s.next("Undo"));
    s.posts(json!({"status": "look at this", "quoted_status_id": note["id"]}));
    check("quote_request", &s.next("QuoteRequest"));
    // Being quoted: the authorization, its document, and its revocation.
    let mine = s.posts(json!({"status": "quote me", "quote_approval_policy": "public"}));
    s.next("Create");
    let quoting = s.remote.serve(s.remote.note(&s.bob, 2, json!({"quote": mine["uri"]})));
    let request = json!({"id": s.remote.uri("/quotes/1"), "type": "QuoteRequest", "actor": s.bob["id"], "object": mine["uri"], "instrument": quoting});
    assert_eq!(s.remote.sends(&s.app, &request), 202);
    let accept = s.next("Accept");
    check("accept_quote", &accept);
    let stamp = accept["result"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
    check("quote_authorization", &s.served(&stamp));
}

#[test]
fn golden_replies_and_boosts_with_approval() {
    let s = Scene::new();
    let asked = json!({"manualApproval": "https://www.w3.org/ns/activitystreams#Public"});
    let note = s.note(1, json!({"interactionPolicy": {"canReply": asked, "canAnnounce": asked}}));
    let accept = |n: u32, object: &Value| {
        let activity = json!({"id": s.remote.uri(&format!("/accepts/{n}")), "type": "Accept", "actor": s.bob["id"],
            "object": object, "result": s.remote.uri(&format!("/leaves/{n}"))});
        assert_eq!(s.remote.sends(&s.app, &activity), 202);
    };
    let answer = s.posts(json!({"status": "may I?", "in_reply_to_id": note["id"]}));
    s.next("Create");
    accept(1, &answer["uri"]);
    check("create_with_approval", &s.next("Create"));
    s.alice.act(&note, "reblog");
    accept(2, &s.next("Announce")["id"]);
    check("announce_with_approval", &s.next("Announce"));
}
