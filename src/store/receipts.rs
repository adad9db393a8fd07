//! receipts: the delivery of local statuses, for their authors.

use super::Query;
use super::fields::Fields;
use crate::model::id::Id;
use crate::model::receipt::{NAMED, Receipt};
use crate::platform::sql::{Row, Statement};

/// An outbox row of a status is about to be sent, with its chunks written: stores the number of its inboxes.
/// An edit resets the receipt.
pub fn start(outbox: Id) -> Statement {
    Statement::new(
        "INSERT INTO receipts (status_id, outbox_id, servers) \
         SELECT o.status_id, o.id, count(DISTINCT x.domain) FROM outbox o CROSS JOIN statuses s ON s.id = o.status_id \
         CROSS JOIN chunks c ON c.outbox_id = o.id CROSS JOIN json_each(c.inboxes) j CROSS JOIN inboxes x ON x.id = j.value \
         WHERE o.id = ?1 AND o.activity IS NULL GROUP BY o.id \
         ON CONFLICT (status_id) DO UPDATE SET outbox_id = excluded.outbox_id, servers = excluded.servers, refused = '{}' \
         WHERE excluded.outbox_id > receipts.outbox_id",
    )
    .bind(outbox)
}

/// Of each (outbox row, domain, why): the server will not take what the row brings; comes before the row's end. 200
/// characters of a reason are kept, and 200 kB of refusals for a status.
pub fn refused(all: &[(Id, &str, &str)]) -> Statement {
    let rows: Vec<(i64, &str, &str)> =
        all.iter().map(|(outbox, domain, why)| (outbox.0, *domain, *why)).collect();
    Statement::new(
        "UPDATE receipts SET refused = json_patch(refused, (SELECT json_group_object(j.value ->> 1, substr(j.value ->> 2, 1, 200)) \
         FROM json_each(?1) j WHERE j.value ->> 0 = receipts.outbox_id)) WHERE octet_length(refused) < 200000 \
         AND (status_id, outbox_id) IN (SELECT o.status_id, o.id FROM json_each(?1) j CROSS JOIN outbox o ON o.id = j.value ->> 0)",
    )
    .bind(super::to_json(&rows))
}

/// The receipt of a status as one JSON value, as [`unpack`] reads it. `@` is the SQL of its id. Only some of
/// the servers, which may be thousands, are named.
static PACKED: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| {
    let refused = super::sound("t.refused");
    format!(
        "(SELECT json_array(t.servers, (SELECT count(*) FROM json_each({refused})), \
         json((SELECT json_group_array(json_array(key, value)) FROM (SELECT key, value FROM json_each({refused}) LIMIT {NAMED}))), \
         json((SELECT json_array(count(*), json(json_group_array(domain) FILTER (WHERE n <= {NAMED})), \
         total(json_type({refused}, '$.\"' || domain || '\"') IS NULL)) FROM (SELECT domain, row_number() OVER () AS n FROM (\
         SELECT DISTINCT x.domain AS domain FROM inboxes x WHERE x.id IN (\
         SELECT j.value FROM chunks c CROSS JOIN json_each({inboxes}) j WHERE c.outbox_id = t.outbox_id \
         UNION ALL SELECT d.inbox_id FROM deliveries d WHERE d.outbox_id = t.outbox_id)))))) FROM receipts t WHERE t.status_id = @)",
        inboxes = super::sound("c.inboxes"),
    )
});

pub(super) fn packed(status: &str) -> String {
    PACKED.replace('@', status)
}

pub(super) fn unpack(f: &mut Fields) -> Receipt {
    let count = |n: i64| usize::try_from(n).unwrap_or(0);
    let (servers, refused_count) = (count(f.int()), count(f.int()));
    let refused = f.lists(|f| (f.text(), f.text()));
    let (trying_count, trying, only_trying) = f
        .opt_inner(|f| (count(f.int()), f.each(|f| f.text()), f.value().as_f64().unwrap_or(0.0) as usize))
        .unwrap_or_default();
    Receipt { servers, refused_count, refused, trying_count, trying, missing: refused_count + only_trying }
}

/// The receipt of a status.
pub fn of_status(status: Id) -> Query<Option<Receipt>> {
    Query::first(Statement::new(format!("SELECT {} AS receipt", packed("?1"))).bind(status), |row: &Row| {
        super::opt_unpacked(row, "receipt", unpack)
    })
    .map(Option::flatten)
}
