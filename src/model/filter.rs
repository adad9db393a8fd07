//! Filters: <https://docs.joinmastodon.org/entities/Filter/>

use super::id::Id;
use super::time::Time;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    pub id: Id,
    pub title: String,
    /// home, notifications, public, thread, account.
    pub contexts: Vec<String>,
    /// warn, hide or blur.
    pub action: String,
    pub expires_at: Option<Time>,
    pub keywords: Vec<Keyword>,
    /// The filtered status's row id and the status.
    pub statuses: Vec<(Id, Id)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keyword {
    pub id: Id,
    pub keyword: String,
    pub is_whole_word: bool,
}

pub const CONTEXTS: [&str; 5] = ["home", "notifications", "public", "thread", "account"];
pub const ACTIONS: [&str; 3] = ["warn", "hide", "blur"];

impl Filter {
    /// Whether it has not expired.
    pub fn is_active(&self, now: Time) -> bool {
        self.expires_at.is_none_or(|at| at > now)
    }

    /// Whether it has not expired and covers a status: by its text, which is plain and in lower case, or by one of `ids`, those
    /// of what is listed and of what that boosts.
    pub fn covers(&self, text: &str, ids: &[Id], now: Time) -> bool {
        self.is_active(now)
            && (self.statuses.iter().any(|(_, id)| ids.contains(id))
                || self.keywords.iter().any(|k| k.is_in(text)))
    }

    pub fn is_in(&self, context: &str) -> bool {
        self.contexts.iter().any(|one| one == context)
    }

    /// The keywords that occur in `text`, which is plain and in lower case.
    pub fn matches(&self, text: &str) -> Vec<String> {
        self.keywords.iter().filter(|k| k.is_in(text)).map(|k| k.keyword.clone()).collect()
    }
}

impl Keyword {
    /// Whole words begin and end at a boundary between a letter or digit and something else; a keyword that
    /// begins or ends with something else needs no boundary there, as in Mastodon.
    fn is_in(&self, text: &str) -> bool {
        let wanted = self.keyword.trim().to_lowercase();
        if wanted.is_empty() {
            return false;
        }
        if !self.is_whole_word {
            return text.contains(&wanted);
        }
        let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let (head, tail) = (is_word(wanted.chars().next()), is_word(wanted.chars().next_back()));
        text.match_indices(&wanted).any(|(at, found)| {
            let before = text.get(..at).and_then(|t| t.chars().next_back());
            let after = text.get(at + found.len()..).and_then(|t| t.chars().next());
            !(head && is_word(before) || tail && is_word(after))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(keyword: &str, is_whole_word: bool, text: &str) -> bool {
        Keyword { id: Id(1), keyword: keyword.into(), is_whole_word }.is_in(&text.to_lowercase())
    }

    #[test]
    fn words_and_parts_of_words() {
        assert!(is_in("cat", true, "A Cat sat"));
        assert!(!is_in("cat", true, "concatenate"));
        assert!(is_in("cat", false, "concatenate"));
        assert!(is_in("#cat", true, "a #cat"));
        assert!(is_in("정치", false, "오늘의 정치는"));
        assert!(!is_in("", false, "x"));
        assert!(is_in("c++", true, "c++ rocks"));
    }
}
