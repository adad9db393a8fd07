//! The longer texts about an instance: the operator's own, or what stands for them.

use super::letters::choose;
use crate::app::App;
use crate::error::{Error, Result};
use crate::model::site_text::Kind;
use crate::model::time::Time;
use crate::store;
use crate::store::Query;
use crate::text::compose;

/// The default privacy policy: which data the software stores and sends. The same in each language.
const PRIVACY_POLICY: &str = "This server keeps what you give it: your profile, what you write, whom you follow, \
your favourites, bookmarks, lists, filters and settings, and your password only as a hash that cannot be read \
back. Of a browser that you sign in with it keeps its kind and system and when that was, for you to see; of an app the day of its \
last use. It sets cookies for signing in and for how its pages look, on its own pages only, and has no trackers and no advertising.\n\n\
What you publish is sent to the servers of those it is for: public posts to your followers' servers and to anybody \
who asks, posts for followers to their servers, private mentions to the servers of those whom they name. Those \
servers keep copies, and the operators of this server and of those can read them. Do not share secrets here.\n\n\
Your requests reach this server through Cloudflare, who sees your network address. The server itself uses \
addresses to stop abuse, and keeps them no longer than that takes.\n\n\
What you delete is deleted here, and other servers are told to delete it as well. You can end your account in your \
settings; your profile, posts and ties are removed then.";
const PRIVACY_POLICY_KO: &str = "이 서버는 사용자가 넣은 것을 보관해요. 프로필, 쓴 글, 팔로우하는 사람, 좋아요, 북마크, 리스트, 필터, \
설정이에요. 비밀번호는 되돌려 읽을 수 없는 해시로만 보관해요. 로그인한 브라우저는 그 종류와 운영 체제, 로그인한 때를 본인이 볼 수 있도록 \
보관하고, 앱은 마지막으로 쓴 날을 보관해요. 쿠키는 로그인과 페이지 모양을 위해 이 서버의 페이지에서만 쓰고, 추적기와 광고는 없어요.\n\n\
올린 글은 받을 사람의 서버로 보내요. 공개 글은 팔로워의 서버와 요청하는 누구에게나, 팔로워만 보는 글은 팔로워의 서버로, 개인 멘션은 거기서 \
멘션한 사람의 서버로 가요. 그 서버들은 사본을 보관하고, 이 서버와 그 서버들의 운영자는 그것을 읽을 수 있어요. 비밀은 여기에 쓰지 마세요.\n\n\
이 서버에 보내는 요청은 Cloudflare를 거치고, Cloudflare는 IP 주소를 볼 수 있어요. 서버는 악용을 막는 데에 IP 주소를 쓰고, 그에 필요한 \
동안만 보관해요.\n\n\
지운 것은 이 서버에서 지워지고, 다른 서버에도 지우라고 알려요. 계정은 설정에서 없앨 수 있고, 그러면 프로필과 글과 팔로우 같은 관계가 \
지워져요.";
const PRIVACY_POLICY_JA: &str = "このサーバーは、利用者が入力したものを保存します。プロフィール、投稿、フォローしている人、お気に入り、ブックマーク、\
リスト、フィルター、設定です。パスワードは、元に戻して読むことのできないハッシュとしてだけ保存します。ログインしたブラウザーについては、その種類と\
OS、ログインした時刻を、本人が確認できるように保存します。アプリについては、最後に使われた日を保存します。Cookieはログインとページの見た目のために\
このサーバーのページだけで使い、トラッカーや広告はありません。\n\n\
投稿は、届ける相手のサーバーに送られます。公開の投稿はフォロワーのサーバーと、求める人すべてに、フォロワー限定の投稿はフォロワーのサーバーに、\
非公開のメンションは、そこでメンションされた人のサーバーに送られます。それらのサーバーは写しを保存し、このサーバーとそれらのサーバーの運営者は\
読むことができます。ここに秘密を書かないでください。\n\n\
このサーバーへのリクエストはCloudflareを通り、CloudflareにはIPアドレスが見えます。サーバー自体は、悪用を防ぐためにIPアドレスを使い、\
そのために必要な間だけ保存します。\n\n\
削除したものはこのサーバーから削除され、ほかのサーバーにも削除するよう伝えられます。アカウントは設定から削除できます。そのとき、プロフィール、投稿、\
フォローなどの関係が削除されます。";

/// What stands for a text that the operator has not written, in a language; empty for none.
pub fn default_of(kind: Kind, locale: &str) -> &'static str {
    match kind {
        Kind::Terms => "",
        Kind::Privacy => choose(locale, PRIVACY_POLICY, PRIVACY_POLICY_KO, PRIVACY_POLICY_JA),
    }
}

fn html(app: &App, text: &str) -> String {
    compose::compose(text, &app.home().web_origin, &|_| None).html
}

/// The operator's longer description with the time of its last change, for [`description`].
pub fn written_description() -> Query<Option<(String, Time)>> {
    store::site::text("extended_description")
}

/// What the instance is about, as HTML: `written`, or the short description.
pub fn description(app: &App, written: Option<(String, Time)>) -> (String, Time) {
    let site = app.site();
    let (text, at) = written.unwrap_or_else(|| (site.description.clone(), site.set_up_at));
    (html(app, &text), at)
}

/// A version as readers get it.
pub struct Shown {
    /// HTML.
    pub content: String,
    /// From when on it holds.
    pub effective_at: Time,
    pub succeeded_at: Option<Time>,
}

/// The version of a text that holds, or the one of a day. Before the first version of the operator's own the default holds,
/// in the language `locale`.
///
/// Error: `NotFound`.
pub async fn version(app: &App, kind: Kind, day: Option<Time>, locale: &str) -> Result<Shown> {
    let now = app.now();
    let query = match day {
        Some(day) => store::site_texts::of_date(kind, day),
        None => store::site_texts::current(kind, now),
    };
    let found = store::load(&app.db, query).await?;
    let default = default_of(kind, locale);
    match found {
        Some(version) if day.is_some() || default.is_empty() || version.effective_at <= now => Ok(Shown {
            content: html(app, &version.text),
            effective_at: version.effective_at,
            succeeded_at: version.succeeded_at,
        }),
        to_come if day.is_none() && !default.is_empty() => Ok(Shown {
            content: html(app, default),
            effective_at: app.site().set_up_at,
            succeeded_at: to_come.map(|version| version.effective_at),
        }),
        _ => Err(Error::NotFound),
    }
}
