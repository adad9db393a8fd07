//! The instance's settings and domains.

use std::collections::HashMap;

use super::account::Account;
use super::colour::Colour;
use super::domain_block::Shown;
use super::id::Id;
use super::ledger::Usage;
use super::media::Stored;
use super::retention::{FREE_PLAN, Fill};
use super::role::{Role, RoleId, Roles};
use super::sign_up::SignUp;
use super::spam::Spam;
use super::tag::Restricted;
use super::time::Time;

/// A domain that accounts of this instance live on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Domain {
    pub id: Id,
    /// The domain of handles.
    pub handle_domain: String,
    /// Scheme, host and port of ids and pages, without a slash at the end.
    pub web_origin: String,
    /// Handles without a domain are of it.
    pub is_primary: bool,
    /// Everybody with an account may have an identity on it.
    pub is_open: bool,
    /// Other servers were seen to find its people.
    pub is_verified: bool,
    /// It is given up: nobody is added, and it is no longer ours to others.
    pub is_ended: bool,
}

impl Domain {
    /// Whether it is ours to other servers: it was verified, or the instance was set up with it, and it is not given up.
    pub fn is_used(&self) -> bool {
        !self.is_ended && (self.is_verified || self.is_primary)
    }

    /// Whether the handles are of another domain than the server's address.
    pub fn is_split(&self) -> bool {
        host_of(&self.web_origin) != self.handle_domain
    }
}

/// The key by which push services know this server (RFC 8292).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vapid {
    /// An uncompressed point of P-256 in Base64 for URLs, without padding.
    pub public_key: String,
    /// The private key: nonce (12 bytes), then the number encrypted with AES-256-GCM; in the same Base64.
    pub sealed: String,
}

/// How clients and pages get the files of other servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MediaProxy {
    /// Through this server, which asks for them.
    Proxy,
    /// From the other servers, which see the readers' addresses.
    Direct,
    /// Through this server while the day's requests are below [`PROXIED_REQUESTS`].
    #[default]
    Auto,
}

impl MediaProxy {
    /// From the setting `media_proxy`; what is unknown is the default.
    pub fn from_name(name: &str) -> Self {
        match name {
            "proxy" => Self::Proxy,
            "direct" => Self::Direct,
            _ => Self::Auto,
        }
    }
}

/// What the front page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Front {
    /// The owner's profile while theirs is the only account, else what the server is about.
    #[default]
    Auto,
    /// What the server is about, and its local timeline.
    About,
    /// The owner's profile.
    Profile,
}

impl Front {
    pub const ALL: [Self; 3] = [Self::Auto, Self::About, Self::Profile];

    /// The value of the setting `front`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::About => "about",
            Self::Profile => "profile",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|front| front.as_str() == text)
    }
}

/// Requests of a day (UTC) from which on files of other servers are no longer shown through this one: the free plan has
/// 100,000, and the rest is for everything else.
pub const PROXIED_REQUESTS: i64 = 60_000;

/// The accents of `style.css`, in the light and in the dark theme.
pub const ACCENTS: [Colour; 2] = [Colour([0x2f, 0x6b, 0x46]), Colour([0x7f, 0xc7, 0x9a])];

/// A style sheet of the operator's, which comes after our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    /// Of its file: another one for another text.
    pub name: String,
    pub text: String,
}

/// Settings and domains, cached in each isolate for a minute.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Site {
    pub title: String,
    /// Plain text.
    pub description: String,
    /// ISO 639-1 codes.
    pub languages: Vec<String>,
    pub contact_email: String,
    /// Whom to write to about the server: the owner's account, once there is one, until the operator names another.
    pub contact_account_id: Option<Id>,
    pub sign_up: SignUp,
    pub spam: Spam,
    pub domains: Vec<Domain>,
    /// The instance actor's row in accounts.
    pub actor_id: Option<Id>,
    pub is_set_up: bool,
    pub set_up_at: Time,
    /// The key for push messages, once there is one.
    pub vapid: Option<Vapid>,
    /// Who sees which domains are blocked.
    pub shown_blocks: Shown,
    /// Only allowed domains federate.
    pub is_allow_list: bool,
    /// Trends are computed and shown.
    pub has_trends: bool,
    /// Nothing trends that nobody of the staff has approved.
    pub trends_need_review: bool,
    /// The hashtags that are not shown everywhere.
    pub tags: Restricted,
    /// Secure mode: documents of accounts need a signed request.
    pub is_secure: bool,
    pub media_proxy: MediaProxy,
    pub front: Front,
    pub icon: Option<Stored>,
    pub banner: Option<Stored>,
    /// Of the light and of the dark theme, where they are not [`ACCENTS`].
    pub accents: Option<[Colour; 2]>,
    /// The operator's own CSS.
    pub css: String,
    /// Of both, where there is something.
    pub style: Option<Style>,
    /// The first hour of a day (since 1970, UTC), and what is stored of that day's use of quotas.
    pub usage: (i64, Usage),
    /// The version that runs here, and since when, as cron has seen it.
    pub version: String,
    pub upgraded_at: Time,
    /// Megabytes that the database may have, where they are not those of the free plan.
    pub database_mb: Option<u64>,
    pub roles: Roles,
    /// The accounts whose role is shown on their profile.
    pub badges: HashMap<Id, RoleId>,
}

