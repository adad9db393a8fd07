//! Suspension, and deletion of local accounts, which leaves their name and key.

use super::Query;
use super::changes::LOGIN_CLOSED;
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::Statement;

/// Our own suspension, which no document lifts, and whose time stays where there is one. `None` lifts it.
pub fn suspend(account: Id, since: Option<Time>) -> Statement {
    Statement::new(
        "UPDATE accounts SET suspended_at = CASE WHEN ?2 IS NULL OR suspended_at IS NULL OR is_suspended_by_origin = 1 \
         OR suspended_at = domain_blocked_at THEN ?2 ELSE suspended_at END, is_suspended_by_origin = 0 WHERE id = ?1 AND deleted_at IS NULL \
         RETURNING id AS account_id, CASE WHEN suspended_at IS NOT NULL THEN 'closed' END AS change",
    )
    .bind(account)
    .bind(since)
}

/// Deletes a login with its sessions and tokens.
pub fn delete_login(account: Id) -> Vec<Statement> {
    let sessions = "DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE account_id = ?1)";
    vec![
        Statement::new(sessions).bind(account),
        Statement::new(
            "DELETE FROM access_tokens WHERE user_id = (SELECT id FROM users WHERE account_id = ?1)",
        )
        .bind(account),
        Statement::new(format!("DELETE FROM users WHERE account_id = ?1 {LOGIN_CLOSED}")).bind(account),
    ]
}

/// Adds every known inbox to an outbox row, except those of the account's followers.
pub fn add_all_inboxes(outbox: Id, account: Id) -> Statement {
    Statement::new(
        "UPDATE outbox SET to_inboxes = (SELECT json_group_array(inboxes.id) FROM inboxes WHERE inboxes.id NOT IN (\
         SELECT a.inbox_id FROM follows f CROSS JOIN accounts a ON a.id = f.account_id WHERE f.target_id = ?2 AND a.inbox_id IS NOT NULL)) \
         WHERE id = ?1",
    )
    .bind(outbox)
    .bind(account)
}

/// Deletes pending activities of an account, which nobody needs any more.
pub fn delete_pending(account: Id) -> Statement {
    Statement::new("DELETE FROM outbox WHERE account_id = ?1").bind(account)
}

/// Clears the profile of a local account; its row stays, so that the name stays reserved.
pub fn clear_profile(account: Id, now: Time) -> Statement {
    Statement::new(
        "UPDATE accounts SET deleted_at = ?2, suspended_at = ?2, is_suspended_by_origin = 0, display_name = '', note = '', \
         note_text = '', fields = '[]', emojis = '[]', avatar_url = NULL, header_url = NULL, avatar_description = '', \
         header_description = '', attribution_domains = '[]', also_known_as = '[]', moved_to_id = NULL, moved_to_uri = NULL, \
         is_discoverable = 0, is_indexable = 0 WHERE id = ?1 AND domain_id IS NOT NULL AND deleted_at IS NULL",
    )
    .bind(account)
    .bind(now)
}

/// Whether some activity of the account is not distributed yet and still needs the followers.
pub fn is_distributing(account: Id) -> Query<bool> {
    Query::new(
        Statement::new(
            "SELECT 1 AS found FROM outbox INDEXED BY outbox_untried WHERE is_untried = 1 AND account_id = ?1 AND activity IS NULL LIMIT 1",
        )
        .bind(account),
        |rows| Ok(!rows.is_empty()),
    )
}

/// Deletes some of the account's statuses; returns a row for each.
pub fn clear_statuses(account: Id, limit: usize) -> Statement {
    Statement::new(
        "DELETE FROM statuses WHERE id IN (SELECT id FROM statuses INDEXED BY statuses_by_account WHERE account_id = ?1 LIMIT ?2) \
         RETURNING id",
    )
    .bind(account)
    .bind(limit)
}

