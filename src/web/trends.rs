//! `/settings/trends`: what is much talked about, what staff says of it, and the settings of a hashtag.

use maud::{Markup, html};

use super::form;
use super::page;
use super::parts::composer::check;
use super::parts::form::outcome;
use super::words::{Language, Word};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::role::Permission;
use crate::model::status::StatusView;
use crate::model::tag::{Change, Rule, number};
use crate::model::trend::{Kind, Review, Reviewed, Shown};
use crate::services;
use crate::store;
use crate::store::trends::Link;
use crate::text::excerpt::{excerpt, line};
use crate::text::hashtags;

pub const HERE: &str = "/settings/trends";
const FORM: &str = "trends";
const PERMISSION: Permission = Permission::MANAGE_TAXONOMIES;
/// Of each kind.
const SHOWN: usize = 40;
const MAX_TEXT: usize = 200;
const MAX_URL: usize = 120;

/// What is decided about something, in words.
fn said(decision: Option<bool>) -> Word {
    match decision {
        None => Word::TrendUndecided,
        Some(true) => Word::TrendApproved,
        Some(false) => Word::TrendRefused,
    }
}

/// The page of a hashtag's settings.
fn settings_of(name: &str) -> String {
    let name: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
    format!("{HERE}?tag={name}")
}

/// The form by which one decides about something: what it is, and its key.
struct Buttons<'a> {
    token: &'a str,
    language: Language,
}

impl Buttons<'_> {
    fn of(&self, kind: &str, key: &str, words: [Word; 2]) -> Markup {
        let [approve, reject] = words.map(|word| self.language.say(word));
        html! {
            form method="post" action=(HERE) {
                input type="hidden" name="form" value=(self.token);
                input type="hidden" name="kind" value=(kind);
                input type="hidden" name="key" value=(key);
                button.quiet type="submit" name="do" value="approve" { (approve) }
                " "
                button.quiet type="submit" name="do" value="reject" { (reject) }
            }
        }
    }
}

const ITEM: [Word; 2] = [Word::TrendApprove, Word::TrendReject];
const AUTHOR: [Word; 2] = [Word::TrendApproveAuthor, Word::TrendRejectAuthor];
const SITE: [Word; 2] = [Word::TrendApproveSite, Word::TrendRejectSite];

fn post(view: &StatusView, decision: Option<bool>, buttons: &Buttons<'_>) -> Markup {
    let (status, account) = (&view.status, &view.account);
    let text = excerpt(&status.content, MAX_TEXT);
    html! { li {
        a href={ "/@" (account.handle()) "/" (status.id) } dir="auto" { @if text.is_empty() { (status.id) } @else { (text) } }
        p.hint { "@" (account.handle()) " · " (buttons.language.say(said(decision))) }
        (buttons.of("status", &status.id.to_string(), ITEM))
        (buttons.of("account", &account.id.to_string(), AUTHOR))
    } }
}

fn link(link: &Link, buttons: &Buttons<'_>) -> Markup {
    let card = link.found.as_ref().and_then(|found| found.card.as_ref());
    let host = services::trends::host(&link.url).unwrap_or_default();
    html! { li {
        @if let Some(card) = card { strong dir="auto" { (line(&card.title, MAX_TEXT)) } br; }
        (line(&link.url, MAX_URL))
        p.hint { (buttons.language.say(said(link.decision))) }
        (buttons.of("link", &link.url, ITEM))
        @if !host.is_empty() { (buttons.of("publisher", &host, SITE)) }
    } }
}

fn site(review: &Review, buttons: &Buttons<'_>) -> Markup {
    html! { li {
        (review.key)
        p.hint { (buttons.language.say(said(Some(review.is_trendable)))) }
        (buttons.of("publisher", &review.key, SITE))
    } }
}

/// The form of one hashtag, by its normalised name.
fn settings(name: &str, rule: &Rule, needs_review: bool, buttons: &Buttons<'_>) -> Markup {
    let say = |word| buttons.language.say(word);
    html! {
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(buttons.token);
            input type="hidden" name="key" value=(name);
            h3 dir="auto" { "#" (name) }
            label for="display_name" { (say(Word::TagDisplayName)) }
            input id="display_name" name="display_name" value=(rule.display_name.as_deref().unwrap_or(name)) maxlength="100" dir="auto" autocapitalize="none" spellcheck="false";
            (check("usable", say(Word::TagUsable), rule.is_usable))
            (check("listable", say(Word::TagListable), rule.is_listable))
            (check("trendable", say(Word::TagTrendable), rule.is_trendable.unwrap_or(!needs_review)))
            button type="submit" name="do" value="tag" { (say(Word::Save)) }
        }
    }
}

