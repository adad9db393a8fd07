//! The front page.

use maud::html;

use super::parts::account::avatar;
use super::words::{Language, Word};
use super::{form, page, settings, text};
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::site::host_of;
use crate::store;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let site = c.app.site();
    if !site.is_set_up {
        return Ok(Response::redirect("/setup"));
    }
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let signed_in = form::signed_in(c).await?;
    let contact = match site.contact_account_id {
        Some(id) => store::load(&c.app.db, store::accounts::by_id(id)).await?,
        None => None,
    };
    let body = html! {
        h1 { (site.title) }
        p.lead { @if site.description.is_empty() { (say(Word::AboutLead)) } @else { (site.description) } }
        div.card {
            p { (say(if c.app.config.is_https() { Word::AboutApps } else { Word::AboutLocal })) }
            span.code { (host_of(&c.app.home().web_origin)) }
            p.hint { (say(Word::AboutFollow)) }
        }
        @if let Some(contact) = contact {
            div.card.who {
                img src=(avatar(c, &contact)) alt="" width="58" height="58";
                div {
                    strong { a href=(contact.url) { (text::name(c, &contact)) } }
                    span.meta { "@" (contact.handle()) }
                }
            }
        }
        @if let Some((_, account, secret)) = signed_in {
            p.meta { (say(Word::SignedInAs)) " " a href=(account.url) { "@" (account.handle()) } }
            p { a href=(settings::HERE) { (say(Word::Settings)) } }
            form method="post" action="/sign_out" {
                input type="hidden" name="form" value=(form::token(c.app, "sign out", &secret));
                button.quiet type="submit" { (say(Word::SignOut)) }
            }
        } @else {
            p { a href="/sign_in" { (say(Word::SignIn)) } }
        }
        footer {
            p { @for one in Language::ALL { a href={ "?lang=" (one.code()) } lang=(one.code()) hreflang=(one.code()) { (one.name()) } " " } }
            p { "Sori " (crate::config::VERSION) }
        }
    };
    Ok(page(c, &site.title, false, &body))
}
