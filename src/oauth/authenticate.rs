//! Authentication by bearer token: one round trip, shared with the route's preload.

use crate::error::{Error, Result};
use crate::http::handler::{Context, Preload};
use crate::model::user::{Grant, Viewer};
use crate::services::grant::{hash, note_use};
use crate::store;

/// Maximum bytes of a token; ours have 43.
const MAX_TOKEN: usize = 100;

/// Errors: `Unauthorized` for an unknown or revoked token, `Forbidden` for that of a suspended user.
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
    let (mut statements, finish) = store::statements(store::tokens::grant(hash.clone()));
    statements.extend(extra);
    let mut rows = context.app.db.batch(statements).await?.into_iter();
    let found = finish(&mut rows)?;
    context.preloaded.borrow_mut().extend(rows);
    let (grant, viewer) = found.ok_or_else(Error::invalid_token)?;
    if let Some(viewer) = &viewer {
        context.app.shared.keep_viewer(hash.clone(), viewer.account.id);
    }
    if viewer.as_ref().is_some_and(|v| v.account.is_suspended()) {
        return Err(Error::Forbidden("Your login is currently disabled".into()));
    }
    if viewer.is_some() {
        note_use(context.app, &grant, hash).await;
    }
    Ok((grant, viewer))
}
