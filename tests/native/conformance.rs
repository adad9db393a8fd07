//! Every GET of the client API on a seeded instance, against the schemas of Mastodon's own description, and
//! against what strict clients need (the contract, section 4.9).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, Person, TestApp, settle};
use crate::remote::Remote;

const SCHEMAS: &str = "../shared/contracts/mastodon-openapi.json";

/// Where Mastodon itself does not keep to the schema, and what is validated instead.
fn overridden(schemas: &mut Value) {
    let set = |schemas: &mut Value, pointer: &str, value: Value| {
        if let Some(at) = schemas.pointer_mut(pointer) {
            *at = value;
        } else {
            panic!("the schema has no {pointer}");
        }
    };
    let nullable = json!({"type": ["string", "null", "integer"]});
    // One of the two shapes of a quote is part of the other, so both match.
    for name in ["Status", "StatusEdit"] {
        let at = format!("/components/schemas/{name}/properties/quote");
        let either = schemas.pointer_mut(&at).and_then(Value::as_object_mut).expect("a quote");
        if let Some(all) = either.remove("oneOf") {
            either.insert("anyOf".into(), all);
        }
    }
    // A list, as its own examples show.
    let filters = "/paths/~1api~1v1~1filters/get/responses/200/content/application~1json/schema";
    set(schemas, filters, json!({"type": "array", "items": {"$ref": "#/components/schemas/V1Filter"}}));
    // Mastodon answers null for all that was not said.
    for name in ["quote_approval_policy", "text", "visibility"] {
        set(
            schemas,
            &format!("/components/schemas/ScheduledStatus/properties/params/properties/{name}"),
            nullable.clone(),
        );
    }
}

