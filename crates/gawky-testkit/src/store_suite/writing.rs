//! Checks of [`ContainerWrite`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use gawky_buffer::{Blob, Buffer, Device, Fetch};
use gawky_store::{Container, ContainerWrite, StoreError};

use super::Setup;
use super::keys::assert_refused;
use super::samples::{assert_bytes, blob, dtypes, pattern};
use crate::containers::FakeDevice;

#[track_caller]
pub(super) fn assert_holds<C: Container>(container: &C, key: &str, bytes: &[u8]) {
    assert_bytes(container.get(key).unwrap().as_ref(), bytes, key);
    assert_eq!(
        container.size(key).unwrap(),
        Some(bytes.len() as u64),
        "size of {key}"
    );
}

pub(super) fn put_then_get<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    for (key, bytes) in [
        ("x", vec![1, 2, 3]),
        ("empty", vec![]),
        ("a/b/c", pattern(3 << 20, 9)),
    ] {
        container.put(blob(key, &bytes)).unwrap();
        assert_holds(&container, key, &bytes);
    }
}

pub(super) fn pieces_are_one_blob<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    for lens in [
        &[][..],
        &[0],
        &[7],
        &[0, 3, 0],
        &[1, 65_535, 65_536, 65_537, 2],
        &[40_000, 40_000, 3 << 20, 5],
    ] {
        let pieces: Vec<Vec<u8>> = lens
            .iter()
            .zip(0..)
            .map(|(len, seed)| pattern(*len, seed))
            .collect();
        let buffers: Vec<Buffer> = pieces
            .iter()
            .map(|piece| Buffer::copied_from(piece))
            .collect();
        container.put_pieces("in/pieces".into(), &buffers).unwrap();
        assert_holds(&container, "in/pieces", &pieces.concat());
    }
    let refused = container.put_pieces("../x".into(), &[Buffer::empty()]);
    assert!(
        matches!(refused, Err(StoreError::InvalidKey { .. })),
        "{refused:?}"
    );
}

pub(super) fn every_dtype<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    for dtype in dtypes() {
        let key = format!("node-{dtype}");
        let bytes = pattern(3 * dtype.itemsize(), 5);
        let put = Blob::new(&key, dtype, Buffer::copied_from(&bytes));
        container.put(put).unwrap();
        let fetched = container.fetch(&[Fetch::whole(&key, dtype)]).unwrap();
        assert_bytes(fetched[0].as_ref(), &bytes, &key);
    }
}

pub(super) fn every_small_size<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    let near_powers = [
        127,
        128,
        129,
        4_095,
        4_096,
        4_097,
        65_535,
        65_536,
        65_537,
        (1 << 20) - 1,
        1 << 20,
        (1 << 20) + 1,
    ];
    for len in (0..70).chain(near_powers) {
        let bytes = pattern(len, 4);
        container.put(blob("sized", &bytes)).unwrap();
        assert_holds(&container, "sized", &bytes);
    }
}

pub(super) fn overwritten_by_longer_shorter_and_nothing<C: Container + ContainerWrite>(
    setup: &Setup<'_, C>,
) {
    let container = setup.empty();
    for len in [10, 1_000, 3, 0, 7, 7, 2 << 20, 1] {
        let bytes = pattern(len, 6);
        container.put(blob("k", &bytes)).unwrap();
        assert_holds(&container, "k", &bytes);
        assert!(
            container.get_range("k", 0..len as u64 + 1).is_err(),
            "bytes left of a longer one"
        );
    }
}

pub(super) fn many_at_once<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    container.put_many(Vec::new()).unwrap();
    let blobs: Vec<_> = (0..300_u32)
        .map(|n| blob(&format!("p{}/n{n}", n % 3), &n.to_le_bytes()))
        .collect();
    container.put_many(blobs).unwrap();
    for n in 0..300_u32 {
        assert_holds(&container, &format!("p{}/n{n}", n % 3), &n.to_le_bytes());
    }
}

pub(super) fn the_last_of_two_is_kept<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    container
        .put_many(vec![
            blob("k", b"first"),
            blob("other", b"o"),
            blob("k", b"last"),
        ])
        .unwrap();
    assert_holds(&container, "k", b"last");
}

pub(super) fn bad_keys_stop_before_the_first_put<C: Container + ContainerWrite>(
    setup: &Setup<'_, C>,
) {
    let container = setup.empty();
    let blobs = vec![blob("good", b"1"), blob("a//b", b"2"), blob("also", b"3")];
    assert_refused(container.put_many(blobs), "a//b", "put_many");
    assert!(
        !container.contains("good").unwrap(),
        "a blob was put before a bad key was found"
    );
    assert!(!container.contains("also").unwrap());
}

/// Containers may keep both or refuse the second; the first is there either way.
fn beside<C: Container + ContainerWrite>(setup: &Setup<'_, C>, first: &str, second: &str) {
    let container = setup.with(&[(first, b"first")]);
    match container.put(blob(second, b"second")) {
        Ok(()) => assert_holds(&container, second, b"second"),
        Err(StoreError::KeyIsPrefix { key, other }) => {
            assert_eq!((key.as_str(), other.as_str()), (second, first));
            assert!(!container.contains(second).unwrap());
        }
        Err(other) => {
            panic!("{second:?} beside {first:?} is to be kept or KeyIsPrefix, and gave {other}")
        }
    }
    assert_holds(&container, first, b"first");
}

