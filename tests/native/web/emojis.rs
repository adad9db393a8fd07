//! The page for custom emojis, what it stores, and emojis drawn on pages.

use serde_json::{Value, json};
use sori::http::request::Request;
use sori::http::response::Response;
use sori::model::time::{HOUR, MINUTE};
use sori::platform::native::network::Faults;
use sori::platform::sql::Cost;

use crate::api::media::png;
use crate::app::{NOW, Person, TestApp, id, people, settle, wait};
use crate::browser::Browser;
use crate::remote::{Remote, cast};

const PAGE: &str = "/settings/emojis";

fn text(response: &Response) -> String {
    String::from_utf8(response.body.clone()).unwrap()
}

/// An animation of two pictures, with a comment that tells where it was made.
fn gif() -> Vec<u8> {
    let frame: &[u8] =
        b"\x21\xf9\x04\x04\x0a\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00";
    [
        &b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\x00\x00\x00\xff\x00"[..],
        b"\x21\xfe\x07GPSMARK\x00",
        frame,
        frame,
        b"\x3b",
    ]
    .concat()
}

/// The headers of a lossless WebP of one pixel.
fn webp() -> Vec<u8> {
    let body: &[u8] = b"WEBPVP8L\x0a\x00\x00\x00\x2f\x00\x00\x00\x00\x00\x00\x00\x00\x00";
    [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], body].concat()
}

