//! Accounts of a local instance, made by `npm run account`.

use serde_json::{Value, json};
use sori::http::request::Request;
use sori::platform::native::{Clock, Network};

use crate::app::{NOW, PASSWORD, SETUP_CODE, TestApp};
use crate::browser::Browser;

fn make(app: &TestApp, body: &Value) -> (u16, Value) {
    let mut request = Request { method: "POST".into(), path: "/_dev/account".into(), ..Request::default() };
    request.headers.add("x-setup-code", SETUP_CODE);
    request.headers.add("content-type", "application/json");
    request.body = body.to_string().into_bytes();
    let answer = app.send(request);
    (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
}

#[test]
fn an_account_comes_with_what_is_needed_to_sign_in() {
    let app = TestApp::empty(&Network::new(1), "localhost:8787", &Clock::fixed(NOW));
    // The first account is the owner's.
    let (status, first) = make(&app, &json!({"username": "alice"}));
    assert_eq!((status, &first["role"], &first["is_new"]), (200, &json!("owner"), &json!(true)), "{first}");
    assert_eq!(app.count("SELECT count(*) AS n FROM users WHERE role_id = 3"), 1);
    let (_, second) = make(&app, &json!({"username": "bob", "password": PASSWORD}));
    assert_eq!((&second["role"], &second["password"]), (&json!("user"), &json!(PASSWORD)), "{second}");
    let (_, third) = make(&app, &json!({"username": "carol", "admin": true}));
    assert_eq!(third["role"], "admin", "{third}");
    for made in [&first, &second, &third] {
        let (name, password) = (made["username"].as_str().unwrap(), made["password"].as_str().unwrap());
        assert_eq!(Browser::new(&app).sign_in(name, password, "/").status, 303, "{made}");
        let token = made["token"].as_str();
        assert_eq!(app.request("GET", "/api/v1/accounts/verify_credentials", token, None).status, 200);
    }
    // Of an account that exists there is another token, and the password stays.
    let (_, again) = make(&app, &json!({"username": "bob", "password": "another one of these"}));
    assert_eq!((&again["is_new"], &again["password"]), (&json!(false), &Value::Null), "{again}");
    assert_eq!(Browser::new(&app).sign_in("bob", PASSWORD, "/").status, 303);
    // What is wrong with it is said.
    let (status, wrong) = make(&app, &json!({"username": "a b"}));
    assert_eq!(status, 422, "{wrong}");
    assert!(wrong["error"].as_str().unwrap().contains("letters, numbers and underscores"), "{wrong}");
    assert_eq!(make(&app, &json!({"username": "dora", "password": "short"})).0, 422);
}
