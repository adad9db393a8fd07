//! An instance with data of every kind, and a call for each route of the client API; used by the tests of
//! conformance, costs, bad input and query plans.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sori::model::time::Time;
use sori::platform::native::{Clock, Network};
use sori::routes::Surface;

use crate::app::{NOW, Person, TestApp, header, id, settle};
use crate::push::{Device, PushService};
use crate::remote::Remote;

/// Alice, who has a bit of everything.
pub struct Scene {
    pub app: TestApp,
    pub alice: Person,
    /// An account without ties to anybody.
    pub eve: Person,
    /// A client's own token.
    client: String,
    /// The values of `<name>` in paths and bodies.
    names: BTreeMap<&'static str, String>,
}

impl Scene {
    pub fn new() -> Self {
        let (network, clock) = (Network::new(1), Clock::fixed(NOW));
        let app = TestApp::new(&network, "a.example", &clock);
        app.db.run(&format!(
            "INSERT INTO rules (id, text) VALUES (1, 'Be kind');\n\
             INSERT INTO site_texts (id, kind, text, effective_at) VALUES (1, 'privacy_policy', 'x', {NOW} / 86400000 * 86400000), (2, 'terms_of_service', 'y', {NOW} / 86400000 * 86400000);\n\
             UPDATE settings SET value = 'open' WHERE key = 'registrations';\n\
             INSERT INTO announcements (id, content, published_at, updated_at, starts_at, ends_at) VALUES (5, '<p>hi</p>', {NOW}, {NOW}, {NOW}, {NOW} + 999999999);\n\
             INSERT INTO custom_emojis (shortcode, url, static_url, category) VALUES ('fern', 'https://a.example/fern.png', 'https://a.example/fern.png', 'plants');"
        ));
        app.restart();
        let alice = app.person("alice");
        let mut scene =
            Self { eve: app.person("eve"), alice, client: String::new(), app, names: BTreeMap::new() };
        scene.people_and_statuses(&Remote::new(&network, "b.example"));
        scene.things();
        scene.strangers();
        let device = Device::new(&PushService::new(&network, "push.example"), 1, true);
        device.subscribes(&scene.alice, &["admin.sign_up"]);
        scene
    }

    fn name(&mut self, name: &'static str, value: impl ToString) {
        self.names.insert(name, value.to_string());
    }

    /// All values of placeholders.
    pub fn ids(&self) -> Vec<String> {
        self.names.values().cloned().collect()
    }

    /// A call by alice, or by a client where only clients may call.
    pub fn call(&self, method: &str, path: &str, sent: Option<Value>) -> sori::http::response::Response {
        let is_sign_up = (method, path) == ("POST", "/api/v1/accounts");
        let token = if is_sign_up { &self.client } else { &self.alice.token };
        self.app.request(method, path, Some(token), sent)
    }

