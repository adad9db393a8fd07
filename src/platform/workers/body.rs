//! Bodies of requests and answers.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamDefaultReader};

/// All of a body; `None` where it has more than `most` bytes, of which no more is read then.
pub async fn read(
    stream: Option<ReadableStream>,
    most: usize,
) -> std::result::Result<Option<Vec<u8>>, JsValue> {
    let mut body = Vec::new();
    let Some(stream) = stream else { return Ok(Some(body)) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
    loop {
        let next = JsFuture::from(reader.read()).await?;
        if Reflect::get(&next, &"done".into())?.is_truthy() {
            return Ok(Some(body));
        }
        let chunk: Uint8Array = Reflect::get(&next, &"value".into())?.unchecked_into();
        if body.len() + chunk.length() as usize > most {
            // Whether the other side hears of it is its own affair.
            let _ = JsFuture::from(reader.cancel()).await;
            return Ok(None);
        }
        body.extend(chunk.to_vec());
    }
}
