//! docs/api.md lists every endpoint of Mastodon's documentation as present or not, from the route table.
//! `SORI_WRITE=1 cargo nextest run coverage` writes it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

const LIST: &str = "../shared/contracts/mastodon-endpoints.tsv";

/// Normalises parameter names: `/api/v1/accounts/:account_id/lists` and `/api/v1/accounts/{id}/lists` are the
/// same.
fn shape(path: &str) -> String {
    path.split('/')
        .map(|s| if s.starts_with(':') || s.starts_with('{') { "{}" } else { s })
        .collect::<Vec<_>>()
        .join("/")
}

/// Why an absent endpoint is absent: what it will come with, or why it is not planned.
fn reason(group: &str, path: &str) -> (bool, &'static str) {
    let has = |part: &str| path.contains(part);
    match group {
        "removed" => (false, "removed by Mastodon"),
        "web-internal" => (false, "internal to Mastodon's own web page"),
        "admin" => (true, "moderation"),
        _ if has("/reports") && !has("annual") => (true, "moderation"),
        _ if has("/emails/") || has("/email_subscriptions") => (true, "e-mail"),
        _ if has("/invite/") => (true, "invitations"),
        _ if has("/annual_reports") => (false, "a ranking of people's years; nobody is ranked here"),
        _ if has("/donation_campaigns") => (false, "campaigns of Mastodon's makers"),
        _ => (true, ""),
    }
}

fn page() -> Option<String> {
    let list = std::fs::read_to_string(LIST).ok()?;
    let ours: BTreeSet<(String, String)> =
        sori::routes::all().into_iter().map(|(_, r)| (r.method.to_owned(), shape(r.pattern))).collect();
    let is_there = |methods: &str, path: &str| {
        methods.split('|').all(|m| {
            ours.contains(&(m.to_owned(), shape(path)))
                || (path.starts_with("/nodeinfo/") && ours.contains(&(m.to_owned(), "/nodeinfo/{}".into())))
        })
    };
    let (mut there, mut later, mut not_planned) = (Vec::new(), Vec::new(), Vec::new());
    for line in list.lines().skip(1) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [group, methods, path, scope, ..] = columns.as_slice() else { continue };
        let shown = methods.replace('|', ", ");
        if is_there(methods, path) {
            there.push(format!("| {shown} | `{path}` | {scope} |"));
            continue;
        }
        let (is_planned, reason) = reason(group, path);
        assert!(!reason.is_empty(), "{methods} {path} is neither there nor explained");
        // Everything that clients call is present, except what belongs to a later part.
        let is_called = matches!(*group, "must" | "deprecated-but-used");
        let is_later = reason == "moderation";
        assert!(!is_called || is_later, "apps call {methods} {path}");
        let entry = format!("| {shown} | `{path}` | {reason} |");
        if is_planned { later.push(entry) } else { not_planned.push(entry) }
    }
    let mut page = String::from(
        "# Coverage of the Mastodon API\n\nMade from the route table by `tests/native/api/coverage.rs`. What is not there \
         answers a JSON 404. The number in `api_versions.mastodon`: \
         [decision 6](decisions/0006-api-version.md).\n",
    );
    for (title, third, list) in
        [("There", "scope", there), ("Later", "with what", later), ("Not planned", "reason", not_planned)]
    {
        write!(
            page,
            "\n## {title} ({})\n\n| method | path | {third} |\n|---|---|---|\n{}\n",
            list.len(),
            list.join("\n")
        )
        .unwrap();
    }
    Some(page)
}

#[test]
fn the_coverage_page_is_up_to_date() {
    let Some(page) = page() else {
        println!("skipped: {LIST} is not here");
        return;
    };
    if std::env::var_os("SORI_WRITE").is_some() {
        std::fs::write("docs/api.md", page).unwrap();
        return;
    }
    let committed = std::fs::read_to_string("docs/api.md").unwrap_or_default();
    assert!(committed == page, "docs/api.md is stale: SORI_WRITE=1 cargo nextest run coverage");
}
