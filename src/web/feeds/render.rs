//! RSS 2.0 (<https://www.rssboard.org/rss-specification>), Atom (RFC 4287) and JSON Feed 1.1
//! (<https://www.jsonfeed.org/version/1.1/>), pure.

use serde_json::{Value, json};

use super::{Author, Entry, Feed, File, Format};
use crate::config::VERSION;
use crate::text::xml::Xml;

pub fn render(feed: &Feed, format: Format) -> String {
    match format {
        Format::Rss => rss(feed),
        Format::Atom => atom(feed),
        Format::Json => json_feed(feed).to_string(),
    }
}

/// Media RSS (<https://www.rssboard.org/media-rss>).
const MEDIA: (&str, &str) = ("xmlns:media", "http://search.yahoo.com/mrss/");
const ATOM: &str = "http://www.w3.org/2005/Atom";

fn rss(feed: &Feed) -> String {
    let mut xml = Xml::new();
    let names =
        [("version", "2.0"), ("xmlns:atom", ATOM), ("xmlns:dc", "http://purl.org/dc/elements/1.1/"), MEDIA];
    xml.open("rss", &names);
    xml.open("channel", &[]);
    xml.text("title", &[], &feed.title);
    xml.text("link", &[], &feed.page);
    xml.text("description", &[], &feed.description);
    let own = [("rel", "self"), ("type", "application/rss+xml"), ("href", feed.address.as_str())];
    xml.empty("atom:link", &own);
    xml.text("lastBuildDate", &[], &feed.updated.to_http());
    xml.text("generator", &[], &format!("Sori {VERSION}"));
    if let Some(icon) = &feed.icon {
        // The title and link of a channel's picture are those of the channel.
        xml.open("image", &[]);
        xml.text("url", &[], icon);
        xml.text("title", &[], &feed.title);
        xml.text("link", &[], &feed.page);
        xml.close("image");
    }
    for entry in &feed.entries {
        xml.open("item", &[]);
        xml.text("guid", &[("isPermaLink", "false")], &entry.id);
        xml.text("link", &[], &entry.page);
        xml.text("pubDate", &[], &entry.published.to_http());
        if let Some(warning) = &entry.warning {
            xml.text("title", &[], warning);
        }
        xml.text("description", &[], &entry.html);
        xml.text("dc:creator", &[], &entry.author.name);
        for tag in &entry.tags {
            xml.text("category", &[], tag);
        }
        // An item has one at most, and it has a length: 0 where that is not known, as the W3C's validator asks for
        // (<https://validator.w3.org/feed/docs/error/UseZeroForUnknown.html>).
        if let Some((file, kind)) = entry.files.iter().find_map(|f| Some((f, f.media_type.as_deref()?))) {
            let length = file.bytes.unwrap_or(0).to_string();
            xml.empty("enclosure", &[("url", &file.url), ("length", &length), ("type", kind)]);
        }
        entry.files.iter().for_each(|file| media(&mut xml, file));
        xml.close("item");
    }
    xml.close("channel");
    xml.close("rss");
    xml.into_string()
}

fn media(xml: &mut Xml, file: &File) {
    let [bytes, width, height, duration] =
        [file.bytes, file.width, file.height, file.duration].map(|n| n.map(|n| n.to_string()));
    let mut attributes = vec![("url", file.url.as_str()), ("medium", file.medium)];
    let known = [
        ("type", file.media_type.as_deref()),
        ("fileSize", bytes.as_deref()),
        ("width", width.as_deref()),
        ("height", height.as_deref()),
        ("duration", duration.as_deref()),
    ];
    attributes.extend(known.into_iter().filter_map(|(name, value)| Some((name, value?))));
    xml.open("media:content", &attributes);
    let rating = if file.is_sensitive { "adult" } else { "nonadult" };
    xml.text("media:rating", &[("scheme", "urn:simple")], rating);
    if let Some(description) = &file.description {
        xml.text("media:description", &[("type", "plain")], description);
    }
    xml.close("media:content");
}

fn atom_author(xml: &mut Xml, author: &Author) {
    xml.open("author", &[]);
    xml.text("name", &[], &author.name);
    xml.text("uri", &[], &author.page);
    xml.close("author");
}

