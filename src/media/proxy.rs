//! Files of other servers, passed on: readers ask us, and the other server sees only that we ask. The path has the URL and
//! a tag that only we can make (`model::proxy`), so that nobody can make us fetch what they choose. Nothing is passed on of hosts
//! that are suspended or whose media are rejected, which an isolate remembers for a minute: tags do not end.

use super::serve::inert;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::range::Range;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::ledger::Work;
use crate::model::media;
use crate::model::proxy;
use crate::model::time::Time;
use crate::platform::Body;
use crate::platform::fetch::{Incoming, Outgoing, Passed};
use crate::platform::guard::{Policy, SafeUrl};
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![Route::new("GET", "/proxy/{mac}/{url}", crate::public!(show))]
}

const MAX_REDIRECTS: usize = 3;
/// Milliseconds until the head of the answer, over all redirects.
const TIMEOUT: i64 = 10_000;
/// Maximum bytes of a video or sound.
const MAX_FILE: u64 = 100 * 1024 * 1024;
/// Maximum bytes of a file that is kept in the cache. What the cache has and a slow reader has not lies in memory, of which
/// there are 128 MB for all requests; and whoever has the address of a file may read it slowly, often at once.
const MAX_KEPT: u64 = 8 * 1024 * 1024;
/// What clients and the cache keep: files have a new URL when they change.
const CACHING: &str = "public, max-age=604800, immutable";
const CACHING_OF_FAILURES: &str = "public, max-age=60";

/// Why a file is not passed on.
enum Failure {
    /// There is none, now (404) or for good (410).
    Absent(u16),
    /// The other server does not answer.
    Silent,
    /// It answers something else.
    Wrong,
}

async fn show(c: &Context<'_>) -> Result<Response> {
    let (mac, encoded) = (c.segment("mac")?, c.segment("url")?);
    // In one spelling only, since each has its own entry in the cache.
    let is_plain = c.request.query.is_empty() && c.request.path == format!("{}{mac}/{encoded}", proxy::START);
    let url = proxy::open(&c.app.config.proxy_key, mac, encoded).filter(|_| is_plain);
    let url = url.and_then(|url| guarded(c.app, &url)).ok_or(Error::NotFound)?;
    if !c.app.allows(Work::MediaProxy) {
        return Err(Error::Spent("files of other servers wait for the next day".into()));
    }
    if is_rejected(c.app, &url.host()).await? {
        return Err(Error::NotFound);
    }
    Ok(match pass(c.app, c.request, &url).await {
        Ok(response) => response,
        Err(failure) => {
            let status = match failure {
                Failure::Absent(status) => status,
                Failure::Silent => 504,
                Failure::Wrong => 502,
            };
            Response::new(status, "text/plain; charset=utf-8", "")
                .with("Cache-Control", CACHING_OF_FAILURES)
                .with("X-Content-Type-Options", "nosniff")
        }
    })
}

/// Whether nothing of a host is passed on.
async fn is_rejected(app: &App, host: &str) -> Result<bool> {
    if let Some(known) = app.shared.is_media_rejected(host, app.now()) {
        return Ok(known);
    }
    let effects = store::load(&app.db, store::domain_blocks::effects(&[host])).await?;
    app.shared.keep_media_rejected(host, effects.rejects_media, app.now());
    Ok(effects.rejects_media)
}

/// A URL that we ask for: a public one that is not ours.
fn guarded(app: &App, url: &str) -> Option<SafeUrl> {
    let safe = SafeUrl::check(url, &Policy { is_development: app.config.is_development }).ok()?;
    let is_ours = app.site().is_ours(safe.as_str()) || safe.origin() == app.config.public_origin;
    (!is_ours).then_some(safe)
}

async fn pass(app: &App, request: &Request, url: &SafeUrl) -> std::result::Result<Response, Failure> {
    let asked =
        request.header("range").filter(|range| is_part(range) && request.header("if-range").is_none());
    // Browsers ask for videos from the first byte on: that is all of it, which can be kept.
    let from_start = asked.is_some_and(|range| range == "bytes=0-");
    let range = asked.filter(|_| !from_start);
    let (last, answer, body) = open(app, request, url, range).await?;
    let found = match answer.status {
        200 | 206 | 416 => checked(&answer, [&last, url], range.is_some()),
        status @ (404 | 410) => Err(Failure::Absent(status)),
        _ => Err(Failure::Wrong),
    };
    let found = match found {
        Ok(found) => found,
        Err(failure) => {
            body.discard();
            return Err(failure);
        }
    };
    let caching = if answer.status == 416 { CACHING_OF_FAILURES } else { CACHING };
    let mut response = Response::new(answer.status, &found.media_type, Vec::new())
        .with("Cache-Control", caching)
        .with("Accept-Ranges", "bytes");
    if answer.status != 200 {
        response = response.with("Content-Range", found.content_range);
    } else if from_start && let Some(length @ 1..) = found.length {
        let last = length - 1;
        response = response.status(206).with("Content-Range", format!("bytes 0-{last}/{length}"));
    }
    let response = inert(response);
    if answer.status == 416 {
        body.discard();
        return Ok(response.with("Content-Length", "0"));
    }
    if request.method == "HEAD" {
        body.discard();
        return Ok(match found.length {
            Some(length) => response.with("Content-Length", length.to_string()),
            None => response,
        });
    }
    let is_small = match found.length {
        Some(length) => length <= MAX_KEPT,
        // Where it is short: the platform sees.
        None => found.media_type.starts_with("image/"),
    };
    let is_kept = answer.status == 200 && is_small;
    app.passed.replace(Some(Passed { body, length: found.length, most: found.most, is_kept }));
    Ok(response)
}

