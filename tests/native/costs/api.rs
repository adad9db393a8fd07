//! What each operation of the client API costs, for every route of the table. `cost` writes the table into
//! docs/cost.md.

use std::collections::BTreeMap;

use serde_json::json;
use sori::app::{MAX_REQUESTS, MAX_SIGNATURES, MAX_STATEMENTS};
use sori::platform::sql::Cost;

use crate::app::{Person, TestApp};
use crate::scene::{READS, Scene, WRITES, route_of};

type Costs = BTreeMap<(&'static str, &'static str), Cost>;

/// The most expensive call of each route; none with its work afterwards takes more than an invocation has.
fn keep(costs: &mut Costs, method: &'static str, path: &str, cost: Cost, whole: Cost) {
    assert!(whole.statements <= MAX_STATEMENTS, "{method} {path}: {whole:?}");
    assert!(whole.requests() <= MAX_REQUESTS, "{method} {path}: {whole:?}");
    assert!(whole.signatures <= MAX_SIGNATURES, "{method} {path}: {whole:?}");
    let route = (method, route_of(method, path).expect("a route"));
    let known = costs.entry(route).or_insert(cost);
    if cost.rows_read + cost.rows_written > known.rows_read + known.rows_written {
        *known = cost;
    }
}

pub const READS_HEAD: &str = "| read | D1 trips | statements | rows read |\n|---|---|---|---|\n";

pub fn reads() -> String {
    let (scene, mut costs) = (Scene::new(), Costs::new());
    for path in READS.iter().map(|p| scene.fill(p)) {
        let response = scene.alice.call("GET", &path, None);
        assert_eq!(response.status, 200, "{path}");
        let cost = *scene.app.cost.borrow();
        assert!(cost.trips <= 2, "{path}: {cost:?}");
        // Reads write nothing; a token's use is recorded once a day at most.
        assert!(
            cost.rows_written <= 2 && cost.fetches == 0 && cost.queue_operations == 0,
            "{path}: {cost:?}"
        );
        keep(&mut costs, "GET", &path, cost, *scene.app.whole_cost.borrow());
    }
    let row = |((_, path), c): (&(_, &str), &Cost)| {
        format!("| `{path}` | {} | {} | {} |", c.trips, c.statements, c.rows_read)
    };
    format!("{READS_HEAD}{}", costs.iter().map(row).collect::<Vec<_>>().join("\n"))
}

pub const CHANGES_HEAD: &str =
    "| change | D1 trips | rows read | rows written | queue operations |\n|---|---|---|---|---|\n";

pub fn changes() -> String {
    let (scene, mut costs) = (Scene::new(), Costs::new());
    for (method, path, sent) in WRITES {
        let path = scene.fill(path);
        let response = scene.call(method, &path, Some(serde_json::from_str(&scene.fill(sent)).unwrap()));
        assert_eq!(response.status, 200, "{method} {path}");
        let cost = *scene.app.cost.borrow();
        assert!(cost.trips <= 6, "{method} {path}: {cost:?}");
        keep(&mut costs, method, &path, cost, *scene.app.whole_cost.borrow());
        scene.app.clock.advance(1000);
    }
    let row = |((method, path), c): (&(&str, &str), &Cost)| {
        format!(
            "| {method} `{path}` | {} | {} | {} | {} |",
            c.trips, c.rows_read, c.rows_written, c.queue_operations
        )
    };
    format!("{CHANGES_HEAD}{}", costs.iter().map(row).collect::<Vec<_>>().join("\n"))
}

/// Alice reads timelines with `items` statuses of forty people, and `items` notifications.
fn full(items: usize) -> (TestApp, Person) {
    let app = TestApp::alone();
    let alice = app.person("alice");
    let people: Vec<Person> = (0..items.min(10)).map(|n| app.person(&format!("p{n}"))).collect();
    for person in &people {
        alice.follows(person);
    }
    for n in 0..items {
        app.clock.advance(31_000);
        let person = &people[n % people.len()];
        person.post(
            "/api/v1/statuses",
            json!({"status": format!("#fern @alice no {n} https://x.example/{n}"), "poll": {"options": ["a", "b"], "expires_in": 86_400}}),
        );
    }
    (app, alice)
}

/// Home and notifications of forty items: name, cost, and bytes of the response.
pub fn forty() -> Vec<(&'static str, Cost)> {
    let ((app, alice), (_, few)) = (full(40), full(2));
    let mut costs = Vec::new();
    for (name, path) in [
        ("home timeline, 40 of 40", "/api/v1/timelines/home?limit=40"),
        ("notifications, 40 of 40", "/api/v1/notifications?limit=40"),
        ("grouped notifications, 40 of 40", "/api/v2/notifications?limit=40"),
    ] {
        let page = alice.get(path);
        let count = page.as_array().or(page["notification_groups"].as_array()).unwrap().len();
        assert_eq!(count, 40, "{name}");
        let cost = *app.cost.borrow();
        // A page takes as many statements as a single item, so there is no query for each item.
        few.get(&path.replace("40", "2"));
        let of_two = *few.app.cost.borrow();
        assert_eq!((cost.trips, cost.statements), (of_two.trips, of_two.statements), "{name}");
        assert!(cost.trips <= 2 && cost.rows_read <= 1000, "{name}: {cost:?}");
        println!("{name}: {cost:?}, {} bytes", page.to_string().len());
        costs.push((name, cost));
    }
    costs
}
