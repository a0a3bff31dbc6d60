//! What is kept on disk, and when it is served.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use gawky_store::cache::{Cache, CachePolicy, Cached, DiskTier, Retention};
use gawky_store::{
    Buffer, Container, ContainerId, ContainerWrite, DType, Fetch, FetchReport, Fetched, Key,
    MemoryContainer, StoreError, Version,
};

use crate::stage::{Stage, ask, blob, range, whole};

const ROOM: u64 = 1 << 30;

pub(crate) fn remote(blobs: &[(&str, &[u8])]) -> Stage {
    let mut stage = Stage::with(blobs);
    stage.place = Some("test://bucket/events");
    stage
}

/// A cache as another process would have it: nothing in memory, and what is on disk.
pub(crate) fn another_process(home: &Path) -> Cache {
    Cache::new(ROOM).with_disk(DiskTier::open(home, ROOM).unwrap())
}

/// Asks as another process would.
pub(crate) fn ask_again(stage: &Stage, home: &Path, fetch: Fetch) -> Option<Vec<u8>> {
    ask(&Cached::new(stage, &another_process(home)), fetch)
}

pub(crate) fn versions_asked(stage: &Stage) -> u64 {
    stage.versions.load(Ordering::SeqCst)
}

fn entries(home: &Path) -> Vec<PathBuf> {
    let shelves = fs::read_dir(home.join("gawky-cache-1")).unwrap();
    let shelves = shelves.map(|shelf| shelf.unwrap().path());
    shelves
        .filter(|shelf| shelf.is_dir() && !shelf.ends_with("drafts"))
        .flat_map(|shelf| fs::read_dir(shelf).unwrap())
        .map(|entry| entry.unwrap().path())
        .collect()
}

#[test]
fn another_process_asks_for_the_version_alone() {
    let home = tempfile::tempdir().unwrap();
    let stage = remote(&[("a", b"aaaa"), ("b", b"0123456789")]);
    let fetches = [whole("a"), range("b", 2..8), range("b", 8..9), whole("a")];
    let first = Cached::new(&stage, &another_process(home.path()))
        .fetch(&fetches)
        .unwrap();
    assert_eq!((stage.calls(), versions_asked(&stage)), (1, 0));

    let cache = another_process(home.path());
    let cached = Cached::new(&stage, &cache);
    let mut report = FetchReport::default();
    let again = cached.fetch_versioned(&fetches, &mut report).unwrap();
    assert_eq!(
        (stage.calls(), versions_asked(&stage)),
        (1, 2),
        "once for each blob"
    );
    assert_eq!(stage.version_calls.load(Ordering::SeqCst), 1, "at once");
    assert_eq!(
        (report.requests, report.bytes, report.cache_hits),
        (2, 0, 4)
    );
    assert_eq!((cache.stats().misses, cache.stats().disk_hits), (3, 3));
    for ((again, first), fetch) in again.iter().zip(&first).zip(&fetches) {
        let again = again.as_ref().unwrap();
        assert_eq!(Some(&again.bytes), first.as_ref());
        assert_eq!(again.version, stage.memory.version(&fetch.key).unwrap());
    }
    cached.fetch(&fetches).unwrap();
    assert_eq!(versions_asked(&stage), 2, "now it is in memory");
    assert_eq!(cache.disk().unwrap().stats().hits, 3);
}

