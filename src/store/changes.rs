//! What statements answer of the changes that live streams tell of: the column `change`, what it needs, and the column
//! `opened`, by which it is known whether somebody may listen. [`note`] reads them, whatever service has run the statement.

use crate::error::Result;
use crate::model::live::{Change, Closing, Gone};
use crate::platform::Db;
use crate::platform::sql::{Row, Rows};

/// The column with the number of subscriptions so far ([`super::streams::count_subscription`]), read in the statement of
/// the change itself: whoever subscribed before the change was committed is counted in it. It costs one row read.
macro_rules! opened {
    () => {
        "(SELECT CAST(value AS INTEGER) FROM settings WHERE key = 'subscriptions') AS opened"
    };
}
pub(super) use opened;

pub(super) const NEW: &str = concat!("RETURNING id, 'new' AS change, ", opened!());
pub(super) const EDITED: &str = concat!("RETURNING id, 'edited' AS change, ", opened!());
pub(super) const GONE: &str = concat!(
    "RETURNING id, account_id, visibility, is_local, reblog_of_id, in_reply_to_uri, in_reply_to_account_id, language, \
     tags, mentions, media, 'gone' AS change, ",
    opened!()
);
pub(super) const FILTERS: &str = concat!("RETURNING account_id, 'filters' AS change, ", opened!());
pub(super) const MERGED: &str = concat!("RETURNING account_id, 'merged' AS change, ", opened!());
pub(super) const REACTED: &str = concat!("RETURNING announcement_id, name, 'reacted' AS change, ", opened!());
pub(super) const REVOKED: &str = "RETURNING id, (SELECT u.account_id FROM users u WHERE u.id = user_id) AS account_id, \
 'revoked' AS change";
/// The streams of a page's script are named by its session's series.
pub(super) const SESSION_ENDED: &str = "RETURNING series AS id, (SELECT u.account_id FROM users u WHERE u.id = user_id) AS account_id, \
 'revoked' AS change";
pub(super) const LOGIN_CLOSED: &str = "RETURNING account_id, 'closed' AS change";

/// Notes the changes that a batch has committed.
pub(super) fn note(db: &Db, rows: &[Rows]) {
    for row in rows.iter().flatten() {
        match read(row) {
            Ok(None) => {}
            Ok(Some(change)) => db.meter().note(change, row.opt_int("opened").unwrap_or_default()),
            Err(error) => crate::platform::log_failure("a change", &error),
        }
    }
}

fn read(row: &Row) -> Result<Option<Change>> {
    Ok(Some(match row.opt_str("change").unwrap_or_default().unwrap_or_default() {
        "new" => Change::New(row.id("id")?),
        "edited" => Change::Edited(row.id("id")?),
        "gone" => Change::Gone(Box::new(Gone {
            id: row.id("id")?,
            account_id: row.id("account_id")?,
            visibility: row.int("visibility")?,
            is_local: row.bool("is_local")?,
            reblog_of_id: row.opt_id("reblog_of_id")?,
            in_reply_to_uri: row.opt_text("in_reply_to_uri")?,
            in_reply_to_account_id: row.opt_id("in_reply_to_account_id")?,
            language: row.opt_text("language")?,
            tags: row.text("tags")?,
            mentions: row.text("mentions")?,
            media: row.text("media")?,
        })),
        "notified" => Change::Notified { id: row.id("id")?, account: row.id("account_id")? },
        "filters" => Change::Filters(row.id("account_id")?),
        "merged" => Change::Merged(row.id("account_id")?),
        "reacted" => Change::Reacted { announcement: row.id("announcement_id")?, name: row.text("name")? },
        "announced" => Change::Announcement(row.id("announcement_id")?),
        "withdrawn" => Change::AnnouncementGone(row.id("announcement_id")?),
        "closed" => Change::Closed(Closing { account: row.id("account_id")?, token: None }),
        "revoked" => match row.opt_id("account_id")? {
            Some(account) => Change::Closed(Closing { account, token: Some(row.id("id")?) }),
            None => return Ok(None),
        },
        _ => return Ok(None),
    }))
}
