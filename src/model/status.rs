//! Statuses, and the view with everything to render one.

use super::account::{Account, Emoji};
use super::card::Found;
use super::id::Id;
use super::interaction::{Interaction, Permission, Rules};
use super::poll::Poll;
use super::quote::{Allowance, QuotePolicy, QuoteState};
use super::reaction::Reaction;
use super::receipt::Receipt;
use super::time::Time;

/// Who may see a status, widest first. The discriminant is the stored value.
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

    /// From the stored value; unknown values are the most private.
    pub fn from_int(n: i64) -> Self {
        match n {
            0 => Self::Public,
            1 => Self::Unlisted,
            2 => Self::Private,
            _ => Self::Direct,
        }
    }

    /// Everybody may see it and boost it.
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
    /// The uri of a parent that is not stored here.
    pub in_reply_to_uri: Option<String>,
    pub reblog_of_id: Option<Id>,
    pub conversation: Option<String>,
    /// Sanitised HTML.
    pub content: String,
    /// As it was typed, of a local status.
    pub text: Option<String>,
    /// Plain text; empty if there is none.
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
    /// The most frequent first.
    pub reactions: Vec<Reaction>,
    pub quote_of_id: Option<Id>,
    /// Of a quote.
    pub quote_state: Option<QuoteState>,
    /// Who may quote it.
    pub quote_policy: QuotePolicy,
    /// Who may do what else with it, by its interaction policy.
    pub rules: Rules,
    /// Of a reply or boost that needs approval: the uri of the approval, empty while it is pending.
    pub approval: Option<String>,
    /// Of a quote: the uri of the quoted status, stored here or not.
    pub quote_uri: Option<String>,
    /// Of a quote: the uri of its authorization, which was verified if the quote is accepted.
    pub quote_stamp: Option<String>,
    /// The URL whose preview is shown, where there may be one.
    pub card_url: Option<String>,
    pub poll: Option<Poll>,
    pub created_at: Time,
    pub edited_at: Option<Time>,
    /// Of a local status: its page on the server that it was brought along from.
    pub brought_from: Option<String>,
    /// Remote: when its server last changed something of it without an edit.
    pub refreshed_at: Option<Time>,
}

impl Status {
    /// What names its thread: the conversation, or itself where it is in none.
    pub fn thread(&self) -> &str {
        self.conversation.as_deref().unwrap_or(&self.uri)
    }

    /// Whether it waits for the approval of the author that it replies to or boosts.
    pub fn is_waiting(&self) -> bool {
        self.approval.as_deref() == Some("")
    }

    /// The uri of the approval of a reply or boost, if there is one.
    pub fn approval(&self) -> Option<&str> {
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
    /// Addressed without a mention: may see it, but is neither shown nor notified.
    pub is_silent: bool,
    /// A group: its followers are addressed as well.
    pub group_followers: Option<String>,
}

/// A picture, video or audio of a status.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attachment {
    /// Of a file that was uploaded here.
    pub id: Option<Id>,
    /// image, gifv, video, audio or unknown.
    pub kind: String,
    pub media_type: String,
    pub url: String,
    pub preview_url: Option<String>,
    pub remote_url: Option<String>,
    /// Bytes, of a file of ours.
    pub size: Option<i64>,
    pub description: Option<String>,
    pub blurhash: Option<String>,
    pub width: Option<i64>,
    pub height: Option<i64>,
    /// Width and height of the preview.
    pub preview_size: Option<(i64, i64)>,
    /// Seconds.
    pub duration: Option<f64>,
    /// Frames in a second.
    pub frame_rate: Option<f64>,
    /// Bits in a second.
    pub bit_rate: Option<i64>,
    /// Focal point, each from -1 to 1.
    pub focus: Option<(f64, f64)>,
}

/// A status with everything to render it for one viewer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StatusView {
    pub status: Status,
    pub account: Account,
    pub reblog: Option<Box<StatusView>>,
    /// Name and website of the client that published it; local statuses only.
    pub app: Option<(String, Option<String>)>,
    /// The quoted status of it (or of the boosted one), if the viewer may see it.
    pub quote: Option<Box<StatusView>>,
    /// Why the quoted status is not shown although the quote is accepted.
    pub quote_hidden: Option<&'static str>,
    /// It (or the boosted one) is a reply to a status that the viewer may not see: its id and author are left
    /// out.
    pub is_parent_hidden: bool,
    /// What is known of the page that it links to; none of a boost.
    pub card: Option<Box<Found>>,
    pub flags: Flags,
    /// Approximate bytes of its entity, where it was read in a page.
    pub bytes: usize,
}

/// The viewer's interactions with a status. All false without a viewer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flags {
    pub is_favourited: bool,
    pub is_reblogged: bool,
    pub is_bookmarked: bool,
    /// Whether the viewer has muted its thread.
    pub is_muted: bool,
    pub is_pinned: bool,
    /// The viewer's choices in its poll; `None` without a vote.
    pub own_votes: Option<Vec<usize>>,
    /// Names of the viewer's reactions.
    pub own_reactions: Vec<String>,
    pub is_author: bool,
    /// The viewer follows its author. Loaded only if its rules need it.
    pub is_follower: bool,
    /// Its author follows the viewer. Loaded only if its rules need it.
    pub is_followed: bool,
    /// Whether the viewer may quote it.
    pub quoting: Allowance,
    /// Its delivery receipt; for its author, if it was sent to other servers.
    pub receipt: Option<Receipt>,
}

impl StatusView {
    /// The status that is shown: the boosted one if this is a boost.
    pub fn proper(&self) -> &StatusView {
        self.reblog.as_deref().unwrap_or(self)
    }

    /// Whether its files are covered: by its author, or by staff for all that the author writes. Authors see what they chose
    /// themselves, as on Mastodon.
    pub fn is_sensitive(&self) -> bool {
        let shown = self.proper();
        shown.status.is_sensitive || (shown.account.is_sensitized() && !shown.flags.is_author)
    }

    /// What is said of it to who has marked it and may no longer see it: which status of whom it is. Its thread is kept
    /// for unmuting.
    pub fn outline(self) -> Self {
        let of = |status: Status, account: Account| Self {
            status: Status {
                id: status.id,
                uri: status.uri,
                url: status.url,
                account_id: status.account_id,
                is_local: status.is_local,
                visibility: status.visibility,
                conversation: status.conversation,
                created_at: status.created_at,
                ..Status::default()
            },
            account,
            ..Self::default()
        };
        match self.reblog {
            Some(original) => of(original.status, original.account),
            None => of(self.status, self.account),
        }
    }

    /// Whether `viewer`, for whom it was loaded, may interact with it in this way. Accounts that it mentions
    /// or replies to may always reply.
    pub fn permission(&self, what: Interaction, viewer: Id) -> Permission {
        let StatusView { status, flags, .. } = self.proper();
        let rule = status.rules.of(what);
        let is_named = what == Interaction::Reply
            && (status.in_reply_to_account_id == Some(viewer)
                || status.mentions.iter().any(|m| m.id == viewer && !m.is_silent));
        if rule.0 & QuotePolicy::PUBLIC.0 != 0 || flags.is_author || is_named {
            return Permission::Allowed;
        }
        match rule.allows(false, flags.is_follower, flags.is_followed) {
            Allowance::Denied => Permission::Denied,
            _ => Permission::NeedsApproval,
        }
    }
}

/// A version of a status: an earlier one, or the current one.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Since when it was current.
    pub created_at: Time,
    pub content: String,
    pub spoiler_text: String,
    pub is_sensitive: bool,
    pub media: Vec<Attachment>,
    pub poll: Option<Poll>,
}
