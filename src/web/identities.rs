//! `/settings/identities`: the accounts of one person under one sign-in.

use maud::{Markup, html};

use super::form::sign_in_first;
use super::setup::why;
use super::words::{Language, Word};
use super::{form, page};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::user::User;
use crate::services;
use crate::store;

const HERE: &str = "/settings/identities";
/// What is kept where the form is shown again.
const TYPED: [&str; 2] = ["username", "domain"];

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::signed_in(c).await? {
        Some((user, account, secret)) => answer(c, &user, &account, &secret, None).await,
        None => Ok(sign_in_first(c, HERE, &TYPED)),
    }
}

async fn answer(
    c: &Context<'_>,
    user: &User,
    account: &Account,
    secret: &str,
    wrong: Option<String>,
) -> Result<Response> {
    let say = |word| Language::of(c.request).say(word);
    let identities = store::load(&c.app.db, store::users::identities(user.person)).await?;
    let token = form::token(c.app, "identities", secret);
    let body = html! {
        h1 { (say(Word::Identities)) }
        p.lead { (say(Word::IdentitiesLead)) }
        @if let Some(wrong) = &wrong { p.error role="alert" { (wrong) } }
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(token);
            ul.plain { @for (_, identity) in &identities { li {
                a href=(identity.url) { "@" (identity.handle()) } " "
                @if identity.id == account.id {
                    span.meta { (say(Word::InUse)) }
                } @else {
                    button.quiet type="submit" name="use" value=(identity.id) { (say(Word::UseThis)) }
                }
            } } }
        }
        (fields(c, user, &token))
        p.meta { a href="/" { (say(Word::Home)) } }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, say(Word::Identities), true, &body).status(status))
}

/// The form for another identity, or why there is none.
fn fields(c: &Context<'_>, user: &User, token: &str) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let domains = services::domains::open_to(c.app, user.role);
    let typed = |name: &str| c.params.text(name).unwrap_or("").to_owned();
    if domains.is_empty() {
        return html! { p.lead { (say(Word::NoDomainToChoose)) } };
    }
    html! {
        h2 { (say(Word::AnotherIdentity)) }
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(token);
            label for="username" { (say(Word::Handle)) }
            input id="username" type="text" name="username" value=(typed("username")) required maxlength="30" pattern="[A-Za-z0-9_]+" autocomplete="off" autocapitalize="none" spellcheck="false";
            label for="domain" { (say(Word::HandleDomain)) }
            select id="domain" name="domain" {
                @for domain in &domains {
                    option value=(domain.handle_domain) selected[typed("domain") == domain.handle_domain] { "@" (domain.handle_domain) }
                }
            }
            button type="submit" { (say(Word::AddIdentity)) }
        }
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some((user, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &TYPED));
    };
    let language = Language::of(c.request);
    if !form::is_valid(c.app, "identities", &secret, c.params.text("form").unwrap_or("")) {
        let expired = Some(language.say(Word::FormExpired).to_owned());
        return Ok(answer(c, &user, &account, &secret, expired).await?.status(403));
    }
    if let Some(id) = c.params.filled("use").and_then(Id::parse) {
        let secret = services::grant::switch(c.app, &secret, id).await?;
        let cookie = form::session_cookie(c.app, Some(&secret));
        return Ok(Response::redirect(HERE).with("Set-Cookie", cookie));
    }
    let text = |name: &str| c.params.text(name).unwrap_or("").trim();
    match services::domains::add_identity(c.app, &user, text("username"), text("domain")).await {
        Ok(_) => Ok(Response::redirect(HERE)),
        Err(Error::Invalid(details)) => {
            let all: Vec<&str> =
                details.iter().map(|(field, code, _)| language.say(why(field, code))).collect();
            answer(c, &user, &account, &secret, Some(all.join(" "))).await
        }
        Err(other) => Err(other),
    }
}
