//! rules of the instance, in order.

use serde_json::{Value, json};

use super::Query;
use crate::model::id::Id;
use crate::model::rule::{Rule, Translation};
use crate::platform::sql::Statement;

/// All of them: a small table.
pub fn all() -> Query<Vec<Rule>> {
    Query::all(
        Statement::new("SELECT id, text, hint, translations FROM rules ORDER BY position, id"),
        |row| {
            Ok(Rule {
                id: row.id("id")?,
                text: row.text("text")?,
                hint: row.text("hint")?,
                translations: unpack(&row.text("translations")?),
            })
        },
    )
}

/// An unreadable one counts as none.
fn unpack(stored: &str) -> Vec<Translation> {
    let found: Value = serde_json::from_str(stored).unwrap_or_default();
    let all = found.as_object().into_iter().flatten().map(|(language, said)| {
        let text = |name: &str| said.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        Translation { language: language.clone(), text: text("text"), hint: text("hint") }
    });
    all.collect()
}

/// As it is stored, which is as the API has it.
pub fn packed(translations: &[Translation]) -> String {
    let all =
        translations.iter().map(|one| (one.language.clone(), json!({"text": one.text, "hint": one.hint})));
    Value::Object(all.collect()).to_string()
}

/// Adds one at the end. Answers a row, unless there are `most` already.
pub fn insert(rule: &Rule, most: i64) -> Statement {
    Statement::new(
        "INSERT INTO rules (id, text, hint, translations, position) SELECT ?1, ?2, ?3, ?4, \
         coalesce((SELECT max(position) FROM rules), 0) + 1 WHERE (SELECT count(*) FROM rules) < ?5 RETURNING id",
    )
    .bind(rule.id)
    .bind(rule.text.as_str())
    .bind(rule.hint.as_str())
    .bind(packed(&rule.translations))
    .bind(most)
}

/// Answers a row, if it is there.
pub fn update(rule: &Rule) -> Statement {
    Statement::new("UPDATE rules SET text = ?2, hint = ?3, translations = ?4 WHERE id = ?1 RETURNING id")
        .bind(rule.id)
        .bind(rule.text.as_str())
        .bind(rule.hint.as_str())
        .bind(packed(&rule.translations))
}

/// Changes places with the one before or after. All get new numbers, twice their places, so that there is room between them.
pub fn shift(id: Id, is_up: bool) -> Statement {
    Statement::new(
        "UPDATE rules SET position = o.place + iif(rules.id = ?1, ?2, 0) FROM \
         (SELECT id, 2 * row_number() OVER (ORDER BY position, id) AS place FROM rules) o WHERE o.id = rules.id",
    )
    .bind(id)
    .bind(if is_up { -3 } else { 3 })
}

pub fn delete(id: Id) -> Statement {
    Statement::new("DELETE FROM rules WHERE id = ?1").bind(id)
}
