//! Rules of the operator against spam, and the quiet mode.

use std::cell::OnceCell;
use std::collections::HashMap;

use super::id::Id;
use super::matcher::{Matcher, fold};
use super::time::Time;

/// What a rule looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// A word, or several.
    #[default]
    Word,
    /// A host that a link leads to, with all its subdomains.
    Host,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Word, Self::Host];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Host => "host",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What becomes of what a rule matches, the mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Action {
    /// It is there for who opens it: on no public timeline, and nobody is notified.
    Limit,
    /// It waits for staff.
    #[default]
    Hold,
    Refuse,
}

impl Action {
    pub const ALL: [Self; 3] = [Self::Limit, Self::Hold, Self::Refuse];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Hold => "hold",
            Self::Refuse => "refuse",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// To what a rule applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    SignUps,
    Posts,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rule {
    pub id: Id,
    pub kind: Kind,
    /// As it is compared: folded, or a host in A-labels.
    pub text: String,
    pub is_for_sign_ups: bool,
    pub is_for_posts: bool,
    pub action: Action,
}

impl Rule {
    pub fn is_for(&self, place: Place) -> bool {
        match place {
            Place::SignUps => self.is_for_sign_ups,
            Place::Posts => self.is_for_posts,
        }
    }
}

/// Mentions by young accounts without a tie wait for staff.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quiet {
    /// Staff has switched it on.
    pub is_on: bool,
    /// It begins by itself after so many such mentions in an hour; 0: never.
    pub after: i64,
    /// It has begun by itself, and ends then.
    pub until: Option<Time>,
}

impl Quiet {
    pub fn is_quiet(&self, now: Time) -> bool {
        self.is_on || self.until.is_some_and(|until| until > now)
    }

    /// Whether anybody has to know which mentions are by young accounts without a tie.
    pub fn is_watching(&self, now: Time) -> bool {
        self.after > 0 || self.is_quiet(now)
    }
}

/// All of it, part of the site.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Spam {
    pub rules: Vec<Rule>,
    /// Rules for posts apply to public ones of people here whose account is younger than so many days; 0: to nobody's.
    pub young_days: i64,
    pub quiet: Quiet,
    /// How many posts wait for staff.
    pub held: i64,
    matcher: OnceCell<Matcher>,
}

impl Spam {
    pub fn new(rules: Vec<Rule>, young_days: i64, quiet: Quiet, held: i64) -> Self {
        Self { rules, young_days, quiet, held, matcher: OnceCell::new() }
    }

    /// Whether a rule is for a place: without one no text is looked at.
    pub fn has(&self, place: Place) -> bool {
        self.rules.iter().any(|rule| rule.is_for(place))
    }

    /// Whether something may be held now.
    pub fn may_hold(&self, now: Time) -> bool {
        self.held > 0
            || self.quiet.is_watching(now)
            || self.rules.iter().any(|rule| rule.is_for_posts && rule.action == Action::Hold)
    }

    /// The rules for a place that match a text, or one of these hosts (in A-labels).
    pub fn matching(&self, place: Place, text: &str, hosts: &[String]) -> Vec<&Rule> {
        let is_word = |rule: &Rule| rule.kind == Kind::Word;
        let matcher = self.matcher.get_or_init(|| {
            // A host's place is empty, and never found.
            let words = self.rules.iter().map(|rule| if is_word(rule) { rule.text.as_str() } else { "" });
            Matcher::new(&words.collect::<Vec<_>>())
        });
        let (words, _) = matcher.find(&fold(text));
        let mut found: Vec<&Rule> = words.into_iter().filter_map(|n| self.rules.get(n)).collect();
        if !hosts.is_empty() {
            let rules = self.rules.iter().filter(|rule| rule.kind == Kind::Host);
            let by_host: HashMap<&str, &Rule> = rules.map(|rule| (rule.text.as_str(), rule)).collect();
            let mut named: Vec<&Rule> = hosts
                .iter()
                .flat_map(|host| parents(host))
                .filter_map(|host| by_host.get(host).copied())
                .collect();
            named.sort_by_key(|rule| rule.id);
            named.dedup();
            found.extend(named);
        }
        found.retain(|rule| rule.is_for(place));
        found
    }
}

/// A host and the domains above it, of which a name that is short enough has ten at most.
fn parents(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |host| Some(host.split_once('.')?.1)).take(10)
}

