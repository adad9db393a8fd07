//! Reactions with emojis, and the forms to give and take them.

use maud::{Markup, html};

use crate::http::handler::Context;
use crate::model::limits;
use crate::web::text::emoji;
use crate::web::words::{Language, Word};

/// What is offered at once.
const USUAL: [&str; 6] = ["👍", "❤️", "😂", "😮", "😢", "🎉"];

/// Reactions of one emoji: its name, how many, whether the reader's own is among them, and the picture of a custom one.
pub type One<'a> = (&'a str, i64, bool, Option<&'a str>);

/// `all`; with the forms where there is an address to send them to, and their hidden fields. The parameter is `react`, or `unreact`.
/// `id`: of the field, once a page; `typed`: what was refused.
pub fn reactions<'a>(
    c: &Context<'_>,
    all: impl IntoIterator<Item = One<'a>>,
    form: Option<(&str, &Markup)>,
    id: &str,
    typed: Option<&str>,
) -> Markup {
    let say = |word| Language::of(c.request).say(word);
    let all: Vec<One<'_>> = all.into_iter().collect();
    let shown = |(name, count, _, url): &One<'_>| html! { (emoji(c, name, *url)) " " span { (count) } };
    let Some((to, hidden)) = form else {
        return html! { @if !all.is_empty() { ul.reactions { @for one in &all { li { (shown(one)) } } } } };
    };
    html! {
        @if !all.is_empty() { form.reactions method="post" action=(to) {
            (hidden)
            @for one in &all { button type="submit" name=(if one.2 { "unreact" } else { "react" }) value=(one.0) aria-pressed=(one.2) { (shown(one)) } }
        } }
        details open[typed.is_some()] {
            summary { (say(Word::React)) }
            form.reactions method="post" action=(to) {
                (hidden)
                @for one in USUAL { button type="submit" name="react" value=(one) { (one) } }
            }
            // A form of its own: the return key presses the first button of one.
            form.reactions method="post" action=(to) {
                (hidden)
                @if typed.is_some() { p.error id={ (id) "-wrong" } role="alert" { (say(Word::NoEmoji)) } }
                label for=(id) { (say(Word::EmojiOrName)) }
                input id=(id) name="react" type="text" value=[typed] required maxlength=(limits::REACTION) autocapitalize="none" autocomplete="off" aria-describedby=[typed.map(|_| format!("{id}-wrong"))];
                button type="submit" { (say(Word::React)) }
            }
        }
    }
}
