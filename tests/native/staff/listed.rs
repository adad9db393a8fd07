//! Alice, dora and bob, and an account that is acted upon, here or on another server, with something of it in every listing.

use serde_json::{Value, json};
use sori::model::time::{MINUTE, Time};
use sori::platform::native::{Clock, Network};
use sori::store;

use crate::app::{NOW, Person, TestApp, id, settle};
use crate::browser::Browser;
use crate::remote::Remote;

/// The name of the account that is acted upon: in every entity and on every page that shows it.
const NAME: &str = "Okapi";

/// Who is acted upon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Local,
    Remote,
}

pub struct World {
    app: TestApp,
    /// Follows the account; without a tie to it; follows and is followed by it.
    alice: Person,
    dora: Person,
    browsers: Vec<Browser>,
    them: Them,
    names: Vec<(&'static str, String)>,
}

/// The account that is acted upon.
enum Them {
    Local(Box<Person>),
    Remote { remote: Remote, actor: Value, id: String, posts: std::cell::Cell<u32> },
}

impl Them {
    fn id(&self) -> String {
        match self {
            Self::Local(person) => person.id.to_string(),
            Self::Remote { id, .. } => id.clone(),
        }
    }

    /// They write a status; returns it as `reader` finds it.
    fn posts(&self, app: &TestApp, reader: &Person, text: &str, sent: Value) -> Value {
        app.clock.advance(1000);
        match self {
            Self::Local(person) => {
                let mut whole = json!({"status": text});
                whole.as_object_mut().unwrap().extend(sent.as_object().unwrap().clone());
                person.post("/api/v1/statuses", whole)
            }
            Self::Remote { remote, actor, posts, .. } => {
                posts.set(posts.get() + 1);
                let mut extra = json!({"content": format!("<p>{text}</p>"), "published": Time(app.clock.now().0).to_iso()});
                let (mut tags, mut to) =
                    (Vec::new(), vec![json!("https://www.w3.org/ns/activitystreams#Public")]);
                for word in text.split(' ') {
                    if let Some(name) = word.strip_prefix('@') {
                        let uri = app.account(name).uri;
                        tags.push(
                            json!({"type": "Mention", "href": uri, "name": format!("@{name}@a.example")}),
                        );
                        to.push(json!(uri));
                    }
                    if let Some(name) = word.strip_prefix('#') {
                        tags.push(json!({"type": "Hashtag", "name": format!("#{name}")}));
                    }
                    if word.starts_with("https://") {
                        extra["content"] = json!(
                            extra["content"]
                                .as_str()
                                .unwrap()
                                .replace(word, &format!("<a href=\"{word}\">{word}</a>"))
                        );
                    }
                }
                if sent["visibility"] == "direct" {
                    to.remove(0);
                    extra["cc"] = json!([]);
                }
                (extra["tag"], extra["to"]) = (json!(tags), json!(to));
                if let Some(parent) = sent["in_reply_to_id"].as_str() {
                    extra["inReplyTo"] = reader.get(&format!("/api/v1/statuses/{parent}"))["uri"].clone();
                }
                let note = remote.note(actor, posts.get(), extra);
                assert_eq!(remote.sends(app, &remote.create(actor, &note)), 202, "{text}");
                let uri = note["id"].as_str().unwrap();
                let found = store::load(&app.db, store::statuses::by_uri(uri));
                let found =
                    pollster::block_on(found).unwrap().unwrap_or_else(|| panic!("{text} is not stored"));
                json!({"id": found.status.id.to_string(), "uri": uri})
            }
        }
    }

    /// They favourite, boost and react.
    fn marks(&self, app: &TestApp, status: &Value) {
        match self {
            Self::Local(person) => {
                person.act(status, "favourite");
                person.act(status, "reblog");
                person.ok("PUT", &format!("/api/v1/pleroma/statuses/{}/reactions/🎉", id(status)), None);
            }
            Self::Remote { remote, actor, .. } => {
                for (kind, n) in [("Like", 1), ("Announce", 2), ("EmojiReact", 3)] {
                    let content = (kind == "EmojiReact").then_some("🎉");
                    let activity = json!({"id": remote.uri(&format!("/acts/{n}")), "type": kind, "actor": actor["id"], "content": content,
                        "object": status["uri"], "to": ["https://www.w3.org/ns/activitystreams#Public"], "published": Time(app.clock.now().0).to_iso()});
                    assert_eq!(remote.sends(app, &activity), 202, "{kind}");
                }
            }
        }
    }

