//! Whoever may not see a status sees nothing of it: its text and its id are in no response of any GET route,
//! and a request that names it is answered as if it did not exist. The calls come from the route table; a new
//! route is called without a change here.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sori::http::response::Response;
use sori::platform::native::{Clock, Network};
use sori::platform::sql::Statement;
use sori::routes::Surface;

use crate::app::{NOW, Person, TestApp, id, settle};
use crate::remote::Remote;

/// Appears in all text of the hidden statuses.
const MARK: &str = "xyzzymark";
/// Their hashtag, which others use as well.
const TAG: &str = "xyzzytag";
/// An id that nothing has.
const ABSENT: &str = "1234567890123456";

/// Why the viewer may not see the author's statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// For followers, and the viewer never followed.
    NeverFollowed,
    /// For followers, and the viewer no longer follows.
    Unfollowed,
    /// For followers, and the author has removed the viewer.
    Removed,
    /// Addressed only to the friend.
    Direct,
    /// Public, and the author blocks the viewer.
    BlockedByAuthor,
    /// Addressed only to the viewer, whom the author has blocked since.
    DirectThenBlocked,
    /// Public, and the author was suspended.
    Suspended,
    /// Public, and the viewer blocks the author: shown where the viewer asks for it by its id.
    BlockedByViewer,
    /// Public, and the viewer blocks the author's server: shown where the viewer asks for it by its id.
    DomainBlocked,
    /// Public, and the operator blocks the author's server.
    ServerSuspended,
}

use Reason::*;

impl Reason {
    fn visibility(self) -> &'static str {
        match self {
            NeverFollowed | Unfollowed | Removed => "private",
            Direct | DirectThenBlocked => "direct",
            _ => "public",
        }
    }

    fn is_remote(self) -> bool {
        matches!(self, DomainBlocked | ServerSuspended)
    }

    /// Whether the viewer could see the statuses before, and interacted with them.
    fn was_visible(self) -> bool {
        !matches!(self, NeverFollowed | Direct)
    }

    /// The viewer's own block: a status requested by its id is shown.
    fn is_own_choice(self) -> bool {
        matches!(self, BlockedByViewer | DomainBlocked)
    }

    /// Whether the statuses are hidden without a token as well.
    fn hides_from_strangers(self) -> bool {
        !matches!(self, BlockedByAuthor | BlockedByViewer | DomainBlocked)
    }
}

struct Hidden {
    app: TestApp,
    reason: Reason,
    viewer: Person,
    friend: Person,
    /// The viewer's own status, to which the hidden one is a reply.
    root: Value,
    /// The viewer's own status, which the hidden one quotes.
    quoted: Value,
    /// The friend's public reply to the hidden status.
    answer: Value,
    /// Ids that may appear in no response.
    secrets: Vec<String>,
}

fn post(person: &Person, draft: Value) -> Value {
    person.app.clock.advance(1_000);
    person.post("/api/v1/statuses", draft)
}

impl Hidden {
    fn new(reason: Reason) -> Self {
        let (network, clock) = (Network::new(1), Clock::fixed(NOW));
        let app = TestApp::new(&network, "a.example", &clock);
        let (viewer, friend) = (app.person("viewer"), app.person("friend"));
        viewer.follows(&friend);
        friend.follows(&viewer);
        let root = post(&viewer, json!({"status": "root"}));
        let quoted = post(&viewer, json!({"status": "quote me", "quote_approval_policy": "public"}));
        let mut hidden =
            Self { app, reason, viewer, friend, root, quoted, answer: Value::Null, secrets: Vec::new() };
        if reason.is_remote() {
            hidden.remote(&Remote::new(&network, "b.example"));
        } else {
            hidden.local();
        }
        hidden
    }