#[test]
fn a_wanted_version_is_served_without_asking() {
    let home = tempfile::tempdir().unwrap();
    let stage = remote(&[("k", b"old")]);
    let old = stage.memory.version("k").unwrap();
    let pinned = |version: &Option<Version>| whole("k").at_version(version.clone());
    ask_again(&stage, home.path(), pinned(&old));
    assert_eq!(
        ask_again(&stage, home.path(), pinned(&old)).unwrap(),
        b"old"
    );
    assert_eq!((stage.calls(), versions_asked(&stage)), (1, 0));

    stage.keep("k", b"new");
    let cache = another_process(home.path());
    let cached = Cached::new(&stage, &cache);
    assert_eq!(ask(&cached, pinned(&old)).unwrap(), b"old");
    assert_eq!(cache.stats().entries, 1);
    assert!(cached.size("k").unwrap() == Some(3) && cached.contains("k").unwrap());
    assert_eq!(
        stage.calls(),
        3,
        "its size and presence are those of now, too"
    );
    assert_eq!(
        ask(&cached, whole("k")).unwrap(),
        b"new",
        "what another process saw once is not served to who wants what is there now"
    );
    assert_eq!(ask(&cached, whole("k")).unwrap(), b"new");
    let refused = cached.fetch(&[pinned(&old)]).unwrap_err();
    assert!(matches!(refused, StoreError::VersionMismatch { .. }));
    assert_eq!(ask(&cached, whole("k")).unwrap(), b"new");
    assert_eq!(
        entries(home.path()).len(),
        1,
        "the new took the place of the old"
    );
}

/// A map that does not tell the states of many blobs.
struct Reticent(
    MemoryContainer,
    fn() -> Result<Vec<Option<Version>>, StoreError>,
);

impl Container for Reticent {
    fn get(&self, key: &str) -> Result<Option<Buffer>, StoreError> {
        self.0.get(key)
    }

    fn fetch_versioned(
        &self,
        fetches: &[Fetch],
        report: &mut FetchReport,
    ) -> Result<Vec<Option<Fetched>>, StoreError> {
        self.0.fetch_versioned(fetches, report)
    }

    fn id(&self) -> Option<ContainerId> {
        Some(ContainerId::new("s3://reticent"))
    }

    fn versions(&self, _: &[Key]) -> Result<Vec<Option<Version>>, StoreError> {
        (self.1)()
    }
}

#[test]
fn who_does_not_tell_the_versions_is_asked_for_the_bytes() {
    for versions in [
        || Err(StoreError::backend("k", "not today")),
        || Ok(Vec::new()),
        || Ok(vec![None, None]),
    ] {
        let home = tempfile::tempdir().unwrap();
        let memory = MemoryContainer::new();
        memory.put(blob("k", b"1234")).unwrap();
        let container = Reticent(memory, versions);
        for requests in [1, 2] {
            let cache = another_process(home.path());
            let cached = Cached::new(&container, &cache);
            let mut report = FetchReport::default();
            let answers = cached.fetch_versioned(&[whole("k")], &mut report).unwrap();
            assert_eq!(answers[0].as_ref().unwrap().bytes.len(), 4);
            assert_eq!(report.requests, requests);
            assert!(cached.refresh(&["k"]).is_err());
        }
    }
}

#[test]
fn what_has_changed_is_fetched_again() {
    let home = tempfile::tempdir().unwrap();
    let stage = remote(&[("k", b"old!"), ("same", b"same")]);
    let both = [range("k", 0..2), whole("same")];
    Cached::new(&stage, &another_process(home.path()))
        .fetch(&both)
        .unwrap();
    stage.keep("k", b"new!");
    for versions in [2, 4] {
        let cached = Cached::new(&stage, &another_process(home.path()));
        assert_eq!(
            cached.fetch(&both).unwrap()[0]
                .as_ref()
                .unwrap()
                .bytes()
                .unwrap(),
            b"ne"
        );
        assert_eq!((stage.calls(), versions_asked(&stage)), (2, versions));
    }
    stage.memory.clear();
    assert_eq!(ask_again(&stage, home.path(), whole("k")), None);
}

