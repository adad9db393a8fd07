//! Several domains on one instance: handle, URLs and signatures of each account are of its own domain.

use serde_json::{Value, json};
use sori::activitypub::wire::signature::{SigningKey, Spec, sign};
use sori::http::request::Request;
use sori::model::address::Address;
use sori::platform::guard::{Policy, SafeUrl};
use sori::platform::native::{Clock, Crypto, Network};
use sori::{services, store};

use crate::app::{NOW, PASSWORD, Person, TestApp, settle};
use crate::remote::Remote;

/// An instance with two domains and an account alice on each. The second domain's handles are shorter than
/// its web origin.
fn scene() -> (TestApp, Person, Person, Remote) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let first = app.person("alice");
    app.db.run("INSERT INTO domains (id, handle_domain, web_origin, is_primary, verified_at, created_at) SELECT max(id) + 7, 'second.example', 'https://social.second.example', 0, 1, 0 FROM domains");
    app.restart();
    let event = app.ready();
    let domain = event.site().find_domain("second.example").cloned().unwrap();
    let new = services::register::NewUser {
        username: "alice".into(),
        email: None,
        password: "another horse battery".into(),
        locale: "en".into(),
        role: sori::model::role::RoleId::EVERYONE,
    };
    let token = pollster::block_on(async {
        let (user, account) = services::register::create(&event, new, &domain).await.unwrap();
        let scopes = sori::model::scope::Scopes::parse("read write follow").unwrap();
        let (client, _) =
            services::grant::register_client(&event, "t", None, vec!["t:/".into()], &scopes).await.unwrap();
        let (token, _) =
            services::grant::issue(&event, client.id, Some(user.id), &scopes.to_string()).await.unwrap();
        (token, account.id)
    });
    let second = Person { app: app.clone(), name: "alice".into(), id: token.1, token: token.0 };
    let me = app.clone();
    network.register(
        "social.second.example",
        std::rc::Rc::new(move |request| {
            let app = me.clone();
            Box::pin(async move { sori::routes::handle(&app.app(), &request).await })
        }),
    );
    let remote = Remote::new(&network, "b.example");
    (app, first, second, remote)
}

fn get(app: &TestApp, host: &str, target: &str) -> (u16, Value) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request =
        Request { method: "GET".into(), path: path.into(), query: query.into(), ..Request::default() };
    request.headers.add("host", host);
    request.headers.add("accept", "application/activity+json");
    let response = app.send(request);
    (response.status, serde_json::from_slice(&response.body).unwrap_or_default())
}

#[test]
fn one_name_on_two_domains_is_two_accounts() {
    let (app, first, second, _) = scene();
    for (host, subject, uri) in [
        ("a.example", "acct:alice@a.example", "https://a.example/users/alice"),
        ("second.example", "acct:alice@second.example", "https://social.second.example/users/alice"),
        ("social.second.example", "acct:alice@second.example", "https://social.second.example/users/alice"),
    ] {
        let (_, found) = get(&app, host, &format!("/.well-known/webfinger?resource=acct:alice@{host}"));
        assert_eq!(found["subject"], subject);
        let web = uri.strip_prefix("https://").unwrap().split('/').next().unwrap();
        let (status, actor) = get(&app, web, "/users/alice");
        assert_eq!((status, actor["id"].as_str()), (200, Some(uri)));
        assert!(actor["inbox"].as_str().unwrap().starts_with(uri));
        assert!(actor["publicKey"]["id"].as_str().unwrap().starts_with(uri));
    }
    // A host that is not one of our domains selects nothing.
    assert_eq!(get(&app, "evil.example", "/users/alice").1["id"], "https://a.example/users/alice");
    assert_eq!(get(&app, "social.second.example", "/users/owner").0, 404);
    let acct = |p: &Person| p.get("/api/v1/accounts/verify_credentials")["acct"].clone();
    assert_eq!((acct(&first), acct(&second)), (json!("alice"), json!("alice@second.example")));
    let status = second.posts("from my own domain #here");
    assert!(
        status["uri"].as_str().unwrap().starts_with("https://social.second.example/users/alice/statuses/")
    );
    let path =
        status["uri"].as_str().unwrap().strip_prefix("https://social.second.example").unwrap().to_owned();
    let (code, note) = get(&app, "social.second.example", &path);
    assert_eq!((code, &note["id"]), (200, &status["uri"]));
    assert_eq!(get(&app, "a.example", &path).0, 404);
}

#[test]
fn both_domains_federate_under_both_signatures() {
    let (app, _, second, remote) = scene();
    let bob = remote.person("bob");
    let crypto = Crypto::from_key(5);
    let key = SigningKey {
        key_id: format!("{}#main-key", bob["id"].as_str().unwrap()),
        private_pkcs8: pollster::block_on(crypto.rsa_generate()).unwrap().private_pkcs8,
    };
    let me = "https://social.second.example/users/alice";
    let send = |spec, activity: Value, host: &str| {
        let body = activity.to_string().into_bytes();
        let url =
            SafeUrl::check("https://social.second.example/inbox", &Policy { is_development: false }).unwrap();
        let headers =
            pollster::block_on(sign(&crypto, &key, spec, "POST", &url, Some(&body), app.clock.now()));
        let mut request =
            Request { method: "POST".into(), path: "/inbox".into(), body, ..Request::default() };
        request.headers.add("host", host);
        request.headers.add("content-type", "application/activity+json");
        headers.unwrap().iter().for_each(|(n, v)| request.headers.add(n, v.clone()));
        app.send(request).status
    };
    let follow = |n: u32| json!({"id": remote.uri(&format!("/follows/{n}")), "type": "Follow", "actor": bob["id"], "object": me});
    assert_eq!(send(Spec::Cavage, follow(1), "social.second.example"), 202);
    assert_eq!(send(Spec::Rfc9421, follow(2), "social.second.example"), 202);
    // A signature made for one of our domains is not valid for another.
    assert_eq!(send(Spec::Rfc9421, follow(3), "a.example"), 401);
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 1);
    remote.inbox.borrow_mut().clear();
    let status = second.posts("hello");
    settle(&[&app]);
    let sent = remote.inbox.borrow().iter().find(|a| a["type"] == "Create").cloned().unwrap();
    assert_eq!((&sent["actor"], &sent["object"]["id"]), (&json!(me), &status["uri"]));
}

