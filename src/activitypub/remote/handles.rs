//! Accounts that people here name by their handles.

use super::{outbox, resolve};
use crate::app::App;
use crate::model::account::Account;
use crate::services::draft::Prepared;

/// Unknown accounts elsewhere that a text may have looked up.
const MAX_LOOKUPS: usize = 5;

/// The account of a handle; an unknown one elsewhere is fetched. A failure to fetch counts as absent.
pub async fn find(app: &App, username: &str, domain: &str) -> Option<Account> {
    match resolve::account_by_handle(app, username, domain).await {
        Ok(found) => found
            .filter(|account| account.deleted_at.is_none())
            .inspect(|account| outbox::opened(app, account)),
        Err(error) => {
            crate::platform::log_failure(&format!("resolve {username}@{domain}"), &error);
            None
        }
    }
}

/// Unknown accounts elsewhere that a draft mentions are looked up; who is not found stays text.
pub async fn introduce(app: &App, prepared: &mut Prepared) {
    for (name, domain) in prepared.unknown().into_iter().take(MAX_LOOKUPS) {
        if app.site().find_domain(&domain).is_none()
            && let Some(account) = find(app, &name, &domain).await
        {
            prepared.learn(account);
        }
    }
}
