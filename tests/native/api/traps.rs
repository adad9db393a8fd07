//! Known incompatibilities of servers with clients of the Mastodon API ("traps", numbered 1 to 44): one test
//! for each. Some are unit tests in src/; the last test counts them all.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sori::http::request::Request;
use sori::http::response::Response;
use sori::platform::native::{Clock, Network};

use crate::app::{MINUTE, NOW, Person, TestApp, header, id, ids, people, settle};
use crate::remote::Remote;

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body)
        .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&response.body)))
}

fn anonymous(app: &TestApp, target: &str) -> Value {
    let response = app.request("GET", target, None, None);
    assert_eq!(response.status, 200, "{target}");
    body(&response)
}

fn client(app: &TestApp) -> Value {
    let made = json!({"client_name": "x", "redirect_uris": "app://x", "scopes": "read write"});
    body(&app.request("POST", "/api/v1/apps", None, Some(made)))
}

/// A 404 in JSON, as clients expect for absent things.
fn is_absent(person: &Person, method: &str, path: &str) {
    let response = person.call(method, path, None);
    assert_eq!(response.status, 404, "{method} {path}");
    assert!(header(&response, "content-type").starts_with("application/json"), "{path}");
    assert!(body(&response)["error"].is_string(), "{path}");
}

#[test]
fn trap_1_a_token_is_given_to_any_kind_of_body() {
    let app = TestApp::alone();
    let client = client(&app);
    let (key, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let pairs = [("grant_type", "client_credentials"), ("client_id", key), ("client_secret", secret)];
    let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let multipart: String = pairs
        .iter()
        .map(|(n, v)| format!("--b\r\nContent-Disposition: form-data; name=\"{n}\"\r\n\r\n{v}\r\n"))
        .collect();
    let object: Value = pairs.iter().map(|(n, v)| ((*n).to_owned(), json!(v))).collect();
    for (kind, query, sent) in [
        ("application/json", "", object.to_string()),
        ("application/x-www-form-urlencoded", "", form.clone()),
        ("", "", form.clone()),
        ("multipart/form-data; boundary=b", "", format!("{multipart}--b--\r\n")),
        ("", form.as_str(), String::new()),
    ] {
        let mut request = Request {
            method: "POST".into(),
            path: "/oauth/token".into(),
            query: query.into(),
            body: sent.into_bytes(),
            ..Request::default()
        };
        if !kind.is_empty() {
            request.headers.add("content-type", kind);
        }
        let response = app.send(request);
        assert_eq!(response.status, 200, "{kind} ?{query}");
        assert!(body(&response)["access_token"].is_string());
    }
}

#[test]
fn trap_2_several_redirect_uris_in_lines_or_in_an_array() {
    let app = TestApp::alone();
    for uris in
        [json!("app://x\nhttps://x.example/cb\r\nurn:ietf:wg:oauth:2.0:oob"), json!(["app://x", "b:/c"])]
    {
        let made = app.request(
            "POST",
            "/api/v1/apps",
            None,
            Some(json!({"client_name": "x", "redirect_uris": uris})),
        );
        assert_eq!(made.status, 200, "{uris}");
        let count = uris.as_array().map_or(3, Vec::len);
        assert_eq!(body(&made)["redirect_uris"].as_array().unwrap().len(), count);
    }
}

#[test]
fn trap_7_a_token_has_its_four_keys() {
    let app = TestApp::alone();
    let client = client(&app);
    let asked = json!({"grant_type": "client_credentials", "client_id": client["client_id"], "client_secret": client["client_secret"], "scope": "read"});
    let token = body(&app.request("POST", "/oauth/token", None, Some(asked)));
    assert!(token["access_token"].is_string());
    assert_eq!((&token["token_type"], &token["scope"]), (&json!("Bearer"), &json!("read")));
    assert_eq!(token["created_at"], NOW / 1000);
}

#[test]
fn trap_8_apps_verify_credentials_takes_an_apps_token_and_a_persons() {
    let app = TestApp::alone();
    let client = client(&app);
    let asked = json!({"grant_type": "client_credentials", "client_id": client["client_id"], "client_secret": client["client_secret"]});
    let token = body(&app.request("POST", "/oauth/token", None, Some(asked)));
    let seen = app.request("GET", "/api/v1/apps/verify_credentials", token["access_token"].as_str(), None);
    assert_eq!((seen.status, &body(&seen)["name"]), (200, &json!("x")));
    assert_eq!(app.person("alice").get("/api/v1/apps/verify_credentials")["name"], "test");
    assert_eq!(app.request("GET", "/api/v1/apps/verify_credentials", None, None).status, 401);
}

#[test]
fn trap_9_both_instance_versions_are_complete_and_preferences_exist() {
    let (app, alice, _) = people();
    let v2 = anonymous(&app, "/api/v2/instance");
    for pointer in [
        "/domain",
        "/title",
        "/version",
        "/description",
        "/languages/0",
        "/thumbnail/url",
        "/registrations/enabled",
        "/registrations/approval_required",
        "/configuration/statuses/max_characters",
        "/configuration/statuses/max_media_attachments",
        "/configuration/statuses/characters_reserved_per_url",
        "/configuration/polls/max_options",
        "/configuration/polls/max_characters_per_option",
        "/configuration/polls/min_expiration",
        "/configuration/polls/max_expiration",
        "/configuration/media_attachments/supported_mime_types",
        "/configuration/accounts/max_featured_tags",
        "/configuration/translation/enabled",
        "/api_versions/mastodon",
        "/contact/email",
        "/rules",
    ] {
        assert!(v2.pointer(pointer).is_some_and(|v| !v.is_null()), "v2 {pointer}");
    }
    let v1 = anonymous(&app, "/api/v1/instance");
    for pointer in [
        "/uri",
        "/title",
        "/description",
        "/short_description",
        "/email",
        "/version",
        "/urls/streaming_api",
        "/stats/user_count",
        "/stats/status_count",
        "/stats/domain_count",
        "/configuration/statuses/max_characters",
    ] {
        assert!(v1.pointer(pointer).is_some_and(|v| !v.is_null()), "v1 {pointer}");
    }
    assert_eq!(alice.get("/api/v1/preferences")["posting:default:visibility"], "public");
}

#[test]
fn trap_10_the_version_begins_with_mastodons() {
    let app = TestApp::alone();
    let expected = format!("4.6.5 (compatible; Sori {})", env!("CARGO_PKG_VERSION"));
    for path in ["/api/v1/instance", "/api/v2/instance"] {
        assert_eq!(anonymous(&app, path)["version"], expected);
    }
    assert_eq!(anonymous(&app, "/nodeinfo/2.0")["software"]["name"], "sori");
}

/// Which endpoints came with which value of `api_versions.mastodon`. Why some values are skipped:
/// docs/decisions/0006-api-version.md.
const NUMBERED: &[(i64, &str, &str)] = &[
    (2, "GET", "/api/v2/notifications"),
    (2, "GET", "/api/v2/notifications/{group_key}"),
    (3, "GET", "/.well-known/oauth-authorization-server"),
    (4, "POST", "/api/v1/push/subscription"),
    (6, "POST", "/api/v1/accounts/{id}/endorse"),
    (6, "GET", "/api/v1/accounts/{id}/endorsements"),
    (7, "GET", "/api/v1/statuses/{id}/quotes"),
    (7, "PUT", "/api/v1/statuses/{id}/interaction_policy"),
    (8, "GET", "/api/v1/profile"),
    (8, "DELETE", "/api/v1/profile/avatar"),
    (10, "POST", "/api/v1/collections"),
    (11, "GET", "/api/v1/accounts/{id}/in_collections"),
];

/// Parameter names are ignored: `{id}` and `{account_id}` are the same.
fn shape(pattern: &str) -> String {
    pattern.split('/').map(|s| if s.starts_with('{') { "{}" } else { s }).collect::<Vec<_>>().join("/")
}

#[test]
fn the_api_version_hides_no_feature_that_exists() {
    let ours: BTreeSet<(&str, String)> =
        sori::routes::all().into_iter().map(|(_, r)| (r.method, shape(r.pattern))).collect();
    let told = anonymous(&TestApp::alone(), "/api/v2/instance")["api_versions"]["mastodon"].as_i64();
    // The highest value that a client checks for, so that no existing feature is hidden.
    assert_eq!(told, Some(11));
    let lacking: Vec<_> = NUMBERED
        .iter()
        .filter(|(number, method, path)| Some(*number) <= told && !ours.contains(&(*method, shape(path))))
        .map(|(number, ..)| *number)
        .collect();
    assert_eq!(lacking, [0; 0]);
    // 11 is the value of Mastodon 4.6.5.
    assert!(ours.contains(&("GET", shape("/api/v1/streaming"))));
}

/// Streaming is not announced without its binding, since clients would reconnect every few seconds.
/// Version 1 of the entity must have a URL, so it has one that does not work.
#[test]
fn trap_11_no_streaming_url_is_announced() {
    let app = TestApp::alone();
    assert_eq!(anonymous(&app, "/api/v1/instance")["urls"]["streaming_api"], "wss://streaming.invalid");
    assert_eq!(anonymous(&app, "/api/v2/instance")["configuration"]["urls"]["streaming"], Value::Null);
    for version in ["v1", "v2"] {
        let entity = anonymous(&app, &format!("/api/{version}/instance")).to_string();
        assert!(!entity.contains("wss://a.example"), "{version}");
    }
}

#[test]
fn trap_12_there_is_always_a_contact_account() {
    let app = TestApp::alone();
    assert_eq!(anonymous(&app, "/api/v2/instance")["contact"]["account"]["username"], "owner");
    assert_eq!(anonymous(&app, "/api/v1/instance")["contact_account"]["username"], "owner");
}

#[test]
fn trap_13_pictures_have_absolute_urls_that_work() {
    let (app, alice, _) = people();
    let remote = Remote::new(&app.network, "b.example");
    remote.person("far");
    for account in [alice.get("/api/v1/accounts/verify_credentials"), alice.finds("far@b.example")] {
        for key in ["avatar", "avatar_static", "header", "header_static"] {
            let address = account[key].as_str().unwrap_or_else(|| panic!("{key} is null"));
            let path = address.strip_prefix("https://a.example").expect("absolute");
            let picture = app.request("GET", path, None, None);
            assert_eq!((picture.status, header(&picture, "content-type")), (200, "image/png".into()));
        }
    }
}

/// Every value under a key that ends in `_at`.
fn moments(value: &Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Array(all) => all.iter().for_each(|v| moments(v, found)),
        Value::Object(map) => {
            for (key, inner) in map {
                if key.ends_with("_at") {
                    found.push((key.clone(), inner.clone()));
                }
                moments(inner, found);
            }
        }
        _ => {}
    }
}

