//! For each endpoint of the client API: no token, a scope that is too small, an unknown id, things of others,
//! hidden things, parameters that are missing, of a wrong type or too long. Always a 4xx in Mastodon's
//! format.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sori::http::handler::Access;
use sori::http::response::Response;

use crate::app::{Person, TestApp};
use crate::scene::{READS, Scene, WRITES, api_routes, route_of};

/// An error as clients read it: JSON with a non-empty error.
fn check(response: &Response, statuses: &[u16], what: &str, wrong: &mut Vec<String>) {
    let text = String::from_utf8_lossy(&response.body);
    let error = serde_json::from_slice::<Value>(&response.body).unwrap_or_default()["error"].clone();
    if !statuses.contains(&response.status) || error.as_str().is_none_or(str::is_empty) {
        wrong.push(format!("{what}: {} {text:.120}", response.status));
    }
}

/// Every call of the scene: method, path and body, with placeholders.
fn calls() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    READS.iter().map(|path| ("GET", *path, "")).chain(WRITES.iter().copied())
}

fn sent(scene: &Scene, body: &str) -> Option<Value> {
    (!body.is_empty()).then(|| serde_json::from_str(&scene.fill(body)).unwrap())
}

fn access_of(method: &str, path: &str) -> Access {
    let pattern = route_of(method, path).unwrap();
    let routes = sori::routes::all();
    routes.iter().find(|(_, r)| (r.method, r.pattern) == (method, pattern)).unwrap().1.access
}

/// A token with a few scopes, of an account or of a client.
fn token(app: &TestApp, person: Option<&Person>, scopes: &str) -> String {
    let event = app.ready();
    pollster::block_on(async {
        let scopes = sori::model::scope::Scopes::parse(scopes).unwrap();
        let (client, _) =
            sori::services::grant::register_client(&event, "t", None, vec!["t:/".into()], &scopes)
                .await
                .unwrap();
        let user = match person {
            Some(p) => sori::store::load(&event.db, sori::store::users::by_account(p.id)).await.unwrap(),
            None => None,
        };
        let user = user.map(|u| u.id);
        sori::services::grant::issue(&event, client.id, user, &scopes.to_string()).await.unwrap().0
    })
}

