//! What a folder is beyond a container: names on disk, links, litter, foreign files, failures.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what is wrong by panicking"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gawky_buffer::Alignment;
use gawky_store::{
    Blob, Buffer, Container, ContainerConditional, ContainerDelete, ContainerList, ContainerWrite,
    DType, Directory, Fetch, StoreError, delete_prefix,
};
use tempfile::TempDir;

fn folder() -> (TempDir, Directory) {
    let home = tempfile::tempdir().unwrap();
    let folder = Directory::create(home.path().join("root")).unwrap();
    (home, folder)
}

fn blob(key: &str, bytes: &[u8]) -> Blob {
    Blob::new(key, DType::UInt8, Buffer::copied_from(bytes))
}

fn fetch(key: &str) -> Fetch {
    Fetch::whole(key, DType::UInt8)
}

/// Everything that lies anywhere below `root`, temporary files too.
fn files(root: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            }
            found.insert(entry.path().strip_prefix(root).unwrap().to_owned());
        }
    }
    found
}

fn names(root: &Path) -> Vec<String> {
    files(root)
        .iter()
        .map(|path| path.to_str().unwrap().replace('\\', "/"))
        .collect()
}

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
fn litter_of_the_dead_is_invisible() {
    let (_home, folder) = folder();
    folder.put(blob("d/k", b"1")).unwrap();
    fs::write(folder.root().join(".gawky-tmp-abcdef"), b"half of a bl").unwrap();
    fs::write(folder.root().join("d/.gawky-tmp-abcdef"), b"").unwrap();
    assert_eq!(folder.list("").unwrap(), ["d/k"]);
    assert_eq!(folder.get(".gawky-tmp-abcdef").unwrap(), None);
    folder.put(blob("d/k", b"2")).unwrap();
    assert_eq!(delete_prefix(&folder, "").unwrap(), 1);
}

#[test]
fn a_put_that_fails_leaves_nothing() {
    let (_home, folder) = folder();
    folder.put(blob("a/b", b"1")).unwrap();
    let before = files(folder.root());
    folder.put(blob("a", b"2")).unwrap_err();
    folder.put(blob("a/b/c", b"2")).unwrap_err();
    folder.put_if_absent(blob("a/b", b"2")).unwrap_err();
    folder.put_if_absent(blob("a", b"2")).unwrap_err();
    assert_eq!(files(folder.root()), before);
}

#[test]
fn overwriting_makes_a_new_file() {
    let (_home, folder) = folder();
    folder.put(blob("k", b"old")).unwrap();
    let mut open = fs::File::open(folder.path_of("k").unwrap()).unwrap();
    folder.put(blob("k", b"newer")).unwrap();
    let mut seen = String::new();
    std::io::Read::read_to_string(&mut open, &mut seen).unwrap();
    assert_eq!(seen, "old");
    assert_eq!(names(folder.root()), ["k"]);
}

#[test]
fn deleting_takes_empty_folders_along() {
    let (_home, folder) = folder();
    folder.put(blob("a/b/c", b"1")).unwrap();
    folder.put(blob("a/d", b"1")).unwrap();
    folder.delete("a/b/c").unwrap();
    assert_eq!(names(folder.root()), ["a", "a/d"]);
    folder.delete("a/d").unwrap();
    assert!(files(folder.root()).is_empty());
    fs::create_dir(folder.root().join("empty")).unwrap();
    folder
        .put(blob("empty", b"a folder that nobody needs gives way"))
        .unwrap();
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
fn reads_are_aligned() {
    let (_home, folder) = folder();
    for len in [1, 100, 5_000, 1 << 20, (1 << 20) + 3] {
        folder.put(blob("k", &vec![7; len])).unwrap();
        for answer in [
            folder.get("k").unwrap(),
            folder.get_range("k", 1..len as u64).unwrap(),
        ] {
            let answer = answer.unwrap();
            assert!(answer.is_empty() || answer.alignment().satisfies(Alignment::CACHE_LINE));
        }
    }
}

#[test]
fn a_folder_that_is_gone_is_an_error() {
    let (home, folder) = folder();
    folder.put(blob("k", b"1")).unwrap();
    fs::remove_dir_all(home.path().join("root")).unwrap();
    for error in [
        folder.get("k").unwrap_err(),
        folder.get("d/k").unwrap_err(),
        folder.get_range("k", 0..1).unwrap_err(),
        folder.size("k").unwrap_err(),
        folder.contains("k").unwrap_err(),
        folder.fetch(&[fetch("k")]).unwrap_err(),
        folder.list("").unwrap_err(),
        folder.list("d").unwrap_err(),
        folder.put(blob("k", b"2")).unwrap_err(),
        folder.delete("k").unwrap_err(),
        folder.get_versioned("k").unwrap_err(),
        folder.clone().follow_symlinks(true).get("d/k").unwrap_err(),
        folder.clone().follow_symlinks(true).list("d").unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Io { .. }), "{error}");
    }
    assert!(
        !home.path().join("root").exists(),
        "the folder came back by itself"
    );
    assert!(Directory::open(home.path().join("root")).is_err());
}

