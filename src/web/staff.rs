//! `/settings/admin`: what waits for members of staff, and the way to their pages.

use maud::html;

use super::words::{Language, Word};
use super::{appeals, applications, audit, form, held, page, people, reports, roles};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::role::Permission;
use crate::store;

pub const HERE: &str = "/settings/admin";

/// What waits for staff.
pub async fn show(c: &Context<'_>) -> Result<Response> {
    let user = match form::staff(c, Permission::VIEW_DASHBOARD, HERE, &[]).await? {
        Ok((user, ..)) => user,
        Err(response) => return Ok(response),
    };
    let parts = (store::people::waiting(), store::applications::count());
    let ((open, appealed), applied) = store::load(&c.app.db, parts).await?;
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let may = |wanted| c.app.may(&user, wanted);
    let place = |address: &str, word: Word, count: Option<i64>| {
        html! { li { a href=(address) { (say(word)) } @if let Some(n) = count.filter(|n| *n > 0) { " " strong { (n) } } } }
    };
    let spam = &c.app.site().spam;
    let (waiting, is_quiet) = (spam.held, spam.quiet.is_quiet(c.app.now()));
    let body = html! {
        h1 { (say(Word::Staff)) }
        @if is_quiet && may(held::PERMISSION) { p role="status" { (say(Word::QuietIsOn)) } }
        @if open == 0 && appealed == 0 && applied == 0 && waiting == 0 { p.lead { (say(Word::StaffNothing)) } }
        ul.links {
            @if may(Permission::MANAGE_REPORTS) { (place(reports::HERE, Word::Reports, Some(open))) (place(held::HERE, Word::Held, Some(waiting))) }
            @if may(Permission::MANAGE_APPEALS) { (place(appeals::HERE, Word::Appeals, Some(appealed))) }
            @if may(Permission::MANAGE_USERS) { (place(applications::HERE, Word::Applications, Some(applied))) (place(people::HERE, Word::PeopleAll, None)) }
            @if may(Permission::MANAGE_ROLES) { (place(roles::HERE, Word::Roles, None)) }
            @if may(Permission::VIEW_AUDIT_LOG) { (place(audit::HERE, Word::AuditLog, None)) }
        }
    };
    Ok(page(c, say(Word::Staff), true, &body))
}
