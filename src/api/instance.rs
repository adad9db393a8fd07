//! <https://docs.joinmastodon.org/methods/instance/>, custom emojis, and the default pictures.

use serde_json::{Value, json};

use super::entities::{Frame, instance};
use super::instance_pages::rule;
use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::site_text::Kind;
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/instance", crate::public!(v1)),
        Route::new("GET", "/api/v2/instance", crate::public!(v2)),
        Route::new("GET", "/api/v1/custom_emojis", crate::public!(custom_emojis)),
        Route::new("GET", "/avatars/missing.png", crate::public!(avatar)),
        Route::new("GET", "/headers/missing.png", crate::public!(header)),
    ]
}

async fn load(c: &Context<'_>) -> Result<instance::Card> {
    let contact = c.app.site().contact_account_id.unwrap_or_default();
    let parts = (
        store::accounts::present(contact),
        store::site::counts(),
        store::rules::all(),
        store::site_texts::dates(Kind::Terms, 1),
    );
    let (contact, (users, statuses, domains), rules, terms) = store::load(&c.app.db, parts).await?;
    let rules = rules.iter().map(rule).collect();
    Ok(instance::Card {
        contact,
        rules,
        users,
        statuses,
        domains,
        has_streams: c.app.live.is_bound(),
        has_test: c.app.config.turnstile.is_some(),
        has_terms: !terms.is_empty(),
    })
}

async fn v1(c: &Context<'_>) -> Result<Response> {
    Ok(Response::json(&instance::v1(&c.app.site(), &load(c).await?, &Frame::of(c.app))))
}

async fn v2(c: &Context<'_>) -> Result<Response> {
    Ok(Response::json(&instance::v2(&c.app.site(), &load(c).await?, &Frame::of(c.app))))
}

/// <https://docs.joinmastodon.org/entities/CustomEmoji/>. Kept by clients and caches for seconds only, so that a new
/// emoji can be used at once.
async fn custom_emojis(c: &Context<'_>) -> Result<Response> {
    let all = store::load(&c.app.db, store::emojis::all()).await?;
    let frame = Frame::of(c.app);
    let body: Value = all
        .iter()
        .map(|e| {
            json!({
                "shortcode": e.shortcode,
                "url": frame.media(&e.url),
                "static_url": frame.media(&e.static_url),
                "visible_in_picker": e.is_visible,
                "category": e.category,
            })
        })
        .collect::<Value>();
    Ok(Response::json(&body).with("Cache-Control", "public, max-age=15"))
}

async fn avatar(_: &Context<'_>) -> Result<Response> {
    Ok(picture(include_bytes!("assets/avatar.png")))
}

async fn header(_: &Context<'_>) -> Result<Response> {
    Ok(picture(include_bytes!("assets/header.png")))
}

fn picture(bytes: &[u8]) -> Response {
    Response::new(200, "image/png", bytes)
        .with("Cache-Control", "public, max-age=86400")
        .with("X-Content-Type-Options", "nosniff")
}