impl Site {
    /// The language of what the instance writes to everybody: the one of its set-up, until the operator chooses another.
    pub fn language(&self) -> &str {
        self.languages.first().map_or("en", String::as_str)
    }

    /// The role that is shown on the profile of an account.
    pub fn badge(&self, account: &Account) -> Option<&Role> {
        let role = self.badges.get(&account.id).filter(|_| !account.is_suspended())?;
        self.roles.find(*role)
    }

    /// The public key for push messages as clients get it, with padding as Mastodon's; empty without a key.
    pub fn push_key(&self) -> String {
        self.vapid.as_ref().map_or_else(String::new, |vapid| format!("{}=", vapid.public_key))
    }

    /// The primary domain; an empty one before set-up.
    pub fn primary(&self) -> Domain {
        self.domains.iter().find(|d| d.is_primary).cloned().unwrap_or_default()
    }

    /// The domain that the instance was set up with, whose origin is that of the instance actor and of what belongs to
    /// nobody: it never changes. An empty one before set-up.
    pub fn home(&self) -> Domain {
        self.domains.iter().min_by_key(|d| d.id).cloned().unwrap_or_default()
    }

    /// The handle domains that have their people at the same origin as this one, the oldest first: a name is there once among
    /// all of them, since other servers find the handle of an actor by the host of its address. Of a domain that is not ours:
    /// itself.
    pub fn sharing(&self, handle_domain: &str) -> Vec<String> {
        let Some(origin) =
            self.domains.iter().find(|d| d.handle_domain == handle_domain).map(|d| &d.web_origin)
        else {
            return vec![handle_domain.to_owned()];
        };
        let mut same: Vec<&Domain> = self.domains.iter().filter(|d| d.web_origin == *origin).collect();
        same.sort_by_key(|d| d.id);
        same.into_iter().map(|d| d.handle_domain.clone()).collect()
    }

    pub fn domain_by_id(&self, id: Id) -> Option<&Domain> {
        self.domains.iter().find(|d| d.id == id)
    }

    /// Bytes that the database may have.
    pub fn database_bytes(&self) -> u64 {
        self.database_mb.filter(|mb| *mb > 0).map_or(FREE_PLAN, |mb| mb.saturating_mul(1_000_000))
    }

    /// How full a database of so many bytes is. `None`: its size is not known.
    pub fn fill(&self, size: Option<u64>) -> Option<Fill> {
        size.map(|size| Fill::of(size, self.database_bytes()))
    }

    /// Whether files of other servers are shown through this one, at so many requests of the day.
    pub fn proxies_media(&self, requests: i64) -> bool {
        match self.media_proxy {
            MediaProxy::Proxy => true,
            MediaProxy::Direct => false,
            MediaProxy::Auto => requests < PROXIED_REQUESTS,
        }
    }

    /// The local domain of a name: a `handle_domain`, or the host of a web origin. In lower case; the default
    /// port of the origin's scheme may follow. Only those in use.
    pub fn find_domain(&self, name: &str) -> Option<&Domain> {
        self.find_any_domain(name).filter(|d| d.is_used() || d.id == self.home().id)
    }

    /// Like [`find_domain`](Self::find_domain), with those that are not verified yet or given up.
    pub fn find_any_domain(&self, name: &str) -> Option<&Domain> {
        let without_port = |d: &Domain| {
            let port = if d.web_origin.starts_with("https:") { ":443" } else { ":80" };
            name.strip_suffix(port).unwrap_or(name)
        };
        let of_handles = self.domains.iter().find(|d| d.handle_domain == without_port(d));
        of_handles.or_else(|| self.domains.iter().find(|d| host_of(&d.web_origin) == without_port(d)))
    }

    /// Whether a URL is on one of our hosts, in any spelling: local objects are read from the database, never
    /// fetched.
    pub fn is_ours(&self, url: &str) -> bool {
        authority(url).is_some_and(|host| {
            let home = self.home().id;
            let used = self.domains.iter().filter(|d| d.is_used() || d.id == home);
            used.map(|d| host_of(&d.web_origin)).any(|ours| ours.eq_ignore_ascii_case(host))
        })
    }
}

/// Host and port of a URL in canonical form, without the default port of its scheme.
fn authority(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let port = match scheme {
        scheme if scheme.eq_ignore_ascii_case("https") => ":443",
        scheme if scheme.eq_ignore_ascii_case("http") => ":80",
        _ => return None,
    };
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    Some(host.strip_suffix(port).unwrap_or(host))
}

/// Host and port of an origin such as `http://localhost:8787`.
pub fn host_of(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn automatic_ends_with_the_requests_of_the_day() {
        assert!(Site::default().proxies_media(PROXIED_REQUESTS - 1));
        assert!(!Site::default().proxies_media(PROXIED_REQUESTS));
        let fixed = |media_proxy| Site { media_proxy, ..Site::default() };
        assert!(fixed(MediaProxy::Proxy).proxies_media(PROXIED_REQUESTS));
        assert!(!fixed(MediaProxy::Direct).proxies_media(0));
        for (name, mode) in
            [("proxy", MediaProxy::Proxy), ("direct", MediaProxy::Direct), ("", MediaProxy::Auto)]
        {
            assert_eq!(MediaProxy::from_name(name), mode);
        }
    }
}
