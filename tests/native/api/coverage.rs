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
    // One route has all acts that take something back.
    let is_lift = |path: &str| {
        path.rsplit_once('/').is_some_and(|(of, last)| {
            of == "/api/v1/admin/accounts/:id" && sori::model::strike::Lift::parse(last).is_some()
        })
    };
    let is_there = |methods: &str, path: &str| {
        if is_lift(path) {
            return ours.contains(&(methods.to_owned(), "/api/v1/admin/accounts/{}/{}".into()));
        }
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
    page.push_str(&notes());
    Some(page)
}

/// What of the numbers of staff is there, and why the rest is not.
fn notes() -> String {
    const LEFT_OUT: [(&str, &str); 3] = [
        ("`instance_media_attachments` (measures)", "files of other servers are not stored, but passed on"),
        (
            "a key with more rows than can be counted",
            "3,000 of people, reports and posts of people here, 2,000 of a hashtag or a server; of a period that is too long for them the one before is left out first",
        ),
        (
            "`tag_…` and `instance_…` without their `id` or `domain`, or with the id of an unknown hashtag",
            "ids follow from names, and are known of hashtags that trend, that have settings, or that are in the newest 1,000 posts",
        ),
    ];
    const MEANT: [(&str, &str); 7] = [
        (
            "`active_users`, `languages`, retention",
            "who used an app, signed in or opened a page on a day, of people who are still here; kept for 416 days",
        ),
        (
            "`interactions`",
            "favourites, boosts and replies that people here were told of, counted once the day has ended, before which notifications may be cleared; a day that was not counted is left out",
        ),
        ("`tag_…`", "public posts that are stored here: old ones of other servers are removed in time"),
        (
            "`instance_…`",
            "by the domain of handles, without its subdomains; totals are of all that is stored",
        ),
        (
            "`servers`",
            "the 200 servers with the most posts of each day, of days that have ended; none of a day with more than 20,000 posts",
        ),
        ("`space_usage`", "the database as D1 tells its size, and uploaded files, of at most 3,000"),
        ("periods", "at most the last 90 days of measures and dimensions, 31 days or 366 of retention"),
    ];
    let mut text = String::from(
        "\n## Numbers of staff\n\nMeasures, dimensions and retention are counted from what is stored. Left out of the answer:\n\n| what | why |\n|---|---|\n",
    );
    for (what, why) in LEFT_OUT {
        writeln!(text, "| {what} | {why} |").unwrap();
    }
    text.push_str("\nWhat the others mean here:\n\n| key | meaning |\n|---|---|\n");
    for (what, why) in MEANT {
        writeln!(text, "| {what} | {why} |").unwrap();
    }
    text
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