#[test]
fn a_file_is_no_folder() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("file");
    fs::write(&path, b"").unwrap();
    assert!(Directory::open(&path).is_err());
    assert!(Directory::create(&path).is_err());
}

#[test]
fn a_shrunken_file_is_out_of_range() {
    let (_home, folder) = folder();
    folder.put(blob("k", &[1; 100])).unwrap();
    let file = fs::File::options()
        .write(true)
        .open(folder.path_of("k").unwrap())
        .unwrap();
    file.set_len(29).unwrap();
    assert_eq!(folder.get("k").unwrap().unwrap().len(), 29);
    let error = folder.get_range("k", 8..40).unwrap_err();
    assert_eq!(
        error.to_string(),
        "bytes 8..40 of \"k\" were asked, but it has 29: it was truncated, or it belongs to other data than the \
         form and length that it is read with"
    );
}

#[test]
fn a_range_of_a_huge_hole_takes_its_own_bytes_only() {
    let (_home, folder) = folder();
    let file = fs::File::create(folder.root().join("hole")).unwrap();
    let Ok(()) = file.set_len(1 << 42) else {
        return; // This file system has no holes, or none so large.
    };
    let end = folder
        .get_range("hole", (1 << 42) - 8..1 << 42)
        .unwrap()
        .unwrap();
    assert_eq!(end.bytes().unwrap(), [0; 8]);
    let past = folder
        .get_range("hole", (1 << 42) - 8..u64::MAX)
        .unwrap_err();
    assert!(matches!(past, StoreError::OutOfRange { have, .. } if have == 1 << 42));
}

#[test]
fn versions_go_on_from_a_file_of_the_future() {
    // As a clock that was set back, or a slow one on another machine, leaves it.
    let (_home, folder) = folder();
    let first = folder.put_if_absent(blob("k", b"1")).unwrap();
    let path = folder.path_of("k").unwrap();
    let ahead = std::time::SystemTime::now() + std::time::Duration::from_secs(3_600);
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_modified(ahead).unwrap();
    let second = folder.version("k").unwrap().unwrap();
    assert_ne!(first, second, "a foreign change shows");
    let third = folder.put_if_match(blob("k", b"2"), &second).unwrap();
    assert_ne!(second, third);
    assert!(fs::metadata(&path).unwrap().modified().unwrap() > ahead);
}

