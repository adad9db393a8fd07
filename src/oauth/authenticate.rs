//! Authentication by bearer token: one round trip, shared with the route's preload; or by the session of a page's script.

use crate::error::{Error, Result};
use crate::http::handler::{Context, Preload};
use crate::model::role::Permission;
use crate::model::scope::Scopes;
use crate::model::user::{Grant, Viewer};
use crate::services::grant::{hash, note_use};
use crate::services::sign_up;
use crate::store::{self, Reader as _};

/// Maximum bytes of a token; ours have 43.
const MAX_TOKEN: usize = 100;

/// Errors: `Unauthorized` for an unknown or revoked token, `Forbidden` for that of a suspended or frozen user.
pub async fn grant(
    context: &Context<'_>,
    token: &str,
    preload: Option<Preload>,
) -> Result<(Grant, Option<Viewer>)> {
    if token.len() > MAX_TOKEN {
        return Err(Error::invalid_token());
    }
    let hash = hash(token);
    let extra = preload.map(|preload| preload(context, &hash)).unwrap_or_default();
    let (mut statements, reader) = store::statements(store::tokens::grant(hash.clone()));
    statements.extend(extra);
    let mut rows = context.app.db.batch(statements).await?.into_iter();
    let found = reader.read(&mut rows)?;
    context.preloaded.borrow_mut().extend(rows);
    let (grant, viewer) = found.ok_or_else(Error::invalid_token)?;
    if let Some(viewer) = &viewer {
        context.app.shared.keep_viewer(hash.clone(), viewer.account.id);
    }
    let found = enabled((grant, viewer))?;
    if found.1.is_some() {
        note_use(context.app, &found.0, hash).await;
    }
    if found.1.as_ref().is_some_and(|viewer| context.app.may(&viewer.user, Permission::MANAGE_USERS)) {
        sign_up::note_staff(context.app).await;
    }
    Ok(found)
}

fn enabled(found: (Grant, Option<Viewer>)) -> Result<(Grant, Option<Viewer>)> {
    if found.1.as_ref().is_some_and(|v| v.account.is_suspended() || v.user.disabled_at.is_some()) {
        return Err(Error::Forbidden("Your login is currently disabled".into()));
    }
    Ok(found)
}

/// What the script of a page may do: it reads, and uploads files. All else is a form of the page.
const OF_SCRIPTS: &str = "read write:media";

/// The grant of the session with this secret, whose request has shown that a page of ours has sent it. Its id is the session's own.
///
/// Errors: as of [`grant`].
pub async fn session(context: &Context<'_>, secret: &str) -> Result<(Grant, Option<Viewer>)> {
    let scopes = Scopes::parse(OF_SCRIPTS).unwrap_or_default();
    let found = store::sessions::viewer(hash(secret), scopes, context.app.now());
    let viewer = store::load(&context.app.db, found).await?.ok_or_else(Error::invalid_token)?;
    enabled((viewer.grant.clone(), Some(viewer)))
}
