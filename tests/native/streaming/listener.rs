//! A client that listens.

use std::rc::Rc;

use serde_json::{Value, json};
use sori::http::request::Request;
use sori::http::response::Response;
use sori::platform::native::Socket;

use crate::app::{Person, TestApp};

/// An open socket of a person.
pub struct Listener {
    app: TestApp,
    pub socket: Rc<Socket>,
}

/// One event: the stream, its name, its payload (parsed where it is an entity).
pub type Event = (String, String, Value);

pub fn upgrade(query: &str, headers: &[(&str, &str)]) -> Request {
    let mut request = Request {
        method: "GET".into(),
        path: "/api/v1/streaming".into(),
        query: query.into(),
        ..Request::default()
    };
    for (name, value) in [("upgrade", "websocket"), ("connection", "Upgrade")].iter().chain(headers) {
        request.headers.add(name, *value);
    }
    request
}

/// Opens what a response has accepted.
pub fn open(app: &TestApp, response: &Response) -> Listener {
    let opening = response.stream.as_deref().expect("a stream");
    let socket = app.live.open(opening, app.clock.now()).expect("room");
    if !opening.session.streams.is_empty() {
        pollster::block_on(sori::streaming::subscribe::began(&app.ready()));
    }
    Listener { app: app.clone(), socket }
}

/// `person` listens to a stream, such as `stream=user`.
pub fn listen(person: &Person, query: &str) -> Listener {
    let response = person.app.send(upgrade(query, &[("sec-websocket-protocol", &person.token)]));
    assert_eq!(response.status, 101, "{query}");
    open(&person.app, &response)
}

impl Listener {
    /// Sends a message.
    pub fn says(&self, message: Value) {
        let app = self.app.ready();
        let session = self.socket.session.borrow().clone();
        let outcome =
            pollster::block_on(sori::streaming::subscribe::message(&app, &session, &message.to_string()));
        if self.app.live.apply(&self.socket, outcome, self.app.clock.now()) {
            pollster::block_on(sori::streaming::subscribe::began(&app));
        }
    }

    pub fn subscribes(&self, stream: &str) {
        self.says(json!({"type": "subscribe", "stream": stream}));
    }

    /// The texts since the last call.
    pub fn texts(&self) -> Vec<Value> {
        self.socket.received.take().iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }

    /// The events since the last call.
    pub fn events(&self) -> Vec<Event> {
        let read = |text: Value| {
            let stream: Vec<&str> =
                text["stream"].as_array().expect("a stream").iter().map(|s| s.as_str().unwrap()).collect();
            let payload = match &text["payload"] {
                Value::String(payload) if payload.starts_with('{') => serde_json::from_str(payload).unwrap(),
                other => other.clone(),
            };
            (stream.join(" "), text["event"].as_str().unwrap().to_owned(), payload)
        };
        self.texts().into_iter().map(read).collect()
    }

    /// Stream and event of each, without payloads; by stream, each in its order.
    pub fn names(&self) -> Vec<(String, String)> {
        let mut all: Vec<_> = self.events().into_iter().map(|(stream, event, _)| (stream, event)).collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        all
    }
}

/// An instance with streams, alice and bob.
pub fn people() -> (TestApp, Person, Person) {
    let (app, alice, bob) = crate::app::people();
    app.live.bind();
    (app, alice, bob)
}

pub fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}