    fn local(&mut self) {
        let (app, viewer, friend) = (self.app.clone(), self.viewer.clone(), self.friend.clone());
        let author = app.person("author");
        author.ok(
            "PATCH",
            "/api/v1/accounts/update_credentials",
            Some(json!({"discoverable": true, "indexable": true})),
        );
        friend.follows(&author);
        author.follows(&friend);
        if self.reason.was_visible() {
            let author = viewer.finds("author");
            viewer.post(&format!("/api/v1/accounts/{}/follow", id(&author)), json!({"notify": true}));
        }
        let visibility = self.reason.visibility();
        let named = match self.reason {
            Direct => "@friend",
            DirectThenBlocked => "@viewer @friend",
            _ => "",
        };
        let text = format!("{named} {MARK} #{TAG} https://x.example/{MARK}");
        let draft = |more: Value| {
            let mut draft = json!({"status": text, "spoiler_text": MARK, "visibility": visibility});
            draft.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            draft
        };
        let mut all = vec![post(&author, draft(json!({"in_reply_to_id": id(&self.root)})))];
        if self.reason != Direct {
            all.push(post(&author, draft(json!({"quoted_status_id": id(&self.quoted)}))));
        }
        let poll = json!({"options": [MARK, "other"], "expires_in": 600});
        all.push(post(&author, draft(json!({"poll": poll}))));
        for status in &all {
            for person in
                [Some(&friend), Some(&viewer).filter(|_| self.reason.was_visible())].into_iter().flatten()
            {
                person.act(status, "favourite");
                person.act(status, "bookmark");
                person.ok("PUT", &format!("/api/v1/pleroma/statuses/{}/reactions/🎉", id(status)), None);
                if visibility == "public" {
                    person.act(status, "reblog");
                }
            }
            if visibility != "direct" {
                author.act(status, "pin");
            }
        }
        let polled = all.last().unwrap().clone();
        friend.post(&format!("/api/v1/polls/{}/votes", id(&polled)), json!({"choices": [0]}));
        if visibility == "private" {
            let boost = author.act(&all[0], "reblog");
            all.push(boost);
        }
        if self.reason.was_visible() {
            viewer.post(&format!("/api/v1/polls/{}/votes", id(&polled)), json!({"choices": [0]}));
            post(&viewer, json!({"status": "@author my answer", "in_reply_to_id": id(&all[0])}));
            let list = viewer.post("/api/v1/lists", json!({"title": "people"}));
            for who in [&author, &friend] {
                let path = format!("/api/v1/lists/{}/accounts", id(&list));
                viewer.post(&path, json!({"account_ids": [who.id.to_string()]}));
            }
        }
        author.ok(
            "PUT",
            &format!("/api/v1/statuses/{}", id(&all[0])),
            Some(draft(json!({"status": format!("{text} edited")}))),
        );
        self.others(&all);
        // The poll ends while the viewer may still see it, and makes a notification.
        self.app.clock.advance(11 * 60_000);
        self.app.tick();
        self.hide(author.id);
    }

    fn remote(&mut self, remote: &Remote) {
        let (app, viewer) = (self.app.clone(), self.viewer.clone());
        let author = remote.person("author");
        let mention = json!([{"type": "Mention", "href": "https://a.example/users/viewer", "name": "@viewer@a.example"}, {"type": "Hashtag", "name": format!("#{TAG}")}]);
        let mut all = Vec::new();
        for n in 1..=2 {
            app.clock.advance(1_000);
            let note = remote.serve(remote.note(&author, n, json!({
                "content": format!("<p>{MARK}</p>"), "summary": MARK, "tag": mention, "inReplyTo": self.root["uri"], "interactionPolicy": {"canQuote": {"automaticApproval": "https://www.w3.org/ns/activitystreams#Public"}},
                "published": sori::model::time::Time(app.clock.now().0).to_iso_seconds(),
            })));
            assert_eq!(remote.sends(&app, &remote.create(&author, &note)), 202);
            let told = viewer.notifications().into_iter().find(|n| n["status"]["uri"] == note["id"]).unwrap();
            all.push(told["status"].clone());
        }
        for status in &all {
            for person in [&self.friend, &viewer] {
                person.act(status, "favourite");
                person.act(status, "bookmark");
                person.act(status, "reblog");
            }
        }
        let account = viewer.finds("author@b.example");
        self.others(&all);
        self.hide(sori::model::id::Id::parse(id(&account)).unwrap());
    }

