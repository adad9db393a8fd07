//! From registering a client to a revoked token, and everything that must be refused.

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sori::http::request::Request;
use sori::http::response::Response;

use crate::app::{PASSWORD, TestApp};
use crate::browser::Browser;

fn json_of(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

fn post(app: &TestApp, path: &str, body: Value) -> (u16, Value) {
    let response = app.request("POST", path, None, Some(body));
    (response.status, json_of(&response))
}

const SCOPES: &str = "read write follow push";

fn client(app: &TestApp, redirects: Value) -> Value {
    let (status, client) = post(
        app,
        "/api/v1/apps",
        json!({"client_name": "Ivory", "redirect_uris": redirects, "scopes": SCOPES}),
    );
    assert_eq!(status, 200, "{client}");
    client
}

fn authorize_url(client: &Value, redirect: &str, extra: &[(&str, &str)]) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::from("/oauth/authorize?"));
    query.extend_pairs([
        ("client_id", client["client_id"].as_str().unwrap()),
        ("redirect_uri", redirect),
        ("response_type", "code"),
        ("scope", SCOPES),
    ]);
    query.extend_pairs(extra);
    query.finish()
}

fn parameter(location: &str, name: &str) -> Option<String> {
    let query = location.split_once('?')?.1;
    url::form_urlencoded::parse(query.as_bytes()).find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
}

fn redeem(app: &TestApp, client: &Value, redirect: &str, code: &str, verifier: Option<&str>) -> (u16, Value) {
    post(
        app,
        "/oauth/token",
        json!({
            "grant_type": "authorization_code", "client_id": client["client_id"], "client_secret": client["client_secret"],
            "redirect_uri": redirect, "code": code, "code_verifier": verifier, "scope": "nonsense",
        }),
    )
}

/// Signs in, consents, and returns a code.
fn code(app: &TestApp, client: &Value, redirect: &str, extra: &[(&str, &str)]) -> String {
    let browser = Browser::new(app);
    let url = authorize_url(client, redirect, extra);
    browser.sign_in("alice", PASSWORD, &url);
    let page = browser.page(&url);
    let done = browser.fill(&page, &[("decision", "allow")]);
    let location =
        done.header("location").unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&done.body)));
    assert!(location.starts_with(redirect));
    parameter(location, "code").unwrap()
}

#[test]
fn trap_5_a_scope_at_the_token_endpoint_is_ignored_and_any_scheme_works() {
    let app = TestApp::alone();
    app.person("alice");
    let both = "com.tapbots.Ivory.10217:/request_token\nicecubesapp://";
    let client = client(&app, json!(both));
    assert_eq!(client["redirect_uris"].as_array().unwrap().len(), 2);
    for redirect in both.split('\n') {
        let code = code(&app, &client, redirect, &[("state", "x y")]);
        let (status, token) = redeem(&app, &client, redirect, &code, None);
        assert_eq!(status, 200, "{token}");
        assert_eq!((&token["token_type"], &token["scope"]), (&json!("Bearer"), &json!(SCOPES)));
        assert!(token["created_at"].is_i64());
        let bearer = token["access_token"].as_str().unwrap();
        assert_eq!(app.request("GET", "/api/v1/accounts/verify_credentials", Some(bearer), None).status, 200);
        // A code is used once.
        assert_eq!(redeem(&app, &client, redirect, &code, None).1["error"], "invalid_grant");
        // A revoked token is invalid, and revoking it again is not an error.
        for _ in 0..2 {
            let (status, _) = post(
                &app,
                "/oauth/revoke",
                json!({"client_id": client["client_id"], "client_secret": client["client_secret"], "token": bearer}),
            );
            assert_eq!(status, 200);
        }
        assert_eq!(app.request("GET", "/api/v1/accounts/verify_credentials", Some(bearer), None).status, 401);
    }
}

fn s256(verifier: &str) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

