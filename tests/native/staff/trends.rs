//! What staff says of trends and hashtags, by the API and by the page.

use serde_json::{Value, json};
use sori::http::response::Response;
use sori::jobs::tasks;

use super::moderation::staff;
use crate::support::app::{Person, TestApp};
use crate::support::browser::Browser;

fn text(answer: &Response) -> String {
    String::from_utf8_lossy(&answer.body).into_owned()
}

/// An instance where a hashtag, a link and a post of alice trend.
struct World {
    app: TestApp,
    olga: Person,
    alice: Person,
    bob: Person,
    post: String,
}

fn world() -> World {
    let app = TestApp::alone();
    let (olga, alice, bob) = (staff(&app, "olga", 1), app.person("alice"), app.person("bob"));
    app.db.run(&format!("UPDATE accounts SET is_discoverable = 1 WHERE id = {}", alice.id.0));
    let said = "a #fern and https://news.example/a?b=1";
    let post = alice.post("/api/v1/statuses", json!({"status": said}));
    bob.post("/api/v1/statuses", json!({"status": said}));
    let post = post["id"].as_str().unwrap().to_owned();
    for person in [&bob, &olga] {
        person.post(&format!("/api/v1/statuses/{post}/favourite"), json!({}));
    }
    let world = World { app, olga, alice, bob, post };
    world.count();
    world
}

impl World {
    fn count(&self) {
        pollster::block_on(tasks::count_trends(&self.app.ready())).unwrap();
    }

    /// What a stranger sees trending: hashtags, posts, links.
    fn public(&self) -> [usize; 3] {
        let event = |path: &str| {
            let answer = self.app.request("GET", &format!("/api/v1/trends/{path}"), None, None);
            serde_json::from_slice::<Value>(&answer.body).unwrap().as_array().unwrap().len()
        };
        [event("tags"), event("statuses"), event("links")]
    }

    fn of_staff(&self, kind: &str) -> Value {
        self.olga.get(&format!("/api/v1/admin/trends/{kind}"))
    }

    fn decide(&self, path: &str, what: &str) -> Value {
        self.olga.post(&format!("/api/v1/admin/trends/{path}/{what}"), json!({}))
    }
}

#[test]
fn what_is_refused_is_gone_at_once_and_stays_away_and_can_be_approved_again() {
    let w = world();
    assert_eq!(w.public(), [1, 1, 1]);
    let tag = w.of_staff("tags")[0].clone();
    assert_eq!(tag["name"], "fern");
    for (field, value) in
        [("trendable", true), ("usable", true), ("listable", true), ("requires_review", true)]
    {
        assert_eq!(tag[field], json!(value), "{field} {tag}");
    }
    let link = w.of_staff("links")[0].clone();
    assert_eq!(
        (&link["url"], &link["requires_review"]),
        (&json!("https://news.example/a?b=1"), &json!(true))
    );
    assert_eq!(w.of_staff("statuses")[0]["requires_review"], true);
    let items = [
        format!("tags/{}", tag["id"].as_str().unwrap()),
        format!("statuses/{}", w.post),
        format!("links/{}", link["id"].as_str().unwrap()),
    ];
    for (n, item) in items.iter().enumerate() {
        let refused = w.decide(item, "reject");
        assert_eq!(refused["requires_review"], false, "{item} {refused}");
        let mut expected = [1, 1, 1];
        expected[n] = 0;
        assert_eq!(w.public(), expected, "{item}");
        w.count();
        assert_eq!(w.public(), expected, "{item}, counted anew");
        // Staff still sees it, as decided.
        let kind = item.split('/').next().unwrap();
        assert_eq!(w.of_staff(kind)[0]["requires_review"], false, "{item}");
        w.decide(item, "approve");
        assert_eq!(w.public(), [1, 1, 1], "{item}");
    }
    let logged = w.app.count("SELECT count(*) AS n FROM audit_log WHERE kind IN ('tag', 'status', 'link')");
    assert_eq!(logged, 6);
}

