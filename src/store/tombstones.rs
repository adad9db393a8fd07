//! tombstones: what was deleted or undone, so that late activities do not restore it.
//!
//! A Follow, Block, Like or reaction counts by the time at which it was signed: an older activity changes nothing that a
//! newer one has made or ended, whatever its id. Some servers (Misskey, Takahe) give every Follow from one account to
//! another the same id, others give a repeated one a new id. What stands keeps the time in its row (`signed_at`), what
//! ended keeps it here, under the id and under the relation ([`Relation`]). An Undo that names exactly the id of what
//! stands counts whatever its time, where nothing of that id ended before: clocks of the workers of one server may differ by
//! some seconds. At equal times ids that end in rising numbers tell the order, else the one that arrives later
//! counts, since signatures of HTTP requests have whole seconds: an activity of the second in which it was undone that is
//! delivered once more is not told from a new one. Neither is one that its server signs again for a later attempt.

use super::{Query, uris};
use crate::model::id::{Id, MAX};
use crate::model::time::{DAY, Time};
use crate::platform::sql::Statement;

/// An activity by its id, and when its actor signed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed<'a> {
    pub uri: &'a str,
    pub at: Time,
}

impl<'a> Signed<'a> {
    /// What a local account does: never an old activity.
    pub fn ours(uri: &'a str) -> Self {
        Self { uri, at: Time(MAX) }
    }

    /// The time that its row keeps: none for what a local account does.
    pub(super) fn kept_at(&self) -> Time {
        if self.at.0 == MAX { Time(0) } else { self.at }
    }
}

/// An Undo: the id of what is undone, if it has one, and when its actor signed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undo<'a> {
    pub uri: Option<&'a str>,
    pub at: Time,
}

impl Undo<'_> {
    /// By a local account, of whatever stands.
    pub fn ours() -> Self {
        Self { uri: None, at: Time(MAX) }
    }
}

/// The condition that the id `a` (SQL, as both) is the same as `b` but for a higher number at its end.
pub(super) fn is_higher(a: &str, b: &str) -> String {
    let start = |uri: &str| format!("rtrim({uri}, '0123456789')");
    let number = |uri: &str| format!("CAST(substr({uri}, length({}) + 1) AS INTEGER)", start(uri));
    format!("({} = {} AND substr({0}, -1) = '/' AND {} > {})", start(a), start(b), number(a), number(b))
}

/// The condition that a newer activity takes the place of what stands in `table`; in an upsert.
pub(super) fn is_newer(table: &str) -> String {
    format!(
        "(excluded.signed_at > {table}.signed_at OR (excluded.signed_at = {table}.signed_at AND {}))",
        is_higher("excluded.uri", &format!("{table}.uri"))
    )
}

/// The condition that a row of `table` is ended by an Undo of the id `uri` that was signed `at` (SQL), whose tombstone
/// ([`undone`]) is stored before in the batch.
pub(super) fn is_undone(table: &str, uri: &str, at: &str) -> String {
    format!(
        "({} OR ({table}.uri = {uri} AND EXISTS (SELECT 1 FROM tombstones t WHERE t.uri = {uri} \
         AND t.account_id = {table}.account_id AND t.created_at > {table}.signed_at)))",
        is_before(table, uri, at)
    )
}

fn is_before(row: &str, uri: &str, at: &str) -> String {
    format!(
        "({row}.signed_at < {at} OR ({row}.signed_at = {at} AND NOT coalesce({}, 0)))",
        is_higher(&format!("{row}.uri"), uri)
    )
}

/// What an account has with another one or with a status, at most once.
#[derive(Debug, Clone, Copy)]
pub enum Relation<'a> {
    /// A follow or request, with its target.
    Follow(Id),
    Block(Id),
    Like(Id),
    /// A reaction to a status, by its name.
    Reaction(Id, &'a str),
}

impl Relation<'_> {
    /// The `uri` of its tombstone. No id of an activity has this form.
    pub(super) fn key(self) -> String {
        match self {
            Self::Follow(target) => format!("follow {target}"),
            Self::Block(target) => format!("block {target}"),
            Self::Like(status) => format!("like {status}"),
            Self::Reaction(status, name) => format!("react {status} {name}"),
        }
    }

    /// The rows of it (`uri`, `signed_at`), of the account `?1` with the account or status `?4`.
    fn rows(self) -> &'static str {
        match self {
            Self::Follow(_) => {
                "SELECT uri, signed_at FROM follows WHERE account_id = ?1 AND target_id = ?4 \
                 UNION SELECT uri, signed_at FROM follow_requests WHERE account_id = ?1 AND target_id = ?4"
            }
            Self::Block(_) => "SELECT uri, signed_at FROM blocks WHERE account_id = ?1 AND target_id = ?4",
            Self::Like(_) => "SELECT uri, signed_at FROM favourites WHERE status_id = ?4 AND account_id = ?1",
            Self::Reaction(..) => {
                "SELECT uri, signed_at FROM reactions WHERE status_id = ?4 AND account_id = ?1 AND name = ?5"
            }
        }
    }
}

