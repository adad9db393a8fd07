//! What people wrote, with its custom emojis as pictures.

use std::collections::HashMap;

use maud::{Markup, PreEscaped};

use crate::http::handler::Context;
use crate::model::account::{Account, Emoji};
use crate::model::reaction::shortcode;
use crate::text::{emojis, escape};

/// Sanitised HTML.
pub fn html(c: &Context<'_>, html: &str, known: &[Emoji]) -> Markup {
    if known.is_empty() || !html.contains(':') {
        return PreEscaped(html.to_owned());
    }
    let links = c.app.links();
    let by_name: HashMap<&str, &Emoji> = known.iter().map(|e| (e.shortcode.as_str(), e)).collect();
    // A text may have the same one many times.
    let mut tags: HashMap<&str, String> = HashMap::new();
    PreEscaped(emojis::draw(html, |name| {
        let (name, emoji) = by_name.get_key_value(name)?;
        let tag = tags.entry(name).or_insert_with(|| {
            let (url, name) = (escape::html(&links.of(&emoji.url)), escape::html(name));
            format!(r#"<img class="emoji" src="{url}" alt=":{name}:" title=":{name}:" loading="lazy">"#)
        });
        Some(tag.clone())
    }))
}

/// A plain text.
pub fn plain(c: &Context<'_>, text: &str, known: &[Emoji]) -> Markup {
    html(c, &escape::html(text), known)
}

/// The emoji of a reaction: a character, or a picture.
pub fn emoji(c: &Context<'_>, name: &str, url: Option<&str>) -> Markup {
    let Some(url) = url else { return PreEscaped(escape::html(name)) };
    let shortcode = shortcode(name).to_owned();
    let text = format!(":{shortcode}:");
    plain(c, &text, &[Emoji { shortcode, url: url.to_owned(), static_url: String::new() }])
}

/// A sentence with these parts in the place of its placeholders `{name}`.
pub fn fill(sentence: &str, parts: &[(&str, &Markup)]) -> Markup {
    let (mut all, mut rest) = (String::new(), sentence);
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        all.push_str(&escape::html(before));
        if let Some((_, part)) = parts.iter().find(|(known, _)| *known == name) {
            all.push_str(&part.0);
        }
        rest = after;
    }
    all.push_str(&escape::html(rest));
    PreEscaped(all)
}

/// Whether an address of somebody's is one of the web, which may be a link.
pub fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

/// The name of an account.
pub fn name(c: &Context<'_>, account: &Account) -> Markup {
    plain(c, account.name(), &account.emojis)
}
