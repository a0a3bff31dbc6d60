//! The folder: where entries lie, and which of them have to go.

use std::collections::BTreeSet;
use std::fs::{self, File, FileTimes, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use tempfile::{Builder, NamedTempFile};

use crate::ContainerId;
use crate::fnv::Fnv;

// The format of the files, the names and the sums: another format has a folder of its own.
const HOME: &str = "gawky-cache-1";
const TAG: &str = "CACHEDIR.TAG";
// https://bford.info/cachedir/
const TAG_TEXT: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
    # What is in here was fetched by gawky, and may be removed at any time.\n";
// When there is no room, as much more is made, so that not every insertion has to look at every file.
const SPARE: u64 = 16;
// A process that was stopped while it held the lock must not stop the others.
const PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 20 } else { 2_000 });
// How often a draft is begun again.
const TRIES: usize = 100;
const WAIT: Duration = Duration::from_millis(5);

/// A folder of entries that several processes share.
#[derive(Debug)]
pub(super) struct Folder {
    home: PathBuf,
    capacity: u64,
}

/// A file that is being written; nobody takes it for litter while it lives.
#[derive(Debug)]
pub(super) struct Draft(NamedTempFile);

/// The right to insert and to evict. Released when it is dropped, or its process ends.
#[derive(Debug)]
pub(super) struct Locked {
    usage: File,
}

/// One entry, for choosing which ones go: by when it was used last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Aged {
    used: SystemTime,
    path: PathBuf,
    size: u64,
}

impl Folder {
    pub(super) fn open(root: &Path, capacity: u64) -> io::Result<Self> {
        let home = root.join(HOME);
        fs::create_dir_all(home.join("drafts"))?;
        let tag = root.join(TAG);
        if !tag.exists() {
            // For backups, which otherwise take the folder along.
            let _ = fs::write(tag, TAG_TEXT);
        }
        let folder = Self { home, capacity };
        folder.clean_up();
        if let Some(mut locked) = folder.lock()? {
            let known = locked.usage()?;
            if known.is_none_or(|used| used > capacity) {
                folder.make_room(&mut locked, 0)?;
            }
        }
        Ok(folder)
    }

    pub(super) fn home(&self) -> &Path {
        &self.home
    }

    /// The file of these bytes of a blob.
    pub(super) fn path_of(
        &self,
        container: &ContainerId,
        key: &str,
        range: Option<&Range<u64>>,
    ) -> PathBuf {
        let blob = name_of(container, key);
        let shelf = blob.get(..2).unwrap_or_default().to_owned();
        let name = match range {
            None => format!("{blob}-all"),
            Some(range) => format!("{blob}-{:x}-{:x}", range.start, range.end),
        };
        self.home.join(shelf).join(name)
    }

