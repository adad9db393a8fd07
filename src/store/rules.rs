//! rules of the instance, in order.

use super::Query;
use crate::model::id::Id;
use crate::platform::sql::Statement;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub id: Id,
    pub text: String,
    pub hint: String,
    /// JSON: {language: {text, hint}}.
    pub translations: String,
}

/// All of them: a small table.
pub fn all() -> Query<Vec<Rule>> {
    Query::all(Statement::new("SELECT id, text, hint, translations FROM rules ORDER BY id"), |row| {
        Ok(Rule {
            id: row.id("id")?,
            text: row.text("text")?,
            hint: row.text("hint")?,
            translations: row.text("translations")?,
        })
    })
}

/// Answers a row, unless there are `most` already.
pub fn insert(rule: &Rule, most: i64) -> Statement {
    Statement::new(
        "INSERT INTO rules (id, text, hint, translations) SELECT ?1, ?2, ?3, ?4 \
         WHERE (SELECT count(*) FROM rules) < ?5 RETURNING id",
    )
    .bind(rule.id)
    .bind(rule.text.as_str())
    .bind(rule.hint.as_str())
    .bind(rule.translations.as_str())
    .bind(most)
}

pub fn delete(id: Id) -> Statement {
    Statement::new("DELETE FROM rules WHERE id = ?1").bind(id)
}
