//! conversations: private ones, kept up to date by triggers of the schema.

use super::pages::{accounts_within_budget, bounds};
use super::statuses::{page_of, views, visible};
use super::{Query, accounts, sound};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::status::StatusView;
use crate::platform::sql::{Row, Statement};

/// A conversation without its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversation {
    pub id: Id,
    pub last_status_id: Id,
    pub is_unread: bool,
}

pub(super) fn read(row: &Row) -> Result<Conversation> {
    Ok(Conversation {
        id: row.id("id")?,
        last_status_id: row.id("last_status_id")?,
        is_unread: row.bool("is_unread")?,
    })
}

/// Conversations whose last status the account may still see, as on the timeline of direct statuses.
fn rows(condition: &str) -> String {
    format!(
        "SELECT c.id AS id, c.last_status_id AS last_status_id, c.is_unread AS is_unread FROM conversations c \
         CROSS JOIN statuses s ON s.id = c.last_status_id WHERE c.account_id = ?1 AND {} AND {} AND {condition}",
        visible("s", "?1"),
        super::timelines::not_blocked_or_muted("?1", "s.account_id")
    )
}

/// How many conversations are read at once.
const MAX_CONVERSATIONS: usize = 40;

type Parts = (Query<Vec<Conversation>>, Query<Listed<StatusView>>, Query<Vec<Account>>);

fn parts(rows: &str, bind: impl Fn(Statement) -> Statement, account: Id) -> Parts {
    let bare = Query::all(bind(Statement::new(rows.to_owned()).bind(account)), read);
    let statuses = page_of(
        bind(views(&format!("SELECT last_status_id AS id FROM ({rows})"), Some(account))),
        MAX_CONVERSATIONS,
    );
    let people = Query::all(
        bind(
            accounts_within_budget(&format!(
                "SELECT {} AS account FROM accounts a WHERE a.id IN (\
                 SELECT s.account_id FROM ({rows}) c JOIN statuses s ON s.id = c.last_status_id \
                 UNION SELECT json_extract(m.value, '$.id') FROM ({rows}) c JOIN statuses s ON s.id = c.last_status_id, json_each({}) m)",
                accounts::packed_shown("a"),
                sound("s.mentions")
            ))
            .bind(account),
        ),
        accounts::read,
    );
    (bare, statuses, people)
}

/// A page of an account's conversations by their last status, newest first; the statuses; all participants.
pub fn list(account: Id, page: &Page) -> Parts {
    let ((max, min), limit) = (bounds(page), page.limit);
    let order = super::pages::direction(page);
    let rows = rows(&format!(
        "c.last_status_id < ?2 AND c.last_status_id > ?3 ORDER BY c.last_status_id {order} LIMIT ?4"
    ));
    parts(&rows, |s| s.bind(max).bind(min).bind(limit), account)
}

pub fn by_id(account: Id, id: Id) -> Parts {
    parts(&rows("c.id = ?2"), |s| s.bind(id), account)
}

pub fn set_unread(account: Id, id: Id, is_unread: bool) -> Statement {
    Statement::new("UPDATE conversations SET is_unread = ?3 WHERE id = ?1 AND account_id = ?2")
        .bind(id)
        .bind(account)
        .bind(is_unread)
}

/// Returns a row if it existed.
pub fn delete(account: Id, id: Id) -> Statement {
    Statement::new("DELETE FROM conversations WHERE id = ?1 AND account_id = ?2 RETURNING id")
        .bind(id)
        .bind(account)
}

/// The participants of a status, except the viewer.
pub fn participants<'a>(
    last: &'a StatusView,
    people: &'a [Account],
    me: Id,
) -> impl Iterator<Item = &'a Account> {
    let mut ids = vec![last.status.account_id];
    ids.extend(last.status.mentions.iter().map(|m| m.id));
    ids.retain(|id| *id != me);
    ids.dedup();
    ids.into_iter().filter_map(|id| people.iter().find(|a| a.id == id))
}
