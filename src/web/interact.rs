//! From one server to another: who reads a page here goes on with it on their own server, and people of this one with what they saw
//! elsewhere.

use maud::{Markup, html};

use super::words::{Language, Word};
use super::{Frame, framed};
use crate::activitypub::remote::search::MAX_QUERY;
use crate::activitypub::remote::webfinger;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::limits;
use crate::text::acct;

pub const INTERACT: &str = "/interact";

/// The address of the form for what has this ActivityPub id.
pub fn address(uri: &str) -> String {
    let uri: String = url::form_urlencoded::byte_serialize(uri.as_bytes()).collect();
    format!("{INTERACT}?uri={uri}")
}

/// The ActivityPub id in the request, of something here. Error: `NotFound` for others, so that no page leads elsewhere.
fn asked<'a>(c: &'a Context<'_>) -> Result<&'a str> {
    let uri = c.params.filled("uri").filter(|uri| uri.len() <= limits::URL && c.app.site().is_ours(uri));
    uri.ok_or(Error::NotFound)
}

/// A form that asks for the reader's own handle.
pub async fn show(c: &Context<'_>) -> Result<Response> {
    Ok(page(c, &form(c, asked(c)?, "", None)))
}

fn form(c: &Context<'_>, uri: &str, handle: &str, wrong: Option<Word>) -> Markup {
    let language = Language::of(c.request);
    html! {
        p.lead { (language.say(Word::InteractLead)) }
        form method="post" action=(INTERACT) {
            input type="hidden" name="uri" value=(uri);
            label for="handle" { (language.say(Word::YourHandle)) }
            input id="handle" type="text" name="handle" value=(handle) required placeholder="me@server.example" autocapitalize="none" autocomplete="off" spellcheck="false" aria-describedby=[wrong.map(|_| "wrong")];
            @if let Some(wrong) = wrong { p.error id="wrong" role="alert" { (language.say(wrong)) } }
            button type="submit" { (language.say(Word::GoOn)) }
        }
    }
}

fn page(c: &Context<'_>, body: &Markup) -> Response {
    let title = Language::of(c.request).say(Word::InteractTitle);
    let body = html! { h1 { (title) } (body) };
    framed(c, &Frame { title, is_narrow: true, is_left_out: true, ..Frame::default() }, &body)
}

/// Asks the reader's server where to go on. The page has a link there: a redirect to another server would not be allowed for its form.
pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let uri = asked(c)?;
    let typed: String = c.params.text("handle").unwrap_or("").trim().chars().take(400).collect();
    let handle = acct::parse(&typed).and_then(|acct| Some((acct.username, acct.domain?)));
    let Some((username, domain)) = handle else {
        return Ok(page(c, &form(c, uri, &typed, Some(Word::HandleLooksLike))).status(422));
    };
    match webfinger::interaction_address(c.app, &username, &domain, uri).await {
        Ok(address) => {
            let language = Language::of(c.request);
            let label = language.say(Word::GoOnAt).replace("{domain}", &domain);
            Ok(page(c, &html! { p { a.button href=(address) rel="nofollow noopener" { (label) } } }))
        }
        Err(error @ Error::Spent(_)) => Err(error),
        Err(_) => Ok(page(c, &form(c, uri, &typed, Some(Word::NoSuchHandle))).status(422)),
    }
}

/// Where other servers send people of ours: the search finds what has this address.
pub async fn authorize(c: &Context<'_>) -> Result<Response> {
    let asked = c.params.filled("uri").or_else(|| c.params.filled("acct")).unwrap_or("");
    let asked = asked.strip_prefix("acct:").unwrap_or(asked);
    // The beginning of an address is another one.
    if asked.chars().count() > MAX_QUERY {
        return Err(Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into()));
    }
    let query: String = url::form_urlencoded::byte_serialize(asked.as_bytes()).collect();
    Ok(Response::redirect(&format!("/search?q={query}")))
}
