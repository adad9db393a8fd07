//! Files: in R2 where the binding `MEDIA` exists, else in KV (`MEDIA_KV`).

use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::{Db, border};
use crate::error::{Error, Result};
use crate::platform::sql::{Meter, Statement};

#[derive(Clone)]
pub struct Blobs {
    env: worker::Env,
    meter: Meter,
}

/// An opened file: its body, all of it or the part that was asked for.
pub struct Opened {
    /// Bytes of the whole file.
    pub size: u64,
    pub stream: web_sys::ReadableStream,
}

impl Blobs {
    pub fn new(env: &worker::Env, meter: Meter) -> Self {
        Self { env: env.clone(), meter }
    }

    /// Whether files lie in a bucket of R2.
    pub fn is_bucket(&self) -> bool {
        self.env.bucket("MEDIA").is_ok()
    }

    /// Stores bytes under a key. Error: `Platform` where the storage refuses, or where no binding exists.
    pub async fn put(&self, key: &str, media_type: &str, bytes: &[u8]) -> Result<()> {
        self.meter.add(|c| {
            c.blob_writes += 1;
            c.blob_bytes += bytes.len() as u64;
        });
        JsFuture::from(border::put_blob(&self.env, key, media_type, bytes)).await.map(drop).map_err(failed)
    }

    /// Stores the texts in the column `text` of what a statement answers, one after another, under a key. Answers their bytes.
    /// They do not pass through the module: copying them there and back would take most of its time.
    ///
    /// Errors: as of [`Blobs::put`] and of a query.
    pub async fn put_texts(&self, db: &Db, texts: Statement, key: &str, media_type: &str) -> Result<u64> {
        self.meter.add(|c| c.blob_writes += 1);
        let (binding, asked) = db.prepared(&texts)?;
        let done = JsFuture::from(border::put_texts(&self.env, binding, &asked, key, media_type)).await;
        let done = done.map_err(|error| match super::message(&error) {
            text if text.contains("D1") => db.failed(&text, texts),
            _ => failed(error),
        })?;
        let [bytes, rows_read]: [u64; 2] = border::json(&done.as_string().unwrap_or_default())
            .map_err(|error| Error::internal(super::message(&error)))?;
        self.meter.add(|c| {
            c.blob_bytes += bytes;
            c.rows_read += rows_read;
        });
        Ok(bytes)
    }

    /// Deletes keys; those that are absent are no error.
    pub async fn delete(&self, keys: &[String]) -> Result<()> {
        self.meter.add(|c| c.blob_writes += keys.len() as u32);
        JsFuture::from(border::delete_blobs(&self.env, keys.to_vec())).await.map(drop).map_err(failed)
    }

    /// Opens a file, or a part of it by offset and length in bytes; `None` where there is none.
    pub async fn open(&self, key: &str, range: Option<(u64, u64)>) -> Result<Option<Opened>> {
        self.meter.add(|c| c.blob_reads += 1);
        let (offset, length) = range.map_or((-1.0, 0.0), |(offset, length)| (offset as f64, length as f64));
        let found =
            JsFuture::from(border::open_blob(&self.env, key, offset, length)).await.map_err(failed)?;
        let Ok(parts) = found.dyn_into::<js_sys::Array>() else { return Ok(None) };
        let stream = parts.get(0).dyn_into().map_err(|_| Error::internal("a stored file has no body"))?;
        Ok(Some(Opened { stream, size: parts.get(1).as_f64().unwrap_or_default() as u64 }))
    }

    /// The size in bytes of a file; `None` where there is none.
    pub async fn size(&self, key: &str) -> Result<Option<u64>> {
        self.meter.add(|c| c.blob_reads += 1);
        let found = JsFuture::from(border::blob_size(&self.env, key)).await.map_err(failed)?;
        Ok(found.as_f64().map(|size| size as u64))
    }
}

fn failed(error: JsValue) -> Error {
    let text = format!("the storage of files: {}", super::message(&error));
    // "KV put() limit exceeded for the day."
    if text.contains("exceeded for the day") { Error::Spent(text) } else { Error::Platform(text) }
}
