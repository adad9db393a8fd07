//! Feeds of profiles, hashtags and lists: what their pages show, but boosts, and of profiles and lists only what is public.

mod render;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use super::parts::account::avatar;
use super::profile::local_account;
use super::text;
use crate::config::hmac_sha256;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::list::FEED_ENTRIES;
use crate::model::media::{Kind, media_type};
use crate::model::page::Page;
use crate::model::quote::QuoteState;
use crate::model::status::{Attachment, StatusView, Visibility};
use crate::model::time::Time;
use crate::model::uri;
use crate::services;
use crate::store;
use crate::store::timelines::{OfAccount, Public, Tags};
use crate::text::excerpt::excerpt;
use crate::text::{escape, hashtags};

/// Entries of a feed: the rows that a stranger reads stay few where all of them quote others.
const SHOWN: usize = 18;
/// Maximum characters of an entry's title, where a feed needs one.
const MAX_TITLE: usize = 60;
/// Maximum characters of a feed's description.
const MAX_DESCRIPTION: usize = 300;
/// Seconds for which caches may keep a feed.
const CACHING: &str = "public, max-age=300";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Rss,
    Atom,
    Json,
}

impl Format {
    pub const ALL: [Self; 3] = [Self::Rss, Self::Atom, Self::Json];

    /// The end of a feed's address.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Rss => ".rss",
            Self::Atom => ".atom",
            Self::Json => ".feed.json",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml",
            Self::Atom => "application/atom+xml",
            Self::Json => "application/feed+json",
        }
    }
}

#[derive(Debug, Clone)]
struct Author {
    name: String,
    page: String,
    avatar: Option<String>,
}

/// A file of an entry.
#[derive(Debug, Clone)]
struct File {
    url: String,
    /// image, video or audio.
    medium: &'static str,
    media_type: Option<String>,
    description: Option<String>,
    width: Option<i64>,
    height: Option<i64>,
    /// Seconds.
    duration: Option<i64>,
    /// Bytes; of files of other servers they are not known.
    bytes: Option<i64>,
    is_sensitive: bool,
}

#[derive(Debug, Clone)]
struct Entry {
    id: String,
    page: String,
    title: String,
    warning: Option<String>,
    html: String,
    language: Option<String>,
    published: Time,
    updated: Time,
    author: Author,
    tags: Vec<String>,
    files: Vec<File>,
}

#[derive(Debug, Clone)]
struct Feed {
    title: String,
    description: String,
    page: String,
    /// Its own.
    address: String,
    icon: Option<String>,
    updated: Time,
    /// Of all entries.
    author: Option<Author>,
    entries: Vec<Entry>,
}

pub async fn rss(c: &Context<'_>) -> Result<Response> {
    of_profile(c, Format::Rss, false).await
}

pub async fn atom(c: &Context<'_>) -> Result<Response> {
    of_profile(c, Format::Atom, false).await
}

pub async fn json(c: &Context<'_>) -> Result<Response> {
    of_profile(c, Format::Json, false).await
}

pub async fn rss_with_replies(c: &Context<'_>) -> Result<Response> {
    of_profile(c, Format::Rss, true).await
}

pub async fn atom_with_replies(c: &Context<'_>) -> Result<Response> {
    of_profile(c, Format::Atom, true).await
}

pub async fn json_with_replies(c: &Context<'_>) -> Result<Response> {
    of_profile(c, Format::Json, true).await
}

pub async fn rss_of_tag(c: &Context<'_>) -> Result<Response> {
    of_tag(c, Format::Rss).await
}

pub async fn atom_of_tag(c: &Context<'_>) -> Result<Response> {
    of_tag(c, Format::Atom).await
}

pub async fn json_of_tag(c: &Context<'_>) -> Result<Response> {
    of_tag(c, Format::Json).await
}

pub async fn rss_of_list(c: &Context<'_>) -> Result<Response> {
    of_list(c, Format::Rss).await
}

pub async fn atom_of_list(c: &Context<'_>) -> Result<Response> {
    of_list(c, Format::Atom).await
}

pub async fn json_of_list(c: &Context<'_>) -> Result<Response> {
    of_list(c, Format::Json).await
}

