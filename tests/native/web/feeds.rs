//! Feeds of profiles and hashtags, and the list of follows for feed readers.

use serde_json::{Value, json};
use sori::http::request::Request;
use sori::http::response::Response;

use crate::api::media::png;
use crate::app::{Person, TestApp, header, id, people, settle};
use crate::browser::Browser;
use crate::remote::{cast, scene};

pub(super) fn get(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request { method: "GET".into(), path: path.into(), ..Request::default() };
    for (name, value) in headers {
        request.headers.add(name, *value);
    }
    app.send(request)
}

/// A feed that must be there; one in XML must be well-formed.
pub(super) fn feed(app: &TestApp, path: &str) -> String {
    let answer = get(app, path, &[]);
    assert_eq!(answer.status, 200, "{path}");
    let text = String::from_utf8(answer.body).unwrap();
    if !path.ends_with(".json") {
        assert_well_formed(&text);
    }
    text
}

/// Tags are closed in their order, and texts have no characters that XML does not allow and no other entities than its own.
fn assert_well_formed(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let rest = text.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a declaration");
    assert!(rest.starts_with('<'));
    for part in rest.split('<').skip(1) {
        let (tag, content) = part.split_once('>').unwrap_or_else(|| panic!("a tag without an end: {part}"));
        assert!(!content.contains('>'), "{content}");
        match (tag.strip_prefix('/'), tag.strip_suffix('/')) {
            (Some(name), _) => assert_eq!(open.pop(), Some(name)),
            (None, Some(_)) => {}
            (None, None) => open.push(tag.split(' ').next().unwrap()),
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        assert!(!open.is_empty() || content.is_empty(), "text after the end: {content}");
    }
    assert!(open.is_empty(), "{open:?}");
    for entity in text.split('&').skip(1) {
        let name = entity.split(';').next().unwrap();
        assert!(["amp", "lt", "gt", "quot", "#13"].contains(&name), "{entity:.20}");
    }
    assert!(!text.chars().any(|c| c < ' ' && !matches!(c, '\n' | '\t')), "a control character");
}

/// The texts of an element.
pub(super) fn all<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let (start, end) = (format!("<{name}>"), format!("</{name}>"));
    text.split(&*start).skip(1).map(|part| part.split(&*end).next().unwrap()).collect()
}

pub(super) fn posts(person: &Person, status: Value) -> Value {
    person.app.clock.advance(1000);
    person.post("/api/v1/statuses", status)
}

