//! Web Push: subscriptions, and what is sent to them. <https://docs.joinmastodon.org/methods/push/>

use serde_json::{Value, json};
use sori::model::push::ALERTS;
use sori::platform::native::network::Faults;
use sori::platform::native::{Clock, Network};
use sori::platform::sql::Cost;

use crate::app::{DAY, MINUTE, NOW, Person, TestApp, id, people, refused, settle, wait};
use crate::push::{Device, PushService, claims};
use crate::remote::Remote;

const PATH: &str = "/api/v1/push/subscription";

fn body(response: &sori::http::response::Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

/// Alice, who has a subscription for everything, and bob.
fn subscribed(is_standard: bool) -> (TestApp, Person, Person, PushService, Device) {
    let (app, alice, bob) = people();
    let service = PushService::new(&app.network, "push.example");
    let device = Device::new(&service, 1, is_standard);
    device.subscribes(&alice, &ALERTS);
    (app, alice, bob, service, device)
}

fn mentions_alice(bob: &Person) -> Value {
    bob.posts("@alice hello")
}

/// The types of what was sent.
fn types(service: &PushService, device: &Device) -> Vec<String> {
    let read = |request| device.reads(request)["notification_type"].as_str().unwrap().to_owned();
    service.take().iter().map(read).collect()
}

#[test]
fn a_token_has_one_subscription() {
    let (app, alice, _) = people();
    let service = PushService::new(&app.network, "push.example");
    let (phone, tablet) = (Device::new(&service, 1, true), Device::new(&service, 2, false));
    let made = phone.subscribes(&alice, &["mention", "admin.report"]);
    assert_eq!(
        (&made["endpoint"], &made["standard"], &made["policy"]),
        (&json!(phone.endpoint), &json!(true), &json!("all"))
    );
    assert!(made["id"].as_i64().is_some_and(|id| id > 0 && id < 1 << 31));
    let alerts = made["alerts"].as_object().unwrap();
    assert_eq!(alerts.len(), ALERTS.len());
    let on: Vec<&String> =
        alerts.iter().filter(|(_, on)| **on == json!(true)).map(|(name, _)| name).collect();
    assert_eq!(on, ["admin.report", "mention"]);
    assert_eq!(alice.get(PATH), made);
    let second = tablet.subscribes(&alice, &["follow"]);
    assert_ne!(second["id"], made["id"]);
    assert_eq!(second["standard"], false);
    assert_eq!(app.count("SELECT count(*) AS n FROM push_subscriptions"), 1);
    // Only the wishes change, and both of them are given anew.
    let changed = alice.ok(
        "PUT",
        PATH,
        Some(json!({"data": {"policy": "follower", "alerts": {"poll": true, "mention": "0", "nonsense": true}}, "subscription": {"endpoint": "https://x.example/"}})),
    );
    assert_eq!((&changed["id"], &changed["endpoint"]), (&second["id"], &second["endpoint"]));
    assert_eq!(
        (&changed["policy"], &changed["alerts"]["poll"], &changed["alerts"]["follow"]),
        (&json!("follower"), &json!(true), &json!(false))
    );
    assert_eq!(alice.ok("PATCH", PATH, Some(json!({})))["policy"], "all");
    // Another token of the same person has its own.
    let other = app.person("alice");
    assert_eq!(other.call("GET", PATH, None).status, 404);
    phone.subscribes(&other, &["mention"]);
    assert_eq!(app.count("SELECT count(*) AS n FROM push_subscriptions"), 2);
    assert_eq!(alice.ok("DELETE", PATH, None), json!({}));
    for method in ["GET", "PUT"] {
        assert_eq!(refused(&alice, method, PATH, json!({})), 404, "{method}");
    }
    assert_eq!(alice.ok("DELETE", PATH, None), json!({}));
    assert_eq!(other.get(PATH)["standard"], true);
}

#[test]
fn the_key_is_told_by_instance_app_and_subscription() {
    let (_, alice, _, _, _) = subscribed(true);
    let key = alice.get("/api/v2/instance")["configuration"]["vapid"]["public_key"].clone();
    assert_eq!(key.as_str().unwrap().len(), 88);
    assert_eq!(alice.get(PATH)["server_key"], key);
    assert_eq!(alice.get("/api/v1/apps/verify_credentials")["vapid_key"], key);
    let made = alice.post("/api/v1/apps", json!({"client_name": "x", "redirect_uris": "app://x"}));
    assert_eq!(made["vapid_key"], key);
}

#[test]
fn an_instance_without_a_key_gets_one_that_is_stored_encrypted() {
    let (app, alice, bob) = people();
    app.db.run("DELETE FROM settings WHERE key = 'vapid'");
    app.restart();
    assert_eq!(alice.get("/api/v2/instance")["configuration"]["vapid"]["public_key"], "");
    let service = PushService::new(&app.network, "push.example");
    let device = Device::new(&service, 1, true);
    let key = device.subscribes(&alice, &["mention"])["server_key"].clone();
    mentions_alice(&bob);
    let (_, used) = claims(&service.take()[0]);
    assert_eq!(format!("{used}="), key);
    // Another isolate finds the same one, and cron makes no second.
    app.restart();
    while app.clock.now().0 / MINUTE % 10 != 5 {
        app.clock.advance(MINUTE);
    }
    app.tick();
    assert_eq!(alice.get(PATH)["server_key"], key);
    app.db.run("DELETE FROM settings WHERE key = 'vapid'");
    app.restart();
    app.tick();
    assert_eq!(app.count("SELECT count(*) AS n FROM settings WHERE key = 'vapid'"), 1);
}

#[test]
fn what_is_no_subscription_is_refused() {
    let (app, alice, _) = people();
    let service = PushService::new(&app.network, "push.example");
    let good = Device::new(&service, 1, true).asks(&["mention"], "all");
    let with = |path: &str, value: Value| {
        let mut asked = good.clone();
        *asked.pointer_mut(path).unwrap() = value;
        asked
    };
    for endpoint in [
        json!("http://push.example/x"),
        json!("https://127.0.0.1/x"),
        json!("https://10.0.0.1/"),
        json!("https://[::1]/x"),
        json!("https://localhost/x"),
        json!("https://push.internal/x"),
        json!("https://push.example:8443/x"),
        json!("https://user@push.example/x"),
        json!("ftp://push.example/x"),
        json!("https://a.example/inbox"),
        json!(format!("https://push.example/{}", "x".repeat(2_050))),
        json!("push.example"),
        json!(""),
        json!(null),
        json!(["https://push.example/x"]),
    ] {
        assert_eq!(
            refused(&alice, "POST", PATH, with("/subscription/endpoint", endpoint.clone())),
            422,
            "{endpoint}"
        );
    }
    let auth = good["subscription"]["keys"]["auth"].clone();
    for key in
        [json!(""), json!(null), json!("AAAA"), auth, json!("B".repeat(87)), json!("x".repeat(100_000))]
    {
        assert_eq!(
            refused(&alice, "POST", PATH, with("/subscription/keys/p256dh", key.clone())),
            422,
            "{key}"
        );
    }
    for key in [json!(""), json!("AAAA"), json!("?"), json!("x".repeat(100_000)), json!({})] {
        assert_eq!(refused(&alice, "POST", PATH, with("/subscription/keys/auth", key.clone())), 422, "{key}");
    }
    assert_eq!(refused(&alice, "POST", PATH, with("/data/policy", json!("friends"))), 422);
    assert_eq!(refused(&alice, "POST", PATH, json!({})), 400);
    assert_eq!(app.count("SELECT count(*) AS n FROM push_subscriptions"), 0);
    // Without the scope, and without a person.
    let scopes = sori::model::scope::Scopes::parse("read write follow").unwrap();
    let event = app.ready();
    let token = pollster::block_on(async {
        let (client, _) =
            sori::services::grant::register_client(&event, "x", None, vec!["x:/".into()], &scopes)
                .await
                .unwrap();
        let user =
            sori::store::load(&event.db, sori::store::users::by_account(alice.id)).await.unwrap().unwrap();
        sori::services::grant::issue(&event, client.id, Some(user.id), "read write follow").await.unwrap().0
    });
    for method in ["GET", "POST", "PUT", "DELETE"] {
        assert_eq!(app.request(method, PATH, Some(&token), Some(good.clone())).status, 403, "{method}");
        assert_eq!(app.request(method, PATH, None, Some(good.clone())).status, 401, "{method}");
    }
    // A form, as some apps send it.
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    for (name, at) in [
        ("endpoint", "/subscription/endpoint"),
        ("keys][p256dh", "/subscription/keys/p256dh"),
        ("keys][auth", "/subscription/keys/auth"),
    ] {
        form.append_pair(&format!("subscription[{name}]"), good.pointer(at).unwrap().as_str().unwrap());
    }
    form.append_pair("data[alerts][mention]", "true");
    let made = alice.ok("POST", &format!("{PATH}?{}", form.finish()), None);
    assert_eq!((&made["standard"], &made["alerts"]["mention"]), (&json!(false), &json!(true)));
}

#[test]
fn both_encodings_are_read_by_the_device_and_signed_for_the_service() {
    for is_standard in [true, false] {
        let (app, alice, bob, service, device) = subscribed(is_standard);
        bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"display_name": "Bob <b>"})));
        mentions_alice(&bob);
        let sent = service.take();
        assert_eq!(sent.len(), 1);
        let request = &sent[0];
        let notification = &alice.notifications()[0];
        assert_eq!(
            device.reads(request),
            json!({
                "access_token": alice.token,
                "preferred_locale": "en",
                "notification_id": id(notification).parse::<i64>().unwrap(),
                "notification_type": "mention",
                "icon": "https://a.example/avatars/missing.png",
                "title": "Bob <b> mentioned you",
                "body": "@alice hello",
            })
        );
        let header = |name| request.header(name).unwrap_or("");
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/devices/1"));
        assert_eq!(
            (header("ttl"), header("urgency"), header("content-type")),
            ("172800", "normal", "application/octet-stream")
        );
        assert!(header("user-agent").starts_with("Sori/"));
        let (claims, key) = claims(request);
        assert_eq!(format!("{key}="), alice.get(PATH)["server_key"].as_str().unwrap());
        assert_eq!(
            (&claims["aud"], &claims["sub"]),
            (&json!("https://push.example"), &json!("https://a.example"))
        );
        let left = claims["exp"].as_i64().unwrap() - app.clock.now().0 / 1000;
        assert!((3_600..=86_400).contains(&left), "{left}");
        // Each message has a salt and a key of its own, and all a token of some hours.
        mentions_alice(&bob);
        let again = service.take();
        assert_eq!(again[0].header("authorization"), request.header("authorization"));
        assert_ne!(again[0].body[..16], request.body[..16]);
        assert!(is_standard || again[0].header("encryption") != request.header("encryption"));
        app.clock.advance(7 * 60 * MINUTE);
        mentions_alice(&bob);
        assert_ne!(service.take()[0].header("authorization"), request.header("authorization"));
        assert_eq!(app.count("SELECT count(*) AS n FROM pushes"), 0);
    }
}