#[test]
fn pkce_is_checked() {
    let app = TestApp::alone();
    app.person("alice");
    let client = client(&app, json!("app://x"));
    let good = "a-verifier.of_43~characters-0123456789-0123";
    assert_eq!(good.len(), 43);
    let redeemed = |challenge: &[(&str, &str)], verifier: Option<&str>| {
        let code = code(&app, &client, "app://x", challenge);
        let (status, answer) = redeem(&app, &client, "app://x", &code, verifier);
        assert!(status == 200 || answer["error"] == "invalid_grant", "{answer}");
        status
    };
    let with = |verifier: &str, given: Option<&str>| {
        let challenge = s256(verifier);
        redeemed(&[("code_challenge", &challenge), ("code_challenge_method", "S256")], given)
    };
    let longest = "v".repeat(128);
    assert_eq!((with(good, Some(good)), with(&longest, Some(&longest))), (200, 200));
    for wrong in [None, Some(""), Some("another-verifier-of-43-characters-012345678"), Some(&s256(good))] {
        assert_eq!(with(good, wrong), 400, "{wrong:?}");
    }
    // Verifiers that RFC 7636 does not allow, although they match.
    for odd in [
        "x".repeat(42),
        "x".repeat(129),
        "x".repeat(42) + "+",
        "x".repeat(41) + "\u{e9}",
        "x".repeat(42) + " ",
    ] {
        assert_eq!(with(&odd, Some(&odd)), 400, "{odd}");
    }
    // Without a challenge there is no verifier (RFC 9700, section 4.8.2).
    assert_eq!((redeemed(&[], None), redeemed(&[], Some("")), redeemed(&[], Some(good))), (200, 200, 400));
}

#[test]
fn a_code_is_valid_for_ten_minutes() {
    let app = TestApp::alone();
    app.person("alice");
    let client = client(&app, json!("app://x"));
    for (waits, status) in [(600_000, 200), (600_001, 400)] {
        let code = code(&app, &client, "app://x", &[]);
        app.clock.advance(waits);
        assert_eq!(redeem(&app, &client, "app://x", &code, None).0, status, "{waits}");
    }
}

#[test]
fn invalid_pkce_challenges_are_refused() {
    let app = TestApp::alone();
    app.person("alice");
    let client = client(&app, json!("app://x"));
    let browser = Browser::new(&app);
    browser.sign_in("alice", PASSWORD, "/");
    let good = s256("x");
    let (short, long) = ("a".repeat(42), "a".repeat(44));
    for extra in [
        vec![("code_challenge", good.as_str())],
        vec![("code_challenge", &good), ("code_challenge_method", "")],
        vec![("code_challenge", &good), ("code_challenge_method", "plain")],
        vec![("code_challenge", &good), ("code_challenge_method", "s256")],
        vec![("code_challenge", ""), ("code_challenge_method", "S256")],
        vec![("code_challenge", "")],
        vec![("code_challenge_method", "S256")],
        vec![("code_challenge_method", "plain")],
        vec![("code_challenge", &short), ("code_challenge_method", "S256")],
        vec![("code_challenge", &long), ("code_challenge_method", "S256")],
        vec![
            ("code_challenge", "+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/+/A"),
            ("code_challenge_method", "S256"),
        ],
    ] {
        let answer = browser.page(&authorize_url(&client, "app://x", &extra));
        assert_eq!((answer.status, answer.header("location")), (400, None), "{extra:?}");
    }
    // Nor by the form itself.
    let page = browser.page(&authorize_url(&client, "app://x", &[]));
    let done = browser.fill(&page, &[("decision", "allow"), ("code_challenge", &good)]);
    assert_eq!((done.status, done.header("location")), (400, None));
}

#[test]
fn errors_without_a_valid_redirect_uri_are_pages() {
    let app = TestApp::alone();
    app.person("alice");
    let oob = "urn:ietf:wg:oauth:2.0:oob";
    let client = client(&app, json!(oob));
    let browser = Browser::new(&app);
    browser.sign_in("alice", PASSWORD, "/");
    let wrong = browser.page(&authorize_url(&client, oob, &[("code_challenge_method", "plain")]));
    assert_eq!((wrong.status, wrong.header("location")), (400, None));
    let page = browser.page(&authorize_url(&client, oob, &[]));
    let denied = browser.fill(&page, &[("decision", "deny")]);
    assert_eq!((denied.status, denied.header("location")), (403, None));
    for (bytes, status) in [(4096, 200), (4097, 400)] {
        let page = browser.page(&authorize_url(&client, oob, &[("state", &"s".repeat(bytes))]));
        assert_eq!((page.status, page.header("location")), (status, None), "{bytes}");
    }
}

