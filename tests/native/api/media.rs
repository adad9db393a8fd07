//! Uploads: attachments, profile pictures, what uses them, and what is deleted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use sori::http::request::Request;
use sori::http::response::Response;
use sori::media::formats;
use sori::model::time::{DAY, HOUR, MINUTE};

use crate::app::{Person, TestApp, id, people, settle, wait};
use crate::remote::followed;

/// A PNG of one colour, as large as its header says.
pub fn png(width: u32, height: u32) -> Vec<u8> {
    let chunk = |kind: &[u8], data: &[u8]| {
        let mut all = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
        let body = [kind, data].concat();
        all.extend_from_slice(&body);
        all.extend_from_slice(&crc(&body).to_be_bytes());
        all
    };
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    // Rows of a filter byte and grey pixels, stored without compression.
    let rows = vec![0u8; (height * (width + 1)) as usize];
    let mut data = vec![0x78, 0x01];
    for (n, block) in rows.chunks(65_535).enumerate() {
        let is_last = (n + 1) * 65_535 >= rows.len();
        let length = u16::try_from(block.len()).unwrap();
        data.push(u8::from(is_last));
        data.extend_from_slice(&length.to_le_bytes());
        data.extend_from_slice(&(!length).to_le_bytes());
        data.extend_from_slice(block);
    }
    let (mut a, mut b) = (1u32, 0u32);
    for byte in &rows {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    data.extend_from_slice(&(b << 16 | a).to_be_bytes());
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &head), chunk(b"IDAT", &data), chunk(b"IEND", b"")]
        .concat()
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = !0u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