    /// A text with its placeholders filled in.
    pub fn fill(&self, text: &str) -> String {
        self.names
            .iter()
            .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("<{name}>"), value))
    }

    /// Bob, carol and a remote account exchange statuses with alice.
    fn people_and_statuses(&mut self, remote: &Remote) {
        let (app, alice) = (self.app.clone(), self.alice.clone());
        let (bob, carol) = (app.person("bob"), app.person("carol"));
        let mut far = remote.person("far");
        far["icon"] = json!({"type": "Image", "url": "https://b.example/me.jpg"});
        far["image"] = json!({"type": "Image", "url": "https://b.example/header.jpg"});
        let far = remote.serve(far);
        let step = || app.clock.advance(10);
        alice.ok(
            "PATCH",
            "/api/v1/accounts/update_credentials",
            Some(json!({"note": "hi #fern", "discoverable": true, "fields_attributes": [{"name": "web", "value": "https://x.example"}]})),
        );
        bob.ok(
            "PATCH",
            "/api/v1/accounts/update_credentials",
            Some(json!({"discoverable": true, "attribution_domains": ["x.example"]})),
        );
        let page = "<html lang=en><title>A page</title><meta property=og:image content=/p.png>\
            <meta property=article:published_time content=2026-09-01><meta name=author content=Bob>\
            <meta name=fediverse:creator content=@bob@a.example>";
        let page = sori::http::response::Response::html(page.into());
        app.network.serve("x.example", vec![("/a".into(), page)]);
        alice.follows(&bob);
        bob.follows(&alice);
        bob.follows(&carol);
        let far_account = alice.finds("far@b.example");
        alice.post(&format!("/api/v1/accounts/{}/follow", id(&far_account)), json!({}));
        settle(&[&app]);
        let follow = remote.inbox.borrow().iter().find(|a| a["type"] == "Follow").cloned().unwrap();
        remote.sends(
            &app,
            &json!({"id": remote.uri("/accepts/1"), "type": "Accept", "actor": far["id"], "object": follow}),
        );
        let note = remote.note(&far, 1, json!({"summary": "cw", "sensitive": true, "contentMap": {"ko": "<p>note 1</p>"},
            "tag": [{"type": "Hashtag", "name": "#fern"}, {"type": "Emoji", "name": ":x:", "icon": {"type": "Image", "url": "https://b.example/x.png"}}],
            "attachment": [{"type": "Document", "mediaType": "image/png", "url": "https://b.example/a.png", "name": "a tree", "width": 4, "height": 3},
                {"type": "Document", "mediaType": "video/mp4", "url": "https://b.example/a.mp4"}]}));
        assert_eq!(remote.sends(&app, &remote.create(&far, &note)), 202);
        remote.serve(note.clone());
        step();
        let post = alice.post(
            "/api/v1/statuses",
            json!({"status": "@bob @far@b.example :fern: #fern https://x.example/a", "language": "en"}),
        );
        step();
        let poll = bob.post(
            "/api/v1/statuses",
            json!({"status": "tea?", "poll": {"options": ["yes", "no"], "expires_in": 600}}),
        );
        alice.post(&format!("/api/v1/polls/{}/votes", id(&poll["poll"])), json!({"choices": [0]}));
        let open =
            bob.post("/api/v1/statuses", json!({"poll": {"options": ["a", "b"], "expires_in": 86_400}}));
        step();
        let quote = bob.post("/api/v1/statuses", json!({"status": "look", "quoted_status_id": id(&post)}));
        let reply = bob.replies(&post, "@alice yes");
        alice.replies(&reply, "@bob no");
        step();
        carol.post("/api/v1/statuses", json!({"status": "@alice #fern https://x.example/a"}));
        bob.act(&post, "favourite");
        carol.act(&post, "favourite");
        carol.ok("PUT", &format!("/api/v1/pleroma/statuses/{}/reactions/🎉", id(&post)), None);
        bob.act(&post, "reblog");
        alice.act(&poll, "reblog");
        alice.act(&poll, "bookmark");
        alice.act(&reply, "favourite");
        alice.act(&post, "pin");
        step();
        alice.ok(
            "PUT",
            &format!("/api/v1/statuses/{}", id(&post)),
            Some(json!({"status": "@bob edited :fern: #fern https://x.example/a"})),
        );
        let direct = bob.post("/api/v1/statuses", json!({"status": "@alice psst", "visibility": "direct"}));
        let private = bob.post("/api/v1/statuses", json!({"status": "for friends", "visibility": "private"}));
        let plain = alice.posts("plain #heather");
        self.app.db.run(&format!("INSERT INTO trends (kind, key, rank) VALUES ('tag', 'fern', 1), ('status', '{}', 1), ('link', 'https://x.example/a', 1)", id(&poll)));
        let url: String =
            url::form_urlencoded::byte_serialize(post["url"].as_str().unwrap().as_bytes()).collect();
        self.name("url", url);
        for (name, value) in [
            ("far", &far_account),
            ("post", &post),
            ("poll", &poll),
            ("open_poll", &open),
            ("quote", &quote),
            ("reply", &reply),
            ("direct", &direct),
            ("private", &private),
            ("plain", &plain),
        ] {
            self.name(name, id(value));
        }
        for person in [&alice, &bob, &carol] {
            self.name(
                if person.id == alice.id {
                    "me"
                } else if person.id == bob.id {
                    "bob"
                } else {
                    "carol"
                },
                person.id,
            );
        }
        let eve = self.eve.id;
        self.name("eve", eve);
        self.name("today", Time(NOW).to_date());
    }

    /// Lists, filters, tags and other things of alice's.
    fn things(&mut self) {
        let alice = self.alice.clone();
        let bob = self.app.person("bob");
        let make = |scene: &Self, path: &str, sent: Value| {
            alice.post(&scene.fill(path), serde_json::from_str(&scene.fill(&sent.to_string())).unwrap())
        };
        for name in ["media", "media2"] {
            let file = crate::api::media::png(3, 2);
            let parts: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("a.png"), &file)];
            let answer = self.app.send_form("POST", "/api/v2/media", Some(&alice.token), &parts);
            let made: Value = serde_json::from_slice(&answer.body).unwrap();
            self.name(name, id(&made));
        }
        let list = make(self, "/api/v1/lists", json!({"title": "friends"}));
        self.name("list", id(&list));
        make(self, "/api/v1/lists/<list>/accounts", json!({"account_ids": ["<bob>"]}));
        let contexts = json!(["home", "public", "thread", "account", "notifications"]);
        let filter = make(
            self,
            "/api/v2/filters",
            json!({"title": "tea", "context": contexts, "keywords_attributes": [{"keyword": "tea"}, {"keyword": "coffee"}]}),
        );
        self.name("filter", id(&filter));
        self.name("keyword", id(&filter["keywords"][0]));
        let filtered = make(self, "/api/v2/filters/<filter>/statuses", json!({"status_id": "<quote>"}));
        self.name("filtered", id(&filtered));
        let v1 = make(self, "/api/v1/filters", json!({"phrase": "mate", "context": ["home"]}));
        self.name("filter_v1", id(&v1));
        make(self, "/api/v1/tags/fern/follow", json!({}));
        let featured = make(self, "/api/v1/featured_tags", json!({"name": "fern"}));
        self.name("featured", id(&featured));
        make(self, "/api/v1/accounts/<bob>/endorse", json!({}));
        make(self, "/api/v1/accounts/<carol>/mute?duration=9999", json!({"notifications": false}));
        make(self, "/api/v1/domain_blocks", json!({"domain": "spam.example"}));
        let at = Time(self.app.clock.now().0 + 99_999_999).to_iso();
        let scheduled = make(
            self,
            "/api/v1/statuses",
            json!({"status": "later", "scheduled_at": at, "poll": {"options": ["a", "b"], "expires_in": 600}}),
        );
        self.name("scheduled", id(&scheduled));
        self.name("at", at);
        make(
            self,
            "/api/v1/markers",
            json!({"home": {"last_read_id": "<post>"}, "notifications": {"last_read_id": "1"}}),
        );
        alice.ok("PUT", "/api/v1/announcements/5/reactions/%F0%9F%91%8D", Some(json!({})));
        for (collection, item, theirs, place) in [
            ("collection", "item", "theirs", "their_item"),
            ("collection2", "item2", "theirs2", "their_item2"),
        ] {
            let made = make(
                self,
                "/api/v1/collections",
                json!({"name": "x", "tag_name": "art", "account_ids": ["<bob>"]}),
            );
            self.name(collection, id(&made["collection"]));
            self.name(item, id(&made["collection"]["items"][0]));
            let made =
                bob.post("/api/v1/collections", json!({"name": "y", "account_ids": [alice.id.to_string()]}));
            self.name(theirs, id(&made["collection"]));
            self.name(place, id(&made["collection"]["items"][0]));
        }
        let conversation = alice.get("/api/v1/conversations");
        self.name("conversation", id(&conversation[0]));
        let client = make(
            self,
            "/api/v1/apps",
            json!({"client_name": "x", "redirect_uris": "app://x", "scopes": "read write"}),
        );
        let asked = json!({"grant_type": "client_credentials", "client_id": client["client_id"], "client_secret": client["client_secret"], "scope": "read write"});
        self.client = make(self, "/oauth/token", asked)["access_token"].as_str().unwrap().to_owned();
        self.name("client_id", client["client_id"].as_str().unwrap());
        self.name("client_secret", client["client_secret"].as_str().unwrap());
    }

    /// A follow request, a message of an unknown account, a block.
    fn strangers(&mut self) {
        let (app, alice) = (self.app.clone(), self.alice.clone());
        let notes = alice.notifications();
        let mallory = app.person("mallory");
        alice.post(&format!("/api/v1/accounts/{}/block", mallory.id), json!({}));
        self.name("mallory", mallory.id);
        alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"locked": true})));
        for name in ["dora", "frank"] {
            let person = app.person(name);
            person.follows(&alice);
            self.name(name, person.id);
        }
        for (name, note) in ["note", "note2", "note3"].into_iter().zip(&notes) {
            self.name(name, id(note));
        }
        let groups = alice.get("/api/v2/notifications");
        let key = groups["notification_groups"].as_array().unwrap().iter().find(|g| g["type"] == "favourite");
        self.name("group", key.unwrap()["group_key"].as_str().unwrap());
        alice.ok("PUT", "/api/v2/notifications/policy", Some(json!({"for_not_following": "filter"})));
        for name in ["emil", "gail", "hans", "ines"] {
            app.person(name).posts("@alice hello");
        }
        let requests = alice.get("/api/v1/notifications/requests");
        for (name, request) in
            ["request", "request2", "request3", "request4"].into_iter().zip(requests.as_array().unwrap())
        {
            self.name(name, id(request));
        }
        let note = alice.sees(&json!("https://b.example/notes/1")).expect("a note of another server");
        let looked = alice.call("GET", &format!("/api/v1/statuses/{}/context", id(&note)), None);
        let refresh = header(&looked, "Mastodon-Async-Refresh");
        self.name("refresh", refresh.split('"').nth(1).expect("a thread that is being fetched"));
        app.clock.advance(6 * 60_000);
    }
}

