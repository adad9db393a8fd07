//! A network in memory: hosts by name, with faults that can be enabled.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::Random;
use crate::error::{Error, Result};
use crate::http::request::{Headers, Request};
use crate::http::response::Response;
use crate::platform::fetch::{Incoming, Outgoing};

pub type Handler = Rc<dyn Fn(Request) -> Pin<Box<dyn Future<Output = Response>>>>;

/// Faults of requests to a host; chances are in per mille.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// Connections fail.
    pub is_down: bool,
    /// Every request is answered with this status without reaching the host.
    pub answer: Option<u16>,
    /// The request is lost.
    pub drop: u64,
    /// The host handles the request, but its response is lost.
    pub lose_answer: u64,
    /// The host gets the request twice.
    pub duplicate: u64,
}

/// A request and its response.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub from: String,
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// `None` if no response arrived.
    pub status: Option<u16>,
}

#[derive(Clone)]
pub struct Network(Rc<Inner>);

struct Inner {
    hosts: RefCell<HashMap<String, Handler>>,
    /// By host; `*` for all.
    faults: RefCell<HashMap<String, Faults>>,
    log: RefCell<Vec<Exchange>>,
    is_logging: Cell<bool>,
    random: Random,
}

impl Network {
    pub fn new(seed: u64) -> Self {
        Self(Rc::new(Inner {
            hosts: RefCell::default(),
            faults: RefCell::default(),
            log: RefCell::default(),
            is_logging: Cell::new(true),
            random: Random::seeded(seed ^ 0x5eed),
        }))
    }

    /// A host; `host` as in a URL: name, and port if it is not the default.
    pub fn register(&self, host: &str, handler: Handler) {
        self.0.hosts.borrow_mut().insert(host.to_owned(), handler);
    }

    /// A host that answers every GET of `path` with a document.
    pub fn serve(&self, host: &str, pages: Vec<(String, Response)>) {
        let pages: HashMap<String, Response> = pages.into_iter().collect();
        let pages = Rc::new(pages);
        self.register(
            host,
            Rc::new(move |request| {
                let found = pages.get(&request.target()).or_else(|| pages.get(&request.path)).cloned();
                Box::pin(
                    async move { found.unwrap_or_else(|| Response::new(404, "text/plain", "not found")) },
                )
            }),
        );
    }

    /// Sets the faults of `host`, or of all with `*`.
    pub fn set_faults(&self, host: &str, faults: Faults) {
        self.0.faults.borrow_mut().insert(host.to_owned(), faults);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.0.faults.borrow_mut().clear();
    }

    /// Removes all hosts, since hosts and the network refer to each other.
    pub fn close(&self) {
        self.0.hosts.borrow_mut().clear();
        self.0.log.borrow_mut().clear();
    }

    /// Number of exchanges so far, where they are recorded.
    pub fn log_len(&self) -> usize {
        self.0.log.borrow().len()
    }

    pub fn keep_log(&self, is_logging: bool) {
        self.0.is_logging.set(is_logging);
    }

    /// The exchanges since the last call.
    pub fn take_log(&self) -> Vec<Exchange> {
        self.0.log.take()
    }

    pub(super) async fn carry(&self, from: &str, outgoing: Outgoing) -> Result<Incoming> {
        let outcome = self.pass(from, &outgoing).await;
        if self.0.is_logging.get() {
            self.0.log.borrow_mut().push(Exchange {
                from: from.to_owned(),
                method: outgoing.method.to_owned(),
                url: outgoing.url.as_str().to_owned(),
                headers: outgoing.headers,
                body: outgoing.body,
                status: outcome.as_ref().ok().map(|answer| answer.status),
            });
        }
        outcome
    }

    async fn pass(&self, from: &str, outgoing: &Outgoing) -> Result<Incoming> {
        let host = outgoing.url.host();
        let nobody = || Error::unreachable(format!("{host} does not answer"));
        let faults = {
            let all = self.0.faults.borrow();
            all.get(&host).or_else(|| all.get("*")).copied().unwrap_or_default()
        };
        let strikes = |chance: u64| chance > 0 && self.0.random.below(1000) < chance;
        if faults.is_down || strikes(faults.drop) {
            return Err(nobody());
        }
        if let Some(status) = faults.answer {
            return Ok(Incoming { status, headers: Vec::new(), body: Vec::new() });
        }
        let handler = self.0.hosts.borrow().get(&host).cloned().ok_or_else(nobody)?;
        let request = self.request(from, &host, outgoing);
        if strikes(faults.duplicate) {
            handler(request.clone()).await;
        }
        let mut response = handler(request).await;
        if strikes(faults.lose_answer) {
            return Err(nobody());
        }
        if outgoing.is_cut {
            response.body.truncate(outgoing.max_bytes);
        }
        if response.body.len() > outgoing.max_bytes {
            return Err(Error::answered(format!("{host} answers more than {} bytes", outgoing.max_bytes)));
        }
        Ok(Incoming {
            status: response.status,
            headers: response.headers.into_iter().map(|(n, v)| (n.to_ascii_lowercase(), v)).collect(),
            body: response.body,
        })
    }

    fn request(&self, from: &str, host: &str, outgoing: &Outgoing) -> Request {
        let target = outgoing.url.path_and_query();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mut headers = Headers::default();
        for (name, value) in &outgoing.headers {
            headers.add(name, value.clone());
        }
        if headers.get("host").is_none() {
            headers.add("host", host);
        }
        Request {
            method: outgoing.method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: outgoing.body.clone(),
            is_body_too_large: outgoing.body.len() > crate::http::request::MAX_BODY,
            ip: Some(from.to_owned()),
        }
    }
}
