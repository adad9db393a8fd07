//! How the operator lets the server look.

use serde_json::Value;
use sori::http::response::Response;

use crate::api::media::png;
use crate::app::{TestApp, people};
use crate::browser::Browser;

const HERE: &str = "/settings/branding";
const LIGHT: &str = "#1f5f9c";
const DARK: &str = "#82b8f0";

fn saves(browser: &Browser, fields: &[(&str, &str)], file: Option<(&str, &[u8])>) -> Response {
    let token = browser.token(HERE);
    let mut all = vec![("form", token.as_str()), ("light", LIGHT), ("dark", DARK)];
    all.retain(|(name, _)| !fields.iter().any(|(given, _)| given == name));
    all.extend(fields);
    browser.upload(HERE, &all, file)
}

fn operator() -> (TestApp, Browser, Browser) {
    let (app, alice, bob) = people();
    app.db.run(
        "UPDATE users SET role_id = 3 WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')",
    );
    (app, Browser::of(&alice), Browser::of(&bob))
}

fn text(answer: &Response) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

/// The address of the operator's style sheet on a page.
fn sheet(html: &str) -> Option<String> {
    let rest = html.split("href=\"/css/").nth(1)?;
    Some(format!("/css/{}", rest.split('"').next().unwrap()))
}

#[test]
fn accent_and_css_come_as_a_sheet_of_their_own() {
    let (app, browser, theirs) = operator();
    assert_eq!(sheet(&browser.get("/", "en")), None);
    assert_eq!(theirs.status(HERE), 404);
    assert_eq!(Browser::new(&app).status(HERE), 303);
    let saved = saves(&browser, &[("css", " .top{gap:2rem}\r\n")], None);
    assert_eq!(
        (saved.status, saved.header("location")),
        (303, Some("/settings/branding?saved=1")),
        "{}",
        text(&saved)
    );
    let stranger = Browser::new(&app);
    let first = sheet(&stranger.get("/", "en")).unwrap();
    let served = stranger.page(&first);
    assert_eq!(text(&served), format!(":root{{--l:{LIGHT};--d:{DARK}}}\n.top{{gap:2rem}}"));
    assert_eq!(served.header("content-type"), Some("text/css; charset=utf-8"));
    assert_eq!(served.header("cache-control"), Some("public, max-age=31536000, immutable"));
    // The page can be had without it.
    assert_eq!(sheet(&browser.get("/settings/branding?css=no", "en")), None);
    let manifest = text(&stranger.page("/manifest.webmanifest"));
    assert!(manifest.contains(LIGHT), "{manifest}");
    // Another text has another name; the former one is not kept for good.
    assert_eq!(saves(&browser, &[("css", "a{color:red}")], None).status, 303);
    let second = sheet(&stranger.get("/", "en")).unwrap();
    assert_ne!(first, second);
    let former = stranger.page(&first);
    assert_eq!(
        (former.header("cache-control"), text(&former).contains("color:red")),
        (Some("no-store"), true)
    );
    // The usual accent and no CSS are no sheet.
    assert_eq!(saves(&browser, &[("light", "#2f6b46"), ("dark", "#7FC79A"), ("css", "")], None).status, 303);
    assert_eq!(sheet(&stranger.get("/", "en")), None);
    assert_eq!(stranger.status(&second), 404);
}

#[test]
fn what_is_unreadable_or_reaches_out_is_refused_and_shown_again() {
    let (app, browser, theirs) = operator();
    let long = format!("a{{}}{}", " ".repeat(16 * 1024));
    for (field, value, said) in [
        ("light", "#7fc79a", "too hard to read"),
        ("light", "#ffffff", "too hard to read"),
        ("light", "red", "too hard to read"),
        ("dark", "#2f6b46", "too hard to read"),
        ("css", "@import 'x.css';", "no @import"),
        ("css", "a{background:url(//x.example/a)}", "no @import"),
        ("css", "a{width:expression(1)}", "no @import"),
        ("css", &long, "too long"),
    ] {
        let mut fields = vec![("css", ".kept{}")];
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let refused = saves(&browser, &fields, None);
        let html = text(&refused);
        assert_eq!(refused.status, 422, "{field}={value:.40}");
        assert!(html.contains(said), "{field}={value:.40}: {html}");
        assert!(field == "css" || html.contains(".kept{}"), "{html}");
    }
    for token in ["1.x".to_owned(), theirs.token("/settings/appearance")] {
        let refused = browser.upload(HERE, &[("form", &token), ("light", LIGHT), ("dark", DARK)], None);
        assert_eq!(refused.status, 403);
    }
    assert_eq!(app.count("SELECT count(*) AS n FROM settings WHERE key IN ('accent', 'css')"), 0);
}

