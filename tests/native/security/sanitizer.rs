//! The sanitiser's output, parsed by html5ever in every context where stored HTML is printed: only allowed
//! elements, attributes and schemes, nothing outside its container, and unchanged when sanitised again.
//! `SORI_SEED=5 cargo nextest run sanitizer` makes other documents.

use markup5ever_rcdom::Handle;
use sori::platform::native::Random;

use super::sanitized::{below, check, fragment, name, text};

/// Known attacks on sanitisers: scripts, event handlers, schemes and their spellings, raw text, foreign
/// content, misnesting, and mutation by parsing and serialising.
const VECTORS: &[&str] = &[
    "<script>alert(1)</script>",
    "<ScRiPt >alert(1)</sCrIpT >",
    "<script/src=//evil.example>",
    "<script x>alert(1)</script\n>",
    "<script>alert(1)",
    "<<script>script>alert(1)<</script>/script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script><!--<script></script>--><p>x</p></script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x:x onerror=alert(1)//",
    "<img/src/onerror=alert(1)>",
    "<IMG \"\"\"><SCRIPT>alert(1)</SCRIPT>\">",
    "<img src=`x` onerror=`alert(1)`>",
    "<img src='x'onerror='alert(1)'>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><script xlink:href=data:,alert(1) />",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<svg><set attributeName=href to=javascript:alert(1)><a>x</a></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<svg><foreignObject><p><img src=x onerror=alert(1)></p></foreignObject></svg>",
    "<svg><desc><![CDATA[</desc><script>alert(1)</script>]]></svg>",
    "<svg><title><style><img src=x onerror=alert(1)></style></title></svg>",
    "<svg><p>x</p><b>y",
    "<math><a xlink:href=\"javascript:alert(1)\">x</a></math>",
    "<math href=\"javascript:alert(1)\">x</math>",
    "<math><maction actiontype=statusline#http://x xlink:href=javascript:alert(1)>x</maction></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mtext><mglyph><svg><mtext><textarea><path id=\"</textarea><img src onerror=alert(1)>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><annotation-xml encoding=\"text/html\"><style><img title=\"</style><img src onerror=alert(1)>\"></style></annotation-xml></math>",
    "<math><annotation encoding=\"application/x-tex\"><script>alert(1)</script>&lt;img src=x onerror=alert(1)&gt;</annotation></math>",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<noscript><style></noscript><img src=x onerror=alert(1)></style>",
    "<noembed><img src=x onerror=alert(1)></noembed>",
    "<noframes><p id=\"</noframes><img src=x onerror=alert(1)>\"></noframes>",
    "<xmp><p id=\"</xmp><img src=x onerror=alert(1)>\">",
    "<plaintext><img src=x onerror=alert(1)>",
    "<title><p id=\"</title><img src=x onerror=alert(1)>\">",
    "<textarea><p id=\"</textarea><img src=x onerror=alert(1)>\">",
    "<style><style/><img src=x onerror=alert(1)>",
    "<style>@import'//evil.example';</style><p style=\"x:expression(alert(1))\">x</p>",
    "<template><img src=x onerror=alert(1)></template>",
    "<template><template></template><script>alert(1)</script></template>x",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\">",
    "<object data=javascript:alert(1)><p>x</p></object>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x></applet><base href=//evil.example><link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<body onload=alert(1)><p>x</p></body>",
    "<html manifest=x><head><title>x</title></head><frameset onload=alert(1)>",
    "<input onfocus=alert(1) autofocus><keygen autofocus onfocus=alert(1)><isindex action=javascript:alert(1)>",
    "<form action=javascript:alert(1)><button formaction=javascript:alert(1)>x</button></form>",
    "<select><iframe></select><img src=x onerror=alert(1)>",
    "<select><option><style></option></select><img src=x onerror=alert(1)></style>",
    "<video><source onerror=alert(1)></video><audio src=x onerror=alert(1)>x",
    "<details open ontoggle=alert(1)>x</details><marquee onstart=alert(1)>x</marquee>",
    "<table background=javascript:alert(1)><td background=javascript:alert(1)>x",
    "<table><a href=\"https://x.example\"><tr><td>x</a><p>y</table>z",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\" javascript:alert(1)\">x</a>",
    "<a href=\"java\tscript:alert(1)\">x</a>",
    "<a href=\"java&#10;script:alert(1)\">x</a>",
    "<a href=\"&#1;javascript:alert(1)\">x</a>",
    "<a href=\"&#106;avascript&colon;alert(1)\">x</a>",
    "<a href=\"javascript&#0000058alert(1)\">x</a>",
    "<a href=\"jav\u{0}ascript:alert(1)\">x</a>",
    "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
    "<a href=\"\u{1680}javascript:alert(1)\">x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a><a href=\"feed:javascript:alert(1)\">x</a>",
    "<a href=\"//evil.example\">x</a><a href=\"/x\">x</a><a href=\"#x\">x</a><a href=\"?x\">x</a><a href>x</a>",
    "<a href=\"https://x.example\" href=\"javascript:alert(1)\">x</a>",
    "<a HREF=https://x.example/\"onmouseover=alert(1)>x</a>",
    "<a href='https://x.example/&quot;onmouseover=alert(1)'>x</a>",
    "<a href=\"https://x.example\"onclick=alert(1)>x</a>",
    "<a href=\"https://x.example/\n\">x</a><a href=\"https:\r//x.example\">y</a>",
    "<a href=https://x.example target=_self rel=opener ping=//evil.example download>x</a>",
    "<a href=https://x.example><a href=https://y.example>x</a></a><a href=https://x.example><p><a href=https://y.example>z",
    "<p class=\"h-x\" class=\"evil\">x</p><span class='u-\"><img src=x onerror=alert(1)>'>x</span>",
    "<p lang='\"><img src=x onerror=alert(1)>'>x</p><p lang=\"&#13;\">x</p>",
    "<ol start='1\"onclick=alert(1)' reversed=\"x\"><li value=\"9\" onclick=x>x</ol>",
    "<p><b><i><u>x</p>y</u></i></b>",
    "<b><b><b><b><b>x</b></b></b></b></b>",
    "<p>a<p>b</p></p></p>c",
    "<ul><li>a<li>b<ol><li>c</ul>d</ol>e",
    "<li>a<li>b</li></ul>c<blockquote><li>d<blockquote><li>e",
    "<blockquote><p>a<blockquote>b</p>c</blockquote></p>d",
    "<ruby>a<rt>b<rp>c<rt>d<ruby>e<rt>f</ruby></ruby><rt>g",
    "<ruby>a<li>b<rt>f</ruby>c",
    "<ruby>a<ul><li><p>b<rt>f<rp>g</ruby>c<rt>d<rt>e",
    "<pre>\n\nx</pre><pre>\r\nx</pre><pre>&#10;x</pre><pre><b>\nx</b></pre><pre>\u{1}\nx</pre>",
    "<code><pre>x</code>y</pre><del><p>x</del>y",
    "<br></br><br/><p/>x<b/>y</p/>z</b/>",
    "<h1>x<h2>y</h1>z</h2><h6><p>x</h6>",
    "<!--><img src=x onerror=alert(1)>--><p>x</p>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<!--<img title=\"--><script>alert(1)</script>\">-->",
    "<!doctype html [<!entity x '<script>alert(1)</script>'>]><p>&x;</p>",
    "<?xml-stylesheet href=\"javascript:alert(1)\"?><?php echo 1 ?><p>x</p>",
    "<![CDATA[<script>alert(1)</script>]]><p>x</p>",
    "</><//><p>x</p></ x><!></!><?>",
    "<p title=\"<img src=x onerror=alert(1)>\">x</p><p title='>'>y</p>",
    "<p x=\"&lt;img src=x onerror=alert(1)&gt;\">&lt;img src=x onerror=alert(1)&gt;</p>",
    "&lt;script&gt;alert(1)&lt;/script&gt;&#60;img src=x onerror=alert(1)&#62;",
    "&amp;lt;script&amp;gt;&ltscript&gtalert(1)&lt/script&gt",
    "\u{fe64}script\u{fe65}\u{ff1c}script\u{ff1e}<\u{0}script>alert(1)</\u{0}script>",
    "<p>\u{0}\u{1}\u{8}\u{b}\u{c}\u{7f}\u{85}\u{2028}\u{202e}\u{feff}x</p>",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "<a href=\"https://x.example/\u{202e}\">x</a><a href=\"https://x.example/한글?a&b=c&amp;d\">x</a>",
    "<p",
    "<p class=",
    "<p class=\"",
    "<a href=\"https://x.example\">",
    "<",
    "</",
    "<!",
    "&",
    "&#",
    "&#x",
    "<image src=x onerror=alert(1)><listing>x</listing><center>y</center>",
    "<a href=\"https://x.example\"><table><tr><td></a>x</table>",
    "<dialog open><p>x</dialog><portal src=x></portal><x-y onclick=alert(1)>z</x-y>",
];

