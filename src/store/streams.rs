//! Who of those that listen gets which event. The conditions are those of the timelines of the same names.

use super::notifications::shown;
use super::statuses::{eyes, read_view, views_of_several, visible};
use super::timelines::{
    NEAR, not_blocked_or_muted, of_direct, of_hashtag, of_list, of_people, of_public, of_tags,
};
use super::{Query, accounts, collections, conversations, filters, reports, sound, to_json};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::filter::Filter;
use crate::model::id::Id;
use crate::model::live::{Gone, Listener, USER_NOTIFICATIONS, parts};
use crate::model::status::StatusView;
use crate::platform::sql::{Row, Rows, Statement};

/// Counts a subscription to a stream: [`super::changes`] answers the number with each change.
pub fn count_subscription() -> Statement {
    Statement::new(
        "INSERT INTO settings (key, value) VALUES ('subscriptions', '1') \
         ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1",
    )
}

/// Accounts and streams for SQL: account, stream, name, argument (of a list its id, of a hashtag its normalised name).
fn packed(listeners: &[Listener], normalise: fn(&str) -> String) -> String {
    let mut all = Vec::new();
    for listener in listeners {
        for stream in &listener.streams {
            let (name, argument) = parts(stream);
            let argument = argument.map(|text| match name {
                "list" => text.to_owned(),
                _ => normalise(text),
            });
            // What is within `user` besides has no statuses.
            if stream != USER_NOTIFICATIONS && stream != "user:notification" {
                all.push((listener.account.0, stream, name, argument));
            }
        }
    }
    to_json(&all)
}

/// The listeners of `?1`, a row for each stream.
const LISTENERS: &str = "(SELECT CAST(value ->> 0 AS INTEGER) AS me, value ->> 1 AS stream, value ->> 2 AS name, \
 value ->> 3 AS argument FROM json_each(?1))";

/// Rows between a boost and its original that are looked at.
const LOOKED_AT: usize = 400;

/// The condition that the boost `?2` is not left out of a timeline: it is where its original is near below (as by
/// `store::timelines::without_repeats`), `keep` being the timeline's condition.
fn no_repeat(keep: &str) -> String {
    let original = "(SELECT reblog_of_id FROM statuses WHERE id = ?2)";
    format!(
        "(s.reblog_of_id IS NULL OR NOT EXISTS (SELECT 1 FROM statuses o WHERE o.id = s.reblog_of_id AND (o.account_id = v.me \
         OR EXISTS (SELECT 1 FROM follows w WHERE w.account_id = v.me AND w.target_id = o.account_id))) \
         OR {original} NOT IN (SELECT id FROM (SELECT s.id AS id FROM (SELECT * FROM statuses WHERE id < ?2 AND id >= {original} \
         ORDER BY id DESC LIMIT {LOOKED_AT}) s LEFT JOIN follows f ON f.account_id = v.me AND f.target_id = s.account_id \
         WHERE {keep} ORDER BY s.id DESC LIMIT {NEAR})))"
    )
}

/// The condition that a status `s` with the hashtags `s.tags` is on the stream `v`; `f` is the follow of its author.
/// `direct` is that of direct ones, `boosts` that of a list and of home for boosts.
fn on_stream(direct: &str, boosts: impl Fn(&str) -> String) -> String {
    let home = format!("({} OR {})", of_people("v.me"), of_tags("v.me"));
    let list = "CAST(v.argument AS INTEGER)";
    let member = format!(
        "EXISTS (SELECT 1 FROM lists l JOIN list_accounts e ON e.list_id = l.id AND e.target_id = s.account_id \
         WHERE l.id = {list} AND l.account_id = v.me)"
    );
    let of_list = format!("({member} AND {})", of_list("v.me", list));
    let (public, hashtag) = (of_public("v.me"), of_hashtag("v.me"));
    let (home, of_list) =
        (format!("{home} AND {}", boosts(&home)), format!("{of_list} AND {}", boosts(&of_list)));
    format!(
        "CASE WHEN v.name = 'user' THEN {home} WHEN v.name = 'list' THEN {of_list} \
         WHEN v.name IN ('hashtag', 'hashtag:local') THEN (v.name = 'hashtag' OR s.is_local = 1) \
         AND v.argument IN (SELECT value FROM json_each({tags})) \
         AND NOT EXISTS (SELECT 1 FROM tags ut WHERE ut.name = v.argument AND ut.is_usable = 0) AND {hashtag} \
         WHEN v.name = 'direct' THEN {direct} \
         WHEN v.name IN ('public', 'public:media', 'public:local', 'public:local:media', 'public:remote', 'public:remote:media') THEN \
         CASE WHEN v.name IN ('public:local', 'public:local:media') THEN s.is_local = 1 \
         WHEN v.name IN ('public:remote', 'public:remote:media') THEN s.is_local = 0 ELSE 1 END \
         AND (v.name IN ('public', 'public:local', 'public:remote') OR s.media <> '[]') AND {public} END",
        tags = sound("s.tags"),
    )
}

/// Who gets an event of the status, on which stream, with what they see of it ([`super::statuses::read_eyes`]).
pub fn viewers(listeners: &[Listener], status: Id, normalise: fn(&str) -> String) -> Query<Rows> {
    let direct = format!("{} AND {}", of_direct("v.me"), visible("s", "v.me"));
    let condition = on_stream(&direct, no_repeat);
    let page = format!(
        "SELECT s.id AS id, v.me AS me, v.stream AS stream FROM statuses s CROSS JOIN {LISTENERS} v \
         LEFT JOIN follows f ON f.account_id = v.me AND f.target_id = s.account_id WHERE s.id = ?2 AND {condition}"
    );
    Query::new(eyes(&page).bind(packed(listeners, normalise)).bind(status), Ok)
}

