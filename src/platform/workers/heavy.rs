//! Work that takes more than a request's ten milliseconds of CPU runs in the Durable Object `HEAVY`, whose
//! limit is higher. Without the binding it runs in place.

use std::cell::Cell;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use worker::{Env, Request, Response};

use super::{Body, border, subtle};
use crate::error::{Error, Result};
use crate::platform::keys::KeyPair;
use crate::platform::sql::Meter;

/// Password and salt in Base64.
enum Task {
    Rsa,
    Password { password: String, salt: String, iterations: u32 },
}

impl Task {
    /// One line for each part.
    fn to_text(&self) -> String {
        match self {
            Self::Rsa => "rsa".to_owned(),
            Self::Password { password, salt, iterations } => {
                format!("password\n{password}\n{salt}\n{iterations}")
            }
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::to_owned);
        match lines.next()?.as_str() {
            "rsa" => Some(Self::Rsa),
            "password" => Some(Self::Password {
                password: lines.next()?,
                salt: lines.next()?,
                iterations: lines.next()?.parse().ok()?,
            }),
            _ => None,
        }
    }
}

async fn run(task: &Task) -> Result<Vec<Vec<u8>>> {
    let decode =
        |text: &str| BASE64.decode(text).map_err(|_| Error::internal("a heavy task is not readable"));
    match task {
        Task::Rsa => {
            let (private, public) = subtle::generate_rsa().await?;
            Ok(vec![private, public])
        }
        Task::Password { password, salt, iterations } => {
            Ok(vec![subtle::pbkdf2(&decode(password)?, &decode(salt)?, *iterations).await?])
        }
    }
}

/// Runs inside of the Durable Object.
pub async fn answer(mut request: Request) -> worker::Result<Response> {
    let Some(task) = Task::parse(&request.text().await?) else {
        return Response::error("not a task", 400);
    };
    match run(&task).await {
        Ok(parts) => Response::ok(parts.iter().map(|p| BASE64.encode(p)).collect::<Vec<_>>().join("\n")),
        Err(error) => Response::error(error.to_string(), 500),
    }
}

async fn ask(env: &Env, task: Task) -> Result<Vec<Vec<u8>>> {
    let Ok(objects) = env.durable_object("HEAVY") else { return run(&task).await };
    let failed = |e: worker::Error| Error::Platform(format!("heavy work: {e}"));
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&task.to_text().into());
    let request = web_sys::Request::new_with_str_and_init("https://heavy/", &init)
        .map_err(|e| Error::internal(super::message(&e)))?;
    let stub = objects.id_from_name("heavy").and_then(|id| id.get_stub()).map_err(failed)?;
    let mut response = stub.fetch_with_request(request.into()).await.map_err(failed)?;
    let answer = response.text().await.map_err(failed)?;
    answer
        .lines()
        .map(|p| BASE64.decode(p).map_err(|_| Error::internal("heavy work answers nonsense")))
        .collect()
}

pub async fn rsa_generate(env: &Env) -> Result<KeyPair> {
    let mut parts = ask(env, Task::Rsa).await?.into_iter();
    match (parts.next(), parts.next()) {
        (Some(private_pkcs8), Some(public_spki)) => Ok(KeyPair { private_pkcs8, public_spki }),
        _ => Err(Error::internal("heavy work answers no key")),
    }
}

pub async fn password_hash(env: &Env, password: &[u8], salt: &[u8], iterations: u32) -> Result<Vec<u8>> {
    let task = Task::Password { password: BASE64.encode(password), salt: BASE64.encode(salt), iterations };
    ask(env, task).await?.into_iter().next().ok_or_else(|| Error::internal("heavy work answers no hash"))
}

/// The header of an upload's task, in Base64, and that of its maximum of bytes.
const TASK: &str = "x-task";
const MOST: &str = "x-most";
/// How long an upload waits for room in the memory of its isolate, and then for its turn, in milliseconds.
const PATIENCE: u64 = 20_000;
const STEP: u64 = 50;
/// Bytes of bodies that may be in memory at once. An isolate has 128 MB, and a body is there twice while it is put together.
const MEMORY: usize = 32 * 1024 * 1024;
/// How long a body may take to arrive, in milliseconds: 25 MB at 2 Mbit/s.
const ARRIVAL: u32 = 100_000;

