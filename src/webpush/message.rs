//! What a push message says: the JSON that apps of Mastodon read, in the receiver's language.

use serde_json::json;

use super::encrypt::MAX_TEXT;
use crate::model::notification::Kind;
use crate::model::proxy::Links;
use crate::model::status::StatusView;
use crate::model::time::Time;
use crate::model::uri::default_avatar;
use crate::services::publish::searchable;
use crate::store::push::News;
use crate::text::excerpt::{excerpt, line};
use crate::text::sanitize::cut;

/// The most bytes of a message's text. Less than [`MAX_TEXT`], since relays to Apple and Google wrap the encrypted message
/// into one of theirs, of 4096 bytes, and Firefox on Android takes some 3000.
const MAX_MESSAGE: usize = 2_800;
const _: () = assert!(MAX_MESSAGE <= MAX_TEXT);
/// Characters of a name and of the body.
const NAME: usize = 80;
const BODY: usize = 140;
/// Bytes of the body, of the name, of the address of the icon.
const MAX_NAME: usize = 320;
const MAX_BODY: usize = 700;
const MAX_ICON: usize = 1_000;

/// Whether a filter of the receiver's holds the notification back: one that warns or hides, in the context of
/// notifications. Their own statuses are not filtered.
pub fn is_filtered(news: &News, view: &StatusView, now: Time) -> bool {
    let proper = view.proper();
    if proper.account.id == news.account_id || news.filters.is_empty() {
        return false;
    }
    let text = searchable(&proper.status).to_lowercase();
    let ids = [proper.status.id, view.status.id];
    news.filters
        .iter()
        .filter(|f| matches!(f.action.as_str(), "warn" | "hide") && f.is_in("notifications"))
        .any(|f| f.covers(&text, &ids, now))
}

/// The text of a message, at most [`MAX_MESSAGE`] bytes. `token` is the app's own: apps find the account by it. `links`
/// make the address of the picture, which the phone loads. A status behind a warning is told by the warning.
pub fn text(news: &News, view: Option<&StatusView>, token: &str, links: &Links) -> String {
    let from = &news.from;
    let name = cut(&line(from.name(), NAME), MAX_NAME).to_owned();
    let body = match view.map(StatusView::proper) {
        Some(view) if !view.status.spoiler_text.is_empty() => line(&view.status.spoiler_text, BODY),
        Some(view) => excerpt(&view.status.content, BODY),
        None => excerpt(&from.note, BODY),
    };
    let icon = from.avatar_url.as_deref().map(|url| links.of(url)).filter(|url| url.len() <= MAX_ICON);
    let icon = icon.unwrap_or_else(|| default_avatar(links.origin()).into());
    // Escaping in JSON makes some texts longer.
    let mut bytes = MAX_BODY;
    loop {
        let text = json!({
            "access_token": token,
            "preferred_locale": news.locale,
            "notification_id": news.id.0,
            "notification_type": news.kind.plain_str(),
            "icon": icon,
            "title": title(news.kind, &name, &news.locale),
            "body": cut(&body, bytes),
        })
        .to_string();
        if text.len() <= MAX_MESSAGE || bytes == 0 {
            return text;
        }
        bytes /= 2;
    }
}