/// Stores a tombstone. It refuses only late activities of its owner.
pub fn insert(uri: &str, owner: Id, now: Time) -> Statement {
    Statement::new(
        "INSERT INTO tombstones (uri, account_id, created_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    )
    .bind(uri)
    .bind(owner)
    .bind(now)
}

/// What was signed longer ago is refused whatever it is: a request is valid for an hour, a proof for four days.
pub(super) const SIGNED_FOR: i64 = 5 * DAY;

const NEWEST: &str = "ON CONFLICT (uri, account_id) DO UPDATE SET created_at = max(created_at, excluded.created_at), is_ahead = 0";

fn ends(owner: Id, relation: Relation<'_>, at: Time, time: &str, condition: &str) -> Statement {
    let statement = Statement::new(format!(
        "INSERT INTO tombstones (uri, account_id, created_at) SELECT CASE n WHEN 0 THEN r.uri ELSE ?2 END, ?1, {time} \
         FROM ({}) r CROSS JOIN (SELECT 0 AS n UNION ALL SELECT 1) WHERE {condition} {NEWEST}",
        relation.rows()
    ))
    .bind(owner)
    .bind(relation.key())
    .bind(at);
    match relation {
        Relation::Follow(other) | Relation::Block(other) | Relation::Like(other) => statement.bind(other),
        Relation::Reaction(status, name) => statement.bind(status).bind(name),
    }
}

/// Its owner undoes what stands when the batch comes to it: nothing where that was signed later, unless the Undo names it
/// and nothing of that id ended before.
pub fn undone(owner: Id, relation: Relation<'_>, undo: Undo<'_>) -> Statement {
    // After the parameters of [`ends`].
    let uri = if matches!(relation, Relation::Reaction(..)) { "?6" } else { "?5" };
    let is_ended = format!(
        "({} OR (r.uri = {uri} AND NOT EXISTS (SELECT 1 FROM tombstones t WHERE t.uri = {uri} AND t.account_id = ?1)))",
        is_before("r", uri, "?3")
    );
    let time = "iif(n = 0 AND r.signed_at > ?3, r.signed_at + 1, ?3)";
    ends(owner, relation, undo.at, time, &is_ended).bind(undo.uri.map(str::to_owned))
}

/// The follow of `owner` that stands ends by a decision of this server's: a new one, of the same id or another, is told from it
/// by the owner's clock alone, which may differ from ours.
pub fn follow_ends(owner: Id, target: Id, now: Time) -> Statement {
    ends(
        owner,
        Relation::Follow(target),
        now,
        "CASE WHEN n = 1 THEN r.signed_at WHEN r.signed_at > 0 THEN r.signed_at + 1 ELSE ?3 END",
        &format!("(n = 0 OR r.signed_at >= ?3 - {SIGNED_FOR})"),
    )
}

/// The follow of `owner` ends since they block `target`, in an activity signed `at`; if the block stands.
pub fn follow_ends_by_block(owner: Id, target: Id, at: Time) -> Statement {
    ends(
        owner,
        Relation::Follow(target),
        at,
        "max(?3, r.signed_at)",
        "EXISTS (SELECT 1 FROM blocks WHERE account_id = ?1 AND target_id = ?4)",
    )
}

/// As [`follow_ends`], of a follow or request that was read.
pub fn follow_ended(owner: Id, target: Id, follow: Signed<'_>, now: Time) -> Statement {
    Statement::new(format!(
        "INSERT INTO tombstones (uri, account_id, created_at) VALUES (?1, ?3, iif(?5 > 0, ?5 + 1, ?4)), (?2, ?3, ?5) {NEWEST}"
    ))
    .bind(follow.uri)
    .bind(Relation::Follow(target).key())
    .bind(owner)
    .bind(now)
    .bind(follow.at)
}

/// A Follow was refused: it does not count when it comes again. A later one with the same id does, also where the Undo of
/// this one had arrived first.
pub fn follow_refused(owner: Id, follow: Signed<'_>) -> [Statement; 2] {
    [
        Statement::new(format!(
            "INSERT INTO tombstones (uri, account_id, created_at) VALUES (?1, ?2, ?3) {NEWEST}"
        ))
        .bind(follow.uri)
        .bind(owner)
        .bind(follow.at.plus(1)),
        Statement::new(format!(
            "UPDATE early_undos AS e SET uris = (SELECT json_group_array(j.value) FROM json_each({uris}) j WHERE j.value <> ?1) \
             WHERE account_id = ?2 AND EXISTS (SELECT 1 FROM json_each({uris}) j WHERE j.value = ?1)",
            uris = super::sound("e.uris")
        ))
        .bind(follow.uri)
        .bind(owner),
    ]
}

/// How many early Undos and Deletes of an actor whom nobody here follows are kept, newest last …
const MAX_EARLY: usize = 50;
/// … and the length of their ids in bytes.
const MAX_EARLY_URI: usize = 1000;

/// What is kept of Undos and Deletes of what is not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Early {
    /// Of an actor whom somebody here follows.
    All,
    /// Of others, whose objects are mostly never sent here.
    Newest,
    /// The database is full.
    Nothing,
}

