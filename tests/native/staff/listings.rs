//! What is hidden where, for whom: every listing × limit, suspend, block, mute and domain block × who reads, and that the reverse
//! act brings it back.

use std::collections::BTreeSet;

use super::listed::{Kind, World};
use crate::scene::route_of;

/// What each group of a row is about: the listing as it is, after each act, and after a block of the account or its domain was
/// lifted, which does not bring back the follow.
const ACTS: [&str; 7] = ["nothing", "limit", "suspend", "block", "mute", "domain block", "unblock"];

/// A listing: its path, a word that it contains where it shows what is acted upon (by default the name), and for each of [`ACTS`]
/// whether a stranger, somebody here without a tie, and a follower see it: `y`, `-`, or `.` where it is not for them. It begins with
/// `L` or `R` where it is about local or remote accounts alone.
type Row = (&'static str, &'static str, &'static str);

const LISTINGS: &[Row] = &[
    ("/api/v1/timelines/home?limit=40", "quagga", ".-y .-y .-- .-- .-- .-- .--"),
    ("/api/v1/timelines/home?limit=40", "impala", ".yy .yy .-- .-- .-- .-- .yy"),
    ("/api/v1/timelines/public?local=true", "quagga", "L yyy --- --- y-- y-- ... yyy"),
    ("/api/v1/timelines/public?remote=true", "quagga", "R yyy --- --- y-- y-- y-- yyy"),
    ("/api/v1/timelines/public", "quagga", "yyy --- --- y-- y-- y-- yyy"),
    ("/api/v1/timelines/tag/fern", "quagga", "yyy --- --- y-- y-- y-- yyy"),
    ("/api/v1/timelines/link?url=https%3A%2F%2Fx.example%2Fa", "quagga", "yyy --- --- y-- y-- y-- yyy"),
    ("/api/v1/timelines/list/<list>", "quagga", ".-y .-y .-- .-- .-- .-- .--"),
    ("/api/v1/timelines/direct", "eland", ".yy .yy .-- .-- .-- .yy .yy"),
    ("/api/v1/conversations", "eland", ".yy .yy .-- .-- .-- .yy .yy"),
    ("/api/v2/search?q=quagga&type=statuses", "quagga", "-yy --y --- --- --- --- -yy"),
    ("/api/v2/search?q=okap&type=accounts", "", "yyy --y --- yyy yyy yyy yyy"),
    ("/api/v2/search?q=them&type=accounts", "", "yyy yyy --- yyy yyy yyy yyy"),
    ("/api/v2/search?q=them%40<host>&type=accounts", "", "yyy yyy --- yyy yyy yyy yyy"),
    ("/api/v1/accounts/search?q=okap", "", ".yy .-y .-- .yy .yy .yy .yy"),
    ("/api/v1/accounts/lookup?acct=<address>", "", "yyy yyy --- yyy yyy yyy yyy"),
    ("/api/v1/accounts?id[]=<them>", "", "yyy yyy --- yyy yyy yyy yyy"),
    ("/api/v1/accounts/<them>", "", "yyy yyy --- yyy yyy yyy yyy"),
    ("/api/v1/accounts/<them>/statuses", "quagga", "yyy yyy --- yyy yyy yyy yyy"),
    ("/api/v1/accounts/<bob>/statuses", "impala", "yyy yyy --- y-- y-- y-- yyy"),
    ("/api/v1/accounts/<bob>/followers", "", "yyy yyy --- y-- y-- yyy yyy"),
    ("/api/v1/accounts/<bob>/following", "", "yyy yyy --- y-- y-- yyy yyy"),
    ("/api/v1/accounts/<alice>/endorsements", "", "yyy yyy --- --- yyy --- ---"),
    ("/api/v1/endorsements", "", ".-y .-y .-- .-- .-y .-- .--"),
    ("/api/v1/accounts/familiar_followers?id[]=<bob>", "", ".-y .-y .-- .-- .-y .-- .--"),
    ("/api/v1/lists/<list>/accounts", "", ".-y .-y .-- .-- .-y .-- .--"),
    ("/api/v1/collections/<collection>", "", "L yyy yyy --- yyy yyy ... yyy"),
    ("/api/v1/statuses/<post>", "quagga", "yyy yyy --- yyy yyy yyy yyy"),
    ("/api/v1/statuses?id[]=<post>", "quagga", "yyy yyy --- yyy yyy yyy yyy"),
    ("/api/v1/statuses/<root>/context", "kudu", "yyy --y --- y-- y-- y-- yyy"),
    ("/api/v1/statuses/<answer>/context", "quagga", "yyy --y --- y-- y-- y-- yyy"),
    ("/api/v1/statuses/<post>/history", "quagga", "yyy yyy --- yyy yyy yyy yyy"),
    ("/api/v1/statuses/<root>/favourited_by", "", "yyy yyy --- y-- y-- yyy yyy"),
    ("/api/v1/statuses/<root>/reblogged_by", "", "yyy yyy --- y-- y-- yyy yyy"),
    ("/api/v1/statuses/<root>/quotes", "gnu", "L .yy .yy .-- .-- .-- ... .yy"),
    ("/api/v1/pleroma/statuses/<root>/reactions", "", "yyy yyy --- y-- y-- yyy yyy"),
    ("/api/v1/pleroma/statuses/<root>/reactions/%F0%9F%8E%89", "", "yyy yyy --- y-- y-- yyy yyy"),
    ("/api/v1/bookmarks", "quagga", ".yy .yy .-- .yy .yy .yy .yy"),
    ("/api/v1/favourites", "quagga", ".yy .yy .-- .yy .yy .yy .yy"),
    ("/api/v1/notifications", "oryx", ".yy .yy .-- .-- .yy .-- .--"),
    ("/api/v2/notifications", "oryx", ".yy .yy .-- .-- .yy .-- .--"),
    ("/api/v1/notifications?include_filtered=true", "oryx", ".yy .yy .-- .-- .yy .-- .--"),
    ("/api/v1/notifications/requests", "", ".y- .y- .-- .-- .y- .-- .--"),
    ("/api/v1/suggestions", "", ".y- .-- .-- .-- .-- .-- .yy"),
    ("/api/v2/suggestions", "", ".y- .-- .-- .-- .-- .-- .yy"),
    ("/api/v1/directory?local=<local>", "", "yyy --- --- y-- y-- y-- yyy"),
    ("/api/v1/trends/statuses", "quagga", "yyy --- --- y-- y-- y-- yyy"),
    ("/home", "quagga", ".-y .-y .-- .-- .-- .-- .--"),
    ("/home", "impala", ".yy .yy .-- .-- .-- .-- .yy"),
    ("/public/local", "quagga", "L yyy --- --- y-- y-- ... yyy"),
    ("/public", "quagga", "yyy --- --- y-- y-- y-- yyy"),
    ("/explore", "quagga", "yyy --- --- y-- y-- y-- yyy"),
    ("/directory", "", "L yyy --- --- yyy yyy ... yyy"),
    ("/sitemap.xml", "@them", "L yyy --- --- yyy yyy ... yyy"),
    ("/", "quagga", "L yyy --- --- y-- y-- ... yyy"),
    ("/tags/fern", "quagga", "yyy --- --- y-- y-- y-- yyy"),
    ("/tags/fern.rss", "quagga", "L yyy --- --- yyy yyy ... yyy"),
    ("/tags/fern.atom", "quagga", "L yyy --- --- yyy yyy ... yyy"),
    ("/tags/fern.feed.json", "quagga", "L yyy --- --- yyy yyy ... yyy"),
    ("/links?url=https%3A%2F%2Fx.example%2Fa", "quagga", "yyy --- --- y-- y-- y-- yyy"),
    ("/lists/<list>", "quagga", ".-y .-y .-- .-- .-- .-- .--"),
    ("/conversations", "eland", ".yy .yy .-- .-- .-- .yy .yy"),
    ("/search?q=quagga", "class=\"status\"", ".yy .-y .-- .-- .-- .-- .yy"),
    ("/search?q=okap", "", ".yy .-y .-- .yy .yy .yy .yy"),
    ("/notifications", "oryx", ".yy .yy .-- .-- .yy .-- .--"),
    ("/notifications/requests", "", ".y- .y- .-- .-- .y- .-- .--"),
    ("/bookmarks", "quagga", ".yy .yy .-- .yy .yy .yy .yy"),
    ("/favourites", "quagga", ".yy .yy .-- .yy .yy .yy .yy"),
    ("/@bob", "impala", "yyy yyy --- y-- y-- y-- yyy"),
    ("/@bob/followers", "", "yyy yyy --- y-- y-- yyy yyy"),
    ("/@bob/following", "", "yyy yyy --- y-- y-- yyy yyy"),
    ("/@alice", "@<address>\"", "yyy yyy --- --- yyy --- ---"),
    ("/@bob/<root>", "kudu", "yyy --y --- y-- y-- y-- yyy"),
    ("/@bob/<answer>", "quagga", "yyy --y --- y-- y-- y-- yyy"),
    ("/@bob/<root>/favourites", "", "yyy yyy --- y-- y-- yyy yyy"),
    ("/@bob/<root>/reblogs", "", "yyy yyy --- y-- y-- yyy yyy"),
    ("/@bob/<root>/quotes", "gnu", "L yyy yyy --- y-- y-- ... yyy"),
    ("/collections/<collection>", "", "L yyy yyy --- yyy yyy ... yyy"),
    ("/@<address>", "quagga", "L yyy yyy --- yyy yyy ... yyy"),
    ("/@<address>", "quagga", "R .yy .yy --- .yy .yy .yy .yy"),
    ("/@<address>", "hidden by the moderators", "L --- yy- --- --- --- ... ---"),
    ("/@<address>", "hidden by the moderators", "R .-- .y- --- .-- .-- .-- .--"),
    ("/@<address>/<post>", "quagga", "L yyy yyy --- yyy yyy ... yyy"),
    ("/@<address>/<post>", "quagga", "R -yy -yy --- -yy -yy -yy -yy"),
    ("/@them.rss", "quagga", "L yyy yyy --- yyy yyy ... yyy"),
    ("/@them/<post>/embed", "quagga", "L yyy yyy --- yyy yyy ... yyy"),
    ("/welcome/people", "", ".y- .-- .-- .-- .-- .-- .yy"),
];

/// Routes of the client API that show neither statuses nor accounts nor notifications of others in a list, and why.
const OTHERS: &[(&str, &[&str])] = &[
    (
        "about the server",
        &[
            "/api/v1/instance",
            "/api/v2/instance",
            "/api/v1/instance/rules",
            "/api/v1/instance/peers",
            "/api/v1/instance/activity",
            "/api/v1/instance/extended_description",
            "/api/v1/instance/privacy_policy",
            "/api/v1/instance/terms_of_service",
            "/api/v1/instance/terms_of_service/{date}",
            "/api/v1/instance/translation_languages",
            "/api/v1/instance/languages",
            "/api/v1/instance/domain_blocks",
            "/api/v1/peers/search",
            "/api/v1/custom_emojis",
            "/api/v1/announcements",
            "/api/v1/sori/domains",
        ],
    ),
    (
        "the viewer's own settings and things",
        &[
            "/api/v1/preferences",
            "/api/v1/push/subscription",
            "/api/v1/profile",
            "/api/v1/markers",
            "/api/v1/media/{id}",
            "/api/v1/accounts/verify_credentials",
            "/api/v1/domain_blocks",
            "/api/v1/featured_tags",
            "/api/v1/featured_tags/suggestions",
            "/api/v1/followed_tags",
            "/api/v1/lists",
            "/api/v1/lists/{id}",
            "/api/v1/accounts/{id}/lists",
            "/api/v1/filters",
            "/api/v1/filters/{id}",
            "/api/v2/filters",
            "/api/v2/filters/{id}",
            "/api/v2/filters/{filter_id}/keywords",
            "/api/v2/filters/keywords/{id}",
            "/api/v2/filters/{filter_id}/statuses",
            "/api/v2/filters/statuses/{id}",
            "/api/v1/scheduled_statuses",
            "/api/v1/scheduled_statuses/{id}",
            "/api/v1/statuses/{id}/source",
            "/api/v1/mutes",
            "/api/v1/blocks",
            "/api/v1/follow_requests",
            // Of the viewer alone.
            "/api/v1/accounts/{account_id}/in_collections",
        ],
    ),
    (
        "one thing that was asked for, as its entity in the lists",
        &[
            "/api/v1/polls/{id}",
            "/api/v1/notifications/{id}",
            "/api/v1/notifications/requests/{id}",
            "/api/v2/notifications/{group_key}",
            "/api/v2/notifications/{group_key}/accounts",
            "/api/v1/accounts/relationships",
            "/api/v1/accounts/{id}/identity_proofs",
        ],
    ),
    (
        "numbers and names that are nobody's",
        &[
            "/api/v1/trends",
            "/api/v1/trends/tags",
            "/api/v1/trends/links",
            "/api/v1/tags/{name}",
            "/api/v1/accounts/{id}/featured_tags",
            "/api/v1/accounts/{account_id}/collections",
            "/api/v1/notifications/policy",
            "/api/v2/notifications/policy",
            "/api/v1/notifications/unread_count",
            "/api/v2/notifications/unread_count",
            "/api/v1/notifications/requests/merged",
            "/api/v1/domain_blocks/preview",
            "/api/v1/apps/verify_credentials",
            "/api/v1/emails/check_confirmation",
        ],
    ),
];

#[test]
fn every_route_of_the_api_is_in_the_table_or_is_no_listing() {
    let listed: BTreeSet<&str> = LISTINGS.iter().filter_map(|row| route_of("GET", row.0)).collect();
    let other: BTreeSet<&str> = OTHERS.iter().flat_map(|(_, all)| all.iter().copied()).collect();
    let routes = sori::routes::all();
    let of_api = |path: &&str| path.starts_with("/api/v1/") || path.starts_with("/api/v2/");
    let gets: BTreeSet<&str> =
        routes.iter().filter(|(_, r)| r.method == "GET").map(|(_, r)| r.pattern).filter(of_api).collect();
    let known: BTreeSet<&str> = listed.union(&other).copied().collect();
    let missing: Vec<_> = gets.difference(&known).filter(|path| !is_special(path)).collect();
    assert!(missing.is_empty(), "neither in LISTINGS nor in OTHERS: {missing:#?}");
    let gone: Vec<_> = other.difference(&gets).collect();
    assert!(gone.is_empty(), "not routes: {gone:#?}");
    let twice: Vec<_> = listed.intersection(&other).collect();
    assert!(twice.is_empty(), "in both: {twice:#?}");
}

/// What is for staff and for streams has tests of its own.
fn is_special(path: &str) -> bool {
    path.starts_with("/api/v1/admin/")
        || path.starts_with("/api/v2/admin/")
        || path.starts_with("/api/v1/streaming")
}

/// The rows about accounts of this kind.
fn rows(kind: Kind) -> impl Iterator<Item = &'static Row> {
    let other = if kind == Kind::Local { "R " } else { "L " };
    LISTINGS.iter().filter(move |row| !row.2.starts_with(other))
}

