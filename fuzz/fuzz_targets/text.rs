//! Plain text: links, mentions, hashtags, emojis, handles, and the HTML that is made of it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sori::model::reaction;
use sori::text::entities::{self, Entity};
use sori::text::{acct, compose, count, emojis, hashtags, language, sanitize};

fuzz_target!(|text: &str| {
    let found = entities::find(text);
    let mut at = 0;
    for one in &found {
        assert!(at <= one.start && one.start < one.end, "{found:?}");
        at = one.end;
        let words = &text[one.start..one.end];
        match &one.entity {
            Entity::Link => {
                let lower = words.to_ascii_lowercase();
                assert!(lower.starts_with("http://") || lower.starts_with("https://"));
                assert!(!words.contains(char::is_whitespace));
            }
            Entity::Mention(mention) => {
                assert!(words.starts_with('@') && words[1..].starts_with(&mention.username));
            }
            Entity::Hashtag(tag) => {
                assert!(words.ends_with(&tag.name));
                assert!(hashtags::is_name(&tag.name), "{words}");
                assert!(hashtags::normalise(&tag.name).len() <= 400);
            }
        }
    }
    let made = compose::compose(text, "https://a.example", &|_| None);
    // Nothing of it is lost or doubled.
    let letters = |t: &str| t.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
    assert_eq!(letters(&sanitize::plain(&made.html)), letters(text.trim_matches('\n')));
    // It is as the sanitiser would have it, but for links and hashtags, which get its `rel`.
    let clean = sanitize::within(&made.html, usize::MAX / 2);
    // The sanitiser takes control characters out, and what is blank at the ends then.
    let shown = |html: &str| {
        let plain = sanitize::plain(html);
        plain.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect::<String>()
    };
    assert_eq!(shown(&clean), shown(&made.html));
    let _ = compose::field(text, "https://a.example");
    assert!(count::length(text, "") <= count::graphemes(text) + 23 * found.len());
    for name in emojis::shortcodes(text) {
        assert!(text.contains(&format!(":{name}:")));
    }
    // Pictures stand for shortcodes and for nothing else.
    assert_eq!(emojis::draw(&clean, |name| Some(format!(":{name}:"))), clean);
    if emojis::is_emoji(text) {
        assert!(reaction::is_name(text) && reaction::is_name(&emojis::qualified(text)));
        assert!(emojis::is_emoji(&emojis::qualified(text)), "{text:?}");
    }
    let _ = (acct::parse(text), language::normalise(text));
    assert!(sanitize::display_name(text).len() <= 2_000);
});
