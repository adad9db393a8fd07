//! What anonymous requests may cost: every route that answers without a token, with every combination of its
//! parameters, on a large database of which little or nothing matches. No request may be much more expensive
//! than the others.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use sori::http::handler::Access;
use sori::http::request::Request;
use sori::model::id::Id;

use crate::support::app::{DAY, NOW, TestApp};
use crate::support::scene::{Scene, route_of};

/// Rows that any request may read …
const MAX: u64 = 200;
/// … and for each item in its response, where that is more.
const FOR_EACH: u64 = 8;

/// A path with its parameters: one alternative of each list, in every combination. `<name>` is filled in.
type Call = (&'static str, &'static [&'static [&'static str]]);

const LIMITS: &[&str] = &["", "limit=40"];
const CURSORS: &[&str] = &["", "max_id=<middle>", "min_id=1"];

const CALLS: &[Call] = &[
    (
        "/api/v1/timelines/public",
        &[&["", "local=true", "remote=true"], &["", "only_media=true"], CURSORS, LIMITS],
    ),
    (
        "/api/v1/timelines/tag/fern",
        &[
            &["", "local=true", "remote=true"],
            &["", "only_media=true"],
            &["", "any[]=t1&any[]=t2&any[]=t3&any[]=t4"],
            &["", "all[]=t1&all[]=t2&all[]=t3&all[]=t4"],
            &["", "none[]=t5&none[]=t6&none[]=t7&none[]=t8"],
            CURSORS,
        ],
    ),
    ("/api/v1/timelines/tag/fern", &[LIMITS]),
    ("/api/v1/timelines/link?url=https%3A%2F%2Fx.example%2Fa", &[CURSORS, LIMITS]),
    (
        "/api/v1/accounts/<bob>/statuses",
        &[
            &["", "only_media=true"],
            &["", "exclude_replies=true"],
            &["", "exclude_reblogs=true"],
            &["", "exclude_direct=true"],
            &["", "tagged=fern", "tagged=nothing"],
            &["", "pinned=true"],
            CURSORS,
        ],
    ),
    ("/api/v1/accounts/<bob>/statuses", &[LIMITS]),
    ("/api/v1/accounts/<bob>", &[]),
    ("/api/v1/accounts?id[]=<bob>&id[]=<me>", &[]),
    ("/api/v1/accounts/lookup?acct=bob", &[]),
    ("/sign_up?invite=x", &[]),
    ("/api/v1/accounts/<me>/followers", &[CURSORS, LIMITS]),
    ("/api/v1/accounts/<me>/following", &[CURSORS, LIMITS]),
    ("/api/v1/accounts/<bob>/featured_tags", &[]),
    ("/api/v1/accounts/<me>/endorsements", &[CURSORS, LIMITS]),
    ("/api/v1/accounts/<me>/collections", &[LIMITS]),
    ("/api/v1/collections/<collection>", &[]),
    ("/api/v1_alpha/accounts/<me>/collections", &[]),
    ("/api/v1_alpha/collections/<collection>", &[]),
    (
        "/api/v1/directory",
        &[&["", "local=true"], &["", "order=active", "order=new"], LIMITS, &["", "offset=300"]],
    ),
    ("/api/v1/statuses/<post>", &[]),
    ("/api/v1/statuses?id[]=<post>&id[]=<quote>", &[]),
    ("/api/v1/statuses/<post>/context", &[]),
    ("/api/v1/statuses/<leaf>/context", &[]),
    ("/api/v1/statuses/<post>/history", &[]),
    ("/api/v1/statuses/<post>/favourited_by", &[CURSORS, LIMITS]),
    ("/api/v1/statuses/<post>/reblogged_by", &[CURSORS, LIMITS]),
    ("/api/v1/pleroma/statuses/<post>/reactions", &[]),
    ("/api/v1/pleroma/statuses/<post>/reactions/%F0%9F%8E%89", &[]),
    ("/api/v1/polls/<poll>", &[]),
    ("/api/v1/tags/fern", &[]),
    ("/api/v1/trends", &[LIMITS, &["", "offset=20"]]),
    ("/api/v1/trends/tags", &[LIMITS, &["", "offset=20"]]),
    ("/api/v1/trends/statuses", &[LIMITS, &["", "offset=20"]]),
    ("/api/v1/trends/links", &[LIMITS, &["", "offset=20"]]),
    (
        "/api/v2/search",
        &[
            &[
                "q=fe",
                "q=fern",
                "q=%23fe",
                "q=f",
                "q=example",
                "q=u1+example",
                "q=https%3A%2F%2Fb.example%2Fu1",
            ],
            &["", "type=accounts", "type=hashtags", "type=statuses"],
            LIMITS,
        ],
    ),
    ("/api/oembed?url=<url>", &[]),
    ("/api/v1/instance", &[]),
    ("/api/v2/instance", &[]),
    ("/api/v1/instance/rules", &[]),
    ("/api/v1/instance/activity", &[]),
    ("/api/v1/instance/peers", &[]),
    ("/api/v1/peers/search?q=s1", &[LIMITS]),
    ("/api/v1/instance/extended_description", &[]),
    ("/api/v1/instance/privacy_policy", &[]),
    ("/api/v1/instance/terms_of_service", &[]),
    ("/api/v1/instance/terms_of_service/<today>", &[]),
    ("/api/v1/instance/translation_languages", &[]),
    ("/api/v1/instance/languages", &[]),
    ("/health", &[]),
    ("/avatars/missing.png", &[]),
    ("/headers/missing.png", &[]),
    ("/.well-known/webfinger?resource=acct:bob@a.example", &[]),
    ("/.well-known/host-meta", &[]),
    ("/.well-known/nodeinfo", &[]),
    ("/.well-known/oauth-authorization-server", &[]),
    ("/nodeinfo/2.0", &[]),
    ("/actor", &[]),
    ("/actor/outbox", &[]),
    ("/users/alice", &[]),
    ("/users/bob/outbox", &[&["", "page=true", "page=true&max_id=<middle>", "page=true&min_id=0"]]),
    ("/users/alice/followers", &[&["", "page=1", "page=1&max_id=<middle>", "page=1&min_id=1"]]),
    ("/users/alice/following", &[&["", "page=1", "page=1&max_id=<middle>", "page=1&min_id=1"]]),
    ("/users/alice/collections/featured", &[]),
    ("/users/bob/collections/tags", &[]),
    ("/users/alice/statuses/<post>", &[]),
    ("/users/alice/statuses/<post>/activity", &[]),
    (
        "/users/alice/statuses/<post>/replies",
        &[&["", "page=true"], &["", "only_other_accounts=true"], &["", "min_id=<middle>"]],
    ),
    ("/users/alice/statuses/<post>/likes", &[]),
    ("/users/alice/statuses/<post>/shares", &[]),
    ("/users/alice/statuses/<post>/context", &[&["", "page=true"], &["", "min_id=<middle>"]]),
    ("/emojis/fern", &[]),
    ("/", &[]),
    ("/about", &[]),
    ("/privacy-policy", &[]),
    ("/favicon.svg", &[]),
    ("/robots.txt", &[]),
    ("/sitemap.xml", &[]),
    ("/manifest.webmanifest", &[]),
    ("/setup", &[]),
    ("/sign_in", &[]),
    ("/@bob", &[&["", "max_id=<middle>"]]),
    ("/@bob/with_replies", &[&["", "max_id=<middle>"]]),
    ("/@alice/<post>/favourites", &[]),
    ("/@alice/<post>/reblogs", &[]),
    ("/@alice/<post>/edits", &[]),
    ("/@alice/<post>/quotes", &[]),
    ("/@alice/followers", &[&["", "max_id=<middle>"]]),
    ("/@alice/following", &[&["", "max_id=<middle>"]]),
    ("/@bob/media", &[&["", "max_id=<middle>"]]),
    ("/explore", &[]),
    ("/public", &[&["", "max_id=<middle>"]]),
    ("/public/local", &[&["", "max_id=<middle>"]]),
    ("/directory", &[]),
    ("/@bob.rss", &[]),
    ("/@alice.atom", &[]),
    ("/@alice.feed.json", &[]),
    ("/@bob/with_replies.rss", &[]),
    ("/@bob/with_replies.atom", &[]),
    ("/@bob/with_replies.feed.json", &[]),
    ("/tags/fern.rss", &[]),
    ("/tags/heather.atom", &[]),
    ("/tags/fern.feed.json", &[]),
    ("/lists/feedkey.rss", &[]),
    ("/lists/feedkey.atom", &[]),
    ("/lists/feedkey.feed.json", &[]),
    ("/@alice/tagged/fern", &[]),
    ("/guide", &[]),
    ("/tags/fern", &[]),
    ("/@alice/<post>", &[]),
    ("/@alice/<post>/embed", &[]),
    ("/links?url=https%3A%2F%2Fx.example%2Fa", &[&["", "max_id=<middle>"]]),
    ("/collections/101", &[]),
];

