//! Random parameters, bodies and tokens at every route: no 500, no panic, and each error in the format of its
//! surface. `SORI_SEED=5 cargo nextest run fuzz` runs with another seed.

use serde_json::{Value, json};
use sori::http::request::Request;
use sori::platform::native::Random;
use sori::routes::Surface;

use crate::scene::{READS, Scene, WRITES};

const VALUES: &[&str] = &[
    "",
    "0",
    "-1",
    "1",
    "true",
    "off",
    "null",
    "abc",
    "99",
    "99999999999999999999",
    "9007199254740993",
    "-9223372036854775808",
    "1e9",
    "NaN",
    "\u{0}",
    "\u{202e}",
    "한글",
    "🦀",
    "👍",
    "[]",
    "{}",
    "\"",
    "'; DROP TABLE statuses; --",
    "%",
    "%00",
    "../",
    "a b",
    "#fern",
    "@bob",
    "@far@b.example",
    "https://a.example/@alice",
    "https://b.example/notes/1",
    "https://[::1]/",
    "javascript:x",
    "2026-09-21T10:00:00Z",
    "0000-00-00",
    "from:bob has:poll",
    "fern OR (",
    "home",
    "public",
    "direct",
    "follow",
    "accept",
    "en",
    "ko",
    "authorization_code",
    "client_credentials",
    "read write",
    "S256",
    "acct:alice@a.example",
    "urn:ietf:wg:oauth:2.0:oob",
];

const KINDS: &[&str] = &[
    "",
    "application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "multipart/form-data",
    "text/plain",
    "application/activity+json",
    "application/octet-stream",
    "\u{ff}",
];

/// Prints what was sent when something panics.
struct Case(u64, String);

impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("seed {}: {}", self.0, self.1);
        }
    }
}

struct Dice {
    random: Random,
    names: Vec<String>,
    ids: Vec<String>,
}

impl Dice {
    fn below(&self, n: usize) -> usize {
        self.random.below(n as u64) as usize
    }

    fn of<'a, T>(&self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }

    fn value(&self) -> String {
        match self.below(8) {
            0..=2 => self.of(&self.ids).clone(),
            3 => "x".repeat(self.below(3000)),
            _ => (*self.of(VALUES)).to_owned(),
        }
    }

    fn json(&self, depth: usize) -> Value {
        match self.below(if depth > 3 { 6 } else { 8 }) {
            0 => json!(null),
            1 => json!(self.below(3) == 0),
            2 => json!(self.below(1000)),
            3..=5 => json!(self.value()),
            6 => (0..self.below(4)).map(|_| self.json(depth + 1)).collect(),
            _ => self.object(depth + 1),
        }
    }

    fn object(&self, depth: usize) -> Value {
        let mut map = serde_json::Map::new();
        for _ in 0..self.below(5) {
            let name = self.of(&self.names).split('[').next().unwrap_or("").to_owned();
            map.insert(name, self.json(depth));
        }
        Value::Object(map)
    }

    fn pairs(&self) -> String {
        let mut pairs = url::form_urlencoded::Serializer::new(String::new());
        for _ in 0..self.below(6) {
            let name = self.of(&self.names);
            let nested =
                ["", "", "", "[]", "[x]", "[0][name]", "[][id]", "[a][b][c][d]", "["][self.below(10).min(8)];
            pairs.append_pair(&format!("{name}{nested}"), &self.value());
        }
        pairs.finish()
    }

    fn body(&self, kind: &str) -> Vec<u8> {
        if self.below(10) == 0 {
            return (0..self.below(200)).map(|_| self.below(256) as u8).collect();
        }
        match kind {
            "application/json" | "application/activity+json" => self.object(0).to_string().into_bytes(),
            k if k.starts_with("multipart") => {
                let mut text = String::new();
                for _ in 0..self.below(4) {
                    let file = if self.below(4) == 0 { "; filename=\"x.png\"" } else { "" };
                    let name = self.of(&self.names);
                    let value = self.value();
                    text.push_str(&format!(
                        "--b\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"
                    ));
                }
                format!("{text}--b--\r\n").into_bytes()
            }
            _ => self.pairs().into_bytes(),
        }
    }

    fn path(&self, pattern: &str) -> String {
        let segment = |s: &str| match s.find('{') {
            Some(at) => {
                let odd = [
                    "abc",
                    "%00",
                    "%F0%9F%A6%80",
                    "alice",
                    "bob",
                    "fern",
                    "0",
                    "%2F",
                    "ungrouped-1",
                    "favourite-1-2",
                ];
                let inner =
                    if self.below(3) > 0 { self.of(&self.ids).clone() } else { (*self.of(&odd)).into() };
                format!("{}{inner}", &s[..at])
            }
            None => s.to_owned(),
        };
        pattern.split('/').map(segment).collect::<Vec<_>>().join("/")
    }
}

