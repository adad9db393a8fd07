//! Notifications.

use super::account::Account;
use super::id::Id;
use super::status::StatusView;
use super::time::HOUR;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Mention,
    Status,
    Reblog,
    Follow,
    FollowRequest,
    Favourite,
    Poll,
    Update,
    Quote,
    QuotedUpdate,
    AdminReport,
    /// A member of staff did something to the account.
    ModerationWarning,
    SeveredRelationships,
    AdminSignUp,
    AddedToCollection,
    CollectionUpdate,
    /// An emoji reaction. Shown as a favourite to clients that do not request the type.
    Reaction,
}

impl Kind {
    pub const ALL: [Self; 17] = [
        Self::Mention,
        Self::Status,
        Self::Reblog,
        Self::Follow,
        Self::FollowRequest,
        Self::Favourite,
        Self::Poll,
        Self::Update,
        Self::Quote,
        Self::QuotedUpdate,
        Self::AdminReport,
        Self::ModerationWarning,
        Self::SeveredRelationships,
        Self::AdminSignUp,
        Self::AddedToCollection,
        Self::CollectionUpdate,
        Self::Reaction,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Status => "status",
            Self::Reblog => "reblog",
            Self::Follow => "follow",
            Self::FollowRequest => "follow_request",
            Self::Favourite => "favourite",
            Self::Poll => "poll",
            Self::Update => "update",
            Self::Quote => "quote",
            Self::QuotedUpdate => "quoted_update",
            Self::AdminReport => "admin.report",
            Self::ModerationWarning => "moderation_warning",
            Self::SeveredRelationships => "severed_relationships",
            Self::AdminSignUp => "admin.sign_up",
            Self::AddedToCollection => "added_to_collection",
            Self::CollectionUpdate => "collection_update",
            Self::Reaction => "pleroma:emoji_reaction",
        }
    }

    /// The type's name for clients that know only Mastodon's types.
    pub fn plain_str(self) -> &'static str {
        if self == Self::Reaction { Self::Favourite.as_str() } else { self.as_str() }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct NotificationView {
    pub id: Id,
    pub kind: Kind,
    pub from: Account,
    pub status: Option<StatusView>,
    pub report: Option<super::report::Report>,
    pub strike: Option<super::strike::Strike>,
    pub collection: Option<super::collection::Collection>,
    /// Whose relationships have ended, of what.
    pub severance: Option<super::severance::Severance>,
    /// Of a reaction, for clients that request the type: the emoji and its picture.
    pub emoji: Option<(String, Option<String>)>,
}

/// The time span of a group, in milliseconds.
const SPAN: i64 = 12 * HOUR;

impl NotificationView {
    pub fn group_key(&self) -> String {
        group_key(self.id, self.kind, self.status.as_ref().map(|s| s.status.id))
    }
}

/// The group of a notification: those of its type (and status) within one span of twelve hours. It depends on
/// the notification only, so that groups are the same on every page.
pub fn group_key(id: Id, kind: Kind, status: Option<Id>) -> String {
    let span = id.unix_ms() / SPAN;
    match (kind, status) {
        (Kind::Favourite | Kind::Reblog, Some(status)) => format!("{}-{status}-{span}", kind.as_str()),
        (Kind::Follow | Kind::AdminSignUp, _) => format!("{}-{span}", kind.as_str()),
        _ => format!("ungrouped-{id}"),
    }
}

/// The range of ids of a group's members, its type and its status; `None` if it is not a group key.
pub fn read_group_key(key: &str) -> Option<(Id, Id, Option<Kind>, Option<Id>)> {
    let parts: Vec<&str> = key.split('-').collect();
    let bounds = |span: &str| {
        let span: i64 = span.parse().ok().filter(|n| (0..1_000_000).contains(n))?;
        Some((Id(Id::floor(span * SPAN).0 - 1), Id::floor((span + 1) * SPAN)))
    };
    match parts.as_slice() {
        ["ungrouped", id] => {
            let id = Id::parse(id)?;
            Some((Id(id.0 - 1), Id(id.0 + 1), None, None))
        }
        [kind @ ("follow" | "admin.sign_up"), span] => {
            bounds(span).map(|(a, b)| (a, b, Kind::parse(kind), None))
        }
        [kind, status, span] => {
            let kind = Kind::parse(kind).filter(|k| matches!(k, Kind::Favourite | Kind::Reblog))?;
            let (a, b) = bounds(span)?;
            Some((a, b, Some(kind), Some(Id::parse(status)?)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_back_to_their_members() {
        let id = Id::at(1_790_000_000_000, 7);
        let key = group_key(id, Kind::Favourite, Some(Id(5)));
        let (low, high, kind, status) = read_group_key(&key).unwrap();
        assert!(low < id && id < high && kind == Some(Kind::Favourite) && status == Some(Id(5)));
        assert_eq!(group_key(id, Kind::Mention, Some(Id(5))), format!("ungrouped-{id}"));
        assert!(read_group_key(&format!("ungrouped-{id}")).is_some());
        for bad in ["", "x", "follow-x", "mention-1-2", "favourite-1", "follow-99999999999999999999"] {
            assert!(read_group_key(bad).is_none(), "{bad}");
        }
    }
}