#[test]
fn a_mention_may_name_the_web_host_of_one_of_our_domains() {
    let (_, first, second, _) = scene();
    let status = first.posts("hello @alice@social.second.example");
    assert_eq!(status["mentions"][0]["id"], second.id.to_string(), "{status}");
    let update = first.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"note": "with @alice@social.second.example"})),
    );
    assert!(update["note"].as_str().unwrap().contains("class=\"u-url mention\""), "{update}");
}

#[test]
fn people_sign_in_on_their_own_domain() {
    let (app, ..) = scene();
    let event = app.ready();
    let site = event.site();
    let domain = |name: &str| site.find_domain(name).cloned().unwrap();
    let other = "another horse battery";
    for (name, password, at, is_right) in [
        ("alice", PASSWORD, "a.example", true),
        ("alice", other, "a.example", false),
        ("alice", other, "second.example", true),
        ("alice@second.example", other, "a.example", true),
        ("@alice@SOCIAL.second.example", other, "a.example", true),
        ("alice@a.example", PASSWORD, "second.example", true),
        ("alice@elsewhere.example", PASSWORD, "a.example", false),
    ] {
        let source = services::attempts::Source {
            address: Address::parse(""),
            devices: Vec::new(),
            browser: String::new(),
        };
        let outcome = pollster::block_on(services::sign_in::sign_in(
            &event,
            name,
            password,
            &domain(at),
            &source,
            "visitor",
        ));
        let is_signed_in = matches!(outcome.unwrap(), services::sign_in::SignIn::Done { .. });
        assert_eq!(is_signed_in, is_right, "{name} at {at}");
    }
    let known = pollster::block_on(store::load(
        &app.db,
        store::accounts::local_by_username("alice", &["second.example".into()]),
    ));
    assert!(known.unwrap().is_some());
}

#[test]
fn each_origin_is_a_server_of_its_own_to_followers_synchronisation() {
    let (app, first, second, remote) = scene();
    let bob = remote.person("bob");
    for person in [&first, &second] {
        let found = person.get(&format!(
            "/api/v2/search?resolve=true&type=accounts&q={}",
            bob["id"].as_str().unwrap().replace(':', "%3A").replace('/', "%2F")
        ));
        let id = found["accounts"][0]["id"].as_str().unwrap().to_owned();
        person.post(&format!("/api/v1/accounts/{id}/follow"), json!({}));
    }
    settle(&[&app]);
    for follow in remote.inbox.borrow().iter().filter(|a| a["type"] == "Follow") {
        let accept = json!({"id": remote.uri(&format!("/accepts/{}", follow["actor"].as_str().unwrap().len())),
            "type": "Accept", "actor": bob["id"], "object": follow});
        assert_eq!(remote.sends(&app, &accept), 202);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 2);
    remote.inbox.borrow_mut().clear();
    // What the remote server says of either origin names the followers of that origin alone.
    let collection = bob["followers"].as_str().unwrap();
    let url = format!("{collection}_synchronization");
    for (n, host, uri) in [
        (1, "a.example", "https://a.example/users/alice"),
        (2, "social.second.example", "https://social.second.example/users/alice"),
    ] {
        let uris = [uri.to_owned()];
        let list = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": url, "type": "OrderedCollection", "orderedItems": uris});
        remote.answers(
            url.strip_prefix(&remote.uri("")).unwrap(),
            sori::http::response::Response::activity(&list),
        );
        let view = json!({"id": remote.uri(&format!("/views/{n}")), "type": "View", "actor": bob["id"], "object": uri});
        let body = view.to_string().into_bytes();
        let key = remote.key_of(bob["id"].as_str().unwrap());
        let target =
            SafeUrl::check(&format!("https://{host}/inbox"), &Policy { is_development: false }).unwrap();
        let crypto = Crypto::from_key(5);
        let headers = pollster::block_on(sign(
            &crypto,
            &key,
            Spec::Cavage,
            "POST",
            &target,
            Some(&body),
            app.clock.now(),
        ));
        let mut request =
            Request { method: "POST".into(), path: "/inbox".into(), body, ..Request::default() };
        request.headers.add("host", host);
        request.headers.add("content-type", "application/activity+json");
        headers.unwrap().iter().for_each(|(n, v)| request.headers.add(n, v.clone()));
        let hash = sori::activitypub::wire::sync::digest(uris.iter().map(String::as_str));
        request.headers.add(
            "collection-synchronization",
            format!("collectionId=\"{collection}\", url=\"{url}\", digest=\"{hash}\""),
        );
        assert_eq!(app.send(request).status, 202, "{host}");
        settle(&[&app]);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 2);
    assert!(remote.got().is_empty(), "{:?}", remote.got());
}
