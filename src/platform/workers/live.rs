//! Live streams: a Durable Object holds the sockets, and sleeps while nothing is sent
//! (<https://developers.cloudflare.com/durable-objects/best-practices/websockets/>). It passes texts on to accounts and
//! streams; what a socket listens to is its attachment.

use std::cell::RefCell;
use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use worker::{Env, State, WebSocket, WebSocketPair};

use super::{Clock, border};
use crate::error::{Error, Result};
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::live::{Closing, Frame, Listener, Opening, Session};
use crate::model::time::Time;
use crate::platform::live::{
    Hours, MAX_SOCKETS, Outcome, Sent, error_text, event_text, listeners_from_json, listeners_to_json,
    opening_from_json, opening_to_json, session_from_json, session_to_json,
};
use crate::platform::sql::Meter;

/// The streams as Workers see them.
#[derive(Clone)]
pub struct Live {
    binding: Option<JsValue>,
    meter: Meter,
}

fn binding(env: &Env) -> Option<JsValue> {
    js_sys::Reflect::get(env.as_ref(), &"LIVE".into()).ok().filter(|b| !b.is_undefined())
}

/// How long a response of server-sent events is, in milliseconds: clients reconnect.
const EVENTS_LIFETIME: u32 = 300_000;

impl Live {
    /// From the environment's binding `LIVE`, if there is one.
    pub fn new(env: &Env, meter: Meter) -> Self {
        Self { binding: binding(env), meter }
    }

    pub fn is_bound(&self) -> bool {
        self.binding.is_some()
    }

    /// Sends frames, closes sockets, and answers who listens.
    pub async fn send(&self, frames: &[Frame], closings: &[Closing]) -> Result<Vec<Listener>> {
        let Some(binding) = &self.binding else { return Ok(Vec::new()) };
        self.meter.add(|c| c.object_requests += 1);
        let sent = serde_json::to_string(&Sent::new(frames, closings))?;
        let failed = |e: JsValue| Error::Platform(format!("live streams: {}", super::message(&e)));
        let answer = JsFuture::from(border::tell(binding, &sent)).await.map_err(failed)?;
        let listeners = answer.as_string().and_then(|text| listeners_from_json(&text));
        listeners.ok_or_else(|| Error::internal("live streams answer nonsense"))
    }
}

/// Opens a stream that a route has accepted; `ours` has the headers.
pub async fn open(env: &Env, ours: &Response, opening: &Opening) -> worker::Result<web_sys::Response> {
    let Some(binding) = binding(env) else { return Err("the binding LIVE is missing".into()) };
    let mut headers: Vec<(&str, &str)> = ours.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    if let Some(protocol) = &opening.protocol {
        headers.push(("Sec-WebSocket-Protocol", protocol));
    }
    let headers = serde_json::to_string(&headers)?;
    let lifetime = if opening.is_events { EVENTS_LIFETIME } else { 0 };
    let promise = border::listen(&binding, &BASE64.encode(opening_to_json(opening)), &headers, lifetime);
    Ok(JsFuture::from(promise).await?.dyn_into::<web_sys::Response>()?)
}

/// The object: its sockets, each with the tag of its account.
pub struct Room {
    state: State,
    /// Who listens, as JSON, until that changes.
    listeners: RefCell<Option<String>>,
    hours: RefCell<Hours>,
}

/// The state OPEN of a WebSocket.
const OPEN: u16 = 1;

fn is_open(socket: &WebSocket) -> bool {
    socket.as_ref().ready_state() == OPEN
}

impl Room {
    pub fn new(state: State) -> Self {
        Self { state, listeners: RefCell::default(), hours: RefCell::default() }
    }

    /// What the object answers to a Worker: to a socket, its other end; else who listens.
    pub async fn answer(&self, mut request: worker::Request) -> worker::Result<worker::Response> {
        if let Some(opening) = request.headers().get("x-opening")? {
            let opening = BASE64.decode(opening).ok().and_then(|json| String::from_utf8(json).ok());
            let opening = opening.as_deref().and_then(opening_from_json);
            let Some((session, first)) = opening else {
                return worker::Response::error("no opening", 400);
            };
            return self.accept(&session, &first, Clock.now());
        }
        let text = request.text().await?;
        let Ok(sent) = serde_json::from_str::<Sent>(&text) else {
            return worker::Response::error("nothing to send", 400);
        };
        self.send(&sent);
        worker::Response::ok(self.listeners())
    }

