//! <https://docs.joinmastodon.org/entities/Status/>

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::account::{AccountEntity, EmojiEntity};
use super::{Frame, account, card, filter};
use crate::model::id::Id;
use crate::model::interaction::{Interaction, Rules};
use crate::model::poll::Poll;
use crate::model::quote::QuoteState;
use crate::model::reaction::Reaction;
use crate::model::receipt::Receipt;
use crate::model::status::{Attachment, Edit, Mention, Status, StatusView, Visibility};

#[derive(Serialize)]
pub struct StatusEntity<'a> {
    id: String,
    uri: &'a str,
    url: &'a str,
    created_at: String,
    edited_at: Option<String>,
    account: AccountEntity<'a>,
    content: &'a str,
    visibility: &'static str,
    sensitive: bool,
    spoiler_text: &'a str,
    language: Option<&'a str>,
    in_reply_to_id: Option<String>,
    in_reply_to_account_id: Option<String>,
    replies_count: i64,
    reblogs_count: i64,
    favourites_count: i64,
    quotes_count: i64,
    reblog: Option<Box<StatusEntity<'a>>>,
    application: Option<Application<'a>>,
    media_attachments: Vec<Value>,
    mentions: Vec<MentionEntity<'a>>,
    tags: Vec<TagEntity<'a>>,
    emojis: Vec<EmojiEntity<'a>>,
    tagged_collections: [(); 0],
    quote: Value,
    card: Option<Value>,
    poll: Option<Value>,
    quote_approval: QuoteApproval,
    #[serde(flatten)]
    own: Option<Own>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interaction_policy: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pleroma: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emoji_reactions: Option<Vec<Value>>,
    /// In the response to a deletion: the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

/// Present only with a viewer.
#[derive(Serialize)]
struct Own {
    favourited: bool,
    reblogged: bool,
    muted: bool,
    bookmarked: bool,
    filtered: Value,
    #[serde(rename = "sori:delivery", skip_serializing_if = "Option::is_none")]
    delivery: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pinned: Option<bool>,
}

#[derive(Serialize)]
struct Application<'a> {
    name: &'a str,
    website: Option<&'a str>,
}

#[derive(Serialize)]
struct MentionEntity<'a> {
    id: String,
    username: &'a str,
    url: &'a str,
    acct: Cow<'a, str>,
}

#[derive(Serialize)]
pub struct TagEntity<'a> {
    name: &'a str,
    url: String,
}

#[derive(Serialize)]
struct QuoteApproval {
    automatic: Vec<&'static str>,
    manual: Vec<&'static str>,
    current_user: &'static str,
}

pub fn render<'a>(view: &'a StatusView, frame: &Frame) -> StatusEntity<'a> {
    let status = &view.status;
    let shown = &view.proper().status;
    let is_boost = view.reblog.is_some();
    let reactions = reactions(view, frame);
    let shows_parent = |_: &Id| !view.is_parent_hidden;
    StatusEntity {
        id: status.id.to_string(),
        uri: &status.uri,
        url: &status.url,
        created_at: status.created_at.to_iso(),
        edited_at: status.edited_at.map(|t| t.to_iso()),
        account: account::render(&view.account, frame),
        content: &shown.content,
        visibility: status.visibility.as_str(),
        sensitive: view.is_sensitive(),
        spoiler_text: &shown.spoiler_text,
        language: shown.language.as_deref(),
        in_reply_to_id: status.in_reply_to_id.filter(shows_parent).map(|id| id.to_string()),
        in_reply_to_account_id: status.in_reply_to_account_id.filter(shows_parent).map(|id| id.to_string()),
        replies_count: shown.replies_count,
        reblogs_count: shown.reblogs_count,
        favourites_count: shown.favourites_count,
        quotes_count: shown.quotes_count,
        reblog: view.reblog.as_ref().map(|inner| Box::new(render(inner, frame))),
        application: application(view),
        media_attachments: if is_boost {
            Vec::new()
        } else {
            shown.media.iter().enumerate().map(|(n, m)| media(shown.id.0, n, m, frame)).collect()
        },
        mentions: shown.mentions.iter().filter(|m| !m.is_silent).map(|m| mention(m, frame)).collect(),
        tags: shown.tags.iter().map(|t| tag(t, frame)).collect(),
        emojis: account::emojis(&shown.emojis, frame),
        tagged_collections: [],
        quote: if is_boost { Value::Null } else { quote(view, frame) },
        card: if is_boost {
            None
        } else {
            shown.card_url.as_deref().and_then(|url| card::of(url, view.card.as_deref(), frame))
        },
        poll: shown.poll.as_ref().filter(|_| !is_boost).map(|p| poll(shown, p, view, frame)),
        quote_approval: QuoteApproval {
            automatic: shown.quote_policy.automatic(),
            manual: shown.quote_policy.manual(),
            current_user: view.flags.quoting.as_str(),
        },
        own: frame.is_signed_in.then(|| own(view, frame)),
        interaction_policy: (shown.rules != Rules::default()).then(|| interaction_policy(shown.rules)),
        pleroma: (!reactions.is_empty()).then(|| json!({"emoji_reactions": reactions})),
        emoji_reactions: Some(reactions).filter(|all| !all.is_empty()),
        text: None,
    }
}

