//! Servers that consist of documents and a key: senders and receivers for scenarios.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::{Value, json};
use sori::activitypub::wire::signature::key::to_pem;
use sori::activitypub::wire::signature::{SigningKey, Spec, sign};
use sori::http::request::Request;
use sori::http::response::Response;
use sori::platform::guard::{Policy, SafeUrl};
use sori::platform::keys::KeyPair;
use sori::platform::native::{Clock, Crypto, Network};

use crate::app::{NOW, Person, TestApp};

/// A remote server whose accounts have one key each; it stores what it is sent.
#[derive(Clone)]
pub struct Remote {
    pub host: String,
    pub inbox: Rc<RefCell<Vec<Value>>>,
    /// The status that the inbox answers.
    pub status: Rc<Cell<u16>>,
    documents: Rc<RefCell<Vec<(String, Value)>>>,
    /// Fixed responses by path and query, before the documents.
    answers: Rc<RefCell<Vec<(String, Response)>>>,
    pub crypto: Crypto,
    pub key: Rc<SigningKey>,
    pub public: Vec<u8>,
}

impl Remote {
    pub fn new(network: &Network, host: &str) -> Self {
        let crypto = Crypto::from_key(5);
        let pair = pollster::block_on(crypto.rsa_generate()).unwrap();
        let remote = Self {
            host: host.into(),
            inbox: Rc::default(),
            status: Rc::new(Cell::new(202)),
            documents: Rc::default(),
            answers: Rc::default(),
            key: Rc::new(SigningKey { key_id: String::new(), private_pkcs8: pair.private_pkcs8 }),
            public: pair.public_spki,
            crypto,
        };
        let me = remote.clone();
        network.register(
            host,
            Rc::new(move |request| {
                let answer = me.answer(&request);
                Box::pin(async move { answer })
            }),
        );
        remote
    }

    fn answer(&self, request: &Request) -> Response {
        if request.method == "POST" {
            if self.status.get() < 300 {
                self.inbox.borrow_mut().push(serde_json::from_slice(&request.body).unwrap());
            }
            return Response { status: self.status.get(), ..Response::default() };
        }
        let target = request.target();
        if let Some((_, answer)) = self.answers.borrow().iter().find(|(path, _)| *path == target) {
            return answer.clone();
        }
        if request.path == "/.well-known/webfinger" {
            let name =
                request.query.split("acct%3A").nth(1).and_then(|r| r.split("%40").next()).unwrap_or("");
            let uri = self.uri(&format!("/users/{name}"));
            return Response::json(&json!({"subject": format!("acct:{name}@{}", self.host),
                "links": [{"rel": "self", "type": "application/activity+json", "href": uri}]}));
        }
        match self.documents.borrow().iter().find(|(path, _)| *path == target) {
            Some((_, document)) => Response::activity(document),
            None => Response::new(404, "text/plain", "not here"),
        }
    }

    /// Sets the response of a path with its query.
    pub fn answers(&self, target: &str, answer: Response) {
        self.answers.borrow_mut().retain(|(path, _)| path != target);
        self.answers.borrow_mut().push((target.into(), answer));
    }

    /// The path answers 410.
    pub fn gone(&self, path: &str) {
        self.forgets(path);
        self.answers(path, Response::new(410, "text/plain", "gone"));
    }

    /// The path answers 404.
    pub fn forgets(&self, path: &str) {
        self.answers.borrow_mut().retain(|(p, _)| p != path);
        self.documents.borrow_mut().retain(|(p, _)| p != path);
    }

    pub fn uri(&self, path: &str) -> String {
        format!("https://{}{path}", self.host)
    }

    /// Serves a document at its id's path.
    pub fn serve(&self, mut document: Value) -> Value {
        if let Some(map) = document.as_object_mut() {
            map.entry("@context").or_insert_with(|| json!("https://www.w3.org/ns/activitystreams"));
        }
        let id = document["id"].as_str().unwrap();
        let path = id.strip_prefix(&self.uri("")).unwrap().to_owned();
        self.documents.borrow_mut().retain(|(p, _)| *p != path);
        self.documents.borrow_mut().push((path, document.clone()));
        document
    }

    /// Everything answers 410.
    pub fn forget(&self, path: &str) {
        self.documents.borrow_mut().retain(|(p, _)| p != path);
    }