pub(super) fn a_key_below_a_key<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    beside(setup, "a", "a/b");
    beside(setup, "x/a", "x/a/b/c");
}

pub(super) fn a_key_above_a_key<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    beside(setup, "a/b", "a");
    beside(setup, "x/a/b/c", "x/a");
}

pub(super) fn deep_keys<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    let deep = vec!["d"; 60].join("/");
    container.put(blob(&deep, b"deep")).unwrap();
    assert_holds(&container, &deep, b"deep");
}

pub(super) fn slices_are_put_as_they_read<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    let whole = Buffer::copied_from(&pattern(100, 8));
    for (start, end) in [(0, 100), (1, 9), (33, 33), (99, 100)] {
        let mut put = blob("slice", &[]);
        put.bytes = whole.slice(start..end).unwrap();
        container.put(put).unwrap();
        assert_holds(&container, "slice", &pattern(100, 8)[start..end]);
    }
}

pub(super) fn bytes_read_before_stay_as_they_were<C: Container + ContainerWrite>(
    setup: &Setup<'_, C>,
) {
    for len in [8, 3 << 20] {
        let container = setup.with(&[("k", &pattern(len, 1))]);
        let before = container.get("k").unwrap();
        container.put(blob("k", &pattern(len, 2))).unwrap();
        assert_bytes(
            before.as_ref(),
            &pattern(len, 1),
            "what was read before the overwrite",
        );
    }
}

pub(super) fn readers_see_old_or_new<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    let (old, new) = (pattern(200_000, 1), pattern(150_001, 2));
    let container = setup.with(&[("k", &old)]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        let seen = container
                            .get("k")
                            .unwrap()
                            .expect("a blob being overwritten is there");
                        let seen = seen.bytes().unwrap();
                        assert!(
                            seen == old || seen == new,
                            "a mixture of {} bytes",
                            seen.len()
                        );
                    }
                })
            })
            .collect();
        for turn in 0..40 {
            container
                .put(blob("k", if turn % 2 == 0 { &new } else { &old }))
                .unwrap();
        }
        done.store(true, Ordering::Relaxed);
        for reader in readers {
            reader
                .join()
                .expect("a reader sees the old bytes or the new ones");
        }
    });
}

pub(super) fn many_writers<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    thread::scope(|scope| {
        for writer in 0..4_u8 {
            let container = &container;
            scope.spawn(move || {
                for n in 0..25_u8 {
                    container
                        .put(blob(&format!("w{writer}/n{n}"), &[writer, n]))
                        .unwrap();
                    container.put(blob("shared/all", &[writer; 64])).unwrap();
                }
            });
        }
    });
    for writer in 0..4_u8 {
        for n in 0..25_u8 {
            assert_holds(&container, &format!("w{writer}/n{n}"), &[writer, n]);
        }
    }
    let last = container.get("shared/all").unwrap().unwrap();
    let last = last.bytes().unwrap();
    assert!(
        last.len() == 64 && last.iter().all(|byte| *byte == last[0]),
        "a mixture of two writers"
    );
}

/// A container keeps device bytes where they are or refuses them; fetching them unasked is neither.
pub(super) fn device_bytes_are_not_fetched<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    let device = FakeDevice::new("fake:0");
    let up = device
        .upload(&[Buffer::copied_from(b"up there")])
        .unwrap()
        .remove(0);
    let container = setup.with(&[("k", b"host")]);
    let mut put = blob("k", &[]);
    put.bytes = up.clone();
    match container.put(put.clone()) {
        Ok(()) => assert_eq!(
            container.get("k").unwrap(),
            Some(up),
            "kept, but somewhere else"
        ),
        Err(StoreError::NotOnHost { key, place }) => {
            assert_eq!((key.as_str(), place.as_str()), ("k", "fake:0"));
            assert_holds(&container, "k", b"host");
            let error = container.put_many(vec![blob("first", b"1"), put]);
            assert!(
                matches!(error, Err(StoreError::NotOnHost { .. })),
                "{error:?}"
            );
        }
        Err(other) => {
            panic!("device bytes are to be kept as they are or NotOnHost, and gave {other}")
        }
    }
    assert_eq!(
        device.transfers().downloads,
        0,
        "device bytes were fetched unasked"
    );
}

pub(super) fn through_pointers<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    fn write(container: impl ContainerWrite) {
        container.put(blob("a", b"1")).unwrap();
        container
            .put_many(vec![blob("b", b"2"), blob("c", b"3")])
            .unwrap();
    }
    let container = Arc::new(setup.empty());
    write(&*container);
    write(&*container as &dyn ContainerWrite);
    write(Box::new(Arc::clone(&container)));
    for (key, bytes) in [("a", b"1"), ("b", b"2"), ("c", b"3")] {
        assert_holds(&container, key, bytes);
    }
}