#[test]
fn a_site_is_refused_with_its_subdomains_and_an_author_with_all_posts() {
    let w = world();
    let sites = w.of_staff("links/publishers");
    let site = &sites[0];
    assert_eq!(site["domain"], "news.example", "{sites}");
    for (field, value) in
        [("trendable", Value::Null), ("reviewed_at", Value::Null), ("requires_review", json!(true))]
    {
        assert_eq!(site[field], value, "{field}");
    }
    let path = format!("links/publishers/{}", site["id"].as_str().unwrap());
    let refused = w.decide(&path, "reject");
    assert_eq!((&refused["trendable"], &refused["requires_review"]), (&json!(false), &json!(false)));
    assert_eq!(w.public(), [1, 1, 0]);
    assert_eq!(w.of_staff("links/publishers")[0]["trendable"], false);
    // The nearest decision counts: that of the link, then that of the host, then that of what it is within.
    w.app.write("INSERT INTO trend_reviews (kind, key, is_trendable, reviewed_at) VALUES ('publisher', 'example', 1, 1)");
    w.count();
    assert_eq!(w.public(), [1, 1, 0]);
    w.app.write("DELETE FROM trend_reviews WHERE key = 'news.example'");
    w.app.write("UPDATE trend_reviews SET is_trendable = 0");
    w.count();
    assert_eq!(w.public(), [1, 1, 0], "within a refused domain");
    let link = w.of_staff("links")[0]["id"].as_str().unwrap().to_owned();
    w.decide(&format!("links/{link}"), "approve");
    assert_eq!(w.public(), [1, 1, 1]);
    // The author, by the page: Mastodon's API has no way.
    let browser = Browser::of(&w.olga);
    let act = |kind: &str, key: &str, what: &str| {
        let here = "/settings/trends";
        let done = browser.submit(here, here, &[("kind", kind), ("key", key), ("do", what)]);
        assert_eq!(done.status, 303, "{}", text(&done));
    };
    act("account", &w.alice.id.to_string(), "reject");
    assert_eq!(w.public(), [1, 0, 1]);
    w.count();
    assert_eq!(w.public(), [1, 0, 1]);
    act("status", &w.post, "approve");
    assert_eq!(w.public(), [1, 1, 1], "what is said of the post goes before what is said of its author");
}

#[test]
fn hosts_are_found_in_links_however_they_are_written() {
    let w = world();
    w.app.write("INSERT INTO trend_reviews (kind, key, is_trendable, reviewed_at) VALUES ('publisher', 'spam.example', 0, 1)");
    for url in [
        "https://spam.example",
        "https://SPAM.example/x",
        "https://a.b.spam.example:8443/x",
        "http://user:word@spam.example/x",
        "https://spam.example?x=/y",
        "https://spam.example#/y",
        "https://spam.example./x",
    ] {
        w.app.write("DELETE FROM trends");
        w.app.db.run(&format!("INSERT INTO trends (kind, key, rank) VALUES ('link', '{url}', 1)"));
        pollster::block_on(sori::store::write(
            &w.app.db,
            vec![sori::store::trends::judge(sori::model::trend::Kind::Link)],
        ))
        .unwrap();
        assert_eq!(w.public()[2], 0, "{url}");
    }
    for url in ["https://notspam.example/x", "https://x.example/spam.example", "https://spam.example.net/"] {
        w.app.write("DELETE FROM trends");
        w.app.db.run(&format!("INSERT INTO trends (kind, key, rank) VALUES ('link', '{url}', 1)"));
        pollster::block_on(sori::store::write(
            &w.app.db,
            vec![sori::store::trends::judge(sori::model::trend::Kind::Link)],
        ))
        .unwrap();
        assert_eq!(w.public()[2], 1, "{url}");
    }
}

#[test]
fn where_a_review_is_needed_nothing_trends_without_one() {
    let w = world();
    let browser = Browser::of(&w.olga);
    let here = "/settings/trends";
    assert_eq!(browser.submit(here, here, &[("do", "review"), ("review", "1")]).status, 303);
    assert_eq!(w.public(), [0, 0, 0]);
    assert_eq!(w.of_staff("tags")[0]["trendable"], false);
    // Who may not decide sees what everybody sees.
    assert_eq!(w.bob.call("GET", "/api/v1/admin/trends/tags", None).status, 403, "the scope");
    let carol = staff(&w.app, "carol", -99);
    for kind in ["tags", "statuses", "links"] {
        assert_eq!(carol.get(&format!("/api/v1/admin/trends/{kind}")), json!([]), "{kind}");
        assert_eq!(w.of_staff(kind).as_array().unwrap().len(), 1, "{kind}");
    }
    let shown = browser.get(here, "en");
    assert!(shown.contains("Nobody has decided about it") && shown.contains("#fern"), "{shown}");
    w.decide("tags/fern", "approve");
    w.decide(&format!("statuses/{}", w.post), "approve");
    assert_eq!(w.public(), [1, 1, 0]);
    w.count();
    assert_eq!(w.public(), [1, 1, 0]);
    let explored = browser.get("/explore", "en");
    assert!(explored.contains("<h2>Hashtags</h2>") && !explored.contains("<h2>Links</h2>"), "{explored}");
    assert_eq!(browser.submit(here, here, &[("do", "review")]).status, 303);
    assert_eq!(w.public(), [1, 1, 1]);
}

