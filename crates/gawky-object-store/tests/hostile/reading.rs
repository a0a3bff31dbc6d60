//! Reading what should not be believed.

use std::ops::Range;
use std::sync::atomic::Ordering;
use std::time::Duration;

use gawky_object_store::{Retries, TransferError};
use gawky_store::{
    AsyncContainer, AsyncContainerConditional, Buffer, Coalescing, Fetch, FetchReport, Profile,
    StoreError, Version,
};

use super::store::{
    Wrong, forbidden, no_bucket, no_bucket_of_google, no_container, no_such_key, nonsense,
    not_partial, unavailable,
};
use super::{container, transfer_error};

/// What the object holds there.
fn counted(range: Range<u64>) -> Vec<u8> {
    range.map(|n| n.to_le_bytes()[0]).collect()
}

/// Whatever a second attempt may heal is healed, and counted.
#[tokio::test]
async fn what_passes_is_tried_again() {
    for wrong in [
        Wrong::Short,
        Wrong::Nothing,
        Wrong::BreaksOff,
        Wrong::Long,
        Wrong::OtherRange,
        Wrong::Error(nonsense),
    ] {
        let (store, container) = container(100).await;
        for range in [Some(8..24), Some(99..100), None] {
            if range.is_none() && matches!(wrong, Wrong::OtherRange) {
                continue;
            }
            store.next([wrong.clone(), wrong.clone(), wrong.clone()]);
            let mut report = FetchReport::default();
            let fetch = Fetch::raw("k", range.clone());
            let answers = container
                .fetch_versioned(&[fetch], &mut report)
                .await
                .unwrap();
            let expected = counted(range.clone().unwrap_or(0..100));
            assert_eq!(
                answers[0].as_ref().unwrap().bytes,
                Buffer::copied_from(&expected),
                "{wrong:?}"
            );
            assert_eq!((report.requests, report.retries), (4, 3), "{wrong:?}");
            assert_eq!(
                store.asked(),
                vec![range.clone(); 4],
                "the whole range each time"
            );
        }
    }
}

/// What does not pass is an error with the key, the attempts and the cause: never missing, never short.
#[tokio::test]
async fn what_stays_is_an_error() {
    for (wrong, tries, says) in [
        (Wrong::Short, 4, "broke off after 15 of 16 bytes"),
        (Wrong::Nothing, 4, "broke off after 0 of 16 bytes"),
        (
            Wrong::BreaksOff,
            4,
            "broke off after 8 of 16 bytes: Generic test error: connection reset",
        ),
        (Wrong::Long, 4, "16 bytes were asked and 17 or more came"),
        (
            Wrong::OtherRange,
            4,
            "bytes 8..24 were asked and bytes 9..25 of 100 answered",
        ),
        (Wrong::Error(nonsense), 4, "Requested 0..8, got 1..9"),
        (Wrong::Error(unavailable), 1, "503"),
        (Wrong::Error(no_bucket), 1, "no such bucket"),
        (Wrong::Error(no_container), 1, "no such bucket"),
        (Wrong::Error(no_bucket_of_google), 1, "no such bucket"),
        (Wrong::Error(forbidden), 1, "check the credentials"),
    ] {
        let (store, container) = container(100).await;
        store.always(wrong.clone());
        let mut report = FetchReport::default();
        let fetch = Fetch::raw("k", Some(8..24));
        let error = container
            .fetch_versioned(&[fetch], &mut report)
            .await
            .unwrap_err();
        let (attempts, _) = transfer_error(&error);
        assert_eq!(attempts, tries, "{wrong:?}");
        let text = error.to_string();
        assert!(text.contains(says), "{text}");
        assert!(
            text.contains(if tries == 1 {
                "(1 attempt)"
            } else {
                "(4 attempts)"
            }),
            "{text}"
        );
        assert_eq!(
            (report.requests, report.retries),
            (
                u64::from(tries) + store.heads.load(Ordering::SeqCst) as u64,
                u64::from(tries) - 1
            ),
            "{wrong:?}"
        );
    }
}

