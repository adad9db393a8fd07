//! The settings of filters.

use serde_json::{Value, json};
use sori::error::Error;
use sori::http::response::Response;
use sori::model::filter::{Filter, Keyword};
use sori::model::id::Id;
use sori::{services, store};

use crate::app::{Person, id, people};
use crate::browser::Browser;

const PAGE: &str = "/settings/filters";

fn filters(person: &Person) -> Vec<Value> {
    person.get("/api/v2/filters").as_array().unwrap().clone()
}

fn keywords(filter: &Value) -> Vec<(String, bool)> {
    let all = filter["keywords"].as_array().unwrap().iter();
    all.map(|k| (k["keyword"].as_str().unwrap().to_owned(), k["whole_word"].as_bool().unwrap())).collect()
}

fn text(answer: &Response) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

#[test]
fn a_filter_is_made_changed_and_deleted() {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    let made = browser.submit(
        PAGE,
        PAGE,
        &[
            ("title", "No spoilers"),
            ("keywords", " finale\r\n\r\nlast episode \r\nfinale"),
            ("whole_word", "true"),
            ("context", "home"),
            ("context", "thread"),
            ("action", "hide"),
            ("ends", "86400"),
        ],
    );
    assert_eq!((made.status, made.header("location")), (303, Some(PAGE)), "{}", text(&made));
    let filter = filters(&alice).remove(0);
    assert_eq!((&filter["title"], &filter["filter_action"]), (&json!("No spoilers"), &json!("hide")));
    assert_eq!(filter["context"], json!(["home", "thread"]));
    assert_eq!(keywords(&filter), [("finale".into(), true), ("last episode".into(), true)]);
    let ends = filter["expires_at"].clone();
    assert!(ends.is_string(), "{filter}");
    let page = format!("{PAGE}/{}", id(&filter));
    assert!(browser.get(PAGE, "en").contains(&format!("href=\"{page}\"")));
    let html = browser.get(&page, "en");
    assert!(
        html.contains(">finale\nlast episode</textarea>") && html.contains("value=\"stays\" selected"),
        "{html}"
    );
    assert!(
        html.contains("value=\"thread\" checked") && !html.contains("value=\"public\" checked"),
        "{html}"
    );
    assert!(html.contains("value=\"hide\" selected"), "{html}");
    // What stays keeps its place and kind; the end stays, too.
    let first = filter["keywords"][0]["id"].clone();
    let done = browser.submit(
        &page,
        &page,
        &[
            ("do", "save"),
            ("title", "Spoilers"),
            ("keywords", "part\nfinale"),
            ("context", "public"),
            ("action", "blur"),
            ("ends", "stays"),
        ],
    );
    assert_eq!(done.status, 303, "{}", text(&done));
    let filter = filters(&alice).remove(0);
    assert_eq!(keywords(&filter), [("finale".into(), true), ("part".into(), false)]);
    assert_eq!((&filter["keywords"][0]["id"], &filter["expires_at"]), (&first, &ends));
    assert_eq!((&filter["filter_action"], &filter["context"]), (&json!("blur"), &json!(["public"])));
    let done = browser.submit(
        &page,
        &page,
        &[("title", "x"), ("context", "home"), ("action", "warn"), ("ends", "")],
    );
    assert_eq!(done.status, 303);
    let filter = filters(&alice).remove(0);
    assert_eq!((&filter["expires_at"], keywords(&filter).len()), (&Value::Null, 0));
    app.clock.advance(1000);
    assert_eq!(browser.submit(&page, &page, &[("do", "delete")]).status, 303);
    assert_eq!((filters(&alice).len(), browser.status(&page)), (0, 404));
}

#[test]
fn what_is_refused_is_shown_with_what_was_typed() {
    let (_, alice, _) = people();
    let browser = Browser::of(&alice);
    let long = "x".repeat(600);
    let many: String = (0..1001).map(|n| format!("w{n}\n")).collect();
    for (title, words, context, why) in [
        (" ", "a", "home", "Please enter a title."),
        (long.as_str(), "a", "home", "This title is too long."),
        ("t", "a", "nowhere", "Please choose where it applies."),
        ("t", long.as_str(), "home", "One of the words is too long."),
        ("t", many.as_str(), "home", "There are too many words"),
    ] {
        let fields = [
            ("title", title),
            ("keywords", words),
            ("context", context),
            ("action", "blur"),
            ("ends", "3600"),
        ];
        let refused = browser.submit(PAGE, PAGE, &fields);
        let html = text(&refused);
        assert_eq!(refused.status, 422, "{why}");
        assert!(html.contains(why), "{why}: {html:.3000}");
        assert!(html.contains(&format!(">{}</textarea>", words.trim())), "{why}");
        assert!(
            html.contains("value=\"blur\" selected") && html.contains("value=\"3600\" selected"),
            "{why}"
        );
    }
    assert_eq!(
        browser.submit(PAGE, PAGE, &[("title", "t"), ("context", "home"), ("action", "burn")]).status,
        422
    );
    assert!(filters(&alice).is_empty());
}

