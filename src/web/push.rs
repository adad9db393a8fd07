//! `/settings/notifications`: push messages to this browser, and of what. What becomes of notifications at all is set at
//! `/notifications/requests`.

use maud::html;

use super::form::{self, Session, sign_in_first};
use super::parts::composer::choice;
use super::words::{Language, Word};
use super::{Frame, framed, notification_requests};
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::push::{PushPolicy, Subscription, Wishes};
use crate::model::role::Permission;
use crate::services::{grant, keys};
use crate::store;
use crate::store::push::Holder;
use crate::webpush::subscribe::{Given, key_of_browser, subscribe};

pub const HERE: &str = "/settings/notifications";
const FORM: &str = "push";

/// What can be chosen: the name of the field, and the types of alerts that it has.
const CHOICES: [(&str, Word, &[&str]); 8] = [
    ("mention", Word::Mentions, &["mention", "quote"]),
    ("favourite", Word::FavouritesTab, &["favourite"]),
    ("reblog", Word::BoostsTab, &["reblog"]),
    ("follow", Word::FollowsTab, &["follow", "follow_request"]),
    ("status", Word::PostsTab, &["status", "update", "quoted_update"]),
    ("poll", Word::PollsTab, &["poll"]),
    ("collection", Word::Collections, &["added_to_collection", "collection_update"]),
    OF_OPERATORS,
];
const OF_OPERATORS: (&str, Word, &[&str]) =
    ("admin", Word::PushOfOperators, &["admin.sign_up", "admin.report"]);

const POLICIES: [(PushPolicy, Word); 4] = [
    (PushPolicy::All, Word::PushFromAll),
    (PushPolicy::Followed, Word::PushFromFollowed),
    (PushPolicy::Follower, Word::PushFromFollowers),
    (PushPolicy::None, Word::PushFromNobody),
];

pub async fn show(c: &Context<'_>) -> Result<Response> {
    let known = form::session_secret(c).map(|secret| store::push::of_session(grant::hash(&secret)));
    let (session, subscription) = form::signed_in_with(c, known).await?;
    let Some(session) = session else { return Ok(sign_in_first(c, HERE, &[])) };
    // A server that was set up before there were push messages has no key yet.
    keys::keep_vapid(c.app).await?;
    Ok(answer(c, &session, subscription.flatten().as_ref(), None))
}

fn answer(
    c: &Context<'_>,
    session: &Session,
    subscription: Option<&Subscription>,
    wrong: Option<Word>,
) -> Response {
    let language = Language::of(c.request);
    let say = |word| language.say(word);
    let (user, _, secret) = session;
    let site = c.app.site();
    let is_saved = wrong.is_none() && c.params.filled("saved").is_some();
    let wishes = subscription.map(|subscription| &subscription.wishes);
    // Who turns it on wants all of it, until they say otherwise.
    let wants = |alerts: &[&str]| wishes.is_none_or(|w| alerts.iter().any(|alert| w.alerts.contains(alert)));
    let is_offered = |name: &str| name != OF_OPERATORS.0 || c.app.may(user, Permission::MANAGE_REPORTS);
    let policies = POLICIES.map(|(policy, word)| (policy.as_str(), say(word)));
    let policy = wishes.map_or(PushPolicy::All, |wishes| wishes.policy);
    let chosen = html! {
        input type="hidden" name="form" value=(form::token(c.app, FORM, secret));
        fieldset {
            legend { (say(Word::PushOf)) }
            @for (name, word, alerts) in CHOICES.into_iter().filter(|(name, ..)| is_offered(name)) {
                label.check { input type="checkbox" name=(name) value="1" checked[wants(alerts)]; span { (say(word)) } }
            }
        }
        (choice("policy", say(Word::PushFrom), &policies, policy.as_str()))
    };
    let body = html! {
        h1 { (say(Word::PushTitle)) }
        p.lead { (say(Word::PushLead)) }
        @if let Some(wrong) = wrong { p.error role="alert" { (say(wrong)) } }
        @if is_saved { p role="status" { (say(Word::Saved)) } }
        @if subscription.is_some() {
            form method="post" action=(HERE) {
                (chosen)
                button type="submit" name="do" value="change" { (say(Word::Save)) }
                " "
                button.quiet type="submit" name="do" value="end" { (say(Word::PushEnd)) }
            }
        } @else {
            p.card.without-push { (say(Word::PushWithoutScript)) }
            form method="post" action=(HERE) data-push=(site.push_key()) data-denied=(say(Word::PushDenied)) data-failed=(say(Word::PushFailed)) {
                (chosen)
                input type="hidden" name="do" value="subscribe";
                @for name in ["endpoint", "p256dh", "auth"] { input type="hidden" name=(name) value=""; }
                button type="button" hidden { (say(Word::PushBegin)) }
            }
        }
        p { a href=(notification_requests::HERE) { (say(Word::NotificationPolicy)) } }
    };
    let frame =
        Frame { title: say(Word::PushTitle), is_narrow: true, registers_worker: true, ..Frame::default() };
    framed(c, &frame, &body)
}

/// What is chosen in the form.
fn wishes(c: &Context<'_>) -> Wishes {
    let has = |name: &str| c.params.filled(name).is_some();
    let alerts = CHOICES.into_iter().filter(|(name, ..)| has(name)).flat_map(|(.., alerts)| alerts);
    let policy = c.params.text("policy").and_then(PushPolicy::parse).unwrap_or_default();
    Wishes { alerts: alerts.copied().collect(), policy }
}

pub async fn submit(c: &Context<'_>) -> Result<Response> {
    let known = form::session_secret(c).map(|secret| store::sessions::series(grant::hash(&secret)));
    let (session, series) = form::signed_in_with(c, known).await?;
    let (Some(session), Some(series)) = (session, series.flatten()) else {
        return Ok(sign_in_first(c, HERE, &[]));
    };
    let (_, account, secret) = &session;
    let text = |name: &str| c.params.text(name).unwrap_or("").trim();
    let key = key_of_browser(series, account.id);
    if !form::is_valid(c.app, FORM, secret, text("form")) {
        let present = store::load(&c.app.db, store::push::of_token(key)).await?;
        return Ok(answer(c, &session, present.as_ref(), Some(Word::FormExpired)).status(403));
    }
    match text("do") {
        "subscribe" => {
            let given = Given {
                endpoint: text("endpoint"),
                p256dh: text("p256dh"),
                auth: text("auth"),
                is_standard: true,
                wishes: wishes(c),
            };
            let stored = subscribe(c.app, account.id, (key, Holder::Session(series)), "", given).await;
            match stored {
                Ok(Some(_)) => {}
                Ok(None) => return Ok(sign_in_first(c, HERE, &[])),
                Err(error) if error.status() == 422 => {
                    return Ok(answer(c, &session, None, Some(Word::PushFailed)).status(422));
                }
                Err(error) => return Err(error),
            }
        }
        "change" => {
            store::load(&c.app.db, store::push::update(key, &wishes(c))).await?;
        }
        "end" => {
            store::write(&c.app.db, vec![store::push::delete(key)]).await?;
        }
        _ => return Err(Error::BadRequest(Language::of(c.request).say(Word::BadRequest).into())),
    }
    Ok(Response::redirect(&format!("{HERE}?saved=1")))
}
