//! Statuses, and the bundle in which they are shown.

use super::account::{Account, Emoji};
use super::id::Id;
use super::interaction::{Interaction, Leave, Rules};
use super::poll::Poll;
use super::quote::{Allowance, QuotePolicy, QuoteState};
use super::reaction::Reaction;
use super::receipt::Receipt;
use super::time::Time;

/// Who may see a status, from most to fewest. The discriminant is what the database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Visibility {
    #[default]
    Public = 0,
    Unlisted = 1,
    Private = 2,
    Direct = 3,
}

impl Visibility {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Unlisted => "unlisted",
            Self::Private => "private",
            Self::Direct => "direct",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "public" => Self::Public,
            "unlisted" => Self::Unlisted,
            "private" => Self::Private,
            "direct" => Self::Direct,
            _ => return None,
        })
    }

    /// From the database; what is unknown is shown to the fewest.
    pub fn from_int(n: i64) -> Self {
        match n {
            0 => Self::Public,
            1 => Self::Unlisted,
            2 => Self::Private,
            _ => Self::Direct,
        }
    }

    /// Anyone may see it and boost it.
    pub fn is_distributable(self) -> bool {
        self <= Self::Unlisted
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Status {
    pub id: Id,
    /// ActivityPub id; of a boost: the Announce's.
    pub uri: String,
    pub url: String,
    pub account_id: Id,
    pub is_local: bool,
    pub visibility: Visibility,
    pub in_reply_to_id: Option<Id>,
    pub in_reply_to_account_id: Option<Id>,
    /// A parent that we do not have.
    pub in_reply_to_uri: Option<String>,
    pub reblog_of_id: Option<Id>,
    pub conversation: Option<String>,
    /// Sanitised HTML.
    pub content: String,
    /// What a local person typed.
    pub text: Option<String>,
    /// Plain text; empty where there is no warning.
    pub spoiler_text: String,
    pub is_sensitive: bool,
    pub language: Option<String>,
    pub mentions: Vec<Mention>,
    /// Normalised names without `#`.
    pub tags: Vec<String>,
    pub emojis: Vec<Emoji>,
    pub media: Vec<Attachment>,
    pub app_id: Option<Id>,
    pub replies_count: i64,
    pub reblogs_count: i64,
    pub favourites_count: i64,
    pub quotes_count: i64,
    /// The most first.
    pub reactions: Vec<Reaction>,
    pub quote_of_id: Option<Id>,
    /// Of a quote.
    pub quote_state: Option<QuoteState>,
    /// Who may quote it.
    pub quote_policy: QuotePolicy,
    /// Who may do what else with it.
    pub rules: Rules,
    /// Of an answer or boost that its author's leave was asked for: the uri of that, empty until it is there.
    pub approval: Option<String>,
    /// Of a quote: what it says that it quotes, here or not.
    pub quote_uri: Option<String>,
    /// Of a quote: the uri of the leave that it shows, proven where the quote is accepted.
    pub quote_stamp: Option<String>,
    pub poll: Option<Poll>,
    pub created_at: Time,
    pub edited_at: Option<Time>,
}

impl Status {
    /// Whether it waits for the leave of the author of what it answers or boosts.
    pub fn is_waiting(&self) -> bool {
        self.approval.as_deref() == Some("")
    }

    /// The leave to answer or boost, where there is one.
    pub fn leave_given(&self) -> Option<&str> {
        self.approval.as_deref().filter(|uri| !uri.is_empty())
    }
}

/// An account that a status mentions.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mention {
    pub id: Id,
    pub username: String,
    /// Handle domain.
    pub domain: String,
    pub url: String,
    /// Actor id.
    pub uri: String,
    pub is_local: bool,
    /// Addressed without a tag: may see it, is neither shown nor notified.
    pub is_silent: bool,
    /// Of a group: its followers, who are addressed with it.
    pub group_followers: Option<String>,
}

/// A picture, film or sound of a status.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attachment {
    /// image, gifv, video, audio or unknown.
    pub kind: String,
    pub media_type: String,
    pub url: String,
    pub preview_url: Option<String>,
    pub remote_url: Option<String>,
    pub description: Option<String>,
    pub blurhash: Option<String>,
    pub width: Option<i64>,
    pub height: Option<i64>,
    /// Focal point, each from -1 to 1.
    pub focus: Option<(f64, f64)>,
}

/// A status with all that is needed to show it to one viewer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StatusView {
    pub status: Status,
    pub account: Account,
    pub reblog: Option<Box<StatusView>>,
    /// Name and website of the client it was written with; local statuses only.
    pub app: Option<(String, Option<String>)>,
    /// What it (or what it boosts) quotes, if the viewer may see it.
    pub quote: Option<Box<StatusView>>,
    /// Why what it quotes is not shown, though the quote stands.
    pub quote_hidden: Option<&'static str>,
    /// It (or what it boosts) answers a status that the viewer may not see: neither its id nor its author is told.
    pub is_parent_hidden: bool,
    pub flags: Flags,
    /// About how many bytes its entity has, where it was read as one of many.
    pub bytes: usize,
}

/// What the viewer has done with a status. All false for a stranger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flags {
    pub is_favourited: bool,
    pub is_reblogged: bool,
    pub is_bookmarked: bool,
    /// Of a thread that the viewer has muted.
    pub is_muted: bool,
    pub is_pinned: bool,
    /// The viewer's choices in its poll; `None` before they voted.
    pub own_votes: Option<Vec<usize>>,
    /// Names of the viewer's reactions.
    pub own_reactions: Vec<String>,
    pub is_author: bool,
    /// The viewer follows its author. Known where its rules ask for it.
    pub is_follower: bool,
    /// Its author follows the viewer. Known where its rules ask for it.
    pub is_followed: bool,
    /// Whether the viewer may quote it.
    pub quoting: Allowance,
    /// How its delivery goes; for its author, where it was for other servers.
    pub receipt: Option<Receipt>,
}

impl StatusView {
    /// The status that people talk about: the boosted one where this is a boost.
    pub fn proper(&self) -> &StatusView {
        self.reblog.as_deref().unwrap_or(self)
    }

    /// Whether `viewer`, for whom it was loaded, may do that with it. Who is named in it or answered by it may
    /// always answer.
    pub fn leave(&self, what: Interaction, viewer: Id) -> Leave {
        let StatusView { status, flags, .. } = self.proper();
        let rule = status.rules.of(what);
        let is_named = what == Interaction::Reply
            && (status.in_reply_to_account_id == Some(viewer)
                || status.mentions.iter().any(|m| m.id == viewer && !m.is_silent));
        if rule.0 & QuotePolicy::PUBLIC.0 != 0 || flags.is_author || is_named {
            return Leave::Free;
        }
        match rule.allows(false, flags.is_follower, flags.is_followed) {
            Allowance::Denied => Leave::Denied,
            _ => Leave::Asked,
        }
    }
}

/// An earlier text of a status, or its present one.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Since when it stood.
    pub created_at: Time,
    pub content: String,
    pub spoiler_text: String,
    pub is_sensitive: bool,
    pub media: Vec<Attachment>,
    pub poll: Option<Poll>,
}
