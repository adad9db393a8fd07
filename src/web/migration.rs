//! `/settings/migration`: aliases, and moving to another account.

use maud::{Markup, html};

use super::form::sign_in_first;
use super::words::{Language, Word};
use super::{form, page};
use crate::activitypub::remote::resolve::Resolved;
use crate::activitypub::remote::{migrate, resolve};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::services;
use crate::services::grant::Confirmed;
use crate::services::migrate::Refusal;
use crate::store;
use crate::text::acct;

const HERE: &str = "/settings/migration";

/// What is kept where a form is shown again.
const TYPED: [&str; 2] = ["alias", "target"];

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let Some((_, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &TYPED));
    };
    answer(c, &account, &secret, None).await
}

async fn answer(c: &Context<'_>, account: &Account, secret: &str, wrong: Option<&str>) -> Result<Response> {
    let language = Language::of(c.request);
    let (known, successor) = store::load(
        &c.app.db,
        (store::accounts::by_uris(&account.also_known_as), store::accounts::successor(account.id)),
    )
    .await?;
    let say = |word| language.say(word);
    let body = html! {
        h1 { (say(Word::Moving)) }
        p.meta { (say(Word::SignedInAs)) " @" (account.handle()) }
        @if let Some(wrong) = wrong { p.error role="alert" { (wrong) } }
        @if let Some(successor) = &successor {
            p.lead { (say(Word::HasMoved)) " @" (successor.handle()) }
            form method="post" action=(HERE) {
                (token(c, secret))
                button type="submit" name="action" value="stay" { (say(Word::ComeBack)) }
            }
        } @else {
            (aliases(c, account, &known, secret, language))
            (move_away(c, secret, language))
        }
    };
    let status = if wrong.is_some() { 422 } else { 200 };
    Ok(page(c, say(Word::Moving), true, &body).status(status))
}

fn token(c: &Context<'_>, secret: &str) -> Markup {
    html! { input type="hidden" name="form" value=(form::token(c.app, "migration", secret)); }
}

fn aliases(
    c: &Context<'_>,
    account: &Account,
    known: &[Account],
    secret: &str,
    language: Language,
) -> Markup {
    let say = |word| language.say(word);
    let name = |uri: &String| {
        known.iter().find(|a| a.uri == *uri).map_or_else(|| uri.clone(), |a| format!("@{}", a.handle()))
    };
    html! {
        h2 { (say(Word::Aliases)) }
        p.lead { (say(Word::AliasesLead)) }
        @if !account.also_known_as.is_empty() {
            form method="post" action=(HERE) {
                (token(c, secret))
                input type="hidden" name="action" value="forget";
                ul.plain { @for uri in &account.also_known_as {
                    li { (name(uri)) " " button.quiet type="submit" name="uri" value=(uri) { (say(Word::Remove)) } }
                } }
            }
        }
        form method="post" action=(HERE) {
            (token(c, secret))
            label for="alias" { (say(Word::OldAccount)) }
            input id="alias" type="text" name="alias" required value=(c.params.text("alias").unwrap_or("")) placeholder="@name@example.social" autocapitalize="none" spellcheck="false";
            button type="submit" name="action" value="alias" { (say(Word::Add)) }
        }
    }
}

fn move_away(c: &Context<'_>, secret: &str, language: Language) -> Markup {
    let say = |word| language.say(word);
    html! {
        h2 { (say(Word::MoveAway)) }
        p.lead { (say(Word::MoveAwayLead)) }
        form method="post" action=(HERE) {
            (token(c, secret))
            label for="target" { (say(Word::NewAccount)) }
            input id="target" type="text" name="target" required value=(c.params.text("target").unwrap_or("")) placeholder="@name@example.social" autocapitalize="none" spellcheck="false";
            label for="password" { (say(Word::Password)) }
            input id="password" type="password" name="password" required autocomplete="current-password";
            button type="submit" name="action" value="move" { (say(Word::MoveAway)) }
        }
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let Some((_, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &TYPED));
    };
    if !form::is_valid(c.app, "migration", &secret, c.params.text("form").unwrap_or("")) {
        let expired = Language::of(c.request).say(Word::FormExpired);
        return Ok(answer(c, &account, &secret, Some(expired)).await?.status(403));
    }
    let wrong = match c.params.text("action").unwrap_or("") {
        "alias" => add(c, &account).await?,
        "forget" => {
            services::migrate::alias(c.app, &account, c.params.text("uri").unwrap_or(""), false).await?;
            None
        }
        "move" => {
            let password = c.params.text("password").unwrap_or("");
            match services::grant::confirm(c.app, &account, &secret, password).await? {
                Confirmed::Right => leave(c, &account).await?,
                Confirmed::Wrong => Some(Word::WrongPasswordAlone),
                Confirmed::Wait(until) => {
                    let page = answer(c, &account, &secret, Some(&form::wait_sentence(c, until))).await?;
                    return Ok(form::with_retry(page, c, until));
                }
            }
        }
        "stay" => {
            services::migrate::cancel(c.app, &account).await?;
            None
        }
        _ => return Err(Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into())),
    };
    match wrong {
        None => Ok(Response::redirect(HERE)),
        Some(wrong) => {
            let wrong = Language::of(c.request).say(wrong);
            answer(c, &account, &secret, Some(wrong)).await
        }
    }
}

/// The account of a typed handle, or of the address of its profile.
async fn resolved(c: &Context<'_>, typed: &str) -> Result<Option<Account>> {
    if typed.starts_with("https://") || typed.starts_with("http://") {
        return Ok(match resolve::by_url(c.app, typed).await? {
            Some(Resolved::Account(account)) => Some(*account),
            _ => None,
        });
    }
    let Some(asked) = acct::parse(typed) else { return Ok(None) };
    let domain = asked.domain.unwrap_or_else(|| c.app.primary().handle_domain);
    resolve::account_by_handle(c.app, &asked.username, &domain).await
}

/// What is typed into this field as an account, fetched again, or what to tell the person.
async fn named(c: &Context<'_>, name: &str) -> Result<std::result::Result<Account, Word>> {
    let typed = c.params.filled(name).unwrap_or("").trim();
    let found = async {
        match resolved(c, typed).await? {
            Some(found) => migrate::fresh(c.app, &found.uri).await.map(Some),
            None => Ok(None),
        }
    };
    match found.await {
        Ok(found) => Ok(found.ok_or(Word::NobodyThere)),
        Err(error @ Error::Internal(_)) => Err(error),
        Err(Error::Remote { is_silent: true, .. }) => Ok(Err(Word::NoAnswer)),
        // Whatever else the error of the remote server, the account is not found.
        Err(_) => Ok(Err(Word::NobodyThere)),
    }
}

async fn add(c: &Context<'_>, account: &Account) -> Result<Option<Word>> {
    match named(c, "alias").await? {
        Ok(other) if other.id != account.id => {
            services::migrate::alias(c.app, account, &other.uri, true).await?;
            Ok(None)
        }
        Ok(_) => Ok(Some(Word::NobodyThere)),
        Err(word) => Ok(Some(word)),
    }
}

async fn leave(c: &Context<'_>, account: &Account) -> Result<Option<Word>> {
    let target = match named(c, "target").await? {
        Ok(target) => target,
        Err(word) => return Ok(Some(word)),
    };
    Ok(match services::migrate::move_local(c.app, account, &target).await? {
        Ok(()) => None,
        Err(Refusal::NotNamed) => Some(Word::NotNamed),
        Err(Refusal::NoPlace) => Some(Word::NoPlace),
        Err(Refusal::TooSoon) => Some(Word::TooSoon),
    })
}
