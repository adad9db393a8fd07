//! Statuses that were brought along from another server's archive. They are of their author like all others, but the
//! statements that insert and remove them tell no live stream.

use super::rows::{media_json, poll_json};
use crate::model::archive::Item;
use crate::model::id::Id;
use crate::platform::sql::Statement;
use crate::store::accounts::emojis_json;
use crate::store::{Query, to_json, uris};

/// Those of these uris that the account has brought along, or that are its own statuses here, each with its id.
pub fn known(account: Id, uris: &[String]) -> Query<Vec<(String, Id)>> {
    Query::all(
        Statement::new(format!(
            "SELECT x.uri AS uri, x.status AS id FROM (SELECT j.value AS uri, coalesce((SELECT s.id FROM statuses s INDEXED BY statuses_brought \
             WHERE s.account_id = ?1 AND s.brought_uri = j.value AND s.brought_uri IS NOT NULL), \
             (SELECT s.id FROM statuses s WHERE {} AND s.is_local = 1 AND s.account_id = ?1)) AS status \
             FROM json_each(?2) j) x WHERE x.status IS NOT NULL",
            uris::is("s", "j.value")
        ))
        .bind(account)
        .bind(to_json(&uris)),
        |row| Ok((row.text("uri")?, row.id("id")?)),
    )
}

/// Inserts a status with its id and address here, unless its uri there is known or its id is used; returns `id`. Its parent
/// is what the account has brought along under that uri, if it is older; else the uri is kept, for a parent that comes later.
pub fn insert(item: &Item) -> Statement {
    let s = &*item.status.fitting();
    let is_derived = uris::is_derived("?1", "?2");
    Statement::new(format!(
        "INSERT INTO statuses (id, uri, url, account_id, is_local, visibility, in_reply_to_id, in_reply_to_account_id, in_reply_to_uri, \
         conversation, content, text, spoiler_text, is_sensitive, language, tags, emojis, media, created_at, edited_at, \
         quote_policy, poll, brought_uri, brought_url, is_derived) \
         SELECT ?1, ?2, ?3, ?4, 1, ?5, p.id, p.account_id, iif(p.id IS NULL, ?6, NULL), coalesce(p.conversation, ?2), \
         ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, nullif(?20, ?19), {is_derived} \
         FROM (SELECT 1) LEFT JOIN statuses p INDEXED BY statuses_brought \
         ON p.account_id = ?4 AND p.brought_uri = ?6 AND p.brought_uri IS NOT NULL AND p.id < ?1 \
         WHERE true ON CONFLICT DO NOTHING RETURNING id",
    ))
    .bind(s.id)
    .bind(&s.uri)
    .bind(&s.url)
    .bind(s.account_id)
    .bind(s.visibility as i64)
    .bind(item.parent.clone())
    .bind(&s.content)
    .bind(s.text.clone())
    .bind(&s.spoiler_text)
    .bind(s.is_sensitive)
    .bind(s.language.clone())
    .bind(to_json(&s.tags))
    .bind(emojis_json(&s.emojis))
    .bind(media_json(&s.media))
    .bind(s.created_at)
    .bind(s.edited_at)
    .bind(s.quote_policy.0)
    .bind(s.poll.as_ref().map(poll_json))
    .bind(&item.uri)
    .bind(&item.url)
}

