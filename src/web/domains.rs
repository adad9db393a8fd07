//! `/settings/domains`: the domains that people of this instance live on, for its operator.

use std::collections::HashMap;

use maud::{Markup, html};

use super::relays::is_operators_form;
use super::setup::why;
use super::words::{Language, Plural, Word};
use super::{form, page};
use crate::doctor;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::check::{Check, State};
use crate::model::id::Id;
use crate::model::role::Permission;
use crate::model::site::{Domain, host_of};
use crate::services;
use crate::store;

const HERE: &str = "/settings/domains";
/// What is kept where the form is shown again.
const TYPED: [&str; 2] = ["handle_domain", "address"];
/// People that are named.
const MAX_NAMED: usize = 20;

fn address(domain: &Domain) -> String {
    format!("{HERE}/{}", domain.handle_domain)
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, Permission::MANAGE_SETTINGS, HERE, &TYPED).await? {
        Ok((.., secret)) => list(c, &secret, None).await,
        Err(response) => Ok(response),
    }
}

async fn list(c: &Context<'_>, secret: &str, wrong: Option<Word>) -> Result<Response> {
    let say = |word| Language::of(c.request).say(word);
    let people = store::load(&c.app.db, store::domains::counts()).await?;
    let typed = |name: &str| c.params.text(name).unwrap_or("").to_owned();
    let site = c.app.site();
    let body = html! {
        h1 { (say(Word::Domains)) }
        p.lead { (say(Word::DomainsLead)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        @for domain in &site.domains { div.card {
            p { strong { a href=(address(domain)) { (domain.handle_domain) } } " " span.meta { (say(state(domain))) } }
            p.meta { (Language::of(c.request).count(count(&people, domain), Plural::People)) " · " (domain.web_origin) }
        } }
        h2 { (say(Word::AddDomain)) }
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(form::token(c.app, "domains", secret));
            label for="handle_domain" { (say(Word::HandleDomain)) }
            input id="handle_domain" name="handle_domain" value=(typed("handle_domain")) required maxlength="253" placeholder="my.name" autocapitalize="none" spellcheck="false" aria-describedby="domain-hint";
            p.hint id="domain-hint" { (say(Word::HandleDomainHint)) }
            label for="address" { (say(Word::DomainAddress)) }
            input id="address" name="address" value=(typed("address")) maxlength="300" placeholder=(c.app.home().web_origin) autocapitalize="none" spellcheck="false" aria-describedby="address-hint";
            p.hint id="address-hint" { (say(Word::DomainAddressHint)) }
            button type="submit" { (say(Word::AddDomain)) }
        }
        p.meta { a href="/" { (say(Word::Home)) } }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, say(Word::Domains), true, &body).status(status))
}

fn state(domain: &Domain) -> Word {
    match domain {
        d if d.is_ended => Word::DomainEnded,
        d if d.is_primary => Word::DomainPrimary,
        d if d.is_verified => Word::DomainVerified,
        _ => Word::DomainUnverified,
    }
}

fn count(people: &HashMap<Id, i64>, domain: &Domain) -> i64 {
    people.get(&domain.id).copied().unwrap_or_default()
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let secret = match form::staff(c, Permission::MANAGE_SETTINGS, HERE, &TYPED).await? {
        Ok((.., secret)) => secret,
        Err(response) => return Ok(response),
    };
    if !is_operators_form(c, "domains", &secret) {
        return Ok(list(c, &secret, Some(Word::FormExpired)).await?.status(403));
    }
    let text = |name: &str| c.params.text(name).unwrap_or("");
    match services::domains::add(c.app, text("handle_domain"), text("address")).await {
        Ok(domain) => Ok(Response::redirect(&address(&domain))),
        Err(error) if error.status() == 422 => list(c, &secret, Some(refusal(&error))).await,
        Err(error) => Err(error),
    }
}