#[test]
fn trap_14_times_have_milliseconds_and_a_z() {
    let (_, alice, bob) = people();
    let post = alice.posts("hello");
    bob.act(&post, "favourite");
    let edited = alice.ok(
        "PUT",
        &format!("/api/v1/statuses/{}", id(&post)),
        Some(json!({"status": "hi", "poll": {"options": ["a", "b"], "expires_in": 600}})),
    );
    let mut found = Vec::new();
    for value in [edited, json!(alice.notifications()), alice.get("/api/v2/notifications")] {
        moments(&value, &mut found);
    }
    let mut checked = BTreeSet::new();
    for (key, value) in found {
        let Some(text) = value.as_str() else { continue };
        let digits = if key == "last_status_at" { "0000-00-00" } else { "0000-00-00T00:00:00.000Z" };
        let form: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(form, digits, "{key}");
        checked.insert(key);
    }
    for key in ["created_at", "edited_at", "expires_at", "last_status_at", "latest_page_notification_at"] {
        assert!(checked.contains(key), "no {key} was seen");
    }
    let account = alice.get("/api/v1/accounts/verify_credentials");
    assert!(account["created_at"].as_str().unwrap().ends_with("T00:00:00.000Z"));
}

#[test]
fn trap_15_a_boost_has_an_id_of_its_own_and_all_ids_are_digits() {
    let (_, alice, bob) = people();
    let post = alice.posts("hello");
    let boost = bob.act(&post, "reblog");
    assert_ne!(boost["id"], boost["reblog"]["id"]);
    for one in [&boost["id"], &post["id"], &post["account"]["id"]] {
        assert!(one.as_str().unwrap().bytes().all(|b| b.is_ascii_digit()), "{one}");
    }
}