/// Names of parameters that some route reads.
fn names() -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, _, body) in WRITES {
        let body: Value = serde_json::from_str(body).unwrap();
        for (name, value) in body.as_object().unwrap() {
            names.push(name.clone());
            let inner = value.as_object().into_iter().flat_map(|m| m.keys());
            names.extend(inner.map(|key| format!("{name}[{key}]")));
        }
    }
    for path in READS {
        let query = path.split_once('?').map_or("", |(_, q)| q);
        names.extend(url::form_urlencoded::parse(query.as_bytes()).map(|(n, _)| n.into_owned()));
    }
    let others = "max_id min_id since_id limit offset q type resolve following local remote only_media pinned tagged any[] all[] \
                  none[] exclude_replies types[] exclude_types[] grouped_types[] timeline[] redirect_uri response_type state \
                  code code_verifier code_challenge form decision next username password title code page resource rel \
                  access_token media_ids[] sensitive quoted_status_id fields_attributes[0][value] maxwidth order account_id";
    names.extend(others.split_whitespace().map(str::to_owned));
    names.sort();
    names.dedup();
    names
}

#[test]
fn random_requests_never_break_anything() {
    let seed: u64 = std::env::var("SORI_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    println!("seed {seed}");
    let scene = Scene::new();
    let app = &scene.app;
    let dice = Dice { random: Random::seeded(seed), names: names(), ids: scene.ids() };
    let tokens = [Some(scene.alice.token.as_str()), Some(&scene.eve.token), None, Some("nonsense")];
    let (mut cases, mut by_class) = (0, [0; 6]);
    for (surface, route) in sori::routes::all() {
        for n in 0..16 {
            if n % 4 == 0 {
                app.clock.advance(31 * 60_000);
            }
            let kind = *dice.of(KINDS);
            let mut request = Request {
                method: if dice.below(40) == 0 { "HEAD".into() } else { route.method.into() },
                path: dice.path(route.pattern),
                query: if dice.below(2) == 0 { dice.pairs() } else { String::new() },
                body: if route.method != "GET" || dice.below(5) == 0 { dice.body(kind) } else { Vec::new() },
                ..Request::default()
            };
            if !kind.is_empty() {
                request.headers.add("content-type", kind);
            }
            // Three of four with alice's or eve's token.
            if let Some(token) = dice.of(&[tokens[0], tokens[0], tokens[1], *dice.of(&tokens)]) {
                request.headers.add("authorization", format!("Bearer {token}"));
            }
            for (name, value) in [
                ("accept", "application/activity+json"),
                ("idempotency-key", "x"),
                (
                    "signature",
                    "keyId=\"https://b.example/users/far#main-key\",headers=\"\",signature=\"AA==\"",
                ),
                ("signature-input", "sig1=();keyid=\"x\""),
                ("date", "yesterday"),
                ("digest", "SHA-256=x"),
                ("cookie", "sori_session=x; a=;=b"),
                ("accept-language", "ko;q=x, *"),
                ("range", "bytes=0-"),
            ] {
                if dice.below(6) == 0 {
                    request.headers.add(name, value);
                }
            }
            let told = format!(
                "{} {} {:?}",
                request.method,
                request.target(),
                String::from_utf8_lossy(&request.body)
            );
            let case = Case(seed, told);
            let is_head = request.method == "HEAD";
            // Cron does not run here, which is what `/health` says by 503.
            let is_told = request.path == "/health";
            let response = app.send(request);
            let text = String::from_utf8_lossy(&response.body);
            assert!(response.status < 500 || is_told, "{}: {text:.300}", response.status);
            if response.status >= 400 && surface != Surface::Html && !is_head {
                let value: Value = serde_json::from_slice(&response.body).unwrap_or_default();
                assert!(value["error"].is_string(), "{} without a word: {text:.300}", response.status);
            }
            by_class[usize::from(response.status / 100)] += 1;
            cases += 1;
            drop(case);
        }
    }
    println!("{cases} requests: {} fine, {} elsewhere, {} refused", by_class[2], by_class[3], by_class[4]);
    // The run means something only if many requests succeed.
    assert!(by_class[2] * 6 > cases, "{by_class:?}");
}