    /// How the friend interacts with the statuses.
    fn others(&mut self, all: &[Value]) {
        self.answer = post(
            &self.friend,
            json!({"status": format!("no words of it #{TAG}"), "in_reply_to_id": id(&all[0])}),
        );
        if self.reason.visibility() == "public" {
            post(&self.friend, json!({"status": "see", "quoted_status_id": id(&all[0])}));
        }
        settle(&[&self.app]);
        self.secrets = all.iter().map(|s| id(s).to_owned()).collect();
        let trends: Vec<String> = self.secrets.iter().map(|s| format!("('status', '{s}', {s})")).collect();
        self.app.db.run(&format!("INSERT INTO trends (kind, key, rank) VALUES {}", trends.join(",")));
    }

    fn hide(&self, author: sori::model::id::Id) {
        let inner = self.app.ready();
        let viewer = self.viewer.id;
        match self.reason {
            NeverFollowed | Direct => {}
            Unfollowed => {
                self.viewer.post(&format!("/api/v1/accounts/{author}/unfollow"), json!({}));
            }
            Removed => {
                self.app
                    .person("author")
                    .post(&format!("/api/v1/accounts/{viewer}/remove_from_followers"), json!({}));
            }
            BlockedByAuthor | DirectThenBlocked => {
                self.app.person("author").post(&format!("/api/v1/accounts/{viewer}/block"), json!({}));
            }
            BlockedByViewer => {
                self.viewer.post(&format!("/api/v1/accounts/{author}/block"), json!({}));
            }
            DomainBlocked => {
                self.viewer.post("/api/v1/domain_blocks", json!({"domain": "b.example"}));
            }
            Suspended => {
                pollster::block_on(crate::app::suspend(&inner, &self.app.account("author"))).unwrap();
            }
            ServerSuspended => {
                crate::app::block_domain(&inner, "b.example").unwrap();
            }
        }
        settle(&[&self.app]);
        self.app.restart();
    }

    fn ids(&self, sql: &'static str) -> Vec<String> {
        let rows = pollster::block_on(self.app.db.query(Statement::new(sql))).unwrap();
        rows.iter().map(|row| row.text("id").unwrap()).collect()
    }

    /// Values for the parameters of a route pattern.
    fn values(&self, pattern: &str, name: &str) -> Vec<String> {
        let texts = |all: &[&str]| all.iter().map(|t| (*t).to_owned()).collect();
        let before = pattern.split(&format!("/{{{name}}}")).next().unwrap();
        match (before.rsplit('/').find(|s| !s.starts_with('{')).unwrap_or(""), name) {
            // A status is found only under its own author.
            (_, "username") => {
                texts(&["author", "friend", "viewer"][..if pattern.contains("{id}") { 1 } else { 3 }])
            }
            ("@", _) | ("statuses" | "polls", "id") if !before.contains("filters") => {
                self.ids("SELECT CAST(id AS TEXT) AS id FROM statuses")
            }
            ("accounts", _) => self.ids("SELECT CAST(id AS TEXT) AS id FROM accounts"),
            ("notifications", "group_key") => {
                let mut keys = self.ids("SELECT 'ungrouped-' || id AS id FROM notifications");
                let groups = self.viewer.get("/api/v2/notifications?limit=80&include_filtered=true");
                keys.extend(
                    groups["notification_groups"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|g| g["group_key"].as_str().unwrap().to_owned()),
                );
                keys
            }
            ("notifications", _) => self.ids("SELECT CAST(id AS TEXT) AS id FROM notifications"),
            ("requests", _) => self.ids("SELECT CAST(id AS TEXT) AS id FROM notification_requests"),
            ("stamps", _) => self.ids("SELECT CAST(id AS TEXT) AS id FROM quote_stamps"),
            ("list" | "lists", _) => self.ids("SELECT CAST(id AS TEXT) AS id FROM lists"),
            (_, "name") if before.ends_with("reactions") => texts(&["🎉"]),
            (_, "name" | "hashtag") => texts(&[TAG]),
            (_, "version") => texts(&["2.0"]),
            _ => texts(&["1"]),
        }
    }

