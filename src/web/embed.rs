//! `/@user/id/embed`: a public status of ours alone, for a frame on another site. It is the same for everybody: no cookie is read.

use std::cell::{Cell, RefCell};

use maud::{DOCTYPE, html};

use super::asset;
use super::parts::status::{Shown, status};
use super::profile::local_account;
use super::words::{Language, Word};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::store;

/// Errors: `NotFound` for what not everybody may see, and for boosts; `Gone` where the account is.
pub async fn show(c: &Context<'_>) -> Result<Response> {
    let account = local_account(c).await?;
    let found = store::load(&c.app.db, store::statuses::visible_by_id(c.id("id")?, None)).await?;
    let view = found.filter(|view| {
        let status = &view.status;
        status.is_local
            && view.account.id == account.id
            && view.reblog.is_none()
            && status.visibility.is_distributable()
    });
    let view = view.ok_or(Error::NotFound)?;
    let mut request = c.request.clone();
    request.headers.0.retain(|(name, _)| name != "cookie");
    let c = &Context {
        app: c.app,
        request: &request,
        path: c.path.clone(),
        params: c.params.clone(),
        upload: RefCell::default(),
        captures: c.captures.clone(),
        preloaded: RefCell::default(),
        preloaded_for: Cell::default(),
        taste: RefCell::default(),
        is_closed: Default::default(),
        reader: RefCell::default(),
    };
    let language = Language::of(&request);
    let title = format!("{} {}", language.say(Word::PostBy), view.account.name());
    let page = html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (title) }
                base target="_blank";
                link rel="canonical" href=(view.status.url);
                link rel="stylesheet" href=(asset("style.css"));
                script src=(asset("embed/frame.js")) defer {}
            }
            body.embed {
                main id="main" {
                    h1.unseen { (title) }
                    (status(c, &view, Shown { is_opened: true, ..Shown::default() }))
                }
            }
        }
    };
    Ok(Response::html(page.into_string())
        .with(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' https: data:; media-src 'self' https:; base-uri 'none'; form-action 'none'; frame-ancestors *",
        )
        .with("X-Content-Type-Options", "nosniff")
        .with("Referrer-Policy", "same-origin")
        .with("Cache-Control", "public, max-age=180")
        .with("Vary", "Accept-Language"))
}
