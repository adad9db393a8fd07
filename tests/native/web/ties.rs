//! What people here do about somebody on their profile, and profiles of other servers.

use serde_json::{Value, json};
use sori::http::response::Response;

use crate::app::{Person, id, people, settle};
use crate::browser::Browser;
use crate::remote::cast;

fn text(answer: &Response) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

fn location(answer: &Response) -> &str {
    answer.header("location").unwrap_or_default()
}

/// The part of a profile about the two.
fn section(browser: &Browser, page: &str) -> String {
    let html = browser.get(page, "en");
    let section = html.split("<section class=\"ties\">").nth(1).unwrap_or("");
    section.split("</section>").next().unwrap().to_owned()
}

/// Sends a form of a profile for an account.
fn sends(browser: &Browser, page: &str, account: &str, fields: &[(&str, &str)]) -> Response {
    let mut all = vec![("account", account), ("next", page)];
    all.extend(fields);
    browser.submit(page, "/ties", &all)
}

/// Presses a button that the profile has.
fn presses(browser: &Browser, page: &str, account: &str, what: &str) {
    let shown = section(browser, page);
    assert!(shown.contains(&format!("name=\"do\" value=\"{what}\"")), "{what}: {shown}");
    let done = sends(browser, page, account, &[("do", what)]);
    assert_eq!((done.status, location(&done)), (303, page), "{what}: {}", text(&done));
}

fn relationship(person: &Person, account: &str) -> Value {
    person.get(&format!("/api/v1/accounts/relationships?id[]={account}"))[0].clone()
}

#[test]
fn a_profile_says_what_two_people_are_to_each_other_and_changes_it() {
    let (app, alice, bob) = people();
    let (browser, of_bob) = (Browser::of(&alice), bob.id.to_string());
    let presses = |what: &str| presses(&browser, "/@bob", &of_bob, what);
    let is = |what: &str| relationship(&alice, &of_bob)[what].clone();
    let says = |word: &str| section(&browser, "/@bob").contains(word);
    assert!(!says("Follows you") && !says("value=\"unfollow\"") && !says("value=\"notify\""));
    bob.follows(&alice);
    assert!(says("Follows you"));
    presses("follow");
    assert_eq!(
        (is("following"), is("showing_reblogs"), is("notifying")),
        (json!(true), json!(true), json!(false))
    );
    for (on, off, name, is_on) in [
        ("notify", "unnotify", "notifying", true),
        ("hide_boosts", "show_boosts", "showing_reblogs", false),
        ("endorse", "unendorse", "endorsed", true),
    ] {
        presses(on);
        assert_eq!(is(name), is_on, "{on}");
        assert!(!says(&format!("value=\"{on}\"")), "{on}");
        presses(off);
        assert_eq!(is(name), !is_on, "{off}");
    }
    // On lists, and off them again.
    assert!(!says("name=\"lists[]\""));
    let lists: Vec<String> = ["Friends", "<Work>"]
        .map(|title| id(&alice.post("/api/v1/lists", json!({"title": title}))).to_owned())
        .to_vec();
    let bobs = id(&bob.post("/api/v1/lists", json!({"title": "of bob"}))).to_owned();
    assert!(says("&lt;Work&gt;") && !says("of bob"));
    let on = || {
        let all = alice.get(&format!("/api/v1/accounts/{of_bob}/lists"));
        all.as_array().unwrap().iter().map(|list| id(list).to_owned()).collect::<Vec<_>>()
    };
    for chosen in [vec![&lists[0], &bobs], vec![&lists[0]], vec![&lists[1]], vec![]] {
        let fields: Vec<(&str, &str)> =
            chosen.iter().map(|list| ("lists[]", list.as_str())).chain([("do", "lists")]).collect();
        assert_eq!(sends(&browser, "/@bob", &of_bob, &fields).status, 303);
        // As many statements for fifty lists as for two.
        assert!(app.cost.borrow().statements <= 6, "{:?}", app.cost.borrow());
        let wanted: Vec<&String> = chosen.into_iter().filter(|list| **list != bobs).collect();
        assert_eq!(on().iter().collect::<Vec<_>>(), wanted);
        assert_eq!(section(&browser, "/@bob").matches(" checked><span dir=\"auto\">").count(), wanted.len());
    }
    // A post to them begins with their handle.
    let html = browser.get("/compose?text=%40bob%40a.example+&visibility=direct", "en");
    assert!(
        says("/compose?text=%40bob%40a.example+&amp;visibility=direct"),
        "{}",
        section(&browser, "/@bob")
    );
    assert!(
        html.contains(">@bob@a.example</textarea>") && html.contains("value=\"direct\" selected"),
        "{html}"
    );
    // Posts in some languages alone.
    for (chosen, wanted) in [(&["ko", "nonsense!", "pt-BR"][..], json!(["ko", "pt-BR"])), (&[], Value::Null)]
    {
        let fields: Vec<(&str, &str)> =
            chosen.iter().map(|code| ("languages[]", *code)).chain([("do", "languages")]).collect();
        assert_eq!(sends(&browser, "/@bob", &of_bob, &fields).status, 303);
        assert_eq!(is("languages"), wanted, "{chosen:?}");
        let shown = says("<option value=\"ko\" lang=\"ko\" selected>");
        assert_eq!(shown, !chosen.is_empty());
    }
    presses("remove_follower");
    assert_eq!(is("followed_by"), false);
    presses("unfollow");
    assert_eq!(is("following"), false);
    // A page from before does not follow again.
    for what in ["notify", "hide_boosts", "languages"] {
        assert_eq!(sends(&browser, "/@bob", &of_bob, &[("do", what)]).status, 303);
    }
    assert_eq!(sends(&browser, "/@bob", &of_bob, &[("do", "lists"), ("lists[]", &lists[0])]).status, 303);
    assert!(on().is_empty(), "only who is followed is on a list");
    assert_eq!(is("following"), false);
    assert_eq!(sends(&browser, "/@bob", &of_bob, &[("do", "endorse")]).status, 422);
    presses("follow");
    bob.follows(&alice);
    presses("block");
    assert_eq!(
        (is("blocking"), is("following"), is("followed_by")),
        (json!(true), json!(false), json!(false))
    );
    assert!(says("Blocked") && !says("value=\"follow\"") && !says("value=\"block\""));
    presses("unblock");
    assert_eq!(is("blocking"), false);
}

