//! What mails say, each in the language of who gets it.

use crate::app::App;
use crate::model::site_text::Kind;
use crate::model::strike::{Action, Strike};

/// Subject and text of a mail.
pub type Letter = (String, String);

/// The text of a language.
pub(super) fn choose<'a>(locale: &str, english: &'a str, korean: &'a str, japanese: &'a str) -> &'a str {
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
        "이 주소로 {site}에서 @{name} 계정을 만들려는 요청이 있었어요. 본인이라면 이틀 안에 아래 링크를 열어 주세요.\n\n{link}\n\n\
         본인이 아니라면 아무것도 하지 않아도 돼요. 링크를 열지 않으면 계정은 만들어지지 않아요.\n",
        "このアドレスで{site}に@{name}として登録する申し込みがありました。ご本人であれば、2日以内に次のリンクを開いてください。\n\n{link}\n\n\
         心当たりがなければ、何もする必要はありません。リンクを開かなければアカウントは作られません。\n",
    );
    filled(app, subject, text, &[("name", name), ("link", link)])
}

/// With the link `link`, by which they choose another password.
pub fn reset(app: &App, locale: &str, name: &str, link: &str) -> Letter {
    let subject = choose(
        locale,
        "{site}: choose another password",
        "{site}: 새 비밀번호를 정해 주세요",
        "{site}：パスワードの再設定",
    );
    let text = choose(
        locale,
        "Somebody has asked for another password for @{name} at {site}. If that was you, open this link within a day:\n\n{link}\n\n\
         If it was not you, do nothing: your password stays as it is.\n",
        "{site}에 있는 @{name} 계정의 비밀번호를 다시 정하려는 요청이 있었어요. 본인이라면 하루 안에 아래 링크를 열어 주세요.\n\n{link}\n\n\
         본인이 아니라면 아무것도 하지 않아도 돼요. 비밀번호는 그대로예요.\n",
        "{site}の@{name}のパスワードを再設定する申し込みがありました。ご本人であれば、1日以内に次のリンクを開いてください。\n\n{link}\n\n\
         心当たりがなければ、何もする必要はありません。パスワードはそのままです。\n",
    );
    filled(app, subject, text, &[("name", name), ("link", link)])
}

/// To a new address of somebody, with the link that confirms it.
pub fn new_email(app: &App, locale: &str, name: &str, link: &str) -> Letter {
    let subject = choose(
        locale,
        "Confirm your new e-mail address for {site}",
        "{site}: 새 이메일 주소를 확인해 주세요",
        "{site}：新しいメールアドレスの確認",
    );
    let text = choose(
        locale,
        "@{name} at {site} wants to use this address. If that is you, open this link within two days, in a browser in which you are \
         signed in:\n\n{link}\n\nIf it is not you, do nothing.\n",
        "{site}의 @{name} 계정에서 이 주소를 쓰려고 해요. 본인이라면 이틀 안에, 로그인한 브라우저에서 아래 링크를 열어 주세요.\n\n{link}\n\n\
         본인이 아니라면 아무것도 하지 않아도 돼요.\n",
        "{site}の@{name}がこのアドレスを使おうとしています。ご本人であれば、2日以内に、ログインしているブラウザーで次のリンクを開いてください。\n\n\
         {link}\n\n心当たりがなければ、何もする必要はありません。\n",
    );
    filled(app, subject, text, &[("name", name), ("link", link)])
}

/// To the former address of somebody, with the address of the page where they see who is signed in.
pub fn former_email(app: &App, locale: &str, name: &str, link: &str) -> Letter {
    let subject = choose(
        locale,
        "{site}: your e-mail address was changed",
        "{site}: 이메일 주소가 바뀌었어요",
        "{site}：メールアドレスが変更されました",
    );
    let text = choose(
        locale,
        "@{name} at {site} has another e-mail address now; this one is not used any more. If that was not you, change your password and \
         see who is signed in:\n\n{link}\n",
        "{site}에 있는 @{name} 계정의 이메일 주소가 바뀌어, 이 주소는 더 이상 쓰이지 않아요. 본인이 한 일이 아니라면 비밀번호를 바꾸고 로그인한 곳을 확인해 주세요.\n\n{link}\n",
        "{site}の@{name}のメールアドレスが変更され、このアドレスはもう使われません。心当たりがなければ、パスワードを変え、ログインしている場所を確かめてください。\n\n{link}\n",
    );
    filled(app, subject, text, &[("name", name), ("link", link)])
}

