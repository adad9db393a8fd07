//! Roles that differ from those that every instance has: settings of the name `role:ID`.

use crate::model::role::{Role, RoleId, Roles};
use crate::platform::sql::Statement;

const KEY: &str = "role:";

/// The roles by the settings of an instance.
pub(super) fn of_settings(settings: &[(String, String)]) -> Roles {
    let mut roles = Roles::default();
    let stored =
        settings.iter().filter_map(|(key, value)| Some((key.strip_prefix(KEY)?.parse().ok()?, value)));
    for (id, value) in stored {
        if let Some(role) = Role::parse(RoleId(id), value) {
            roles.put(role);
        }
    }
    roles
}

/// Stores a role; a new one only where there are fewer than `most` stored ones. Answers a row where it was.
pub fn store(role: &Role, most: usize) -> Statement {
    Statement::new(
        "INSERT INTO settings (key, value) SELECT ?1, ?2 WHERE (SELECT count(*) FROM settings WHERE key >= 'role:' AND key < 'role;') < ?3 \
         OR EXISTS (SELECT 1 FROM settings WHERE key = ?1) ON CONFLICT (key) DO UPDATE SET value = excluded.value RETURNING key",
    )
    .bind(format!("{KEY}{}", role.id.0))
    .bind(role.to_text())
    .bind(most)
}

/// Deletes a role; who had it has none. One that every instance has is as at the beginning.
pub fn delete(id: RoleId) -> Vec<Statement> {
    let mut batch =
        vec![Statement::new("DELETE FROM settings WHERE key = ?1").bind(format!("{KEY}{}", id.0))];
    if !id.is_built_in() {
        batch.push(Statement::new("UPDATE users SET role_id = -99 WHERE role_id = ?1").bind(id.0));
    }
    batch
}
