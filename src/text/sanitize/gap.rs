//! Separators between texts where an element is left out.

/// The separator at the boundary of an element between the texts before and after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    None,
    /// A cell of a table.
    Space,
    Line,
    Paragraph,
}

/// How an element is separated from its surroundings
/// (<https://html.spec.whatwg.org/multipage/rendering.html#flow-content-3>).
pub(super) fn gap(element: &str) -> Gap {
    match element {
        "p" | "blockquote" | "pre" | "ul" | "ol" | "dl" | "table" | "h1" | "h2" | "h3" | "h4" | "h5"
        | "h6" => Gap::Paragraph,
        "address" | "article" | "aside" | "body" | "caption" | "center" | "dd" | "details" | "dialog"
        | "dir" | "div" | "dt" | "fieldset" | "figcaption" | "figure" | "footer" | "form" | "header"
        | "hgroup" | "hr" | "html" | "legend" | "li" | "listing" | "main" | "menu" | "nav" | "optgroup"
        | "option" | "search" | "section" | "summary" | "tbody" | "tfoot" | "thead" | "tr" => Gap::Line,
        "td" | "th" => Gap::Space,
        _ => Gap::None,
    }
}