    /// Removes all files of some blobs.
    pub(super) fn forget<'k>(
        &self,
        container: &ContainerId,
        keys: impl IntoIterator<Item = &'k str>,
    ) {
        let blobs: BTreeSet<String> = keys
            .into_iter()
            .map(|key| name_of(container, key))
            .collect();
        let shelves: BTreeSet<&str> = blobs.iter().filter_map(|blob| blob.get(..2)).collect();
        for shelf in shelves {
            for path in files_in(&self.home.join(shelf)).unwrap_or_default() {
                let name = path.file_name().and_then(|name| name.to_str());
                let blob = name
                    .filter(|name| is_entry(name))
                    .and_then(|name| name.get(..32));
                if blob.is_some_and(|blob| blobs.contains(blob)) {
                    let _ = fs::remove_file(path);
                }
            }
        }
    }

    /// Notes that an entry was used.
    pub(super) fn touch(file: &File) {
        // Where this is not allowed, entries go by when they were written.
        let _ = file.set_times(FileTimes::new().set_modified(SystemTime::now()));
    }

    pub(super) fn draft(&self) -> io::Result<Draft> {
        let drafts = self.home.join("drafts");
        let mut tries = 0;
        loop {
            let file = match Builder::new().prefix("draft-").tempfile_in(&drafts) {
                // Somebody has removed the folder.
                Err(error) if error.kind() == ErrorKind::NotFound && tries < TRIES => {
                    fs::create_dir_all(&drafts)?;
                    tries += 1;
                    continue;
                }
                file => file?,
            };
            // The lock goes with the process, however that ends. Before it was had, somebody may have taken the file
            // for litter.
            match file.as_file().try_lock() {
                Ok(()) if file.path().exists() => return Ok(Draft(file)),
                Err(TryLockError::Error(error)) => return Err(error),
                _ if tries < TRIES => tries += 1,
                _ => return Err(ErrorKind::WouldBlock.into()),
            }
        }
    }

    /// Gives a draft its name, after making room for it; answers how many entries had to go. `None` when it is too
    /// large; [`ErrorKind::WouldBlock`] when the lock cannot be had.
    pub(super) fn insert(&self, draft: Draft, path: &Path) -> io::Result<Option<u64>> {
        let size = draft.0.as_file().metadata()?.len();
        if size > self.capacity {
            return Ok(None);
        }
        let Some(mut locked) = self.lock()? else {
            return Err(ErrorKind::WouldBlock.into());
        };
        let mut evicted = 0;
        let mut used = match locked.usage()? {
            Some(used) => used,
            None => {
                evicted += self.make_room(&mut locked, size)?;
                locked.usage()?.unwrap_or(self.capacity)
            }
        };
        if used.saturating_add(size) > self.capacity {
            evicted += self.make_room(&mut locked, size)?;
            used = locked.usage()?.unwrap_or(self.capacity);
        }
        let replaced = fs::metadata(path).map_or(0, |metadata| metadata.len());
        // First the sum, then the file: who is killed in between leaves a sum that is too large, which is found
        // out when there seems to be no room.
        locked.set_usage(used.saturating_add(size))?;
        if let Some(shelf) = path.parent() {
            fs::create_dir_all(shelf)?;
        }
        draft.0.persist(path).map_err(|error| error.error)?;
        locked.set_usage(used.saturating_add(size).saturating_sub(replaced))?;
        Ok(Some(evicted))
    }

    /// Removes everything.
    pub(super) fn clear(&self) -> io::Result<()> {
        let Some(mut locked) = self.lock()? else {
            return Err(ErrorKind::WouldBlock.into());
        };
        for entry in self.entries()? {
            remove(&entry.path)?;
        }
        locked.set_usage(0)
    }

    /// How many entries there are, and how many bytes their files have.
    pub(super) fn usage(&self) -> io::Result<(u64, u64)> {
        // While it is held nothing comes and nothing goes, so what is counted was there at one time.
        let _locked = self.lock()?;
        let entries = self.entries()?;
        let bytes = entries.iter().map(|entry| entry.size).sum();
        Ok((entries.len() as u64, bytes))
    }

    /// Removes what was used least recently until there is room for `wanted` bytes and some more, and counts anew.
    fn make_room(&self, locked: &mut Locked, wanted: u64) -> io::Result<u64> {
        self.clean_up();
        let entries = self.entries()?;
        let mut used: u64 = entries.iter().map(|entry| entry.size).sum();
        let mut evicted = 0;
        if used.saturating_add(wanted) > self.capacity {
            let goal = (self.capacity - self.capacity / SPARE).max(wanted) - wanted;
            for entry in entries {
                if used <= goal {
                    break;
                }
                remove(&entry.path)?;
                used -= entry.size;
                evicted += 1;
            }
        }
        locked.set_usage(used)?;
        Ok(evicted)
    }

    /// Removes the drafts of writers that are no more.
    fn clean_up(&self) {
        for path in files_in(&self.home.join("drafts")).unwrap_or_default() {
            if let Ok(file) = File::open(&path)
                && file.try_lock().is_ok()
            {
                // While its lock is held, so that its writer, if it has only just begun, notices.
                let _ = fs::remove_file(path);
            }
        }
    }

    /// Every entry, what was used least recently first.
    fn entries(&self) -> io::Result<BTreeSet<Aged>> {
        let mut entries = BTreeSet::new();
        for shelf in folders_in(&self.home)? {
            for path in files_in(&shelf)? {
                let name = path.file_name().and_then(|name| name.to_str());
                if !name.is_some_and(is_entry) {
                    continue;
                }
                // It may be gone since it was listed.
                let Ok(metadata) = fs::symlink_metadata(&path) else {
                    continue;
                };
                if metadata.is_file() {
                    entries.insert(Aged {
                        used: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                        path,
                        size: metadata.len(),
                    });
                }
            }
        }
        Ok(entries)
    }

    pub(super) fn lock(&self) -> io::Result<Option<Locked>> {
        let path = self.home.join("usage");
        let open = || {
            let mut options = File::options();
            options.create(true).truncate(false).read(true).write(true);
            options.open(&path)
        };
        let usage = match open() {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                fs::create_dir_all(&self.home)?;
                open()
            }
            usage => usage,
        }?;
        let mut waited = Duration::ZERO;
        loop {
            match usage.try_lock() {
                Ok(()) => return Ok(Some(Locked { usage })),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) if waited >= PATIENCE => return Ok(None),
                Err(TryLockError::WouldBlock) => {
                    thread::sleep(WAIT);
                    waited += WAIT;
                }
            }
        }
    }
}