/// What is said to an operator where a domain cannot be added or changed.
fn refusal(error: &Error) -> Word {
    let text = error.public_message();
    let all = [
        ("already", Word::DomainIsOurs),
        ("another one", Word::DomainIsAddress),
        ("people elsewhere", Word::AddressIsDomain),
        ("blocked", Word::DomainIsBlocked),
        ("too many", Word::TooManyDomains),
        ("another than before", Word::AddressStays),
        ("Address", Word::NoAddress),
        ("not verified", Word::DomainNotVerified),
        ("still needed", Word::DomainNeeded),
    ];
    all.iter().find(|(part, _)| text.contains(part)).map_or(Word::NoDomain, |(_, word)| *word)
}

/// The domain of the path. Error: `NotFound`.
fn asked(c: &Context<'_>) -> Result<Domain> {
    let name = c.segment("domain")?;
    let site = c.app.site();
    site.domains.iter().find(|d| d.handle_domain.eq_ignore_ascii_case(name)).cloned().ok_or(Error::NotFound)
}

pub async fn one(c: &Context<'_>) -> Result<Response> {
    let here = c.path.to_text();
    match form::staff(c, Permission::MANAGE_SETTINGS, &here, &[]).await? {
        Ok((.., secret)) => answer(c, &asked(c)?, &secret, None).await,
        Err(response) => Ok(response),
    }
}

/// What is shown above a domain: a refusal, what a check saw, or the password of somebody new.
enum Told {
    Wrong(String),
    Checked(Check),
    Added { handle: String, password: String },
}

async fn answer(c: &Context<'_>, domain: &Domain, secret: &str, told: Option<Told>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let parts = (store::domains::counts(), store::domains::people(domain.id, MAX_NAMED));
    let (people, named) = store::load(&c.app.db, parts).await?;
    let token = form::token(c.app, "domains", secret);
    let status = match &told {
        Some(Told::Wrong(_)) => 422,
        _ => 200,
    };
    let body = html! {
        h1 { (domain.handle_domain) }
        p.lead { (say(state(domain))) " · " (language.count(count(&people, domain), Plural::People)) }
        @match &told {
            Some(Told::Wrong(text)) => { p.error role="alert" { (text) } }
            Some(Told::Checked(check)) => { (checked(c, domain, check, &token)) }
            Some(Told::Added { handle, password }) => {
                div.card role="status" {
                    p { (say(Word::PersonAdded)) }
                    span.code { "@" (handle) }
                    span.code { (password) }
                    p.hint { (say(Word::PersonAddedHint)) }
                }
            }
            None => {}
        }
        @if !named.is_empty() {
            p.meta { @for (n, name) in named.iter().enumerate() { @if n > 0 { ", " } "@" (name) } @if count(&people, domain) > MAX_NAMED as i64 { " …" } }
        }
        @if domain.is_ended {
            form method="post" action=(HERE) {
                input type="hidden" name="form" value=(token);
                input type="hidden" name="handle_domain" value=(domain.handle_domain);
                button.quiet type="submit" { (say(Word::TakeUpAgain)) }
            }
        } @else {
            @if !c.app.config.is_https() { p.card { (say(Word::DomainLocal)) } }
            (rules(c, domain, named.first().map_or("me", String::as_str)))
            form method="post" action=(address(domain)) {
                input type="hidden" name="form" value=(token);
                button type="submit" name="do" value="verify" { (say(Word::VerifyDomain)) }
            }
            @if domain.is_verified || domain.is_primary { (person(c, domain, &token)) }
            (more(c, domain, &token))
        }
        p.meta { a href=(HERE) { (say(Word::Domains)) } }
    };
    Ok(page(c, &domain.handle_domain, true, &body).status(status))
}

fn checked(c: &Context<'_>, domain: &Domain, check: &Check, token: &str) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    html! {
        div.card role="status" {
            p { strong { (say(match check.state {
                State::Good => Word::DomainFound,
                State::Warning => Word::DomainUnsure,
                State::Bad => Word::DomainNotFound,
            })) } }
            p.meta { (check.seen) }
            @match check.state {
                State::Bad => { p { (say(Word::DomainNotFoundDo)) } }
                State::Warning => {
                    form method="post" action=(address(domain)) {
                        input type="hidden" name="form" value=(token);
                        button.quiet type="submit" name="do" value="trust" { (say(Word::TrustDomain)) }
                    }
                }
                State::Good => {}
            }
        }
    }
}

