//! Budgets of what the activities of other servers may use: rows written to the database in a day (UTC), of which the free
//! plan has 100,000 and which nobody elsewhere may use up alone, long ones counting for several
//! ([`Meter::written`](crate::platform::sql::Meter::written)); and requests to third servers in an hour, which nobody
//! elsewhere may make us send without bound.

use std::collections::HashMap;

use super::time::{DAY, HOUR, Time};

/// Rows for an actor whom somebody here follows, or for a relay.
const FOLLOWED: i64 = 20_000;
/// Rows for any other actor.
const ACTOR: i64 = 1_000;
/// Rows for all other actors of one registered domain together.
const DOMAIN: i64 = 10_000;
/// Rows for all other actors together.
const STRANGERS: i64 = 40_000;
/// The subject of [`STRANGERS`]. Other subjects are not empty.
pub const EVERYBODY: &str = "";

/// Requests to third servers in an hour that an actor whom somebody here follows, or a relay, may cause: each thing that
/// such a one boosts or announces is fetched from another server.
const FETCHES_FOLLOWED: i64 = 5_000;
/// Requests to third servers in an hour that all other actors of one registered domain may cause, each thread that one of
/// them answers in takes some eight; so many of them to the servers of one other registered domain, and so many for one
/// actor.
const FETCHES: i64 = 300;
const FETCHES_OF_ONE: i64 = 60;
const FETCHES_FROM_ONE: i64 = 30;
/// Requests to third servers in an hour that all other actors together may cause.
const FETCHES_OF_ALL: i64 = 3_000;
/// An isolate stores what it has counted after so many of those.
pub const FETCH_STEP: i64 = 10;

/// Confirmations of a handle of one other domain that an actor who is not looked up by somebody here may ask for in an hour.
pub const CONFIRMATIONS: u32 = 1;
/// Moves of an actor whose target is fetched in an hour.
pub const MOVES: u32 = 5;

/// An isolate stores what it has counted after so many rows.
pub const STEP: i64 = 50;
/// Subjects that an isolate counts at the same time.
const MAX_SUBJECTS: usize = 500;

/// Whose rows an activity's are: an actor's, a domain's, everybody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subjects {
    pub actor: String,
    pub domain: String,
}

impl Subjects {
    pub fn all(&self) -> [&str; 3] {
        [&self.actor, &self.domain, EVERYBODY]
    }

    /// Who they are as a cause: a followed actor, else a stranger of the domain.
    pub fn by(&self, is_followed: bool) -> By {
        let actor = self.actor.clone();
        if is_followed { By::Followed { actor } } else { By::Stranger { domain: self.domain.clone(), actor } }
    }
}

/// Who makes us do something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum By {
    /// Nobody elsewhere.
    #[default]
    Us,
    /// An actor whom somebody here follows, or a relay.
    Followed { actor: String },
    /// Any other actor, and the registered domain of its server, which is not empty.
    Stranger { domain: String, actor: String },
}

impl From<&str> for By {
    /// From [`By::cause`].
    fn from(cause: &str) -> Self {
        Self::stored(cause, "")
    }
}

impl By {
    /// From [`Self::cause`] and [`Self::signer`]. The address of a verified actor has slashes, a domain has none.
    pub fn stored(cause: &str, signer: &str) -> Self {
        match cause {
            "" => Self::Us,
            actor if actor.contains('/') => Self::Followed { actor: actor.to_owned() },
            domain => Self::Stranger { domain: domain.to_owned(), actor: signer.to_owned() },
        }
    }

    /// Under whose name it is counted: empty for ours, an actor's address, or a domain.
    pub fn cause(&self) -> &str {
        match self {
            Self::Us => "",
            Self::Followed { actor } => actor,
            Self::Stranger { domain, .. } => domain,
        }
    }

    /// Which of the strangers of a domain it is; empty where that is not known, and for others.
    pub fn signer(&self) -> &str {
        match self {
            Self::Stranger { actor, .. } => actor,
            _ => "",
        }
    }

    /// The subjects whose rows theirs are, each with its limit of a day.
    pub fn limits(&self) -> Vec<(&str, i64)> {
        match self {
            Self::Us => Vec::new(),
            Self::Followed { actor } => vec![(actor, FOLLOWED)],
            Self::Stranger { domain, actor } => {
                let all = [(actor.as_str(), ACTOR), (domain.as_str(), DOMAIN)];
                let mut named: Vec<_> = all.into_iter().filter(|(subject, _)| !subject.is_empty()).collect();
                named.push((EVERYBODY, STRANGERS));
                named
            }
        }
    }

