//! tags: what staff has decided about hashtags. All names are normalised.

use super::{Query, to_json};
use crate::error::Result;
use crate::model::tag::{Change, Restricted, Rule};
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// Hashtags that staff can decide about.
pub const MOST: usize = 2_000;
/// Those of them that are not shown everywhere: each isolate knows them.
pub const MOST_RESTRICTED: usize = 500;

/// As SQL: the hashtags that are not shown everywhere, each with whether it is usable, as JSON for [`read_restricted`].
pub(super) const RESTRICTED: &str = "SELECT json_group_array(json_array(name, is_usable)) FROM (\
     SELECT name, is_usable FROM tags WHERE is_usable = 0 OR is_listable = 0)";

pub(super) fn read_restricted(text: &str) -> Restricted {
    let all: Vec<(String, i64)> = serde_json::from_str(text).unwrap_or_default();
    Restricted(all.into_iter().map(|(name, is_usable)| (name, is_usable != 0)).collect())
}

fn read(row: &Row) -> Result<Rule> {
    Ok(Rule {
        display_name: row.opt_text("display_name")?,
        is_usable: row.bool("is_usable")?,
        is_listable: row.bool("is_listable")?,
        is_trendable: row.opt_int("is_trendable")?.map(|is| is != 0),
        reviewed_at: row.opt_time("reviewed_at")?,
    })
}

/// Those of these hashtags that something was decided about.
pub fn of(names: &[String]) -> Query<Vec<(String, Rule)>> {
    Query::all(
        Statement::new("SELECT t.* FROM json_each(?1) j CROSS JOIN tags t ON t.name = j.value")
            .bind(to_json(names)),
        |row| Ok((row.text("name")?, read(row)?)),
    )
}

/// Those of the hashtags that trend that something was decided about.
pub fn of_trends() -> Query<Vec<(String, Rule)>> {
    Query::all(
        Statement::new("SELECT t.* FROM trends j CROSS JOIN tags t ON t.name = j.key WHERE j.kind = 'tag'"),
        |row| Ok((row.text("name")?, read(row)?)),
    )
}

/// All hashtags that something was decided about, by name.
pub fn all() -> Query<Vec<(String, Rule)>> {
    Query::all(Statement::new(format!("SELECT * FROM tags ORDER BY name LIMIT {MOST}")), |row| {
        Ok((row.text("name")?, read(row)?))
    })
}

/// How many of the newest statuses are looked through for hashtags.
const LOOKED_THROUGH: usize = 1_000;

/// The names of hashtags that are known by their ids, which follow from the names: those that trend, those that something was
/// decided about, and those of the newest public statuses.
pub fn names() -> Query<Vec<String>> {
    Query::all(
        Statement::new(format!(
            "SELECT key AS name FROM trends WHERE kind = 'tag' UNION SELECT name FROM (SELECT name FROM tags LIMIT {MOST}) \
             UNION SELECT j.value FROM (SELECT tags, visibility FROM statuses ORDER BY id DESC LIMIT {LOOKED_THROUGH}) s \
             CROSS JOIN json_each({}) j WHERE s.visibility = 0",
            super::sound("s.tags")
        )),
        |row| row.text("name"),
    )
}

/// Changes what is decided about a hashtag; answers a row, unless there are too many already.
pub fn put(name: &str, change: &Change, now: Time) -> Statement {
    let restricts = change.is_usable == Some(false) || change.is_listable == Some(false);
    Statement::new(format!(
        "INSERT INTO tags (name, display_name, is_usable, is_listable, is_trendable, reviewed_at) \
         SELECT ?1, ?2, coalesce(?3, 1), coalesce(?4, 1), ?5, ?6 WHERE (EXISTS (SELECT 1 FROM tags WHERE name = ?1) \
         OR (SELECT count(*) FROM tags) < {MOST}) AND (?7 = 0 OR (SELECT count(*) FROM tags INDEXED BY tags_restricted \
         WHERE (is_usable = 0 OR is_listable = 0) AND name <> ?1) < {MOST_RESTRICTED}) \
         ON CONFLICT (name) DO UPDATE SET display_name = coalesce(?2, display_name), is_usable = coalesce(?3, is_usable), \
         is_listable = coalesce(?4, is_listable), is_trendable = coalesce(?5, is_trendable), reviewed_at = ?6 RETURNING name"
    ))
    .bind(name)
    .bind(change.display_name.clone())
    .bind(change.is_usable)
    .bind(change.is_listable)
    .bind(change.is_trendable)
    .bind(now)
    .bind(restricts)
}
