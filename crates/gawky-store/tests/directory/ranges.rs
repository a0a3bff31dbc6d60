//! How a folder answers many ranges at once: merged, aligned, counted, or out of one map.

use std::ops::Range;

use gawky_store::{
    Blob, Buffer, Container, ContainerWrite, DType, Directory, Fetch, FetchReport, Fetched,
    Profile, StoreError, Version,
};
use tempfile::TempDir;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;

fn bytes(len: u64) -> Vec<u8> {
    (0..len)
        .map(|at| at.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()[0])
        .collect()
}

fn folder_with(key: &str, len: u64) -> (TempDir, Directory) {
    let home = tempfile::tempdir().unwrap();
    let folder = Directory::create(home.path()).unwrap();
    let blob = Blob::new(key, DType::UInt8, Buffer::from_vec(bytes(len)));
    folder.put(blob).unwrap();
    (home, folder)
}

fn ranges(key: &str, ranges: &[Range<u64>]) -> Vec<Fetch> {
    ranges
        .iter()
        .map(|range| Fetch::raw(key, Some(range.clone())))
        .collect()
}

fn fetch(folder: &Directory, fetches: &[Fetch]) -> (Vec<Option<Fetched>>, FetchReport) {
    let mut report = FetchReport::default();
    let answers = folder.fetch_versioned(fetches, &mut report).unwrap();
    (answers, report)
}

#[track_caller]
fn assert_right(answers: &[Option<Fetched>], fetches: &[Fetch], whole: &[u8]) {
    for (answer, fetch) in answers.iter().zip(fetches) {
        let answer = answer.as_ref().unwrap().bytes.bytes().unwrap();
        let range = fetch.range.clone().unwrap_or(0..whole.len() as u64);
        let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).unwrap());
        assert!(answer == &whole[start..end], "bytes {range:?}");
    }
}

#[test]
fn neighbours_are_one_read() {
    let (_home, folder) = folder_with("k", 4 * MIB);
    let whole = bytes(4 * MIB);
    // Next to each other, at a small distance, and at a large one.
    let fetches = ranges(
        "k",
        &[
            8..24,
            0..8,
            100..200,
            MIB..3 * MIB,
            3 * MIB..3 * MIB + 5,
            10..12,
        ],
    );
    let (answers, report) = fetch(&folder, &fetches);
    assert_right(&answers, &fetches, &whole);
    assert_eq!((report.requests, report.merged), (2, 4));
    assert_eq!(report.bytes, 200 + 2 * MIB + 5);
    let version = folder.version("k").unwrap();
    assert!(version.is_some());
    for answer in answers {
        assert_eq!(answer.unwrap().version, version);
    }
}

/// HARD_CASES 5: a tensor that is aligned in its file is aligned in memory, whatever it was read with.
#[test]
fn pieces_lie_as_they_do_in_the_file() {
    for len in [4 * KIB, 3 * MIB, 40 * MIB] {
        let (_home, folder) = folder_with("k", len);
        let whole = bytes(len);
        // A uint8 of odd length in front of everything else.
        let fetches = ranges("k", &[5..1_016, 1_016..1_024, 1_024..len]);
        for folder in [folder.clone().threads(1), folder.threads(3)] {
            let (answers, report) = fetch(&folder, &fetches);
            assert_eq!((report.requests, report.merged), (1, 2));
            assert_right(&answers, &fetches, &whole);
            for (answer, fetch) in answers.iter().zip(&fetches).skip(1) {
                let (bytes, range) = (&answer.as_ref().unwrap().bytes, fetch.range.clone());
                // A small piece of a large read has memory of its own, and begins there.
                let is_own = bytes.retained() < 64 << 10 && len > MIB;
                let phase = if is_own { 0 } else { range.unwrap().start % 64 };
                assert_eq!(bytes.address() as u64 % 64, phase);
            }
        }
    }
}

/// HARD_CASES 12: a few bytes of a large read do not keep the rest alive.
#[test]
fn few_bytes_do_not_keep_many_alive() {
    let (_home, folder) = folder_with("k", 16 * MIB);
    let fetches = ranges("k", &[0..4 * KIB, 4 * KIB..16 * MIB]);
    let (answers, report) = fetch(&folder, &fetches);
    assert_eq!((report.requests, report.copies), (1, 1));
    assert!(answers[0].as_ref().unwrap().bytes.retained() < 64 << 10);
}

#[test]
fn many_ranges_in_any_order_by_any_number_of_threads() {
    let (_home, folder) = folder_with("k", MIB);
    let whole = bytes(MIB);
    let scattered: Vec<Range<u64>> = (0..4_000)
        .map(|n| n * 7_919 % (MIB - 20))
        .map(|start| start..start + start % 17)
        .collect();
    let fetches = ranges("k", &scattered);
    for threads in [1, 4] {
        let (answers, report) = fetch(&folder.clone().threads(threads), &fetches);
        assert_right(&answers, &fetches, &whole);
        assert!(report.requests < 1_000, "{report:?}");
    }
}

