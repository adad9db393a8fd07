//! Addresses of files as clients and pages get them: remote ones below a signed path of ours, so that another server does
//! not learn who looks at its files; ours where the public bucket serves them, if there is one.

use std::borrow::Cow;
use std::hash::Hasher as _;
use std::rc::Rc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use siphasher::sip128::{Hasher128 as _, SipHasher24};

use super::media;
use super::site::Site;

/// What the path of a remote file begins with; its tag and its URL follow, both in base64url.
pub const START: &str = "/proxy/";

/// A key of SipHash.
pub type Key = [u8; 16];

/// The tag of a text: SipHash-2-4 with 128 bits of output, which nobody computes without the key.
pub fn tag(key: &Key, text: &str) -> [u8; 16] {
    let mut hasher = SipHasher24::new_with_key(key);
    hasher.write(text.as_bytes());
    hasher.finish128().as_bytes()
}

/// The path of a remote file.
pub fn path(key: &Key, url: &str) -> String {
    // 22 characters are the tag.
    let mut path = String::with_capacity(START.len() + 23 + url.len().div_ceil(3) * 4);
    path.push_str(START);
    URL_SAFE_NO_PAD.encode_string(tag(key, url), &mut path);
    path.push('/');
    URL_SAFE_NO_PAD.encode_string(url, &mut path);
    path
}