fn atom(feed: &Feed) -> String {
    let mut xml = Xml::new();
    xml.open("feed", &[("xmlns", ATOM), MEDIA]);
    xml.text("id", &[], &feed.address);
    xml.text("title", &[], &feed.title);
    xml.text("subtitle", &[], &feed.description);
    xml.text("updated", &[], &feed.updated.to_iso());
    xml.empty("link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", &feed.address)]);
    xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &feed.page)]);
    if let Some(author) = &feed.author {
        atom_author(&mut xml, author);
    }
    if let Some(icon) = &feed.icon {
        xml.text("icon", &[], icon);
    }
    xml.text("generator", &[("version", VERSION)], "Sori");
    for entry in &feed.entries {
        xml.open("entry", &[]);
        xml.text("id", &[], &entry.id);
        xml.text("title", &[], entry.warning.as_deref().unwrap_or(&entry.title));
        xml.text("published", &[], &entry.published.to_iso());
        xml.text("updated", &[], &entry.updated.to_iso());
        xml.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &entry.page)]);
        atom_author(&mut xml, &entry.author);
        for tag in &entry.tags {
            xml.empty("category", &[("term", tag)]);
        }
        let language = entry.language.as_deref().map(|code| ("xml:lang", code));
        if let Some(warning) = &entry.warning {
            xml.text("summary", &language.into_iter().collect::<Vec<_>>(), warning);
        }
        let kind = [Some(("type", "html")), language];
        xml.text("content", &kind.into_iter().flatten().collect::<Vec<_>>(), &entry.html);
        for file in &entry.files {
            let kind = file.media_type.as_deref().map(|kind| ("type", kind));
            let bytes = file.bytes.map(|bytes| bytes.to_string());
            let length = bytes.as_deref().map(|bytes| ("length", bytes));
            let link = [Some(("rel", "enclosure")), kind, length, Some(("href", file.url.as_str()))];
            xml.empty("link", &link.into_iter().flatten().collect::<Vec<_>>());
            media(&mut xml, file);
        }
        xml.close("entry");
    }
    xml.close("feed");
    xml.into_string()
}

/// An object without the members that are null.
fn object(members: Value) -> Value {
    match members {
        Value::Object(map) => map.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        other => other,
    }
}

fn json_author(author: &Author) -> Value {
    object(json!({"name": author.name, "url": author.page, "avatar": author.avatar}))
}

fn json_item(entry: &Entry) -> Value {
    let files: Vec<Value> = entry
        .files
        .iter()
        // Its type is required.
        .filter(|file| file.media_type.is_some())
        .map(|file| {
            object(json!({
                "url": file.url, "mime_type": file.media_type, "title": file.description,
                "size_in_bytes": file.bytes, "duration_in_seconds": file.duration,
            }))
        })
        .collect();
    object(json!({
        "id": entry.id,
        "url": entry.page,
        "title": entry.warning,
        "summary": entry.warning,
        "content_html": entry.html,
        "date_published": entry.published.to_iso(),
        "date_modified": entry.updated.to_iso(),
        "authors": [json_author(&entry.author)],
        "tags": entry.tags,
        "language": entry.language,
        "attachments": files,
    }))
}

