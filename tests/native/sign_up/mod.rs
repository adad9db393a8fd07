//! How somebody new comes: who may sign up, applications, invitations, mails, and who is kept from it.

mod applications;
mod blocks;
mod invites;
mod limits;
mod mail;
mod pages;

use serde_json::{Value, json};
use sori::http::request::Request;
use sori::http::response::Response;
use sori::model::scope::Scopes;
use sori::services;
use sori::store;

use crate::app::{PASSWORD, Person, TestApp};
use crate::browser::Browser;

/// An instance where one signs up in this mode.
pub fn instance(mode: &str) -> TestApp {
    let app = TestApp::alone();
    set(&app, "registrations", mode);
    app
}

pub fn set(app: &TestApp, key: &str, value: &str) {
    app.db.run(&format!(
        "INSERT INTO settings (key, value) VALUES ('{key}', '{value}') ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    ));
    app.restart();
}

/// A client's own token.
pub fn client(app: &TestApp) -> String {
    let event = app.ready();
    let scopes = Scopes::parse("read write follow push profile").unwrap();
    pollster::block_on(async {
        let made =
            services::grant::register_client(&event, "test", None, vec!["test:/".into()], &scopes).await;
        services::grant::issue(&event, made.unwrap().0.id, None, &scopes.to_string()).await.unwrap().0
    })
}

/// A token of somebody with all scopes, those of staff included.
pub fn staff(app: &TestApp, name: &str) -> Person {
    let person = app.person(name);
    let event = app.ready();
    let scopes = Scopes::parse("read write admin:read admin:write").unwrap();
    let token = pollster::block_on(async {
        let user = store::load(&event.db, store::users::by_account(person.id)).await.unwrap().unwrap();
        let made =
            services::grant::register_client(&event, "staff", None, vec!["test:/".into()], &scopes).await;
        services::grant::issue(&event, made.unwrap().0.id, Some(user.id), &scopes.to_string())
            .await
            .unwrap()
            .0
    });
    Person { token, ..person }
}

/// Signs up by the API from an address: the status and the answer.
pub fn from(app: &TestApp, ip: &str, client: &str, name: &str, more: Value) -> (u16, Value) {
    let mut body = json!({
        "username": name, "email": format!("{name}@mail.example"), "password": PASSWORD, "agreement": true, "locale": "en",
        "reason": "I like ferns",
    });
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    let mut request = Request {
        method: "POST".into(),
        path: "/api/v1/accounts".into(),
        ip: Some(ip.into()),
        ..Request::default()
    };
    request.headers.add("authorization", format!("Bearer {client}"));
    request.headers.add("content-type", "application/json");
    request.body = body.to_string().into_bytes();
    let answer = app.send(request);
    (answer.status, read(&answer))
}

pub fn read(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

/// Signs up and gets a token.
pub fn applies(app: &TestApp, name: &str) -> String {
    // Each from another network, so that no limit matters.
    let n = name.bytes().fold(0u32, |n, b| n.wrapping_mul(31).wrapping_add(b.into()));
    let ip = format!("10.{}.{}.1", n / 256 % 256, n % 256);
    let (status, answer) = from(app, &ip, &client(app), name, json!({}));
    assert_eq!(status, 200, "{answer}");
    answer["access_token"].as_str().unwrap().to_owned()
}

pub fn get(app: &TestApp, path: &str, token: &str) -> (u16, Value) {
    let answer = app.request("GET", path, Some(token), None);
    (answer.status, read(&answer))
}

/// The browser of the owner.
pub fn owner(app: &TestApp) -> Browser {
    Browser::of(&app.person("owner"))
}

pub fn text(response: &Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

/// Fills in the form of the page for who wants an account.
pub fn fill(browser: &Browser, page: &str, name: &str, more: &[(&str, &str)]) -> Response {
    let mut fields = vec![("username", name), ("password", PASSWORD), ("agreement", "1")];
    fields.retain(|(known, _)| !more.iter().any(|(n, _)| n == known));
    fields.extend(more);
    browser.fill(&browser.page(page), &fields)
}