#[test]
fn a_profile_has_feeds_of_what_is_public() {
    let (app, alice, bob) = people();
    alice.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"display_name": "Alice & <Co>", "note": "I like #fern"})),
    );
    let theirs = posts(&bob, json!({"status": "of bob"}));
    let first = posts(&alice, json!({"status": "one ]]> & <two>\u{b}\u{1} #fern", "language": "ko"}));
    for visibility in ["unlisted", "private", "direct"] {
        posts(&alice, json!({"status": format!("SECRET {visibility}"), "visibility": visibility}));
    }
    posts(&alice, json!({"status": "@bob a reply", "in_reply_to_id": id(&theirs)}));
    posts(&alice, json!({"status": "thread", "in_reply_to_id": id(&first)}));
    alice.act(&theirs, "reblog");
    let file =
        app.send_form("POST", "/api/v2/media", Some(&alice.token), &[("file", Some("a.png"), &png(3, 2))]);
    let file: Value = serde_json::from_slice(&file.body).unwrap();
    alice.ok("PUT", &format!("/api/v1/media/{}", id(&file)), Some(json!({"description": "a \"fern\""})));
    let warned = posts(
        &alice,
        json!({"status": "behind it", "spoiler_text": "tea & cake", "media_ids": [id(&file)], "sensitive": true}),
    );
    posts(
        &alice,
        json!({"status": "which?", "poll": {"options": ["<b>tea</b>", "coffee"], "expires_in": 600}}),
    );

    let rss = feed(&app, "/@alice.rss");
    assert_eq!(all(&rss, "title")[..2], ["Alice &amp; &lt;Co&gt;"; 2]);
    assert_eq!(all(&rss, "link")[0], "https://a.example/@alice");
    assert!(rss.contains(
        "<atom:link rel=\"self\" type=\"application/rss+xml\" href=\"https://a.example/@alice.rss\"/>"
    ));
    let found = all(&rss, "item");
    assert_eq!(found.len(), 4, "{rss}");
    assert!(!rss.contains("SECRET") && !rss.contains("of bob") && !rss.contains("a reply"), "{rss}");
    // The newest first.
    assert!(
        found[0].contains("&lt;li&gt;&amp;lt;b&amp;gt;tea&amp;lt;/b&amp;gt;&lt;/li&gt;&lt;li&gt;coffee"),
        "{}",
        found[0]
    );
    assert!(!found[0].contains("<title>"), "{}", found[0]);
    let url = warned["media_attachments"][0]["url"].as_str().unwrap();
    let bytes = get(&app, url.strip_prefix("https://a.example").unwrap(), &[]).body.len();
    assert!(bytes > 0);
    for part in [
        "<title>tea &amp; cake</title>",
        "&lt;p&gt;&lt;strong&gt;tea &amp;amp; cake&lt;/strong&gt;&lt;/p&gt;&lt;hr&gt;&lt;p&gt;behind it",
        &format!("<enclosure url=\"{url}\" length=\"{bytes}\" type=\"image/png\"/>"),
        &format!("fileSize=\"{bytes}\""),
        "<media:rating scheme=\"urn:simple\">adult</media:rating>",
        "<media:description type=\"plain\">a &quot;fern&quot;</media:description>",
        &format!("isPermaLink=\"false\">{}</guid>", warned["uri"].as_str().unwrap()),
    ] {
        assert!(found[1].contains(part), "{part}: {}", found[1]);
    }
    assert!(
        found[3].contains("<category>fern</category>") && found[3].contains("]]&amp;gt;"),
        "{}",
        found[3]
    );
    let replies = feed(&app, "/@alice/with_replies.rss");
    assert!(
        all(&replies, "item").len() == 5 && replies.contains("a reply") && !replies.contains("SECRET"),
        "{replies}"
    );

    let atom = feed(&app, "/@alice.atom");
    assert_eq!(all(&atom, "entry").len(), 4);
    assert_eq!(all(&atom, "id")[0], "https://a.example/@alice.atom");
    assert!(all(&atom, "entry")[3].contains("<content type=\"html\" xml:lang=\"ko\">"), "{atom}");
    assert!(
        all(&atom, "entry")[1].contains(&format!(
            "<link rel=\"enclosure\" type=\"image/png\" length=\"{bytes}\" href=\"{url}\"/>"
        )),
        "{atom}"
    );
    assert_eq!(
        all(&feed(&app, "/@alice/with_replies.atom"), "id")[0],
        "https://a.example/@alice/with_replies.atom"
    );

    let parsed: Value = serde_json::from_str(&feed(&app, "/@alice.feed.json")).unwrap();
    assert_eq!(
        (&parsed["version"], &parsed["feed_url"], &parsed["description"]),
        (
            &json!("https://jsonfeed.org/version/1.1"),
            &json!("https://a.example/@alice.feed.json"),
            &json!("I like #fern")
        )
    );
    assert_eq!(parsed["items"].as_array().unwrap().len(), 4);
    assert_eq!(parsed["items"][1]["attachments"][0]["mime_type"], "image/png");
    assert_eq!(parsed["items"][1]["attachments"][0]["size_in_bytes"], bytes);
    let parsed: Value = serde_json::from_str(&feed(&app, "/@alice/with_replies.feed.json")).unwrap();
    assert_eq!(parsed["items"].as_array().unwrap().len(), 5);

    // The page names them.
    let page = Browser::new(&app).get("/@alice", "en");
    for link in [
        "type=\"application/rss+xml\" title=\"Alice &amp; &lt;Co&gt;\" href=\"https://a.example/@alice.rss\"",
        "type=\"application/atom+xml\" title=\"Alice &amp; &lt;Co&gt;\" href=\"https://a.example/@alice.atom\"",
        "type=\"application/feed+json\" title=\"Alice &amp; &lt;Co&gt;\" href=\"https://a.example/@alice.feed.json\"",
    ] {
        assert!(page.contains(&format!("<link rel=\"alternate\" {link}>")), "{page}");
    }
}