/// What a row says of an act.
fn expected(row: &Row, act: &str) -> String {
    let at = ACTS.iter().position(|known| *known == act).expect("an act");
    let mut groups = row.2.trim_start_matches(['L', 'R']).split_whitespace();
    groups.nth(at).expect("a group for each act").to_owned()
}

/// Compares all rows, so that one run shows everything that is otherwise.
fn compare(
    kind: Kind,
    what: &str,
    found: &[String],
    expected: impl Fn(usize, &Row) -> String,
) -> Vec<String> {
    let both = rows(kind).enumerate().zip(found);
    let wrong = both.filter(|((n, row), found)| expected(*n, row) != **found);
    wrong
        .map(|((n, row), found)| {
            format!("{what}: {} {}: {found} instead of {}", row.0, row.1, expected(n, row))
        })
        .collect()
}

/// What shows whom an account follows: a suspended one of another server follows nobody here any more.
const OF_FOLLOWS: [&str; 3] =
    ["/api/v1/accounts/<bob>/followers", "/api/v1/accounts/familiar_followers?id[]=<bob>", "/@bob/followers"];

fn check(kind: Kind, act: &str) {
    let world = World::new(kind);
    let asked = || rows(kind).map(|(path, word, _)| (*path, *word));
    let before = world.all(asked());
    let mut wrong = compare(kind, "before", &before, |_, row| expected(row, "nothing"));
    world.act(act, false);
    wrong.extend(compare(kind, act, &world.all(asked()), |_, row| expected(row, act)));
    world.act(act, true);
    let is_severed = |row: &Row| kind == Kind::Remote && act == "suspend" && OF_FOLLOWS.contains(&row.0);
    let after = world.all(asked());
    wrong.extend(compare(kind, "after it", &after, |n, row| match act {
        // What a block severed is not mended.
        "block" | "domain block" => expected(row, "unblock"),
        _ if is_severed(row) => expected(row, "suspend"),
        _ => before[n].clone(),
    }));
    assert!(wrong.is_empty(), "{kind:?}\n{}", wrong.join("\n"));
}

fn check_both(act: &str) {
    check(Kind::Local, act);
    check(Kind::Remote, act);
}

#[test]
fn limiting_hides_from_all_but_followers_and_lifting_it_shows() {
    check_both("limit");
}

#[test]
fn a_suspension_hides_everywhere_and_lifting_it_shows() {
    check_both("suspend");
}

#[test]
fn a_block_hides_from_who_blocks_and_unblocking_shows() {
    check_both("block");
}

#[test]
fn a_mute_hides_from_who_mutes_and_unmuting_shows() {
    check_both("mute");
}

#[test]
fn a_blocked_domain_hides_from_who_blocks_it_and_unblocking_shows() {
    check(Kind::Remote, "domain block");
}