#[test]
fn icon_and_banner_are_shown_everywhere_and_removed() {
    let (app, browser, _) = operator();
    let instance = || -> Value { serde_json::from_slice(&app.fetch("/api/v2/instance").body).unwrap() };
    let before = instance();
    for (place, shown) in [("avatar", png(48, 48)), ("header", png(60, 20))] {
        let saved = saves(&browser, &[], Some((place, &shown)));
        assert_eq!(saved.status, 303, "{}", text(&saved));
    }
    let now = instance();
    let path = |value: &Value| value.as_str().unwrap().strip_prefix("https://a.example").unwrap().to_owned();
    let (icon, banner) = (path(&now["icon"][0]["src"]), path(&now["thumbnail"]["url"]));
    assert_eq!(now["icon"][0]["size"], "48x48");
    assert!(now["thumbnail"]["blurhash"].is_string());
    for picture in [&icon, &banner] {
        assert_eq!(app.request("GET", picture, None, None).status, 200);
    }
    let v1: Value = serde_json::from_slice(&app.fetch("/api/v1/instance").body).unwrap();
    assert_eq!(path(&v1["thumbnail"]), banner);
    let stranger = Browser::new(&app);
    for page in ["/", "/about"] {
        let html = stranger.get(page, "en");
        assert!(
            html.contains(&format!("<img class=\"site-banner\" src=\"https://a.example{banner}\"")),
            "{html}"
        );
        assert!(html.contains(&format!("<link rel=\"icon\" href=\"https://a.example{icon}\">")), "{html}");
        assert!(
            html.contains(&format!("<a class=\"brand\" href=\"/\"><img src=\"https://a.example{icon}\"")),
            "{html}"
        );
    }
    let manifest: Value = serde_json::from_slice(&stranger.page("/manifest.webmanifest").body).unwrap();
    assert_eq!(manifest["icons"][0]["sizes"], "48x48");
    assert_eq!(manifest["icons"][0]["type"], "image/jpeg");
    // Who asks for the usual address is led to it.
    let favicon = stranger.page("/favicon.svg");
    assert_eq!((favicon.status, favicon.header("location").unwrap().ends_with(&icon)), (303, true));
    // They belong to nobody who could leave, and stay where no other is sent.
    assert_eq!(
        app.count(
            "SELECT count(*) AS n FROM media WHERE purpose IN ('icon', 'banner') AND owner_id = \
                   (SELECT id FROM accounts WHERE actor_type = 'Application') AND unused_since IS NULL"
        ),
        2
    );
    assert_eq!(saves(&browser, &[], None).status, 303);
    assert_eq!(instance()["icon"], now["icon"]);
    let refused = saves(&browser, &[("css", ".kept{}")], Some(("avatar", b"no picture")));
    assert_eq!((refused.status, text(&refused).contains(".kept{}")), (422, true));
    assert_eq!(saves(&browser, &[("remove_avatar", "1"), ("remove_header", "1")], None).status, 303);
    assert_eq!((&instance()["icon"], &instance()["thumbnail"]), (&before["icon"], &before["thumbnail"]));
    assert_eq!(stranger.status("/favicon.svg"), 200);
    assert_eq!(
        app.count("SELECT count(*) AS n FROM media WHERE purpose IN ('icon', 'banner') AND owner_id IS NULL"),
        2
    );
    assert_eq!(app.count("SELECT count(*) AS n FROM media WHERE purpose = 'profile'"), 1);
}
