//! What is read of a document: vectors, another tokenizer, steps, depth.

use super::*;
use crate::text::steps::tests::assert_linear;

fn shown(html: &str) -> String {
    let mut out = String::new();
    read(html, |token| {
        match token {
            Token::Text(text) => out.push_str(text),
            Token::Start(tag) => {
                out.push_str(&format!("[{}{:?}]", tag.name(), tag.attributes().collect::<Vec<_>>()));
            }
            Token::End(name) => out.push_str(&format!("[/{name}]")),
        }
        true
    });
    out
}

#[test]
fn a_long_document_is_cut_between_characters() {
    let mut bytes = 0;
    read(&format!("a{}", "é".repeat(MAX_HTML)), |token| {
        if let Token::Text(text) = token {
            bytes += text.len();
        }
        true
    });
    assert_eq!(bytes, MAX_HTML - 1);
}

#[test]
fn reads_what_people_and_programs_write() {
    for (html, wanted) in [
        ("a < b <3 &amp; c", "a < b <3 & c"),
        ("<P CLASS=x>y</P >", "[p[(\"class\", \"x\")]]y[/p]"),
        ("<a href='x>y' b>z", "[a[(\"href\", \"x>y\"), (\"b\", \"\")]]z"),
        ("<a href=\"&lt;&#x41;\">", "[a[(\"href\", \"<A\")]]"),
        ("<br/><br /><hr>", "[br[]][br[]][hr[]]"),
        ("a<!-- <p> -->b<!-->c<!doctype html>d<?php x ?>e", "abcde"),
        ("a<script>if (1 < 2) '<p>'</script >b", "ab"),
        ("a<script>never ends", "a"),
        ("a<p title=\"never ends", "a"),
        ("a</>b</ x>c", "abc"),
        ("<a =x>", "[a[(\"=x\", \"\")]]"),
        ("<a a=1 A=2>", "[a[(\"a\", \"1\")]]"),
        ("<a a=\"1\"b=2>", "[a[(\"a\", \"1\"), (\"b\", \"2\")]]"),
        ("<", "<"),
        ("한<b>글", "한[b[]]글"),
        ("a<svg/>b<svg><svg></svg>x</svg>c<svg>d", "abc"),
        ("a<template><p>b</template>c<plaintext><b>d", "ac"),
        ("a<textarea><p>&lt;</p></textarea>b<title><b></title>c", "abc"),
        ("a\r\nb\rc\0d", "a\nb\ncd"),
        ("<math><style>x</math>y", "[math[]][style[]]x[/math]y"),
    ] {
        assert_eq!(shown(html), wanted, "{html}");
    }
}

#[test]
fn character_references_as_the_standard_reads_them() {
    for (html, wanted) in [
        ("&lt;&gt;&amp;&quot;&#39;&apos;", "<>&\"''"),
        ("&nbsp;&eacute;&yuml;&hellip;&ndash;", "\u{a0}éÿ…–"),
        ("&#x1f600; &#128512;", "😀 😀"),
        ("&#0; &#xd800; &#x110000; &#150;", "\u{fffd} \u{fffd} \u{fffd} –"),
        ("a & b &unknown; &", "a & b &unknown; &"),
        ("&amp;lt; &zwnj;", "&lt; \u{200c}"),
        ("&fjlig;&NotEqualTilde;", "fj\u{2242}\u{338}"),
        ("<a href=\"?a=1&b=2&copy=3&lt;\">", "[a[(\"href\", \"?a=1&b=2&copy=3<\")]]"),
    ] {
        assert_eq!(shown(html), wanted, "{html}");
    }
}

#[test]
fn a_reader_that_has_enough_is_given_no_more() {
    let mut seen = 0;
    read(&"<b>x".repeat(1_000), |_| {
        seen += 1;
        seen < 3
    });
    assert_eq!(seen, 3);
}

