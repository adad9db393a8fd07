//! A browser: cookies and forms.

use std::cell::RefCell;
use std::collections::BTreeMap;

use sori::http::request::Request;
use sori::http::response::Response;

use crate::app::{PASSWORD, Person, TestApp};

pub struct Browser {
    pub app: TestApp,
    pub jar: RefCell<BTreeMap<String, String>>,
    /// The address of its requests.
    pub ip: Option<String>,
    /// Its User-Agent.
    pub agent: Option<String>,
}

impl Browser {
    pub fn new(app: &TestApp) -> Self {
        Self { app: app.clone(), jar: RefCell::default(), ip: None, agent: None }
    }

    /// A browser at this address.
    pub fn at(app: &TestApp, ip: &str) -> Self {
        Self { ip: Some(ip.into()), ..Self::new(app) }
    }

    /// A browser in which somebody has signed in.
    pub fn of(person: &Person) -> Self {
        let browser = Self::new(&person.app);
        let answer = browser.sign_in(&person.name, PASSWORD, "/");
        assert_eq!(answer.status, 303, "{}", String::from_utf8_lossy(&answer.body));
        browser
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.jar.borrow().get(name).cloned()
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.jar.borrow_mut().insert(name.into(), value.into());
    }

    pub fn forget_cookie(&self, name: &str) {
        self.jar.borrow_mut().remove(name);
    }

    pub fn send(&self, method: &str, target: &str, body: &str, language: &str) -> Response {
        self.send_as("application/x-www-form-urlencoded", method, target, body.into(), language)
    }

    /// Opens a page by a link; `site` is what the browser says of where that link is.
    pub fn send_from(&self, site: &str, target: &str) -> Response {
        self.send_headed(&[("sec-fetch-site", site)], "text/html", "GET", target, Vec::new(), "en")
    }

    /// Asks for a page as what a browser says: where it was asked from, and what for.
    pub fn send_for(&self, site: &str, what: &str, target: &str) -> Response {
        let headers = [("sec-fetch-site", site), ("sec-fetch-dest", what)];
        self.send_headed(&headers, "text/html", "GET", target, Vec::new(), "en")
    }

    /// As the script of the page for archives sends JSON.
    pub fn script(&self, target: &str, body: &str) -> Response {
        let page = self.get("/settings/archive", "en");
        let token = page.split("data-form=\"").nth(1).unwrap().split('"').next().unwrap();
        self.with_token(token, target, "application/activity+json", body.into())
    }

    /// The same with a token and a content type of one's own.
    pub fn with_token(&self, token: &str, target: &str, kind: &str, body: Vec<u8>) -> Response {
        self.send_headed(&[("x-form", token)], kind, "POST", target, body, "en")
    }

    /// A request of a page's script, with these headers.
    pub fn api(&self, headers: &[(&str, &str)], method: &str, target: &str) -> Response {
        self.send_headed(headers, "application/json", method, target, Vec::new(), "en")
    }

    /// Sends a form whose answer is to be the changed part alone.
    pub fn send_part(&self, target: &str, body: &str) -> Response {
        let kind = "application/x-www-form-urlencoded";
        self.send_headed(&[("sori-part", "1")], kind, "POST", target, body.into(), "en")
    }

    /// Uploads a file with the token of a page's script.
    pub fn upload_by_script(
        &self,
        token: &str,
        to: &str,
        ((name, file_name), content): ((&str, &str), &[u8]),
    ) -> Response {
        let head = format!(
            "--parts\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\r\n"
        );
        let body = [head.as_bytes(), content, b"\r\n--parts--\r\n"].concat();
        let kind = "multipart/form-data; boundary=parts";
        self.send_headed(&[("sori-form", token)], kind, "POST", to, body, "en")
    }

    fn send_as(&self, kind: &str, method: &str, target: &str, body: Vec<u8>, language: &str) -> Response {
        self.send_headed(&[], kind, method, target, body, language)
    }

