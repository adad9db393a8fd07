//! The headers of rate limits: <https://docs.joinmastodon.org/api/rate-limits/>.

use super::response::Response;
use crate::model::rate_limit::Standing;

/// Adds the three headers; the reset has six fractional digits.
pub fn apply(standing: &Standing, response: &mut Response) {
    let reset = standing.reset.to_iso().replace('Z', "000Z");
    for (name, value) in [
        ("X-RateLimit-Limit", standing.limit.to_string()),
        ("X-RateLimit-Remaining", standing.remaining.to_string()),
        ("X-RateLimit-Reset", reset),
    ] {
        response.headers.push((name.into(), value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Time;

    #[test]
    fn the_headers_say_how_many_requests_are_left() {
        let mut response = Response::empty_object();
        let reset = Time(1_790_000_000_000);
        apply(&Standing { limit: 300, remaining: 299, reset, is_over: false }, &mut response);
        assert_eq!(response.header("x-ratelimit-limit"), Some("300"));
        assert_eq!(response.header("x-ratelimit-remaining"), Some("299"));
        assert!(response.header("x-ratelimit-reset").is_some_and(|r| r.ends_with(".000000Z")));
    }
}