#[test]
fn trap_16_ids_are_strings_below_2_to_the_53() {
    let (_, alice, _) = people();
    for _ in 0..5 {
        let post = alice.posts("hello");
        let number: u64 = id(&post).parse().unwrap();
        assert!(number < 1 << 53);
        assert_eq!(alice.get(&format!("/api/v1/statuses/{number}"))["id"], post["id"]);
    }
}

/// The URL that a Link header has for `rel`, without its origin.
fn link(response: &Response, rel: &str) -> Option<String> {
    let header = header(response, "link");
    let part = header.split(", ").find(|p| p.ends_with(&format!("rel=\"{rel}\"")))?;
    let address = part.split_once('<')?.1.split_once('>')?.0;
    address.strip_prefix("https://a.example").map(str::to_owned)
}

#[test]
fn trap_18_the_previous_page_uses_min_id() {
    let (app, alice, _) = people();
    let all: Vec<String> = (0..6)
        .map(|n| {
            app.clock.advance(10);
            id(&alice.posts(&format!("no {n}"))).to_owned()
        })
        .collect();
    let middle = alice.call("GET", &format!("/api/v1/timelines/home?limit=2&max_id={}", all[2]), None);
    assert_eq!(ids(&body(&middle)), [all[1].as_str(), &all[0]]);
    let prev = link(&middle, "prev").unwrap();
    assert!(prev.contains("min_id=") && !prev.contains("since_id="), "{prev}");
    // The adjacent page, and not the newest one.
    assert_eq!(ids(&alice.get(&prev)), [all[3].as_str(), &all[2]]);
}

