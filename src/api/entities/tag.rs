//! <https://docs.joinmastodon.org/entities/Tag/>, <https://docs.joinmastodon.org/entities/FeaturedTag/>

use serde_json::{Value, json};

use super::Frame;
use super::status::tag;
use crate::model::tag::{Featured, Rule, Tag, number};
use crate::model::time::DAY;

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
        map.insert("id".into(), json!(number(&t.name).to_string()));
        if let Some(shown) = &t.display_name {
            map.insert("name".into(), json!(shown));
        }
        map.insert("history".into(), json!(history(&t.week, frame)));
        if frame.is_signed_in {
            map.insert("following".into(), json!(t.is_followed));
            map.insert("featuring".into(), json!(t.is_featured));
        }
    }
    entity
}

/// As members of staff see it: <https://docs.joinmastodon.org/entities/Tag/#admin>. `needs_review`: nothing trends that nobody has
/// approved.
pub fn of_staff(t: &Tag, rule: &Rule, needs_review: bool, frame: &Frame) -> Value {
    let mut entity = render(t, frame);
    if let Value::Object(map) = &mut entity {
        map.insert("trendable".into(), json!(rule.is_trendable.unwrap_or(!needs_review)));
        map.insert("usable".into(), json!(rule.is_usable));
        map.insert("listable".into(), json!(rule.is_listable));
        map.insert("requires_review".into(), json!(rule.reviewed_at.is_none()));
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
