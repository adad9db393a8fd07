//! Checks that what an activity contains has the origin of its actor.

use serde_json::Value;

use super::Outcome;
use crate::activitypub::wire::vocab;
use crate::error::Error;
use crate::model::account::Account;

/// The object of a Create or Update, if it is the actor's own: same host, attributed to the actor, or to nobody.
pub fn own_object<'a>(actor: &Account, object: Option<&'a Value>) -> std::result::Result<&'a Value, Outcome> {
    let refuse = |why: &str| Outcome::Refused(Error::Forbidden(why.into()));
    let Some(object) = object else {
        return Err(Outcome::Refused(Error::bad_request("The activity has no object")));
    };
    if !object.is_object() {
        return Err(Outcome::Ignored("its object is not enclosed"));
    }
    let Some(id) = vocab::id(object) else { return Err(Outcome::Ignored("its object has no id")) };
    if !vocab::is_same_host(id, &actor.uri) {
        return Err(refuse("The object is of another origin than its actor"));
    }
    let is_author = object.get("attributedTo").is_none_or(Value::is_null)
        || vocab::list(object, "attributedTo").into_iter().filter_map(vocab::link).any(|a| a == actor.uri);
    if vocab::note::is_note(object) && !is_author {
        return Err(refuse("The object is attributed to somebody else"));
    }
    Ok(object)
}

/// The activity's own id, which must be of the actor's origin; a Like or Follow without an id gets `made_up`.
pub fn own_id(actor: &Account, activity: &Value, made_up: &str) -> std::result::Result<String, Outcome> {
    match vocab::id(activity) {
        None => Ok(format!("{}#{made_up}", actor.uri)),
        Some(id) if vocab::is_same_host(id, &actor.uri) => Ok(id.to_owned()),
        Some(_) => {
            Err(Outcome::Refused(Error::Forbidden("The activity is of another origin than its actor".into())))
        }
    }
}