    fn send_headed(
        &self,
        headers: &[(&str, &str)],
        kind: &str,
        method: &str,
        target: &str,
        body: Vec<u8>,
        language: &str,
    ) -> Response {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut request = Request {
            method: method.into(),
            path: path.into(),
            query: query.into(),
            body,
            ip: self.ip.clone(),
            ..Request::default()
        };
        let cookies: Vec<String> = self.jar.borrow().iter().map(|(n, v)| format!("{n}={v}")).collect();
        request.headers.add("cookie", cookies.join("; "));
        request.headers.add("accept", "text/html");
        request.headers.add("accept-language", language);
        request.headers.add("content-type", kind);
        if let Some(agent) = &self.agent {
            request.headers.add("user-agent", agent.as_str());
        }
        for (name, value) in headers {
            request.headers.add(name, *value);
        }
        let response = self.app.send(request);
        for (_, cookie) in response.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case("set-cookie")) {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.forget_cookie(name);
            } else {
                self.set_cookie(name, value);
            }
        }
        response
    }

    pub fn page(&self, target: &str) -> Response {
        self.send("GET", target, "", "en")
    }

    /// A page that must exist.
    pub fn get(&self, target: &str, language: &str) -> String {
        let response = self.send("GET", target, "", language);
        assert_eq!(response.status, 200, "{target}");
        String::from_utf8(response.body).unwrap()
    }

    pub fn status(&self, target: &str) -> u16 {
        self.page(target).status
    }

    /// Submits the first form of a page, with some fields filled in. What only a page's script sends is none.
    pub fn fill(&self, page: &Response, fields: &[(&str, &str)]) -> Response {
        let html = String::from_utf8(page.body.clone()).unwrap();
        let mut forms = html.split("<form").skip(1).map(|form| form.split("</form>").next().unwrap());
        let form = forms.find(|form| !form.contains("data-passkey=")).expect("a form");
        let attribute = |tag: &str, name: &str| {
            let rest = tag.split(&format!("{name}=\"")).nth(1)?;
            rest.split('"')
                .next()
                .map(|v| v.replace("&quot;", "\"").replace("&lt;", "<").replace("&amp;", "&"))
        };
        let action = attribute(form, "action").unwrap();
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for input in form.split("<input").skip(1) {
            let input = input.split('>').next().unwrap();
            let name = attribute(input, "name").unwrap();
            if !fields.iter().any(|(n, _)| *n == name) {
                body.append_pair(&name, &attribute(input, "value").unwrap_or_default());
            }
        }
        body.extend_pairs(fields);
        self.send("POST", &action, &body.finish(), "en")
    }

    /// Takes the token of a form of the page at `from` and sends it with these fields to `to`.
    pub fn submit(&self, from: &str, to: &str, fields: &[(&str, &str)]) -> Response {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("form", &self.token(from));
        body.extend_pairs(fields);
        self.send("POST", to, &body.finish(), "en")
    }

    /// The token of a form of the page at `from`.
    pub fn token(&self, from: &str) -> String {
        let page = self.get(from, "en");
        page.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    /// The token of the forms beside the statuses of a page.
    pub fn reading_token(&self, from: &str) -> String {
        let page = self.get(from, "en");
        let form = page.split("<form class=\"actions\"").nth(1).unwrap();
        form.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    }

    /// Does something with a status by such a form.
    pub fn act(&self, token: &str, page: &str, status: &str, what: &str) -> Response {
        let fields = [("form", token), ("next", page), ("status", status), ("do", what)];
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send("POST", "/act", &body, "en")
    }

    /// Sends a form with a file: the field's name and the content.
    pub fn upload(&self, to: &str, fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Response {
        match file {
            Some((name, content)) => self.upload_named(to, fields, ((name, "a.bin"), content)),
            // As browsers send a field that was left empty.
            None => self.upload_named(to, fields, (("image", ""), b"")),
        }
    }

    /// The same, with the name of the file.
    pub fn upload_named(
        &self,
        to: &str,
        fields: &[(&str, &str)],
        ((name, file_name), content): ((&str, &str), &[u8]),
    ) -> Response {
        let mut body = Vec::new();
        let mut part = |name: &str, more: &str, content: &[u8]| {
            let head = format!("--parts\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        };
        for (name, value) in fields {
            part(name, "", value.as_bytes());
        }
        part(name, &format!("; filename=\"{file_name}\""), content);
        body.extend_from_slice(b"--parts--\r\n");
        self.send_as("multipart/form-data; boundary=parts", "POST", to, body, "en")
    }

    /// Submits the sign-in page that redirects to `next`; whoever is signed in is so no longer.
    pub fn sign_in(&self, name: &str, password: &str, next: &str) -> Response {
        self.forget_cookie("__Host-sori");
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let page = self.page(&format!("/sign_in?next={next}"));
        self.fill(&page, &[("username", name), ("password", password)])
    }

    /// Submits the page for moving.
    pub fn migration(&self, fields: &[(&str, &str)]) -> Response {
        self.submit("/settings/migration", "/settings/migration", fields)
    }
}