/// The instance, somebody who has done everything once, and the paths that this made.
fn seeded() -> (TestApp, Person, Vec<String>) {
    let (network, clock) = (Network::new(1), Clock::fixed(NOW));
    let app = TestApp::new(&network, "a.example", &clock);
    let (alice, bob, carol) = (app.person("alice"), app.person("bob"), app.person("carol"));
    let remote = Remote::new(&network, "b.example");
    let far = remote.person("far");
    let step = || clock.advance(10);
    let id = |v: &Value| v["id"].as_str().unwrap().to_owned();
    app.db.run(&format!(
        "INSERT INTO rules (id, text) VALUES (1, 'Be kind');\n\
         INSERT INTO settings (key, value) VALUES ('privacy_policy', 'x'), ('privacy_policy_updated_at', '{NOW}'), ('terms_of_service', 'y'), ('terms_of_service_updated_at', '{NOW}');\n\
         INSERT INTO announcements (id, content, published_at, updated_at, starts_at, ends_at) VALUES (5, '<p>hi</p>', {NOW}, {NOW}, {NOW}, {NOW} + 999999999);\n\
         INSERT INTO custom_emojis (shortcode, url, static_url, category) VALUES ('fern', 'https://a.example/fern.png', 'https://a.example/fern.png', 'plants');"
    ));
    alice.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(
            json!({"note": "hi #fern", "fields_attributes": [{"name": "web", "value": "https://x.example"}]}),
        ),
    );
    alice.follows(&bob);
    bob.follows(&alice);
    let far_account = alice.finds("far@b.example");
    alice.post(&format!("/api/v1/accounts/{}/follow", id(&far_account)), json!({}));
    settle(&[&app]);
    let follow = remote.inbox.borrow().iter().find(|a| a["type"] == "Follow").cloned().unwrap();
    remote.sends(
        &app,
        &json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": far["id"], "object": follow}),
    );
    let note = remote.note(&far, 1, json!({"summary": "cw", "sensitive": true, "contentMap": {"ko": "<p>note 1</p>"},
        "tag": [{"type": "Hashtag", "name": "#fern"}, {"type": "Emoji", "name": ":x:", "icon": {"type": "Image", "url": "https://b.example/x.png"}}],
        "attachment": [{"type": "Document", "mediaType": "image/png", "url": "https://b.example/a.png", "name": "a tree", "width": 4, "height": 3},
            {"type": "Document", "mediaType": "video/mp4", "url": "https://b.example/a.mp4"}]}));
    assert_eq!(remote.sends(&app, &remote.create(&far, &note)), 202);
    step();
    let post = alice.post(
        "/api/v1/statuses",
        json!({"status": "@bob @far@b.example :fern: #fern https://x.example/a", "language": "en"}),
    );
    step();
    let poll = bob.post(
        "/api/v1/statuses",
        json!({"status": "tea?", "poll": {"options": ["yes", "no"], "expires_in": 600}}),
    );
    alice.post(&format!("/api/v1/polls/{}/votes", id(&poll["poll"])), json!({"choices": [0]}));
    step();
    let quote = bob.post("/api/v1/statuses", json!({"status": "look", "quoted_status_id": id(&post)}));
    let reply = bob.replies(&post, "@alice yes");
    step();
    carol.post("/api/v1/statuses", json!({"status": "@alice #fern https://x.example/a"}));
    bob.act(&post, "favourite");
    carol.act(&post, "favourite");
    bob.act(&post, "reblog");
    alice.act(&poll, "reblog");
    alice.act(&poll, "bookmark");
    alice.act(&reply, "favourite");
    alice.act(&post, "pin");
    step();
    alice.ok(
        "PUT",
        &format!("/api/v1/statuses/{}", id(&post)),
        Some(json!({"status": "@bob edited :fern: #fern https://x.example/a"})),
    );
    bob.post("/api/v1/statuses", json!({"status": "@alice psst", "visibility": "direct"}));
    let list = alice.post("/api/v1/lists", json!({"title": "friends"}));
    alice
        .post(&format!("/api/v1/lists/{}/accounts", id(&list)), json!({"account_ids": [bob.id.to_string()]}));
    let filter = alice.post("/api/v2/filters", json!({"title": "tea", "context": ["home", "public", "thread", "account", "notifications"], "keywords_attributes": [{"keyword": "tea"}]}));
    let filtered =
        alice.post(&format!("/api/v2/filters/{}/statuses", id(&filter)), json!({"status_id": id(&quote)}));
    alice.post("/api/v1/tags/fern/follow", json!({}));
    alice.post("/api/v1/featured_tags", json!({"name": "fern"}));
    alice.post(&format!("/api/v1/accounts/{}/endorse", bob.id), json!({}));
    alice.post(&format!("/api/v1/accounts/{}/mute?duration=9999", carol.id), json!({"notifications": false}));
    alice.post("/api/v1/domain_blocks", json!({"domain": "spam.example"}));
    let at = sori::model::time::Time(clock.now().0 + 99_999_999).to_iso();
    let scheduled = alice.post(
        "/api/v1/statuses",
        json!({"status": "later", "scheduled_at": at, "poll": {"options": ["a", "b"], "expires_in": 600}}),
    );
    alice.post(
        "/api/v1/markers",
        json!({"home": {"last_read_id": id(&post)}, "notifications": {"last_read_id": "1"}}),
    );
    alice.ok("PUT", "/api/v1/announcements/5/reactions/%F0%9F%91%8D", Some(json!({})));
    let collection = alice.post(
        "/api/v1/collections",
        json!({"name": "x", "tag_name": "art", "account_ids": [bob.id.to_string()]}),
    );
    let blocked = app.person("mallory");
    alice.post(&format!("/api/v1/accounts/{}/block", blocked.id), json!({}));
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    app.person("dora").follows(&alice);
    alice.ok("PUT", "/api/v2/notifications/policy", Some(json!({"for_not_following": "filter"})));
    app.person("emil").posts("@alice hello");
    let request = alice.get("/api/v1/notifications/requests");
    app.db.run(&format!("INSERT INTO trends (kind, key, rank) VALUES ('tag', 'fern', 1), ('status', '{}', 1), ('link', 'https://x.example/a', 1)", id(&poll)));
    let notification = alice.notifications()[0].clone();
    let group = alice.get("/api/v2/notifications")["notification_groups"][0]["group_key"]
        .as_str()
        .unwrap()
        .to_owned();
    let url: String =
        url::form_urlencoded::byte_serialize(post["url"].as_str().unwrap().as_bytes()).collect();
    // Values of path parameters by the path that they stand in.
    let (me, him, p) = (alice.id.to_string(), bob.id.to_string(), id(&post));
    let paths = vec![
        "/api/v1/instance".into(),
        "/api/v2/instance".into(),
        "/api/v1/instance/rules".into(),
        "/api/v1/instance/peers".into(),
        "/api/v1/instance/activity".into(),
        "/api/v1/instance/extended_description".into(),
        "/api/v1/instance/privacy_policy".into(),
        "/api/v1/instance/terms_of_service".into(),
        "/api/v1/instance/translation_languages".into(),
        "/api/v1/custom_emojis".into(),
        "/api/v1/announcements".into(),
        "/api/v1/preferences".into(),
        "/api/v1/profile".into(),
        "/api/v1/markers?timeline[]=home&timeline[]=notifications".into(),
        "/api/v1/accounts/verify_credentials".into(),
        format!("/api/v1/accounts/{him}"),
        format!("/api/v1/accounts/{}", id(&far_account)),
        format!("/api/v1/accounts?id[]={him}&id[]={me}"),
        "/api/v1/accounts/lookup?acct=bob".into(),
        "/api/v1/accounts/search?q=bob".into(),
        format!("/api/v1/accounts/relationships?id[]={him}&id[]={}", carol.id),
        format!("/api/v1/accounts/familiar_followers?id[]={him}"),
        format!("/api/v1/accounts/{him}/statuses"),
        format!("/api/v1/accounts/{me}/statuses?pinned=true"),
        format!("/api/v1/accounts/{me}/followers"),
        format!("/api/v1/accounts/{me}/following"),
        format!("/api/v1/accounts/{me}/featured_tags"),
        format!("/api/v1/accounts/{me}/endorsements"),
        format!("/api/v1/accounts/{him}/lists"),
        format!("/api/v1/accounts/{me}/identity_proofs"),
        format!("/api/v1/accounts/{me}/collections"),
        format!("/api/v1/accounts/{me}/in_collections"),
        "/api/v1/timelines/home?limit=40".into(),
        "/api/v1/timelines/public".into(),
        "/api/v1/timelines/tag/fern".into(),
        "/api/v1/timelines/link?url=https%3A%2F%2Fx.example%2Fa".into(),
        format!("/api/v1/timelines/list/{}", id(&list)),
        "/api/v1/timelines/direct".into(),
        format!("/api/v1/statuses/{p}"),
        format!("/api/v1/statuses?id[]={p}&id[]={}", id(&quote)),
        format!("/api/v1/statuses/{p}/context"),
        format!("/api/v1/statuses/{p}/history"),
        format!("/api/v1/statuses/{p}/source"),
        format!("/api/v1/statuses/{p}/favourited_by"),
        format!("/api/v1/statuses/{p}/reblogged_by"),
        format!("/api/v1/statuses/{p}/quotes"),
        format!("/api/v1/polls/{}", id(&poll["poll"])),
        "/api/v1/bookmarks".into(),
        "/api/v1/favourites".into(),
        "/api/v1/mutes".into(),
        "/api/v1/blocks".into(),
        "/api/v1/domain_blocks".into(),
        "/api/v1/domain_blocks/preview?domain=b.example".into(),
        "/api/v1/endorsements".into(),
        "/api/v1/featured_tags".into(),
        "/api/v1/featured_tags/suggestions".into(),
        "/api/v1/followed_tags".into(),
        "/api/v1/tags/fern".into(),
        "/api/v1/follow_requests".into(),
        "/api/v1/lists".into(),
        format!("/api/v1/lists/{}", id(&list)),
        format!("/api/v1/lists/{}/accounts", id(&list)),
        "/api/v1/filters".into(),
        format!("/api/v1/filters/{}", filter["keywords"][0]["id"].as_str().unwrap()),
        "/api/v2/filters".into(),
        format!("/api/v2/filters/{}", id(&filter)),
        format!("/api/v2/filters/{}/keywords", id(&filter)),
        format!("/api/v2/filters/{}/statuses", id(&filter)),
        format!("/api/v2/filters/keywords/{}", filter["keywords"][0]["id"].as_str().unwrap()),
        format!("/api/v2/filters/statuses/{}", id(&filtered)),
        "/api/v1/conversations".into(),
        "/api/v1/scheduled_statuses".into(),
        format!("/api/v1/scheduled_statuses/{}", id(&scheduled)),
        "/api/v1/notifications?include_filtered=true".into(),
        format!("/api/v1/notifications/{}", id(&notification)),
        "/api/v1/notifications/unread_count".into(),
        "/api/v1/notifications/policy".into(),
        "/api/v2/notifications/policy".into(),
        "/api/v1/notifications/requests".into(),
        format!("/api/v1/notifications/requests/{}", id(&request[0])),
        "/api/v1/notifications/requests/merged".into(),
        "/api/v2/notifications".into(),
        "/api/v2/notifications?expand_accounts=partial_avatars".into(),
        "/api/v2/notifications/unread_count".into(),
        format!("/api/v2/notifications/{group}"),
        format!("/api/v2/notifications/{group}/accounts"),
        "/api/v1/suggestions".into(),
        "/api/v2/suggestions".into(),
        "/api/v1/directory".into(),
        "/api/v1/trends".into(),
        "/api/v1/trends/tags".into(),
        "/api/v1/trends/statuses".into(),
        "/api/v1/trends/links".into(),
        "/api/v2/search?q=fern".into(),
        "/api/v2/search?q=bob".into(),
        format!("/api/oembed?url={url}"),
        format!("/api/v1/collections/{}", collection["collection"]["id"].as_str().unwrap()),
        "/.well-known/oauth-authorization-server".into(),
        "/oauth/userinfo".into(),
        "/api/v1/apps/verify_credentials".into(),
        "/api/v1/instance/languages".into(),
        "/api/v1/peers/search?q=b".into(),
        "/health".into(),
        format!("/api/v1/instance/terms_of_service/{}", sori::model::time::Time(NOW).to_date()),
        "/nodeinfo/2.0".into(),
        "/.well-known/nodeinfo".into(),
        "/.well-known/host-meta".into(),
        "/.well-known/webfinger?resource=acct:alice@a.example".into(),
        format!("/api/v1_alpha/accounts/{me}/collections"),
        format!("/api/v1_alpha/accounts/{me}/in_collections"),
        format!("/api/v1_alpha/collections/{}", collection["collection"]["id"].as_str().unwrap()),
    ];
    (app, alice, paths)
}

