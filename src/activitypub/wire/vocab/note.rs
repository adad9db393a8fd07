//! Reads notes and what is shown like one.

use serde_json::Value;

use super::{converted, emojis, first, id, kind, link, link_of, links, list, text, truth};
use crate::activitypub::wire::audience;
use crate::model::account::{Account, Emoji};
use crate::model::interaction::{Interaction, Rules};
use crate::model::limits;
use crate::model::poll::Poll;
use crate::model::quote::QuotePolicy;
use crate::model::status::{Attachment, Visibility};
use crate::model::time::Time;
use crate::text::{hashtags, language, sanitize};

/// The types that are statuses without conversion.
const PLAIN: [&str; 2] = ["Note", "Question"];
pub fn is_note(object: &Value) -> bool {
    let kind = kind(object);
    PLAIN.contains(&kind) || converted::TYPES.contains(&kind)
}

/// A remote note, before its accounts are looked up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RemoteNote {
    pub uri: String,
    pub url: String,
    /// The first that is a plain reference; PeerTube names a group besides.
    pub attributed_to: Vec<String>,
    pub visibility: Visibility,
    pub in_reply_to: Option<String>,
    pub conversation: Option<String>,
    /// Sanitised HTML.
    pub content: String,
    pub spoiler_text: String,
    pub is_sensitive: bool,
    pub language: Option<String>,
    /// `href` of each Mention.
    pub mentioned: Vec<String>,
    /// `to` and `cc`, without collections that everybody or followers stand for.
    pub addressed: Vec<String>,
    pub tags: Vec<String>,
    pub emojis: Vec<Emoji>,
    pub media: Vec<Attachment>,
    pub published: Option<Time>,
    pub updated: Option<Time>,
    /// A vote: a name and no content, in answer to something.
    pub is_vote: bool,
    /// The name of a Note as it came: of a vote the option that it is for.
    pub vote: Option<String>,
    /// Of a Question.
    pub poll: Option<Poll>,
    /// Its poll is over, whatever the time: `closed` without a date.
    pub is_poll_closed: bool,
    pub title: Option<String>,
    pub quote: Option<RemoteQuote>,
    /// Who may quote it; nobody where it does not say.
    pub quote_policy: QuotePolicy,
    /// Who may do what else with it; everybody where it does not say.
    pub rules: Rules,
}

/// What a note says of what it quotes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemoteQuote {
    /// `None`: a Tombstone, it is gone.
    pub uri: Option<String>,
    /// The QuoteAuthorization that it names.
    pub stamp: Option<String>,
}

