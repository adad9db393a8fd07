//! Files of domains to block: Mastodon's, and plain ones; their preview and import by staff, and the export.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::domain_block;
use crate::app::App;
use crate::error::Result;
use crate::model::blocklist::{self, Blocklist, Entry, MAX_ENTRIES, MAX_LISTS, State, Wrong};
use crate::model::budget::is_registry;
use crate::model::domain_block::{DomainBlock, Severity};
use crate::model::id::Id;
use crate::platform::guard::{is_public, normalise_domain};
use crate::platform::sql::Statement;
use crate::store;
use crate::store::host_checks::{Tied, Ties};
use crate::text::csv;
use crate::text::sanitize::cut;

/// Unreadable lines that are kept.
const SHOWN_LINES: usize = 20;
/// Buckets of a statement.
const TOGETHER: usize = 8;

/// What a file says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// Each domain once: the last line about it.
    pub entries: Vec<Entry>,
    pub unreadable: usize,
    /// The first of the lines that name no domain.
    pub lines: Vec<String>,
}

/// Reads Mastodon's file of domain blocks, with or without the names of its columns, or a domain a line; what follows a `#`
/// is a comment. A line without a severity suspends. `is_ours` tells domains that are never taken.
pub fn parse(text: &str, is_ours: impl Fn(&str) -> bool) -> std::result::Result<Parsed, Wrong> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > blocklist::MAX_BYTES {
        return Err(Wrong::TooLong);
    }
    if text.trim_start().starts_with('<') {
        return Err(Wrong::Page);
    }
    let rows = match text.contains(',') {
        true => csv::read(text, MAX_ENTRIES + 1).map_err(|wrong| match wrong {
            csv::Wrong::TooLong => Wrong::TooLong,
            csv::Wrong::Unclosed => Wrong::Empty,
        })?,
        false => {
            text.lines().filter(|line| !line.trim().is_empty()).map(|line| vec![line.to_owned()]).collect()
        }
    };
    if rows.len() > MAX_ENTRIES + 1 {
        return Err(Wrong::TooLong);
    }
    let plain = |name: &String| name.trim().trim_start_matches('#').trim().to_lowercase();
    let header: Option<Vec<String>> = rows
        .first()
        .filter(|first| first.first().is_some_and(|name| plain(name) == "domain"))
        .map(|first| first.iter().map(plain).collect());
    let place = |name: &str, otherwise: Option<usize>| match &header {
        Some(names) => names.iter().position(|known| known == name),
        None => otherwise,
    };
    let places = [
        place("domain", Some(0)),
        place("severity", Some(1)),
        place("reject_media", Some(2)),
        place("reject_reports", Some(3)),
        place("public_comment", Some(4)),
        place("obfuscate", Some(5)),
    ];
    let mut found: BTreeMap<String, Entry> = BTreeMap::new();
    let mut parsed = Parsed::default();
    for row in rows.iter().skip(usize::from(header.is_some())) {
        let text = |n: usize| {
            let place = places.get(n).copied().flatten();
            place.and_then(|at| row.get(at)).map_or("", |text| text.trim())
        };
        let name = text(0).split('#').next().unwrap_or("").trim();
        if name.is_empty() {
            continue;
        }
        let severity = if text(1).is_empty() { Some(Severity::Suspend) } else { severity(text(1)) };
        match domain(name).filter(|name| !is_ours(name)).zip(severity) {
            Some((domain, severity)) => {
                let is_true = |n| matches!(text(n).to_ascii_lowercase().as_str(), "true" | "1" | "t" | "yes");
                let comment = text(4).replace(['\t', '\r', '\n'], " ");
                let entry = Entry {
                    domain: domain.clone(),
                    severity,
                    rejects_media: is_true(2),
                    rejects_reports: is_true(3),
                    is_obfuscated: is_true(5),
                    comment: cut(&comment, blocklist::MAX_COMMENT).to_owned(),
                };
                found.insert(domain, entry);
            }
            None => {
                parsed.unreadable += 1;
                if parsed.lines.len() < SHOWN_LINES {
                    parsed.lines.push(cut(name, 100).to_owned());
                }
            }
        }
    }
    if found.is_empty() {
        return Err(Wrong::Empty);
    }
    parsed.entries = found.into_values().collect();
    Ok(parsed)
}

fn severity(text: &str) -> Option<Severity> {
    match text.to_ascii_lowercase().as_str() {
        "limit" => Some(Severity::Silence),
        "none" => Some(Severity::Noop),
        other => Severity::parse(other),
    }
}