fn read(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

pub fn uploads(person: &Person, bytes: &[u8]) -> Value {
    let parts: [(&str, Option<&str>, &[u8]); 2] =
        [("file", Some("a.png"), bytes), ("description", None, b"a fern")];
    let response = person.app.send_form("POST", "/api/v2/media", Some(&person.token), &parts);
    assert_eq!(response.status, 200, "{}", read(&response));
    read(&response)
}

/// The path of a URL of the instance.
fn path(url: &Value) -> String {
    url.as_str().unwrap().strip_prefix("https://a.example").expect("a file of ours").to_owned()
}

fn served(app: &TestApp, url: &Value) -> Response {
    app.request("GET", &path(url), None, None)
}

/// Lets time pass, with the sweeps of unused files in it.
fn later(app: &TestApp, ms: i64) {
    wait(app, ms);
    for _ in 0..4 {
        pollster::block_on(sori::services::media::sweep(&app.ready())).unwrap();
    }
}

#[test]
fn an_upload_is_attached_shown_and_federated() {
    let (app, alice, remote) = followed();
    let picture = png(60, 40);
    let made = uploads(&alice, &picture);
    assert_eq!((&made["type"], &made["description"]), (&json!("image"), &json!("a fern")));
    assert_eq!(made["meta"]["original"], json!({"width": 60, "height": 40, "size": "60x40", "aspect": 1.5}));
    let file = served(&app, &made["url"]);
    assert_eq!((file.status, &file.body), (200, &picture));
    assert_eq!(file.header("content-type"), Some("image/png"));
    assert_eq!(alice.get(&format!("/api/v1/media/{}", id(&made))), made);

    let post = alice.post("/api/v1/statuses", json!({"status": "", "media_ids": [made["id"]]}));
    assert_eq!(post["media_attachments"], json!([made]));
    // A status uses it: Mastodon answers 404 here.
    assert_eq!(alice.call("GET", &format!("/api/v1/media/{}", id(&made)), None).status, 404);
    assert_eq!(alice.call("DELETE", &format!("/api/v1/media/{}", id(&made)), None).status, 422);
    settle(&[&app]);
    let note = read(&app.fetch(&path(&post["uri"])));
    let sent = &note["attachment"][0];
    assert_eq!(
        (&sent["url"], &sent["mediaType"], &sent["name"], &sent["width"], &sent["height"]),
        (&made["url"], &json!("image/png"), &json!("a fern"), &json!(60), &json!(40))
    );
    assert!(remote.got().contains(&"Create".to_owned()));
}

#[test]
fn pictures_have_a_blurhash_and_large_ones_a_preview() {
    let (app, alice, _) = people();
    let small = uploads(&alice, &png(60, 40));
    assert_eq!((&small["preview_url"], small["blurhash"].is_string()), (&small["url"], true));
    let large = uploads(&alice, &png(1600, 900));
    assert_ne!(large["preview_url"], large["url"]);
    assert_eq!(
        large["meta"]["small"],
        json!({"width": 640, "height": 360, "size": "640x360", "aspect": 640.0 / 360.0})
    );
    let preview = served(&app, &large["preview_url"]);
    assert_eq!((preview.status, preview.header("content-type")), (200, Some("image/jpeg")));
    assert!(preview.body.starts_with(&[0xff, 0xd8, 0xff]));
    assert_eq!(served(&app, &large["url"]).body, png(1600, 900));
    assert_eq!(app.blobs.keys().len(), 3);
    for made in [&small, &large] {
        alice.ok("DELETE", &format!("/api/v1/media/{}", id(made)), None);
    }
    later(&app, HOUR);
    assert!(app.blobs.keys().is_empty(), "previews go with their files");
}

#[test]
fn profile_pictures_are_stored_as_large_as_they_are_shown() {
    let (app, alice, _) = people();
    let send = |field: &str, bytes: &[u8]| {
        let parts = [(field, Some("a.png"), bytes)];
        let path = "/api/v1/accounts/update_credentials";
        let answer = app.send_form("PATCH", path, Some(&alice.token), &parts);
        assert_eq!(answer.status, 200, "{}", read(&answer));
        served(&app, &read(&answer)[field]).body
    };
    let size = |bytes: &[u8]| {
        let file = sori::media::formats::inspect(bytes, u64::MAX).unwrap();
        (file.width, file.height)
    };
    assert_eq!(size(&send("avatar", &png(1000, 800))), (400, 400));
    assert_eq!(size(&send("header", &png(3000, 2000))), (1500, 500));
    assert_eq!(app.blobs.keys().len(), 2);
}

#[test]
fn alt_texts_and_focus_change_before_and_after_posting() {
    let (app, alice, _) = people();
    let made = uploads(&alice, &png(2, 2));
    let target = format!("/api/v1/media/{}", id(&made));
    let changed = alice.ok("PUT", &target, Some(json!({"description": "moss", "focus": "-0.5,2"})));
    assert_eq!(
        (&changed["description"], &changed["meta"]["focus"]),
        (&json!("moss"), &json!({"x": -0.5, "y": 1.0}))
    );
    let post = alice.post("/api/v1/statuses", json!({"status": "hi", "media_ids": [made["id"]]}));
    app.clock.advance(MINUTE);
    let edit = json!({"status": "hi", "media_ids": [made["id"]], "media_attributes": [{"id": made["id"], "description": "lichen", "focus": "0,0"}]});
    let edited = alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&post)), Some(edit));
    assert_eq!(edited["media_attachments"][0]["description"], "lichen");
    assert!(!edited["edited_at"].is_null());
    let history = alice.get(&format!("/api/v1/statuses/{}/history", id(&post)));
    let told: Vec<&Value> =
        history.as_array().unwrap().iter().map(|v| &v["media_attachments"][0]["description"]).collect();
    assert_eq!(told, ["moss", "lichen"]);
    let long = json!({"description": "x".repeat(10_001)});
    let other = uploads(&alice, &png(2, 2));
    let target = format!("/api/v1/media/{}", id(&other));
    assert_eq!(alice.call("PUT", &target, Some(long)).status, 422);
    alice.ok("PUT", &target, Some(json!({"description": "é".repeat(10_000)})));
    app.clock.advance(MINUTE);
    // Without the file in the edit it is not attached any more, as on Mastodon.
    let without = alice.ok("PUT", &format!("/api/v1/statuses/{}", id(&post)), Some(json!({"status": "hi"})));
    assert_eq!(without["media_attachments"], json!([]));
}