/// Whatever writes a notification, and from wherever: it is sent at once, without a run of cron, and once.
#[test]
fn every_type_is_sent_at_once() {
    let (app, alice, bob, service, device) = subscribed(true);
    app.db.run(
        "UPDATE users SET role_id = 2 WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')",
    );
    let carol = app.person("carol");
    let remote = Remote::new(&app.network, "b.example");
    let far = remote.person("far");
    let account = format!("/api/v1/accounts/{}", alice.id);
    let sent = |what: &str, expected: &[&str]| assert_eq!(types(&service, &device), expected, "{what}");
    bob.follows(&alice);
    sent("follow", &["follow"]);
    alice.follows(&bob);
    let post = alice.post("/api/v1/statuses", json!({"status": "mine", "quote_approval_policy": "public"}));
    let reply = bob.replies(&post, "@alice yes");
    sent("mention", &["mention"]);
    bob.act(&post, "favourite");
    bob.act(&post, "reblog");
    sent("favourite, reblog", &["favourite", "reblog"]);
    bob.ok("PUT", &format!("/api/v1/pleroma/statuses/{}/reactions/🎉", id(&post)), None);
    sent("reaction", &["favourite"]);
    alice.post(&format!("/api/v1/accounts/{}/follow", bob.id), json!({"notify": true}));
    let told = bob.posts("news");
    sent("status", &["status"]);
    alice.act(&told, "reblog");
    let quoting = alice.post("/api/v1/statuses", json!({"status": "look", "quoted_status_id": id(&told)}));
    assert_eq!(quoting["quote"]["state"], "accepted");
    bob.ok("PUT", &format!("/api/v1/statuses/{}", id(&told)), Some(json!({"status": "news, edited"})));
    let mut both = types(&service, &device);
    both.sort();
    assert_eq!(both, ["quoted_update", "update"]);
    bob.post("/api/v1/statuses", json!({"status": "hm", "quoted_status_id": id(&post)}));
    let mut both = types(&service, &device);
    both.sort();
    assert_eq!(both, ["quote", "status"]);
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    carol.post(&format!("{account}/follow"), json!({}));
    sent("follow_request", &["follow_request"]);
    carol.post("/api/v1/reports", json!({"account_id": bob.id.to_string(), "status_ids": [id(&reply)]}));
    sent("report", &["admin.report"]);
    bob.post("/api/v1/collections", json!({"name": "y", "account_ids": [alice.id.to_string()]}));
    sent("collection", &["added_to_collection"]);
    // From other servers.
    let note = remote.note(&far, 1, json!({"tag": [{"type": "Mention", "href": "https://a.example/users/alice", "name": "@alice@a.example"}], "cc": ["https://a.example/users/alice"]}));
    assert_eq!(remote.sends(&app, &remote.create(&far, &note)), 202);
    let like =
        json!({"id": remote.uri("/likes/1"), "type": "Like", "actor": far["id"], "object": post["uri"]});
    assert_eq!(remote.sends(&app, &like), 202);
    assert_eq!(remote.sends(&app, &like), 202);
    sent("from afar", &["mention", "favourite"]);
    // A poll ends by cron, which sends in the same run.
    let poll = alice
        .post("/api/v1/statuses", json!({"status": "?", "poll": {"options": ["a", "b"], "expires_in": 600}}));
    assert!(poll["poll"].is_object());
    wait(&app, 11 * MINUTE);
    sent("poll", &["poll"]);
    assert_eq!(app.count("SELECT count(*) AS n FROM pushes"), 0);
    settle(&[&app]);
    assert!(service.take().is_empty());
}