/// Routes without the bound, and why.
const REASONS: &[(&str, &str)] = &[
    ("/media/{name}", "reads no row: the path says all"),
    (
        "/proxy/{mac}/{url}",
        "reads a row for each block of its host, once a minute; without our tag it is a 404",
    ),
    ("/api/v1/custom_emojis", "the operator's own list, whole, at most 1,000 rows, as apps need it"),
    ("/api/v1/instance/domain_blocks", "the operator's own list, whole"),
    ("/api/v1/instance/identity_proofs", "always empty"),
    ("/users/{username}/followers_synchronization", "for signed requests only"),
    ("/users/{username}/follows/{id}", "one row by its id"),
    ("/users/{username}/stamps/{id}", "one row by its id"),
    ("/api/v1/streaming/health", "reads no row"),
    ("/api/v1/streaming/{other}", "reads no row"),
    ("/api/v1/streaming/{other}/{more}", "reads no row"),
    ("/oauth/authorize", "a page for who is signed in"),
    ("/reset", "a form, without the database"),
    ("/reset/{token}", "one person's rows by the hash of a token, or none"),
    ("/sign_in/code", "a redirect"),
    ("/sign_in/passkey", "a redirect"),
    ("/settings/security", "a page for who is signed in"),
    ("/settings/reset", "a page for who is signed in"),
    ("/settings/relays", "a page for who is signed in"),
    ("/settings/applications", "a page for who is signed in"),
    ("/settings/invites", "a page for who is signed in"),
    ("/settings/sign-up-rules", "a page for who is signed in"),
    ("/settings/spam", "a page for who is signed in"),
    ("/settings/held", "a page for who is signed in"),
    ("/confirm/{token}", "one row by its id"),
    ("/invite/{code}", "one row by its code"),
    ("/settings/old-posts", "a page for who is signed in"),
    ("/settings/admin", "a page for who is signed in"),
    ("/settings/people", "a page for who is signed in"),
    ("/settings/people/{id}", "a page for who is signed in"),
    ("/settings/reports", "a page for who is signed in"),
    ("/settings/reports/{id}", "a page for who is signed in"),
    ("/settings/appeals", "a page for who is signed in"),
    ("/settings/audit", "a page for who is signed in"),
    ("/settings/trends", "a page for who is signed in"),
    ("/settings/roles", "a page for who is signed in"),
    ("/settings/announcements", "a page for who is signed in"),
    ("/settings/announcements/{id}", "a page for who is signed in"),
    ("/settings/templates", "a page for who is signed in"),
    ("/settings/templates/{id}", "a page for who is signed in"),
    ("/settings/rules", "a page for who is signed in"),
    ("/settings/rules/{id}", "a page for who is signed in"),
    ("/settings/strikes", "a page for who is signed in"),
    ("/settings/strikes/{id}", "a page for who is signed in"),
    ("/settings/servers", "a page for who is signed in"),
    ("/settings/servers/{domain}", "a page for who is signed in"),
    ("/settings/blocklists", "a page for who is signed in"),
    ("/settings/blocklists/import", "a page for who is signed in"),
    ("/settings/severed", "a page for who is signed in"),
    ("/settings/severed/{file}", "a file for who is signed in"),
    ("/settings/doctor", "a page for who is signed in"),
    ("/settings/domains", "a page for who is signed in"),
    ("/settings/domains/{domain}", "a page for who is signed in"),
    ("/settings", "a page for who is signed in"),
    ("/terms-of-service", "as /privacy-policy"),
    ("/terms-of-service/{date}", "as /privacy-policy"),
    ("/privacy-policy/{date}", "as /privacy-policy"),
    ("/settings/terms", "a page for who is signed in"),
    ("/compose", "a page for who is signed in"),
    ("/share", "a redirect"),
    ("/report", "a page for who is signed in"),
    ("/scheduled", "a page for who is signed in"),
    ("/interact", "a form"),
    ("/authorize_interaction", "a redirect"),
    ("/menu", "a page for who is signed in"),
    ("/home", "a page for who is signed in"),
    ("/notifications", "a page for who is signed in"),
    ("/notifications/requests", "a page for who is signed in"),
    ("/follow_requests", "a page for who is signed in"),
    ("/conversations", "a page for who is signed in"),
    ("/settings/profile", "a page for who is signed in"),
    ("/settings/preferences", "a page for who is signed in"),
    ("/settings/muted", "a page for who is signed in"),
    ("/settings/appearance", "a page for who is signed in"),
    ("/settings/notifications", "a page for who is signed in"),
    ("/settings/sessions", "a page for who is signed in"),
    ("/settings/branding", "a page for who is signed in"),
    ("/css/{name}", "reads no row: what an isolate knows of the site"),
    ("/favourites", "a page for who is signed in"),
    ("/bookmarks", "a page for who is signed in"),
    ("/search", "a page for who is signed in"),
    ("/lists", "a page for who is signed in"),
    ("/lists/{id}", "a page for who is signed in"),
    ("/lists/{id}/edit", "a page for who is signed in"),
    ("/followed_tags", "a page for who is signed in"),
    ("/settings/filters", "a page for who is signed in"),
    ("/settings/filters/{id}", "a page for who is signed in"),
    ("/collections", "a page for who is signed in"),
    ("/collections/{id}/edit", "a page for who is signed in"),
    ("/welcome/people", "a page for who is signed in"),
    ("/welcome/app", "a page for who is signed in"),
    ("/settings/identities", "a page for who is signed in"),
    ("/settings/site", "a page for who is signed in"),
    ("/settings/email", "a page for who is signed in"),
    ("/settings/email/{token}", "a page for who is signed in"),
    ("/settings/password", "a page for who is signed in"),
    ("/settings/usage", "a page for who is signed in"),
    ("/settings/emojis", "a page for who is signed in"),
    ("/settings/migration", "a page for who is signed in"),
    ("/settings/import", "a page for who is signed in"),
    ("/settings/import/{file}", "a file for who is signed in"),
    ("/settings/export", "a page for who is signed in"),
    ("/settings/export/{file}", "a file for who is signed in"),
    ("/settings/takeout", "a page for who is signed in"),
    ("/settings/takeout/{file}", "a file for who is signed in"),
    ("/settings/list-feeds", "a page for who is signed in"),
    ("/settings/delete", "a page for who is signed in"),
    ("/settings/archive", "a page for who is signed in"),
];

