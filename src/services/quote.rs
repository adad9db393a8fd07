//! Quotes across servers: authorizations requested, given and revoked (FEP-044f).

use super::publish::refresh;
use crate::app::App;
use crate::error::Result;
use crate::jobs::message::Message;
use crate::model::account::Account;
use crate::model::event::{Event, Outgoing};
use crate::model::id::Id;
use crate::model::quote::{Allowance, QuoteState};
use crate::model::status::{Status, StatusView, Visibility};
use crate::model::uri;
use crate::platform::sql::Statement;
use crate::store;

/// A remote account's request to quote a local status.
pub struct Request<'a> {
    pub uri: &'a str,
    pub quoting_uri: &'a str,
    pub quoted_uri: &'a str,
}

fn outbox_row(app: &App, account: Id, outgoing: Outgoing) -> Statement {
    outbox_row_if(app, "1", account, outgoing)
}

fn outbox_row_if(app: &App, condition: &'static str, account: Id, outgoing: Outgoing) -> Statement {
    let id = app.new_id();
    app.hint(Message::Distribute(id));
    store::outbox::insert_if(condition, id, account, outgoing, app.now())
}

/// The status with this id, if `actor` may quote it automatically: it is public, its author does not block
/// them, its policy allows it, and no authorization for the status with the uri `quoting` was revoked.
pub async fn quotable(app: &App, actor: &Account, quoted: Id, quoting: &str) -> Result<Option<StatusView>> {
    let view = store::statuses::visible_by_id(quoted, Some(actor.id));
    let (view, is_revoked) = store::load(&app.db, (view, store::quotes::is_revoked(quoted, quoting))).await?;
    let is_let = |view: &StatusView| {
        !is_revoked
            && view.reblog.is_none()
            && view.status.visibility.is_distributable()
            && view.flags.quoting == Allowance::Automatic
    };
    Ok(view.filter(is_let))
}

