//! What pages say is in the language of their reader.

use serde_json::{Value, json};
use sori::http::response::Response;
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, PASSWORD, SETUP_CODE, TestApp, people};
use crate::browser::Browser;

/// The text of a page's main part, without markup.
fn text(response: &Response) -> String {
    let html = String::from_utf8(response.body.clone()).unwrap();
    let main = html.split("<main id=\"main\">").nth(1).unwrap_or(&html).split("</main>").next().unwrap();
    main.split('<')
        .map(|part| part.split_once('>').map_or(part, |(_, text)| text))
        .collect::<Vec<_>>()
        .join("\n")
}

/// A line of a Korean page with three English words in a row.
fn english(response: &Response) -> Option<String> {
    let is_word = |word: &&str| {
        word.len() > 1 && word.bytes().all(|b| b.is_ascii_alphabetic() || b",.:;'".contains(&b))
    };
    let text = text(response);
    let found = text.lines().find(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.windows(3).any(|three| three.iter().all(is_word))
    });
    found.map(str::to_owned)
}

fn client(app: &TestApp, scopes: &str) -> Value {
    let asked = json!({"client_name": "앱", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": scopes});
    let answer = app.request("POST", "/api/v1/apps", None, Some(asked));
    serde_json::from_slice(&answer.body).unwrap()
}

/// The consent page's address.
fn address(client: &Value, extra: &[(&str, &str)]) -> String {
    let mut all = vec![
        ("client_id", client["client_id"].as_str().unwrap()),
        ("redirect_uri", "urn:ietf:wg:oauth:2.0:oob"),
        ("response_type", "code"),
        ("scope", "read"),
    ];
    all.retain(|(name, _)| !extra.iter().any(|(other, _)| name == other));
    all.extend(extra);
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
    format!("/oauth/authorize?{query}")
}

#[test]
fn errors_of_the_set_up_are_in_the_language_of_the_page() {
    let app = TestApp::empty(&Network::new(1), "a.example", &Clock::fixed(NOW));
    let browser = Browser::new(&app);
    let long = "x".repeat(129);
    for (username, password) in [
        ("", PASSWORD),
        ("a b", PASSWORD),
        ("한글", PASSWORD),
        (&long[..31], PASSWORD),
        ("alice", "short"),
        ("alice", &long),
        ("alice", "password"),
    ] {
        let page = browser.get("/setup", "ko");
        let token = page.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("form", token), ("code", SETUP_CODE), ("title", "x")])
            .extend_pairs([("username", username), ("password", password)])
            .finish();
        let answer = browser.send("POST", "/setup", &body, "ko");
        assert_eq!(answer.status, 422, "{username:?} {password:?}");
        let html = String::from_utf8(answer.body).unwrap();
        let error = html.split("role=\"alert\">").nth(1).unwrap().split('<').next().unwrap();
        assert!(error.chars().any(|c| ('가'..='힣').contains(&c)), "{username:?} {password:?}: {error}");
        assert!(!error.contains("ERR_") && !error.contains("Validation"), "{error}");
    }
}

