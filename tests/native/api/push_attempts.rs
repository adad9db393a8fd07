//! Attempts of push messages: to whom they are made, how often, and what ends them.

use std::rc::Rc;

use serde_json::{Value, json};
use sori::app::Need;
use sori::http::response::Response;
use sori::model::push::ALERTS;
use sori::platform::native::{Clock, Network};
use sori::webpush::send;

use crate::app::{MINUTE, NOW, Person, TestApp, people, wait};
use crate::push::{Device, PushService, claims};

/// Alice, who has a subscription for everything, and bob.
fn subscribed() -> (TestApp, Person, Person, PushService) {
    let (app, alice, bob) = people();
    let service = PushService::new(&app.network, "push.example");
    Device::new(&service, 1, true).subscribes(&alice, &ALERTS);
    (app, alice, bob, service)
}

fn waiting(app: &TestApp) -> i64 {
    app.count("SELECT count(*) AS n FROM pushes")
}

fn subscriptions(app: &TestApp) -> i64 {
    app.count("SELECT count(*) AS n FROM push_subscriptions")
}

#[test]
fn a_push_service_that_answers_with_a_text_has_taken_the_message() {
    let (app, _, bob, service) = subscribed();
    let requests = service.requests.clone();
    app.network.register(
        "push.example",
        Rc::new(move |request| {
            requests.borrow_mut().push(request);
            let answer = Response::json(&json!({"message": "x".repeat(10_000)}));
            Box::pin(async move { answer })
        }),
    );
    bob.posts("@alice hello");
    assert_eq!((service.take().len(), waiting(&app)), (1, 0));
}

#[test]
fn what_comes_too_early_is_sent_later() {
    let (app, _, bob, service) = subscribed();
    service.answers(425);
    bob.posts("@alice hello");
    assert_eq!((service.take().len(), waiting(&app), subscriptions(&app)), (1, 1, 1));
    service.answers(201);
    wait(&app, 3 * MINUTE);
    assert_eq!((service.take().len(), waiting(&app)), (1, 0));
}

#[test]
fn push_services_are_told_whom_to_write_to() {
    let (app, _, bob, service) = subscribed();
    app.db.run("INSERT INTO settings (key, value) VALUES ('contact_email', 'me@a.example')");
    app.restart();
    bob.posts("@alice hello");
    assert_eq!(claims(&service.take()[0]).0["sub"], "mailto:me@a.example");
}

/// Attempts that ended without a word count as well.
#[test]
fn after_five_attempts_none_is_made() {
    let (app, _, bob, service) = subscribed();
    service.answers(503);
    bob.posts("@alice hello");
    service.take();
    app.db.run("UPDATE pushes SET attempts = 5");
    wait(&app, 60 * MINUTE);
    assert_eq!((service.take().len(), waiting(&app)), (0, 0));
}

#[test]
fn a_message_goes_to_no_subscription_of_somebody_else() {
    let (app, _, bob, service) = subscribed();
    service.answers(503);
    bob.posts("@alice hello");
    service.take();
    service.answers(201);
    app.db.run(&format!("UPDATE push_subscriptions SET account_id = {}", bob.id));
    wait(&app, 3 * MINUTE);
    assert_eq!((service.take().len(), waiting(&app)), (0, 0));
}

#[test]
fn a_failure_here_ends_no_subscription() {
    let (app, _, bob, service) = subscribed();
    app.db.run("DELETE FROM settings WHERE key = 'vapid'");
    app.restart();
    bob.posts("@alice hello");
    assert_eq!((service.take().len(), waiting(&app), subscriptions(&app)), (0, 1, 1));
    // Cron makes another key.
    for _ in 0..10 {
        wait(&app, MINUTE);
    }
    assert_eq!((service.take().len(), waiting(&app), subscriptions(&app)), (1, 0, 1));
}

/// Of those that an invocation makes: one for each message, and one for a token of the push service that is used for hours.
#[test]
fn the_signatures_of_messages_are_counted() {
    let (app, _, bob, service) = subscribed();
    let signatures = || {
        bob.posts("@alice hello");
        assert_eq!(service.take().len(), 1);
        app.whole_cost.borrow().signatures
    };
    assert_eq!([signatures(), signatures()], [2, 1]);
}

#[test]
fn an_invocation_sends_as_many_messages_as_it_has_room_for() {
    let app = TestApp::alone();
    let rooms: Vec<usize> = [10, 5, 4, 3, 1]
        .into_iter()
        .map(|left| {
            let event = app.ready();
            let fits = |fetches| event.has_room(Need { statements: 0, fetches });
            while fits(left + 1) {
                event.meter.add(|cost| cost.signatures += 1);
            }
            assert!(fits(left));
            send::room(&event, 5)
        })
        .collect();
    assert_eq!(rooms, [5, 2, 2, 1, 0]);
}

#[test]
fn in_development_a_push_service_may_be_on_the_same_machine() {
    let network = Network::new(1);
    let app = TestApp::new(&network, "localhost:8787", &Clock::fixed(NOW));
    let (alice, bob) = (app.person("alice"), app.person("bob"));
    let service = PushService::new(&network, "localhost:9000");
    let device =
        Device { endpoint: "http://localhost:9000/devices/1".into(), ..Device::new(&service, 1, true) };
    let made: Value = device.subscribes(&alice, &["mention"]);
    assert_eq!(made["endpoint"], device.endpoint);
    bob.posts("@alice hello");
    assert_eq!(service.take().len(), 1);
}
