//! Cursors and Link headers: <https://docs.joinmastodon.org/api/guidelines/#pagination>.

use super::params::Params;
use super::path::Path;
use crate::error::Result;
use crate::model::id::Id;
use crate::model::page::Page;

/// The page that a request asks for.
///
/// Error: `BadRequest` where a cursor is not an id or a number is invalid. Limits that are too high are
/// capped.
pub fn read(params: &Params, default: usize, max: usize) -> Result<Page> {
    let limit = params.int("limit")?.map_or(default, |n| usize::try_from(n.unsigned_abs()).unwrap_or(max));
    let min_id = params.cursor("min_id")?;
    Ok(Page {
        max_id: params.cursor("max_id")?,
        since_id: if min_id.is_some() { None } else { params.cursor("since_id")? },
        min_id,
        limit: limit.clamp(1, max),
        offset: params.offset()?,
    })
}

/// Maximum bytes of a query whose parameters are kept in links.
const MAX_QUERY: usize = 2000;

/// The Link header of a page from `first` (newest) to `last`. All other query parameters are kept, except
/// tokens. `has_next` is false if the list is known to end here.
pub fn link_header(origin: &str, path: &Path, query: &str, first: Id, last: Id, has_next: bool) -> String {
    let query = if query.len() > MAX_QUERY { "" } else { query };
    let path = path.to_text();
    let kept: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .filter(|(name, _)| {
            !matches!(
                name.as_ref(),
                "max_id" | "since_id" | "min_id" | "offset" | "access_token" | "bearer_token"
            )
        })
        .map(|(n, v)| (n.into_owned(), v.into_owned()))
        .collect();
    let link = |cursor: &str, id: Id, rel: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&kept).append_pair(cursor, &id.to_string());
        format!("<{origin}{path}?{}>; rel=\"{rel}\"", query.finish())
    };
    let prev = link("min_id", first, "prev");
    if has_next { format!("{}, {prev}", link("max_id", last, "next")) } else { prev }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::Request;

    #[test]
    fn trap_17_links_keep_parameters_and_go_up_by_min_id() {
        let path = Path::parse("//api/v1/timelines/public/").unwrap();
        let query = "local=true&types[]=a&types[]=b&max_id=9&access_token=secret&limit=2";
        let link = link_header("https://a.example", &path, query, Id(8), Id(5), true);
        assert_eq!(
            link,
            "<https://a.example/api/v1/timelines/public?local=true&types%5B%5D=a&types%5B%5D=b&limit=2&max_id=5>; rel=\"next\", \
             <https://a.example/api/v1/timelines/public?local=true&types%5B%5D=a&types%5B%5D=b&limit=2&min_id=8>; rel=\"prev\""
        );
        assert!(!link_header("https://a.example", &path, query, Id(8), Id(5), false).contains("next"));
        let long = format!("q={}", "x".repeat(MAX_QUERY));
        assert!(link_header("https://a.example", &path, &long, Id(8), Id(5), true).len() < 200);
    }

    #[test]
    fn limits_are_capped_and_min_id_wins() {
        let read = |query: &str| {
            let request = Request { query: query.into(), ..Request::default() };
            super::read(&Params::read(&request).unwrap(), 20, 40)
        };
        assert_eq!(read("limit=1000").unwrap().limit, 40);
        assert_eq!(read("limit=-5").unwrap().limit, 5);
        assert_eq!(read("limit=0").unwrap().limit, 1);
        let page = read("since_id=1&min_id=2").unwrap();
        assert_eq!((page.since_id, page.min_id), (None, Some(Id(2))));
        assert!(read("max_id=abc").is_err());
    }
}
