//! The pages of lists.

use serde_json::{Value, json};
use sori::http::response::Response;

use crate::app::{Person, TestApp, people};
use crate::browser::Browser;

fn location(answer: &Response) -> String {
    answer.header("location").unwrap_or_default().to_owned()
}

fn text(answer: &Response) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

/// Makes a list by the page, and answers its address.
fn makes(browser: &Browser, title: &str) -> String {
    let done = browser.submit("/lists", "/lists", &[("title", title)]);
    assert_eq!(done.status, 303, "{}", text(&done));
    location(&done).strip_suffix("/edit").unwrap().to_owned()
}

fn lists(person: &Person) -> Vec<Value> {
    person.get("/api/v1/lists").as_array().unwrap().clone()
}

fn members(person: &Person, list: &str) -> Vec<String> {
    let all = person.get(&format!("/api/v1{list}/accounts"));
    all.as_array().unwrap().iter().map(|a| a["acct"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_list_is_made_changed_and_deleted() {
    let (_, alice, _) = people();
    let browser = Browser::of(&alice);
    let list = makes(&browser, " Friends & kin ");
    let edit = format!("{list}/edit");
    assert!(
        browser
            .get("/lists", "en")
            .contains(&format!("<a href=\"{list}\" dir=\"auto\">Friends &amp; kin</a>"))
    );
    let save = |title: &str, policy: &str, more: &[(&str, &str)]| {
        let mut fields =
            vec![("do", "save"), ("title", title), ("replies_policy", policy), ("next", edit.as_str())];
        fields.extend(more);
        browser.submit(&edit, &edit, &fields)
    };
    let done = save("Kin", "none", &[("exclusive", "true")]);
    assert_eq!((done.status, location(&done)), (303, edit.clone()));
    let stored = lists(&alice).remove(0);
    assert_eq!(
        (&stored["title"], &stored["replies_policy"], &stored["exclusive"]),
        (&json!("Kin"), &json!("none"), &json!(true))
    );
    let html = browser.get(&edit, "en");
    assert!(
        html.contains("value=\"none\" selected")
            && html.contains("name=\"exclusive\" value=\"true\" checked"),
        "{html}"
    );
    assert_eq!(save("Kin", "followed", &[]).status, 303);
    assert_eq!(
        (&lists(&alice)[0]["exclusive"], &lists(&alice)[0]["replies_policy"]),
        (&json!(false), &json!("followed"))
    );
    // What is refused is shown with what was typed, and changes nothing.
    let long = "x".repeat(257);
    for (title, why) in [("  ", "Please enter a title."), (long.as_str(), "This title is too long.")] {
        let refused = save(title, "list", &[]);
        assert_eq!(refused.status, 422);
        assert!(
            text(&refused).contains(why) && text(&refused).contains("value=\"list\" selected"),
            "{}",
            text(&refused)
        );
        let refused = browser.submit("/lists", "/lists", &[("title", title)]);
        assert_eq!(refused.status, 422);
        assert!(text(&refused).contains(why), "{}", text(&refused));
    }
    assert!(text(&browser.submit("/lists", "/lists", &[("title", &long)])).contains(&long));
    assert_eq!(lists(&alice)[0]["title"], "Kin");
    assert_eq!(browser.submit(&edit, &edit, &[("do", "explode")]).status, 400);
    let done = browser.submit(&edit, &edit, &[("do", "delete")]);
    assert_eq!((done.status, location(&done).as_str()), (303, "/lists"));
    assert_eq!((lists(&alice).len(), browser.status(&list), browser.status(&edit)), (0, 404, 404));
}

#[test]
fn whom_somebody_follows_is_put_on_a_list_and_taken_off() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    alice.follows(&bob);
    bob.posts("of bob");
    carol.posts("of carol");
    let browser = Browser::of(&alice);
    let list = makes(&browser, "Friends");
    let edit = format!("{list}/edit");
    let add =
        |handle: &str| browser.submit(&edit, &edit, &[("do", "add"), ("handle", handle), ("next", &edit)]);
    assert!(browser.get(&list, "en").contains("No posts yet."));
    assert_eq!(add("@bob").status, 303);
    assert_eq!(members(&alice, &list), ["bob"]);
    let html = browser.get(&edit, "en");
    assert!(html.contains(&format!("name=\"remove\" value=\"{}\"", bob.id)), "{html}");
    for (handle, why) in [
        ("bob@a.example", "on the list already"),
        ("@carol", "You follow nobody"),
        ("@nobody@nowhere.example", "You follow nobody"),
        ("no handle \" <b>", "You follow nobody"),
    ] {
        let refused = add(handle);
        let html = text(&refused);
        assert_eq!(refused.status, 422, "{handle}");
        let typed = handle.replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
        assert!(html.contains(why) && html.contains(&format!("name=\"handle\" value=\"{typed}\"")), "{html}");
    }
    let timeline = browser.get(&list, "en");
    assert!(timeline.contains("of bob") && !timeline.contains("of carol"), "{timeline}");
    assert!(timeline.contains(&format!("name=\"next\" value=\"{list}\"")), "{timeline}");
    let done = browser.submit(&edit, &edit, &[("remove", &bob.id.to_string()), ("next", &edit)]);
    assert_eq!((done.status, location(&done)), (303, edit.clone()));
    assert!(members(&alice, &list).is_empty());
    assert_eq!(browser.submit(&edit, &edit, &[("remove", "x")]).status, 404);
}

/// A person with a list, and its address.
fn with_list() -> (TestApp, Person, Person, Browser, String) {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let browser = Browser::of(&alice);
    let list = makes(&browser, "Friends");
    alice.post(&format!("/api/v1{list}/accounts"), json!({"account_ids": [bob.id.to_string()]}));
    bob.posts("of bob");
    (app, alice, bob, browser, list)
}

#[test]
fn a_list_is_its_owners_alone() {
    let (app, alice, bob, browser, list) = with_list();
    let edit = format!("{list}/edit");
    let other = Browser::of(&bob);
    assert!(!other.get("/lists", "en").contains("Friends"));
    for page in [&list, &edit, "/lists/1", "/lists/x", "/lists/1/edit"] {
        assert_eq!(other.status(page), 404, "{page}");
    }
    let token = other.token("/lists");
    for fields in ["do=delete", "do=save&title=mine", &format!("remove={}", bob.id), "do=add&handle=alice"] {
        let body = format!("form={token}&{fields}");
        assert_eq!(other.send("POST", &edit, &body, "en").status, 404, "{fields}");
    }
    // A form of somebody else's session, or of none, shows what was typed.
    for wrong in [token.as_str(), "", "1.x"] {
        let body = format!("form={wrong}&do=save&title=Forged");
        let refused = browser.send("POST", &edit, &body, "en");
        assert_eq!(refused.status, 403);
        assert_eq!(browser.send("POST", "/lists", &body, "en").status, 403);
    }
    for page in ["/lists", &list, &edit] {
        let there = format!("/sign_in?next={}", page.replace('/', "%2F"));
        for answer in
            [Browser::new(&app).page(page), Browser::new(&app).send("POST", page, "do=delete", "en")]
        {
            if answer.status != 405 {
                assert_eq!((answer.status, location(&answer)), (303, there.clone()));
            }
        }
    }
    assert_eq!((lists(&alice).len(), members(&alice, &list).len()), (1, 1));
    assert_eq!(lists(&alice)[0]["title"], "Friends");
}

#[test]
fn who_has_moved_reads_lists_and_changes_none() {
    let (app, alice, bob, browser, list) = with_list();
    let (edit, token) = (format!("{list}/edit"), browser.token("/lists"));
    app.write("UPDATE accounts SET moved_to_uri = 'https://b.example/users/alice' WHERE username = 'alice'");
    assert!(browser.get(&list, "en").contains("of bob"));
    for page in ["/lists", &edit] {
        assert!(!browser.get(page, "en").contains("<button"), "{page}");
    }
    assert_eq!(browser.send("POST", "/lists", &format!("form={token}&title=x"), "en").status, 403);
    for fields in ["do=delete".to_owned(), "do=save&title=x".into(), format!("remove={}", bob.id)] {
        assert_eq!(browser.send("POST", &edit, &format!("form={token}&{fields}"), "en").status, 403);
    }
    app.write("UPDATE accounts SET moved_to_uri = NULL WHERE username = 'alice'");
    assert_eq!((lists(&alice).len(), members(&alice, &list).len()), (1, 1));
}

#[test]
fn there_may_be_fifty_lists() {
    let (_, alice, _) = people();
    for n in 0..50 {
        alice.post("/api/v1/lists", json!({"title": format!("list {n}")}));
    }
    let browser = Browser::of(&alice);
    let refused = browser.submit("/lists", "/lists", &[("title", "one more")]);
    assert_eq!(refused.status, 422);
    assert!(
        text(&refused).contains("as many lists as there may be")
            && text(&refused).contains("value=\"one more\"")
    );
}
