//! Checks of [`ContainerList`].

use std::collections::BTreeSet;
use std::thread;

use gawky_store::{
    Container, ContainerDelete, ContainerList, ContainerWrite, StoreError, delete_prefix,
};

use super::Setup;
use super::keys::{BAD_KEYS, odd_keys as all_odd_keys};
use super::samples::blob;

const KEYS: [&str; 8] = [
    "6/f/x", "6/f/y/z", "6/f2", "6/faNT", "60", "a", "a-b/c", "b/a",
];

fn sample<C: Container>(setup: &Setup<'_, C>) -> C {
    let mut blobs: Vec<(&str, &[u8])> = KEYS.map(|key| (key, b"1".as_slice())).into();
    blobs.reverse();
    setup.with(&blobs)
}

pub(super) fn nothing<C: Container + ContainerList>(setup: &Setup<'_, C>) {
    let container = setup.empty();
    for prefix in ["", "a", "a/", "a/b/c"] {
        assert_eq!(container.list(prefix).unwrap(), [""; 0], "{prefix:?}");
    }
}

pub(super) fn everything_sorted<C: Container + ContainerList>(setup: &Setup<'_, C>) {
    assert_eq!(sample(setup).list("").unwrap(), KEYS);
}

pub(super) fn prefixes_are_paths<C: Container + ContainerList>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    let expected: [(&str, &[&str]); 9] = [
        ("6", &["6/f/x", "6/f/y/z", "6/f2", "6/faNT"]),
        ("6/", &["6/f/x", "6/f/y/z", "6/f2", "6/faNT"]),
        ("6/f", &["6/f/x", "6/f/y/z"]),
        ("6/f/", &["6/f/x", "6/f/y/z"]),
        ("6/f/y", &["6/f/y/z"]),
        ("6/fa", &[]),
        ("a-b", &["a-b/c"]),
        ("a-", &[]),
        ("b", &["b/a"]),
    ];
    for (prefix, keys) in expected {
        assert_eq!(container.list(prefix).unwrap(), keys, "{prefix:?}");
    }
}

pub(super) fn a_key_is_its_own_prefix<C: Container + ContainerList>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    assert_eq!(container.list("a").unwrap(), ["a"]);
    assert_eq!(container.list("6/f/x").unwrap(), ["6/f/x"]);
    assert_eq!(container.list("a/").unwrap(), [""; 0]);
    assert_eq!(container.list("6/f/x/").unwrap(), [""; 0]);
}

pub(super) fn a_prefix_of_nothing<C: Container + ContainerList>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    for prefix in ["nothing", "6/f/x/y", "a/b", "no/such/thing/", "A-B"] {
        let keys = container.list(prefix).unwrap();
        assert!(
            keys.is_empty() || !setup.case_sensitive,
            "{prefix:?} gave {keys:?}"
        );
    }
}

pub(super) fn bad_prefixes<C: Container + ContainerList>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    for prefix in BAD_KEYS
        .into_iter()
        .filter(|prefix| !["", "a/"].contains(prefix))
    {
        let answer = container.list(prefix);
        assert!(
            matches!(answer, Err(StoreError::InvalidKey { .. })),
            "{prefix:?} gave {answer:?}"
        );
    }
}

pub(super) fn odd_keys<C: Container + ContainerList>(setup: &Setup<'_, C>) {
    let keys = all_odd_keys();
    let container = (setup.fill)(keys.iter().map(|key| blob(key, b"1")).collect());
    let expected: BTreeSet<String> = keys.iter().cloned().collect();
    let listed = container.list("").unwrap();
    assert_eq!(listed, expected.into_iter().collect::<Vec<_>>());
    for key in &keys {
        assert_eq!(
            container.list(key).unwrap(),
            [key.as_str()],
            "prefix {key:?}"
        );
    }
    let long = "y".repeat(255);
    assert_eq!(container.list(&format!("{long}/")).unwrap().len(), 1);
}

pub(super) fn many_keys<C: Container + ContainerList>(setup: &Setup<'_, C>) {
    let mut keys: Vec<String> = (0..1_200)
        .map(|n| format!("part{}/node{n}-data", n % 5))
        .collect();
    let container = (setup.fill)(keys.iter().map(|key| blob(key, b"")).collect());
    keys.sort_unstable();
    assert_eq!(container.list("").unwrap(), keys);
    assert_eq!(container.list("part3").unwrap().len(), 240);
}

