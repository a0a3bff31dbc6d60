//! Writing files: a temporary name first, then a rename.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::{Duration, SystemTime};

use gawky_buffer::{Blob, Buffer, Key};
use tempfile::NamedTempFile;

use super::locate::is_missing;
use super::read::{MANY_BYTES, MANY_FILES};
use super::{Directory, names};
use crate::file::{draft, fill, io_error, version_of};
use crate::threads::in_order;
use crate::write::host_bytes;
use crate::{ContainerDelete, ContainerWrite, StoreError, Version, key};

/// What may be under the name when the new file takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existing {
    Replace,
    Keep,
}

impl Directory {
    /// Writes a blob under its name, dated not before `not_before`.
    pub(super) fn write(
        &self,
        blob: &Blob,
        existing: Existing,
        not_before: SystemTime,
    ) -> Result<Version, StoreError> {
        let pieces = std::slice::from_ref(&blob.bytes);
        let version = |file: &File| file.metadata().map(|metadata| version_of(&metadata));
        self.write_pieces(&blob.key, pieces, existing, not_before, version)
    }

    /// Writes a blob of which nobody asks for the version.
    fn replace(&self, key: &str, pieces: &[Buffer]) -> Result<(), StoreError> {
        let (existing, not_before) = (Existing::Replace, SystemTime::UNIX_EPOCH);
        self.write_pieces(key, pieces, existing, not_before, |_| Ok(()))
    }

    /// Writes a blob in pieces; answers what `tell` says of the file, once all is in it.
    fn write_pieces<T>(
        &self,
        key: &str,
        pieces: &[Buffer],
        existing: Existing,
        not_before: SystemTime,
        tell: impl FnOnce(&File) -> io::Result<T>,
    ) -> Result<T, StoreError> {
        key::validate(key)?;
        let pieces: Vec<&[u8]> = pieces
            .iter()
            .map(|piece| host_bytes(key, piece))
            .collect::<Result<_, _>>()?;
        let path = names::path_of(&self.root, key);
        let folder = path.parent().unwrap_or(&self.root);
        let mut file = self.temporary(key, &path, folder)?;
        let failed = |error| io_error(key, file.path())(error);
        let handle = file.as_file();
        fill(handle, &pieces, not_before).map_err(failed)?;
        if self.fsync {
            handle.sync_all().map_err(failed)?;
        }
        let told = tell(handle).map_err(failed)?;
        let mut last_try = false;
        loop {
            let persisted = match existing {
                Existing::Replace => file.persist(&path),
                Existing::Keep => file.persist_noclobber(&path),
            };
            let Err(error) = persisted else { break };
            // The temporary file goes with `error.file`, unless the rename is tried again.
            if !fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir()) {
                return Err(match (existing, error.error.kind()) {
                    (Existing::Keep, ErrorKind::AlreadyExists) => StoreError::Exists {
                        key: key.to_owned(),
                    },
                    _ => io_error(key, &path)(error.error),
                });
            }
            // A folder has the name: one that an interrupted `delete` left empty may go.
            if last_try || fs::remove_dir(&path).is_err() {
                return Err(StoreError::KeyIsPrefix {
                    key: key.to_owned(),
                    other: self.any_key_below(&path, key),
                });
            }
            last_try = true;
            file = error.file;
        }
        if self.fsync {
            sync_folder(folder).map_err(io_error(key, folder))?;
        }
        Ok(told)
    }

    /// A temporary file beside `path`, in folders made for it where there are none.
    fn temporary(
        &self,
        key: &str,
        path: &Path,
        folder: &Path,
    ) -> Result<NamedTempFile, StoreError> {
        let mut tries = 0;
        loop {
            if let Err(error) = self.make_parents(key, path) {
                self.prune(path);
                return Err(error);
            }
            match draft(folder) {
                Ok(file) => return Ok(file),
                // A concurrent `delete` took the folder away just when it was empty.
                Err(error) if is_missing(&error) && tries < 100 => tries += 1,
                Err(error) => return Err(io_error(key, folder)(error)),
            }
            self.root_exists(key)?;
        }
    }

    fn make_parents(&self, key: &str, path: &Path) -> Result<(), StoreError> {
        for folder in self.parents(path) {
            match fs::symlink_metadata(&folder) {
                Ok(metadata) if metadata.is_dir() => continue,
                Ok(metadata) if metadata.is_symlink() => {
                    if !self.follow_symlinks {
                        self.stays_inside(key, &folder)?;
                    }
                    continue;
                }
                Ok(_) => {
                    return Err(StoreError::KeyIsPrefix {
                        key: key.to_owned(),
                        other: self.key_at(&folder).unwrap_or_default().into(),
                    });
                }
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(io_error(key, &folder)(error)),
            }
            match fs::create_dir(&folder) {
                Ok(()) if self.fsync => {
                    let above = folder.parent().unwrap_or(&self.root);
                    sync_folder(above).map_err(io_error(key, above))?;
                }
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                // The folder above was taken away; `temporary` starts again.
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(io_error(key, &folder)(error)),
            }
        }
        Ok(())
    }

    fn any_key_below(&self, path: &Path, key: &str) -> String {
        let first = self
            .walk(key, path)
            .ok()
            .and_then(|keys| keys.into_iter().min());
        first.map_or_else(|| format!("{key}/"), String::from)
    }

    /// Takes away the folders above `path` that are empty now.
    fn prune(&self, path: &Path) {
        for folder in self.parents(path).iter().rev() {
            match fs::remove_dir(folder) {
                Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => return,
                // Gone already, or never made: those above may still be empty.
                _ => {}
            }
        }
    }
}

