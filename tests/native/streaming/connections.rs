//! Opening and closing, tokens and scopes, subscriptions, and no streams without the binding.

use serde_json::{Value, json};
use sori::http::request::Request;
use sori::platform::live::MAX_SOCKETS;

use super::listener::{listen, open, pairs, people, upgrade};
use crate::app::{Person, TestApp, header};

fn with_scopes(person: &Person, scopes: &str) -> (Person, String, String) {
    let app = person.app.ready();
    pollster::block_on(async {
        let scopes = sori::model::scope::Scopes::parse(scopes).unwrap();
        let uris = vec!["x:/".into()];
        let (client, secret) =
            sori::services::grant::register_client(&app, "x", None, uris, &scopes).await.unwrap();
        let user = sori::store::load(&app.db, sori::store::users::by_account(person.id)).await.unwrap();
        let token =
            sori::services::grant::issue(&app, client.id, Some(user.unwrap().id), &scopes.to_string()).await;
        (Person { token: token.unwrap().0, ..person.clone() }, client.client_id, secret)
    })
}

fn error(app: &TestApp, request: Request) -> (u16, String) {
    let response = app.send(request);
    assert!(response.stream.is_none());
    let body: Value = serde_json::from_slice(&response.body).unwrap();
    (response.status, body["error"].as_str().unwrap().to_owned())
}

#[test]
fn a_token_comes_in_three_ways() {
    let (app, alice, _) = people();
    let opened = app.send(upgrade("stream=user", &[("sec-websocket-protocol", &alice.token)]));
    assert_eq!(opened.status, 101);
    assert_eq!(opened.stream.as_ref().unwrap().protocol.as_deref(), Some(alice.token.as_str()));
    let opened = app.send(upgrade(&format!("stream=user&access_token={}", alice.token), &[]));
    assert_eq!((opened.status, opened.stream.unwrap().protocol), (101, None));
    let bearer = format!("Bearer {}", alice.token);
    assert_eq!(app.send(upgrade("", &[("authorization", &bearer)])).status, 101);
    for request in
        [upgrade("stream=user", &[]), upgrade("stream=user", &[("sec-websocket-protocol", "nonsense")])]
    {
        assert_eq!(error(&app, request).0, 401);
    }
    // Elsewhere and without an upgrade the header is no token.
    let mut plain =
        Request { method: "GET".into(), path: "/api/v1/preferences".into(), ..Request::default() };
    plain.headers.add("sec-websocket-protocol", alice.token.clone());
    assert_eq!(error(&app, plain.clone()).0, 401);
    plain.headers.add("upgrade", "h2c");
    assert_eq!(error(&app, plain).0, 401);
}

#[test]
fn clients_and_missing_scopes_are_refused() {
    let (app, alice, bob) = people();
    let (writer, id, secret) = with_scopes(&alice, "write");
    let client = app.request(
        "POST",
        "/oauth/token",
        None,
        Some(json!({"grant_type": "client_credentials", "client_id": id, "client_secret": secret, "scope": "write"})),
    );
    let client: Value = serde_json::from_slice(&client.body).unwrap();
    let token = client["access_token"].as_str().unwrap();
    assert_eq!(error(&app, upgrade("", &[("sec-websocket-protocol", token)])).0, 401);
    let ear = listen(&writer, "stream=user");
    assert_eq!(
        ear.texts(),
        [json!({"error": "Access token does not have the required scopes", "status": 401})]
    );
    bob.posts("@alice hello");
    assert!(ear.texts().is_empty());
    // Statuses without notifications, and the other way round.
    let (reader, ..) = with_scopes(&alice, "read:statuses");
    let (notified, ..) = with_scopes(&alice, "read:notifications");
    let (reads, hears) = (listen(&reader, "stream=user"), listen(&notified, "stream=user:notification"));
    reads.subscribes("user:notification");
    hears.subscribes("public");
    assert_eq!(
        (reads.texts()[0]["status"].as_u64(), hears.texts()[0]["status"].as_u64()),
        (Some(401), Some(401))
    );
    alice.follows(&bob);
    bob.posts("@alice again");
    assert_eq!(reads.names(), pairs(&[("user", "update")]));
    assert_eq!(hears.names(), pairs(&[("user:notification", "notification")]));
}

