//! Hard case 14: what was overwritten is not served.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use gawky_store::cache::{Cache, CachePolicy, Cached};
use gawky_store::{
    Buffer, Container, ContainerConditional, ContainerDelete, ContainerWrite, Directory, Fetch,
    FetchReport, MemoryContainer, StoreError, Version,
};

use crate::stage::{Stage, ask, blob, range, whole};

const ROOM: u64 = 1 << 30;

type Write<C> = (&'static str, fn(&Cached<C>, &[u8]));

fn every_write<C>() -> Vec<Write<C>>
where
    C: Container + ContainerWrite + ContainerDelete + ContainerConditional,
{
    vec![
        ("put", |cached, bytes| cached.put(blob("k", bytes)).unwrap()),
        ("put_pieces", |cached, bytes| {
            let pieces = [&bytes[..1], &bytes[1..]].map(Buffer::copied_from);
            cached.put_pieces("k".into(), &pieces).unwrap();
        }),
        ("put_many", |cached, bytes| {
            let blobs = vec![blob("k", b"not this"), blob("other", b""), blob("k", bytes)];
            cached.put_many(blobs).unwrap();
        }),
        ("put_if_match", |cached, bytes| {
            let version = cached.get_versioned("k").unwrap().unwrap().1;
            cached.put_if_match(blob("k", bytes), &version).unwrap();
        }),
        ("delete, put_if_absent", |cached, bytes| {
            cached.delete("k").unwrap();
            assert_eq!(ask(cached, whole("k")), None);
            cached.put_if_absent(blob("k", bytes)).unwrap();
        }),
        ("delete_many, put", |cached, bytes| {
            cached.delete_many(&["k".into(), "none".into()]).unwrap();
            assert_eq!(ask(cached, range("k", 0..2)), None);
            cached.put(blob("k", bytes)).unwrap();
        }),
    ]
}

fn overwritten<C>(cached: &Cached<C>)
where
    C: Container + ContainerWrite + ContainerDelete + ContainerConditional,
{
    cached.put(blob("k", b"old!")).unwrap();
    for (at, (name, write)) in every_write().into_iter().enumerate() {
        for fetch in [range("k", 1..3), whole("k")] {
            ask(cached, fetch);
        }
        let new = format!("new{at}");
        write(cached, new.as_bytes());
        assert_eq!(ask(cached, whole("k")).unwrap(), new.as_bytes(), "{name}");
        let part = ask(cached, range("k", 1..4)).unwrap();
        assert_eq!(part, &new.as_bytes()[1..4], "{name}");
        assert_eq!(cached.size("k").unwrap(), Some(4));
    }
}

#[test]
fn nothing_overwritten_through_the_handle_is_served() {
    let cache = Cache::new(ROOM);
    overwritten(&Cached::new(MemoryContainer::new(), &cache));
    let home = tempfile::tempdir().unwrap();
    overwritten(&Cached::new(Directory::open(home.path()).unwrap(), &cache));
}

#[test]
fn a_failed_write_drops_what_was_kept_all_the_same() {
    let stage = Stage::with(&[("k", b"1")]);
    let cache = Cache::new(ROOM);
    let cached = Cached::new(&stage.memory, &cache);
    ask(&cached, whole("k"));
    assert_eq!(cache.stats().entries, 1);
    assert!(cached.put_if_absent(blob("k", b"2")).is_err());
    assert_eq!(
        cache.stats().entries,
        0,
        "who knows what a failed write has written"
    );
}

#[test]
fn any_answer_of_a_newer_state_drops_the_older_one() {
    let stage = Stage::with(&[("k", b"old!")]);
    let cache = Cache::new(ROOM);
    let cached = Cached::new(&stage, &cache);
    let fill = |text: &[u8]| {
        ask(&cached, range("k", 0..2));
        ask(&cached, range("k", 2..4));
        stage.keep("k", text);
    };
    let fresh = |text: &[u8]| {
        assert_eq!(ask(&cached, range("k", 0..2)).unwrap(), &text[..2]);
        assert_eq!(ask(&cached, range("k", 2..4)).unwrap(), &text[2..]);
    };

    fill(b"new1");
    assert_eq!(
        ask(&cached, range("k", 0..2)).unwrap(),
        b"ol",
        "a hit does not ask"
    );
    ask(&cached, whole("k"));
    fresh(b"new1");
    cache.clear();

    fill(b"new2");
    cached.version("k").unwrap();
    fresh(b"new2");

    fill(b"new3");
    cached.get_versioned("k").unwrap();
    fresh(b"new3");

    fill(b"new4");
    assert_eq!(cached.refresh(&["k", "other"]).unwrap(), 1);
    assert_eq!(
        cached.refresh(&["k"]).unwrap(),
        0,
        "there is nothing left to ask about"
    );
    fresh(b"new4");
    assert_eq!(cached.refresh(&["k"]).unwrap(), 0, "nothing has changed");

    fill(b"new5");
    let old = cache.entries()[0].version.clone();
    let pinned = |text: &str| range("k", 0..1).at_version(Some(Version::new(text)));
    let refused = cached.fetch(&[pinned("nonsense")]).unwrap_err();
    assert!(matches!(refused, StoreError::VersionMismatch { .. }));
    assert_ne!(
        cache.entries().first().map(|entry| entry.version.clone()),
        Some(old)
    );
    fresh(b"new5");

    fill(b"gone");
    stage.memory.clear();
    assert_eq!(ask(&cached, range("k", 1..3)), None);
    assert_eq!(ask(&cached, range("k", 0..2)), None);
}

#[test]
fn bytes_that_pass_tell_of_a_newer_state_too() {
    let stage = Stage::with(&[("k", b"old!")]);
    let keep = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let policy = CachePolicy::from_fn({
        let keep = Arc::clone(&keep);
        move |_| match keep.load(Ordering::SeqCst) {
            true => gawky_store::cache::Retention::Keep,
            false => gawky_store::cache::Retention::Pass,
        }
    });
    let cached = Cached::new(&stage, &Cache::new(ROOM).with_policy(policy));
    ask(&cached, range("k", 0..2));
    keep.store(false, Ordering::SeqCst);
    stage.keep("k", b"new!");
    ask(&cached, range("k", 2..4));
    assert_eq!(ask(&cached, range("k", 0..2)).unwrap(), b"ne");
}

#[test]
fn a_wanted_version_is_served_and_no_other() {
    let stage = Stage::with(&[("k", b"1")]);
    let cached = Cached::new(&stage, &Cache::new(ROOM));
    let first = stage.memory.version("k").unwrap();
    let pinned = |version: &Option<Version>| whole("k").at_version(version.clone());
    assert_eq!(ask(&cached, pinned(&first)).unwrap(), b"1");
    assert_eq!(ask(&cached, pinned(&first)).unwrap(), b"1");
    assert_eq!(ask(&cached, whole("k")).unwrap(), b"1");
    assert_eq!(stage.calls(), 1);

    stage.keep("k", b"2");
    let second = stage.memory.version("k").unwrap();
    assert_eq!(ask(&cached, pinned(&second)).unwrap(), b"2");
    let refused = cached.fetch(&[pinned(&first)]).unwrap_err();
    let StoreError::VersionMismatch { found, .. } = refused else {
        panic!("{refused}");
    };
    assert_eq!(found, second);
    assert_eq!(ask(&cached, pinned(&second)).unwrap(), b"2");
    assert_eq!(
        stage.calls(),
        3,
        "a refused version costs nobody the right one"
    );
}

#[test]
fn a_container_that_answers_another_version_than_was_asked() {
    struct Careless(MemoryContainer);
    impl Container for Careless {
        fn get(&self, key: &str) -> Result<Option<gawky_store::Buffer>, StoreError> {
            self.0.get(key)
        }
        fn fetch_versioned(
            &self,
            fetches: &[Fetch],
            report: &mut FetchReport,
        ) -> Result<Vec<Option<gawky_store::Fetched>>, StoreError> {
            let any: Vec<Fetch> = fetches
                .iter()
                .map(|fetch| fetch.clone().at_version(None))
                .collect();
            self.0.fetch_versioned(&any, report)
        }
    }
    let memory = MemoryContainer::new();
    memory.put(blob("k", b"1")).unwrap();
    let cached = Cached::new(Careless(memory), &Cache::new(ROOM));
    let refused = cached.fetch(&[whole("k").at_version(Some(Version::new("0")))]);
    assert!(matches!(refused, Err(StoreError::VersionMismatch { .. })));
}

#[test]
fn without_versions_only_the_handle_knows() {
    let mut stage = Stage::with(&[("k", b"1")]);
    stage.unversioned = true;
    let cache = Cache::new(ROOM);
    let cached = Cached::new(&stage, &cache);
    assert_eq!(ask(&cached, whole("k")).unwrap(), b"1");
    stage.keep("k", b"2");
    assert_eq!(
        ask(&cached, whole("k")).unwrap(),
        b"1",
        "it is believed not to change"
    );
    assert_eq!(cached.refresh(&["k"]).unwrap(), 1, "it cannot be confirmed");
    assert_eq!(ask(&cached, whole("k")).unwrap(), b"2");
    cached.put(blob("k", b"3")).unwrap();
    assert_eq!(ask(&cached, whole("k")).unwrap(), b"3");
}

/// A fetch has read the old bytes, and while they are on their way the blob is overwritten.
#[test]
fn old_bytes_that_arrive_late_are_not_kept() {
    for unversioned in [false, true] {
        let mut stage = Stage::with(&[("k", b"old")]);
        stage.unversioned = unversioned;
        let stage = Arc::new(stage);
        let cache = Cache::new(ROOM);
        let writer = Cached::new(Arc::clone(&stage), &cache);
        stage.acts(move |stage, _| {
            stage.rests();
            writer.put(blob("k", b"new")).unwrap();
            // A reader that comes after the writing does not wait for what is on its way.
            assert_eq!(ask(&writer, whole("k")).unwrap(), b"new");
            Ok(())
        });
        let cached = Cached::new(Arc::clone(&stage), &cache);
        assert_eq!(
            ask(&cached, whole("k")).unwrap(),
            b"old",
            "who asked before may be told what was before"
        );
        assert_eq!(ask(&cached, whole("k")).unwrap(), b"new");
        assert_eq!(stage.calls(), 2);
    }
}

/// Two fetches overlap, and their blob is overwritten behind the cache's back in between: which of the two states
/// is the newer one, no cache can tell.
#[test]
fn of_two_states_seen_at_once_neither_is_kept() {
    for late in ["old", "new"] {
        let stage = Arc::new(Stage::with(&[("k", b"old!")]));
        let cache = Cache::new(ROOM);
        let inside = Cached::new(Arc::clone(&stage), &cache);
        stage.acts(move |stage, _| {
            stage.rests();
            if late == "old" {
                stage.keep("k", b"new!");
            }
            ask(&inside, range("k", 0..2));
            Ok(())
        });
        let cached = Cached::new(Arc::clone(&stage), &cache);
        ask(&cached, range("k", 2..4));
        let kept = cache.stats().entries;
        assert_eq!(kept, if late == "old" { 0 } else { 2 });
        let now = if late == "old" { b"new!" } else { b"old!" };
        assert_eq!(ask(&cached, range("k", 0..2)).unwrap(), &now[..2]);
        assert_eq!(ask(&cached, range("k", 2..4)).unwrap(), &now[2..]);
        assert_eq!(ask(&cached, whole("k")).unwrap(), now);
    }
}