#[test]
fn without_versions_only_what_never_changes_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let mut stage = remote(&[("k", b"1234"), ("manifest", b"{}")]);
    stage.unversioned = true;
    let both = [whole("k"), whole("manifest")];
    let read = |stage: &Stage, declare: fn(Cached<&Stage>) -> Cached<&Stage>| {
        let cache = another_process(home.path());
        let cached = declare(Cached::new(stage, &cache));
        cached.fetch(&both).unwrap();
        cache.stats().disk_hits
    };
    for _ in 0..2 {
        assert_eq!(read(&stage, |cached| cached), 0);
    }
    assert_eq!((stage.calls(), entries(home.path()).len()), (2, 0));

    let blobs: fn(Cached<&Stage>) -> Cached<&Stage> =
        |cached| cached.immutable_where(|key| key != "manifest");
    assert_eq!(read(&stage, blobs), 0);
    assert_eq!(read(&stage, blobs), 1);
    assert_eq!(entries(home.path()).len(), 1);
    assert_eq!(read(&stage, |cached| cached.immutable()), 1);
    assert_eq!(read(&stage, |cached| cached.immutable()), 2);
    assert_eq!(
        read(&stage, |cached| cached),
        0,
        "it is said anew each time"
    );
    assert_eq!(versions_asked(&stage), 0);
}

#[test]
fn what_never_changes_is_served_without_asking() {
    let home = tempfile::tempdir().unwrap();
    let stage = remote(&[("k", b"1234")]);
    for _ in 0..3 {
        let cached = Cached::new(&stage, &another_process(home.path())).immutable();
        assert_eq!(ask(&cached, whole("k")).unwrap(), b"1234");
        assert_eq!(ask(&cached.clone(), range("k", 1..3)).unwrap(), b"23");
    }
    assert_eq!((stage.calls(), versions_asked(&stage)), (1, 0));
}

#[test]
fn what_is_overwritten_through_the_handle_is_not_served() {
    let home = tempfile::tempdir().unwrap();
    let stage = remote(&[("k", b"old!"), ("other", b"stay")]);
    let cached = Cached::new(&stage, &another_process(home.path())).immutable();
    for fetch in [range("k", 0..2), whole("k"), whole("other")] {
        ask(&cached, fetch);
    }
    assert_eq!(entries(home.path()).len(), 3);
    cached.put(blob("k", b"new!")).unwrap();
    assert_eq!(entries(home.path()).len(), 1);
    assert_eq!(ask(&cached, whole("k")).unwrap(), b"new!");
    let later = Cached::new(&stage, &another_process(home.path())).immutable();
    assert_eq!(ask(&later, range("k", 0..2)).unwrap(), b"ne");
}

#[test]
fn a_version_that_was_overwritten_through_the_handle_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let stage = remote(&[("k", b"old!"), ("l", b"old!"), ("m", b"stay")]);
    let cached = Cached::new(&stage, &another_process(home.path()));
    let old = |key: &str| whole(key).at_version(stage.memory.version(key).unwrap());
    let pinned = [old("k"), old("l"), old("m")];
    cached.fetch(&pinned).unwrap();
    let blobs = vec![blob("k", b"new!"), blob("l", b"new!")];
    cached.put_many(blobs).unwrap();
    for fetch in &pinned[..2] {
        let refused = cached.fetch(std::slice::from_ref(fetch)).unwrap_err();
        assert!(matches!(refused, StoreError::VersionMismatch { .. }));
    }
    assert_eq!(
        ask_again(&stage, home.path(), pinned[2].clone()).unwrap(),
        b"stay"
    );
    assert_eq!(stage.calls(), 3);
}

/// The old bytes are on their way when the blob is overwritten.
#[test]
fn old_bytes_that_arrive_late_are_not_kept_on_disk() {
    let home = tempfile::tempdir().unwrap();
    let stage = Arc::new(remote(&[("k", b"old")]));
    let cache = another_process(home.path());
    let writer = Cached::new(Arc::clone(&stage), &cache).immutable();
    stage.acts(move |stage, _| {
        stage.rests();
        writer.put(blob("k", b"new")).unwrap();
        Ok(())
    });
    let cached = Cached::new(Arc::clone(&stage), &cache).immutable();
    assert_eq!(ask(&cached, whole("k")).unwrap(), b"old");
    assert_eq!(entries(home.path()).len(), 0);
    assert_eq!(ask(&cached, whole("k")).unwrap(), b"new");
}

