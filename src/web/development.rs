//! Creates accounts for scripts and tests, on loopback in development only.

use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::response::Response;
use crate::model::role::RoleId;
use crate::model::scope::Scopes;
use crate::services;
use crate::services::password::is_equal;
use crate::services::register::{NewUser, SetUp};
use crate::store;
use serde_json::json;

/// `POST /_dev/account` with the set-up code in `x-setup-code`: `{"username", "domain"?, "admin"?, "password"?}` →
/// `{"username", "role", "is_new", "password", "token"}`: the token has all scopes, and the password is there if the
/// account is new. Finishes the set-up if necessary: the first account is the owner's. Not in development: 404.
pub async fn account(c: &Context<'_>) -> Result<Response> {
    let code = c.app.config.setup_code.clone().unwrap_or_default();
    let given = c.request.header("x-setup-code").unwrap_or("");
    if !c.app.config.is_development || code.is_empty() || !is_equal(code.as_bytes(), given.as_bytes()) {
        return Err(Error::NotFound);
    }
    // Read by a script, not by a person: errors are no pages.
    Ok(make(c).await.unwrap_or_else(|error| {
        Response::json(&json!({ "error": error.public_message() })).status(error.status())
    }))
}

async fn make(c: &Context<'_>) -> Result<Response> {
    let username = c.params.filled("username").unwrap_or("").to_owned();
    let password = c.params.filled("password").map_or_else(|| c.app.random.token(), str::to_owned);
    let is_admin = c.params.bool("admin").unwrap_or(false);
    let is_first = !c.app.site().is_set_up;
    if is_first {
        let set_up = SetUp {
            title: "Sori".into(),
            username: username.clone(),
            password: password.clone(),
            language: "en".into(),
            vapid: services::keys::new_vapid(c.app).await?,
            handle_domain: String::new(),
        };
        services::register::set_up(c.app, set_up).await?;
    }
    let site = c.app.site();
    let domain = match c.params.filled("domain") {
        Some(name) => site.find_domain(name).cloned().ok_or(Error::NotFound)?,
        None => c.app.primary(),
    };
    let named = store::accounts::local_by_username(&username, &site.sharing(&domain.handle_domain));
    let known = store::load(&c.app.db, named).await?;
    let is_new = is_first || known.is_none();
    let user = match known {
        Some(account) => {
            store::load(&c.app.db, store::users::by_account(account.id)).await?.ok_or(Error::NotFound)?
        }
        None => {
            let role = if is_admin { RoleId::ADMIN } else { RoleId::EVERYONE };
            let password = password.clone();
            let new =
                NewUser { username: username.clone(), email: None, password, locale: "en".into(), role };
            services::register::create(c.app, new, &domain).await?.0
        }
    };
    let scopes = Scopes::parse("read write follow push profile admin:read admin:write").unwrap_or_default();
    let (client, _) = services::grant::register_client(
        c.app,
        "npm run account",
        None,
        vec!["urn:ietf:wg:oauth:2.0:oob".into()],
        &scopes,
    )
    .await?;
    let (token, _) = services::grant::issue(c.app, client.id, Some(user.id), &scopes.to_string()).await?;
    Ok(Response::json(&json!({
        "username": username,
        "role": match user.role {
            RoleId::OWNER => "owner",
            RoleId::ADMIN => "admin",
            _ => "user",
        },
        "is_new": is_new,
        "password": is_new.then_some(password),
        "token": token,
    })))
}