/// The newest public statuses of a local account, without boosts, and without replies to others unless they are asked for.
async fn of_profile(c: &Context<'_>, format: Format, with_replies: bool) -> Result<Response> {
    // `.json` is no part of a path that begins with `@`.
    if (format == Format::Json) != c.path.is_json() {
        return Err(Error::NotFound);
    }
    let account = local_account(c).await?;
    let filter = OfAccount {
        excludes_replies: !with_replies,
        excludes_reblogs: true,
        only_public: true,
        ..OfAccount::default()
    };
    let query = store::timelines::of_account(account.id, None, &filter, &Page::first(SHOWN));
    let statuses = store::load(&c.app.db, query).await?;
    let entries = entries(c, statuses.iter());
    let bio = excerpt(&account.note, MAX_DESCRIPTION);
    let path = if with_replies { "/with_replies" } else { "" };
    let feed = Feed {
        title: account.name().to_owned(),
        description: if bio.is_empty() { format!("@{}", account.handle()) } else { bio },
        page: account.url.clone(),
        address: format!("{}{path}{}", account.url, format.suffix()),
        icon: Some(avatar(c, &account)),
        updated: newest(&entries).unwrap_or(account.created_at),
        author: Some(author(c, &account)),
        entries,
    };
    Ok(answer(c.request, &feed, format))
}

/// The newest public statuses with a hashtag, as its page shows them.
async fn of_tag(c: &Context<'_>, format: Format) -> Result<Response> {
    let name = hashtags::normalise(c.segment("hashtag")?);
    if name.is_empty() || !c.app.site().tags.is_usable(&name) {
        return Err(Error::NotFound);
    }
    let tags = Tags { any: vec![name.clone()], ..Tags::default() };
    let query = store::timelines::tagged(&tags, Public::All, None, false, &Page::first(SHOWN));
    let statuses = store::load(&c.app.db, query).await?;
    let entries = entries(c, statuses.iter());
    let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let page = uri::tag(&c.app.domain_asked(c.request).web_origin, &encoded.replace('+', "%20"));
    let feed = Feed {
        title: format!("#{name}"),
        description: format!("#{name} · {}", c.app.site().title),
        address: format!("{page}{}", format.suffix()),
        page,
        icon: None,
        // Nothing has happened yet.
        updated: newest(&entries).unwrap_or(Time(0)),
        author: None,
        entries,
    };
    Ok(answer(c.request, &feed, format))
}

/// The newest public statuses of the members of a list that its owner has made public.
async fn of_list(c: &Context<'_>, format: Format) -> Result<Response> {
    let key = c.segment("key")?;
    let parts = (store::list_feeds::by_key(key), store::list_feeds::statuses(key, FEED_ENTRIES));
    let (list, statuses) = store::load(&c.app.db, parts).await?;
    let list = list.ok_or(Error::NotFound)?;
    services::list_feed::read(c.app, &list);
    let entries = entries(c, statuses.iter());
    let origin = c.app.domain_asked(c.request).web_origin;
    let feed = Feed {
        description: format!("{} · {}", list.title, c.app.site().title),
        title: list.title,
        address: format!("{}{}", uri::list_feed(&origin, key), format.suffix()),
        // It has no page.
        page: format!("{origin}/"),
        icon: None,
        updated: newest(&entries).unwrap_or(Time(0)),
        author: None,
        entries,
    };
    Ok(answer(c.request, &feed, format))
}

fn newest(entries: &[Entry]) -> Option<Time> {
    entries.iter().map(|entry| entry.updated).max()
}

fn author(c: &Context<'_>, account: &Account) -> Author {
    Author { name: account.name().to_owned(), page: account.url.clone(), avatar: Some(avatar(c, account)) }
}

fn entries<'s>(c: &Context<'_>, statuses: impl Iterator<Item = &'s StatusView>) -> Vec<Entry> {
    statuses
        .filter(|view| view.reblog.is_none() && view.status.visibility == Visibility::Public)
        .filter(|view| !view.status.is_waiting())
        .map(|view| entry(c, view))
        .collect()
}