/// Whether a Range header asks for one part.
fn is_part(range: &str) -> bool {
    range.len() <= 64 && matches!(Range::parse(Some(range), u64::MAX), Range::Part(..))
}

/// Asks for a URL, with redirects: the last URL, and the answer with its body.
async fn open(
    app: &App,
    request: &Request,
    url: &SafeUrl,
    range: Option<&str>,
) -> std::result::Result<(SafeUrl, Incoming, Body), Failure> {
    let end = app.now().plus(TIMEOUT);
    let mut headers = vec![
        ("User-Agent".to_owned(), app.config.user_agent()),
        ("Accept".into(), "image/*, video/*, audio/*".into()),
        // Otherwise the length would not be that of the file.
        ("Accept-Encoding".into(), "identity".into()),
    ];
    headers.extend(range.map(|range| ("Range".to_owned(), range.to_owned())));
    let mut next = url.clone();
    for _ in 0..=MAX_REDIRECTS {
        let timeout_ms = left(end, app.now()).ok_or(Failure::Silent)?;
        let request = Outgoing {
            method: if request.method == "HEAD" { "HEAD" } else { "GET" },
            url: next.clone(),
            headers: headers.clone(),
            body: Vec::new(),
            max_bytes: 0,
            is_cut: false,
            timeout_ms,
        };
        let (answer, body) = app.http.open(request).await.map_err(|error| match error {
            Error::Remote { is_silent: true, .. } => Failure::Silent,
            _ => Failure::Wrong,
        })?;
        if !matches!(answer.status, 301 | 302 | 303 | 307 | 308) {
            return Ok((next, answer, body));
        }
        body.discard();
        let target = answer.header("location").and_then(|location| next.join(location));
        next = target.and_then(|target| guarded(app, &target)).ok_or(Failure::Wrong)?;
        if is_rejected(app, &next.host()).await.map_err(|_| Failure::Wrong)? {
            return Err(Failure::Absent(404));
        }
    }
    Err(Failure::Wrong)
}

/// Milliseconds until `end`.
fn left(end: Time, now: Time) -> Option<u32> {
    u32::try_from(end.0 - now.0).ok().filter(|left| *left > 0)
}

/// What is passed on of an answer's headers.
struct Found {
    media_type: String,
    /// Of the body.
    length: Option<u64>,
    most: u64,
    /// Of a part, and of a part that does not exist.
    content_range: String,
}

fn checked(answer: &Incoming, urls: [&SafeUrl; 2], is_part: bool) -> std::result::Result<Found, Failure> {
    let header = |name: &str| answer.header(name).unwrap_or("").trim();
    if answer.status != 200 && !is_part {
        return Err(Failure::Wrong);
    }
    if answer.status == 416 {
        let content_range =
            content_range(header("content-range")).unwrap_or(("bytes */*".into(), None, None));
        let media_type = "application/octet-stream".into();
        return Ok(Found { media_type, length: Some(0), most: 0, content_range: content_range.0 });
    }
    let media_type = passed_type(header("content-type"), urls).ok_or(Failure::Wrong)?;
    let most = if media_type.starts_with("image/") { media::MAX_IMAGE as u64 } else { MAX_FILE };
    let is_encoded = !matches!(header("content-encoding"), "" | "identity");
    let mut length = header("content-length").parse().ok().filter(|_| !is_encoded);
    let mut range = String::new();
    if answer.status == 206 {
        let (text, part, size) = content_range(header("content-range")).ok_or(Failure::Wrong)?;
        let part = part.ok_or(Failure::Wrong)?;
        if is_encoded || length.is_some_and(|length| length != part) || size.is_some_and(|size| size > most) {
            return Err(Failure::Wrong);
        }
        (range, length) = (text, Some(part));
    }
    if length.is_some_and(|length| length > most) {
        return Err(Failure::Wrong);
    }
    Ok(Found { media_type, length, most, content_range: range })
}

