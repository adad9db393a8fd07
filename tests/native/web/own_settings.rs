//! One's own profile and preferences, lists of follows, and what one has muted and blocked.

use serde_json::{Value, json};
use sori::http::response::Response;

use crate::api::media::png;
use crate::app::{Person, TestApp, people};
use crate::browser::Browser;
use crate::remote::cast;

const PROFILE: &str = "/settings/profile";
const PREFERENCES: &str = "/settings/preferences";
const MUTED: &str = "/settings/muted";

fn text(answer: &Response) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

fn location(answer: &Response) -> &str {
    answer.header("location").unwrap_or_default()
}

/// Sends the form of the profile, with a file where there is one.
fn saves(browser: &Browser, fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Response {
    let token = browser.token(PROFILE);
    let mut all = vec![("form", token.as_str())];
    all.extend(fields);
    browser.upload(PROFILE, &all, file)
}

fn own(person: &Person) -> Value {
    person.get("/api/v1/profile")
}

#[test]
fn a_profile_is_changed_as_a_whole() {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    assert_eq!(location(&Browser::new(&app).page(PROFILE)), "/sign_in?next=%2Fsettings%2Fprofile");
    assert!(browser.get("/@alice", "en").contains("href=\"/settings/profile\""));
    assert!(!browser.get("/@bob", "en").contains("href=\"/settings/profile\""));
    let typed = [
        ("display_name", "Alice <A>"),
        ("note", "one\r\ntwo"),
        ("name_0", "site"),
        ("value_0", "https://alice.example"),
        ("name_3", "last"),
        ("value_3", "field"),
        ("avatar_description", "a fern"),
        ("locked", "1"),
        ("discoverable", "1"),
        ("hide_collections", "1"),
        ("show_media", "1"),
        ("attribution_domains", "Blog.example\r\n\r\nnews.example"),
    ];
    let saved = saves(&browser, &typed, None);
    assert_eq!((saved.status, location(&saved)), (303, "/settings/profile?saved=1"), "{}", text(&saved));
    let profile = own(&alice);
    assert_eq!((&profile["display_name"], &profile["note"]), (&json!("Alice <A>"), &json!("one\ntwo")));
    assert_eq!(
        (profile["fields"].as_array().unwrap().len(), &profile["fields"][1]["value"]),
        (2, &json!("field"))
    );
    assert_eq!(profile["avatar_description"], "a fern");
    for (name, is_on) in [
        ("locked", true),
        ("bot", false),
        ("discoverable", true),
        ("indexable", false),
        ("hide_collections", true),
        ("show_media", true),
        ("show_media_replies", false),
        ("show_featured", false),
    ] {
        assert_eq!(profile[name], is_on, "{name}");
    }
    let html = browser.get("/settings/profile?saved=1", "en");
    for shown in [
        "Saved.",
        "value=\"Alice &lt;A&gt;\"",
        ">one\ntwo</textarea>",
        "name=\"locked\" value=\"1\" checked",
        "name=\"bot\" value=\"1\">",
    ] {
        assert!(html.contains(shown), "{shown}: {html}");
    }
    assert_eq!(profile["attribution_domains"], json!(["blog.example", "news.example"]));
    assert!(html.contains(">blog.example\nnews.example</textarea>"), "{html}");
    let refused = saves(&browser, &[("attribution_domains", "no domain")], None);
    assert!(
        refused.status == 422 && text(&refused).contains("One of the sites is no domain"),
        "{}",
        text(&refused)
    );
    assert!(text(&refused).contains(">no domain</textarea>"));
    // What is not checked is switched off.
    assert_eq!(saves(&browser, &[("bot", "1"), ("indexable", "1")], None).status, 303);
    let profile = own(&alice);
    assert_eq!(
        (&profile["locked"], &profile["bot"], &profile["indexable"]),
        (&json!(false), &json!(true), &json!(true))
    );
    assert_eq!(profile["fields"], json!([]));
}

#[test]
fn pictures_are_uploaded_and_removed() {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    let file = png(3, 2);
    for place in ["avatar", "header"] {
        assert!(!browser.get(PROFILE, "en").contains(&format!("remove_{place}")));
        let saved = saves(&browser, &[("display_name", "Al")], Some((place, &file)));
        assert_eq!(saved.status, 303, "{}", text(&saved));
        let url = own(&alice)[place].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
        assert_eq!(app.request("GET", &url, None, None).status, 200);
        assert!(browser.get(PROFILE, "en").contains(&url), "{url}");
        // It stays where no other is sent.
        assert_eq!(saves(&browser, &[("display_name", "Al")], None).status, 303);
        assert!(own(&alice)[place].is_string());
        assert_eq!(saves(&browser, &[(&format!("remove_{place}"), "1")], None).status, 303);
        assert_eq!(own(&alice)[place], Value::Null);
    }
    // What is no picture changes nothing, and what was typed is still there.
    let refused =
        saves(&browser, &[("display_name", "Kept"), ("locked", "1")], Some(("avatar", b"no picture")));
    let html = text(&refused);
    assert_eq!(refused.status, 422);
    assert!(html.contains("This picture cannot be used") && html.contains("value=\"Kept\""), "{html}");
    assert!(html.contains("name=\"locked\" value=\"1\" checked"), "{html}");
    assert_ne!(own(&alice)["display_name"], "Kept");
}

#[test]
fn what_is_too_long_is_shown_again_and_forged_forms_change_nothing() {
    let (app, alice, bob) = people();
    let browser = Browser::of(&alice);
    let long = "x".repeat(501);
    for (name, said) in [
        ("display_name", "Name: at most 40 characters."),
        ("note", "About you: at most 500 characters."),
        ("header_description", "Description of the picture: at most 150 characters."),
        ("value_2", "Fields: at most 255 characters."),
    ] {
        let refused = saves(&browser, &[(name, &long), ("name_1", "typed <too>")], None);
        let html = text(&refused);
        assert_eq!(refused.status, 422, "{name}");
        assert!(
            html.contains(said) && html.contains(&long) && html.contains("typed &lt;too&gt;"),
            "{name}: {html}"
        );
    }
    let other = Browser::of(&bob);
    for wrong in [other.token(PROFILE), browser.token(PREFERENCES), String::new()] {
        let fields = [("form", wrong.as_str()), ("display_name", "forged")];
        let refused = browser.upload(PROFILE, &fields, Some(("avatar", &png(2, 2))));
        assert_eq!(refused.status, 403);
        assert!(text(&refused).contains("value=\"forged\""));
    }
    assert_eq!(Browser::new(&app).upload(PROFILE, &[("display_name", "x")], None).status, 303);
    let before = own(&alice);
    assert_eq!((&before["display_name"], &before["avatar"]), (&json!(""), &Value::Null));
    // Who has moved reads it.
    let token = browser.token(PROFILE);
    app.write("UPDATE accounts SET moved_to_uri = 'https://b.example/users/alice' WHERE username = 'alice'");
    for page in [PROFILE, PREFERENCES] {
        let html = browser.get(page, "en");
        assert!(
            html.contains("This account has moved") && !html.contains("method=\"post\" action=\"/settings"),
            "{html}"
        );
    }
    assert_eq!(browser.upload(PROFILE, &[("form", &token), ("display_name", "late")], None).status, 403);
    assert_eq!(app.account("alice").display_name, "");
}

#[test]
fn new_posts_begin_as_the_preferences_say() {
    let (app, alice, bob) = people();
    let browser = Browser::of(&alice);
    let set = |fields: &[(&str, &str)]| browser.submit(PREFERENCES, PREFERENCES, fields);
    let have = || alice.get("/api/v1/preferences");
    let good = [
        ("visibility", "private"),
        ("quote_policy", "nobody"),
        ("language", " KO "),
        ("sensitive", "1"),
        ("pages", "ja"),
    ];
    let saved = set(&good);
    assert_eq!(
        (saved.status, location(&saved)),
        (303, "/settings/preferences?saved=1&lang=ja"),
        "{}",
        text(&saved)
    );
    let now = have();
    for (name, value) in [
        ("visibility", json!("private")),
        ("quote_policy", json!("nobody")),
        ("language", json!("ko")),
        ("sensitive", json!(true)),
    ] {
        assert_eq!(now[format!("posting:default:{name}")], value, "{name}");
    }
    // The browser keeps the language of the pages.
    assert!(browser.get(location(&saved), "en").contains("保存しました"));
    assert!(browser.get(PREFERENCES, "en").contains("<html lang=\"ja\">"));
    let html = browser.get(&format!("{PREFERENCES}?lang=en"), "en");
    assert!(
        html.contains("value=\"private\" selected")
            && html.contains("value=\"nobody\" selected")
            && html.contains("value=\"ko\" lang=\"ko\" selected"),
        "{html}"
    );
    assert!(browser.get("/home", "en").contains("value=\"private\" selected"));
    for (name, bad) in
        [("language", "klingon"), ("visibility", "direct"), ("visibility", "x"), ("quote_policy", "x")]
    {
        let mut fields: Vec<_> =
            vec![("visibility", "unlisted"), ("quote_policy", "public"), ("language", "en")];
        fields.retain(|(known, _)| *known != name);
        fields.push((name, bad));
        let refused = set(&fields);
        assert_eq!(refused.status, 422, "{name}={bad}");
        let html = text(&refused);
        assert!(
            name != "language"
                || html.contains("value=\"klingon\"") && html.contains("value=\"unlisted\" selected"),
            "{html}"
        );
    }
    let token = Browser::of(&bob).token(PREFERENCES);
    let body = format!("form={token}&visibility=public&quote_policy=public");
    assert_eq!(browser.send("POST", PREFERENCES, &body, "en").status, 403);
    assert_eq!(Browser::new(&app).send("POST", PREFERENCES, &body, "en").status, 303);
    assert_eq!(have(), now);
    // An empty language is none.
    assert_eq!(set(&[("visibility", "public"), ("quote_policy", "public"), ("language", "")]).status, 303);
    assert_eq!(have()["posting:default:language"], Value::Null);
}

#[test]
fn follows_are_listed_by_pages_unless_their_owner_hides_them() {
    let (app, alice, bob) = people();
    let browser = Browser::new(&app);
    assert!(browser.get("/@alice/followers", "en").contains("Nobody yet."));
    let all: Vec<Person> = (0..41).map(|n| app.person(&format!("fan{n}"))).collect();
    for fan in &all {
        app.clock.advance(10);
        fan.follows(&alice);
    }
    alice.follows(&bob);
    let profile = browser.get("/@alice", "en");
    for path in ["followers", "following"] {
        assert!(profile.contains(&format!("href=\"https://a.example/@alice/{path}\"")), "{profile}");
    }
    let first = browser.get("/@alice/followers", "en");
    assert_eq!(first.matches("class=\"name\"").count(), 40);
    assert!(first.contains("@fan40@") && !first.contains("@fan0@") && first.contains("noindex"), "{first}");
    let next =
        first.split("rel=\"next\" href=\"https://a.example").nth(1).unwrap().split('"').next().unwrap();
    let second = browser.get(next, "en");
    assert!(second.contains("@fan0@") && !second.contains("rel=\"next\""), "{second}");
    let following = browser.get("/@alice/following", "en");
    assert!(following.contains("@bob@a.example") && !following.contains("@fan"), "{following}");
    // Who is blocked reads the same as of a hidden list.
    let blocked = Browser::of(&all[0]);
    alice.post(&format!("/api/v1/accounts/{}/block", all[0].id), json!({}));
    let of_blocked = blocked.get("/@alice/followers", "en");
    assert!(
        of_blocked.contains("This list is not shown.") && !of_blocked.contains("@fan40@"),
        "{of_blocked}"
    );
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"hide_collections": true})));
    for path in ["followers", "following"] {
        let page = format!("/@alice/{path}");
        for reader in [&browser, &Browser::of(&bob)] {
            let html = reader.get(&page, "en");
            assert!(html.contains("This list is not shown.") && !html.contains("class=\"name\""), "{html}");
        }
        assert!(Browser::of(&alice).get(&page, "en").contains("class=\"name\""));
    }
    assert_eq!(browser.status("/@nobody/followers"), 404);
}

