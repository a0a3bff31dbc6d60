//! Compare-and-swap on files.
//!
//! Creating is decided by the file system: a rename that fails where the name is taken. Replacing is decided
//! under a lock on the file `.gawky-lock` in the root, which all who replace conditionally take in turn, in
//! this process and others. Plain `put` and `delete` do not take it: mix them with conditional writes of
//! the same key only where losing to them is all right.

use std::fs::File;
use std::time::{Duration, SystemTime};

use gawky_buffer::{Blob, Buffer};

use super::Directory;
use super::write::Existing;
use crate::file::{io_error, version_of};
use crate::names::RESERVED_PREFIX;
use crate::{ContainerConditional, StoreError, Version};

impl Directory {
    // Released when the file is closed, by whatever way.
    fn lock(&self, key: &str) -> Result<File, StoreError> {
        let path = self.root.join(format!("{RESERVED_PREFIX}lock"));
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(io_error(key, &path))?;
        file.lock().map_err(io_error(key, &path))?;
        Ok(file)
    }
}

impl ContainerConditional for Directory {
    fn get_versioned(&self, key: &str) -> Result<Option<(Buffer, Version)>, StoreError> {
        let Some(opened) = self.open_file(key)? else {
            return Ok(None);
        };
        let version = opened.version.clone();
        Ok(Some((
            self.read(key, &opened, None, 0, self.threads)?,
            version,
        )))
    }

    fn put_if_absent(&self, blob: Blob) -> Result<Version, StoreError> {
        self.write(&blob, Existing::Keep, SystemTime::UNIX_EPOCH)
    }

    fn put_if_match(&self, blob: Blob, version: &Version) -> Result<Version, StoreError> {
        crate::key::validate(&blob.key)?;
        let _lock = self.lock(&blob.key)?;
        let located = self.locate(&blob.key)?;
        let found = located
            .as_ref()
            .map(|located| version_of(&located.metadata));
        if found.as_ref() != Some(version) {
            return Err(StoreError::VersionMismatch {
                key: blob.key.into(),
                expected: version.clone(),
                found,
            });
        }
        // Later than the file it replaces, however the clock was set meanwhile: versions never come back.
        let not_before = located
            .and_then(|located| located.metadata.modified().ok())
            .and_then(|written| written.checked_add(Duration::from_nanos(100)))
            .unwrap_or(SystemTime::UNIX_EPOCH);
        self.write(&blob, Existing::Replace, not_before)
    }
}
