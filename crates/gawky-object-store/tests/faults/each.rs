//! Each way in which a network or a busy server fails, by itself: what helps is done, and what does not is told.

use std::ops::Range;
use std::time::Duration;

use crate::upstream::{ATTEMPTS, Dialect, RETRIES, Upstream, assert_tells};
use gawky_object_store::ObjectContainer;
use gawky_store::{
    Blob, Buffer, Container, ContainerConditional, ContainerWrite, DType, Fetch, FetchReport,
    StoreError,
};
use gawky_testkit::remote::{FaultPlan, HttpFault};

const KEY: &str = "node0-data";

fn blob(bytes: &[u8]) -> Blob {
    Blob::new(KEY, DType::UInt8, Buffer::copied_from(bytes))
}

/// A thousand different bytes under `KEY`.
fn content() -> Vec<u8> {
    (0..1000_u32).map(|n| (n * 7 % 251) as u8).collect()
}

fn kept() -> Upstream {
    filled(Upstream::start())
}

fn filled(upstream: Upstream) -> Upstream {
    upstream.direct().put(blob(&content())).unwrap();
    upstream
}

/// The blob in every dialect, on the testkit's server, and on a real one where it is there.
fn everywhere() -> impl Iterator<Item = Upstream> {
    let real = Upstream::start();
    let real = real.is_real().then_some(real);
    let all = Dialect::ALL.into_iter().map(Upstream::of).chain(real);
    all.map(filled)
}

const RANGE: Range<u64> = 100..900;