#[test]
fn every_route_requires_its_token_and_scope() {
    let scene = Scene::new();
    let client = token(&scene.app, None, "read write follow push profile");
    let narrow = token(&scene.app, Some(&scene.alice), "push");
    let other = token(&scene.app, Some(&scene.alice), "profile");
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for (method, path, body) in calls() {
        let path = scene.fill(path);
        let body = || sent(&scene, body);
        let what = |who: &str| format!("{method} {path} of {who}");
        let call = |token: Option<&str>| scene.app.request(method, &path, token, body());
        scene.app.clock.advance(2000);
        match access_of(method, &path) {
            Access::Public(_) | Access::Document(_) => {}
            Access::Anyone(..) => {
                check(&call(Some("nonsense")), &[401], &what("nobody known"), &mut wrong);
                check(&call(Some(&narrow)), &[403], &what("a small scope"), &mut wrong);
            }
            Access::User(scope, _) | Access::Staff(scope, ..) => {
                let narrow = if scope == "push" { &other } else { &narrow };
                check(&call(None), &[401], &what("nobody"), &mut wrong);
                check(&call(Some("nonsense")), &[401], &what("nobody known"), &mut wrong);
                check(&call(Some(&client)), &[422], &what("a client"), &mut wrong);
                check(&call(Some(narrow)), &[403], &what("a small scope"), &mut wrong);
            }
            Access::Client(_) => {
                check(&call(None), &[401], &what("nobody"), &mut wrong);
                check(&call(Some("nonsense")), &[401], &what("nobody known"), &mut wrong);
            }
        }
        checked += 1;
    }
    println!("{checked} calls");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Placeholders in paths that are not ids of rows.
const NO_IDS: &[&str] = &["<url>"];

#[test]
fn unknown_ids_are_not_found() {
    let scene = Scene::new();
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for (method, path, body) in calls() {
        let plain = path.split('?').next().unwrap_or(path);
        if !plain.contains('<') || NO_IDS.iter().any(|n| plain.contains(n)) {
            continue;
        }
        // Removing what is not there succeeds.
        let is_idempotent = path.contains("/suggestions/") || path.contains("<group>/dismiss");
        for unknown in ["99", "abc", "%F0%9F%A6%80", "0", "-1", "9007199254740993"] {
            let mut asked = plain.to_owned();
            while let Some((before, rest)) = asked.clone().split_once('<') {
                let after = rest.split_once('>').map_or("", |(_, after)| after);
                asked = format!("{before}{unknown}{after}");
            }
            let response = scene.call(method, &asked, sent(&scene, body));
            if is_idempotent && response.status == 200 {
                continue;
            }
            // Only the account itself may ask which collections contain it.
            let statuses: &[u16] = if path.ends_with("/in_collections") { &[403, 404] } else { &[404] };
            check(&response, statuses, &format!("{method} {asked}"), &mut wrong);
            checked += 1;
            scene.app.clock.advance(2000);
        }
    }
    println!("{checked} calls of what is not there");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Placeholders in paths for what belongs to alice.
const HERS: &[&str] = &[
    "<list>",
    "<filter>",
    "<keyword>",
    "<filtered>",
    "<filter_v1>",
    "<scheduled>",
    "<conversation>",
    "<note>",
    "<note2>",
    "<request>",
    "<request2>",
    "<featured>",
    "follow_requests/<",
];

#[test]
fn advisory_cve_2026_28431_28433_things_of_others_cannot_be_changed() {
    let scene = Scene::new();
    let state = || -> Vec<Value> {
        [
            "lists",
            "filters",
            "scheduled_statuses",
            "conversations",
            "notifications",
            "follow_requests",
            "featured_tags",
        ]
        .iter()
        .map(|p| scene.alice.get(&format!("/api/v1/{p}")))
        .chain([scene.alice.get(&scene.fill("/api/v1/accounts/<me>/statuses"))])
        .chain([scene.alice.get(&scene.fill("/api/v1/collections/<collection>"))])
        .collect()
    };
    let before = state();
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for (method, path, body) in calls() {
        let changes_hers = method != "GET"
            && (path.contains("statuses/<post>") || path.contains("statuses/<plain>"))
            && !path.ends_with("mute")
            // Everybody may react.
            && !path.contains("/reactions/")
            // Unpinning what is not pinned succeeds.
            && !path.ends_with("/unpin");
        let is_collection = method != "GET" && path.contains("collections/<");
        let is_hers = HERS.iter().any(|n| path.contains(n)) && !path.contains("/accounts/<bob>");
        if !(is_hers || changes_hers || is_collection || path.ends_with("/source")) {
            continue;
        }
        let asked = scene.fill(path);
        let response = scene.eve.call(method, &asked, sent(&scene, body));
        check(&response, &[403, 404, 422], &format!("{method} {path}"), &mut wrong);
        checked += 1;
    }
    // Lists of ids of others change nothing.
    for (path, name) in [("destroy_multiple", "ids"), ("requests/accept", "id"), ("requests/dismiss", "id")] {
        let method = if name == "ids" { "DELETE" } else { "POST" };
        let body = scene.fill(&json!({name: ["<note>", "<request>"]}).to_string());
        scene.eve.call(
            method,
            &format!("/api/v1/notifications/{path}"),
            Some(serde_json::from_str(&body).unwrap()),
        );
        checked += 1;
    }
    println!("{checked} calls of what is alice's, by eve");
    assert!(checked > 45, "{checked}");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(before == state(), "something of alice's changed");
}

#[test]
fn hidden_things_are_not_found() {
    let scene = Scene::new();
    let (mut wrong, mut checked) = (Vec::new(), 0);
    let mallory = scene.app.person("mallory");
    for (method, pattern) in api_routes() {
        let is_of_a_status =
            pattern.starts_with("/api/v1/statuses/{id}") || pattern.starts_with("/api/v1/polls/{id}");
        if !is_of_a_status {
            continue;
        }
        let at =
            |id: &str| scene.fill(&pattern.replace("{id}", id).replace("{quoting_status_id}", "<quote>"));
        let body = || Some(json!({"status": "x", "quote_approval_policy": "public", "choices": [0]}));
        // A private status and a direct one for an account that follows nobody; a public one by an author who
        // blocks the viewer.
        for (viewer, id) in [(&scene.eve, "<private>"), (&scene.eve, "<direct>"), (&mallory, "<post>")] {
            check(
                &viewer.call(method, &at(id), body()),
                &[404],
                &format!("{method} {pattern} {id}"),
                &mut wrong,
            );
            let anonymous = scene.app.request(method, &at(id), None, body());
            if id != "<post>" {
                check(&anonymous, &[401, 404], &format!("{method} {pattern} {id} of nobody"), &mut wrong);
            }
            checked += 1;
        }
        scene.app.clock.advance(60_000);
    }
    let list = scene.eve.get(&scene.fill("/api/v1/statuses?id[]=<private>&id[]=<direct>&id[]=<post>"));
    assert_eq!(list.as_array().unwrap().len(), 1);
    for (name, statuses) in [("in_reply_to_id", &[404][..]), ("quoted_status_id", &[404, 422])] {
        for id in ["<private>", "<direct>"] {
            let body = json!({"status": "x", name: scene.fill(id)});
            check(
                &scene.eve.call("POST", "/api/v1/statuses", Some(body)),
                statuses,
                &format!("{name} {id}"),
                &mut wrong,
            );
        }
    }
    println!("{checked} calls of what is hidden");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Calls that require a body.
const NEEDY: &[(&str, &str)] = &[
    ("POST", "/api/v1/apps"),
    ("POST", "/oauth/token"),
    ("POST", "/oauth/revoke"),
    ("POST", "/api/v1/accounts"),
    ("POST", "/api/v1/domain_blocks"),
    ("DELETE", "/api/v1/domain_blocks"),
    ("POST", "/api/v1/statuses"),
    ("PUT", "/api/v1/statuses/{id}"),
    ("PUT", "/api/v1/statuses/{id}/interaction_policy"),
    ("PATCH", "/api/v1/statuses/{id}/interaction_policy"),
    ("POST", "/api/v1/polls/{id}/votes"),
    ("POST", "/api/v1/lists"),
    ("POST", "/api/v2/filters"),
    ("POST", "/api/v2/filters/{filter_id}/keywords"),
    ("POST", "/api/v2/filters/{filter_id}/statuses"),
    ("POST", "/api/v1/filters"),
    ("POST", "/api/v1/featured_tags"),
    ("POST", "/api/v1/collections"),
    ("POST", "/api/v1/collections/{collection_id}/items"),
    ("POST", "/api/v1_alpha/collections"),
    ("POST", "/api/v1_alpha/collections/{collection_id}/items"),
];

#[test]
fn missing_parameters_and_wrong_types_are_refused() {
    let scene = Scene::new();
    let (mut wrong, mut checked) = (Vec::new(), 0);
    let mut refused = BTreeSet::new();
    let odd = [
        json!({"x": ["y"]}),
        json!([[[]], {"a": null}]),
        json!("x".repeat(100_000)),
        json!(null),
        json!(-1),
        json!(1e300),
        json!(true),
        json!("\u{0}\u{202e}🦀"),
        json!("99999999999999999999"),
    ];
    for (method, path, body) in WRITES {
        // Deletions need no body; required bodies are validated before anything is done.
        let asked = scene.fill(path);
        let whole: Value = serde_json::from_str(&scene.fill(body)).unwrap();
        let whole = whole.as_object().unwrap();
        if whole.is_empty() {
            continue;
        }
        let pattern = route_of(method, &asked).unwrap();
        let nothing = scene.call(method, &asked, Some(json!({})));
        if NEEDY.contains(&(*method, pattern)) {
            check(&nothing, &[400, 401, 403, 422], &format!("{method} {path} without a body"), &mut wrong);
            refused.insert((*method, pattern));
        }
        for key in whole.keys() {
            for value in &odd {
                let mut changed = whole.clone();
                changed.insert(key.clone(), value.clone());
                let response = scene.call(method, &asked, Some(Value::Object(changed)));
                if response.status >= 400 {
                    let shown: String = value.to_string().chars().take(30).collect();
                    let mut allowed = vec![400, 401, 403, 404, 409, 422];
                    // A network signs up some ten times a day.
                    allowed.extend((pattern == "/api/v1/accounts").then_some(429));
                    check(&response, &allowed, &format!("{method} {path} {key}={shown}"), &mut wrong);
                }
                checked += 1;
                scene.app.clock.advance(11 * 60_000);
                // There is a limit of them for each account.
                scene.app.write("DELETE FROM reports");
            }
        }
    }
    let lacking: Vec<_> = NEEDY.iter().filter(|n| !refused.contains(*n)).collect();
    assert!(lacking.is_empty(), "not tried: {lacking:?}");
    println!("{checked} calls with odd values");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn values_out_of_bounds_are_refused() {
    let scene = Scene::new();
    let x = |n: usize| "x".repeat(n);
    let option = |n: usize| json!({"status": "x", "poll": {"options": ["a", x(n)], "expires_in": 600}});
    let poll = |options: Value, expires: i64| json!({"status": "x", "poll": {"options": options, "expires_in": expires}});
    let member = |id: &str| json!({"account_ids": [id]});
    let fields = |n: usize| json!({"fields_attributes": (0..n).map(|i| json!({"name": i.to_string(), "value": "v"})).collect::<Vec<_>>()});
    let mut wrong = Vec::new();
    let table = [
        ("POST", "/api/v1/statuses", json!({"status": x(501)}), 422),
        ("POST", "/api/v1/statuses", json!({"status": x(300), "spoiler_text": x(201)}), 422),
        ("POST", "/api/v1/statuses", json!({"status": "x", "visibility": "secret"}), 422),
        ("POST", "/api/v1/statuses", json!({"status": "x", "language": "klingon"}), 422),
        ("POST", "/api/v1/statuses", json!({"status": "x", "in_reply_to_id": "five"}), 400),
        ("POST", "/api/v1/statuses", json!({"status": "x", "in_reply_to_id": "5"}), 404),
        ("POST", "/api/v1/statuses", json!({"status": "x", "media_ids": ["5"]}), 422),
        ("POST", "/api/v1/statuses", json!({"status": "x", "scheduled_at": "tomorrow"}), 422),
        ("POST", "/api/v1/statuses", json!({"status": "x", "scheduled_at": "2020-01-01T00:00:00Z"}), 422),
        ("POST", "/api/v1/statuses", json!({"status": "x", "quote_approval_policy": "whoever"}), 422),
        ("POST", "/api/v1/statuses", option(51), 422),
        ("POST", "/api/v1/statuses", poll(json!(["a"]), 600), 422),
        ("POST", "/api/v1/statuses", poll(json!(["a", "a"]), 600), 422),
        ("POST", "/api/v1/statuses", poll(json!(["1", "2", "3", "4", "5"]), 600), 422),
        ("POST", "/api/v1/statuses", poll(json!(["a", "b"]), 299), 422),
        ("POST", "/api/v1/statuses", poll(json!(["a", "b"]), 2_700_000), 422),
        ("PUT", "/api/v1/statuses/<post>", json!({"status": x(501)}), 422),
        ("POST", "/api/v1/statuses/<poll>/reblog", json!({"visibility": "direct"}), 422),
        ("POST", "/api/v1/statuses/<direct>/reblog", json!({}), 404),
        ("POST", "/api/v1/statuses/<poll>/pin", json!({}), 422),
        ("PUT", "/api/v1/statuses/<post>/interaction_policy", json!({"quote_approval_policy": "x"}), 422),
        ("POST", "/api/v1/polls/<open_poll>/votes", json!({"choices": [5]}), 422),
        ("POST", "/api/v1/polls/<open_poll>/votes", json!({"choices": [0, 1]}), 422),
        ("POST", "/api/v1/polls/<open_poll>/votes", json!({"choices": ["x"]}), 422),
        ("POST", "/api/v1/polls/<poll>/votes", json!({"choices": [0]}), 422),
        ("POST", "/api/v1/accounts/<me>/follow", json!({}), 403),
        ("POST", "/api/v1/accounts/<me>/mute", json!({}), 403),
        ("POST", "/api/v1/accounts/<me>/block", json!({}), 403),
        ("POST", "/api/v1/accounts/<eve>/mute", json!({"duration": -5}), 422),
        ("POST", "/api/v1/accounts/<eve>/mute", json!({"duration": "long"}), 400),
        ("POST", "/api/v1/accounts/<eve>/note", json!({"comment": x(2001)}), 422),
        ("POST", "/api/v1/accounts/<eve>/endorse", json!({}), 422),
        ("PATCH", "/api/v1/accounts/update_credentials", json!({"display_name": x(41)}), 422),
        ("PATCH", "/api/v1/accounts/update_credentials", json!({"note": x(501)}), 422),
        ("PATCH", "/api/v1/accounts/update_credentials", fields(5), 422),
        (
            "PATCH",
            "/api/v1/accounts/update_credentials",
            json!({"fields_attributes": [{"name": x(256), "value": "v"}]}),
            422,
        ),
        ("PATCH", "/api/v1/accounts/update_credentials", json!({"source": {"privacy": "x"}}), 422),
        ("PATCH", "/api/v1/accounts/update_credentials", json!({"source": {"language": "x"}}), 422),
        ("PUT", "/api/v1/profile", json!({"display_name": x(41)}), 422),
        ("POST", "/api/v1/reports", json!({}), 404),
        ("POST", "/api/v1/reports", json!({"account_id": "99"}), 404),
        ("POST", "/api/v1/reports", json!({"account_id": "<bob>", "status_ids": ["<plain>"]}), 404),
        ("POST", "/api/v1/reports", json!({"account_id": "<bob>", "comment": x(1001)}), 422),
        ("POST", "/api/v1/reports", json!({"account_id": "<bob>", "category": "taste"}), 422),
        ("POST", "/api/v1/reports", json!({"account_id": "<bob>", "rule_ids": ["7"]}), 422),
        ("POST", "/api/v1/lists", json!({"title": x(257)}), 422),
        ("POST", "/api/v1/lists", json!({"title": "x", "replies_policy": "x"}), 422),
        ("PUT", "/api/v1/lists/<list>", json!({"title": ""}), 422),
        ("POST", "/api/v1/lists/<list>/accounts", member("<eve>"), 404),
        ("POST", "/api/v1/lists/<list>/accounts", member("99"), 404),
        ("POST", "/api/v2/filters", json!({"title": x(257), "context": ["home"]}), 422),
        ("POST", "/api/v2/filters", json!({"title": "x", "context": ["kitchen"]}), 422),
        (
            "POST",
            "/api/v2/filters",
            json!({"title": "x", "context": ["home"], "filter_action": "shout"}),
            422,
        ),
        ("POST", "/api/v2/filters", json!({"title": "x", "context": ["home"], "expires_in": "soon"}), 400),
        (
            "POST",
            "/api/v2/filters",
            json!({"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": x(513)}]}),
            422,
        ),
        ("POST", "/api/v2/filters/<filter>/keywords", json!({"keyword": x(513)}), 422),
        ("POST", "/api/v2/filters/<filter>/statuses", json!({"status_id": "99"}), 404),
        ("POST", "/api/v2/filters/<filter>/statuses", json!({"status_id": "<quote>"}), 422),
        ("POST", "/api/v1/filters", json!({"phrase": "x", "context": []}), 422),
        ("POST", "/api/v1/domain_blocks", json!({"domain": "no domain"}), 422),
        ("POST", "/api/v1/domain_blocks", json!({"domain": format!("{}.example", x(64))}), 422),
        ("POST", "/api/v1/tags/%20/follow", json!({}), 404),
        ("POST", "/api/v1/featured_tags", json!({"name": "a b"}), 422),
        ("POST", "/api/v1/markers", json!({"home": {"last_read_id": "x"}}), 400),
        ("PUT", "/api/v1/announcements/5/reactions/nothing", json!({}), 422),
        ("PUT", "/api/v1/announcements/6/reactions/fern", json!({}), 404),
        ("PUT", "/api/v1/scheduled_statuses/<scheduled>", json!({"scheduled_at": "x"}), 422),
        (
            "PUT",
            "/api/v1/scheduled_statuses/<scheduled>",
            json!({"scheduled_at": "2020-01-01T00:00:00Z"}),
            422,
        ),
        ("PUT", "/api/v2/notifications/policy", json!({"for_bots": "eat"}), 422),
        ("POST", "/api/v1/collections", json!({"name": x(101)}), 422),
        ("POST", "/api/v1/collections", json!({"name": "x", "language": "klingon"}), 422),
        ("POST", "/api/v1/collections/<collection>/items", json!({"account_id": "99"}), 404),
        ("POST", "/api/v1/apps", json!({"client_name": x(61), "redirect_uris": "app://x"}), 422),
        ("POST", "/api/v1/apps", json!({"client_name": "x", "redirect_uris": "javascript:x"}), 422),
        (
            "POST",
            "/api/v1/apps",
            json!({"client_name": "x", "redirect_uris": "app://x", "scopes": "all"}),
            422,
        ),
        ("POST", "/oauth/token", json!({"grant_type": "password"}), 400),
        ("GET", "/api/v1/timelines/home?max_id=abc", json!({}), 400),
        ("GET", "/api/v1/timelines/home?limit=many", json!({}), 400),
        ("GET", "/api/v1/timelines/list/99", json!({}), 404),
        ("GET", "/api/v1/timelines/link", json!({}), 404),
        ("GET", "/api/v1/accounts/lookup", json!({}), 404),
        ("GET", "/api/v2/search", json!({}), 400),
        ("GET", "/api/v2/search?q=x&type=planets", json!({}), 400),
        ("GET", "/api/v1/notifications?account_id=x", json!({}), 400),
        ("GET", "/api/v1/instance/terms_of_service/yesterday", json!({}), 404),
        ("GET", "/api/oembed", json!({}), 404),
        ("GET", "/api/oembed?url=https%3A%2F%2Fother.example%2Fx", json!({}), 404),
    ];
    for (method, path, body, status) in &table {
        let body: Value = serde_json::from_str(&scene.fill(&body.to_string())).unwrap();
        let shown: String = body.to_string().chars().take(60).collect();
        let response = scene.call(method, &scene.fill(path), Some(body));
        check(&response, &[*status], &format!("{method} {path} {shown} (should be {status})"), &mut wrong);
        scene.app.clock.advance(3 * 60_000);
    }
    println!("{} refusals", table.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}
