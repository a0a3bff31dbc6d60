//! Tokens: names that nobody else draws.

use std::hash::{BuildHasher, RandomState};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A name that nobody else draws, in this process or another: 128 bits, in hexadecimal.
///
/// It tells writers and commits apart, and guards no secret. The bits are those that the standard library seeds its
/// maps with, hashed with the process, the time and a count, so that not even twins of one seed draw the same.
pub(super) fn draw() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let time = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos());
    let (seeds, process) = (RandomState::new(), process::id());
    let half = |which: u8| seeds.hash_one((which, process, time, count));
    format!("{:016x}{:016x}", half(0), half(1))
}

/// A number below `limit` by lot; 0 where that is 0.
pub(super) fn lot_below(limit: u64) -> u64 {
    let drawn = RandomState::new().hash_one(process::id());
    drawn.checked_rem(limit).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    #[test]
    fn no_two_are_alike() {
        let drawn: HashSet<String> = (0..10_000).map(|_| super::draw()).collect();
        assert_eq!(drawn.len(), 10_000);
        assert!(drawn.iter().all(|token| token.len() == 32));
    }
}
