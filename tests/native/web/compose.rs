//! The page for writing: answers, quotes, edits, files, polls, later; and what is rarely done with a status.

use serde_json::{Value, json};
use sori::http::response::Response;

use crate::api::media::{png, uploads};
use crate::app::{Person, id, people, wait};
use crate::browser::Browser;

const HERE: &str = "/compose";

fn text(answer: &Response) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

fn location(answer: &Response) -> &str {
    answer.header("location").unwrap_or_default()
}

/// The fields that a page's composer has, as a browser sends them unchanged.
fn fields_of(html: &str) -> Vec<(String, String)> {
    let form = html.split("<form class=\"composer\"").nth(1).unwrap().split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        let value = tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?;
        Some(value.replace("&lt;", "<").replace("&quot;", "\"").replace("&amp;", "&"))
    };
    let mut all = Vec::new();
    for tag in form.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let kind = attribute(tag, "type").unwrap();
        if kind != "file" && (kind != "checkbox" || tag.contains(" checked")) {
            all.push((attribute(tag, "name").unwrap(), attribute(tag, "value").unwrap_or_default()));
        }
    }
    for area in form.split("<textarea").skip(1) {
        let (tag, rest) = area.split_once('>').unwrap();
        all.push((attribute(tag, "name").unwrap(), rest.split("</textarea>").next().unwrap().to_owned()));
    }
    for select in form.split("<select").skip(1) {
        let (tag, rest) = select.split_once('>').unwrap();
        let options = rest.split("</select>").next().unwrap();
        let chosen =
            options.split("<option").skip(1).find(|o| o.split('>').next().unwrap().contains(" selected"));
        let chosen = chosen.or_else(|| options.split("<option").nth(1)).unwrap();
        all.push((attribute(tag, "name").unwrap(), attribute(chosen, "value").unwrap()));
    }
    all
}