/// Whether a path is of a template such as `/api/v1/lists/{id}`; static segments count more.
fn matches(template: &str, path: &str) -> Option<usize> {
    let (a, b): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    if a.len() != b.len() || !a.iter().zip(&b).all(|(t, s)| t.starts_with('{') || t == s) {
        return None;
    }
    Some(a.iter().filter(|t| !t.starts_with('{')).count())
}

fn best<'a>(templates: impl Iterator<Item = &'a str>, path: &str) -> Option<&'a str> {
    templates.filter_map(|t| matches(t, path).map(|n| (n, t))).max_by_key(|(n, _)| *n).map(|(_, t)| t)
}

/// What strict clients need of each entity, found by its shape.
fn strict(value: &Value, at: &str, wrong: &mut Vec<String>) {
    const STATUS: &[&str] = &[
        "id",
        "uri",
        "created_at",
        "account",
        "content",
        "visibility",
        "spoiler_text",
        "sensitive",
        "media_attachments",
        "mentions",
        "tags",
        "emojis",
        "replies_count",
        "reblogs_count",
        "favourites_count",
        "quotes_count",
        "quote_approval",
    ];
    const ACCOUNT: &[&str] = &[
        "id",
        "username",
        "acct",
        "url",
        "display_name",
        "note",
        "avatar",
        "header",
        "created_at",
        "locked",
        "bot",
        "fields",
        "emojis",
        "followers_count",
        "following_count",
        "statuses_count",
    ];
    const POLL: &[&str] = &["id", "expired", "multiple", "votes_count", "options", "own_votes", "emojis"];
    const ATTACHMENT: &[&str] = &["id", "type", "url", "preview_url"];
    const TAG: &[&str] = &["name", "url"];
    const RELATIONSHIP: &[&str] = &[
        "following",
        "showing_reblogs",
        "notifying",
        "followed_by",
        "blocking",
        "blocked_by",
        "muting",
        "muting_notifications",
        "requested",
        "requested_by",
        "domain_blocking",
        "endorsed",
        "note",
    ];
    match value {
        Value::Array(all) => {
            all.iter().enumerate().for_each(|(n, v)| strict(v, &format!("{at}[{n}]"), wrong))
        }
        Value::Object(map) => {
            let has = |names: &[&str]| names.iter().all(|n| map.contains_key(*n));
            let needed: &[&str] = if has(&["reblog", "account"]) {
                STATUS
            } else if has(&["acct", "note", "username"]) {
                ACCOUNT
            } else if has(&["expired", "options"]) {
                POLL
            } else if has(&["remote_url", "meta"]) {
                ATTACHMENT
            } else if has(&["history", "url"]) && !has(&["title"]) {
                TAG
            } else if has(&["followed_by", "id"]) {
                RELATIONSHIP
            } else {
                &[]
            };
            for name in needed {
                if map.get(*name).is_none_or(Value::is_null) {
                    wrong.push(format!("{at}: {name} is missing or null"));
                }
            }
            for (name, inner) in map {
                // Trap 14: three digits and a Z.
                if let Some(text) = inner.as_str().filter(|_| {
                    name.ends_with("_at") && name != "last_status_at" && name != "muting_expires_at"
                }) && !(text.len() == 24 && text.ends_with('Z') && text.as_bytes()[19] == b'.')
                {
                    wrong.push(format!("{at}.{name}: {text}"));
                }
                // Trap 15: ids are strings of digits.
                if name == "id"
                    && !inner
                        .as_str()
                        .is_some_and(|i| !i.is_empty() && i.bytes().all(|b| b.is_ascii_digit() || b == b'-'))
                {
                    wrong.push(format!("{at}.id: {inner}"));
                }
                strict(inner, &format!("{at}.{name}"), wrong);
            }
        }
        _ => {}
    }
}

