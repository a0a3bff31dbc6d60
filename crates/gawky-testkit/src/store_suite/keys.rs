//! Checks of what may be a key and what may not.

use gawky_buffer::Blob;
use gawky_store::{Container, ContainerDelete, ContainerWrite, StoreError};

use super::Setup;
use super::samples::{assert_bytes, blob, fetch};

/// Keys that have broken other libraries; none differs from another in case only.
pub(super) fn odd_keys() -> Vec<String> {
    let mut keys: Vec<String> = [
        "mäggi",
        "[foo]",
        "~x",
        "100%",
        "a%2Fb",
        "a,b!c",
        "CON",
        "nul.txt",
        "x/AUX/y",
        "with space",
        " leading",
        "trailing ",
        "dot.",
        "...",
        "..a",
        ".hidden",
        "a:b",
        "C:x",
        "a\\b",
        "*?",
        "<|>",
        "\"quoted\"",
        "'",
        "`$HOME`",
        "line\nbreak",
        "tab\t",
        "日本語/キー",
        "😀",
        "%",
        "%%",
        "%41",
        "%E4",
        "+",
        "a+b",
        "a&b=c#d;e",
        "-rf",
        "{id}",
        "e\u{301}",
        "\u{200b}",
        "\u{7f}",
        "0",
        "-",
        "_",
        "part0-node1-offsets",
        "a.b/c.d",
        "@",
        "dataset.json",
        // As stores call their errors.
        "NoSuchBucket",
        "x/ContainerNotFound",
        "<Code>NoSuchBucket</Code>",
        "\"The specified bucket does not exist.\"",
        "416 Range Not Satisfiable: 404",
        ".gawky-lock",
        ".gawky-tmp-0",
    ]
    .map(str::to_owned)
    .into();
    keys.push("x".repeat(300));
    keys.push("ä".repeat(300));
    keys.push("%".repeat(300));
    keys.push(format!("{}/{}", "y".repeat(255), "z".repeat(256)));
    keys
}

/// Keys that no container accepts.
pub(super) const BAD_KEYS: [&str; 18] = [
    "",
    "../x",
    "..",
    ".",
    "a/../b",
    "a/..",
    "a/./b",
    "./a",
    "/abs",
    "/",
    "//",
    "a//b",
    "a/",
    "C:\\x",
    "C:/x",
    "\\\\host\\share",
    "..\\x",
    "nul\0byte",
];

fn bytes_of(key: &str) -> Vec<u8> {
    [b"bytes of ", key.as_bytes()].concat()
}

fn odd_blobs() -> Vec<Blob> {
    odd_keys()
        .iter()
        .map(|key| blob(key, &bytes_of(key)))
        .collect()
}

pub(super) fn odd_keys_read<C: Container>(setup: &Setup<'_, C>) {
    let container = (setup.fill)(odd_blobs());
    let keys = odd_keys();
    for key in &keys {
        assert_bytes(container.get(key).unwrap().as_ref(), &bytes_of(key), key);
        assert_bytes(container.get_range(key, 6..8).unwrap().as_ref(), b"of", key);
    }
    let fetches: Vec<_> = keys.iter().map(|key| fetch(key, None)).collect();
    for (key, answer) in keys.iter().zip(container.fetch(&fetches).unwrap()) {
        assert_bytes(answer.as_ref(), &bytes_of(key), key);
    }
}

pub(super) fn odd_keys_come_and_go<C: Container + ContainerWrite + ContainerDelete>(
    setup: &Setup<'_, C>,
) {
    let container = setup.empty();
    for key in odd_keys() {
        assert!(
            !container.contains(&key).unwrap(),
            "{key:?} before it is put"
        );
        container.put(blob(&key, &bytes_of(&key))).unwrap();
        assert_bytes(container.get(&key).unwrap().as_ref(), &bytes_of(&key), &key);
    }
    for key in odd_keys() {
        container.delete(&key).unwrap();
        assert!(
            !container.contains(&key).unwrap(),
            "{key:?} after it is deleted"
        );
    }
}

