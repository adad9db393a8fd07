//! Receives the files of a request, as parts of a multipart body or as `data:` URLs (RFC 2397) in a form or JSON, as
//! Mastodon takes them: the body goes unread to where heavy work is done, which stores the files and answers what they are.

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Value, json};

use super::process;
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::multipart::{self, Content};
use crate::http::params::Params;
use crate::http::request::{MAX_BODY, Request};
use crate::model::media::{Kind, Preview, Purpose, Stored};
use crate::platform::{Blobs, Body, Images};
use crate::store::media::{from_json, to_json};

/// Maximum parts of a form.
const MAX_PARTS: usize = 1000;

/// Maximum bytes of a preview that was made elsewhere.
const MAX_REDUCED: usize = 2 * 1024 * 1024;

/// The parts of a form.
#[derive(Debug, Default)]
pub struct Received {
    pub fields: Vec<(String, String)>,
    /// The other parameters of a body that is not multipart, as [`Params::to_json`] has them.
    pub others: Option<String>,
    /// Stored files by field, in order.
    pub files: Vec<(String, Stored)>,
    /// Why none is stored: one of them is not accepted.
    pub refused: Option<Error>,
}

/// A file as it was sent.
enum Sent {
    Bytes(Vec<u8>),
    /// A `data:` URL.
    Data(String),
}

/// What the text of a file begins with.
const DATA: &str = "data:";

/// Whether a form or JSON has a file for this purpose in it.
pub fn has_data(purpose: Purpose, params: &Params) -> bool {
    purpose.fields().iter().any(|name| params.text(name).is_some_and(|text| text.starts_with(DATA)))
}

/// The bytes of a `data:` URL. Only Base64 is taken, as on Mastodon; the media type is told by the content.
///
/// Error: `Unprocessable` where it is none, or has more bytes than any file for this purpose may: told by its length.
fn decode(purpose: Purpose, field: &str, mut url: String) -> Result<Vec<u8>> {
    let most = Kind::ALL.map(|kind| purpose.max_bytes(kind)).into_iter().max().unwrap_or(0);
    let content = url.split_once(";base64,").map(|(head, text)| (head.len(), url.len() - text.len()));
    let Some((_, start)) = content.filter(|(head, _)| *head <= MAX_DATA_HEAD) else {
        return Err(process::invalid(field));
    };
    // Some encoders break lines. Nothing is copied: it may be as large as the memory allows.
    url.drain(..start);
    url.retain(|c| !c.is_ascii_whitespace());
    if url.len() / 4 * 3 > most + 3 {
        return Err(process::too_large(field, most));
    }
    let bytes = ANY_PADDING.decode(&url).ok().filter(|bytes| !bytes.is_empty());
    bytes.ok_or_else(|| process::invalid(field))
}

/// Maximum bytes of a `data:` URL before its content.
const MAX_DATA_HEAD: usize = 200;