fn entry(c: &Context<'_>, view: &StatusView) -> Entry {
    let status = &view.status;
    let warning = Some(&status.spoiler_text).filter(|text| !text.is_empty());
    let mut title = excerpt(&status.content, MAX_TITLE);
    if title.is_empty() {
        title = format!("{} UTC", status.created_at.to_minute());
    }
    Entry {
        id: status.uri.clone(),
        page: status.url.clone(),
        title,
        warning: warning.map(|text| crate::text::excerpt::line(text, MAX_TITLE)),
        html: html(c, view),
        language: status.language.clone(),
        published: status.created_at,
        updated: status.edited_at.unwrap_or(status.created_at).max(status.created_at),
        author: author(c, &view.account),
        tags: status.tags.clone(),
        files: status.media.iter().filter_map(|file| self::file(c, file, view.is_sensitive())).collect(),
    }
}

/// The text with its warning before it, the options of its poll, and a link to what it quotes.
fn html(c: &Context<'_>, view: &StatusView) -> String {
    let status = &view.status;
    let mut html = String::new();
    if !status.spoiler_text.is_empty() {
        let warning = text::plain(c, &status.spoiler_text, &status.emojis).into_string();
        html.push_str(&format!("<p><strong>{warning}</strong></p><hr>"));
    }
    html.push_str(&text::html(c, &status.content, &status.emojis).into_string());
    if let Some(poll) = &status.poll {
        html.push_str("<ul>");
        for (title, _) in &poll.options {
            html.push_str(&format!("<li>{}</li>", text::plain(c, title, &status.emojis).into_string()));
        }
        html.push_str("</ul>");
    }
    let is_shown = status.quote_state == Some(QuoteState::Accepted) && view.quote_hidden.is_none();
    if let Some(quote) = view.quote.as_deref().filter(|_| is_shown) {
        let (url, handle) = (escape::html(&quote.status.url), escape::html(&quote.account.handle()));
        html.push_str(&format!("<blockquote><p><a href=\"{url}\">@{handle}</a></p></blockquote>"));
    }
    html
}

fn file(c: &Context<'_>, file: &Attachment, is_sensitive: bool) -> Option<File> {
    let medium = match Kind::from_name(&file.kind) {
        Kind::Image => "image",
        Kind::Gifv | Kind::Video => "video",
        Kind::Audio => "audio",
        Kind::Unknown => return None,
    };
    let by_name = || {
        let path = file.url.split(['?', '#']).next().unwrap_or("");
        media_type(path.rsplit_once('.')?.1).map(str::to_owned)
    };
    let kind = Some(file.media_type.clone()).filter(|kind| kind.contains('/')).or_else(by_name);
    let size = |size: Option<i64>| size.filter(|n| *n > 0);
    Some(File {
        url: c.app.links().of(&file.url).into_owned(),
        medium,
        media_type: kind,
        description: file.description.clone().filter(|text| !text.is_empty()),
        width: size(file.width),
        height: size(file.height),
        duration: size(file.duration.map(|seconds| seconds.round() as i64)),
        bytes: size(file.size),
        is_sensitive,
    })
}

/// The document, or 304 where the reader has it (RFC 9110, section 13).
fn answer(request: &Request, feed: &Feed, format: Format) -> Response {
    let body = render::render(feed, format);
    let tag = format!("\"{}\"", BASE64.encode(hmac_sha256(b"feed", body.as_bytes())).get(..22).unwrap_or(""));
    // By the tag alone: a post that is deleted or made private changes the feed and no date in it.
    let is_known = request.headers.joined("if-none-match").is_some_and(|known| {
        known.split(',').map(|t| t.trim().trim_start_matches("W/")).any(|t| t == tag || t == "*")
    });
    let kind = format!("{}; charset=utf-8", format.media_type());
    let response = match is_known {
        true => Response { status: 304, ..Response::default() },
        false => Response::new(200, &kind, body),
    };
    response
        .with("ETag", tag)
        // Whether a person wants to be found is said on their page; a feed is for readers.
        .with("X-Robots-Tag", "noindex")
        .with("Cache-Control", CACHING)
        .with("X-Content-Type-Options", "nosniff")
        .with("Content-Security-Policy", "default-src 'none'; sandbox")
}
