//! Collections of people.

use serde_json::json;

use crate::app::people;
use crate::browser::Browser;

fn location(answer: &sori::http::response::Response) -> String {
    answer.header("location").unwrap_or_default().to_owned()
}

fn text(answer: &sori::http::response::Response) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

#[test]
fn somebody_makes_changes_and_deletes_a_collection() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": true})));
    carol.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": false})));
    let browser = Browser::of(&alice);
    let all = "/collections";
    assert_eq!(location(&Browser::new(&app).page(all)), "/sign_in?next=%2Fcollections");
    let wrong = browser.submit(all, all, &[("name", " "), ("description", "who paints"), ("tag", "a b")]);
    assert_eq!(wrong.status, 422);
    assert!(text(&wrong).contains("value=\"who paints\""), "{}", text(&wrong));
    let wrong = browser.submit(all, all, &[("name", "Painters"), ("tag", "a b")]);
    assert!(wrong.status == 422 && text(&wrong).contains("value=\"a b\""), "{}", text(&wrong));
    let fields =
        [("name", "Painters"), ("description", "who <paint>"), ("tag", "#art"), ("discoverable", "1")];
    let made = browser.submit(all, all, &fields);
    assert_eq!(made.status, 303, "{}", text(&made));
    let edit = location(&made);
    let page = edit.trim_end_matches("/edit").to_owned();
    assert_eq!(alice.get(&format!("/api/v1{page}"))["collection"]["url"], format!("https://a.example{page}"));
    let add = |handle: &str| browser.submit(&edit, &edit, &[("do", "add"), ("handle", handle)]);
    assert_eq!(add("@bob").status, 303);
    for (handle, said) in [("@bob", "already"), ("@carol", "cannot be in"), ("@nobody", "Nothing was found")]
    {
        let answer = add(handle);
        assert_eq!(answer.status, 422, "{handle}");
        assert!(
            text(&answer).contains(said) && text(&answer).contains(&format!("value=\"{handle}\"")),
            "{handle}"
        );
    }
    // Everybody may read it, and it is on the profile.
    let stranger = Browser::new(&app);
    let html = stranger.get(&page, "en");
    for wanted in
        ["<h1 dir=\"auto\">Painters</h1>", "who &lt;paint&gt;", "href=\"/tags/art\"", "@bob@a.example"]
    {
        assert!(html.contains(wanted), "{wanted}: {html}");
    }
    assert!(!html.contains("<form") && !html.contains("@carol@"), "{html}");
    let link = format!("href=\"{page}\"");
    assert!(stranger.get("/@alice", "en").contains(&link));
    // A member is told, and takes itself out.
    let of_bob = Browser::of(&bob);
    assert!(of_bob.get("/notifications", "en").contains(&link));
    assert!(of_bob.get(all, "en").contains(&link));
    assert_eq!(of_bob.status(&edit), 404);
    assert_eq!(of_bob.submit(&page, &page, &[]).status, 303);
    assert!(!stranger.get(&page, "en").contains("@bob@"));
    assert_eq!(add("@bob").status, 422);
    // Others' forms change nothing.
    let token = Browser::of(&carol).token(all);
    let forged = format!("form={token}&do=delete");
    assert_eq!(browser.send("POST", &edit, &forged, "en").status, 403);
    assert_eq!(Browser::of(&carol).submit(all, &edit, &[("do", "delete")]).status, 404);
    assert_eq!(Browser::of(&carol).submit(all, &page, &[]).status, 404);
    // It is hidden on the profile, and behind a warning.
    assert_eq!(
        browser.submit(&edit, &edit, &[("do", "save"), ("name", "Artists"), ("sensitive", "1")]).status,
        303
    );
    assert!(!stranger.get("/@alice", "en").contains(&link) && browser.get("/@alice", "en").contains(&link));
    let html = stranger.get(&page, "en");
    assert!(
        html.contains("Artists") && html.contains("<summary>Sensitive content") && html.contains("noindex"),
        "{html}"
    );
    let gone = browser.submit(&edit, &edit, &[("do", "delete")]);
    assert_eq!((gone.status, location(&gone)), (303, all.to_owned()));
    assert_eq!(stranger.status(&page), 404);
}

#[test]
fn a_member_is_removed_by_its_entry() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    for person in [&bob, &carol] {
        person.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"discoverable": true})));
    }
    let made = alice.post("/api/v1/collections", json!({"name": "x", "account_ids": [bob.id.to_string()]}));
    let edit = format!("/collections/{}/edit", made["collection"]["id"].as_str().unwrap());
    let item = made["collection"]["items"][0]["id"].as_str().unwrap();
    let browser = Browser::of(&alice);
    assert!(browser.get(&edit, "en").contains("@bob@a.example"));
    assert_eq!(browser.submit(&edit, &edit, &[("remove", item)]).status, 303);
    assert!(!browser.get(&edit, "en").contains("@bob@a.example"));
    // One that left for good stays away, whatever its curator removes.
    let again = || browser.submit(&edit, &edit, &[("do", "add"), ("handle", "@bob")]).status;
    assert_eq!(again(), 303);
    let item = app.count("SELECT id AS n FROM collection_items").to_string();
    let page = edit.trim_end_matches("/edit");
    assert_eq!(Browser::of(&bob).submit(page, page, &[]).status, 303);
    browser.submit(&edit, &edit, &[("remove", &item)]);
    assert_eq!(again(), 422);
    // Of who is suspended nobody sees any.
    alice.post("/api/v1/collections", json!({"name": "of alice", "account_ids": [carol.id.to_string()]}));
    let seen = || Browser::of(&carol).get("/collections", "en").contains("of alice");
    assert!(seen());
    app.write("UPDATE accounts SET suspended_at = 1 WHERE username = 'alice'");
    assert!(!seen());
}