#[test]
fn trap_19_pages_end_and_never_repeat() {
    let (app, alice, _) = people();
    for n in 0..5 {
        app.person(&format!("p{n}")).follows(&alice);
        alice.act(&alice.posts(&format!("no {n}")), "bookmark");
    }
    for path in [
        format!("/api/v1/accounts/{}/followers?limit=2", alice.id),
        "/api/v1/bookmarks?limit=2".into(),
        "/api/v1/timelines/home?limit=2".into(),
        "/api/v1/notifications?limit=2".into(),
    ] {
        let (mut seen, mut next, mut pages) = (BTreeSet::new(), Some(path.clone()), 0);
        while let Some(target) = next {
            let response = alice.call("GET", &target, None);
            for one in ids(&body(&response)) {
                assert!(seen.insert(one.to_owned()), "{one} twice on {path}");
            }
            next = link(&response, "next");
            pages += 1;
            assert!(pages < 6, "{path} never ends");
        }
        assert_eq!(seen.len(), 5, "{path}");
    }
    let short = alice.call("GET", "/api/v1/bookmarks?limit=40", None);
    assert!(link(&short, "next").is_none());
}

#[test]
fn trap_20_hidden_statuses_leave_no_gaps_in_pages() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    alice.follows(&bob);
    alice.follows(&carol);
    for n in 0..4 {
        app.clock.advance(10);
        bob.posts(&format!("bob {n}"));
    }
    for n in 0..10 {
        app.clock.advance(10);
        carol.posts(&format!("carol {n}"));
    }
    alice.post(&format!("/api/v1/accounts/{}/mute", carol.id), json!({}));
    let page = alice.call("GET", "/api/v1/timelines/home?limit=4", None);
    assert_eq!(body(&page).as_array().unwrap().len(), 4);
    assert!(link(&page, "next").is_some());
    assert_eq!(alice.get("/api/v1/timelines/public?limit=4").as_array().unwrap().len(), 4);
}

#[test]
fn trap_21_several_relationships_in_one_request() {
    let (_, alice, bob) = people();
    let (a, b) = (alice.posts("a"), alice.posts("b"));
    for query in [
        format!("id[]={}&id[]={}&id[]=7", id(&a), id(&b)),
        format!("id[0]={}&id[1]={}", id(&a), id(&b)),
        format!("id={}&id={}", id(&a), id(&b)),
    ] {
        let found = alice.get(&format!("/api/v1/statuses?{query}"));
        assert_eq!(found.as_array().unwrap().len(), 2, "{query}");
    }
    assert_eq!(
        ids(&alice.get(&format!("/api/v1/accounts/relationships?id={}", bob.id))),
        [bob.id.to_string()]
    );
}

#[test]
fn trap_22_responses_allow_other_origins() {
    let (_, alice, _) = people();
    alice.posts("hello");
    let page = alice.call("GET", "/api/v1/timelines/home", None);
    let named = |n: &str| page.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(n)).count();
    assert_eq!((named("access-control-allow-origin"), named("access-control-expose-headers")), (1, 1));
    let exposed = header(&page, "access-control-expose-headers");
    assert!(exposed.contains("Link") && exposed.contains("X-RateLimit-Remaining"));
    assert_eq!(header(&page, "access-control-allow-origin"), "*");
    // Errors too.
    assert_eq!(header(&alice.call("GET", "/api/v1/nothing", None), "access-control-allow-origin"), "*");
}

/// Without the binding of live streams clients get an error at once and poll.
#[test]
fn trap_23_a_websocket_is_refused_with_json() {
    let (app, alice, _) = people();
    is_absent(&alice, "GET", "/api/v1/streaming");
    let mut request =
        Request { method: "GET".into(), path: "/api/v1/streaming".into(), ..Request::default() };
    for (name, value) in [
        ("upgrade", "websocket"),
        ("connection", "upgrade"),
        ("sec-websocket-protocol", alice.token.as_str()),
    ] {
        request.headers.add(name, value);
    }
    let response = app.send(request);
    assert_eq!(response.status, 404);
    assert!(body(&response)["error"].is_string());
}

