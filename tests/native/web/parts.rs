//! Snapshots of the parts of pages, in `snapshots/`: one element a line, what differs between runs numbered in the order of appearance.
//! `INSTA_UPDATE=always cargo nextest run web::parts` accepts changes; `git diff` shows them.

use html5ever::parse_document;
use html5ever::tendril::TendrilSink;
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use serde_json::{Value, json};
use sori::http::response::Response;

use crate::api::media::png;
use crate::app::{MINUTE, Person, id, people, wait};
use crate::browser::Browser;
use crate::remote::{Remote, cast};

/// A page; what is found of it lives as long.
struct Page(RcDom);

impl Page {
    fn of(browser: &Browser, path: &str) -> Self {
        Self(parse_document(RcDom::default(), html5ever::ParseOpts::default()).one(browser.get(path, "en")))
    }

    /// The first element, in the order of the page, that `is` accepts and that has this text.
    fn find(&self, says: &str, is: impl Fn(&str, &str) -> bool) -> Handle {
        let mut left = vec![self.0.document.clone()];
        while let Some(node) = left.pop() {
            if let NodeData::Element { name, .. } = &node.data
                && is(&name.local, &attribute(&node, "class"))
                && text(&node).contains(says)
            {
                return node;
            }
            left.extend(node.children.borrow().iter().rev().cloned());
        }
        panic!("nothing says {says}")
    }

    fn status(&self, says: &str) -> Handle {
        self.find(says, |name, class| name == "article" && class.starts_with("status"))
    }

    fn classed(&self, wanted: &str) -> Handle {
        self.find("", |_, class| class.split(' ').any(|one| one == wanted))
    }
}

fn attribute(node: &Handle, wanted: &str) -> String {
    let NodeData::Element { attrs, .. } = &node.data else { return String::new() };
    let attrs = attrs.borrow();
    let found = attrs.iter().find(|one| &*one.name.local == wanted);
    found.map(|one| one.value.to_string()).unwrap_or_default()
}

fn text(node: &Handle) -> String {
    if let NodeData::Text { contents } = &node.data {
        return contents.borrow().to_string();
    }
    node.children.borrow().iter().map(text).collect()
}

/// An element and what is in it, one a line; an element without others in it has its text beside. What an icon is drawn of is left out.
fn outline(node: &Handle, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match &node.data {
        NodeData::Text { contents } => {
            let said = contents.borrow();
            if !said.trim().is_empty() {
                out.push_str(&format!("{indent}{}\n", said.trim()));
            }
        }
        NodeData::Element { name, attrs, .. } => {
            out.push_str(&format!("{indent}<{}", name.local));
            let is_icon = &*name.local == "svg";
            let is_token = ["form", "key"].contains(&attribute(node, "name").as_str());
            for one in attrs.borrow().iter().filter(|one| !is_icon || &*one.name.local == "class") {
                let value = if is_token && &*one.name.local == "value" { "…" } else { &*one.value };
                out.push_str(&if value.is_empty() {
                    format!(" {}", one.name.local)
                } else {
                    format!(" {}=\"{value}\"", one.name.local)
                });
            }
            out.push('>');
            let inside = node.children.borrow();
            let is_plain = inside.iter().all(|child| matches!(child.data, NodeData::Text { .. }));
            if is_plain || is_icon {
                out.push_str(text(node).trim());
                out.push('\n');
                return;
            }
            out.push('\n');
            for child in inside.iter() {
                outline(child, depth + 1, out);
            }
        }
        _ => {}
    }
}