#[test]
fn alerts_and_policy_choose() {
    let (app, alice, bob) = people();
    let service = PushService::new(&app.network, "push.example");
    let device = Device::new(&service, 1, true);
    let asks = |alerts: &[&str], policy: &str| {
        alice.post(PATH, device.asks(alerts, policy));
    };
    let sent = || service.take().len();
    asks(&["follow", "favourite"], "all");
    mentions_alice(&bob);
    assert_eq!((sent(), app.count("SELECT count(*) AS n FROM pushes")), (0, 0));
    asks(&["mention"], "none");
    mentions_alice(&bob);
    assert_eq!(sent(), 0);
    asks(&["mention"], "followed");
    mentions_alice(&bob);
    assert_eq!(sent(), 0);
    alice.follows(&bob);
    mentions_alice(&bob);
    assert_eq!(sent(), 1);
    asks(&["mention"], "follower");
    mentions_alice(&bob);
    assert_eq!(sent(), 0);
    bob.follows(&alice);
    mentions_alice(&bob);
    assert_eq!((sent(), app.count("SELECT count(*) AS n FROM pushes")), (1, 0));
    // Nobody gets what is another's.
    let carol = app.person("carol");
    carol.posts("@bob hello");
    assert_eq!((sent(), app.count("SELECT count(*) AS n FROM pushes")), (0, 0));
}

