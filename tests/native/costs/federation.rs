//! What federation costs in bulk.

use serde_json::json;
use sori::http::request::Request;
use sori::http::response::Response;
use sori::platform::native::{Clock, Network};
use sori::platform::sql::Cost;

use crate::app::{NOW, TestApp};

#[test]
fn ten_thousand_self_deletes_of_unknown_actors_read_a_row_each_and_write_nothing() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let mut total = Cost::default();
    for n in 0..10_000 {
        let actor = format!("https://s{}.example/users/{n}", n % 700);
        let self_delete = json!({"@context": "https://www.w3.org/ns/activitystreams", "id": format!("{actor}#delete"),
            "type": "Delete", "actor": actor, "object": actor, "to": ["https://www.w3.org/ns/activitystreams#Public"]});
        let mut request = Request {
            method: "POST".into(),
            path: "/inbox".into(),
            body: self_delete.to_string().into_bytes(),
            ..Request::default()
        };
        // Each server from its own address.
        request.ip = Some(format!("10.{}.{}.1", n % 700 / 250, n % 250));
        request.headers.add("content-type", "application/activity+json");
        request.headers.add(
            "signature",
            format!("keyId=\"{actor}#main-key\",headers=\"date digest\",signature=\"AAAA\""),
        );
        assert_eq!(app.send(request).status, 202);
        let cost = *app.cost.borrow();
        // The first one of a minute also reads the site's settings.
        assert!(n == 0 || cost.trips <= 1, "{n}: {cost:?}");
        assert!(n == 0 || cost.rows_read <= 1, "{n}: {cost:?}");
        total.rows_read += cost.rows_read;
        total.rows_written += cost.rows_written;
        total.fetches += cost.fetches;
        total.queue_operations += cost.queue_operations;
    }
    println!("10,000 self-deletes: {total:?}");
    assert!(total.rows_read <= 10_000, "{total:?}");
    assert_eq!((total.rows_written, total.fetches, total.queue_operations), (0, 0, 0));
    assert!(network.take_log().is_empty());
}

/// The cost of one event.
fn event(app: &TestApp, work: impl AsyncFnOnce(&sori::app::App)) -> Cost {
    let event = app.ready();
    let before = event.cost();
    pollster::block_on(work(&event));
    let after = event.cost();
    Cost {
        trips: after.trips - before.trips,
        statements: after.statements - before.statements,
        rows_read: after.rows_read - before.rows_read,
        rows_written: after.rows_written - before.rows_written,
        queue_operations: after.queue_operations - before.queue_operations,
        fetches: after.fetches - before.fetches,
        sends: after.sends - before.sends,
        signatures: after.signatures - before.signatures,
        blob_reads: after.blob_reads - before.blob_reads,
        blob_writes: after.blob_writes - before.blob_writes,
        blob_bytes: after.blob_bytes - before.blob_bytes,
        files: after.files - before.files,
        object_requests: after.object_requests - before.object_requests,
    }
}

/// Subrequests of one invocation on the free plan; D1 queries have the same limit.
const MAX_SUBREQUESTS: u64 = 50;

fn line(what: &str, invocations: usize, costs: &[Cost]) -> String {
    let sum = |of: fn(&Cost) -> u64| costs.iter().map(of).sum::<u64>();
    let most = |of: fn(&Cost) -> u64| costs.iter().map(of).max().unwrap_or(0);
    let signatures = most(|c| c.signatures.into());
    let (requests, statements) = (most(|c| u64::from(c.requests())), most(|c| c.statements.into()));
    // A batch is one subrequest; a message keeps within even if D1 counted each statement of it.
    assert!(requests <= MAX_SUBREQUESTS, "{what}: {requests}");
    assert!(costs.len() == 1 || statements <= MAX_SUBREQUESTS, "{what}: {statements}");
    format!(
        "| {what} | {invocations} | {} | {} | {} | {} | {signatures} | {requests} | {statements} |",
        sum(|c| c.trips.into()),
        sum(|c| c.rows_read),
        sum(|c| c.rows_written),
        sum(|c| c.queue_operations.into()),
    )
}