/// A domain that a list may name: no address of a network, no special name, nothing below which names are registered.
fn domain(text: &str) -> Option<String> {
    let text = text.strip_prefix("*.").unwrap_or(text);
    let domain = normalise_domain(text)?;
    let is_taken = !domain.contains(':') && !is_registry(&domain) && is_public(&format!("https://{domain}/"));
    is_taken.then_some(domain)
}

/// The buckets of a list, some a statement.
pub fn in_statements(entries: &[Entry], make: impl Fn(&[(u32, &str)]) -> Statement) -> Vec<Statement> {
    let texts = blocklist::pack(entries);
    let numbered: Vec<(u32, &str)> = (0..).zip(&texts).map(|(n, text)| (n, text.as_str())).collect();
    numbered.chunks(TOGETHER).map(make).collect()
}

/// Stores a file of staff's for its preview.
pub async fn upload(app: &App, file: &[u8]) -> Result<std::result::Result<(Id, Parsed), Wrong>> {
    let Ok(text) = std::str::from_utf8(file) else { return Ok(Err(Wrong::Page)) };
    let parsed = match parse(text, |domain| domain_block::is_ours(app, domain)) {
        Ok(parsed) => parsed,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let id = app.new_id();
    let list = Blocklist {
        id,
        url: None,
        name: String::new(),
        max_severity: Severity::Suspend,
        state: State::Preview,
        entries: i64::try_from(parsed.entries.len()).unwrap_or(i64::MAX),
        unreadable: i64::try_from(parsed.unreadable).unwrap_or(i64::MAX),
        etag: String::new(),
        next_at: app.now(),
        refreshed_at: None,
        error: String::new(),
    };
    let mut batch = vec![store::blocklists::insert(&list, MAX_LISTS)];
    batch.extend(in_statements(&parsed.entries, |texts| store::blocklists::keep(id, texts)));
    store::write(&app.db, batch).await?;
    Ok(Ok((id, parsed)))
}

/// What a file would do.
#[derive(Debug, Default)]
pub struct Preview {
    pub unreadable: i64,
    /// By name.
    pub new: Vec<Entry>,
    /// With what is there now.
    pub changed: Vec<(Entry, DomainBlock)>,
    pub same: usize,
    /// Of those that would be suspended: what is known of them here, those with the most follows first.
    pub ties: Vec<Ties>,
    /// Some of the follows that would end.
    pub tied: Vec<Tied>,
}

/// Follows that a preview shows.
pub const SHOWN_TIES: usize = 50;

/// What a file that waits would do.
pub async fn preview(app: &App, id: Id) -> Result<Option<Preview>> {
    let (list, buckets) =
        store::load(&app.db, (store::blocklists::by_id(id), store::blocklists::buckets_of(id))).await?;
    let Some(list) = list.filter(|list| list.state == State::Preview) else { return Ok(None) };
    let mut entries: Vec<Entry> = buckets.iter().flat_map(|(_, text)| blocklist::unpack(text)).collect();
    entries.sort_by(|a, b| a.domain.cmp(&b.domain));
    let names: Vec<&str> = entries.iter().map(|entry| entry.domain.as_str()).collect();
    let existing = store::load(&app.db, store::domain_blocks::of(&names)).await?;
    let mut existing: HashMap<String, DomainBlock> =
        existing.into_iter().map(|b| (b.domain.clone(), b)).collect();
    let mut preview = Preview { unreadable: list.unreadable, ..Preview::default() };
    for entry in entries {
        match existing.remove(&entry.domain) {
            None => preview.new.push(entry),
            Some(block) if is_same(&block, &entry) && !block.is_from_lists => preview.same += 1,
            Some(block) => preview.changed.push((entry, block)),
        }
    }
    let changed = preview.changed.iter().filter(|(_, block)| block.severity != Severity::Suspend);
    let suspended: Vec<&str> = (preview.new.iter().chain(changed.map(|(entry, _)| entry)))
        .filter(|entry| entry.severity == Severity::Suspend)
        .map(|entry| entry.domain.as_str())
        .collect();
    if !suspended.is_empty() {
        let parts = (store::host_checks::ties(&suspended), store::host_checks::tied(&suspended, SHOWN_TIES));
        let (ties, tied) = store::load(&app.db, parts).await?;
        (preview.ties, preview.tied) = (ties, tied);
        preview.ties.sort_by_key(|ties| std::cmp::Reverse(ties.following + ties.followers));
    }
    Ok(Some(preview))
}

/// Whether a block is what an entry says.
pub fn is_same(block: &DomainBlock, entry: &Entry) -> bool {
    block.severity == entry.severity
        && block.rejects_media == entry.rejects_media
        && block.rejects_reports == entry.rejects_reports
        && block.is_obfuscated == entry.is_obfuscated
        && (entry.comment.is_empty() || block.comment == entry.comment)
}

/// Applies a file but for these domains, by the job. Nothing where it was applied or forgotten.
pub async fn take(app: &App, id: Id, left_out: &[String], extra: Vec<Statement>) -> Result<()> {
    let left_out: HashSet<&str> = left_out.iter().map(String::as_str).collect();
    let buckets = store::load(&app.db, store::blocklists::buckets_of(id)).await?;
    let mut entries: Vec<Entry> = buckets.iter().flat_map(|(_, text)| blocklist::unpack(text)).collect();
    entries.retain(|entry| !left_out.contains(entry.domain.as_str()));
    let texts = blocklist::pack(&entries);
    let all: Vec<(u32, &str)> = (0..)
        .zip(&texts)
        .map(|(n, text)| (n, text.as_str()))
        .filter(|(n, _)| buckets.iter().any(|(b, _)| b == n))
        .collect();
    let mut batch = store::blocklists::take_file(id, &all);
    batch.extend(extra);
    store::write(&app.db, batch).await?;
    domain_block::resume(app).await
}

/// Forgets a file that waits.
pub async fn forget(app: &App, id: Id) -> Result<()> {
    store::write(&app.db, vec![store::blocklists::delete_file(id)]).await?;
    Ok(())
}

/// Mastodon's file of all blocks.
pub async fn export(app: &App) -> Result<String> {
    let mut file = String::new();
    let names = ["#domain", "#severity", "#reject_media", "#reject_reports", "#public_comment", "#obfuscate"];
    csv::write(&mut file, &names);
    for block in store::load(&app.db, store::domain_blocks::all()).await? {
        let [media, reports, hidden] = [block.rejects_media, block.rejects_reports, block.is_obfuscated]
            .map(|flag| if flag { "true" } else { "false" });
        csv::write(
            &mut file,
            &[&block.domain, block.severity.as_str(), media, reports, &block.comment, hidden],
        );
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> std::result::Result<Parsed, Wrong> {
        parse(text, |domain| domain == "a.example")
    }

    #[test]
    fn mastodons_files_and_plain_ones() {
        let text = "#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n\
                    Bad.Example,suspend,true,TRUE,\"spam, and more\",true\nbücher.example,silence,False,False,,False\n\
                    odd.example,noop,true\nwrong.example,explode\n";
        let parsed = read(text).unwrap();
        let bad = Entry {
            domain: "bad.example".into(),
            severity: Severity::Suspend,
            rejects_media: true,
            rejects_reports: true,
            is_obfuscated: true,
            comment: "spam, and more".into(),
        };
        assert_eq!(parsed.entries.first(), Some(&bad));
        let names: Vec<_> = parsed.entries.iter().map(|e| (e.domain.as_str(), e.severity)).collect();
        assert_eq!(
            names,
            [
                ("bad.example", Severity::Suspend),
                ("odd.example", Severity::Noop),
                ("xn--bcher-kva.example", Severity::Silence)
            ]
        );
        assert_eq!((parsed.unreadable, parsed.lines), (1, vec!["wrong.example".to_owned()]));
        let plain =
            "# a list\n\nbad.example\n*.wild.example # all of it\r\nbad.example\nsocial.bad.example\n";
        let names: Vec<_> = read(plain).unwrap().entries.into_iter().map(|e| e.domain).collect();
        assert_eq!(names, ["bad.example", "social.bad.example", "wild.example"]);
    }

    #[test]
    fn hostile_lines_name_nothing() {
        let text = "com\nco.uk\nlocalhost\n127.0.0.1\n[::1]\n2130706433\na.example\nhttps://bad.example/\nb**d.example\n\
                    x y.example\n.\nb.example:8443\nok.example\n";
        let parsed = read(text).unwrap();
        assert_eq!(parsed.entries.iter().map(|e| e.domain.as_str()).collect::<Vec<_>>(), ["ok.example"]);
        assert_eq!(parsed.unreadable, 12);
        assert_eq!(read("<!doctype html><p>bad.example"), Err(Wrong::Page));
        assert_eq!(read(""), Err(Wrong::Empty));
        assert_eq!(read("# only words\n"), Err(Wrong::Empty));
        assert_eq!(read(&"x.example\n".repeat(100_000)), Err(Wrong::TooLong));
        let long: String = (0..MAX_ENTRIES + 2).map(|n| format!("d{n}.example\n")).collect();
        assert_eq!(read(&long), Err(Wrong::TooLong));
        assert_eq!(read("a,\"never closed"), Err(Wrong::Empty));
    }
}