#[test]
fn a_request_is_withdrawn_accepted_and_declined() {
    let (_, alice, bob) = people();
    bob.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
    let (asking, asked) = (Browser::of(&alice), Browser::of(&bob));
    let (of_alice, of_bob) = (alice.id.to_string(), bob.id.to_string());
    let is = |what: &str| relationship(&alice, &of_bob)[what].clone();
    presses(&asking, "/@bob", &of_bob, "follow");
    assert_eq!(is("requested"), true);
    assert!(section(&asking, "/@bob").contains("Withdraw the request"));
    assert!(section(&asked, "/@alice").contains("Asks to follow you"));
    presses(&asking, "/@bob", &of_bob, "unfollow");
    assert_eq!(is("requested"), false);
    presses(&asking, "/@bob", &of_bob, "follow");
    presses(&asked, "/@alice", &of_alice, "remove_follower");
    assert_eq!((is("requested"), is("following")), (json!(false), json!(false)));
    presses(&asking, "/@bob", &of_bob, "follow");
    presses(&asked, "/@alice", &of_alice, "accept");
    assert_eq!((is("requested"), is("following")), (json!(false), json!(true)));
    assert_eq!(sends(&asked, "/@alice", "7", &[("do", "accept")]).status, 404);
}

#[test]
fn a_mute_has_an_end_and_may_let_notifications_through() {
    let (_, alice, bob) = people();
    let (browser, of_bob) = (Browser::of(&alice), bob.id.to_string());
    let mute = |fields: &[(&str, &str)]| {
        let mut all = vec![("do", "mute")];
        all.extend(fields);
        sends(&browser, "/@bob", &of_bob, &all).status
    };
    let is = |what: &str| relationship(&alice, &of_bob)[what].clone();
    assert_eq!(mute(&[("duration", "86400"), ("notifications", "1")]), 303);
    assert_eq!((is("muting"), is("muting_notifications")), (json!(true), json!(true)));
    let until = is("muting_expires_at").as_str().unwrap()[..10].to_owned();
    let shown = section(&browser, "/@bob");
    assert!(shown.contains(&format!("Muted until {until}")), "{until}: {shown}");
    presses(&browser, "/@bob", &of_bob, "unmute");
    assert_eq!(is("muting"), false);
    assert_eq!(mute(&[("duration", "0")]), 303);
    assert_eq!((is("muting_notifications"), is("muting_expires_at")), (json!(false), Value::Null));
    assert!(section(&browser, "/@bob").contains(">Muted</p>"));
    for bad in ["-1", "999999999999"] {
        assert_eq!(mute(&[("duration", bad)]), 422, "{bad}");
    }
}

