//! <https://docs.joinmastodon.org/entities/Instance/> and V1_Instance.

use serde_json::{Value, json};

use super::{Frame, account};
use crate::config::Config;
use crate::model::account::Account;
use crate::model::media;
use crate::model::poll;
use crate::model::role::{Permission, RoleId};
use crate::model::sign_up::Mode;
use crate::model::site::{Site, host_of};
use crate::model::site_text::Kind;
use crate::model::time::SECOND;
use crate::model::uri;
use crate::services::media::{MAX_ATTACHMENTS, MAX_DESCRIPTION};
use crate::services::{draft, feature, profile};
use crate::text::{count, escape};

/// What both versions contain.
#[derive(Debug, Clone, Default)]
pub struct Card {
    pub contact: Option<Account>,
    pub rules: Value,
    pub users: i64,
    pub statuses: i64,
    /// Number of known servers.
    pub domains: i64,
    /// There are live streams.
    pub has_streams: bool,
    /// Who signs up by page shows that they are no program.
    pub has_test: bool,
    /// There are terms of service.
    pub has_terms: bool,
}

/// The address of the live streams: clients append the path of the API.
fn streams(frame: &Frame) -> String {
    frame.origin().replacen("http", "ws", 1)
}

/// The address without live streams. Clients of version 1 of this entity need a URL, and reconnect to it every few
/// seconds: this one never resolves (RFC 6761, section 6.4).
const NO_STREAM: &str = "wss://streaming.invalid";

/// The implemented version of Mastodon's API: docs/decisions/0006-api-version.md.
const API_VERSION: i64 = 11;

/// The operator's e-mail address; without one the address that every mail domain has (RFC 5321, section
/// 4.5.1), since clients and schemas require one.
fn contact_email(site: &Site, frame: &Frame) -> String {
    if site.contact_email.is_empty() {
        let domain = &frame.primary.handle_domain;
        format!("postmaster@{}", domain.split(':').next().unwrap_or(domain))
    } else {
        site.contact_email.clone()
    }
}

/// The address of the server's picture.
fn banner(site: &Site, frame: &Frame) -> String {
    match &site.banner {
        Some(file) => frame.media(&media::url(frame.origin(), &file.name)).into_owned(),
        None => uri::default_header(frame.origin()),
    }
}

/// What the operator says where sign-up is closed, as HTML.
fn message(text: &str) -> String {
    format!("<p>{}</p>", escape::html(text).replace('\n', "<br />"))
}

fn shared_configuration() -> Value {
    json!({
        "accounts": {
            "max_featured_tags": feature::MAX_TAGS,
            "max_pinned_statuses": feature::MAX_PINS,
            "max_profile_fields": profile::MAX_FIELDS,
            "profile_field_name_limit": profile::MAX_FIELD,
            "profile_field_value_limit": profile::MAX_FIELD,
            "max_display_name_length": profile::MAX_DISPLAY_NAME,
            "max_note_length": profile::MAX_NOTE,
            "max_avatar_description_length": profile::MAX_DESCRIPTION,
            "max_header_description_length": profile::MAX_DESCRIPTION,
        },
        "statuses": {
            "max_characters": draft::MAX_CHARACTERS,
            "max_media_attachments": MAX_ATTACHMENTS,
            "characters_reserved_per_url": count::URL,
        },
        "media_attachments": {
            "supported_mime_types": media::accepted(),
            "description_limit": MAX_DESCRIPTION,
            "image_size_limit": media::MAX_IMAGE,
            "image_matrix_limit": media::MAX_PIXELS,
            "video_size_limit": media::MAX_FILE,
            "video_frame_rate_limit": 120,
            "video_matrix_limit": media::MAX_VIDEO_PIXELS,
        },
        "polls": {
            "max_options": poll::MAX_OPTIONS,
            "max_characters_per_option": poll::MAX_OPTION,
            "min_expiration": poll::MIN_DURATION / SECOND,
            "max_expiration": poll::MAX_DURATION / SECOND,
        },
    })
}