/// A large database: 50,000 remote statuses, the newest of them not public; a local account that only replies
/// and boosts; a status with thousands of replies, boosts and favourites; accounts with thousands of follows;
/// hashtags and links without a public status.
fn large_instance() -> (Scene, BTreeMap<&'static str, String>) {
    let scene = Scene::new();
    let base = Id::at(NOW - 90 * DAY, 0).0;
    let step = (Id::at(NOW, 0).0 - base) / 50_010;
    let numbers = |most: u32| {
        format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most})")
    };
    let status = "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, in_reply_to_id, in_reply_to_account_id, reblog_of_id, content, created_at, conversation)";
    let many = |most: u32, rest: &str| format!("{} {rest};\n", numbers(most));
    let sql = [
        // `WITH` comes before INSERT.
        many(5000, "INSERT INTO accounts (id, username, domain, uri, url, is_discoverable, created_at) SELECT i, 'u' || i, 'b.example', 'https://b.example/u' || i, 'x', 1, 0 FROM n"),
        many(50_000, &format!("{status} SELECT {base} + i * {step}, 'https://b.example/s' || i, 'x', 1 + i % 5000, 0, CASE WHEN i > 30000 THEN 2 ELSE 0 END, NULL, NULL, NULL, 'x', 0, NULL FROM n")),
        // Bob: a boost, then two replies, repeated.
        many(6000, &format!("{status} SELECT {base} + i * 8 * {step} + 1, 'https://a.example/users/bob/statuses/b' || i, 'x', <bob>, 1, 0, NULL, CASE WHEN i % 3 THEN 7 END, CASE WHEN i % 3 THEN NULL ELSE {base} + i * {step} END, 'x', 0, NULL FROM n")),
        // Every account replies to, boosts and favourites alice's post; half of them are local.
        many(4000, &format!("{status} SELECT {base} + i * 8 * {step} + 2, 'https://b.example/r' || i, 'x', i, 0, i % 2 * 2, <post>, <me>, NULL, 'x', 0, 'https://a.example/c' FROM n")),
        many(4000, &format!("{status} SELECT {base} + i * 8 * {step} + 3, 'https://b.example/a' || i, 'x', i, 0, i % 2 * 2, NULL, NULL, <post>, '', 0, NULL FROM n")),
        many(4000, &format!("INSERT INTO favourites (status_id, account_id, id, uri) SELECT <post>, i, {base} + i * {step}, 'https://b.example/l' || i FROM n")),
        many(1000, "INSERT INTO reactions (status_id, account_id, name, id, uri) SELECT <post>, i, '🎉', i, 'https://b.example/e' || i FROM n"),
        "UPDATE statuses SET quote_of_id = <post>, quote_state = 'accepted' WHERE id IN (SELECT id FROM statuses WHERE id <> <post> AND visibility = 0 AND reblog_of_id IS NULL ORDER BY id DESC LIMIT 200);\n".to_owned(),
        many(300, "INSERT INTO status_edits (status_id, created_at, content, spoiler_text, is_sensitive, media) SELECT <post>, i, 'x', '', 0, '[]' FROM n"),
        // A thread of 2,000, each a reply to the one before.
        many(2000, &format!("{status} SELECT {base} + i * {step} + 4, 'https://b.example/t' || i, 'x', 9, 0, 0, CASE WHEN i > 1 THEN {base} + (i - 1) * {step} + 4 END, 9, NULL, 'x', 0, NULL FROM n")),
        many(4000, &format!("INSERT INTO follows (account_id, target_id, id, uri) SELECT <me>, i, {base} + i * {step}, 'https://a.example/f' || i FROM n")),
        many(4000, &format!("INSERT INTO follows (account_id, target_id, id, uri) SELECT i, <me>, {base} + i * {step} + 1, 'https://b.example/f' || i FROM n")),
        many(2000, &format!("INSERT INTO endorsements (account_id, target_id, id) SELECT <me>, i, {base} + i * {step} FROM n")),
        // Hashtags and links of statuses that are not public.
        many(10_000, &format!("INSERT INTO status_tags (tag, status_id) SELECT 'fern', {base} + (50000 - i) * {step} FROM n")),
        many(20_000, &format!("INSERT INTO status_tags (tag, status_id) SELECT 't' || (i % 40), {base} + (50000 - i / 4) * {step} FROM n")),
        many(2000, &format!("INSERT INTO status_tags (tag, status_id) SELECT 'fe' || i, {base} + (50000 - i) * {step} FROM n")),
        many(10_000, &format!("INSERT INTO status_links (url, status_id) SELECT 'https://x.example/' || CASE i % 2 WHEN 0 THEN 'a' ELSE i % 80 END, {base} + (50000 - i) * {step} FROM n")),
        many(39, "INSERT INTO trends (kind, key, rank) SELECT 'tag', 't' || i, i + 1 FROM n"),
        many(39, "INSERT INTO trends (kind, key, rank) SELECT 'link', 'https://x.example/' || i, i + 1 FROM n"),
        many(39, &format!("INSERT INTO trends (kind, key, rank) SELECT 'status', CAST({base} + i * {step} AS TEXT), i + 1 FROM n")),
        many(9, "INSERT INTO featured_tags (account_id, tag, id) SELECT <bob>, 't' || i, i FROM n"),
        // A list that is a feed.
        "INSERT INTO lists (id, account_id, title, feed_key) VALUES (90, <bob>, 'x', 'feedkey');\n".into(),
        many(4000, "INSERT INTO list_accounts (list_id, target_id, id) SELECT 90, i, i FROM n"),
        "UPDATE accounts SET is_indexable = 1 WHERE id <= 5000;\n".into(),
        format!("UPDATE lists SET feed_ids = (SELECT json_group_array({base} + (29970 + n.value) * {step}) FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]') n), feed_at = {NOW} + 999999999 WHERE id = 90;\n"),
        // Accounts, servers, collections.
        many(400, "INSERT INTO accounts (id, username, domain, domain_id, uri, url, is_discoverable, public_key, created_at) SELECT 10000 + i, 'member' || i, 'a.example', (SELECT min(id) FROM domains), 'https://a.example/users/member' || i, 'x', 1, x'00', 0 FROM n"),
        many(400, "INSERT INTO users (id, person, account_id, password, created_at) SELECT 10000 + i, 10000 + i, 10000 + i, 'x', 0 FROM n"),
        many(5000, "INSERT INTO inboxes (id, url, domain) SELECT 10000 + i, 'https://s' || i || '.example/inbox', 's' || i || '.example' FROM n"),
        many(9, "INSERT INTO collections (id, account_id, name, created_at, updated_at) SELECT 100 + i, <me>, 'c', 0, 0 FROM n"),
        many(225, "INSERT INTO collection_items (id, collection_id, target_id, state, created_at) SELECT 1000 + i, 101 + i % 9, 10 + i, CASE WHEN i % 2 THEN 'accepted' ELSE 'revoked' END, 0 FROM n"),
    ]
    .concat();
    scene.app.db.run(&scene.fill(&sql));
    let names = BTreeMap::from([
        ("middle", (base + 25_000 * step).to_string()),
        ("leaf", (base + 2000 * step + 4).to_string()),
    ]);
    (scene, names)
}

