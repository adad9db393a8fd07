//! The schema: installed by the worker itself, upgraded by a deploy and nothing else.

use super::Query;
use crate::platform::sql::Statement;

/// The version of schema.sql. A later version adds a file to `migrations/` and a line to [`MIGRATIONS`].
pub const VERSION: i64 = 1;

const SCHEMA: &str = include_str!("../../schema.sql");

/// What leads from version n to n + 1, in order: (n + 1, its SQL).
const MIGRATIONS: &[(i64, &str)] = &[];

/// The statements of an SQL file: split at semicolons, but not inside a trigger's BEGIN … END.
pub fn split(sql: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut current = String::new();
    for line in sql.lines() {
        let code = line.split("--").next().unwrap_or("").trim_end();
        if code.trim().is_empty() {
            continue;
        }
        current.push_str(code);
        current.push('\n');
        let is_trigger = current.trim_start().to_ascii_uppercase().starts_with("CREATE TRIGGER");
        let ends = if is_trigger { code.trim().eq_ignore_ascii_case("END;") } else { code.ends_with(';') };
        if ends {
            all.push(current.trim().trim_end_matches(';').to_owned());
            current.clear();
        }
    }
    all
}

/// All of an empty database, as one batch. A second isolate's batch fails, since the tables are there.
pub fn install() -> Vec<Statement> {
    let mut all: Vec<Statement> = split(SCHEMA).into_iter().map(Statement::new).collect();
    all.push(super::site::set_once("schema_version", &VERSION.to_string()));
    all
}

/// One step up from `version`, as one batch: the lock row makes a second isolate's batch fail.
pub fn upgrade(version: i64) -> Option<Vec<Statement>> {
    let (to, sql) = MIGRATIONS.iter().find(|(to, _)| *to == version + 1)?;
    let mut all = vec![super::site::set_once(&format!("migrated_to_{to}"), "1")];
    all.extend(split(sql).into_iter().map(Statement::new));
    all.push(super::site::set("schema_version", &to.to_string()));
    Some(all)
}

/// Tables, for a first look at an unknown database.
pub fn tables() -> Query<Vec<String>> {
    Query::all(Statement::new("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"), |row| {
        row.text("name")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn triggers_stay_whole() {
        let sql = "CREATE TABLE a (x INTEGER); -- a; b\nCREATE TRIGGER t AFTER INSERT ON a BEGIN\n  DELETE FROM a;\nEND;\n";
        let all = split(sql);
        assert_eq!(all.len(), 2);
        assert!(all[1].ends_with("END"), "{}", all[1]);
        assert!(split(SCHEMA).iter().all(|s| s.starts_with("CREATE ")));
    }
}