    /// As [`Self::limits`], for a job: what was accepted from an actor is done, though it writes more than the request did.
    pub fn job_limits(&self) -> Vec<(&str, i64)> {
        let times = |(subject, limit): (_, i64)| (subject, if limit == ACTOR { JOBS * ACTOR } else { limit });
        self.limits().into_iter().map(times).collect()
    }

    /// The causes under which a request to `host`, of somebody else, is counted in an hour, each with its limit; the first is
    /// [`Self::cause`].
    pub fn fetch_limits(&self, host: &str) -> Vec<(String, i64)> {
        match self {
            Self::Us => Vec::new(),
            Self::Followed { actor } => vec![(actor.clone(), FETCHES_FOLLOWED)],
            Self::Stranger { domain, actor } => {
                let host = host.split(':').next().unwrap_or(host);
                let target = registered(host).unwrap_or_else(|| host.to_owned());
                let mut all = vec![
                    (domain.clone(), FETCHES),
                    (format!("{domain} from {target}"), FETCHES_FROM_ONE),
                    (STRANGERS_FETCHES.to_owned(), FETCHES_OF_ALL),
                ];
                if !actor.is_empty() {
                    all.push((actor.clone(), FETCHES_OF_ONE));
                }
                all
            }
        }
    }
}

/// The cause of all requests for strangers.
const STRANGERS_FETCHES: &str = "*";
/// Jobs of an actor may write so many times as many rows as its requests.
const JOBS: i64 = 3;

/// Whose activity makes us do what we do now, and the requests to third servers that they have caused this hour, as they are
/// stored.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cause {
    pub by: By,
    pub fetches: i64,
}

impl Cause {
    /// The registered domain behind it.
    fn domain(&self) -> String {
        let subject = self.by.cause();
        let host = subject.split('/').nth(2).unwrap_or(subject);
        let host = host.rsplit('@').next().unwrap_or(host);
        let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
        registered(&host).unwrap_or(host)
    }

    /// Whether a host is of somebody else.
    pub fn is_third(&self, host: &str) -> bool {
        let host = host.split(':').next().unwrap_or(host);
        self.by != By::Us && registered(host).as_deref().unwrap_or(host) != self.domain()
    }
}

/// The subject under which the requests of a cause are counted in the hour of `now`: it ends with the cause.
pub fn fetches(cause: &str, now: Time) -> String {
    format!("fetches {} {cause}", now.0.rem_euclid(DAY) / HOUR)
}

/// Labels below a country's that are registries' own (`co.uk`): names are registered below them. Any other short name, such
/// as `evl.de`, is somebody's.
const SECOND: [&str; 34] = [
    "ac", "asn", "asso", "co", "com", "edu", "gen", "go", "gob", "gouv", "gov", "govt", "gub", "gv", "id",
    "ind", "info", "ltd", "mil", "ne", "net", "nhs", "nic", "nom", "or", "org", "plc", "priv", "res", "sch",
    "school", "me", "firm", "web",
];

/// The registered domain of a host, by a heuristic; `None` where the host is that itself.
pub fn registered(host: &str) -> Option<String> {
    let labels: Vec<&str> = host.split('.').collect();
    let own = match labels.as_slice() {
        [.., second, last] if last.len() == 2 && SECOND.contains(second) => 3,
        _ => 2,
    };
    (labels.len() > own).then(|| labels.get(labels.len() - own..).unwrap_or(&[]).join("."))
}

/// Whether names are registered below this one, by the same heuristic: it is nobody's own.
pub fn is_registry(name: &str) -> bool {
    match name.split_once('.') {
        None => true,
        Some((second, last)) => last.len() == 2 && SECOND.contains(&second),
    }
}

/// What was done lately for somebody elsewhere, by name, in this isolate. Of very many names all are forgotten: the budgets
/// still count.
#[derive(Debug, Default)]
pub struct Lately(HashMap<String, (u32, Time)>);

impl Lately {
    /// Counts one more of `name`. Answers how many there were before within `period`, which begins with the first.
    pub fn add(&mut self, name: String, period: i64, now: Time) -> u32 {
        if self.0.len() >= MAX_SUBJECTS && !self.0.contains_key(&name) {
            self.0.clear();
        }
        let (count, since) = self.0.entry(name).or_insert((0, now));
        if now.0 - since.0 >= period {
            (*count, *since) = (0, now);
        }
        let before = *count;
        *count = count.saturating_add(1);
        before
    }
}

/// The day of a time, in days since 1970 (UTC).
pub fn day(now: Time) -> i64 {
    now.0.div_euclid(DAY)
}

/// The rows that an isolate has counted and not stored yet.
#[derive(Debug, Default)]
pub struct Pending {
    day: i64,
    rows: HashMap<String, i64>,
}

