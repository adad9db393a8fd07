//! By which spellings local accounts are found.

use serde_json::Value;
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, TestApp};

/// The subject that WebFinger answers for a resource, or the status of the error.
fn finger(app: &TestApp, resource: &str) -> String {
    let resource: String = url::form_urlencoded::byte_serialize(resource.as_bytes()).collect();
    let answer = app.fetch(&format!("/.well-known/webfinger?resource={resource}"));
    if answer.status != 200 {
        return answer.status.to_string();
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    body["subject"].as_str().unwrap().to_owned()
}

#[test]
fn webfinger_accepts_every_spelling_of_an_address() {
    let app = TestApp::alone();
    app.person("alice");
    app.person("1234");
    for resource in [
        "acct:alice@a.example",
        "ACCT:Alice@A.Example",
        "acct:alice@a.example:443",
        "acct:%61lice@a.example",
        "acct:@alice@a.example.",
        "alice@a.example",
        "https://a.example/@alice",
        "https://A.example/@alice",
        "HTTPS://A.EXAMPLE/@Alice",
        "https://a.example:443/@alice",
        "https://a.example/@alice/",
        "https://a.example/users/alice",
        "https://a.example/users/alice/",
        "https://a.example/%40alice",
        "https://a.example/users/%61lice",
        "https://a.example/@alice?x=1#y",
        "http://a.example/@alice",
        "http://a.example:80/users/alice",
    ] {
        assert_eq!(finger(&app, resource), "acct:alice@a.example", "{resource}");
    }
    for resource in ["acct:1234@a.example", "https://a.example/users/1234", "https://a.example/@1234"] {
        assert_eq!(finger(&app, resource), "acct:1234@a.example", "{resource}");
    }
    for resource in
        ["https://a.example", "https://A.example:443/", "http://a.example/", "https://a.example/actor"]
    {
        assert_eq!(finger(&app, resource), "acct:a.example@a.example", "{resource}");
    }
    for resource in [
        "https://b.example/@alice",
        "https://a.example.evil.example/@alice",
        "https://a.example@evil.example/@alice",
        "https://evil.example/https://a.example/@alice",
        "https://a.example:8443/@alice",
        "ftp://a.example/@alice",
        "acct:alice@a.example:8443",
        "acct:alice@b.example",
        "https://a.example/@alice%2ffollowers",
        "https://a.example/users/alice/followers",
        "https://a.example/@nobody",
    ] {
        let answer = finger(&app, resource);
        assert!(["404", "400"].contains(&answer.as_str()), "{resource}: {answer}");
    }
}

#[test]
fn search_accepts_every_spelling_of_local_addresses() {
    let app = TestApp::alone();
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let post = bob.posts("hello");
    let page = post["url"].as_str().unwrap().replace("https://a.example", "");
    for address in ["https://A.example/@bob", "http://a.example/users/bob/", "https://a.example:443/@bob"] {
        let found = alice.get(&format!("/api/v2/search?resolve=true&q={address}"));
        assert_eq!(found["accounts"][0]["username"], "bob", "{address}");
    }
    for origin in ["https://a.example", "https://A.EXAMPLE", "https://a.example:443", "http://a.example"] {
        let found = alice.get(&format!("/api/v2/search?resolve=true&q={origin}{page}"));
        assert_eq!(found["statuses"][0]["id"], post["id"], "{origin}");
    }
    assert!(app.network.take_log().is_empty());
}

#[test]
fn in_development_the_port_is_in_addresses_and_not_in_names() {
    let app = TestApp::new(&Network::new(1), "localhost:8787", &Clock::fixed(NOW));
    app.person("alice");
    for resource in [
        "acct:alice@localhost:8787",
        "http://localhost:8787/@alice",
        "http://LOCALHOST:8787/users/alice/",
        "https://localhost:8787/@alice",
    ] {
        assert_eq!(finger(&app, resource), "acct:alice@localhost:8787", "{resource}");
    }
    for resource in ["http://localhost/@alice", "http://localhost:8788/@alice"] {
        assert_eq!(finger(&app, resource), "404", "{resource}");
    }
    let actor: Value = serde_json::from_slice(&app.fetch("/actor").body).unwrap();
    assert_eq!(actor["preferredUsername"], "localhost");
    for resource in ["http://localhost:8787", "http://localhost:8787/actor", "acct:localhost@localhost:8787"]
    {
        assert_eq!(finger(&app, resource), "acct:localhost@localhost:8787", "{resource}");
    }
    assert_eq!(actor["webfinger"], "localhost@localhost:8787");
}
