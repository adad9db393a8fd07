//! Copies of pictures and other files of other servers, as files of ours.

use super::receive;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::media::{Kind, Purpose, Stored};
use crate::platform::fetch::{Incoming, Outgoing};
use crate::platform::guard::{Policy, SafeUrl};

const MAX_REDIRECTS: usize = 3;
/// Milliseconds for each request.
const TIMEOUT: u32 = 10_000;

/// Fetches the file at `url`, of at most as many bytes as a picture may have, and stores it under `key`, for this purpose.
///
/// Errors: `BadRequest` for a URL that may not be fetched, `Remote` where the other server does not answer, or with an
/// error or more bytes than such a file may have; `Unprocessable` where the file is not accepted; `Unavailable` where
/// the storage refuses.
pub async fn copy(app: &App, purpose: Purpose, key: String, url: &str) -> Result<Stored> {
    let answer = fetch(app, purpose, url).await?;
    receive::receive_file(app, purpose, key, &answer.body).await
}

/// A URL that we ask for: a public one that is not ours.
fn guarded(app: &App, url: &str) -> Result<SafeUrl> {
    let safe = SafeUrl::check(url, &Policy { is_development: app.config.is_development })?;
    if app.site().is_ours(safe.as_str()) || safe.origin() == app.config.public_origin {
        return Err(Error::bad_request("a file of ours"));
    }
    Ok(safe)
}

async fn fetch(app: &App, purpose: Purpose, url: &str) -> Result<Incoming> {
    let accept = match purpose {
        Purpose::Archive => "image/*, video/*, audio/*",
        _ => "image/png, image/gif, image/webp, image/*;q=0.5",
    };
    let mut next = guarded(app, url)?;
    for _ in 0..=MAX_REDIRECTS {
        let request = Outgoing {
            method: "GET",
            url: next.clone(),
            headers: vec![("User-Agent".into(), app.config.user_agent()), ("Accept".into(), accept.into())],
            body: Vec::new(),
            max_bytes: purpose.max_bytes(Kind::Image),
            is_cut: false,
            timeout_ms: TIMEOUT,
        };
        let answer = app.http.fetch(request).await?;
        match answer.status {
            200 => return Ok(answer),
            301 | 302 | 303 | 307 | 308 => {
                let target = answer.header("location").and_then(|location| next.join(location));
                let target =
                    target.ok_or_else(|| Error::answered(format!("{}: no location", next.host())))?;
                next = guarded(app, &target)?;
            }
            status => return Err(Error::answered(format!("{}: {status}", next.host()))),
        }
    }
    Err(Error::answered(format!("{}: too many redirects", next.host())))
}