#[test]
fn the_answer_of_the_push_service_decides() {
    for (status, ends) in [
        (200, false),
        (201, false),
        (204, false),
        (400, true),
        (403, true),
        (404, true),
        (410, true),
        (408, false),
        (429, false),
        (500, false),
        (503, false),
        (301, false),
    ] {
        let (app, alice, bob, service, _) = subscribed(true);
        service.answers(status);
        mentions_alice(&bob);
        assert_eq!(service.take().len(), 1, "{status}");
        assert_eq!(alice.call("GET", PATH, None).status, if ends { 404 } else { 200 }, "{status}");
        let waits = app.count("SELECT count(*) AS n FROM pushes");
        assert_eq!(waits, i64::from(!ends && status >= 300), "{status}");
        // What is tried again is tried five times at the most.
        let mut attempts = 1;
        for _ in 0..20 {
            wait(&app, 30 * MINUTE);
            while app.consume_one() {}
            attempts += service.take().len();
        }
        assert_eq!(attempts, if waits == 1 { 5 } else { 1 }, "{status}");
        assert_eq!(app.count("SELECT count(*) AS n FROM pushes"), 0, "{status}");
    }
}

#[test]
fn a_message_waits_as_long_as_the_push_service_asks() {
    let (app, alice, bob, service, device) = subscribed(false);
    *service.answer.borrow_mut() = (429, vec![("Retry-After".into(), "3600".into())]);
    mentions_alice(&bob);
    assert_eq!(service.take().len(), 1);
    wait(&app, 50 * MINUTE);
    assert_eq!(service.take().len(), 0);
    service.answers(201);
    wait(&app, 11 * MINUTE);
    assert_eq!(types(&service, &device), ["mention"]);
    // No answer at all.
    app.network.set_faults("push.example", Faults { is_down: true, ..Faults::default() });
    mentions_alice(&bob);
    app.network.clear_faults();
    wait(&app, MINUTE);
    assert_eq!(service.take().len(), 0);
    wait(&app, 2 * MINUTE);
    assert_eq!(types(&service, &device), ["mention"]);
    // After two days it is too late, as with Mastodon.
    service.answers(500);
    mentions_alice(&bob);
    service.take();
    service.answers(201);
    app.db.run("UPDATE pushes SET attempts = 1");
    wait(&app, 2 * DAY);
    assert_eq!((service.take().len(), app.count("SELECT count(*) AS n FROM pushes")), (0, 0));
    assert_eq!(alice.call("GET", PATH, None).status, 200);
}