#[test]
fn streams_are_subscribed_and_unsubscribed_on_one_socket() {
    let (app, alice, bob) = people();
    let ear = listen(&alice, "");
    bob.posts("nobody hears");
    assert!(ear.texts().is_empty());
    ear.subscribes("public:local");
    ear.subscribes("public:local");
    ear.says(json!({"type": "subscribe", "stream": "hashtag", "tag": "Fern"}));
    app.clock.advance(10);
    bob.posts("a #fern");
    assert_eq!(ear.names(), pairs(&[("hashtag Fern", "update"), ("public:local", "update")]));
    ear.says(json!({"type": "unsubscribe", "stream": "public:local"}));
    app.clock.advance(10);
    bob.posts("a #FERN");
    assert_eq!(ear.names(), pairs(&[("hashtag Fern", "update")]));
    ear.says(json!({"type": "unsubscribe", "stream": "hashtag", "tag": ["Fern"]}));
    bob.posts("another #fern");
    assert!(ear.texts().is_empty());
    for (message, status) in [
        (json!({"type": "subscribe", "stream": "nothing"}), Some(400)),
        (json!({"type": "subscribe", "stream": "hashtag"}), Some(400)),
        (json!({"type": "subscribe", "stream": "list", "list": "7"}), Some(401)),
        (json!({"type": "subscribe"}), Some(400)),
        (json!({"type": "dance"}), None),
        (json!([]), None),
        (json!("x"), None),
    ] {
        ear.says(message.clone());
        assert_eq!(ear.texts().first().and_then(|text| text["status"].as_u64()), status, "{message}");
    }
    for n in 0..40 {
        ear.says(json!({"type": "subscribe", "stream": "hashtag", "tag": format!("tag{n}")}));
    }
    assert_eq!(ear.texts().len(), 10);
}

#[test]
fn every_isolate_knows_of_a_subscription_at_once() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let gone = listen(&bob, "stream=user");
    app.live.close(&gone.socket);
    bob.posts("nobody listens, as this isolate remembers now");
    let first = app.shared.borrow().clone();
    app.restart();
    let ear = listen(&alice, "");
    ear.subscribes("user");
    // The first isolate has not seen any of it.
    *app.shared.borrow_mut() = first.clone();
    bob.posts("heard");
    assert_eq!(ear.names(), pairs(&[("user", "update")]));
    app.restart();
    ear.subscribes("public:local");
    *app.shared.borrow_mut() = first;
    bob.posts("heard twice");
    assert_eq!(ear.names(), pairs(&[("public:local", "update"), ("user", "update")]));
}

#[test]
fn a_list_is_its_owners() {
    let (_, alice, bob) = people();
    let list = alice.post("/api/v1/lists", json!({"title": "friends"}));
    let list = list["id"].as_str().unwrap();
    let ear = listen(&bob, &format!("stream=list&list={list}"));
    assert_eq!(ear.texts(), [json!({"error": "Not authorized to stream this list", "status": 401})]);
    assert!(listen(&alice, &format!("stream=list&list={list}")).texts().is_empty());
}

#[test]
fn sockets_close_with_their_token() {
    let (app, alice, bob) = people();
    let (other, id, secret) = with_scopes(&alice, "read");
    let (kept, ended) = (listen(&alice, "stream=user"), listen(&other, "stream=user"));
    let bobs = listen(&bob, "stream=user");
    // An isolate that has just seen that nobody listens closes them as well.
    app.restart();
    let revoke = json!({"client_id": id, "client_secret": secret, "token": other.token});
    assert_eq!(app.request("POST", "/oauth/revoke", None, Some(revoke)).status, 200);
    assert!(ended.socket.is_closed.get() && !kept.socket.is_closed.get());
    alice.posts("still here");
    assert_eq!((kept.names().len(), ended.names().len()), (1, 0));
    let event = app.ready();
    pollster::block_on(async {
        let suspend = sori::store::account_deletion::suspend(alice.id, Some(event.now()));
        sori::store::write(&event.db, vec![suspend]).await.unwrap();
        sori::jobs::run::after_response(&event).await;
    });
    assert!(kept.socket.is_closed.get() && !bobs.socket.is_closed.get());
    let opened = app.send(upgrade("stream=user", &[("sec-websocket-protocol", &alice.token)]));
    assert_eq!(opened.status, 403);
}

