//! Asking other domains about a name: WebFinger (RFC 7033), by way of host-meta (RFC 6415) where it is elsewhere.

use super::fetch;
use crate::activitypub::wire::vocab;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::limits;
use crate::platform::guard::normalise_domain;
use crate::text::acct;

fn scheme(app: &App, domain: &str) -> &'static str {
    let is_loopback =
        domain.starts_with("localhost") || domain.starts_with("127.") || domain.starts_with("[::1]");
    if app.config.is_development && is_loopback { "http" } else { "https" }
}

/// What a domain says of a name.
pub(super) struct Finger {
    pub(super) subject: Option<acct::Acct>,
    pub(super) actor: String,
    /// Where its person goes on with something of another server: an address with `{uri}` in it.
    interact: Option<String>,
}

/// The rel of that link, which Mastodon and most servers have (OStatus).
pub const INTERACT: &str = "http://ostatus.org/schema/1.0/subscribe";

/// Where somebody of another server goes on there with what has this address: by their server's own template, else where Mastodon
/// and most others have it.
///
/// Errors: `NotFound` where there is nobody of this name, or the handle is one of ours; those of a fetch.
pub async fn interaction_address(app: &App, username: &str, domain: &str, uri: &str) -> Result<String> {
    let domain = normalise_domain(domain).filter(|domain| app.site().find_domain(domain).is_none());
    let domain = domain.ok_or(Error::NotFound)?;
    let found = ask(app, username, &domain).await?;
    let scheme = scheme(app, &domain);
    let usual = format!("{scheme}://{domain}/authorize_interaction?uri={{uri}}");
    let is_address = |template: &String| {
        template.starts_with(&format!("{scheme}://"))
            && template.contains("{uri}")
            && template.len() <= limits::URL
    };
    let encoded: String = url::form_urlencoded::byte_serialize(uri.as_bytes()).collect();
    Ok(found.interact.filter(is_address).unwrap_or(usual).replacen("{uri}", &encoded, 1))
}

/// What a domain's WebFinger says of a name (RFC 7033), by way of host-meta where it is elsewhere.
pub(super) async fn ask(app: &App, username: &str, domain: &str) -> Result<Finger> {
    let resource: String =
        url::form_urlencoded::byte_serialize(format!("acct:{username}@{domain}").as_bytes()).collect();
    let base = format!("{}://{domain}/.well-known", scheme(app, domain));
    let document = match fetch::json(app, &format!("{base}/webfinger?resource={resource}")).await {
        Err(Error::NotFound) => {
            let meta =
                fetch::plain(app, &format!("{base}/host-meta"), "application/xrd+xml, application/xml")
                    .await?;
            let template = lrdd(&String::from_utf8_lossy(&meta.answer.body)).ok_or(Error::NotFound)?;
            fetch::json(app, &template.replacen("{uri}", &resource, 1)).await?
        }
        other => other?,
    };
    let links = vocab::list(&document, "links");
    let interact = links
        .iter()
        .find(|l| vocab::text(l, "rel") == Some(INTERACT))
        .and_then(|l| vocab::text(l, "template"))
        .map(str::to_owned);
    let actor = links
        .into_iter()
        .filter(|l| vocab::text(l, "rel") == Some("self"))
        .filter(|l| {
            vocab::text(l, "type").is_none_or(|t| t.contains("activity+json") || t.contains("ld+json"))
        })
        .find_map(|l| vocab::text(l, "href"))
        .ok_or(Error::NotFound)?;
    let subject = vocab::text(&document, "subject").and_then(acct::parse);
    Ok(Finger { subject, actor: actor.to_owned(), interact })
}

/// The template of host-meta's lrdd link, of at most an address's length. No XML parser: no entities, no DTD.
fn lrdd(xml: &str) -> Option<String> {
    let tag = xml
        .split('<')
        .find(|t| t.starts_with("Link") && (t.contains("rel=\"lrdd\"") || t.contains("rel='lrdd'")))?;
    let after = tag.split_once("template=")?.1;
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let template = after.get(1..)?.split(quote).next()?.replace("&amp;", "&");
    (template.contains("{uri}") && template.len() <= limits::URL).then_some(template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_meta_without_an_xml_parser() {
        let xml = r#"<?xml version="1.0"?><XRD><Link rel="lrdd" template="https://a.example/wf?resource={uri}&amp;x=1"/></XRD>"#;
        assert_eq!(lrdd(xml).as_deref(), Some("https://a.example/wf?resource={uri}&x=1"));
        for bad in [
            "",
            "<Link rel=\"lrdd\" template=>",
            "<Link rel='lrdd' template='x'>",
            "<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///\">]>",
        ] {
            assert_eq!(lrdd(bad), None, "{bad}");
        }
    }
}
