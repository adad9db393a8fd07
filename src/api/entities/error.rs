//! <https://docs.joinmastodon.org/entities/Error/>

use serde_json::{Value, json};

use crate::error::Error;
use crate::http::response::Response;

pub fn render(error: &Error) -> Response {
    let mut body = json!({"error": error.public_message()});
    if let (Error::Invalid(details), Value::Object(map)) = (error, &mut body) {
        let mut fields = serde_json::Map::new();
        for (field, code, description) in details {
            let entry = json!({"error": code, "description": description});
            match fields.get_mut(field) {
                Some(Value::Array(list)) => list.push(entry),
                _ => {
                    fields.insert(field.clone(), json!([entry]));
                }
            }
        }
        map.insert("details".into(), Value::Object(fields));
    }
    Response::json(&body).status(error.status())
}