/// Reads a note; `None` where it is none, or has no id.
pub fn read(object: &Value, author: Option<&Account>) -> Option<RemoteNote> {
    if !is_note(object) {
        return None;
    }
    let uri = id(object)?.to_owned();
    let (content, language) = content(object);
    let kind = kind(object);
    let url = page(object).unwrap_or_else(|| uri.clone());
    let name = text(object, "name");
    let title = name.map(str::trim).filter(|t| !t.is_empty());
    let in_reply_to = link_of(object, "inReplyTo").filter(|parent| *parent != uri).map(str::to_owned);
    let is_wordless = content.as_deref().is_none_or(|c| sanitize::plain(c).trim().is_empty())
        && first(object, "attachment").is_none();
    let is_vote = kind == "Note" && title.is_some() && is_wordless && in_reply_to.is_some();
    let (html, spoiler) = if converted::TYPES.contains(&kind) {
        (converted::html(object, title, content.as_deref(), &url), None)
    } else {
        let html = sanitize::status_html(&content.unwrap_or_default());
        (html, text(object, "summary").map(|s| sanitize::line(&sanitize::plain(s), limits::SPOILER)))
    };
    let spoiler_text = spoiler.unwrap_or_default();
    let followers = author.and_then(|a| a.followers_url.as_deref());
    let mut addressed = links(object, "to");
    addressed.extend(links(object, "cc"));
    addressed.extend(links(object, "audience"));
    addressed.retain(|a| !audience::is_public(a) && Some(a.as_str()) != followers);
    Some(RemoteNote {
        url,
        attributed_to: links(object, "attributedTo"),
        visibility: audience::visibility(object, followers),
        in_reply_to,
        conversation: text(object, "context")
            .or_else(|| text(object, "conversation"))
            .map(|c| sanitize::cut(c, limits::URL).to_owned()),
        content: html,
        is_sensitive: truth(object, "sensitive") || !spoiler_text.is_empty(),
        spoiler_text,
        language,
        mentioned: list(object, "tag")
            .into_iter()
            .filter(|t| super::kind(t) == "Mention")
            .filter_map(|t| link_of(t, "href"))
            .take(100)
            .map(str::to_owned)
            .collect(),
        addressed,
        tags: tags(object),
        emojis: emojis(object),
        media: media(object),
        published: text(object, "published").and_then(Time::parse_iso),
        updated: text(object, "updated").and_then(Time::parse_iso),
        is_vote,
        poll: if kind == "Question" { poll(object) } else { None },
        is_poll_closed: is_closed(object),
        vote: name.filter(|n| kind == "Note" && n.len() <= limits::POLL_OPTION).map(str::to_owned),
        title: title.map(str::to_owned),
        quote: quote(object),
        quote_policy: policy(object, "canQuote", author).unwrap_or_default(),
        rules: rules(object, author),
        uri,
    })
}

/// The page for people: of a list of Links the HTML one.
fn page(object: &Value) -> Option<String> {
    let all = list(object, "url");
    let is_page = |v: &&&Value| {
        let media_type = text(v, "mediaType").or_else(|| text(v, "mimeType"));
        media_type.is_none_or(|m| m.starts_with("text/html"))
    };
    let found = all.iter().find(is_page).or(all.first())?;
    link(found).filter(|u| u.starts_with("https://") || u.starts_with("http://")).map(str::to_owned)
}

/// The text and its language: `content`, else the first of `contentMap`.
fn content(object: &Value) -> (Option<String>, Option<String>) {
    let map = object.get("contentMap").and_then(Value::as_object);
    let plain = text(object, "content");
    let entry = map.and_then(|m| {
        let same = m.iter().find(|(_, v)| plain.is_some() && v.as_str() == plain);
        same.or_else(|| m.iter().next())
    });
    // Lemmy and PeerTube have it beside the text.
    let beside = || first(object, "language").and_then(|l| text(l, "identifier").or_else(|| l.as_str()));
    let language = entry.map(|(code, _)| code.as_str()).or_else(beside).and_then(language::normalise);
    let content = plain.or_else(|| entry.and_then(|(_, v)| v.as_str())).map(str::to_owned);
    (content, language)
}

/// The poll of a Question: its options with their votes, its end, how many voted.
fn poll(object: &Value) -> Option<Poll> {
    let (one, any) = (list(object, "oneOf"), list(object, "anyOf"));
    let is_multiple = one.is_empty();
    let (options, names): (Vec<(String, i64)>, Vec<String>) = if is_multiple { any } else { one }
        .into_iter()
        .take(20)
        .filter_map(|o| {
            let name = text(o, "name").or_else(|| text(o, "content"))?;
            let votes = first(o, "replies").and_then(|r| r.get("totalItems")).and_then(Value::as_i64);
            let title = sanitize::line(&sanitize::plain(name), limits::POLL_OPTION);
            // What is longer is not kept: nobody can vote for it from here.
            let name = if name.len() <= limits::POLL_OPTION { name.to_owned() } else { title.clone() };
            Some(((title, votes.unwrap_or(0).clamp(0, i64::from(i32::MAX))), name))
        })
        .unzip();
    if options.len() < 2 {
        return None;
    }
    let is_shown = options.iter().map(|(title, _)| title).eq(names.iter());
    let moment = |name: &str| text(object, name).and_then(Time::parse_iso);
    Some(Poll {
        options,
        is_multiple,
        hides_totals: false,
        expires_at: moment("closed").into_iter().chain(moment("endTime")).min(),
        voters: object.get("votersCount").and_then(Value::as_i64).map(|n| n.clamp(0, i64::from(i32::MAX))),
        names: if is_shown { Vec::new() } else { names },
    })
}

