//! Checks of [`ContainerConditional`].

use std::thread;

use gawky_buffer::{Buffer, Device};
use gawky_store::{
    Container, ContainerConditional, ContainerDelete, ContainerWrite, StoreError, Version,
};

use super::Setup;
use super::keys::{BAD_KEYS, assert_refused, odd_keys as all_odd_keys};
use super::samples::{assert_bytes, blob};
use crate::containers::FakeDevice;

#[track_caller]
fn assert_exists<T: std::fmt::Debug>(answer: Result<T, StoreError>, key: &str) {
    match answer {
        Err(StoreError::Exists { key: named }) => assert_eq!(named, key),
        other => panic!("creating {key:?} again is to be Exists, and gave {other:?}"),
    }
}

#[track_caller]
fn assert_mismatch<T: std::fmt::Debug>(
    answer: Result<T, StoreError>,
    old: &Version,
    now: Option<&Version>,
) {
    match answer {
        Err(error @ StoreError::VersionMismatch { .. }) => {
            assert!(error.is_conflict());
            let StoreError::VersionMismatch {
                expected, found, ..
            } = error
            else {
                return;
            };
            assert_eq!(&expected, old);
            assert_eq!(found.as_ref(), now);
        }
        other => panic!("an old version is to be VersionMismatch, and gave {other:?}"),
    }
}

#[track_caller]
fn assert_holds<C: ContainerConditional>(
    container: &C,
    key: &str,
    bytes: &[u8],
    version: &Version,
) {
    let (seen, at) = container.get_versioned(key).unwrap().expect("it was put");
    assert_bytes(Some(&seen), bytes, key);
    assert_eq!(&at, version, "version of {key}");
}

pub(super) fn created_once<C: ContainerConditional>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    let version = container.put_if_absent(blob("dir/k", b"first")).unwrap();
    assert_holds(&container, "dir/k", b"first", &version);
    assert_exists(container.put_if_absent(blob("dir/k", b"second")), "dir/k");
    assert_holds(&container, "dir/k", b"first", &version);
}

pub(super) fn replaced_at_its_version<C: ContainerConditional>(setup: &Setup<'_, C>) {
    let container = setup.with(&[("k", b"0")]);
    let (_, mut version) = container.get_versioned("k").unwrap().unwrap();
    for text in ["a", "longer", "", "same", "same"] {
        version = container
            .put_if_match(blob("k", text.as_bytes()), &version)
            .unwrap();
        assert_holds(&container, "k", text.as_bytes(), &version);
    }
}

pub(super) fn not_replaced_at_another<C: ContainerConditional>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    let first = container.put_if_absent(blob("k", b"1")).unwrap();
    let second = container.put_if_match(blob("k", b"2"), &first).unwrap();
    assert_mismatch(
        container.put_if_match(blob("k", b"3"), &first),
        &first,
        Some(&second),
    );
    let nonsense = Version::new("nonsense");
    assert_mismatch(
        container.put_if_match(blob("k", b"3"), &nonsense),
        &nonsense,
        Some(&second),
    );
    assert_holds(&container, "k", b"2", &second);
}

pub(super) fn not_replaced_when_gone<C: ContainerConditional + ContainerDelete>(
    setup: &Setup<'_, C>,
) {
    let container = setup.empty();
    let version = container.put_if_absent(blob("k", b"1")).unwrap();
    container.delete("k").unwrap();
    assert_mismatch(
        container.put_if_match(blob("k", b"2"), &version),
        &version,
        None,
    );
    assert!(container.get_versioned("k").unwrap().is_none());
    assert_mismatch(
        container.put_if_match(blob("no/such/k", b"2"), &version),
        &version,
        None,
    );
}

pub(super) fn versions_change_with_every_put<C: ContainerConditional + ContainerWrite>(
    setup: &Setup<'_, C>,
) {
    let container = setup.with(&[("k", b"same")]);
    let mut seen = vec![container.get_versioned("k").unwrap().unwrap().1];
    for n in 0..50 {
        let bytes = if setup.by_content {
            &[n]
        } else {
            b"same".as_slice()
        };
        container.put(blob("k", bytes)).unwrap();
        let version = container.get_versioned("k").unwrap().unwrap().1;
        assert!(!seen.contains(&version), "{version} was there before");
        seen.push(version);
    }
}

pub(super) fn versions_stay_without_a_put<
    C: ContainerConditional + ContainerWrite + ContainerDelete,
>(
    setup: &Setup<'_, C>,
) {
    let container = setup.with(&[("k", b"1"), ("other", b"2")]);
    let before = container.get_versioned("k").unwrap().unwrap().1;
    container.put(blob("other", b"3")).unwrap();
    container.delete("other").unwrap();
    assert_eq!(container.get_versioned("k").unwrap().unwrap().1, before);
}

pub(super) fn versions_do_not_come_back<C: ContainerConditional>(setup: &Setup<'_, C>) {
    if setup.by_content {
        return;
    }
    let container = setup.empty();
    let first = container.put_if_absent(blob("k", b"a")).unwrap();
    let second = container.put_if_match(blob("k", b"b"), &first).unwrap();
    let third = container.put_if_match(blob("k", b"a"), &second).unwrap();
    assert_mismatch(
        container.put_if_match(blob("k", b"c"), &first),
        &first,
        Some(&third),
    );
}