#[test]
fn an_account_has_a_maximum_of_sockets() {
    let (app, alice, bob) = people();
    let response = app.send(upgrade("stream=user", &[("sec-websocket-protocol", &alice.token)]));
    let opening = response.stream.as_deref().unwrap();
    let open_sockets =
        (0..MAX_SOCKETS + 3).filter(|_| app.live.open(opening, app.clock.now()).is_some()).count();
    assert_eq!(open_sockets, MAX_SOCKETS);
    listen(&bob, "stream=user");
}

#[test]
fn server_sent_events_have_a_path_for_each_stream() {
    let (app, alice, bob) = people();
    let list = alice.post("/api/v1/lists", json!({"title": "friends"}));
    for (path, stream) in [
        ("user", "user user+"),
        ("user/notification", "user:notification"),
        ("public", "public"),
        ("public?only_media=true", "public:media"),
        ("public/local", "public:local"),
        ("public/remote?only_media=1", "public:remote:media"),
        ("hashtag?tag=fern", "hashtag fern"),
        ("hashtag/local?tag=fern", "hashtag:local fern"),
        ("direct", "direct"),
    ] {
        let response = alice.call("GET", &format!("/api/v1/streaming/{path}"), None);
        assert_eq!((response.status, header(&response, "content-type").as_str()), (200, "text/event-stream"));
        let opening = response.stream.unwrap();
        assert!(opening.is_events, "{path}");
        assert_eq!(opening.session.streams.join(" "), stream, "{path}");
    }
    let path = format!("/api/v1/streaming/list?list={}", list["id"].as_str().unwrap());
    assert_eq!(alice.call("GET", &path, None).status, 200);
    assert_eq!(bob.call("GET", &path, None).status, 401);
    assert!(alice.call("HEAD", "/api/v1/streaming/user", None).stream.is_none());
    for (path, status) in [("nothing", 400), ("public/nothing", 400), ("hashtag", 400), ("list", 400)] {
        let response = alice.call("GET", &format!("/api/v1/streaming/{path}"), None);
        assert_eq!(response.status, status, "{path}");
    }
    let bare = alice.call("GET", "/api/v1/streaming", None);
    assert_eq!(bare.status, 400);
    assert!(String::from_utf8_lossy(&bare.body).contains("Unknown channel requested"));
    let health = app.request("GET", "/api/v1/streaming/health", None, None);
    assert_eq!((health.status, health.body.as_slice()), (200, b"OK".as_slice()));
    assert_eq!(app.request("GET", "/api/v1/streaming/user", None, None).status, 401);
}

#[test]
fn the_instance_announces_streams_only_where_there_are_some() {
    let (app, alice, _) = crate::app::people();
    let urls = |app: &TestApp, alice: &Person| {
        assert_eq!(app.host, "a.example");
        let v2 = alice.get("/api/v2/instance")["configuration"]["urls"]["streaming"].clone();
        (alice.get("/api/v1/instance")["urls"]["streaming_api"].clone(), v2)
    };
    assert_eq!(urls(&app, &alice), (json!("wss://streaming.invalid"), Value::Null));
    for path in ["", "/health", "/user", "/nothing"] {
        assert_eq!(alice.call("GET", &format!("/api/v1/streaming{path}"), None).status, 404);
        assert_eq!(app.cost.borrow().trips, 0);
    }
    app.live.bind();
    assert_eq!(urls(&app, &alice), (json!("wss://a.example"), json!("wss://a.example")));
    let response = app.send(upgrade("stream=user", &[("sec-websocket-protocol", &alice.token)]));
    open(&app, &response);
}