/// Somebody new on the domain.
fn person(c: &Context<'_>, domain: &Domain, token: &str) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    html! {
        h2 { (say(Word::AddPerson)) }
        p.hint { (say(Word::AddPersonHint)) " " a href="/settings/identities" { (say(Word::Identities)) } }
        form method="post" action=(address(domain)) {
            input type="hidden" name="form" value=(token);
            label for="username" { (say(Word::TheirHandle)) }
            input id="username" type="text" name="username" value=(c.params.text("username").unwrap_or("")) required maxlength="30" pattern="[A-Za-z0-9_]+" autocomplete="off" autocapitalize="none" spellcheck="false";
            button type="submit" name="do" value="person" { (say(Word::AddPerson)) }
        }
    }
}

/// Primary or not, open or not, and giving up.
fn more(c: &Context<'_>, domain: &Domain, token: &str) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let is_home = c.app.home().id == domain.id;
    html! {
        form method="post" action=(address(domain)) {
            input type="hidden" name="form" value=(token);
            @if domain.is_verified && !domain.is_primary {
                h2 { (say(Word::DomainPrimary)) }
                p.hint { (say(Word::MakePrimaryHint)) }
                button.quiet type="submit" name="do" value="primary" { (say(Word::MakePrimary)) }
            }
            @if !domain.is_primary {
                h2 { (say(Word::WhoMayChoose)) }
                p.hint { (say(if domain.is_open { Word::DomainIsOpen } else { Word::DomainIsClosed })) }
                @let (value, word) = if domain.is_open { ("close", Word::CloseDomain) } else { ("open", Word::OpenDomain) };
                button.quiet type="submit" name="do" value=(value) { (say(word)) }
            }
            @if !domain.is_primary && !is_home {
                h2 { (say(Word::EndDomain)) }
                p.hint { (say(Word::EndDomainHint)) }
                button.quiet type="submit" name="do" value="end" { (say(Word::EndDomain)) }
            }
        }
    }
}

/// What must be set up where the domain is, by host: WebFinger and host-meta lead to the server.
fn rules(c: &Context<'_>, domain: &Domain, name: &str) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let (handles, origin) = (&domain.handle_domain, &domain.web_origin);
    if !domain.is_split() {
        return html! {
            h2 { (say(Word::WhatToDo)) }
            p { (say(Word::DomainLeadsHere)) " " a href={ (origin) "/" } { (origin) } }
        };
    }
    let jrd = serde_json::json!({
        "subject": format!("acct:{name}@{handles}"),
        "aliases": [format!("{origin}/users/{name}"), format!("{origin}/@{name}")],
        "links": [
            {"rel": "self", "type": "application/activity+json", "href": format!("{origin}/users/{name}")},
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": format!("{origin}/@{name}")},
        ],
    });
    let jrd = serde_json::to_string_pretty(&jrd).unwrap_or_default();
    let all: [(&str, Option<Word>, String); 7] = [
        (
            "Cloudflare",
            Some(Word::RuleCloudflare),
            format!(
                "(http.host eq \"{handles}\" and http.request.uri.path in {{\"/.well-known/webfinger\" \"/.well-known/host-meta\"}})\n\nconcat(\"{origin}\", http.request.uri.path)"
            ),
        ),
        (
            "nginx",
            None,
            format!(
                "location ~ ^/\\.well-known/(webfinger|host-meta)$ {{\n  add_header Access-Control-Allow-Origin \"*\" always;\n  return 301 {origin}$request_uri;\n}}"
            ),
        ),
        (
            "Caddy",
            None,
            format!(
                "@fediverse path /.well-known/webfinger /.well-known/host-meta\nheader @fediverse Access-Control-Allow-Origin *\nredir @fediverse {origin}{{uri}} permanent"
            ),
        ),
        (
            "Apache, WordPress (.htaccess)",
            Some(Word::RuleApache),
            format!(
                "RewriteEngine On\nRewriteRule ^\\.well-known/(webfinger|host-meta)$ {origin}/.well-known/$1 [R=301,L]"
            ),
        ),
        (
            "Netlify, Cloudflare Pages (_redirects)",
            None,
            format!(
                "/.well-known/webfinger {origin}/.well-known/webfinger 301\n/.well-known/host-meta {origin}/.well-known/host-meta 301"
            ),
        ),
        (
            "Vercel (vercel.json)",
            None,
            format!(
                "{{\"redirects\": [{{\"source\": \"/.well-known/:name(webfinger|host-meta)\", \"destination\": \"{origin}/.well-known/:name\", \"permanent\": true}}]}}"
            ),
        ),
        ("GitHub Pages", Some(Word::RuleFile), jrd),
    ];
    html! {
        h2 { (say(Word::WhatToDo)) }
        p { (say(Word::SplitLead)) }
        span.code { "https://" (handles) "/.well-known/webfinger" }
        span.code { "https://" (handles) "/.well-known/host-meta" }
        p { (say(Word::SplitTo)) " " (host_of(origin)) ". " (say(Word::SplitQuery)) }
        @for (host, word, text) in &all {
            details {
                summary { (host) }
                @if let Some(word) = word { p.hint { (say(*word)) } }
                pre tabindex="0" { code { (text) } }
            }
        }
        p.hint { (say(Word::SplitApps)) " " (host_of(origin)) }
    }
}