/// The quote of a note by FEP-044f; else as Fedibird, Misskey and FEP-e232 write it, which proves nothing.
pub fn quote(object: &Value) -> Option<RemoteQuote> {
    let is_other = |uri: &&str| uri.contains("://") && Some(*uri) != id(object);
    if let Some(value) = first(object, "quote") {
        if kind(value) == "Tombstone" {
            return Some(RemoteQuote::default());
        }
        let uri = link(value).filter(is_other)?.to_owned();
        let stamp = link_of(object, "quoteAuthorization").map(str::to_owned);
        return Some(RemoteQuote { uri: Some(uri), stamp });
    }
    let is_quote = |tag: &&Value| {
        kind(tag) == "Link"
            && list(tag, "rel").iter().any(|r| r.as_str().is_some_and(|r| r.ends_with("_misskey_quote")))
    };
    let old = ["quoteUri", "quoteUrl", "_misskey_quote"].into_iter().find_map(|name| link_of(object, name));
    let tag = || list(object, "tag").into_iter().find(is_quote).and_then(|t| link_of(t, "href"));
    let uri = old.or_else(tag).filter(is_other)?.to_owned();
    Some(RemoteQuote { uri: Some(uri), stamp: None })
}

/// What `interactionPolicy` says of favourites, answers and boosts.
fn rules(object: &Value, author: Option<&Account>) -> Rules {
    let names = [
        (Interaction::Favourite, "canLike"),
        (Interaction::Reply, "canReply"),
        (Interaction::Reblog, "canAnnounce"),
    ];
    names
        .into_iter()
        .fold(Rules::default(), |rules, (what, name)| rules.with(what, policy(object, name, author)))
}

/// Whom a rule of `interactionPolicy` lets, at once or by the author's hand; `None` where it names nobody at all,
/// not even the author.
fn policy(object: &Value, rule: &str, author: Option<&Account>) -> Option<QuotePolicy> {
    let rule = first(object, "interactionPolicy").and_then(|p| first(p, rule))?;
    let author = author?;
    let (mut policy, mut names_somebody) = (QuotePolicy::NOBODY, false);
    for (name, is_manual) in [
        ("automaticApproval", false),
        ("always", false),
        ("manualApproval", true),
        ("approvalRequired", true),
    ] {
        for uri in links(rule, name) {
            names_somebody = true;
            let same = |url: &Option<String>| url.as_deref() == Some(uri.as_str());
            let group = match uri.as_str() {
                public if audience::is_public(public) => 1,
                _ if same(&author.followers_url) => 2,
                _ if same(&author.following_url) => 4,
                me if me == author.uri => continue,
                _ => 8,
            };
            policy = policy.with(group, is_manual);
        }
    }
    names_somebody.then_some(policy)
}

/// `closed` is a date, or says that it is over now.
fn is_closed(object: &Value) -> bool {
    match first(object, "closed") {
        None | Some(Value::Bool(false)) => false,
        Some(Value::String(text)) => Time::parse_iso(text).is_none() && text != "false",
        Some(_) => true,
    }
}