    /// Every GET request of the route table for which there are parameter values.
    fn requests(&self) -> Vec<(Surface, &'static str, String)> {
        let mut all = Vec::new();
        for (surface, route) in sori::routes::all().into_iter().filter(|(_, r)| r.method == "GET") {
            let mut paths = vec![route.pattern.to_owned()];
            for name in route.pattern.split('{').skip(1).map(|p| p.split('}').next().unwrap()) {
                let values = self.values(route.pattern, name);
                let hole = format!("{{{name}}}");
                paths = paths.iter().flat_map(|p| values.iter().map(|v| p.replacen(&hole, v, 1))).collect();
            }
            for path in paths {
                for query in self.queries(route.pattern) {
                    all.push((surface, route.pattern, format!("{path}{query}")));
                }
            }
        }
        all
    }

    fn queries(&self, pattern: &str) -> Vec<String> {
        let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let urls = || {
            let known = self.ids(
                "SELECT uri AS id FROM statuses WHERE text LIKE '%xyzzymark%' OR content LIKE '%xyzzymark%'",
            );
            known.iter().map(|u| encoded(u)).collect::<Vec<_>>()
        };
        match pattern {
            "/api/v2/search" => {
                let mut words = vec![
                    MARK.to_owned(),
                    encoded(&format!("#{TAG}")),
                    encoded("from:author"),
                    encoded("in:library"),
                ];
                words.extend(urls());
                words.iter().map(|q| format!("?limit=40&q={q}")).collect()
            }
            "/api/oembed" => urls().iter().map(|u| format!("?url={u}")).collect(),
            "/api/v1/timelines/link" => {
                vec![format!("?url={}", encoded(&format!("https://x.example/{MARK}")))]
            }
            "/api/v1/statuses" => {
                vec![self.secrets.iter().fold("?".to_owned(), |q, s| format!("{q}id[]={s}&"))]
            }
            "/api/v1/accounts/{id}/statuses" => [
                "?limit=40",
                "?pinned=true",
                &format!("?tagged={TAG}"),
                "?only_media=true",
                "?exclude_reblogs=true",
            ]
            .map(String::from)
            .into(),
            "/api/v1/notifications" | "/api/v2/notifications" => {
                ["?limit=80&include_filtered=true", "?limit=80&types[]=pleroma:emoji_reaction"]
                    .map(String::from)
                    .into()
            }
            _ if pattern.ends_with("/replies") => {
                ["", "?page=true", "?page=true&only_other_accounts=true"].map(String::from).into()
            }
            _ if pattern.starts_with("/users/") => vec![String::new(), "?page=true".into()],
            _ => vec!["?limit=40".into()],
        }
    }

    /// Whether a route may show what the viewer could see before their own block, or what they have
    /// bookmarked.
    fn may_show(&self, surface: Surface, pattern: &str, path: &str) -> bool {
        // Says whether one of two URLs may quote the other; the caller must be able to read it.
        if pattern == "/users/{username}/stamps/{id}" {
            return true;
        }
        // Public pages are the same for everybody.
        if pattern == "/api/oembed" && !self.reason.hides_from_strangers() {
            return true;
        }
        if !self.reason.is_own_choice() {
            return false;
        }
        // By its id, on its author's profile, and in the viewer's bookmarks and favourites.
        let is_asked_for = [
            "/api/v1/accounts/{id}/statuses",
            "/api/v1/statuses/{id}",
            "/api/v1/bookmarks",
            "/api/v1/favourites",
        ]
        .contains(&pattern);
        let is_named = path.contains("q=https") || self.secrets.iter().any(|s| path.contains(s.as_str()));
        surface != Surface::Api || is_asked_for || is_named
    }

    fn ask(&self, path: &str, token: Option<&str>) -> Response {
        if !path.starts_with("/users/") {
            return self.app.request("GET", path, token, None);
        }
        self.app.fetch(path)
    }

