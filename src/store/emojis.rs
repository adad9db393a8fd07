//! custom_emojis of the instance, and emojis of other servers that are known here.

use super::{Query, to_json};
use crate::error::Result;
use crate::model::account::Emoji;
use crate::model::id::Id;
use crate::model::media::Stored;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};
use serde_json::Value;

/// A custom emoji of the instance, for menus in clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Custom {
    pub shortcode: String,
    pub url: String,
    pub static_url: String,
    pub category: Option<String>,
    pub is_visible: bool,
    /// When its picture was stored; 0 where that is not known.
    pub updated_at: Time,
}

fn read(row: &Row) -> Result<Custom> {
    Ok(Custom {
        shortcode: row.text("shortcode")?,
        url: row.text("url")?,
        static_url: row.text("static_url")?,
        category: row.opt_text("category")?,
        is_visible: row.bool("is_visible")?,
        updated_at: row.time("updated_at")?,
    })
}

/// All of them, by name: a small table.
pub fn all() -> Query<Vec<Custom>> {
    Query::all(
        Statement::new(
            "SELECT shortcode, url, static_url, category, is_visible, updated_at FROM custom_emojis ORDER BY shortcode",
        ),
        read,
    )
}

pub fn by_shortcode(shortcode: &str) -> Query<Option<Custom>> {
    Query::first(
        Statement::new(
            "SELECT shortcode, url, static_url, category, is_visible, updated_at FROM custom_emojis WHERE shortcode = ?1",
        )
        .bind(shortcode),
        read,
    )
}

pub fn by_shortcodes(names: &[String]) -> Query<Vec<Emoji>> {
    Query::all(
        Statement::new(
            "SELECT e.shortcode AS shortcode, e.url AS url, e.static_url AS static_url FROM json_each(?1) j \
             CROSS JOIN custom_emojis e ON e.shortcode = j.value",
        )
        .bind(to_json(&names)),
        |row| {
            Ok(Emoji {
                shortcode: row.text("shortcode")?,
                url: row.text("url")?,
                static_url: row.text("static_url")?,
            })
        },
    )
}

/// Whether a row of an upload that `account` has begun waits for its file.
fn begun(media: &str, account: &str) -> String {
    format!("EXISTS (SELECT 1 FROM media WHERE id = {media} AND account_id = {account} AND file = '')")
}

/// A new emoji whose file was uploaded into the row `media` by `account`. Unless it has the name of another, or there
/// are `most` already, it is added, and its file becomes the instance's, so that it does not end with the account.
/// Nor is it added where the row is gone, since its file goes too. The first statement answers `is_taken` and `is_begun`
/// (the row is there), the second `shortcode` where it was added.
pub fn insert(
    new: &Custom,
    media: Id,
    account: Id,
    file: &Stored,
    keys: &[String],
    most: usize,
) -> Vec<Statement> {
    vec![
        Statement::new(format!(
            "SELECT EXISTS (SELECT 1 FROM custom_emojis WHERE shortcode = ?1) AS is_taken, {} AS is_begun",
            begun("?2", "?3")
        ))
        .bind(new.shortcode.clone())
        .bind(media)
        .bind(account),
        Statement::new(format!(
            "INSERT INTO custom_emojis (shortcode, url, static_url, category, is_visible, media_id, updated_at) \
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE (SELECT count(*) FROM custom_emojis) < ?8 AND {} \
             ON CONFLICT (shortcode) DO NOTHING RETURNING shortcode",
            begun("?6", "?9")
        ))
        .bind(new.shortcode.clone())
        .bind(new.url.clone())
        .bind(new.static_url.clone())
        .bind(new.category.clone())
        .bind(new.is_visible)
        .bind(media)
        .bind(new.updated_at)
        .bind(most)
        .bind(account),
        Statement::new(
            "UPDATE media SET file = ?3, keys = ?4, account_id = 0, unused_since = NULL \
             WHERE id = ?1 AND account_id = ?2 AND file = '' AND EXISTS (SELECT 1 FROM custom_emojis WHERE shortcode = ?5 AND media_id = ?1)",
        )
        .bind(media)
        .bind(account)
        .bind(super::media::to_json(file).to_string())
        .bind(to_json(&keys))
        .bind(new.shortcode.clone()),
    ]
}

