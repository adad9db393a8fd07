//! The consent page: <https://docs.joinmastodon.org/methods/oauth/#authorize>.

use maud::html;

use super::form::sign_in_first;
use super::words::{Language, Word};
use super::{Frame, form, framed, page};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::scope::Scopes;
use crate::model::user::User;
use crate::oauth::apps::OOB;
use crate::services;
use crate::store;
use crate::store::apps::Client;

const HERE: &str = "/oauth/authorize";
/// Maximum bytes of a client's state, which is returned in a URL.
const MAX_STATE: usize = 4096;

/// The parameters of a request that its form carries on.
const CARRIED: [&str; 7] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

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
    let wrong = |word| Error::BadRequest(Language::of(c.request).say(word).into());
    let unknown = || wrong(Word::UnknownClient);
    let client_id = c.params.filled("client_id").ok_or_else(unknown)?;
    let client = store::load(&c.app.db, store::apps::by_client_id(client_id)).await?.ok_or_else(unknown)?;
    let redirect_uri = c.params.filled("redirect_uri").ok_or_else(unknown)?.to_owned();
    if !client.redirect_uris.contains(&redirect_uri) {
        return Err(unknown());
    }
    let unsupported = || Err(wrong(Word::BadAppRequest));
    let state = c.params.text("state").map(str::to_owned);
    if state.as_ref().is_some_and(|state| state.len() > MAX_STATE) {
        return unsupported();
    }
    if c.params.text("response_type") != Some("code") {
        return unsupported();
    }
    let allowed = Scopes::parse(&client.scopes).unwrap_or_default();
    let scopes = match Scopes::parse(c.params.text("scope").unwrap_or("")) {
        Some(scopes) if allowed.allow_all(&scopes) => scopes,
        _ => return Err(wrong(Word::BadScope)),
    };
    // As on Mastodon only S256, and it must be named, since the default of RFC 7636 is `plain`. A method
    // without a challenge means that somebody has removed the challenge.
    let code_challenge = c.params.text("code_challenge").map(str::to_owned);
    let method = c.params.text("code_challenge_method");
    let is_proof =
        method == Some("S256") && code_challenge.as_deref().is_some_and(services::grant::is_challenge);
    if (code_challenge.is_some() || method.is_some()) && !is_proof {
        return unsupported();
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
    let Some((user, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &CARRIED));
    };
    answer(c, &asked, &(user, account), &secret, None).await
}

