//! accounts and users, as members of staff see them; their notes.

use super::pages::{accounts_within_budget, bounds, direction};
use super::{Query, accounts, users};
use crate::error::Result;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::person::{Note, Origin, Person, Sought, State};
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// How many of the newest accounts of other servers are looked through for a domain or a part of a name.
const LOOKED_THROUGH: usize = 5_000;

fn read(row: &Row) -> Result<Person> {
    let user = if row.opt_id("user_id")?.is_some() { Some(users::read(row)?) } else { None };
    let address = row.opt_text("sign_up_address")?.filter(|address| !address.is_empty());
    Ok(Person { account: accounts::read(row)?, user, roles: users::read_roles(row)?, address })
}

/// The columns of [`read`], with the rows of `ids` (a SELECT of `id`) in their order.
fn select(ids: &str) -> String {
    format!(
        "SELECT a.id AS cursor, {}, u.sign_up_address AS sign_up_address, \
         {} AS roles, {} AS account FROM ({ids}) p CROSS JOIN accounts a ON a.id = p.id LEFT JOIN users u ON u.account_id = a.id",
        users::COLUMNS,
        users::ROLES,
        accounts::packed_shown("a")
    )
}

/// A page of accounts, the newest first. Without the instance actor and deleted ones.
pub fn list(sought: &Sought, page: &Page) -> Query<Listed<Person>> {
    let order = direction(page);
    let mut values = Vec::new();
    // The place of a further value.
    let mut place = |value: &String| {
        values.push(value.clone());
        format!("?{}", values.len() + 3)
    };
    let mut terms =
        vec!["a.id < ?1 AND a.id > ?2 AND a.deleted_at IS NULL AND a.actor_type <> 'Application'".to_owned()];
    if let Some(name) = &sought.username {
        let name = place(name);
        terms.push(format!("a.username >= {name} AND a.username < {name} || char(1114111)"));
    }
    if let Some(name) = &sought.display_name {
        terms.push(format!("instr(lower(a.display_name), lower({})) > 0", place(name)));
    }
    if let Some(domain) = &sought.domain {
        terms.push(format!("a.domain = {}", place(domain)));
    }
    if let Some(email) = &sought.email {
        terms.push(format!("u.email = {}", place(email)));
    }
    match sought.state {
        Some(State::Active) => {
            terms.push("a.suspended_at IS NULL AND a.silenced_at IS NULL AND u.disabled_at IS NULL".into());
        }
        Some(State::Disabled) => terms.push("u.disabled_at IS NOT NULL AND u.memorial_at IS NULL".into()),
        Some(State::Sensitized) => terms.push("a.sensitized_at IS NOT NULL".into()),
        Some(State::Silenced) => terms.push("a.silenced_at IS NOT NULL".into()),
        Some(State::Suspended) => terms.push("a.suspended_at IS NOT NULL".into()),
        None => {}
    }
    if let Some(roles) = &sought.roles {
        let ids: Vec<String> = roles.iter().map(|role| role.0.to_string()).collect();
        terms.push(format!("u.role_id IN ({})", ids.join(",")));
    }
    if sought.origin == Origin::Remote {
        terms.push("a.domain_id IS NULL".into());
    }
    let of_users = sought.origin == Origin::Local
        || sought.state == Some(State::Disabled)
        || sought.roles.is_some()
        || sought.email.is_some();
    let from = if of_users {
        "users u CROSS JOIN accounts a ON a.id = u.account_id".to_owned()
    } else {
        let narrow = match (sought.username.is_some(), sought.state) {
            (true, _) => "accounts a".to_owned(),
            (_, Some(State::Suspended)) => "accounts a INDEXED BY accounts_suspended".to_owned(),
            (_, Some(State::Silenced)) => "accounts a INDEXED BY accounts_silenced".to_owned(),
            _ => format!(
                "(SELECT * FROM accounts WHERE id < ?1 AND id > ?2 ORDER BY id {order} LIMIT {LOOKED_THROUGH}) a"
            ),
        };
        format!("{narrow} LEFT JOIN users u ON u.account_id = a.id")
    };
    let ids =
        format!("SELECT a.id AS id FROM {from} WHERE {} ORDER BY a.id {order} LIMIT ?3", terms.join(" AND "));
    let (max, min) = bounds(page);
    let found = accounts_within_budget(&select(&ids)).bind(max).bind(min).bind(page.limit);
    Query::page(values.into_iter().fold(found, Statement::bind), page.limit, read)
}

