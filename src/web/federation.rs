//! What the pages of servers and of lists of them share.

use maud::{Markup, html};

use super::form;
use super::words::Word;
use crate::error::Result;
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::account::Account;
use crate::model::domain_block::Severity;
use crate::model::role::Permission;
use crate::store::host_checks::Tied;

pub const SERVERS: &str = "/settings/servers";
pub const BLOCKLISTS: &str = "/settings/blocklists";
pub const IMPORT: &str = "/settings/blocklists/import";
/// The purpose of their forms.
pub const FORM: &str = "servers";

/// Whose page it is, and the secret of their session.
pub type Admitted = (Account, String);

/// Who may change which servers are blocked, or the way to sign in. Error: `NotFound` for everybody else.
pub async fn admit(
    c: &Context<'_>,
    here: &str,
    typed: &[&str],
) -> Result<std::result::Result<Admitted, Response>> {
    let admitted = form::staff(c, Permission::MANAGE_FEDERATION, here, typed).await?;
    Ok(admitted.map(|(_, account, secret)| (account, secret)))
}

pub fn severity(one: Severity) -> Word {
    match one {
        Severity::Noop => Word::SeverityNoop,
        Severity::Silence => Word::SeveritySilence,
        Severity::Suspend => Word::SeveritySuspend,
    }
}

/// Follows between people here and elsewhere.
pub fn ties(tied: &[Tied]) -> Markup {
    html! { ul.plain { @for one in tied {
        li { "@" (one.local) @if one.is_following { " → " } @else { " ← " } "@" (one.remote) }
    } } }
}