    fn follows(&self, app: &TestApp, other: &Person) {
        match self {
            Self::Local(person) => drop(person.follows(other)),
            Self::Remote { remote, actor, .. } => {
                let follow = json!({"id": remote.uri(&format!("/follows/{}", other.name)), "type": "Follow", "actor": actor["id"], "object": app.account(&other.name).uri});
                assert_eq!(remote.sends(app, &follow), 202);
            }
        }
    }
}

/// `person` follows them, and they accept.
fn follow(app: &TestApp, person: &Person, them: &Them, n: usize) {
    person.post(&format!("/api/v1/accounts/{}/follow", them.id()), json!({}));
    settle(&[app]);
    if let Them::Remote { remote, actor, .. } = them {
        let follow =
            remote.inbox.borrow().iter().rfind(|a| a["type"] == "Follow").cloned().expect("a Follow");
        let accept = json!({"id": remote.uri(&format!("/accepts/{n}")), "type": "Accept", "actor": actor["id"], "object": follow});
        assert_eq!(remote.sends(app, &accept), 202);
    }
}

impl World {
    pub fn new(kind: Kind) -> Self {
        let (network, clock) = (Network::new(1), Clock::fixed(NOW));
        let app = TestApp::new(&network, "a.example", &clock);
        app.live.bind();
        let [alice, dora, bob] = ["alice", "dora", "bob"].map(|name| app.person(name));
        let remote = Remote::new(&network, "b.example");
        let them = match kind {
            Kind::Local => {
                let person = app.person("them");
                person.ok(
                    "PATCH",
                    "/api/v1/accounts/update_credentials",
                    Some(json!({"display_name": NAME, "discoverable": true, "indexable": true})),
                );
                Them::Local(Box::new(person))
            }
            Kind::Remote => {
                let mut actor = remote.person("them");
                (actor["name"], actor["discoverable"], actor["indexable"]) =
                    (json!(NAME), json!(true), json!(true));
                let actor = remote.serve(actor);
                let found = bob.finds("them@b.example");
                Them::Remote { remote, actor, id: id(&found).to_owned(), posts: Default::default() }
            }
        };
        for (n, person) in [&alice, &bob].into_iter().enumerate() {
            follow(&app, person, &them, n);
        }
        for person in [&alice, &dora] {
            person.follows(&bob);
        }
        them.follows(&app, &bob);
        let world = |text: &str, sent: Value| them.posts(&app, &alice, text, sent);
        let post = world("quagga #fern https://x.example/a", json!({}));
        let boosted = world("impala", json!({}));
        bob.act(&boosted, "reblog");
        let answer = bob.replies(&post, "bob answers");
        let root = bob.posts("bob begins");
        app.clock.advance(1000);
        world("kudu", json!({"in_reply_to_id": id(&root)}));
        world("@alice @dora oryx", json!({}));
        world("@alice @dora eland", json!({"visibility": "direct"}));
        them.marks(&app, &root);
        if let Them::Local(person) = &them {
            person.post("/api/v1/statuses", json!({"status": "gnu", "quoted_status_id": id(&root)}));
        }
        for person in [&alice, &dora] {
            person.act(&post, "bookmark");
            person.act(&post, "favourite");
        }
        alice.post(&format!("/api/v1/accounts/{}/endorse", them.id()), json!({}));
        let list = alice.post("/api/v1/lists", json!({"title": "them"}));
        alice.post(&format!("/api/v1/lists/{}/accounts", id(&list)), json!({"account_ids": [them.id()]}));
        let made = bob.post("/api/v1/collections", json!({"name": "c", "account_ids": []}));
        let collection = id(&made["collection"]).to_owned();
        // Whom another server has not said to agree is in no collection.
        if kind == Kind::Local {
            bob.post(&format!("/api/v1/collections/{collection}/items"), json!({"account_id": them.id()}));
        }
        pollster::block_on(store::write(&app.db, vec![store::answers::list_people(app.clock.now())]))
            .unwrap();
        settle(&[&app]);
        let names = vec![
            ("post", id(&post).to_owned()),
            ("boosted", id(&boosted).to_owned()),
            ("answer", id(&answer).to_owned()),
            ("root", id(&root).to_owned()),
            ("list", id(&list).to_owned()),
            ("collection", collection),
            ("them", them.id()),
            ("host", if kind == Kind::Local { "a.example" } else { "b.example" }.to_owned()),
            ("local", if kind == Kind::Local { "true" } else { "false" }.to_owned()),
            ("address", if kind == Kind::Local { "them" } else { "them@b.example" }.to_owned()),
            ("alice", alice.id.to_string()),
            ("dora", dora.id.to_string()),
            ("bob", bob.id.to_string()),
        ];
        let browsers = vec![Browser::new(&app), Browser::of(&dora), Browser::of(&alice)];
        Self { app, alice, dora, browsers, them, names }
    }