/// Sends the composer in `html` as multipart, with these fields in the place of its own, and a file.
fn sends(browser: &Browser, html: &str, changed: &[(&str, &str)], file: Option<&[u8]>) -> Response {
    let mut all = fields_of(html);
    all.retain(|(name, _)| changed.iter().all(|(other, _)| other != name));
    all.extend(changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    let all: Vec<(&str, &str)> = all.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.upload_named(
        HERE,
        &all,
        (("file", if file.is_some() { "a.png" } else { "" }), file.unwrap_or_default()),
    )
}

fn newest(person: &Person) -> Value {
    person.get(&format!("/api/v1/accounts/{}/statuses", person.id))[0].clone()
}

#[test]
fn pictures_are_added_described_removed_and_published() {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    let page = browser.get(HERE, "en");
    assert!(page.contains("enctype=\"multipart/form-data\"") && page.contains("type=\"file\""), "{page}");
    let picture = png(3, 2);
    let first = sends(&browser, &page, &[("status", "two <pictures>"), ("do", "attach")], Some(&picture));
    assert_eq!(first.status, 200, "{}", text(&first));
    assert!(text(&first).contains("two &lt;pictures&gt;</textarea>"), "{}", text(&first));
    let second = sends(&browser, &text(&first), &[("do", "attach")], Some(&picture));
    let ids: Vec<String> =
        fields_of(&text(&second)).into_iter().filter(|(n, _)| n == "media_ids").map(|(_, v)| v).collect();
    assert_eq!(ids.len(), 2);
    let less = sends(&browser, &text(&second), &[("do", &format!("remove {}", ids[0]))], None);
    assert!(!text(&less).contains(&format!("value=\"{}\"", ids[0])), "{}", text(&less));
    // A third comes along with the post itself.
    let (alt, focus) = (format!("alt_{}", ids[1]), format!("focus_{}", ids[1]));
    let described = [(alt.as_str(), "a tree"), (focus.as_str(), "0.7,-0.7")];
    // What is chosen stays while the form is shown again.
    let again = sends(&browser, &text(&less), &[described[1], ("do", "attach")], None);
    assert!(text(&again).contains("<option value=\"0.7,-0.7\" selected>"), "{}", text(&again));
    let fields = [described[0], described[1], ("sensitive", "1"), ("do", "publish")];
    let done = sends(&browser, &text(&less), &fields, Some(&picture));
    assert_eq!(done.status, 303, "{}", text(&done));
    let post = newest(&alice);
    assert_eq!(post["media_attachments"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&post["media_attachments"][0]["id"], &post["media_attachments"][0]["description"]),
        (&json!(ids[1]), &json!("a tree"))
    );
    assert_eq!(post["media_attachments"][0]["meta"]["focus"], json!({"x": 0.7, "y": -0.7}));
    assert_eq!(post["sensitive"], true);
    assert!(location(&done).ends_with(&format!("#status-{}", id(&post))), "{}", location(&done));
    // What is no picture is refused, with all that was typed.
    let refused = sends(&browser, &page, &[("status", "kept"), ("do", "publish")], Some(b"no picture"));
    assert_eq!(refused.status, 422);
    assert!(text(&refused).contains("kept</textarea>") && text(&refused).contains("role=\"alert\""));
    // An untouched field of files leaves nothing behind.
    let uploads = app.count("SELECT count(*) AS n FROM media");
    assert_eq!(sends(&browser, &page, &[("status", "words alone"), ("do", "publish")], None).status, 303);
    assert_eq!(app.count("SELECT count(*) AS n FROM media"), uploads);
    // However often a form without a file is refused, the next one is read.
    for _ in 0..40 {
        assert_eq!(sends(&browser, &page, &[("form", "1.x"), ("status", "forged")], None).status, 403);
    }
    assert_eq!(sends(&browser, &page, &[("status", "still"), ("do", "publish")], None).status, 303);
    // Forged, and of nobody.
    let forged = sends(&browser, &page, &[("form", "1.x"), ("status", "forged")], None);
    assert_eq!(forged.status, 403);
    assert_eq!(sends(&Browser::new(&app), &page, &[("status", "forged")], None).status, 303);
    assert_ne!(newest(&alice)["content"], "<p>forged</p>");
}

#[test]
fn polls_and_posts_of_later_are_written() {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    let page = browser.get(HERE, "en");
    let choices = |more: &[(&'static str, &'static str)]| {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields_of(&page) {
            if name != "option" && more.iter().all(|(other, _)| *other != name) {
                body.append_pair(&name, &value);
            }
        }
        body.extend_pairs(more);
        browser.send("POST", HERE, &body.finish(), "en")
    };
    let done = choices(&[
        ("status", "which?"),
        ("option", "tea"),
        ("option", ""),
        ("option", "coffee"),
        ("poll_lasts", "3600"),
        ("poll_multiple", "1"),
        ("language", "ko"),
        ("quote_approval_policy", "nobody"),
    ]);
    assert_eq!(done.status, 303, "{}", text(&done));
    let post = newest(&alice);
    let titles: Vec<&str> =
        post["poll"]["options"].as_array().unwrap().iter().map(|o| o["title"].as_str().unwrap()).collect();
    assert_eq!(
        (titles, &post["poll"]["multiple"], &post["language"]),
        (vec!["tea", "coffee"], &json!(true), &json!("ko"))
    );
    assert_eq!(post["quote_approval"]["automatic"], json!([]));
    let wrong = choices(&[("status", "one"), ("option", "same"), ("option", "same")]);
    assert!(
        wrong.status == 422
            && text(&wrong).contains("different choices")
            && text(&wrong).contains("value=\"same\""),
        "{}",
        text(&wrong)
    );
    let soon = choices(&[("status", "soon"), ("scheduled_at", "2026-09-21T14:14")]);
    assert!(
        soon.status == 422
            && text(&soon).contains("five minutes")
            && text(&soon).contains("value=\"2026-09-21T14:14\""),
        "{}",
        text(&soon)
    );
    let later = choices(&[("status", "later"), ("scheduled_at", "2026-10-01T08:30"), ("key", "another")]);
    assert_eq!((later.status, location(&later)), (303, "/scheduled"), "{}", text(&later));
    assert_eq!(alice.get("/api/v1/scheduled_statuses")[0]["scheduled_at"], "2026-10-01T08:30:00.000Z");
    assert_eq!(choices(&[("status", "never"), ("scheduled_at", "tomorrow"), ("key", "x")]).status, 422);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 1);
}