/// Attributes with different names.
fn names(n: usize) -> impl Iterator<Item = String> {
    (0..n).map(|n| format!("a{n:x}"))
}

#[test]
fn each_document_takes_steps_by_its_length() {
    let attributes = |n: usize, between: &str, after: &str| {
        format!("<a {}{after}", names(n).collect::<Vec<_>>().join(between))
    };
    type Text = Box<dyn Fn(usize) -> String>;
    let all: [(&str, Text); 17] = [
        ("comments", Box::new(|n| "<!---->".repeat(n))),
        ("open comments", Box::new(|n| "<!--".repeat(n))),
        ("ends in a comment", Box::new(|n| format!("<!--{}", ">".repeat(n)))),
        ("ampersands", Box::new(|n| "&".repeat(n))),
        ("references", Box::new(|n| "&noti".repeat(n))),
        ("long references", Box::new(|n| format!("&{}", "a".repeat(n)))),
        ("attributes", Box::new(move |n| attributes(n, " ", ">"))),
        ("attributes by slashes", Box::new(move |n| attributes(n, "/", ">"))),
        ("attributes by quotes", Box::new(move |n| attributes(n, "=\"\"", "=\"\">"))),
        ("a tag that never ends", Box::new(move |n| attributes(n, " ", ""))),
        ("an end tag", Box::new(|n| format!("</a {}>", names(n).collect::<Vec<_>>().join(" ")))),
        (
            "the end tag of a script",
            Box::new(|n| format!("<script></script {}>", names(n).collect::<Vec<_>>().join(" "))),
        ),
        (
            "tags of many attributes",
            Box::new(|n| format!("<a {}>", names(90).collect::<Vec<_>>().join(" ")).repeat(n / 90)),
        ),
        ("nested", Box::new(|n| "<b>".repeat(n))),
        ("scripts", Box::new(|n| "<script></a <script></script".repeat(n))),
        ("angles", Box::new(|n| "<".repeat(n))),
        ("open tags", Box::new(|n| "<a <a \"".repeat(n))),
    ];
    for (what, text) in all {
        assert_linear(what, text, |html| read(html, |_| true));
    }
}

#[test]
fn a_tag_of_too_many_attributes_is_read_without_them() {
    let tag = |n: usize| format!("x<a {}>y", names(n).collect::<Vec<_>>().join(" "));
    assert!(shown(&tag(100)).starts_with("x[a[(\"a0\""));
    assert_eq!(shown(&tag(101)), "x[a[]]y");
    assert_eq!(shown(&format!("<title>x</title {}>y", names(101).collect::<Vec<_>>().join(" "))), "y");
    // Quoted values contain no attributes.
    let path = "M0 0/'1".repeat(10_000);
    assert_eq!(shown(&format!("<a title=\"{path}\">")), format!("[a[(\"title\", {path:?})]]"));
}

/// What html5ever's tokenizer reads of a document.
fn as_another_reads(html: &str) -> String {
    use html5ever::buffer_queue::BufferQueue;
    use html5ever::tokenizer::states::RawKind;
    use html5ever::tokenizer::{TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
    #[derive(Default)]
    struct Sink(std::cell::RefCell<String>);
    impl TokenSink for Sink {
        type Handle = ();

        fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
            let mut out = self.0.borrow_mut();
            match token {
                Token::TagToken(tag) if tag.kind == TagKind::EndTag => {
                    out.push_str(&format!("[/{}]", tag.name));
                }
                Token::TagToken(tag) => {
                    let all: Vec<(&str, &str)> =
                        tag.attrs.iter().map(|a| (&*a.name.local, &*a.value)).collect();
                    out.push_str(&format!("[{}{all:?}]", tag.name));
                    return match raw_state(&tag.name) {
                        Some(State::RcData) => TokenSinkResult::RawData(RawKind::Rcdata),
                        Some(State::RawText) => TokenSinkResult::RawData(RawKind::Rawtext),
                        Some(_) => TokenSinkResult::RawData(RawKind::ScriptData),
                        None => TokenSinkResult::Continue,
                    };
                }
                Token::CharacterTokens(text) => out.push_str(&text),
                _ => {}
            }
            TokenSinkResult::Continue
        }
    }
    let options = TokenizerOpts { discard_bom: false, ..TokenizerOpts::default() };
    let tokenizer = Tokenizer::new(Sink::default(), options);
    let queue = BufferQueue::default();
    queue.push_back(html.into());
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    tokenizer.sink.0.into_inner()
}