fn jpeg() -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
    encoder.encode(&[9; 48], 4, 4, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

fn operator() -> (TestApp, Person, Browser) {
    let (app, alice, _) = people();
    let owner = Browser::of(&app.person("owner"));
    (app, alice, owner)
}

fn upload(browser: &Browser, shortcode: &str, category: &str, file: &[u8]) -> Response {
    let token = browser.token(PAGE);
    let fields = [
        ("form", &*token),
        ("action", "add"),
        ("shortcode", shortcode),
        ("category", category),
        ("visible", "1"),
    ];
    browser.upload(PAGE, &fields, Some(("image", file)))
}

fn emojis(app: &TestApp) -> Value {
    serde_json::from_slice(&app.request("GET", "/api/v1/custom_emojis", None, None).body).unwrap()
}

/// The path of a URL of the instance.
fn path(url: &Value) -> String {
    url.as_str().unwrap().strip_prefix("https://a.example").expect("a file of ours").to_owned()
}

fn sweep(app: &TestApp) {
    pollster::block_on(sori::services::media::sweep(&app.ready())).unwrap();
}

#[test]
fn an_operator_adds_an_emoji_which_people_can_use_at_once() {
    let (app, alice, owner) = operator();
    assert!(owner.get(PAGE, "en").contains("There are none yet."));
    assert_eq!(emojis(&app), json!([]));
    let added = upload(&owner, " :Fern_1: ", " green \n things ", &png(3, 2));
    assert_eq!(
        (added.status, added.header("location")),
        (303, Some("/settings/emojis?category=green+things"))
    );
    let all = emojis(&app);
    assert_eq!(
        (&all[0]["shortcode"], &all[0]["category"], &all[0]["visible_in_picker"], &all[0]["static_url"]),
        (&json!("Fern_1"), &json!("green things"), &json!(true), &all[0]["url"])
    );
    let file = app.request("GET", &path(&all[0]["url"]), None, None);
    assert_eq!((file.status, file.header("content-type"), &file.body), (200, Some("image/png"), &png(3, 2)));
    assert!(file.header("cache-control").unwrap().contains("immutable"));
    // The next one begins in its category.
    let page = owner.get("/settings/emojis?category=green+things", "ko");
    assert!(
        page.contains(":Fern_1:") && page.contains("<h2>green things</h2>") && page.contains("분류"),
        "{page}"
    );
    assert_eq!(page.matches("name=\"category\" value=\"green things\"").count(), 2, "{page}");
    let post = alice.posts("a :Fern_1: and :fern_1:");
    assert_eq!(post["emojis"].as_array().unwrap().len(), 1);
    assert_eq!(post["emojis"][0]["url"], all[0]["url"]);
    // The file stays, whatever is swept, and whatever becomes of the operator's account.
    let owner_id = app.account("owner").id;
    let release = sori::store::media::release_all(owner_id);
    pollster::block_on(sori::store::write(&app.ready().db, vec![release])).unwrap();
    wait(&app, 25 * HOUR);
    sweep(&app);
    assert_eq!(app.request("GET", &path(&all[0]["url"]), None, None).status, 200);
}

#[test]
fn only_operators_have_the_page() {
    let (app, alice, owner) = operator();
    let stranger = Browser::new(&app);
    assert_eq!(stranger.page(PAGE).header("location"), Some("/sign_in?next=%2Fsettings%2Femojis"));
    let fields = [("action", "add"), ("shortcode", "fern")];
    let file = png(2, 2);
    assert_eq!(stranger.upload(PAGE, &fields, Some(("image", &file))).status, 303);
    let own = Browser::of(&alice);
    for role in [-99, 1] {
        app.db.run(&format!("UPDATE users SET role_id = {role} WHERE account_id = {}", alice.id.0));
        assert_eq!(own.status(PAGE), 404, "{role}");
        assert_eq!(own.upload(PAGE, &fields, Some(("image", &file))).status, 404, "{role}");
        assert_eq!(own.send("POST", PAGE, "action=delete&emoji=x", "en").status, 404, "{role}");
    }
    assert_eq!((app.blobs.keys().len(), app.count("SELECT count(*) AS n FROM media")), (0, 0));
    app.db.run(&format!("UPDATE users SET role_id = 2 WHERE account_id = {}", alice.id.0));
    assert_eq!(own.status(PAGE), 200);
    assert!(own.get("/settings", "en").contains("href=\"/settings/emojis\""));
    // A form of another session, or of another page, changes nothing.
    assert_eq!(upload(&own, "fern", "", &file).status, 303);
    for token in [owner.token(PAGE), own.token("/settings/relays"), String::new()] {
        let fields =
            [("form", &*token), ("action", "add"), ("shortcode", "moss"), ("category", "old things")];
        let again = own.upload(PAGE, &fields, Some(("image", &file)));
        assert_eq!(again.status, 403);
        let html = text(&again);
        assert!(html.contains("value=\"moss\"") && html.contains("value=\"old things\""), "{html}");
        for action in ["delete", "change"] {
            let body = format!("form={token}&action={action}&emoji=fern&category=x");
            assert_eq!(own.send("POST", PAGE, &body, "en").status, 403, "{action}");
        }
    }
    let all = emojis(&app);
    assert_eq!((all.as_array().unwrap().len(), &all[0]["category"]), (1, &Value::Null));
    // What was stored for these forms is deleted with the unused uploads.
    wait(&app, 25 * HOUR);
    sweep(&app);
    assert_eq!((app.blobs.keys().len(), app.count("SELECT count(*) AS n FROM media")), (1, 1));
}

#[test]
fn pictures_are_known_by_their_content_and_bounded() {
    let (app, _, owner) = operator();
    let mut long = png(4, 4);
    // Behind the end of the picture, where it is removed, but read.
    long.resize(256 * 1024 + 1, 0);
    let mut large = gif();
    large[6..10].copy_from_slice(&[1, 4, 0, 4]);
    let much = vec![0; 9 * 1024 * 1024];
    for (what, file) in [
        ("text", b"GIF or not".to_vec()),
        ("nothing", Vec::new()),
        ("JPEG", jpeg()),
        ("SVG", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec()),
        ("too many bytes", long),
        ("far too many bytes", much),
        ("too many pixels", large),
        ("too wide", png(2049, 1)),
        ("too high", png(1, 2049)),
        ("cut", png(4, 4)[..20].to_vec()),
    ] {
        let answer = upload(&owner, "fern", "plants", &file);
        let html = text(&answer);
        assert_eq!(answer.status, 422, "{what}");
        assert!(html.contains("Choose a PNG, GIF or WebP picture"), "{what}: {html}");
        let is_read = what != "far too many bytes";
        assert_eq!(
            html.contains("value=\"fern\"") && html.contains("value=\"plants\""),
            is_read,
            "{what}: {html}"
        );
        app.clock.advance(2 * MINUTE);
    }
    let missing = owner.upload(PAGE, &[("form", &owner.token(PAGE)), ("shortcode", "fern")], None);
    assert_eq!((missing.status, text(&missing).contains("Choose a PNG")), (422, true));
    assert_eq!((emojis(&app), app.blobs.keys().len()), (json!([]), 0));
    app.clock.advance(HOUR);
    for (name, file) in [("wide", png(2048, 100)), ("webp", webp()), ("moves", gif())] {
        let answer = upload(&owner, name, "", &file);
        assert_eq!(answer.status, 303, "{name}: {}", text(&answer));
    }
    let all = emojis(&app);
    let of = |name: &str| all.as_array().unwrap().iter().find(|e| e["shortcode"] == name).unwrap().clone();
    assert_eq!(of("webp")["url"], of("webp")["static_url"]);
    let moving = app.request("GET", &path(&of("moves")["url"]), None, None);
    assert_eq!(moving.header("content-type"), Some("image/gif"));
    assert!(!moving.body.windows(7).any(|w| w == b"GPSMARK"));
    // The first picture of an animation.
    let still = app.request("GET", &path(&of("moves")["static_url"]), None, None);
    assert_eq!((still.status, still.header("content-type")), (200, Some("image/jpeg")));
    wait(&app, 25 * HOUR);
    sweep(&app);
    assert_eq!(app.blobs.keys().len(), 4);
}

#[test]
fn names_are_as_on_mastodon_and_given_once() {
    let (app, _, owner) = operator();
    for wrong in ["", "a", "a-b", "고양이", "a b", "a.b", &"x".repeat(129)] {
        let answer = upload(&owner, wrong, "", &png(2, 2));
        assert_eq!(
            (answer.status, text(&answer).contains("at least two letters (A to Z)")),
            (422, true),
            "{wrong}"
        );
        app.clock.advance(2 * MINUTE);
    }
    assert_eq!(upload(&owner, "blob", "", &png(2, 2)).status, 303);
    let again = upload(&owner, "blob", "", &png(3, 3));
    assert_eq!((again.status, text(&again).contains("of this name already")), (422, true));
    // Another case is another emoji there.
    assert_eq!(upload(&owner, "Blob", "", &png(4, 4)).status, 303);
    let all = emojis(&app);
    let names: Vec<&Value> = all.as_array().unwrap().iter().map(|e| &e["shortcode"]).collect();
    assert_eq!(names, ["Blob", "blob"]);
    assert_ne!(all[0]["url"], all[1]["url"]);
    // The first of a name keeps its picture.
    assert_eq!(app.request("GET", &path(&all[1]["url"]), None, None).body, png(2, 2));
}

#[test]
fn a_thousand_fit_and_no_more() {
    let (app, _, owner) = operator();
    app.db.run("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999) INSERT INTO custom_emojis (shortcode, url, static_url, category) SELECT 'e' || i, 'https://a.example/e.png', 'https://a.example/e.png', 'c' || (i % 9) FROM n");
    assert_eq!(upload(&owner, "last", "", &png(2, 2)).status, 303);
    let over = upload(&owner, "over", "", &png(2, 2));
    assert_eq!((over.status, text(&over).contains("1,000 emojis already")), (422, true));
    assert_eq!(emojis(&app).as_array().unwrap().len(), 1_000);
    // The page with all of them is of a bounded size.
    assert!(text(&owner.page(PAGE)).len() < 300_000);
}

#[test]
fn an_emoji_is_changed_and_deleted_with_its_file() {
    let (app, alice, owner) = operator();
    assert_eq!(upload(&owner, "fern", "", &png(2, 2)).status, 303);
    let one = owner.get("/settings/emojis?emoji=fern", "en");
    assert!(one.contains("<h1>:fern:</h1>") && one.contains("name=\"visible\" value=\"1\" checked"), "{one}");
    assert_eq!(owner.status("/settings/emojis?emoji=Fern"), 404);
    let send = |fields: &[(&str, &str)]| owner.submit(PAGE, PAGE, fields).status;
    assert_eq!(send(&[("action", "change"), ("emoji", "fern"), ("category", "<plants>")]), 303);
    let all = emojis(&app);
    assert_eq!((&all[0]["category"], &all[0]["visible_in_picker"]), (&json!("<plants>"), &json!(false)));
    let list = owner.get(PAGE, "en");
    assert!(list.contains("<h2>&lt;plants&gt;</h2>") && list.contains("not in menus"), "{list}");
    assert!(!owner.get("/settings/emojis?emoji=fern", "en").contains("checked"));
    // It works where it is written, in menus or not.
    assert_eq!(alice.posts(":fern:")["emojis"][0]["shortcode"], "fern");
    assert_eq!(send(&[("action", "change"), ("emoji", "fern"), ("category", " "), ("visible", "1")]), 303);
    assert_eq!(
        (&emojis(&app)[0]["category"], &emojis(&app)[0]["visible_in_picker"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(send(&[("action", "change"), ("emoji", "nothing")]), 404);
    // Nothing is done for a form that says nothing.
    assert_eq!(send(&[]), 422);
    // Deletion: where the storage refuses, the file is deleted later.
    assert_eq!(app.blobs.keys().len(), 1);
    app.blobs.fail(true);
    assert_eq!(send(&[("action", "delete"), ("emoji", "fern")]), 303);
    assert_eq!(emojis(&app), json!([]));
    assert_eq!(alice.posts(":fern: again")["emojis"], json!([]));
    sweep(&app);
    assert_eq!(app.blobs.keys().len(), 1);
    app.blobs.fail(false);
    sweep(&app);
    assert_eq!((app.blobs.keys().len(), app.count("SELECT count(*) AS n FROM media")), (0, 0));
    assert_eq!(send(&[("action", "delete"), ("emoji", "fern")]), 303);
    assert_eq!(upload(&owner, "fern", "", &png(3, 2)).status, 303);
}

#[test]
fn nothing_stays_where_the_storage_refuses() {
    let (app, _, owner) = operator();
    let token = owner.token(PAGE);
    app.blobs.fail(true);
    let fields = [("form", &*token), ("action", "add"), ("shortcode", "fern")];
    assert_eq!(owner.upload(PAGE, &fields, Some(("image", &png(2, 2)))).status, 503);
    app.blobs.fail(false);
    assert_eq!(emojis(&app), json!([]));
    wait(&app, 25 * HOUR);
    sweep(&app);
    assert_eq!((app.blobs.keys().len(), app.count("SELECT count(*) AS n FROM media")), (0, 0));
}

/// A note of bob's with these emojis, which are served as PNGs.
fn note_with(app: &TestApp, remote: &Remote, bob: &Value, n: u32, names: &[&str]) -> Value {
    let tag = |name: &&str| json!({"type": "Emoji", "name": format!(":{name}:"), "icon": {"type": "Image", "url": remote.uri(&format!("/{name}.png"))}});
    let content: String = names.iter().map(|name| format!(":{name}: ")).collect();
    let tags: Value = names.iter().map(tag).collect();
    let note = remote.note(bob, n, json!({"tag": tags, "content": format!("<p>{content}</p>")}));
    assert_eq!(remote.sends(app, &remote.create(bob, &note)), 202);
    note
}

#[test]
fn emojis_of_other_servers_are_copied() {
    let (app, remote, bob) = cast();
    let owner = Browser::of(&app.person("owner"));
    let copy = |typed: &str| {
        app.clock.advance(MINUTE);
        let token = owner.token(PAGE);
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.extend_pairs([("form", &*token), ("action", "copy"), ("remote", typed), ("category", "blobs")]);
        owner.send("POST", PAGE, &body.finish(), "en")
    };
    note_with(
        &app,
        &remote,
        &bob,
        1,
        &["blobcat", "moves", "large", "page", "gone", "away", "far", "svg", "ours"],
    );
    for (name, answer) in [
        ("blobcat", Response::new(200, "text/plain", png(5, 4))),
        ("moves", Response::new(302, "text/plain", "").with("Location", "/moves.gif")),
        ("large", Response::new(200, "image/png", vec![0; 256 * 1024 + 1])),
        ("page", Response::html("<p>not here</p>".into())),
        ("gone", Response::new(404, "text/plain", "")),
        ("away", Response::new(302, "text/plain", "").with("Location", "https://127.0.0.1/x.png")),
        ("far", Response::new(302, "text/plain", "").with("Location", "/far.png")),
        ("svg", Response::new(200, "image/png", "<svg/>")),
    ] {
        remote.answers(&format!("/{name}.png"), answer);
    }
    remote.answers("/moves.gif", Response::new(200, "image/gif", gif()));
    // In each spelling.
    assert_eq!(copy(" :blobcat:@B.example ").status, 303);
    assert_eq!(copy("moves b.example").status, 303);
    let all = emojis(&app);
    assert_eq!(
        (&all[0]["shortcode"], &all[0]["category"], &all[0]["visible_in_picker"]),
        (&json!("blobcat"), &json!("blobs"), &json!(true))
    );
    let file = app.request("GET", &path(&all[0]["url"]), None, None);
    assert_eq!((file.header("content-type"), &file.body), (Some("image/png"), &png(5, 4)));
    assert_ne!(all[1]["url"], all[1]["static_url"]);
    // Unknown ones, and what does not name one, cause no request.
    app.network.take_log();
    for unknown in [
        "nothing@b.example",
        "blobcat@c.example",
        "blobcat@a.example",
        "blobcat",
        "",
        "Blobcat@b.example",
        "b@b.example",
    ] {
        let answer = copy(unknown);
        let html = text(&answer);
        assert_eq!((answer.status, html.contains("Nothing that is known here")), (422, true), "{unknown}");
        assert!(html.contains(&format!("name=\"remote\" value=\"{unknown}\"")), "{unknown}: {html}");
    }
    assert_eq!(app.network.take_log().len(), 0);
    // Neither does one of a server, or of a host of pictures, whose media are rejected.
    for (domain, severity, rejects_media) in
        [("b.example", "suspend", 0), ("b.example", "noop", 1), ("example", "limit", 1)]
    {
        app.db.run(&format!(
            "INSERT INTO domain_blocks (id, domain, severity, rejects_media, created_at) VALUES (7, '{domain}', '{severity}', {rejects_media}, 1)"
        ));
        assert_eq!(copy("svg@b.example").status, 422, "{domain} {severity}");
        app.db.run("DELETE FROM domain_blocks");
    }
    assert_eq!(app.network.take_log().len(), 0);
    app.db.run("UPDATE statuses SET emojis = replace(emojis, 'https://b.example/ours.png', 'https://a.example/headers/missing.png')");
    for refused in ["ours", "large", "page", "gone", "away", "far", "svg"] {
        let answer = copy(&format!("{refused}@b.example"));
        let html = text(&answer);
        assert_eq!((answer.status, html.contains("cannot be copied")), (422, true), "{refused}: {html}");
    }
    let asked: Vec<String> = app.network.take_log().into_iter().map(|e| e.url).collect();
    assert!(asked.iter().all(|url| url.starts_with("https://b.example/")) && asked.len() == 9, "{asked:?}");
    let taken = copy("blobcat@b.example");
    assert_eq!((taken.status, text(&taken).contains("of this name already")), (422, true));
    app.network.set_faults("b.example", Faults { is_down: true, ..Faults::default() });
    let silent = copy("gone@b.example");
    assert_eq!((silent.status, text(&silent).contains("does not answer")), (422, true));
    assert_eq!(emojis(&app).as_array().unwrap().len(), 2);
    wait(&app, 25 * HOUR);
    sweep(&app);
    assert_eq!(app.blobs.keys().len(), 3);
}

#[test]
fn profiles_and_reactions_name_emojis_as_well() {
    let (app, remote, mut bob) = cast();
    let alice = app.person("alice");
    let find = |name: &str| {
        let app = app.ready();
        pollster::block_on(sori::services::emoji::find(&app, name, "b.example")).unwrap().map(|e| e.url)
    };
    assert_eq!(find("fern"), None);
    let tag = |name: &str| json!({"type": "Emoji", "name": name, "icon": {"type": "Image", "url": remote.uri(&format!("/{name}.png"))}});
    bob["name"] = json!(":fern: bob");
    bob["tag"] = json!([tag("fern")]);
    remote.serve(bob.clone());
    let update = json!({"id": remote.uri("/updates/1"), "type": "Update", "actor": bob["id"], "object": bob});
    assert_eq!(remote.sends(&app, &update), 202);
    assert_eq!(find("fern").as_deref(), Some("https://b.example/fern.png"));
    let post = alice.posts("hello");
    let react = json!({"id": remote.uri("/reactions/1"), "type": "EmojiReact", "actor": bob["id"], "object": post["uri"], "content": ":moss:", "tag": [tag(":moss:")]});
    assert_eq!(remote.sends(&app, &react), 202);
    assert_eq!(find("moss").as_deref(), Some("https://b.example/:moss:.png"));
    // What does not parse hides nothing else.
    app.db.run("UPDATE accounts SET emojis = '[{\"fern\" {' WHERE username = 'bob'; UPDATE statuses SET reactions = '{\"moss@b.example\"'");
    assert_eq!((find("fern"), find("moss")), (None, None));
}

fn page_of(status: &Value) -> String {
    let url = status["url"].as_str().unwrap();
    url.split_once("://").unwrap().1.split_once('/').map(|(_, path)| format!("/{path}")).unwrap()
}

fn picture(url: &str, name: &str) -> String {
    format!("<img class=\"emoji\" src=\"{url}\" alt=\":{name}:\" title=\":{name}:\" loading=\"lazy\">")
}

#[test]
fn pages_draw_custom_emojis_where_people_wrote_them() {
    let (app, alice, owner) = operator();
    assert_eq!(upload(&owner, "fern", "", &png(2, 2)).status, 303);
    let fern = picture(emojis(&app)[0]["url"].as_str().unwrap(), "fern");
    let profile = json!({"display_name": "Al :fern: <b>", "note": "I am :fern:", "fields_attributes": [{"name": ":fern: web", "value": "my :fern:"}]});
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(profile));
    let post = alice.post(
        "/api/v1/statuses",
        json!({"status": "hi :fern: x:fern: https://x.example/:fern:/a", "spoiler_text": "of :fern:",
            "poll": {"options": ["yes :fern:", "no"], "expires_in": 600}}),
    );
    let browser = Browser::new(&app);
    let profile = browser.get("/@alice", "en");
    for wanted in [
        format!("<h1 dir=\"auto\">Al {fern} &lt;b&gt;</h1>"),
        format!("I am {fern}"),
        format!("<dt dir=\"auto\">{fern} web</dt>"),
        format!("my {fern}"),
        format!("of {fern}</summary>"),
        format!("hi {fern} x:fern: <a href=\"https://x.example/:fern:/a\""),
        format!(">x.example/{fern}/a</span>"),
        format!("yes {fern}</span>"),
    ] {
        assert!(profile.contains(&wanted), "{wanted} in {profile}");
    }
    let page = browser.get(&page_of(&post), "en");
    assert!(page.contains(&format!("Al {fern} &lt;b&gt;")) && page.contains("<title>of :fern:"), "{page}");
    // The operator's name on the front page.
    app.person("owner").ok(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(json!({"display_name": ":fern: me"})),
    );
    assert!(browser.get("/about", "en").contains(&format!("{fern} me")));
}

#[test]
fn emojis_of_other_servers_come_through_the_proxy() {
    let (app, remote, bob) = cast();
    let alice = app.person("alice");
    let note = note_with(&app, &remote, &bob, 1, &["blobcat", "a\"b"]);
    let seen = alice.sees(&note["id"]).unwrap();
    alice.post(&format!("/api/v1/statuses/{}/reblog", id(&seen)), json!({}));
    let page = Browser::new(&app).get("/@alice", "en");
    assert!(page.contains("src=\"https://a.example/proxy/") && page.contains("alt=\":blobcat:\""), "{page}");
    assert!(!page.contains("b.example/blobcat.png") && !page.contains("alt=\":a"), "{page}");
}

/// What the page's operations cost, with ten emojis.
pub fn costs() -> Vec<(&'static str, Cost)> {
    let (app, remote, bob) = cast();
    let owner = Browser::of(&app.person("owner"));
    app.db.run("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10) INSERT INTO custom_emojis (shortcode, url, static_url) SELECT 'e' || i, 'x', 'x' FROM n");
    note_with(&app, &remote, &bob, 1, &["blobcat"]);
    remote.answers("/blobcat.png", Response::new(200, "image/png", png(5, 4)));
    let mut all = Vec::new();
    let mut note = |name: &'static str, answer: Response, status: u16| {
        assert_eq!(answer.status, status, "{name}");
        all.push((name, *app.cost.borrow()));
    };
    note("the page of ten custom emojis", owner.page(PAGE), 200);
    note("a custom emoji, uploaded", upload(&owner, "fern", "", &gif()), 303);
    let copy = [("action", "copy"), ("remote", "blobcat@b.example")];
    note(
        "a custom emoji, copied from another server (two statuses and accounts)",
        owner.submit(PAGE, PAGE, &copy),
        303,
    );
    let change = [("action", "change"), ("emoji", "fern"), ("category", "x")];
    note("a custom emoji, changed", owner.submit(PAGE, PAGE, &change), 303);
    note(
        "a custom emoji, deleted",
        owner.submit(PAGE, PAGE, &[("action", "delete"), ("emoji", "fern")]),
        303,
    );
    all
}

#[test]
fn uploads_of_emojis_keep_their_budget() {
    for (name, cost) in costs() {
        assert!(cost.trips <= 4 && cost.rows_written <= 12 && cost.blob_writes <= 2, "{name}: {cost:?}");
    }
}

/// Ids that other servers read: in notes, actors and reactions, under each domain.
#[test]
fn the_document_of_an_emoji_is_at_its_id() {
    let (app, remote, bob) = cast();
    let (alice, owner) = (app.person("alice"), Browser::of(&app.person("owner")));
    let before = app.clock.now();
    assert_eq!(upload(&owner, "fern", "", &gif()).status, 303);
    let url = emojis(&app)[0]["url"].clone();
    let document = |path: &str| -> Value {
        let response = app.fetch(path);
        assert_eq!(response.status, 200, "{path}");
        assert!(response.header("content-type").unwrap().starts_with("application/activity+json"));
        serde_json::from_slice(&response.body).unwrap()
    };
    let read = document("/emojis/fern");
    assert!(before.0 >= NOW);
    let mut bare = read.clone();
    bare.as_object_mut().unwrap().remove("@context");
    let tag = json!({"type": "Emoji", "id": "https://a.example/emojis/fern", "name": ":fern:", "icon": {"type": "Image", "mediaType": "image/gif", "url": url}});
    let mut with_time = tag.clone();
    with_time["updated"] = json!(before.to_iso_seconds());
    assert_eq!(bare, with_time);
    assert!(read["@context"].to_string().contains("toot:Emoji"), "{read}");
    assert_eq!(app.fetch("/emojis/Fern").status, 404);
    // Another of our domains names it under its own id, which is where it is served.
    app.db.run("INSERT INTO domains (id, handle_domain, web_origin, verified_at, created_at) SELECT max(id) + 7, 'b2.example', 'https://b2.example', 1, 0 FROM domains");
    app.restart();
    let mut request = Request { method: "GET".into(), path: "/emojis/fern".into(), ..Request::default() };
    request.headers.add("host", "b2.example");
    let there: Value = serde_json::from_slice(&app.send(request).body).unwrap();
    assert_eq!((&there["id"], &there["icon"]["url"]), (&json!("https://b2.example/emojis/fern"), &url));
    // A poll names it only in an option.
    let post = alice.post(
        "/api/v1/statuses",
        json!({"status": "tea?", "poll": {"options": ["yes :fern:", "no"], "expires_in": 600}}),
    );
    assert_eq!(post["poll"]["emojis"][0]["shortcode"], "fern");
    let of = |document: &Value| {
        document["tag"].as_array().unwrap().iter().find(|t| t["type"] == "Emoji").cloned().unwrap()
    };
    let path_of = |status: &Value| {
        status["uri"].as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned()
    };
    assert_eq!(of(&document(&path_of(&post))), tag);
    alice.ok("PATCH", "/api/v1/accounts/update_credentials", Some(json!({"display_name": ":fern:"})));
    assert_eq!(of(&document("/users/alice")), tag);
    // A reaction with it, and its Undo.
    let note = remote.note(&bob, 7, json!({}));
    assert_eq!(remote.sends(&app, &remote.create(&bob, &note)), 202);
    let seen = alice.sees(&note["id"]).unwrap();
    let reaction = format!("/api/v1/pleroma/statuses/{}/reactions/:fern:", id(&seen));
    let shown = alice.ok("PUT", &reaction, None);
    assert_eq!(
        (&shown["emoji_reactions"][0]["name"], &shown["emoji_reactions"][0]["url"]),
        (&json!("fern"), &url)
    );
    settle(&[&app]);
    alice.ok("DELETE", &reaction, None);
    settle(&[&app]);
    let sent: Vec<Value> = remote.inbox.borrow().clone();
    let react = sent.iter().find(|a| a["type"] == "EmojiReact").unwrap();
    assert_eq!((&react["content"], of(react)), (&json!(":fern:"), tag.clone()));
    let undo = sent.iter().find(|a| a["type"] == "Undo").unwrap();
    assert_eq!(of(&undo["object"]), tag);
    // In secure mode it stays for everybody, as what else is of the instance.
    assert_eq!(owner.submit("/settings/servers", "/settings/servers", &[("secure_mode", "on")]).status, 303);
    app.restart();
    assert_eq!((app.fetch("/users/alice").status, app.fetch("/emojis/fern").status), (401, 200));
}