async fn answer(c: &Context<'_>, (viewer, secret): (Id, &str), wrong: Option<Word>) -> Result<Response> {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let needs_review = c.app.site().trends_need_review;
    let asked = c.params.filled("tag").or_else(|| c.params.filled("key").filter(|_| wrong.is_some()));
    let asked = asked.map(|typed| hashtags::normalise(typed.trim_start_matches(['#', '＃'])));
    let asked: Vec<String> = asked.into_iter().filter(|name| hashtags::is_name(name)).collect();
    let parts = (
        (store::trends::tags(Some(viewer), Shown::All, SHOWN, 0), store::trends::decisions(Kind::Tag)),
        store::trends::statuses(Some(viewer), Shown::All, SHOWN, 0),
        store::trends::decisions(Kind::Status),
        store::trends::links(Shown::All, SHOWN, 0),
        (store::tag_rules::all(), store::trends::reviews("publisher")),
        (!asked.is_empty()).then(|| store::tag_rules::of(&asked)),
    );
    let ((tags, tag_decisions), statuses, decisions, links, (rules, sites), rule) =
        store::load(&c.app.db, parts).await?;
    let decided = |all: &[(String, Option<bool>)], key: &str| {
        all.iter().find(|(known, _)| known == key).and_then(|(_, said)| *said)
    };
    let rule = rule.unwrap_or_default().into_iter().next().map(|(_, rule)| rule).unwrap_or_default();
    let token = form::token(c.app, FORM, secret);
    let buttons = Buttons { token: &token, language };
    let body = html! {
        h1 { (say(Word::TrendsReview)) }
        p.lead { (say(Word::TrendsReviewLead)) }
        (outcome(c, wrong))
        form method="post" action=(HERE) {
            input type="hidden" name="form" value=(token);
            (check("review", say(Word::TrendsNeedReview), needs_review))
            button.quiet type="submit" name="do" value="review" { (say(Word::Save)) }
        }
        h2 { (say(Word::TagSettings)) }
        form method="get" action=(HERE) {
            label for="tag" { (say(Word::TagName)) }
            input id="tag" name="tag" value=(asked.first().map_or("", String::as_str)) maxlength="100" dir="auto" autocapitalize="none" spellcheck="false";
            button.quiet type="submit" { (say(Word::Search)) }
        }
        @if let Some(name) = asked.first() { (settings(name, &rule, needs_review, &buttons)) }
        h2 { (say(Word::SearchHashtags)) }
        @if tags.is_empty() { p.lead { (say(Word::NothingTrends)) } }
        ul.plain { @for tag in &tags { li {
            a href=(settings_of(&tag.name)) dir="auto" { "#" (tag.name) }
            p.hint { (say(said(decided(&tag_decisions, &tag.name)))) }
            (buttons.of("tag", &tag.name, ITEM))
        } } }
        @if !statuses.is_empty() {
            h2 { (say(Word::PostsTab)) }
            ul.plain { @for view in &statuses { (post(view, decided(&decisions, &view.status.id.to_string()), &buttons)) } }
        }
        @if !links.is_empty() {
            h2 { (say(Word::TrendingLinks)) }
            ul.plain { @for one in &links { (link(one, &buttons)) } }
        }
        @if !rules.is_empty() {
            h2 { (say(Word::TagsDecided)) }
            ul.plain { @for (name, _) in &rules { li { a href=(settings_of(name)) dir="auto" { "#" (name) } } } }
        }
        @if !sites.is_empty() {
            h2 { (say(Word::SitesDecided)) }
            ul.plain { @for one in &sites { (site(one, &buttons)) } }
        }
    };
    Ok(page(c, say(Word::TrendsReview), true, &body).status(if wrong.is_some() { 422 } else { 200 }))
}

pub async fn show(c: &Context<'_>) -> Result<Response> {
    match form::staff(c, PERMISSION, HERE, &["tag"]).await? {
        Ok((_, account, secret)) => answer(c, (account.id, &secret), None).await,
        Err(response) => Ok(response),
    }
}

/// Decides about one item.
async fn decide(c: &Context<'_>, by: &Account, may_trend: bool) -> Result<()> {
    let key = c.params.filled("key").ok_or(Error::NotFound)?;
    let id = || Id::parse(key).ok_or(Error::NotFound);
    match c.params.text("kind").unwrap_or("") {
        "tag" => {
            let change = Change { is_trendable: Some(may_trend), ..Change::default() };
            services::trends::change_tag(c.app, by, &name_of(key)?, &change).await
        }
        "status" => {
            let view = services::trends::status(c.app, by, id()?).await?;
            services::trends::review(c.app, by, Reviewed::Status(view.status.id), may_trend).await
        }
        "account" => services::trends::review(c.app, by, Reviewed::Account(id()?), may_trend).await,
        // Only of what is there: a form has no other.
        "link" => {
            let url = services::trends::link(c.app, number(key)).await?;
            services::trends::review(c.app, by, Reviewed::Link(&url), may_trend).await
        }
        "publisher" => {
            let host = services::trends::host(key)?;
            services::trends::review(c.app, by, Reviewed::Publisher(&host), may_trend).await
        }
        _ => Err(Error::NotFound),
    }
}

fn name_of(key: &str) -> Result<String> {
    let name = hashtags::normalise(key);
    if hashtags::is_name(key) && !name.is_empty() { Ok(name) } else { Err(Error::NotFound) }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let (_, account, secret) = match form::staff_sender(c, PERMISSION, FORM, HERE).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let is_on = |name: &str| c.params.filled(name).is_some();
    let done = match c.params.text("do").unwrap_or("") {
        "approve" => decide(c, &account, true).await,
        "reject" => decide(c, &account, false).await,
        "review" => services::trends::set_review(c.app, &account, is_on("review")).await,
        "tag" => {
            let change = Change {
                display_name: c.params.filled("display_name").map(str::to_owned),
                is_usable: Some(is_on("usable")),
                is_listable: Some(is_on("listable")),
                is_trendable: Some(is_on("trendable")),
            };
            let name = name_of(c.params.text("key").unwrap_or(""))?;
            services::trends::change_tag(c.app, &account, &name, &change).await
        }
        _ => Err(Error::NotFound),
    };
    match done {
        Ok(()) => Ok(Response::redirect(&format!("{HERE}?saved=1"))),
        Err(Error::Unprocessable(_)) => answer(c, (account.id, &secret), Some(Word::TagWrong)).await,
        Err(error) => Err(error),
    }
}