/// Staff has let somebody in; with the address where they sign in.
pub fn approved(app: &App, locale: &str, name: &str, link: &str) -> Letter {
    let subject =
        choose(locale, "Your account at {site}", "{site} 계정이 열렸어요", "{site}のアカウントができました");
    let text = choose(
        locale,
        "Your sign-up at {site} was approved. You can sign in as @{name} now:\n\n{link}\n",
        "{site} 가입이 승인됐어요. 이제 @{name} 계정으로 로그인할 수 있어요.\n\n{link}\n",
        "{site}への登録が承認されました。@{name}としてログインできます。\n\n{link}\n",
    );
    filled(app, subject, text, &[("name", name), ("link", link)])
}

/// What members of staff did to an account, with what they say of it and the address where one appeals.
pub fn strike(app: &App, locale: &str, name: &str, strike: &Strike, link: &str) -> Letter {
    let subject = choose(
        locale,
        "{site}: a message about your account @{name}",
        "{site}: @{name} 계정에 대한 알림",
        "{site}：アカウント@{name}について",
    );
    let what = match strike.action {
        Action::None => choose(
            locale,
            "The staff of {site} has a message for you about your account @{name}.",
            "{site} 운영진이 @{name} 계정에 대해 알릴 것이 있어요.",
            "{site}のスタッフから、アカウント@{name}についてお知らせがあります。",
        ),
        Action::Disable => choose(
            locale,
            "Your account @{name} at {site} was frozen: you cannot use it, and what is there stays.",
            "{site}의 @{name} 계정이 동결됐어요. 계정을 쓸 수 없지만 있던 것은 그대로 남아요.",
            "{site}のアカウント@{name}が凍結されました。利用できませんが、内容はそのまま残ります。",
        ),
        Action::MarkStatusesAsSensitive => choose(
            locale,
            "Posts of your account @{name} at {site} were marked as sensitive.",
            "{site}의 @{name} 계정에서 올린 글이 민감한 글로 표시됐어요.",
            "{site}のアカウント@{name}の投稿が閲覧注意に設定されました。",
        ),
        Action::DeleteStatuses => choose(
            locale,
            "Posts of your account @{name} at {site} were deleted.",
            "{site}의 @{name} 계정에서 올린 글이 삭제됐어요.",
            "{site}のアカウント@{name}の投稿が削除されました。",
        ),
        Action::Sensitive => choose(
            locale,
            "All media of your account @{name} at {site} are marked as sensitive from now on.",
            "{site}의 @{name} 계정에서 올린 미디어가 앞으로 모두 민감한 것으로 표시돼요.",
            "{site}のアカウント@{name}のメディアは、今後すべて閲覧注意になります。",
        ),
        Action::Silence => choose(
            locale,
            "Your account @{name} at {site} was limited: your followers see what you post, others only by a link.",
            "{site}의 @{name} 계정이 제한됐어요. 올리는 글이 팔로워에게 보이고, 다른 사람은 링크로만 볼 수 있어요.",
            "{site}のアカウント@{name}が制限されました。投稿はフォロワーに表示され、ほかの人はリンクからのみ見られます。",
        ),
        Action::Suspend => choose(
            locale,
            "Your account @{name} at {site} was suspended: it and its posts are hidden, and are deleted after thirty days.",
            "{site}의 @{name} 계정이 정지됐어요. 계정과 글이 숨겨지고 30일 뒤에 삭제돼요.",
            "{site}のアカウント@{name}が停止されました。アカウントと投稿は非表示になり、30日後に削除されます。",
        ),
    };
    let rest = choose(
        locale,
        "Sign in to read about it. You can appeal there within twenty days:\n\n{link}\n",
        "로그인해서 자세히 읽을 수 있어요. 20일 안에 이의를 제기할 수도 있어요.\n\n{link}\n",
        "ログインすると詳しく読めます。20日以内に異議を申し立てることもできます。\n\n{link}\n",
    );
    let text = match strike.text.is_empty() {
        true => format!("{what}\n\n{rest}"),
        false => format!("{what}\n\n{{said}}\n\n{rest}"),
    };
    filled(app, subject, &text, &[("name", name), ("link", link), ("said", &strike.text)])
}

