//! The query that loads statuses with everything to render them, and the condition of who may see one.

use super::rows::{packed, read, unpack};
use crate::error::Result;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::live::Eyes;
use crate::model::page::Listed;
use crate::model::quote::QuotePolicy;
use crate::model::status::{Flags, Status, StatusView};
use crate::platform::sql::{Row, Statement};
use crate::store::fields::Fields;
use crate::store::{Query, accounts, cards, opt_unpacked, pages, receipts};

/// Statuses with authors, boosted and quoted statuses and the viewer's flags, in the order of `page` and
/// within [`pages::BUDGET`]; to be read by [`newest_first`], [`in_order`] or [`page_of`].
///
/// `page` is a SELECT with one column `id`; it may use `?2` and up (`?1` is the viewer's account, or NULL).
/// Nothing by suspended authors. Four rows read for each status, five for a boost, one more for a
/// card and one for its author's account.
pub fn views(page: &str, viewer: Option<Id>) -> Statement {
    views_at(page, "p.id", viewer)
}

/// Like [`views`], with more columns: of the status `s`, and of the boosted one, `r`. Each ends with a comma.
pub fn views_with(columns: &str, page: &str, viewer: Option<Id>) -> Statement {
    Statement::new(pages::within_budget(&sql(columns, page, "p.id", "?1", true), &SIZE)).bind(viewer)
}

/// Like [`views`], if the rows of `page` have their own cursor: the SQL of it, `p` being that row.
pub fn views_at(page: &str, cursor: &str, viewer: Option<Id>) -> Statement {
    Statement::new(pages::within_budget(&sql("", page, cursor, "?1", true), &SIZE)).bind(viewer)
}

/// Like [`views`], for a response with two such lists: half as many bytes.
pub fn half_of_views(page: &str, viewer: Option<Id>) -> Statement {
    Statement::new(pages::within(&sql("", page, "p.id", "?1", true), &SIZE, pages::BUDGET / 2)).bind(viewer)
}

/// The bytes of a row in a response; a boost contains the boosted status twice.
static SIZE: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
    let columns = [
        "status",
        "account",
        "reblog",
        "reblog",
        "reblog_account",
        "quote",
        "quote_account",
        "card",
        "quote_card",
    ];
    format!("{}+extra", pages::lengths(&columns))
});

/// Like [`views`], of one status.
pub fn view(page: &str, viewer: Option<Id>) -> Statement {
    Statement::new(sql("", page, "p.id", "?1", true)).bind(viewer)
}

/// What several viewers see of a status beside what is the same for all ([`read_eyes`]); `page` is a SELECT of
/// `id`, `me` (the viewer) and `stream`.
pub fn eyes(page: &str) -> Statement {
    Statement::new(sql("p.me AS me, p.stream AS stream,", page, "p.id", "p.me", false))
}

/// Statuses as several viewers see them; `page` is a SELECT of `id`, `me` and `cursor`.
pub fn views_of_several(page: &str) -> Statement {
    Statement::new(pages::within_budget(&sql("", page, "p.cursor", "p.me", true), &SIZE))
}

/// What the entity of a status has beyond its row: URLs of hashtags; two lists of reactions.
fn shown_longer(alias: &str) -> String {
    format!("ifnull(15*octet_length({alias}.tags)+3*octet_length({alias}.reactions),0)")
}

