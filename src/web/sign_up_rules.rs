//! `/settings/sign-up-rules`: with which e-mail addresses and from which networks nobody signs up.

use maud::{Markup, html};

use super::form;
use super::invites::LASTS;
use super::page;
use super::parts::composer::{check, choice};
use super::parts::form::outcome;
use super::parts::time::minute;
use super::relays::is_operators_form;
use super::words::{Language, Word};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::page::Page;
use crate::model::role::Permission;
use crate::model::sign_up::IpSeverity;
use crate::services::sign_up_rules::{self as rules, TypedIp};
use crate::store;

pub const HERE: &str = "/settings/sign-up-rules";
const FORM: &str = "sign-up rules";
/// What is kept where the form is shown again.
const TYPED: [&str; 3] = ["domain", "network", "comment"];
/// Blocks of each kind that are listed; the API has all.
const SHOWN: usize = 200;

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, Permission::MANAGE_BLOCKS, HERE, &TYPED).await? {
        Ok((_, _, secret)) => answer(c, &secret, None).await,
        Err(response) => Ok(response),
    }
}

fn severity(severity: IpSeverity) -> Word {
    match severity {
        IpSeverity::RequiresApproval => Word::IpApproval,
        IpSeverity::NoSignUp => Word::IpNoSignUp,
        IpSeverity::NoAccess => Word::IpNoAccess,
    }
}

/// A list of blocks, each with the button that ends it, and the form for another one.
fn part(
    title: &str,
    hidden: &Markup,
    lines: &[(Id, Markup)],
    end: (&str, &str),
    fields: &Markup,
    add: (&str, &str),
) -> Markup {
    html! {
        h2 { (title) }
        @if !lines.is_empty() {
            form method="post" action=(HERE) {
                (hidden)
                ul.plain { @for (id, line) in lines { li {
                    span { (line) }
                    button.quiet type="submit" name=(end.0) value=(id) { (end.1) }
                } } }
            }
        }
        form method="post" action=(HERE) { (hidden) (fields) button type="submit" name="do" value=(add.0) { (add.1) } }
    }
}

async fn answer(c: &Context<'_>, secret: &str, wrong: Option<Word>) -> Result<Response> {
    let say = |word| Language::of(c.request).say(word);
    let first = Page::first(SHOWN);
    let parts = (
        store::email_blocks::domains(&first),
        store::email_blocks::canonical(&first),
        store::ip_blocks::page(&first),
    );
    let (domains, addresses, networks) = store::load(&c.app.db, parts).await?;
    let hidden = html! { input type="hidden" name="form" value=(form::token(c.app, FORM, secret)); };
    let typed = |name: &str| c.params.text(name).unwrap_or("");
    let field = |name: &str, label: Word, most: usize, example: &str, is_required: bool| {
        html! {
            label for=(name) { (say(label)) }
            input id=(name) name=(name) value=(typed(name)) required[is_required] maxlength=(most) placeholder=(example) autocapitalize="none" spellcheck="false";
        }
    };
    let domains: Vec<(Id, Markup)> = domains
        .iter()
        .map(|b| (b.id, html! { (b.domain) @if b.allows_with_approval { span.hint { " " (say(Word::RulesAllows)) } } }))
        .collect();
    let addresses: Vec<(Id, Markup)> =
        addresses.iter().map(|(id, hash)| (*id, html! { code.whole { (hash) } })).collect();
    let networks: Vec<(Id, Markup)> = networks
        .iter()
        .map(|b| {
            (
                b.id,
                html! {
                    (b.rule.network.to_text()) " · " (say(severity(b.rule.severity)))
                    @if let Some(at) = b.rule.expires_at { " · " (say(Word::Until)) " " (minute(c, at)) }
                    @if !b.comment.is_empty() { span.hint dir="auto" { " " (b.comment) } }
                },
            )
        })
        .collect();
    let of_domain = html! {
        (field("domain", Word::RulesDomain, 253, "mail.example", true))
        (check("allows", say(Word::RulesAllows), !typed("allows").is_empty()))
    };
    let of_network = html! {
        (field("network", Word::RulesNetwork, 50, "192.0.2.0/24", true))
        (choice("severity", say(Word::RulesSeverity), &IpSeverity::ALL.map(|s| (s.as_str(), say(severity(s)))), typed("severity")))
        (choice("lasts", say(Word::Lasts), &LASTS.map(|(value, word)| (value, say(word))), typed("lasts")))
        (field("comment", Word::InviteComment, 200, "", false))
    };
    let (end, add) = (say(Word::Remove), say(Word::KeepOut));
    let body = html! {
        h1 { (say(Word::SignUpRules)) }
        p.lead { (say(Word::SignUpRulesLead)) }
        (outcome(c, wrong))
        (part(say(Word::RulesProviders), &hidden, &domains, ("end_domain", end), &of_domain, ("domain", add)))
        (part(say(Word::RulesAddresses), &hidden, &addresses, ("end_email", end), &field("email", Word::RulesEmail, 320, "", true), ("email", add)))
        (part(say(Word::RulesNetworks), &hidden, &networks, ("end_network", end), &of_network, ("network", add)))
    };
    Ok(page(c, say(Word::SignUpRules), true, &body).status(if wrong.is_some() { 422 } else { 200 }))
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let (_, account, secret) = match form::staff(c, Permission::MANAGE_BLOCKS, HERE, &TYPED).await? {
        Ok(found) => found,
        Err(response) => return Ok(response),
    };
    if !is_operators_form(c, FORM, &secret) {
        return Ok(answer(c, &secret, Some(Word::FormExpired)).await?.status(403));
    }
    let text = |name: &str| c.params.text(name).unwrap_or("");
    let id = |name: &str| c.params.text(name).and_then(Id::parse);
    let done = match (id("end_domain"), id("end_email"), id("end_network"), text("do")) {
        (Some(id), ..) => rules::unblock_email_domain(c.app, &account, id).await,
        (_, Some(id), ..) => rules::unblock_email(c.app, &account, id).await,
        (_, _, Some(id), _) => rules::unblock_ip(c.app, &account, id).await,
        (.., "domain") => {
            let allows = c.params.filled("allows").is_some();
            rules::block_email_domain(c.app, &account, text("domain"), allows).await.map(|_| ())
        }
        (.., "email") => rules::block_email(c.app, &account, text("email")).await.map(|_| ()),
        (.., "network") => {
            let typed = TypedIp {
                network: text("network").to_owned(),
                severity: text("severity").to_owned(),
                comment: text("comment").to_owned(),
                lasts: text("lasts").parse().ok(),
            };
            rules::block_ip(c.app, &account, &typed, c.request.address()).await.map(|_| ())
        }
        _ => Err(Error::NotFound),
    };
    match done {
        Ok(()) => Ok(Response::redirect(&format!("{HERE}?saved=1"))),
        Err(error) if error.status() == 422 => answer(c, &secret, Some(Word::RulesWrong)).await,
        Err(error) => Err(error),
    }
}
