//! A browser for the pages.

use sori::http::request::Request;
use sori::http::response::Response;

use crate::app::{PASSWORD, Person, TestApp};

/// A browser in which somebody has signed in.
pub struct Browser {
    pub app: TestApp,
    pub cookie: String,
}

impl Browser {
    pub fn of(person: &Person) -> Self {
        let mut browser = Self { app: person.app.clone(), cookie: String::new() };
        let answer =
            browser.submit("/sign_in", "/sign_in", &[("username", &person.name), ("password", PASSWORD)]);
        browser.cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().into();
        browser
    }

    pub fn send(&self, method: &str, path: &str, body: &str, language: &str) -> Response {
        let mut request =
            Request { method: method.into(), path: path.into(), body: body.into(), ..Request::default() };
        request.headers.add("cookie", self.cookie.clone());
        request.headers.add("accept-language", language);
        request.headers.add("content-type", "application/x-www-form-urlencoded");
        self.app.send(request)
    }

    pub fn get(&self, path: &str, language: &str) -> String {
        let response = self.send("GET", path, "", language);
        assert_eq!(response.status, 200, "{path}");
        String::from_utf8(response.body).unwrap()
    }

    pub fn status(&self, path: &str) -> u16 {
        self.send("GET", path, "", "en").status
    }

    /// Fills in a form of the page at `from` and sends it to `to`.
    pub fn submit(&self, from: &str, to: &str, fields: &[(&str, &str)]) -> Response {
        let page = self.get(from, "en");
        let token =
            page.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("form", &token);
        body.extend_pairs(fields);
        self.send("POST", to, &body.finish(), "en")
    }

    pub fn migration(&self, fields: &[(&str, &str)]) -> Response {
        self.submit("/settings/migration", "/settings/migration", fields)
    }
}