fn own(view: &StatusView, frame: &Frame) -> Own {
    let flags = &view.flags;
    let is_boost = view.reblog.is_some();
    let may_pin = !is_boost && flags.is_author && view.status.visibility != Visibility::Direct;
    Own {
        favourited: flags.is_favourited,
        reblogged: flags.is_reblogged,
        muted: flags.is_muted,
        bookmarked: flags.is_bookmarked,
        filtered: filtered(view, frame),
        delivery: flags.receipt.as_ref().filter(|_| !is_boost).map(delivery),
        pinned: may_pin.then_some(flags.is_pinned),
    }
}

fn mention<'a>(m: &'a Mention, frame: &Frame) -> MentionEntity<'a> {
    let is_ours = m.is_local && m.domain == frame.primary.handle_domain;
    MentionEntity {
        id: m.id.to_string(),
        username: &m.username,
        url: &m.url,
        acct: if is_ours { (&m.username).into() } else { format!("{}@{}", m.username, m.domain).into() },
    }
}

/// The interaction policy of a status with restrictions, in GoToSocial's format.
fn interaction_policy(rules: Rules) -> Value {
    let named = |mut names: Vec<&'static str>| {
        names.retain(|name| *name != "unsupported_policy");
        names
    };
    let rule = |what| {
        let mut automatic = named(rules.of(what).automatic());
        if automatic.is_empty() {
            automatic.push("author");
        }
        json!({"automatic_approval": automatic, "manual_approval": named(rules.of(what).manual())})
    };
    json!({
        "can_favourite": rule(Interaction::Favourite),
        "can_reply": rule(Interaction::Reply),
        "can_reblog": rule(Interaction::Reblog),
    })
}

/// An extension: how many servers have the status, which are pending, and which refused it.
fn delivery(receipt: &Receipt) -> Value {
    json!({
        "servers": receipt.servers,
        "delivered": receipt.delivered(),
        "trying_count": receipt.trying_count,
        "trying": receipt.trying,
        "refused_count": receipt.refused_count,
        "refused": receipt.refused.iter().map(|(domain, why)| json!({"domain": domain, "reason": why})).collect::<Vec<_>>(),
    })
}

/// The emoji reactions of a status, in the format of Pleroma and Fedibird.
pub fn reactions(view: &StatusView, frame: &Frame) -> Vec<Value> {
    let own = &view.proper().flags.own_reactions;
    let entity = |r: &Reaction| {
        let url = r.url.as_deref().map(|url| frame.media(url));
        json!({"name": r.name, "count": r.count, "me": own.contains(&r.name), "url": url, "static_url": url})
    };
    view.proper().status.reactions.iter().map(entity).collect()
}

