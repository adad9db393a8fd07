//! The schema: installed by the worker itself, upgraded by a deploy.

use super::Query;
use crate::error::{Error, Result};
use crate::model::packed::unpack;
use crate::platform::sql::Statement;

/// How a database is created and upgraded.
pub struct Plan {
    /// What creates an empty database, as `build.rs` packs it: it is read once in the life of a server.
    pub packed: &'static [u8],
    /// The migrations from version n + 1 to n + 2, by n: the files of `migrations/`, in order. Each is one
    /// atomic batch.
    pub migrations: &'static [&'static str],
}

/// The real plan. `schema.sql` is always the newest version; a change of it after a release adds a file to
/// `migrations/` and a line here: `include_str!("../../migrations/0002_add_x.sql")`.
pub const PLAN: Plan =
    Plan { packed: include_bytes!(concat!(env!("OUT_DIR"), "/schema.zlib")), migrations: &[] };

/// D1 does not document whether a batch counts as one query of the 50 that the free plan allows an
/// invocation, or as many: so no batch of the migrator has more statements.
pub const MAX_STATEMENTS: usize = 40;

/// What a person reads where an older version was deployed over a newer one; pages have it in their languages.
pub const NEWER: &str = "The database of this server was upgraded by a newer version of Sori, and this older one leaves it as it is. Deploy the newer version again.";

/// The statements of an SQL file: split at semicolons outside of a trigger's BEGIN … END.
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

impl Plan {
    /// The statements of an empty database.
    pub fn schema(&self) -> String {
        unpack(self.packed)
    }

    pub fn version(&self) -> usize {
        1 + self.migrations.len()
    }

    /// The next batch for a database with these settings (none: an empty database); `None` if it is up to
    /// date. If two isolates run the same step, the second one's batch fails as a whole, since its objects
    /// exist already.
    ///
    /// Error: `Unavailable` with [`NEWER`] where a newer version has upgraded the database: this one knows neither its
    /// rows nor its rules, so it writes nothing. `Internal` where the settings are inconsistent.
    pub fn next(&self, settings: &[(String, String)]) -> Result<Option<Vec<Statement>>> {
        let number = |key: &str| -> Result<Option<usize>> {
            match settings.iter().find(|(k, _)| k == key) {
                Some((_, value)) => {
                    value.parse().map(Some).map_err(|_| Error::Internal(format!("{key} is no number")))
                }
                None => Ok(None),
            }
        };
        let version = number(VERSION)?;
        Ok(match version {
            None => Some(self.install(number(PART)?.unwrap_or(0))),
            Some(version) if version > self.version() => return Err(Error::Unavailable(NEWER.into())),
            Some(version) => {
                self.migrations.get(version.saturating_sub(1)).map(|sql| upgrade(version + 1, sql))
            }
        })
    }

    /// Part `n` of a new database. The last one writes the version.
    fn install(&self, n: usize) -> Vec<Statement> {
        let all = split(&self.schema());
        let mut parts = all.chunks(MAX_STATEMENTS).skip(n);
        let part = parts.next().unwrap_or_default();
        let mut batch: Vec<Statement> = part.iter().cloned().map(Statement::new).collect();
        match parts.next() {
            Some(_) => batch.push(super::site::set(PART, &(n + 1).to_string())),
            None => {
                batch.push(super::site::unset(PART));
                batch.push(super::site::set_once(VERSION, &self.version().to_string()));
            }
        }
        batch
    }
}

const VERSION: &str = "schema_version";
/// How many parts of the schema exist already, while it is being created.
const PART: &str = "schema_part";

/// One migration, to version `to`: the lock row makes the batch of a second isolate fail.
fn upgrade(to: usize, sql: &str) -> Vec<Statement> {
    let mut all = vec![super::site::set_once(&format!("migrated_to_{to}"), "1")];
    all.extend(split(sql).into_iter().map(Statement::new));
    all.push(super::site::set(VERSION, &to.to_string()));
    all
}

/// The tables, to inspect an unknown database.
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
        assert!(split(&PLAN.schema()).iter().all(|s| s.starts_with("CREATE ")));
    }
}
