//! Sorting of short lists. The standard library's sort is made for long ones and is some four kilobytes for each type;
//! this one, by insertion, is a few hundred bytes, and as quick up to some hundred items. Stable.

/// Sorts a short list by a relation that says what comes first.
#[inline(never)]
pub fn sort_by<T>(items: &mut [T], is_before: impl Fn(&T, &T) -> bool) {
    for end in 1..items.len() {
        let mut at = end;
        while let (Some(left), Some(right)) = (at.checked_sub(1).and_then(|l| items.get(l)), items.get(at)) {
            if !is_before(right, left) {
                break;
            }
            items.swap(at - 1, at);
            at -= 1;
        }
    }
}

/// Sorts a short list, the least first.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, |a, b| a < b);
}

/// Sorts a short list, the greatest key first.
pub fn sort_down_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |a, b| key(a) > key(b));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_and_keeps_the_order_of_equals() {
        let mut seed = 3u64;
        for length in 0..40 {
            let mut items: Vec<(u64, usize)> = (0..length)
                .map(|n| {
                    seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (seed >> 61, n)
                })
                .collect();
            let mut wanted = items.clone();
            wanted.sort_by_key(|(key, _)| *key);
            sort_by(&mut items, |a, b| a.0 < b.0);
            assert_eq!(items, wanted);
            wanted.sort_by_key(|(key, _)| std::cmp::Reverse(*key));
            sort_down_by_key(&mut items, |i| i.0);
            assert_eq!(items, wanted);
        }
        let mut words = vec!["c", "a", "b"];
        sort(&mut words);
        assert_eq!(words, ["a", "b", "c"]);
    }
}
