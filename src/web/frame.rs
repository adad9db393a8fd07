//! What every page has around its own part: the head, the menu, the headers of its response.

use maud::{DOCTYPE, Markup, html};

use super::words::{Language, Word};
use super::{about, appearance, branding, feeds, form, menu, public, script};
use crate::app::App;
use crate::error::Error;
use crate::http::handler::Context;
use crate::http::request::Request;
use crate::http::response::Response;
use crate::model::look::Look;

/// The logo: a fern leaf with its spores.
pub const MARK: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" aria-hidden="true"><path d="M16 2c1 5 1 19 0 28-1-9-1-23 0-28zM15 8C9 8 6 5 5 3c5 0 9 1 10 5zm2 0c6 0 9-3 10-5-5 0-9 1-10 5zM15 15c-7 0-10-3-12-6 6 0 11 1 12 6zm2 0c7 0 10-3 12-6-6 0-11 1-12 6zM15 22c-6 0-9-2-11-5 6 0 10 1 11 5zm2 0c6 0 9-2 11-5-6 0-10 1-11 5z"/></svg>"#;

/// The address of a static file, which is served without asking us (`scripts/assets.mjs`): a name for what all of them contain is
/// part of it.
pub fn asset(path: &str) -> String {
    format!("/assets/{}/{path}", env!("SORI_ASSETS"))
}

/// A whole page. `is_narrow` for forms.
pub fn page(c: &Context<'_>, title: &str, is_narrow: bool, body: &Markup) -> Response {
    framed(c, &Frame { title, is_narrow, ..Frame::default() }, body)
}

/// Like [`page`], wide, with links to the feeds of the page at the address `here`; search engines are asked to leave it out unless
/// `is_indexed`. <https://developers.google.com/search/docs/crawling-indexing/robots-meta-tag>
pub fn page_with_feeds(
    c: &Context<'_>,
    title: &str,
    is_indexed: bool,
    here: &str,
    body: &Markup,
) -> Response {
    framed(c, &Frame { title, is_left_out: !is_indexed, feeds_of: Some(here), ..Frame::default() }, body)
}

/// A whole page of a list, which is not indexed: its title, what stands above, the list.
pub fn page_of_list(c: &Context<'_>, title: &str, above: &Markup, list: &Markup) -> Response {
    let body = html! { h1 dir="auto" { (title) } (above) (list) };
    framed(c, &Frame { title, is_left_out: true, ..Frame::default() }, &body)
}

/// A whole page within its frame.
pub fn framed(c: &Context<'_>, frame: &Frame<'_>, body: &Markup) -> Response {
    let (here, secret) = (c.path.to_text(), form::session_secret(c));
    let way = if secret.is_some() { Way::Everywhere(&here) } else { Way::ToSignIn };
    // On a form of strangers it has nothing to do, unless that asks for a passkey.
    let has_script = !frame.is_without_script && (secret.is_some() || !frame.is_narrow || frame.has_passkeys);
    let script = has_script.then(|| script::head(c, secret.as_deref()));
    let page = with_choice(c, render(c.app, c.request, &appearance::of(c), way, frame, script, body));
    match appearance::keep(c) {
        Some(cookie) => page.with("Set-Cookie", cookie),
        None => page,
    }
}

fn with_choice(c: &Context<'_>, page: Response) -> Response {
    match Language::choice(c.request, c.app.config.is_https()) {
        Some(cookie) => page.with("Set-Cookie", cookie),
        None => page,
    }
}

/// What is around the body of a page.
#[derive(Default)]
pub struct Frame<'a> {
    pub title: &'a str,
    /// For forms.
    pub is_narrow: bool,
    /// Its form leads away from here, which the script's policy has no place for.
    pub is_without_script: bool,
    /// The script asks an authenticator.
    pub has_passkeys: bool,
    /// The script registers the service worker for push messages.
    pub registers_worker: bool,
    /// Search engines are asked to leave it out.
    pub is_left_out: bool,
    /// The address that its feeds are made of.
    pub feeds_of: Option<&'a str>,
    /// More of its head.
    pub head: Option<Markup>,
}

/// Where the navigation leads: by the cookie alone, which is looked at where that matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way<'a> {
    ToSignIn,
    /// To all that who is signed in can do, from the page of this path.
    Everywhere(&'a str),
}

fn class(frame: &Frame<'_>, way: Way<'_>) -> Option<&'static str> {
    match (frame.is_narrow, way) {
        (true, Way::Everywhere(_)) => Some("narrow signed-in"),
        (false, Way::Everywhere(_)) => Some("signed-in"),
        (true, _) => Some("narrow"),
        _ => None,
    }
}

/// What the policy of a page with the script adds. No text ever becomes HTML or script by it: not even a policy for that can be made
/// (<https://www.w3.org/TR/trusted-types/>), but on the page that registers a service worker, whose address is one.
const WITH_SCRIPT: &str = "; script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'";