pub async fn change(c: &Context<'_>) -> Result<Response> {
    let here = c.path.to_text();
    let secret = match form::staff(c, Permission::MANAGE_SETTINGS, &here, &[]).await? {
        Ok((.., secret)) => secret,
        Err(response) => return Ok(response),
    };
    let domain = asked(c)?;
    let language = Language::of(c.request);
    let told = |word: Word| Some(Told::Wrong(language.say(word).to_owned()));
    if !is_operators_form(c, "domains", &secret) {
        return Ok(answer(c, &domain, &secret, told(Word::FormExpired)).await?.status(403));
    }
    let done = match c.params.text("do").unwrap_or("") {
        what @ ("verify" | "trust") => {
            let (check, _) = doctor::domains::webfinger(c.app, &domain, "").await;
            let is_trusted = what == "trust" && check.state == State::Warning;
            if check.state == State::Good || is_trusted {
                services::domains::verified(c.app, &domain).await?;
            }
            return answer(c, &asked(c)?, &secret, Some(Told::Checked(check))).await;
        }
        "person" => {
            let username = c.params.text("username").unwrap_or("").trim();
            match services::domains::add_person(c.app, language.code(), username, &domain.handle_domain).await
            {
                Ok((made, password)) => {
                    let added = Told::Added { handle: made.handle(), password };
                    return answer(c, &domain, &secret, Some(added)).await;
                }
                Err(Error::Invalid(details)) => {
                    let (field, code) = details.first().map_or(("", ""), |(f, code, _)| (f, code));
                    return answer(c, &domain, &secret, told(why(field, code))).await;
                }
                Err(other) => Err(other),
            }
        }
        "primary" => services::domains::make_primary(c.app, &domain).await,
        "open" => services::domains::set_open(c.app, &domain, true).await,
        "close" => services::domains::set_open(c.app, &domain, false).await,
        "end" => services::domains::end(c.app, &domain).await,
        _ => Err(Error::bad_request("unknown")),
    };
    match done {
        // One on which nobody ever lived is no longer there.
        Ok(()) if asked(c).is_err() => Ok(Response::redirect(HERE)),
        Ok(()) => Ok(Response::redirect(&address(&domain))),
        Err(error) if error.status() == 422 => answer(c, &domain, &secret, told(refusal(&error))).await,
        Err(error) => Err(error),
    }
}