#[test]
fn answers_quotes_and_shared_texts_have_their_page() {
    let (app, alice, bob) = people();
    let post = bob.posts("of bob");
    let hidden = bob.post("/api/v1/statuses", json!({"status": "hidden", "visibility": "private"}));
    let browser = Browser::of(&alice);
    let reply = browser.get(&format!("{HERE}?reply={}", id(&post)), "en");
    assert!(reply.contains("of bob") && reply.contains("@bob@a.example </textarea>"), "{reply}");
    let done = sends(&browser, &reply, &[("do", "publish")], None);
    assert_eq!(done.status, 303, "{}", text(&done));
    assert_eq!(newest(&alice)["in_reply_to_id"], post["id"]);
    let quote = browser.get(&format!("{HERE}?quote={}&text=look", id(&post)), "en");
    assert_eq!(sends(&browser, &quote, &[("do", "publish")], None).status, 303);
    let quoting = newest(&alice);
    assert_eq!(
        (&quoting["quote"]["quoted_status"]["id"], quoting["content"].as_str().unwrap().contains("look")),
        (&post["id"], true),
        "{quoting}"
    );
    for what in ["reply", "quote", "edit"] {
        assert_eq!(browser.status(&format!("{HERE}?{what}={}", id(&hidden))), 404, "{what}");
        assert_eq!(browser.status(&format!("{HERE}?{what}=x")), 404, "{what}");
    }
    assert_eq!(browser.status(&format!("{HERE}?edit={}", id(&post))), 404);
    let shared = browser.page("/share?title=A+page&text=&url=https%3A%2F%2Fx.example%2F%3Fa%3D1");
    let page = browser.get(location(&shared), "en");
    assert!(page.contains("A page\n\nhttps://x.example/?a=1</textarea>"), "{page}");
    // Who is not signed in any more finds what was typed after signing in.
    let lost = Browser::new(&app).send("POST", HERE, "status=a+long+thought&in_reply_to_id=7", "en");
    assert_eq!(location(&lost), "/sign_in?next=%2Fcompose%3Ftext%3Da%2Blong%2Bthought%26reply%3D7");
    // So with a form that comes with files.
    let fields = [("status", "a long thought"), ("in_reply_to_id", "7")];
    let lost = Browser::new(&app).upload_named(HERE, &fields, (("file", "a.png"), b"x"));
    assert_eq!(location(&lost), "/sign_in?next=%2Fcompose%3Ftext%3Da%2Blong%2Bthought%26reply%3D7");
    // The short form opens the whole one with what was typed.
    let home = browser.get("/home", "en");
    let more = sends(&browser, &home, &[("status", "begun"), ("do", "more")], None);
    assert!(
        more.status == 200
            && text(&more).contains("begun</textarea>")
            && text(&more).contains("type=\"file\"")
    );
}

