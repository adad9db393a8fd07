//! Every call of the client API, on an instance with data for each of them, against the schemas of Mastodon's
//! OpenAPI description and against our stricter overlay.

use serde_json::{Value, json};

use super::overlay::Findings;
use crate::scene::{READS, Scene, WRITES, best, route_of};

const SCHEMAS: &str = "../shared/contracts/mastodon-openapi.json";

/// Where Mastodon itself deviates from its schema, and what is validated instead.
fn overridden(schemas: &mut Value) {
    let set = |schemas: &mut Value, pointer: &str, value: Value| {
        if let Some(at) = schemas.pointer_mut(pointer) {
            *at = value;
        } else {
            panic!("the schema has no {pointer}");
        }
    };
    let nullable = json!({"type": ["string", "null", "integer"]});
    // One of the two shapes of a quote contains the other, so both match.
    for name in ["Status", "StatusEdit"] {
        let at = format!("/components/schemas/{name}/properties/quote");
        let either = schemas.pointer_mut(&at).and_then(Value::as_object_mut).expect("a quote");
        if let Some(all) = either.remove("oneOf") {
            either.insert("anyOf".into(), all);
        }
    }
    // An array, as in the description's own examples.
    let filters = "/paths/~1api~1v1~1filters/get/responses/200/content/application~1json/schema";
    set(schemas, filters, json!({"type": "array", "items": {"$ref": "#/components/schemas/V1Filter"}}));
    // The documentation names the deleted row; Mastodon answers an empty object.
    let gone =
        "/paths/~1api~1v2~1filters~1statuses~1{id}/delete/responses/200/content/application~1json/schema";
    set(schemas, gone, json!({"type": "object"}));
    // The description lists the newest types for single notifications only; groups have them as well.
    let kinds = schemas["components"]["schemas"]["NotificationTypeEnum"].clone();
    set(schemas, "/components/schemas/NotificationGroupTypeEnum", kinds);
    // Mastodon answers a number.
    set(schemas, "/components/schemas/WebPushSubscription/properties/id", json!({"type": "integer"}));
    // Mastodon answers null for everything that was not given.
    for name in ["quote_approval_policy", "text", "visibility"] {
        set(
            schemas,
            &format!("/components/schemas/ScheduledStatus/properties/params/properties/{name}"),
            nullable.clone(),
        );
    }
}

/// Answers that are empty here on purpose.
const EMPTY: &[&str] = &["identity_proofs", "translation_languages"];

/// Whether a value is empty, so that nothing was validated.
fn is_vacuous(value: &Value) -> bool {
    match value {
        Value::Array(all) => all.is_empty(),
        Value::Object(map) => map.is_empty() || map.values().all(is_vacuous),
        _ => false,
    }
}

/// A schema of the description with everything it refers to.
fn validator(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut root = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"]});
    root.as_object_mut().unwrap().extend(schema.as_object().unwrap().clone());
    jsonschema::validator_for(&root).unwrap()
}

/// The schema of the response of one of our routes.
fn schema_of<'a>(document: &'a Value, method: &str, path: &str) -> Option<&'a Value> {
    let plain = path.split('?').next().unwrap_or(path);
    let operations = document["paths"].as_object()?;
    let template = best(operations.keys().map(String::as_str), plain)?;
    // The description lacks version 1 of /notifications/policy; the pattern would match a notification id.
    let shape = |p: &str| p.split('/').map(|s| !s.starts_with('{')).collect::<Vec<_>>();
    if shape(template) != shape(route_of(method, plain)?) {
        return None;
    }
    let responses = operations.get(template)?.get(method.to_lowercase())?.get("responses")?;
    responses.get("200")?.pointer("/content/application~1json/schema").filter(|s| !s.is_null())
}

fn description() -> Option<Value> {
    let Ok(text) = std::fs::read_to_string(SCHEMAS) else {
        println!("skipped the schemas: {SCHEMAS} is not here");
        return None;
    };
    let mut document: Value = serde_json::from_str(&text).unwrap();
    overridden(&mut document);
    Some(document)
}