/// The route of the table for a path; fixed segments take precedence.
pub fn route_of(method: &str, path: &str) -> Option<&'static str> {
    let plain = path.split('?').next().unwrap_or(path);
    let routes = sori::routes::all();
    best(routes.iter().filter(|(_, r)| r.method == method).map(|(_, r)| r.pattern), plain)
}

/// How specifically a path matches a template such as `/api/v1/lists/{id}`.
fn matches(template: &str, path: &str) -> Option<usize> {
    let (a, b): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    if a.len() != b.len() || !a.iter().zip(&b).all(|(t, s)| t.starts_with('{') || t == s) {
        return None;
    }
    Some(a.iter().filter(|t| !t.starts_with('{')).count())
}

pub fn best<'a>(templates: impl Iterator<Item = &'a str>, path: &str) -> Option<&'a str> {
    templates.filter_map(|t| matches(t, path).map(|n| (n, t))).max_by_key(|(n, _)| *n).map(|(_, t)| t)
}

/// Method and pattern of every route of the client API and of OAuth.
pub fn api_routes() -> BTreeSet<(&'static str, &'static str)> {
    let of_clients = |(surface, _): &(Surface, _)| matches!(surface, Surface::Api | Surface::OAuth);
    sori::routes::all().into_iter().filter(of_clients).map(|(_, r)| (r.method, r.pattern)).collect()
}