pub(super) fn look_alikes_are_missing<C: Container>(setup: &Setup<'_, C>) {
    let pairs = [
        ("a%2Fb", "a/b"),
        ("100%", "100%25"),
        ("a%3Ab", "a:b"),
        ("%43ON", "CON"),
        ("x%20", "x "),
        ("a+b", "a b"),
        ("mäggi", "ma\u{308}ggi"),
        ("dir/x", "dir\\x"),
        ("x.y", "x/y"),
        ("~x", "x"),
        ("0", "00"),
    ];
    for (there, other) in pairs {
        for (there, other) in [(there, other), (other, there)] {
            let container = setup.with(&[(there, b"1")]);
            assert!(container.contains(there).unwrap(), "{there:?}");
            assert_eq!(
                container.get(other).unwrap(),
                None,
                "{other:?} where there is {there:?}"
            );
        }
    }
}

pub(super) fn keys_differing_in_case<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    if !setup.case_sensitive {
        return;
    }
    let container = setup.with(&[
        ("A", b"upper"),
        ("a", b"lower"),
        ("x/Y", b"1"),
        ("x/y", b"2"),
    ]);
    for (key, bytes) in [("A", "upper"), ("a", "lower"), ("x/Y", "1"), ("x/y", "2")] {
        assert_bytes(container.get(key).unwrap().as_ref(), bytes.as_bytes(), key);
    }
}

#[track_caller]
pub(super) fn assert_refused<T: std::fmt::Debug>(
    answer: Result<T, StoreError>,
    key: &str,
    what: &str,
) {
    match answer {
        Err(StoreError::InvalidKey { key: named, .. }) => assert_eq!(named, key, "{what}"),
        other => {
            panic!("{what} of the key {key:?} is to be refused as InvalidKey, and gave {other:?}")
        }
    }
}

pub(super) fn bad_keys_are_not_read<C: Container>(setup: &Setup<'_, C>) {
    let container = setup.with(&[("a", b"1"), ("b/c", b"2")]);
    for key in BAD_KEYS {
        assert_refused(container.get(key), key, "get");
        assert_refused(container.get_range(key, 0..1), key, "get_range");
        assert_refused(container.get_range(key, 3..3), key, "an empty get_range");
        assert_refused(container.size(key), key, "size");
        assert_refused(container.contains(key), key, "contains");
        assert_refused(
            container.fetch(&[fetch("a", None), fetch(key, None)]),
            key,
            "fetch",
        );
        assert_refused(
            container.fetch(&[fetch(key, Some(0..1))]),
            key,
            "fetch of a range",
        );
        assert_refused(
            container.fetch(&[fetch(key, Some(1..1))]),
            key,
            "fetch of an empty range",
        );
    }
}

pub(super) fn bad_keys_are_not_written<C: Container + ContainerWrite>(setup: &Setup<'_, C>) {
    let container = setup.with(&[("a", b"1"), ("b", b"2")]);
    for key in BAD_KEYS {
        assert_refused(container.put(blob(key, b"x")), key, "put");
    }
    assert_bytes(container.get("a").unwrap().as_ref(), b"1", "a");
    assert_bytes(container.get("b").unwrap().as_ref(), b"2", "b");
}

pub(super) fn bad_keys_are_not_deleted<C: Container + ContainerDelete>(setup: &Setup<'_, C>) {
    let container = setup.with(&[("a", b"1"), ("b", b"2")]);
    for key in BAD_KEYS {
        assert_refused(container.delete(key), key, "delete");
        assert_refused(
            container.delete_many(&["b".into(), key.into()]),
            key,
            "delete_many",
        );
    }
    assert_bytes(container.get("a").unwrap().as_ref(), b"1", "a");
    assert_bytes(container.get("b").unwrap().as_ref(), b"2", "b");
}

pub(super) fn the_other_case_stays<C: Container + ContainerDelete>(setup: &Setup<'_, C>) {
    if !setup.case_sensitive {
        return;
    }
    let container = setup.with(&[("A", b"upper"), ("a", b"lower")]);
    container.delete("A").unwrap();
    assert_bytes(container.get("a").unwrap().as_ref(), b"lower", "a");
}
