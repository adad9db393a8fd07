//! The home timeline's page, and what people do there.

use serde_json::{Value, json};
use sori::http::response::Response;

use crate::app::{Person, id, people, settle};
use crate::browser::Browser;
use crate::remote::cast;

const HOME: &str = "/home";

/// Sends the composer of a page, with these fields in the place of its own.
fn writes(browser: &Browser, page: &str, fields: &[(&str, &str)]) -> Response {
    let html = browser.get(page, "en");
    let form = html.split("<form class=\"composer\"").nth(1).unwrap().split("</form>").next().unwrap();
    let hidden = |name: &str| {
        let value = form.split(&format!("name=\"{name}\" value=\"")).nth(1)?.split('"').next()?;
        Some(value.to_owned())
    };
    let mut all: Vec<(String, String)> = Vec::new();
    for name in ["form", "key", "next", "in_reply_to_id"] {
        let given = fields.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        all.extend(given.or_else(|| hidden(name)).map(|value| (name.to_owned(), value)));
    }
    for (name, value) in fields {
        if all.iter().all(|(known, _)| known != name) {
            all.push(((*name).to_owned(), (*value).to_owned()));
        }
    }
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
    browser.send("POST", "/compose", &body, "en")
}

/// The token of the form beside a status.
fn token_beside(html: &str, status: &Value) -> String {
    let named = format!("name=\"status\" value=\"{}\"", id(status));
    let form = html.split("<form class=\"actions\"").skip(1).find(|form| form.contains(&named)).unwrap();
    form.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// Does something with a status by the form beside it on a page.
fn acts(browser: &Browser, page: &str, status: &Value, what: &str) -> Response {
    let token = token_beside(&browser.get(page, "en"), status);
    sends(browser, &[("form", &token), ("next", page), ("status", id(status)), ("do", what)])
}

fn sends(browser: &Browser, fields: &[(&str, &str)]) -> Response {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    browser.send("POST", "/act", &body, "en")
}

fn location(answer: &Response) -> String {
    answer.header("location").unwrap_or_default().to_owned()
}

fn text(answer: &Response) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

fn again(person: &Person, status: &Value) -> Value {
    person.get(&format!("/api/v1/statuses/{}", id(status)))
}

#[test]
fn who_is_signed_in_reads_and_writes_at_home() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    bob.posts("of bob");
    let browser = Browser::of(&alice);
    assert_eq!(location(&Browser::new(&app).page(HOME)), "/sign_in?next=%2Fhome");
    let home = browser.get(HOME, "en");
    assert!(home.contains("of bob") && home.contains("<textarea") && home.contains("noindex"), "{home}");
    let typed = [("status", "hello @bob\r\nand all"), ("visibility", "unlisted"), ("key", "one")];
    let done = writes(&browser, HOME, &typed);
    assert_eq!(done.status, 303, "{}", text(&done));
    assert!(location(&done).starts_with("/home#status-"), "{}", location(&done));
    let own = || alice.get(&format!("/api/v1/accounts/{}/statuses", alice.id));
    let post = own()[0].clone();
    assert_eq!((&post["visibility"], post["mentions"].as_array().unwrap().len()), (&json!("unlisted"), 1));
    assert!(post["content"].as_str().unwrap().contains("<br"), "{post}");
    // The same form once more is the same status.
    writes(&browser, HOME, &typed);
    assert_eq!(own().as_array().unwrap().len(), 1);
    // What is refused is still there, with the reason.
    let long = "x".repeat(501);
    let refused =
        writes(&browser, HOME, &[("status", &long), ("spoiler_text", "careful"), ("visibility", "private")]);
    let html = text(&refused);
    assert_eq!(refused.status, 422);
    assert!(html.contains("at most 500 characters") && html.contains(&long), "{html}");
    assert!(html.contains("value=\"careful\"") && html.contains("value=\"private\" selected"), "{html}");
    assert_eq!(writes(&browser, HOME, &[("status", " ")]).status, 422);
    // A form of somebody else's session, or of none.
    let other = Browser::of(&bob).get(HOME, "en");
    let token = other.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    for wrong in [token, "", "1.x"] {
        assert_eq!(writes(&browser, HOME, &[("status", "forged"), ("form", wrong)]).status, 403);
    }
    assert_eq!(Browser::new(&app).send("POST", "/compose", "status=x", "en").status, 303);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 2);
}