#[test]
fn every_get_answers_as_the_description_says() {
    let (app, alice, paths) = seeded();
    let mut wrong = Vec::new();
    let mut answers: Vec<(String, Value)> = Vec::new();
    for path in &paths {
        let response = alice.call("GET", path, None);
        let text = String::from_utf8_lossy(&response.body).into_owned();
        if response.status != 200 {
            wrong.push(format!("{path}: {} {text:.200}", response.status));
            continue;
        }
        // No read takes more than two round trips.
        let trips = app.cost.borrow().trips;
        if trips > 2 {
            wrong.push(format!("{path}: {trips} round trips"));
        }
        if path == "/health" || path.contains("host-meta") {
            continue;
        }
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}: {text:.200}"));
        if path.starts_with("/api/v1/") || path.starts_with("/api/v2/") {
            let empties = [
                "in_collections",
                "identity_proofs",
                "translation_languages",
                "suggestions",
                "notifications/policy",
            ];
            let is_empty = value == json!([]) || value == json!({});
            if is_empty && !empties.iter().any(|e| path.contains(e)) {
                wrong.push(format!("{path}: nothing in it, so nothing is tested"));
            }
            if !path.contains("apps/") && !path.contains("/instance") {
                strict(&value, path, &mut wrong);
            }
        }
        answers.push((path.clone(), value));
    }
    // Each GET of the route table is among them.
    let called: BTreeSet<&str> = paths.iter().map(|p| p.split('?').next().unwrap_or(p)).collect();
    let templates: Vec<&'static str> = sori::routes::all()
        .into_iter()
        .filter(|(surface, r)| r.method == "GET" && *surface == sori::routes::Surface::Api)
        .map(|(_, r)| r.pattern)
        .collect();
    for template in &templates {
        let is_called = called.iter().any(|p| best(templates.iter().copied(), p) == Some(template));
        // Blocked domains are not published here, as Mastodon answers where that is not wanted: 404.
        if !is_called && !template.ends_with(".png") && !template.ends_with("/domain_blocks") {
            wrong.push(format!("GET {template} is called by nobody"));
        }
    }
    let Ok(text) = std::fs::read_to_string(SCHEMAS) else {
        println!("skipped the schemas: {SCHEMAS} is not here");
        assert!(wrong.is_empty(), "{wrong:#?}");
        return;
    };
    let mut document: Value = serde_json::from_str(&text).unwrap();
    overridden(&mut document);
    let operations: Map<String, Value> = document["paths"].as_object().unwrap().clone();
    let mut validated = 0;
    for (path, value) in &answers {
        let plain = path.split('?').next().unwrap_or(path);
        let Some(template) = best(operations.keys().map(String::as_str), plain) else { continue };
        // The description has no /notifications/policy of the first version: it is no notification.
        let ours = best(templates.iter().copied(), plain).unwrap_or(plain);
        if matches(template, plain) != matches(ours, plain) {
            continue;
        }
        let Some(schema) = operations[template]
            .pointer("/get/responses/200/content/application~1json/schema")
            .filter(|s| !s.is_null())
        else {
            continue;
        };
        let mut root = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"]});
        root.as_object_mut().unwrap().extend(schema.as_object().unwrap().clone());
        let validator = jsonschema::validator_for(&root).unwrap();
        for error in validator.iter_errors(value).take(5) {
            wrong.push(format!("{path} {}: {:.200}", error.instance_path(), error.to_string()));
        }
        validated += 1;
    }
    println!("{} answers, {validated} of them validated by a schema", answers.len());
    assert!(validated > 90, "{validated}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}
