//! Listing a folder.

use std::fs;
use std::path::{Path, PathBuf};

use gawky_buffer::Key;

use super::locate::is_missing;
use super::{Directory, names};
use crate::file::{io_error, is_draft};
use crate::{ContainerList, StoreError, key};

impl Directory {
    pub(super) fn key_at(&self, path: &Path) -> Option<Key> {
        names::key_of(path.strip_prefix(&self.root).ok()?).map(Key::from)
    }

    /// The keys of all files at or below `start`, in no order. `prefix` is for errors.
    ///
    /// Links to files are listed wherever they lead, so that `get` can say what is wrong with them; links to
    /// folders are not entered, since they may lead in circles.
    pub(super) fn walk(&self, prefix: &str, start: &Path) -> Result<Vec<Key>, StoreError> {
        let mut keys = Vec::new();
        self.each_file(prefix, start, |path| keys.extend(self.key_at(&path)))?;
        Ok(keys)
    }

    /// The files that nobody has given a name yet.
    pub(super) fn drafts(&self) -> Result<Vec<PathBuf>, StoreError> {
        let mut drafts = Vec::new();
        self.each_file("", &self.root, |path| {
            if path.file_name().is_some_and(is_draft) {
                drafts.push(path);
            }
        })?;
        Ok(drafts)
    }

    fn each_file(
        &self,
        prefix: &str,
        start: &Path,
        mut each: impl FnMut(PathBuf),
    ) -> Result<(), StoreError> {
        let mut folders = vec![start.to_owned()];
        while let Some(folder) = folders.pop() {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                // Never there, or taken away since its name was read.
                Err(error) if is_missing(&error) => {
                    self.root_exists(prefix)?;
                    continue;
                }
                Err(error) => return Err(io_error(prefix, &folder)(error)),
            };
            for entry in entries {
                let entry = entry.map_err(io_error(prefix, &folder))?;
                let path = entry.path();
                let kind = entry.file_type().map_err(io_error(prefix, &path))?;
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file()
                    || (kind.is_symlink() && !fs::metadata(&path).is_ok_and(|m| m.is_dir()))
                {
                    each(path);
                }
            }
        }
        Ok(())
    }
}

impl ContainerList for Directory {
    fn list(&self, prefix: &str) -> Result<Vec<Key>, StoreError> {
        key::validate_prefix(prefix)?;
        let stem = prefix.strip_suffix('/').unwrap_or(prefix);
        let mut keys = if stem.is_empty() {
            self.walk(prefix, &self.root)?
        } else {
            let path = names::path_of(&self.root, stem);
            if !self.parents_exist(prefix, &path)? {
                return Ok(Vec::new());
            }
            match self.look(prefix, &path)? {
                None => Vec::new(),
                Some(metadata) if metadata.is_dir() => self.walk(prefix, &path)?,
                Some(metadata) if metadata.is_symlink() => {
                    if !self.follow_symlinks {
                        self.stays_inside(prefix, &path)?;
                    }
                    match fs::metadata(&path) {
                        Ok(metadata) if metadata.is_dir() => self.walk(prefix, &path)?,
                        _ => vec![stem.into()],
                    }
                }
                Some(metadata) if metadata.is_file() => vec![stem.into()],
                Some(_) => Vec::new(),
            }
        };
        keys.retain(|key| key::is_under(key, prefix));
        keys.sort_unstable();
        Ok(keys)
    }
}
