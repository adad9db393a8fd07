//! `/settings/servers`: domain blocks and secure mode.

use maud::html;

use super::relays::{operator, operators_form};
use super::words::{Language, Word};
use super::{form, page, site_name};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::services;
use crate::store;

const HERE: &str = "/settings/servers";

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match operator(c, HERE).await? {
        Ok(secret) => answer(c, &secret, false).await,
        Err(response) => Ok(response),
    }
}

async fn answer(c: &Context<'_>, secret: &str, is_wrong: bool) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let (settings, blocks) =
        store::load(&c.app.db, (store::site::settings(), store::domain_blocks::all())).await?;
    let is_secure = settings.iter().any(|(key, value)| key == "secure_mode" && value == "on");
    let token = form::token(c.app, "servers", secret);
    // Invalid input is shown again.
    let typed = |name: &str| c.params.text(name).unwrap_or("").to_owned();
    let body = html! {
        h1 { (say(Word::Servers)) }
        p.lead { (say(Word::ServersLead)) }
        @if is_wrong { p.error role="alert" { (say(Word::NoServer)) } }
        @if !blocks.is_empty() {
            form method="post" action=(HERE) {
                input type="hidden" name="form" value=(token);
                ul.plain { @for block in &blocks { li {
                    (block.domain) @if !block.comment.is_empty() { " · " (block.comment) } " "
                    button.quiet type="submit" name="let_in" value=(block.domain) { (say(Word::LetIn)) }
                } } }
            }
        }
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(token);
            label for="domain" { (say(Word::ServerDomain)) }
            input id="domain" name="domain" value=(typed("domain")) required placeholder="server.example" autocapitalize="none";
            label for="comment" { (say(Word::ServerComment)) }
            input id="comment" name="comment" value=(typed("comment")) maxlength="500";
            button type="submit" { (say(Word::KeepOut)) }
        }
        h2 { (say(Word::SecureMode)) }
        p.lead { (say(Word::SecureModeLead)) }
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(token);
            @let (value, word) = if is_secure { ("off", Word::TurnOff) } else { ("on", Word::TurnOn) };
            button.quiet type="submit" name="secure_mode" value=(value) { (say(word)) }
        }
    };
    let status = if is_wrong { 422 } else { 200 };
    Ok(page(language, &site_name(c), say(Word::Servers), true, &body).status(status))
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let secret = match operators_form(c, HERE, "servers").await? {
        Ok(secret) => secret,
        Err(response) => return Ok(response),
    };
    let text = |name: &str| c.params.text(name).unwrap_or("");
    let done = match (text("let_in"), text("secure_mode")) {
        ("", "") => services::moderate::block_domain(c.app, text("domain"), text("comment")).await,
        ("", mode) => services::moderate::set_secure_mode(c.app, mode == "on").await,
        (domain, _) => services::moderate::unblock_domain(c.app, domain).await,
    };
    match done {
        Ok(()) => Ok(Response::redirect(HERE)),
        Err(error) if error.status() == 422 => answer(c, &secret, true).await,
        Err(error) => Err(error),
    }
}