#[test]
fn another_tokenizer_reads_the_same() {
    let words = [
        "<",
        ">",
        "/",
        "=",
        "\"",
        "'",
        " ",
        "a",
        "b",
        "!",
        "--",
        "?",
        "-",
        "<a",
        "</a",
        "<!--",
        "-->",
        "--!>",
        "<!doctype",
        "script",
        "<script",
        "</script",
        "<script>",
        "</script>",
        "title",
        "<title>",
        "</title>",
        "<style>",
        "</style>",
        "<textarea>",
        "</textarea >",
        "\n",
        "\r",
        "\r\n",
        "\t",
        "&",
        ";",
        "#",
        "&amp;",
        "&lt",
        "&notin;",
        "&not",
        "&copy=",
        "&#",
        "&#x",
        "1f600",
        "65",
        "&#0;",
        "&#x80;",
        "]]>",
        "<![CDATA[",
        "한",
        "é",
        "\u{feff}",
        "A",
        "<B",
        "c=d",
        "<b x=y",
        "<b/>",
        "</>",
        "<?php",
        "\u{1f600}",
        "&NotEqualTilde;",
        "&zwnj;",
    ];
    let mut seed = 7u64;
    let mut next = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % n
    };
    for _ in 0..20_000 {
        let html: String = (0..next(25)).map(|_| words[next(words.len())]).collect();
        let mut ours = String::new();
        read_with(&html, MAX_HTML, &DROPPED, |token| {
            match token {
                Token::Text(text) => ours.push_str(text),
                Token::Start(tag) => {
                    ours.push_str(&format!("[{}{:?}]", tag.name(), tag.attributes().collect::<Vec<_>>()));
                }
                Token::End(name) => ours.push_str(&format!("[/{name}]")),
            }
            true
        });
        assert_eq!(ours, as_another_reads(&html), "{html:?}");
    }
}

/// Newer versions of html5gum (0.6 to 0.9) call themselves for each attribute.
#[test]
fn no_document_needs_a_deep_stack() {
    let patterns = [
        "<a ",
        " rel=\"me\"",
        " a",
        " a=b",
        " a='b'",
        " a = b ",
        "/",
        "=",
        "\"",
        "'",
        "<",
        "</",
        "</a",
        "<!",
        "<!--",
        "-",
        "--!",
        "?",
        "&",
        "&a",
        "&#",
        "&#x",
        "&#1;",
        "&amp;",
        "<script",
        "</script",
        "<!--<script",
        "<![CDATA[",
        "]",
        "\r",
        "\n",
        " ",
        "\0",
        "한",
        "<!doctype ",
        "<b>",
        "<svg>",
        "<textarea>",
        "x",
    ];
    let read_all = move || {
        for begin in [
            "",
            "<a",
            "<a b=\"",
            "<a b='",
            "<a b=",
            "</a ",
            "<!--",
            "<!doctype a ",
            "<!doctype a public '",
            "<script>",
            "<script><!--",
            "<script><!--<script",
            "<title>",
            "<style>",
            "&",
            "<svg><![CDATA[",
        ] {
            for pattern in patterns {
                let html = format!("{begin}{}", pattern.repeat(100_000 / pattern.len()));
                read(&html, |_| true);
                read(&format!("{html}>"), |_| true);
            }
        }
    };
    std::thread::Builder::new().stack_size(512 * 1024).spawn(read_all).unwrap().join().unwrap();
}