fn tags(object: &Value) -> Vec<String> {
    let mut all: Vec<String> = list(object, "tag")
        .into_iter()
        .filter(|t| kind(t) == "Hashtag")
        .filter_map(|t| text(t, "name"))
        .map(hashtags::normalise)
        .filter(|t| !t.is_empty())
        .take(limits::TAGS)
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn media(object: &Value) -> Vec<Attachment> {
    let mut all = attachments(object);
    if converted::TYPES.contains(&kind(object)) {
        all.extend(converted::media(object, !all.is_empty()));
    }
    let mut left = limits::ALT_TEXTS;
    for description in all.iter_mut().filter_map(|a| a.description.as_mut()) {
        description.truncate(sanitize::cut(description, left).len());
        left -= description.len();
    }
    all
}

fn attachments(object: &Value) -> Vec<Attachment> {
    let at = id(object).unwrap_or("");
    list(object, "attachment")
        .into_iter()
        .filter(|a| matches!(kind(a), "Document" | "Image" | "Video" | "Audio"))
        .take(16)
        .filter_map(|a| {
            let url = link_of(a, "url")
                .or_else(|| link_of(a, "href"))
                .filter(|u| super::is_file_url(u, at))?
                .to_owned();
            let of_link =
                || first(a, "url").and_then(|u| text(u, "mediaType").or_else(|| text(u, "mimeType")));
            let media_type = super::media_type(text(a, "mediaType").or_else(of_link).unwrap_or(""));
            let family = media_type.split('/').next().unwrap_or("");
            let shown = match (family, kind(a)) {
                ("image", _) | ("", "Image") => "image",
                ("video", _) | ("", "Video") => "video",
                ("audio", _) | ("", "Audio") => "audio",
                _ => "unknown",
            };
            let number = |p: &str| a.get(p).and_then(Value::as_i64).filter(|n| (1..100_000).contains(n));
            let focus = a.get("focalPoint").and_then(Value::as_array).and_then(|f| {
                Some((f.first()?.as_f64()?.clamp(-1.0, 1.0), f.get(1)?.as_f64()?.clamp(-1.0, 1.0)))
            });
            Some(Attachment {
                kind: shown.into(),
                media_type,
                remote_url: Some(url.clone()),
                preview_url: super::preview(a, at),
                description: text(a, "summary").or_else(|| text(a, "name")).map(super::alt_text),
                blurhash: text(a, "blurhash").filter(|b| b.len() <= 200).map(str::to_owned),
                width: number("width"),
                height: number("height"),
                duration: text(a, "duration").and_then(seconds),
                focus,
                url,
                ..Attachment::default()
            })
        })
        .collect()
}

/// A duration such as `PT1H2M3.5S` in seconds (`xsd:duration`, of which days and longer are not of use here), up to a day.
fn seconds(text: &str) -> Option<f64> {
    let mut rest = text.strip_prefix("PT").filter(|rest| !rest.is_empty() && rest.len() <= 32)?;
    let mut sum = 0.0;
    for (unit, seconds) in [('H', 3600.0), ('M', 60.0), ('S', 1.0)] {
        if let Some((number, after)) = rest.split_once(unit) {
            let number: f64 = number.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)?;
            sum += number * seconds;
            rest = after;
        }
    }
    (rest.is_empty() && sum > 0.0 && sum <= 86_400.0).then_some(sum)
}

/// How many answers, boosts and favourites its server counts, as far as the note says so.
pub fn counts(object: &Value) -> [Option<i64>; 3] {
    ["replies", "shares", "likes"].map(|name| total(first(object, name)?))
}

/// `totalItems`, where it is one.
pub fn total(collection: &Value) -> Option<i64> {
    let n = collection.get("totalItems")?;
    n.as_i64().or_else(|| n.as_str()?.parse().ok()).filter(|n| (0..=i64::from(i32::MAX)).contains(n))
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn durations_of_attachments() {
        assert_eq!(seconds("PT1H2M3.5S"), Some(3723.5));
        assert_eq!(seconds("PT90S"), Some(90.0));
        assert_eq!(seconds("PT2M"), Some(120.0));
        for bad in ["", "PT", "P1D", "PT-5S", "PTinfS", "PTNaNS", "PT1S2M", "PT99H", "90", "PT0S", "PT5"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