#[test]
fn order_number_and_ownership_of_attachments() {
    let (app, alice, bob) = people();
    let all: Vec<Value> = (1..6).map(|n| uploads(&alice, &png(n, 1))["id"].clone()).collect();
    let post = |who: &Person, ids: &[Value]| {
        who.call("POST", "/api/v1/statuses", Some(json!({"status": "x", "media_ids": ids})))
    };
    assert_eq!(post(&alice, &all).status, 422);
    let order = [all[2].clone(), all[0].clone(), all[3].clone(), all[1].clone()];
    let posted = read(&post(&alice, &order));
    let shown: Vec<&Value> =
        posted["media_attachments"].as_array().unwrap().iter().map(|m| &m["id"]).collect();
    assert_eq!(shown, order.iter().collect::<Vec<_>>());
    for (who, ids, why) in [
        (&alice, json!([all[0]]), "used already"),
        (&bob, json!([all[4]]), "of somebody else"),
        (&alice, json!(["999"]), "unknown"),
        (&alice, json!(["x"]), "no id"),
    ] {
        let answer = post(who, ids.as_array().unwrap());
        assert_eq!(answer.status, 422, "{why}");
        assert!(read(&answer)["error"].as_str().unwrap().contains("not found or already attached"), "{why}");
    }
    assert_eq!(bob.call("GET", &format!("/api/v1/media/{}", all[4].as_str().unwrap()), None).status, 404);
    // A poll beside media.
    let both =
        json!({"status": "x", "media_ids": [all[4]], "poll": {"options": ["a", "b"], "expires_in": 3600}});
    let both = alice.post("/api/v1/statuses", both);
    assert!(both["poll"].is_object() && both["media_attachments"].as_array().unwrap().len() == 1);
    assert_eq!(app.count("SELECT count(*) AS n FROM media WHERE owner_id IS NULL"), 0);
}

#[test]
fn two_statuses_at_once_do_not_share_a_file() {
    let (app, alice, _) = people();
    let made = uploads(&alice, &png(2, 2));
    let (a, b) = (alice.posts("a"), alice.posts("b"));
    let owner = |status: &Value| sori::model::id::Id::parse(id(status)).unwrap();
    let file = sori::model::id::Id::parse(id(&made)).unwrap();
    let take = |status: &Value| {
        let ready = app.ready();
        pollster::block_on(sori::store::write(
            &ready.db,
            vec![sori::store::media::take(&[file], alice.id, owner(status))],
        ))
    };
    assert!(take(&a).is_ok());
    assert!(take(&a).is_ok());
    assert!(matches!(take(&b), Err(sori::error::Error::Conflict(_))));
}

#[test]
fn what_is_deleted_can_be_posted_again_for_a_day() {
    let (app, alice, _) = people();
    let made = uploads(&alice, &png(2, 2));
    let post = alice.post("/api/v1/statuses", json!({"status": "typo", "media_ids": [made["id"]]}));
    let gone = alice.ok("DELETE", &format!("/api/v1/statuses/{}", id(&post)), None);
    assert_eq!((&gone["text"], &gone["media_attachments"][0]["id"]), (&json!("typo"), &made["id"]));
    let again = alice.post("/api/v1/statuses", json!({"status": "right", "media_ids": [made["id"]]}));
    later(&app, 2 * DAY);
    assert_eq!(served(&app, &again["media_attachments"][0]["url"]).status, 200);
    let with = format!("/api/v1/statuses/{}?delete_media=true", id(&again));
    alice.ok("DELETE", &with, None);
    later(&app, HOUR);
    assert!(app.blobs.keys().is_empty(), "{:?}", app.blobs.keys());
    assert_eq!(app.count("SELECT count(*) AS n FROM media"), 0);
}

#[test]
fn unused_files_are_deleted_after_a_day() {
    let (app, alice, _) = people();
    let used = uploads(&alice, &png(2, 2));
    alice.post("/api/v1/statuses", json!({"status": "x", "media_ids": [used["id"]]}));
    for _ in 0..12 {
        uploads(&alice, &png(2, 2));
    }
    let discarded = uploads(&alice, &png(2, 2));
    alice.ok("DELETE", &format!("/api/v1/media/{}", id(&discarded)), None);
    later(&app, HOUR);
    assert_eq!(served(&app, &discarded["url"]).status, 404);
    assert_eq!(app.blobs.keys().len(), 13);
    // The storage fails for a while: rows stay as long as their files.
    app.blobs.fail(true);
    later(&app, DAY);
    assert_eq!(app.count("SELECT count(*) AS n FROM media"), 13);
    app.blobs.fail(false);
    later(&app, 2 * HOUR);
    assert_eq!(app.count("SELECT count(*) AS n FROM media"), 1);
    assert_eq!(app.blobs.keys().len(), 1);
    assert_eq!(served(&app, &used["url"]).status, 200);
}

