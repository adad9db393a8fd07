//! What mails say, each in the language of who gets it.

use crate::app::App;

/// Subject and text of a mail.
pub type Letter = (String, String);

fn choose<'a>(locale: &str, english: &'a str, korean: &'a str, japanese: &'a str) -> &'a str {
    match locale.split('-').next() {
        Some("ko") => korean,
        Some("ja") => japanese,
        _ => english,
    }
}

/// With the link `link`, which confirms the address.
pub fn confirm(app: &App, locale: &str, name: &str, link: &str) -> Letter {
    let subject = choose(
        locale,
        "Confirm your e-mail address for {site}",
        "{site}: 이메일 주소를 확인해 주세요",
        "{site}：メールアドレスの確認",
    );
    let text = choose(
        locale,
        "Somebody has signed up at {site} as @{name} with this address. If that was you, open this link within two days:\n\n{link}\n\n\
         If it was not you, do nothing: without the link there is no account.\n",
        "이 주소로 {site}에 @{name}(으)로 가입하려는 요청이 있었어요. 본인이라면 이틀 안에 아래 링크를 열어 주세요.\n\n{link}\n\n\
         본인이 아니라면 아무것도 하지 않아도 돼요. 링크를 열지 않으면 계정은 만들어지지 않아요.\n",
        "このアドレスで{site}に@{name}として登録する申し込みがありました。ご本人であれば、2日以内に次のリンクを開いてください。\n\n{link}\n\n\
         心当たりがなければ、何もする必要はありません。リンクを開かなければアカウントは作られません。\n",
    );
    filled(app, subject, text, name, link)
}

/// Staff has let somebody in; with the address where they sign in.
pub fn approved(app: &App, locale: &str, name: &str, link: &str) -> Letter {
    let subject =
        choose(locale, "Your account at {site}", "{site} 계정이 열렸어요", "{site}のアカウントができました");
    let text = choose(
        locale,
        "Your sign-up at {site} was approved. You can sign in as @{name} now:\n\n{link}\n",
        "{site} 가입이 승인됐어요. 이제 @{name}(으)로 로그인할 수 있어요.\n\n{link}\n",
        "{site}への登録が承認されました。@{name}としてログインできます。\n\n{link}\n",
    );
    filled(app, subject, text, name, link)
}

/// What the report says that tells staff of the quiet mode, which has begun by itself.
pub fn quiet(app: &App) -> String {
    let site = app.site();
    let locale = site.languages.first().map_or("en", String::as_str);
    let text = choose(
        locale,
        "The quiet mode has begun: more than {n} mentions by new accounts within an hour, the last of them by this one. \
         What such accounts write to people here waits at /settings/held.",
        "조용한 모드가 시작됐어요. 한 시간 안에 새 계정들의 멘션이 {n}번을 넘었고, 마지막이 이 계정이에요. \
         새 계정들이 여기 사람들에게 쓰는 글은 /settings/held 에서 기다려요.",
        "静かモードが始まりました。1時間以内に新しいアカウントからのメンションが{n}件を超え、最後がこのアカウントです。\
         新しいアカウントからここの人への投稿は /settings/held で待っています。",
    );
    text.replace("{n}", &site.spam.quiet.after.to_string())
}

fn filled(app: &App, subject: &str, text: &str, name: &str, link: &str) -> Letter {
    let site = app.site();
    // What is put in is not looked at again.
    let fill = |text: &str| {
        let mut out = String::new();
        for (n, part) in text.split('{').enumerate() {
            let Some((key, rest)) = part.split_once('}').filter(|_| n > 0) else {
                out.push_str(part);
                continue;
            };
            out.push_str(match key {
                "site" => &site.title,
                "name" => name,
                _ => link,
            });
            out.push_str(rest);
        }
        out
    };
    (fill(subject), fill(text))
}
