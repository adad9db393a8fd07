//! Settings of the deployment, read once from vars and secrets.

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::model::email;
use crate::model::site::host_of;

/// Sori's own version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The version of Mastodon whose API is implemented; clients derive features from it.
pub const MASTODON_VERSION: &str = "4.6.5";

#[derive(Clone)]
pub struct Config {
    /// Scheme, host and port of our own URLs, never taken from a Host header.
    pub public_origin: String,
    /// http on loopback: other loopback servers may be fetched, and no rate limit applies.
    pub is_development: bool,
    /// Required by the set-up page.
    pub setup_code: Option<String>,
    /// The origin of a public bucket in which uploaded files lie, where it has a domain of its own.
    pub media_origin: Option<String>,
    /// The plan has quotas for each day: the free one.
    pub has_daily_quotas: bool,
    /// Encrypts private keys at rest.
    pub sealing_key: [u8; 32],
    /// Pepper of every password hash.
    pub pepper: [u8; 32],
    /// Signs cookies and forms.
    pub form_key: [u8; 32],
    /// Signs the paths of other servers' files.
    pub proxy_key: [u8; 16],
    /// The sender of mails: without one none are sent.
    pub mail_from: Option<String>,
    /// The address of a provider that sends mails, and the token for it.
    pub mail_provider: Option<(String, String)>,
    /// The keys of Cloudflare Turnstile, for pages and for us: who signs up by page shows that they are no program.
    pub turnstile: Option<(String, String)>,
}

impl Config {
    /// From the vars and secrets `PUBLIC_ORIGIN`, `SORI_SECRET`, `SETUP_CODE`, `MEDIA_ORIGIN`, `PLAN`, `MAIL_FROM`, `MAIL_URL`,
    /// `MAIL_TOKEN`, `TURNSTILE_SITE_KEY` and `TURNSTILE_SECRET`.
    ///
    /// Error: `Internal`, with the missing or invalid name. Plain http is refused except on loopback.
    pub fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let origin = get("PUBLIC_ORIGIN").unwrap_or_default().trim().trim_end_matches('/').to_lowercase();
        let wrong = |why: &str| Error::Internal(format!("PUBLIC_ORIGIN {why}: {origin:?}"));
        let url = url::Url::parse(&origin).map_err(|_| wrong("is not an origin such as https://my.name"))?;
        if url.origin().ascii_serialization() != origin {
            return Err(wrong("must be scheme and host only"));
        }
        let host = url.host_str().unwrap_or_default();
        let is_loopback = host == "localhost"
            || host == "[::1]"
            || host.strip_prefix("127.").is_some_and(|_| url.domain().is_none());
        let is_development = match url.scheme() {
            "https" => false,
            "http" if is_loopback || cfg!(not(target_arch = "wasm32")) => is_loopback,
            _ => return Err(wrong("must be https (http is for loopback only)")),
        };
        let secret = get("SORI_SECRET").unwrap_or_default();
        if secret.trim().len() < 32 {
            return Err(Error::Internal(
                "the secret SORI_SECRET is missing or shorter than 32 characters".into(),
            ));
        }
        let media_origin = get("MEDIA_ORIGIN").map(|text| text.trim().trim_end_matches('/').to_lowercase());
        let media_origin = media_origin.filter(|text| !text.is_empty());
        if let Some(text) = &media_origin {
            let wrong = |why: &str| Error::Internal(format!("MEDIA_ORIGIN {why}: {text:?}"));
            let url =
                url::Url::parse(text).map_err(|_| wrong("is not an origin such as https://media.my.name"))?;
            if url.origin().ascii_serialization() != *text {
                return Err(wrong("must be scheme and host only"));
            }
            if url.scheme() != "https" && !is_development {
                return Err(wrong("must be https"));
            }
            // What strangers may read there must not be of the origin of pages and sessions.
            if *text == origin {
                return Err(wrong("must be another host than PUBLIC_ORIGIN"));
            }
        }
        let set = |name: &str| get(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        let mail_from = set("MAIL_FROM");
        if mail_from.as_deref().is_some_and(|from| !email::is_address(from)) {
            return Err(Error::Internal(format!(
                "MAIL_FROM is not an address such as sori@my.name: {mail_from:?}"
            )));
        }
        let turnstile = match (set("TURNSTILE_SITE_KEY"), set("TURNSTILE_SECRET")) {
            (Some(key), Some(secret)) => Some((key, secret)),
            (None, None) => None,
            // Sign-up would go on without the test that the operator wants.
            _ => {
                return Err(Error::Internal(
                    "TURNSTILE_SITE_KEY and TURNSTILE_SECRET belong together".into(),
                ));
            }
        };
        let derive = |purpose: &str| hmac_sha256(secret.trim().as_bytes(), purpose.as_bytes());
        let mut proxy_key = [0; 16];
        proxy_key.copy_from_slice(&derive("sori: sign paths of remote files")[..16]);
        Ok(Self {
            public_origin: origin.clone(),
            is_development,
            media_origin,
            has_daily_quotas: has_daily_quotas(get("PLAN"))?,
            // Neither hyphens nor white space count when a code is compared.
            setup_code: get("SETUP_CODE")
                .map(|code| code.trim().to_owned())
                .filter(|code| code.chars().any(|c| !c.is_whitespace() && c != '-')),
            sealing_key: derive("sori: seal private keys"),
            pepper: derive("sori: pepper of passwords"),
            form_key: derive("sori: sign forms"),
            proxy_key,
            mail_from,
            mail_provider: set("MAIL_URL").zip(set("MAIL_TOKEN")),
            turnstile,
        })
    }