/// `SORI_WRITE=1 cargo nextest run cost` writes the table of docs/cost.md.
#[test]
fn a_post_to_10000_followers_on_2000_servers_and_docs_say_so() {
    let network = Network::new(1);
    network.keep_log(false);
    let app = TestApp::new(&network, "a.example", &Clock::fixed(NOW));
    let alice = app.person("alice");
    for n in 1..=2000 {
        let taken = std::rc::Rc::new(|_| {
            let answer: std::pin::Pin<Box<dyn Future<Output = Response>>> =
                Box::pin(async { Response::accepted() });
            answer
        });
        network.register(&format!("s{n}.example"), taken);
    }
    app.db.run(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) \
         INSERT INTO inboxes (id, url, domain) SELECT i, 'https://s' || i || '.example/inbox', 's' || i || '.example' FROM n;\
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
         INSERT INTO accounts (id, username, domain, uri, url, inbox_id, created_at) \
         SELECT i, 'u' || i, 's' || (1 + i % 2000) || '.example', 'https://s' || (1 + i % 2000) || '.example/u' || i, 'x', 1 + i % 2000, 0 FROM n;\
         INSERT INTO follows (account_id, target_id, id, uri) SELECT id, {}, id, uri FROM accounts WHERE id <= 10000;",
        alice.id
    ));
    let mut table = Vec::new();
    // The response and the work after it are one invocation.
    let request = |app: &TestApp| {
        let mut request =
            Request { method: "POST".into(), path: "/api/v1/statuses".into(), ..Request::default() };
        request.headers.add("authorization", format!("Bearer {}", alice.token));
        request.headers.add("content-type", "application/json");
        request.body = json!({"status": "to all of you"}).to_string().into_bytes();
        event(app, async |inner| {
            assert_eq!(sori::routes::handle(inner, &request).await.status, 200);
            sori::jobs::run::after_response(inner).await;
        })
    };
    let posted = request(&app);
    table.push(line("the post, and its audience divided", 1, &[posted]));
    let mut messages = Vec::new();
    while let Some(message) = app.queue.take() {
        messages.push(event(&app, async |inner| {
            sori::jobs::run::consume(inner, std::slice::from_ref(&message)).await
        }));
    }
    table.push(line("deliveries, ten to a message", messages.len(), &messages));
    let all = [vec![posted], messages.clone()].concat();
    table.push(line("in all", all.len(), &all));
    assert_eq!(messages.iter().map(|c| c.fetches).sum::<u32>(), 2000);
    assert!(
        messages.iter().all(|c| c.fetches <= 10 && c.trips <= 3),
        "{:?}",
        messages.iter().max_by_key(|c| c.trips)
    );
    assert!(all.iter().map(|c| c.queue_operations).sum::<u32>() <= 600);
    assert_eq!(app.count("SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM chunks) + (SELECT count(*) FROM deliveries) AS n"), 0);
    // Half of the servers are down: failures are rows, of which cron tries ten a run.
    for n in 1..=1000 {
        network.set_faults(
            &format!("s{n}.example"),
            sori::platform::native::network::Faults { is_down: true, ..Default::default() },
        );
    }
    request(&app);
    let mut failing = Vec::new();
    while let Some(message) = app.queue.take() {
        failing.push(event(&app, async |inner| {
            sori::jobs::run::consume(inner, std::slice::from_ref(&message)).await
        }));
    }
    table.push(line("deliveries, half of the servers away", failing.len(), &failing));
    assert_eq!(app.count("SELECT count(*) AS n FROM deliveries"), 1000);
    app.clock.advance(60_000);
    let still_away = event(&app, async |inner| sori::jobs::cron::tick(inner).await);
    table.push(line("a minute of the clock, a thousand due, their servers still away", 1, &[still_away]));
    while let Some(message) = app.queue.take() {
        event(&app, async |inner| sori::jobs::run::consume(inner, std::slice::from_ref(&message)).await);
    }
    network.clear_faults();
    app.clock.advance(60_000);
    let tick = event(&app, async |inner| sori::jobs::cron::tick(inner).await);
    table.push(line("a minute of the clock, a thousand deliveries due", 1, &[tick]));
    assert!(tick.fetches <= 10, "{tick:?}");
    assert_eq!(app.queue.len(), 2);

    let page = std::fs::read_to_string("docs/cost.md").unwrap_or_default();
    let (start, end) = ("<!-- delivery -->\n", "\n<!-- delivery end -->");
    let (before, rest) = page.split_once(start).expect("docs/cost.md has its marks");
    let (committed, after) = rest.split_once(end).expect("docs/cost.md has its marks");
    let head = "| a post to 10,000 followers on 2,000 servers | invocations | D1 trips | rows read | rows written | queue operations | most signatures in one | most subrequests in one | most D1 statements in one |\n|---|---|---|---|---|---|---|---|---|\n";
    let fresh = format!("{head}{}", table.join("\n"));
    println!("{fresh}");
    if std::env::var_os("SORI_WRITE").is_some() {
        std::fs::write("docs/cost.md", format!("{before}{start}{fresh}{end}{after}")).unwrap();
        return;
    }
    assert_eq!(committed, fresh, "docs/cost.md is stale: SORI_WRITE=1 cargo nextest run cost");
}