/// `columns` as in [`views_with`]; `me` is the viewer. Without the statuses and accounts unless `is_whole`.
fn sql(columns: &str, page: &str, cursor: &str, me: &str, is_whole: bool) -> String {
    let row = |packed: String| if is_whole { packed } else { "NULL".to_owned() };
    let visible = visible("q", me);
    format!(
        "SELECT {columns} {cursor} AS cursor, {s} AS status, {a} AS account, {parent_hidden} AS is_parent_hidden, {quote_parent_hidden} AS is_quote_parent_hidden, CASE WHEN r.id IS NOT NULL THEN {r} END AS reblog, \
         CASE WHEN ra.id IS NOT NULL THEN {ra} END AS reblog_account, substr(ap.name, 1, 500) AS app_name, substr(ap.website, 1, 2048) AS app_website, \
         CASE WHEN {me} IS NOT NULL THEN json_array(\
         EXISTS (SELECT 1 FROM favourites f WHERE f.status_id = coalesce(s.reblog_of_id, s.id) AND f.account_id = {me}),\
         EXISTS (SELECT 1 FROM statuses b WHERE b.reblog_of_id = coalesce(s.reblog_of_id, s.id) AND b.account_id = {me}),\
         EXISTS (SELECT 1 FROM bookmarks b WHERE b.status_id = coalesce(s.reblog_of_id, s.id) AND b.account_id = {me}),\
         EXISTS (SELECT 1 FROM thread_mutes t WHERE t.account_id = {me} AND t.conversation = coalesce(r.conversation, s.conversation)),\
         s.account_id = {me} AND EXISTS (SELECT 1 FROM pins p WHERE p.account_id = {me} AND p.status_id = s.id),\
         json(CASE WHEN coalesce(r.poll, s.poll) IS NOT NULL THEN (SELECT json_group_array(v.choice) FROM poll_votes v \
         WHERE v.status_id = coalesce(s.reblog_of_id, s.id) AND v.account_id = {me}) END),\
         json(CASE WHEN coalesce(r.reactions, s.reactions) <> '{{}}' THEN (SELECT json_group_array(x.name) FROM reactions x \
         WHERE x.status_id = coalesce(s.reblog_of_id, s.id) AND x.account_id = {me}) END),\
         coalesce(r.account_id, s.account_id) = {me},\
         CASE WHEN {rules} & {followers}  THEN EXISTS (SELECT 1 FROM follows w WHERE w.account_id = {me} \
         AND w.target_id = coalesce(r.account_id, s.account_id)) ELSE 0 END,\
         CASE WHEN {rules} & {following}  THEN EXISTS (SELECT 1 FROM follows w WHERE w.target_id = {me} \
         AND w.account_id = coalesce(r.account_id, s.account_id)) ELSE 0 END) END AS flags, \
         CASE WHEN q.id IS NOT NULL THEN {q} END AS quote, CASE WHEN qa.id IS NOT NULL THEN {qa} END AS quote_account, \
         CASE WHEN q.id IS NULL THEN NULL WHEN qa.suspended_at IS NOT NULL OR NOT {visible} THEN 'unauthorized' \
         WHEN EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = {me} AND k.target_id = q.account_id) THEN 'blocked_account' \
         WHEN EXISTS (SELECT 1 FROM account_domain_blocks d WHERE d.account_id = {me} AND d.domain = qa.domain) THEN 'blocked_domain' \
         WHEN EXISTS (SELECT 1 FROM mutes u WHERE u.account_id = {me} AND u.target_id = q.account_id AND {in_force}) THEN 'muted_account' END AS quote_hidden, \
         CASE WHEN coalesce(r.account_id, s.account_id) = {me} THEN {receipt} END AS receipt, \
         {card} AS card, CASE WHEN q.id IS NOT NULL THEN {quote_card} END AS quote_card, {more}+2*{more_of_reblog}+{more_of_quote}+3000 AS extra \
         FROM ({page}) p CROSS JOIN statuses s ON s.id = p.id CROSS JOIN accounts a ON a.id = s.account_id AND a.suspended_at IS NULL \
         LEFT JOIN statuses r ON r.id = s.reblog_of_id LEFT JOIN accounts ra ON ra.id = r.account_id \
         LEFT JOIN apps ap ON ap.id = coalesce(r.app_id, s.app_id) \
         LEFT JOIN statuses q ON q.id = coalesce(r.quote_of_id, s.quote_of_id) LEFT JOIN accounts qa ON qa.id = q.account_id \
         WHERE ra.suspended_at IS NULL",
        s = row(packed("s")),
        a = row(accounts::packed_shown("a")),
        r = row(packed("r")),
        ra = row(accounts::packed_shown("ra")),
        q = row(packed("q")),
        qa = row(accounts::packed_shown("qa")),
        parent_hidden = hides_parent("coalesce(r.in_reply_to_id, s.in_reply_to_id)", me),
        quote_parent_hidden = hides_parent("q.in_reply_to_id", me),
        rules =
            "(coalesce(r.quote_policy, s.quote_policy) | coalesce(r.interaction_rules, s.interaction_rules))",
        // Rules for followers and followed accounts, automatic or by approval, for any interaction.
        followers = 0x0022_2222,
        following = 0x0044_4444,
        in_force = crate::store::muting::in_force("u"),
        receipt = receipts::packed("coalesce(s.reblog_of_id, s.id)"),
        card = cards::packed("coalesce(r.card_url, s.card_url)"),
        quote_card = cards::packed("q.card_url"),
        more = shown_longer("s"),
        more_of_reblog = shown_longer("r"),
        more_of_quote = shown_longer("q"),
    )
}