#[test]
fn known_vectors_are_harmless() {
    for vector in VECTORS {
        check(vector);
        check(&format!("<p>a<b>{vector}</b></p>z"));
        check(&format!("<ul><li>{vector}<li>z</ul>"));
        check(&format!("<blockquote><pre>{vector}"));
        check(&format!("<svg>{vector}</svg>z"));
        check(&format!("<math><mtext>{vector}</math>z"));
        check(&format!("<template>{vector}</template>z"));
        check(&format!("<noscript>{vector}</noscript>z"));
        check(&format!("<!--{vector}-->z"));
        check(&format!("<a title='{vector}' href=\"https://x.example\">{vector}</a>"));
    }
}

const NAMES: &[&str] = &[
    "p",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "span",
    "a",
    "del",
    "s",
    "code",
    "b",
    "strong",
    "u",
    "i",
    "em",
    "ruby",
    "rt",
    "rp",
    "br",
    "h1",
    "h3",
    "div",
    "table",
    "tr",
    "td",
    "tbody",
    "caption",
    "select",
    "option",
    "form",
    "input",
    "button",
    "svg",
    "math",
    "mtext",
    "mglyph",
    "mi",
    "annotation",
    "annotation-xml",
    "foreignObject",
    "desc",
    "title",
    "style",
    "script",
    "noscript",
    "template",
    "textarea",
    "xmp",
    "iframe",
    "noembed",
    "noframes",
    "object",
    "video",
    "img",
    "image",
    "hr",
    "dl",
    "dt",
    "dd",
    "font",
    "nobr",
    "marquee",
    "applet",
    "body",
    "html",
    "head",
    "frameset",
    "details",
    "summary",
    "x-y",
    "plaintext",
];

