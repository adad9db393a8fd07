//! How pages look to a person, and by which clock.

use sori::model::time::Time;

use crate::app::{MINUTE, NOW, people};
use crate::browser::Browser;

const HERE: &str = "/settings/appearance";
const HOUR: i64 = 60 * MINUTE;
const PREFERENCES: &str = "/settings/preferences";

#[test]
fn a_look_is_the_same_in_every_browser_and_stays_when_signed_out() {
    let (app, alice, bob) = people();
    let browser = Browser::of(&alice);
    assert!(browser.get("/home", "en").contains("<html lang=\"en\">"));
    let chosen =
        [("theme", "dark"), ("accent", "blue"), ("text", "large"), ("density", "x"), ("motion", "still")];
    let saved = browser.submit(HERE, HERE, &chosen);
    assert_eq!((saved.status, saved.header("location")), (303, Some("/settings/appearance?saved=1")));
    let html = browser.get("/settings/appearance?saved=1", "en");
    assert!(
        html.contains("<html lang=\"en\" class=\"dark blue large still\">")
            && html.contains("value=\"dark\" selected")
            && html.contains("Saved."),
        "{html}"
    );
    assert_eq!(browser.cookie("sori-look").as_deref(), Some("dark.blue.large.still"));
    // Known to it, the cookie is not set again.
    assert!(
        !browser
            .page("/home")
            .headers
            .iter()
            .any(|(name, value)| name == "Set-Cookie" && value.starts_with("sori-look"))
    );
    let other = Browser::of(&alice);
    assert!(other.get("/home", "en").contains("class=\"dark blue large still\""));
    assert!(!Browser::of(&bob).get("/home", "en").contains("class=\"dark"));
    // What another browser has changed comes with the next page.
    assert_eq!(other.submit(HERE, HERE, &[("theme", "light")]).status, 303);
    assert!(browser.get("/home", "en").contains("<html lang=\"en\" class=\"light\">"));
    let token = browser.get("/menu", "en");
    let token = token.split("name=\"form\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(browser.send("POST", "/sign_out", &format!("form={token}"), "en").status, 303);
    assert!(browser.get("/about", "en").contains("<html lang=\"en\" class=\"light\">"));
    let absent = browser.page("/nothing");
    assert!(String::from_utf8(absent.body).unwrap().contains("class=\"light\""));
    // Nothing else of a cookie comes into a page.
    browser.set_cookie("sori-look", "light.\"onload=\"x.evil");
    assert!(browser.get("/about", "en").contains("<html lang=\"en\" class=\"light\">"));
    // The default needs no cookie.
    assert_eq!(other.submit(HERE, HERE, &[]).status, 303);
    assert!(other.get("/home", "en").contains("<html lang=\"en\">"));
    assert_eq!(other.cookie("sori-look"), None);
    assert_eq!(other.send("POST", HERE, "form=1.x&theme=dark", "en").status, 403);
    assert_eq!(Browser::new(&app).status(HERE), 303);
    // Another identity of the same person has it as well.
    app.db.run("UPDATE users SET look = 'grey', zone = 'Asia/Seoul', role_id = 2 WHERE account_id = (SELECT id FROM accounts WHERE username = 'alice')");
    let event = app.ready();
    let user = pollster::block_on(sori::store::load(&event.db, sori::store::users::by_account(alice.id)))
        .unwrap()
        .unwrap();
    pollster::block_on(sori::services::domains::add_identity(&event, &user, "fern", "a.example")).unwrap();
    assert_eq!(app.count("SELECT count(*) AS n FROM users WHERE look = 'grey' AND zone = 'Asia/Seoul'"), 2);
}

#[test]
fn times_are_those_of_the_chosen_zone() {
    let (app, alice, bob) = people();
    // 2026-09-21 14:13:20 UTC.
    let at = Time(NOW);
    let post = alice.posts("a post");
    app.clock.advance(8 * 24 * HOUR);
    let browser = Browser::of(&alice);
    let page = format!("/@alice/{}", post["id"].as_str().unwrap());
    let usual = browser.get(&page, "en");
    assert!(usual.contains(&format!("title=\"{} UTC\"", at.to_minute())), "{usual}");
    let form = [("visibility", "public"), ("quote_policy", "public"), ("language", "en"), ("pages", "en")];
    let set = |zone: &str| {
        let mut fields = form.to_vec();
        fields.push(("zone", zone));
        browser.submit(PREFERENCES, PREFERENCES, &fields).status
    };
    assert!(browser.get(PREFERENCES, "en").contains("<option value=\"Asia/Seoul\">Asia/Seoul</option>"));
    assert_eq!(set("Mars/Olympus"), 422);
    assert_eq!(set("Asia/Seoul"), 303);
    assert!(browser.get(PREFERENCES, "en").contains("value=\"Asia/Seoul\" selected"));
    let html = browser.get(&page, "en");
    assert!(
        html.contains(&format!("title=\"{} UTC+9\"", at.plus(9 * HOUR).to_minute()))
            && html.contains(&format!("datetime=\"{}\"", at.to_iso())),
        "{html}"
    );
    // Others and strangers have their own.
    for reader in [Browser::of(&bob), Browser::new(&app)] {
        assert!(reader.get(&page, "en").contains(&format!("title=\"{} UTC\"", at.to_minute())));
    }
    // What is typed is of the same clock, in summer and in winter.
    for (zone, typed, wanted) in [
        ("Asia/Seoul", "2026-10-05T09:00", "2026-10-05T00:00:00.000Z"),
        ("Europe/Berlin", "2026-10-05T09:00", "2026-10-05T07:00:00.000Z"),
        ("Europe/Berlin", "2026-11-05T09:00", "2026-11-05T08:00:00.000Z"),
        ("America/St_Johns", "2026-10-05T09:00", "2026-10-05T12:30:00.000Z"),
        ("", "2026-10-05T09:00", "2026-10-05T09:00:00.000Z"),
    ] {
        assert_eq!(set(zone), 303);
        let fields = [("status", "later"), ("visibility", "public"), ("scheduled_at", typed), ("key", typed)];
        let key = format!("{zone}{typed}");
        let mut fields = fields.to_vec();
        fields[3].1 = &key;
        let sent = browser.submit("/compose", "/compose", &fields);
        assert_eq!(sent.status, 303, "{}", String::from_utf8_lossy(&sent.body));
        let all = alice.get("/api/v1/scheduled_statuses");
        assert_eq!(all[0]["scheduled_at"], wanted, "{zone}");
        let listed = browser.get("/scheduled", "en");
        assert!(listed.contains(&format!("name=\"at\" value=\"{typed}\"")), "{zone}: {listed}");
        alice.ok("DELETE", &format!("/api/v1/scheduled_statuses/{}", all[0]["id"].as_str().unwrap()), None);
    }
    assert!(browser.get("/compose", "en").contains("When (UTC)"));
    assert_eq!(set("Asia/Kolkata"), 303);
    assert!(browser.get("/compose", "en").contains("When (Asia/Kolkata)"));
}