#[test]
fn consent_works_under_another_spelling_of_its_path() {
    let app = TestApp::alone();
    app.person("alice");
    let client = client(&app, json!("https://elk.example/cb?x=%2F"));
    let browser = Browser::new(&app);
    let url = authorize_url(&client, "https://elk.example/cb?x=%2F", &[("state", "a/b\r\nc: d")]);
    let to_sign_in = browser.page(&format!("/{url}"));
    let page = browser.page(to_sign_in.header("location").unwrap());
    let signed_in = browser.fill(&page, &[("username", "alice"), ("password", PASSWORD)]);
    assert_eq!(signed_in.header("location"), Some(url.replace("?&", "?").as_str()));
    let page = browser.page(signed_in.header("location").unwrap());
    let done = browser.fill(&page, &[("decision", "allow")]);
    let location = done.header("location").unwrap();
    assert!(location.starts_with("https://elk.example/cb?x=%2F&code="), "{location}");
    assert!(location.ends_with("&state=a%2Fb%0D%0Ac%3A+d"), "{location}");
}

#[test]
fn redirect_uris_of_clients_are_bounded() {
    let app = TestApp::alone();
    let register = |body: Value| {
        app.restart();
        post(&app, "/api/v1/apps", body)
    };
    let long = format!("app://{}", "x".repeat(1994));
    assert_eq!(register(json!({"client_name": "x", "redirect_uris": long})).0, 200);
    assert_eq!(register(json!({"client_name": "x", "redirect_uris": format!("{long}x")})).0, 422);
    let many: Vec<String> = (0..300).map(|n| format!("app://{n}")).collect();
    assert_eq!(register(json!({"client_name": "x", "redirect_uris": many})).0, 422);
    for website in ["javascript:alert(1)", "no address", "app://x", "data:text/html,x"] {
        let (status, answer) =
            register(json!({"client_name": "x", "redirect_uris": "a://b", "website": website}));
        assert_eq!(
            (status, &answer["error"]),
            (422, &json!("Validation failed: Website is not a valid URL"))
        );
    }
    let (status, _) = register(json!({"client_name": "x", "redirect_uris": "a://b", "website": ""}));
    assert_eq!(status, 200);
}

#[test]
fn trap_3_the_code_is_shown_on_a_page() {
    let app = TestApp::alone();
    app.person("alice");
    let oob = "urn:ietf:wg:oauth:2.0:oob";
    let client = client(&app, json!(oob));
    let browser = Browser::new(&app);
    let url = authorize_url(&client, oob, &[]);
    browser.sign_in("alice", PASSWORD, &url);
    let page = browser.page(&url);
    let done = String::from_utf8(browser.fill(&page, &[("decision", "allow")]).body).unwrap();
    let code = done.split("<code class=\"code\">").nth(1).unwrap().split('<').next().unwrap();
    assert_eq!(redeem(&app, &client, oob, code, None).0, 200);
}