const ATTRIBUTES: &[&str] = &[
    "href=\"https://x.example/?a=1&amp;b='2'\"",
    "href=javascript:alert(1)",
    "href='&#x6a;avascript:alert(1)'",
    "onclick=x",
    "class=\"mention u-url evil\"",
    "class='h-card\n\tinvisible'",
    "translate=no",
    "lang=ko",
    "lang='\"'",
    "start=3",
    "value=-2",
    "reversed",
    "style='x:y'",
    "title=\"</p><script>\"",
    "title='--><img src=x onerror=alert(1)>'",
    "encoding=text/html",
    "encoding=\"application/x-tex\"",
    "id=after",
    "/",
    "=",
    "\"",
    "'",
    "<",
    "rel=me",
    "xlink:href=javascript:x",
];

const TEXTS: &[&str] = &[
    "x",
    "한글",
    " ",
    "\n",
    "\n\n",
    "&lt;b&gt;",
    "&amp;",
    "&",
    "&#0;",
    "&#x3c;script>",
    "\u{0}",
    "\r\n",
    "<",
    ">",
    "\"",
    "'",
    "<!--",
    "-->",
    "--!>",
    "<![CDATA[",
    "]]>",
    "<?",
    "</",
    "</>",
    "<!x>",
    "alert(1)",
    "\u{a0}",
    "&nbsp;",
    "&copy",
    "&notit;",
    "</script",
    "</style>",
    "</title>",
    "</textarea>",
    "</svg>",
    "</math>",
];

