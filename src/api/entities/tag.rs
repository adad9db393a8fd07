//! <https://docs.joinmastodon.org/entities/Tag/>, <https://docs.joinmastodon.org/entities/FeaturedTag/>

use serde_json::{Value, json};

use super::Frame;
use super::status::tag;
use crate::model::tag::{Featured, Tag};
use crate::model::time::DAY;

/// Hashtags have no rows: the id is derived from the name.
fn id(name: &str) -> String {
    let hash =
        name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3));
    (hash >> 11).to_string()
}

/// The seven days that end today: day, statuses, accounts.
pub fn history(week: &[(i64, i64, i64)], frame: &Frame) -> Vec<Value> {
    let today = frame.now.0 / DAY;
    (0..7)
        .map(|n| {
            let day = today - n;
            let (_, uses, people) = week.iter().copied().find(|(d, ..)| *d == day).unwrap_or((day, 0, 0));
            json!({"day": (day * DAY / 1000).to_string(), "uses": uses.to_string(), "accounts": people.to_string()})
        })
        .collect()
}

/// With its week.
pub fn render(t: &Tag, frame: &Frame) -> Value {
    let mut entity = json!(tag(&t.name, frame));
    if let Value::Object(map) = &mut entity {
        map.insert("id".into(), json!(id(&t.name)));
        map.insert("history".into(), json!(history(&t.week, frame)));
        if frame.is_signed_in {
            map.insert("following".into(), json!(t.is_followed));
            map.insert("featuring".into(), json!(t.is_featured));
        }
    }
    entity
}

/// `owner` is the profile URL of the account that features it.
pub fn featured(t: &Featured, owner: &str) -> Value {
    let path: String = url::form_urlencoded::byte_serialize(t.name.as_bytes()).collect();
    json!({
        "id": t.id.to_string(),
        "name": t.name,
        "url": format!("{owner}/tagged/{path}"),
        "statuses_count": t.uses.to_string(),
        "last_status_at": t.last_at.map(|at| at.to_date()),
    })
}