#[test]
fn mutes_and_blocks_are_listed_and_undone() {
    let (app, _, _) = cast();
    let (alice, carol): (Person, Person) = (app.person("alice"), app.person("carol"));
    let browser = Browser::of(&alice);
    assert_eq!(location(&Browser::new(&app).page(MUTED)), "/sign_in?next=%2Fsettings%2Fmuted");
    let bob = alice.finds("bob@b.example")["id"].as_str().unwrap().to_owned();
    let of_carol = carol.id.to_string();
    let is = |account: &str, what: &str| {
        alice.get(&format!("/api/v1/accounts/relationships?id[]={account}"))[0][what].clone()
    };
    let lists = ["", "?list=blocked", "?list=domains"].map(|list| format!("{MUTED}{list}"));
    for list in &lists {
        assert!(browser.get(list, "en").contains("Nobody yet."), "{list}");
    }
    alice.post(&format!("/api/v1/accounts/{bob}/mute"), json!({"duration": 3600}));
    alice.post(&format!("/api/v1/accounts/{of_carol}/block"), json!({}));
    alice.post("/api/v1/domain_blocks", json!({"domain": "spam.example"}));
    let [muted, blocked, domains] = &lists;
    let html = browser.get(muted, "en");
    assert!(
        html.contains("href=\"/@bob@b.example\"")
            && html.contains("Muted until")
            && !html.contains("@carol@"),
        "{html}"
    );
    let html = browser.get(blocked, "en");
    assert!(html.contains("@carol@a.example") && !html.contains("@bob@"), "{html}");
    assert!(browser.get(domains, "en").contains("spam.example"));
    assert_eq!(Browser::of(&carol).get(domains, "en").matches("spam.example").count(), 0);
    for (list, fields) in [
        (muted, [("do", "unmute"), ("account", bob.as_str())]),
        (blocked, [("do", "unblock"), ("account", of_carol.as_str())]),
        (domains, [("do", "unblock_domain"), ("domain", "spam.example")]),
    ] {
        let html = browser.get(list, "en");
        let row = html.split("<ul class=\"people\">").nth(1).unwrap().split("</ul>").next().unwrap();
        for (name, value) in fields {
            assert!(row.contains(&format!("name=\"{name}\" value=\"{value}\"")), "{name}: {row}");
        }
        let token = row.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let mut all = vec![("form", token), ("next", list.as_str())];
        all.extend(fields);
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
        let done = browser.send("POST", "/ties", &body, "en");
        assert_eq!((done.status, location(&done)), (303, list.as_str()), "{}", text(&done));
        assert!(browser.get(list, "en").contains("Nobody yet."), "{list}");
    }
    assert_eq!((is(&bob, "muting"), is(&of_carol, "blocking")), (json!(false), json!(false)));
    assert_eq!(alice.get("/api/v1/domain_blocks"), json!([]));
    // What is no list is the first one.
    assert_eq!(browser.status(&format!("{MUTED}?list=x")), 200);
}

#[test]
fn a_list_of_blocked_servers_goes_on() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    for n in 0..41 {
        app.clock.advance(10);
        alice.post("/api/v1/domain_blocks", json!({"domain": format!("s{n}.example")}));
    }
    let browser = Browser::of(&alice);
    let html = browser.get("/settings/muted?list=domains", "en");
    assert!(html.contains(">s40.example<") && !html.contains(">s0.example<"), "{html}");
    let next =
        html.split("rel=\"next\" href=\"").nth(1).unwrap().split('"').next().unwrap().replace("&amp;", "&");
    assert!(browser.get(&next, "en").contains(">s0.example<"), "{next}");
}