#[test]
fn what_is_refused_leaves_nothing_stored() {
    let (app, alice, _) = people();
    let send = |token: Option<&str>, parts: &[(&str, Option<&str>, &[u8])]| {
        let answer = app.send_form("POST", "/api/v2/media", token, parts);
        (answer.status, read(&answer)["error"].as_str().unwrap_or_default().to_owned())
    };
    let picture = png(2, 2);
    let token = Some(alice.token.as_str());
    assert_eq!(send(None, &[("file", Some("a.png"), &picture)]).0, 401);
    assert_eq!(send(Some("wrong"), &[("file", Some("a.png"), &picture)]).0, 401);
    assert_eq!(app.cost.borrow().blob_writes, 0);
    assert_eq!(send(token, &[("description", None, b"x")]).0, 422);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
    let (status, error) = send(token, &[("file", Some("a.png"), svg)]);
    assert_eq!((status, error.as_str()), (422, "Validation failed: File content type is invalid"));
    assert_eq!(send(token, &[("file", Some("a.png"), b"")]).0, 422);
    assert_eq!(send(token, &[("file", Some("a.png"), &png(2, 2)[..20])]).0, 422);
    let bomb = {
        let mut b = png(2, 2);
        b[16..24].copy_from_slice(&[0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10]);
        b
    };
    assert_eq!(send(token, &[("file", Some("a.png"), &bomb)]).0, 422);
    let long = "x".repeat(10_001);
    assert_eq!(
        send(token, &[("file", Some("a.png"), &picture), ("description", None, long.as_bytes())]).0,
        422
    );
    app.blobs.fail(true);
    assert_eq!(send(token, &[("file", Some("a.png"), &picture)]).0, 503);
    app.blobs.fail(false);
    // More than the limit of the whole body.
    let huge = vec![0; 26 * 1024 * 1024];
    let (status, error) = send(token, &[("file", Some("a.png"), &huge)]);
    assert_eq!(status, 422, "{error}");
    later(&app, 2 * DAY);
    assert!(app.blobs.keys().is_empty(), "{:?}", app.blobs.keys());
    assert_eq!(app.count("SELECT count(*) AS n FROM media"), 0);
}

#[test]
fn an_account_uploads_thirty_files_in_half_an_hour() {
    let (app, alice, bob) = people();
    for _ in 0..30 {
        uploads(&alice, &png(2, 2));
    }
    let picture = png(2, 2);
    let parts: [(&str, Option<&str>, &[u8]); 1] = [("file", Some("a.png"), &picture)];
    assert_eq!(app.send_form("POST", "/api/v2/media", Some(&alice.token), &parts).status, 429);
    uploads(&bob, &picture);
    app.clock.advance(31 * MINUTE);
    uploads(&alice, &picture);
}

#[test]
fn profile_pictures_are_changed_and_removed() {
    let (app, alice, remote) = followed();
    let send = |method: &str, path: &str, field: &str, bytes: &[u8]| {
        let answer = app.send_form(
            method,
            path,
            Some(&alice.token),
            &[(field, Some("a.png"), bytes), ("display_name", None, b"Alice A.")],
        );
        assert_eq!(answer.status, 200, "{}", read(&answer));
        read(&answer)
    };
    let me = send("PATCH", "/api/v1/accounts/update_credentials", "avatar", &png(4, 4));
    assert_eq!(me["display_name"], "Alice A.");
    assert_eq!(served(&app, &me["avatar"]).status, 200);
    let with_header = send("PATCH", "/api/v1/profile", "header", &png(30, 10));
    assert_eq!(served(&app, &with_header["header"]).status, 200);
    assert_eq!(with_header["avatar"], me["avatar"]);
    settle(&[&app]);
    assert!(remote.got().contains(&"Update".to_owned()));
    let actor = read(&app.fetch("/users/alice"));
    assert_eq!((&actor["icon"]["url"], &actor["icon"]["mediaType"]), (&me["avatar"], &json!("image/jpeg")));
    let newer = send("PATCH", "/api/v1/accounts/update_credentials", "avatar", &png(5, 5));
    assert_ne!(newer["avatar"], me["avatar"]);
    later(&app, 2 * DAY);
    assert_eq!(served(&app, &me["avatar"]).status, 404);
    assert_eq!(served(&app, &newer["avatar"]).status, 200);
    alice.ok("DELETE", "/api/v1/profile/avatar", None);
    let empty = app.send_form(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        Some(&alice.token),
        &[("header", Some(""), b"")],
    );
    assert_eq!(read(&empty)["header"], with_header["header"], "an untouched file field changes nothing");
    alice.ok("DELETE", "/api/v1/profile/header", None);
    later(&app, 2 * DAY);
    assert!(app.blobs.keys().is_empty());
    assert!(read(&app.fetch("/users/alice"))["icon"].is_null());
    // Pictures only.
    let video = app.send_form(
        "PATCH",
        "/api/v1/profile",
        Some(&alice.token),
        &[("avatar", Some("a.png"), b"\x00\x00\x00\x18ftypmp42")],
    );
    assert_eq!(video.status, 422);
}

