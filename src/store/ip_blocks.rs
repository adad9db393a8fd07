//! ip_blocks. All of them are a setting as well, so that every event knows them without a read of its own.

use super::Query;
use super::pages;
use crate::error::{Error, Result};
use crate::model::address::Network;
use crate::model::id::Id;
use crate::model::page::{Listed, Page};
use crate::model::sign_up::{IpRule, IpSeverity};
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IpBlock {
    pub id: Id,
    pub rule: IpRule,
    pub comment: String,
}

const ALL: &str = "SELECT id AS cursor, network, severity, comment, expires_at FROM ip_blocks";

fn read(row: &Row) -> Result<IpBlock> {
    let network = Network::parse(&row.text("network")?);
    let severity = IpSeverity::parse(&row.text("severity")?);
    let (Some(network), Some(severity)) = (network, severity) else {
        return Err(Error::internal("ip_blocks: no network or severity"));
    };
    Ok(IpBlock {
        id: row.id("cursor")?,
        rule: IpRule { network, severity, expires_at: row.opt_time("expires_at")? },
        comment: row.text("comment")?,
    })
}

pub fn page(page: &Page) -> Query<Listed<IpBlock>> {
    pages::by_id(ALL, page, read)
}

pub fn by_id(id: Id) -> Query<Option<IpBlock>> {
    Query::first(Statement::new(format!("{ALL} WHERE id = ?1")).bind(id), read)
}

/// Answers a row, unless there are `most` already. The batch fails where the network is blocked.
pub fn insert(b: &IpBlock, most: usize) -> Statement {
    Statement::new(
        "INSERT INTO ip_blocks (id, network, severity, comment, expires_at) SELECT ?1, ?2, ?3, ?4, ?5 \
         WHERE (SELECT count(*) FROM ip_blocks) < ?6 RETURNING id",
    )
    .bind(b.id)
    .bind(b.rule.network.to_text())
    .bind(b.rule.severity.as_str())
    .bind(&b.comment)
    .bind(b.rule.expires_at)
    .bind(most)
}

/// Changes all of a block but its id; answers a row where there is one.
pub fn update(b: &IpBlock) -> Statement {
    Statement::new(
        "UPDATE ip_blocks SET network = ?2, severity = ?3, comment = ?4, expires_at = ?5 WHERE id = ?1 RETURNING id",
    )
    .bind(b.id)
    .bind(b.rule.network.to_text())
    .bind(b.rule.severity.as_str())
    .bind(&b.comment)
    .bind(b.rule.expires_at)
}

pub fn delete(id: Id) -> Statement {
    Statement::new("DELETE FROM ip_blocks WHERE id = ?1 RETURNING id").bind(id)
}

/// Deletes those that have ended; before [`publish`].
pub fn delete_ended(now: Time) -> Statement {
    Statement::new("DELETE FROM ip_blocks WHERE expires_at < ?1").bind(now)
}

/// Writes the setting that [`rules`] reads, where it is another one. After every change.
pub fn publish() -> Statement {
    Statement::new(
        "INSERT INTO settings (key, value) SELECT 'ip_blocks', json_group_array(json_array(network, severity, expires_at)) \
         FROM ip_blocks WHERE 1 ON CONFLICT (key) DO UPDATE SET value = excluded.value WHERE value <> excluded.value",
    )
}

/// The blocks of the setting; what is unreadable is none.
pub fn rules(setting: &str) -> Vec<IpRule> {
    let rows: Vec<(String, String, Option<i64>)> = serde_json::from_str(setting).unwrap_or_default();
    let rule = |(network, severity, until): (String, String, Option<i64>)| {
        Some(IpRule {
            network: Network::parse(&network)?,
            severity: IpSeverity::parse(&severity)?,
            expires_at: until.map(Time),
        })
    };
    rows.into_iter().filter_map(rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::to_json;

    #[test]
    fn what_is_unreadable_blocks_nobody() {
        let setting = to_json(&[
            ("192.0.2.0/24", "no_access", Some(5)),
            ("x", "no_access", None),
            ("192.0.2.0/24", "x", None),
        ]);
        let read = rules(&setting);
        assert_eq!((read.len(), read[0].expires_at), (1, Some(Time(5))));
        assert!(rules("").is_empty() && rules("{}").is_empty());
    }
}
