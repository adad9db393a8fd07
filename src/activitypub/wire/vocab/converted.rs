//! Articles, videos, audio, images, pages and events as statuses: title, a text of some length, a link, attachments.

use serde_json::Value;

use super::{first, id, is_file_url, kind, link, link_of, list, text};
use crate::model::limits;
use crate::model::status::Attachment;
use crate::text::{compose, escape, excerpt, sanitize};

/// What becomes a status.
pub const TYPES: [&str; 6] = ["Article", "Page", "Video", "Audio", "Image", "Event"];
/// A longer text is cut to an excerpt with a link.
const MAX: usize = 5_000;
const BEGINNING: usize = 1_000;
/// Bytes of its HTML: title and links have room besides.
const MAX_BODY: usize = 48 * 1024;

/// Title, time and place, text, links. The text of an article is its summary, where it has one.
pub fn html(object: &Value, title: Option<&str>, content: Option<&str>, url: &str) -> String {
    let mut html = String::new();
    if let Some(title) = title {
        let title = sanitize::line(&sanitize::plain(title), limits::TITLE);
        html.push_str(&format!("<p><strong>{}</strong></p>", escape::html(&title)));
    }
    let occasion = if kind(object) == "Event" { occasion(object) } else { String::new() };
    if !occasion.is_empty() {
        html.push_str(&format!("<p>{}</p>", escape::html(sanitize::cut(&occasion, limits::TITLE))));
    }
    let summary = text(object, "summary").filter(|s| !s.trim().is_empty());
    let content = content.filter(|c| !c.trim().is_empty());
    let body = match (kind(object), summary, content) {
        ("Article", Some(summary), _) => summary,
        (_, summary, content) => content.or(summary).unwrap_or(""),
    };
    let is_plain =
        text(object, "mediaType").is_some_and(|m| m.starts_with("text/markdown") || m == "text/plain");
    let body = if is_plain { paragraphs(body) } else { body.to_owned() };
    let body = sanitize::within(&body, MAX_BODY);
    if body.len() > MAX && sanitize::plain(&body).chars().count() > MAX {
        html.push_str(&format!("<p>{}</p>", escape::html(&excerpt::excerpt(&body, BEGINNING))));
    } else {
        html.push_str(&body);
    }
    for link in links(object).into_iter().filter(|l| *l != url) {
        html.push_str(&format!("<p>{}</p>", compose::link(link)));
    }
    html.push_str(&format!("<p>{}</p>", compose::link(url)));
    sanitize::status_html(&html)
}

/// Plain text (or Markdown, which is that) as paragraphs.
fn paragraphs(text: &str) -> String {
    text.split("\n\n")
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .map(|p| format!("<p>{}</p>", escape::html(p).replace('\n', "<br>")))
        .collect()
}

/// When and where, as the event says it.
fn occasion(object: &Value) -> String {
    let moment = |name: &str| {
        let (date, time) = text(object, name)?.split_once('T')?;
        let (clock, zone) = time.split_at(time.find(['Z', 'z', '+', '-']).unwrap_or(time.len()));
        let zone = if zone.eq_ignore_ascii_case("z") { "UTC" } else { zone };
        Some(format!("{date} {} {zone}", clock.get(..5).unwrap_or(clock)).trim_end().to_owned())
    };
    let when = match (moment("startTime"), moment("endTime")) {
        (Some(start), Some(end)) => Some(format!("{start} – {end}")),
        (start, end) => start.or(end),
    };
    let place = first(object, "location").map(|place| {
        let mut parts: Vec<&str> = text(place, "name").into_iter().collect();
        let address = first(place, "address");
        parts.extend(address.and_then(Value::as_str));
        for part in ["streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry"] {
            parts.extend(address.and_then(|a| text(a, part)));
        }
        let mut parts: Vec<&str> = parts.into_iter().map(str::trim).filter(|p| !p.is_empty()).collect();
        parts.dedup();
        parts.join(", ")
    });
    when.into_iter().chain(place).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// Media types of pictures by the extension of their URL, where the document has none.
fn is_picture(url: &str) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or(url).to_lowercase();
    ["png", "jpg", "jpeg", "gif", "webp", "avif"].iter().any(|end| path.ends_with(&format!(".{end}")))
}

/// What a page links to (Lemmy), pictures aside.
fn links(object: &Value) -> Vec<&str> {
    attached_links(object).filter(|url| !is_picture(url)).take(4).collect()
}

fn attached_links(object: &Value) -> impl Iterator<Item = &str> {
    let all = list(object, "attachment").into_iter().filter(|a| kind(a) == "Link");
    all.filter_map(|a| link_of(a, "href"))
        .filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}