#[test]
fn whole_blobs_are_a_read_each() {
    let (_home, folder) = folder_with("k", 100);
    folder
        .put(Blob::new("l", DType::UInt8, Buffer::from_vec(bytes(7))))
        .unwrap();
    let fetches = [
        Fetch::raw("k", None),
        Fetch::raw("l", None),
        Fetch::raw("m", None),
    ];
    let (answers, report) = fetch(&folder, &fetches);
    assert_eq!((report.requests, report.bytes, report.merged), (3, 107, 0));
    assert!(answers[2].is_none());
}

#[test]
fn the_piece_that_passes_the_end_is_named() {
    let (_home, folder) = folder_with("k", 100);
    for threads in [1, 4] {
        let folder = folder.clone().threads(threads);
        let mut fetches = ranges("k", &vec![0..8; 200]);
        fetches.extend(ranges("k", &[90..101, 80..300]));
        let mut report = FetchReport::default();
        let error = folder.fetch_versioned(&fetches, &mut report).unwrap_err();
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
}

#[test]
fn what_was_read_before_a_failure_is_counted() {
    let (_home, folder) = folder_with("k", 100);
    let fetches = [
        Fetch::raw("k", None),
        Fetch::raw("k", None),
        Fetch::raw("k", None).at_version(Some(Version::new("another"))),
        Fetch::raw("k", None),
    ];
    let mut report = FetchReport::default();
    let error = folder.fetch_versioned(&fetches, &mut report).unwrap_err();
    assert!(
        matches!(error, StoreError::VersionMismatch { .. }),
        "{error}"
    );
    assert_eq!((report.requests, report.bytes), (2, 200));
}

#[test]
fn ranges_of_another_state_are_refused_and_not_merged() {
    let (_home, folder) = folder_with("k", 100);
    let version = folder.version("k").unwrap();
    let mut fetches = ranges("k", &[0..8, 8..16]);
    fetches[1].version = version.clone();
    let (_, report) = fetch(&folder, &fetches);
    assert_eq!((report.requests, report.merged), (2, 0));

    fetches[0].version = version;
    assert_eq!(fetch(&folder, &fetches).1.requests, 1);
    folder
        .put(Blob::new("k", DType::UInt8, Buffer::from_vec(bytes(100))))
        .unwrap();
    let error = folder
        .fetch_versioned(&fetches, &mut FetchReport::default())
        .unwrap_err();
    assert!(
        matches!(error, StoreError::VersionMismatch { .. }),
        "{error}"
    );
}

#[test]
fn so_many_requests_are_made_at_once_as_there_are_threads() {
    let (_home, folder) = folder_with("k", 1);
    let mut expected = Profile::FILE;
    expected.concurrency = 3;
    assert_eq!(folder.threads(3).profile(), expected);
}

#[test]
fn ranges_of_a_mapped_file_share_one_map() {
    let (_home, folder) = folder_with("k", 4 * MIB);
    // SAFETY: nobody changes the file while the test runs.
    #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
    let folder = unsafe { folder.mapped() };
    assert_eq!(folder.profile(), Profile::MEMORY);
    let fetches = ranges("k", &[8..24, MIB + 3..MIB + 9, 3 * MIB..4 * MIB, 0..0]);
    let (answers, report) = fetch(&folder, &fetches);
    assert_right(&answers, &fetches, &bytes(4 * MIB));
    assert_eq!((report.requests, report.merged, report.copies), (3, 0, 0));
    let addresses: Vec<u64> = answers
        .iter()
        .take(3)
        .map(|answer| answer.as_ref().unwrap().bytes.address() as u64)
        .collect();
    assert_eq!(addresses[1] - addresses[0], MIB + 3 - 8);
    assert_eq!(addresses[2] - addresses[0], 3 * MIB - 8);
    assert_eq!(addresses[0] % 64, 8);
}

#[test]
fn ranges_of_several_files_in_turns_open_each_once() {
    let (_home, folder) = folder_with("a", MIB);
    folder
        .put(Blob::new("b", DType::UInt8, Buffer::from_vec(bytes(MIB))))
        .unwrap();
    // SAFETY: nobody changes the files while the test runs.
    #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
    let mapped = unsafe { folder.clone().mapped() };
    // As scattered rows ask: of each blob for the first row, then of each for the second.
    let fetches: Vec<Fetch> = [100..110, 5000..5001, 70_000..70_007]
        .iter()
        .flat_map(|range| ["a", "b"].map(|key| Fetch::raw(key, Some(range.clone()))))
        .collect();
    assert_right(&fetch(&folder, &fetches).0, &fetches, &bytes(MIB));
    let (answers, _) = fetch(&mapped, &fetches);
    assert_right(&answers, &fetches, &bytes(MIB));
    let address = |at: usize| answers[at].as_ref().unwrap().bytes.address();
    for file in [0, 1] {
        assert_eq!(address(file + 2) - address(file), 4900, "one map");
        assert_eq!(address(file + 4) - address(file), 69_900, "one map");
    }

    let missing: Vec<Fetch> = ["a", "none", "a", "none"]
        .map(|key| Fetch::raw(key, Some(0..4)))
        .into();
    let (answers, _) = fetch(&folder, &missing);
    let is_there: Vec<bool> = answers.iter().map(Option::is_some).collect();
    assert_eq!(is_there, [true, false, true, false]);
}