/// An Undo or Delete, signed `at`, of what may be still to come: where nothing is known of the uri, it is refused whenever
/// it is signed. Before the deletion of a status in the batch.
pub fn withdrawn(uri: &str, owner: Id, at: Time, early: Early) -> Vec<Statement> {
    let known = if early == Early::All {
        "true".to_owned()
    } else {
        format!(
            "EXISTS (SELECT 1 FROM tombstones WHERE uri = ?1 AND account_id = ?2) \
             OR EXISTS (SELECT 1 FROM statuses s WHERE {} AND s.account_id = ?2)",
            uris::is("s", "?1")
        )
    };
    let kept = Statement::new(format!(
        "INSERT INTO tombstones (uri, account_id, created_at, is_ahead) SELECT ?1, ?2, ?3, 1 WHERE {known} \
         ON CONFLICT (uri, account_id) DO UPDATE SET created_at = excluded.created_at WHERE created_at < excluded.created_at"
    ))
    .bind(uri)
    .bind(owner)
    .bind(at);
    if early != Early::Newest {
        return vec![kept];
    }
    let early = Statement::new(format!(
        "INSERT INTO early_undos (account_id, uris, updated_at) SELECT ?2, json_array(?1), ?3 \
         WHERE octet_length(?1) <= {MAX_EARLY_URI} AND NOT EXISTS (SELECT 1 FROM tombstones WHERE uri = ?1 AND account_id = ?2) \
         AND NOT {} ON CONFLICT (account_id) DO UPDATE SET updated_at = excluded.updated_at, \
         uris = json_remove(json_insert({uris}, '$[#]', ?1), iif(json_array_length({uris}) >= {MAX_EARLY}, '$[0]', '$[{MAX_EARLY}]'))",
        is_early("?1", "?2"),
        uris = super::sound("early_undos.uris"),
    ))
    .bind(uri)
    .bind(owner)
    .bind(at);
    vec![kept, early]
}

fn is_early(uri: &str, account: &str) -> String {
    format!(
        "EXISTS (SELECT 1 FROM early_undos e CROSS JOIN json_each({}) j WHERE e.account_id = {account} AND j.value = {uri})",
        super::sound("e.uris")
    )
}

/// The condition that a status or boost of this uri (SQL) by `account` was deleted or undone.
pub(super) fn is_withdrawn(uri: &str, account: &str) -> String {
    format!(
        "(EXISTS (SELECT 1 FROM tombstones t WHERE t.uri = {uri} AND t.account_id = {account}) OR {})",
        is_early(uri, account)
    )
}

/// The condition that an activity of this uri by `account` (SQL, as all four), which makes the relation with this key, is
/// older than its end.
pub(super) fn is_old(uri: &str, key: &str, account: &str, signed: &str) -> String {
    format!(
        "(EXISTS (SELECT 1 FROM tombstones t WHERE t.uri IN ({uri}, {key}) AND t.account_id = {account} \
         AND (t.is_ahead = 1 OR t.created_at > {signed})) OR {})",
        is_early(uri, account)
    )
}

/// The tombstones that a run looks at, by the primary key: `?1` and `?2` are the last one before them, `?3` their number.
const LOOKED_AT: &str = "(SELECT uri, account_id, created_at FROM tombstones WHERE (uri, account_id) > (?1, ?2) \
     ORDER BY uri, account_id LIMIT ?3)";

fn looked_at((uri, account): &(String, i64), count: usize, sql: &str) -> Statement {
    Statement::new(sql.replace("{}", LOOKED_AT)).bind(uri.as_str()).bind(*account).bind(count)
}

/// The last of the `count` tombstones after `after`; `None` where there are fewer.
pub fn seen(after: &(String, i64), count: usize) -> Query<Option<(String, i64)>> {
    let sql = "SELECT uri, account_id FROM {} ORDER BY uri DESC, account_id DESC";
    Query::new(looked_at(after, count, sql), move |rows| match rows.first() {
        Some(row) if rows.len() >= count => Ok(Some((row.text("uri")?, row.int("account_id")?))),
        _ => Ok(None),
    })
}

/// Deletes those of the `count` tombstones after `after` that are from before `before`.
pub fn forget(after: &(String, i64), count: usize, before: Time) -> Statement {
    let sql = "DELETE FROM tombstones WHERE (uri, account_id) IN (SELECT uri, account_id FROM {} WHERE created_at < ?4)";
    looked_at(after, count, sql).bind(before)
}

/// Deletes the early Undos from before `before` of the accounts after `after`, up to `last`.
pub fn forget_early(after: Id, last: Id, before: Time) -> Statement {
    Statement::new("DELETE FROM early_undos WHERE account_id > ?1 AND account_id <= ?2 AND updated_at < ?3")
        .bind(after)
        .bind(last)
        .bind(before)
}