/// Every combination of one alternative of each axis.
fn combinations(axes: &[&[&str]]) -> Vec<String> {
    axes.iter().fold(vec![String::new()], |all, axis| {
        let with = |query: &String, part: &&str| match (query.is_empty(), part.is_empty()) {
            (_, true) => query.clone(),
            (true, _) => (*part).to_owned(),
            _ => format!("{query}&{part}"),
        };
        all.iter().flat_map(|query| axis.iter().map(move |part| with(query, part))).collect()
    })
}

/// The number of items in a response: objects with an id, and the URLs in collections.
fn shown(value: &Value) -> u64 {
    match value {
        Value::Array(all) => all.iter().map(shown).sum(),
        Value::Object(map) => {
            let listed = ["items", "orderedItems"].iter().filter_map(|n| map.get(*n)?.as_array());
            let listed: u64 = listed.map(|all| all.iter().filter(|v| v.is_string()).count() as u64).sum();
            u64::from(map.contains_key("id")) + listed + map.values().map(shown).sum::<u64>()
        }
        _ => 0,
    }
}

fn anonymous(app: &TestApp, target: &str) -> sori::http::response::Response {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request =
        Request { method: "GET".into(), path: path.into(), query: query.into(), ..Request::default() };
    let is_document =
        path.starts_with("/users/") || path.starts_with("/actor") || path.starts_with("/emojis/");
    let is_page = ["/@", "/tags/", "/public/", "/directory", "/collections/", "/links"]
        .iter()
        .any(|start| path.starts_with(start));
    let kind = match (is_document, is_page) {
        (true, _) => "application/activity+json",
        (_, true) => "text/html",
        _ => "application/json",
    };
    request.headers.add("accept", kind);
    app.send(request)
}