/// The URL of a path's two segments. `None` where the tag is not that of the URL, or one of them is not written as
/// [`path`] writes it.
pub fn open(key: &Key, given: &str, encoded: &str) -> Option<String> {
    let given: [u8; 16] = URL_SAFE_NO_PAD.decode(given).ok()?.try_into().ok()?;
    let url = String::from_utf8(URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()?;
    // All bytes are compared, so that the time does not tell how many are right.
    let differing = tag(key, &url).iter().zip(given).fold(0, |all, (a, b)| all | (a ^ b));
    (differing == 0).then_some(url)
}

/// Makes the addresses of files for one response.
#[derive(Clone, Default)]
pub struct Links {
    key: Key,
    origin: String,
    site: Rc<Site>,
    is_on: bool,
    bucket: Option<String>,
}

impl Links {
    /// `origin` is that of the addresses, `requests` those of today so far.
    pub fn new(key: Key, origin: &str, site: Rc<Site>, requests: i64) -> Self {
        let is_on = site.proxies_media(requests);
        Self { key, origin: origin.to_owned(), site, is_on, bucket: None }
    }

    /// With the origin of the public bucket of uploaded files, if there is one.
    #[must_use]
    pub fn with_bucket(mut self, origin: Option<&str>) -> Self {
        self.bucket = origin.map(str::to_owned);
        self
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The address of a file: our own path where it is remote and the site's setting says so, that in the bucket of an
    /// uploaded one, else as it is.
    pub fn of<'a>(&self, url: &'a str) -> Cow<'a, str> {
        if !url.contains("://") {
            return Cow::Borrowed(url);
        }
        let is_ours = self.site.is_ours(url);
        if self.is_on && !is_ours {
            return Cow::Owned(format!("{}{}", self.origin, path(&self.key, url)));
        }
        let stored = self.bucket.as_ref().filter(|_| is_ours).zip(media::key_of(url));
        stored.map_or(Cow::Borrowed(url), |(bucket, key)| Cow::Owned(format!("{bucket}/{key}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::hex;
    use crate::model::site::{Domain, MediaProxy};

    const KEY: Key = [7; 16];

    #[test]
    fn tags_as_the_reference_has_them() {
        // vectors_sip128 of https://github.com/veorq/SipHash/blob/master/vectors.h: key 00..0f, messages 00.. of n bytes.
        let key: Key = std::array::from_fn(|n| n as u8);
        let hex = |message: &str| hex::encode(&tag(&key, message));
        assert_eq!(hex(""), "a3817f04ba25a8e66df67214c7550293");
        assert_eq!(hex("\0"), "da87c1d86b99af44347659119b22fc45");
        assert_eq!(hex("\0\u{1}"), "8177228da4a45dc7fca38bdef60affe4");
    }

    #[test]
    fn only_what_was_signed_is_opened() {
        let url = "https://b.example/a.png?x=한글";
        let text = path(&KEY, url);
        let (mac, encoded) = text.strip_prefix(START).and_then(|rest| rest.split_once('/')).unwrap();
        assert_eq!(open(&KEY, mac, encoded).as_deref(), Some(url));
        assert_eq!(open(&[8; 16], mac, encoded), None);
        let other = URL_SAFE_NO_PAD.encode("https://c.example/a.png");
        for (mac, encoded) in [
            (mac, other.as_str()),
            ("", encoded),
            (mac, ""),
            (&mac[..21], encoded),
            (&format!("{mac}="), encoded),
            (&format!("{mac}AA"), encoded),
            (mac, &format!("{encoded}=")),
            ("AAAAAAAAAAAAAAAAAAAAAA", encoded),
        ] {
            assert_eq!(open(&KEY, mac, encoded), None, "{mac} {encoded}");
        }
        // Every bit of the tag counts.
        let right = URL_SAFE_NO_PAD.decode(mac).unwrap();
        for bit in 0..128 {
            let mut wrong = right.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(open(&KEY, &URL_SAFE_NO_PAD.encode(wrong), encoded), None, "{bit}");
        }
    }

    #[test]
    fn ours_and_what_is_no_url_stay_as_they_are() {
        let ours = Domain { web_origin: "https://a.example".into(), ..Domain::default() };
        let site =
            |media_proxy| Rc::new(Site { domains: vec![ours.clone()], media_proxy, ..Site::default() });
        let links = Links::new(KEY, "https://a.example", site(MediaProxy::Proxy), 0);
        for same in ["", "x.png", "/x.png", "https://a.example/media/x.png", "https://A.EXAMPLE:443/x"] {
            assert_eq!(links.of(same), same);
        }
        let remote = "https://b.example/x.png";
        assert_eq!(links.of(remote), format!("https://a.example{}", path(&KEY, remote)));
        let links = Links::new(KEY, "https://a.example", site(MediaProxy::Direct), 0);
        assert_eq!(links.of(remote), remote);
    }

    #[test]
    fn uploaded_files_are_where_the_bucket_serves_them() {
        let ours = Domain { web_origin: "https://a.example".into(), ..Domain::default() };
        let site = Rc::new(Site { domains: vec![ours], media_proxy: MediaProxy::Proxy, ..Site::default() });
        let links = Links::new(KEY, "https://a.example", site.clone(), 0);
        let key = format!("{}-0", media::key(5));
        let file = format!("https://a.example/media/{key}.jpg");
        assert_eq!(links.of(&file), file);
        let links = links.with_bucket(Some("https://media.a.example"));
        assert_eq!(links.of(&file), format!("https://media.a.example/{key}"));
        let theirs = format!("https://b.example/media/{key}.jpg");
        assert_eq!(links.of(&theirs), format!("https://a.example{}", path(&KEY, &theirs)));
        // Where remote files are not passed on, they are still none of the bucket's.
        let mut direct = Site::clone(&site);
        direct.media_proxy = MediaProxy::Direct;
        let direct = Links::new(KEY, "https://a.example", Rc::new(direct), 0)
            .with_bucket(Some("https://media.a.example"));
        assert_eq!(direct.of(&theirs), theirs);
        for same in [
            "https://a.example/avatars/missing.png".to_owned(),
            format!("https://a.example/media/{key}.exe"),
            format!("https://a.example/media/{key}"),
            "https://a.example/media/../secret.jpg".to_owned(),
            format!("/media/{key}.jpg"),
        ] {
            assert_eq!(links.of(&same), same);
        }
    }
}
