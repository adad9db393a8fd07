//! <https://docs.joinmastodon.org/methods/emails/>

use serde_json::json;

use crate::error::{Error, Result};
use crate::http::handler::{Context, Route};
use crate::http::response::Response;
use crate::model::rate_limit::SIGN_UP;
use crate::model::user::{Grant, Viewer};
use crate::services::applications;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new("POST", "/api/v1/emails/confirmations", crate::client!(send_again))
            .limited(SIGN_UP)
            .for_applicants(),
        Route::new("GET", "/api/v1/emails/check_confirmation", crate::client!(check)).for_applicants(),
    ]
}

fn require(grant: &Grant, viewer: Option<&Viewer>, scope: &str) -> Result<()> {
    if grant.applicant.is_none() && viewer.is_none() {
        return Err(Error::Unprocessable("This method requires an authenticated user".into()));
    }
    match grant.scopes.allow(scope) {
        true => Ok(()),
        false => Err(Error::Forbidden("This action is outside the authorized scopes".into())),
    }
}

/// Sends the mail with the link again, to another address if there is an `email`.
async fn send_again(c: &Context<'_>, grant: Grant, viewer: Option<Viewer>) -> Result<Response> {
    require(&grant, viewer.as_ref(), "write:accounts")?;
    let applicant = grant.applicant.ok_or_else(applications::is_confirmed)?;
    if applicant.app_id != Some(grant.app_id) {
        return Err(Error::Forbidden(
            "This method is only available to the application the user originally signed-up with".into(),
        ));
    }
    applications::send_again(c.app, &applicant, c.params.filled("email")).await?;
    Ok(Response::empty_object())
}

/// `true` once the address is confirmed.
async fn check(_: &Context<'_>, grant: Grant, viewer: Option<Viewer>) -> Result<Response> {
    require(&grant, viewer.as_ref(), "read:accounts")?;
    Ok(Response::json(&json!(grant.applicant.is_none_or(|applicant| applicant.is_confirmed))))
}