impl Draft {
    pub(super) fn file(&mut self) -> &mut File {
        self.0.as_file_mut()
    }
}

impl Locked {
    /// How many bytes all entries have, at most; `None` when nobody has counted, or the count is damaged.
    fn usage(&mut self) -> io::Result<Option<u64>> {
        let mut bytes = Vec::new();
        self.usage.rewind()?;
        (&self.usage).take(13).read_to_end(&mut bytes)?;
        let Some((used, sum)) = bytes.split_first_chunk::<8>() else {
            return Ok(None);
        };
        let proved = sum == crc32c::crc32c(used).to_le_bytes();
        Ok(proved.then(|| u64::from_le_bytes(*used)))
    }

    fn set_usage(&mut self, used: u64) -> io::Result<()> {
        let used = used.to_le_bytes();
        self.usage.rewind()?;
        let mut bytes = used.to_vec();
        bytes.extend_from_slice(&crc32c::crc32c(&used).to_le_bytes());
        self.usage.write_all(&bytes)
    }
}

/// What the files of a blob are called by: 128 bits of it. That they are really its files, their headers prove.
fn name_of(container: &ContainerId, key: &str) -> String {
    let container = Fnv::new().and(container.as_str().as_bytes());
    container.and(&[0]).and(key.as_bytes()).hex()
}

/// Whether a file is called as entries are; others are left alone.
fn is_entry(name: &str) -> bool {
    let is_hex = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let Some((blob, part)) = name.split_once('-') else {
        return false;
    };
    let is_range = || {
        part.split_once('-')
            .is_some_and(|(start, end)| is_hex(start) && is_hex(end))
    };
    blob.len() == 32 && is_hex(blob) && (part == "all" || is_range())
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn files_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    listed(folder, |kind| kind.is_file())
}

fn folders_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    listed(folder, |kind| kind.is_dir())
}

fn listed(folder: &Path, which: impl Fn(fs::FileType) -> bool) -> io::Result<Vec<PathBuf>> {
    let listing = match fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let chosen = listing.filter_map(|entry| {
        let entry = entry.ok()?;
        which(entry.file_type().ok()?).then(|| entry.path())
    });
    Ok(chosen.collect())
}

#[cfg(test)]
mod tests;