#[test]
fn pictures_that_are_not_decoded_here_have_previews_by_the_images_binding() {
    let (app, alice, _) = people();
    // Its header is read, and its pixels are not.
    let mut broken = png(1200, 900);
    let at = broken.windows(4).position(|w| w == b"IDAT").unwrap();
    broken[at + 4] = 0;
    let without = |made: &Value| {
        assert_eq!((&made["preview_url"], &made["blurhash"]), (&made["url"], &Value::Null), "{made}");
    };
    without(&uploads(&alice, &broken));
    let preview = served(&app, &uploads(&alice, &png(1200, 900))["preview_url"]).body;
    assert!(app.images.asked.borrow().is_empty(), "what is decoded here costs no transformation");
    app.images.answer.replace(Some(Some(preview.clone())));
    let made = uploads(&alice, &broken);
    assert_ne!(made["preview_url"], made["url"]);
    assert!(made["blurhash"].is_string(), "{made}");
    let small = served(&app, &made["preview_url"]);
    assert_eq!(
        (small.status, small.header("content-type"), &small.body),
        (200, Some("image/jpeg"), &preview)
    );
    assert_eq!(
        (&made["meta"]["small"]["width"], &made["meta"]["original"]["width"]),
        (&json!(553), &json!(1200))
    );
    assert_eq!(*app.images.asked.borrow(), [(553, 416)]);
    // Refused, no picture, too much: the picture is shown as it is.
    for answer in [None, Some(b"no picture".to_vec()), Some(vec![0; 3 << 20])] {
        app.images.answer.replace(Some(answer));
        without(&uploads(&alice, &broken));
    }
    // Pictures of profiles are stored as they came.
    app.images.answer.replace(Some(Some(preview)));
    let asked = app.images.asked.borrow().len();
    let form: [(&str, Option<&str>, &[u8]); 1] = [("avatar", Some("a.png"), &broken)];
    let me = read(&app.send_form("PATCH", "/api/v1/profile", Some(&alice.token), &form));
    assert_eq!(served(&app, &me["avatar"]).body, broken);
    assert_eq!(app.images.asked.borrow().len(), asked);
}

#[test]
fn apps_and_pages_load_files_from_a_public_bucket_where_there_is_one() {
    let (app, alice, _) = followed();
    let form: [(&str, Option<&str>, &[u8]); 1] = [("avatar", Some("a.png"), &png(4, 4))];
    app.send_form("PATCH", "/api/v1/profile", Some(&alice.token), &form);
    let large = png(1200, 900);
    let made = uploads(&alice, &large);
    let post = alice.post("/api/v1/statuses", json!({"status": "a fern", "media_ids": [made["id"]]}));
    *app.media_origin.borrow_mut() = Some("https://media.a.example".into());
    let stored = app.blobs.keys();
    let key = |url: &Value| {
        let key = url.as_str().unwrap().strip_prefix("https://media.a.example/").expect("in the bucket");
        assert!(stored.contains(&key.to_owned()), "{key} of {stored:?}");
        key.to_owned()
    };
    let seen = alice.get(&format!("/api/v1/statuses/{}", id(&post)));
    let file = &seen["media_attachments"][0];
    assert_ne!(key(&file["url"]), key(&file["preview_url"]));
    let again = uploads(&alice, &png(5, 5));
    assert!(again["url"].as_str().unwrap().starts_with("https://media.a.example/"), "{again}");
    for avatar in [&seen["account"]["avatar"], &seen["account"]["avatar_static"]] {
        key(avatar);
    }
    for (path, name) in [
        ("/api/v1/accounts/verify_credentials", "avatar"),
        ("/api/v1/profile", "avatar"),
        ("/api/v1/profile", "avatar_static"),
        ("/oauth/userinfo", "picture"),
    ] {
        key(&alice.get(path)[name]);
    }
    // A page, whose policy lets it.
    let mut request = Request { method: "GET".into(), path: path(&post["url"]), ..Request::default() };
    request.headers.add("accept", "text/html");
    let page = app.send(request);
    let html = String::from_utf8_lossy(&page.body).into_owned();
    assert!(html.contains(file["url"].as_str().unwrap()) && !html.contains("a.example/media/"), "{html}");
    assert!(page.header("content-security-policy").unwrap().contains("img-src 'self' https:"));
    // Other servers get addresses that stay, with an extension; both answer.
    let note = read(&app.fetch(&path(&post["uri"])));
    assert_eq!(note["attachment"][0]["url"], made["url"]);
    assert_eq!(served(&app, &made["url"]).body, large);
    let actor = read(&app.fetch("/users/alice"));
    assert!(actor["icon"]["url"].as_str().unwrap().starts_with("https://a.example/media/"));
}