/// The text with each id and random name (at least twelve letters and digits, five of them digits) replaced by its number.
fn numbered(text: &str) -> String {
    let mut seen: Vec<String> = Vec::new();
    let (mut out, mut run) = (String::new(), String::new());
    for c in text.chars().chain(['\n']) {
        if c.is_ascii_alphanumeric() || c == '_' {
            run.push(c);
            continue;
        }
        if run.len() >= 12 && run.bytes().filter(u8::is_ascii_digit).count() >= 2 {
            let at = seen.iter().position(|known| *known == run).unwrap_or_else(|| {
                seen.push(run.clone());
                seen.len() - 1
            });
            out.push_str(&format!("«{}»", at + 1));
        } else {
            out.push_str(&run);
        }
        run.clear();
        out.push(c);
    }
    out.trim_end().to_owned()
}

fn check(name: &str, part: &Handle) {
    let mut out = String::new();
    outline(part, 0, &mut out);
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name.to_owned(), numbered(&out));
    });
}

fn upload(person: &Person, description: &str) -> String {
    let parts: [(&str, Option<&str>, &[u8]); 2] =
        [("file", Some("a.png"), &png(8, 6)), ("description", None, description.as_bytes())];
    let answer = person.app.send_form("POST", "/api/v2/media", Some(&person.token), &parts);
    id(&serde_json::from_slice::<Value>(&answer.body).unwrap()).to_owned()
}

fn posts(person: &Person, text: &str, more: Value) -> Value {
    let mut body = json!({"status": text});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    person.post("/api/v1/statuses", body)
}

fn path(status: &Value) -> String {
    status["url"].as_str().unwrap().replacen("https://a.example", "", 1)
}

/// The head of a page that is linked to.
const CARD: &str = "<html lang=en><head><meta property=og:title content='The News'><meta property=og:description content='What happened'>\
    <meta property=og:site_name content=News><meta property=og:image content='/p.png'></head>";

#[test]
fn statuses() {
    let (app, alice, bob) = people();
    let plain = posts(&alice, "a plain one with #fern", json!({"quote_approval_policy": "public"}));
    posts(&alice, "under a warning", json!({"spoiler_text": "plants"}));
    posts(&alice, "sensitive", json!({"sensitive": true, "media_ids": [upload(&alice, "a \"fern\"")]}));
    posts(&alice, "two of them", json!({"media_ids": [upload(&alice, "one"), upload(&alice, "")]}));
    let poll = json!({"options": ["moss", "fern"], "expires_in": 3600});
    let open = posts(&alice, "open", json!({"poll": poll}));
    let cast = posts(&alice, "voted", json!({"poll": poll}));
    posts(&alice, "مرحبا", json!({"language": "ar"}));
    posts(&alice, "for followers", json!({"visibility": "private"}));
    bob.follows(&alice);
    bob.post(&format!("/api/v1/polls/{}/votes", id(&cast["poll"])), json!({"choices": [1]}));
    bob.post(&format!("/api/v1/statuses/{}/favourite", id(&plain)), json!({}));
    posts(&bob, "look at that", json!({"quoted_status_id": id(&plain)}));
    Remote::new(&app.network, "news.example").answers("/a", Response::new(200, "text/html", CARD));
    posts(&alice, "read https://news.example/a", json!({}));
    let answer = bob.replies(&plain, "@alice an answer");
    alice.act(&answer, "reblog");
    bob.post("/api/v2/filters", json!({"title": "no moss", "context": ["account"], "filter_action": "warn", "keywords_attributes": [{"keyword": "two of them"}]}));
    let (reader, stranger) = (Browser::of(&bob), Browser::new(&app));
    let list = Page::of(&reader, "/@alice");
    for (name, says) in [
        ("status_to_act_on", "a plain one"),
        ("status_under_a_warning", "under a warning"),
        ("status_sensitive", "sensitive"),
        ("status_with_two_pictures", "two of them"),
        ("status_with_an_open_poll", "open"),
        ("status_with_a_vote", "voted"),
        ("status_from_right_to_left", "مرحبا"),
        ("status_for_followers", "for followers"),
        ("status_with_a_card", "read"),
        ("status_boosted", "an answer"),
    ] {
        check(name, &list.status(says));
    }
    check("status_filtered", &list.classed("filtered"));
    check("status_for_strangers", &Page::of(&stranger, "/@alice").status("a plain one"));
    check("status_opened", &Page::of(&reader, &path(&plain)).classed("opened"));
    check("status_own", &Page::of(&reader, "/@bob").status("look at that"));
    check("pager_of_a_thread_of_answers", &Page::of(&reader, &path(&plain)).classed("answers"));
    wait(&app, 120 * MINUTE);
    check("status_with_a_poll_that_is_over", &Page::of(&stranger, &path(&open)).classed("opened"));
}