    /// What a response reveals of the hidden statuses.
    fn told(&self, surface: Surface, answer: &Response) -> Vec<String> {
        let mut text = String::from_utf8_lossy(&answer.body).into_owned();
        if let Ok(mut body) = serde_json::from_str::<Value>(&text) {
            if surface == Surface::ActivityPub {
                // A reply or quote shows the id of its target to all its readers.
                let names = [
                    "inReplyTo",
                    "inReplyToAtomUri",
                    "conversation",
                    "context",
                    "quote",
                    "quoteUri",
                    "_misskey_quote",
                    "content",
                    "contentMap",
                ];
                if !text.contains(MARK) {
                    without(&mut body, &names);
                }
            }
            if self.reason.is_own_choice() {
                // The viewer may open a quote of it, and has its id from there.
                without(&mut body, &["quote", "in_reply_to_id"]);
            }
            text = body.to_string();
        }
        for (_, value) in &answer.headers {
            text.push_str(value);
        }
        let mut secrets = vec![MARK.to_owned()];
        secrets.extend(self.secrets.clone());
        secrets.retain(|secret| text.contains(secret.as_str()));
        secrets
    }
}

fn without(value: &mut Value, names: &[&str]) {
    match value {
        Value::Object(map) => {
            map.retain(|name, _| !names.contains(&name.as_str()));
            map.values_mut().for_each(|v| without(v, names));
        }
        Value::Array(all) => all.iter_mut().for_each(|v| without(v, names)),
        _ => {}
    }
}

fn nothing_is_told(reason: Reason) {
    let hidden = Hidden::new(reason);
    let mut leaks = BTreeSet::new();
    let mut count = 0;
    for (n, (surface, pattern, path)) in hidden.requests().into_iter().enumerate() {
        if n % 200 == 0 {
            hidden.app.restart();
        }
        if hidden.may_show(surface, pattern, &path) {
            continue;
        }
        let mut tokens = vec![];
        if surface == Surface::Api {
            tokens.push(Some(hidden.viewer.token.as_str()));
        }
        if reason.hides_from_strangers() {
            tokens.push(None);
        }
        for token in tokens {
            let answer = hidden.ask(&path, token);
            count += 1;
            // Cron does not run meanwhile, which is what `/health` says by 503.
            let is_told = path.starts_with("/health");
            assert!(answer.status < 500 || is_told, "{path}: {}", answer.status);
            let who = if token.is_some() { "viewer" } else { "stranger" };
            for secret in hidden.told(surface, &answer) {
                leaks.insert(format!(
                    "{who}: {pattern} tells {}",
                    if secret == MARK { "words" } else { "an id" }
                ));
            }
            // A request that names it changes nothing.
            if let Some(secret) = hidden.secrets.iter().find(|s| path.contains(s.as_str())) {
                let absent = hidden.ask(&path.replace(secret.as_str(), ABSENT), token);
                let known = String::from_utf8_lossy(&answer.body).replace(secret.as_str(), ABSENT);
                if pattern != "/api/v2/search"
                    && (answer.status, known.as_bytes()) != (absent.status, &absent.body)
                {
                    leaks.insert(format!(
                        "{who}: {pattern} answers {} and {} where there is nothing",
                        answer.status, absent.status
                    ));
                }
            }
        }
    }
    let leaks: Vec<String> = leaks.into_iter().collect();
    assert!(count > 60, "{count} requests");
    assert!(leaks.is_empty(), "{reason:?}: {leaks:#?}");
}

macro_rules! reasons {
    ($($name:ident: $reason:ident,)*) => {$(
        #[test]
        fn $name() {
            nothing_is_told($reason);
        }
    )*};
}