/// Who is told that a status is deleted, and on which stream.
pub fn viewers_of_gone(
    listeners: &[Listener],
    gone: &Gone,
    normalise: fn(&str) -> String,
) -> Query<Vec<(Id, String)>> {
    let named = "EXISTS (SELECT 1 FROM json_each(s.mentions) m WHERE json_extract(m.value, '$.id') = v.me)";
    let direct = format!("{} AND (s.account_id = v.me OR {named})", of_direct("v.me"));
    // The rows of its mentions are deleted as well.
    let row = "EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = v.me AND m.status_id = s.id)";
    let condition = on_stream(&direct, |_| "1".into()).replace(row, named);
    let blocked = "EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = s.account_id AND k.target_id = v.me)";
    let statement = Statement::new(format!(
        "SELECT v.me AS me, v.stream AS stream FROM (SELECT CAST(?2 AS INTEGER) AS id, CAST(?3 AS INTEGER) AS account_id, \
         CAST(?4 AS INTEGER) AS visibility, CAST(?5 AS INTEGER) AS is_local, CAST(?6 AS INTEGER) AS reblog_of_id, \
         CAST(?7 AS TEXT) AS in_reply_to_uri, CAST(?8 AS INTEGER) AS in_reply_to_account_id, CAST(?9 AS TEXT) AS language, \
         CAST(?10 AS TEXT) AS tags, CAST(?11 AS TEXT) AS mentions, CAST(?12 AS TEXT) AS media) s CROSS JOIN {LISTENERS} v \
         LEFT JOIN follows f ON f.account_id = v.me AND f.target_id = s.account_id WHERE NOT {blocked} AND {condition}"
    ))
    .bind(packed(listeners, normalise))
    .bind(gone.id)
    .bind(gone.account_id)
    .bind(gone.visibility)
    .bind(gone.is_local)
    .bind(gone.reblog_of_id)
    .bind(gone.in_reply_to_uri.clone())
    .bind(gone.in_reply_to_account_id)
    .bind(gone.language.clone())
    .bind(if gone.tags.is_empty() { "[]" } else { &gone.tags })
    .bind(if gone.mentions.is_empty() { "[]" } else { &gone.mentions })
    .bind(&gone.media);
    Query::all(statement, |row| Ok((row.id("me")?, row.text("stream")?)))
}

/// The filters of accounts.
pub fn filters_of(accounts: &[Id]) -> Query<Vec<(Id, Vec<Filter>)>> {
    Query::all(
        Statement::new(format!(
            "SELECT j.value AS me, {} AS filters FROM json_each(?1) j \
             WHERE EXISTS (SELECT 1 FROM filters x WHERE x.account_id = j.value)",
            filters::packed("j.value")
        ))
        .bind_ids(accounts),
        |row| Ok((row.id("me")?, filters::read_packed(row)?)),
    )
}

/// A notification without its status, and its receiver.
pub type Told = (Id, super::notifications::Bare);
/// A notification's status.
pub type Seen = (Id, StatusView);
/// An account's conversation.
pub type Held = (Id, conversations::Conversation);

/// Those of the notifications that are shown, and their statuses: by the notification's id.
pub fn notifications(ids: &[Id]) -> (Query<Vec<Told>>, Query<Vec<Seen>>) {
    let is_shown = shown("n.account_id");
    let bare = Statement::new(format!(
        "SELECT n.id AS id, n.account_id AS me, n.type AS type, n.status_id AS status_id, {} AS account, {} AS report, {} AS strike, {} AS collection \
         FROM notifications n CROSS JOIN accounts a ON a.id = n.from_account_id \
         WHERE n.id IN (SELECT value FROM json_each(?1)) AND n.is_filtered = 0 AND {is_shown}",
        accounts::packed_shown("a"),
        reports::packed("n"),
        super::strikes::of_notification("n"),
        collections::packed("n")
    ))
    .bind_ids(ids);
    let views = views_of_several(&format!(
        "SELECT n.status_id AS id, n.account_id AS me, n.id AS cursor FROM notifications n \
         WHERE n.id IN (SELECT value FROM json_each(?1)) AND n.status_id IS NOT NULL AND n.is_filtered = 0 AND {is_shown}"
    ))
    .bind_ids(ids);
    (
        Query::all(bare, |row: &Row| -> Result<Told> {
            Ok((row.id("me")?, super::notifications::read_bare(row)?))
        }),
        Query::all(views, |row| Ok((row.id("cursor")?, read_view(row)?))),
    )
}

/// The conversations of accounts whose last status is this one, their participants, and the accounts.
pub fn conversations(accounts: &[Id], status: Id) -> (Query<Vec<Held>>, Query<Vec<Account>>) {
    let author = not_blocked_or_muted("c.account_id", "s.account_id");
    let bare = Statement::new(format!(
        "SELECT c.account_id AS me, c.id AS id, c.last_status_id AS last_status_id, c.is_unread AS is_unread FROM json_each(?1) j \
         CROSS JOIN conversations c ON c.account_id = j.value AND c.last_status_id = ?2 CROSS JOIN statuses s ON s.id = ?2 WHERE {author}"
    ))
    .bind_ids(accounts)
    .bind(status);
    let people = Statement::new(format!(
        "SELECT {} AS account FROM accounts a WHERE a.id IN (SELECT account_id FROM statuses WHERE id = ?1 \
         UNION SELECT json_extract(m.value, '$.id') FROM statuses s, json_each({}) m WHERE s.id = ?1) LIMIT 50",
        accounts::packed_shown("a"),
        sound("s.mentions")
    ))
    .bind(status);
    (
        Query::all(bare, |row| Ok((row.id("me")?, conversations::read(row)?))),
        Query::all(people, accounts::read),
    )
}
