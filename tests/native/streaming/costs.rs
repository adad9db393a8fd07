//! What an event costs with 0, 1 and 100 listeners. `SORI_WRITE=1 cargo nextest run cost` writes the table of
//! docs/cost.md.

use serde_json::json;
use sori::platform::sql::Cost;

use super::listener::{Listener, listen, people};
use crate::app::{Person, TestApp};

/// The cost of telling of a new status of bob's.
pub fn publish(app: &TestApp, bob: &Person, text: &str) -> Cost {
    let event = app.ready();
    let draft_cost = pollster::block_on(async {
        let request = {
            let mut request = sori::http::request::Request {
                method: "POST".into(),
                path: "/api/v1/statuses".into(),
                ..Default::default()
            };
            request.headers.add("authorization", format!("Bearer {}", bob.token));
            request.headers.add("content-type", "application/json");
            request.body = json!({"status": text}).to_string().into_bytes();
            request
        };
        let response = sori::routes::handle(&event, &request).await;
        assert_eq!(response.status, 200);
        let before = event.cost();
        sori::streaming::publish::run(&event).await;
        before
    });
    let after = event.cost();
    Cost {
        trips: after.trips - draft_cost.trips,
        statements: after.statements - draft_cost.statements,
        rows_read: after.rows_read - draft_cost.rows_read,
        rows_written: after.rows_written - draft_cost.rows_written,
        object_requests: after.object_requests - draft_cost.object_requests,
        ..Cost::default()
    }
}

fn row(what: &str, cost: Cost) -> String {
    format!(
        "| {what} | {} | {} | {} | {} |",
        cost.trips, cost.rows_read, cost.rows_written, cost.object_requests
    )
}

fn table() -> Vec<String> {
    let (app, _, bob) = people();
    let mut rows = Vec::new();
    assert_eq!(publish(&app, &bob, "hello"), Cost::default());
    rows.push(row("nobody so far", Cost::default()));
    let gone = listen(&bob, "stream=user");
    app.live.close(&gone.socket);
    let first = publish(&app, &bob, "hello again");
    assert_eq!((first.trips, first.rows_read, first.object_requests), (0, 0, 1));
    rows.push(row("nobody any more, the first event in an isolate", first));
    assert_eq!(publish(&app, &bob, "hello once more"), Cost::default());
    rows.push(row("nobody any more, each further event", Cost::default()));
    let fans: Vec<Person> = (0..100)
        .map(|n| {
            let fan = app.person(&format!("fan{n}"));
            fan.follows(&bob);
            fan
        })
        .collect();
    let first = [listen(&fans[0], "stream=user")];
    let one = publish(&app, &bob, "hello one");
    assert_eq!((one.trips, one.rows_written, one.object_requests), (1, 0, 2), "{one:?}");
    rows.push(row("1, the first event since somebody has subscribed", one));
    let one = publish(&app, &bob, "hello one, again");
    assert_eq!((one.trips, one.rows_written, one.object_requests), (1, 0, 1), "{one:?}");
    rows.push(row("1, each further event", one));
    let ears: Vec<Listener> = fans[1..].iter().map(|fan| listen(fan, "stream=user")).collect();
    let all = publish(&app, &bob, "hello all");
    assert_eq!((all.trips, all.rows_written, all.object_requests), (1, 0, 2), "{all:?}");
    assert!(all.rows_read <= 100 * one.rows_read, "{all:?}");
    rows.push(row("100, the first event since somebody has subscribed", all));
    assert_eq!(first[0].names().len(), 3);
    assert!(ears.iter().all(|ear| ear.names().len() == 1));
    rows
}

const BEGIN: &str = "<!-- streams -->";
const END: &str = "<!-- end of streams -->";

#[test]
fn cost_of_an_event_by_listeners() {
    let table = format!(
        "{BEGIN}\n| who listens to `user` | D1 trips | rows read | rows written | calls of the object |\n|---|---|---|---|---|\n{}\n{END}",
        table().join("\n")
    );
    let page = std::fs::read_to_string("docs/cost.md").unwrap();
    let (start, end) = (page.find(BEGIN).expect("a place"), page.find(END).expect("its end") + END.len());
    if std::env::var_os("SORI_WRITE").is_some() {
        std::fs::write("docs/cost.md", format!("{}{table}{}", &page[..start], &page[end..])).unwrap();
        return;
    }
    assert_eq!(page[start..end], table, "docs/cost.md is stale: SORI_WRITE=1 cargo nextest run cost");
}

#[test]
fn an_event_that_nobody_hears_is_not_sent() {
    let (app, alice, bob) = people();
    let ear = listen(&alice, "stream=user");
    let cost = publish(&app, &bob, "hello");
    // Who listens is asked; nothing is sent.
    assert_eq!(cost.object_requests, 1);
    assert!(ear.texts().is_empty());
    // Without the binding nothing happens at all.
    let (app, _, bob) = crate::app::people();
    assert_eq!(publish(&app, &bob, "hello"), Cost::default());
    assert_eq!(app.live.calls(), 0);
}
