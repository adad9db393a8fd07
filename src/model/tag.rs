//! Hashtags, and what members of staff have decided about some of them.

use std::collections::HashMap;

use super::id::Id;
use super::time::Time;

/// A day (number since 1970): public statuses, accounts.
pub type Day = (i64, i64, i64);

/// A hashtag, for one viewer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tag {
    /// Normalised, without `#`.
    pub name: String,
    /// The same in other letters, where staff has chosen how it is shown.
    pub display_name: Option<String>,
    pub is_followed: bool,
    pub is_featured: bool,
    /// Days without statuses are left out.
    pub week: Vec<Day>,
}

/// A featured hashtag.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Featured {
    pub id: Id,
    pub name: String,
    /// The account's public and unlisted statuses with it.
    pub uses: i64,
    pub last_at: Option<Time>,
}

/// What has no row, but an id for clients: a hashtag, a link or a site, by its text.
pub fn number(text: &str) -> Id {
    let hash =
        text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    Id(i64::try_from(hash >> 11).unwrap_or_default())
}

/// What staff has decided about a hashtag. Of most there is nothing: the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub display_name: Option<String>,
    /// People here may post with it, and it has a timeline.
    pub is_usable: bool,
    /// It is found and suggested.
    pub is_listable: bool,
    /// Whether it may trend; `None` where nothing was said.
    pub is_trendable: Option<bool>,
    pub reviewed_at: Option<Time>,
}

impl Default for Rule {
    fn default() -> Self {
        Self { display_name: None, is_usable: true, is_listable: true, is_trendable: None, reviewed_at: None }
    }
}

/// A change of a [`Rule`]: what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Change {
    pub display_name: Option<String>,
    pub is_usable: Option<bool>,
    pub is_listable: Option<bool>,
    pub is_trendable: Option<bool>,
}

/// The hashtags that are not shown everywhere, each with whether it is usable.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Restricted(pub HashMap<String, bool>);

impl Restricted {
    /// `name` is normalised.
    pub fn is_usable(&self, name: &str) -> bool {
        self.0.get(name).is_none_or(|is_usable| *is_usable)
    }

    /// Whether it is found and suggested; `name` is normalised.
    pub fn is_listable(&self, name: &str) -> bool {
        !self.0.contains_key(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_used_is_not_listed_either() {
        let all = Restricted(HashMap::from([("spam".into(), false), ("quiet".into(), true)]));
        assert!(!all.is_usable("spam") && !all.is_listable("spam"));
        assert!(all.is_usable("quiet") && !all.is_listable("quiet"));
        assert!(all.is_usable("fern") && all.is_listable("fern"));
    }
}
