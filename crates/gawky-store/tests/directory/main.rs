//! What a folder is beyond a container: names on disk, links, litter, foreign files, failures.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests say what is wrong by panicking"
)]

mod drafts;
mod folders;
#[cfg(unix)]
mod links;
mod many_blobs;
mod names_on_disk;
mod ranges;
mod reading;
mod writing;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gawky_store::{Blob, Buffer, DType, Directory};
use tempfile::TempDir;

fn folder() -> (TempDir, Directory) {
    let home = tempfile::tempdir().unwrap();
    let folder = Directory::create(home.path().join("root")).unwrap();
    (home, folder)
}

fn blob(key: &str, bytes: &[u8]) -> Blob {
    Blob::new(key, DType::UInt8, Buffer::copied_from(bytes))
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