const ANY_PADDING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Where heavy work is done, what to do with a body.
struct Task {
    purpose: Purpose,
    /// Of the files that are stored.
    key: String,
    /// Of the body; empty where it is one file and no form.
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
/// Errors: `Unprocessable` where a file is not accepted or the body is too long, `BadRequest` where it does not parse,
/// `Unavailable` where the storage refuses.
pub async fn receive(
    app: &App,
    purpose: Purpose,
    key: String,
    request: &Request,
    body: Body,
) -> Result<Received> {
    let mut received = receive_form(app, purpose, key, request, body).await?;
    match received.refused.take() {
        Some(error) => Err(error),
        None => Ok(received),
    }
}

/// The bytes that a request announces, if it does.
///
/// Error: `Unprocessable` where they are more than this purpose takes. Nothing of the body needs to be read, or written, then.
pub fn check_announced(purpose: Purpose, request: &Request) -> Result<Option<usize>> {
    // Of 64 bits, which `usize` does not have in the module.
    let length: Option<u64> = request.header("content-length").and_then(|text| text.parse().ok());
    let Some(length) = length else { return Ok(None) };
    match usize::try_from(length) {
        Ok(length) if length <= purpose.max_body() => Ok(Some(length)),
        _ => Err(too_large(purpose)),
    }
}

/// Like [`receive`], for pages, which show what was typed again where a file is not accepted: that is no error here.
pub async fn receive_form(
    app: &App,
    purpose: Purpose,
    key: String,
    request: &Request,
    body: Body,
) -> Result<Received> {
    // Without a type it is a form, as everywhere ([`Params::of_body`]).
    let content_type = Some(request.header("content-type").unwrap_or("").trim()).filter(|t| !t.is_empty());
    let content_type = content_type.unwrap_or("application/x-www-form-urlencoded").to_owned();
    let length = check_announced(purpose, request)?;
    hand_over(app, Task { purpose, key, content_type }, body, length).await
}

/// Stores one file under `key`, as if it came in the first field of a form for this purpose.
///
/// Errors as of [`receive`].
pub async fn receive_file(app: &App, purpose: Purpose, key: String, bytes: &[u8]) -> Result<Stored> {
    let task = Task { purpose, key, content_type: String::new() };
    let received =
        hand_over(app, task, Body::of(bytes), Some(bytes.len())).await.map_err(|error| match error {
            // No client sends this body: it is to be tried again.
            Error::BadRequest(what) => Error::Platform(what),
            other => other,
        })?;
    match (received.refused, received.files.into_iter().next()) {
        (Some(error), _) => Err(error),
        (None, Some((_, stored))) => Ok(stored),
        (None, None) => Err(Error::internal("a file was neither stored nor refused")),
    }
}

/// `length` is that of the body, where it is known: less memory is kept free for it.
async fn hand_over(app: &App, task: Task, body: Body, length: Option<usize>) -> Result<Received> {
    let purpose = task.purpose;
    let most = purpose.max_body().min(length.unwrap_or(usize::MAX));
    let text = task.to_text();
    let (blobs, images) = (app.blobs.clone(), app.images.clone());
    let store = async |bytes: Vec<u8>| Ok(store(&blobs, &images, &task, bytes).await);
    let answer = app.heavy.upload(body, &text, most, store).await?;
    let received = read(&answer.ok_or_else(|| too_large(purpose))?)?;
    // Where heavy work is done elsewhere, the writes are counted there, and not as this request's.
    let files: usize = received.files.iter().map(|(_, file)| 1 + usize::from(file.preview.is_some())).sum();
    app.meter.add(|c| c.files += u32::try_from(files).unwrap_or(u32::MAX));
    Ok(received)
}

fn too_large(purpose: Purpose) -> Error {
    let most = purpose.max_body() / (1024 * 1024);
    Error::Unprocessable(format!("Validation failed: File file size must be less than {most} MB"))
}

/// Runs where heavy work is done: stores the files of a body.
pub async fn run(blobs: &Blobs, images: &Images, task: &str, body: Vec<u8>) -> String {
    match Task::parse(task) {
        Some(task) => store(blobs, images, &task, body).await,
        None => error("internal", "a task that does not parse", &[]),
    }
}

/// The answer's text: what was stored, or an error. After an error nothing stays stored.
async fn store(blobs: &Blobs, images: &Images, task: &Task, body: Vec<u8>) -> String {
    let (mut stored, mut form) = (Vec::new(), Form::default());
    match store_parts(blobs, images, task, body, &mut stored, &mut form).await {
        Ok(files) => json!({"fields": form.fields, "others": form.others, "files": files}).to_string(),
        Err(failure) => {
            // What cannot be deleted now is deleted with the unused uploads.
            let _ = blobs.delete(&stored).await;
            match failure {
                Error::Unprocessable(text) => error("refused", &text, &form.fields),
                Error::BadRequest(text) => error("malformed", &text, &[]),
                Error::Unavailable(text) => error("unavailable", &text, &[]),
                Error::Platform(text) => error("platform", &text, &[]),
                Error::Spent(text) => error("spent", &text, &[]),
                Error::TooLarge => error("too large", "", &[]),
                other => error("internal", &other.to_string(), &[]),
            }
        }
    }
}

fn error(kind: &str, text: &str, fields: &[Value]) -> String {
    json!({"error": kind, "text": text, "fields": fields}).to_string()
}

/// What stands beside the files of a body.
#[derive(Default)]
struct Form {
    /// Of a multipart body: pairs of name and text.
    fields: Vec<Value>,
    /// Of another: [`Params::to_json`].
    others: Option<String>,
}

/// The files of a body, which is dropped; what stands beside them comes to `form`.
fn parts(task: &Task, body: Vec<u8>, form: &mut Form) -> Result<Vec<(String, Sent)>> {
    let wanted = task.purpose.fields();
    if task.content_type.is_empty() {
        let name = wanted.first().map(|name| (*name).to_owned()).unwrap_or_default();
        return Ok(vec![(name, Sent::Bytes(body))]);
    }
    let mut files = Vec::new();
    if task.content_type.trim_start().to_ascii_lowercase().starts_with("multipart/") {
        for (name, content) in multipart::read(&task.content_type, &body, MAX_PARTS)? {
            let is_wanted = wanted.contains(&name.as_str()) && files.len() < wanted.len();
            match content {
                Content::Text(text) if is_wanted && text.starts_with(DATA) => {
                    files.push((name, Sent::Data(text)));
                }
                Content::Text(text) => form.fields.push(json!([name, text])),
                Content::File(file) if is_wanted => files.push((name, Sent::Bytes(file.bytes))),
                Content::File(_) => {}
            }
        }
    } else {
        let mut params = Params::of_body(&task.content_type, &body, 0)?;
        for name in wanted {
            if params.text(name).is_some_and(|text| text.starts_with(DATA)) {
                files.extend(params.take_text(name).map(|text| ((*name).to_owned(), Sent::Data(text))));
            }
        }
        let rest = params.to_json();
        if rest.len() > MAX_BODY {
            return Err(Error::TooLarge);
        }
        form.others = Some(rest);
    }
    Ok(files)
}

async fn store_parts(
    blobs: &Blobs,
    images: &Images,
    task: &Task,
    body: Vec<u8>,
    stored: &mut Vec<String>,
    form: &mut Form,
) -> Result<Vec<Value>> {
    let files = parts(task, body, form)?;
    let mut answers = Vec::new();
    for (place, (name, sent)) in files.into_iter().enumerate() {
        let bytes = match sent {
            Sent::Bytes(bytes) => bytes,
            Sent::Data(url) => decode(task.purpose, &name, url)?,
        };
        let mut processed = process::process(task.purpose, &name, bytes)?;
        if task.purpose.is_attached()
            && let Some(size) = processed.lacks()
        {
            // Without a preview the picture is shown as it is.
            match images.reduce(&processed.bytes, size, MAX_REDUCED).await {
                Ok(Some(jpeg)) => processed.set_preview(jpeg),
                Ok(None) => {}
                Err(error) => crate::platform::log_failure("a preview", &error),
            }
        }
        let key = format!("{}-{place}", task.key);
        let mut file = processed.file;
        // Here every byte is at hand; whoever makes an archive need not read them again.
        file.crc = Some(crc32fast::hash(&processed.bytes));
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
    Ok(answers)
}

/// The caller's side: the answer's text as parts of a form, or as an error.
fn read(answer: &str) -> Result<Received> {
    let answer: Value = serde_json::from_str(answer)
        .map_err(|_| Error::internal("an answer about an upload does not parse"))?;
    let text = answer.get("text").and_then(Value::as_str).unwrap_or("").to_owned();
    let refused = match answer.get("error").and_then(Value::as_str) {
        None => None,
        Some("refused") => Some(Error::Unprocessable(text)),
        Some("malformed") => return Err(Error::BadRequest(text)),
        Some("too large") => return Err(Error::TooLarge),
        Some("unavailable") => return Err(Error::Unavailable(text)),
        Some("platform") => return Err(Error::Platform(text)),
        Some("spent") => return Err(Error::Spent(text)),
        Some(_) => return Err(Error::Internal(text)),
    };
    let pairs = |name: &str| answer.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let first = |pair: &Value| pair.get(0).and_then(Value::as_str).unwrap_or("").to_owned();
    Ok(Received {
        fields: pairs("fields")
            .iter()
            .map(|pair| (first(pair), pair.get(1).and_then(Value::as_str).unwrap_or("").to_owned()))
            .collect(),
        others: answer.get("others").and_then(Value::as_str).map(str::to_owned),
        files: pairs("files")
            .iter()
            .map(|p| (first(p), from_json(p.get(1).unwrap_or(&Value::Null))))
            .collect(),
        refused,
    })
}