/// A second of silence, as WAV.
fn wav() -> Vec<u8> {
    let samples = vec![0u8; 8_000];
    let format = [
        &16u32.to_le_bytes()[..],
        &[1, 0, 1, 0],
        &8_000u32.to_le_bytes(),
        &8_000u32.to_le_bytes(),
        &[1, 0, 8, 0],
    ];
    let data = [b"data", &8_000u32.to_le_bytes()[..], &samples].concat();
    let body = [b"WAVEfmt ", &*format.concat(), &data].concat();
    [b"RIFF", &u32::try_from(body.len()).unwrap().to_le_bytes()[..], &body].concat()
}

#[test]
fn a_sound_without_a_picture_has_no_preview() {
    let (app, alice, _) = people();
    let sound = uploads(&alice, &wav());
    assert_eq!((&sound["type"], &sound["preview_url"]), (&json!("audio"), &Value::Null), "{sound}");
    assert_eq!(served(&app, &sound["url"]).status, 200);
    let form: [(&str, Option<&str>, &[u8]); 1] = [("thumbnail", Some("a.png"), &png(5, 4))];
    let path = format!("/api/v1/media/{}", id(&sound));
    let changed = read(&app.send_form("PUT", &path, Some(&alice.token), &form));
    assert_eq!(served(&app, &changed["preview_url"]).status, 200);
    assert_ne!(changed["preview_url"], changed["url"]);
    // A picture is its own preview.
    let small = uploads(&alice, &png(3, 2));
    assert_eq!((&small["preview_url"], &small["preview_remote_url"]), (&small["url"], &Value::Null));
}

/// A body of a content type.
fn sends(app: &TestApp, token: Option<&str>, target: &str, kind: &str, body: Vec<u8>) -> Response {
    let (method, path) = target.split_once(' ').unwrap();
    let mut request = Request { method: method.into(), path: path.into(), body, ..Request::default() };
    request.headers.add("content-type", kind);
    if let Some(token) = token {
        request.headers.add("authorization", format!("Bearer {token}"));
    }
    app.send(request)
}

#[test]
fn a_body_that_announces_too_much_is_not_read() {
    let (app, alice, _) = people();
    let boundary = "x";
    let head =
        format!("--{boundary}\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n");
    let mut body = head.into_bytes();
    body.extend(png(4, 4));
    body.extend(format!("\r\n--{boundary}--\r\n").as_bytes());
    for (announced, status) in
        [("1000000", 200), ("28311552", 422), ("x", 200), ("99999999999999999999999", 200)]
    {
        let mut request =
            Request { method: "POST".into(), path: "/api/v2/media".into(), ..Request::default() };
        request.body.clone_from(&body);
        request.headers.add("content-type", format!("multipart/form-data; boundary={boundary}"));
        request.headers.add("content-length", announced);
        request.headers.add("authorization", format!("Bearer {}", alice.token));
        assert_eq!(app.send(request).status, status, "{announced}");
        assert_eq!(app.cost.borrow().rows_written == 0, status == 422, "{announced}");
    }
}

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";

fn data_url(bytes: &[u8]) -> String {
    format!("data:image/png;base64,{}", BASE64.encode(bytes))
}

