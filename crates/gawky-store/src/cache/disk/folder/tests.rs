//! What the folder does beneath the cache.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

use super::*;

fn id() -> ContainerId {
    ContainerId::new("s3://bucket/events")
}

fn insert(folder: &Folder, key: &str, size: usize) -> Option<u64> {
    let mut draft = folder.draft().unwrap();
    draft.file().write_all(&vec![7; size]).unwrap();
    folder
        .insert(draft, &folder.path_of(&id(), key, None))
        .unwrap()
}

/// As though the entry had been used at this second.
fn used(folder: &Folder, key: &str, second: u64) {
    let file = File::open(folder.path_of(&id(), key, None)).unwrap();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
    file.set_times(FileTimes::new().set_modified(time)).unwrap();
}

fn has(folder: &Folder, key: &str) -> bool {
    folder.path_of(&id(), key, None).exists()
}

fn drafts(folder: &Folder) -> usize {
    files_in(&folder.home.join("drafts")).unwrap().len()
}

#[test]
fn the_least_recently_used_goes_first() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path(), 300).unwrap();
    for (second, key) in (1..).zip(["a", "b", "c"]) {
        assert_eq!(insert(&folder, key, 90), Some(0));
        used(&folder, key, second);
    }
    used(&folder, "a", 100);
    assert_eq!(insert(&folder, "d", 90), Some(1));
    let there = ["a", "b", "c", "d"].map(|key| has(&folder, key));
    assert_eq!(there, [true, false, true, true]);
    assert_eq!(folder.usage().unwrap(), (3, 270));
}

#[test]
fn there_is_never_more_than_fits() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path(), 1_000).unwrap();
    for n in 0..200_usize {
        let size = n * 37 % 400;
        assert!(insert(&folder, &format!("k{}", n % 50), size).is_some());
        let (_, bytes) = folder.usage().unwrap();
        assert!(bytes <= 1_000, "{bytes} bytes after entry {n}");
        let counted = folder.lock().unwrap().unwrap().usage().unwrap();
        assert_eq!(counted, Some(bytes), "the sum that is kept is right");
    }
    assert_eq!(insert(&folder, "too large", 1_001), None);
    assert!(insert(&folder, "all of it", 1_000).is_some());
    assert_eq!(folder.usage().unwrap(), (1, 1_000));
    folder.clear().unwrap();
    assert_eq!(folder.usage().unwrap(), (0, 0));
    assert_eq!(drafts(&folder), 0);
}

/// So that not every entry that comes looks for one that goes.
#[test]
fn some_room_more_is_made_than_is_needed() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path(), 1_600).unwrap();
    for (second, n) in (1..).zip(0..16) {
        assert_eq!(insert(&folder, &format!("k{n}"), 100), Some(0));
        used(&folder, &format!("k{n}"), second);
    }
    // A sixteenth of the capacity is to be free after it.
    assert_eq!(insert(&folder, "next", 10), Some(2));
    assert_eq!(folder.usage().unwrap(), (15, 1_410));
}

/// While it is being replaced an entry counts twice, and once afterwards.
#[test]
fn what_is_replaced_leaves_the_sum() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path(), 1_000).unwrap();
    for (size, before) in [(100, 0), (400, 100), (0, 400), (500, 0)] {
        assert_eq!(folder.usage().unwrap().1, before);
        assert_eq!(insert(&folder, "k", size), Some(0));
        let counted = folder.lock().unwrap().unwrap().usage().unwrap();
        assert_eq!(counted, Some(size as u64));
    }
}

#[test]
fn a_smaller_capacity_makes_room_when_it_is_opened() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path(), 1_000).unwrap();
    for key in ["a", "b", "c"] {
        insert(&folder, key, 300);
    }
    let smaller = Folder::open(home.path(), 500).unwrap();
    assert_eq!(smaller.usage().unwrap(), (1, 300));
}

#[test]
fn a_sum_that_is_lost_or_damaged_is_counted_again() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path(), 1_000).unwrap();
    for damage in [&b""[..], b"short", &[0xFF; 12], &[0; 12], &[0; 20]] {
        insert(&folder, "a", 300);
        insert(&folder, "b", 300);
        fs::write(folder.home.join("usage"), damage).unwrap();
        assert!(insert(&folder, "c", 500).is_some());
        assert_eq!(folder.usage().unwrap().1, 800);
        folder.clear().unwrap();
    }
    insert(&folder, "a", 300);
    fs::remove_file(folder.home.join("usage")).unwrap();
    assert!(Folder::open(home.path(), 200).is_ok());
    assert_eq!(folder.usage().unwrap(), (0, 0));
}

