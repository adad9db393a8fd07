//! Profiles, local and remote.

use super::id::Id;
use super::time::Time;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Account {
    pub id: Id,
    /// Set for local accounts only.
    pub domain_id: Option<Id>,
    pub username: String,
    /// Handle domain in lower case, local or remote.
    pub domain: String,
    /// Person, Service, Group, Organization or Application.
    pub actor_type: String,
    /// The actor's ActivityPub id.
    pub uri: String,
    /// The page for people.
    pub url: String,
    /// Plain text; may be empty.
    pub display_name: String,
    /// Sanitised HTML.
    pub note: String,
    /// The bio as it was typed, of a local account.
    pub note_text: String,
    pub fields: Vec<Field>,
    pub emojis: Vec<Emoji>,
    pub avatar_url: Option<String>,
    pub header_url: Option<String>,
    pub avatar_description: String,
    pub header_description: String,
    pub is_locked: bool,
    pub is_discoverable: bool,
    pub is_indexable: bool,
    pub hides_collections: bool,
    /// Which tabs a local profile has.
    pub shows_media: bool,
    pub shows_media_replies: bool,
    pub shows_featured: bool,
    /// Domains whose pages may name this account as their author.
    pub attribution_domains: Vec<String>,
    pub inbox_url: String,
    pub shared_inbox_url: Option<String>,
    pub outbox_url: Option<String>,
    pub followers_url: Option<String>,
    pub following_url: Option<String>,
    pub featured_url: Option<String>,
    /// `None` where it is `uri#main-key`.
    pub public_key_id: Option<String>,
    /// SPKI of an RSA key, or 32 bytes of an Ed25519 key.
    pub public_key: Option<Vec<u8>>,
    /// Further keys of a remote account: id, and the key as `public_key` has it.
    pub more_keys: Vec<(String, Vec<u8>)>,
    pub also_known_as: Vec<String>,
    /// The account it moved to, if that is known here and has this one as an alias.
    pub moved_to_id: Option<Id>,
    /// `movedTo` of the actor.
    pub moved_to_uri: Option<String>,
    /// Time of the last Move that was applied.
    pub moved_at: Option<Time>,
    pub followers_count: i64,
    pub following_count: i64,
    pub statuses_count: i64,
    /// Remote: its own server was asked for these counts.
    pub is_counted: bool,
    pub last_status_at: Option<Time>,
    pub created_at: Time,
    /// Remote: when the actor document was last read.
    pub fetched_at: Option<Time>,
    pub suspended_at: Option<Time>,
    /// Suspended by its own server, which alone can lift it.
    pub is_suspended_by_origin: bool,
    /// Local: deleted; the name stays reserved.
    pub deleted_at: Option<Time>,
    pub is_memorial: bool,
    /// Limited: shown to its followers only.
    pub silenced_at: Option<Time>,
    /// All of its media are sensitive.
    pub sensitized_at: Option<Time>,
    /// A domain block hides its pictures and files.
    pub rejects_media: bool,
}

/// A field of a profile.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Field {
    /// Plain text.
    pub name: String,
    /// Sanitised HTML.
    pub value: String,
    /// As it was typed, of a local account.
    pub text: String,
    pub verified_at: Option<Time>,
}

/// A custom emoji in a text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Emoji {
    /// Without colons.
    pub shortcode: String,
    pub url: String,
    pub static_url: String,
}

impl Account {
    pub fn is_local(&self) -> bool {
        self.domain_id.is_some()
    }

    /// An automated account, by its actor type.
    pub fn is_bot(&self) -> bool {
        matches!(self.actor_type.as_str(), "Service" | "Application")
    }

    pub fn is_group(&self) -> bool {
        self.actor_type == "Group"
    }

    /// Without pictures, where a domain block hides them.
    #[must_use]
    pub fn with_its_media(self) -> Self {
        match self.rejects_media {
            true => Self { avatar_url: None, header_url: None, emojis: Vec::new(), ..self },
            false => self,
        }
    }

    pub fn is_silenced(&self) -> bool {
        self.silenced_at.is_some()
    }

    /// Whether search engines may have its pages.
    pub fn is_found_by_search(&self) -> bool {
        self.is_indexable && !self.is_silenced()
    }

    pub fn is_sensitized(&self) -> bool {
        self.sensitized_at.is_some()
    }

    pub fn is_suspended(&self) -> bool {
        self.suspended_at.is_some()
    }

    /// `user` for accounts of the instance's primary domain, `user@domain` for all others.
    pub fn acct(&self, primary_domain: &str) -> String {
        if self.is_local() && self.domain == primary_domain { self.username.clone() } else { self.handle() }
    }

    /// The display name, or the username where there is none.
    pub fn name(&self) -> &str {
        if self.display_name.is_empty() { &self.username } else { &self.display_name }
    }

    /// Always `user@domain`.
    pub fn handle(&self) -> String {
        format!("{}@{}", self.username, self.domain)
    }

    /// The id of the key that this actor signs with.
    pub fn key_id(&self) -> String {
        self.public_key_id.clone().unwrap_or_else(|| format!("{}#main-key", self.uri))
    }

    /// The key with this id. Older forms of ids (the actor's own id and `acct:` handles) mean the first key.
    pub fn key(&self, id: &str) -> Option<&[u8]> {
        let is_first = id == self.key_id()
            || id == self.uri
            || id.strip_prefix("acct:").is_some_and(|h| h.eq_ignore_ascii_case(&self.handle()));
        if is_first {
            return self.public_key.as_deref();
        }
        self.more_keys.iter().find(|(name, _)| name == id).map(|(_, key)| key.as_slice())
    }

    /// Where deliveries go: the shared inbox if there is one.
    pub fn delivery_inbox(&self) -> &str {
        self.shared_inbox_url.as_deref().unwrap_or(&self.inbox_url)
    }
}
