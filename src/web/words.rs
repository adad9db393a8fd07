//! All texts of the pages, in English and Korean.

use crate::http::request::Request;
use crate::http::{cookies, negotiate};
use crate::model::time::{DAY, SECOND};

/// The cookie of the chosen language. It holds no secret, so a subdomain may set it and local instances share it.
const CHOICE: &str = "sori-lang";
const CHOICE_LIFETIME: i64 = 365 * DAY;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Korean,
}

impl Language {
    /// By `lang` in the query, else by what this browser chose by it before, else by Accept-Language.
    pub fn of(request: &Request) -> Self {
        Self::asked(request)
            .or_else(|| Self::from_code(&cookies::get(request, CHOICE)?))
            .or_else(|| {
                Self::from_code(negotiate::language(request.header("accept-language"), &["en", "ko"]))
            })
            .unwrap_or(Self::English)
    }

    /// By `lang` in the query.
    fn asked(request: &Request) -> Option<Self> {
        let mut pairs = url::form_urlencoded::parse(request.query.as_bytes());
        pairs.find(|(name, _)| name == "lang").and_then(|(_, code)| Self::from_code(&code))
    }

    fn from_code(code: &str) -> Option<Self> {
        match code {
            "en" => Some(Self::English),
            "ko" => Some(Self::Korean),
            _ => None,
        }
    }

    /// The Set-Cookie value that keeps a choice made in the query, since forms and links have no query of it.
    pub fn choice(request: &Request, is_secure: bool) -> Option<String> {
        let chosen = Self::asked(request)?;
        Some(cookies::set(CHOICE, chosen.code(), CHOICE_LIFETIME / SECOND, is_secure))
    }

    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// A sentence of the pages in this language, found by its text in either one; `None` where it is none of theirs.
    pub fn translated(self, text: &str) -> Option<&'static str> {
        let is_it = |word: &&Word| [word.both().0, word.both().1].contains(&text);
        Word::ALL.iter().find(is_it).map(|word| self.say(*word))
    }

    /// The text of a key in this language.
    pub fn say(self, word: Word) -> &'static str {
        let (english, korean) = word.both();
        if self == Self::Korean { korean } else { english }
    }

    /// A number of things.
    pub fn count(self, n: i64, one: Word, several: Word) -> String {
        match self {
            Self::Korean => format!("{} {n}", self.say(several)),
            Self::English => format!("{n} {}", self.say(if n == 1 { one } else { several })),
        }
    }
}

