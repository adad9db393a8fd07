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
