//! One pure render function for each entity: <https://docs.joinmastodon.org/entities/>. Always with all
//! fields.

pub mod account;
pub mod announcement;
pub mod card;
pub mod collection;
pub mod conversation;
pub mod error;
pub mod filter;
pub mod instance;
pub mod notification;
pub mod relationship;
pub mod report;
pub mod staff;
pub mod status;
pub mod strike;
pub mod tag;

use std::borrow::Cow;
use std::rc::Rc;

use crate::app::App;
use crate::model::filter::Filter;
use crate::model::id::Id;
use crate::model::proxy::Links;
use crate::model::site::{Domain, Site};
use crate::model::status::StatusView;
use crate::model::time::Time;
use crate::model::user::Viewer;

/// Those of the filters that match a status; `text` is its searchable text in lower case.
pub fn matching(filters: &[Filter], text: &str, view: &StatusView, now: Time) -> Vec<Filter> {
    let ids = [view.proper().status.id, view.status.id];
    filters.iter().filter(|f| f.covers(text, &ids, now)).cloned().collect()
}

/// What render functions need of the instance and of the viewer.
pub struct Frame {
    /// The domain whose accounts have handles without a domain.
    pub primary: Domain,
    /// The origin of what belongs to no account, and of default pictures.
    origin: String,
    pub now: Time,
    /// The viewer's filters that have not expired. Clients decide by context which apply, as with Mastodon:
    /// each match has its filter's contexts.
    filters: Vec<Filter>,
    is_signed_in: bool,
    links: Links,
    viewer: Option<Id>,
    site: Rc<Site>,
}

impl Frame {
    /// For anonymous requests, or for entities that are the same for everybody.
    pub fn of(app: &App) -> Self {
        Self {
            primary: app.primary(),
            origin: app.home().web_origin,
            now: app.now(),
            filters: Vec::new(),
            is_signed_in: false,
            links: app.links(),
            viewer: None,
            site: app.site(),
        }
    }

    /// For a viewer.
    pub fn to(app: &App, viewer: Option<&Viewer>) -> Self {
        let now = app.now();
        let active = |v: &Viewer| v.filters.iter().filter(|f| f.is_active(now)).cloned().collect();
        Self {
            filters: viewer.map(active).unwrap_or_default(),
            is_signed_in: viewer.is_some(),
            viewer: viewer.map(|v| v.account.id),
            ..Self::of(app)
        }
    }

    /// For an account with these filters.
    pub fn with_filters(app: &App, filters: Vec<Filter>) -> Self {
        let frame = Self::of(app);
        let filters = filters.into_iter().filter(|f| f.is_active(frame.now)).collect();
        Self { filters, is_signed_in: true, ..frame }
    }

    fn origin(&self) -> &str {
        &self.origin
    }

    /// The address of a picture or another file: every one that clients load goes through this.
    pub fn media<'a>(&self, url: &'a str) -> Cow<'a, str> {
        self.links.of(url)
    }

    /// The viewer's filters that match a status: each with the keywords and statuses that matched.
    fn filtered<'a>(&'a self, view: &StatusView) -> Vec<(&'a Filter, Vec<String>, Vec<Id>)> {
        if self.filters.is_empty() {
            return Vec::new();
        }
        let proper = view.proper();
        let text = crate::services::publish::searchable(&proper.status).to_lowercase();
        let ids = [proper.status.id, view.status.id];
        self.filters
            .iter()
            .map(|f| {
                let statuses = f.statuses.iter().map(|(_, s)| *s).filter(|s| ids.contains(s)).collect();
                (f, f.matches(&text), statuses)
            })
            .filter(|(_, keywords, statuses): &(_, Vec<String>, Vec<Id>)| {
                !keywords.is_empty() || !statuses.is_empty()
            })
            .collect()
    }
}