#[test]
fn filters_are_their_owners_alone() {
    let (app, alice, bob) = people();
    let made = json!({"title": "Mine", "context": ["home"], "keywords_attributes": [{"keyword": "fern"}]});
    let filter = alice.post("/api/v2/filters", made);
    let page = format!("{PAGE}/{}", id(&filter));
    let (browser, other) = (Browser::of(&alice), Browser::of(&bob));
    assert!(!other.get(PAGE, "en").contains("Mine"));
    assert_eq!((other.status(&page), browser.status(&format!("{PAGE}/x"))), (404, 404));
    let token = other.token(PAGE);
    for what in ["do=delete", "title=x&context=home&action=warn"] {
        assert_eq!(other.send("POST", &page, &format!("form={token}&{what}"), "en").status, 404);
        for wrong in [token.as_str(), "", "1.x"] {
            for to in [PAGE, &page] {
                let forged = browser.send("POST", to, &format!("form={wrong}&{what}"), "en");
                assert_eq!(forged.status, 403, "{to} {what}");
            }
        }
    }
    for to in [PAGE, &page] {
        let there = format!("/sign_in?next={}", to.replace('/', "%2F"));
        for method in ["GET", "POST"] {
            let answer = Browser::new(&app).send(method, to, "", "en");
            assert_eq!((answer.status, answer.header("location")), (303, Some(there.as_str())));
        }
    }
    let token = browser.token(PAGE);
    app.write("UPDATE accounts SET moved_to_uri = 'https://b.example/users/alice' WHERE username = 'alice'");
    for to in [PAGE, &page] {
        assert!(!browser.get(to, "en").contains("<button"), "{to}");
        assert_eq!(browser.send("POST", to, &format!("form={token}&do=delete"), "en").status, 403);
    }
    app.write("UPDATE accounts SET moved_to_uri = NULL WHERE username = 'alice'");
    assert_eq!((filters(&alice).len(), filters(&alice)[0]["title"].clone()), (1, json!("Mine")));
}

#[test]
fn a_place_that_is_named_twice_is_stored_once() {
    let (_, alice, _) = people();
    let browser = Browser::of(&alice);
    let mut fields = vec![("title", "Twice"), ("action", "warn"), ("ends", "")];
    fields.extend([("context", "home"); 400]);
    assert_eq!(browser.submit(PAGE, PAGE, &fields).status, 303);
    assert_eq!(filters(&alice)[0]["context"], json!(["home"]));
    let body = json!({"title": "Again", "context": vec!["thread"; 400]});
    assert_eq!(alice.post("/api/v2/filters", body)["context"], json!(["thread"]));
}

/// What another request has written since the filters were read counts as well.
#[test]
fn the_bounds_of_filters_are_held_where_they_are_written() {
    let (app, alice, _) = people();
    app.write(
        "INSERT INTO filters (id, account_id, title, contexts, action) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 199) \
         SELECT i, (SELECT id FROM accounts WHERE username = 'alice'), 'x', '[\"home\"]', 'warn' FROM n",
    );
    let write = |id: i64, words: usize| {
        let word = |n: usize| Keyword { id: Id(n as i64), keyword: "w".into(), is_whole_word: true };
        let filter = Filter {
            id: Id(id),
            title: "new".into(),
            contexts: vec!["home".into()],
            action: "warn".into(),
            keywords: (0..words).map(word).collect(),
            ..Filter::default()
        };
        let (app, save) = (app.ready(), store::filters::save(alice.id, &filter));
        pollster::block_on(services::filter::write(&app, alice.id, &[], &filter, vec![save]))
    };
    assert_eq!(write(1000, 600), Ok(()));
    assert!(matches!(write(1001, 0), Err(Error::Unprocessable(_))));
    app.write("DELETE FROM filters WHERE id < 100");
    assert!(matches!(write(1002, 401), Err(Error::Unprocessable(_))));
    assert_eq!(write(1003, 400), Ok(()));
    assert_eq!(app.count("SELECT count(*) AS n FROM filters WHERE title = 'new'"), 2);
}
