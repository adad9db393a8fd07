//! Receives the files of a multipart request: its body goes unread to where heavy work is done, which stores the files
//! and answers what they are.

use serde_json::{Value, json};

use super::process;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::multipart::{self, Content};
use crate::http::request::Request;
use crate::model::media::{Preview, Purpose, Stored};
use crate::platform::{Blobs, Body};
use crate::store::media::{from_json, to_json};

/// Maximum parts of a form.
const MAX_PARTS: usize = 1000;

/// The parts of a form.
#[derive(Debug, Default)]
pub struct Received {
    pub fields: Vec<(String, String)>,
    /// Stored files by field, in order.
    pub files: Vec<(String, Stored)>,
}

/// Where heavy work is done, what to do with a body.
struct Task {
    purpose: Purpose,
    /// Of the files that are stored.
    key: String,
    content_type: String,
}

impl Task {
    fn to_text(&self) -> String {
        format!("{}\n{}\n{}", self.purpose.name(), self.key, self.content_type)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.splitn(3, '\n');
        Some(Self {
            purpose: Purpose::from_name(lines.next()?)?,
            key: lines.next()?.to_owned(),
            content_type: lines.next()?.to_owned(),
        })
    }
}

/// Stores the files of a request's body under keys that begin with `key`.
///
/// Errors: `Unprocessable` where a file is not accepted, `BadRequest` where the body does not parse, `TooLarge`,
/// `Unavailable` where the storage refuses.
pub async fn receive(
    app: &App,
    purpose: Purpose,
    key: String,
    request: &Request,
    body: Body,
) -> Result<Received> {
    let content_type = request.header("content-type").unwrap_or("").to_owned();
    let task = Task { purpose, key, content_type };
    let text = task.to_text();
    let blobs = app.blobs.clone();
    let store = async |bytes: Vec<u8>| Ok(store(&blobs, &task, bytes).await);
    let answer = app.heavy.upload(body, &text, purpose.max_body(), store).await?;
    read(&answer.ok_or_else(|| too_large(purpose))?)
}

fn too_large(purpose: Purpose) -> Error {
    let most = purpose.max_body() / (1024 * 1024);
    Error::Unprocessable(format!("Validation failed: File file size must be less than {most} MB"))
}

/// Runs where heavy work is done: stores the files of a body.
pub async fn run(blobs: &Blobs, task: &str, body: Vec<u8>) -> String {
    match Task::parse(task) {
        Some(task) => store(blobs, &task, body).await,
        None => error("internal", "a task that does not parse"),
    }
}

/// The answer's text: what was stored, or an error. After an error nothing stays stored.
async fn store(blobs: &Blobs, task: &Task, body: Vec<u8>) -> String {
    let mut stored = Vec::new();
    match store_parts(blobs, task, body, &mut stored).await {
        Ok(answer) => answer.to_string(),
        Err(failure) => {
            // What cannot be deleted now is deleted with the unused uploads.
            let _ = blobs.delete(&stored).await;
            match failure {
                Error::Unprocessable(text) => error("refused", &text),
                Error::BadRequest(text) => error("malformed", &text),
                Error::Unavailable(text) => error("unavailable", &text),
                other => error("internal", &other.to_string()),
            }
        }
    }
}

fn error(kind: &str, text: &str) -> String {
    json!({"error": kind, "text": text}).to_string()
}

async fn store_parts(blobs: &Blobs, task: &Task, body: Vec<u8>, stored: &mut Vec<String>) -> Result<Value> {
    let wanted = task.purpose.fields();
    let (mut fields, mut files) = (Vec::new(), Vec::new());
    for (name, content) in multipart::read(&task.content_type, &body, MAX_PARTS)? {
        match content {
            Content::Text(text) => fields.push(json!([name, text])),
            Content::File(file) if wanted.contains(&name.as_str()) && files.len() < wanted.len() => {
                files.push((name, file.bytes));
            }
            Content::File(_) => {}
        }
    }
    // The files were copied out of it.
    drop(body);
    let mut answers = Vec::new();
    for (place, (name, bytes)) in files.into_iter().enumerate() {
        let processed = process::process(task.purpose, &name, bytes)?;
        let key = format!("{}-{place}", task.key);
        let mut file = processed.file;
        file.name = format!("{key}.{}", processed.extension);
        stored.push(key.clone());
        blobs.put(&key, &file.media_type, &processed.bytes).await?;
        if let Some(preview) = processed.preview {
            let key = format!("{key}s");
            stored.push(key.clone());
            blobs.put(&key, preview.media_type, &preview.bytes).await?;
            file.preview = Some(Preview {
                name: format!("{key}.{}", preview.extension),
                width: preview.width,
                height: preview.height,
            });
        }
        answers.push(json!([name, to_json(&file)]));
    }
    Ok(json!({"fields": fields, "files": answers}))
}

/// The caller's side: the answer's text as parts of a form, or as an error.
fn read(answer: &str) -> Result<Received> {
    let answer: Value = serde_json::from_str(answer)
        .map_err(|_| Error::internal("an answer about an upload does not parse"))?;
    let text = answer.get("text").and_then(Value::as_str).unwrap_or("").to_owned();
    match answer.get("error").and_then(Value::as_str) {
        None => {}
        Some("refused") => return Err(Error::Unprocessable(text)),
        Some("malformed") => return Err(Error::BadRequest(text)),
        Some("unavailable") => return Err(Error::Unavailable(text)),
        Some(_) => return Err(Error::Internal(text)),
    }
    let pairs = |name: &str| answer.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let first = |pair: &Value| pair.get(0).and_then(Value::as_str).unwrap_or("").to_owned();
    Ok(Received {
        fields: pairs("fields")
            .iter()
            .map(|pair| (first(pair), pair.get(1).and_then(Value::as_str).unwrap_or("").to_owned()))
            .collect(),
        files: pairs("files")
            .iter()
            .map(|p| (first(p), from_json(p.get(1).unwrap_or(&Value::Null))))
            .collect(),
    })
}
