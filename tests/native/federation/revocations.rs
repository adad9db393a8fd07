//! Authorizations of quotes that are not given, or are taken back: who is told, and of what.

use serde_json::{Value, json};

use crate::app::{TestApp, id, settle};
use crate::remote::{Remote, scene};

/// bob asks to quote a status of alice's by a note that he serves.
fn asks(app: &TestApp, remote: &Remote, bob: &Value, quoted: &Value, n: u32, extra: Value) -> Value {
    let mut more = json!({"quote": quoted["uri"]});
    more.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    let note = remote.serve(remote.note(bob, n, more));
    let request = json!({"id": remote.uri(&format!("/requests/{n}")), "type": "QuoteRequest", "actor": bob["id"],
        "object": quoted["uri"], "instrument": note});
    assert_eq!(remote.sends(app, &request), 202);
    settle(&[app]);
    note
}

fn take(remote: &Remote) -> Vec<String> {
    let sent: Vec<Value> = remote.inbox.borrow_mut().drain(..).collect();
    sent.iter().map(|a| a["type"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn no_follower_may_quote_a_status_for_followers() {
    let (app, alice, remote, bob) = scene();
    let follow = json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &follow), 202);
    settle(&[&app]);
    for (n, visibility, wanted) in [(1, "unlisted", "Accept"), (2, "private", "Reject")] {
        let draft = json!({"status": "mine", "visibility": visibility, "quote_approval_policy": "public"});
        let mine = alice.post("/api/v1/statuses", draft);
        // Whatever its policy says.
        app.write("UPDATE statuses SET quote_policy = (SELECT max(quote_policy) FROM statuses)");
        settle(&[&app]);
        take(&remote);
        asks(&app, &remote, &bob, &mine, n, json!({}));
        assert_eq!(take(&remote), [wanted], "{visibility}");
    }
}

#[test]
fn whoever_asks_again_after_a_revocation_is_answered_no_even_without_the_first_quote() {
    let (app, alice, remote, bob) = scene();
    let mine = alice.posts("quote me");
    let note = asks(&app, &remote, &bob, &mine, 1, json!({}));
    assert_eq!(take(&remote), ["Accept"]);
    let quotes = alice.get(&format!("/api/v1/statuses/{}/quotes", id(&mine)));
    alice.post(&format!("/api/v1/statuses/{}/quotes/{}/revoke", id(&mine), id(&quotes[0])), json!({}));
    settle(&[&app]);
    assert_eq!(take(&remote), ["Delete"]);
    let delete =
        json!({"id": remote.uri("/d/1"), "type": "Delete", "actor": bob["id"], "object": note["id"]});
    assert_eq!(remote.sends(&app, &delete), 202);
    asks(&app, &remote, &bob, &mine, 1, json!({}));
    assert_eq!(take(&remote), ["Reject"]);
}

#[test]
fn a_direct_quote_is_revoked_among_whom_it_was_addressed_to() {
    let (app, alice, remote, bob) = scene();
    let dan = app.person("dan");
    let follow = json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/dan"});
    assert_eq!(remote.sends(&app, &follow), 202);
    settle(&[&app]);
    let mine = alice.posts("quote me");
    for (visibility, told) in [("public", 2), ("private", 2), ("direct", 0)] {
        let quote = dan.post(
            "/api/v1/statuses",
            json!({"status": "see @alice", "quoted_status_id": mine["id"], "visibility": visibility}),
        );
        settle(&[&app]);
        take(&remote);
        let revoke = format!("/api/v1/statuses/{}/quotes/{}/revoke", id(&mine), id(&quote));
        alice.post(&revoke, json!({}));
        settle(&[&app]);
        assert_eq!(take(&remote).len(), told, "{visibility}");
    }
}

#[test]
fn a_revocation_is_told_to_whom_a_quote_from_here_mentions() {
    let (app, alice, remote, bob) = scene();
    let dan = app.person("dan");
    let third = Remote::new(&app.network, "c.example");
    third.person("carol");
    alice.finds("carol@c.example");
    let mine = alice.posts("quote me");
    let revokes = |quote: &Value| {
        alice.post(&format!("/api/v1/statuses/{}/quotes/{}/revoke", id(&mine), id(quote)), json!({}));
        settle(&[&app]);
    };
    // Of a quote from here its author's server is this one.
    let quote = dan
        .post("/api/v1/statuses", json!({"status": "see @carol@c.example", "quoted_status_id": mine["id"]}));
    settle(&[&app]);
    assert_eq!(take(&third), ["Create"]);
    revokes(&quote);
    let mut told = take(&third);
    told.sort_unstable();
    assert_eq!(told, ["Delete", "Update"]);
    // Of one from elsewhere its own server tells the others.
    let mentions = json!([{"type": "Mention", "href": third.uri("/users/carol"), "name": "@carol@c.example"},
        {"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}]);
    let note = asks(&app, &remote, &bob, &mine, 1, json!({"tag": mentions}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    settle(&[&app]);
    let quotes = alice.get(&format!("/api/v1/statuses/{}/quotes", id(&mine)));
    assert_eq!(quotes[0]["uri"], note["id"]);
    assert_eq!(quotes[0]["mentions"].as_array().unwrap().len(), 2);
    take(&remote);
    app.db.run("CREATE TABLE seen (n); CREATE TRIGGER seen_outbox AFTER INSERT ON outbox BEGIN INSERT INTO seen VALUES (1); END;");
    revokes(&quotes[0]);
    assert_eq!((take(&remote), take(&third)), (vec!["Delete".to_owned()], vec![]));
    assert_eq!(app.count("SELECT count(*) AS n FROM seen"), 1, "nothing else to be sent");
}
