//! Statuses on other sites.

use serde_json::{Value, json};

use crate::app::{id, people, settle};
use crate::browser::Browser;
use crate::remote::cast;

#[test]
fn a_public_status_alone_may_be_framed_and_is_the_same_for_everybody() {
    let (app, alice, bob) = people();
    let post = alice.posts("to be shown <elsewhere>");
    let page = format!("/@alice/{}/embed", id(&post));
    let stranger = Browser::new(&app);
    let answer = stranger.page(&page);
    let html = String::from_utf8(answer.body.clone()).unwrap();
    assert!(html.contains("to be shown &lt;elsewhere&gt;") && html.contains("noindex"), "{html}");
    assert!(!html.contains("<form") && html.contains("<base target=\"_blank\">"), "{html}");
    let policy = answer.header("content-security-policy").unwrap();
    assert!(policy.contains("frame-ancestors *") && policy.contains("form-action 'none'"), "{policy}");
    assert_eq!(answer.header("cache-control"), Some("public, max-age=180"));
    assert_eq!(answer.header("set-cookie"), None);
    // Who is signed in gets the same, in whatever language their cookie names.
    let browser = Browser::of(&alice);
    browser.get("/about?lang=ko", "en");
    assert_eq!(browser.page(&page).body, answer.body);
    assert!(stranger.get(&page, "ko").contains("lang=\"ko\""));
    // The page itself is in no frame, and has the HTML to copy.
    let own = stranger.page(&format!("/@alice/{}", id(&post)));
    assert!(own.header("content-security-policy").unwrap().contains("frame-ancestors 'none'"));
    let own = String::from_utf8(own.body).unwrap();
    assert!(own.contains(&format!("&lt;iframe src=&quot;https://a.example{page}&quot;")), "{own}");
    // A warning covers it there as well.
    let covered = alice.post("/api/v1/statuses", json!({"status": "the end", "spoiler_text": "film"}));
    let html = stranger.get(&format!("/@alice/{}/embed", id(&covered)), "en");
    assert!(html.split("<summary").nth(1).unwrap().contains("the end"), "{html}");
    for visibility in ["private", "direct"] {
        let hidden = alice.post("/api/v1/statuses", json!({"status": "among us", "visibility": visibility}));
        assert_eq!(browser.status(&format!("/@alice/{}/embed", id(&hidden))), 404, "{visibility}");
        assert!(!browser.get(&format!("/@alice/{}", id(&hidden)), "en").contains("iframe"));
    }
    let unlisted = alice.post("/api/v1/statuses", json!({"status": "quiet", "visibility": "unlisted"}));
    assert_eq!(stranger.status(&format!("/@alice/{}/embed", id(&unlisted))), 200);
    let boost = bob.post(&format!("/api/v1/statuses/{}/reblog", id(&post)), json!({}));
    for absent in [
        format!("/@bob/{}/embed", id(&boost)),
        format!("/@bob/{}/embed", id(&post)),
        "/@alice/x/embed".into(),
    ] {
        assert_eq!(stranger.status(&absent), 404, "{absent}");
    }
}

#[test]
fn nothing_of_another_server_is_framed_here() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let note = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    settle(&[&app]);
    let post = alice.home().remove(0);
    for page in [format!("/@bob@b.example/{}", id(&post)), format!("/@alice/{}", id(&post))] {
        assert_eq!(Browser::of(&alice).status(&format!("{page}/embed")), 404, "{page}");
    }
}

#[test]
fn oembed_answers_a_frame_and_its_script() {
    let (_, alice, _) = people();
    let post = alice.posts("embed me");
    let url = post["url"].as_str().unwrap();
    let asked = format!("/api/oembed?url={}&maxwidth=300&maxheight=200", url.replace(':', "%3A"));
    let answer: Value = alice.get(&asked);
    let html = answer["html"].as_str().unwrap();
    assert!(html.starts_with(&format!("<iframe src=\"{url}/embed\" class=\"mastodon-embed\"")), "{html}");
    assert!(
        html.contains("width=\"300\" height=\"200\"")
            && html.contains("<script src=\"https://a.example/embed.js\" async>"),
        "{html}"
    );
    assert_eq!((answer["width"].as_i64(), answer["height"].as_i64()), (Some(300), Some(200)));
}