/// Answers a request with an Accept and an authorization (the existing one if there is one). `known` is the
/// quoting status as it is stored; if its note did not contain the quote before, it is added.
pub async fn grant(
    app: &App,
    actor: &Account,
    request: &Request<'_>,
    quoted: &StatusView,
    known: Option<&Status>,
) -> Result<()> {
    let StatusView { status, account: author, .. } = quoted;
    let stamp =
        store::load(&app.db, store::quotes::stamp_of(status.id, actor.id, request.quoting_uri)).await?;
    let stamp_id = stamp.unwrap_or_else(|| app.new_id());
    let stamp_uri = uri::stamp(&author.uri, stamp_id);
    let event = Event::AcceptQuote {
        uri: request.uri.to_owned(),
        actor_uri: actor.uri.clone(),
        quoted_uri: request.quoted_uri.to_owned(),
        quoting_uri: request.quoting_uri.to_owned(),
        stamp_id,
    };
    let mut batch = Vec::new();
    if let Some(known) = known.filter(|known| known.quote_uri.is_none()) {
        batch.push(store::quotes::set_pending(known.id, actor.id, request.quoted_uri, None));
    }
    batch.extend([
        store::quotes::stamp(stamp_id, status.id, actor.id, request.quoting_uri),
        store::quotes::drop_unseen_stamps(status.id, actor.id),
        store::quotes::accept_ours(request.quoting_uri, status.id, stamp_id, &stamp_uri),
        store::notifications::quote(app.new_id(), author.id, actor.id, request.quoting_uri),
        // Of two concurrent requests only the one whose authorization was stored is answered.
        outbox_row_if(
            app,
            "EXISTS (SELECT 1 FROM quote_stamps WHERE id = json_extract(?3, '$[5]'))",
            author.id,
            Outgoing::to(event, vec![actor.id]),
        ),
    ]);
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Answers a request with a Reject by `author`. It is the same for every reason, also where there is no such
/// status or none that `actor` may see. `quote` is the quoting and the quoted status, if both are stored.
pub async fn refuse(
    app: &App,
    actor: &Account,
    request: &Request<'_>,
    author: Id,
    quote: Option<(Id, Id)>,
) -> Result<()> {
    let event = Event::RejectQuote {
        uri: request.uri.to_owned(),
        actor_uri: actor.uri.clone(),
        quoted_uri: request.quoted_uri.to_owned(),
        quoting_uri: request.quoting_uri.to_owned(),
    };
    let mut batch = vec![outbox_row(app, author, Outgoing::to(event, vec![actor.id]))];
    batch.extend(quote.map(|(quoting, quoted)| store::quotes::refuse(quoting, quoted)));
    store::write(&app.db, batch).await?;
    Ok(())
}

/// A remote author accepts a quote of ours: an Update is sent to all servers that have it. Nothing where the authorization is
/// of another quote.
pub async fn accepted(app: &App, quoting: &StatusView, quoted: &StatusView, stamp: &str) -> Result<()> {
    if store::load(&app.db, store::quotes::is_stamp(stamp)).await? {
        return Ok(());
    }
    let outgoing = refresh(app, &quoting.status).await?;
    let batch = vec![
        outbox_row_if(app, IS_PENDING, quoting.account.id, outgoing),
        store::quotes::accept(quoting.status.id, quoted.status.id, stamp),
    ];
    store::write(&app.db, batch).await?;
    Ok(())
}

const IS_PENDING: &str =
    "EXISTS (SELECT 1 FROM statuses WHERE id = json_extract(?3, '$[1]') AND quote_state = 'pending')";
const IS_ACCEPTED: &str =
    "EXISTS (SELECT 1 FROM statuses WHERE id = json_extract(?3, '$[1]') AND quote_state = 'accepted')";

/// A remote author rejects a quote of ours, or revokes its authorization.
pub async fn rejected(app: &App, quoting: &StatusView, quoted: &StatusView) -> Result<()> {
    let outgoing = refresh(app, &quoting.status).await?;
    let batch = vec![
        outbox_row_if(app, IS_ACCEPTED, quoting.account.id, outgoing),
        store::quotes::refuse(quoting.status.id, quoted.status.id),
    ];
    store::write(&app.db, batch).await?;
    Ok(())
}

/// A local author revokes a quote of their status. The quoting server is sent the Delete; if that is this
/// one, the servers of the quoting account's followers are.
pub async fn revoke(app: &App, author: &Account, quoted: &Status, quoting: &StatusView) -> Result<()> {
    let mut batch = vec![store::statuses::set_quote_state(quoting.status.id, quoted.id, QuoteState::Revoked)];
    batch.extend(store::quotes::revoke_stamp(quoted.id, quoting.account.id, &quoting.status.uri));
    if let Some(stamp) = &quoting.status.quote_stamp {
        let event = Event::DeleteStamp {
            uri: stamp.clone(),
            quoted_uri: quoted.uri.clone(),
            quoting_uri: quoting.status.uri.clone(),
        };
        let mut people = vec![quoting.account.id];
        if quoting.account.is_local() {
            people.extend(quoting.status.mentions.iter().filter(|m| !m.is_local).map(|m| m.id));
        }
        if quoting.account.is_local() && quoting.status.visibility != Visibility::Direct {
            people.extend(store::load(&app.db, store::follows::remote_servers(quoting.account.id)).await?);
        }
        batch.push(outbox_row(app, author.id, Outgoing::to(event, people)));
    }
    if quoting.account.is_local() {
        let outgoing = refresh(app, &quoting.status).await?;
        batch.push(outbox_row(app, quoting.account.id, outgoing));
    }
    store::write(&app.db, batch).await?;
    Ok(())
}

/// Local quotes have lost their authorization: servers that have them get the Delete and an Update of each
/// quote.
pub async fn forward_revocation(app: &App, quotes: &[(Id, Id)], activity: &str) -> Result<()> {
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