/// Files that go by themselves leave a sum that is too large: it is found out when there seems to be no room.
#[test]
fn what_vanishes_is_noticed() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path(), 1_000).unwrap();
    insert(&folder, "a", 600);
    fs::remove_file(folder.path_of(&id(), "a", None)).unwrap();
    assert_eq!(insert(&folder, "b", 600), Some(0));
    fs::remove_dir_all(home.path()).unwrap();
    assert!(insert(&folder, "c", 600).is_some());
    assert_eq!(folder.usage().unwrap(), (1, 600));
}

#[test]
fn drafts_of_the_dead_are_removed_and_those_of_the_living_are_not() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path(), 1_000).unwrap();
    let mut draft = folder.draft().unwrap();
    draft.file().write_all(&[7; 100]).unwrap();
    fs::write(folder.home.join("drafts/draft-abandoned"), "half of it").unwrap();
    assert_eq!(drafts(&folder), 2);
    Folder::open(home.path(), 1_000).unwrap();
    assert_eq!(drafts(&folder), 1);
    let path = folder.path_of(&id(), "k", None);
    assert_eq!(folder.insert(draft, &path).unwrap(), Some(0));
    drop(folder.draft().unwrap());
    assert_eq!((drafts(&folder), has(&folder, "k")), (0, true));
}

#[test]
fn who_cannot_get_the_lock_keeps_nothing_and_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path(), 1_000).unwrap();
    let held = folder.lock().unwrap().unwrap();
    let draft = folder.draft().unwrap();
    let path = folder.path_of(&id(), "k", None);
    let refused = folder.insert(draft, &path).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::WouldBlock);
    assert_eq!(
        folder.clear().unwrap_err().kind(),
        std::io::ErrorKind::WouldBlock
    );
    assert_eq!(drafts(&folder), 0);
    drop(held);
    assert_eq!(insert(&folder, "k", 10), Some(0));
}

#[test]
fn files_of_others_are_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path(), 100).unwrap();
    insert(&folder, "k", 10);
    let shelf = folder.path_of(&id(), "k", None);
    let shelf = shelf.parent().unwrap();
    let others = [
        home.path().join("thesis.tex"),
        folder.home.join("notes"),
        shelf.join("precious"),
        shelf.join("0123456789abcdef0123456789abcdef-"),
        shelf.join("0123456789abcdef0123456789abcdef-all.bak"),
        shelf.join("0123456789ABCDEF0123456789ABCDEF-all"),
    ];
    for other in &others {
        fs::write(other, [7; 200]).unwrap();
    }
    assert_eq!(insert(&folder, "l", 100), Some(1));
    folder.forget(&id(), ["k"]);
    folder.clear().unwrap();
    for other in &others {
        assert!(other.exists(), "{}", other.display());
    }
}

#[test]
fn a_blob_is_forgotten_with_all_its_ranges() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::open(home.path(), 1_000).unwrap();
    for range in [None, Some(0..8), Some(8..16), Some(0..u64::MAX)] {
        for key in ["k", "l"] {
            let path = folder.path_of(&id(), key, range.as_ref());
            folder.insert(folder.draft().unwrap(), &path).unwrap();
        }
    }
    assert_eq!(folder.usage().unwrap().0, 8);
    folder.forget(&id(), ["k"]);
    assert_eq!(folder.usage().unwrap().0, 4);
    assert!(has(&folder, "l"));
}

/// They are on people's disks: another name would be another cache.
#[test]
fn names_stay_as_they_are() {
    assert_eq!(
        name_of(&id(), "part0-node1-data"),
        "6f528bd8c3c2c50dcc0b49b8f4573077"
    );
    assert_ne!(
        name_of(&ContainerId::new("a"), "bc"),
        name_of(&ContainerId::new("ab"), "c")
    );
}

#[test]
fn what_is_gone_is_removed_already() {
    let home = tempfile::tempdir().unwrap();
    remove(&home.path().join("gone")).unwrap();
    fs::create_dir_all(home.path().join("no entry/at all")).unwrap();
    remove(&home.path().join("no entry")).unwrap_err();
}