#[test]
fn trap_24_event_streams_answer_at_once() {
    let (app, alice, _) = people();
    for path in ["health", "user", "user/notification", "public", "public/local", "hashtag", "list", "direct"]
    {
        is_absent(&alice, "GET", &format!("/api/v1/streaming/{path}"));
        assert_eq!(app.cost.borrow().trips, 0, "pollers cost the database nothing");
    }
}

#[test]
fn trap_25_empty_things_are_empty_and_not_null() {
    let (_, alice, _) = people();
    assert_eq!(alice.get("/api/v1/markers?timeline[]=home&timeline[]=notifications"), json!({}));
    alice.posts("#fern");
    let tag = alice.get("/api/v1/tags/fern");
    let week = tag["history"].as_array().unwrap();
    assert_eq!(week.len(), 7);
    for day in week {
        for key in ["day", "uses", "accounts"] {
            assert!(day[key].as_str().unwrap().parse::<i64>().is_ok(), "{key}");
        }
    }
    let found = alice.get("/api/v2/search?q=fern");
    assert_eq!(found["hashtags"][0]["history"].as_array().unwrap().len(), 7);
    for path in
        ["lists", "filters", "announcements", "trends", "conversations", "scheduled_statuses", "mutes"]
    {
        assert_eq!(alice.get(&format!("/api/v1/{path}")), json!([]), "{path}");
    }
    let status = alice.posts("plain");
    for key in ["media_attachments", "mentions", "tags", "emojis", "filtered"] {
        assert_eq!(status[key], json!([]), "{key}");
    }
}

#[test]
fn trap_26_unreadable_items_are_left_out() {
    let (app, alice, bob) = people();
    let (kept, gone) = (bob.posts("kept"), bob.posts("gone"));
    for post in [&kept, &gone] {
        alice.act(post, "bookmark");
        alice.act(post, "favourite");
        app.db.run(&format!(
            "INSERT INTO trends (kind, key, rank) VALUES ('status', '{}', {})",
            id(post),
            id(post)
        ));
    }
    bob.deletes(&gone);
    for path in ["/api/v1/bookmarks", "/api/v1/favourites", "/api/v1/trends/statuses"] {
        assert_eq!(ids(&alice.get(path)), [id(&kept)], "{path}");
    }
    let found = alice.get(&format!("/api/v1/statuses?id[]={}&id[]={}", id(&gone), id(&kept)));
    assert_eq!(ids(&found), [id(&kept)]);
}

#[test]
fn trap_27_reblog_answers_the_boost_and_unreblog_the_original() {
    let (_, alice, bob) = people();
    let post = alice.posts("hello");
    for _ in 0..2 {
        let boost = bob.act(&post, "reblog");
        assert_eq!(boost["reblog"]["id"], post["id"]);
        assert_eq!((&boost["reblogged"], &boost["reblog"]["reblogged"]), (&json!(true), &json!(true)));
        assert_eq!(boost["account"]["username"], "bob");
    }
    let after = bob.act(&post, "unreblog");
    assert_eq!(
        (&after["id"], &after["reblogged"], &after["reblog"]),
        (&post["id"], &json!(false), &Value::Null)
    );
}

#[test]
fn trap_28_everybody_sees_their_own_marks() {
    let (_, alice, bob) = people();
    alice.follows(&bob);
    let post = bob.posts("hello");
    let marks = |person: &Person| {
        let seen = person.sees(&post["uri"]).unwrap();
        (
            seen["favourited"].as_bool().unwrap(),
            seen["bookmarked"].as_bool().unwrap(),
            seen["favourites_count"].clone(),
        )
    };
    assert_eq!(marks(&alice), (false, false, json!(0)));
    alice.act(&post, "favourite");
    alice.act(&post, "bookmark");
    assert_eq!(marks(&alice), (true, true, json!(1)));
    assert_eq!(marks(&bob), (false, false, json!(1)));
}

#[test]
fn trap_29_a_poll_needs_no_text() {
    let (_, alice, _) = people();
    let poll = alice.post("/api/v1/statuses", json!({"poll": {"options": ["a", "b"], "expires_in": 600}}));
    assert_eq!((&poll["content"], &poll["poll"]["options"][1]["title"]), (&json!(""), &json!("b")));
    let refused = alice.call("POST", "/api/v1/statuses", Some(json!({})));
    assert_eq!(refused.status, 422);
}

