//! What the operator is told of the instance's state.

use super::time::Time;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Good,
    /// It works, but something needs attention, or could not be looked at.
    Warning,
    Bad,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Warning => "warning",
            Self::Bad => "bad",
        }
    }
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// The database answers, with a schema that this version knows.
    Database,
    /// How full the database is.
    Size,
    /// The trigger that starts every minute.
    Cron,
    /// Messages of the queue are taken.
    Queue,
    /// Activities that other servers have not got yet.
    Deliveries,
    /// The quotas of the day.
    Quotas,
    /// The version, and since when it runs.
    Version,
    /// The address that was asked is the one of the configuration.
    Origin,
    /// The secret opens the keys.
    Secrets,
    /// The Durable Object for heavy work answers.
    Heavy,
    /// The Durable Object of live streams answers.
    Streams,
    /// Files can be stored and deleted.
    Files,
    /// A domain's WebFinger, asked from outside.
    WebFinger,
    /// A domain's host-meta, asked from outside.
    HostMeta,
    /// The inbox, asked from outside.
    Inbox,
    /// The clock, beside that of what answers outside.
    Clock,
    /// Push messages to the operator's own devices.
    Push,
}

impl Name {
    pub const ALL: [Self; 17] = [
        Self::Database,
        Self::Size,
        Self::Cron,
        Self::Queue,
        Self::Deliveries,
        Self::Quotas,
        Self::Version,
        Self::Origin,
        Self::Secrets,
        Self::Heavy,
        Self::Streams,
        Self::Files,
        Self::WebFinger,
        Self::HostMeta,
        Self::Inbox,
        Self::Clock,
        Self::Push,
    ];

    /// Its name in `/health`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Database => "database",
            Self::Size => "size",
            Self::Cron => "cron",
            Self::Queue => "queue",
            Self::Deliveries => "deliveries",
            Self::Quotas => "quotas",
            Self::Version => "version",
            Self::Origin => "origin",
            Self::Secrets => "secrets",
            Self::Heavy => "heavy",
            Self::Streams => "streams",
            Self::Files => "files",
            Self::WebFinger => "webfinger",
            Self::HostMeta => "host_meta",
            Self::Inbox => "inbox",
            Self::Clock => "clock",
            Self::Push => "push",
        }
    }
}

/// A check and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub name: Name,
    pub state: State,
    /// What was seen: numbers, times, addresses, an answer. The same in every language.
    pub seen: String,
}

impl Check {
    pub fn new(name: Name, state: State, seen: impl Into<String>) -> Self {
        Self { name, state, seen: seen.into() }
    }
}

/// The names and states of checks, and when they were made.
pub type Looked = (Vec<(Name, State)>, Time);

/// The worst of them.
pub fn worst(checks: &[Check]) -> State {
    checks.iter().map(|check| check.state).max().unwrap_or(State::Good)
}