/// What has happened, in Korean or Japanese for who chose that, else in English.
fn title(kind: Kind, name: &str, locale: &str) -> String {
    let (english, korean, japanese) = match kind {
        Kind::Mention => ("mentioned you", "님이 나를 언급했어요", "さんがあなたにメンションしました"),
        Kind::Status => ("posted", "님이 새 글을 썼어요", "さんが投稿しました"),
        Kind::Reblog => {
            ("boosted your post", "님이 내 글을 부스트했어요", "さんがあなたの投稿をブーストしました")
        }
        Kind::Follow => ("followed you", "님이 나를 팔로우했어요", "さんがあなたをフォローしました"),
        Kind::FollowRequest => {
            ("asks to follow you", "님이 팔로우를 요청했어요", "さんからフォローリクエストが届きました")
        }
        Kind::Favourite | Kind::Reaction => {
            ("favourited your post", "님이 내 글을 좋아해요", "さんがあなたの投稿をお気に入りに登録しました")
        }
        Kind::Poll => ("’s poll has ended", "님의 투표가 끝났어요", "さんのアンケートが終了しました"),
        Kind::Update => (
            "edited a post that you boosted",
            "님이 내가 부스트한 글을 고쳤어요",
            "さんがあなたのブーストした投稿を編集しました",
        ),
        Kind::Quote => ("quoted your post", "님이 내 글을 인용했어요", "さんがあなたの投稿を引用しました"),
        Kind::QuotedUpdate => (
            "edited a post that you quoted",
            "님이 내가 인용한 글을 고쳤어요",
            "さんがあなたの引用した投稿を編集しました",
        ),
        Kind::SeveredRelationships => (
            ": some of your follows have ended",
            "님의 팔로우 일부가 끊겼어요",
            "さんのフォローの一部が解除されました",
        ),
        Kind::AdminReport => ("reported somebody", "님이 신고를 보냈어요", "さんから通報がありました"),
        // The account is the receiver's own.
        Kind::ModerationWarning => (
            ": the moderators have sent you a message",
            "님에게 운영진이 알림을 보냈어요",
            "さん、モデレーターからお知らせが届きました",
        ),
        Kind::AdminSignUp => ("signed up", "님이 가입했어요", "さんが登録しました"),
        Kind::AddedToCollection => (
            "added you to a collection",
            "님이 나를 모음에 넣었어요",
            "さんがあなたをコレクションに追加しました",
        ),
        Kind::CollectionUpdate => (
            "changed a collection that you are in",
            "님이 내가 있는 모음을 바꿨어요",
            "さんがあなたのいるコレクションを変更しました",
        ),
    };
    let rest = match locale.split('-').next() {
        Some("ko") => korean,
        Some("ja") => japanese,
        _ => english,
    };
    let space = if rest.starts_with(['’', ':', 'さ']) { "" } else { " " };
    format!("{name}{space}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::Account;
    use crate::model::id::Id;
    use crate::model::site::{Domain, MediaProxy, Site};
    use crate::model::status::Status;
    use serde_json::Value;
    use std::rc::Rc;

    fn links(media_proxy: MediaProxy) -> Links {
        let ours = Domain { web_origin: "https://a.example".into(), ..Domain::default() };
        let site = Site { domains: vec![ours], media_proxy, ..Site::default() };
        Links::new([0; 16], "https://a.example", Rc::new(site), 0)
    }

    fn news(kind: Kind, locale: &str) -> News {
        let from = Account {
            display_name: "밥 <b>".into(),
            note: "<p>bio &amp; more</p>".into(),
            ..Account::default()
        };
        News {
            id: Id(5),
            account_id: Id(1),
            kind,
            from,
            status_id: None,
            locale: locale.into(),
            filters: Vec::new(),
        }
    }

    fn view(spoiler: &str, content: &str) -> StatusView {
        let status = Status { spoiler_text: spoiler.into(), content: content.into(), ..Status::default() };
        StatusView { status, ..StatusView::default() }
    }

    fn read(news: &News, view: Option<&StatusView>) -> Value {
        serde_json::from_str(&text(news, view, "token", &links(MediaProxy::Direct))).unwrap()
    }

    #[test]
    fn title_and_body_in_the_language_of_the_receiver() {
        let said = read(&news(Kind::Mention, "ko"), Some(&view("", "<p>안녕 &lt;3</p><p>둘</p>")));
        assert_eq!(
            said,
            json!({"access_token": "token", "preferred_locale": "ko", "notification_id": 5,
                "notification_type": "mention", "icon": "https://a.example/avatars/missing.png",
                "title": "밥 <b> 님이 나를 언급했어요", "body": "안녕 <3 둘"})
        );
        let said = read(&news(Kind::Mention, "de"), Some(&view("warn <i>", "<p>secret</p>")));
        assert_eq!((&said["title"], &said["body"]), (&json!("밥 <b> mentioned you"), &json!("warn <i>")));
        let said = read(&news(Kind::Follow, "en"), None);
        assert_eq!((&said["title"], &said["body"]), (&json!("밥 <b> followed you"), &json!("bio & more")));
        assert_eq!(read(&news(Kind::Poll, "en"), None)["title"], "밥 <b>’s poll has ended");
        assert_eq!(read(&news(Kind::Follow, "ja"), None)["title"], "밥 <b>さんがあなたをフォローしました");
        assert_eq!(read(&news(Kind::Reaction, "en"), None)["notification_type"], "favourite");
    }

    #[test]
    fn the_picture_is_loaded_as_the_setting_says() {
        let mut news = news(Kind::Mention, "en");
        news.from.avatar_url = Some("https://x.example/me.png".into());
        assert_eq!(read(&news, None)["icon"], "https://x.example/me.png");
        let text = text(&news, None, "token", &links(MediaProxy::Proxy));
        assert!(text.contains("\"icon\":\"https://a.example/proxy/"), "{text}");
    }

    #[test]
    fn a_message_has_a_greatest_length_and_ends_between_characters() {
        for piece in ["글", "a\u{301}\u{301}\u{301}\u{301}", "👩‍👩‍👧‍👦", "\"\\", "\u{7f}"] {
            let long = piece.repeat(20_000);
            let mut news = news(Kind::Mention, "ko");
            news.from.display_name = long.clone();
            news.from.avatar_url = Some(format!("https://x.example/{}", "a".repeat(980)));
            for view in [view("", &format!("<p>{long}</p>")), view(&long, "x")] {
                let text = text(&news, Some(&view), &"t".repeat(43), &links(MediaProxy::Direct));
                assert!(text.len() <= MAX_MESSAGE, "{piece}: {}", text.len());
                let said: Value = serde_json::from_str(&text).unwrap();
                assert!(!said["body"].as_str().unwrap().is_empty(), "{piece}");
            }
            news.from.avatar_url = Some(format!("https://x.example/{}", "a".repeat(1_000)));
            assert_eq!(read(&news, None)["icon"], "https://a.example/avatars/missing.png");
        }
    }
}
