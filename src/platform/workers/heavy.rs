//! Work that takes more than a request's ten milliseconds of CPU runs in the Durable Object `HEAVY`, whose
//! limit is higher. Without the binding it runs in place.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use worker::{Env, Request, Response};

use super::subtle;
use crate::error::{Error, Result};
use crate::platform::keys::KeyPair;

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
    let failed = |e: worker::Error| Error::Unavailable(format!("heavy work: {e}"));
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
