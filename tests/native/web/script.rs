//! The script of the pages: what a page gives it, and the client API by the session.

use serde_json::{Value, json};
use sori::http::handler::Access;
use sori::http::response::Response;

use crate::app::{DAY, MINUTE, Person, id, people};
use crate::browser::Browser;
use crate::streaming::listener;

/// The token that a page has for its script.
fn token(browser: &Browser) -> String {
    let page = browser.get("/home", "en");
    page.split("name=\"sori-form\" content=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// The status of a request with this token, whose cookies are those of the browser.
fn asks(browser: &Browser, token: &str, method: &str, target: &str) -> Response {
    browser.api(&[("sori-form", token)], method, target)
}

fn me(browser: &Browser, token: &str) -> u16 {
    asks(browser, token, "GET", "/api/v1/accounts/verify_credentials").status
}

fn value(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

#[test]
fn a_page_has_the_script_its_words_and_a_strict_policy() {
    let (app, alice, bob) = people();
    bob.posts("hello");
    let (inside, stranger) = (Browser::of(&alice), Browser::new(&app));
    let script = format!("<script type=\"module\" src=\"{}\"></script>", sori::web::asset("script.js"));
    for (browser, page, has_token) in [
        (&inside, "/home", true),
        (&inside, "/settings/profile", true),
        (&inside, "/public/local", true),
        (&stranger, "/public/local", false),
        (&stranger, "/@bob", false),
    ] {
        let answer = browser.page(page);
        let policy = answer.header("content-security-policy").unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{page}: {policy}");
        for part in [
            "script-src 'self';",
            "connect-src 'self';",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ] {
            assert!(policy.contains(part), "{page}: {policy}");
        }
        let html = String::from_utf8(answer.body).unwrap();
        assert_eq!(html.matches("<script").count(), 2, "{page}");
        assert!(html.contains(&script), "{page}");
        assert_eq!(html.contains("name=\"sori-form\""), has_token, "{page}");
        let words = html.split("<script id=\"words\" type=\"application/json\">").nth(1).unwrap();
        let words: Value = serde_json::from_str(words.split("</script>").next().unwrap()).unwrap();
        assert_eq!(words["minutes"], json!(["{n} min", "{n} min"]), "{page}");
        assert_eq!(words["failed"].is_string(), has_token, "{page}");
    }
    for page in ["/reset/x", "/nothing"] {
        let answer = stranger.page(page);
        assert!(!answer.header("content-security-policy").unwrap().contains("script-src"), "{page}");
        assert!(!String::from_utf8(answer.body).unwrap().contains("<script"), "{page}");
    }
    assert!(!inside.get("/home", "en").contains("data-live"));
    app.live.bind();
    assert!(inside.get("/home", "en").contains(" data-live>"));
    assert!(inside.get("/home", "ko").contains("새 글 {n}개"));
}

#[test]
fn a_session_with_the_token_of_its_page_reads_as_its_person() {
    let (_, alice, bob) = people();
    let own = alice.post("/api/v1/statuses", json!({"status": "mine", "visibility": "private"}));
    let private = bob.post("/api/v1/statuses", json!({"status": "theirs", "visibility": "direct"}));
    let browser = Browser::of(&alice);
    let token = token(&browser);
    let answer = asks(&browser, &token, "GET", "/api/v1/accounts/verify_credentials");
    assert_eq!((answer.status, &value(&answer)["username"]), (200, &json!("alice")));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    let of = |status: &Value| format!("/api/v1/statuses/{}", id(status));
    assert_eq!(asks(&browser, &token, "GET", &of(&own)).status, 200);
    assert_eq!(asks(&browser, &token, "GET", &of(&private)).status, 404);
    // What the preload of a token does is done without.
    assert_eq!(value(&asks(&browser, &token, "GET", "/api/v1/timelines/home"))[0]["id"], own["id"]);
    assert_eq!(asks(&browser, &token, "GET", "/api/v2/notifications/unread_count").status, 200);
    let picture = crate::api::media::png(4, 4);
    let file = (("file", "a.png"), picture.as_slice());
    let upload = browser.upload_by_script(&token, "/api/v2/media", file);
    assert_eq!(upload.status, 200, "{}", String::from_utf8_lossy(&upload.body));
    // A bearer token comes first, whose ever it is.
    let bearer = format!("Bearer {}", bob.token);
    let headers = [("sori-form", token.as_str()), ("authorization", bearer.as_str())];
    let answer = browser.api(&headers, "GET", "/api/v1/accounts/verify_credentials");
    assert_eq!(value(&answer)["username"], "bob");
}

#[test]
fn a_cookie_alone_a_stale_token_or_anothers_is_nobodys() {
    let (app, alice, bob) = people();
    let (hers, his, stranger) = (Browser::of(&alice), Browser::of(&bob), Browser::new(&app));
    let (a, b) = (token(&hers), token(&his));
    assert_eq!((me(&hers, &a), me(&his, &b)), (200, 200));
    for (browser, token) in [(&hers, b.as_str()), (&his, &*a), (&stranger, &*a), (&hers, "x"), (&hers, "9.x")]
    {
        assert_eq!(me(browser, token), 401, "{token}");
        // Not even as a stranger.
        assert_eq!(asks(browser, token, "GET", "/api/v1/timelines/public").status, 401, "{token}");
    }
    let alone = hers.api(&[], "GET", "/api/v1/accounts/verify_credentials");
    assert_eq!(alone.status, 401);
    let own = alice.post("/api/v1/statuses", json!({"status": "x", "visibility": "private"}));
    assert_eq!(hers.api(&[], "GET", &format!("/api/v1/statuses/{}", id(&own))).status, 404);
    // The tokens of forms are others.
    bob.posts("to act on");
    assert_eq!(me(&hers, &hers.reading_token("/public/local")), 401);
    // The parameter is for WebSockets alone.
    let target = format!("/api/v1/accounts/verify_credentials?form={a}");
    assert_eq!(hers.api(&[], "GET", &target).status, 401);
    // Another session of the same person's is another session.
    let again = Browser::of(&alice);
    assert_eq!((me(&again, &a), me(&again, &token(&again))), (401, 200));
    app.clock.advance(DAY + MINUTE);
    assert_eq!((me(&hers, &a), me(&hers, &token(&hers))), (401, 200));
    let a = token(&hers);
    app.write("UPDATE accounts SET suspended_at = 1 WHERE username = 'alice'");
    assert_eq!(me(&hers, &a), 403);
}

#[test]
fn a_session_reads_and_uploads_and_may_do_nothing_else() {
    let (app, alice, _) = people();
    let browser = Browser::of(&alice);
    let token = token(&browser);
    let mut tried = 0;
    for (_, route) in sori::routes::all() {
        let Access::User(scope, _) = route.access else { continue };
        let is_read = scope == "profile" || scope == "read" || scope.starts_with("read:");
        if is_read || scope == "write:media" {
            continue;
        }
        tried += 1;
        if tried % 100 == 0 {
            app.clock.advance(5 * MINUTE);
        }
        let path: Vec<&str> =
            route.pattern.split('/').map(|s| if s.starts_with('{') { "1" } else { s }).collect();
        let answer = asks(&browser, &token, route.method, &path.join("/"));
        assert_eq!(answer.status, 403, "{} {}", route.method, route.pattern);
        assert_eq!(value(&answer)["error"], "This action is outside the authorized scopes");
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(asks(&browser, &token, "POST", "/api/v1/accounts").status, 403);
    // There is no app.
    assert_eq!(asks(&browser, &token, "GET", "/api/v1/apps/verify_credentials").status, 404);
}

#[test]
fn another_site_is_allowed_no_credentials() {
    let (_, alice, _) = people();
    let browser = Browser::of(&alice);
    let token = token(&browser);
    let asked = [
        ("origin", "https://evil.example"),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "sori-form"),
    ];
    let headers = [("origin", "https://evil.example"), ("sori-form", &*token)];
    for answer in [
        browser.api(&asked, "OPTIONS", "/api/v1/timelines/home"),
        browser.api(&headers, "GET", "/api/v1/timelines/home"),
    ] {
        // A browser shows no answer of a request with credentials by this (https://fetch.spec.whatwg.org/#http-access-control-allow-credentials).
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert_eq!(answer.header("access-control-allow-credentials"), None);
    }
    let page = Browser::new(&alice.app);
    let signed_in = page.sign_in("alice", crate::app::PASSWORD, "/");
    let cookies = signed_in.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie"));
    let session: Vec<&String> =
        cookies.map(|(_, value)| value).filter(|v| v.starts_with("__Host-sori=")).collect();
    assert!(session.len() == 1 && session[0].contains("SameSite=Lax"), "{session:?}");
    assert!(session[0].contains("HttpOnly"), "{session:?}");
}

#[test]
fn requests_are_counted_by_session() {
    let (_, alice, _) = people();
    let (one, other) = (Browser::of(&alice), Browser::of(&alice));
    let (a, b) = (token(&one), token(&other));
    let left = |browser: &Browser, token: &str| {
        let answer = asks(browser, token, "GET", "/api/v1/accounts/verify_credentials");
        answer.header("x-ratelimit-remaining").unwrap().to_owned()
    };
    assert_eq!([left(&one, &a), left(&one, &a), left(&other, &b)], ["299", "298", "299"]);
}

/// A socket of the script of a page.
fn opens(person: &Person, browser: &Browser, token: &str) -> listener::Listener {
    listener::open(&person.app, &upgrades(browser, token))
}

fn upgrades(browser: &Browser, token: &str) -> Response {
    let headers = [("upgrade", "websocket"), ("connection", "Upgrade")];
    browser.api(&headers, "GET", &format!("/api/v1/streaming?stream=user&form={token}"))
}

#[test]
fn streams_are_open_as_long_as_the_session() {
    let (app, alice, bob) = listener::people();
    alice.follows(&bob);
    let browser = Browser::of(&alice);
    let its = token(&browser);
    assert_eq!(upgrades(&browser, "x").status, 401);
    assert_eq!(upgrades(&Browser::new(&app), &its).status, 401);
    let (ear, by_token) = (opens(&alice, &browser, &its), listener::listen(&alice, "stream=user"));
    bob.posts("one");
    assert_eq!(ear.names(), listener::pairs(&[("user", "update")]));
    let is_open = |ear: &listener::Listener| !ear.socket.is_closed.get();
    // Another browser signs out.
    let other = Browser::of(&alice);
    let away = opens(&alice, &other, &token(&other));
    let signs_out = |browser: &Browser| browser.submit("/menu", "/sign_out", &[]).status;
    assert_eq!(signs_out(&other), 303);
    assert_eq!((is_open(&away), is_open(&ear), is_open(&by_token)), (false, true, true));
    // It ends all others.
    let other = Browser::of(&alice);
    let away = opens(&alice, &other, &token(&other));
    let here = "/settings/sessions";
    assert_eq!(browser.submit(here, here, &[("do", "others")]).status, 303);
    assert_eq!((is_open(&away), is_open(&ear), is_open(&by_token)), (false, true, true));
    // Another browser changes the password.
    let other = Browser::of(&alice);
    let stays = opens(&alice, &other, &token(&other));
    let fields = [("password", crate::app::PASSWORD), ("new", "a fine new password")];
    assert_eq!(other.submit("/settings/password", "/settings/password", &fields).status, 200);
    assert_eq!((is_open(&ear), is_open(&stays), is_open(&by_token)), (false, true, true));
    // It is another identity's.
    app.write(
        "UPDATE users SET person = (SELECT id FROM users u WHERE u.account_id = (SELECT id FROM accounts WHERE username = 'alice')) \
         WHERE account_id = (SELECT id FROM accounts WHERE username = 'bob')",
    );
    let used = [("use", &*bob.id.to_string())];
    let before = token(&other);
    assert_eq!(other.submit("/settings/identities", "/settings/identities", &used).status, 303);
    assert_eq!((is_open(&stays), is_open(&by_token)), (false, true));
    assert_eq!((me(&other, &before), upgrades(&other, &before).status), (401, 401));
    let answer = asks(&other, &token(&other), "GET", "/api/v1/accounts/verify_credentials");
    assert_eq!(value(&answer)["username"], "bob");
    // It ends by itself.
    let late = opens(&bob, &other, &token(&other));
    app.clock.advance(31 * DAY);
    let inner = app.ready();
    pollster::block_on(async {
        sori::jobs::tasks::tidy(&inner).await.unwrap();
        sori::streaming::publish::run(&inner).await;
    });
    assert!(!is_open(&late));
    assert_eq!(app.count("SELECT count(*) AS n FROM sessions"), 0);
    assert!(is_open(&by_token));
}

#[test]
fn an_action_answers_the_status_alone() {
    let (app, alice, bob) = people();
    alice.follows(&bob);
    let status = bob.posts("to mark");
    let browser = Browser::of(&alice);
    let form = browser.reading_token("/home");
    let acts = |id: &str, what: &str, at: &str| {
        let fields = [("form", &*form), ("next", "/home"), ("status", id), ("do", what), ("at", at)];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        browser.send_part("/act", &body)
    };
    let text = |answer: &Response| String::from_utf8(answer.body.clone()).unwrap();
    let answer = acts(id(&status), "favourite", id(&status));
    let html = text(&answer);
    assert_eq!(answer.status, 200);
    assert!(html.starts_with("<article") && html.ends_with("</article>"), "{html}");
    assert!(html.contains("value=\"unfavourite\" aria-pressed=\"true\""), "{html}");
    assert!(html.contains("class=\"counts\"") && html.contains("name=\"next\" value=\"/home\""), "{html}");
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
    assert!(app.cost.borrow().trips <= 5, "{:?}", app.cost.borrow());
    assert_eq!(alice.get(&format!("/api/v1/statuses/{}", id(&status)))["favourited"], true);
    // A boost is another element.
    let boost = alice.post(&format!("/api/v1/statuses/{}/reblog", id(&status)), json!({}));
    let html = text(&acts(id(&status), "bookmark", id(&boost)));
    assert!(html.contains(&format!("id=\"status-{}\"", id(&boost))), "{html}");
    // It has gone with what was done.
    let answer = acts(id(&status), "unreblog", id(&boost));
    assert_eq!((answer.status, text(&answer).as_str()), (200, ""));
    // What cannot be seen is not shown.
    let hidden = bob.post("/api/v1/statuses", json!({"status": "secret", "visibility": "direct"}));
    assert_eq!(acts(id(&hidden), "favourite", id(&status)).status, 404);
    let answer = acts(id(&status), "unfavourite", id(&hidden));
    assert_eq!((answer.status, text(&answer).as_str()), (200, ""));
    assert_eq!(acts(id(&status), "nonsense", id(&status)).status, 400);
}
