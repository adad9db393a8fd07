//! `/settings/servers`: domain blocks and secure mode.

use maud::html;

use super::relays::is_operators_form;
use super::words::{Language, Word};
use super::{form, page};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::role::Permission;
use crate::services;
use crate::store;

const HERE: &str = "/settings/servers";
/// What is kept where the form is shown again.
const TYPED: [&str; 2] = ["domain", "comment"];

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, Permission::MANAGE_FEDERATION, HERE, &TYPED).await? {
        Ok((.., secret)) => answer(c, &secret, None).await,
        Err(response) => Ok(response),
    }
}

async fn answer(c: &Context<'_>, secret: &str, wrong: Option<Word>) -> Result<Response> {
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
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
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
    let status = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, say(Word::Servers), true, &body).status(status))
}

/// The host of a pasted address; what is no address stays as it is.
fn host(typed: &str) -> &str {
    let typed = typed.trim();
    match typed.split_once("://") {
        Some((scheme, rest)) if ["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) => {
            rest.split(['/', '?', '#']).next().unwrap_or("")
        }
        _ => typed,
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let secret = match form::staff(c, Permission::MANAGE_FEDERATION, HERE, &TYPED).await? {
        Ok((.., secret)) => secret,
        Err(response) => return Ok(response),
    };
    if !is_operators_form(c, "servers", &secret) {
        return Ok(answer(c, &secret, Some(Word::FormExpired)).await?.status(403));
    }
    let text = |name: &str| c.params.text(name).unwrap_or("");
    let done = match (text("let_in"), text("secure_mode")) {
        ("", "") => services::moderate::block_domain(c.app, host(text("domain")), text("comment")).await,
        ("", mode) => services::moderate::set_secure_mode(c.app, mode == "on").await,
        (domain, _) => services::moderate::unblock_domain(c.app, domain).await,
    };
    match done {
        Ok(()) => Ok(Response::redirect(HERE)),
        Err(error) if error.status() == 422 => answer(c, &secret, Some(Word::NoServer)).await,
        Err(error) => Err(error),
    }
}
