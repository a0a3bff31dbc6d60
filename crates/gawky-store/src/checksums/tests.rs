//! Checksums, their JSON, and what they prove.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may panic"
)]

use std::collections::HashMap;

use gawky_buffer::{Blob, Buffer, DType, Fetch};
use proptest::prelude::*;

use super::{Checksum, Checksums, Verified};
use crate::{
    Coalescing, Container, ContainerWrite, FetchReport, Layer, Layered, MemoryContainer, Profile,
    StoreError, from_fn,
};

/// Those of RFC 3720, B.4, and the usual one.
#[test]
fn they_are_those_of_the_standard() {
    let rising: Vec<u8> = (0..32).collect();
    for (bytes, crc32c) in [
        (&b""[..], 0),
        (b"123456789", 0xe306_9283),
        (&[0; 32], 0x8a91_36aa),
        (&[0xff; 32], 0x62a8_ab43),
        (&rising, 0x46dd_794e),
    ] {
        let checksum = Checksum::of(bytes);
        assert_eq!(
            (checksum.crc32c, checksum.bytes),
            (crc32c, bytes.len() as u64)
        );
    }
}

fn sample() -> Checksums {
    let mut checksums = Checksums::new();
    for (key, bytes) in [("b", &b"22"[..]), ("a/x", b"1"), ("mäggi \"[0]\"", b"")] {
        checksums.insert(key, &Buffer::copied_from(bytes)).unwrap();
    }
    checksums
}

#[test]
fn json_is_the_same_for_the_same() {
    let json = sample().to_json();
    assert_eq!(
        json,
        "{\"algorithm\":\"crc32c\",\"blobs\":{\
         \"a/x\":{\"bytes\":1,\"crc32c\":\"90f599e3\"},\
         \"b\":{\"bytes\":2,\"crc32c\":\"47b26cf9\"},\
         \"mäggi \\\"[0]\\\"\":{\"bytes\":0,\"crc32c\":\"00000000\"}}}"
    );
    assert_eq!(Checksums::from_json(json.as_bytes()).unwrap(), sample());
    assert_eq!(serde_json::to_string(&sample()).unwrap(), json);
    let spaced = " { \"blobs\" : { } , \"algorithm\" : \"crc32c\" } ";
    assert!(Checksums::from_json(spaced.as_bytes()).unwrap().is_empty());
    let upper = r#"{"algorithm":"crc32c","blobs":{"k":{"crc32c":"E3069283","bytes":9}}}"#;
    let upper = Checksums::from_json(upper.as_bytes()).unwrap();
    assert_eq!(upper.get("k"), Some(Checksum::of(b"123456789")));

    let blob = sample().to_blob("checksums.json");
    assert_eq!(
        (blob.dtype, blob.bytes.bytes().unwrap()),
        (DType::UInt8, json.as_bytes())
    );
}