#[test]
fn a_note_is_for_its_writer_alone() {
    let (_, alice, bob) = people();
    let (browser, of_bob) = (Browser::of(&alice), bob.id.to_string());
    let write = |note: &str| sends(&browser, "/@bob", &of_bob, &[("do", "note"), ("note", note)]);
    let kept = || relationship(&alice, &of_bob)["note"].clone();
    assert_eq!(write("from <school>\r\nand work").status, 303);
    assert_eq!(kept(), "from <school>\nand work");
    assert!(section(&browser, "/@bob").contains("from &lt;school&gt;\nand work"));
    assert!(!Browser::of(&bob).get("/@bob", "en").contains("school"));
    let long = format!("<b>{}", "x".repeat(2000));
    let refused = write(&long);
    let html = text(&refused);
    assert_eq!(refused.status, 422);
    assert!(
        html.contains("at most 2000 characters") && html.contains(&long.replace("<b>", "&lt;b&gt;")),
        "{html}"
    );
    // What was typed can be sent from there.
    assert!(html.contains("action=\"/ties\"") && html.contains("name=\"next\" value=\"/@bob\""), "{html}");
    assert_eq!(kept(), "from <school>\nand work");
    assert_eq!(write(" ").status, 303);
    assert_eq!(kept(), "");
}

#[test]
fn nobody_changes_anything_by_a_form_that_is_not_theirs() {
    let (app, alice, bob) = people();
    let carol = app.person("carol");
    let (browser, other) = (Browser::of(&alice), Browser::of(&carol));
    let of_bob = bob.id.to_string();
    let post = |browser: &Browser, token: &str, account: &str, what: &str, next: &str| {
        let fields = [("form", token), ("account", account), ("do", what), ("next", next)];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        browser.send("POST", "/ties", &body, "en")
    };
    let token = browser.token("/@bob");
    bob.posts("of bob");
    let home = browser.token("/home");
    for wrong in [other.token("/@bob"), home, String::new(), "1.x".into()] {
        assert_eq!(post(&browser, &wrong, &of_bob, "follow", "/@bob").status, 403, "{wrong}");
    }
    let stranger = Browser::new(&app);
    assert_eq!(location(&post(&stranger, &token, &of_bob, "follow", "/@bob")), "/sign_in?next=%2Fhome");
    assert!(section(&stranger, "/@bob").is_empty());
    let follow_from = |browser: &Browser| browser.get("/@bob", "en").contains("/interact?uri=");
    assert!(follow_from(&stranger) && !follow_from(&browser));
    assert!(section(&browser, "/@alice").is_empty());
    for nobody in [&alice.id.to_string(), "7", "x", ""] {
        for what in ["follow", "mute", "block", "note", "unmute"] {
            assert_eq!(post(&browser, &token, nobody, what, "/").status, 404, "{nobody} {what}");
        }
    }
    for what in ["explode", "", "block_domain"] {
        assert_eq!(post(&browser, &token, &of_bob, what, "/").status, 400, "{what}");
    }
    for next in ["https://evil.example/", "//evil.example", "javascript:alert(1)"] {
        assert_eq!(location(&post(&browser, &token, &of_bob, "unmute", next)), "/", "{next}");
    }
    // Who is blocked is offered no follow, and gets none.
    bob.post(&format!("/api/v1/accounts/{}/block", alice.id), json!({}));
    assert!(!section(&browser, "/@bob").contains("value=\"follow\""));
    assert_eq!(post(&browser, &token, &of_bob, "follow", "/").status, 403);
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 0);
    // Who has moved sees and does nothing.
    carol.follows(&bob);
    let token = other.token("/@bob");
    app.write("UPDATE accounts SET moved_to_uri = 'https://b.example/users/carol' WHERE username = 'carol'");
    assert!(!other.get("/@bob", "en").contains("<form"));
    assert_eq!(post(&other, &token, &of_bob, "unfollow", "/").status, 403);
    assert_eq!(app.count("SELECT count(*) AS n FROM follows"), 1);
    // Nobody follows who has moved.
    assert!(!section(&browser, "/@carol").contains("value=\"unfollow\""));
}

