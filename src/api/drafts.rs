//! Reads the parameters of a new status or an edit: <https://docs.joinmastodon.org/methods/statuses/#create>.

use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::params::Value;
use crate::model::id::Id;
use crate::model::media::parse_focus;
use crate::model::quote::QuotePolicy;
use crate::model::status::Visibility;
use crate::model::time::SECOND;
use crate::model::user::Viewer;
use crate::services::draft::{Draft, PollDraft};
use crate::services::media;
use crate::text::language;

/// Reads a draft.
///
/// Errors: `Unprocessable` for values that are not allowed, `BadRequest` for invalid ids.
pub fn read(c: &Context<'_>, viewer: &Viewer) -> Result<Draft> {
    let visibility = match c.params.filled("visibility") {
        None => viewer.user.default_visibility,
        Some(text) => Visibility::parse(text)
            .ok_or_else(|| Error::validation("Visibility is not included in the list"))?,
    };
    let language = match c.params.filled("language") {
        None => viewer.user.default_language.clone(),
        Some(code) => Some(
            language::normalise(code)
                .ok_or_else(|| Error::validation("Language is not included in the list"))?,
        ),
    };
    Ok(Draft {
        text: c.params.text("status").unwrap_or("").to_owned(),
        spoiler_text: c.params.text("spoiler_text").unwrap_or("").to_owned(),
        is_sensitive: c.params.bool("sensitive").unwrap_or(viewer.user.default_sensitive),
        visibility,
        language,
        in_reply_to_id: c.params.id("in_reply_to_id")?,
        app_id: Some(viewer.grant.app_id),
        idempotency_key: c.request.header("idempotency-key").map(|k| k.chars().take(255).collect()),
        poll: poll(c)?,
        quoted_status_id: c.params.id("quoted_status_id")?,
        is_quote: false,
        media_ids: media_ids(c)?,
        media_changes: media_changes(c),
        edited_id: None,
        quote_policy: quote_policy(c)?.unwrap_or(viewer.user.default_quote_policy),
        scheduled_id: None,
    })
}

/// Error: `Unprocessable` where one is no id, as where it is unknown.
fn media_ids(c: &Context<'_>) -> Result<Vec<Id>> {
    let all = c.params.list("media_ids");
    let all = all.iter().map(|text| text.trim()).filter(|text| !text.is_empty());
    all.map(|text| {
        Id::parse(text).ok_or_else(|| {
            Error::validation(format!("Media {text:.20} not found or already attached to another post"))
        })
    })
    .collect()
}

/// `media_attributes[]`: changed descriptions and focal points.
fn media_changes(c: &Context<'_>) -> Vec<media::Change> {
    let text = |map: &Value, name: &str| map.get(name).and_then(Value::as_text).map(str::to_owned);
    let all = c.params.maps("media_attributes");
    all.into_iter()
        .filter_map(|map| {
            Some(media::Change {
                id: Id::parse(&text(map, "id")?)?,
                description: text(map, "description"),
                focus: text(map, "focus").and_then(|focus| parse_focus(&focus)),
            })
        })
        .collect()
}

/// `quote_approval_policy`, if present.
pub fn quote_policy(c: &Context<'_>) -> Result<Option<QuotePolicy>> {
    match c.params.filled("quote_approval_policy") {
        None => Ok(None),
        Some(text) => QuotePolicy::parse(text)
            .map(Some)
            .ok_or_else(|| Error::validation("Quote approval policy is not included in the list")),
    }
}

fn poll(c: &Context<'_>) -> Result<Option<PollDraft>> {
    let Some(map) = c.params.value("poll").filter(|v| matches!(v, Value::Map(_))) else { return Ok(None) };
    let options = match map.get("options") {
        Some(Value::List(all)) => all.iter().filter_map(Value::as_text).map(str::to_owned).collect(),
        Some(Value::Map(all)) => all.iter().filter_map(|(_, v)| v.as_text()).map(str::to_owned).collect(),
        Some(one) => one.as_text().map(str::to_owned).into_iter().collect(),
        None => Vec::new(),
    };
    let seconds: i64 = match map.get("expires_in").and_then(Value::as_text) {
        Some(text) => {
            text.trim().parse().map_err(|_| Error::validation("Poll duration is not a number of seconds"))?
        }
        None => return Err(Error::validation("Poll duration can't be blank")),
    };
    Ok(Some(PollDraft {
        options,
        is_multiple: map.get("multiple").and_then(Value::as_bool).unwrap_or(false),
        hides_totals: map.get("hide_totals").and_then(Value::as_bool).unwrap_or(false),
        lasts: seconds.checked_mul(SECOND).unwrap_or(i64::MAX),
        keeps_end: false,
    }))
}
