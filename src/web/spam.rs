//! `/settings/spam`: rules against spam, by words and by the hosts of links.

use maud::{Markup, html};

use super::parts::composer::{check, choice};
use super::parts::form::{outcome, token};
use super::parts::time::minute;
use super::words::{Language, Plural, Word};
use super::{form, held, page};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::id::Id;
use crate::model::role::Permission;
use crate::model::spam::{Action, Kind};
use crate::services::spam::{self, MAX_DAYS, MAX_TEXT, Typed};
use crate::store;
use crate::store::spam_rules::Counted;

pub const HERE: &str = "/settings/spam";
const FORM: &str = "spam";
const PERMISSION: Permission = Permission::MANAGE_BLOCKS;
/// What is kept where the form is shown again.
const TYPED: [&str; 1] = ["text"];

fn action(action: Action) -> Word {
    match action {
        Action::Limit => Word::SpamLimit,
        Action::Hold => Word::SpamHold,
        Action::Refuse => Word::SpamRefuse,
    }
}

fn kind(kind: Kind) -> Word {
    match kind {
        Kind::Word => Word::SpamWord,
        Kind::Host => Word::SpamHost,
    }
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, PERMISSION, HERE, &TYPED).await? {
        Ok((user, _, secret)) => answer(c, &secret, c.app.may(&user, held::PERMISSION), None).await,
        Err(response) => Ok(response),
    }
}

fn line(c: &Context<'_>, one: &Counted, language: Language) -> Markup {
    let say = |word| language.say(word);
    let rule = &one.rule;
    let places = [(rule.is_for_sign_ups, Word::SpamForSignUps), (rule.is_for_posts, Word::SpamForPosts)];
    html! { li {
        span {
            strong dir="auto" { (rule.text) }
            span.hint {
                " " (say(kind(rule.kind))) " · " (say(action(rule.action)))
                @for (_, word) in places.iter().filter(|(is, _)| *is) { " · " (say(*word)) }
                " · " (language.count(one.matches, Plural::SpamMatches))
                @if let Some(at) = one.last_at { " · " (minute(c, at)) }
            }
        }
        button.quiet type="submit" name="remove" value=(rule.id) aria-label={ (say(Word::Remove)) ": " (rule.text) } { (say(Word::Remove)) }
    } }
}

async fn answer(c: &Context<'_>, secret: &str, sees_held: bool, wrong: Option<Word>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let rules = store::load(&c.app.db, store::spam_rules::all()).await?;
    let days = c.app.site().spam.young_days;
    let hidden = token(c, FORM, secret);
    let typed = |name: &str| c.params.text(name).unwrap_or("");
    // Before anything is typed a rule is for strangers' posts, which wait.
    let is_on = |name: &str, at_first: bool| if wrong.is_some() { !typed(name).is_empty() } else { at_first };
    let chosen = |name: &str, at_first| c.params.filled(name).unwrap_or(at_first).to_owned();
    let body = html! {
        h1 { (say(Word::Spam)) }
        p.lead { (say(Word::SpamLead)) }
        @if sees_held { p.meta.ways { a href=(held::HERE) { (say(Word::Held)) } } }
        (outcome(c, wrong))
        @if !rules.is_empty() {
            form method="post" action=(HERE) { (hidden) ul.plain { @for one in &rules { (line(c, one, language)) } } }
        }
        h2 { (say(Word::SpamAdd)) }
        form method="post" action=(HERE) {
            (hidden)
            (choice("kind", say(Word::SpamKind), &Kind::ALL.map(|one| (one.as_str(), say(kind(one)))), &chosen("kind", "word")))
            label for="text" { (say(Word::SpamText)) }
            input id="text" name="text" value=(typed("text")) required maxlength=(MAX_TEXT) dir="auto" autocapitalize="none" spellcheck="false" aria-describedby="text-hint";
            p.hint id="text-hint" { (say(Word::SpamTextHint)) }
            (check("posts", say(Word::SpamForPosts), is_on("posts", true)))
            (check("sign_ups", say(Word::SpamForSignUps), is_on("sign_ups", false)))
            (choice("action", say(Word::SpamAction), &Action::ALL.map(|one| (one.as_str(), say(action(one)))), &chosen("action", "hold")))
            button type="submit" name="do" value="add" { (say(Word::Add)) }
        }
        h2 { (say(Word::SpamYoung)) }
        form method="post" action=(HERE) {
            (hidden)
            label for="days" { (say(Word::SpamDays)) }
            input id="days" name="days" type="number" min="0" max=(MAX_DAYS) value=(days) required aria-describedby="days-hint";
            p.hint id="days-hint" { (say(Word::SpamDaysHint)) }
            button.quiet type="submit" name="do" value="days" { (say(Word::Save)) }
        }
    };
    Ok(page(c, say(Word::Spam), true, &body).status(if wrong.is_some() { 422 } else { 200 }))
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let (user, account, secret) = match form::staff_sender(c, PERMISSION, FORM, HERE).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let text = |name: &str| c.params.text(name).unwrap_or("");
    let done = match (c.params.text("remove").and_then(Id::parse), text("do")) {
        (Some(id), _) => spam::remove(c.app, &account, id).await,
        (_, "add") => {
            let typed = Typed {
                kind: Kind::parse(text("kind")).unwrap_or_default(),
                text: text("text"),
                is_for_sign_ups: c.params.filled("sign_ups").is_some(),
                is_for_posts: c.params.filled("posts").is_some(),
                action: Action::parse(text("action")).unwrap_or_default(),
            };
            spam::add(c.app, &account, &typed).await
        }
        (_, "days") => spam::set_young_days(c.app, &account, text("days").trim().parse().unwrap_or(-1)).await,
        _ => Err(Error::NotFound),
    };
    match done {
        Ok(()) => Ok(Response::redirect(&format!("{HERE}?saved=1"))),
        Err(Error::Unprocessable(_)) => {
            let word = if text("do") == "days" { Word::SpamNumberWrong } else { Word::SpamWrong };
            answer(c, &secret, c.app.may(&user, held::PERMISSION), Some(word)).await
        }
        Err(error) => Err(error),
    }
}
