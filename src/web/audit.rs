//! `/settings/audit`: what members of staff did.

use maud::{Markup, html};

use super::form;
use super::page;
use super::parts::{deeds, pager, time};
use super::words::{Language, Word};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::audit::Entry;
use crate::model::id::{Id, MAX};
use crate::model::role::Permission;
use crate::model::time::Time;
use crate::store;
use crate::store::audit::Of;

pub const HERE: &str = "/settings/audit";
const SHOWN: usize = 50;

/// Entries as a list.
pub fn list(c: &Context<'_>, entries: &[Entry]) -> Markup {
    let language = Language::of(c.request);
    html! {
        ul.plain { @for entry in entries { @let detail = deeds::detail(entry, language); li {
            (time::minute(c, Time(entry.id.unix_ms()))) " · @" (entry.by_name) " · "
            @match deeds::deed(entry) {
                Some(word) => strong { (language.say(word)) },
                None => code { (entry.action) },
            }
            " " span dir="auto" { (deeds::label(entry, language)) }
            @if !detail.is_empty() { p.hint dir="auto" { (detail) } }
        } } }
    }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    if let Err(response) = form::staff(c, Permission::VIEW_AUDIT_LOG, HERE, &["by"]).await? {
        return Ok(response);
    }
    let before = c.params.filled("max_id").and_then(Id::parse).unwrap_or(Id(MAX));
    let of = c.params.filled("by").and_then(Id::parse).map_or(Of::All, Of::By);
    let entries = store::load(&c.app.db, store::audit::before(before, of, SHOWN)).await?;
    let language = Language::of(c.request);
    let title = language.say(Word::AuditLog);
    let cursors: Vec<Id> = entries.iter().map(|entry| entry.id).collect();
    let body = html! {
        h1 { (title) }
        p.lead { (language.say(Word::AuditLead)) }
        (list(c, &entries))
        (pager::more(&cursors, entries.len() == SHOWN, &form::address(c, HERE, &["by"]), language.say(Word::OlderEntries)))
    };
    Ok(page(c, title, true, &body))
}