/// Those of these ids that are not deleted.
pub fn by_ids(ids: &[Id]) -> Query<Vec<Person>> {
    let ids_of = "SELECT value AS id FROM json_each(?1)";
    Query::all(Statement::new(format!("{} WHERE a.deleted_at IS NULL", select(ids_of))).bind_ids(ids), read)
}

/// Freezes a login, or lifts that; the time of an earlier freeze stays. Those of memorial accounts are left alone. Whoever reads live streams with it is sent away.
pub fn disable(account: Id, since: Option<Time>) -> Statement {
    Statement::new(
        "UPDATE users SET disabled_at = iif(?2 IS NULL, NULL, coalesce(disabled_at, ?2)) WHERE account_id = ?1 AND memorial_at IS NULL \
         RETURNING account_id, CASE WHEN disabled_at IS NOT NULL THEN 'closed' END AS change",
    )
    .bind(account)
    .bind(since)
}

/// Limits an account, or lifts that; the time of our own earlier limit stays, that of a domain block does not.
pub fn silence(account: Id, since: Option<Time>) -> Statement {
    Statement::new(
        "UPDATE accounts SET silenced_at = CASE WHEN ?2 IS NULL OR silenced_at IS NULL OR silenced_at = domain_blocked_at \
         THEN ?2 ELSE silenced_at END WHERE id = ?1 AND deleted_at IS NULL",
    )
    .bind(account)
    .bind(since)
}

/// Makes all media of an account sensitive, or lifts that; the earlier time stays.
pub fn sensitize(account: Id, since: Option<Time>) -> Statement {
    Statement::new(
        "UPDATE accounts SET sensitized_at = iif(?2 IS NULL, NULL, coalesce(sensitized_at, ?2)) WHERE id = ?1 AND deleted_at IS NULL",
    )
    .bind(account)
    .bind(since)
}

/// Gives a user a role; further identities of the person that have one have this one from then on, but the owner's.
pub fn set_role(account: Id, role: i64) -> Statement {
    Statement::new(
        "UPDATE users SET role_id = ?2 WHERE person = (SELECT u.person FROM users u WHERE u.account_id = ?1) AND role_id <> 3 \
         AND (account_id = ?1 OR role_id <> -99)",
    )
        .bind(account)
        .bind(role)
}

/// The notes about an account or a report, the oldest first.
pub fn notes(subject: Id, most: usize) -> Query<Vec<Note>> {
    Query::all(
        Statement::new(
            "SELECT n.id AS id, n.account_id AS account_id, a.username AS username, n.content AS content FROM moderation_notes n \
             LEFT JOIN accounts a ON a.id = n.account_id WHERE n.subject_id = ?1 ORDER BY n.id LIMIT ?2",
        )
        .bind(subject)
        .bind(most),
        |row| {
            Ok(Note {
                id: row.id("id")?,
                by: row.id("account_id")?,
                by_name: row.opt_text("username")?.unwrap_or_default(),
                content: row.text("content")?,
            })
        },
    )
}

/// Adds a note, unless there are `most`.
pub fn add_note(id: Id, by: Id, subject: Id, content: &str, most: usize) -> Statement {
    Statement::new(
        "INSERT INTO moderation_notes (id, account_id, subject_id, content) SELECT ?1, ?2, ?3, ?4 \
         WHERE (EXISTS (SELECT 1 FROM accounts a WHERE a.id = ?3) OR EXISTS (SELECT 1 FROM reports r WHERE r.id = ?3)) \
         AND (SELECT count(*) FROM moderation_notes WHERE subject_id = ?3) < ?5 RETURNING id",
    )
    .bind(id)
    .bind(by)
    .bind(subject)
    .bind(content)
    .bind(most)
}

/// What waits for staff, a hundred of each at most: open reports, appeals.
pub fn waiting() -> Query<(i64, i64)> {
    Query::new(
        Statement::new(
            "SELECT (SELECT count(*) FROM (SELECT 1 FROM reports INDEXED BY reports_open WHERE action_taken_at IS NULL LIMIT 100)) AS reports, \
             (SELECT count(*) FROM (SELECT 1 FROM strikes INDEXED BY strikes_appealed WHERE appeal_state = 'pending' LIMIT 100)) AS appeals",
        ),
        |rows| rows.first().map_or(Ok((0, 0)), |row| Ok((row.int("reports")?, row.int("appeals")?))),
    )
}
