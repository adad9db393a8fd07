//! The HTML by which other sites show a status: a frame, as Mastodon's, and the script that gives it the height of what is in it.

use super::escape;

/// The end of the address of a status alone, which may be framed.
pub const PATH: &str = "/embed";

/// `url`: the page of a status; `title`: what the frame is called by screen readers; its height is the script's where none is given.
pub fn code(url: &str, title: &str, width: i64, height: Option<i64>) -> String {
    let origin = url.split("/@").next().unwrap_or(url);
    let height = height.map(|height| format!(" height=\"{height}\"")).unwrap_or_default();
    format!(
        "<iframe src=\"{url}{PATH}\" class=\"mastodon-embed\" title=\"{title}\" style=\"max-width:100%;border:0\" width=\"{width}\"{height} \
         loading=\"lazy\" allow=\"fullscreen\" sandbox=\"allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox\"></iframe>\
         <script src=\"{origin}/embed.js\" async></script>",
        url = escape::html(url),
        title = escape::html(title),
        origin = escape::html(origin),
    )
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn a_frame_of_the_status_with_the_script_of_its_server() {
        let html = code("https://a.example/@me/1", "\"><b>", 400, Some(300));
        assert!(
            html.starts_with("<iframe src=\"https://a.example/@me/1/embed\" class=\"mastodon-embed\""),
            "{html}"
        );
        assert!(html.ends_with("<script src=\"https://a.example/embed.js\" async></script>"), "{html}");
        assert!(html.contains("width=\"400\" height=\"300\"") && !html.contains("<b>"), "{html}");
        assert!(!code("https://a.example/@me/1", "", 400, None).contains(" height="));
    }
}