#[test]
fn profile_pictures_are_sent_as_data_urls_too() {
    let (app, alice, _) = people();
    let token = Some(&*alice.token);
    let size = |url: &Value| {
        let file = served(&app, url);
        assert_eq!(file.status, 200);
        formats::inspect(&file.body, 25_000_000).map(|f| (f.width, f.height)).unwrap()
    };
    let done = |answer: Response| {
        assert_eq!(answer.status, 200, "{}", read(&answer));
        read(&answer)
    };
    let credentials = "PATCH /api/v1/accounts/update_credentials";
    let small =
        json!({"avatar": data_url(&png(9, 9)), "display_name": "A", "source": {"privacy": "unlisted"}});
    let me = done(sends(&app, token, credentials, JSON, small.to_string().into_bytes()));
    assert_eq!((size(&me["avatar"]), &me["display_name"]), ((9, 9), &json!("A")));
    assert_eq!(me["source"]["privacy"], "unlisted");
    let form: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("header", data_url(&png(30, 10))), ("note", "n".into())])
        .finish();
    let me = done(sends(&app, token, "PATCH /api/v1/profile", FORM, form.into_bytes()));
    assert_eq!((size(&me["header"]), &me["note"]), ((30, 10), &json!("n")));
    assert_eq!(size(&me["avatar"]), (9, 9), "it stays");
    // One that is larger than any other body may be, with the rest of the form.
    let large = json!({"avatar": data_url(&png(1200, 1100)), "header": data_url(&png(2000, 700)), "bot": false, "note": null,
        "fields_attributes": [{"name": "a", "value": "b"}, {"name": "c", "value": "d"}], "source": {"sensitive": true}});
    let large = large.to_string().into_bytes();
    assert!(large.len() > 3 << 20, "{}", large.len());
    let me = done(sends(&app, token, credentials, JSON, large));
    assert_eq!((size(&me["avatar"]), size(&me["header"])), ((400, 400), (1500, 500)));
    let fields: Vec<_> = me["fields"].as_array().unwrap().iter().map(|f| (&f["name"], &f["value"])).collect();
    assert_eq!(fields, [(&json!("a"), &json!("b")), (&json!("c"), &json!("d"))]);
    assert_eq!((&me["source"]["sensitive"], &me["source"]["note"]), (&json!(true), &json!("n")));
    // In a multipart form, and broken into lines.
    let lines: Vec<String> =
        data_url(&png(8, 8)).as_bytes().chunks(76).map(|l| String::from_utf8_lossy(l).into_owned()).collect();
    let lines = lines.join("\n");
    let parts: [(&str, Option<&str>, &[u8]); 1] = [("avatar", None, lines.as_bytes())];
    let me = done(app.send_form("PATCH", "/api/v1/profile", token, &parts));
    assert_eq!(size(&me["avatar"]), (8, 8));
    // Files of a status likewise, as on Mastodon.
    let made = done(sends(
        &app,
        token,
        "POST /api/v2/media",
        JSON,
        json!({"file": data_url(&png(7, 7)), "description": "x"}).to_string().into_bytes(),
    ));
    assert_eq!((size(&made["url"]), &made["description"]), ((7, 7), &json!("x")));
    // An empty text removes the picture.
    let gone = done(sends(&app, token, credentials, JSON, json!({"avatar": ""}).to_string().into_bytes()));
    assert_eq!(gone["avatar"], "https://a.example/avatars/missing.png");
}

#[test]
fn data_urls_are_held_to_the_bounds_of_files() {
    let (app, alice, _) = people();
    let token = Some(&*alice.token);
    let credentials = "PATCH /api/v1/accounts/update_credentials";
    let error = |value: Value| {
        let answer = sends(&app, token, credentials, JSON, json!({"avatar": value}).to_string().into_bytes());
        (answer.status, read(&answer)["error"].as_str().unwrap_or_default().to_owned())
    };
    let invalid = "Validation failed: Avatar content type is invalid";
    let svg =
        format!("data:image/svg+xml;base64,{}", BASE64.encode("<svg xmlns='http://www.w3.org/2000/svg'/>"));
    let long_head = format!("data:{};base64,AAAA", "x".repeat(300));
    for bad in [
        "data:",
        "data:,x",
        "data:image/png,abc",
        "data:image/png;base64,",
        "data:image/png;base64,%%%%",
        &svg,
        &long_head,
        "data:image/png;base64,AAAA",
    ] {
        assert_eq!(error(json!(bad)), (422, invalid.into()), "{bad:.40}");
    }
    // Longer than any picture of a profile: refused by its length.
    let long = format!("data:image/png;base64,{}", "A".repeat(9 * 1024 * 1024 / 3 * 4));
    assert_eq!(
        error(json!(long)),
        (422, "Validation failed: Avatar file size must be less than 8 MB".into())
    );
    // A body beyond that of two pictures.
    let longest = format!("data:image/png;base64,{}", "A".repeat(17 * 1024 * 1024));
    assert_eq!(
        error(json!(longest)),
        (422, "Validation failed: File file size must be less than 16 MB".into())
    );
    // What is long beside the pictures is as long as on any other route.
    let padded =
        json!({"avatar": data_url(&png(4, 4)), "note": "x".repeat(2 << 20)}).to_string().into_bytes();
    assert_eq!(sends(&app, token, credentials, JSON, padded.clone()).status, 413);
    assert_eq!(sends(&app, token, "POST /api/v1/statuses", JSON, padded.clone()).status, 413);
    assert_eq!(sends(&app, None, credentials, JSON, padded).status, 401, "nothing of it is read");
    let many: Vec<u8> = [b"{\"x\":[", "1,".repeat(2 << 20).as_bytes(), b"1]}"].concat();
    assert_eq!(sends(&app, token, credentials, JSON, many).status, 400);
    for body in [None, Some(json!({"note": "x"}))] {
        assert_eq!(app.request("PATCH", "/api/v1/profile?avatar=data:x", token, body).status, 422);
    }
    assert!(app.blobs.keys().is_empty());
}