#[test]
fn what_may_trend_is_kept_before_what_may_not() {
    let w = world();
    for n in 0..60 {
        let said = json!({"status": format!("#wave{n} #wave{n}a")});
        w.alice.post("/api/v1/statuses", said.clone());
        w.bob.post("/api/v1/statuses", said);
    }
    w.decide("tags/wave1", "reject");
    w.app.db.run("INSERT INTO settings (key, value) VALUES ('trends_review', 'on')");
    w.app.restart();
    w.decide("tags/fern", "approve");
    w.count();
    let kept = w.of_staff("tags?limit=40");
    assert_eq!(kept[0]["name"], "fern", "{kept}");
    assert_eq!(w.app.count("SELECT count(*) AS n FROM trends WHERE kind = 'tag'"), 40);
    assert_eq!(w.app.count("SELECT count(*) AS n FROM trends WHERE decision = 0"), 0);
}

#[test]
fn a_hashtag_can_be_made_unusable_and_unlisted() {
    let w = world();
    let fern = w.olga.get("/api/v1/admin/tags/fern");
    let path = format!("/api/v1/admin/tags/{}", fern["id"].as_str().unwrap());
    assert_eq!(w.olga.get(&path), fern);
    let found = |q: &str| w.bob.get(&format!("/api/v2/search?q={q}&type=hashtags"))["hashtags"].clone();
    let timeline = || w.bob.get("/api/v1/timelines/tag/fern").as_array().unwrap().len();
    assert_eq!((found("fer").as_array().unwrap().len(), timeline()), (1, 2));
    let change = |body: Value| {
        let answer = w.olga.call("PUT", &path, Some(body));
        (answer.status, serde_json::from_slice::<Value>(&answer.body).unwrap())
    };
    let (status, changed) = change(json!({"listable": false}));
    assert_eq!(
        (status, &changed["listable"], &changed["requires_review"]),
        (200, &json!(false), &json!(false))
    );
    assert_eq!((found("fer"), timeline()), (json!([]), 2));
    let suggested = w.alice.get("/api/v1/featured_tags/suggestions");
    assert_eq!(suggested, json!([]));
    let (_, changed) = change(json!({"usable": false}));
    assert_eq!(
        (&changed["usable"], &changed["listable"]),
        (&json!(false), &json!(false)),
        "what is not given stays"
    );
    assert_eq!((found("fer"), timeline()), (json!([]), 0));
    assert_eq!(w.public(), [0, 1, 1]);
    let multiple = w.bob.get("/api/v1/timelines/tag/moss?any[]=fern");
    assert_eq!(multiple, json!([]));
    for page in ["/tags/fern", "/tags/fern.rss"] {
        assert_eq!(w.app.request("GET", page, None, None).status, 404, "{page}");
    }
    let said = json!({"status": "look: #Fern"});
    let refused = w.alice.call("POST", "/api/v1/statuses", Some(said.clone()));
    assert_eq!(refused.status, 422);
    assert!(text(&refused).contains("Validation failed: Text contained a disallowed hashtag: fern"));
    let other = w.alice.post("/api/v1/statuses", json!({"status": "look"}));
    let edit = format!("/api/v1/statuses/{}", other["id"].as_str().unwrap());
    assert_eq!(w.alice.call("PUT", &edit, Some(said.clone())).status, 422, "nor by an edit");
    let browser = Browser::of(&w.alice);
    let page = browser.submit("/compose", "/compose", &[("status", "look: #Fern"), ("do", "publish")]);
    assert!(text(&page).contains("does not allow one of the hashtags"), "{}", text(&page));
    change(json!({"usable": true, "listable": true}));
    assert_eq!(w.alice.call("POST", "/api/v1/statuses", Some(said)).status, 200);
    assert_eq!(found("fer").as_array().unwrap().len(), 1);
}

