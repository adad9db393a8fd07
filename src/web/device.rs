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