fn json_feed(feed: &Feed) -> Value {
    object(json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "description": feed.description,
        "home_page_url": feed.page,
        "feed_url": feed.address,
        "icon": feed.icon,
        "authors": feed.author.as_ref().map(|author| [json_author(author)]),
        "items": feed.entries.iter().map(json_item).collect::<Vec<_>>(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Time;

    fn feed() -> Feed {
        let author = Author {
            name: "Alice & Co".into(),
            page: "https://a.example/@alice".into(),
            avatar: Some("https://a.example/a.png".into()),
        };
        let at = Time(1_790_000_000_000);
        let file = |url: &str, kind: Option<&str>| File {
            url: url.into(),
            medium: "image",
            media_type: kind.map(str::to_owned),
            description: Some("a <fern>".into()),
            width: Some(3),
            height: Some(2),
            duration: None,
            // Those without a type are of other servers.
            bytes: kind.map(|_| 321),
            is_sensitive: false,
        };
        Feed {
            title: "Alice".into(),
            description: "Public posts".into(),
            page: "https://a.example/@alice".into(),
            address: "https://a.example/@alice.rss".into(),
            icon: Some("https://a.example/a.png".into()),
            updated: at,
            author: Some(author.clone()),
            entries: vec![Entry {
                id: "https://a.example/users/alice/statuses/1".into(),
                page: "https://a.example/@alice/1".into(),
                title: "hello".into(),
                warning: Some("tea".into()),
                html: "<p>hello ]]&gt;</p>".into(),
                language: Some("en".into()),
                published: at,
                updated: at.plus(1000),
                author,
                tags: vec!["fern".into()],
                files: vec![
                    file("https://b.example/x?a=1&b=2", None),
                    file("https://a.example/1.png", Some("image/png")),
                ],
            }],
        }
    }

    #[test]
    fn documents_as_they_are() {
        let rss = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
            <rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:media=\"http://search.yahoo.com/mrss/\">\
            <channel><title>Alice</title><link>https://a.example/@alice</link><description>Public posts</description>\
            <atom:link rel=\"self\" type=\"application/rss+xml\" href=\"https://a.example/@alice.rss\"/>\
            <lastBuildDate>Mon, 21 Sep 2026 14:13:20 GMT</lastBuildDate><generator>Sori VERSION</generator>\
            <image><url>https://a.example/a.png</url><title>Alice</title><link>https://a.example/@alice</link></image>\
            <item><guid isPermaLink=\"false\">https://a.example/users/alice/statuses/1</guid><link>https://a.example/@alice/1</link>\
            <pubDate>Mon, 21 Sep 2026 14:13:20 GMT</pubDate><title>tea</title><description>&lt;p&gt;hello ]]&amp;gt;&lt;/p&gt;</description>\
            <dc:creator>Alice &amp; Co</dc:creator><category>fern</category>\
            <enclosure url=\"https://a.example/1.png\" length=\"321\" type=\"image/png\"/>\
            <media:content url=\"https://b.example/x?a=1&amp;b=2\" medium=\"image\" width=\"3\" height=\"2\">\
            <media:rating scheme=\"urn:simple\">nonadult</media:rating><media:description type=\"plain\">a &lt;fern&gt;</media:description></media:content>\
            <media:content url=\"https://a.example/1.png\" medium=\"image\" type=\"image/png\" fileSize=\"321\" width=\"3\" height=\"2\">\
            <media:rating scheme=\"urn:simple\">nonadult</media:rating><media:description type=\"plain\">a &lt;fern&gt;</media:description></media:content>\
            </item></channel></rss>";
        assert_eq!(render(&feed(), Format::Rss), rss.replace("VERSION", VERSION));
        let atom = render(&feed(), Format::Atom);
        let entry = "<entry><id>https://a.example/users/alice/statuses/1</id><title>tea</title>\
            <published>2026-09-21T14:13:20.000Z</published><updated>2026-09-21T14:13:21.000Z</updated>\
            <link rel=\"alternate\" type=\"text/html\" href=\"https://a.example/@alice/1\"/>\
            <author><name>Alice &amp; Co</name><uri>https://a.example/@alice</uri></author><category term=\"fern\"/>\
            <summary xml:lang=\"en\">tea</summary><content type=\"html\" xml:lang=\"en\">&lt;p&gt;hello ]]&amp;gt;&lt;/p&gt;</content>\
            <link rel=\"enclosure\" href=\"https://b.example/x?a=1&amp;b=2\"/>";
        assert!(atom.contains(entry), "{atom}");
        assert!(atom.contains("<id>https://a.example/@alice.rss</id><title>Alice</title>"), "{atom}");
        let json: Value = serde_json::from_str(&render(&feed(), Format::Json)).unwrap();
        assert_eq!(
            json["items"][0]["attachments"],
            json!([{"url": "https://a.example/1.png", "mime_type": "image/png", "title": "a <fern>", "size_in_bytes": 321}])
        );
        assert_eq!(json["items"][0]["authors"][0]["avatar"], "https://a.example/a.png");
        assert_eq!(
            (&json["version"], &json["items"][0]["title"]),
            (&json!("https://jsonfeed.org/version/1.1"), &json!("tea"))
        );
    }
}