#[test]
fn feeds_that_are_not_there() {
    let (app, alice, _) = people();
    alice.posts("x");
    for path in
        ["/@nobody.rss", "/@alice.feed", "/@alice.rss.json", "/@alice/with_replies.feed", "/tags/!.rss"]
    {
        assert_eq!(get(&app, path, &[]).status, 404, "{path}");
    }
    // Without anything to show it is a feed nevertheless.
    for path in ["/@owner.rss", "/@owner.atom", "/tags/nothing.rss", "/tags/nothing.atom", "/tags/한글.rss"]
    {
        assert!(all(&feed(&app, path), "entry").is_empty());
    }
    let encoded = feed(&app, "/tags/%ED%95%9C%EA%B8%80.atom");
    assert_eq!(all(&encoded, "id")[0], "https://a.example/tags/%ED%95%9C%EA%B8%80.atom");
    app.write("UPDATE accounts SET suspended_at = 1 WHERE username = 'alice'");
    for path in ["/@alice.rss", "/@alice/with_replies.atom", "/@alice.feed.json"] {
        assert_eq!(get(&app, path, &[]).status, 410, "{path}");
    }
}

#[test]
fn readers_that_have_a_feed_get_304() {
    let (app, alice, _) = people();
    let one = posts(&alice, json!({"status": "one"}));
    let two = posts(&alice, json!({"status": "two"}));
    for path in ["/@alice.rss", "/@alice.atom", "/@alice.feed.json", "/@alice/with_replies.rss"] {
        let first = get(&app, path, &[]);
        let tag = header(&first, "etag");
        assert_eq!(header(&first, "cache-control"), "public, max-age=300");
        assert_eq!(header(&first, "x-robots-tag"), "noindex");
        // A date says nothing of what is gone.
        assert_eq!(header(&first, "last-modified"), "");
        let later = "Mon, 21 Sep 2026 18:13:19 GMT";
        for (headers, status) in [
            (vec![("if-none-match", &*tag)], 304),
            (vec![("if-none-match", &*format!("\"x\", W/{tag}"))], 304),
            (vec![("if-none-match", "*")], 304),
            (vec![("if-none-match", "\"x\"")], 200),
            (vec![("if-modified-since", later)], 200),
        ] {
            let again = get(&app, path, &headers);
            assert_eq!(again.status, status, "{path} {headers:?}");
            assert_eq!((header(&again, "etag"), again.body.is_empty()), (tag.clone(), status == 304));
        }
    }
    let before = get(&app, "/@alice.rss", &[]);
    let tag = header(&before, "etag");
    app.clock.advance(5000);
    // An edit, a deletion: each is another document, though the newest date may be an older one.
    alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&one)), Some(json!({"status": "once more"})));
    let known = |tag: &str| get(&app, "/@alice.rss", &[("if-none-match", tag)]);
    let edited = known(&tag);
    assert_eq!(edited.status, 200);
    // The older one goes: the newest date stays.
    alice.deletes(&one);
    let shorter = known(&header(&edited, "etag"));
    assert_eq!(shorter.status, 200);
    alice.deletes(&two);
    assert_eq!(known(&header(&shorter, "etag")).status, 200);
}

#[test]
fn a_hashtag_has_feeds_of_what_its_page_shows() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    posts(&alice, json!({"status": "mine #fern"}));
    posts(&alice, json!({"status": "SECRET #fern", "visibility": "unlisted"}));
    let note = remote.note(
        &bob,
        1,
        json!({"tag": [{"type": "Hashtag", "name": "#fern"}],
        "attachment": [{"type": "Document", "mediaType": "video/mp4", "url": "https://b.example/a.mp4"},
            {"type": "Document", "url": "https://b.example/strange"}]}),
    );
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let rss = feed(&app, "/tags/Fern.rss");
    assert!(all(&rss, "item").len() == 2 && !rss.contains("SECRET"), "{rss}");
    assert!(
        rss.contains("<dc:creator>bob</dc:creator>") && rss.contains("<dc:creator>alice</dc:creator>"),
        "{rss}"
    );
    assert!(
        rss.contains("length=\"0\" type=\"video/mp4\"/>")
            && rss.contains("medium=\"video\" type=\"video/mp4\""),
        "{rss}"
    );
    let atom = feed(&app, "/tags/fern.atom");
    assert_eq!(all(&atom, "name"), ["alice", "bob"]);
    let parsed: Value = serde_json::from_str(&feed(&app, "/tags/fern.feed.json")).unwrap();
    assert_eq!(
        (&parsed["title"], &parsed["items"][1]["authors"][0]["name"]),
        (&json!("#fern"), &json!("bob"))
    );
    let page = Browser::new(&app).get("/tags/fern", "en");
    assert!(page.contains("href=\"https://a.example/tags/fern.rss\""), "{page}");
    app.write("UPDATE accounts SET suspended_at = 1 WHERE username = 'bob'");
    assert_eq!(all(&feed(&app, "/tags/fern.rss"), "item").len(), 1);
}