#[test]
fn copies_of_a_handle_are_one_place_for_a_cache() {
    let (home, folder) = folder();
    let again = Directory::open(home.path().join("root/../root")).unwrap();
    assert_eq!(folder.id(), again.id());
    assert!(folder.id().unwrap().as_str().starts_with("file://"));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    #[test]
    fn of_many_the_one_that_cannot_be_deleted_is_named() {
        let (temporary, folder) = folder();
        let outside = temporary.path().join("outside");
        fs::create_dir(&outside).unwrap();
        symlink(&outside, folder.root().join("link")).unwrap();
        folder.put(blob("a", b"1")).unwrap();
        let error = folder.delete_many(&["a".into(), "link/x".into()]);
        assert_eq!(error.unwrap_err().key(), "link/x");
        assert!(!folder.contains("a").unwrap());
    }

    #[test]
    fn files_are_for_others_too() {
        let (_home, folder) = folder();
        folder.put(blob("k", b"1")).unwrap();
        let plain = folder.root().join("plain");
        fs::write(&plain, b"").unwrap();
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(folder.path_of("k").unwrap()), mode(plain));
    }

    #[test]
    fn links_within_the_folder_are_followed() {
        let (_home, folder) = folder();
        folder.put(blob("store/blob", b"1")).unwrap();
        symlink("store/blob", folder.root().join("name")).unwrap();
        symlink("store", folder.root().join("alias")).unwrap();
        symlink(".", folder.root().join("circle")).unwrap();
        assert_eq!(folder.get("name").unwrap().unwrap().bytes().unwrap(), b"1");
        assert_eq!(
            folder.get("alias/blob").unwrap().unwrap().bytes().unwrap(),
            b"1"
        );
        assert_eq!(folder.get("circle/circle/name").unwrap().unwrap().len(), 1);
        assert_eq!(folder.size("name").unwrap(), Some(1));
        assert_eq!(folder.list("").unwrap(), ["name", "store/blob"]);
        assert_eq!(folder.list("alias").unwrap(), ["alias/blob"]);
        folder.put(blob("name", b"22")).unwrap();
        assert_eq!(
            folder.get("store/blob").unwrap().unwrap().len(),
            1,
            "the link was replaced"
        );
    }

    #[test]
    fn links_that_lead_out_are_refused_unless_meant() {
        let (home, folder) = folder();
        let outside = home.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("secret"), b"s").unwrap();
        symlink(outside.join("secret"), folder.root().join("file")).unwrap();
        symlink("../outside", folder.root().join("dir")).unwrap();
        for error in [
            folder.get("file").unwrap_err(),
            folder.get_range("file", 0..1).unwrap_err(),
            folder.size("file").unwrap_err(),
            folder.get("dir/secret").unwrap_err(),
            folder.put(blob("dir/new", b"1")).unwrap_err(),
            folder.put_if_absent(blob("dir/new", b"1")).unwrap_err(),
            folder.delete("dir/secret").unwrap_err(),
            folder.list("dir").unwrap_err(),
            folder.list("dir/deeper").unwrap_err(),
        ] {
            assert!(matches!(error, StoreError::LeavesRoot { .. }), "{error}");
        }
        assert_eq!(names(&outside), ["secret"]);
        assert_eq!(
            folder.list("").unwrap(),
            ["file"],
            "so that get can say what is wrong with it"
        );

        let trusting = folder.clone().follow_symlinks(true);
        assert_eq!(
            trusting.get("file").unwrap().unwrap().bytes().unwrap(),
            b"s"
        );
        assert_eq!(trusting.list("dir").unwrap(), ["dir/secret"]);
        trusting.put(blob("dir/new", b"1")).unwrap();
        assert_eq!(names(&outside), ["new", "secret"]);

        folder.delete("file").unwrap();
        assert!(
            outside.join("secret").exists(),
            "the link went and not what it led to"
        );
    }

    #[test]
    fn a_link_to_nothing_is_not_missing() {
        let (_home, folder) = folder();
        symlink("not-there", folder.root().join("dangling")).unwrap();
        symlink("loop", folder.root().join("loop")).unwrap();
        for key in ["dangling", "loop"] {
            let error = folder.get(key).unwrap_err();
            assert!(matches!(error, StoreError::Io { .. }), "{error}");
        }
        assert_eq!(folder.list("").unwrap(), ["dangling", "loop"]);
    }

    #[test]
    fn devices_and_pipes_are_refused_at_once() {
        let (_home, folder) = folder();
        let folder = folder.follow_symlinks(true);
        symlink("/dev/zero", folder.root().join("zero")).unwrap();
        let pipe = folder.root().join("pipe");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        for key in ["zero", "pipe"] {
            let error = folder.get(key).unwrap_err();
            assert!(matches!(error, StoreError::NotAFile { .. }), "{error}");
            assert!(folder.get_range(key, 0..8).is_err());
            assert!(folder.size(key).is_err());
        }
        assert_eq!(folder.get("").unwrap_err().key(), "");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_file_that_tells_no_length_is_read_to_its_end() {
        let (_home, folder) = folder();
        symlink("/proc/version", folder.root().join("version")).unwrap();
        let folder = folder.follow_symlinks(true);
        let expected = fs::read("/proc/version").unwrap();
        assert!(!expected.is_empty());
        assert_eq!(
            folder.get("version").unwrap().unwrap().bytes().unwrap(),
            expected
        );
    }

    #[test]
    fn an_unreadable_folder_is_an_error() {
        let (_home, folder) = folder();
        folder.put(blob("closed/k", b"1")).unwrap();
        let closed = folder.root().join("closed");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
        if fs::read_dir(&closed).is_ok() {
            eprintln!("skipped: this user may read everything");
            return;
        }
        let answers = [
            folder.get("closed/k").map(drop),
            folder.list("").map(drop),
            folder.put(blob("closed/l", b"1")),
            folder.delete("closed/k"),
        ];
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
        for answer in answers {
            assert!(matches!(answer, Err(StoreError::Io { .. })), "{answer:?}");
        }
    }

    #[test]
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
    fn small_files_are_read_though_maps_are_wanted() {
        let (_home, folder) = folder();
        // SAFETY: nobody else touches the folder, and what this test changes in place is not mapped.
        #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
        let mapped = unsafe { folder.clone().mapped() };
        folder.put(blob("k", &[5; 10_000])).unwrap();
        let fetches = [0..10_000, 7..9].map(|range| Fetch::raw("k", Some(range)));
        let before = mapped.fetch(&fetches).unwrap();
        fs::write(folder.path_of("k").unwrap(), [6; 10_000]).unwrap();
        for (read, len) in before.into_iter().zip([10_000, 2]) {
            assert_eq!(read.unwrap().bytes().unwrap(), vec![5; len]);
        }
    }

    #[test]
    fn mapped_pages_outlive_the_name() {
        let (_home, folder) = folder();
        // SAFETY: nobody else touches the folder.
        #[allow(unsafe_code, reason = "choosing memory maps is unsafe")]
        let mapped = unsafe { folder.clone().mapped() };
        folder.put(blob("k", &[5; 10_000])).unwrap();
        folder.put(blob("empty", b"")).unwrap();
        let before = mapped.get("k").unwrap().unwrap();
        folder.put(blob("k", &[6; 10])).unwrap();
        folder.delete("k").unwrap();
        assert!(before.bytes().unwrap().iter().all(|byte| *byte == 5));
        assert!(mapped.get("empty").unwrap().unwrap().is_empty());
    }
}

