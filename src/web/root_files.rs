//! Files at fixed addresses: the icon, the manifest, what search engines may read.

use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::site::ACCENTS;

/// The operator's icon, or the logo.
pub async fn favicon(c: &Context<'_>) -> Result<Response> {
    if let Some(icon) = super::branding::address(c.app, c.app.site().icon.as_ref()) {
        return Ok(Response::redirect(&icon).with("Cache-Control", "public, max-age=3600"));
    }
    let mark = super::frame::MARK.replacen("aria-hidden=\"true\"", "fill=\"#2f6b46\"", 1);
    Ok(Response::new(200, "image/svg+xml", mark).with("Cache-Control", "public, max-age=86400"))
}

/// <https://www.w3.org/TR/appmanifest/>, <https://w3c.github.io/web-share-target/>
pub async fn manifest(c: &Context<'_>) -> Result<Response> {
    let site = c.app.site();
    let icon = match (&site.icon, super::branding::address(c.app, site.icon.as_ref())) {
        (Some(file), Some(address)) => serde_json::json!({
            "src": address,
            "sizes": format!("{}x{}", file.width, file.height),
            "type": file.media_type,
        }),
        _ => serde_json::json!({"src": "/favicon.svg", "sizes": "any", "type": "image/svg+xml"}),
    };
    let [accent, _] = site.accents.unwrap_or(ACCENTS);
    let manifest = serde_json::json!({
        "name": site.title,
        "id": "/",
        "start_url": "/",
        // Only what can be installed gets what other apps share. iOS knows no other display for that, and has push messages for it alone.
        "display": "standalone",
        "display_override": ["minimal-ui"],
        "background_color": "#f6f5f1",
        "theme_color": accent.to_text(),
        "icons": [icon],
        "share_target": {
            "action": super::compose::SHARE,
            "method": "GET",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
    });
    Ok(Response::new(200, "application/manifest+json", manifest.to_string())
        .with("Cache-Control", "public, max-age=3600"))
}

/// RFC 9309. Profiles and statuses say for themselves whether they are indexed.
pub async fn robots(c: &Context<'_>) -> Result<Response> {
    let rules = "User-agent: *\nDisallow: /api/\nDisallow: /oauth/\nDisallow: /settings/\nDisallow: /sign_in\nDisallow: /sign_up\nDisallow: /invite/\nDisallow: /confirm/\nDisallow: /setup\n";
    let rules = format!("{rules}Sitemap: {}/sitemap.xml\n", c.app.home().web_origin);
    Ok(Response::new(200, "text/plain; charset=utf-8", rules).with("Cache-Control", "public, max-age=86400"))
}