/// GET routes that answer without a token.
fn open_routes() -> BTreeSet<&'static str> {
    let is_open =
        |access: &Access| matches!(access, Access::Public(_) | Access::Anyone(..) | Access::Document(_));
    let all = sori::routes::all().into_iter().map(|(_, r)| r);
    all.filter(|r| r.method == "GET" && is_open(&r.access)).map(|r| r.pattern).collect()
}

#[test]
fn every_open_route_is_held_to_the_bound_or_has_a_reason() {
    let plain = |path: &str| path.split('?').next().unwrap_or(path).replace(['<', '>'], "");
    // The end of the address of a feed is a part of its route.
    let feed = |path: &str| {
        let path = path.strip_prefix("/@").map_or(path, |_| path.trim_end_matches(".json"));
        let pattern = |start: &str| {
            ["rss", "atom", "feed", "feed.json"]
                .into_iter()
                .find_map(|end| path.ends_with(&format!(".{end}")).then(|| format!("{start}.{end}")))
        };
        let start = match (path.starts_with("/@"), path.starts_with("/tags/")) {
            (true, _) if path.contains("/with_replies.") => "/@{username}/with_replies",
            (true, _) => "/@{username}",
            (_, true) => "/tags/{hashtag}",
            _ if path.starts_with("/lists/") => "/lists/{key}",
            _ => return None,
        };
        let pattern = pattern(start)?;
        open_routes().into_iter().find(|known| *known == pattern)
    };
    let route = |path: &str| match path.strip_prefix("/@") {
        _ if feed(path).is_some() => feed(path),
        Some(page) if page.contains("/tagged/") => Some("/@{username}/tagged/{hashtag}"),
        Some(page) if page.ends_with("/with_replies") => Some("/@{username}/with_replies"),
        Some(page) if page.ends_with("/favourites") => Some("/@{username}/{id}/favourites"),
        Some(page) if page.ends_with("/reblogs") => Some("/@{username}/{id}/reblogs"),
        Some(page) if page.ends_with("/embed") => Some("/@{username}/{id}/embed"),
        Some(page) if page.ends_with("/quotes") => Some("/@{username}/{id}/quotes"),
        Some(page) if page.ends_with("/edits") => Some("/@{username}/{id}/edits"),
        Some(page) if page.ends_with("/media") => Some("/@{username}/media"),
        Some(page) if page.ends_with("/followers") => Some("/@{username}/followers"),
        Some(page) if page.ends_with("/following") => Some("/@{username}/following"),
        Some(page) if page.contains('/') => Some("/@{username}/{id}"),
        Some(_) => Some("/@{username}"),
        None => route_of("GET", path),
    };
    let called: BTreeSet<&str> = CALLS.iter().filter_map(|(path, _)| route(&plain(path))).collect();
    let missing: Vec<_> = open_routes()
        .into_iter()
        .filter(|p| !called.contains(p) && !REASONS.iter().any(|(reasoned, _)| reasoned == p))
        .collect();
    assert!(missing.is_empty(), "neither called nor reasoned: {missing:#?}");
}