/// Every GET, with parameters for which there is data.
pub const READS: &[&str] = &[
    "/api/v1/instance",
    "/api/v2/instance",
    "/api/v1/instance/rules",
    "/api/v1/instance/peers",
    "/api/v1/instance/activity",
    "/api/v1/instance/extended_description",
    "/api/v1/instance/privacy_policy",
    "/api/v1/instance/terms_of_service",
    "/api/v1/instance/terms_of_service/<today>",
    "/api/v1/instance/translation_languages",
    "/api/v1/instance/languages",
    "/api/v1/peers/search?q=b",
    "/api/v1/custom_emojis",
    "/api/v1/announcements",
    "/api/v1/preferences",
    "/api/v1/push/subscription",
    "/api/v1/profile",
    "/api/v1/markers?timeline[]=home&timeline[]=notifications",
    "/api/v1/media/<media>",
    "/api/v1/accounts/verify_credentials",
    "/api/v1/accounts/<bob>",
    "/api/v1/accounts/<far>",
    "/api/v1/accounts?id[]=<bob>&id[]=<me>",
    "/api/v1/accounts/lookup?acct=bob",
    "/api/v1/accounts/search?q=bob",
    "/api/v1/accounts/relationships?id[]=<bob>&id[]=<carol>",
    "/api/v1/accounts/familiar_followers?id[]=<carol>",
    "/api/v1/accounts/<bob>/statuses",
    "/api/v1/accounts/<me>/statuses?pinned=true",
    "/api/v1/accounts/<me>/followers",
    "/api/v1/accounts/<me>/following",
    "/api/v1/accounts/<me>/featured_tags",
    "/api/v1/accounts/<me>/endorsements",
    "/api/v1/accounts/<bob>/lists",
    "/api/v1/accounts/<me>/identity_proofs",
    "/api/v1/accounts/<me>/collections",
    "/api/v1/accounts/<me>/in_collections",
    "/api/v1/timelines/home?limit=40",
    "/api/v1/timelines/public",
    "/api/v1/timelines/tag/fern",
    "/api/v1/timelines/link?url=https%3A%2F%2Fx.example%2Fa",
    "/api/v1/timelines/list/<list>",
    "/api/v1/timelines/direct",
    "/api/v1/statuses/<post>",
    "/api/v1/statuses/<poll>",
    "/api/v1/statuses?id[]=<post>&id[]=<quote>",
    "/api/v1/statuses/<reply>/context",
    "/api/v1/statuses/<post>/history",
    "/api/v1/statuses/<post>/source",
    "/api/v1/statuses/<post>/favourited_by",
    "/api/v1/statuses/<post>/reblogged_by",
    "/api/v1/statuses/<post>/quotes",
    "/api/v1/pleroma/statuses/<post>/reactions",
    "/api/v1/pleroma/statuses/<post>/reactions/%F0%9F%8E%89",
    "/api/v1/polls/<poll>",
    "/api/v1/bookmarks",
    "/api/v1/favourites",
    "/api/v1/mutes",
    "/api/v1/blocks",
    "/api/v1/domain_blocks",
    "/api/v1/domain_blocks/preview?domain=b.example",
    "/api/v1/endorsements",
    "/api/v1/featured_tags",
    "/api/v1/featured_tags/suggestions",
    "/api/v1/followed_tags",
    "/api/v1/tags/fern",
    "/api/v1/follow_requests",
    "/api/v1/lists",
    "/api/v1/lists/<list>",
    "/api/v1/lists/<list>/accounts",
    "/api/v1/filters",
    "/api/v1/filters/<filter_v1>",
    "/api/v2/filters",
    "/api/v2/filters/<filter>",
    "/api/v2/filters/<filter>/keywords",
    "/api/v2/filters/<filter>/statuses",
    "/api/v2/filters/keywords/<keyword>",
    "/api/v2/filters/statuses/<filtered>",
    "/api/v1/conversations",
    "/api/v1/scheduled_statuses",
    "/api/v1/scheduled_statuses/<scheduled>",
    "/api/v1/notifications?include_filtered=true",
    "/api/v1/notifications/<note>",
    "/api/v1/notifications/unread_count",
    "/api/v1/notifications/policy",
    "/api/v2/notifications/policy",
    "/api/v1/notifications/requests",
    "/api/v1/notifications/requests/<request>",
    "/api/v1/notifications/requests/merged",
    "/api/v2/notifications",
    "/api/v2/notifications?expand_accounts=partial_avatars",
    "/api/v2/notifications/unread_count",
    "/api/v2/notifications/<group>",
    "/api/v2/notifications/<group>/accounts",
    "/api/v1/suggestions",
    "/api/v2/suggestions",
    "/api/v1/directory",
    "/api/v1/trends",
    "/api/v1/trends/tags",
    "/api/v1/trends/statuses",
    "/api/v1/trends/links",
    "/api/v2/search?q=fern",
    "/api/v2/search?q=bob",
    "/api/oembed?url=<url>",
    "/api/v1/collections/<collection>",
    "/api/v1_alpha/accounts/<me>/collections",
    "/api/v1_alpha/accounts/<me>/in_collections",
    "/api/v1_alpha/collections/<collection>",
    "/api/v1_alpha/async_refreshes/<refresh>",
    "/.well-known/oauth-authorization-server",
    "/oauth/userinfo",
    "/api/v1/apps/verify_credentials",
    "/health",
    "/nodeinfo/2.0",
    "/.well-known/nodeinfo",
    "/.well-known/host-meta",
    "/.well-known/webfinger?resource=acct:alice@a.example",
];