#[test]
fn a_status_is_marked_and_unmarked_where_it_stands() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let post = bob.posts("of bob");
    let browser = Browser::of(&alice);
    for (what, flag) in [("favourite", "favourited"), ("reblog", "reblogged"), ("bookmark", "bookmarked")] {
        let done = acts(&browser, HOME, &post, what);
        assert_eq!((done.status, location(&done)), (303, format!("/home#status-{}", id(&post))), "{what}");
        assert_eq!(again(&alice, &post)[flag], true, "{what}");
        let html = browser.get(HOME, "en");
        assert!(html.contains(&format!("value=\"un{what}\" aria-pressed=\"true\"")), "{what}: {html}");
        assert_eq!(acts(&browser, HOME, &post, &format!("un{what}")).status, 303);
        assert_eq!(again(&alice, &post)[flag], false, "{what}");
    }
    // Back to a page of this server only.
    let html = browser.get(HOME, "en");
    let token = token_beside(&html, &post);
    let send = |token: &str, status: &str, what: &str, next: &str| {
        sends(&browser, &[("form", token), ("status", status), ("do", what), ("next", next)])
    };
    for next in ["https://evil.example/", "//evil.example", "/\t/evil.example", "javascript:alert(1)"] {
        let there = location(&send(&token, id(&post), "favourite", next));
        assert!(there.starts_with('/') && !there.contains("evil"), "{next}: {there}");
    }
    // What the reader may not see, what is nothing, and a token of another form.
    let hidden = bob.post("/api/v1/statuses", json!({"status": "hidden", "visibility": "direct"}));
    assert_eq!(send(&token, id(&hidden), "favourite", HOME).status, 404);
    assert_eq!(send(&token, "x", "favourite", HOME).status, 404);
    assert_eq!(send(&token, id(&post), "explode", HOME).status, 400);
    let composer = html.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(send(composer, id(&post), "favourite", HOME).status, 403);
    // Nothing of it is there for strangers.
    let page = format!("/@bob/{}", id(&post));
    let stranger = Browser::new(&app).get(&page, "en");
    assert!(!stranger.contains("<form"), "{stranger}");
    assert!(browser.get(&page, "en").contains("<form class=\"actions\""));
}

#[test]
fn who_has_not_voted_is_asked_and_sees_the_votes_after_that() {
    let (_, alice, bob) = people();
    alice.follows(&bob);
    let poll = |multiple: bool| {
        let poll = json!({"options": ["tea", "coffee", "milk"], "expires_in": 3600, "multiple": multiple});
        bob.post("/api/v1/statuses", json!({"status": "what?", "poll": poll}))
    };
    let (one, several) = (poll(false), poll(true));
    let (browser, author) = (Browser::of(&alice), Browser::of(&bob));
    let home = browser.get(HOME, "en");
    assert_eq!(home.matches("<form class=\"vote\"").count(), 2, "{home}");
    assert_eq!((home.matches("type=\"radio\"").count(), home.matches("type=\"checkbox\"").count()), (3, 3));
    assert!(!home.contains("<meter"), "{home}");
    let token = token_beside(&home, &one);
    let votes = |status: &Value, choices: &[&str]| {
        let mut fields =
            vec![("form", token.as_str()), ("next", HOME), ("status", id(status)), ("do", "vote")];
        fields.extend(choices.iter().map(|n| ("choices", *n)));
        sends(&browser, &fields).status
    };
    for nothing in [&[][..], &["x"], &["1", "x"], &["3"], &["0", "1"]] {
        assert_eq!(votes(&one, nothing), 422, "{nothing:?}");
    }
    assert_eq!(votes(&one, &["1"]), 303);
    assert_eq!(votes(&one, &["0"]), 422);
    assert_eq!(votes(&several, &["0", "2"]), 303);
    assert_eq!(again(&alice, &one)["poll"]["own_votes"], json!([1]));
    assert_eq!(again(&alice, &several)["poll"]["own_votes"], json!([0, 2]));
    let home = browser.get(HOME, "en");
    assert!(!home.contains("class=\"vote\"") && home.matches("your choice").count() == 3, "{home}");
    // Its author is not asked, and a stranger neither.
    assert!(!author.get(HOME, "en").contains("class=\"vote\""));
    assert_eq!(browser.get(&format!("/@bob/{}", id(&one)), "en").matches("your choice").count(), 1);
}

