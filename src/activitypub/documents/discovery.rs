//! Discovery: WebFinger (RFC 7033), host-meta (RFC 6415), NodeInfo (FEP-f1d5, FEP-2677).

use serde_json::{Value, json};

use crate::activitypub::remote::{resolve, webfinger};
use crate::config::VERSION;
use crate::error::{Error, Result};
use crate::http::handler::Context;
use crate::http::path::decode;
use crate::http::response::{JRD_JSON, Response};
use crate::model::account::Account;
use crate::model::site::host_of;
use crate::model::uri;
use crate::platform::guard::normalise_domain;
use crate::store;
use crate::text::acct;

/// `GET /.well-known/webfinger?resource=…`: handles, actor ids, pages, and the origin itself for the
/// instance actor (FEP-d556).
pub async fn webfinger(c: &Context<'_>) -> Result<Response> {
    let resource =
        c.params.filled("resource").ok_or_else(|| Error::bad_request("Missing parameter: resource"))?;
    let account = find(c, resource).await?.ok_or(Error::NotFound)?;
    // Who is asked for by others' servers after a suspension may come back: 410 would have them forgotten.
    if account.deleted_at.is_some() {
        return Err(Error::Gone);
    }
    let origin = c.app.origin_of(&account);
    // Sessions are at this origin, whichever the account is at.
    let interact = format!("{}/authorize_interaction?uri={{uri}}", c.app.config.public_origin);
    let body = json!({
        "subject": format!("acct:{}", account.handle()),
        "aliases": [account.url, account.uri],
        "links": [
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": account.url},
            {"rel": "self", "type": "application/activity+json", "href": account.uri},
            {"rel": "http://webfinger.net/rel/avatar", "type": "image/png",
             "href": account.avatar_url.clone().unwrap_or_else(|| uri::default_avatar(&origin))},
            {"rel": webfinger::INTERACT, "template": interact},
        ],
    });
    Ok(Response::new(200, JRD_JSON, body.to_string()))
}

async fn find(c: &Context<'_>, resource: &str) -> Result<Option<Account>> {
    let site = c.app.site();
    if resource.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("http")) && resource.contains("://")
    {
        let path = resource.splitn(4, '/').nth(3).unwrap_or("");
        if path.is_empty() && site.is_ours(resource) {
            return store::load(&c.app.db, store::accounts::by_id(site.actor_id.unwrap_or_default())).await;
        }
        return resolve::local_account(c.app, resource).await;
    }
    let (name, domain) =
        handle(resource).ok_or_else(|| Error::bad_request("The resource is no handle and no address"))?;
    let domain = normalise_domain(&domain)
        .ok_or_else(|| Error::bad_request("The resource's domain does not parse"))?;
    let Some(ours) = site.find_any_domain(&domain) else { return Ok(None) };
    // The instance actor has the name of its host. That of a handle domain is asked for by those who check that the domain
    // leads here, before somebody lives on it.
    let host = host_of(&site.home().web_origin).split(':').next().unwrap_or_default().to_owned();
    let is_actor = [&ours.handle_domain, &host].iter().any(|own| name.eq_ignore_ascii_case(own));
    if is_actor {
        return store::load(&c.app.db, store::accounts::by_id(site.actor_id.unwrap_or_default())).await;
    }
    let domains =
        if ours.is_ended { vec![ours.handle_domain.clone()] } else { site.sharing(&ours.handle_domain) };
    store::load(&c.app.db, store::accounts::local_by_username(&name, &domains)).await
}

/// Name and domain of an `acct:` URI (RFC 7565), or of a handle as it is written. The instance actor's name is its
/// domain, so that any text may stand before the last @.
fn handle(resource: &str) -> Option<(String, String)> {
    let text = match resource.split_at_checked(5) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("acct:") => rest,
        _ => resource,
    };
    let text = decode(text)?;
    let (name, domain) = text.strip_prefix('@').unwrap_or(&text).rsplit_once('@')?;
    let is_name = acct::is_remote_username(name) || normalise_domain(name).is_some();
    (is_name && !domain.is_empty()).then(|| (name.to_owned(), domain.to_owned()))
}

pub async fn host_meta(c: &Context<'_>) -> Result<Response> {
    let origin = c.app.domain_asked(c.request).web_origin;
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<XRD xmlns=\"http://docs.oasis-open.org/ns/xri/xrd-1.0\">\n  \
         <Link rel=\"lrdd\" template=\"{origin}/.well-known/webfinger?resource={{uri}}\"/>\n</XRD>\n"
    );
    Ok(Response::new(200, "application/xrd+xml; charset=utf-8", xml))
}

pub async fn nodeinfo_links(c: &Context<'_>) -> Result<Response> {
    let origin = c.app.domain_asked(c.request).web_origin;
    let link = |version: &str| json!({"rel": format!("http://nodeinfo.diaspora.software/ns/schema/{version}"), "href": format!("{origin}/nodeinfo/{version}")});
    Ok(Response::json(&json!({"links": [
        link("2.0"),
        link("2.1"),
        {"rel": "https://www.w3.org/ns/activitystreams#Application", "href": uri::instance_actor(&origin)},
    ]})))
}

pub async fn nodeinfo(c: &Context<'_>) -> Result<Response> {
    let version = c.segment("version")?;
    if !matches!(version, "2.0" | "2.1") {
        return Err(Error::NotFound);
    }
    let (users, statuses, _) = store::load(&c.app.db, store::site::counts()).await?;
    let site = c.app.site();
    let body: Value = json!({
        "version": version,
        "software": {"name": "sori", "version": VERSION},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "usage": {"users": {"total": users}, "localPosts": statuses},
        "openRegistrations": site.sign_up.mode.is_for_strangers(),
        "metadata": {"nodeName": site.title, "nodeDescription": site.description},
    });
    let kind =
        format!("application/json; profile=\"http://nodeinfo.diaspora.software/ns/schema/{version}#\"");
    Ok(Response::new(200, &kind, body.to_string()).with("Cache-Control", "public, max-age=1800"))
}
