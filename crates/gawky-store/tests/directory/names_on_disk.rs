//! Where a blob lies on disk, and under which keys there is none.

use std::fs;

use gawky_store::{
    Container, ContainerDelete, ContainerList, ContainerWrite, Directory, StoreError,
};

use super::{blob, files, folder, names};

#[test]
fn what_python_would_open() {
    let (_home, folder) = folder();
    folder.put(blob("part0-node1-offsets", b"abc")).unwrap();
    folder.put(blob("run 7/mäggi[0]", b"de")).unwrap();
    assert_eq!(
        names(folder.root()),
        ["part0-node1-offsets", "run 7", "run 7/mäggi[0]"]
    );
    assert_eq!(
        fs::read(folder.root().join("run 7/mäggi[0]")).unwrap(),
        b"de"
    );
}

#[test]
fn what_python_wrote() {
    let (_home, folder) = folder();
    fs::create_dir_all(folder.root().join("events")).unwrap();
    fs::write(folder.root().join("events/node0-data"), b"1234").unwrap();
    fs::write(folder.root().join("100%"), b"no key is written so").unwrap();
    fs::write(folder.root().join("a%2fb"), b"nor so").unwrap();
    assert_eq!(folder.list("").unwrap(), ["events/node0-data"]);
    assert_eq!(
        folder
            .get_range("events/node0-data", 1..3)
            .unwrap()
            .unwrap()
            .bytes()
            .unwrap(),
        b"23"
    );
    assert_eq!(folder.get("100%").unwrap(), None);
    assert_eq!(folder.get("a/b").unwrap(), None);
}

#[test]
fn names_on_disk_are_encoded_and_stay_inside() {
    let (home, folder) = folder();
    let keys = ["100%", "a%2Fb", "CON", "a:b", "dot.", "..a", "..."];
    for key in keys {
        folder.put(blob(key, b"1")).unwrap();
        assert!(folder.path_of(key).unwrap().is_file());
    }
    assert_eq!(
        names(folder.root()),
        [
            "%43ON", "..%2E", "..a", "100%25", "a%252Fb", "a%3Ab", "dot%2E"
        ]
    );
    for key in [
        "../x",
        "/abs",
        "a//b",
        "a/./b",
        "",
        "C:\\x",
        "nul\0",
        "a/../../x",
    ] {
        assert!(folder.put(blob(key, b"1")).is_err(), "{key:?}");
        assert!(folder.path_of(key).is_err(), "{key:?}");
    }
    assert_eq!(files(home.path()).len(), 1 + keys.len());
}

#[test]
fn a_long_name_is_a_chain() {
    let (_home, folder) = folder();
    let key = format!("{}/{}", "x".repeat(300), "y".repeat(255));
    folder.put(blob(&key, b"long")).unwrap();
    let expected = [
        format!("{}%", "x".repeat(240)),
        format!("+{}", "x".repeat(60)),
        "y".repeat(255),
    ];
    assert_eq!(
        folder.path_of(&key).unwrap(),
        folder.root().join(expected.join("/"))
    );
    assert_eq!(folder.list("").unwrap(), [key.as_str()]);
    assert_eq!(folder.list(&"x".repeat(300)).unwrap(), [key.as_str()]);
    assert_eq!(folder.list(&"x".repeat(240)).unwrap(), [""; 0]);
    folder.delete(&key).unwrap();
    assert!(
        files(folder.root()).is_empty(),
        "the chain went with its file"
    );
}

#[test]
#[cfg(unix)]
fn a_name_that_is_too_deep_is_an_error() {
    let (_home, folder) = folder();
    let key = vec!["deep".repeat(50); 50].join("/");
    assert!(matches!(
        folder.get(&key),
        Ok(None) | Err(StoreError::Io { .. })
    ));
    let error = folder.put(blob(&key, b"1")).unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }), "{error}");
    assert!(files(folder.root()).is_empty(), "folders were left");
}

#[test]
fn a_key_and_a_folder_of_one_name() {
    let (_home, folder) = folder();
    folder.put(blob("x/a", b"1")).unwrap();
    let below = folder.put(blob("x/a/b", b"2")).unwrap_err();
    assert_eq!(
        below.to_string(),
        "\"x/a/b\" cannot be kept beside \"x/a\", because a folder cannot hold a file and a folder of one \
         name: rename one of them, or delete \"x/a\" first"
    );
    let above = folder.put(blob("x", b"2")).unwrap_err();
    assert!(matches!(above, StoreError::KeyIsPrefix { other, .. } if other == "x/a"));
    // Of many at once, none is written.
    let many = ["new", "y/b-c", "y/b", "y/b/c"].map(|key| blob(key, b"3"));
    let both = folder.put_many(many.into()).unwrap_err();
    assert!(
        matches!(&both, StoreError::KeyIsPrefix { key, other } if key == "y/b/c" && other == "y/b"),
        "{both}"
    );
    assert_eq!(names(folder.root()), ["x", "x/a"]);
}

#[test]
fn copies_of_a_handle_are_one_place_for_a_cache() {
    let (home, folder) = folder();
    let again = Directory::open(home.path().join("root/../root")).unwrap();
    assert_eq!(folder.id(), again.id());
    assert!(folder.id().unwrap().as_str().starts_with("file://"));
}