#[test]
fn oauth_abuses_are_refused() {
    let app = TestApp::alone();
    app.person("alice");
    let client = client(&app, json!("app://x"));
    let browser = Browser::new(&app);
    // A foreign redirect URI or an unknown client gets a page, never a redirect.
    for url in [
        authorize_url(&client, "https://evil.example/", &[]),
        authorize_url(&json!({"client_id": "nobody"}), "app://x", &[]),
    ] {
        let page = browser.page(&url);
        assert_eq!((page.status, page.header("location")), (400, None));
    }
    // So does a scope that was not registered: anybody may register a client and its redirect URI.
    let url = authorize_url(&client, "app://x", &[]).replace("read+write", "admin%3Aread+write");
    let page = browser.page(&url);
    assert_eq!((page.status, page.header("location")), (400, None));
    // A wrong password and an unknown name get the same answer.
    let page = browser.page("/sign_in");
    let wrong = browser.fill(&page, &[("username", "alice"), ("password", "wrong")]);
    let nobody = browser.fill(&page, &[("username", "nobody"), ("password", "wrong")]);
    assert_eq!((wrong.status, nobody.status), (401, 401));
    assert!(browser.cookie("__Host-sori").is_none());
    // Without the form's token nothing is granted; a denial goes back as an error.
    let url = authorize_url(&client, "app://x", &[("state", "s")]);
    browser.sign_in("alice", PASSWORD, &url);
    let page = browser.page(&url);
    assert!(page.header("content-security-policy").unwrap().find("form-action").is_none());
    assert_eq!(browser.fill(&page, &[("decision", "allow"), ("form", "forged")]).status, 403);
    let denied = browser.fill(&page, &[("decision", "deny")]);
    let location = denied.header("location").unwrap();
    assert_eq!(
        (parameter(location, "error").as_deref(), parameter(location, "state").as_deref()),
        (Some("access_denied"), Some("s"))
    );
    // A sign-in redirects to our own pages only.
    let stranger = Browser::new(&app);
    let page = stranger.page("/sign_in?next=//evil.example");
    assert_eq!(
        stranger.fill(&page, &[("username", "alice"), ("password", PASSWORD)]).header("location"),
        Some("/")
    );
    // A code of another redirect URI, of another client, or too old.
    let (status, _) = redeem(&app, &client, "app://y", &code(&app, &client, "app://x", &[]), None);
    assert_eq!(status, 400);
    let other = self::client(&app, json!("app://x"));
    let (status, _) = redeem(&app, &other, "app://x", &code(&app, &client, "app://x", &[]), None);
    assert_eq!(status, 400);
    let late = code(&app, &client, "app://x", &[]);
    app.clock.advance(11 * 60_000);
    assert_eq!(redeem(&app, &client, "app://x", &late, None).0, 400);
    for (body, status, error) in [
        (
            json!({"grant_type": "password", "client_id": client["client_id"], "client_secret": client["client_secret"]}),
            400,
            "unsupported_grant_type",
        ),
        (
            json!({"grant_type": "client_credentials", "client_id": client["client_id"], "client_secret": "x"}),
            401,
            "invalid_client",
        ),
        (json!({}), 400, "invalid_request"),
    ] {
        let (got, answer) = post(&app, "/oauth/token", body);
        assert_eq!((got, answer["error"].as_str()), (status, Some(error)));
        assert!(answer["error_description"].is_string());
    }
    for body in [
        json!({"client_name": "x"}),
        json!({"client_name": "x", "redirect_uris": "javascript:alert(1)"}),
        json!({"client_name": "x", "redirect_uris": "a://b", "scopes": "everything"}),
    ] {
        assert_eq!(post(&app, "/api/v1/apps", body).0, 422);
    }
}

#[test]
fn trap_6_a_clients_own_token_signs_people_up() {
    let network = sori::platform::native::Network::new(1);
    let app =
        TestApp::new(&network, "localhost:8787", &sori::platform::native::Clock::fixed(crate::app::NOW));
    let client = client(&app, json!("app://x"));
    let (_, token) = post(
        &app,
        "/oauth/token",
        json!({"grant_type": "client_credentials", "client_id": client["client_id"], "client_secret": client["client_secret"], "scope": SCOPES}),
    );
    let bearer = token["access_token"].as_str().unwrap();
    assert_eq!(app.request("GET", "/api/v1/apps/verify_credentials", Some(bearer), None).status, 200);
    assert_eq!(app.request("GET", "/api/v1/timelines/home", Some(bearer), None).status, 422);
    let sign_up = |body: Value| {
        let response = app.request("POST", "/api/v1/accounts", Some(bearer), Some(body));
        (response.status, json_of(&response))
    };
    let (status, wrong) =
        sign_up(json!({"username": "a b", "email": "x", "password": "", "agreement": false}));
    assert_eq!(status, 422);
    for field in ["agreement", "email", "password"] {
        assert!(wrong["details"][field][0]["error"].as_str().unwrap().starts_with("ERR_"), "{wrong}");
    }
    let good = json!({"username": "dora", "email": "dora@example.com", "password": PASSWORD, "agreement": true, "locale": "ko"});
    let (status, made) = sign_up(good.clone());
    assert_eq!(status, 200, "{made}");
    let dora = made["access_token"].as_str().unwrap();
    assert_eq!(app.request("GET", "/api/v1/timelines/home", Some(dora), None).status, 200);
    assert_eq!(sign_up(good).1["details"]["username"][0]["error"], "ERR_TAKEN");
    // Not where registrations are closed.
    app.db.run("UPDATE settings SET value = 'closed' WHERE key = 'registrations'");
    app.restart();
    let (status, _) = sign_up(
        json!({"username": "eve", "email": "eve@example.com", "password": PASSWORD, "agreement": true}),
    );
    assert_eq!(status, 403);
}