#[test]
fn who_has_moved_reads_and_does_nothing() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let post = bob.posts("of bob");
    let browser = Browser::of(&alice);
    let token = token_beside(&browser.get(HOME, "en"), &post);
    let page = format!("/@bob/{}", id(&post));
    let (html, typed) = (browser.get(HOME, "en"), [("status", "from the past")]);
    let form = html.split("<form class=\"composer\"").nth(1).unwrap();
    let composer = form.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    app.write("UPDATE accounts SET moved_to_uri = 'https://b.example/users/alice' WHERE username = 'alice'");
    for page in [HOME, &page] {
        let html = browser.get(page, "en");
        assert!(html.contains("of bob") && !html.contains("<form"), "{html}");
    }
    assert!(browser.get(HOME, "en").contains("This account has moved and is at rest."));
    for what in ["favourite", "reblog", "bookmark"] {
        let fields = [("form", token.as_str()), ("status", id(&post)), ("do", what)];
        assert_eq!(sends(&browser, &fields).status, 403, "{what}");
    }
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(typed.iter().copied().chain([("form", composer)]))
        .finish();
    assert_eq!(browser.send("POST", "/compose", &body, "en").status, 403);
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM favourites"), 0);
}

#[test]
fn authors_delete_their_own_and_nobody_else_does() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let (one, two) = (bob.posts("first of bob"), bob.posts("second of bob"));
    let (mine, other) = (Browser::of(&bob), Browser::of(&alice));
    let page = format!("/@bob/{}", id(&two));
    assert!(!other.get(&page, "en").contains("value=\"delete\""));
    assert_eq!(acts(&other, &page, &two, "delete").status, 404);
    let done = acts(&mine, HOME, &one, "delete");
    assert_eq!((done.status, location(&done).as_str()), (303, HOME));
    assert_eq!(mine.status(&format!("/@bob/{}", id(&one))), 404);
    // A boost of it is not what is deleted.
    acts(&mine, HOME, &two, "reblog");
    let boost = bob.get(&format!("/api/v1/accounts/{}/statuses", bob.id))[0].clone();
    let token = token_beside(&mine.get(HOME, "en"), &two);
    assert_eq!(sends(&mine, &[("form", &token), ("status", id(&boost)), ("do", "delete")]).status, 404);
    // From its own page one comes home.
    let done = acts(&mine, &page, &two, "delete");
    assert_eq!((done.status, location(&done).as_str()), (303, HOME));
    assert_eq!(app.count("SELECT count(*) AS n FROM statuses"), 0);
}

#[test]
fn a_page_that_is_left_open_still_marks_after_hours() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let post = bob.posts("of bob");
    let browser = Browser::of(&alice);
    let token = token_beside(&browser.get(HOME, "en"), &post);
    let send = |what: &str| sends(&browser, &[("form", &token), ("status", id(&post)), ("do", what)]).status;
    app.clock.advance(23 * 3_600_000);
    assert_eq!(send("favourite"), 303);
    app.clock.advance(2 * 3_600_000);
    assert_eq!(send("unfavourite"), 403);
    assert_eq!(again(&alice, &post)["favourited"], true);
}

