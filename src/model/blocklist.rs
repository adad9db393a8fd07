//! Lists of domains to block: what they say, and what several of them come to.

use std::collections::BTreeMap;

use super::domain_block::Severity;
use super::id::Id;
use super::time::Time;

/// Bytes of a list.
pub const MAX_BYTES: usize = 1_000_000;
/// Domains of a list.
pub const MAX_ENTRIES: usize = 20_000;
/// Lists that are subscribed to.
pub const MAX_LISTS: usize = 10;
/// Bytes of the comment of an entry.
pub const MAX_COMMENT: usize = 200;
/// Rows that a list is stored in, by the hash of the domain: a change of a few domains writes a few rows.
pub const BUCKETS: u32 = 32;

/// What a list says of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// A-labels in lower case.
    pub domain: String,
    pub severity: Severity,
    pub rejects_media: bool,
    pub rejects_reports: bool,
    pub is_obfuscated: bool,
    /// Public; without tabs and line breaks.
    pub comment: String,
}

impl Entry {
    /// A line of a bucket: the domain, one letter for the rest, the comment.
    fn line(&self) -> String {
        let code = self.severity as u8
            + 3 * u8::from(self.rejects_media)
            + 6 * u8::from(self.rejects_reports)
            + 12 * u8::from(self.is_obfuscated);
        format!("{}\t{}\t{}\n", self.domain, char::from(b'a' + code), self.comment)
    }

    fn read(line: &str) -> Option<Self> {
        let mut parts = line.split('\t');
        let (domain, code) = (parts.next()?, parts.next()?);
        let code = code.bytes().next()?.checked_sub(b'a').filter(|code| *code < 24)?;
        Some(Self {
            domain: domain.to_owned(),
            severity: *Severity::ALL.get(usize::from(code % 3))?,
            rejects_media: code / 3 % 2 == 1,
            rejects_reports: code / 6 % 2 == 1,
            is_obfuscated: code / 12 % 2 == 1,
            comment: parts.next().unwrap_or("").to_owned(),
        })
    }
}

/// The bucket of a domain (FNV-1a).
pub fn bucket(domain: &str) -> u32 {
    let hash =
        domain.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash % BUCKETS
}

/// The texts of the buckets of a list, by number; empty ones too.
pub fn pack(entries: &[Entry]) -> Vec<String> {
    let mut sorted: Vec<&Entry> = entries.iter().collect();
    sorted.sort_by(|a, b| a.domain.cmp(&b.domain));
    let mut texts = vec![String::new(); BUCKETS as usize];
    for entry in sorted {
        if let Some(text) = texts.get_mut(bucket(&entry.domain) as usize) {
            text.push_str(&entry.line());
        }
    }
    texts
}

/// The entries of a bucket.
pub fn unpack(text: &str) -> Vec<Entry> {
    text.lines().filter_map(Entry::read).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// A subscription.
    Active,
    /// A subscription that is given up: what it brought goes.
    Dropped,
    /// A file that nobody has confirmed yet.
    Preview,
    /// A file that is being applied.
    Taken,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Dropped => "dropped",
            Self::Preview => "preview",
            Self::Taken => "taken",
        }
    }

    pub fn parse(text: &str) -> Self {
        match text {
            "active" => Self::Active,
            "dropped" => Self::Dropped,
            "taken" => Self::Taken,
            _ => Self::Preview,
        }
    }
}

/// A list that is subscribed to, or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocklist {
    pub id: Id,
    /// `None` for a file.
    pub url: Option<String>,
    pub name: String,
    /// What it names is blocked at most so.
    pub max_severity: Severity,
    pub state: State,
    pub entries: i64,
    pub unreadable: i64,
    pub etag: String,
    pub next_at: Time,
    pub refreshed_at: Option<Time>,
    /// Why the last attempt failed: [`Wrong::as_str`]; empty where it did not.
    pub error: String,
}

/// Why a list is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Its server does not answer, or with an error.
    Unreachable,
    /// It is a web page.
    Page,
    TooLong,
    /// No line of it names a domain.
    Empty,
}

impl Wrong {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Page => "page",
            Self::TooLong => "too_long",
            Self::Empty => "empty",
        }
    }
}

/// What several lists come to for each domain that at least `threshold` of them name: the most severe of what they say, each
/// within its own maximum, and how many name it.
pub fn agreed(lists: &[(Severity, Vec<Entry>)], threshold: usize) -> BTreeMap<String, (Entry, usize)> {
    let mut all: BTreeMap<String, (Entry, usize)> = BTreeMap::new();
    for (most, entries) in lists {
        for entry in entries {
            let (found, count) = all.entry(entry.domain.clone()).or_insert_with(|| {
                (Entry { severity: Severity::Noop, domain: entry.domain.clone(), ..Entry::default() }, 0)
            });
            found.severity = found.severity.max(entry.severity.min(*most));
            found.rejects_media |= entry.rejects_media;
            found.rejects_reports |= entry.rejects_reports;
            found.is_obfuscated |= entry.is_obfuscated;
            *count += 1;
        }
    }
    all.retain(|_, (_, count)| *count >= threshold.max(1));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(domain: &str, severity: Severity) -> Entry {
        Entry { domain: domain.into(), severity, ..Entry::default() }
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let mut all = Vec::new();
        for (n, severity) in Severity::ALL.into_iter().cycle().take(500).enumerate() {
            all.push(Entry {
                rejects_media: n % 2 == 0,
                rejects_reports: n % 4 < 2,
                is_obfuscated: n % 8 < 4,
                comment: if n % 3 == 0 { "spam, 스팸".into() } else { String::new() },
                ..entry(&format!("d{n:03}.example"), severity)
            });
        }
        let texts = pack(&all);
        assert_eq!(texts.len(), BUCKETS as usize);
        let mut back: Vec<Entry> = texts.iter().flat_map(|text| unpack(text)).collect();
        back.sort_by(|a, b| a.domain.cmp(&b.domain));
        assert_eq!(back, all);
        assert!(texts.iter().filter(|text| text.is_empty()).count() < 5, "the buckets are filled evenly");
        assert_eq!(unpack("x\ny\t\nz\tz\t\nok.example\tc\t"), [entry("ok.example", Severity::Suspend)]);
    }

    #[test]
    fn as_many_lists_must_agree_as_the_threshold_says() {
        let lists = [
            (
                Severity::Suspend,
                vec![entry("a.example", Severity::Silence), entry("b.example", Severity::Suspend)],
            ),
            (
                Severity::Silence,
                vec![entry("a.example", Severity::Suspend), entry("c.example", Severity::Suspend)],
            ),
        ];
        let of = |threshold| -> Vec<(String, Severity, usize)> {
            agreed(&lists, threshold).into_iter().map(|(d, (e, n))| (d, e.severity, n)).collect()
        };
        assert_eq!(
            of(0),
            [
                ("a.example".into(), Severity::Silence, 2),
                ("b.example".into(), Severity::Suspend, 1),
                ("c.example".into(), Severity::Silence, 1)
            ]
        );
        assert_eq!(of(2), [("a.example".into(), Severity::Silence, 2)]);
        assert_eq!(of(3), []);
    }
}
