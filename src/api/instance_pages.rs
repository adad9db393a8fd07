//! <https://docs.joinmastodon.org/methods/instance/>: information about the instance beyond the instance
//! entity.

use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::rule::Rule;
use crate::model::site_text::{self, Kind};
use crate::model::time::Time;
use crate::model::user::Viewer;
use crate::services;
use crate::services::site_texts::{self, Shown};
use crate::store;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("GET", "/api/v1/instance/rules", crate::public!(rules)),
        Route::new("GET", "/api/v1/instance/extended_description", crate::public!(extended_description)),
        Route::new("GET", "/api/v1/instance/privacy_policy", crate::public!(privacy_policy)),
        Route::new("GET", "/api/v1/instance/terms_of_service", crate::public!(terms)),
        Route::new("GET", "/api/v1/instance/terms_of_service/{date}", crate::public!(terms_of_date)),
        Route::new("GET", "/api/v1/instance/peers", crate::public!(peers)),
        Route::new("GET", "/api/v1/peers/search", crate::public!(find_peers)),
        Route::new("GET", "/api/v1/instance/activity", crate::public!(activity)),
        Route::new("GET", "/api/v1/instance/domain_blocks", crate::anyone!("read", domain_blocks)),
        Route::new("GET", "/api/v1/instance/languages", crate::public!(languages)),
        Route::new("GET", "/api/v1/instance/translation_languages", crate::public!(translation_languages)),
    ]
}

async fn rules(c: &Context<'_>) -> Result<Response> {
    Ok(Response::json(
        &store::load(&c.app.db, store::rules::all()).await?.iter().map(rule).collect::<Value>(),
    ))
}

/// <https://docs.joinmastodon.org/entities/Rule/>
pub fn rule(r: &Rule) -> Value {
    let said =
        r.translations.iter().map(|one| (one.language.clone(), json!({"text": one.text, "hint": one.hint})));
    let translations = Value::Object(said.collect());
    json!({"id": r.id.to_string(), "text": r.text, "hint": r.hint, "translations": translations})
}

fn shown(content: &str, updated_at: Time) -> Response {
    Response::json(&json!({"updated_at": updated_at.to_iso(), "content": content}))
}

async fn extended_description(c: &Context<'_>) -> Result<Response> {
    let written = store::load(&c.app.db, site_texts::written_description()).await?;
    let (html, at) = site_texts::description(c.app, written);
    Ok(shown(&html, at))
}

async fn privacy_policy(c: &Context<'_>) -> Result<Response> {
    let version = site_texts::version(c.app, Kind::Privacy, None, c.app.site().language()).await?;
    Ok(shown(&version.content, version.effective_at))
}

/// <https://docs.joinmastodon.org/entities/TermsOfService/>
fn terms_entity(c: &Context<'_>, version: &Shown) -> Response {
    Response::json(&json!({
        "effective_date": version.effective_at.to_date(),
        "effective": version.effective_at <= c.app.now(),
        "content": version.content,
        "succeeded_by": version.succeeded_at.map(Time::to_date),
    }))
}

async fn terms(c: &Context<'_>) -> Result<Response> {
    Ok(terms_entity(c, &site_texts::version(c.app, Kind::Terms, None, c.app.site().language()).await?))
}

async fn terms_of_date(c: &Context<'_>) -> Result<Response> {
    let day = site_text::day(c.segment("date")?).ok_or(Error::NotFound)?;
    Ok(terms_entity(c, &site_texts::version(c.app, Kind::Terms, Some(day), c.app.site().language()).await?))
}

async fn peers(c: &Context<'_>) -> Result<Response> {
    let found = store::load(&c.app.db, store::answers::servers()).await?;
    Ok(Response::json(&json!(found)).with("Cache-Control", "public, max-age=86400"))
}

async fn find_peers(c: &Context<'_>) -> Result<Response> {
    let wanted = c.params.filled("q").unwrap_or("").to_lowercase();
    let limit = crate::http::pagination::read(&c.params, 10, 40)?.limit;
    let mut found = store::load(&c.app.db, store::answers::servers()).await?;
    found.retain(|domain| domain.starts_with(&wanted));
    found.truncate(limit);
    Ok(Response::json(&json!(found)))
}

/// How many statuses are counted directly, until cron has counted them all.
const COUNTED_NOW: usize = 30;

/// Twelve weeks, the current one first; numbers are strings. As counted by cron the night before.
async fn activity(c: &Context<'_>) -> Result<Response> {
    let kept = store::load(&c.app.db, store::answers::activity()).await?;
    let body: Value = match kept {
        Some(weeks) => serde_json::from_str(&weeks)?,
        None => services::counts::weeks(c.app, COUNTED_NOW).await?,
    };
    Ok(Response::json(&body).with("Cache-Control", "public, max-age=86400"))
}

/// <https://docs.joinmastodon.org/entities/DomainBlock/>. Absent where it is not shown to who asks, as on Mastodon.
async fn domain_blocks(c: &Context<'_>, viewer: Option<Viewer>) -> Result<Response> {
    if !c.app.site().shown_blocks.is_for(viewer.is_some()) {
        return Err(Error::NotFound);
    }
    let blocks = store::load(&c.app.db, store::domain_blocks::public()).await?;
    let body: Value = blocks
        .iter()
        .map(|b| {
            json!({
                "domain": b.public_name(),
                "digest": b.digest(),
                "severity": b.severity.as_str(),
                "comment": b.comment,
            })
        })
        .collect();
    Ok(Response::json(&body))
}

async fn languages(_: &Context<'_>) -> Result<Response> {
    let body: Value = crate::text::language_names::ALL
        .iter()
        .map(|(code, name)| json!({"code": code, "name": name}))
        .collect::<Value>();
    Ok(Response::json(&body).with("Cache-Control", "public, max-age=86400"))
}

/// Translation is not available.
async fn translation_languages(_: &Context<'_>) -> Result<Response> {
    Ok(Response::json(&json!({})))
}
