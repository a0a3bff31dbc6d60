//! Where a key's file is, and whether it is one that may be opened.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{Directory, names};
use crate::file::io_error;
use crate::{StoreError, key};

/// A regular file that may be opened.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) path: PathBuf,
    pub(super) metadata: Metadata,
}

impl Directory {
    /// The file of `key`; `None` when there is none.
    pub(super) fn locate(&self, key: &str) -> Result<Option<Located>, StoreError> {
        key::validate(key)?;
        let path = names::path_of(&self.root, key);
        if !self.parents_exist(key, &path)? {
            return Ok(None);
        }
        let Some(mut metadata) = self.look(key, &path)? else {
            return Ok(None);
        };
        if metadata.is_symlink() {
            if !self.follow_symlinks {
                self.stays_inside(key, &path)?;
            }
            // A link to nothing is not "no such key": something is there and cannot be read.
            metadata = fs::metadata(&path).map_err(io_error(key, &path))?;
        }
        if metadata.is_dir() {
            return Ok(None);
        }
        if !metadata.is_file() {
            return Err(StoreError::NotAFile {
                key: key.to_owned(),
                path,
            });
        }
        Ok(Some(Located { path, metadata }))
    }

    /// What lies at `path`, links not followed; `None` when nothing does, and the folder is there to say so.
    pub(super) fn look(&self, key: &str, path: &Path) -> Result<Option<Metadata>, StoreError> {
        match fs::symlink_metadata(path) {
            Ok(metadata) => Ok(Some(metadata)),
            Err(error) if is_missing(&error) => self.root_exists(key).map(|()| None),
            Err(error) => Err(io_error(key, path)(error)),
        }
    }

    /// A folder that is gone, or a disk that is not mounted, would make every key look missing.
    pub(super) fn root_exists(&self, key: &str) -> Result<(), StoreError> {
        match fs::metadata(&self.root) {
            Ok(metadata) if metadata.is_dir() => Ok(()),
            Ok(_) => Err(io_error(key, &self.root)(ErrorKind::NotADirectory.into())),
            Err(error) => Err(io_error(key, &self.root)(error)),
        }
    }

    /// Whether the folders between the root and `path` are there, none of them leading out.
    pub(super) fn parents_exist(&self, key: &str, path: &Path) -> Result<bool, StoreError> {
        if self.follow_symlinks {
            return Ok(true);
        }
        for folder in self.parents(path) {
            match self.look(key, &folder)? {
                None => return Ok(false),
                Some(metadata) if metadata.is_symlink() => self.stays_inside(key, &folder)?,
                Some(metadata) if metadata.is_dir() => {}
                Some(_) => return Ok(false),
            }
        }
        Ok(true)
    }

    /// The folders strictly between the root and `path`, the outermost first.
    pub(super) fn parents(&self, path: &Path) -> Vec<PathBuf> {
        let mut parents: Vec<PathBuf> = path
            .ancestors()
            .skip(1)
            .take_while(|folder| *folder != self.root)
            .map(Path::to_owned)
            .collect();
        parents.reverse();
        parents
    }

    pub(super) fn stays_inside(&self, key: &str, path: &Path) -> Result<(), StoreError> {
        let target = fs::canonicalize(path).map_err(io_error(key, path))?;
        if target.starts_with(&self.root) {
            Ok(())
        } else {
            Err(StoreError::LeavesRoot {
                key: key.to_owned(),
                path: path.to_owned(),
            })
        }
    }
}

/// Whether nothing has that name: the last part is not there, or a part before it is no folder.
pub(super) fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