struct Dice(Random);

impl Dice {
    fn below(&self, n: usize) -> usize {
        self.0.below(n as u64) as usize
    }

    fn of(&self, all: &[&'static str]) -> &'static str {
        all[self.below(all.len())]
    }

    /// Pieces of HTML, in any order.
    fn document(&self) -> String {
        let mut html = String::new();
        for _ in 0..self.below(40) + 1 {
            match self.below(10) {
                0..=3 => {
                    html.push('<');
                    html.push_str(self.of(NAMES));
                    for _ in 0..self.below(3) {
                        html.push(' ');
                        html.push_str(self.of(ATTRIBUTES));
                    }
                    html.push_str(["/>", ">", ">", ">", ">", ""][self.below(6)]);
                }
                4..=6 => {
                    html.push_str("</");
                    html.push_str(self.of(NAMES));
                    html.push_str([" x>", ">", ">", ">", ""][self.below(5)]);
                }
                _ => html.push_str(self.of(TEXTS)),
            }
        }
        html
    }

    /// A document as a composer writes it: well nested, no blocks within inline elements.
    fn well_formed(&self, depth: usize, is_block: bool) -> String {
        let mut html = String::new();
        for _ in 0..self.below(4) + 1 {
            let inside = |inside_blocks: bool| {
                if depth > 3 { "x".into() } else { self.well_formed(depth + 1, inside_blocks) }
            };
            match (is_block, self.below(7)) {
                (true, 0..=2) => html.push_str(&format!("<p lang=en>{}</p>", inside(false))),
                (true, 3) => html.push_str(&format!("<blockquote>{}</blockquote>", inside(true))),
                (true, 4) => html.push_str(&format!("<ul><li>{}</li><li>y</li></ul>", inside(true))),
                (true, 5) => html.push_str(&format!("<ol start=\"2\"><li>{}</li></ol>", inside(false))),
                (false, 0) => html.push_str(&format!("<b>{}</b>", inside(false))),
                (false, 1) => html.push_str(&format!("<em>{}</em>", inside(false))),
                (false, 2) => {
                    html.push_str("<a href=\"https://x.example/?a&amp;b\" class=\"u-url mention\">x</a>")
                }
                (false, 3) => html.push_str("<br>"),
                (false, 4) => html.push_str("<code>a &lt; b</code>"),
                _ => html.push_str(["x &amp; y", "한글", "a\nb", "&eacute;", "1 &gt; 0"][self.below(5)]),
            }
        }
        html
    }
}

fn seed() -> u64 {
    std::env::var("SORI_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(1)
}

#[test]
fn random_documents_contain_only_what_is_allowed() {
    let dice = Dice(Random::seeded(seed()));
    for _ in 0..500 {
        check(&dice.document());
    }
}

/// Well-formed input is read as the standard says: the same elements, the same text.
#[test]
fn well_formed_documents_are_unchanged() {
    let dice = Dice(Random::seeded(seed()));
    for _ in 0..300 {
        let html = dice.well_formed(0, true);
        let clean = check(&html);
        let (before, after) = (fragment(&html, "div"), fragment(&clean, "div"));
        assert_eq!(text(&before), text(&after), "{html}");
        let names = |root: &Handle| below(root).iter().map(name).collect::<Vec<_>>();
        assert_eq!(names(&before), names(&after), "{html}");
    }
}