/// <https://docs.joinmastodon.org/entities/FilterResult/>
fn filtered(view: &StatusView, frame: &Frame) -> Value {
    frame
        .filtered(view)
        .into_iter()
        .map(|(f, keywords, statuses)| {
            json!({
                "filter": filter::brief(f),
                "keyword_matches": keywords,
                "status_matches": statuses.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        })
        .collect()
}

/// <https://docs.joinmastodon.org/entities/Quote/>: one level deep.
fn quote(view: &StatusView, frame: &Frame) -> Value {
    let Some(state) = view.status.quote_state else { return Value::Null };
    let inner = view.quote.as_ref();
    // The quoted status was deleted, although the quote was not revoked.
    let state = if inner.is_none() && state == QuoteState::Accepted { QuoteState::Deleted } else { state };
    if state != QuoteState::Accepted {
        return json!({"state": state.as_str(), "quoted_status": null});
    }
    match (inner, view.quote_hidden) {
        (Some(quoted), None) => {
            let mut entity = render(quoted, frame);
            if let Some(state) = quoted.status.quote_state {
                let stands = state == QuoteState::Accepted;
                let deeper = quoted.status.quote_of_id.filter(|_| stands).map(|id| id.to_string());
                entity.quote = json!({"state": state.as_str(), "quoted_status_id": deeper});
            }
            json!({"state": "accepted", "quoted_status": entity})
        }
        (Some(_), Some("unauthorized")) | (None, _) => {
            json!({"state": "unauthorized", "quoted_status": null})
        }
        // The viewer may open it nevertheless.
        (Some(quoted), Some(why)) => json!({"state": why, "quoted_status": render(quoted, frame)}),
    }
}

/// <https://docs.joinmastodon.org/entities/Poll/>: its id is that of its status.
pub fn poll(status: &Status, p: &Poll, view: &StatusView, frame: &Frame) -> Value {
    let is_over = p.is_over(frame.now);
    let shows = !p.hides_totals || is_over;
    let mut entity = json!({
        "id": status.id.to_string(),
        "expires_at": p.expires_at.map(|t| t.to_iso()),
        "expired": is_over,
        "multiple": p.is_multiple,
        "votes_count": p.votes(),
        "voters_count": p.voters,
        "options": p.options.iter().map(|(title, votes)| json!({
            "title": title,
            "votes_count": shows.then_some(*votes),
        })).collect::<Vec<_>>(),
        "emojis": account::emojis(&status.emojis, frame),
    });
    if let (true, Value::Object(map)) = (frame.is_signed_in, &mut entity) {
        // As on Mastodon, the author counts as having voted and sees the totals.
        map.insert("voted".into(), json!(view.flags.own_votes.is_some() || view.flags.is_author));
        map.insert("own_votes".into(), json!(view.flags.own_votes.clone().unwrap_or_default()));
    }
    entity
}

/// As the response to a deletion: with its source, for redrafting.
pub fn with_text<'a>(view: &'a StatusView, frame: &Frame) -> StatusEntity<'a> {
    StatusEntity { text: Some(view.status.text.as_deref().unwrap_or("")), ..render(view, frame) }
}

pub fn list<'a>(views: &'a [StatusView], frame: &Frame) -> Vec<StatusEntity<'a>> {
    views.iter().map(|view| render(view, frame)).collect()
}

fn application(view: &StatusView) -> Option<Application<'_>> {
    let app = view.proper().app.as_ref().or(view.app.as_ref());
    app.map(|(name, website)| Application { name, website: website.as_deref() })
}

pub fn tag<'a>(name: &'a str, frame: &Frame) -> TagEntity<'a> {
    let path: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    TagEntity { name, url: format!("{}/tags/{path}", frame.origin()) }
}