#[test]
fn pages_are_translated_to_korean_and_have_a_strict_csp() {
    let app = TestApp::alone();
    let browser = Browser::new(&app);
    let page = browser.send("GET", "/sign_in", "", "ko-KR,ko;q=0.9");
    let html = String::from_utf8(page.body.clone()).unwrap();
    assert!(html.contains("<html lang=\"ko\">") && html.contains("로그인"));
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    // The one script is ours, for passkeys, and no part of the page.
    let scripts: Vec<&str> = html.split("<script").skip(1).collect();
    let is_ours = |tag: &&str| tag.contains("src=\"/") && tag.contains("></script>");
    let is_data = |tag: &&str| tag.starts_with(" id=\"words\" type=\"application/json\"");
    assert!(scripts.iter().all(|tag| is_ours(tag) || is_data(tag)), "{html}");
    for path in ["/nothing", "/@nobody", "/@owner/1"] {
        let page = browser.page(path);
        assert_eq!(page.status, 404, "{path}");
        assert!(String::from_utf8_lossy(&page.body).contains("<!DOCTYPE html>"));
    }
}

/// A request for a token of a client, with this Authorization and body.
fn with_basic(app: &TestApp, authorization: &str, body: Value) -> (u16, Value) {
    let mut request = Request { method: "POST".into(), path: "/oauth/token".into(), ..Request::default() };
    request.headers.add("authorization", authorization);
    request.headers.add("content-type", "application/json");
    request.body = body.to_string().into_bytes();
    let response = app.send(request);
    (response.status, json_of(&response))
}

#[test]
fn a_client_authenticates_by_basic_or_by_its_body() {
    let app = TestApp::alone();
    let client = client(&app, json!("app://x"));
    let (id, secret) = (client["client_id"].as_str().unwrap(), client["client_secret"].as_str().unwrap());
    let encoded = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let both = encoded(&format!("{id}:{secret}"));
    // RFC 6749, section 2.3.1: each of both is percent-encoded.
    let percent = |text: &str| text.bytes().map(|b| format!("%{b:02X}")).collect::<String>();
    let escaped = encoded(&format!("{}:{}", percent(id), percent(secret)));
    let grant = json!({"grant_type": "client_credentials", "scope": "read"});
    for good in [format!("Basic {both}"), format!("basic  {both} "), format!("BASIC {escaped}")] {
        let (status, token) = with_basic(&app, &good, grant.clone());
        assert_eq!((status, &token["scope"]), (200, &json!("read")), "{good}");
    }
    let wrong = encoded(&format!("{id}:another"));
    for bad in [
        format!("Basic {wrong}"),
        format!("Basic {}", encoded(id)),
        "Basic !".to_owned(),
        format!("Bearer {both}"),
    ] {
        let (status, answer) = with_basic(&app, &bad, grant.clone());
        assert_eq!((status, &answer["error"]), (401, &json!("invalid_client")), "{bad}");
    }
    // Another scheme leaves it to the body.
    let mut named = grant;
    named["client_id"] = json!(id);
    named["client_secret"] = json!(secret);
    assert_eq!(with_basic(&app, &format!("Bearer {both}"), named.clone()).0, 200);
    // What Basic says goes before the body.
    assert_eq!(with_basic(&app, &format!("Basic {wrong}"), named).0, 401);
}

#[test]
fn names_and_websites_of_clients_are_as_long_as_announced() {
    let app = TestApp::alone();
    let register = |name: &str, website: &str| {
        app.restart();
        let body = json!({"client_name": name, "redirect_uris": "a://b", "website": website});
        post(&app, "/api/v1/apps", body).0
    };
    let site = |length: usize| format!("https://x.example/{}", "x".repeat(length - 18));
    assert_eq!(
        (register(&"é".repeat(60), "https://x.example/"), register(&"é".repeat(61), "https://x.example/")),
        (200, 422)
    );
    assert_eq!((register("x", &site(2000)), register("x", &site(2001))), (200, 422));
    for website in ["http://x.example/", "https://x.example"] {
        assert_eq!(register("x", website), 200, "{website}");
    }
}

