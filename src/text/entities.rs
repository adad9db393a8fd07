//! Links, mentions and hashtags of a plain text. Links are found first: nothing within one is a mention or a
//! hashtag.

use super::hashtags::TagMatch;
use super::mentions::MentionMatch;
use super::{hashtags, links, mentions};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entity {
    Link,
    Mention(MentionMatch),
    Hashtag(TagMatch),
}

/// An entity and its position in the text (byte offsets).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub start: usize,
    pub end: usize,
    pub entity: Entity,
}

/// All entities in order, without overlaps.
pub fn find(text: &str) -> Vec<Found> {
    let links = links::find(text);
    let mentions = mentions::find(text).into_iter().map(|m| Found {
        start: m.start,
        end: m.end,
        entity: Entity::Mention(m),
    });
    let tags = hashtags::find(text).into_iter().map(|t| Found {
        start: t.start,
        end: t.end,
        entity: Entity::Hashtag(t),
    });
    let mut others: Vec<Found> = mentions.chain(tags).collect();
    others.sort_by_key(|f| f.start);

    let mut all = Vec::with_capacity(links.len() + others.len());
    let mut links = links.into_iter().peekable();
    let mut at = 0;
    for other in others {
        while let Some(link) = links.next_if(|link| link.start < other.end) {
            at = at.max(link.end);
            all.push(Found { start: link.start, end: link.end, entity: Entity::Link });
        }
        if other.start >= at {
            at = other.end;
            all.push(other);
        }
    }
    all.extend(links.map(|link| Found { start: link.start, end: link.end, entity: Entity::Link }));
    all
}

/// The mentions of a text, in order.
pub fn mentions(text: &str) -> Vec<MentionMatch> {
    find(text)
        .into_iter()
        .filter_map(|f| match f.entity {
            Entity::Mention(mention) => Some(mention),
            _ => None,
        })
        .collect()
}

/// The hashtags of a text, in order.
pub fn hashtags(text: &str) -> Vec<TagMatch> {
    find(text)
        .into_iter()
        .filter_map(|f| match f.entity {
            Entity::Hashtag(tag) => Some(tag),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::steps::tests::assert_linear;

    #[test]
    fn nothing_in_a_link_is_a_mention_or_a_hashtag() {
        let found = |text: &str| -> Vec<String> {
            let all = find(text);
            assert!(all.windows(2).all(|w| w[0].end <= w[1].start), "{text}: {all:?}");
            all.into_iter().map(|f| text[f.start..f.end].to_owned()).collect()
        };
        for (text, wanted) in [
            ("https://x.example/search?q=@bob@b.example", vec!["https://x.example/search?q=@bob@b.example"]),
            ("https://x.example/?q=(@bob) @eve", vec!["https://x.example/?q=(@bob)", "@eve"]),
            ("https://x.example/-@bob,-#tag!-#tag #y", vec!["https://x.example/-@bob,-#tag!-#tag", "#y"]),
            ("http://x.example/a:#b. (#c)", vec!["http://x.example/a:#b", "#c"]),
            ("@bob https://x.example/ #c", vec!["@bob", "https://x.example/", "#c"]),
            ("@bob@https://x.example/", vec!["https://x.example/"]),
            ("x.example/search?q=@bob", vec![]),
            ("x.example/search?q=#bob", vec![]),
            ("@bob@b.example#tag #a@b", vec!["@bob@b.example", "#a"]),
        ] {
            assert_eq!(found(text), wanted, "{text}");
        }
        assert!(mentions("https://x.example/search?q=(@bob@b.example").is_empty());
        assert!(hashtags("https://x.example/?(#bob").is_empty());
    }

    #[test]
    fn texts_take_steps_by_their_length() {
        for text in [
            "@a",
            "@a@",
            "@a.",
            "@a@b-",
            "#a",
            "#",
            "#·",
            "##",
            "#1",
            "https://",
            "https://a.example/(@a ",
            ")",
            "://",
            "http",
            "https://a.example/)",
            "https://a.example/(",
            "https://a.example",
            "a@",
            "한#",
            "https://a.example/'",
            "https://a.example/#",
            "https://a.example:",
            "https://@",
            "@https://a.example ",
            "'https://a.example/",
        ] {
            for before in ["", "https://a.example/", "#a", "@a@a"] {
                let made = |n: usize| format!("{before}{}", text.repeat(n / text.len()));
                assert_linear(text, made, |text| drop(find(text)));
            }
        }
    }
}
