//! What Workers and the object of the live streams say to each other, and what clients get: the same on both platforms.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::id::Id;
use crate::model::live::{Closing, Frame, Listener, Opening, Session, parts};
use crate::model::time::{HOUR, Time};

/// Sockets of an account.
pub const MAX_SOCKETS: usize = 50;
/// Bytes of a client's message.
pub const MAX_MESSAGE: usize = 4096;

/// Streams of an account that are told of changes: each is looked at for every one. Of lists and hashtags those that came
/// first.
const MAX_STREAMS: usize = 100;

/// What a message of a client causes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    pub add: Vec<String>,
    pub remove: Vec<String>,
    /// A text for the client.
    pub reply: Option<String>,
}

/// Subscriptions of an account in an hour, by messages and by opening sockets: each is a row written.
pub const MAX_SUBSCRIPTIONS: u32 = 600;
/// Messages of all sockets of an account in an hour: each may ask the database.
pub const MAX_MESSAGES: u32 = 3_000;

/// Counts what accounts do in an hour, in the memory of the object: while they do it, it does not sleep.
#[derive(Debug, Default)]
struct Hour {
    hour: i64,
    counts: HashMap<Id, u32>,
}

impl Hour {
    /// Counts one; false where the account has had `most` in this hour.
    fn count(&mut self, account: Id, most: u32, now: Time) -> bool {
        let hour = now.0 / HOUR;
        if hour != self.hour {
            self.hour = hour;
            self.counts.clear();
        }
        let count = self.counts.entry(account).or_default();
        *count += 1;
        *count <= most
    }
}

/// What accounts have done in this hour: the same on both platforms.
#[derive(Debug, Default)]
pub struct Hours {
    begun: Hour,
    messages: Hour,
}

impl Hours {
    /// Counts a subscription by a message, or by a socket that is opened with a stream, since either is a row written; false
    /// where the account has begun too many.
    pub fn begins(&mut self, account: Id, now: Time) -> bool {
        self.begun.count(account, MAX_SUBSCRIPTIONS, now)
    }

    /// Counts a message; false where the account has sent too many.
    pub fn says(&mut self, account: Id, now: Time) -> bool {
        self.messages.count(account, MAX_MESSAGES, now)
    }
}

/// An error as clients get it on a socket.
pub fn error_text(message: &str, status: u16) -> String {
    json!({"error": message, "status": status}).to_string()
}

/// An event as clients get it (<https://docs.joinmastodon.org/methods/streaming/#events>).
pub fn event_text(stream: &str, event: &str, payload: Option<&str>) -> String {
    let (name, argument) = parts(stream);
    let mut names = vec![name];
    names.extend(argument);
    match payload {
        Some(payload) => json!({"stream": names, "event": event, "payload": payload}),
        None => json!({"stream": names, "event": event}),
    }
    .to_string()
}

/// Accounts and streams, the event, its payload.
type SentFrame = (Vec<(i64, String)>, String, Option<String>);

#[derive(Serialize, Deserialize)]
pub struct Sent {
    pub frames: Vec<SentFrame>,
    /// Accounts, and the token of the sockets that are closed.
    pub closings: Vec<(i64, Option<i64>)>,
}

impl Sent {
    pub fn new(frames: &[Frame], closings: &[Closing]) -> Self {
        let to =
            |frame: &Frame| frame.to.iter().map(|(account, stream)| (account.0, stream.clone())).collect();
        Self {
            frames: frames.iter().map(|f| (to(f), f.event.to_owned(), f.payload.clone())).collect(),
            closings: closings.iter().map(|c| (c.account.0, c.token.map(|t| t.0))).collect(),
        }
    }
}

pub fn session_to_json(s: &Session) -> String {
    json!([s.account.0, s.token.0, s.reads_statuses, s.reads_notifications, s.streams, s.messages])
        .to_string()
}

/// `None` for a text that [`session_to_json`] did not write.
pub fn session_from_json(text: &str) -> Option<Session> {
    let (account, token, reads_statuses, reads_notifications, streams, messages) =
        serde_json::from_str::<(i64, i64, bool, bool, Vec<String>, (i64, i64))>(text).ok()?;
    Some(Session {
        account: Id(account),
        token: Id(token),
        reads_statuses,
        reads_notifications,
        streams,
        messages,
    })
}

/// The session and the first texts.
pub fn opening_to_json(opening: &Opening) -> String {
    json!([session_to_json(&opening.session), opening.first]).to_string()
}

pub fn opening_from_json(text: &str) -> Option<(Session, Vec<String>)> {
    let (session, first) = serde_json::from_str::<(String, Vec<String>)>(text).ok()?;
    Some((session_from_json(&session)?, first))
}

/// Who listens to what, of all sockets; somebody who has just come may listen to nothing yet.
pub fn listeners_to_json(sessions: impl Iterator<Item = Session>) -> String {
    let mut all: std::collections::BTreeMap<Id, Vec<String>> = std::collections::BTreeMap::new();
    for session in sessions {
        let streams = all.entry(session.account).or_default();
        for stream in session.streams {
            let has_room = streams.len() < MAX_STREAMS || parts(&stream).1.is_none();
            if has_room && !streams.contains(&stream) {
                streams.push(stream);
            }
        }
    }
    let all: Vec<Value> = all.into_iter().map(|(id, streams)| json!([id.0, streams])).collect();
    Value::Array(all).to_string()
}

pub fn listeners_from_json(text: &str) -> Option<Vec<Listener>> {
    let all: Vec<(i64, Vec<String>)> = serde_json::from_str(text).ok()?;
    Some(all.into_iter().map(|(account, streams)| Listener { account: Id(account), streams }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_and_listeners_go_there_and_back() {
        let session = Session {
            account: Id(7),
            token: Id(8),
            reads_statuses: true,
            streams: vec!["user".into(), "hashtag fern".into()],
            messages: (1, 2),
            ..Session::default()
        };
        assert_eq!(session_from_json(&session_to_json(&session)), Some(session.clone()));
        assert_eq!(session_from_json("[]"), None);
        let other = Session { streams: vec!["user".into(), "public".into()], ..session.clone() };
        let silent = Session { account: Id(9), ..Session::default() };
        let listeners = listeners_from_json(&listeners_to_json([session, other, silent].into_iter()));
        let streams = ["user", "hashtag fern", "public"].map(String::from).to_vec();
        let silent = Listener { account: Id(9), streams: Vec::new() };
        assert_eq!(listeners, Some(vec![Listener { account: Id(7), streams }, silent]));
    }

    #[test]
    fn an_account_has_a_maximum_of_subscriptions_and_messages_in_an_hour() {
        let (mut begun, most) = (Hour::default(), MAX_SUBSCRIPTIONS);
        let now = Time(100 * HOUR);
        assert!((0..most).all(|_| begun.count(Id(1), most, now)));
        assert!(!begun.count(Id(1), most, now));
        assert!(begun.count(Id(1), MAX_MESSAGES, now));
        assert!(begun.count(Id(2), most, now));
        assert!(begun.count(Id(1), most, Time(now.0 + HOUR)));
    }

    #[test]
    fn trap_41_a_payload_is_a_text() {
        assert_eq!(
            event_text("list 12", "update", Some("{\"id\":\"1\"}")),
            r#"{"event":"update","payload":"{\"id\":\"1\"}","stream":["list","12"]}"#
        );
        assert_eq!(
            event_text("user", "filters_changed", None),
            r#"{"event":"filters_changed","stream":["user"]}"#
        );
    }
}
