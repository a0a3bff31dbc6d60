//! Work that several threads share.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// What `work` comes to on each of up to `threads` threads, this one among them; fewer where no more are to be had.
/// A panic of one of them goes on here.
pub(crate) fn together<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads)
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, &work).ok())
            .collect();
        let mut results = vec![work()];
        for other in others {
            match other.join() {
                Ok(theirs) => results.push(theirs),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
}

/// What `work` comes to for `count` things, in their order, done by up to `threads` threads that take `stride` things
/// at a time.
///
/// `work` answers one result for each thing; when it answers fewer, nothing further is begun, and the results end
/// there or later.
pub(crate) fn in_order<T: Send>(
    count: usize,
    threads: usize,
    stride: usize,
    work: impl Fn(Range<usize>) -> Vec<T> + Sync,
) -> Vec<T> {
    if threads < 2 || count <= stride {
        return work(0..count);
    }
    let next = AtomicUsize::new(0);
    let done = together(threads.min(count.div_ceil(stride)), || {
        let mut done = Vec::new();
        loop {
            let start = next.fetch_add(stride, Ordering::Relaxed);
            if start >= count {
                return done;
            }
            let end = count.min(start + stride);
            let results = work(start..end);
            if results.len() < end - start {
                // What comes before has been taken already.
                next.store(count, Ordering::Relaxed);
            }
            done.push((start, results));
        }
    });
    let mut done: Vec<(usize, Vec<T>)> = done.into_iter().flatten().collect();
    done.sort_unstable_by_key(|(start, _)| *start);
    done.into_iter().flat_map(|(_, results)| results).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order_and_end_after_the_first_failure() {
        for (threads, stride) in [(1, 1), (4, 1), (4, 7), (9, 64)] {
            let doubled = in_order(100, threads, stride, |some| some.map(|n| 2 * n).collect());
            assert_eq!(doubled, (0..100).map(|n| 2 * n).collect::<Vec<_>>());
            let until_40 = in_order(100, threads, stride, |some| {
                some.take_while(|n| *n <= 40).collect()
            });
            assert!(until_40.iter().take(41).copied().eq(0..41));
        }
        // Each thread fails once at most.
        let begun = AtomicUsize::new(0);
        let nothing: Vec<usize> = in_order(100, 4, 1, |_| {
            begun.fetch_add(1, Ordering::Relaxed);
            vec![]
        });
        assert!(nothing.is_empty() && begun.into_inner() <= 4);
        let none: Vec<usize> = in_order(0, 4, 1, |some| some.collect());
        assert!(none.is_empty());
    }
}