/// The blob is overwritten when its old bytes have arrived, and are just about to be written to disk.
#[test]
fn old_bytes_that_are_written_late_go_again() {
    let home = tempfile::tempdir().unwrap();
    let stage = Arc::new(remote(&[("k", b"old")]));
    let cache = another_process(home.path());
    let writer = Cached::new(Arc::clone(&stage), &cache);
    let times = AtomicU64::new(0);
    let cached = Cached::new(Arc::clone(&stage), &cache).immutable_where(move |_| {
        if times.fetch_add(1, Ordering::SeqCst) == 0 {
            writer.put(blob("k", b"new")).unwrap();
        }
        true
    });
    assert_eq!(ask(&cached, whole("k")).unwrap(), b"old");
    assert_eq!(cache.disk().unwrap().stats().insertions, 1);
    assert_eq!(entries(home.path()).len(), 0);
    assert_eq!(ask(&cached, whole("k")).unwrap(), b"new");
}

#[test]
fn what_was_read_stays_and_what_was_not_goes() {
    let home = tempfile::tempdir().unwrap();
    let stage = remote(&[]);
    let disk = DiskTier::open(home.path(), 4 * 1_200).unwrap();
    let read = |n: u64| {
        let key = format!("part0-node{n}-data");
        stage.keep(&key, &[7; 1_000]);
        let cache = Cache::new(0).with_disk(disk.clone());
        ask(&Cached::new(&stage, &cache).immutable(), whole(&key));
        cache.stats().disk_hits
    };
    for n in 0..4 {
        read(n);
    }
    for (n, path) in (1..).zip(entries(home.path())) {
        let written = SystemTime::UNIX_EPOCH + Duration::from_secs(n);
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(written).unwrap();
    }
    assert_eq!(read(2), 1);
    for n in 4..7 {
        assert_eq!(read(n), 0);
    }
    assert_eq!(disk.stats().evictions, 3);
    assert_eq!(read(2), 1);
}

#[test]
fn containers_never_mix_on_disk() {
    let home = tempfile::tempdir().unwrap();
    let one = remote(&[("k", b"one")]);
    let mut other = remote(&[("k", b"other")]);
    other.place = Some("test://bucket/event");
    for _ in 0..2 {
        for (stage, expected) in [(&one, &b"one"[..]), (&other, b"other")] {
            let cached = Cached::new(stage, &another_process(home.path())).immutable();
            assert_eq!(ask(&cached, whole("k")).unwrap(), expected);
        }
    }
    assert_eq!((one.calls(), other.calls()), (1, 1));
}

#[test]
fn what_has_no_name_outside_of_this_process_is_not_kept() {
    let home = tempfile::tempdir().unwrap();
    let memory = Stage::with(&[("k", b"1")]);
    let mut nameless = Stage::with(&[("k", b"1")]);
    nameless.nameless = true;
    for stage in [&memory, &nameless] {
        let cached = Cached::new(stage, &another_process(home.path())).immutable();
        ask(&cached, whole("k"));
    }
    assert_eq!(entries(home.path()).len(), 0);
}

#[test]
fn ranges_are_served_from_the_whole() {
    let home = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..300_000_u32).map(|at| (at % 251) as u8).collect();
    let stage = remote(&[("k", &content)]);
    ask_again(&stage, home.path(), whole("k"));
    for (start, end) in [(0, 8), (65_530, 65_550), (199_999, 300_000), (7, 299_999)] {
        let part = ask_again(&stage, home.path(), range("k", start..end)).unwrap();
        assert_eq!(part, content[start as usize..end as usize]);
    }
    assert_eq!(stage.calls(), 1);
    assert_eq!(entries(home.path()).len(), 1);
    let past = Cached::new(&stage, &another_process(home.path())).get_range("k", 0..300_001);
    assert!(matches!(past, Err(StoreError::OutOfRange { .. })));
}