/// A store keeps the coding with the object; what is only a word of it is let pass.
#[tokio::test]
async fn encoded_bytes_are_refused() {
    let (store, container) = container(100).await;
    for coding in ["gzip", "br", "aws-chunked, gzip", "GZIP"] {
        for range in [None, Some(8..24)] {
            store.next([Wrong::Encoded(coding)]);
            let fetch = Fetch::raw("k", range);
            let error = container.fetch(&[fetch]).await.unwrap_err();
            let (attempts, error) = transfer_error(&error);
            assert!(
                matches!(error, TransferError::Encoded { coding: told } if told == coding),
                "{error:?}"
            );
            assert_eq!(attempts, 1);
        }
    }
    for coding in ["identity", "aws-chunked", "Identity, aws-chunked", ""] {
        store.next([Wrong::Encoded(coding)]);
        let bytes = container.get("k").await.unwrap().unwrap();
        assert_eq!(bytes, Buffer::copied_from(&counted(0..100)), "{coding}");
    }
}

#[tokio::test]
async fn a_key_that_is_called_like_an_error_is_a_key() {
    let (store, container) = container(100).await;
    store.always(Wrong::Error(no_such_key));
    assert_eq!(container.get("k").await.unwrap(), None);
}

#[tokio::test]
async fn one_attempt_is_one_attempt() {
    let (store, container) = container(100).await;
    let container = container.with_retries(Retries::NONE);
    store.next([Wrong::Short]);
    let error = container.get_range("k", 0..8).await.unwrap_err();
    assert_eq!(transfer_error(&error).0, 1);
    assert!(container.get_range("k", 0..8).await.is_ok());
}

/// A size that no memory holds is an error, and nothing is reserved for it.
#[tokio::test]
async fn no_memory_for_what_is_only_claimed() {
    for claimed in [1 << 20, 1 << 40, 1 << 60, u64::MAX] {
        let (store, container) = container(100).await;
        store.always(Wrong::Claims(claimed));
        let error = container.get("k").await.unwrap_err();
        let (attempts, error) = transfer_error(&error);
        assert_eq!(attempts, 4);
        assert!(
            matches!(error, TransferError::BrokenOff { asked, got: 100, source: None } if *asked == claimed),
            "{error}"
        );
    }
}

/// Some stores refuse a range past the end, some answer what there is, and some do that and say it is all.
#[tokio::test]
async fn past_the_end_is_told_with_what_is_there() {
    for wrong in [
        None,
        Some(Wrong::EndIsNoEnd),
        Some(Wrong::Error(not_partial)),
    ] {
        for range in [
            90..101,
            99..1_000,
            100..101,
            5_000..5_001,
            0..u64::MAX,
            u64::MAX - 1..u64::MAX,
        ] {
            let (store, container) = container(100).await;
            *store.always.lock().unwrap() = wrong.clone();
            let error = container.get_range("k", range.clone()).await.unwrap_err();
            let StoreError::OutOfRange {
                key,
                start,
                end,
                have,
            } = error
            else {
                panic!("{range:?} with {wrong:?} gave {error:?}");
            };
            assert_eq!((key.as_str(), start..end, have), ("k", range.clone(), 100));
            // Servers choke on such numbers, so they are not sent.
            assert!(range.end <= i64::MAX as u64 || store.asked().is_empty());
        }
    }
}

