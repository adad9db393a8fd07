//! What statements that insert notifications answer.

use crate::platform::sql::Statement;

/// Whether the receiver of a notification has a subscription for it (of any policy): the column `pushed`, by which
/// [`super::write`] knows that a trigger has added push messages, which are then sent at once.
const PUSHED: &str = "EXISTS (SELECT 1 FROM push_subscriptions p WHERE p.account_id = notifications.account_id \
 AND instr(p.alerts, ' ' || iif(notifications.type = 'pleroma:emoji_reaction', 'favourite', notifications.type) || ' ') > 0) AS pushed";

/// A statement that inserts notifications; [`super::changes`] reads what it answers of them.
pub(super) fn notifying(insert: impl std::fmt::Display) -> Statement {
    Statement::new(format!(
        "{insert} RETURNING id, account_id, 'notified' AS change, {}, {PUSHED}",
        super::changes::opened!()
    ))
}