/// <https://docs.joinmastodon.org/entities/MediaAttachment/>. A remote file has no row of its own: its id is
/// made of the status's id and its index.
pub fn media(status: i64, place: usize, m: &Attachment, frame: &Frame) -> Value {
    let mut meta = Map::new();
    let mut original = m.width.zip(m.height).and_then(|(w, h)| size(w, h)).unwrap_or_default();
    // Mastodon repeats what is of videos and sounds beside `original`, and has the frame rate as a fraction.
    if let Some(duration) = m.duration {
        original.insert("duration".into(), json!(duration));
        meta.insert("duration".into(), json!(duration));
        let seconds = duration as i64;
        let length = format!("{}:{:02}:{:05.2}", seconds / 3600, seconds / 60 % 60, duration % 60.0);
        meta.insert("length".into(), json!(length));
    }
    if let Some(rate) = m.frame_rate {
        original.insert("frame_rate".into(), json!(format!("{}/1000", (rate * 1000.0).round() as i64)));
        meta.insert("fps".into(), json!(rate.round() as i64));
    }
    if let Some(rate) = m.bit_rate {
        original.insert("bitrate".into(), json!(rate));
    }
    meta.insert("original".into(), original.into());
    if let Some(small) = m.preview_size.and_then(|(w, h)| size(w, h)) {
        meta.insert("small".into(), small.into());
    }
    if matches!(m.kind.as_str(), "image" | "gifv" | "video") {
        let (x, y) = m.focus.unwrap_or((0.0, 0.0));
        meta.insert("focus".into(), json!({"x": x, "y": y}));
    }
    // A film or sound is no picture of itself: where there is none, null, as on Mastodon.
    let is_own_preview = !matches!(m.kind.as_str(), "gifv" | "video" | "audio");
    let preview = m.preview_url.as_ref().or(is_own_preview.then_some(&m.url));
    json!({
        "id": m.id.map_or_else(|| format!("{status}{place}"), |id| id.to_string()),
        "type": m.kind,
        "url": frame.media(&m.url),
        "preview_url": preview.map(|url| frame.media(url)),
        "remote_url": m.remote_url,
        "preview_remote_url": m.preview_url.as_ref().filter(|_| m.remote_url.is_some()),
        "text_url": null,
        "meta": meta,
        "description": m.description,
        "blurhash": m.blurhash,
    })
}

/// Width, height and their ratio; nothing without an area.
fn size(width: i64, height: i64) -> Option<Map<String, Value>> {
    let size = json!({
        "width": width,
        "height": height,
        "size": format!("{width}x{height}"),
        "aspect": width as f64 / height as f64,
    });
    match size {
        Value::Object(map) if width > 0 && height > 0 => Some(map),
        _ => None,
    }
}

/// <https://docs.joinmastodon.org/entities/StatusEdit/>: the earlier versions of a status and the current
/// one.
pub fn history(view: &StatusView, edits: &[Edit], frame: &Frame) -> Value {
    let s = &view.status;
    let now = Edit {
        created_at: s.edited_at.unwrap_or(s.created_at),
        content: s.content.clone(),
        spoiler_text: s.spoiler_text.clone(),
        is_sensitive: s.is_sensitive,
        media: s.media.clone(),
        poll: s.poll.clone(),
    };
    let author = account::render(&view.account, frame);
    let is_sensitized = view.account.is_sensitized() && !view.flags.is_author;
    edits
        .iter()
        .chain(std::iter::once(&now))
        .map(|e| {
            let mut entity = json!({
                "content": e.content,
                "spoiler_text": e.spoiler_text,
                "sensitive": e.is_sensitive || is_sensitized,
                "created_at": e.created_at.to_iso(),
                "account": author,
                "media_attachments": e.media.iter().enumerate().map(|(n, m)| media(s.id.0, n, m, frame)).collect::<Vec<_>>(),
                "emojis": account::emojis(&s.emojis, frame),
            });
            if let (Some(poll), Value::Object(map)) = (&e.poll, &mut entity) {
                let options: Vec<Value> = poll.options.iter().map(|(title, _)| json!({"title": title})).collect();
                map.insert("poll".into(), json!({"options": options}));
            }
            entity
        })
        .collect()
}