/// Tables with rows of an account, and the columns that refer to it: whatever the deletion of the row of `accounts`
/// would delete, since the row of a local account stays. `past_inboxes` comes after `follows`, whose deletion fills it.
const TIES: [(&str, &[&str]); 38] = [
    ("push_subscriptions", &["account_id"]),
    ("follows", &["account_id", "target_id"]),
    ("follow_requests", &["account_id", "target_id"]),
    ("favourites", &["account_id"]),
    ("reactions", &["account_id"]),
    ("blocks", &["account_id", "target_id"]),
    ("mutes", &["account_id", "target_id"]),
    ("thread_mutes", &["account_id"]),
    ("account_domain_blocks", &["account_id"]),
    ("bookmarks", &["account_id"]),
    ("pins", &["account_id"]),
    ("account_notes", &["account_id", "target_id"]),
    ("endorsements", &["account_id", "target_id"]),
    ("featured_tags", &["account_id"]),
    ("tag_follows", &["account_id"]),
    ("dismissed_suggestions", &["account_id", "target_id"]),
    ("lists", &["account_id"]),
    ("list_accounts", &["target_id"]),
    ("filters", &["account_id"]),
    ("scheduled_statuses", &["account_id"]),
    ("conversations", &["account_id"]),
    ("announcement_reads", &["account_id"]),
    ("announcement_reactions", &["account_id"]),
    ("collections", &["account_id"]),
    ("collection_items", &["target_id"]),
    ("poll_votes", &["account_id"]),
    ("mentions", &["account_id"]),
    ("notifications", &["account_id", "from_account_id"]),
    ("notification_requests", &["account_id", "from_account_id"]),
    ("notification_permissions", &["account_id", "from_account_id"]),
    ("markers", &["account_id"]),
    ("idempotency_keys", &["account_id"]),
    ("imports", &["account_id"]),
    ("severances", &["account_id"]),
    ("takeouts", &["account_id"]),
    ("invites", &["account_id"]),
    ("held", &["account_id"]),
    ("past_inboxes", &["account_id"]),
];

/// Tables whose rows of a deleted account stay or are deleted otherwise: the login and the key ([`delete_login`]; the
/// key signs the Delete), statuses in rounds ([`clear_statuses`]), activities on their way ([`delete_pending`]), and
/// reports and strikes, which members of staff need. Only remote accounts have early Undos.
#[cfg(test)]
const OTHERS: [&str; 7] = ["users", "keys", "statuses", "outbox", "reports", "strikes", "early_undos"];

/// Deletes ties of the account to others: those of at most `limit` statements, after the first `from`. Fewer are returned
/// at the end.
pub fn clear_ties(account: Id, from: usize, limit: usize) -> Vec<Statement> {
    TIES.iter()
        .skip(from)
        .take(limit)
        .map(|(table, columns)| {
            let row = |column: &&str| match (*table, *column) {
                ("notifications", "from_account_id") => {
                    format!("(from_account_id = ?1 AND {})", super::notifications::HAS_SENDER)
                }
                _ => format!("{column} = ?1"),
            };
            let rows: Vec<String> = columns.iter().map(row).collect();
            Statement::new(format!("DELETE FROM {table} WHERE {}", rows.join(" OR "))).bind(account)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_ties_are_those_of_the_schema() {
        let mut of_schema = BTreeSet::new();
        let mut table = "";
        for line in include_str!("../../schema.sql").lines() {
            if let Some(rest) = line.strip_prefix("CREATE TABLE ") {
                table = rest.split(' ').next().unwrap_or("");
            } else if line.contains("REFERENCES accounts(id)") && !OTHERS.contains(&table) {
                of_schema.insert((table, line.split_whitespace().next().unwrap_or("")));
            }
        }
        let ours = TIES.iter().flat_map(|(table, columns)| columns.iter().map(|column| (*table, *column)));
        let ours: BTreeSet<(&str, &str)> = ours.collect();
        assert_eq!(ours, of_schema);
    }
}
