//! Quotes, and who may quote.

use serde_json::{Value, json};

use crate::app::{Person, id, ids, people, refused};

#[test]
fn quotes_are_shown_until_the_quoted_author_revokes_them() {
    let (app, alice, bob) = people();
    let open = alice.posts("quote me");
    let quote = |person: &Person, of: &Value, policy: &str| {
        person.post(
            "/api/v1/statuses",
            json!({"status": "look", "quoted_status_id": id(of), "quote_approval_policy": policy}),
        )
    };
    assert_eq!(
        (open["quote_approval"]["automatic"].clone(), open["quote_approval"]["current_user"].as_str()),
        (json!(["public"]), Some("automatic"))
    );
    let quoting = quote(&bob, &open, "nobody");
    assert_eq!(
        (quoting["quote"]["state"].as_str(), &quoting["quote"]["quoted_status"]["id"]),
        (Some("accepted"), &open["id"])
    );
    assert_eq!(alice.notifications()[0]["type"], "quote");
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&open)))["quotes_count"], 1);
    assert_eq!(ids(&alice.get(&format!("/api/v1/statuses/{}/quotes", id(&open)))), [id(&quoting)]);
    // bob's policy lets nobody quote.
    assert_eq!(
        refused(&alice, "POST", "/api/v1/statuses", json!({"status": "x", "quoted_status_id": id(&quoting)})),
        422
    );
    let set = alice.ok(
        "PUT",
        &format!("/api/v1/statuses/{}/interaction_policy", id(&open)),
        Some(json!({"quote_approval_policy": "followers"})),
    );
    assert_eq!(set["quote_approval"]["automatic"], json!(["followers"]));
    let seen = bob.get(&format!("/api/v1/statuses/{}", id(&open)));
    assert_eq!(seen["quote_approval"]["current_user"], "denied");
    // A quote of a quote is shown one level deep.
    let own = quote(&bob, &quoting, "public");
    assert_eq!(own["quote"]["quoted_status"]["quote"]["quoted_status_id"], open["id"]);
    app.clock.advance(1000);
    alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&open)), Some(json!({"status": "other words"})));
    assert_eq!(bob.notifications()[0]["type"], "quoted_update");
    let revoked =
        alice.post(&format!("/api/v1/statuses/{}/quotes/{}/revoke", id(&open), id(&quoting)), json!({}));
    assert_eq!(
        (revoked["quote"]["state"].as_str(), &revoked["quote"]["quoted_status"]),
        (Some("revoked"), &Value::Null)
    );
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&open)))["quotes_count"], 0);
    let second = quote(&alice, &open, "public");
    alice.deletes(&open);
    let after = alice.get(&format!("/api/v1/statuses/{}", id(&second)));
    assert_eq!(after["quote"]["state"], "deleted");
}

#[test]
fn a_quote_needs_no_text_even_when_it_is_edited() {
    let (app, alice, bob) = people();
    let open = alice.posts("quote me");
    let quote = bob.post("/api/v1/statuses", json!({"status": "look", "quoted_status_id": id(&open)}));
    app.clock.advance(1000);
    let path = format!("/api/v1/statuses/{}", id(&quote));
    let edited = bob.ok("PUT", &path, Some(json!({"status": ""})));
    assert_eq!(
        (edited["content"].as_str(), &edited["quote"]["quoted_status"]["id"]),
        (Some(""), &open["id"])
    );
    assert_eq!(
        refused(&alice, "PUT", &format!("/api/v1/statuses/{}", id(&open)), json!({"status": ""})),
        422
    );
}
