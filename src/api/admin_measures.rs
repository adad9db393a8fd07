//! <https://docs.joinmastodon.org/methods/admin/measures/>, <https://docs.joinmastodon.org/methods/admin/dimensions/>,
//! <https://docs.joinmastodon.org/methods/admin/retention/>. What is not told, and why: `docs/api.md`.

use serde_json::{Value, json};

use crate::error::Result;
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::measure::{Cohort, Frequency, Measured, Period};
use crate::model::role::Permission;
use crate::model::time::{DAY, Time};
use crate::model::user::Viewer;
use crate::services::measures::{self, Line, MOST_DAYS};

const MAY: Permission = Permission::VIEW_DASHBOARD;
/// Lines of a dimension, where none are asked for and at most.
const LINES: i64 = 10;
const MOST_LINES: i64 = 100;
/// The days of dimensions, where none are asked for.
const DAYS: i64 = 30;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("POST", "/api/v1/admin/measures", crate::staff!("admin:read", MAY, measured)),
        Route::new("POST", "/api/v1/admin/dimensions", crate::staff!("admin:read", MAY, dimensions)),
        Route::new("POST", "/api/v1/admin/retention", crate::staff!("admin:read", MAY, retention)),
    ]
}

/// The period that is asked for, of at most `most` days.
fn period(c: &Context<'_>, most: i64) -> Option<Period> {
    Period::parse(c.params.filled("start_at")?, c.params.filled("end_at")?, most)
}

/// What a key is of: its `id` or `domain`.
fn subject(c: &Context<'_>, key: &str) -> Option<String> {
    let name = if key.starts_with("tag_") { "id" } else { "domain" };
    c.params.get_path(&[key, name]).and_then(|value| value.as_text()).map(str::to_owned)
}

fn midnight(day: i64) -> String {
    Time(day * DAY).to_iso()
}

/// <https://docs.joinmastodon.org/entities/Admin_Measure/>
fn measure(key: &str, found: &Measured) -> Value {
    let days: Vec<Value> =
        found.days.iter().map(|(day, n)| json!({"date": midnight(*day), "value": n.to_string()})).collect();
    let mut entity = json!({"key": key, "unit": Value::Null, "total": found.total.to_string(), "data": days});
    if let (Some(previous), Value::Object(map)) = (found.previous, &mut entity) {
        map.insert("previous_total".into(), json!(previous.to_string()));
    }
    entity
}

/// Without a period, nothing.
async fn measured(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let Some(period) = period(c, MOST_DAYS) else { return Ok(Response::json(&json!([]))) };
    let of = |key: &str| subject(c, key);
    let found = measures::measures(c.app, &c.params.list("keys"), period, &of).await?;
    Ok(Response::json(&found.iter().map(|(key, found)| measure(key, found)).collect::<Value>()))
}

/// Bytes as people read them: with three digits, such as `46.2 GB`.
fn bytes(number: f64) -> String {
    let mut rest = number;
    let mut units = ["Bytes", "KB", "MB", "GB", "TB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    while rest >= 1000.0
        && let Some(next) = units.next()
    {
        rest /= 1024.0;
        unit = next;
    }
    if unit == "Bytes" || rest >= 100.0 { format!("{rest:.0} {unit}") } else { format!("{rest:.1} {unit}") }
}

/// <https://docs.joinmastodon.org/entities/Admin_Dimension/#data-attributes>
fn line(line: &Line) -> Value {
    let mut entity = json!({"key": line.key, "human_key": line.name, "value": line.value});
    if let (true, Value::Object(map)) = (line.is_size, &mut entity) {
        map.insert("unit".into(), json!("bytes"));
        map.insert("human_value".into(), json!(bytes(line.value.parse().unwrap_or_default())));
    }
    entity
}

async fn dimensions(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let today = c.app.now().0.div_euclid(DAY);
    let period = period(c, MOST_DAYS).unwrap_or_else(|| Period::until(today, DAYS));
    let limit = c.params.int("limit")?.unwrap_or(LINES).clamp(1, MOST_LINES);
    let limit = usize::try_from(limit).unwrap_or_default();
    let of = |key: &str| subject(c, key);
    let found = measures::dimensions(c.app, &c.params.list("keys"), period, limit, &of).await?;
    let entity = |(key, lines): &(&str, Vec<Line>)| json!({"key": key, "data": lines.iter().map(line).collect::<Value>()});
    Ok(Response::json(&found.iter().map(entity).collect::<Value>()))
}

/// <https://docs.joinmastodon.org/entities/Admin_Cohort/>
fn cohort(found: &Cohort, frequency: Frequency) -> Value {
    let rate = |n: i64| if found.people == 0 { 0.0 } else { n as f64 / found.people as f64 };
    let data: Vec<Value> = found
        .data
        .iter()
        .map(|(day, n)| json!({"date": midnight(*day), "rate": rate(*n), "value": n.to_string()}))
        .collect();
    json!({"period": midnight(found.period), "frequency": frequency.as_str(), "data": data})
}

/// Nothing where a parameter is missing, as on Mastodon.
async fn retention(c: &Context<'_>, _: Viewer) -> Result<Response> {
    let Some(frequency) = c.params.filled("frequency").map(Frequency::parse) else {
        return Ok(Response::json(&json!([])));
    };
    let Some(period) = period(c, frequency.most()) else { return Ok(Response::json(&json!([]))) };
    let found = measures::retention(c.app, period, frequency).await?;
    Ok(Response::json(&found.iter().map(|found| cohort(found, frequency)).collect::<Value>()))
}

#[cfg(test)]
mod tests {
    use super::bytes;

    #[test]
    fn sizes_are_short() {
        for (number, text) in [
            (0.0, "0 Bytes"),
            (999.0, "999 Bytes"),
            (1024.0, "1.0 KB"),
            (1.5e6, "1.4 MB"),
            (8.0e11, "745 GB"),
        ] {
            assert_eq!(bytes(number), text);
        }
    }
}
