//! <https://docs.joinmastodon.org/methods/async_refreshes/>: an answer that is not whole yet says so in a header, whose id
//! tells when it is. Here that is a thread of another server.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde_json::json;

use crate::app::App;
use crate::config::hmac_sha256;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::time::{DAY, SECOND, Time};
use crate::model::user::Viewer;
use crate::platform::sql::Statement;
use crate::services::password::is_equal;
use crate::store;
use crate::store::threads::{Backfill, BackfillState};

/// The header of an answer that is not whole yet: an id, seconds until it is worth asking, what was found so far.
pub const HEADER: &str = "Mastodon-Async-Refresh";

/// Seconds until a client asks again: the first step takes a few, and what does not fit it is done by cron.
const RETRY: u32 = 3;
const RETRY_LATER: u32 = 15;
/// What begins once the answer is sent has begun by then.
const BEGINS_WITHIN: i64 = 10 * SECOND;
/// How long an id is valid, as on Mastodon.
const LIFETIME: i64 = DAY;

pub fn routes() -> Vec<Route> {
    let show = Route::new("GET", "/api/v1_alpha/async_refreshes/{id}", crate::user!("read", show));
    vec![show.preload(preload)]
}

/// A backfill of a thread: the status, and when it began or was to begin. As an id, 16 bytes and half of a MAC of them, so
/// that no row is needed to know that it was given to somebody who could see the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Refresh {
    status: Id,
    at: Time,
}

impl Refresh {
    fn id(self, key: &[u8]) -> String {
        let mut bytes = [self.status.0.to_be_bytes(), self.at.0.to_be_bytes()].concat();
        let mac = hmac_sha256(key, &[b"async refresh\n", bytes.as_slice()].concat());
        bytes.extend_from_slice(&mac[..16]);
        BASE64.encode(bytes)
    }

    /// `None` for an id that we did not make, or that is too old.
    fn read(key: &[u8], id: &str, now: Time) -> Option<Self> {
        let bytes = BASE64.decode(id).ok()?;
        let (status, rest) = bytes.split_first_chunk()?;
        let (at, _) = rest.split_first_chunk()?;
        let refresh = Self { status: Id(i64::from_be_bytes(*status)), at: Time(i64::from_be_bytes(*at)) };
        let is_ours = is_equal(refresh.id(key).as_bytes(), id.as_bytes());
        (is_ours && now < refresh.at.plus(LIFETIME)).then_some(refresh)
    }
}

/// The header's value for a thread whose backfill is going on, or `begins` now; else `None`.
pub fn header(app: &App, backfill: &Backfill, begins: bool) -> Option<String> {
    let (at, found, retry) = match backfill.state {
        _ if begins => (app.now(), 0, RETRY),
        BackfillState::Begun => (backfill.began_at?, backfill.found, RETRY),
        BackfillState::GoingOn => (backfill.began_at?, backfill.found, RETRY_LATER),
        BackfillState::Over => return None,
    };
    let id = Refresh { status: backfill.status, at }.id(&app.config.form_key);
    Some(format!("id=\"{id}\", retry={retry}, result_count={found}"))
}

fn asked(c: &Context<'_>) -> Result<Refresh> {
    Refresh::read(&c.app.config.form_key, c.segment("id")?, c.app.now()).ok_or(Error::NotFound)
}

/// The backfill, for whom the token was when this isolate last saw it: read beside the authentication.
fn preload(c: &Context<'_>, token_hash: &[u8]) -> Vec<Statement> {
    let (Some(viewer), Ok(refresh)) = (c.app.shared.viewer(token_hash), asked(c)) else { return Vec::new() };
    c.preloaded_for.set(Some(viewer));
    store::statements(store::threads::backfill(refresh.status, Some(viewer), c.app.now())).0
}

/// Whether what an answer lacked is there now. Absent for a status that the viewer may not see (any more).
async fn show(c: &Context<'_>, viewer: Viewer) -> Result<Response> {
    let (refresh, viewer) = (asked(c)?, Some(viewer.account.id));
    let query = store::threads::backfill(refresh.status, viewer, c.app.now());
    let found = match c.take_preloaded(viewer) {
        Some(rows) => query.read(rows)?,
        None => store::load(&c.app.db, query).await?,
    };
    let backfill = found.ok_or(Error::NotFound)?;
    let has_begun = backfill.began_at.is_some_and(|at| at >= refresh.at);
    let is_running = match has_begun {
        true => backfill.state != BackfillState::Over,
        false => c.app.now() < refresh.at.plus(BEGINS_WITHIN),
    };
    Ok(Response::json(&json!({"async_refresh": {
        "id": c.segment("id")?,
        "status": if is_running { "running" } else { "finished" },
        "result_count": if has_begun { backfill.found } else { 0 },
    }})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_ids_are_read_and_for_a_day() {
        let (key, now) = ([7; 32], Time(1_790_000_000_000));
        let refresh = Refresh { status: Id(5), at: now };
        let id = refresh.id(&key);
        assert_eq!(id.len(), 43);
        assert_eq!(Refresh::read(&key, &id, now), Some(refresh));
        assert_eq!(Refresh::read(&key, &id, now.plus(DAY - 1)), Some(refresh));
        assert_eq!(Refresh::read(&key, &id, now.plus(DAY)), None);
        assert_eq!(Refresh::read(&[8; 32], &id, now), None);
        let bytes = BASE64.decode(&id).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut other = bytes.clone();
            other[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Refresh::read(&key, &BASE64.encode(other), now), None, "{bit}");
        }
        for bad in ["", "x", &id[..42], &format!("{id}A"), &format!("{id}="), &"A".repeat(43)] {
            assert_eq!(Refresh::read(&key, bad, now), None, "{bad}");
        }
    }
}