    /// Host and port of the public origin.
    pub fn host(&self) -> &str {
        host_of(&self.public_origin)
    }

    /// Whether cookies are marked Secure.
    pub fn is_https(&self) -> bool {
        self.public_origin.starts_with("https:")
    }

    /// The User-Agent of our requests; some servers refuse a request without one.
    pub fn user_agent(&self) -> String {
        format!("Sori/{VERSION} (+{}/)", self.public_origin)
    }

    /// The version in instance documents: `4.6.5 (compatible; Sori 0.1.0)`.
    pub fn api_version() -> String {
        format!("{MASTODON_VERSION} (compatible; Sori {VERSION})")
    }
}

/// Whether a plan has quotas for each day: `free`, which is the default, or `paid`.
fn has_daily_quotas(plan: Option<String>) -> Result<bool> {
    match plan.unwrap_or_default().trim().to_lowercase().as_str() {
        "" | "free" => Ok(true),
        "paid" => Ok(false),
        other => Err(Error::Internal(format!("PLAN must be free or paid: {other:?}"))),
    }
}

/// HMAC-SHA-256 (RFC 2104).
pub fn hmac_sha256(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0u8; 64];
    if key.len() > 64 {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let inner = Sha256::new().chain_update(block.map(|b| b ^ 0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block.map(|b| b ^ 0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(origin: &str) -> Result<Config> {
        Config::from_vars(|name| match name {
            "PUBLIC_ORIGIN" => Some(origin.into()),
            "SORI_SECRET" => Some("0123456789abcdef0123456789abcdef".into()),
            _ => None,
        })
    }

    #[test]
    fn development_is_loopback_over_http() {
        assert!(config("http://localhost:8787").unwrap().is_development);
        assert!(config("http://127.0.0.1:8787/").unwrap().is_development);
        assert!(!config("https://my.name").unwrap().is_development);
        assert!(!config("https://localhost").unwrap().is_development);
        assert!(!config("http://127.evil.example").unwrap().is_development);
        for bad in ["", "my.name", "https://my.name/path", "ftp://my.name", "https://user@my.name"] {
            assert!(config(bad).is_err(), "{bad}");
        }
        assert!(Config::from_vars(|n| (n == "PUBLIC_ORIGIN").then(|| "https://my.name".into())).is_err());
    }

    #[test]
    fn a_bucket_has_an_origin_of_its_own() {
        let config = |origin: &str, media: &str| {
            Config::from_vars(|name| match name {
                "PUBLIC_ORIGIN" => Some(origin.into()),
                "SORI_SECRET" => Some("0123456789abcdef0123456789abcdef".into()),
                "MEDIA_ORIGIN" => Some(media.into()),
                _ => None,
            })
            .map(|config| config.media_origin)
        };
        let ours = "https://my.name";
        assert_eq!(config(ours, " ").unwrap(), None);
        assert_eq!(config(ours, "https://Media.My.Name/").unwrap().as_deref(), Some("https://media.my.name"));
        assert!(config("http://localhost:8787", "http://localhost:9000").is_ok());
        for bad in [
            "media.my.name",
            "http://media.my.name",
            "https://media.my.name/x",
            ours,
            "https://u@media.my.name",
        ] {
            assert!(config(ours, bad).is_err(), "{bad}");
        }
    }

    /// What is compared has neither white space nor hyphens: without them nothing would be asked for.
    #[test]
    fn a_set_up_code_has_something_to_type() {
        let code = |code: &str| {
            Config::from_vars(|name| match name {
                "PUBLIC_ORIGIN" => Some("https://my.name".into()),
                "SORI_SECRET" => Some("0123456789abcdef0123456789abcdef".into()),
                "SETUP_CODE" => Some(code.into()),
                _ => None,
            })
            .unwrap()
            .setup_code
        };
        assert_eq!(code(" ab-cd ").as_deref(), Some("ab-cd"));
        for nothing in ["", " ", "-", "-- - "] {
            assert_eq!(code(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn hmac_as_rfc_4231() {
        let mac = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(mac[..4], [0x5b, 0xdc, 0xc1, 0x46]);
    }
}