/// An appeal was decided; with the address of what it was about.
pub fn appeal(app: &App, locale: &str, name: &str, is_approved: bool, link: &str) -> Letter {
    let subject = choose(
        locale,
        "{site}: the answer to your appeal",
        "{site}: 이의 제기에 대한 답",
        "{site}：異議申し立てへの回答",
    );
    let text = if is_approved {
        choose(
            locale,
            "Your appeal about your account @{name} at {site} was accepted: what was done is taken back as far as it can be.\n\n{link}\n",
            "{site}의 @{name} 계정에 대한 이의 제기가 받아들여졌어요. 되돌릴 수 있는 조치는 되돌렸어요.\n\n{link}\n",
            "{site}のアカウント@{name}についての異議が認められました。取り消せる対応は取り消しました。\n\n{link}\n",
        )
    } else {
        choose(
            locale,
            "Your appeal about your account @{name} at {site} was rejected: what was done stays.\n\n{link}\n",
            "{site}의 @{name} 계정에 대한 이의 제기가 받아들여지지 않았어요. 조치는 그대로 남아요.\n\n{link}\n",
            "{site}のアカウント@{name}についての異議は認められませんでした。対応はそのままです。\n\n{link}\n",
        )
    };
    filled(app, subject, text, &[("name", name), ("link", link)])
}

/// The announcement of a new version of a text of the operator's, in the language of the instance; with what is new in it.
pub fn of_new_text(app: &App, kind: Kind, date: &str, link: &str, changes: &str) -> String {
    let site = app.site();
    let locale = site.language();
    let said = match kind {
        Kind::Terms => choose(
            locale,
            "New terms of service of {site} hold from {date}: {link}",
            "{date}부터 {site}의 새 이용 약관이 적용돼요: {link}",
            "{date}から{site}の新しい利用規約が適用されます：{link}",
        ),
        Kind::Privacy => choose(
            locale,
            "A new privacy policy of {site} holds from {date}: {link}",
            "{date}부터 {site}의 새 개인정보 처리방침이 적용돼요: {link}",
            "{date}から{site}の新しいプライバシーポリシーが適用されます：{link}",
        ),
    };
    let (_, text) = filled(app, "", said, &[("date", date), ("link", link)]);
    if changes.is_empty() { text } else { format!("{text}\n\n{changes}") }
}

/// What the report says that tells staff of the quiet mode, which has begun by itself.
pub fn quiet(app: &App) -> String {
    let site = app.site();
    let locale = site.language();
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

/// Each `{key}` with its value; `{site}` is the title of the instance.
fn filled(app: &App, subject: &str, text: &str, values: &[(&str, &str)]) -> Letter {
    let site = app.site();
    // What is put in is not looked at again.
    let fill = |text: &str| {
        let mut out = String::new();
        for (n, part) in text.split('{').enumerate() {
            let Some((key, rest)) = part.split_once('}').filter(|_| n > 0) else {
                out.push_str(part);
                continue;
            };
            let given = values.iter().find(|(known, _)| *known == key).map(|(_, value)| *value);
            out.push_str(if key == "site" { &site.title } else { given.unwrap_or("") });
            out.push_str(rest);
        }
        out
    };
    (fill(subject), fill(text))
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_korean_particle_depends_on_a_name() {
        let source = include_str!("letters.rs").split("#[cfg(test)]").next().unwrap();
        let is_korean = |c: char| ('가'..='힣').contains(&c);
        for rest in source.split("{name}").skip(1) {
            let said: String = rest.chars().take(20).collect();
            assert!(!said.starts_with('(') && !said.starts_with(is_korean), "{said}");
        }
        // These two are the same after every name.
        for rest in source.split("{site}").skip(1).filter(|rest| rest.starts_with(is_korean)) {
            assert!(rest.starts_with('에') || rest.starts_with('의'), "{rest:.30}");
        }
    }
}
