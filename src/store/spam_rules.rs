//! spam_rules: the operator's rules against spam. All of them are a setting as well, so that every event knows them without a read
//! of its own.

use super::{Query, to_json};
use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::spam::{Action, Kind, Rule};
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// A rule, with how often it has matched, and when it did last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub rule: Rule,
    pub matches: i64,
    pub last_at: Option<Time>,
}

fn rule(id: Id, kind: &str, text: String, places: (bool, bool), action: &str) -> Option<Rule> {
    Some(Rule {
        id,
        kind: Kind::parse(kind)?,
        text,
        is_for_sign_ups: places.0,
        is_for_posts: places.1,
        action: Action::parse(action)?,
    })
}

fn read(row: &Row) -> Result<Counted> {
    let places = (row.bool("is_for_sign_ups")?, row.bool("is_for_posts")?);
    let rule = rule(row.id("id")?, &row.text("kind")?, row.text("text")?, places, &row.text("action")?);
    Ok(Counted {
        rule: rule.ok_or_else(|| Error::internal("spam_rules: no kind or action"))?,
        matches: row.int("matches")?,
        last_at: row.opt_time("last_at")?,
    })
}

/// All rules, the newest first.
pub fn all() -> Query<Vec<Counted>> {
    Query::all(
        Statement::new(
            "SELECT id, kind, text, is_for_sign_ups, is_for_posts, action, matches, last_at FROM spam_rules ORDER BY id DESC",
        ),
        read,
    )
}

/// Answers a row, unless there are `most` already. The batch fails where there is such a rule.
pub fn insert(rule: &Rule, most: usize) -> Statement {
    Statement::new(
        "INSERT INTO spam_rules (id, kind, text, is_for_sign_ups, is_for_posts, action) SELECT ?1, ?2, ?3, ?4, ?5, ?6 \
         WHERE (SELECT count(*) FROM spam_rules) < ?7 RETURNING id",
    )
    .bind(rule.id)
    .bind(rule.kind.as_str())
    .bind(&rule.text)
    .bind(rule.is_for_sign_ups)
    .bind(rule.is_for_posts)
    .bind(rule.action.as_str())
    .bind(most)
}

/// Answers a row where there was one.
pub fn delete(id: Id) -> Statement {
    Statement::new("DELETE FROM spam_rules WHERE id = ?1 RETURNING id").bind(id)
}

/// Writes the setting that [`rules`] reads, where it is another one. After every change.
pub fn publish() -> Statement {
    Statement::new(
        "INSERT INTO settings (key, value) SELECT 'spam_rules', \
         json_group_array(json_array(id, kind, text, is_for_sign_ups, is_for_posts, action)) FROM spam_rules \
         WHERE 1 ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
    )
}

/// Adds matches, of each rule its number.
pub fn count(matches: &[(Id, i64)], now: Time) -> Statement {
    let matches: Vec<(i64, i64)> = matches.iter().map(|(id, n)| (id.0, *n)).collect();
    Statement::new(
        "UPDATE spam_rules SET last_at = ?2, matches = matches + (SELECT j.value ->> 1 FROM json_each(?1) j WHERE j.value ->> 0 = spam_rules.id) \
         WHERE id IN (SELECT j.value ->> 0 FROM json_each(?1) j)",
    )
    .bind(to_json(&matches))
    .bind(now)
}

/// The rules of the setting; what is unreadable is none.
pub fn rules(setting: &str) -> Vec<Rule> {
    type Stored = (i64, String, String, i64, i64, String);
    let rows: Vec<Stored> = serde_json::from_str(setting).unwrap_or_default();
    let read = |(id, kind, text, sign_ups, posts, action): Stored| {
        rule(Id(id), &kind, text, (sign_ups != 0, posts != 0), &action)
    };
    rows.into_iter().filter_map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unreadable_is_no_rule() {
        let setting = to_json(&[
            (5, "word", "pills", 1, 0, "hold"),
            (6, "x", "pills", 1, 0, "hold"),
            (7, "word", "pills", 1, 0, "x"),
        ]);
        let read = rules(&setting);
        assert_eq!(
            (read.len(), read[0].id, read[0].is_for_sign_ups, read[0].is_for_posts),
            (1, Id(5), true, false)
        );
        assert!(rules("").is_empty() && rules("{}").is_empty() && rules("[1]").is_empty());
    }
}
