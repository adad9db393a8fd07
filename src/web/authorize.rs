//! The consent page: <https://docs.joinmastodon.org/methods/oauth/#authorize>.

use maud::html;

use super::words::{Language, Word};
use super::{form, page, site_name};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::scope::Scopes;
use crate::model::user::User;
use crate::oauth::apps::OOB;
use crate::services;
use crate::store;
use crate::store::apps::Client;

/// Maximum bytes of a client's state, which is returned in a URL.
const MAX_STATE: usize = 4096;

/// An authorization request with a valid client and redirect URI.
struct Asked {
    client: Client,
    redirect_uri: String,
    scopes: Scopes,
    state: Option<String>,
    code_challenge: Option<String>,
}

/// Errors: `BadRequest` (a page, never a redirect) for whatever is wrong. Anybody may register a client, so a
/// redirect that nobody has consented to would make this server lead to any address (RFC 9700, section 4.11.2).
async fn read(c: &Context<'_>) -> Result<Asked> {
    let unknown = || Error::BadRequest(Language::of(c.request).say(Word::UnknownClient).into());
    let client_id = c.params.filled("client_id").ok_or_else(unknown)?;
    let client = store::load(&c.app.db, store::apps::by_client_id(client_id)).await?.ok_or_else(unknown)?;
    let redirect_uri = c.params.filled("redirect_uri").ok_or_else(unknown)?.to_owned();
    if !client.redirect_uris.contains(&redirect_uri) {
        return Err(unknown());
    }
    let state = c.params.text("state").map(str::to_owned);
    if state.as_ref().is_some_and(|state| state.len() > MAX_STATE) {
        return Err(Error::bad_request("The state is too long."));
    }
    let refuse = |why: &str| Err(Error::bad_request(why));
    if c.params.text("response_type") != Some("code") {
        return refuse("The authorization server does not support this response type.");
    }
    let allowed = Scopes::parse(&client.scopes).unwrap_or_default();
    let scopes = match Scopes::parse(c.params.text("scope").unwrap_or("")) {
        Some(scopes) if allowed.allow_all(&scopes) => scopes,
        _ => return refuse("The requested scope is invalid, unknown, or malformed."),
    };
    // As on Mastodon only S256, and it must be named, since the default of RFC 7636 is `plain`. A method
    // without a challenge means that somebody has removed the challenge.
    let code_challenge = c.params.text("code_challenge").map(str::to_owned);
    let method = c.params.text("code_challenge_method");
    if (code_challenge.is_some() || method.is_some()) && method != Some("S256") {
        return refuse("The code challenge method must be S256.");
    }
    if method.is_some() && !code_challenge.as_deref().is_some_and(services::grant::is_challenge) {
        return refuse("The code challenge must be the base64url of a SHA-256 hash.");
    }
    Ok(Asked { client, redirect_uri, scopes, state, code_challenge })
}

/// A redirect to the client, with parameters added to those of its URL.
fn back(redirect_uri: &str, parameters: &[(&str, &str)], state: Option<&str>) -> Response {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters);
    if let Some(state) = state {
        query.append_pair("state", state);
    }
    let joint = if redirect_uri.contains('?') { '&' } else { '?' };
    Response { status: 302, ..Response::default() }
        .with("Location", format!("{redirect_uri}{joint}{}", query.finish()))
        .with("Cache-Control", "no-store")
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    if !c.app.site().is_set_up {
        return Ok(Response::redirect("/setup"));
    }
    let asked = read(c).await?;
    let Some((_, account, secret)) = form::signed_in(c).await? else {
        let here = format!("{}?{}", c.path.to_text(), c.request.query);
        let next: String = url::form_urlencoded::byte_serialize(here.as_bytes()).collect();
        return Ok(Response::redirect(&format!("/sign_in?next={next}")));
    };
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let hidden = [
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
    ];
    let body = html! {
        h1 { (say(Word::Consent)) }
        div.card {
            p { strong { (asked.client.name) } @if let Some(website) = &asked.client.website { span.meta { " · " (website) } } }
            p.lead { (say(Word::ConsentMay)) ":" }
            ul.plain { @for scope in asked.scopes.iter() { li { (describe(scope, language)) } } }
        }
        p.meta { (say(Word::SignedInAs)) " @" (account.handle()) }
        form method="post" action="/oauth/authorize" {
            input type="hidden" name="form" value=(form::token(c.app, "consent", &secret));
            @for name in hidden {
                @if let Some(value) = c.params.text(name) { input type="hidden" name=(name) value=(value); }
            }
            button type="submit" name="decision" value="allow" { (say(Word::Allow)) }
            button.quiet type="submit" name="decision" value="deny" { (say(Word::Deny)) }
        }
        form method="post" action="/sign_out" {
            input type="hidden" name="form" value=(form::token(c.app, "sign out", &secret));
            button.quiet type="submit" { (say(Word::SignOut)) }
        }
    };
    let page = page(language, &site_name(c), say(Word::Consent), true, &body);
    // Chrome checks redirects after a form submission against form-action, and apps have custom schemes.
    let kept = Response { headers: page.headers.into_iter().take(1).collect(), ..page };
    Ok(super::secured(kept, false))
}

fn describe(scope: &str, language: Language) -> String {
    match scope {
        "read" => language.say(Word::ScopeRead).into(),
        "write" => language.say(Word::ScopeWrite).into(),
        "follow" => language.say(Word::ScopeFollow).into(),
        "push" => language.say(Word::ScopePush).into(),
        "profile" => language.say(Word::ScopeProfile).into(),
        other => other.to_owned(),
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let asked = read(c).await?;
    let language = Language::of(c.request);
    let expired = || Error::Forbidden(language.say(Word::FormExpired).into());
    let (user, _, secret) = form::signed_in(c).await?.ok_or_else(expired)?;
    if !form::is_valid(c.app, "consent", &secret, c.params.text("form").unwrap_or("")) {
        return Err(expired());
    }
    if c.params.text("decision") != Some("allow") {
        let why = "The resource owner or authorization server denied the request.";
        if asked.redirect_uri == OOB {
            return Err(Error::Forbidden(why.into()));
        }
        return Ok(back(
            &asked.redirect_uri,
            &[("error", "access_denied"), ("error_description", why)],
            asked.state.as_deref(),
        ));
    }
    grant(c, &user, asked, language).await
}

async fn grant(c: &Context<'_>, user: &User, asked: Asked, language: Language) -> Result<Response> {
    let code = services::grant::authorize(
        c.app,
        &asked.client,
        user,
        &asked.redirect_uri,
        &asked.scopes,
        asked.code_challenge,
    )
    .await?;
    if asked.redirect_uri == OOB {
        let title = language.say(Word::CodeTitle);
        let body = html! {
            h1 { (title) }
            p.lead { (asked.client.name) }
            code.code { (code) }
        };
        return Ok(page(language, &site_name(c), title, true, &body));
    }
    Ok(back(&asked.redirect_uri, &[("code", &code)], asked.state.as_deref()))
}