pub fn v2(site: &Site, card: &Card, frame: &Frame) -> Value {
    let origin = frame.origin();
    let (is_open, needs_approval) =
        (site.sign_up.mode.is_for_strangers(), site.sign_up.mode == Mode::Approval);
    let links = if site.has_trends { "public" } else { "disabled" };
    let mut configuration = shared_configuration();
    if let Value::Object(map) = &mut configuration {
        map.insert(
            "urls".into(),
            json!({
                "streaming": card.has_streams.then(|| streams(frame)),
                "status": null,
                "about": format!("{origin}/about"),
                "privacy_policy": format!("{origin}{}", Kind::Privacy.path()),
                "terms_of_service": card.has_terms.then(|| format!("{origin}{}", Kind::Terms.path())),
            }),
        );
        map.insert("vapid".into(), json!({"public_key": site.push_key()}));
        map.insert("translation".into(), json!({"enabled": false}));
        map.insert(
            "timelines_access".into(),
            json!({
                "live_feeds": {"local": "public", "remote": "public"},
                "hashtag_feeds": {"local": "public", "remote": "public"},
                "trending_link_feeds": {"local": links, "remote": links},
            }),
        );
        map.insert("limited_federation".into(), json!(false));
    }
    json!({
        "domain": frame.primary.handle_domain,
        "title": site.title,
        "version": Config::api_version(),
        "source_url": format!("{origin}/about"),
        "description": site.description,
        "wrapstodon": null,
        "usage": {"users": {"active_month": card.users}},
        "thumbnail": {
            "url": banner(site, frame),
            "blurhash": site.banner.as_ref().and_then(|file| file.blurhash.as_ref()),
            "versions": {},
            "description": "",
        },
        "icon": [match &site.icon {
            Some(icon) => json!({
                "src": frame.media(&media::url(origin, &icon.name)),
                "size": format!("{}x{}", icon.width, icon.height),
            }),
            None => json!({"src": uri::default_avatar(origin), "size": "120x120"}),
        }],
        "languages": site.languages,
        "configuration": configuration,
        "registrations": {
            "enabled": is_open,
            "approval_required": needs_approval,
            "reason_required": needs_approval && site.sign_up.needs_reason,
            "message": (!is_open && !site.sign_up.message.is_empty()).then(|| message(&site.sign_up.message)),
            "min_age": site.sign_up.min_age,
            // Apps show no test: with one they lead to the page.
            "url": card.has_test.then(|| format!("{origin}/sign_up")),
        },
        "api_versions": {"mastodon": API_VERSION},
        "contact": {"email": contact_email(site, frame), "account": card.contact.as_ref().map(|a| account::render(a, frame))},
        "rules": card.rules,
    })
}

pub fn v1(site: &Site, card: &Card, frame: &Frame) -> Value {
    let origin = frame.origin();
    json!({
        "uri": host_of(origin),
        "title": site.title,
        "short_description": site.description,
        "description": site.description,
        "email": contact_email(site, frame),
        "version": Config::api_version(),
        "urls": {"streaming_api": if card.has_streams { streams(frame) } else { NO_STREAM.into() }},
        "stats": {"user_count": card.users, "status_count": card.statuses, "domain_count": card.domains},
        "thumbnail": banner(site, frame),
        "languages": site.languages,
        "registrations": site.sign_up.mode.is_for_strangers(),
        "approval_required": site.sign_up.mode == Mode::Approval,
        "invites_enabled": site.sign_up.mode != Mode::Closed
            && site.roles.permissions(RoleId::EVERYONE).allows(Permission::INVITE_USERS),
        "configuration": shared_configuration(),
        // By this, clients of Pleroma and Akkoma detect support for reactions.
        "pleroma": {"metadata": {"features": ["pleroma_emoji_reactions", "custom_emoji_reactions"]}},
        "contact_account": card.contact.as_ref().map(|a| account::render(a, frame)),
        "rules": card.rules,
    })
}
