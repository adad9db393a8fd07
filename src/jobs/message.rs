//! Queue messages: ids only. The work is in rows, so that a lost message loses nothing.

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::time::Time;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// An outbox row waits for its audience to be resolved.
    Distribute(Id),
    /// A chunk (about ten inboxes) of an outbox row waits to be delivered; it is named by its first inbox.
    Deliver { outbox_id: Id, chunk: Id },
    /// Failed deliveries (outbox row, inbox) are due, more than one run of cron can try. They are leased to the consumer
    /// of this message until then.
    Retry { pairs: Vec<(Id, Id)>, leased_until: Time },
    /// A row of `jobs` waits.
    Run(Id),
    /// A remote profile is stale: it is to be fetched again.
    Refresh(Id),
    /// Somebody follows a remote account or has opened its profile: its last posts are to be fetched.
    Posts(Id),
    /// Somebody has opened a remote status: the rest of its thread is to be fetched.
    Thread(Id),
    /// Push messages wait.
    Push,
    /// Push messages of these notifications were added, and wait for nobody else than who gets this.
    Pushed(Vec<Id>),
    /// More scheduled statuses are due than one invocation could publish.
    Scheduled,
    /// Somebody has opened a status whose card is unknown or old: the page of its link is to be fetched.
    Card(Id),
    /// Somebody reads the feed of a list whose entries were found long ago.
    ListFeed { list: Id, found_at: Time },
}

impl Message {
    /// A list: what it is, then numbers.
    pub fn to_json(&self) -> String {
        let list = match self {
            Self::Distribute(id) => json!(["distribute", id.0]),
            Self::Deliver { outbox_id, chunk } => json!(["deliver", outbox_id.0, chunk.0]),
            Self::Retry { pairs, leased_until } => {
                let mut all = vec![json!("retry"), json!(leased_until.0)];
                all.extend(pairs.iter().flat_map(|(outbox, inbox)| [json!(outbox.0), json!(inbox.0)]));
                Value::Array(all)
            }
            Self::Run(id) => json!(["run", id.0]),
            Self::Refresh(id) => json!(["refresh", id.0]),
            Self::Thread(id) => json!(["thread", id.0]),
            Self::Posts(id) => json!(["posts", id.0]),
            Self::Push => json!(["push"]),
            Self::Pushed(ids) => {
                Value::Array([json!("pushed")].into_iter().chain(ids.iter().map(|id| json!(id.0))).collect())
            }
            Self::Scheduled => json!(["scheduled"]),
            Self::Card(id) => json!(["card", id.0]),
            Self::ListFeed { list, found_at } => json!(["list feed", list.0, found_at.0]),
        };
        list.to_string()
    }

    /// Error: `BadRequest` where the text is no message of ours.
    pub fn from_json(text: &str) -> Result<Self> {
        Self::read(text).ok_or_else(|| Error::bad_request("not a queue message"))
    }

    fn read(text: &str) -> Option<Self> {
        let list: Vec<Value> = serde_json::from_str(text).ok()?;
        let (kind, numbers) = list.split_first()?;
        let numbers: Vec<i64> = numbers.iter().map(Value::as_i64).collect::<Option<_>>()?;
        Some(match (kind.as_str()?, numbers.as_slice()) {
            ("distribute", [id]) => Self::Distribute(Id(*id)),
            ("deliver", [outbox, chunk]) => Self::Deliver { outbox_id: Id(*outbox), chunk: Id(*chunk) },
            ("retry", [until, pairs @ ..]) => {
                let pairs = pairs.as_chunks::<2>().0.iter().map(|[o, i]| (Id(*o), Id(*i))).collect();
                Self::Retry { pairs, leased_until: Time(*until) }
            }
            ("run", [id]) => Self::Run(Id(*id)),
            ("refresh", [id]) => Self::Refresh(Id(*id)),
            ("thread", [id]) => Self::Thread(Id(*id)),
            ("posts", [id]) => Self::Posts(Id(*id)),
            ("push", []) => Self::Push,
            ("pushed", ids) => Self::Pushed(ids.iter().map(|id| Id(*id)).collect()),
            ("scheduled", []) => Self::Scheduled,
            ("card", [id]) => Self::Card(Id(*id)),
            ("list feed", [list, at]) => Self::ListFeed { list: Id(*list), found_at: Time(*at) },
            _ => return None,
        })
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
            Message::Retry { pairs: vec![(Id(2), Id(3)), (Id(4), Id(5))], leased_until: Time(6) },
            Message::Run(Id(4)),
            Message::Refresh(Id(6)),
            Message::Thread(Id(7)),
            Message::Posts(Id(11)),
            Message::Push,
            Message::Pushed(vec![Id(9), Id(10)]),
            Message::Scheduled,
            Message::Card(Id(8)),
            Message::ListFeed { list: Id(9), found_at: Time(10) },
        ] {
            assert_eq!(Message::from_json(&m.to_json()), Ok(m));
        }
        for wrong in ["{}", "[]", "[\"run\"]", "[\"run\", 1.5]", "[\"walk\", 1]"] {
            assert!(Message::from_json(wrong).is_err(), "{wrong}");
        }
    }
}