/// What belongs to statuses that the same batch has inserted: the answers that came before them, their hashtags, their
/// texts in the search index (`searchable`, in the order of `items`), and their files. Nothing of those that it has not.
pub fn insert_details(account: Id, items: &[Item], searchable: &[String]) -> Vec<Statement> {
    let inserted = |item: &Item| (item.status.id.0, item.uri.clone());
    let uris: Vec<(i64, String)> = items.iter().map(inserted).collect();
    let is_inserted = "s.id = json_extract(j.value, '$[0]') AND s.account_id = ?1 AND s.brought_uri = json_extract(j.value, '$[1]')";
    let mut all = vec![
        Statement::new(
            "UPDATE statuses SET in_reply_to_id = p.id, in_reply_to_account_id = ?1, in_reply_to_uri = NULL, conversation = p.conversation \
             FROM json_each(?2) j CROSS JOIN statuses p ON p.id = json_extract(j.value, '$[0]') AND p.account_id = ?1 \
             AND p.brought_uri = json_extract(j.value, '$[1]') \
             WHERE statuses.in_reply_to_uri = p.brought_uri AND statuses.in_reply_to_uri IS NOT NULL \
             AND statuses.account_id = ?1 AND statuses.brought_uri IS NOT NULL AND statuses.id > p.id",
        )
        .bind(account)
        .bind(to_json(&uris)),
    ];
    let tags: Vec<(i64, &str, &[String])> = items
        .iter()
        .filter(|item| item.status.visibility.is_distributable() && !item.status.tags.is_empty())
        .map(|item| (item.status.id.0, item.uri.as_str(), item.status.tags.as_slice()))
        .collect();
    if !tags.is_empty() {
        all.push(
            Statement::new(format!(
                "INSERT INTO status_tags (tag, status_id) SELECT t.value, s.id FROM json_each(?2) j CROSS JOIN statuses s ON {is_inserted} \
                 CROSS JOIN json_each(j.value, '$[2]') t WHERE true ON CONFLICT DO NOTHING"
            ))
            .bind(account)
            .bind(to_json(&tags)),
        );
    }
    let texts: Vec<(i64, &str, &str)> = items
        .iter()
        .zip(searchable)
        .map(|(item, text)| (item.status.id.0, item.uri.as_str(), text.as_str()))
        .collect();
    // A space is appended, as everywhere in the index.
    all.push(
        Statement::new(format!(
            "INSERT INTO status_search (rowid, text) SELECT s.id, json_extract(j.value, '$[2]') || ' ' FROM json_each(?2) j \
             CROSS JOIN statuses s ON {is_inserted} WHERE NOT EXISTS (SELECT 1 FROM status_search_docsize d WHERE d.id = s.id)"
        ))
        .bind(account)
        .bind(to_json(&texts)),
    );
    let media: Vec<(i64, i64)> =
        items.iter().flat_map(|item| item.media.iter().map(|file| (file.0, item.status.id.0))).collect();
    if !media.is_empty() {
        all.push(
            Statement::new(
                "UPDATE media SET owner_id = s.id, unused_since = NULL FROM json_each(?2) j CROSS JOIN statuses s \
                 ON s.id = json_extract(j.value, '$[1]') AND s.account_id = ?1 AND s.brought_uri IS NOT NULL \
                 WHERE media.id = json_extract(j.value, '$[0]') AND media.account_id = ?1 AND media.file <> ''",
            )
            .bind(account)
            .bind(to_json(&media)),
        );
    }
    all
}

/// How many statuses an account has brought along. Reads an entry of the index for each.
pub fn count(account: Id) -> Query<i64> {
    Query::new(
        Statement::new(
            "SELECT count(*) AS n FROM statuses INDEXED BY statuses_brought WHERE account_id = ?1 AND brought_uri IS NOT NULL",
        )
        .bind(account),
        |rows| rows.first().map_or(Ok(0), |row| row.int("n")),
    )
}

/// Some of them, and whether other servers may have each: somebody has answered (its author as well, here), marked, boosted or
/// quoted it, it is pinned, or it was edited here.
pub fn some(account: Id, most: usize) -> Query<Vec<(Id, bool)>> {
    Query::all(
        Statement::new(
            "SELECT s.id AS id, (s.favourites_count + s.reblogs_count > 0 OR s.reactions <> '{}' \
             OR EXISTS (SELECT 1 FROM statuses q INDEXED BY statuses_quotes WHERE q.quote_of_id = s.id) \
             OR EXISTS (SELECT 1 FROM status_edits e WHERE e.status_id = s.id) \
             OR EXISTS (SELECT 1 FROM pins p WHERE p.account_id = ?1 AND p.status_id = s.id) \
             OR EXISTS (SELECT 1 FROM statuses r INDEXED BY statuses_by_parent WHERE r.in_reply_to_id = s.id AND r.brought_uri IS NULL)) AS is_known \
             FROM (SELECT * FROM statuses INDEXED BY statuses_brought WHERE account_id = ?1 AND brought_uri IS NOT NULL \
             ORDER BY brought_uri LIMIT ?2) s",
        )
        .bind(account)
        .bind(most),
        |row| Ok((row.id("id")?, row.bool("is_known")?)),
    )
}

/// Removes statuses that were brought along; their files go at the next sweep. The second statement returns the `id` of each.
pub fn remove(account: Id, ids: &[Id]) -> [Statement; 2] {
    [
        Statement::new(
            "UPDATE media SET owner_id = NULL, unused_since = 0 WHERE owner_id IN (SELECT s.id FROM json_each(?2) j \
             CROSS JOIN statuses s ON s.id = j.value AND s.account_id = ?1 AND s.brought_uri IS NOT NULL) AND account_id = ?1",
        ),
        Statement::new(
            "DELETE FROM statuses WHERE id IN (SELECT value FROM json_each(?2)) AND account_id = ?1 AND brought_uri IS NOT NULL \
             RETURNING id",
        ),
    ]
    .map(|statement| statement.bind(account).bind_ids(ids))
}