#[test]
fn what_it_may_be_handed_out_as_only_the_container_knows() {
    let home = tempfile::tempdir().unwrap();
    let mut stage = Stage::new();
    stage.place = Some("test://bucket/events");
    let numbers = gawky_store::Buffer::from_vec(vec![1.5_f64, 2.5]);
    let typed = gawky_store::Blob::new("k", DType::Float64, numbers);
    ContainerWrite::put(&stage.memory, typed).unwrap();
    for _ in 0..2 {
        for dtype in [DType::Float64, DType::Int64] {
            let cached = Cached::new(&stage, &another_process(home.path()));
            let answer = cached.fetch(&[Fetch::whole("k", dtype)]);
            assert_eq!(answer.is_ok(), dtype == DType::Float64);
        }
    }
}

fn damage(home: &Path, what: &str, harm: impl Fn(&mut Vec<u8>)) {
    let stage = remote(&[("k", &[7; 100_000]), ("l", &[8; 1_000])]);
    for key in ["k", "l"] {
        ask_again(&stage, home, whole(key));
    }
    let paths = entries(home);
    for path in &paths {
        let mut bytes = fs::read(path).unwrap();
        harm(&mut bytes);
        fs::write(path, bytes).unwrap();
    }
    let cache = another_process(home);
    let cached = Cached::new(&stage, &cache);
    assert_eq!(ask(&cached, whole("k")).unwrap(), [7; 100_000], "{what}");
    assert_eq!(ask(&cached, whole("l")).unwrap(), [8; 1_000], "{what}");
    assert_eq!(stage.calls(), 4, "{what}");
    let stats = cache.disk().unwrap().stats();
    assert_eq!(
        (stats.damaged, stats.hits, stats.insertions),
        (2, 0, 2),
        "{what}"
    );
    ask_again(&stage, home, whole("k"));
    assert_eq!(stage.calls(), 4, "{what}: it is there again");
    cache.disk().unwrap().clear().unwrap();
}

#[test]
fn what_is_damaged_is_removed_and_fetched_again() {
    let home = tempfile::tempdir().unwrap();
    let harm = |what: &str, harm: fn(&mut Vec<u8>)| damage(home.path(), what, harm);
    harm("truncated", |bytes| bytes.truncate(bytes.len() - 1));
    harm("truncated to half", |bytes| bytes.truncate(bytes.len() / 2));
    harm("emptied", Vec::clear);
    harm("a bit of the bytes", |bytes| {
        *bytes.last_mut().unwrap() ^= 1
    });
    harm("a bit of the header", |bytes| bytes[20] ^= 1);
    harm("longer", |bytes| bytes.push(0));
    harm("zeroes", |bytes| bytes.fill(0));
    harm("foreign", |bytes| *bytes = b"PNG, perhaps".to_vec());
}

#[test]
fn an_entry_under_the_name_of_another_is_not_served() {
    let home = tempfile::tempdir().unwrap();
    let stage = remote(&[("k", b"1111"), ("l", b"2222")]);
    for key in ["k", "l"] {
        let cached = Cached::new(&stage, &another_process(home.path())).immutable();
        ask(&cached, whole(key));
    }
    let paths = entries(home.path());
    let [one, other] = [fs::read(&paths[0]).unwrap(), fs::read(&paths[1]).unwrap()];
    fs::write(&paths[0], other).unwrap();
    fs::write(&paths[1], one).unwrap();
    for (key, expected) in [("k", b"1111"), ("l", b"2222")] {
        let cached = Cached::new(&stage, &another_process(home.path())).immutable();
        assert_eq!(ask(&cached, whole(key)).unwrap(), expected);
    }
    assert_eq!(stage.calls(), 4);
}

