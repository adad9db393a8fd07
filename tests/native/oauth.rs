//! From registering a client to a revoked token, and all that must not work in between.

use base64::Engine as _;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
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

/// Signs in, agrees, and gets a code.
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
fn trap_5_a_scope_at_the_token_endpoint_is_ignored_all_the_way_with_any_scheme() {
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
        // Revoked is gone, and revoking what is gone is no error.
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

#[test]
fn pkce_is_checked() {
    let app = TestApp::alone();
    app.person("alice");
    let client = client(&app, json!(["app://x"]));
    let challenge = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(Sha256::digest(b"verifier"));
    let extra = [("code_challenge", challenge.as_str()), ("code_challenge_method", "S256")];
    for (verifier, status) in [(Some("wrong"), 400), (None, 400), (Some("verifier"), 200)] {
        let code = code(&app, &client, "app://x", &extra);
        assert_eq!(redeem(&app, &client, "app://x", &code, verifier).0, status, "{verifier:?}");
    }
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
fn what_must_not_work() {
    let app = TestApp::alone();
    app.person("alice");
    let client = client(&app, json!("app://x"));
    let browser = Browser::new(&app);
    // A foreign redirect URI or an unknown client is a page, never a redirect.
    for url in [
        authorize_url(&client, "https://evil.example/", &[]),
        authorize_url(&json!({"client_id": "nobody"}), "app://x", &[]),
    ] {
        let page = browser.page(&url);
        assert_eq!((page.status, page.header("location")), (400, None));
    }
    // Too wide a scope goes back to the app as an error.
    let url = authorize_url(&client, "app://x", &[]).replace("read+write", "admin%3Aread+write");
    assert_eq!(
        parameter(browser.page(&url).header("location").unwrap(), "error").as_deref(),
        Some("invalid_scope")
    );
    // A wrong password and an unknown name look the same.
    let page = browser.page("/sign_in");
    let wrong = browser.fill(&page, &[("username", "alice"), ("password", "wrong")]);
    let nobody = browser.fill(&page, &[("username", "nobody"), ("password", "wrong")]);
    assert_eq!((wrong.status, nobody.status), (401, 401));
    assert!(browser.cookie("__Host-sori").is_none());
    // Without the form's token nothing is agreed to; a denial is one.
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
    // A sign-in leads to pages of ours only.
    let page = browser.page("/sign_in?next=//evil.example");
    assert_eq!(
        browser.fill(&page, &[("username", "alice"), ("password", PASSWORD)]).header("location"),
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
    // Where registrations are closed, nobody.
    app.db.run("UPDATE settings SET value = 'closed' WHERE key = 'registrations'");
    app.restart();
    let (status, _) = sign_up(
        json!({"username": "eve", "email": "eve@example.com", "password": PASSWORD, "agreement": true}),
    );
    assert_eq!(status, 403);
}

#[test]
fn pages_speak_korean_and_are_locked_down() {
    let app = TestApp::alone();
    let browser = Browser::new(&app);
    let page = browser.send("GET", "/sign_in", "", "ko-KR,ko;q=0.9");
    let html = String::from_utf8(page.body.clone()).unwrap();
    assert!(html.contains("<html lang=\"ko\">") && html.contains("로그인"));
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    assert!(!html.contains("<script"));
    for path in ["/nothing", "/@nobody", "/@owner/1"] {
        let page = browser.page(path);
        assert_eq!(page.status, 404, "{path}");
        assert!(String::from_utf8_lossy(&page.body).contains("<!DOCTYPE html>"));
    }
}