#[test]
fn at_most_twenty_entries_at_a_small_cost() {
    let (app, alice, _) = people();
    for n in 0..25 {
        posts(&alice, json!({"status": format!("post {n} #fern")}));
    }
    for path in ["/@alice.rss", "/@alice.atom", "/tags/fern.rss"] {
        let text = feed(&app, path);
        assert_eq!(all(&text, "item").len() + all(&text, "entry").len(), 18, "{path}");
        let cost = *app.cost.borrow();
        assert!(cost.trips <= 2 && cost.rows_read <= 200 && cost.rows_written == 0, "{path}: {cost:?}");
    }
}

#[test]
fn follows_as_subscriptions_of_a_feed_reader() {
    let (app, alice, remote, _) = scene();
    for (name, url, key) in [
        ("masto", "https://b.example/@masto", "#main-key"),
        ("gts", "https://b.example/@gts", "/main-key"),
        ("peer", "https://b.example/accounts/peer", "#main-key"),
    ] {
        let mut person = remote.person(name);
        person["url"] = json!(url);
        person["name"] = json!(format!("{name} & \"co\""));
        let key = format!("{}{key}", person["id"].as_str().unwrap());
        if key.contains('#') {
            person["publicKey"]["id"] = json!(key);
        } else {
            let mut document = person["publicKey"].clone();
            document["id"] = json!(key);
            remote.serve(document.clone());
            person["publicKey"] = document;
        }
        remote.serve(person);
        let found = alice.finds(&format!("{name}@b.example"));
        alice.post(&format!("/api/v1/accounts/{}/follow", id(&found)), json!({}));
    }
    alice.follows(&app.person("owner"));
    settle(&[&app]);
    app.db.run("INSERT INTO follows (account_id, target_id, id, uri) SELECT account_id, target_id, id, uri FROM follow_requests");
    let browser = Browser::of(&alice);
    assert!(browser.get("/settings/export", "en").contains("href=\"/settings/export/follows.opml\""));
    let file = browser.page("/settings/export/follows.opml");
    assert_eq!(header(&file, "content-disposition"), "attachment; filename=\"follows.opml\"");
    let text = String::from_utf8(file.body).unwrap();
    assert_well_formed(&text);
    for line in [
        "<outline type=\"rss\" text=\"masto &amp; &quot;co&quot; (@masto@b.example)\" xmlUrl=\"https://b.example/@masto.rss\" htmlUrl=\"https://b.example/@masto\"/>",
        "<outline type=\"link\" text=\"gts &amp; &quot;co&quot; (@gts@b.example)\" url=\"https://b.example/@gts\"/>",
        "<outline type=\"link\" text=\"peer &amp; &quot;co&quot; (@peer@b.example)\" url=\"https://b.example/accounts/peer\"/>",
        "xmlUrl=\"https://a.example/@owner.rss\"",
    ] {
        assert!(text.contains(line), "{line}: {text}");
    }
    assert!(Browser::new(&app).page("/settings/export/follows.opml").status == 303);
}

#[test]
fn what_is_not_public_takes_up_no_feed() {
    let (app, alice, _) = people();
    posts(&alice, json!({"status": "open"}));
    for n in 0..40 {
        posts(&alice, json!({"status": format!("unlisted {n}"), "visibility": "unlisted"}));
    }
    assert_eq!(all(&feed(&app, "/@alice.rss"), "item").len(), 1);
}