async fn answer(
    c: &Context<'_>,
    asked: &Asked,
    (user, account): &(User, Account),
    secret: &str,
    wrong: Option<Word>,
) -> Result<Response> {
    let identities = store::load(&c.app.db, store::users::identities(user.person)).await?;
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let body = html! {
        h1 { (say(Word::Consent)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        div.card {
            p { strong { (asked.client.name) } @if let Some(website) = &asked.client.website { span.meta { " · " (website) } } }
            p.lead { (say(Word::ConsentMay)) ":" }
            ul.plain { @for scope in asked.scopes.iter() { li { (say(describe(scope))) } } }
        }
        @if identities.len() < 2 { p.meta { (say(Word::SignedInAs)) " @" (account.handle()) } }
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(form::token(c.app, "consent", secret));
            @if identities.len() > 1 {
                fieldset {
                    legend { (say(Word::ChooseIdentity)) }
                    @for (_, identity) in &identities {
                        label.check {
                            input type="radio" name="identity" value=(identity.id) checked[identity.id == account.id];
                            " @" (identity.handle())
                        }
                    }
                }
            }
            @for name in CARRIED {
                @if let Some(value) = c.params.text(name) { input type="hidden" name=(name) value=(value); }
            }
            button type="submit" name="decision" value="allow" { (say(Word::Allow)) }
            button.quiet type="submit" name="decision" value="deny" { (say(Word::Deny)) }
        }
        form method="post" action="/sign_out" {
            input type="hidden" name="form" value=(form::token(c.app, "sign out", secret));
            // Another account may sign in for the app.
            input type="hidden" name="next" value=(form::address(c, HERE, &CARRIED));
            button.quiet type="submit" { (say(Word::SignOut)) }
        }
    };
    let frame =
        Frame { title: say(Word::Consent), is_narrow: true, is_without_script: true, ..Frame::default() };
    let page = framed(c, &frame, &body);
    // Chrome checks redirects after a form submission against form-action, and apps have custom schemes.
    let kept = Response { headers: page.headers.into_iter().take(1).collect(), ..page };
    Ok(super::secured(kept, false))
}

/// What a scope allows.
pub(super) fn describe(scope: &str) -> Word {
    match scope {
        "read" => Word::ScopeRead,
        "write" => Word::ScopeWrite,
        "follow" => Word::ScopeFollow,
        "push" => Word::ScopePush,
        "profile" => Word::ScopeProfile,
        "read:accounts" => Word::ReadAccounts,
        "read:blocks" => Word::ReadBlocks,
        "read:bookmarks" => Word::ReadBookmarks,
        "read:collections" => Word::ReadCollections,
        "read:favourites" => Word::ReadFavourites,
        "read:filters" => Word::ReadFilters,
        "read:follows" => Word::ReadFollows,
        "read:lists" => Word::ReadLists,
        "read:mutes" => Word::ReadMutes,
        "read:notifications" => Word::ReadNotifications,
        "read:search" => Word::ReadSearch,
        "read:statuses" => Word::ReadStatuses,
        "write:accounts" => Word::WriteAccounts,
        "write:blocks" => Word::WriteBlocks,
        "write:bookmarks" => Word::WriteBookmarks,
        "write:collections" => Word::WriteCollections,
        "write:conversations" => Word::WriteConversations,
        "write:favourites" => Word::WriteFavourites,
        "write:filters" => Word::WriteFilters,
        "write:follows" => Word::WriteFollows,
        "write:lists" => Word::WriteLists,
        "write:media" => Word::WriteMedia,
        "write:mutes" => Word::WriteMutes,
        "write:notifications" => Word::WriteNotifications,
        "write:reports" => Word::WriteReports,
        "write:statuses" => Word::WriteStatuses,
        "admin:read" => Word::AdminRead,
        "admin:read:accounts" => Word::AdminReadAccounts,
        "admin:read:reports" => Word::AdminReadReports,
        "admin:read:domain_allows" => Word::AdminReadDomainAllows,
        "admin:read:domain_blocks" => Word::AdminReadDomainBlocks,
        "admin:read:ip_blocks" => Word::AdminReadIpBlocks,
        "admin:read:email_domain_blocks" => Word::AdminReadEmailBlocks,
        "admin:read:canonical_email_blocks" => Word::AdminReadAddressBlocks,
        "admin:write" => Word::AdminWrite,
        "admin:write:accounts" => Word::AdminWriteAccounts,
        "admin:write:reports" => Word::AdminWriteReports,
        "admin:write:domain_allows" => Word::AdminWriteDomainAllows,
        "admin:write:domain_blocks" => Word::AdminWriteDomainBlocks,
        "admin:write:ip_blocks" => Word::AdminWriteIpBlocks,
        "admin:write:email_domain_blocks" => Word::AdminWriteEmailBlocks,
        "admin:write:canonical_email_blocks" => Word::AdminWriteAddressBlocks,
        _ => Word::ScopeOther,
    }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let asked = read(c).await?;
    let language = Language::of(c.request);
    let Some((user, account, secret)) = form::signed_in(c).await? else {
        return Ok(sign_in_first(c, HERE, &CARRIED));
    };
    if !form::is_valid(c.app, "consent", &secret, c.params.text("form").unwrap_or("")) {
        let expired = Some(Word::FormExpired);
        return Ok(answer(c, &asked, &(user, account), &secret, expired).await?.status(403));
    }
    if c.params.text("decision") != Some("allow") {
        if asked.redirect_uri == OOB {
            let say = |word| language.say(word);
            let body = html! {
                h1 { (say(Word::Refuses)) }
                p.lead { (say(Word::RefusesLead)) }
            };
            return Ok(page(c, say(Word::Refuses), true, &body).status(403));
        }
        // Read by the app.
        let why = "The resource owner or authorization server denied the request.";
        return Ok(back(
            &asked.redirect_uri,
            &[("error", "access_denied"), ("error_description", why)],
            asked.state.as_deref(),
        ));
    }
    // The chosen identity, where it is one of the same person.
    let chosen = match c.params.filled("identity").map(Id::parse) {
        Some(Some(id)) if id != account.id => {
            let identities = store::load(&c.app.db, store::users::identities(user.person)).await?;
            identities.into_iter().find(|(_, identity)| identity.id == id).map(|(user, _)| user)
        }
        Some(None) => None,
        _ => Some(user),
    };
    grant(c, &chosen.ok_or(Error::NotFound)?, asked, language).await
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
        return Ok(page(c, title, true, &body));
    }
    Ok(back(&asked.redirect_uri, &[("code", &code)], asked.state.as_deref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_has_its_own_words() {
        let all = crate::model::scope::all();
        let mut said: Vec<&str> = all.iter().map(|scope| Language::En.say(describe(scope))).collect();
        said.sort_unstable();
        said.dedup();
        assert_eq!(said.len(), all.len());
        assert!(!said.contains(&Language::En.say(Word::ScopeOther)));
    }
}
