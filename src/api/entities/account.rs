//! <https://docs.joinmastodon.org/entities/Account/>

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Value, json};

use super::Frame;
use crate::model::account::{Account, Emoji};
use crate::model::role::{Role, RoleId, Roles};
use crate::model::uri::{default_avatar, default_header};
use crate::model::user::User;

#[derive(Serialize)]
pub struct AccountEntity<'a> {
    id: String,
    username: &'a str,
    acct: String,
    display_name: &'a str,
    locked: bool,
    bot: bool,
    discoverable: bool,
    indexable: bool,
    group: bool,
    created_at: String,
    note: &'a str,
    url: &'a str,
    uri: &'a str,
    avatar: Cow<'a, str>,
    avatar_static: Cow<'a, str>,
    avatar_description: &'a str,
    header: Cow<'a, str>,
    header_static: Cow<'a, str>,
    header_description: &'a str,
    followers_count: i64,
    following_count: i64,
    statuses_count: i64,
    last_status_at: Option<String>,
    hide_collections: bool,
    show_media: bool,
    show_media_replies: bool,
    show_featured: bool,
    /// Of local accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    noindex: Option<bool>,
    emojis: Vec<EmojiEntity<'a>>,
    fields: Vec<FieldEntity<'a>>,
    feature_approval: FeatureApproval,
    /// Of local accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<Vec<RoleEntity>>,
    #[serde(skip_serializing_if = "is_false")]
    suspended: bool,
    #[serde(skip_serializing_if = "is_false")]
    limited: bool,
    #[serde(skip_serializing_if = "is_false")]
    memorial: bool,
}

/// <https://docs.joinmastodon.org/entities/Role/> as accounts have it: those that are shown on profiles.
#[derive(Serialize)]
struct RoleEntity {
    id: String,
    name: String,
    color: String,
}

#[derive(Serialize)]
struct FieldEntity<'a> {
    name: &'a str,
    value: &'a str,
    verified_at: Option<String>,
}

#[derive(Serialize)]
struct FeatureApproval {
    automatic: &'static [&'static str],
    manual: [(); 0],
    current_user: &'static str,
}

#[derive(Serialize)]
pub struct EmojiEntity<'a> {
    shortcode: &'a str,
    url: Cow<'a, str>,
    static_url: Cow<'a, str>,
    visible_in_picker: bool,
}

fn badge(role: &Role) -> RoleEntity {
    RoleEntity { id: role.id.0.to_string(), name: role.name.clone(), color: role.color.clone() }
}

fn is_false(truth: &bool) -> bool {
    !truth
}

/// Of a suspended account only its existence is shown.
pub fn render<'a>(account: &'a Account, frame: &Frame) -> AccountEntity<'a> {
    let (is_suspended, is_local) = (account.is_suspended(), account.is_local());
    let shown = |text: &'a str| if is_suspended { "" } else { text };
    let picture = |url: &'a Option<String>, default: fn(&str) -> String| match url {
        Some(url) if !is_suspended => frame.media(url),
        _ => Cow::Owned(default(frame.origin())),
    };
    let (avatar, header) =
        (picture(&account.avatar_url, default_avatar), picture(&account.header_url, default_header));
    let fields = if is_suspended { &[] } else { account.fields.as_slice() };
    AccountEntity {
        id: account.id.to_string(),
        username: &account.username,
        acct: account.acct(&frame.primary.handle_domain),
        display_name: shown(&account.display_name),
        locked: account.is_locked,
        bot: account.is_bot(),
        discoverable: account.is_discoverable,
        indexable: account.is_indexable,
        group: account.is_group(),
        created_at: account.created_at.midnight().to_iso(),
        note: shown(&account.note),
        url: &account.url,
        uri: &account.uri,
        avatar: avatar.clone(),
        avatar_static: avatar,
        avatar_description: shown(&account.avatar_description),
        header: header.clone(),
        header_static: header,
        header_description: shown(&account.header_description),
        followers_count: account.followers_count,
        following_count: account.following_count,
        statuses_count: account.statuses_count,
        last_status_at: account.last_status_at.map(|t| t.to_date()),
        hide_collections: account.hides_collections,
        show_media: account.shows_media,
        show_media_replies: account.shows_media_replies,
        show_featured: account.shows_featured,
        noindex: is_local.then_some(!account.is_indexable),
        emojis: if is_suspended { Vec::new() } else { emojis(&account.emojis, frame) },
        fields: fields
            .iter()
            .map(|f| FieldEntity {
                name: &f.name,
                value: &f.value,
                verified_at: f.verified_at.map(|t| t.to_iso()),
            })
            .collect(),
        feature_approval: FeatureApproval {
            automatic: if is_local && account.is_discoverable { &["public"] } else { &[] },
            manual: [],
            current_user: match (is_local, account.is_discoverable) {
                (true, true) => "automatic",
                (true, false) => "denied",
                (false, _) => "missing",
            },
        },
        roles: is_local.then(|| frame.site.badge(account).map(badge).into_iter().collect()),
        suspended: is_suspended,
        limited: account.is_silenced(),
        memorial: account.is_memorial,
    }
}

/// <https://docs.joinmastodon.org/entities/GroupedNotificationsResults/#PartialAccountWithAvatar>
pub fn partial(account: &Account, frame: &Frame) -> Value {
    let full = render(account, frame);
    json!({
        "id": full.id,
        "acct": full.acct,
        "url": full.url,
        "avatar": full.avatar,
        "avatar_static": full.avatar_static,
        "avatar_description": full.avatar_description,
        "locked": full.locked,
        "bot": full.bot,
    })
}

/// An account with its successor, if it has moved.
pub fn with_successor(account: &Account, successor: Option<&Account>, frame: &Frame) -> Value {
    let mut entity = json!(render(account, frame));
    // A suspended account tells nothing of itself.
    let successor = successor.filter(|_| !account.is_suspended());
    if let (Some(successor), Value::Object(map)) = (successor, &mut entity) {
        map.insert("moved".into(), json!(render(successor, frame)));
    }
    entity
}

/// <https://docs.joinmastodon.org/entities/Account/#CredentialAccount>
pub fn credentials(account: &Account, user: &User, requests: i64, roles: &Roles, frame: &Frame) -> Value {
    let mut entity = json!(render(account, frame));
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
        map.insert("role".into(), role(user.role, roles));
    }
    entity
}

/// <https://docs.joinmastodon.org/entities/Role/>
pub fn role(id: RoleId, roles: &Roles) -> Value {
    let found = roles.find(id).cloned().unwrap_or_default();
    json!({
        "id": found.id.0.to_string(),
        "name": found.name,
        "permissions": roles.permissions(id).0.to_string(),
        "color": found.color,
        "highlighted": found.is_highlighted,
        "collection_limit": 10,
    })
}

pub fn emojis<'a>(emojis: &'a [Emoji], frame: &Frame) -> Vec<EmojiEntity<'a>> {
    emojis
        .iter()
        .map(|e| EmojiEntity {
            shortcode: &e.shortcode,
            url: frame.media(&e.url),
            static_url: frame.media(&e.static_url),
            visible_in_picker: false,
        })
        .collect()
}
