//! Whether other servers find the people of a handle domain: its WebFinger and host-meta, asked as they ask.

use serde_json::Value;
use url::Url;

use super::{MAX_REDIRECTS, ask_once, wrong};
use crate::app::App;
use crate::model::check::{Check, Name, State};
use crate::model::site::{Domain, host_of};
use crate::model::time::Time;
use crate::platform::fetch::Incoming;

/// What an address of a handle domain answers.
enum Asked {
    /// It leads to the same path and query at the instance's own origin. What is answered there is ours: Cloudflare lets no Worker ask itself at
    /// every address, so it is not asked.
    Here(String, Option<Time>),
    /// It leads here, but to another path, or without the query.
    Beside(String),
    Answer(Incoming),
}

fn scheme(domain: &Domain) -> &'static str {
    if domain.web_origin.starts_with("http:") { "http" } else { "https" }
}

/// Asks for an address of the handle domain, and follows redirects, up to one that leads to the instance's own origin.
async fn ask(app: &App, domain: &Domain, target: &str) -> Result<Asked, String> {
    let mut next = format!("{}://{}{target}", scheme(domain), domain.handle_domain);
    let home = app.home().web_origin;
    let wanted = format!("{home}{target}");
    for _ in 0..=MAX_REDIRECTS {
        let answer = ask_once(app, "GET", &next, &[]).await?;
        let is_redirect = matches!(answer.status, 301 | 302 | 303 | 307 | 308);
        let base = Url::parse(&next).map_err(|error| error.to_string())?;
        let Some(to) = answer.header("location").filter(|_| is_redirect).and_then(|to| base.join(to).ok())
        else {
            return Ok(Asked::Answer(answer));
        };
        if to.origin().ascii_serialization() == home {
            let date = answer.header("date").and_then(Time::parse_http);
            return Ok(match is_same(to.as_str(), &wanted) {
                true => Asked::Here(to.to_string(), date),
                false => Asked::Beside(to.to_string()),
            });
        }
        next = to.to_string();
    }
    Err("too many redirects".into())
}

/// Whether two addresses have the same path and ask for the same: servers spell a query in several ways.
fn is_same(one: &str, other: &str) -> bool {
    let read = |text: &str| {
        let url = Url::parse(text).ok()?;
        let asked =
            url.query_pairs().find(|(name, _)| name == "resource").map(|(_, value)| value.into_owned());
        Some((url.path().to_owned(), asked))
    };
    read(one).is_some_and(|one| Some(one) == read(other))
}

/// The WebFinger of `name` at a handle domain, and the time of the answer. Without a name: that of the instance itself,
/// which answers before somebody lives on the domain; a file for somebody there is right as well.
pub async fn webfinger(app: &App, domain: &Domain, name: &str) -> (Check, Option<Time>) {
    let asked_for = if name.is_empty() { &domain.handle_domain } else { name };
    let handle = format!("{asked_for}@{}", domain.handle_domain);
    let check = |state, seen: &str| (Check::new(Name::WebFinger, state, format!("{handle}: {seen}")), None);
    let target = format!("/.well-known/webfinger?resource=acct:{handle}");
    let answer = match ask(app, domain, &target).await {
        Ok(Asked::Here(url, date)) => return (check(State::Good, &url).0, date),
        Ok(Asked::Beside(url)) => return check(State::Bad, &url),
        Ok(Asked::Answer(answer)) => answer,
        Err(text) => return check(State::Bad, &text),
    };
    let date = answer.header("date").and_then(Time::parse_http);
    let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let subject = document["subject"].as_str().unwrap_or_default();
    let home = app.home();
    let is_subject = match name {
        "" => subject.rsplit_once('@').is_some_and(|(_, host)| {
            host.eq_ignore_ascii_case(&domain.handle_domain) || host == host_of(&home.web_origin)
        }),
        _ => subject.eq_ignore_ascii_case(&format!("acct:{handle}")),
    };
    let links = document["links"].as_array().map(Vec::as_slice).unwrap_or_default();
    let actor = links.iter().find(|link| link["rel"] == "self").and_then(|link| link["href"].as_str());
    let is_at = |origin: &str| actor.is_some_and(|uri| uri.starts_with(&format!("{origin}/")));
    // An address of its own leads here only if the instance itself answers there.
    let is_ours = is_at(if name.is_empty() { &home.web_origin } else { &domain.web_origin });
    let found = match (answer.status, actor) {
        (200, Some(actor)) if is_subject && is_ours => check(State::Good, actor).0,
        (200, Some(actor)) => check(State::Bad, actor).0,
        _ => wrong(Name::WebFinger, &handle, &answer),
    };
    (found, date)
}

/// The host-meta of a handle domain. Servers that ask for it do so where WebFinger is not found: where only that leads here,
/// nothing is wrong.
pub async fn host_meta(app: &App, domain: &Domain) -> Check {
    let about = &domain.handle_domain;
    match ask(app, domain, "/.well-known/host-meta").await {
        Ok(Asked::Here(url, _)) => Check::new(Name::HostMeta, State::Good, format!("{about}: {url}")),
        Ok(Asked::Beside(url)) => Check::new(Name::HostMeta, State::Bad, format!("{about}: {url}")),
        Ok(Asked::Answer(answer)) => {
            let template = format!("{}/.well-known/webfinger", domain.web_origin);
            if answer.status == 200 && String::from_utf8_lossy(&answer.body).contains(&template) {
                return Check::new(Name::HostMeta, State::Good, format!("{about}: {template}"));
            }
            let found = wrong(Name::HostMeta, about, &answer);
            let is_absent = domain.is_split() && matches!(answer.status, 404 | 410);
            if is_absent { Check::new(Name::HostMeta, State::Warning, found.seen) } else { found }
        }
        Err(text) => Check::new(Name::HostMeta, State::Bad, format!("{about}: {text}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_may_be_spelled_in_several_ways() {
        let wanted = "https://s.example/.well-known/webfinger?resource=acct:a@b.example";
        for same in [
            wanted,
            "https://s.example/.well-known/webfinger?resource=acct%3Aa%40b.example",
            "https://s.example/.well-known/webfinger?x=1&resource=acct:a@b.example",
        ] {
            assert!(is_same(same, wanted), "{same}");
        }
        for other in [
            "https://s.example/.well-known/webfinger",
            "https://s.example/.well-known/webfinger?resource=acct:b@b.example",
            "https://s.example/?resource=acct:a@b.example",
            "https://s.example/.well-known/webfinger/?resource=acct:a@b.example",
        ] {
            assert!(!is_same(other, wanted), "{other}");
        }
    }
}
