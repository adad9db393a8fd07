//! What a handler is given, and the permission that its route declares.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;

use super::negotiate::wants_activity;
use super::params::Params;
use super::path::Path;

use super::request::Request;
use super::response::Response;
use super::route::Captures;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::media::{Purpose, Stored};
use crate::model::rate_limit::Limit;
use crate::model::role::Permission;
use crate::model::user::{Grant, Taste, Viewer};
use crate::platform::sql::{Rows, Statement};

/// One request, as its handler gets it.
pub struct Context<'a> {
    pub app: &'a App,
    pub request: &'a Request,
    /// The canonical path; the raw one is in the request.
    pub path: Path,
    /// Query string and body as one tree.
    pub params: Params,
    /// The stored files of an upload.
    pub upload: RefCell<Upload>,
    /// Segments of the canonical path.
    pub captures: Captures,
    /// The results of the route's [`Preload`], from the same round trip as the authentication.
    pub preloaded: RefCell<Vec<Rows>>,
    /// The viewer that the preload assumed; the authenticated viewer may be another.
    pub preloaded_for: Cell<Option<Id>>,
    /// How pages are shown to who is signed in; `None` as long as nobody is known to be.
    pub taste: RefCell<Option<Taste>>,
    /// The session is of somebody who is suspended or frozen.
    pub is_closed: Cell<bool>,
    /// The signer, for routes of documents.
    pub reader: RefCell<Option<Account>>,
}

/// The stored files of a request.
#[derive(Debug, Default)]
pub struct Upload {
    /// The row in `media`.
    pub row: Id,
    /// By the name of their field.
    pub files: Vec<(String, Stored)>,
}

impl Context<'_> {
    /// An id in the path. Error: `NotFound` if it is not an id.
    pub fn id(&self, name: &str) -> Result<Id> {
        self.captures.get(name).and_then(Id::parse).ok_or(Error::NotFound)
    }

    /// The stored file of a field, which may be taken once, with the row of its upload.
    pub fn take_file(&self, field: &str) -> Option<(Id, Stored)> {
        let mut upload = self.upload.borrow_mut();
        let at = upload.files.iter().position(|(name, _)| name == field)?;
        Some((upload.row, upload.files.remove(at).1))
    }

    /// Whether the ActivityPub document is asked for and not the page: by `.json` at the end of the path, or
    /// by the Accept header.
    pub fn wants_document(&self) -> bool {
        self.path.is_json() || wants_activity(self.request.header("accept"))
    }

    /// The rows of the last preloaded statement, if it was run for this viewer.
    pub fn take_preloaded(&self, viewer: Option<Id>) -> Option<Rows> {
        let rows = self.preloaded.borrow_mut().pop();
        rows.filter(|_| viewer.is_some() && self.preloaded_for.get() == viewer)
    }

    /// A segment of the path.
    pub fn segment(&self, name: &str) -> Result<&str> {
        self.captures.get(name).ok_or(Error::NotFound)
    }
}

pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<Response>> + 'a>>;
/// Statements to run together with the authentication; the argument is the token's SHA-256.
pub type Preload = fn(&Context<'_>, &[u8]) -> Vec<Statement>;

/// Who may call a route. It decides what the handler is given, so that a handler that needs a user cannot be
/// registered without a scope.
#[derive(Clone, Copy)]
pub enum Access {
    /// No token is read.
    Public(for<'a> fn(&'a Context<'a>) -> Answer<'a>),
    /// An ActivityPub document: the reader is known by their signature (`activitypub::documents::readers`).
    Document(for<'a> fn(&'a Context<'a>) -> Answer<'a>),
    /// A token is optional; if there is one it must be valid and have the scope.
    Anyone(&'static str, for<'a> fn(&'a Context<'a>, Option<Viewer>) -> Answer<'a>),
    /// A user's token with the scope.
    User(&'static str, for<'a> fn(&'a Context<'a>, Viewer) -> Answer<'a>),
    /// A token with the scope of a user whose role has the permission; 403 for others.
    Staff(&'static str, Permission, for<'a> fn(&'a Context<'a>, Viewer) -> Answer<'a>),
    /// A client's own token or a user's.
    Client(for<'a> fn(&'a Context<'a>, Grant, Option<Viewer>) -> Answer<'a>),
}

/// One line of a route table.
#[derive(Clone, Copy)]
pub struct Route {
    pub method: &'static str,
    /// Such as `/api/v1/statuses/{id}/favourite`.
    pub pattern: &'static str,
    pub access: Access,
    pub preload: Option<Preload>,
    /// What files of a multipart body are for; without it they are no files, and the body is as short as any other.
    pub uploads: Option<Purpose>,
    /// The rate limit.
    pub limit: Option<Limit>,
    /// It may take more CPU time than a request has, so it is answered where heavy work is done.
    pub is_long: bool,
    /// A page that is the same for all who are not known: it is kept for them (`web::cached`).
    pub is_cached: bool,
    /// Who has signed up and waits may call it.
    pub is_for_applicants: bool,
}

impl Route {
    pub const fn new(method: &'static str, pattern: &'static str, access: Access) -> Self {
        Self {
            method,
            pattern,
            access,
            preload: None,
            uploads: None,
            limit: None,
            is_long: false,
            is_cached: false,
            is_for_applicants: false,
        }
    }

    #[must_use]
    pub const fn limited(mut self, limit: Limit) -> Self {
        self.limit = Some(limit);
        self
    }

    #[must_use]
    pub const fn long(mut self) -> Self {
        self.is_long = true;
        self
    }

    #[must_use]
    pub const fn cached(mut self) -> Self {
        self.is_cached = true;
        self
    }

    #[must_use]
    pub const fn for_applicants(mut self) -> Self {
        self.is_for_applicants = true;
        self
    }

    #[must_use]
    pub const fn preload(mut self, preload: Preload) -> Self {
        self.preload = Some(preload);
        self
    }

    #[must_use]
    pub const fn uploads(mut self, purpose: Purpose) -> Self {
        self.uploads = Some(purpose);
        self
    }
}

/// `public!(handler)`: a handler `async fn(&Context) -> Result<Response>` as [`Access::Public`].
#[macro_export]
macro_rules! public {
    ($handler:path) => {
        $crate::http::handler::Access::Public(|c| Box::pin($handler(c)))
    };
}

/// `anyone!("read:statuses", handler)`: `async fn(&Context, Option<Viewer>)` as [`Access::Anyone`].
#[macro_export]
macro_rules! anyone {
    ($scope:literal, $handler:path) => {
        $crate::http::handler::Access::Anyone($scope, |c, v| Box::pin($handler(c, v)))
    };
}

/// `user!("write:statuses", handler)`: `async fn(&Context, Viewer)` as [`Access::User`].
#[macro_export]
macro_rules! user {
    ($scope:literal, $handler:path) => {
        $crate::http::handler::Access::User($scope, |c, v| Box::pin($handler(c, v)))
    };
}

/// `staff!("admin:read:reports", Permission::MANAGE_REPORTS, handler)`: `async fn(&Context, Viewer)` as [`Access::Staff`].
#[macro_export]
macro_rules! staff {
    ($scope:literal, $permission:expr, $handler:path) => {
        $crate::http::handler::Access::Staff($scope, $permission, |c, v| Box::pin($handler(c, v)))
    };
}

/// `client!(handler)`: `async fn(&Context, Grant, Option<Viewer>)` as [`Access::Client`].
#[macro_export]
macro_rules! client {
    ($handler:path) => {
        $crate::http::handler::Access::Client(|c, g, v| Box::pin($handler(c, g, v)))
    };
}