impl Pending {
    fn begin(&mut self, day: i64) {
        if self.day != day {
            self.day = day;
            self.rows.clear();
        }
    }

    /// The rows of a subject that are not stored yet.
    pub fn of(&mut self, day: i64, subject: &str) -> i64 {
        self.begin(day);
        self.rows.get(subject).copied().unwrap_or(0)
    }

    /// Counts `rows` for these subjects. Answers what is to be stored now: (subject, rows).
    pub fn add(&mut self, day: i64, subjects: &[&str], rows: i64) -> Vec<(String, i64)> {
        self.add_in_steps(day, subjects, rows, STEP)
    }

    /// As [`Self::add`], stored each `step`.
    pub fn add_in_steps(&mut self, day: i64, subjects: &[&str], rows: i64, step: i64) -> Vec<(String, i64)> {
        self.begin(day);
        // Of very many subjects the single ones are dropped: the budget of everybody still counts them.
        if self.rows.len() + subjects.len() > MAX_SUBJECTS {
            self.rows.retain(|subject, _| subject == EVERYBODY);
        }
        let mut due = Vec::new();
        for subject in subjects {
            let pending = self.rows.entry((*subject).to_owned()).or_default();
            *pending += rows;
            if *pending >= step {
                due.push(((*subject).to_owned(), *pending));
                *pending = 0;
            }
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_stored_in_steps_and_begin_anew_each_day() {
        let mut pending = Pending::default();
        assert_eq!(pending.add(1, &["a", ""], 30), []);
        assert_eq!((pending.of(1, "a"), pending.of(1, "b")), (30, 0));
        assert_eq!(pending.add(1, &["b", ""], 30), [(String::new(), 60)]);
        assert_eq!((pending.of(1, "a"), pending.of(1, "b"), pending.of(1, "")), (30, 30, 0));
        assert_eq!(pending.add(1, &["a"], 20), [("a".to_owned(), 50)]);
        assert_eq!((pending.of(2, "b"), pending.of(2, "a")), (0, 0));
    }

    #[test]
    fn the_domain_of_a_cause_is_no_third_server() {
        for (cause, host, is_third) in [
            ("", "b.example", false),
            ("b.example", "b.example", false),
            ("b.example", "media.b.example", false),
            ("b.example", "c.example", true),
            ("https://social.b.example/users/bob", "b.example", false),
            ("https://b.example:8443/users/bob", "b.example:8443", false),
            ("https://b.example/users/bob", "c.example", true),
            ("a.co.uk", "b.co.uk", true),
            ("evl.de", "s1.evl.de", false),
        ] {
            let cause = Cause { by: cause.into(), fetches: 0 };
            assert_eq!(cause.is_third(host), is_third, "{cause:?} {host}");
        }
    }

    #[test]
    fn a_short_name_below_a_country_is_a_registered_domain_unless_it_is_a_registry_s() {
        for (host, domain) in [
            ("s1.evl.de", Some("evl.de")),
            ("s1.x.io", Some("x.io")),
            ("a.b.co.uk", Some("b.co.uk")),
            ("b.com.au", None),
            ("evl.de", None),
        ] {
            assert_eq!(registered(host).as_deref(), domain, "{host}");
        }
    }

    #[test]
    fn a_cause_is_stored_and_read() {
        let stranger =
            By::Stranger { domain: "b.example".into(), actor: "https://b.example/users/bob".into() };
        let followed = By::Followed { actor: "https://b.example/users/bob".into() };
        for by in [By::Us, followed, stranger] {
            assert_eq!(By::stored(by.cause(), by.signer()), by);
        }
    }

    #[test]
    fn what_was_done_lately_is_counted_for_a_while_in_bounded_space() {
        let mut lately = Lately::default();
        let mut add = |name: &str, at: i64| lately.add(name.into(), 60, Time(at));
        assert_eq!([add("a", 0), add("a", 59), add("b", 59), add("a", 60), add("a", 61)], [0, 1, 0, 0, 1]);
        for n in 0..2_000 {
            lately.add(n.to_string(), 60, Time(0));
        }
        assert!(lately.0.len() <= MAX_SUBJECTS);
    }

    #[test]
    fn many_subjects_take_bounded_space_and_lose_nothing_of_everybody() {
        let (mut pending, mut stored) = (Pending::default(), 0);
        for n in 0..2_000 {
            let name = n.to_string();
            let due = pending.add(1, &[&name, EVERYBODY], 1);
            stored += due.iter().filter(|(s, _)| s == EVERYBODY).map(|(_, rows)| rows).sum::<i64>();
        }
        assert!(pending.rows.len() <= MAX_SUBJECTS);
        assert_eq!(stored + pending.of(1, EVERYBODY), 2_000);
    }
}
