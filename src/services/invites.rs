//! Invitations.

use crate::app::App;
use crate::error::{Error, Result};
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::role::Permission;
use crate::model::sign_up::Invite;
use crate::model::time::{SECOND, Time};
use crate::store;
use crate::text::sanitize::cut;

/// Invitations of an account that have not ended.
pub const MOST: usize = 100;
/// Uses that may be said.
pub const MAX_USES: i64 = 1_000;
const MAX_COMMENT: usize = 500;
/// Characters of a code: 72 bits.
const CODE: usize = 12;

/// What somebody wants of an invitation.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// `None`: any number.
    pub uses: Option<i64>,
    /// Seconds; `None`: for ever.
    pub lasts: Option<i64>,
    pub is_followed: bool,
    pub skips_approval: bool,
    pub comment: String,
}

/// Makes an invitation.
///
/// Error: `Unprocessable` where the account has [`MOST`].
pub async fn make(app: &App, account: &Account, wanted: Wanted) -> Result<Invite> {
    let ends = |seconds: i64| Time(app.now().0.saturating_add(seconds.saturating_mul(SECOND)));
    let invite = Invite {
        id: app.new_id(),
        code: app.random.token().chars().filter(char::is_ascii_alphanumeric).take(CODE).collect(),
        account_id: account.id,
        max_uses: wanted.uses.map(|n| n.clamp(1, MAX_USES)),
        uses: 0,
        expires_at: wanted.lasts.filter(|n| *n > 0).map(ends),
        is_followed: wanted.is_followed,
        skips_approval: wanted.skips_approval,
        comment: cut(wanted.comment.trim(), MAX_COMMENT).to_owned(),
    };
    let made = store::write(&app.db, vec![store::invites::insert(&invite, MOST, app.now())]).await?;
    match made.first() {
        Some(rows) if !rows.is_empty() => Ok(invite),
        _ => Err(Error::validation("There are too many invitations")),
    }
}

/// Nobody comes by an invitation any more. `of`: whose it must be.
///
/// Error: `NotFound` where there is none.
pub async fn end(app: &App, id: Id, of: Option<Id>) -> Result<()> {
    let ended = store::write(&app.db, vec![store::invites::end(id, of, app.now())]).await?;
    if ended.first().is_none_or(Vec::is_empty) { Err(Error::NotFound) } else { Ok(()) }
}

/// The invitation of a code, if somebody may come by it now.
pub async fn usable(app: &App, code: &str) -> Result<Option<Invite>> {
    if code.is_empty() || code.len() > 4 * CODE {
        return Ok(None);
    }
    let Some((mut invite, role)) = store::load(&app.db, store::invites::by_code(code)).await? else {
        return Ok(None);
    };
    // What its maker may do by now counts, not what they could when they made it.
    let permissions = app.site().roles.permissions(role);
    invite.skips_approval &= permissions.allows(Permission::INVITE_BYPASS_APPROVAL);
    let may_invite = permissions.allows(Permission::INVITE_USERS);
    Ok(Some(invite).filter(|invite| may_invite && invite.is_usable(app.now())))
}