#[test]
fn what_is_not_understood_is_refused() {
    let of = |blobs: &str| format!(r#"{{"algorithm":"crc32c","blobs":{blobs}}}"#);
    let one = |entry: &str| of(&format!(r#"{{"k":{entry}}}"#));
    let deep = of(&"[".repeat(100_000));
    for (json, reason) in [
        (String::new(), "EOF"),
        (
            "[]".to_owned(),
            "invalid type: sequence, expected an object",
        ),
        (
            r#"["crc32c",{}]"#.to_owned(),
            "invalid type: sequence, expected an object",
        ),
        ("{}".to_owned(), "missing field `algorithm`"),
        (
            r#"{"algorithm":"crc32c"}"#.to_owned(),
            "missing field `blobs`",
        ),
        (
            r#"{"algorithm":"md5","blobs":{}}"#.to_owned(),
            "the algorithm \"md5\" is not known here",
        ),
        (
            r#"{"algorithm":"crc32c","blobs":{},"more":1}"#.to_owned(),
            "unknown field `more`",
        ),
        (
            r#"{"algorithm":"crc32c","blobs":{},"blobs":{}}"#.to_owned(),
            "duplicate field `blobs`",
        ),
        (of("[]"), "invalid type: sequence, expected an object"),
        (of("{}") + "x", "trailing characters"),
        (deep, "invalid type: sequence, expected an object"),
        (
            one(r#"[9,"e3069283"]"#),
            "invalid type: sequence, expected an object",
        ),
        (one(r#"{"bytes":9}"#), "missing field `crc32c`"),
        (one(r#"{"crc32c":"e3069283"}"#), "missing field `bytes`"),
        (one(r#"{"crc32c":"e3069283","bytes":-1}"#), "expected u64"),
        (one(r#"{"crc32c":"e3069283","bytes":1.5}"#), "expected u64"),
        (
            one(r#"{"crc32c":"e3069283","bytes":18446744073709551616}"#),
            "expected u64",
        ),
        (
            one(r#"{"crc32c":"e306928","bytes":9}"#),
            "not 8 hexadecimal digits",
        ),
        (
            one(r#"{"crc32c":"+3069283","bytes":9}"#),
            "not 8 hexadecimal digits",
        ),
        (
            one(r#"{"crc32c":"e30692831","bytes":9}"#),
            "not 8 hexadecimal digits",
        ),
        (
            one(r#"{"crc32c":"ééé0","bytes":9}"#),
            "not 8 hexadecimal digits",
        ),
        (
            one(r#"{"crc32c":3808858755,"bytes":9}"#),
            "expected a string",
        ),
        (
            one(r#"{"crc32c":"e3069283","bytes":9,"md5":""}"#),
            "unknown field `md5`",
        ),
        (
            of(r#"{"a//b":{"crc32c":"e3069283","bytes":9}}"#),
            "\"a//b\" cannot be a key",
        ),
        (
            of(r#"{"k":{"crc32c":"e3069283","bytes":9},"k":{"crc32c":"e3069283","bytes":9}}"#),
            "\"k\" is there twice",
        ),
    ] {
        match Checksums::from_json(json.as_bytes()) {
            Err(StoreError::NotChecksums { reason: found }) => {
                assert!(found.contains(reason), "{json:.80}: {found}");
                assert!(found.chars().count() <= 300);
            }
            other => panic!("{json:.80} gave {other:?}"),
        }
    }
    assert!(Checksums::from_json(&[0xff, 0xfe]).is_err());
}

#[test]
fn they_are_collected() {
    let blobs = [("b", &b"2"[..]), ("a", b"1")]
        .map(|(key, bytes)| Blob::new(key, DType::UInt8, Buffer::copied_from(bytes)));
    let mut checksums = Checksums::of(&blobs).unwrap();
    let keys: Vec<_> = checksums.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["a", "b"]);
    let mut others = Checksums::new();
    others.insert_checksum("a", Checksum::of(b"other")).unwrap();
    others.insert_checksum("c", Checksum::of(b"3")).unwrap();
    checksums.merge(others);
    assert_eq!(
        (checksums.len(), checksums.get("a")),
        (3, Some(Checksum::of(b"other")))
    );
    assert_eq!(checksums.remove("c"), Some(Checksum::of(b"3")));
    assert_eq!(checksums.get("c"), None);
    assert!(checksums.insert("a//b", &Buffer::empty()).is_err());
    assert!(
        checksums
            .insert_checksum("../x", Checksum::of(b""))
            .is_err()
    );
}

fn whole(key: &str) -> Fetch {
    Fetch::raw(key, None)
}

fn range(key: &str, range: std::ops::Range<u64>) -> Fetch {
    Fetch::raw(key, Some(range))
}

fn memory() -> MemoryContainer {
    let memory = MemoryContainer::new();
    for (key, seed) in [("a", 1), ("b", 2), ("free", 3)] {
        let bytes: Vec<u8> = (0..100_u8).map(|at| at.wrapping_mul(seed)).collect();
        memory
            .put(Blob::new(key, DType::UInt8, Buffer::from_vec(bytes)))
            .unwrap();
    }
    memory
        .put(Blob::new("empty", DType::UInt8, Buffer::empty()))
        .unwrap();
    memory
}

fn checksums_of(memory: &MemoryContainer, keys: &[&str]) -> Checksums {
    let mut checksums = Checksums::new();
    for key in keys {
        checksums
            .insert(*key, &memory.get(key).unwrap().unwrap())
            .unwrap();
    }
    checksums
}

#[test]
fn each_blob_is_read_once_and_proved() {
    let memory = memory();
    let verified = Verified::new(checksums_of(&memory, &["a", "b", "empty"]));
    let fetches = [
        range("a", 4..8),
        whole("b"),
        range("free", 3..5),
        range("a", 0..100),
        range("a", 7..7),
        whole("empty"),
        range("nothing", 0..1),
        range("b", 99..100),
        whole("nothing"),
    ];
    let (below, _) = verified.ask(&fetches).unwrap();
    let asked: Vec<_> = below
        .iter()
        .map(|fetch| (fetch.key.as_str(), fetch.range.clone()))
        .collect();
    assert_eq!(
        asked,
        [
            ("a", None),
            ("b", None),
            ("free", Some(3..5)),
            ("empty", None),
            ("nothing", Some(0..1)),
            ("nothing", None)
        ]
    );
    let expected = memory
        .fetch_versioned(&fetches, &mut FetchReport::default())
        .unwrap();
    let layered = Layered::new(verified, memory);
    let mut report = FetchReport::default();
    let mut answers = layered.fetch_versioned(&fetches, &mut report).unwrap();
    answers[4].clone_from(&expected[4]); // Of an empty range, nobody asked which version there is.
    assert_eq!(answers, expected);
    assert_eq!((report.requests, report.merged), (6, 2));
}

#[test]
fn damage_is_an_error_whatever_is_asked() {
    let good = memory();
    let checksums = checksums_of(&good, &["a", "b", "empty"]);
    let bytes = good.get("a").unwrap().unwrap();
    let mut flipped = bytes.bytes().unwrap().to_vec();
    flipped[99] ^= 1;
    for damaged in [
        Buffer::from_vec(flipped),
        bytes.slice(0..99).unwrap(),
        Buffer::copied_from(&[bytes.bytes().unwrap(), &[0]].concat()),
        Buffer::empty(),
        good.get("b").unwrap().unwrap(),
    ] {
        let container = memory();
        container.insert("a", damaged.clone()).unwrap();
        let layered = Layered::new(Verified::new(checksums.clone()), container);
        for fetches in [
            vec![whole("a")],
            vec![range("a", 0..1)],
            vec![whole("b"), range("free", 0..3), range("a", 50..60)],
        ] {
            let error = layered.fetch(&fetches).unwrap_err();
            let StoreError::ChecksumMismatch {
                key,
                expected,
                found,
            } = &error
            else {
                panic!("{error}");
            };
            assert_eq!(
                (key.as_str(), *expected),
                ("a", Checksum::of(bytes.bytes().unwrap()))
            );
            assert_eq!(*found, Checksum::of(damaged.bytes().unwrap()));
            assert_eq!(error.key(), "a");
        }
        assert!(layered.get("a").is_err() && layered.get_range("a", 0..1).is_err());
        assert!(
            layered
                .fetch(&[whole("b"), range("a", 5..5), whole("free")])
                .is_ok()
        );
    }
}

/// Few bytes have the checksum of none; the length tells.
#[test]
fn a_length_that_differs_is_damage() {
    let memory = memory();
    let mut checksums = Checksums::new();
    let found = Checksum::of(memory.get("a").unwrap().unwrap().bytes().unwrap());
    let expected = Checksum { bytes: 99, ..found };
    checksums.insert_checksum("a", expected).unwrap();
    let error = Layered::new(Verified::new(checksums), memory)
        .get("a")
        .unwrap_err();
    assert!(
        matches!(error, StoreError::ChecksumMismatch { .. }),
        "{error}"
    );
}

#[test]
fn what_is_missing_is_missing() {
    let checksums = checksums_of(&memory(), &["a"]);
    let layered = Layered::new(Verified::new(checksums), MemoryContainer::new());
    assert_eq!(
        layered.fetch(&[whole("a"), range("a", 0..5)]).unwrap(),
        [None, None]
    );
}

#[test]
fn a_range_past_the_end_of_a_good_blob_is_that() {
    let memory = memory();
    let layered = Layered::new(Verified::new(checksums_of(&memory, &["a"])), memory);
    let error = layered
        .fetch(&[range("a", 0..8), range("a", 90..101)])
        .unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::OutOfRange {
                start: 90,
                end: 101,
                have: 100,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn strict_lets_nothing_pass_unproved() {
    let memory = memory();
    let strict = Verified::new(checksums_of(&memory, &["a"])).strict(true);
    let layered = Layered::new(strict, memory);
    assert!(layered.fetch(&[whole("a"), range("free", 5..5)]).is_ok());
    for fetch in [whole("free"), range("free", 0..1), whole("nothing")] {
        let error = layered.fetch(&[whole("a"), fetch]).unwrap_err();
        assert!(matches!(error, StoreError::NoChecksum { .. }), "{error}");
    }
}

#[test]
fn dtypes_and_versions_reach_the_container() {
    let memory = MemoryContainer::new();
    let pt = Buffer::from_vec(vec![1.5_f64, 2.5]);
    memory.put(Blob::new("a", DType::Float64, pt)).unwrap();
    let version = memory.version("a").unwrap();
    let layered = Layered::new(Verified::new(checksums_of(&memory, &["a"])), memory);
    let fetch = Fetch::range("a", 8..16, DType::Int64);
    assert!(matches!(
        layered.fetch(&[fetch]),
        Err(StoreError::DType { .. })
    ));
    // Bytes, and what they are, in one call: the dtype is asked all the same.
    let both = [range("a", 0..8), Fetch::range("a", 8..16, DType::Int64)];
    assert!(matches!(
        layered.fetch(&both),
        Err(StoreError::DType { .. })
    ));

    // So is every state that is asked, each of its own.
    let other = Some(crate::Version::new("other"));
    let states = [range("a", 0..8), range("a", 8..16).at_version(other)];
    assert!(matches!(
        layered.fetch(&states),
        Err(StoreError::VersionMismatch { .. })
    ));

    let at = |version| [range("a", 0..8).at_version(version)];
    assert!(layered.fetch(&at(version.clone())).is_ok());
    layered
        .inner()
        .put(Blob::new(
            "a",
            DType::Float64,
            Buffer::from_vec(vec![1.5_f64, 2.5]),
        ))
        .unwrap();
    assert!(matches!(
        layered.fetch(&at(version)),
        Err(StoreError::VersionMismatch { .. })
    ));
}

#[test]
fn few_bytes_do_not_keep_a_whole_blob_alive() {
    let large = Buffer::from_vec(vec![7_u8; 1 << 20]);
    let mut checksums = Checksums::new();
    checksums.insert("k", &large).unwrap();
    let map = HashMap::from([("k".to_owned(), large)]);
    let layered = Layered::new(Verified::new(checksums), map);
    for fetches in [
        vec![range("k", 5..4_101)],
        vec![range("k", 5..4_101), whole("k")],
    ] {
        let mut report = FetchReport::default();
        let answers = layered.fetch_versioned(&fetches, &mut report).unwrap();
        assert!(answers[0].as_ref().unwrap().bytes.retained() < 64 << 10);
        assert_eq!((report.copies, report.copied_bytes), (1, 4_096));
    }
    // Neither do more of them, as long as most of the blob is there for the proof alone.
    let quarter = [range("k", 0..1 << 18)];
    let most = [range("k", 0..3 << 18)];
    for (fetches, copies) in [(&quarter, 1), (&most, 0)] {
        let mut report = FetchReport::default();
        layered.fetch_versioned(fetches, &mut report).unwrap();
        assert_eq!(report.copies, copies);
    }
}

#[test]
fn a_proof_is_another_container() {
    let memory = memory();
    let id = |verified: &Verified| verified.id(memory.id());
    let some = Verified::new(checksums_of(&memory, &["a", "b"]));
    let same = Verified::new(checksums_of(&memory, &["b", "a"]));
    let ids = [
        memory.id(),
        id(&some),
        id(&some.clone().strict(true)),
        id(&Verified::new(checksums_of(&memory, &["a"]))),
        id(&Verified::new(Checksums::new())),
    ];
    for (at, id) in ids.iter().enumerate() {
        assert!(id.is_some() && !ids[..at].contains(id), "{ids:?}");
    }
    assert_eq!(id(&some), id(&same));
    assert_eq!(some.id(None), None);
}

#[test]
fn ranges_are_dear_where_blobs_are_proved() {
    let below = Profile::new(8, true, Some(Coalescing::new(0, 100, 10)));
    let some = Verified::new(checksums_of(&memory(), &["a"])).profile(below);
    assert!(!some.cheap_ranges);
    assert_eq!((some.concurrency, some.coalescing), (8, below.coalescing));
    assert_eq!(Verified::new(Checksums::new()).profile(below), below);
}

#[test]
fn answers_that_are_left_out_are_no_proof() {
    struct Short;
    impl Container for Short {
        fn get(&self, _key: &str) -> Result<Option<Buffer>, StoreError> {
            Ok(None)
        }
        fn fetch_versioned(
            &self,
            _fetches: &[Fetch],
            _report: &mut FetchReport,
        ) -> Result<Vec<Option<crate::Fetched>>, StoreError> {
            Ok(Vec::new())
        }
    }
    let layered = Layered::new(Verified::new(checksums_of(&memory(), &["a"])), Short);
    let error = layered.fetch(&[whole("a")]).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::AnswerCount {
                asked: 1,
                got: 0,
                ..
            }
        ),
        "{error}"
    );
}

proptest! {
    #[test]
    fn json_keeps_everything(blobs in prop::collection::btree_map("[^/\0]{1,12}", (any::<u64>(), any::<u32>()), 0..20)) {
        let mut checksums = Checksums::new();
        for (key, (bytes, crc32c)) in blobs {
            // Some are no keys, such as `..`.
            let _ = checksums.insert_checksum(key, Checksum { bytes, crc32c });
        }
        prop_assert_eq!(Checksums::from_json(checksums.to_json().as_bytes()).unwrap(), checksums);
    }

    #[test]
    fn any_json_is_checksums_or_an_error(json in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = Checksums::from_json(&json);
    }

    /// Whatever is turned over in a blob, nothing of it is handed out.
    #[test]
    fn any_flipped_bit_is_found(bytes in prop::collection::vec(any::<u8>(), 1..300), at in any::<prop::sample::Index>(), bit in 0..8_u8, start in 0..300_u64) {
        let mut checksums = Checksums::new();
        checksums.insert("k", &Buffer::copied_from(&bytes)).unwrap();
        let mut flipped = bytes.clone();
        flipped[at.index(bytes.len())] ^= 1 << bit;
        let asked = [range("k", start.min(bytes.len() as u64 - 1)..bytes.len() as u64)];
        for (held, is_good) in [(bytes, true), (flipped, false)] {
            let container = from_fn(move |_: &str| Ok(Some(Buffer::copied_from(&held))));
            let layered = Layered::new(Verified::new(checksums.clone()), container);
            prop_assert_eq!(layered.fetch(&asked).is_ok(), is_good);
        }
    }
}