#[test]
fn the_folder_has_a_policy_of_its_own_and_memory_may_have_no_room() {
    let home = tempfile::tempdir().unwrap();
    let stage = remote(&[("keep", b"1"), ("pass", b"2")]);
    let policy = CachePolicy::from_fn(|fetch| match fetch.key.as_str() {
        "keep" => Retention::Keep,
        _ => Retention::Pass,
    });
    let disk = || {
        DiskTier::open(home.path(), ROOM)
            .unwrap()
            .with_policy(policy.clone())
    };
    let nothing_in_memory = || Cache::new(0).with_disk(disk());
    for _ in 0..3 {
        let cache = nothing_in_memory();
        let cached = Cached::new(&stage, &cache).immutable();
        for key in ["keep", "keep", "pass"] {
            assert!(ask(&cached, whole(key)).is_some());
        }
        assert_eq!((cache.stats().entries, cache.stats().bytes), (0, 0));
    }
    assert_eq!(stage.calls(), 3 + 1);

    let kept_in_memory = Cache::new(ROOM)
        .with_policy(CachePolicy::nothing())
        .with_disk(disk());
    let cached = Cached::new(&stage, &kept_in_memory).immutable();
    ask(&cached, whole("keep"));
    assert_eq!(kept_in_memory.stats().entries, 0);
    assert_eq!(kept_in_memory.stats().disk_hits, 1);
}

#[test]
fn the_limit_holds_after_every_insertion() {
    let home = tempfile::tempdir().unwrap();
    let limit = 10_000;
    let disk = DiskTier::open(home.path(), limit).unwrap();
    let cache = Cache::new(0).with_disk(disk.clone());
    let stage = remote(&[]);
    let cached = Cached::new(&stage, &cache);
    for n in 0..60_usize {
        let key = format!("part0-node{n}-data");
        stage.keep(&key, &vec![7; n * 97 % 3_000]);
        ask(&cached, whole(&key));
        let (entries, bytes) = disk.usage().unwrap();
        assert!(bytes <= limit && entries > 0, "{bytes} bytes");
    }
    assert!(disk.stats().evictions > 0);
    stage.keep("large", &[7; 10_001]);
    ask(&cached, whole("large"));
    assert_eq!(disk.stats().failures, 1, "what is too large is not kept");
}

#[test]
fn no_read_fails_because_of_the_folder() {
    let home = tempfile::tempdir().unwrap();
    let stage = remote(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
    let cache = another_process(home.path());
    let cached = Cached::new(&stage, &cache).immutable();
    fs::remove_dir_all(home.path()).unwrap();
    assert_eq!(ask(&cached, whole("a")).unwrap(), b"1");
    assert_eq!(
        cache.disk().unwrap().stats().failures,
        0,
        "it is made again"
    );
    fs::remove_dir_all(home.path()).unwrap();
    fs::write(home.path(), "a file in its place").unwrap();
    // Where the systems tell that from a file that is not there, it counts, though nothing is to be kept.
    assert_eq!(ask(&cached, whole("none")), None);
    assert_eq!(cache.disk().unwrap().stats().failures > 0, cfg!(unix));
    assert_eq!(ask(&cached, whole("b")).unwrap(), b"2");
    assert!(cache.disk().unwrap().stats().failures > 0);
    cached.put(blob("b", b"4")).unwrap();
    assert_eq!(ask(&cached, whole("b")).unwrap(), b"4");
    let refused = DiskTier::open(home.path(), ROOM).unwrap_err();
    assert!(matches!(refused, StoreError::Io { .. }), "{refused}");
    fs::remove_file(home.path()).unwrap();
    fs::create_dir(home.path()).unwrap();
}

#[test]
fn many_threads_cause_one_fetch_and_one_file() {
    let home = tempfile::tempdir().unwrap();
    let stage = remote(&[("k", b"1234")]);
    let cache = another_process(home.path());
    let seen = cache.clone();
    stage.acts(move |_, _| {
        while seen.stats().waits < 63 {
            thread::yield_now();
        }
        Ok(())
    });
    let cached = Cached::new(&stage, &cache);
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| assert_eq!(ask(&cached, whole("k")).unwrap(), b"1234"));
        }
    });
    assert_eq!(stage.calls(), 1);
    assert_eq!(cache.disk().unwrap().stats().insertions, 1);
}