#[test]
fn a_hashtag_is_shown_in_other_letters_but_stays_the_same() {
    let w = world();
    let change =
        |name: &str| w.olga.call("PATCH", "/api/v1/admin/tags/fern", Some(json!({"display_name": name})));
    for wrong in ["moss", "ferns", "fe rn"] {
        assert_eq!(change(wrong).status, 422, "{wrong}");
    }
    assert_eq!(change("FeRn").status, 200);
    let shown = w.bob.get("/api/v1/tags/fern");
    assert_eq!(shown["name"], "FeRn");
    assert!(shown["url"].as_str().unwrap().ends_with("/tags/fern"));
    assert_eq!(w.bob.get("/api/v1/trends/tags")[0]["name"], "FeRn");
    assert_eq!(shown["id"], w.olga.get("/api/v1/admin/tags/fern")["id"]);
    assert!(Browser::of(&w.bob).get("/explore", "en").contains("#FeRn"));
}

#[test]
fn hashtags_are_listed_in_pages_by_their_ids() {
    let w = world();
    w.alice.post("/api/v1/statuses", json!({"status": "#moss #lichen"}));
    let all = w.olga.get("/api/v1/admin/tags");
    let ids: Vec<i64> =
        all.as_array().unwrap().iter().map(|t| t["id"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(ids.len(), 3, "{all}");
    assert!(ids.is_sorted_by(|a, b| a > b));
    let first = w.olga.call("GET", "/api/v1/admin/tags?limit=2", None);
    let next = w.olga.get(&format!("/api/v1/admin/tags?limit=2&max_id={}", ids[1]));
    assert_eq!(next.as_array().unwrap().len(), 1);
    assert_eq!(next[0], all[2]);
    let link = crate::support::app::header(&first, "link");
    assert!(link.contains(&format!("max_id={}", ids[1])) && link.contains("rel=\"prev\""), "{link}");
    for missing in ["1", "%23", "a%20b"] {
        assert_eq!(
            w.olga.call("GET", &format!("/api/v1/admin/tags/{missing}"), None).status,
            404,
            "{missing}"
        );
    }
}

#[test]
fn what_is_not_public_is_not_reviewed() {
    let w = world();
    let hidden = w.alice.post("/api/v1/statuses", json!({"status": "x", "visibility": "private"}));
    let path = format!("/api/v1/admin/trends/statuses/{}/approve", hidden["id"].as_str().unwrap());
    assert_eq!(w.olga.call("POST", &path, Some(json!({}))).status, 404);
    for path in ["links/5/approve", "links/publishers/5/reject", "statuses/5/approve", "tags/5/approve"] {
        let answer = w.olga.call("POST", &format!("/api/v1/admin/trends/{path}"), Some(json!({})));
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[test]
fn the_page_changes_a_hashtag_and_refuses_what_is_none() {
    let w = world();
    let browser = Browser::of(&w.olga);
    let here = "/settings/trends?tag=Fern";
    let shown = browser.get(here, "en");
    assert!(shown.contains("value=\"fern\"") && shown.contains("name=\"usable\""), "{shown}");
    let save = |fields: &[(&str, &str)]| {
        let mut all = vec![("do", "tag"), ("key", "fern")];
        all.extend_from_slice(fields);
        browser.submit(here, "/settings/trends", &all)
    };
    let wrong = save(&[("display_name", "moss"), ("usable", "1"), ("listable", "1"), ("trendable", "1")]);
    assert_eq!(wrong.status, 422);
    assert!(text(&wrong).contains("could not be stored"));
    assert_eq!(save(&[("display_name", "FERN"), ("usable", "1")]).status, 303);
    let tag = w.olga.get("/api/v1/admin/tags/fern");
    assert_eq!(
        (&tag["name"], &tag["usable"], &tag["listable"], &tag["trendable"]),
        (&json!("FERN"), &json!(true), &json!(false), &json!(false))
    );
    assert_eq!(w.public(), [0, 1, 1]);
    assert_eq!(w.app.count("SELECT count(*) AS n FROM audit_log WHERE kind = 'tag'"), 1);
}