#[test]
fn trap_30_absent_things_are_a_404_in_json() {
    let (app, alice, _) = people();
    for path in
        ["/api/v1/nothing", "/api/v2/nothing/5", "/api/v9/x", "/api/v1/annual_reports", "/api/v1/proofs"]
    {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            is_absent(&alice, method, path);
        }
        assert_eq!(app.request("GET", path, None, None).status, 404);
    }
    assert_eq!(alice.get("/api/v1/followed_tags"), json!([]));
}

#[test]
fn trap_31_source_text_is_as_it_was_typed() {
    let (_, alice, _) = people();
    let typed = "a < b & https://x.example #fern\n\nsecond";
    let post =
        alice.post("/api/v1/statuses", json!({"status": typed, "spoiler_text": "c<w", "sensitive": true}));
    let at = format!("/api/v1/statuses/{}", id(&post));
    let source = alice.get(&format!("{at}/source"));
    assert_eq!((&source["text"], &source["spoiler_text"]), (&json!(typed), &json!("c<w")));
    // An edit that sends the pictures again keeps them.
    let edited = alice.ok(
        "PUT",
        &at,
        Some(json!({"status": "new", "spoiler_text": "c<w", "sensitive": true, "media_ids": []})),
    );
    assert_eq!((&edited["spoiler_text"], &edited["sensitive"]), (&json!("c<w"), &json!(true)));
    let deleted = alice.deletes(&post);
    assert_eq!((&deleted["text"], &deleted["spoiler_text"]), (&json!("new"), &json!("c<w")));
    assert_eq!(deleted["media_attachments"], json!([]));
}

#[test]
fn trap_32_a_missing_push_subscription_is_a_404() {
    let (app, alice, _) = people();
    for method in ["GET", "PUT", "PATCH"] {
        is_absent(&alice, method, "/api/v1/push/subscription");
    }
    let key = anonymous(&app, "/api/v2/instance")["configuration"]["vapid"]["public_key"].clone();
    assert_eq!(key.as_str().unwrap().len(), 88);
}

#[test]
fn trap_33_both_search_versions_survive_an_unreachable_server() {
    let (app, alice, bob) = people();
    assert_eq!(ids(&alice.get("/api/v1/accounts/search?q=bob")), [bob.id.to_string()]);
    let nothing = json!({"accounts": [], "statuses": [], "hashtags": [], "collections": []});
    for q in
        ["nobody%40dead.example", "https%3A%2F%2Fdead.example%2F%40nobody", "https%3A%2F%2F%5B", "%40%40"]
    {
        assert_eq!(alice.get(&format!("/api/v2/search?resolve=true&q={q}")), nothing, "{q}");
    }
    assert_eq!(alice.get("/api/v1/accounts/search?resolve=true&q=nobody%40dead.example"), json!([]));
    // The same for a server that answers nonsense.
    app.network.register(
        "odd.example",
        std::rc::Rc::new(|_| Box::pin(async { Response::new(200, "text/html", "<p>hello") })),
    );
    assert_eq!(alice.get("/api/v2/search?resolve=true&q=nobody%40odd.example"), nothing);
}

/// While there are no uploads, both versions answer a message that clients show.
#[test]
fn trap_34_uploads_of_either_version_are_refused_with_a_message() {
    let (_, alice, _) = people();
    let refusals = ["/api/v1/media", "/api/v2/media"].map(|path| {
        let response = alice.call("POST", path, None);
        assert_eq!(response.status, 422, "{path}");
        body(&response)["error"].clone()
    });
    assert!(refusals[0].is_string() && refusals[0] == refusals[1]);
    for (method, path) in
        [("GET", "/api/v1/media/5"), ("PUT", "/api/v1/media/5"), ("DELETE", "/api/v1/media/5")]
    {
        is_absent(&alice, method, path);
    }
    let unknown = alice.call("POST", "/api/v1/statuses", Some(json!({"status": "x", "media_ids": ["5"]})));
    assert_eq!(unknown.status, 422);
}

#[test]
fn trap_35_a_relationship_has_all_its_keys() {
    let (_, alice, bob) = people();
    let found = alice.get(&format!("/api/v1/accounts/relationships?id[]={}", bob.id));
    for key in [
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
    ] {
        assert_eq!(found[0][key], false, "{key}");
    }
    assert_eq!(found[0]["note"], "");
    let account = alice.get(&format!("/api/v1/accounts/{}", bob.id));
    for key in ["followers_count", "following_count", "statuses_count"] {
        assert_eq!(account[key], 0, "{key}");
    }
}

