//! [`NewFolders`]: folders that are made for a target.

use std::fs;
use std::path::{Path, PathBuf};

use gawky::object_store::Address;

/// What a folder keeps for itself when it is empty otherwise.
const LOCK: &str = ".gawky-lock";

/// The folders of a place that are not there yet, the innermost first.
#[derive(Debug, Default)]
pub(super) struct NewFolders(Vec<PathBuf>);

impl NewFolders {
    /// Those that have to be made for this place.
    pub(super) fn of(place: &str) -> Self {
        let Ok(Address::Folder(path)) = Address::of(place) else {
            return Self::default();
        };
        let folders = path.ancestors();
        let missing = folders.take_while(|folder| {
            !folder.as_os_str().is_empty() && fs::symlink_metadata(folder).is_err()
        });
        Self(missing.map(Path::to_owned).collect())
    }

    /// Removes them again, as far as nothing is in them.
    pub(super) fn remove(&self) {
        for folder in &self.0 {
            let Ok(mut entries) = fs::read_dir(folder) else {
                return;
            };
            if entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == LOCK)) {
                // Where it is not there, or somebody is faster, the folder tells.
                let _ = fs::remove_file(folder.join(LOCK));
            }
            if fs::remove_dir(folder).is_err() {
                return;
            }
        }
    }
}