thread_local! {
    /// The sum of the most bytes that the uploads which are in memory may have.
    static RESERVED: Cell<usize> = const { Cell::new(0) };
    /// Whether one of them is being processed.
    static IS_BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Where uploads are read and stored: the Durable Object, or in place without the binding.
#[derive(Clone)]
pub struct Heavy {
    env: Env,
    meter: Meter,
}

impl Heavy {
    pub fn new(env: &Env, meter: Meter) -> Self {
        Self { env: env.clone(), meter }
    }

    /// Gives the body to the Durable Object, which does what `task` says, or to `store`; both answer a text.
    /// `None` where the body has more than `most` bytes.
    pub async fn upload<F>(
        &self,
        body: Body,
        task: &str,
        most: usize,
        store: impl FnOnce(Vec<u8>) -> F,
    ) -> Result<Option<String>>
    where
        F: Future<Output = Result<String>>,
    {
        let Ok(objects) = self.env.durable_object("HEAVY") else {
            return match body.read(most).await? {
                Some(bytes) => store(bytes).await.map(Some),
                None => Ok(None),
            };
        };
        self.meter.add(|c| c.object_requests += 1);
        let failed = |e: worker::Error| Error::Platform(format!("uploads: {e}"));
        let init = web_sys::RequestInit::new();
        init.set_method("POST");
        init.set_body(&body.0);
        let request = web_sys::Request::new_with_str_and_init("https://heavy/upload", &init)
            .map_err(|e| Error::internal(super::message(&e)))?;
        let headers = request.headers();
        for (name, value) in [(TASK, BASE64.encode(task)), (MOST, most.to_string())] {
            headers.set(name, &value).map_err(|e| Error::internal(super::message(&e)))?;
        }
        let stub = objects.id_from_name("uploads").and_then(|id| id.get_stub()).map_err(failed)?;
        let mut response = stub.fetch_with_request(request.into()).await.map_err(failed)?;
        match response.status_code() {
            200 => response.text().await.map(Some).map_err(failed),
            413 => Ok(None),
            // Too slow, or cut off: the client's fault.
            400 => Err(Error::BadRequest("the body did not arrive whole".into())),
            503 => Err(Error::Unavailable("Too many uploads at once; try again".into())),
            status => Err(Error::Internal(format!("uploads: {status}"))),
        }
    }
}

/// The header of a request that the Durable Object answers as the Worker would. Whoever sends it to the Worker gets
/// nothing else by it, and no other header of theirs is read in its place.
const WHOLE: &str = "x-whole";

/// The body of a request, as far as it has at most `most` bytes and arrives within [`ARRIVAL`]; `None` where it is longer.
pub async fn whole_body(request: &web_sys::Request, most: usize) -> Result<Option<Vec<u8>>> {
    border::body_within(request.body(), most, ARRIVAL)
        .await
        .map_err(|e| Error::BadRequest(super::message(&e)))
}

/// The request with another body.
pub fn with_body(request: &web_sys::Request, body: &[u8]) -> Result<web_sys::Request> {
    let init = web_sys::RequestInit::new();
    init.set_method(&request.method());
    init.set_headers(&request.headers());
    init.set_body(&js_sys::Uint8Array::from(body));
    // A redirect is for the client.
    init.set_redirect(web_sys::RequestRedirect::Manual);
    web_sys::Request::new_with_str_and_init(&request.url(), &init)
        .map_err(|e| Error::internal(super::message(&e)))
}

/// The answer of the Durable Object to a request of a client with this body, which is whole: a client that takes its time would
/// keep the object awake, whose hours are counted. `None` without the binding.
pub async fn pass_on(
    env: &Env,
    request: &web_sys::Request,
    body: &[u8],
) -> Result<Option<web_sys::Response>> {
    let Ok(objects) = env.durable_object("HEAVY") else { return Ok(None) };
    let passed = with_body(request, body)?;
    passed.headers().set(WHOLE, "1").map_err(|e| Error::internal(super::message(&e)))?;
    let failed = |e: worker::Error| Error::Platform(format!("long requests: {e}"));
    let stub = objects.id_from_name("requests").and_then(|id| id.get_stub()).map_err(failed)?;
    let answer = stub.fetch_with_request(passed.into()).await.map_err(failed)?;
    Ok(Some(answer.into()))
}

/// Inside of the Durable Object: whether a request is one of a client.
pub fn is_whole(request: &Request) -> worker::Result<bool> {
    request.headers().has(WHOLE)
}

/// Inside of the Durable Object: the task of an upload and its maximum of bytes; `None` where it is other work.
pub fn upload_task(request: &Request) -> worker::Result<Option<(String, usize)>> {
    let headers = request.headers();
    let (Some(task), Some(most)) = (headers.get(TASK)?, headers.get(MOST)?) else { return Ok(None) };
    let task = BASE64.decode(task).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    Ok(task.zip(most.parse().ok()))
}

/// Inside of the Durable Object: reads the body, which has at most `most` bytes, and answers what `store` says. Several may
/// arrive at once, lest a slow one keeps all others waiting; one at a time is processed.
pub async fn upload<F>(
    request: Request,
    most: usize,
    store: impl FnOnce(Vec<u8>) -> F,
) -> worker::Result<Response>
where
    F: Future<Output = String>,
{
    // The first one has room whatever it needs.
    let has_room = || RESERVED.get() == 0 || RESERVED.get().saturating_add(most) <= MEMORY;
    if !wait_until(has_room).await {
        return Response::error("busy", 503);
    }
    let _room = Room::take(most);
    let body = match border::body_within(request.inner().body(), most, ARRIVAL).await {
        Ok(Some(body)) => body,
        Ok(None) => return Response::error("too large", 413),
        Err(error) => return Response::error(super::message(&error), 400),
    };
    if !wait_until(|| !IS_BUSY.get()).await {
        return Response::error("busy", 503);
    }
    let _turn = Turn::take();
    Response::ok(store(body).await)
}

/// Waits until a condition holds; whether it does after [`PATIENCE`].
async fn wait_until(condition: impl Fn() -> bool) -> bool {
    let mut waited = 0;
    while !condition() {
        if waited >= PATIENCE {
            return false;
        }
        worker::Delay::from(std::time::Duration::from_millis(STEP)).await;
        waited += STEP;
    }
    true
}

/// Memory for a body. Free again also where the invocation is dropped.
struct Room(usize);

impl Room {
    fn take(bytes: usize) -> Self {
        RESERVED.set(RESERVED.get().saturating_add(bytes));
        Self(bytes)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        RESERVED.set(RESERVED.get().saturating_sub(self.0));
    }
}

struct Turn;

impl Turn {
    fn take() -> Self {
        IS_BUSY.set(true);
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        IS_BUSY.set(false);
    }
}
