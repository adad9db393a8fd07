//! Live streams: what has changed, who listens to what, and what is sent to whom.
//!
//! A stream is a text: its name, and after a space its list or hashtag (`user`, `public:local`, `list 12`,
//! `hashtag fern`). Each account has its own, since what it may see is its own.

use super::id::Id;
use super::status::{Flags, StatusView};

/// A committed change that streams tell of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new status or boost.
    New(Id),
    /// A status has a new version.
    Edited(Id),
    Gone(Box<Gone>),
    /// A new notification of an account.
    Notified {
        id: Id,
        account: Id,
    },
    /// The account's filters are others.
    Filters(Id),
    /// Notifications that were filtered before are now among the account's notifications.
    Merged(Id),
    Announcement(Id),
    AnnouncementGone(Id),
    /// Somebody reacted to an announcement, or no longer does.
    Reacted {
        announcement: Id,
        name: String,
    },
    Closed(Closing),
}

/// A deleted status: what decides on which timelines it was. Lists are JSON, as in its row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Gone {
    pub id: Id,
    pub account_id: Id,
    pub visibility: i64,
    pub is_local: bool,
    pub reblog_of_id: Option<Id>,
    pub in_reply_to_uri: Option<String>,
    pub in_reply_to_account_id: Option<Id>,
    pub language: Option<String>,
    pub tags: String,
    pub mentions: String,
    pub media: String,
}

/// Whose sockets are closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    pub account: Id,
    /// Only those that were opened with this token.
    pub token: Option<Id>,
}

/// An account and the streams that somebody listens to as that account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    pub account: Id,
    pub streams: Vec<String>,
}

/// What is sent: an event to streams of accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    pub to: Vec<(Id, String)>,
    pub event: &'static str,
    /// JSON, or an id; none for `filters_changed`.
    pub payload: Option<String>,
}

/// The stream of notifications within `user`: those who may not read notifications have only the statuses of `user`.
pub const USER_NOTIFICATIONS: &str = "user+";

/// Name and argument of a stream, as clients know them.
pub fn parts(stream: &str) -> (&str, Option<&str>) {
    match stream.split_once(' ') {
        Some((name, argument)) => (name, Some(argument)),
        None if stream == USER_NOTIFICATIONS => ("user", None),
        None => (stream, None),
    }
}

/// An open socket: who listens, and to what.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Session {
    pub account: Id,
    pub token: Id,
    pub reads_statuses: bool,
    pub reads_notifications: bool,
    pub streams: Vec<String>,
    /// Messages of the client in the current minute, and the minute.
    pub messages: (i64, i64),
}

/// Maximum number of streams of a socket, and of bytes of their names: a socket has 2 kB for what is remembered of it
/// while its object sleeps (<https://developers.cloudflare.com/durable-objects/api/websockets/>).
pub const MAX_STREAMS: usize = 30;
pub const MAX_STREAM_BYTES: usize = 800;
/// Messages of a client in a minute.
const MAX_MESSAGES: i64 = 120;

impl Session {
    pub fn listens(&self, stream: &str) -> bool {
        self.streams.iter().any(|s| s == stream)
    }

    /// Adds streams; false where they are too many.
    pub fn add(&mut self, streams: Vec<String>) -> bool {
        let new: Vec<String> = streams.into_iter().filter(|s| !self.listens(s)).collect();
        let bytes: usize = self.streams.iter().chain(&new).map(String::len).sum();
        if self.streams.len() + new.len() > MAX_STREAMS || bytes > MAX_STREAM_BYTES {
            return false;
        }
        self.streams.extend(new);
        true
    }

    pub fn remove(&mut self, streams: &[String]) {
        self.streams.retain(|s| !streams.contains(s));
    }

    /// Counts a message of the client; false where there are too many.
    pub fn count(&mut self, minute: i64) -> bool {
        let (at, count) = self.messages;
        self.messages = if at == minute { (at, count + 1) } else { (minute, 1) };
        self.messages.1 <= MAX_MESSAGES
    }
}

/// A request for a stream that was allowed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Opening {
    pub session: Session,
    /// The protocol of the WebSocket that the client named: its token.
    pub protocol: Option<String>,
    /// Texts that are sent at once.
    pub first: Vec<String>,
    /// Server-sent events instead of a WebSocket.
    pub is_events: bool,
}

/// What a view of a status has of its viewer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Eyes {
    pub flags: Flags,
    pub quote_hidden: Option<&'static str>,
    pub is_parent_hidden: bool,
    pub is_quote_parent_hidden: bool,
}

impl Eyes {
    /// The view as this viewer sees it.
    pub fn see(&self, view: &StatusView) -> StatusView {
        let mut view = view.clone();
        view.flags = self.flags.clone();
        let proper = match &mut view.reblog {
            Some(inner) => {
                inner.flags = Flags { is_pinned: false, ..self.flags.clone() };
                &mut **inner
            }
            None => &mut view,
        };
        proper.is_parent_hidden = self.is_parent_hidden;
        proper.quote_hidden = self.quote_hidden;
        if let Some(quote) = &mut proper.quote {
            quote.is_parent_hidden = self.is_quote_parent_hidden;
        }
        view
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_has_a_maximum_of_streams_and_messages() {
        let mut session = Session::default();
        assert!(session.add(vec!["user".into(), USER_NOTIFICATIONS.into()]));
        assert!(session.add(vec!["user".into()]));
        assert_eq!(session.streams.len(), 2);
        for n in 0..MAX_STREAMS - 2 {
            assert!(session.add(vec![format!("list {n}")]));
        }
        assert!(!session.add(vec!["public".into()]));
        session.remove(&["user".into(), USER_NOTIFICATIONS.into()]);
        assert!(session.add(vec!["public".into()]));
        assert!(!Session::default().add(vec!["x".repeat(MAX_STREAM_BYTES + 1)]));
        for _ in 0..MAX_MESSAGES {
            assert!(session.count(5));
        }
        assert!(!session.count(5));
        assert!(session.count(6));
    }

    #[test]
    fn streams_have_the_names_that_clients_know() {
        assert_eq!(parts("hashtag:local fern"), ("hashtag:local", Some("fern")));
        assert_eq!(parts("user+"), ("user", None));
        assert_eq!(parts("user:notification"), ("user:notification", None));
    }
}