/// Reads [`views`], newest first.
pub fn newest_first(views: Statement) -> Query<Vec<StatusView>> {
    in_order(views).map(|mut all| {
        all.sort_by_cached_key(|view| std::cmp::Reverse(view.status.id));
        all
    })
}

/// Reads [`views`] in the order of its page.
pub fn in_order(views: Statement) -> Query<Vec<StatusView>> {
    Query::all(views, read_view)
}

/// Reads [`views`] as a page of `limit`, by its cursors.
pub fn page_of(views: Statement, limit: usize) -> Query<Listed<StatusView>> {
    Query::page(views, limit, read_view)
}

/// Like [`page_of`], for rows that were read elsewhere.
pub fn read_page(rows: &[Row], limit: usize) -> Listed<StatusView> {
    pages::read_page(rows, limit, read_view)
}

/// Whether there is a status with this id (an expression) that `me` may not see.
fn hides_parent(id: &str, me: &str) -> String {
    format!(
        "({id} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM statuses t CROSS JOIN accounts ta ON ta.id = t.account_id \
         WHERE t.id = {id} AND ta.suspended_at IS NULL AND {}))",
        visible("t", me)
    )
}

/// A status and its author in two columns.
pub(super) fn pair(row: &Row, status: &str, account: &str) -> Result<Option<(Status, Account)>> {
    let (status, account) =
        (opt_unpacked(row, status, unpack)?, opt_unpacked(row, account, accounts::unpack)?);
    Ok(status.zip(account).map(|(status, account)| (shown_of(status, &account), account)))
}

/// Without files, where a domain block hides them.
fn shown_of(status: Status, author: &Account) -> Status {
    match author.rejects_media {
        true => Status { media: Vec::new(), emojis: Vec::new(), ..status },
        false => status,
    }
}

/// The viewer's flags as [`views`] packs them, of a status with this policy.
fn unpack_flags(f: &mut Fields, policy: QuotePolicy) -> Flags {
    let flags = Flags {
        is_favourited: f.truth(),
        is_reblogged: f.truth(),
        is_bookmarked: f.truth(),
        is_muted: f.truth(),
        is_pinned: f.truth(),
        own_votes: Some(f.each(|f| f.int() as usize)).filter(|votes| !votes.is_empty()),
        own_reactions: f.each(|f| f.text()),
        is_author: f.truth(),
        ..Flags::default()
    };
    let (is_follower, is_followed) = (f.truth(), f.truth());
    let quoting = policy.allows(flags.is_author, is_follower, is_followed);
    Flags { is_follower, is_followed, quoting, ..flags }
}