#[test]
fn no_anonymous_request_reads_more_than_200_rows() {
    let (scene, names) = large_instance();
    let fill = |text: &str| {
        let text = scene.fill(text);
        names.iter().fold(text, |text, (name, value)| text.replace(&format!("<{name}>"), value))
    };
    // Cron has counted, and the isolate has read the site.
    scene.app.clock.advance(DAY - scene.app.clock.now().0 % DAY);
    for _ in 0..3 {
        scene.app.tick();
        scene.app.clock.advance(60_000);
    }
    anonymous(&scene.app, "/robots.txt");
    let (mut worst, mut calls) = (BTreeMap::new(), 0);
    for (path, axes) in CALLS {
        for query in combinations(axes) {
            let target = match (query.is_empty(), path.contains('?')) {
                (true, _) => fill(path),
                (false, true) => fill(&format!("{path}&{query}")),
                (false, false) => fill(&format!("{path}?{query}")),
            };
            // Rate limits are not tested here.
            scene.app.clock.advance(1000);
            anonymous(&scene.app, "/robots.txt");
            let response = anonymous(&scene.app, &target);
            assert!(matches!(response.status, 200 | 302 | 303), "{target}: {}", response.status);
            let cost = *scene.app.cost.borrow();
            assert!(cost.trips <= 4, "{target}: {cost:?}");
            let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            // With its author, as in the API's answers.
            let on_page = 2 * String::from_utf8_lossy(&response.body).matches("<article").count() as u64;
            let on_page = on_page
                .max(String::from_utf8_lossy(&response.body).matches("<li class=\"who\">").count() as u64);
            let allowed = MAX.max(FOR_EACH * shown(&answer).max(on_page));
            calls += 1;
            let entry = worst.entry(*path).or_insert((0, 0, String::new()));
            if cost.rows_read > allowed && cost.rows_read > entry.0 {
                *entry = (cost.rows_read, allowed, target);
            }
        }
    }
    println!("{calls} requests");
    let dear: Vec<_> = worst.values().filter(|(rows, ..)| *rows > 0).collect();
    assert!(dear.is_empty(), "rows read, rows allowed: {dear:#?}");
}
