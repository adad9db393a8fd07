//! URIs of local objects. Remote URIs are not parsed for their parts, but for the time in the number of a status
//! ([`Id::of_uri`]).

use super::id::Id;

/// The collection that addresses everybody
/// (<https://www.w3.org/TR/activitypub/#public-addressing>).
pub const PUBLIC: &str = "https://www.w3.org/ns/activitystreams#Public";

/// URL of the default avatar.
pub fn default_avatar(origin: &str) -> String {
    format!("{origin}/avatars/missing.png")
}

pub fn default_header(origin: &str) -> String {
    format!("{origin}/headers/missing.png")
}

pub fn actor(origin: &str, username: &str) -> String {
    format!("{origin}/users/{username}")
}

pub fn profile(origin: &str, username: &str) -> String {
    format!("{origin}/@{username}")
}

pub fn instance_actor(origin: &str) -> String {
    format!("{origin}/actor")
}

pub fn shared_inbox(origin: &str) -> String {
    format!("{origin}/inbox")
}

pub fn status(actor_uri: &str, id: Id) -> String {
    format!("{actor_uri}/statuses/{id}")
}

pub fn status_page(profile_url: &str, id: Id) -> String {
    format!("{profile_url}/{id}")
}

/// Of a boost: the Announce's id.
pub fn announce(actor_uri: &str, id: Id) -> String {
    format!("{actor_uri}/statuses/{id}/activity")
}

pub fn follow(actor_uri: &str, id: Id) -> String {
    format!("{actor_uri}/follows/{id}")
}

pub fn like(actor_uri: &str, id: Id) -> String {
    format!("{actor_uri}/likes/{id}")
}

/// The featured hashtags of an actor.
pub fn featured_tags(actor_uri: &str) -> String {
    format!("{actor_uri}/collections/tags")
}

pub fn reaction(actor_uri: &str, id: Id) -> String {
    format!("{actor_uri}/reactions/{id}")
}

/// The authorization of a quote.
pub fn stamp(actor_uri: &str, id: Id) -> String {
    format!("{actor_uri}/stamps/{id}")
}

/// The QuoteRequest of a quoting status.
pub fn quote_request(actor_uri: &str, status: Id) -> String {
    format!("{actor_uri}/quote_requests/{status}")
}

/// The quoting status of a QuoteRequest of ours.
pub fn of_quote_request(uri: &str) -> Option<Id> {
    uri.rsplit_once("/quote_requests/").and_then(|(_, id)| Id::parse(id))
}

/// The id of a custom emoji of ours.
pub fn emoji(origin: &str, shortcode: &str) -> String {
    format!("{origin}/emojis/{shortcode}")
}

/// The address of a list's feeds, without the end of a format.
pub fn list_feed(origin: &str, key: &str) -> String {
    format!("{origin}/lists/{key}")
}

pub fn tag(origin: &str, name: &str) -> String {
    format!("{origin}/tags/{name}")
}

/// The object of a local URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Local {
    InstanceActor,
    Actor(String),
    Status(String, Id),
}

/// Parses the path of a local URI or page: `/users/x`, `/@x`, `/users/x/statuses/1`, `/@x/1`.
pub fn parse_path(path: &str) -> Option<Local> {
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let mut parts = path.trim_matches('/').split('/');
    let first = parts.next()?;
    let rest: Vec<&str> = parts.collect();
    if first == "actor" && rest.is_empty() {
        return Some(Local::InstanceActor);
    }
    if let Some(name) = first.strip_prefix('@').filter(|n| !n.is_empty()) {
        return match rest.as_slice() {
            [] => Some(Local::Actor(name.into())),
            [id] => Some(Local::Status(name.into(), Id::parse(id)?)),
            _ => None,
        };
    }
    match (first, rest.as_slice()) {
        ("users", [name]) => Some(Local::Actor((*name).into())),
        ("users", [name, "statuses", id] | [name, "statuses", id, "activity"]) => {
            Some(Local::Status((*name).into(), Id::parse(id)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_paths_are_read_back() {
        let origin = "https://a.example";
        let actor_uri = actor(origin, "alice");
        let path = |uri: String| uri.strip_prefix(origin).unwrap().to_owned();
        assert_eq!(parse_path(&path(actor_uri.clone())), Some(Local::Actor("alice".into())));
        assert_eq!(parse_path(&path(profile(origin, "alice"))), Some(Local::Actor("alice".into())));
        assert_eq!(parse_path(&path(status(&actor_uri, Id(7)))), Some(Local::Status("alice".into(), Id(7))));
        assert_eq!(parse_path("/@alice/7"), Some(Local::Status("alice".into(), Id(7))));
        assert_eq!(parse_path("/actor#main-key"), Some(Local::InstanceActor));
        for none in ["/", "/@", "/users/alice/followers", "/@alice/x", "/tags/x"] {
            assert_eq!(parse_path(none), None, "{none}");
        }
    }
}