#[test]
fn trap_36_a_group_appears_once_and_its_newest_id_is_a_number() {
    let (app, alice, bob) = people();
    let (first, second) = (alice.posts("first"), alice.posts("second"));
    let crowd: Vec<Person> = (0..3).map(|n| app.person(&format!("p{n}"))).collect();
    for person in crowd.iter().chain([&bob]) {
        app.clock.advance(1000);
        person.act(&first, "favourite");
        person.act(&second, "favourite");
    }
    let mut keys = BTreeSet::new();
    let mut next = Some("/api/v2/notifications?limit=1".to_owned());
    while let Some(target) = next {
        let response = alice.call("GET", &target, None);
        let page = body(&response);
        for group in page["notification_groups"].as_array().unwrap() {
            let newest = group["most_recent_notification_id"].as_i64().expect("a number");
            assert_eq!(group["page_max_id"], newest.to_string());
            assert!(group["page_min_id"].as_str().unwrap().parse::<i64>().unwrap() < newest);
            assert_eq!(group["notifications_count"], 4);
            assert!(keys.insert(group["group_key"].as_str().unwrap().to_owned()), "twice: {group}");
        }
        next = link(&response, "next").filter(|_| page["notification_groups"] != json!([]));
    }
    assert_eq!(keys.len(), 2);
    assert_eq!(alice.notifications()[0]["group_key"].as_str().map(|k| keys.contains(k)), Some(true));
}

#[test]
fn trap_37_deletions_and_changes_read_their_bodies() {
    let (_, alice, bob) = people();
    alice.follows(&bob);
    alice.post("/api/v1/domain_blocks", json!({"domain": "spam.example"}));
    alice.ok("DELETE", "/api/v1/domain_blocks", Some(json!({"domain": "spam.example"})));
    assert_eq!(alice.get("/api/v1/domain_blocks"), json!([]));
    let list = alice.post("/api/v1/lists", json!({"title": "x"}));
    let members = format!("/api/v1/lists/{}/accounts", id(&list));
    alice.post(&members, json!({"account_ids": [bob.id.to_string()]}));
    alice.ok("DELETE", &members, Some(json!({"account_ids": [bob.id.to_string()]})));
    assert_eq!(alice.get(&members), json!([]));
    alice.ok("PUT", &format!("/api/v1/lists/{}", id(&list)), Some(json!({"title": "y"})));
    assert_eq!(alice.get("/api/v1/lists")[0]["title"], "y");
}

#[test]
fn trap_39_success_without_content_is_an_empty_object() {
    let (_, alice, bob) = people();
    alice.follows(&bob);
    let list = alice.post("/api/v1/lists", json!({"title": "x"}));
    let filter = alice.post(
        "/api/v2/filters",
        json!({"title": "x", "context": ["home"], "keywords_attributes": [{"keyword": "tea"}]}),
    );
    let list = format!("/api/v1/lists/{}", id(&list));
    let member = json!({"account_ids": [bob.id.to_string()]});
    for (method, path, sent) in [
        ("POST", format!("{list}/accounts"), member.clone()),
        ("DELETE", format!("{list}/accounts"), member),
        ("DELETE", list, json!({})),
        ("DELETE", format!("/api/v2/filters/{}", id(&filter)), json!({})),
        ("POST", "/api/v1/domain_blocks".into(), json!({"domain": "spam.example"})),
        ("DELETE", "/api/v1/domain_blocks".into(), json!({"domain": "spam.example"})),
        ("POST", "/api/v1/notifications/clear".into(), json!({})),
        ("POST", "/api/v2/notifications/clear".into(), json!({})),
        ("DELETE", format!("/api/v1/suggestions/{}", bob.id), json!({})),
    ] {
        let response = alice.call(method, &path, Some(sent));
        assert_eq!((response.status, response.body.as_slice()), (200, b"{}".as_slice()), "{method} {path}");
        assert!(header(&response, "content-type").starts_with("application/json"));
    }
}

#[test]
fn trap_41_no_payload_before_streaming_exists() {
    let (_, alice, _) = people();
    is_absent(&alice, "GET", "/api/v1/streaming/user");
}