/// The ways to read, and what is read by each.
fn reads() -> [(&'static str, Read, Range<usize>); 2] {
    [
        ("whole", |container| container.get(KEY), 0..1000),
        (
            "range",
            |container| container.get_range(KEY, RANGE),
            100..900,
        ),
    ]
}

type Read = fn(&ObjectContainer) -> Result<Option<Buffer>, StoreError>;

/// Those that a client can know of, and which pass.
const PASSING: [HttpFault; 14] = [
    HttpFault::Status(500),
    HttpFault::Status(502),
    HttpFault::Status(503),
    HttpFault::Busy(0),
    HttpFault::Status(416),
    HttpFault::Reset,
    HttpFault::ResetAfterwards,
    HttpFault::ResetInHead,
    HttpFault::ResetInBody,
    HttpFault::CutBody,
    HttpFault::CutUnframed,
    HttpFault::ShortBody,
    HttpFault::LongBody,
    HttpFault::WrongRange,
];

fn is_noticed(fault: HttpFault, how: &str) -> bool {
    match fault {
        HttpFault::CutUnframed | HttpFault::ShortBody | HttpFault::LongBody => how == "range",
        HttpFault::Status(416) => how == "range",
        _ => true,
    }
}

#[test]
fn a_read_that_fails_once_is_made_again() {
    for upstream in everywhere() {
        let dialect = upstream.dialect;
        let container = upstream.container();
        for fault in PASSING {
            for (how, read, expected) in reads() {
                if !is_noticed(fault, how) {
                    continue;
                }
                upstream.proxy.reset();
                upstream.proxy.set_plan(FaultPlan::script([fault]));
                let answer = read(&container).unwrap().unwrap();
                assert_eq!(
                    answer.bytes().unwrap(),
                    &content()[expected],
                    "{dialect:?}, {fault:?}, {how}"
                );
                let traffic = upstream.proxy.traffic();
                assert_eq!(traffic.faults, 1, "{dialect:?}, {fault:?}, {how}");
                assert!(traffic.requests >= 2, "{dialect:?}, {fault:?}, {how}");
            }
        }
    }
}

#[test]
fn a_read_that_always_fails_is_an_error_that_tells() {
    for upstream in everywhere() {
        let dialect = upstream.dialect;
        let container = upstream.container();
        for fault in PASSING {
            for (how, read, _) in reads() {
                if !is_noticed(fault, how) {
                    continue;
                }
                upstream.proxy.reset();
                upstream.proxy.set_plan(FaultPlan::always(fault));
                let error = read(&container).unwrap_err();
                assert_tells(&error, &[KEY]);
                let requests = upstream.proxy.traffic().requests;
                assert!(requests > 1, "{dialect:?}, {fault:?}, {how}: {error}");
                // Each attempt, with the client's own, and a question about the size.
                let most = u64::from(ATTEMPTS) * (RETRIES as u64 + 1) + 1;
                assert!(
                    requests <= most,
                    "{dialect:?}, {fault:?}, {how}: {requests} requests: {error}"
                );
            }
        }
    }
}

#[test]
fn what_no_retry_helps_is_asked_once() {
    for upstream in everywhere() {
        let dialect = upstream.dialect;
        let container = upstream.container();
        for status in [400, 401, 403] {
            for (how, read, _) in reads() {
                upstream.proxy.reset();
                upstream
                    .proxy
                    .set_plan(FaultPlan::always(HttpFault::Status(status)));
                let error = read(&container).unwrap_err();
                assert_tells(&error, &[KEY]);
                assert_eq!(
                    upstream.proxy.traffic().requests,
                    1,
                    "{dialect:?}, {status}, {how}: {error}"
                );
            }
        }
        let refused = container.get(KEY).unwrap_err().to_string();
        assert!(refused.contains("credentials"), "{refused}");
    }
}

#[test]
fn nothing_else_than_a_missing_blob_is_missing() {
    for upstream in everywhere() {
        let dialect = upstream.dialect;
        let container = upstream.container();
        for fault in HttpFault::ALL {
            upstream.proxy.set_plan(FaultPlan::always(fault));
            for answer in [
                container.get(KEY).map(|answer| answer.is_some()),
                container
                    .get_range(KEY, RANGE)
                    .map(|answer| answer.is_some()),
                container.size(KEY).map(|answer| answer.is_some()),
                container.contains(KEY),
                container.version(KEY).map(|answer| answer.is_some()),
                container.get_versioned(KEY).map(|answer| answer.is_some()),
            ] {
                match answer {
                    Ok(is_there) => assert!(is_there, "{dialect:?}, {fault:?}"),
                    // What a server that ignores ranges cannot do, and says.
                    Err(StoreError::Unsupported { key, .. })
                        if fault == HttpFault::RangeIgnored =>
                    {
                        assert_eq!(key, KEY);
                    }
                    Err(error) => assert_tells(&error, &[KEY]),
                }
            }
        }
    }
}

#[test]
fn a_body_that_is_right_is_taken_whatever_follows_it() {
    for upstream in everywhere() {
        let dialect = upstream.dialect;
        let container = upstream.container();
        for fault in [
            HttpFault::TrailingBytes,
            HttpFault::Delay(Duration::from_millis(1)),
        ] {
            upstream.proxy.set_plan(FaultPlan::always(fault));
            for _ in 0..5 {
                let answer = container.get(KEY).unwrap().unwrap();
                assert_eq!(answer.bytes().unwrap(), content(), "{dialect:?}, {fault:?}");
            }
        }
    }
}

#[test]
fn a_part_for_the_whole_is_told_as_one() {
    for upstream in everywhere() {
        let container = upstream.container();
        upstream
            .proxy
            .set_plan(FaultPlan::always(HttpFault::WrongRange));
        let error = container.get(KEY).unwrap_err();
        assert_tells(&error, &[KEY]);
        let says = "bytes 0..1000 were asked and bytes 0..500 of 1000 answered";
        assert!(error.to_string().contains(says), "{error}");
        assert_eq!(upstream.proxy.traffic().requests, u64::from(ATTEMPTS));
    }
}

#[test]
fn encoded_bytes_are_not_the_blob() {
    for upstream in everywhere() {
        let dialect = upstream.dialect;
        let container = upstream.container();
        upstream
            .proxy
            .set_plan(FaultPlan::always(HttpFault::Encoded));
        for (how, read, _) in reads() {
            upstream.proxy.reset();
            let error = read(&container).unwrap_err();
            assert_tells(&error, &[KEY]);
            assert!(
                error.to_string().contains("\"gzip\""),
                "{dialect:?}, {how}: {error}"
            );
            assert_eq!(
                upstream.proxy.traffic().requests,
                1,
                "{dialect:?}, {how}: {error}"
            );
        }
    }
}

/// What headers and body agree on, nobody can doubt; see `HttpFault`. That is what checksums are for.
#[test]
fn what_cannot_be_noticed_is_not() {
    for upstream in everywhere() {
        let dialect = upstream.dialect;
        let container = upstream.container();
        for (fault, whole, range) in [
            (HttpFault::FlippedBit, Some(1000), Some(800)),
            (HttpFault::LyingRange, None, Some(800)),
            (HttpFault::ShortBody, Some(500), None),
            (HttpFault::LongBody, Some(1008), None),
        ] {
            upstream.proxy.set_plan(FaultPlan::always(fault));
            if let Some(len) = whole {
                let answer = container.get(KEY).unwrap().unwrap();
                assert_eq!(answer.len(), len, "{dialect:?}, {fault:?}");
                assert_ne!(answer.bytes().unwrap(), content(), "{dialect:?}, {fault:?}");
            }
            if let Some(len) = range {
                let answer = container.get_range(KEY, RANGE).unwrap().unwrap();
                assert_eq!(answer.len(), len, "{dialect:?}, {fault:?}");
                assert_ne!(
                    answer.bytes().unwrap(),
                    &content()[100..900],
                    "{dialect:?}, {fault:?}"
                );
            }
        }
    }
}

#[test]
fn a_server_that_ignores_ranges_is_found_out() {
    for upstream in everywhere() {
        let container = upstream.container();
        upstream
            .proxy
            .set_plan(FaultPlan::always(HttpFault::RangeIgnored));
        match container.get_range(KEY, RANGE) {
            Err(error @ (StoreError::Remote { .. } | StoreError::Unsupported { .. })) => {
                assert_eq!(error.key(), KEY);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(
            container.get(KEY).unwrap().unwrap().bytes().unwrap(),
            content()
        );
    }
}

#[test]
fn silence_ends_with_the_client_s_patience() {
    let upstream = kept();
    let container = upstream.impatient(Duration::from_millis(20));
    upstream
        .proxy
        .set_plan(FaultPlan::always(HttpFault::Silence));
    assert_tells(&container.get(KEY).unwrap_err(), &[KEY]);
    upstream
        .proxy
        .set_plan(FaultPlan::script([HttpFault::Silence]));
    // Timeouts of requests that change nothing are retried.
    let patient = upstream.impatient(Duration::from_millis(500));
    assert_eq!(
        patient.get(KEY).unwrap().unwrap().bytes().unwrap(),
        content()
    );
}

#[test]
fn a_range_past_the_end_is_an_error_of_its_own_whatever_the_server_says() {
    for upstream in everywhere() {
        let container = upstream.container();
        let have = |range: Range<u64>| match container.get_range(KEY, range.clone()) {
            Err(StoreError::OutOfRange { have, .. }) => have,
            other => panic!("{range:?}: {other:?}"),
        };
        assert_eq!(
            (have(990..1001), have(1000..1001), have(5000..6000)),
            (1000, 1000, 1000)
        );
        upstream.proxy.set_plan(FaultPlan::script([
            HttpFault::Status(503),
            HttpFault::CutBody,
        ]));
        assert_eq!(have(990..1001), 1000);
    }
}

#[test]
fn a_merged_range_is_one_request_and_is_retried_as_one() {
    for upstream in everywhere() {
        let container = upstream.container();
        upstream
            .proxy
            .set_plan(FaultPlan::script([HttpFault::ShortBody]));
        let fetches = [
            Fetch::raw(KEY, Some(10..20)),
            Fetch::raw(KEY, Some(500..600)),
            Fetch::raw(KEY, Some(0..0)),
        ];
        let mut report = FetchReport::default();
        let answers = container.fetch_versioned(&fetches, &mut report).unwrap();
        for (fetch, answer) in fetches.iter().zip(answers) {
            let range = fetch.range.clone().unwrap();
            let range = usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap();
            assert_eq!(answer.unwrap().bytes.bytes().unwrap(), &content()[range]);
        }
        assert_eq!((report.requests, report.retries), (2, 1));
        let asked: Vec<_> = upstream.proxy.exchanges();
        let asked: Vec<_> = asked
            .iter()
            .map(|exchange| exchange.asked.bytes())
            .collect();
        assert_eq!(asked, [Some(10..600), Some(10..600)]);
    }
}

#[test]
fn a_put_lands_whole_or_not_at_all() {
    for upstream in everywhere() {
        let dialect = upstream.dialect;
        let (container, direct) = (upstream.container(), upstream.direct());
        for (number, fault) in (0_u8..).zip([
            HttpFault::Status(500),
            HttpFault::Busy(0),
            HttpFault::StatusAfterwards(503),
            HttpFault::Reset,
            HttpFault::ResetAfterwards,
            HttpFault::ResetInHead,
        ]) {
            let new = vec![number; 500];
            upstream.proxy.set_plan(FaultPlan::script([fault]));
            container.put(blob(&new)).unwrap();
            assert_eq!(
                direct.get(KEY).unwrap().unwrap().bytes().unwrap(),
                new,
                "{dialect:?}, {fault:?}"
            );
        }
        let before = direct.get(KEY).unwrap();
        for fault in [
            HttpFault::Status(403),
            HttpFault::Status(500),
            HttpFault::Reset,
        ] {
            upstream.proxy.set_plan(FaultPlan::always(fault));
            assert_tells(&container.put(blob(b"new")).unwrap_err(), &[KEY]);
            assert_eq!(direct.get(KEY).unwrap(), before, "{dialect:?}, {fault:?}");
        }
    }
}

#[test]
fn a_conflict_of_which_nothing_landed_is_retried() {
    let upstream = Upstream::start();
    let (container, direct) = (upstream.container(), upstream.direct());
    let conflicts = |times| FaultPlan::script(std::iter::repeat_n(HttpFault::Status(409), times));
    for times in [1, 2, ATTEMPTS as usize - 1] {
        upstream.proxy.set_plan(conflicts(times));
        let first = container.put_if_absent(blob(b"first")).unwrap();
        assert_eq!(direct.get_versioned(KEY).unwrap().unwrap().1, first);
        upstream.proxy.set_plan(conflicts(times));
        let second = container.put_if_match(blob(b"second"), &first).unwrap();
        let (kept, version) = direct.get_versioned(KEY).unwrap().unwrap();
        assert_eq!(
            (kept.bytes().unwrap(), version),
            (b"second".as_slice(), second)
        );
        gawky_store::ContainerDelete::delete(&direct, KEY).unwrap();
    }
    upstream
        .proxy
        .set_plan(FaultPlan::always(HttpFault::Status(409)));
    assert_tells(
        &container.put_if_absent(blob(b"never")).unwrap_err(),
        &[KEY],
    );
    assert_eq!(direct.get(KEY).unwrap(), None);
}

/// Then the blob is this writer's, but nobody can tell it from another's: it is a conflict, and the writer
/// reads what is there.
#[test]
fn a_conflict_of_which_something_landed_is_no_lost_update() {
    let upstream = Upstream::start();
    let (container, direct) = (upstream.container(), upstream.direct());
    for fault in [
        HttpFault::StatusAfterwards(409),
        HttpFault::StatusAfterwards(500),
        HttpFault::ResetAfterwards,
        HttpFault::ResetInHead,
    ] {
        upstream.proxy.set_plan(FaultPlan::script([fault]));
        match container.put_if_absent(blob(b"first")) {
            Ok(version) => assert_eq!(direct.version(KEY).unwrap(), Some(version), "{fault:?}"),
            Err(StoreError::Exists { .. }) => {}
            Err(error) => assert_tells(&error, &[KEY]),
        }
        let (kept, first) = direct.get_versioned(KEY).unwrap().unwrap();
        assert_eq!(kept.bytes().unwrap(), b"first", "{fault:?}");

        upstream.proxy.set_plan(FaultPlan::script([fault]));
        match container.put_if_match(blob(b"second"), &first) {
            Ok(version) => assert_eq!(direct.version(KEY).unwrap(), Some(version), "{fault:?}"),
            Err(StoreError::VersionMismatch {
                expected, found, ..
            }) => {
                assert_eq!(
                    (expected, found),
                    (first, direct.version(KEY).unwrap()),
                    "{fault:?}"
                );
            }
            Err(error) => assert_tells(&error, &[KEY]),
        }
        let (kept, _) = direct.get_versioned(KEY).unwrap().unwrap();
        assert_eq!(kept.bytes().unwrap(), b"second", "{fault:?}");
        gawky_store::ContainerDelete::delete(&direct, KEY).unwrap();
    }
}

#[test]
fn a_blob_that_is_replaced_between_two_reads_is_another_version() {
    let upstream = kept();
    let (container, direct) = (upstream.container(), upstream.direct());
    let (_, version) = container.get_versioned(KEY).unwrap().unwrap();
    let fetch = [Fetch::raw(KEY, Some(RANGE)).at_version(Some(version.clone()))];
    assert!(container.fetch(&fetch).unwrap()[0].is_some());
    direct.put(blob(&[7; 1000])).unwrap();
    for plan in [
        FaultPlan::none(),
        FaultPlan::script([HttpFault::CutBody, HttpFault::Status(500)]),
    ] {
        upstream.proxy.set_plan(plan);
        match container.fetch(&fetch) {
            Err(StoreError::VersionMismatch {
                key,
                expected,
                found,
            }) => {
                assert_eq!((key.as_str(), &expected), (KEY, &version));
                assert_eq!(found, direct.version(KEY).unwrap());
            }
            other => panic!("{other:?}"),
        }
    }
}
