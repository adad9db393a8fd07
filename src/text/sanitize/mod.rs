//! Sanitises foreign HTML with Mastodon's allow-list
//! (<https://docs.joinmastodon.org/spec/activitypub/#sanitization>, and what its source adds).
//!
//! No input is copied: the output is written from tokens, with no elements and attributes other than those
//! below, every text and value escaped, every element closed. Any input gives balanced markup of this list,
//! of bounded length.

mod allowed;
mod gap;
mod plain;
mod writer;

pub use self::plain::{cut, display_name, line, plain, visible_form};

use self::writer::Writer;
use super::html::{MAX_HTML, read};
use crate::model::limits;

/// The sanitised HTML of a status.
pub fn status_html(html: &str) -> String {
    within(html, limits::CONTENT)
}

/// Like [`status_html`], with the length limit of a bio.
pub fn note_html(html: &str) -> String {
    within(html, limits::BIO)
}

/// Like [`status_html`], with the length limit of a profile field.
pub fn field_html(html: &str) -> String {
    within(html, limits::FIELD_VALUE)
}

/// Sanitised HTML of at most `max` bytes: cut between characters and tags, with every element closed.
pub fn within(html: &str, max: usize) -> String {
    let mut writer = Writer::new(max, html.len().min(MAX_HTML));
    read(html, |token| {
        writer.token(token);
        !writer.is_full
    });
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_allowed_stays() {
        for (html, wanted) in [
            ("<p>Hello <b>you</b><br>there</p>", "<p>Hello <b>you</b><br>there</p>"),
            (
                "<a href=\"https://x.example\" class=\"mention evil u-url\" onclick=\"x()\">x</a>",
                "<a href=\"https://x.example\" class=\"mention u-url\" target=\"_blank\" rel=\"nofollow noopener\">x</a>",
            ),
            ("<h1 id=x>Title</h1>text", "<p><strong>Title</strong></p>text"),
            (
                "<span class=\"invisible x\" translate=\"no\">a</span>",
                "<span class=\"invisible\" translate=\"no\">a</span>",
            ),
            ("<p>one<p>two", "<p>one</p><p>two</p>"),
            ("<ul><li>a<li>b<ul><li>c</ul></ul>d", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>d"),
            ("<p>a<blockquote><p>b</blockquote>c", "<p>a</p><blockquote><p>b</p></blockquote>c"),
            ("<b>a<i>b</b>c</i>", "<b>a<i>b</i></b>c"),
            ("<p>&amp;lt; &nbsp;&eacute; a&b</p>", "<p>&amp;lt; \u{a0}é a&amp;b</p>"),
            ("<div>x</div><table><tr><td>y</table>", "x<br>y"),
            (
                "<math><semantics><mi>x</mi><annotation encoding=\"application/x-tex\">x^2</annotation></semantics></math>!",
                "$x^2$!",
            ),
            (
                "<a href=\"https://x.example/?a=1&amp;b='2'\">x</a>",
                "<a href=\"https://x.example/?a=1&amp;b=&#39;2&#39;\" target=\"_blank\" rel=\"nofollow noopener\">x</a>",
            ),
            ("<a>x</a> <a href=\"/here\">y</a> <a href=\"javascript:x\">z</a>", "x y z"),
            ("<ol start=\"3\"><li value=\"2\">x</li></ol>", "<ol start=\"3\"><li value=\"2\">x</li></ol>"),
            ("<p lang=\"ko\">안녕</p>", "<p lang=\"ko\">안녕</p>"),
        ] {
            assert_eq!(status_html(html), wanted);
        }
    }

    #[test]
    fn fed_trap_65_hostile_html_is_harmless_and_never_fails() {
        for evil in [
            "<script>alert(1)</script>x",
            "<svg/onload=alert(1)>",
            "<img src=x onerror=alert(1)>",
            "<a href=\"javascript:alert(1)\">x</a>",
            "<a href=\" java\tscript:alert(1)\">x</a>",
            "<a href=\"data:text/html,<script>\">x</a>",
            "<style>*{}</style>",
            "<iframe src=x></iframe>",
            "<math><annotation>x</annotation></math>",
            "<math><annotation encoding=\"x\"><script>1</script></annotation></math>",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<p style=\"x:expression(1)\">x</p>",
            "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
            "<<script>script>alert(1)<</script>/script>",
            "<a href=\"//evil.example\">x</a>",
            "<base href=//x>",
        ] {
            let clean = status_html(evil).to_lowercase();
            for bad in [
                "<script",
                "onerror=",
                "onload=",
                "javascript:",
                "<style",
                "<iframe",
                "<svg",
                "<math",
                "data:",
                "style=",
                "<img",
                "<base",
            ] {
                assert!(!clean.contains(bad), "{evil} → {clean}");
            }
        }
        let bomb = "<b>".repeat(50_000);
        assert!(status_html(&bomb).len() < 1_000);
        let unclosed = "<a href=\"".repeat(50_000);
        assert!(status_html(&unclosed).len() < 1_000);
    }

    #[test]
    fn sanitising_twice_changes_nothing_and_no_bytes_panic() {
        let mut seed = 7u64;
        let alphabet = [
            "<",
            ">",
            "\"",
            "'",
            "&",
            ";",
            "a",
            "p",
            "script",
            "span",
            " ",
            "=",
            "href",
            "https://x.example",
            "/",
            "<p>",
            "</p>",
            "<br>",
            "<a ",
            "h1",
            "<h1>",
            "한",
            "\u{0}",
            "&lt;",
            "&#x27;",
            "<!--",
            "-->",
            "<![CDATA[",
        ];
        for _ in 0..500 {
            let mut html = String::new();
            for _ in 0..40 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                html.push_str(alphabet[(seed >> 33) as usize % alphabet.len()]);
            }
            let once = status_html(&html);
            assert!(!once.to_lowercase().contains("<script"), "{html} → {once}");
            assert_eq!(status_html(&once), once, "{html}");
            let _ = plain(&html);
        }
    }

    /// 254 kB of `<h1>` once became 1.5 MB, which made every page too large.
    #[test]
    fn no_rewriting_grows_beyond_the_limit() {
        for element in [
            "<h1>",
            "<h1>x",
            "<p>",
            "<li>",
            "<b>",
            "</br>",
            "<div>x",
            "<td>x",
            "<a href=\"https://x.example\">",
            "&",
            "<",
            "'",
            "<pre>\n",
            "<ol start=1 lang=en reversed>",
            "<blockquote>",
            "<math>x",
            "<ruby><rt>x",
            "<p class=\"h-a\">x",
            "한",
        ] {
            let html = element.repeat(80_000 / element.len());
            for (made, max) in
                [(status_html(&html), 65_536), (note_html(&html), 20_000), (field_html(&html), 2_047)]
            {
                assert!(made.len() <= max, "{element}: {}", made.len());
                assert_eq!(within(&made, max), made, "{element}");
            }
            assert!(plain(&html).len() <= html.len() * 2, "{element}");
        }
    }

    #[test]
    fn what_is_cut_is_cut_between_characters_and_tags() {
        let html =
            "<p>한글 &amp; <a href=\"https://x.example/?a&amp;b\">link</a></p><pre>\nx</pre><div>y</div>z";
        let whole = within(html, 10_000);
        for max in 0..=whole.len() {
            let made = within(html, max);
            assert!(made.len() <= max, "{max}: {made}");
            assert_eq!(within(&made, max), made, "{max}");
            assert_eq!(within(&made, 10_000), made, "{max}: {made}");
            assert!(plain(&whole).starts_with(plain(&made).trim_end()), "{max}: {made}");
        }
        assert_eq!(within(html, whole.len()), whole);
    }

    #[test]
    fn elements_that_are_left_out_set_words_apart() {
        for (html, shown, text) in [
            ("<div>a</div><div>b</div>", "a<br>b", "a\nb"),
            ("a<div>b</div>c", "a<br>b<br>c", "a\nb\nc"),
            ("<section>a</section>b", "a<br>b", "a\nb"),
            ("<table><tr><td>a<td>b<tr><th>c</table>d", "a b<br>c<br>d", "a b\nc\n\nd"),
            ("<dl><dt>a<dd>b</dl>c", "a<br>b<br>c", "a\nb\n\nc"),
            ("a<hr>b", "a<br>b", "a\nb"),
            ("<details><summary>a</summary>b</details>c", "a<br>b<br>c", "a\nb\nc"),
            ("<figure>a<figcaption>b</figcaption></figure>c", "a<br>b<br>c", "a\nb\nc"),
            ("<form><fieldset><legend>a</legend>b</fieldset></form>", "a<br>b", "a\nb"),
            ("<nav>a</nav><main>b</main><footer>c</footer>", "a<br>b<br>c", "a\nb\nc"),
            ("x<p>y</p>z", "x<p>y</p>z", "x\ny\n\nz"),
            ("x<h2>y</h2>z", "x<p><strong>y</strong></p>z", "x\ny\n\nz"),
            ("x<ul><li>y<li>z</ul>", "x<ul><li>y</li><li>z</li></ul>", "x\ny\nz"),
            ("<p>a<div>b</div></p>c", "<p>a<br>b</p>c", "a\nb\n\nc"),
            ("<div>a</div> \n <div><b>b</b></div>", "a<br><b>b</b>", "a\nb"),
            ("<div><p>a</p></div><div><p>b</p></div>", "<p>a</p><p>b</p>", "a\n\nb"),
            ("<div></div>a<div></div>", "a", "a"),
            ("one<br><div>two</div>", "one<br>two", "one\ntwo"),
            ("w<i>o</i>r<span>d</span>s<font>!</font>", "w<i>o</i>r<span>d</span>s!", "words!"),
        ] {
            assert_eq!(status_html(html), shown, "{html}");
            assert_eq!(plain(html), text, "{html}");
        }
    }

    #[test]
    fn documents_take_steps_by_their_length() {
        use crate::text::steps::tests::assert_linear;
        for (what, text) in [
            ("open", "<b>"),
            ("closed", "</b>"),
            ("items", "<li>x"),
            ("misnested", "<b><i></b>x</i>"),
            ("headings", "<h1>x"),
            ("cells", "<td>x"),
            ("links", "<a href=\"https://x.example\">x"),
            ("classes", "<p class=\"h-a u-b x\">"),
            ("formulas", "<math>x"),
            ("annotations", "<math><annotation encoding=text/plain>x</annotation></math>"),
        ] {
            assert_linear(what, |n| text.repeat(n), |html| drop(status_html(html)));
            assert_linear(what, |n| text.repeat(n), |html| drop(plain(html)));
        }
    }

    #[test]
    fn our_own_html_survives() {
        let made = crate::text::compose::compose(
            "hi @bob #tag https://www.example.com/a/long/path/that/is/cut/somewhere?x=1&y=2\n\nmore <b>",
            "https://a.example",
            &|_| {
                Some(crate::text::compose::Target {
                    url: "https://b.example/@bob".into(),
                    username: "bob".into(),
                })
            },
        );
        let clean = status_html(&made.html);
        assert_eq!(plain(&clean), plain(&made.html));
        assert!(
            clean.contains("class=\"u-url mention\"") && clean.contains("class=\"mention hashtag\""),
            "{clean}"
        );
    }
}