#[test]
fn a_status_is_edited_and_written_anew() {
    let (app, alice, bob) = people();
    let picture = uploads(&alice, &png(3, 2));
    let post = alice.post("/api/v1/statuses", json!({"status": "first @bob", "spoiler_text": "careful", "language": "ko", "media_ids": [id(&picture)]}));
    let browser = Browser::of(&alice);
    let edit = browser.get(&format!("{HERE}?edit={}", id(&post)), "en");
    assert!(
        edit.contains("first @bob</textarea>")
            && edit.contains("value=\"careful\"")
            && edit.contains(id(&picture)),
        "{edit}"
    );
    assert!(!edit.contains("name=\"visibility\"") && !edit.contains("name=\"scheduled_at\""), "{edit}");
    let done = sends(&browser, &edit, &[("status", "second"), ("do", "publish")], None);
    assert_eq!(done.status, 303, "{}", text(&done));
    let now = alice.get(&format!("/api/v1/statuses/{}", id(&post)));
    assert!(now["content"].as_str().unwrap().contains("second") && now["edited_at"].is_string(), "{now}");
    assert_eq!((&now["language"], now["media_attachments"].as_array().unwrap().len()), (&json!("ko"), 1));
    // Somebody else's is not.
    let other = Browser::of(&bob);
    let page = other.get(HERE, "en");
    let stolen =
        sends(&other, &page, &[("status", "mine"), ("edited_id", id(&post)), ("do", "publish")], None);
    assert_eq!(stolen.status, 422);
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&post)))["content"], now["content"]);
    // A poll that is not changed keeps its votes.
    let poll = alice.post(
        "/api/v1/statuses",
        json!({"status": "which?", "poll": {"options": ["a", "b"], "expires_in": 7200}}),
    );
    bob.post(
        &format!("/api/v1/polls/{}/votes", poll["poll"]["id"].as_str().unwrap()),
        json!({"choices": [1]}),
    );
    let edit = browser.get(&format!("{HERE}?edit={}", id(&poll)), "en");
    assert_eq!(sends(&browser, &edit, &[("status", "which one?"), ("do", "publish")], None).status, 303);
    let after = alice.get(&format!("/api/v1/statuses/{}", id(&poll)));
    assert_eq!(
        (&after["poll"]["votes_count"], &after["poll"]["expires_at"]),
        (&json!(1), &poll["poll"]["expires_at"]),
        "{after}"
    );
    // Ids of one moment have no order.
    app.clock.advance(1000);
    // Anew: the old one stays until the new one is accepted, and goes with it; its files are the new one's.
    let anew = browser.get(&format!("{HERE}?redraft={}", id(&post)), "en");
    assert!(anew.contains("second</textarea>") && anew.contains(id(&picture)), "{anew}");
    let old = || alice.call("GET", &format!("/api/v1/statuses/{}", id(&post)), None).status;
    let refused = sends(&browser, &anew, &[("status", &"x".repeat(501)), ("do", "publish")], None);
    assert_eq!((refused.status, old()), (422, 200), "{}", text(&refused));
    for _ in 0..2 {
        let done = sends(&browser, &anew, &[("status", "third"), ("do", "publish")], None);
        assert_eq!((done.status, old()), (303, 404), "{}", text(&done));
    }
    assert_eq!(newest(&alice)["media_attachments"][0]["id"], picture["id"]);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 2);
    assert_eq!(other.status(&format!("{HERE}?redraft={}", id(&poll))), 404);
    let page = other.get(HERE, "en");
    sends(&other, &page, &[("status", "mine"), ("redrafted_id", id(&poll)), ("do", "publish")], None);
    assert_eq!(alice.call("GET", &format!("/api/v1/statuses/{}", id(&poll)), None).status, 200);
}

#[test]
fn what_is_rarely_done_with_a_status_is_done_from_its_menu() {
    let (_, alice, bob) = people();
    let (own, theirs) = (alice.posts("my own"), bob.posts("@alice of bob"));
    alice.follows(&bob);
    let browser = Browser::of(&alice);
    let token = browser.reading_token("/home");
    let state =
        |status: &Value, what: &str| alice.get(&format!("/api/v1/statuses/{}", id(status)))[what].clone();
    for (what, flag, is_on) in [
        ("pin", "pinned", true),
        ("unpin", "pinned", false),
        ("mute", "muted", true),
        ("unmute", "muted", false),
    ] {
        let done = browser.act(&token, "/home", id(&own), what);
        assert_eq!(done.status, 303, "{what}");
        assert_eq!(state(&own, flag), json!(is_on), "{what}");
    }
    for what in ["pin", "delete"] {
        assert_eq!(browser.act(&token, "/home", id(&theirs), what).status, 404, "{what}");
    }
    assert_eq!(browser.act(&token, "/home", id(&theirs), "mute").status, 303);
    assert_eq!(state(&theirs, "muted"), true);
    let home = browser.get("/home", "en");
    assert!(
        home.contains("value=\"unmute\"")
            && home.contains("?redraft=")
            && home.contains(&format!("{HERE}?quote={}", id(&theirs))),
        "{home}"
    );
    assert!(
        !home.contains(&format!("{HERE}?edit={}", id(&theirs)))
            && home.contains(&format!("{HERE}?edit={}", id(&own)))
    );
    bob.ok(
        "PUT",
        &format!("/api/v1/statuses/{}/interaction_policy", id(&theirs)),
        Some(json!({"quote_approval_policy": "nobody"})),
    );
    assert!(!browser.get("/home", "en").contains(&format!("{HERE}?quote={}", id(&theirs))));
}

