//! Statuses as one reader sees them: as their filters leave them, with the forms to act on them.

use maud::{Markup, html};

use super::filtered::{Filtered, Reader};
use super::pager;
use super::status::{Acting, Shown, status};
use crate::http::handler::Context;
use crate::model::filter::Filter;
use crate::model::id::Id;
use crate::model::page::Listed;
use crate::model::status::StatusView;
use crate::services::permission;
use crate::web::form::{self, Session};
use crate::web::words::{Language, Word};

/// What the statuses of a page are shown with.
pub struct Reading<'a> {
    c: &'a Context<'a>,
    reader: Id,
    filters: Vec<Filter>,
    /// Of the filters: home, notifications, public, thread, account.
    context: &'static str,
    /// The path of the page, with its query, to which actions lead back.
    here: String,
    /// Of the form `act`; none for strangers, and for who has moved.
    token: Option<String>,
}

impl<'a> Reading<'a> {
    /// `filters` of the reader in `session`, loaded with the statuses.
    pub fn new(
        c: &'a Context<'a>,
        session: Option<&Session>,
        filters: Option<Vec<Filter>>,
        context: &'static str,
        here: String,
    ) -> Self {
        let acts = session.filter(|(_, account, _)| permission::may_act(account).is_ok());
        Self {
            c,
            reader: session.map(|(_, account, _)| account.id).unwrap_or_default(),
            filters: filters.unwrap_or_default(),
            context,
            here,
            token: acts.map(|(_, _, secret)| form::reading_token(c.app, "act", secret)),
        }
    }

    /// What the reader's filters do to a status.
    pub fn filtered(&self, view: &StatusView) -> Filtered<'_> {
        let reader = Reader { id: self.reader, filters: &self.filters, now: self.c.app.now() };
        reader.filters(view, self.context)
    }

    /// A status. Of `how` the reader's part is filled in.
    pub fn status<'b>(&'b self, view: &StatusView, how: Shown<'b>) -> Markup {
        let acting = self.token.as_deref().map(|token| Acting { token, here: &self.here });
        match self.filtered(view) {
            Filtered::Hidden if !how.is_opened => Markup::default(),
            Filtered::Behind(title) if !how.is_opened => {
                status(self.c, view, Shown { filtered_by: Some(title), acting, ..how })
            }
            // Who opens a status wants to see it.
            _ => status(self.c, view, Shown { acting, ..how }),
        }
    }

    /// A page of statuses, with the way to the older ones of the list at `path` (which may have a query).
    pub fn list(&self, statuses: &Listed<StatusView>, path: &str) -> Markup {
        let language = Language::of(self.c.request);
        html! {
            @if statuses.is_empty() { p.lead { (language.say(Word::NoPosts)) } }
            @for view in statuses.iter() { (self.status(view, Shown::default())) }
            (pager::older(statuses, path, language))
        }
    }
}
