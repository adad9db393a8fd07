//! Previews of linked pages: <https://docs.joinmastodon.org/entities/PreviewCard/>.

use super::account::Account;
use super::time::{DAY, Time};

/// Longest texts of a card, in bytes.
pub const TITLE: usize = 1_000;
pub const DESCRIPTION: usize = 2_000;
pub const NAME: usize = 500;
/// Pictures wider or higher than that are given without their size.
pub const MAX_SIDE: i64 = 20_000;

/// A card is read anew when somebody opens a status with it after so long.
pub const FRESH: i64 = 14 * DAY;
/// A page without a card, or without an answer, is not asked again for so long.
pub const FRESH_FAILURE: i64 = DAY;

/// What is shown of a page. All texts are plain, without line breaks, and all addresses http or https.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Card {
    /// Only a photo is no link: everything else is opened in a browser.
    pub is_photo: bool,
    pub title: String,
    pub description: String,
    pub language: Option<String>,
    pub author_name: String,
    pub author_url: String,
    pub provider_name: String,
    pub provider_url: String,
    pub image: Option<String>,
    pub image_description: String,
    /// Of the picture; 0 where unknown.
    pub width: i64,
    pub height: i64,
    /// Of a photo.
    pub embed_url: String,
    pub published_at: Option<Time>,
    /// The host that served the page, after redirects.
    pub host: String,
    /// The host of the link, where readers go first.
    pub linked_host: String,
}

/// What is stored of a URL.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Found {
    /// None where the page has none.
    pub card: Option<Card>,
    /// The account that the page names as its author: `fediverse:creator`.
    pub author: Option<Account>,
    /// When it is to be read anew.
    pub due_at: Time,
}

impl Card {
    /// Whether an account agrees to be named as the author of the page: for the host that served it, and for that of the link,
    /// which may lead readers to something else than it led us to.
    pub fn may_name(&self, account: &Account) -> bool {
        may_attribute(account, &self.host) && may_attribute(account, &self.linked_host)
    }
}

/// Whether an account agrees to be named as the author of pages of `host`: one of its attribution domains is that host or
/// a domain above it. <https://docs.joinmastodon.org/entities/Account/#source-attribution_domains>
pub fn may_attribute(account: &Account, host: &str) -> bool {
    !host.is_empty()
        && account.attribution_domains.iter().any(|domain| {
            !domain.is_empty()
                && (domain == host || host.strip_suffix(domain.as_str()).is_some_and(|h| h.ends_with('.')))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_names_the_host_or_a_domain_above_it() {
        let account = Account {
            attribution_domains: vec!["news.example".into(), String::new(), "a.b.example".into()],
            ..Account::default()
        };
        for (host, wanted) in [
            ("news.example", true),
            ("www.news.example", true),
            ("a.b.news.example", true),
            ("a.b.example", true),
            ("evilnews.example", false),
            ("news.example.evil.example", false),
            ("b.example", false),
            ("example", false),
            ("", false),
        ] {
            assert_eq!(may_attribute(&account, host), wanted, "{host}");
        }
        assert!(!may_attribute(&Account::default(), "news.example"));
    }
}