/// A Content-Range (RFC 9110, section 14.4), written anew: with the bytes of the part, and of the file where it says so.
fn content_range(header: &str) -> Option<(String, Option<u64>, Option<u64>)> {
    let (part, size) = header.strip_prefix("bytes ")?.split_once('/')?;
    let size: Option<u64> = if size == "*" { None } else { Some(size.parse().ok()?) };
    let shown = size.map_or_else(|| "*".to_owned(), |size| size.to_string());
    if part == "*" {
        return Some((format!("bytes */{shown}"), None, size));
    }
    let (first, last) = part.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    if last < first || size.is_some_and(|size| last >= size) {
        return None;
    }
    let length = (last - first).checked_add(1)?;
    Some((format!("bytes {first}-{last}/{shown}"), Some(length), size))
}

/// The type under which a file is passed on: pictures, videos and sounds, but for types in which scripts run, and playlists,
/// which make players ask other servers. What is only said to be bytes has the type of its file name.
fn passed_type(content_type: &str, urls: [&SafeUrl; 2]) -> Option<String> {
    let essence = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    if matches!(essence.as_str(), "application/octet-stream" | "binary/octet-stream") {
        return urls.into_iter().find_map(|url| {
            let path = url.path_and_query();
            let path = path.split('?').next().unwrap_or("");
            let (_, extension) = path.rsplit_once('.')?;
            media::media_type(&extension.to_ascii_lowercase()).map(str::to_owned)
        });
    }
    let (kind, name) = essence.split_once('/')?;
    let is_kind = matches!(kind, "image" | "video" | "audio");
    let is_name = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-'));
    let is_active = ["svg", "xml", "html", "mpegurl"].iter().any(|active| name.contains(active));
    (is_kind && is_name && !is_active).then_some(essence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_are_passed_on() {
        let url = |text: &str| SafeUrl::check(text, &Policy::default()).unwrap();
        let of = |content_type: &str, text: &str| {
            passed_type(content_type, [&url(text), &url("https://b.example/")])
        };
        for same in [
            "image/png",
            "image/jpeg",
            "image/x-icon",
            "video/mp4",
            "audio/ogg",
            "image/vnd.microsoft.icon",
            "image/x+zip",
        ] {
            assert_eq!(of(same, "https://b.example/a").as_deref(), Some(same));
        }
        for (length, is_passed) in [(64, true), (65, false)] {
            let name = format!("image/{}", "x".repeat(length));
            assert_eq!(of(&name, "https://b.example/a").is_some(), is_passed, "{length}");
        }
        assert_eq!(of(" Image/PNG ; charset=x", "https://b.example/a").as_deref(), Some("image/png"));
        for bytes in ["application/octet-stream", "binary/octet-stream"] {
            assert_eq!(of(bytes, "https://b.example/a/b.WEBP?x=.html").as_deref(), Some("image/webp"));
            for other in ["a.svg", "a.html", "a", "a.jpg/b", "a?b.jpg"] {
                assert_eq!(of(bytes, &format!("https://b.example/{other}")), None, "{other}");
            }
            let redirected =
                passed_type(bytes, [&url("https://b.example/x"), &url("https://b.example/a.png")]);
            assert_eq!(redirected.as_deref(), Some("image/png"));
        }
        for refused in [
            "",
            "image",
            "image/",
            "image/svg+xml",
            "image/SVG",
            "image/xml",
            "text/html",
            "application/xhtml+xml",
            "application/json",
            "audio/x-mpegurl",
            "multipart/byteranges",
            "image/png\r\nX: y",
            "image/p ng",
            "image/png, text/html",
            "text/html, image/png",
        ] {
            assert_eq!(of(refused, "https://b.example/a.png"), None, "{refused}");
        }
    }

    #[test]
    fn parts_as_other_servers_say() {
        let read = |text| content_range(text);
        assert_eq!(read("bytes 0-9/100"), Some(("bytes 0-9/100".into(), Some(10), Some(100))));
        assert_eq!(read("bytes 5-9/*"), Some(("bytes 5-9/*".into(), Some(5), None)));
        assert_eq!(read("bytes 5-5/9"), Some(("bytes 5-5/9".into(), Some(1), Some(9))));
        assert_eq!(read("bytes */100"), Some(("bytes */100".into(), None, Some(100))));
        for wrong in [
            "",
            "bytes",
            "bytes 9-5/100",
            "bytes 0-100/100",
            "bytes 0-18446744073709551615/*",
            "items 0-9/100",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        for (header, wanted) in [
            ("bytes=0-1", true),
            ("bytes=-5", true),
            ("bytes=5-", true),
            ("bytes=0-1,5-6", false),
            ("lines=1-2", false),
            ("bytes=5-4", false),
        ] {
            assert_eq!(is_part(header), wanted, "{header}");
        }
        for (length, wanted) in [(64, true), (65, false)] {
            let header = format!("bytes={:0>1$}", "5-", length - "bytes=".len());
            assert_eq!((header.len(), is_part(&header)), (length, wanted), "{header}");
        }
    }

    #[test]
    fn what_is_left_until_the_end() {
        for (end, now, wanted) in [(10, 3, Some(7)), (4, 3, Some(1)), (3, 3, None), (3, 4, None)] {
            assert_eq!(left(Time(end), Time(now)), wanted, "{end} {now}");
        }
    }
}