#[test]
fn a_code_is_the_one_that_was_given_out() {
    let app = TestApp::alone();
    app.person("alice");
    let (one, other) = (client(&app, json!("app://x")), client(&app, json!("app://x")));
    let waiting = code(&app, &one, "app://x", &[]);
    // Neither a guessed one nor another client's is exchanged for the one that waits, which stays.
    for (asking, guess) in [(&one, "guessed"), (&one, ""), (&other, waiting.as_str())] {
        assert_eq!(redeem(&app, asking, "app://x", guess, None).0, 400, "{guess}");
    }
    assert_eq!(redeem(&app, &one, "app://x", &waiting, None).0, 200);
}

#[test]
fn a_client_has_ten_tokens_of_its_own_and_takes_nobody_elses() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let (one, other) = (client(&app, json!("app://x")), client(&app, json!("app://y")));
    let own = |client: &Value| {
        let asked = json!({"grant_type": "client_credentials", "client_id": client["client_id"], "client_secret": client["client_secret"]});
        post(&app, "/oauth/token", asked).1["access_token"].as_str().unwrap().to_owned()
    };
    let is_valid =
        |token: &str| app.request("GET", "/api/v1/apps/verify_credentials", Some(token), None).status == 200;
    let theirs = own(&other);
    let given = code(&app, &one, "app://x", &[]);
    let of_person =
        redeem(&app, &one, "app://x", &given, None).1["access_token"].as_str().unwrap().to_owned();
    let newest = || {
        app.clock.advance(1000);
        own(&one)
    };
    let all: Vec<String> = (0..12).map(|_| newest()).collect();
    let valid: Vec<bool> = all.iter().map(|token| is_valid(token)).collect();
    assert_eq!(valid, (0..12).map(|n| n >= 2).collect::<Vec<_>>());
    assert!(is_valid(&theirs) && is_valid(&of_person));
    assert_eq!(alice.call("GET", "/api/v1/preferences", None).status, 200);
}

#[test]
fn a_client_gets_and_revokes_what_is_its_own() {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let (one, other) = (client(&app, json!("app://x")), client(&app, json!("app://y")));
    let body = |client: &Value, more: Value| {
        let mut body = json!({"client_id": client["client_id"], "client_secret": client["client_secret"]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    // As many scopes as it was registered with.
    for (scope, status) in [
        ("read", 200),
        ("read:statuses write", 200),
        ("admin:read", 400),
        ("read admin:read", 400),
        ("nonsense", 400),
    ] {
        let asked = body(&one, json!({"grant_type": "client_credentials", "scope": scope}));
        let (got, answer) = post(&app, "/oauth/token", asked);
        assert_eq!(got, status, "{scope}");
        assert!(status == 200 || answer["error"] == "invalid_scope", "{answer}");
    }
    let token = || code(&app, &one, "app://x", &[]);
    let (_, granted) = redeem(&app, &one, "app://x", &token(), None);
    let bearer = granted["access_token"].as_str().unwrap();
    let is_valid = || app.request("GET", "/api/v1/accounts/verify_credentials", Some(bearer), None).status;
    let revoke = |client: &Value| post(&app, "/oauth/revoke", body(client, json!({"token": bearer})));
    assert_eq!((is_valid(), revoke(&other).0, is_valid()), (200, 403, 200));
    let (status, answer) = revoke(&json!({"client_id": one["client_id"], "client_secret": "wrong"}));
    assert_eq!((status, &answer["error"], is_valid()), (403, &json!("unauthorized_client"), 200));
    assert_eq!((revoke(&one).0, is_valid()), (200, 401));
    // Another's token is as it was.
    assert_eq!(alice.call("GET", "/api/v1/accounts/verify_credentials", None).status, 200);
}

#[test]
fn answers_of_the_token_endpoint_are_kept_by_nobody() {
    let app = TestApp::alone();
    let client = client(&app, json!("app://x"));
    let right = json!({"grant_type": "client_credentials", "client_id": client["client_id"], "client_secret": client["client_secret"], "scope": "read"});
    let mut wrong = right.clone();
    wrong["client_secret"] = json!("x");
    for (body, status, asks) in
        [(right, 200, false), (wrong, 401, true), (json!({"grant_type": "password"}), 400, false)]
    {
        let answer = app.request("POST", "/oauth/token", None, Some(body));
        assert_eq!((answer.status, answer.header("cache-control")), (status, Some("no-store")));
        assert_eq!(answer.header("www-authenticate").is_some(), asks, "{status}");
    }
}
