//! An address as a QR code, drawn in the page.

use maud::{Markup, html};

use crate::model::qr;

/// Nothing for what is too long. `label` says what it is.
pub fn drawn(text: &str, label: &str) -> Markup {
    let Some(code) = qr::encode(text.as_bytes()) else { return Markup::default() };
    let side = code.size + 8;
    let mut path = String::new();
    for y in 0..code.size {
        for x in (0..code.size).filter(|x| code.is_dark(*x, y)) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + 4, y + 4));
        }
    }
    html! {
        svg.qr viewBox={ "0 0 " (side) " " (side) } role="img" aria-label=(label) shape-rendering="crispEdges" {
            path fill="#fff" d={ "M0 0h" (side) "v" (side) "H0z" } {}
            path fill="#000" d=(path) {}
        }
    }
}