impl ContainerWrite for Directory {
    fn put(&self, blob: Blob) -> Result<(), StoreError> {
        self.replace(&blob.key, std::slice::from_ref(&blob.bytes))
    }

    fn put_pieces(&self, key: Key, pieces: &[Buffer]) -> Result<(), StoreError> {
        self.replace(&key, pieces)
    }

    fn put_many(&self, blobs: Vec<Blob>) -> Result<(), StoreError> {
        for blob in &blobs {
            key::validate(&blob.key)?;
            host_bytes(&blob.key, &blob.bytes)?;
        }
        let all_differ = refuse_prefixes(&blobs)?;
        let bytes = blobs.iter().map(|blob| blob.bytes.len() as u64);
        let threads = match bytes.fold(0, u64::saturating_add) {
            // Of two blobs with one key the later is kept, so they come one after the other.
            MANY_BYTES.. if all_differ => self.threads,
            _ => 1,
        };
        // A stride of several keeps threads off each other, and is not so long that one is left with the large ones.
        let stride = (blobs.len() / (threads * 16)).clamp(1, MANY_FILES);
        let put = in_order(blobs.len(), threads, stride, |some| {
            let mut put = Vec::with_capacity(some.len());
            for blob in blobs.get(some).unwrap_or_default() {
                put.push(self.replace(&blob.key, std::slice::from_ref(&blob.bytes)));
                if put.last().is_some_and(Result::is_err) {
                    break;
                }
            }
            put
        });
        put.into_iter().collect()
    }
}

impl ContainerDelete for Directory {
    fn delete(&self, key: &str) -> Result<(), StoreError> {
        key::validate(key)?;
        let path = names::path_of(&self.root, key);
        if !self.parents_exist(key, &path)? {
            return Ok(());
        }
        match self.look(key, &path)? {
            None => return Ok(()),
            Some(metadata) if metadata.is_dir() => return Ok(()),
            Some(_) => {}
        }
        match fs::remove_file(&path) {
            Ok(()) => {}
            Err(error) if is_missing(&error) => return Ok(()),
            Err(error) => return Err(io_error(key, &path)(error)),
        }
        if self.fsync
            && let Some(folder) = path.parent()
        {
            sync_folder(folder).map_err(io_error(key, folder))?;
        }
        self.prune(&path);
        Ok(())
    }

    fn delete_drafts(&self, older_than: Duration) -> Result<u64, StoreError> {
        let mut removed = 0;
        for path in self.drafts()? {
            let metadata = match fs::symlink_metadata(&path) {
                Ok(metadata) => metadata,
                // It has been given its name meanwhile.
                Err(error) if is_missing(&error) => continue,
                Err(error) => return Err(io_error("", &path)(error)),
            };
            // Of one that is dated later than now, nobody knows the age.
            let age = metadata
                .modified()
                .ok()
                .and_then(|time| time.elapsed().ok());
            if !metadata.is_file() || age.is_none_or(|age| age < older_than) {
                continue;
            }
            match fs::remove_file(&path) {
                Ok(()) => removed += 1,
                Err(error) if is_missing(&error) => {}
                Err(error) => return Err(io_error("", &path)(error)),
            }
            self.prune(&path);
        }
        Ok(removed)
    }
}

/// Makes the names in a folder survive a power failure.
fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere folders cannot be opened as files, and names are synchronised with their files.
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Emptied and taken away meanwhile: there is no name left in it to survive.
        Err(error) if is_missing(&error) => Ok(()),
        synced => synced,
    }
}

/// Refuses blobs of which one would be a folder that another is in, before the first is written; answers whether all keys
/// differ.
fn refuse_prefixes(blobs: &[Blob]) -> Result<bool, StoreError> {
    let keys: HashSet<&str> = blobs.iter().map(|blob| blob.key.as_str()).collect();
    for key in &keys {
        let folders = key.match_indices('/').filter_map(|(at, _)| key.get(..at));
        if let Some(other) = folders.into_iter().find(|folder| keys.contains(folder)) {
            return Err(StoreError::KeyIsPrefix {
                key: (*key).to_owned(),
                other: other.to_owned(),
            });
        }
    }
    Ok(keys.len() == blobs.len())
}