#[test]
fn statuses_of_other_servers() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let file = |kind: &str, name: &str| json!({"type": "Document", "mediaType": kind, "url": remote.uri(name), "name": name, "width": 16, "height": 9});
    let files = json!({"content": "<p>with files</p>", "attachment": [file("video/mp4", "/v.mp4"), file("audio/mpeg", "/s.mp3"), file("application/pdf", "/d.pdf")]});
    let send = |n: u32, extra: Value| {
        assert_eq!(remote.sends(&app, &remote.create(&bob, &remote.note(&bob, n, extra))), 202)
    };
    send(1, files);
    send(
        2,
        json!({"content": "<p>an :emoji: of mine</p>", "tag": [{"type": "Emoji", "name": ":emoji:", "icon": {"type": "Image", "url": remote.uri("/e.png")}}]}),
    );
    let list = Page::of(&Browser::of(&alice), "/home");
    check("status_with_a_video_and_a_sound", &list.status("with files"));
    check("status_with_an_emoji", &list.status("of mine"));
}

#[test]
fn accounts_and_lists() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    alice.ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"locked": true, "note": "of ferns and moss", "bot": true, "display_name": "Alice"})),
    );
    bob.follows(&alice);
    carol.follows(&bob);
    alice.follows(&bob);
    for n in 0..21 {
        posts(&bob, &format!("post {n}"), json!({}));
    }
    let (of_alice, stranger) = (Browser::of(&alice), Browser::new(&app));
    check("account_with_a_form", &Page::of(&of_alice, "/follow_requests").classed("who"));
    check(
        "account_in_a_list",
        &Page::of(&stranger, "/@bob/followers").find("Alice", |_, class| class == "who"),
    );
    let of_bob = Page::of(&stranger, "/@bob");
    check("pager", &of_bob.classed("pager"));
    check("tabs", &of_bob.classed("tabs"));
    check("navigation_of_strangers", &of_bob.classed("top"));
    check("navigation", &Page::of(&of_alice, "/home").classed("top"));
}

#[test]
fn composers() {
    let (_, alice, bob) = people();
    let browser = Browser::of(&alice);
    let theirs = posts(&bob, "hello", json!({"language": "ko", "spoiler_text": "plants"}));
    let own = posts(&alice, "which?", json!({"media_ids": [upload(&alice, "a fern")], "language": "en"}));
    for (name, page) in [
        ("composer_short", "/home".to_owned()),
        ("composer_whole", "/compose".to_owned()),
        ("composer_of_an_answer", format!("/compose?reply={}", id(&theirs))),
        ("composer_of_an_edit", format!("/compose?edit={}", id(&own))),
    ] {
        check(name, &Page::of(&browser, &page).classed("composer"));
    }
}

#[test]
fn notices() {
    let (_, alice, bob) = people();
    let post = posts(&alice, "a post of mine", json!({}));
    bob.act(&post, "favourite");
    bob.act(&post, "reblog");
    bob.follows(&alice);
    bob.replies(&post, "@alice indeed");
    let page = Page::of(&Browser::of(&alice), "/notifications");
    for (name, says) in [
        ("notice_of_a_favourite", "favourited"),
        ("notice_of_a_boost", "boosted"),
        ("notice_of_a_follower", "followed"),
        ("notice_of_an_answer", "indeed"),
    ] {
        check(name, &page.find(says, |name, class| name == "article" && class.starts_with("notice")));
    }
}