fn render(
    app: &App,
    request: &Request,
    look: &Look,
    way: Way<'_>,
    frame: &Frame<'_>,
    script: Option<Markup>,
    body: &Markup,
) -> Response {
    let language = Language::of(request);
    let title = frame.title;
    let say = |word| language.say(word);
    let known = app.site();
    let site = if known.title.is_empty() { "Sori" } else { &known.title };
    let icon = branding::address(app, known.icon.as_ref());
    let markup = html! {
        (DOCTYPE)
        html lang=(language.code()) class=[look.classes()] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if frame.is_left_out { meta name="robots" content="noindex"; }
                title { (title) @if title != site { " · " (site) } }
                link rel="stylesheet" href=(asset("style.css"));
                @if let Some(sheet) = branding::sheet(app, request) { link rel="stylesheet" href=(sheet); }
                @match &icon {
                    Some(icon) => { link rel="icon" href=(icon); }
                    None => { link rel="icon" href="/favicon.svg" type="image/svg+xml"; }
                }
                link rel="manifest" href="/manifest.webmanifest";
                @if let Some(here) = frame.feeds_of { @for format in feeds::Format::ALL {
                    link rel="alternate" type=(format.media_type()) title=(title) href={ (here) (format.suffix()) };
                } }
                @if let Some(head) = &frame.head { meta property="og:site_name" content=(site); (head) }
                @if let Some(script) = &script { (script) }
            }
            body class=[class(frame, way)] {
                a.skip href="#main" { (say(Word::Skip)) }
                header.top {
                    a.brand href="/" { @match &icon { Some(icon) => { img src=(icon) alt="" width="28" height="28"; } None => { (maud::PreEscaped(MARK)) } } span { (site) } }
                    @if let (Way::Everywhere(here), true) = (way, known.is_set_up) {
                        (menu::navigation(here, language))
                    } @else if known.is_set_up {
                        nav aria-label=(say(Word::Menu)) {
                            a href=(public::LOCAL) { (say(Word::LocalTimeline)) }
                            a href=(public::DIRECTORY) { (say(Word::Directory)) }
                            a href=(about::ABOUT) { (say(Word::AboutTitle)) }
                            a href="/sign_in" { (say(Word::SignIn)) }
                        }
                    }
                }
                main id="main" { (body) }
            }
        }
    };
    let mut page = secured(Response::html(markup.into_string()), true);
    if script.is_some() {
        let policy = page.headers.iter_mut().find(|(name, _)| name == "Content-Security-Policy");
        let types = if frame.registers_worker { "sori-push" } else { "'none'" };
        policy.into_iter().for_each(|(_, value)| *value += &format!("{WITH_SCRIPT}; trusted-types {types}"));
    }
    page
}

/// Headers of every page. `has_form_action`: not on the consent page, whose form redirects to addresses of
/// apps.
pub fn secured(response: Response, has_form_action: bool) -> Response {
    let form = if has_form_action { "; form-action 'self'" } else { "" };
    response
        .with(
            "Content-Security-Policy",
            format!(
                "default-src 'none'; style-src 'self'; manifest-src 'self'; img-src 'self' https: data:; media-src 'self' https:; base-uri 'none'; frame-ancestors 'none'{form}"
            ),
        )
        .with("X-Content-Type-Options", "nosniff")
        .with("Referrer-Policy", "same-origin")
        .with("Cache-Control", "private, no-store")
        .with("Vary", "Accept, Accept-Language, Cookie")
}

/// The page of an error.
pub fn error_page(app: &App, request: &Request, error: &Error) -> Response {
    let language = Language::of(request);
    let is_absent = matches!(error, Error::NotFound | Error::Gone);
    let title = language.say(if is_absent { Word::NotFound } else { Word::Broken });
    let body = html! {
        h1 { (title) }
        p.lead { (lead(error, language)) }
        p { a href="/" { (language.say(Word::Home)) } }
    };
    let frame = Frame { title, is_narrow: true, ..Frame::default() };
    let way = match form::secret_in(app, request) {
        Some(_) => Way::Everywhere(&request.path),
        None => Way::ToSignIn,
    };
    render(app, request, &appearance::kept(request), way, &frame, None, &body).status(error.status())
}

/// What is said of an error: its message where that is one of the pages' own sentences, else a sentence by its status.
fn lead(error: &Error, language: Language) -> &'static str {
    let message = error.public_message();
    if let Some(own) = language.translated(&message) {
        return own;
    }
    language.say(match error.status() {
        400 | 415 => Word::BadRequest,
        401 | 403 => Word::NotAllowed,
        404 | 410 => Word::NotFoundLead,
        405 => Word::WrongMethod,
        409 => Word::Changed,
        413 => Word::TooLarge,
        422 => Word::Unacceptable,
        429 => Word::TooManyRequests,
        _ => Word::OurFault,
    })
}