#[test]
fn pages_of_errors_are_in_the_language_of_their_reader() {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    let client = client(&app, "read");
    let long = "s".repeat(5_000);
    for (asked, status) in [
        ("/nothing".to_owned(), 404),
        (address(&client, &[("scope", "write")]), 400),
        (address(&client, &[("scope", "nonsense")]), 400),
        (address(&client, &[("state", &long)]), 400),
        (address(&client, &[("response_type", "token")]), 400),
        (address(&client, &[("code_challenge", "x")]), 400),
        (address(&client, &[("code_challenge", "x"), ("code_challenge_method", "S256")]), 400),
        (address(&client, &[("client_id", "x")]), 400),
        (address(&client, &[("redirect_uri", "x://y")]), 400),
    ] {
        let page = browser.send("GET", &asked, "", "ko");
        assert_eq!(page.status, status, "{asked:.200}");
        assert_eq!(english(&page), None, "{asked:.200}");
    }
    for (method, path, body, status) in [
        ("PUT", "/about", "", 405),
        ("POST", "/sign_in", "form=x", 403),
        ("POST", "/sign_out", "form=x", 403),
        ("POST", "/settings/migration", "form=x", 403),
        ("POST", "/settings/delete", "form=x", 403),
        ("POST", "/settings/old-posts", "form=x", 403),
    ] {
        let page = browser.send(method, path, body, "ko");
        assert_eq!(page.status, status, "{method} {path}");
        assert_eq!(english(&page), None, "{method} {path}");
    }
    // What cannot be read at all.
    let mut request = sori::http::request::Request {
        method: "POST".into(),
        path: "/sign_in".into(),
        body: b"{".to_vec(),
        ..Default::default()
    };
    request.headers.add("content-type", "application/json");
    request.headers.add("accept-language", "ko");
    let page = app.send(request);
    assert!(page.status >= 400 && english(&page).is_none(), "{} {:?}", page.status, english(&page));
}

#[test]
fn who_refuses_an_app_is_told_so_in_words() {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    let asked = address(&client(&app, "read"), &[]);
    for (language, said) in [("ko", "거절"), ("en", "refused")] {
        let page = browser.get(&asked, language);
        let token = page.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let body = format!("{}&decision=deny&form={token}", asked.split_once('?').unwrap().1);
        let done = browser.send("POST", "/oauth/authorize", &body, language);
        assert_eq!(done.status, 403);
        assert!(text(&done).contains(said), "{}", text(&done));
        if language == "ko" {
            assert_eq!(english(&done), None);
        }
    }
}

#[test]
fn the_consent_page_says_in_words_what_an_app_may_do() {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    let all = sori::model::scope::all().join(" ");
    let asked = address(&client(&app, &all), &[("scope", &all)]);
    for language in ["en", "ko"] {
        let page = browser.send("GET", &asked, "", language);
        assert_eq!(page.status, 200);
        let text = text(&page);
        for scope in sori::model::scope::all() {
            assert!(!text.lines().any(|line| line.trim() == scope), "{language}: {scope}");
        }
        assert!(!text.contains("read:") && !text.contains("admin:"), "{text}");
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let mut sorted = lines.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert!(lines.len() >= sori::model::scope::all().len() && sorted.len() + 3 >= lines.len(), "{text}");
    }
    let page = browser.send("GET", &asked, "", "ko");
    assert_eq!(english(&page), None);
}

#[test]
fn pages_of_errors_bear_the_name_of_the_server() {
    let (app, ..) = people();
    for path in ["/nothing", "/@nobody", "/oauth/authorize?client_id=x"] {
        app.restart();
        let page = Browser::new(&app).page(path);
        let html = String::from_utf8(page.body).unwrap();
        assert!(html.contains("<span>Sori at a.example</span>"), "{path}: {html}");
        assert!(html.contains("· Sori at a.example</title>"), "{path}: {html}");
    }
}

#[test]
fn a_language_that_was_chosen_stays_after_a_form() {
    let (app, _, _) = people();
    let browser = Browser::new(&app);
    let page = browser.send("GET", "/sign_in?lang=ko", "", "en");
    assert!(text(&page).contains("비밀번호"));
    let wrong = browser.sign_in("alice", "guess", "/");
    assert!(text(&wrong).contains("맞지 않아요"), "{}", text(&wrong));
    assert!(text(&browser.page("/privacy-policy")).contains("개인정보"));
    // Until another one is chosen; what is no language changes nothing.
    browser.page("/sign_in?lang=xx");
    assert!(text(&browser.page("/sign_in")).contains("비밀번호"));
    browser.page("/sign_in?lang=en");
    assert!(text(&browser.page("/sign_in")).contains("Password"));
}