/// How often rules have matched, counted in an isolate until it is stored.
#[derive(Debug, Default)]
pub struct Tally {
    counts: HashMap<Id, i64>,
    stored_at: Option<Time>,
}

impl Tally {
    /// It is stored once in so long, whatever arrives.
    const EVERY: i64 = super::time::MINUTE;

    /// Counts matches; answers what is to be stored now.
    pub fn add(&mut self, rules: &[Id], now: Time) -> Vec<(Id, i64)> {
        for rule in rules {
            *self.counts.entry(*rule).or_default() += 1;
        }
        if self.counts.is_empty() || self.stored_at.is_some_and(|at| now.0 - at.0 < Self::EVERY) {
            return Vec::new();
        }
        self.stored_at = Some(now);
        self.counts.drain().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spam(rules: &[(Kind, &str, bool, bool, Action)]) -> Spam {
        let rule = |(n, (kind, text, is_for_sign_ups, is_for_posts, action)): (
            i64,
            &(Kind, &str, bool, bool, Action),
        )| Rule {
            id: Id(n),
            kind: *kind,
            text: (*text).to_owned(),
            is_for_sign_ups: *is_for_sign_ups,
            is_for_posts: *is_for_posts,
            action: *action,
        };
        Spam::new((1..).zip(rules).map(rule).collect(), 0, Quiet::default(), 0)
    }

    fn ids(found: &[&Rule]) -> Vec<i64> {
        found.iter().map(|rule| rule.id.0).collect()
    }

    #[test]
    fn rules_match_in_their_places() {
        let spam = spam(&[
            (Kind::Word, "pills", true, true, Action::Hold),
            (Kind::Word, "coins", false, true, Action::Refuse),
            (Kind::Host, "spam.example", true, false, Action::Limit),
        ]);
        assert!(spam.has(Place::SignUps) && spam.has(Place::Posts) && !Spam::default().has(Place::Posts));
        let hosts = ["a.spam.example".to_owned()];
        assert_eq!(ids(&spam.matching(Place::Posts, "PILLS for coins", &hosts)), [1, 2]);
        assert_eq!(ids(&spam.matching(Place::SignUps, "PILLS for coins", &hosts)), [1, 3]);
        // The name of a host is no word.
        assert!(spam.matching(Place::SignUps, "spam.example", &[]).is_empty());
    }

    #[test]
    fn a_host_is_it_and_what_is_below() {
        let spam = spam(&[(Kind::Host, "spam.example", false, true, Action::Refuse)]);
        let is_found = |host: &str| !spam.matching(Place::Posts, "", &[host.to_owned()]).is_empty();
        assert!(is_found("spam.example") && is_found("a.b.spam.example"));
        assert!(!is_found("notspam.example") && !is_found("spam.example.net") && !is_found("example"));
        let both = ["spam.example".to_owned(), "x.spam.example".to_owned()];
        assert_eq!(spam.matching(Place::Posts, "", &both).len(), 1);
    }

    #[test]
    fn quiet_is_by_staff_or_for_a_time() {
        let quiet = Quiet { until: Some(Time(10)), ..Quiet::default() };
        assert!(quiet.is_quiet(Time(9)) && !quiet.is_quiet(Time(10)) && !quiet.is_watching(Time(10)));
        assert!(Quiet { is_on: true, ..Quiet::default() }.is_quiet(Time(10)));
        assert!(Quiet { after: 5, ..quiet }.is_watching(Time(10)));
    }

    #[test]
    fn matches_are_stored_once_a_minute() {
        let mut tally = Tally::default();
        assert!(tally.add(&[], Time(0)).is_empty());
        assert_eq!(tally.add(&[Id(1)], Time(0)), [(Id(1), 1)]);
        for n in 0..1_000 {
            assert!(tally.add(&[Id(1), Id(2)], Time(n)).is_empty());
        }
        let mut stored = tally.add(&[Id(1)], Time(60_000));
        stored.sort_unstable();
        assert_eq!(stored, [(Id(1), 1_001), (Id(2), 1_000)]);
        for (kind, action) in Kind::ALL.into_iter().zip(Action::ALL) {
            assert_eq!(
                (Kind::parse(kind.as_str()), Action::parse(action.as_str())),
                (Some(kind), Some(action))
            );
        }
        assert!(Action::Refuse > Action::Hold && Action::Hold > Action::Limit);
    }
}