#[test]
fn an_edit_leaves_the_end_of_a_poll_as_it_is() {
    let (app, alice, bob) = people();
    let browser = Browser::of(&alice);
    let poll = json!({"options": ["a", "b"], "expires_in": 7200});
    let post = alice.post("/api/v1/statuses", json!({"status": "which?", "poll": poll}));
    let here = format!("{HERE}?edit={}", id(&post));
    let now = || alice.get(&format!("/api/v1/statuses/{}", id(&post)))["poll"].clone();
    let saves = |changed: &[(&str, &str)]| {
        let page = browser.get(&here, "en");
        wait(&app, 7 * 60_000);
        let done = sends(&browser, &page, changed, None);
        assert_eq!(done.status, 303, "{}", text(&done));
    };
    // However long it takes to write.
    saves(&[("status", "which one?"), ("do", "publish")]);
    assert_eq!(now()["expires_at"], post["poll"]["expires_at"]);
    // It takes no more votes once it is over.
    wait(&app, 7_200_000);
    saves(&[("status", "which was it?"), ("do", "publish")]);
    let after = now();
    assert_eq!((&after["expires_at"], &after["expired"]), (&post["poll"]["expires_at"], &json!(true)));
    let vote = format!("/api/v1/polls/{}/votes", post["poll"]["id"].as_str().unwrap());
    assert_eq!(bob.call("POST", &vote, Some(json!({"choices": [0]}))).status, 422);
    // Another time is another end, and another question begins anew.
    saves(&[("status", "again"), ("poll_lasts", "3600"), ("do", "publish")]);
    assert_eq!(now()["expired"], json!(false));
    wait(&app, 7_200_000);
    let anew = [("status", "anew"), ("option", "c"), ("option", "d"), ("do", "publish")];
    saves(&anew);
    assert_eq!((&now()["expired"], &now()["options"][0]["title"]), (&json!(false), &json!("c")));
}

#[test]
fn a_language_that_nobody_chose_is_none() {
    let (app, alice, _) = people();
    app.write("UPDATE users SET default_language = NULL");
    let browser = Browser::of(&alice);
    let page = browser.get(HERE, "en");
    assert_eq!(sends(&browser, &page, &[("status", "hello"), ("do", "publish")], None).status, 303);
    let post = newest(&alice);
    assert_eq!(post["language"], json!(null));
    let edit = browser.get(&format!("{HERE}?edit={}", id(&post)), "en");
    assert_eq!(sends(&browser, &edit, &[("status", "hello again"), ("do", "publish")], None).status, 303);
    assert_eq!(newest(&alice)["language"], json!(null));
}

#[test]
fn a_key_in_a_field_publishes_and_removes_no_file() {
    let (_, alice, _) = people();
    let picture = uploads(&alice, &png(3, 2));
    let post = alice.post("/api/v1/statuses", json!({"status": "a picture", "media_ids": [id(&picture)]}));
    let browser = Browser::of(&alice);
    for page in [HERE.to_owned(), format!("{HERE}?edit={}", id(&post)), "/home".to_owned()] {
        let html = browser.get(&page, "en");
        let form = html.split("<form class=\"composer\"").nth(1).unwrap();
        let first = form.split("<button").nth(1).unwrap().split('>').next().unwrap();
        assert!(first.contains("value=\"publish\""), "{page}: {first}");
    }
}