#[test]
fn trap_42_local_handles_have_no_domain() {
    let (app, alice, bob) = people();
    let remote = Remote::new(&app.network, "b.example");
    remote.person("far");
    assert_eq!(alice.finds("far@b.example")["acct"], "far@b.example");
    for acct in ["bob", "@bob", "bob@a.example", "BOB@A.EXAMPLE"] {
        let found = alice.get(&format!("/api/v1/accounts/lookup?acct={acct}"));
        assert_eq!((id(&found), &found["acct"]), (bob.id.to_string().as_str(), &json!("bob")), "{acct}");
    }
    assert_eq!(alice.get("/api/v1/accounts/lookup?acct=far@b.example")["acct"], "far@b.example");
    assert_eq!(alice.call("GET", "/api/v1/accounts/lookup?acct=far", None).status, 404);
    let post = alice.posts("@bob @far@b.example");
    let named: BTreeSet<&str> =
        post["mentions"].as_array().unwrap().iter().map(|m| m["acct"].as_str().unwrap()).collect();
    assert_eq!(named, BTreeSet::from(["bob", "far@b.example"]));
}

#[test]
fn trap_43_some_fields_are_html_and_some_are_plain() {
    let (_, alice, _) = people();
    let me = alice.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"display_name": "A <b>", "note": "1 < 2", "fields_attributes": [{"name": "w&w", "value": "a < b"}]})),
    );
    assert_eq!((&me["display_name"], &me["note"]), (&json!("A <b>"), &json!("<p>1 &lt; 2</p>")));
    assert_eq!((&me["fields"][0]["name"], &me["fields"][0]["value"]), (&json!("w&w"), &json!("a &lt; b")));
    assert_eq!(
        (&me["source"]["note"], &me["source"]["fields"][0]["value"]),
        (&json!("1 < 2"), &json!("a < b"))
    );
    let post = alice.post("/api/v1/statuses", json!({"status": "3 < 4", "spoiler_text": "5 < 6"}));
    assert_eq!((&post["content"], &post["spoiler_text"]), (&json!("<p>3 &lt; 4</p>"), &json!("5 < 6")));
}

#[test]
fn trap_44_some_numbers_are_strings() {
    let network = Network::new(1);
    let clock = Clock::fixed(NOW);
    let app = TestApp::new(&network, "a.example", &clock);
    let alice = app.person("alice");
    let post = alice.posts("#fern");
    let featured = alice.post("/api/v1/featured_tags", json!({"name": "fern"}));
    assert_eq!(featured["statuses_count"], "1");
    assert!(alice.get("/api/v1/tags/fern")["history"][0]["uses"].is_string());
    for key in ["replies_count", "reblogs_count", "favourites_count", "quotes_count"] {
        assert_eq!(post[key], 0, "{key}");
    }
    alice.ok("PATCH", "/api/v2/notifications/policy", Some(json!({"for_not_following": "filter"})));
    app.person("emil").posts("@alice hello");
    clock.advance(MINUTE);
    settle(&[&app]);
    let requests = alice.get("/api/v1/notifications/requests");
    assert_eq!(requests[0]["notifications_count"], "1");
    let summary = &alice.get("/api/v2/notifications/policy")["summary"];
    assert_eq!(summary["pending_requests_count"], 1);
}

/// Numbers of the tests under `folder` that are named after a trap: `fn trap_7_…` of the client API, `fn
/// fed_trap_7_…` of federation (also within the names of advisories).
fn numbers(folder: &std::path::Path, prefix: &str, found: &mut BTreeSet<u32>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            numbers(&entry.path(), prefix, found);
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
        for part in text.split("#[test]\n").skip(1) {
            let name = part.trim_start().strip_prefix("fn ").and_then(|rest| rest.split_once('('));
            let Some((name, _)) = name.filter(|(name, _)| name.starts_with(prefix) || prefix != "trap_")
            else {
                continue;
            };
            let rest = name.split_once(prefix).map_or("", |(_, rest)| rest);
            found.extend(rest.split('_').next().and_then(|number| number.parse::<u32>().ok()));
        }
    }
}

#[test]
fn each_of_the_44_traps_has_its_test() {
    let mut found = BTreeSet::new();
    for folder in ["tests/native", "src/api", "src/oauth", "src/http", "src/text"] {
        numbers(std::path::Path::new(folder), "trap_", &mut found);
    }
    assert_eq!(found, (1..=44).collect());
}

#[test]
fn each_of_the_75_traps_of_federation_has_its_test() {
    let mut found = BTreeSet::new();
    for folder in ["tests/native", "src"] {
        numbers(std::path::Path::new(folder), "fed_trap_", &mut found);
    }
    assert_eq!(found, (1..=75).collect());
}
