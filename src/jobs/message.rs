//! What a queue message says: ids only. The rows are the truth; a lost message loses nothing.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::id::Id;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// An outbox row waits for its audience to be resolved.
    Distribute(Id),
    /// A chunk (about ten inboxes) of an outbox row waits to be delivered; it is named by its first inbox.
    Deliver { outbox_id: Id, chunk: Id },
    /// Failed deliveries (outbox row, inbox) are due, more than one tick of the clock can try.
    Retry(Vec<(Id, Id)>),
    /// A row of `jobs` waits.
    Run(Id),
    /// A remote profile is old: best read again.
    Refresh(Id),
    /// Somebody looks at a remote status: its thread may have more.
    Thread(Id),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Wire {
    Distribute(i64),
    Deliver(i64, i64),
    Retry(Vec<(i64, i64)>),
    Run(i64),
    Refresh(i64),
    Thread(i64),
}

impl Message {
    pub fn to_json(&self) -> String {
        let wire = match self {
            Self::Distribute(id) => Wire::Distribute(id.0),
            Self::Deliver { outbox_id, chunk } => Wire::Deliver(outbox_id.0, chunk.0),
            Self::Retry(pairs) => {
                Wire::Retry(pairs.iter().map(|(outbox, inbox)| (outbox.0, inbox.0)).collect())
            }
            Self::Run(id) => Wire::Run(id.0),
            Self::Refresh(id) => Wire::Refresh(id.0),
            Self::Thread(id) => Wire::Thread(id.0),
        };
        serde_json::to_string(&wire).unwrap_or_default()
    }

    /// Error: `BadRequest` where the text is no message of ours.
    pub fn from_json(text: &str) -> Result<Self> {
        match serde_json::from_str(text) {
            Ok(Wire::Distribute(id)) => Ok(Self::Distribute(Id(id))),
            Ok(Wire::Deliver(id, chunk)) => Ok(Self::Deliver { outbox_id: Id(id), chunk: Id(chunk) }),
            Ok(Wire::Retry(pairs)) => {
                Ok(Self::Retry(pairs.into_iter().map(|(outbox, inbox)| (Id(outbox), Id(inbox))).collect()))
            }
            Ok(Wire::Run(id)) => Ok(Self::Run(Id(id))),
            Ok(Wire::Refresh(id)) => Ok(Self::Refresh(Id(id))),
            Ok(Wire::Thread(id)) => Ok(Self::Thread(Id(id))),
            Err(e) => Err(Error::bad_request(format!("not a queue message: {e}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_there_and_back() {
        for m in [
            Message::Distribute(Id(1)),
            Message::Deliver { outbox_id: Id(2), chunk: Id(3) },
            Message::Retry(vec![(Id(2), Id(3)), (Id(4), Id(5))]),
            Message::Run(Id(4)),
            Message::Refresh(Id(6)),
            Message::Thread(Id(7)),
        ] {
            assert_eq!(Message::from_json(&m.to_json()), Ok(m));
        }
        assert!(Message::from_json("{}").is_err());
    }
}