#[tokio::test]
async fn a_server_without_ranges_is_told() {
    let (store, container) = container(100).await;
    store.always(Wrong::Error(not_partial));
    let error = container.get_range("k", 8..16).await.unwrap_err();
    assert!(
        matches!(
            &error,
            StoreError::Unsupported {
                what: "answer a range",
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.to_string().contains("read whole blobs"), "{error}");
}

#[tokio::test]
async fn nothing_is_asked_for_nothing() {
    let (store, container) = container(100).await;
    let mut report = FetchReport::default();
    let fetches = [
        Fetch::raw("k", Some(5..5)),
        Fetch::raw("k", Some(u64::MAX..u64::MAX)),
        Fetch::raw("missing", Some(0..0)),
    ];
    let answers = container
        .fetch_versioned(&fetches, &mut report)
        .await
        .unwrap();
    assert!(
        answers
            .iter()
            .all(|answer| answer.as_ref().unwrap().bytes.is_empty())
    );
    assert_eq!(report, FetchReport::default());
    for bad in ["../k", "", "a//b", "/k"] {
        assert!(container.get(bad).await.is_err());
        assert!(
            container
                .fetch(&[Fetch::raw("k", None), Fetch::raw(bad, None)])
                .await
                .is_err()
        );
        assert!(container.size(bad).await.is_err());
        assert!(container.version(bad).await.is_err());
    }
    let inverted = std::ops::Range { start: 5, end: 4 };
    assert!(container.get_range("k", inverted).await.is_err());
    assert_eq!(store.asked(), []);
    assert_eq!(store.heads.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn merging_as_the_profile_says() {
    let ranges: Vec<_> = (0..10_u64).map(|n| n * 8..n * 8 + 8).collect();
    let fetches: Vec<_> = ranges
        .iter()
        .map(|range| Fetch::raw("k", Some(range.clone())))
        .collect();
    for (coalescing, requests) in [(None, 10), (Some(Coalescing::new(0, 1 << 20, 100)), 1)] {
        let (store, container) = container(100).await;
        let container = container.with_profile(Profile::new(4, true, coalescing));
        let mut report = FetchReport::default();
        let answers = container
            .fetch_versioned(&fetches, &mut report)
            .await
            .unwrap();
        for (answer, range) in answers.iter().zip(&ranges) {
            let expected = &counted(range.clone());
            assert_eq!(
                answer.as_ref().unwrap().bytes,
                Buffer::copied_from(expected)
            );
        }
        assert_eq!(store.asked().len(), requests);
        assert_eq!(
            (report.requests, report.merged, report.bytes),
            (requests as u64, 10 - requests as u64, 80)
        );
    }
}

/// A few bytes out of a large merged read do not keep it alive.
#[tokio::test]
async fn a_small_piece_keeps_little_alive() {
    let (_, container) = container(16 << 20).await;
    let container = container.with_profile(Profile::REMOTE);
    let end = 16 << 20;
    let fetches = [
        Fetch::raw("k", Some(4_096..8_192)),
        Fetch::raw("k", Some(8_192..end)),
    ];
    let kept = container
        .fetch(&fetches)
        .await
        .unwrap()
        .swap_remove(0)
        .unwrap();
    assert_eq!(kept.len(), 4_096);
    assert!(
        kept.retained() < 64 << 10,
        "{} bytes are kept alive",
        kept.retained()
    );
}

/// What is aligned in the object is aligned in memory, wherever the merged read begins.
#[tokio::test]
async fn merged_pieces_stay_aligned() {
    let (store, container) = container(200_000).await;
    let container = container.with_profile(Profile::REMOTE);
    let fetches = [
        Fetch::raw("k", Some(3..5)),
        Fetch::raw("k", Some(8..199_992)),
    ];
    let answers = container.fetch(&fetches).await.unwrap();
    assert_eq!(store.asked(), [Some(3..199_992)]);
    let content = answers[1].as_ref().unwrap();
    assert_eq!(content.address() % 8, 0);
    assert_eq!(content.bytes().unwrap()[0], 8);
    // By itself a range begins where any view may.
    let alone = container.get_range("k", 3..199_992).await.unwrap().unwrap();
    assert_eq!(alone.address() % 64, 0);
}

#[tokio::test]
async fn several_at_once_and_no_more() {
    let (store, container) = container(100).await;
    let fetches: Vec<_> = (0..50).map(|n| Fetch::raw("k", Some(n..n + 1))).collect();
    container.fetch(&fetches).await.unwrap();
    assert_eq!(store.under_way.most.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn the_first_failure_in_order_is_told() {
    let (store, container) = container(100).await;
    let mut fetches: Vec<_> = (0..50).map(|n| Fetch::raw("k", Some(n..n + 1))).collect();
    // This one fails later than the next, which takes no request to fail.
    fetches[1] = Fetch::raw("k", Some(90..110));
    fetches[2] = Fetch::raw("k", Some(u64::MAX - 1..u64::MAX));
    let error = container.fetch(&fetches).await.unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::OutOfRange {
                start: 90,
                end: 110,
                ..
            }
        ),
        "{error}"
    );
    assert!(
        store.asked().len() < 10,
        "what comes after a failure is not begun"
    );
}

#[tokio::test]
async fn nothing_is_begun_after_a_failure() {
    let (store, container) = container(100).await;
    let wrong = [(0, Wrong::Slow), (1, Wrong::Error(forbidden))];
    store.at.lock().unwrap().extend(wrong);
    let fetches: Vec<_> = (0..50).map(|n| Fetch::raw("k", Some(n..n + 1))).collect();
    container.fetch(&fetches).await.unwrap_err();
    let asked = store.asked().len();
    assert!(
        asked < 10,
        "{asked} requests, of which the second had failed"
    );
}

#[tokio::test]
async fn a_dropped_fetch_leaves_nothing_under_way() {
    let (store, container) = container(100).await;
    store.always(Wrong::Hangs);
    let fetches: Vec<_> = (0..3).map(|n| Fetch::raw("k", Some(n..n + 1))).collect();
    let mut fetch = Box::pin(container.fetch(&fetches));
    while store.under_way.now.load(Ordering::SeqCst) < 3 {
        assert!(futures_util::poll!(&mut fetch).is_pending());
        tokio::task::yield_now().await;
    }
    drop(fetch);
    assert_eq!(store.under_way.now.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn another_version_is_refused() {
    let (store, container) = container(100).await;
    let version = container.version("k").await.unwrap().unwrap();
    let fetch = |version: &Version| Fetch::raw("k", Some(0..8)).at_version(Some(version.clone()));
    assert!(container.fetch(&[fetch(&version)]).await.is_ok());
    assert_eq!(
        store.conditions.lock().unwrap().pop().flatten().as_deref(),
        Some(version.as_str())
    );

    container
        .put_if_match(super::writing::blob("k", b"other bytes"), &version)
        .await
        .unwrap();
    let now = container.version("k").await.unwrap();
    let error = container.fetch(&[fetch(&version)]).await.unwrap_err();
    let StoreError::VersionMismatch {
        expected, found, ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!((expected, found), (version.clone(), now));

    // A store that ignores conditions is found out by its own answer.
    store.always(Wrong::WeakETag);
    let error = container.fetch(&[fetch(&version)]).await.unwrap_err();
    assert!(
        matches!(error, StoreError::VersionMismatch { .. }),
        "{error:?}"
    );
    // A weak ETag matches nothing on the server, so it is compared here.
    let weak = Version::new("W/\"1\"");
    store.conditions.lock().unwrap().clear();
    assert!(container.fetch(&[fetch(&weak)]).await.is_ok());
    assert_eq!(*store.conditions.lock().unwrap(), [None]);
}

#[tokio::test]
async fn without_etags_the_time_and_the_size_have_to_do() {
    let (store, container) = container(100).await;
    store.always(Wrong::NoETag);
    let (_, version) = container.get_versioned("k").await.unwrap().unwrap();
    assert!(
        version.as_str().starts_with('@') && version.as_str().ends_with("-100"),
        "{version}"
    );
    let fetch = Fetch::raw("k", Some(0..8)).at_version(Some(version.clone()));
    assert!(container.fetch(&[fetch]).await.is_ok());
    let error = container
        .put_if_match(super::writing::blob("k", b""), &version)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Unsupported { .. }), "{error:?}");
}

/// Without a runtime there is no clock: then nothing is waited for.
#[test]
fn without_a_runtime() {
    let work = async {
        let (store, container) = container(100).await;
        let container = container.with_retries(Retries::new(4, Duration::from_secs(3600)));
        store.next([Wrong::Short, Wrong::BreaksOff]);
        container.get_range("k", 0..8).await.unwrap().unwrap()
    };
    let mut work = Box::pin(work);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let answer = loop {
        if let std::task::Poll::Ready(answer) = work.as_mut().poll(&mut context) {
            break answer;
        }
    };
    assert_eq!(answer.len(), 8);
}

/// Waiting is by the clock of the runtime, and doubles.
#[tokio::test(start_paused = true)]
async fn waits_double() {
    let (store, container) = container(100).await;
    let container = container.with_retries(Retries::new(5, Duration::from_secs(2)));
    store.always(Wrong::Short);
    let start = tokio::time::Instant::now();
    container.get_range("k", 0..8).await.unwrap_err();
    assert_eq!(start.elapsed().as_secs(), 2 + 4 + 5 + 5);
}
