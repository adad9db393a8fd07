//! <https://docs.joinmastodon.org/entities/AccountWarning/>

use serde_json::{Value, json};

use super::{Frame, account};
use crate::model::strike::Strike;

pub fn render(strike: &Strike, frame: &Frame) -> Value {
    json!({
        "id": strike.id.to_string(),
        "action": strike.action.as_str(),
        "text": strike.text,
        "status_ids": strike.status_ids.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "target_account": account::render(&strike.target, frame),
        "appeal": strike.appeal.as_ref().map(|(text, state)| json!({"text": text, "state": state.as_str()})),
        "created_at": strike.created_at().to_iso(),
    })
}