#[test]
fn scheduled_statuses_keep_their_files() {
    let (app, alice, _) = people();
    let made = uploads(&alice, &png(2, 2));
    let at = sori::model::time::Time(app.clock.now().0 + 3 * DAY).to_iso();
    let kept = alice
        .post("/api/v1/statuses", json!({"status": "later", "media_ids": [made["id"]], "scheduled_at": at}));
    assert_eq!(kept["media_attachments"][0]["id"], made["id"]);
    assert_eq!(kept["params"]["media_ids"], json!([made["id"]]));
    let other =
        alice.call("POST", "/api/v1/statuses", Some(json!({"status": "now", "media_ids": [made["id"]]})));
    assert_eq!(other.status, 422);
    wait(&app, 3 * DAY + MINUTE);
    let posted = alice.get(&format!("/api/v1/accounts/{}/statuses", alice.id));
    assert_eq!(posted[0]["media_attachments"][0]["id"], made["id"]);
    later(&app, 2 * DAY);
    assert_eq!(served(&app, &made["url"]).status, 200);
    let again = uploads(&alice, &png(3, 3));
    let at = sori::model::time::Time(app.clock.now().0 + 3 * DAY).to_iso();
    let kept =
        alice.post("/api/v1/statuses", json!({"status": "", "media_ids": [again["id"]], "scheduled_at": at}));
    alice.ok("DELETE", &format!("/api/v1/scheduled_statuses/{}", id(&kept)), None);
    later(&app, 2 * DAY);
    assert_eq!(served(&app, &again["url"]).status, 404);
}

#[test]
fn files_of_a_deleted_account_are_deleted() {
    let (app, alice, _) = people();
    let made = uploads(&alice, &png(2, 2));
    alice.post("/api/v1/statuses", json!({"status": "x", "media_ids": [made["id"]]}));
    let ready = app.ready();
    pollster::block_on(async {
        let user =
            sori::store::load(&ready.db, sori::store::users::by_account(alice.id)).await.unwrap().unwrap();
        sori::services::remove::local_account(&ready, &user, &app.account("alice")).await.unwrap();
    });
    later(&app, HOUR);
    assert!(app.blobs.keys().is_empty());
}

#[test]
fn files_are_served_so_that_nothing_in_them_runs() {
    let (app, alice, _) = people();
    let made = uploads(&alice, &png(2, 2));
    let file = served(&app, &made["url"]);
    let header = |name: &str| file.header(name).unwrap_or_default().to_owned();
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert!(header("content-security-policy").contains("sandbox"));
    assert!(header("cache-control").contains("immutable"));
    let mut request =
        sori::http::request::Request { method: "GET".into(), path: path(&made["url"]), ..Default::default() };
    request.headers.add("if-none-match", header("etag"));
    assert_eq!(app.send(request).status, 304);
    for bad in ["/media/x.png", "/media/", "/media/../schema.sql", &format!("{}.html", path(&made["url"]))] {
        assert_eq!(app.request("GET", bad, None, None).status, 404, "{bad}");
    }
}

#[test]
fn a_profile_that_changes_without_a_picture_begins_no_upload() {
    let (app, alice, _) = crate::app::people();
    let path = "/api/v1/accounts/update_credentials";
    app.db.run("CREATE TRIGGER none BEFORE INSERT ON media BEGIN SELECT RAISE(ABORT, 'begun'); END");
    alice.ok("PATCH", path, Some(json!({"display_name": "Alice"})));
}
