//! warning_presets.

use super::Query;
use crate::model::id::Id;
use crate::model::strike::Preset;
use crate::platform::sql::{Row, Statement};

fn read(row: &Row) -> crate::error::Result<Preset> {
    Ok(Preset { id: row.id("id")?, title: row.text("title")?, text: row.text("text")? })
}

/// All of them, by title.
pub fn all() -> Query<Vec<Preset>> {
    Query::all(Statement::new("SELECT id, title, text FROM warning_presets ORDER BY title, id"), read)
}

pub fn by_id(id: Id) -> Query<Option<Preset>> {
    Query::first(Statement::new("SELECT id, title, text FROM warning_presets WHERE id = ?1").bind(id), read)
}

/// Answers a row, unless there are `most` already.
pub fn insert(preset: &Preset, most: i64) -> Statement {
    Statement::new(
        "INSERT INTO warning_presets (id, title, text) SELECT ?1, ?2, ?3 \
         WHERE (SELECT count(*) FROM warning_presets) < ?4 RETURNING id",
    )
    .bind(preset.id)
    .bind(&preset.title)
    .bind(&preset.text)
    .bind(most)
}

/// Answers a row, if it is there.
pub fn update(preset: &Preset) -> Statement {
    Statement::new("UPDATE warning_presets SET title = ?2, text = ?3 WHERE id = ?1 RETURNING id")
        .bind(preset.id)
        .bind(&preset.title)
        .bind(&preset.text)
}

/// Answers a row, if it was there.
pub fn delete(id: Id) -> Statement {
    Statement::new("DELETE FROM warning_presets WHERE id = ?1 RETURNING id").bind(id)
}
