//! Forms of pages that come with files.

use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::params::Params;
use crate::media;
use crate::model::account::Account;
use crate::model::id::Id;
use crate::model::media::{Purpose, Stored};
use crate::services;
use crate::store;

/// Stored files by field, or why none is stored.
pub type Files = Result<Vec<(String, Stored)>>;

/// What a form has, and the row of its upload with the files where it has a body for them.
pub struct Sent {
    pub fields: Params,
    pub upload: Option<(Id, Files)>,
}

impl Sent {
    /// The body was not read, so its fields are not known.
    pub fn is_unread(&self) -> bool {
        matches!(&self.upload, Some((_, Err(_)))) && self.fields.text("form").unwrap_or("").is_empty()
    }
}

/// Reads the form, and stores its files.
pub async fn sent(c: &Context<'_>, account: &Account, purpose: Purpose) -> Result<Sent> {
    let Some(body) = c.app.incoming.take() else {
        return Ok(Sent { fields: c.params.clone(), upload: None });
    };
    let (row, key) = services::media::begin(c.app, account, purpose).await?;
    let mut fields = Params::default();
    let files = match media::receive::receive_form(c.app, purpose, key, c.request, body).await {
        Ok(received) => {
            fields.add_fields(received.fields)?;
            // It is no upload, and counts as none.
            if received.refused.is_none() && received.files.is_empty() {
                store::write(&c.app.db, vec![store::media::end_upload(row, account.id)]).await?;
                return Ok(Sent { fields, upload: None });
            }
            match received.refused {
                Some(error) => Err(error),
                None => Ok(received.files),
            }
        }
        // So large that it was not read.
        Err(error @ Error::Unprocessable(_)) => Err(error),
        Err(error) => return Err(error),
    };
    Ok(Sent { fields, upload: Some((row, files)) })
}
