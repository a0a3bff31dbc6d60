//! Checks of [`ContainerDelete`].

use std::sync::Arc;
use std::thread;

use gawky_store::{Container, ContainerDelete, ContainerWrite};

use super::Setup;
use super::samples::{assert_bytes, blob, pattern};
use super::writing::assert_holds;

pub(super) fn deleted<C: Container + ContainerDelete>(setup: &Setup<'_, C>) {
    let container = setup.with(&[("a", b"1"), ("d/e", b"2"), ("d/f", b"3")]);
    for key in ["a", "d/e"] {
        container.delete(key).unwrap();
        assert_eq!(container.get(key).unwrap(), None);
        assert_eq!(container.size(key).unwrap(), None);
        assert!(!container.contains(key).unwrap());
        assert_eq!(container.version(key).unwrap(), None);
    }
    assert_holds(&container, "d/f", b"3");
}

pub(super) fn deleting_nothing_is_fine<C: Container + ContainerDelete>(setup: &Setup<'_, C>) {
    let container = setup.with(&[("a", b"1"), ("d/e", b"2")]);
    for key in ["nothing", "no/such/thing", "a/b", "d", "d/e/f"] {
        container.delete(key).unwrap();
    }
    container.delete("a").unwrap();
    container.delete("a").unwrap();
    assert_holds(&container, "d/e", b"2");
}

pub(super) fn deleted_many<C: Container + ContainerDelete>(setup: &Setup<'_, C>) {
    let container = setup.with(&[("a", b"1"), ("b/c", b"2"), ("b/d", b"3"), ("e", b"4")]);
    container.delete_many(&[]).unwrap();
    container
        .delete_many(&["a".into(), "b/c".into(), "nothing".into(), "a".into()])
        .unwrap();
    assert!(!container.contains("a").unwrap());
    assert!(!container.contains("b/c").unwrap());
    assert_holds(&container, "b/d", b"3");
    assert_holds(&container, "e", b"4");
}

pub(super) fn put_again_after_delete<C: Container + ContainerWrite + ContainerDelete>(
    setup: &Setup<'_, C>,
) {
    let container = setup.empty();
    for round in 0..5 {
        for key in ["x", "deep/er/x"] {
            container.put(blob(key, &[round])).unwrap();
            assert_holds(&container, key, &[round]);
            container.delete(key).unwrap();
            assert!(!container.contains(key).unwrap());
        }
    }
}

pub(super) fn neighbours_stay<C: Container + ContainerDelete>(setup: &Setup<'_, C>) {
    let container = setup.with(&[
        ("6/f/x", b"1"),
        ("6/faNT", b"2"),
        ("6/f2", b"3"),
        ("6x", b"4"),
        ("66/f", b"5"),
    ]);
    container.delete("6/f/x").unwrap();
    for (key, bytes) in [
        ("6/faNT", b"2"),
        ("6/f2", b"3"),
        ("6x", b"4"),
        ("66/f", b"5"),
    ] {
        assert_holds(&container, key, bytes);
    }
}

pub(super) fn puts_and_deletes_at_once<C: Container + ContainerWrite + ContainerDelete>(
    setup: &Setup<'_, C>,
) {
    let container = setup.empty();
    thread::scope(|scope| {
        for writer in 0..4_u8 {
            let container = &container;
            scope.spawn(move || {
                let key = format!("one/two/w{writer}");
                for n in 0..50 {
                    container.put(blob(&key, &[n])).unwrap();
                    assert_holds(container, &key, &[n]);
                    container.delete(&key).unwrap();
                    assert!(!container.contains(&key).unwrap());
                }
            });
        }
    });
}

/// Where a key cannot be kept beside another, it can once the other is gone.
pub(super) fn a_key_in_place_of_one_above_or_below<
    C: Container + ContainerWrite + ContainerDelete,
>(
    setup: &Setup<'_, C>,
) {
    for (first, second) in [("a", "a/b"), ("x/a", "x/a/b/c")] {
        for (first, second) in [(first, second), (second, first)] {
            let container = setup.with(&[(first, b"first")]);
            container.delete(first).unwrap();
            container.put(blob(second, b"second")).unwrap();
            assert_holds(&container, second, b"second");
            assert!(!container.contains(first).unwrap());
        }
    }
}

pub(super) fn deep_keys_deleted<C: Container + ContainerDelete>(setup: &Setup<'_, C>) {
    let deep = vec!["d"; 60].join("/");
    let container = setup.with(&[(&deep, b"deep")]);
    container.delete(&deep).unwrap();
    assert!(!container.contains(&deep).unwrap());
}

pub(super) fn bytes_read_before_outlive_the_delete<C: Container + ContainerDelete>(
    setup: &Setup<'_, C>,
) {
    for len in [8, 3 << 20] {
        let container = setup.with(&[("k", &pattern(len, 1))]);
        let before = container.get("k").unwrap();
        container.delete("k").unwrap();
        assert_bytes(
            before.as_ref(),
            &pattern(len, 1),
            "what was read before the delete",
        );
    }
}

pub(super) fn deleted_through_pointers<C: Container + ContainerDelete>(setup: &Setup<'_, C>) {
    fn delete(container: impl ContainerDelete, one: &str, other: &str) {
        container.delete(one).unwrap();
        container.delete_many(&[other.into()]).unwrap();
    }
    let keys = ["a", "b", "c", "d", "e", "f"];
    let container = Arc::new(setup.with(&keys.map(|key| (key, &b"1"[..]))));
    delete(&*container, "a", "b");
    delete(&*container as &dyn ContainerDelete, "c", "d");
    delete(Box::new(Arc::clone(&container)), "e", "f");
    for key in keys {
        assert!(!container.contains(key).unwrap(), "{key:?}");
    }
}
