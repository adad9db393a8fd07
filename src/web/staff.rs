//! `/settings/admin`: what waits for members of staff, and the way to their pages.

use maud::{Markup, html};

use super::usage::grouped;
use super::words::{Language, Word};
use super::{appeals, applications, audit, form, held, page, people, reports, roles, trends};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::measure::Period;
use crate::model::role::Permission;
use crate::model::time::DAY;
use crate::services::measures;
use crate::store;

pub const HERE: &str = "/settings/admin";

/// What is counted, each by its key of the API.
const NUMBERS: [(&str, Word); 5] = [
    ("active_users", Word::NumberActive),
    ("new_users", Word::NumberNew),
    ("interactions", Word::NumberInteractions),
    ("opened_reports", Word::NumberOpened),
    ("resolved_reports", Word::NumberResolved),
];
const DAYS: i64 = 30;

/// The numbers of the last thirty days, and of those before. What cannot be counted is left out.
async fn numbers(c: &Context<'_>) -> Result<Markup> {
    let say = |word| Language::of(c.request).say(word);
    let period = Period::until(c.app.now().0.div_euclid(DAY), DAYS);
    let keys = NUMBERS.map(|(key, _)| key.to_owned());
    let found = measures::measures(c.app, &keys, period, &|_| None).await?;
    let word = |key: &str| NUMBERS.iter().find(|(known, _)| *known == key).map(|(_, word)| *word);
    Ok(html! {
        table.numbers tabindex="0" {
            thead { tr { td {} th { (say(Word::NumbersTitle)) } th { (say(Word::NumbersBefore)) } } }
            tbody { @for (key, counted) in &found { tr {
                th scope="row" { @if let Some(word) = word(key) { (say(word)) } }
                td { (grouped(counted.total)) }
                td { @if let Some(previous) = counted.previous { (grouped(previous)) } }
            } } }
        }
    })
}

/// What waits for staff.
pub async fn show(c: &Context<'_>) -> Result<Response> {
    let user = match form::staff(c, Permission::VIEW_DASHBOARD, HERE, &[]).await? {
        Ok((user, ..)) => user,
        Err(response) => return Ok(response),
    };
    // What an isolate knows of the number of held posts may be a minute old.
    let parts = (store::people::waiting(), store::applications::count(), store::site::setting("held"));
    let ((open, appealed), applied, held) = store::load(&c.app.db, parts).await?;
    let waiting = held.and_then(|n| n.parse().ok()).unwrap_or_default();
    let numbers = numbers(c).await?;
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let may = |wanted| c.app.may(&user, wanted);
    let place = |address: &str, word: Word, count: Option<i64>| {
        html! { li { a href=(address) { (say(word)) } @if let Some(n) = count.filter(|n| *n > 0) { " " strong { (n) } } } }
    };
    let is_quiet = c.app.site().spam.quiet.is_quiet(c.app.now());
    let body = html! {
        h1 { (say(Word::Staff)) }
        @if is_quiet && may(held::PERMISSION) { p role="status" { (say(Word::QuietIsOn)) } }
        @if open == 0 && appealed == 0 && applied == 0 && waiting == 0 { p.lead { (say(Word::StaffNothing)) } }
        ul.links {
            @if may(Permission::MANAGE_REPORTS) { (place(reports::HERE, Word::Reports, Some(open))) (place(held::HERE, Word::Held, Some(waiting))) }
            @if may(Permission::MANAGE_APPEALS) { (place(appeals::HERE, Word::Appeals, Some(appealed))) }
            @if may(Permission::MANAGE_USERS) { (place(applications::HERE, Word::Applications, Some(applied))) (place(people::HERE, Word::PeopleAll, None)) }
            @if may(Permission::MANAGE_TAXONOMIES) { (place(trends::HERE, Word::TrendsReview, None)) }
            @if may(Permission::MANAGE_ROLES) { (place(roles::HERE, Word::Roles, None)) }
            @if may(Permission::VIEW_AUDIT_LOG) { (place(audit::HERE, Word::AuditLog, None)) }
        }
        (numbers)
    };
    Ok(page(c, say(Word::Staff), true, &body))
}