/// Enough blobs at once that several threads write them.
fn many_blobs() -> Vec<Blob> {
    (0..50_u8)
        .map(|number| blob(&format!("a/{number}"), &vec![number; 200_000]))
        .collect()
}

#[test]
fn many_blobs_are_put_by_several_threads() {
    let (_home, folder) = folder();
    let folder = folder.threads(4);
    folder.put_many(many_blobs()).unwrap();
    for (number, blob) in many_blobs().into_iter().enumerate() {
        let read = folder.get(&blob.key).unwrap().unwrap();
        assert_eq!(read, blob.bytes, "{number}");
    }
    assert_eq!(folder.list("").unwrap().len(), 50);

    // Of two with one key the later is kept.
    let mut twice = many_blobs();
    twice.extend((0..50_u8).map(|number| blob(&format!("a/{number}"), &[number])));
    folder.put_many(twice).unwrap();
    for number in 0..50_u8 {
        let read = folder.get(&format!("a/{number}")).unwrap().unwrap();
        assert_eq!(read.bytes().unwrap(), [number]);
    }
}

#[test]
fn of_many_blobs_the_first_that_fails_is_told() {
    let (_home, folder) = folder();
    let folder = folder.threads(4);
    for taken in ["a/17/x", "a/40/x"] {
        folder.put(blob(taken, b"1")).unwrap();
    }
    let error = folder.put_many(many_blobs()).unwrap_err();
    assert!(
        matches!(&error, StoreError::KeyIsPrefix { key, .. } if key == "a/17"),
        "{error}"
    );
    // No draft is left, and no part of a blob.
    for key in folder.list("a").unwrap() {
        let len = folder.get(&key).unwrap().unwrap().len();
        assert!(
            len == 200_000 || key.ends_with("/x"),
            "{key} has {len} bytes"
        );
    }
    let left = names(folder.root());
    assert!(left.iter().all(|name| !name.contains(".gawky-tmp")));
}

/// What a writer left that died before its file had a name.
#[test]
fn drafts_go_when_they_are_old() {
    use std::time::Duration;

    use gawky_store::ContainerDelete;

    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::create(folder.path()).unwrap();
    directory
        .put(Blob::new(
            "a/kept",
            DType::UInt8,
            Buffer::from_vec(vec![1_u8]),
        ))
        .unwrap();
    let drafts = [
        ".gawky-tmp-123456789012",
        "a/.gawky-tmp-abcdefghijkl",
        "b/c/.gawky-tmp-x",
    ];
    std::fs::create_dir_all(folder.path().join("b/c")).unwrap();
    for name in drafts {
        std::fs::write(folder.path().join(name), [0; 9]).unwrap();
    }
    std::fs::write(folder.path().join("tmp-of-others"), []).unwrap();
    std::fs::write(folder.path().join(".gawky-lock"), []).unwrap();
    let hour = Duration::from_secs(3_600);
    assert_eq!(directory.delete_drafts(hour).unwrap(), 0);
    let (shared, erased): (_, Box<dyn gawky_store::Store>) =
        (std::sync::Arc::new(directory.clone()), Box::new(directory));
    assert_eq!(shared.delete_drafts(hour).unwrap(), 0);
    assert_eq!(erased.delete_drafts(Duration::ZERO).unwrap(), 3);
    assert_eq!(shared.list("").unwrap(), ["a/kept", "tmp-of-others"]);
    assert!(!folder.path().join("b").exists(), "nothing is left in it");
    assert!(folder.path().join(".gawky-lock").exists());
}
