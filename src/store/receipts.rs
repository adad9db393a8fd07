//! receipts: what became of the delivery of local statuses, for their authors.

use serde_json::Value;

use super::Query;
use super::fields::Fields;
use crate::model::id::Id;
use crate::model::receipt::Receipt;
use crate::platform::sql::{Row, Statement};

/// An outbox row that brings a status is about to go out, its chunks written: so many servers are to have
/// it. An edit starts the count anew.
pub fn open(outbox: Id) -> Statement {
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

/// A server will not take what an outbox row brings; comes before the row's end.
pub fn refused(outbox: Id, domain: &str, why: &str) -> Statement {
    Statement::new(
        "UPDATE receipts SET refused = json_patch(refused, json_object(?2, ?3)) \
         WHERE status_id = (SELECT status_id FROM outbox WHERE id = ?1) AND outbox_id = ?1",
    )
    .bind(outbox)
    .bind(domain)
    .bind(why)
}

/// The receipt of a status as one JSON value, as [`unpack`] reads it. `@` is the SQL of its id.
const PACKED: &str = "(SELECT json_array(t.servers, json(t.refused), \
json((SELECT json_group_array(DISTINCT x.domain) FROM inboxes x WHERE x.id IN \
(SELECT j.value FROM chunks c CROSS JOIN json_each(c.inboxes) j WHERE c.outbox_id = t.outbox_id \
UNION ALL SELECT d.inbox_id FROM deliveries d WHERE d.outbox_id = t.outbox_id)))) FROM receipts t WHERE t.status_id = @)";

pub(super) fn packed(status: &str) -> String {
    PACKED.replace('@', status)
}

pub(super) fn unpack(f: &mut Fields) -> Receipt {
    let servers = f.int().max(0) as usize;
    let refused = match f.value() {
        Value::Object(all) => {
            all.into_iter().map(|(domain, why)| (domain, why.as_str().unwrap_or("").to_owned())).collect()
        }
        _ => Vec::new(),
    };
    Receipt { servers, refused, trying: f.each(Fields::text) }
}

/// The receipt of a status.
pub fn of_status(status: Id) -> Query<Option<Receipt>> {
    Query::first(Statement::new(format!("SELECT {} AS receipt", packed("?1"))).bind(status), |row: &Row| {
        super::opt_unpacked(row, "receipt", unpack)
    })
    .map(Option::flatten)
}
