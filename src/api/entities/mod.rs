//! One pure render per entity: <https://docs.joinmastodon.org/entities/>. Every field, always.

pub mod account;
pub mod error;
pub mod instance;
pub mod notification;
pub mod relationship;
pub mod status;

use crate::app::App;
use crate::model::site::Domain;

/// What renders need to know of the instance.
pub struct Frame {
    /// Whose people have bare handles, and where default pictures lie.
    pub primary: Domain,
}

impl Frame {
    pub fn of(app: &App) -> Self {
        Self { primary: app.primary() }
    }

    fn origin(&self) -> &str {
        &self.primary.web_origin
    }
}