/// A change between the first attempt and the next one: what may not be shown then is not sent.
#[test]
fn what_is_held_back_meanwhile_is_not_sent() {
    type Change = (&'static str, fn(&TestApp, &Person, &Person, &Value));
    let changes: [Change; 12] = [
        ("nothing", |_, _, _, _| ()),
        ("muted", |_, alice, bob, _| {
            drop(alice.post(&format!("/api/v1/accounts/{}/mute", bob.id), json!({})))
        }),
        ("blocked", |_, alice, bob, _| {
            drop(alice.post(&format!("/api/v1/accounts/{}/block", bob.id), json!({})))
        }),
        ("blocks", |_, alice, bob, _| {
            drop(bob.post(&format!("/api/v1/accounts/{}/block", alice.id), json!({})))
        }),
        ("thread muted", |_, alice, _, status| drop(alice.act(status, "mute"))),
        ("deleted", |_, _, bob, status| drop(bob.deletes(status))),
        ("dismissed", |_, alice, _, _| drop(alice.post("/api/v1/notifications/clear", json!({})))),
        ("filtered", |_, alice, _, _| {
            let filter = json!({"title": "x", "context": ["notifications"], "filter_action": "warn", "keywords_attributes": [{"keyword": "hello"}]});
            alice.post("/api/v2/filters", filter);
        }),
        ("author suspended", |app, _, bob, _| {
            let event = app.ready();
            pollster::block_on(crate::app::suspend(&event, &app.account(&bob.name))).unwrap();
        }),
        ("reader suspended", |app, alice, _, _| {
            let event = app.ready();
            pollster::block_on(crate::app::suspend(&event, &app.account(&alice.name))).unwrap();
        }),
        ("unsubscribed", |_, alice, _, _| drop(alice.ok("DELETE", PATH, None))),
        ("token revoked", |app, _, _, _| app.db.run("DELETE FROM access_tokens")),
    ];
    for (name, change) in changes {
        let (app, alice, bob, service, _) = subscribed(true);
        service.answers(503);
        let status = mentions_alice(&bob);
        assert_eq!(service.take().len(), 1, "{name}");
        service.answers(201);
        change(&app, &alice, &bob, &status);
        wait(&app, 3 * MINUTE);
        let expected = usize::from(name == "nothing");
        assert_eq!(service.take().len(), expected, "{name}");
        assert_eq!(app.count("SELECT count(*) AS n FROM pushes"), 0, "{name}");
    }
}

/// What is held back from the start has no row.
#[test]
fn what_is_held_back_is_not_sent() {
    let sends = |prepare: &dyn Fn(&TestApp, &Person, &Person), visibility: &str| {
        let (app, alice, bob, service, _) = subscribed(true);
        prepare(&app, &alice, &bob);
        app.db.run("DELETE FROM pushes");
        service.take();
        bob.post("/api/v1/statuses", json!({"status": "@alice hello", "visibility": visibility}));
        let rows = app.count("SELECT count(*) AS n FROM pushes");
        assert_eq!(rows, 0);
        service.take().len()
    };
    let policy = |field: &'static str, action: &'static str| {
        move |_: &TestApp, alice: &Person, _: &Person| {
            drop(alice.ok("PATCH", "/api/v2/notifications/policy", Some(json!({field: action}))))
        }
    };
    assert_eq!(sends(&|_, _, _| (), "public"), 1);
    assert_eq!(sends(&policy("for_not_following", "filter"), "public"), 0);
    assert_eq!(sends(&policy("for_not_following", "drop"), "public"), 0);
    // A private message by a stranger is filtered by default.
    assert_eq!(sends(&|_, _, _| (), "direct"), 0);
    assert_eq!(sends(&policy("for_private_mentions", "accept"), "direct"), 1);
    let mute = |_: &TestApp, alice: &Person, bob: &Person| {
        drop(alice.post(&format!("/api/v1/accounts/{}/mute", bob.id), json!({})))
    };
    assert_eq!(sends(&mute, "public"), 0);
    for (context, action, word, expected) in [
        ("notifications", "warn", "hello", 0),
        ("notifications", "hide", "hello", 0),
        ("home", "hide", "hello", 1),
        ("notifications", "blur", "hello", 1),
        ("notifications", "hide", "other", 1),
    ] {
        let filter = |_: &TestApp, alice: &Person, _: &Person| {
            let asked = json!({"title": "x", "context": [context], "filter_action": action, "keywords_attributes": [{"keyword": word}]});
            alice.post("/api/v2/filters", asked);
        };
        assert_eq!(sends(&filter, "public"), expected, "{context} {action} {word}");
    }
}

#[test]
fn the_message_is_in_the_language_of_the_reader_and_behind_a_warning() {
    let (app, alice, bob, service, device) = subscribed(true);
    app.db.run("UPDATE users SET locale = 'ko'");
    bob.post("/api/v1/statuses", json!({"status": "@alice <b>secret</b>", "spoiler_text": "a <i> warning"}));
    let said = device.reads(&service.take()[0]);
    assert_eq!(
        (&said["title"], &said["body"], &said["preferred_locale"]),
        (&json!("bob 님이 나를 언급했어요"), &json!("a <i> warning"), &json!("ko"))
    );
    alice.follows(&bob);
    bob.post(
        "/api/v1/statuses",
        json!({"status": format!("@alice {}", "글".repeat(300)), "visibility": "direct"}),
    );
    let said = device.reads(&service.take()[0]);
    let text = said["body"].as_str().unwrap();
    assert!(text.starts_with("@alice 글글") && text.ends_with('…') && text.chars().count() == 141, "{text}");
}

#[test]
fn a_subscription_ends_with_its_token_and_its_account() {
    let (app, alice, bob, service, _) = subscribed(true);
    let rows = || app.count("SELECT count(*) AS n FROM push_subscriptions");
    let made = alice.post(
        "/api/v1/apps",
        json!({"client_name": "x", "redirect_uris": "app://x", "scopes": "read write push"}),
    );
    app.db.run(&format!("UPDATE access_tokens SET app_id = {}", id(&made)));
    let asked =
        json!({"client_id": made["client_id"], "client_secret": made["client_secret"], "token": alice.token});
    assert_eq!(app.request("POST", "/oauth/revoke", None, Some(asked)).status, 200);
    assert_eq!(rows(), 0);
    mentions_alice(&bob);
    assert_eq!(service.take().len(), 0);
    let again = app.person("alice");
    Device::new(&service, 2, true).subscribes(&again, &["mention"]);
    assert_eq!(rows(), 1);
    let event = app.ready();
    pollster::block_on(crate::app::suspend(&event, &app.account("alice"))).unwrap();
    assert_eq!(rows(), 0);
    pollster::block_on(crate::app::unsuspend(&event, &app.account("alice"))).unwrap();
    mentions_alice(&bob);
    assert_eq!(service.take().len(), 0);
}

/// The token is in no row in clear, and a row that was copied to another token opens nothing.
#[test]
fn the_token_is_stored_encrypted_and_for_its_subscription_only() {
    let (app, alice, bob, service, device) = subscribed(true);
    let found = |text: &str| {
        let hex: String = text.bytes().map(|b| format!("{b:02X}")).collect();
        let query = sori::platform::sql::Statement::new(
            "SELECT count(*) AS n FROM push_subscriptions WHERE instr(hex(secrets) || hex(public_key) || endpoint || alerts, ?1) > 0",
        );
        pollster::block_on(app.db.query(query.bind(hex))).unwrap()[0].int("n").unwrap()
    };
    assert_eq!(found(&alice.token), 0);
    assert_eq!(found(std::str::from_utf8(&device.auth).unwrap()), 0);
    let other = app.person("bob");
    Device::new(&service, 2, true).subscribes(&other, &["mention"]);
    let mine = "SELECT secrets FROM push_subscriptions WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')";
    app.db.run(&format!("UPDATE push_subscriptions SET secrets = ({mine}) WHERE account_id = (SELECT id FROM accounts WHERE username = 'bob')"));
    alice.posts("@bob hello");
    assert_eq!(service.take().len(), 0);
    assert_eq!(other.call("GET", PATH, None).status, 404);
    mentions_alice(&bob);
    assert_eq!(service.take().len(), 1);
}

/// Many devices, and many notifications at once: each message is sent once, a few in an invocation.
#[test]
fn many_messages_are_sent_by_several_invocations() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let bob = app.person("bob");
    let service = PushService::new(&network, "push.example");
    let mut devices = Vec::new();
    for name in 1..=25 {
        let device = Device::new(&service, name, name % 2 == 0);
        device.subscribes(&app.person("alice"), &["mention"]);
        app.clock.advance(1);
        devices.push(device);
    }
    // An account has twenty subscriptions at the most: the newest.
    assert_eq!(app.count("SELECT count(*) AS n FROM push_subscriptions"), 20);
    mentions_alice(&bob);
    let first = service.take();
    assert_eq!(first.len(), 5);
    let mut all = first;
    while app.consume_one() {
        all.extend(service.take());
    }
    let mut paths: Vec<String> = all.iter().map(|r| r.path.clone()).collect();
    paths.sort();
    let mut expected: Vec<String> = (6..=25).map(|n| format!("/devices/{n}")).collect();
    expected.sort();
    assert_eq!(paths, expected);
    for request in &all {
        let name: usize = request.path.rsplit('/').next().unwrap().parse().unwrap();
        assert_eq!(devices[name - 1].reads(request)["notification_type"], "mention");
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM pushes"), 0);
    // Without the queue cron goes on.
    mentions_alice(&bob);
    while app.queue.take().is_some() {}
    for _ in 0..10 {
        wait(&app, MINUTE);
        while app.queue.take().is_some() {}
    }
    assert_eq!((service.take().len(), app.count("SELECT count(*) AS n FROM pushes")), (20, 0));
}

/// One push service that fails takes one attempt of a run; the messages of the others are sent.
#[test]
fn a_push_service_that_fails_does_not_hold_up_the_others() {
    let (app, _, bob, service, _) = subscribed(true);
    let slow = PushService::new(&app.network, "slow.example");
    slow.answers(503);
    for name in 2..=4 {
        Device::new(&slow, name, true).subscribes(&app.person("alice"), &["mention"]);
    }
    mentions_alice(&bob);
    assert_eq!((slow.take().len(), service.take().len()), (1, 1));
    slow.answers(201);
    for _ in 0..4 {
        wait(&app, 3 * MINUTE);
    }
    assert_eq!((slow.take().len(), service.take().len()), (3, 0));
}

/// An invocation that ends at any of its trips to the database loses no message.
#[test]
fn whichever_trip_is_the_last_the_message_is_sent() {
    for trips in 0..8 {
        for is_committed in [false, true] {
            let (app, alice, bob, service, _) = subscribed(true);
            app.db.fail_after(trips, is_committed);
            let answer = bob.call("POST", "/api/v1/statuses", Some(json!({"status": "@alice hello"})));
            for _ in 0..5 {
                wait(&app, 3 * MINUTE);
            }
            let told = alice.notifications().len();
            let sent = service.take().len();
            assert!(sent >= told && sent <= told + 1, "trip {trips}: {} {told} {sent}", answer.status);
            assert_eq!(app.count("SELECT count(*) AS n FROM pushes"), 0);
        }
    }
}

/// What a notification costs without a subscription and with one, and what the message costs.
pub fn costs() -> Vec<(&'static str, Cost)> {
    let (app, alice, bob) = people();
    let post = alice.posts("hello");
    let service = PushService::new(&app.network, "push.example");
    let last = || *app.cost.borrow();
    // What the first request of an isolate reads is not counted.
    bob.act(&post, "bookmark");
    bob.act(&post, "favourite");
    bob.act(&post, "unfavourite");
    bob.act(&post, "favourite");
    let without = last();
    bob.act(&post, "unfavourite");
    let device = Device::new(&service, 1, true);
    device.subscribes(&alice, &["mention"]);
    bob.act(&post, "favourite");
    let unwanted = last();
    bob.act(&post, "unfavourite");
    device.subscribes(&alice, &["favourite"]);
    let subscribing = last();
    service.take();
    bob.act(&post, "favourite");
    let (before, after) = (last(), *app.whole_cost.borrow());
    let with = before;
    assert_eq!((service.take().len(), app.count("SELECT count(*) AS n FROM pushes")), (1, 0));
    let sending = Cost {
        trips: after.trips - before.trips,
        statements: after.statements - before.statements,
        rows_read: after.rows_read - before.rows_read,
        rows_written: after.rows_written - before.rows_written,
        fetches: after.fetches - before.fetches,
        signatures: after.signatures - before.signatures,
        ..Cost::default()
    };
    // Without a subscription that wants it: no row, no trip, no statement.
    let written = |cost: &Cost| (cost.trips, cost.statements, cost.rows_written);
    assert_eq!(written(&without), written(&unwanted));
    assert_eq!(
        (with.trips, with.statements, with.rows_written),
        (without.trips, without.statements, without.rows_written + 1)
    );
    assert!(sending.trips == 3 && sending.statements <= 4, "{sending:?}");
    vec![
        ("favourite of a status whose author has no subscription", without),
        ("favourite of a status whose author has one subscription", with),
        ("sending that push message, after the response", sending),
        ("subscribing to push messages", subscribing),
    ]
}

#[test]
fn a_notification_without_a_subscription_costs_nothing_more() {
    assert_eq!(costs().len(), 4);
}

#[test]
fn a_bad_row_does_not_stop_the_others() {
    let (app, _, bob, service, device) = subscribed(true);
    Device::new(&service, 2, true).subscribes(&app.person("alice"), &["mention"]);
    app.db.run("UPDATE push_subscriptions SET endpoint = 'nonsense', public_key = x'00', policy = 'all', alerts = ' mention ' WHERE endpoint LIKE '%/2'");
    mentions_alice(&bob);
    assert_eq!(types(&service, &device), ["mention"]);
    settle(&[&app]);
    assert_eq!(app.count("SELECT count(*) AS n FROM pushes"), 0);
    // Alerts and a policy that are none.
    app.db.run("UPDATE push_subscriptions SET policy = '{', alerts = '[mention'");
    mentions_alice(&bob);
    assert_eq!(service.take().len(), 0);
    let answer = body(&app.person("alice").call("GET", PATH, None));
    assert!(answer["error"].is_string());
}