macro_rules! words {
    ($($name:ident: $english:literal, $korean:literal;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Word { $($name),* }
        impl Word {
            pub const ALL: &'static [Word] = &[$(Word::$name),*];
            fn both(self) -> (&'static str, &'static str) {
                match self { $(Self::$name => ($english, $korean)),* }
            }
        }
    };
}

words! {
    SetUpTitle: "Set up your server", "서버를 시작해요";
    SetUpLead: "This server has no owner yet. The set-up code proves that it is yours.", "이 서버에는 아직 주인이 없어요. 설정 코드로 주인임을 확인할게요.";
    SetUpCode: "Set-up code", "설정 코드";
    SetUpCodeHint: "npm start prints it; on Cloudflare it is the secret SETUP_CODE.", "npm start가 보여 줍니다. Cloudflare에서는 SETUP_CODE 비밀 값이에요.";
    NoSetUpCode: "Set the secret SETUP_CODE of this Worker first (wrangler secret put SETUP_CODE), then load this page again.", "먼저 이 Worker의 비밀 값 SETUP_CODE를 정해 주세요(wrangler secret put SETUP_CODE). 그리고 이 페이지를 새로 고치세요.";
    WrongSetUpCode: "That is not the set-up code.", "설정 코드가 맞지 않아요.";
    InstanceName: "Name of the server", "서버 이름";
    Handle: "Your handle", "사용자 이름";
    HandleHint: "Letters, digits and underscores.", "영문자, 숫자, 밑줄만 쓸 수 있어요.";
    Password: "Password", "비밀번호";
    PasswordHint: "At least 8 characters.", "8자 이상이어야 해요.";
    LanguageWord: "Language", "언어";
    Start: "Start", "시작하기";
    DoneTitle: "Your server is ready", "서버가 준비됐어요";
    SetUpDomain: "My handle is of another domain", "핸들의 도메인이 달라요";
    SetUpDomainHint: "For @you@my.name while this server is at another address. The next page says what to set up at that domain. Leave it empty otherwise.", "서버 주소와 다른 도메인으로 @나@my.name 핸들을 쓸 때 적어요. 그 도메인에서 할 일은 다음 페이지가 알려 줘요. 아니면 비워 두세요.";
    SetUpDomainLeft: "One thing is left: the domain must lead other servers here.", "한 가지가 남았어요. 다른 서버가 그 도메인에서 이 서버를 찾게 해야 해요.";
    Domains: "Domains", "도메인";
    DomainsLead: "The domains of the handles on this server. Each can have people of its own.", "이 서버에 있는 핸들의 도메인이에요. 도메인마다 사람이 따로 있을 수 있어요.";
    AddDomain: "Add a domain", "도메인 추가";
    HandleDomain: "Domain of the handles", "핸들의 도메인";
    HandleDomainHint: "What comes after the second @: my.name for @you@my.name.", "두 번째 @ 뒤에 오는 이름이에요. @나@my.name이면 my.name.";
    DomainAddress: "Address of its people (may be empty)", "사람들의 주소 (비워 둘 수 있어요)";
    DomainAddressHint: "Leave it empty where a website is at the domain already: it then sends two paths over to this server. Where the domain, or one below it, leads to this Worker (a custom domain at Cloudflare), enter that one: https://my.name. It is part of each of their addresses and cannot be changed later. Without an address of its own, a name can be taken once only on all domains together.", "그 도메인에 이미 웹사이트가 있으면 비워 두세요. 그 사이트가 두 경로만 이 서버로 넘겨 주면 돼요. 도메인이나 하위 도메인이 이 Worker로 연결되어 있으면(Cloudflare의 사용자 지정 도메인) 그 주소를 적으세요. 예: https://my.name. 이 주소는 모든 주소의 일부가 되고 나중에 바꿀 수 없어요. 따로 주소가 없으면 같은 이름은 도메인을 통틀어 한 번만 쓸 수 있어요.";
    DomainPrimary: "Primary domain", "기본 도메인";
    DomainVerified: "Verified", "확인됨";
    DomainUnverified: "Not verified yet", "아직 확인되지 않음";
    DomainEnded: "Given up", "그만둔 도메인";
    Person: "person", "사람 수";
    People: "people", "사람 수";
    AddressStays: "Its people have another address, which stays.", "그 도메인의 사람들은 다른 주소를 쓰고 있고, 바꿀 수 없어요.";
    TrustDomain: "Use it all the same", "그래도 쓰기";
    DomainIsOurs: "This domain is here already.", "이미 추가된 도메인이에요.";
    DomainIsAddress: "This domain is the address of another one here.", "다른 도메인의 주소로 쓰이고 있어요.";
    AddressIsDomain: "The people of that domain have another address.", "그 도메인의 사람들은 다른 주소를 쓰고 있어요.";
    DomainIsBlocked: "This domain is blocked here.", "이 서버에서 차단한 도메인이에요.";
    TooManyDomains: "There are too many domains.", "도메인이 너무 많아요.";
    NoAddress: "This is no address that other servers can reach. Enter https:// and the host alone.", "다른 서버가 닿을 수 있는 주소가 아니에요. https://와 호스트 이름만 적어 주세요.";
    NoDomain: "This is no domain.", "도메인이 아니에요.";
    DomainNotVerified: "Verify the domain first.", "먼저 도메인을 확인해 주세요.";
    DomainNeeded: "Somebody lives on this domain still, or the server needs it.", "아직 이 도메인에 사람이 있거나 서버에 필요한 도메인이에요.";
    VerifyDomain: "Check it now", "지금 확인하기";
    DomainFound: "Other servers find this domain's people here.", "다른 서버가 이 도메인의 사람을 여기서 찾아요.";
    DomainUnsure: "It could not be checked from here. Open the address below in a browser: it must show JSON that names this server.", "여기서는 확인할 수 없었어요. 아래 주소를 브라우저로 열어 보세요. 이 서버를 가리키는 JSON이 보여야 해요.";
    DomainNotFound: "Other servers do not find this domain's people.", "다른 서버가 이 도메인의 사람을 찾지 못해요.";
    DomainNotFoundDo: "Above is what was seen. A certificate or DNS record that was just made can take some minutes; a redirect must keep path and query.", "위에 나온 것이 받은 답이에요. 방금 만든 인증서나 DNS 레코드는 몇 분 걸릴 수 있어요. 리디렉션은 경로와 쿼리를 그대로 넘겨야 해요.";
    WhatToDo: "What to set up at the domain", "도메인에서 할 일";
    DomainLeadsHere: "The domain itself leads to this server: at Cloudflare it is a custom domain of the Worker. Open it to see whether it does:", "도메인이 바로 이 서버로 연결되어야 해요. Cloudflare에서 Worker의 사용자 지정 도메인으로 추가하세요. 열어서 확인해 보세요:";
    SplitLead: "The website of the domain stays as it is. It redirects two addresses:", "도메인의 웹사이트는 그대로예요. 두 주소만 리디렉션해요:";
    SplitTo: "to the same path and query at", "보낼 곳(같은 경로와 쿼리):";
    SplitQuery: "The part after the question mark must come along.", "물음표 뒤의 부분도 함께 넘어와야 해요.";
    SplitApps: "In an app, sign in to this address, not to the domain:", "앱에서는 도메인이 아니라 이 주소로 로그인하세요:";
    RuleCloudflare: "Rules → Redirect Rules → Create rule. First the custom filter expression, then as a dynamic redirect the target; status 301, and preserve the query string.", "Rules → Redirect Rules → Create rule. 첫 줄은 사용자 지정 필터 식, 둘째 줄은 동적 리디렉션의 대상이에요. 상태는 301, 쿼리 문자열 유지를 켜세요.";
    RuleApache: "Above the lines of WordPress. A plugin for redirects does as well, if it passes the query on; a plugin that answers WebFinger itself must be off.", "WordPress가 쓴 줄보다 위에 넣으세요. 쿼리를 넘겨 주는 리디렉션 플러그인도 돼요. WebFinger에 직접 답하는 플러그인은 꺼야 해요.";
    RuleFile: "It redirects nothing, so a file answers, for one person: .well-known/webfinger with this text, and an empty file .nojekyll beside that folder. Replace the name where yours is another.", "리디렉션이 안 되므로 파일이 대신 답해요. 한 사람만 쓸 수 있어요. .well-known/webfinger 파일에 아래 글을 넣고, 그 폴더 옆에 빈 파일 .nojekyll을 두세요. 이름이 다르면 바꿔 적으세요.";
    AddPerson: "Add somebody", "사람 추가";
    TheirHandle: "Their handle", "그 사람의 핸들";
    AddPersonHint: "Somebody else, with a password that you tell them. Another name of your own is made at:", "다른 사람의 계정이에요. 비밀번호를 알려 주면 돼요. 내 다른 이름은 여기서 만들어요:";
    PersonAdded: "Tell them this handle and password. It is shown once.", "이 핸들과 비밀번호를 알려 주세요. 한 번만 보여 드려요.";
    PersonAddedHint: "They sign in with both, and change the password in their settings.", "이 둘로 로그인한 뒤 설정에서 비밀번호를 바꾸면 돼요.";
    MakePrimary: "Make it the primary domain", "기본 도메인으로";
    MakePrimaryHint: "Whoever signs up is on it, and its handles are written without a domain in apps. Nobody's handle changes.", "새로 가입하는 사람은 이 도메인에 있게 되고, 앱에서는 도메인 없이 보여요. 이미 있는 핸들은 바뀌지 않아요.";
    WhoMayChoose: "Who may choose it", "누가 고를 수 있나요";
    DomainIsOpen: "Everybody with an account here may have a name on this domain.", "이 서버의 누구나 이 도메인에 이름을 만들 수 있어요.";
    DomainIsClosed: "Only you give names on this domain.", "이 도메인의 이름은 운영자만 만들 수 있어요.";
    OpenDomain: "Open it to everybody here", "모두에게 열기";
    CloseDomain: "Close it", "닫기";
    EndDomain: "Give the domain up", "도메인 그만두기";
    EndDomainHint: "Possible once nobody lives on it. It can be taken up again, but deleted names stay taken.", "아무도 살지 않을 때만 그만둘 수 있어요. 나중에 다시 쓸 수 있지만 삭제된 이름은 다시 만들 수 없어요.";
    TakeUpAgain: "Take it up again", "다시 쓰기";
    Identities: "Identities", "내 이름들";
    IdentitiesLead: "Accounts of yours under one sign-in. Each has its own profile, follows and posts; an app asks which one it is for.", "한 번의 로그인으로 쓰는 내 계정들이에요. 프로필, 팔로우, 게시물은 따로예요. 앱에 로그인할 때 어느 것을 쓸지 골라요.";
    InUse: "in use here", "여기서 쓰는 중";
    UseThis: "Use this one", "이것으로";
    AnotherIdentity: "Another identity", "다른 이름";
    AddIdentity: "Add it", "추가";
    NoDomainToChoose: "The operator has opened no domain for another identity.", "운영자가 다른 이름을 만들 수 있는 도메인을 열지 않았어요.";
    TooManyIdentities: "That is one more than a person may have.", "한 사람이 가질 수 있는 수를 넘었어요.";
    ChooseIdentity: "Which of you is it for?", "어느 이름으로 쓸까요?";
    ChangePassword: "Change the password", "비밀번호 바꾸기";
    PresentPassword: "Present password", "지금 비밀번호";
    NewPassword: "New password", "새 비밀번호";
    SessionsEnd: "Other browsers are signed out; apps stay.", "다른 브라우저에서는 로그아웃돼요. 앱은 그대로예요.";
    PasswordChanged: "The password is changed", "비밀번호를 바꿨어요";
    DoneHandle: "People find you as", "사람들은 이 이름으로 찾아요";
    DoneApp: "Open any Mastodon app and give it this server name:", "마스토돈 앱을 열고 서버 이름으로 이것을 입력하세요:";
    DoneNothing: "There is nothing else to do.", "더 할 일은 없어요.";
    ToFrontPage: "To the front page", "첫 페이지로 가기";
    MovedTo: "This account has moved to", "이 계정은 옮겨졌어요. 새 계정:";
    AboutLocal: "This is a local server: only programs on this machine reach it. The server name is", "로컬 서버예요. 이 컴퓨터의 프로그램만 접속할 수 있어요. 서버 이름은";
    SignIn: "Sign in", "로그인";
    SignInLead: "with your account on", "계정이 있는 서버:";
    HandleOrEmail: "Handle or e-mail address", "사용자 이름 또는 이메일";
    WrongPassword: "Wrong handle or password.", "사용자 이름이나 비밀번호가 맞지 않아요.";
    TooManyAttempts: "Too many attempts have failed. Please try again in # min.", "여러 번 틀렸어요. #분 뒤에 다시 시도해 주세요.";
    SignOut: "Sign out", "로그아웃";
    SignedInAs: "Signed in as", "로그인한 계정:";
    Consent: "Let this app use your account?", "이 앱이 계정을 쓰도록 허락할까요?";
    ConsentMay: "It will be able to", "이 앱은 다음을 할 수 있게 됩니다";
    Allow: "Allow", "허락하기";
    Deny: "Deny", "거절하기";
    ScopeRead: "read everything in your account", "계정의 모든 것을 읽기";
    ScopeWrite: "post and change things for you", "대신 글을 쓰고 바꾸기";
    ScopeFollow: "follow and block for you", "대신 팔로우하고 차단하기";
    ScopePush: "send you notifications", "알림 보내기";
    ScopeProfile: "see who you are", "누구인지 보기";
    CodeTitle: "Copy this code into the app", "이 코드를 앱에 붙여 넣으세요";
    FormExpired: "This form was open for too long. Please try again.", "양식이 만료됐어요. 다시 시도해 주세요.";
    UnknownClient: "This app is not known here, or wants to lead you to an address that it has not registered.", "알 수 없는 앱이거나, 등록하지 않은 주소로 보내려고 해요.";
    NotFound: "There is nothing here.", "여기에는 아무것도 없어요.";
    NotFoundLead: "The page may have moved, or is not for you to see.", "옮겨졌거나, 볼 수 없는 페이지예요.";
    Broken: "Something went wrong.", "문제가 생겼어요.";
    Home: "Home", "처음으로";
    AboutLead: "A server of the fediverse: it speaks with Mastodon and all the others.", "연합우주의 서버예요. 마스토돈을 비롯한 모든 서버와 이야기합니다.";
    AboutApps: "Sign in with any Mastodon app on your phone. The server name is", "휴대폰의 마스토돈 앱으로 로그인하세요. 서버 이름은";
    AboutFollow: "Follow people here from wherever you are: search for their handle.", "어디에서든 이곳 사람들을 팔로우할 수 있어요. 사용자 이름으로 검색하세요.";
    Post: "post", "글";
    Posts: "posts", "글";
    Follower: "follower", "팔로워";
    Followers: "followers", "팔로워";
    Following: "following", "팔로잉";
    NoPosts: "No posts yet.", "아직 글이 없어요.";
    Boosted: "boosted", "님이 부스트함";
    ReplyWord: "in reply", "답글";
    Moving: "Moving", "계정 옮기기";
    HasMoved: "This account has moved and is at rest. It is now", "이 계정은 옮겨졌고 지금은 쉬고 있어요. 새 계정:";
    ComeBack: "Come back here", "여기로 돌아오기";
    Aliases: "Moving here", "이곳으로 옮겨 오기";
    AliasesLead: "Name your old account here first. Then start the move over there: your followers come along.", "먼저 옛 계정을 여기에 적어 주세요. 그리고 옛 서버에서 옮기기를 시작하면 팔로워가 따라와요.";
    OldAccount: "Your old account", "옛 계정";
    NewAccount: "Your new account", "새 계정";
    Add: "Add", "더하기";
    Remove: "Remove", "지우기";
    MoveAway: "Move away", "다른 곳으로 옮기기";
    MoveAwayLead: "Your new account must name this one first. Your followers are told and this account is at rest from then on; your posts stay here.", "먼저 새 계정에 이 계정을 적어 두어야 해요. 팔로워에게 알려지고, 그때부터 이 계정은 쉬게 돼요. 글은 여기에 남아요.";
    NobodyThere: "Nobody was found under this handle.", "그런 계정을 찾지 못했어요.";
    NoAnswer: "That server does not answer at the moment. Please try again later.", "그 서버가 지금 응답하지 않아요. 나중에 다시 시도해 주세요.";
    NotNamed: "That account does not name this one yet. Add it there first.", "그 계정에 아직 이 계정이 적혀 있지 않아요. 먼저 그쪽에서 더해 주세요.";
    NoPlace: "You cannot move to that account.", "그 계정으로는 옮길 수 없어요.";
    TooSoon: "You have moved within the last 30 days.", "최근 30일 안에 이미 옮겼어요.";
    WrongPasswordAlone: "Wrong password.", "비밀번호가 맞지 않아요.";
    Servers: "Servers", "서버";
    ServersLead: "Servers that are kept out: nothing of theirs comes in, nothing goes to them, and their people are hidden. Everybody can read the list.", "차단한 서버에서는 아무것도 오지 않고, 그곳으로 아무것도 보내지 않으며, 그곳 사람들은 보이지 않아요. 목록은 모두에게 공개돼요.";
    ServerDomain: "Domain", "도메인";
    ServerComment: "Reason, for everybody to read", "이유 (모두에게 공개)";
    KeepOut: "Keep out", "차단하기";
    LetIn: "Let in again", "차단 풀기";
    NoServer: "That is not the domain of another server.", "다른 서버의 도메인이 아니에요.";
    SecureMode: "Secure mode", "보안 모드";
    SecureModeLead: "Other servers read what is here only when they sign. Blocks hold better, and some old servers find nobody. A change holds within a minute.", "다른 서버는 서명해야만 이곳의 문서를 읽을 수 있어요. 차단이 더 확실해지지만, 오래된 서버는 이곳 사람을 찾지 못할 수 있어요. 바꾸면 1분 안에 적용돼요.";
    TurnOn: "Turn on", "켜기";
    TurnOff: "Turn off", "끄기";
    Doctor: "Health", "상태";
    DoctorGood: "All is well.", "모두 정상이에요.";
    DoctorWarning: "It works, and something needs your attention.", "동작하지만 살펴볼 것이 있어요.";
    DoctorBad: "Something is wrong.", "문제가 있어요.";
    DoctorAsk: "Check everything", "모두 점검하기";
    DoctorAskAgain: "Check again", "다시 점검하기";
    DoctorAskHint: "Asks your domains as another server does, stores and deletes a file, calls the Durable Objects, and sends a push message to your own devices.", "다른 서버처럼 내 도메인에 물어보고, 파일을 저장했다 지우고, Durable Object를 불러 보고, 내 기기에 푸시 알림을 보내요.";
    DoctorFailing: "Servers that do not take what is sent to them", "보낸 것을 받지 않는 서버";
    DoctorGuide: "The guide", "안내서";
    StateGood: "good", "정상";
    StateWarning: "attention", "주의";
    StateBad: "wrong", "문제";
    CheckDatabase: "Database", "데이터베이스";
    CheckDatabaseMeans: "The database does not answer.", "데이터베이스가 응답하지 않아요.";
    CheckDatabaseDo: "Look at the binding DB and at Cloudflare's status page.", "DB 바인딩과 Cloudflare 상태 페이지를 확인하세요.";
    CheckSize: "Size of the database", "데이터베이스 크기";
    CheckSizeMeans: "The database fills up: old posts of other servers go sooner, and nothing more is received when it is full.", "데이터베이스가 차고 있어요. 다른 서버의 오래된 글을 더 빨리 지우고, 가득 차면 더 받지 않아요.";
    CheckSizeDo: "Usually nothing. If it stays: follow fewer busy accounts or relays, or take the paid plan.", "보통은 할 일이 없어요. 계속 그렇다면 글이 많은 계정이나 릴레이를 줄이거나 유료 플랜을 쓰세요.";
    CheckCron: "Regular tasks", "정기 작업";
    CheckCronMeans: "The trigger of every minute did not run: retries, scheduled posts and what removes old rows wait.", "1분마다 도는 작업이 돌지 않았어요. 재시도, 예약 글, 오래된 것 정리가 멈춰 있어요.";
    CheckCronDo: "Deploy again, and look at Triggers of the Worker in the dashboard.", "다시 배포하고, 대시보드에서 Worker의 Triggers를 확인하세요.";
    CheckQueue: "Queue", "대기열";
    CheckQueueMeans: "Messages of the queue are not taken; deliveries go out slowly, by the regular tasks.", "대기열의 메시지를 처리하지 못해서, 전송이 정기 작업으로 천천히 나가요.";
    CheckQueueDo: "Its operations of the day may be used up: look at the usage. Else deploy again, which connects the consumer.", "하루치 대기열 작업을 다 썼을 수 있어요. 사용량을 보세요. 아니면 다시 배포해서 소비자를 연결하세요.";
    CheckDeliveries: "Deliveries that wait", "기다리는 전송";
    CheckDeliveriesMeans: "A server has not taken something for more than a day. It is tried again for days.", "하루 넘게 받지 않은 서버가 있어요. 며칠 동안 다시 시도해요.";
    CheckDeliveriesDo: "Nothing, if that server is down. If it is all servers, look at what they answer.", "그 서버가 꺼져 있다면 할 일이 없어요. 모든 서버가 그렇다면 응답을 살펴보세요.";
    CheckQuotas: "Quotas of the day", "하루 한도";
    CheckQuotasMeans: "A quota of the free plan nears its end or is used up. It begins anew at 00:00 UTC.", "무료 플랜의 하루 한도가 얼마 남지 않았거나 다 썼어요. 00:00(UTC)에 새로 시작해요.";
    CheckQuotasDo: "The page on usage shows what for.", "어디에 썼는지는 사용량 페이지에 있어요.";
    CheckVersion: "Version", "버전";
    CheckVersionMeans: "Another version ran last: a deploy is under way, or an older one still answers.", "마지막에 다른 버전이 돌았어요. 배포 중이거나 이전 버전이 아직 응답하고 있어요.";
    CheckVersionDo: "Look again in a minute.", "1분 뒤에 다시 보세요.";
    CheckOrigin: "Address", "주소";
    CheckOriginMeans: "You have opened this server at an address that is not its own.", "이 서버의 주소가 아닌 곳으로 열었어요.";
    CheckOriginDo: "Use the address of PUBLIC_ORIGIN. It cannot be changed after set-up.", "PUBLIC_ORIGIN의 주소를 쓰세요. 설정한 뒤에는 바꿀 수 없어요.";
    CheckSecrets: "Secret", "비밀 값";
    CheckSecretsMeans: "The secret does not open the keys of this database: nothing can be signed or delivered.", "이 비밀 값으로는 데이터베이스의 열쇠를 열 수 없어요. 서명도 전송도 할 수 없어요.";
    CheckSecretsDo: "Set SORI_SECRET to the value that the first deploy printed.", "SORI_SECRET을 첫 배포 때 출력된 값으로 되돌리세요.";
    CheckHeavy: "Durable Object for heavy work", "무거운 작업용 Durable Object";
    CheckHeavyMeans: "Signing in, new keys and uploads need it.", "로그인, 새 열쇠, 업로드에 필요해요.";
    CheckHeavyDo: "Deploy again; the binding is HEAVY.", "다시 배포하세요. 바인딩 이름은 HEAVY예요.";
    CheckStreams: "Live streams", "실시간 스트림";
    CheckStreamsMeans: "Without it apps show what is new only when they are reloaded.", "없으면 앱이 새 글을 바로 보여 주지 못해요.";
    CheckStreamsDo: "Deploy again; the binding is LIVE.", "다시 배포하세요. 바인딩 이름은 LIVE예요.";
    CheckFiles: "Storage of files", "파일 저장소";
    CheckFilesMeans: "Files cannot be stored, so there are no uploads.", "파일을 저장할 수 없어서 업로드가 되지 않아요.";
    CheckFilesDo: "Its writes of the day may be used up. Else look at the binding MEDIA_KV or MEDIA.", "하루치 쓰기를 다 썼을 수 있어요. 아니면 MEDIA_KV나 MEDIA 바인딩을 확인하세요.";
    CheckWebFinger: "WebFinger", "WebFinger 주소 찾기";
    CheckWebFingerMeans: "Other servers do not find people by their handles.", "다른 서버가 사용자 이름으로 사람을 찾지 못해요.";
    CheckWebFingerDo: "The domain must lead to this Worker, or redirect /.well-known/webfinger to it; turn Bot Fight Mode off. If this server cannot ask itself (error 1042), run npm run doctor on your computer.", "도메인이 이 Worker로 연결되거나 /.well-known/webfinger를 이곳으로 넘겨야 해요. Bot Fight Mode를 끄세요. 서버가 스스로에게 물을 수 없다면(오류 1042) 컴퓨터에서 npm run doctor를 실행하세요.";
    CheckHostMeta: "host-meta", "host-meta 문서";
    CheckHostMetaMeans: "Some older servers do not find people by their handles.", "일부 오래된 서버가 사람을 찾지 못해요.";
    CheckHostMetaDo: "The domain must redirect /.well-known/host-meta to this server.", "도메인이 /.well-known/host-meta를 이 서버로 넘겨야 해요.";
    CheckInbox: "Inbox", "받은 편지함";
    CheckInboxMeans: "What other servers send does not get here.", "다른 서버가 보낸 것이 도착하지 않아요.";
    CheckInboxDo: "Turn off Bot Fight Mode and rules that challenge visitors, for /inbox and /users/*.", "/inbox와 /users/*에 대해 Bot Fight Mode와 방문자 확인 규칙을 끄세요.";
    CheckClock: "Clock", "시계";
    CheckClockMeans: "Clocks differ, and other servers refuse signatures; or nobody answered whose clock could be compared.", "시계가 달라서 다른 서버가 서명을 거절하거나, 비교할 시계를 알려 준 곳이 없어요.";
    CheckClockDo: "On Cloudflare the clock is right. Locally, set that of your computer.", "Cloudflare의 시계는 맞아요. 내 컴퓨터라면 시계를 맞추세요.";
    CheckPush: "Push messages", "푸시 알림";
    CheckPushMeans: "None of your devices got the message, or none has asked for messages.", "메시지를 받은 기기가 없거나, 알림을 켠 기기가 없어요.";
    CheckPushDo: "Allow notifications in your app, then check again.", "앱에서 알림을 켠 뒤 다시 점검하세요.";
    Usage: "Usage", "사용량";
    UsageLead: "What this server has used of what the free plan gives a day. Counts are some minutes late, and a little low: what a process has not written down is lost with it. Other Workers of your account use the same quotas.", "무료 플랜이 하루에 주는 양 가운데 이 서버가 쓴 양이에요. 몇 분 늦게 반영되고, 실제보다 조금 적을 수 있어요. 같은 계정의 다른 Worker도 같은 한도를 함께 써요.";
    UsageLeadPaid: "What this server has used today. The paid plan has no daily quotas.", "이 서버가 쓴 양이에요. 유료 플랜에는 하루 한도가 없어요.";
    UsageStopped: "So that posts and deliveries go on, this waits until 00:00 UTC:", "글쓰기와 전송이 멈추지 않도록, 아래 작업은 00:00(UTC)까지 쉬어요:";
    UsageUsed: "Used", "사용";
    UsageOfQuota: "Share", "한도 대비";
    UsageForecast: "Forecast", "자정 예상";
    UsageBySource: "What for", "어디에 썼나요";
    UsageByHour: "By hour (UTC)", "시간별 (UTC)";
    UsageToday: "Today", "오늘";
    MeasureRequests: "Requests", "요청";
    MeasureRowsRead: "Rows read", "읽은 행";
    MeasureRowsWritten: "Rows written", "쓴 행";
    MeasureQueueOperations: "Queue operations", "대기열 작업";
    MeasureObjectRequests: "Requests to Durable Objects", "Durable Object 요청";
    MeasureFileReads: "Files read", "파일 읽기";
    MeasureFileWrites: "Files written or deleted", "파일 쓰기와 삭제";
    MeasureFileBytes: "Bytes of new files", "새 파일의 바이트";
    SourceApps: "Apps", "앱";
    SourcePages: "Web pages", "웹 페이지";
    SourceInbox: "Activities from other servers", "다른 서버에서 온 활동";
    SourceDocuments: "What other servers read here", "다른 서버가 읽어 간 문서";
    SourceFiles: "Files", "파일";
    SourceStreams: "Live streams", "실시간 스트림";
    SourceQueue: "Deliveries", "전송";
    SourceCron: "Regular tasks", "정기 작업";
    StopTrends: "Trends are not counted again.", "유행을 다시 계산하지 않아요.";
    StopLinks: "Links of profiles are not verified again.", "프로필 링크를 다시 확인하지 않아요.";
    StopProfiles: "Profiles of other servers are not fetched again.", "다른 서버의 프로필을 다시 가져오지 않아요.";
    StopBackfill: "Old posts and missing answers are not fetched.", "지난 글과 빠진 답글을 가져오지 않아요.";
    StopImports: "Imports and archives wait.", "가져오기와 아카이브 만들기가 기다려요.";
    StopImportedFiles: "Files of archives wait.", "아카이브의 파일이 기다려요.";
    StopCards: "Links get no previews.", "링크 미리보기를 만들지 않아요.";
    StopSearchIndex: "Posts of other servers are found by search a day later.", "다른 서버의 글은 하루 늦게 검색돼요.";
    StopRetention: "Nothing old is removed.", "오래된 것을 지우지 않아요.";
    StopMediaProxy: "Files of other servers are not passed through this one.", "다른 서버의 파일을 이 서버로 거쳐 보여 주지 않아요.";
    StopAnonymousTimelines: "Who is not signed in sees no timelines.", "로그인하지 않으면 타임라인을 볼 수 없어요.";
    StopInbox: "Other servers are asked to send again after midnight.", "다른 서버에 자정 뒤에 다시 보내 달라고 해요.";
    Relays: "Relays", "릴레이";
    RelaysLead: "A relay passes on what is public: your server's posts to others, and theirs to you.", "릴레이는 공개 글을 서로 전해 줘요. 이 서버의 글은 다른 서버로, 다른 서버의 글은 이곳으로 와요.";
    RelayAddress: "Address of the relay", "릴레이 주소";
    RelayPending: "has not answered yet", "아직 응답이 없어요";
    RelayAccepted: "connected", "연결됨";
    RelayRejected: "does not want to", "거절됨";
    NoRelay: "That is not the address of a relay.", "릴레이 주소가 아니에요.";
    Emojis: "Emojis", "커스텀 이모지";
    EmojisLead: "Pictures that people here can use in posts, names and reactions, as :name:.", "이곳 사람들이 글, 이름, 반응에 :이름: 형태로 쓸 수 있는 그림이에요.";
    NoEmojis: "There are none yet.", "아직 없어요.";
    NoCategory: "Without a category", "분류 없음";
    Hidden: "not in menus", "메뉴에 없음";
    AddEmoji: "Add an emoji", "이모지 더하기";
    EmojiPicture: "Picture", "그림";
    EmojiPictureHint: "PNG, GIF or WebP, at most 256 kB and 1024 × 1024 pixels.", "PNG, GIF, WebP. 256 kB, 1024 × 1024 픽셀까지.";
    EmojiName: "Name", "이름";
    EmojiNameHint: "At least two letters, digits or underscores.", "영문자, 숫자, 밑줄로 두 글자 이상.";
    Category: "Category", "분류";
    CategoryHint: "Optional. Apps group their menu by it.", "없어도 돼요. 앱의 메뉴가 분류별로 나뉘어요.";
    ShownInMenus: "Shown in the menus of apps", "앱의 메뉴에 보이기";
    CopyEmoji: "Copy from another server", "다른 서버에서 복사하기";
    CopyEmojiLead: "A post or profile that is known here must have it. Please see that its maker allows it.", "이곳에 있는 글이나 프로필에 쓰인 이모지만 찾을 수 있어요. 만든 사람이 허락하는지 확인해 주세요.";
    RemoteEmoji: "Emoji and server", "이모지와 서버";
    Copy: "Copy", "복사하기";
    Save: "Save", "저장하기";
    DeleteEmoji: "Delete this emoji", "이 이모지 지우기";
    DeleteEmojiLead: "Its picture is deleted as well. Posts that have it show its name.", "그림도 지워져요. 이 이모지를 쓴 글에는 이름만 보여요.";
    AllEmojis: "All emojis", "모든 이모지";
    NoEmojiPicture: "Choose a PNG, GIF or WebP picture of at most 256 kB and 1024 × 1024 pixels.", "PNG, GIF, WebP 그림을 골라 주세요. 256 kB, 1024 × 1024 픽셀까지 쓸 수 있어요.";
    NoEmojiName: "The name needs at least two letters (A to Z), digits or underscores.", "이름은 영문자, 숫자, 밑줄로 두 글자 이상이어야 해요.";
    EmojiTaken: "There is an emoji of this name already.", "같은 이름의 이모지가 이미 있어요.";
    TooManyEmojis: "There are 1,000 emojis already, and no more fit.", "이모지가 이미 1,000개 있어서 더할 수 없어요.";
    UnknownEmoji: "Nothing that is known here has that emoji. Open a post that uses it first.", "이곳에 있는 글이나 프로필에서 그 이모지를 찾지 못했어요. 먼저 그 이모지가 쓰인 글을 열어 주세요.";
    EmojiNotCopied: "That emoji cannot be copied: its server gives no PNG, GIF or WebP picture of at most 256 kB and 1024 × 1024 pixels.", "복사할 수 없는 이모지예요. 그 서버에서 256 kB, 1024 × 1024 픽셀까지의 PNG, GIF, WebP 그림을 받지 못했어요.";
    ServersHaveIt: "Servers that have it:", "받은 서버:";
    StillTrying: "still being tried:", "아직 보내는 중:";
    Refused: "refused:", "거절:";
    DeleteAccount: "Delete this account", "계정 지우기";
    DeleteLead: "Everything that you wrote here goes, and other servers are asked to forget it. Nobody can have your handle again. This cannot be undone.", "여기에 쓴 모든 것이 지워지고, 다른 서버에도 지워 달라고 알려요. 이 사용자 이름은 아무도 다시 쓸 수 없어요. 되돌릴 수 없어요.";
    Deleted: "Your account is deleted.", "계정을 지웠어요.";
    OldPosts: "Old posts", "오래된 글";
    OldPostsLead: "Your posts and boosts can be deleted by themselves once they are old: the oldest first, some of them a day, and other servers are asked to delete them as well. What is deleted does not come back.", "오래된 글과 부스트를 저절로 지울 수 있어요. 가장 오래된 것부터 하루에 조금씩 지우고, 다른 서버에도 지워 달라고 알려요. 지운 글은 되돌릴 수 없어요.";
    DeleteOldPosts: "Delete my old posts", "내 오래된 글 지우기";
    OlderThan: "Older than", "이보다 오래된 글";
    OneWeek: "a week", "1주";
    TwoWeeks: "two weeks", "2주";
    OneMonth: "a month", "1개월";
    TwoMonths: "two months", "2개월";
    ThreeMonths: "three months", "3개월";
    SixMonths: "six months", "6개월";
    OneYear: "a year", "1년";
    TwoYears: "two years", "2년";
    KeepThese: "Keep", "남겨 둘 글";
    KeepPinned: "pinned posts", "고정한 글";
    KeepDirect: "direct messages", "쪽지";
    KeepFavourites: "posts that you have favourited yourself", "스스로 좋아요한 글";
    KeepBookmarks: "posts that you have bookmarked yourself", "스스로 북마크한 글";
    KeepPolls: "polls", "투표";
    KeepMedia: "posts with pictures, videos or sounds", "사진, 동영상, 소리가 있는 글";
    MinFavourites: "Posts with at least so many favourites", "좋아요가 이만큼 이상인 글";
    MinBoosts: "Posts with at least so many boosts", "부스트가 이만큼 이상인 글";
    MinHint: "Leave these empty to delete posts whatever their numbers.", "비워 두면 수와 상관없이 지워요.";
    BadOldPosts: "Please choose one of the ages, and whole numbers from 1 on.", "기간을 고르고, 수는 1 이상으로 적어 주세요.";
    Saved: "Saved.", "저장했어요.";
    SetUpAlready: "This server is set up already.", "이 서버는 이미 시작됐어요.";
    HandleMissing: "Please choose a handle.", "사용자 이름을 정해 주세요.";
    HandleTooLong: "A handle has at most 30 characters.", "사용자 이름은 30자까지예요.";
    HandleInvalid: "A handle has only letters, digits and underscores.", "사용자 이름에는 영문자, 숫자, 밑줄만 쓸 수 있어요.";
    HandleReserved: "This handle is reserved.", "쓸 수 없는 사용자 이름이에요.";
    HandleTaken: "This handle is taken.", "이미 있는 사용자 이름이에요.";
    PasswordTooShort: "A password has at least 8 characters.", "비밀번호는 8자 이상이어야 해요.";
    PasswordTooLong: "This password is too long.", "비밀번호가 너무 길어요.";
    PasswordGuessed: "This password is too easy to guess.", "너무 쉽게 짐작할 수 있는 비밀번호예요.";
    Refuses: "You have refused the app.", "앱을 거절했어요.";
    RefusesLead: "It got nothing. You may close this page.", "앱은 아무것도 받지 않았어요. 이 페이지를 닫아도 돼요.";
    BadScope: "This app asks for rights that it has not registered, or that do not exist.", "앱이 등록하지 않았거나 없는 권한을 요청했어요.";
    BadAppRequest: "This app asks in a way that this server does not support.", "이 서버가 지원하지 않는 방식의 요청이에요.";
    BadRequest: "The server cannot read what was sent.", "보낸 내용을 읽을 수 없어요.";
    NotAllowed: "This is not allowed.", "허용되지 않아요.";
    WrongMethod: "This address does not take such a request.", "이 주소에서는 할 수 없는 요청이에요.";
    Changed: "Something else came first. Please try again.", "그사이 다른 변경이 있었어요. 다시 시도해 주세요.";
    TooLarge: "What was sent is too large.", "보낸 내용이 너무 커요.";
    Unacceptable: "The server does not accept what was sent.", "받아들일 수 없는 내용이에요.";
    TooManyRequests: "Too many requests. Please try again in some minutes.", "요청이 너무 많아요. 몇 분 뒤에 다시 시도해 주세요.";
    NewerDatabase: "The database of this server was upgraded by a newer version of Sori, and this older one leaves it as it is. Deploy the newer version again.", "이 서버의 데이터베이스는 더 새로운 버전의 Sori로 업그레이드되어 있어서, 이 옛 버전은 그대로 둡니다. 새 버전을 다시 배포해 주세요.";
    OurFault: "It is a fault of this server. Please try again later.", "서버에 문제가 있어요. 나중에 다시 시도해 주세요.";
    Settings: "Settings", "설정";
    PostBy: "Post by", "글쓴이:";
    Edited: "edited", "고침:";
    Picture: "Picture", "사진";
    SensitiveMedia: "Sensitive content", "민감한 내용";
    Vote: "vote", "표";
    Votes: "votes", "표";
    PollOpen: "open until", "마감:";
    PollClosed: "closed", "끝난 투표";
    Voter: "person voted", "투표한 사람";
    Voters: "people voted", "투표한 사람";
    ReadAccounts: "see profiles", "프로필 보기";
    ReadBlocks: "see whom you block", "차단한 사람 보기";
    ReadBookmarks: "see your bookmarks", "북마크 보기";
    ReadCollections: "see your collections", "모음 보기";
    ReadFavourites: "see your favourites", "좋아요한 글 보기";
    ReadFilters: "see your filters", "필터 보기";
    ReadFollows: "see whom you follow", "팔로우하는 사람 보기";
    ReadLists: "see your lists", "리스트 보기";
    ReadMutes: "see whom you mute", "뮤트한 사람 보기";
    ReadNotifications: "see your notifications", "알림 보기";
    ReadSearch: "search for you", "대신 검색하기";
    ReadStatuses: "see posts, also those for you only", "나만 볼 수 있는 글을 포함해 글 보기";
    WriteAccounts: "change your profile", "프로필 바꾸기";
    WriteBlocks: "block people and servers for you", "대신 사람과 서버 차단하기";
    WriteBookmarks: "change your bookmarks", "북마크 바꾸기";
    WriteCollections: "change your collections", "모음 바꾸기";
    WriteConversations: "mute and delete your conversations", "대화를 뮤트하고 지우기";
    WriteFavourites: "change your favourites", "좋아요를 누르고 거두기";
    WriteFilters: "change your filters", "필터 바꾸기";
    WriteFollows: "follow and unfollow people for you", "대신 팔로우하고 팔로우 끊기";
    WriteLists: "change your lists", "리스트 바꾸기";
    WriteMedia: "upload pictures, videos and sounds", "사진, 동영상, 소리 올리기";
    WriteMutes: "mute people for you", "대신 사람을 뮤트하기";
    WriteNotifications: "dismiss your notifications", "알림 지우기";
    WriteReports: "report people for you", "대신 신고하기";
    WriteStatuses: "post, change and delete posts for you", "대신 글을 쓰고 고치고 지우기";
    AdminRead: "see everything that administrators see", "관리자가 보는 모든 것 보기";
    AdminReadAccounts: "as an administrator: see all accounts", "관리자로서 모든 계정 보기";
    AdminReadReports: "as an administrator: see reports", "관리자로서 신고 보기";
    AdminReadDomainAllows: "as an administrator: see which servers are allowed", "관리자로서 허용한 서버 보기";
    AdminReadDomainBlocks: "as an administrator: see which servers are blocked", "관리자로서 차단한 서버 보기";
    AdminReadIpBlocks: "as an administrator: see which internet addresses are blocked", "관리자로서 차단한 인터넷 주소 보기";
    AdminReadEmailBlocks: "as an administrator: see which e-mail domains are blocked", "관리자로서 차단한 이메일 도메인 보기";
    AdminReadAddressBlocks: "as an administrator: see which e-mail addresses are blocked", "관리자로서 차단한 이메일 주소 보기";
    AdminWrite: "do everything that administrators do", "관리자가 하는 모든 것 하기";
    AdminWriteAccounts: "as an administrator: act on all accounts", "관리자로서 모든 계정 관리하기";
    AdminWriteReports: "as an administrator: act on reports", "관리자로서 신고 처리하기";
    AdminWriteDomainAllows: "as an administrator: allow servers", "관리자로서 서버 허용하기";
    AdminWriteDomainBlocks: "as an administrator: block servers", "관리자로서 서버 차단하기";
    AdminWriteIpBlocks: "as an administrator: block internet addresses", "관리자로서 인터넷 주소 차단하기";
    AdminWriteEmailBlocks: "as an administrator: block e-mail domains", "관리자로서 이메일 도메인 차단하기";
    AdminWriteAddressBlocks: "as an administrator: block e-mail addresses", "관리자로서 이메일 주소 차단하기";
    ScopeOther: "something that this page has no words for", "이 페이지에서 설명할 수 없는 일";
    Import: "Import", "가져오기";
    Export: "Export", "내보내기";
    ImportLead: "Take along whom you follow, block and mute, your lists and bookmarks, from a file that Mastodon or another server gave you.", "마스토돈이나 다른 서버에서 받은 파일로 팔로우, 차단, 뮤트, 리스트, 북마크를 가져와요.";
    ImportKind: "What is in the file", "파일의 내용";
    ImportFile: "File", "파일";
    ImportFileHint: "CSV, at most 1 MB and 20,000 rows.", "CSV, 1 MB, 20,000줄까지.";
    ImportMerge: "Keep what is here, and add what is in the file", "지금 것을 그대로 두고 파일의 것을 더하기";
    ImportOverwrite: "Add what is in the file, and remove what is not in it", "파일의 것을 더하고, 파일에 없는 것은 지우기";
    ImportStart: "Import", "가져오기";
    ImportAnother: "Import another file", "다른 파일 가져오기";
    ImportAsked: "The file has {} entries. What you have now and is not in the file will be removed: {}.", "파일에는 {}개가 있어요. 지금 있지만 파일에 없는 것 {}개는 지워져요.";
    ImportReplace: "Replace", "바꾸기";
    Cancel: "Cancel", "취소";
    ImportRunning: "under way", "가져오는 중";
    ImportFinished: "finished", "끝남";
    ImportFailed: "failed:", "실패:";
    ImportFailures: "What failed and why, as a file", "실패한 것과 그 이유 (파일)";
    ImportStop: "Stop", "멈추기";
    ImportForget: "Remove from this page", "이 페이지에서 지우기";
    ImportUnreadable: "Nothing in this file can be read as what you have chosen. It was not imported, and nothing was removed.", "이 파일에서는 고른 내용을 읽을 수 없어요. 아무것도 가져오거나 지우지 않았어요.";
    ImportUnreadableRow: "Row {} of this file cannot be read, so it is not known what it would keep. Nothing was imported or removed. Mend the row, or add the file to what is there.", "이 파일의 {}번째 줄을 읽을 수 없어서 무엇을 남겨야 하는지 알 수 없어요. 아무것도 가져오거나 지우지 않았어요. 줄을 고치거나, 지금 있는 것에 더해 주세요.";
    ImportTooLong: "This file has more than 20,000 rows.", "20,000줄이 넘는 파일이에요.";
    ImportUnderWay: "Another file of this kind is being imported. Wait until it is done, or stop it.", "같은 종류의 파일을 가져오는 중이에요. 끝나기를 기다리거나 멈춰 주세요.";
    ImportMergeOnly: "Followers can only be added.", "팔로워는 더하기만 할 수 있어요.";
    HasMovedAway: "This account has moved and is at rest.", "이 계정은 옮겨졌고 지금은 쉬고 있어요.";
    KindFollowing: "People you follow", "팔로우하는 사람";
    KindLists: "Lists", "리스트";
    KindBlocks: "Blocked people", "차단한 사람";
    KindMutes: "Muted people", "뮤트한 사람";
    KindDomainBlocks: "Blocked servers", "차단한 서버";
    KindBookmarks: "Bookmarks", "북마크";
    KindFollowers: "Former followers: you ask to follow each of them", "옛 팔로워: 각 사람에게 팔로우를 요청해요";
    Reason: "Reason", "이유";
    WhyInvalid: "This cannot be read.", "읽을 수 없어요.";
    WhyNotFound: "Nothing was found there.", "찾지 못했어요.";
    WhyUnreachable: "The server did not answer.", "서버가 응답하지 않았어요.";
    WhyRefused: "This is not possible: there is a block, or the account has moved.", "차단되었거나 옮겨진 계정이라 할 수 없어요.";
    WhyFull: "There are as many as there may be.", "더는 더할 수 없어요.";
    WhyOwn: "This is your own account or server.", "자신의 계정이나 서버예요.";
    WhyFailed: "A fault of this server.", "이 서버에 문제가 있었어요.";
    ExportLead: "Files that Mastodon and other servers can import.", "마스토돈과 다른 서버에서 가져올 수 있는 파일이에요.";
    ExportOpml: "People you follow, for a feed reader", "팔로우하는 사람 (피드 리더용)";
    Takeout: "Archive of your posts", "내 글 아카이브";
    TakeoutLead: "All your posts with their pictures, videos and sounds, your profile, favourites and bookmarks, and whom you follow, block and mute: a zip file as Mastodon makes it. You can ask for one every seven days.", "내 글 전부와 사진, 동영상, 소리, 프로필, 좋아요, 북마크, 팔로우와 차단과 뮤트를 마스토돈과 같은 형식의 zip 파일로 만들어요. 7일에 한 번 만들 수 있어요.";
    TakeoutStart: "Make an archive", "아카이브 만들기";
    TakeoutNone: "There is none yet.", "아직 없어요.";
    TakeoutUnderWay: "Your archive is being made", "아카이브를 만들고 있어요";
    TakeoutWait: "You may close this page. Thousands of posts take some minutes; on a busy day the server goes on after midnight UTC.", "이 페이지를 닫아도 돼요. 글이 수천 개면 몇 분이 걸리고, 서버가 바쁜 날에는 UTC 자정 뒤에 이어서 만들어요.";
    TakeoutReady: "Ready to download until {}", "{}까지 내려받을 수 있어요";
    TakeoutFiles: "files", "개 파일";
    TakeoutVolumes: "It is too large for one file. Each of these is an archive of its own, with a part of your posts and their files.", "파일 하나로는 너무 커서 나누었어요. 각각이 글과 파일의 일부가 담긴 온전한 아카이브예요.";
    TakeoutLeftOut: "Could not be written:", "담지 못한 것:";
    TakeoutDelete: "Delete it now", "지금 지우기";
    TakeoutStop: "Stop", "그만두기";
    TakeoutAgain: "You can ask for another one from {} on.", "{}부터 다시 만들 수 있어요.";
    TakeoutBusy: "Others are being made or kept at the moment. Please try again later.", "지금은 다른 아카이브가 많아요. 나중에 다시 시도해 주세요.";
    ListFeeds: "Lists as feeds", "리스트 피드";
    ListFeedsLead: "You can make a list public as a feed for feed readers. Whoever has its address sees the name of the list and the newest public posts of its members: of people here, and of those elsewhere who allow that their posts are found by search. Nobody can guess the address, and you can change it.", "리스트를 피드 리더용 피드로 공개할 수 있어요. 주소를 아는 사람은 리스트 이름과, 리스트에 있는 사람들의 최근 공개 글을 봐요. 이 서버의 사람과, 다른 서버에서 글이 검색되는 것을 허용한 사람의 글만 담겨요. 주소는 짐작할 수 없고, 바꿀 수 있어요.";
    ListFeedsNone: "You have no lists. You can make them in your app.", "리스트가 없어요. 앱에서 만들 수 있어요.";
    ListFeedsMembers: "Members whose posts are in it:", "글이 담기는 사람:";
    ListFeedsPublish: "Make public as a feed", "피드로 공개하기";
    ListFeedsRenew: "Change the address", "주소 바꾸기";
    ListFeedsStop: "Stop", "그만두기";
    ListFeedsTooMany: "There may be ten such lists at most, of your own.", "자신의 리스트를 열 개까지 공개할 수 있어요.";
    Archive: "Posts from another server", "다른 서버의 글 가져오기";
    ArchiveLead: "Bring the posts of a former account along: they appear on your profile with their dates, texts and files, marked with where they come from. Nobody is notified, and they are sent to no other server.", "예전 계정의 글을 가져와요. 날짜와 글, 파일 그대로 프로필에 나오고, 어디에서 왔는지 표시돼요. 아무에게도 알림이 가지 않고 다른 서버로 보내지도 않아요.";
    ArchiveKinds: "The archive of Mastodon, Pleroma or Akkoma (tar.gz or zip), the notes of Misskey, or the statuses of Pixelfed (JSON). GoToSocial gives out no posts.", "마스토돈, Pleroma, Akkoma의 아카이브(tar.gz 또는 zip), Misskey의 노트, Pixelfed의 글(JSON)을 읽어요. GoToSocial은 글을 내보내지 않아요.";
    ArchiveFile: "File", "파일";
    ArchiveServer: "Address of the server that it is from", "이 파일을 내보낸 서버의 주소";
    ArchiveServerHint: "For Misskey only, whose file does not say it.", "Misskey 파일에만 필요해요. 파일에 서버 주소가 들어 있지 않거든요.";
    ArchiveFiles: "Pictures, videos and sounds as well", "사진, 동영상, 소리도 함께 가져오기";
    ArchiveFilesHint: "Where a file only names its address, this server fetches it from there, so the former server has to be running. Files of more than 16 MB (25 MB from the archive) are left out.", "주소만 있는 파일은 이 서버가 그곳에서 받아 와요. 그래서 예전 서버가 켜져 있어야 해요. 16 MB(아카이브 안의 파일은 25 MB)가 넘는 파일은 빼요.";
    ArchiveStart: "Bring along", "가져오기 시작";
    ArchiveStop: "Stop", "멈추기";
    ArchiveNoScript: "This page reads the archive in your browser, for which it needs JavaScript. Without it, run this in the folder of Sori on your computer:", "이 페이지는 브라우저에서 아카이브를 읽기 때문에 자바스크립트가 필요해요. 자바스크립트 없이 하려면 컴퓨터의 Sori 폴더에서 이것을 실행하세요:";
    ArchiveLeaveOut: "Boosts, direct messages and votes stay behind. Followers-only posts become yours for followers only. Answers to others keep their text and no tie to what they answer.", "부스트, 다이렉트 메시지, 투표한 것은 가져오지 않아요. 팔로워 공개 글은 그대로 팔로워 공개가 돼요. 다른 사람에게 쓴 답글은 글만 남고 원래 글과는 이어지지 않아요.";
    ArchiveOld: "If your old posts are deleted automatically, that goes for these as well, by their dates.", "오래된 글을 저절로 지우도록 했다면, 가져온 글도 그 날짜에 따라 지워져요.";
    ArchiveGoOn: "You can stop at any time: the same file goes on where it was, and brings nothing twice.", "언제든 멈출 수 있어요. 같은 파일을 다시 고르면 이어서 하고, 같은 글을 두 번 가져오지 않아요.";
    ArchiveThere: "Brought along so far:", "지금까지 가져온 글:";
    ArchiveRemove: "Remove all that was brought along", "가져온 글을 모두 지우기";
    ArchiveRemoveLead: "What you have written here stays. At the former server nothing changes.", "여기에서 쓴 글은 그대로 있어요. 예전 서버에서는 아무것도 바뀌지 않아요.";
    ArchiveRemoveStep: "Some are removed at a time: press the button again until none is left.", "한 번에 조금씩 지워요. 남은 글이 없을 때까지 다시 눌러 주세요.";
    ArchiveReading: "Reading the file …", "파일을 읽는 중이에요 …";
    ArchiveBringing: "Bringing along: {done} of {total}", "가져오는 중: {total}개 중 {done}개";
    ArchiveWaiting: "The server asks to wait. Going on in {seconds} seconds.", "서버가 잠시 기다려 달라고 해요. {seconds}초 뒤에 계속할게요.";
    ArchiveTomorrow: "The server has used up what it may use today. Choose the same file again after 00:00 UTC: it goes on from here.", "서버가 오늘 쓸 수 있는 만큼을 다 썼어요. 00:00 UTC가 지난 뒤 같은 파일을 다시 고르면 이어서 해요.";
    ArchiveDone: "Finished.", "끝났어요.";
    ArchiveStopped: "Stopped.", "멈췄어요.";
    ArchiveStored: "Brought along: {n}", "가져온 글: {n}";
    ArchiveKnown: "Here already: {n}", "이미 있던 글: {n}";
    ArchiveBoosts: "Boosts, left out: {n}", "뺀 부스트: {n}";
    ArchiveDirect: "Direct messages, left out: {n}", "뺀 다이렉트 메시지: {n}";
    ArchiveVotes: "Votes, left out: {n}", "뺀 투표: {n}";
    ArchiveOthers: "Of other people or no posts, left out: {n}", "다른 사람의 것이거나 글이 아니라서 뺀 것: {n}";
    ArchiveDates: "Of the last day, or without a date that can be right, left out: {n}", "최근 하루 안의 글이거나 날짜가 맞지 않아 뺀 글: {n}";
    ArchiveEmpty: "Without text and files, left out: {n}", "글과 파일이 없어서 뺀 글: {n}";
    ArchiveRefused: "Not readable, left out: {n}", "읽을 수 없어서 뺀 글: {n}";
    ArchiveMissing: "Files that are not in the archive or not to be had: {n}", "아카이브에 없거나 받아 올 수 없는 파일: {n}";
    ArchiveUnusable: "Files that this server does not take: {n}", "이 서버가 받지 않는 파일: {n}";
    ArchiveUnreadable: "This file cannot be read as an archive of one of these servers.", "이 파일은 이 서버들의 아카이브로 읽을 수 없어요.";
    ArchiveDamaged: "This file is damaged.", "파일이 손상됐어요.";
    ArchiveTooLarge: "This file is too large to be read.", "파일이 너무 커서 읽을 수 없어요.";
    ArchiveNoPosts: "There are no posts in this file. GoToSocial gives out none; of the other servers, choose the archive of your posts.", "이 파일에는 글이 없어요. GoToSocial은 글을 내보내지 않아요. 다른 서버라면 글의 아카이브를 골라 주세요.";
    ArchiveNeedsServer: "Please enter the address of the server that this file is from.", "이 파일을 내보낸 서버의 주소를 적어 주세요.";
    ArchiveSignIn: "You are signed in no longer. Load this page again.", "로그인이 끝났어요. 이 페이지를 새로 고치세요.";
    ArchiveFault: "The server does not answer as it should. What was brought along so far is there; choose the same file again to go on.", "서버가 제대로 응답하지 않아요. 지금까지 가져온 글은 남아 있어요. 같은 파일을 다시 고르면 이어서 해요.";
    ArchiveRemoving: "Removed: {n}", "지운 글: {n}";
    BroughtFrom: "Brought along from", "원래 글:";
    BroughtAnswer: "in answer to", "답글 대상:";
    OwnerStays: "The owner cannot leave their server.", "서버의 주인은 계정을 지울 수 없어요.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_there_in_both() {
        for word in Word::ALL {
            let (english, korean) = word.both();
            assert!(!english.is_empty() && korean.chars().any(|c| ('가'..='힣').contains(&c)), "{word:?}");
        }
    }
}
