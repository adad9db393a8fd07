//! Messages of clients on an open socket: `{"type": "subscribe", "stream": "list", "list": "12"}`.

use serde_json::Value;

use super::channels::{self, Asked};
use crate::app::App;
use crate::error::Error;
use crate::model::live::Session;
use crate::platform::live::{Outcome, error_text};
use crate::store;

/// Counts a subscription, after the object knows of it: changes that are committed from now on are told to it.
///
/// What fails is logged: the stream begins then when the next one is counted.
pub async fn began(app: &App) {
    if let Err(error) = store::write(&app.db, vec![store::streams::count_subscription()]).await {
        crate::platform::log_failure("the count of subscriptions", &error);
    }
}

/// A parameter: a text or a number, of a list the first one.
fn text(message: &Value, name: &str) -> Option<String> {
    match message.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(list) => match list.first()? {
            Value::String(text) => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// A refusal as the client gets it.
pub fn refusal(error: &Error) -> String {
    error_text(&error.public_message(), error.status())
}

/// What a message causes; nothing where it is no message of a client.
pub async fn message(app: &App, session: &Session, message: &str) -> Outcome {
    let Ok(message) = serde_json::from_str::<Value>(message) else { return Outcome::default() };
    let (kind, name) = (text(&message, "type"), text(&message, "stream").unwrap_or_default());
    let (tag, list) = (text(&message, "tag"), text(&message, "list"));
    let asked = Asked { name: &name, tag: tag.as_deref(), list: list.as_deref() };
    let outcome = match kind.as_deref() {
        Some("subscribe") => channels::allowed(app, session, asked).await.and_then(|add| {
            if session.clone().add(add.clone()) {
                Ok(Outcome { add, ..Outcome::default() })
            } else {
                Err(Error::bad_request("Too many streams on one connection"))
            }
        }),
        Some("unsubscribe") => channels::named(asked).map(|remove| Outcome { remove, ..Outcome::default() }),
        _ => Ok(Outcome::default()),
    };
    outcome.unwrap_or_else(|error| {
        if error.is_ours() {
            crate::platform::log_failure("a subscription", &error);
        }
        Outcome { reply: Some(refusal(&error)), ..Outcome::default() }
    })
}
