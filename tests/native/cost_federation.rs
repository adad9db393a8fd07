//! What federation costs in bulk.

use serde_json::json;
use sori::http::request::Request;
use sori::platform::native::{Clock, Network};
use sori::platform::sql::Cost;

use crate::app::{NOW, TestApp};

#[test]
fn a_flood_of_10000_farewells_of_strangers_reads_a_row_each_and_writes_nothing() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let mut total = Cost::default();
    for n in 0..10_000 {
        let actor = format!("https://s{}.example/users/{n}", n % 700);
        let farewell = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": format!("{actor}#delete"),
            "type": "Delete", "actor": actor, "object": actor, "to": ["https://www.w3.org/ns/activitystreams#Public"]});
        let mut request = Request {
            method: "POST".into(),
            path: "/inbox".into(),
            body: farewell.to_string().into_bytes(),
            ..Request::default()
        };
        request.ip = Some("192.0.2.1".into());
        request.headers.add("content-type", "application/activity+json");
        request.headers.add(
            "signature",
            format!("keyId=\"{actor}#main-key\",headers=\"date digest\",signature=\"AAAA\""),
        );
        assert_eq!(app.send(request).status, 202);
        let cost = *app.cost.borrow();
        // The first one of a minute reads the site's settings as well.
        assert!(n == 0 || cost.trips <= 1, "{n}: {cost:?}");
        assert!(n == 0 || cost.rows_read <= 1, "{n}: {cost:?}");
        total.rows_read += cost.rows_read;
        total.rows_written += cost.rows_written;
        total.fetches += cost.fetches;
        total.queue_operations += cost.queue_operations;
    }
    println!("10,000 farewells: {total:?}");
    assert!(total.rows_read <= 10_000, "{total:?}");
    assert_eq!((total.rows_written, total.fetches, total.queue_operations), (0, 0, 0));
    assert!(network.take_log().is_empty());
}
