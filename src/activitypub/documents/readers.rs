//! Who reads our documents: anonymous, or the account whose key signed the request. In secure mode every request must
//! be signed; in any mode readers whom a person or the operator blocks get nothing.

use crate::activitypub::remote::keys;
use crate::activitypub::wire::{signature, vocab};
use crate::error::{Error, Result};
use crate::http::handler::{Access, Answer, Context, Route};
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::domain_block::Severity;
use crate::model::uri::{self, Local};
use crate::store;

type Handler = for<'a> fn(&'a Context<'a>) -> Answer<'a>;

/// Documents of people are read through [`serve`]; those of the instance by everybody.
pub fn guard(mut route: Route) -> Route {
    if let Access::Public(handler) = route.access
        && route.method == "GET"
        && route.pattern.starts_with("/users/")
    {
        route.access = Access::Document(handler);
    }
    route
}

/// Answers a request for a document as its reader may see it. HTML pages are for everybody.
///
/// Errors: `Unauthorized` where secure mode requires a signature, `Forbidden` where the reader or their server
/// is suspended here, `NotFound` where the person blocks them.
pub async fn serve(c: &Context<'_>, handler: Handler) -> Result<Response> {
    let path = c.path.to_text();
    let place = uri::parse_path(&path);
    let has_page = place.is_some() && !path.ends_with("/activity");
    if has_page && !c.wants_document() {
        return handler(c).await;
    }
    let reader = reader(c).await?;
    // The actor itself stays readable, as with Mastodon: without its key nobody could check what it says.
    if let Some(reader) = &reader
        && !matches!(place, Some(Local::Actor(_)))
    {
        let name = c.segment("username")?;
        let domains = c.app.domains_asked(c.request);
        if store::load(&c.app.db, store::follows::hides_from(name, &domains, reader.id)).await? {
            return Err(Error::NotFound);
        }
    }
    *c.reader.borrow_mut() = reader;
    let response = handler(c).await?;
    // What depends on its reader is cached by nobody else.
    let has_control = response.header("cache-control").is_some();
    Ok(if has_control { response } else { response.with("Cache-Control", "private, max-age=0") })
}

/// The reader, where they are known. Without secure mode only the stored key is asked, and who signed with another is
/// anonymous: a request of a stranger causes no request to another server.
async fn reader(c: &Context<'_>) -> Result<Option<Account>> {
    let is_secure = c.app.site().is_secure;
    let refused = |error: Error| if is_secure { Err(error) } else { Ok(None) };
    if !signature::is_signed(c.request) {
        return refused(Error::Unauthorized("Request not signed".into()));
    }
    let candidate = match keys::prepare(c.app, c.request) {
        Ok(candidate) => candidate,
        Err(error) => return refused(error),
    };
    let host = vocab::host(&candidate.key_id).unwrap_or_default();
    let (known, block, was_failing) = store::load(
        &c.app.db,
        (
            store::accounts::by_key_id(&candidate.key_id),
            store::domain_blocks::severity_of(&[&host]),
            store::instances::is_failing(&host),
        ),
    )
    .await?;
    if block == Some(Severity::Suspend) {
        return Err(Error::Forbidden("That server is blocked here".into()));
    }
    let found = if is_secure {
        keys::verify(c.app, c.request.source().as_deref(), &candidate, known).await
    } else {
        match known {
            Some(known) if keys::is_by(c.app, &candidate, &known).await? => Ok(known),
            _ => return Ok(None),
        }
    };
    match found {
        Ok(reader) if reader.is_suspended() => Err(Error::Forbidden("The actor is suspended here".into())),
        Ok(reader) => {
            // A host that sends signed requests is up again.
            if was_failing && vocab::host(&reader.uri).is_some_and(|of| of == host) {
                store::write(&c.app.db, store::instances::recovered(&[host.as_str()], c.app.now())).await?;
            }
            Ok(Some(reader))
        }
        Err(error @ Error::Internal(_)) => Err(error),
        Err(error) => refused(error),
    }
}

/// Who signed, for documents that only signed requests get; the key of an unknown account is fetched.
///
/// Error: `Unauthorized` where nobody did.
pub async fn signed(c: &Context<'_>) -> Result<Account> {
    let known = c.reader.borrow().clone();
    if let Some(reader) = known {
        return Ok(reader);
    }
    let candidate = keys::prepare(c.app, c.request)?;
    let known = store::load(&c.app.db, store::accounts::by_key_id(&candidate.key_id)).await?;
    keys::verify(c.app, c.request.source().as_deref(), &candidate, known).await
}
