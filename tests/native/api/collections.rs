//! Collections.

use serde_json::json;

use crate::app::{id, people, refused};

#[test]
fn collections_hold_those_who_want_to_be_found() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": true})));
    carol.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": false})));
    let made = alice.post(
        "/api/v1/collections",
        json!({"name": "painters", "tag_name": "art", "account_ids": [bob.id.to_string()]}),
    );
    let collection = &made["collection"];
    assert_eq!(
        (collection["item_count"].as_i64(), collection["tag"]["name"].as_str()),
        (Some(1), Some("art"))
    );
    let path = format!("/api/v1/collections/{}", id(collection));
    assert_eq!(
        refused(&alice, "POST", &format!("{path}/items"), json!({"account_id": carol.id.to_string()})),
        422
    );
    assert_eq!(
        refused(&alice, "POST", &format!("{path}/items"), json!({"account_id": bob.id.to_string()})),
        422
    );
    let shown = carol.get(&path);
    assert_eq!(
        (shown["accounts"].as_array().unwrap().len(), shown["collection"]["name"].as_str()),
        (2, Some("painters"))
    );
    assert_eq!(
        bob.get(&format!("/api/v1/accounts/{}/in_collections", bob.id))["collections"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        carol.get(&format!("/api/v1/accounts/{}/collections", alice.id))["collections"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(refused(&bob, "PATCH", &path, json!({"name": "mine"})), 403);
    let renamed = alice.ok("PATCH", &path, Some(json!({"name": "artists", "discoverable": false})));
    assert_eq!(renamed["collection"]["name"], "artists");
    assert_eq!(carol.get(&format!("/api/v1/accounts/{}/collections", alice.id))["collections"], json!([]));
    let item = shown["collection"]["items"][0]["id"].as_str().unwrap();
    bob.post(&format!("{path}/items/{item}/revoke"), json!({}));
    assert_eq!(carol.get(&path)["collection"]["item_count"], 0);
    alice.ok("DELETE", &format!("{path}/items/{item}"), None);
    alice.ok("DELETE", &path, None);
    assert_eq!(refused(&alice, "GET", &path, json!({})), 404);
}