/// Every GET whose response is not JSON to look at: pictures, and what is not published here (404).
pub const NOT_READ: &[&str] = &[
    "/avatars/missing.png",
    "/headers/missing.png",
    "/api/v1/instance/domain_blocks",
    "/media/{name}",
    "/proxy/{mac}/{url}",
];

/// Every write, in an order in which all of them succeed.
pub const WRITES: &[(&str, &str, &str)] = &[
    ("POST", "/api/v1/apps", r#"{"client_name": "x", "redirect_uris": "app://x", "scopes": "read"}"#),
    (
        "POST",
        "/oauth/token",
        r#"{"grant_type": "client_credentials", "client_id": "<client_id>", "client_secret": "<client_secret>", "scope": "read"}"#,
    ),
    (
        "POST",
        "/oauth/revoke",
        r#"{"client_id": "<client_id>", "client_secret": "<client_secret>", "token": "nonsense"}"#,
    ),
    ("POST", "/oauth/userinfo", "{}"),
    (
        "POST",
        "/api/v1/accounts",
        r#"{"username": "nora", "email": "nora@x.example", "password": "correct horse battery", "agreement": true, "locale": "en"}"#,
    ),
    (
        "PATCH",
        "/api/v1/accounts/update_credentials",
        r#"{"display_name": "Alice", "source": {"privacy": "public"}}"#,
    ),
    ("PUT", "/api/v1/profile", r#"{"display_name": "Alice A."}"#),
    ("PATCH", "/api/v1/profile", r#"{"note": "hello #fern"}"#),
    ("DELETE", "/api/v1/profile/avatar", "{}"),
    ("DELETE", "/api/v1/profile/header", "{}"),
    ("POST", "/api/v1/accounts/<eve>/follow", r#"{"reblogs": true, "notify": true, "languages": ["en"]}"#),
    ("POST", "/api/v1/accounts/<eve>/endorse", "{}"),
    ("POST", "/api/v1/accounts/<eve>/unendorse", "{}"),
    ("POST", "/api/v1/accounts/<eve>/pin", "{}"),
    ("POST", "/api/v1/accounts/<eve>/unpin", "{}"),
    ("POST", "/api/v1/accounts/<eve>/note", r#"{"comment": "a friend"}"#),
    ("POST", "/api/v1/accounts/<eve>/unfollow", "{}"),
    ("POST", "/api/v1/accounts/<eve>/mute", r#"{"notifications": true, "duration": 3600}"#),
    ("POST", "/api/v1/accounts/<eve>/unmute", "{}"),
    ("POST", "/api/v1/accounts/<eve>/block", "{}"),
    ("POST", "/api/v1/accounts/<eve>/unblock", "{}"),
    ("POST", "/api/v1/follow_requests/<dora>/authorize", "{}"),
    ("POST", "/api/v1/accounts/<dora>/remove_from_followers", "{}"),
    ("POST", "/api/v1/follow_requests/<frank>/reject", "{}"),
    (
        "POST",
        "/api/v1/reports",
        r#"{"account_id": "<bob>", "status_ids": ["<poll>"], "comment": "x", "category": "spam", "forward": false}"#,
    ),
    ("POST", "/api/v1/domain_blocks", r#"{"domain": "other.example"}"#),
    ("DELETE", "/api/v1/domain_blocks", r#"{"domain": "other.example"}"#),
    (
        "POST",
        "/api/v1/statuses",
        r#"{"status": "@bob hello #fern", "visibility": "public", "spoiler_text": "cw", "language": "en", "in_reply_to_id": "<reply>", "poll": {"options": ["a", "b"], "expires_in": 600}}"#,
    ),
    ("PUT", "/api/v1/statuses/<post>", r#"{"status": "@bob once more"}"#),
    ("PATCH", "/api/v1/statuses/<post>", r#"{"status": "@bob and again", "spoiler_text": "cw"}"#),
    ("PUT", "/api/v1/statuses/<post>/interaction_policy", r#"{"quote_approval_policy": "followers"}"#),
    ("PATCH", "/api/v1/statuses/<post>/interaction_policy", r#"{"quote_approval_policy": "public"}"#),
    ("POST", "/api/v1/statuses/<post>/quotes/<quote>/revoke", "{}"),
    ("POST", "/api/v1/statuses/<poll>/favourite", "{}"),
    ("POST", "/api/v1/statuses/<poll>/unfavourite", "{}"),
    ("POST", "/api/v1/statuses/<poll>/bookmark", "{}"),
    ("POST", "/api/v1/statuses/<poll>/unbookmark", "{}"),
    ("POST", "/api/v1/statuses/<poll>/reblog", r#"{"visibility": "public"}"#),
    ("POST", "/api/v1/statuses/<poll>/unreblog", "{}"),
    ("PUT", "/api/v1/pleroma/statuses/<post>/reactions/%F0%9F%8E%89", "{}"),
    ("DELETE", "/api/v1/pleroma/statuses/<post>/reactions/%F0%9F%8E%89", "{}"),
    ("POST", "/api/v1/statuses/<post>/mute", "{}"),
    ("POST", "/api/v1/statuses/<post>/unmute", "{}"),
    ("POST", "/api/v1/statuses/<post>/unpin", "{}"),
    ("POST", "/api/v1/statuses/<post>/pin", "{}"),
    ("POST", "/api/v1/polls/<open_poll>/votes", r#"{"choices": [1]}"#),
    ("POST", "/api/v1/lists", r#"{"title": "more", "replies_policy": "list", "exclusive": false}"#),
    ("PUT", "/api/v1/lists/<list>", r#"{"title": "fewer"}"#),
    ("PATCH", "/api/v1/lists/<list>", r#"{"exclusive": true}"#),
    ("DELETE", "/api/v1/lists/<list>/accounts", r#"{"account_ids": ["<bob>"]}"#),
    ("POST", "/api/v1/lists/<list>/accounts", r#"{"account_ids": ["<bob>"]}"#),
    ("DELETE", "/api/v1/lists/<list>", "{}"),
    (
        "POST",
        "/api/v2/filters",
        r#"{"title": "x", "context": ["home"], "filter_action": "hide", "expires_in": 600, "keywords_attributes": [{"keyword": "x", "whole_word": true}]}"#,
    ),
    ("PUT", "/api/v2/filters/<filter>", r#"{"title": "y", "context": ["home"]}"#),
    ("PATCH", "/api/v2/filters/<filter>", r#"{"title": "z"}"#),
    ("POST", "/api/v2/filters/<filter>/keywords", r#"{"keyword": "water", "whole_word": false}"#),
    ("PUT", "/api/v2/filters/keywords/<keyword>", r#"{"keyword": "juice"}"#),
    ("PATCH", "/api/v2/filters/keywords/<keyword>", r#"{"whole_word": false}"#),
    ("DELETE", "/api/v2/filters/keywords/<keyword>", "{}"),
    ("POST", "/api/v2/filters/<filter>/statuses", r#"{"status_id": "<poll>"}"#),
    ("DELETE", "/api/v2/filters/statuses/<filtered>", "{}"),
    ("DELETE", "/api/v2/filters/<filter>", "{}"),
    (
        "POST",
        "/api/v1/filters",
        r#"{"phrase": "x", "context": ["home"], "whole_word": true, "expires_in": 600}"#,
    ),
    ("PUT", "/api/v1/filters/<filter_v1>", r#"{"phrase": "y", "context": ["public"]}"#),
    ("PATCH", "/api/v1/filters/<filter_v1>", r#"{"whole_word": true}"#),
    ("DELETE", "/api/v1/filters/<filter_v1>", "{}"),
    ("POST", "/api/v1/tags/moss/follow", "{}"),
    ("POST", "/api/v1/tags/moss/unfollow", "{}"),
    ("POST", "/api/v1/tags/moss/feature", "{}"),
    ("POST", "/api/v1/tags/moss/unfeature", "{}"),
    ("POST", "/api/v1/featured_tags", r#"{"name": "moss"}"#),
    ("DELETE", "/api/v1/featured_tags/<featured>", "{}"),
    ("POST", "/api/v1/markers", r#"{"home": {"last_read_id": "<post>"}}"#),
    ("PUT", "/api/v1/media/<media>", r#"{"description": "a fern", "focus": "0.1,0.2"}"#),
    ("PATCH", "/api/v1/media/<media>", r#"{"description": "moss"}"#),
    ("DELETE", "/api/v1/media/<media2>", "{}"),
    ("POST", "/api/v1/announcements/5/dismiss", "{}"),
    ("PUT", "/api/v1/announcements/5/reactions/fern", "{}"),
    ("PATCH", "/api/v1/announcements/5/reactions/%F0%9F%8C%BF", "{}"),
    ("DELETE", "/api/v1/announcements/5/reactions/fern", "{}"),
    ("DELETE", "/api/v1/suggestions/<eve>", "{}"),
    ("POST", "/api/v1/conversations/<conversation>/read", "{}"),
    ("POST", "/api/v1/conversations/<conversation>/unread", "{}"),
    ("DELETE", "/api/v1/conversations/<conversation>", "{}"),
    ("PUT", "/api/v1/scheduled_statuses/<scheduled>", r#"{"scheduled_at": "<at>"}"#),
    ("PATCH", "/api/v1/scheduled_statuses/<scheduled>", r#"{"scheduled_at": "<at>"}"#),
    ("DELETE", "/api/v1/scheduled_statuses/<scheduled>", "{}"),
    (
        "POST",
        "/api/v1/collections",
        r#"{"name": "z", "description": "d", "language": "en", "sensitive": false, "discoverable": true, "tag_name": "art", "account_ids": ["<bob>"]}"#,
    ),
    ("PUT", "/api/v1/collections/<collection>", r#"{"name": "zz"}"#),
    ("PATCH", "/api/v1/collections/<collection>", r#"{"description": "dd"}"#),
    ("DELETE", "/api/v1/collections/<collection>/items/<item>", "{}"),
    ("POST", "/api/v1/collections/<collection>/items", r#"{"account_id": "<bob>"}"#),
    ("POST", "/api/v1/collections/<theirs>/items/<their_item>/revoke", "{}"),
    ("DELETE", "/api/v1/collections/<collection>", "{}"),
    ("POST", "/api/v1_alpha/collections", r#"{"name": "z"}"#),
    ("PUT", "/api/v1_alpha/collections/<collection2>", r#"{"name": "zz"}"#),
    ("PATCH", "/api/v1_alpha/collections/<collection2>", r#"{"description": "dd"}"#),
    ("DELETE", "/api/v1_alpha/collections/<collection2>/items/<item2>", "{}"),
    ("POST", "/api/v1_alpha/collections/<collection2>/items", r#"{"account_id": "<bob>"}"#),
    ("POST", "/api/v1_alpha/collections/<theirs2>/items/<their_item2>/revoke", "{}"),
    ("DELETE", "/api/v1_alpha/collections/<collection2>", "{}"),
    ("PUT", "/api/v1/notifications/policy", r#"{"filter_new_accounts": false}"#),
    ("PATCH", "/api/v1/notifications/policy", r#"{"filter_not_followers": false}"#),
    ("PUT", "/api/v2/notifications/policy", r#"{"for_new_accounts": "drop"}"#),
    ("PATCH", "/api/v2/notifications/policy", r#"{"for_new_accounts": "accept"}"#),
    ("POST", "/api/v1/notifications/requests/<request>/accept", "{}"),
    ("POST", "/api/v1/notifications/requests/<request2>/dismiss", "{}"),
    ("POST", "/api/v1/notifications/requests/accept", r#"{"id": ["<request3>"]}"#),
    ("POST", "/api/v1/notifications/requests/dismiss", r#"{"id": ["<request4>"]}"#),
    ("POST", "/api/v1/notifications/<note>/dismiss", "{}"),
    ("DELETE", "/api/v1/notifications/<note2>", "{}"),
    ("DELETE", "/api/v1/notifications/destroy_multiple", r#"{"ids": ["<note3>"]}"#),
    ("POST", "/api/v2/notifications/<group>/dismiss", "{}"),
    ("POST", "/api/v1/notifications/clear", "{}"),
    ("POST", "/api/v2/notifications/clear", "{}"),
    ("PUT", "/api/v1/push/subscription", r#"{"data": {"alerts": {"mention": true}}}"#),
    ("PATCH", "/api/v1/push/subscription", r#"{"data": {"policy": "followed"}}"#),
    (
        "POST",
        "/api/v1/push/subscription",
        r#"{"subscription": {"endpoint": "https://push.example/x", "keys": {"auth": "BTBZMqHH6r4Tts7J_aSIgg",
            "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"}}}"#,
    ),
    ("DELETE", "/api/v1/push/subscription", "{}"),
    ("DELETE", "/api/v1/statuses/<plain>", "{}"),
    ("POST", "/api/v1/sori/archive/known", r#"{"uris": ["https://old.example/notes/1"]}"#),
    (
        "POST",
        "/api/v1/sori/archive/posts",
        r##"{"actor": {"id": "https://old.example/me"}, "items": [{"media": ["<media>"], "note": {"id": "https://old.example/notes/1", "type": "Note",
            "published": "2019-05-04T03:02:01Z", "content": "<p>long ago #fern</p>", "to": "as:Public", "tag": [{"type": "Hashtag", "name": "#fern"}]}}]}"##,
    ),
    ("POST", "/api/v1/sori/archive/remove", "{}"),
];

/// Without a translator Mastodon answers 404; uploads are forms: see api/media.rs; and domains are the operator's: see
/// web/domains.rs.
pub const NOT_WRITTEN: &[&str] = &[
    "/api/v1/statuses/{id}/translate",
    "/api/v1/media",
    "/api/v2/media",
    "/api/v1/sori/archive/media",
    "/api/v1/sori/domains",
    "/api/v1/sori/domains/{domain}/{action}",
];

#[test]
fn every_route_of_the_client_api_is_called() {
    let mut called: BTreeSet<(&str, &str)> = BTreeSet::new();
    let bare = |path: &str| path.replace(['<', '>'], "");
    called.extend(READS.iter().filter_map(|p| route_of("GET", &bare(p)).map(|r| ("GET", r))));
    called.extend(WRITES.iter().filter_map(|(m, p, _)| route_of(m, &bare(p)).map(|r| (*m, r))));
    let missing: Vec<_> = api_routes()
        .into_iter()
        .filter(|(m, p)| !called.contains(&(*m, *p)))
        .filter(|(_, p)| !NOT_READ.contains(p) && !NOT_WRITTEN.contains(p))
        // Those of staff are called in `staff::matrix`, those for who waits in `sign_up`.
        .filter(|(_, p)| !p.contains("/admin/") && !p.contains("/v1/emails/"))
        .collect();
    assert!(missing.is_empty(), "called by nobody: {missing:#?}");
    println!("{} routes are called", called.len());
}
