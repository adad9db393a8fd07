//! Counts the work of the readers in this folder, for tests that it grows linearly with the length of the
//! text. Outside of tests nothing is counted.

/// Adds to the work: a character read, a token read, a comparison made.
#[inline]
pub fn add(n: usize) {
    #[cfg(test)]
    counter::COUNT.with(|count| count.set(count.get() + n));
    let _ = n;
}

#[cfg(test)]
mod counter {
    use std::cell::Cell;

    thread_local! {
        pub static COUNT: Cell<usize> = const { Cell::new(0) };
    }
}

#[cfg(test)]
pub mod tests {
    use super::counter::COUNT;

    /// The number of steps of a call.
    pub fn of(work: impl FnOnce()) -> usize {
        let before = COUNT.with(std::cell::Cell::get);
        work();
        COUNT.with(std::cell::Cell::get) - before
    }

    /// Asserts that four times the text takes at most about five times the steps, and at least one step.
    pub fn assert_linear(what: &str, text: impl Fn(usize) -> String, work: impl Fn(&str)) {
        const N: usize = 2_000;
        let (one, four) = (text(N), text(4 * N));
        let (a, b) = (of(|| work(&one)), of(|| work(&four)));
        println!("{what}: {} bytes {a} steps, {} bytes {b} steps", one.len(), four.len());
        assert!(b >= four.len() / 64, "{what}: {b} steps count nothing");
        assert!(b <= 5 * a + 2_000, "{what}: {a} steps for {} bytes, {b} for {}", one.len(), four.len());
    }
}
