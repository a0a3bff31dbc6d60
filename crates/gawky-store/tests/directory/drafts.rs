//! What a writer left that died before its file had a name.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use gawky_store::cache::{Cache, Cached};
use gawky_store::{
    Container, ContainerDelete, ContainerList, ContainerWrite, Store, delete_prefix,
};

use super::{blob, folder};

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
fn drafts_go_when_they_are_old() {
    let (_home, folder) = folder();
    folder.put(blob("a/kept", b"1")).unwrap();
    let root = folder.root().to_owned();
    let drafts = [
        ".gawky-tmp-123456789012",
        "a/.gawky-tmp-abcdefghijkl",
        "b/c/.gawky-tmp-x",
    ];
    fs::create_dir_all(root.join("b/c")).unwrap();
    for name in drafts {
        fs::write(root.join(name), [0; 9]).unwrap();
    }
    fs::write(root.join("tmp-of-others"), []).unwrap();
    fs::write(root.join(".gawky-lock"), []).unwrap();
    let hour = Duration::from_secs(3_600);
    assert_eq!(folder.delete_drafts(hour).unwrap(), 0);
    let (shared, erased): (_, Box<dyn Store>) = (Arc::new(folder.clone()), Box::new(folder));
    assert_eq!(shared.delete_drafts(hour).unwrap(), 0);
    let cached = Cached::new(&shared, &Cache::new(1 << 20));
    assert_eq!(cached.delete_drafts(hour).unwrap(), 0);
    assert_eq!(cached.delete_drafts(Duration::ZERO).unwrap(), 3);
    fs::write(root.join(".gawky-tmp-again"), []).unwrap();
    assert_eq!(erased.delete_drafts(Duration::ZERO).unwrap(), 1);
    assert_eq!(shared.list("").unwrap(), ["a/kept", "tmp-of-others"]);
    assert!(!root.join("b").exists(), "nothing is left in it");
    assert!(root.join(".gawky-lock").exists());
}