/// Media besides its attachments: the video or audio among its `url`s, with its preview image.
pub fn media(object: &Value, has_attachments: bool) -> Vec<Attachment> {
    let family = match kind(object) {
        "Video" => "video",
        "Audio" => "audio",
        _ => "image",
    };
    let at = id(object).unwrap_or("");
    let made = |family: &str, file: &Value, media_type: &str| made(family, file, media_type, at);
    let mut found: Option<Attachment> = None;
    if matches!(kind(object), "Video" | "Audio" | "Image") {
        let files = files(object);
        let of_family = files.iter().filter(|(_, media_type)| media_type.starts_with(family));
        // The largest video of at most 720 lines.
        let height = |file: &Value| file.get("height").and_then(Value::as_i64).unwrap_or(0);
        let best =
            of_family.max_by_key(|(file, _)| if height(file) > 720 { -height(file) } else { height(file) });
        found = best.and_then(|(file, media_type)| made(family, file, media_type));
        if let (None, Some(url)) = (&found, first(object, "url").filter(|u| u.is_string())) {
            let own = text(object, "mediaType").unwrap_or("");
            found = made(family, url, own)
                .filter(|m| own.starts_with(family) || (family == "image" && is_picture(&m.url)));
        }
    } else if !has_attachments {
        found = first(object, "image").and_then(|i| made("image", i, text(i, "mediaType").unwrap_or("")));
        if found.is_none() {
            let picture =
                attached_links(object).find(|url| is_picture(url)).map(|url| Value::String(url.into()));
            found = picture.and_then(|url| made("image", &url, ""));
        }
    }
    let preview = (family != "image").then(|| super::preview(object, at)).flatten();
    found.into_iter().map(|m| Attachment { preview_url: preview.clone(), ..m }).collect()
}

/// The files among `url`, and those that a playlist names in its `tag` (PeerTube).
fn files(object: &Value) -> Vec<(&Value, String)> {
    let at = id(object).unwrap_or("");
    let mut all = Vec::new();
    for entry in list(object, "url") {
        all.push(entry);
        all.extend(list(entry, "tag"));
    }
    all.into_iter()
        .filter(|e| link_of(e, "href").is_some_and(|url| is_file_url(url, at)))
        .filter_map(|e| Some((e, text(e, "mediaType").or_else(|| text(e, "mimeType"))?.to_lowercase())))
        .collect()
}

/// `at` is the id of the document that names the file.
fn made(family: &str, file: &Value, media_type: &str, at: &str) -> Option<Attachment> {
    let url = link_of(file, "href").or_else(|| link_of(file, "url")).or_else(|| link(file))?;
    let number = |p: &str| file.get(p).and_then(Value::as_i64).filter(|n| (1..100_000).contains(n));
    is_file_url(url, at).then(|| Attachment {
        kind: family.into(),
        media_type: super::media_type(media_type),
        url: url.into(),
        remote_url: Some(url.into()),
        description: text(file, "name").map(super::alt_text),
        width: number("width"),
        height: number("height"),
        ..Attachment::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_film_is_its_best_file_and_its_page() {
        let film = json!({"type": "Video", "name": "Ferns <unrolling>", "mediaType": "text/markdown", "content": "one\n\ntwo <b>",
            "icon": [{"type": "Image", "url": "https://p.example/s.jpg", "width": 100}, {"type": "Image", "url": "https://p.example/l.jpg", "width": 900}],
            "url": [{"type": "Link", "mediaType": "text/html", "href": "https://p.example/w/1"},
                {"type": "Link", "mediaType": "video/mp4", "href": "https://p.example/1080.mp4", "height": 1080},
                {"type": "Link", "mediaType": "application/x-mpegURL", "href": "https://p.example/1.m3u8",
                 "tag": [{"type": "Link", "mediaType": "video/mp4", "href": "https://p.example/720.mp4", "height": 720}]},
                {"type": "Link", "mediaType": "video/mp4", "href": "https://p.example/240.mp4", "height": 240}]});
        let media = media(&film, false);
        assert_eq!((media[0].kind.as_str(), media[0].url.as_str()), ("video", "https://p.example/720.mp4"));
        assert_eq!(media[0].preview_url.as_deref(), Some("https://p.example/l.jpg"));
        let html = html(&film, Some("Ferns"), film["content"].as_str(), "https://p.example/w/1");
        assert!(html.starts_with("<p><strong>Ferns</strong></p><p>one</p><p>two &lt;b&gt;</p>"), "{html}");
        assert!(html.contains("https://p.example/w/1"));
    }

    #[test]
    fn an_event_says_when_and_where() {
        let event = json!({"type": "Event", "startTime": "2019-12-18T13:00:00Z", "endTime": "2019-12-18T14:00:00+01:00",
            "location": {"type": "Place", "name": "The hall", "address": {"addressLocality": "Nantes", "streetAddress": " ", "postalCode": null}}});
        assert_eq!(occasion(&event), "2019-12-18 13:00 UTC – 2019-12-18 14:00 +01:00 · The hall, Nantes");
        assert_eq!(occasion(&json!({"startTime": 5, "location": [null]})), "");
        assert_eq!(occasion(&json!({"startTime": "2019-12-18Tx", "location": "x"})), "2019-12-18 x");
    }

    #[test]
    fn a_page_leads_where_it_links_and_shows_its_picture() {
        let page = |href: &str| json!({"type": "Page", "attachment": [{"type": "Link", "href": href}]});
        assert_eq!(media(&page("https://l.example/a.PNG?x"), false)[0].url, "https://l.example/a.PNG?x");
        assert!(media(&page("https://l.example/a"), false).is_empty());
        assert!(
            html(&page("https://l.example/a"), None, None, "https://l.example/post/1")
                .contains("https://l.example/a\"")
        );
        let long = "word ".repeat(3_000);
        let article = json!({"type": "Article", "summary": "in short"});
        assert!(
            html(&article, None, Some(&long), "https://w.example/1").starts_with("<p>in short")
                || html(&article, None, Some(&long), "https://w.example/1").starts_with("in short")
        );
        assert!(html(&json!({"type": "Article"}), None, Some(&long), "https://w.example/1").len() < 2_000);
    }
}
