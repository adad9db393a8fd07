//! Browsers that have signed in here before, by a signed cookie. Delays caused by others do not apply to them
//! (docs/decisions/0007-sign-in-limits.md).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use crate::app::App;
use crate::config::hmac_sha256;
use crate::http::cookies;
use crate::http::request::Request;
use crate::model::time::{DAY, SECOND};
use crate::services::attempts::Device;
use crate::services::password::is_equal;

/// Maximum number of accounts of one browser.
const MAX_DEVICES: usize = 4;
const MAX_BYTES: usize = 1000;
const LIFETIME: i64 = 365 * DAY;

/// Kinds of browsers and systems by what their User-Agent has in it. Most name others as well, so the order matters.
const BROWSERS: [(&str, &str); 10] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Whale/", "Whale"),
    ("Vivaldi/", "Vivaldi"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
];
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
];

/// The kind of browser and its system, such as `Firefox · Windows`, for its owner to know it again; empty where neither is known.
pub fn name(request: &Request) -> String {
    let said = request.header("user-agent").unwrap_or("");
    let known = [&BROWSERS[..], &SYSTEMS[..]].map(|all| all.iter().find(|(part, _)| said.contains(part)));
    let names: Vec<&str> = known.into_iter().flatten().map(|(_, name)| *name).collect();
    names.join(" · ")
}

fn cookie_name(app: &App) -> String {
    cookies::name("sori-device", &app.config.public_origin)
}

fn signed(app: &App, device: &Device, until: i64) -> String {
    let text = format!("{:016x}.{:016x}.{until}", device.id, device.name);
    let mac = hmac_sha256(&app.config.form_key, format!("device\n{text}").as_bytes());
    format!("{text}.{}", BASE64.encode(mac))
}

fn read(app: &App, text: &str) -> Option<(Device, i64)> {
    let mut parts = text.split('.');
    let number = |text: &str| u64::from_str_radix(text, 16).ok();
    let device = Device { id: number(parts.next()?)?, name: number(parts.next()?)? };
    let until: i64 = parts.next()?.parse().ok()?;
    let is_ours = is_equal(signed(app, &device, until).as_bytes(), text.as_bytes());
    (is_ours && until > app.now().0).then_some((device, until))
}

fn all(app: &App, request: &Request) -> Vec<(Device, i64)> {
    let cookie = cookies::get(request, &cookie_name(app)).filter(|text| text.len() <= MAX_BYTES);
    let texts = cookie.as_deref().unwrap_or("").split('~').take(MAX_DEVICES);
    texts.filter_map(|text| read(app, text)).collect()
}

/// The identities of a browser: one for each account that has signed in with it.
pub fn known(app: &App, request: &Request) -> Vec<Device> {
    all(app, request).into_iter().map(|(device, _)| device).collect()
}

/// The Set-Cookie value that makes a browser known, after a sign-in with the name of this hash.
pub fn remember(app: &App, request: &Request, name: u64) -> String {
    let known = all(app, request);
    let id = known.iter().find(|(device, _)| device.name == name).map(|(device, _)| device.id);
    let device = Device { id: id.unwrap_or_else(|| app.random.u64()), name };
    let newest = (device, app.now().0 + LIFETIME);
    let others = known.into_iter().filter(|(device, _)| device.name != name);
    let texts: Vec<String> = std::iter::once(newest)
        .chain(others)
        .take(MAX_DEVICES)
        .map(|(device, until)| signed(app, &device, until))
        .collect();
    cookies::set(&cookie_name(app), &texts.join("~"), LIFETIME / SECOND, app.config.is_https())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_known_by_what_they_say() {
        for (said, wanted) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Edge · Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
                "Safari · iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36",
                "Samsung Internet · Android",
            ),
            ("<script>", ""),
            ("", ""),
        ] {
            let mut request = Request::default();
            request.headers.add("user-agent", said);
            assert_eq!(name(&request), wanted);
        }
    }
}