pub(super) fn listed_is_there<C: Container + ContainerList>(setup: &Setup<'_, C>) {
    let container = sample(setup);
    for key in container.list("").unwrap() {
        assert!(
            container.contains(&key).unwrap(),
            "{key:?} is listed and not there"
        );
    }
}

pub(super) fn through_pointers<C: Container + ContainerList>(setup: &Setup<'_, C>) {
    fn look(container: impl ContainerList) {
        assert_eq!(container.list("6/f").unwrap(), ["6/f/x", "6/f/y/z"]);
    }
    let container = sample(setup);
    look(&container);
    look(&container as &dyn ContainerList);
    look(Box::new(&container));
    look(std::sync::Arc::new(container));
}

pub(super) fn after_writing_and_deleting<
    C: Container + ContainerList + ContainerWrite + ContainerDelete,
>(
    setup: &Setup<'_, C>,
) {
    let container = setup.empty();
    container.put(blob("b", b"1")).unwrap();
    container.put(blob("a/x", b"1")).unwrap();
    container.put(blob("b", b"2")).unwrap();
    assert_eq!(container.list("").unwrap(), ["a/x", "b"]);
    container.delete("a/x").unwrap();
    assert_eq!(container.list("").unwrap(), ["b"]);
    assert_eq!(container.list("a").unwrap(), [""; 0]);
    let refused = container.put(blob("../b", b"2"));
    assert!(refused.is_err());
    assert_eq!(
        container.list("").unwrap(),
        ["b"],
        "a refused put left something behind"
    );
}

pub(super) fn prefixes_deleted_by_segment<
    C: Container + ContainerList + ContainerWrite + ContainerDelete,
>(
    setup: &Setup<'_, C>,
) {
    let container = sample(setup);
    assert_eq!(delete_prefix(&container, "6/f").unwrap(), 2);
    assert_eq!(container.list("6").unwrap(), ["6/f2", "6/faNT"]);
    assert_eq!(delete_prefix(&container, "6/f").unwrap(), 0);
    assert_eq!(delete_prefix(&container, "a/").unwrap(), 0);
    assert_eq!(delete_prefix(&container, "a").unwrap(), 1);
    assert_eq!(
        container.list("").unwrap(),
        ["6/f2", "6/faNT", "60", "a-b/c", "b/a"]
    );
    assert!(delete_prefix(&container, "../6").is_err());
}

pub(super) fn everything_deleted<
    C: Container + ContainerList + ContainerWrite + ContainerDelete,
>(
    setup: &Setup<'_, C>,
) {
    let container = sample(setup);
    assert_eq!(delete_prefix(&container, "").unwrap(), KEYS.len());
    assert_eq!(container.list("").unwrap(), [""; 0]);
    container
        .put(blob("6/f", b"a file where a folder was"))
        .unwrap();
    assert_eq!(container.list("").unwrap(), ["6/f"]);
}

pub(super) fn while_writing<C: Container + ContainerList + ContainerWrite + ContainerDelete>(
    setup: &Setup<'_, C>,
) {
    let container = setup.with(&[("stays/a", b"1"), ("stays/b", b"2")]);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for n in 0..60 {
                container
                    .put(blob(&format!("comes/n{}/x", n % 4), b"1"))
                    .unwrap();
                container.put(blob("stays/a", &[n])).unwrap();
                container.delete(&format!("comes/n{}/x", n % 4)).unwrap();
            }
        });
        while !writer.is_finished() {
            let keys = container.list("").unwrap();
            let foreign = keys
                .iter()
                .find(|key| !key.starts_with("comes/n") && !key.starts_with("stays/"));
            assert_eq!(foreign, None, "a name that nobody put");
            assert!(keys.is_sorted());
            assert_eq!(
                keys.iter().collect::<BTreeSet<_>>().len(),
                keys.len(),
                "a key listed twice"
            );
            assert!(keys.contains(&"stays/b".into()));
        }
        writer.join().expect("the writer writes");
    });
}