pub(super) fn both_ways_of_asking_agree<C: Container + ContainerConditional>(setup: &Setup<'_, C>) {
    let container = setup.with(&[("k", b"1")]);
    let version = container.get_versioned("k").unwrap().unwrap().1;
    if let Some(other) = container.version("k").unwrap() {
        assert_eq!(version, other);
    }
}

pub(super) fn created_again_after_delete<C: ContainerConditional + ContainerDelete>(
    setup: &Setup<'_, C>,
) {
    let container = setup.empty();
    let first = container.put_if_absent(blob("k", b"1")).unwrap();
    container.delete("k").unwrap();
    let again = if setup.by_content { b"2" } else { b"1" };
    let second = container.put_if_absent(blob("k", again)).unwrap();
    assert_ne!(first, second);
    assert_mismatch(
        container.put_if_match(blob("k", b"3"), &first),
        &first,
        Some(&second),
    );
}

pub(super) fn nothing_has_no_version<C: ContainerConditional>(setup: &Setup<'_, C>) {
    let container = setup.with(&[("a/b", b"1")]);
    for key in ["k", "a", "a/b/c"] {
        assert!(container.get_versioned(key).unwrap().is_none(), "{key:?}");
    }
}

pub(super) fn bad_keys<C: ContainerConditional>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    for key in BAD_KEYS {
        assert_refused(container.get_versioned(key), key, "get_versioned");
        assert_refused(
            container.put_if_absent(blob(key, b"")),
            key,
            "put_if_absent",
        );
        let version = Version::new("v");
        assert_refused(
            container.put_if_match(blob(key, b""), &version),
            key,
            "put_if_match",
        );
    }
}

pub(super) fn odd_keys<C: ContainerConditional>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    for key in all_odd_keys() {
        let version = container.put_if_absent(blob(&key, b"1")).unwrap();
        let version = container.put_if_match(blob(&key, b"2"), &version).unwrap();
        assert_holds(&container, &key, b"2", &version);
    }
}

pub(super) fn device_bytes_are_not_fetched<C: ContainerConditional>(setup: &Setup<'_, C>) {
    let device = FakeDevice::new("fake:0");
    let mut put = blob("k", &[]);
    put.bytes = device
        .upload(&[Buffer::copied_from(b"up")])
        .unwrap()
        .remove(0);
    match container_refuses(&setup.empty(), put) {
        None | Some(StoreError::NotOnHost { .. }) => {}
        Some(other) => {
            panic!("device bytes are to be kept as they are or NotOnHost, and gave {other}")
        }
    }
    assert_eq!(
        device.transfers().downloads,
        0,
        "device bytes were fetched unasked"
    );
}

fn container_refuses<C: ContainerConditional>(
    container: &C,
    put: gawky_buffer::Blob,
) -> Option<StoreError> {
    container.put_if_absent(put).err()
}

pub(super) fn one_of_many_creates<C: ContainerConditional + Sync>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    for round in 0..10 {
        let key = format!("dir/k{round}");
        let winners: usize = thread::scope(|scope| {
            let all: Vec<_> = (0..4_u8)
                .map(|writer| {
                    let (container, key) = (&container, &key);
                    scope.spawn(
                        move || match container.put_if_absent(blob(key, &[writer; 100])) {
                            Ok(_) => 1,
                            Err(StoreError::Exists { .. }) => 0,
                            Err(other) => panic!("{other}"),
                        },
                    )
                })
                .collect();
            all.into_iter()
                .map(|writer| writer.join().expect("a writer"))
                .sum()
        });
        assert_eq!(winners, 1, "writers that created {key:?}");
    }
}

pub(super) fn no_update_is_lost<C: ContainerConditional + Sync>(setup: &Setup<'_, C>) {
    let container = setup.with(&[("counter", &[0])]);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    loop {
                        let (bytes, version) = container.get_versioned("counter").unwrap().unwrap();
                        let next = bytes.bytes().unwrap()[0] + 1;
                        match container.put_if_match(blob("counter", &[next]), &version) {
                            Ok(_) => break,
                            Err(error) => assert!(error.is_conflict(), "{error}"),
                        }
                    }
                }
            });
        }
    });
    let (bytes, _) = container.get_versioned("counter").unwrap().unwrap();
    assert_eq!(bytes.bytes().unwrap(), [100]);
}

pub(super) fn through_pointers<C: ContainerConditional>(setup: &Setup<'_, C>) {
    fn swap(container: impl ContainerConditional, key: &str) {
        let version = container.put_if_absent(blob(key, b"1")).unwrap();
        let version = container.put_if_match(blob(key, b"2"), &version).unwrap();
        assert_eq!(container.get_versioned(key).unwrap().unwrap().1, version);
    }
    let container = setup.empty();
    swap(&container, "a");
    swap(&container as &dyn ContainerConditional, "b");
    swap(Box::new(&container), "c");
    swap(std::sync::Arc::new(container), "d");
}