/// Reads a row of [`views`].
pub fn read_view(row: &Row) -> Result<StatusView> {
    let status = read(row)?;
    let reblog = pair(row, "reblog", "reblog_account")?;
    let policy = reblog.as_ref().map_or(&status, |(inner, _)| inner).quote_policy;
    let flags = match opt_unpacked(row, "flags", |f| unpack_flags(f, policy))? {
        None => Flags::default(),
        Some(flags) => {
            let receipt = |row: &Row| opt_unpacked(row, "receipt", receipts::unpack);
            Flags { receipt: pages::readable(row, receipt).flatten(), ..flags }
        }
    };
    let website = row.opt_text("app_website")?;
    let app = row.opt_text("app_name")?.map(|name| (name, website));
    let is_parent_hidden = row.bool("is_parent_hidden")?;
    let is_quote_parent_hidden = row.bool("is_quote_parent_hidden")?;
    // An unreadable quoted status counts as deleted.
    let quote =
        pages::readable(row, |row| pair(row, "quote", "quote_account")).flatten().map(|(status, account)| {
            Box::new(StatusView {
                status,
                account,
                is_parent_hidden: is_quote_parent_hidden,
                card: cards::read(row, "quote_card"),
                ..StatusView::default()
            })
        });
    let quote_hidden = row.opt_text("quote_hidden")?.as_deref().and_then(hidden_name);
    let account = accounts::read(row)?;
    let status = shown_of(status, &account);
    let card = cards::read(row, "card");
    let bytes = usize::try_from(row.opt_int("own")?.unwrap_or(0)).unwrap_or(0);
    Ok(match reblog {
        None => StatusView {
            status,
            account,
            reblog: None,
            app,
            quote,
            quote_hidden,
            is_parent_hidden,
            card,
            flags,
            bytes,
        },
        Some((inner, author)) => {
            let inner = StatusView {
                status: inner,
                account: author,
                reblog: None,
                app: app.clone(),
                quote,
                quote_hidden,
                is_parent_hidden,
                card,
                flags: Flags { is_pinned: false, ..flags.clone() },
                bytes: 0,
            };
            StatusView {
                status,
                account,
                reblog: Some(Box::new(inner)),
                app,
                flags,
                bytes,
                ..StatusView::default()
            }
        }
    })
}

/// Reads a row of [`eyes`]: the viewer, the stream, and what they see of `view`.
pub fn read_eyes(row: &Row, view: &StatusView) -> Result<(Id, String, Eyes)> {
    let policy = view.proper().status.quote_policy;
    let receipt = opt_unpacked(row, "receipt", receipts::unpack)?;
    let flags = opt_unpacked(row, "flags", |f| unpack_flags(f, policy))?.unwrap_or_default();
    let eyes = Eyes {
        flags: Flags { receipt, ..flags },
        quote_hidden: row.opt_text("quote_hidden")?.as_deref().and_then(hidden_name),
        is_parent_hidden: row.bool("is_parent_hidden")?,
        is_quote_parent_hidden: row.bool("is_quote_parent_hidden")?,
    };
    Ok((row.id("me")?, row.text("stream")?, eyes))
}

fn hidden_name(text: &str) -> Option<&'static str> {
    ["unauthorized", "blocked_account", "blocked_domain", "muted_account"].into_iter().find(|n| *n == text)
}

/// The condition that the viewer `?1` may see the status or boost `s`; of a boost, the boosted status as
/// well.
pub static VISIBLE: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
    format!(
        "({} AND (s.reblog_of_id IS NULL OR EXISTS (SELECT 1 FROM statuses o WHERE o.id = s.reblog_of_id AND {})))",
        visible("s", "?1"),
        visible("o", "?1")
    )
});

/// The condition that `me` may see the status `s`, without that of the boosted status and of suspended
/// authors ([`views`] has those): it is addressed to `me` ([`addressed`]), and its author does not block
/// them. The trigger `notifications_unwanted` has the same condition.
pub fn visible(s: &str, me: &str) -> String {
    format!(
        "({} AND NOT EXISTS (SELECT 1 FROM blocks k WHERE k.account_id = {s}.account_id AND k.target_id = {me}))",
        addressed(s, me)
    )
}

/// The condition that the status `s` is addressed to `me`: it is public or unlisted, their own, mentions
/// them, or is private and they follow the author.
pub fn addressed(s: &str, me: &str) -> String {
    format!(
        "({s}.visibility <= 1 OR {s}.account_id = {me} \
         OR EXISTS (SELECT 1 FROM mentions m WHERE m.account_id = {me} AND m.status_id = {s}.id) \
         OR ({s}.visibility = 2 AND EXISTS (SELECT 1 FROM follows w WHERE w.account_id = {me} AND w.target_id = {s}.account_id)))"
    )
}