/// Changes category and visibility. Answers `shortcode`, nothing where there is none.
pub fn update(shortcode: &str, category: Option<&str>, is_visible: bool) -> Statement {
    Statement::new(
        "UPDATE custom_emojis SET category = ?2, is_visible = ?3 WHERE shortcode = ?1 RETURNING shortcode",
    )
    .bind(shortcode)
    .bind(category.map(str::to_owned))
    .bind(is_visible)
}

/// Deletes an emoji. Its file goes at the next sweep of unused files, which tries until it succeeds.
pub fn delete(shortcode: &str) -> Vec<Statement> {
    vec![
        Statement::new(
            "UPDATE media SET unused_since = 0 WHERE id = (SELECT media_id FROM custom_emojis WHERE shortcode = ?1)",
        )
        .bind(shortcode),
        Statement::new("DELETE FROM custom_emojis WHERE shortcode = ?1").bind(shortcode),
    ]
}

/// How many of the newest statuses, and of the newest accounts, are searched for an emoji of another server.
const SEARCHED: usize = 5_000;
/// How many rows that name it are read, since not each of them has it.
const READ: usize = 4;

/// The emoji `shortcode` of the server `domain`, as a status by somebody there, an author's profile, or a reaction from
/// there has it. (What is searched is bounded, since no index has emojis.)
pub fn remote(shortcode: &str, domain: &str) -> (Query<Option<Emoji>>, Query<Option<Emoji>>) {
    // Both are names without quotation marks.
    let (quoted, reaction) = (format!("\"{shortcode}\""), format!("{shortcode}@{domain}"));
    let name = shortcode.to_owned();
    let of_statuses = Query::new(
        Statement::new(
            "SELECT iif(a.domain = ?1, s.emojis, '[]') AS emojis, iif(a.domain = ?1, a.emojis, '[]') AS theirs, s.reactions AS reactions \
             FROM (SELECT account_id, emojis, reactions FROM statuses WHERE id > 0 ORDER BY id DESC LIMIT ?4) s \
             CROSS JOIN accounts a ON a.id = s.account_id \
             WHERE (a.domain = ?1 AND (instr(s.emojis, ?2) OR instr(a.emojis, ?2))) OR instr(s.reactions, ?3) LIMIT ?5",
        )
        .bind(domain)
        .bind(quoted.clone())
        .bind(format!("\"{reaction}\""))
        .bind(SEARCHED)
        .bind(READ),
        move |rows| {
            for row in &rows {
                for column in ["emojis", "theirs"] {
                    if let Some(found) = named(&row.text(column)?, &name) {
                        return Ok(Some(found));
                    }
                }
                let reactions: Value = serde_json::from_str(&row.text("reactions")?).unwrap_or_default();
                let url = reactions.get(&reaction).and_then(|r| r.get(1)).and_then(Value::as_str);
                if let Some(url) = url {
                    let url = url.to_owned();
                    return Ok(Some(Emoji { shortcode: name, static_url: url.clone(), url }));
                }
            }
            Ok(None)
        },
    );
    let name = shortcode.to_owned();
    let of_accounts = Query::new(
        Statement::new(
            "SELECT emojis FROM (SELECT domain, emojis FROM accounts WHERE id > 0 ORDER BY id DESC LIMIT ?3) \
             WHERE domain = ?1 AND instr(emojis, ?2) LIMIT ?4",
        )
        .bind(domain)
        .bind(quoted)
        .bind(SEARCHED)
        .bind(READ),
        move |rows| {
            let found = rows.iter().find_map(|row| named(&row.text("emojis").ok()?, &name));
            Ok(found)
        },
    );
    (of_statuses, of_accounts)
}

/// The emoji of this name in a column `emojis`; a malformed one has none.
fn named(column: &str, shortcode: &str) -> Option<Emoji> {
    let all: Value = serde_json::from_str(column).ok()?;
    let found =
        all.as_array()?.iter().find(|e| e.get("shortcode").and_then(Value::as_str) == Some(shortcode))?;
    let text = |name: &str| found.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
    Some(Emoji { shortcode: shortcode.to_owned(), url: text("url"), static_url: text("static_url") })
}
