//! cards: previews of linked pages, one a URL, shared by all statuses with it.

use super::fields::Fields;
use super::{Query, accounts, jobs, opt_unpacked, uris, whole};
use crate::model::budget::By;
use crate::model::card::{Card, Found};
use crate::model::id::Id;
use crate::model::time::Time;
use crate::platform::sql::{Row, Statement};

/// What is known of the page at `url` (an expression, which may be NULL) as one JSON column: NULL where nothing is. One row
/// read, and one of its author's account.
pub(super) fn packed(url: &str) -> String {
    format!(
        "(SELECT json_array(cd.due_at, CASE WHEN cd.card IS NOT NULL THEN {} END, CASE WHEN cd.author_id IS NOT NULL THEN \
         json((SELECT {} FROM accounts ca WHERE ca.id = cd.author_id AND ca.suspended_at IS NULL)) END) \
         FROM cards cd WHERE cd.url = {url})",
        whole("cd.card"),
        accounts::packed_shown("ca")
    )
}

/// Reads the column `column` that [`packed`] made. An unreadable card is none.
pub(super) fn read(row: &Row, column: &str) -> Option<Box<Found>> {
    match opt_unpacked(row, column, unpack) {
        Ok(found) => found.map(Box::new),
        Err(error) => {
            let error: String = error.to_string().chars().take(200).collect();
            crate::platform::log(&format!("a card is passed by: {error}"));
            None
        }
    }
}

fn unpack(f: &mut Fields) -> Found {
    let due_at = f.time();
    Found { due_at, card: f.opt_inner(card), author: f.opt_inner(accounts::unpack) }
}

/// The order is that of [`to_json`].
fn card(f: &mut Fields) -> Card {
    Card {
        is_photo: f.truth(),
        title: f.text(),
        description: f.text(),
        language: f.opt_text(),
        author_name: f.text(),
        author_url: f.text(),
        provider_name: f.text(),
        provider_url: f.text(),
        image: f.opt_text(),
        image_description: f.text(),
        width: f.int(),
        height: f.int(),
        embed_url: f.text(),
        published_at: f.opt_time(),
        host: f.text(),
        linked_host: f.text(),
    }
}

fn to_json(c: &Card) -> String {
    let of_author = (&c.author_name, &c.author_url, &c.provider_name, &c.provider_url);
    serde_json::json!([
        i64::from(c.is_photo),
        c.title,
        c.description,
        c.language,
        of_author.0,
        of_author.1,
        of_author.2,
        of_author.3,
        c.image,
        c.image_description,
        c.width,
        c.height,
        c.embed_url,
        c.published_at.map(|t| t.0),
        c.host,
        c.linked_host,
    ])
    .to_string()
}

/// Stores the card of a page with the account of its author.
pub fn keep(url: &str, card: &Card, author: Option<Id>, due_at: Time) -> Statement {
    Statement::new(
        "INSERT INTO cards (url, card, author_id, due_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (url) DO UPDATE SET \
         card = excluded.card, author_id = excluded.author_id, due_at = excluded.due_at",
    )
    .bind(url)
    .bind(to_json(card))
    .bind(author)
    .bind(due_at)
}

/// A page did not answer, or has no card: one that is stored stays.
pub fn keep_failure(url: &str, due_at: Time) -> Statement {
    Statement::new(
        "INSERT INTO cards (url, due_at) VALUES (?1, ?2) ON CONFLICT (url) DO UPDATE SET due_at = excluded.due_at",
    )
    .bind(url)
    .bind(due_at)
}

/// A page must not be shown: a card that is stored goes.
pub fn remove(url: &str, due_at: Time) -> Statement {
    Statement::new(
        "INSERT INTO cards (url, due_at) VALUES (?1, ?2) ON CONFLICT (url) DO UPDATE SET \
         card = NULL, author_id = NULL, due_at = excluded.due_at",
    )
    .bind(url)
    .bind(due_at)
}

/// Adds the job that fetches a page, which this invocation starts, unless its card is known and not old. Returns `id` where
/// it was added.
pub fn job(by: By, id: Id, url: &str, now: Time) -> Statement {
    let is_new = "NOT EXISTS (SELECT 1 FROM cards c WHERE c.url = ?3 AND c.due_at > ?12)";
    jobs::start_where(is_new, by, id, "card", url, now).bind(now)
}

/// Whether any of these URLs is the id of a status or account that is stored here: a status that links to one of them has
/// no card.
pub fn is_known_here(urls: &[String]) -> Query<bool> {
    Query::new(
        Statement::new(format!(
            "SELECT EXISTS (SELECT 1 FROM json_each(?1) j CROSS JOIN statuses s ON {}) \
             OR EXISTS (SELECT 1 FROM json_each(?1) j CROSS JOIN accounts a ON a.uri = j.value) AS found",
            uris::is("s", "j.value")
        ))
        .bind(super::to_json(urls)),
        |rows| rows.first().map_or(Ok(false), |row| row.bool("found")),
    )
}

/// Deletes the cards of pages on a domain and its subdomains, linked or served there. Reads all cards, which is acceptable
/// for a rare operation. The hosts are those that were stored with a card: its URL is as somebody wrote it, with a port, in
/// capitals or in letters of any script.
pub fn delete_of_domain(domain: &str) -> Statement {
    let within = |place: u32| {
        let host = format!("iif(json_valid(card), card ->> {place}, '')");
        super::domain_blocks::is_within(&host, "?1")
    };
    Statement::new(format!("DELETE FROM cards WHERE {} OR {}", within(14), within(15))).bind(domain)
}

/// The last of the cards that a run of [`tidy`] looks at after the one with the URL `after`; none where it looks at fewer than
/// `count`.
pub fn seen(after: &str, count: usize) -> Query<Option<String>> {
    let sql = "SELECT url FROM cards WHERE url > ?1 ORDER BY url LIMIT 1 OFFSET ?2";
    Query::first(Statement::new(sql).bind(after).bind(count.saturating_sub(1)), |row| row.text("url"))
}

/// Deletes what is of no more use: pages without a card that would be asked again, at most `most`, and of the `count` cards
/// after the one with the URL `after` those that nobody has looked at for `kept` milliseconds after they were due. Cards have no
/// index for that: it would be a row of each.
pub fn tidy(now: Time, kept: i64, most: usize, (after, count): (&str, usize)) -> [Statement; 2] {
    [
        Statement::new(
            "DELETE FROM cards WHERE url IN (SELECT url FROM cards WHERE card IS NULL AND due_at <= ?1 LIMIT ?2)",
        )
        .bind(now)
        .bind(most),
        Statement::new(
            "DELETE FROM cards WHERE url IN (SELECT url FROM (SELECT * FROM cards WHERE url > ?1 ORDER BY url LIMIT ?2) \
             WHERE card IS NOT NULL AND due_at <= ?3)",
        )
        .bind(after)
        .bind(count)
        .bind(now.plus(-kept)),
    ]
}