    /// Adds an account; its actor document is served.
    pub fn person(&self, name: &str) -> Value {
        let uri = self.uri(&format!("/users/{name}"));
        self.serve(json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": uri, "type": "Person", "preferredUsername": name, "name": name,
            "inbox": format!("{uri}/inbox"), "outbox": format!("{uri}/outbox"), "followers": format!("{uri}/followers"),
            "endpoints": {"sharedInbox": self.uri("/inbox")},
            "publicKey": {"id": format!("{uri}#main-key"), "owner": uri, "publicKeyPem": to_pem(&self.public)},
        }))
    }

    pub fn note(&self, author: &Value, id: u32, extra: Value) -> Value {
        let uri = self.uri(&format!("/notes/{id}"));
        let mut note = json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": uri, "type": "Note", "attributedTo": author["id"], "content": format!("<p>note {id}</p>"),
            "published": "2026-09-21T10:00:00Z",
            "to": ["https://www.w3.org/ns/activitystreams#Public"], "cc": [author["followers"]],
        });
        note.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        note
    }

    /// A note with an id as Mastodon makes them.
    pub fn note_of_mastodon(&self, author: &Value, n: i64, extra: Value) -> Value {
        let mut note = self.note(author, 1, extra);
        let published = note["published"].as_str().and_then(sori::model::time::Time::parse_iso).unwrap();
        note["id"] =
            json!(format!("{}/statuses/{}", author["id"].as_str().unwrap(), (published.0 << 16) + n));
        note
    }

    pub fn create(&self, author: &Value, note: &Value) -> Value {
        json!({
            "@context": "https://www.w3.org/ns/activitystreams",
            "id": format!("{}#create", note["id"].as_str().unwrap()), "type": "Create", "actor": author["id"],
            "to": note["to"], "cc": note["cc"], "object": note,
        })
    }

    /// The signed request that sends an activity to `app`'s shared inbox.
    pub fn request(&self, app: &TestApp, activity: &Value) -> Request {
        let key = SigningKey {
            key_id: format!("{}#main-key", activity["actor"].as_str().unwrap_or("")),
            private_pkcs8: self.key.private_pkcs8.clone(),
        };
        self.request_signed_by(app, activity, &key, Spec::Cavage)
    }

    /// The key of one of its accounts, under this key id.
    pub fn key_of(&self, actor: &str) -> SigningKey {
        SigningKey { key_id: format!("{actor}#main-key"), private_pkcs8: self.key.private_pkcs8.clone() }
    }

    /// The signed request that sends an activity to an inbox of `app`.
    pub fn request_to(&self, app: &TestApp, path: &str, activity: &Value) -> Request {
        let key = self.key_of(activity["actor"].as_str().unwrap_or(""));
        self.signed(app, path, activity.to_string().into_bytes(), &key, Spec::Cavage)
    }

    pub fn request_signed_by(
        &self,
        app: &TestApp,
        activity: &Value,
        key: &SigningKey,
        spec: Spec,
    ) -> Request {
        self.signed(app, "/inbox", activity.to_string().into_bytes(), key, spec)
    }

    /// Like [`Self::request`], with any body.
    pub fn request_body(&self, app: &TestApp, actor: &str, body: Vec<u8>) -> Request {
        self.signed(app, "/inbox", body, &self.key_of(actor), Spec::Cavage)
    }

    fn signed(&self, app: &TestApp, path: &str, body: Vec<u8>, key: &SigningKey, spec: Spec) -> Request {
        let url =
            SafeUrl::check(&format!("{}{path}", app.origin()), &Policy { is_development: true }).unwrap();
        let headers =
            pollster::block_on(sign(&self.crypto, key, spec, "POST", &url, Some(&body), app.clock.now()))
                .unwrap();
        let mut request = Request { method: "POST".into(), path: path.into(), body, ..Request::default() };
        request.headers.add("host", app.host.clone());
        request.headers.add("content-type", "application/activity+json");
        for (name, value) in headers {
            request.headers.add(&name, value);
        }
        request
    }

    /// A GET, signed by the account of that name.
    pub fn get(&self, app: &TestApp, path: &str, name: &str) -> Request {
        let key = SigningKey {
            key_id: format!("{}#main-key", self.uri(&format!("/users/{name}"))),
            private_pkcs8: self.key.private_pkcs8.clone(),
        };
        let url =
            SafeUrl::check(&format!("{}{path}", app.origin()), &Policy { is_development: true }).unwrap();
        let now = app.clock.now();
        let headers =
            pollster::block_on(sign(&self.crypto, &key, Spec::Cavage, "GET", &url, None, now)).unwrap();
        let mut request = Request { method: "GET".into(), path: path.into(), ..Request::default() };
        request.headers.add("host", app.host.clone());
        request.headers.add("accept", "application/activity+json");
        for (name, value) in headers {
            request.headers.add(&name, value);
        }
        request
    }

    /// Sends an activity; returns the status of the response.
    pub fn sends(&self, app: &TestApp, activity: &Value) -> u16 {
        app.send(self.request(app, activity)).status
    }

    /// Types of the activities in the inbox.
    pub fn got(&self) -> Vec<String> {
        self.inbox.borrow().iter().map(|a| a["type"].as_str().unwrap_or("").to_owned()).collect()
    }
}

/// An instance with alice, and another server with bob.
pub fn scene() -> (TestApp, Person, Remote, Value) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let bob = remote.person("bob");
    (app, alice, remote, bob)
}

/// alice on a.example, followed by bob on b.example.
pub fn followed() -> (TestApp, Person, Remote) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let bob = remote.person("bob");
    let follow = json!({"id": remote.uri("/follows/1"), "type": "Follow", "actor": bob["id"], "object": "https://a.example/users/alice"});
    assert_eq!(remote.sends(&app, &follow), 202);
    crate::app::settle(&[&app]);
    assert_eq!(remote.got(), ["Accept"]);
    (app, alice, remote)
}

/// An instance with alice, and a server with bob, whom she follows.
pub fn cast() -> (TestApp, Remote, Value) {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    let remote = Remote::new(&network, "b.example");
    let bob = remote.person("bob");
    let account = alice.finds("bob@b.example");
    alice.post(&format!("/api/v1/accounts/{}/follow", account["id"].as_str().unwrap()), json!({}));
    crate::app::settle(&[&app]);
    let follow = remote.inbox.borrow().iter().find(|a| a["type"] == "Follow").cloned().unwrap();
    let accept =
        json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": bob["id"], "object": follow});
    assert_eq!(remote.sends(&app, &accept), 202);
    app.network.take_log();
    (app, remote, bob)
}

pub fn pair(n: usize) -> KeyPair {
    pollster::block_on(Crypto::from_key(n).rsa_generate()).unwrap()
}

/// Remote statuses.
pub fn remote_statuses(app: &TestApp) -> i64 {
    app.count("SELECT count(*) AS n FROM statuses WHERE is_local = 0")
}

/// What was fetched since the last call.
pub fn fetched(app: &TestApp) -> Vec<String> {
    app.network.take_log().into_iter().filter(|e| e.method == "GET").map(|e| e.url).collect()
}

pub fn redirect(to: &str) -> Response {
    Response::redirect(to).status(302)
}