#[test]
fn an_answer_goes_to_whom_it_answers_and_no_further_than_that() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    carol.follows(&alice);
    let quiet = json!({"status": "@alice @carol quietly", "visibility": "direct"});
    let post = bob.post("/api/v1/statuses", quiet);
    let page = format!("/@bob/{}", id(&post));
    let browser = Browser::of(&alice);
    let html = browser.get(&page, "en");
    assert!(html.contains(">@bob@a.example @carol@a.example </textarea>"), "{html}");
    assert!(html.contains("value=\"direct\" selected"), "{html}");
    let typed = [("status", "@bob@a.example @carol@a.example me too"), ("visibility", "direct")];
    let done = writes(&browser, &page, &typed);
    assert!(location(&done).starts_with(&format!("{page}#status-")), "{}", text(&done));
    assert!(browser.get(&page, "en").contains("me too"));
    let told = |person: &Person| {
        person.notifications().iter().filter(|n| n["status"]["in_reply_to_id"] == post["id"]).count()
    };
    assert_eq!((told(&bob), told(&carol)), (1, 1));
    // To what is gone meanwhile, or is no status, nothing is published.
    bob.deletes(&post);
    for to in [id(&post), "x", "-1"] {
        let typed = [("status", "late"), ("in_reply_to_id", to)];
        assert_eq!(writes(&browser, HOME, &typed).status, 422, "{to}");
    }
}

#[test]
fn a_status_of_another_server_has_a_page_for_people_here() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let note = remote.note(&bob, 1, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    settle(&[&app]);
    let status = alice.home().remove(0);
    let page = format!("/@bob@b.example/{}", id(&status));
    let browser = Browser::of(&alice);
    assert!(browser.get(HOME, "en").contains(&format!("href=\"{page}\"")));
    let html = browser.get(&page, "en");
    assert!(html.contains("<form class=\"actions\"") && html.contains("noindex"), "{html}");
    assert!(!html.contains("og:title"), "{html}");
    assert_eq!(Browser::new(&app).status(&page), 404);
    for other in ["/@bob", "/@carol@b.example", "/@bob@c.example"] {
        assert_eq!(browser.status(&format!("{other}/{}", id(&status))), 404, "{other}");
    }
    let done = writes(&browser, &page, &[("status", "@bob@b.example yes")]);
    assert!(location(&done).starts_with(&format!("{page}#status-")), "{}", text(&done));
    assert_eq!(acts(&browser, &page, &status, "favourite").status, 303);
    settle(&[&app]);
    let got = remote.got();
    assert!(got.iter().any(|kind| kind == "Create") && got.iter().any(|kind| kind == "Like"), "{got:?}");
}

#[test]
fn filters_hide_and_cover_as_in_apps() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let filter = |title: &str, word: &str, action: &str, contexts: [&str; 1]| {
        let keywords = json!([{"keyword": word, "whole_word": true}]);
        alice.post("/api/v2/filters", json!({"title": title, "context": contexts, "filter_action": action, "keywords_attributes": keywords}));
    };
    filter("Films", "spoiler", "warn", ["home"]);
    filter("Never", "election", "hide", ["home"]);
    filter("Threads", "slug", "hide", ["thread"]);
    let root = bob.posts("a root");
    for text in ["about an election", "a spoiler for all", "a slug"] {
        app.clock.advance(1000);
        bob.replies(&root, text);
        bob.posts(text);
    }
    let own = alice.replies(&root, "my own election and slug");
    let browser = Browser::of(&alice);
    let home = browser.get(HOME, "en");
    assert!(!home.contains("about an election") && home.contains("a slug"), "{home}");
    let covered = home.split("Filtered: Films</summary>").nth(1).unwrap().split("</details>").next().unwrap();
    assert!(covered.contains("a spoiler for all"), "{covered}");
    assert_eq!(home.matches("a spoiler for all").count(), home.matches("Filtered: Films").count());
    let thread = browser.get(&format!("/@bob/{}", id(&root)), "en");
    assert!(!thread.contains("a slug") && thread.contains("about an election"), "{thread}");
    assert!(thread.contains("my own election"), "{own}");
    // They are those of their reader alone.
    assert!(Browser::of(&bob).get(&format!("/@bob/{}", id(&root)), "en").contains("a slug"));
}
