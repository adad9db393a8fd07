//! Pictures, videos and sounds as tiles.

use maud::{Markup, html};

use super::filtered::Filtered;
use super::reading::Reading;
use super::status::page_of;
use crate::http::handler::Context;
use crate::model::media::Kind;
use crate::model::page::Listed;
use crate::model::status::{Attachment, StatusView};
use crate::web::words::{Language, Word};

/// The files of a page of statuses; each leads to its status. What is sensitive, or covered by a filter of the reader's, is behind a
/// warning.
pub fn gallery(c: &Context<'_>, reading: &Reading<'_>, statuses: &Listed<StatusView>) -> Markup {
    let language = Language::of(c.request);
    html! {
        @if statuses.is_empty() { p.lead { (language.say(Word::NoPosts)) } }
        ul.gallery { @for view in statuses.iter() { (of(c, reading, view, language)) } }
    }
}

fn of(c: &Context<'_>, reading: &Reading<'_>, view: &StatusView, language: Language) -> Markup {
    let status = &view.status;
    let warning = match reading.filtered(view) {
        Filtered::Hidden => return Markup::default(),
        Filtered::Behind(title) => Some(language.say(Word::FilteredBy).replace("{title}", title)),
        Filtered::No if !status.spoiler_text.is_empty() => Some(status.spoiler_text.clone()),
        Filtered::No => view.is_sensitive().then(|| language.say(Word::SensitiveMedia).to_owned()),
    };
    let page = page_of(view);
    html! {
        @for file in &status.media {
            li {
                @if let Some(warning) = &warning { details { summary dir="auto" { (warning) } (tile(c, &page, file, language)) } }
                @else { (tile(c, &page, file, language)) }
            }
        }
    }
}

fn tile(c: &Context<'_>, page: &str, file: &Attachment, language: Language) -> Markup {
    let links = c.app.links();
    let kind = Kind::from_name(&file.kind);
    let word = if kind == Kind::Image { Word::Picture } else { Word::MediaTab };
    let description = file.description.as_deref().filter(|text| !text.is_empty());
    let description = description.unwrap_or(language.say(word));
    let picture = match kind {
        Kind::Image => Some(file.preview_url.as_deref().unwrap_or(&file.url)),
        Kind::Gifv | Kind::Video => file.preview_url.as_deref(),
        Kind::Audio | Kind::Unknown => None,
    };
    html! {
        a href=(page) {
            @match picture {
                Some(url) => { img src=(links.of(url)) alt=(description) loading="lazy"; }
                None => { span dir="auto" { (description) } }
            }
        }
    }
}
