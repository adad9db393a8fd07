//! <https://docs.joinmastodon.org/entities/Report/>

use serde_json::{Value, json};

use super::{Frame, account};
use crate::model::id::Id;
use crate::model::report::Report;
use crate::model::time::Time;

pub fn render(report: &Report, frame: &Frame) -> Value {
    let texts = |ids: &[Id]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    json!({
        "id": report.id.to_string(),
        "action_taken": report.action_taken_at.is_some(),
        "action_taken_at": report.action_taken_at.map(|t| t.to_iso()),
        "category": report.category,
        "comment": report.comment,
        "forwarded": report.is_forwarded,
        "created_at": Time(report.id.unix_ms()).to_iso(),
        "status_ids": texts(&report.status_ids),
        "rule_ids": texts(&report.rule_ids),
        "collection_ids": [],
        "target_account": account::render(&report.target, frame),
    })
}
