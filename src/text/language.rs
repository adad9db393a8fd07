//! Language codes.

/// ISO 639-1, and the longer codes that Mastodon offers.
const CODES: &str = " aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el \
en eo es et eu fa ff fi fj fo fr fy ga gd gl gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl \
km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os \
pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk \
ur uz ve vi vo wa wo xh yi yo za zh zu ast chr ckb cnr gsw jbo kab ldn lfn mis moh nds pdc sco sma smj szl tok vai xal zba zgh ";

/// Maximum length of a code (RFC 5646, section 4.4.1).
const MAX_CODE: usize = 35;

/// The code as it is stored: lower case, with a region only for Chinese and Portuguese. `None` for unknown
/// ones.
pub fn normalise(code: &str) -> Option<String> {
    if code.len() > MAX_CODE {
        return None;
    }
    let code = code.trim().replace('_', "-");
    let (base, region) = code.split_once('-').map_or((code.as_str(), None), |(b, r)| (b, Some(r)));
    let base = base.to_ascii_lowercase();
    if base.is_empty()
        || !base.bytes().all(|b| b.is_ascii_lowercase())
        || !CODES.contains(&format!(" {base} "))
    {
        return None;
    }
    match region {
        Some(r)
            if matches!(base.as_str(), "zh" | "pt")
                && r.len() == 2
                && r.bytes().all(|b| b.is_ascii_alphabetic()) =>
        {
            Some(format!("{base}-{}", r.to_ascii_uppercase()))
        }
        _ => Some(base),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        assert_eq!(normalise("KO").as_deref(), Some("ko"));
        assert_eq!(normalise("en-US").as_deref(), Some("en"));
        assert_eq!(normalise("zh-tw").as_deref(), Some("zh-TW"));
        for bad in ["", "xx", "klingon", " e n", "1", &"en-".repeat(20)] {
            assert_eq!(normalise(bad), None, "{bad}");
        }
    }
}
