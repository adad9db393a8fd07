//! <https://docs.joinmastodon.org/entities/Account/>

use serde_json::{Value, json};

use super::Frame;
use crate::model::account::{Account, Emoji};
use crate::model::user::{Role, User};

/// Where the default avatar lies.
pub fn default_avatar(origin: &str) -> String {
    format!("{origin}/avatars/missing.png")
}

pub fn default_header(origin: &str) -> String {
    format!("{origin}/headers/missing.png")
}

pub fn render(account: &Account, frame: &Frame) -> Value {
    let is_suspended = account.is_suspended();
    let shown = |url: &Option<String>| url.clone().filter(|_| !is_suspended);
    let avatar = shown(&account.avatar_url).unwrap_or_else(|| default_avatar(frame.origin()));
    let header = shown(&account.header_url).unwrap_or_else(|| default_header(frame.origin()));
    let mut entity = json!({
        "id": account.id.to_string(),
        "username": account.username,
        "acct": account.acct(&frame.primary.handle_domain),
        "display_name": account.display_name,
        "locked": account.is_locked,
        "bot": account.is_bot(),
        "discoverable": account.is_discoverable,
        "indexable": account.is_indexable,
        "group": account.is_group(),
        "created_at": account.created_at.midnight().to_iso(),
        "note": account.note,
        "url": account.url,
        "uri": account.uri,
        "avatar": avatar,
        "avatar_static": avatar,
        "avatar_description": account.avatar_description,
        "header": header,
        "header_static": header,
        "header_description": account.header_description,
        "followers_count": account.followers_count,
        "following_count": account.following_count,
        "statuses_count": account.statuses_count,
        "last_status_at": account.last_status_at.map(|t| t.to_date()),
        "hide_collections": account.hides_collections,
        "show_media": account.shows_media,
        "show_media_replies": account.shows_media_replies,
        "show_featured": account.shows_featured,
        "noindex": !account.is_indexable,
        "emojis": emojis(&account.emojis),
        "fields": account.fields.iter().map(|f| json!({
            "name": f.name,
            "value": f.value,
            "verified_at": f.verified_at.map(|t| t.to_iso()),
        })).collect::<Vec<_>>(),
        "feature_approval": match (account.is_local(), account.is_discoverable) {
            (true, true) => json!({"automatic": ["public"], "manual": [], "current_user": "automatic"}),
            (true, false) => json!({"automatic": [], "manual": [], "current_user": "denied"}),
            (false, _) => json!({"automatic": [], "manual": [], "current_user": "missing"}),
        },
        "roles": [],
    });
    if let Value::Object(map) = &mut entity {
        if is_suspended {
            map.insert("suspended".into(), json!(true));
            // Nothing of a suspended account is shown but that it is there.
            for name in ["display_name", "note"] {
                map.insert(name.into(), json!(""));
            }
            for name in ["fields", "emojis"] {
                map.insert(name.into(), json!([]));
            }
        }
        if account.is_memorial {
            map.insert("memorial".into(), json!(true));
        }
        if !account.is_local() {
            map.remove("noindex");
            map.remove("roles");
        }
    }
    entity
}

/// <https://docs.joinmastodon.org/entities/GroupedNotificationsResults/#PartialAccountWithAvatar>
pub fn partial(account: &Account, frame: &Frame) -> Value {
    let full = render(account, frame);
    let keys = ["id", "acct", "url", "avatar", "avatar_static", "avatar_description", "locked", "bot"];
    keys.into_iter().map(|key| (key.to_owned(), full.get(key).cloned().unwrap_or_default())).collect()
}

/// An account that may have moved, with where it went.
pub fn with_successor(account: &Account, successor: Option<&Account>, frame: &Frame) -> Value {
    let mut entity = render(account, frame);
    if let (Some(successor), Value::Object(map)) = (successor, &mut entity) {
        map.insert("moved".into(), render(successor, frame));
    }
    entity
}

/// <https://docs.joinmastodon.org/entities/Account/#CredentialAccount>
pub fn credentials(account: &Account, user: &User, requests: i64, frame: &Frame) -> Value {
    let mut entity = render(account, frame);
    if let Value::Object(map) = &mut entity {
        map.insert(
            "source".into(),
            json!({
                "privacy": user.default_visibility.as_str(),
                "sensitive": user.default_sensitive,
                "language": user.default_language,
                "note": account.note_text,
                "fields": account.fields.iter().map(|f| json!({
                    "name": f.name,
                    "value": f.text,
                    "verified_at": f.verified_at.map(|t| t.to_iso()),
                })).collect::<Vec<_>>(),
                "follow_requests_count": requests,
                "hide_collections": account.hides_collections,
                "discoverable": account.is_discoverable,
                "indexable": account.is_indexable,
                "attribution_domains": account.attribution_domains,
                "quote_policy": user.default_quote_policy.as_str(),
            }),
        );
        map.insert("role".into(), role(user.role));
    }
    entity
}

/// <https://docs.joinmastodon.org/entities/Role/>
fn role(role: Role) -> Value {
    // Mastodon's permission bits: administrator; the reports and users of a moderator; none.
    let (id, name, permissions) = match role {
        Role::Owner => ("3", "Owner", 1),
        Role::Admin => ("2", "Admin", 1),
        Role::Moderator => ("1", "Moderator", 1 << 4 | 1 << 10),
        Role::User => ("-99", "", 0),
    };
    json!({
        "id": id,
        "name": name,
        "permissions": permissions.to_string(),
        "color": "",
        "highlighted": role > Role::User,
        "collection_limit": 10,
    })
}

pub fn emojis(emojis: &[Emoji]) -> Value {
    emojis
        .iter()
        .map(|e| json!({"shortcode": e.shortcode, "url": e.url, "static_url": e.static_url, "visible_in_picker": false}))
        .collect()
}