    fn accept(&self, session: &Session, first: &[String], now: Time) -> worker::Result<worker::Response> {
        let account = session.account.to_string();
        let open = self.state.get_websockets_with_tag(&account).iter().filter(|s| is_open(s)).count();
        if open >= MAX_SOCKETS {
            return worker::Response::error("{\"error\":\"Too many streams\"}", 429);
        }
        if !session.streams.is_empty() && !self.hours.borrow_mut().begins(session.account, now) {
            return worker::Response::error("{\"error\":\"Too many subscriptions\"}", 429);
        }
        let pair = WebSocketPair::new()?;
        self.state.accept_websocket_with_tags(&pair.server, &[&account]);
        pair.server.serialize_attachment(session_to_json(session))?;
        for text in first {
            pair.server.send_with_str(text)?;
        }
        self.listeners.take();
        worker::Response::from_websocket(pair.client)
    }

    /// The open sockets of an account.
    fn sockets(&self, account: i64) -> Vec<(WebSocket, Session)> {
        let all = self.state.get_websockets_with_tag(&account.to_string()).into_iter().filter(is_open);
        all.filter_map(|socket| Some((socket.clone(), Self::session(&socket)?))).collect()
    }

    fn send(&self, sent: &Sent) {
        let mut known: HashMap<i64, Vec<(WebSocket, Session)>> = HashMap::new();
        for (to, event, payload) in &sent.frames {
            let mut texts: HashMap<&str, String> = HashMap::new();
            for (account, stream) in to {
                let sockets = known.entry(*account).or_insert_with(|| self.sockets(*account));
                for (socket, _) in sockets.iter().filter(|(_, session)| session.listens(stream)) {
                    let text =
                        texts.entry(stream).or_insert_with(|| event_text(stream, event, payload.as_deref()));
                    // A socket that is closing gets nothing.
                    let _ = socket.send_with_str(text);
                }
            }
        }
        for (account, token) in &sent.closings {
            for (socket, session) in self.sockets(*account) {
                if token.is_none_or(|token| session.token.0 == token) {
                    let _ = socket.close(Some(1008), Some("The token was revoked"));
                    self.listeners.take();
                }
            }
        }
    }

    fn listeners(&self) -> String {
        let known = self.listeners.borrow().clone();
        known.unwrap_or_else(|| {
            let sockets = self.state.get_websockets().into_iter().filter(is_open);
            let all = listeners_to_json(sockets.filter_map(|socket| Self::session(&socket)));
            *self.listeners.borrow_mut() = Some(all.clone());
            all
        })
    }

    /// What is remembered of a socket.
    pub fn session(socket: &WebSocket) -> Option<Session> {
        let text = socket.deserialize_attachment::<String>().ok().flatten()?;
        session_from_json(&text)
    }

    /// Counts a message of an account; false where it has sent too many.
    pub fn count_message(&self, account: Id, now: Time) -> bool {
        self.hours.borrow_mut().says(account, now)
    }

    pub fn keep(&self, socket: &WebSocket, session: &Session) -> worker::Result<()> {
        socket.serialize_attachment(session_to_json(session))?;
        self.listeners.take();
        Ok(())
    }

    /// What a message of the client has caused; true where the socket listens to more than before. The session is read
    /// again: another message may have changed it meanwhile.
    pub fn apply(&self, socket: &WebSocket, outcome: Outcome, now: Time) -> worker::Result<bool> {
        if let Some(reply) = &outcome.reply {
            socket.send_with_str(reply)?;
        }
        let Some(mut session) = Self::session(socket) else { return Ok(false) };
        let is_new = outcome.add.iter().any(|stream| !session.listens(stream));
        if !is_new && outcome.remove.is_empty() {
            return Ok(false);
        }
        if is_new && !self.hours.borrow_mut().begins(session.account, now) {
            socket.send_with_str(error_text("Too many subscriptions", 429))?;
            return Ok(false);
        }
        session.remove(&outcome.remove);
        session.add(outcome.add);
        self.keep(socket, &session)?;
        Ok(is_new)
    }

    /// A socket is gone.
    pub fn left(&self, socket: &WebSocket) {
        // It is closed on this side as well; it may be already.
        let _ = socket.close(Some(1000), Some(""));
        self.listeners.take();
    }
}
