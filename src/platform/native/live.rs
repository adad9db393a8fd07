use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::error::Result;
use crate::model::id::Id;
use crate::model::live::{Closing, Frame, Listener, Opening, Session};
use crate::model::time::Time;
use crate::platform::live::{
    Hours, MAX_SOCKETS, Outcome, Sent, error_text, event_text, listeners_from_json, listeners_to_json,
};
use crate::platform::sql::Meter;

/// A socket of a client, as tests see it.
#[derive(Debug, Default)]
pub struct Socket {
    pub session: RefCell<Session>,
    pub received: RefCell<Vec<String>>,
    pub is_closed: Cell<bool>,
}

#[derive(Default)]
struct Inner {
    is_bound: Cell<bool>,
    sockets: RefCell<Vec<Rc<Socket>>>,
    calls: Cell<u32>,
    hours: RefCell<Hours>,
}

/// The live streams in memory; without a binding at first. Clones share them.
#[derive(Clone, Default)]
pub struct Live {
    inner: Rc<Inner>,
    meter: Meter,
}

impl Live {
    /// The same streams with their own cost counter.
    pub fn metered(&self, meter: Meter) -> Self {
        Self { inner: self.inner.clone(), meter }
    }

    pub fn bind(&self) {
        self.inner.is_bound.set(true);
    }

    pub fn is_bound(&self) -> bool {
        self.inner.is_bound.get()
    }

    /// How often it was called.
    pub fn calls(&self) -> u32 {
        self.inner.calls.get()
    }

    /// Opens a socket; `None` where the account has too many, or has begun too much in this hour.
    pub fn open(&self, opening: &Opening, now: Time) -> Option<Rc<Socket>> {
        let mut sockets = self.inner.sockets.borrow_mut();
        let theirs = |s: &&Rc<Socket>| s.session.borrow().account == opening.session.account;
        if sockets.iter().filter(theirs).count() >= MAX_SOCKETS {
            return None;
        }
        let session = &opening.session;
        if !session.streams.is_empty() && !self.inner.hours.borrow_mut().begins(session.account, now) {
            return None;
        }
        let socket = Rc::new(Socket::default());
        *socket.session.borrow_mut() = opening.session.clone();
        *socket.received.borrow_mut() = opening.first.clone();
        sockets.push(socket.clone());
        Some(socket)
    }

    /// What a message of the client has caused; true where the socket listens to more than before.
    pub fn apply(&self, socket: &Socket, outcome: Outcome, now: Time) -> bool {
        socket.received.borrow_mut().extend(outcome.reply);
        let mut session = socket.session.borrow_mut();
        let is_new = outcome.add.iter().any(|stream| !session.listens(stream));
        if is_new && !self.inner.hours.borrow_mut().begins(session.account, now) {
            socket.received.borrow_mut().push(error_text("Too many subscriptions", 429));
            return false;
        }
        session.remove(&outcome.remove);
        session.add(outcome.add);
        is_new
    }

    pub fn close(&self, socket: &Socket) {
        socket.is_closed.set(true);
        self.inner.sockets.borrow_mut().retain(|s| !s.is_closed.get());
    }

    pub async fn send(&self, frames: &[Frame], closings: &[Closing]) -> Result<Vec<Listener>> {
        self.meter.add(|c| c.object_requests += 1);
        self.inner.calls.set(self.inner.calls.get() + 1);
        let sent = serde_json::to_string(&Sent::new(frames, closings))?;
        let sent: Sent = serde_json::from_str(&sent)?;
        for (to, event, payload) in &sent.frames {
            for (account, stream) in to {
                for socket in self.inner.sockets.borrow().iter() {
                    let session = socket.session.borrow();
                    if session.account == Id(*account) && session.listens(stream) {
                        socket.received.borrow_mut().push(event_text(stream, event, payload.as_deref()));
                    }
                }
            }
        }
        for (account, token) in sent.closings {
            for socket in self.inner.sockets.borrow().iter() {
                let session = socket.session.borrow();
                if session.account == Id(account) && token.is_none_or(|token| session.token == Id(token)) {
                    socket.is_closed.set(true);
                }
            }
        }
        self.inner.sockets.borrow_mut().retain(|s| !s.is_closed.get());
        let sessions: Vec<Session> =
            self.inner.sockets.borrow().iter().map(|s| s.session.borrow().clone()).collect();
        Ok(listeners_from_json(&listeners_to_json(sessions.into_iter())).unwrap_or_default())
    }
}
