//! Quotes across servers: leave asked, given, and taken back (FEP-044f).

use super::publish::refresh;
use crate::app::App;
use crate::error::Result;
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::quote::{Allowance, QuoteState};
use crate::model::status::{Status, StatusView};
use crate::model::uri;
use crate::platform::sql::Statement;
use crate::store;

/// A remote person's request to quote a local status.
pub struct Request<'a> {
    pub uri: &'a str,
    pub quoting_uri: &'a str,
    pub quoted: Id,
}

fn told(app: &App, account: Id, outgoing: Outgoing) -> Statement {
    told_if(app, "1", account, outgoing)
}

fn told_if(app: &App, condition: &'static str, account: Id, outgoing: Outgoing) -> Statement {
    let id = app.new_id();
    app.hint(Message::Distribute(id));
    store::outbox::insert_if(condition, id, account, outgoing, app.now())
}

/// Decides about a request by the policy of what is quoted, and answers it: with a leave of its own, or with
/// a Reject. What was taken back once is not given again. Answers whether leave was given.
pub async fn requested(
    app: &App,
    actor: &Account,
    request: &Request<'_>,
    quoting: Option<&Status>,
) -> Result<bool> {
    let (quoted, visible, stamp) = store::load(
        &app.db,
        (
            store::statuses::by_id(request.quoted, Some(actor.id)),
            store::statuses::visible_by_id(request.quoted, Some(actor.id)),
            store::quotes::stamp_of(request.quoted, request.quoting_uri),
        ),
    )
    .await?;
    let Some(quoted) = quoted else { return Ok(false) };
    let author = &quoted.account;
    let (uri, actor_uri) = (request.uri.to_owned(), actor.uri.clone());
    let (quoted_uri, quoting_uri) = (quoted.status.uri.clone(), request.quoting_uri.to_owned());
    let is_let = visible.is_some()
        && quoted.status.visibility.is_distributable()
        && quoted.flags.quoting == Allowance::Automatic
        && quoting.and_then(|q| q.quote_state) != Some(QuoteState::Revoked);
    if !is_let {
        let event = Event::RejectQuote { uri, actor_uri, quoted_uri, quoting_uri };
        let mut batch = vec![told(app, author.id, Outgoing::to(event, vec![actor.id]))];
        batch.extend(quoting.map(|q| store::quotes::refuse(q.id, request.quoted)));
        store::write(&app.db, batch).await?;
        return Ok(false);
    }
    let stamp_id = stamp.unwrap_or_else(|| app.new_id());
    let stamp_uri = uri::stamp(&author.uri, stamp_id);
    let event = Event::AcceptQuote { uri, actor_uri, quoted_uri, quoting_uri, stamp_id };
    let batch = vec![
        store::quotes::stamp(stamp_id, request.quoted, request.quoting_uri),
        store::quotes::accept_ours(request.quoting_uri, request.quoted, stamp_id, &stamp_uri),
        store::notifications::quote(app.new_id(), author.id, actor.id, request.quoting_uri),
        // Two requests at once: only the leave that is here is told of.
        told_if(
            app,
            "EXISTS (SELECT 1 FROM quote_stamps WHERE id = json_extract(?3, '$[5]'))",
            author.id,
            Outgoing::to(event, vec![actor.id]),
        ),
    ];
    store::write(&app.db, batch).await?;
    Ok(true)
}

/// A remote author lets a quote of ours stand: everybody who has it is told.
pub async fn accepted(app: &App, quoting: &StatusView, quoted: &StatusView, stamp: &str) -> Result<()> {
    let outgoing = refresh(app, &quoting.status).await?;
    let batch = vec![
        told_if(app, IS_PENDING, quoting.account.id, outgoing),
        store::quotes::accept(quoting.status.id, quoted.status.id, stamp),
    ];
    store::write(&app.db, batch).await?;
    Ok(())
}

const IS_PENDING: &str =
    "EXISTS (SELECT 1 FROM statuses WHERE id = json_extract(?3, '$[1]') AND quote_state = 'pending')";
const IS_ACCEPTED: &str =
    "EXISTS (SELECT 1 FROM statuses WHERE id = json_extract(?3, '$[1]') AND quote_state = 'accepted')";

/// A remote author does not let a quote of ours stand, or not any more.
pub async fn rejected(app: &App, quoting: &StatusView, quoted: &StatusView) -> Result<()> {
    let outgoing = refresh(app, &quoting.status).await?;
    let batch = vec![
        told_if(app, IS_ACCEPTED, quoting.account.id, outgoing),
        store::quotes::refuse(quoting.status.id, quoted.status.id),
    ];
    store::write(&app.db, batch).await?;
    Ok(())
}

/// A local author takes their words out of somebody's quote. The quoter's server is told; where that is this
/// one, it tells those of the quoter's followers.
pub async fn revoke(app: &App, author: &Account, quoted: &Status, quoting: &StatusView) -> Result<()> {
    let mut batch = vec![
        store::statuses::set_quote_state(quoting.status.id, quoted.id, QuoteState::Revoked),
        store::quotes::unstamp(quoted.id, &quoting.status.uri),
    ];
    if let Some(stamp) = &quoting.status.quote_stamp {
        let event = Event::DeleteStamp {
            uri: stamp.clone(),
            quoted_uri: quoted.uri.clone(),
            quoting_uri: quoting.status.uri.clone(),
        };
        let mut people = vec![quoting.account.id];
        if quoting.account.is_local() {
            people.extend(store::load(&app.db, store::follows::remote_servers(quoting.account.id)).await?);
        }
        batch.push(told(app, author.id, Outgoing::to(event, people)));
    }
    if quoting.account.is_local() {
        let outgoing = refresh(app, &quoting.status).await?;
        batch.push(told(app, quoting.account.id, outgoing));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Local quotes have lost their leave: who has them gets the word itself, and the quotes as they are now.
pub async fn pass_on(app: &App, quotes: &[(Id, Id)], activity: &str) -> Result<()> {
    for (status, account) in quotes {
        let Some(view) = store::load(&app.db, store::statuses::by_id(*status, None)).await? else { continue };
        let outgoing = refresh(app, &view.status).await?;
        let forward =
            Outgoing { event: Event::Forward { activity: activity.to_owned() }, ..outgoing.clone() };
        let (first, second) = app.two_ids();
        let batch = [(first, forward), (second, outgoing)]
            .map(|(id, out)| {
                app.hint(Message::Distribute(id));
                store::outbox::insert(id, *account, out, app.now())
            })
            .to_vec();
        store::write(&app.db, batch).await?;
    }
    Ok(())
}