    fn fill(&self, text: &str) -> String {
        self.names
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("<{name}>"), value))
    }

    /// Whether each of the three sees it; `.` where it is not for them.
    fn sees(&self, path: &str, word: &str) -> String {
        let path = self.fill(path);
        let word = if word.is_empty() { NAME.to_owned() } else { self.fill(word) };
        let tokens = [None, Some(&self.dora.token), Some(&self.alice.token)];
        let see = |n: usize| {
            let answer = match (path.starts_with("/api/"), self.browsers.get(n), tokens[n]) {
                (true, _, token) => self.app.request("GET", &path, token.map(String::as_str), None),
                (false, Some(browser), _) => browser.send("GET", &path, "", "en"),
                (false, None, _) => panic!("no browser"),
            };
            match answer.status {
                200 if String::from_utf8_lossy(&answer.body).contains(&word) => 'y',
                200 | 403 | 404 | 410 => '-',
                302 | 303 | 401 | 422 => '.',
                status => panic!("{path}: {status} {}", String::from_utf8_lossy(&answer.body)),
            }
        };
        (0..3).map(see).collect()
    }

    /// These listings as they are now: each a path, and a word that it contains.
    pub fn all(&self, listings: impl Iterator<Item = (&'static str, &'static str)>) -> Vec<String> {
        // What is kept of pages for strangers, for a minute, is no longer.
        self.app.clock.advance(2 * MINUTE);
        pollster::block_on(store::write(&self.app.db, store::trends::count(self.app.clock.now(), false)))
            .unwrap();
        listings.map(|(path, word)| self.sees(path, word)).collect()
    }

    /// Does `act`, or undoes it.
    pub fn act(&self, act: &str, is_undone: bool) {
        let app = &self.app;
        let them = self.them.id();
        let account = || app.account("them");
        match act {
            "limit" => {
                let time = if is_undone { "NULL" } else { "1" };
                app.db.run(&format!("UPDATE accounts SET silenced_at = {time} WHERE id = {them}"));
            }
            "suspend" => {
                let done = async {
                    let app = app.ready();
                    match is_undone {
                        false => crate::app::suspend(&app, &account()).await,
                        true => crate::app::unsuspend(&app, &account()).await,
                    }
                };
                pollster::block_on(done).unwrap();
            }
            "block" | "mute" => {
                let un = if is_undone { "un" } else { "" };
                for person in [&self.alice, &self.dora] {
                    person.post(&format!("/api/v1/accounts/{them}/{un}{act}"), json!({}));
                }
            }
            _ => {
                let method = if is_undone { "DELETE" } else { "POST" };
                for person in [&self.alice, &self.dora] {
                    person.ok(method, "/api/v1/domain_blocks", Some(json!({"domain": "b.example"})));
                }
            }
        }
        settle(&[app]);
    }
}