#[test]
fn an_account_of_another_server_has_a_page_for_people_here() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    for n in 1..=2 {
        let more = if n == 1 {
            json!({"attachment": [{"type": "Document", "mediaType": "image/png", "url": "https://b.example/a.png"}]})
        } else {
            json!({})
        };
        let note = remote.note(&bob, n, more);
        assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    }
    settle(&[&app]);
    let (browser, stranger, page) = (Browser::of(&alice), Browser::new(&app), "/@bob@b.example");
    let html = browser.get(page, "en");
    assert!(html.contains("note 1") && html.contains("note 2") && html.contains("noindex"), "{html}");
    assert!(
        html.contains(&format!("href=\"{page}/media\"")) && html.contains("Profile on b.example"),
        "{html}"
    );
    assert!(
        !html.contains("og:title") && !html.contains(".rss") && !html.contains("application/rss"),
        "{html}"
    );
    let media = browser.get(&format!("{page}/media"), "en");
    let tiles = media.split("<ul class=\"gallery\">").nth(1).unwrap();
    assert!(
        tiles.starts_with(&format!("<li><a href=\"{page}/")) && tiles.matches("<li>").count() == 1,
        "{media}"
    );
    assert_eq!(browser.status(&format!("{page}/with_replies")), 200);
    // Strangers come to the page there.
    let there = alice.finds("bob@b.example")["url"].as_str().unwrap().to_owned();
    for tab in ["", "/with_replies", "/media"] {
        let answer = stranger.page(&format!("{page}{tab}"));
        assert_eq!((answer.status, location(&answer)), (303, there.as_str()), "{tab}");
    }
    for unknown in ["/@nobody@b.example", "/@bob@c.example", "/@bob@-", "/@bob"] {
        assert_eq!((browser.status(unknown), stranger.status(unknown)), (404, 404), "{unknown}");
    }
    // Names lead people here to it, and strangers to the other server.
    let status = alice.home().remove(0);
    let own = alice.posts("an own one");
    assert_eq!(
        remote.sends(
            &app,
            &json!({"id": remote.uri("/likes/1"), "type": "Like", "actor": bob["id"], "object": own["uri"]})
        ),
        202
    );
    settle(&[&app]);
    let likes = format!("/@alice/{}/favourites", id(&own));
    for shown in ["/home".to_owned(), format!("{page}/{}", id(&status)), likes.clone()] {
        assert!(browser.get(&shown, "en").contains(&format!("class=\"name\" href=\"{page}\"")), "{shown}");
    }
    assert!(stranger.get(&likes, "en").contains(&format!("href=\"{there}\"")));
    // Ties are here as on other profiles, and with its whole server.
    let of_bob = id(&alice.finds("bob@b.example")).to_owned();
    let is = |what: &str| relationship(&alice, &of_bob)[what].clone();
    presses(&browser, page, &of_bob, "unfollow");
    assert_eq!(is("following"), false);
    presses(&browser, page, &of_bob, "follow");
    assert_eq!(is("requested"), true);
    presses(&browser, page, &of_bob, "block_domain");
    assert_eq!((is("domain_blocking"), is("requested")), (json!(true), json!(false)));
    let shown = section(&browser, page);
    assert!(shown.contains("Their server is blocked") && !shown.contains("value=\"follow\""), "{shown}");
    presses(&browser, page, &of_bob, "unblock_domain");
    assert_eq!(is("domain_blocking"), false);
    settle(&[&app]);
    let got = remote.got();
    assert!(got.iter().any(|kind| kind == "Undo") && got.iter().any(|kind| kind == "Follow"), "{got:?}");
    // Only a page of the web is led to.
    app.write("UPDATE accounts SET url = 'javascript:alert(1)' WHERE username = 'bob'");
    assert_eq!(stranger.status(page), 404);
    app.write("UPDATE accounts SET url = 'https://b.example/@bob', suspended_at = 1 WHERE username = 'bob'");
    assert_eq!((browser.status(page), stranger.status(page)), (404, 404));
}
