//! The names of streams, and who may listen to them.

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::id::Id;
use crate::model::live::{Session, USER_NOTIFICATIONS};
use crate::store;
use crate::text::hashtags;

/// A request for a stream: its name and parameters.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked<'a> {
    pub name: &'a str,
    pub tag: Option<&'a str>,
    pub list: Option<&'a str>,
}

/// Maximum bytes of a hashtag as a client writes it.
const MAX_TAG: usize = 300;

fn refused() -> Error {
    Error::Unauthorized("Access token does not have the required scopes".into())
}

/// The streams of a request, without a look at who asks.
///
/// Error: `BadRequest` for an unknown name or a missing parameter.
pub fn named(asked: Asked<'_>) -> Result<Vec<String>> {
    Ok(match asked.name {
        "user" => vec!["user".into(), USER_NOTIFICATIONS.into()],
        "user:notification"
        | "direct"
        | "public"
        | "public:media"
        | "public:local"
        | "public:local:media"
        | "public:remote"
        | "public:remote:media" => vec![asked.name.to_owned()],
        "hashtag" | "hashtag:local" => {
            let tag = asked.tag.filter(|tag| !hashtags::normalise(tag).is_empty() && tag.len() <= MAX_TAG);
            // A space ends the name of a stream; within a hashtag there is none.
            let tag = tag.filter(|tag| !tag.chars().any(|c| c.is_whitespace() || c.is_control()));
            let tag = tag.ok_or_else(|| Error::bad_request("Missing tag name parameter"))?;
            vec![format!("{} {tag}", asked.name)]
        }
        "list" => {
            let list = asked.list.and_then(Id::parse);
            let list = list.ok_or_else(|| Error::bad_request("Missing list name parameter"))?;
            vec![format!("list {list}")]
        }
        _ => return Err(Error::bad_request("Unknown stream type")),
    })
}

/// The streams of a request by this session.
///
/// Errors: as of [`named`]; `Unauthorized` for a scope that the token does not have and for a list of others.
pub async fn allowed(app: &App, session: &Session, asked: Asked<'_>) -> Result<Vec<String>> {
    let mut streams = named(asked)?;
    let may = match asked.name {
        "user:notification" => session.reads_notifications,
        _ => session.reads_statuses,
    };
    if !may {
        return Err(refused());
    }
    if !session.reads_notifications {
        streams.retain(|stream| stream != USER_NOTIFICATIONS);
    }
    if asked.name == "list" {
        let list = asked.list.and_then(Id::parse).unwrap_or_default();
        if store::load(&app.db, store::lists::by_id(session.account, list)).await?.is_none() {
            return Err(Error::Unauthorized("Not authorized to stream this list".into()));
        }
    }
    Ok(streams)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_parameters() {
        let of = |name, tag, list| named(Asked { name, tag, list });
        assert_eq!(of("hashtag", Some("Fern"), None), Ok(vec!["hashtag Fern".into()]));
        assert_eq!(of("list", None, Some("12")), Ok(vec!["list 12".into()]));
        assert_eq!(of("public:local:media", None, None), Ok(vec!["public:local:media".into()]));
        for (name, tag, list) in [
            ("hashtag", None, None),
            ("hashtag", Some("!"), None),
            ("hashtag", Some("a b"), None),
            ("list", None, None),
            ("list", None, Some("x")),
            ("user+", None, None),
            ("", None, None),
            ("users", None, None),
        ] {
            assert!(matches!(of(name, tag, list), Err(Error::BadRequest(_))), "{name} {tag:?} {list:?}");
        }
    }
}