fn validate(answers: &[(&str, String, Value)], wrong: &mut Vec<String>) -> Option<usize> {
    let document = description()?;
    let mut validated = 0;
    for (method, path, value) in answers {
        let Some(schema) = schema_of(&document, method, path) else { continue };
        for error in validator(&document, schema).iter_errors(value).take(5) {
            wrong.push(format!("{method} {path} {}: {:.200}", error.instance_path(), error.to_string()));
        }
        validated += 1;
    }
    Some(validated)
}

#[test]
fn every_get_matches_the_schema() {
    let scene = Scene::new();
    let mut findings = Findings::default();
    let mut answers = Vec::new();
    for path in READS.iter().map(|p| scene.fill(p)) {
        let response = scene.alice.call("GET", &path, None);
        let text = String::from_utf8_lossy(&response.body).into_owned();
        if response.status != 200 {
            findings.wrong.push(format!("{path}: {} {text:.200}", response.status));
            continue;
        }
        if path == "/guide" || path.contains("host-meta") {
            continue;
        }
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}: {text:.200}"));
        if is_vacuous(&value) && !EMPTY.iter().any(|e| path.contains(e)) {
            findings.wrong.push(format!("{path}: nothing in it, so nothing is tested"));
        }
        if path.starts_with("/api/") && !path.contains("/instance") && !path.contains("oembed") {
            findings.look(&value, &path);
        }
        answers.push(("GET", path, value));
    }
    let validated = validate(&answers, &mut findings.wrong);
    println!("{} GETs, {validated:?} of them validated by a schema; {:?}", answers.len(), findings.seen);
    assert!(validated.is_none_or(|n| n > 90), "{validated:?}");
    let unseen: Vec<_> = findings.unseen().into_iter().filter(|e| *e != "Token").collect();
    assert!(unseen.is_empty(), "never seen: {unseen:?}");
    assert!(findings.wrong.is_empty(), "{:#?}", findings.wrong);
}

/// Requests without a token read public data, with nothing of a viewer in it.
#[test]
fn every_public_get_without_a_token_matches_the_schema() {
    let scene = Scene::new();
    let (mut wrong, mut answers) = (Vec::new(), Vec::new());
    for path in READS.iter().map(|p| scene.fill(p)) {
        let response = scene.app.request("GET", &path, None, None);
        scene.app.clock.advance(2000);
        if response.status == 401 || path == "/health" || path.contains("host-meta") {
            continue;
        }
        let text = String::from_utf8_lossy(&response.body).into_owned();
        for mine in [
            "\"favourited\"",
            "\"bookmarked\"",
            "\"own_votes\"",
            "\"follow_requests_count\"",
            "\"following\":",
        ] {
            if text.contains(mine) {
                wrong.push(format!("{path} shows {mine}"));
            }
        }
        if response.status != 200 {
            wrong.push(format!("{path}: {} {text:.200}", response.status));
            continue;
        }
        answers.push(("GET", path, serde_json::from_str(&text).unwrap()));
    }
    let validated = validate(&answers, &mut wrong);
    println!("{} GETs of strangers, {validated:?} of them validated by a schema", answers.len());
    assert!(validated.is_none_or(|n| n > 35), "{validated:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_write_matches_the_schema() {
    let scene = Scene::new();
    let mut findings = Findings::default();
    let mut answers = Vec::new();
    for (method, path, sent) in WRITES {
        let path = scene.fill(path);
        let sent = serde_json::from_str(&scene.fill(sent)).unwrap();
        let response = scene.call(method, &path, Some(sent));
        let text = String::from_utf8_lossy(&response.body).into_owned();
        if response.status != 200 {
            findings.wrong.push(format!("{method} {path}: {} {text:.200}", response.status));
            continue;
        }
        let value: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}: {text:.200}"));
        if path.starts_with("/api/") {
            findings.look(&value, &format!("{method} {path}"));
        }
        answers.push((*method, path, value));
        scene.app.clock.advance(1000);
    }
    let validated = validate(&answers, &mut findings.wrong);
    println!("{} changes, {validated:?} of them validated by a schema; {:?}", answers.len(), findings.seen);
    assert!(validated.is_none_or(|n| n > 40), "{validated:?}");
    assert!(findings.wrong.is_empty(), "{:#?}", findings.wrong);
}