reasons! {
    nothing_is_told_of_followers_only_statuses: NeverFollowed,
    nothing_is_told_of_followers_only_statuses_to_whoever_left: Unfollowed,
    nothing_is_told_of_followers_only_statuses_to_whoever_was_removed: Removed,
    nothing_is_told_of_direct_statuses_to_others: Direct,
    nothing_is_told_to_whom_the_author_blocks: BlockedByAuthor,
    nothing_is_told_of_direct_statuses_to_whom_their_author_blocks: DirectThenBlocked,
    nothing_is_told_of_suspended_authors: Suspended,
    nothing_unasked_is_told_of_authors_whom_the_viewer_blocks: BlockedByViewer,
    nothing_unasked_is_told_of_servers_that_the_viewer_blocks: DomainBlocked,
    nothing_is_told_of_suspended_servers: ServerSuspended,
}

#[test]
fn counts_are_of_what_strangers_may_see() {
    for reason in [NeverFollowed, Direct] {
        let hidden = Hidden::new(reason);
        let again = |status: &Value, token| -> Value {
            let answer = hidden.app.request("GET", &format!("/api/v1/statuses/{}", id(status)), token, None);
            serde_json::from_slice(&answer.body).unwrap()
        };
        for token in [None, Some(hidden.viewer.token.as_str()), Some(hidden.friend.token.as_str())] {
            assert_eq!(again(&hidden.root, token)["replies_count"], 0, "{reason:?}");
            assert_eq!(again(&hidden.quoted, token)["quotes_count"], 0, "{reason:?}");
        }
        assert_eq!(again(&hidden.answer, None)["in_reply_to_id"], Value::Null);
        assert_eq!(
            again(&hidden.answer, Some(&hidden.friend.token))["in_reply_to_id"],
            json!(hidden.secrets[0])
        );
        for path in ["/api/v1/notifications/unread_count", "/api/v2/notifications/unread_count"] {
            // A follow of the friend.
            assert_eq!(hidden.viewer.get(path)["count"], 1, "{path}");
        }
        let summary = &hidden.viewer.get("/api/v2/notifications/policy")["summary"];
        assert_eq!(summary["pending_notifications_count"], 0);
        let tag = hidden.viewer.get(&format!("/api/v1/tags/{TAG}"));
        let uses: i64 = tag["history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|d| d["uses"].as_str().unwrap().parse::<i64>().unwrap())
            .sum();
        assert_eq!(uses, 1, "the friend's");
    }
}

#[test]
fn favourited_by_and_reblogged_by_list_only_visible_accounts() {
    let app = TestApp::alone();
    let (author, viewer) = (app.person("author"), app.person("viewer"));
    let status = author.posts("for everybody");
    let names = ["open", "private", "suspended", "blocked", "blocking", "muted"];
    for name in names {
        app.clock.advance(1_000);
        let person = app.person(name);
        person.act(&status, "favourite");
        person.ok("PUT", &format!("/api/v1/pleroma/statuses/{}/reactions/🎉", id(&status)), None);
        let visibility = if name == "private" { "private" } else { "public" };
        person.post(&format!("/api/v1/statuses/{}/reblog", id(&status)), json!({"visibility": visibility}));
        person.post("/api/v1/statuses", json!({"status": "see", "quoted_status_id": status["id"]}));
    }
    let inner = app.ready();
    pollster::block_on(crate::app::suspend(&inner, &app.account("suspended"))).unwrap();
    viewer.post(&format!("/api/v1/accounts/{}/block", app.person("blocked").id), json!({}));
    app.person("blocking").post(&format!("/api/v1/accounts/{}/block", viewer.id), json!({}));
    viewer.post(&format!("/api/v1/accounts/{}/mute", app.person("muted").id), json!({}));
    let names = |list: &Value, field: &str| -> BTreeSet<String> {
        let all = list.as_array().unwrap().iter();
        all.map(|a| if field.is_empty() { a } else { &a[field] }["username"].as_str().unwrap().to_owned())
            .collect()
    };
    let set = |all: &[&str]| all.iter().map(|n| (*n).to_owned()).collect::<BTreeSet<_>>();
    let path = |what: &str| format!("/api/v1/statuses/{}/{what}", id(&status));
    for (token, seen) in [
        (None, vec!["open", "private", "blocked", "blocking", "muted"]),
        (Some(viewer.token.as_str()), vec!["open", "private"]),
    ] {
        let ask = |path: &str| -> Value {
            serde_json::from_slice(&app.request("GET", path, token, None).body).unwrap()
        };
        assert_eq!(names(&ask(&path("favourited_by")), ""), set(&seen));
        let reactions = ask(&format!("/api/v1/pleroma/statuses/{}/reactions", id(&status)));
        assert_eq!(names(&reactions[0]["accounts"], ""), set(&seen));
        if token.is_some() {
            assert_eq!(names(&ask(&path("quotes")), "account"), set(&seen));
        }
        // A private boost is visible to the booster's followers.
        let public: Vec<&str> = seen.into_iter().filter(|name| *name != "private").collect();
        assert_eq!(names(&ask(&path("reblogged_by")), ""), set(&public));
    }
    // The count that everybody sees is of the boosts that everybody may see.
    assert_eq!(author.get(&format!("/api/v1/statuses/{}", id(&status)))["reblogs_count"], 5);
}

/// Ties to somebody else, and being addressed in something else, open nothing.
#[test]
fn who_sees_a_status_is_told_by_that_status_and_its_author() {
    let app = TestApp::alone();
    let names = ["author", "follower", "named", "named_elsewhere", "follows_another", "enemy", "another"];
    let [author, follower, named, elsewhere, follows_another, enemy, another] = names.map(|n| app.person(n));
    follower.follows(&author);
    follows_another.follows(&another);
    named.follows(&another);
    another.follows(&follower);
    let write = |person: &Person, text: &str, visibility: &str| {
        post(person, json!({"status": text, "visibility": visibility}))
    };
    let direct = write(&author, "@named x", "direct");
    let private = write(&author, "x", "private");
    let private_named = write(&author, "@named x", "private");
    let public = write(&author, "x", "public");
    write(&author, "@named_elsewhere y", "direct");
    write(&another, "@enemy y", "public");
    write(&author, "@follower y", "public");
    author.post(&format!("/api/v1/accounts/{}/block", enemy.id), json!({}));
    another.post(&format!("/api/v1/accounts/{}/block", follower.id), json!({}));
    for (what, status, seen) in [
        ("direct", &direct, vec!["author", "named"]),
        ("private", &private, vec!["author", "follower"]),
        ("private to one", &private_named, vec!["author", "follower", "named"]),
        (
            "public",
            &public,
            vec!["author", "follower", "named", "named_elsewhere", "follows_another", "another"],
        ),
    ] {
        for person in [&author, &follower, &named, &elsewhere, &follows_another, &enemy, &another] {
            let answer = person.call("GET", &format!("/api/v1/statuses/{}", id(status)), None).status;
            let wanted = if seen.contains(&person.name.as_str()) { 200 } else { 404 };
            assert_eq!(answer, wanted, "{what} for {}", person.name);
        }
    }
    // What is on the home timeline is of those, even of somebody whom they follow.
    let home = |person: &Person| -> BTreeSet<String> {
        person.home().iter().map(|status| id(status).to_owned()).collect()
    };
    let set = |all: &[&Value]| all.iter().map(|status| id(status).to_owned()).collect::<BTreeSet<_>>();
    let own = set(&[&direct, &private, &private_named, &public]);
    assert_eq!(
        home(&follower).intersection(&own).cloned().collect::<BTreeSet<_>>(),
        set(&[&private, &private_named, &public])
    );
    assert!(home(&named).is_disjoint(&own) && home(&follows_another).is_disjoint(&own));
    // A boost is seen where both are.
    let boosts = [author.act(&private, "reblog"), another.act(&public, "reblog")];
    for (boost, person, wanted) in [
        (&boosts[0], &follower, 200),
        (&boosts[0], &named, 404),
        (&boosts[1], &named, 200),
        (&boosts[1], &enemy, 404),
        (&boosts[1], &follower, 404),
    ] {
        let answer = person.call("GET", &format!("/api/v1/statuses/{}", id(boost)), None).status;
        assert_eq!(answer, wanted, "boost for {}", person.name);
    }
}
